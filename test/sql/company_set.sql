-- company_set: what it prints and what it refuses
SET search_path = ecosystem, public;

SELECT '{9,1,5-8,2,2,70000,4294967295}'::company_set;
SELECT company_set_agg(id), cardinality(company_set_agg(id)) FROM (VALUES (3), (1), (NULL), (2), (3), (65536)) v(id);
SELECT md5(company_set_agg(hashint8extended(i, 1) & 1048575)::bytea) AS scattered,
       md5(company_set_agg(i)::bytea) AS dense, md5(company_set_agg(i * 20)::bytea) AS sparse
FROM   generate_series(1, 100000) i;

SELECT '{1,2,}'::company_set;
SELECT '{1,9-5}'::company_set;
SELECT '{1,4294967296}'::company_set;
SELECT '{-1}'::company_set;
SELECT '{1} and more'::company_set;
SELECT company_set_agg(id) FROM (VALUES (1), (-7)) v(id);
SELECT '{1}'::company_set + 4294967296;
SELECT company_set('{1,NULL}'::bigint[]);
SELECT company_set('\x3a300000010000'::bytea);
SELECT company_set('\x3a30000001000000000001001000000005000500'::bytea);
SELECT ('{0-4294967295}'::company_set)::bigint[];

-- What a call site has fetched goes with the transaction; that of a partition
-- key lives on.  The order means nothing, it only reads both sets.
CREATE FUNCTION shared_ids(company_set, company_set) RETURNS integer LANGUAGE c IMMUTABLE STRICT AS '$libdir/ecosystem', 'company_set_overlap';
CREATE OPERATOR CLASS sharing FOR TYPE company_set USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 shared_ids(company_set, company_set);
CREATE TABLE whole (k integer, s company_set);
ALTER TABLE whole ALTER s SET STORAGE external;
INSERT INTO whole SELECT k, company_set_agg(i * 7919 % 1000000) FROM generate_series(1, 20) k, generate_series(k::bigint, 1000000, 20) i GROUP BY k;
CREATE TABLE parted (s company_set) PARTITION BY LIST (s sharing);
CREATE TABLE parted_none PARTITION OF parted FOR VALUES IN ('{5}');
CREATE TABLE parted_some PARTITION OF parted DEFAULT;
BEGIN;
INSERT INTO parted SELECT s FROM whole;
SELECT tableoid::regclass, count(*) FROM parted GROUP BY 1 ORDER BY 1;
SELECT sum(total_bytes) > 1000000 AS all_are_held FROM pg_backend_memory_contexts WHERE name = 'fetched company sets';
COMMIT;
INSERT INTO parted SELECT s FROM whole WHERE k = 1;
SELECT sum(total_bytes) < 300000 AS one_is_held FROM pg_backend_memory_contexts WHERE name = 'fetched company sets';
DROP TABLE parted, whole;
DROP OPERATOR CLASS sharing USING btree;
DROP FUNCTION shared_ids;
