-- ledger() in FROM is a Credit Ledger Scan; it gives what the function gives,
-- whatever is asked of it.  The numbers of its rows are written by hand, the
-- rows of a flat ledger are packed: both hold everything.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(40);

\set plan_options 'VERBOSE, COSTS OFF'
\ir plan.psql

-- The library is not loaded yet in this session.
SELECT alike(pg_temp.plan_of($$SELECT l.deal, l.amount FROM (SELECT credit_comparison_agg('{linear}', 1::bigint, 1, 'r', 2::bigint) AS s) q, ledger(q.s) l$$),
	'%Custom Scan (Credit Ledger Scan)%', 'the first plan of a session has the scan');

CREATE TABLE public.scanned AS
SELECT g % 3 AS part, 'deal ' || repeat('x', g % 50) || g / 8 AS deal, CASE WHEN g % 8 = 0 THEN (g % 1000 - 300) * 1.01 END AS amount,
       (ARRAY['sourcing', 'technical', NULL])[1 + g % 3] AS role, CASE WHEN g % 8 > 0 THEN 'partner ' || g % 13 END AS partner,
       CASE WHEN g % 5 > 0 THEN timestamptz '2026-01-01' + g % 97 * interval '1 hour 1 ms' END AS occurred_at,
       CASE WHEN g % 16 = 0 THEN timestamptz '2026-01-04' END AS closed_at, CASE WHEN g % 7 > 0 THEN g % 6 * 0.5 END AS weight
FROM   generate_series(0, 8000) g;
-- Amounts that cannot be split, or not in a word.
INSERT INTO public.scanned VALUES (0, 'nan', 'NaN', NULL, NULL), (0, 'digits', 1.2345, NULL, NULL), (0, 'none', NULL, NULL, NULL), (0, 'touch only', NULL, NULL, 'ada'),
	(0, 'nan', NULL, 'technical', 'bob'), (0, 'large', 123456789012345678901234567890.12, 'sourcing', 'ada');
ANALYZE public.scanned;

-- The same queries with the scan and without.
CREATE FUNCTION pg_temp.answer(query text, scan boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('ecosystem.enable_ledger_scan', scan::text, true);
	IF scan <> (pg_temp.plan_of(query) LIKE '%Credit Ledger Scan%') THEN
		RAISE EXCEPTION 'not the plan that was wanted: %', pg_temp.plan_of(query);
	END IF;
	EXECUTE format('SELECT md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C")) || '' '' || count(*) FROM (%s) t', query) INTO answer;
	PERFORM set_config('ecosystem.enable_ledger_scan', 'true', true);
	RETURN answer;
END $$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE public.model (model text);
INSERT INTO public.model VALUES ('linear'), ('u_shaped'), ('time_decay'), ('role_split(sourcing=40, technical=20, unknown=ignore)'), ('engagement(half_life=2d)'), ('source_wins');
CREATE FUNCTION pg_temp.rows(columns text, rest text DEFAULT '', of_parts text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %s FROM (SELECT model, credit_ledger_agg(deal, amount, model::credit_model, role, partner, occurred_at, closed_at, weight) AS s
		FROM public.scanned, public.model %s GROUP BY model) q, ledger(q.s) l %s', columns, of_parts, rest)
$$;
SELECT is(pg_temp.answer(query, true), pg_temp.answer(query, false), description)
FROM (VALUES
	(pg_temp.rows('q.model AS m, l.deal, l.partner, l.role, l.occurred_at, l.share, l.amount, l.reason, l.model'), 'every column of every row'),
	(pg_temp.rows('q.model AS m, l.amount, l.share'), 'some columns, in another order'),
	(pg_temp.rows('l.reason'), 'reasons alone'),
	(pg_temp.rows('q.model AS m, count(*)', 'GROUP BY q.model'), 'no column'),
	(pg_temp.rows('l.deal, round(l.amount) AS amount', 'WHERE l.partner IS NULL AND l.share = 1 AND l.reason ~ ''retained|no touch'''), 'conditions, and columns that only they read'),
	(pg_temp.rows('l.deal, l.amount, m.model', ', public.model m WHERE m.model = l.model AND m.model = q.model'), 'joined to a table'),
	(pg_temp.rows('q.model AS m, b.*', 'CROSS JOIN LATERAL (SELECT l.deal || coalesce(l.role, ''-'') AS b, l.amount OFFSET 0) b'), 'read by a subquery'),
	(pg_temp.rows('m.model, l.deal, l.amount', 'LEFT JOIN public.model m ON m.model = l.partner'), 'an outer join'),
	('SELECT m.model, l.n FROM public.model m, LATERAL (SELECT count(*) AS n, sum(l.amount) AS a FROM (SELECT credit_ledger_agg(deal, amount, m.model::credit_model, role, partner) AS s FROM public.scanned) q, ledger(q.s) l) l',
	 'read again for each row of another table'),
	('SELECT l.partner, l.amount FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned WHERE false) q, ledger(q.s) l', 'no ledger'),
	('SELECT l.model, l.deal, l.partner, l.share, l.reason FROM (SELECT credit_comparison_agg((SELECT array_agg(model) FROM public.model), deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q, ledger(q.s) l',
	 'several models'),
	('WITH q AS MATERIALIZED (SELECT credit_comparison_agg((SELECT array_agg(model) FROM public.model), deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned)
	  SELECT l.model, l.deal, l.partner, l.occurred_at, l.share, l.amount, l.reason FROM q, ledger(q.s) l', 'a flat ledger'),
	('SELECT l.* FROM (SELECT credit_comparison_agg((SELECT array_agg(model) FROM public.model), deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q,
	  LATERAL (SELECT l.deal, l.partner, l.role, l.occurred_at, l.amounts FROM ledger_comparison(q.s) l) l', 'models side by side'),
	('SELECT l.amounts[2] AS b, l.amounts[1] AS a FROM (SELECT credit_comparison_agg(''{linear,u_shaped}'', deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q, ledger_comparison(q.s) l WHERE l.partner > ''b''',
	  'two models side by side'),
	('SELECT l.deal, l.amount FROM ledger((SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) FROM public.scanned)) l', 'of a subquery''s value'),
	('SELECT deal, amount FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned) q, ledger(q.s)
	  UNION ALL SELECT partner, t.amount FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned) q, partner_totals(q.s) t', 'one branch of a union')) v(query, description);

-- Models side by side say what they say one under the other.
CREATE FUNCTION pg_temp.side_by_side(models text[]) RETURNS TABLE (deal text, partner text, role text, occurred_at timestamptz, model text, amount numeric) LANGUAGE sql AS $$
	SELECT l.deal, l.partner, l.role, l.occurred_at, models[a.i], a.amount
	FROM   (SELECT credit_comparison_agg(models, deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q, ledger_comparison(q.s) l,
	       unnest(l.amounts) WITH ORDINALITY a(amount, i)
	WHERE  a.amount IS NOT NULL
$$;
CREATE FUNCTION pg_temp.one_by_one(models text[]) RETURNS TABLE (deal text, partner text, role text, occurred_at timestamptz, model text, amount numeric) LANGUAGE sql AS $$
	SELECT l.deal, l.partner, l.role, l.occurred_at, l.model, l.amount
	FROM   (SELECT credit_comparison_agg(models, deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q, ledger(q.s) l
	WHERE  l.amount IS NOT NULL
$$;
SELECT results_eq(format('SELECT * FROM pg_temp.side_by_side(%L) ORDER BY 1, 2, 3, 4, 5, 6', m), format('SELECT * FROM pg_temp.one_by_one(%L) ORDER BY 1, 2, 3, 4, 5, 6', m), 'side by side as one by one: ' || m)
FROM   unnest(ARRAY['{linear}', '{u_shaped,source_wins,"linear(minor_digits=5)",linear,"role_split(sourcing=40, technical=20, unknown=ignore)"}']) m;
SELECT results_eq($$SELECT l.deal, l.partner, l.amounts[1], array_length(l.amounts, 1) FROM (SELECT credit_ledger_agg(deal, amount, CASE WHEN deal < 'deal x' THEN 'linear' ELSE 'first_touch' END::credit_model, role, partner) AS s FROM public.scanned) q, ledger_comparison(q.s) l ORDER BY 1, 2, 3$$,
	$$SELECT l.deal, l.partner, l.amount, 1 FROM (SELECT credit_ledger_agg(deal, amount, CASE WHEN deal < 'deal x' THEN 'linear' ELSE 'first_touch' END::credit_model, role, partner) AS s FROM public.scanned) q, ledger(q.s) l ORDER BY 1, 2, 3$$,
	'without models to compare there is one amount');

-- Read again without a copy between.
SET LOCAL enable_material = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT is(pg_temp.answer(query, true), pg_temp.answer(query, false), 'the inner side of a nested loop, read once for each outer row')
FROM (VALUES ('SELECT v, l.deal, l.amount FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned OFFSET 0) q
	CROSS JOIN LATERAL (SELECT v, l.deal, l.amount FROM generate_series(1, 3) v LEFT JOIN ledger(q.s) l ON l.amount > v * 100) l')) q(query);
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- What core must do is left to core.
SELECT unalike(pg_temp.plan_of('SELECT l FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned) q, ledger(q.s) l'), '%Credit Ledger Scan%', 'a row as a whole');
SELECT unalike(pg_temp.plan_of('SELECT deal, n FROM (SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) AS s FROM public.scanned) q, ledger(q.s) WITH ORDINALITY l(deal, partner, role, occurred_at, share, amount, reason, model, n)'),
	'%Credit Ledger Scan%', 'rows with a number');
CREATE FUNCTION pg_temp.made() RETURNS credit_ledger LANGUAGE plpgsql AS $$ BEGIN RETURN credit_ledger_agg(deal, amount, 'linear', role, partner) FROM public.scanned; END $$;
SELECT unalike(pg_temp.plan_of('SELECT l.deal FROM ledger(pg_temp.made()) l'), '%Credit Ledger Scan%', 'a ledger that is another each time it is asked for');
ALTER FUNCTION pg_temp.made() STABLE;
SELECT alike(pg_temp.plan_of('SELECT l.deal FROM ledger(pg_temp.made()) l'), '%Credit Ledger Scan%', 'not one that is the same');
SELECT lives_ok('UPDATE public.model m SET model = m.model FROM ledger((SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) FROM public.scanned)) l WHERE l.model = m.model', 'rows beside one that is updated');
SELECT lives_ok('SELECT m.model FROM public.model m, ledger((SELECT credit_ledger_agg(deal, amount, ''linear'', role, partner) FROM public.scanned)) l WHERE l.model = m.model FOR UPDATE OF m', 'rows beside one that is locked');

-- It stops early, and goes on where it was.
SELECT is(count(*), 3::bigint, 'a limit') FROM (SELECT l.deal FROM (SELECT credit_ledger_agg(deal, amount, 'linear', role, partner) AS s FROM public.scanned) q, ledger(q.s) l LIMIT 3) l;
SELECT is((SELECT count(*) FROM (SELECT l.deal FROM (SELECT credit_ledger_agg(deal, a, 'linear', NULL, 'p'::text) AS s FROM (SELECT g::text AS deal, 1 AS a FROM generate_series(1, 1000) g UNION ALL SELECT '77', 2) r) q, ledger(q.s) l LIMIT 1) l),
	1::bigint, 'rows that nobody reads are not made');
DECLARE c SCROLL CURSOR FOR SELECT l.deal, l.partner, l.amount FROM (SELECT credit_ledger_agg(deal, amount, 'linear', role, partner) AS s FROM public.scanned) q, ledger(q.s) l;
CREATE TEMP TABLE fetched (place int, "row" text);
CREATE FUNCTION pg_temp.fetch(c refcursor, place int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FETCH ABSOLUTE place FROM c INTO r;
	RETURN r::text;
END $$;
SELECT isnt(pg_temp.fetch('c', 5), pg_temp.fetch('c', 6), 'a cursor moves on');
SELECT is(pg_temp.fetch('c', 5), (SELECT x FROM (SELECT pg_temp.fetch('c', p) AS x, p FROM unnest('{700,5}'::int[]) WITH ORDINALITY u(p, o) ORDER BY o) y WHERE p = 5), 'and back');
CLOSE c;
PREPARE credited(text) AS SELECT sum(l.amount) FROM (SELECT credit_ledger_agg(deal, amount, $1::credit_model, role, partner, occurred_at, closed_at) AS s FROM public.scanned) q, ledger(q.s) l WHERE l.amount < 1e20;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT results_eq('EXECUTE credited(''linear'')', 'EXECUTE credited(''u_shaped'')', 'a prepared statement');

-- The right to call it is that of the function.
CREATE ROLE ledger_reader;
GRANT USAGE ON SCHEMA ecosystem TO ledger_reader;
REVOKE EXECUTE ON FUNCTION ledger(credit_ledger) FROM PUBLIC;
SET LOCAL ROLE ledger_reader;
SELECT throws_ok($$SELECT l.deal FROM (SELECT credit_ledger_agg(1::bigint, 1, 'linear', 'r', 2::bigint) AS s) q, ledger(q.s) l$$, '42501', 'permission denied for function ledger', 'who may not call it may not scan it');
RESET ROLE;
GRANT EXECUTE ON FUNCTION ledger(credit_ledger) TO PUBLIC;

-- Numbers as numeric itself would store them: every scale and sign, and every
-- place of the digits.
CREATE TEMP TABLE number AS
SELECT DISTINCT digits, round(((sign * round(value))::text || 'e-' || digits)::numeric, digits) AS amount
FROM   generate_series(0, 18) digits, unnest('{-1,1}'::int[]) sign, (
	SELECT 10::numeric ^ e + d FROM generate_series(0, 18) e, unnest('{-1,0,1}'::int[]) d
	UNION ALL SELECT substr('1234567890123456789', 1, n)::numeric FROM generate_series(1, 18) n
	UNION ALL SELECT 10003::numeric * 10::numeric ^ e FROM generate_series(0, 14) e
	UNION ALL SELECT 9223372036854775807) v(value);
SELECT cmp_ok(count(*), '>', 3000::bigint, 'thousands of numbers') FROM number;
CREATE TEMP TABLE credited AS
SELECT l.amount, n.amount AS want
FROM   (SELECT digits, credit_ledger_agg(amount::text, amount, format('linear(minor_digits=%s)', digits)::credit_model, NULL, 'p'::text) AS s FROM number GROUP BY digits) q, ledger(q.s) l, number n
WHERE  n.digits = q.digits AND n.amount::text = l.deal;
SELECT results_eq($$SELECT count(*), count(*) FILTER (WHERE numeric_send(amount) = numeric_send(want) AND pg_column_size(amount) = pg_column_size(want)) FROM credited$$,
	'SELECT count(*), count(*) FROM number', 'amounts are bit for bit those of numeric');
SELECT is(count(*) FILTER (WHERE numeric_send(l.share) <> numeric_send(l.share::text::numeric)), 0::bigint, 'shares, too')
FROM   (SELECT credit_ledger_agg(1::bigint, 1, 'engagement', NULL, w::text, NULL::timestamptz, NULL::timestamptz, w::numeric) AS s FROM generate_series(0, 3000) w) q, ledger(q.s) l;

-- Every deal that went in comes out, under its own name.
SELECT results_eq($$SELECT count(*), count(DISTINCT l.deal), count(DISTINCT l.deal) FILTER (WHERE l.deal = repeat(md5(l.partner), l.partner::int % 5) || l.partner)
	FROM (SELECT credit_ledger_agg(repeat(md5(g::text), g % 5) || g, g, 'linear', NULL, g::text) AS s FROM generate_series(1, 100000) g) q, ledger(q.s) l$$,
	'VALUES (100000::bigint, 100000::bigint, 100000::bigint)', 'a hundred thousand names');
SELECT is(count(DISTINCT l.deal) FILTER (WHERE l.deal = md5(l.partner)::uuid::text), 10000::bigint, 'ten thousand uuids')
FROM   (SELECT credit_ledger_agg(md5(g::text)::uuid, g, 'linear', NULL, g::text) AS s FROM generate_series(1, 10000) g) q, ledger(q.s) l;

-- The extremes of what is packed.
CREATE TEMP TABLE extreme AS
SELECT d::bigint * 7777777777777 AS deal, amount, model::credit_model, role, partner, at, closed, weight
FROM  (VALUES (1, 1.0::numeric, 'first_touch', NULL, 9223372036854775807, '4714-11-24 BC'::timestamptz, '294276-12-31 23:59:59.999999'::timestamptz, 999999999999.999999::numeric),
	(1, NULL, NULL, 'r', -9223372036854775808, '294276-12-31 23:59:59.999999', NULL, 0), (2, -92233720368547758.07, 'engagement', 'r', 0, 'infinity', NULL, 0.000001),
	(3, 92233720368547758.07, 'linear', NULL, 1, NULL, '2026-01-01 00:00:00.000001', NULL), (4, 1e30, 'linear', 's', 5, '2000-01-01', '-infinity', NULL),
	(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (-6, 0, NULL, NULL, NULL, NULL, NULL, NULL)) v(d, amount, model, role, partner, at, closed, weight);
SELECT results_eq('WITH q AS MATERIALIZED (SELECT credit_ledger_agg(deal, amount, model, role, partner, at, closed, weight) AS s FROM extreme) SELECT l.* FROM q, ledger(q.s) l ORDER BY 1, 2, 3',
	'SELECT l.* FROM (SELECT credit_ledger_agg(deal, amount, model, role, partner, at, closed, weight) AS s FROM extreme) q, ledger(q.s) l ORDER BY 1, 2, 3', 'extremes, packed');

-- Workers send what they have packed.
CREATE FUNCTION pg_temp.by_workers(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 2;
	SET LOCAL parallel_setup_cost = 0;
	SET LOCAL parallel_tuple_cost = 0;
	SET LOCAL min_parallel_table_scan_size = 0;
	IF pg_temp.plan_of(query) NOT LIKE '%Gather%' THEN
		RAISE EXCEPTION 'no workers: %', pg_temp.plan_of(query);
	END IF;
	RETURN pg_temp.answer(query, true);
END $$;
SELECT is(pg_temp.by_workers(query), pg_temp.answer(query, false), 'with workers, and without')
FROM (VALUES ('SELECT l.* FROM (SELECT credit_comparison_agg(''{linear,u_shaped,time_decay}'', deal, amount, role, partner, occurred_at, closed_at, weight) AS s FROM public.scanned) q, LATERAL (SELECT l.deal, l.partner, l.role, l.occurred_at, l.share, l.amount, l.reason, l.model FROM ledger(q.s) l) l')) v(query);
DROP TABLE public.scanned, public.model;

SELECT * FROM finish();
ROLLBACK;
