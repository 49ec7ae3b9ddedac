-- program_flow: what the partner program cost and what came of it: one row a won deal that partners touched, one row a cost.
-- kind: report
-- tier: 2
-- key: flow, flow_id
-- inputs: deal_fact(*) investment(*) partner(*) setting(*)
-- columns:
--   flow text not null                return or investment.
--   flow_id text not null             The deal, or month, kind, partner and campaign of the cost.
--   label text                        Name of the deal, or what the money was for.
--   period date                       First day of the month it came or was spent in; NULL: not known.
--   quarter date                      First day of the fiscal quarter.
--   fiscal text                       The same as people say it, such as FY2026 Q3.
--   kind text                         Of a return: acquired, expanded or retained; of a cost: team, technology, incentives, events, or another.
--   deal_id text                      The deal; NULL: a cost.
--   partner_id text                   Partner the money was spent on; empty: the program as a whole. NULL: a return.
--   partner text                      Name of that partner.
--   campaign text                     Campaign the money was for; empty: none.
--   influenced numeric(18,2)          Value of the deal; of a renewal the part that setting.churn_avoided says would have been lost.
--   credited numeric(18,2)            Of that what partners are credited.
--   credited_margin numeric(18,2)     Of that what is left after the cost of serving the deal.
--   is_observed boolean               Whether it is a saving that was observed and not booked: what renewals kept.
--   invested numeric(18,2)            Cost.
WITH day AS (
	SELECT s.churn_avoided, s.time_zone, s.fiscal_year_starts, make_interval(months => s.fiscal_year_starts - 1) AS later FROM setting s
), flow AS (
	SELECT 'return' AS flow, deal_id AS flow_id, deal AS label, date_trunc('month', closed_on)::date AS period,
	       CASE type WHEN 'new' THEN 'acquired' WHEN 'expansion' THEN 'expanded' WHEN 'renewal' THEN 'retained' ELSE 'unspecified' END AS kind,
	       deal_id, NULL AS partner_id, NULL AS partner, NULL AS campaign,
	       round(amount * r.part, 2) AS influenced, round(credited_amount * r.part, 2) AS credited,
	       round(gross_margin * credited_amount / nullif(amount, 0) * r.part, 2) AS credited_margin, type = 'renewal' AS is_observed, NULL::numeric AS invested
	FROM   day CROSS JOIN deal_fact, LATERAL (SELECT CASE WHEN type = 'renewal' THEN coalesce(churn_avoided, 0) ELSE 1 END AS part) r
	WHERE  outcome = 'won' AND is_touched
	UNION  ALL
	SELECT 'investment', concat_ws('/', period, kind, partner_id, campaign), concat_ws(' ', kind, coalesce(p.name, nullif(partner_id, '')), nullif(campaign, '')),
	       date_trunc('month', period)::date, kind, NULL, partner_id, CASE WHEN partner_id = '' THEN '(none)' ELSE coalesce(p.name, partner_id) END, campaign,
	       NULL, NULL, NULL, NULL, amount
	FROM   investment LEFT JOIN partner p USING (partner_id)
)
SELECT f.flow, f.flow_id, f.label, f.period, (date_trunc('quarter', f.period - d.later) + d.later)::date AS quarter,
       _fiscal_quarter(f.period, d.fiscal_year_starts) AS fiscal,
       f.kind, f.deal_id, f.partner_id, f.partner, f.campaign, f.influenced, f.credited, f.credited_margin, f.is_observed, f.invested
FROM   day d, flow f
