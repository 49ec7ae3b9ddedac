-- @workload Partner by partner matrix from stored keys and from maintained sets
-- How many companies does each pair of partners share?
-- @data accounts keys identities sets
-- @contender scan: count(domain)
SELECT count(domain) FROM partner_account_key;

-- @contender plain: self join on company, hash join and workers forced
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET enable_mergejoin = off;
WITH listed AS MATERIALIZED (SELECT DISTINCT partner_id, company FROM partner_account_key WHERE company IS NOT NULL)
SELECT count(*), sum(companies), sum(companies * a)
FROM  (SELECT a.partner_id AS a, b.partner_id AS b, count(*) AS companies
       FROM   listed a JOIN listed b ON a.company = b.company AND a.partner_id < b.partner_id
       GROUP  BY 1, 2) cells;

-- @contender plain: pairs of an array for each company
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(companies), sum(companies * a)
FROM  (SELECT a, b, count(*) AS companies
       FROM  (SELECT array_agg(DISTINCT partner_id) AS partners FROM partner_account_key WHERE company IS NOT NULL
              GROUP BY company HAVING count(*) > 1) c, unnest(partners) a, unnest(partners) b
       WHERE  a < b
       GROUP  BY 1, 2) cells;

-- @contender duckdb: self join on company
-- @reads partner_account_key(partner_id, company)
WITH listed AS MATERIALIZED (SELECT DISTINCT partner_id, company FROM partner_account_key WHERE company IS NOT NULL)
SELECT count(*), sum(companies), sum(companies * a)
FROM  (SELECT a.partner_id AS a, b.partner_id AS b, count(*) AS companies
       FROM   listed a JOIN listed b ON a.company = b.company AND a.partner_id < b.partner_id
       GROUP  BY 1, 2) cells;

-- @contender ours: overlap_matrix_agg on the stored company_domain
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(companies), sum(companies * least(population_a::int, population_b::int))
FROM  (SELECT overlap_matrix_agg(partner_id::text, domain) AS matrix FROM partner_account_identity) m, cells(m.matrix)
WHERE  population_a <> population_b AND companies > 0;

-- @contender ours: overlap_matrix_agg on the maintained company
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(companies), sum(companies * least(population_a::int, population_b::int))
FROM  (SELECT overlap_matrix_agg(partner_id::text, company) AS matrix FROM partner_account_key) m, cells(m.matrix)
WHERE  population_a <> population_b AND companies > 0;

-- @contender sets: overlap_cardinalities of maintained company sets
-- @needs has_function('overlap_cardinalities') AND to_regclass('partner_company_set') IS NOT NULL
SELECT count(*), sum(n), sum(n * partners[i])
FROM  (SELECT array_agg(companies ORDER BY partner_id) AS sets, array_agg(partner_id ORDER BY partner_id) AS partners FROM partner_company_set) s,
       overlap_cardinalities(s.sets)
WHERE  i < j AND n > 0;

-- @contender sets: overlap of each pair of maintained company sets
-- @needs to_regclass('partner_company_set') IS NOT NULL
SELECT count(*), sum(companies), sum(companies * a)
FROM  (SELECT a.partner_id AS a, overlap(a.companies, b.companies) AS companies
       FROM   partner_company_set a JOIN partner_company_set b ON a.partner_id < b.partner_id) cells
WHERE  companies > 0;
