-- deal_then: deals that partners sourced or influenced, as they were known on the day of a forecast: today, and a year ago.
-- kind: report
-- tier: 2
-- key: made, deal_id
-- grain: deal_id
-- inputs: deal_fact(deal_id) setting(*)
-- columns:
--   made text not null                now, or a year ago: what a forecast made then would have known.
--   deal_id text not null             The deal.
--   made_on date                      That day.
--   line text                         partner_sourced, or partner_influenced (touched and not sourced).
--   partner_id text                   Partner who sourced it; empty: influenced.
--   deal text                         Its name.
--   account text                      Name of the account.
--   type text                         new, expansion or renewal.
--   owner text                        Who owns it on our side.
--   region text                       Sales region.
--   arrived_on date                   Day it came into the line: it was opened, or a partner first touched it.
--   outcome text                      won, lost or open, on that day.
--   closed_on date                    Day it was closed, by that day.
--   age integer                       Days since it came, until its close or that day.
--   stage text                        Stage on that day; NULL: not known.
--   amount numeric(18,2)              Value on that day.
--   arr numeric(18,2)                 Part of it that recurs every year: the same part as of the amount now.
--   is_known boolean                  Whether deal_history knows the amount of that day; else it is the one of now.
WITH made AS (
	SELECT m.made, m.made_on, (m.made_on + 1)::timestamp AT TIME ZONE s.time_zone AS until
	FROM   setting s, LATERAL (SELECT coalesce(s.as_of, (current_timestamp AT TIME ZONE s.time_zone)::date) AS day) d,
	       LATERAL (VALUES ('now', day), ('a year ago', (day - interval '1 year')::date)) AS m(made, made_on)
), partnered AS (
	SELECT deal_id, deal, account, type, owner, region, outcome, closed_on, stage, amount, arr, sourcing_partner_id,
	       CASE WHEN sourcing_partner_id IS NOT NULL THEN 'partner_sourced' ELSE 'partner_influenced' END AS line, greatest(opened_on, first_touch_on) AS arrived_on
	FROM   deal_fact
	WHERE  is_touched AND opened_on IS NOT NULL AND (outcome = 'open' OR closed_on IS NOT NULL)
)
SELECT m.made, d.deal_id, m.made_on, d.line, coalesce(d.sourcing_partner_id, '') AS partner_id, d.deal, d.account, d.type, d.owner, d.region, d.arrived_on,
       CASE WHEN t.is_closed THEN d.outcome ELSE 'open' END AS outcome, CASE WHEN t.is_closed THEN d.closed_on END AS closed_on,
       greatest(CASE WHEN t.is_closed THEN d.closed_on ELSE m.made_on END - d.arrived_on, 0) AS age,
       lower(CASE WHEN m.made = 'now' THEN coalesce(d.stage, s.stage) ELSE s.stage END) AS stage, v.amount,
       CASE WHEN v.amount = d.amount THEN d.arr ELSE round(d.arr * v.amount / nullif(d.amount, 0), 2) END AS arr,
       m.made = 'now' OR h.amount IS NOT NULL AS is_known
FROM   made m
       JOIN partnered d ON d.arrived_on <= m.made_on
       LEFT JOIN LATERAL (SELECT t.amount FROM deal_history t WHERE m.made <> 'now' AND t.deal_id = d.deal_id AND t.valid_from < m.until AND t.amount IS NOT NULL
                          ORDER  BY t.valid_from DESC LIMIT 1) h ON true
       LEFT JOIN LATERAL (SELECT t.stage FROM deal_history t WHERE (m.made <> 'now' OR d.stage IS NULL) AND t.deal_id = d.deal_id AND t.valid_from < m.until AND t.stage <> ''
                          ORDER  BY t.valid_from DESC LIMIT 1) s ON true,
       LATERAL (SELECT d.outcome <> 'open' AND d.closed_on <= m.made_on AS is_closed) t,
       LATERAL (SELECT CASE WHEN m.made = 'now' THEN d.amount ELSE coalesce(h.amount, d.amount) END AS amount) v
