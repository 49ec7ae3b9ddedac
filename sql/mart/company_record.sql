-- company_record: the company id that each record was ever given, so that companies keep their ids.
-- kind: history
-- tier: 1
-- key: source, record_id
-- inputs: company(*)
-- columns:
--   source text not null              own, or partner/ and the partner's id.
--   record_id text not null           Id of the account, or of the record in the partner's list.
--   company_id bigint not null        Id of the company, the last one the record was given.
--   first_seen_on date                Day the record was first seen.
--   last_seen_on date                 Day it was found missing; NULL: it is there.
SELECT coalesce(c.new_source, c.old_source) AS source, coalesce(c.new_record_id, c.old_record_id) AS record_id,
       coalesce(c.new_company_id, c.old_company_id) AS company_id, coalesce(r.first_seen_on, c.changed_on) AS first_seen_on,
       CASE c.change WHEN 'removed' THEN c.changed_on END AS last_seen_on
FROM   change c
       LEFT JOIN company_record r ON r.source = coalesce(c.new_source, c.old_source) AND r.record_id = coalesce(c.new_record_id, c.old_record_id)
