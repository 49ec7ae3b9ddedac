-- Overlap Join: its results are those of comparing every pair, whatever the
-- join's type, conditions, memory and workers; and when it is chosen.

BEGIN;
SET LOCAL search_path = ecosystem, public;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT no_plan();

-- ---- helpers ----

\ir plan.psql

-- Whether a query has an Overlap Join, and the same rows without it, which are
-- worked out once.
CREATE TEMP TABLE without (query text PRIMARY KEY, rows text[]);
ALTER TABLE without ALTER rows SET STORAGE EXTERNAL;
CREATE FUNCTION pg_temp.same(query text, description text, pattern text DEFAULT '%Custom Scan (Overlap Join)%')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	differences bigint;
	rows bigint;
BEGIN
	PERFORM set_config('ecosystem.enable_overlap_join', 'on', true);
	RETURN NEXT alike(pg_temp.plan_of(query), pattern, description || ': the plan');
	EXECUTE 'CREATE TEMP TABLE joined AS ' || query;
	PERFORM set_config('ecosystem.enable_overlap_join', 'off', true);
	RETURN NEXT unalike(pg_temp.plan_of(query), '%Overlap Join%', description || ': the plan without');
	IF NOT EXISTS (SELECT FROM without w WHERE w.query = same.query) THEN
		EXECUTE format('INSERT INTO without SELECT $1, array_agg(q::text) FROM (%s) q', query) USING query;
	END IF;
	PERFORM set_config('ecosystem.enable_overlap_join', 'on', true);
	SELECT count(*) INTO differences FROM (
		(SELECT joined::text FROM joined EXCEPT ALL SELECT unnest(w.rows) FROM without w WHERE w.query = same.query) UNION ALL
		(SELECT unnest(w.rows) FROM without w WHERE w.query = same.query EXCEPT ALL SELECT joined::text FROM joined)) d;
	SELECT coalesce(cardinality(w.rows), 0) INTO rows FROM without w WHERE w.query = same.query;
	DROP TABLE joined;
	RETURN NEXT ok(differences = 0, format('%s: %s rows, %s of them different', description, rows, differences));
END $$;

-- Identities of few different keys of every level, some none, some NULL.
CREATE FUNCTION pg_temp.random_identity(keys integer) RETURNS company_identity LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	parts text[] := '{}';
	n text;
BEGIN
	IF random() < 0.05 THEN RETURN NULL; END IF;
	IF random() < 0.05 THEN RETURN identify(); END IF;
	FOR i IN 1 .. (random() * 2)::int LOOP
		parts := parts || (array['erp!:', 'sap!:', 'crm:', 'hub:'])[1 + floor(random() * 4)::int] ||
				 floor(random() * keys)::text;
	END LOOP;
	n := chr(97 + floor(random() * keys)::int % 26) || 'company';
	RETURN identify(
		ids     => parts,
		website => CASE WHEN random() < 0.6 THEN 'site' || floor(random() * keys) || '.com' ||
						CASE WHEN random() < 0.2 THEN '; other' || floor(random() * keys) || '.com' ELSE '' END END,
		name    => CASE WHEN random() < 0.8 THEN n ||
						CASE WHEN random() < 0.2 THEN ' formerly xcompany' || floor(random() * keys) ELSE '' END END,
		country => (array['US', 'DE', NULL])[1 + floor(random() * 3)::int]);
END $$;

SELECT setseed(0.42);
CREATE TEMP TABLE a (id integer, grp integer, note text, identity company_identity);
CREATE TEMP TABLE b (id integer, note text, grp integer, dropped integer, identity company_identity, amount numeric);
ALTER TABLE b DROP COLUMN dropped;
INSERT INTO a SELECT i, i % 5, repeat('a' || i, i % 7), pg_temp.random_identity(25) FROM generate_series(1, 700) i;
INSERT INTO b SELECT i, nullif(repeat('b' || i, i % 9), ''), i % 7, pg_temp.random_identity(25), i / 7.0 FROM generate_series(1, 900) i;
INSERT INTO a SELECT id + 1000, grp, note, identity FROM a WHERE id % 10 = 0;
INSERT INTO b SELECT id + 1000, note, grp, identity, amount FROM b WHERE id % 11 = 0;
ANALYZE a, b;
CREATE TEMP VIEW queries AS
SELECT * FROM (VALUES
	('inner', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity'),
	('count', 'SELECT count(*) FROM a JOIN b ON a.identity && b.identity'),
	('commuted', 'SELECT a.id, b.id AS b, match_level(b.identity, a.identity) FROM a JOIN b ON b.identity && a.identity'),
	('wide rows', 'SELECT a.*, b.note AS b_note, b.amount, b.grp AS b_grp FROM a JOIN b ON a.identity && b.identity'),
	('whole rows', 'SELECT a, b FROM a JOIN b ON a.identity && b.identity'),
	('system columns', 'SELECT a.ctid AS a, b.ctid AS b, a.tableoid::regclass AS t FROM a JOIN b ON a.identity && b.identity'),
	('join filter', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity AND a.grp < b.grp'),
	('two && clauses', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity AND identify(name => b.note) && a.identity'),
	('expressions', 'SELECT a.id, b.id AS b FROM (SELECT id, identify(website => ''site'' || id % 30 || ''.com'') AS i FROM a) a JOIN b ON i && b.identity'),
	('expressions of both', 'SELECT a.id, b.id AS b FROM a JOIN b ON identify(website => ''site'' || a.id % 30 || ''.com'') && identify(website => ''site'' || b.id % 40 || ''.com'')'),
	('left', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity'),
	('left with a filter', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND a.grp <> b.grp'),
	('left, and a condition above', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity WHERE b.grp IS DISTINCT FROM a.grp'),
	('left, expressions above', 'SELECT a.id, coalesce(b.note, ''none'') FROM a LEFT JOIN (SELECT *, coalesce(grp, 1) + 1 AS g FROM b) b ON a.identity && b.identity WHERE coalesce(b.g, 1) > 0'),
	('left, a condition on one side', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND a.grp = 2'),
	('right', 'SELECT a.id, b.id AS b FROM a RIGHT JOIN b ON a.identity && b.identity AND a.grp < b.grp'),
	('right, and a condition above', 'SELECT a.id, b.id AS b FROM a RIGHT JOIN b ON a.identity && b.identity WHERE a.grp + b.grp > 3 OR a.id IS NULL'),
	('semi', 'SELECT a.id FROM a WHERE EXISTS (SELECT FROM b WHERE a.identity && b.identity)'),
	('semi with a filter', 'SELECT a.id FROM a WHERE EXISTS (SELECT FROM b WHERE a.identity && b.identity AND a.grp > b.grp)'),
	('anti', 'SELECT a.id, a.note FROM a WHERE NOT EXISTS (SELECT FROM b WHERE a.identity && b.identity)'),
	('anti with a filter', 'SELECT a.id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE a.identity && b.identity AND a.grp > b.grp)'),
	('anti, the other way', 'SELECT b.id FROM b WHERE NOT EXISTS (SELECT FROM a WHERE a.identity && b.identity AND a.grp = 1)'),
	('three tables', 'SELECT a.id, b.id AS b, c.id AS c FROM a JOIN b ON a.identity && b.identity LEFT JOIN a c ON c.identity && b.identity AND c.grp = a.grp'),
	('nested outer joins', 'SELECT a.id, b.id AS b, c.id AS c FROM a LEFT JOIN b ON a.identity && b.identity AND b.grp = 1 LEFT JOIN b c ON a.identity && c.identity AND c.grp = 2 WHERE b.id IS NULL OR c.id IS NOT NULL'),
	('an outer join''s nulls', 'SELECT c.id, a.id AS a, b.id AS b FROM a c LEFT JOIN (a JOIN b ON a.identity && b.identity) ON c.id = a.id + 3')
) q (name, query);

SELECT pg_temp.same(query, name) FROM queries;

SET LOCAL work_mem = '64kB';
SELECT pg_temp.same(query, name || ', little memory') FROM queries;
RESET work_mem;
-- Where core may have another way, by the version and the cost
SELECT pg_temp.same(query, name, '%') FROM (VALUES
	('left, nothing inside', 'SELECT a.id, b.id AS b FROM a LEFT JOIN (SELECT * FROM b WHERE grp + 1 > 99) b ON a.identity && b.identity'),
	('anti, nothing inside', 'SELECT a.id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE grp + 1 > 99 AND a.identity && b.identity)'),
	('a condition of neither side, false', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity AND (SELECT false)'),
	('left, a condition of neither side, false', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND (SELECT false)'),
	('left, a condition of neither side, true', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND (SELECT true)')) q (name, query);
SELECT alike(pg_temp.plan_of('SELECT a.id, b.id AS b FROM a LEFT JOIN (SELECT * FROM b WHERE grp + 1 > 99) b ON a.identity && b.identity'), '%Overlap Join%', 'nothing inside is found out by an overlap join, too');
-- What may be another identity each time is asked for each pair.
CREATE FUNCTION pg_temp.any_identity(i integer) RETURNS company_identity LANGUAGE plpgsql AS $$BEGIN RETURN identify(website => 'site' || i || '.com'); END$$;
SELECT unalike(pg_temp.plan_of('SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && pg_temp.any_identity(b.id)'), '%Overlap Join%', 'not by what is volatile');
ALTER FUNCTION pg_temp.any_identity(integer) STABLE;
SELECT alike(pg_temp.plan_of('SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && pg_temp.any_identity(b.id)'), '%Overlap Join%', 'but by what is stable');

-- Several batches were really made.
SET LOCAL work_mem = '64kB';
CREATE FUNCTION pg_temp.figure(query text, name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, FORMAT JSON) ' || query INTO plan;
	RETURN (jsonb_path_query_first(plan::jsonb, format('lax $.**.%I', name)::jsonpath))::bigint;
END $$;
CREATE TEMP TABLE many AS SELECT i AS id, i % 3 AS grp, identify(website => 'site' || i || '.com', ids => ARRAY['crm:' || i % 2250]) AS identity
	FROM generate_series(1, 3000) i;
ANALYZE many;
SELECT cmp_ok(pg_temp.figure('SELECT * FROM many x JOIN many y ON x.identity && y.identity', 'Batches'), '>', 4::bigint, 'little memory makes batches');
SELECT pg_temp.same(query, name || ', batches') FROM (VALUES
	('inner', 'SELECT x.id, y.id AS y FROM many x JOIN many y ON x.identity && y.identity'),
	('left', 'SELECT x.id, y.id AS y FROM many x LEFT JOIN many y ON x.identity && y.identity AND y.grp <> x.grp AND y.id > 2625'),
	('right', 'SELECT x.id, y.id AS y FROM many x RIGHT JOIN many y ON x.identity && y.identity AND y.grp <> x.grp AND y.id > 2625'),
	('semi', 'SELECT x.id FROM many x WHERE EXISTS (SELECT FROM many y WHERE x.identity && y.identity AND x.id <> y.id)'),
	('anti', 'SELECT x.id FROM many x WHERE NOT EXISTS (SELECT FROM many y WHERE x.identity && y.identity AND x.id <> y.id)')) q (name, query);

-- A key that more rows hold than fit into memory: pieces of one batch.
CREATE TEMP TABLE hub AS SELECT i AS id, identify(ids => ARRAY['crm:hub', 'erp!:' || i / 2, 'crm:' || i % 100]) AS identity FROM generate_series(1, 1500) i;
ANALYZE hub;
SELECT pg_temp.same(query, name || ', a key of all rows') FROM (VALUES
	('inner', 'SELECT x.id, y.id AS y FROM hub x JOIN hub y ON x.identity && y.identity'),
	('left', 'SELECT x.id, y.id AS y FROM hub x LEFT JOIN hub y ON x.identity && y.identity AND y.id > x.id'),
	('semi', 'SELECT x.id FROM hub x WHERE EXISTS (SELECT FROM hub y WHERE x.identity && y.identity AND x.id < y.id)'),
	('anti', 'SELECT x.id FROM hub x WHERE NOT EXISTS (SELECT FROM hub y WHERE x.identity && y.identity AND x.id < y.id)')) q (name, query);
RESET work_mem;

-- A name that all hold is no candidate where domains decide.
CREATE TEMP TABLE namesakes AS SELECT i AS id, identify(website => 'own' || i || '.com', name => 'National Bank', country => 'US') AS identity
	FROM generate_series(1, 20000) i;
ANALYZE namesakes;
SELECT is(pg_temp.figure('SELECT * FROM namesakes x JOIN namesakes y ON x.identity && y.identity', 'Candidates'), 20000::bigint, 'namesakes with domains are no candidates');

-- Nor are rows of a key whose deciding ids must differ: each key is one that all
-- rows hold, and the ids are of registers as people have them.  A pair is looked
-- at only if it is a match, but for the few rows that few hold.
CREATE FUNCTION pg_temp.crowd(n int, shared text) RETURNS TABLE (id int, grp int, identity company_identity) LANGUAGE sql AS $$
	SELECT i, i % 5, concat_ws(' ', shared, CASE WHEN i % 50 > 0 THEN 'erp!:' || i / 2 END, CASE i % 7 WHEN 0 THEN 'sap!:' || i / 3 WHEN 1 THEN 'cik:' || lpad(i::text, 10, '0') END,
	       CASE WHEN i % 11 = 0 THEN 'crm:' || i / 22 END, CASE WHEN shared LIKE 'crm%' AND i % 2 = 0 THEN 'domain:d' || i || '.com' END)::company_identity
	FROM   generate_series(1, n) i
$$;
CREATE TEMP TABLE shape (name text, shared text);
INSERT INTO shape VALUES ('a domain', 'domain:group.com'), ('a name', 'name:national@US'), ('a confirming id', 'crm:all'), ('a domain and a name', 'domain:group.com name:national@US');
CREATE TEMP TABLE crowd (id int, grp int, identity company_identity);
CREATE FUNCTION pg_temp.become(n int, shared text) RETURNS void LANGUAGE sql AS 'DELETE FROM crowd; INSERT INTO crowd SELECT * FROM pg_temp.crowd(n, shared); ANALYZE crowd';
CREATE FUNCTION pg_temp.same_crowd(shared text, name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.become(500, shared);
	SET LOCAL enable_nestloop = off;
	RETURN QUERY SELECT pg_temp.same('SELECT x.id, y.id AS y FROM crowd x JOIN crowd y ON x.identity && y.identity', name || ' of many ids, inner');
	RETURN QUERY SELECT pg_temp.same('SELECT x.id, y.id AS y FROM crowd x LEFT JOIN crowd y ON x.identity && y.identity AND x.grp < y.grp', name || ' of many ids, left');
	RETURN QUERY SELECT pg_temp.same('SELECT x.id FROM crowd x WHERE EXISTS (SELECT FROM crowd y WHERE x.identity && y.identity AND x.id <> y.id)', name || ' of many ids, semi');
	RETURN QUERY SELECT pg_temp.same('SELECT x.id FROM crowd x WHERE NOT EXISTS (SELECT FROM crowd y WHERE x.identity && y.identity AND x.id <> y.id)', name || ' of many ids, anti');
	SET LOCAL work_mem = '64kB';
	RETURN QUERY SELECT pg_temp.same('SELECT x.id, y.id AS y FROM crowd x RIGHT JOIN crowd y ON x.identity && y.identity AND x.grp < y.grp', name || ' of many ids, right, little memory');
	RESET work_mem;
	RESET enable_nestloop;
END $$;
SELECT pg_temp.same_crowd(shared, name) FROM shape;
CREATE TEMP TABLE removed (name text, n int, rows bigint, candidates bigint, removed bigint);
DO $$
DECLARE
	s shape;
	m bigint;
BEGIN
	FOR s IN TABLE shape LOOP
		FOREACH m IN ARRAY ARRAY[4000, 8000] LOOP
			PERFORM pg_temp.become(m::int, s.shared);
			DELETE FROM crowd WHERE identity::text !~ 'erp!';
			INSERT INTO removed SELECT s.name, m, count(*), pg_temp.figure('SELECT * FROM crowd x JOIN crowd y ON x.identity && y.identity', 'Candidates'),
				pg_temp.figure('SELECT * FROM crowd x JOIN crowd y ON x.identity && y.identity', 'Removed by Ladder') FROM crowd;
		END LOOP;
	END LOOP;
END $$;
SELECT is_empty('SELECT * FROM removed WHERE removed > rows / 10 OR candidates > 3 * rows', 'what the ladder must refuse is not looked at');
SELECT is((SELECT count(*) FROM removed), 8::bigint, 'of all shapes');

-- ---- full join, which core has no way for ----

SELECT set_eq('SELECT a.id, b.id AS b FROM a FULL JOIN b ON a.identity && b.identity',
	'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity UNION
	 SELECT a.id, b.id AS b FROM a RIGHT JOIN b ON a.identity && b.identity', 'full');

-- ---- rescans, subplans, cursors, prepared plans ----

SELECT pg_temp.same(query, name) FROM (VALUES
	('lateral', 'SELECT g, s.* FROM generate_series(0, 4) g, LATERAL (SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity WHERE a.grp = g OFFSET 0) s'),
	('lateral, of the inner side', 'SELECT g, s.* FROM generate_series(0, 4) g, LATERAL (SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND b.grp = g OFFSET 0) s'),
	('lateral, all rows of the inner side', 'SELECT g, s.* FROM generate_series(0, 4) g, LATERAL (SELECT x.id, y.id AS y FROM (SELECT * FROM a WHERE grp <> g OFFSET 0) x FULL JOIN (SELECT * FROM b WHERE id <= 200) y ON x.identity && y.identity AND x.grp = y.grp OFFSET 0) s'),
	('lateral, in an identity', 'SELECT g, s.* FROM generate_series(0, 4) g, LATERAL (SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && identify(website => ''site'' || (b.id + g) % 30 || ''.com'') OFFSET 0) s'),
	('lateral, below a subquery in an identity', 'SELECT g, s.* FROM generate_series(0, 4) g, LATERAL (SELECT a.id, y.id AS y FROM (SELECT * FROM b UNION ALL SELECT * FROM b) y JOIN a ON a.id <= 150 AND (SELECT identify(website => ''site'' || (a.id + g) % 30 || ''.com'') FROM (VALUES (1), (2)) v (v) WHERE v = 1) && y.identity OFFSET 0) s'),
	('subplan', 'SELECT g, (SELECT sum(a.id * b.id) FROM a JOIN b ON a.identity && b.identity WHERE a.grp <> g) FROM generate_series(0, 4) g'),
	('CTE', 'WITH j AS MATERIALIZED (SELECT a.id, b.id AS b FROM a JOIN b ON a.identity && b.identity) SELECT * FROM j x'),
	('a condition of a subplan', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.identity && b.identity AND b.grp = (SELECT min(grp) FROM a)')) q (name, query);

DECLARE c CURSOR FOR SELECT a.id, b.id FROM a JOIN b ON a.identity && b.identity;
SELECT lives_ok('MOVE 10 FROM c', 'a cursor can be left');
CLOSE c;
PREPARE joined (integer) AS SELECT count(*) FROM a JOIN b ON a.identity && b.identity WHERE a.grp = $1;
SET LOCAL plan_cache_mode = force_generic_plan;
CREATE TEMP TABLE per_group AS SELECT a.grp, count(*) AS n FROM a JOIN b ON a.identity && b.identity GROUP BY a.grp;
CREATE FUNCTION pg_temp.executed(grp integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('EXECUTE joined(%s)', grp) INTO n;
	RETURN n;
END $$;
SELECT is(pg_temp.executed(grp), n, 'a generic plan, group ' || grp) FROM per_group ORDER BY grp;

-- ---- changes through a join ----

CREATE TEMP TABLE changed AS SELECT id, note, identity FROM a;
SELECT alike(pg_temp.plan_of($$UPDATE changed SET note = 'x' FROM b WHERE changed.identity && b.identity$$), '%Overlap Join%', 'UPDATE joins');
UPDATE changed SET note = 'x' FROM b WHERE changed.identity && b.identity;
SELECT set_eq($$SELECT id FROM changed WHERE note = 'x'$$, 'SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE a.identity && b.identity)', 'and changes what matches');
DELETE FROM changed USING b WHERE changed.identity && b.identity;
SELECT set_eq('SELECT id FROM changed', 'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE a.identity && b.identity)', 'DELETE');
SELECT lives_ok('SELECT * FROM a JOIN b ON a.identity && b.identity FOR UPDATE', 'FOR UPDATE');

-- ---- partitions ----

CREATE TEMP TABLE parted (id integer, grp integer, identity company_identity) PARTITION BY LIST (grp);
CREATE TEMP TABLE parted_0 PARTITION OF parted FOR VALUES IN (0, 1, 2);
CREATE TEMP TABLE parted_1 (identity company_identity, grp integer, id integer);
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (3, 4);
INSERT INTO parted SELECT id, grp, identity FROM a;
ANALYZE parted;
SET LOCAL enable_partitionwise_join = on;
-- On equal partition keys a hash join may win, as it should.
SELECT pg_temp.same(query, name) FROM (VALUES
	('partitions', 'SELECT x.id, b.id AS b FROM parted x LEFT JOIN b ON x.identity && b.identity')) q (name, query);
SELECT pg_temp.same('SELECT x, y.id AS y FROM parted x LEFT JOIN parted y ON x.identity && y.identity AND x.grp = y.grp', 'partitionwise', '%');
UPDATE parted SET id = -parted.id FROM b WHERE parted.identity && b.identity;
SELECT set_eq('SELECT -id FROM parted WHERE id < 0', 'SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE a.identity && b.identity)', 'UPDATE of partitions');

-- ---- workers ----

CREATE TABLE public.overlap_a AS SELECT id, grp, identity FROM a;
CREATE TABLE public.overlap_b AS SELECT id, grp, identity FROM b;
ANALYZE public.overlap_a, public.overlap_b;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE TEMP VIEW parallel_queries AS
SELECT * FROM (VALUES
	('inner', 'SELECT a.id, b.id AS b FROM public.overlap_a a JOIN public.overlap_b b ON a.identity && b.identity'),
	('left', 'SELECT a.id, b.id AS b FROM public.overlap_a a LEFT JOIN public.overlap_b b ON a.identity && b.identity AND a.grp < b.grp'),
	('semi', 'SELECT a.id FROM public.overlap_a a WHERE EXISTS (SELECT FROM public.overlap_b b WHERE a.identity && b.identity AND a.grp > b.grp)'),
	('anti', 'SELECT a.id FROM public.overlap_a a WHERE NOT EXISTS (SELECT FROM public.overlap_b b WHERE a.identity && b.identity AND a.grp > b.grp)'),
	('count', 'SELECT a.grp, count(*) FROM public.overlap_a a JOIN public.overlap_b b ON a.identity && b.identity GROUP BY a.grp')) q (name, query);
SELECT pg_temp.same(query, name || ', workers', '%Gather%Overlap Join%') FROM parallel_queries;
SET LOCAL work_mem = '64kB';
SELECT pg_temp.same(query, name || ', workers with little memory', '%Overlap Join%') FROM parallel_queries;
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 0;

-- ---- when it is chosen ----

CREATE TEMP TABLE few AS SELECT * FROM many WHERE id <= 3;
CREATE TEMP TABLE indexed AS SELECT i AS id, identify(website => 'site' || i || '.com') AS identity FROM generate_series(1, 30000) i;
CREATE INDEX ON indexed USING gin (identity);
ANALYZE few, indexed;
SELECT unalike(pg_temp.plan_of('SELECT * FROM few x JOIN few y ON x.identity && y.identity'), '%Overlap Join%', 'not for a few rows');
SELECT alike(pg_temp.plan_of('SELECT * FROM few x JOIN indexed y ON x.identity && y.identity'), '%Nested Loop%Bitmap Index Scan%', 'few rows ask an index');
SELECT alike(pg_temp.plan_of('SELECT * FROM indexed x JOIN indexed y ON x.identity && y.identity'), '%Overlap Join%', 'many rows do not');
-- Rows that have to be written to files are counted.
CREATE FUNCTION pg_temp.cost(memory text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	PERFORM set_config('work_mem', memory, true);
	EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM indexed x JOIN indexed y ON x.identity && y.identity' INTO plan;
	RETURN CASE plan->0->'Plan'->>'Custom Plan Provider' WHEN 'Overlap Join' THEN plan->0->'Plan'->>'Total Cost' END;
END $$;
SELECT cmp_ok(pg_temp.cost('64kB'), '>', pg_temp.cost('64MB'), 'little memory costs');
RESET work_mem;

-- ---- hashes ----

-- Keys that a table cannot tell apart, where bytes have the order that this was
-- computed for: the names have one hash, a domain and a name one tag.
CREATE TEMP TABLE alike (id int, identity company_identity);
INSERT INTO alike VALUES (1, 'name:acme45668@US name:acme456668@US'), (2, 'name:acme45668@US'), (3, 'name:acme456668@US'), (4, 'name:acme45668@US crm:1'), (5, 'name:acme456668@US crm:1'),
	(6, 'name:acme500034@US domain:c890529.com'), (7, 'name:acme500034@US'), (8, 'domain:c890529.com'), (9, 'name:acme456668@US domain:x.com'), (10, 'domain:x.com domain:c890529.com');
ANALYZE alike;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT pg_temp.same('SELECT x.id, y.id AS y FROM alike x JOIN alike y ON x.identity && y.identity', 'keys of one hash');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_nestloop;

-- ---- security ----

CREATE TEMP VIEW barrier WITH (security_barrier) AS SELECT a.identity, b.identity AS theirs, a.id FROM a JOIN b ON a.grp = b.grp + 100;
SELECT unalike(pg_temp.plan_of('SELECT * FROM barrier WHERE identity && theirs'), '%Overlap Join%', 'a barrier''s conditions go first');

CREATE ROLE joiner;
GRANT USAGE ON SCHEMA ecosystem TO joiner;
GRANT SELECT ON a, b, public.overlap_a, public.overlap_b TO joiner;

-- Rows that row security hides are gone below the join, so that its conditions
-- may be tested in any order: by cost, whatever the policy.
CREATE TEMP TABLE guarded AS SELECT id, id % 2 AS tenant, CASE WHEN id % 3 = 0 THEN id % 2 ELSE -1 END AS owner, identity FROM a WHERE id <= 1000;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded USING (tenant = owner);
GRANT SELECT ON guarded TO joiner;
CREATE TEMP VIEW guarded_view WITH (security_barrier) AS SELECT id, tenant, identity FROM a, LATERAL (SELECT id % 2 AS tenant) t WHERE id <= 1000 AND id % 3 = 0;
CREATE TEMP VIEW guarded_pairs WITH (security_barrier) AS SELECT x.id, y.id AS y, x.identity, y.identity AS theirs FROM guarded_view x JOIN guarded_view y ON x.identity && y.identity AND x.tenant = y.tenant WHERE x.id % 2 = 0;
GRANT SELECT ON guarded_view, guarded_pairs TO joiner;
CREATE FUNCTION pg_temp.spied(identity company_identity, id int) RETURNS company_identity LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	IF id % 3 <> 0 THEN
		RAISE 'row % was seen', id;
	END IF;
	RETURN identity;
END $$;
CREATE FUNCTION pg_temp.spied_stably(identity company_identity, id int) RETURNS company_identity LANGUAGE sql STABLE COST 0.0001 AS
	'SELECT pg_temp.spied(identity, id) WHERE random() < 2';
CREATE FUNCTION pg_temp.spies(x int, y int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	IF x % 3 <> 0 OR y % 3 <> 0 THEN
		RAISE 'row % with % was seen', x, y;
	END IF;
	RETURN true;
END $$;
SET LOCAL ROLE joiner;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT alike(pg_temp.plan_of('SELECT count(*) FROM guarded x JOIN guarded y ON x.identity && y.identity AND x.tenant = y.tenant AND pg_temp.spies(x.id::int, y.id::int)'), '%Overlap Join%', 'a join of what row security leaves');
SELECT is((SELECT count(*) FROM guarded x JOIN guarded y ON x.identity && y.identity AND x.tenant = y.tenant AND pg_temp.spies(x.id::int, y.id::int) WHERE x.id % 3 <> 0 OR y.id % 3 <> 0), 0::bigint, 'whose conditions see nothing that it hides');
-- Nor do functions beside && or below it, in whatever join, nor those of a query
-- on a view that is a barrier and a join, which run when it is through with a row.
CREATE TEMP VIEW spying AS
SELECT * FROM (VALUES
	('left', 'SELECT x.id, y.id AS y FROM guarded x LEFT JOIN guarded y ON x.identity && y.identity AND pg_temp.spies(x.id::int, y.id::int)'),
	('anti', 'SELECT x.id FROM guarded x WHERE NOT EXISTS (SELECT FROM guarded y WHERE x.identity && pg_temp.spied_stably(y.identity, y.id::int))'),
	('argument', 'SELECT x.id, y.id AS y FROM guarded x JOIN guarded y ON pg_temp.spied_stably(x.identity, x.id::int) && pg_temp.spied_stably(y.identity, y.id::int)'),
	('view', 'SELECT x.id, y.id AS y FROM guarded_view x JOIN guarded_view y ON x.identity && y.identity AND pg_temp.spies(x.id::int, y.id::int)'),
	('view, left', 'SELECT x.id, y.id AS y FROM guarded_view x LEFT JOIN guarded_view y ON x.identity && y.identity AND pg_temp.spies(x.id::int, y.id::int)'),
	('view, argument', 'SELECT x.id, y.id AS y FROM guarded_view x JOIN guarded_view y ON pg_temp.spied_stably(x.identity, x.id::int) && pg_temp.spied_stably(y.identity, y.id::int)'),
	('view and policy', 'SELECT x.id, y.id AS y FROM guarded_view x JOIN guarded y ON x.identity && y.identity AND x.tenant = y.tenant AND pg_temp.spies(x.id::int, y.id::int)'),
	('view of a join', 'SELECT id, y FROM guarded_pairs WHERE pg_temp.spies(id::int, y::int) AND pg_temp.spies(id::int * 3 / 2, 0)')) q (name, query);
SELECT alike(pg_temp.plan_of(query), '%Overlap Join%', name || ' is an Overlap Join') FROM spying;
SELECT lives_ok(query, name || ', hidden rows are not seen') FROM spying;
SELECT throws_like('SELECT FROM a x JOIN a y ON x.identity && y.identity AND pg_temp.spies(x.id::int, y.id::int)', '%was seen', 'what is not hidden is');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_nestloop;
RESET ROLE;

-- Whoever may not call what && stands for is not answered by the node either.
SET LOCAL ROLE joiner;
PREPARE allowed AS SELECT count(*) FROM a JOIN b ON a.identity && b.identity;
SELECT lives_ok('EXECUTE allowed', 'who may call it');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION company_identity_matches(company_identity, company_identity) FROM PUBLIC;
SET LOCAL ROLE joiner;
CREATE FUNCTION pg_temp.refused(query text, description text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('ecosystem.enable_overlap_join', 'off', true);
	RETURN NEXT throws_ok(query, '42501', 'permission denied for function company_identity_matches', 'core refuses: ' || description);
	PERFORM set_config('ecosystem.enable_overlap_join', 'on', true);
	RETURN NEXT throws_ok(query, '42501', 'permission denied for function company_identity_matches', 'the node refuses: ' || description);
END $$;
SELECT pg_temp.refused('SELECT count(*) FROM a JOIN b ON a.identity && b.identity', 'a join');
SELECT pg_temp.refused('SELECT count(*) FROM a JOIN b ON b.identity && a.identity', 'the other way round');
SELECT pg_temp.refused('SELECT count(*) FROM a WHERE NOT EXISTS (SELECT FROM b WHERE a.identity && b.identity)', 'an anti join');
SELECT throws_ok('EXECUTE allowed', '42501', NULL, 'a plan that is older');
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT pg_temp.refused('SELECT count(*) FROM public.overlap_a a JOIN public.overlap_b b ON a.identity && b.identity', 'workers');
SET LOCAL max_parallel_workers_per_gather = 0;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
