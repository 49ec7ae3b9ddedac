-- registration_conflict: registrations that meet another partner's, or a deal of ours without a partner: who wins, and why.
-- kind: report
-- tier: 3
-- key: registration_id
-- inputs: deal_registration(*) deal_fact(*) deal_partner(*) account(*) partner(*) setting(*)
-- columns:
--   registration_id text not null     The registration.
--   account_id text                   The account.
--   account text                      Its name.
--   partner_id text                   Partner who registered.
--   partner text                      Name of the partner.
--   registered_on date                Day of the registration.
--   idle_days integer                 Days since the partner last did something about it.
--   is_protected boolean              Whether it still protects: neither expired nor idle for more than setting.registration_idle_days.
--   direct_deal_id text               Open deal of ours there without a partner; of several the first.
--   direct_deal_opened_on date        Day that was opened.
--   rivals integer                    Other partners with a standing registration of the account.
--   rival_names text                  Their names.
--   wins boolean                      Whether it wins: protected, before all other protected ones, and before our own deal.
--   reason text                       Why.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day, time_zone, registration_idle_days AS idle_limit FROM setting
), standing AS (
	SELECT g.registration_id, g.account_id, g.partner_id, coalesce(p.name, g.partner_id) AS partner, g.registered_at, r.registered_on, r.idle_days, g.expires_on,
	       coalesce(r.idle_days <= idle_limit, true) AND (g.expires_on >= day OR g.expires_on IS NULL) AS is_protected
	FROM   today, deal_registration g
	       LEFT JOIN deal_fact d USING (deal_id)
	       LEFT JOIN partner p ON p.partner_id = g.partner_id,
	       LATERAL (SELECT (g.registered_at AT TIME ZONE time_zone)::date AS registered_on,
	                       day - (coalesce(g.last_activity_at, g.registered_at) AT TIME ZONE time_zone)::date AS idle_days) r
	WHERE  r.registered_on <= day
	AND    d.closed_on IS NULL
	AND    g.account_id IS NOT NULL AND g.partner_id <> ''
), direct AS (
	SELECT DISTINCT ON (d.account_id) d.account_id, d.deal_id, d.opened_on
	FROM   deal_fact d
	WHERE  d.outcome = 'open' AND NOT EXISTS (SELECT FROM deal_partner r WHERE r.deal_id = d.deal_id)
	ORDER  BY d.account_id, d.opened_on, d.deal_id
), rival AS (
	SELECT g.registration_id, count(DISTINCT e.partner_id) AS rivals, string_agg(DISTINCT e.partner, ', ') AS rival_names,
	       bool_or(e.is_protected AND (e.registered_at, e.partner_id) < (g.registered_at, g.partner_id)) AS earlier
	FROM   standing g JOIN standing e ON e.account_id = g.account_id AND e.partner_id <> g.partner_id
	GROUP  BY g.registration_id
), judged AS (
	SELECT g.*, d.deal_id AS direct_deal_id, d.opened_on AS direct_deal_opened_on, coalesce(o.rivals, 0) AS rivals, o.rival_names, o.earlier
	FROM   standing g
	       LEFT JOIN direct d USING (account_id)
	       LEFT JOIN rival o USING (registration_id)
)
SELECT registration_id, account_id, a.name AS account, j.partner_id, j.partner, j.registered_on, j.idle_days, j.is_protected,
       j.direct_deal_id, j.direct_deal_opened_on, j.rivals, j.rival_names,
       j.is_protected AND (j.direct_deal_opened_on < j.registered_on) IS NOT TRUE AND j.earlier IS NOT TRUE AS wins,
       CASE WHEN NOT j.is_protected AND j.expires_on < day THEN format('expired on %s', j.expires_on)
            WHEN NOT j.is_protected THEN format('lapsed: idle for %s days', j.idle_days)
            WHEN j.direct_deal_opened_on < j.registered_on THEN format('our own deal %s was there before', j.direct_deal_id)
            WHEN j.earlier THEN 'another partner registered before'
            ELSE 'first, and protected' END AS reason
FROM   today, judged j
       LEFT JOIN account a USING (account_id)
WHERE  j.rivals > 0 OR j.direct_deal_id IS NOT NULL
