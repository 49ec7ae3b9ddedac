-- mart setting: what people edit is looked at before it is counted by.  Pure SQL
--
-- One row says how a mart counts: nonsense there stops a refresh before it has
-- begun.  Of the other settings a row that cannot be meant has no effect, and is
-- a problem.

-- What reading a text as a type says, and in which words.
CREATE FUNCTION _mart_not_read(written text, type text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
	more text;
BEGIN
	EXECUTE format('SELECT %L::ecosystem.%I', coalesce(written, ''), type);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, more = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(': ', said, nullif(more, ''));
END $$;
COMMENT ON FUNCTION _mart_not_read(text, text) IS 'why a text cannot be read as a type of the extension, such as credit_model; NULL: it can';

-- AT TIME ZONE also takes what has no name, such as +5 and PST, and means the
-- opposite by UTC+5 of what is written.
CREATE FUNCTION _mart_is_time_zone(written text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM now() AT TIME ZONE written;
	RETURN written = 'UTC' OR written ~ '^[A-Za-z_/-]+$' AND written ~ '/'
		OR EXISTS (SELECT FROM pg_timezone_names z WHERE lower(z.name) = lower(written));
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END $$;
COMMENT ON FUNCTION _mart_is_time_zone(text) IS 'whether a text is the name of a time zone';

-- ---------------------------------------------------------------------------
-- The table setting
-- ---------------------------------------------------------------------------

-- A mart that was made by an older version may be without a column.
CREATE FUNCTION _mart_wrong_settings(mart name) RETURNS TABLE (column_name text, value text, allowed text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' AS $$
DECLARE
	s jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(t) FROM %I.setting t', mart) INTO s;
	RETURN QUERY
	SELECT c.name, s->>c.name, c.allowed
	FROM  (VALUES
		('as_of', s->>'as_of' IS NULL OR (s->>'as_of')::date BETWEEN date '0001-01-01' AND date '9999-12-31',
			'a day of the years 1 to 9999, or NULL for today'),
		('currency', s->>'currency' ~ '^[A-Z]{3}$', 'a code of ISO 4217, three capital letters'),
		('minor_digits', (s->>'minor_digits')::numeric BETWEEN 0 AND 2, '0, 1 or 2, the places that amounts have'),
		('time_zone', ecosystem._mart_is_time_zone(s->>'time_zone'), 'a name that pg_timezone_names lists'),
		('fiscal_year_starts', (s->>'fiscal_year_starts')::numeric BETWEEN 1 AND 12, 'the number of a month, 1 to 12'),
		('sourced_within', (s->>'sourced_within')::interval BETWEEN interval '0' AND interval '100 years', 'an interval from 0 to 100 years'),
		('account_touches', s->>'account_touches' IS NOT NULL, 'true or false'),
		('role_evidence', s->>'role_evidence' IS NOT NULL, 'true or false'),
		('co_sell_is', s->>'co_sell_is' IS NULL OR s->>'co_sell_is' IN ('flag', 'role', 'touch'), 'flag, role, touch or NULL'),
		('solo_is', s->>'solo_is' IN ('no_touch', 'no_co_sell'), 'no_touch or no_co_sell'),
		('landmark', (s->>'landmark')::interval BETWEEN interval '0' AND interval '100 years', 'an interval from 0 to 100 years'),
		('minimum_shared', (s->>'minimum_shared')::numeric >= 0, 'a number that is not below 0'),
		('shrink_limit', (s->>'shrink_limit')::numeric BETWEEN 0 AND 1, 'a number from 0 to 1'),
		('registration_idle_days', (s->>'registration_idle_days')::numeric >= 0, 'a number that is not below 0'),
		('minimum_deals', (s->>'minimum_deals')::numeric >= 1, 'a number that is not below 1'),
		('churn_avoided', s->>'churn_avoided' IS NULL OR (s->>'churn_avoided')::numeric BETWEEN 0 AND 1, 'a number from 0 to 1, or NULL'),
		('led_rule', ecosystem._mart_not_read(s->>'led_rule', 'led_rule'::text) IS NULL,
			'what can be read as a led_rule; ' || ecosystem._mart_not_read(s->>'led_rule', 'led_rule'::text)),
		('credit_model', ecosystem._mart_not_read(s->>'credit_model', 'credit_model'::text) IS NULL,
			'what can be read as a credit_model; ' || ecosystem._mart_not_read(s->>'credit_model', 'credit_model'::text)))
		AS c(name, is_right, allowed)
	WHERE  s ? c.name AND c.is_right IS NOT TRUE;
END $$;
COMMENT ON FUNCTION _mart_wrong_settings(name) IS 'the columns of the table setting that hold nonsense, and what they may hold';

-- All texts read the settings beside what they count: without a row there they
-- would come out empty, with two double.
CREATE FUNCTION _mart_check_setting(mart name) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
	wrong record;
BEGIN
	EXECUTE format('SELECT count(*) FROM %I.setting', mart) INTO n;
	IF n <> 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s": setting has %s rows', mart, n),
			HINT = 'It has one row, which is edited in place.';
	END IF;
	SELECT * INTO wrong FROM ecosystem._mart_wrong_settings(mart) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('mart "%s": setting.%s cannot be %s', mart, wrong.column_name, quote_nullable(wrong.value)),
			DETAIL = format('Allowed is %s.', rtrim(wrong.allowed, '.')),
			HINT = format('UPDATE %I.setting SET %I = ... corrects it.', mart, wrong.column_name);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_setting(name) IS 'raises an error unless a mart has one row of settings, and sense in it';

-- ---------------------------------------------------------------------------
-- The other settings
-- ---------------------------------------------------------------------------

-- Of the rows t of a table, which can be meant; what the others are; an example
-- and advice.  Those that are harmless count, as the advice says how.
CREATE FUNCTION _mart_setting_rules(mart name) RETURNS TABLE (relation text, usable text, is_harmless boolean, problem text, example text, advice text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- Each model is read once, however many rows have it.
	readable constant text := 't.model IN (SELECT d.model FROM (SELECT DISTINCT m.model FROM %I.%I m WHERE m.model IS NOT NULL) d WHERE ecosystem._mart_not_read(d.model, ''credit_model''::text) IS NULL)';
	described constant text := format('FROM %I.relation r, ecosystem._mart_column(r.columns) c WHERE r.name = t.relation AND c.name = t.column_name', mart);
	in_key constant text := format('EXISTS (SELECT %s AND c.name = ANY (string_to_array(replace(r.key, '' '', ''''), '','')))', described);
	closed constant text := format('EXISTS (SELECT FROM %I.meaning v WHERE v.relation = t.relation AND v.column_name = t.column_name AND v.how = ''standard'')', mart);
BEGIN
	RETURN QUERY VALUES
		('currency_rate', 't.rate > 0 AND t.rate < 1e10', false, 'rates that are not above zero',
			'concat_ws('' '', t.currency, t.valid_from, t.use, coalesce(t.rate::text, ''NULL''))', 'They convert nothing; the rate of before holds.'),
		('currency_rate', 't.currency = upper(btrim(t.currency)) AND t.currency <> ''''', false, 'currencies that are not in capital letters',
			'quote_literal(t.currency)', 'They convert nothing: write them as codes of ISO 4217, such as EUR.'),
		('currency_rate', 't.use IN (''closed'', ''plan'')', false, 'rates for a use that is none',
			'concat_ws('' '', t.currency, t.valid_from, t.use)', 'They convert nothing; use is closed or plan.'),
		('touch_kind', 't.weight IS NULL OR t.weight >= 0 AND t.weight <> ''NaN''', false, 'weights that are none',
			'concat_ws('' '', t.kind, t.weight)', 'The kind is as if it had no row; a weight is not below 0.'),
		('touch_kind', 't.axis IS NULL OR t.axis IN (''sourcing'', ''selection'', ''motion'', ''intent'')', false, 'axes that are none',
			'concat_ws('' '', t.kind, quote_literal(t.axis))', 'The kind is as if it had no row; an axis is sourcing, selection, motion, intent or NULL.'),
		('split_policy', format(readable, mart, 'split_policy'), false, 'models that cannot be read',
			'concat_ws('' '', t.program, ''from'', t.valid_from, quote_nullable(t.model), ''('' || ecosystem._mart_not_read(t.model, ''credit_model''::text) || '')'')',
			'Such a row has no effect, and the next rule is applied: the line of * where there is one, else setting.credit_model.'),
		('split_policy', 't.valid_to IS NULL OR t.valid_to >= t.valid_from', false, 'periods that end before they begin',
			'concat_ws('' '', t.program, t.valid_from, ''to'', t.valid_to)', 'Such a row has no effect.'),
		('split_policy', format('NOT EXISTS (SELECT FROM %I.split_policy b WHERE b.program = t.program AND b.valid_from > t.valid_from AND (t.valid_to IS NULL OR t.valid_to >= b.valid_from))', mart),
			true, 'periods of one program that overlap', 't.program', 'The later one is taken.'),
		('deal_model', format(readable, mart, 'deal_model'), false, 'models that cannot be read',
			'concat_ws('' '', t.deal_id, quote_nullable(t.model), ''('' || ecosystem._mart_not_read(t.model, ''credit_model''::text) || '')'')',
			'Such a row has no effect, and the deal is credited as its program is.'),
		('stage_weight', 't.weight BETWEEN 0 AND 1', false, 'weights that are not from 0 to 1',
			'concat_ws('' '', t.stage, coalesce(t.weight::text, ''NULL''))', 'The stage counts half, as one without a row.'),
		('stage_weight', 't.stage = lower(t.stage)', false, 'stages that are not in lower case',
			't.stage', 'They are found for no deal: write them in lower case, which stands for all.'),
		('score_weight', 't.part IN (''amount'', ''stage'', ''population'', ''engagement'', ''lift'') AND (t.value = '''' OR t.part = ''population'')', false, 'parts of the score that are none',
			'concat_ws('' '', t.part, quote_literal(t.value))', 'They weigh nothing: parts are amount, stage, population, engagement and lift, each with the value '''', and population with each population.'),
		('score_weight', 't.weight >= 0 AND (t.weight <= 1 OR t.value = '''' AND t.weight < 1000)', false, 'weights that are none',
			'concat_ws('' '', t.part, t.value, coalesce(t.weight::text, ''NULL''))', 'They weigh nothing; a part weighs 0 or more, a population from 0 to 1.'),
		('metric_definition', 't.fault IS NULL', false, 'metrics that cannot be counted',
			'concat(t.metric, '' in '', t.fact, '': '', t.fault)', 'They have no number, and the others have theirs; the column fault says of each why, as of the last refresh.'),
		('metric_definition', 't.target IS NULL OR EXISTS (SELECT FROM ecosystem.target g WHERE g.metric = t.target)', true, 'targets that nobody has defined',
			'concat(t.metric, '' in '', t.fact, '': '', t.target)', 'The number has no target and no verdict; INSERT INTO ecosystem.target defines them.'),
		('worklist_trigger', 't.is_on IS NOT NULL AND (NOT t.is_on OR t.days BETWEEN 0 AND 36500)', false, 'triggers without a number of days',
			'concat_ws('' '', t.trigger, t.is_on::text, coalesce(t.days::text, ''NULL''))', 'They put nothing on the worklist; is_on is true or false, days from 0 to 36,500.'),
		('worklist_trigger', 't.weight BETWEEN 0 AND 1', false, 'weights that are not from 0 to 1',
			'concat_ws('' '', t.trigger, coalesce(t.weight::text, ''NULL''))', 'They put nothing on the worklist.'),
		('share_level', 't.level IN (''all'', ''overlapping'', ''counts_only'', ''hidden'')', false, 'levels that are none',
			'concat_ws('' '', t.share_id, quote_literal(t.our_population), quote_literal(t.their_population), quote_nullable(t.level))', 'The pair is hidden; a level is all, overlapping, counts_only or hidden.'),
		('meaning', format('EXISTS (SELECT %s AND c.type = ''text'')', described), false, 'meanings for columns that are not there, or hold no words',
			'concat(t.relation, ''.'', t.column_name, '' '', quote_literal(t.written))', 'They mean nothing.'),
		('meaning', format('NOT (t.column_name ~ ''_id$'' OR %s) OR %s', in_key, closed), false, 'meanings for ids and columns of a key',
			'concat(t.relation, ''.'', t.column_name, '' '', quote_literal(t.written))', 'They mean nothing: ids are no words, and two that mean one would make one row of two.'),
		('meaning', format('t.standard IS NULL OR NOT %s OR %s OR EXISTS (SELECT FROM %I.meaning v WHERE (v.relation, v.column_name, v.how, v.written) = (t.relation, t.column_name, ''standard'', t.standard))', closed, in_key, mart),
			false, 'meanings that are no word of the extension', 'concat(t.relation, ''.'', t.column_name, '' '', quote_literal(t.written), '': '', quote_literal(t.standard))',
			'They mean nothing, and the word is one without a meaning; the standard words of a column are those with how = standard.'),
		('meaning', 't.how IN (''standard'', ''guessed'', ''confirmed'')', true, 'meanings that are neither guessed nor confirmed',
			'concat(t.relation, ''.'', t.column_name, '' '', quote_literal(t.written), '': '', quote_literal(t.how))', 'They count after all others of the word; how is standard, guessed or confirmed.');
END $$;
COMMENT ON FUNCTION _mart_setting_rules(name) IS 'the conditions that the rows t of settings keep, and what is said of those that do not';

CREATE FUNCTION _mart_usable(mart name, relation text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(string_agg(format('(%s) IS TRUE', r.usable), ' AND '), 'true') FROM ecosystem._mart_setting_rules(mart) r
		WHERE r.relation = _mart_usable.relation AND NOT r.is_harmless);
END $$;
COMMENT ON FUNCTION _mart_usable(name, text) IS 'the condition on the rows t of settings that can be meant';

-- A text sees of the settings only rows that can be meant.  Where all can, it
-- runs as it is; else CTEs stand before the tables, each of which sees in its own
-- name the table, or the rows of it that a refresh by key has chosen.
CREATE FUNCTION _mart_guarded(mart name, query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text;
	usable text;
	is_needed boolean;
	shadows text;
BEGIN
	FOR name IN SELECT DISTINCT r.relation FROM ecosystem._mart_setting_rules(mart) r
		WHERE NOT r.is_harmless AND r.relation <> 'meaning' AND ecosystem._mart_mentions(query, r.relation) ORDER BY 1
	LOOP
		usable := ecosystem._mart_usable(mart, name);
		BEGIN
			EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I t WHERE NOT (%s))', mart, name, usable) INTO is_needed;
		EXCEPTION WHEN undefined_table OR undefined_column OR undefined_function THEN
			is_needed := false;	-- somebody made another table of it
		END;
		IF is_needed THEN
			shadows := concat_ws(', ', shadows, format('%1$I AS MATERIALIZED (SELECT * FROM %1$I t WHERE %2$s)', name, usable));
		END IF;
	END LOOP;
	RETURN CASE WHEN shadows IS NULL THEN query ELSE format(E'WITH %s SELECT * FROM (%s\n) AS guarded', shadows, query) END;
END $$;
COMMENT ON FUNCTION _mart_guarded(name, text) IS 'a text that sees of the settings only rows that can be meant';

CREATE FUNCTION _mart_setting_problems(mart name) RETURNS TABLE (severity text, relation text, problem text, rows bigint, example text, advice text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' AS $$
DECLARE
	rule record;
BEGIN
	-- Readers may have been given less than grant_mart() gives.
	IF NOT has_table_privilege(format('%I.setting', mart), 'SELECT') THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(*) FROM %I.setting', mart) INTO rows;
	IF rows <> 1 THEN
		RETURN QUERY SELECT 'error', 'setting', 'it has not one row', rows, NULL::text, 'A refresh is refused until it has.';
	ELSE
		RETURN QUERY SELECT 'error', 'setting', format('%s cannot be what it is', w.column_name), 1::bigint, quote_nullable(w.value),
				format('A refresh is refused until it is %s.', rtrim(w.allowed, '.'))
			FROM ecosystem._mart_wrong_settings(mart) w;
	END IF;
	FOR rule IN SELECT * FROM ecosystem._mart_setting_rules(mart) LOOP
		severity := CASE WHEN rule.is_harmless THEN 'warning' ELSE 'error' END; relation := rule.relation; problem := rule.problem; advice := rule.advice;
		BEGIN
			EXECUTE format('SELECT count(*), left(min((%s) COLLATE "C"), 500) FROM %I.%I t WHERE (%s) IS NOT TRUE', rule.example, mart, rule.relation, rule.usable) INTO rows, example;
		EXCEPTION
			WHEN insufficient_privilege THEN
				CONTINUE;
			WHEN undefined_table OR undefined_column OR undefined_function THEN
				GET STACKED DIAGNOSTICS example = MESSAGE_TEXT;
				rows := 1; problem := 'it cannot be checked'; advice := format('It is not the table that a mart has: CALL ecosystem.upgrade_mart(%L).', mart);
		END;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_setting_problems(name) IS 'what is wrong with the settings of a mart';

-- Only what differs is written, so that a refresh without changes writes nothing.
CREATE FUNCTION _mart_note_all(mart name, source text, problems jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
BEGIN
	EXECUTE format('DELETE FROM %I.problem p WHERE p.source = $2
		AND NOT EXISTS (SELECT FROM jsonb_array_elements($1) f WHERE (f->>''relation'', f->>''problem'') = (p.relation, p.problem))', mart) USING problems, source;
	FOR p IN EXECUTE format('SELECT DISTINCT ON (relation, problem) * FROM (
			SELECT * FROM jsonb_to_recordset($1) AS f(severity text, relation text, problem text, rows bigint, example text, advice text)
			EXCEPT SELECT severity, relation, problem, rows, example, advice FROM %I.problem WHERE source = $2) s ORDER BY relation, problem', mart) USING problems, source
	LOOP
		PERFORM ecosystem._mart_note_problem(mart, p.severity, p.relation, p.problem, p.rows, p.example, p.advice, source);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_note_all(name, text, jsonb) IS 'writes all problems that one source knows of into the table problem of a mart';

CREATE FUNCTION _mart_note_settings(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_note_all(mart, 'setting'::text, (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') FROM ecosystem._mart_setting_problems(mart) s));
END $$;
COMMENT ON FUNCTION _mart_note_settings(name) IS 'writes what is wrong with the settings of a mart into its table problem';
