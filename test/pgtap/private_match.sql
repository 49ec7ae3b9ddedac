-- private_match: what both sides have blinded matches as the open identities do,
-- whatever the plan, and who may use a key.
BEGIN;
SET LOCAL search_path = ecosystem, public;
SET LOCAL client_min_messages = warning;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT no_plan();

-- Both sides' keys in one database, as no two partners have them
CREATE FUNCTION pg_temp.fingerprint(key text) RETURNS text LANGUAGE sql AS 'SELECT fingerprint FROM matching_keys() WHERE name = key';
CREATE FUNCTION pg_temp.exchange(a text, b text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CALL create_matching_key(a, 'the other');
	CALL create_matching_key(b, 'the one');
	CALL pair_matching_key(a, pg_temp.fingerprint(b));
	CALL pair_matching_key(b, pg_temp.fingerprint(a));
END $$;
SELECT pg_temp.exchange('vendor', 'partner');

SELECT matches(pg_temp.fingerprint('vendor'), '^[0-9a-f]{32}$', 'a key has a fingerprint');
SELECT isnt(pg_temp.fingerprint('vendor'), pg_temp.fingerprint('partner'), 'of its own');
SELECT results_eq('SELECT name, for_partner, owner, users, their_fingerprint FROM matching_keys() ORDER BY name',
	$$SELECT v.name, v.partner, current_user::text COLLATE "default", '{}'::text[], pg_temp.fingerprint(v.other) FROM (VALUES ('partner', 'the one', 'vendor'), ('vendor', 'the other', 'partner')) v(name, partner, other)$$,
	'they are listed');
SELECT lives_ok(format('CALL pair_matching_key(%L, %L)', 'vendor', upper(pg_temp.fingerprint('partner'))), 'paired with the same again');

-- ---- the ladder ----

-- Keys of every kind, few of each, so that pairs share some and differ in others
SELECT setseed(0.5);
CREATE FUNCTION pg_temp.one_of(VARIADIC texts text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT texts[1 + floor(random() * cardinality(texts))::int]';
CREATE TEMP TABLE record (id int PRIMARY KEY, identity company_identity);
INSERT INTO record
SELECT i, identify(
	ids => ARRAY[CASE WHEN random() < 0.3 THEN pg_temp.one_of('erp!:1', 'erp!:2', 'erp!:3', 'sap!:1', 'sap!:2') END,
	             CASE WHEN random() < 0.2 THEN pg_temp.one_of('lei:5493001KJTIIGC8Y1R12', 'lei:529900T8BM49AURSDO55', 'vat:DE136695976', 'vat:DE129274202', 'vat:FR40303265045') END,
	             CASE WHEN random() < 0.3 THEN 'crm:' || floor(random() * 9) END, CASE WHEN random() < 0.2 THEN pg_temp.one_of('duns:804735132', 'duns:150483782') END],
	website => CASE WHEN random() < 0.6 THEN concat_ws(';', 'site' || floor(random() * 12) || '.com', CASE WHEN random() < 0.3 THEN 'other' || floor(random() * 5) || '.de' END) END,
	name => CASE WHEN random() < 0.8 THEN pg_temp.one_of('Acme', 'Bolt', 'Abc', 'Cobalt Inc. d/b/a Acme', U&'B\00FCcher', U&'\30B5\30F3\30D7\30EB', 'H&M', 'Onyx') END,
	country => CASE WHEN random() < 0.8 THEN pg_temp.one_of('US', 'DE') END)
FROM generate_series(1, 700) i;

CREATE TEMP TABLE blinded AS
SELECT id, identity, blind(blind(identity, 'vendor'), 'partner') AS mine, blind(blind(identity, 'partner'), 'vendor') AS theirs FROM record;
SELECT is_empty('SELECT id FROM blinded WHERE mine <> theirs', 'the order of the keys does not matter');
CREATE TEMP TABLE pair AS
SELECT a.id AS a, b.id AS b, match_level(a.identity, b.identity) AS open, match_level(a.mine, b.theirs) AS blind, a.mine && b.theirs AS matches, b.theirs && a.mine AS commuted
FROM  (SELECT 1 + floor(random() * 700)::int AS a, 1 + floor(random() * 700)::int AS b FROM generate_series(1, 100000)) p
      JOIN blinded a ON a.id = p.a JOIN blinded b ON b.id = p.b;
SELECT is(count(*), 100000::bigint, 'random pairs') FROM pair;
SELECT is_empty('SELECT * FROM pair WHERE blind IS DISTINCT FROM open OR matches <> (open IS NOT NULL) OR commuted <> matches', 'the ladder is that of the open identities');
SELECT cmp_ok(count(*), '>', 1000::bigint, 'matches by ' || coalesce(open, 'nothing')) FROM pair GROUP BY open ORDER BY open;
SELECT is(count(DISTINCT open), 3::bigint, 'matches of every level') FROM pair;
-- also among those that hold ids of one register, which decide against all else
SELECT cmp_ok(count(*), '>', 100::bigint, 'domains in common, ids of one register differ')
FROM   pair p JOIN record a ON a.id = p.a JOIN record b ON b.id = p.b WHERE open IS NULL AND possible_match(a.identity, b.identity) = 'domain equal, ids differ';

-- What shows: levels, and nothing that cannot match
SELECT results_eq('SELECT * FROM (SELECT (blinded_profile(mine)).* FROM blinded) p', $$
	SELECT count(*), count(*) FILTER (WHERE ids > 0), count(*) FILTER (WHERE domains > 0), count(*) FILTER (WHERE names > 0), count(*) FILTER (WHERE ids + domains + names = 0),
	       sum(ids)::bigint, sum(domains)::bigint, sum(names)::bigint, 0::bigint, count(*)
	FROM  (SELECT count(*) FILTER (WHERE k !~ '^(domain|name|alias):') AS ids, count(*) FILTER (WHERE k ~ '^domain:') AS domains,
	              -- Abc is too short, h&m, too
	              count(*) FILTER (WHERE k ~ '^name:.*@' AND k !~ '^name:(abc|handm)@') AS names
	       FROM record LEFT JOIN LATERAL unnest(match_keys(identity)) k ON true GROUP BY id) c$$, 'the profile');
SELECT is(length(blinded_identity_send(blind(identify(name => 'Acme'), 'vendor'))), 21, 'a name without a country is left out');
SELECT is(length(blinded_identity_send(blind(identify(name => 'Abc', country => 'US'), 'vendor'))), 21, 'and one too short to match');
SELECT is(length(blinded_identity_send(blind(identify(), 'vendor'))), 21, 'an identity without keys has fingerprints');
SELECT ok(NOT blind(blind(identify(), 'vendor'), 'partner') && blind(blind(identify(), 'vendor'), 'partner'), 'and matches nothing');
SELECT is(blind(NULL::company_identity, 'vendor'), NULL, 'NULL is NULL');
SELECT is((SELECT (blinded_profile(b)).records FROM (SELECT NULL::blinded_identity) x(b)), 0::bigint, 'of no list');

-- Two lists of one exchange say nothing to each other's neighbours.
SELECT pg_temp.exchange('vendor 2', 'partner 2');
SELECT isnt(blind(identify('acme.com'), 'vendor')::text, blind(identify('acme.com'), 'vendor 2')::text, 'another key, another point');
SELECT throws_ok($$SELECT blind(blind(identify('acme.com'), 'partner'), 'vendor') && blind(blind(identify('acme.com'), 'partner 2'), 'vendor 2')$$, '55000',
	'identities that were blinded by different keys cannot be compared', 'lists of two exchanges');
SELECT throws_ok($$SELECT blind(blind(identify('acme.com'), 'partner 2'), 'vendor')$$, '55000', 'matching key "vendor" is paired with another key', 'a key serves one partner');

-- ---- landscapes ----

\set landscapes `test -f ../shared/data/landscapes/cncf.csv && echo 1 || echo 0`
\if :landscapes
CREATE TEMP TABLE landscape (
	category text, subcategory text, name text, name_plain text, homepage_url text, host text, crunchbase text,
	crunchbase_slug text, joined text, enduser text, membership text, project text, organization text);
CREATE TEMP TABLE listed (list text, n serial, identity company_identity, blinded blinded_identity);
\copy landscape FROM '../shared/data/landscapes/cncf.csv' (FORMAT csv, HEADER)
INSERT INTO listed (list, identity) SELECT 'cncf', identify(website => homepage_url, name => name, country => 'US', ids => ARRAY['crunchbase!:' || crunchbase_slug]) FROM landscape;
TRUNCATE landscape;
\copy landscape FROM '../shared/data/landscapes/lf_2025.csv' (FORMAT csv, HEADER)
INSERT INTO listed (list, identity) SELECT 'lf_2025', identify(website => homepage_url, name => name, country => 'US') FROM landscape;
TRUNCATE landscape;
\copy landscape FROM '../shared/data/landscapes/lf_2026.csv' (FORMAT csv, HEADER)
INSERT INTO listed (list, identity) SELECT 'lf_2026', identify(website => CASE WHEN length(name) % 2 = 0 THEN homepage_url END, name => name, country => 'US', ids => ARRAY['crunchbase!:' || crunchbase_slug]) FROM landscape;
UPDATE listed SET blinded = CASE list WHEN 'lf_2025' THEN blind(blind(identity, 'partner'), 'vendor') ELSE blind(blind(identity, 'vendor'), 'partner') END;
ANALYZE listed;
SELECT is(count(*) FILTER (WHERE open.level IS DISTINCT FROM blind.level), 0::bigint, format('landscapes: %s pairs of %s records', count(*), (SELECT count(*) FROM listed)))
FROM  (SELECT a.n AS a, b.n AS b, match_level(a.identity, b.identity) AS level FROM listed a JOIN listed b ON a.identity && b.identity) open
      FULL JOIN (SELECT a.n AS a, b.n AS b, match_level(a.blinded, b.blinded) AS level FROM listed a JOIN listed b ON a.blinded && b.blinded) blind USING (a, b);
SELECT cmp_ok(count(DISTINCT match_level(a.blinded, b.blinded)), '=', 3::bigint, 'landscapes: matches of every level') FROM listed a JOIN listed b ON a.blinded && b.blinded AND a.n < b.n;
\else
SELECT diag('SKIPPED: the landscapes are not beside the repository: ../shared/data/landscapes');
SELECT skip('no landscapes', 2);
\endif

-- ---- joins ----

\ir plan.psql
CREATE FUNCTION pg_temp.same(type text, condition text, description text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	query text := format('SELECT a.id AS a%s FROM blinded a %s JOIN blinded b ON %%s', CASE WHEN type NOT IN ('SEMI', 'ANTI') THEN ', b.id AS b' END, type);
BEGIN
	IF type IN ('SEMI', 'ANTI') THEN
		query := format('SELECT a.id AS a FROM blinded a WHERE %s (SELECT FROM blinded b WHERE %%s)', CASE type WHEN 'SEMI' THEN 'EXISTS' ELSE 'NOT EXISTS' END);
	END IF;
	RETURN NEXT alike(pg_temp.plan_of(format(query, 'a.mine && b.theirs' || condition)), '%Custom Scan (Overlap Join)%Overlap Cond: (a.mine && b.theirs)%', description || ': the plan');
	EXECUTE 'CREATE TEMP TABLE joined AS ' || format(query, 'a.mine && b.theirs' || condition);
	EXECUTE 'CREATE TEMP TABLE compared AS ' || format(query, 'a.identity && b.identity' || condition);
	RETURN NEXT set_eq('SELECT * FROM joined', 'SELECT * FROM compared', description || ': the rows');
	RETURN NEXT is((SELECT count(*) FROM joined), (SELECT count(*) FROM compared), description || ': each once');
	DROP TABLE joined, compared;
END $$;
ANALYZE blinded;
SELECT pg_temp.same('INNER', '', 'inner');
SELECT pg_temp.same('LEFT', ' AND b.id < 300', 'left');
SELECT pg_temp.same('FULL', '', 'full');
SELECT pg_temp.same('SEMI', ' AND a.id <> b.id', 'semi');
SELECT pg_temp.same('ANTI', ' AND a.id <> b.id', 'anti');
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT pg_temp.same('INNER', '', 'in batches');
SELECT pg_temp.same('LEFT', ' AND b.id < 300', 'left in batches');
RESET work_mem;
RESET hash_mem_multiplier;
CREATE TEMP TABLE by_join AS SELECT a.id AS a, b.id AS b FROM blinded a JOIN blinded b ON a.mine && b.theirs;
SET LOCAL ecosystem.enable_overlap_join = off;
SELECT unalike(pg_temp.plan_of('SELECT FROM blinded a JOIN blinded b ON a.mine && b.theirs'), '%Overlap Join%', 'without the node');
SELECT set_eq('SELECT a.id AS a, b.id AS b FROM blinded a JOIN blinded b ON a.mine && b.theirs', 'SELECT * FROM by_join', 'the same rows');
SET LOCAL ecosystem.enable_overlap_join = on;
-- Estimates are made of the levels, as those of the open identities are.
CREATE FUNCTION pg_temp.estimate(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
END $$;
SELECT is(round(pg_temp.estimate('SELECT FROM blinded a JOIN blinded b ON a.mine && b.mine') / pg_temp.estimate('SELECT FROM blinded a JOIN blinded b ON a.identity && b.identity'), 1), 1.0, 'the estimate of a join is that of the open one');

-- A wrong list is an error in every plan, not an empty result.
CREATE TEMP TABLE once AS SELECT id, blind(identity, 'partner') AS blinded FROM record WHERE id <= 50;
CREATE TEMP TABLE other AS SELECT id, blind(blind(identity, 'partner 2'), 'vendor 2') AS blinded FROM record WHERE id <= 50;
SELECT throws_ok('SELECT FROM blinded a JOIN once b ON a.mine && b.blinded', '55000', 'an identity that one side alone has blinded matches nothing', 'once blinded');
SELECT throws_ok('SELECT FROM once a JOIN blinded b ON a.blinded && b.mine', '55000', 'an identity that one side alone has blinded matches nothing', 'once blinded, the other side');
SELECT throws_ok('SELECT FROM once a LEFT JOIN blinded b ON a.blinded && b.mine', '55000', 'an identity that one side alone has blinded matches nothing', 'once blinded, outer join');
SELECT throws_ok('SELECT FROM blinded a JOIN other b ON a.mine && b.blinded', '55000', 'identities that were blinded by different keys cannot be compared', 'another exchange');
SET LOCAL ecosystem.enable_overlap_join = off;
SELECT throws_ok('SELECT FROM blinded a JOIN once b ON a.mine && b.blinded', '55000', 'an identity that one side alone has blinded matches nothing', 'once blinded, without the node');
SELECT throws_ok('SELECT FROM blinded a JOIN other b ON a.mine && b.blinded', '55000', 'identities that were blinded by different keys cannot be compared', 'another exchange, without the node');
SET LOCAL ecosystem.enable_overlap_join = on;
-- of many partners, one at a time
CREATE TEMP TABLE exchange AS
SELECT 1 AS exchange, id, mine, theirs FROM blinded UNION ALL SELECT 2, id, blinded, blinded FROM other;
ANALYZE exchange;
SELECT results_eq('SELECT e, n FROM generate_series(1, 2) e, LATERAL (SELECT count(*) AS n FROM exchange a JOIN exchange b ON a.mine && b.theirs WHERE a.exchange = e AND b.exchange = e OFFSET 0) x ORDER BY e',
	'SELECT 1, (SELECT count(*) FROM by_join) UNION ALL SELECT 2, (SELECT count(*) FROM by_join WHERE a <= 50 AND b <= 50)', 'of several exchanges, each by itself');

-- One row, and the same record twice
SELECT results_eq($$WITH one AS (SELECT blind(blind(identify('acme.com'), 'vendor'), 'partner') AS b) SELECT count(*) FROM one x JOIN one y ON x.b && y.b$$, 'SELECT 1::bigint', 'a list of one row');
SELECT results_eq($$WITH twice AS (SELECT blind(blind(identify('acme.com'), 'vendor'), 'partner') AS b FROM generate_series(1, 2)) SELECT count(*), count(DISTINCT x.b) FROM twice x JOIN twice y ON x.b && y.b$$, 'SELECT 4::bigint, 1::bigint', 'the same record twice');

-- ---- equality and order ----

SELECT is((SELECT count(DISTINCT mine) FROM blinded), (SELECT count(DISTINCT (SELECT array_agg(k) FROM unnest(match_keys(identity)) k
	WHERE k !~ '^alias:' AND k !~ '^name:(abc|handm)' AND NOT (k ~ '^name:' AND k !~ '@'))) FROM record) + 1, 'as many as there are sets of keys that match, and the empty one');
SELECT is_empty('SELECT 1 FROM blinded a, blinded b WHERE a.id < 150 AND b.id < 150 AND ((a.mine < b.mine)::int + (a.mine = b.mine)::int + (a.mine > b.mine)::int <> 1
	OR (a.mine <= b.mine) = (a.mine > b.mine) OR (a.mine >= b.mine) = (a.mine < b.mine) OR (a.mine <> b.mine) = (a.mine = b.mine)
	OR (a.mine = b.mine) <> (blinded_identity_cmp(a.mine, b.mine) = 0) OR a.mine = b.mine AND blinded_identity_hash(a.mine) <> blinded_identity_hash(b.mine))', 'an order');
CREATE INDEX ON blinded (mine);
CREATE INDEX ON blinded USING hash (theirs);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM blinded WHERE mine = (SELECT mine FROM blinded WHERE id = 7)), (SELECT count(*) FROM blinded WHERE theirs = (SELECT mine FROM blinded WHERE id = 7)), 'found by either index');
RESET enable_seqscan;

-- ---- who may use a key ----

CREATE ROLE private_match_owner;
CREATE ROLE private_match_user;
CREATE ROLE private_match_group;
CREATE ROLE private_match_other;
CREATE ROLE private_match_reader;
GRANT private_match_group TO private_match_other;
GRANT pg_read_all_data TO private_match_reader;
GRANT ALL ON ALL TABLES IN SCHEMA ecosystem TO private_match_user;
GRANT SELECT ON blinded, record TO PUBLIC;

SET LOCAL ROLE private_match_owner;
CALL create_matching_key('own', 'a partner');
SELECT is((SELECT count(*) FROM matching_keys()), 1::bigint, 'its own key alone is listed');
SELECT lives_ok($$SELECT blind(identify('acme.com'), 'own')$$, 'whoever made a key uses it');
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'vendor')$$, '42501', 'permission denied for matching key "vendor"', 'but nobody else''s');
SELECT throws_ok($$CALL drop_matching_key('vendor')$$, '42501', 'must be owner of matching key "vendor"', 'nor drops it');
SELECT throws_ok($$CALL pair_matching_key('vendor', repeat('1', 32))$$, '42501', 'must be owner of matching key "vendor"', 'nor pairs it');
SELECT throws_ok($$CALL grant_matching_key('vendor', 'private_match_owner')$$, '42501', 'must be owner of matching key "vendor"', 'nor grants it');
SELECT throws_ok('SELECT * FROM _matching_key', '42501', NULL, 'nor reads the table');

SET LOCAL ROLE private_match_user;
SELECT is((SELECT count(*) FROM _matching_key), 0::bigint, 'who was given all tables sees no row of it');
SELECT throws_ok($$INSERT INTO _matching_key SELECT 'mine', 'x', 1, '{}', '\x01', '\x01', NULL, now()$$, '42501', NULL, 'nor writes one');
SELECT is_empty($$UPDATE _matching_key SET name = 'x' RETURNING name$$, 'nor changes one');
SELECT throws_ok('TRUNCATE _matching_key', '42501', 'must be superuser to truncate the matching keys', 'nor empties the table');
SELECT is_empty('SELECT * FROM matching_keys()', 'nor has keys');
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'own')$$, '42501', 'permission denied for matching key "own"', 'nor uses any');
SET LOCAL ROLE private_match_reader;
SELECT is((SELECT count(*) FROM _matching_key), 0::bigint, 'who reads all data sees none');
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'own')$$, '42501', 'permission denied for matching key "own"', 'and is no user of a key');

-- One statement that stays prepared, and one expression that PL/pgSQL keeps
RESET ROLE;
CREATE FUNCTION pg_temp.often(OUT before text, OUT after text) LANGUAGE plpgsql AS $$
DECLARE
	blinded blinded_identity;
BEGIN
	FOR i IN 1 .. 2 LOOP
		BEGIN
			SET LOCAL ROLE private_match_user;
			blinded := blind(identify('acme.com'), 'own');
			IF i = 1 THEN before := 'blinded'; ELSE after := 'blinded'; END IF;
		EXCEPTION WHEN OTHERS THEN
			IF i = 1 THEN before := SQLERRM; ELSE after := SQLERRM; END IF;
		END;
		RESET ROLE;
		IF i = 1 THEN
			CALL revoke_matching_key('own', 'private_match_user');
		END IF;
	END LOOP;
END $$;
PREPARE blinding AS SELECT blind(identify('acme.com'), 'own');
SET LOCAL ROLE private_match_owner;
CALL grant_matching_key('own', 'private_match_user');
CALL grant_matching_key('own', 'private_match_group');
CALL grant_matching_key('own', 'private_match_group');
SELECT is((SELECT users FROM matching_keys()), '{private_match_user,private_match_group}', 'granted, once');
SET LOCAL ROLE private_match_user;
SELECT lives_ok('EXECUTE blinding', 'whom it was granted to uses it');
SELECT is((SELECT count(*) FROM matching_keys()), 1::bigint, 'and sees it');
SELECT throws_ok($$CALL drop_matching_key('own')$$, '42501', 'must be owner of matching key "own"', 'but does not drop it');
SELECT throws_ok($$CALL grant_matching_key('own', 'private_match_other')$$, '42501', 'must be owner of matching key "own"', 'nor pass it on');
SET LOCAL ROLE private_match_other;
SELECT lives_ok('EXECUTE blinding', 'as do members of a role');
RESET ROLE;
SELECT is(o::text, '(blinded,"permission denied for matching key ""own""")', 'a revoked key does not go on working within an expression that is kept') FROM pg_temp.often() o;
SET LOCAL ROLE private_match_user;
SELECT throws_ok('EXECUTE blinding', '42501', 'permission denied for matching key "own"', 'nor in a prepared statement');
RESET ROLE;
REVOKE private_match_group FROM private_match_other;
SET LOCAL ROLE private_match_other;
SELECT throws_ok('EXECUTE blinding', '42501', 'permission denied for matching key "own"', 'nor for who has left the role');
SET LOCAL ROLE private_match_owner;
SELECT lives_ok('EXECUTE blinding', 'the owner goes on');
CALL drop_matching_key('own');
SELECT throws_ok('EXECUTE blinding', '42704', 'matching key "own" does not exist', 'until the key is dropped');
CALL create_matching_key('own', 'a partner');
SELECT lives_ok('EXECUTE blinding', 'another of its name is another key');
RESET ROLE;
UPDATE _matching_key SET name = 'theirs' WHERE name = 'own';
SELECT throws_ok('EXECUTE blinding', '42704', 'matching key "own" does not exist', 'what a superuser does to the table counts at once');
SELECT lives_ok($$UPDATE _matching_key SET users = NULL, owner = NULL, created_at = NULL WHERE name = 'theirs'$$, 'which has no constraint whose error would show the row');
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'theirs')$$, 'XX001', 'a matching key lacks a column', 'and a key that is damaged says so');
DELETE FROM _matching_key WHERE name = 'theirs';
-- A role that is dropped leaves nothing that another could get
CREATE ROLE private_match_passing;
CALL grant_matching_key('vendor', 'private_match_passing');
DROP ROLE private_match_passing;
CALL grant_matching_key('vendor', 'private_match_other');
SELECT is((SELECT users FROM matching_keys() WHERE name = 'vendor'), '{private_match_other}', 'a role that was dropped is forgotten');
CREATE TEMP TABLE several AS SELECT unnest('{vendor,partner,vendor,vendor 2,vendor}'::text[]) AS key;
SELECT results_eq($$SELECT key_fingerprints(blind(identify('acme.com'), key))::text FROM several$$, $$SELECT ARRAY[pg_temp.fingerprint(key)]::text FROM several$$, 'a key for each row');

-- What a superuser does to the table by hand is noticed
INSERT INTO _matching_key SELECT * FROM _matching_key WHERE name = 'vendor 2';
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'vendor 2')$$, 'XX001', 'matching key "vendor 2" is there twice', 'of a name that is there twice no secret is used');
SELECT throws_ok($$CALL drop_matching_key('vendor 2')$$, 'XX001', 'matching key "vendor 2" is there twice', 'nor is one dropped');
DELETE FROM _matching_key WHERE ctid = (SELECT max(ctid) FROM _matching_key WHERE name = 'vendor 2');
ALTER TABLE _matching_key REPLICA IDENTITY FULL;
SELECT throws_ok($$CALL create_matching_key('decoded', 'x')$$, '55000', 'secrets of matching keys could be decoded from the WAL', 'no key is written of which others could decode the secret');
ALTER TABLE _matching_key REPLICA IDENTITY NOTHING;
ALTER TABLE _matching_key ALTER created_at TYPE text;
SELECT throws_ok($$SELECT blind(identify('acme.com'), 'vendor')$$, '55000', 'the extension''s table of matching keys has been altered', 'and a table of other columns is not read');
ALTER TABLE _matching_key ALTER created_at TYPE timestamptz USING created_at::timestamptz;
SET LOCAL transaction_read_only = on;
SELECT throws_ok($$CALL create_matching_key('late', 'x')$$, '25006', 'cannot execute create_matching_key() in a read-only transaction', 'no key in a transaction that only reads');
SELECT throws_ok($$CALL drop_matching_key('vendor 2')$$, '25006', NULL, 'nor is one dropped');
SELECT lives_ok($$SELECT blind(identify('acme.com'), 'vendor')$$, 'but blinding is reading');

SELECT * FROM finish();
ROLLBACK;
