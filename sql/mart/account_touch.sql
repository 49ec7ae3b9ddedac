-- account_touch: touches on an account without a deal, at the deals of the account that they count for.
-- kind: report
-- tier: 1
-- key: deal_id, touch_id
-- grain: account_id
-- inputs: touch(account_id) deal(account_id) setting(*)
-- columns:
--   deal_id text not null             Deal that the touch counts for: open then, or opened at most setting.sourced_within later.
--   touch_id text not null            The touch.
--   account_id text not null          Account that was touched.
--   partner_id text                   Partner who did it.
--   kind text                         What was done, see touch_kind.
--   occurred_at timestamptz           When.
--   recorded_at timestamptz           When it was written down.
--   weight numeric(12,4)              How much it counts under the engagement model; NULL: as its kind.
--   found_in text                     Says that it was found at the account, and where.
SELECT d.deal_id, t.touch_id, t.account_id, t.partner_id, t.kind, t.occurred_at, t.recorded_at, t.weight,
       'account' || coalesce(', ' || t.found_in, '') AS found_in
FROM   setting s, touch t
       JOIN deal d ON d.account_id = t.account_id
WHERE  s.account_touches
AND    t.deal_id IS NULL
AND    t.occurred_at >= d.opened_at - s.sourced_within
AND   (t.occurred_at <= d.closed_at OR d.closed_at IS NULL OR d.outcome = 'open')
