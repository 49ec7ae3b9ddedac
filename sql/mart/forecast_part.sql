-- forecast_part: what the forecast of now adds up from, of all and of each partner: what was won before, each open deal that it names, and what is not there yet.
-- kind: report
-- tier: 2
-- key: partner_id, line, period_starts, part_id
-- inputs: forecast(*) forecast_deal(*) deal_then(*) deal_fact(*) partner_deal(*)
-- columns:
--   partner_id text not null          The partner; empty: all together. A deal that several influence is there for each of them, and once for all.
--   line text not null                partner_sourced, or partner_influenced (touched and not sourced).
--   period_starts date not null       First day of the fiscal quarter.
--   part_id text not null             The open deal; (won before) and (not yet opened) for all the others.
--   scope text                        network, or partner: of whom the row is.
--   period text                       Fiscal quarter, such as FY2026 Q4.
--   part text                         won before, named or not yet opened.
--   label text                        Name of the deal, or what the others are.
--   account text                      Name of the account.
--   stage text                        Stage of the deal.
--   chance numeric(9,6)               Its chance to be won in this quarter.
--   amount numeric(24,8)              Amount that is expected of it.
--   arr numeric(24,8)                 Part of it that recurs every year.
WITH member AS (
	-- who has a part in which deal, and since when: all together, and each partner
	SELECT deal_id, '' AS partner_id, CASE WHEN sourcing_partner_id IS NOT NULL THEN 'partner_sourced' ELSE 'partner_influenced' END AS line,
	       greatest(opened_on, first_touch_on) AS arrived_on
	FROM   deal_fact
	WHERE  is_touched AND outcome = 'open'
	UNION  ALL
	SELECT p.deal_id, p.partner_id, CASE WHEN p.partner_id = d.sourcing_partner_id THEN 'partner_sourced' ELSE 'partner_influenced' END,
	       greatest(p.opened_on, p.first_touch_on)
	FROM   partner_deal p JOIN deal_fact d USING (deal_id)
	WHERE  p.partner_id <> '' AND p.involvement IN ('involved', 'led') AND d.outcome = 'open'
), total AS (
	SELECT partner_id, line, period_starts, period,
	       sum(won_before) FILTER (WHERE measure = 'amount') AS won_amount, sum(won_before) FILTER (WHERE measure = 'arr') AS won_arr,
	       sum(not_yet_opened) FILTER (WHERE measure = 'amount') AS new_amount, sum(not_yet_opened) FILTER (WHERE measure = 'arr') AS new_arr
	FROM   forecast
	WHERE  made = 'now' AND period_starts IS NOT NULL
	GROUP  BY partner_id, line, period_starts, period
)
SELECT m.partner_id, m.line, f.period_starts, f.deal_id AS part_id, CASE WHEN m.partner_id = '' THEN 'network' ELSE 'partner' END AS scope, f.period, 'named' AS part,
       coalesce(f.deal, f.deal_id) AS label, f.account, f.stage, f.chance, f.amount * f.chance AS amount, f.arr * f.chance AS arr
FROM   forecast_deal f
       JOIN deal_then t ON t.made = f.made AND t.deal_id = f.deal_id
       JOIN member m ON m.deal_id = f.deal_id AND m.arrived_on <= t.made_on
WHERE  f.made = 'now'
UNION  ALL
SELECT t.partner_id, t.line, t.period_starts, '(' || p.part || ')', CASE WHEN t.partner_id = '' THEN 'network' ELSE 'partner' END, t.period, p.part, p.label, NULL, NULL, NULL, p.amount, p.arr
FROM   total t,
       LATERAL (VALUES ('won before', 'Won in the quarter so far', won_amount, won_arr), ('not yet opened', 'Deals not opened yet, at the pace of the last year', new_amount, new_arr)) AS p(part, label, amount, arr)
WHERE  p.amount <> 0 OR p.arr <> 0
