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
