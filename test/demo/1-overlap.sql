-- Overlap
-- Which of our customers, open opportunities and prospects does each partner know?  And how many
-- customers of theirs do we not have (whitespace)?  The first row counts each account once, however
-- many partners know it: it is not the sum of the others.

SELECT coalesce(p.name, 'any partner') AS partner,
       count(DISTINCT account_id) FILTER (WHERE segment = 'customer') AS customers,
       count(DISTINCT account_id) FILTER (WHERE segment = 'open_opportunity') AS open_opps,
       count(DISTINCT account_id) FILTER (WHERE segment = 'prospect') AS prospects,
       count(DISTINCT account_id) AS known,
       count(DISTINCT to_company_domain(r.website))
           FILTER (WHERE population = 'customer' AND account_id IS NULL) AS whitespace
FROM   partner_account r
       JOIN partner p USING (partner_id)
       LEFT JOIN account a ON identify(website => a.website, name => a.name, country => a.country)
                              && identify(website => r.website, name => r.name, country => r.country)
GROUP  BY ROLLUP (p.name)
ORDER  BY known DESC, partner
LIMIT  9;
