-- company_resolution: what people read, what is said of wrong rows, and the plan.
SET search_path = ecosystem, public;
CREATE TEMP TABLE record (source text, record_id text, identity company_identity, known bigint);
INSERT INTO record VALUES
	('own', '1', 'register!:1 domain:acme.com name:acme@US', 7),
	('own', '2', 'register!:2 domain:acme.com', 7),
	('own', '3', NULL, 9),
	('p1', '1', 'domain:acme.com', 3),
	('p1', '2', 'name:acme@US', NULL),
	('p2', '1', 'domain:acme.de name:acme@US', NULL),
	('p2', '2', 'domain:list.com name:one', NULL),
	('p2', '3', 'domain:list.com name:two', NULL),
	('p2', '4', 'domain:list.com name:three', NULL);
CREATE TEMP TABLE refreshed AS SELECT company_resolution_agg(source, record_id, identity, known, 2) AS resolution FROM record;
SELECT records(resolution), companies(resolution) FROM refreshed;
SELECT r.* FROM refreshed, resolved(resolution) r;
SELECT c.* FROM refreshed, resolution_conflicts(resolution) c;
SELECT m.* FROM refreshed, resolution_merges(resolution) m;
SELECT s.* FROM refreshed, resolution_splits(resolution) s;
SELECT h.* FROM refreshed, resolution_hub_keys(resolution) h;
-- What is wrong with a row.
SELECT company_resolution_agg(NULL, '1', 'domain:acme.com');
SELECT company_resolution_agg('own', NULL, 'domain:acme.com', 7);
SELECT company_resolution_agg('own', '1', NULL, 4294967296);
SELECT company_resolution_agg('own', '1', NULL, NULL, 0);
SELECT company_resolution_agg('own', '1', NULL, NULL, n) FROM generate_series(2, 3) n;
SELECT company_resolution_agg('own', n::text, NULL, CASE n WHEN 1 THEN 4294967295 END) FROM generate_series(1, 2) n;
SELECT '\x0100'::company_resolution;
SELECT 'acme'::company_resolution;
-- It is for aggregation only.
SELECT company_resolution_agg(source, record_id, identity) OVER () FROM record;
-- Workers scan, one process aggregates.
CREATE TABLE resolution_records AS SELECT 'own' AS source, i::text AS record_id, ('domain:c' || i / 2 || '.com')::company_identity AS identity FROM generate_series(1, 1000) i;
ANALYZE resolution_records;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT company_resolution_agg(source, record_id, identity) FROM resolution_records;
EXPLAIN (COSTS OFF) SELECT r.* FROM (SELECT company_resolution_agg(source, record_id, identity) AS s FROM resolution_records) q, resolved(q.s) r;
DROP TABLE resolution_records;
