-- How well company_resolution_agg() finds the companies of many sources.
--
-- Usage: tools/private-cluster psql -X [-v lists=DIRECTORY] -f test/bench/resolution-quality.sql
--
-- DIRECTORY holds the published lists that identity-quality.sql describes; truth
-- is the company's page in a third directory.  Without it only the made list is
-- resolved: a hundred sources, a few large and most small, of companies of which
-- few are in all lists and most in one or two; leads of large companies with
-- their spellings and without a name; directories and a holding's tax number
-- that hundreds of companies share; and names that many companies have.
--
-- Pairs of records count: precision is how many of those that are together
-- belong together, recall how many of those that belong together are.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
CREATE EXTENSION IF NOT EXISTS ecosystem;
SET search_path = ecosystem, pg_temp;
SET work_mem = '256MB';

CREATE FUNCTION pg_temp.h(x bigint, seed bigint) RETURNS double precision IMMUTABLE LANGUAGE sql
AS 'SELECT (hashint8extended(x, seed) & 2147483647) / 2147483648.0';

CREATE TEMP TABLE listed (list text, source text, record_id text, truth text, identity company_identity);

\if :{?lists}
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
INSERT INTO listed
SELECT 'members', list, row_number() OVER ()::text, slug, identify(website => website, name => name)
FROM  (SELECT DISTINCT list, name_plain AS name, homepage_url AS website, nullif(crunchbase_slug, '') AS slug
       FROM landscape WHERE category IN ('CNCF Members', 'LF Members') OR (list = 'cncf' AND category = 'Special')) l;
\endif

-- Companies by size: the first is large.  Every tenth name is one that others
-- have; every fifth company has no website, every fourth no country.
CREATE TEMP TABLE company AS
SELECT c, CASE WHEN pg_temp.h(c, 1) < 0.1 THEN 'National Bank ' || (pg_temp.h(c, 2) * 60)::int ELSE 'Kontor' || to_hex(c * 2654435761 % 4294967296) END AS name,
       CASE WHEN pg_temp.h(c, 3) < 0.8 OR c < 200 THEN 'company-' || to_hex(c * 40503 % 65536 + c * 65536) || '.com' END AS domain,
       CASE WHEN pg_temp.h(c, 4) < 0.75 THEN (ARRAY['US', 'US', 'DE', 'GB', 'FR'])[1 + floor(pg_temp.h(c, 5) * 5)::int] END AS country,
       -- its website in a careless list: a directory's
       CASE WHEN pg_temp.h(c, 6) < 0.04 THEN 'directory' || floor(pg_temp.h(c, 7) * 4)::int || '.com' END AS directory,
       pg_temp.h(c, 8) < 0.02 AS of_holding
FROM   generate_series(1::bigint, 20000) c;
INSERT INTO listed
SELECT 'made', 'source' || s, i::text, c::text,
       identify(website => CASE WHEN lead THEN NULL WHEN careless AND directory IS NOT NULL THEN directory WHEN pg_temp.h(i, 21) < 0.9 THEN domain END,
                email => CASE WHEN lead AND domain IS NOT NULL THEN 'person' || i || '@' || domain END,
                name => CASE WHEN lead AND pg_temp.h(i, 22) < 0.3 THEN NULL
                             WHEN pg_temp.h(i, 23) < 0.6 THEN name
                             -- people write it as they like
                             ELSE name || (ARRAY[' Inc.', ' GmbH', ' Europe', ' Group', ' Sales'])[1 + floor(pg_temp.h(i, 24) * 5)::int] || CASE WHEN pg_temp.h(i, 25) < 0.3 THEN ' ' || floor(pg_temp.h(i, 26) * 90)::int ELSE '' END END,
                country => country,
                ids => CASE WHEN of_holding AND careless THEN ARRAY['register!:4711'] WHEN pg_temp.h(i, 27) < 0.1 THEN ARRAY['register!:' || 100000 + c] END)
FROM  (SELECT s, i, ceil(20000 * power(pg_temp.h(i, 11), 4))::bigint AS c, pg_temp.h(i, 12) < 0.3 AND s % 3 = 0 AS lead, s % 4 = 1 AS careless
       -- source s has 20000 / s records
       FROM generate_series(1, 100) s, LATERAL generate_series(s * 100000::bigint, s * 100000 + 20000 / s) i OFFSET 0) r
       JOIN company USING (c);

CREATE TEMP TABLE resolution AS SELECT list, company_resolution_agg(source, record_id, identity) AS s FROM listed GROUP BY list;
CREATE TEMP TABLE found AS
SELECT r.list, truth, company_id FROM (SELECT list, (f).* FROM resolution, resolved(s) f) r JOIN listed USING (list, source, record_id);
\echo 'Pairs of records that are together, of those whose truth is known'
WITH judged AS (SELECT * FROM found WHERE truth IS NOT NULL),
     pairs AS (SELECT list, sum(n * (n - 1) / 2) FILTER (WHERE what = 'together') AS together, sum(n * (n - 1) / 2) FILTER (WHERE what = 'belong') AS belong,
                      sum(n * (n - 1) / 2) FILTER (WHERE what = 'both') AS shared
               FROM  (SELECT list, CASE WHEN GROUPING(truth) = 1 THEN 'together' WHEN GROUPING(company_id) = 1 THEN 'belong' ELSE 'both' END AS what, count(*) AS n
                      FROM judged GROUP BY GROUPING SETS ((list, truth), (list, company_id), (list, truth, company_id))) c
               GROUP BY list)
SELECT list, (SELECT count(*) FROM found f WHERE f.list = p.list) AS records, (SELECT companies(s) FROM resolution r WHERE r.list = p.list) AS companies,
       (SELECT count(*) FROM resolution r, resolution_hub_keys(s) WHERE r.list = p.list) AS hubs, together, belong,
       round(100.0 * shared / together, 2) AS precision, round(100.0 * shared / belong, 2) AS recall
FROM   pairs p ORDER BY list;
\echo 'Hubs'
SELECT list, h.* FROM resolution, resolution_hub_keys(s) h ORDER BY list, h.level, h.records DESC LIMIT 20;
