-- mart decide: in which order relations are made, and whether one is to be made in
-- full, by key or not at all

-- ---------------------------------------------------------------------------
-- Order
-- ---------------------------------------------------------------------------

-- What is made, each with what it waits for.  identity is made here, of accounts
-- and partner accounts; histories hold what earlier refreshes wrote, and nobody
-- waits for them.
CREATE FUNCTION _mart_steps(mart name) RETURNS TABLE (name text, kind text, waits_for text[])
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		$q$WITH made AS (
			SELECT r.name, CASE WHEN r.kind = 'report' THEN 'report' ELSE 'loaded' END AS kind, r.kind AS declared, r.inputs FROM %1$I.relation r
			WHERE  r.kind = 'report' OR r.kind = 'standard' AND r.query IS NOT NULL OR r.name IN (SELECT relation FROM %1$I.relation_part)
			-- what is no longer bound is emptied
			OR     r.kind = 'standard' AND r.name IN (SELECT relation FROM %1$I.relation_state WHERE rows > 0)
			UNION  ALL
			SELECT 'identity', 'identity', 'report', 'account(*) partner_account(*)')
		SELECT m.name, m.kind, coalesce((SELECT array_agg(i.input) FROM ecosystem._mart_input(m.inputs) i JOIN made o ON o.name = i.input
				WHERE o.declared NOT IN ('history', 'settings') AND m.declared <> 'history'), '{}')
			-- settings are there before all that reads them, and what is loaded before what reads it in a way that is not known
			-- a history that is loaded, before what it is also written from
			|| ARRAY(SELECT o.name FROM made o WHERE o.declared = 'history' AND (SELECT i.input FROM ecosystem._mart_input(o.inputs) i LIMIT 1) = m.name)
			|| CASE WHEN m.kind = 'loaded' AND m.declared <> 'settings' THEN ARRAY(SELECT o.name FROM made o WHERE o.declared = 'settings')
				WHEN m.inputs ~ '\moutside\M' THEN ARRAY(SELECT o.name FROM made o WHERE o.kind = 'loaded') ELSE '{}' END
		FROM made m$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_steps(name) IS 'the relations that a refresh makes, and what each waits for';

CREATE FUNCTION _mart_order(mart name) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	steps jsonb;
	loads text[];
	done text[] := '{}';
	ready text[];
BEGIN
	SELECT jsonb_object_agg(s.name, to_jsonb(s.waits_for)), coalesce(array_agg(s.name) FILTER (WHERE s.kind = 'loaded'), '{}') INTO steps, loads FROM ecosystem._mart_steps(mart) s;
	WHILE cardinality(done) < (SELECT count(*) FROM jsonb_object_keys(steps)) LOOP
		ready := ARRAY(SELECT e.key FROM jsonb_each(steps) e
			WHERE e.key <> ALL (done) AND ARRAY(SELECT jsonb_array_elements_text(e.value)) <@ done
			ORDER BY e.key <> ALL (loads), e.key COLLATE "C");
		IF cardinality(ready) = 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_recursion', MESSAGE = format('mart "%s": relations wait for each other', mart),
				DETAIL = (SELECT string_agg(e.key, ', ' ORDER BY e.key COLLATE "C") FROM jsonb_each(steps) e WHERE e.key <> ALL (done));
		END IF;
		done := done || ready;
	END LOOP;
	RETURN done;
END $$;
COMMENT ON FUNCTION _mart_order(name) IS 'the relations that a refresh makes, each after what it reads';

-- ---------------------------------------------------------------------------
-- What a relation was made with
-- ---------------------------------------------------------------------------

-- Of the settings only those that the text names, so that a target does not
-- make everything anew; the as-of day counts where the text asks for a day.
CREATE FUNCTION _mart_setting_hash(mart name, query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	hash text;
BEGIN
	EXECUTE format($q$SELECT md5(string_agg(e.key || '=' || coalesce(e.value, ''), ',' ORDER BY e.key COLLATE "C"))
		FROM %1$I.setting s, LATERAL jsonb_each_text(to_jsonb(s) || jsonb_build_object('as_of', coalesce(s.as_of, (now() AT TIME ZONE s.time_zone)::date))) e
		WHERE ecosystem._mart_mentions($1, e.key) OR e.key = 'as_of' AND $1 ~* '\m(current_date|current_timestamp|now|today)\M'$q$, mart)
		INTO hash USING query;
	RETURN hash;
END $$;
COMMENT ON FUNCTION _mart_setting_hash(name, text) IS 'a hash of the settings that a text names';

-- The tables that people edit, as far as a text names them.
CREATE FUNCTION _mart_settings_hash(mart name, query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	name text;
	hash text;
	hashes text := '';
BEGIN
	FOR name IN EXECUTE format($q$SELECT name FROM %I.relation WHERE kind = 'settings' AND ecosystem._mart_mentions($1, name) ORDER BY name COLLATE "C"$q$, mart) USING query LOOP
		IF name = 'setting' THEN
			hash := ecosystem._mart_setting_hash(mart, query);
		ELSE
			EXECUTE format('SELECT concat(count(*), ''/'', sum(hashtextextended(t::text, 0))) FROM %I.%I t', mart, name) INTO hash;
		END IF;
		hashes := concat(hashes, name, ' ', hash, ' ');
	END LOOP;
	RETURN hashes;
END $$;
COMMENT ON FUNCTION _mart_settings_hash(name, text) IS 'a hash of the tables of settings that a text names';

-- Somebody may have altered the table.
CREATE FUNCTION _mart_table_hash(mart name, relation text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant oid := to_regclass(format('%I.%I', mart, relation));
BEGIN
	RETURN concat((SELECT string_agg(concat(a.attname, ' ', a.atttypid, ' ', a.atttypmod), ',' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped),
		(SELECT string_agg(pg_get_constraintdef(k.oid), ',') FROM pg_constraint k WHERE k.conrelid = t AND k.contype = 'p'));
END $$;
COMMENT ON FUNCTION _mart_table_hash(name, text) IS 'the columns and the key that the table of a relation really has';

-- A verdict is of the targets in force, which anybody may change who may.
CREATE FUNCTION _mart_target_hash(query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF query !~ '\m(verdict|meets_target|targets_of|target_in_force|ecosystem_verdict|deal_lift|win_rate_lift|amount_lift|cycle_lift|win_incidence_lift)\M' THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT concat(count(*), '/', sum(hashtextextended(t::text, 0))) FROM ecosystem.target t);
END $$;
COMMENT ON FUNCTION _mart_target_hash(text) IS 'a hash of the targets, if a text asks for any';

CREATE FUNCTION _mart_made_from(mart name, r jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	query constant text := CASE WHEN r->>'kind' = 'report' THEN r->>'query'
		ELSE concat('meaning currency_rate currency minor_digits time_zone ', (SELECT string_agg(concat(part->>'query', ' ', part->>'changed_since'), ' ' ORDER BY part->>'part') FROM ecosystem._mart_parts(mart, r) part)) END;
BEGIN
	RETURN md5(concat_ws('|', query, r->>'columns', r->>'key', ecosystem._mart_table_hash(mart, r->>'name'), ecosystem.ecosystem_version(), ecosystem.public_suffix_list_version(), ecosystem._mart_target_hash(query),
		ecosystem._mart_settings_hash(mart, query || ' setting ' || coalesce(r->>'inputs', ''))));
END $$;
COMMENT ON FUNCTION _mart_made_from(name, jsonb) IS 'a hash of all that makes a relation what it is, but for the rows it reads';

-- ---------------------------------------------------------------------------
-- What is to be done
-- ---------------------------------------------------------------------------

-- The grain's values in all rows of an input that changed, before and after.
CREATE FUNCTION _mart_changed_keys(mart name, input text, grain_column text) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, input);
	keys text[];
BEGIN
	EXECUTE format('SELECT array_agg(k) FROM (SELECT c.%2$I::text AS k FROM %1$I.%3$I c UNION SELECT t.%4$I::text FROM %1$I.%3$I c JOIN %5$I.%6$I t ON %7$s) u WHERE k IS NOT NULL',
		ecosystem._mart_cache(mart), 'old_' || grain_column, 'change_' || input, grain_column, mart, input,
		ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 'c', 't')) INTO keys;
	RETURN keys;
END $$;
COMMENT ON FUNCTION _mart_changed_keys(name, text, text) IS 'the values of a column in the rows of an input that changed';

CREATE FUNCTION _mart_state(mart name, relation text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	state jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(s) FROM %I.relation_state s WHERE relation = $1', mart) INTO state USING relation;
	RETURN state;
END $$;
COMMENT ON FUNCTION _mart_state(name, text) IS 'what the last refresh made of a relation; NULL: none did';

-- how: skipped (what it needs failed), full, by key or nothing; why is for people.
CREATE FUNCTION _mart_decide(mart name, r jsonb, step jsonb, full_refresh boolean, OUT how text, OUT why text, OUT keys text[])
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	state jsonb;
	i record;
BEGIN
	how := 'full';
	EXECUTE format('SELECT string_agg(s.relation, '', '' ORDER BY s.relation) FROM %I.step s WHERE s.relation = ANY ($1) AND s.outcome = ''failed''', ecosystem._mart_cache(mart))
		INTO why USING ARRAY(SELECT needed.input FROM ecosystem._mart_input(r->>'inputs') needed);
	IF why IS NOT NULL THEN
		how := 'skipped'; why := format('needs %s', why);
		RETURN;
	END IF;
	state := ecosystem._mart_state(mart, r->>'name');
	CASE
		WHEN full_refresh THEN why := 'asked for'; RETURN;
		WHEN state->>'refreshed_at' IS NULL THEN why := 'the first time'; RETURN;
		WHEN (state->>'stale')::boolean THEN why := 'it was stale'; RETURN;
		WHEN state->>'made_from' IS DISTINCT FROM step->>'made_from' THEN why := 'its text, settings or day changed'; RETURN;
		WHEN step->>'kind' = 'loaded' THEN
			-- Newer rows only, where every part says when its rows changed
			IF NOT EXISTS (SELECT FROM ecosystem._mart_parts(mart, r) part WHERE part->>'read_until' IS NULL OR part->>'changed_since' IS NULL) THEN
				how := 'by key';
			END IF;
			RETURN;
		ELSE NULL;
	END CASE;
	how := 'nothing';
	IF r->>'name' = 'metric' AND r->>'origin' <> 'user' THEN
		keys := ecosystem._mart_metric_touched(mart, r);
		IF keys IS NOT NULL THEN
			how := CASE WHEN cardinality(keys) > 0 THEN 'by key' ELSE 'nothing' END;
			RETURN;
		END IF;
	END IF;
	-- A history is no input, but one that was loaded counts where a text names it.
	FOR i IN EXECUTE format($q$SELECT i.input, i.grain_column, s.outcome FROM ecosystem._mart_input($1) i LEFT JOIN %1$I.step s ON s.relation = i.input
		UNION ALL SELECT s.relation, NULL, s.outcome FROM %1$I.step s JOIN %2$I.relation h ON h.name = s.relation
		WHERE h.kind = 'history' AND ecosystem._mart_mentions($2, s.relation)$q$, ecosystem._mart_cache(mart), mart) USING r->>'inputs', r->>'query' LOOP
		IF i.input IN ('outside', 'problem', 'refresh_log', 'relation_state') OR i.outcome = 'all' OR i.outcome = 'some' AND (i.grain_column IS NULL OR r->>'grain' IS NULL) THEN
			how := 'full'; why := format('%s changed', i.input); keys := NULL;
			RETURN;
		ELSIF i.outcome = 'some' THEN
			how := 'by key';
			keys := ARRAY(SELECT unnest(keys) UNION SELECT unnest(ecosystem._mart_changed_keys(mart, i.input, i.grain_column)));
		END IF;
	END LOOP;
	-- Of a fifth, everything is sooner made than chosen
	IF cardinality(keys) > 1000 AND cardinality(keys) > 0.2 * (state->>'rows')::bigint THEN
		how := 'full'; why := 'much changed'; keys := NULL;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_decide(name, jsonb, jsonb, boolean) IS 'whether a relation is made in full, by key or not at all, and why';
