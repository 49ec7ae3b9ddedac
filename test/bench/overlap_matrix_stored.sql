-- @workload Overlap matrix from stored keys and from maintained sets
-- The question of overlap_matrix_raw, where each record has its domain stored,
-- or an id maintained for each domain.  A row is a record, so none needs an id.
-- @data accounts keys identities sets
-- @contender scan: count(domain) of both tables
SELECT (SELECT count(domain) FROM own_key) + (SELECT count(domain) FROM partner_account_key);

-- @contender plain: join on domain as text
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT p.partner_id, o.segment AS ours, p.segment AS theirs, count(DISTINCT o.id) AS accounts
       FROM   own_key o JOIN partner_account_key p USING (domain)
       GROUP  BY 1, 2, 3) cells;

-- @contender plain: join on company, DISTINCT by hash
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT partner_id, ours, theirs, count(*) AS accounts
       FROM  (SELECT DISTINCT p.partner_id, o.segment AS ours, p.segment AS theirs, o.id
              FROM   own_key o JOIN partner_account_key p USING (company)) m
       GROUP  BY 1, 2, 3) cells;

-- @contender duckdb: join on company
-- @reads own_key(id, segment, company)
-- @reads partner_account_key(partner_id, segment, company)
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT partner_id, ours, theirs, count(*) AS accounts
       FROM  (SELECT DISTINCT p.partner_id, o.segment AS ours, p.segment AS theirs, o.id
              FROM   own_key o JOIN partner_account_key p USING (company)) m
       GROUP  BY 1, 2, 3) cells;

-- @contender ours: overlap_matrix_agg on the stored company_domain
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(records_a), sum(records_a * split_part(population_b, '/', 2)::int)
FROM  (SELECT overlap_matrix_agg(population, domain) AS matrix
       FROM  (SELECT 'own/' || segment, domain FROM own_identity
              UNION ALL
              SELECT 'partner/' || partner_id || '/' || segment, domain FROM partner_account_identity) r (population, domain)) m,
       cells(m.matrix, ARRAY['own', 'partner']);

-- @contender ours: the same with record ids, for lists that may repeat one
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(records_a), sum(records_a * split_part(population_b, '/', 2)::int)
FROM  (SELECT overlap_matrix_agg(population, domain, record) AS matrix
       FROM  (SELECT 'own/' || segment, domain, id::text FROM own_identity
              UNION ALL
              SELECT 'partner/' || partner_id || '/' || segment, domain, id::text FROM partner_account_identity) r (population, domain, record)) m,
       cells(m.matrix, ARRAY['own', 'partner']);

-- @contender ours: overlap_matrix_agg on the maintained company
-- @needs has_function('overlap_matrix_agg')
SELECT count(*), sum(records_a), sum(records_a * split_part(population_b, '/', 2)::int)
FROM  (SELECT overlap_matrix_agg(population, company) AS matrix
       FROM  (SELECT 'own/' || segment, company FROM own_key
              UNION ALL
              SELECT 'partner/' || partner_id || '/' || segment, company FROM partner_account_key) r (population, company)) m,
       cells(m.matrix, ARRAY['own', 'partner']);

-- @contender sets: overlap of maintained company sets
-- @needs to_regclass('own_set') IS NOT NULL
SELECT count(*), sum(accounts), sum(accounts * partner_id)
FROM  (SELECT p.partner_id, overlap(o.accounts, p.accounts) AS accounts FROM own_set o, partner_set p) cells
WHERE  accounts > 0;
