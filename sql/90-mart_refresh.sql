-- mart refresh: each relation's text is run and what differs is applied, in one
-- transaction, a subtransaction a relation
--
-- While it runs, MART_cache holds: step (what became of each relation), found
-- (problems), stage (the rows a text returned) and change_RELATION (the key, the
-- kind of change and the old row of all that differed, from which later relations
-- know their keys and histories are written).

CREATE FUNCTION _mart_check_asked(mart name, relations text[]) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text;
BEGIN
	SELECT string_agg(quote_ident(a), ', ') INTO unknown FROM unnest(relations) a
	WHERE  a IS NULL OR a NOT IN (SELECT s.name FROM ecosystem._mart_steps(mart) s);
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('mart "%s" makes no relation %s', mart, unknown),
			HINT = format('SELECT relation FROM ecosystem.mart_status(%L) lists them; settings are edited, not made.', mart);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_asked(name, text[]) IS 'raises an error unless all of these are made by a refresh';

-- A table that was never looked at passes for one of hundreds of rows, and what is
-- joined with it for as many times its own.
CREATE FUNCTION _mart_analyze_settings(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOR name IN EXECUTE format('SELECT r.name FROM %I.relation r JOIN pg_class c ON c.relname = r.name AND c.relnamespace = to_regnamespace($1)
		WHERE r.kind = ''settings'' AND c.reltuples < 0 ORDER BY r.name', mart) USING quote_ident(mart)
	LOOP
		EXECUTE format('ANALYZE %I.%I', mart, name);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_analyze_settings(name) IS 'gives the planner the sizes of settings that nobody has looked at';

CREATE FUNCTION _mart_begin_refresh(mart name) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- not in the query, whose planner would ask for it once more
	places constant text[] := ecosystem._mart_order(mart);
	refresh bigint;
BEGIN
	EXECUTE format('CREATE UNLOGGED TABLE %I.step AS
		SELECT o.place, s.name AS relation, s.kind, to_jsonb(s.waits_for) AS waits_for, NULL::text AS outcome
		FROM   ecosystem._mart_steps($1) s JOIN unnest($2) WITH ORDINALITY AS o(name, place) USING (name)', ecosystem._mart_cache(mart)) USING mart, places;
	EXECUTE format('CREATE UNLOGGED TABLE %I.found (relation text, problem text, severity text, rows bigint, example text, advice text, PRIMARY KEY (relation, problem))', ecosystem._mart_cache(mart));
	PERFORM ecosystem._mart_analyze_settings(mart);
	EXECUTE format('SELECT coalesce(max(refresh), 0) + 1 FROM %I.refresh_log', mart) INTO refresh;
	RETURN refresh;
END $$;
COMMENT ON FUNCTION _mart_begin_refresh(name) IS 'makes the tables that a refresh works with; returns its number';

-- Problems of what was made or failed now are those found now; the others stay.
CREATE FUNCTION _mart_write_problems(mart name, refresh bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format($q$DELETE FROM %1$I.problem p WHERE p.source = 'refresh'
		AND p.relation IN (SELECT l.relation FROM %1$I.refresh_log l WHERE l.refresh = $1)
		AND NOT EXISTS (SELECT FROM %2$I.found f WHERE (f.relation, f.problem) = (p.relation, p.problem))$q$, mart, ecosystem._mart_cache(mart)) USING refresh;
	EXECUTE format($q$INSERT INTO %1$I.problem AS p (source, relation, problem, severity, rows, example, advice)
		SELECT 'refresh', relation, problem, severity, rows, example, advice FROM %2$I.found
		ON CONFLICT (source, relation, problem) DO UPDATE SET severity = excluded.severity, rows = excluded.rows, example = excluded.example, advice = excluded.advice
		WHERE (p.severity, p.rows, p.example, p.advice) IS DISTINCT FROM (excluded.severity, excluded.rows, excluded.example, excluded.advice)$q$, mart, ecosystem._mart_cache(mart));
END $$;
COMMENT ON FUNCTION _mart_write_problems(name, bigint) IS 'writes the problems that a refresh found';

CREATE FUNCTION _mart_end_refresh(mart name, refresh bigint, started_at timestamptz, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t text;
BEGIN
	PERFORM ecosystem._mart_write_problems(mart, refresh);
	PERFORM ecosystem._mart_check_step(mart, full_refresh);
	EXECUTE format('INSERT INTO %1$I.refresh_log SELECT $1, ''(all)'', $2, round(extract(epoch FROM clock_timestamp() - $2)::numeric, 4),
			CASE WHEN bool_or(how IN (''failed'', ''skipped'', ''held back'')) THEN ''with failures'' ELSE ''complete'' END,
			NULL, coalesce(sum(added), 0), coalesce(sum(changed), 0), coalesce(sum(removed), 0) FROM %1$I.refresh_log WHERE refresh = $1', mart)
		USING refresh, started_at;
	FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(ecosystem._mart_cache(mart)))
		AND c.relkind = 'r' AND (c.relname IN ('step', 'found') OR c.relname ~ '^change_')
	LOOP
		EXECUTE format('DROP TABLE %I.%I', ecosystem._mart_cache(mart), t);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_end_refresh(name, bigint, timestamptz, boolean) IS 'writes down what a refresh did, and drops what it worked with';

CREATE FUNCTION _mart_refresh(mart name, relations text[], full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	refresh bigint;
	step jsonb;
	r jsonb;
	code text;
	said text;
	place text;
	book text;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	PERFORM ecosystem._mart_check_asked(mart, relations);
	PERFORM ecosystem._mart_check_setting(mart);
	PERFORM ecosystem._mart_metric_step(mart);
	refresh := ecosystem._mart_begin_refresh(mart);
	FOR step IN EXECUTE format('SELECT to_jsonb(s) FROM %I.step s ORDER BY place', ecosystem._mart_cache(mart)) LOOP
		IF step->>'kind' = 'identity' THEN
			PERFORM ecosystem._mart_identity_step(mart, full_refresh);
		ELSE
			r := ecosystem._mart_relation_row(mart, step->>'relation');
			step := step || jsonb_build_object('made_from', ecosystem._mart_made_from(mart, r),
				'first_time', ecosystem._mart_state(mart, step->>'relation')->>'refreshed_at' IS NULL);
			PERFORM ecosystem._mart_step(mart, refresh, r, step, coalesce(step->>'relation' = ANY (relations), true), full_refresh);
		END IF;
	END LOOP;
	PERFORM ecosystem._mart_refresh_shares(mart, refresh, relations IS NULL, full_refresh);
	PERFORM ecosystem._mart_end_refresh(mart, refresh, started_at, full_refresh);
	PERFORM ecosystem._mart_closing_words(mart);
EXCEPTION WHEN OTHERS THEN
	-- Where the mart keeps its books a step's fault cannot be written down.
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
	book := (regexp_match(place, format('SQL statement "(?:INSERT INTO|UPDATE|DELETE FROM) %s\.(relation_state|refresh_log|problem|relation_part)\M', regexp_replace(quote_ident(mart), '(\W)', '\\\1', 'g'))))[1];
	IF code ~ '^40' OR book IS NULL THEN
		RAISE;
	END IF;
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = format('mart "%s": its table "%s" cannot be written', mart, book), DETAIL = said,
		HINT = format('Look at the triggers and constraints that somebody gave %I.%I; nothing was refreshed.', mart, book);
END $$;
COMMENT ON FUNCTION _mart_refresh(name, text[], boolean) IS 'what refresh_mart() does, as the owner';

CREATE PROCEDURE refresh_mart(mart name, relations text[] DEFAULT NULL, full_refresh boolean DEFAULT false)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_make_cache(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_refresh(%L::name, %L::text[], %L::boolean)', mart, relations, coalesce(full_refresh, false)));
END $$;
COMMENT ON PROCEDURE refresh_mart(name, text[], boolean) IS
	'makes what changed in a mart, in one transaction: all relations, or those named, of what changed or in full; what fails keeps its rows and says why';
