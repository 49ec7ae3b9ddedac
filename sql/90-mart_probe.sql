-- mart probe: what a text returns and reads, before anything runs it

-- A view tells both without running anything.  It stands in the cache for a
-- moment only: a view over the extension's functions would pin them.
-- Views run functions as whoever reads them.  A superuser's mart reads none, at any
-- depth, of somebody who is not one: they could be made after it was bound.
CREATE FUNCTION _mart_check_views(mart name, what text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stranger record;
BEGIN
	IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
		RETURN;
	END IF;
	WITH RECURSIVE reads AS (
		SELECT to_regclass(format('%I.probe', ecosystem._mart_cache(mart)))::oid AS oid
		UNION
		SELECT d.refobjid FROM reads r JOIN pg_rewrite w ON w.ev_class = r.oid
		JOIN   pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
	)
	SELECT c.oid::regclass AS name, o.rolname AS owner INTO stranger
	FROM   reads JOIN pg_class c ON c.oid = reads.oid JOIN pg_roles o ON o.oid = c.relowner
	WHERE  c.relkind = 'v' AND NOT o.rolsuper ORDER BY 1 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('mart "%s": %s reads a view of "%s", %s, with a superuser''s rights', mart, what, stranger.owner, stranger.name),
			HINT = 'Let a role own the mart that is no superuser, and may read the replica.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_views(name, text) IS 'raises an error where a superuser''s mart would run the views of others';

-- A cursor takes one query and no more, whatever parentheses a text closes; it is
-- opened and not read.
CREATE FUNCTION _mart_check_single(mart name, query text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one refcursor;
BEGIN
	PERFORM set_config('search_path', ecosystem._mart_search_path(mart), true);
	OPEN one FOR EXECUTE format(E'SELECT * FROM (%s\n) AS q', query);
	CLOSE one;
END $$;
COMMENT ON FUNCTION _mart_check_single(name, text) IS 'raises an error unless a text is one query';

CREATE FUNCTION _mart_make_probe(mart name, query text, what text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
	hint text;
BEGIN
	PERFORM ecosystem._mart_run(mart, format(E'CREATE VIEW %I.probe AS SELECT * FROM (%s\n) AS q', ecosystem._mart_cache(mart), query));
	PERFORM ecosystem._mart_check_views(mart, what);
	-- Last, since to plan a query may run some of it
	PERFORM ecosystem._mart_check_single(mart, query);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('mart "%s": %s does not run', mart, what), DETAIL = concat_ws(' ', said, nullif(hint, ''));
END $$;
COMMENT ON FUNCTION _mart_make_probe(name, text, text) IS 'makes a view of a query, to see what it returns and reads';

CREATE FUNCTION _mart_drop_probe(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('DROP VIEW %I.probe', ecosystem._mart_cache(mart));
END $$;
COMMENT ON FUNCTION _mart_drop_probe(name) IS 'drops what _mart_make_probe() made';

CREATE FUNCTION _mart_probe_columns(mart name) RETURNS TABLE (n integer, name text, type text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT a.attnum::integer, a.attname::text, format_type(a.atttypid, a.atttypmod)
	FROM   pg_attribute a
	WHERE  a.attrelid = to_regclass(format('%I.probe', ecosystem._mart_cache(mart))) AND a.attnum > 0 AND NOT a.attisdropped;
END $$;
COMMENT ON FUNCTION _mart_probe_columns(name) IS 'the columns of the query that is looked at';

-- Of a history, what it is written from; of all that no refresh sees change, such
-- as a table of another schema or a view, that it is outside, and always read anew.
-- What people keep in a history no refresh sees; what a refresh writes there it does.
CREATE FUNCTION _mart_probe_inputs(mart name, trusts_histories boolean DEFAULT false) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	inputs text[];
BEGIN
	EXECUTE format($q$
		WITH depends AS (
			SELECT d.refclassid, d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
			WHERE  w.ev_class = $1 AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = $1)
		), reads AS (
			SELECT c.oid, c.relname::text AS name, r.kind, r.inputs, c.relnamespace = $2 AND c.relname = 'identity' AS is_identity
			FROM   depends d JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'ecosystem'::regnamespace)
			LEFT   JOIN %I.relation r ON r.name = c.relname AND c.relnamespace = $3 AND c.relkind = 'r'
		)
		SELECT array_agg(DISTINCT i.name) FROM (
			SELECT CASE WHEN is_identity OR kind IN ('settings', 'standard', 'report') THEN name ELSE 'outside' END AS name FROM reads
			WHERE  NOT coalesce($4 AND kind = 'history' AND inputs <> '', false)
			UNION ALL
			SELECT i.input FROM reads, ecosystem._mart_input(reads.inputs) i WHERE kind = 'history'
			UNION ALL
			-- functions of anybody's but the extension's
			SELECT 'outside' FROM depends d JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
			WHERE  p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'ecosystem'::regnamespace)) i$q$, mart)
		INTO inputs USING to_regclass(format('%I.probe', ecosystem._mart_cache(mart)))::oid, to_regnamespace(quote_ident(ecosystem._mart_cache(mart)))::oid, to_regnamespace(quote_ident(mart))::oid, trusts_histories;
	RETURN inputs;
END $$;
COMMENT ON FUNCTION _mart_probe_inputs(name, boolean) IS 'what the query reads that is looked at: relations of the mart, and whether anything outside';

-- Parts are loaded before anything is made of them, and of settings that are loaded
-- nobody knows which come first.  Also what they read through views of others.
CREATE FUNCTION _mart_probe_circle(mart name, r jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	circle text;
BEGIN
	EXECUTE format($q$WITH RECURSIVE reads AS (
			SELECT to_regclass($1)::oid AS oid
			UNION
			SELECT d.refobjid FROM reads JOIN pg_rewrite w ON w.ev_class = reads.oid
			JOIN   pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
		)
		SELECT string_agg(quote_ident(m.name), ', ' ORDER BY m.name)
		FROM   reads JOIN pg_class c ON c.oid = reads.oid AND c.relnamespace = $2 JOIN %I.relation m ON m.name = c.relname
		WHERE  m.kind <> 'settings' OR $3 = 'settings' AND (m.name <> 'setting' OR $4 = 'setting')$q$, mart) INTO circle
		USING format('%I.probe', ecosystem._mart_cache(mart)), to_regnamespace(quote_ident(mart))::oid, r->>'kind', r->>'name';
	RETURN circle;
END $$;
COMMENT ON FUNCTION _mart_probe_circle(name, jsonb) IS 'what the query of a part that is looked at reads of the mart, and may not; NULL: nothing';

-- Types that every BI tool reads; the digits of money where none are said.
CREATE FUNCTION _mart_plain_type(type text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE
		WHEN type IN ('boolean', 'integer', 'bigint', 'date', 'jsonb', 'double precision') THEN type
		WHEN type = 'smallint' THEN 'integer'
		WHEN type = 'real' THEN 'double precision'
		WHEN type = 'json' THEN 'jsonb'
		WHEN type = 'numeric' THEN 'numeric(24,6)'
		WHEN type ~ '^numeric\([0-9]+,[0-9]+\)$' THEN type
		WHEN type ~ '^timestamp' THEN 'timestamptz'
		ELSE 'text' END;
END $$;
COMMENT ON FUNCTION _mart_plain_type(text) IS 'the plain type that a column of a type has in a mart';
