-- mart: from a CRM replica to tables that answer, and stay fresh.  Pure SQL and
-- PL/pgSQL but for a few functions: it moves sets, and C would not make that faster.
--
-- A mart is a schema of its owner's: tables of plain types, and the query texts
-- that make them.  Beside it stands MART_cache, with what can be made again.
-- Nothing in a mart depends on the extension, so texts are kept as text.
--
-- Every function here names the search_path it runs with, so that nothing that
-- waits in somebody's schema is found, and is called with all its arguments and
-- their types, so that nothing in the extension's own schema suits a call better.  What reads or writes a mart runs in
-- _mart_as_owner(), since a mart's owner decides what its tables and texts do.

-- The relations that a mart is made with; rows come from sql/mart by tools/pack-mart.
CREATE TABLE mart_relation (
	name    text PRIMARY KEY,
	kind    text NOT NULL,
	tier    integer NOT NULL,
	purpose text NOT NULL,
	key     text[] NOT NULL,
	grain   text,
	inputs  text,
	columns text NOT NULL,
	query   text);
COMMENT ON TABLE mart_relation IS 'relations that a mart is made with, each with its key, its columns and the query that makes it';
COMMENT ON COLUMN mart_relation.name IS 'name of the relation';
COMMENT ON COLUMN mart_relation.kind IS 'settings (edited by people), standard (loaded from a replica), report (made from others), history (kept, never made anew) or shared (copies for each partner that something is shared with)';
COMMENT ON COLUMN mart_relation.tier IS '1: accounts, partners, deals and touches; 2: money and customers; 3: the partner program';
COMMENT ON COLUMN mart_relation.purpose IS 'what a row is, and what the relation is for';
COMMENT ON COLUMN mart_relation.key IS 'columns of the primary key';
COMMENT ON COLUMN mart_relation.grain IS 'column by whose values a refresh makes only what changed; NULL where it is always made in full';
COMMENT ON COLUMN mart_relation.inputs IS 'relations that the query reads, each with the column that is the grain there, or * where a change makes it in full';
COMMENT ON COLUMN mart_relation.columns IS 'a line each: name, type and comment, parted by tabs';
COMMENT ON COLUMN mart_relation.query IS 'the query that makes it; NULL where people or a replica fill it';
GRANT SELECT ON mart_relation TO PUBLIC;

-- ---------------------------------------------------------------------------
-- Rights and names
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_as_owner(mart name, command text) RETURNS text
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'mart_as_owner';
COMMENT ON FUNCTION _mart_as_owner(name, text) IS
	'runs a command as the owner of a schema, in a security-restricted operation, for members of that role; the first column of the first row is the result';

CREATE FUNCTION _mart_is_single(query text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mart_is_single';
COMMENT ON FUNCTION _mart_is_single(text) IS 'whether a text is one query and nothing else; it is parsed, not planned';

CREATE FUNCTION _mart_mentions(query text, word text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'mart_mentions';
COMMENT ON FUNCTION _mart_mentions(text, text) IS 'whether a word stands in a text, not as a piece of a longer one';

CREATE FUNCTION _mart_cache(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN mart::text || '_cache';
END $$;
COMMENT ON FUNCTION _mart_cache(name) IS 'schema beside a mart that holds what can be made again';

CREATE FUNCTION _mart_search_path(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('%I, %I, ecosystem, pg_temp', mart, ecosystem._mart_cache(mart));
END $$;
COMMENT ON FUNCTION _mart_search_path(name) IS 'the search_path that the texts of a mart run with';

CREATE FUNCTION _mart_must_exist(mart name) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF mart IS NULL OR to_regclass(format('%I.relation', mart)) IS NULL OR to_regclass(format('%I.relation_part', mart)) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
			MESSAGE = CASE WHEN mart IS NULL THEN 'a mart cannot be NULL' ELSE format('there is no mart "%s"', mart) END,
			HINT = format('CALL ecosystem.create_mart(%L) makes it.', coalesce(mart, 'a_name'));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_must_exist(name) IS 'raises an error unless the schema is a mart';

-- A snapshot of before another one's turn shows the mart as it was then.  A row
-- that every turn writes tells: the server refuses to write it from there.
CREATE FUNCTION _mart_take_turn(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass(format('%I.turn', ecosystem._mart_cache(mart))) IS NOT NULL THEN
		EXECUTE format('INSERT INTO %I.turn (turn, taken_at) VALUES (1, clock_timestamp()) ON CONFLICT (turn) DO UPDATE SET taken_at = excluded.taken_at',
			ecosystem._mart_cache(mart));
	END IF;
EXCEPTION WHEN serialization_failure THEN
	RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
		MESSAGE = format('mart "%s" has been worked on since this transaction began', mart), HINT = 'Begin the transaction again.';
END $$;
COMMENT ON FUNCTION _mart_take_turn(name) IS 'raises an error if this transaction sees the mart as it was before another one worked on it';

-- One at a time: who refreshes a mart, and who writes its texts.
CREATE FUNCTION _mart_lock(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	own constant bigint := x'65636f73'::bigint;
	schema_oid constant bigint := (SELECT oid::bigint FROM pg_namespace WHERE nspname = mart);
	holder integer;
BEGIN
	IF pg_try_advisory_xact_lock(own << 32 | schema_oid) THEN
		PERFORM ecosystem._mart_take_turn(mart);
		RETURN;
	END IF;
	SELECT pid INTO holder FROM pg_locks
	WHERE  locktype = 'advisory' AND classid = own::oid AND objid = schema_oid::oid AND objsubid = 1 AND granted
	AND    database = (SELECT oid FROM pg_database WHERE datname = current_database());
	RAISE NOTICE 'mart "%" is being worked on by process %, waiting', mart, holder;
	BEGIN
		PERFORM pg_advisory_xact_lock(own << 32 | schema_oid);
	EXCEPTION WHEN lock_not_available THEN
		RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
			MESSAGE = format('mart "%s" is being worked on', mart), DETAIL = format('That is process %s.', holder),
			HINT = 'Wait until it is done, or raise lock_timeout.';
	END;
	PERFORM ecosystem._mart_take_turn(mart);
END $$;
COMMENT ON FUNCTION _mart_lock(name) IS 'waits for the others that refresh or change a mart, until the transaction ends';

-- ---------------------------------------------------------------------------
-- Descriptions: columns, inputs, keys
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_column(columns text) RETURNS TABLE (n integer, name text, type text, required boolean, comment text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT line.n::integer, split_part(line.text, E'\t', 1), CASE WHEN right(t.type, 9) = ' not null' THEN left(t.type, -9) ELSE t.type END,
		right(t.type, 9) = ' not null', split_part(line.text, E'\t', 3)
	FROM   unnest(string_to_array(columns, E'\n')) WITH ORDINALITY AS line(text, n), LATERAL (SELECT split_part(line.text, E'\t', 2) AS type) t
	WHERE  line.text <> '';
END $$;
COMMENT ON FUNCTION _mart_column(text) IS 'the columns of a description: number, name, type, whether they are required, comment';

CREATE FUNCTION _mart_input(inputs text) RETURNS TABLE (input text, grain_column text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT part[1], nullif(part[2], '*')
	FROM   regexp_matches(coalesce(inputs, ''), '([a-z_0-9]+) *\( *([a-z_0-9]+|\*) *\)', 'g') AS part;
END $$;
COMMENT ON FUNCTION _mart_input(text) IS 'the inputs of a description, each with the column that is the grain there; NULL: any change makes the relation in full';

CREATE FUNCTION _mart_names(columns text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT string_agg(quote_ident(name), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY AS c(name, n));
END $$;
COMMENT ON FUNCTION _mart_names(text[]) IS 'a list of columns for a command';

CREATE FUNCTION _mart_names_of(one text, columns text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT string_agg(format('%s.%I', one, name), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY AS c(name, n));
END $$;
COMMENT ON FUNCTION _mart_names_of(text, text[]) IS 'a list of columns of one table for a command';

-- s.a = t.a AND s.b = t.b
CREATE FUNCTION _mart_same_key(key text[], one text, other text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT string_agg(format('%s.%I = %s.%I', one, name, other, name), ' AND ' ORDER BY n)
		FROM unnest(key) WITH ORDINALITY AS c(name, n));
END $$;
COMMENT ON FUNCTION _mart_same_key(text[], text, text) IS 'the condition that two rows have one key';

-- ---------------------------------------------------------------------------
-- A mart is made
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_create_table(mart name, relation text, purpose text, key text[], columns text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command text;
BEGIN
	EXECUTE (SELECT format('CREATE TABLE %I.%I (%s, PRIMARY KEY (%s))', mart, relation,
			string_agg(format('%I %s%s', c.name, c.type, CASE WHEN c.required OR c.name = ANY (key) THEN ' NOT NULL' END), ', ' ORDER BY c.n),
			ecosystem._mart_names(key))
		FROM ecosystem._mart_column(columns) c);
	EXECUTE format('COMMENT ON TABLE %I.%I IS %L', mart, relation, purpose);
	FOR command IN
		SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', mart, relation, c.name, c.comment) FROM ecosystem._mart_column(columns) c
	LOOP
		EXECUTE command;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_create_table(name, text, text, text[], text) IS 'makes the table of a relation, with its comments';

-- Everything that names a mart's relations as its texts do passes here.
CREATE FUNCTION _mart_execute(mart name, command text, keys text[]) RETURNS bigint
	-- What a text returns does not hang on the session that refreshes.  Compiling
	-- the larger ones takes longer than they do.
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'
	SET extra_float_digits = 1 SET jit = off AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM set_config('search_path', ecosystem._mart_search_path(mart), true);
	EXECUTE command USING keys;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_execute(name, text, text[]) IS 'runs a command with the search_path of a mart''s texts, and keys as $1; returns the number of its rows';

CREATE FUNCTION _mart_run(mart name, command text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ecosystem._mart_execute(mart, command, NULL::text[]);
END $$;
COMMENT ON FUNCTION _mart_run(name, text) IS 'runs a command with the search_path of a mart''s texts';

CREATE FUNCTION _mart_ask(mart name, query text) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'
	SET extra_float_digits = 1 SET jit = off AS $$
DECLARE
	answer jsonb;
BEGIN
	PERFORM set_config('search_path', ecosystem._mart_search_path(mart), true);
	EXECUTE format(E'SELECT to_jsonb(q) FROM (%s\n) AS q', query) INTO answer;
	RETURN answer;
END $$;
COMMENT ON FUNCTION _mart_ask(name, text) IS 'the only row of a query, which runs with the search_path of a mart''s texts';

-- What people edit begins with the rows that its file gives.
CREATE FUNCTION _mart_fill_settings(mart name, relation text, query text, columns text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_run(mart, (SELECT format('INSERT INTO %I.%I (%s) %s', mart, relation,
			string_agg(quote_ident(c.name), ', ' ORDER BY c.n), query)
		FROM ecosystem._mart_column(columns) c));
END $$;
COMMENT ON FUNCTION _mart_fill_settings(name, text, text, text) IS 'gives settings their first rows';

CREATE FUNCTION _mart_add_builtin(mart name, relation text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r ecosystem.mart_relation;
BEGIN
	SELECT * INTO STRICT r FROM ecosystem.mart_relation m WHERE m.name = relation;
	EXECUTE format('INSERT INTO %I.relation (name, kind, tier, purpose, key, grain, inputs, columns, query, origin, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ''builtin'', $10)', mart)
		USING r.name, r.kind, r.tier, r.purpose, array_to_string(r.key, ', '), r.grain, r.inputs, r.columns, r.query, ecosystem.ecosystem_version();
END $$;
COMMENT ON FUNCTION _mart_add_builtin(name, text) IS 'writes a relation of the extension into the relations of a mart';

-- By the columns that others take as their grain, rows are looked up by key.
CREATE FUNCTION _mart_create_indexes(mart name, relation text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOR name IN
		SELECT DISTINCT i.grain_column FROM ecosystem.mart_relation m, ecosystem._mart_input(m.inputs) i
		WHERE  strpos(m.inputs, relation) > 0 AND i.input = relation AND i.grain_column IS NOT NULL
		EXCEPT
		SELECT m.key[1] FROM ecosystem.mart_relation m WHERE m.name = relation
		EXCEPT
		SELECT a.attname FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
		WHERE  x.indrelid = to_regclass(format('%I.%I', mart, relation))
	LOOP
		EXECUTE format('CREATE INDEX ON %I.%I (%I)', mart, relation, name);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_create_indexes(name, text) IS 'makes the indexes that a refresh by key needs on a relation';

CREATE FUNCTION _mart_make(mart name, currency text, time_zone text, fiscal_year_starts integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r ecosystem.mart_relation;
BEGIN
	FOR r IN SELECT * FROM ecosystem.mart_relation WHERE kind <> 'shared' ORDER BY name LOOP
		PERFORM ecosystem._mart_create_table(mart, r.name, r.purpose, r.key, r.columns);
		PERFORM ecosystem._mart_create_indexes(mart, r.name);
	END LOOP;
	FOR r IN SELECT * FROM ecosystem.mart_relation ORDER BY name LOOP
		PERFORM ecosystem._mart_add_builtin(mart, r.name);
		IF r.kind = 'settings' AND r.query IS NOT NULL THEN
			PERFORM ecosystem._mart_fill_settings(mart, r.name, r.query, r.columns);
		END IF;
	END LOOP;
	EXECUTE format('UPDATE %I.setting SET currency = $1, time_zone = $2, fiscal_year_starts = $3', mart)
		USING currency, time_zone, fiscal_year_starts;
	PERFORM ecosystem._mart_metric_write(mart);
END $$;
COMMENT ON FUNCTION _mart_make(name, text, text, integer) IS 'fills the empty schema of a mart';

CREATE FUNCTION _mart_check_arguments(mart name, currency text, time_zone text, fiscal_year_starts integer) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF mart IS NULL OR mart = '' OR octet_length(mart::text) > 40 OR mart ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('"%s" cannot be the name of a mart', mart),
			DETAIL = 'A name has from 1 to 40 bytes, and no control characters.';
	END IF;
	IF currency IS NULL OR currency !~ '^[A-Z]{3}$' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": "%s" is no currency', mart, currency),
			HINT = 'Currencies are codes of ISO 4217, such as USD.';
	END IF;
	-- The view reads all there are from their files.
	IF time_zone = 'UTC' THEN
		NULL;
	ELSIF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = time_zone) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": "%s" is no time zone', mart, time_zone),
			HINT = 'pg_timezone_names lists them.';
	END IF;
	IF fiscal_year_starts IS NULL OR fiscal_year_starts NOT BETWEEN 1 AND 12 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('mart "%s": %s is no month', mart, coalesce(fiscal_year_starts::text, 'NULL')),
			HINT = 'fiscal_year_starts is the month in which the fiscal year starts, 1 to 12.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_arguments(name, text, text, integer) IS 'raises an error unless a mart can be made of these';

-- A dump of the mart alone comes without it.
CREATE FUNCTION _mart_make_cache(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	cache constant text := ecosystem._mart_cache(mart);
	stranger text;
BEGIN
	-- Who may not change the mart is told so, and not that the cache is closed.
	PERFORM ecosystem._mart_as_owner(mart, 'SELECT');
	-- Texts find what stands in it, so it is nobody else's.
	SELECT pg_get_userbyid(c.nspowner) INTO stranger FROM pg_namespace c, pg_namespace m WHERE c.nspname = cache AND m.nspname = mart AND c.nspowner <> m.nspowner;
	IF stranger IS NULL THEN
		SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END INTO stranger
		FROM   pg_namespace c, aclexplode(c.nspacl) a WHERE c.nspname = cache AND a.privilege_type = 'CREATE' AND a.grantee <> c.nspowner LIMIT 1;
	END IF;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('schema "%s" is not that of mart "%s" alone', cache, mart),
			DETAIL = format('%s may create objects in it, which the texts of the mart would find.', stranger),
			HINT = format('Drop it, or give it to the owner of schema %I alone; what a mart keeps in it is made again.', mart);
	END IF;
	IF to_regnamespace(quote_ident(cache)) IS NULL THEN
		IF NOT has_database_privilege(current_database(), 'CREATE') THEN
			RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('mart "%s" needs schema "%s", which is missing', mart, cache),
				DETAIL = format('"%s" may not create schemas in database "%s".', current_user, current_database()),
				HINT = format('Somebody who may: CREATE SCHEMA %I AUTHORIZATION %I', cache, (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = mart));
		END IF;
		EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', cache, (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = mart));
		PERFORM ecosystem._mart_as_owner(cache::name, format('COMMENT ON SCHEMA %I IS %L', cache, format('What mart %s can make again; nothing to read here.', mart)));
	END IF;
	IF to_regclass(format('%I.turn', cache)) IS NULL THEN
		PERFORM ecosystem._mart_as_owner(cache::name, format('CREATE TABLE IF NOT EXISTS %I.turn (turn integer PRIMARY KEY, taken_at timestamptz)', cache));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_make_cache(name) IS 'makes the schema beside a mart where it is missing';

CREATE FUNCTION _mart_make_schemas(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner name := current_user;
	stranger text;
BEGIN
	IF to_regnamespace(quote_ident(mart)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', mart);
	ELSE
		SELECT pg_get_userbyid(nspowner) INTO owner FROM pg_namespace WHERE nspname = mart;
		IF NOT pg_has_role(owner, 'MEMBER') THEN
			RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('schema "%s" belongs to "%s"', mart, owner),
				HINT = 'Choose another name for the mart.';
		END IF;
		SELECT pg_describe_object(classid, objid, objsubid) INTO stranger FROM pg_depend
		WHERE  refclassid = 'pg_namespace'::regclass AND refobjid = to_regnamespace(quote_ident(mart)) LIMIT 1;
		IF stranger IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('schema "%s" is not empty', mart),
				DETAIL = format('It holds %s.', stranger),
				HINT = 'Choose another name for the mart, or an empty schema.';
		END IF;
	END IF;
	IF to_regnamespace(quote_ident(ecosystem._mart_cache(mart))) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('schema "%s" exists', ecosystem._mart_cache(mart)),
			DETAIL = 'A mart keeps beside it what it can make again.', HINT = 'Choose another name for the mart.';
	END IF;
	PERFORM ecosystem._mart_make_cache(mart);
END $$;
COMMENT ON FUNCTION _mart_make_schemas(name) IS 'makes the two schemas of a mart';

CREATE PROCEDURE create_mart(mart name, currency text DEFAULT 'USD', time_zone text DEFAULT 'UTC', fiscal_year_starts integer DEFAULT 1)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_check_arguments(mart, currency, time_zone, fiscal_year_starts);
	PERFORM ecosystem._mart_make_schemas(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_make(%L::name, %L::text, %L::text, %L::integer)', mart, currency, time_zone, fiscal_year_starts));
END $$;
COMMENT ON PROCEDURE create_mart(name, text, text, integer) IS
	'makes a mart: a schema with settings and empty relations, ready to be bound to a replica; reads nothing';
