-- credit: what its users read.
SET search_path = ecosystem, public;
CREATE TABLE deal_partner (deal_id text, amount numeric, partner_id text, role text);
INSERT INTO deal_partner VALUES
	('D1', 10000.00, 'acme', 'sourcing'), ('D1', 10000.00, 'bolt', 'technical'), ('D1', 10000.00, 'crest', 'technical'),
	('D2', 99.99, 'bolt', 'influencing'), ('D3', -50.01, 'acme', 'Co_Sell'), ('D3', -50.01, 'acme', 'influencing');
SELECT deal_id, partner_id, role,
       credit(amount, 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', role, partner_id) OVER (PARTITION BY deal_id)
FROM   deal_partner ORDER BY 1, 2, 3;
SELECT credit(amount, 'role_split(sourcing=1)', role, partner_id) OVER (PARTITION BY deal_id) FROM deal_partner;
SELECT credit(amount, 'linear', role, partner_id) OVER () FROM deal_partner;
SELECT credit(1, m::credit_model, 'r', 'p') OVER () FROM (VALUES ('linear'), ('last_touch')) v(m);
SELECT credit(1, 'linear', 'r', 'p', NULL, c) OVER () FROM (VALUES (timestamptz '2026-03-01 00:00+02'), (NULL)) v(c);
SELECT credit(1.005, 'linear', 'r', 'p') OVER ();
SELECT credit(1, 'linear', 'r', 'p', NULL, NULL, -0.5) OVER ();
SELECT credit(1, 'linear', 'r', 'p', NULL, NULL, 1e13) OVER ();
SELECT credit(1, 'linear', 'r', 'p');
DROP TABLE deal_partner;
