-- my_overlap: accounts that you and we both know, a row for each of your records that is one.
-- kind: shared
-- tier: 1
-- key: account_id, record_id
-- inputs: shared_match(*) account(*) partner_account(*) partner_share(*) share_level(*)
-- columns:
--   account_id text not null    The account, as we know it.
--   record_id text not null     Your record of it; empty: none, or none that we have.
--   account text                Its name.
--   website text                Its website.
--   country text                Its country.
--   our_population text         What it is to us: customer, open_opportunity or prospect.
--   their_population text       What it is to you, by your list.
--   they_call_it text           Its name in your list.
--   matched_by text             id, domain or name; private: without your list. NULL: an account of ours that is not on your list.
--   owner text                  Who looks after it on our side.
--   owner_email text            Their e-mail address.
SELECT m.account_id, m.record_id, a.name AS account, a.website, a.country, nullif(m.our_population, '') AS our_population,
       nullif(m.their_population, '') AS their_population, r.name AS they_call_it, m.matched_by, a.owner, a.owner_email
FROM   partner_share s
       JOIN shared_match m USING (partner_id)
       JOIN account a USING (account_id)
       LEFT JOIN partner_account r USING (partner_id, record_id)
WHERE  m.level IN ('all', 'overlapping')
UNION  ALL
-- populations that are shared whole; who is a partner, too, is left out
SELECT a.account_id, '', a.name, a.website, a.country, a.segment, NULL, NULL, NULL, a.owner, a.owner_email
FROM   partner_share s, account a
WHERE  a.segment IN (SELECT our_population FROM share_level WHERE level = 'all')
AND    a.is_partner IS NOT TRUE
AND    NOT EXISTS (SELECT FROM shared_match m WHERE m.partner_id = s.partner_id AND m.account_id = a.account_id)
