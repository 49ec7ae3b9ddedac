-- lead_fact: one row a lead or introduction, between a partner and us or between two partners, with the deal it became.
-- kind: report
-- tier: 3
-- key: lead_id
-- inputs: lead_exchange(*) deal_fact(*) partner(*) setting(*)
-- columns:
--   lead_id text not null             The lead.
--   direction text                    given (by a partner to us), received (by a partner from us), passed (from one partner to another) or own (none of them).
--   partner_id text                   The partner that gave it to us or got it from us; of a passed one the partner that gave it.
--   partner text                      Name of that partner.
--   other_partner_id text             Of a passed one the partner that got it.
--   other_partner text                Name of that partner.
--   pair text                         Both, of a passed one.
--   brokered boolean                  Whether our team brokered it.
--   sent_on date                      Day it was sent, in the mart's time zone.
--   account_id text                   Account it is about.
--   deal_id text                      Deal it became.
--   deal text                         Name of that deal.
--   outcome text                      won, lost or open.
--   amount numeric(18,2)              Value of the deal.
SELECT l.lead_id, x.direction, x.partner_id, coalesce(p.name, x.partner_id) AS partner, x.other_partner_id, coalesce(o.name, x.other_partner_id) AS other_partner,
       CASE WHEN x.direction = 'passed' THEN coalesce(p.name, x.partner_id) || ' to ' || coalesce(o.name, x.other_partner_id) END AS pair, coalesce(l.brokered, false) AS brokered,
       (l.sent_at AT TIME ZONE s.time_zone)::date AS sent_on, coalesce(l.account_id, d.account_id) AS account_id, l.deal_id, d.deal, d.outcome, d.amount
FROM   setting s CROSS JOIN lead_exchange l
       LEFT JOIN deal_fact d USING (deal_id)
       CROSS JOIN LATERAL (SELECT nullif(l.from_partner_id, '') AS giver, nullif(l.to_partner_id, '') AS receiver) g
       CROSS JOIN LATERAL (SELECT CASE WHEN giver <> receiver THEN 'passed' WHEN giver IS NOT NULL AND receiver IS NULL THEN 'given'
                                       WHEN giver IS NULL AND receiver IS NOT NULL THEN 'received' ELSE 'own' END AS direction,
                                  coalesce(giver, receiver) AS partner_id, CASE WHEN giver <> receiver THEN receiver END AS other_partner_id) x
       LEFT JOIN partner p ON p.partner_id = x.partner_id
       LEFT JOIN partner o ON o.partner_id = x.other_partner_id
