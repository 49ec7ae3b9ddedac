-- The extension as a whole: who may install it, and what its catalog says.
BEGIN;
SELECT plan(25);

-- Every object tells an analyst what it does, every function its labels.
CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name, obj_description(d.objid, d.classid::regclass::text) AS comment
FROM   pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE  e.extname = 'ecosystem' AND d.deptype = 'e';
SELECT cmp_ok(count(*), '>', 100::bigint, 'the extension has objects') FROM member;
SELECT is_empty($$SELECT name FROM member
	WHERE  comment IS NULL AND classid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_cast'::regclass, 'pg_class'::regclass)$$,
	'every function, aggregate, operator, operator class and cast has a comment');
-- What only the server calls begins with an underscore, or is of a type, an
-- operator or an operator class.
CREATE TEMP VIEW function AS
SELECT m.name, p.* FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
WHERE  proname !~ '^_'
AND    NOT EXISTS (SELECT FROM pg_type t WHERE p.oid IN (typinput, typoutput, typreceive, typsend, typanalyze))
AND    NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid)
AND    NOT EXISTS (SELECT FROM pg_amproc a WHERE a.amproc = p.oid);
SELECT is_empty($$SELECT name FROM function WHERE pronargs > 0 AND (proargnames IS NULL OR '' = ANY (proargnames[1:pronargs]))$$,
	'every function and aggregate that one calls has names of its arguments');
SELECT is_empty($$SELECT name FROM function WHERE 'internal'::regtype = ANY (proargtypes::oid[]) OR prorettype = 'internal'::regtype
	OR EXISTS (SELECT FROM pg_aggregate a WHERE function.oid IN (aggfinalfn, aggserialfn, aggdeserialfn, aggmfinalfn)
		OR function.oid IN (aggtransfn, aggmtransfn, aggminvtransfn) AND pronargs > 2)$$,
	'none of them is there for the server alone');
SELECT is_empty($$SELECT name FROM member JOIN pg_type t ON t.oid = objid
	WHERE  comment IS NULL AND classid = 'pg_type'::regclass AND typelem = 0 AND typtype IN ('b', 'd')$$, 'every type has a comment');
SELECT is_empty($$SELECT name FROM member JOIN pg_proc p ON p.oid = objid
	-- but procedures, triggers and those that make and read a mart
	WHERE  classid = 'pg_proc'::regclass AND (proparallel <> 's' OR provolatile NOT IN ('i', 's')) AND p.prokind <> 'p' AND p.prorettype <> 'trigger'::regtype
	AND    p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'plpgsql') AND p.proname NOT IN ('_mart_as_owner', 'fill_table')$$, 'every function is parallel safe and not volatile');
SELECT is_empty($$SELECT name FROM member JOIN pg_proc p ON p.oid = objid JOIN pg_language l ON l.oid = prolang
	WHERE  classid = 'pg_proc'::regclass AND lanname = 'plpgsql' AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
	'what is in PL/pgSQL says its search_path');
SELECT is_empty($$SELECT name FROM member JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass AND prosecdef$$, 'no function is SECURITY DEFINER');
SELECT is_empty($$SELECT name FROM member JOIN pg_proc p ON p.oid = objid JOIN pg_language l ON l.oid = prolang
	WHERE  classid = 'pg_proc'::regclass AND lanname = 'sql' AND prosqlbody IS NULL$$, 'SQL functions have parsed bodies, which no search_path can capture');
SELECT is_empty($$SELECT name FROM member JOIN pg_aggregate a ON a.aggfnoid = objid
	-- but the one that does all of its work when all rows are there, and the
	-- ledgers, which may pass a gigabyte
	WHERE  classid = 'pg_proc'::regclass AND (aggcombinefn = 0 OR aggtranstype = 'internal'::regtype)
	AND    name NOT LIKE 'function ecosystem.company\_resolution\_agg(%'
	AND    NOT ((SELECT prorettype = 'ecosystem.credit_ledger'::regtype FROM pg_proc p WHERE p.oid = objid) AND aggcombinefn <> 0 AND aggserialfn <> 0 AND aggdeserialfn <> 0)$$,
	'every aggregate''s state is a public type with a combine function, but for what needs all rows or may pass a gigabyte');
SELECT is_empty($$SELECT name FROM member JOIN pg_type t ON t.oid = objid
	WHERE  classid = 'pg_type'::regclass AND typtype = 'b' AND typelem = 0 AND (typreceive = 0 OR typsend = 0)
	AND    typname <> 'credit_ledger'$$, 'every type has send and receive functions, but for ledgers, which are read where they are made');
SELECT is_empty($$SELECT name FROM member JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass AND pronamespace <> 'ecosystem'::regnamespace$$, 'all of it in its schema');

-- Anybody may use it.
CREATE ROLE ecosystem_test_analyst;
CREATE ROLE ecosystem_test_builder;
SET LOCAL ROLE ecosystem_test_analyst;
SELECT is(ecosystem.apportion(1, ARRAY[1, 1]), '{0.50,0.50}', 'an analyst without any grant may use it');
RESET ROLE;

-- Trusted: CREATE on the database is what it takes to install it.
DROP EXTENSION ecosystem CASCADE;
SET LOCAL ROLE ecosystem_test_builder;
SELECT throws_ok('CREATE EXTENSION ecosystem', '42501', 'permission denied to create extension "ecosystem"', 'not without CREATE on the database');
RESET ROLE;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ecosystem_test_builder', current_database()); END $$;
SET LOCAL ROLE ecosystem_test_builder;
SELECT lives_ok('CREATE EXTENSION ecosystem', 'but with it');
SELECT is(ecosystem.apportion(1, ARRAY[1, 1]), '{0.50,0.50}', 'and it works');
DROP EXTENSION ecosystem;
RESET ROLE;

-- Nothing may wait in its schema.
DROP SCHEMA IF EXISTS ecosystem;
CREATE SCHEMA ecosystem;
CREATE FUNCTION ecosystem.trap() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT throws_ok('CREATE EXTENSION ecosystem', '55000', 'schema "ecosystem" is not empty', 'not into a schema that holds something');
DROP FUNCTION ecosystem.trap();
SELECT lives_ok('CREATE EXTENSION ecosystem; DROP EXTENSION ecosystem', 'into an empty one');

-- Rights that a new schema comes with are no different.
DROP SCHEMA ecosystem;
ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO ecosystem_test_analyst;
SELECT throws_ok('CREATE EXTENSION ecosystem', '55000', 'others may create objects in schema "ecosystem"', 'not where new schemas are open to others');
CREATE SCHEMA ecosystem;
REVOKE CREATE ON SCHEMA ecosystem FROM ecosystem_test_analyst;
SELECT lives_ok('CREATE EXTENSION ecosystem; DROP EXTENSION ecosystem', 'but as the hint says');
ALTER DEFAULT PRIVILEGES REVOKE CREATE ON SCHEMAS FROM ecosystem_test_analyst;

-- Nobody but its owner and the installer may add to it meanwhile; who owns it does not matter.
CREATE ROLE ecosystem_test_owner;
ALTER SCHEMA ecosystem OWNER TO ecosystem_test_owner;
SELECT lives_ok('CREATE EXTENSION ecosystem; DROP EXTENSION ecosystem', 'into somebody else''s');
GRANT CREATE ON SCHEMA ecosystem TO PUBLIC;
SELECT throws_ok('CREATE EXTENSION ecosystem', '55000', 'others may create objects in schema "ecosystem"', 'not where everybody may create objects');
REVOKE CREATE ON SCHEMA ecosystem FROM PUBLIC;
GRANT CREATE ON SCHEMA ecosystem TO ecosystem_test_builder;
SELECT throws_ok('CREATE EXTENSION ecosystem', '55000', 'others may create objects in schema "ecosystem"', 'nor where somebody else may');
SET LOCAL ROLE ecosystem_test_builder;
SELECT lives_ok('CREATE EXTENSION ecosystem; DROP EXTENSION ecosystem', 'but who may can install it');
RESET ROLE;
REVOKE CREATE ON SCHEMA ecosystem FROM ecosystem_test_builder;
ALTER ROLE ecosystem_test_analyst SUPERUSER;
GRANT CREATE ON SCHEMA ecosystem TO ecosystem_test_analyst;
SET LOCAL ROLE ecosystem_test_builder;
SELECT lives_ok('CREATE EXTENSION ecosystem', 'superusers may what they want');

SELECT * FROM finish();
ROLLBACK;
