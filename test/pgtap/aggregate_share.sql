-- Ecosystem Aggregate by several processes together: each groups a part of the rows, and
-- then has groups of its own, whole.  That their rows are core's, whatever the query,
-- is aggregate_random.sql's.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL seq_page_cost = 0;
SET LOCAL cpu_operator_cost = 0.025;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_sort = off;
SELECT plan(29);

CREATE TABLE s_deal AS
SELECT d::bigint AS deal_id, d % 40 AS partner_id, CASE WHEN d % 41 > 0 THEN repeat('P', d % 3) || d % 40 END AS partner, (d * 13.37)::numeric(12, 2) AS amount, (ARRAY['won', 'lost', 'open'])[1 + d % 3] AS outcome,
       timestamptz '2025-06-01' + d % 600 * interval '7 hours' AS opened_at, timestamptz '2026-01-01' + d % 600 * interval '13 hours' AS closed_at, repeat('x', d % 100) || d % 6000 AS note
FROM   generate_series(1, 24000) d;
ALTER TABLE s_deal SET (parallel_workers = 2);
ANALYZE s_deal;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off SET max_parallel_workers_per_gather = 0 SET enable_hashagg = on SET enable_sort = on AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
CREATE FUNCTION pg_temp.explained(query text) RETURNS text LANGUAGE sql AS $$SELECT pg_temp.plan_of(query, 'ANALYZE, COSTS OFF, TIMING OFF')$$;
CREATE FUNCTION pg_temp.same(query text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.plan_of(query) LIKE '%Gather%Parallel Custom Scan (Ecosystem Aggregate)%' AND pg_temp.contents(query) = pg_temp.core(query);
END
$$;

\set stats 'SELECT date_trunc(''quarter'', closed_at), partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats FROM s_deal GROUP BY 1, 2'
\set many 'SELECT note, partner, company_set_agg(deal_id), deal_stats_agg(amount, outcome, opened_at, closed_at), deal_lift_agg(partner_id < 9, amount, outcome, opened_at, closed_at, partner) FILTER (WHERE deal_id % 3 > 0) FROM s_deal GROUP BY 1, 2'
SELECT ok(pg_temp.same(:'stats'), 'by quarter and partner');
SELECT ok(pg_temp.same(:'many'), 'by text, of which some is null, with several aggregates');
SELECT ok(pg_temp.same('SELECT partner, partner_network_agg(deal_id, note, amount), rollup(stats), max((partner || ''.com'')::company_domain) FILTER (WHERE partner_id > 30) FROM (SELECT *, format(''deals=%1$s open=%1$s'', partner_id)::deal_stats AS stats FROM s_deal) d GROUP BY 1'), 'states of all kinds, and none');
SELECT ok(pg_temp.same('SELECT partner, deals(deal_stats_agg(amount, outcome)) FROM s_deal GROUP BY 1 HAVING won(deal_stats_agg(amount, outcome)) > 190'), 'HAVING');
SELECT ok(pg_temp.same(replace(:'stats', 's_deal', 's_deal WHERE deal_id % 2 > 5')), 'no rows');
SELECT ok(pg_temp.same(:'stats' || ' ORDER BY 2, 1'), 'in an order');
SELECT alike(pg_temp.plan_of('SELECT count(*), sum(deals(stats)) FROM (' || :'stats' || ') q'), '%Finalize Aggregate%Gather%Partial Aggregate%Parallel Custom Scan (Ecosystem Aggregate)%', 'what is made of all groups is made in part by each process');
SELECT is(pg_temp.contents('SELECT count(*), sum(deals(stats)) FROM (' || :'stats' || ') q'), pg_temp.core('SELECT count(*), sum(deals(stats)) FROM (' || :'stats' || ') q'), 'and is the same');
SELECT matches(pg_temp.explained(:'stats'), 'Groups: 160  Batches: \d+  Memory Usage: \d+kB  Disk Usage: \d+kB\n', 'with one sum of their numbers');
SELECT is((SELECT json ->> 'Groups' FROM (SELECT pg_temp.plan_of(:'stats', 'ANALYZE, FORMAT JSON')::json #> '{0,Plan,Plans,0}' AS json) q), '160', 'in other formats');

-- with little memory, states are written more than once and divided

SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT ok(pg_temp.same(:'stats'), 'with little memory');
SELECT ok(pg_temp.same(:'many'), 'for many groups');
SELECT matches(pg_temp.explained(:'many'), 'Groups: 6585  Batches: \d{3,}  Memory Usage: \d+kB  Disk Usage: \d{4,}kB\n', 'as EXPLAIN shows');
SELECT cmp_ok((regexp_match(pg_temp.explained(:'many'), 'Memory Usage: (\d+)kB'))[1]::int, '<', 3 * 300, 'within about what each is allowed');
RESET work_mem;
RESET hash_mem_multiplier;

-- who takes part

SET LOCAL parallel_leader_participation = off;
SELECT ok(pg_temp.same(:'stats'), 'without the leader');
SELECT matches(pg_temp.explained(:'stats'), 'Groups: 160 ', 'who shows their numbers');
SET LOCAL max_parallel_workers = 1;
SELECT ok(pg_temp.same(:'stats'), 'by one worker');
RESET parallel_leader_participation;
SELECT ok(pg_temp.same(:'stats'), 'with the leader');
SET LOCAL max_parallel_workers = 0;
SELECT ok(pg_temp.same(:'stats'), 'by the leader alone');
RESET max_parallel_workers;

-- again, and not to the end

CREATE FUNCTION pg_temp.some(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO n;
	RETURN n;
END
$$;
SELECT is(pg_temp.some(:'many' || ' LIMIT 3'), 3::bigint, 'some groups');
SELECT is(pg_temp.some(:'stats' || ' LIMIT 1'), 1::bigint, 'one');
SELECT is(pg_temp.some('SELECT 1 FROM generate_series(1, 200) o WHERE EXISTS (SELECT FROM (' || :'stats' || ' OFFSET 0) q WHERE partner_id = o % 40)'), 200::bigint, 'one, again and again');
SET LOCAL enable_material = off;
SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 3) o LEFT JOIN (' || :'stats' || ' OFFSET 0) q ON q.partner_id > o * 10'), pg_temp.core('SELECT o, q.* FROM generate_series(1, 3) o LEFT JOIN (' || :'stats' || ' OFFSET 0) q ON q.partner_id > o * 10'), 'all, again');
SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (' || replace(:'stats', 'FROM s_deal', 'FROM s_deal WHERE partner_id > o * 10') || ' OFFSET 0) q'), pg_temp.core('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (' || replace(:'stats', 'FROM s_deal', 'FROM s_deal WHERE partner_id > o * 10') || ' OFFSET 0) q'), 'with other parameters');
DECLARE c CURSOR FOR SELECT date_trunc('quarter', closed_at), partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats FROM s_deal GROUP BY 1, 2;
CREATE FUNCTION pg_temp.rest(c refcursor) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int = 0; r record; BEGIN LOOP FETCH c INTO r; EXIT WHEN NOT FOUND; n = n + 1; END LOOP; RETURN n; END $$;
MOVE 50 IN c;
SELECT is(pg_temp.rest('c'), 110, 'by a cursor');
CLOSE c;
DECLARE c CURSOR FOR SELECT date_trunc('quarter', closed_at), partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats FROM s_deal GROUP BY 1, 2;
MOVE 5 IN c;
CLOSE c;
PREPARE by_partner(int) AS SELECT partner, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats FROM s_deal WHERE partner_id > $1 GROUP BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
CREATE TEMP TABLE prepared AS EXECUTE by_partner(20);
SELECT is((SELECT sum(deals(stats))::bigint FROM prepared), (SELECT count(*) FROM s_deal WHERE partner_id > 20), 'prepared');

-- errors in any process end the query

SELECT throws_ok('SELECT partner, deal_stats_agg(amount, CASE WHEN deal_id = 23999 THEN ''maybe'' ELSE outcome END) FROM s_deal GROUP BY 1', '22023', '"maybe" is not an outcome of a deal', 'what is refused while rows are read');
SELECT throws_ok('SELECT partner, rollup(lift) FROM (SELECT partner, deal_lift_agg(opened_at, amount, outcome, opened_at, closed_at, partner, closed_at, partner_id) AS lift FROM s_deal GROUP BY 1, partner_id) q GROUP BY 1', '22023', NULL, 'or while states are combined');
SELECT throws_ok('SELECT partner_id, 1 / (partner_id - 39), deal_stats_agg(amount, outcome) FROM s_deal GROUP BY 1', '22012', 'division by zero', 'or while groups are returned');

SELECT * FROM finish();
ROLLBACK;
