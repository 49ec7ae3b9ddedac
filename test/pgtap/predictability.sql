-- How well revenue by period can be foretold: what plain SQL says, with the
-- empty periods that GROUP BY leaves out, whatever the way it was built.
BEGIN;
SET search_path = ecosystem, public;
SET TimeZone = 'America/St_Johns';

SELECT plan(126);

-- Known numbers: quarters of 10, 20, 30, 0 and 40 vary by sqrt(250) / 20.
CREATE TEMP TABLE known AS
SELECT predictability_agg(d, a) AS p
FROM (VALUES (date '2025-01-31', 4), ('2025-03-01', 6), ('2025-04-01', 20), ('2025-09-30', 30), ('2026-02-28', 40)) v(d, a);
SELECT results_eq('SELECT periods, empty_periods, total, amounts, round(variation::numeric, 9), round(chance_variation::numeric, 9), forecast_periods, forecast_error,
		forecast_bias, verdict FROM known, predictability(p)',
	$$VALUES (5, 1, 100::numeric, 5::bigint, round(sqrt(250.0) / 20, 9), round(sqrt(5 * 2952.0) / 100, 9), 0, NULL::float8, NULL::float8,
		'5 quarters vary by 79 % of their mean, 1 of them empty')$$, 'quarters, with the empty one');
SELECT is(round(variation(p)::numeric, 9), round(sqrt(250.0) / 20, 9), 'the accessor says the same') FROM known;
SELECT results_eq('SELECT r.* FROM known, predictability_periods(p) r',
	$$VALUES (date '2025-01-01', 10::numeric, 2::bigint, NULL::numeric), ('2025-04-01', 20, 1, NULL), ('2025-07-01', 30, 1, NULL),
		('2025-10-01', 0, 0, NULL), ('2026-01-01', 40, 1, NULL)$$, 'and the quarters one by one');
SELECT results_eq($$SELECT count(*), sum(amount), count(*) FILTER (WHERE amounts = 0) FROM known, predictability_periods(p, 'month')$$,
	'VALUES (14::bigint, 100::numeric, 9::bigint)', 'fourteen months, nine of them empty');
SELECT is(verdict, 'too few periods: 2 years, and it takes 4 to say anything', 'two years') FROM known, predictability(p, 'year');
SELECT is(variation(p, 'year'), NULL, 'have no variation that says anything') FROM known;

-- Windows
SELECT results_eq(format($$SELECT periods, empty_periods, total, verdict FROM known, predictability(p, %L, %L, %L)$$, period, since, before),
	format('VALUES (%s, %s, %s::numeric, %L)', n, empty, total, verdict), format('%s from %s to %s', period, since, before))
FROM (VALUES
	('quarter', '2024-01-01', 'infinity',   9, 5, 100, '9 quarters vary by 138 % of their mean, 5 of them empty'),
	('quarter', '-infinity',  '2027-01-01', 8, 4, 100, '8 quarters vary by 126 % of their mean, 4 of them empty'),
	('quarter', '2025-01-01', '2026-01-01', 4, 1,  60, '4 quarters vary by 86 % of their mean, 1 of them empty'),
	('quarter', '2025-04-01', '2026-01-01', 3, 1,  50, 'too few periods: 3 quarters, and it takes 4 to say anything'),
	('quarter', '2025-10-01', '2026-01-01', 1, 1,   0, 'too few periods: 1 quarter, and it takes 4 to say anything'),
	('quarter', '2020-01-01', '2021-01-01', 4, 4,   0, 'nothing to judge: the amounts do not add up to more than 0'),
	('quarter', '2020-01-01', '2020-01-01', 0, 0,   0, 'too few periods: 0 quarters, and it takes 4 to say anything'),
	('quarter', '2027-01-01', 'infinity',   0, 0,   0, 'too few periods: 0 quarters, and it takes 4 to say anything'),
	('quarter', '-infinity',  '2020-01-01', 0, 0,   0, 'too few periods: 0 quarters, and it takes 4 to say anything'),
	('quarter', '2026-01-01', '2025-01-01', 0, 0,   0, 'too few periods: 0 quarters, and it takes 4 to say anything'),
	('month',   '2025-02-01', '2025-06-01', 4, 2,  26, '4 months vary by 145 % of their mean, 2 of them empty'),
	('year',    '2020-01-01', '2027-01-01', 7, 5, 100, '7 years vary by 175 % of their mean, 5 of them empty')) v(period, since, before, n, empty, total, verdict);
SELECT throws_ok(format('SELECT variation(p, %L, since => %L) FROM known', period, since), '22023', format('"since" is not the first day of a %s', period), format('since %s, %s', since, period))
FROM (VALUES ('quarter', '2025-02-01'), ('year', '2025-04-01'), ('month', '2025-04-02')) v(period, since);
SELECT throws_ok($$SELECT forecast_error(p, before => '2025-12-31') FROM known$$, '22023', '"before" is not the first day of a quarter', 'before is not the last day');
SELECT throws_ok(format('SELECT variation(p, %L) FROM known', w), '22023', format('unknown period "%s"', w), format('period "%s"', w)) FROM unnest('{week,Quarter,""}'::text[]) w;

-- Chance: twelve deals of one size in four quarters vary by one over the root of three; with large ones among them by more
SELECT is(verdict, '4 quarters vary by 0 % of their mean; 12 such deals coming at random vary by 58 %', 'a steady segment beside chance')
FROM (SELECT predictability_agg(date '2025-01-15' + make_interval(months => 3 * (i % 4)), 5) AS p FROM generate_series(1, 12) i) q, predictability(q.p);
SELECT is(verdict, '4 quarters vary by 0 % of their mean; 12 such deals coming at random vary by 84 %', 'deals of 10 and 1: the root of 4 * 408, by 48')
FROM (SELECT predictability_agg(date '2025-01-15' + make_interval(months => 3 * (i % 4)), CASE WHEN i <= 4 THEN 10 ELSE 1 END) AS p FROM generate_series(1, 12) i) q, predictability(q.p);

-- Forecasts
CREATE TEMP TABLE forecast AS
SELECT predictability_agg(d, a, f) AS p
FROM (VALUES (date '2024-10-01', 999, NULL), ('2025-01-31', 100, 90), ('2025-04-01', 100, NULL), ('2025-06-01', NULL, 130), ('2025-07-01', 100, 100), ('2025-10-01', 100, 80),
	('2026-01-01', NULL, 500)) v(d, a, f);
SELECT results_eq('SELECT periods, forecast_periods, forecast_error, forecast_bias, verdict FROM forecast, predictability(p)',
	$$VALUES (5, 4, 0.15::float8, 0::float8, 'forecasts of 4 quarters were off by 15 % of what came')$$,
	'off by 10, 30, 0 and 20 of 400; the quarter without a forecast and the one to come do not count');
SELECT is(forecast_error(p), 0.15::float8, 'the accessor says the same') FROM forecast;
SELECT results_eq($$SELECT forecast_periods, forecast_error, forecast_bias, verdict FROM forecast, predictability(p, before => '2026-04-01')$$,
	$$VALUES (5, 1.4::float8, 1.25::float8, 'forecasts of 5 quarters were off by 140 % of what came, and 125 % too high on the whole')$$,
	'up to a date the forecast counts where nothing came');
SELECT is(forecast_error(p, since => '2025-04-01'), NULL, 'three forecasts are too few') FROM forecast;
SELECT results_eq('SELECT period_start, amount, amounts, forecast FROM forecast, predictability_periods(p)',
	$$VALUES (date '2024-10-01', 999::numeric, 1::bigint, NULL::numeric), ('2025-01-01', 100, 1, 90), ('2025-04-01', 100, 1, 130), ('2025-07-01', 100, 1, 100),
		('2025-10-01', 100, 1, 80), ('2026-01-01', 0, 0, 500)$$, 'the rows show all forecasts');
SELECT is(forecast_error(predictability_agg(d, NULL, 5)), NULL, 'forecasts of what is all still to come') FROM generate_series(timestamptz '2026-01-15', '2027-01-15', '1 month') d;
SELECT is(verdict, 'forecasts of 4 quarters were off by 20 % of what came, and 20 % too low on the whole', 'too low')
FROM (SELECT predictability_agg(d, 10, 8) AS p FROM generate_series(timestamptz '2026-01-15', '2026-12-15', '1 month') d) q, predictability(q.p);
SELECT is(round(forecast_error(p)::numeric, 6), 0::numeric, 'within a quarter it does not matter when') FROM (SELECT predictability_agg(d::date, CASE WHEN extract(month FROM d)::int % 3 = 0 THEN 90 END, 30) AS p
	FROM generate_series(timestamp '2025-01-15', '2026-12-15', '1 month') d) q;
SELECT is(round(forecast_error(p, 'month')::numeric, 6), round(4.0 / 3, 6), 'but by month it does') FROM (SELECT predictability_agg(d::date, CASE WHEN extract(month FROM d)::int % 3 = 0 THEN 90 END, 30) AS p
	FROM generate_series(timestamp '2025-01-15', '2026-12-15', '1 month') d) q;

-- Rows that do not count
SELECT is(p::text, 'v1 ignored=3 2025-01=1:5', 'no date, an infinite one, no amount') FROM (SELECT predictability_agg(d, a) AS p
	FROM (VALUES (date '2025-01-31', 5), (NULL, 5), ('infinity', 5), ('2025-01-31', NULL)) v(d, a)) q;
SELECT is(ignored(predictability_agg(d, 5, NULL)), 3::bigint, 'times, too') FROM (VALUES (timestamptz '2025-01-31'), (NULL), ('infinity'), ('-infinity')) v(d);
SELECT is(predictability_agg(d, 5)::text, 'v1 ignored=0', 'no row, an empty value') FROM (SELECT date '2025-01-01' AS d) x WHERE false;
SELECT is(verdict, 'too few periods: 0 quarters, and it takes 4 to say anything', 'of which nothing can be said') FROM predictability('v1 ignored=0'::predictability, 'quarter');
SELECT is_empty($$SELECT * FROM predictability_periods('v1 ignored=0')$$, 'and which has no periods');
SELECT is(rollup(p)::text, 'v1 ignored=0', 'rollup of NULLs') FROM (VALUES (NULL::predictability), (NULL)) v(p);
SELECT is(variation(p), NULL, 'a total below 0 has no variation') FROM (SELECT predictability_agg(d, -5) AS p FROM generate_series(timestamptz '2026-01-15', '2027-12-15', '1 month') d) q;
SELECT is(predictability_agg(t, 1)::text, 'v1 ignored=0 ' || m || '=1:1', format('%s is in %s', t, m))
FROM (VALUES (timestamptz '2026-01-01 00:00 UTC', '2026-01'), ('2025-12-31 23:59:59.999999 UTC', '2025-12'), ('1999-12-31 23:59:59.999999 UTC', '1999-12'),
	('2000-01-01 00:00 UTC', '2000-01'), ('4713-12-31 BC', '-4712-12'), ('0001-01-15 BC', '0000-01')) v(t, m) GROUP BY t, m;

-- Random rows against plain SQL
SELECT setseed(0.42);
CREATE SCHEMA predictability_check;
CREATE TABLE predictability_check.deal WITH (parallel_workers = 4) AS
SELECT i AS id, i % 6 AS class, CASE WHEN random() < 0.95 THEN date '2022-01-01' + floor(random() * random() * 1700)::int * CASE WHEN i % 6 = 5 THEN -9 ELSE 1 END END AS closed,
	CASE WHEN random() < 0.9 THEN round((random() * 1000)::numeric, i % 4) END AS amount,
	CASE WHEN random() < 0.3 THEN round((random() * 3000)::numeric, i % 3) END AS forecast
FROM generate_series(1, 6000) i WHERE i % 6 <> 0 OR i < 200;
ANALYZE predictability_check.deal;
CREATE TEMP TABLE serial AS SELECT class, predictability_agg(closed, amount, forecast) AS p FROM predictability_check.deal GROUP BY class;
CREATE TEMP VIEW wanted AS
WITH step AS (SELECT * FROM (VALUES ('month', interval '1 month'), ('quarter', '3 months'), ('year', '1 year')) v(period, step)),
counted AS (SELECT class, period, date_trunc(period, closed::timestamp)::date AS start, amount, forecast FROM predictability_check.deal, step
	WHERE closed IS NOT NULL AND (amount IS NOT NULL OR forecast IS NOT NULL)),
bounds AS (SELECT class, period, min(start) FILTER (WHERE amount IS NOT NULL) AS first, max(start) FILTER (WHERE amount IS NOT NULL) AS last,
	min(start) FILTER (WHERE forecast IS NOT NULL) AS first_forecast, least(max(start) FILTER (WHERE forecast IS NOT NULL), max(start) FILTER (WHERE amount IS NOT NULL)) AS last_forecast
	FROM counted GROUP BY 1, 2),
calendar AS (SELECT b.*, d::date AS start FROM bounds b JOIN step USING (period), generate_series(least(first, first_forecast)::timestamp, last, step) d),
totals AS (SELECT c.class, c.period, c.start, start BETWEEN first AND last AS counts, start BETWEEN first_forecast AND last_forecast AS forecasts,
	coalesce(t.a, 0) AS a, coalesce(t.f, 0) AS f, coalesce(t.n, 0) AS n, coalesce(t.q, 0) AS q
	FROM calendar c LEFT JOIN (SELECT class, period, start, sum(amount) AS a, sum(forecast) AS f, count(amount) AS n, sum(amount * amount) AS q FROM counted GROUP BY 1, 2, 3) t USING (class, period, start))
SELECT class, period, count(*) FILTER (WHERE counts)::int AS periods, count(*) FILTER (WHERE counts AND n = 0)::int AS empty_periods, sum(a) FILTER (WHERE counts) AS total, sum(n) FILTER (WHERE counts)::bigint AS amounts,
	CASE WHEN count(*) FILTER (WHERE counts) >= 4 THEN round(stddev_samp(a) FILTER (WHERE counts) / avg(a) FILTER (WHERE counts), 9) END AS variation,
	CASE WHEN count(*) FILTER (WHERE counts) >= 4 THEN round(sqrt(count(*) FILTER (WHERE counts) * sum(q) FILTER (WHERE counts)) / sum(a) FILTER (WHERE counts), 9) END AS chance,
	count(*) FILTER (WHERE forecasts)::int AS forecast_periods,
	CASE WHEN count(*) FILTER (WHERE forecasts) >= 4 THEN round(sum(abs(a - f)) FILTER (WHERE forecasts) / sum(a) FILTER (WHERE forecasts), 9) END AS error,
	CASE WHEN count(*) FILTER (WHERE forecasts) >= 4 THEN round(sum(f - a) FILTER (WHERE forecasts) / sum(a) FILTER (WHERE forecasts), 9) END AS bias
FROM totals GROUP BY 1, 2;
SELECT results_eq($$SELECT class, period, r.periods, empty_periods, total, amounts, round(r.variation::numeric, 9), round(chance_variation::numeric, 9),
		forecast_periods, round(r.forecast_error::numeric, 9), round(forecast_bias::numeric, 9)
	FROM serial, (VALUES ('month'), ('quarter'), ('year')) v(period), predictability(p, period) r ORDER BY 1, 2$$, 'SELECT * FROM wanted ORDER BY 1, 2',
	'random deals come out as plain SQL says, by month, quarter and year');
SELECT cmp_ok((SELECT sum(empty_periods) FROM wanted), '>', 50::bigint, 'and many periods are empty');
SELECT is_empty($$SELECT class, period FROM serial JOIN (SELECT class, sum(amount) AS amount, sum(forecast) AS forecast FROM predictability_check.deal
		WHERE closed IS NOT NULL GROUP BY 1) d USING (class), (VALUES ('month'), ('quarter'), ('year')) v(period),
		LATERAL (SELECT sum(amount) AS amount, sum(forecast) AS forecast FROM predictability_periods(p, period)) r
	WHERE (r.amount, r.forecast) IS DISTINCT FROM (d.amount, d.forecast)$$, 'nothing is lost: the rows add up to the deals');
SELECT is_empty('SELECT class FROM serial JOIN (SELECT class, count(*) AS n FROM predictability_check.deal WHERE closed IS NULL OR coalesce(amount, forecast) IS NULL GROUP BY 1) d USING (class)
	WHERE ignored(p) <> n', 'and what is ignored is counted');

-- Workers, order, splits
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT class, predictability_agg(closed, amount, forecast) FROM predictability_check.deal GROUP BY class'),
	'Finalize.*Workers Planned: [1-4].*Partial', 'workers make parts');
CREATE TEMP TABLE parallel AS SELECT class, predictability_agg(closed, amount, forecast) AS p FROM predictability_check.deal GROUP BY class;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT results_eq('SELECT class, p::text, predictability_send(p) FROM parallel ORDER BY 1', 'SELECT class, p::text, predictability_send(p) FROM serial ORDER BY 1', 'workers change no byte');
SELECT is_empty(format($$SELECT class FROM (SELECT class, predictability_agg(closed, amount, forecast ORDER BY hashint8(%s * 1000003 + id)) AS p
		FROM predictability_check.deal GROUP BY class) s JOIN serial USING (class) WHERE s.p <> serial.p$$, seed), format('shuffle %s changes no byte', seed))
FROM generate_series(1, 3) seed;
SELECT is_empty(format($$SELECT class FROM (SELECT class, rollup(p ORDER BY hashint4(shard + %1$s)) AS p
		FROM (SELECT class, id %% %1$s AS shard, predictability_agg(closed, amount, forecast) AS p FROM predictability_check.deal GROUP BY 1, 2) q GROUP BY 1) s
	JOIN serial USING (class) WHERE s.p <> serial.p$$, shards), format('%s shards change no byte', shards))
FROM unnest('{2,7,50}'::int[]) shards;
SELECT is_empty($$SELECT 1 FROM serial a, serial b WHERE predictability_combine(a.p, b.p) <> predictability_combine(b.p, a.p)$$, 'combine is commutative');
SELECT is_empty($$SELECT 1 FROM serial a, serial b, serial c WHERE predictability_combine(predictability_combine(a.p, b.p), c.p)
	<> predictability_combine(a.p, predictability_combine(b.p, c.p))$$, 'combine is associative');
SELECT is(predictability_combine(NULL, p), p, 'NULL adds nothing') FROM known;
SELECT is(predictability_combine(p, NULL), p, 'on either side') FROM known;
SELECT is((SELECT count(*) FROM (SELECT p FROM serial UNION SELECT p FROM parallel) u), 6::bigint, 'equal values are one');
SELECT is((SELECT count(*) FROM (SELECT predictability_agg(closed, amount) OVER (ORDER BY id) AS p, _predictability_accum(NULL, closed, amount) AS q
	FROM predictability_check.deal WHERE id <= 60) w WHERE p IS NULL), 0::bigint, 'a running value');
SELECT is((SELECT string_agg(total::text, ' ' ORDER BY i) FROM (SELECT i, predictability_agg(date '2025-01-01' + 40 * i, 1) OVER (ORDER BY i) AS p FROM generate_series(1, 12) i) w, predictability(p)),
	'1 2 3 4 5 6 7 8 9 10 11 12', 'is right at every row');
CREATE TEMP TABLE before AS SELECT class, p::text AS t FROM serial;
SELECT is((SELECT count(_predictability_accum(p, date '2030-01-01', 0.00001, 5)) + count(predictability_combine(p, p)) FROM serial), 12::bigint, 'transition and combine function can be called');
SELECT is((SELECT count(*) FROM serial JOIN before USING (class) WHERE p::text = t), 6::bigint, 'and stored values do not change');
SELECT is(pg_column_size(rollup(p)), 16 + 88 * 3, 'a value has no spare room') FROM (SELECT predictability_agg(date '2030-01-01' + 31 * i, 5) AS p FROM generate_series(0, 2) i GROUP BY i) q;
SELECT is(pg_column_size(_predictability_accum(NULL, date '2030-01-01', 5)), 16 + 88, 'nor has what the transition function returns');

-- Text and binary form
SELECT is_empty('SELECT 1 FROM serial WHERE p::text::predictability <> p', 'the text form is complete');
SELECT is(t::predictability::text, t, 'text: ' || t)
FROM unnest('{v1 ignored=0,v1 ignored=3 scale=2 -4713-01=0:0.00/1:-5.00 0000-12=2:1.50:1.7000 5874897-12=384307168202282:0.00:unknown,v1 ignored=0 2025-01=1:0 2025-02=1:0}'::text[]) t;
SELECT throws_ok(format('SELECT %L::predictability', t), '22P02', NULL, 'refused: ' || t)
FROM unnest(ARRAY['', 'v2 ignored=0', 'v1', 'v1 ignored=-1', 'v1 ignored=0 ', 'v1 ignored=0 scale=2', 'v1 ignored=0 scale=37 2025-01=1:1', 'v1 ignored=0 2025-13=1:1', 'v1 ignored=0 2025-00=1:1',
	'v1 ignored=0 2025-01=1:1.5', 'v1 ignored=0 2025-01=0:0', 'v1 ignored=0 2025-01=0:5/1:5', 'v1 ignored=0 2025-02=1:1 2025-01=1:1', 'v1 ignored=0 2025-01=1:1 2025-01=1:1', 'v1 ignored=0 5874898-01=1:1',
	'v1 ignored=0 2025-01=1:1000000000000000000000000000000000000', 'v1 ignored=0 2025-01=2:5', 'v1 ignored=0 2025-01=1:5:25', 'v1 ignored=0 2025-01=2:5:12', 'v1 ignored=0 2025-01=2:5:12.50', 'v1 ignored=0 2025-01=2:5:', 'v1 ignored=0 2025-01=9223372036854775807:1:1/1:1', 'v1 ignored=0 2025-01=1:1/']) t;

CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/predictability_check.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	result text;
BEGIN
	PERFORM lo_export(lo, file);
	PERFORM lo_unlink(lo);
	CREATE TEMP TABLE received (v predictability);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	SELECT CASE WHEN predictability_send(v) = bytes THEN 'kept' ELSE 'changed' END INTO result FROM received;
	PERFORM r.* FROM received, predictability(v) r;
	DROP TABLE received;
	RETURN result;
EXCEPTION
	WHEN invalid_binary_representation OR numeric_value_out_of_range OR protocol_violation THEN RETURN 'refused';
END
$$;
SELECT is(pg_temp.receive(predictability_send(p)), 'kept', 'received as sent') FROM serial WHERE class = 1;
CREATE TEMP TABLE sample AS SELECT predictability_send('v1 ignored=2 scale=2 2025-01=1:5.00/2:6.00 2025-03=2:-3.00:7.0000') AS b;
SELECT is(pg_temp.receive(bytes), 'refused', format('refused: %s', what))
FROM sample, LATERAL (VALUES
	(set_byte(b, 0, 2), 'a later version'), (set_byte(b, 1, 99), 'a scale out of range'), (set_byte(b, 2, 255), 'too many months'), (set_byte(b, 3, 1), 'a month more than there are'),
	(set_byte(b, 4, 255), 'a negative count'), (b || '\x00', 'a byte too many'), (substr(b, 1, 50), 'half of it')) v(bytes, what);
SELECT is_empty($$SELECT n, fate FROM sample, LATERAL generate_series(0, length(b) - 1) n, (VALUES (1), (127), (255)) v(d),
	LATERAL pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) fate WHERE fate NOT IN ('kept', 'refused')$$, 'no changed byte is taken for another value');

-- Limits
SELECT throws_ok($$SELECT predictability_agg(d::date, 1) FROM generate_series(timestamp '0001-01-01', '1002-01-01', '1 month') d$$, '54000', 'too many months in one predictability',
	'more than a thousand years');
SELECT throws_ok($$SELECT predictability_combine(p, p) FROM (VALUES ('v1 ignored=0 2025-01=1:999999999999999999999999999999999999'::predictability)) v(p)$$, '22003',
	'sum of amounts has too many digits', 'a sum that is full');
SELECT throws_ok($$SELECT predictability_agg(date '2025-01-01', 'NaN')$$, '22003', 'amount NaN is not a finite number', 'no amount');
SELECT throws_ok($$SELECT predictability_agg(date '2025-01-01', 1, 'Infinity')$$, '22003', 'amount Infinity is not a finite number', 'no forecast');
SELECT throws_ok($$SELECT predictability_combine(p, p) FROM (VALUES ('v1 ignored=0 2025-01=384307168202282:1:1'::predictability)) v(p)$$, '22003',
	'too many amounts in one predictability', 'too many amounts');

-- Promises to the planner
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
	WHERE pronamespace = 'ecosystem'::regnamespace AND 'ecosystem.predictability'::regtype = ANY (prorettype || proargtypes::oid[])
	AND (provolatile <> 'i' OR proparallel <> 's' OR obj_description(p.oid, 'pg_proc') IS NULL)), NULL, 'every function is immutable, parallel safe and described');

-- Counts that fit one by one must fit together: a value that is merged can be read again.
SELECT throws_ok($$SELECT 'v1 ignored=0 2026-01=9223372036854775000:1:1'::predictability$$, '22P02', NULL, 'more amounts in a month than could be added up');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS predictability LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT _predictability_final(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: _predictability_final(v)');
SELECT throws_ok($$SELECT variation(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: variation(v)');
SELECT throws_ok($$SELECT ignored(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: ignored(v)');
SELECT throws_ok($$SELECT predictability(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: predictability(v)');
SELECT throws_ok($$SELECT predictability_periods(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: predictability_periods(v)');
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT predictability_send(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: predictability_send(v)');
SELECT throws_ok($$SELECT _predictability_accum(v, date '2026-01-01', 1) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: _predictability_accum(v, date ''2026-01-01'', 1)');
SELECT throws_ok($$SELECT predictability_combine(v, 'v1 ignored=0') FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: predictability_combine(v, ''v1 ignored=0'')');
SELECT throws_ok($$SELECT predictability_combine('v1 ignored=0', v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: predictability_combine(''v1 ignored=0'', v)');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'predictability of unknown version 99', 'a stored value of another version: rollup(v)');

SELECT * FROM finish();
ROLLBACK;
