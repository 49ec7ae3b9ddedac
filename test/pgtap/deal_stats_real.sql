-- deal_stats on real deals: a CRM's pipeline of 8,800, where there is a copy
-- of it beside the repository
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(11);

\set present `test -r ../shared/data/maven_crm/sales_pipeline.csv && echo true || echo false`
\if :present
CREATE TABLE public.pipeline (opportunity_id text, sales_agent text, product text, account text,
	deal_stage text, engage_date date, close_date date, close_value numeric);
\copy public.pipeline FROM '../shared/data/maven_crm/sales_pipeline.csv' WITH (FORMAT csv, HEADER)
CREATE VIEW public.pipeline_deal AS
SELECT *, CASE WHEN deal_stage IN ('Won', 'Lost') THEN deal_stage END AS outcome FROM public.pipeline;
CREATE TEMP TABLE built AS SELECT deal_stats_agg(close_value, outcome, engage_date, close_date) AS s FROM public.pipeline_deal;

SELECT is(deals(s), 8800::bigint, 'deals') FROM built;
SELECT is(won(s), 4238::bigint, 'won') FROM built;
SELECT is(lost(s), 2473::bigint, 'lost') FROM built;
SELECT is(won_amount(s), 10005534::numeric, 'won amount') FROM built;
SELECT is(win_rate(s), 4238 / 6711.0::double precision, 'win rate') FROM built;
SELECT results_eq('SELECT open(s), without_amount(s), without_cycle(s), lost_amount(s) FROM built',
	$$SELECT count(*) FILTER (WHERE outcome IS NULL), count(*) FILTER (WHERE close_value IS NULL),
	         count(*) FILTER (WHERE outcome IS NOT NULL AND (close_date - engage_date >= 0) IS NOT TRUE),
	         sum(close_value) FILTER (WHERE outcome = 'Lost') FROM public.pipeline_deal$$, 'what is open and what is missing');
SELECT results_eq('SELECT mean_amount(s), mean_cycle(s) FROM built',
	$$SELECT avg(close_value), avg(close_date - engage_date) FROM public.pipeline WHERE deal_stage = 'Won'$$, 'means');
CREATE VIEW public.percent AS SELECT i / 100.0::double precision AS q FROM generate_series(0, 100) i;
SELECT results_eq('SELECT q, cycle_quantile(s, q) FROM built, public.percent ORDER BY 1',
	$$SELECT q, percentile_disc(q) WITHIN GROUP (ORDER BY close_date - engage_date) FROM public.pipeline, public.percent
	  WHERE deal_stage = 'Won' GROUP BY 1 ORDER BY 1$$, 'every percentile of the cycle');
SELECT is(max(abs(amount_quantile(s, q) / exact - 1)) <= 0.01, true, 'every percentile of the amount, within 1 %')
FROM built, (SELECT q, percentile_disc(q) WITHIN GROUP (ORDER BY close_value) AS exact FROM public.pipeline, public.percent
             WHERE deal_stage = 'Won' GROUP BY 1) e;
SELECT results_eq($$SELECT sales_agent, won(s), win_rate(s), won_amount(s), cycle_quantile(s, 0.5)
		FROM (SELECT sales_agent, deal_stats_agg(close_value, outcome, engage_date, close_date) AS s FROM public.pipeline_deal GROUP BY 1) a ORDER BY 1$$,
	$$SELECT sales_agent, count(*) FILTER (WHERE outcome = 'Won'), count(*) FILTER (WHERE outcome = 'Won') / count(outcome)::double precision,
	         sum(close_value) FILTER (WHERE outcome = 'Won'), percentile_disc(0.5) WITHIN GROUP (ORDER BY close_date - engage_date) FILTER (WHERE outcome = 'Won')
	  FROM public.pipeline_deal GROUP BY 1 ORDER BY 1$$, 'by sales agent');
SELECT is((SELECT rollup(part) FROM (SELECT deal_stats_agg(close_value, outcome, engage_date, close_date) FROM public.pipeline_deal
		GROUP BY sales_agent, product, date_trunc('month', close_date)) p(part)), s, 'by agent, product and month, rolled up') FROM built;
\else
\echo '# SKIPPED: ../shared/data/maven_crm/sales_pipeline.csv is not there'
SELECT skip('../shared/data/maven_crm/sales_pipeline.csv is not there', 11);
\endif

SELECT * FROM finish();
ROLLBACK;
