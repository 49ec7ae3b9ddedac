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
-- A machine may have more to do than this: the shortest of some delays counts.
CREATE TEMP TABLE delay (moment int, delay interval);
SELECT format('SET statement_timeout = %s', moment), format('INSERT INTO delay SELECT %s, pg_temp.delay(%L)', moment, query), again, again, again
FROM   (VALUES ('SELECT count(x.pad) FROM public.overlap_cancel x JOIN public.overlap_cancel y ON x.identity && y.identity AND x.pad = y.pad')) q (query),
       pg_temp.took(query), generate_series(1, 10) tenth, greatest(took * tenth / 11, 1) moment,
       format('INSERT INTO delay SELECT %1$s, pg_temp.delay(%2$L) WHERE (SELECT min(delay) > ''0.05 s'' FROM delay WHERE moment = %1$s)', moment, query) again
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay GROUP BY moment) d), '<', interval '0.1 s', 'cancelled');
SELECT cmp_ok(count(DISTINCT moment), '>', 3::bigint, 'at several moments') FROM delay WHERE delay IS NOT NULL;
SELECT diag(string_agg(moment || ': ' || shortest, ', ' ORDER BY moment)) FROM (SELECT moment, min(delay) AS shortest FROM delay GROUP BY moment) d WHERE shortest > '0.1 s' HAVING count(*) > 0;
DROP TABLE public.overlap_cancel;
SELECT * FROM finish();
ROLLBACK;
