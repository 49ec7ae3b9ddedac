-- A demo CRM: schema crm, three years of an invented software company and its
-- 24 partners.  Plain SQL without any extension, the same rows on every server
-- and every run: what looks random is dice(), a hash of the row's own name.
-- All companies are invented; any likeness is accident.
--
-- The story in the data: partners touch most of the won revenue and lead
-- little of it.  What they lead wins more often, sooner and somewhat larger.
--
-- Snapshot date: 2026-09-30.  Amounts are US dollars.  Times are UTC.

BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL jit = off;

CREATE SCHEMA crm;
SET LOCAL search_path = crm, pg_temp;

-- ---------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------

CREATE TABLE account (
	account_id text PRIMARY KEY,
	name       text NOT NULL,
	website    text,
	country    text,
	industry   text NOT NULL,
	region     text NOT NULL,
	segment    text NOT NULL CHECK (segment IN ('customer', 'open_opportunity', 'prospect')));
COMMENT ON TABLE account IS 'our accounts, as sales typed them in';
COMMENT ON COLUMN account.account_id IS 'our id';
COMMENT ON COLUMN account.name IS 'company name, with or without its legal form; not unique, some companies were entered twice';
COMMENT ON COLUMN account.website IS 'website as entered: URLs, bare hosts, e-mail addresses, social pages, blanks, nothing';
COMMENT ON COLUMN account.country IS 'ISO 3166 two-letter code; NULL where nobody filled it in';
COMMENT ON COLUMN account.industry IS 'industry';
COMMENT ON COLUMN account.region IS 'sales region: North America, Latin America, Europe, Asia Pacific';
COMMENT ON COLUMN account.segment IS
	'customer (has bought), open_opportunity (first deal open), prospect (neither) on the snapshot date';

CREATE TABLE partner (
	partner_id text PRIMARY KEY,
	name       text NOT NULL UNIQUE,
	type       text NOT NULL CHECK (type IN ('technology', 'services', 'channel')),
	region     text NOT NULL,
	signed_at  date NOT NULL);
COMMENT ON TABLE partner IS 'partners of the program';
COMMENT ON COLUMN partner.partner_id IS 'our id of the partner';
COMMENT ON COLUMN partner.name IS 'name of the partner';
COMMENT ON COLUMN partner.type IS
	'technology (products that integrate), services (consultancies, integrators) or channel (resellers)';
COMMENT ON COLUMN partner.region IS 'region the partner works in, or Global';
COMMENT ON COLUMN partner.signed_at IS 'day the partner agreement was signed';

CREATE TABLE partner_account (
	partner_id text NOT NULL REFERENCES partner,
	record_id  text NOT NULL,
	name       text NOT NULL,
	website    text,
	country    text,
	population text NOT NULL CHECK (population IN ('customer', 'open_opportunity', 'prospect')),
	PRIMARY KEY (partner_id, record_id));
COMMENT ON TABLE partner_account IS 'the account lists partners share with us; their ids are not ours';
COMMENT ON COLUMN partner_account.partner_id IS 'partner whose list this is';
COMMENT ON COLUMN partner_account.record_id IS 'id of the record in the partner''s CRM, unique within the partner only';
COMMENT ON COLUMN partner_account.name IS 'company name as the partner wrote it';
COMMENT ON COLUMN partner_account.website IS 'website as the partner wrote it';
COMMENT ON COLUMN partner_account.country IS 'ISO 3166 two-letter code; NULL where unknown';
COMMENT ON COLUMN partner_account.population IS 'what the company is to the partner: customer, open_opportunity, prospect';

CREATE TABLE deal (
	deal_id    text PRIMARY KEY,
	account_id text NOT NULL REFERENCES account,
	name       text NOT NULL,
	type       text NOT NULL CHECK (type IN ('new', 'expansion', 'renewal')),
	amount     numeric NOT NULL CHECK (amount >= 0),
	opened_at  timestamptz NOT NULL,
	closed_at  timestamptz,
	outcome    text NOT NULL CHECK (outcome IN ('won', 'lost', 'open')),
	co_sell    boolean NOT NULL,
	region     text NOT NULL,
	CHECK ((outcome = 'open') = (closed_at IS NULL)),
	CHECK (closed_at > opened_at));
CREATE INDEX ON deal (account_id);
COMMENT ON TABLE deal IS 'deals (opportunities) opened from 2023-10-01 to 2026-09-30';
COMMENT ON COLUMN deal.deal_id IS 'our id of the deal, in order of opening';
COMMENT ON COLUMN deal.account_id IS 'account the deal is with';
COMMENT ON COLUMN deal.name IS 'name of the deal: company and product';
COMMENT ON COLUMN deal.type IS 'new (first purchase), expansion or renewal';
COMMENT ON COLUMN deal.amount IS 'value of the deal in US dollars, with cents';
COMMENT ON COLUMN deal.opened_at IS 'when the deal was opened';
COMMENT ON COLUMN deal.closed_at IS 'when the deal was won or lost; NULL while it is open';
COMMENT ON COLUMN deal.outcome IS 'won, lost or open';
COMMENT ON COLUMN deal.co_sell IS 'sold together with a partner''s sales team, as ticked by the owner of the deal';
COMMENT ON COLUMN deal.region IS 'region of the account when the deal was opened';

CREATE TABLE deal_partner (
	deal_id    text NOT NULL REFERENCES deal,
	partner_id text NOT NULL REFERENCES partner,
	role       text NOT NULL CHECK (role IN ('sourcing', 'technical', 'influencing', 'co_sell')),
	is_primary boolean NOT NULL,
	PRIMARY KEY (deal_id, partner_id, role));
CREATE UNIQUE INDEX ON deal_partner (deal_id) WHERE is_primary;
CREATE INDEX ON deal_partner (partner_id);
COMMENT ON TABLE deal_partner IS 'which partner holds which role on which deal; a partner may hold several';
COMMENT ON COLUMN deal_partner.deal_id IS 'deal';
COMMENT ON COLUMN deal_partner.partner_id IS 'partner';
COMMENT ON COLUMN deal_partner.role IS 'sourcing, technical, influencing or co_sell';
COMMENT ON COLUMN deal_partner.is_primary IS 'the one row of the deal that is marked as its primary partner';

CREATE TABLE touch (
	touch_id    text PRIMARY KEY,
	deal_id     text NOT NULL REFERENCES deal,
	partner_id  text NOT NULL REFERENCES partner,
	kind        text NOT NULL,
	occurred_at timestamptz,
	weight      numeric NOT NULL CHECK (weight > 0));
CREATE INDEX ON touch (deal_id);
CREATE INDEX ON touch (partner_id);
COMMENT ON TABLE touch IS 'what a partner did on a deal, and when';
COMMENT ON COLUMN touch.touch_id IS 'our id of the touch';
COMMENT ON COLUMN touch.deal_id IS 'deal that was touched';
COMMENT ON COLUMN touch.partner_id IS 'partner that touched it';
COMMENT ON COLUMN touch.kind IS
	'what was done: referral, joint_pitch, co_sell_plan, reference …; integration_present and overlap are passive';
COMMENT ON COLUMN touch.occurred_at IS 'when; NULL where nobody wrote it down. Some lie after the close of the deal';
COMMENT ON COLUMN touch.weight IS 'how much a touch of this kind counts under the engagement model, 1 being ordinary';

CREATE TABLE co_sell_plan (
	plan_id    text PRIMARY KEY,
	deal_id    text NOT NULL REFERENCES deal,
	partner_id text NOT NULL REFERENCES partner,
	agreed_at  timestamptz NOT NULL,
	UNIQUE (deal_id, partner_id));
COMMENT ON TABLE co_sell_plan IS 'written plans to sell a deal together; each is also a touch of kind co_sell_plan';
COMMENT ON COLUMN co_sell_plan.plan_id IS 'our id of the plan';
COMMENT ON COLUMN co_sell_plan.deal_id IS 'deal the plan is for';
COMMENT ON COLUMN co_sell_plan.partner_id IS 'partner the plan was agreed with';
COMMENT ON COLUMN co_sell_plan.agreed_at IS 'when both sides agreed; some only after the deal was open';

CREATE TABLE investment (
	period     date NOT NULL CHECK (extract(day FROM period) = 1),
	kind       text NOT NULL CHECK (kind IN ('team', 'technology', 'incentives', 'events')),
	amount     numeric NOT NULL CHECK (amount >= 0),
	partner_id text REFERENCES partner);
CREATE UNIQUE INDEX investment_key ON investment (period, kind, coalesce(partner_id, ''));
COMMENT ON TABLE investment IS 'what the partner program cost, by month';
COMMENT ON COLUMN investment.period IS 'first day of the month';
COMMENT ON COLUMN investment.kind IS 'team, technology, incentives or events';
COMMENT ON COLUMN investment.amount IS 'cost in US dollars';
COMMENT ON COLUMN investment.partner_id IS 'partner it was spent on; NULL for the program as a whole';

CREATE TABLE ecosystem_return (
	period  date NOT NULL CHECK (extract(day FROM period) = 1),
	kind    text NOT NULL CHECK (kind IN ('acquired', 'expanded', 'retained')),
	amount  numeric NOT NULL CHECK (amount >= 0),
	deal_id text PRIMARY KEY REFERENCES deal);
COMMENT ON TABLE ecosystem_return IS
	'revenue the partner program had a part in: one row for each won deal that a partner touched before its close';
COMMENT ON COLUMN ecosystem_return.period IS 'first day of the month in which the deal was won';
COMMENT ON COLUMN ecosystem_return.kind IS 'acquired (new deals), expanded (expansions) or retained (renewals)';
COMMENT ON COLUMN ecosystem_return.amount IS
	'US dollars: the amount of the deal; of a renewal 20 %, the churn avoided by the program''s own estimate';
COMMENT ON COLUMN ecosystem_return.deal_id IS 'won deal';

-- ---------------------------------------------------------------------------
-- Chance, and how people type
-- ---------------------------------------------------------------------------

-- A number from 0 to sides - 1 that depends on the key alone.
CREATE FUNCTION dice(key text, sides integer) RETURNS integer
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (('x' || left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 8))::bit(32)::bigint % sides)::integer;

-- Office hours of a day; weekends move to Monday.
CREATE FUNCTION office_time(day date, key text) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (day + CASE extract(isodow FROM day)::integer WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END
	        + make_interval(hours => 7, mins => dice(key, 660))) AT TIME ZONE 'UTC';

-- How websites are entered: per thousand, {h} = host, {l} = its first label.
CREATE TEMP TABLE website_form ON COMMIT DROP AS
SELECT sum(share) OVER (ORDER BY n) - share AS low, sum(share) OVER (ORDER BY n) AS high, form, shout
FROM  (VALUES
	( 1, 280, 'https://www.{h}/', false),
	( 2, 110, 'http://www.{h}', false),
	( 3, 120, 'www.{h}', false),
	( 4, 150, '{h}', false),
	( 5,  35, '{h}', true),
	( 6,  20, 'HTTPS://WWW.{h}/', true),
	( 7,  30, 'http://{h}:80/en/home?utm_source=newsletter&utm_medium=email', false),
	( 8,  35, 'https://{h}/about-us', false),
	( 9,  15, 'https://www.{h}/?gclid=EAIaIQobChMI#pricing', false),
	(10,  20, '{h}.', false),
	(11,  20, '  https://{h} ', false),
	(12,  30, 'info@{h}', false),
	(13,  15, 'shop.{h}', false),
	(14,  10, 'http//www.{h}', false),
	(15,  10, '//{h}/', false),
	(16,  10, '<https://{h}>', false),
	(17,  40, NULL, false),
	(18,  10, 'n/a', false),
	(19,   5, '-', false),
	(20,   5, '', false),
	(21,   6, 'https://{l}.wordpress.com/', false),
	(22,   8, 'https://www.facebook.com/{l}', false),
	(23,   8, 'linkedin.com/company/{l}', false),
	(24,   8, '{l}@gmail.com', false)) AS f(n, share, form, shout);

CREATE FUNCTION website(host text, form text, shout boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN replace(replace(form, '{h}', CASE WHEN shout THEN upper(host COLLATE "C") ELSE host END),
	               '{l}', split_part(host, '.', 1));

-- ---------------------------------------------------------------------------
-- The world: companies, ours and those only partners know
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE land ON COMMIT DROP AS
SELECT sum(share) OVER (ORDER BY n) - share AS low, sum(share) OVER (ORDER BY n) AS high, country, region, tlds, forms
FROM  (VALUES
	( 1, 30, 'US', 'North America', '{com,com,com,com,com,io,net}', '{" Inc."," Inc"," LLC"," Corp.",", Inc.",""}'),
	( 2,  4, 'CA', 'North America', '{ca,com}', '{" Inc."," Ltd.",""}'),
	( 3, 12, 'GB', 'Europe', '{co.uk,co.uk,com,uk}', '{" Ltd"," Limited"," PLC"," LLP",""}'),
	( 4, 12, 'DE', 'Europe', '{de,de,com}', '{" GmbH"," AG"," GmbH & Co. KG"," SE"}'),
	( 5,  7, 'FR', 'Europe', '{fr,com}', '{" SAS"," S.A."," SARL"}'),
	( 6,  5, 'NL', 'Europe', '{nl,com}', '{" B.V."," BV"," N.V."}'),
	( 7,  3, 'SE', 'Europe', '{se,com}', '{" AB"}'),
	( 8,  2, 'DK', 'Europe', '{dk}', '{" A/S"," ApS"}'),
	( 9,  4, 'ES', 'Europe', '{es,com}', '{" S.L."," S.A."}'),
	(10,  4, 'IT', 'Europe', '{it,com}', '{" S.p.A."," S.r.l."}'),
	(11,  2, 'CH', 'Europe', '{ch}', '{" AG"," SA"}'),
	(12,  2, 'PL', 'Europe', '{pl,com.pl}', '{" sp. z o.o."," S.A."}'),
	(13,  4, 'AU', 'Asia Pacific', '{com.au,com.au,com}', '{" Pty Ltd"," Pty. Ltd.",""}'),
	(14,  3, 'JP', 'Asia Pacific', '{co.jp,jp}', '{" K.K."," Co., Ltd."}'),
	(15,  2, 'IN', 'Asia Pacific', '{in,co.in,com}', '{" Pvt. Ltd."," Private Limited"}'),
	(16,  3, 'BR', 'Latin America', '{com.br}', '{" Ltda."," S.A."}'),
	(17,  1, 'MX', 'Latin America', '{com.mx}', '{" S.A. de C.V."}'))
	AS l(n, share, country, region, tlds, forms);

-- 9,000 companies in shuffled order.  The first 1,970 are ours; 30 of them
-- were entered twice.
CREATE TEMP TABLE company ON COMMIT DROP AS
WITH first_word AS (
	SELECT word, n FROM unnest(ARRAY['Alder', 'Amber', 'Arbor', 'Argent', 'Aspen', 'Aurora', 'Basalt', 'Beacon',
		'Birch', 'Bramble', 'Brightwater', 'Cairn', 'Calder', 'Cascade', 'Cedar', 'Cinder', 'Clearwater', 'Cobalt',
		'Copper', 'Coral', 'Crescent', 'Cypress', 'Driftwood', 'Eastgate', 'Ember', 'Falcon', 'Fernhill', 'Fjord',
		'Flint', 'Foxglove', 'Garnet', 'Glacier', 'Granite', 'Greenfield', 'Hazel', 'Heron', 'Highland', 'Holloway',
		'Indigo', 'Ironwood', 'Ivory', 'Jasper', 'Juniper', 'Kestrel', 'Lakeside', 'Larch', 'Laurel', 'Linden',
		'Lumen', 'Maple', 'Marble', 'Meadow', 'Meridian', 'Mistral', 'Monarch', 'Mosswood', 'Nimbus', 'Northfield',
		'Oakmont', 'Obsidian', 'Onyx', 'Opal', 'Orchard', 'Osprey', 'Palisade', 'Peregrine', 'Pinecrest', 'Quarry',
		'Quartz', 'Ravenhill', 'Redwood', 'Ridgeway', 'Riverton', 'Rowan', 'Saffron', 'Sierra', 'Silverlake',
		'Solstice', 'Sparrow', 'Sterling', 'Summit', 'Tamarack', 'Thistle', 'Timberline', 'Topaz', 'Valleyview',
		'Vesper', 'Willow', 'Winterbourne', 'Zephyr']) WITH ORDINALITY AS w(word, n)
), second_word AS (
	SELECT word, industry, n
	FROM  (VALUES
		('Manufacturing', '{Robotics,Castings,Machine Works,Precision,Fabrication,Tooling,Components,Motors,Plastics,Instruments}'),
		('Retail', '{Outfitters,Grocers,Home,Markets,Apparel,Furnishings,Stores,Sporting Goods,Cosmetics,Toys}'),
		('Financial Services', '{Capital,Insurance,Bank,Asset Management,Payments,Leasing,Mutual,Credit Union,Underwriters,Trust}'),
		('Healthcare', '{Clinics,Diagnostics,Therapeutics,Dental,Medical,Biotech,Care Homes,Pharma,Labs,Health}'),
		('Logistics', '{Freight,Shipping,Couriers,Warehousing,Rail,Ports,Haulage,Air Cargo,Parcel,Cold Chain}'),
		('Software', '{Systems,Analytics,Cloud,Interactive,Networks,Security,Data,Platforms,Games,Signals}'),
		('Energy', '{Energy,Solar,Wind,Utilities,Grid,Pipelines,Hydro,Batteries,Heating,Renewables}'),
		('Media', '{Publishing,Studios,Broadcasting,Press,Pictures,Music,Events,Magazines,Advertising,Radio}'),
		('Education', '{Academy,College,Learning,Schools,Institute,Training,University Press,Tutors,Campus,Library Services}'),
		('Professional Services',
		 '{Consulting,Legal,Architects,Engineering,Accounting,Recruiting,Surveyors,Translations,Facilities,Design}'))
		AS i(industry, words),
		unnest(i.words::text[]) WITH ORDINALITY AS w(word, n)
), shuffled AS MATERIALIZED (
	SELECT row_number() OVER (ORDER BY dice('company ' || f.word || ' ' || s.word, 1000000000),
	                                   f.n, s.word COLLATE "C")::integer AS company,
	       f.word || ' ' || s.word AS brand, s.industry, dice('land ' || f.word || ' ' || s.word, 100) AS roll
	FROM   first_word f CROSS JOIN second_word s
), placed AS (
	SELECT c.*, l.country, l.region, l.tlds::text[], l.forms::text[],
	       replace(lower(c.brand COLLATE "C"), ' ', CASE WHEN dice('hyphen ' || c.company, 4) = 0 THEN '-' ELSE '' END) AS label
	FROM   shuffled c JOIN land l ON c.roll >= l.low AND c.roll < l.high
)
SELECT company, brand, industry, country, region,
       brand || forms[1 + dice('form ' || company, cardinality(forms))] AS name,
       label || '.' || tlds[1 + dice('tld ' || company, cardinality(tlds))] AS host,
       NULL::text AS host_in_ascii
FROM   placed;
CREATE UNIQUE INDEX ON company (company);
CREATE UNIQUE INDEX ON company (host);

-- A dozen whose names are not ASCII; one side writes them so, the other not.
UPDATE company c
SET    brand = v.brand, name = v.name, host = v.host, host_in_ascii = v.host_in_ascii, country = v.country,
       region = v.region, industry = v.industry
FROM  (VALUES
	( 21, 'Bücherwald', 'Bücherwald Verlag GmbH',
		'bücherwald.de', 'xn--bcherwald-q9a.de', 'DE', 'Europe', 'Media'),
	(105, 'Süd-Mühlen', 'Süd-Mühlen AG',
		'süd-mühlen.de', 'xn--sd-mhlen-65ad.de', 'DE', 'Europe', 'Manufacturing'),
	(213, 'Ørsund Shipping', 'Ørsund Shipping A/S',
		'ørsund.dk', 'xn--rsund-uua.dk', 'DK', 'Europe', 'Logistics'),
	(340, 'Étoile Logistique', 'Étoile Logistique SAS',
		'étoile-logistique.fr', 'xn--toile-logistique-9pb.fr', 'FR', 'Europe', 'Logistics'),
	(455, 'Älvdal Energi', 'Älvdal Energi AB',
		'älvdal-energi.se', 'xn--lvdal-energi-fcb.se', 'SE', 'Europe', 'Energy'),
	(561, 'São Bento Alimentos', 'São Bento Alimentos Ltda.',
		'são-bento.com.br', 'xn--so-bento-rza.com.br', 'BR', 'Latin America', 'Retail'),
	(678, 'さくら物流', '株式会社さくら物流',
		'さくら物流.jp', 'xn--y8jl1nk50vtnf.jp', 'JP', 'Asia Pacific', 'Logistics'),
	(789, 'Łąka Foods', 'Łąka Foods sp. z o.o.',
		'łąka-foods.pl', 'xn--ka-foods-h8a32d.pl', 'PL', 'Europe', 'Retail'),
	(890, 'Zürichsee Systeme', 'Zürichsee Systeme AG',
		'zürichsee-systeme.ch', 'xn--zrichsee-systeme-jzb.ch', 'CH', 'Europe', 'Software'),
	(987, 'Peña Norte', 'Peña Norte S.L.',
		'peña-norte.es', 'xn--pea-norte-m6a.es', 'ES', 'Europe', 'Professional Services'),
	(2100, 'Smørebrød Kæden', 'Smørebrød Kæden ApS',
		'smørebrød-kæden.dk', 'xn--smrebrd-kden-fdb8ve.dk', 'DK', 'Europe', 'Retail'),
	(2200, 'Québec Textile', 'Québec Textile inc.',
		'québec-textile.ca', 'xn--qubec-textile-chb.ca', 'CA', 'North America', 'Manufacturing'))
	AS v(company, brand, name, host, host_in_ascii, country, region, industry)
WHERE  c.company = v.company;

-- ---------------------------------------------------------------------------
-- Deals
-- ---------------------------------------------------------------------------

-- How each deal was driven is drawn first; the rest follows from it.
CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH drawn AS (
	SELECT i, '2023-10-01'::date + CASE WHEN dice('growth ' || i, 3) = 0
	                                    THEN greatest(dice('day ' || i, 1096), dice('later ' || i, 1096))
	                                    ELSE dice('day ' || i, 1096) END AS day,
	       dice('driven ' || i, 1000) AS driven,
	       dice('type ' || i, 100) AS type_roll
	FROM   generate_series(1, 1200) i
), typed AS (
	SELECT i, day, office_time(day, 'open ' || i) AS opened_at,
	       CASE WHEN type_roll < 66 THEN 'new' WHEN type_roll < 88 THEN 'expansion' ELSE 'renewal' END AS type,
	       -- led deals are designed, and there are more of them every year
	       driven, CASE WHEN day < '2024-10-01' THEN 25 WHEN day < '2025-10-01' THEN 55 ELSE 95 END AS led
	FROM   drawn
), classed AS (
	SELECT i, day, opened_at, type,
	       CASE WHEN driven < led THEN 'led' WHEN driven < led + 400 THEN 'involved' WHEN driven < led + 490 THEN 'covered'
	            WHEN driven < led + 530 THEN 'unproven' ELSE 'direct' END AS class
	FROM   typed
), sold AS (
	SELECT *, class = 'led' OR class = 'involved' AND dice('co-sell ' || i, 100) < 30 AS co_sell FROM classed
), paced AS (
	SELECT *,
	       greatest(21, (30 + dice('a ' || i, 100) * dice('b ' || i, 260) / 100 + dice('c ' || i, 60))
	                    * CASE WHEN class = 'led' THEN 70 WHEN co_sell THEN 78 WHEN class = 'involved' THEN 96 ELSE 100 END
	                    * CASE type WHEN 'new' THEN 105 WHEN 'expansion' THEN 85 ELSE 70 END / 10000) AS days,
	       CASE WHEN class = 'led' THEN 590 WHEN co_sell THEN 450 WHEN class = 'involved' THEN 320 ELSE 290 END
	       + CASE type WHEN 'new' THEN -20 WHEN 'expansion' THEN 20 ELSE 90 END AS chance,
	       dice('size ' || i, 1000) AS size
	FROM   sold
), priced AS (
	SELECT *,
	       -- cents: most deals are small, a few are not
	       (CASE WHEN size < 250 THEN  400000 + dice('amount ' || i,  1100000)
	             WHEN size < 600 THEN 1500000 + dice('amount ' || i,  2500000)
	             WHEN size < 860 THEN 4000000 + dice('amount ' || i,  5000000)
	             WHEN size < 970 THEN 9000000 + dice('amount ' || i, 13000000)
	             ELSE                22000000 + dice('amount ' || i, 26000000) END::bigint
	        * CASE WHEN class = 'led' THEN 138 WHEN co_sell THEN 130 WHEN class = 'involved' THEN 106 ELSE 100 END
	        * CASE type WHEN 'new' THEN 100 WHEN 'expansion' THEN 80 ELSE 90 END / 10000) AS cents,
	       office_time(day + days, 'close ' || i) AS close_at
	FROM   paced
)
SELECT row_number() OVER (ORDER BY opened_at, i)::integer AS deal, i, class, type, co_sell, cents, opened_at,
       CASE WHEN close_at < '2026-10-01 00:00+00' THEN close_at END AS closed_at,
       CASE WHEN close_at >= '2026-10-01 00:00+00' THEN 'open'
            WHEN dice('won ' || i, 1000) < chance THEN 'won' ELSE 'lost' END AS outcome,
       NULL::integer AS company
FROM   priced;
CREATE UNIQUE INDEX ON plan (deal);

-- Companies 1 to 330 were customers before; every new deal that is won adds
-- one, every new deal that is open has a company of its own.
UPDATE plan p SET company = 330 + n.n
FROM  (SELECT deal, row_number() OVER (ORDER BY outcome COLLATE "C" DESC, deal) AS n
       FROM plan WHERE type = 'new' AND outcome IN ('won', 'open')) n
WHERE  p.deal = n.deal;

-- Lost new deals: prospects, some of them customers by a later deal.
UPDATE plan p
SET    company = coalesce(
	(SELECT w.company
	 FROM   plan w
	 WHERE  w.type = 'new' AND w.outcome IN ('won', 'open') AND w.opened_at > p.closed_at
	 AND    dice('again ' || p.deal, 100) < 15
	 ORDER  BY dice('again ' || p.deal || ' ' || w.deal, 1000000), w.deal LIMIT 1),
	taken.n + 1 + dice('prospect ' || p.deal, 1970 - taken.n))
FROM  (SELECT max(company) AS n FROM plan) taken
WHERE  p.type = 'new' AND p.outcome = 'lost';

-- Expansions and renewals: whoever has been a customer for two months.
UPDATE plan p SET company = c.company
FROM  (SELECT e.deal, (SELECT array_agg(s.company ORDER BY s.company)
                       FROM  (SELECT generate_series(1, 330) AS company
                              UNION ALL
                              SELECT w.company FROM plan w
                              WHERE  w.type = 'new' AND w.outcome = 'won'
                              AND    w.closed_at < e.opened_at - interval '60 days') s) AS companies
       FROM   plan e WHERE e.type <> 'new') e,
       LATERAL (SELECT e.companies[1 + dice('customer ' || e.deal, cardinality(e.companies))] AS company) c
WHERE  p.deal = e.deal;

-- Our records of the companies, numbered in an order that tells nothing.
CREATE TEMP TABLE ours ON COMMIT DROP AS
SELECT record,
       'A' || lpad(row_number() OVER (ORDER BY dice('account ' || record, 1000000000), record)::text, 4, '0') AS account_id,
       CASE WHEN record > 1970 THEN (record - 1970) * 61 ELSE record END AS company,
       dice('website ' || record, 1000) AS roll
FROM   generate_series(1, 2000) record;

INSERT INTO account
SELECT o.account_id,
       CASE WHEN o.record > 1970 THEN c.brand
            WHEN dice('shout ' || o.record, 40) = 0 THEN upper(c.name COLLATE "C") ELSE c.name END,
       website(CASE WHEN dice('ascii ' || o.record, 2) = 0 THEN coalesce(c.host_in_ascii, c.host) ELSE c.host END,
               f.form, f.shout),
       CASE WHEN dice('country ' || o.record, 25) > 0 THEN c.country END,
       c.industry, c.region,
       CASE WHEN o.record > 1970 THEN 'prospect'
            WHEN c.company <= 330 OR 'won' = d.outcome THEN 'customer'
            WHEN 'open' = d.outcome THEN 'open_opportunity' ELSE 'prospect' END
FROM   ours o JOIN company c USING (company)
       JOIN website_form f ON o.roll >= f.low AND o.roll < f.high
       LEFT JOIN plan d ON d.company = c.company AND d.type = 'new' AND d.outcome <> 'lost'
ORDER  BY o.account_id COLLATE "C";

INSERT INTO deal
SELECT 'D' || lpad(p.deal::text, 4, '0'), o.account_id,
       c.brand || ': ' || (ARRAY['Data Hub', 'Insight', 'Flow', 'Guard', 'Connect'])[1 + dice('product ' || p.deal, 5)]
       || CASE p.type WHEN 'expansion' THEN ' expansion' WHEN 'renewal' THEN ' renewal ' || extract(year FROM p.opened_at)
                      ELSE '' END,
       p.type, p.cents * 0.01, p.opened_at, p.closed_at, p.outcome, p.co_sell, c.region
FROM   plan p JOIN company c USING (company) JOIN ours o ON o.record = p.company
ORDER  BY p.deal;

-- ---------------------------------------------------------------------------
-- Partners, their roles and touches
-- ---------------------------------------------------------------------------

-- pull: how often a partner appears on deals; records: the size of its list;
-- ours: how much of that list, in percent, we have too.
CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT *, 'P' || lpad(n::text, 2, '0') AS partner_id
FROM  (VALUES
	( 1, 'Stratum Cloud',           'technology', 'Global',        '2022-03-14'::date, 1000, 2500, 33),
	( 2, 'Ledgerline ERP',          'technology', 'Global',        '2022-05-02',  900, 1800, 31),
	( 3, 'Hartwell & Pryce',        'services',   'Global',        '2022-06-20',  960, 1350, 36),
	( 4, 'Copperfield Resale',      'channel',    'North America', '2022-09-12',  800, 1050, 34),
	( 5, 'Segmenta',                'technology', 'Global',        '2022-11-07',  640,  850, 35),
	( 6, 'Nordwind Beratung',       'services',   'Europe',        '2023-01-16',  720,  700, 38),
	( 7, 'Brightdesk',              'technology', 'North America', '2023-02-27',  500,  580, 33),
	( 8, 'Atelier Conseil',         'services',   'Europe',        '2023-04-03',  560,  490, 38),
	( 9, 'Pacific Rim Distribution', 'channel',   'Asia Pacific',  '2023-05-22',  620,  420, 36),
	(10, 'Signaldeck',              'technology', 'Global',        '2023-06-12',  380,  360, 33),
	(11, 'Kingsbridge Partners',    'services',   'Europe',        '2023-09-04',  420,  310, 39),
	(12, 'Verdant Data',            'technology', 'Global',        '2023-10-23',  300,  270, 34),
	(13, 'Canal Street Resale',     'channel',    'Europe',        '2023-11-13',  330,  235, 37),
	(14, 'Mesa Integrators',        'services',   'North America', '2024-01-29',  300,  205, 40),
	(15, 'Formstack Nine',          'technology', 'North America', '2024-02-19',  200,  175, 34),
	(16, 'Austral Software Group',  'channel',    'Latin America', '2024-04-08',  330,  150, 40),
	(17, 'Tessellate',              'technology', 'Europe',        '2024-06-03',  150,  125, 34),
	(18, 'Greywater Advisory',      'services',   'North America', '2024-08-26',  170,  105, 41),
	(19, 'Polder IT',               'channel',    'Europe',        '2024-10-14',  140,   88, 40),
	(20, 'Lanternfish AI',          'technology', 'Global',        '2025-01-20',  120,   72, 35),
	(21, 'Sakura Systems Kaihatsu', 'services',   'Asia Pacific',  '2025-03-10',  130,   55, 42),
	(22, 'Inkwell Sign',            'technology', 'Global',        '2025-06-16',   80,   42, 36),
	(23, 'Baltic Bridge',           'channel',    'Europe',        '2025-11-03',   70,   30, 40),
	(24, 'Orrery Labs',             'technology', 'Global',        '2026-04-20',   60,   20, 40))
	AS m(n, name, type, region, signed_at, pull, records, ours);

INSERT INTO partner SELECT partner_id, name, type, region, signed_at FROM member ORDER BY n;

-- Who is on a deal, in order of importance: those signed by then, and rather
-- those of the deal's region.
CREATE TEMP TABLE present ON COMMIT DROP AS
SELECT deal, class, type, co_sell, opened_at, end_day, days, open_days, place, partner_id, partner_type, partners
FROM  (SELECT q.*, p.class, p.type, p.co_sell, p.opened_at,
              coalesce(p.closed_at, '2026-10-01 00:00+00')::date AS end_day,
              coalesce(p.closed_at, '2026-10-01 00:00+00')::date - p.opened_at::date AS days,
              CASE WHEN p.closed_at IS NULL THEN '2026-10-01'::date - p.opened_at::date END AS open_days,
              least(count(*) OVER (PARTITION BY q.deal),
                    CASE p.class WHEN 'led' THEN 2 + dice('partners ' || q.deal, 3)
                                 WHEN 'involved' THEN (ARRAY[1,1,1,2,2,2,2,3,3,4])[1 + dice('partners ' || q.deal, 10)]
                                 ELSE 1 + dice('partners ' || q.deal, 3) / 2 END) AS partners
       FROM  (SELECT p.deal, m.partner_id, m.type AS partner_type,
                     row_number() OVER (PARTITION BY p.deal
                                        ORDER BY m.pull * 1000000::bigint
                                                 * CASE m.region WHEN d.region THEN 6 WHEN 'Global' THEN 3 ELSE 1 END
                                                 / (1 + dice('present ' || p.deal || ' ' || m.n, 1000000)) DESC, m.n) AS place
              FROM   plan p JOIN deal d ON d.deal_id = 'D' || lpad(p.deal::text, 4, '0')
                     JOIN member m ON m.signed_at < p.opened_at::date - 180
              WHERE  p.class <> 'direct') q
              JOIN plan p USING (deal)) q
WHERE  place <= partners;
CREATE INDEX ON present (deal, place);

-- The four axes of each touched deal: on (evidence in time), late, none.
CREATE TEMP TABLE axes ON COMMIT DROP AS
WITH rolled AS (
	SELECT deal, class, co_sell, opened_at, days, partners, days >= 21 AS has_time,
	       dice('sourcing ' || deal, 100) AS s, dice('selection ' || deal, 100) AS l,
	       dice('motion ' || deal, 100) AS m, dice('intent ' || deal, 100) AS t
	FROM   present WHERE place = 1 AND class IN ('led', 'involved')
), drawn AS (
	SELECT *,
	       CASE WHEN class = 'led' THEN 'on' WHEN s < CASE WHEN co_sell THEN 38 ELSE 24 END THEN 'on'
	            WHEN s < CASE WHEN co_sell THEN 55 ELSE 34 END THEN 'late' ELSE 'none' END AS sourcing,
	       CASE WHEN class = 'led' THEN 'on' WHEN l < CASE WHEN co_sell THEN 32 ELSE 7 END THEN 'on'
	            WHEN l < CASE WHEN co_sell THEN 50 ELSE 14 END THEN 'late' ELSE 'none' END AS selection,
	       CASE WHEN class = 'led' THEN 'on' WHEN m < CASE WHEN co_sell THEN 80 ELSE 9 END THEN 'on'
	            WHEN m < CASE WHEN co_sell THEN 100 ELSE 24 END THEN 'late' ELSE 'none' END AS motion,
	       CASE WHEN class = 'led' THEN 'on' WHEN t < CASE WHEN co_sell THEN 25 ELSE 4 END THEN 'on'
	            WHEN t < CASE WHEN co_sell THEN 70 ELSE 10 END THEN 'late' ELSE 'none' END AS intent
	FROM   rolled
)
SELECT deal, class, co_sell, opened_at, opened_at::date AS day, days, partners,
       -- a deal opened a few days ago has had no time to be late
       CASE WHEN sourcing = 'late' AND NOT has_time THEN 'none' ELSE sourcing END AS sourcing,
       CASE WHEN selection = 'late' AND NOT has_time THEN 'none' ELSE selection END AS selection,
       CASE WHEN motion = 'late' AND NOT has_time THEN 'none' ELSE motion END AS motion,
       -- and by chance alone no deal is led
       CASE WHEN class <> 'led' AND (sourcing, selection, motion, intent) = ('on', 'on', 'on', 'on') THEN 'none'
            WHEN intent = 'late' AND NOT has_time THEN 'none' ELSE intent END AS intent,
       has_time
FROM   drawn;
CREATE UNIQUE INDEX ON axes (deal);

-- Roles.  The first partner sources or sells along, the others help.
INSERT INTO deal_partner
SELECT 'D' || lpad(deal::text, 4, '0'), partner_id, role,
       row_number() OVER (PARTITION BY deal ORDER BY place, priority) = 1
FROM  (SELECT p.deal, p.partner_id, p.place, 1 AS priority, 'sourcing' AS role
       FROM   present p JOIN axes a USING (deal) WHERE p.place = 1 AND a.sourcing <> 'none'
       UNION ALL
       SELECT p.deal, p.partner_id, p.place, 2, 'co_sell'
       FROM   present p
       WHERE  p.co_sell AND p.place = CASE WHEN p.partners > 1 AND dice('seller ' || p.deal, 100) < 45 THEN 2 ELSE 1 END
       UNION ALL
       SELECT p.deal, p.partner_id, p.place, 3,
              CASE WHEN p.partner_type = 'technology' OR dice('role ' || p.deal || p.partner_id, 100) < 25
                   THEN 'technical' ELSE 'influencing' END
       FROM   present p LEFT JOIN axes a USING (deal)
       WHERE  p.class IN ('led', 'involved')
              AND (p.place > 1 OR a.sourcing = 'none' AND NOT p.co_sell OR dice('also ' || p.deal, 100) < 25)
       OR     p.class = 'unproven' AND dice('tagged ' || p.deal, 100) < 60) r
ORDER  BY deal, place, priority;

-- Touches that make a deal what it is.  Three days before the opening at least,
-- since what falls on a weekend moves to Monday.
CREATE TEMP TABLE event ON COMMIT DROP AS
WITH seller AS (
	SELECT p.deal, min(p.partner_id) AS partner_id
	FROM   present p JOIN deal_partner r ON r.deal_id = 'D' || lpad(p.deal::text, 4, '0') AND r.partner_id = p.partner_id
	WHERE  r.role = 'co_sell'
	GROUP  BY p.deal
), lead AS (
	SELECT a.*, p.partner_id AS first_partner, coalesce(s.partner_id, p.partner_id) AS seller
	FROM   axes a JOIN present p ON p.deal = a.deal AND p.place = 1 LEFT JOIN seller s ON s.deal = a.deal
)
SELECT deal, first_partner AS partner_id, 1 AS n,
       (ARRAY['referral', 'partner_introduction', 'partner_introduction', 'deal_registration', 'overlap_signal',
              'overlap_signal'])[1 + dice('source ' || deal, 6)] AS kind,
       CASE WHEN sourcing = 'on' THEN day - 3 - dice('sourced ' || deal, 60)
            WHEN dice('too early ' || deal, 3) = 0 THEN day - 95 - dice('sourced ' || deal, 80)
            ELSE day + 3 + dice('sourced ' || deal, 15) END AS day
FROM   lead WHERE sourcing <> 'none'
UNION ALL
SELECT deal, first_partner, 2, (ARRAY['joint_target_list', 'account_selection'])[1 + dice('select ' || deal, 2)],
       CASE WHEN selection = 'on' THEN day - 3 - dice('selected ' || deal, 90) ELSE day + 3 + dice('selected ' || deal, 15) END
FROM   lead WHERE selection <> 'none'
UNION ALL
SELECT deal, seller, 3, (ARRAY['joint_pitch', 'joint_call', 'joint_demo', 'shared_deal_review'])[1 + dice('move ' || deal, 4)],
       CASE WHEN motion = 'on' AND has_time THEN day + 1 + dice('moved ' || deal, 11) WHEN motion = 'on' THEN day - 3
            ELSE day + 17 + dice('moved ' || deal, least(days - 18, 40)) END
FROM   lead WHERE motion <> 'none'
UNION ALL
SELECT deal, seller, 4,
       CASE WHEN dice('intend ' || deal, 5) = 0 AND NOT co_sell THEN 'ecosystem_designation' ELSE 'co_sell_plan' END,
       CASE WHEN intent = 'on' THEN day - 3 - dice('intended ' || deal, 40) ELSE day + 3 + dice('intended ' || deal, 15) END
FROM   lead WHERE intent <> 'none'
UNION ALL
-- one plain touch makes it involved
SELECT deal, first_partner, 5,
       (ARRAY['reference', 'integration_mention', 'case_study', 'pricing_call', 'co_marketing_event'])[1 + dice('plain ' || deal, 5)],
       CASE WHEN has_time THEN day + dice('plainly ' || deal, days - 3) ELSE day - 4 - dice('plainly ' || deal, 20) END
FROM   lead
UNION ALL
SELECT p.deal, p.partner_id, 10 + p.place, CASE WHEN p.partner_type = 'technology' THEN 'integration_present' ELSE 'overlap' END,
       p.opened_at::date - 20 + dice('covered ' || p.deal, p.days + 20)
FROM   present p WHERE p.class = 'covered'
UNION ALL
SELECT p.deal, p.partner_id, 20 + n,
       (ARRAY['reference', 'integration_mention', 'case_study', 'pricing_call'])[1 + dice('unproven ' || p.deal || ' ' || n, 4)],
       CASE WHEN p.open_days IS NULL AND p.end_day < '2026-07-01' AND dice('noticed ' || p.deal || ' ' || n, 2) = 0
            THEN p.end_day + 3 + dice('noticed ' || p.deal || ' ' || n, 50) END
FROM   present p, generate_series(1, 2) n WHERE p.class = 'unproven' AND p.place = 1;

-- And as many ordinary ones as make 6,000: none of them changes a class.
INSERT INTO event
SELECT deal, partner_id, 100 + n, kind,
       CASE WHEN dice('undated ' || key, 100) < 4 THEN NULL
            WHEN motion THEN day + 17 + dice('when ' || key, days - 17)
            WHEN closed AND end_day < '2026-07-01' AND dice('after ' || key, 100) < 4 THEN end_day + 3 + dice('when ' || key, 60)
            ELSE day - 30 + dice('when ' || key, 28 + days) END
FROM  (SELECT *, sells AND roll < 22 AS motion,
              CASE WHEN sells AND roll < 22
                   THEN (ARRAY['joint_call', 'shared_deal_review', 'joint_demo', 'shared_deal_review'])[1 + dice('again ' || key, 4)]
                   WHEN roll < 36 THEN 'reference' WHEN roll < 52 THEN 'integration_mention' WHEN roll < 64 THEN 'case_study'
                   WHEN roll < 75 THEN 'pricing_call' WHEN roll < 84 THEN 'integration_demo'
                   WHEN roll < 91 THEN 'co_marketing_event' WHEN roll < 96 THEN 'integration_present' ELSE 'overlap' END AS kind
       FROM  (SELECT a.deal, a.day, a.days, p.end_day, p.open_days IS NULL AS closed, p.partner_id, n, key,
                     a.motion <> 'none' AND a.days > 18 AS sells, dice('filler ' || key, 100) AS roll
              FROM   axes a, generate_series(1, 18) n,
                     LATERAL (SELECT a.deal || ' ' || n AS key) k,
                     LATERAL (SELECT 1 + dice('who ' || key, a.partners::integer) AS place) w
                     JOIN present p ON p.place = w.place
              WHERE  p.deal = a.deal AND (a.class = 'led' OR a.co_sell OR n <= 12)
              ORDER  BY dice('keep ' || key, 1000000000), a.deal, n
              LIMIT  6000 - (SELECT count(*) FROM event)) f) f;

INSERT INTO touch
SELECT 'T' || lpad(row_number() OVER (ORDER BY occurred_at, deal, n)::text, 5, '0'), 'D' || lpad(deal::text, 4, '0'),
       partner_id, kind, occurred_at,
       CASE WHEN kind IN ('referral', 'partner_introduction', 'deal_registration', 'co_sell_plan') THEN 3.0
            WHEN kind IN ('joint_pitch', 'joint_demo', 'joint_target_list', 'account_selection') THEN 2.0
            WHEN kind IN ('integration_mention', 'integration_present', 'overlap') THEN 0.5 ELSE 1.0 END
FROM  (SELECT e.*, office_time(e.day, 'touch ' || e.deal || ' ' || e.n) AS occurred_at FROM event e) e
ORDER  BY 1;

INSERT INTO co_sell_plan
SELECT 'C' || lpad(row_number() OVER (ORDER BY touch_id)::text, 3, '0'), deal_id, partner_id, occurred_at
FROM   touch WHERE kind = 'co_sell_plan' ORDER BY touch_id;

-- ---------------------------------------------------------------------------
-- What partners share
-- ---------------------------------------------------------------------------

-- Mostly companies a partner was on a deal for, then others we have, then
-- companies we do not have; one in sixty twice.
CREATE TEMP TABLE shared ON COMMIT DROP AS
WITH together AS (
	SELECT DISTINCT r.partner_id, p.company FROM deal_partner r JOIN plan p ON r.deal_id = 'D' || lpad(p.deal::text, 4, '0')
), known AS (
	SELECT *, row_number() OVER (PARTITION BY n ORDER BY score, company) AS place
	FROM  (SELECT m.n, m.partner_id, c.company, t.company IS NOT NULL AS together, m.records * m.ours / 100 AS wanted,
	              CASE WHEN t.company IS NOT NULL AND dice('shared ' || m.n || ' ' || c.company, 100) < 88 THEN 0
	                   ELSE (1 + dice('shared ' || m.n || ' ' || c.company, 1000)) * CASE WHEN c.company <= 600 THEN 2 ELSE 3 END
	                        * CASE WHEN m.region IN (c.region, 'Global') THEN 2 ELSE 5 END END AS score
	       FROM   member m CROSS JOIN company c LEFT JOIN together t ON t.partner_id = m.partner_id AND t.company = c.company
	       WHERE  c.company <= 1970) k
), strange AS (
	SELECT m.n, m.partner_id, c.company,
	       row_number() OVER (PARTITION BY m.n ORDER BY dice('strange ' || m.n || ' ' || c.company, 1000000), c.company) AS place,
	       m.records - m.records / 60 - m.records * m.ours / 100 AS wanted
	FROM   member m CROSS JOIN company c WHERE c.company > 1970 AND dice('reach ' || m.n || ' ' || c.company, 7030) < m.records
), listed AS (
	SELECT n, partner_id, company, together FROM known WHERE place <= wanted
	UNION ALL
	SELECT n, partner_id, company, false FROM strange WHERE place <= wanted
)
SELECT n, partner_id, company, together, 1 AS copy, dice('website ' || n || ' ' || company, 1000) AS roll FROM listed
UNION ALL
(SELECT n, partner_id, company, together, 2, dice('website again ' || n || ' ' || company, 1000)
 FROM  (SELECT l.*, m.records,
               row_number() OVER (PARTITION BY l.n ORDER BY dice('twice ' || l.n || ' ' || l.company, 1000000), l.company) AS place
        FROM listed l JOIN member m USING (n, partner_id)) t
 WHERE  place <= records / 60);

INSERT INTO partner_account
SELECT s.partner_id,
       'R' || lpad(row_number() OVER (PARTITION BY s.n ORDER BY dice('record ' || s.n || ' ' || s.company || ' ' || s.copy, 1000000000),
                                                                s.company, s.copy)::text, 5, '0'),
       (ARRAY[upper(c.brand COLLATE "C"), upper(c.name COLLATE "C"), c.brand, c.brand, c.brand,
              c.name, c.name, c.name, c.name, c.name])
           [1 + dice('name ' || s.n || ' ' || s.company || ' ' || s.copy, 10)],
       website(CASE WHEN dice('ascii ' || s.n || ' ' || s.company, 2) = 0 THEN coalesce(c.host_in_ascii, c.host)
                    ELSE c.host END, f.form, f.shout),
       CASE WHEN dice('country ' || s.n || ' ' || s.company, 12) > 0 THEN c.country END,
       CASE WHEN population < CASE WHEN s.together THEN 75 ELSE 52 END THEN 'customer'
            WHEN population < CASE WHEN s.together THEN 90 ELSE 66 END THEN 'open_opportunity' ELSE 'prospect' END
FROM  (SELECT *, dice('population ' || n || ' ' || company, 100) AS population FROM shared) s
       JOIN company c USING (company)
       JOIN website_form f ON s.roll >= f.low AND s.roll < f.high
ORDER  BY 1, 2;

-- ---------------------------------------------------------------------------
-- Money out, money in
-- ---------------------------------------------------------------------------

INSERT INTO investment
SELECT period::date, kind, cents * 0.01, partner_id
FROM  (SELECT month, 'team' AS kind, 2200000::bigint + 110000 * (month / 3) + dice('team ' || month, 90000) AS cents,
              NULL AS partner_id
       FROM   generate_series(0, 35) month
       UNION ALL
       SELECT month, 'technology', 450000 + 60000 * (month / 12) + dice('technology ' || month, 20000), NULL
       FROM   generate_series(0, 35) month
       UNION ALL
       SELECT month, 'events', 1200000 + dice('events ' || month, 1800000), NULL FROM generate_series(1, 35, 4) month
       UNION ALL
       SELECT month, 'incentives', m.pull * 150 + dice('incentives ' || month || ' ' || m.n, 90000), m.partner_id
       FROM   generate_series(2, 35, 3) month, member m
       WHERE  m.n <= 16 AND m.signed_at < '2023-10-01'::date + make_interval(months => month)) i,
       LATERAL (SELECT '2023-10-01'::date + make_interval(months => month) AS period) p
ORDER  BY 1, 2, 4;

INSERT INTO ecosystem_return
SELECT date_trunc('month', d.closed_at, 'UTC')::date,
       CASE d.type WHEN 'new' THEN 'acquired' WHEN 'expansion' THEN 'expanded' ELSE 'retained' END,
       CASE d.type WHEN 'renewal' THEN round(d.amount * 0.20, 2) ELSE d.amount END, d.deal_id
FROM   deal d
WHERE  d.outcome = 'won'
AND    EXISTS (SELECT FROM touch t
               WHERE  t.deal_id = d.deal_id AND t.occurred_at <= d.closed_at
               AND    t.kind NOT IN ('integration_present', 'overlap'))
ORDER  BY d.closed_at, d.deal_id;

-- The partner program: plays, registrations, subscriptions, surveys ...
\ir crm_program.sql

DROP FUNCTION dice, office_time, website;

COMMIT;

VACUUM ANALYZE crm.account, crm.partner, crm.partner_account, crm.deal, crm.deal_partner, crm.touch, crm.co_sell_plan,
               crm.investment, crm.ecosystem_return, crm.plan_milestone, crm.split_policy, crm.touch_kind, crm.joint_solution,
               crm.overlap_event, crm.play, crm.play_run, crm.lead_exchange, crm.deal_registration, crm.partner_activity,
               crm.contact, crm.team_hours, crm.channel_spend, crm.deal_history, crm.integration_use, crm.subscription, crm.survey;
