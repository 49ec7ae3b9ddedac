-- my_registration: the accounts that you registered, and whether the registration stands.
-- kind: shared
-- tier: 3
-- key: registration_id
-- inputs: deal_registration(*) registration_conflict(*) deal_fact(*) account(*) partner_share(*) setting(*)
-- columns:
--   registration_id text not null   The registration.
--   account_id text                 The account.
--   account text                    Its name.
--   deal_id text                    Deal that came of it; NULL: none so far.
--   status text                     Status in our CRM's words.
--   registered_on date              Day you registered it.
--   last_activity_on date           Day you last did something about it.
--   expires_on date                 Last day it protects; NULL: as long as something is done about it.
--   stands boolean                  Whether it protects you; NULL: the deal is closed.
--   reason text                     Why.
SELECT g.registration_id, g.account_id, a.name AS account, g.deal_id, g.status, r.registered_on, r.last_activity_on, g.expires_on,
       CASE WHEN d.closed_on IS NULL THEN coalesce(c.wins, r.is_protected) END AS stands,
       CASE WHEN d.closed_on IS NOT NULL THEN 'the deal was ' || d.outcome
            WHEN NOT r.is_protected AND g.expires_on < r.day THEN 'expired'
            WHEN NOT r.is_protected THEN 'nothing was done about it for too long'
            WHEN c.wins OR c.wins IS NULL THEN 'it protects'
            WHEN c.direct_deal_opened_on < c.registered_on THEN 'a deal of ours was there before'
            ELSE 'another registration was there before' END AS reason
FROM   setting t, partner_share s
       JOIN deal_registration g USING (partner_id)
       LEFT JOIN deal_fact d USING (deal_id)
       LEFT JOIN account a ON a.account_id = g.account_id
       LEFT JOIN registration_conflict c USING (registration_id),
       LATERAL (SELECT coalesce(t.as_of, (current_timestamp AT TIME ZONE t.time_zone)::date) AS day,
                       (g.registered_at AT TIME ZONE t.time_zone)::date AS registered_on,
                       (g.last_activity_at AT TIME ZONE t.time_zone)::date AS last_activity_on) n,
       LATERAL (SELECT n.*, coalesce(n.day - coalesce(n.last_activity_on, n.registered_on) <= t.registration_idle_days, true)
                            AND (g.expires_on >= n.day OR g.expires_on IS NULL) AS is_protected) r
