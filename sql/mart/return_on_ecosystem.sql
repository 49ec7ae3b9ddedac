-- return_on_ecosystem: returns against investment, by three numerators side by side: influenced, credited, and credited gross margin.
-- kind: report
-- tier: 2
-- key: numerator, period
-- inputs: program_flow(*)
-- columns:
--   numerator text not null           influenced (all that partners touched), credited (their share of it), or credited_margin (what is left of that).
--   period text not null              now (all that is known), or a fiscal quarter: returns in the quarter they came, costs in the one they fell in.
--   period_starts date                First day of that quarter; NULL: now.
--   returns numeric(18,2)             What came.
--   acquired numeric(18,2)            Of it by new customers.
--   expanded numeric(18,2)            Of it by customers who bought more.
--   retained numeric(18,2)            Of it by customers who would have left otherwise: an observation.
--   new_logo_share numeric(9,6)       Share of the returns that new customers are.
--   investment numeric(18,2)          What was spent.
--   team numeric(18,2)                Of it on people.
--   technology numeric(18,2)          Of it on tools.
--   incentives numeric(18,2)          Of it on incentives.
--   events numeric(18,2)              Of it on events.
--   other_investment numeric(18,2)    Of it on anything else.
--   roi numeric(12,4)                 Returns over investment: 5 means five back for one spent; NULL: nothing was spent.
--   roi_net numeric(12,4)             The same less one.
--   payback_months integer            Months from the first cost until the returns had reached the costs; NULL: not yet, or not all have a date.
--   returns_so_far numeric(18,2)      What came up to the end of the quarter.
--   investment_so_far numeric(18,2)   What was spent up to the end of the quarter.
--   deals integer                     Deals that the returns are of.
--   verdict text                      What the target for ecosystem_roi says.
WITH flow AS (
	SELECT n.numerator, f.flow, w.kind, f.period, f.quarter, f.fiscal, CASE f.flow WHEN 'return' THEN n.amount ELSE f.invested END AS amount
	FROM   program_flow f, LATERAL (VALUES ('influenced', f.influenced), ('credited', f.credited), ('credited_margin', f.credited_margin)) AS n(numerator, amount),
	       -- kinds are people's own words
	       LATERAL (SELECT CASE WHEN lower(f.kind) IN ('acquired', 'expanded', 'retained', 'team', 'technology', 'incentives', 'events') THEN lower(f.kind) ELSE 'other' END AS kind) w
), summed AS (
	SELECT numerator, quarter, fiscal, grouping(quarter) = 1 AS is_all, ecosystem_roi_agg(flow, kind, amount, period) AS r,
	       count(*) FILTER (WHERE flow = 'return') AS deals,
	       coalesce(sum(amount) FILTER (WHERE flow = 'return' AND kind = 'acquired'), 0) AS acquired,
	       coalesce(sum(amount) FILTER (WHERE flow = 'return' AND kind = 'expanded'), 0) AS expanded,
	       coalesce(sum(amount) FILTER (WHERE flow = 'return' AND kind = 'retained'), 0) AS retained,
	       coalesce(sum(amount) FILTER (WHERE flow = 'investment' AND kind = 'team'), 0) AS team,
	       coalesce(sum(amount) FILTER (WHERE flow = 'investment' AND kind = 'technology'), 0) AS technology,
	       coalesce(sum(amount) FILTER (WHERE flow = 'investment' AND kind = 'incentives'), 0) AS incentives,
	       coalesce(sum(amount) FILTER (WHERE flow = 'investment' AND kind = 'events'), 0) AS events
	FROM   flow
	GROUP  BY GROUPING SETS ((numerator), (numerator, quarter, fiscal))
)
SELECT numerator, CASE WHEN is_all THEN 'now' ELSE coalesce(fiscal, 'undated') END AS period, quarter AS period_starts, returns(r), acquired, expanded, retained,
       round(acquired / nullif(greatest(returns(r), 0), 0), 6) AS new_logo_share, investment(r), team, technology, incentives, events,
       investment(r) - team - technology - incentives - events AS other_investment, round(roi(r)::numeric, 4) AS roi, round(roi_net(r)::numeric, 4) AS roi_net,
       CASE WHEN is_all THEN payback_months(r) END AS payback_months,
       CASE WHEN quarter IS NOT NULL THEN sum(returns(r)) OVER so_far WHEN is_all THEN returns(r) END AS returns_so_far,
       CASE WHEN quarter IS NOT NULL THEN sum(investment(r)) OVER so_far WHEN is_all THEN investment(r) END AS investment_so_far,
       deals, verdict('ecosystem_roi', roi(r)) AS verdict
FROM   summed
WINDOW so_far AS (PARTITION BY numerator, is_all ORDER BY quarter)
