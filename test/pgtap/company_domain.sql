-- company_domain: the reading of websites, the type, its operators.
BEGIN;
SET search_path = ecosystem, public;
SET client_encoding = 'UTF8';
SELECT no_plan();

-- A description must stay on its line.
CREATE FUNCTION pg_temp.shown(value text) RETURNS text
	RETURN left(replace(to_json(value)::text, '#', '\#'), 60);

-- The edge cases of the specification, and more of their kind

CREATE TEMP TABLE edge (input text, domain text, problem text);
INSERT INTO edge VALUES
	('  HTTPS://WWW.Acme.COM.:443/p?q#f ', 'acme.com', NULL),
	('http://u:p@ss@acme.com:8080/', 'acme.com', NULL),
	('acme.com.', 'acme.com', NULL),
	('%61cme.com', 'acme.com', NULL),
	('http//acme.com', 'acme.com', NULL),
	('http://acme.com\@evil.com', 'acme.com', NULL),
	('acme.com..', NULL, 'not_a_host'),
	('.acme.com', NULL, 'not_a_host'),
	('-acme.com', NULL, 'not_a_host'),
	('acme-.com', NULL, 'not_a_host'),
	('acme_b.com', NULL, 'not_a_host'),
	('acme .com', NULL, 'not_a_host'),
	('acme,com', NULL, 'not_a_host'),
	('', NULL, 'empty'),
	('  ', NULL, 'empty'),
	(E' \t\r\n\x0b\f\x01\x7f', NULL, 'empty'),
	('a_b.acme.com', 'acme.com', NULL),
	('-x-.acme.com', 'acme.com', NULL),
	('mailto:J@Acme.com?subject=x', 'acme.com', NULL),
	('Jane <j@acme.com>', 'acme.com', NULL),
	('foo@bar@acme.com', 'acme.com', NULL),
	('j@gmail.com', NULL, 'freemail'),
	('BÜCHER.de', 'xn--bcher-kva.de', NULL),
	('xn--bcher-kva.de', 'xn--bcher-kva.de', NULL),
	('XN--Bcher-KVA.de', 'xn--bcher-kva.de', NULL),
	('straße.de', 'xn--strae-oqa.de', NULL),
	('例え。jp', 'xn--r8jz45g.jp', NULL),
	('192.168.1.1', NULL, 'ip_address'),
	('0x7f.1', NULL, 'ip_address'),
	('[2001:db8::1]:80', NULL, 'ip_address'),
	('localhost', NULL, 'special_use'),
	('srv.local', NULL, 'special_use'),
	('acme.con', NULL, 'unknown_suffix'),
	('x.acme.co.uk', 'acme.co.uk', NULL),
	('co.uk', NULL, 'public_suffix'),
	('me.github.io', 'me.github.io', NULL),
	('shop.myshopify.com', 'shop.myshopify.com', NULL),
	('acme.wordpress.com', 'acme.wordpress.com', NULL),
	('github.io', NULL, 'shared_host'),
	('wordpress.com', NULL, 'shared_host'),
	('facebook.com/acme', NULL, 'shared_host'),
	('http://www.facebook.com', 'facebook.com', NULL),
	('a.b.ck', 'a.b.ck', NULL),
	('b.ck', NULL, 'public_suffix'),
	('x.www.ck', 'www.ck', NULL),
	('city.kobe.jp', 'city.kobe.jp', NULL),
	('kobe.jp', 'kobe.jp', NULL),
	(repeat('a', 60) || repeat('.' || repeat('b', 60), 3) || '.acme.com', 'acme.com', NULL),
	(repeat('a', 63) || '.com', repeat('a', 63) || '.com', NULL),
	(repeat('a', 64) || '.com', NULL, 'too_long'),
	('acme.com; acme.de', 'acme.com', NULL),
	('acme.com, beta.io', 'acme.com', NULL),
	('https://acme.com/a,b.com', 'acme.com', NULL),
	-- schemes and what is left of them
	('acme.com', 'acme.com', NULL),
	('www.acme.com', 'acme.com', NULL),
	('//acme.com/x', 'acme.com', NULL),
	('http:/acme.com', 'acme.com', NULL),
	('https:acme.com', 'acme.com', NULL),
	('http:\\acme.com\x', 'acme.com', NULL),
	('https//acme.com', 'acme.com', NULL),
	('http://https://acme.com', 'acme.com', NULL),
	('http://http//www.acme.com/', 'acme.com', NULL),
	('ftp://files.acme.com', 'acme.com', NULL),
	('http.acme.com', 'acme.com', NULL),
	('https://', NULL, 'not_a_host'),
	('http', NULL, 'not_a_host'),
	('://', NULL, 'not_a_host'),
	('tel:+4930123', NULL, 'not_a_host'),
	-- ports and users
	('acme.com:8080', 'acme.com', NULL),
	('acme.com:', 'acme.com', NULL),
	('acme.com:80:90', NULL, 'not_a_host'),
	('acme.com:http', NULL, 'not_a_host'),
	('http://john@gmx.de', 'gmx.de', NULL),
	('user:secret@acme.com/x', 'acme.com', NULL),
	('http://[::1]/', NULL, 'ip_address'),
	('2001:db8::1', NULL, 'ip_address'),
	('10.0.0.1:8080', NULL, 'ip_address'),
	('acme.123', NULL, 'not_a_host'),
	('12345', NULL, 'not_a_host'),
	('1.2.3.4.5', NULL, 'not_a_host'),
	('3m.com', '3m.com', NULL),
	('acme.3com', NULL, 'unknown_suffix'),
	-- wrappers
	('<https://acme.com>', 'acme.com', NULL),
	('"acme.com"', 'acme.com', NULL),
	('(acme.com)', 'acme.com', NULL),
	('''www.acme.com/''', 'acme.com', NULL),
	('"Doe, Jane" <jane.doe@acme.com>', 'acme.com', NULL),
	('o''brien@acme.com', 'acme.com', NULL),
	('<>', NULL, 'empty'),
	(';;,| ', NULL, 'empty'),
	-- words
	('n/a', NULL, 'not_a_host'),
	('-', NULL, 'not_a_host'),
	('.', NULL, 'not_a_host'),
	('@', NULL, 'not_a_host'),
	('@acme', NULL, 'not_a_host'),
	('none', NULL, 'not_a_host'),
	('com', NULL, 'not_a_host'),
	('Acme Inc.', NULL, 'not_a_host'),
	('.com', NULL, 'not_a_host'),
	('our site is acme.com now', 'acme.com', NULL),
	-- Unicode
	(U&'\00A0acme.com\3000', 'acme.com', NULL),
	(U&'\FEFFhttps://acme.com', 'acme.com', NULL),
	(U&'ac\200Bme.com\200B', 'acme.com', NULL),
	(U&'\202Aacme.com\202C', 'acme.com', NULL),
	(U&'\00A0\3000', NULL, 'empty'),
	(U&'\201Cacme.com\201D', 'acme.com', NULL),
	(U&'\FF28\FF54\FF54\FF50\FF1A\FF0F\FF0F\FF21\FF23\FF2D\FF25\FF0E\FF43\FF4F\FF4D', 'acme.com', NULL),
	(U&'\FF21cme.com\FF0Fx', 'acme.com', NULL),
	('münchen.de/straße', 'xn--mnchen-3ya.de', NULL),
	(U&'mu\0308nchen.de', 'xn--mnchen-3ya.de', NULL),
	('%6d%C3%BCnchen.de', 'xn--mnchen-3ya.de', NULL),
	('ACME.DE/ü', 'acme.de', NULL),
	('info@bücher.de', 'xn--bcher-kva.de', NULL),
	('食狮.公司.cn', 'xn--85x722f.xn--55qx5d.cn', NULL),
	('www.食狮。中国', 'xn--85x722f.xn--fiqs8s', NULL),
	('παράδειγμα.ελ', 'xn--hxajbheg2az3al.xn--qxam', NULL),
	('пример.рф', 'xn--e1afmkfd.xn--p1ai', NULL),
	-- ZWJ and ZWNJ stay what the standard makes of them
	(U&'\0645\06CC\200C\062E\0648\0627\0647\0645.ir', 'xn--mgbn2ecje63gr19l.ir', NULL),
	(U&'ac\200Dme.com', NULL, 'not_a_host'),
	-- what normalises to a delimiter is none
	(U&'acme.c\2100.example.de', NULL, 'not_a_host'),
	('acme.com%2Fevil.com', NULL, 'not_a_host'),
	('acme.com%00.evil.com', NULL, 'not_a_host'),
	('acme.com%20', 'acme.com', NULL),
	('acme%2Ecom', 'acme.com', NULL),
	('acme%2.com', NULL, 'not_a_host'),
	('acme.com%', NULL, 'not_a_host'),
	('acme%zz.com', NULL, 'not_a_host'),
	('%ff%fe.com', NULL, 'not_a_host'),
	('%F0%9F%98', NULL, 'not_a_host'),
	(U&'\0301acme.com', NULL, 'not_a_host'),
	('ü..de', NULL, 'not_a_host'),
	('.ü.de', NULL, 'not_a_host'),
	('ü.de.', 'xn--tda.de', NULL),
	(repeat('ü', 64) || '.de', NULL, 'too_long'),
	(repeat('ü', 500) || '.de', NULL, 'too_long'),
	(repeat(U&'\FDFA', 600), NULL, 'too_long'),
	-- suffixes and shared hosts
	('acme.com.br', 'acme.com.br', NULL),
	('www.com', 'www.com', NULL),
	('www.co.uk', 'www.co.uk', NULL),
	('www.github.io', NULL, 'shared_host'),
	('www.wordpress.com', NULL, 'shared_host'),
	('www.acme.wordpress.com', 'acme.wordpress.com', NULL),
	('a.www.github.io', NULL, 'shared_host'),
	('a.www.zendesk.com', 'zendesk.com', NULL),
	('www.www.ck', 'www.ck', NULL),
	('https://www.zendesk.com/', 'zendesk.com', NULL),
	('acme.zendesk.com/hc', 'acme.zendesk.com', NULL),
	('squarespace.com', 'squarespace.com', NULL),
	('acme.onmicrosoft.com', 'acme.onmicrosoft.com', NULL),
	('j@acme.onmicrosoft.com', 'acme.onmicrosoft.com', NULL),
	('acme.sharepoint.com/sites/x', 'acme.sharepoint.com', NULL),
	('acme.my.salesforce.com', 'acme.my.salesforce.com', NULL),
	('www.salesforce.com/products', 'salesforce.com', NULL),
	('acme.webflow.io', 'acme.webflow.io', NULL),
	('acme.notion.site/About', 'acme.notion.site', NULL),
	-- social hosts
	('https://www.facebook.com/', 'facebook.com', NULL),
	('https://www.facebook.com//', 'facebook.com', NULL),
	('<https://www.facebook.com/>', 'facebook.com', NULL),
	('https://de-de.facebook.com/acme', NULL, 'shared_host'),
	('https://www.linkedin.com/company/acme', NULL, 'shared_host'),
	('linkedin.com', 'linkedin.com', NULL),
	('j@facebook.com', 'facebook.com', NULL),
	('x.com/acme', NULL, 'shared_host'),
	('notx.com/acme', 'notx.com', NULL),
	('https://github.com/acme', NULL, 'shared_host'),
	('https://sites.google.com/view/acme', NULL, 'shared_host'),
	('https://cloud.google.com/partners', 'google.com', NULL),
	('https://acme.medium.com/story', 'acme.medium.com', NULL),
	('https://medium.com/@acme', NULL, 'shared_host'),
	('https://medium.com', 'medium.com', NULL),
	('https://www.facebook.com/acme https://acme.com', 'acme.com', NULL),
	-- mail
	('gmail.com', NULL, 'freemail'),
	('https://www.gmail.com', NULL, 'freemail'),
	('proton.me', NULL, 'freemail'),
	('j@proton.me', NULL, 'freemail'),
	('j@hey.com', NULL, 'freemail'),
	('hey.com', 'hey.com', NULL),
	('j@tutanota.com', NULL, 'freemail'),
	('j@yahoo.co.uk', NULL, 'freemail'),
	('yahoo.com', 'yahoo.com', NULL),
	('gmx.de', 'gmx.de', NULL),
	('mailto:j@gmx.de', NULL, 'freemail'),
	('http://mailto:j@gmx.de', NULL, 'freemail'),
	('j@mailinator.com', NULL, 'disposable'),
	('mailinator.com', 'mailinator.com', NULL),
	('j@starbucks.com', 'starbucks.com', NULL),
	('1+bot@users.noreply.github.com', NULL, 'freemail'),
	('j@github.com', 'github.com', NULL),
	('j@gmail.com; https://acme.com', 'acme.com', NULL),
	('Jane <j@gmail.com>', NULL, 'freemail'),
	('@gmail.com', NULL, 'freemail'),
	('j@', NULL, 'not_a_host'),
	('j@co.uk', NULL, 'public_suffix'),
	-- placeholders and special use
	('example.com', NULL, 'placeholder'),
	('http://www.example.org/', NULL, 'placeholder'),
	('j@test.com', NULL, 'placeholder'),
	('acme.test', NULL, 'special_use'),
	('acme.example', NULL, 'special_use'),
	('acme.internal', NULL, 'special_use'),
	('acme.lan', NULL, 'special_use'),
	('acme.corp', NULL, 'special_use'),
	('nas.home.arpa', NULL, 'special_use'),
	('acme.onion', NULL, 'special_use'),
	('acme.invalid', NULL, 'special_use');

-- 253 bytes in all, and one more
INSERT INTO edge
SELECT host, CASE WHEN length(host) = 253 THEN 'acme.com' END,
       CASE WHEN length(host) > 253 THEN 'too_long' END
FROM  (SELECT repeat('a', n) || repeat('.' || repeat('b', 60), 3) || '.acme.com' AS host
       FROM (VALUES (61), (62)) AS v (n)) AS h;
-- as many labels as there can be
INSERT INTO edge VALUES
	(repeat('a.', 122) || 'acme.com.', 'acme.com', NULL),
	(repeat('a.', 124) || 'a.com', 'a.com', NULL),
	(repeat('a.', 123) || 'acme.com', NULL, 'too_long'),
	(repeat('a.', 600), NULL, 'too_long');

SELECT is(to_company_domain(input)::text, domain, format('domain of %s', pg_temp.shown(input)))
FROM   edge;
SELECT is(company_domain_problem(input), problem, format('problem of %s', pg_temp.shown(input)))
FROM   edge;
SELECT is(company_domain_problem(NULL), 'empty', 'no website is an empty one');
SELECT is(to_company_domain(NULL), NULL, 'no domain of NULL');
SELECT is(company_domains(NULL), NULL, 'no domains of NULL');
SELECT is(company_domain(NULL::text), NULL, 'the cast keeps NULL');

SELECT is(to_company_domain(domain)::text, domain, format('%s is its own domain', pg_temp.shown(domain)))
FROM   edge WHERE domain IS NOT NULL;

-- Mistyped second levels, below every country: its own, or none

CREATE TEMP TABLE second AS
SELECT label || '.' || country AS name, to_company_domain('alderrail.' || label || '.' || country) AS a, to_company_domain('www.onyxgrid.' || label || '.' || country) AS b
FROM   unnest('{com,co,con,cm,net,org,gov,edu,ac}'::text[]) label,
       (SELECT chr(x) || chr(y) AS country FROM generate_series(97, 122) x, generate_series(97, 122) y) c
WHERE  to_company_domain('alderrail.' || country) IS NOT NULL;
SELECT cmp_ok(count(*), '>', 2000::bigint, 'labels below hundreds of countries') FROM second;
SELECT is(string_agg(name, ', '), 'cm.be', 'strangers below a second level are strangers, but below a company') FROM second WHERE a = b;
SELECT is(string_agg(name, ', '), NULL, 'a spelling error is an unknown suffix') FROM second
WHERE  a IS NULL AND (company_domain_problem('alderrail.' || name), company_domain_problem(name), company_domain_problem('https://www.' || name || '/x'), company_domain_problem('j@alderrail.' || name))
       <> ('unknown_suffix', 'unknown_suffix', 'unknown_suffix', 'unknown_suffix');
SELECT is(string_agg(name, ' ' ORDER BY name COLLATE "C"), 'co.uk com.br com.de com.fr gov.hu net.au', 'real ones are suffixes as before')
FROM   second WHERE name IN ('com.br', 'com.de', 'com.fr', 'co.uk', 'gov.hu', 'net.au') AND a::text = 'alderrail.' || name AND b::text = 'onyxgrid.' || name;
SELECT is(string_agg(name, ' '), NULL, 'these are none') FROM second
WHERE  name IN ('com.uk', 'co.br', 'con.br', 'com.jp', 'co.au', 'com.eu', 'net.eu', 'org.eu', 'gov.eu', 'edu.eu', 'ac.eu', 'cm.br', 'con.uk', 'com.dk') AND a IS NOT NULL;
SELECT is(to_company_domain(site)::text, domain, site || ' is no spelling error')
FROM  (VALUES ('t.co', 't.co'), ('x.com', 'x.com'), ('com.com', 'com.com'), ('https://www.cm.be/en', 'cm.be'), ('acme.com.co', 'acme.com.co'), ('org.example.com.de', 'example.com.de'),
              ('https://www.gov.je/x', 'gov.je'), ('nav.gov.hu', 'nav.gov.hu')) v(site, domain);
SELECT is(company_domain_in('alderrail.com.uk')::text, 'alderrail.com.uk', 'what was stored is restored');
SELECT ok(NOT company_domain_is_current('alderrail.com.uk'), 'and found');
SELECT is(registrable_domain('alderrail.com.uk'), 'com.uk', 'the list''s own algorithm knows nothing of it');

-- The cast is the same, with an error

SELECT is(input::company_domain::text, domain, format('cast of %s', pg_temp.shown(input)))
FROM   edge WHERE domain IS NOT NULL;
SELECT throws_ok(format('SELECT %L::text::company_domain', input), '22P02', NULL,
                 format('cast of %s', pg_temp.shown(input)))
FROM   edge WHERE domain IS NULL;

-- Several websites in a field

SELECT is(company_domains(input)::text, domains, format('domains of %s', pg_temp.shown(input)))
FROM  (VALUES
	('acme.com; acme.de', '{acme.com,acme.de}'),
	('acme.com, beta.io', '{acme.com,beta.io}'),
	('acme.com,beta.io', '{acme.com,beta.io}'),
	('https://acme.com/a,b.com', '{acme.com}'),
	('https://acme.com/a,b,c.com', '{acme.com}'),
	('https://acme.com/a,b.com,https://c.com', '{acme.com,c.com}'),
	('https://acme.com/a, b.com', '{acme.com,b.com}'),
	('https://acme.com/,b.com', '{acme.com,b.com}'),
	('https://acme.com/a;b.com', '{acme.com,b.com}'),
	('a@acme.com|b@beta.io', '{acme.com,beta.io}'),
	(E'acme.com\nwww.acme.de\thttps://acme.fr', '{acme.com,acme.de,acme.fr}'),
	('acme.com www.acme.com ACME.COM', '{acme.com}'),
	('acme.com; n/a; j@gmail.com; co.uk', '{acme.com}'),
	('Jane <j@acme.com>, Joe <joe@beta.io>', '{acme.com,beta.io}'),
	(U&'acme.com\FF1Bbeta.io\3001gamma.io\3000delta.io', '{acme.com,beta.io,gamma.io,delta.io}'),
	('e.com d.com c.com b.com a.com', '{e.com,d.com,c.com,b.com,a.com}'),
	('n/a', '{}'),
	('', '{}')) AS v (input, domains);
SELECT is(pg_typeof(company_domains('acme.com'))::text, 'company_domain[]', 'an array of domains');
SELECT is((SELECT count(DISTINCT d) FROM unnest(company_domains(
              (SELECT string_agg('a' || i || '.com', ' ') FROM generate_series(1, 200) i))) d),
          200::bigint, 'every domain of a long field');

-- Large fields

SELECT is(company_domain_problem(repeat('a', 1000000)), 'too_long', '1 MB of letters');
SELECT results_eq($$SELECT to_company_domain(field), company_domain_problem(field) FROM (VALUES ('acme.com/' || repeat('x', 2039)), ('  acme.com/' || repeat('x', 2038) || ' x  '), ('acme.com/' || repeat('x', 2040)), ('acme.com/' || repeat('x', 2037) || 'ü'), ('acme.com/' || repeat('x', 2038) || 'ü')) v(field)$$,
	$$VALUES ('acme.com'::company_domain, NULL), (NULL, 'too_long'), (NULL, 'too_long'), ('acme.com', NULL), (NULL, 'too_long')$$, 'a website has at most 2048 bytes');
SELECT is(company_domain_problem(repeat(' ', 1000000)), 'empty', '1 MB of blanks');
SELECT is(to_company_domain(repeat(' ', 1000000) || 'acme.com' || repeat(' ', 1000000))::text, 'acme.com',
          'a domain in 2 MB of blanks');
SELECT is(company_domain_problem(repeat('acme.com ', 100000)), 'too_long', '1 MB of domains');
SELECT is(company_domain_problem(repeat('ü', 500000)), 'too_long', '1 MB of umlauts');
SELECT is(company_domain_problem(repeat(U&'\200B', 300000)), 'empty', '1 MB of nothing to be seen');
SELECT is(to_company_domain('acme.com/' || repeat('x', 2039))::text, 'acme.com', '2,048 bytes');
SELECT is(company_domain_problem('acme.com/' || repeat('x', 2040)), 'too_long', '2,049 bytes');
SELECT is(company_domains(repeat('a', 1000000))::text, '{}', 'no domains in 1 MB of letters');
SELECT is(registrable_domain(repeat('a', 1000000)), NULL, 'no registrable domain in 1 MB of letters');

-- Compressed, or out of line

CREATE TEMP TABLE large (n int, site text);
INSERT INTO large VALUES (1, repeat(' ', 3000000) || 'acme.com'), (2, repeat('a', 3000000)), (3, 'https://acme.com/' || repeat('x', 3000000)), (4, repeat(U&'\00A0', 10) || repeat(' ', 3000000)),
	(5, repeat(' ', 30000) || repeat('ü', 3000) || repeat(' ', 3000000));
ALTER TABLE large ADD external text;
ALTER TABLE large ALTER external SET STORAGE EXTERNAL;
UPDATE large SET external = site;
SELECT results_eq($$SELECT n, company_domain_problem(site), company_domain_problem(external), to_company_domain(external)::text, identify(website => external)::text, identify(email => site)::text, company_domains(site)::text FROM large ORDER BY n$$,
	$$VALUES (1, NULL, NULL, 'acme.com', 'domain:acme.com', 'domain:acme.com', '{acme.com}'), (2, 'too_long', 'too_long', NULL, '', '', '{}'), (3, 'too_long', 'too_long', NULL, '', '', '{}'),
		(4, 'empty', 'empty', NULL, '', '', '{}'), (5, 'too_long', 'too_long', NULL, '', '', '{}')$$, 'large fields as they are stored');

-- The Public Suffix List alone

SELECT is(registrable_domain(host), domain, format('registrable domain of %L', host))
FROM  (VALUES
	('www.acme.com', 'acme.com'), ('WWW.Acme.COM', 'acme.com'), ('acme.com.', 'acme.com'),
	('com', NULL), ('', NULL), ('.com', NULL), ('a..com', NULL), (' acme.com', NULL), ('http://acme.com', NULL),
	('a.example.example', 'example.example'), ('example', NULL), ('acme.con', 'acme.con'),
	('example.com', 'example.com'), ('srv.local', 'srv.local'),
	('acme.wordpress.com', 'wordpress.com'), ('me.github.io', 'me.github.io'), ('github.io', NULL),
	('192.168.1.1', NULL), ('acme_b.com', 'acme_b.com'), ('%61cme.com', NULL),
	('c.kobe.jp', NULL), ('kobe.jp', 'kobe.jp'), ('www.city.kobe.jp', 'city.kobe.jp'),
	('食狮。com。cn', '食狮.com.cn'), ('www.ØYER.no', 'www.øyer.no'), ('STRASSE.de', 'strasse.de'),
	('Straße.de', 'straße.de'), ('食狮.xn--55qx5d.cn', '食狮.公司.cn')) AS v (host, domain);
SELECT isnt(public_suffix_list_version(), '', 'the list has a version');

-- Stored values

SELECT is(company_domain_in(textout(d))::text, d, format('%s is taken as it is', d))
FROM  (VALUES ('acme.com'), ('xn--bcher-kva.de'), ('shop.acme.com'), ('github.io'), ('acme.abarth'), ('co.uk'),
              ('a.b.c.d.e'), ('gmail.com'), ('1.de'), ('a--b.com'), (repeat('a', 63) || '.com'),
              ('www.ck'), ('www.com')) AS v (d);
SELECT is(company_domain_in(textout(d))::text, domain, format('%s is read', d))
FROM  (VALUES ('www.acme.com', 'acme.com'), ('Acme.com', 'acme.com'), ('acme.com.', 'acme.com'),
              ('shop.acme.com/', 'acme.com'), (' shop.acme.com', 'acme.com')) AS v (d, domain);
SELECT throws_ok(format('SELECT %L::company_domain', d), '22P02', NULL, format('%L is no domain', d))
FROM  (VALUES ('localhost'), ('srv.local'), ('acme'), (''), ('-acme.com'), ('acme_b.com'), ('192.168.1.1'),
              ('acme..com'), ('j@gmail.com'), ('http://github.io'), ('www.github.io'), ('Acme.con'),
              ('facebook.com/acme'), (repeat('a', 64) || '.com'), ('acme.1')) AS v (d);
SELECT is(company_domain_is_current(company_domain_in(textout(d))), current, format('is %s current?', d))
FROM  (VALUES ('acme.com', true), ('acme.co.uk', true), ('me.github.io', true), ('gmx.de', true),
              ('facebook.com', true), ('zendesk.com', true), ('www.ck', true), ('shop.acme.com', false),
              ('github.io', false), ('acme.abarthx', false), ('co.uk', false), ('gmail.com', false),
              ('example.com', false)) AS v (d, current);

-- COPY, text and binary, keeps every stored value

CREATE TEMP TABLE stored (d company_domain);
INSERT INTO stored SELECT domain::company_domain FROM edge WHERE domain IS NOT NULL;
INSERT INTO stored VALUES ('github.io'), ('shop.acme.com'), ('acme.withdrawn'), (NULL);
CREATE FUNCTION pg_temp.through_copy(format text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/company_domain.copy';
BEGIN
	CREATE TEMP TABLE restored (d company_domain) ON COMMIT DROP;
	EXECUTE format('COPY stored TO %L (FORMAT %s)', file, format);
	EXECUTE format('COPY restored FROM %L (FORMAT %s)', file, format);
	RETURN (SELECT count(*) FROM (TABLE stored EXCEPT ALL TABLE restored) x)
	     + (SELECT count(*) FROM (TABLE restored EXCEPT ALL TABLE stored) x)
	     + (SELECT count(*) FROM restored) * 1000;
END $$;
SELECT is(pg_temp.through_copy('text'), (SELECT count(*) * 1000 FROM stored), 'COPY as text');
DROP TABLE restored;
SELECT is(pg_temp.through_copy('binary'), (SELECT count(*) * 1000 FROM stored), 'COPY as binary');
DROP TABLE restored;

CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/company_domain.binary';
	got text;
	object oid;
BEGIN
	object := lo_from_bytea(0, '\x5047434f50590aff0d0a0000000000000000000001'::bytea
	                           || int4send(length(value)) || value || '\xffff'::bytea);
	PERFORM lo_export(object, file);
	PERFORM lo_unlink(object);
	CREATE TEMP TABLE received (d company_domain);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	SELECT d::text INTO got FROM received;
	DROP TABLE received;
	RETURN got;
END $$;
SELECT is(pg_temp.receive('acme.com'), 'acme.com', 'receives a domain');
SELECT is(pg_temp.receive('shop.acme.com'), 'shop.acme.com', 'receives what is canonical, whatever a list makes of it');
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', value), '22P03', NULL, 'refuses what text would not bring back: ' || value)
FROM   unnest('{www.acme.com,printer.local,a.test}'::text[]) value;
SELECT is(pg_temp.receive('www.co.uk'), 'www.co.uk', 'receives a domain named www');
SELECT throws_ok(format('SELECT pg_temp.receive(%L)', value), sqlstate, NULL, format('refuses %s', left(value::text, 40)))
FROM  (VALUES
	(''::bytea, '22P03'), ('acme', '22P03'), ('Acme.com', '22P03'), ('acme.com.', '22P03'), ('.acme.com', '22P03'),
	('acme..com', '22P03'), ('acme_b.com', '22P03'), ('-acme.com', '22P03'), ('acme-.com', '22P03'),
	('www.acme.com', '22P03'), ('srv.local', '22P03'),
	('http://acme.com', '22P03'), ('acme.com ', '22P03'), ('192.168.1.1', '22P03'),
	('b\303\274cher.de', '22P03'), ('acme.com\000', '22021'), ('\377\376.com', '22021'),
	(convert_to(repeat('a', 64) || '.com', 'UTF8'), '22P03'),
	(convert_to(repeat('a.', 126) || 'com', 'UTF8'), '22P03'),
	(convert_to(repeat('a', 1000000), 'UTF8'), '22P03')) AS v (value, sqlstate);
SELECT is(company_domain_send('acme.com'), 'acme.com'::bytea, 'sends the bytes');

-- Casts: none that lets text slip into a comparison

SELECT throws_ok($$SELECT 'acme.com'::company_domain = 'acme.com'::text$$, '42883', NULL, 'no domain = text');
SELECT throws_ok($$SELECT 'acme.com'::text = 'acme.com'::company_domain$$, '42883', NULL, 'no text = domain');
SELECT throws_ok($$SELECT 'acme.com'::company_domain < 'acme.com'::varchar$$, '42883', NULL, 'no domain < varchar');
SELECT ok('acme.com'::company_domain = 'https://www.acme.com/', 'a literal is read as a domain');
CREATE TEMP TABLE assigned (t text, v varchar, d company_domain);
SELECT lives_ok($$INSERT INTO assigned (t) VALUES ('acme.com'::company_domain)$$, 'a domain into a text column');
SELECT throws_ok($$INSERT INTO assigned (d) SELECT 'www.acme.com'::text$$, '42804', NULL, 'no text into a domain column');
SELECT is((SELECT castmethod::text || castcontext::text FROM pg_cast
           WHERE castsource = 'company_domain'::regtype AND casttarget = 'text'::regtype), 'ba', 'to text: binary, on assignment');
SELECT is((SELECT castmethod::text || castcontext::text FROM pg_cast
           WHERE castsource = 'text'::regtype AND casttarget = 'company_domain'::regtype), 'fe', 'from text: function, explicit');
SELECT is(upper('acme.com'::company_domain::text), 'ACME.COM', 'text functions after a cast');

-- Order, equality, hash

CREATE TEMP TABLE d AS
SELECT i, (md5(i::text) || CASE i % 4 WHEN 0 THEN '.com' WHEN 1 THEN '.de' WHEN 2 THEN '.co.uk' ELSE '-x.com' END)
	::text::company_domain AS d
FROM   generate_series(1, 20000) i;
INSERT INTO d SELECT 20000 + row_number() OVER (), v::company_domain
FROM  (VALUES ('a.com'), ('a-b.com'), ('a0.com'), ('a.com.br'), ('aa.com'), ('ab.com'), ('xn--bcher-kva.de'), ('a.co'),
              ('abcdefgh.com'), ('abcdefgh.de'), ('abcdefghi.com')) AS v (v);
ANALYZE d;
SELECT results_eq('SELECT d::text FROM d ORDER BY d', 'SELECT d::text FROM d ORDER BY d::text COLLATE "C"', 'order of bytes');
SELECT results_eq('SELECT d::text FROM d ORDER BY d DESC', 'SELECT d::text FROM d ORDER BY d::text COLLATE "C" DESC', 'order of bytes, backwards');
SELECT is((SELECT count(*) FROM d a CROSS JOIN generate_series(0, 3) k JOIN d b ON b.i = a.i + k
           WHERE (a.d < b.d) IS DISTINCT FROM (a.d::text COLLATE "C" < b.d::text COLLATE "C")
           OR    (a.d <= b.d) IS DISTINCT FROM (a.d::text COLLATE "C" <= b.d::text COLLATE "C")
           OR    (a.d > b.d) IS DISTINCT FROM (a.d::text COLLATE "C" > b.d::text COLLATE "C")
           OR    (a.d >= b.d) IS DISTINCT FROM (a.d::text COLLATE "C" >= b.d::text COLLATE "C")
           OR    (a.d = b.d) IS DISTINCT FROM (a.d::text = b.d::text)
           OR    (a.d <> b.d) IS DISTINCT FROM (a.d::text <> b.d::text)
           OR    sign(company_domain_cmp(a.d, b.d)) IS DISTINCT FROM
                 CASE WHEN a.d < b.d THEN -1 WHEN a.d > b.d THEN 1 ELSE 0 END),
          0::bigint, 'operators and their order agree');
SELECT is(min(d)::text, min(d::text COLLATE "C"), 'min') FROM d;
SELECT is(max(d)::text, max(d::text COLLATE "C"), 'max') FROM d;
SELECT is(min(d), NULL, 'min of nothing') FROM d WHERE false;
SELECT is(count(*), 0::bigint, 'hashes are those of the bytes') FROM d
WHERE  company_domain_hash(d) <> hashtext(d::text) OR company_domain_hash_extended(d, 42) <> hashtextextended(d::text, 42);

SELECT ok(amvalidate(oid), format('operator class for %s is complete', opcmethod::text))
FROM   pg_opclass WHERE opcintype = 'company_domain'::regtype;

-- Does a plan have that node?
\ir plan.psql
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT matches(pg_temp.plan_of('SELECT FROM d a JOIN d b USING (d)'), 'Hash Join', 'hash join');
SELECT is(count(*), (SELECT sum(n * n)::bigint FROM (SELECT count(*) n FROM d GROUP BY d::text) x), 'hash join: every pair')
FROM   d a JOIN d b USING (d);
SET LOCAL enable_mergejoin = on;
SET LOCAL enable_hashjoin = off;
SELECT matches(pg_temp.plan_of('SELECT FROM d a JOIN d b USING (d)'), 'Merge Join', 'merge join');
SELECT is(count(*), (SELECT sum(n * n)::bigint FROM (SELECT count(*) n FROM d GROUP BY d::text) x), 'merge join: every pair')
FROM   d a JOIN d b USING (d);
RESET enable_hashjoin;
RESET enable_nestloop;
SELECT matches(pg_temp.plan_of('SELECT d, count(*) FROM d GROUP BY d'), 'HashAggregate', 'GROUP BY by hash');
SELECT results_eq('SELECT d::text, count(*) FROM d GROUP BY d ORDER BY d',
                  'SELECT d::text, count(*) FROM d GROUP BY d::text ORDER BY d::text COLLATE "C"', 'GROUP BY');

CREATE INDEX d_btree ON d (d);
CREATE INDEX d_hash ON d USING hash (d);
ANALYZE d;
SELECT matches(pg_temp.plan_of($$SELECT FROM d WHERE d = 'a.com'$$), 'Index.*d_(btree|hash)', 'an index finds one');
SELECT matches(pg_temp.plan_of($$SELECT d FROM d WHERE d >= 'a.com' AND d < 'a0.com'$$), 'd_btree', 'an index finds a range');
SELECT matches(pg_temp.plan_of($$SELECT min(d) FROM d$$), 'd_btree', 'min from the index');
SELECT is((SELECT count(*) FROM d WHERE d = 'a.com'), 1::bigint, 'and it is found');
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
DROP INDEX d_hash;
SELECT is((SELECT count(*) FROM d WHERE d >= 'f.com'), (SELECT count(*) FROM d WHERE d::text COLLATE "C" >= 'f.com'),
          'a range from the index');
RESET enable_seqscan;
RESET enable_bitmapscan;
CREATE TEMP TABLE many (d company_domain);
INSERT INTO many SELECT 'same.com' FROM generate_series(1, 20000);
CREATE INDEX many_d ON many (d);
SELECT cmp_ok(pg_relation_size('many_d'), '<', 20000 * 12::bigint, 'the index deduplicates');
CREATE TEMP TABLE parted (d company_domain) PARTITION BY HASH (d);
CREATE TEMP TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TEMP TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT d FROM d;
SELECT cmp_ok(count(*), '>', 5000::bigint, 'a hash partition gets its share') FROM parted0;
SELECT unalike(pg_temp.plan_of($$SELECT FROM parted WHERE d = 'a.com'$$), '%Append%', 'partitions are pruned');

-- Parallel

CREATE TABLE company_domain_site (site text);
INSERT INTO company_domain_site
SELECT 'https://www.' || md5(i::text) || '.com/' FROM generate_series(1, 30000) i;
ANALYZE company_domain_site;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
SELECT matches(pg_temp.plan_of('SELECT min(to_company_domain(site)), count(company_domain_problem(site)) FROM company_domain_site'),
               'Finalize Aggregate(.|\n)*Gather(.|\n)*Partial Aggregate', 'workers read websites');
CREATE TEMP TABLE parallel AS
SELECT min(to_company_domain(site)), max(to_company_domain(site)), count(company_domain_problem(site)) FROM company_domain_site;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT results_eq('TABLE parallel',
	'SELECT min(to_company_domain(site)), max(to_company_domain(site)), count(company_domain_problem(site)) FROM company_domain_site',
	'and find the same');

-- Mangled websites: 20,000 of them, the same in every run

CREATE TEMP TABLE mangled AS
WITH RECURSIVE seed AS (
	SELECT row_number() OVER () AS s, input FROM edge WHERE length(input) BETWEEN 1 AND 100
), mangle AS (
	SELECT s, n, 0 AS step, input AS site FROM seed, generate_series(1, 40) n
	UNION ALL
	SELECT s, n, step + 1,
		CASE r % 4
		WHEN 0 THEN overlay(site PLACING junk FROM at FOR 1)
		WHEN 1 THEN overlay(site PLACING '' FROM at FOR 1 + r % 3)
		WHEN 2 THEN overlay(site PLACING junk FROM at FOR 0)
		ELSE left(site, at) || substr(site, 1 + r % 20)
		END
	FROM (SELECT *, substr('./:@%;,<>-_\ ?#[]0aZ|"' || U&'\00FC\3002\200B\FF0F\0301\4F8B\00A0', 1 + (r / 7) % 29, 1) AS junk,
	             1 + (r / 250) % greatest(length(site), 1) AS at
	      FROM (SELECT *, hashtext(s || '/' || n || '/' || step) & 2147483647 AS r FROM mangle) x) y
	WHERE step < 3
)
SELECT site FROM mangle WHERE step = 3;
SELECT cmp_ok(count(*), '>', 7000::bigint, 'enough mangled websites') FROM mangled;
SELECT cmp_ok(count(to_company_domain(site)), '>', 1000::bigint, 'many of them still have a domain') FROM mangled;
SELECT is(count(*), 0::bigint, 'a domain or a problem, never both or neither') FROM mangled
WHERE (to_company_domain(site) IS NULL) = (company_domain_problem(site) IS NULL);
SELECT is(count(*), 0::bigint, 'the domain of a domain is itself') FROM mangled
WHERE  to_company_domain(to_company_domain(site)::text) IS DISTINCT FROM to_company_domain(site);
SELECT is(count(*), 0::bigint, 'a domain that was read is current') FROM mangled
WHERE  NOT company_domain_is_current(to_company_domain(site));
SELECT is(count(*), 0::bigint, 'a domain survives its text form') FROM mangled
WHERE  company_domain_in(company_domain_out(to_company_domain(site))) IS DISTINCT FROM to_company_domain(site);
SELECT is(count(*), 0::bigint, 'the first of all domains is the domain') FROM mangled
WHERE  (company_domains(site))[1] IS DISTINCT FROM to_company_domain(site);

-- The published test vectors of the Public Suffix List

\set vectors `test -f ../shared/data/psl_vectors.csv && echo 1 || echo 0`
\if :vectors
CREATE TEMP TABLE vector (input text, domain text);
\copy vector FROM '../shared/data/psl_vectors.csv' (FORMAT csv, HEADER)
SELECT is(count(*), 83::bigint, 'all vectors are there') FROM vector;
SELECT is(registrable_domain(input), domain, format('vector %L', input)) FROM vector;
SELECT diag(format('vectors that need a newer list than %s: %s', public_suffix_list_version(),
            coalesce(string_agg(input, ', '), 'none')))
FROM   vector WHERE registrable_domain(input) IS DISTINCT FROM domain;
\else
\echo '# SKIPPED: ../shared/data/psl_vectors.csv is not there'
SELECT skip('the test vectors are not at ../shared/data/psl_vectors.csv', 1);
\endif

SELECT * FROM finish();
ROLLBACK;
