-- An Ecosystem Aggregate that processes do together can be cancelled at any moment:
-- while it reads, while the leader waits, adds what others have, and while it is read.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET jit = off;
SELECT plan(3);

CREATE TABLE public.whole_cancel AS SELECT i::bigint / 3 AS deal_id, (hashint4(i) & 1048575) % 3000 AS partner_id FROM generate_series(1, 600000) i;
ANALYZE public.whole_cancel;

\ir plan.psql
\ir delay.psql
\set query 'SELECT count(*) FROM (SELECT partner_network_agg(deal_id, partner_id) AS net FROM public.whole_cancel) n, partner_pairs(net)'
SELECT alike(pg_temp.plan_of(:'query'), '%Parallel Custom Scan (Ecosystem Aggregate)%', 'by several');
\ir cancelled.psql
DROP TABLE public.whole_cancel;
SELECT * FROM finish();
ROLLBACK;
