-- mart_partner: partners and the program in a mart over the demo CRM: equal to statements on the demo's own tables, and adding up

BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(55);

CALL create_mart('elg');
CALL bind_demo('elg');
-- The statements below ask about touches alone, and credit by roles.
UPDATE elg.setting SET role_evidence = false;
UPDATE elg.split_policy SET model = 'role_split(sourcing=50, co_sell=30, technical=10, influencing=10)' WHERE model = 'linear';
CALL create_mart('nothing');
SET client_min_messages = error;
CALL refresh_mart('elg');
CALL refresh_mart('nothing');

-- ---------------------------------------------------------------------------
-- By hand, on the demo's tables
-- ---------------------------------------------------------------------------

SET search_path = crm, ecosystem, public;
CREATE TEMP VIEW o_today AS SELECT date '2026-09-30' AS day;
CREATE TEMP TABLE o_touch AS
SELECT t.touch_id, t.partner_id, t.deal_id, d.account_id, d.owner, t.kind, k.axis, (t.occurred_at AT TIME ZONE 'UTC')::date AS acted_on
FROM   touch t JOIN touch_kind k USING (kind) JOIN deal d USING (deal_id)
WHERE  NOT k.passive AND t.occurred_at <= coalesce(d.closed_at, 'infinity');
CREATE TEMP TABLE o_act AS
SELECT partner_id, account_id, kind AS act, axis IS NOT NULL AS co_sell, acted_on FROM o_touch
UNION ALL
SELECT partner_id, account_id, 'registration', false, (registered_at AT TIME ZONE 'UTC')::date FROM deal_registration
UNION ALL
SELECT partner_id, account_id, 'play', true, (acted_at AT TIME ZONE 'UTC')::date FROM play_run WHERE acted_at IS NOT NULL
UNION ALL
SELECT partner_id, NULL, kind, kind = 'introduction', occurred_on FROM partner_activity WHERE kind IN ('account_mapping', 'target_list', 'introduction');
CREATE TEMP TABLE o_motion AS
SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM touch JOIN deal USING (deal_id) GROUP BY deal_id, partner_id;
CREATE TEMP TABLE o_involved AS SELECT deal_id, partner_id, origin(motion) AS origin FROM o_motion WHERE involvement(motion) IN ('involved', 'led');
CREATE TEMP TABLE o_sourced AS
SELECT DISTINCT ON (deal_id) deal_id, partner_id FROM o_motion WHERE origin(motion) = 'partner_sourced' ORDER BY deal_id, first_touch(motion), partner_id;
CREATE TEMP TABLE o_driven AS
SELECT d.*, involvement(motion) AS class, origin(motion) AS origin
FROM   deal d JOIN (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM deal LEFT JOIN touch USING (deal_id) GROUP BY deal_id) m USING (deal_id);
CREATE TEMP TABLE o_credit AS
SELECT partner_id, (closed_at AT TIME ZONE 'UTC')::date AS closed_on, credit(amount, model::credit_model, role, partner_id) OVER (PARTITION BY deal_id) AS credit
FROM   deal d JOIN deal_partner USING (deal_id)
       JOIN elg.split_policy s ON s.program = d.program AND (closed_at AT TIME ZONE 'UTC')::date BETWEEN valid_from AND coalesce(valid_to, 'infinity')
WHERE  outcome = 'won';
CREATE TEMP VIEW o_activation AS
SELECT p.partner_id, p.type, p.signed_at, min(acted_on) FILTER (WHERE act = 'account_mapping') AS mapped_on,
       min(acted_on) FILTER (WHERE act IN ('target_list', 'joint_target_list')) AS listed_on,
       min(acted_on) FILTER (WHERE act IN ('introduction', 'partner_introduction', 'referral')) AS introduced_on,
       min(acted_on) FILTER (WHERE co_sell) AS activated_on,
      (SELECT min((closed_at AT TIME ZONE 'UTC')::date) FROM deal_partner r JOIN deal USING (deal_id) WHERE r.partner_id = p.partner_id AND outcome = 'won') AS first_won_on
FROM   partner p LEFT JOIN o_act USING (partner_id)
GROUP  BY p.partner_id, p.type, p.signed_at;

SET search_path = elg, ecosystem, public;

-- ---------------------------------------------------------------------------
-- Partners
-- ---------------------------------------------------------------------------

SELECT results_eq('SELECT partner_id FROM partner_scorecard ORDER BY 1', 'SELECT partner_id FROM crm.partner ORDER BY 1', 'every partner has one scorecard');
SELECT results_eq('SELECT partner_id, joint_accounts, joint_accounts_verdict, has_working_set FROM partner_scorecard ORDER BY 1',
                  $$SELECT p.partner_id, count(DISTINCT a.account_id)::integer, verdict('joint_accounts_of_partner', count(DISTINCT a.account_id)),
                           meets_target('joint_accounts_of_partner', count(DISTINCT a.account_id))
                    FROM   crm.partner p LEFT JOIN o_act a ON a.partner_id = p.partner_id AND a.acted_on >= '2026-07-01' GROUP BY 1 ORDER BY 1$$,
                  'the working set are the accounts of the quarter');
SELECT results_eq('SELECT partner_id, last_act_on, activity_verdict FROM partner_scorecard ORDER BY 1',
                  $$SELECT partner_id, max(acted_on), coalesce(verdict('days_since_partner_activity', date '2026-09-30' - max(acted_on)), 'never')
                    FROM   crm.partner LEFT JOIN (SELECT partner_id, acted_on FROM o_touch UNION ALL SELECT partner_id, acted_on FROM o_act WHERE act = 'registration') a USING (partner_id)
                    GROUP  BY 1 ORDER BY 1$$, 'active is who touched or registered a deal lately');
SELECT results_eq('SELECT partner_id, activated_on, days_to_activation, days_waiting, first_won_on, days_to_first_revenue FROM partner_scorecard ORDER BY 1',
                  $$SELECT partner_id, activated_on, greatest(activated_on - signed_at, CASE WHEN activated_on IS NOT NULL THEN 0 END),
                           CASE WHEN activated_on IS NULL THEN date '2026-09-30' - signed_at END, first_won_on, first_won_on - signed_at FROM o_activation ORDER BY 1$$,
                  'activation and first revenue, or the days waited for it');
SELECT results_eq($$SELECT measure, partner_type, partners, reached, median_days, low_days, high_days FROM time_to_reach ORDER BY 1, 2$$,
                  $$SELECT measure, coalesce(type, ''), subjects(s)::integer, churned(s)::integer, median_survival(s)::numeric(12,4), lower_limit::numeric(12,4), upper_limit::numeric(12,4)
                    FROM  (SELECT measure, type, survival_agg(signed_at, reached_on, day) AS s
                           FROM   o_today, o_activation, LATERAL (VALUES ('account_mapping_days', mapped_on), ('first_target_list_days', listed_on), ('first_introduction_days', introduced_on),
                                                                  ('time_to_activation_days', activated_on), ('time_to_first_revenue_days', first_won_on)) m (measure, reached_on)
                           GROUP  BY GROUPING SETS ((measure), (measure, type))) q, survival_quantile(s, 0.5) ORDER BY 1, 2$$,
                  'how long they take, those who are not there among them');
SELECT results_eq($$SELECT round(share_in_time, 2) FROM time_to_reach WHERE measure = 'time_to_activation_days' AND partner_type = ''$$, 'SELECT 0.67', 'and how many were in time');
SELECT results_eq('SELECT partner_id, credited_year, credit_rank, credit_tier FROM partner_scorecard ORDER BY credit_rank',
                  $$SELECT partner_id, credit, rank::integer, verdict('partner_rank', rank)
                    FROM  (SELECT partner_id, coalesce(sum(credit) FILTER (WHERE closed_on > date '2025-09-30'), 0) AS credit,
                                  row_number() OVER (ORDER BY coalesce(sum(credit) FILTER (WHERE closed_on > date '2025-09-30'), 0) DESC, partner_id) AS rank
                           FROM   crm.partner LEFT JOIN o_credit USING (partner_id) GROUP BY 1) r ORDER BY rank$$,
                  'tiers are by the credit of the last year, each deal by the rule in force when it closed');
SELECT results_eq('SELECT partner_id, logins, trainings, acts, engagement_score FROM partner_scorecard ORDER BY 1',
                  $$SELECT partner_id, logins, trainings, acts,
                           round((100 * (percent_rank() OVER (ORDER BY logins) + percent_rank() OVER (ORDER BY trainings) + percent_rank() OVER (ORDER BY acts)) / 3)::numeric)::integer
                    FROM  (SELECT partner_id, coalesce(logins, 0)::integer AS logins, coalesce(trainings, 0)::integer AS trainings, coalesce(acts, 0)::integer AS acts
                           FROM   crm.partner
                                  LEFT JOIN (SELECT partner_id, sum(times) FILTER (WHERE kind = 'login') AS logins, sum(times) FILTER (WHERE kind = 'training_completed') AS trainings
                                             FROM   crm.partner_activity WHERE occurred_on > date '2026-06-30' GROUP BY 1) a USING (partner_id)
                                  LEFT JOIN (SELECT partner_id, count(*) AS acts FROM o_act WHERE acted_on > date '2026-06-30' GROUP BY 1) t USING (partner_id)) n ORDER BY 1$$,
                  'engagement is the mean of three percentiles');
SELECT results_eq($$SELECT partner_id, risk FROM partner_scorecard WHERE risk NOT IN ('none seen', 'new') ORDER BY 1$$,
                  $$SELECT partner_id, CASE WHEN acts = 0 AND logins = 0 THEN 'gone' WHEN logins_fall AND acts_fall THEN 'high' WHEN logins_fall THEN 'logins fall' ELSE 'activity falls' END
                    FROM  (SELECT partner_id, logins, acts, before_logins - logins > 2 * sqrt(before_logins + logins) AS logins_fall, before_acts - acts > 2 * sqrt(before_acts + acts) AS acts_fall
                           FROM  (SELECT partner_id, coalesce(sum(times) FILTER (WHERE login AND recent), 0) AS logins, coalesce(sum(times) FILTER (WHERE login AND NOT recent), 0) AS before_logins,
                                         coalesce(sum(times) FILTER (WHERE NOT login AND recent), 0) AS acts, coalesce(sum(times) FILTER (WHERE NOT login AND NOT recent), 0) AS before_acts
                                  FROM   crm.partner p
                                         LEFT JOIN (SELECT partner_id, true AS login, occurred_on > date '2026-06-30' AS recent, times, occurred_on FROM crm.partner_activity WHERE kind = 'login'
                                                    UNION ALL SELECT partner_id, false, acted_on > date '2026-06-30', 1, acted_on FROM o_act WHERE act <> 'account_mapping') a
                                              USING (partner_id)
                                  WHERE  p.signed_at <= date '2026-03-30' AND (occurred_on > date '2026-03-30' OR occurred_on IS NULL) GROUP BY 1) n) f
                    WHERE  acts = 0 AND logins = 0 OR logins_fall OR acts_fall ORDER BY 1$$, 'at risk is whose logins or acts fall beyond chance');
SELECT results_eq('SELECT partner_id FROM partner_scorecard WHERE is_producer ORDER BY 1',
                  $$SELECT DISTINCT s.partner_id FROM o_sourced s JOIN crm.deal d USING (deal_id) JOIN partner_scorecard c USING (partner_id)
                    WHERE  d.outcome <> 'lost' AND (d.opened_at AT TIME ZONE 'UTC')::date > date '2025-09-30' AND c.activity_verdict = 'active' ORDER BY 1$$,
                  'producers sourced a deal of the year that was not lost');
SELECT results_eq('SELECT partner_id, sourced_amount, influenced_amount, deals, won_deals, lost_deals, open_deals, co_sell_deals FROM partner_scorecard WHERE deals > 0 ORDER BY 1',
                  $$SELECT partner_id, coalesce(sum(amount) FILTER (WHERE outcome = 'won' AND origin = 'partner_sourced'), 0),
                           coalesce(sum(amount) FILTER (WHERE outcome = 'won' AND origin <> 'partner_sourced'), 0), count(*)::integer,
                           count(*) FILTER (WHERE outcome = 'won')::integer, count(*) FILTER (WHERE outcome = 'lost')::integer, count(*) FILTER (WHERE outcome = 'open')::integer,
                           count(*) FILTER (WHERE co_sell)::integer
                    FROM   o_involved JOIN crm.deal USING (deal_id) GROUP BY 1 ORDER BY 1$$, 'deals, sourced and influenced are those of the partner''s own touches');
SELECT results_eq('SELECT partner_id, trainings_completed, trainings_assigned, registrations, deals_year, co_sell_year FROM partner_scorecard ORDER BY 1',
                  $$SELECT partner_id, coalesce(done, 0)::integer, coalesce(assigned, 0)::integer, coalesce(registered, 0)::integer, coalesce(touched, 0)::integer, coalesce(co_sold, 0)::integer
                    FROM   crm.partner
                           LEFT JOIN (SELECT partner_id, sum(times) FILTER (WHERE kind = 'training_completed') AS done, sum(times) FILTER (WHERE kind = 'training_assigned') AS assigned
                                      FROM   crm.partner_activity WHERE occurred_on > date '2025-09-30' GROUP BY 1) a USING (partner_id)
                           LEFT JOIN (SELECT partner_id, count(*) AS registered FROM crm.deal_registration WHERE (registered_at AT TIME ZONE 'UTC')::date > date '2025-09-30' GROUP BY 1) g USING (partner_id)
                           LEFT JOIN (SELECT partner_id, count(*) AS touched, count(*) FILTER (WHERE co_sell) AS co_sold FROM o_involved JOIN crm.deal USING (deal_id)
                                      WHERE (opened_at AT TIME ZONE 'UTC')::date > date '2025-09-30' GROUP BY 1) d USING (partner_id) ORDER BY 1$$,
                  'trainings, registrations and co-selling of the last year');
SELECT is_empty($$SELECT partner_id FROM partner_scorecard s
                  WHERE  overlap_accounts <> (SELECT count(*) FROM account_overlap o WHERE o.partner_id = s.partner_id)
                  OR     whitespace_companies <> (SELECT count(*) FROM whitespace w WHERE w.partner_id = s.partner_id)
                  OR     investment <> coalesce((SELECT sum(amount) FROM crm.investment i WHERE i.partner_id = s.partner_id), 0)
                  OR     registration_conflicts <> (SELECT count(*) FROM registration_conflict c WHERE c.partner_id = s.partner_id)$$,
                'what the partner knows, costs and contests is counted as elsewhere');
SELECT is_empty($$SELECT partner_id FROM partner_scorecard WHERE coalesce(next_step, '') = '' OR next_step !~ '\.$' OR next_step_rule IS NULL$$, 'every partner has a next step, in a sentence');
SELECT results_eq('SELECT next_step_rule, count(*) FROM partner_scorecard GROUP BY 1 ORDER BY 1', $$VALUES ('activate', 1::bigint), ('bring in', 21), ('win back', 1), ('working set', 1)$$,
                  'by rules');
SELECT is_empty($$SELECT s.partner_id FROM partner_scorecard s WHERE next_step_rule = 'bring in'
                  AND NOT EXISTS (SELECT FROM co_sell_list l WHERE l.partner_id = s.partner_id AND NOT l.on_deal AND strpos(s.next_step, l.deal) > 0
                                  AND s.next_step_amount = l.amount AND s.next_step_for = l.owner)$$, 'a deal to bring a partner into is one it is not on, at an account it knows');
SELECT results_eq('SELECT partner_id, partner, rank, companies, round(fit, 6) FROM partner_fit ORDER BY rank',
                  $$WITH list AS (SELECT partner_id, company_set_agg(company_id) AS companies FROM company WHERE partner_id <> '' GROUP BY 1),
                    top AS (SELECT partner_id FROM o_credit GROUP BY 1 ORDER BY sum(credit) DESC, partner_id LIMIT 5),
                    likeness AS (SELECT p.partner_id, p.name, min(cardinality(l.companies)) AS companies, avg(jaccard(l.companies, t.companies)) AS accounts,
                                        max((p.type = q.type)::integer) AS type, max((p.region = q.region)::integer) AS region
                                 FROM   crm.partner p JOIN list l USING (partner_id) CROSS JOIN top JOIN list t ON t.partner_id = top.partner_id JOIN crm.partner q ON q.partner_id = top.partner_id
                                 WHERE  p.partner_id NOT IN (SELECT partner_id FROM top) GROUP BY 1, 2),
                    fit AS (SELECT *, (accounts / max(accounts) OVER () + type + region) / 3 AS fit FROM likeness)
                    SELECT partner_id, name, (row_number() OVER (ORDER BY fit DESC, partner_id))::integer, companies::integer, round(fit::numeric, 6) FROM fit ORDER BY 3$$,
                  'who is like those that earn most');

-- ---------------------------------------------------------------------------
-- Quarters: everything adds up
-- ---------------------------------------------------------------------------

SELECT is(sum(credited_amount), (SELECT sum(amount) FROM crm.deal WHERE outcome = 'won'), 'the credit of all partners, and of none, is what was won') FROM partner_period;
SELECT results_eq($$SELECT partner_id, period_starts, credited_amount FROM partner_period WHERE credited_amount <> 0 ORDER BY 1, 2$$,
                  $$SELECT partner_id, closed_quarter, sum(amount) FROM credit_line GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2$$, 'quarter by quarter that of the ledger');
SELECT results_eq('SELECT period, sum(credited_amount), sum(investment), sum(touches), sum(registrations) FROM partner_period GROUP BY 1 ORDER BY 1',
                  'SELECT period, won_amount, investment, touches::bigint, registrations::bigint FROM program_period ORDER BY 1', 'partners add up to the program');
SELECT is(sum(investment), (SELECT sum(amount) FROM crm.investment), 'nothing that was spent is lost') FROM partner_period;
SELECT is(sum(touches), (SELECT count(*) FROM o_touch), 'nor a touch') FROM partner_period;
SELECT results_eq('SELECT sum(leads_given), sum(leads_received) FROM partner_period', 'SELECT count(*), count(*) FROM crm.lead_exchange', 'nor a lead, which somebody gave and somebody received');
SELECT results_eq($$SELECT sum(won_deals), sum(won_amount), sum(touched_deals), sum(touched_amount), sum(led_amount), sum(lost_deals), sum(opened_deals), sum(opened_amount),
                           sum(credited_amount), sum(company_amount) FROM program_period$$,
                  $$SELECT count(*) FILTER (WHERE outcome = 'won'), sum(amount) FILTER (WHERE outcome = 'won'), count(*) FILTER (WHERE outcome = 'won' AND is_touched),
                           sum(amount) FILTER (WHERE outcome = 'won' AND is_touched), sum(amount) FILTER (WHERE outcome = 'won' AND is_led), count(*) FILTER (WHERE outcome = 'lost'),
                           count(*), sum(amount), sum(credited_amount), sum(company_amount) FROM deal_fact$$, 'program_period has every deal of deal_fact');
SELECT results_eq($$SELECT sum(won_amount), sum(touched_amount), sum(led_amount), sum(sourced_amount), sum(influenced_amount) FROM program_period$$,
                  $$SELECT sum(amount), sum(amount) FILTER (WHERE class IN ('involved', 'led')), sum(amount) FILTER (WHERE class = 'led'),
                           sum(amount) FILTER (WHERE origin = 'partner_sourced'), sum(amount) FILTER (WHERE origin NOT IN ('partner_sourced', 'unpartnered'))
                    FROM o_driven WHERE outcome = 'won'$$, 'driven as by hand');
SELECT is_empty($$SELECT period FROM program_period WHERE touched_amount > won_amount OR led_amount > touched_amount OR gap_amount <> touched_amount - led_amount
                  OR sourced_amount + influenced_amount <> touched_amount OR credited_amount + company_amount <> won_amount OR partners_active > partners$$,
                'led is touched, touched is won, and what is touched is sourced or influenced');
SELECT results_eq($$SELECT partner_id, sum(sourced_amount), sum(influenced_amount), sum(won_deals), sum(lost_deals), sum(opened_deals) FROM partner_period WHERE partner_id <> '' GROUP BY 1 HAVING sum(opened_deals) > 0 ORDER BY 1$$,
                  $$SELECT partner_id, sourced_amount, influenced_amount, won_deals::bigint, lost_deals::bigint, deals::bigint FROM partner_scorecard WHERE deals > 0 ORDER BY 1$$, 'quarters add up to the scorecard');
SELECT results_eq($$SELECT sum(won_deals), sum(lost_deals), sum(opened_deals) FROM partner_period WHERE partner_id = ''$$,
                  $$SELECT count(*) FILTER (WHERE outcome = 'won'), count(*) FILTER (WHERE outcome = 'lost'), count(*) FROM o_driven WHERE class NOT IN ('involved', 'led')$$,
                  'the row of no partner has the deals that none touched');
SELECT is_empty($$SELECT period_starts FROM program_period p WHERE period_starts > (SELECT min(period_starts) FROM program_period)
                  AND NOT EXISTS (SELECT FROM program_period b WHERE b.period_starts = p.period_starts - interval '3 months')$$, 'there is no gap between quarters');

-- ---------------------------------------------------------------------------
-- Accounts, leads, weeks, the zone
-- ---------------------------------------------------------------------------

SELECT results_eq('SELECT partner_id, account_id, last_act_on FROM joint_account WHERE last_act_on IS NOT NULL ORDER BY 1, 2',
                  $$SELECT partner_id, account_id, max(acted_on) FROM o_act WHERE account_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2$$, 'joint accounts are where something was done together');
SELECT is(sum(credit), (SELECT sum(credit) FROM o_credit), 'with all that partners are credited there') FROM joint_account;
SELECT results_eq('SELECT lead, count(*), sum(amount) FROM eql GROUP BY 1 ORDER BY 1',
                  $$SELECT CASE WHEN least(played_on, sourced_on) <= (d.opened_at AT TIME ZONE 'UTC')::date THEN 'eql' WHEN lead_source = 'outbound' THEN 'cold' ELSE 'other' END, count(*), sum(amount)
                    FROM   crm.deal d LEFT JOIN (SELECT account_id, min(acted_on) AS played_on FROM o_act WHERE act = 'play' GROUP BY 1) a USING (account_id)
                           LEFT JOIN (SELECT deal_id, min(acted_on) AS sourced_on FROM o_touch WHERE axis = 'sourcing' GROUP BY 1) t USING (deal_id)
                    WHERE  d.type = 'new' GROUP BY 1 ORDER BY 1$$, 'leads that partner data surfaced');
SELECT results_eq('SELECT week, reps_reached, resellers_activated, round(milestones_share, 3), open_amount FROM program_week ORDER BY 1',
                  $$WITH week AS (SELECT (date_trunc('week', day)::date - 7 * (14 - n)) AS week FROM o_today, generate_series(1, 13) n),
                    stood AS (SELECT amount, outcome, (valid_from AT TIME ZONE 'UTC')::date AS since,
                                     lead((valid_from AT TIME ZONE 'UTC')::date, 1, 'infinity') OVER (PARTITION BY deal_id ORDER BY valid_from) AS until FROM crm.deal_history)
                    SELECT week, (SELECT count(DISTINCT owner)::integer FROM o_touch WHERE acted_on >= week AND acted_on < week + 7 AND axis IS NOT NULL),
                          (SELECT count(DISTINCT partner_id)::integer FROM o_act JOIN crm.partner p USING (partner_id) WHERE acted_on >= week AND acted_on < week + 7 AND p.type = 'channel' AND co_sell),
                          (SELECT round(avg((coalesce(done_on, 'infinity') < week + 7)::integer::numeric), 3) FROM crm.plan_milestone WHERE due_on < week + 7 AND due_on >= week - 84),
                          (SELECT sum(amount) FROM stood WHERE since < week + 7 AND until >= week + 7 AND outcome = 'open')
                    FROM   week ORDER BY 1$$, 'leading indicators, week by week');
SELECT results_eq($$SELECT criterion, round(value, 3), is_met FROM maturity ORDER BY zone, criterion$$,
                  $$VALUES ('arr_to_unlock_zone_2', 20791784.220, true), ('co_sold_deals_of_a_year', 102.000, true), ('mapped_partners', 24.000, true), ('co_sell_plans', 7.000, true),
                           ('mutual_action_plan_coverage', 0.821, false), ('named_partners', 10.000, true), ('pipeline_change', 29287.468, true), ('plan_progress', 0.006, true),
                           ('reps_reached_change', 0.000, false), ('resellers_activated_change', 0.088, true), ('archetypes_to_unlock_zone_4', 3.000, true),
                           ('leads_among_partners_of_a_year', 49.000, true)$$, 'the criteria of the zones');
SELECT results_eq($$SELECT current_zone, current_zone_name, criterion, advice FROM maturity WHERE is_next ORDER BY criterion$$,
                  $$VALUES (2, 'Partnering', 'mutual_action_plan_coverage', 'Write a plan for each joint deal that has none'),
                           (2, 'Partnering', 'reps_reached_change', 'Bring partners to sellers who have not worked with one yet')$$, 'and what keeps us from the next');
SELECT results_eq('SELECT account_id, won_on, partner_id, integrated_on, overlap_on, opened_on, days FROM flywheel ORDER BY 1, 2',
                  $$SELECT w.account_id, w.won_on, i.partner_id, i.started_on, o.occurred_on, d.opened_on, d.opened_on - w.won_on
                    FROM  (SELECT DISTINCT account_id, (closed_at AT TIME ZONE 'UTC')::date AS won_on FROM o_driven WHERE outcome = 'won' AND class IN ('involved', 'led')) w
                           LEFT JOIN LATERAL (SELECT partner_id, started_on FROM crm.integration_use i WHERE i.account_id = w.account_id AND i.started_on > w.won_on ORDER BY 2, 1 LIMIT 1) i ON true
                           LEFT JOIN LATERAL (SELECT occurred_on FROM overlap_event o WHERE o.event = 'entered' AND o.partner_id = i.partner_id AND o.occurred_on > i.started_on ORDER BY 1 LIMIT 1) o ON true
                           LEFT JOIN LATERAL (SELECT (opened_at AT TIME ZONE 'UTC')::date AS opened_on FROM o_involved v JOIN crm.deal USING (deal_id)
                                              WHERE v.partner_id = i.partner_id AND (opened_at AT TIME ZONE 'UTC')::date > o.occurred_on ORDER BY 1 LIMIT 1) d ON true
                    ORDER  BY 1, 2$$, 'rotations of the flywheel, each looked for by itself');
SELECT results_eq('SELECT begun, rotations, complete, median_days FROM flywheel_year ORDER BY 1',
                  $$VALUES ('', 198, 96, 259.0000), ('2024', 47, 21, NULL), ('2025', 83, 46, 294), ('2026', 68, 29, 125)$$, 'take so long, those under way among them');
SELECT results_eq('SELECT rank, account_id, partners, potential, is_activated FROM launch_account ORDER BY rank',
                  $$WITH core AS (SELECT partner_id FROM account_overlap GROUP BY 1 ORDER BY count(*) DESC, partner_id LIMIT 5)
                    SELECT (row_number() OVER (ORDER BY partners DESC, potential DESC, account_id))::integer, account_id, partners, potential,
                           EXISTS (SELECT FROM o_act a JOIN core USING (partner_id) WHERE a.account_id = s.account_id AND act <> 'registration')
                    FROM  (SELECT o.account_id, count(*)::integer AS partners, coalesce(max(d.amount), 0) AS potential
                           FROM   account_overlap o JOIN core USING (partner_id) LEFT JOIN crm.deal d ON d.account_id = o.account_id AND d.outcome = 'open'
                           WHERE  o.population = 'customer' AND o.segment <> 'customer' GROUP BY 1) s
                    ORDER  BY 1 LIMIT 50$$, 'the accounts to launch with');

-- ---------------------------------------------------------------------------
-- Numbers
-- ---------------------------------------------------------------------------

SELECT is_empty($$SELECT metric, fault FROM metric_definition WHERE chapter = 'Program' AND fault IS NOT NULL$$, 'every number of the program can be counted');
CREATE TEMP VIEW now_network AS SELECT metric, round(value, 3) AS value, round(low, 3) AS low, round(high, 3) AS high, numerator, denominator, verdict FROM metric WHERE scope = 'network' AND period = 'now';
SELECT results_eq($$SELECT metric, value, low, high, verdict FROM now_network WHERE metric IN ('account_mapping_days', 'first_target_list_days', 'first_introduction_days', 'time_to_activation_days', 'time_to_first_revenue_days') ORDER BY 1$$,
                  $$VALUES ('account_mapping_days', 1.000, 0.000, 2.000, 'on target'), ('first_introduction_days', 19, 15, 31, 'above target'), ('first_target_list_days', 9, 8, 12, 'above target'),
                           ('time_to_activation_days', 18.5, 15, 31, 'healthy'), ('time_to_first_revenue_days', 428, 371, 540, NULL)$$, 'how long partners take');
SELECT results_eq($$SELECT metric, value, verdict FROM now_network WHERE metric IN ('working_set_partners', 'ecosystem_partners', 'manually_coordinated_partners', 'partners_without_prm', 'bilateral_partners', 'scaled_partners', 'launch_mapped_partners', 'launch_scored_accounts') ORDER BY 1$$,
                  $$VALUES ('bilateral_partners', 24.000, 'below benchmark'), ('ecosystem_partners', 24, 'below target'), ('launch_mapped_partners', 5, 'on target'), ('launch_scored_accounts', 50, 'on target'),
                           ('manually_coordinated_partners', 24, 'beyond manual coordination'), ('partners_without_prm', 24, 'above target'), ('scaled_partners', 24, 'on target'), ('working_set_partners', 11, 'above target')$$,
                  'how many partners, and what that asks for');
SELECT results_eq($$SELECT metric, value, verdict FROM now_network WHERE metric IN ('reps_reached_change', 'resellers_activated_change', 'plan_progress', 'pipeline_change', 'maturity_zone') ORDER BY 1$$,
                  $$VALUES ('maturity_zone', 2.000, 'Partnering'), ('pipeline_change', 29287.468, 'on target'), ('plan_progress', 0.006, 'on target'), ('reps_reached_change', 0.000, 'below target'), ('resellers_activated_change', 0.088, 'on target')$$,
                  'leading indicators and the zone');
SELECT results_eq($$SELECT value, low, high, verdict FROM now_network WHERE metric = 'eql_to_cold_conversion_ratio'$$,
                  $$SELECT round(r.ratio::numeric, 3), round(r.ratio_lower::numeric, 3), round(r.ratio_upper::numeric, 3), verdict('eql_to_cold_conversion_ratio', r.ratio)
                    FROM  (SELECT deal_stats_agg(amount, outcome, opened_on, closed_on) FILTER (WHERE lead = 'eql') AS e, deal_stats_agg(amount, outcome, opened_on, closed_on) FILTER (WHERE lead = 'cold') AS c FROM eql) s,
                           win_rate_lift(e, c) r$$, 'EQLs convert better');
SELECT results_eq($$SELECT metric, value, numerator, denominator FROM now_network WHERE metric IN ('active_producer_share', 'psat', 'dashboard_time_share', 'producing_reps_in_six_weeks', 'active_partners') ORDER BY 1$$,
                  $$SELECT 'active_partners', count(DISTINCT partner_id)::numeric, count(DISTINCT partner_id)::numeric, NULL FROM (SELECT partner_id, acted_on FROM o_touch UNION ALL SELECT partner_id, acted_on FROM o_act WHERE act = 'registration') a WHERE acted_on >= date '2026-09-30' - 90
                    UNION ALL SELECT 'active_producer_share', round(avg(is_producer::integer), 3), count(*) FILTER (WHERE is_producer), count(*) FROM partner_scorecard
                    UNION ALL SELECT 'dashboard_time_share', round(sum(hours) FILTER (WHERE activity = 'dashboards') / sum(hours), 3), sum(hours) FILTER (WHERE activity = 'dashboards'), sum(hours)
                              FROM crm.team_hours WHERE activity IN ('dashboards', 'joint cycles') AND week > date '2026-09-30' - 91
                    UNION ALL SELECT 'producing_reps_in_six_weeks', count(DISTINCT owner), count(DISTINCT owner), NULL FROM o_driven WHERE origin = 'partner_sourced' AND (opened_at AT TIME ZONE 'UTC')::date > date '2026-09-30' - 42
                    UNION ALL SELECT 'psat', round(avg(score), 3), sum(score), count(*) FROM crm.survey WHERE kind = 'psat' AND asked_on = '2026-09-04'$$, 'as on the demo''s tables');
SELECT results_eq($$SELECT round(value, 3), period FROM metric WHERE metric = 'psat' AND scope = 'network' AND period IN ('FY2026 Q1', 'FY2025 Q3') ORDER BY 2$$,
                  $$VALUES (3.810, 'FY2025 Q3'), (3.529, 'FY2026 Q1')$$, 'by quarter, too');
SELECT results_eq($$SELECT scope_id, round(value, 2) FROM metric WHERE metric = 'training_completion' AND scope = 'partner' AND period = 'now' AND scope_id IN ('P01', 'P02', 'P03', 'P04') ORDER BY 1$$,
                  $$VALUES ('P01', 0.67), ('P02', 0.08), ('P03', 0.22), ('P04', 0.47)$$, 'trainings by partner');
SELECT results_eq($$SELECT scope_id, value, verdict FROM metric WHERE metric = 'joint_accounts_of_partner' AND scope_id IN ('P01', 'P23') ORDER BY 1$$,
                  $$SELECT partner_id, joint_accounts::numeric(18,6), joint_accounts_verdict FROM partner_scorecard WHERE partner_id IN ('P01', 'P23') AND joint_accounts > 0 ORDER BY 1$$, 'the working set is that of the scorecard');
SELECT results_eq($$SELECT id FROM metric_rows('elg', 'joint_accounts_of_partner', scope_id => 'P10') ORDER BY 1$$,
                  $$SELECT DISTINCT account_id FROM o_act WHERE partner_id = 'P10' AND acted_on >= '2026-07-01' AND account_id IS NOT NULL ORDER BY 1$$, 'and its rows are the accounts');
SELECT is_empty($$SELECT n.metric, n.numerator, n.denominator, r.* FROM now_network n JOIN metric_definition d USING (metric),
                         LATERAL (SELECT count(*) FILTER (WHERE part = 'numerator') AS up, count(*) FILTER (WHERE part = 'denominator') AS rest FROM metric_rows('elg', n.metric)) r
                  WHERE  d.report = 'time_to_reach' AND (n.numerator <> up OR n.denominator <> rest)$$, 'who is there, and who signed, are the rows behind the days');

-- Another target, another verdict, though nothing else changed.
INSERT INTO ecosystem.target (metric, range, unit, better, source) VALUES ('joint_accounts_of_partner', '[5,)', 'count', 'higher', 'us');
CALL refresh_mart('elg');
SELECT is_empty('SELECT partner_id FROM partner_scorecard WHERE has_working_set <> (joint_accounts >= 5)', 'targets of one''s own count from the next refresh on');
SELECT results_eq($$SELECT relation FROM refresh_log WHERE refresh = (SELECT max(refresh) FROM refresh_log) AND changed > 0 AND relation NOT IN ('(all)', 'coverage') ORDER BY 1$$,
                  $$VALUES ('metric'), ('partner_scorecard')$$, 'for what reads targets');

-- Nobody's.
SELECT is_empty('SELECT 1 FROM nothing.partner_scorecard UNION ALL SELECT 1 FROM nothing.program_period UNION ALL SELECT 1 FROM nothing.maturity', 'a mart of nothing has no program');
CALL set_relation('nothing', 'partner', $$SELECT 'x'::text AS partner_id, 'Alone'::text AS name, NULL::text AS type, NULL::text AS program, NULL::text AS tier, NULL::text AS region, NULL::text AS owner,
	NULL::text AS owner_email, NULL::text AS website, NULL::date AS signed_on, NULL::date AS ended_on, NULL::timestamptz AS updated_at, NULL::jsonb AS extra$$);
CALL refresh_mart('nothing');
SELECT results_eq('SELECT partner, activity_verdict, joint_accounts, win_rate, return_on_investment, next_step_rule FROM nothing.partner_scorecard',
                  $$VALUES ('Alone', 'never', 0, NULL::numeric, NULL::numeric, 'activate')$$, 'a partner of whom nothing is known has a scorecard');
SELECT results_eq($$SELECT DISTINCT current_zone, is_met FROM nothing.maturity$$, 'VALUES (1, false)', 'and the program is in the first zone');
SELECT results_eq($$SELECT criterion, value, wanted FROM nothing.maturity WHERE zone = 4 ORDER BY 1$$,
                  $$VALUES ('archetypes_to_unlock_zone_4', NULL::numeric, 'no input: co_sell_plan'), ('leads_among_partners_of_a_year', NULL, 'no input: lead_exchange')$$,
                  'what cannot be said says what it wants');

SELECT * FROM finish();
ROLLBACK;
