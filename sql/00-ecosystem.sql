-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ecosystem" to load this file. \quit

-- The extension is trusted, so whoever may create objects in the database may
-- install it, and this script runs as a superuser.  Nothing may wait in the
-- schema that could be found before ours, and nobody else may own it.
DO LANGUAGE plpgsql $check$
DECLARE
	stranger pg_catalog.text;
	owner pg_catalog.text;
BEGIN
	SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) INTO stranger
	FROM   pg_catalog.pg_depend d
	JOIN   pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) d.refobjid
	WHERE  n.nspname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name
	AND    d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
	AND    d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	LIMIT  1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'schema "ecosystem" is not empty',
			DETAIL  = pg_catalog.concat('It holds ', stranger, '.'),
			HINT    = 'Move or drop what is in it, then run CREATE EXTENSION ecosystem again.';
	END IF;

	SELECT pg_catalog.pg_get_userbyid(n.nspowner) INTO owner
	FROM   pg_catalog.pg_namespace n
	JOIN   pg_catalog.pg_extension e ON e.extnamespace OPERATOR(pg_catalog.=) n.oid
	JOIN   pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
	WHERE  e.extname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name
	AND    n.nspowner OPERATOR(pg_catalog.<>) e.extowner
	AND    NOT r.rolsuper;
	IF owner IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'insufficient_privilege',
			MESSAGE = 'schema "ecosystem" belongs to another role',
			DETAIL  = pg_catalog.concat('Its owner is ', pg_catalog.quote_ident(owner), ', who could add to it what others would run.'),
			HINT    = 'Drop the schema, or install the extension as its owner.';
	END IF;
END
$check$;

-- Pure functions, and published targets: no right is gained by seeing them.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

-- ecosystem: the module itself

CREATE FUNCTION ecosystem_version() RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_version() IS
	'version of the loaded ecosystem library';
