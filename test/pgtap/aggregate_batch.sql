-- Ecosystem Aggregate: rows that wait to be added to their groups at once are added as
-- they would be one by one.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_sort = off;
SET LOCAL enable_hashagg = off;
SELECT plan(29);

-- Amounts of every length and scale, days of every kind; outcomes as people write them.
CREATE TABLE b_deal AS
SELECT i, h % 7 AS few, h % 400 AS many, CASE WHEN h % 11 > 0 THEN (ARRAY['won', 'lost', 'open', 'Won', 'LOST', 'won'])[1 + h % 6] END AS outcome,
       CASE h % 19 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -(h % 5000) / 100.0 WHEN 3 THEN (h % 900) * 1e-9 WHEN 4 THEN (h % 7) * 1e17 WHEN 5 THEN 1234567890123456789012.25 WHEN 6 THEN h * 1.5 WHEN 7 THEN (h % 300)::numeric(10, 4) ELSE (h % 100000)::numeric(12, 2) END AS amount,
       (h % 100000 / 7.0)::numeric(12, 2) AS price,
       CASE WHEN h % 23 > 0 THEN timestamptz '2024-01-01' + h % 700 * interval '5 hours' END AS opened_at,
       CASE h % 29 WHEN 0 THEN NULL WHEN 1 THEN timestamptz '2023-12-01' WHEN 2 THEN timestamptz '2029-01-01' + h % 3000 * interval '1 day' WHEN 3 THEN timestamptz 'infinity' ELSE timestamptz '2024-02-01' + h % 900 * interval '13 hours' END AS closed_at,
       date '2024-01-10' + h % 90 AS opened_on, date '2024-03-10' + h % 900 AS closed_on, timestamptz '2026-06-01' AS as_of,
       CASE WHEN h % 13 > 0 THEN h % 3 = 0 END AS co_sell, CASE WHEN h % 3 = 0 THEN timestamptz '2024-01-20' + h % 200 * interval '1 day' END AS since,
       CASE WHEN h % 17 > 0 THEN 'S' || h % 5 ELSE '' END AS segment, repeat('s', h % 4) || h % 3000 AS tag, ('c' || h % 60)::text AS company
FROM   generate_series(1, 20000) i, LATERAL (SELECT hashint4(i) & 1048575 AS h) r;
ANALYZE b_deal;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
CREATE FUNCTION pg_temp.same(query text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.plan_of(query) LIKE '%Ecosystem Aggregate%' AND pg_temp.contents(query) = pg_temp.core(query);
END
$$;

-- every aggregate whose rows can wait, with many rows a group and with few, with much memory and with little

CREATE TEMP TABLE call (call text);
INSERT INTO call VALUES ('deal_stats_agg(amount, outcome)'), ('deal_stats_agg(amount, outcome, opened_at, closed_at)'), ('deal_stats_agg(amount, outcome, opened_on, closed_on, as_of)'), ('deal_stats_agg(price, outcome, opened_at, closed_on)'),
	('deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at)'), ('deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at, segment, as_of)'), ('deal_lift_agg(since, amount, outcome, opened_at, closed_at, segment)'), ('deal_lift_agg(since, price, outcome, opened_on, closed_on, segment, as_of, 60)');
SELECT ok(pg_temp.same(format('SELECT few, %s FROM b_deal GROUP BY 1', call)), call || ', many rows a group') FROM call ORDER BY call;
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SET LOCAL random_page_cost = 0;
SELECT ok(pg_temp.same(format('SELECT many, %s FROM b_deal GROUP BY 1', call)), call || ', with little memory') FROM call ORDER BY call;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT ok(pg_temp.same(format('SELECT many, few, %s FROM b_deal GROUP BY 1, 2', string_agg(call, ', ' ORDER BY call))), 'all in one query') FROM call;

-- what a query may say of them

\set stats 'deal_stats_agg(amount, outcome, opened_at, closed_at)'
SELECT ok(pg_temp.same(format('SELECT many, %1$s FILTER (WHERE few > 3), %1$s FILTER (WHERE few < 3), %1$s FILTER (WHERE amount > few) FROM b_deal GROUP BY 1', :'stats')), 'filters');
SELECT is(pg_temp.contents(format('SELECT few, %s FILTER (WHERE i < 0) = ''deals=0'' AS empty FROM b_deal GROUP BY 1', :'stats')), pg_temp.contents('SELECT DISTINCT few, true AS empty FROM b_deal'), 'a group has a state though no row passed');
SELECT ok(pg_temp.same(format('SELECT many, company_set_agg(i::bigint), %s, partner_network_agg(i, company), deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at) FILTER (WHERE few = 1) FROM b_deal GROUP BY 1', :'stats')), 'beside those whose rows do not wait');
SELECT ok(pg_temp.same(format('SELECT few, deals(%1$s) FROM b_deal GROUP BY 1 HAVING won(%1$s) > 300', :'stats')), 'HAVING');
SELECT ok(pg_temp.same(format('SELECT few, %s FROM (SELECT * FROM b_deal LIMIT 10) d GROUP BY 1', :'stats')), 'some rows');
SELECT ok(pg_temp.same(format('SELECT few, %s FROM b_deal WHERE i < 0 GROUP BY 1', :'stats')), 'none');
SELECT ok(pg_temp.same('SELECT few, deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at, tag) FROM b_deal GROUP BY 1'), 'more segments than are numbered');
SET LOCAL enable_material = off;
SELECT ok(pg_temp.same(format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (SELECT many, %s, deal_lift_agg(since, amount, outcome, opened_at, closed_at, segment) FROM b_deal WHERE few < o GROUP BY 1) q', :'stats')), 'once for each row outside');

SELECT ok(pg_temp.same('SELECT ' || string_agg(call, ', ' ORDER BY call) || ' FROM b_deal'), 'all rows in one group') FROM call;

-- what is refused is refused in the same words

CREATE FUNCTION pg_temp.refusal(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.contents(query);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.core_refusal(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off AS $$
BEGIN
	RETURN pg_temp.refusal(query);
END
$$;
CREATE TEMP TABLE refused AS
SELECT format('SELECT many, deal_lift_agg(since, %s, %s, opened_at, closed_at, %s, as_of, %s), deal_stats_agg(%1$s, %2$s) FROM b_deal GROUP BY 1', amount, outcome, segment, landmark) AS query
FROM   (VALUES ('amount / (i <> 15000)::int::numeric * ''NaN''', 'outcome', 'segment', '30'), ('amount', 'CASE WHEN i = 19000 THEN ''maybe'' ELSE outcome END', 'segment', '30'), ('amount', 'outcome', 'repeat(''x'', i / 75)', '30'), ('amount', 'outcome', 'segment', '20 + few'), ('amount * 1e15', '''won''', 'segment', '30')) v (amount, outcome, segment, landmark);
SELECT ok(count(*) = 5 AND bool_and(pg_temp.refusal(query) IS NOT NULL), 'what is refused') FROM refused;
SELECT is(string_agg(pg_temp.refusal(query), E'\n'), string_agg(pg_temp.core_refusal(query), E'\n'), 'is so in core''s words') FROM refused;
SELECT ok(pg_temp.refusal('SELECT few, deal_stats_agg(CASE WHEN i < 19000 THEN amount ELSE ''NaN'' END, outcome) FROM b_deal GROUP BY 1') LIKE '22003: amount NaN is not a finite number%', 'late in the rows, too');

SELECT * FROM finish();
ROLLBACK;
