-- pipeline_seasonality: how much the pipeline opened varies by quarter around its trend: of what partners sourced, and of the rest.
-- kind: report
-- tier: 1
-- key: source
-- inputs: deal_fact(*)
-- columns:
--   source text not null              partner-sourced or other.
--   quarters integer                  Fiscal quarters in which such deals were opened.
--   deals integer                     Deals opened.
--   amount numeric(18,2)              Their amount.
--   amount_a_quarter numeric(18,2)    The same of a quarter.
--   variation numeric(12,4)           Standard deviation from the trend over that mean; NULL: fewer than three quarters.
WITH opened AS (
	SELECT CASE origin WHEN 'partner_sourced' THEN 'partner-sourced' ELSE 'other' END AS source,
	       extract(year FROM opened_quarter) * 4 + extract(month FROM opened_quarter) / 3 AS n, count(*) AS deals, sum(amount) AS amount
	FROM   deal_fact
	WHERE  opened_quarter IS NOT NULL
	GROUP  BY 1, 2
)
SELECT source, count(*) AS quarters, sum(deals) AS deals, sum(amount) AS amount, avg(amount) AS amount_a_quarter,
       CASE WHEN count(*) > 2 THEN stddev_samp(amount - trend) / nullif(greatest(avg(amount), 0), 0) END AS variation
FROM  (SELECT *, regr_intercept(amount, n) OVER w + n * regr_slope(amount, n) OVER w AS trend
       FROM   opened WINDOW w AS (PARTITION BY source)) t
GROUP  BY source
