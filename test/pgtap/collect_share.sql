-- Ecosystem Collect by several processes together: each reads a part of both sides,
-- and has partitions of its own.  That their rows are core's, whatever the query,
-- is collect_random.sql's.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_sort = off;
SELECT plan(25);

CREATE TABLE s_deal AS
SELECT d::bigint AS deal_id, 'D' || d AS name, (d * 13.37)::numeric(12, 2) AS amount, date '2026-01-01' + d % 60 AS opened_at, date '2026-03-01' + d % 60 AS closed_at
FROM   generate_series(1, 3000) d;
CREATE TABLE s_touch AS
SELECT (t * 7919::bigint % 3300) AS deal_id, 'D' || t * 7919::bigint % 3300 AS name, (ARRAY['email', 'partner_introduction', 'co_sell_plan', 'demo'])[1 + t % 4] AS kind, 'P' || t % 90 AS partner, date '2026-01-01' + t % 90 AS occurred_at, repeat('x', t % 100) AS note
FROM   generate_series(1, 30000) t;
ALTER TABLE s_deal SET (parallel_workers = 2);
ALTER TABLE s_touch SET (parallel_workers = 2);
ANALYZE s_deal, s_touch;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_collect = off SET max_parallel_workers_per_gather = 0 SET enable_hashagg = on SET enable_sort = on AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
CREATE FUNCTION pg_temp.explained(query text) RETURNS text LANGUAGE sql AS $$SELECT pg_temp.plan_of(query, 'ANALYZE, COSTS OFF, TIMING OFF')$$;

\set motion 'SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) FROM s_deal LEFT JOIN s_touch USING (deal_id) GROUP BY deal_id'
\set credit 'SELECT deal_id, partner, credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY deal_id) FROM s_deal LEFT JOIN s_touch USING (deal_id)'
\set both 'SELECT deal_id, partner, credit(amount, ''linear'', NULL, partner) OVER w, deal_motion_agg(kind, occurred_at, opened_at, closed_at) OVER w FROM s_deal JOIN s_touch USING (deal_id) WINDOW w AS (PARTITION BY deal_id)'
SELECT is(pg_temp.plan_of(:'motion'), E'Gather\n  Workers Planned: 2\n  ->  Parallel Custom Scan (Ecosystem Collect)\n        Group Key: s_deal.deal_id\n        Join Type: Left\n        Collect Key: (s_deal.deal_id = s_touch.deal_id)\n        ->  Parallel Seq Scan on s_deal\n        ->  Parallel Seq Scan on s_touch\n', 'an aggregate by deal');
SELECT alike(pg_temp.plan_of(replace(:'motion', ' FROM', ', count(kind) FROM')), E'Gather\n  Workers Planned: 2\n  ->  GroupAggregate\n%->  Parallel Custom Scan (Ecosystem Collect)\n%', 'beside one of others');
SELECT is(pg_temp.contents(replace(:'motion', ' FROM', ', count(kind) FROM')), pg_temp.core(replace(:'motion', ' FROM', ', count(kind) FROM')), 'with the same rows');
SELECT alike(pg_temp.plan_of(:'credit'), E'Gather\n  Workers Planned: 2\n  ->  Parallel Custom Scan (Ecosystem Collect)\n%', 'a window function');
SELECT alike(pg_temp.plan_of(:'both'), E'Gather\n  Workers Planned: 2\n  ->  WindowAgg\n%        ->  Parallel Custom Scan (Ecosystem Collect)\n%', 'with others, too');
SELECT alike(pg_temp.plan_of('SELECT count(*), sum(touches(deal_motion_agg)) FROM (' || :'motion' || ') q'), '%Gather%Partial Aggregate%Parallel Custom Scan (Ecosystem Collect)%', 'what is made of all deals is made in part by each');
SELECT is(pg_temp.contents(:'motion'), pg_temp.core(:'motion'), 'have the rows of one process');
SELECT is(pg_temp.contents(:'credit'), pg_temp.core(:'credit'), 'each of them');
SELECT is(pg_temp.contents(:'both'), pg_temp.core(:'both'), 'and both');
SELECT matches(pg_temp.explained(:'motion'), 'Groups: 3000  Partitions: \d+  Batches: \d+  Memory Usage: \d+kB  Disk Usage: \d+kB\n', 'and one sum of their numbers');
SELECT is(pg_temp.contents(replace(:'motion', 'deal_id', 'name')), pg_temp.core(replace(:'motion', 'deal_id', 'name')), 'by text');

-- with little memory, with keys that do not come apart

SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT is(pg_temp.contents(:'motion'), pg_temp.core(:'motion'), 'with little memory');
CREATE TABLE s_skew AS SELECT 1 + (t % 10 = 0)::int * t::bigint AS deal_id, kind, partner, occurred_at, note FROM s_touch, generate_series(1, 3) t;
ALTER TABLE s_skew SET (parallel_workers = 2);
ANALYZE s_skew;
SELECT is(pg_temp.contents(replace(:'both', 's_touch', 's_skew')), pg_temp.core(replace(:'both', 's_touch', 's_skew')), 'all touches of one deal');
CREATE TABLE s_keyless AS SELECT NULL::bigint AS deal_id, date '2026-01-01' AS opened_at, date '2026-03-01' AS closed_at FROM s_deal;
ALTER TABLE s_keyless SET (parallel_workers = 2);
SELECT is(pg_temp.contents(replace(:'motion', 's_deal', 's_keyless')), pg_temp.core(replace(:'motion', 's_deal', 's_keyless')), 'no key at all');
RESET work_mem;
RESET hash_mem_multiplier;

-- processes that do not come

SET LOCAL parallel_leader_participation = off;
SELECT is(pg_temp.contents(:'motion'), pg_temp.core(:'motion'), 'without the leader');
SELECT matches(pg_temp.explained(:'motion'), 'Groups: 3000 ', 'whose EXPLAIN knows all the same');
RESET parallel_leader_participation;
SET LOCAL max_parallel_workers = 0;
SELECT alike(pg_temp.explained(:'motion'), '%Workers Launched: 0%Groups: 3000 %', 'without any worker');
SELECT is(pg_temp.contents(:'credit'), pg_temp.core(:'credit'), 'the leader does it all');
RESET max_parallel_workers;

-- again, stopped early, not at all

\set again 'SELECT o, (SELECT sum(touches(deal_motion_agg) + o) FROM (' :motion ') q) FROM generate_series(1, 3) o'
SELECT alike(pg_temp.plan_of(:'again'), '%SubPlan%Gather%Parallel Custom Scan (Ecosystem Collect)%', 'once for each row outside');
SELECT is(pg_temp.contents(:'again'), pg_temp.core(:'again'), 'with like rows');
SELECT is((SELECT count(*) FROM generate_series(1, 20) WHERE pg_temp.contents(:'credit' || ' LIMIT 5') LIKE '5 rows %'), 20::bigint, 'stopped early');
SELECT is(pg_temp.contents(replace(:'motion', 's_deal', '(SELECT * FROM s_deal WHERE deal_id < 0) d')), '0 rows 0', 'no deals');
SELECT throws_ok(replace(:'motion', 'USING (deal_id)', 'USING (deal_id) WHERE 1 / (deal_id - 2999) > -5'), '22012', NULL, 'an error in one process ends the others');
CREATE FUNCTION s_restricted(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED AS 'SELECT $1';
SELECT unalike(pg_temp.plan_of(replace(:'credit', 'NULL, partner)', 'NULL, s_restricted(partner))')), '%WindowAgg%Parallel Custom%', 'nor what workers may not call');
SELECT unalike(pg_temp.plan_of('SELECT deal_id, max(touches) FROM (SELECT deal_id, touches(deal_motion_agg(kind, occurred_at, opened_at, closed_at) OVER (PARTITION BY deal_id ROWS 2 PRECEDING)) AS touches FROM s_deal JOIN s_touch USING (deal_id)) q GROUP BY 1'), '%Parallel Custom Scan (Ecosystem Collect)%', 'nor frames of some rows');
SELECT * FROM finish();
ROLLBACK;
