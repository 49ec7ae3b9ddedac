-- deal_fact: one row a deal, with what partners did on it, what drove it, and who is credited.
-- kind: report
-- tier: 1
-- key: deal_id
-- grain: deal_id
-- inputs: deal(deal_id) touch(deal_id) account_touch(deal_id) deal_partner(deal_id) partner_deal(deal_id) credit_line(deal_id) account(*)
--   touch_kind(*) setting(*)
-- columns:
--   deal_id text not null             The deal.
--   deal text                         Its name.
--   account_id text                   Account it is with.
--   account text                      Name of the account.
--   parent_account_id text            Account that one belongs to.
--   segment text                      What the account is to us: customer, open_opportunity or prospect.
--   industry text                     Industry of the account.
--   type text                         new, expansion or renewal.
--   stage text                        Stage, in the CRM's words.
--   outcome text                      won, lost or open; NULL: a stage that means none of them.
--   amount numeric(18,2)              Value in the mart's currency.
--   amount_written text               Value as delivered.
--   currency text                     Currency it was delivered in.
--   arr numeric(18,2)                 Part of the amount that recurs every year.
--   gross_margin numeric(18,2)        Part of the amount that is left after the cost of serving it.
--   opened_at timestamptz             When it was opened.
--   closed_at timestamptz             When it was won or lost; NULL: open.
--   opened_on date                    Day it was opened, in the mart's time zone.
--   closed_on date                    Day it was won or lost, in the mart's time zone.
--   expected_close_on date            Day it is expected to close.
--   opened_quarter date               First day of the fiscal quarter it was opened in.
--   closed_quarter date               First day of the fiscal quarter it was won or lost in.
--   closed_fiscal text                The same as people say it, such as FY2026 Q3.
--   cycle_days integer                Days from opening to close; NULL: open, or closed before it was opened.
--   owner text                        Who owns it on our side.
--   owner_email text                  Their e-mail address.
--   lead_source text                  Where the owner says it came from.
--   program text                      Partner program.
--   region text                       Sales region.
--   co_sell boolean                   Whether it is co-sold, as setting.co_sell_is says.
--   co_sold_on date                   Day of the first dated sign of it: a role or touch of co-selling.
--   landmark_co_sell boolean          Whether it was co-sold when setting.landmark had passed since opening, or is so far where it has not; NULL: closed before.
--   is_solo boolean                   Whether co-sold deals are compared with it, as setting.solo_is says.
--   marketplace text                  Marketplace it is transacted through.
--   on_partner_paper text             Partner whose paper the customer signs.
--   first_value_on date               Day the customer first used what was bought in earnest.
--   involvement text                  direct (no partner), covered (a partner is merely there), unproven (touched without a date or too late), involved or led.
--   origin text                       partner_sourced, ecosystem_sourced, partner_influenced or unpartnered.
--   is_touched boolean                Whether it is involved or led.
--   is_led boolean                    Whether partners led it: sourced, selected and sold along from the start, by a plan made before.
--   motion_score integer              Axes with evidence on time, 0 to 4.
--   led_axes text                     Which.
--   missing_axes text                 Axes that the rule asks for and that have none.
--   missing_reasons text              Why the evidence that came nearest does not count, for each of them.
--   explanation text                  Why it counts as it does, in a sentence.
--   touches integer                   Touches by partners, dated roles among them.
--   undated_touches integer           Those without a date, which prove nothing.
--   touches_after_close integer       Those dated after the close, which prove nothing.
--   passive_records integer           Records that a partner is merely there.
--   first_touch_on date               Day of the first touch.
--   last_touch_on date                Day of the last touch.
--   is_overlap_sourced boolean        Whether it was sourced in time, and an overlap signal came before it was opened.
--   first_sourcing_on date            Day of the first evidence of sourcing by the close, on time or not.
--   partners integer                  Partners who touched it or hold a role on it.
--   partner_names text                Their names.
--   sourcing_partner_id text          Partner who sourced it, in time; of several the first.
--   sourcing_partner text             Name of that partner.
--   primary_partner_id text           Partner marked as its primary one.
--   primary_partner text              Name of that partner.
--   credited_amount numeric(18,2)     What partners are credited, of won deals.
--   company_amount numeric(18,2)      The rest, which the company keeps.
--   credit_model text                 The rule by which.
--   updated_at timestamptz            When the deal last changed in the CRM.
--   extra jsonb                       Further columns, as bound by pass_through.
WITH evidence AS (
	SELECT deal_id, partner_id, kind, occurred_at, recorded_at FROM touch WHERE partner_id <> ''
	UNION  ALL
	SELECT deal_id, partner_id, kind, occurred_at, recorded_at FROM account_touch WHERE partner_id <> ''
	UNION  ALL
	SELECT deal_id, partner_id, role, added_at, added_at FROM deal_partner, setting WHERE role_evidence AND partner_id <> '' AND added_at IS NOT NULL
), kind AS (
	-- what touch_kind makes of a kind, in words that deal_motion_agg knows
	SELECT t.kind, t.axis, t.role, t.passive, CASE WHEN t.passive THEN 'overlap' WHEN t.axis IS NULL THEN 'touch' WHEN t.axis = m.axis THEN m.kind ELSE t.axis END AS evidence
	FROM   touch_kind t LEFT JOIN motion_kinds() m ON m.kind = t.kind
), touched AS (
	SELECT d.deal_id,
	       deal_motion_agg(coalesce(k.evidence, e.kind), e.occurred_at, d.opened_at, CASE WHEN d.outcome <> 'open' THEN d.closed_at END,
	                       e.recorded_at, s.led_rule::led_rule) AS motion,
	       min(e.occurred_at) FILTER (WHERE k.role = 'co_sell' AND NOT k.passive) AS co_sold_at,
	       min(e.occurred_at) FILTER (WHERE e.kind = 'overlap_signal') AS signalled_at,
	       min(e.occurred_at) FILTER (WHERE k.axis = 'sourcing' AND NOT k.passive
	                                  AND (e.occurred_at <= d.closed_at OR d.closed_at IS NULL OR d.outcome = 'open')) AS sourced_at
	FROM   setting s, deal d
	       JOIN evidence e USING (deal_id)
	       LEFT JOIN kind k ON k.kind = e.kind
	GROUP  BY d.deal_id
), with_partner AS (
	SELECT deal_id, count(*) AS partners, string_agg(coalesce(partner, partner_id), ', ' ORDER BY partner, partner_id) AS partner_names,
	       bool_or(holds_co_sell) AS co_sell, min(partner_id) FILTER (WHERE is_primary) AS primary_partner_id, min(partner) FILTER (WHERE is_primary) AS primary_partner
	FROM   partner_deal
	WHERE  partner_id <> '' AND (touches > 0 OR roles IS NOT NULL)
	GROUP  BY deal_id
), sourced AS (
	SELECT DISTINCT ON (deal_id) deal_id, partner_id, partner
	FROM   partner_deal
	WHERE  origin = 'partner_sourced'
	ORDER  BY deal_id, first_touch_on, partner_id
), credit AS (
	SELECT deal_id, coalesce(sum(amount) FILTER (WHERE partner_id <> ''), 0) AS credited_amount, coalesce(sum(amount) FILTER (WHERE partner_id = ''), 0) AS company_amount,
	       min(model) AS model, bool_and(amount IS NOT NULL) AS is_split
	FROM   credit_line
	GROUP  BY deal_id
)
SELECT d.deal_id, d.name AS deal, d.account_id, a.name AS account, a.parent_id AS parent_account_id, a.segment, a.industry,
       d.type, d.stage, d.outcome, d.amount, d.amount_written, d.currency, d.arr, d.gross_margin,
       d.opened_at, c.closed_at, c.opened_on, c.closed_on, d.expected_close_on,
       (date_trunc('quarter', c.opened_on - f.later) + f.later)::date AS opened_quarter,
       (date_trunc('quarter', c.closed_on - f.later) + f.later)::date AS closed_quarter,
       _fiscal_quarter(c.closed_on, s.fiscal_year_starts) AS closed_fiscal,
       CASE WHEN c.closed_on >= c.opened_on THEN c.closed_on - c.opened_on END AS cycle_days,
       d.owner, d.owner_email, d.lead_source, d.program, coalesce(d.region, a.region) AS region,
       x.co_sell, (x.co_sold_at AT TIME ZONE s.time_zone)::date AS co_sold_on,
       CASE WHEN c.closed_at <= d.opened_at + s.landmark THEN NULL
            ELSE x.co_sell AND coalesce(x.co_sold_at <= d.opened_at + s.landmark, false) END AS landmark_co_sell,
       NOT x.co_sell AND (s.solo_is = 'no_co_sell' OR coalesce(involvement(t.motion), 'direct') IN ('direct', 'covered')) AS is_solo,
       d.marketplace, d.on_partner_paper, (d.first_value_at AT TIME ZONE s.time_zone)::date AS first_value_on,
       involvement(m.motion), origin(m.motion), involvement(m.motion) IN ('involved', 'led') AS is_touched, involvement(m.motion) = 'led' AS is_led,
       motion_score(m.motion), array_to_string(led_axes(m.motion), ', ') AS led_axes,
       array_to_string(missing_axes(m.motion), ', ') AS missing_axes, array_to_string(missing_reasons(m.motion), ', ') AS missing_reasons,
       explanation(m.motion),
       touches(m.motion), undated(m.motion) AS undated_touches, touches_after_close(m.motion), passive_records(m.motion),
       (first_touch(m.motion) AT TIME ZONE s.time_zone)::date AS first_touch_on, (last_touch(m.motion) AT TIME ZONE s.time_zone)::date AS last_touch_on,
       coalesce(t.signalled_at <= d.opened_at AND 'sourcing' = ANY (led_axes(m.motion)), false) AS is_overlap_sourced, (t.sourced_at AT TIME ZONE s.time_zone)::date AS first_sourcing_on,
       coalesce(r.partners, 0) AS partners, r.partner_names,
       o.partner_id AS sourcing_partner_id, o.partner AS sourcing_partner, r.primary_partner_id, r.primary_partner,
       CASE WHEN v.is_split THEN v.credited_amount END AS credited_amount, CASE WHEN v.is_split THEN v.company_amount END AS company_amount, v.model AS credit_model,
       d.updated_at, d.extra
FROM   setting s, deal d
       LEFT JOIN account a USING (account_id)
       LEFT JOIN touched t USING (deal_id)
       LEFT JOIN with_partner r USING (deal_id)
       LEFT JOIN sourced o USING (deal_id)
       LEFT JOIN credit v USING (deal_id),
       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f,
       LATERAL (SELECT (d.opened_at AT TIME ZONE s.time_zone)::date AS opened_on,
                       CASE WHEN d.outcome <> 'open' THEN d.closed_at END AS closed_at,
                       CASE WHEN d.outcome <> 'open' THEN d.closed_on END AS closed_on) c,
       LATERAL (SELECT coalesce(t.motion, 'v2'::deal_motion) AS motion) m,
       LATERAL (SELECT t.co_sold_at,
                       CASE s.co_sell_is WHEN 'flag' THEN coalesce(d.co_sell, false) WHEN 'role' THEN coalesce(r.co_sell, false)
                            WHEN 'touch' THEN coalesce(t.co_sold_at <= coalesce(c.closed_at, 'infinity'), false)
                            ELSE coalesce(d.co_sell, r.co_sell, false) END AS co_sell) x
