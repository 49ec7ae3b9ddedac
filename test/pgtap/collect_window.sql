-- Ecosystem Collect answers credit() and apportion() itself: the rows and the errors
-- are those of core's WindowAgg, and what it does not answer is left to that.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT plan(65);

-- Deals that are there twice, without amount, model, close or touch; touches that differ in their date, and of no deal.
CREATE TABLE w_deal AS
SELECT d % 480 AS deal_id, CASE WHEN d % 480 % 11 > 0 THEN (d % 480 * 13.37)::numeric(12, 2) END AS amount, CASE WHEN d % 480 % 13 > 0 THEN (ARRAY['linear', 'u_shaped', 'time_decay(half_life=7d)', 'role_split(sourcing=40, technical=20, unknown=ignore)'])[1 + d % 480 % 4]::credit_model END AS model,
       CASE WHEN d % 480 % 7 > 0 THEN date '2026-03-01' + d % 480 % 60 END AS closed_at, CASE WHEN d % 480 % 17 > 0 THEN d % 480 % 4 END AS digits, d % 480 % 5 AS region
FROM   generate_series(1, 500) d;
CREATE TABLE w_touch AS
SELECT t AS touch_id, (t * 7919::bigint % 530)::int AS deal_id, CASE WHEN t % 19 > 0 THEN 'P' || t % 90 END AS partner, t % 90 AS partner_id, md5((t % 90)::text)::uuid AS partner_uuid, (ARRAY['sourcing', 'technical', 'other', NULL])[1 + t % 4] AS role,
       CASE WHEN t % 23 > 0 THEN timestamptz '2026-01-01' + t * interval '20 minutes' END AS occurred_at, CASE WHEN t % 3 > 0 THEN t % 5 + 0.25 END AS weight, repeat('x', t % 100) AS note
FROM   generate_series(1, 5000) t;
CREATE TABLE w_one AS SELECT DISTINCT ON (deal_id) * FROM w_deal;
ANALYZE w_deal, w_one, w_touch;

\ir plan.psql
CREATE FUNCTION pg_temp.contents(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	said text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) FROM (%s) q', query) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ': ' || SQLERRM || ' ' || said;
END
$$;
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_collect = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
-- in order, and by core's WindowAgg over the same node, which an offset, of a frame that plays no part, leaves them to
CREATE FUNCTION pg_temp.in_order(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(md5(string_agg(q::text, '' '')), '''') FROM (%s) q', query) INTO result;
	RETURN result;
END
$$;
CREATE FUNCTION pg_temp.framed(query text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(query, '\(PARTITION BY ([^)]+)\)', '(PARTITION BY \1 ROWS 1 PRECEDING)', 'g')
$$;
-- by the node, without a WindowAgg
CREATE FUNCTION pg_temp.answers(query text) RETURNS boolean LANGUAGE plpgsql SET enable_sort = off AS $$
DECLARE
	plan text = pg_temp.plan_of(query, 'VERBOSE');
BEGIN
	RETURN plan LIKE '%Ecosystem Collect%Window Function: %' AND plan NOT LIKE '%WindowAgg%' AND plan NOT LIKE '%(?)%';
END
$$;
-- the rows that core has, or its error
CREATE FUNCTION pg_temp.same(query text, what text) RETURNS SETOF text LANGUAGE plpgsql SET enable_sort = off AS $$
BEGIN
	IF NOT pg_temp.answers(query) THEN
		RETURN NEXT fail(what || E': not answered by the node\n' || pg_temp.plan_of(query));
	ELSE
		RETURN NEXT is(pg_temp.contents(query), pg_temp.core(query), what);
	END IF;
END
$$;
\set joined 'w_deal d JOIN w_touch t ON d.deal_id = t.deal_id'
\set kept 'w_deal d LEFT JOIN w_touch t ON d.deal_id = t.deal_id'
\set credit 'credit(amount, model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY d.deal_id)'

-- also where what a row has depends on which comes first
CREATE FUNCTION pg_temp.same_in_order(query text, what text) RETURNS SETOF text LANGUAGE plpgsql SET enable_sort = off AS $$
DECLARE
	framed text = pg_temp.framed(query);
BEGIN
	IF NOT pg_temp.answers(query) OR pg_temp.plan_of(framed) NOT LIKE '%WindowAgg%Ecosystem Collect%' THEN
		RETURN NEXT fail(what || E': not answered by the node, or\n' || pg_temp.plan_of(framed));
	ELSE
		RETURN NEXT is(pg_temp.in_order(query), pg_temp.in_order(framed), what);
	END IF;
END
$$;

-- what EXPLAIN shows

SELECT is(pg_temp.plan_of(format('SELECT touch_id, %s FROM %s', :'credit', :'joined')), E'Custom Scan (Ecosystem Collect)\n  Join Type: Inner\n  Collect Key: (d.deal_id = t.deal_id)\n  Window Function: credit\n  ->  Seq Scan on w_deal d\n  ->  Seq Scan on w_touch t\n', 'there is no WindowAgg');
SELECT alike(pg_temp.plan_of(format('SELECT touch_id, credit(amount, ''linear'', NULL, partner) OVER w * 2 AS c, apportion(amount, 1) OVER w FROM %s WINDOW w AS (PARTITION BY d.deal_id) ORDER BY c', :'joined'), 'VERBOSE, COSTS OFF'),
             E'Sort\n  Output: t.touch_id, (((credit(d.amount, ''linear''::credit_model, NULL::text, t.partner, NULL::moment, NULL::moment, NULL::numeric)) * ''2''::numeric)), (apportion(d.amount, ''1''::numeric, 2))%\n  Sort Key: (((credit(d.amount, %)) * ''2''::numeric))\n  ->  Custom Scan (Ecosystem Collect)\n        Output: t.touch_id, ((credit(d.amount, %)) * ''2''::numeric), (apportion(d.amount, ''1''::numeric, 2))%\n%Window Function: credit, apportion\n%', 'calls are shown as such, above the node as well');
SELECT is((SELECT json ->> 'Window Function' FROM (SELECT pg_temp.plan_of(format('SELECT %s FROM %s', :'credit', :'joined'), 'FORMAT JSON')::json #> '{0,Plan}' AS json) q), '["credit"]', 'in other formats');
SELECT matches(pg_temp.plan_of(format('SELECT %s FROM %s', :'credit', :'joined'), 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: 480  Partitions: \d+  Batches: 1  Memory Usage: \d+kB\n', 'with what it took');

-- all forms, over deals of all kinds

SELECT pg_temp.same_in_order(format('SELECT d.deal_id, touch_id, %s FROM %s', 'credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY d.deal_id)', replace(:'joined', 'w_deal', 'w_one')), 'credit by text');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, credit(amount, ''time_decay(half_life=30d)'', NULL, partner_id, occurred_at, closed_at) OVER (PARTITION BY d.deal_id) FROM %s', :'joined'), 'by bigint, with dates');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, credit(amount, ''engagement'', NULL, partner_uuid, occurred_at, closed_at, weight) OVER (PARTITION BY d.deal_id) FROM %s', :'joined'), 'by uuid, with weights');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, %s FROM %s', :'credit', :'joined'), 'with a model in the deal');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, %s FROM %s', :'credit', :'kept'), 'deals without touches');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, %s FROM w_touch t RIGHT JOIN w_deal d ON d.deal_id = t.deal_id', :'credit'), 'a right join');
SELECT pg_temp.same(format('SELECT t.*, d.*, %s FROM %s', replace(:'credit', 'd.deal_id', 't.deal_id'), :'joined'), 'by the touch''s key, with all columns');
SELECT pg_temp.same(format('SELECT d.deal_id, %s FROM %s', :'credit', :'kept' || ' AND t.occurred_at < d.closed_at'), 'another condition');
SELECT pg_temp.same(format('SELECT d.deal_id, %s FROM %s', :'credit', :'kept' || ' AND t.occurred_at < d.closed_at WHERE t.note IS NULL OR length(t.note) + d.region > 40'), 'one of the rows that are joined');
SELECT pg_temp.same(format('SELECT d.deal_id, %s FROM %s', replace(:'credit', 'd.deal_id', 'd.deal_id, d.region'), :'kept'), 'more of the deal');
SELECT pg_temp.same_in_order(format('SELECT d.deal_id, apportion(amount, weight) OVER (PARTITION BY d.deal_id) FROM %s AND weight > 0', :'joined'), 'apportion');
SELECT pg_temp.same_in_order(format('SELECT d.deal_id, apportion(amount, coalesce(weight, 1), digits + 2) OVER (PARTITION BY d.deal_id) FROM %s', :'kept'), 'with digits, some of them null');
SELECT pg_temp.same(format('SELECT d.deal_id, credit(amount * (1 + 2), CASE WHEN d.region = 3 THEN ''linear'' ELSE ''last_touch'' END::credit_model, lower(role), upper(partner || note), occurred_at + interval ''1 day'', closed_at - 1, weight * 2) OVER (PARTITION BY d.deal_id) FROM %s', :'kept'), 'computed arguments');
SELECT pg_temp.same(format('SELECT d.deal_id, credit(12, ''linear'', NULL, ''P'') OVER (PARTITION BY d.deal_id) FROM %s', :'kept'), 'nothing but constants');
SELECT pg_temp.same(format('SELECT d.deal_id, credit(NULL, NULL, NULL, NULL::text) OVER (PARTITION BY d.deal_id) FROM %s', :'kept'), 'nothing at all');
SELECT pg_temp.same(format('SELECT touch_id, credit(d.deal_id * 1e30 + 0.01, ''linear'', NULL, partner, occurred_at) OVER (PARTITION BY d.deal_id) FROM %s', :'joined'), 'amounts that fit no machine integer');
SELECT pg_temp.same(format('SELECT d.deal_id, touch_id, %s FROM %s', :'credit', replace(:'joined', 'w_touch', '(SELECT * FROM w_touch LIMIT 0)')), 'no rows');

-- as people use them

SELECT pg_temp.same(format('SELECT touch_id, %s * 2 - amount FROM %s', :'credit', :'joined'), 'in an expression');
SELECT pg_temp.same(format('SELECT touch_id FROM %s ORDER BY %s DESC NULLS LAST, touch_id, d.region LIMIT 50', :'joined', :'credit'), 'in ORDER BY alone');
SELECT pg_temp.same(format('SELECT DISTINCT d.region, %s FROM %s', :'credit', :'joined'), 'under DISTINCT');
SELECT pg_temp.same(format('SELECT partner, sum(c), count(c) FROM (SELECT partner, %s AS c FROM %s) q GROUP BY partner', :'credit', :'joined'), 'under GROUP BY');
SELECT pg_temp.same(format('SELECT * FROM (SELECT touch_id, %s AS c FROM %s) q WHERE c > 100', :'credit', :'joined'), 'under WHERE');
SELECT pg_temp.same_in_order(format('SELECT touch_id, credit(amount, ''linear'', NULL, partner, occurred_at) OVER w, credit(amount, ''u_shaped'', NULL, partner, occurred_at) OVER w - credit(amount, ''linear'', NULL, partner, occurred_at) OVER w, apportion(amount, 1) OVER w FROM %s WINDOW w AS (PARTITION BY d.deal_id)', :'joined' || ' AND d.deal_id > 20 AND d.deal_id % 30 <> 9'), 'several calls in one window');
SELECT pg_temp.same(format('SELECT q.c, r.c FROM (SELECT touch_id, %s AS c FROM %s) q JOIN (SELECT touch_id, %s AS c FROM %s) r ON q.touch_id = r.touch_id', :'credit', :'joined', replace(:'credit', 'model', '''linear'''), :'kept'), 'twice in a query');
SELECT pg_temp.same(format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (SELECT touch_id, credit(amount + o, model, role, partner, occurred_at, closed_at) OVER (PARTITION BY d.deal_id) FROM %s AND t.note <> repeat(''x'', o) WHERE d.region < o) q', :'kept'), 'once for each row outside');
SELECT pg_temp.same(format('SELECT touch_id, credit((SELECT max(amount) FROM w_deal), ''linear'', NULL, (SELECT max(p.partner) FROM w_touch p WHERE p.touch_id = t.touch_id %% 7), occurred_at) OVER (PARTITION BY d.deal_id) FROM %s', :'joined'), 'subqueries as arguments');
SELECT pg_temp.same(format('SELECT d.tableoid::regclass, t, %s FROM %s', :'credit', :'joined'), 'columns of the system, whole rows');
CREATE VIEW w_view AS SELECT touch_id, d.deal_id, credit(amount, model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY d.deal_id) FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id;
SELECT pg_temp.same('SELECT * FROM w_view WHERE deal_id < 200', 'in a view, of some of its deals');
SELECT pg_temp.same(format('SELECT touch_id, %s FROM %s', :'credit', replace(:'joined', 'ON d.deal_id = t.deal_id', 'ON d.deal_id = t.deal_id WHERE t.touch_id IN (SELECT touch_id * 2 FROM w_touch)')), 'over more than two tables');
SELECT pg_temp.same(format('SELECT touch_id, %s, (SELECT count(*) FROM w_touch x WHERE x.deal_id = d.deal_id AND x.partner = t.partner) FROM %s', :'credit', :'joined'), 'beside a subquery of both sides');
SELECT pg_temp.same(format('SELECT touch_id, CASE WHEN %1$s > 100 THEN %1$s ELSE -1 END, coalesce(%1$s, 0) FROM %2$s', :'credit', :'joined'), 'the same call several times');
SELECT pg_temp.same(format('SELECT touch_id, %1$s FROM %2$s UNION ALL SELECT touch_id, %1$s * 2 FROM %3$s', :'credit', :'joined', :'kept'), 'under UNION ALL');
SELECT pg_temp.same(format('WITH w AS MATERIALIZED (SELECT touch_id, %s AS c FROM %s) SELECT a.c, b.c FROM w a JOIN w b USING (touch_id)', :'credit', :'joined'), 'read twice');
SELECT pg_temp.same(format('SELECT * FROM w_deal WHERE deal_id IN (SELECT deal_id FROM (SELECT d.deal_id, %s AS c FROM %s) q WHERE c > 500)', :'credit', :'joined'), 'in a semijoin');
CREATE TEMP TABLE w_stored (touch_id int, credit numeric(20, 2));
SET LOCAL enable_sort = off;
SELECT ok(pg_temp.answers(format('INSERT INTO w_stored SELECT touch_id, %s FROM %s', :'credit', :'joined')), 'INSERT ... SELECT');
INSERT INTO w_stored SELECT touch_id, credit(amount, model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY d.deal_id) FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id;
CREATE TEMP TABLE w_made AS SELECT touch_id, credit(amount, model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY d.deal_id)::numeric(20, 2) FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id;
SELECT is(pg_temp.contents('TABLE w_stored'), pg_temp.core(format('SELECT touch_id, (%s)::numeric(20, 2) FROM %s', :'credit', :'joined')), 'has its rows');
SELECT is(pg_temp.contents('TABLE w_made'), pg_temp.contents('TABLE w_stored'), 'CREATE TABLE AS, too');
PREPARE w_prepared(numeric, int) AS SELECT touch_id, credit(amount + $1, 'linear', NULL, partner, occurred_at) OVER (PARTITION BY d.deal_id) AS c FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id WHERE region = $2;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT ok(pg_temp.answers('EXECUTE w_prepared(1, 2)'), 'prepared');
CREATE TEMP TABLE w_first AS EXECUTE w_prepared(3, 2);
SELECT ok(pg_temp.answers('EXECUTE w_prepared(1, 2)'), 'shown between two of its runs');
CREATE TEMP TABLE w_second AS EXECUTE w_prepared(3, 2);
SELECT is(pg_temp.contents('TABLE w_first'), pg_temp.core('SELECT touch_id, credit(amount + 3, ''linear'', NULL, partner, occurred_at) OVER (PARTITION BY d.deal_id) FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id WHERE region = 2'), 'with its parameters');
SELECT is(pg_temp.contents('TABLE w_first'), pg_temp.contents('TABLE w_second'), 'each time');
DECLARE c SCROLL CURSOR FOR SELECT touch_id, credit(amount, 'linear', NULL, partner) OVER (PARTITION BY d.deal_id) FROM w_deal d JOIN w_touch t ON d.deal_id = t.deal_id;
MOVE ABSOLUTE 2000 IN c;
MOVE BACKWARD ALL IN c;
CREATE FUNCTION pg_temp.first_of(c refcursor) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN MOVE ABSOLUTE 0 IN c; FETCH c INTO r; RETURN r::text; END $$;
SELECT is(pg_temp.first_of('c'), pg_temp.first_of('c'), 'by a cursor, to and fro');
CLOSE c;

-- what is left to core

SELECT ok(NOT pg_temp.answers(format('SELECT %s, row_number() OVER (PARTITION BY d.deal_id) FROM %s', :'credit', :'joined')), 'not beside other window functions');
SELECT ok(NOT pg_temp.answers(format('SELECT %s, sum(amount) OVER (PARTITION BY d.deal_id) FROM %s', :'credit', :'joined')), 'nor aggregates');
SELECT ok(NOT pg_temp.answers(format('SELECT %s, credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY d.region) FROM %s', :'credit', :'joined')), 'nor of two windows');
SELECT ok(NOT pg_temp.answers(format('SELECT apportion(amount, 1) OVER (PARTITION BY d.deal_id ORDER BY occurred_at) FROM %s', :'joined')), 'nor in an order');
SELECT ok(NOT pg_temp.answers(format('SELECT credit(amount, ''linear'', NULL, partner || random()) OVER (PARTITION BY d.deal_id) FROM %s', :'joined')), 'nor of chance');
SELECT ok(NOT pg_temp.answers(format('SELECT deal_motion_agg(role, occurred_at, closed_at) OVER (PARTITION BY d.deal_id) FROM %s', :'joined')), 'nor an aggregate of ours');
SELECT is(pg_temp.contents(query), pg_temp.core(query), 'nor in a frame that may be wrong') FROM format('SELECT credit(amount, ''linear'', NULL, partner) OVER (PARTITION BY d.deal_id ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM %s', :'joined') query;
SELECT is(pg_temp.contents(query), pg_temp.core(query), 'but beside them') FROM format('SELECT touch_id, %s, count(*) OVER (PARTITION BY d.deal_id) FROM %s', :'credit', :'joined') query;

-- errors

\set one 'WHERE d.deal_id + 0 = 222'
SELECT pg_temp.same(format('SELECT credit(touch_id, ''linear'', NULL, partner) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one'), 'amounts that disagree');
SELECT pg_temp.same(format('SELECT credit(amount, CASE WHEN touch_id %% 2 = 0 THEN ''linear'' ELSE ''u_shaped'' END::credit_model, NULL, partner, occurred_at) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one'), 'models');
SELECT pg_temp.same(format('SELECT apportion(amount, 1, touch_id %% 3) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one'), 'digits');
SELECT pg_temp.same(format('SELECT apportion(amount, 1, 77) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one'), 'digits that there are not');
SELECT pg_temp.same(format('SELECT apportion(amount, -touch_id) OVER (PARTITION BY d.deal_id) FROM %s WHERE touch_id = 222', :'joined'), 'a weight below zero');
SELECT pg_temp.same(format('SELECT credit(amount, ''linear'', NULL, partner, weight => 1 / (touch_id - touch_id)) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one'), 'in an argument');
SELECT matches(pg_temp.contents(format('SELECT credit(touch_id, ''linear'', NULL, partner) OVER (PARTITION BY d.deal_id) FROM %s %s', :'joined', :'one')), '^22023: .*amount', 'which are errors');

-- memory: batches, a deal that all touches are of

SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT matches(pg_temp.plan_of(format('SELECT %s, note FROM %s', :'credit', :'joined'), 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: 480  Partitions: \d{2,}  Batches: \d{2,} ', 'in files');
SELECT pg_temp.same(format('SELECT touch_id, note, %s FROM %s', :'credit', :'kept'), 'the same rows');
CREATE TEMP TABLE w_large AS SELECT touch_id + 5000 * n AS touch_id, CASE WHEN touch_id % 7 = 0 THEN 7 ELSE 222 END AS deal_id, partner, role, occurred_at + n * interval '1 second' AS occurred_at, weight FROM w_touch, generate_series(0, 29) n;
ANALYZE w_large;
SELECT pg_temp.same(format('SELECT touch_id, %s FROM %s', :'credit', replace(:'joined', 'w_touch', 'w_large')), 'and of a large deal');
SELECT cmp_ok((regexp_match(pg_temp.plan_of(format('SELECT %s FROM %s', :'credit', replace(:'joined', 'w_touch', 'w_large')), 'ANALYZE, COSTS OFF, TIMING OFF'), 'Memory Usage: (\d+)kB'))[1]::int, '>', 10000, 'whose rows are in memory, and counted');
SELECT * FROM finish();
ROLLBACK;
