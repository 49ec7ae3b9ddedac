-- company_name: the specification's cases, and what must hold for any text.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL client_encoding = 'UTF8';
SELECT plan(350);

-- One name a line, as written beside its key.
CREATE TEMP TABLE spelling (name text, country text, key text);
INSERT INTO spelling VALUES
	('The Coca-Cola Company', NULL, 'cocacola'), ('Coca Cola Co.', NULL, 'cocacola'),
	('Johnson & Johnson', NULL, 'johnsonandjohnson'), ('Johnson and Johnson, Inc.', NULL, 'johnsonandjohnson'),
	('Moody''s Corporation', NULL, 'moodys'), ('L’Oréal S.A.', NULL, 'loreal'), ('L´ORÉAL SA', NULL, 'loreal'), ('L`oreal', NULL, 'loreal'),
	('Ørsted A/S', NULL, 'orsted'),
	('Siam Example Public Co., Ltd.', 'TH', 'siamexample'), ('Siam Example Public Company Ltd', NULL, 'siamexample'), ('Siam Example Public Company Limited', 'TH', 'siamexample'), ('Siam Example Public Utilities Co., Ltd.', 'TH', 'siamexamplepublicutilities'),
	('Kabushiki Kaisha Example', 'JP', 'example'), ('Godo Kaisha Example', NULL, 'example'),
	('Example Pty Limited', NULL, 'example'), ('Example (Pty) Ltd', NULL, 'example'), ('Hello World Co., Ltd.', NULL, 'helloworld'),
	('Muster GmbH & Co. KG', NULL, 'muster'), ('Muster GmbH u. Co. KG', NULL, 'muster'), ('Muster G.m.b.H. und Co. K.G.', NULL, 'muster'),
	('Cemex S.A.B. de C.V.', NULL, 'cemex'), ('CEMEX SAB DE CV', NULL, 'cemex'), ('Grupo Bimbo, S. A. de C. V.', NULL, 'grupobimbo'),
	('株式会社サンプル', NULL, 'サンプル'), ('㈱サンプル', NULL, 'サンプル'), ('サンプル（株）', NULL, 'サンプル'), ('サンプル 株式会社', NULL, 'サンプル'),
	('ｻﾝﾌﾟﾙ㈱', NULL, 'サンプル'),
	('삼성전자 주식회사', NULL, '삼성전자'), ('(주)삼성전자', NULL, '삼성전자'),
	('ООО «Ромашка»', NULL, 'ромашка'), ('Ромашка, ООО', NULL, 'ромашка'),
	('Acme (UK) Ltd', NULL, 'acme'), ('Acme Ltd (United Kingdom)', NULL, 'acme'), ('Acme (Holdings) Ltd', NULL, 'acmeholdings'),
	('Acme Inc d/b/a Zeta', NULL, 'acme'), ('Meta Platforms, Inc. (formerly Facebook, Inc.)', NULL, 'metaplatforms'),
	('Coop', NULL, 'coop'), ('The Limited', NULL, 'thelimited'), ('Inc.', NULL, 'inc'), ('GmbH & Co. KG', NULL, 'gmbhandcokg'), ('S.A.S.', NULL, 'sas'),
	('株式会社', NULL, '株式会社'), ('(株)', NULL, '株'), ('The The', NULL, 'the'), ('The', NULL, 'the'),
	('Müller AG', NULL, 'muller'), ('Mueller AG', NULL, 'mueller'),
	('A B Volvo', 'SE', 'volvo'), ('A B Volvo', NULL, 'abvolvo'), ('Volvo AB', 'SE', 'volvo'), ('Volvo AB', NULL, 'volvo'), ('AB Volvo (publ)', 'SE', 'volvo'),
	('A. O. Smith Corp.', 'US', 'aosmith'), ('A.O. Smith', NULL, 'aosmith'), ('AO Smith', 'RU', 'smith'),
	('שטראוס בע״מ', NULL, 'שטראוס'), ('שטראוס בע"מ', NULL, 'שטראוס'), ('Ελληνικά Πετρέλαια Α.Ε.', NULL, 'ελληνικαπετρελαια'),
	('ΕΛΛΗΝΙΚΑ ΠΕΤΡΕΛΑΙΑ ΑΕ', NULL, 'ελληνικαπετρελαια'), ('شركة الاتصالات ش.م.ع', NULL, 'الاتصالات'),
	('บริษัท ไทยออยล์ จำกัด (มหาชน)', NULL, 'ไทยออยล์'), ('Công ty TNHH Samsung Vietnam', NULL, 'samsungvietnam'),
	('中国石油天然气股份有限公司', NULL, '中国石油天然气'), ('台灣積體電路製造股份有限公司', NULL, '台灣積體電路製造'),
	-- Signs.
	('AT&T', NULL, 'atandt'), ('AT and T', NULL, 'atandt'), ('3M', NULL, '3m'), ('3M Company', NULL, '3m'), ('7-Eleven', NULL, '7eleven'), ('7 Eleven, Inc.', NULL, '7eleven'),
	('Procter & Gamble', NULL, 'procterandgamble'), ('Yahoo!', NULL, 'yahoo'), ('H&M', NULL, 'handm'), ('H & M', NULL, 'handm'), ('A&B&C', NULL, 'aandbandc'), ('A & B + C', NULL, 'aandbandc'), ('A && B', NULL, 'aandb'), ('SAP SE', NULL, 'sap'),
	('Toys "R" Us', NULL, 'toysrus'), ('Toys “R” Us', NULL, 'toysrus'), ('Acme™', NULL, 'acme'), ('Acme® Inc.', NULL, 'acme'), ('Acme (R) Inc.', NULL, 'acme'), ('Acme(TM)', NULL, 'acme'),
	('1&1', NULL, '1and1'), ('Booking.com B.V.', NULL, 'bookingcom'), ('µTorrent', NULL, 'utorrent'), ('Tiffany & Co.', NULL, 'tiffany'), ('Canal+', NULL, 'canaland'),
	-- Spelling.
	('ＡＣＭＥ　Ｉｎｃ．', NULL, 'acme'), (E'Ac\u00ADme\u200B \uFEFFInc', NULL, 'acme'), (E'Ore\u0301al', NULL, 'oreal'), ('Straße', NULL, 'strasse'), ('STRASSE', NULL, 'strasse'),
	('İstanbul', NULL, 'istanbul'), ('Istanbul', NULL, 'istanbul'), ('ısparta', NULL, 'isparta'), ('Łódź', NULL, 'lodz'), ('Þór', NULL, 'thor'), ('Æther', NULL, 'aether'), ('Œuvre', NULL, 'oeuvre'),
	('Đuro Đaković d.d.', 'HR', 'durodakovic'), ('ﬁnance', NULL, 'finance'), ('Ё-мобиль', NULL, 'емобиль'), ('ガス', NULL, 'ガス'), (E'カ\u3099ス', NULL, 'ガス'),
	('𝐀𝐜𝐦𝐞', NULL, 'acme'), (E'\tAcme\n Inc\r\n', NULL, 'acme'), ('Acme 🚀 Inc', NULL, 'acme'),
	-- Forms: as final words, repeatedly, and by country.
	('Acme Co. Ltd. Inc.', NULL, 'acme'), ('Omattrix Ltd. Co', NULL, 'omattrix'), ('Limited Brands', NULL, 'limitedbrands'), ('Inc Research Group', NULL, 'incresearchgroup'),
	('Acme Holding AG', NULL, 'acmeholding'), ('Acme Group plc', NULL, 'acmegroup'), ('Acme International Inc', NULL, 'acmeinternational'), ('Acme Foundation, Inc.', 'US', 'acmefoundation'),
	('Acme Trust Company', 'CA', 'acmetrust'), ('Plan B S.A.', NULL, 'planb'), ('N.A.S.A.', NULL, 'nasa'), ('NASA', NULL, 'nasa'), ('Corpus', NULL, 'corpus'), ('Acme Comp Any', NULL, 'acmecompany'),
	('Wells Fargo Bank, N.A.', 'US', 'wellsfargobank'), ('Wells Fargo Bank, N.A.', NULL, 'wellsfargobankna'), ('Acme K.S.', 'CZ', 'acme'), ('Acme K.S.', 'US', 'acmeks'),
	('Acme Pc', 'US', 'acme'), ('Acme Pc', 'DE', 'acmepc'), ('Dell EMC', 'US', 'dellemc'), ('Region AD', 'US', 'regionad'), ('Регион АД', NULL, 'регион'),
	('PT Telkom Indonesia (Persero) Tbk', 'ID', 'telkomindonesia'), ('PT Telkom Indonesia', 'US', 'pttelkomindonesia'), ('UAB "Maxima LT"', 'LT', 'maximalt'), ('Maxima LT, UAB', 'LT', 'maximalt'),
	('Oy Karl Fazer Ab', 'FI', 'karlfazer'), ('SIA Tet', 'LV', 'tet'), ('SAS Institute Inc.', 'US', 'sasinstitute'), ('SAS Carrefour', 'FR', 'carrefour'), ('S.C. Dedeman S.R.L.', 'RO', 'dedeman'),
	('Acme Spółka z o.o.', NULL, 'acme'), ('Acme Sp. z o.o. Sp. k.', 'PL', 'acme'), ('Acme s.r.o.', NULL, 'acme'), ('Acme spol. s r.o.', NULL, 'acme'), ('Acme Kft.', NULL, 'acme'), ('Acme d.o.o.', NULL, 'acme'),
	('Acme UG (haftungsbeschränkt)', NULL, 'acme'), ('Acme Gesellschaft mit beschränkter Haftung', NULL, 'acme'), ('Acme İnşaat San. ve Tic. Ltd. Şti.', NULL, 'acmeinsaat'), ('Acme S.à r.l.', NULL, 'acme'),
	('Acme Ltda.', NULL, 'acme'), ('Acme Sociedad Anónima', NULL, 'acme'), ('Acme Limited Liability Company', NULL, 'acme'), ('Acme L.L.C', NULL, 'acme'), ('Acme Pte. Ltd.', NULL, 'acme'),
	('Acme Development Corporation', 'US', 'acmedevelopment'), ('Acme Sdn. Bhd.', NULL, 'acme'), ('Acme (M) Sdn. Bhd.', 'MY', 'acme'), ('Acme K.K.', NULL, 'acme'),
	-- Articles.
	('Boeing Company, The', NULL, 'boeing'), ('Gap, Inc. (The)', NULL, 'gap'), ('(The) Gap Inc', NULL, 'gap'), ('Theranos', NULL, 'theranos'), ('Bank of the West', NULL, 'bankofthewest'),
	-- Parentheses.
	('Acme (Deutschland) GmbH', NULL, 'acme'), ('Acme (DE)', NULL, 'acmede'), ('Acme (DE)', 'DE', 'acme'), ('Acme (Georgia)', 'US', 'acmegeorgia'), ('Acme (Georgia)', 'GE', 'acme'),
	('(UK)', NULL, 'uk'), ('(UK) Ltd', NULL, 'ltd'), ('Acme ((UK)) Ltd', NULL, 'acme'), ('Acme [USA] LLC', NULL, 'acme'), ('Acme (Bar (UK)) Ltd', NULL, 'acmebar'), ('Acme (unclosed', NULL, 'acmeunclosed'),
	('Acme ) odd (', NULL, 'acmeodd'), ('Acme () Inc', NULL, 'acme'), ('Siemens （中国） 有限公司', NULL, 'siemens'),
	-- Entities of HTML, groups of digits, forms inside a name, marks and forms in front.
	('Lowe&#8217;s', NULL, 'lowes'), ('AT&amp;T', NULL, 'atandt'), ('AT&amp;amp;T', NULL, 'atandt'), ('McDonald&#x27;s Corp', NULL, 'mcdonalds'),
	('PROCTER &AMP; GAMBLE', NULL, 'procterandgamble'), ('L&#039;Or&eacute;al S.A.', NULL, 'loreal'), ('L&Eacute;GO A/S', NULL, 'lego'),
	('Peet&#146;s Coffee', NULL, 'peetscoffee'), ('Sprouts&nbsp;Farmers &#38; Co.', NULL, 'sproutsfarmers'),
	('&#26666;&#24335;&#20250;&#31038;サンプル', NULL, 'サンプル'), ('B&Q;', NULL, 'bandq'), ('A&b;c Inc', NULL, 'aandbc'), ('A &#; B', NULL, 'aandb'),
	('A &#xD800; B', NULL, 'aandxd800b'), ('A &#1114112; B', NULL, 'aand1114112b'), ('Solarpark 1/12', NULL, 'solarpark1-12'),
	('Solarpark 11/2', NULL, 'solarpark11-2'), ('Fonds 1 10', NULL, 'fonds1-10'), ('Fonds 11 0', NULL, 'fonds11-0'),
	('1/2 Price Books', NULL, '1-2pricebooks'), ('½ Price Books', NULL, '1-2pricebooks'), ('1¾ Inc', NULL, '1-3-4'), ('13/4 Inc', NULL, '13-4'), ('10² 5', NULL, '10-2-5'), ('m² GmbH', NULL, 'm2'), ('12 Price Books', NULL, '12pricebooks'),
	('Solarpark 1.12 GmbH & Co. KG', NULL, 'solarpark1-12'), ('24/7 Inc', NULL, '24-7'), ('Fonds 1 GmbH (10)', NULL, 'fonds1-10'),
	('Fonds 11 GmbH - 0', NULL, 'fonds11-0'), ('صندوق ١ ١٠', NULL, 'صندوق1-10'), ('Fonds １ １０', NULL, 'fonds1-10'), ('3 GmbH 4', NULL, '3gmbh4'),
	('Agentur 24', NULL, 'agentur24'), ('2 1-2-3 4', NULL, '2-1-2-3-4'), ('Iron Mountain Incorporated (Delaware)', NULL, 'ironmountaindelaware'),
	('Iron Mountain (Delaware)', NULL, 'ironmountaindelaware'), ('Endesa S.A. - Endesa', NULL, 'endesa'),
	('Petróleo Brasileiro S.A. - Petrobras', NULL, 'petroleobrasileiropetrobras'),
	('Petroleo Brasileiro - Petrobras', NULL, 'petroleobrasileiropetrobras'),
	('Petróleo Brasileiro S.A. – Petrobras', 'BR', 'petroleobrasileiropetrobras'), ('Acme, Inc. (member)', NULL, 'acme'),
	('Acme (Member)', NULL, 'acme'), (E'Acme Inc (Foo) (member)\t\n', NULL, 'acmefoo'), (E'サンプル（株）\t', NULL, 'サンプル'), ('Acme GmbH (HQ)', NULL, 'acme'), ('Member (Acme)', NULL, 'memberacme'),
	('International Business Machines Corp. (IBM)', NULL, 'internationalbusinessmachines'),
	('Advanced Micro Devices (AMD)', NULL, 'advancedmicrodevices'), ('Bank of America Corporation - BoA', NULL, 'bankofamerica'),
	('Acme Ltd (Foo) (Baz)', NULL, 'acmefoobaz'), ('Acme Inc. | Foo', NULL, 'acmefoo'), ('Acme Ltd (Holdings)', NULL, 'acmeholdings'),
	('サンプル株式会社（東京）', NULL, 'サンプル東京'), ('Limited - Edition', NULL, 'limitededition'), ('Dark Horse Co-op Bakery', NULL, 'darkhorsecoopbakery'),
	('Acme (Foo) Ltd Baz', NULL, 'acmefooltdbaz'), ('DBA Sempra', NULL, 'sempra'), ('d/b/a Sempra LLC', NULL, 'sempra'),
	('DBA Group S.p.A.', NULL, 'dbagroup'), ('DBA, Inc.', NULL, 'dba'), ('DBA', NULL, 'dba'), ('NN, Inc.', NULL, 'nn'),
	('NN Group N.V.', NULL, 'nngroup'), ('TBC Corporation', 'US', 'tbc'), ('Equinor NUF', 'NO', 'equinor'), ('Equinor NUF', 'US', 'equinornuf'),
	('OJSC Gazprom', 'RU', 'gazprom'), ('PJSC Lukoil', NULL, 'lukoil'), ('PAO Sberbank', 'RU', 'sberbank'), ('OAO RZD', 'RU', 'rzd'),
	('JSC Kazpost', 'KZ', 'kazpost'), ('JSC Kazpost', 'US', 'jsckazpost'), ('LLC Romashka', 'RU', 'romashka'),
	('Limited Liability Company Romashka', NULL, 'romashka'), ('SAP SE', 'US', 'sap'), ('Genius.com', NULL, 'geniuscom'),
	-- Other names, where there is none.
	('Formerly Known', NULL, 'formerlyknown'), ('Acme Formerly', NULL, 'acmeformerly'), ('Trading As Usual', NULL, 'tradingasusual'), ('Aka Bank', NULL, 'akabank'), ('Acme TA Foo', NULL, 'acmetafoo');
SELECT is(company_name_key(name, country), key, translate(concat_ws(', ', name, country), E'\t\r\n#', '   ')) FROM spelling;
SELECT is_empty($$SELECT name FROM spelling WHERE key IS DISTINCT FROM (company_name_parts(name, country)).key$$, 'and it is among the parts');
SELECT is(company_name_key('Acme (Bar (UK)) Ltd', NULL), company_name_key('Acme (Bar (UK)) Ltd'), 'the country may be left out');

-- Parts.
SELECT results_eq(
	$$SELECT n, p.key, p.country, p.legal_form, p.aliases::text
	  FROM  (VALUES (1, 'Acme (UK) Ltd', NULL), (2, 'Acme (UK) Ltd', 'us'), (3, 'Acme', ' uk '), (4, 'Acme AB', 'Sverige'), (5, 'Acme', 'Deutschland'), (6, 'Acme', 'DEU'), (7, 'Acme', 'ZZ'),
	                (8, 'Acme', 'Atlantis'), (9, 'Acme (Hong Kong) (China) Co., Ltd.', NULL), (10, 'Acme', 'Georgia'), (11, 'Acme', 'el'), (12, 'Acme', ''), (13, 'Acme (日本)', NULL), (14, 'N/A (UK)', NULL)) v(n, name, c),
	       company_name_parts(name, c) p$$,
	$$VALUES (1, 'acme', 'GB', 'ltd', '{}'), (2, 'acme', 'US', 'ltd', '{}'), (3, 'acme', 'GB', NULL, '{}'), (4, 'acme', 'SE', 'ab', '{}'), (5, 'acme', 'DE', NULL, '{}'), (6, 'acme', 'DE', NULL, '{}'),
	         (7, 'acme', NULL, NULL, '{}'), (8, 'acme', NULL, NULL, '{}'), (9, 'acme', 'HK', 'co ltd', '{}'), (10, 'acme', 'GE', NULL, '{}'), (11, 'acme', 'GR', NULL, '{}'), (12, 'acme', NULL, NULL, '{}'),
	         (13, 'acme', 'JP', NULL, '{}'), (14, NULL, 'GB', NULL, NULL::text)$$, 'countries');
SELECT results_eq(
	$$SELECT n, p.key, p.legal_form, p.aliases::text
	  FROM  (VALUES (1, 'Acme Inc d/b/a Zeta'), (2, 'Acme Inc. D.B.A. Zeta LLC'), (3, 'Acme Inc (dba Zeta)'), (4, 'Meta Platforms, Inc. (formerly Facebook, Inc.)'), (5, 'Acme Inc fka Bar LLC aka Baz GmbH'),
	                (6, 'Acme Ltd t/a Zeta'), (7, 'Acme Ltd trading as The Zeta Company'), (8, 'Acme A/S T/A Zeta'), (9, 'Acme (f/k/a Zeta, a/k/a Eta)'), (10, 'Acme (previously known as Zeta (UK) Ltd)'),
	                (11, 'Acme (now Zeta)'), (12, 'Acme formerly known as Zeta'), (13, 'Acme (formerly N/A)'), (14, 'Acme (formerly Acme Inc)'), (15, 'Acme dba Zeta dba ZETA'), (16, 'Acme (aka)'),
	                (17, 'Acme previously Zeta'), (18, 'Acme GmbH (vormals Zeta AG)'), (19, 'Acme (Zeta)'), (20, 'Acme Inc doing business as Zeta & Sons'),
	                (21, 'Acme Inc. (Delaware)'), (22, 'Acme S.A. - Petro'), (23, 'Advanced Micro Devices, Inc. (AMD)'), (24, 'Acme S.A. - Acme')) v(n, name),
	       company_name_parts(name) p$$,
	$$VALUES (1, 'acme', 'inc', '{zeta}'), (2, 'acme', 'inc', '{zeta}'), (3, 'acme', 'inc', '{zeta}'), (4, 'metaplatforms', 'inc', '{facebook}'), (5, 'acme', 'inc', '{bar,baz}'),
	         (6, 'acme', 'ltd', '{zeta}'), (7, 'acme', 'ltd', '{zeta}'), (8, 'acme', 'as', '{zeta}'), (9, 'acme', NULL, '{zeta,eta}'), (10, 'acme', NULL, '{zetauk}'),
	         (11, 'acme', NULL, '{zeta}'), (12, 'acme', NULL, '{zeta}'), (13, 'acme', NULL, '{}'), (14, 'acme', NULL, '{}'), (15, 'acme', NULL, '{zeta}'), (16, 'acmeaka', NULL, '{}'),
	         (17, 'acme', NULL, '{zeta}'), (18, 'acme', 'gmbh', '{zeta}'), (19, 'acmezeta', NULL, '{}'), (20, 'acme', 'inc', '{zetaandsons}'),
	         (21, 'acmedelaware', 'inc', '{acme}'), (22, 'acmepetro', 'sa', '{acme}'), (23, 'advancedmicrodevices', 'inc', '{amd}'), (24, 'acme', 'sa', '{}')$$, 'other names');
SELECT results_eq(
	$$SELECT n, p.legal_form
	  FROM  (VALUES (1, 'Muster GmbH & Co. KG', NULL), (2, 'Hello World Co., Ltd.', NULL), (3, 'Acme Company Oy', NULL), (4, 'Oy Karl Fazer Ab', 'FI'), (5, '株式会社サンプル', NULL), (6, 'サンプル（株）', NULL),
	                (7, 'The Limited', NULL), (8, 'Inc.', NULL), (9, 'Acme', NULL), (10, 'Acme S. A. B. de C. V.', NULL)) v(n, name, c),
	       company_name_parts(name, c) p$$,
	$$VALUES (1, 'gmbh and co kg'), (2, 'co ltd'), (3, 'company oy'), (4, 'oy ab'), (5, '株式会社'), (6, '株'), (7, NULL), (8, NULL), (9, NULL), (10, 'sab de cv')$$, 'legal forms');
SELECT is(cardinality((company_name_parts('Acme' || string_agg(' aka name' || g, '' ORDER BY g))).aliases), 8, 'eight other names at most') FROM generate_series(1, 100) g;

-- NULL and unusable names.
SELECT is(company_name_key(NULL), NULL, 'NULL has no key');
SELECT is(company_name_key(NULL, 'US'), NULL, 'whatever the country');
SELECT is(company_name_problem(NULL), NULL, 'nor a problem');
SELECT is(company_name_parts(NULL, 'US')::text, NULL, 'nor parts');
SELECT is(company_name_problem(name), problem, format('%s: %s', translate(left(name, 20), E'\t\r\n', '   '), coalesce(problem, 'usable')))
FROM  (VALUES ('', 'empty'), ('   ', 'empty'), (E' \t\r\n', 'empty'), (E'\u00A0\u3000\u200B\uFEFF', 'empty'), ('-', 'no_letters'), ('...', 'no_letters'), ('()', 'no_letters'), ('!?', 'no_letters'), ('🚀', 'no_letters'), ('«»', 'no_letters'),
              ('n/a', 'placeholder'), ('N.A.', 'placeholder'), ('NA', 'placeholder'), ('None', 'placeholder'), ('null', 'placeholder'), ('Test', 'placeholder'), ('TEST GmbH', 'placeholder'), ('unknown', 'placeholder'),
              ('Unknown Company', 'placeholder'), ('Self-Employed', 'placeholder'), ('The Company', NULL), ('Company', 'placeholder'), ('(none)', 'placeholder'), ('[test]', 'placeholder'), ('k. A.', NULL),
              ('Unknown Worlds', NULL), ('Testo SE', NULL), ('3', NULL), ('&', NULL), ('ß', NULL), ('Acme', NULL), (repeat('a', 2048), NULL), (repeat('a', 2049), 'too_long'), (repeat('é', 1024), NULL),
              (repeat('é', 1025), 'too_long'), (repeat(' ', 5000), 'too_long'), (repeat('&a', 1000), 'too_long'), (repeat(U&'\FDFA', 600), 'too_long'), (repeat('(', 2048), 'no_letters'), (repeat('()', 1024), 'no_letters')) v(name, problem);
SELECT is(count(*), 0::bigint, 'a name has a key or a problem, never both') FROM spelling WHERE (company_name_key(name) IS NULL) = (company_name_problem(name) IS NULL);

-- A megabyte, in line and stored compressed or out of line.
CREATE TEMP TABLE large (name text);
INSERT INTO large VALUES (repeat('a', 1000000)), (repeat('Société ', 200000)), ((SELECT string_agg(md5(g::text), ' ' ORDER BY g) FROM generate_series(1, 30000) g)), (repeat(E'\u0301', 500000));
SELECT is(company_name_problem(name), 'too_long', 'a megabyte') FROM large;
SELECT is(company_name_problem(name || 'x'), 'too_long', 'and one not stored') FROM large;
SELECT is(company_name_key('Acme', (SELECT name FROM large LIMIT 1)), 'acme', 'and as a country');
SELECT is(length(company_name_key(repeat('a ', 1024))), 1024, 'a thousand initials');
SELECT is(company_name_key(repeat('Inc ', 500)), 'inc', 'five hundred forms');
SELECT is(company_name_key('x' || repeat('(', 1023) || repeat(')', 1023)), 'x', 'a thousand nested parentheses');
SELECT is(company_name_key(repeat('株式会社', 170)), '株式会社', 'forms of forms');

-- What must hold of every name: random mutations of the names above.
SELECT setseed(0.4711);
CREATE TEMP TABLE mutant AS
SELECT s.country,
       overlay(s.name PLACING piece[1 + floor(random() * cardinality(piece))::int] FROM 1 + floor(random() * (length(s.name) + 1))::int FOR floor(random() * 3)::int) AS name
FROM   spelling s, generate_series(1, 250),
       (SELECT ARRAY['(', ')', '[', ' (', ') ', '&', '+', '.', '/', ',', ' ', '''', '"', ' Inc', ' GmbH ', 'The ', ', The', ' dba ', ' aka ', '(fka ', '(UK)', '(株)', '株式会社', '有限公司', ' s a ', ' A.S. ', '㈱', 'é', 'ß', 'İ', 'ﷺ', '🚀', '™',
                     '&amp;', '&#8217;', '1', ' 2', ' - ', '|', 'ﬃ', 'ガ', 'ﾞ', '한', 'ᄒ', 'ק', 'ִ', 'ع', 'ً', 'ก', 'ำ', '½', '²', '…', 'ⅷ', '①', '𝐀', '￦', E'\u0301', E'\u0327', E'\u200D', E'\u202E', E'\u3099', E'\u0345', E'\u00AD', E'\uFEFF', E'\u2028', E'\u0378', E'\uE000', E'\uFFFF', E'\U0010FFFF'] AS piece) p;
INSERT INTO mutant SELECT a.country, a.name || b.names[1 + floor(random() * cardinality(b.names))::int]
FROM   mutant a JOIN (SELECT length(name) AS n, array_agg(name) AS names FROM mutant GROUP BY 1) b ON length(a.name) = b.n + 1 WHERE random() < 0.5 LIMIT 20000;
CREATE TEMP TABLE mutant_key AS SELECT name, country, company_name_key(name, country) AS key, company_name_problem(name) AS problem FROM mutant;
SELECT cmp_ok(count(*), '>', 50000::bigint, 'tens of thousands of mutants') FROM mutant;
SELECT cmp_ok(count(DISTINCT key), '>', 10000::bigint, 'with thousands of keys') FROM mutant_key;
SELECT is_empty($$SELECT name FROM mutant_key WHERE key = '' OR key ~ '[[:space:]A-Z]' OR regexp_replace(key, '(?<=[0-9])-(?=[0-9])', '', 'g') ~ '[!-/:-@\[-`{-~]'$$,
	'a key is letters and digits, none upper case, and a dash only between digits');
SELECT is_empty($$SELECT name, country FROM mutant_key WHERE (key IS NULL) <> (problem IS NOT NULL) AND country IS NULL$$, 'a key or a problem');
SELECT is_empty($$SELECT name FROM mutant_key WHERE key IS DISTINCT FROM (company_name_parts(name, country)).key$$, 'the same key among the parts');
SELECT is_empty($$SELECT name FROM mutant_key WHERE key IS DISTINCT FROM company_name_key(normalize(name, NFD), country)$$, 'decomposed or not');
SELECT is_empty($$SELECT name FROM mutant_key WHERE key IS DISTINCT FROM company_name_key(normalize(name, NFC), country)$$, 'composed or not');
SELECT is_empty($$SELECT name FROM mutant_key WHERE key IS DISTINCT FROM company_name_key(translate(name, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), country)$$, 'in upper case or not');
SELECT is_empty($$SELECT name FROM mutant_key WHERE key IS DISTINCT FROM company_name_key(E' \t ' || name || '  ', country)$$, 'with blanks around or not');
SELECT is_empty($$SELECT name, key FROM mutant_key WHERE key ~ '^[ -~]+$' AND company_name_key(key, country) IS DISTINCT FROM key AND key NOT IN ('nn', 'tbc')$$,
	'the key of an ASCII key is itself, but for names that say something only with a form');

-- Characters that fold by table fold as libunistring has it, which a character
-- of no table beside them brings in.
SELECT is_empty($$SELECT to_hex(c) FROM generate_series(1, 65535) c
	WHERE  c NOT BETWEEN 55296 AND 57343
	AND    company_name_key('x' || chr(c) || 'y') IS DISTINCT FROM company_name_key('x' || chr(c) || 'y ' || chr(769))$$, 'one folding, two ways');

-- Neither locale nor collation counts; workers neither.
SELECT is(company_name_key(name COLLATE "C", country), key, 'collation "C": ' || name) FROM spelling WHERE name IN ('İstanbul', 'Straße');
CREATE TEMP TABLE turkish AS SELECT oid FROM pg_collation WHERE collname IN ('tr_TR', 'tr_TR.utf8', 'tr-x-icu') AND collencoding IN (-1, 6);
SELECT is((SELECT count(*) FROM turkish), (SELECT count(*) FROM turkish WHERE company_name_key('ISPARTA') = 'isparta'), 'no Turkish i');
CREATE TABLE company_name_list AS SELECT row_number() OVER () AS id, name, country FROM mutant;
ANALYZE company_name_list;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT md5(string_agg(concat(id, company_name_parts(name, country)::text), ',' ORDER BY id)) AS sum FROM company_name_list;
SET LOCAL max_parallel_workers_per_gather = 4;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
\set plan_options 'VERBOSE, COSTS OFF'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT id, company_name_parts(name, country)::text FROM company_name_list'), 'Workers Planned.*Parallel Seq Scan.*company_name_parts', 'workers read the names');
SELECT is((SELECT md5(string_agg(concat(id, parts), ',' ORDER BY id)) FROM (SELECT id, company_name_parts(name, country)::text AS parts FROM company_name_list OFFSET 0) p), sum, 'to the same effect') FROM serial;

-- Stored and indexed.
CREATE TEMP TABLE account (name text, country text, key text GENERATED ALWAYS AS (company_name_key(name, country)) STORED);
INSERT INTO account SELECT name, country FROM spelling;
CREATE INDEX account_key ON account (company_name_key(name, country));
SELECT is((SELECT count(*) FROM account WHERE key = 'cocacola'), 2::bigint, 'in a generated column');
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan_of($$SELECT 1 FROM account WHERE company_name_key(name, country) = 'cocacola'$$), 'account_key', 'in an index');

-- Real lists, where they lie beside the project.  The legal forms of the
-- world: how many (country, abbreviation) pairs are known.
\set elf `test -r ../shared/data/elf_forms_v1.5.csv && echo yes || echo no`
SELECT :'elf' = 'yes' AS elf \gset
CREATE TEMP TABLE form (country text, elf_code text, kind text, form text);
\if :elf
\copy form FROM '../shared/data/elf_forms_v1.5.csv' CSV HEADER
CREATE TEMP TABLE abbreviation AS
SELECT DISTINCT country, form, company_name_key('Zyxwort ' || form, country) = 'zyxwort' AS known, company_name_key('Zyxwort ' || form) = 'zyxwort' AS known_anywhere
FROM   form WHERE kind LIKE 'abbr%';
-- The documentation has these numbers.
SELECT is((count(*), count(*) FILTER (WHERE known), count(*) FILTER (WHERE known_anywhere))::text, '(1548,1397,526)', 'abbreviations of legal forms, known with their country and without') FROM abbreviation;
\else
\warn '# SKIP: ../shared/data/elf_forms_v1.5.csv is not there: no legal form was compared'
SELECT skip('../shared/data/elf_forms_v1.5.csv is not there: no legal form was compared', 1);
\endif

-- Pairs of names of one company by an independent id, and names of two.
\set truth `test -r ../shared/data/truth/lf2025__lf2026.csv && echo yes || echo no`
SELECT :'truth' = 'yes' AS truth \gset
CREATE TEMP TABLE pair (slug text, name_a text, host_a text, name_b text, host_b text, same_host text, same_name text);
CREATE TEMP TABLE member (category text, subcategory text, name text, name_plain text, homepage_url text, host text, crunchbase text, slug text, joined text, enduser text, membership text, project text, organization text);
\if :truth
\copy pair FROM '../shared/data/truth/cncf_members__cncf_partners.csv' CSV HEADER
\copy pair FROM '../shared/data/truth/cncf_members__lf2026_members.csv' CSV HEADER
\copy pair FROM '../shared/data/truth/lf2025__lf2026.csv' CSV HEADER
\copy member FROM '../shared/data/landscapes/cncf.csv' CSV HEADER
\copy member FROM '../shared/data/landscapes/lf_2025.csv' CSV HEADER
\copy member FROM '../shared/data/landscapes/lf_2026.csv' CSV HEADER
SELECT is_empty($$SELECT name_a, name_b FROM pair WHERE lower(name_a) = lower(name_b) AND company_name_key(name_a) IS DISTINCT FROM company_name_key(name_b)$$, 'no pair of equal names is lost');
SELECT cmp_ok(count(*) FILTER (WHERE company_name_key(name_a) = company_name_key(name_b)), '>=', 1640::bigint,
	format('of %s pairs of names of one company %s have equal keys, %s equal lower-case names', count(*),
	       count(*) FILTER (WHERE company_name_key(name_a) = company_name_key(name_b)), count(*) FILTER (WHERE lower(name_a) = lower(name_b)))) FROM pair;
CREATE TEMP TABLE company AS
SELECT DISTINCT lower(name_plain) AS name, slug, company_name_key(name_plain) AS key FROM member WHERE slug <> '' AND category IN ('CNCF Members', 'LF Members', 'Special');
SELECT cmp_ok(count(*) FILTER (WHERE a.name <> b.name), '<=', 11::bigint,
	format('of %s names, pairs with different ids: %s have equal keys, %s more equal lower-case names', (SELECT count(*) FROM company), count(*) FILTER (WHERE a.name <> b.name), count(*) FILTER (WHERE a.name = b.name)))
FROM   company a JOIN company b ON a.key = b.key AND a.slug < b.slug;
SELECT is_empty($$SELECT name_plain FROM member WHERE category IN ('CNCF Members', 'LF Members') AND company_name_problem(name_plain) IS NOT NULL$$, 'every one of them is a name');
\else
\warn '# SKIP: ../shared/data/truth is not there: no list of companies was compared'
SELECT skip('../shared/data/truth is not there: no list was compared', 4);
\endif

SELECT * FROM finish();
ROLLBACK;
