-- deal_stats: that it says what plain SQL says, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(96);

-- 20,000 deals of 40 partners with everything a CRM has: gaps, credit notes,
-- closings before openings, amounts of 1e-3 to 1e8, odd spelling.
CREATE TABLE public.deal_stats_row AS
SELECT i AS id, i % 40 AS partner,
       CASE WHEN i % 17 = 0 THEN NULL
            WHEN i % 19 = 0 THEN 0
            ELSE round((CASE WHEN i % 23 = 0 THEN -1 ELSE 1 END
                        * 10 ^ (hashint4(i)::numeric / 2147483648 * 5.5 + 2.5))::numeric, i % 4) END AS amount,
       (ARRAY['won', ' Won', 'LOST', 'lost', 'open', NULL])[1 + abs(hashint4(i + 1) % 6)] AS outcome,
       CASE WHEN i % 29 <> 0 THEN date '2024-01-01' + abs(hashint4(i + 2) % 700) END AS opened,
       CASE WHEN i % 31 <> 0 THEN date '2024-01-01' + abs(hashint4(i + 2) % 700) + hashint4(i + 3) % 50 + 40 END AS closed
FROM   generate_series(1, 20000) i;
ANALYZE public.deal_stats_row;
CREATE TEMP VIEW deal_row AS
SELECT *, coalesce(lower(btrim(outcome)), 'open') AS o,
       CASE WHEN closed >= opened THEN closed - opened END AS days
FROM   public.deal_stats_row;
CREATE TEMP TABLE built AS
SELECT partner, deal_stats_agg(amount, outcome, opened, closed) AS s FROM public.deal_stats_row GROUP BY partner;

CREATE TEMP VIEW quantile_05 AS SELECT i / 20.0::double precision AS q FROM generate_series(0, 20) i;
CREATE TEMP VIEW quantile_02 AS SELECT i / 50.0::double precision AS q FROM generate_series(0, 50) i;

-- Against plain SQL, by partner
SELECT results_eq(
	'SELECT partner, deals(s), won(s), lost(s), open(s), without_amount(s), without_cycle(s) FROM built ORDER BY 1',
	$$SELECT partner, count(*), count(*) FILTER (WHERE o = 'won'), count(*) FILTER (WHERE o = 'lost'),
	         count(*) FILTER (WHERE o = 'open'), count(*) FILTER (WHERE amount IS NULL),
	         count(*) FILTER (WHERE o <> 'open' AND days IS NULL)
	  FROM deal_row GROUP BY 1 ORDER BY 1$$, 'counts are those of count() FILTER');
SELECT results_eq(
	'SELECT partner, won_amount(s), lost_amount(s), open_amount(s), round(mean_amount(s), 12) FROM built ORDER BY 1',
	$$SELECT partner, sum(amount) FILTER (WHERE o = 'won'), sum(amount) FILTER (WHERE o = 'lost'),
	         sum(amount) FILTER (WHERE o = 'open'), round(avg(amount) FILTER (WHERE o = 'won'), 12)
	  FROM deal_row GROUP BY 1 ORDER BY 1$$, 'amounts are those of sum() and avg() FILTER, exactly');
SELECT results_eq(
	'SELECT partner, win_rate(s), mean_cycle(s) FROM built ORDER BY 1',
	$$SELECT partner, count(*) FILTER (WHERE o = 'won') / (count(*) FILTER (WHERE o <> 'open'))::double precision,
	         avg(days) FILTER (WHERE o = 'won')
	  FROM deal_row GROUP BY 1 ORDER BY 1$$, 'rate and mean cycle are those of plain SQL');
SELECT results_eq(
	'SELECT partner, q, cycle_quantile(s, q) FROM built, quantile_05 ORDER BY 1, 2',
	$$SELECT partner, q, percentile_disc(q) WITHIN GROUP (ORDER BY days) FILTER (WHERE o = 'won')
	  FROM deal_row, quantile_05 GROUP BY 1, 2 ORDER BY 1, 2$$,
	'cycle_quantile is percentile_disc');
SELECT is((
	SELECT max(abs(amount_quantile(s, q) - exact) / nullif(abs(exact), 0)) <= 0.01 AND bool_and((exact = 0) = (amount_quantile(s, q) = 0))
	FROM   built JOIN (
		SELECT partner, q, percentile_disc(q) WITHIN GROUP (ORDER BY amount) FILTER (WHERE o = 'won') AS exact
		FROM   deal_row, quantile_02 GROUP BY 1, 2) e USING (partner)),
	true, 'amount_quantile is within 1 % of percentile_disc');
SELECT results_eq(
	$$SELECT outcome, days, deals::numeric FROM (SELECT rollup(s) FROM built) b(s), cycle_days(b.s) ORDER BY 1, 2$$,
	$$SELECT o, days, count(*)::numeric FROM deal_row WHERE days IS NOT NULL AND o <> 'open' GROUP BY 1, 2 ORDER BY 1, 2$$,
	'cycle_days lists every closed deal that has days');

-- A single amount, over the whole range
CREATE TEMP TABLE ladder AS
SELECT (sign * m || 'e' || e - 3)::numeric AS amount
FROM   generate_series(-32, 35) e, generate_series(1000, 9999, 37) m, (VALUES (1), (-1)) s(sign);
SELECT is((SELECT count(*) FROM ladder WHERE abs(amount_quantile(_deal_stats_accum('deals=0', amount, 'won'), 0.5) / amount - 1) > 0.01),
	0::bigint, 'an amount of 1e-32 to 1e36, of either sign, is within 1 % of its bucket');
SELECT is((SELECT count(*) FROM (
		SELECT amount_quantile(_deal_stats_accum('deals=0', amount, 'won'), 0) AS size,
		       lag(amount_quantile(_deal_stats_accum('deals=0', amount, 'won'), 0)) OVER (ORDER BY amount) AS before
		FROM ladder) l WHERE size < before),
	0::bigint, 'buckets are in the order of the amounts');
SELECT is(amount_quantile(_deal_stats_accum('deals=0', 1e-36, 'won'), 0) / 1e-36 BETWEEN 1 AND 1.01, true, 'the smallest amount has a bucket');
SELECT is(amount_quantile(_deal_stats_accum('deals=0', 999999999999999999999999999999999999, 'won'), 0) / 1e36 BETWEEN 0.99 AND 1, true,
	'the largest amount has a bucket');
SELECT is(amount_quantile(_deal_stats_accum('deals=0', 0.00, 'won'), 1), 0::numeric, 'nothing is a size of its own');

-- The same bytes in any order
CREATE FUNCTION pg_temp.bytes(deal_stats) RETURNS text LANGUAGE sql AS 'SELECT md5(deal_stats_send($1))';
CREATE TEMP TABLE whole AS
SELECT deal_stats_agg(amount, outcome, opened, closed, '2026-01-01') AS s FROM public.deal_stats_row;
SELECT is((SELECT pg_temp.bytes(deal_stats_agg(amount, outcome, opened, closed, '2026-01-01' ORDER BY id DESC)) FROM public.deal_stats_row),
	(SELECT pg_temp.bytes(s) FROM whole), 'backwards');
SELECT is((SELECT pg_temp.bytes(deal_stats_agg(amount, outcome, opened, closed, '2026-01-01' ORDER BY hashint4(id))) FROM public.deal_stats_row),
	(SELECT pg_temp.bytes(s) FROM whole), 'shuffled');
SELECT is((SELECT pg_temp.bytes(deal_stats_agg(amount, outcome, opened, closed, '2026-01-01' ORDER BY amount, closed)) FROM public.deal_stats_row),
	(SELECT pg_temp.bytes(s) FROM whole), 'by amount');
SELECT is((SELECT count(DISTINCT pg_temp.bytes(r)) FROM generate_series(1, 20) k, LATERAL (
		SELECT rollup(s ORDER BY hashint4(part + k)) AS r FROM (
			SELECT hashint4(id + k) % (1 + k) AS part, deal_stats_agg(amount, outcome, opened, closed) AS s
			FROM public.deal_stats_row GROUP BY 1) p) x),
	1::bigint, 'cut into parts and merged, twenty ways');
SELECT is((SELECT pg_column_size(deal_stats_agg(amount, outcome, opened, closed, '2026-01-01' ORDER BY id DESC)) FROM public.deal_stats_row),
	(SELECT pg_column_size(s::text::deal_stats) FROM whole), 'a value has no spare memory');

-- Parallel
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set plan_options 'COSTS OFF, VERBOSE'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT deal_stats_agg(amount, outcome, opened, closed) FROM public.deal_stats_row'),
	'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate', 'the aggregate is split over workers');
SELECT is((SELECT pg_temp.bytes(s) FROM (SELECT deal_stats_agg(amount, outcome, opened, closed, '2026-01-01') AS s FROM public.deal_stats_row) p),
	(SELECT pg_temp.bytes(s) FROM whole), 'workers give the same bytes');
SELECT is((SELECT count(*) FROM (SELECT partner, deal_stats_agg(amount, outcome, opened, closed) AS p FROM public.deal_stats_row GROUP BY 1) p
           JOIN built USING (partner) WHERE p = s AND pg_temp.bytes(p) = pg_temp.bytes(s)), 40::bigint, 'workers give the same groups');
CREATE TABLE public.deal_stats_part AS SELECT id % 500 AS part, deal_stats_agg(amount, outcome, opened, closed, '2026-01-01') AS s
	FROM public.deal_stats_row GROUP BY 1;
SELECT matches(pg_temp.plan_of('SELECT rollup(s) FROM public.deal_stats_part'),
	'Finalize Aggregate.*Partial Aggregate', 'rollup is split over workers');
SELECT is((SELECT pg_temp.bytes(rollup(s)) FROM public.deal_stats_part), (SELECT pg_temp.bytes(s) FROM whole), 'and gives the same bytes');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Merging
SELECT is(deal_stats_combine(a.s, b.s), deal_stats_combine(b.s, a.s), 'combine is commutative')
FROM built a, built b WHERE a.partner = 1 AND b.partner = 2;
SELECT is(deal_stats_combine(deal_stats_combine(a.s, b.s), c.s), deal_stats_combine(a.s, deal_stats_combine(b.s, c.s)), 'combine is associative')
FROM built a, built b, built c WHERE a.partner = 1 AND b.partner = 2 AND c.partner = 3;
SELECT is(deal_stats_combine(s, NULL), s, 'NULL is no deals, on the right') FROM built WHERE partner = 1;
SELECT is(deal_stats_combine(NULL, s), s, 'and on the left') FROM built WHERE partner = 1;
SELECT is(deal_stats_combine(NULL, NULL), NULL::deal_stats, 'and nothing with nothing is NULL');
SELECT is(deal_stats_combine(s, 'deals=0'), s, 'the empty statistics add nothing') FROM whole;
SELECT is(rollup(s), 'deals=0'::deal_stats, 'no groups are the empty statistics') FROM built WHERE false;
SELECT is(rollup(s), (SELECT s FROM built WHERE partner = 3), 'rollup passes over NULL')
FROM (SELECT s FROM built WHERE partner = 3 UNION ALL SELECT NULL) x;
SELECT is((SELECT deal_stats_combine(s, s) FROM whole), (SELECT rollup(s) FROM whole, generate_series(1, 2)), 'a group merges with itself');
CREATE TEMP TABLE kept (partner int PRIMARY KEY, s deal_stats NOT NULL);
INSERT INTO kept SELECT partner, deal_stats_agg(amount, outcome, opened, closed) FROM public.deal_stats_row WHERE id <= 7000 GROUP BY 1;
INSERT INTO kept SELECT partner, deal_stats_agg(amount, outcome, opened, closed) FROM public.deal_stats_row WHERE id > 7000 GROUP BY 1
	ON CONFLICT (partner) DO UPDATE SET s = deal_stats_combine(kept.s, excluded.s);
SELECT is((SELECT count(*) FROM kept JOIN built USING (partner) WHERE kept.s = built.s), 40::bigint, 'statistics are kept by ON CONFLICT DO UPDATE');

-- Grouped by
SELECT is((SELECT count(*) FROM (SELECT DISTINCT s FROM (SELECT s FROM built UNION ALL SELECT s::text::deal_stats FROM built) x) d), 40::bigint, 'DISTINCT');
SET LOCAL enable_sort = off;
SELECT results_eq('SELECT count(*) FROM (SELECT DISTINCT deal_stats_combine(a.s, b.s) FROM built a, built b) x', 'VALUES (820::bigint)', 'the same statistics hash the same, however they were built');
RESET enable_sort;
SELECT is((SELECT count(*) FROM built WHERE deal_stats_hash_extended(s, 0) & 4294967295 = deal_stats_hash(s)::bigint & 4294967295), 40::bigint, 'the hashes agree');
SELECT is((SELECT count(DISTINCT deal_stats_hash_extended(s, 1)) FROM built), 40::bigint, 'and tell statistics apart');

-- As a window function
SELECT is((SELECT count(*) FROM (
		SELECT id, deal_stats_agg(amount, outcome, opened, closed) OVER (ORDER BY id) AS s FROM public.deal_stats_row WHERE id <= 300) w
	WHERE s <> (SELECT deal_stats_agg(amount, outcome, opened, closed) FROM public.deal_stats_row r WHERE r.id <= w.id)),
	0::bigint, 'a running total is right at every row');
SELECT is((SELECT count(*) FROM (
		SELECT id, deal_stats_agg(amount, outcome, opened, closed) OVER (ORDER BY id ROWS BETWEEN 30 PRECEDING AND 5 FOLLOWING) AS s
		FROM public.deal_stats_row WHERE id <= 200) w
	WHERE s <> (SELECT deal_stats_agg(amount, outcome, opened, closed) FROM public.deal_stats_row r WHERE r.id BETWEEN w.id - 30 AND least(w.id + 5, 200))),
	0::bigint, 'a moving window is right at every row');

-- Direct calls leave their argument alone
SELECT is(_deal_stats_accum(NULL, 5, 'won')::text, _deal_stats_accum('deals=0', 5, 'won')::text, 'NULL statistics are the empty ones');
SELECT is(_deal_stats_accum(NULL, NULL, NULL)::text, 'deals=1 open=1 open_without_amount=1', 'a row of NULLs is an open deal without an amount');
CREATE TEMP TABLE before AS SELECT partner, s::text AS t FROM built;
SELECT is((SELECT count(_deal_stats_accum(s, 5, 'won', date '2026-01-01', date '2026-01-02')) + count(deal_stats_combine(s, s)) FROM built), 80::bigint,
	'transition and combine function can be called by anybody');
SELECT is((SELECT count(*) FROM built JOIN before USING (partner) WHERE s::text = t), 40::bigint, 'and stored statistics do not change');
SELECT is(_deal_stats_accum(s, 5, 'won'), deal_stats_combine(s, _deal_stats_accum(NULL, 5, 'won')), 'one more deal is a group of one more') FROM whole;

-- Large enough to be stored out of line and compressed
CREATE TEMP TABLE toasted (s deal_stats);
INSERT INTO toasted SELECT deal_stats_agg(i * i, 'won', date '2000-01-01', date '2000-01-01' + i) FROM generate_series(1, 5000) i;
INSERT INTO toasted SELECT deal_stats_agg(-i, 'won', date '2000-01-01', date '2000-01-01' + 2 * i) FROM generate_series(1, 5000) i;
SELECT cmp_ok(pg_column_size(s), '<', length(deal_stats_send(s)), 'large statistics are compressed') FROM toasted LIMIT 1;
SELECT is(rollup(s)::text, (SELECT deal_stats_agg(a, 'won', date '2000-01-01', date '2000-01-01' + d)::text FROM (
		SELECT i * i, i FROM generate_series(1, 5000) i UNION ALL SELECT -i, 2 * i FROM generate_series(1, 5000) i) x(a, d)),
	'compressed statistics are merged') FROM toasted;
SELECT is(deals(s), 5000::bigint, 'and read') FROM toasted LIMIT 1;

-- Many groups
SELECT results_eq('SELECT count(*), sum(deals(s)), sum(won_amount(s)) FROM (
		SELECT i % 60000 AS g, deal_stats_agg(i, ''won'', date ''2026-01-01'', date ''2026-01-01'' + i % 90) AS s FROM generate_series(1, 120000) i GROUP BY 1) x',
	'VALUES (60000::bigint, 120000::numeric, 7200060000::numeric)', 'sixty thousand groups');

-- Days
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', timestamptz '2026-03-01 18:00+00', timestamptz '2026-03-03 17:59:59+00'), 1), 1, 'times: whole days of 24 hours');
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', timestamp '2026-03-01 18:00', timestamp '2026-03-03 18:00'), 1), 2, 'times without a zone, too');
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', date '2026-03-01', date '2026-03-03'), 1), 2, 'dates: calendar days');
SET LOCAL timezone = 'America/New_York';
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', date '2026-03-07', date '2026-03-09'), 1), 2, 'of which a short one is one');
SET LOCAL timezone = 'UTC';
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', date '2026-03-01', date '2026-03-01'), 1), 0, 'won on the day it opened is 0 days');
SELECT is(without_cycle(deal_stats_agg(1, o, f, u)), 10::bigint, 'no cycle: a missing or infinite date, or the wrong order')
FROM (VALUES ('won'), ('lost')) x(o), (VALUES (NULL::date, date '2026-01-01'), ('2026-01-01', NULL), ('-infinity', '2026-01-01'),
	('2026-01-01', 'infinity'), ('2026-01-02', '2026-01-01')) y(f, u);
SELECT is(without_cycle(deal_stats_agg(1, o, f, u)), 10::bigint, 'nor with times')
FROM (VALUES ('won'), ('lost')) x(o), (VALUES (NULL::timestamptz, timestamptz '2026-01-01'), ('2026-01-01', NULL), ('-infinity', '2026-01-01'),
	('2026-01-01', 'infinity'), ('2026-01-02', '2026-01-01')) y(f, u);
SELECT is(cycle_quantile(deal_stats_agg(1, 'won', timestamptz '4714-11-24 00:00:00+00 BC', timestamptz '294276-12-31 23:59:59+00'), 1), 109203527,
	'the longest cycle there can be between two times');
SELECT is(without_cycle(deal_stats_agg(1, 'won', date '2026-01-01', date '5874897-12-31')), 1::bigint, 'a date beyond any calendar is no cycle');
SELECT is(cycle_quantile(deal_stats_agg(1, 'open', date '2026-01-01', date '2026-02-01'), 1), NULL::integer, 'a date to close is no closing');
SELECT is(deal_stats_agg(1, o, date '2026-01-01', c, a)::text, x, 'open deals are watched up to as_of: ' || n)
FROM (VALUES ('open', NULL::date, date '2026-01-31', 'deals=1 open=1 open_amount=1 open_days=30:1', 'an open deal'),
	('open', '2026-01-11', '2026-01-31', 'deals=1 open=1 open_amount=1 open_days=30:1', 'a planned closing date'),
	('open', NULL, '2025-12-31', 'deals=1 open=1 open_amount=1', 'opened later'),
	('open', NULL, NULL, 'deals=1 open=1 open_amount=1', 'no as_of'),
	('lost', '2026-01-11', '2026-01-31', 'deals=1 lost=1 lost_amount=1 lost_days=10:1', 'a closed deal')) v(o, c, a, x, n)
GROUP BY o, c, a, x, n;
SELECT is(deal_stats_agg(1, 'open', timestamptz '2026-01-01 12:00+00', NULL, '2026-01-31 11:00+00')::text, 'deals=1 open=1 open_amount=1 open_days=29:1', 'with times');

-- Limits
SELECT throws_ok($$SELECT deal_stats_combine(s, s) FROM (VALUES ('deals=4294967295 won=4294967295 won_without_amount=4294967295 won_days=7:4294967295'::deal_stats)) v(s)$$,
	'54000', 'too many deals in one group', 'a histogram that is full');
SELECT throws_ok($$SELECT _deal_stats_accum('deals=2305843009213693951 open=2305843009213693951 open_without_amount=2305843009213693951', 1, 'open')$$,
	'54000', 'too many deals in one group', 'more deals than there can be');
SELECT throws_ok($$SELECT deal_stats_combine(s, s) FROM (VALUES ('deals=1 open=1 open_amount=-999999999999999999999999999999999999'::deal_stats)) v(s)$$,
	'22003', 'sum of amounts has too many digits', 'a sum that is full');
SELECT is(won_amount(deal_stats_agg(a, 'won')), 0::numeric, 'sums of 36 digits are exact')
FROM (VALUES (999999999999999999999999999999999999), (-999999999999999999999999999999999998), (-1)) v(a);

SELECT is(won_amount(deal_stats_agg(a, 'won')), 10000000::numeric, 'a zero with many decimals does not take digits from others')
FROM (VALUES (0.000000000000000000000000000000), (10000000)) v(a);
-- Every bucket begins where it says, and is told by its middle.
SELECT is_empty($$SELECT * FROM (SELECT round(1000 * 10 ^ (i / 128.0)) AS first, round(1000 * 10 ^ ((i + 1) / 128.0)) AS next FROM generate_series(0, 127) i) b, LATERAL (VALUES (first), (next - 1)) v(a)
	WHERE amount_quantile(_deal_stats_accum('deals=0', a, 'won'), 0.5) <> floor((first + next) / 2)$$, 'the 128 buckets');
-- More days than notes are counted to: the place for notes is larger than the count of them.
CREATE TEMP TABLE long AS SELECT i, CASE WHEN i % 73002 < 36501 THEN 'won' ELSE 'lost' END AS outcome, date '2000-01-01' + i % 36501 AS closed FROM generate_series(0, 140000) i;
SELECT is(deal_stats_agg(NULL, outcome, date '2000-01-01', closed)::text, (SELECT rollup(s)::text FROM (SELECT deal_stats_agg(NULL, outcome, date '2000-01-01', closed) AS s FROM long GROUP BY i % 7) p), '65,536 notes at a time') FROM long;
SELECT results_eq($$SELECT won_amount(deal_stats_agg(a, 'won'))::text FROM (VALUES (1, 1.5), (1, 2.5), (2, 1.500000), (2, 2.500000), (3, 1.5000000), (3, 2.5000000), (4, 0.0000015), (4, 0.0000025)) v(price, a) GROUP BY price ORDER BY price$$,
	$$VALUES ('4.0'), ('4.000000'), ('4.0'), ('0.0000040')$$, 'zeros at the end are a price''s up to six decimals');
SELECT is(deal_stats_agg(a, o ORDER BY a)::text, deal_stats_agg(a, o ORDER BY a DESC)::text || CASE WHEN deal_stats_agg(a, o)::text ~ 'won_amount=4.00 .*lost_amount=0.00$' THEN '' ELSE '!' END,
	'cents stay cents beside a lost deal of 0 / 100')
FROM (VALUES (1.50, 'won'), (2.50, 'won'), (0::numeric / 100, 'lost')) v(a, o);
CREATE TEMP TABLE endless AS SELECT string_agg((i % 10)::text, '')::numeric AS a FROM generate_series(1, 30000) i;
SELECT throws_ok($$SELECT deal_stats_agg(a, 'won') FROM endless$$, '22003', 'an amount has too many digits', 'an amount so long that it is stored elsewhere');

-- From outside
CREATE TEMP TABLE received (s deal_stats);
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/deal_stats.copy';
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
SELECT is((SELECT count(*) FROM built WHERE s::text::deal_stats = s AND s::text::deal_stats::text = s::text), 40::bigint, 'text comes back as it went');
SELECT is((SELECT count(*) FROM built WHERE partner < 5 AND pg_temp.receive(deal_stats_send(s)) = s::text), 5::bigint, 'and so does the binary form');
SELECT is(pg_temp.receive(''), '08P01', 'nothing received');
SELECT is(pg_temp.receive(decode('03', 'hex') || substr(deal_stats_send('deals=0'), 2)), '22P03', 'a version from the future');
CREATE TEMP TABLE sample AS SELECT deal_stats_send(deal_stats_agg(amount, outcome, opened, closed, '2026-01-01')) AS b FROM public.deal_stats_row WHERE id <= 12;
SELECT is((SELECT string_agg(DISTINCT r, ' ') FROM (SELECT pg_temp.receive(substr(b, 1, n)) FROM sample, generate_series(0, length(b) - 1) n) x(r)),
	'08P01 22P03', 'cut off anywhere, it is refused');
SELECT is((SELECT count(*) FROM (
		SELECT pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) FROM sample, generate_series(0, length(b) - 1) n, (VALUES (1), (127), (255)) v(d)) x(r)
	WHERE CASE WHEN r ~ '^[0-9]' THEN r <> '22P03' ELSE r::deal_stats::text <> r END),
	0::bigint, 'with any byte changed, it is refused or is another valid value');
SELECT is(pg_temp.receive(substr(b, 1, 8) || '\x7fffffff' || substr(b, 13)), '22P03', 'a length that is not there') FROM sample;

-- Promises to the planner
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
	WHERE pronamespace = 'ecosystem'::regnamespace AND 'deal_stats'::regtype = ANY (prorettype || proargtypes::oid[])
	-- but for comparisons, which quote the targets
	AND (provolatile <> CASE WHEN proname LIKE '%\_lift' THEN 's' ELSE 'i' END OR proparallel <> 's' OR obj_description(p.oid, 'pg_proc') IS NULL)), NULL,
	'every function is immutable, parallel safe and described');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS deal_stats LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT deals(v) FROM old$$, 'XX001', 'deal_stats of unknown version 99', 'a stored value of another version: deals(v)');
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'deal_stats of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'deal_stats of unknown version 99', 'a stored value of another version: rollup(v)');

CREATE FUNCTION pg_temp.hint_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT is(pg_temp.hint_of('SELECT deals(v) FROM old'), 'Aggregate the rows again, or refresh the materialized view that holds it.', 'and it is said what to do');

-- Rows have no key: a deal that a join repeats counts each time, which is said where it is looked up, with the check that finds it.
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'ecosystem'::regnamespace AND proname = 'deal_stats_agg'
	AND obj_description(oid, 'pg_proc') NOT LIKE '%count(*) - count(DISTINCT deal_id)%'$$, 'every form says that a row must be a deal');
SELECT is((SELECT count(*) - count(DISTINCT deal_id) FROM crm.deal JOIN crm.touch USING (deal_id)) > 0, true, 'and the check finds what is repeated');

-- Rows have no key: a deal that a join repeats counts each time, which is said where it is looked up, with the check that finds it.
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'ecosystem'::regnamespace AND proname = 'deal_stats_agg'
	AND obj_description(oid, 'pg_proc') NOT LIKE '%count(*) - count(DISTINCT deal_id)%'$$, 'every form says that a row must be a deal');
SELECT is((SELECT count(*) - count(DISTINCT deal_id) FROM crm.deal JOIN crm.touch USING (deal_id)) > 0, true, 'and the check finds what is repeated');

-- Outcomes are read as people write them; other words are refused.
SELECT is((won(s), lost(s), open(s))::text, want, outcome) FROM (VALUES (E'Won\u00a0', '(1,0,0)'), ('_LOST-', '(0,1,0)'), (E'\u3000Open', '(0,0,1)')) v(outcome, want), LATERAL (SELECT _deal_stats_accum(NULL, 1, outcome) AS s) q;
SELECT throws_ok(format('SELECT deal_stats_agg(1, %L)', outcome), '22023', NULL, format('no outcome: "%s"', outcome)) FROM unnest(ARRAY['Closed Won', '', ' ', 'wonn', 'lose']) outcome;

SELECT * FROM finish();
ROLLBACK;
