-- touch_count: what partners did, by kind: one row a kind and partner.
-- kind: report
-- tier: 1
-- key: kind, partner_id
-- inputs: touch(*)
-- columns:
--   kind text not null                Kind of touch; empty: not said.
--   partner_id text not null          The partner; empty: none.
--   touches bigint                    Touches.
--   deals bigint                      Deals with such a touch.
--   undated bigint                    Touches without a date.
SELECT coalesce(kind, '') AS kind, coalesce(partner_id, '') AS partner_id, count(*) AS touches, count(DISTINCT nullif(deal_id, '')) AS deals,
       count(*) FILTER (WHERE occurred_at IS NULL) AS undated
FROM   touch
GROUP  BY 1, 2
