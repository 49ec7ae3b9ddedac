-- @workload Statistics of deals by quarter and partner, with medians
-- Ours is exact in days and within 1 % in amounts.
-- @data deals
-- @within 0.01
-- @contender scan: count(amount)
SELECT count(amount) FROM deal;

-- @contender plain: FILTER sums and percentile_disc
SELECT count(*), sum(deals), sum(won), sum(lost), sum(open), sum(won_amount), sum(lost_amount), sum(open_amount), sum(round(mean_cycle, 9)), sum(median_amount), sum(median_cycle)
FROM  (SELECT date_trunc('quarter', closed_at), partner_id, count(*) AS deals, count(*) FILTER (WHERE outcome = 'won') AS won,
              count(*) FILTER (WHERE outcome = 'lost') AS lost, count(*) FILTER (WHERE outcome = 'open') AS open,
              sum(amount) FILTER (WHERE outcome = 'won') AS won_amount, sum(amount) FILTER (WHERE outcome = 'lost') AS lost_amount,
              sum(amount) FILTER (WHERE outcome = 'open') AS open_amount,
              avg(floor(extract(epoch FROM closed_at - opened_at) / 86400)::int) FILTER (WHERE outcome = 'won') AS mean_cycle,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FILTER (WHERE outcome = 'won') AS median_amount,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM closed_at - opened_at) / 86400)::int) FILTER (WHERE outcome = 'won') AS median_cycle
       FROM   deal
       GROUP  BY 1, 2) s;

-- @contender duckdb: FILTER sums and quantile_disc
-- @reads deal(partner_id, amount, outcome, opened_at, closed_at)
SELECT count(*), sum(deals), sum(won), sum(lost), sum(open), sum(won_amount), sum(lost_amount), sum(open_amount), sum(CAST(round(mean_cycle, 9) AS decimal(18, 9))), sum(median_amount), sum(median_cycle)
FROM  (SELECT date_trunc('quarter', closed_at), partner_id, count(*) AS deals, count(*) FILTER (WHERE outcome = 'won') AS won,
              count(*) FILTER (WHERE outcome = 'lost') AS lost, count(*) FILTER (WHERE outcome = 'open') AS open,
              sum(amount) FILTER (WHERE outcome = 'won') AS won_amount, sum(amount) FILTER (WHERE outcome = 'lost') AS lost_amount,
              sum(amount) FILTER (WHERE outcome = 'open') AS open_amount,
              avg(CAST(epoch(closed_at - opened_at) AS bigint) // 86400) FILTER (WHERE outcome = 'won') AS mean_cycle,
              quantile_disc(amount, 0.5) FILTER (WHERE outcome = 'won') AS median_amount,
              quantile_disc(CAST(epoch(closed_at - opened_at) AS bigint) // 86400, 0.5) FILTER (WHERE outcome = 'won') AS median_cycle
       FROM   deal
       GROUP  BY 1, 2) s;

-- @contender ours: deal_stats_agg, amount_quantile, cycle_quantile
SELECT count(*), sum(deals(stats)), sum(won(stats)), sum(lost(stats)), sum(open(stats)), sum(won_amount(stats)), sum(lost_amount(stats)), sum(open_amount(stats)),
       sum(round(mean_cycle(stats), 9)), sum(amount_quantile(stats, 0.5)), sum(cycle_quantile(stats, 0.5))
FROM  (SELECT date_trunc('quarter', closed_at), partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats
       FROM   deal
       GROUP  BY 1, 2) s;
