-- @workload Role split to the cent, the whole ledger stored
-- The rule of credit_roles, one row for each partner of each deal.
-- @data deals
-- @contender scan: count(role) and count(amount)
SELECT (SELECT count(role) FROM deal_partner) + (SELECT count(amount) FROM deal);

-- @contender plain: window functions on whole numbers
DROP TABLE IF EXISTS ledger_plain;
CREATE UNLOGGED TABLE ledger_plain AS
SELECT deal_id, partner_id, role, ((part + (row_number() OVER (PARTITION BY deal_id ORDER BY remainder DESC, partner_id)
                                             <= cents - (sum(part) OVER (PARTITION BY deal_id))::bigint)::int) / 100.0)::numeric(14, 2) AS credit
FROM  (SELECT deal_id, partner_id, role, cents, cents * weight / total AS part, cents * weight % total AS remainder
       FROM  (SELECT deal_id, partner_id, role, cents, weight, (sum(weight) OVER (PARTITION BY deal_id))::bigint AS total
              FROM  (SELECT p.deal_id, p.partner_id, p.role, (d.amount * 100)::bigint AS cents,
                            CASE p.role WHEN 'sourced' THEN 30 WHEN 'resold' THEN 25 WHEN 'influenced' THEN 20 WHEN 'delivered' THEN 10
                                        WHEN 'referred' THEN 10 WHEN 'advised' THEN 5 END * 60
                            / count(*) OVER (PARTITION BY p.deal_id, p.role) AS weight
                     FROM   deal_partner p JOIN deal d USING (deal_id)) a) b) c;
-- @check
SELECT count(*), sum(credit), sum(credit * partner_id), sum(credit * (deal_id % 1000)) FROM ledger_plain;

-- @contender writing: finished rows stored again
DROP TABLE IF EXISTS ledger_again;
CREATE UNLOGGED TABLE ledger_again AS SELECT * FROM ledger_plain;
-- @check
SELECT count(*), sum(credit), sum(credit * partner_id), sum(credit * (deal_id % 1000)) FROM ledger_again;

-- @contender duckdb: window functions on whole numbers
-- @reads deal_partner(deal_id, partner_id, role)
-- @reads deal(deal_id, amount)
DROP TABLE IF EXISTS ledger;
CREATE TABLE ledger AS
SELECT deal_id, partner_id, role, CAST(CAST(part + CAST(row_number() OVER (PARTITION BY deal_id ORDER BY remainder DESC, partner_id)
                                             <= cents - CAST(sum(part) OVER (PARTITION BY deal_id) AS bigint) AS bigint) AS decimal(18, 2)) / 100 AS decimal(14, 2)) AS credit
FROM  (SELECT deal_id, partner_id, role, cents, cents * weight // total AS part, cents * weight % total AS remainder
       FROM  (SELECT deal_id, partner_id, role, cents, weight, CAST(sum(weight) OVER (PARTITION BY deal_id) AS bigint) AS total
              FROM  (SELECT p.deal_id, p.partner_id, p.role, CAST(d.amount * 100 AS bigint) AS cents,
                            CASE p.role WHEN 'sourced' THEN 30 WHEN 'resold' THEN 25 WHEN 'influenced' THEN 20 WHEN 'delivered' THEN 10
                                        WHEN 'referred' THEN 10 WHEN 'advised' THEN 5 END * 60
                            // count(*) OVER (PARTITION BY p.deal_id, p.role) AS weight
                     FROM   deal_partner p JOIN deal d USING (deal_id)) a) b) c;
-- @check
SELECT count(*), sum(credit), sum(credit * partner_id), sum(credit * (deal_id % 1000)) FROM ledger;

-- @contender ours: credit OVER (PARTITION BY deal)
DROP TABLE IF EXISTS ledger_window;
CREATE UNLOGGED TABLE ledger_window AS
SELECT deal_id, p.partner_id, role, credit(amount, 'role_split(sourced=30, resold=25, influenced=20, delivered=10, referred=10, advised=5, unfilled=redistribute)',
                                           role, p.partner_id) OVER (PARTITION BY deal_id) AS credit
FROM   deal_partner p JOIN deal d USING (deal_id);
-- @check
SELECT count(*), sum(credit), sum(credit * partner_id), sum(credit * (deal_id % 1000)) FROM ledger_window;

-- @contender ours: credit_ledger_agg over UNION ALL, ledger
-- @needs has_function('credit_ledger_agg')
DROP TABLE IF EXISTS ledger_agg;
CREATE UNLOGGED TABLE ledger_agg AS
SELECT deal, partner, role, amount
FROM  (SELECT credit_ledger_agg(deal_id, amount, 'role_split(sourced=30, resold=25, influenced=20, delivered=10, referred=10, advised=5, unfilled=redistribute)',
                                role, partner_id, NULL::timestamptz, NULL::timestamptz, NULL::numeric) AS ledger
       FROM  (SELECT deal_id, amount, NULL, NULL FROM deal
              UNION ALL
              SELECT deal_id, NULL, role, partner_id FROM deal_partner) r (deal_id, amount, role, partner_id)) l,
       ledger(l.ledger)
WHERE  partner IS NOT NULL;
-- @check
SELECT count(*), sum(amount), sum(amount * partner::int), sum(amount * (deal::bigint % 1000)) FROM ledger_agg;
