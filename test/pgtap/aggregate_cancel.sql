-- An Ecosystem Aggregate that writes rows to files can be cancelled at any moment: the
-- query ends within some tens of milliseconds, whatever it is at.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SELECT plan(2);

CREATE TABLE public.aggregate_cancel AS SELECT i AS deal_id, repeat('x', 60) || hashint4(i) % 300000 AS note, i * 1.00 AS amount, date '2026-01-01' + i % 900 AS closed_at FROM generate_series(1, 500000) i;
ANALYZE public.aggregate_cancel;
SET work_mem = '10MB';
SET enable_sort = off;

\ir delay.psql
\set query 'SELECT count(s), max(note) FROM (SELECT note, date_trunc(''month'', closed_at), deal_stats_agg(amount, ''won'') AS s FROM public.aggregate_cancel GROUP BY 1, 2) q'
\ir cancelled.psql
DROP TABLE public.aggregate_cancel;
SELECT * FROM finish();
ROLLBACK;
