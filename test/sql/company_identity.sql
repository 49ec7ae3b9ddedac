-- company_identity: what is said of wrong keys, and the plans of an index.
SET search_path = ecosystem, public;
SELECT identify(website => 'https://www.Acme.com/en; acme.de', email => 'jane@gmail.com', name => 'Acme Inc. d/b/a Zeta',
                country => 'United States', ids => '{DUNS: 15-048-3782, lei:529900T8BM49AURSDO55, erp!:47 11}');
SELECT 'acme.com'::company_identity;
SELECT 'domain:acme.com domain:Acme.de'::company_identity;
SELECT 'name:acme@usa'::company_identity;
SELECT 'name:@US'::company_identity;
SELECT 'crm:50%'::company_identity;
SELECT 'crm:%FF'::company_identity;
SELECT 'lei:529900t8bm49aursdo55'::company_identity;
SELECT ('crm:' || repeat('x', 252))::company_identity;
SELECT string_agg('crm:' || g, ' ')::company_identity FROM generate_series(1, 1001) g;
SELECT identify(ids => array_agg('crm:' || g)) FROM generate_series(1, 1001) g;
-- The ladder.
SELECT a, b, a && b AS match, match_level(a, b), shared_keys(a, b), possible_match(a, b)
FROM  (VALUES ('lei:529900T8BM49AURSDO55 domain:a.com'::company_identity, 'lei:529900T8BM49AURSDO55 domain:b.com'::company_identity),
              ('lei:529900T8BM49AURSDO55 domain:a.com', 'lei:5493001KJTIIGC8Y1R12 domain:a.com'),
              ('duns:123456789 domain:a.com', 'duns:987654321 domain:a.com'),
              ('domain:a.com domain:b.com', 'domain:b.com'),
              ('domain:a.com name:acme@US', 'domain:b.com name:acme@US'),
              ('domain:a.com name:acme@US', 'name:acme@US'),
              ('name:acme@US', 'name:acme@DE'),
              ('name:acme@US', 'name:acme'),
              ('name:abc@US', 'name:abc@US'),
              ('name:acme alias:zeta', 'name:zeta')) v(a, b);
-- Why an id is not usable.
SELECT id, company_id_key(id), company_id_problem(id)
FROM   unnest('{lei:5299 00T8 BM49 AURS DO55,lei:529900T8BM49AURSDO56,duns:1234567,duns:000000000,vat:DE136695976,vat:DE136695977,NASDAQ:MSFT,4711,crm:,"my id:1"}'::text[]) id;
-- An index answers &&, and the heap is asked again.
CREATE TEMP TABLE account AS SELECT i AS id, ('domain:c' || i || '.com')::company_identity AS identity FROM generate_series(1, 10000) i;
CREATE INDEX account_identity ON account USING gin (identity);
ANALYZE account;
EXPLAIN (COSTS OFF) SELECT id FROM account WHERE identity && 'domain:c7.com';
EXPLAIN (COSTS OFF) SELECT count(*) FROM (VALUES ('domain:c7.com'::company_identity), ('domain:c8.com')) v(identity) JOIN account a ON a.identity && v.identity;
SELECT id FROM account WHERE identity && 'domain:c7.com crm:1';
DROP TABLE account;

\set home :DBNAME
-- Blanks are those of the database's encoding; a letter of another is none.
CREATE DATABASE company_identity_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_identity_cyrillic TEMPLATE template0 ENCODING 'WIN1251' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_identity_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
\c company_identity_latin1
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT company_id_key(E'crm:abc\xa0') = 'crm:abc' AS no_break_blank, company_id_key(E'crm:ab\xc2\xa0') = E'crm:ab\xc2' AS a_letter,
       identify(website => E'b\xfccher.de', name => E'B\xfccher AG', country => E'\xd6sterreich') AS identity;
\c company_identity_cyrillic
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT company_id_key(E'crm:\xc0\xc1\xc2\xa0') = E'crm:\xc0\xc1\xc2' AS keeps_its_letter,
       (SELECT count(*) FROM (SELECT identity_quality_agg('name', E'\xce\xce\xce \xab\xd0\xee\xec\xe0\xf8\xea\xe0\xbb') AS q) a, problems(q) WHERE problem = 'usable' AND records = 1) AS usable;
\c company_identity_ascii
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT identify(website => E'b\xc3\xbccher.de', name => 'Acme Inc', country => 'US', ids => ARRAY[E'crm:abc\xc2\xa0']) AS identity,
       (SELECT string_agg(problem || '=' || records, ' ') FROM (SELECT identity_quality_agg('name', E'B\xc3\xbccher') AS q) a, problems(q)) AS name;
\c :home
DROP DATABASE company_identity_latin1;
DROP DATABASE company_identity_cyrillic;
DROP DATABASE company_identity_ascii;
