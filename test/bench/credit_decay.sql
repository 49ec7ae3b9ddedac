-- @workload Time decay, totals of partners
-- Half-life 30 days. Ours is exact to the cent, the others add fractions of
-- cents in floating point.
-- @data deals touches
-- @within 1e-6
-- @contender scan: count(touched_at) and count(amount)
SELECT (SELECT count(touched_at) FROM touch) + (SELECT count(amount) FROM deal);

-- @contender plain: window function, float8
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, sum(credit) AS credit
       FROM  (SELECT partner_id, amount * weight / sum(weight) OVER (PARTITION BY deal_id) AS credit
              FROM  (SELECT t.deal_id, t.partner_id, d.amount::float8 AS amount,
                            exp(-0.6931471805599453 / 30 * extract(epoch FROM d.closed_at - t.touched_at)::float8 / 86400) AS weight
                     FROM   touch t JOIN deal d USING (deal_id)) a) b
       GROUP  BY 1) t;

-- @contender duckdb: window function, double
-- @reads touch(deal_id, partner_id, touched_at)
-- @reads deal(deal_id, amount, closed_at)
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, sum(credit) AS credit
       FROM  (SELECT partner_id, amount * weight / sum(weight) OVER (PARTITION BY deal_id) AS credit
              FROM  (SELECT t.deal_id, t.partner_id, CAST(d.amount AS double) AS amount,
                            exp(-0.6931471805599453 / 30 * epoch(d.closed_at - t.touched_at) / 86400) AS weight
                     FROM   touch t JOIN deal d USING (deal_id)) a) b
       GROUP  BY 1) t;

-- @contender ours: credit OVER (PARTITION BY deal)
-- @needs 'time_decay(half_life=30d)'::credit_model IS NOT NULL
SELECT count(*), sum(credit), sum(credit * partner_id)
FROM  (SELECT partner_id, sum(credit) AS credit
       FROM  (SELECT t.partner_id, credit(amount, 'time_decay(half_life=30d)', NULL, t.partner_id, touched_at, closed_at) OVER (PARTITION BY deal_id) AS credit
              FROM   touch t JOIN deal d USING (deal_id)) c
       GROUP  BY 1) t;

-- @contender ours: credit_ledger_agg over UNION ALL, partner_totals
-- @needs has_function('credit_ledger_agg')
SELECT count(*), sum(amount), sum(amount * partner::int)
FROM  (SELECT credit_ledger_agg(deal_id, amount, 'time_decay(half_life=30d)', NULL, partner_id, touched_at, closed_at, NULL::numeric) AS ledger
       FROM  (SELECT deal_id, amount, NULL, NULL, closed_at FROM deal
              UNION ALL
              SELECT deal_id, NULL, partner_id, touched_at, NULL FROM touch) r (deal_id, amount, partner_id, touched_at, closed_at)) l,
       partner_totals(l.ledger)
WHERE  partner IS NOT NULL;
