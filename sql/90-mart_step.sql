-- mart step: one relation of a refresh is made, and what became of it is written down

-- What a step made of its relation: same, some or all of its rows changed (all:
-- there is no list of them), or failed.
CREATE FUNCTION _mart_end_step(mart name, refresh bigint, r jsonb, step jsonb, outcome text, how text, why text, started_at timestamptz, error_code text,
		rows bigint, added bigint, changed bigint, removed bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	took constant numeric := round(extract(epoch FROM clock_timestamp() - started_at)::numeric, 4);
	fine constant boolean := outcome IN ('same', 'some', 'all') AND how <> 'held back';
BEGIN
	EXECUTE format('UPDATE %I.step SET outcome = $2 WHERE relation = $1', ecosystem._mart_cache(mart)) USING r->>'name', outcome;
	EXECUTE format('INSERT INTO %I.relation_state AS s (relation, state, stale, made_from, rows, refreshed_at, seconds, added, changed, removed, problem)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (relation) DO UPDATE SET state = excluded.state, stale = excluded.stale, made_from = coalesce(excluded.made_from, s.made_from),
			rows = coalesce(excluded.rows, s.rows), refreshed_at = coalesce(excluded.refreshed_at, s.refreshed_at), seconds = excluded.seconds,
			added = excluded.added, changed = excluded.changed, removed = excluded.removed, problem = excluded.problem', mart)
		USING r->>'name', CASE WHEN fine THEN 'fresh' ELSE how END, NOT fine, CASE WHEN fine THEN step->>'made_from' END, rows,
			CASE WHEN fine THEN now() END, took, coalesce(added, 0), coalesce(changed, 0), coalesce(removed, 0), CASE WHEN NOT fine THEN why END;
	IF how <> 'nothing' THEN
		EXECUTE format('INSERT INTO %I.refresh_log VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', mart)
			USING refresh, r->>'name', started_at, took, how, rows, added, changed, removed, error_code, why;
	END IF;
	IF fine AND how <> 'nothing' THEN
		RAISE NOTICE '%: % rows, % added, % changed, % removed, % s', r->>'name', rows, added, changed, removed, round(took, 2);
	ELSIF NOT fine THEN
		RAISE NOTICE '%: %, %', r->>'name', how, why;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_end_step(name, bigint, jsonb, jsonb, text, text, text, timestamptz, text, bigint, bigint, bigint, bigint) IS
	'writes down what a step of a refresh has made of its relation';

-- Compares the stage with the relation and makes them equal.  news: the stage has
-- not all rows, and what it has not stays; where it is made of a survey, that is
-- whether it suffices, and the outcome is NULL where it does not.
CREATE FUNCTION _mart_apply(mart name, r jsonb, keys text[], news boolean, first_time boolean, survey jsonb, weight jsonb,
		OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', mart, r->>'name');
	change constant text := format('%I.%I', ecosystem._mart_cache(mart), 'change_' || (r->>'name'));
	filled boolean;
	suffices boolean := true;
BEGIN
	PERFORM ecosystem._mart_leave_out_null_keys(mart, r);
	rows := (weight->>'rows')::bigint;
	IF rows IS NULL THEN
		EXECUTE format('SELECT count(*) FROM %s', target) INTO rows;
	END IF;
	filled := rows > 0;
	IF survey IS NOT NULL AND ecosystem._mart_has_doubles(mart, r) THEN
		EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
		RETURN;
	ELSIF NOT filled OR keys IS NOT NULL OR news THEN
		PERFORM ecosystem._mart_leave_out_doubles(mart, r);
	END IF;
	IF filled THEN
		PERFORM ecosystem._mart_find_changes(mart, r, keys, news);
		IF survey IS NOT NULL AND r->>'kind' = 'history' THEN
			EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', change) INTO suffices;
		ELSIF survey IS NOT NULL THEN
			suffices := ecosystem._mart_adds_up(mart, r, survey, weight);
		ELSIF keys IS NULL AND NOT news AND ecosystem._mart_may_have_doubles(mart, r, rows) AND ecosystem._mart_leave_out_doubles(mart, r) THEN
			EXECUTE format('DROP TABLE %s', change);
			PERFORM ecosystem._mart_find_changes(mart, r, keys, news);
		END IF;
		IF NOT suffices THEN
			EXECUTE format('DROP TABLE %s, %I.stage', change, ecosystem._mart_cache(mart));
			RETURN;
		END IF;
		SELECT a.added, a.changed, a.removed INTO added, changed, removed FROM ecosystem._mart_apply_changes(mart, r) a;
	ELSE
		added := ecosystem._mart_apply_all(mart, r, first_time); changed := 0; removed := 0;
	END IF;
	rows := rows + added - removed;
	outcome := CASE WHEN added + changed + removed = 0 THEN 'same' WHEN filled THEN 'some' ELSE 'all' END;
END $$;
COMMENT ON FUNCTION _mart_apply(name, jsonb, text[], boolean, boolean, jsonb, jsonb) IS 'makes a relation equal to the stage';

-- Only columns that texts join, group or choose by: to look at all of a wide table
-- takes as long as to make it, and autovacuum does so soon after.
CREATE FUNCTION _mart_analyze(mart name, relation text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text;
BEGIN
	EXECUTE format($q$SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM %I.relation r, ecosystem._mart_column(r.columns) c
		WHERE r.name = $1 AND (c.name = ANY (string_to_array(replace(r.key, ' ', ''), ',')) OR c.name ~ '(_id|_on|_at|period|_starts|_quarter)$' OR c.type = 'boolean'
			OR c.name IN ('outcome', 'event', 'origin', 'population', 'source', 'role', 'kind', 'type', 'stage', 'owner', 'region', 'program', 'segment', 'partner_type', 'involvement', 'scope'))$q$, mart)
		INTO columns USING relation;
	EXECUTE format('ANALYZE %I.%I (%s)', mart, relation, columns);
END $$;
COMMENT ON FUNCTION _mart_analyze(name, text) IS 'gives the planner the sizes of a relation and what it needs of its columns';

-- What follows from changed rows.
CREATE FUNCTION _mart_settle(mart name, r jsonb, outcome text, rows bigint, moved bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF outcome <> 'same' THEN
		IF moved > rows / 10 THEN
			PERFORM ecosystem._mart_analyze(mart, r->>'name');
		END IF;
		PERFORM ecosystem._mart_write_history(mart, r, outcome = 'all');
	END IF;
	-- The first fill has none; IF EXISTS would say so to whoever refreshes.
	IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
		EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_settle(name, jsonb, text, bigint, bigint) IS 'writes the histories of a relation that has changed, and clears the stage';

CREATE FUNCTION _mart_make_report(mart name, r jsonb, how text, keys text[], first_time boolean, OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	query constant text := ecosystem._mart_report_query(mart, CASE WHEN how = 'by key' AND r->>'name' = 'metric' AND r->>'origin' <> 'user'
		THEN r || jsonb_build_object('query', ecosystem._mart_metric_text_of(mart, keys)) ELSE r END, how = 'by key');
BEGIN
	IF first_time AND how = 'full' AND ecosystem._mart_is_empty(mart, r->>'name') THEN
		rows := ecosystem._mart_fill_relation(mart, r, query);
	END IF;
	IF rows IS NOT NULL THEN
		outcome := CASE WHEN rows = 0 THEN 'same' ELSE 'all' END; added := rows; changed := 0; removed := 0;
	ELSE
		PERFORM ecosystem._mart_stage(mart, query, keys);
		SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, keys, false, first_time, NULL::jsonb, NULL::jsonb) a;
	END IF;
	PERFORM ecosystem._mart_settle(mart, r, outcome, rows, added + changed + removed);
END $$;
COMMENT ON FUNCTION _mart_make_report(name, jsonb, text, text[], boolean) IS 'makes a report, in full or by key';

CREATE FUNCTION _mart_is_empty(mart name, relation text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_empty boolean;
BEGIN
	EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.%I)', mart, relation) INTO is_empty;
	RETURN is_empty;
END $$;
COMMENT ON FUNCTION _mart_is_empty(name, text) IS 'whether a relation has no row';

-- Loads are surveyed before they are staged, and staged as far as they differ.
CREATE FUNCTION _mart_load(mart name, r jsonb, made_from text, full_refresh boolean, newer boolean, first_time boolean,
		OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint, OUT held_back text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- a text of one's own in the place of the parts
	own constant boolean := r->>'kind' = 'standard' AND r->>'query' IS NOT NULL;
	parts constant text[] := ARRAY(SELECT part->>'part' FROM ecosystem._mart_parts(mart, r) part);
	notes_parts constant boolean := cardinality(parts) > 1 AND r->>'kind' = 'standard';
	query constant text := ecosystem._mart_load_query(mart, r, newer, '{}'::text[]);
	survey constant jsonb := ecosystem._mart_survey(mart, r, query);
	weight jsonb;
	held text[] := '{}';
	news boolean := newer;
BEGIN
	IF NOT newer AND NOT full_refresh AND NOT own THEN
		SELECT coalesce(array_agg(s.part), '{}'), string_agg(s.said, ', ') INTO held, held_back FROM ecosystem._mart_shrunk_parts(mart, r, survey->'parts') s;
	END IF;
	outcome := 'same'; added := 0; changed := 0; removed := 0;
	IF held <> '{}' THEN
		-- The others load, where it is known which rows are whose.
		IF parts <@ held OR NOT (notes_parts AND ecosystem._mart_knows_parts(mart, r, made_from)) THEN
			IF NOT parts <@ held THEN
				held_back := concat(held_back, '; the other parts wait, since it is not known which rows are theirs');
			END IF;
			RETURN;
		END IF;
		PERFORM ecosystem._mart_stage(mart, ecosystem._mart_load_query(mart, r, false, held), NULL::text[]);
		PERFORM ecosystem._mart_keep_parts(mart, r, held);
	ELSIF newer OR r->>'kind' = 'settings' THEN
		PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
	ELSE
		-- A history has rows that no source has any more.
		weight := CASE WHEN r->>'kind' = 'history' AND NOT ecosystem._mart_is_empty(mart, r->>'name') THEN '{"rows": null}' ELSE ecosystem._mart_weight(mart, r) END;
		IF weight = jsonb_build_object('rows', survey->'rows', 'sum', survey->'sum') OR (weight->>'rows')::bigint = 0 THEN
			IF (survey->>'remarks')::bigint > 0 THEN
				PERFORM ecosystem._mart_stage(mart, format('SELECT * FROM (%s) s WHERE %s', query, ecosystem._mart_remarkable(mart, r)), NULL::text[]);
			END IF;
			rows := (weight->>'rows')::bigint;
		ELSE
			news := true;
			PERFORM ecosystem._mart_stage_news(mart, r, query);
		END IF;
	END IF;
	IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
		PERFORM ecosystem._mart_find_words(mart, r);
		PERFORM ecosystem._mart_find_amounts(mart, r);
		PERFORM ecosystem._mart_find_lost(mart, r);
	END IF;
	IF NOT own THEN
		PERFORM ecosystem._mart_remember_parts(mart, r, survey->'parts', newer, held);
	END IF;
	IF rows IS NOT NULL THEN
		IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
			PERFORM ecosystem._mart_leave_out_null_keys(mart, r);
			EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
		END IF;
		IF (survey->>'rows')::bigint > 0 AND rows = 0 THEN
			IF first_time THEN
				rows := ecosystem._mart_fill_relation(mart, r, (SELECT format('SELECT %s FROM (%s) s WHERE NOT "~deleted" AND NOT (%s)', string_agg(format('s.%I', c.name), ', ' ORDER BY c.n), query,
					ecosystem._mart_missing_key(r, 's'::text)) FROM ecosystem._mart_column(r->>'columns') c));
			END IF;
			IF rows > 0 THEN
				outcome := 'all'; added := rows;
			ELSE
				PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
				SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, NULL::text[], false, first_time, NULL::jsonb, NULL::jsonb) a;
			END IF;
		END IF;
	ELSE
		SELECT a.* INTO outcome, rows, added, changed, removed
		FROM   ecosystem._mart_apply(mart, r, NULL::text[], news, first_time, CASE WHEN weight IS NOT NULL THEN survey END, weight) a;
		IF outcome IS NULL THEN
			news := false;
			PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
			SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, NULL::text[], false, first_time, NULL::jsonb, NULL::jsonb) a;
		END IF;
	END IF;
	IF notes_parts AND held = '{}' AND (outcome <> 'same' OR NOT ecosystem._mart_knows_parts(mart, r, made_from)) THEN
		PERFORM ecosystem._mart_note_parts(mart, r, made_from, CASE WHEN newer THEN ecosystem._mart_load_query(mart, r, false, '{}'::text[]) ELSE query END, news AND outcome = 'some');
	END IF;
	PERFORM ecosystem._mart_settle(mart, r, outcome, rows, added + changed + removed);
END $$;
COMMENT ON FUNCTION _mart_load(name, jsonb, text, boolean, boolean, boolean) IS 'makes a relation that is loaded from its parts';

CREATE FUNCTION _mart_run_step(mart name, refresh bigint, r jsonb, step jsonb, full_refresh boolean, how text, why text, keys text[], started_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first_time constant boolean := (step->>'first_time')::boolean;
	done record;
	held_back text;
	has_limits boolean;
BEGIN
	IF step->>'kind' = 'loaded' THEN
		SELECT * INTO done FROM ecosystem._mart_load(mart, r, step->>'made_from', full_refresh, how = 'by key', first_time);
		held_back := done.held_back;
	ELSE
		has_limits := step->'has_limits' IS NOT NULL OR ecosystem._mart_had_too_large(mart, r->>'name');
		SELECT * INTO done FROM ecosystem._mart_make_report(mart, CASE WHEN has_limits THEN r || '{"has_limits": true}' ELSE r END, how, keys, first_time);
		IF has_limits THEN
			PERFORM ecosystem._mart_find_too_large(mart, r);
		END IF;
	END IF;
	IF held_back IS NOT NULL THEN
		PERFORM ecosystem._mart_found(mart, 'error', r->>'name', 'held back: it has lost most of its rows', NULL::bigint, held_back,
			format('Where that is right: CALL ecosystem.refresh_mart(%L, full_refresh => true).', mart));
		how := 'held back'; why := held_back;
	END IF;
	PERFORM ecosystem._mart_end_step(mart, refresh, r, step, done.outcome, how, why, started_at, NULL::text, done.rows, done.added, done.changed, done.removed);
END $$;
COMMENT ON FUNCTION _mart_run_step(name, bigint, jsonb, jsonb, boolean, text, text, text[], timestamptz) IS 'makes one relation: stage, compare, apply';

CREATE FUNCTION _mart_step(mart name, refresh bigint, r jsonb, step jsonb, asked boolean, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	todo record;
	said text;
	detail text;
	hint text;
	code text;
BEGIN
	IF r->>'name' = 'metric' AND asked AND ecosystem._mart_metric_retry(mart) THEN
		r := ecosystem._mart_relation_row(mart, 'metric'::text);
		step := step || jsonb_build_object('made_from', ecosystem._mart_made_from(mart, r));
	END IF;
	SELECT * INTO todo FROM ecosystem._mart_decide(mart, r, step, full_refresh AND asked);
	IF todo.how = 'nothing' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'same', 'nothing', NULL::text, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSIF NOT asked THEN
		-- What is read is there to be made later, in full
		IF step->>'kind' <> 'loaded' THEN
			EXECUTE format('UPDATE %I.relation_state SET stale = true, state = ''stale'', problem = $2 WHERE relation = $1', mart) USING r->>'name', todo.why;
		END IF;
	ELSIF todo.how = 'skipped' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'failed', 'skipped', todo.why, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSE
		BEGIN
			PERFORM ecosystem._mart_run_step(mart, refresh, r, step, full_refresh, todo.how, todo.why, todo.keys, started_at);
		EXCEPTION
			WHEN serialization_failure OR deadlock_detected THEN
				RAISE;
			WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
				-- of what a server has not enough of, it says which setting to raise
				said := concat_ws(' ', said, nullif(detail, ''), CASE WHEN code ~ '^53' THEN nullif(hint, '') END);
				IF code = '22003' AND step->>'kind' <> 'loaded' AND step->'has_limits' IS NULL THEN
					-- a number too large for its column: without those
					PERFORM ecosystem._mart_step(mart, refresh, r, step || '{"has_limits": true}', asked, full_refresh);
					RETURN;
				ELSIF r->>'name' = 'metric' AND ecosystem._mart_metric_mend(mart) THEN
					-- without the definitions that fail
					r := ecosystem._mart_relation_row(mart, 'metric'::text);
					PERFORM ecosystem._mart_step(mart, refresh, r, step || jsonb_build_object('made_from', ecosystem._mart_made_from(mart, r)), asked, full_refresh);
					RETURN;
				END IF;
				PERFORM ecosystem._mart_found(mart, 'error', r->>'name', 'it could not be made, and has its previous rows', NULL::bigint, said,
					'Mend the text or what it reads, then refresh again.');
				PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'failed', 'failed', said, started_at, code, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
		END;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_step(name, bigint, jsonb, jsonb, boolean, boolean) IS 'one step of a refresh: an error in it leaves its relation as it was, and hinders nobody else';
