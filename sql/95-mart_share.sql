-- mart share: a schema of copies for each partner that something is shared with.
--
-- What is not shared is not there.  A view, whatever guards it, plans over all rows
-- and tells so: EXPLAIN ANALYZE counts what a filter removed.  The copies are made by
-- the texts of kind `shared`, which read partner_share and share_level; these are
-- shadowed by the rows of one share, as keyed inputs are by those of some keys.
-- What a catalog says everybody may read, so neither a schema, a comment nor an
-- error names a partner.

-- ---------------------------------------------------------------------------
-- What is asked for
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_check_populations(mart name, populations jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	words constant text[] := '{customer,open_opportunity,prospect,*}';
	wrong text;
BEGIN
	IF jsonb_typeof(populations) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": populations are no object', mart),
			HINT = 'Such as {"customer": {"prospect": "overlapping", "*": "counts_only"}, "*": "hidden"}: ours, theirs, and the level.';
	END IF;
	SELECT min(w.word) INTO wrong FROM (
		SELECT jsonb_object_keys(populations) AS word
		UNION ALL
		SELECT jsonb_object_keys(e.value) FROM jsonb_each(populations) e WHERE jsonb_typeof(e.value) = 'object') w
	WHERE  w.word <> ALL (words);
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": "%s" is no population', mart, wrong),
			HINT = 'Populations are customer, open_opportunity, prospect and * for all that are not named.';
	END IF;
	SELECT min(l.level::text) INTO wrong FROM (
		SELECT e.value AS level FROM jsonb_each(populations) e WHERE jsonb_typeof(e.value) <> 'object'
		UNION ALL
		SELECT t.value FROM jsonb_each(populations) e, jsonb_each(e.value) t WHERE jsonb_typeof(e.value) = 'object') l
	WHERE  jsonb_typeof(l.level) <> 'string' OR l.level #>> '{}' NOT IN ('all', 'overlapping', 'counts_only', 'hidden');
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": %s is no level', mart, wrong),
			HINT = 'Levels are all, overlapping, counts_only and hidden.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_populations(name, jsonb) IS 'raises an error unless levels of sharing can be read';

-- What is named more closely comes first: ours before theirs; what is not named
-- at all is hidden.
CREATE FUNCTION _mart_share_levels(populations jsonb) RETURNS TABLE (our_population text, their_population text, level text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT o.word, t.word, coalesce(
			CASE jsonb_typeof(p.ours) WHEN 'object' THEN coalesce(p.ours->>t.word, p.ours->>'*') ELSE p.ours #>> '{}' END,
			CASE jsonb_typeof(p.others) WHEN 'object' THEN coalesce(p.others->>t.word, p.others->>'*') ELSE p.others #>> '{}' END, 'hidden')
	FROM   unnest('{customer,open_opportunity,prospect,""}'::text[]) AS o(word),
	       unnest('{customer,open_opportunity,prospect,""}'::text[]) AS t(word),
	       LATERAL (SELECT populations->o.word AS ours, populations->'*' AS others) p;
END $$;
COMMENT ON FUNCTION _mart_share_levels(jsonb) IS 'the level of each pair of populations';

-- Who can become somebody who reads all of the mart, reads all of it.
CREATE FUNCTION _mart_check_reader(mart name, reader name) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', reader),
			HINT = 'Its name can be read by everybody in the catalog: do not name it after the partner.';
	END IF;
	IF EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(reader, r.oid, 'MEMBER')
			AND (has_schema_privilege(r.oid, mart, 'USAGE') OR has_schema_privilege(r.oid, ecosystem._mart_cache(mart), 'USAGE'))) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_grant_operation', MESSAGE = format('role "%s" can read mart "%s" itself', reader, mart),
			HINT = 'A partner needs a role of its own, that may do nothing else.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_reader(name, name) IS 'raises an error unless a role may be given what a partner is shared';

CREATE FUNCTION _mart_share_with(mart name, partner_id text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	share jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(s) FROM %I.partner_share s WHERE s.partner_id = $1 AND s.ended_on IS NULL ORDER BY share_id LIMIT 1', mart) INTO share USING partner_id;
	RETURN share;
END $$;
COMMENT ON FUNCTION _mart_share_with(name, text) IS 'what is shared with a partner; NULL: nothing';

-- A role reads for one partner, since what two see together is more than each sees.
CREATE FUNCTION _mart_check_other_shares(mart name, share_id integer, schema_name text, reader text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other text;
BEGIN
	EXECUTE format('SELECT min(s.schema_name) FROM %I.partner_share s JOIN pg_roles o ON o.rolname = s.reader
			WHERE s.ended_on IS NULL AND s.share_id <> $1 AND (pg_has_role($2, o.oid, ''MEMBER'') OR pg_has_role(o.oid, $2, ''MEMBER''))', mart)
		INTO other USING share_id, reader::name;
	IF other IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_grant_operation', MESSAGE = format('role "%s" also reads schema "%s"', reader, other),
			HINT = 'Each partner needs a role of its own.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_other_shares(name, integer, text, text) IS 'raises an error where one role would read what is shared with two partners';

-- ---------------------------------------------------------------------------
-- The schema of a share
-- ---------------------------------------------------------------------------

-- Nobody but the owner and the reader gets anything, whatever the default
-- privileges of the owner say.
CREATE FUNCTION _mart_close_share(schema_name name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command text;
BEGIN
	FOR command IN
		SELECT DISTINCT format('REVOKE ALL ON SCHEMA %I FROM %s', n.nspname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
		FROM   pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = schema_name AND a.grantee <> n.nspowner
		UNION  ALL
		SELECT DISTINCT format('REVOKE ALL ON %I.%I FROM %s', schema_name, c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
		FROM   pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind = 'r' AND a.grantee <> c.relowner
	LOOP
		EXECUTE command;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_close_share(name) IS 'takes every right on a schema of copies from all but its owner';

CREATE FUNCTION _mart_open_share(schema_name name, reader text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_close_share(schema_name);
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema_name, reader);
	EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', schema_name, reader);
END $$;
COMMENT ON FUNCTION _mart_open_share(name, text) IS 'lets one role read a schema of copies, and nobody else';

-- Tables that are missing, or that another version made, are made anew.
CREATE FUNCTION _mart_share_tables(mart name, schema_name name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	r jsonb;
	made boolean := false;
BEGIN
	FOR r IN EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE kind = ''shared'' ORDER BY name', mart) LOOP
		IF to_regclass(format('%I.%I', schema_name, r->>'name')) IS NULL
			OR EXISTS (SELECT FROM ecosystem._mart_column_changes(schema_name, r->>'name', r->>'columns') c) THEN
			EXECUTE format('DROP TABLE IF EXISTS %I.%I CASCADE', schema_name, r->>'name');
			PERFORM ecosystem._mart_create_table(schema_name, r->>'name', r->>'purpose', string_to_array(replace(r->>'key', ' ', ''), ','), r->>'columns');
			made := true;
		END IF;
	END LOOP;
	RETURN made;
END $$;
COMMENT ON FUNCTION _mart_share_tables(name, name) IS 'makes the tables of a schema of copies where they are missing; whether any were';

CREATE FUNCTION _mart_put_share(mart name, partner_id text, reader text, populations jsonb, minimum integer) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	share jsonb;
	known boolean;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.partner WHERE partner_id = $1) OR EXISTS (SELECT FROM %1$I.partner_account WHERE partner_id = $1)', mart) INTO known USING partner_id;
	IF NOT known THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('mart "%s" knows no partner "%s"', mart, partner_id),
			HINT = format('SELECT partner_id, name FROM %I.partner lists them; they are there after the first refresh.', mart);
	END IF;
	share := ecosystem._mart_share_with(mart, partner_id);
	IF share IS NULL THEN
		EXECUTE format('INSERT INTO %1$I.partner_share AS s (share_id, partner_id, reader, schema_name, minimum, shared_on)
			SELECT n, $1, $2, %2$L || ''_share_'' || n, $3, coalesce(t.as_of, (now() AT TIME ZONE t.time_zone)::date)
			FROM   %1$I.setting t, (SELECT coalesce(max(share_id), 0) + 1 AS n FROM %1$I.partner_share) q
			RETURNING to_jsonb(s)', mart, mart) INTO share USING partner_id, reader, minimum;
		share := share || '{"is_new": true}';
	ELSE
		EXECUTE format('UPDATE %I.partner_share SET reader = $2, minimum = $3 WHERE share_id = $1', mart) USING (share->>'share_id')::integer, reader, minimum;
	END IF;
	PERFORM ecosystem._mart_check_other_shares(mart, (share->>'share_id')::integer, share->>'schema_name', reader);
	EXECUTE format('INSERT INTO %I.share_level AS l (share_id, our_population, their_population, level) SELECT $1, p.* FROM ecosystem._mart_share_levels($2) p
		ON CONFLICT (share_id, our_population, their_population) DO UPDATE SET level = excluded.level WHERE l.level IS DISTINCT FROM excluded.level', mart)
		USING (share->>'share_id')::integer, populations;
	RETURN share;
END $$;
COMMENT ON FUNCTION _mart_put_share(name, text, text, jsonb, integer) IS 'writes down what is shared with a partner, as the owner';

CREATE PROCEDURE share_mart(mart name, partner_id text, reader name, populations jsonb DEFAULT NULL, minimum integer DEFAULT 5)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	levels constant jsonb := coalesce(populations, '{"*": "counts_only"}');
	share jsonb;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_check_populations(mart, levels);
	IF minimum IS NULL OR minimum < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": the fewest records that a count is of cannot be %s', mart, coalesce(minimum::text, 'NULL')),
			HINT = '5 and more are usual; 1 withholds no count but 0.';
	END IF;
	PERFORM ecosystem._mart_make_cache(mart);
	PERFORM ecosystem._mart_check_reader(mart, reader);
	share := ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_put_share(%L::name, %L::text, %L::text, %L::jsonb, %L::integer)', mart, partner_id, reader, levels, minimum));
	IF to_regnamespace(quote_ident(share->>'schema_name')) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', share->>'schema_name', (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = mart));
		PERFORM ecosystem._mart_as_owner(mart, format('COMMENT ON SCHEMA %I IS ''Copies of what is shared with one partner.''', share->>'schema_name'));
	ELSIF share ? 'is_new' THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('schema "%s" exists', share->>'schema_name'),
			DETAIL = 'The copies for the partner would be put into it.', HINT = 'Rename or drop it.';
	END IF;
	PERFORM ecosystem._mart_check_share(mart, share);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_share_tables(%L::name, %L::name)', mart, share->>'schema_name'));
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_open_share(%L::name, %L::text)', share->>'schema_name', reader));
	RAISE NOTICE 'schema "%" is for role "%"; the next refresh fills it', share->>'schema_name', reader;
	IF populations IS NULL THEN
		RAISE NOTICE 'of accounts it has counts only: populations says which are to be listed';
	END IF;
END $$;
COMMENT ON PROCEDURE share_mart(name, text, name, jsonb, integer) IS
	'makes a schema of copies of what a partner may see of a mart, which a role of the partner''s reads and a refresh keeps fresh; called again, changes what is shared';

-- ---------------------------------------------------------------------------
-- Sharing ends
-- ---------------------------------------------------------------------------

-- What the reader made over the copies goes, too: it must not keep them.
CREATE FUNCTION _mart_drop_share(schema_name name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema_name);
END $$;
COMMENT ON FUNCTION _mart_drop_share(name) IS 'drops a schema of copies';

CREATE FUNCTION _mart_end_share(mart name, partner_id text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	share jsonb;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	share := ecosystem._mart_share_with(mart, partner_id);
	IF share IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('mart "%s" shares nothing with "%s"', mart, partner_id),
			HINT = format('SELECT partner_id, schema_name FROM %I.partner_share WHERE ended_on IS NULL lists what is shared.', mart);
	END IF;
	EXECUTE format('UPDATE %1$I.partner_share s SET ended_on = coalesce(t.as_of, (now() AT TIME ZONE t.time_zone)::date) FROM %1$I.setting t WHERE share_id = $1', mart) USING (share->>'share_id')::integer;
	EXECUTE format('DELETE FROM %I.relation_state WHERE relation = $1', mart) USING share->>'schema_name';
	EXECUTE format('DELETE FROM %I.problem WHERE relation = $1', mart) USING share->>'schema_name';
	PERFORM ecosystem._mart_drop_share((share->>'schema_name')::name);
	RETURN share->>'schema_name';
END $$;
COMMENT ON FUNCTION _mart_end_share(name, text) IS 'what unshare_mart() does, as the owner';

CREATE PROCEDURE unshare_mart(mart name, partner_id text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema_name text;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	schema_name := ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_end_share(%L::name, %L::text)', mart, partner_id));
	RAISE NOTICE 'schema "%" is dropped, with all that was made over it', schema_name;
END $$;
COMMENT ON PROCEDURE unshare_mart(name, text) IS 'ends what is shared with a partner: the copies go, with all that was made over them; what was read is known';

CREATE FUNCTION _mart_drop_shares(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema_name text;
BEGIN
	IF to_regclass(format('%I.partner_share', mart)) IS NULL THEN
		RETURN;
	END IF;
	FOR schema_name IN EXECUTE format('SELECT schema_name FROM %I.partner_share WHERE ended_on IS NULL ORDER BY share_id', mart) LOOP
		CONTINUE WHEN to_regnamespace(quote_ident(schema_name)) IS NULL;
		PERFORM ecosystem._mart_drop_share(schema_name::name);
		RAISE NOTICE 'schema "%", which a partner read, is dropped with mart "%"', schema_name, mart;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_drop_shares(name) IS 'drops the schemas of copies of a mart';

-- ---------------------------------------------------------------------------
-- What may be wrong with a share
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_check_share(mart name, share jsonb) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner oid;
BEGIN
	SELECT n.nspowner INTO owner FROM pg_namespace n WHERE n.nspname = share->>'schema_name';
	IF owner IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema "%s" is not there', share->>'schema_name'),
			DETAIL = 'It was dropped or renamed, or the mart was restored without it.', HINT = 'share_mart makes it again, unshare_mart forgets it.';
	ELSIF owner <> (SELECT nspowner FROM pg_namespace WHERE nspname = mart) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('schema "%s" belongs to "%s"', share->>'schema_name', pg_get_userbyid(owner)),
			HINT = format('ALTER SCHEMA %I OWNER TO %I, and the tables in it.', share->>'schema_name', (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = mart));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_share(name, jsonb) IS 'raises an error unless the schema of a share is the mart''s';

-- Of a role that came back under its name nobody knows whose it is: it is given
-- nothing until share_mart says so.
CREATE FUNCTION _mart_share_problems(mart name) RETURNS TABLE (severity text, relation text, problem text, rows bigint, example text, advice text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		$q$SELECT 'warning', s.schema_name, CASE WHEN r.oid IS NULL THEN 'its reader is no longer there' ELSE 'its reader may not read it' END, 1::bigint, s.reader,
			'share_mart with a role that is there, or unshare_mart.'
		FROM   %1$I.partner_share s LEFT JOIN pg_roles r ON r.rolname = s.reader
		WHERE  s.ended_on IS NULL AND to_regnamespace(quote_ident(s.schema_name)) IS NOT NULL
		AND   (r.oid IS NULL OR NOT has_schema_privilege(r.oid, s.schema_name, 'USAGE'))
		UNION ALL
		SELECT 'error', s.schema_name, 'its reader can read the mart itself', 1, s.reader, 'Take that right away, or the sharing: the partner sees everything.'
		FROM   %1$I.partner_share s JOIN pg_roles o ON o.rolname = s.reader
		WHERE  s.ended_on IS NULL AND EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(o.oid, r.oid, 'MEMBER') AND has_schema_privilege(r.oid, %1$L, 'USAGE'))
		UNION ALL
		SELECT 'error', s.schema_name, 'others can read it', count(DISTINCT a.grantee), min(CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END COLLATE "C"),
			'share_mart again takes the right away.'
		FROM   %1$I.partner_share s
		       JOIN pg_class c ON c.relnamespace = to_regnamespace(quote_ident(s.schema_name)) AND c.relkind = 'r',
		       aclexplode(c.relacl) a
		WHERE  s.ended_on IS NULL AND a.grantee <> c.relowner AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) <> s.reader)
		GROUP  BY s.schema_name$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_share_problems(name) IS 'what is wrong with who reads what is shared with partners';

-- ---------------------------------------------------------------------------
-- A refresh
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_share_query(mart name, r jsonb, share_id integer) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('WITH partner_share AS (SELECT * FROM %1$I.partner_share WHERE share_id = %2$s), share_level AS (SELECT * FROM %1$I.share_level WHERE share_id = %2$s) %3$s',
		mart, share_id, ecosystem._mart_report_query(mart, r || '{"has_limits": true}', false));
END $$;
COMMENT ON FUNCTION _mart_share_query(name, jsonb, integer) IS 'the query that makes one table of copies';

-- A row is the same or another one: no partner watches single columns.
CREATE FUNCTION _mart_copy(mart name, schema_name name, r jsonb, share_id integer, OUT rows bigint, OUT added bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', schema_name, r->>'name');
	stage constant text := format('%I.stage', ecosystem._mart_cache(mart));
	keys constant text[] := string_to_array(replace(r->>'key', ' ', ''), ',');
	names constant text := (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM ecosystem._mart_column(r->>'columns') c);
BEGIN
	PERFORM ecosystem._mart_stage(mart, ecosystem._mart_share_query(mart, r, share_id), NULL::text[]);
	EXECUTE format('DELETE FROM %s t USING (SELECT %2$s FROM %1$s EXCEPT SELECT %2$s FROM %3$s) q WHERE %4$s', target, names, stage, ecosystem._mart_same_key(keys, 't', 'q'));
	GET DIAGNOSTICS removed = ROW_COUNT;
	EXECUTE format('INSERT INTO %s (%2$s) SELECT %2$s FROM %3$s EXCEPT SELECT %2$s FROM %1$s', target, names, stage);
	GET DIAGNOSTICS added = ROW_COUNT;
	EXECUTE format('SELECT count(*) FROM %s', target) INTO rows;
	IF added + removed > rows / 10 THEN
		EXECUTE format('ANALYZE %s', target);
	END IF;
	EXECUTE format('DROP TABLE %s', stage);
END $$;
COMMENT ON FUNCTION _mart_copy(name, name, jsonb, integer) IS 'makes one table of copies what it is to be';

-- What a partner was shown it knows, whatever becomes of the share.
CREATE FUNCTION _mart_keep_counts(mart name, share jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('INSERT INTO %1$I.share_count AS b (partner_id, our_population, their_population, records, shown_on)
		SELECT $1, our_population, their_population, records, now() FROM %2$I.my_counts WHERE records IS NOT NULL
		ON CONFLICT (partner_id, our_population, their_population) DO UPDATE SET records = excluded.records, shown_on = excluded.shown_on
		WHERE b.records IS DISTINCT FROM excluded.records', mart, share->>'schema_name') USING share->>'partner_id';
END $$;
COMMENT ON FUNCTION _mart_keep_counts(name, jsonb) IS 'writes down the counts that a partner is shown';

CREATE FUNCTION _mart_fill_share(mart name, refresh bigint, share jsonb, r jsonb, step jsonb, how text, why text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	schema_name constant name := share->>'schema_name';
	copy jsonb;
	done record;
	rows bigint := 0;
	added bigint := 0;
	removed bigint := 0;
BEGIN
	PERFORM ecosystem._mart_check_share(mart, share);
	IF ecosystem._mart_share_tables(mart, schema_name) AND EXISTS (SELECT FROM pg_roles WHERE rolname = share->>'reader') THEN
		PERFORM ecosystem._mart_open_share(schema_name, share->>'reader');
	END IF;
	FOR copy IN EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE kind = ''shared'' ORDER BY name', mart) LOOP
		SELECT * INTO done FROM ecosystem._mart_copy(mart, schema_name, copy, (share->>'share_id')::integer);
		rows := rows + done.rows; added := added + done.added; removed := removed + done.removed;
	END LOOP;
	PERFORM ecosystem._mart_keep_counts(mart, share);
	PERFORM ecosystem._mart_end_step(mart, refresh, r, step, CASE WHEN added + removed = 0 THEN 'same' ELSE 'some' END, how, why, started_at, NULL::text, rows, added, 0::bigint, removed);
END $$;
COMMENT ON FUNCTION _mart_fill_share(name, bigint, jsonb, jsonb, jsonb, text, text) IS 'makes all copies of one share';

-- All texts together decide whether a share is made anew.
CREATE FUNCTION _mart_refresh_share(mart name, refresh bigint, share jsonb, asked boolean, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	r jsonb;
	step jsonb;
	todo record;
BEGIN
	EXECUTE format('SELECT jsonb_build_object(''name'', $1, ''kind'', ''report'', ''inputs'', string_agg(inputs, '' '' ORDER BY name), ''query'', string_agg(query, '' '' ORDER BY name),
			''columns'', string_agg(columns, '''' ORDER BY name)) FROM %I.relation WHERE kind = ''shared''', mart) INTO r USING share->>'schema_name';
	step := jsonb_build_object('kind', 'report', 'made_from', ecosystem._mart_made_from(mart, r));
	SELECT * INTO todo FROM ecosystem._mart_decide(mart, r, step, full_refresh AND asked);
	IF todo.how <> 'nothing' AND NOT asked THEN
		EXECUTE format('UPDATE %I.relation_state SET stale = true, state = ''stale'', problem = $2 WHERE relation = $1', mart) USING r->>'name', todo.why;
	ELSIF todo.how = 'nothing' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'same', 'nothing', NULL::text, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSIF todo.how = 'skipped' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'failed', 'skipped', todo.why, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSE
		PERFORM ecosystem._mart_fill_share(mart, refresh, share, r, step, todo.how, todo.why);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_refresh_share(name, bigint, jsonb, boolean, boolean) IS 'the step of a refresh that makes one share';

CREATE FUNCTION _mart_try_share(mart name, refresh bigint, share jsonb, asked boolean, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	said text;
	detail text;
	code text;
BEGIN
	PERFORM ecosystem._mart_refresh_share(mart, refresh, share, asked, full_refresh);
EXCEPTION
	WHEN serialization_failure OR deadlock_detected THEN
		RAISE;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		said := concat_ws(' ', said, nullif(detail, ''));
		PERFORM ecosystem._mart_found(mart, 'error', share->>'schema_name', 'it could not be made, and has its previous rows', NULL::bigint, said,
			'share_mart makes it again, unshare_mart forgets it.');
		PERFORM ecosystem._mart_end_step(mart, refresh, jsonb_build_object('name', share->>'schema_name'), '{}'::jsonb, 'failed', 'failed', said, started_at, code,
			NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
END $$;
COMMENT ON FUNCTION _mart_try_share(name, bigint, jsonb, boolean, boolean) IS 'makes one share; what goes wrong is said, and hinders nobody else';

-- More than some 60 subtransactions slow every other session down, so shares are
-- made in ten groups, and one by one only where one of them fails.
CREATE FUNCTION _mart_refresh_shares(mart name, refresh bigint, asked boolean, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shares jsonb[];
	size integer;
	first integer;
	one jsonb;
BEGIN
	IF to_regclass(format('%I.partner_share', mart)) IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT array_agg(to_jsonb(s) ORDER BY share_id) FROM %I.partner_share s WHERE ended_on IS NULL', mart) INTO shares;
	size := ceil(cardinality(shares) / 10.0);
	FOR first IN 1 .. coalesce(cardinality(shares), 0) BY greatest(size, 1) LOOP
		BEGIN
			IF size = 1 THEN
				PERFORM ecosystem._mart_try_share(mart, refresh, shares[first], asked, full_refresh);
			ELSE
				FOREACH one IN ARRAY shares[first:first + size - 1] LOOP
					PERFORM ecosystem._mart_refresh_share(mart, refresh, one, asked, full_refresh);
				END LOOP;
			END IF;
		EXCEPTION
			WHEN serialization_failure OR deadlock_detected THEN
				RAISE;
			WHEN OTHERS THEN
				FOREACH one IN ARRAY shares[first:first + size - 1] LOOP
					PERFORM ecosystem._mart_try_share(mart, refresh, one, asked, full_refresh);
				END LOOP;
		END;
	END LOOP;
	PERFORM ecosystem._mart_note_all(mart, 'share'::text, (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM ecosystem._mart_share_problems(mart) p));
END $$;
COMMENT ON FUNCTION _mart_refresh_shares(name, bigint, boolean, boolean) IS 'the step of a refresh that makes what is shared with partners';
