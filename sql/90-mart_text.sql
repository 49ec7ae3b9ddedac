-- mart texts: the queries that make the relations of a mart, from whomever

-- ---------------------------------------------------------------------------
-- What binding found out
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_note_problem(mart name, severity text, relation text, problem text, rows bigint, example text, advice text, source text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF severity IS NULL OR severity NOT IN ('error', 'warning', 'notice') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('"%s" is no severity', severity),
			HINT = 'There are error, warning and notice.';
	END IF;
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format(
		'INSERT INTO %I.problem (source, relation, problem, severity, rows, example, advice) VALUES (%L, %L, %L, %L, %L, %L, %L)
		ON CONFLICT (source, relation, problem) DO UPDATE SET severity = excluded.severity, rows = excluded.rows,
			example = excluded.example, advice = excluded.advice',
		mart, source, relation, problem, severity, rows, example, advice));
END $$;
COMMENT ON FUNCTION _mart_note_problem(name, text, text, text, bigint, text, text, text) IS 'writes a line into the table problem of a mart';

CREATE FUNCTION _mart_clear_problems(mart name, source text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('DELETE FROM %I.problem WHERE source = %L', mart, source));
END $$;
COMMENT ON FUNCTION _mart_clear_problems(name, text) IS 'forgets the problems that one source has written, which writes them anew';

CREATE FUNCTION _mart_guess_meaning(mart name, relation text, column_name text, written text, standard text, how text DEFAULT 'guessed') RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format(
		'INSERT INTO %I.meaning AS m (relation, column_name, written, standard, how) VALUES (%L, %L, %L, %L, %L)
		ON CONFLICT (relation, column_name, written) DO UPDATE SET standard = excluded.standard, how = excluded.how
		WHERE m.how = ''guessed''', mart, relation, column_name, written, standard, how));
END $$;
COMMENT ON FUNCTION _mart_guess_meaning(name, text, text, text, text, text) IS
	'says what a word of a picklist means; what is confirmed stays';

-- ---------------------------------------------------------------------------
-- Texts of people
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_check_name(mart name, relation text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF relation IS NULL OR relation !~ '^[a-z_][a-z_0-9]{0,39}$' OR relation IN ('identity', 'change', 'probe', 'stage', 'outside') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('mart "%s": "%s" cannot be the name of a relation', mart, relation),
			HINT = 'Up to 40 small letters, digits and underscores, so that no tool has to quote it.';
	END IF;
	IF to_regtype(format('ecosystem.%I', relation)) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('mart "%s": "%s" is the name of a type of the extension', mart, relation),
			HINT = 'Texts would take the one for the other; choose another name.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_name(name, text) IS 'raises an error unless a relation of a mart can have the name';

-- A text in the place of a built-in one has that one's columns.
CREATE FUNCTION _mart_check_columns(mart name, relation text, columns text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text;
	unknown text;
BEGIN
	SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) INTO missing FROM ecosystem._mart_column(columns) c
	WHERE  c.name NOT IN (SELECT p.name FROM ecosystem._mart_probe_columns(mart) p);
	SELECT string_agg(quote_ident(p.name), ', ' ORDER BY p.n) INTO unknown FROM ecosystem._mart_probe_columns(mart) p
	WHERE  p.name NOT IN (SELECT c.name FROM ecosystem._mart_column(columns) c);
	IF missing IS NOT NULL OR unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('mart "%s": the query does not return the columns of "%s"', mart, relation),
			DETAIL = concat_ws(' ', 'Missing: ' || missing || '.', 'Unknown: ' || unknown || '.'),
			HINT = 'A relation of another name may have other columns.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_columns(name, text, text) IS 'raises an error unless the query that is looked at returns the columns of a relation';

CREATE FUNCTION _mart_check_key(mart name, relation text, key text[]) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text;
BEGIN
	IF key IS NULL OR cardinality(key) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": "%s" needs a key', mart, relation),
			DETAIL = 'A refresh changes the rows that differ, and tells rows by their key.',
			HINT = format('CALL ecosystem.set_relation(%L, %L, query, key => ARRAY[''column'', ...]) says which columns are the key.', mart, relation);
	END IF;
	IF (SELECT count(DISTINCT k) FROM unnest(key) k) < cardinality(key) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": the key of "%s" names a column twice, or none', mart, relation);
	END IF;
	SELECT string_agg(quote_ident(k), ', ') INTO missing FROM unnest(key) k
	WHERE  k NOT IN (SELECT p.name FROM ecosystem._mart_probe_columns(mart) p);
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('mart "%s": the query of "%s" returns no column %s', mart, relation, missing);
	END IF;
	SELECT string_agg(quote_ident(p.name), ', ' ORDER BY p.n) INTO missing FROM ecosystem._mart_probe_columns(mart) p
	WHERE  p.name !~ '^[a-z_][a-z_0-9]*$' OR quote_ident(p.name) <> p.name;
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('mart "%s": columns of "%s" would have to be quoted: %s', mart, relation, missing),
			HINT = 'Give them names of small letters, digits and underscores.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_key(name, text, text[]) IS 'raises an error unless the query that is looked at can be a relation with a key';

-- A relation of one's own: the table is made of what the query returns, and
-- made again where that is something else now.
CREATE FUNCTION _mart_put_own(mart name, relation text, query text, key text[], inputs text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	described text;
	before text;
	dependent text;
	grants text[];
	indexes text[];
	command text;
BEGIN
	EXECUTE format('SELECT key || E''\n'' || columns FROM %I.relation WHERE name = $1', mart) INTO before USING relation;
	IF before IS NULL AND to_regclass(format('%I.%I', mart, relation)) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('mart "%s" has a table "%s" that is no relation of it', mart, relation),
			HINT = 'Choose another name, or move the table to another schema.';
	END IF;
	key := coalesce(key, string_to_array(replace(split_part(before, E'\n', 1), ' ', ''), ','));
	PERFORM ecosystem._mart_check_key(mart, relation, key);
	SELECT string_agg(format(E'%s\t%s%s\tColumn of a relation of your own.\n', p.name, ecosystem._mart_plain_type(p.type),
			CASE WHEN p.name = ANY (key) THEN ' not null' END), '' ORDER BY p.n) INTO described
	FROM   ecosystem._mart_probe_columns(mart) p;
	IF before IS DISTINCT FROM array_to_string(key, ', ') || E'\n' || described THEN
		dependent := ecosystem._mart_view_over(mart, relation);
		IF dependent IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('%s reads "%s" of mart "%s", whose columns change', dependent, relation, mart),
				HINT = 'Drop it first.';
		END IF;
		-- Who could read it still can.
		grants := ARRAY(SELECT format('GRANT %s ON %I.%I TO %s', a.privilege_type, mart, relation, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
			FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(format('%I.%I', mart, relation)) AND a.grantee <> c.relowner);
		indexes := ARRAY(SELECT pg_get_indexdef(x.indexrelid) FROM pg_index x WHERE x.indrelid = to_regclass(format('%I.%I', mart, relation)) AND NOT x.indisprimary);
		IF before IS NOT NULL THEN
			EXECUTE format('DROP TABLE IF EXISTS %I.%I', mart, relation);
		END IF;
		PERFORM ecosystem._mart_create_table(mart, relation, 'A relation of your own.', key, described);
		FOREACH command IN ARRAY grants LOOP
			EXECUTE command;
		END LOOP;
		-- So do indexes, as far as there are their columns.
		FOREACH command IN ARRAY indexes LOOP
			BEGIN
				EXECUTE command;
			EXCEPTION WHEN undefined_column OR undefined_function OR undefined_object OR datatype_mismatch THEN
				RAISE NOTICE 'mart "%": "%" has another column now, and no longer this index: %', mart, relation, command;
			END;
		END LOOP;
		EXECUTE format('DELETE FROM %I.relation_state WHERE relation = $1', mart) USING relation;
	END IF;
	EXECUTE format('INSERT INTO %I.relation (name, kind, purpose, key, inputs, columns, query, origin) VALUES ($1, ''report'', ''A relation of your own.'', $2, $3, $4, $5, ''user'')
		ON CONFLICT (name) DO UPDATE SET key = excluded.key, inputs = excluded.inputs, columns = excluded.columns, query = excluded.query', mart)
		USING relation, array_to_string(key, ', '), inputs, described, query;
END $$;
COMMENT ON FUNCTION _mart_put_own(name, text, text, text[], text) IS 'writes the text of a relation that only this mart has';

CREATE FUNCTION _mart_put_text(mart name, relation text, query text, key text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r jsonb;
	inputs text;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	PERFORM ecosystem._mart_check_name(mart, relation);
	EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE r.name = $1', mart) INTO r USING relation;
	IF r->>'kind' IN ('settings', 'history', 'shared') THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('mart "%s": "%s" is %s', mart, relation, CASE r->>'kind' WHEN 'settings' THEN 'edited by people, which no text makes' WHEN 'shared' THEN 'what partners read, and keeps its text' ELSE 'history, which no text makes' END);
	END IF;
	PERFORM ecosystem._mart_make_probe(mart, query, format('the query of "%s"', relation));
	inputs := (SELECT string_agg(format('%s(*)', input), ' ' ORDER BY input) FROM unnest(ecosystem._mart_probe_inputs(mart)) AS input);
	IF EXISTS (SELECT FROM ecosystem.mart_relation m WHERE m.name = relation) THEN
		PERFORM ecosystem._mart_check_columns(mart, relation, (SELECT m.columns FROM ecosystem.mart_relation m WHERE m.name = relation));
		EXECUTE format('UPDATE %I.relation SET query = $2, inputs = $3, grain = NULL, origin = ''user'' WHERE name = $1', mart)
			USING relation, query, inputs;
	ELSE
		PERFORM ecosystem._mart_put_own(mart, relation, query, key, inputs);
	END IF;
	PERFORM ecosystem._mart_drop_probe(mart);
	-- Raises an error where relations would wait for each other
	PERFORM ecosystem._mart_order(mart);
END $$;
COMMENT ON FUNCTION _mart_put_text(name, text, text, text[]) IS 'what set_relation() does, as the owner';

CREATE PROCEDURE set_relation(mart name, relation text, query text, key text[] DEFAULT NULL)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF query IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('mart "%s": "%s" needs a query', mart, relation);
	END IF;
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_put_text(%L::name, %L::text, %L::text, %L::text[])', mart, relation, query, key));
END $$;
COMMENT ON PROCEDURE set_relation(name, text, text, text[]) IS
	'gives a relation of a mart a query of your own, or adds a relation with a key; the next refresh makes it';

CREATE FUNCTION _mart_reset_text(mart name, relation text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, relation);
	dependent text;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	IF EXISTS (SELECT FROM ecosystem.mart_relation m WHERE m.name = relation) THEN
		EXECUTE format('DELETE FROM %I.relation WHERE name = $1', mart) USING relation;
		PERFORM ecosystem._mart_add_builtin(mart, relation);
		EXECUTE format('UPDATE %I.relation SET columns = columns || $2 WHERE name = $1', mart) USING relation, coalesce(ecosystem._mart_passed_through(r->>'columns'), '');
		EXECUTE format('UPDATE %1$I.relation SET origin = ''bound'' WHERE name = $1 AND EXISTS (SELECT FROM %1$I.relation_part WHERE relation = $1)', mart) USING relation;
		IF relation = 'metric' THEN
			PERFORM ecosystem._mart_metric_put(mart);
		END IF;
		RETURN;
	END IF;
	EXECUTE format('SELECT ''relation "'' || name || ''"'' FROM %I.relation, ecosystem._mart_input(inputs) i WHERE i.input = $1 AND name <> $1 LIMIT 1', mart)
		INTO dependent USING relation;
	dependent := coalesce(dependent, ecosystem._mart_view_over(mart, relation));
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('mart "%s": %s reads "%s"', mart, dependent, relation);
	END IF;
	EXECUTE format('DELETE FROM %I.relation WHERE name = $1', mart) USING relation;
	EXECUTE format('DELETE FROM %I.relation_state WHERE relation = $1', mart) USING relation;
	EXECUTE format('DELETE FROM %I.problem WHERE relation = $1', mart) USING relation;
	EXECUTE format('DROP TABLE %I.%I', mart, relation);
END $$;
COMMENT ON FUNCTION _mart_reset_text(name, text) IS 'what reset_relation() does, as the owner';

CREATE PROCEDURE reset_relation(mart name, relation text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_reset_text(%L::name, %L::text)', mart, relation));
END $$;
COMMENT ON PROCEDURE reset_relation(name, text) IS
	'gives a relation of a mart its built-in query back, and drops a relation of your own';

-- ---------------------------------------------------------------------------
-- Columns passed through
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_passed_through(columns text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT string_agg(format(E'%s\t%s\t%s\n', c.name, c.type, c.comment), '' ORDER BY c.n)
		FROM ecosystem._mart_column(columns) c WHERE c.comment ~ '^Passed through');
END $$;
COMMENT ON FUNCTION _mart_passed_through(text) IS 'the columns of a description that are passed through';

CREATE FUNCTION _mart_put_column(mart name, relation text, column_name text, type text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, relation);
	said constant text := format('Passed through: %s of extra.', column_name);
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	IF r->>'kind' <> 'report' OR NOT EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'extra' AND c.type = 'jsonb') THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = format('mart "%s": "%s" has no column extra to pass columns through from', mart, relation);
	END IF;
	IF column_name IS NULL OR column_name !~ '^[a-z_][a-z_0-9]{0,62}$' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('mart "%s": "%s" cannot be a column of "%s"', mart, column_name, relation),
			HINT = 'Up to 63 small letters, digits and underscores, so that no tool has to quote it.';
	END IF;
	IF type IS NULL OR ecosystem._mart_plain_type(type) <> type OR type IN ('jsonb', 'date', 'timestamptz') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": "%s" cannot be the type of a column of "%s"', mart, type, relation),
			HINT = 'There are text, boolean, integer, bigint, double precision and numeric(p,s).';
	END IF;
	IF EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = column_name AND c.comment = said AND c.type = _mart_put_column.type) THEN
		RETURN;
	END IF;
	EXECUTE format('ALTER TABLE %I.%I ADD COLUMN %I %s', mart, relation, column_name, type);
	EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', mart, relation, column_name, said);
	EXECUTE format('UPDATE %I.relation SET columns = columns || $2 WHERE name = $1', mart)
		USING relation, format(E'%s\t%s\t%s\n', column_name, type, said);
END $$;
COMMENT ON FUNCTION _mart_put_column(name, text, text, text) IS 'what _mart_pass_through() does, as the owner';

CREATE FUNCTION _mart_pass_through(mart name, relation text, column_name text, type text DEFAULT 'text') RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_put_column(%L::name, %L::text, %L::text, %L::text)', mart, relation, column_name, type));
END $$;
COMMENT ON FUNCTION _mart_pass_through(name, text, text, text) IS 'gives a report a column of what its rows have in extra';

-- ---------------------------------------------------------------------------
-- Texts are shown
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_text(mart name, relation text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, relation);
	query text := r->>'query';
BEGIN
	IF query IS NULL THEN
		EXECUTE format('SELECT string_agg(format(E''-- part: %%s%%s\n%%s'', part, '', '' || note, query), E''\nUNION ALL\n'' ORDER BY part)
			FROM %I.relation_part WHERE relation = $1', mart) INTO query USING relation;
	END IF;
	RETURN concat_ws(E'\n',
		format('-- %s: %s', relation, r->>'purpose'),
		format('-- kind: %s, key: %s%s', r->>'kind', r->>'key', ', grain: ' || (r->>'grain')),
		'-- inputs: ' || (r->>'inputs'),
		'-- ' || (r->>'note'),
		'-- passed through from extra: ' || (SELECT string_agg(c.name, ', ' ORDER BY c.n) FROM ecosystem._mart_column(ecosystem._mart_passed_through(r->>'columns')) c),
		query);
END $$;
COMMENT ON FUNCTION _mart_text(name, text) IS 'what relation_sql() shows, as the owner';

CREATE FUNCTION relation_sql(mart name, relation text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ecosystem._mart_read(mart, format('SELECT ecosystem._mart_text(%L::name, %L::text) AS text', mart, relation))->0->>'text';
END $$;
COMMENT ON FUNCTION relation_sql(name, text) IS 'the query that makes a relation of a mart, with its key and inputs';
