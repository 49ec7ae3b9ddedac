-- Ecosystem Collect: which queries it is for, what it shows, what it survives.
-- That its rows are those of core's nodes is collect_random.sql's.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT plan(69);

CREATE TABLE c_deal AS
SELECT d::bigint AS deal_id, (d * 13.37)::numeric(12, 2) AS amount, (d * 13.37)::numeric AS loose, d % 7 AS region, CASE WHEN d % 3 > 0 THEN 'won' ELSE 'lost' END AS outcome, date '2026-01-01' + d % 60 AS opened_at, date '2026-03-01' + d % 60 AS closed_at
FROM   generate_series(1, 3000) d;
CREATE TABLE c_touch AS
SELECT (t * 7919::bigint % 3300) AS deal_id, (ARRAY['email', 'partner_introduction', 'co_sell_plan', 'demo'])[1 + t % 4] AS kind, 'P' || t % 90 AS partner, date '2026-01-01' + t % 90 AS occurred_at, repeat('x', t % 100) AS note
FROM   generate_series(1, 30000) t;
ALTER TABLE c_deal ADD PRIMARY KEY (deal_id);
CREATE VIEW c_barrier WITH (security_barrier) AS SELECT * FROM c_touch WHERE kind <> 'demo';
CREATE TEMP TABLE c_temp AS SELECT * FROM c_deal;
ANALYZE c_deal, c_touch, c_temp;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_collect = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;

-- the forms that people write

\set motion 'SELECT deal_id, amount, deal_motion_agg(kind, occurred_at, opened_at, closed_at) FROM c_deal LEFT JOIN c_touch USING (deal_id) GROUP BY deal_id'
\set others 'SELECT deal_id, amount, deal_motion_agg(kind, occurred_at, opened_at, closed_at), count(kind) FROM c_deal LEFT JOIN c_touch USING (deal_id) GROUP BY deal_id'
\set credit 'SELECT deal_id, partner, credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY deal_id) FROM c_deal LEFT JOIN c_touch USING (deal_id)'
SELECT is(pg_temp.plan_of(:'motion'), E'Custom Scan (Ecosystem Collect)\n  Group Key: c_deal.deal_id\n  Join Type: Left\n  Collect Key: (c_deal.deal_id = c_touch.deal_id)\n  ->  Seq Scan on c_deal\n  ->  Seq Scan on c_touch\n', 'an aggregate by deal');
SELECT is(pg_temp.plan_of(:'others'), E'GroupAggregate\n  Group Key: c_deal.deal_id\n  ->  Custom Scan (Ecosystem Collect)\n        Join Type: Left\n        Collect Key: (c_deal.deal_id = c_touch.deal_id)\n        ->  Seq Scan on c_deal\n        ->  Seq Scan on c_touch\n', 'beside one of others');
SELECT is(pg_temp.plan_of(:'credit'), E'Custom Scan (Ecosystem Collect)\n  Join Type: Left\n  Collect Key: (c_deal.deal_id = c_touch.deal_id)\n  Window Function: credit\n  ->  Seq Scan on c_deal\n  ->  Seq Scan on c_touch\n', 'a window function by deal');
SELECT is(pg_temp.contents(:'motion'), pg_temp.core(:'motion'), 'have core''s rows');
SELECT is(pg_temp.contents(:'others'), pg_temp.core(:'others'), 'each');
SELECT is(pg_temp.contents(:'credit'), pg_temp.core(:'credit'), 'of them');
SELECT unalike(pg_temp.plan_of(:'motion', 'VERBOSE'), '%Hash%', 'verbose, too');
SELECT alike(pg_temp.plan_of(:'credit', 'VERBOSE'), '%Ecosystem Collect%Output: c_deal.deal_id, c_touch.partner, (credit(c_deal.amount, %Output: c_deal.deal_id, c_deal.amount%', 'with what each node has');
SET LOCAL ecosystem.enable_collect = off;
SELECT unalike(pg_temp.plan_of(:'motion'), '%Collect%', 'unless it is switched off');
RESET ecosystem.enable_collect;

-- what is taken, and what is not

CREATE FUNCTION pg_temp.collects(query text) RETURNS boolean LANGUAGE plpgsql SET enable_hashagg = off SET enable_sort = off AS $$
BEGIN
	RETURN pg_temp.plan_of(query) LIKE '%Ecosystem Collect%';
END
$$;
\set agg 'deal_motion_agg(kind, occurred_at, opened_at, closed_at)'
\set joined 'c_deal d JOIN c_touch t ON d.deal_id = t.deal_id'
\set kept 'c_deal d LEFT JOIN c_touch t ON d.deal_id = t.deal_id'
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, %s FROM %s GROUP BY 1', :'agg', :'joined')), 'an inner join');
SELECT ok(pg_temp.collects(format('SELECT t.deal_id, %s FROM %s GROUP BY 1', :'agg', :'joined')), 'by either of its sides');
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, %s FROM c_touch t RIGHT JOIN c_deal d ON t.deal_id = d.deal_id GROUP BY 1', :'agg')), 'a right join');
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, %s FROM c_deal d, c_touch t WHERE d.deal_id = t.deal_id AND t.occurred_at < d.closed_at GROUP BY 1', :'agg')), 'another condition');
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, d.region, d.amount, %s FROM %s GROUP BY 1, 2, 3', :'agg', replace(:'kept', 'c_deal', 'c_temp'))), 'more of the deal');
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, count(*), %s FILTER (WHERE kind <> ''email'') FROM %s GROUP BY 1 HAVING count(*) > 2', :'agg', :'kept')), 'filters, other aggregates');
SELECT ok(pg_temp.collects(format('SELECT d.deal_id, %s FROM c_deal d LEFT JOIN c_barrier t ON d.deal_id = t.deal_id GROUP BY 1', :'agg')), 'a view');
SELECT ok(pg_temp.collects(format('SELECT %s OVER w, sum(amount) OVER w FROM %s WINDOW w AS (PARTITION BY d.deal_id)', :'agg', :'kept')), 'an aggregate as a window function');
SELECT ok(NOT pg_temp.collects(format('SELECT t.deal_id, %s FROM %s GROUP BY 1', :'agg', :'kept')), 'not the key of the side that may be missing');
SELECT ok(NOT pg_temp.collects(format('SELECT d.deal_id, t.kind, %s FROM %s GROUP BY 1, 2', :'agg', :'kept')), 'nor other columns of it');
SELECT ok(NOT pg_temp.collects(format('SELECT d.region, %s FROM %s GROUP BY 1', :'agg', :'kept')), 'nor without the key');
SELECT ok(NOT pg_temp.collects(format('SELECT d.deal_id, d.loose, %s FROM %s GROUP BY 1, 2', :'agg', replace(:'kept', 'c_deal', 'c_temp'))), 'nor by what may be equal and look different');
SELECT ok(NOT pg_temp.collects(format('SELECT d.deal_id, %s FROM %s GROUP BY ROLLUP (1)', :'agg', :'kept')), 'nor grouping sets');
SELECT ok(NOT pg_temp.collects(format('SELECT d.deal_id, %s FROM %s AND random() < 2 GROUP BY 1', :'agg', :'kept')), 'nor a condition by chance');
SELECT ok(NOT pg_temp.collects(format('SELECT coalesce(d.deal_id, 0), %s FROM %s GROUP BY 1', :'agg', replace(:'kept', 'LEFT', 'FULL'))), 'nor a full join');
SELECT ok(NOT pg_temp.collects('SELECT d.deal_id, count(*) FROM c_deal d LEFT JOIN c_touch t ON d.deal_id = t.deal_id GROUP BY 1'), 'nor what has nothing of ours');
SELECT ok(NOT pg_temp.collects(format('SELECT credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY d.deal_id), count(*) OVER () FROM %s', :'kept')), 'nor a second window');
SELECT ok(NOT pg_temp.collects(format('SELECT %s OVER (PARTITION BY d.deal_id ORDER BY occurred_at) FROM %s', :'agg', :'kept')), 'nor an ordered one');

-- aggregates that the node calls itself

CREATE FUNCTION pg_temp.answers(query text) RETURNS boolean LANGUAGE plpgsql SET enable_hashagg = off SET enable_sort = off AS $$
BEGIN
	RETURN pg_temp.plan_of(query) ~ 'Ecosystem Collect\)\s+(Filter: [^\n]+\s+)?Group Key' AND pg_temp.plan_of(query) !~ 'Aggregate';
END
$$;
CREATE FUNCTION pg_temp.same(query text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT ok(pg_temp.answers(query), what || ': answered by the node');
	RETURN NEXT is(pg_temp.contents(query), pg_temp.core(query), what);
END
$$;
SELECT pg_temp.same(format('SELECT d.deal_id, d.region, %s FROM %s GROUP BY 1, 2', :'agg', replace(:'kept', 'c_deal', '(SELECT * FROM c_temp UNION ALL SELECT * FROM c_temp WHERE region < 3)')), 'deals that are there twice');
SELECT pg_temp.same(format('SELECT NULLIF(d.region, 3), d.key, %s FROM (SELECT *, NULLIF(deal_id, region * 100) AS key FROM c_temp OFFSET 0) d LEFT JOIN c_touch t ON d.key = t.deal_id GROUP BY d.region, d.key', :'agg'), 'keys that are null');
SELECT pg_temp.same(format('SELECT d.deal_id, outcome, %s FILTER (WHERE t.occurred_at > d.opened_at), %s FROM %s GROUP BY 1 HAVING touches(%s) > 3', :'agg', :'agg', :'kept', :'agg'), 'filters and HAVING');
SELECT pg_temp.same(format('SELECT d.deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at, occurred_at), deal_motion_agg(lower(kind), occurred_at + 1, opened_at - 1, closed_at), partner_network_agg(d.deal_id, partner) FROM %s GROUP BY 1', :'kept'), 'a column twice, expressions, a state of contexts');
SELECT pg_temp.same(format('SELECT t.deal_id, d.region + 1, %s FROM %s AND t.kind <> ''demo'' AND t.occurred_at > d.opened_at - 20 GROUP BY 1, d.region', :'agg', :'joined'), 'other conditions');
SELECT pg_temp.same(format('SELECT d.deal_id, %s FROM %s WHERE t.kind IS NULL OR t.kind <> ''demo'' GROUP BY 1', :'agg', :'kept'), 'conditions after the join');
SELECT pg_temp.same(format('SELECT d.deal_id, %s FROM %s WHERE coalesce(t.kind, ''demo'') <> ''demo'' AND coalesce(t.occurred_at, d.closed_at) < d.opened_at GROUP BY 1', :'agg', :'kept'), 'groups that have no row left');
SELECT alike(pg_temp.plan_of(format('SELECT d.deal_id, %s FROM %s WHERE t.kind IS NULL OR t.kind <> ''demo'' GROUP BY 1 HAVING touches(%s) > 3', :'agg', :'kept', :'agg')), '%Filter: (touches(%Group Key: d.deal_id%Row Filter: %', 'as EXPLAIN shows');
SELECT pg_temp.same(format('SELECT deal_motion_agg(kind, occurred_at, opened_at + 1 / (region - 3)) FILTER (WHERE region <> 3) FROM %s GROUP BY d.deal_id', :'kept'), 'what is filtered is not evaluated');
SELECT throws_ok(format('SELECT deal_motion_agg(kind, occurred_at, opened_at + 1 / (region - 3)) FROM %s GROUP BY d.deal_id', :'kept'), '22012', NULL, 'what is not is');
SELECT throws_ok(format('SELECT deal_motion_agg(kind, occurred_at, CASE WHEN occurred_at > closed_at THEN opened_at END) FROM %s GROUP BY d.deal_id', :'kept'), '22000', NULL, 'the aggregate''s errors are those of the query');
SELECT ok(NOT pg_temp.answers(format('SELECT d.deal_id, grouping(d.deal_id), %s FROM %s GROUP BY 1', :'agg', :'kept')), 'not what only core knows');
SELECT ok(NOT pg_temp.answers(format('SELECT d.deal_id, partner_network_agg(DISTINCT d.deal_id, partner) FROM %s GROUP BY 1', :'kept')), 'nor what it sorts');

-- memory: batches, partitions that are divided once more

SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT is(pg_temp.contents(:'motion'), pg_temp.core(:'motion'), 'in files');
SELECT is(pg_temp.contents(:'credit'), pg_temp.core(:'credit'), 'both');
SELECT matches(pg_temp.plan_of(:'motion', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: 3000  Partitions: \d{2,}  Batches: \d{2,}  Memory Usage: \d+kB  Disk Usage: \d{3,}kB', 'as EXPLAIN shows');
SELECT cmp_ok((regexp_match(pg_temp.plan_of(:'motion', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Memory Usage: (\d+)kB'))[1]::int, '<', 200, 'within about what is allowed');
CREATE TEMP TABLE c_skew AS SELECT 1 + (t % 10 = 0)::int * t::bigint AS deal_id, kind, partner, occurred_at, note FROM c_touch, generate_series(1, 3) t;
SELECT is(pg_temp.contents(replace(:'motion', 'c_touch', 'c_skew')), pg_temp.core(replace(:'motion', 'c_touch', 'c_skew')), 'all touches of one deal');
ANALYZE c_skew;
SELECT is(pg_temp.contents(replace(:'credit', 'c_touch', 'c_skew')), pg_temp.core(replace(:'credit', 'c_touch', 'c_skew')), 'known to be');
SET LOCAL work_mem = '1500kB';
SELECT alike(pg_temp.plan_of(:'motion'), '%Ecosystem Collect%', 'chosen where rows just fit, which are no larger than they are');
RESET work_mem;
RESET hash_mem_multiplier;
SELECT matches(pg_temp.plan_of(:'motion', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: 3000  Partitions: \d+  Batches: 1  Memory Usage: \d+kB\n', 'and in memory');
SELECT is((SELECT json ->> 'Groups' FROM (SELECT pg_temp.plan_of(:'motion', 'ANALYZE, FORMAT JSON')::json #> '{0,Plan}' AS json) q), '3000', 'in other formats');

SELECT matches(pg_temp.plan_of('SELECT * FROM (' || :'motion' || ') q WHERE (SELECT false)', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Ecosystem Collect\) \(never executed\)\n +Group Key: [^\n]+\n +Join Type: Left\n +Collect Key: [^\n]+\n +->', 'and no numbers where there are none');

-- again, with other parameters, by a cursor, stopped early

SELECT is(pg_temp.contents('SELECT o, q.* FROM generate_series(1, 4) o, LATERAL (SELECT d.deal_id, ' || :'agg' || ' FROM ' || :'kept' || ' AND t.kind <> repeat(''demo'', o) WHERE d.region < o * 2 GROUP BY 1) q'),
          pg_temp.core('SELECT o, q.* FROM generate_series(1, 4) o, LATERAL (SELECT d.deal_id, ' || :'agg' || ' FROM ' || :'kept' || ' AND t.kind <> repeat(''demo'', o) WHERE d.region < o * 2 GROUP BY 1) q'), 'once for each row outside');
PREPARE by_region(int) AS SELECT d.deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) FROM c_deal d LEFT JOIN c_touch t ON d.deal_id = t.deal_id WHERE region = $1 GROUP BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT alike(pg_temp.plan_of('EXECUTE by_region(3)'), '%Ecosystem Collect%', 'prepared');
CREATE TEMP TABLE prepared AS EXECUTE by_region(3);
SELECT is((SELECT count(*) FROM prepared), (SELECT count(*) FROM c_deal WHERE region = 3), 'with its parameter');
DECLARE c SCROLL CURSOR FOR SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) FROM c_deal LEFT JOIN c_touch USING (deal_id) GROUP BY deal_id;
MOVE ABSOLUTE 2000 IN c;
MOVE BACKWARD ALL IN c;
CREATE FUNCTION pg_temp.first_of(c refcursor) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN MOVE ABSOLUTE 0 IN c; FETCH c INTO r; RETURN r.deal_id; END $$;
SELECT is(pg_temp.first_of('c'), pg_temp.first_of('c'), 'by a cursor, to and fro');
CLOSE c;
SELECT is(pg_temp.contents(:'motion' || ' LIMIT 5'), pg_temp.contents(:'motion' || ' LIMIT 5'), 'stopped early');

-- what a user may not

CREATE ROLE collect_user;
GRANT SELECT ON c_deal, c_touch TO collect_user;
GRANT USAGE ON SCHEMA ecosystem TO collect_user;
ALTER TABLE c_touch ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON c_touch TO collect_user USING (partner = 'P1');
SET LOCAL ROLE collect_user;
SELECT alike(pg_temp.plan_of(:'motion'), '%Ecosystem Collect%Filter: (partner = ''P1''::text)%', 'rows are secured below');
SELECT is(pg_temp.contents(:'credit'), pg_temp.core(:'credit'), 'and only theirs are seen');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION deal_motion_agg(text, moment, moment, moment) FROM public;
SET LOCAL ROLE collect_user;
SELECT throws_ok(:'motion', '42501', NULL, 'who may not call the aggregate does not by the node');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION credit(numeric, credit_model, text, text, moment, moment, numeric) FROM public;
SET LOCAL ROLE collect_user;
SELECT throws_ok(:'credit', '42501', NULL, 'nor the window function');
RESET ROLE;

-- types as keys that only a hash knows, wide values, no rows

CREATE TEMP TABLE c_wide AS SELECT deal_id, repeat(md5(deal_id::text), 400) AS story, ARRAY[deal_id, 2] AS list, ('{"a": ' || deal_id || '}')::jsonb AS doc FROM c_deal WHERE deal_id < 300;
ALTER TABLE c_wide ALTER story SET STORAGE external;
\set wide 'SELECT d.deal_id, max(story), max(list), max(doc::text), partner_network_agg(d.deal_id, partner) FROM c_wide d LEFT JOIN c_touch t ON d.deal_id = t.deal_id GROUP BY 1'
SELECT is(pg_temp.contents(:'wide'), pg_temp.core(:'wide'), 'wide values');
SELECT is(pg_temp.contents(replace(:'wide', 'c_wide', '(SELECT * FROM c_wide LIMIT 0)')), '0 rows 0', 'no deals');
SELECT * FROM finish();
ROLLBACK;
