-- The first rows of a relation go straight into its table: few of them into its
-- indexes as well, and over many the indexes are built.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(16);
CREATE ROLE mart_fill_test_writer;
GRANT USAGE ON SCHEMA ecosystem TO mart_fill_test_writer;

CREATE TABLE public.filled (id integer PRIMARY KEY, name text, said text);
CREATE INDEX ON public.filled (lower(name));
CREATE INDEX ON public.filled (said) WHERE said IS NOT NULL;
CREATE FUNCTION pg_temp.found(n integer) RETURNS text LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
	RETURN format('%s by key, %s by name, %s by what is said', (SELECT count(*) FROM public.filled WHERE id BETWEEN 1 AND n),
		(SELECT count(*) FROM public.filled WHERE lower(name) = 'name ' || n), (SELECT count(*) FROM public.filled WHERE said IS NOT NULL));
END $$;
CREATE FUNCTION pg_temp.file() RETURNS oid[] LANGUAGE sql AS $$
	SELECT array_agg(pg_relation_filenode(indexrelid) ORDER BY indexrelid) FROM pg_index WHERE indrelid = 'public.filled'::regclass
$$;

CREATE TEMP TABLE file AS SELECT pg_temp.file() AS before;
SELECT is(_mart_fill('public.filled', $$SELECT 'Name ' || i AS name, i AS id, CASE WHEN i % 5 = 0 THEN 'x' END AS said FROM generate_series(1, 50) i$$), 50::bigint, 'a few rows');
SELECT is(pg_temp.found(50), '50 by key, 1 by name, 10 by what is said', 'are found by all indexes');
SELECT is(pg_temp.file(), before, 'which are those of before') FROM file;

TRUNCATE public.filled;
UPDATE file SET before = pg_temp.file();
SELECT is(_mart_fill('public.filled', $$SELECT 'Name ' || i AS name, i AS id, CASE WHEN i % 5 = 0 THEN 'x' END AS said FROM generate_series(1, 5000) i$$), 5000::bigint, 'many');
SELECT is(pg_temp.found(5000), '5000 by key, 1 by name, 1000 by what is said', 'are found as well');
SELECT ok(NOT pg_temp.file() && before, 'by indexes that were built over them') FROM file;

TRUNCATE public.filled;
SELECT is(_mart_fill('public.filled', 'SELECT 1 AS id WHERE false'), 0::bigint, 'none');
SELECT is(pg_temp.found(1), '0 by key, 0 by name, 0 by what is said', 'are none');

SELECT throws_ok(format('SELECT _mart_fill(''public.filled'', ''SELECT %s AS id FROM generate_series(1, %s) i'')', id, n), code, NULL, what)
FROM  (VALUES ('i / 2', 10, '23505', 'a key twice among few'), ('i / 2', 5000, '23505', 'and among many'), ('nullif(i, 7)', 10, '23502', 'none')) v(id, n, code, what);
SELECT throws_ok($$SELECT _mart_fill('public.filled', 'SELECT 1 AS id, string_agg(md5(i::text), '''') AS name FROM generate_series(1, 1000) i')$$, '54000', NULL, 'what has no room in an index');
SELECT is(count(*), 0::bigint, 'and nothing of them stays') FROM public.filled;

GRANT INSERT ON public.filled TO mart_fill_test_writer;
SET ROLE mart_fill_test_writer;
SELECT is(_mart_fill('public.filled', 'SELECT 1 AS id'), NULL, 'the indexes of others are not built');
RESET ROLE;

SELECT is(array_agg(_mart_is_single(q) ORDER BY n), '{t,f,f,f,f}', 'one query is one, and no command')
FROM   unnest(ARRAY['WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM a) b -- ;', 'SELECT 1) q; DROP TABLE a; SELECT (1', 'SELECT 1; SELECT 2', 'SELECT 1 INTO a', '']) WITH ORDINALITY AS u(query, n),
       LATERAL (SELECT CASE WHEN query LIKE '%) q;%' THEN format('SELECT * FROM (%s) q', query) ELSE query END) l(q);
SELECT throws_ok($$SELECT _mart_is_single('SELECT (')$$, '42601', NULL, 'and what does not parse is an error');
SELECT * FROM finish();
ROLLBACK;
