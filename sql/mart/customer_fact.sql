-- customer_fact: one row a customer: since when, until when, with which integrations, and by which deal it came.
-- kind: report
-- tier: 2
-- key: account_id
-- grain: account_id
-- inputs: subscription(account_id) integration_use(account_id) deal_fact(account_id) partner_deal(account_id)
--   account(account_id) setting(*)
-- columns:
--   account_id text not null          The customer.
--   account text                      Its name.
--   segment text                      What the account is to us: customer, open_opportunity or prospect.
--   industry text                     Industry.
--   region text                       Sales region.
--   owner text                        Who looks after it on our side.
--   is_subscribed boolean             Whether subscription has it: the others have won deals alone, and nobody knows how long they stay.
--   is_current boolean                Whether it is a customer now, by its last quarters.
--   since_on date                     Day it is followed from: the first quarter's beginning, or the middle of the one it came in.
--   lost_on date                      Day it was lost: the middle of that quarter; NULL: not lost.
--   seen_until date                   Last day it was followed if it was not lost.
--   days_followed integer             Days from since_on to its loss or the last day.
--   arr numeric(18,2)                 Annual recurring revenue now.
--   highest_arr numeric(18,2)         The most it had, purchases within a quarter included.
--   first_integration_on date         Day it first used an integration with a partner's product.
--   second_integration_on date        Day it first used one of a second partner.
--   integrations integer              Partners whose products it has integrated now.
--   depth text                        The same in words: none, one, or two and more.
--   first_partner_deal_on date        Day the first deal was opened that a partner was involved in.
--   deal_id text                      The first new deal that was won: its purchase.
--   deal text                         Name of that deal.
--   bought_on date                    Day it was won.
--   origin text                       Where that deal came from: partner_sourced, ecosystem_sourced, partner_influenced or unpartnered.
--   bought_amount numeric(18,2)       Its value.
--   bought_arr numeric(18,2)          Part of it that recurs every year.
--   bought_margin numeric(18,2)       Part of it that is left after the cost of serving it.
--   is_served boolean                 Whether a services partner was involved in it.
--   first_value_on date               Day it first used what it bought in earnest.
--   days_to_value integer             Days from the purchase to that.
--   integrations_month_6 integer      Integrations six months after the purchase; NULL: not that old.
--   integrations_month_12 integer     Integrations a year after the purchase; NULL: not that old.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), subscribed AS (
	-- subscriptions know the quarter in which a customer came or went: taken is its middle
	SELECT account_id, least(min(period + CASE WHEN coalesce(opening, 0) = 0 THEN 45 ELSE 0 END), min(day)) AS since_on, max(period) AS last_period,
	       max(period) FILTER (WHERE churned > 0) AS lost_period, max(coalesce(opening, 0) + coalesce(expansion, 0)) AS highest_arr,
	       (array_agg(coalesce(opening, 0) + coalesce(expansion, 0) - coalesce(contraction, 0) - coalesce(churned, 0) ORDER BY period DESC))[1] AS arr
	FROM   today, subscription
	WHERE  period <= day
	GROUP  BY account_id
), used AS (
	-- an integration used again is one
	SELECT account_id, partner_id, min(started_on) AS started_on, bool_or(ended_on > day OR ended_on IS NULL) AS is_in_use
	FROM   today, integration_use
	WHERE  started_on <= day
	GROUP  BY account_id, partner_id
), integrated AS (
	SELECT account_id, array_agg(started_on ORDER BY started_on) AS started_on, count(*) FILTER (WHERE is_in_use) AS integrations
	FROM   used
	GROUP  BY account_id
), bought AS (
	SELECT DISTINCT ON (account_id) *
	FROM   deal_fact, today
	WHERE  type = 'new' AND outcome = 'won' AND account_id IS NOT NULL AND closed_on <= day
	ORDER  BY account_id, closed_on, deal_id
), won AS (
	SELECT DISTINCT account_id FROM deal_fact, today WHERE outcome = 'won' AND account_id IS NOT NULL AND closed_on <= day
), together AS (
	SELECT account_id, min(opened_on) AS first_partner_deal_on
	FROM   partner_deal
	WHERE  involvement IN ('involved', 'led') AND account_id IS NOT NULL
	GROUP  BY account_id
), served AS (
	SELECT DISTINCT deal_id FROM partner_deal WHERE partner_type = 'services' AND involvement IN ('involved', 'led')
), grown AS (
	SELECT account_id, count(DISTINCT partner_id) FILTER (WHERE in_use @> (bought_on + interval '6 months')::date) AS month_6,
	       count(DISTINCT partner_id) FILTER (WHERE in_use @> (bought_on + interval '12 months')::date) AS month_12
	FROM  (SELECT account_id, closed_on AS bought_on FROM bought) b
	       JOIN (SELECT account_id, partner_id, CASE WHEN ended_on <= started_on THEN 'empty' ELSE daterange(started_on, ended_on, '()') END AS in_use
	             FROM   integration_use) i USING (account_id)
	GROUP  BY account_id
)
SELECT account_id, a.name AS account, a.segment, a.industry, coalesce(a.region, b.region) AS region, a.owner,
       s.account_id IS NOT NULL AS is_subscribed, l.is_current, s.since_on, l.lost_on, l.seen_until,
       CASE WHEN coalesce(l.lost_on, l.seen_until) >= s.since_on THEN coalesce(l.lost_on, l.seen_until) - s.since_on END AS days_followed,
       CASE WHEN l.is_current THEN s.arr END AS arr, s.highest_arr,
       i.started_on[1] AS first_integration_on, i.started_on[2] AS second_integration_on, coalesce(i.integrations, 0) AS integrations,
       CASE coalesce(i.integrations, 0) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'two and more' END AS depth,
       t.first_partner_deal_on, b.deal_id, b.deal, b.closed_on AS bought_on, b.origin, b.amount AS bought_amount, b.arr AS bought_arr, b.gross_margin AS bought_margin,
       CASE WHEN b.deal_id IS NOT NULL THEN v.deal_id IS NOT NULL END AS is_served, b.first_value_on,
       CASE WHEN b.first_value_on >= b.closed_on THEN b.first_value_on - b.closed_on END AS days_to_value,
       CASE WHEN b.closed_on + interval '6 months' <= today.day THEN coalesce(n.month_6, 0) END AS integrations_month_6,
       CASE WHEN b.closed_on + interval '12 months' <= today.day THEN coalesce(n.month_12, 0) END AS integrations_month_12
FROM   today CROSS JOIN subscribed s
       FULL JOIN won w USING (account_id)
       LEFT JOIN integrated i USING (account_id)
       LEFT JOIN bought b USING (account_id)
       LEFT JOIN together t USING (account_id)
       LEFT JOIN served v ON v.deal_id = b.deal_id
       LEFT JOIN grown n USING (account_id)
       LEFT JOIN account a USING (account_id),
       LATERAL (SELECT CASE WHEN s.lost_period = s.last_period THEN least(s.lost_period + 46, today.day) END AS lost_on,
                       -- of a customer without rows for half a year nobody knows
                       CASE WHEN s.last_period > today.day - 184 THEN today.day ELSE s.last_period + 91 END AS seen_until,
                       CASE WHEN s.account_id IS NOT NULL THEN s.last_period > today.day - 184 AND s.lost_period IS DISTINCT FROM s.last_period END AS is_current) l
