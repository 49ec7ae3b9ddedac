-- credit_ledger: a value in one piece that is not what a ledger writes is
-- refused, or read as another ledger; the server goes on.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL client_min_messages = warning;
SELECT plan(19);

-- Bytes are made a ledger by who may say that they are one: a superuser.
CREATE TYPE flat;
CREATE FUNCTION flat_in(cstring) RETURNS flat LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION flat_out(flat) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE flat (INPUT = flat_in, OUTPUT = flat_out, INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (credit_ledger AS flat) WITHOUT FUNCTION;
CREATE CAST (flat AS credit_ledger) WITHOUT FUNCTION;

CREATE TABLE f_row AS
SELECT d, 'D' || d AS name, md5('d' || d)::uuid AS uid, CASE WHEN i = 0 THEN CASE WHEN d % 5 = 0 THEN d * 1e25 ELSE d * 13.37 END END::numeric AS amount,
       CASE WHEN i = 0 THEN (ARRAY['time_decay', 'u_shaped(first=50, middle=20, last=30)', 'role_split(sourcing=40, technical=20, unknown=ignore)'])[1 + d % 3] END AS rule,
       CASE WHEN i > 0 THEN (ARRAY['sourcing', 'technical', NULL])[1 + (d + i) % 3] END AS role, CASE WHEN i > 0 THEN 'P' || (d * i) % 7 END AS partner,
       CASE WHEN i > 0 THEN md5('p' || (d * i) % 7)::uuid END AS partner_uid,
       timestamptz '2026-01-01' + i * interval '31 hours' AS occurred_at, CASE WHEN i = 0 THEN timestamptz '2026-02-01' END AS closed_at, CASE WHEN i = 2 THEN 1.5 END AS weight
FROM   generate_series(1, 12) d, generate_series(0, 3) i;

CREATE FUNCTION pg_temp.read(l credit_ledger) RETURNS text LANGUAGE sql AS $$
	SELECT (SELECT count(*) || ' ' || coalesce(sum(length(r::text)), 0) FROM ledger(l) r) || ' ' || (SELECT count(*) || ' ' || coalesce(sum(length(t::text)), 0) FROM partner_totals(l) t)
	       || ' ' || (SELECT count(*) || ' ' || coalesce(sum(length(c::text)), 0) FROM ledger_comparison(l) c)
$$;
CREATE FUNCTION pg_temp.withstands(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.read(bytes::text::flat::credit_ledger);
	RETURN 'read';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN SQLSTATE = 'XX000' THEN SQLERRM ELSE 'refused' END;
END
$$;
CREATE TEMP TABLE value AS
SELECT 'text' AS what, credit_ledger_agg(name, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)::flat::text::bytea AS bytes FROM f_row
UNION ALL SELECT 'bigint', credit_ledger_agg(d::bigint, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)::flat::text::bytea FROM f_row
UNION ALL SELECT 'uuid', credit_ledger_agg(uid, amount, rule::credit_model, role, partner_uid, occurred_at, closed_at, weight)::flat::text::bytea FROM f_row
UNION ALL SELECT 'compared', credit_comparison_agg('{linear,u_shaped}', name, amount, role, partner, occurred_at, closed_at, weight)::flat::text::bytea FROM f_row;

SELECT is(pg_temp.read(bytes::text::flat::credit_ledger), (SELECT pg_temp.read(credit_ledger_agg(name, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)) FROM f_row), 'bytes as they were made')
FROM   value WHERE what = 'text';
SELECT is((SELECT count(*) FROM value WHERE pg_temp.withstands(bytes) = 'read'), 4::bigint, 'of all types');

-- Moments keep their microseconds, in one piece as before; whole seconds take less.
CREATE TEMP TABLE moments AS
SELECT fraction, credit_ledger_agg(1::bigint, 100, 'first_touch', NULL, p, at, timestamptz '2026-02-01 10:00:00+00' + 2 * fraction * interval '1 s') AS l
FROM   unnest('{0,0.000001}'::numeric[]) fraction, LATERAL (VALUES (1, timestamptz '2026-02-01 10:00:00+00' + fraction * interval '1 s'), (2, '2026-02-01 10:00:00+00'), (3, timestamptz '2026-02-01 10:00:00+00' + 3 * fraction * interval '1 s')) t(p, at) GROUP BY 1;
SELECT is(pg_temp.read(l::text::credit_ledger), pg_temp.read(l), 'dates in one piece') FROM moments;
SELECT results_eq($$SELECT fraction, partner, occurred_at, amount FROM moments, ledger(l::text::credit_ledger) ORDER BY 1, 2$$, $$VALUES
	(0::numeric, '1', timestamptz '2026-02-01 10:00:00+00', 33.34), (0, '2', '2026-02-01 10:00:00+00', 33.33), (0, '3', '2026-02-01 10:00:00+00', 33.33),
	(0.000001, '1', '2026-02-01 10:00:00.000001+00', 0.00), (0.000001, '2', '2026-02-01 10:00:00+00', 100.00), (0.000001, '3', '2026-02-01 10:00:00.000003+00', 0.00)$$, 'to the microsecond');

-- 32 bytes of memory are fewer in one piece, where limits of PostgreSQL count:
-- what no row says takes nothing.
SELECT cmp_ok(length(credit_ledger_agg(i % 1000, CASE WHEN i <= 1000 THEN 100 END, 'first_touch', (ARRAY['sourcing', 'technical'])[1 + i % 2], i % 200, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour', NULL)::flat::text::bytea) / 20000, '<', 15, 'a row of a ledger in one piece is small')
FROM   generate_series(1::bigint, 20000) i;

-- All that is no count of rows: every byte in four ways; of the counts, some.
CREATE TEMP TABLE changed AS
SELECT what, n, change, pg_temp.withstands(set_byte(bytes, n, get_byte(bytes, n) # change)) AS outcome
FROM   value, generate_series(0, length(bytes) - 1) n, unnest('{1,16,128,255}'::int[]) change
WHERE  get_byte(bytes, n) <> 0 OR n % 13 = 0;
SELECT is_empty($$SELECT outcome, count(*), min(n) FROM changed WHERE outcome NOT IN ('read', 'refused') GROUP BY 1$$, 'a changed byte is refused or read');
SELECT is(count(DISTINCT outcome), 2::bigint, 'of which both happen: ' || what) FROM changed GROUP BY what;
SELECT is_empty($$SELECT what, n FROM value, generate_series(0, length(bytes) - 1, 7) n WHERE pg_temp.withstands(substr(bytes, 1, n)) <> 'refused'$$, 'a value cut short is refused');
SELECT is(pg_temp.withstands(''), 'refused', 'nothing at all');
SELECT is(pg_temp.withstands(decode(repeat('ff', 6000), 'hex')), 'refused', 'bytes of ones');

-- Input looks at every row: what it takes is read without an error.
CREATE FUNCTION pg_temp.put_in(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	l credit_ledger;
BEGIN
	BEGIN
		l := encode(substr(bytes, 1), 'hex');
	EXCEPTION WHEN invalid_text_representation THEN
		RETURN 'refused';
	END;
	PERFORM pg_temp.read(l);
	RETURN 'read';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TEMP TABLE input AS
SELECT what, n, pg_temp.put_in(set_byte(bytes, n, get_byte(bytes, n) # change)) AS outcome
FROM   value, generate_series(0, length(bytes) - 1, 3) n, unnest('{1,128}'::int[]) change;
SELECT is_empty($$SELECT outcome, count(*), min(n) FROM input WHERE outcome NOT IN ('read', 'refused') GROUP BY 1$$, 'a text with a changed byte is refused or read to the end');
SELECT is((SELECT count(DISTINCT outcome) FROM input), 2::bigint, 'of which both happen');

-- The length of a model is a length word as it is made, and no other header of a value.
SELECT throws_ok(format('SELECT %L::credit_ledger', replace(l::text, encode(set_byte('\x00000000', 0, 4 * n), 'hex'), header || '000000')), '22P02', NULL, 'a model with a header of ' || header)
FROM   (SELECT credit_ledger_agg(1, 5, 'linear', NULL, 'p') AS l, pg_column_size('linear'::credit_model) AS n) q,
	LATERAL unnest(ARRAY['01', to_hex(2 * n + 1), to_hex(4 * n + 2)]) header;
SELECT * FROM finish();
ROLLBACK;
