-- forecast: what partners are going to bring in the next four fiscal quarters, and what the same would have said a year ago beside what came.
-- kind: report
-- tier: 2
-- key: made, measure, line, partner_id, period
-- inputs: deal_then(*) win_curve(*) forecast_deal(*) deal_fact(*) partner_deal(*) partner(*) setting(*)
-- columns:
--   made text not null                now, or a year ago: the backtest.
--   measure text not null             amount, or arr (the part that recurs every year).
--   line text not null                partner_sourced, or partner_influenced (touched and not sourced).
--   partner_id text not null          The partner; empty: all together. A deal that several influence counts for each of them, and once for all.
--   period text not null              Fiscal quarter, such as FY2026 Q4, or all four: intervals do not add up.
--   made_on date                      Day of the forecast.
--   partner text                      Name of the partner; (all) for all together.
--   period_starts date                First day of the quarter; NULL: all four.
--   period_ends date                  Last day of the quarter, or of all four.
--   is_backtest boolean               Whether it was made for a year ago.
--   won_before numeric(18,2)          What had been won in the quarter up to the day of the forecast.
--   named_deals integer               Open deals that it names.
--   named numeric(18,2)               What they are expected to bring.
--   opened_in_a_year integer          Deals that came into the line in the year before.
--   not_yet_opened numeric(18,2)      What comes of those that are not there yet, if partners go on as in that year.
--   expected numeric(18,2)            All three together.
--   low numeric(18,2)                 Lower limit of a 95 % interval: what chance, few deals and a pace of one year leave open. Growth is not in it.
--   high numeric(18,2)                Upper limit.
--   came numeric(18,2)                Backtest: what was won in the quarter.
--   came_named numeric(18,2)          Backtest: of it by the deals it named.
--   is_within boolean                 Backtest: whether what came is within the interval.
--   months_of_record numeric(9,1)     Months since the first deal of the line came.
--   full_cycle_partners integer       Partners who sourced a deal, or had a part in one, that was won: full cycles.
--   known_share numeric(9,6)          Backtest: share of the deals whose amount then is known.
--   verdict text                      Whether it can be defended; of a backtest, how it did.
WITH target AS MATERIALIZED (
	SELECT coalesce((SELECT min(lower(range)) FROM targets_of('months_to_defensible_forecast')), 12) AS months,
	       coalesce((SELECT min(lower(range)) FROM targets_of('full_cycle_partners')), 5) AS partners
), calendar AS (
	SELECT fiscal_year_starts, make_interval(months => fiscal_year_starts - 1) AS later FROM setting
), made AS (
	SELECT DISTINCT made, made_on FROM deal_then
), quarter AS (
	SELECT m.made, m.made_on, q AS quarter,
	       _fiscal_quarter(s.starts_on, fiscal_year_starts) AS period,
	       s.starts_on, (s.starts_on + interval '3 months')::date - 1 AS ends_on
	FROM   calendar, made m, generate_series(1, 4) q,
	       LATERAL (SELECT (date_trunc('quarter', made_on + 1 - later) + later + make_interval(months => 3 * (q - 1)))::date AS starts_on) s
), span AS (
	SELECT *, greatest(starts_on - 1 - made_on, 0) AS starts, ends_on - made_on AS ends FROM quarter
	UNION  ALL
	SELECT made, made_on, 0, 'all four', min(starts_on), max(ends_on), 0, max(ends_on) - made_on FROM quarter GROUP BY made, made_on
), curve AS (
	-- of a deal a day, how many are won within the quarter; and how sure the rate of winning is
	SELECT p.made, c.line, p.quarter, e.won_days - a.won_days AS days, c.uncertainty
	FROM   span p
	       JOIN (SELECT made, line, coalesce((1 - max(share_won)) / nullif(max(share_won) * sum(won + lost), 0), 0) AS uncertainty FROM win_curve GROUP BY made, line) c ON c.made = p.made
	       JOIN win_curve a ON a.made = p.made AND a.line = c.line AND a.age = p.starts
	       JOIN win_curve e ON e.made = p.made AND e.line = c.line AND e.age = p.ends
), member AS (
	-- who has a part in which deal, and since when: all together, and each partner
	SELECT deal_id, '' AS partner_id, CASE WHEN sourcing_partner_id IS NOT NULL THEN 'partner_sourced' ELSE 'partner_influenced' END AS line,
	       greatest(opened_on, first_touch_on) AS arrived_on
	FROM   deal_fact
	WHERE  is_touched
	UNION  ALL
	SELECT p.deal_id, p.partner_id, CASE WHEN p.partner_id = d.sourcing_partner_id THEN 'partner_sourced' ELSE 'partner_influenced' END,
	       greatest(p.opened_on, p.first_touch_on)
	FROM   partner_deal p JOIN deal_fact d USING (deal_id)
	WHERE  p.partner_id <> '' AND p.involvement IN ('involved', 'led')
), known AS (
	-- each part as it was known, in both measures
	SELECT t.made, v.measure, b.line, b.partner_id, t.deal_id, t.outcome, t.is_known, b.arrived_on, v.amount, b.arrived_on > t.made_on - 365 AS is_recent
	FROM   deal_then t JOIN member b ON b.deal_id = t.deal_id AND b.arrived_on <= t.made_on,
	       LATERAL (VALUES ('amount', t.amount), ('arr', t.arr)) AS v(measure, amount)
), record AS (
	SELECT k.made, k.measure, k.line, k.partner_id, count(*) FILTER (WHERE k.outcome = 'open') AS named_deals, avg(k.is_known::integer) AS known_share, min(k.arrived_on) AS since,
	       count(*) FILTER (WHERE is_recent) AS opened, sum(k.amount) FILTER (WHERE is_recent) AS opened_amount, sum(k.amount ^ 2) FILTER (WHERE is_recent) AS opened_square,
	       count(*) FILTER (WHERE k.outcome <> 'open') AS closed
	FROM   known k
	GROUP  BY k.made, k.measure, k.line, k.partner_id
	HAVING count(k.amount) > 0
), cycle AS MATERIALIZED (
	SELECT made, line, count(DISTINCT partner_id) AS partners FROM known WHERE outcome = 'won' AND partner_id <> '' AND measure = 'amount' GROUP BY made, line
), chance AS (
	SELECT made, deal_id, quarter, chance FROM forecast_deal
	UNION  ALL
	SELECT made, deal_id, 0, sum(chance) FROM forecast_deal GROUP BY made, deal_id
), named AS (
	SELECT k.made, k.measure, k.line, k.partner_id, c.quarter, sum(k.amount * c.chance) AS expected, sum(k.amount ^ 2 * c.chance * (1 - least(c.chance, 1))) AS variance
	FROM   known k JOIN chance c USING (made, deal_id)
	WHERE  k.outcome = 'open'
	GROUP  BY k.made, k.measure, k.line, k.partner_id, c.quarter
), won AS (
	SELECT s.made, v.measure, b.line, b.partner_id, s.quarter, sum(v.amount) FILTER (WHERE d.closed_on <= s.made_on) AS won_before, sum(v.amount) AS came,
	       sum(v.amount) FILTER (WHERE d.closed_on > s.made_on AND b.arrived_on <= s.made_on) AS came_named
	FROM   deal_fact d
	       JOIN member b USING (deal_id)
	       JOIN span s ON d.closed_on BETWEEN s.starts_on AND s.ends_on,
	       LATERAL (VALUES ('amount', d.amount), ('arr', d.arr)) AS v(measure, amount)
	WHERE  d.outcome = 'won'
	GROUP  BY s.made, v.measure, b.line, b.partner_id, s.quarter
), part AS (
	SELECT made, measure, line, partner_id, quarter, sum(expected) AS expected, sum(variance) AS variance, sum(won_before) AS won_before, sum(came) AS came, sum(came_named) AS came_named
	FROM  (SELECT made, measure, line, partner_id, quarter, expected, variance, NULL::numeric AS won_before, NULL::numeric AS came, NULL::numeric AS came_named FROM named
	       UNION  ALL
	       SELECT made, measure, line, partner_id, quarter, NULL, NULL, won_before, came, came_named FROM won) u
	GROUP  BY made, measure, line, partner_id, quarter
), foretold AS (
	SELECT r.*, p.made_on, p.quarter, p.period, p.starts_on, p.ends_on, coalesce(n.won_before, 0) AS won_before, coalesce(n.came, 0) AS came, coalesce(n.came_named, 0) AS came_named,
	       coalesce(n.expected, 0) AS named, coalesce(r.opened_amount, 0) * x.pace AS not_yet_opened,
	       coalesce(n.variance, 0) + coalesce(r.opened_square, 0) * (x.pace + x.pace ^ 2)
	       + (coalesce(n.expected, 0) + coalesce(r.opened_amount, 0) * x.pace) ^ 2 * c.uncertainty AS variance
	FROM   record r
	       JOIN span p USING (made)
	       JOIN curve c ON c.made = r.made AND c.line = r.line AND c.quarter = p.quarter
	       LEFT JOIN part n ON n.made = r.made AND n.measure = r.measure AND n.line = r.line AND n.partner_id = r.partner_id AND n.quarter = p.quarter,
	       -- of a program younger than a year the pace is that of its days, and of three months at least
	       LATERAL (SELECT c.days / least(365, greatest(p.made_on - (SELECT min(opened_on) FROM deal_fact), 91)) AS pace) x
), limited AS (
	SELECT *, won_before + named + not_yet_opened AS expected, 1.959964 * sqrt(variance) AS half, made <> 'now' AS is_backtest FROM foretold
)
SELECT l.made, l.measure, l.line, l.partner_id, l.period, l.made_on, CASE WHEN l.partner_id = '' THEN '(all)' ELSE coalesce(p.name, l.partner_id) END AS partner,
       CASE WHEN l.quarter > 0 THEN l.starts_on END AS period_starts, l.ends_on AS period_ends, l.is_backtest, l.won_before, l.named_deals, l.named,
       l.opened AS opened_in_a_year, l.not_yet_opened, l.expected, greatest(l.expected - l.half, l.won_before) AS low, l.expected + l.half AS high,
       CASE WHEN l.is_backtest THEN l.came END AS came, CASE WHEN l.is_backtest THEN l.came_named END AS came_named,
       CASE WHEN l.is_backtest THEN l.came BETWEEN greatest(l.expected - l.half, l.won_before) AND l.expected + l.half END AS is_within,
       round((l.made_on - l.since) / 30.4375, 1) AS months_of_record, CASE WHEN l.partner_id = '' THEN coalesce(c.partners, 0) END AS full_cycle_partners,
       CASE WHEN l.is_backtest THEN round(l.known_share, 6) END AS known_share,
       CASE WHEN l.is_backtest AND l.came > l.expected + l.half THEN 'more came than the interval has'
            WHEN l.is_backtest AND l.came < greatest(l.expected - l.half, l.won_before) THEN 'less came than the interval has'
            WHEN l.is_backtest THEN 'came as foretold'
            WHEN l.closed < 10 OR l.opened < 5 THEN 'too few deals'
            WHEN l.partner_id <> '' THEN 'a part of the whole'
            WHEN (l.made_on - l.since) / 30.4375 >= t.months AND coalesce(c.partners, 0) >= t.partners THEN 'defensible'
            ELSE format('not yet defensible: %s months of %s, %s partners of %s with full cycles', floor((l.made_on - l.since) / 30.4375), t.months, coalesce(c.partners, 0), t.partners) END AS verdict
FROM   limited l
       LEFT JOIN partner p USING (partner_id)
       LEFT JOIN cycle c ON c.made = l.made AND c.line = l.line
       CROSS JOIN target t
