-- company_name: what is read of names, and the same in every encoding.
\set home :DBNAME
SET client_encoding = 'UTF8';
SET search_path = ecosystem, public;
SELECT name, key, country, legal_form, aliases
FROM  (VALUES (1, 'The Coca-Cola Company', NULL), (2, 'L’Oréal S.A.', NULL), (3, 'Muster GmbH & Co. KG', NULL), (4, 'Grupo Bimbo, S. A. de C. V.', NULL), (5, 'A B Volvo', 'SE'),
              (6, 'A. O. Smith Corp.', 'US'), (7, '株式会社サンプル', NULL), (8, 'ООО «Ромашка»', NULL), (9, 'Acme (UK) Ltd', NULL), (10, 'Acme (Holdings) Ltd', NULL),
              (11, 'Meta Platforms, Inc. (formerly Facebook, Inc.)', NULL), (12, 'The Limited', NULL), (13, 'n/a', 'Germany')) v(n, name, given),
       company_name_parts(name, given) p
ORDER  BY n;
SELECT name, company_name_key(name) AS key, company_name_problem(name) AS problem
FROM  (VALUES ('Acme'), (NULL), (''), ('  '), ('--'), ('unknown'), ('Test GmbH'), (repeat('long', 1000)), (repeat('é', 2000))) v(name)
WHERE  length(name) < 20 OR name IS NULL
UNION ALL
SELECT left(name, 8) || '...', company_name_key(name), company_name_problem(name) FROM (VALUES (repeat('long', 1000)), (repeat('é', 2000))) v(name);

-- A name's key is the same in every encoding that can write the name.  What
-- the key needs and the encoding lacks cannot be, and is said to be so.
CREATE DATABASE company_name_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_name_latin9 TEMPLATE template0 ENCODING 'LATIN9' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_name_cyrillic TEMPLATE template0 ENCODING 'WIN1251' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_name_japanese TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE company_name_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';

\c company_name_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SELECT name, ecosystem.company_name_key(name) AS key, ecosystem.company_name_problem(name) AS problem
FROM  (VALUES ('Acme Inc.'), ('L´Oréal S.A.'), ('Straße AG'), ('ÿork'), ('Þór Æther Ørsted Ðan ehf.'), ('µTorrent®'), ('1¾ × ª º ² ¼'), ('«Ünïted» § Co'), ('×÷')) v(name);
SELECT * FROM ecosystem.company_name_parts('Café (España) S.L. (formerly Bücher & Söhne)', 'Österreich');
SELECT name, ecosystem.company_name_key(name) AS key, ecosystem.company_name_problem(name) AS problem FROM (VALUES ('Caf&eacute; &amp; S&#246;hne'), ('Lowe&#8217;s'), ('&#1051;&#1072;&#1076;&#1072;'), ('Ros&eacute; é - Lada')) v(name);
SELECT ecosystem.company_name_problem(repeat('é', 1024)) AS fits, ecosystem.company_name_problem(repeat('é', 1025)) AS does_not;
SELECT count(*) AS characters, count(ecosystem.company_name_key('x' || c)) AS keys
FROM  (SELECT convert_from(set_byte('\x00', 0, b), 'LATIN1') FROM generate_series(128, 255) b) v(c);

\c company_name_latin9
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SELECT name, ecosystem.company_name_key(name) AS key
FROM  (VALUES ('Œuvre Žižkov Šport S.à r.l.'), ('Ÿork €uro')) v(name);

\c company_name_cyrillic
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SELECT name, p.* FROM (VALUES ('ООО «Ромашка»'), ('Ё-мобиль №1'), ('Київстар, ПрАТ'), ('Ромашка (Россия) ООО')) v(name), ecosystem.company_name_parts(name) p;

\c company_name_japanese
SET client_encoding = 'UTF8';
CREATE EXTENSION ecosystem;
SELECT name, p.* FROM (VALUES ('株式会社サンプル'), ('サンプル（株）'), ('ｻﾝﾌﾟﾙ'), ('サンプル (日本) 有限会社'), ('Ａｃｍｅ　Ｉｎｃ．')) v(name), ecosystem.company_name_parts(name) p;

\c company_name_ascii
CREATE EXTENSION ecosystem;
SELECT quote_literal(encode(name::bytea, 'escape')) AS name, ecosystem.company_name_key(name) AS key, ecosystem.company_name_problem(name) AS problem
FROM  (VALUES ('Acme (UK) Ltd'), (E'Caf\303\251'), (E'Caf\351'), (E'\377\376'), (E'\303'), (E'Acme \360\237'), (E'\200')) v(name);
SELECT name, ecosystem.company_name_key(name) AS key, ecosystem.company_name_problem(name) AS problem FROM (VALUES ('Caf&eacute; &amp; S&#246;hne'), ('Lowe&#8217;s'), ('&#1051;&#1072;&#1076;&#1072;')) v(name);
SELECT * FROM ecosystem.company_name_parts(E'Caf\351', 'FR');
SELECT * FROM ecosystem.company_name_parts('Acme SAS', E'Fran\347aise');
SELECT count(*) AS bytes, count(ecosystem.company_name_key('x' || chr(b))) AS keys, count(*) FILTER (WHERE ecosystem.company_name_problem('x' || chr(b)) = 'not_ascii') AS not_ascii
FROM   generate_series(1, 255) b;

\c :home
DROP DATABASE company_name_latin1;
DROP DATABASE company_name_latin9;
DROP DATABASE company_name_cyrillic;
DROP DATABASE company_name_japanese;
DROP DATABASE company_name_ascii;
