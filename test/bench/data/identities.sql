-- The accounts' domains and identities, stored.
CREATE UNLOGGED TABLE own_identity AS
SELECT id, segment, to_company_domain(website) AS domain,
       identify(website => website, name => name, country => country, ids => ARRAY['crm:' || ext_id]) AS identity
FROM   own;
CREATE UNLOGGED TABLE partner_account_identity AS
SELECT id, partner_id, segment, to_company_domain(website) AS domain,
       identify(website => website, name => name, country => country, ids => ARRAY['crm:' || ext_id]) AS identity
FROM   partner_account;
VACUUM ANALYZE own_identity, partner_account_identity;
