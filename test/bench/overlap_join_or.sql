-- @workload The join of overlap_join as one condition, a sample
-- As most would write it first: a nested loop over every pair, in any engine.
-- @data accounts keys identities samples
-- @contender scan: count(identity) of both tables
SELECT (SELECT count(identity) FROM own_sample) + (SELECT count(identity) FROM partner_account_sample);

-- @contender plain: OR
SELECT count(*), sum(o.id), sum(p.id)
FROM   own_sample o JOIN partner_account_sample p
       ON o.ext_id = p.ext_id OR o.domain = p.domain
       OR o.name_key = p.name_key AND o.country = p.country AND (o.domain IS NULL OR p.domain IS NULL);

-- @contender duckdb: OR
-- @reads own_sample(id, domain, name_key, country, ext_id)
-- @reads partner_account_sample(id, domain, name_key, country, ext_id)
SELECT count(*), sum(o.id), sum(p.id)
FROM   own_sample o JOIN partner_account_sample p
       ON o.ext_id = p.ext_id OR o.domain = p.domain
       OR o.name_key = p.name_key AND o.country = p.country AND (o.domain IS NULL OR p.domain IS NULL);

-- @contender ours: identity && identity, nested loop
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'ecosystem.enable_overlap_join';
SELECT count(*), sum(o.id), sum(p.id)
FROM   own_sample o JOIN partner_account_sample p ON o.identity && p.identity;

-- @contender ours: identity && identity, Overlap Join
-- @needs current_setting('ecosystem.enable_overlap_join', true) IS NOT NULL
SELECT count(*), sum(o.id), sum(p.id)
FROM   own_sample o JOIN partner_account_sample p ON o.identity && p.identity;
