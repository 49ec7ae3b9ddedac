-- An Ecosystem Collect, one that writes batches, can be cancelled at any moment: the query
-- ends within some tens of milliseconds, whatever it is at.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SELECT plan(6);

CREATE TABLE public.collect_cancel AS SELECT i AS deal_id, repeat('x', 60) AS pad, i * 1.00 AS amount, hashint4(i) % 300000 AS other, 1 + (i % 10 = 0)::int AS few FROM generate_series(1, 500000) i;
ANALYZE public.collect_cancel;
SET work_mem = '20MB';

\ir delay.psql
\set query 'SELECT count(s), max(p) FROM (SELECT deal_motion_agg(y.pad, date ''2026-01-01'', date ''2026-01-01'') AS s, max(x.pad) AS p FROM public.collect_cancel x LEFT JOIN public.collect_cancel y ON y.other = x.deal_id GROUP BY x.deal_id) q'
\ir cancelled.psql

-- and one that answers for a deal of half a million touches
DROP TABLE delay;
\set query 'SELECT count(c) FROM (SELECT credit(x.amount, ''linear'', NULL, y.deal_id::bigint) OVER (PARTITION BY x.deal_id) AS c FROM public.collect_cancel x JOIN public.collect_cancel y ON y.few = x.deal_id) q'
\ir cancelled.psql

-- and one that several processes do together, which the leader waits for to have gone,
-- as in any parallel query
\set within '0.3 s'
DROP TABLE delay;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
\set query 'SELECT count(s), max(p) FROM (SELECT deal_motion_agg(y.pad, date ''2026-01-01'', date ''2026-01-01'') AS s, max(x.pad) AS p FROM public.collect_cancel x LEFT JOIN public.collect_cancel y ON y.other = x.deal_id GROUP BY x.deal_id) q'
\ir cancelled.psql
DROP TABLE public.collect_cancel;
SELECT * FROM finish();
ROLLBACK;
