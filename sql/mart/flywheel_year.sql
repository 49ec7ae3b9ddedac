-- flywheel_year: how long a rotation of the flywheel takes, by the year it began; what is not complete counts as under way.
-- kind: report
-- tier: 2
-- key: begun
-- inputs: flywheel(*)
-- columns:
--   begun text not null               Year in which the rotations began, as the fiscal year is named; empty: all.
--   rotations integer                 Rotations that began.
--   complete integer                  Those of them that are complete.
--   median_days numeric(12,4)         Days by which half of them are; NULL: fewer than half are.
--   low_days numeric(12,4)            From where its 95 % interval begins.
--   high_days numeric(12,4)           To where it goes; NULL: further than anything was followed.
SELECT begun, subjects(s) AS rotations, churned(s) AS complete, median_survival(s) AS median_days, q.lower_limit AS low_days, q.upper_limit AS high_days
FROM  (SELECT coalesce(begun::text, '') AS begun, survival_agg(won_on, opened_on, won_on + days_followed) AS s
       FROM   flywheel
       GROUP  BY GROUPING SETS ((), (begun))
       HAVING count(*) > 0) c,
       survival_quantile(s, 0.5) q
