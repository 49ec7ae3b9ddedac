-- @needs has_function('company_set_agg')
-- Sets that a nightly refresh would maintain: own accounts of a segment, own
-- accounts that a partner's list knows, companies in a partner's list.
CREATE UNLOGGED TABLE own_set AS
SELECT segment, company_set_agg(id) AS accounts FROM own_key WHERE company IS NOT NULL GROUP BY segment;
CREATE UNLOGGED TABLE partner_set AS
SELECT p.partner_id, p.segment, company_set_agg(o.id) AS accounts
FROM   own_key o JOIN partner_account_key p USING (company)
GROUP  BY 1, 2;
CREATE UNLOGGED TABLE partner_company_set AS
SELECT partner_id, company_set_agg(company) AS companies FROM partner_account_key WHERE company IS NOT NULL GROUP BY 1;
VACUUM ANALYZE own_set, partner_set, partner_company_set;
