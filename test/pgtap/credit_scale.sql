-- credit at size: ids come out as they went in, workers and row orders change
-- nothing, memory is bounded.  That a cancelled query stops, credit_scale_cancel shows.
BEGIN;
SET search_path = ecosystem, public;
SET timezone = 'UTC';
SELECT plan(39);

-- 200,000 deals: bigints of both signs and all lengths, uuids, texts, among
-- them the empty one, some beyond ASCII, and some of ten thousand bytes.
CREATE TABLE public.credit_scale AS
WITH deal AS (
	SELECT d, CASE d % 4 WHEN 0 THEN d - 4 WHEN 1 THEN -d WHEN 2 THEN 9223372036854775807 - (d - 2) ELSE d * 46116860184273 END AS id, md5('scale' || d)::uuid AS uid,
	       CASE WHEN d = 1 THEN '' WHEN d % 20000 = 0 THEN repeat('é' || d, 1000) ELSE 'Geschäft ' || d END AS name,
	       (d % 100003 - 20000) / 100.0 AS amount, CASE WHEN d % 5 > 0 THEN timestamptz '2026-02-01' END AS closed_at
	FROM   generate_series(1::bigint, 200000) d
)
SELECT d, id, uid, name, amount, closed_at, NULL::bigint AS partner, NULL::text AS role, NULL::timestamptz AS occurred_at, NULL::numeric AS weight FROM deal
UNION ALL
SELECT d, id, uid, name, NULL, NULL, d * t % 3001, (ARRAY['sourcing', 'technical', NULL])[1 + (d + t) % 3], timestamptz '2026-01-01' + d * t % 900 * interval '1 hour', d % 4
FROM   deal, generate_series(1, 3) t WHERE t <= d % 4;
ALTER TABLE public.credit_scale SET (parallel_workers = 4);
ANALYZE public.credit_scale;
CREATE TEMP TABLE stated AS SELECT d, id, id::text AS bigint, uid::text AS uuid, name AS text, amount FROM public.credit_scale WHERE amount IS NOT NULL;
SELECT is(count(DISTINCT bigint) || ' ' || count(DISTINCT text), '200000 200000', 'as many ids') FROM stated;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;

-- What is read of a ledger: rows whose deal is none that went in, deals, deals
-- whose rows do not sum to their amount, and a fingerprint of all rows.
CREATE FUNCTION pg_temp.read(kind text, id text, workers int, source text DEFAULT 'public.credit_scale') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', greatest(workers, 0)::text, true);
	EXECUTE format($q$SELECT format('strange %%s, deals %%s, wrong %%s, %%s', sum(strange), count(*), count(*) FILTER (WHERE NOT reconciles), sum(rows))
		FROM  (SELECT count(*) FILTER (WHERE d IS NULL) AS strange, sum(l.amount) = max(stated.amount) AS reconciles,
		              sum(hashtextextended(concat_ws('/', d, partner, l.role, l.occurred_at, share, l.amount, reason), 0)::numeric) AS rows
		       FROM  (SELECT credit_ledger_agg(%1$s, amount, 'time_decay(half_life=50h)', role, partner, occurred_at, closed_at, weight) AS s FROM %2$s) q, ledger(q.s) l
		              LEFT JOIN stated ON deal = stated.%3$s
		       GROUP BY deal) q$q$, id, source, kind) INTO result;
	RETURN result;
END $$;
CREATE TEMP TABLE reading AS
SELECT deals, kind, workers, pg_temp.read(kind, id, workers, format('(SELECT * FROM public.credit_scale WHERE d <= %s %s) source', deals,
       CASE WHEN workers < 0 THEN 'ORDER BY hashint8(d * 7 + coalesce(partner, 1))' END)) AS what
FROM (VALUES (200000, 'bigint', 'id', 0), (200000, 'bigint', 'id', 4), (200000, 'bigint', 'id', -1), (50000, 'bigint', 'id', 1),
             (50000, 'text', 'name', 0), (50000, 'text', 'name', 2), (50000, 'text', 'name', -1), (50000, 'uuid', 'uid', 0), (50000, 'uuid', 'uid', 1)) v(deals, kind, id, workers);
SELECT matches(what, format('^strange 0, deals %s, wrong 0, ', deals), format('every one of %s %s deals comes out, and no other: %s', deals, kind, CASE workers WHEN -1 THEN 'shuffled' ELSE workers || ' workers' END)) FROM reading;
SELECT is(count(DISTINCT what), 1::bigint, 'the same rows in any order, by any number of workers, under any type of id') FROM reading GROUP BY deals;
SELECT is((SELECT format('%s %s', count(*), sum(t.amount)) FROM (SELECT credit_ledger_agg(id, amount, 'linear', role, partner, occurred_at, closed_at) AS s FROM public.credit_scale) q, partner_totals(q.s) t),
	(WITH q AS MATERIALIZED (SELECT credit_ledger_agg(name, amount, 'linear', role, partner, occurred_at, closed_at) AS s FROM public.credit_scale) SELECT format('%s %s', count(*), sum(t.amount)) FROM q, partner_totals(q.s) t),
	'a ledger in one piece holds the same');

-- The workers were there.
CREATE FUNCTION pg_temp.planned(workers int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	EXECUTE 'EXPLAIN (FORMAT json) SELECT credit_ledger_agg(id, amount, ''linear'', role, partner) FROM public.credit_scale' INTO plan;
	RETURN coalesce((regexp_match(plan::text, '"Workers Planned": (\d+)'))[1], '0');
END $$;
SELECT is(pg_temp.planned(n), n::text, format('a plan of %s workers', n)) FROM unnest('{0,1,2,4}'::int[]) n;

-- deal_credit: the same bytes, by any number of workers and in any order.
CREATE FUNCTION pg_temp.states(workers int, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	EXECUTE format($q$SELECT count(*) || ' ' || md5(string_agg(md5(deal_credit_send(s)), '' ORDER BY d))
		FROM (SELECT d, deal_credit_agg(amount, 'u_shaped', role, partner, occurred_at, closed_at, weight) AS s FROM %s WHERE d <= 20000 GROUP BY d) q$q$, source) INTO result;
	RETURN result;
END $$;
SELECT is(count(DISTINCT pg_temp.states(n, 'public.credit_scale')), 1::bigint, 'the same values by 0, 1, 2 and 4 workers') FROM unnest('{0,1,2,4}'::int[]) n;
SELECT is(pg_temp.states(0, 'public.credit_scale'), pg_temp.states(0, '(SELECT * FROM public.credit_scale ORDER BY hashint8(d + coalesce(partner, 1))) shuffled'), 'and in any order');

-- Values of some megabytes, whose states grow in place: by workers, whichever
-- row states the deal, out of parts, and while a window looks at them.
CREATE TABLE public.credit_large AS
SELECT g % 3 AS d, g / 3 AS i, (g * 7919 % 1009)::text AS partner, (ARRAY['sourcing', 'technical', NULL])[1 + g % 3 * g % 3] AS role, timestamptz '2026-01-01' + g * 104729 % 31000000 * interval '1 s' AS occurred_at, g % 5 AS weight,
       CASE WHEN g < 3 THEN 1000.01 * (g + 1) END AS first, CASE WHEN g BETWEEN 90000 AND 90002 THEN 1000.01 * (g - 89999) END AS middle, CASE WHEN g >= 179997 THEN 1000.01 * (g - 179996) END AS last
FROM   generate_series(0::bigint, 179999) g;
ALTER TABLE public.credit_large SET (parallel_workers = 4);
ANALYZE public.credit_large;
CREATE FUNCTION pg_temp.large(workers int, amount text, model text, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	EXECUTE format($q$SELECT string_agg(md5(deal_credit_send(s)) || ' ' || (SELECT format('%%s %%s', count(*), md5(string_agg(c::text, '' ORDER BY c::text))) FROM credits(s) c), ' ' ORDER BY d)
		FROM (SELECT d, deal_credit_agg(%s, %s, role, partner, occurred_at, NULL, weight) AS s FROM %s GROUP BY d) q$q$, amount, model, source) INTO result;
	RETURN result;
END $$;
CREATE TEMP TABLE large AS SELECT pg_temp.large(0, 'first', $$'linear'$$, 'public.credit_large') AS f;
SELECT is(pg_temp.large(workers, amount, model, source), f, format('%s workers, %s, %s', workers, amount, model))
FROM   large, (VALUES (2, 'first', $$'linear'$$, 'public.credit_large'), (4, 'last', $$'linear'$$, 'public.credit_large'), (0, 'middle', $$'linear'$$, 'public.credit_large'), (0, 'last', $$'linear'$$, 'public.credit_large'),
	(0, 'last', $$CASE WHEN last IS NOT NULL THEN 'linear'::credit_model END$$, 'public.credit_large'), (0, 'middle', $$'linear'$$, '(SELECT * FROM public.credit_large ORDER BY hashint8(i)) shuffled')) v(workers, amount, model, source);
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is((SELECT string_agg(md5(deal_credit_send(s)), ' ' ORDER BY d) FROM (SELECT d, rollup(s) AS s FROM (SELECT d, i % 2 AS part, deal_credit_agg(middle, 'linear', role, partner, occurred_at, NULL, weight) AS s FROM public.credit_large GROUP BY 1, 2) q GROUP BY 1) q),
	(SELECT string_agg(md5(deal_credit_send(s)), ' ' ORDER BY d) FROM (SELECT d, deal_credit_agg(middle, 'linear', role, partner, occurred_at, NULL, weight) AS s FROM public.credit_large GROUP BY 1) q), 'merged out of two halves');
SELECT results_eq($$SELECT g, (SELECT count(*) FROM credits(s)) FROM (SELECT g, deal_credit_agg(CASE WHEN g = 1 THEN 5 END, 'linear', repeat('r', 100000), g) OVER (ORDER BY g) AS s FROM generate_series(1::bigint, 40) g) q$$,
	$$SELECT g, g FROM generate_series(1::bigint, 40) g$$, 'a window that goes on');
SELECT results_eq($$SELECT l.partner, l.role, l.share, l.amount, l.reason FROM (SELECT credit_ledger_agg(d, middle, 'linear', role, partner, occurred_at, NULL, weight) AS s FROM public.credit_large WHERE d = 1) q, ledger(q.s) l ORDER BY 1, 2, 3, 4$$,
	$$SELECT c.partner, c.role, c.share, c.amount, c.reason FROM (SELECT deal_credit_agg(middle, 'linear', role, partner, occurred_at, NULL, weight) AS s FROM public.credit_large WHERE d = 1) q, credits(q.s) c ORDER BY 1, 2, 3, 4$$, 'as the ledger has it');
SELECT is((SELECT count(*) FROM (SELECT s::text::deal_credit = s AS same FROM (SELECT d, deal_credit_agg(last, 'linear', role, partner, occurred_at, NULL, weight) AS s FROM public.credit_large GROUP BY 1) q) q WHERE same), 3::bigint, 'written and read');
DROP TABLE public.credit_large;

-- Values are written to files, as text and in binary, and read back.
CREATE TEMP TABLE value AS
SELECT d, deal_credit_agg(amount, 'u_shaped', role, partner, occurred_at, closed_at, weight) AS s FROM public.credit_scale WHERE d <= 2000 GROUP BY d
UNION ALL
SELECT 0, deal_credit_agg(CASE WHEN g = 1 THEN -1e40 END, 'role_split("Ü ""x"""=1, é=2.5, lookback=36h)', 'é', repeat('中', g % 100), timestamptz '2026-01-01' + g % 1000 * interval '1 hour', 'infinity', g % 7) FROM generate_series(1, 20000) g
UNION ALL
SELECT -1, deal_credit_agg('NaN', NULL, 'r', '')
UNION ALL
SELECT -2, deal_credit_agg(NULL, 'linear', NULL, NULL::bigint);
CREATE TEMP TABLE again (LIKE value);
CREATE FUNCTION pg_temp.write_and_read(format text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/credit_scale.copy';
BEGIN
	TRUNCATE again;
	EXECUTE format('COPY value TO %L (FORMAT %s)', file, format);
	EXECUTE format('COPY again FROM %L (FORMAT %s)', file, format);
	EXECUTE format('COPY (SELECT) TO %L', file);
	RETURN (SELECT count(*) FROM value v JOIN again a USING (d) WHERE v.s = a.s AND deal_credit_send(v.s) = deal_credit_send(a.s));
END $$;
SELECT is(pg_temp.write_and_read(f), (SELECT count(*) FROM value), 'values are read back, as ' || f) FROM unnest('{text,binary,csv}'::text[]) f;
SELECT is((SELECT count(*) FROM again a, credits(a.s) WHERE d = 0), 20001::bigint, 'a value of 20,000 touches is one');

-- Memory.
CREATE FUNCTION pg_temp.complaint(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE query;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || '; ' || split_part(hint, ',', 1);
END $$;
SET LOCAL ecosystem.ledger_memory = '1MB';
SELECT is(pg_temp.complaint(format('SELECT credit_ledger_agg(%s, amount, ''linear'', role, partner) FROM public.credit_scale', id)),
	'53400 credit ledger exceeds ecosystem.ledger_memory (1 MB); Raise ecosystem.ledger_memory', 'a ledger has its bounds: ' || id) FROM unnest('{id,uid,name}'::text[]) id;
SELECT is(pg_temp.complaint('SELECT credit_ledger_agg(g::bigint, 1, ''linear'', NULL, repeat(''p'', 2000) || g) FROM generate_series(1, 1000) g'),
	'53400 credit ledger exceeds ecosystem.ledger_memory (1 MB); Raise ecosystem.ledger_memory', 'names count');
SELECT is(pg_temp.complaint('SELECT credit_ledger_agg(1::bigint, 1, ''linear'', ''r'', 1::bigint)'), 'none', 'a small one fits');
SET LOCAL ecosystem.ledger_memory = '64MB';
SELECT is(pg_temp.complaint('SELECT credit_ledger_agg(id, amount, ''linear'', role, partner) FROM public.credit_scale'), 'none', 'and a large one where there is room');
RESET ecosystem.ledger_memory;

DROP TABLE public.credit_scale;
SELECT * FROM finish();
ROLLBACK;
