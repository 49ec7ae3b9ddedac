-- ecosystem_roi: that it says what plain SQL says, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(83);

CREATE TABLE public.roi_row AS
SELECT i AS id, i % 7 AS program,
       (ARRAY['return', ' Return', 'investment', 'INVESTMENT', 'return'])[1 + i % 5] AS flow,
       (ARRAY['acquired', 'Expanded ', 'retained', 'team', 'events', NULL, '', 'Übernahme "A"'])[1 + abs(hashint4(i)) % 8] AS kind,
       CASE WHEN i % 41 <> 0 THEN round(hashint4(i + 1) / 100000.0, i % 4) END AS amount,
       date '2024-01-01' + (abs(hashint4(i + 2)) % 24) * interval '1 month' AS period
FROM   generate_series(1, 20000) i;
ALTER TABLE public.roi_row ALTER period TYPE date;
ANALYZE public.roi_row;
CREATE TEMP VIEW roi_clean AS
SELECT *, lower(btrim(flow)) AS f, coalesce(nullif(regexp_replace(replace(lower(btrim(kind)), 'ü', 'Ü'), ' +', '_', 'g'), ''), 'unspecified') AS k FROM public.roi_row;
CREATE TEMP TABLE built AS
SELECT program, ecosystem_roi_agg(flow, kind, amount, period) AS r FROM public.roi_row GROUP BY 1;

-- Against plain SQL
SELECT results_eq('SELECT program, returns(r), investment(r), ignored(r) FROM built ORDER BY 1',
	$$SELECT program, sum(amount) FILTER (WHERE f = 'return'), sum(amount) FILTER (WHERE f = 'investment'), count(*) FILTER (WHERE amount IS NULL)
	  FROM roi_clean GROUP BY 1 ORDER BY 1$$, 'sums are those of sum() FILTER, exactly');
SELECT results_eq('SELECT program, flow, kind, amount FROM built, roi_by_kind(r) ORDER BY 1, 2, 3',
	'SELECT program, f, k, sum(amount) FROM roi_clean WHERE amount IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3', 'by kind');
SELECT results_eq('SELECT program, flow, round(sum(share)::numeric, 9) FROM built, roi_by_kind(r) GROUP BY 1, 2 ORDER BY 1, 2',
	'SELECT program, f, CASE WHEN sum(amount) > 0 THEN 1.000000000 END FROM roi_clean GROUP BY 1, 2 ORDER BY 1, 2', 'the shares of a flow are the whole of it');
SELECT results_eq('SELECT program, period, returns, investment, cumulative_returns, cumulative_investment FROM built, roi_by_period(r) ORDER BY 1, 2',
	$$SELECT program, period, ret, inv, sum(ret) OVER w, sum(inv) OVER w
	  FROM (SELECT program, period, coalesce(sum(amount) FILTER (WHERE f = 'return'), 0) AS ret, coalesce(sum(amount) FILTER (WHERE f = 'investment'), 0) AS inv
	        FROM roi_clean WHERE amount IS NOT NULL GROUP BY 1, 2) p WINDOW w AS (PARTITION BY program ORDER BY period) ORDER BY 1, 2$$, 'by period');
SELECT is((SELECT count(*) FROM built WHERE CASE WHEN investment(r) > 0 THEN abs(roi(r) - returns(r) / investment(r)) < 1e-9 * abs(roi(r)) AND abs(roi_net(r) - (roi(r) - 1)) < 1e-9
	ELSE roi(r) IS NULL AND roi_net(r) IS NULL END), 7::bigint, 'roi is returns / investment, net less one');
SELECT ok((SELECT count(*) FROM built WHERE investment(r) > 0) BETWEEN 1 AND 6, 'with investments above 0 and below');

-- A sum below 0 is a credit note, and no investment
SELECT results_eq($$SELECT roi(r), roi_net(r), payback_months(r), cac(investment(r), 2) FROM unnest(ARRAY['ignored=0 return "x" 2026-01-01=500 investment "x" 2026-01-01=-100',
	'ignored=0 return "x" 2026-01-01=-500 investment "x" 2026-01-01=-100']::ecosystem_roi[]) r$$, 'SELECT NULL::float8, NULL::float8, NULL::int, NULL::numeric FROM generate_series(1, 2)', 'none of a credit note');
SELECT results_eq($$SELECT roi(r), roi_net(r), payback_months(r), cac(investment(r), 2) FROM (VALUES ('ignored=0 return "x" 2026-01-01=500 investment "x" 2026-01-01=100 2026-02-01=-100'::ecosystem_roi)) v(r)$$,
	'VALUES (NULL::float8, NULL::float8, 0, 0::numeric)', 'of one that is taken back there is no ratio; it had been paid back');
SELECT results_eq($$SELECT p.period, p.roi FROM roi_by_period('ignored=0 return "x" 2026-01-01=5 2026-02-01=5 2026-03-01=5 investment "x" 2026-01-01=-10 2026-02-01=10 2026-03-01=0') p$$,
	$$VALUES (date '2026-01-01', NULL::float8), ('2026-02-01', 0.5), ('2026-03-01', NULL)$$, 'nor of a period');
SELECT results_eq($$SELECT flow, kind, share FROM roi_by_kind('ignored=0 return "a" undated=-5 return "b" undated=2 investment "a" undated=-1 investment "b" undated=4')$$,
	$$VALUES ('return', 'a', NULL::float8), ('return', 'b', NULL), ('investment', 'a', -1 / 3::float8), ('investment', 'b', 4 / 3::float8)$$, 'nor a share of a sum below 0');

-- Pay-back
CREATE FUNCTION pg_temp.payback(VARIADIC text[]) RETURNS integer LANGUAGE sql AS
	$$SELECT payback_months(ecosystem_roi_agg(split_part(t, ' ', 1), 'x', split_part(t, ' ', 2)::numeric, split_part(t, ' ', 3)::date)) FROM unnest($1) t$$;
SELECT is(pg_temp.payback('investment 100 2026-01-01', 'return 60 2026-02-01', 'return 40 2026-04-01'), 3, 'paid back in the third month after');
SELECT is(pg_temp.payback('investment 100 2025-11-01', 'return 100 2026-02-01'), 3, 'over the turn of a year');
SELECT is(pg_temp.payback('investment 100 2026-01-01', 'return 100 2026-01-01'), 0, 'in the month itself');
SELECT is(pg_temp.payback('investment 100 2026-01-01', 'return 99.99 2026-02-01'), NULL::integer, 'not yet');
SELECT is(pg_temp.payback('investment 100 2026-01-31', 'return 100 2026-02-01'), 1, 'months of the calendar');
SELECT is(pg_temp.payback('return 100 2025-12-01', 'investment 100 2026-01-01'), 0, 'returned before');
SELECT is(pg_temp.payback('return 100 2025-12-01'), NULL::integer, 'nothing invested');
SELECT is(pg_temp.payback('investment 0 2025-12-01', 'investment 5 2026-01-01', 'return 5 2026-03-01'), 2, 'an investment of 0 is not the first');
SELECT is(pg_temp.payback('investment -10 2025-12-01', 'investment 100 2026-01-01', 'return 95 2026-03-01'), 2, 'nor is a credit note, which counts all the same');
SELECT is(pg_temp.payback('investment -10 2025-12-01', 'return 5 2025-12-01', 'investment 5 2026-02-01'), NULL::integer, 'which has no end while it outweighs the spending');
SELECT is(payback_months(ecosystem_roi_agg(f, 'x', a, p)), NULL::integer, 'an undated amount makes it unknown')
FROM (VALUES ('investment', 1, date '2026-01-01'), ('return', 5, '2026-02-01'), ('investment', 1, NULL)) v(f, a, p);
SELECT is(payback_months(ecosystem_roi_agg('return', 'x', 5)), NULL::integer, 'no periods, no answer');
SELECT is(ecosystem_roi_agg('return', 'x', 5, p)::text, 'ignored=0 return "x" undated=15', 'an infinite period is none')
FROM (VALUES (date 'infinity'), ('-infinity'), (NULL)) v(p);

-- The same bytes in any order
CREATE FUNCTION pg_temp.bytes(ecosystem_roi) RETURNS text LANGUAGE sql AS 'SELECT md5(ecosystem_roi_send($1))';
CREATE TEMP TABLE whole AS SELECT ecosystem_roi_agg(flow, kind, amount, period) AS r FROM public.roi_row;
SELECT is((SELECT pg_temp.bytes(ecosystem_roi_agg(flow, kind, amount, period ORDER BY id DESC)) FROM public.roi_row), (SELECT pg_temp.bytes(r) FROM whole), 'backwards');
SELECT is((SELECT pg_temp.bytes(ecosystem_roi_agg(flow, kind, amount, period ORDER BY hashint4(id + 9))) FROM public.roi_row), (SELECT pg_temp.bytes(r) FROM whole), 'shuffled');
SELECT is((SELECT count(DISTINCT pg_temp.bytes(m)) FROM generate_series(1, 20) k, LATERAL (
		SELECT rollup(r ORDER BY hashint4(part + k)) AS m FROM (
			SELECT hashint4(id + k) % (1 + k) AS part, ecosystem_roi_agg(flow, kind, amount, period) AS r FROM public.roi_row GROUP BY 1) p) x),
	1::bigint, 'cut into parts and merged, twenty ways');
SELECT is((SELECT pg_column_size(ecosystem_roi_agg(flow, kind, amount, period ORDER BY id DESC)) FROM public.roi_row),
	(SELECT pg_column_size(r::text::ecosystem_roi) FROM whole), 'a value has no spare memory');

-- Parallel
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set plan_options 'COSTS OFF, VERBOSE'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM public.roi_row'),
	'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate', 'the aggregate is split over workers');
SELECT is((SELECT pg_temp.bytes(r) FROM (SELECT ecosystem_roi_agg(flow, kind, amount, period) AS r FROM public.roi_row) p), (SELECT pg_temp.bytes(r) FROM whole),
	'workers give the same bytes');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Merging
SELECT is(ecosystem_roi_combine(a.r, b.r), ecosystem_roi_combine(b.r, a.r), 'combine is commutative') FROM built a, built b WHERE a.program = 1 AND b.program = 2;
SELECT is(ecosystem_roi_combine(ecosystem_roi_combine(a.r, b.r), c.r), ecosystem_roi_combine(a.r, ecosystem_roi_combine(b.r, c.r)), 'combine is associative')
FROM built a, built b, built c WHERE a.program = 1 AND b.program = 2 AND c.program = 3;
SELECT is(ecosystem_roi_combine(r, NULL), r, 'NULL is nothing, on the right') FROM whole;
SELECT is(ecosystem_roi_combine(NULL, r), r, 'and on the left') FROM whole;
SELECT is(ecosystem_roi_combine(NULL, NULL), NULL::ecosystem_roi, 'and nothing with nothing is NULL');
SELECT is(rollup(r), 'ignored=0'::ecosystem_roi, 'no groups are the empty sums') FROM built WHERE false;
SELECT is(returns(ecosystem_roi_combine(r, r)), 2 * returns(r), 'a group merges with itself') FROM whole;

CREATE TEMP TABLE wide AS SELECT s, ecosystem_roi_agg(CASE WHEN (i / 3) % 2 = 0 THEN 'return' ELSE 'investment' END, 'k' || i % (7 * s + 2), i / 10.0 ^ s, date '2026-01-01' + i % 11) AS r
FROM generate_series(0, 2) s, generate_series(1, 500) i GROUP BY 1;
SELECT is((SELECT count(*) FROM wide a, wide b WHERE ecosystem_roi_combine(a.r, b.r)::text = (
		SELECT ecosystem_roi_agg(flow, kind, amount, period)::text FROM (VALUES (a.s), (b.s)) v(s), LATERAL (
			SELECT CASE WHEN (i / 3) % 2 = 0 THEN 'return' ELSE 'investment' END, 'k' || i % (7 * v.s + 2), i / 10.0 ^ v.s, date '2026-01-01' + i % 11
			FROM generate_series(1, 500) i) x(flow, kind, amount, period))),
	9::bigint, 'merging is adding up all the rows, whether the kinds are shared, some or none of them new');
SELECT is(rollup(ecosystem_roi_combine(r, NULL) ORDER BY i)::text, ecosystem_roi_agg('return', 'kind ' || i % 400, i, date '2020-01-01' + i % 9 ORDER BY -i)::text,
	'two thousand groups of one, four hundred kinds')
FROM (SELECT i, _ecosystem_roi_accum(NULL, 'return', 'kind ' || i % 400, i, date '2020-01-01' + i % 9) AS r FROM generate_series(1, 2000) i) x;

-- Grouped by
SELECT is((SELECT count(*) FROM (SELECT DISTINCT r FROM (SELECT r FROM built UNION ALL SELECT r::text::ecosystem_roi FROM built) x) d), 7::bigint, 'DISTINCT');
SET LOCAL enable_sort = off;
SELECT results_eq('SELECT count(*) FROM (SELECT DISTINCT ecosystem_roi_combine(a.r, b.r) FROM built a, built b) x', 'VALUES (28::bigint)', 'the same sums hash the same, however they were built');
RESET enable_sort;
SELECT is((SELECT count(*) FROM built WHERE ecosystem_roi_hash_extended(r, 0) & 4294967295 = ecosystem_roi_hash(r)::bigint & 4294967295), 7::bigint, 'the hashes agree');
SELECT is((SELECT count(DISTINCT ecosystem_roi_hash_extended(r, 1)) FROM built), 7::bigint, 'and tell sums apart');

-- As a window function, and called by anybody
SELECT is((SELECT count(*) FROM (
		SELECT id, ecosystem_roi_agg(flow, kind, amount, period) OVER (ORDER BY id ROWS BETWEEN 40 PRECEDING AND CURRENT ROW) AS r
		FROM public.roi_row WHERE id <= 300) w
	WHERE r <> (SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM public.roi_row o WHERE o.id BETWEEN w.id - 40 AND w.id)),
	0::bigint, 'a moving window is right at every row');
SELECT is(_ecosystem_roi_accum(NULL, 'return', NULL, 5)::text, 'ignored=0 return "unspecified" undated=5', 'NULL sums are the empty ones');
SELECT is(_ecosystem_roi_accum(NULL, NULL, NULL, NULL, NULL)::text, 'ignored=1', 'a row of NULLs is ignored, and counted');
CREATE TEMP TABLE before AS SELECT program, r::text AS t FROM built;
SELECT is((SELECT count(_ecosystem_roi_accum(r, 'return', 'new', 5)) + count(ecosystem_roi_combine(r, r)) FROM built), 14::bigint, 'transition and combine function can be called');
SELECT is((SELECT count(*) FROM built JOIN before USING (program) WHERE r::text = t), 7::bigint, 'and stored sums do not change');

-- Limits
SELECT results_eq('SELECT count(*), sum(returns(r)) FROM (SELECT i % 50000 AS g, ecosystem_roi_agg(''return'', ''k'', i) AS r FROM generate_series(1, 100000) i GROUP BY 1) x',
	'VALUES (50000::bigint, 5000050000::numeric)', 'fifty thousand groups');
SELECT is((SELECT count(*) FROM (SELECT ecosystem_roi_agg('return', 'kind ' || i % 3000, i, date '2020-01-01' + i % 4) FROM generate_series(1, 24000) i) x(r), roi_by_kind(x.r)),
	3000::bigint, 'three thousand kinds');
SELECT throws_ok($$SELECT ecosystem_roi_combine(r, r) FROM (VALUES ('ignored=0 return "x" undated=999999999999999999999999999999999999'::ecosystem_roi)) v(r)$$,
	'22003', 'sum of amounts has too many digits', 'a sum that is full');

SELECT throws_ok($$SELECT ecosystem_roi_agg('return', repeat('x', 256), 1)$$, '54000', 'a kind of returns or investment is too long', 'a long name');
CREATE TEMP TABLE endless AS SELECT string_agg((i % 10)::text, '')::numeric AS a FROM generate_series(1, 30000) i;
SELECT throws_ok($$SELECT ecosystem_roi_agg('return', 'x', a) FROM endless$$, '22003', 'an amount has too many digits', 'an amount so long that it is stored elsewhere');

SELECT is(returns(ecosystem_roi_agg('return', 'x', a)), 10000000::numeric, 'a zero with many decimals does not take digits from others')
FROM (VALUES (0.000000000000000000000000000000), (10000000)) v(a);
SELECT is(ecosystem_roi_agg('return', 'x', a)::text, 'ignored=0 return "x" undated=4.00', 'cents stay cents')
FROM (VALUES (1.50), (2.50), (0.0000000000000000)) v(a);

-- From outside
CREATE TEMP TABLE received (r ecosystem_roi);
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/ecosystem_roi.copy';
	copy bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(value)) || value || int2send((-1)::int2);
	large oid := lo_from_bytea(0, copy);
BEGIN
	PERFORM lo_export(large, file), lo_unlink(large);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L WITH (FORMAT binary)', file);
	RETURN (SELECT r::text FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is((SELECT count(*) FROM built WHERE r::text::ecosystem_roi = r), 7::bigint, 'text comes back as it went');
SELECT is((SELECT count(*) FROM built WHERE pg_temp.receive(ecosystem_roi_send(r)) = r::text), 7::bigint, 'and so does the binary form');
SELECT is('ignored=3 return "a""b" -0044-03-15=-1.50 5874897-12-31=2.00 investment "ü" undated=0.00'::ecosystem_roi::text,
	'ignored=3 return "a""b" -0044-03-15=-1.50 5874897-12-31=2.00 investment "ü" undated=0.00', 'quotation marks and far dates');
CREATE TEMP TABLE sample AS SELECT ecosystem_roi_send('ignored=2 return "acquired" 2026-01-01=5.50 2026-02-01=-3.00 investment "events" undated=1.00 investment "team" 2026-01-01=4.00') AS b;
CREATE TEMP TABLE scrambled AS
SELECT 'ignored=0' || string_agg(format(' %s "%s" %s=%s', CASE WHEN i % 2 = 0 THEN 'return' ELSE 'investment' END, 'ü' || i % 700, date '2026-01-01' + i, i), '' ORDER BY hashint4(i)) AS t,
       ecosystem_roi_agg(CASE WHEN i % 2 = 0 THEN 'return' ELSE 'investment' END, 'ü' || i % 700, i, date '2026-01-01' + i) AS r
FROM generate_series(1, 5000) i;
SELECT is(t::ecosystem_roi, r, 'text in any order is the same value') FROM scrambled;
SELECT is(pg_temp.receive(b), 'ignored=0 return "a" undated=2 return "b" undated=1', 'and so is the binary form')
FROM (SELECT '\x01000000' || int8send(0) || int4send(2)
	|| '\x00' || int4send(1) || 'b'::bytea || '\x80000000' || int8send(0) || int8send(1)
	|| '\x00' || int4send(1) || 'a'::bytea || '\x80000000' || int8send(0) || int8send(2)) x(b);
SELECT is((SELECT string_agg(DISTINCT r, ' ') FROM (SELECT pg_temp.receive(substr(b, 1, n)) FROM sample, generate_series(0, length(b) - 1) n) x(r)),
	'08P01', 'cut off anywhere, it is refused');
SELECT is(pg_temp.receive(b || '\x00'), '22P03', 'as it is with more behind') FROM sample;
SELECT is((SELECT count(*) FROM (
		SELECT pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) FROM sample, generate_series(0, length(b) - 1) n, (VALUES (1), (127), (255)) v(d)) x(r)
	WHERE CASE WHEN r ~ '^[0-9]' THEN r NOT IN ('22P03', '08P01', '22021') ELSE r::ecosystem_roi::text <> r END),
	0::bigint, 'with any byte changed, it is refused or is another valid value');

-- Cost of a customer
SELECT results_eq('SELECT cac(1000, 8), cac(1000, 0), cac(NULL, 5), cac(0, 5)', 'VALUES (125::numeric, NULL::numeric, NULL::numeric, 0::numeric)', 'cac');

-- Savings that nobody booked
SELECT results_eq($$SELECT flow, kind, observational FROM roi_by_kind('ignored=0 return "acquired" undated=5 return "retained" 2026-01-01=2 2026-02-01=3 return "retained_by_hand" undated=1 investment "retained" undated=4')$$,
	$$VALUES ('return', 'acquired', false), ('return', 'retained', true), ('return', 'retained_by_hand', false), ('investment', 'retained', false)$$,
	'retained returns are observational, and nothing else is');
SELECT is(observational_returns('ignored=0 return "acquired" undated=5.00 return "retained" 2026-01-01=2.00 2026-02-01=3.25 investment "retained" undated=4.00'), 5.25, 'their sum');
SELECT is(observational_returns(ecosystem_roi_agg('return', ' Retained', 5)), 5::numeric, 'however the kind was written');
SELECT is(observational_returns(ecosystem_roi_agg('return', 'retained', arr * (others - churn))), 160000::numeric, 'base times points of churn saved') FROM (VALUES (2000000.00, 0.12, 0.04)) v(arr, others, churn);
SELECT is(observational_returns('ignored=0'), 0::numeric, 'nothing retained');
SELECT results_eq('SELECT program, observational_returns(r) FROM built ORDER BY 1',
	$$SELECT program, sum(amount) FILTER (WHERE f = 'return' AND k = 'retained') FROM roi_clean GROUP BY 1 ORDER BY 1$$, 'against plain SQL');

-- The questions of the documentation, with numbers that can be checked by hand: two
-- partners, three returns, one of them a renewal, a program of 400
CREATE TEMP TABLE returned AS
SELECT deal, kind, period, amount, partner, credit(amount, 'role_split(sourcing=50, technical=25, influencing=25, co_sell=0)', role, partner) OVER (PARTITION BY deal) AS credit
FROM (VALUES (1, 'acquired', date '2026-02-01', 1000.00, 'sourcing', 'A'), (1, 'acquired', '2026-02-01', 1000.00, 'technical', 'B'),
	(2, 'expanded', '2026-03-01', 500.00, NULL, NULL), (3, 'retained', '2026-05-01', 200.00, 'sourcing', 'A')) v(deal, kind, period, amount, role, partner);
CREATE TEMP TABLE spent AS SELECT * FROM (VALUES ('team', date '2026-01-01', 300.00, NULL), ('incentives', '2026-02-01', 40.00, 'A'), ('incentives', '2026-04-01', 60.00, 'B')) v(kind, period, amount, partner);
SELECT results_eq($$SELECT numerator, returns(r), observational_returns(r), investment(r), roi(r), roi_net(r), payback_months(r), verdict('ecosystem_roi', roi(r))
	FROM  (SELECT numerator, ecosystem_roi_agg(flow, kind, amount, period) AS r
	       FROM  (SELECT DISTINCT 'influenced' AS numerator, 'return' AS flow, kind, amount, period FROM returned
	              UNION ALL SELECT 'credited', 'return', kind, credit, period FROM returned
	              UNION ALL SELECT 'credited gross margin', 'return', kind, 0.8 * credit, period FROM returned
	              UNION ALL SELECT n, 'investment', kind, amount, period FROM spent, unnest(ARRAY['influenced', 'credited', 'credited gross margin']) n) f
	       GROUP  BY numerator) q ORDER BY roi(r) DESC$$,
	$$VALUES ('influenced', 1700.00, 200.00, 400.00, 4.25::float8, 3.25::float8, 1, 'below target'), ('credited', 850.00, 100.00, 400.00, 2.125, 1.125, 1, 'below target'),
		('credited gross margin', 680.000, 80.000, 400.00, 1.7, 0.7, 1, 'below target')$$, 'one program by three numerators');
CREATE TEMP TABLE by_partner AS
SELECT partner, ecosystem_roi_agg(flow, kind, amount) AS r
FROM (SELECT partner, 'return' AS flow, kind, credit AS amount FROM returned UNION ALL SELECT partner, 'investment', kind, amount FROM spent) f WHERE partner IS NOT NULL GROUP BY 1;
SELECT results_eq($$SELECT partner, investment(r), returns(r), round(roi(r)::numeric, 4), round(investment_share - credit_share, 6), CASE WHEN investment_share > credit_share + 0.02 THEN 'starve'
		WHEN investment_share < credit_share - 0.02 THEN 'feed' ELSE 'leave' END
	FROM (SELECT *, investment(r) / sum(investment(r)) OVER () AS investment_share, returns(r) / sum(returns(r)) OVER () AS credit_share FROM by_partner) s ORDER BY 1$$,
	$$VALUES ('A', 40.00, 600.00, 15.0000, -0.305882, 'feed'), ('B', 60.00, 250.00, 4.1667, 0.305882, 'starve')$$, 'return on each partner, and which to feed');
SELECT is((SELECT round(share::numeric, 6) FROM (SELECT ecosystem_roi_agg('return', kind, amount) AS r FROM (SELECT DISTINCT deal, kind, amount FROM returned) d) q, roi_by_kind(q.r) WHERE kind = 'acquired'),
	0.588235, 'new-logo share of the value');
SELECT results_eq($$SELECT p.period, p.returns, p.investment, p.roi FROM (SELECT ecosystem_roi_agg(flow, kind, amount, date_trunc('quarter', period)::date) AS r
		FROM (SELECT DISTINCT 'return' AS flow, kind, amount, period FROM returned UNION ALL SELECT 'investment', kind, amount, period FROM spent) f) q, roi_by_period(q.r) p$$,
	$$VALUES (date '2026-01-01', 1500.00, 340.00, (1500.0 / 340)::float8), ('2026-04-01', 200.00, 60.00, (200.0 / 60)::float8)$$, 'by quarter');
SELECT results_eq($$SELECT channel, count(*), cac(min(spend), count(*)) FROM (VALUES ('sourced with partners', 300.00), ('direct', 900.00)) s(channel, spend)
	JOIN (SELECT deal, CASE WHEN origin(motion) IN ('partner_sourced', 'ecosystem_sourced') THEN 'sourced with partners' ELSE 'direct' END AS channel
	      FROM (SELECT deal, deal_motion_agg(kind, at, date '2026-01-05', date '2026-04-01') AS motion
	            FROM (VALUES (1, 'referral', date '2026-01-01'), (2, 'overlap_signal', '2026-01-02'), (3, 'referral', '2026-02-01'), (4, NULL, NULL), (5, 'reference', '2026-03-01')) t(deal, kind, at)
	            GROUP BY 1) m) d USING (channel) GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('direct', 3::bigint, 300::numeric), ('sourced with partners', 2, 150)$$, 'cost of a customer by channel');
SELECT results_eq($$SELECT campaign, investment(r), returns(r), roi(r) FROM (SELECT campaign, ecosystem_roi_agg(flow, 'mdf', amount) AS r
		FROM (VALUES ('webinar', 'investment', 2000), ('webinar', 'return', 9000), ('dinner', 'investment', 4000), ('roadshow', 'return', 10)) f(campaign, flow, amount) GROUP BY 1) q ORDER BY 1$$,
	$$VALUES ('dinner', 4000::numeric, 0::numeric, 0::float8), ('roadshow', 0, 10, NULL), ('webinar', 2000, 9000, 4.5)$$, 'return on market development funds by campaign');

-- Promises to the planner
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
	WHERE pronamespace = 'ecosystem'::regnamespace AND ('ecosystem_roi'::regtype = ANY (prorettype || proargtypes::oid[]) OR proname = 'cac')
	AND (provolatile <> 'i' OR proparallel <> 's' OR obj_description(p.oid, 'pg_proc') IS NULL)), NULL, 'every function is immutable, parallel safe and described');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS ecosystem_roi LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT roi(v) FROM old$$, 'XX001', 'ecosystem_roi of unknown version 99', 'a stored value of another version: roi(v)');
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'ecosystem_roi of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'ecosystem_roi of unknown version 99', 'a stored value of another version: rollup(v)');

-- Flows and kinds are read as people write them.
SELECT is(ecosystem_roi_agg(flow, kind, amount), (SELECT ecosystem_roi_agg('return', 'joint_marketing', 12)), 'a kind in four spellings')
FROM (VALUES ('Return', 'Joint Marketing', 1), ('_return ', 'joint-marketing', 2), (E'\u00a0RETURN', E'joint\u00a0 marketing\u200b', 4), ('return', ' _joint__marketing', 5)) v(flow, kind, amount);
SELECT is(observational_returns(ecosystem_roi_agg('return', E'Retained\u00a0', 7)), 7.0, 'retained with a blank that may not break');
SELECT is((SELECT kind FROM roi_by_kind((SELECT ecosystem_roi_agg('return', E'\u00a0-', 7)))), 'unspecified', 'a kind of blanks alone');
SELECT is(ecosystem_roi_agg('return', repeat(' ', 3000) || repeat('x', 255), 1), ecosystem_roi_agg('return', repeat('X', 255), 1), 'a long word of few letters');

SELECT * FROM finish();
ROLLBACK;
