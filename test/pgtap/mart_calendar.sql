-- mart_calendar: what fiscal quarters are called
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(6);
SELECT results_eq($$SELECT starts, day::text, _fiscal_quarter(day, starts) FROM (VALUES (1, date '2026-01-01'), (1, '2026-12-31'), (2, '2026-01-31'), (2, '2026-02-01'), (2, '2026-05-31'),
		(7, '2026-06-30'), (7, '2026-07-01'), (7, '2027-06-30'), (12, '2026-11-30'), (12, '2026-12-01'), (12, '2027-02-28')) AS v(starts, day)$$,
	$$VALUES (1, '2026-01-01', 'FY2026 Q1'), (1, '2026-12-31', 'FY2026 Q4'), (2, '2026-01-31', 'FY2026 Q4'), (2, '2026-02-01', 'FY2027 Q1'), (2, '2026-05-31', 'FY2027 Q2'),
		(7, '2026-06-30', 'FY2026 Q4'), (7, '2026-07-01', 'FY2027 Q1'), (7, '2027-06-30', 'FY2027 Q4'), (12, '2026-11-30', 'FY2026 Q4'), (12, '2026-12-01', 'FY2027 Q1'), (12, '2027-02-28', 'FY2027 Q1')$$,
	'a year is called by the one it ends in, and has four quarters from its first month on');
SELECT is_empty($$SELECT starts, day FROM generate_series(1, 12) starts, generate_series(date '2023-12-01', '2026-12-31', '1 day') d, LATERAL (SELECT d::date AS day) x
	WHERE _fiscal_quarter(day, starts) <> format('FY%s Q%s', extract(year FROM day) + CASE WHEN starts > 1 AND extract(month FROM day) >= starts THEN 1 ELSE 0 END,
		1 + (extract(month FROM day)::integer - starts + 12) % 12 / 3)$$, 'whichever month it starts with, each day has the name that counting months gives it');
SELECT is(_fiscal_quarter(NULL, 1), NULL, 'no day has no quarter');
SELECT is(_fiscal_quarter('infinity', 1), NULL, 'nor has one that never comes');
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || query; END $$;
SELECT is_empty($$SELECT p FROM pg_temp.plan('SELECT ecosystem._fiscal_quarter(current_date, n) FROM generate_series(1, 2) n') p WHERE p ~ '_fiscal_quarter'$$, 'it costs no call');
SELECT is_empty($$SELECT name FROM mart_relation WHERE query ~ '''FY'''$$, 'no text writes the name out');
SELECT * FROM finish();
ROLLBACK;
