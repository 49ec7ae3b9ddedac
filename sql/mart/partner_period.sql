-- partner_period: one row a partner and fiscal quarter; the row of no partner has the rest, so that credit and investment add up to the whole.
-- kind: report
-- tier: 1
-- key: partner_id, period
-- inputs: partner_deal(*) deal_fact(*) partner_day(*) lead_exchange(*) investment(*) partner(*) setting(*)
-- columns:
--   partner_id text not null          The partner; empty: none, that is the company's part and what no partner was on.
--   period text not null              The fiscal quarter, such as FY2026 Q3; undated: without a date.
--   partner text                      Name of the partner; (none) for none.
--   partner_type text                 technology, services or channel.
--   period_starts date                First day of the quarter; NULL: undated.
--   is_complete boolean               Whether the quarter is over.
--   won_deals integer                 Deals won that the partner touched; of no partner those that none did.
--   won_amount numeric(18,2)          Their amount; a deal with two partners counts for both.
--   sourced_deals integer             Those of them that this partner sourced.
--   sourced_amount numeric(18,2)      Their amount.
--   influenced_amount numeric(18,2)   Amount of those it touched and did not source.
--   credited_amount numeric(18,2)     What it is credited; over all rows of a quarter this is what was won.
--   lost_deals integer                Deals lost that it touched.
--   opened_deals integer              Deals opened that it touched.
--   opened_amount numeric(18,2)       Their amount: the pipeline created with it.
--   opened_sourced_deals integer      Those of them that it sourced.
--   opened_sourced_amount numeric(18,2)  Their amount.
--   acts integer                      What it did, see partner_day.
--   touches integer                   Touches among that.
--   registrations integer             Registrations among that.
--   leads_given integer               Leads it gave to us or to other partners; of no partner those that we gave.
--   leads_received integer            Leads it received from us or from other partners; of no partner those that we received.
--   investment numeric(18,2)          What was spent on it; of no partner on the program as a whole.
WITH fiscal AS (
	SELECT make_interval(months => fiscal_year_starts - 1) AS later, fiscal_year_starts, time_zone,
	       coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day
	FROM   setting
), part (partner_id, quarter, won_deals, won_amount, sourced_deals, sourced_amount, influenced_amount, credited_amount, lost_deals,
         opened_deals, opened_amount, opened_sourced_deals, opened_sourced_amount, acts, touches, registrations,
         leads_given, leads_received, investment) AS (
	-- by the quarter of the close
	SELECT partner_id, closed_quarter,
	       count(*) FILTER (WHERE is_won AND is_touched), sum(amount) FILTER (WHERE is_won AND is_touched),
	       count(*) FILTER (WHERE is_won AND is_sourced), sum(amount) FILTER (WHERE is_won AND is_sourced),
	       sum(amount) FILTER (WHERE is_won AND is_touched AND NOT is_sourced), sum(credit),
	       count(*) FILTER (WHERE outcome = 'lost' AND is_touched), 0, 0::numeric, 0, 0::numeric, 0, 0, 0, 0, 0, 0::numeric
	FROM   partner_deal, LATERAL (SELECT outcome = 'won' AS is_won, involvement IN ('involved', 'led') AS is_touched, origin = 'partner_sourced' AS is_sourced) i
	WHERE  outcome <> 'open'
	GROUP  BY partner_id, closed_quarter
	UNION  ALL
	SELECT '', closed_quarter, count(*) FILTER (WHERE outcome = 'won'), sum(amount) FILTER (WHERE outcome = 'won'), 0, 0, 0, 0,
	       count(*) FILTER (WHERE outcome = 'lost'), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	FROM   deal_fact
	WHERE  NOT is_touched AND outcome <> 'open'
	GROUP  BY closed_quarter
	UNION  ALL
	-- by that of the opening
	SELECT partner_id, (date_trunc('quarter', opened_on - later) + later)::date, 0, 0, 0, 0, 0, 0, 0,
	       count(*), sum(amount), count(*) FILTER (WHERE origin = 'partner_sourced'), sum(amount) FILTER (WHERE origin = 'partner_sourced'), 0, 0, 0, 0, 0, 0
	FROM   fiscal, partner_deal
	WHERE  involvement IN ('involved', 'led')
	GROUP  BY 1, 2
	UNION  ALL
	SELECT '', opened_quarter, 0, 0, 0, 0, 0, 0, 0, count(*), sum(amount), 0, 0, 0, 0, 0, 0, 0, 0
	FROM   deal_fact
	WHERE  NOT is_touched
	GROUP  BY opened_quarter
	UNION  ALL
	-- by that of what was done
	SELECT partner_id, (date_trunc('quarter', acted_on - later) + later)::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	       sum(acts), sum(touches), sum(registrations), 0, 0, 0
	FROM   fiscal, partner_day
	WHERE  acts > 0
	GROUP  BY 1, 2
	UNION  ALL
	SELECT coalesce(e.partner_id, ''), (date_trunc('quarter', (l.sent_at AT TIME ZONE time_zone)::date - later) + later)::date,
	       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(e.given), sum(e.received), 0
	FROM   fiscal, lead_exchange l, LATERAL (VALUES (from_partner_id, 1, 0), (to_partner_id, 0, 1)) AS e(partner_id, given, received)
	GROUP  BY 1, 2
	UNION  ALL
	SELECT partner_id, (date_trunc('quarter', period - later) + later)::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(amount)
	FROM   fiscal, investment
	GROUP  BY 1, 2
), whole AS (
	SELECT partner_id, quarter,
	       sum(won_deals) AS won_deals, coalesce(sum(won_amount), 0) AS won_amount, sum(sourced_deals) AS sourced_deals,
	       coalesce(sum(sourced_amount), 0) AS sourced_amount, coalesce(sum(influenced_amount), 0) AS influenced_amount,
	       coalesce(sum(credited_amount), 0) AS credited_amount, sum(lost_deals) AS lost_deals, sum(opened_deals) AS opened_deals,
	       coalesce(sum(opened_amount), 0) AS opened_amount, sum(opened_sourced_deals) AS opened_sourced_deals,
	       coalesce(sum(opened_sourced_amount), 0) AS opened_sourced_amount, sum(acts) AS acts, sum(touches) AS touches,
	       sum(registrations) AS registrations, sum(leads_given) AS leads_given, sum(leads_received) AS leads_received,
	       coalesce(sum(investment), 0) AS investment
	FROM   part
	GROUP  BY partner_id, quarter
)
SELECT partner_id, coalesce(_fiscal_quarter(quarter, fiscal_year_starts), 'undated') AS period,
       CASE WHEN partner_id = '' THEN '(none)' ELSE coalesce(p.name, partner_id) END AS partner, p.type AS partner_type,
       quarter AS period_starts, quarter + interval '3 months' <= day + 1 AS is_complete,
       won_deals, won_amount, sourced_deals, sourced_amount, influenced_amount, credited_amount, lost_deals,
       opened_deals, opened_amount, opened_sourced_deals, opened_sourced_amount, acts, touches, registrations, leads_given, leads_received, investment
FROM   fiscal, whole
       LEFT JOIN partner p USING (partner_id)
-- a quarter in which nothing happened but that the company was credited nothing
WHERE  GREATEST(won_deals, lost_deals, opened_deals, acts, leads_given, leads_received) > 0 OR credited_amount <> 0 OR investment <> 0
