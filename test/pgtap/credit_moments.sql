-- credit: touches at one moment share, whatever their partners are called; and
-- dates are days, whatever the time zone of the session.
BEGIN;
SET search_path = ecosystem, public;
SET client_min_messages = warning;
SELECT plan(124);

-- Touches at one moment, in the three forms, with the reason.
CREATE TEMP TABLE told (rule text, touches text, want text);
INSERT INTO told VALUES
	('first_touch', 'zoe/1 ada/1 bo/2', 'ada 50.00 first touch, shared by 2; bo 0.00 not the first touch; zoe 50.00 first touch, shared by 2'),
	('first_touch', 'zoe/1 ada/2', 'ada 0.00 not the first touch; zoe 100.00 first touch'),
	('last_touch', 'zoe/2 ada/1 bo/2 cy/2', 'ada 0.00 not the last touch; bo 33.34 last touch, shared by 3; cy 33.33 last touch, shared by 3; zoe 33.33 last touch, shared by 3'),
	('u_shaped', 'zoe/1', 'zoe 100.00 only touch'),
	('u_shaped(first=10, last=90)', 'zoe/1 ada/1', 'ada 50.00 first and last touch, shared by 2; zoe 50.00 first and last touch, shared by 2'),
	('u_shaped(first=70, middle=20, last=10)', 'zoe/1 ada/1 bo/1', 'ada 33.34 first, middle and last touch, shared by 3; bo 33.33 first, middle and last touch, shared by 3; zoe 33.33 first, middle and last touch, shared by 3'),
	('u_shaped', 'zoe/1 ada/1 bo/2', 'ada 30.00 first and middle touch, shared by 2; bo 40.00 last touch, 40 of 100; zoe 30.00 first and middle touch, shared by 2'),
	('u_shaped', 'zoe/2 ada/1 bo/2', 'ada 40.00 first touch, 40 of 100; bo 30.00 middle and last touch, shared by 2; zoe 30.00 middle and last touch, shared by 2'),
	('u_shaped', 'zoe/1 ada/1 bo/2 cy/2', 'ada 25.00 first and middle touch, shared by 2; bo 25.00 middle and last touch, shared by 2; cy 25.00 middle and last touch, shared by 2; zoe 25.00 first and middle touch, shared by 2'),
	('u_shaped', 'zoe/1 ada/2 bo/2 cy/3', 'ada 10.00 middle touch, 20 of 100, shared by 2 touches; bo 10.00 middle touch, 20 of 100, shared by 2 touches; cy 40.00 last touch, 40 of 100; zoe 40.00 first touch, 40 of 100'),
	('u_shaped(first=0, middle=1, last=0)', 'zoe/1 ada/1 bo/2', 'ada 50.00 first and middle touch, shared by 2; bo 0.00 its place has weight 0; zoe 50.00 first and middle touch, shared by 2'),
	('source_wins', 'zoe/1 ada/1 bo/2', 'ada 50.00 first sourcing touch, shared by 2; bo 0.00 not the first sourcing touch; zoe 50.00 first sourcing touch, shared by 2'),
	('source_wins', 'zoe/ ada/', 'ada 50.00 first sourcing touch, shared by 2; zoe 50.00 first sourcing touch, shared by 2'),
	('primary_only', 'zoe/1 ada/2', 'ada 50.00 primary partner, shared by 2; zoe 50.00 primary partner, shared by 2'),
	('primary_only', 'zoe/1', 'zoe 100.00 primary partner'),
	('w_shaped', 'zoe/1/lead_created ada/1/Lead_Created bo/2/first', 'ada 25.00 milestone lead_created, shared by 2; bo 50.00 milestone first; zoe 25.00 milestone lead_created, shared by 2'),
	('w_shaped', 'zoe/1/lead_created+first ada/2/lead_created', 'ada 25.00 milestone lead_created, shared by 2; zoe 75.00 milestone first and lead_created, lead_created shared by 2'),
	('time_decay', 'zoe/1 ada/1', 'ada 50.00 last touch; zoe 50.00 last touch');
CREATE TEMP TABLE told_touch AS
SELECT t.*, split_part(touch, '/', 1) AS partner, timestamptz '2026-01-01 00:00+00' + nullif(split_part(touch, '/', 2), '')::int * interval '1 day' AS at,
       coalesce(nullif(split_part(touch, '/', 3), ''), 'sourcing') AS role, 1 AS weight
FROM   told t, regexp_split_to_table(touches, ' ') touch;
SELECT is(string_agg(concat_ws(' ', c.partner, c.amount, c.reason), '; ' ORDER BY c.partner), want, rule || ': ' || touches)
FROM  (SELECT rule, touches, want, deal_credit_agg(100, rule::credit_model, role, partner, at, NULL, weight) AS s FROM told_touch GROUP BY 1, 2, 3) q, credits(s) c GROUP BY rule, touches, want;
SELECT is(string_agg(concat_ws(' ', c.partner, c.amount, c.reason), '; ' ORDER BY c.partner), want, 'ledger: ' || rule || ': ' || touches)
FROM  (SELECT rule, touches, want, credit_ledger_agg(touches, 100, rule::credit_model, role, partner, at, NULL, weight) AS s FROM told_touch GROUP BY 1, 2, 3) q, ledger(s) c GROUP BY rule, touches, want;

-- Dates of day resolution, so that most touches have company.  Renaming the
-- partners changes no more than the last cent, in the order of the rows or
-- against it.
CREATE TEMP TABLE deal AS
SELECT d, CASE WHEN d % 5 > 0 THEN date '2026-02-01' + d % 9 END AS closed_on, (d * 7919 % 1000003)::numeric / 100 AS amount FROM generate_series(1, 1500) d;
CREATE TEMP TABLE touch AS
SELECT d, i, p AS one, md5(p::text) AS other, (ARRAY['sourcing', 'technical', 'first', 'lead created', 'Opportunity-Created', 'closed', NULL])[1 + h % 7] AS role,
       CASE WHEN h % 13 > 0 THEN date '2026-01-20' + h % 22 END AS on_day, make_interval(secs => h % 86400) AS clock, CASE WHEN h % 3 > 0 THEN h % 4 END AS weight
FROM   deal, generate_series(1, d % 9) i, LATERAL (SELECT ('x' || substr(md5(d || 'm' || i), 1, 7))::bit(28)::int AS h) r, LATERAL (SELECT h / 7 % 5 + 8 AS p) n;
CREATE TEMP TABLE rule AS SELECT rule FROM unnest(ARRAY['role_split(sourcing=40, technical=20, unknown=ignore)', 'role_split(sourcing=40, technical=20, unknown=ignore, within=weight)', 'linear', 'linear(per=touch)',
	'first_touch', 'last_touch', 'u_shaped', 'u_shaped(first=50, middle=0, last=10)', 'w_shaped', 'full_path', 'time_decay', 'engagement', 'engagement(half_life=3d)', 'source_wins', 'primary_only']) rule;
CREATE TEMP TABLE renamed AS
SELECT rule, d, i, credit(amount, rule::credit_model, role, one, on_day, closed_on, weight) OVER (PARTITION BY rule, d) AS one,
       credit(amount, rule::credit_model, role, other, on_day, closed_on, weight) OVER (PARTITION BY rule, d ORDER BY i DESC) AS other
FROM   rule, deal JOIN touch USING (d);
SELECT is(count(one), 0::bigint, 'no partner is better off by its name: ' || rule) FROM rule LEFT JOIN (SELECT * FROM renamed WHERE abs(one - other) > 0.01) r USING (rule) GROUP BY rule;
SELECT cmp_ok(count(*), '>', 500::bigint, 'names decide last cents') FROM renamed WHERE one <> other;

-- Every sort of date against its definition: days are compared where the touch
-- or the close is a day.
CREATE FUNCTION pg_temp.part(d int, kind text, close_kind text, lookback text) RETURNS TABLE (i int, counts boolean) LANGUAGE sql AS $$
	SELECT i, CASE WHEN closed IS NULL THEN true
	               WHEN kind = 'date' OR close_kind = 'date' THEN on_day <= closed::date AND (lookback = '' OR on_day::timestamp >= closed::date - lookback::interval)
	               ELSE at <= closed AND (lookback = '' OR at >= closed - lookback::interval) END
	FROM   touch t JOIN deal USING (d), LATERAL (SELECT on_day + clock AS at, closed_on + interval '9 hours' AS closed) x WHERE d = part.d AND on_day IS NOT NULL
$$;
CREATE TEMP TABLE moments AS
SELECT kind, close_kind, lookback, d, count(*) FILTER (WHERE counts) AS n, array_agg(i ORDER BY i) FILTER (WHERE counts) AS counting
FROM   unnest('{date,timestamp,timestamptz}'::text[]) kind, unnest('{date,timestamp,timestamptz}'::text[]) close_kind, unnest('{"",3 days,36 hours,5 hours}'::text[]) lookback,
       deal, LATERAL pg_temp.part(d, kind, close_kind, lookback) WHERE d <= 100 GROUP BY 1, 2, 3, 4;
CREATE FUNCTION pg_temp.counting(kind text, close_kind text, lookback text, form text) RETURNS TABLE (d int, counting int[]) LANGUAGE plpgsql AS $$
DECLARE
	model text = CASE lookback WHEN '' THEN 'engagement(half_life=30d)' ELSE format('engagement(half_life=30d, lookback=%s)', replace(replace(lookback, ' days', 'd'), ' hours', 'h')) END;
	at text = format(CASE kind WHEN 'date' THEN 'on_day' WHEN 'timestamp' THEN 'on_day + clock' ELSE '(on_day + clock) AT TIME ZONE ''UTC''' END);
	closed text = format(CASE close_kind WHEN 'date' THEN 'closed_on' WHEN 'timestamp' THEN 'closed_on + interval ''9 hours''' ELSE '(closed_on + interval ''9 hours'') AT TIME ZONE ''UTC''' END);
BEGIN
	RETURN QUERY EXECUTE format(CASE form
		WHEN 'window' THEN 'SELECT d, array_agg(i ORDER BY i) FILTER (WHERE credit > 0) FROM (SELECT d, i, credit(1000000, %1$L, NULL, i, %2$s, %3$s) OVER (PARTITION BY d) AS credit FROM deal JOIN touch USING (d) WHERE d <= 100) q GROUP BY 1'
		WHEN 'deal' THEN 'SELECT d, array_agg(partner::int ORDER BY partner::int) FILTER (WHERE partner IS NOT NULL AND share > 0) FROM (SELECT d, deal_credit_agg(1000000, %1$L, NULL, i, %2$s, %3$s) AS s FROM deal JOIN touch USING (d) WHERE d <= 100 GROUP BY 1) q, credits(s) GROUP BY 1'
		WHEN 'ledger' THEN 'SELECT deal::int, array_agg(partner::int ORDER BY partner::int) FILTER (WHERE partner IS NOT NULL AND share > 0)
			FROM (SELECT credit_ledger_agg(d, amount, %1$L, NULL, i, at, closed) AS s FROM (SELECT d, 1000000, NULL::int, NULL, %3$s FROM deal WHERE d <= 100 UNION ALL SELECT d, NULL, i, %2$s, NULL FROM touch WHERE d <= 100) r(d, amount, i, at, closed)) q, ledger(s) GROUP BY 1'
		ELSE 'SELECT deal::int, array_agg(partner::int ORDER BY partner::int) FILTER (WHERE partner IS NOT NULL AND amounts[1] > 0)
			FROM (SELECT credit_comparison_agg(ARRAY[%1$L], d, 1000000, NULL, i, %2$s, %3$s) AS s FROM deal JOIN touch USING (d) WHERE d <= 100) q, ledger_comparison(s) GROUP BY 1' END, model, at, closed);
END $$;
CREATE FUNCTION pg_temp.zones(kind text, close_kind text, lookback text, form text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	zone text;
BEGIN
	FOREACH zone IN ARRAY '{UTC,Pacific/Auckland,America/Los_Angeles}'::text[] LOOP
		PERFORM set_config('TimeZone', zone, true);
		RETURN QUERY SELECT format('%s: deal %s, %s instead of %s', zone, g.d, g.counting, m.counting)
			FROM pg_temp.counting(kind, close_kind, lookback, form) g FULL JOIN (SELECT * FROM moments m WHERE m.kind = zones.kind AND m.close_kind = zones.close_kind AND m.lookback = zones.lookback) m USING (d)
			WHERE g.counting IS DISTINCT FROM m.counting AND (m.counting IS NOT NULL OR g.counting IS NOT NULL) LIMIT 3;
	END LOOP;
END $$;
SELECT is_empty(format('SELECT pg_temp.zones(%L, %L, l, f) FROM unnest(''{"",3 days,36 hours,5 hours}''::text[]) l, unnest(''{window,deal,ledger,comparison}''::text[]) f', k, c), format('touches with a %s, a close with a %s', k, c))
FROM   unnest('{date,timestamp,timestamptz}'::text[]) k, unnest('{date,timestamp,timestamptz}'::text[]) c;
SET LOCAL ecosystem.enable_ledger_collect = off;
SET LOCAL ecosystem.enable_ledger_scan = off;
SELECT is_empty(format('SELECT pg_temp.zones(%L, %L, ''3 days'', ''ledger'')', k, c), format('by core''s plan nodes, a %s and a %s', k, c)) FROM unnest('{date,timestamp,timestamptz}'::text[]) k, unnest('{date,timestamp,timestamptz}'::text[]) c;
SET LOCAL ecosystem.enable_ledger_collect = on;
SET LOCAL ecosystem.enable_ledger_scan = on;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE public.moments_deal AS SELECT d::bigint, amount, closed_on FROM deal;
CREATE TABLE public.moments_touch AS SELECT d::bigint, one::bigint, on_day FROM touch;
ANALYZE public.moments_deal, public.moments_touch;
CREATE FUNCTION pg_temp.ledger_of_days(workers int, collect text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true), set_config('ecosystem.enable_ledger_collect', collect, true);
	RETURN (SELECT md5(string_agg(l::text, E'\n' ORDER BY l::text)) FROM (SELECT credit_ledger_agg(d, amount, 'u_shaped(lookback=10d)', NULL, one, on_day, closed_on) AS s
		FROM (SELECT d, amount, NULL::bigint AS one, NULL::date AS on_day, closed_on FROM public.moments_deal UNION ALL SELECT d, NULL, one, on_day, NULL FROM public.moments_touch) r) q, ledger(s) l);
END $$;
CREATE TEMP TABLE days AS SELECT workers, collect, pg_temp.ledger_of_days(workers, collect) AS rows
FROM   unnest('{0,2}'::int[]) workers, unnest('{off,on}'::text[]) collect;
SELECT is(count(DISTINCT rows), 1::bigint, 'days with and without workers, collected and not') FROM days;
SET LOCAL max_parallel_workers_per_gather = 2;
\ir plan.psql
SELECT matches(pg_temp.plan_of($$SELECT credit_ledger_agg(d, amount, 'u_shaped', NULL, one, on_day, closed_on)
	FROM (SELECT d, amount, NULL::bigint AS one, NULL::date AS on_day, closed_on FROM public.moments_deal UNION ALL SELECT d, NULL, one, on_day, NULL FROM public.moments_touch) r$$), 'Parallel Custom Scan \(Credit Ledger Collect\)', 'dates are collected by workers');

-- A close on the day of the touches; what rows must agree on; limits.
SELECT is((SELECT string_agg(credit::text, ' ' ORDER BY n) FROM (SELECT n, credit(100, 'linear(lookback=1d)', NULL, n, at, date '2026-01-05') OVER () FROM (VALUES (1, timestamptz '2026-01-04 00:00+00'), (2, '2026-01-05 23:59:59.999999+00'), (3, '2026-01-06 00:00+00'), (4, '2026-01-03 23:59:59+00')) v(n, at)) q), '50.00 50.00 0.00 0.00', 'a day from its first to its last moment');
SELECT throws_ok($$SELECT credit(1, 'linear', NULL, 'p', NULL, c) OVER () FROM (VALUES (date '2026-01-05'::moment), (timestamptz '2026-01-05 00:00+00'::moment)) v(c)$$, '22023', 'rows of one deal disagree on its close', 'a day is not its midnight');
SELECT throws_ok($$SELECT credit(1, 'linear', NULL, 'p', d) OVER () FROM (VALUES (date '294277-01-01')) v(d)$$, '22008', NULL, 'dates go no further than times');
SELECT is(s::text::deal_credit, s, 'a value with days is read back') FROM (SELECT deal_credit_agg(amount, 'linear', role, one, on_day, closed_on) AS s FROM deal JOIN touch USING (d) WHERE d < 50 GROUP BY d) q;
SELECT results_eq($$SELECT (SELECT string_agg(partner || ' ' || amount, ', ' ORDER BY partner) FROM credits(rollup(s))) FROM (SELECT deal_credit_agg(a, 'last_touch', NULL, p, at, c) AS s
		FROM (VALUES (100, NULL, NULL::moment, date '2026-01-05'::moment), (NULL, 'day', date '2026-01-05'::moment, NULL), (NULL, 'time', timestamptz '2026-01-05 00:00+00'::moment, NULL), (NULL, 'after', timestamptz '2026-01-06 00:00+00'::moment, NULL)) v(a, p, at, c) GROUP BY p) q$$,
	$$VALUES ('after 0.00, day 0.00, time 100.00')$$, 'a day comes before the times of that day');
SELECT results_eq($$SELECT occurred_at FROM (SELECT credit_ledger_agg(1::bigint, 1, 'linear', NULL, 'p', date '2026-01-05', NULL) AS s) q, ledger(s)$$, $$VALUES (timestamptz '2026-01-05 00:00+00')$$, 'a touch''s day is told as its beginning in UTC');
SELECT is(credit(100, 'first_touch', NULL, 'p', '2026-01-05', '2026-01-05') OVER (), 100.00, 'literals without a type');
SELECT is(credit(100, 'first_touch', NULL, 'p', '2026-01-05 10:00', '2026-01-05 09:00') OVER (), 0.00, 'are days or times of UTC by what they say');

SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'ecosystem'::regnamespace AND proname ~ '^((deal_)?credit|ledger)'
	AND proargtypes::oid[] && ARRAY['timestamptz', 'timestamp', 'date']::regtype[]::oid[]$$, 'every time is taken as a moment');

SELECT * FROM finish();
ROLLBACK;
