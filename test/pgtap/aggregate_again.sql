-- A group that is kept is finished again each time that it is read again, by core's
-- hash and by the node, and is what it was: a final function that used its state
-- up would show here.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL jit = off;

CREATE TABLE public.again AS
SELECT i % 3 AS g, i, 'r' || i AS id, 'P' || i % 7 AS partner, i % 7 AS partner_id, identify(website => 's' || i % 50 || '.com') AS identity, ('s' || i % 50 || '.com')::company_domain AS domain,
       (i * 1.37)::numeric(12, 2) AS amount, (ARRAY['won', 'lost', 'open'])[1 + i % 3] AS outcome, timestamptz '2025-06-01' + i * interval '7 hours' AS opened_at,
       timestamptz '2026-01-01' + i * interval '13 hours' AS closed_at, date '2026-01-01' + i AS day, (ARRAY['email', 'partner_introduction', 'demo'])[1 + i % 3] AS kind
FROM   generate_series(1, 300) i;
ANALYZE public.again;
SET LOCAL enable_material = off;
SET LOCAL enable_sort = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;

CREATE TEMP TABLE call (call text);
INSERT INTO call VALUES ('blinded_profile(NULL::blinded_identity)'), ('company_resolution_agg(partner, id, identity)'), ('company_set_agg(i::bigint)'), ('company_set_union_agg((''{'' || i || ''}'')::company_set)'),
	('company_set_intersect_agg((''{1,'' || g + 2 || ''}'')::company_set)'), ('credit_comparison_agg(''{linear,u_shaped}''::text[], i, amount, NULL, partner, opened_at, closed_at)'), ('credit_ledger_agg(i, amount, ''linear'', NULL, partner)'),
	('credit_ledger_agg(id, amount, ''time_decay'', NULL, partner_id, opened_at, closed_at)'), ('deal_credit_agg(CASE WHEN i < 4 THEN 100.00 END, ''linear'', NULL, partner)'),
	('deal_lift_agg(partner_id < 3, amount, outcome, opened_at, closed_at, partner)'), ('deal_motion_agg(kind, opened_at, timestamptz ''2025-06-05'')'), ('deal_stats_agg(amount, outcome, opened_at, closed_at)'),
	('ecosystem_roi_agg(''return'', kind, amount, day)'), ('identity_quality_agg(domain::text, partner, NULL)'), ('involvement_summary_agg(NULL::deal_motion, amount, true, false)'), ('lead_flow_agg(partner, kind, amount)'),
	('max(domain)'), ('min(domain)'), ('overlap_matrix_agg(partner, domain, id)'), ('overlap_matrix_agg(kind, i::bigint)'), ('partner_network_agg(i::bigint, partner)'), ('partner_network_agg(id, partner_id::bigint, amount)'),
	('predictability_agg(closed_at, amount)'), ('removal_effect_agg(ARRAY[partner, kind], outcome = ''won'', amount)'), ('revenue_stats_agg(amount, amount + i)'), ('shapley_agg(ARRAY[partner, kind], outcome = ''won'', amount)'),
	('survival_agg(opened_at, closed_at, timestamptz ''2026-06-01'')');

CREATE FUNCTION pg_temp.again(call text, how text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	query constant text := format('SELECT x, g, r.c::text AS c FROM generate_series(1, 4) x LEFT JOIN (SELECT g, %s AS c FROM public.again GROUP BY g) r ON x > g', call);
	plan text;
	result text;
BEGIN
	PERFORM set_config('ecosystem.enable_aggregate', how, true), set_config('enable_hashagg', CASE how WHEN 'on' THEN 'off' ELSE 'on' END, true);
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	EXECUTE format('SELECT concat_ws('' '', count(*), ''rows of'', count(DISTINCT g), ''groups,'', count(DISTINCT (g, c)), ''values'') FROM (%s) q', query) INTO result;
	RETURN CASE WHEN plan LIKE CASE how WHEN 'on' THEN '%Ecosystem Aggregate%' ELSE '%"Hashed"%' END THEN result ELSE plan END;
END $$;

SELECT plan((2 * count(*) + 1)::int) FROM call;
SELECT is(pg_temp.again(call, how), '9 rows of 3 groups, 3 values', format('%s, own node %s', call, how)) FROM call, unnest('{on,off}'::text[]) how;
SELECT set_eq($$SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'ecosystem' WHERE p.prokind = 'a' AND p.proname <> 'rollup'$$,
	$$SELECT DISTINCT split_part(call, '(', 1)::name FROM call$$, 'all aggregates');
SELECT * FROM finish();
ROLLBACK;
