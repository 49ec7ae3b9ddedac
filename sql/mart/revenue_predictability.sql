-- revenue_predictability: how evenly won deals come, by quarter, and by how much a forecast of them was off: of led, involved and other deals.
-- kind: report
-- tier: 1
-- key: involvement
-- inputs: deal_fact(*) setting(*)
-- columns:
--   involvement text not null         What partners did on the deals: led, involved, direct, covered or unproven.
--   quarters integer                  Fiscal quarters looked at, the current one among them.
--   won integer                       Deals won in them.
--   amount numeric(18,2)              Their amount.
--   variation numeric(12,4)           Standard deviation of the quarters' amounts over their mean.
--   chance_variation numeric(12,4)    What it would be by chance alone, if as many deals of these amounts were won on any day.
--   forecast_quarters integer         Quarters that have a forecast.
--   forecast_error numeric(12,4)      By how much it was off, over what came.
--   forecast_bias numeric(12,4)       The same with its sign: below 0 too little was forecast.
--   verdict text                      What can be said.
WITH today AS (
	SELECT (date_trunc('quarter', coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) - f.later) + f.later)::date AS quarter, time_zone
	FROM   setting, LATERAL (SELECT make_interval(months => fiscal_year_starts - 1) AS later) f
), stood AS (
	-- what each deal stood at, and until when
	SELECT deal_id, stage, amount, (valid_from AT TIME ZONE time_zone)::date AS since_on,
	       lead((valid_from AT TIME ZONE time_zone)::date, 1, 'infinity') OVER (PARTITION BY deal_id ORDER BY valid_from) AS until_on
	FROM   deal_history, setting
), open_then AS (
	-- deals open when a quarter began, and what came of them in it
	SELECT q::date AS quarter, d.involvement, h.stage, h.amount,
	       CASE WHEN d.outcome = 'won' AND d.closed_on < q + interval '3 months' THEN d.amount ELSE 0 END AS came
	FROM   today CROSS JOIN generate_series(quarter - interval '27 months', quarter, '3 months') AS q
	       JOIN stood h ON h.since_on < q AND h.until_on >= q
	       JOIN deal_fact d ON d.deal_id = h.deal_id AND d.opened_on < q AND coalesce(d.closed_on, 'infinity') >= q
), line AS (
	-- each is forecast at what deals of its kind and stage came to
	SELECT involvement, quarter AS day, amount * sum(came) OVER w / nullif(sum(amount) OVER w, 0) AS forecast, NULL::numeric AS amount
	FROM   open_then WINDOW w AS (PARTITION BY involvement, stage)
	UNION  ALL
	SELECT involvement, closed_on, NULL, amount
	FROM   today, deal_fact
	WHERE  outcome = 'won' AND closed_on >= quarter - interval '27 months'
)
SELECT involvement, p.periods AS quarters, p.amounts AS won, p.total AS amount, p.variation, p.chance_variation, p.forecast_periods AS forecast_quarters,
       p.forecast_error, p.forecast_bias, p.verdict
FROM  (SELECT involvement, predictability_agg(day, amount, forecast) AS s FROM line GROUP BY involvement) q, predictability(s) p
