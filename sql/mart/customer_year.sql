-- customer_year: what became of each customer's recurring revenue in the four fiscal quarters up to each quarter that is over.
-- kind: report
-- tier: 2
-- key: account_id, quarter
-- grain: account_id
-- inputs: subscription(account_id) integration_use(account_id) customer_fact(account_id) setting(*)
-- columns:
--   account_id text not null          The customer.
--   quarter date not null             First day of the fiscal quarter that the year ends with.
--   fiscal text                       The same as people say it, such as FY2026 Q3.
--   year_starts date                  First day of the year.
--   is_yearly boolean                 Whether it is whole years before the last quarter that is over: such years do not overlap.
--   is_latest boolean                 Whether it ends with the last quarter that is over.
--   account text                      Name of the customer.
--   segment text                      What the account is to us.
--   industry text                     Industry.
--   region text                       Sales region.
--   opening numeric(18,2)             Annual recurring revenue at the beginning; above 0.
--   expansion numeric(18,2)           What was bought in addition.
--   contraction numeric(18,2)         What was given up, the customer staying.
--   churned numeric(18,2)             What was lost with the customer.
--   closing numeric(18,2)             What was left at the end; over opening: net revenue retention.
--   kept numeric(18,2)                The same without what was gained; over opening: gross revenue retention.
--   is_lost boolean                   Whether nothing was left.
--   integrations integer              Partners whose products it had integrated at the beginning.
--   depth text                        The same in words: none, one, or two and more.
--   attached text                     partner-attached, or others: the same in words.
--   is_attached boolean               Whether a partner was there at the beginning: involved in a deal opened before, or integrated.
WITH today AS (
	SELECT f.later, s.fiscal_year_starts, (date_trunc('quarter', d.day + 1 - f.later) + f.later - interval '3 months')::date AS last_quarter
	FROM   setting s, LATERAL (SELECT coalesce(s.as_of, (current_timestamp AT TIME ZONE s.time_zone)::date) AS day) d,
	       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f
), by_quarter AS (
	SELECT account_id, quarter, max(opening) FILTER (WHERE place = 1) AS opening, sum(expansion) AS expansion, sum(contraction) AS contraction, sum(churned) AS churned
	FROM  (SELECT s.account_id, q.quarter, row_number() OVER (PARTITION BY s.account_id, q.quarter ORDER BY s.period) AS place, coalesce(s.opening, 0) AS opening,
	              coalesce(s.expansion, 0) AS expansion, coalesce(s.contraction, 0) AS contraction, coalesce(s.churned, 0) AS churned
	       FROM   today t, subscription s, LATERAL (SELECT (date_trunc('quarter', s.period - t.later) + t.later)::date AS quarter) q) p
	GROUP  BY account_id, quarter
), by_year AS (
	-- a year begins with each quarter, and is of that and those of the nine months after
	SELECT account_id, (quarter + interval '9 months')::date AS quarter, quarter AS year_starts, opening,
	       sum(expansion) OVER y AS expansion, sum(contraction) OVER y AS contraction, sum(churned) OVER y AS churned
	FROM   by_quarter
	WINDOW y AS (PARTITION BY account_id ORDER BY quarter RANGE BETWEEN CURRENT ROW AND interval '9 months' FOLLOWING)
), lived AS (
	-- nobody loses more than there is
	SELECT account_id, quarter, year_starts, opening, greatest(expansion, 0) AS expansion, l.contraction,
	       least(greatest(y.churned, 0), opening + greatest(expansion, 0) - l.contraction) AS churned
	FROM   by_year y, LATERAL (SELECT least(greatest(y.contraction, 0), opening + greatest(expansion, 0)) AS contraction) l
	WHERE  opening > 0 AND quarter <= (SELECT last_quarter FROM today)
), integrated AS (
	SELECT account_id, year_starts, count(DISTINCT partner_id) AS integrations
	FROM  (SELECT account_id, year_starts FROM lived) l
	       JOIN integration_use i USING (account_id)
	WHERE  i.started_on < year_starts AND (i.ended_on >= year_starts OR i.ended_on IS NULL)
	GROUP  BY account_id, year_starts
)
SELECT account_id, l.quarter,
       _fiscal_quarter(l.quarter, t.fiscal_year_starts) AS fiscal,
       l.year_starts, extract(month FROM l.quarter) = extract(month FROM t.last_quarter) AS is_yearly, l.quarter = t.last_quarter AS is_latest,
       c.account, c.segment, c.industry, c.region,
       l.opening, l.expansion, l.contraction, l.churned, e.closing, least(e.closing, l.opening) AS kept, e.closing = 0 AS is_lost,
       coalesce(i.integrations, 0) AS integrations,
       CASE coalesce(i.integrations, 0) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'two and more' END AS depth,
       CASE WHEN x.is_attached THEN 'partner-attached' ELSE 'others' END AS attached, x.is_attached
FROM   today t, lived l
       LEFT JOIN integrated i USING (account_id, year_starts)
       LEFT JOIN customer_fact c USING (account_id),
       LATERAL (SELECT l.opening + l.expansion - l.contraction - l.churned AS closing) e,
       LATERAL (SELECT coalesce(c.first_partner_deal_on < l.year_starts, false) OR i.integrations IS NOT NULL AS is_attached) x
