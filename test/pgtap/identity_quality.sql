-- identity_quality: every record counted once in each field, deterministic, mergeable.
BEGIN;
SET search_path = ecosystem, public, crm;
SELECT plan(38);

CREATE TEMP TABLE contact (id int, website text, email text, name text, country text, ids text[]);
INSERT INTO contact VALUES
	(1, 'https://www.acme.com', 'jane@acme.com', 'Acme Inc', 'US', '{duns:150483782,crm:1}'),
	(2, 'facebook.com/beta', 'joe@gmail.com', 'Beta', 'Germany', '{n/a}'),
	(3, NULL, NULL, NULL, NULL, NULL),
	(4, '  ', '', ' ', ' ', '{}'),
	(5, 'gamma', 'x@10minutemail.com', 'n/a', 'Atlantis', '{NULL,""}'),
	(6, 'acme.con', NULL, '***', 'FR', '{lei:529900T8BM49AURSDO56,duns:1}'),
	(7, 'https://Zeta.com', NULL, 'AB', 'FR', '{"","NASDAQ:ZT"}');
CREATE TEMP TABLE quality AS SELECT identity_quality_agg(website, email, name, country, ids) AS q FROM contact;

SELECT results_eq($$SELECT p.field, p.problem, p.records, round(p.share::numeric, 3), p.example FROM quality, problems(q) p$$, $$VALUES
	('website', 'usable', 2::bigint, 0.286, 'https://Zeta.com'), ('website', 'empty', 2, 0.286, NULL), ('website', 'not_a_host', 1, 0.143, 'gamma'),
	('website', 'unknown_suffix', 1, 0.143, 'acme.con'), ('website', 'shared_host', 1, 0.143, 'facebook.com/beta'),
	('email', 'usable', 1, 0.143, 'jane@acme.com'), ('email', 'empty', 4, 0.571, NULL), ('email', 'freemail', 1, 0.143, 'joe@gmail.com'),
	('email', 'disposable', 1, 0.143, 'x@10minutemail.com'),
	('name', 'usable', 3, 0.429, 'AB'), ('name', 'empty', 2, 0.286, NULL), ('name', 'no_letters', 1, 0.143, '***'), ('name', 'placeholder', 1, 0.143, 'n/a'),
	('country', 'usable', 4, 0.571, 'FR'), ('country', 'empty', 2, 0.286, NULL), ('country', 'unknown_country', 1, 0.143, 'Atlantis'),
	('ids', 'usable', 2, 0.286, 'NASDAQ:ZT'), ('ids', 'empty', 3, 0.429, NULL), ('ids', 'unusable', 2, 0.286, 'lei:529900T8BM49AURSDO56'),
	('id', 'usable', 3, 0.333, 'NASDAQ:ZT'), ('id', 'empty', 3, 0.333, NULL), ('id', 'no_scheme', 1, 0.111, 'n/a'),
	('id', 'bad_format', 1, 0.111, 'duns:1'), ('id', 'bad_checksum', 1, 0.111, 'lei:529900T8BM49AURSDO56')$$, 'what is wrong, how often, with an example');
SELECT results_eq($$SELECT m.levels, m.records FROM quality, matchable(q) m$$,
	$$VALUES ('id, domain, name', 1::bigint), ('id, domain', 1), ('name', 1), ('nothing', 4)$$, 'by what records can be matched');
SELECT is(records(q), 7::bigint, 'records') FROM quality;
SELECT results_eq($$SELECT sum(m.records), sum(m.share) FROM quality, matchable(q) m$$, $$VALUES (7::numeric, 1::double precision)$$, 'levels add up');
SELECT is_empty($$SELECT p.field FROM quality, problems(q) p WHERE field <> 'id' GROUP BY field HAVING sum(records) <> 7 OR abs(sum(share) - 1) > 1e-9$$, 'every field adds up to the records');

-- ---- the demo CRM, against the functions for one value ----

CREATE TEMP TABLE demo AS SELECT identity_quality_agg(website, name, country) AS q FROM account;
SELECT results_eq($$SELECT problem, records, example FROM demo, problems(q) WHERE field = 'website' AND problem <> 'empty' ORDER BY problem$$,
	$$SELECT coalesce(company_domain_problem(website), 'usable') AS problem, count(*), min(website COLLATE "C") COLLATE "default" FROM account WHERE company_domain_problem(website) IS DISTINCT FROM 'empty' GROUP BY 1 ORDER BY 1$$,
	'websites: the counts and the bytewise first value');
SELECT results_eq($$SELECT problem, records FROM demo, problems(q) WHERE field = 'name' ORDER BY problem$$,
	$$SELECT coalesce(company_name_problem(name), 'usable') AS problem, count(*) FROM account GROUP BY 1 ORDER BY 1$$, 'names');
SELECT results_eq($$SELECT records FROM demo, matchable(q) WHERE levels = 'nothing'$$,
	$$SELECT count(*) FROM account WHERE NOT identify(website => website, name => name, country => country) && identify(website => website, name => name, country => country)$$,
	'nothing: what does not even match itself');
SELECT is_empty($$SELECT field FROM demo, problems(q) WHERE field IN ('email', 'ids', 'id')$$, 'fields that were not given are not shown');

-- ---- whatever a reader says ----

SELECT results_eq($$SELECT p.problem, p.records FROM (SELECT identity_quality_agg(NULL, NULL, NULL, NULL, ARRAY[id]) AS q
		FROM unnest('{vat:QQ12345678,duns:1234567,sf:0011n00001abcde,lei:529900T8BM49AURSDO56,erp!:n/a,crm:1,crm:2}'::text[]) id) a, problems(q) p WHERE field = 'id' ORDER BY problem COLLATE "C"$$,
	$$VALUES ('bad_checksum', 1::bigint), ('bad_country', 1), ('lost_case', 1), ('lost_zeros', 1), ('placeholder', 1), ('usable', 2)$$, 'every problem of an id is counted');
CREATE TEMP TABLE said AS
SELECT CASE p.proname WHEN 'company_id_problem' THEN 'id' WHEN 'company_name_problem' THEN 'name' ELSE 'website' END AS field, m[1] AS problem
FROM   pg_proc p, regexp_matches(regexp_replace(obj_description(p.oid), '\([^)]*\)|to_company_domain', '', 'g'), '[a-z]+_[a-z_]+|empty|freemail|disposable|placeholder', 'g') m
WHERE  p.pronamespace = 'ecosystem'::regnamespace AND p.proname IN ('company_id_problem', 'company_name_problem', 'company_domain_problem');
SELECT cmp_ok(count(*), '>=', 24::bigint, 'all that the functions for one value can say') FROM said;
SELECT is_empty($$SELECT * FROM said WHERE (format('v2 %s:%s=1', field, problem)::identity_quality)::text IS NULL$$, 'has its place');

-- ---- one column ----

SELECT results_eq($$SELECT p.field, p.problem, p.records, p.example FROM (SELECT identity_quality_agg('id', v) AS q FROM unnest('{duns:150483782,duns:1,NULL,4711}'::text[]) v) a, problems(q) p$$,
	$$VALUES ('id', 'usable', 1::bigint, 'duns:150483782'), ('id', 'empty', 1, NULL), ('id', 'no_scheme', 1, '4711'), ('id', 'bad_format', 1, 'duns:1')$$, 'a column of ids');
SELECT results_eq($$SELECT p.field, p.problem, p.records FROM (SELECT identity_quality_agg(kind, v) AS q FROM (VALUES ('website', 'gmail.com'), ('email', 'yahoo.com'), ('name', 'Acme'), ('country', 'UK')) x(kind, v)) a, problems(q) p$$,
	$$VALUES ('website', 'usable', 0::bigint), ('website', 'freemail', 1), ('email', 'usable', 0), ('email', 'freemail', 1), ('name', 'usable', 1), ('country', 'usable', 1)$$, 'each by its kind');
SELECT throws_ok($$SELECT identity_quality_agg('phone', '1')$$, '22023', 'unknown field "phone"', 'no such field');
SELECT throws_ok($$SELECT identity_quality_agg(NULL, '1')$$, '22004', NULL, 'no field');

-- ---- one state, whatever the way to it ----

SELECT is((SELECT identity_quality_agg(website, email, name, country, ids ORDER BY id DESC)::text FROM contact), q::text, 'in any order') FROM quality;
SELECT is((SELECT rollup(part) FROM (SELECT identity_quality_agg(website, email, name, country, ids) AS part FROM contact GROUP BY id % 3) p), q, 'merged of parts') FROM quality;
SELECT is((SELECT rollup(part ORDER BY n) FROM (SELECT 1 AS n, q AS part UNION ALL SELECT 2, NULL UNION ALL SELECT 3, 'v2') p), q, 'NULL and nothing add nothing') FROM quality;
SELECT is(q, q::text::identity_quality, 'its text is read back') FROM quality;
SELECT is((SELECT count(*) FROM (SELECT q FROM quality UNION SELECT q::text::identity_quality FROM quality) u), 1::bigint, 'can be grouped by');
SELECT is((SELECT identity_quality_agg(website, name, country) FROM contact WHERE false)::text, 'v2', 'of no rows');
SELECT is_empty($$SELECT * FROM problems('v2')$$, 'no rows, no problems');
SELECT is_empty($$SELECT * FROM matchable('v2')$$, 'and no levels');
SELECT is((SELECT identity_quality_agg('website', repeat('é', 3000))::text), 'v2 by:nothing=1 website:too_long=1:' || repeat('é', 35), 'an example is cut between characters');
SELECT is((SELECT identity_quality_agg('name', E'50% Off\tInc')::text), 'v2 by:nothing=1 name:usable=1:50%25%20Off%09Inc', 'and written without blanks');
SELECT is((SELECT identity_quality_agg(NULL, NULL, NULL, NULL, (SELECT array_agg('crm:' || i) FROM generate_series(1, 1100) i))::text LIKE 'v2 by:too_many_keys=1 %'), true, 'a record with too many keys is counted');
CREATE TABLE ecosystem_test_records AS SELECT i, 'www.c' || i % 977 || '.com' AS website, CASE WHEN i % 7 > 0 THEN 'Company ' || i END AS name, (ARRAY['US', 'de', 'Nowhere'])[1 + i % 3] AS country FROM generate_series(1, 20000) i;
ANALYZE ecosystem_test_records;
CREATE TEMP TABLE serial AS SELECT identity_quality_agg(website, name, country) AS q FROM ecosystem_test_records;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 4;
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT identity_quality_agg(website, name, country) FROM ecosystem_test_records'), 'Partial Aggregate', 'runs in workers');
SELECT is((SELECT identity_quality_agg(website, name, country)::text FROM ecosystem_test_records), q::text, 'and gives the same') FROM serial;

-- ---- garbage ----

CREATE FUNCTION pg_temp.error_of(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM input::identity_quality;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is_empty($$SELECT i FROM unnest(ARRAY['', 'v1', 'v2 ', ' v2', 'v2 website:usable=0', 'v2 website:usable=-1', 'v2 website:usable=1 website:usable=1', 'v2 website:nonsense=1', 'v2 phone:usable=1', 'v2 by:id=1 by:id=1',
	'v2 by:all=1', 'v2 website:usable=', 'v2 website:usable', 'v2 website:usable=1:', 'v2 website:usable=1:%', 'v2 website:usable=1:%4', 'v2 website:usable=1:%FF', 'v2 website:usable=1:%00', 'v2 website:usable=1:' || repeat('a', 72),
	'v2 website:usable=99999999999999999999', 'v2 website:usable=9223372036854775807 website:empty=1', 'v2 by:id=9223372036854775807 by:name=1', 'v2 website:usable=1:a b', E'v2\twebsite:usable=1']) i
	WHERE pg_temp.error_of(i) IS DISTINCT FROM '22P02'$$, 'garbage is refused');
SELECT lives_ok($$SELECT 'v2 website:usable=9223372036854775807:a'::identity_quality$$, 'the most there can be');
SELECT throws_ok($$SELECT rollup(q::identity_quality) FROM unnest('{"v2 by:id=9223372036854775807","v2 by:id=1"}'::text[]) q$$, '22003', NULL, 'more is an error');
CREATE TEMP TABLE mangled AS SELECT overlay(q::text PLACING chr(33 + (i * 7919) % 90) FROM 1 + (i * 31) % length(q::text) FOR i % 3) AS m FROM quality, generate_series(1, 3000) i;
SELECT is_empty($$SELECT m FROM mangled WHERE pg_temp.error_of(m) NOT IN ('22P02')$$, 'mangled text is refused or read');
SELECT is_empty($$SELECT m FROM (SELECT m FROM mangled WHERE pg_temp.error_of(m) IS NULL OFFSET 0) x WHERE m::identity_quality::text::identity_quality <> m::identity_quality$$, 'and what is read is read back as itself');
SELECT lives_ok($$COPY (SELECT q FROM quality) TO '/dev/null' (FORMAT binary)$$, 'is sent in binary');
SELECT has_function('ecosystem', 'identity_quality_recv', '{internal}'::name[], 'and received');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS identity_quality LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 4000), 'hex')) AS v;
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'identity_quality of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'identity_quality of unknown version 99', 'a stored value of another version: rollup(v)');

SELECT * FROM finish();
ROLLBACK;
