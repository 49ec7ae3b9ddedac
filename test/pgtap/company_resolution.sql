-- Which records are one company: the stories, the same rows in any order and
-- with any number of workers, ids that stay, and random data against a slow
-- implementation of the rules as the documentation states them.
BEGIN;
SET search_path = ecosystem, public;
SET client_min_messages = warning;

SELECT plan(120);

CREATE TEMP TABLE input (source text, record_id text, identity company_identity, known bigint);

-- Everything that is said of the rows in input.
CREATE FUNCTION pg_temp.resolution(hub_limit int DEFAULT NULL) RETURNS company_resolution LANGUAGE sql
AS 'SELECT company_resolution_agg(source, record_id, identity, known, hub_limit) FROM input';
CREATE FUNCTION pg_temp.told(r company_resolution) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', 'record', source, record_id, company_id, cluster_size, match_level, matched_key) FROM resolved(r)
	UNION ALL SELECT concat_ws(' ', 'merge', company_id, merged_into, records) FROM resolution_merges(r)
	UNION ALL SELECT concat_ws(' ', 'split', company_id, split_into, records) FROM resolution_splits(r)
	UNION ALL SELECT concat_ws(' ', 'hub', level, key, records, sources, names, ids, domains) FROM resolution_hub_keys(r)
	UNION ALL SELECT concat_ws(' ', 'conflict', level, key, source, record_id, company_id, other_source, other_record_id, other_company_id, reason)
	FROM resolution_conflicts(r)
$$;
CREATE FUNCTION pg_temp.given(records text) RETURNS void LANGUAGE sql AS $$
	DELETE FROM input;
	INSERT INTO input
	SELECT split_part(p[1], '/', 1), split_part(p[1], '/', 2), nullif(p[2], '')::company_identity, nullif(p[3], '')::bigint
	FROM   unnest(string_to_array(records, E'\n')) line, regexp_match(line, '^\s*(\S+)\s*([^=]*?)\s*(?:= (\d+))?\s*$') p
	WHERE  line ~ '\S';
$$;
-- A story: records as source/id, keys, = known company; and what is told of them.
CREATE FUNCTION pg_temp.story(records text, expected text, name text, hub_limit int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.given(records);
	RETURN set_eq('SELECT pg_temp.told(pg_temp.resolution(' || coalesce(hub_limit::text, 'NULL') || '))',
		ARRAY(SELECT trim(line, E' \t') FROM unnest(string_to_array(expected, E'\n')) line WHERE line ~ '\S'), name);
END $$;

-- Levels, contradictions
SELECT pg_temp.story('a/1 domain:a.com
	b/1 domain:a.com name:acme@US
	c/1 name:acme@US', 'record a 1 1 3 domain domain:a.com
	record b 1 1 3 domain domain:a.com
	record c 1 1 3 name name:acme@US', 'a chain: by domain, then by name');
SELECT pg_temp.story('a/1 r!:1 domain:a.com
	b/1 r!:2 domain:a.com', 'record a 1 1 1
	record b 1 2 1
	conflict domain domain:a.com b 1 2 a 1 1 ids differ', 'deciding ids that differ keep a domain apart');
SELECT pg_temp.story('a/1 r!:1 domain:a.com
	b/1 domain:a.com name:acme@US
	c/1 r!:2 name:acme@US', 'record a 1 1 2 domain domain:a.com
	record b 1 1 2 domain domain:a.com
	record c 1 2 1
	conflict name name:acme@US c 1 2 b 1 1 ids differ', 'also at the end of a chain, where the two records themselves match');
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	b/1 name:acme@US
	c/1 domain:b.com name:acme@US', 'record a 1 1 2 name name:acme@US
	record b 1 1 2 name name:acme@US
	record c 1 2 1
	conflict name name:acme@US c 1 2 a 1 1 domains differ', 'domains that differ keep a name apart');
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	b/1 domain:a.com domain:b.com
	c/1 domain:b.com name:acme@US', 'record a 1 1 3 domain domain:a.com
	record b 1 1 3 domain domain:a.com
	record c 1 1 3 domain domain:b.com', 'but not domains that a third record joins');
SELECT pg_temp.story('a/1 r!:1 s!:9
	b/1 r!:2 s!:9', 'record a 1 1 2 id s!:9
	record b 1 1 2 id s!:9', 'a common deciding id is a match, whatever else differs');
SELECT pg_temp.story('a/1 crm:1 r!:1
	b/1 crm:1 s!:1
	c/1 s!:1 r!:2', 'record a 1 1 1
	record b 1 2 2 id s!:1
	record c 1 2 2 id s!:1
	conflict id crm:1 b 1 2 a 1 1 ids differ', 'deciding ids come before the others, also where those are first by bytes');
SELECT pg_temp.story('a/1 crm:1 domain:a.com
	b/1 crm:1 domain:b.com', 'record a 1 1 2 id crm:1
	record b 1 1 2 id crm:1', 'another id joins different domains');
SELECT pg_temp.story('a/1 duns:123456789
	b/1 duns:987654321 domain:a.com
	c/1 duns:123456789 domain:a.com', 'record a 1 1 3 id duns:123456789
	record b 1 1 3 domain domain:a.com
	record c 1 1 3 id duns:123456789', 'ids that do not decide contradict nothing');
SELECT pg_temp.story('a/1 r!:1 domain:a.com
	b/1 r!:2 domain:a.com
	c/1 domain:a.com
	d/1 r!:2 domain:a.com', 'record a 1 1 2 domain domain:a.com
	record b 1 2 2 id r!:2
	record c 1 1 2 domain domain:a.com
	record d 1 2 2 id r!:2
	conflict domain domain:a.com b 1 2 a 1 1 ids differ', 'a record joins the first cluster of its key that it does not contradict');
SELECT pg_temp.story('a/1 vat:DE136695976 domain:a.com
	b/1 vat:FR40303265045 domain:a.com', 'record a 1 1 2 domain domain:a.com
	record b 1 1 2 domain domain:a.com', 'registers of two countries are two');
SELECT pg_temp.story('a/1 domain:b.com domain:a.com
	a/2 domain:b.com
	a/3 domain:a.com', 'record a 1 1 3 domain domain:a.com
	record a 2 1 3 domain domain:b.com
	record a 3 1 3 domain domain:a.com', 'the matched key is the first in the order of bytes');

-- Records without company
SELECT pg_temp.story('a/1
	a/2 name:acme
	a/3 name:acme alias:acme@US
	b/4 name:ab@US
	b/5 name:ab@US alias:acme@US', 'record a 1 1 1
	record a 2 2 1
	record a 3 3 1
	record b 4 4 1
	record b 5 5 1', 'what && does not match by is no key: every such record is a company');

-- Duplicates and NULLs
SELECT pg_temp.story('a/1 domain:a.com
	a/1 domain:a.com
	a/1', 'record a 1 1 1', 'rows of one record are one');
SELECT pg_temp.story('a/1 domain:a.com
	a/1 domain:b.com crm:7
	b/1 domain:b.com
	c/1 domain:a.com', 'record a 1 1 3 domain domain:a.com
	record b 1 1 3 domain domain:b.com
	record c 1 1 3 domain domain:a.com', 'and have the keys of all');
SELECT pg_temp.story('a/1 = 7
	a/1 = 5
	a/1 = 7', 'record a 1 5 1
	merge 7 5 1', 'and the known companies of all');
SELECT throws_ok($$SELECT company_resolution_agg(NULL, '1', 'domain:a.com')$$, '22004', 'source of a record is null', 'no source');
SELECT throws_ok($$SELECT company_resolution_agg('a', NULL, 'domain:a.com')$$, '22004', 'record_id of a record is null', 'no record_id');
SELECT throws_ok($$SELECT company_resolution_agg(NULL, NULL, NULL)$$, '22004', 'source of a record is null', 'nothing at all');
SELECT throws_ok($$SELECT company_resolution_agg(NULL, NULL, 'domain:a.com', 7)$$, '22004', 'source of a record is null', 'keys without a record');
SELECT throws_ok($$SELECT company_resolution_agg('a', '1', NULL, 0)$$, '22003', 'known company 0 is out of range', 'known company 0');
SELECT throws_ok($$SELECT company_resolution_agg('a', '1', NULL, 4294967296)$$, '22003', 'known company 4294967296 is out of range', 'known company 2^32');
SELECT throws_ok($$SELECT company_resolution_agg('a', '1', NULL, NULL, 0)$$, '22023', 'hub limit must be at least 1', 'hub limit 0');
SELECT throws_ok($$SELECT company_resolution_agg('a', '1', NULL, NULL, x) FROM generate_series(1, 2) x$$, '22023',
	'rows of one resolution disagree on the hub limit', 'two hub limits');
SELECT is(records(company_resolution_agg('a', '1', NULL, NULL)), 1::bigint, 'a NULL identity is a record');
SELECT is(pg_temp.resolution()::text, company_resolution_agg(source, record_id, identity, known)::text, 'a NULL hub limit is the default') FROM input;
SELECT is((SELECT records(company_resolution_agg('a', '1', NULL)) FROM input WHERE false), 0::bigint, 'no rows, no records');
SELECT is_empty($$SELECT pg_temp.told((SELECT company_resolution_agg('a', '1', NULL) FROM input WHERE false))$$, 'and nothing to tell');
SELECT is_empty('SELECT pg_temp.told(NULL)', 'nor of NULL');
SELECT is(records(NULL::company_resolution), NULL, 'records of NULL');
SELECT is(companies(company_resolution_agg(s, '1', 'domain:a.com')), 1::bigint, 'companies') FROM unnest('{a,b}'::text[]) s;

-- Order is by bytes
SELECT results_eq($$SELECT source || record_id FROM (SELECT company_resolution_agg(s, i, NULL) AS r
		FROM unnest('{a,B,"",ab,ä}'::text[]) s, unnest('{1,10,2,"",commonprefix1,commonprefix12,commonprefix2}'::text[]) i) q, resolved(q.r)$$,
	$$SELECT s || i FROM unnest('{a,B,"",ab,ä}'::text[]) s, unnest('{1,10,2,"",commonprefix1,commonprefix12,commonprefix2}'::text[]) i
		ORDER BY s COLLATE "C", i COLLATE "C"$$, 'records come in the order of bytes');
SELECT results_eq($$SELECT record_id FROM (SELECT company_resolution_agg('s', left(repeat(md5((i % 7)::text), 20), i % 300) || i, NULL) AS r FROM generate_series(1, 2000) i) q, resolved(q.r)$$,
	$$SELECT x FROM (SELECT left(repeat(md5((i % 7)::text), 20), i % 300) || i AS x FROM generate_series(1, 2000) i) n ORDER BY x COLLATE "C"$$, 'also long ids that begin alike');

-- Ids: refreshes
SELECT pg_temp.story('a/1 domain:a.com
	a/2 domain:b.com = 4
	a/3 domain:c.com = 2', 'record a 1 5 1
	record a 2 4 1
	record a 3 2 1', 'known ids stay, new ones are above them: gaps are not filled');
SELECT pg_temp.story('a/1 domain:a.com = 4
	b/1 domain:a.com = 2
	c/1 = 9', 'record a 1 2 2 domain domain:a.com
	record b 1 2 2 domain domain:a.com
	record c 1 9 1
	merge 4 2 1', 'a merged company has the smallest id');
SELECT pg_temp.story('a/1 domain:a.com = 3
	b/1 domain:b.com = 3
	b/2 domain:b.com = 3', 'record a 1 3 1
	record b 1 4 2 domain domain:b.com
	record b 2 4 2 domain domain:b.com
	split 3 3 1
	split 3 4 2', 'of a company that fell apart, the part with the first record keeps the id');
SELECT pg_temp.story('a/1 domain:a.com = 1
	b/1 domain:b.com = 1
	b/2 domain:b.com = 2', 'record a 1 1 1
	record b 1 2 2 domain domain:b.com
	record b 2 2 2 domain domain:b.com
	merge 1 2 1
	split 1 1 1
	split 1 2 1', 'a part may join another known company, which keeps its id');
SELECT pg_temp.story('a/1 domain:a.com = 1
	a/2 domain:a.com = 5
	b/1 domain:b.com = 5', 'record a 1 1 2 domain domain:a.com
	record a 2 1 2 domain domain:a.com
	record b 1 5 1
	merge 5 1 1
	split 5 1 1
	split 5 5 1', 'an id that its first part does not need stays with the next');
SELECT pg_temp.story('a/1 domain:a.com = 4294967294
	a/2 domain:b.com', 'record a 1 4294967294 1
	record a 2 4294967295 1', 'the highest id');
INSERT INTO input VALUES ('a', '3', NULL);
SELECT throws_ok('SELECT pg_temp.resolution()', '54000', 'no company id is left', 'and none above it');
SELECT pg_temp.given('a/1 domain:a.com');
INSERT INTO input VALUES (NULL, NULL, NULL, 41);
SELECT results_eq('SELECT pg_temp.told(pg_temp.resolution())', ARRAY['record a 1 42 1'], 'a row with a known company only keeps new ids above it');

-- Three refreshes of one table, as the documentation has it
CREATE TEMP TABLE company (source text, record_id text, company_id bigint);
CREATE FUNCTION pg_temp.refresh() RETURNS company_resolution LANGUAGE plpgsql AS $$
DECLARE
	r company_resolution;
BEGIN
	SELECT company_resolution_agg(source, record_id, i.identity, c.company_id) INTO r
	FROM   input i FULL JOIN company c USING (source, record_id) WHERE i.source IS NOT NULL OR c.source IS NULL;
	DELETE FROM company;
	INSERT INTO company SELECT source, record_id, company_id FROM resolved(r);
	RETURN r;
END $$;
SELECT pg_temp.given('a/1 domain:a.com
	a/2 domain:b.com
	b/1 domain:a.com
	b/2 domain:c.com name:acme@US
	c/1 name:acme@US');
SELECT set_eq('SELECT pg_temp.told(pg_temp.refresh())', '{record a 1 1 2 domain domain:a.com,record b 1 1 2 domain domain:a.com,record a 2 2 1,
record b 2 3 2 name name:acme@US,record c 1 3 2 name name:acme@US}'::text[], 'a first resolution numbers from 1');
CREATE TEMP TABLE before AS SELECT * FROM company;
SELECT set_eq('SELECT pg_temp.told(pg_temp.refresh())', '{record a 1 1 2 domain domain:a.com,record b 1 1 2 domain domain:a.com,record a 2 2 1,
record b 2 3 2 name name:acme@US,record c 1 3 2 name name:acme@US}'::text[], 'a second without changes says the same, and no merge');
INSERT INTO input VALUES ('a', '0', 'domain:c.com'), ('a', '3', 'domain:d.com');
DELETE FROM input WHERE record_id = '2' AND source = 'a';
SELECT set_eq('SELECT pg_temp.told(pg_temp.refresh())', '{record a 0 3 3 domain domain:c.com,record a 1 1 2 domain domain:a.com,record b 1 1 2 domain domain:a.com,
record a 3 4 1,record b 2 3 3 domain domain:c.com,record c 1 3 3 name name:acme@US}'::text[], 'records added and removed: the others'' ids stay');
UPDATE input SET identity = 'domain:e.com' WHERE source = 'b' AND record_id = '1';
UPDATE input SET identity = 'domain:d.com' WHERE source = 'a' AND record_id = '0';
SELECT set_eq('SELECT pg_temp.told(pg_temp.refresh())', '{record a 0 3 2 domain domain:d.com,record a 3 3 2 domain domain:d.com,record a 1 1 1,record b 1 5 1,
record b 2 6 2 name name:acme@US,record c 1 6 2 name name:acme@US,merge 4 3 1,split 1 1 1,split 1 5 1,split 3 3 1,split 3 6 2}'::text[],
	'records changed: merges and splits, each with its records');

-- Hubs: by who their records are said to be, not by how many there are
CREATE FUNCTION pg_temp.hubs(hub_limit int DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS
	'SELECT told FROM pg_temp.told(pg_temp.resolution(hub_limit)) told WHERE told LIKE ''hub%''';
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	a/2 domain:a.com name:beta@US
	b/1 domain:a.com name:zeta@US
	b/2 domain:b.com name:acme@US', 'record a 1 1 2 name name:acme@US
	record a 2 2 1
	record b 1 3 1
	record b 2 1 2 name name:acme@US
	hub domain domain:a.com 3 2 3 0 1', 'a hub neither joins nor contradicts: it is as if nobody held it', 2);
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	a/2 domain:a.com name:beta@US
	b/1 domain:a.com name:zeta@US', 'record a 1 1 3 domain domain:a.com
	record a 2 1 3 domain domain:a.com
	record b 1 1 3 domain domain:a.com', 'so many names as the limit are none', 3);
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	a/2 domain:a.com name:beta@US
	b/1 domain:a.com name:zeta@US
	b/2 domain:a.com name:acme@DE', 'record a 1 1 4 domain domain:a.com
	record a 2 1 4 domain domain:a.com
	record b 1 1 4 domain domain:a.com
	record b 2 1 4 domain domain:a.com', 'nor is it one if half of the records have one name, in whatever country', 2);
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	a/2 domain:a.com name:beta@US
	b/1 domain:a.com name:zeta
	b/2 domain:a.com
	b/3 domain:a.com
	b/4 domain:a.com
	b/5 domain:a.com name:acme', 'record a 1 1 7 domain domain:a.com
	record a 2 1 7 domain domain:a.com
	record b 1 1 7 domain domain:a.com
	record b 2 1 7 domain domain:a.com
	record b 3 1 7 domain domain:a.com
	record b 4 1 7 domain domain:a.com
	record b 5 1 7 domain domain:a.com', 'of the records that have a name: blank ones say nothing', 2);
SELECT pg_temp.story('a/1 domain:a.com name:ab
	a/2 domain:a.com name:cd@US
	b/1 domain:a.com name:zeta alias:acme@US', 'record a 1 1 1
	record a 2 2 1
	record b 1 3 1
	hub domain domain:a.com 3 2 3 0 1', 'short names and names without a country count, aliases do not', 2);
SELECT pg_temp.story('a/1 r!:1 domain:a.com
	a/2 r!:2 domain:a.com
	b/1 r!:3 domain:a.com
	b/2 domain:a.com', 'record a 1 1 1
	record a 2 2 1
	record b 1 3 1
	record b 2 4 1
	hub domain domain:a.com 4 2 0 3 1', 'deciding ids likewise', 2);
SELECT pg_temp.story('a/1 r!:1 domain:a.com
	b/1 s!:2 domain:a.com
	c/1 vat:DE136695976 domain:a.com
	c/2 vat:FR40303265045 domain:a.com
	d/1 crm:1 domain:a.com
	d/2 crm:2 domain:a.com
	d/3 crm:3 domain:a.com', 'record a 1 1 7 domain domain:a.com
	record b 1 1 7 domain domain:a.com
	record c 1 1 7 domain domain:a.com
	record c 2 1 7 domain domain:a.com
	record d 1 1 7 domain domain:a.com
	record d 2 1 7 domain domain:a.com
	record d 3 1 7 domain domain:a.com', 'but not ids of several registers, which one company has, nor others', 2);
SELECT pg_temp.story('a/1 domain:a.com name:acme@US
	a/2 domain:b.com name:acme@US
	b/1 domain:c.com name:acme@US
	b/2 name:acme@US', 'record a 1 1 1
	record a 2 2 1
	record b 1 3 1
	record b 2 4 1
	hub name name:acme@US 4 2 1 0 3', 'a name is one by its domains: whose the record without a domain is cannot be known', 2);
SELECT pg_temp.story('a/1 r!:1 name:acme@US
	a/2 r!:1 name:beta@US
	b/1 r!:1 name:zeta@US
	b/2 r!:1 r!:2
	c/1 r!:2', 'record a 1 1 1
	record a 2 2 1
	record b 1 3 1
	record b 2 4 2 id r!:2
	record c 1 4 2 id r!:2
	hub id r!:1 4 2 3 2 0', 'a tax number typed into every account is one', 2);
SELECT pg_temp.story('a/1 r!:1 r!:7 domain:a.com name:acme
	a/2 r!:1 domain:b.com name:beta
	a/3 r!:1 name:zeta
	b/1 r!:2 domain:a.com', 'record a 1 1 1
	record a 2 2 1
	record a 3 3 1
	record b 1 4 1
	hub id r!:1 3 1 3 2 2
	conflict domain domain:a.com b 1 4 a 1 1 ids differ', 'but what else a record holds of the register does contradict', 2);
SELECT pg_temp.story('a/1 domain:a.com name:acme
	a/1 domain:a.com name:beta
	a/1 name:zeta
	b/1 domain:a.com', 'record a 1 1 2 domain domain:a.com
	record b 1 1 2 domain domain:a.com', 'the names of one record are one company''s', 2);
SELECT pg_temp.story('a/1 domain:a.com name:acme
	a/1 domain:a.com name:beta
	b/1 domain:a.com name:zeta
	b/2 domain:a.com name:acne', 'record a 1 1 1
	record b 1 2 1
	record b 2 3 1
	hub domain domain:a.com 3 2 4 0 1', 'all names of all records count, however few these are', 3);
DELETE FROM input;
INSERT INTO input SELECT 'leads', i, identify(email => 'jane.' || i || '@acme.com', name => CASE WHEN i % 2 = 0 THEN 'Acme Inc.' END, country => CASE WHEN i % 4 = 0 THEN 'US' END)
FROM   generate_series(1, 100) i;
INSERT INTO input VALUES ('own', 'A1', identify(website => 'https://www.acme.com', name => 'Acme Corporation', country => 'US'));
SELECT is(companies(pg_temp.resolution()), 1::bigint, 'a hundred leads of one company, and the account of another source');
SELECT is_empty('SELECT pg_temp.hubs()', 'no hub');
DELETE FROM input;
INSERT INTO input SELECT 'P' || i, '1', identify(website => 'microsoft.com', name => (ARRAY['Microsoft', 'Microsoft Corp.', 'MICROSOFT CORPORATION'])[1 + i % 3], country => (ARRAY['US', 'DE'])[1 + i % 2])
FROM   generate_series(1, 60) i;
SELECT is(companies(pg_temp.resolution()), 1::bigint, 'sixty partners that list Microsoft');
DELETE FROM input;
INSERT INTO input SELECT 'list', i, ('domain:directory.com name:company' || i || '@US')::company_identity FROM generate_series(1, 50) i;
SELECT is(companies(pg_temp.resolution()), 1::bigint, '50 names are below the limit');
INSERT INTO input VALUES ('other', '51', 'domain:directory.com name:company51');
SELECT is(companies(pg_temp.resolution()), 51::bigint, '51 are not');
INSERT INTO input SELECT s, i, ('name:test@US domain:t' || i || '.com')::company_identity FROM unnest('{c,b}'::text[]) s, generate_series(1, 60) i;
SELECT results_eq('SELECT (h).* FROM resolution_hub_keys(pg_temp.resolution()) h',
	$$VALUES ('domain', 'domain:directory.com', 51::bigint, 2::bigint, 51::bigint, 0::bigint, 1::bigint), ('name', 'name:test@US', 120, 2, 1, 0, 60)$$,
	'hubs are reported in order');
SELECT is_empty('SELECT pg_temp.hubs(60)', 'another limit');

-- What a record holds is of all its rows, also of those that do not hold the key.
DELETE FROM input;
INSERT INTO input SELECT 'list', '1', ('name:company' || i || '@US')::company_identity FROM generate_series(1, 51) i;
INSERT INTO input VALUES ('list', '1', 'domain:directory.com'), ('list', '2', 'domain:directory.com name:one@US'), ('other', '3', 'domain:directory.com name:two@US');
SELECT results_eq('SELECT (h).* FROM resolution_hub_keys(pg_temp.resolution()) h',
	$$VALUES ('domain', 'domain:directory.com', 3::bigint, 2::bigint, 53::bigint, 0::bigint, 1::bigint)$$, 'a hub by the names of one record''s other rows');
SELECT is_empty('SELECT pg_temp.hubs(53)', 'which are so many and no more');
-- Limits beyond what is counted roughly.
DELETE FROM input;
INSERT INTO input SELECT 'list', i, ('domain:directory.com name:company' || i || '@US')::company_identity FROM generate_series(1, 400) i;
SELECT is((SELECT string_agg(hub_limit || ' ' || (SELECT count(*) FROM pg_temp.hubs(hub_limit)), ', ' ORDER BY hub_limit) FROM unnest('{253,254,255,256,399,400,2147483647}'::int[]) hub_limit),
	'253 1, 254 1, 255 1, 256 1, 399 1, 400 0, 2147483647 0', 'limits of hundreds');

-- The slow implementation.  Contradictions are what the documentation says of
-- two clusters, by the sets of all their keys.
CREATE TEMP TABLE r (id int, source text, record_id text, cluster int, company bigint);
CREATE TEMP TABLE k (id int, key text, step int);
CREATE TEMP TABLE hub (key text, records bigint, sources bigint, names bigint, ids bigint, domains bigint);
-- What records are said to be: by names, domains, ids of a register.
CREATE TEMP TABLE said (id int, family text, value text);
CREATE FUNCTION pg_temp.family(key text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN key ~ '^(name|domain|lei|siren|cik|[a-z]+!):' THEN split_part(key, ':', 1) WHEN key ~ '^vat:' THEN left(key, 6) END
$$;
CREATE TEMP TABLE refused (key text, step int, id int, other int, reason text);
CREATE FUNCTION pg_temp.step(key text) RETURNS int LANGUAGE sql AS $$
	SELECT CASE WHEN key ~ '^alias:' THEN NULL WHEN key ~ '^domain:' THEN 3
	            WHEN key ~ '^name:' THEN CASE WHEN key ~ '^name:[a-z]{4,}@[A-Z][A-Z]$' THEN 4 END
	            WHEN key ~ '^(lei|vat|siren|cik|[a-z]+!):' THEN 1 ELSE 2 END
$$;
CREATE FUNCTION pg_temp.contradiction(a int, b int, at int) RETURNS text LANGUAGE sql AS $$
	WITH x AS (SELECT key, step, split_part(key, ':', 1) AS register FROM k JOIN r USING (id) WHERE cluster = a),
	     y AS (SELECT key, step, split_part(key, ':', 1) AS register FROM k JOIN r USING (id) WHERE cluster = b)
	SELECT CASE WHEN at > 1 AND EXISTS (SELECT FROM x JOIN y USING (step, register) WHERE step = 1)
	             AND NOT EXISTS (SELECT FROM x JOIN y USING (step, key) WHERE step = 1) THEN 'ids differ'
	            WHEN at > 3 AND EXISTS (SELECT FROM x JOIN y USING (step) WHERE step = 3)
	             AND NOT EXISTS (SELECT FROM x JOIN y USING (step, key) WHERE step = 3) THEN 'domains differ' END
$$;
CREATE FUNCTION pg_temp.reference(hub_limit int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	one record;
	member record;
	head int;
	heads int[];
	reason text;
	first_reason text;
	joined boolean;
	fresh bigint;
	known_one bigint;
BEGIN
	DELETE FROM r; DELETE FROM k; DELETE FROM hub; DELETE FROM refused;
	INSERT INTO r SELECT row_number() OVER (ORDER BY source COLLATE "C", record_id COLLATE "C"), source, record_id
	FROM (SELECT DISTINCT source, record_id FROM input WHERE source IS NOT NULL) d;
	UPDATE r SET cluster = id;
	INSERT INTO k SELECT DISTINCT id, key, pg_temp.step(key) FROM r JOIN input USING (source, record_id), unnest(match_keys(identity)) key
	WHERE pg_temp.step(key) IS NOT NULL;
	DELETE FROM said;
	INSERT INTO said SELECT DISTINCT id, pg_temp.family(key), split_part(key, '@', 1) FROM r JOIN input USING (source, record_id), unnest(match_keys(identity)) key
	WHERE pg_temp.family(key) IS NOT NULL;
	INSERT INTO hub
	SELECT key, records, sources, names, ids, domains
	FROM  (SELECT key, step, count(*) AS records, count(DISTINCT source) AS sources FROM k JOIN r USING (id) GROUP BY key, step HAVING count(*) > 1) g,
	       LATERAL (SELECT coalesce(max(different) FILTER (WHERE family = 'name'), 0) AS names, coalesce(max(different) FILTER (WHERE family NOT IN ('name', 'domain')), 0) AS ids,
	                       coalesce(max(different) FILTER (WHERE family = 'domain'), 0) AS domains,
	                       bool_or(different > hub_limit AND 2 * most < holders AND (family <> 'domain' OR step = 4)) AS many
	                FROM  (SELECT family, count(*) AS different, max(n) AS most, (SELECT count(DISTINCT id) FROM said s JOIN k USING (id) WHERE k.key = g.key AND s.family = v.family) AS holders
	                       FROM  (SELECT family, value, count(*) AS n FROM said JOIN k USING (id) WHERE k.key = g.key GROUP BY family, value) v GROUP BY family) f) c
	WHERE  many;
	DELETE FROM k WHERE key IN (SELECT key FROM hub);
	FOR one IN SELECT key, step FROM k GROUP BY key, step HAVING count(*) > 1 ORDER BY step, key COLLATE "C" LOOP
		heads := '{}';
		FOR member IN SELECT id FROM k WHERE key = one.key ORDER BY id LOOP
			SELECT cluster INTO member.id FROM r WHERE id = member.id;
			CONTINUE WHEN member.id = ANY (heads);
			joined := false;
			first_reason := NULL;
			FOREACH head IN ARRAY heads LOOP
				reason := pg_temp.contradiction(head, member.id, one.step);
				first_reason := coalesce(first_reason, reason);
				IF reason IS NULL THEN
					UPDATE r SET cluster = head WHERE cluster = member.id;
					joined := true;
					EXIT;
				END IF;
			END LOOP;
			IF NOT joined THEN
				IF heads <> '{}' THEN
					INSERT INTO refused SELECT one.key, one.step, min(id) FILTER (WHERE cluster = member.id), min(id), first_reason
					FROM k JOIN r USING (id) WHERE key = one.key;
				END IF;
				heads := heads || member.id;
			END IF;
		END LOOP;
	END LOOP;
	FOR known_one IN SELECT DISTINCT known FROM input WHERE known IS NOT NULL ORDER BY 1 LOOP
		UPDATE r SET company = known_one WHERE cluster =
			(SELECT cluster FROM r JOIN input USING (source, record_id) WHERE known = known_one AND company IS NULL ORDER BY id LIMIT 1);
	END LOOP;
	SELECT coalesce(max(known), 0) INTO fresh FROM input;
	UPDATE r SET company = fresh + n FROM (SELECT cluster, row_number() OVER (ORDER BY min(id)) AS n FROM r WHERE company IS NULL GROUP BY cluster) f
	WHERE r.cluster = f.cluster;
	RETURN QUERY
	SELECT concat_ws(' ', 'record', source, record_id, company, (SELECT count(*) FROM r s WHERE s.cluster = r.cluster),
	                 (ARRAY['id', 'id', 'domain', 'name'])[step], key)
	FROM   r LEFT JOIN LATERAL (SELECT m.key, m.step FROM k m WHERE m.id = r.id AND EXISTS
	                            (SELECT FROM k n JOIN r s ON s.id = n.id WHERE n.key = m.key AND s.cluster = r.cluster AND s.id <> r.id)
	                            ORDER BY m.step, m.key COLLATE "C" LIMIT 1) m ON true
	UNION ALL SELECT concat_ws(' ', 'merge', p.known, p.company, p.records)
	FROM  (SELECT known, company, count(DISTINCT id) AS records, count(*) OVER (PARTITION BY company) AS knowns FROM r JOIN input USING (source, record_id)
	       WHERE known IS NOT NULL GROUP BY known, company) p WHERE known <> company AND knowns > 1
	UNION ALL SELECT concat_ws(' ', 'split', p.known, p.company, p.records)
	FROM  (SELECT known, company, count(DISTINCT id) AS records, count(*) OVER (PARTITION BY known) AS parts FROM r JOIN input USING (source, record_id)
	       WHERE known IS NOT NULL GROUP BY known, company) p WHERE parts > 1
	UNION ALL SELECT concat_ws(' ', 'hub', (ARRAY['id', 'id', 'domain', 'name'])[pg_temp.step(key)], key, records, sources, names, ids, domains) FROM hub
	UNION ALL SELECT concat_ws(' ', 'conflict', (ARRAY['id', 'id', 'domain', 'name'])[step], key, a.source, a.record_id, a.company,
	                           b.source, b.record_id, b.company, refused.reason)
	FROM refused JOIN r a ON a.id = refused.id JOIN r b ON b.id = refused.other;
END $$;

-- Random rows: keys of all kinds out of small pools, duplicates, known companies
CREATE FUNCTION pg_temp.random_rows(n int) RETURNS void LANGUAGE sql AS $$
	DELETE FROM input;
	INSERT INTO input
	SELECT chr(97 + (random() * 2)::int), (random() * n)::int, identity::company_identity, CASE WHEN random() < 0.4 THEN 1 + (random() * 6)::int END
	FROM   generate_series(1, n) i,
	       LATERAL (SELECT string_agg(key, ' ') AS identity
	                FROM (SELECT (ARRAY['r!:1', 'r!:2', 'r!:3', 's!:1', 's!:2', 'cik:0000000001', 'cik:0000000002', 'crm:1', 'crm:2', 'crm:3', 'aa:1',
	                                    'domain:a.com', 'domain:b.com', 'domain:c.com', 'domain:d.com', 'domain:e.com',
	                                    'name:acme@US', 'name:beta@US', 'name:zeta@DE', 'name:acme@DE', 'name:acme', 'name:ab@US', 'alias:acme@US'])
	                             [1 + floor(random() * 23)] AS key
	                      FROM generate_series(1, (i * 0 + random() * 4)::int)) p) keys;
$$;
CREATE TEMP TABLE outcome (seed int, missing text, extra text, shuffled boolean, hubs bigint);
DO $$
DECLARE
	r company_resolution;
	lim int;
BEGIN
	FOR seed IN 1..150 LOOP
		PERFORM setseed(seed / 1000.0);
		PERFORM pg_temp.random_rows(4 + seed / 6);
		lim := (ARRAY[1, 2, 1, 50, 1, 50])[1 + seed % 6];
		r := pg_temp.resolution(lim);
		CREATE TEMP TABLE ours AS SELECT pg_temp.told(r) AS line;
		CREATE TEMP TABLE theirs AS SELECT pg_temp.reference(lim) AS line;
		INSERT INTO outcome SELECT seed, (SELECT string_agg(line, '; ') FROM (TABLE theirs EXCEPT ALL TABLE ours) m),
			(SELECT string_agg(line, '; ') FROM (TABLE ours EXCEPT ALL TABLE theirs) m),
			-- any order, even the bytes are the same
			(SELECT bool_and(s.x::text = r::text) FROM generate_series(1, 3) g,
			 LATERAL (SELECT company_resolution_agg(source, record_id, identity, known, lim ORDER BY hashtext(i::text || g)) AS x FROM input i) s), (SELECT count(*) FROM hub);
		DROP TABLE ours, theirs;
	END LOOP;
END $$;
SELECT is_empty('SELECT * FROM outcome WHERE missing IS NOT NULL OR extra IS NOT NULL', 'random rows are resolved as the slow implementation does');
SELECT is_empty('SELECT * FROM outcome WHERE shuffled IS NOT TRUE', 'whatever their order, to the byte');
SELECT is((SELECT count(*) FROM outcome), 150::bigint, 'all of them');
SELECT cmp_ok((SELECT sum(hubs) FROM outcome), '>', 10::numeric, 'with hubs among them');

-- A key of many companies that contradict each other, of several registers
CREATE FUNCTION pg_temp.random_crowd(n int) RETURNS void LANGUAGE sql AS $$
	DELETE FROM input;
	INSERT INTO input
	SELECT chr(97 + (random() * 2)::int), i, concat_ws(' ', CASE WHEN random() < 0.6 THEN 'r!:' || (random() * n)::int END, CASE WHEN random() < 0.4 THEN 's!:' || (random() * n)::int END,
	       CASE WHEN random() < 0.2 THEN 't!:' || (random() * n)::int END, (ARRAY['crm:1', 'crm:2'])[1 + floor(random() * 9)],
	       CASE WHEN random() < 0.3 THEN 'domain:all.com' WHEN random() < 0.8 THEN 'domain:d' || (random() * n)::int || '.com' END,
	       (ARRAY['name:acme@US', 'name:beta@US', 'name:acme@US'])[1 + floor(random() * 4)])::company_identity
	FROM   generate_series(1, n) i;
$$;
TRUNCATE outcome;
DO $$
BEGIN
	FOR seed IN 1..3 LOOP
		PERFORM setseed(seed / 1000.0);
		PERFORM pg_temp.random_crowd(60 + 10 * seed);
		CREATE TEMP TABLE ours AS SELECT pg_temp.told(pg_temp.resolution(1000)) AS line;
		CREATE TEMP TABLE theirs AS SELECT pg_temp.reference(1000) AS line;
		INSERT INTO outcome SELECT seed, (SELECT string_agg(line, '; ') FROM (TABLE theirs EXCEPT ALL TABLE ours) m),
			(SELECT string_agg(line, '; ') FROM (TABLE ours EXCEPT ALL TABLE theirs) m), true, (SELECT count(*) FROM ours WHERE line LIKE 'conflict name%');
		DROP TABLE ours, theirs;
	END LOOP;
END $$;
SELECT is_empty('SELECT * FROM outcome WHERE missing IS NOT NULL OR extra IS NOT NULL', 'many companies of one key are told apart as the slow implementation does');
SELECT cmp_ok((SELECT min(hubs) FROM outcome), '>', 20::bigint, 'they are many');
-- and not in the square of their number: 5 billion steps would take minutes
SET statement_timeout = '30s';
SELECT is((SELECT companies(company_resolution_agg('a', i::text, ('domain:d' || i || '.com name:acme@US')::company_identity, NULL, 1000000)) FROM generate_series(1, 100000) i),
	100000::bigint, 'a hundred thousand websites of one name');
SELECT is((SELECT companies(company_resolution_agg('a', i::text, ('r!:' || i || ' domain:acme.com')::company_identity, NULL, 1000000)) FROM generate_series(1, 100000) i),
	100000::bigint, 'a hundred thousand ids at one domain');
RESET statement_timeout;

-- Sources of some megabytes are sorted in parts: none of their records is lost at
-- a border, nor is one there twice that several rows are of.
CREATE TEMP TABLE lengthy AS
SELECT i, CASE WHEN i % 10 = 0 THEN 'small' || i % 70 ELSE 'large' || i % 2 END AS source, left(repeat(md5((i % 7)::text), 5), i % 157) || (i % 25000) AS record_id,
       (CASE WHEN i % 3 > 0 THEN 'domain:c' || (i * 7919::bigint) % 20000 || '.com' END)::company_identity AS identity
FROM   generate_series(1, 60000) i;
SELECT results_eq($$SELECT source, record_id FROM (SELECT company_resolution_agg(source, record_id, identity) AS r FROM lengthy) q, resolved(q.r)$$,
	$$SELECT source, record_id FROM lengthy GROUP BY 1, 2 ORDER BY source COLLATE "C", record_id COLLATE "C"$$, 'megabytes of ids in the order of their bytes');
SELECT is(company_resolution_agg(source, record_id, identity)::text, company_resolution_agg(source, record_id, identity ORDER BY md5(i::text))::text, 'and in any order the same') FROM lengthy;

-- Ids larger than the blocks they are kept in, alike up to their last bytes, some of
-- them of several rows.
CREATE TEMP TABLE huge AS
SELECT i, left('S' || i % 3, i % 3 + 1) AS source, repeat('0015g00000', 100 * (i % 9) * (i % 9)) || i / 2 AS record_id, ('domain:c' || i % 50 || '.com')::company_identity AS identity
FROM   generate_series(1, 300) i;
SELECT results_eq($$SELECT source, record_id FROM (SELECT company_resolution_agg(source, record_id, identity) AS r FROM huge) q, resolved(q.r)$$,
	$$SELECT source, record_id FROM huge GROUP BY 1, 2 ORDER BY source COLLATE "C", record_id COLLATE "C"$$, 'ids of 64,000 bytes');
SELECT is(company_resolution_agg(source, record_id, identity)::text, company_resolution_agg(source, record_id, identity ORDER BY md5(i::text))::text, 'in any order the same') FROM huge;
-- One key of all records, and as many hubs as records
SELECT is((SELECT ROW(records(s), companies(s), (SELECT ROW(h.records, h.names)::text FROM resolution_hub_keys(s) h))::text
		FROM (SELECT company_resolution_agg('a', i::text, ('domain:hub.com name:company' || i || '@US')::company_identity) AS s FROM generate_series(1, 100000) i) q),
	'(100000,100000,"(100000,100000)")', 'a hub of all records');
SELECT is((SELECT ROW(records(s), companies(s), (SELECT count(*) FROM resolution_hub_keys(s)))::text
		FROM (SELECT company_resolution_agg('a', i::text, ('domain:hub' || i % 1000 || '.com name:company' || i || '@US')::company_identity) AS s FROM generate_series(1, 60000) i) q),
	'(60000,60000,1000)', 'a thousand hubs');

-- Large: parallel and serial, shuffled, stored and read again, refreshed
CREATE TABLE many AS
SELECT (ARRAY['own', 'p1', 'p2', 'p3'])[1 + i % 4] AS source, 'R' || i AS record_id,
       concat_ws(' ', CASE WHEN h % 3 > 0 THEN 'domain:c' || h % 40000 || '.com' END, CASE WHEN h / 7 % 2 = 0 THEN 'name:company' || h % 40000 / 2 || '@US' END,
                 CASE WHEN h / 11 % 10 = 0 THEN 'r!:' || h % 40000 WHEN h / 11 % 10 = 1 THEN 'crm:' || h % 39000 END)::company_identity AS identity
FROM  (SELECT i, hashint8(i) & 2147483647 AS h FROM generate_series(1, 60000) i) n;
INSERT INTO many SELECT 'hub', i, ('domain:hub.com name:hubcompany' || i || '@US')::company_identity FROM generate_series(1, 60) i;
ANALYZE many;
ALTER TABLE many SET (parallel_workers = 2);
\ir plan.psql
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT r.* FROM (SELECT company_resolution_agg(source, record_id, identity) AS s FROM many) q, resolved(q.s) r;
CREATE TEMP TABLE stored AS SELECT company_resolution_agg(source, record_id, identity) AS s FROM many;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT matches(pg_temp.plan_of('SELECT company_resolution_agg(source, record_id, identity) FROM many'), 'Aggregate.*Gather.*Parallel Seq Scan', 'the plan is parallel');
CREATE TEMP TABLE parallel AS SELECT r.* FROM (SELECT company_resolution_agg(source, record_id, identity) AS s FROM many) q, resolved(q.s) r;
SELECT results_eq('SELECT s::text FROM stored', 'SELECT company_resolution_agg(source, record_id, identity)::text FROM many', 'parallel is serial, to the byte');
SELECT is_empty('TABLE serial EXCEPT TABLE parallel', 'and so are the rows');
SET max_parallel_workers_per_gather = 0;
SELECT is((SELECT s::text FROM stored), (SELECT company_resolution_agg(source, record_id, identity ORDER BY hashtext(record_id))::text FROM many), 'shuffled');
SELECT is((SELECT count(*) FROM serial), (SELECT count(*) FROM many), 'every record appears once');
SELECT is_empty('SELECT source, record_id FROM many EXCEPT SELECT source, record_id FROM serial', 'none is missing');
SELECT results_eq('SELECT max(company_id), count(DISTINCT company_id) FROM serial', 'SELECT companies(s), companies(s) FROM stored', 'ids are dense');
SELECT is_empty('SELECT company_id FROM serial GROUP BY company_id HAVING count(*) <> min(cluster_size) OR count(*) <> max(cluster_size)', 'sizes are right');
SELECT is_empty('SELECT FROM serial WHERE (matched_key IS NULL) <> (cluster_size = 1)', 'a key for every company of several records');
SELECT is_empty('SELECT FROM serial JOIN many USING (source, record_id) WHERE matched_key IS NOT NULL AND NOT matched_key = ANY (match_keys(identity))', 'and it is the record''s');
SELECT is_empty($$SELECT FROM serial s WHERE matched_key IS NOT NULL AND NOT EXISTS (SELECT FROM serial o JOIN many USING (source, record_id)
		WHERE o.company_id = s.company_id AND (o.source, o.record_id) <> (s.source, s.record_id) AND identity::text LIKE '%' || s.matched_key || '%')$$,
	'and another record''s of its company');
SELECT results_eq('SELECT * FROM resolution_hub_keys((SELECT s FROM stored))',
	$$VALUES ('domain', 'domain:hub.com', 60::bigint, 1::bigint, 60::bigint, 0::bigint, 1::bigint)$$, 'hubs of a stored value');
SELECT is_empty('SELECT FROM stored, resolution_conflicts(s) WHERE company_id = other_company_id', 'a conflict is between two companies');
SELECT cmp_ok((SELECT count(*) FROM stored, resolution_conflicts(s)), '>', 100::bigint, 'there are some');
SELECT is_empty('SELECT r.* FROM stored, resolved(s) r EXCEPT TABLE serial', 'a stored value is read as a fresh one');
SELECT is((SELECT s::text::company_resolution::text FROM stored), (SELECT s::text FROM stored), 'text is read again');
CREATE TEMP TABLE refreshed AS
SELECT company_resolution_agg(m.source, m.record_id, m.identity, c.company_id) AS s FROM many m LEFT JOIN serial c USING (source, record_id);
SELECT is_empty('SELECT r.* FROM refreshed, resolved(s) r EXCEPT TABLE serial', 'a refresh without changes changes nothing');
SELECT is_empty('SELECT r.* FROM refreshed, resolution_merges(s) r UNION ALL SELECT r.* FROM refreshed, resolution_splits(s) r', 'and reports nothing');
SELECT is((SELECT count(*) FROM (SELECT source, company_resolution_agg(source, record_id, identity) AS s FROM many GROUP BY source) q, resolved(q.s)),
	(SELECT count(*) FROM many), 'by group');
SET enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT source, company_resolution_agg(source, record_id, identity) AS s FROM many GROUP BY source) q, resolved(q.s)),
	(SELECT count(*) FROM many), 'by sorted group');

-- Garbage
SELECT throws_ok(format('SELECT %L::company_resolution', overlay(s::text PLACING '01' FROM 1 FOR 2)), '22P02', NULL, 'a value of another version is none')
FROM (SELECT company_resolution_agg('a', '1', NULL) AS s) q;
SELECT is((SELECT records(company_resolution_agg(NULL, NULL, NULL, 5))), 0::bigint, 'no record, and an id to keep');
SELECT throws_ok(format('SELECT %L::company_resolution', v), '22P02', NULL, 'no value: ' || left(v, 20)) FROM unnest('{"",\\x,\\x0,\\x00,\\xzz,v1,0,00,02,zz}'::text[]) v;
CREATE TEMP TABLE garbage (n int, accepted boolean);
DO $$
DECLARE
	good text;
	bad text;
	ok boolean;
BEGIN
	PERFORM pg_temp.given(E'a/1 r!:1 domain:a.com = 3\nb/1 r!:2 domain:a.com = 3\nc/1 crm:1\nd/1 crm:1\nd/2 name:acme@US domain:b.com\nd/3 name:beta domain:b.com\nd/4 name:zeta domain:b.com');
	good := pg_temp.resolution(1);
	PERFORM setseed(0.5);
	FOR n IN 1..3000 LOOP
		bad := overlay(good PLACING lpad(to_hex((random() * 255)::int), 2, '0') FROM 1 + 2 * (floor(random() * length(good) / 2))::int FOR 2);
		IF n % 10 = 0 THEN bad := left(bad, 2 * (floor(random() * length(good) / 2))::int); END IF;
		BEGIN
			-- what is accepted must be readable to the end
			PERFORM pg_temp.told(bad::company_resolution);
			ok := true;
		EXCEPTION WHEN invalid_text_representation THEN ok := false;
		END;
		INSERT INTO garbage VALUES (n, ok);
	END LOOP;
END $$;
SELECT is((SELECT count(*) FROM garbage), 3000::bigint, 'changed bytes are refused or read');
SELECT cmp_ok((SELECT count(*) FROM garbage WHERE NOT accepted), '>', 1000::bigint, 'most are refused');
-- A record_id that is none: all rows of a source are one record, of which nothing grows with the square.
SET LOCAL statement_timeout = '20s';
SELECT is((SELECT ROW(records(s), companies(s))::text FROM (
		SELECT company_resolution_agg(source, id, identify(website => domain, name => CASE WHEN n % 3 > 0 THEN name END)) AS s
		FROM  (SELECT 'a' AS source, '' AS id, 'acme-' || n % 20000 || '.com' AS domain, 'Acme ' || n AS name, n FROM generate_series(1, 40000) n
			UNION ALL SELECT 'b', n::text, 'acme-' || n || '.com', 'Acme', n FROM generate_series(0, 19999, 1000) n
			UNION ALL SELECT 'c', '1', 'other.com', NULL, 1) r) q), '(22,2)', 'forty thousand rows of one record');
SET LOCAL statement_timeout = 0;
SELECT is((SELECT string_agg(concat_ws(' ', source, record_id, matched_key), ', ' ORDER BY source, record_id) FROM (
		SELECT company_resolution_agg(source, id, identify(website => domain)) AS s
		FROM  (VALUES ('a', '1', 'b.com'), ('a', '1', 'a.com'), ('a', '1', NULL), ('a', '1', 'c.com'), ('a', '1', 'a.com'), ('b', '1', 'c.com'), ('b', '2', 'a.com')) r(source, id, domain)) q, resolved(q.s)),
	'a 1 domain:a.com, b 1 domain:c.com, b 2 domain:a.com', 'which holds the keys of all');
SELECT throws_ok('SELECT _company_resolution_accum(NULL, ''a'', ''1'', NULL)', NULL, NULL, 'the transition function is for aggregates only');

-- Groups that are kept are asked again where they are read again.
CREATE TABLE public.asked_again AS SELECT i % 3 AS g, 'r' || i AS id, identify(website => 's' || i % 50 || '.com') AS identity FROM generate_series(1, 300) i;
ANALYZE public.asked_again;
SET LOCAL enable_material = off;
SET LOCAL enable_sort = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
CREATE FUNCTION pg_temp.asked_again(how text) RETURNS TABLE (n bigint, same bigint) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('ecosystem.enable_aggregate', how, true), set_config('enable_hashagg', CASE how WHEN 'on' THEN 'off' ELSE 'on' END, true);
	RETURN QUERY SELECT count(*), count(DISTINCT (g, md5(r.c::text))) FROM generate_series(1, 4) x
		LEFT JOIN (SELECT g, company_resolution_agg('a', id, identity) AS c FROM public.asked_again GROUP BY g) r ON x > g;
END $$;
SELECT results_eq(format('SELECT * FROM pg_temp.asked_again(%L)', how), 'VALUES (9::bigint, 3::bigint)', 'groups read again, own node ' || how) FROM unnest('{on,off}'::text[]) how;

SELECT * FROM finish();
ROLLBACK;
