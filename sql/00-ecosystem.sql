-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ecosystem" to load this file. \quit

-- The extension is trusted, so its schema may belong to whoever installs it.
-- Nothing may wait there that could be found before ours.
DO LANGUAGE plpgsql $check$
DECLARE
	stranger pg_catalog.text;
BEGIN
	SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) INTO stranger
	FROM   pg_catalog.pg_depend d
	WHERE  d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
	AND    d.refobjid OPERATOR(pg_catalog.=) (
			SELECT n.oid FROM pg_catalog.pg_namespace n
			WHERE  n.nspname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name)
	AND    d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	LIMIT  1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'schema "ecosystem" is not empty',
			DETAIL  = pg_catalog.concat('It holds ', stranger, '.'),
			HINT    = 'Move or drop what is in it, then run CREATE EXTENSION ecosystem again.';
	END IF;
END
$check$;

-- ecosystem: the module itself

CREATE FUNCTION ecosystem_version() RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_version() IS
	'version of the loaded ecosystem library';
