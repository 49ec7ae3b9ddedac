-- Ecosystem Aggregate: which queries it is for, what it shows, what it survives.
-- That its rows are those of core's nodes is aggregate_random.sql's.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT plan(56);

CREATE TABLE a_deal AS
SELECT d::bigint AS deal_id, d % 40 AS partner_id, 'P' || d % 40 AS partner, (d * 13.37)::numeric(12, 2) AS amount, (d % 50 * 1.5)::numeric AS loose, d % 7 * 0.5::float8 AS share, CASE WHEN d % 3 > 0 THEN 'won' ELSE 'lost' END AS outcome,
       timestamptz '2025-06-01' + d % 600 * interval '7 hours' AS opened_at, timestamptz '2026-01-01' + d % 600 * interval '13 hours' AS closed_at, repeat('x', d % 100) || d % 5000 AS note
FROM   generate_series(1, 12000) d;
ALTER TABLE a_deal ADD PRIMARY KEY (deal_id);
CREATE VIEW a_barrier WITH (security_barrier) AS SELECT * FROM a_deal WHERE outcome <> 'lost';
ANALYZE a_deal;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;

-- the form that people write

\set agg 'deal_stats_agg(amount, outcome, opened_at, closed_at)'
\set stats 'SELECT date_trunc(''quarter'', closed_at), partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) FROM a_deal GROUP BY 1, 2'
-- from 18 on with the table's name
SELECT is(replace(pg_temp.plan_of(:'stats'), 'a_deal.', ''), E'Custom Scan (Ecosystem Aggregate)\n  Group Key: date_trunc(''quarter''::text, closed_at), partner_id\n  ->  Seq Scan on a_deal\n', 'by quarter and partner');
SELECT is(pg_temp.contents(:'stats'), pg_temp.core(:'stats'), 'has core''s rows');
SELECT alike(pg_temp.plan_of(:'stats', 'VERBOSE, COSTS OFF'), '%Output: (date_trunc(''quarter''::text, closed_at)), partner_id, (deal_stats_agg(amount, outcome, (opened_at)::moment, (closed_at)::moment))%Group Key: date_trunc(''quarter''::text, a_deal.closed_at), a_deal.partner_id%Output: deal_id, %', 'verbose, with what each node has');
SELECT matches(pg_temp.plan_of(:'stats', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: \d+  Batches: 1  Memory Usage: \d+kB\n', 'with numbers');
SELECT is((SELECT json ->> 'Groups' FROM (SELECT pg_temp.plan_of(:'stats', 'ANALYZE, FORMAT JSON')::json #> '{0,Plan}' AS json) q), (SELECT count(DISTINCT (date_trunc('quarter', closed_at), partner_id))::text FROM a_deal), 'in other formats');
SELECT matches(pg_temp.plan_of('SELECT * FROM (' || :'stats' || ') q WHERE (SELECT false)', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Ecosystem Aggregate\) \(never executed\)\n +Group Key: [^\n]+\n +->', 'and none where there are none');
SET LOCAL ecosystem.enable_aggregate = off;
SELECT unalike(pg_temp.plan_of(:'stats'), '%Ecosystem%', 'unless it is switched off');
RESET ecosystem.enable_aggregate;
SELECT alike(pg_temp.plan_of('SELECT outcome, deal_stats_agg(amount, outcome) FROM (SELECT * FROM a_deal LIMIT 50) d GROUP BY 1'), '%HashAggregate%', 'some rows are left to core');

-- what is taken, and what is not

CREATE FUNCTION pg_temp.takes(query text) RETURNS boolean LANGUAGE plpgsql SET enable_hashagg = off SET enable_sort = off AS $$
BEGIN
	RETURN pg_temp.plan_of(query) LIKE '%Ecosystem Aggregate%';
END
$$;
CREATE FUNCTION pg_temp.same(query text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.takes(query) AND pg_temp.contents(query) = pg_temp.core(query);
END
$$;
SELECT ok(pg_temp.same(format('SELECT partner, outcome, %s, deal_lift_agg(partner_id < 9, amount, outcome, opened_at, closed_at) FROM a_deal GROUP BY 1, 2', :'agg')), 'several aggregates');
SELECT ok(pg_temp.same(format('SELECT %s FILTER (WHERE amount > 900), partner || 1 FROM a_deal GROUP BY 2 HAVING won(%s) > 3 AND partner || 1 <> ''P91''', :'agg', :'agg')), 'a filter, HAVING');
SELECT ok(pg_temp.same(format('SELECT lower(partner) || ''!'', deals(%s) + 1 FROM a_deal GROUP BY lower(partner)', :'agg')), 'expressions over both');
SELECT ok(pg_temp.same(format('SELECT partner_id %% 3, %s FROM a_barrier GROUP BY 1 ORDER BY 1 DESC LIMIT 2', :'agg')), 'a view');
SELECT ok(pg_temp.same(format('SELECT p.n %% 5, %s FROM a_deal JOIN generate_series(1, 30) p (n) ON p.n = partner_id GROUP BY 1', :'agg')), 'a join');
SELECT ok(pg_temp.same(format('SELECT partner_id, %s FROM (SELECT * FROM a_deal UNION ALL SELECT * FROM a_barrier) d GROUP BY 1', :'agg')), 'a union');
SELECT ok(pg_temp.same(format('SELECT deals(s), sum(deals(s)) OVER () FROM (SELECT partner_id, %s AS s FROM a_deal GROUP BY 1) d', :'agg')), 'a window above');
SELECT ok(pg_temp.same('SELECT outcome, max((''c'' || partner_id || ''.com'')::company_domain), min((''c'' || partner_id || ''.com'')::company_domain) FILTER (WHERE false) FROM a_deal GROUP BY 1'), 'a strict transition without an initial state');
SELECT ok(pg_temp.same('SELECT outcome, company_set_agg(nullif(partner_id, 3)::bigint) FROM a_deal GROUP BY 1'), 'an array of integers');
SELECT ok(pg_temp.same('SELECT loose > 9, opened_at::date, company_set_agg(deal_id) FROM a_deal GROUP BY 1, 2'), 'states that grow');
SELECT ok(pg_temp.same(format('SELECT closed_at > now(), coalesce(closed_at, now())::date, %s FROM a_deal GROUP BY 1, 2', :'agg')), 'what has no argument, in a key');
SELECT ok(pg_temp.same(format('SELECT partner, count(*), count(nullif(partner_id, 3)), sum(amount), avg(amount), sum(partner_id), avg(deal_id), min(note), max(closed_at), %s, stddev(amount) FILTER (WHERE amount > 900), bool_or(outcome = ''won''), sum(share) FROM a_deal GROUP BY 1', :'agg')), 'with PostgreSQL''s own beside them');
SELECT ok(pg_temp.same(format('SELECT loose > 9, array_agg(deal_id), string_agg(note, '', ''), json_agg(share), jsonb_object_agg(deal_id, share), range_agg(int8range(deal_id, deal_id + 2)), regr_slope(share, deal_id), %s FROM a_deal GROUP BY 1', :'agg')), 'whatever their states');
CREATE AGGREGATE a_sum(numeric) (STYPE = numeric, SFUNC = numeric_add);
SELECT ok(NOT pg_temp.takes(format('SELECT partner, a_sum(amount), %s FROM a_deal GROUP BY 1', :'agg')), 'not with aggregates of others');
SELECT ok(NOT pg_temp.takes(format('SELECT partner, mode() WITHIN GROUP (ORDER BY amount), %s FROM a_deal GROUP BY 1', :'agg')), 'nor of ordered sets');
SELECT ok(NOT pg_temp.takes('SELECT partner, count(*), max(deals(''deals=0''::deal_stats)) FROM a_deal GROUP BY 1'), 'nor without one of ours');
SELECT ok(NOT pg_temp.takes('SELECT partner, deal_stats_agg(DISTINCT amount, outcome) FROM a_deal GROUP BY 1'), 'nor DISTINCT');
SELECT ok(NOT pg_temp.takes('SELECT partner, deal_stats_agg(amount, outcome ORDER BY amount) FROM a_deal GROUP BY 1'), 'nor ORDER BY within');
SELECT ok(NOT pg_temp.takes(format('SELECT partner, %s FROM a_deal GROUP BY ROLLUP (1)', :'agg')), 'nor grouping sets');
SELECT ok(NOT pg_temp.takes(format('SELECT loose, %s FROM a_deal GROUP BY 1', :'agg')), 'nor by what may be equal and look different');
SELECT ok(NOT pg_temp.takes(format('SELECT share, %s FROM a_deal GROUP BY 1', :'agg')), 'as floats may');
SELECT ok(NOT pg_temp.takes(format('SELECT (random() * 3)::int, %s FROM a_deal GROUP BY 1', :'agg')), 'nor by chance');
SELECT ok(NOT pg_temp.takes('SELECT partner, deal_stats_agg(amount, (SELECT max(outcome) FROM a_barrier b WHERE b.deal_id = d.deal_id)) FROM a_deal d GROUP BY 1'), 'nor with subqueries in arguments');
SELECT ok(NOT pg_temp.takes(format('SELECT partner, %s, generate_series(1, 2) FROM a_deal GROUP BY 1', :'agg')), 'nor sets');
SELECT ok(NOT pg_temp.takes(format('SELECT note, %s FROM a_deal GROUP BY deal_id', :'agg')), 'nor columns that only depend on the key');
SELECT ok(pg_temp.same(format('SELECT %s FROM a_deal', :'agg')), 'all rows');

-- memory: rows in files, of which some are divided once more

\set many 'SELECT note, partner, company_set_agg(deal_id), deal_stats_agg(amount, outcome, opened_at, closed_at) FROM a_deal GROUP BY 1, 2'
SET LOCAL enable_sort = off;
SET LOCAL enable_hashagg = off;
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT is(pg_temp.contents(:'many'), pg_temp.core(:'many'), 'in files');
SELECT matches(pg_temp.plan_of(:'many', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Ecosystem Aggregate.*Groups: 5000  Batches: \d{2,}  Memory Usage: \d+kB  Disk Usage: \d{3,}kB', 'as EXPLAIN shows');
SELECT cmp_ok((regexp_match(pg_temp.plan_of(:'many', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Memory Usage: (\d+)kB'))[1]::int, '<', 200, 'within about what is allowed');
SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 2) o, LATERAL (' || replace(:'many', 'GROUP BY', 'WHERE partner_id > o GROUP BY') || ') q'), pg_temp.core('SELECT o, q.* FROM generate_series(1, 2) o, LATERAL (' || replace(:'many', 'GROUP BY', 'WHERE partner_id > o GROUP BY') || ') q'), 'once more');
SELECT is(pg_temp.contents(:'many' || ' LIMIT 5'), pg_temp.contents(:'many' || ' LIMIT 5'), 'stopped early');
-- The zone in which rows were read is that of all groups.
DECLARE c CURSOR FOR SELECT date_trunc('day', closed_at) AS day, note, deal_stats_agg(amount, outcome) FROM a_deal GROUP BY 1, 2;
CREATE FUNCTION pg_temp.days(c refcursor) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	days timestamptz[];
	r record;
BEGIN
	FETCH c INTO r;
	SET LOCAL timezone = 'Asia/Tokyo';
	WHILE FOUND LOOP
		days = days || r.day;
		FETCH c INTO r;
	END LOOP;
	RESET timezone;
	RETURN (SELECT count(*) || ' groups at ' || string_agg(DISTINCT to_char(day, 'HH24:MI'), ', ') FROM unnest(days) day);
END
$$;
SELECT is(pg_temp.days('c'), '12000 groups at 00:00', 'read in one time zone');
CLOSE c;

-- large states: how many batches there are, and whose they are

\set large 'SELECT deal_id + 0, credit_ledger_agg(note, amount, ''linear'', NULL, partner) FROM a_deal WHERE deal_id <= 4000 GROUP BY 1'
\set networks 'SELECT deal_id + 0, partner_network_agg(note, partner) FROM a_deal GROUP BY 1'
CREATE FUNCTION pg_temp.number(query text, name text) RETURNS numeric LANGUAGE sql AS $$ SELECT (regexp_match(pg_temp.plan_of(query, 'ANALYZE, COSTS OFF, TIMING OFF'), 'Ecosystem Aggregate.* ' || name || ': (\d+)'))[1]::numeric $$;
SET LOCAL work_mem = '1GB';
SELECT cmp_ok(pg_temp.number(:'large', 'Memory Usage') / 4000, '<', 40::numeric, 'a ledger of a row takes what its aggregate says, not a megabyte');
SELECT pg_temp.number(:'networks', 'Memory Usage') AS all_networks \gset
SET LOCAL work_mem = '2MB';
SELECT cmp_ok(pg_temp.number(:'networks', 'Batches'), '<', 3.0 * :all_networks / 2048, 'batches are as many as states need, about');
SELECT cmp_ok(pg_temp.number(:'networks', 'Batches'), '>=', :all_networks / 2048.0 - 2, 'and not fewer');
SET LOCAL work_mem = '64kB';
SELECT cmp_ok(pg_temp.number(:'networks', 'Batches'), '<', 3.0 * :all_networks / 64, 'with little memory, too');
RESET enable_sort;
RESET enable_hashagg;
SELECT unalike(pg_temp.plan_of(:'networks'), '%Ecosystem%', 'then core sorts');
SET LOCAL work_mem = '4MB';
SELECT unalike(pg_temp.plan_of(:'large'), '%Ecosystem%', 'as for larger states with more memory');
SELECT alike(pg_temp.plan_of('SELECT deal_id + 0, deal_stats_agg(amount, outcome) FROM a_deal GROUP BY 1'), '%Ecosystem%', 'and not for small ones');
RESET work_mem;
RESET hash_mem_multiplier;

-- again, with other parameters, by a cursor

SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 4) o, LATERAL (SELECT partner_id % o, date_trunc(repeat(''day'', 1), closed_at), ' || :'agg' || ' FROM a_deal WHERE partner_id < o * 9 GROUP BY 1, 2 HAVING deals(' || :'agg' || ') > o) q'),
          pg_temp.core('SELECT o, q.* FROM generate_series(1, 4) o, LATERAL (SELECT partner_id % o, date_trunc(repeat(''day'', 1), closed_at), ' || :'agg' || ' FROM a_deal WHERE partner_id < o * 9 GROUP BY 1, 2 HAVING deals(' || :'agg' || ') > o) q'), 'once for each row outside');
SET LOCAL enable_material = off;
SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 4) o LEFT JOIN (' || :'stats' || ') q ON q.partner_id > o * 10'), pg_temp.core('SELECT o, q.* FROM generate_series(1, 4) o LEFT JOIN (' || :'stats' || ') q ON q.partner_id > o * 10'), 'or the same groups again');
RESET enable_material;
PREPARE by_partner(int, text) AS SELECT date_trunc($2, closed_at), deal_stats_agg(amount, outcome, opened_at, closed_at) FROM a_deal WHERE partner_id > $1 GROUP BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT alike(pg_temp.plan_of('EXECUTE by_partner(3, ''month'')'), '%Ecosystem Aggregate%', 'prepared');
CREATE TEMP TABLE prepared AS EXECUTE by_partner(3, 'year');
SELECT is((SELECT count(*) FROM prepared), 1::bigint, 'with its parameters');
DECLARE c SCROLL CURSOR FOR SELECT date_trunc('quarter', closed_at) AS quarter, partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) FROM a_deal GROUP BY 1, 2;
MOVE ABSOLUTE 30 IN c;
MOVE BACKWARD ALL IN c;
CREATE FUNCTION pg_temp.first_of(c refcursor) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN MOVE ABSOLUTE 0 IN c; FETCH c INTO r; RETURN r; END $$;
SELECT is(pg_temp.first_of('c'), pg_temp.first_of('c'), 'by a cursor, to and fro');
CLOSE c;

-- workers

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL seq_page_cost = 0;
SET LOCAL cpu_operator_cost = 0.025;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_sort = off;
SELECT matches(pg_temp.plan_of(:'stats'), E'^Gather\n  Workers Planned: 2\n  ->  Parallel Custom Scan \\(Ecosystem Aggregate\\)\n        Group Key: [^\n]+\n        ->  Parallel Seq Scan on a_deal\n', 'by workers');
SELECT is(pg_temp.contents(:'stats'), pg_temp.core(:'stats'), 'the same rows');
RESET seq_page_cost;
RESET cpu_operator_cost;
RESET enable_hashagg;
RESET enable_sort;
SET LOCAL max_parallel_workers_per_gather = 0;

-- what a user may not

CREATE ROLE aggregate_user;
GRANT SELECT ON a_deal TO aggregate_user;
GRANT USAGE ON SCHEMA ecosystem TO aggregate_user;
ALTER TABLE a_deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON a_deal TO aggregate_user USING (partner = 'P1');
SET LOCAL ROLE aggregate_user;
SELECT ok(pg_temp.same(:'stats'), 'rows are secured below');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION deal_stats_agg(numeric, text, moment, moment) FROM public;
SET LOCAL ROLE aggregate_user;
SELECT throws_ok(:'stats', '42501', 'permission denied for aggregate deal_stats_agg', 'who may not call the aggregate does not by the node');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
