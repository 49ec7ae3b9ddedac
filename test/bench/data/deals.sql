-- Deals, and who holds which role on them: one to five partners a deal, each
-- with one role, several in one role.  Partners have three digits, so that
-- they sort the same as numbers and as text.
CREATE FUNCTION deal_closed_at(deal_id bigint) RETURNS timestamptz IMMUTABLE PARALLEL SAFE RETURN
	timestamptz '2023-01-01 00:00:00+00' + noise(deal_id, 31) % (1095 * 86400) * interval '1 second';
CREATE UNLOGGED TABLE deal AS
SELECT deal_id, (101 + noise(deal_id, 35) % 200)::int AS partner_id, ((noise(deal_id, 30) % 20000000 + 10000) / 100.0)::numeric(14, 2) AS amount,
       CASE WHEN noise(deal_id, 36) % 100 < 35 THEN 'won' WHEN noise(deal_id, 36) % 100 < 90 THEN 'lost' ELSE 'open' END AS outcome,
       deal_closed_at(deal_id) - noise(deal_id, 37) % (300 * 86400) * interval '1 second' AS opened_at, deal_closed_at(deal_id) AS closed_at
FROM   generate_series(1::bigint, :deals) deal_id;
CREATE UNLOGGED TABLE deal_partner AS
SELECT deal_id, (101 + (noise(deal_id, 32) + j * (1 + noise(deal_id, 33) % 39)) % 200)::int AS partner_id,
       (ARRAY['sourced', 'resold', 'influenced', 'delivered', 'referred', 'advised'])[1 + noise(deal_id * 8 + j, 38) % 6] AS role
FROM   generate_series(1::bigint, :deals) deal_id, generate_series(0, noise(deal_id, 34) % 5) j;
-- Without these the planner takes the quarters of a timestamp for as many groups
-- as there are deals, for every contender in this server.
CREATE STATISTICS deal_quarter ON (date_trunc('quarter', closed_at)), partner_id FROM deal;
VACUUM ANALYZE deal, deal_partner;
