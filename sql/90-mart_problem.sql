-- mart problem: what is wrong with the data that was loaded, relation against
-- relation, and what the facts come to in three sentences

-- Rows that name something that is not there.
CREATE FUNCTION _mart_orphans(relation text, column_name text, parent text, advice text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('SELECT %1$L, ''warning'', %5$L, count(*), min(%2$I COLLATE "C"), %4$L FROM %1$I c WHERE %2$I <> '''' AND NOT EXISTS (SELECT FROM %3$I p WHERE p.%6$I = c.%2$I)',
		relation, column_name, parent, advice, format('%s that is in no %s', column_name, parent), parent || '_id');
END $$;
COMMENT ON FUNCTION _mart_orphans(text, text, text, text) IS 'the query for rows of a relation that name something that is not there';

-- Each returns relation, severity, problem, rows, example and advice, with rows 0
-- where all is well.
CREATE FUNCTION _mart_checks() RETURNS SETOF text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN NEXT ecosystem._mart_orphans('deal', 'account_id', 'account', 'The deal counts, but for no account; look whether accounts are left out by the binding.');
	RETURN NEXT ecosystem._mart_orphans('deal_partner', 'deal_id', 'deal', 'The row counts for nothing.');
	RETURN NEXT ecosystem._mart_orphans('deal_partner', 'partner_id', 'partner', 'The partner is credited under its id; give it a row in partner.');
	RETURN NEXT ecosystem._mart_orphans('touch', 'deal_id', 'deal', 'The touch counts for nothing.');
	RETURN NEXT ecosystem._mart_orphans('touch', 'partner_id', 'partner', 'The partner counts under its id; give it a row in partner.');
	RETURN NEXT ecosystem._mart_orphans('partner_account', 'partner_id', 'partner', 'The list counts under the partner''s id; give it a row in partner.');
	RETURN NEXT ecosystem._mart_orphans('account', 'parent_id', 'account', 'The account counts as one without a parent.');
	RETURN NEXT $q$SELECT 'touch', 'warning', 'touches without a partner', count(*), min(touch_id COLLATE "C"), 'They count for nobody.' FROM touch WHERE coalesce(partner_id, '') = ''$q$;
	RETURN NEXT $q$SELECT 'touch', 'notice', 'touches without a date', count(*), min(touch_id COLLATE "C"), 'They prove nothing: nobody knows whether they came before the close.' FROM touch WHERE occurred_at IS NULL$q$;
	RETURN NEXT $q$SELECT 'touch', 'warning', 'kinds of touch that touch_kind does not know', sum(n)::bigint,
			string_agg(format('%s (%s)', coalesce(nullif(kind, ''), 'no kind'), n), ', ' ORDER BY n DESC, kind COLLATE "C"),
			'INSERT INTO touch_kind: the axis and the role that such a touch is evidence of. Until then it is a touch like any other.'
		FROM (SELECT kind, count(*) AS n FROM touch WHERE NOT EXISTS (SELECT FROM touch_kind k WHERE k.kind = touch.kind) GROUP BY kind) u$q$;
	RETURN NEXT $q$SELECT 'deal', 'warning', 'deals closed before they were opened', count(*), min(deal_id COLLATE "C"), 'They have no cycle; mend a date in the CRM.' FROM deal WHERE closed_at < opened_at$q$;
	RETURN NEXT $q$SELECT 'deal', 'warning', 'won or lost deals without a day of closing', count(*), min(deal_id COLLATE "C"), 'They count in no quarter.' FROM deal WHERE outcome IN ('won', 'lost') AND closed_on IS NULL$q$;
	RETURN NEXT $q$SELECT 'deal', 'warning', 'won deals without an amount', count(*), min(deal_id COLLATE "C"), 'Nothing is credited for them.' FROM deal WHERE outcome = 'won' AND amount IS NULL$q$;
	RETURN NEXT $q$SELECT 'deal', 'notice', 'amounts below zero', count(*), min(deal_id COLLATE "C"), 'They are taken off the sums, and off the partners'' credit.' FROM deal WHERE amount < 0$q$;
	RETURN NEXT $q$SELECT 'account', 'warning', 'accounts that are their own parents', count(*), min(account_id COLLATE "C"), 'The chain of parents is followed until it comes round.' FROM (
			WITH RECURSIVE up AS (
				SELECT account_id, parent_id, ARRAY[account_id] AS path, parent_id = account_id AS round FROM account WHERE parent_id <> ''
				UNION ALL
				SELECT u.account_id, a.parent_id, u.path || a.account_id, a.parent_id = ANY (u.path || a.account_id)
				FROM   up u JOIN account a ON a.account_id = u.parent_id WHERE NOT u.round AND a.parent_id <> '' AND cardinality(u.path) < 100)
			SELECT account_id FROM up WHERE round AND parent_id = account_id) c$q$;
	RETURN NEXT $q$SELECT 'relation', 'error', 'others may create objects in the schema of the mart', count(*), min(CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END COLLATE "C"),
			'What they create there the texts would find, and run with the rights of the owner: REVOKE CREATE ON SCHEMA.'
		FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.oid = (SELECT c.relnamespace FROM pg_class c WHERE c.oid = 'setting'::regclass) AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner$q$;
END $$;
COMMENT ON FUNCTION _mart_checks() IS 'the queries that look for what is wrong with the relations of a mart';

CREATE FUNCTION _mart_run_checks(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	check_text text;
BEGIN
	EXECUTE format('CREATE UNLOGGED TABLE %I.checked (relation text, severity text, problem text, rows bigint, example text, advice text)', ecosystem._mart_cache(mart));
	FOR check_text IN SELECT c FROM ecosystem._mart_checks() c LOOP
		-- Asked, and not inserted from, so that workers look
		EXECUTE format('INSERT INTO %I.checked SELECT (jsonb_populate_record(NULL::%1$I.checked, $1)).*', ecosystem._mart_cache(mart))
			USING ecosystem._mart_ask(mart, format('SELECT * FROM (%s) AS c(relation, severity, problem, rows, example, advice)', check_text));
	END LOOP;
	EXECUTE format('DELETE FROM %1$I.problem p WHERE source = ''check'' AND NOT EXISTS (SELECT FROM %2$I.checked c WHERE c.rows > 0 AND (c.relation, c.problem) = (p.relation, p.problem))',
		mart, ecosystem._mart_cache(mart));
	EXECUTE format('INSERT INTO %1$I.problem AS p (source, relation, problem, severity, rows, example, advice)
		SELECT ''check'', relation, problem, severity, rows, left(example, 500), advice FROM %2$I.checked WHERE rows > 0
		ON CONFLICT (source, relation, problem) DO UPDATE SET severity = excluded.severity, rows = excluded.rows, example = excluded.example, advice = excluded.advice
		WHERE (p.severity, p.rows, p.example, p.advice) IS DISTINCT FROM (excluded.severity, excluded.rows, excluded.example, excluded.advice)', mart, ecosystem._mart_cache(mart));
	EXECUTE format('DROP TABLE %I.checked', ecosystem._mart_cache(mart));
END $$;
COMMENT ON FUNCTION _mart_run_checks(name) IS 'writes what is wrong between the relations of a mart into its table problem';

CREATE FUNCTION _mart_checks_are_due(mart name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	due boolean;
	settings constant text := md5(ecosystem._mart_settings_hash(mart, 'touch_kind'::text));
BEGIN
	EXECUTE format('SELECT coalesce(bool_or(outcome IN (''some'', ''all'')), false) FROM %I.step', ecosystem._mart_cache(mart)) INTO due;
	due := due OR settings IS DISTINCT FROM ecosystem._mart_state(mart, '(checks)'::text)->>'made_from';
	IF due THEN
		EXECUTE format('INSERT INTO %I.relation_state (relation, state, stale, made_from) VALUES (''(checks)'', ''fresh'', false, $1)
			ON CONFLICT (relation) DO UPDATE SET made_from = excluded.made_from', mart) USING settings;
	END IF;
	RETURN due;
END $$;
COMMENT ON FUNCTION _mart_checks_are_due(name) IS 'whether anything changed that the checks look at';

-- Looked for again where something was loaded or settings changed.
CREATE FUNCTION _mart_check_step(mart name, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	changed boolean;
	said text;
BEGIN
	PERFORM ecosystem._mart_note_settings(mart);
	changed := full_refresh OR ecosystem._mart_checks_are_due(mart);
	IF NOT changed THEN
		RETURN;
	END IF;
	BEGIN
		PERFORM ecosystem._mart_run_checks(mart);
	EXCEPTION
		WHEN serialization_failure OR deadlock_detected THEN
			RAISE;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
			RAISE NOTICE 'mart "%": the data could not be checked: %', mart, said;
	END;
END $$;
COMMENT ON FUNCTION _mart_check_step(name, boolean) IS 'the step of a refresh that looks for problems';

-- ---------------------------------------------------------------------------
-- Three sentences
-- ---------------------------------------------------------------------------

-- Nothing is said where there is nothing to say.
CREATE FUNCTION _mart_sentences(mart name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	v record;
BEGIN
	EXECUTE format('SELECT max(numerator) FILTER (WHERE metric = ''known_account_share'')::bigint AS known, max(denominator) FILTER (WHERE metric = ''known_account_share'')::bigint AS accounts,
			max(value) FILTER (WHERE metric = ''influenced_revenue_share'') AS touched, max(value) FILTER (WHERE metric = ''led_revenue_share'') AS led
		FROM %I.metric WHERE scope = ''network'' AND period = ''now''', mart) INTO v;
	IF v.accounts > 0 THEN
		RETURN NEXT format('%s of %s accounts are known to a partner.', to_char(v.known, 'FM999,999,999,990'), to_char(v.accounts, 'FM999,999,999,990'));
	END IF;
	IF v.touched IS NOT NULL AND v.led IS NOT NULL THEN
		RETURN NEXT format('Partners touched %s %% of won revenue and led %s %%.', round(100 * v.touched, 1), round(100 * v.led, 1));
	END IF;
	EXECUTE format('SELECT l.ratio, l.ratio_lower AS low, l.ratio_upper AS high FROM %I.co_sell_lift l
		WHERE (scope, period, basis, comparison, segment, measure) = (''network'', ''now'', ''as recorded'', ''pooled'', '''', ''win_rate'')', mart) INTO v;
	IF v.ratio IS NOT NULL AND v.low IS NOT NULL AND v.high IS NOT NULL THEN
		RETURN NEXT CASE WHEN v.low > 1 OR v.high < 1
			THEN format('Co-sold deals win %s times as often as the others (%s to %s); who chooses which deals are co-sold is not taken out.', round(v.ratio::numeric, 1), round(v.low::numeric, 1), round(v.high::numeric, 1))
			ELSE format('Whether co-sold deals win more often than the others is not clear (%s times; %s to %s).', round(v.ratio::numeric, 1), round(v.low::numeric, 1), round(v.high::numeric, 1)) END;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_sentences(name) IS 'what the numbers of a mart come to, in up to three sentences';

CREATE FUNCTION _mart_closing_words(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sentence text;
	errors bigint;
	warnings bigint;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE severity = ''error''), count(*) FILTER (WHERE severity = ''warning'') FROM %I.problem', mart) INTO errors, warnings;
	IF errors + warnings > 0 THEN
		RAISE NOTICE 'errors: %, warnings: %; SELECT * FROM ecosystem.check_mart(%) lists them', errors, warnings, quote_literal(mart);
	END IF;
	FOR sentence IN SELECT s FROM ecosystem._mart_sentences(mart) s LOOP
		RAISE NOTICE '%', sentence;
	END LOOP;
EXCEPTION
	WHEN serialization_failure OR deadlock_detected THEN
		RAISE;
	WHEN OTHERS THEN
		NULL;	-- a relation of one's own in the place of a fact may not have what is asked for
END $$;
COMMENT ON FUNCTION _mart_closing_words(name) IS 'the notices at the end of a refresh';

