-- revenue_stats: that it says what plain SQL says, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(51);

CREATE TABLE public.mrr AS
SELECT i AS id, i % 7 AS g,
       CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 0 ELSE round((abs(hashint4(i)) % 100000) / 100.0, i % 3) END AS opening,
       CASE WHEN i % 5 = 0 THEN NULL WHEN i % 17 = 0 THEN 0 ELSE round((abs(hashint4(i + 1)) % 100000) / 100.0, i % 3) END AS closing,
       CASE WHEN i % 19 <> 0 THEN abs(hashint4(i + 2)) % 4 END AS integrations
FROM   generate_series(1, 20000) i;
ANALYZE public.mrr;
CREATE TEMP VIEW clean AS
SELECT id, g, integrations, o AS opening, greatest(c - o, 0) AS expansion, CASE WHEN c > 0 THEN greatest(o - c, 0) ELSE 0 END AS contraction,
       CASE WHEN c = 0 THEN o ELSE 0 END AS churned, c AS closing
FROM  (SELECT *, coalesce(opening, 0) AS o, coalesce(closing, 0) AS c FROM public.mrr) m;
CREATE TEMP TABLE built AS SELECT g, revenue_stats_agg(opening, closing, integrations) AS s FROM public.mrr GROUP BY 1;

-- Against plain SQL
SELECT results_eq('SELECT g, customers(s), churned(s), expanded(s), contracted(s), new_customers(s), ignored(s) FROM built ORDER BY 1',
	$$SELECT g, count(*) FILTER (WHERE opening > 0), count(*) FILTER (WHERE churned > 0), count(*) FILTER (WHERE opening > 0 AND expansion > 0), count(*) FILTER (WHERE contraction > 0),
	         count(*) FILTER (WHERE opening = 0 AND closing > 0), count(*) FILTER (WHERE opening = 0 AND closing = 0) FROM clean GROUP BY 1 ORDER BY 1$$, 'counts');
SELECT results_eq('SELECT g, opening_amount(s), expansion_amount(s), contraction_amount(s), churned_amount(s), new_amount(s), closing_amount(s) FROM built ORDER BY 1',
	$$SELECT g, sum(opening), sum(expansion) FILTER (WHERE opening > 0), sum(contraction), sum(churned), sum(closing) FILTER (WHERE opening = 0), sum(closing) FROM clean GROUP BY 1 ORDER BY 1$$, 'amounts, exactly');
SELECT is((SELECT sum(customers(s) + new_customers(s) + ignored(s)) FROM built), 20000::numeric, 'every row is somewhere');
SELECT results_eq('SELECT g, round(nrr(s)::numeric, 12), round(grr(s)::numeric, 12), round(expansion_rate(s)::numeric, 12), round(revenue_churn(s)::numeric, 12), round(logo_churn(s)::numeric, 12) FROM built ORDER BY 1',
	$$SELECT g, round(sum(closing) / sum(opening), 12), round(sum(least(opening, closing)) / sum(opening), 12), round(sum(expansion) / sum(opening), 12), round(1 - sum(least(opening, closing)) / sum(opening), 12),
	         round(avg((closing = 0)::integer), 12) FROM clean WHERE opening > 0 GROUP BY 1 ORDER BY 1$$, 'rates');
SELECT results_eq('SELECT g, round(integration_depth(s)::numeric, 12), round(integration_adoption(s)::numeric, 12), round(integration_density(s)::numeric, 12) FROM built ORDER BY 1',
	$$SELECT g, round(avg(integrations), 12), round(avg((integrations >= 1)::integer), 12), round(avg((integrations >= 2)::integer), 12) FROM clean WHERE opening > 0 GROUP BY 1 ORDER BY 1$$, 'integrations');
SELECT results_eq('SELECT g, d.* FROM built, churn_by_depth(s) WITH ORDINALITY d ORDER BY g, ordinality',
	$$SELECT g, (ARRAY['none', 'one', 'two or more', 'unknown'])[k], count(*), count(*) FILTER (WHERE closing = 0), count(*) FILTER (WHERE closing = 0)::double precision / count(*), k
	  FROM (SELECT *, CASE WHEN integrations IS NULL THEN 4 ELSE least(integrations, 2) + 1 END::bigint AS k FROM clean WHERE opening > 0) c GROUP BY g, k ORDER BY g, k$$, 'churn by depth');
SELECT is((SELECT revenue_stats_agg(opening, expansion, contraction, churned, integrations) FROM clean), (SELECT revenue_stats_agg(opening, closing, integrations) FROM public.mrr), 'changes give the same as both ends');
SELECT is((SELECT revenue_stats_agg(opening, expansion, contraction, churned) FROM clean), (SELECT revenue_stats_agg(opening, closing) FROM public.mrr), 'also without integrations');

-- Each customer's smaller end, never below 0, from movements as from both ends
SELECT is((grr(s), revenue_churn(s), nrr(s), churned(s)), (0::float8, 1::float8, 0::float8, 1::bigint), 'who gains and loses all keeps nothing of the opening')
FROM (SELECT revenue_stats_agg(100, 50, 0, 150) AS s) q;
SELECT is(grr(revenue_stats_agg(100, e, c, l)), kept::float8 / 100, format('+%s -%s -%s keeps %s', e, c, l, kept))
FROM (VALUES (50, 0, 150, 0), (50, 50, 0, 100), (50, 80, 0, 70), (80, 50, 0, 100), (0, 30, 20, 50), (50, 0, 120, 30)) v(e, c, l, kept) GROUP BY e, c, l, kept;
SELECT is((grr(m), revenue_churn(m), nrr(m), logo_churn(m), opening_amount(m), closing_amount(m)), (grr(b), revenue_churn(b), nrr(b), logo_churn(b), opening_amount(b), closing_amount(b)), 'movements give what both ends give')
FROM (SELECT revenue_stats_agg(o, e, c, l) AS m, revenue_stats_agg(o, o + e - c - l) AS b
	FROM (SELECT (i * 7919) % 100 AS o, (i * 104729) % 60 AS e, least((i * 1299709) % 50, (i * 7919) % 100) AS c,
		CASE WHEN i % 5 = 0 THEN greatest((i * 7919) % 100 + (i * 104729) % 60 - least((i * 1299709) % 50, (i * 7919) % 100), 0) ELSE 0 END AS l FROM generate_series(1, 2000::bigint) i) r) q;
SELECT cmp_ok(grr(revenue_stats_agg(100, e, 0, l)), '>=', 0::float8, 'never below 0') FROM (VALUES (900, 1000), (0, 100), (50, 150)) v(e, l);

-- Corners
SELECT is(revenue_stats_agg(o, c)::text, 'ignored=2 customers=4 churned=1 expanded=1 contracted=1 new=1 opening_amount=400.00 expansion_amount=20.50 contraction_amount=40.00 churned_amount=100.00 new_amount=7.00', 'both ends')
FROM (VALUES (100, 100), (100, 120.50), (100, 60), (100, NULL), (NULL, 7), (0, 0), (NULL, NULL)) v(o, c);
SELECT is(revenue_stats_agg(o, e, c, l)::text, 'ignored=1 customers=3 churned=1 expanded=1 contracted=2 new=1 opening_amount=300 expansion_amount=20 contraction_amount=15 churned_amount=110 new_amount=5 offset_amount=15',
	'changes: one that grows and shrinks, one that loses a product, one that is lost, a new one')
FROM (VALUES (100, 20, 15, NULL), (100, NULL, NULL, 10), (100, 0, 0, 100), (NULL, 5, NULL, NULL), (0, NULL, 0, NULL)) v(o, e, c, l);
SELECT results_eq($$SELECT nrr(s), grr(s), logo_churn(s), expansion_rate(s), revenue_churn(s), integration_depth(s), integration_adoption(s), cltv(s, 0.8), customers(s), closing_amount(s) FROM (VALUES ('ignored=0'::revenue_stats)) v(s)$$,
	'VALUES (NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision, NULL::numeric, 0::bigint, 0::numeric)', 'nobody');
SELECT is(integration_depth(revenue_stats_agg(1, 1)), NULL::double precision, 'depth without integrations given');
SELECT is(cltv(revenue_stats_agg(100, c), 0.8), 160::numeric, 'lifetime value: 100 a period * 0.8 / half of the customers') FROM (VALUES (100), (0)) v(c);
SELECT is(cltv(revenue_stats_agg(100, 100), 0.8), NULL::numeric, 'unknown while nobody is lost');
SELECT is(cltv(10, 0.5, survival_agg(d, true), 4), 15::numeric, 'by the curve: 10 a day * 0.5 * mean of 2 and 4 days') FROM (VALUES (2), (8)) v(d);
SELECT is(retained_revenue(1000000, 0.04, 0.12), 80000::numeric, 'from 12 to 4 %');
SELECT throws_ok('SELECT revenue_stats_agg(100, -1)', '22003', 'recurring revenue cannot be negative: -1', 'negative revenue');
SELECT throws_ok('SELECT revenue_stats_agg(100, 0, -10.50, 0)', '22003', 'recurring revenue cannot be negative: -10.50', 'contraction with a sign');
SELECT throws_ok('SELECT revenue_stats_agg(100, 10, 60, 60)', '22003', 'a customer loses more revenue than it has', 'more lost than there');
SELECT throws_ok('SELECT revenue_stats_agg(100, 10, -1)', '22003', 'number of integrations cannot be negative: -1', 'negative integrations');
SELECT throws_ok($$SELECT revenue_stats_agg('NaN', 10)$$, '22003', NULL, 'NaN');
-- 36 digits: each part is in range, and what they leave need not be
SELECT throws_ok(format($$SELECT closing_amount('ignored=0 customers=1 expanded=1 opening_amount=%1$s expansion_amount=%1$s')$$, repeat('9', 36)), '22003', 'sum of amounts has too many digits', 'a closing amount of 37 digits');
SELECT is(closing_amount(format('ignored=0 customers=1 expanded=1 contracted=1 opening_amount=%1$s expansion_amount=%1$s contraction_amount=%1$s offset_amount=%1$s', repeat('9', 36))::revenue_stats)::text, repeat('9', 36), 'and one of 36');

-- The same bytes whatever the way
CREATE FUNCTION pg_temp.bytes(revenue_stats) RETURNS text LANGUAGE sql AS 'SELECT md5(revenue_stats_send($1))';
CREATE TEMP TABLE whole AS SELECT revenue_stats_agg(opening, closing, integrations) AS s FROM public.mrr;
SELECT is((SELECT pg_temp.bytes(revenue_stats_agg(opening, closing, integrations ORDER BY id DESC)) FROM public.mrr), (SELECT pg_temp.bytes(s) FROM whole), 'backwards');
SELECT is((SELECT count(DISTINCT pg_temp.bytes(m)) FROM generate_series(1, 20) k, LATERAL (
		SELECT rollup(s ORDER BY hashint4(part + k)) AS m FROM (
			SELECT hashint4(id + k) % (1 + k) AS part, revenue_stats_agg(opening, closing, integrations) AS s FROM public.mrr GROUP BY 1) p) x), 1::bigint, 'cut into parts and merged, twenty ways');
SELECT is((SELECT rollup(s) FROM built), (SELECT s FROM whole), 'and that is the whole');
SELECT is((SELECT count(*) FROM built a, built b WHERE revenue_stats_combine(a.s, b.s) <> revenue_stats_combine(b.s, a.s)) + (SELECT count(*) FROM whole WHERE revenue_stats_combine(s, NULL) <> s OR revenue_stats_combine(NULL, s) <> s), 0::bigint, 'combine');
SELECT is((SELECT count(*) FROM (SELECT id, revenue_stats_agg(opening, closing) OVER (ORDER BY id) AS s FROM public.mrr WHERE id <= 300) w
	WHERE s <> (SELECT revenue_stats_agg(opening, closing) FROM public.mrr o WHERE o.id <= w.id)), 0::bigint, 'a growing window');
SELECT is((SELECT count(*) FROM (SELECT id, revenue_stats_agg(opening, closing) OVER (ORDER BY id ROWS BETWEEN 40 PRECEDING AND CURRENT ROW) AS s FROM public.mrr WHERE id <= 300) w
	WHERE s <> (SELECT revenue_stats_agg(opening, closing) FROM public.mrr o WHERE o.id BETWEEN w.id - 40 AND w.id)), 0::bigint, 'a moving window');
CREATE TEMP TABLE before AS SELECT g, s::text AS t FROM built;
SELECT is((SELECT count(_revenue_stats_accum(s, 1, 2)) + count(revenue_stats_combine(s, s)) FROM built) + (SELECT count(*) FROM built JOIN before USING (g) WHERE s::text <> t), 14::bigint, 'called by anybody, stored values stay');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT s FROM (SELECT s FROM built UNION ALL SELECT s::text::revenue_stats FROM built) x) d), 7::bigint, 'DISTINCT');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set plan_options 'COSTS OFF, VERBOSE'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT revenue_stats_agg(opening, closing, integrations) FROM public.mrr'), 'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate', 'the aggregate is split over workers');
SELECT is((SELECT pg_temp.bytes(s) FROM (SELECT revenue_stats_agg(opening, closing, integrations) AS s FROM public.mrr) p), (SELECT pg_temp.bytes(s) FROM whole), 'workers give the same bytes');
SET LOCAL max_parallel_workers_per_gather = 0;

-- From outside
CREATE TEMP TABLE received (s revenue_stats);
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/revenue_stats.copy';
	copy bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(value)) || value || int2send((-1)::int2);
	large oid := lo_from_bytea(0, copy);
BEGIN
	PERFORM lo_export(large, file), lo_unlink(large);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L WITH (FORMAT binary)', file);
	RETURN (SELECT s::text FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.refused(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN $1::revenue_stats::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is((SELECT count(*) FROM built WHERE s::text::revenue_stats = s AND pg_temp.receive(revenue_stats_send(s)) = s::text), 7::bigint, 'text and binary form come back as they went');
SELECT is((SELECT string_agg(t, ' | ') FROM unnest(ARRAY['', 'ignored', 'ignored=-1', 'ignored=0 ', 'ignored=0 customers=1', 'ignored=0 opening_amount=1', 'ignored=0 customers=1 churned=2 opening_amount=1',
	'ignored=0 customers=1 churned=1 opening_amount=1', 'ignored=0 customers=1 churned=1 opening_amount=1 churned_amount=2', 'ignored=0 customers=1 opening_amount=-1', 'ignored=0 customers=1 opening_amount=x',
	'ignored=0 customers=1 expanded=2 opening_amount=1 expansion_amount=1', 'ignored=0 customers=1 expanded=1 opening_amount=1', 'ignored=0 customers_with_one=1 opening_amount=1', 'ignored=0 customers_with_more=1 integrations=1 opening_amount=1',
	'ignored=0 customers=1 integrations=1 opening_amount=1', 'ignored=0 new=1', 'ignored=0 new_amount=1', 'ignored=0 new=1 new_amount=1 churned=1', 'ignored=0 opening_amount=0.00', 'ignored=9223372036854775807', 'ignored=0 opening_amount=1 customers=1']) t
	WHERE pg_temp.refused(t) <> '22P02'), NULL, 'text that is refused');
CREATE TEMP TABLE sample AS SELECT revenue_stats_send('ignored=1 customers_without=2 customers_with_one=1 churned_without=1 integrations=1 expanded=1 new=1 opening_amount=30.00 expansion_amount=5.50 churned_amount=10.00 new_amount=3.00') AS b;
SELECT is((SELECT count(*) FROM sample, generate_series(0, length(b) - 1) n WHERE pg_temp.receive(substr(b, 1, n)) NOT IN ('22P03', '08P01')), 0::bigint, 'cut off anywhere, it is refused');
SELECT is(pg_temp.receive(b || '\x00'), '22P03', 'as it is with more behind') FROM sample;
SELECT is((SELECT count(*) FROM (SELECT pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) FROM sample, generate_series(0, length(b) - 1) n, (VALUES (1), (127), (255)) v(d)) x(r)
	WHERE CASE WHEN r ~ '^[0-9]' THEN r NOT IN ('22P03', '08P01') ELSE r::revenue_stats::text <> r END), 0::bigint, 'with any byte changed, it is refused or is another valid value');
-- A customer that came and went within the period is ignored, cents and all.
SELECT unnest(ARRAY[is(s::text, 'ignored=2', 'what came and went is ignored'), is(pg_temp.receive(revenue_stats_send(s)), s::text, 'and leaves nothing of itself')])
FROM  (SELECT revenue_stats_agg(o, e, c, l) AS s FROM (VALUES (0, 0.25, 0.25, 0), (0.00, 0, 0, NULL)) v(o, e, c, l)) q;

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS revenue_stats LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'revenue_stats of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'revenue_stats of unknown version 99', 'a stored value of another version: rollup(v)');

SELECT * FROM finish();
ROLLBACK;
