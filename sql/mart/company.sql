-- company: which company each record is of, ours and the partners', with ids that stay from refresh to refresh.
-- kind: report
-- tier: 1
-- key: source, record_id
-- inputs: identity(*)
-- columns:
--   source text not null              own (our account) or partner/ and the partner's id.
--   record_id text not null           Id of the account, or of the record in the partner's list.
--   partner_id text not null          Partner whose list it is; empty: ours.
--   company_id bigint not null        Id of the company.
--   match_level text                  By what it is known to be the same company as another record: id, domain or name; NULL: it is the only one.
--   matched_key text                  The strongest key it shares with another record of its company.
--   records bigint                    Records of the company, ours and the partners'.
SELECT r.source, r.record_id, CASE WHEN r.source = 'own' THEN '' ELSE substr(r.source, 9) END AS partner_id,
       r.company_id, r.match_level, r.matched_key, r.cluster_size AS records
FROM  (SELECT company_resolution_agg(i.source, i.record_id, i.identity, i.known) AS resolution
       FROM  (SELECT source, record_id, identity, c.company_id AS known
              FROM   identity LEFT JOIN company_record c USING (source, record_id)
              UNION ALL
              -- ids that were ever given are not given to other companies
              SELECT NULL, NULL, NULL, max(company_id) FROM company_record HAVING count(*) > 0) i) q,
       resolved(q.resolution) r
