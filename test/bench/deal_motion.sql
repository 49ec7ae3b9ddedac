-- @workload What partners did on each deal, of deals joined with their touches
-- Ours also finds who led the deal and why; the others only count and date touches.
-- @data deals touches
-- @contender scan: count(kind) and count(amount)
SELECT (SELECT count(kind) FROM touch) + (SELECT count(amount) FROM deal);

-- @contender plain: count, min and max
SELECT count(*), sum(touches), sum(late), sum(trunc(extract(epoch FROM first))::bigint % 1000003), sum(trunc(extract(epoch FROM last))::bigint % 1000003)
FROM  (SELECT deal_id, count(touch_id) AS touches, count(*) FILTER (WHERE touched_at > closed_at) AS late, min(touched_at) AS first, max(touched_at) AS last
       FROM   deal LEFT JOIN touch USING (deal_id)
       GROUP  BY deal_id) d;

-- @contender duckdb: count, min and max
-- @reads touch(touch_id, deal_id, touched_at)
-- @reads deal(deal_id, closed_at)
SELECT count(*), sum(touches), sum(late), sum(CAST(trunc(epoch(first)) AS bigint) % 1000003), sum(CAST(trunc(epoch(last)) AS bigint) % 1000003)
FROM  (SELECT deal_id, count(touch_id) AS touches, count(*) FILTER (WHERE touched_at > closed_at) AS late, min(touched_at) AS first, max(touched_at) AS last
       FROM   deal LEFT JOIN touch USING (deal_id)
       GROUP  BY deal_id) d;

-- @contender ours: deal_motion_agg over the join, GROUP BY deal
-- @needs has_function('deal_motion_agg')
SELECT count(*), sum(touches(motion)), sum(touches_after_close(motion)), sum(trunc(extract(epoch FROM first_touch(motion)))::bigint % 1000003),
       sum(trunc(extract(epoch FROM last_touch(motion)))::bigint % 1000003)
FROM  (SELECT deal_id, deal_motion_agg(kind, touched_at, opened_at, closed_at) AS motion
       FROM   deal LEFT JOIN touch USING (deal_id)
       GROUP  BY deal_id) d;
