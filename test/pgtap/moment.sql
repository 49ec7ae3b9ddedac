-- When something happened: days beside times, and that no function depends on
-- the time zone of the session.
BEGIN;
SET search_path = ecosystem, public;
SET client_min_messages = warning;
SELECT no_plan();

-- Text, and back
SELECT is(input::moment::text, output, format('%s is read', input)) FROM (VALUES
	('2026-01-05', '2026-01-05'), ('2026-01-05 10:00', '2026-01-05T10:00:00Z'), ('2026-01-05T10:00:00Z', '2026-01-05T10:00:00Z'),
	('2026-01-05 10:00:00.25+02', '2026-01-05T08:00:00.25Z'), ('2026-01-05 23:30:00-05:30', '2026-01-06T05:00:00Z'),
	('2026-01-05 UTC', '2026-01-05T00:00:00Z'), ('2026-01-05 10:00 UTC', '2026-01-05T10:00:00Z'),
	('infinity', 'infinity'), ('-infinity', '-infinity'), ('0000-12-31', '0000-12-31'), ('-4712-01-01', '-4712-01-01'), ('5874897-12-31', '5874897-12-31'),
	('294276-12-31 23:59:59.999999', '294276-12-31T23:59:59.999999Z')) v(input, output);
SELECT throws_ok(format('SELECT %L::moment', input), '22007', NULL, format('%s is refused', coalesce(nullif(input, ''), 'nothing'))) FROM unnest(ARRAY[
	'', 'x', '2026', '2026-1-5', '2026-02-30', '2026-13-01', '2026-01-05x', '2026-01-05 ', '2026-01-05 24:00', '2026-01-05 10', '2026-01-05 10:60',
	'2026-01-05 10:00:00.1234567', '2026-01-05 10:00+99', '2026-01-05 10:00 Europe/Berlin', '2026-01-05 10:00+02x', '5874898-01-01', '294277-01-01 00:00',
	'294276-12-31 23:59:59-01', '99999999999999999999-01-01', '-9999-01-01', 'infinity ', '01/05/2026', '2026-01-05 10:00:00+'] ) input;
SELECT is(m::text::moment, m, format('%s is written and read the same', m)) FROM unnest(ARRAY[date '0001-01-01 BC'::moment, date '4714-11-24 BC'::moment,
	date '5874897-12-31'::moment, timestamptz '4714-11-24 00:00:00+00 BC'::moment, timestamptz '294276-12-31 23:59:59.999999+00'::moment, timestamptz '1999-12-31 23:59:59.5+00'::moment]) m;
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS moment LANGUAGE plpgsql AS $$
DECLARE
	m moment;
	o oid;
BEGIN
	o := lo_from_bytea(0, '\x5047434f50590aff0d0a000000000000000000000100000008' || bytes || '\xffff');
	PERFORM lo_export(o, current_setting('data_directory') || '/moment.bin');
	PERFORM lo_unlink(o);
	CREATE TEMP TABLE IF NOT EXISTS received (m moment);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', current_setting('data_directory') || '/moment.bin');
	SELECT r.m INTO m FROM received r;
	RETURN m;
END
$$;
SELECT is(pg_temp.receive(moment_send(m)), m, format('%s is sent and received', m)) FROM unnest('{2026-01-05,2026-01-05 10:00,infinity,-infinity,5874897-12-31,-4712-01-01}'::moment[]) m;
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', int8send(n)), '22008', 'moment out of range', format('%s is no moment', n))
FROM unnest(ARRAY[-9223372036854775807, 9223372036854775806, -1000000000000000000, -211813488000000001, -4611686018427387904 + 2147483647,
	-4611686018427387904 - 2451546, -4611686018427387904 - 2147483648]) n;

-- Casts: a date is a day, a timestamp is UTC
SELECT results_eq($$SELECT date '2026-01-05'::moment::text, timestamp '2026-01-05 10:00'::moment::text, timestamptz '2026-01-05 10:00+02'::moment::text,
		date 'infinity'::moment::text, timestamp '-infinity'::moment::text, timestamptz 'infinity'::moment::text$$,
	$$VALUES ('2026-01-05', '2026-01-05T10:00:00Z', '2026-01-05T08:00:00Z', 'infinity', '-infinity', 'infinity')$$, 'casts');

-- Order, for sorting: a day comes before its times
SELECT results_eq('SELECT x.m::text FROM unnest(''{2026-01-06,2026-01-05 10:00,infinity,2026-01-05,-infinity,2026-01-05 00:00,-4712-01-01,2026-01-04 23:59:59,5874897-12-31}''::moment[]) x(m) ORDER BY x.m',
	$$VALUES ('-infinity'), ('-4712-01-01'), ('2026-01-04T23:59:59Z'), ('2026-01-05'), ('2026-01-05T00:00:00Z'), ('2026-01-05T10:00:00Z'), ('2026-01-06'), ('5874897-12-31'), ('infinity')$$,
	'moments are sorted by day, a day before its times');
SELECT is_empty($$SELECT a, b FROM unnest('{2026-01-06,2026-01-05 10:00,infinity,2026-01-05,-infinity,2026-01-05 00:00,5874897-12-31}'::moment[]) WITH ORDINALITY x(a, i),
		unnest('{2026-01-06,2026-01-05 10:00,infinity,2026-01-05,-infinity,2026-01-05 00:00,5874897-12-31}'::moment[]) WITH ORDINALITY y(b, j)
	WHERE (a = b) <> (i = j) OR (a <> b) = (a = b) OR (a < b) <> (moment_cmp(a, b) < 0) OR (a <= b) <> (moment_cmp(a, b) <= 0) OR (a > b) <> (b < a) OR (a >= b) <> (b <= a)
	OR moment_cmp(a, b) <> -moment_cmp(b, a) OR (a = b) <> (moment_hash(a) = moment_hash(b)) OR (a = b) <> (moment_hash_extended(a, 1) = moment_hash_extended(b, 1))$$,
	'operators agree with one order');
SELECT is(deals(deal_stats_agg(DISTINCT a, o, s, e)), 2::bigint, 'DISTINCT within an aggregate')
FROM (VALUES (1::numeric, 'won', date '2026-01-01', timestamptz '2026-02-01 00:00+00'), (1, 'won', '2026-01-01', '2026-02-01 00:00+00'), (2, 'won', '2026-01-01', '2026-02-01 00:00+00')) v(a, o, s, e);

-- A deal opened at a time and closed on a date
SELECT is((without_cycle(s), mean_cycle(s)), (0::bigint, 0::numeric), 'opened and closed on one day: a cycle of 0')
FROM (SELECT deal_stats_agg(1, 'won', timestamptz '2026-01-05 15:00+00', date '2026-01-05') AS s) q;
SELECT is((SELECT cycle_quantile(deal_stats_agg(x, 'won', o, c), 0.5) FROM (VALUES (1)) l(x)), days, format('%s to %s', o, c)) FROM (VALUES
	('2026-01-05'::moment, '2026-02-04'::moment, 30), ('2026-01-05 23:59', '2026-02-04', 30), ('2026-01-05', '2026-02-04 00:00', 30), ('2026-01-05', '2026-02-04 23:59', 30),
	('2026-01-05 12:00', '2026-02-04 11:59', 29), ('2026-01-05 12:00', '2026-02-04 12:00', 30), ('2026-01-05 12:00', '2026-01-04', NULL), ('2026-01-05', '2026-01-04 23:59', NULL),
	('2026-01-05', 'infinity', NULL), ('-infinity', '2026-01-05', NULL)) v(o, c, days);
-- All nine mixtures of columns
SELECT is_empty(format($$SELECT s FROM (SELECT deal_stats_agg(1, 'won', %1$s '2026-01-05', %2$s '2026-02-04') AS s) q WHERE cycle_quantile(s, 1) <> 30 OR without_cycle(s) <> 0$$, a, b),
	format('%s and %s', a, b)) FROM unnest(ARRAY['date', 'timestamp', 'timestamptz']) a, unnest(ARRAY['date', 'timestamp', 'timestamptz']) b;
SELECT results_eq($$SELECT outcome, days FROM cycle_days((SELECT deal_stats_agg(1, 'open', timestamptz '2026-01-05 15:00+00', NULL, date '2026-01-05')))$$, $$VALUES ('open', 0)$$, 'as_of is a day, too');

-- The landmark by day: closed on its day is not open then, co-sold on its day is
SELECT is((SELECT sum(deals(stats)) FROM deal_lift_sides(l) WHERE basis <> 'as recorded'), n, format('opened %s, closed %s: %s at the landmark', o, c, coalesce(n, 0)))
FROM (VALUES ('2026-01-01 12:00'::moment, '2026-01-31'::moment, NULL::numeric), ('2026-01-01 12:00', '2026-02-01', 1), ('2026-01-01', '2026-01-31 23:00', NULL),
	('2026-01-01', '2026-02-01 00:00', 1), ('2026-01-01 12:00', '2026-01-31 12:00', NULL), ('2026-01-01 12:00', '2026-01-31 12:01', 1), ('5874897-12-20', '5874897-12-31', NULL)) v(o, c, n),
	LATERAL (SELECT deal_lift_agg(NULL::date, x, 'won', o, c) AS l FROM (VALUES (1)) one(x)) q;
SELECT is((SELECT array_agg(basis || ' ' || co_sell ORDER BY basis) FROM deal_lift_sides(l)), sides, format('co-sold since %s', since))
FROM (VALUES ('2026-01-31'::moment, '{as recorded true,landmark 30 days true}'::text[]), ('2026-02-01', '{as recorded true,landmark 30 days false}'),
	('2026-01-31 12:00', '{as recorded true,landmark 30 days true}'), ('2026-01-31 12:01', '{as recorded true,landmark 30 days false}'),
	('2026-03-01', '{as recorded true,landmark 30 days false}'), ('2026-03-01 10:00', '{as recorded true,landmark 30 days false}'), ('2026-03-02', '{as recorded false,landmark 30 days false}')) v(since, sides),
	LATERAL (SELECT deal_lift_agg(since, x, 'won', timestamptz '2026-01-01 12:00+00', date '2026-03-01') AS l FROM (VALUES (1)) one(x)) q;
-- Survival
SELECT is((subjects(s), ignored(s), time_at_risk(s)), (1::bigint, 0::bigint, days), format('stayed from %s to %s', a, b))
FROM (VALUES ('2026-01-05 15:00'::moment, '2026-01-05'::moment, 0::numeric), ('2026-01-05 15:00', '2026-01-15', 10), ('2026-01-05', '2026-01-15 01:00', 10)) v(a, b, days),
	LATERAL (SELECT survival_agg(a, b, x) AS s FROM (VALUES (timestamptz '2027-01-01 00:00+00')) one(x)) q;
SELECT is((churned(s), subjects(s)), (0::bigint, 1::bigint), 'lost after the day of the look: there on it') FROM (SELECT survival_agg(timestamptz '2026-01-01 10:00+00', timestamptz '2026-06-02 00:00+00', date '2026-06-01') AS s) q;
SELECT is((churned(s), subjects(s)), (1::bigint, 1::bigint), 'lost on the day of the look: lost') FROM (SELECT survival_agg(timestamptz '2026-01-01 10:00+00', timestamptz '2026-06-01 23:00+00', date '2026-06-01') AS s) q;
-- Predictability
SELECT is(period_start, date '2026-01-01', 'the month of a timestamp is that of UTC') FROM (SELECT predictability_agg(timestamp '2026-01-31 23:30', 1) AS p) q, predictability_periods(q.p, 'month');

-- Three zones: a deal with every sort of time, through every function that takes or gives one
CREATE FUNCTION pg_temp.everything() RETURNS text[] LANGUAGE sql AS $$
	WITH d AS (SELECT n, timestamp '2026-01-01 00:30' + n * interval '7 hours 13 minutes' AS t FROM generate_series(0, 99) n),
	v AS (SELECT n, t, t AT TIME ZONE 'UTC' AS z, t::date AS d, (ARRAY['referral', 'intent', 'joint_pitch', 'selection', 'reference'])[1 + n % 5] AS kind, n % 4 > 0 AS closed FROM d)
	SELECT ARRAY[
		(SELECT deal_stats_agg(n, 'won', z, d + n)::text FROM v), (SELECT deal_stats_agg(n, 'won', d, z)::text FROM v), (SELECT deal_stats_agg(n, 'won', t, z)::text FROM v),
		(SELECT deal_stats_agg(n, 'won', z, t)::text FROM v), (SELECT deal_stats_agg(n, 'open', z, NULL, date '2026-03-01')::text FROM v), (SELECT deal_stats_agg(n, 'open', d, NULL, timestamptz '2026-03-01 00:00+00')::text FROM v),
		(SELECT deal_stats_agg(1, 'won', '2026-01-05 10:00', '2026-02-04')::text),
		(SELECT deal_lift_agg(z, n, 'won', z, d + n)::text FROM v), (SELECT deal_lift_agg(d, n, 'won', z, d + n, 'x', timestamptz '2026-03-01 00:00+00', 5)::text FROM v), (SELECT deal_lift_agg(true, n, 'won', t, d + n, 'x')::text FROM v),
		(SELECT deal_lift_agg(t, n, 'won', d, z, 'x', date '2026-03-01')::text FROM v),
		(SELECT survival_agg(z, d + n, date '2026-03-01')::text FROM v), (SELECT survival_agg(d, t, z + interval '30 days', t + interval '90 days')::text FROM v),
		(SELECT predictability_agg(z, n)::text FROM v), (SELECT predictability_agg(t, n, n)::text FROM v), (SELECT predictability_agg(d, n)::text FROM v),
		(SELECT string_agg(p.period_start - date '2000-01-01' || ' ' || p.amount, ', ' ORDER BY p) FROM (SELECT predictability_agg(z, n) s FROM v) q, predictability_periods(q.s, 'month', '2026-01-01', '2027-01-01') p),
		(SELECT ecosystem_roi_agg('return', 'x', n, d)::text FROM v),
		(SELECT string_agg(p.period - date '2000-01-01' || ' ' || p.returns, ', ' ORDER BY p) FROM (SELECT ecosystem_roi_agg('return', 'x', n, d) s FROM v) q, roi_by_period(q.s) p),
		(SELECT concat(variation(s, 'month', '2026-01-01', '2027-01-01'), forecast_error(s, 'month', '2026-01-01', '2027-01-01'), predictability(s)) FROM (SELECT predictability_agg(z, n, n + 1) s FROM v) q),
		(SELECT string_agg(m::text || explanation(m) || extract(epoch FROM first_touch(m)) || extract(epoch FROM last_touch(m)), ' ' ORDER BY i) FROM (SELECT i, deal_motion_agg(kind, z, timestamptz '2026-01-15 12:00+00', date '2026-01-20', d) AS m FROM v, generate_series(1, 3) i WHERE n % 3 = i - 1 GROUP BY i) q),
		(SELECT deal_motion_agg(kind, d, timestamptz '2026-01-15 12:00+00', date '2026-01-20', z)::text FROM v), (SELECT deal_motion_agg(kind, t, date '2026-01-15', timestamp '2026-01-20 00:00')::text FROM v),
		(SELECT 'v2 opened=2026-01-05T10:00:00Z closed=2026-04-01 rule=(intent)'::deal_motion::text)]
$$;
CREATE FUNCTION pg_temp.everything_in(zone text, style text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, true), set_config('DateStyle', style, true);
	RETURN pg_temp.everything();
END
$$;
SELECT is(pg_temp.everything_in(zone, style), pg_temp.everything_in('UTC', 'ISO, YMD'), format('in %s, %s', zone, style))
FROM (VALUES ('Pacific/Auckland', 'ISO, YMD'), ('America/Los_Angeles', 'ISO, YMD'), ('Asia/Kathmandu', 'German, DMY'), ('UTC', 'SQL, MDY')) v(zone, style);
-- That was every function that takes or gives times, but for those of credit, of matching and of a mart, which are
-- tested there.
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p
	WHERE  pronamespace = 'ecosystem'::regnamespace
	AND    (proargtypes::oid[] || prorettype || coalesce(proallargtypes, '{}')) && ARRAY['timestamptz', 'timestamp', 'date', 'moment']::regtype[]::oid[]
	AND    proname !~ '^(_?mart_|_fiscal_quarter$|freeze_mart$|metric_rows$|matching_keys$|written_|_?(deal_)?credit|_?ledger|_?moment|_?(deal_stats|deal_lift|deal_motion|survival|predictability|ecosystem_roi)_(agg|accum)$)'
	AND    proname <> ALL ('{first_touch,last_touch,predictability,predictability_periods,variation,forecast_error,roi_by_period}')$$, 'no function with times is left out');
-- None of the outcomes takes a type to which another is cast, unasked, by the zone of the session.
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'ecosystem'::regnamespace
	AND    proname !~ '^(_?mart_|_?(deal_)?credit|_?ledger|_?moment)' AND proargtypes::oid[] && ARRAY['timestamptz', 'timestamp']::regtype[]::oid[]$$, 'times are taken as moments');
SELECT * FROM finish();
ROLLBACK;
