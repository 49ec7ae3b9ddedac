-- Co-selling and return
-- Do we win more, sooner and larger when we sell together with a partner than when no partner is on
-- the deal?  And what does the program return for what it costs?

WITH stats AS (
    SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) FILTER (WHERE co_sell) AS co_sell,
           deal_stats_agg(amount, outcome, opened_at, closed_at)
               FILTER (WHERE deal_id NOT IN (SELECT deal_id FROM deal_partner)) AS solo
    FROM   deal
)
SELECT measure, trim_scale(round(m.co_sell, 1)) AS co_sell, trim_scale(round(m.solo, 1)) AS solo,
       round(m.co_sell / m.solo, 2) AS ratio
FROM   stats s, LATERAL (VALUES
           ('deals',              deals(s.co_sell)::numeric,               deals(s.solo)::numeric),
           ('win rate, %',        100 * win_rate(s.co_sell)::numeric,      100 * win_rate(s.solo)::numeric),
           ('mean amount',        mean_amount(s.co_sell)::numeric,         mean_amount(s.solo)::numeric),
           ('median cycle, days', cycle_quantile(s.co_sell, 0.5)::numeric, cycle_quantile(s.solo, 0.5)::numeric)
       ) AS m(measure, co_sell, solo);

-- Money out and money in.
CREATE TEMP VIEW flow AS
SELECT 'return' AS flow, kind, amount FROM ecosystem_return
UNION  ALL
SELECT 'investment', kind, amount FROM investment;
-- The return for every dollar.
SELECT returns(r), investment(r), round(roi(r)::numeric, 2) AS roi, round(roi_net(r)::numeric, 2) AS roi_net
FROM  (SELECT ecosystem_roi_agg(flow, kind, amount) AS r FROM flow) q;

-- Its parts.
SELECT flow, kind, sum(amount) AS amount
FROM   flow
GROUP  BY flow, kind
ORDER  BY flow DESC, sum(amount) DESC;
