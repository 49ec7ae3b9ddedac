-- Co-selling and return
-- Do we win more, sooner and larger when we sell together with a partner than when no partner touched
-- the deal, and how sure is that?  And what does the program return for what it costs?

-- Co-sold deals against those no partner touched, with 95 % intervals of the ratio; stratified as if
-- both were spread alike over new business, expansions and renewals.
WITH compared AS (
    SELECT co_sell, amount, outcome, opened_at, closed_at, type
    FROM   deal LEFT JOIN touch USING (deal_id)
    GROUP  BY deal_id
    HAVING co_sell OR involvement(deal_motion_agg(kind, occurred_at, opened_at, closed_at))
                      IN ('direct', 'covered')
), lift AS (
    SELECT deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at, type) AS s FROM compared
)
SELECT measure, comparison,
       trim_scale(round(co_sell_value::numeric, 2)) AS co_sell,
       trim_scale(round(solo_value::numeric, 2)) AS no_partner,
       round(ratio::numeric, 2) AS ratio, round(ratio_lower::numeric, 2) AS "from",
       round(ratio_upper::numeric, 2) AS "to", verdict
FROM   lift, deal_lift(lift.s)
WHERE  segment IS NULL AND measure IN ('win_rate', 'mean_amount', 'median_cycle');

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
