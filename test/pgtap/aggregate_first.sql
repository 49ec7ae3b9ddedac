-- Ecosystem Aggregate is there for the first query of a session, which has not
-- called anything of the library.
SET client_min_messages = warning;
CREATE SCHEMA aggregate_first;
CREATE TABLE aggregate_first.deal AS SELECT d AS deal_id, 'P' || d % 9 AS partner, d * 10.00 AS amount, 'won'::text AS outcome, date '2026-01-01' + d % 90 AS closed_at FROM generate_series(1, 9000) d;
ANALYZE aggregate_first.deal;
CREATE FUNCTION aggregate_first.plan_of(query text) RETURNS text LANGUAGE plpgsql SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
	result json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO result;
	RETURN result;
END
$$;
\c -
SELECT aggregate_first.plan_of('SELECT partner, ecosystem.deal_stats_agg(amount, outcome) FROM aggregate_first.deal GROUP BY 1') AS stats \gset
\c -
SELECT aggregate_first.plan_of('SELECT partner, ecosystem.partner_network_agg(deal_id, partner) FROM aggregate_first.deal GROUP BY 1') AS network \gset
SET client_min_messages = warning;
DROP SCHEMA aggregate_first CASCADE;
SELECT public.plan(2);
SELECT public.alike(:'stats'::text, '%Ecosystem Aggregate%', 'statistics of deals');
SELECT public.alike(:'network'::text, '%Ecosystem Aggregate%', 'a network');
SELECT * FROM public.finish();
