-- company_domain on real data: two vendors' lists of members, joined on the
-- domain of the website they have, against an independent id as the truth.
BEGIN;
SET search_path = ecosystem, public;
SET client_encoding = 'UTF8';
\set landscapes `test -f ../shared/data/landscapes/cncf.csv && echo 1 || echo 0`
\if :landscapes
SELECT plan(6);

CREATE TEMP TABLE landscape (
	category text, subcategory text, name text, name_plain text, homepage_url text, host text, crunchbase text,
	crunchbase_slug text, joined text, enduser text, membership text, project text, organization text);
CREATE TEMP TABLE member (list text, name text, url text, host text, slug text);
\copy landscape FROM '../shared/data/landscapes/cncf.csv' (FORMAT csv, HEADER)
INSERT INTO member SELECT 'cncf', name, homepage_url, host, crunchbase_slug FROM landscape WHERE category = 'CNCF Members';
TRUNCATE landscape;
\copy landscape FROM '../shared/data/landscapes/lf_2026.csv' (FORMAT csv, HEADER)
INSERT INTO member SELECT 'lf', name, homepage_url, host, crunchbase_slug FROM landscape WHERE category = 'LF Members';
CREATE TEMP TABLE truth (slug text, name_a text, host_a text, name_b text, host_b text, same_host int, same_name_ci int);
\copy truth FROM '../shared/data/truth/cncf_members__lf2026_members.csv' (FORMAT csv, HEADER)

ALTER TABLE member ADD domain company_domain GENERATED ALWAYS AS (to_company_domain(url)) STORED;

SELECT diag(format('no domain (%s) in %s websites of %s: %s', problem, count(*), list,
                   left(string_agg(DISTINCT coalesce(url, 'NULL'), ' '), 300)))
FROM  (SELECT *, company_domain_problem(url) AS problem FROM member) AS m
WHERE  problem IS NOT NULL GROUP BY list, problem ORDER BY list, problem;

-- Pairs of records, found by domain and found by host
CREATE TEMP TABLE pair AS
SELECT a.name AS name_a, b.name AS name_b, a.url AS url_a, b.url AS url_b, a.slug AS slug_a, b.slug AS slug_b,
       coalesce(a.domain = b.domain, false) AS by_domain, coalesce(a.host = b.host, false) AS by_host
FROM   member a, member b
WHERE  a.list = 'cncf' AND b.list = 'lf'
AND   (a.domain = b.domain OR a.host = b.host OR a.slug = b.slug);

CREATE TEMP TABLE verdict AS
SELECT slug, coalesce(bool_or(by_domain), false) AS by_domain, coalesce(bool_or(by_host), false) AS by_host,
       min(host_a) AS host_a, min(host_b) AS host_b
FROM   truth LEFT JOIN pair ON slug_a = slug AND slug_b = slug
GROUP  BY slug;

SELECT diag(format('of %s true pairs %s are found by domain, %s by host', count(*),
                   count(*) FILTER (WHERE by_domain), count(*) FILTER (WHERE by_host)))
FROM   verdict;
SELECT diag(format('found by domain and not by host: %s', string_agg(host_a || ' = ' || host_b, ', ' ORDER BY slug)))
FROM   verdict WHERE by_domain AND NOT by_host;
SELECT diag(format('missed by both: %s', string_agg(host_a || ' / ' || host_b, ', ' ORDER BY slug)))
FROM   verdict WHERE NOT by_domain AND NOT by_host;
SELECT diag(format('same domain, other id%s: %s = %s (%s / %s)', CASE WHEN by_host THEN '' ELSE ', other host' END,
                   name_a, name_b, slug_a, slug_b))
FROM   pair WHERE by_domain AND slug_a <> slug_b ORDER BY by_host, name_a;
SELECT diag(format('same domain, other host, an id missing: %s = %s (%s / %s)', name_a, name_b, url_a, url_b))
FROM   pair WHERE by_domain AND NOT by_host AND (slug_a <> slug_b) IS NOT TRUE AND slug_a IS DISTINCT FROM slug_b
ORDER  BY name_a;

SELECT is(count(*), 578::bigint, 'the truth has its pairs') FROM truth;
SELECT is(count(*) FILTER (WHERE by_host), 535::bigint, 'what exact equality of hosts finds') FROM verdict;
SELECT is(string_agg(slug, ', '), NULL, 'no true pair is lost that equality of hosts finds')
FROM   verdict WHERE by_host AND NOT by_domain;
SELECT cmp_ok(count(*) FILTER (WHERE by_domain), '>', 535::bigint, 'and more are found') FROM verdict;
SELECT is(count(*), 0::bigint, 'no pair of records with one host is lost, but on hosts that are shared') FROM pair
WHERE  by_host AND NOT by_domain AND company_domain_problem(url_a) IS NULL AND company_domain_problem(url_b) IS NULL;
SELECT cmp_ok(count(*) FILTER (WHERE slug_a <> slug_b AND by_domain AND NOT by_host), '<=', 5::bigint,
              'hardly a pair with other ids is added')
FROM   pair;
SELECT * FROM finish();
\else
SELECT plan(1);
\echo '# SKIPPED: ../shared/data/landscapes is not there'
SELECT skip('the landscapes are not at ../shared/data/landscapes', 1);
SELECT * FROM finish();
\endif
ROLLBACK;
