-- program_period: the program by fiscal quarter: won, touched, led and the gap between them, credit, pipeline, activity, cost.
-- kind: report
-- tier: 1
-- key: period
-- inputs: deal_fact(*) partner_day(*) partner(*) lead_exchange(*) investment(*) setting(*)
-- columns:
--   period text not null              The fiscal quarter, such as FY2026 Q3; undated: without a date.
--   period_starts date                First day of the quarter; NULL: undated.
--   is_complete boolean               Whether the quarter is over.
--   won_deals integer                 Deals won.
--   won_amount numeric(18,2)          Their amount.
--   touched_deals integer             Those of them that partners touched.
--   touched_amount numeric(18,2)      Their amount.
--   touched_share numeric(9,6)        The same as a share of what was won.
--   led_deals integer                 Those of them that partners led.
--   led_amount numeric(18,2)          Their amount.
--   led_share numeric(9,6)            The same as a share of what was won.
--   gap_amount numeric(18,2)          Touched and not led: what partners were at without having designed it.
--   gap_share numeric(9,6)            The same as a share of what was won.
--   sourced_amount numeric(18,2)      Won, and sourced by a partner.
--   influenced_amount numeric(18,2)   Won, touched, and not sourced by a partner.
--   credited_amount numeric(18,2)     What partners are credited of what was won.
--   company_amount numeric(18,2)      The rest: what the company keeps.
--   lost_deals integer                Deals lost.
--   lost_amount numeric(18,2)         Their amount.
--   win_rate numeric(9,6)             Won of won and lost.
--   opened_deals integer              Deals opened.
--   opened_amount numeric(18,2)       Their amount: the pipeline created.
--   opened_touched_deals integer      Those of them that partners touched.
--   opened_touched_amount numeric(18,2)  Their amount.
--   opened_sourced_deals integer      Those of them that a partner sourced.
--   opened_sourced_amount numeric(18,2)  Their amount.
--   opened_co_sell_deals integer      Those of them that are co-sold.
--   opened_co_sell_amount numeric(18,2)  Their amount.
--   partners integer                  Partners whose agreement held at the end of the quarter.
--   partners_signed integer           Partners who signed in it.
--   partners_active integer           Partners who touched or registered a deal in it.
--   acts integer                      What partners did, see partner_day.
--   touches integer                   Touches among that.
--   registrations integer             Registrations among that.
--   leads_given integer               Leads that we gave to partners.
--   leads_received integer            Leads that partners gave to us.
--   leads_among_partners integer      Leads from partner to partner.
--   investment numeric(18,2)          What the program cost.
WITH fiscal AS (
	SELECT make_interval(months => fiscal_year_starts - 1) AS later, fiscal_year_starts, time_zone,
	       coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day
	FROM   setting
), closed AS (
	SELECT closed_quarter AS quarter, count(*) FILTER (WHERE outcome = 'won') AS won_deals, sum(amount) FILTER (WHERE outcome = 'won') AS won_amount,
	       count(*) FILTER (WHERE outcome = 'won' AND is_touched) AS touched_deals, sum(amount) FILTER (WHERE outcome = 'won' AND is_touched) AS touched_amount,
	       count(*) FILTER (WHERE outcome = 'won' AND is_led) AS led_deals, sum(amount) FILTER (WHERE outcome = 'won' AND is_led) AS led_amount,
	       sum(amount) FILTER (WHERE outcome = 'won' AND origin = 'partner_sourced') AS sourced_amount,
	       sum(amount) FILTER (WHERE outcome = 'won' AND origin NOT IN ('partner_sourced', 'unpartnered')) AS influenced_amount,
	       sum(credited_amount) AS credited_amount, sum(company_amount) AS company_amount,
	       count(*) FILTER (WHERE outcome = 'lost') AS lost_deals, sum(amount) FILTER (WHERE outcome = 'lost') AS lost_amount
	FROM   deal_fact
	WHERE  outcome IN ('won', 'lost')
	GROUP  BY closed_quarter
), opened AS (
	SELECT opened_quarter AS quarter, count(*) AS opened_deals, sum(amount) AS opened_amount,
	       count(*) FILTER (WHERE is_touched) AS opened_touched_deals, sum(amount) FILTER (WHERE is_touched) AS opened_touched_amount,
	       count(*) FILTER (WHERE origin = 'partner_sourced') AS opened_sourced_deals, sum(amount) FILTER (WHERE origin = 'partner_sourced') AS opened_sourced_amount,
	       count(*) FILTER (WHERE co_sell) AS opened_co_sell_deals, sum(amount) FILTER (WHERE co_sell) AS opened_co_sell_amount
	FROM   deal_fact
	GROUP  BY opened_quarter
), acted AS (
	SELECT (date_trunc('quarter', acted_on - later) + later)::date AS quarter,
	       count(DISTINCT partner_id) FILTER (WHERE touches + registrations > 0) AS partners_active,
	       sum(acts) AS acts, sum(touches) AS touches, sum(registrations) AS registrations
	FROM   fiscal, partner_day
	WHERE  acts > 0
	GROUP  BY 1
), exchanged AS (
	SELECT (date_trunc('quarter', (sent_at AT TIME ZONE time_zone)::date - later) + later)::date AS quarter,
	       count(*) FILTER (WHERE from_partner_id IS NULL) AS leads_given, count(*) FILTER (WHERE to_partner_id IS NULL) AS leads_received,
	       count(*) FILTER (WHERE from_partner_id IS NOT NULL AND to_partner_id IS NOT NULL) AS leads_among_partners
	FROM   fiscal, lead_exchange
	GROUP  BY 1
), spent AS (
	SELECT (date_trunc('quarter', period - later) + later)::date AS quarter, sum(amount) AS investment FROM fiscal, investment GROUP BY 1
), seen AS (
	SELECT quarter FROM closed UNION SELECT quarter FROM opened UNION SELECT quarter FROM acted UNION SELECT quarter FROM exchanged UNION SELECT quarter FROM spent
), period AS (
	-- without gaps for ten years back
	SELECT quarter FROM seen
	UNION
	SELECT q::date
	FROM   fiscal, (SELECT min(quarter) AS first FROM seen) s,
	       generate_series(greatest(first, date_trunc('quarter', day - later) + later - interval '10 years'), day::timestamp, interval '3 months') q
	WHERE  first IS NOT NULL
)
SELECT coalesce(_fiscal_quarter(p.quarter, fiscal_year_starts), 'undated') AS period,
       p.quarter AS period_starts, p.quarter + interval '3 months' <= day + 1 AS is_complete,
       coalesce(won_deals, 0) AS won_deals, coalesce(won_amount, 0) AS won_amount,
       coalesce(touched_deals, 0) AS touched_deals, coalesce(touched_amount, 0) AS touched_amount, coalesce(touched_amount, 0) / nullif(won_amount, 0) AS touched_share,
       coalesce(led_deals, 0) AS led_deals, coalesce(led_amount, 0) AS led_amount, coalesce(led_amount, 0) / nullif(won_amount, 0) AS led_share,
       coalesce(touched_amount, 0) - coalesce(led_amount, 0) AS gap_amount,
       (coalesce(touched_amount, 0) - coalesce(led_amount, 0)) / nullif(won_amount, 0) AS gap_share,
       coalesce(sourced_amount, 0) AS sourced_amount, coalesce(influenced_amount, 0) AS influenced_amount,
       coalesce(credited_amount, 0) AS credited_amount, coalesce(company_amount, 0) AS company_amount,
       coalesce(lost_deals, 0) AS lost_deals, coalesce(lost_amount, 0) AS lost_amount, won_deals::numeric / nullif(won_deals + lost_deals, 0) AS win_rate,
       coalesce(opened_deals, 0) AS opened_deals, coalesce(opened_amount, 0) AS opened_amount,
       coalesce(opened_touched_deals, 0) AS opened_touched_deals, coalesce(opened_touched_amount, 0) AS opened_touched_amount,
       coalesce(opened_sourced_deals, 0) AS opened_sourced_deals, coalesce(opened_sourced_amount, 0) AS opened_sourced_amount,
       coalesce(opened_co_sell_deals, 0) AS opened_co_sell_deals, coalesce(opened_co_sell_amount, 0) AS opened_co_sell_amount,
       m.partners, coalesce(m.partners_signed, 0) AS partners_signed, coalesce(partners_active, 0) AS partners_active,
       coalesce(acts, 0) AS acts, coalesce(touches, 0) AS touches, coalesce(registrations, 0) AS registrations,
       coalesce(leads_given, 0) AS leads_given, coalesce(leads_received, 0) AS leads_received, coalesce(leads_among_partners, 0) AS leads_among_partners,
       coalesce(investment, 0) AS investment
FROM   fiscal, period p
       -- not USING: what is undated is a quarter, too
       LEFT JOIN closed c ON c.quarter IS NOT DISTINCT FROM p.quarter
       LEFT JOIN opened o ON o.quarter IS NOT DISTINCT FROM p.quarter
       LEFT JOIN acted a ON a.quarter IS NOT DISTINCT FROM p.quarter
       LEFT JOIN exchanged x ON x.quarter IS NOT DISTINCT FROM p.quarter
       LEFT JOIN spent s ON s.quarter IS NOT DISTINCT FROM p.quarter
       LEFT JOIN LATERAL (
           SELECT count(*) FILTER (WHERE (signed_on < p.quarter + interval '3 months' OR signed_on IS NULL) AND (ended_on >= p.quarter + interval '3 months' OR ended_on IS NULL)) AS partners,
                  count(*) FILTER (WHERE signed_on >= p.quarter AND signed_on < p.quarter + interval '3 months') AS partners_signed
           FROM   partner) m ON p.quarter IS NOT NULL
