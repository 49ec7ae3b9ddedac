-- @workload Co-sold against solo deals by quarter and segment
-- Ours makes a state that can be stored and merged, and of it the values with
-- intervals, tests and verdicts; the others only the values and their errors.
-- @data deals
-- @within 1e-9
-- @contender scan: count(amount)
SELECT count(amount) FROM deal;

-- @contender plain: FILTER sums, var_samp and percentile_disc
SELECT count(*), sum(closed), sum(co_sell_rate), sum(solo_rate), sum(co_sell_mean), sum(solo_mean), sum(co_sell_days), sum(solo_days)
FROM  (SELECT date_trunc('quarter', closed_at), partner_id % 10 AS segment, count(*) FILTER (WHERE outcome <> 'open') AS closed,
              (count(*) FILTER (WHERE outcome = 'won' AND co_sell))::float8 / count(*) FILTER (WHERE outcome <> 'open' AND co_sell) AS co_sell_rate,
              (count(*) FILTER (WHERE outcome = 'won' AND NOT co_sell))::float8 / count(*) FILTER (WHERE outcome <> 'open' AND NOT co_sell) AS solo_rate,
              avg(amount) FILTER (WHERE outcome = 'won' AND co_sell)::float8 AS co_sell_mean,
              avg(amount) FILTER (WHERE outcome = 'won' AND NOT co_sell)::float8 AS solo_mean,
              var_samp(amount) FILTER (WHERE outcome = 'won' AND co_sell) AS co_sell_variance,
              var_samp(amount) FILTER (WHERE outcome = 'won' AND NOT co_sell) AS solo_variance,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM closed_at - opened_at) / 86400)::int)
                  FILTER (WHERE outcome = 'won' AND co_sell) AS co_sell_days,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM closed_at - opened_at) / 86400)::int)
                  FILTER (WHERE outcome = 'won' AND NOT co_sell) AS solo_days
       FROM   (SELECT *, partner_id % 3 = 0 AS co_sell FROM deal) d
       GROUP  BY 1, 2) s;

-- @contender duckdb: FILTER sums, var_samp and quantile_disc
-- @reads deal(partner_id, amount, outcome, opened_at, closed_at)
SELECT count(*), sum(closed), sum(co_sell_rate), sum(solo_rate), sum(co_sell_mean), sum(solo_mean), sum(co_sell_days), sum(solo_days)
FROM  (SELECT date_trunc('quarter', closed_at), partner_id % 10 AS segment, count(*) FILTER (WHERE outcome <> 'open') AS closed,
              count(*) FILTER (WHERE outcome = 'won' AND co_sell) / CAST(count(*) FILTER (WHERE outcome <> 'open' AND co_sell) AS double) AS co_sell_rate,
              count(*) FILTER (WHERE outcome = 'won' AND NOT co_sell) / CAST(count(*) FILTER (WHERE outcome <> 'open' AND NOT co_sell) AS double) AS solo_rate,
              avg(amount) FILTER (WHERE outcome = 'won' AND co_sell) AS co_sell_mean,
              avg(amount) FILTER (WHERE outcome = 'won' AND NOT co_sell) AS solo_mean,
              var_samp(amount) FILTER (WHERE outcome = 'won' AND co_sell) AS co_sell_variance,
              var_samp(amount) FILTER (WHERE outcome = 'won' AND NOT co_sell) AS solo_variance,
              quantile_disc(CAST(epoch(closed_at - opened_at) AS bigint) // 86400, 0.5) FILTER (WHERE outcome = 'won' AND co_sell) AS co_sell_days,
              quantile_disc(CAST(epoch(closed_at - opened_at) AS bigint) // 86400, 0.5) FILTER (WHERE outcome = 'won' AND NOT co_sell) AS solo_days
       FROM   (SELECT *, partner_id % 3 = 0 AS co_sell FROM deal) d
       GROUP  BY 1, 2) s;

-- @contender ours: deal_lift_agg, deal_lift
SELECT count(*) FILTER (WHERE measure = 'win_rate'), sum(co_sell_deals + solo_deals) FILTER (WHERE measure = 'win_rate'),
       sum(co_sell_value) FILTER (WHERE measure = 'win_rate'), sum(solo_value) FILTER (WHERE measure = 'win_rate'),
       sum(co_sell_value) FILTER (WHERE measure = 'mean_amount'), sum(solo_value) FILTER (WHERE measure = 'mean_amount'),
       sum(co_sell_value) FILTER (WHERE measure = 'median_cycle'), sum(solo_value) FILTER (WHERE measure = 'median_cycle')
FROM  (SELECT date_trunc('quarter', closed_at), deal_lift_agg(partner_id % 3 = 0, amount, outcome, opened_at, closed_at, (partner_id % 10)::text) AS lift
       FROM   deal
       GROUP  BY 1) s, deal_lift(s.lift) l
WHERE  comparison = 'segment';
