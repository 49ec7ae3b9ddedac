-- Ecosystem Collect is there for the first query of a session, which has not
-- called anything of the library.
SET client_min_messages = warning;
CREATE SCHEMA collect_first;
CREATE TABLE collect_first.deal AS SELECT d AS deal_id, d * 10.00 AS amount, 'linear'::text AS rule, date '2026-01-01' AS opened_at FROM generate_series(1, 3000) d;
CREATE TABLE collect_first.touch AS SELECT t % 3000 AS deal_id, 'P' || t % 9 AS partner, 'demo'::text AS kind, date '2026-01-02' AS occurred_at, t % 7 * 1.0 AS weight FROM generate_series(1, 30000) t;
ANALYZE collect_first.deal, collect_first.touch;
CREATE FUNCTION collect_first.plan_of(query text) RETURNS text LANGUAGE plpgsql SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
	result json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO result;
	RETURN result;
END
$$;
\set joined 'FROM collect_first.deal d LEFT JOIN collect_first.touch t ON d.deal_id = t.deal_id'
\c -
SELECT collect_first.plan_of('SELECT d.deal_id, ecosystem.deal_motion_agg(kind, occurred_at, opened_at) ' || :'joined' || ' GROUP BY d.deal_id') AS motion \gset
\c -
SELECT collect_first.plan_of('SELECT ecosystem.apportion(amount, weight) OVER (PARTITION BY d.deal_id) ' || :'joined') AS apportion \gset
\c -
SELECT collect_first.plan_of('SELECT ecosystem.credit(amount, NULL, NULL, partner) OVER (PARTITION BY d.deal_id) ' || :'joined') AS window \gset
SET client_min_messages = warning;
DROP SCHEMA collect_first CASCADE;
SELECT public.plan(3);
SELECT public.alike(:'motion'::text, '%Ecosystem Collect%', 'an aggregate of motion');
SELECT public.alike(:'apportion'::text, '%Ecosystem Collect%', 'a window function');
SELECT public.alike(:'window'::text, '%Ecosystem Collect%', 'credit');
SELECT * FROM public.finish();
