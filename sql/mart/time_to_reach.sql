-- time_to_reach: how long partners take from signing to what makes them productive; who has not got there counts as having waited.
-- kind: report
-- tier: 1
-- key: measure, partner_type
-- inputs: partner_scorecard(*) setting(*)
-- columns:
--   measure text not null             account_mapping_days, first_target_list_days, first_introduction_days, time_to_activation_days or time_to_first_revenue_days.
--   partner_type text not null        technology, services or channel; empty: all partners.
--   partners integer                  Partners that signed, on a known day.
--   reached integer                   Those of them that have got there.
--   median_days numeric(12,4)         Days by which half of them are there; NULL: fewer than half are.
--   low_days numeric(12,4)            From where its 95 % interval begins.
--   high_days numeric(12,4)           To where it goes; NULL: further than anybody was followed.
--   target_days integer               Days by which the target wants it; NULL: there is none.
--   share_in_time numeric(9,6)        Share that is there by then.
--   verdict text                      What the target says of the median.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), followed AS (
	SELECT m.measure, p.partner_type AS type, p.signed_on, p.signed_on + m.days AS reached_on,
	       greatest(least(p.ended_on, t.day), p.signed_on + coalesce(m.days, 0)) AS until
	FROM   today t, partner_scorecard p,
	       LATERAL (VALUES ('account_mapping_days', days_to_mapping), ('first_target_list_days', days_to_target_list),
	                       ('first_introduction_days', days_to_introduction), ('time_to_activation_days', days_to_activation),
	                       ('time_to_first_revenue_days', days_to_first_revenue)) AS m(measure, days)
	WHERE  p.signed_on <= t.day
), curve AS (
	SELECT measure, coalesce(type, '') AS partner_type, survival_agg(signed_on, reached_on, until) AS s FROM followed GROUP BY GROUPING SETS ((measure), (measure, type))
	HAVING grouping(type) = 1 OR type <> ''
), goal AS (
	SELECT measure, upper(t.range)::integer AS days
	FROM  (SELECT DISTINCT measure FROM curve) m, targets_of(measure) t
	WHERE  t.kind = 'target' AND upper(t.range) IS NOT NULL
)
SELECT measure, partner_type, subjects(s) AS partners, churned(s) AS reached, median_survival(s) AS median_days,
       q.lower_limit AS low_days, q.upper_limit AS high_days, g.days AS target_days, 1 - survival_at(s, g.days) AS share_in_time,
       CASE WHEN EXISTS (SELECT FROM targets_of(measure)) THEN verdict(measure, median_survival(s)) END AS verdict
FROM   curve
       LEFT JOIN goal g USING (measure),
       survival_quantile(s, 0.5) q
