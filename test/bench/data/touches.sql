-- Touches in the 90 days before their deal's close, ten a deal on average, in
-- order of arrival and not of deals; a few partners have most of them.
CREATE UNLOGGED TABLE touch AS
SELECT touch_id, deal_id, (101 + noise(touch_id, 41) % 200 * (noise(touch_id, 42) % 200) / 200)::int AS partner_id,
       deal_closed_at(deal_id) - noise(touch_id, 43) % (90 * 86400) * interval '1 second' AS touched_at,
       (ARRAY['partner_introduction', 'joint_call', 'joint_demo', 'co_sell_plan', 'reference', 'pricing_call'])[1 + noise(touch_id, 44) % 6] AS kind
FROM  (SELECT touch_id, 1 + noise(touch_id, 40) % :deals AS deal_id FROM generate_series(1::bigint, :touches) touch_id OFFSET 0) t;
VACUUM ANALYZE touch;
