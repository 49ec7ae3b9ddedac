-- acquisition_cost: what a new customer cost, by the way it was won: the partner program beside the other channels.
-- kind: report
-- tier: 3
-- key: channel, period
-- inputs: deal_fact(*) investment(*) channel_spend(*) setting(*)
-- columns:
--   channel text not null             partner (the program, all of it), outbound, marketing, or another; as in deal.lead_source and channel_spend; empty: not said.
--   period text not null              now (all that is known), or a fiscal quarter.
--   period_starts date                First day of that quarter; NULL: now.
--   spent numeric(18,2)               What the channel cost; NULL: not known.
--   won integer                       New customers won that the owner says came from it.
--   won_amount numeric(18,2)          Their amount.
--   cac numeric(18,2)                 Cost of a customer; NULL: the cost is not known, or none was won.
--   other_cac numeric(18,2)           The same of all other channels together.
--   cac_ratio numeric(12,4)           The first over the second.
WITH calendar AS (
	SELECT fiscal_year_starts, make_interval(months => fiscal_year_starts - 1) AS later FROM setting
), spend AS (
	SELECT lower(CASE channel WHEN 'program' THEN 'partner' ELSE channel END) AS channel, period AS day, amount, NULL::text AS deal_id, NULL::numeric AS won_amount FROM channel_spend
	UNION  ALL
	SELECT 'partner', period, amount, NULL, NULL FROM investment
	UNION  ALL
	SELECT lower(coalesce(lead_source, '')), closed_on, NULL, deal_id, amount FROM deal_fact WHERE type = 'new' AND outcome = 'won'
), by_channel AS (
	SELECT channel, p.quarter, sum(amount) AS spent, count(deal_id) AS won, sum(won_amount) AS won_amount
	FROM   calendar, spend, LATERAL (SELECT NULL::date UNION ALL SELECT (date_trunc('quarter', day - later) + later)::date WHERE day IS NOT NULL) AS p(quarter)
	GROUP  BY channel, p.quarter
), compared AS (
	SELECT *, CASE WHEN spent >= 0 AND won > 0 THEN spent END AS cost, CASE WHEN spent >= 0 AND won > 0 THEN won END AS customers
	FROM   by_channel
), others AS (
	SELECT *, cost / customers AS cac,
	       (sum(cost) OVER q - coalesce(cost, 0)) / nullif(sum(customers) OVER q - coalesce(customers, 0), 0) AS other_cac
	FROM   compared
	WINDOW q AS (PARTITION BY quarter)
)
SELECT channel, CASE WHEN quarter IS NULL THEN 'now' ELSE _fiscal_quarter(quarter, fiscal_year_starts) END AS period,
       quarter AS period_starts, spent, won, coalesce(won_amount, 0) AS won_amount, round(cac, 2) AS cac, round(other_cac, 2) AS other_cac, round(cac / nullif(other_cac, 0), 4) AS cac_ratio
FROM   calendar, others
