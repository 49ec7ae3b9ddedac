-- company_set: that it says what arrays of ids say, and trusts nobody
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(107);

-- Text
SELECT is(t::company_set::text, w, t) FROM (VALUES
	('{}', '{}'), (' { } ', '{}'), ('{0}', '{0}'), ('{4294967295,0}', '{0,4294967295}'),
	('{5-9,1, 2,3,100000-300000,9,70000}', '{1-3,5-9,70000,100000-300000}'),
	('{1,2}', '{1,2}'), ('{2,1,1-1,2-2}', '{1,2}'), ('{65535,65536}', '{65535,65536}'),
	('{65534-65537}', '{65534-65537}'), ('{0-4294967295}', '{0-4294967295}')) v(t, w);
SELECT throws_ok(format('SELECT %L::company_set', t), '22P02', NULL, 'refused: ' || t) FROM (VALUES
	(''), ('{'), ('}'), ('{1'), ('1,2'), ('{1,}'), ('{,1}'), ('{1 2}'), ('{-1}'), ('{2-1}'), ('{1-}'),
	('{4294967296}'), ('{99999999999999999999999999}'), ('{1.5}'), ('{1}x'), ('{a}'), ('{1- 2}')) v(t);

-- Sets of every kind of chunk, and where they meet; ids in chunks 0 to 5
CREATE TEMP TABLE sample AS
SELECT k, array_agg(id ORDER BY id) AS ids
FROM  (SELECT DISTINCT k, id FROM (
	SELECT 1 AS k, hashint8extended(i, 1) & 262143 AS id FROM generate_series(1, 500) i
	UNION ALL SELECT 2, hashint8extended(i, 2) & 262143 FROM generate_series(1, 40000) i
	UNION ALL SELECT 3, hashint8extended(i, 3) & 65535 FROM generate_series(1, 40000) i
	UNION ALL SELECT 4, i FROM generate_series(60000, 140000) i
	UNION ALL SELECT 5, i * 2 FROM generate_series(0, 4095) i      -- an array as large as they get
	UNION ALL SELECT 6, i * 2 FROM generate_series(0, 4096) i      -- a bitset as small as they get
	UNION ALL SELECT 7, i FROM generate_series(65500, 70000) i WHERE i % 100 > 40
	UNION ALL SELECT 8, i FROM generate_series(0, 99999) i WHERE i % 7 <> 0
	UNION ALL SELECT 9, i FROM generate_series(0, 8190, 2) i WHERE i > 2 UNION ALL VALUES (9, 0), (9, 1)
	UNION ALL SELECT 10, 4294967295 - i * 3 FROM generate_series(0, 50000) i
	UNION ALL SELECT 11, i FROM generate_series(0, 65535) i
	UNION ALL SELECT 12, i FROM generate_series(0, 65535) i WHERE i % 32 > 1   -- 2048 runs: as large as a bitset
	UNION ALL SELECT 13, i FROM generate_series(0, 65535) i WHERE i % 33 > 1) q) d
GROUP  BY k;
INSERT INTO sample VALUES (0, '{}');
CREATE TEMP TABLE made AS SELECT k, ids, ids::company_set AS s FROM sample;
SELECT is(s::bigint[], ids, 'array and back: ' || k) FROM made WHERE k < 5 ORDER BY k;
SELECT is((SELECT count(*) FROM made WHERE s::bigint[] IS DISTINCT FROM ids), 0::bigint, 'array and back: all');
SELECT is((SELECT count(*) FROM made WHERE cardinality(s) <> cardinality(ids)), 0::bigint, 'cardinality');
SELECT is((SELECT count(*) FROM made WHERE ARRAY(SELECT members(s)) <> ids), 0::bigint, 'members');
SELECT is((SELECT count(*) FROM made WHERE s::text::company_set IS DISTINCT FROM s), 0::bigint, 'text and back');
SELECT is((SELECT count(*) FROM made WHERE s::bytea::company_set IS DISTINCT FROM s), 0::bigint, 'bytea and back');
SELECT is((SELECT count(*) FROM made, LATERAL (SELECT company_set_agg(id) AS built FROM unnest(ids) id) b WHERE built IS DISTINCT FROM s),
	0::bigint, 'an aggregate makes the same bytes');

-- Algebra, against SQL on rows
CREATE TEMP TABLE member AS SELECT k, unnest(ids) AS id FROM sample;
CREATE INDEX ON member (k, id);
ANALYZE member;
-- Arrays as they are: to compress them takes longer than all the rest.
CREATE TEMP TABLE pair (a int, b int, both_ids bigint[], a_ids bigint[], b_ids bigint[], sa company_set, sb company_set);
ALTER TABLE pair ALTER both_ids SET STORAGE EXTERNAL, ALTER a_ids SET STORAGE EXTERNAL, ALTER b_ids SET STORAGE EXTERNAL;
INSERT INTO pair
WITH different AS MATERIALIZED (
	SELECT a.k AS a, b.k AS b, j.*
	FROM   made a JOIN made b ON a.k < b.k CROSS JOIN LATERAL (
		SELECT coalesce(array_agg(x.id) FILTER (WHERE x.id = y.id), '{}') AS both_ids,
		       coalesce(array_agg(x.id) FILTER (WHERE y.id IS NULL), '{}') AS a_ids, coalesce(array_agg(y.id) FILTER (WHERE x.id IS NULL), '{}') AS b_ids
		FROM   unnest(a.ids) x(id) FULL JOIN unnest(b.ids) y(id) ON x.id = y.id) j
)
SELECT d.*, a.s AS sa, b.s AS sb
FROM  (SELECT * FROM different UNION ALL SELECT b, a, both_ids, b_ids, a_ids FROM different UNION ALL SELECT k, k, ids, '{}', '{}' FROM made) d
      JOIN made a ON a.k = d.a JOIN made b ON b.k = d.b;
SELECT is((SELECT count(*) FROM pair), 196::bigint, 'all pairs of kinds');
SELECT is((SELECT count(*) FROM pair WHERE sa & sb IS DISTINCT FROM both_ids::company_set), 0::bigint, '&');
SELECT is((SELECT count(*) FROM pair WHERE sa - sb IS DISTINCT FROM a_ids::company_set), 0::bigint, '-');
SELECT is((SELECT count(*) FROM pair WHERE sa | sb IS DISTINCT FROM (both_ids || a_ids || b_ids)::company_set), 0::bigint, '|');
SELECT is((SELECT count(*) FROM pair WHERE sa # sb IS DISTINCT FROM (a_ids || b_ids)::company_set), 0::bigint, '#');
SELECT is((SELECT count(*) FROM pair WHERE (sa @> sb) <> (b_ids = '{}') OR (sa <@ sb) <> (a_ids = '{}')), 0::bigint, '@> and <@');
SELECT is((SELECT count(*) FROM pair WHERE (sa && sb) <> (both_ids <> '{}')), 0::bigint, '&&');
SELECT is((SELECT count(*) FROM pair WHERE overlap(sa, sb) <> cardinality(both_ids)), 0::bigint, 'overlap');
SELECT is((SELECT count(*) FROM pair WHERE jaccard(sa, sb) IS DISTINCT FROM
	cardinality(both_ids)::double precision / nullif(cardinality(both_ids || a_ids || b_ids), 0)), 0::bigint, 'jaccard');
SELECT is((SELECT count(*) FROM pair WHERE entered(sa, sb) IS DISTINCT FROM sb - sa OR departed(sa, sb) IS DISTINCT FROM sa - sb),
	0::bigint, 'entered and departed');
SELECT is((SELECT count(*) FROM pair WHERE whitespace(sa, sb) IS DISTINCT FROM sa - sb
	OR whitespace(sa, sb, '{1-100000}') IS DISTINCT FROM sa - (sb | '{1-100000}')), 0::bigint, 'whitespace');
SELECT is((SELECT count(*) FROM pair WHERE (sa = sb) <> (a = b) OR (sa <> sb) <> (a <> b)
	OR (company_set_cmp(sa, sb) = 0) <> (a = b) OR company_set_cmp(sa, sb) <> -company_set_cmp(sb, sa)
	OR (sa < sb) <> (sb > sa) OR (sa <= sb) <> (sb >= sa) OR (sa < sb) = (sa >= sb)), 0::bigint, 'comparisons');
SELECT set_eq($$SELECT a.k AS a, b.k AS b, o.n FROM (SELECT array_agg(k ORDER BY k) AS ks, array_agg(s ORDER BY k) AS ss FROM made) m,
	overlap_cardinalities(m.ss) o JOIN made a ON true JOIN made b ON true WHERE a.k = ks[o.i] AND b.k = ks[o.j]$$,
	'SELECT a, b, overlap(sa, sb) FROM pair WHERE a <= b', 'overlap_cardinalities');
SELECT results_eq($$SELECT i, j, n FROM overlap_cardinalities('{"{1,2}",NULL,"{2,3}"}')$$,
	$$VALUES (1, 1, 2::bigint), (1, 2, NULL), (1, 3, 1), (2, 2, NULL), (2, 3, NULL), (3, 3, 2)$$, 'overlap_cardinalities with NULL');
SELECT is((SELECT count(*) FROM overlap_cardinalities('{}')), 0::bigint, 'overlap_cardinalities of no sets');

-- Single companies
SELECT is((SELECT count(*) FROM made, (VALUES (0), (1), (8190), (8191), (65535), (65536), (70000), (131072), (4294967295), (4294967294)) v(id)
	WHERE (id <@ s) <> (id = ANY (ids)) OR (s @> id) <> (id = ANY (ids))
	   OR s + id IS DISTINCT FROM (ids || id)::company_set OR s - id IS DISTINCT FROM array_remove(ids, id)::company_set),
	0::bigint, '<@, @>, + and - with an id');
SELECT is((-1)::bigint <@ '{0-4294967295}'::company_set OR '{0-4294967295}'::company_set @> 4294967296, false, 'no set has an id out of range');
SELECT is('{1}'::company_set - (-1)::bigint - 4294967296, '{1}', 'to remove an id out of range is to do nothing');
SELECT throws_ok('SELECT company_set_agg(-1)', '22003', 'company id -1 is out of range');
SELECT throws_ok($$SELECT '{}'::company_set + 4294967296$$, '22003', 'company id 4294967296 is out of range');
SELECT throws_ok($$SELECT '{1,4294967296}'::bigint[]::company_set$$, '22003', 'company id 4294967296 is out of range');
SELECT throws_ok($$SELECT '{1,NULL}'::bigint[]::company_set$$, '22004', 'company ids must not be null');

-- NULLs and nothing
SELECT ok((NULL::company_set | '{1}') IS NULL AND overlap('{1}', NULL) IS NULL AND cardinality(NULL::company_set) IS NULL
	AND whitespace('{1}', '{2}', NULL) IS NULL AND whitespace(NULL, '{2}') IS NULL AND jaccard('{}', '{}') IS NULL, 'NULL gives NULL');
SELECT is((SELECT count(*) FROM members(NULL)), 0::bigint, 'members of NULL');
SELECT is(whitespace('{1,2}', VARIADIC '{}'), '{1,2}', 'whitespace of no populations');
SELECT results_eq($$SELECT company_set_agg(i), company_set_union_agg(s), rollup(s), company_set_intersect_agg(s)
	FROM (VALUES (NULL::bigint, NULL::company_set)) v(i, s)$$,
	$$VALUES ('{}'::company_set, '{}'::company_set, '{}'::company_set, NULL::company_set)$$, 'aggregates of NULLs');
SELECT results_eq($$SELECT company_set_agg(i), company_set_union_agg(s), rollup(s), company_set_intersect_agg(s)
	FROM (VALUES (NULL::bigint, NULL::company_set)) v(i, s) WHERE false$$,
	$$VALUES ('{}'::company_set, '{}'::company_set, '{}'::company_set, NULL::company_set)$$, 'aggregates of no rows');
SELECT is(company_set_combine(NULL, NULL), NULL, 'combine of NULLs');
SELECT is(company_set_combine(company_set_combine(NULL, '{1}'), NULL) = _company_set_accum(_company_set_accum(NULL, 1), NULL), true,
	'transition functions called by hand give values');

-- Aggregates: any order, any workers, the same bytes
CREATE TABLE public.company_set_row AS
SELECT i % 7 AS g, (hashint8extended(i, 9) & 1048575) AS id FROM generate_series(1, 200000) i;
ALTER TABLE public.company_set_row SET (parallel_workers = 4);
ANALYZE public.company_set_row;
CREATE TEMP TABLE ascending AS SELECT g, company_set_agg(id ORDER BY id) AS s FROM public.company_set_row GROUP BY g;
SELECT results_eq('SELECT g, cardinality(s) FROM ascending ORDER BY g',
	'SELECT g, count(DISTINCT id) FROM public.company_set_row GROUP BY g ORDER BY g', 'company_set_agg counts each once');
SELECT is((SELECT count(*) FROM ascending JOIN (SELECT g, company_set_agg(id ORDER BY id DESC) AS s FROM public.company_set_row GROUP BY g) d USING (g, s)),
	7::bigint, 'descending rows');
SELECT is((SELECT count(*) FROM ascending JOIN (SELECT g, company_set_agg(id) AS s FROM
	(SELECT g, id FROM public.company_set_row, generate_series(1, 2) ORDER BY hashint8(id)) r GROUP BY g) d USING (g, s)),
	7::bigint, 'rows in no order, twice');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\ir plan.psql
CREATE FUNCTION pg_temp.lines_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN ' || query;
END $$;
SELECT matches(pg_temp.plan_of('SELECT g, company_set_agg(id) FROM public.company_set_row GROUP BY g'), 'Partial|Parallel Custom Scan .Ecosystem Aggregate', 'company_set_agg runs in workers');
SELECT is((SELECT count(*) FROM ascending JOIN (SELECT g, company_set_agg(id) AS s FROM public.company_set_row GROUP BY g) d USING (g, s)),
	7::bigint, 'rows in workers');
CREATE TABLE public.company_set_part AS SELECT g, id % 100 AS part, company_set_agg(id) AS s FROM public.company_set_row GROUP BY 1, 2;
ALTER TABLE public.company_set_part SET (parallel_workers = 4);
ANALYZE public.company_set_part;
SELECT matches(pg_temp.plan_of('SELECT g, rollup(s) FROM public.company_set_part GROUP BY g'), 'Partial|Parallel Custom Scan .Ecosystem Aggregate', 'rollup runs in workers');
SELECT is((SELECT count(*) FROM ascending JOIN (SELECT g, rollup(s) AS s FROM public.company_set_part GROUP BY g) d USING (g, s)),
	7::bigint, 'rollup of parts in workers');
SELECT is((SELECT company_set_intersect_agg(s + 7 + g) FROM public.company_set_part), '{7}' |
	(SELECT company_set_intersect_agg(s) FROM public.company_set_part), 'company_set_intersect_agg in workers');
RESET max_parallel_workers_per_gather;
SELECT is((SELECT company_set_intersect_agg(s) FROM made WHERE k IN (2, 4, 8)), (SELECT array_agg(id)::company_set FROM (
	SELECT id FROM member WHERE k IN (2, 4, 8) GROUP BY id HAVING count(*) = 3) m), 'company_set_intersect_agg');
SELECT is((SELECT rollup(s) FROM made), (SELECT array_agg(id)::company_set FROM member), 'rollup of every kind');
SELECT is((SELECT array_agg(cardinality(w)) FROM (SELECT company_set_agg(id) OVER (ORDER BY n ROWS 2 PRECEDING) AS w
	FROM (VALUES (1, 5), (2, 5), (3, 6), (4, NULL), (5, 7)) v(n, id)) x), '{1,1,2,2,2}', 'a window that moves');
SELECT is((SELECT array_agg(cardinality(w)) FROM (SELECT rollup(s) OVER (ORDER BY n) AS w
	FROM (VALUES (1, '{1}'::company_set), (2, '{1-3}'), (3, NULL), (4, '{9}')) v(n, s)) x), '{1,3,3,4}', 'a window that grows');

-- Grouping, joining, indexing by value
SELECT is((SELECT count(*) FROM (SELECT s FROM made UNION SELECT s | '{}' FROM made) u), 14::bigint, 'UNION');
SET LOCAL enable_hashjoin = off;
SELECT is((SELECT count(*) FROM made a JOIN made b ON a.s = b.s), 14::bigint, 'merge join');
SET LOCAL enable_hashjoin = on;
SELECT is((SELECT count(*) FROM made WHERE company_set_hash(s) <> company_set_hash(s::text::company_set)
	OR company_set_hash_extended(s, 0)::bit(32) <> company_set_hash(s)::bit(32)), 0::bigint, 'hashes');

-- Stored: out of line, short, in a file, and in a set larger than a page
CREATE TABLE public.company_set_stored (k integer, s company_set);
INSERT INTO public.company_set_stored SELECT k, s FROM made;
INSERT INTO public.company_set_stored SELECT 100, company_set_agg(i * 3) FROM generate_series(1, 1000000) i;
SELECT is((SELECT sum(overlap(a.s, b.s)) FROM public.company_set_stored a, public.company_set_stored b WHERE a.k < 100 AND b.k < 100),
	(SELECT sum(overlap(sa, sb)) FROM pair), 'sets that are fetched once a query');
SET LOCAL work_mem = '64kB';
SELECT is((SELECT sum(overlap(a.s, b.s)) FROM public.company_set_stored a, public.company_set_stored b WHERE a.k < 100 AND b.k < 100),
	(SELECT sum(overlap(sa, sb)) FROM pair), 'and do not all fit into memory');
RESET work_mem;
SELECT is((SELECT array_agg(cardinality(s) ORDER BY k) FROM public.company_set_stored),
	(SELECT array_agg(cardinality(ids)::bigint ORDER BY k) FROM sample) || 1000000::bigint, 'cardinality of stored sets');
SELECT is((SELECT count(*) FROM public.company_set_stored, members(s) m(id) WHERE k = 100 AND id % 3 = 0 AND id <@ s), 1000000::bigint, 'a million');

-- COPY, text and binary, as dump and restore do, keeps every stored value
CREATE FUNCTION pg_temp.through_copy(format text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/company_set.' || format;
BEGIN
	CREATE TEMP TABLE restored (LIKE public.company_set_stored) ON COMMIT DROP;
	EXECUTE format('COPY public.company_set_stored TO %L (FORMAT %s)', file, format);
	EXECUTE format('COPY restored FROM %L (FORMAT %s)', file, format);
	RETURN (SELECT count(*) FROM restored JOIN public.company_set_stored USING (k, s));
END $$;
SELECT is(pg_temp.through_copy('text'), 15::bigint, 'COPY as text');
DROP TABLE restored;
SELECT is(pg_temp.through_copy('binary'), 15::bigint, 'COPY as binary');

-- The planner
SELECT matches((SELECT string_agg(line, E'\n') FROM pg_temp.lines_of($$SELECT * FROM members('{1-12345}')$$) line), 'rows=12345',
	'members of a known set has as many rows');
SELECT matches((SELECT string_agg(line, E'\n') FROM pg_temp.lines_of($$SELECT * FROM members(NULL::company_set)$$) line), 'rows=1 ', 'of none it has none');
SELECT is((SELECT count(*) FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
	WHERE a.aggtranstype = 'company_set'::regtype AND p.proparallel = 's' AND a.aggcombinefn <> 0), 4::bigint, 'aggregates: states are values');
SELECT throws_ok($$SELECT 'x'::bytea::company_set$$, '22P03', 'these bytes are no company_set');

-- Bytes that are no set: cut off, of flipped bits, of other programs
CREATE FUNCTION pg_temp.fate(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE s company_set;
BEGIN
	s := bytes::company_set;
	-- What is taken is a set in its one form.
	RETURN CASE WHEN s::bytea::company_set = s AND s::text::company_set = s AND s::bigint[]::company_set = s THEN 'a set' ELSE 'BROKEN' END;
EXCEPTION WHEN invalid_binary_representation THEN
	RETURN 'refused';
END $$;
CREATE TEMP TABLE corpus AS SELECT s::bytea AS b FROM made WHERE k IN (0, 7, 9, 12)
	UNION ALL SELECT '{1,5-9,70000,100000-100400,200001,300001-300004}'::company_set::bytea;
SELECT is((SELECT count(*) FROM corpus, generate_series(0, least(length(b) - 1, 600)) n WHERE pg_temp.fate(substr(b, 1, n)) <> 'refused'), 0::bigint,
	'none that is cut off is taken');
SELECT is((SELECT count(*) FROM corpus WHERE pg_temp.fate(b || '\x00') <> 'refused'), 0::bigint, 'none with more behind it is taken');
SELECT is((SELECT count(*) FROM corpus, generate_series(0, least(length(b) * 8 - 1, 900)) n WHERE pg_temp.fate(set_bit(b, n, 1 - get_bit(b, n))) = 'BROKEN'),
	0::bigint, 'one with a flipped bit is refused or a set');
SELECT is(pg_temp.fate(b), 'refused', why) FROM (VALUES
	('\x'::bytea, 'nothing'), ('\x3a300000', 'half a header'), ('\x3a30000001000100', 'more chunks than 65536'),
	('\x3a30000001000000000001001000000005000500', 'an id twice'), ('\x3a30000001000000000001001000000005000400', 'ids out of order'),
	('\x3a30000001000000000001001100000005000600', 'a chunk elsewhere'),
	('\x3b30000001000003000200010002000300010000', 'more runs than said'),
	('\x3b3000000100000500020001000100040001000000', 'runs that touch')) v(b, why);
SELECT is('\x3a3000000100000000000900100000000100020003000400050006000700080009000a00'::bytea::company_set, '{1-10}', 'an array of another program becomes runs');

-- Sets scattered over all ids are merged without a bitset for each chunk, 512 MB of them; where the system tells its memory.
CREATE FUNCTION pg_temp.peak_mb() RETURNS numeric LANGUAGE sql AS
	$$ SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 8192, true), 'VmHWM:\s+(\d+)'))[1]::numeric / 1024 $$;
CREATE TEMP TABLE scattered AS
SELECT i, company_set(array_agg((g * 60000::bigint + i * 7) % 4294967296)) AS s FROM generate_series(1, 71000) g, generate_series(1, 3) i GROUP BY i;
CREATE TEMP TABLE peak AS SELECT pg_temp.peak_mb() AS before;
SELECT is(rollup(s), (SELECT a.s | b.s | c.s FROM scattered a, scattered b, scattered c WHERE (a.i, b.i, c.i) = (1, 2, 3)), 'scattered sets') FROM scattered;
SELECT cmp_ok(coalesce(pg_temp.peak_mb() - before, 0), '<', 100::numeric, 'in a small multiple of their size') FROM peak;

-- A literal beside a number stays what it is without the extension.
SELECT is('D-' || 5::bigint, 'D-5', 'text || bigint is text');

SELECT * FROM finish();
ROLLBACK;
