-- @workload Overlap matrix from raw websites
-- Of each segment of ours, how many records does each segment of each
-- partner's list know?
-- @data accounts
-- @contender scan: count(website) of both tables
SELECT (SELECT count(website) FROM own) + (SELECT count(website) FROM partner_account);

-- @contender plain: split_part, hash join and workers forced
-- Without statistics of an expression the planner expects 10^10 rows and sorts.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET enable_mergejoin = off;
WITH own_domain AS NOT MATERIALIZED (
	SELECT id, segment, CASE WHEN second IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(top) = 2
	                         THEN split_part(host, '.', -3) || '.' || second || '.' || top ELSE second || '.' || top END AS domain
	FROM  (SELECT id, segment, host, split_part(host, '.', -1) AS top, split_part(host, '.', -2) AS second
	       FROM  (SELECT id, segment, split_part(split_part(split_part(CASE WHEN strpos(site, '@') > 0 THEN split_part(site, '@', 2)
	                                                                        WHEN strpos(site, '://') > 0 THEN split_part(site, '://', 2)
	                                                                        ELSE site END, '/', 1), ':', 1), '?', 1) AS host
	              FROM  (SELECT id, segment, lower(trim(website)) AS site FROM own OFFSET 0) a OFFSET 0) b OFFSET 0) c
), partner_domain AS NOT MATERIALIZED (
	SELECT partner_id, segment, CASE WHEN second IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(top) = 2
	                                 THEN split_part(host, '.', -3) || '.' || second || '.' || top ELSE second || '.' || top END AS domain
	FROM  (SELECT partner_id, segment, host, split_part(host, '.', -1) AS top, split_part(host, '.', -2) AS second
	       FROM  (SELECT partner_id, segment, split_part(split_part(split_part(CASE WHEN strpos(site, '@') > 0 THEN split_part(site, '@', 2)
	                                                                                WHEN strpos(site, '://') > 0 THEN split_part(site, '://', 2)
	                                                                                ELSE site END, '/', 1), ':', 1), '?', 1) AS host
	              FROM  (SELECT partner_id, segment, lower(trim(website)) AS site FROM partner_account OFFSET 0) a OFFSET 0) b OFFSET 0) c
)
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT partner_id, ours, theirs, count(*) AS accounts
       FROM  (SELECT DISTINCT p.partner_id, o.segment AS ours, p.segment AS theirs, o.id
              FROM   own_domain o JOIN partner_domain p USING (domain)) m
       GROUP  BY 1, 2, 3) cells;

-- @contender duckdb: string_split
-- @reads own(id, segment, website)
-- @reads partner_account(partner_id, segment, website)
WITH own_domain AS NOT MATERIALIZED (
	SELECT id, segment, CASE WHEN l[-2] IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(l[-1]) = 2
	                         THEN l[-3] || '.' || l[-2] || '.' || l[-1] ELSE l[-2] || '.' || l[-1] END AS domain
	FROM  (SELECT id, segment, string_split(split_part(split_part(split_part(CASE WHEN contains(site, '@') THEN split_part(site, '@', 2)
	                                                                              WHEN contains(site, '://') THEN split_part(site, '://', 2)
	                                                                              ELSE site END, '/', 1), ':', 1), '?', 1), '.') AS l
	       FROM  (SELECT id, segment, lower(trim(website)) AS site FROM own WHERE website IS NOT NULL))
), partner_domain AS NOT MATERIALIZED (
	SELECT partner_id, segment, CASE WHEN l[-2] IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(l[-1]) = 2
	                                 THEN l[-3] || '.' || l[-2] || '.' || l[-1] ELSE l[-2] || '.' || l[-1] END AS domain
	FROM  (SELECT partner_id, segment, string_split(split_part(split_part(split_part(CASE WHEN contains(site, '@') THEN split_part(site, '@', 2)
	                                                                                      WHEN contains(site, '://') THEN split_part(site, '://', 2)
	                                                                                      ELSE site END, '/', 1), ':', 1), '?', 1), '.') AS l
	       FROM  (SELECT partner_id, segment, lower(trim(website)) AS site FROM partner_account WHERE website IS NOT NULL))
)
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT partner_id, ours, theirs, count(*) AS accounts
       FROM  (SELECT DISTINCT p.partner_id, o.segment AS ours, p.segment AS theirs, o.id
              FROM   own_domain o JOIN partner_domain p USING (domain)) m
       GROUP  BY 1, 2, 3) cells;

-- @contender ours: to_company_domain in an SQL join, hash join and workers forced
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET enable_mergejoin = off;
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT partner_id, ours, theirs, count(*) AS accounts
       FROM  (SELECT DISTINCT p.partner_id, o.segment AS ours, p.segment AS theirs, o.id
              FROM   own o JOIN partner_account p ON to_company_domain(o.website) = to_company_domain(p.website)) m
       GROUP  BY 1, 2, 3) cells;

-- @contender ours: overlap_matrix_agg
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(records_a), sum(records_a * split_part(population_b, '/', 2)::int)
FROM  (SELECT overlap_matrix_agg(population, domain) AS matrix
       FROM  (SELECT 'own/' || segment, to_company_domain(website) FROM own
              UNION ALL
              SELECT 'partner/' || partner_id || '/' || segment, to_company_domain(website) FROM partner_account) r (population, domain)) m,
       cells(m.matrix, ARRAY['own', 'partner']);
