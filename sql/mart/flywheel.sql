-- flywheel: one rotation a row: a deal won with partners, an integration its customer takes up then, an overlap with that partner after it, a deal of theirs after that.
-- kind: report
-- tier: 2
-- key: account_id, won_on
-- inputs: deal_fact(*) partner_deal(*) integration_use(*) overlap_event(*) setting(*)
-- columns:
--   account_id text not null          Account of the deal that was won.
--   won_on date not null              Day it was won: the rotation begins.
--   begun integer                     Year of that, as the fiscal year is named.
--   account text                      Name of the account.
--   partner_id text                   Partner of the first integration taken up after; NULL: none yet.
--   integrated_on date                Day of that.
--   overlap_on date                   Day the next overlap with that partner came.
--   opened_on date                    Day the next deal that partner touched was opened: the rotation is complete.
--   days integer                      Days from the first to the last; NULL: not complete.
--   days_followed integer             The same, or the days it has been under way.
--   stage text                        How far it is: won, integrated, overlap or complete.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day, fiscal_year_starts FROM setting
), won AS (
	SELECT account_id, closed_on AS won_on, min(account) AS account
	FROM   deal_fact
	WHERE  outcome = 'won' AND is_touched AND account_id IS NOT NULL AND closed_on IS NOT NULL
	GROUP  BY account_id, closed_on
), integrated AS (
	SELECT DISTINCT ON (w.account_id, w.won_on) w.account_id, w.won_on, i.partner_id, i.started_on
	FROM   won w JOIN integration_use i ON i.account_id = w.account_id AND i.started_on > w.won_on
	ORDER  BY w.account_id, w.won_on, i.started_on, i.partner_id COLLATE "C"
), entered AS (
	-- what came next after each day on which something was taken up, by one sort
	SELECT partner_id, on_day, min(CASE WHEN came THEN on_day END) OVER later AS next_on
	FROM  (SELECT partner_id, occurred_on AS on_day, true AS came FROM overlap_event WHERE event = 'entered'
	       UNION
	       SELECT partner_id, started_on, false FROM integrated) e
	WINDOW later AS (PARTITION BY partner_id ORDER BY on_day DESC RANGE BETWEEN UNBOUNDED PRECEDING AND interval '1 day' PRECEDING)
), overlapped AS (
	SELECT i.*, e.next_on AS overlap_on
	FROM   integrated i
	       LEFT JOIN (SELECT DISTINCT partner_id, on_day, next_on FROM entered) e ON e.partner_id = i.partner_id AND e.on_day = i.started_on
), joined AS (
	SELECT partner_id, on_day, min(CASE WHEN came THEN on_day END) OVER later AS next_on
	FROM  (SELECT partner_id, opened_on AS on_day, true AS came FROM partner_deal WHERE involvement IN ('involved', 'led') AND opened_on IS NOT NULL
	       UNION
	       SELECT partner_id, overlap_on, false FROM overlapped WHERE overlap_on IS NOT NULL) e
	WINDOW later AS (PARTITION BY partner_id ORDER BY on_day DESC RANGE BETWEEN UNBOUNDED PRECEDING AND interval '1 day' PRECEDING)
)
SELECT account_id, won_on, extract(year FROM won_on - make_interval(months => fiscal_year_starts - 1))::integer + (fiscal_year_starts > 1)::integer AS begun,
       w.account, o.partner_id, o.started_on AS integrated_on, o.overlap_on, j.next_on AS opened_on, j.next_on - won_on AS days,
       coalesce(j.next_on, greatest(day, won_on)) - won_on AS days_followed,
       CASE WHEN j.next_on IS NOT NULL THEN 'complete' WHEN o.overlap_on IS NOT NULL THEN 'overlap' WHEN o.started_on IS NOT NULL THEN 'integrated' ELSE 'won' END AS stage
FROM   today, won w
       LEFT JOIN overlapped o USING (account_id, won_on)
       LEFT JOIN (SELECT DISTINCT partner_id, on_day, next_on FROM joined) j ON j.partner_id = o.partner_id AND j.on_day = o.overlap_on
