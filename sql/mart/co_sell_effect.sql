-- co_sell_effect: month by month, whether co-sold deals had come to win more often beyond chance: how long the program took to show.
-- kind: report
-- tier: 2
-- key: month
-- inputs: deal_fact(*) investment(*)
-- columns:
--   month date not null               First day of the month.
--   months integer                    Months from the first spending on the program, that one counted; NULL: nothing was spent.
--   co_sell_deals bigint              Co-sold deals closed by then.
--   solo_deals bigint                 Deals they are compared with.
--   ratio numeric(12,4)               Win rate of the first over that of the second.
--   ratio_lower numeric(12,4)         Lower limit, with 95 % confidence.
--   ratio_upper numeric(12,4)         Upper limit; NULL: there is none.
--   is_above boolean                  Whether the lower limit is above 1.
--   is_effect boolean                 Whether it is the first month, since the spending began, in which it is.
WITH closed AS (
	SELECT date_trunc('month', closed_on::timestamp)::date AS month, deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at) AS lift
	FROM   deal_fact
	WHERE  outcome IN ('won', 'lost') AND (co_sell OR is_solo) AND closed_on IS NOT NULL
	GROUP  BY 1
), so_far AS (
	SELECT month, rollup(lift) OVER (ORDER BY month) AS lift FROM closed
), compared AS (
	SELECT month, age.months, l.co_sell_deals, l.solo_deals, CASE WHEN abs(l.ratio) < 1e7 THEN l.ratio END AS ratio,
	       CASE WHEN abs(l.ratio_lower) < 1e7 THEN l.ratio_lower END AS ratio_lower, CASE WHEN abs(l.ratio_upper) < 1e7 THEN l.ratio_upper END AS ratio_upper,
	       coalesce(l.ratio_lower > 1, false) AS is_above
	FROM   so_far CROSS JOIN (SELECT date_trunc('month', min(period)::timestamp)::date AS start FROM investment) i
	       CROSS JOIN LATERAL (SELECT ((extract(year FROM month) - extract(year FROM start)) * 12 + extract(month FROM month) - extract(month FROM start) + 1)::integer AS months) age,
	       deal_lift(lift) l
	WHERE  l.measure = 'win_rate' AND l.comparison = 'pooled'
)
SELECT month, months, co_sell_deals, solo_deals, ratio, ratio_lower, ratio_upper, is_above,
       coalesce(is_above AND month = min(month) FILTER (WHERE is_above AND months > 0) OVER (), false) AS is_effect
FROM   compared
