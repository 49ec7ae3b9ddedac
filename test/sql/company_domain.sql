-- company_domain: what an analyst reads: errors, plans, other encodings.
SET search_path = ecosystem;

-- errors
SELECT 'localhost'::company_domain;
SELECT 'n/a'::company_domain;
SELECT ''::company_domain;
SELECT 'github.io'::text::company_domain;
SELECT 'co.uk'::text::company_domain;
SELECT 'acme.con'::text::company_domain;
SELECT 'jane@gmail.com'::company_domain;
SELECT 'jane@mailinator.com'::company_domain;
SELECT 'http://www.example.com/'::company_domain;
SELECT '10.0.0.1'::company_domain;
SELECT (repeat('a very long website indeed ', 100))::company_domain;
SELECT company_domain('https://www.facebook.com/acme');
SELECT 'acme.com'::company_domain = 'acme.com'::text;

-- the problems of a column
SELECT company_domain_problem(website) AS problem, count(*), min(website) AS for_example
FROM  (VALUES ('https://acme.com'), ('www.beta.io/en'), (NULL), ('  '), ('n/a'), ('unknown'), ('jane@gmail.com'),
              ('facebook.com/acme'), ('acme.con'), ('192.168.0.1')) AS account (website)
GROUP  BY 1 ORDER BY 1;

-- a column of domains
CREATE TABLE account (id int, website text,
	domain company_domain GENERATED ALWAYS AS (to_company_domain(website)) STORED);
INSERT INTO account (id, website) VALUES (1, 'https://www.acme.co.uk/about'), (2, 'Bücher.de'), (3, 'none');
CREATE UNIQUE INDEX ON account (domain);
INSERT INTO account (id, website) VALUES (4, 'shop.acme.co.uk');
TABLE account ORDER BY id;
SELECT id FROM account WHERE domain = 'xn--bcher-kva.de';
EXPLAIN (COSTS OFF) SELECT FROM account a JOIN account b ON a.domain = b.domain AND a.id <> b.id;

-- a row that a newer list reads otherwise
CREATE TABLE restored (domain company_domain PRIMARY KEY);
COPY restored FROM stdin;
acme.com
shop.acme.com
github.io
acme.abarthx
\.
SELECT domain, to_company_domain(domain::text) AS recomputed, company_domain_problem(domain::text) AS problem
FROM   restored WHERE NOT company_domain_is_current(domain) ORDER BY domain;
COPY restored FROM stdin;
not a domain
\.
DROP TABLE account, restored;

-- other encodings of the database
SELECT current_database() AS regression \gset
CREATE DATABASE company_domain_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c company_domain_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT to_company_domain(site) AS domain, registrable_domain(site) AS registrable, company_domain_problem(site) AS problem
FROM  (VALUES ('BÜCHER.de'), ('www.straße.de'), (U&'\00B5-x.de'), (U&'\00A0acme.com'), ('acme.de/ü')) AS v (site);
SELECT company_domain_problem(repeat('ü', 100000));
SELECT 'jö@straße.d'::text::company_domain;
\c :regression
DROP DATABASE company_domain_latin1;

CREATE DATABASE company_domain_eucjp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c company_domain_eucjp
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT to_company_domain(site) AS domain, registrable_domain(site) AS registrable
FROM  (VALUES ('例え。jp'), ('ｗｗｗ．ａｃｍｅ．ｃｏ．ｊｐ')) AS v (site);
\c :regression
DROP DATABASE company_domain_eucjp;

-- in SQL_ASCII bytes are what they are: UTF-8, or no domain
CREATE DATABASE company_domain_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c company_domain_ascii
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
SELECT to_company_domain(site) AS domain, company_domain_problem(site) AS problem, registrable_domain(site) IS NULL AS no_host
FROM  (VALUES (E'b\xc3\xbc' || 'cher.de'), (E'b\xfc' || 'cher.de'), (E'acme\xff.com'), (E'\xe4\xbe.com'), (E'acme.com/\xff'),
              (E'\xc2')) AS v (site);
\c :regression
DROP DATABASE company_domain_ascii;
