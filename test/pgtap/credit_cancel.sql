-- credit of one deal that has millions of touches can be cancelled at any moment:
-- the query ends within some tens of milliseconds, in each form and whatever it
-- is at.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SET ecosystem.ledger_memory = '1GB';
SELECT plan(6);

CREATE TABLE public.credit_cancel AS
SELECT 1::bigint AS deal, CASE WHEN g = 1 THEN 123456789.12 END AS stated, 123456789.12 AS amount, g * 7919::bigint % 250007 AS partner,
       (ARRAY['sourcing', 'technical'])[1 + g % 2] AS role, timestamptz '2025-01-01' + g * 104729::bigint % 31000000 * interval '1 s' AS occurred_at, g % 10 AS weight
FROM   generate_series(1, 1000000) g;
ANALYZE public.credit_cancel;

CREATE TEMP TABLE form (form text, query text);
INSERT INTO form VALUES
	('window', 'SELECT sum(c) FROM (SELECT credit(amount, ''u_shaped'', role, partner, occurred_at, NULL, weight) OVER (PARTITION BY deal) AS c FROM public.credit_cancel) q'),
	('deal_credit', 'SELECT count(*) FROM (SELECT deal_credit_agg(stated, ''linear'', role, partner, occurred_at, NULL::timestamptz, weight) AS s FROM public.credit_cancel) q, credits(q.s)'),
	('ledger', 'SELECT count(l.amount), count(l.share), count(l.reason) FROM (SELECT credit_ledger_agg(deal, stated, ''engagement(half_life=30d)'', role, partner, occurred_at, NULL::timestamptz, weight) AS s FROM public.credit_cancel) q, ledger(q.s) l'),
	('partner_totals', 'SELECT count(*) FROM (SELECT credit_ledger_agg(deal, stated, ''role_split(sourcing=40, technical=20)'', role, partner, occurred_at, NULL::timestamptz, weight) AS s FROM public.credit_cancel) q, partner_totals(q.s)'),
	('ledger_comparison', 'SELECT count(l.amounts) FROM (SELECT credit_comparison_agg(''{linear,u_shaped,time_decay,"role_split(sourcing=40, technical=20)"}'', deal, stated, role, partner, occurred_at, NULL::timestamptz, weight) AS s
	  FROM public.credit_cancel) q, ledger_comparison(q.s) l');

\ir delay.psql
-- A machine may have more to do than this: the shortest of three delays counts.
CREATE TEMP TABLE delay (form text, moment int, delay interval);
SELECT format('SET statement_timeout = %s', moment),
       format('INSERT INTO delay SELECT %L, %s, pg_temp.delay(%L)', form, moment, query), again, again
FROM   form, unnest('{200,450,700,950}'::int[]) moment,
       format('INSERT INTO delay SELECT %1$L, %2$s, pg_temp.delay(%3$L) WHERE (SELECT min(delay) > ''0.05 s'' FROM delay WHERE form = %1$L AND moment = %2$s)', form, moment, query) again
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay WHERE form = f.form GROUP BY moment) d), '<', interval '0.1 s', form || ': cancelled') FROM form f;
SELECT is(count(DISTINCT form), 5::bigint, 'each form at some moment') FROM delay WHERE delay IS NOT NULL;
DROP TABLE public.credit_cancel;
SELECT * FROM finish();
ROLLBACK;
