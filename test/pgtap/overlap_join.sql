-- Overlap Join: its results are those of comparing every pair, whatever the
-- join's type, conditions, memory and workers; and when it is chosen.

BEGIN;
SET LOCAL search_path = ecosystem, public;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT no_plan();

-- ---- helpers ----

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;

-- Whether a query has an Overlap Join, and the same rows without it.
CREATE FUNCTION pg_temp.same(query text, description text, pattern text DEFAULT '%Custom Scan (Overlap Join)%')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	differences bigint;
	rows bigint;
BEGIN
	PERFORM set_config('ecosystem.enable_overlap_join', 'on', true);
	RETURN NEXT alike(pg_temp.plan(query), pattern, description || ': the plan');
	EXECUTE 'CREATE TEMP TABLE joined AS ' || query;
	PERFORM set_config('ecosystem.enable_overlap_join', 'off', true);
	RETURN NEXT unalike(pg_temp.plan(query), '%Overlap Join%', description || ': the plan without');
	EXECUTE 'CREATE TEMP TABLE compared AS ' || query;
	PERFORM set_config('ecosystem.enable_overlap_join', 'on', true);
	SELECT count(*) INTO differences FROM (
		(SELECT joined::text FROM joined EXCEPT ALL SELECT compared::text FROM compared) UNION ALL
		(SELECT compared::text FROM compared EXCEPT ALL SELECT joined::text FROM joined)) d;
	SELECT count(*) INTO rows FROM compared;
	DROP TABLE joined, compared;
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

SELECT * FROM finish();
ROLLBACK;
