-- What ANALYZE keeps of identities: it can be cancelled at any moment, and what
-- is common among rows that a user may not read is not told by estimates.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SELECT plan(8);

-- A million keys to sort, in no order.
CREATE TABLE public.analyzed AS
SELECT (SELECT string_agg('crm:' || md5((i * 10 + k)::text), ' ') FROM generate_series(1, 9) k)::company_identity AS identity FROM generate_series(1, 110000) i;
ALTER TABLE public.analyzed ALTER identity SET STATISTICS 370;

\ir delay.psql
CREATE TEMP TABLE delay (moment int, delay interval);
SELECT clock_timestamp() AS start \gset
ANALYZE public.analyzed;
-- Moments all over the time it takes, most of which is what we add.
-- A machine may have more to do than this: the shortest of two delays counts.
SELECT format('SET statement_timeout = %s', moment),
       format('INSERT INTO delay SELECT %s, pg_temp.delay(''ANALYZE public.analyzed'')', moment),
       format('INSERT INTO delay SELECT %1$s, pg_temp.delay(''ANALYZE public.analyzed'') WHERE (SELECT min(delay) > ''0.1 s'' FROM delay WHERE moment = %1$s)', moment)
FROM   (SELECT (step / 12.0 * extract(epoch FROM clock_timestamp() - :'start'::timestamptz) * 1000)::int AS moment FROM generate_series(2, 11) step) s
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay GROUP BY moment) d), '<', interval '0.15 s', 'ANALYZE is cancelled');
SELECT cmp_ok((SELECT count(*) FROM delay WHERE delay IS NOT NULL), '>', 2::bigint, 'at several moments');
DROP TABLE public.analyzed;

-- A common key that a policy hides: estimates are those of any other key.
CREATE TABLE public.guarded AS
SELECT i AS id, (CASE WHEN i % 2 = 0 THEN 'domain:secret.com name:secretcompany@US lei:5493006MHB84DD0ZWV18' ELSE 'domain:d' || i || '.com' END)::company_identity AS identity
FROM   generate_series(1, 4000) i;
ANALYZE public.guarded;
CREATE ROLE ecosystem_reader;
GRANT USAGE ON SCHEMA ecosystem TO ecosystem_reader;
GRANT SELECT ON public.guarded TO ecosystem_reader;
CREATE FUNCTION pg_temp.estimate(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan->0->'Plan'->>'Plan Rows';
END $$;
CREATE FUNCTION pg_temp.told(key text) RETURNS numeric LANGUAGE sql AS $$
	SELECT pg_temp.estimate(format('SELECT FROM public.guarded WHERE identity && %L', key))
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO ecosystem_reader;
SELECT cmp_ok(pg_temp.told('domain:secret.com'), '>', 100 * pg_temp.told('domain:other.com'), 'who may read all rows learns what is common');
SET ROLE ecosystem_reader;
SELECT cmp_ok(pg_temp.told('domain:secret.com'), '>', 100 * pg_temp.told('domain:other.com'), 'as does another who may');
RESET ROLE;
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON public.guarded FOR SELECT TO ecosystem_reader USING (id % 2 = 1);
SET ROLE ecosystem_reader;
SELECT is(pg_temp.told('domain:secret.com'), pg_temp.told('domain:other.com'), 'a policy: a common domain is estimated as any');
SELECT is(pg_temp.told('name:secretcompany@US'), pg_temp.told('name:othercompany@US'), 'a name');
SELECT is(pg_temp.told('lei:5493006MHB84DD0ZWV18'), pg_temp.told('lei:529900T8BM49AURSDO55'), 'an id');
SELECT is(pg_temp.estimate('SELECT FROM public.guarded g JOIN (VALUES (''domain:secret.com''::company_identity)) v (identity) ON g.identity && v.identity'),
	pg_temp.estimate('SELECT FROM public.guarded g JOIN (VALUES (''domain:other.com''::company_identity)) v (identity) ON g.identity && v.identity'), 'a join');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
