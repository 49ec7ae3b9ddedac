-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ecosystem" to load this file. \quit

-- The extension is trusted, so whoever may create objects in the database may
-- install it, and this script runs as a superuser.  Nothing may wait in the
-- schema that could be found before ours, and nobody may add to it meanwhile.
-- Who owns the schema does not matter, since a dump makes it before it makes
-- the extension.  Its owner can add to it whatever its rights say: against that,
-- every body in this script names what it means, so that nothing else matches.
DO LANGUAGE plpgsql $check$
DECLARE
	stranger pg_catalog.text;
	creator pg_catalog.text;
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

	SELECT CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'::pg_catalog.text
			ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text) END INTO creator
	FROM   pg_catalog.pg_extension e
	JOIN   pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
	CROSS  JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
	LEFT   JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
	WHERE  e.extname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name
	AND    a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text
	AND    a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	AND    a.grantee OPERATOR(pg_catalog.<>) e.extowner
	AND    r.rolsuper IS NOT TRUE
	ORDER  BY a.grantee
	LIMIT  1::pg_catalog.int8;
	IF creator IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'others may create objects in schema "ecosystem"',
			DETAIL  = pg_catalog.concat(creator, ' has CREATE on it, and could add to it what this script would run.'),
			HINT    = pg_catalog.concat('Run CREATE SCHEMA IF NOT EXISTS ecosystem, then REVOKE CREATE ON SCHEMA ecosystem FROM ', creator,
				', then CREATE EXTENSION ecosystem again.');
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
