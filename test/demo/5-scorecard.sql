-- Scorecard
-- How does the program stand against the targets the field sets?  Targets and verdicts are rows of the
-- table target; insert your own, and they count instead.

CREATE TEMP VIEW driven AS
SELECT deal_id, type, amount, outcome, opened_at, closed_at, co_sell,
       deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
FROM   deal LEFT JOIN touch USING (deal_id)
GROUP  BY deal_id;
-- What is measured: one row a metric, some of the seventy that docs/metrics.md has.
CREATE TEMP VIEW measured (metric, value, low, high) AS
SELECT metric, value, NULL::numeric, NULL::numeric
FROM  (SELECT involvement_summary_agg(motion, amount, outcome = 'won', outcome = 'open') AS s FROM driven) i,
       LATERAL (VALUES ('influenced_pipeline_share', touched_share(s, 'amount', 'open')),
                       ('influenced_revenue_share', touched_share(s)),
                       ('led_revenue_share', led_share(s))) m (metric, value)
UNION  ALL
-- with the limits of their 95 % intervals
SELECT m.*
FROM  (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) FILTER (WHERE co_sell) AS co_sell,
              deal_stats_agg(amount, outcome, opened_at, closed_at)
                  FILTER (WHERE NOT co_sell AND involvement(motion) IN ('direct', 'covered')) AS solo
       FROM   driven) d, win_rate_lift(co_sell, solo) w, cycle_lift(co_sell, solo) c, amount_lift(co_sell, solo) a,
       LATERAL (VALUES ('co_sell_win_rate_ratio', w.ratio, w.ratio_lower, w.ratio_upper),
                       ('co_sell_cycle_reduction', 1 - c.ratio, 1 - c.ratio_upper, 1 - c.ratio_lower),
                       ('co_sell_amount_increase', a.ratio - 1, a.ratio_lower - 1, a.ratio_upper - 1)) m
UNION  ALL
SELECT 'partners_per_deal', avg(partners), NULL, NULL
FROM  (SELECT count(DISTINCT partner_id) AS partners
       FROM   touch JOIN touch_kind USING (kind) JOIN deal USING (deal_id)
       WHERE  NOT passive AND occurred_at <= coalesce(closed_at, 'infinity')
       GROUP  BY deal_id) t
UNION  ALL
SELECT 'mutual_action_plan_coverage', avg((deal_id IN (SELECT deal_id FROM co_sell_plan))::integer),
       NULL, NULL
FROM   deal WHERE outcome = 'open' AND co_sell
UNION  ALL
-- partners not there yet count as having waited
SELECT 'time_to_activation_days', median_survival(s), q.lower_limit, q.upper_limit
FROM  (SELECT survival_agg(signed_at, introduced_on, date '2026-09-30') AS s
       FROM   partner LEFT JOIN (SELECT partner_id, occurred_on AS introduced_on FROM partner_activity
                                 WHERE  kind = 'introduction') a USING (partner_id)) a, survival_quantile(s, 0.5) q
UNION  ALL
-- customers are integrated from their first integration on, not before
SELECT 'integrated_churn_reduction', r.reduction, r.lower_limit, r.upper_limit
FROM  (SELECT survival_agg(since, integrated, lost, date '2026-09-30') FILTER (WHERE integrated IS NOT NULL) AS with_one,
              survival_agg(since, lost, coalesce(integrated, '2026-09-30')) AS without
       FROM  (SELECT account_id, min(period) AS since, max(period) FILTER (WHERE churned > 0) AS lost,
                    (SELECT min(started_on) FROM integration_use i WHERE i.account_id = s.account_id) AS integrated
              FROM   subscription s
              GROUP  BY account_id) c) c, churn_reduction(with_one, without, 730) r
UNION  ALL
SELECT 'ecosystem_roi', roi(ecosystem_roi_agg(flow, kind, amount)), NULL, NULL
FROM  (SELECT 'return' AS flow, kind, amount FROM ecosystem_return
       UNION  ALL
       SELECT 'investment', kind, amount FROM investment) f
UNION  ALL
SELECT 'dashboard_time_share', sum(hours) FILTER (WHERE activity = 'dashboards')
                               / sum(hours) FILTER (WHERE activity IN ('dashboards', 'joint cycles')), NULL, NULL
FROM   team_hours;
-- The verdicts.
SELECT metric, round(value::numeric, 2) AS value,
       round(low::numeric, 2) || ' to ' || round(high::numeric, 2) AS interval,
      (SELECT min(range::text) FROM targets_of(metric) WHERE kind = 'target') AS target,
       meets_target(metric, value) AS met, verdict(metric, value)
FROM   measured;
