-- An Overlap Join that writes batches can be cancelled at any moment: the query
-- ends within some tens of milliseconds, whatever it is at.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SELECT plan(2);

CREATE TABLE public.overlap_cancel AS
SELECT i AS id, repeat('x', 60) AS pad, identify(website => 'site' || i || '.com', ids => ARRAY['crm:' || i % 300000, 'hub:' || i]) AS identity
FROM   generate_series(1, 300000) i;
ANALYZE public.overlap_cancel;
SET work_mem = '40MB';

\ir delay.psql
\set query 'SELECT count(x.pad) FROM public.overlap_cancel x JOIN public.overlap_cancel y ON x.identity && y.identity AND x.pad = y.pad'
\ir cancelled.psql
DROP TABLE public.overlap_cancel;
SELECT * FROM finish();
ROLLBACK;
