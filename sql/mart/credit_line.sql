-- credit_line: the ledger of the won deals: who is credited what and why; the lines of a deal add up to its amount.
-- kind: report
-- tier: 1
-- key: deal_id, line
-- grain: deal_id
-- inputs: deal(deal_id) deal_partner(deal_id) touch(deal_id) account_touch(deal_id) deal_model(deal_id) split_policy(*)
--   touch_kind(*) partner(*) setting(*)
-- columns:
--   deal_id text not null             The won deal.
--   line integer not null             Number of the line in the deal.
--   deal text                         Name of the deal.
--   partner_id text                   Partner who is credited; empty: the company.
--   partner text                      Name of the partner; (none) where the company keeps it.
--   role text                         Role that is credited.
--   occurred_on date                  Day of the touch that is credited; NULL: credited by role.
--   share numeric(9,6)                Share of the deal; the shares of a deal add up to 1. NULL: the deal has no amount.
--   amount numeric(18,2)              The same in the mart's currency; the amounts of a deal add up to the deal's.
--   reason text                       Why.
--   model text                        The rule that was applied.
--   model_from text                   Where the rule is from: deal_model, split_policy or setting.
--   evidence text                     What the rule read: deal_partner (roles) or touch.
--   program text                      Program of the deal.
--   on_partner_paper text             Partner whose paper the customer signs.
--   deal_amount numeric(18,2)         Value of the whole deal: count it once a deal when adding up.
--   closed_on date                    Day it was won, in the mart's time zone.
--   closed_quarter date               First day of the fiscal quarter it was won in.
WITH won AS (
	SELECT d.deal_id, d.name, d.amount, d.program, d.on_partner_paper, d.closed_at, d.closed_on, m.model_from, m.written ~* '^\s*(role_split|primary_only)' AS by_role,
	       m.written ~* '^\s*primary_only' AS by_primary,
	       -- options of the mart's, where the rule does not state its own
	       CASE WHEN o.options = '' THEN m.written
	            WHEN m.written ~ '\)\s*$' THEN regexp_replace(m.written, '\)\s*$', o.options || ')')
	            ELSE btrim(m.written) || '(' || substr(o.options, 3) || ')' END AS model,
	       (date_trunc('quarter', d.closed_on - f.later) + f.later)::date AS closed_quarter
	FROM   setting s, deal d
	       LEFT JOIN deal_model x ON x.deal_id = d.deal_id AND x.model <> '' AND x.decided_on < d.closed_on
	       LEFT JOIN LATERAL (SELECT p.model FROM split_policy p
	                          WHERE  p.program IN (d.program, '*') AND p.valid_from <= d.closed_on AND (p.valid_to >= d.closed_on OR p.valid_to IS NULL)
	                          ORDER  BY p.program = '*', p.valid_from DESC
	                          LIMIT  1) p ON true,
	       LATERAL (SELECT regexp_replace(coalesce(x.model, p.model, s.credit_model), '\(\s*\)\s*$', '') AS written,
	                       CASE WHEN x.model IS NOT NULL THEN 'deal_model' WHEN p.model IS NOT NULL THEN 'split_policy' ELSE 'setting' END AS model_from) m,
	       LATERAL (SELECT CASE WHEN m.written ~* '^\s*role_split' AND m.written !~* 'unknown\s*=' THEN ', unknown=ignore' ELSE '' END
	                       || CASE WHEN s.minor_digits <> 2 AND m.written !~* 'minor_digits\s*=' THEN ', minor_digits=' || s.minor_digits ELSE '' END AS options) o,
	       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f
	WHERE  d.outcome = 'won'
), touched AS MATERIALIZED (
	SELECT deal_id, t.partner_id, coalesce(k.role, 'none') AS role, t.occurred_at, coalesce(t.weight, k.weight, 1) AS weight
	FROM   won
	       JOIN (SELECT deal_id, partner_id, kind, occurred_at, weight FROM touch
	             UNION ALL
	             SELECT deal_id, partner_id, kind, occurred_at, weight FROM account_touch) t USING (deal_id)
	       LEFT JOIN touch_kind k ON k.kind = t.kind
	WHERE  NOT won.by_role AND t.partner_id <> '' AND k.passive IS NOT TRUE
), read AS (
	SELECT won.*, CASE WHEN by_role OR t.deal_id IS NULL THEN 'deal_partner' ELSE 'touch' END AS evidence
	FROM   won LEFT JOIN (SELECT DISTINCT deal_id FROM touched) t ON t.deal_id = won.deal_id
), entry (deal_id, amount, model, role, partner_id, occurred_at, closed_at, weight) AS (
	SELECT deal_id, amount, model::credit_model, NULL, NULL, NULL::timestamptz, closed_at, NULL::numeric
	FROM   read
	UNION  ALL
	SELECT deal_id, NULL, NULL, role, partner_id, occurred_at, NULL, weight
	FROM   touched
	UNION  ALL
	-- a model of touches reads the roles of a deal that has none
	SELECT deal_id, NULL, NULL, p.role, p.partner_id, CASE WHEN NOT by_role THEN p.added_at END, NULL,
	       CASE WHEN by_primary THEN coalesce(p.is_primary, false)::integer ELSE coalesce(p.share, 1) END
	FROM   read JOIN deal_partner p USING (deal_id)
	WHERE  evidence = 'deal_partner' AND p.partner_id <> ''
)
SELECT l.deal AS deal_id,
       row_number() OVER (PARTITION BY l.deal ORDER BY l.partner, l.role, l.occurred_at, l.amount, l.share, l.reason) AS line,
       r.name AS deal, coalesce(l.partner, '') AS partner_id, CASE WHEN l.partner IS NULL THEN '(none)' ELSE coalesce(p.name, l.partner) END AS partner,
       l.role, CASE WHEN r.evidence = 'touch' THEN (l.occurred_at AT TIME ZONE s.time_zone)::date END AS occurred_on,
       l.share, l.amount, l.reason, l.model, r.model_from, r.evidence, r.program, r.on_partner_paper, r.amount AS deal_amount, r.closed_on, r.closed_quarter
FROM   setting s,
      (SELECT credit_ledger_agg(deal_id, amount, model, role, partner_id, occurred_at, closed_at, weight) AS ledger FROM entry) q,
       ledger(q.ledger) l
       JOIN read r ON r.deal_id = l.deal
       LEFT JOIN partner p ON p.partner_id = l.partner
