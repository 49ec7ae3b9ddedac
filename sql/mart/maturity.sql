-- maturity: in which zone the program is, and what keeps it from the next: the criteria of each zone, met and not met.
-- kind: report
-- tier: 1
-- key: zone, criterion
-- inputs: deal_fact(*) partner_deal(*) account_overlap(*) program_week(*) partner(*) subscription(*) co_sell_plan(*) plan_milestone(*)
--   lead_exchange(*) setting(*)
-- columns:
--   zone integer not null             Zone that the criterion unlocks, 2 to 4; a zone is reached with all criteria of it and of those below.
--   criterion text not null           Name of the criterion; where a target decides, the name of the target.
--   title text                        What it asks for, in words.
--   value numeric(18,6)               Where we stand; NULL: not known.
--   target text                       What is asked.
--   is_met boolean                    Whether it is met.
--   numerator numeric(18,2)           Of shares: how many.
--   denominator numeric(18,2)         Of how many.
--   wanted text                       Relation without whose rows it cannot be said.
--   current_zone integer              Zone that is reached, 1 to 4; the same in all rows.
--   current_zone_name text            What it is called.
--   is_next boolean                   Whether it keeps us from the next zone.
--   advice text                       What to do, where it is not met.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day, time_zone FROM setting
), plan AS (
	-- in force: agreed on, for a deal that is open
	SELECT c.plan_id, c.partner_id, p.type, c.our_owner <> '' AND c.partner_owner <> '' AS is_owned,
	       c.our_owner <> '' AND c.partner_owner <> '' AND c.split <> '' AND m.plan_id IS NOT NULL AS is_whole
	FROM   today t, co_sell_plan c
	       JOIN deal_fact d USING (deal_id)
	       LEFT JOIN partner p USING (partner_id)
	       LEFT JOIN (SELECT DISTINCT plan_id FROM plan_milestone) m USING (plan_id)
	WHERE  d.outcome = 'open' AND (c.agreed_at AT TIME ZONE t.time_zone)::date <= t.day
), planned AS (
	SELECT count(DISTINCT partner_id) FILTER (WHERE is_owned) AS partners, count(*) FILTER (WHERE is_whole) AS plans, count(DISTINCT type) AS types FROM plan
), joint AS (
	SELECT count(*) AS deals, count(c.deal_id) AS planned
	FROM   deal_fact d
	       LEFT JOIN (SELECT DISTINCT deal_id FROM today t, co_sell_plan WHERE (agreed_at AT TIME ZONE t.time_zone)::date <= t.day) c USING (deal_id)
	WHERE  d.outcome = 'open' AND d.co_sell
), slope AS (
	SELECT regr_slope(reps_reached, n) AS reps, regr_slope(resellers_activated, n) AS resellers, regr_slope(milestones_share, n) AS plans,
	       regr_slope(open_amount, n) AS pipeline
	FROM   program_week
), there AS (
	SELECT EXISTS (SELECT FROM subscription) AS subscription, EXISTS (SELECT FROM account_overlap) AS account_overlap, EXISTS (SELECT FROM deal_fact) AS deal,
	       EXISTS (SELECT FROM co_sell_plan) AS co_sell_plan, EXISTS (SELECT FROM plan_milestone) AS plan_milestone,
	       EXISTS (SELECT FROM lead_exchange) AS lead_exchange, EXISTS (SELECT FROM program_week WHERE acts > 0) AS touch
), measured (zone, criterion, title, value, numerator, denominator, is_there, wanted, advice) AS (
	SELECT 2, 'arr_to_unlock_zone_2', 'recurring revenue',
	      (SELECT sum(opening + expansion - contraction - churned) FROM subscription
	       WHERE  period = (SELECT max(period) FROM today, subscription WHERE period <= day)), NULL::numeric, NULL::numeric,
	       subscription, 'subscription', 'Sell more by yourselves first: partners multiply a motion that works'
	FROM   there
	UNION  ALL
	SELECT 2, 'mapped_partners', 'partners whose lists are mapped', (SELECT count(DISTINCT partner_id) FROM account_overlap), NULL, NULL,
	       account_overlap, 'partner_account', 'Exchange account lists with a partner'
	FROM   there
	UNION  ALL
	SELECT 2, 'co_sold_deals_of_a_year', 'deals co-sold in a year',
	      (SELECT count(*) FROM today, deal_fact WHERE co_sell AND opened_on > day - interval '1 year' AND opened_on <= day), NULL, NULL,
	       deal, 'deal', 'Sell a first deal together with a partner'
	FROM   there
	UNION  ALL
	SELECT 3, 'named_partners', 'partners with a co-sell plan in force', partners, NULL, NULL,
	       co_sell_plan, 'co_sell_plan', 'Agree on co-sell plans with more partners, with an owner on each side'
	FROM   there, planned
	UNION  ALL
	SELECT 3, 'co_sell_plans', 'plans with owners, milestones and split', plans, NULL, NULL,
	       co_sell_plan, 'co_sell_plan', 'Complete the plans: an owner on each side, milestones with dates, a split agreed on beforehand'
	FROM   there, planned
	UNION  ALL
	SELECT 3, 'reps_reached_change', 'reps reached, change a week', reps, NULL, NULL,
	       touch, 'touch', 'Bring partners to sellers who have not worked with one yet'
	FROM   there, slope
	UNION  ALL
	SELECT 3, 'resellers_activated_change', 'resellers activated, change a week', resellers, NULL, NULL,
	       touch, 'touch', 'Have channel partners sell along: a joint call or a target list each'
	FROM   there, slope
	UNION  ALL
	SELECT 3, 'plan_progress', 'milestones done of those due, change a week', plans, NULL, NULL,
	       plan_milestone, 'plan_milestone', 'Finish the milestones that are due, or agree on new dates'
	FROM   there, slope
	UNION  ALL
	SELECT 3, 'pipeline_change', 'open pipeline, change a week', pipeline, NULL, NULL,
	       deal, 'deal', 'Open more than is closed: ask partners for referrals, act on overlaps'
	FROM   there, slope
	UNION  ALL
	SELECT 3, 'mutual_action_plan_coverage', 'open joint deals with a plan', planned::numeric / nullif(deals, 0), planned, deals,
	       co_sell_plan, 'co_sell_plan', 'Write a plan for each joint deal that has none'
	FROM   there, joint
	UNION  ALL
	SELECT 4, 'archetypes_to_unlock_zone_4', 'types of partners with plans in force', types, NULL, NULL,
	       co_sell_plan, 'co_sell_plan', 'Agree on plans with another type of partner: technology, services, channel'
	FROM   there, planned
	UNION  ALL
	SELECT 4, 'leads_among_partners_of_a_year', 'leads from partner to partner in a year',
	      (SELECT count(*) FROM today, lead_exchange
	       WHERE  from_partner_id <> '' AND to_partner_id <> '' AND (sent_at AT TIME ZONE time_zone)::date <= day
	       AND   (sent_at AT TIME ZONE time_zone)::date > day - interval '1 year'), NULL, NULL,
	       lead_exchange, 'lead_exchange', 'Introduce partners to each other, and count what they pass on'
	FROM   there
), judged AS (
	SELECT m.*, CASE WHEN is_there THEN value::numeric END AS known, g.is_target,
	       CASE WHEN NOT is_there THEN false WHEN g.is_target THEN coalesce(meets_target(criterion, value::numeric), false) ELSE coalesce(value > 0, false) END AS is_met
	FROM   measured m, LATERAL (SELECT EXISTS (SELECT FROM targets_of(m.criterion)) AS is_target) g
), reached AS (
	SELECT 1 + count(*) FILTER (WHERE met) AS zone
	FROM  (SELECT bool_and(bool_and(is_met)) OVER (ORDER BY zone) AS met FROM judged GROUP BY zone) z
)
SELECT j.zone, criterion, title, known AS value,
       CASE WHEN is_target THEN (SELECT string_agg(concat_ws(' ', CASE WHEN upper(range) IS NULL OR better = 'higher'
                                                                        THEN CASE WHEN lower_inc(range) THEN 'at least' ELSE 'more than' END ELSE 'from' END,
                                                             lower(range), CASE WHEN better <> 'higher' THEN 'to ' || upper(range) END, CASE WHEN unit NOT IN ('count', 'share') THEN unit END), '; ' ORDER BY range)
                                 FROM targets_of(criterion) WHERE kind = 'target')
            ELSE 'more than 0' END AS target,
       is_met, numerator, denominator, CASE WHEN NOT is_there THEN 'no input: ' || wanted END AS wanted,
       r.zone AS current_zone, verdict('maturity_zone', r.zone) AS current_zone_name, NOT is_met AND j.zone = r.zone + 1 AS is_next,
       CASE WHEN is_met THEN NULL WHEN is_there THEN advice ELSE 'Bind ' || wanted || ': without it nobody can tell' END AS advice
FROM   judged j, reached r
WHERE  EXISTS (SELECT FROM partner)
