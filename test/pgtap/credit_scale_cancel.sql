-- What adds up and opens the credit of many deals, and of one of millions of
-- touches, stops when it is cancelled.
BEGIN;
SET search_path = ecosystem, public;
SET timezone = 'UTC';
SET max_parallel_workers_per_gather = 0;
SELECT plan(6);

CREATE TABLE public.credit_scale AS
WITH deal AS (
	SELECT d, CASE d % 4 WHEN 0 THEN d - 4 WHEN 1 THEN -d WHEN 2 THEN 9223372036854775807 - (d - 2) ELSE d * 46116860184273 END AS id,
	       CASE WHEN d % 20000 = 0 THEN repeat('é' || d, 1000) ELSE 'Geschäft ' || d END AS name,
	       (d % 100003 - 20000) / 100.0 AS amount, CASE WHEN d % 5 > 0 THEN timestamptz '2026-02-01' END AS closed_at
	FROM   generate_series(1::bigint, 200000) d
)
SELECT d, id, name, amount, closed_at, NULL::bigint AS partner, NULL::text AS role, NULL::timestamptz AS occurred_at, NULL::numeric AS weight FROM deal
UNION ALL
SELECT d, id, name, NULL, NULL, d * t % 3001, (ARRAY['sourcing', 'technical', NULL])[1 + (d + t) % 3], timestamptz '2026-01-01' + d * t % 900 * interval '1 hour', d % 4
FROM   deal, generate_series(1, 3) t WHERE t <= d % 4;
ANALYZE public.credit_scale;

-- A query that is cancelled stops, whatever it is at.  It does so in some tens
-- of milliseconds; a second, as machines have more to do than this, and of three
-- delays the shortest counts.
CREATE TEMP TABLE kept AS SELECT credit_ledger_agg(name || g, amount, 'time_decay', role, partner, occurred_at, closed_at, weight) AS s FROM public.credit_scale, generate_series(1, 3) g;
CREATE TEMP TABLE cut (n int, what text, moment int, query text);
INSERT INTO cut VALUES
	(1, 'taking rows', 200, 'SELECT credit_ledger_agg(id # g, amount, ''linear'', role, partner) FROM public.credit_scale, generate_series(1::bigint, 20) g'),
	(2, 'writing rows', 200, 'SELECT count(*) FROM kept, ledger(s)'),
	(3, 'adding up totals', 60, 'SELECT count(*) FROM kept, partner_totals(s)'),
	(4, 'opening the ledger', 10, 'SELECT count(*) FROM kept, partner_totals(s)'),
	(5, 'a deal of a million touches', 300, 'SELECT sum(c) FROM (SELECT credit(1e9, ''linear'', NULL, g) OVER () AS c FROM generate_series(1::bigint, 1000000) g) q'),
	(6, 'a value of millions', 300, 'SELECT deal_credit_agg(CASE WHEN g = 1 THEN 1e9 END, ''linear'', NULL, g) FROM generate_series(1::bigint, 3000000) g');
\ir delay.psql
CREATE TEMP TABLE delay (n int, delay interval);
SELECT format('SET statement_timeout = %s', moment), try, try, try
FROM   cut, format('INSERT INTO delay SELECT %1$s, pg_temp.delay(%2$L) WHERE NOT EXISTS (SELECT FROM delay WHERE n = %1$s AND delay < ''1 s'')', n, query) try
ORDER  BY n
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT min(delay) FROM delay d WHERE d.n = c.n), '<', interval '1 s', what) FROM cut c ORDER BY n;
DROP TABLE public.credit_scale;
SELECT * FROM finish();
ROLLBACK;
