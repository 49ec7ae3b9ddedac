-- @workload Partners that meet on deals
-- How many deals does each pair of partners share?  Ours makes a state that can
-- be stored, merged and asked for centrality and the removal test; the others
-- only this number.
-- @data deals
-- @contender scan: count(deal_id)
SELECT count(deal_id) FROM deal_partner;

-- @contender plain: self join on the deal, hash join and workers forced
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET enable_mergejoin = off;
WITH link AS MATERIALIZED (SELECT DISTINCT deal_id, partner_id FROM deal_partner)
SELECT count(*), sum(deals), sum(deals * a)
FROM  (SELECT a.partner_id AS a, b.partner_id AS b, count(*) AS deals
       FROM   link a JOIN link b ON a.deal_id = b.deal_id AND a.partner_id < b.partner_id
       GROUP  BY 1, 2) pairs;

-- @contender plain: pairs of an array for each deal
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(deals), sum(deals * a)
FROM  (SELECT a, b, count(*) AS deals
       FROM  (SELECT array_agg(DISTINCT partner_id) AS partners FROM deal_partner GROUP BY deal_id HAVING count(*) > 1) d,
              unnest(partners) a, unnest(partners) b
       WHERE  a < b
       GROUP  BY 1, 2) pairs;

-- @contender duckdb: self join on the deal
-- @reads deal_partner(deal_id, partner_id)
WITH link AS MATERIALIZED (SELECT DISTINCT deal_id, partner_id FROM deal_partner)
SELECT count(*), sum(deals), sum(deals * a)
FROM  (SELECT a.partner_id AS a, b.partner_id AS b, count(*) AS deals
       FROM   link a JOIN link b ON a.deal_id = b.deal_id AND a.partner_id < b.partner_id
       GROUP  BY 1, 2) pairs;

-- @contender ours: partner_network_agg
-- @needs has_function('partner_network_agg')
SELECT count(*), sum(shared_nodes), sum(shared_nodes * partner::int)
FROM  (SELECT partner_network_agg(deal_id, partner_id) AS network FROM deal_partner) n, partner_pairs(n.network);
