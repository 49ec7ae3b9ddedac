-- A session that has not loaded the library plans an Overlap Join at once, and
-- what EXPLAIN says of it.
SET client_min_messages = warning;
CREATE SCHEMA overlap_join;
CREATE TABLE overlap_join.a AS
	SELECT i AS id, ecosystem.identify(website => 'site' || i % 700 || '.com') AS identity FROM generate_series(1, 1000) i;
CREATE TABLE overlap_join.b AS
	SELECT i AS id, ecosystem.identify(website => 'site' || i % 900 || '.com') AS identity FROM generate_series(1, 2000) i;
ANALYZE overlap_join.a, overlap_join.b;
ALTER DATABASE :DBNAME SET search_path = overlap_join, ecosystem, public;
ALTER DATABASE :DBNAME SET max_parallel_workers_per_gather = 0;
\c -
EXPLAIN (COSTS OFF) SELECT * FROM b JOIN a ON a.identity && b.identity AND a.id < b.id;
\c -
EXPLAIN (COSTS OFF) SELECT * FROM b WHERE NOT EXISTS (SELECT FROM a WHERE a.identity && b.identity);
-- A setting is known once the library is loaded, by whatever of it; it can be
-- set before.
\c -
SHOW ecosystem.enable_overlap_join;
SELECT ecosystem_version() IS NOT NULL AS loads_the_library;
SHOW ecosystem.enable_overlap_join;
\c -
SET ecosystem.enable_overlap_join = off;
SET ecosystem.ledger_memory = '100MB';
SELECT NULL::company_identity && NULL AS loads_the_library;
SHOW ecosystem.enable_overlap_join;
SELECT name, setting, unit, boot_val FROM pg_settings WHERE name LIKE 'ecosystem.%' ORDER BY name;
\c -
SELECT NULL::company_identity && NULL AS loads_the_library;
SET ecosystem.enable_overlap_join = off;
EXPLAIN (COSTS OFF) SELECT * FROM b JOIN a ON a.identity && b.identity AND a.id < b.id;
RESET ecosystem.enable_overlap_join;

-- The figures of an execution, without those of time and memory.
CREATE FUNCTION explained(query text, format text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT %s) %s', format, query) LOOP
		line := regexp_replace(line, 'Memory Usage: \d+kB', 'Memory Usage: NkB');
		IF format = 'text' THEN
			CONTINUE WHEN line !~ 'Overlap|Keys|Candidates|Filter|Join Type';
			line := regexp_replace(line, ' \(actual.*', '');
		END IF;
		RETURN NEXT line;
	END LOOP;
END $$;
SELECT explained('SELECT * FROM b JOIN a ON a.identity && b.identity AND a.id < b.id', 'text');
SELECT plan->'Join Type' AS type, plan->'Overlap Cond' AS cond, plan->'Join Filter' AS filter, plan->'Keys' AS keys, plan->'Buckets' AS buckets,
	plan->'Batches' AS batches, (plan->>'Memory Usage')::int > 0 AS memory, plan->'Candidates' AS candidates, plan->'Removed by Ladder' AS ladder,
	plan->'Rows Removed by Join Filter' AS removed
FROM (SELECT string_agg(line, E'\n')::json->0->'Plan' AS plan
	FROM explained('SELECT * FROM b JOIN a ON a.identity && b.identity AND a.id < b.id', 'json') line) p;

RESET search_path;
ALTER DATABASE :DBNAME RESET search_path;
ALTER DATABASE :DBNAME RESET max_parallel_workers_per_gather;
DROP SCHEMA overlap_join CASCADE;
