-- An Ecosystem Collect that writes batches can be cancelled at any moment: the query
-- ends within some tens of milliseconds, whatever it is at.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SELECT plan(2);

CREATE TABLE public.collect_cancel AS SELECT i AS deal_id, repeat('x', 60) AS pad, i * 1.00 AS amount, hashint4(i) % 300000 AS other FROM generate_series(1, 500000) i;
ANALYZE public.collect_cancel;
SET work_mem = '20MB';

\ir delay.psql
-- A machine may have more to do than this: the shortest of some delays counts.
CREATE TEMP TABLE delay (moment int, delay interval);
SELECT format('SET statement_timeout = %s', moment), format('INSERT INTO delay SELECT %s, pg_temp.delay(%L)', moment, query), again, again, again
FROM   (VALUES ('SELECT count(s), max(p) FROM (SELECT deal_motion_agg(y.pad, date ''2026-01-01'', date ''2026-01-01'') AS s, max(x.pad) AS p FROM public.collect_cancel x LEFT JOIN public.collect_cancel y ON y.other = x.deal_id GROUP BY x.deal_id) q')) q (query),
       pg_temp.took(query), generate_series(1, 10) tenth, greatest(took * tenth / 11, 1) moment,
       format('INSERT INTO delay SELECT %1$s, pg_temp.delay(%2$L) WHERE (SELECT min(delay) > ''0.05 s'' FROM delay WHERE moment = %1$s)', moment, query) again
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay GROUP BY moment) d), '<', interval '0.1 s', 'cancelled');
SELECT cmp_ok(count(DISTINCT moment), '>', 3::bigint, 'at several moments') FROM delay WHERE delay IS NOT NULL;
SELECT diag(string_agg(moment || ': ' || shortest, ', ' ORDER BY moment)) FROM (SELECT moment, min(delay) AS shortest FROM delay GROUP BY moment) d WHERE shortest > '0.1 s' HAVING count(*) > 0;
DROP TABLE public.collect_cancel;
SELECT * FROM finish();
ROLLBACK;
