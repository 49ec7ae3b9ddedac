-- forecast_deal: the open deals that a forecast names, each with its chance to be won in each of the next four fiscal quarters.
-- kind: report
-- tier: 2
-- key: made, deal_id, quarter
-- inputs: deal_then(*) win_curve(*) setting(*)
-- columns:
--   made text not null                now, or a year ago.
--   deal_id text not null             The deal.
--   quarter integer not null          1 to 4: the fiscal quarter of the day after the forecast, and the three after it.
--   period_starts date                First day of that quarter.
--   period text                       The same as people say it, such as FY2026 Q4.
--   line text                         partner_sourced or partner_influenced.
--   partner_id text                   Partner who sourced it; empty: influenced.
--   deal text                         Its name.
--   account text                      Name of the account.
--   owner text                        Who owns it on our side.
--   stage text                        Its stage.
--   age integer                       Days since it came.
--   amount numeric(18,2)              Its value.
--   arr numeric(18,2)                 Part of it that recurs every year.
--   win_rate numeric(9,6)             Chance to be won at all: as of deals of its age, and of those that have been in its stage.
--   stage_deals integer               Closed deals of the line that have been in its stage, which that rests on.
--   chance numeric(9,6)               Chance to be won in this quarter.
--   expected numeric(18,2)            Value times chance.
WITH calendar AS (
	SELECT time_zone, fiscal_year_starts, make_interval(months => fiscal_year_starts - 1) AS later FROM setting
), span AS (
	-- days after the forecast between which the quarter lies
	SELECT m.made, q AS quarter, s.starts_on, greatest(s.starts_on - 1 - made_on, 0) AS starts, (s.starts_on + interval '3 months')::date - 1 - made_on AS ends
	FROM   calendar, (SELECT DISTINCT made, made_on FROM deal_then) m, generate_series(1, 4) q,
	       LATERAL (SELECT (date_trunc('quarter', made_on + 1 - later) + later + make_interval(months => 3 * (q - 1)))::date AS starts_on) s
), passed AS (
	-- stages a deal has been in while it was open
	SELECT DISTINCT d.made, d.line, d.deal_id, d.outcome, lower(h.stage) AS stage
	FROM   calendar, deal_then d JOIN deal_history h USING (deal_id)
	WHERE  d.outcome <> 'open' AND h.stage <> '' AND coalesce(h.outcome, 'open') = 'open' AND h.valid_from < (d.made_on + 1)::timestamp AT TIME ZONE time_zone
), stage AS (
	SELECT made, line, stage, count(*) AS deals, count(*) FILTER (WHERE outcome = 'won') AS won FROM passed GROUP BY made, line, stage
), final AS (
	SELECT made, line, max(share_won) AS share_won FROM win_curve GROUP BY made, line
), rated AS (
	-- the stage's own rate counts as its deals are many: ten deals weigh as much as the age
	SELECT d.*, least(d.age, 1826) AS known_age, c.share_won, f.share_won - c.share_won AS still_won, coalesce(s.deals, 0) AS stage_deals,
	       (coalesce(s.won, 0) + 10 * r.by_age) / (coalesce(s.deals, 0) + 10) AS win_rate
	FROM   deal_then d
	       JOIN win_curve c ON c.made = d.made AND c.line = d.line AND c.age = least(d.age, 1826)
	       JOIN final f ON f.made = d.made AND f.line = d.line
	       LEFT JOIN stage s ON s.made = d.made AND s.line = d.line AND s.stage = d.stage,
	       LATERAL (SELECT least(coalesce((f.share_won - c.share_won) / nullif(c.share_open, 0), 0), 1) AS by_age) r
	WHERE  d.outcome = 'open'
)
SELECT r.made, r.deal_id, p.quarter, p.starts_on AS period_starts,
       _fiscal_quarter(p.starts_on, t.fiscal_year_starts) AS period,
       r.line, r.partner_id, r.deal, r.account, r.owner, r.stage, r.age, r.amount, r.arr, round(r.win_rate, 6) AS win_rate, r.stage_deals, x.chance,
       round(r.amount * x.chance, 2) AS expected
FROM   calendar t CROSS JOIN rated r
       JOIN span p ON p.made = r.made
       JOIN win_curve a ON a.made = r.made AND a.line = r.line AND a.age = r.known_age + p.starts
       JOIN win_curve e ON e.made = r.made AND e.line = r.line AND e.age = r.known_age + p.ends,
       LATERAL (SELECT round(coalesce(r.win_rate * (e.share_won - a.share_won) / nullif(r.still_won, 0), 0), 6) AS chance) x
