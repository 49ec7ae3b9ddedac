-- credit_ledger: what the ledgers of a query may hold together, and what
-- happens where shared memory is less than they need.
BEGIN;
SET search_path = ecosystem, public;
SELECT no_plan();

SELECT isnt(ecosystem_version(), NULL, 'the library is loaded');
SELECT is(current_setting('ecosystem.ledger_memory'), '-1', 'hash memory says how much, where nothing is set');
SELECT throws_ok($$SET LOCAL ecosystem.ledger_memory = -2$$, '22023', NULL, 'less than that is nothing');

CREATE TABLE public.ledger_memory AS
SELECT d::bigint, md5(d::text) AS name, 100 AS amount, NULL::text AS role, 'P' || d % 50 AS partner FROM generate_series(1, 300000) d;
ANALYZE public.ledger_memory;

-- The error, or how many rows and what amount are in the ledger.
CREATE FUNCTION pg_temp.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
	hint text;
BEGIN
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ' | ' || regexp_replace(detail, '\d+', 'N') || ' | ' || split_part(hint, ',', 1);
END $$;
CREATE FUNCTION pg_temp.workers(n int) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('max_parallel_workers_per_gather', n::text, true), set_config('parallel_setup_cost', '0', true),
	       set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true)
$$;
CREATE FUNCTION pg_temp.too_much(mb int) RETURNS text LANGUAGE sql AS $$
	SELECT format('53400 credit ledger exceeds ecosystem.ledger_memory (%s MB) | The ledgers of the query would hold N MB. | Raise ecosystem.ledger_memory', mb)
$$;
SELECT pg_temp.workers(0);

SET LOCAL enable_sort = off;
-- 60,000 rows, each a deal and a touch, are some 4 MB.
SET LOCAL ecosystem.ledger_memory = '6MB';
CREATE TEMP TABLE bounded AS SELECT * FROM (VALUES
	('one', 'SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 60000) q, partner_totals(l) t', '6000000.00'),
	('a larger one', 'SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 120000) q, partner_totals(l) t', NULL),
	('two beside each other', 'SELECT length(a::text || b::text) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS a, credit_ledger_agg(d, amount, ''linear'', NULL, partner) AS b FROM ledger_memory WHERE d <= 60000) q', NULL),
	('two, one behind the other', 'SELECT sum(t.amount) FROM generate_series(1, 2) n, LATERAL (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 60000 AND d <> -n) q, partner_totals(l) t', '12000000.00'),
	('groups', 'SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 120000 GROUP BY d % 10) q, partner_totals(l) t', NULL),
	('few groups', 'SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 30000 GROUP BY d % 3) q, partner_totals(l) t', '3000000.00'),
	('two of a join', 'SELECT length(a.l::text || b.l::text) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 60000) a, (SELECT credit_ledger_agg(d, amount, ''linear'', role, ''x'') AS l FROM ledger_memory WHERE d <= 60000) b', NULL)) b (what, query, expected);
SELECT is(pg_temp.outcome(query), coalesce(expected, pg_temp.too_much(6)), 'bounded: ' || what) FROM bounded;
SET LOCAL ecosystem.enable_ledger_collect = off;
SELECT is(pg_temp.outcome(query), coalesce(expected, pg_temp.too_much(6)), 'bounded, collected by core: ' || what) FROM bounded;
RESET ecosystem.enable_ledger_collect;
SELECT is(pg_temp.outcome(query), expected, 'nothing is left of what failed: ' || what) FROM bounded, generate_series(1, 2) WHERE what = 'one';

-- What workers hold counts together, packed as it is at last.
SELECT pg_temp.workers(2);
SET LOCAL ecosystem.ledger_memory = '4MB';
SELECT is(pg_temp.outcome('SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory) q, partner_totals(l) t'), pg_temp.too_much(4), 'workers together');
SET LOCAL ecosystem.ledger_memory = '24MB';
SELECT is(pg_temp.outcome('SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory) q, partner_totals(l) t'), '30000000.00', 'where there is room for all of them');
RESET ecosystem.ledger_memory;

-- Rows that nobody expects: little is reserved, and the others go another way.
CREATE TEMP TABLE unexpected AS SELECT what, format('SELECT string_agg(t::text, '' '' ORDER BY t.partner) FROM (SELECT %s AS l FROM ledger_memory WHERE d + 0 = d - 0 AND amount + 0 = amount - 0) q, partner_totals(l) t', made) AS query FROM (VALUES
	('bigint', 'credit_ledger_agg(d, amount, ''linear'', role, partner)'),
	('text', 'credit_ledger_agg(name, amount, ''linear'', role, partner)'),
	('models compared', 'credit_comparison_agg(''{linear,u_shaped}'', name, amount * 1e25, role, partner)')) u (what, made);
SELECT pg_temp.workers(0);
CREATE TEMP TABLE alone AS SELECT what, pg_temp.outcome(query) FROM unexpected;
SELECT cmp_ok(length(outcome), '>', 1000, 'totals: ' || what) FROM alone;
SELECT pg_temp.workers(2);
SET LOCAL parallel_tuple_cost = 100;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	result json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO result;
	RETURN result;
END $$;
SELECT cmp_ok((jsonb_path_query_first(pg_temp.plan_of(query)::jsonb, 'lax $.**."Plans"[*] ? (@."Node Type" == "Seq Scan")."Plan Rows"'))::int, '<', 100, 'few rows are expected: ' || what) FROM unexpected;
SELECT matches(pg_temp.plan_of(query)::text, 'Gather.*Credit Ledger Collect.*Seq Scan', 'of workers: ' || what) FROM unexpected;
SELECT is(pg_temp.outcome(query), outcome, 'all rows are there: ' || what) FROM unexpected JOIN alone USING (what);
SELECT is(pg_temp.outcome($$SELECT count(*) || ' ' || sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, 'linear', role, partner) AS l FROM ledger_memory WHERE d + 0 = d - 0 AND amount + 0 = amount - 0) q, ledger(l) t$$),
	'300000 30000000.00', 'workers do not read what is not shared');
SET LOCAL ecosystem.ledger_memory = '8MB';
SELECT is(pg_temp.outcome(query), pg_temp.too_much(8), 'nor does that pass the bound: ' || what) FROM unexpected;
-- A bound that was lowered while a ledger is held
SET LOCAL parallel_tuple_cost = 0;
DECLARE holder CURSOR FOR SELECT l.deal FROM (SELECT credit_ledger_agg(d, amount, 'linear', role, partner) AS l FROM ledger_memory WHERE d <= 60000) q, ledger(q.l) l;
MOVE holder;
SET LOCAL ecosystem.ledger_memory = '1MB';
SELECT is(pg_temp.outcome('SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 100) q, partner_totals(l) t'), pg_temp.too_much(1), 'lowered: workers');
SELECT pg_temp.workers(0);
SELECT is(pg_temp.outcome('SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 100) q, partner_totals(l) t'), pg_temp.too_much(1), 'lowered: one process');
CLOSE holder;
SELECT is(pg_temp.outcome('SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(d, amount, ''linear'', role, partner) AS l FROM ledger_memory WHERE d <= 100) q, partner_totals(l) t'), '10000.00', 'once it is gone');
RESET ecosystem.ledger_memory;

-- A plan that is shut down and read again.
SELECT is(pg_temp.outcome($$SELECT string_agg(s, ' ') FROM generate_series(1, 3) n, LATERAL (SELECT (SELECT sum(t.deals)::text FROM partner_totals(l) t) AS s FROM (SELECT credit_ledger_agg(d, amount, 'linear', role, partner) AS l FROM ledger_memory WHERE d > n LIMIT 1) m) q$$),
	'299999 299998 299997', 'read again');

SELECT * FROM finish();
ROLLBACK;
