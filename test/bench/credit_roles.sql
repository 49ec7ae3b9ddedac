-- @workload Role split to the cent, totals of partners
-- Each deal's amount by role, equally within a role, what nobody holds shared
-- out; largest remainder, on a tie the first partner.
-- @data deals
-- @contender scan: count(role) and count(amount)
SELECT (SELECT count(role) FROM deal_partner) + (SELECT count(amount) FROM deal);

-- @contender plain: window functions on whole numbers
-- 60 is divisible by any number of partners of one role here.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, sum(part + (place <= rest)::int) / 100.0 AS credit
       FROM  (SELECT partner_id, part, row_number() OVER (PARTITION BY deal_id ORDER BY remainder DESC, partner_id) AS place,
                     cents - (sum(part) OVER (PARTITION BY deal_id))::bigint AS rest
              FROM  (SELECT deal_id, partner_id, cents, cents * weight / total AS part, cents * weight % total AS remainder
                     FROM  (SELECT deal_id, partner_id, cents, weight, (sum(weight) OVER (PARTITION BY deal_id))::bigint AS total
                            FROM  (SELECT p.deal_id, p.partner_id, (d.amount * 100)::bigint AS cents,
                                          CASE p.role WHEN 'sourced' THEN 30 WHEN 'resold' THEN 25 WHEN 'influenced' THEN 20 WHEN 'delivered' THEN 10
                                                      WHEN 'referred' THEN 10 WHEN 'advised' THEN 5 END * 60
                                          / count(*) OVER (PARTITION BY p.deal_id, p.role) AS weight
                                   FROM   deal_partner p JOIN deal d USING (deal_id)) a) b) c) d
       GROUP  BY partner_id) t;

-- @contender duckdb: window functions on whole numbers
-- @reads deal_partner(deal_id, partner_id, role)
-- @reads deal(deal_id, amount)
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, CAST(sum(part + CAST(place <= rest AS bigint)) AS decimal(18, 2)) / 100 AS credit
       FROM  (SELECT partner_id, part, row_number() OVER (PARTITION BY deal_id ORDER BY remainder DESC, partner_id) AS place,
                     cents - CAST(sum(part) OVER (PARTITION BY deal_id) AS bigint) AS rest
              FROM  (SELECT deal_id, partner_id, cents, cents * weight // total AS part, cents * weight % total AS remainder
                     FROM  (SELECT deal_id, partner_id, cents, weight, CAST(sum(weight) OVER (PARTITION BY deal_id) AS bigint) AS total
                            FROM  (SELECT p.deal_id, p.partner_id, CAST(d.amount * 100 AS bigint) AS cents,
                                          CASE p.role WHEN 'sourced' THEN 30 WHEN 'resold' THEN 25 WHEN 'influenced' THEN 20 WHEN 'delivered' THEN 10
                                                      WHEN 'referred' THEN 10 WHEN 'advised' THEN 5 END * 60
                                          // count(*) OVER (PARTITION BY p.deal_id, p.role) AS weight
                                   FROM   deal_partner p JOIN deal d USING (deal_id)) a) b) c) d
       GROUP  BY partner_id) t;

-- @contender ours: credit OVER (PARTITION BY deal)
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, sum(credit) AS credit
       FROM  (SELECT partner_id, credit(amount, 'role_split(sourced=30, resold=25, influenced=20, delivered=10, referred=10, advised=5, unfilled=redistribute)',
                                        role, p.partner_id) OVER (PARTITION BY deal_id) AS credit
              FROM   deal_partner p JOIN deal d (deal_id, owner, amount) USING (deal_id)) c
       GROUP  BY partner_id) t;

-- @contender ours: deal_credit_agg
-- @needs has_function('deal_credit_agg')
SELECT count(*), sum(credit), sum(credit * partner::int)
FROM  (SELECT c.partner, sum(c.amount) AS credit
       FROM  (SELECT deal_credit_agg(d.amount, 'role_split(sourced=30, resold=25, influenced=20, delivered=10, referred=10, advised=5, unfilled=redistribute)',
                                     p.role, p.partner_id::bigint) AS state
              FROM   deal_partner p JOIN deal d USING (deal_id)
              GROUP  BY p.deal_id) s, credits(s.state) c
       GROUP  BY c.partner) t;

-- @contender ours: credit_ledger_agg over UNION ALL, partner_totals
-- @needs has_function('credit_ledger_agg')
SELECT count(*), sum(amount), sum(amount * partner::int)
FROM  (SELECT credit_ledger_agg(deal_id, amount, 'role_split(sourced=30, resold=25, influenced=20, delivered=10, referred=10, advised=5, unfilled=redistribute)',
                                role, partner_id, NULL::timestamptz, NULL::timestamptz, NULL::numeric) AS ledger
       FROM  (SELECT deal_id, amount, NULL, NULL FROM deal
              UNION ALL
              SELECT deal_id, NULL, role, partner_id FROM deal_partner) r (deal_id, amount, role, partner_id)) l,
       partner_totals(l.ledger)
WHERE  partner IS NOT NULL;
