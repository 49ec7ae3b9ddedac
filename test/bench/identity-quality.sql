-- How well && finds the same company in real lists, against plain comparisons.
--
-- Usage: tools/private-cluster psql -X -v lists=DIRECTORY -f test/bench/identity-quality.sql
--        with -v details=1 also every wrong and every missed pair
--
-- DIRECTORY holds cncf.csv, lf_2025.csv and lf_2026.csv: the members of the
-- Cloud Native Computing Foundation and of the Linux Foundation, flattened
-- from their published landscape files.  Truth is the company's page in a
-- third directory (crunchbase_slug), never the name or the website; pairs
-- where a list does not say it are not judged.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?lists}
\else
	\warn 'Where are the lists?  -v lists=DIRECTORY'
	\quit
\endif
CREATE EXTENSION IF NOT EXISTS ecosystem;
SET search_path = ecosystem, pg_temp;
SET work_mem = '256MB';

CREATE TEMP TABLE landscape (category text, subcategory text, name text, name_plain text, homepage_url text, host text, crunchbase text,
	crunchbase_slug text, joined text, enduser text, membership text, project text, organization text, list text DEFAULT current_setting('quality.list'));
\set columns '(category, subcategory, name, name_plain, homepage_url, host, crunchbase, crunchbase_slug, joined, enduser, membership, project, organization)'
SET quality.list = 'cncf';
\set copy '\\copy landscape ' :columns ' FROM ' :lists '/cncf.csv CSV HEADER'
:copy
SET quality.list = 'lf_2025';
\set copy '\\copy landscape ' :columns ' FROM ' :lists '/lf_2025.csv CSV HEADER'
:copy
SET quality.list = 'lf_2026';
\set copy '\\copy landscape ' :columns ' FROM ' :lists '/lf_2026.csv CSV HEADER'
:copy

-- A company of a list, once.
CREATE TEMP TABLE company AS
SELECT row_number() OVER () AS id, list, name, website, host, slug, identify(website => website, name => name) AS identity
FROM  (SELECT DISTINCT
              CASE WHEN list <> 'cncf' THEN list WHEN category = 'Special' THEN 'cncf_partners' ELSE 'cncf_members' END AS list,
              name_plain AS name, homepage_url AS website, host, nullif(crunchbase_slug, '') AS slug
       FROM   landscape
       WHERE  category IN ('CNCF Members', 'LF Members')
       OR     (list = 'cncf' AND category = 'Special' AND subcategory LIKE ANY ('{%Service Provider,%Training Partner}'))) l;
ANALYZE company;

CREATE TEMP TABLE pair AS
SELECT a.list || ' x ' || b.list AS lists, a.id AS a, b.id AS b,
       CASE WHEN a.slug = b.slug THEN 'same' WHEN a.slug <> b.slug THEN 'different' ELSE 'unknown' END AS truth,
       a.host = b.host AS same_host,
       lower(a.name) = lower(b.name) AS same_name,
       a.identity && b.identity AS match,
       possible_match(a.identity, b.identity) AS possible
FROM   (VALUES ('cncf_members', 'lf_2026'), ('cncf_members', 'cncf_partners'), ('lf_2025', 'lf_2026')) l(a, b)
       JOIN company a ON a.list = l.a
       JOIN company b ON b.list = l.b
WHERE  a.slug = b.slug OR a.host = b.host OR lower(a.name) = lower(b.name) OR a.identity && b.identity
OR     possible_match(a.identity, b.identity) IS NOT NULL;

\echo 'Judged pairs, and what each way of comparing makes of them'
SELECT lists, way, count(*) FILTER (WHERE truth = 'same') AS same,
       count(*) FILTER (WHERE truth = 'same' AND found) AS found,
       count(*) FILTER (WHERE truth = 'different' AND found) AS wrong,
       round(100.0 * count(*) FILTER (WHERE truth = 'same' AND found) / nullif(count(*) FILTER (WHERE truth <> 'unknown' AND found), 0), 1) AS "precision, %",
       round(100.0 * count(*) FILTER (WHERE truth = 'same' AND found) / count(*) FILTER (WHERE truth = 'same'), 1) AS "recall, %",
       count(*) FILTER (WHERE truth = 'unknown' AND found) AS not_judged
FROM   pair,
       LATERAL (VALUES (1, 'equal host', same_host), (2, 'equal name, lower case', same_name), (3, 'both', same_host AND same_name),
                       (4, 'either', same_host OR same_name), (5, '&&', match), (6, 'possible_match', possible IS NOT NULL),
                       (7, '&& or possible_match', match OR possible IS NOT NULL)) w(n, way, found)
GROUP  BY lists, way, n
ORDER  BY lists DESC, n;

\echo 'Of the pairs that host equality misses'
SELECT lists, count(*) AS missed, count(*) FILTER (WHERE match) AS "found by &&",
       count(*) FILTER (WHERE match OR possible IS NOT NULL) AS "found by && or possible_match"
FROM   pair WHERE truth = 'same' AND same_host IS NOT TRUE GROUP BY ROLLUP (lists) ORDER BY lists DESC NULLS LAST;

\echo 'Possible matches by reason'
SELECT possible, count(*) FILTER (WHERE truth = 'same') AS same, count(*) FILTER (WHERE truth = 'different') AS different,
       count(*) FILTER (WHERE truth = 'unknown') AS not_judged
FROM   pair WHERE possible IS NOT NULL GROUP BY possible ORDER BY possible;

\echo 'Same company by host, refused by &&'
SELECT a.name, a.website, b.name, b.website, possible FROM pair p JOIN company a ON a.id = p.a JOIN company b ON b.id = p.b
WHERE  same_host AND truth = 'same' AND NOT match;

\if :{?details}
\echo 'Matched, but another company by the directory'
SELECT lists, a.name, a.website, a.slug, b.name, b.website, b.slug FROM pair p JOIN company a ON a.id = p.a JOIN company b ON b.id = p.b
WHERE  match AND truth = 'different' ORDER BY lists, a.name, b.name;
\echo 'Possible, but another company by the directory'
SELECT lists, possible, a.name, a.website, a.slug, b.name, b.website, b.slug FROM pair p JOIN company a ON a.id = p.a JOIN company b ON b.id = p.b
WHERE  possible IS NOT NULL AND truth = 'different' ORDER BY lists, a.name, b.name;
\echo 'The same company, missed by &&'
SELECT lists, possible, a.slug, a.name, a.website, b.name, b.website FROM pair p JOIN company a ON a.id = p.a JOIN company b ON b.id = p.b
WHERE  truth = 'same' AND NOT match ORDER BY lists, possible NULLS FIRST, a.name, b.name;
\endif
