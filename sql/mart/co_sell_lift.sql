-- co_sell_lift: whether co-sold deals win more often, are larger and close sooner than the others, with limits and a verdict.
-- kind: report
-- tier: 1
-- key: scope, scope_id, period, basis, comparison, segment, measure
-- inputs: deal_fact(*) involved_partner(*) setting(*)
-- columns:
--   scope text not null               What the co-sold deals are restricted to: network (all), region, partner_type or partner; a region restricts both sides.
--   scope_id text not null            Which region, type or partner; empty for the network.
--   label text                        Its name.
--   region text                       The region, the type and the partner again, each in a column of its own.
--   partner_type text                 The type of partner; NULL: not restricted to one.
--   partner_id text                   The partner; NULL: not restricted to one.
--   period text not null              now: all deals up to setting.as_of; else the fiscal quarter they were closed in, such as FY2026 Q3.
--   period_starts date                First day of that quarter; NULL for now.
--   basis text not null               as recorded: co-sold at any time; landmark: co-sold when setting.landmark had passed since opening, of deals still open then.
--   comparison text not null          pooled (all deals together), stratified (within types of deal, as if both sides had the same ones) or segment (one type).
--   segment text not null             The type of deal of a segment; empty for all.
--   measure text not null             win_rate, win_odds, mean_amount, median_cycle or won_within_90_days.
--   co_sell_deals bigint              Co-sold deals it is taken of: closed ones for win rate and odds, won ones for amount and cycle, all for the last.
--   solo_deals bigint                 The same of the deals they are compared with, which setting.solo_is says.
--   co_sell_value numeric(24,6)       Value of the co-sold deals: a share, an amount or days.
--   solo_value numeric(24,6)          Value of the others.
--   ratio numeric(12,4)               The first over the second; of win_odds the odds ratio.
--   ratio_lower numeric(12,4)         Lower limit of the ratio, with 95 % confidence; NULL: there is none.
--   ratio_upper numeric(12,4)         Upper limit; NULL: there is none.
--   difference numeric(24,6)          The first minus the second.
--   difference_lower numeric(24,6)    Lower limit of the difference.
--   difference_upper numeric(24,6)    Upper limit.
--   p_value numeric(9,6)              How often chance alone would make a difference as large.
--   verdict text                      In words, by the targets in force; too few deals where the numbers do not allow any.
WITH today AS (
	SELECT *, (coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) + 1)::timestamp AT TIME ZONE time_zone AS until FROM setting
), side AS (
	SELECT deal_id, 'as recorded' AS basis, co_sell AS is_co_sold, region, closed_quarter, closed_fiscal, amount, outcome, opened_at, closed_at, type
	FROM   deal_fact
	WHERE  co_sell OR is_solo
	UNION  ALL
	-- what was so then decides: deals co-sold later are among the others, those co-sold nobody knows since when are left out
	SELECT deal_id, 'landmark', landmark_co_sell, region, closed_quarter, closed_fiscal, amount, outcome, opened_at, closed_at, type
	FROM   deal_fact, today
	WHERE (is_solo OR co_sold_on IS NOT NULL AND co_sell)
	AND    landmark_co_sell IS NOT NULL AND opened_at + landmark <= until
), involved AS (
	-- who had part in a co-sold deal, by the time the basis is about
	SELECT basis, i.partner_id, i.partner, i.partner_type, s.deal_id, s.amount, s.outcome, s.opened_at, s.closed_at, s.type
	FROM   side s JOIN involved_partner i USING (deal_id)
	WHERE  is_co_sold AND (basis = 'as recorded' OR i.landmark_co_sell)
), cell AS (
	SELECT basis, region, closed_quarter, closed_fiscal, deal_lift_agg(is_co_sold, amount, outcome, opened_at, closed_at, type, until) AS lift
	FROM   today, side
	GROUP  BY basis, region, closed_quarter, closed_fiscal
), summed AS (
	SELECT CASE WHEN grouping(region) = 0 THEN 'region' ELSE 'network' END AS scope, coalesce(region, '') AS scope_id, region AS label,
	       closed_quarter, closed_fiscal, basis, rollup(lift) AS lift
	FROM   cell
	GROUP  BY GROUPING SETS ((basis), (basis, region), (basis, closed_quarter, closed_fiscal))
	HAVING (grouping(region) = 1 OR region <> '') AND (grouping(closed_quarter) = 1 OR closed_quarter IS NOT NULL)
	UNION  ALL
	-- each against all solo deals, which are added up once
	SELECT scope, scope_id, label, NULL, NULL, basis, deal_lift_combine(c.lift, solo.lift)
	FROM  (SELECT 'partner' AS scope, partner_id AS scope_id, min(partner) AS label, basis, deal_lift_agg(true, amount, outcome, opened_at, closed_at, type, until) AS lift
	       FROM   today, involved
	       GROUP  BY partner_id, basis
	       UNION  ALL
	       SELECT 'partner_type', partner_type, partner_type, basis, deal_lift_agg(true, amount, outcome, opened_at, closed_at, type, until)
	       FROM   today, (SELECT DISTINCT basis, partner_type, deal_id, amount, outcome, opened_at, closed_at, type FROM involved WHERE partner_type <> '') i
	       GROUP  BY partner_type, basis) c
	       JOIN (SELECT basis, deal_lift_agg(false, amount, outcome, opened_at, closed_at, type, until) AS lift
	             FROM today, side WHERE NOT is_co_sold GROUP BY basis) solo USING (basis)
)
-- a limit that is infinite, or beyond what the column holds, is none
SELECT scope, scope_id, s.label, CASE scope WHEN 'region' THEN scope_id END AS region, CASE scope WHEN 'partner_type' THEN scope_id END AS partner_type,
       CASE scope WHEN 'partner' THEN scope_id END AS partner_id, coalesce(closed_fiscal, 'now') AS period, closed_quarter AS period_starts, s.basis, comparison, coalesce(segment, '') AS segment, measure,
       co_sell_deals, solo_deals, co_sell_value, solo_value,
       CASE WHEN abs(ratio) < 1e7 THEN ratio END AS ratio, CASE WHEN abs(ratio_lower) < 1e7 THEN ratio_lower END AS ratio_lower,
       CASE WHEN abs(ratio_upper) < 1e7 THEN ratio_upper END AS ratio_upper, difference,
       CASE WHEN abs(difference_lower) < 1e17 THEN difference_lower END AS difference_lower,
       CASE WHEN abs(difference_upper) < 1e17 THEN difference_upper END AS difference_upper, p_value, verdict
FROM   summed s, deal_lift(lift) l
WHERE (closed_quarter IS NULL OR measure <> 'won_within_90_days')
AND   (scope NOT IN ('partner', 'partner_type') OR comparison <> 'segment')
