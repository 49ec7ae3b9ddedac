-- Leads among hundreds of thousands of parties, and networks of as many nodes,
-- can be cancelled at any moment: the query ends within some tens of
-- milliseconds.
BEGIN;
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
SELECT plan(3);

CREATE TABLE public.lead_cancel AS
SELECT md5((g * 7919::bigint % 300007)::text) AS giver, md5((g * 104729::bigint % 300007)::text) AS receiver, g % 100 AS amount FROM generate_series(1, 250000) g;
ANALYZE public.lead_cancel;

CREATE TEMP TABLE form (form text, query text);
INSERT INTO form VALUES
	('lead_flows', 'SELECT count(*) FROM (SELECT lead_flow_agg(giver, receiver, amount) AS s FROM public.lead_cancel) q, lead_flows(q.s)'),
	('lead_reciprocity', 'SELECT count(*) FROM (SELECT lead_flow_agg(giver, receiver, amount) AS s FROM public.lead_cancel) q, lead_reciprocity(q.s)'),
	('network_totals', 'SELECT count(*) FROM (SELECT partner_network_agg(giver, left(receiver, 3)) AS s FROM public.lead_cancel) q, network_totals(q.s)');

\ir delay.psql
-- A machine may have more to do than this: the shortest of three delays counts.
CREATE TEMP TABLE delay (form text, moment int, delay interval);
SELECT format('SET statement_timeout = %s', moment),
       format('INSERT INTO delay SELECT %L, %s, pg_temp.delay(%L)', form, moment, query), again, again
FROM   form, pg_temp.took(query), generate_series(1, 4) fifth, greatest(took * fifth / 5, 1) moment,
       format('INSERT INTO delay SELECT %1$L, %2$s, pg_temp.delay(%3$L) WHERE (SELECT min(delay) > ''0.1 s'' FROM delay WHERE form = %1$L AND moment = %2$s)', form, moment, query) again
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay WHERE form = f.form GROUP BY moment) d), '<', interval '0.2 s', form || ': cancelled') FROM form f;
DROP TABLE public.lead_cancel;
SELECT * FROM finish();
ROLLBACK;
