-- overlap_matrix: read as it is being built, and passed on between processes, it says what the value does.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_operator_cost = 1;
SELECT plan(39);

\ir plan.psql
CREATE TABLE a_row AS
SELECT i AS row, CASE WHEN h % 23 > 0 THEN CASE WHEN h % 4 = 0 THEN 'own/' || h % 3 ELSE 'partner/' || h % 11 || '/' || h % 3 END END AS population,
       CASE WHEN h % 17 > 0 THEN nullif('c' || (h >> 5) % 900, 'c7') ELSE '' END AS company, CASE WHEN h % 17 > 0 THEN ((h >> 5) % 900)::bigint END AS number,
       CASE WHEN h % 5 > 0 THEN 'r' || (h >> 5) % 900 % 400 END AS record_id, (h >> 5) % 900 % 400 * 1.25 AS value
FROM  (SELECT i, hashint4(i) & 2147483647 AS h FROM generate_series(1, 12000) i) g;
ANALYZE a_row;

-- One function of a matrix, of a value that is stored and of what an Ecosystem Aggregate returns.
CREATE FUNCTION pg_temp.contents_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	contents text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(md5(string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C")), '''') FROM (%s) q', query) INTO contents;
	RETURN contents;
END
$$;
CREATE FUNCTION pg_temp.same(arguments text, reader text, rows text DEFAULT 'a_row') RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	query text = format('SELECT r.* FROM (SELECT overlap_matrix_agg(%s) AS m FROM %s) q, LATERAL %s r', arguments, rows, reader);
	live text;
	stored text;
BEGIN
	IF pg_temp.plan_of(query) NOT LIKE '%Ecosystem Aggregate%' THEN
		RETURN false;
	END IF;
	live = pg_temp.contents_of(query);
	PERFORM set_config('ecosystem.enable_aggregate', 'off', true);
	EXECUTE format('CREATE TEMP TABLE stored_matrix AS SELECT overlap_matrix_agg(%s) AS m FROM %s', arguments, rows);
	stored = pg_temp.contents_of(format('SELECT r.* FROM stored_matrix q, LATERAL %s r', reader));
	DROP TABLE stored_matrix;
	PERFORM set_config('ecosystem.enable_aggregate', 'on', true);
	RETURN live = stored AND live NOT LIKE '0 rows%';
END
$$;
\set sides 'ARRAY[''own'', ''partner'']'
SELECT ok(pg_temp.same('population, company', 'cells(m)'), 'cells of text companies');
SELECT ok(pg_temp.same('population, number', 'cells(m)'), 'of numbers');
SELECT ok(pg_temp.same('population, company', format('cells(m, %s)', :'sides')), 'of two sides');
SELECT ok(pg_temp.same('population, company', 'cells(m, ARRAY[''partner/3'', ''own/1'', ''partner/1''])'), 'of three, the first not first by name');
SELECT ok(pg_temp.same('population, company, record_id', 'cells(m)'), 'of records');
SELECT ok(pg_temp.same('population, company, record_id, value', format('cells(m, %s)', :'sides')), 'with values');
SELECT ok(pg_temp.same('population, company, CASE WHEN row % 50 = 0 THEN record_id END, CASE WHEN row % 50 = 0 THEN value END', 'cells(m)'), 'of some companies with values, and many without');
SELECT ok(pg_temp.same(a, r), format('%s of %s', r, a)) FROM (VALUES ('population, company'), ('population, number'), ('population, company, record_id, value')) a (a),
       (VALUES ('margins(m)'), ('populations(m)'), ('density(m)'), ('density_histogram(m, ''partner'')'), ('companies(m)'), ('margin(m, ''own/1'')'), ('overlap_matrix_hash(m)')) r (r);
SELECT ok(pg_temp.same('population || row % 60, number', 'cells(m)'), 'so many populations that pairs are in a table');
SELECT is((SELECT count(*) FROM (SELECT overlap_matrix_agg(population, number) AS m FROM a_row WHERE row < 0) q, cells(m)), 0::bigint, 'no rows, no cells');
SELECT is((SELECT rows FROM (SELECT overlap_matrix_agg(NULL::text, number) AS m FROM a_row) q, populations(m)), 12000::bigint, 'rows of no population');
SELECT is((SELECT array_agg(c.records_b ORDER BY c) FROM (SELECT overlap_matrix_agg(p, 'c') AS m FROM (VALUES ('a'), ('b'), ('b'), (''), (NULL)) v (p)) q, cells(m) c), ARRAY[1, 2, 2]::bigint[], 'an empty name is one');
SELECT throws_ok($$SELECT 1 FROM (SELECT overlap_matrix_agg(population, company, record_id, value + row % 2) AS m FROM a_row OFFSET 0) q WHERE m IS NOT NULL$$, '21000', NULL, 'two values are an error, whoever reads it');
SELECT is((SELECT m FROM (SELECT overlap_matrix_agg(population, company) AS m FROM a_row) q, LATERAL (SELECT count(*) FROM cells(m)) c), (SELECT overlap_matrix_agg(population, company ORDER BY row DESC) FROM a_row), 'read and then stored, it is the same to the byte');
-- more rows than memory: matrices between
SET LOCAL work_mem = '64kB';
SELECT ok(pg_temp.same('population, company', format('cells(m, %s)', :'sides'), '(SELECT a.* FROM a_row a, generate_series(1, 3)) b'), 'with little memory');

-- by several processes

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
ALTER TABLE a_row SET (parallel_workers = 2);
CREATE FUNCTION pg_temp.same_in_team(arguments text, rows text DEFAULT 'a_row') RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	query text = format('SELECT overlap_matrix_agg(%s) AS m FROM %s', arguments, rows);
	team overlap_matrix;
	core overlap_matrix;
BEGIN
	IF pg_temp.plan_of(query) NOT LIKE '%Gather%Parallel Custom Scan (Ecosystem Aggregate)%' THEN
		RETURN false;
	END IF;
	EXECUTE query INTO team;
	PERFORM set_config('max_parallel_workers_per_gather', '0', true), set_config('ecosystem.enable_aggregate', 'off', true);
	EXECUTE query INTO core;
	PERFORM set_config('max_parallel_workers_per_gather', '2', true), set_config('ecosystem.enable_aggregate', 'on', true);
	RETURN team = core AND companies(core) > 0;
END
$$;
SELECT ok(pg_temp.same_in_team('population, company, record_id, value'), 'by processes, with matrices');
RESET work_mem;
SELECT ok(pg_temp.same_in_team(a), format('by processes: %s', a)) FROM (VALUES ('population, company, record_id, value'), ('population, number')) a (a);
SET LOCAL parallel_leader_participation = off;
SELECT ok(pg_temp.same_in_team('population, company', '(SELECT * FROM a_row UNION ALL SELECT row + 1, population || ''+'', company, number, record_id, value FROM a_row) u'), 'without the leader');
SELECT * FROM finish();
ROLLBACK;
