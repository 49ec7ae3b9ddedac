-- mart upgrade: the tables and texts of a mart as this version of the extension
-- makes them, with the rows they have

-- Columns in the table of a relation against those it should have.  Columns that
-- a bind_ routine passed through stay.
CREATE FUNCTION _mart_column_changes(mart name, relation text, columns text) RETURNS TABLE (command text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	WITH there AS (
		SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required
		FROM   pg_attribute a WHERE a.attrelid = to_regclass(format('%I.%I', mart, relation)) AND a.attnum > 0 AND NOT a.attisdropped
	), wanted AS (
		SELECT c.n, c.name, c.type, CASE c.type WHEN 'timestamptz' THEN 'timestamp with time zone' ELSE c.type END AS written, c.required FROM ecosystem._mart_column(columns) c
	)
	SELECT q.c FROM (
		SELECT 1 AS place, 0 AS n, format('DROP COLUMN %I', t.name) AS c FROM there t WHERE t.name NOT IN (SELECT w.name FROM wanted w)
		UNION ALL
		SELECT 2, w.n, format('ADD COLUMN %I %s', w.name, w.type) FROM wanted w WHERE w.name NOT IN (SELECT t.name FROM there t)
		UNION ALL
		SELECT 3, w.n, format('ALTER COLUMN %I TYPE %s USING %1$I::%2$s', w.name, w.type) FROM wanted w JOIN there t USING (name) WHERE w.written <> t.type
		UNION ALL
		SELECT 4, w.n, format('ALTER COLUMN %I %s NOT NULL', w.name, CASE WHEN w.required THEN 'SET' ELSE 'DROP' END)
		FROM   wanted w LEFT JOIN there t USING (name) WHERE w.required <> coalesce(t.required, false)) q
	ORDER  BY q.place, q.n;
END $$;
COMMENT ON FUNCTION _mart_column_changes(name, text, text) IS 'what ALTER TABLE has to do to a relation';

CREATE FUNCTION _mart_alter(mart name, relation text, command text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('ALTER TABLE %I.%I %s', mart, relation, command);
EXCEPTION WHEN feature_not_supported OR dependent_objects_still_exist THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
	RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
		MESSAGE = format('mart "%s": %s reads "%s", whose columns change', mart, coalesce(ecosystem._mart_view_over(mart, relation), 'something'), relation),
		DETAIL = said, HINT = 'Drop it, upgrade, and make it again.';
END $$;
COMMENT ON FUNCTION _mart_alter(name, text, text) IS 'alters the table of a relation, or says which view stands in the way';

-- Rows of settings and history are kept; what can be made again is emptied where
-- its key changes or it gets a column that must be filled.
CREATE FUNCTION _mart_upgrade_table(mart name, m ecosystem.mart_relation) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', mart, m.name);
	commands constant text[] := ARRAY(SELECT c.command FROM ecosystem._mart_column_changes(mart, m.name, m.columns) c);
	had_key text[];
	primary_key text;
	added text;
	command text;
BEGIN
	SELECT conname, ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k(n, place) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY place)
	INTO   primary_key, had_key FROM pg_constraint c WHERE c.conrelid = to_regclass(target) AND c.contype = 'p';
	IF cardinality(commands) = 0 AND had_key = m.key THEN
		RETURN false;
	END IF;
	IF m.kind IN ('standard', 'report') AND (had_key IS DISTINCT FROM m.key OR EXISTS (SELECT FROM unnest(commands) c WHERE c ~ 'SET NOT NULL$')) THEN
		EXECUTE format('DELETE FROM %s', target);
	END IF;
	IF had_key IS DISTINCT FROM m.key AND primary_key IS NOT NULL THEN
		PERFORM ecosystem._mart_alter(mart, m.name, format('DROP CONSTRAINT %I', primary_key));
	END IF;
	FOREACH command IN ARRAY commands LOOP
		IF command ~ 'SET NOT NULL$' AND m.kind = 'settings' AND m.query IS NOT NULL THEN
			PERFORM ecosystem._mart_fill_columns(mart, m, commands);
		END IF;
		PERFORM ecosystem._mart_alter(mart, m.name, command);
	END LOOP;
	IF m.kind = 'settings' AND m.query IS NOT NULL THEN
		PERFORM ecosystem._mart_fill_columns(mart, m, commands);
	END IF;
	IF had_key IS DISTINCT FROM m.key THEN
		PERFORM ecosystem._mart_alter(mart, m.name, format('ADD PRIMARY KEY (%s)', ecosystem._mart_names(m.key)));
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION _mart_upgrade_table(name, ecosystem.mart_relation) IS 'gives the table of a relation the columns and the key of this version; whether it had others';

-- A column that settings get has the value of the file's row of the same key.
CREATE FUNCTION _mart_fill_columns(mart name, m ecosystem.mart_relation, commands text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	added constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(m.columns) c WHERE EXISTS (SELECT FROM unnest(commands) k WHERE starts_with(k, format('ADD COLUMN %I ', c.name))));
BEGIN
	IF cardinality(added) > 0 THEN
		PERFORM ecosystem._mart_run(mart, format('UPDATE %I.%I t SET %s FROM (%s) AS q(%s) WHERE %s AND %s', mart, m.name,
			(SELECT string_agg(format('%1$I = coalesce(t.%1$I, q.%1$I)', a), ', ') FROM unnest(added) a), m.query,
			(SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM ecosystem._mart_column(m.columns) c),
			ecosystem._mart_same_key(m.key, 't', 'q'),
			(SELECT '(' || string_agg(format('t.%I IS NULL', a), ' OR ') || ')' FROM unnest(added) a)));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_fill_columns(name, ecosystem.mart_relation, text[]) IS 'gives the rows of settings the values of new columns';

-- The new text, but for one of the owner's own.
CREATE FUNCTION _mart_upgrade_text(mart name, m ecosystem.mart_relation) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('UPDATE %I.relation SET kind = $2, tier = $3, purpose = $4, key = $5, columns = $6, version = $7,
			grain = CASE WHEN origin = ''user'' THEN grain ELSE $8 END, inputs = CASE WHEN origin = ''user'' THEN inputs ELSE $9 END,
			query = CASE WHEN origin = ''user'' THEN query ELSE $10 END WHERE name = $1', mart)
		USING m.name, m.kind, m.tier, m.purpose, array_to_string(m.key, ', '), m.columns, ecosystem.ecosystem_version(), m.grain, m.inputs, m.query;
END $$;
COMMENT ON FUNCTION _mart_upgrade_text(name, ecosystem.mart_relation) IS 'gives a relation the description and text of this version';

CREATE FUNCTION _mart_comment(mart name, m ecosystem.mart_relation) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command text;
BEGIN
	EXECUTE format('COMMENT ON TABLE %I.%I IS %L', mart, m.name, m.purpose);
	FOR command IN SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', mart, m.name, c.name, c.comment) FROM ecosystem._mart_column(m.columns) c LOOP
		EXECUTE command;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_comment(name, ecosystem.mart_relation) IS 'writes the comments of a relation';

-- Words of the extension itself that a version adds; people's rows stay.
CREATE FUNCTION _mart_upgrade_rows(mart name, m ecosystem.mart_relation) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_run(mart, (SELECT format('INSERT INTO %I.%I (%s) %s ON CONFLICT (%s) DO NOTHING', mart, m.name,
			string_agg(quote_ident(c.name), ', ' ORDER BY c.n), m.query, ecosystem._mart_names(m.key))
		FROM ecosystem._mart_column(m.columns) c));
END $$;
COMMENT ON FUNCTION _mart_upgrade_rows(name, ecosystem.mart_relation) IS 'adds the rows of settings that a version brings';

CREATE FUNCTION _mart_upgrade(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m ecosystem.mart_relation;
	r jsonb;
	gone text;
	dependent text;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	-- The descriptions first: they are read below.
	FOR m IN SELECT * FROM ecosystem.mart_relation ORDER BY name <> 'relation', name LOOP
		EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE name = $1', mart) INTO r USING m.name;
		-- Their tables are made where they are shared, by a refresh
		IF m.kind = 'shared' THEN
			EXECUTE format('DELETE FROM %I.relation WHERE name = $1', mart) USING m.name;
			PERFORM ecosystem._mart_add_builtin(mart, m.name);
			CONTINUE;
		END IF;
		IF r IS NULL THEN
			IF to_regclass(format('%I.%I', mart, m.name)) IS NOT NULL THEN
				RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('mart "%s" has a table "%s" that this version wants to make', mart, m.name),
					HINT = 'Move it to another schema or rename it, then upgrade again.';
			END IF;
			PERFORM ecosystem._mart_create_table(mart, m.name, m.purpose, m.key, m.columns);
			PERFORM ecosystem._mart_add_builtin(mart, m.name);
			IF m.kind = 'settings' AND m.query IS NOT NULL THEN
				PERFORM ecosystem._mart_fill_settings(mart, m.name, m.query, m.columns);
			END IF;
		ELSIF r->>'origin' = 'user' AND r->>'tier' IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('mart "%s" has a relation of your own, "%s", whose name this version takes', mart, m.name),
				HINT = format('Keep its text, CALL ecosystem.reset_relation(%L, %L), upgrade, and add it under another name.', mart, m.name);
		ELSE
			IF to_regclass(format('%I.%I', mart, m.name)) IS NULL THEN
				PERFORM ecosystem._mart_create_table(mart, m.name, m.purpose, m.key, m.columns);
				EXECUTE format('DELETE FROM %I.relation_state WHERE relation = $1', mart) USING m.name;
			END IF;
			m.columns := m.columns || coalesce(ecosystem._mart_passed_through(r->>'columns'), '');
			IF ecosystem._mart_upgrade_table(mart, m) AND m.kind IN ('standard', 'report') THEN
				EXECUTE format('UPDATE %I.relation_state SET stale = true, state = ''stale'', problem = ''its columns changed'' WHERE relation = $1', mart) USING m.name;
			END IF;
			PERFORM ecosystem._mart_upgrade_text(mart, m);
			PERFORM ecosystem._mart_comment(mart, m);
			IF m.name = 'meaning' THEN
				PERFORM ecosystem._mart_upgrade_rows(mart, m);
			END IF;
		END IF;
		PERFORM ecosystem._mart_create_indexes(mart, m.name);
	END LOOP;
	-- What this version no longer makes; settings and history stay, as the owner's.
	FOR gone IN EXECUTE format('SELECT name FROM %I.relation WHERE origin <> ''user'' AND kind IN (''standard'', ''report'', ''shared'') AND name NOT IN (SELECT name FROM ecosystem.mart_relation) ORDER BY name', mart) LOOP
		dependent := ecosystem._mart_view_over(mart, gone);
		IF dependent IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('mart "%s": %s reads "%s", which this version no longer has', mart, dependent, gone), HINT = 'Drop it first.';
		END IF;
		EXECUTE format('DROP TABLE IF EXISTS %I.%I', mart, gone);
		EXECUTE format('DELETE FROM %I.relation WHERE name = $1', mart) USING gone;
		EXECUTE format('DELETE FROM %I.relation_part WHERE relation = $1', mart) USING gone;
		EXECUTE format('DELETE FROM %I.relation_state WHERE relation = $1', mart) USING gone;
	END LOOP;
	PERFORM ecosystem._mart_metric_upgrade(mart);
	EXECUTE format('DELETE FROM %I.relation_state WHERE relation = ''(metric_definition)''', mart);
	PERFORM ecosystem._mart_metric_write(mart);
END $$;
COMMENT ON FUNCTION _mart_upgrade(name) IS 'what upgrade_mart() does, as the owner';

CREATE PROCEDURE upgrade_mart(mart name)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_make_cache(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_upgrade(%L::name)', mart));
END $$;
COMMENT ON PROCEDURE upgrade_mart(name) IS
	'gives a mart the relations and texts of the extension''s version after ALTER EXTENSION UPDATE; settings, history and texts of your own stay';

