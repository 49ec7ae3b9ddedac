-- The accounts' keys, ready: what a careful analyst stores beside each record
-- for plain comparisons.  company is an id maintained for each domain.
CREATE UNLOGGED TABLE own_key AS
SELECT id, segment, CASE WHEN website IS NOT NULL THEN company END AS company, to_company_domain(website)::text AS domain,
       company_name_key(name, country) AS name_key, country, ext_id
FROM   own;
CREATE UNLOGGED TABLE partner_account_key AS
SELECT id, partner_id, segment, CASE WHEN website IS NOT NULL THEN company END AS company, to_company_domain(website)::text AS domain,
       company_name_key(name, country) AS name_key, country, ext_id
FROM   partner_account;
VACUUM ANALYZE own_key, partner_account_key;
