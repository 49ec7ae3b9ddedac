-- whitespace: companies that a partner knows and we do not have as an account, one row a partner and company.
-- kind: report
-- tier: 1
-- key: partner_id, company_id
-- inputs: company(*) partner_account(*) partner(*) identity(*)
-- columns:
--   partner_id text not null          The partner who knows it.
--   company_id bigint not null        The company.
--   partner text                      Name of the partner.
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
SELECT partner_id, company_id, p.name AS partner, w.company, w.website, w.country, w.population, w.records,
       w.partners_who_know, w.matchable, w.partner_stage, w.partner_amount, w.partner_owner
FROM  (SELECT c.partner_id, c.company_id,
              (array_agg(r.name ORDER BY s.strength, r.record_id))[1] AS company,
              (array_agg(r.website ORDER BY s.strength, r.record_id) FILTER (WHERE r.website <> ''))[1] AS website,
              (array_agg(r.country ORDER BY s.strength, r.record_id) FILTER (WHERE r.country <> ''))[1] AS country,
              (array_agg(r.population ORDER BY s.strength, r.record_id))[1] AS population,
              count(*) AS records,
              count(*) OVER (PARTITION BY c.company_id) AS partners_who_know,
              bool_or(bool_or(match_level(i.identity, i.identity) IS NOT NULL)) OVER (PARTITION BY c.company_id) AS matchable,
              (array_agg(r.stage ORDER BY s.strength, r.record_id) FILTER (WHERE r.stage IS NOT NULL))[1] AS partner_stage,
              sum(r.amount) AS partner_amount,
              (array_agg(r.owner ORDER BY s.strength, r.record_id) FILTER (WHERE r.owner IS NOT NULL))[1] AS partner_owner
       FROM   company c
              JOIN partner_account r USING (partner_id, record_id)
              LEFT JOIN identity i USING (source, record_id),
              LATERAL (SELECT coalesce(array_position('{customer,open_opportunity,prospect}', r.population), 4) AS strength) s
       WHERE  c.source <> 'own'
       AND    NOT EXISTS (SELECT FROM company o WHERE o.company_id = c.company_id AND o.source = 'own')
       GROUP  BY c.partner_id, c.company_id) w
       LEFT JOIN partner p USING (partner_id)
