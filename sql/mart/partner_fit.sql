-- partner_fit: how much a partner is like those that earn most: the ideal profile, for choosing the next ones.
-- kind: report
-- tier: 1
-- key: partner_id
-- inputs: partner(*) company(*) partner_scorecard(*)
-- columns:
--   partner_id text not null          The partner, or a candidate whose list is there; those with most credit are the profile and not scored.
--   partner text                      Its name.
--   rank integer                      Place by fit.
--   companies integer                 Companies in its list.
--   likeness numeric(9,6)             What its list has in common with theirs: mean Jaccard coefficient.
--   has_type boolean                  Whether one of them has its type.
--   has_region boolean                Whether one of them has its region.
--   fit numeric(9,6)                  Mean of the likeness against the best one, type and region, 0 to 1.
WITH list AS (
	SELECT partner_id, company_set_agg(company_id) AS companies FROM company WHERE partner_id <> '' GROUP BY partner_id
), top AS (
	-- as many as the best tier has
	SELECT p.partner_id, p.type, p.region, l.companies
	FROM  (SELECT partner_id, row_number() OVER (ORDER BY credited_amount DESC, partner_id COLLATE "C") AS place FROM partner_scorecard WHERE credited_amount > 0) s
	       JOIN partner p USING (partner_id)
	       LEFT JOIN list l USING (partner_id)
	WHERE  place <= (SELECT max(upper(t.range)) FROM targets_of('partner_rank') t WHERE t.kind = 'band' AND t.range @> 1::numeric)
), likeness AS (
	SELECT p.partner_id, coalesce(p.name, p.partner_id) AS partner, max(cardinality(l.companies)) AS companies,
	       coalesce(avg(jaccard(l.companies, t.companies)), 0) AS likeness,
	       coalesce(bool_or(p.type = t.type), false) AS has_type, coalesce(bool_or(p.region = t.region), false) AS has_region
	FROM   partner p
	       JOIN list l USING (partner_id)
	       CROSS JOIN top t
	WHERE  p.partner_id NOT IN (SELECT partner_id FROM top)
	GROUP  BY p.partner_id, p.name
), fitted AS (
	SELECT *, (coalesce(likeness / nullif(max(likeness) OVER (), 0), 0) + has_type::integer + has_region::integer) / 3 AS fit FROM likeness
)
SELECT partner_id, partner, row_number() OVER (ORDER BY fit DESC, partner_id COLLATE "C") AS rank, companies, likeness, has_type, has_region, fit
FROM   fitted
