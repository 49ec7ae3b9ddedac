-- mart_customers: how customers stay, what they are worth and what the program brings, in a mart of the demo CRM, as statements over the CRM itself say

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(65);

CALL create_mart('elg');
CALL bind_demo('elg');
-- The statements read roles for credit alone, as those of the CRM do.
UPDATE elg.setting SET role_evidence = false;
DELETE FROM elg.split_policy;
-- Of all numbers ours, and of all relations what they are made of.
CREATE TEMP VIEW ours AS SELECT metric, fact FROM mart_metric WHERE chapter = 'Customers' OR fact IN ('program_flow', 'partner_return', 'campaign_return', 'forecast_deal') OR report IN ('forecast', 'acquisition_cost');
DELETE FROM elg.metric_definition WHERE (metric, fact) NOT IN (SELECT metric, fact FROM ours);
CALL refresh_mart('elg', '{account,partner,deal,deal_partner,deal_history,touch,subscription,integration_use,investment,channel_spend,survey,joint_solution,account_touch,credit_line,partner_deal,deal_fact,customer_fact,customer_year,retention,retention_curve,integration_fact,survey_fact,joint_sale,program_flow,return_on_ecosystem,partner_return,campaign_return,acquisition_cost,deal_then,win_curve,forecast_deal,forecast,forecast_part,metric}');

-- ---------------------------------------------------------------------------
-- What the statements share
-- ---------------------------------------------------------------------------
SET search_path = crm, ecosystem, public;

CREATE TEMP VIEW today AS SELECT date '2026-09-30' AS day, date '2026-07-01' AS quarter;
CREATE TEMP TABLE driven AS
SELECT d.*, motion, involvement(motion) AS class, origin(motion) AS origin
FROM   deal d JOIN (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
                    FROM   deal LEFT JOIN touch USING (deal_id) GROUP BY deal_id) m USING (deal_id);
CREATE TEMP TABLE involved_partner AS
SELECT deal_id, partner_id, origin(motion) AS origin
FROM  (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
       FROM   touch JOIN deal USING (deal_id) GROUP BY deal_id, partner_id) m
WHERE  involvement(motion) IN ('involved', 'led');
CREATE TEMP TABLE credited AS
SELECT d.deal_id, d.amount, r.partner_id,
       credit(d.amount, 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', role, partner_id) OVER (PARTITION BY d.deal_id) AS credit,
       credit(d.gross_margin, 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', role, partner_id) OVER (PARTITION BY d.deal_id) AS margin_credit
FROM   deal d JOIN deal_partner r USING (deal_id) WHERE outcome = 'won';
CREATE TEMP TABLE customer AS
SELECT s.account_id, s.since, s.lost_on, i.used[1] AS first_integration, i.used[2] AS second_integration, s.arr
FROM  (SELECT account_id, min(period + CASE WHEN opening = 0 THEN 45 ELSE 0 END) AS since,
              max(period + 46) FILTER (WHERE churned > 0) AS lost_on, max(opening + expansion) AS arr
       FROM   subscription GROUP BY account_id) s
       LEFT JOIN (SELECT account_id, array_agg(started_on ORDER BY started_on) AS used FROM integration_use GROUP BY account_id) i USING (account_id);
CREATE TEMP TABLE customer_year AS
WITH year_of AS MATERIALIZED (
	SELECT period, (quarter - make_interval(months => 9, years => extract(year FROM age(quarter, period))::integer))::date AS year
	FROM   today, (SELECT DISTINCT period FROM subscription) p
)
SELECT account_id, year, opening, expansion, contraction, churned, coalesce(integrations, 0)::integer AS integrations
FROM  (SELECT account_id, year, sum(opening) FILTER (WHERE period = year) AS opening, sum(expansion) AS expansion,
              sum(contraction) AS contraction, sum(churned) AS churned
       FROM   subscription JOIN year_of USING (period) GROUP BY 1, 2) s
       LEFT JOIN (SELECT account_id, year, count(*) AS integrations
                  FROM   integration_use JOIN (SELECT DISTINCT year FROM year_of) y ON started_on < year AND coalesce(ended_on, 'infinity') >= year
                  GROUP  BY 1, 2) i USING (account_id, year);
ANALYZE driven, involved_partner, customer, customer_year;

-- ---------------------------------------------------------------------------
-- Customers
-- ---------------------------------------------------------------------------

SELECT results_eq('SELECT account_id, since_on, lost_on, first_integration_on, second_integration_on, highest_arr FROM elg.customer_fact ORDER BY 1',
                  'SELECT account_id, since, lost_on, first_integration, second_integration, arr::numeric(18,2) FROM customer ORDER BY 1',
                  'each customer is followed from and to the same days');
SELECT row_eq($$SELECT count(*), count(*) FILTER (WHERE integrations > 0), count(*) FILTER (WHERE integrations > 1), sum(integrations) FROM elg.customer_fact WHERE is_current$$,
              (SELECT ROW (count(*), count(*) FILTER (WHERE used > 0), count(*) FILTER (WHERE used > 1), sum(used)::bigint)
               FROM  (SELECT s.account_id, count(i.account_id) AS used
                      FROM   today, subscription s LEFT JOIN integration_use i ON i.account_id = s.account_id AND i.ended_on IS NULL
                      WHERE  period = quarter AND churned = 0 GROUP BY s.account_id) c), 'customers of now, those with an integration, and with several');
SELECT results_eq($$SELECT measure, n::bigint, numerator::bigint, value FROM elg.retention WHERE measure LIKE 'ecosystem_depth%' ORDER BY 1$$,
                  $$SELECT metric, count(*), sum(used)::bigint, round(avg(used), 6)
                    FROM  (SELECT account_id, min(closed_at AT TIME ZONE 'UTC')::date AS since FROM deal WHERE type = 'new' AND outcome = 'won' GROUP BY 1) d,
                          (VALUES ('ecosystem_depth_month_6', 6), ('ecosystem_depth_month_12', 12)) m (metric, months),
                           LATERAL (SELECT since + make_interval(months => months) AS then) t,
                           LATERAL (SELECT count(*) AS used FROM integration_use i
                                    WHERE  i.account_id = d.account_id AND i.started_on < t.then AND coalesce(i.ended_on, 'infinity') > t.then) u
                    WHERE  t.then <= (SELECT day FROM today) GROUP BY metric ORDER BY 1$$, 'depth six and twelve months after the purchase');
SELECT results_eq($$SELECT value, low, high, p_value, n::bigint, n_compared::bigint FROM elg.retention
                    WHERE measure IN ('integrated_churn_reduction', 'single_to_multi_product_churn_ratio') ORDER BY measure$$,
                  $$SELECT round(v.value::numeric, 6), round(v.low::numeric, 6), round(v.high::numeric, 6), round(v.p::numeric, 6), v.n, v.n_compared
                    FROM  (SELECT survival_agg(since, first_integration, lost_on, day) FILTER (WHERE first_integration IS NOT NULL) AS i,
                                  survival_agg(since, lost_on, coalesce(first_integration, day)) AS n,
                                  survival_agg(since, first_integration, lost_on, coalesce(second_integration, day)) FILTER (WHERE first_integration IS NOT NULL) AS single,
                                  survival_agg(since, second_integration, lost_on, day) FILTER (WHERE second_integration IS NOT NULL) AS multi
                           FROM   today, customer) c, churn_reduction(c.i, c.n, 730) r, churn_reduction(c.multi, c.single, 730) m,
                           LATERAL (VALUES (1, r.reduction, r.lower_limit, r.upper_limit, r.p_value, subjects(c.i), subjects(c.n)),
                                           (2, 1 / (1 - m.reduction), 1 / (1 - m.lower_limit), 1 / (1 - m.upper_limit), m.p_value, subjects(c.single), subjects(c.multi)))
                               v(k, value, low, high, p, n, n_compared) ORDER BY k$$, 'churn of the integrated against the others, and of one integration against several');
SELECT results_eq($$SELECT r.customers, r.value, r.verdict FROM elg.retention r WHERE measure = 'churn_in_two_years' AND customers IN ('integrated', 'several integrations') ORDER BY 1$$,
                  $$VALUES ('integrated', 0.106587, 'clearly lower'), ('several integrations', 0.043539, 'clearly lower')$$, 'and what can be said of them');
SELECT results_eq($$SELECT c.customers, c.day::bigint, c.at_risk::bigint, c.lost::bigint, c.share FROM elg.retention_curve c WHERE customers = 'integrated' AND day > 0 ORDER BY 1, 2$$,
                  $$SELECT 'integrated', t.duration::bigint, t.at_risk, t.churned, round(t.survival::numeric, 6)
                    FROM  (SELECT survival_agg(since, first_integration, lost_on, day) FILTER (WHERE first_integration IS NOT NULL) AS i FROM today, customer) c, survival_table(c.i) t
                    ORDER  BY 2$$, 'the curve is that of survival_table');
SELECT is_empty($$SELECT customers FROM elg.retention_curve GROUP BY customers HAVING min(day) <> 0 OR max(share) FILTER (WHERE day = 0) <> 1$$, 'each curve begins with all of them');
SELECT is_empty($$SELECT 1 FROM elg.retention_curve WHERE share NOT BETWEEN 0 AND 1 OR low > share OR high < share$$, 'and lies within its limits');
SELECT results_eq($$SELECT is_attached, count(*), round(sum(closing) / sum(opening), 6), round(sum(kept) / sum(opening), 6), count(*) FILTER (WHERE is_lost)
                    FROM elg.customer_year WHERE is_latest GROUP BY 1 ORDER BY 1$$,
                  $$SELECT attached, customers(s), round(nrr(s)::numeric, 6), round(grr(s)::numeric, 6), churned(s)
                    FROM  (SELECT coalesce(first_deal < year, false) OR integrations > 0 AS attached, revenue_stats_agg(opening, expansion, contraction, churned) AS s
                           FROM   today, customer_year
                                  LEFT JOIN (SELECT account_id, min((opened_at AT TIME ZONE 'UTC')::date) AS first_deal
                                             FROM   deal JOIN involved_partner USING (deal_id) GROUP BY 1) d USING (account_id)
                           WHERE  year = quarter - interval '9 months' GROUP BY 1) q ORDER BY 1$$, 'retention of revenue, with a partner and without');
SELECT results_eq($$SELECT customers, value, lost::bigint FROM elg.retention WHERE measure = 'nrr' AND period = 'now' AND customers IN ('partner-attached', 'others', 'all') ORDER BY 1$$,
                  $$SELECT customers, round(sum(closing) / sum(opening), 6), count(*) FILTER (WHERE is_lost)
                    FROM elg.customer_year, LATERAL (VALUES ('all'), (CASE WHEN is_attached THEN 'partner-attached' ELSE 'others' END)) v(customers)
                    WHERE is_latest GROUP BY 1 ORDER BY 1$$, 'a rate is that of its customers');
SELECT is_empty($$SELECT period FROM elg.retention r WHERE measure IN ('nrr', 'grr', 'logo_churn') AND customers = 'all' AND period <> 'now'
                  AND (n, lost) IS DISTINCT FROM (SELECT (count(*)::integer, (count(*) FILTER (WHERE is_lost))::integer) FROM elg.customer_year y WHERE y.fiscal = r.period)$$,
                'of each quarter');
SELECT row_eq($$SELECT value, low, high FROM elg.retention WHERE (measure, customers, period) = ('logo_churn', 'all', 'now')$$,
              (SELECT ROW (round(c.lost / c.n::numeric, 6), round(w.lower_limit::numeric, 6), round(w.upper_limit::numeric, 6))
               FROM  (SELECT count(*) AS n, count(*) FILTER (WHERE is_lost) AS lost, deal_stats_agg(1, CASE WHEN is_lost THEN 'won' ELSE 'lost' END, NULL::date, NULL::date) AS s
                      FROM elg.customer_year WHERE is_latest) c, win_rate_interval(c.s) w), 'logo churn has the interval that shares have');
SELECT results_eq($$SELECT r.value, r.n::bigint, r.n_compared::bigint FROM elg.retention r WHERE measure = 'multi_to_single_product_expansion_ratio'$$,
                  $$SELECT round((expansion_rate(multi) / expansion_rate(single))::numeric, 6), customers(multi), customers(single)
                    FROM  (SELECT revenue_stats_agg(opening, expansion, contraction, churned) FILTER (WHERE integrations >= 2) AS multi,
                                  revenue_stats_agg(opening, expansion, contraction, churned) FILTER (WHERE integrations = 1) AS single FROM customer_year) s$$,
                  'expansion with several integrations against one');
SELECT results_eq($$SELECT customers, n::bigint, round(value) FROM elg.retention WHERE measure = 'cltv_in_two_years' ORDER BY 1$$,
                  $$SELECT line, subjects(s), round(cltv(arr / 365, margin, s, 730))
                    FROM  (SELECT CASE WHEN origin = 'partner_sourced' THEN 'partner-sourced' ELSE 'direct' END AS line, avg(d.arr) AS arr,
                                  sum(gross_margin) / nullif(sum(amount), 0) AS margin, survival_agg(c.since, c.lost_on, day) AS s
                           FROM   today, driven d JOIN customer c USING (account_id)
                           WHERE  type = 'new' AND outcome = 'won' AND origin IN ('partner_sourced', 'unpartnered') GROUP BY 1) q ORDER BY 1$$,
                  'what a customer is worth that partners sourced, and another');
CREATE TEMP TABLE onboarding AS
SELECT served, survival_agg(closed_at::date, first_value_at::date, until) AS to_value, survival_agg(since, lost_on, day) AS stays
FROM   (SELECT day, day AS until FROM today) today, customer JOIN deal d USING (account_id),
       LATERAL (SELECT EXISTS (SELECT FROM involved_partner i JOIN partner p USING (partner_id) WHERE i.deal_id = d.deal_id AND p.type = 'services') AS served) s
WHERE  d.type = 'new' AND outcome = 'won' GROUP BY served;
SELECT results_eq($$SELECT customers, n::bigint, value::double precision FROM elg.retention WHERE measure = 'days_to_value' ORDER BY 1$$,
                  $$SELECT CASE WHEN served THEN 'with services partner' ELSE 'without services partner' END, subjects(to_value), median_survival(to_value) FROM onboarding ORDER BY 1$$,
                  'days until what was bought is used');
SELECT results_eq($$SELECT value FROM elg.retention WHERE measure IN ('time_to_value_days_saved', 'first_year_churn_points_saved') ORDER BY measure DESC$$,
                  $$SELECT round(v::numeric, 6) FROM onboarding w, onboarding o,
                           LATERAL (VALUES (1, median_survival(o.to_value) - median_survival(w.to_value)), (2, survival_at(w.stays, 365) - survival_at(o.stays, 365))) m(k, v)
                    WHERE  w.served AND NOT o.served ORDER BY k$$, 'and what services partners save');
SELECT results_eq($$SELECT partner, count(*), sum(arr), abs(sum(retained_revenue) - e.r) < 0.01 * count(*) FROM elg.integration_fact
                           JOIN (SELECT name, round(retained_revenue(base, 1 - survival_at(i, 730), 1 - survival_at(n, 730)), 2) AS r
                                 FROM  (SELECT survival_agg(since, first_integration, lost_on, day) FILTER (WHERE first_integration IS NOT NULL) AS i,
                                               survival_agg(since, lost_on, coalesce(first_integration, day)) AS n FROM today, customer) s,
                                       (SELECT name, count(*) AS customers, sum(arr) AS base FROM integration_use u JOIN customer c USING (account_id) JOIN partner USING (partner_id)
                                        WHERE  u.ended_on IS NULL AND c.lost_on IS NULL GROUP BY name) p) e ON e.name = partner
                    WHERE is_in_use GROUP BY partner, e.r ORDER BY 1$$,
                  $$SELECT name, count(*), sum(arr)::numeric, true FROM integration_use u JOIN customer c USING (account_id) JOIN partner USING (partner_id)
                    WHERE  u.ended_on IS NULL AND c.lost_on IS NULL GROUP BY name ORDER BY 1$$, 'revenue that each partner''s integrations keep');
SELECT results_eq($$SELECT partner, sum(expansion), count(DISTINCT account_id) FROM elg.integration_fact WHERE expansion IS NOT NULL GROUP BY 1 ORDER BY 1$$,
                  $$SELECT name, sum(expansion)::numeric, count(DISTINCT s.account_id)
                    FROM   subscription s JOIN integration_use i ON i.account_id = s.account_id AND i.started_on < s.period AND coalesce(i.ended_on, 'infinity') > s.period
                           JOIN partner USING (partner_id), today
                    WHERE  opening > 0 AND period > quarter - interval '1 year' GROUP BY name ORDER BY 1$$, 'and what their customers bought in addition');
SELECT results_eq($$SELECT partner, count(*), sum(errors), sum(calls), count(*) FILTER (WHERE is_broken), sum(friction_events) FROM elg.integration_fact WHERE ended_on IS NULL GROUP BY 1 ORDER BY 1$$,
                  $$SELECT name, count(*), sum(errors)::numeric, sum(calls)::numeric, count(*) FILTER (WHERE errors > 0.05 * calls), sum(friction_events)::numeric
                    FROM   integration_use JOIN partner USING (partner_id) WHERE ended_on IS NULL GROUP BY 1 ORDER BY 1$$, 'and how well they work');

SELECT results_eq($$SELECT depth, count(*), round(avg(score), 2), round(avg(points)) FROM elg.survey_fact WHERE kind = 'nps' GROUP BY ROLLUP (depth) ORDER BY 1$$,
                  $$SELECT CASE depth WHEN 0 THEN 'none' WHEN 1 THEN 'one' WHEN 2 THEN 'two and more' END, count(*), round(avg(score), 2), round(100 * (avg((score >= 9)::integer) - avg((score <= 6)::integer)))
                    FROM  (SELECT score, least(count(i.account_id), 2) AS depth
                           FROM   survey s LEFT JOIN integration_use i ON i.account_id = s.account_id AND i.started_on < s.asked_on AND coalesce(i.ended_on, 'infinity') > s.asked_on
                           WHERE  kind = 'nps' GROUP BY survey_id, score) a
                    GROUP  BY ROLLUP (depth) ORDER BY 1$$, 'how content customers are, by integrations');
SELECT results_eq($$SELECT product, count(*) FILTER (WHERE deals > 0), count(*), sum(amount), sum(arr) FROM elg.joint_sale GROUP BY 1 ORDER BY 1$$,
                  $$SELECT product, count(DISTINCT account_id) FILTER (WHERE starts_with(split_part(d.name, ': ', 2), product)), count(DISTINCT account_id),
                           sum(amount) FILTER (WHERE starts_with(split_part(d.name, ': ', 2), product))::numeric, sum(arr) FILTER (WHERE starts_with(split_part(d.name, ': ', 2), product))::numeric
                    FROM joint_solution s JOIN deal d ON outcome = 'won' AND closed_at >= launched_on GROUP BY 1 ORDER BY 1$$, 'and who bought what was built together');

-- ---------------------------------------------------------------------------
-- Returns
-- ---------------------------------------------------------------------------

SELECT results_eq($$SELECT deal_id, period, kind, influenced FROM elg.program_flow WHERE flow = 'return' ORDER BY 1$$,
                  'SELECT deal_id, period, kind, amount::numeric(18,2) FROM ecosystem_return ORDER BY 1', 'a return is a won deal that partners touched');
SELECT results_eq($$SELECT period, kind, partner_id, campaign, invested FROM elg.program_flow WHERE flow = 'investment' ORDER BY 1, 2, 3, 4$$,
                  $$SELECT period, kind, coalesce(partner_id, ''), coalesce(campaign, ''), amount::numeric(18,2) FROM investment ORDER BY 1, 2, 3, 4$$, 'and every cost is there once');
CREATE TEMP TABLE flow AS
SELECT 'influenced' AS numerator, 'return' AS flow, kind, amount, period FROM ecosystem_return
UNION ALL SELECT 'credited', 'return', kind, credit * r.amount / nullif(c.amount, 0), period FROM ecosystem_return r JOIN credited c USING (deal_id)
UNION ALL SELECT 'credited_margin', 'return', kind, margin_credit * r.amount / nullif(c.amount, 0), period FROM ecosystem_return r JOIN credited c USING (deal_id)
UNION ALL SELECT n, 'investment', kind, amount, period FROM investment, unnest(ARRAY['influenced', 'credited', 'credited_margin']) n;
SELECT results_eq($$SELECT numerator, investment, roi, roi_net, payback_months, verdict FROM elg.return_on_ecosystem WHERE period = 'now' ORDER BY 1$$,
                  $$SELECT numerator, investment(r)::numeric, round(roi(r)::numeric, 4), round(roi_net(r)::numeric, 4), payback_months(r), verdict('ecosystem_roi', roi(r))
                    FROM (SELECT numerator, ecosystem_roi_agg(flow, kind, amount, period) AS r FROM flow GROUP BY 1) q ORDER BY 1$$, 'return on the program by three numerators');
SELECT is_empty($$SELECT numerator FROM elg.return_on_ecosystem m JOIN (SELECT numerator, sum(amount) AS returns, count(DISTINCT kind) FROM flow WHERE flow = 'return' GROUP BY 1) f USING (numerator)
                  WHERE m.period = 'now' AND abs(m.returns - f.returns) > 0.1$$, 'and what came, to the cents of many deals');
SELECT results_eq($$SELECT period_starts, returns, investment, roi, returns_so_far, investment_so_far FROM elg.return_on_ecosystem WHERE numerator = 'influenced' AND period <> 'now' ORDER BY 1$$,
                  $$SELECT p.period, p.returns::numeric(18,2), p.investment::numeric(18,2), round(p.roi::numeric, 4), p.cumulative_returns::numeric(18,2), p.cumulative_investment::numeric(18,2)
                    FROM  (SELECT ecosystem_roi_agg(flow, kind, amount, date_trunc('quarter', period)::date) AS r FROM flow WHERE numerator = 'influenced') q, roi_by_period(r) p ORDER BY 1$$,
                  'by quarter');
SELECT is_empty($$SELECT numerator FROM elg.return_on_ecosystem GROUP BY numerator
                  HAVING sum(returns) FILTER (WHERE period <> 'now') <> max(returns) FILTER (WHERE period = 'now') OR sum(investment) FILTER (WHERE period <> 'now') <> max(investment) FILTER (WHERE period = 'now')$$,
                'the quarters add up');
SELECT is_empty($$SELECT numerator, period FROM elg.return_on_ecosystem WHERE returns <> acquired + expanded + retained OR investment <> team + technology + incentives + events + other_investment$$,
                'and the kinds');
SELECT results_eq($$SELECT new_logo_share FROM elg.return_on_ecosystem WHERE (numerator, period) = ('influenced', 'now')$$,
                  $$SELECT round(sum(amount) FILTER (WHERE kind = 'acquired') / sum(amount), 6) FROM ecosystem_return$$, 'new logos'' share of the value');
SELECT is((SELECT sum(credit) FROM elg.partner_return), (SELECT sum(amount) FROM elg.credit_line WHERE partner_id <> ''), 'what partners return is what they are credited');
SELECT is((SELECT sum(spent) FROM elg.partner_return), (SELECT sum(amount)::numeric FROM investment WHERE partner_id IS NOT NULL), 'and what was spent on each is there');
SELECT is((SELECT sum(cost) FROM elg.partner_return), (SELECT sum(amount)::numeric FROM investment), 'the rest is shared out among them, to the cent');
SELECT results_eq($$SELECT partner_id, round(ropi, 2) FROM elg.partner_return WHERE cost > 0 ORDER BY 1$$,
                  $$SELECT partner_id, round(credit / cost, 2)
                    FROM   partner p
                           LEFT JOIN (SELECT partner_id, sum(credit) AS earned FROM credited GROUP BY 1) c USING (partner_id)
                           LEFT JOIN (SELECT partner_id, sum(amount) AS spent FROM investment GROUP BY 1) i USING (partner_id)
                           LEFT JOIN (SELECT partner_id, sum(n) / sum(sum(n)) OVER () AS share
                                      FROM  (SELECT partner_id, touches(deal_motion_agg(kind, occurred_at, opened_at, closed_at)) AS n FROM touch JOIN deal USING (deal_id) GROUP BY deal_id, partner_id) m
                                      GROUP BY 1) t USING (partner_id),
                          (SELECT sum(amount) AS amount FROM investment WHERE partner_id IS NULL) rest,
                           LATERAL (SELECT coalesce(earned, 0) AS credit, coalesce(spent, 0) + coalesce(rest.amount * share, 0) AS cost) v
                    WHERE  cost > 0 ORDER BY 1$$, 'return on each partner');
SELECT results_eq($$SELECT partner_id, round(difference, 4) FROM elg.partner_return ORDER BY 1$$,
                  $$SELECT partner_id, round(x.spent / sum(x.spent) OVER () - x.earned / sum(x.earned) OVER (), 4)
                    FROM   partner p LEFT JOIN (SELECT partner_id, sum(amount) AS spent FROM investment GROUP BY 1) i USING (partner_id)
                           LEFT JOIN (SELECT partner_id, sum(credit) AS earned FROM credited GROUP BY 1) c USING (partner_id),
                           LATERAL (SELECT coalesce(i.spent, 0) AS spent, coalesce(c.earned, 0) AS earned) x ORDER BY 1$$, 'whom the money feeds against who earns');
SELECT results_eq($$SELECT campaign, spent, attributed, roi FROM elg.campaign_return ORDER BY 1$$,
                  $$SELECT campaign, spent::numeric(18,2), coalesce(attributed, 0)::numeric(18,2), round(coalesce(attributed, 0) / spent, 4)
                    FROM  (SELECT campaign, sum(amount) AS spent FROM investment WHERE campaign IS NOT NULL GROUP BY campaign) i
                           LEFT JOIN (SELECT campaign, sum(credit) AS attributed
                                      FROM  (SELECT campaign, credit(amount, 'linear(per=touch)', kind, partner_id, occurred_at, closed_at) OVER (PARTITION BY deal_id) AS credit
                                             FROM   deal JOIN touch USING (deal_id) WHERE outcome = 'won' AND kind NOT IN ('overlap', 'integration_present')) t
                                      WHERE  campaign IS NOT NULL GROUP BY campaign) c USING (campaign) ORDER BY 1$$, 'and on each campaign');
CREATE TEMP TABLE acquisition AS
SELECT lead_source, cac(spent, won) AS cac, spent, won
FROM  (SELECT CASE channel WHEN 'program' THEN 'partner' ELSE channel END AS lead_source, sum(amount) AS spent
       FROM (SELECT channel, amount FROM channel_spend UNION ALL SELECT 'program', amount FROM investment) s GROUP BY 1) s
       JOIN (SELECT lead_source, count(*) AS won FROM deal WHERE type = 'new' AND outcome = 'won' GROUP BY 1) d USING (lead_source);
SELECT results_eq($$SELECT channel, spent, won::bigint, cac, cac_ratio FROM elg.acquisition_cost WHERE period = 'now' ORDER BY 1$$,
                  $$SELECT p.lead_source, p.spent::numeric(18,2), p.won, round(p.cac, 2), round(p.cac / (SELECT cac(sum(o.spent), sum(o.won)::bigint) FROM acquisition o WHERE o.lead_source <> p.lead_source), 4)
                    FROM acquisition p ORDER BY 1$$, 'what a new customer cost by channel, and against the others');
SELECT is_empty($$SELECT channel FROM elg.acquisition_cost GROUP BY 1 HAVING sum(won) FILTER (WHERE period <> 'now') <> max(won) FILTER (WHERE period = 'now')
                  OR sum(spent) FILTER (WHERE period <> 'now') <> max(spent) FILTER (WHERE period = 'now')$$, 'its quarters add up');

-- ---------------------------------------------------------------------------
-- The numbers
-- ---------------------------------------------------------------------------

SELECT is_empty($$SELECT d.metric, d.fault FROM elg.metric_definition d JOIN ours USING (metric, fact) WHERE d.fault IS NOT NULL$$, 'every number can be counted');
SELECT is_empty($$SELECT metric FROM ours EXCEPT SELECT metric FROM elg.metric WHERE value IS NOT NULL AND period = 'now'$$, 'and is there');
SELECT is_empty($$SELECT m.metric FROM elg.metric m JOIN ours USING (metric) WHERE m.wanted ~ '^no input'$$, 'and lacks no input');
SELECT results_eq($$SELECT metric, value FROM elg.metric WHERE scope = 'network' AND period = 'now' AND metric IN ('customers', 'integration_adoption', 'integration_density', 'ecosystem_depth_month_6', 'ecosystem_depth_month_12',
                    'integrated_churn_reduction', 'single_to_multi_product_churn_ratio', 'multi_to_single_product_expansion_ratio', 'nrr', 'grr', 'logo_churn', 'expansion_rate', 'retained_revenue', 'time_to_value_days_saved',
                    'first_year_churn_points_saved') ORDER BY 1$$,
                  $$SELECT CASE measure WHEN 'customers_now' THEN 'customers' ELSE measure END, value
                    FROM  (SELECT measure, value FROM elg.retention WHERE period = 'now' AND (customers = 'all' OR measure IN ('integrated_churn_reduction', 'single_to_multi_product_churn_ratio',
                              'multi_to_single_product_expansion_ratio', 'retained_revenue', 'time_to_value_days_saved', 'first_year_churn_points_saved')) AND measure NOT LIKE 'churn_in%'
                           UNION ALL SELECT 'customers', denominator FROM elg.retention WHERE measure = 'integration_adoption') r ORDER BY 1$$, 'the same as in the reports');
SELECT results_eq($$SELECT scope_id, round(value, 6) FROM elg.metric WHERE metric = 'nrr' AND scope = 'partner_attached' AND period = 'FY2026 Q3' ORDER BY 1$$,
                  $$SELECT customers, value FROM elg.retention WHERE (measure, period) = ('nrr', 'FY2026 Q3') AND customers IN ('others', 'partner-attached') ORDER BY 1$$, 'of each kind of customer, by quarter');
SELECT results_eq($$SELECT metric, round(value, 4) FROM elg.metric WHERE metric LIKE 'ecosystem_roi%' AND period = 'now' ORDER BY 1$$,
                  $$SELECT CASE numerator WHEN 'influenced' THEN 'ecosystem_roi' WHEN 'credited' THEN 'ecosystem_roi_credited' ELSE 'ecosystem_roi_margin' END, roi
                    FROM elg.return_on_ecosystem WHERE period = 'now' ORDER BY 1$$, 'the return, by three numerators');
SELECT results_eq($$SELECT part, count(*), sum(amount) FROM metric_rows('elg', 'ecosystem_roi') GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('denominator', 269::bigint, 1672253.00), ('numerator', 198, 9460018.94)$$, 'each deal and each cost is behind it');
SELECT results_eq($$SELECT scope_id, round(value, 4) FROM elg.metric WHERE metric = 'ropi' AND scope = 'partner' AND value IS NOT NULL ORDER BY 1$$,
                  $$SELECT partner_id, ropi FROM elg.partner_return WHERE ropi IS NOT NULL ORDER BY 1$$, 'and by partner');
SELECT results_eq($$SELECT scope_id, period, value, low, high FROM elg.metric WHERE metric = 'forecast_sourced_arr' AND value IS NOT NULL ORDER BY 1, 2$$,
                  $$SELECT partner_id, CASE period WHEN 'all four' THEN 'now' ELSE period END, expected, low, high FROM elg.forecast WHERE (made, measure, line) = ('now', 'arr', 'partner_sourced') ORDER BY 1, 2$$, 'what is foretold, with its interval');
SELECT results_eq($$SELECT sum(amount)::numeric(18,2) FROM metric_rows('elg', 'forecast_sourced_amount')$$,
                  $$SELECT expected FROM elg.forecast WHERE (made, measure, line, partner_id, period) = ('now', 'amount', 'partner_sourced', '', 'all four')$$, 'and behind it the deals that are named, what was won before and what is not yet open');

-- ---------------------------------------------------------------------------
-- What is not bound, and what cannot be
-- ---------------------------------------------------------------------------
SET search_path = ecosystem, public;
CALL create_mart('bare', fiscal_year_starts => 2);
CREATE SCHEMA hand;
CREATE TABLE hand.deal AS SELECT 'D' || n AS deal_id, 'A' || n AS account_id, 'won'::text AS outcome, CASE n WHEN 3 THEN 'renewal' ELSE 'new' END AS type, 100.00 * n AS amount,
       timestamptz '2026-01-01 00:00+00' AS opened_at, timestamptz '2026-02-15 12:00+00' AS closed_at, CASE n WHEN 1 THEN 'Partner' END AS lead_source FROM generate_series(1, 3) n;
CREATE TABLE hand.touch AS SELECT 'T' || n AS touch_id, 'D' || n AS deal_id, 'P1' AS partner_id, 'referral' AS kind, timestamptz '2025-12-20 00:00+00' AS occurred_at FROM generate_series(1, 3) n;
CREATE TABLE hand.subscription (account_id text, period date, opening numeric, expansion numeric, contraction numeric, churned numeric);
CREATE TABLE hand.integration_use (account_id text, partner_id text, started_on date, ended_on date);
CREATE TABLE hand.investment (period date, kind text, partner_id text, campaign text, amount numeric);
CALL bind_table('bare', 'deal', 'hand.deal');
CALL bind_table('bare', 'touch', 'hand.touch');
UPDATE bare.setting SET as_of = '2026-07-31';
CALL refresh_mart('bare');
SELECT is_empty($$SELECT relation, problem FROM mart_status('bare') WHERE kind = 'report' AND (refreshed_at IS NULL OR state IN ('failed', 'skipped'))$$, 'without money and customers every report is made');
SELECT results_eq($$SELECT metric, value, wanted FROM bare.metric WHERE scope = 'network' AND period = 'now' AND metric IN ('nrr', 'integration_adoption', 'ecosystem_roi', 'nps') ORDER BY 1$$,
                  $$SELECT m, NULL::numeric, w FROM (VALUES ('ecosystem_roi', 'no input: investment'), ('integration_adoption', 'no input: subscription'), ('nps', 'no input: survey'), ('nrr', 'no input: subscription')) v(m, w)$$,
                  'what a number lacks, it says');
SELECT results_eq('SELECT account_id, is_subscribed, is_current, since_on, days_followed, bought_on FROM bare.customer_fact ORDER BY 1',
                  $$VALUES ('A1', false, NULL::boolean, NULL::date, NULL::integer, '2026-02-15'::date), ('A2', false, NULL, NULL, NULL, '2026-02-15'), ('A3', false, NULL, NULL, NULL, NULL)$$,
                  'who bought is a customer of whom no more is known');
SELECT is_empty('SELECT measure FROM bare.retention', 'and of whom nobody says whether they stay');
SELECT results_eq($$SELECT numerator, period, returns, retained, investment, roi, payback_months FROM bare.return_on_ecosystem ORDER BY 1, 2$$,
                  $$VALUES ('credited', 'FY2027 Q1', 0.00::numeric, 0.00::numeric, 0.00::numeric, NULL::numeric, NULL::integer), ('credited', 'now', 0.00, 0.00, 0.00, NULL, NULL),
                           ('credited_margin', 'FY2027 Q1', 0.00, 0.00, 0.00, NULL, NULL), ('credited_margin', 'now', 0.00, 0.00, 0.00, NULL, NULL),
                           ('influenced', 'FY2027 Q1', 300.00, 0.00, 0.00, NULL, NULL), ('influenced', 'now', 300.00, 0.00, 0.00, NULL, NULL)$$,
                  'returns without costs are no ratio, and renewals are no return until somebody says what part of them is');
SELECT results_eq($$SELECT channel, spent, won, cac, cac_ratio FROM bare.acquisition_cost WHERE period = 'now' ORDER BY 1$$,
                  $$VALUES ('', NULL::numeric, 1, NULL::numeric, NULL::numeric), ('partner', NULL, 1, NULL, NULL)$$, 'a customer without a cost has none');

-- rows that cannot be
INSERT INTO hand.subscription VALUES
	('A1', '2025-08-01', 100, 0, 0, 500), ('A2', '2025-08-01', 100, NULL, 400, NULL), ('A4', '2025-08-01', -5, 10, 0, 0), ('A5', '2025-08-01', 200, -10, -10, -10),
	('A6', '2025-08-01', 100, 0, 0, 0), ('A6', '2025-11-01', 100, 50, 0, 0), ('A6', '2026-02-01', 150, 0, 100, 0), ('A6', '2026-05-01', 50, 0, 0, 0),
	('A7', '2025-08-01', 100, 0, 0, 100), ('A7', '2026-05-01', 0, 80, 0, 0), ('A8', '2027-01-01', 100, 0, 0, 100), ('A9', NULL, 100, 0, 0, 0);
INSERT INTO hand.integration_use VALUES ('A6', 'P1', '2025-01-01', '2025-03-01'), ('A6', 'P1', '2025-06-01', NULL), ('A6', 'P2', '2026-03-01', '2026-02-01'), ('A1', 'P9', '2030-01-01', NULL), ('A99', 'P1', '2025-01-01', NULL);
INSERT INTO hand.investment VALUES ('2026-02-01', 'Team', '', '', 50), ('2026-02-01', repeat('long ', 90), 'P1', 'never ran', -20), ('2026-05-01', 'events', '', '', NULL);
CALL bind_table('bare', 'subscription', 'hand.subscription');
CALL bind_table('bare', 'integration_use', 'hand.integration_use');
CALL bind_table('bare', 'investment', 'hand.investment');
UPDATE bare.setting SET churn_avoided = 0.5;
CALL refresh_mart('bare', '{subscription,integration_use,investment,account_touch,credit_line,partner_deal,deal_fact,customer_fact,customer_year,retention,retention_curve,integration_fact,survey_fact,joint_sale,program_flow,return_on_ecosystem,partner_return,campaign_return,acquisition_cost,deal_then,win_curve,forecast_deal,forecast}');
SELECT is_empty($$SELECT relation, problem FROM mart_status('bare') WHERE kind = 'report' AND state IN ('failed', 'skipped')$$, 'nothing in the rows stops a report');
SELECT results_eq($$SELECT account_id, fiscal, opening, expansion, contraction, churned, closing, kept, is_lost, integrations FROM bare.customer_year WHERE is_latest ORDER BY 1$$,
                  $$VALUES ('A1', 'FY2027 Q2', 100.00::numeric, 0.00::numeric, 0.00::numeric, 100.00::numeric, 0.00::numeric, 0.00::numeric, true, 0),
                           ('A2', 'FY2027 Q2', 100.00, 0.00, 100.00, 0.00, 0.00, 0.00, true, 0), ('A5', 'FY2027 Q2', 200.00, 0.00, 0.00, 0.00, 200.00, 200.00, false, 0),
                           ('A6', 'FY2027 Q2', 100.00, 50.00, 100.00, 0.00, 50.00, 50.00, false, 1), ('A7', 'FY2027 Q2', 100.00, 80.00, 0.00, 100.00, 80.00, 80.00, false, 0)$$,
                  'nobody loses more than there was, and the year is one of four fiscal quarters');
SELECT results_eq($$SELECT account_id, is_current, lost_on, integrations FROM bare.customer_fact WHERE is_subscribed ORDER BY 1$$,
                  $$VALUES ('A1', false, '2025-09-16'::date, 0), ('A2', false, NULL, 0), ('A4', false, NULL, 0), ('A5', false, NULL, 0), ('A6', true, NULL, 1), ('A7', true, NULL, 0)$$,
                  'who came back is not lost, and who is not heard of is nobody''s customer now');
SELECT results_eq($$SELECT numerator, returns, retained, investment, team, other_investment, roi FROM bare.return_on_ecosystem WHERE period = 'now' AND numerator = 'influenced'$$,
                  $$VALUES ('influenced', 450.00::numeric, 150.00::numeric, 30.00::numeric, 50.00::numeric, -20.00::numeric, 15.0000::numeric)$$, 'kinds are people''s own words, and credit notes are costs taken back');
SELECT results_eq('SELECT campaign, spent, attributed, roi FROM bare.campaign_return', $$VALUES ('never ran', -20.00::numeric, 0.00::numeric, NULL::numeric)$$, 'no return on what cost nothing');
SELECT is_empty($$SELECT measure FROM bare.retention WHERE verdict LIKE 'clearly%'$$, 'of a handful of customers nothing is said');

-- ---------------------------------------------------------------------------
-- By key and in full
-- ---------------------------------------------------------------------------
CREATE TEMP TABLE was AS SELECT * FROM bare.customer_year;
UPDATE hand.subscription SET expansion = 60 WHERE account_id = 'A6' AND period = '2025-11-01';
CALL refresh_mart('bare', '{subscription,customer_fact,customer_year}');
SELECT results_eq('SELECT account_id, expansion FROM bare.customer_year EXCEPT SELECT account_id, expansion FROM was ORDER BY 1', $$VALUES ('A6', 60.00::numeric)$$, 'what changed is made by its customer');
CREATE TEMP TABLE by_key AS SELECT * FROM bare.customer_year UNION ALL SELECT * FROM bare.customer_year;
CALL refresh_mart('bare', '{subscription,customer_fact,customer_year}', full_refresh => true);
SELECT set_eq('TABLE bare.customer_year', 'SELECT DISTINCT * FROM by_key', 'as in full');

-- numbers that no column has room for
UPDATE hand.deal SET amount = 8e15 WHERE account_id <> 'A3';
UPDATE hand.investment SET amount = 0.01 WHERE kind = 'Team';
DELETE FROM hand.investment WHERE campaign <> '';
CALL refresh_mart('bare', full_refresh => true);
SELECT is_empty($$SELECT relation, problem FROM mart_status('bare') WHERE kind = 'report' AND state IN ('failed', 'skipped')$$, 'neither a return on a cost of a cent nor a sum too large stops a report');
SELECT results_eq($$SELECT returns, investment, roi FROM bare.return_on_ecosystem WHERE period = 'now' AND numerator = 'influenced'$$, $$VALUES (NULL::numeric, 0.01::numeric, NULL::numeric)$$, 'it is not known');
SELECT bag_has($$SELECT relation, problem, rows, example FROM check_mart('bare')$$, $$VALUES ('return_on_ecosystem', 'numbers too large for returns', 2::bigint, 'influenced/FY2027 Q1'), ('return_on_ecosystem', 'numbers too large for roi', 2, 'influenced/FY2027 Q1')$$, 'and a problem');
UPDATE hand.deal SET amount = 80;
UPDATE hand.investment SET amount = 10 WHERE kind = 'Team';
CALL refresh_mart('bare');
SELECT is_empty($$SELECT relation, problem FROM check_mart('bare') WHERE problem ~ 'too large'$$, 'until it is gone');

SELECT * FROM finish();
ROLLBACK;
