-- credit_ledger: what several processes make of a ledger in shared memory is
-- what one makes of it, row by row and cent by cent.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(36);

-- Large enough for two workers, in tables that workers can read.
CREATE TABLE team_deal AS
SELECT d, 'D' || md5(d::text) AS name, md5('u' || d)::uuid AS uid,
       CASE WHEN d % 97 = 0 THEN NULL WHEN d % 89 = 0 THEN d * 1e25 WHEN d % 83 = 0 THEN d + 0.001 WHEN d % 5 = 0 THEN -d ELSE d * 13.37 END::numeric AS amount,
       CASE WHEN d % 7 <> 0 THEN timestamptz '2026-02-01' END AS closed_at,
       CASE d % 4 WHEN 0 THEN 'u_shaped' WHEN 1 THEN 'time_decay(half_life=100h)' WHEN 2 THEN 'role_split(sourcing=40, technical=20, unknown=ignore)' END AS rule
FROM   generate_series(1, 60000) d;
CREATE TABLE team_touch AS
SELECT d, i, (ARRAY['sourcing', 'Technical', 'first', NULL])[1 + h % 4] AS role, 'P' || h % 300 AS partner, md5('p' || h % 300)::uuid AS partner_uid, h % 300 AS number,
       CASE WHEN h % 11 <> 0 THEN timestamptz '2026-01-01' + (h % 40) * interval '17 hours' END AS occurred_at,
       CASE WHEN h % 3 > 0 THEN h % 5 + 0.001 * (h % 4) END AS weight
FROM   team_deal, generate_series(1, d % 13) i, LATERAL (SELECT hashint4(d * 16 + i) & 1048575 AS h) r;
ANALYZE team_deal, team_touch;
SELECT cmp_ok(count(*), '>', 400000::bigint, 'rows for two workers') FROM (SELECT 1 FROM team_deal UNION ALL SELECT 1 FROM team_touch) r;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;

CREATE VIEW by_number AS
SELECT credit_ledger_agg(d::bigint, amount, rule::credit_model, role, number::bigint, occurred_at, closed_at, weight) AS ledger
FROM  (SELECT d, amount, rule, NULL, NULL, NULL, closed_at, NULL FROM team_deal UNION ALL SELECT d, NULL, NULL, role, number, occurred_at, NULL, weight FROM team_touch)
      r (d, amount, rule, role, number, occurred_at, closed_at, weight);
CREATE VIEW by_name AS
SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS ledger
FROM  (SELECT name, amount, rule, NULL, NULL, NULL, closed_at, NULL FROM team_deal
       UNION ALL SELECT name, NULL, NULL, role, partner, occurred_at, NULL, weight FROM team_touch JOIN team_deal USING (d))
      r (d, amount, rule, role, partner, occurred_at, closed_at, weight);
CREATE VIEW by_uid AS
SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS ledger
FROM  (SELECT uid, amount, rule, NULL, NULL::uuid, NULL, closed_at, NULL FROM team_deal
       UNION ALL SELECT uid, NULL, NULL, role, partner_uid, occurred_at, NULL, weight FROM team_touch JOIN team_deal USING (d))
      r (d, amount, rule, role, partner, occurred_at, closed_at, weight);
CREATE VIEW compared AS
SELECT credit_comparison_agg(ARRAY['time_decay(half_life=100h)', 'u_shaped', 'linear'], d::bigint, amount, role, number::bigint, occurred_at, closed_at, weight) AS ledger
FROM  (SELECT d, amount, NULL, NULL, NULL, closed_at, NULL FROM team_deal UNION ALL SELECT d, NULL, role, number, occurred_at, NULL, weight FROM team_touch)
      r (d, amount, role, number, occurred_at, closed_at, weight);

-- Rows of a query: how many, and a sum that changes with any of them; the
-- second one also with their order.  Of one in sixteen also how they are written,
-- with every digit: to write them all takes longer than to make them.
CREATE FUNCTION pg_temp.digest(query text, workers int, ordered bool DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(sum(CASE WHEN h & 15 = 0 THEN hashtextextended(r::text, h) ELSE h END::numeric), 0) FROM (%s) r, LATERAL (SELECT hash_record_extended(r, 0) AS h) h',
	               CASE WHEN ordered THEN 'SELECT row_number() OVER () AS n, q.* FROM (' || query || ') q' ELSE query END) INTO result;
	RETURN result;
END
$$;
-- A query's plan as it ran.
\set plan_options 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF'
\ir plan.psql

SET max_parallel_workers_per_gather = 2;
SELECT matches(pg_temp.plan_of('SELECT l.* FROM by_number, ledger(ledger) l'), 'Credit Ledger Scan[^\n]*\n *Workers Launched: [12]', 'workers make the rows of ledger()');
SELECT matches(pg_temp.plan_of('SELECT l.* FROM compared, ledger_comparison(ledger) l'), 'Credit Ledger Scan[^\n]*\n *Workers Launched: [12]', 'and of ledger_comparison()');
SELECT doesnt_match(pg_temp.plan_of('SELECT l.* FROM by_number, ledger(ledger) l WHERE false'), 'Workers Launched', 'no workers for no rows');
SET max_parallel_workers_per_gather = 0;
SELECT doesnt_match(pg_temp.plan_of('SELECT l.* FROM by_number, ledger(ledger) l'), 'Workers Launched', 'nor where none are allowed');

CREATE TEMP TABLE question AS SELECT * FROM (VALUES
	('totals of bigint', 'SELECT t.* FROM by_number, partner_totals(ledger) t', false),
	('totals of text', 'SELECT t.* FROM by_name, partner_totals(ledger) t', false),
	('totals of uuid', 'SELECT t.* FROM by_uid, partner_totals(ledger) t', false),
	('totals compared', 'SELECT t.* FROM compared, partner_totals(ledger) t', false),
	('rows of bigint, in order', 'SELECT l.* FROM by_number, ledger(ledger) l', true),
	('rows of text', 'SELECT l.* FROM by_name, ledger(ledger) l', false),
	('rows of uuid', 'SELECT l.* FROM by_uid, ledger(ledger) l', false),
	('rows compared, in order', 'SELECT l.* FROM compared, ledger(ledger) l', true),
	('models side by side, in order', 'SELECT l.* FROM compared, ledger_comparison(ledger) l', true),
	('few columns', 'SELECT partner, amount, occurred_at FROM by_number, ledger(ledger) l', true),
	('no column', 'SELECT 1 FROM by_number, ledger(ledger) l', true),
	('totals from a flat ledger', 'WITH f AS MATERIALIZED (SELECT * FROM by_name) SELECT t.* FROM f, partner_totals(ledger) t', false),
	('rows from a flat ledger', 'WITH f AS MATERIALIZED (SELECT * FROM by_name) SELECT l.* FROM f, ledger(ledger) l', false)) q (what, query, ordered);
CREATE TEMP TABLE alone AS SELECT what, pg_temp.digest(query, 0, ordered) FROM question;
SELECT is(pg_temp.digest(query, 2, ordered), digest, 'two workers: ' || what) FROM question JOIN alone USING (what);
SET max_parallel_workers = 1;
SELECT is(pg_temp.digest(query, 2, ordered), digest, 'one of two starts: ' || what) FROM question JOIN alone USING (what) WHERE what ~ 'in order';
SET max_parallel_workers = 0;
SELECT is(pg_temp.digest(query, 2, ordered), digest, 'none starts: ' || what) FROM question JOIN alone USING (what) WHERE what ~ 'in order';
RESET max_parallel_workers;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT is(pg_temp.digest(query, 2, ordered), digest, 'the leader waits: ' || what) FROM question JOIN alone USING (what) WHERE what ~ 'in order';
RESET parallel_leader_participation;

-- All money is there.
SET max_parallel_workers_per_gather = 2;
SELECT is((SELECT sum(t.amount) FROM by_number, partner_totals(ledger) t), (SELECT sum(amount) FROM team_deal), 'totals reconcile');
SELECT is((SELECT sum(l.amount) FROM by_name, ledger(ledger) l), (SELECT sum(amount) FROM team_deal), 'rows reconcile');

-- Ends before the end, errors.
SELECT is((SELECT count(*) FROM (SELECT l.* FROM by_number, ledger(ledger) l LIMIT 1000) l), 1000::bigint, 'a query that stops early');
INSERT INTO team_deal SELECT d, name, uid, amount + 1, closed_at, rule FROM team_deal WHERE d = 12345;
SELECT throws_ok('SELECT count(reason) FROM by_number, ledger(ledger) l', '22023', 'rows of one deal disagree on its amount', 'an error, wherever it is met');
SELECT throws_ok('SELECT count(*) FROM by_number, partner_totals(ledger) t', '22023', 'rows of one deal disagree on its amount', 'the same in totals');
DELETE FROM team_deal WHERE d = 12345;
SELECT lives_ok('SELECT count(reason) FROM by_number, ledger(ledger) l', 'and all is well after it');
CREATE TEMP TABLE stored (deal text, partner text, amount numeric);
SELECT lives_ok('INSERT INTO stored SELECT deal, partner, amount FROM by_number, ledger(ledger) l', 'rows inserted');
SELECT is((SELECT sum(amount) FROM stored), (SELECT sum(amount) FROM team_deal), 'all of them');
CREATE TEMP TABLE made AS SELECT deal, partner, l.amount FROM by_number, ledger(ledger) l;
SELECT is((SELECT sum(amount) FROM made), (SELECT sum(amount) FROM team_deal), 'CREATE TABLE AS');

SELECT * FROM finish();
ROLLBACK;
