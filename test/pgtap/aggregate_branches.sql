-- Ecosystem Aggregate: arguments made of a few values are remembered, and so is what the branches of a UNION ALL select.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_operator_cost = 1;
SELECT plan(35);

CREATE TABLE a_list AS
SELECT i AS row, CASE WHEN h % 13 > 0 THEN h % 40 END AS partner_id, (ARRAY['customer', 'prospect', '', NULL])[1 + (h >> 8) % 4] AS segment, CASE WHEN h % 17 > 0 THEN ((h >> 5) % 500)::bigint END AS company,
       repeat('x', 100) || h % 60 AS long, repeat('y', 3000) || h % 30 AS longer, (h % 300 * 0.25)::numeric AS amount, (h % 20 * 0.5)::float8 AS share, date '2026-01-01' + h % 500 AS day
FROM  (SELECT i, hashint4(i) & 2147483647 AS h FROM generate_series(1, 30000) i) g;
-- columns that no longer are, and others in another order
CREATE TABLE a_own (gone int, company bigint, segment varchar(10), row int);
INSERT INTO a_own SELECT 1, company, segment, row FROM a_list WHERE row % 7 = 0;
ALTER TABLE a_own DROP COLUMN gone;
CREATE INDEX ON a_own (row);
CREATE TABLE a_parent (company bigint, segment text) PARTITION BY RANGE (company);
CREATE TABLE a_part_1 PARTITION OF a_parent FOR VALUES FROM (0) TO (250);
CREATE TABLE a_part_2 (segment text, company bigint);
ALTER TABLE a_parent ATTACH PARTITION a_part_2 FOR VALUES FROM (250) TO (500);
INSERT INTO a_parent SELECT company, segment FROM a_list WHERE company IS NOT NULL AND row % 5 = 0;
CREATE TABLE a_child () INHERITS (a_own);
INSERT INTO a_child SELECT company, segment, row FROM a_list WHERE row % 11 = 0;
ANALYZE a_list, a_own, a_parent, a_child;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
CREATE FUNCTION pg_temp.same(query text) RETURNS boolean LANGUAGE sql AS $$ SELECT pg_temp.plan_of(query) LIKE '%Ecosystem Aggregate%' AND pg_temp.contents(query) = pg_temp.core(query) $$;

-- arguments

SELECT ok(pg_temp.same(format('SELECT overlap_matrix_agg(%s, company) FROM a_list', e)), e)
FROM (VALUES ('partner_id::text'), ('partner_id || ''/'' || segment'), ('concat(partner_id, ''/'', segment)'), ('long || segment'), ('left(longer, 4) || right(longer, 2)'), ('(row % 9000)::text || ''c'''), ('nullif(segment, ''prospect'') || share'), ('coalesce(partner_id || segment, day::text)'),
      ('''p'' || partner_id || segment || share || amount || day'), ('substr(segment, 1, 0) || 1')) e (e);
SELECT ok(pg_temp.same('SELECT deal_stats_agg(round(amount, 1) * 2, upper(CASE WHEN segment = ''customer'' THEN ''won'' ELSE ''lost'' END)) FILTER (WHERE partner_id > 3) FROM a_list'), 'of numbers');
SELECT ok(pg_temp.same('SELECT segment || ''!'', overlap_matrix_agg(partner_id || ''/'' || segment, company) FROM a_list GROUP BY 1'), 'with groups');
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SET LOCAL enable_sort = off;
SET LOCAL enable_hashagg = off;
SELECT ok(pg_temp.same('SELECT row % 700, overlap_matrix_agg(partner_id || ''/'' || segment, company) FROM a_list GROUP BY 1'), 'of rows that were written to files');
RESET work_mem;
RESET hash_mem_multiplier;
RESET enable_sort;
RESET enable_hashagg;
SELECT ok(pg_temp.same('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (SELECT overlap_matrix_agg(o || segment, company) FROM a_list WHERE row % 10 > o) q'), 'with a parameter, again and again');
SELECT throws_ok($$SELECT overlap_matrix_agg((100 / nullif(partner_id, 7) - 25)::text || 1 / (partner_id - 39), company) FROM a_list$$, '22012', NULL, 'an error in one is an error');

-- branches

\set union 'SELECT ''own/'' || segment, company FROM a_own UNION ALL SELECT ''partner/'' || partner_id || ''/'' || segment, company FROM a_list'
\set over 'SELECT overlap_matrix_agg(p, c) FROM (%s) u (p, c)'
SELECT is(pg_temp.plan_of(format(:'over', replace(:'union', 'a_own', 'ONLY a_own')), 'VERBOSE, COSTS OFF'), E'Custom Scan (Ecosystem Aggregate)\n  Output: (overlap_matrix_agg(u.p, u.c))\n  ->  Append\n        ->  Seq Scan on ecosystem.a_own\n              Output: a_own.segment, a_own.company\n        ->  Seq Scan on ecosystem.a_list\n              Output: a_list."row", a_list.partner_id, a_list.segment, a_list.company, a_list.long, a_list.longer, a_list.amount, a_list.share, a_list.day\n',
          'scans return columns');
SELECT ok(pg_temp.same(format(:'over', q)), q) FROM (VALUES (:'union'), ('(' || :'union' || ') UNION ALL SELECT long || segment, row FROM a_list WHERE row < 900'), (:'union' || ' UNION ALL SELECT segment || segment, company FROM a_parent'),
      ('SELECT segment || 1, company FROM a_parent WHERE company < 300 UNION ALL SELECT segment, row FROM ONLY a_own'), ('SELECT segment || 1, company FROM a_own'), (:'union' || ' UNION ALL SELECT ''none'', 1'), ('SELECT segment || random(), company FROM a_own WHERE row < 0 UNION ALL ' || :'union'),
      ('SELECT segment::text, company FROM a_own UNION ALL SELECT NULL, row FROM a_list'), ('SELECT segment || (SELECT min(row) FROM a_own), company FROM a_own UNION ALL ' || :'union'), ('SELECT upper(segment), company FROM a_own WHERE row = 77 UNION ALL ' || :'union'), (:'union' || ' WHERE false'), ('SELECT segment || row % 2000, company FROM a_own UNION ALL SELECT longer || segment, company FROM a_list WHERE row < 3000')) q (q);
SELECT ok(pg_temp.same(format('SELECT c %% 9, left(p, 5), overlap_matrix_agg(p || ''+'', c) FILTER (WHERE p <> ''own/'') FROM (%s) u (p, c) GROUP BY 1, 2 HAVING companies(overlap_matrix_agg(p, c)) > 1', :'union')), 'groups of them');
SELECT ok(pg_temp.same(format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (SELECT overlap_matrix_agg(p, c) FROM (SELECT segment || 1, company FROM a_own WHERE row %% 4 > o UNION ALL SELECT segment || 2, company FROM a_list WHERE row %% 4 > o) u (p, c)) q')), 'again and again');
PREPARE of_branches(text) AS SELECT companies(overlap_matrix_agg(p, c)) FROM (SELECT $1 || segment, company FROM a_own UNION ALL SELECT segment || 'x', company FROM a_list WHERE partner_id < length($1)) u (p, c);
SET LOCAL plan_cache_mode = force_generic_plan;
CREATE TEMP TABLE prepared AS EXECUTE of_branches('ninebytes');
SELECT is((TABLE prepared), (SELECT count(DISTINCT company) FROM (SELECT company, segment FROM a_own UNION ALL SELECT company, segment FROM a_list WHERE partner_id < 9) u WHERE segment IS NOT NULL), 'prepared');
-- what a plan of branches calls is what is there
CREATE FUNCTION public.name_of(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'a' || $1; END $$;
PREPARE named AS SELECT p.population FROM (SELECT overlap_matrix_agg(p, c) AS m FROM (SELECT public.name_of(segment), company FROM a_own UNION ALL SELECT 'b' || segment, company FROM a_list) u (p, c)) q, populations(m) p WHERE population LIKE '%customer' ORDER BY 1 LIMIT 1;
CREATE TEMP TABLE before AS EXECUTE named;
CREATE OR REPLACE FUNCTION public.name_of(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN '0' || $1; END $$;
CREATE TEMP TABLE after AS EXECUTE named;
SELECT is((SELECT b.population || a.population FROM before b, after a), 'acustomer0customer', 'of a function that is another now');
RESET plan_cache_mode;

-- by several processes

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(pg_temp.plan_of(format(:'over', :'union')), 'Gather.*Parallel Custom Scan \(Ecosystem Aggregate\).*Parallel Append.*Parallel Seq Scan on a_list', 'processes share the branches');
SELECT ok(pg_temp.same(format(:'over', :'union')), 'and have the same');
SET LOCAL enable_parallel_append = off;
SELECT ok(pg_temp.same(format(:'over', :'union')), 'one branch after the other, too');
SELECT * FROM finish();
ROLLBACK;
