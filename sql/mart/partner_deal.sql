-- partner_deal: one row a deal and partner on it, with roles, touches and credit; of won deals one more for the company's part.
-- kind: report
-- tier: 1
-- key: deal_id, partner_id
-- grain: deal_id
-- inputs: deal(deal_id) touch(deal_id) account_touch(deal_id) deal_partner(deal_id) credit_line(deal_id) account(*) partner(*)
--   touch_kind(*) setting(*)
-- columns:
--   deal_id text not null             The deal.
--   partner_id text not null          The partner; empty: the company.
--   deal text                         Name of the deal.
--   partner text                      Name of the partner; (none) for the company.
--   partner_type text                 technology, services or channel.
--   account_id text                   Account of the deal.
--   account text                      Name of the account.
--   type text                         new, expansion or renewal.
--   outcome text                      won, lost or open.
--   amount numeric(18,2)              Value of the whole deal: count it once a deal when adding up.
--   arr numeric(18,2)                 Part of it that recurs every year: the same.
--   opened_on date                    Day it was opened, in the mart's time zone.
--   closed_on date                    Day it was won or lost, in the mart's time zone.
--   closed_quarter date               First day of the fiscal quarter it was won or lost in.
--   owner text                        Who owns the deal on our side.
--   region text                       Sales region.
--   roles text                        Roles the partner holds; empty: one that is not said; NULL: none.
--   holds_co_sell boolean             Whether one of them is co_sell.
--   is_primary boolean                Whether it is the deal's primary partner.
--   is_on_paper boolean               Whether the customer signs this partner's paper.
--   agreed_share numeric(9,6)         Share agreed with the partner, where the CRM keeps one.
--   added_on date                     Day the first role was recorded.
--   involvement text                  What the partner's own touches alone make of the deal: direct (none), covered, unproven, involved or led.
--   origin text                       Whether this partner sourced it: partner_sourced, ecosystem_sourced, partner_influenced or unpartnered.
--   motion_score integer              Axes on which this partner has evidence on time, 0 to 4.
--   touches integer                   Touches by the partner, dated roles among them.
--   first_touch_on date               Day of the first one.
--   last_touch_on date                Day of the last one.
--   last_act_on date                  Day of the last one by the close.
--   credit numeric(18,2)              What it is credited, of won deals.
--   share numeric(9,6)                The same as a share of the deal; the shares of a deal add up to 1.
--   credit_model text                 The rule by which.
WITH evidence AS (
	SELECT deal_id, partner_id, kind, occurred_at, recorded_at FROM touch WHERE partner_id <> ''
	UNION  ALL
	SELECT deal_id, partner_id, kind, occurred_at, recorded_at FROM account_touch WHERE partner_id <> ''
	UNION  ALL
	SELECT deal_id, partner_id, role, added_at, added_at FROM deal_partner, setting WHERE role_evidence AND partner_id <> '' AND added_at IS NOT NULL
), kind AS (
	SELECT t.kind, t.passive, CASE WHEN t.passive THEN 'overlap' WHEN t.axis IS NULL THEN 'touch' WHEN t.axis = m.axis THEN m.kind ELSE t.axis END AS evidence
	FROM   touch_kind t LEFT JOIN motion_kinds() m ON m.kind = t.kind
), by_touch AS (
	SELECT d.deal_id, e.partner_id,
	       deal_motion_agg(coalesce(k.evidence, e.kind), e.occurred_at, d.opened_at, CASE WHEN d.outcome <> 'open' THEN d.closed_at END,
	                       e.recorded_at, s.led_rule::led_rule) AS motion,
	       max(e.occurred_at) FILTER (WHERE k.passive IS NOT TRUE AND (e.occurred_at <= d.closed_at OR d.closed_at IS NULL OR d.outcome = 'open')) AS last_act_at
	FROM   setting s, deal d
	       JOIN evidence e USING (deal_id)
	       LEFT JOIN kind k ON k.kind = e.kind
	GROUP  BY d.deal_id, e.partner_id
), by_role AS (
	SELECT deal_id, partner_id, coalesce(string_agg(nullif(role, ''), ', ' ORDER BY role), '') AS roles, bool_or(role = 'co_sell') AS holds_co_sell, bool_or(is_primary) AS is_primary,
	       sum(share) AS agreed_share, min(added_at) AS added_at
	FROM   deal_partner
	WHERE  partner_id <> ''
	GROUP  BY deal_id, partner_id
), by_credit AS (
	SELECT deal_id, partner_id, sum(amount) AS credit, sum(share) AS share, min(model) AS credit_model
	FROM   credit_line
	GROUP  BY deal_id, partner_id
)
SELECT deal_id, partner_id, d.name AS deal, CASE WHEN partner_id = '' THEN '(none)' ELSE coalesce(p.name, partner_id) END AS partner, p.type AS partner_type,
       d.account_id, a.name AS account, d.type, d.outcome, d.amount, d.arr,
       (d.opened_at AT TIME ZONE s.time_zone)::date AS opened_on, c.closed_on,
       (date_trunc('quarter', c.closed_on - f.later) + f.later)::date AS closed_quarter,
       d.owner, coalesce(d.region, a.region) AS region,
       r.roles, coalesce(r.holds_co_sell, false) AS holds_co_sell, coalesce(r.is_primary, false) AS is_primary, coalesce(partner_id = d.on_partner_paper, false) AS is_on_paper, r.agreed_share, (r.added_at AT TIME ZONE s.time_zone)::date AS added_on,
       coalesce(involvement(t.motion), 'direct') AS involvement, coalesce(origin(t.motion), 'unpartnered') AS origin,
       coalesce(motion_score(t.motion), 0) AS motion_score, coalesce(touches(t.motion), 0) AS touches,
       (first_touch(t.motion) AT TIME ZONE s.time_zone)::date AS first_touch_on, (last_touch(t.motion) AT TIME ZONE s.time_zone)::date AS last_touch_on,
       (t.last_act_at AT TIME ZONE s.time_zone)::date AS last_act_on,
       v.credit, v.share, v.credit_model
FROM   setting s, by_touch t
       FULL JOIN by_role r USING (deal_id, partner_id)
       FULL JOIN by_credit v USING (deal_id, partner_id)
       JOIN deal d USING (deal_id)
       LEFT JOIN account a USING (account_id)
       LEFT JOIN partner p USING (partner_id),
       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f,
       LATERAL (SELECT CASE WHEN d.outcome <> 'open' THEN d.closed_on END AS closed_on) c
