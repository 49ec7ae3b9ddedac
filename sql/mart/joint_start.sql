-- joint_start: how soon an overlap leads to a joint deal, by partner, where overlaps that have led to none yet count as waiting.
-- kind: report
-- tier: 1
-- key: partner_id
-- inputs: overlap_path(*) setting(*)
-- columns:
--   partner_id text not null          The partner; empty: all.
--   partner text                      Its name.
--   accounts integer                  Accounts that came into its list and are followed.
--   joint_deals integer               Those where a joint deal followed.
--   joint_before integer              Those where they had sold together before, which are not followed.
--   within_a_year numeric(9,6)        Share of overlaps that have led to a joint deal within a year.
--   within_three_years numeric(9,6)   Within three years.
--   median_days numeric(12,2)         Days within which half of them have; NULL: fewer have.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), followed AS (
	SELECT coalesce(partner_id, '') AS partner_id, CASE WHEN grouping(partner_id) = 0 THEN max(partner) END AS partner,
	       survival_agg(entered_on, joint_on, coalesce(left_on, day)) AS curve
	FROM   today, overlap_path
	GROUP  BY GROUPING SETS ((partner_id), ())
	HAVING count(*) > 0
)
SELECT partner_id, partner, subjects(curve) AS accounts, churned(curve) AS joint_deals, ignored(curve) AS joint_before,
       1 - survival_at(curve, 365) AS within_a_year, 1 - survival_at(curve, 1095) AS within_three_years, median_survival(curve) AS median_days
FROM   followed
