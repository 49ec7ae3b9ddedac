-- Ten thousand records a side, of which nested loops come to an end.
CREATE UNLOGGED TABLE own_sample AS
SELECT k.*, i.identity FROM own_key k JOIN own_identity i USING (id) WHERE id <= :sample;
CREATE UNLOGGED TABLE partner_account_sample AS
SELECT k.*, i.identity FROM partner_account_key k JOIN partner_account_identity i USING (id) WHERE id % (:records / :sample) = 0 AND id <= :records / :sample * :sample;
VACUUM ANALYZE own_sample, partner_account_sample;
