-- partner_return: what each partner brings and costs, and whether it is fed more than it produces.
-- kind: report
-- tier: 2
-- key: partner_id
-- inputs: partner(*) partner_deal(*) deal_fact(*) investment(*) setting(*)
-- columns:
--   partner_id text not null          The partner.
--   partner text                      Its name.
--   partner_type text                 technology, services or channel.
--   region text                       Region it works in.
--   credit numeric(18,2)              What it is credited, of won deals.
--   credited_margin numeric(18,2)     Of that what is left after the cost of serving the deals.
--   deals integer                     Won deals it is credited for.
--   spent numeric(18,2)               What was spent on it.
--   touches bigint                    Its touches, which are its share of what was spent on the program as a whole.
--   overhead numeric(18,2)            That share.
--   cost numeric(18,2)                Both together.
--   ropi numeric(12,4)                Credit over cost; NULL: it cost nothing.
--   ropi_margin numeric(12,4)         Credited margin over cost.
--   credit_share numeric(9,6)         Its share of the credit of all partners.
--   investment_share numeric(9,6)     Its share of what was spent on partners.
--   difference numeric(9,6)           The second less the first: above 0 it is fed more than it produces.
--   verdict text                      feed, starve or leave: two points of difference either way are left alone; NULL: nothing was spent on any partner.
WITH earned AS (
	SELECT partner_id, sum(p.credit) AS credit, count(*) FILTER (WHERE p.credit <> 0) AS deals, sum(p.touches) AS touches,
	       sum(round(d.gross_margin * p.credit / nullif(d.amount, 0), 2)) AS credited_margin
	FROM   partner_deal p JOIN deal_fact d USING (deal_id)
	WHERE  partner_id <> ''
	GROUP  BY partner_id
), spent AS (
	SELECT partner_id, sum(amount) AS spent FROM investment GROUP BY partner_id
), partners AS (
	SELECT partner_id, p.name, p.type, p.region, coalesce(e.credit, 0) AS credit, coalesce(e.credited_margin, 0) AS credited_margin, coalesce(e.deals, 0) AS deals,
	       coalesce(e.touches, 0) AS touches, coalesce(s.spent, 0) AS spent
	FROM   partner p
	       FULL JOIN earned e USING (partner_id)
	       FULL JOIN (SELECT * FROM spent WHERE partner_id <> '') s USING (partner_id)
), shared AS (
	SELECT p.*, p.credit / nullif(greatest(sum(p.credit) OVER (), 0), 0) AS credit_share,
	       p.spent / nullif(greatest(sum(p.spent) OVER (), 0), 0) AS investment_share,
	       CASE WHEN sum(p.touches) OVER () > 0 THEN coalesce(apportion(r.spent, p.touches, s.minor_digits) OVER (ORDER BY p.partner_id COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), 0)
	            ELSE 0 END AS overhead
	FROM   setting s CROSS JOIN partners p LEFT JOIN spent r ON r.partner_id = ''
)
SELECT partner_id, coalesce(name, partner_id) AS partner, type AS partner_type, region, credit, credited_margin, deals, spent, touches, overhead,
       spent + overhead AS cost, round(credit / nullif(greatest(spent + overhead, 0), 0), 4) AS ropi, round(credited_margin / nullif(greatest(spent + overhead, 0), 0), 4) AS ropi_margin,
       round(credit_share, 6) AS credit_share, round(investment_share, 6) AS investment_share, round(investment_share - coalesce(credit_share, 0), 6) AS difference,
       CASE WHEN investment_share > coalesce(credit_share, 0) + 0.02 THEN 'starve' WHEN investment_share < coalesce(credit_share, 0) - 0.02 THEN 'feed'
            WHEN investment_share IS NOT NULL THEN 'leave' END AS verdict
FROM   shared
