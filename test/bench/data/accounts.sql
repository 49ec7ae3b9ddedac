-- Accounts of ours and of a hundred partners: websites and names as people
-- type them.  Every value is a function of the row's number.

-- What is true of a company; c is its number.
CREATE FUNCTION company_domain_of(c bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	(ARRAY['acme', 'tervo', 'nord', 'blue', 'quant', 'pixel', 'solar', 'iron', 'delta', 'green', 'omni', 'zeta', 'lumen', 'vertex', 'hydra', 'polar'])[1 + noise(c, 1) % 16]
	|| (ARRAY['', 'tech', 'soft', 'labs', 'works', 'group', 'data', 'cloud', 'media', 'health', 'logistics', 'energy', 'foods', 'bank', 'auto', 'systems'])[1 + noise(c, 2) % 16]
	|| '-' || to_hex(c)
	|| (ARRAY['.com', '.com', '.com', '.com', '.com', '.com', '.com', '.com', '.de', '.de', '.co.uk', '.co.uk', '.com.au', '.net', '.fr', '.io', '.org', '.co.jp', '.com.br', '.ai'])[1 + noise(c, 3) % 20];
CREATE FUNCTION company_country_of(c bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	(ARRAY['US', 'US', 'US', 'DE', 'DE', 'GB', 'GB', 'FR', 'AU', 'JP', 'BR', 'NL', 'SE', 'ES', 'IT', 'CA'])[1 + noise(c, 4) % 16];
CREATE FUNCTION company_name_of(c bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	(ARRAY['Acme', 'Tervo', 'Nord', 'Blue', 'Quant', 'Pixel', 'Solar', 'Iron', 'Delta', 'Green', 'Omni', 'Zeta', 'Lumen', 'Vertex', 'Hydra', 'Polar'])[1 + noise(c, 1) % 16]
	|| ' ' || (ARRAY['One', 'Tech', 'Soft', 'Labs', 'Works', 'Optics', 'Data', 'Cloud', 'Media', 'Health', 'Logistics', 'Energy', 'Foods', 'Bank', 'Auto', 'Systems'])[1 + noise(c, 2) % 16]
	|| ' ' || to_hex(c / 3);

-- What a list makes of it; r is the record's own noise.
CREATE FUNCTION website_of(domain text, r bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	CASE r % 20
		WHEN 0 THEN upper(domain)
		WHEN 1 THEN 'https://www.' || initcap(domain) || '/path?x=1'
		WHEN 2 THEN 'https://www.' || domain || '/about-us'
		WHEN 3 THEN 'https://www.' || domain || '/'
		WHEN 4 THEN 'https://' || domain
		WHEN 5 THEN 'http://' || domain
		WHEN 6 THEN 'info@' || domain
		WHEN 7 THEN 'sales.team@' || upper(domain)
		WHEN 8 THEN 'https://shop.' || domain || '/en/'
		WHEN 9 THEN 'eu.portal.' || domain
		WHEN 10 THEN 'www.' || domain
		WHEN 11 THEN 'WWW.' || upper(domain)
		WHEN 12 THEN '  HTTPS://WWW.' || upper(domain) || ':443/  '
		WHEN 13 THEN NULL
		ELSE domain
	END;
CREATE FUNCTION name_as_typed(name text, c bigint, r bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	CASE r / 32 % 4 WHEN 0 THEN upper(name) WHEN 1 THEN lower(name) WHEN 2 THEN replace(name, ' ', '  ') ELSE name END
	|| (ARRAY[' Inc', ', Inc.', ' Incorporated', ' INC', '', ' GmbH', ' GMBH', ' gmbh', ' G.m.b.H.', '', ' Ltd', ' Ltd.', ' Limited', ', LTD', '',
	          ' S.A.', ' SA', ', S.A.', ' s.a.', '', ' LLC', ', LLC', ' L.L.C.', ' llc', ''])[1 + noise(c, 5) % 5 * 5 + r / 128 % 5];
CREATE FUNCTION segment_of(r bigint) RETURNS text IMMUTABLE PARALLEL SAFE RETURN
	(ARRAY['customer', 'customer', 'customer', 'open_opportunity', 'open_opportunity', 'prospect', 'prospect', 'prospect', 'prospect', 'prospect'])[1 + r / 1024 % 10];

-- 95 of 100 own records are companies of their own, the others duplicates.
-- company is the truth; no contender reads it where it asks for raw websites.
CREATE UNLOGGED TABLE own AS
SELECT id, c AS company, website_of(company_domain_of(c), r) AS website, name_as_typed(company_name_of(c), c, r) AS name,
       company_country_of(c) AS country, CASE WHEN r / 16384 % 10 < 4 THEN 'D-' || c * 7919 % 1000000007 END AS ext_id, segment_of(r) AS segment
FROM  (SELECT id, noise(id, 10) AS r,
              CASE WHEN id <= :companies THEN id ELSE 1 + noise(id, 11) % :companies END AS c
       FROM   generate_series(1::bigint, :accounts) id OFFSET 0) n;

-- Lists from 10 % of all records down to a few; a quarter are companies of ours.
CREATE TEMP TABLE list AS
SELECT partner_id, greatest(:records / 2500, round(:records * 0.1 * exp(-0.10745 * (partner_id - 1)))::bigint) AS n
FROM   generate_series(1, 100) partner_id;
UPDATE list SET n = n + :records - (SELECT sum(n) FROM list) WHERE partner_id = 2;
CREATE UNLOGGED TABLE partner_account AS
SELECT id, partner_id, c AS company, website_of(company_domain_of(c), r) AS website, name_as_typed(company_name_of(c), c, r) AS name,
       company_country_of(c) AS country, CASE WHEN r / 16384 % 10 < 4 THEN 'D-' || c * 7919 % 1000000007 END AS ext_id, segment_of(r) AS segment
FROM  (SELECT id, partner_id, noise(id, 20) AS r,
              CASE WHEN noise(id, 21) % 4 = 0 THEN 1 + noise(id, 22) % :companies ELSE :companies + 1 + noise(id, 23) % (:companies * 3) END AS c
       FROM  (SELECT row_number() OVER () AS id, partner_id FROM list, generate_series(1, n)) l OFFSET 0) n;
VACUUM ANALYZE own, partner_account;
