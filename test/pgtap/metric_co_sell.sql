-- metric_co_sell: the numbers of co-selling and of the network are what statements over the demo CRM's own tables say

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(13);

CALL create_mart('nothing');
CALL create_mart('m');
CALL bind_demo('m');
-- The statements ask touches alone.
UPDATE m.setting SET role_evidence = false;
CALL refresh_mart('m');
CALL refresh_mart('nothing');

SELECT is_empty($$SELECT metric, fact, fault FROM m.metric_definition WHERE chapter IN ('Co-sell', 'Network') AND fault IS NOT NULL$$, 'every definition can be counted');
SELECT is_empty($$SELECT metric FROM ecosystem.mart_metric WHERE chapter IN ('Co-sell', 'Network') AND target IS NOT NULL AND target NOT IN (SELECT metric FROM target_in_force)$$, 'targets are those of the table');
SELECT is_empty($$SELECT metric FROM mart_metric WHERE chapter IN ('Co-sell', 'Network') AND scopes ~ 'network' AND metric NOT IN (SELECT metric FROM m.metric WHERE scope = 'network' AND period = 'now' AND value IS NOT NULL)$$,
                'each has a number for the network of the demo');
SELECT is_empty($$SELECT metric FROM mart_metric WHERE chapter IN ('Co-sell', 'Network') AND scopes ~ 'network' AND metric NOT IN (SELECT metric FROM nothing.metric WHERE scope = 'network')$$,
                'and a row where there is nothing');
SELECT is_empty($$SELECT metric, value FROM nothing.metric WHERE value <> 0$$, 'without a number that is one');

SET search_path = crm, ecosystem, public;
CREATE TEMP TABLE driven AS
SELECT d.*, involvement(motion) AS class, origin(motion) AS origin
FROM   deal d JOIN (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM deal LEFT JOIN touch USING (deal_id) GROUP BY deal_id) q USING (deal_id);
CREATE TEMP TABLE involved AS
SELECT deal_id, partner_id, origin(motion) AS origin
FROM  (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM touch JOIN deal USING (deal_id) GROUP BY 1, 2) q
WHERE  involvement(motion) IN ('involved', 'led');
CREATE TEMP TABLE compared AS
SELECT deal_id, type, amount, outcome, opened_at, closed_at, CASE WHEN co_sell THEN coalesce(first_act, opened_at) END AS co_sell_since
FROM   driven LEFT JOIN (SELECT deal_id, min(occurred_at) AS first_act FROM touch JOIN touch_kind USING (kind) WHERE role = 'co_sell' GROUP BY 1) a USING (deal_id)
WHERE  co_sell OR class IN ('direct', 'covered');
CREATE TEMP TABLE lift AS
SELECT l.* FROM (SELECT deal_lift_agg(co_sell_since, amount, outcome, opened_at, closed_at, type, '2026-10-01 00:00+00'::timestamptz) AS s FROM compared) c, deal_lift(s) l WHERE segment IS NULL;
CREATE TEMP TABLE by_origin AS
SELECT CASE origin WHEN 'partner_sourced' THEN 'sourced' WHEN 'unpartnered' THEN 'unpartnered' ELSE 'influenced' END AS line, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats
FROM   driven GROUP BY 1;
CREATE TEMP TABLE passed_on AS
SELECT from_partner_id, to_partner_id, brokered, amount FROM lead_exchange LEFT JOIN deal USING (deal_id) WHERE from_partner_id IS NOT NULL AND to_partner_id IS NOT NULL;
CREATE TEMP TABLE said (metric text, scope text DEFAULT 'network', scope_id text DEFAULT '', value numeric);

INSERT INTO said (metric, value)
SELECT 'co_sell_win_rate_ratio', ratio FROM lift WHERE (basis, comparison, measure) = ('as recorded', 'pooled', 'win_rate')
UNION ALL SELECT 'co_sell_win_rate_ratio_stratified', ratio FROM lift WHERE (basis, comparison, measure) = ('landmark 30 days', 'stratified', 'win_rate')
UNION ALL SELECT 'co_sell_cycle_reduction', 1 - ratio FROM lift WHERE (basis, comparison, measure) = ('as recorded', 'pooled', 'median_cycle')
UNION ALL SELECT 'co_sell_amount_increase', ratio - 1 FROM lift WHERE (basis, comparison, measure) = ('as recorded', 'pooled', 'mean_amount')
UNION ALL SELECT 'influenced_to_direct_win_rate_ratio', l.ratio
          FROM  (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) FILTER (WHERE class IN ('involved', 'led') AND origin <> 'partner_sourced') AS a,
                        deal_stats_agg(amount, outcome, opened_at, closed_at) FILTER (WHERE class IN ('direct', 'covered')) AS b FROM driven) s, win_rate_lift(a, b) l
UNION ALL SELECT line || '_pipeline', open_amount(stats) FROM by_origin
UNION ALL SELECT line || '_win_rate', win_rate(stats) FROM by_origin
UNION ALL SELECT 'sourced_to_influenced_conversion_ratio', win_rate(s.stats) / win_rate(i.stats) FROM by_origin s, by_origin i WHERE s.line = 'sourced' AND i.line = 'influenced'
UNION ALL SELECT v.* FROM (SELECT count(*) AS deals, avg(amount) AS mean, sum(amount) AS total FROM deal
                           WHERE co_sell AND type = 'new' AND (opened_at AT TIME ZONE 'UTC')::date BETWEEN date '2026-09-30' - interval '6 months' AND date '2026-09-30') n,
                   LATERAL (VALUES ('net_new_opportunities_in_six_months', deals), ('net_new_opportunity_amount', mean), ('pipeline_created', total)) v
UNION ALL SELECT 'joint_win_rate', win_rate(deal_stats_agg(amount, outcome)) FROM deal WHERE co_sell AND deal_id IN (SELECT deal_id FROM involved)
UNION ALL SELECT 'partners_per_deal', avg(n) FROM (SELECT count(*) AS n FROM involved GROUP BY deal_id) n
UNION ALL SELECT 'touches', count(*) FROM touch
UNION ALL SELECT 'mutual_action_plan_coverage', avg((deal_id IN (SELECT deal_id FROM co_sell_plan))::integer) FROM deal WHERE outcome = 'open' AND co_sell
UNION ALL SELECT v.* FROM (SELECT count(DISTINCT partner_id) AS partners, count(*) AS plans FROM co_sell_plan c JOIN deal USING (deal_id)
                           WHERE outcome = 'open' AND our_owner IS NOT NULL AND partner_owner IS NOT NULL AND split IS NOT NULL
                           AND EXISTS (SELECT FROM plan_milestone o WHERE o.plan_id = c.plan_id)) p, LATERAL (VALUES ('named_partners', partners), ('co_sell_plans', plans)) v
UNION ALL SELECT v.* FROM (SELECT count(*) AS asked, count(acted_at) AS made, count(deal_id) AS deals FROM play_run WHERE play_id = 'warm_introduction') f,
                   LATERAL (VALUES ('introductions_asked', asked::numeric), ('introductions_made_share', made::numeric / asked), ('introduction_conversion', deals::numeric / made)) v
UNION ALL SELECT 'field_completeness', avg(coalesce(first_added <= closed_at, false)::integer)
          FROM driven LEFT JOIN (SELECT deal_id, min(added_at) AS first_added FROM deal_partner GROUP BY 1) r USING (deal_id) WHERE class IN ('involved', 'led') AND outcome <> 'open'
UNION ALL SELECT 'time_to_effect_months', min(months)
          FROM  (SELECT extract(year FROM age(month, start)) * 12 + extract(month FROM age(month, start)) + 1 AS months, rollup(s) OVER (ORDER BY month) AS s
                 FROM  (SELECT date_trunc('month', closed_at AT TIME ZONE 'UTC') AS month, deal_lift_agg(co_sell_since IS NOT NULL, amount, outcome, opened_at, closed_at) AS s
                        FROM compared WHERE outcome <> 'open' GROUP BY 1) q, (SELECT min(period)::timestamp AS start FROM investment) i) c, deal_lift(s) l
          WHERE l.measure = 'win_rate' AND l.comparison = 'pooled' AND l.ratio_lower > 1 AND months > 0
UNION ALL SELECT 'partner_to_partner_pipeline', sum(amount) FROM passed_on
UNION ALL SELECT 'leads_passed', count(*) FROM passed_on
UNION ALL SELECT 'brokered_introduction_share', avg(brokered::integer) FROM passed_on
UNION ALL SELECT v.* FROM (SELECT max(c.connections) AS most, sum(c.connections) / 2 AS pairs FROM (SELECT partner_network_agg(deal_id, partner_id) AS net FROM involved) n, partner_centrality(net) c) n,
                   LATERAL (VALUES ('network_connections_of_50th_partner', most), ('connected_pairs', pairs)) v
UNION ALL SELECT 'features_only_partners', count(DISTINCT partner_id) FROM integration_use WHERE ended_on IS NULL
          AND partner_id NOT IN (SELECT partner_id FROM involved JOIN deal USING (deal_id) WHERE co_sell AND (opened_at AT TIME ZONE 'UTC')::date > date '2026-09-30' - 365);

INSERT INTO said
SELECT 'co_sell_win_rate_ratio', 'partner', partner_id, l.ratio
FROM  (SELECT partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS s FROM compared JOIN involved USING (deal_id) WHERE co_sell_since IS NOT NULL GROUP BY 1) c,
      (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) AS s FROM compared WHERE co_sell_since IS NULL) solo, win_rate_lift(c.s, solo.s) l
UNION ALL SELECT 'sourced_win_rate', 'partner', partner_id, win_rate(deal_stats_agg(amount, outcome)) FROM involved JOIN deal USING (deal_id) WHERE origin = 'partner_sourced' GROUP BY 3
UNION ALL SELECT 'influenced_pipeline', 'partner', partner_id, sum(amount) FROM involved JOIN deal USING (deal_id) WHERE origin <> 'partner_sourced' AND outcome = 'open' GROUP BY 3
UNION ALL SELECT 'pipeline_created', 'partner', partner_id, sum(amount) FROM involved JOIN deal USING (deal_id)
          WHERE co_sell AND type = 'new' AND (opened_at AT TIME ZONE 'UTC')::date BETWEEN date '2026-09-30' - interval '6 months' AND date '2026-09-30' GROUP BY 3
UNION ALL SELECT 'joint_deal_within_three_years', 'partner', partner_id, (1 - survival_at(s, 1095))::numeric
          FROM  (SELECT e.partner_id, survival_agg(e.occurred_on, j.opened_on, coalesce(l.occurred_on, '2026-09-30')) AS s
                 FROM   overlap_event e LEFT JOIN overlap_event l ON l.account_id = e.account_id AND l.partner_id = e.partner_id AND l.event = 'left'
                        LEFT JOIN (SELECT account_id, partner_id, min((opened_at AT TIME ZONE 'UTC')::date) AS opened_on FROM deal JOIN involved USING (deal_id) WHERE co_sell GROUP BY 1, 2) j
                               ON j.account_id = e.account_id AND j.partner_id = e.partner_id
                 WHERE  e.event = 'entered' GROUP BY 1) p
UNION ALL SELECT 'joint_win_rate', 'pairing', owner || ' with ' || type, win_rate(deal_stats_agg(amount, outcome))
          FROM  (SELECT DISTINCT deal_id, owner, amount, outcome, p.type FROM deal JOIN involved USING (deal_id) JOIN partner p USING (partner_id) WHERE co_sell) d GROUP BY 3
UNION ALL SELECT 'touches', 'kind', kind, count(*) FROM touch GROUP BY kind
UNION ALL SELECT 'integration_mention_share', 'partner', partner_id, avg(EXISTS (SELECT FROM touch t WHERE (t.deal_id, t.partner_id) = (d.deal_id, i.partner_id) AND t.kind = 'integration_mention'
                                                                                AND t.occurred_at <= d.closed_at)::integer) FROM deal d JOIN involved i USING (deal_id) WHERE outcome = 'won' GROUP BY 3
UNION ALL SELECT 'partner_to_partner_pipeline', 'partner', from_partner_id, sum(amount) FROM passed_on GROUP BY 3
UNION ALL SELECT 'leads_given_share', 'partner', coalesce(from_partner_id, to_partner_id), count(from_partner_id)::numeric / count(*)
          FROM lead_exchange WHERE (from_partner_id IS NULL) <> (to_partner_id IS NULL) GROUP BY 3
UNION ALL SELECT 'removal_effect', 'partner', partner_id, -shared / (total - alone)
          FROM  (SELECT partner_id, coalesce(sum(amount) FILTER (WHERE partners > 1), 0) AS shared, coalesce(sum(amount) FILTER (WHERE partners = 1), 0) AS alone
                 FROM   involved JOIN deal USING (deal_id) JOIN (SELECT deal_id, count(*) AS partners FROM involved GROUP BY 1) n USING (deal_id) WHERE outcome = 'won' GROUP BY 1) p,
                (SELECT sum(amount) AS total FROM deal WHERE outcome = 'won' AND deal_id IN (SELECT deal_id FROM involved)) t;
SET search_path = ecosystem, public;
SELECT cmp_ok(count(*), '>', 250::bigint, 'statements say much') FROM said;
SELECT is_empty($$SELECT s.*, n.value AS number FROM said s LEFT JOIN m.metric n ON (n.metric, n.scope, n.scope_id, n.period) = (s.metric, s.scope, s.scope_id, 'now')
                  WHERE s.value IS NOT NULL AND s.scope = 'network' AND (n.value IS NULL OR abs(n.value - s.value) > 0.0001)$$, 'and the numbers of the network are the same');
SELECT is_empty($$SELECT s.*, n.value AS number FROM said s LEFT JOIN m.metric n ON (n.metric, n.scope, n.scope_id, n.period) = (s.metric, s.scope, s.scope_id, 'now')
                  WHERE s.value IS NOT NULL AND s.scope <> 'network' AND (n.value IS NULL AND s.metric <> 'joint_win_rate' OR abs(n.value - s.value) > 0.0001)$$, 'and those of partners, pairings and kinds');

-- What is given has its rows behind it, too.
SELECT results_eq($$SELECT part, round(avg(amount), 6) FROM metric_rows('m', 'co_sell_win_rate_ratio') GROUP BY 1 ORDER BY 1$$,
                  $$SELECT v.* FROM m.metric, LATERAL (VALUES ('denominator', denominator), ('numerator', numerator)) v
                    WHERE (metric, scope, period) = ('co_sell_win_rate_ratio', 'network', 'now') ORDER BY 1$$, 'the sides of a comparison are the means of their rows');
SELECT results_eq($$SELECT sum(amount), count(*) FROM metric_rows('m', 'removal_effect', scope_id => 'P01', scope => 'partner')$$,
                  $$SELECT amount_with_others, won_with_others::bigint FROM m.partner_place WHERE partner_id = 'P01'$$, 'what the others would lose are the deals that it is on with others');
SELECT results_eq($$SELECT id FROM metric_rows('m', 'time_to_effect_months')$$, $$SELECT month::text FROM m.co_sell_effect WHERE is_effect$$, 'the month in which the program showed');

-- Of two sides that may be alike no verdict is passed.
SELECT results_eq($$SELECT DISTINCT verdict, meets_target FROM m.metric JOIN (SELECT DISTINCT metric FROM m.metric_definition WHERE measure IS NOT NULL AND target IS NOT NULL) d USING (metric)
                    WHERE value IS NOT NULL AND (low IS NULL OR CASE unit WHEN 'ratio' THEN 1 ELSE 0 END BETWEEN low AND high) ORDER BY 1$$,
                  $$VALUES ('no clear difference', NULL::boolean), ('too few deals', NULL)$$, 'a target is not missed by chance');
SELECT is_empty($$SELECT metric, scope, scope_id, period FROM m.metric JOIN (SELECT DISTINCT metric FROM m.metric_definition WHERE measure IS NOT NULL AND target IS NOT NULL) d USING (metric)
                  WHERE NOT CASE unit WHEN 'ratio' THEN 1 ELSE 0 END BETWEEN low AND high AND meets_target IS NULL$$, 'and what differs is judged');

SELECT * FROM finish();
ROLLBACK;
