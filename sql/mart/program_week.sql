-- program_week: the leading indicators of the last thirteen full weeks, looked at every week: what counts is whether they rise.
-- kind: report
-- tier: 1
-- key: week
-- inputs: touch(*) deal_fact(*) partner_day(*) partner(*) plan_milestone(*) touch_kind(*) setting(*)
-- columns:
--   week date not null                Its Monday.
--   n integer                         Number of the week, 1 to 13, the last one is 13.
--   reps_reached integer              Owners of deals on which a partner did something that is evidence for an axis.
--   resellers_activated integer       Channel partners with an act of selling together.
--   partners_active integer           Partners with a touch or a registration.
--   acts integer                      What partners did, see partner_day.
--   milestones_due integer            Milestones of plans that were due in the twelve weeks before its end.
--   milestones_done integer           Those of them that were done by then.
--   milestones_share numeric(9,6)     The same as a share.
--   open_deals integer                Deals open at its end, as deal_history has them.
--   open_amount numeric(18,2)         Their amount then: the pipeline.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day, time_zone FROM setting
), week AS MATERIALIZED (
	SELECT date_trunc('week', day::timestamp)::date - 7 * (14 - n) AS week, n, time_zone FROM today, generate_series(1, 13) AS n
), span AS (
	SELECT min(week) AS starts, max(week) + 7 AS ends, min(time_zone) AS time_zone FROM week
), reached AS (
	SELECT date_trunc('week', t.occurred_at AT TIME ZONE s.time_zone)::date AS week, count(DISTINCT d.owner) AS reps
	FROM   span s, touch t
	       JOIN touch_kind k ON k.kind = t.kind AND k.axis IS NOT NULL AND NOT k.passive
	       JOIN deal_fact d ON d.deal_id = t.deal_id
	WHERE  t.partner_id <> '' AND t.occurred_at >= s.starts::timestamp AT TIME ZONE s.time_zone AND t.occurred_at < s.ends::timestamp AT TIME ZONE s.time_zone
	AND   (t.occurred_at <= d.closed_at OR d.closed_at IS NULL)
	GROUP  BY 1
), acted AS (
	SELECT date_trunc('week', a.acted_on::timestamp)::date AS week, count(DISTINCT partner_id) FILTER (WHERE p.type = 'channel' AND a.co_sell_acts > 0) AS resellers,
	       count(DISTINCT partner_id) FILTER (WHERE a.touches + a.registrations > 0) AS partners, sum(a.acts) AS acts
	FROM   span s, partner_day a LEFT JOIN partner p USING (partner_id)
	WHERE  a.acted_on >= s.starts AND a.acted_on < s.ends
	GROUP  BY 1
), milestone AS (
	SELECT w.week, count(*) AS due, count(*) FILTER (WHERE m.done_on < w.week + 7) AS done
	FROM   week w JOIN plan_milestone m ON m.due_on >= w.week - 84 AND m.due_on < w.week + 7
	GROUP  BY w.week
), stood AS (
	-- what each deal stood at, and until when, of those that were open in these weeks
	SELECT h.amount, h.outcome, (h.valid_from AT TIME ZONE s.time_zone)::date AS since,
	       lead((h.valid_from AT TIME ZONE s.time_zone)::date, 1, 'infinity') OVER (PARTITION BY h.deal_id ORDER BY h.valid_from) AS until
	FROM   span s, deal_fact d JOIN deal_history h USING (deal_id)
	WHERE  d.closed_on >= s.starts OR d.closed_on IS NULL
), pipeline AS (
	SELECT w.week, count(*) AS deals, sum(t.amount) AS amount
	FROM   week w JOIN stood t ON t.since < w.week + 7 AND t.until >= w.week + 7
	WHERE  t.outcome = 'open'
	GROUP  BY w.week
)
SELECT w.week, w.n, coalesce(r.reps, 0) AS reps_reached, coalesce(a.resellers, 0) AS resellers_activated, coalesce(a.partners, 0) AS partners_active,
       coalesce(a.acts, 0) AS acts, coalesce(m.due, 0) AS milestones_due, coalesce(m.done, 0) AS milestones_done,
       m.done::numeric / nullif(m.due, 0) AS milestones_share, coalesce(p.deals, 0) AS open_deals, coalesce(p.amount, 0) AS open_amount
FROM   week w
       LEFT JOIN reached r USING (week)
       LEFT JOIN acted a USING (week)
       LEFT JOIN milestone m USING (week)
       LEFT JOIN pipeline p USING (week)
WHERE  EXISTS (SELECT FROM deal_fact) OR EXISTS (SELECT FROM partner_day)
