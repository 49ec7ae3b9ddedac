-- @workload Join by id, else domain, else name and country
-- Pairs of records of one company. An id decides for a match; otherwise the
-- domain where both have one; otherwise name and country.
-- @data accounts keys identities
-- @contender scan: count(identity) of both tables
SELECT (SELECT count(identity) FROM own_identity) + (SELECT count(identity) FROM partner_account_identity);

-- @contender plain: three joins, UNION
SELECT count(*), sum(a), sum(b)
FROM  (SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (ext_id)
       UNION
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (domain)
       UNION
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (name_key, country) WHERE o.domain IS NULL OR p.domain IS NULL) m (a, b);

-- @contender plain: three joins, disjoint, UNION ALL
SELECT count(*), sum(a), sum(b)
FROM  (SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (ext_id)
       UNION ALL
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (domain) WHERE (o.ext_id = p.ext_id) IS NOT TRUE
       UNION ALL
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (name_key, country)
       WHERE (o.domain IS NULL OR p.domain IS NULL) AND (o.ext_id = p.ext_id) IS NOT TRUE) m (a, b);

-- @contender duckdb: three joins, disjoint, UNION ALL
-- @reads own_key(id, domain, name_key, country, ext_id)
-- @reads partner_account_key(id, domain, name_key, country, ext_id)
SELECT count(*), sum(a), sum(b)
FROM  (SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (ext_id)
       UNION ALL
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (domain) WHERE (o.ext_id = p.ext_id) IS NOT TRUE
       UNION ALL
       SELECT o.id, p.id FROM own_key o JOIN partner_account_key p USING (name_key, country)
       WHERE (o.domain IS NULL OR p.domain IS NULL) AND (o.ext_id = p.ext_id) IS NOT TRUE) m (a, b);

-- @contender ours: identity && identity, Overlap Join
-- @needs current_setting('ecosystem.enable_overlap_join', true) IS NOT NULL
SELECT count(*), sum(o.id), sum(p.id)
FROM   own_identity o JOIN partner_account_identity p ON o.identity && p.identity;
