-- win_curve: how deals of partners go on from the day they came: the share that is won by each age, and that is still open.
-- kind: report
-- tier: 2
-- key: made, line, age
-- inputs: deal_then(*)
-- columns:
--   made text not null                now, or a year ago: by the deals known then.
--   line text not null                partner_sourced or partner_influenced.
--   age integer not null              Days since a deal came; five years and more are one.
--   at_risk integer                   Deals known to have been open at that age or closed at it.
--   won integer                       Of them won at it.
--   lost integer                      Of them lost at it.
--   share_open numeric(9,6)           Share of all deals that is open after that age.
--   share_won numeric(9,6)            Share of all deals that is won by that age; deals that are still open count as long as they were seen.
--   won_days numeric(18,6)            Sum of share_won of all ages below: of a deal a day, how many are won within so many days.
WITH counted AS (
	SELECT made, line, least(age, 1826) AS age, count(*) AS deals, count(*) FILTER (WHERE outcome = 'won') AS won, count(*) FILTER (WHERE outcome = 'lost') AS lost
	FROM   deal_then
	GROUP  BY made, line, least(age, 1826)
), dense AS (
	-- every age up to the oldest, and a year and a quarter beyond it, in which no more is known
	SELECT l.made, l.line, age, coalesce(c.deals, 0) AS deals, coalesce(c.won, 0) AS won, coalesce(c.lost, 0) AS lost
	FROM  (SELECT made, line, max(age) AS oldest FROM counted GROUP BY made, line) l
	       CROSS JOIN LATERAL generate_series(0, l.oldest + 460) AS age
	       LEFT JOIN counted c USING (made, line, age)
), hazard AS (
	SELECT made, line, age, won, lost, sum(deals) OVER (PARTITION BY made, line) - sum(deals) OVER upto + deals AS at_risk
	FROM   dense
	WINDOW upto AS (PARTITION BY made, line ORDER BY age)
), open AS (
	SELECT *, exp(sum(CASE WHEN won + lost = 0 THEN 0 WHEN won + lost < at_risk THEN ln(1 - (won + lost)::double precision / at_risk::double precision) ELSE -100 END)
	              OVER (PARTITION BY made, line ORDER BY age)) AS share_open
	FROM   hazard
), won AS (
	SELECT *, sum(CASE WHEN won > 0 THEN coalesce(before, 1) * won / at_risk::double precision ELSE 0 END) OVER (PARTITION BY made, line ORDER BY age) AS share_won
	FROM  (SELECT *, lag(share_open) OVER (PARTITION BY made, line ORDER BY age) AS before FROM open) o
)
SELECT made, line, age, at_risk, won, lost, round(share_open::numeric, 6) AS share_open, round(share_won::numeric, 6) AS share_won,
       coalesce(sum(round(share_won::numeric, 6)) OVER (PARTITION BY made, line ORDER BY age ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS won_days
FROM   won
