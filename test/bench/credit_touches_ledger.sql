-- @workload Time decay and U-shape, the ledger by touch stored
-- The rules of credit_touches. Ours is exact to the cent, the others store
-- fractions of cents in floating point.
-- @data deals touches
-- @within 1e-6
-- @contender scan: count(touched_at) and count(amount)
SELECT (SELECT count(touched_at) FROM touch) + (SELECT count(amount) FROM deal);

-- @contender plain: window functions, float8
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
DROP TABLE IF EXISTS ledger_plain;
CREATE UNLOGGED TABLE ledger_plain AS
SELECT touch_id, deal_id, partner_id, amount * weight / total AS decay,
       amount * CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 0.5 WHEN place = 1 OR place = n THEN 0.4 ELSE 0.2 / (n - 2) END AS u_shaped
FROM  (SELECT touch_id, deal_id, partner_id, amount, weight, sum(weight) OVER (PARTITION BY deal_id) AS total, count(*) OVER (PARTITION BY deal_id) AS n,
              row_number() OVER (PARTITION BY deal_id ORDER BY touched_at, partner_id) AS place
       FROM  (SELECT t.touch_id, t.deal_id, t.partner_id, t.touched_at, d.amount::float8 AS amount,
                     exp(-0.6931471805599453 / 30 * extract(epoch FROM d.closed_at - t.touched_at)::float8 / 86400) AS weight
              FROM   touch t JOIN deal d USING (deal_id)) a) b;
-- @check
SELECT count(DISTINCT partner_id), sum(decay), sum(u_shaped), sum(decay * (deal_id % 1000)), sum(u_shaped * partner_id) FROM ledger_plain;

-- @contender writing: finished rows stored again
DROP TABLE IF EXISTS ledger_again;
CREATE UNLOGGED TABLE ledger_again AS SELECT * FROM ledger_plain;
-- @check
SELECT count(DISTINCT partner_id), sum(decay), sum(u_shaped), sum(decay * (deal_id % 1000)), sum(u_shaped * partner_id) FROM ledger_again;

-- @contender duckdb: window functions, double
-- @reads touch(touch_id, deal_id, partner_id, touched_at)
-- @reads deal(deal_id, amount, closed_at)
DROP TABLE IF EXISTS ledger;
CREATE TABLE ledger AS
SELECT touch_id, deal_id, partner_id, amount * weight / total AS decay,
       amount * CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 0.5 WHEN place = 1 OR place = n THEN 0.4 ELSE 0.2 / (n - 2) END AS u_shaped
FROM  (SELECT touch_id, deal_id, partner_id, amount, weight, sum(weight) OVER (PARTITION BY deal_id) AS total, count(*) OVER (PARTITION BY deal_id) AS n,
              row_number() OVER (PARTITION BY deal_id ORDER BY touched_at, partner_id) AS place
       FROM  (SELECT t.touch_id, t.deal_id, t.partner_id, t.touched_at, CAST(d.amount AS double) AS amount,
                     exp(-0.6931471805599453 / 30 * epoch(d.closed_at - t.touched_at) / 86400) AS weight
              FROM   touch t JOIN deal d USING (deal_id)) a) b;
-- @check
SELECT count(DISTINCT partner_id), sum(decay), sum(u_shaped), sum(decay * (deal_id % 1000)), sum(u_shaped * partner_id) FROM ledger;

-- @contender ours: credit OVER (PARTITION BY deal), two models
-- @needs 'time_decay(half_life=30d)'::credit_model IS NOT NULL AND 'u_shaped'::credit_model IS NOT NULL
DROP TABLE IF EXISTS ledger_window;
CREATE UNLOGGED TABLE ledger_window AS
SELECT touch_id, deal_id, t.partner_id, credit(amount, 'time_decay(half_life=30d)', NULL, t.partner_id, touched_at, closed_at) OVER deal AS decay,
       credit(amount, 'u_shaped', NULL, t.partner_id, touched_at, closed_at) OVER deal AS u_shaped
FROM   touch t JOIN deal d USING (deal_id)
WINDOW deal AS (PARTITION BY deal_id);
-- @check
SELECT count(DISTINCT partner_id), sum(decay), sum(u_shaped), sum(decay * (deal_id % 1000)), sum(u_shaped * partner_id) FROM ledger_window;

-- @contender ours: credit_comparison_agg over UNION ALL, ledger
-- @needs has_function('credit_comparison_agg')
DROP TABLE IF EXISTS ledger_agg;
CREATE UNLOGGED TABLE ledger_agg AS
SELECT model, deal, partner, amount
FROM  (SELECT credit_comparison_agg(ARRAY['time_decay(half_life=30d)', 'u_shaped'], deal_id, amount, NULL, partner_id, touched_at, closed_at, NULL::numeric) AS comparison
       FROM  (SELECT deal_id, amount, NULL, NULL, closed_at FROM deal
              UNION ALL
              SELECT deal_id, NULL, partner_id, touched_at, NULL FROM touch) r (deal_id, amount, partner_id, touched_at, closed_at)) c,
       ledger(c.comparison)
WHERE  partner IS NOT NULL;
-- @check
SELECT count(DISTINCT partner), sum(amount) FILTER (WHERE model ^@ 'time_decay'), sum(amount) FILTER (WHERE model ^@ 'u_shaped'),
       sum(amount * (deal::bigint % 1000)) FILTER (WHERE model ^@ 'time_decay'), sum(amount * partner::int) FILTER (WHERE model ^@ 'u_shaped')
FROM   ledger_agg;

-- @contender ours: credit_comparison_agg over UNION ALL, ledger_comparison
-- @needs has_function('ledger_comparison')
DROP TABLE IF EXISTS ledger_agg;
CREATE UNLOGGED TABLE ledger_agg AS
SELECT deal, partner, amounts[1] AS decay, amounts[2] AS u_shaped
FROM  (SELECT credit_comparison_agg(ARRAY['time_decay(half_life=30d)', 'u_shaped'], deal_id, amount, NULL, partner_id, touched_at, closed_at, NULL::numeric) AS comparison
       FROM  (SELECT deal_id, amount, NULL, NULL, closed_at FROM deal
              UNION ALL
              SELECT deal_id, NULL, partner_id, touched_at, NULL FROM touch) r (deal_id, amount, partner_id, touched_at, closed_at)) c,
       ledger_comparison(c.comparison)
WHERE  partner IS NOT NULL;
-- @check
SELECT count(DISTINCT partner), sum(decay), sum(u_shaped), sum(decay * (deal::bigint % 1000)), sum(u_shaped * partner::int) FROM ledger_agg;
