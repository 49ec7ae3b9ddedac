-- metric_oracle: the numbers of overlap, involvement, credit and pipeline that a mart of the demo CRM has are those that
-- statements on the demo's own tables give
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL search_path = ecosystem, crm, public;
SELECT plan(22);

-- The statements count touches as evidence and not roles, and credit every deal by roles.
CALL create_mart('m');
CALL bind_demo('m');
UPDATE m.setting SET role_evidence = false;
UPDATE m.split_policy SET model = 'role_split(sourcing=50, technical=30, influencing=10, co_sell=10)' WHERE program = 'resale';
CALL refresh_mart('m');

CREATE TEMP TABLE driven AS
SELECT d.*, motion, involvement(motion) AS class, origin(motion) AS origin, (closed_at AT TIME ZONE 'UTC')::date AS closed_on, date_trunc('quarter', closed_at AT TIME ZONE 'UTC')::date AS quarter
FROM   deal d JOIN (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM deal LEFT JOIN touch USING (deal_id) GROUP BY deal_id) m USING (deal_id);
CREATE TEMP TABLE involved AS
SELECT d.*, q.partner_id, origin(q.motion) AS by_partner
FROM  (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM touch JOIN deal USING (deal_id) GROUP BY deal_id, partner_id) q JOIN driven d USING (deal_id)
WHERE  involvement(q.motion) IN ('involved', 'led');
CREATE TEMP TABLE credited AS
SELECT d.deal_id, d.amount, (d.closed_at AT TIME ZONE 'UTC')::date AS closed_on, d.on_partner_paper, r.partner_id, r.role,
       credit(d.amount, p.model::credit_model, role, partner_id) OVER (PARTITION BY d.deal_id) AS credit
FROM   deal d JOIN deal_partner r USING (deal_id)
       JOIN m.split_policy p ON p.program = d.program AND (d.closed_at AT TIME ZONE 'UTC')::date BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
WHERE  outcome = 'won';
CREATE TEMP TABLE known AS
SELECT DISTINCT a.account_id, a.segment, r.partner_id
FROM   account a JOIN partner_account r ON identify(website => a.website, name => a.name, country => a.country) && identify(website => r.website, name => r.name, country => r.country);
CREATE TEMP VIEW had AS SELECT metric, scope, scope_id, period_starts, value, numerator, denominator FROM m.metric;
CREATE FUNCTION pg_temp.number(metric text, scope_id text DEFAULT '', period_starts date DEFAULT NULL) RETURNS numeric LANGUAGE sql AS
	'SELECT value FROM m.metric m WHERE (m.metric, m.scope_id) = ($1, $2) AND m.period_starts IS NOT DISTINCT FROM $3 AND m.scope IN (''network'', ''partner'', ''involvement'', ''marketplace'')';

-- Overlap: two records may be one company through a third, which the statement cannot see
SELECT is_empty($$SELECT k.* FROM (SELECT partner_id, count(*) AS n, count(*) FILTER (WHERE segment = 'customer') AS customers FROM known GROUP BY 1) k
	WHERE abs(n - pg_temp.number('shared_accounts', partner_id)) > greatest(5, 0.03 * n) OR abs(customers - pg_temp.number('shared_customers', partner_id)) > greatest(5, 0.03 * customers)$$,
	'accounts and customers known to a partner, but for the few that are recognised through a third record');
SELECT results_eq($$SELECT value FROM had WHERE metric = 'overlap_density' AND scope = 'network'$$, $$SELECT round(avg(n), 6) FROM (SELECT (SELECT count(*) FROM m.account_overlap o WHERE o.account_id = d.account_id) AS n
	FROM (SELECT DISTINCT account_id FROM deal WHERE outcome = 'open') d) a$$, 'partners at accounts with an open deal');
SELECT is(pg_temp.number('overlap_sourced_pipeline_share'), (SELECT round(sum(amount) FILTER (WHERE EXISTS (SELECT FROM touch t WHERE t.deal_id = d.deal_id AND t.kind = 'overlap_signal' AND t.occurred_at <= d.opened_at)
		AND 'sourcing' = ANY (led_axes(motion))) / sum(amount), 6) FROM driven d WHERE outcome = 'open'), 'pipeline that began with an overlap');
-- Involvement
SELECT results_eq($$SELECT period_starts, value FROM had WHERE metric = 'influenced_revenue_share' AND scope = 'network' ORDER BY 1$$, $$SELECT quarter, round(coalesce(sum(amount) FILTER (WHERE class IN ('involved', 'led')), 0) / sum(amount), 6)
	FROM driven WHERE outcome = 'won' GROUP BY ROLLUP (quarter) ORDER BY 1$$, 'touched revenue, now and by quarter');
SELECT results_eq($$SELECT scope_id, period_starts, value FROM had WHERE metric = 'led_revenue_share' AND scope = 'deal_type' ORDER BY 1, 2$$, $$SELECT type, quarter, round(coalesce(sum(amount) FILTER (WHERE class = 'led'), 0) / sum(amount), 6)
	FROM driven WHERE outcome = 'won' GROUP BY GROUPING SETS ((type), (type, quarter)) ORDER BY 1, 2$$, 'led revenue, by type of deal');
SELECT results_eq($$SELECT period_starts, numerator, denominator FROM had WHERE metric = 'led_deal_share' AND scope = 'network' ORDER BY 1$$, $$SELECT quarter, count(*) FILTER (WHERE class = 'led')::numeric, count(*)::numeric
	FROM driven WHERE outcome = 'won' GROUP BY ROLLUP (quarter) ORDER BY 1$$, 'led deals');
SELECT is(pg_temp.number('influenced_pipeline_share'), (SELECT round(touched_share(involvement_summary_agg(motion, amount, outcome = 'won', outcome = 'open'), 'amount', 'open'), 6) FROM driven), 'touched pipeline');
SELECT is(pg_temp.number('touched_not_led_share'), (SELECT round(sum(amount) FILTER (WHERE class = 'involved') / sum(amount), 6) FROM driven WHERE outcome = 'won'), 'the gap');
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'influenced_revenue' AND scope = 'partner' AND period_starts IS NULL$$, $$SELECT partner_id, sum(amount)::numeric(24,6) FROM involved WHERE outcome = 'won' GROUP BY 1$$, 'what each partner touched');
SELECT set_eq($$SELECT involvement, won, round(variation, 2) AS v, round(chance_variation, 2) AS c FROM m.revenue_predictability$$, $$SELECT class, p.amounts::integer, round(p.variation::numeric, 2) AS v, round(p.chance_variation::numeric, 2) AS c FROM (
	SELECT class, predictability_agg(closed_on, amount, NULL::numeric) AS s FROM driven WHERE outcome = 'won' AND closed_on >= date '2026-07-01' - interval '27 months' GROUP BY class) q, predictability(s) p$$, 'how evenly it comes');
SELECT results_eq($$SELECT involvement, round(forecast_error, 2), round(forecast_bias, 2) FROM m.revenue_predictability WHERE involvement IN ('led', 'involved', 'direct') ORDER BY 1$$,
	$$VALUES ('direct', 0.47, -0.22), ('involved', 0.36, -0.22), ('led', 0.48, -0.45)$$, 'and how far off a forecast was, as documented before');
-- Credit
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'credited_revenue' AND scope = 'partner' AND period_starts IS NULL$$, $$SELECT partner_id, sum(credit)::numeric(24,6) FROM credited GROUP BY 1 HAVING count(credit) > 0 AND sum(credit) <> 0$$, 'credit of partners');
SELECT is(pg_temp.number('influence_revenue'), (SELECT sum(credit)::numeric(24,6) FROM credited WHERE partner_id IS DISTINCT FROM on_partner_paper), 'of those who did not transact');
SELECT set_eq($$SELECT replace(metric, '_credit_share', ''), value FROM had WHERE metric ~ '_credit_share$' AND metric !~ 'investment' AND scope = 'network' AND period_starts IS NULL$$, $$SELECT role, round(sum(credit) / sum(amount), 6) FROM (
	SELECT deal_id, role, amount, sum(credit) AS credit FROM credited WHERE on_partner_paper IS NULL AND closed_on > date '2026-09-30' - interval '1 year' GROUP BY 1, 2, 3 HAVING sum(credit) > 0) r GROUP BY role$$, 'how the roles share it');
SELECT is(pg_temp.number('sourced_to_influenced_ratio'), (SELECT round(sum(amount) FILTER (WHERE origin = 'partner_sourced') / sum(amount) FILTER (WHERE origin NOT IN ('partner_sourced', 'unpartnered')), 6) FROM driven WHERE outcome = 'won'), 'sourced to influenced');
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'channel_bookings' AND scope = 'partner' AND period_starts IS NULL$$, $$SELECT on_partner_paper, sum(amount)::numeric(24,6) FROM deal WHERE outcome = 'won' AND on_partner_paper IS NOT NULL GROUP BY 1$$, 'bookings of the channel');
SELECT is(pg_temp.number('channel_share_of_new_business'), (SELECT round(sum(amount) FILTER (WHERE on_partner_paper IS NOT NULL) / sum(amount), 6) FROM deal WHERE type = 'new' AND outcome = 'won'), 'and its share of new business');
-- Pipeline
SELECT results_eq($$SELECT metric, value FROM had WHERE metric IN ('sourced_arr', 'influenced_arr', 'attributed_arr') AND scope = 'network' AND period_starts IS NULL ORDER BY 1$$,
	$$SELECT v.* FROM (SELECT sum(arr) AS a, sum(arr) FILTER (WHERE origin <> 'partner_sourced') AS i, sum(arr) FILTER (WHERE origin = 'partner_sourced') AS s FROM driven
		WHERE outcome = 'won' AND class IN ('involved', 'led') AND closed_on > date '2026-09-30' - interval '1 year') q, LATERAL (VALUES ('attributed_arr', a), ('influenced_arr', i), ('sourced_arr', s)) v$$, 'recurring revenue of the last four quarters');
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'sourced_arr' AND scope = 'partner' AND period_starts IS NULL$$, $$SELECT partner_id, sum(arr)::numeric(24,6) FROM involved
	WHERE outcome = 'won' AND by_partner = 'partner_sourced' AND closed_on > date '2026-09-30' - interval '1 year' GROUP BY 1$$, 'and of partners');
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'partner_pipeline_influence' AND scope = 'partner'$$, $$SELECT partner_id, round(sum(amount) / (SELECT sum(amount) FROM deal WHERE outcome = 'open'), 6) FROM involved WHERE outcome = 'open' GROUP BY 1$$, 'pipeline of partners');
SELECT set_eq($$SELECT scope_id, value FROM had WHERE metric = 'marketplace_pipeline'$$, $$SELECT coalesce(marketplace, ''), sum(amount)::numeric(24,6) FROM deal WHERE outcome = 'open' AND marketplace IS NOT NULL GROUP BY ROLLUP (marketplace)$$, 'of marketplaces');
SELECT results_eq($$SELECT metric, round(value, 3) FROM had WHERE metric ~ 'pipeline_seasonality' ORDER BY 1$$, $$SELECT CASE line WHEN 'other' THEN 'other' ELSE 'sourced' END || '_pipeline_seasonality', round((stddev_samp(amount - trend) / avg(amount))::numeric, 3)
	FROM (SELECT line, amount, regr_intercept(amount, n) OVER w + n * regr_slope(amount, n) OVER w AS trend FROM (SELECT CASE origin WHEN 'partner_sourced' THEN 'sourced' ELSE 'other' END AS line,
		4 * date_part('year', opened_at) + date_part('quarter', opened_at) AS n, sum(amount) AS amount FROM driven GROUP BY 1, 2) q WINDOW w AS (PARTITION BY line)) t GROUP BY line ORDER BY 1$$, 'and its seasons');

SELECT * FROM finish();
ROLLBACK;
