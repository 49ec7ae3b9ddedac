-- A Credit Ledger Scan wherever a query may stand: under row security, in
-- cursors, in functions, beneath EXPLAIN, read again and again, and of ledgers
-- that workers or a materialized CTE made.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(37);

CREATE TABLE public.used AS
SELECT 'deal ' || g / 6 AS deal, g / 6 AS number, md5((g / 6)::text)::uuid AS uid, CASE WHEN g % 6 = 0 THEN (g % 997 - 200) * 1.37 END AS amount,
       (ARRAY['sourcing', 'technical', NULL])[1 + g % 3] AS role, CASE WHEN g % 6 > 0 THEN g * 7 % 41 END AS partner,
       CASE WHEN g % 5 > 0 THEN timestamptz '2026-01-01' + g % 97 * interval '1 hour' END AS occurred_at, g % 4 AS weight, g % 2 = 0 AS ours
FROM   generate_series(0::bigint, 60000) g;
ALTER TABLE public.used SET (parallel_workers = 4);
ANALYZE public.used;
CREATE FUNCTION pg_temp.explain(query text, options text DEFAULT 'COSTS OFF, VERBOSE') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;
CREATE FUNCTION pg_temp.fingerprint(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT count(*) || '' '' || sum(hashtextextended(t::text, 0)::numeric) FROM (%s) t', query) INTO answer;
	RETURN answer;
END $$;

-- Row security beneath: a ledger holds what its maker may see.
CREATE ROLE credit_analyst;
GRANT USAGE ON SCHEMA ecosystem TO credit_analyst;
GRANT SELECT ON public.used TO credit_analyst;
CREATE POLICY ours ON public.used FOR SELECT TO credit_analyst USING (ours);
ALTER TABLE public.used ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION pg_temp.as_analyst(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	GRANT CREATE, USAGE ON SCHEMA public TO credit_analyst;
	SET LOCAL ROLE credit_analyst;
	EXECUTE query INTO answer;
	RESET ROLE;
	RETURN answer;
END $$;
SELECT is(pg_temp.as_analyst(format(query, 'public.used')), (SELECT x FROM (SELECT pg_temp.as_analyst(format(query, '(SELECT * FROM public.used WHERE ours) used')) AS x) q), 'row security: ' || what)
FROM (VALUES ('ledger', 'SELECT count(*) || '' '' || sum(l.amount) FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM %s) q, ledger(q.s) l'),
	('ledger_comparison', 'SELECT count(*) || '' '' || sum(l.amounts[2]) FROM (SELECT credit_comparison_agg(''{linear,u_shaped}'', deal, amount, role, partner, occurred_at, NULL) AS s FROM %s) q, ledger_comparison(q.s) l')) v(what, query);
SELECT isnt(pg_temp.as_analyst('SELECT count(*) FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q, ledger(q.s) l'),
	(SELECT count(*)::text FROM (SELECT credit_ledger_agg(deal, amount, 'linear', role, partner) AS s FROM public.used) q, ledger(q.s) l), 'which is less than there is');
SELECT alike(pg_temp.as_analyst('SELECT string_agg(l, '' '') FROM (SELECT (SELECT ''deals='' || count(DISTINCT l.deal) FROM ledger(s::text::credit_ledger) l) AS l FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q) q'), 'deals=1%', 'and in no other form more');
ALTER TABLE public.used DISABLE ROW LEVEL SECURITY;

-- EXPLAIN says what it does, and running under it changes nothing.
SELECT alike(pg_temp.explain('SELECT l.deal, l.amount FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q, ledger(q.s) l WHERE l.amount > 100'),
	E'%Custom Scan (Credit Ledger Scan)%Output: l.deal, l.amount%Filter: (l.amount > ''100''::numeric)%Function Call: ledger((credit_ledger_agg(%', 'EXPLAIN VERBOSE');
SELECT matches(pg_temp.explain('SELECT l.amounts FROM (SELECT credit_comparison_agg(''{linear}'', deal, amount, role, partner) AS s FROM public.used) q, ledger_comparison(q.s) l', 'ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF, COSTS OFF'),
	'Custom Scan \(Credit Ledger Scan\) \(actual rows=[56]\d{4}(\.00)? loops=1\)', 'EXPLAIN ANALYZE counts its rows');
SELECT matches(pg_temp.explain('SELECT l.deal FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q, ledger(q.s) l WHERE l.amount > 1e9', 'ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF'),
	'Rows Removed by Filter: [56]\d{4}', 'and those that a condition removed');
SELECT matches(pg_temp.explain('SELECT l.deal FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q, ledger(q.s) l', 'FORMAT json, ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL'),
	'"Custom Plan Provider": "Credit Ledger Scan"', 'as JSON, with all there is');
LOAD 'auto_explain';
SET LOCAL auto_explain.log_min_duration = 0;
SET LOCAL auto_explain.log_analyze = on;
SET LOCAL auto_explain.log_verbose = on;
SET LOCAL auto_explain.log_nested_statements = on;
SET LOCAL auto_explain.log_level = debug1;
CREATE TEMP TABLE explained AS
SELECT pg_temp.fingerprint('SELECT l.deal, l.partner, l.amount, l.reason FROM (SELECT credit_ledger_agg(deal, amount, ''u_shaped'', role, partner, occurred_at, NULL) AS s FROM public.used) q, ledger(q.s) l') AS f;
SET LOCAL auto_explain.log_min_duration = -1;
SELECT is(pg_temp.fingerprint('SELECT l.deal, l.partner, l.amount, l.reason FROM (SELECT credit_ledger_agg(deal, amount, ''u_shaped'', role, partner, occurred_at, NULL) AS s FROM public.used) q, ledger(q.s) l'), f, 'auto_explain') FROM explained;

-- Any number of workers, each type of id, and the flat form give the same rows.
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.by(workers int, flat text, id text, reader text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	RETURN pg_temp.fingerprint(format('WITH q AS %s (SELECT credit_comparison_agg(''{linear,time_decay,"role_split(sourcing=40, technical=20, unknown=ignore)"}'', %s, amount, role, partner, occurred_at, NULL, weight) AS s FROM public.used WHERE role IS NOT NULL OR amount IS NOT NULL)
		SELECT l.* FROM q, LATERAL (SELECT %s) l', flat, id, reader));
END $$;
CREATE TEMP TABLE read AS
SELECT id, reader, workers, flat, pg_temp.by(workers, flat, id, reader) AS f
FROM   unnest('{deal,number,uid}'::text[]) id, unnest(ARRAY['l.deal, l.partner, l.role, l.occurred_at, l.share, l.amount, l.reason, l.model FROM ledger(q.s) l', 'l.deal, l.partner, l.role, l.occurred_at, l.amounts FROM ledger_comparison(q.s) l', 't.* FROM partner_totals(q.s) t']) reader,
       (VALUES (0, 'NOT MATERIALIZED'), (0, 'MATERIALIZED'), (1, 'NOT MATERIALIZED'), (2, 'NOT MATERIALIZED'), (3, 'MATERIALIZED'), (4, 'NOT MATERIALIZED'), (4, 'MATERIALIZED')) v(workers, flat);
SELECT is(count(DISTINCT f) || ' of ' || count(*), '1 of 7', format('0 to 4 workers, in one piece or not: %s of %s', (regexp_match(reader, 'FROM (\w+)'))[1], id)) FROM read GROUP BY id, reader;
SET LOCAL max_parallel_workers_per_gather = 4;
SELECT matches(pg_temp.explain('SELECT l.deal FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.used) q, ledger(q.s) l', 'COSTS OFF'), 'Workers Planned: 4(.|\n)*Credit Ledger Scan', 'the workers were there');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Read again: the ledger may be another one each time.
SELECT results_eq($$SELECT x.number, l.n, l.amount FROM generate_series(1::bigint, 40) x(number), LATERAL (SELECT count(*) AS n, sum(l.amount) AS amount FROM (SELECT credit_ledger_agg(deal, amount, 'linear', role, partner) AS s FROM public.used u WHERE u.number = x.number OFFSET 0) q, ledger(q.s) l) l ORDER BY 1$$,
	$$SELECT number, count(partner) + (count(partner) = 0)::int, max(amount) FROM public.used WHERE number BETWEEN 1 AND 40 GROUP BY 1 ORDER BY 1$$, 'a lateral subquery for each row');
SELECT results_eq($$SELECT q.part, l.partner, sum(l.amount) FROM (SELECT number % 3 AS part, credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used GROUP BY 1) q, ledger(q.s) l GROUP BY 1, 2 ORDER BY 1, 2$$,
	$$SELECT q.part, t.partner, sum(t.amount) FROM (SELECT number % 3 AS part, credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used GROUP BY 1) q, partner_totals(q.s) t GROUP BY 1, 2 ORDER BY 1, 2$$, 'a ledger for each group');
SELECT results_eq($$SELECT x, (SELECT sum(l.amount) FROM ledger((SELECT credit_ledger_agg(number, amount, 'linear', role, partner) FROM public.used WHERE number < x)) l) FROM unnest('{10,20,10,0}'::int[]) x$$,
	$$SELECT x, (SELECT sum(amount)::numeric FROM public.used WHERE number < x) FROM unnest('{10,20,10,0}'::int[]) x$$, 'a subquery for each row, and none of no rows');
SELECT is((SELECT count(*) FROM (SELECT l.deal FROM (SELECT credit_ledger_agg(deal, amount, 'linear', role, partner) AS s FROM public.used) q, ledger(q.s) l OFFSET 49980 LIMIT 20) l), 20::bigint, 'OFFSET and LIMIT');

-- Cursors go both ways, and stay when their transaction has gone.
CREATE FUNCTION pg_temp.fetched(cursor_name text, way text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	c refcursor := cursor_name;
	r record;
BEGIN
	FOR i IN 1..5 LOOP
		CASE way WHEN 'forward' THEN FETCH FORWARD FROM c INTO r; WHEN 'backward' THEN FETCH BACKWARD FROM c INTO r; ELSE FETCH RELATIVE 10000 FROM c INTO r; END CASE;
		RETURN NEXT r::text;
	END LOOP;
END $$;
DECLARE both_ways SCROLL CURSOR FOR SELECT l.deal, l.partner, l.amount, l.reason FROM (SELECT credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used) q, ledger(q.s) l;
CREATE TEMP TABLE seen AS SELECT t, row_number() OVER () AS n FROM pg_temp.fetched('both_ways', 'forward') t;
MOVE NEXT FROM both_ways;
SELECT results_eq($$SELECT t FROM pg_temp.fetched('both_ways', 'backward') t$$, 'SELECT t FROM seen ORDER BY n DESC', 'backward as forward');
MOVE FORWARD ALL IN both_ways;
SELECT isnt((SELECT count(DISTINCT t) FROM pg_temp.fetched('both_ways', 'backward') t), 1::bigint, 'from the end as well');
CLOSE both_ways;
DECLARE held CURSOR WITH HOLD FOR SELECT l.deal, l.partner, l.amounts FROM (SELECT credit_comparison_agg('{linear,u_shaped}', number, amount, role, partner, occurred_at, NULL::timestamptz) AS s FROM public.used) q, ledger_comparison(q.s) l;
SELECT is((SELECT count(DISTINCT t) FROM pg_temp.fetched('held', 'relative') t), 5::bigint, 'WITH HOLD');
CLOSE held;
CREATE FUNCTION pg_temp.scrolled() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c SCROLL CURSOR FOR SELECT l.deal, l.amount FROM (SELECT credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used) q, ledger(q.s) l;
	first record;
	last record;
	again record;
BEGIN
	OPEN c;
	FETCH FIRST FROM c INTO first;
	FETCH LAST FROM c INTO last;
	FETCH ABSOLUTE 1 FROM c INTO again;
	CLOSE c;
	RETURN (first = again) || ' ' || (first = last);
END $$;
SELECT is(pg_temp.scrolled(), 'true false', 'a cursor of PL/pgSQL');

-- Functions and prepared statements.
CREATE FUNCTION pg_temp.total(rule text, above bigint) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	r record;
	s numeric := 0;
BEGIN
	FOR r IN SELECT l.amount FROM (SELECT credit_ledger_agg(number, amount, rule::credit_model, role, partner, occurred_at, NULL) AS s FROM public.used WHERE number > above) q, ledger(q.s) l LOOP
		s := s + r.amount;
	END LOOP;
	RETURN s;
END $$;
SELECT is(pg_temp.total(rule, above), (SELECT sum(amount) FROM public.used WHERE number > above), format('in PL/pgSQL: %s above %s', rule, above)) FROM unnest('{linear,u_shaped}'::text[]) rule, unnest('{0,9000}'::bigint[]) above;
CREATE FUNCTION public.used_credits(above bigint) RETURNS TABLE (deal text, partner text, amount numeric) LANGUAGE sql STABLE AS $$
	SELECT l.deal, l.partner, l.amount FROM (SELECT credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used WHERE number > above) q, ledger(q.s) l
$$;
SELECT alike(pg_temp.explain('SELECT amount FROM public.used_credits(9000) WHERE partner = ''7'''), '%Credit Ledger Scan%Filter: (l.partner = ''7''::text)%', 'a function in SQL is inlined, and conditions go down into it');
SELECT is((SELECT sum(amount) FROM public.used_credits(9000)), (SELECT sum(amount) FROM public.used WHERE number > 9000), 'and gives what there is');
PREPARE above(bigint) AS SELECT count(*), sum(l.amount) FROM (SELECT credit_ledger_agg(number, amount, 'linear', role, partner) AS s FROM public.used WHERE number > $1) q, ledger(q.s) l;
SELECT results_eq('EXECUTE above(9000)', $$SELECT count(*), sum(amount) FROM public.used_credits(9000)$$, 'a prepared statement, run ' || n) FROM generate_series(1, 7) n WHERE n IN (1, 7);

-- Rows are made in the same memory, however many there are: one deal of 150,000
-- touches, whose amounts need an array of their own for each row.
CREATE TEMP TABLE wide AS SELECT 1::bigint AS deal, CASE WHEN g = 1 THEN 1e30 + 0.01 END AS amount, g % 1000 AS partner, timestamptz '2026-01-01' + g * interval '1 minute' AS occurred_at FROM generate_series(1::bigint, 150000) g;
CREATE FUNCTION pg_temp.growth(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	c refcursor;
	r record;
	before bigint;
	after bigint;
BEGIN
	OPEN c FOR EXECUTE query;
	FETCH c INTO r;
	MOVE FORWARD 1000 FROM c;
	SELECT sum(total_bytes) INTO before FROM pg_backend_memory_contexts;
	MOVE FORWARD 140000 FROM c;
	SELECT sum(total_bytes) INTO after FROM pg_backend_memory_contexts;
	FETCH c INTO r;
	CLOSE c;
	IF r IS NULL THEN
		RAISE EXCEPTION 'there are too few rows';
	END IF;
	RETURN after - before;
END $$;
SELECT cmp_ok(pg_temp.growth(query), '<', 1000000::bigint, 'memory does not grow with the rows: ' || what)
FROM (VALUES ('ledger_comparison', 'SELECT l.partner, l.amounts FROM (SELECT credit_comparison_agg(''{linear,u_shaped}'', deal, amount, NULL, partner, occurred_at, NULL::timestamptz) AS s FROM wide) q, ledger_comparison(q.s) l'),
	('ledger', 'SELECT l.partner, l.share, l.amount, l.reason FROM (SELECT credit_ledger_agg(deal, amount, ''u_shaped'', NULL, partner, occurred_at, NULL::timestamptz) AS s FROM wide) q, ledger(q.s) l')) v(what, query);

DROP FUNCTION public.used_credits;
DROP TABLE public.used;
SELECT * FROM finish();
ROLLBACK;
