-- whitespace: companies that a partner knows and we do not have as an account, one row a partner and company.
-- kind: report
-- tier: 1
-- key: partner_id, company_id
-- inputs: company(*) partner_account(*) partner(*) identity(*)
-- columns:
--   partner_id text not null          The partner who knows it.
--   company_id bigint not null        The company.
--   partner text                      Name of the partner, or its id where partner has none.
--   company text                      Name of the company, as the partner wrote it.
--   website text                      Website, as the partner wrote it.
--   country text                      Country.
--   population text                   What it is to the partner: the strongest of customer, open_opportunity, prospect, others.
--   records integer                   Records of the partner that are this company.
--   partners_who_know integer         Partners in whose lists the company is, this one among them.
--   matchable boolean                 Whether its records have a website, id or name with country by which an account of ours would have been found; without, it may be an account all the same.
--   partner_stage text                Stage of the partner's deal there.
--   partner_amount numeric(18,2)      Amount of the partner's deals there.
--   partner_owner text                Who looks after it at the partner.
SELECT partner_id, company_id, coalesce(p.name, partner_id) AS partner, w.company, w.website, w.country, w.population, w.records,
       w.partners_who_know, w.matchable, w.partner_stage, w.partner_amount, w.partner_owner
FROM  (SELECT partner_id, company_id, min(name) FILTER (WHERE place = 1) AS company, min(website) FILTER (WHERE website <> '') AS website,
              min(country) FILTER (WHERE country <> '') AS country, min(population) FILTER (WHERE place = 1) AS population, count(listed) AS records,
              count(*) OVER (PARTITION BY company_id) AS partners_who_know,
              bool_or(bool_or(matchable)) OVER (PARTITION BY company_id) AS matchable,
              coalesce(min(stage) FILTER (WHERE place = 1), min(stage)) AS partner_stage, sum(amount) AS partner_amount,
              coalesce(min(owner) FILTER (WHERE place = 1), min(owner)) AS partner_owner
       FROM  (SELECT c.partner_id, c.company_id, r.record_id AS listed, r.name, r.website, r.country, r.population, r.stage, r.amount, r.owner,
                     match_level(i.identity, i.identity) IS NOT NULL AS matchable,
                     row_number() OVER (PARTITION BY c.partner_id, c.company_id
                                        ORDER BY array_position('{customer,open_opportunity,prospect}', r.population), record_id) AS place
              FROM   company c
                     -- there is one: so joined, the planner knows that it loses none
                     LEFT JOIN partner_account r USING (partner_id, record_id)
                     LEFT JOIN identity i USING (source, record_id)
              WHERE  c.source <> 'own'
              AND    NOT EXISTS (SELECT FROM company o WHERE o.company_id = c.company_id AND o.source = 'own')) r
       GROUP  BY partner_id, company_id
       HAVING count(listed) > 0) w
       LEFT JOIN partner p USING (partner_id)
