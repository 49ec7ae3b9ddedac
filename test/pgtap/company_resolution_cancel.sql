-- A resolution can be cancelled at any moment, in whatever phase it is.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SELECT plan(2);
CREATE TEMP TABLE record AS
SELECT i::text AS record_id, ('crm:' || i / 3 || ' domain:c' || h % 60000 || '.com name:company' || h % 30000 || '@US' || CASE WHEN i % 100 = 0 THEN ' domain:hub.com' ELSE '' END)::company_identity AS identity
FROM  (SELECT i, hashint8(i) & 2147483647 AS h FROM generate_series(1, 200000) i) n;
\ir delay.psql
\set query 'SELECT companies(company_resolution_agg(''a'', record_id, identity)) FROM record'
\ir cancelled.psql
SELECT * FROM finish();
ROLLBACK;
