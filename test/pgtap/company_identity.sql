-- company_identity: keys, the ladder of &&, possible matches, GIN, estimates.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(221);

-- ---- the text form ----

CREATE TEMP TABLE form (input text, canonical text);
INSERT INTO form VALUES
	('', ''), ('   ', ''),
	('domain:acme.com', 'domain:acme.com'),
	(E'name:acme@US\tdomain:acme.com\n  lei:529900T8BM49AURSDO55', 'lei:529900T8BM49AURSDO55 domain:acme.com name:acme@US'),
	('domain:b.com domain:a.com domain:b.com', 'domain:a.com domain:b.com'),
	('duns:123456789 erp!:4711 alias:zeta@US alias:zeta name:ab@US name:acme name:acme@US name:acme@DE',
	 'erp!:4711 duns:123456789 name:acme@DE name:acme@US name:ab@US name:acme alias:zeta alias:zeta@US'),
	('crm:a%20b%25c', 'crm:a%20b%25c'), ('crm:%61b:c@d', 'crm:ab:c@d'),
	('name:a%40b%20c@US', 'name:a%40b%20c@US'), ('name:a%40us', 'name:a%40us'),
	('name:müller@DE name:サンプル@JP', 'name:müller@DE name:サンプル@JP'), ('crm:%C3%BC', 'crm:ü'),
	('vat:DE136695976 ticker:XNAS:MSFT sf:001D000000IRt53IAD', 'vat:DE136695976 sf:001D000000IRt53IAD ticker:XNAS:MSFT');
SELECT is(input::company_identity::text, canonical, 'reads ' || quote_literal(translate(input, E'\t\n', '  '))) FROM form;
SELECT is_empty($$SELECT * FROM form WHERE canonical::company_identity::text <> canonical OR canonical::company_identity <> input::company_identity$$,
	'the canonical form is read back as itself');
SELECT throws_ok(format('SELECT %L::company_identity', input), '22P02', NULL, 'refuses ' || quote_literal(input))
FROM  (VALUES ('acme.com'), (':x'), ('crm:'), ('domain:'), ('domain:Acme.com'), ('domain:acme'), ('domain:acme..com'), ('name:'), ('name:@US'),
	('name:acme@us'), ('name:acme@USA'), ('name:acme@'), ('alias:@'), ('Crm:1'), ('cr m:1'), ('crm!!:1'), ('!:1'), ('lei!:529900T8BM49AURSDO55'),
	('lei:529900t8bm49aursdo55'), ('duns:12345678'), ('cik:320193'), ('siren:1'), ('siret:1'), ('sf:001D000000IRt53'), ('ticker:MSFT'), ('vat:1234'),
	('vat:DE1-2'), ('crm:%'), ('crm:%2'), ('crm:%zz'), ('crm:a%00'), ('crm:%FF'), ('crm:%C3')) v(input);
SELECT throws_ok($$SELECT ('crm:' || repeat('x', 252))::company_identity$$, '22P02', NULL, 'an id of more than 255 bytes');
SELECT lives_ok($$SELECT ('crm:' || repeat('x', 251))::company_identity$$, 'but one of 255');
SELECT throws_ok($$SELECT ('name:' || repeat('x', 253))::company_identity$$, '22P02', NULL, 'a name of more than 252 bytes');
SELECT lives_ok($$SELECT ('name:' || repeat('x', 252) || '@US')::company_identity$$, 'but one of 252, and its country');
SELECT results_eq($$SELECT identify(name => repeat('x', n), country => 'US'), identify(name => 'Acme Inc. d/b/a ' || repeat('x', n), country => 'US') FROM (VALUES (252), (253)) v(n)$$,
	$$VALUES (('name:' || repeat('x', 252) || '@US')::company_identity, ('name:acme@US alias:' || repeat('x', 252) || '@US')::company_identity), ('', 'name:acme@US')$$,
	'as is a name that somebody wrote, or another one beside it');
SELECT lives_ok($$SELECT string_agg('crm:' || g % 1000, ' ')::company_identity FROM generate_series(1, 5000) g$$, 'a thousand keys, each five times');
SELECT throws_ok($$SELECT string_agg('crm:' || g, ' ')::company_identity FROM generate_series(1, 1001) g$$, '54000',
	'a company identity has at most 1000 keys', 'not more');
SELECT throws_ok($$SELECT identify(ids => array_agg('crm:' || g)) FROM generate_series(1, 3000) g$$, '54000', NULL, 'nor from identify()');

-- ---- identify ----

SELECT is(identify()::text, '', 'no argument, no key');
SELECT is(identify(NULL, NULL, NULL, NULL, NULL)::text, '', 'NULLs give no key');
SELECT is(identify(website => '', email => ' ', name => '', country => 'US', ids => '{}')::text, '', 'nor do blanks');
SELECT is(identify(website => 'HTTPS://WWW.Acme.COM/x; acme.de', email => 'jane@gmail.com', name => 'Acme Inc. d/b/a Zeta', country => 'United States',
		ids => '{LEI: 5299-00T8BM49AURSDO55, duns:15-048-3782, nonsense, NULL, "erp!:4711 "}')::text,
	'erp!:4711 lei:529900T8BM49AURSDO55 duns:150483782 domain:acme.com domain:acme.de name:acme@US alias:zeta@US', 'all of it at once');
SELECT is(identify(email => 'jane@acme.com')::text, 'domain:acme.com', 'an email of the company');
SELECT is(identify(website => 'jane@gmail.com')::text, '', 'a mail provider in the website field');
SELECT is(identify(name => 'Acme (UK) Ltd')::text, 'name:acme@GB', 'the country from the name');
SELECT is(identify(country => 'US', ids => '{}')::text, '', 'a country alone is no key');
SELECT is(match_keys(identify(website => 'acme.com', name => 'Acme Corp', country => 'de')), '{domain:acme.com,name:acme@DE}', 'match_keys');
SELECT is(match_keys(''), '{}', 'match_keys of nothing');
SELECT is_empty($$SELECT proname FROM pg_proc WHERE proname = 'identify' AND pronamespace = 'ecosystem'::regnamespace
	AND (provolatile <> 'i' OR proparallel <> 's' OR proisstrict OR procost < 10)$$, 'identify is immutable, parallel safe, not strict, and costs');

-- An email counts where no website gave a domain.
SELECT is(identify(website => 'alderrail.com', email => 'max@bigagency.com') && identify(website => 'onyxgrid.com', email => 'eva@bigagency.com'), false,
	'the agency that two companies have in common');
SELECT results_eq($$SELECT website, email, identify(website => website, email => email)::text FROM (VALUES
	('acme.com', 'j@agency.com'), ('acme.com; acme.de', 'j@agency.com'), (NULL, 'j@agency.com'), ('', 'j@agency.com'), ('n/a', 'j@agency.com'), ('facebook.com/acme', 'j@agency.com'),
	('acme.com.uk', 'j@agency.com'), ('jane@gmail.com', 'j@agency.com'), ('jane@acme.com', 'j@agency.com'), ('acme.com, j@agency.com', NULL), ('j@agency.com acme.com', NULL),
	('j@agency.com; facebook.com/acme', 'x@other.com'), ('acme.com', 'jane@gmail.com'), (NULL, 'j@agency.com; k@other.com'), (NULL, 'jane@gmail.com')) v(website, email)$$,
	$$VALUES ('acme.com', 'j@agency.com', 'domain:acme.com'), ('acme.com; acme.de', 'j@agency.com', 'domain:acme.com domain:acme.de'), (NULL, 'j@agency.com', 'domain:agency.com'), ('', 'j@agency.com', 'domain:agency.com'),
	('n/a', 'j@agency.com', 'domain:agency.com'), ('facebook.com/acme', 'j@agency.com', 'domain:agency.com'), ('acme.com.uk', 'j@agency.com', 'domain:agency.com'), ('jane@gmail.com', 'j@agency.com', 'domain:agency.com'),
	('jane@acme.com', 'j@agency.com', 'domain:acme.com'), ('acme.com, j@agency.com', NULL, 'domain:acme.com'), ('j@agency.com acme.com', NULL, 'domain:acme.com'),
	('j@agency.com; facebook.com/acme', 'x@other.com', 'domain:agency.com'), ('acme.com', 'jane@gmail.com', 'domain:acme.com'), (NULL, 'j@agency.com; k@other.com', 'domain:agency.com domain:other.com'), (NULL, 'jane@gmail.com', '')$$,
	'which domains a record has');

-- What only looks like an identity is refused, and what to write is said.
CREATE FUNCTION pg_temp.hint_of(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	RETURN 'read as ' || input::company_identity;
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT results_eq($$SELECT input, pg_temp.hint_of(input) FROM unnest('{https://www.acme.com,http:acme.com,//acme.com,www.acme.com,acme.com,ACME.com,acme.co.uk/about,domain:www.acme.com,domain:ACME.com,domain:https://acme.com,domain:www.shop.acme.com,ftp://acme.com}'::text[]) input$$,
	$$SELECT i, format('identify(website => %L) makes an identity of what people write.', regexp_replace(i, '^domain:', '')) FROM unnest('{https://www.acme.com,http:acme.com,//acme.com,www.acme.com,acme.com,ACME.com,acme.co.uk/about,domain:www.acme.com,domain:ACME.com,domain:https://acme.com,domain:www.shop.acme.com,ftp://acme.com}'::text[]) i$$,
	'websites');
SELECT results_eq($$SELECT input, pg_temp.hint_of(input) FROM unnest('{jane@acme.com,mailto:jane@acme.com}'::text[]) input$$,
	$$SELECT i, format('identify(email => %L) makes an identity of what people write.', i) FROM unnest('{jane@acme.com,mailto:jane@acme.com}'::text[]) i$$, 'emails');
SELECT is_empty($$SELECT input FROM unnest('{Acme,https://,https://github.com/acme,domain:www.github.io,domain:srv.local,domain:acme.con.,domain:a_b.com,domain:www.acme.con,name:Acme@US,name:a%40US,alias:ACME,website:acme.com,url:acme.com,mailto:j}'::text[]) input
	WHERE pg_temp.hint_of(input) IS DISTINCT FROM 'Keys are written scheme:value, domain:acme.com, name:acme@US or name:acme; identify() makes them from what people write.'$$, 'and other mistakes');
SELECT throws_ok($$SELECT identify(website => 'acme.com') && 'https://www.acme.com'$$, '22P02', NULL, 'a website is compared with no identity');
SELECT is(pg_temp.hint_of('name:' || repeat('x', 1000000)), pg_temp.hint_of('name:'), 'a key of 1 MB');
-- Whatever a list made of a website is restored by any other.
SELECT is_empty($$SELECT d FROM unnest('{shop.acme.com,x.github.io,github.io,co.uk,acme.com.uk,gmail.com,example.com,acme.withdrawn,a.b.c.d.e,www.com,www.co.uk,www.ck,xn--bcher-kva.de,bloomberg.com}'::text[]) d
	WHERE pg_temp.hint_of('domain:' || d) <> 'read as domain:' || d$$, 'a canonical domain is taken as it is');
SELECT is_empty($$SELECT website FROM unnest('{www.com,www.co.uk,https://www.www.ck,www.acme.com,acme.github.io,acme.co.uk,www.acme.wordpress.com}'::text[]) website
	WHERE pg_temp.hint_of(identify(website => website)::text) <> 'read as ' || identify(website => website)::text$$, 'and so is all that identify() makes');
SELECT is_empty($$SELECT id FROM unnest('{https://acme.com,http:acme.com,mailto:j@acme.com,website:acme.com,url:acme.com,email:j@acme.com,ftp://acme.com}'::text[]) id
	WHERE company_id_problem(id) IS DISTINCT FROM 'bad_scheme' OR identify(ids => ARRAY[id])::text <> ''$$, 'a website is no id either');

-- ---- ids ----

CREATE TEMP TABLE id (input text, key text, problem text);
INSERT INTO id VALUES
	(NULL, NULL, 'empty'), ('', NULL, 'empty'), (' ', NULL, 'empty'), ('lei:', NULL, 'empty'), ('lei', NULL, 'no_scheme'), (':1', NULL, 'no_scheme'),
	('a b:1', NULL, 'bad_scheme'), ('domain:acme.com', NULL, 'bad_scheme'), ('name:acme', NULL, 'bad_scheme'), ('alias:acme', NULL, 'bad_scheme'),
	(repeat('a', 31) || ':1', NULL, 'bad_scheme'), (repeat('a', 30) || '!:1', repeat('a', 30) || '!:1', NULL), ('é:1', NULL, 'bad_scheme'),
	('lei:529900T8BM49AURSDO55', 'lei:529900T8BM49AURSDO55', NULL), ('lei:529900T8BM49AURSDO56', NULL, 'bad_checksum'),
	('LEI : 5299 00t8 bm49 aurs do55', 'lei:529900T8BM49AURSDO55', NULL), ('lei:529900T8BM49AURSDO5', NULL, 'bad_format'),
	('lei!:529900T8BM49AURSDO55', 'lei:529900T8BM49AURSDO55', NULL),
	('duns:15-048-3782', 'duns:150483782', NULL), ('duns:001234567', 'duns:001234567', NULL), ('duns:1234567', NULL, 'lost_zeros'),
	('duns:1234567890123', NULL, 'bad_format'), ('duns:000000000', NULL, 'placeholder'), ('duns:99-999-9999', NULL, 'placeholder'),
	('duns!:150483782', 'duns!:150483782', NULL),
	('siren:732 829 320', 'siren:732829320', NULL), ('siren:732829321', NULL, 'bad_checksum'), ('siren:000000000', NULL, 'placeholder'),
	('siret:732 829 320 00074', 'siret:73282932000074', NULL), ('siret:73282932000075', NULL, 'bad_checksum'),
	('siret:35600000049837', 'siret:35600000049837', NULL), ('siret:35600000049838', NULL, 'bad_checksum'),
	('cik:320193', 'cik:0000320193', NULL), ('cik:0000320193', 'cik:0000320193', NULL), ('cik:0', NULL, 'placeholder'), ('cik:12345678901', NULL, 'bad_format'),
	('NASDAQ:MSFT', 'ticker:XNAS:MSFT', NULL), ('ticker:XNAS:msft', 'ticker:XNAS:MSFT', NULL), ('ticker:NYSE:BRK-B', 'ticker:XNYS:BRK.B', NULL),
	('NYSE: BRK/B', 'ticker:XNYS:BRK.B', NULL), ('ticker:MSFT', NULL, 'bad_format'), ('nasdaq:MSFT', 'nasdaq:MSFT', NULL),
	('sf:001D000000IRt53', 'sf:001D000000IRt53IAD', NULL), ('sf:001D000000IRt53IAD', 'sf:001D000000IRt53IAD', NULL),
	('sf:001d000000irt53iad', 'sf:001D000000IRt53IAD', NULL), ('sf:001D000000IRT53IAD', 'sf:001D000000IRt53IAD', NULL),
	('sf:001D000000IRt53IAC', NULL, 'bad_checksum'), ('sf:001D000000IRt5', NULL, 'bad_format'), ('sf:000000000000000', NULL, 'placeholder'),
	('crm:4711', 'crm:4711', NULL), ('CRM: aBc ', 'crm:aBc', NULL), ('crm:0000', NULL, 'placeholder'), ('crm:N/A', NULL, 'placeholder'),
	('crm:---', NULL, 'placeholder'), ('crm:' || repeat('x', 300), NULL, 'too_long'), ('crm:' || repeat('x', 223), 'crm:' || repeat('x', 223), NULL), ('crm:' || repeat('x', 224), NULL, 'too_long'), (chr(160) || 'crm:7' || chr(160), 'crm:7', NULL),
	-- VAT numbers: one right and one wrong of each country
	('vat:ATU13585627', 'vat:ATU13585627', NULL), ('vat:ATU13585626', NULL, 'bad_checksum'),
	('vat:BE 428.759.497', 'vat:BE0428759497', NULL), ('vat:BE0431150351', NULL, 'bad_checksum'),
	('vat:BG 175 074 752', 'vat:BG175074752', NULL), ('vat:BG175074751', NULL, 'bad_checksum'),
	('vat:CY-10259033P', 'vat:CY10259033P', NULL), ('vat:CY10259033Z', NULL, 'bad_checksum'),
	('vat:CZ 25123891', 'vat:CZ25123891', NULL), ('vat:CZ25123890', NULL, 'bad_checksum'),
	('vat:DE 136,695 976', 'vat:DE136695976', NULL), ('vat:de136695976', 'vat:DE136695976', NULL), ('vat:DE136695978', NULL, 'bad_checksum'),
	('vat:DK 13585628', 'vat:DK13585628', NULL), ('vat:DK13585627', NULL, 'bad_checksum'),
	('vat:EE 100 931 558', 'vat:EE100931558', NULL), ('vat:EE100594103', NULL, 'bad_checksum'),
	('vat:EL 094259216', 'vat:EL094259216', NULL), ('vat:GR094259216', 'vat:EL094259216', NULL), ('vat:EL123456781', NULL, 'bad_checksum'),
	('vat:ES B-58378431', 'vat:ESB58378431', NULL), ('vat:ESB64717839', NULL, 'bad_checksum'),
	('vat:FI 20774740', 'vat:FI20774740', NULL), ('vat:FI20774741', NULL, 'bad_checksum'),
	('vat:FR40303265045', 'vat:FR40303265045', NULL), ('vat:FR84323140391', NULL, 'bad_checksum'),
	('vat:GB 980 7806 84', 'vat:GB980780684', NULL), ('vat:XI980780684', 'vat:GB980780684', NULL), ('vat:GB980780684001', 'vat:GB980780684', NULL),
	('vat:GB802311781', NULL, 'bad_checksum'), ('vat:GBGD001', 'vat:GBGD001', NULL), ('vat:GBHA001', NULL, 'bad_checksum'),
	('vat:HR33392005961', 'vat:HR33392005961', NULL), ('vat:HR33392005962', NULL, 'bad_checksum'),
	('vat:HU-12892312', 'vat:HU12892312', NULL), ('vat:HU12892313', NULL, 'bad_checksum'),
	('vat:IE 6433435F', 'vat:IE6433435F', NULL), ('vat:IE6433435OA', 'vat:IE6433435OA', NULL), ('vat:IE8D79739I', 'vat:IE8D79739I', NULL),
	('vat:IE6433435E', NULL, 'bad_checksum'),
	('vat:IT 00743110157', 'vat:IT00743110157', NULL), ('vat:IT00743110158', NULL, 'bad_checksum'),
	('vat:LT119511515', 'vat:LT119511515', NULL), ('vat:LT100001919017', 'vat:LT100001919017', NULL), ('vat:LT100001919018', NULL, 'bad_checksum'),
	('vat:LU 150 274 42', 'vat:LU15027442', NULL), ('vat:LU15027443', NULL, 'bad_checksum'),
	('vat:LV 4000 3521 600', 'vat:LV40003521600', NULL), ('vat:LV40003521601', NULL, 'bad_checksum'),
	('vat:MT 1167-9112', 'vat:MT11679112', NULL), ('vat:MT11679113', NULL, 'bad_checksum'),
	('vat:NL4495445B01', 'vat:NL004495445B01', NULL), ('vat:NL004495445B01', 'vat:NL004495445B01', NULL), ('vat:NL123456789B90', NULL, 'bad_checksum'),
	('vat:PL 8567346215', 'vat:PL8567346215', NULL), ('vat:PL8567346216', NULL, 'bad_checksum'),
	('vat:PT 501 964 843', 'vat:PT501964843', NULL), ('vat:PT501964842', NULL, 'bad_checksum'),
	('vat:RO 185 472 90', 'vat:RO18547290', NULL), ('vat:RO18547291', NULL, 'bad_checksum'),
	('vat:SE 123456789701', 'vat:SE123456789701', NULL), ('vat:SE123456789101', NULL, 'bad_checksum'),
	('vat:SI 5022 3054', 'vat:SI50223054', NULL), ('vat:SI50223055', NULL, 'bad_checksum'),
	('vat:SK 202 274 96 19', 'vat:SK2022749619', NULL), ('vat:SK2022749618', NULL, 'bad_checksum'),
	('vat:DE000000000', NULL, 'placeholder'), ('vat:ATU00000000', NULL, 'placeholder'), ('vat:136695976', NULL, 'bad_format'),
	('vat:CHE116281710', 'vat:CHE116281710', NULL), ('vat:AU1', NULL, 'bad_format'), ('vat:DE+23456789', NULL, 'bad_format');
SELECT results_eq($$SELECT input, company_id_key(input), company_id_problem(input) FROM id$$, $$SELECT * FROM id$$, 'ids: their one form, or what is wrong with them');
SELECT is_empty($$SELECT key FROM id WHERE key IS NOT NULL AND key::company_identity::text IS DISTINCT FROM replace(key, ' ', '%20')$$,
	'every key is read by the type');
SELECT is_empty($$SELECT input FROM id WHERE identify(ids => ARRAY[input])::text IS DISTINCT FROM coalesce(key, '')$$, 'identify() agrees');
SELECT is_empty($$SELECT input FROM id WHERE company_id_key(key) IS DISTINCT FROM key$$, 'the one form of the one form is itself');

-- ---- the ladder ----

-- Each level: held by neither, by one, by both and equal, by both and
-- different; what a pair must be is said anew here, in SQL.
CREATE TEMP TABLE ladder AS
WITH state(s) AS (VALUES ('none'), ('a'), ('b'), ('equal'), ('different')),
     combination AS (SELECT d.s AS decide, o.s AS other, m.s AS domain, n.s AS name FROM state d, state o, state m, state n)
SELECT *,
       concat_ws(' ', CASE WHEN decide NOT IN ('none', 'b') THEN 'lei:529900T8BM49AURSDO55' END, CASE WHEN other NOT IN ('none', 'b') THEN 'duns:111111112' END,
                 CASE WHEN domain NOT IN ('none', 'b') THEN 'domain:a.com domain:common.com' END, CASE WHEN name NOT IN ('none', 'b') THEN 'name:acme@US' END)::company_identity AS a,
       concat_ws(' ', CASE decide WHEN 'equal' THEN 'lei:529900T8BM49AURSDO55' WHEN 'b' THEN 'lei:5493001KJTIIGC8Y1R12' WHEN 'different' THEN 'lei:5493001KJTIIGC8Y1R12' END,
                 CASE other WHEN 'equal' THEN 'duns:111111112' WHEN 'b' THEN 'duns:222222223' WHEN 'different' THEN 'duns:222222223' END,
                 CASE domain WHEN 'equal' THEN 'domain:b.com domain:common.com' WHEN 'b' THEN 'domain:b.com' WHEN 'different' THEN 'domain:b.com' END,
                 CASE name WHEN 'equal' THEN 'name:acme@US' WHEN 'b' THEN 'name:beta@US' WHEN 'different' THEN 'name:acme@DE' END)::company_identity AS b,
       CASE WHEN decide = 'equal' THEN 'id'
            WHEN decide = 'different' THEN NULL
            WHEN other = 'equal' THEN 'id'
            WHEN domain = 'equal' THEN 'domain'
            WHEN domain = 'different' THEN NULL
            WHEN name = 'equal' THEN 'name' END AS level
FROM   combination;
SELECT is(count(*), 625::bigint, 'all combinations') FROM ladder;
SELECT is_empty($$SELECT * FROM ladder WHERE match_level(a, b) IS DISTINCT FROM level$$, 'match_level is the ladder''s');
SELECT is_empty($$SELECT * FROM ladder WHERE (a && b) <> (level IS NOT NULL) OR (b && a) <> (level IS NOT NULL)$$, '&& says the same, both ways');
SELECT is_empty($$SELECT * FROM ladder WHERE possible_match(a, b) IS NOT NULL AND (level IS NOT NULL OR (other <> 'equal' AND domain <> 'equal' AND name <> 'equal'))$$,
	'possible_match: only what && refuses, and that has something in common');
SELECT results_eq($$SELECT possible_match(a, b), count(*) FROM ladder WHERE level IS NULL GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('confirming id equal, ids differ', 25::bigint), ('domain equal, ids differ', 20), ('name and country equal, domains differ', 12), ('name and country equal, ids differ', 16), (NULL, 256)$$,
	'possible_match over the ladder');

CREATE TEMP TABLE pairs (a company_identity, b company_identity, level text, possible text, description text);
INSERT INTO pairs VALUES
	('lei:529900T8BM49AURSDO55 vat:DE136695976', 'lei:5493001KJTIIGC8Y1R12 vat:DE136695976', 'id', NULL, 'one of two registers agrees'),
	('vat:DE136695976 domain:a.com', 'vat:FR40303265045 domain:a.com', 'domain', NULL, 'VAT numbers of two countries do not decide'),
	('vat:DE136695976 domain:a.com', 'vat:DE999999990 domain:a.com', NULL, 'domain equal, ids differ', 'of one country they do'),
	('vat:DE136695976 vat:FR40303265045', 'vat:DE999999990 vat:FR40303265045', 'id', NULL, 'one country''s agrees'),
	('cik:0000320193', 'cik:0000320193', 'id', NULL, 'cik'), ('siren:732829320 domain:a.com', 'siren:303265045 domain:a.com', NULL, 'domain equal, ids differ', 'siren decides'),
	('siret:73282932000074 domain:a.com', 'siret:73282932000082 domain:a.com', 'domain', NULL, 'siret does not'),
	('duns:123456789 domain:a.com', 'duns:987654321 domain:a.com', 'domain', NULL, 'nor does duns'),
	('duns!:123456789 domain:a.com', 'duns!:987654321 domain:a.com', NULL, 'domain equal, ids differ', 'unless it is told to'),
	('erp!:1 domain:a.com', 'erp!:2 domain:a.com', NULL, 'domain equal, ids differ', 'a scheme of one''s own that decides'),
	('erp:1 domain:a.com', 'erp:2 domain:a.com', 'domain', NULL, 'and one that does not'),
	('erp!:1 domain:a.com', 'erp:1 domain:a.com', 'domain', NULL, 'they are two schemes'),
	('erp!:1 erp!:2', 'erp!:2 erp!:3', 'id', NULL, 'several ids, one common'),
	('a!:1 c!:5 e!:1', 'b!:1 c!:6 d!:9 e!:1', 'id', NULL, 'a later register agrees'),
	('a!:1 c!:5 e!:1 domain:a.com', 'b!:1 c!:4 d!:9 f!:1 domain:a.com', NULL, 'domain equal, ids differ', 'one register in common, and it differs'),
	('a!:1 b!:1 domain:a.com', 'c!:1 d!:1 domain:a.com', 'domain', NULL, 'no register in common'),
	('domain:a.com domain:b.com', 'domain:b.com domain:c.com', 'domain', NULL, 'several domains, one common'),
	('name:abc@US', 'name:abc@US', NULL, 'name and country equal, name short', 'three letters are too few'),
	('name:abcd@US', 'name:abcd@US', 'name', NULL, 'four are enough'),
	('name:1234567@US', 'name:1234567@US', NULL, 'name and country equal, name short', 'digits are no letters'),
	('name:三井@JP', 'name:三井@JP', 'name', NULL, 'two of CJK are enough'), ('name:井@JP', 'name:井@JP', NULL, 'name and country equal, name short', 'one is not'),
	('name:a井@JP', 'name:a井@JP', NULL, 'name and country equal, name short', 'nor with another letter'),
	('name:삼성@KR', 'name:삼성@KR', 'name', NULL, 'Korean'), ('name:мтс@RU', 'name:мтс@RU', NULL, 'name and country equal, name short', 'Cyrillic: four as well'),
	('name:öbbö@AT', 'name:öbbö@AT', 'name', NULL, 'letters, not bytes'),
	('name:acme@US', 'name:acme@DE', NULL, NULL, 'one name in two countries'),
	('name:acme', 'name:acme@US', NULL, 'name equal, country unknown', 'a country unknown'),
	('name:acme', 'name:acme', NULL, 'name equal, country unknown', 'both unknown'),
	('name:abc', 'name:abc', NULL, 'name equal, country unknown', 'short names too'),
	('name:acme domain:a.com', 'name:acme domain:b.com', NULL, 'name equal, country unknown, domains differ', 'and domains differ'),
	('name:acme@US domain:a.com', 'name:acme@US domain:b.com', NULL, 'name and country equal, domains differ', 'domains decide before names'),
	('name:acme@US domain:a.com', 'name:acme@US', 'name', NULL, 'unless one has none'),
	('name:ab@US domain:a.com', 'name:ab@US domain:b.com', NULL, 'name and country equal, domains differ', 'short, and domains differ'),
	('name:acme@US alias:zeta@US', 'name:zeta@US', NULL, 'alias only', 'an alias'), ('alias:zeta', 'alias:zeta@US', NULL, 'alias only', 'two aliases'),
	('alias:zeta@DE', 'name:zeta@US', NULL, NULL, 'an alias in another country'),
	('alias:zeta@US domain:a.com', 'name:zeta@US domain:b.com', NULL, 'alias only, domains differ', 'an alias, and domains differ'),
	('alias:abc', 'name:abc', NULL, 'alias only', 'a short alias'),
	('name:acme alias:zeta', 'name:zeta alias:acme name:beta', NULL, 'alias only', 'crosswise'),
	('', '', NULL, NULL, 'nothing and nothing'), ('', 'domain:a.com', NULL, NULL, 'nothing and something'),
	('crm:1 domain:a.com', 'sf:001D000000IRt53IAD domain:a.com', 'domain', NULL, 'ids of two systems');
SELECT is(match_level(a, b), level, description) FROM pairs;
SELECT is_empty($$SELECT description FROM pairs WHERE possible_match(a, b) IS DISTINCT FROM possible$$, 'and what is possible');
SELECT is_empty($$SELECT description FROM pairs WHERE match_level(a, b) IS DISTINCT FROM match_level(b, a) OR possible_match(a, b) IS DISTINCT FROM possible_match(b, a)
	OR shared_keys(a, b) <> shared_keys(b, a)$$, 'both ways');

-- Line by line what the documentation's table says is possible, in its order.
CREATE TEMP TABLE possible (line int, a company_identity, b company_identity, reason text);
INSERT INTO possible VALUES
	-- an id that only confirms is common, and deciding ids differ; whatever else
	(1, 'erp!:1 duns:111111112', 'erp!:2 duns:111111112', 'confirming id equal, ids differ'),
	(1, 'erp!:1 duns:111111112 domain:a.com name:acme@US', 'erp!:2 duns:111111112 domain:a.com name:acme@US', 'confirming id equal, ids differ'),
	(1, 'lei:529900T8BM49AURSDO55 crm:7', 'lei:5493001KJTIIGC8Y1R12 crm:7 crm:8', 'confirming id equal, ids differ'),
	-- a domain
	(2, 'erp!:1 domain:a.com', 'erp!:2 domain:a.com domain:b.com', 'domain equal, ids differ'),
	(2, 'erp!:1 duns:111111112 domain:a.com name:acme@US', 'erp!:2 duns:222222223 domain:a.com name:acme@US', 'domain equal, ids differ'),
	-- the name with its country, short or long
	(3, 'erp!:1 name:acme@US', 'erp!:2 name:acme@US', 'name and country equal, ids differ'),
	(3, 'erp!:1 name:ab@US', 'erp!:2 name:ab@US', 'name and country equal, ids differ'),
	(3, 'erp!:1 domain:a.com name:acme@US', 'erp!:2 domain:b.com name:acme@US', 'name and country equal, ids differ'),
	-- nothing less
	(3, 'erp!:1 name:acme', 'erp!:2 name:acme@US', NULL), (3, 'erp!:1 alias:acme@US', 'erp!:2 name:acme@US', NULL), (3, 'erp!:1 name:acme@DE', 'erp!:2 name:acme@US', NULL), (3, 'erp!:1', 'erp!:2', NULL),
	-- domains differ
	(4, 'domain:a.com name:acme@US', 'domain:b.com name:acme@US', 'name and country equal, domains differ'),
	(4, 'domain:a.com name:ab@US', 'domain:b.com name:ab@US', 'name and country equal, domains differ'),
	(4, 'domain:a.com name:acme@US name:acme', 'domain:b.com name:acme@US', 'name and country equal, domains differ'),
	(4, 'crm:1 domain:a.com name:acme@US', 'crm:2 domain:b.com name:acme@US', 'name and country equal, domains differ'),
	(5, 'name:ab@US', 'name:ab@US', 'name and country equal, name short'), (5, 'domain:a.com name:ab@US', 'name:ab@US', 'name and country equal, name short'),
	(5, 'name:24@US', 'name:24@US', 'name and country equal, name short'), (5, 'name:1-12@US', 'name:1-12@US', 'name and country equal, name short'),
	(6, 'name:acme', 'name:acme', 'name equal, country unknown'), (6, 'name:acme@US', 'name:acme', 'name equal, country unknown'), (6, 'name:ab', 'name:ab@US', 'name equal, country unknown'),
	(6, 'domain:a.com name:acme', 'name:acme', 'name equal, country unknown'),
	(7, 'domain:a.com name:acme', 'domain:b.com name:acme', 'name equal, country unknown, domains differ'), (7, 'domain:a.com name:ab@US', 'domain:b.com name:ab', 'name equal, country unknown, domains differ'),
	(8, 'alias:acme', 'name:acme@US', 'alias only'), (8, 'alias:acme', 'alias:acme', 'alias only'), (8, 'alias:ab@US', 'name:ab@US', 'alias only'), (8, 'alias:acme@US', 'alias:acme@US', 'alias only'),
	(9, 'domain:a.com alias:acme', 'domain:b.com name:acme@US', 'alias only, domains differ'), (9, 'domain:a.com alias:ab', 'domain:b.com alias:ab', 'alias only, domains differ'),
	-- what matches, or has nothing in common, is none
	(10, 'domain:a.com name:acme@US', 'domain:a.com name:acme@US', NULL), (10, 'name:acme@US', 'name:acme@US', NULL), (10, 'name:acme@US', 'name:acme@DE', NULL), (10, 'name:ab@US', 'name:ab@DE', NULL),
	(10, 'alias:acme@US', 'name:acme@DE', NULL), (10, 'domain:a.com', 'domain:b.com', NULL), (10, 'duns:111111112', 'duns:222222223', NULL), (10, 'erp!:1 duns:111111112', 'duns:111111112', NULL);
SELECT is_empty($$SELECT line, a, b, reason, possible_match(a, b) FROM possible WHERE possible_match(a, b) IS DISTINCT FROM reason$$, 'possible_match is what its table says');
SELECT is_empty($$SELECT line, a, b FROM possible WHERE possible_match(b, a) IS DISTINCT FROM reason$$, 'both ways');
SELECT is(count(DISTINCT line), 9::bigint, 'in every line of it') FROM possible WHERE reason IS NOT NULL;

SELECT is(shared_keys('erp!:1 domain:a.com domain:b.com name:acme alias:z', 'erp!:2 domain:b.com name:acme alias:z'), '{domain:b.com,name:acme,alias:z}', 'shared_keys');
SELECT is(shared_keys('domain:a.com', ''), '{}', 'shared_keys: none');

-- Not transitive: a record without a domain matches two that differ by theirs.
SELECT is((a && b, b && c, a && c), (true, true, false), 'not transitive')
FROM  (SELECT 'domain:a.com name:delta@US'::company_identity AS a, 'name:delta@US'::company_identity AS b, 'domain:b.com name:delta@US'::company_identity AS c) d;

SELECT is((NULL::company_identity && 'domain:a.com', match_level(NULL::company_identity, 'domain:a.com'), shared_keys(NULL, ''), possible_match('', NULL), match_keys(NULL)),
	(NULL::boolean, NULL::text, NULL::text[], NULL::text, NULL::text[]), 'NULL gives NULL');

-- ---- random identities ----

CREATE FUNCTION pg_temp.dice(x bigint, seed bigint, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$SELECT ((hashint8extended(x, seed) % sides + sides) % sides)::int$$;
CREATE TEMP TABLE random AS
SELECT i, string_agg(key, ' ' ORDER BY pg_temp.dice(i * 10 + j, 5, 100))::company_identity AS identity
FROM   generate_series(1, 5000) i, generate_series(0, pg_temp.dice(i, 1, 6)) j,
       LATERAL (SELECT CASE pg_temp.dice(i * 10 + j, 2, 9)
            WHEN 0 THEN 'erp!:' || pg_temp.dice(i * 10 + j, 3, 200) WHEN 1 THEN 'hub!:' || pg_temp.dice(i * 10 + j, 3, 200)
            WHEN 2 THEN 'crm:' || pg_temp.dice(i * 10 + j, 3, 300) WHEN 3 THEN 'domain:d' || pg_temp.dice(i * 10 + j, 3, 300) || '.com'
            WHEN 4 THEN 'domain:d' || pg_temp.dice(i * 10 + j, 3, 300) || '.com' WHEN 5 THEN 'name:company' || pg_temp.dice(i * 10 + j, 3, 200) || '@US'
            WHEN 6 THEN 'name:company' || pg_temp.dice(i * 10 + j, 3, 200) || CASE WHEN i % 2 = 0 THEN '@DE' ELSE '' END
            WHEN 7 THEN 'name:c' || pg_temp.dice(i * 10 + j, 3, 20) || '@US' ELSE 'alias:company' || pg_temp.dice(i * 10 + j, 3, 200) END) k(key)
GROUP  BY i;
INSERT INTO random SELECT 5000 + i, '' FROM generate_series(1, 50) i;
INSERT INTO random SELECT 6000 + i, NULL FROM generate_series(1, 50) i;
SELECT is_empty($$SELECT 1 FROM random a, random b WHERE a.i <= 400 AND b.i <= 400 AND ((a.identity && b.identity) <> (b.identity && a.identity)
	OR match_level(a.identity, b.identity) IS DISTINCT FROM match_level(b.identity, a.identity)
	OR (a.identity && b.identity) <> (match_level(a.identity, b.identity) IS NOT NULL)
	OR possible_match(a.identity, b.identity) IS DISTINCT FROM possible_match(b.identity, a.identity)
	OR (a.identity && b.identity AND possible_match(a.identity, b.identity) IS NOT NULL)
	OR (a.identity && b.identity AND shared_keys(a.identity, b.identity) = '{}')
	OR shared_keys(a.identity, b.identity) <> shared_keys(b.identity, a.identity))$$, 'symmetric, and of one mind, on 160,000 pairs');
SELECT is_empty($$SELECT 1 FROM random a WHERE shared_keys(identity, identity) <> match_keys(identity)
	OR array_to_string(match_keys(identity), ' ') <> identity::text OR (identity && identity) <> (identity::text ~ '(erp|hub|crm|domain|company[0-9]+@)')
		AND identity::text !~ 'alias:company[0-9]+@'$$, 'each with itself');
-- What the ladder is, once more, on sets of texts.
CREATE FUNCTION pg_temp.ladder(a text[], b text[]) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN EXISTS (SELECT 1 FROM unnest(a) x WHERE x LIKE '%!:%' AND x = ANY (b)) THEN 'id'
		WHEN EXISTS (SELECT 1 FROM unnest(a) x, unnest(b) y WHERE x LIKE '%!:%' AND split_part(x, ':', 1) = split_part(y, ':', 1)) THEN NULL
		WHEN EXISTS (SELECT 1 FROM unnest(a) x WHERE x LIKE 'crm:%' AND x = ANY (b)) THEN 'id'
		WHEN EXISTS (SELECT 1 FROM unnest(a) x WHERE x LIKE 'domain:%' AND x = ANY (b)) THEN 'domain'
		WHEN EXISTS (SELECT 1 FROM unnest(a) x, unnest(b) y WHERE x LIKE 'domain:%' AND y LIKE 'domain:%') THEN NULL
		WHEN EXISTS (SELECT 1 FROM unnest(a) x WHERE x LIKE 'name:company%@%' AND x = ANY (b)) THEN 'name' END $$;
SELECT is_empty($$SELECT 1 FROM random a, random b WHERE a.i <= 120 AND b.i BETWEEN 121 AND 240
	AND match_level(a.identity, b.identity) IS DISTINCT FROM pg_temp.ladder(match_keys(a.identity), match_keys(b.identity))$$, 'the ladder on random sets');

-- ---- equality, order, hash ----

SELECT is_empty($$SELECT 1 FROM random a, random b WHERE a.i <= 300 AND b.i <= 300 AND ((a.identity = b.identity) <> (a.identity::text = b.identity::text)
	OR (a.identity <> b.identity) <> (a.identity::text <> b.identity::text)
	OR (a.identity < b.identity) <> (company_identity_cmp(a.identity, b.identity) < 0) OR (a.identity <= b.identity) <> (company_identity_cmp(a.identity, b.identity) <= 0)
	OR (a.identity > b.identity) <> (company_identity_cmp(b.identity, a.identity) < 0) OR (a.identity >= b.identity) <> (company_identity_cmp(b.identity, a.identity) <= 0)
	OR sign(company_identity_cmp(a.identity, b.identity)) <> -sign(company_identity_cmp(b.identity, a.identity)))$$, 'operators agree with the text and each other');
SELECT is_empty($$SELECT 1 FROM random WHERE (company_identity_hash_extended(identity, 0) & 4294967295) <> (company_identity_hash(identity)::bigint & 4294967295)$$,
	'the hash is the lower half of the one with seed 0');
SELECT is((company_identity_hash('domain:acme.com'), company_identity_hash_extended('domain:acme.com lei:529900T8BM49AURSDO55', 7)),
	(1365919334, -3156238722718242826), 'the hash is this one, everywhere and for ever');
SELECT cmp_ok(count(DISTINCT company_identity_hash(identity)), '>', (count(DISTINCT identity) * 0.999)::bigint, 'different identities hash differently') FROM random;
CREATE TEMP TABLE part (identity company_identity) PARTITION BY HASH (identity);
CREATE TEMP TABLE part0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TEMP TABLE part1 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part SELECT identity FROM random;
SELECT ok(count(*) BETWEEN 1800 AND 3200, 'hash partitions') FROM part0;
CREATE TEMP TABLE one AS SELECT DISTINCT identity FROM random WHERE identity IS NOT NULL;
CREATE UNIQUE INDEX ON one (identity);
SET LOCAL enable_seqscan = off;
SELECT is_empty($$SELECT 1 FROM random r WHERE identity IS NOT NULL AND (SELECT count(*) FROM one o WHERE o.identity = r.identity) <> 1$$, 'a btree index finds each');
SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off;
SELECT is((SELECT count(*) FROM random r JOIN one USING (identity)), 5050::bigint, 'a hash join finds each');
RESET enable_nestloop; RESET enable_mergejoin; RESET enable_seqscan;

-- ---- GIN ----

CREATE TEMP TABLE indexed AS SELECT * FROM random;
CREATE INDEX ON indexed USING gin (identity);
SET LOCAL enable_seqscan = off;
CREATE TEMP TABLE found AS SELECT p.i AS a, x.i AS b FROM random p, LATERAL (SELECT i FROM indexed WHERE identity && p.identity OFFSET 0) x WHERE p.i % 7 = 0;
\ir plan.psql
SELECT matches(pg_temp.plan_of($$SELECT i FROM indexed WHERE identity && 'domain:d7.com'$$), 'Bitmap Index Scan on indexed_identity_idx', 'an index answers &&');
SELECT matches(pg_temp.plan_of($$SELECT i FROM indexed WHERE 'domain:d7.com' && identity$$), 'Bitmap Index Scan on indexed_identity_idx', 'written the other way as well');
SELECT is_empty($$SELECT 1 FROM indexed WHERE identity && ''$$, 'nothing matches nothing, by index');
SELECT is_empty($$SELECT 1 FROM indexed WHERE identity && 'name:company1 alias:company2'$$, 'nor weak keys');
SELECT is_empty($$SELECT 1 FROM indexed WHERE identity && NULL$$, 'nor NULL');
RESET enable_seqscan;
SET LOCAL enable_bitmapscan = off;
SELECT cmp_ok(count(*), '>', 10000::bigint, 'thousands of matches') FROM found;
SELECT results_eq($$SELECT a, b FROM found ORDER BY a, b$$, $$SELECT a.i, b.i FROM random a, random b WHERE a.i % 7 = 0 AND a.identity && b.identity ORDER BY 1, 2$$,
	'the index finds what a scan finds');
RESET enable_bitmapscan;
INSERT INTO indexed VALUES (9999, 'domain:new.example.com');
SET LOCAL enable_seqscan = off;
SELECT is((SELECT i FROM indexed WHERE identity && 'domain:new.example.com crm:x'), 9999, 'rows inserted later');
INSERT INTO indexed SELECT 10000, string_agg('crm:' || md5(g::text) || ' domain:' || md5(g::text) || '.org', ' ')::company_identity FROM generate_series(1, 500) g;
SELECT is((SELECT i FROM indexed WHERE identity && ('crm:' || md5('500'))::company_identity), 10000, 'one of a thousand keys, out of line');
SELECT is((SELECT count(*) FROM indexed a JOIN indexed b ON a.identity && b.identity AND a.identity = b.identity WHERE a.i = 10000), 1::bigint, 'matches and equals itself');
RESET enable_seqscan;

-- ---- columns and indexes made of identify() ----

CREATE TEMP TABLE account (name text, website text, country text);
ALTER TABLE account ADD identity company_identity GENERATED ALWAYS AS (identify(website => website, name => name, country => country)) STORED;
INSERT INTO account SELECT 'Company ' || chr(97 + i % 26) || chr(97 + i / 26 % 26), 'www.c' || i || '.com', 'US' FROM generate_series(1, 2000) i;
SELECT is((SELECT identity::text FROM account WHERE website = 'www.c7.com'), 'domain:c7.com name:companyha@US', 'a generated column');
UPDATE account SET website = 'nonsense' WHERE website = 'www.c7.com';
SELECT is((SELECT identity::text FROM account WHERE website = 'nonsense'), 'name:companyha@US', 'is made anew');
CREATE INDEX ON account USING gin (identify(website => website, name => name, country => country));
ANALYZE account;
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan_of($$SELECT 1 FROM account WHERE identify(website => website, name => name, country => country) && 'domain:c9.com'$$),
	'Bitmap Index Scan on account_identify_idx', 'an index on the expression');
SELECT is((SELECT website FROM account WHERE identify(website => website, name => name, country => country) && 'domain:c9.com'), 'www.c9.com', 'finds it');
RESET enable_seqscan;

-- ---- estimates ----

CREATE FUNCTION pg_temp.estimate(query text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan->0->'Plan'->>'Plan Rows')::double precision;
END $$;
-- How many times an estimate is off.
CREATE FUNCTION pg_temp.off(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE truth double precision; estimate double precision := pg_temp.estimate(query);
BEGIN
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO truth;
	RETURN round(greatest(estimate / greatest(truth, 1), greatest(truth, 1) / estimate)::numeric, 2);
END $$;
-- Own accounts and partners' rows: a quarter of theirs are ours, sizes and
-- some companies are skewed, a tenth has no website, some have ids.
CREATE FUNCTION pg_temp.record(c int, r bigint) RETURNS company_identity LANGUAGE sql IMMUTABLE AS $$
	SELECT concat_ws(' ', CASE WHEN r % 10 > 0 THEN 'domain:c' || c || '.com' END, CASE WHEN r % 7 > 0 THEN 'name:company' || c / 3 || '@US' END,
		CASE WHEN r % 5 = 0 THEN 'duns:' || lpad(c::text, 9, '1') END, CASE WHEN r % 4 = 0 THEN 'erp!:' || c END)::company_identity $$;
CREATE TEMP TABLE own AS SELECT i AS id, pg_temp.record(CASE WHEN i <= 9500 THEN i ELSE 1 + pg_temp.dice(i, 11, 9500) END, pg_temp.dice(i, 12, 1000000)) AS identity
FROM   generate_series(1, 10000) i;
CREATE TEMP TABLE theirs AS
SELECT i AS id, pg_temp.record(CASE WHEN pg_temp.dice(i, 20, 100) < 3 THEN 1 + pg_temp.dice(i, 24, 20) WHEN pg_temp.dice(i, 21, 100) < 25 THEN 1 + pg_temp.dice(i, 22, 9500)
		ELSE 9501 + pg_temp.dice(i, 23, 30000) END, pg_temp.dice(i, 25, 1000000)) AS identity
FROM   generate_series(1, 50000) i;
CREATE INDEX own_identity ON own USING gin (identity);
CREATE INDEX theirs_identity ON theirs USING gin (identity);
SELECT cmp_ok(pg_temp.estimate('SELECT 1 FROM own a JOIN theirs b ON a.identity && b.identity'), '<', 1000000::double precision, 'without statistics: about a row a row');
INSERT INTO own SELECT 1000000 + i, NULL FROM generate_series(1, 2000) i;
ANALYZE own; ANALYZE theirs;
CREATE TEMP TABLE estimated AS
SELECT description, pg_temp.off(query) AS off
FROM  (VALUES ('a join', 'SELECT 1 FROM own a JOIN theirs b ON a.identity && b.identity'),
	('the other way', 'SELECT 1 FROM theirs b JOIN own a ON b.identity && a.identity'),
	('a self join', 'SELECT 1 FROM own a JOIN own b ON a.identity && b.identity'),
	('part of a table', 'SELECT 1 FROM own a JOIN theirs b ON a.identity && b.identity WHERE a.id BETWEEN 5000 AND 5500'),
	('by its function''s name', 'SELECT 1 FROM own a JOIN theirs b ON company_identity_matches(a.identity, b.identity) WHERE a.id BETWEEN 5000 AND 5100'),
	('a semijoin', 'SELECT 1 FROM theirs b WHERE EXISTS (SELECT FROM own a WHERE a.identity && b.identity)'),
	('the other semijoin', 'SELECT 1 FROM own a WHERE EXISTS (SELECT FROM theirs b WHERE a.identity && b.identity)'),
	('an antijoin', 'SELECT 1 FROM theirs b WHERE NOT EXISTS (SELECT FROM own a WHERE a.identity && b.identity)'),
	('a left join', 'SELECT 1 FROM own a LEFT JOIN theirs b ON a.identity && b.identity'),
	('a common domain', $$SELECT 1 FROM theirs WHERE identity && 'domain:c5.com'$$),
	('a rare domain', $$SELECT 1 FROM theirs WHERE identity && 'domain:c12345.com'$$),
	('its function''s name', $$SELECT 1 FROM theirs WHERE company_identity_matches(identity, 'domain:c5.com')$$),
	('a common id', $$SELECT 1 FROM theirs WHERE identity && 'erp!:7'$$),
	('two common domains', $$SELECT 1 FROM theirs WHERE identity && 'domain:c5.com domain:c6.com'$$),
	('a name', $$SELECT 1 FROM theirs WHERE identity && 'name:company4@US'$$),
	('a name beside a domain', $$SELECT 1 FROM theirs WHERE identity && 'domain:c12345.com name:company4@US'$$),
	('an id that vetoes', $$SELECT 1 FROM theirs WHERE identity && 'erp!:none domain:c5.com'$$),
	('one side NULL', $$SELECT 1 FROM own WHERE identity && 'domain:c5.com'$$)) q(description, query);
SELECT cmp_ok(off, '<', 3.0, description || ': within a factor of three (' || off || ')') FROM estimated;
-- A tenth has an identity, and half of those one of two domains.
CREATE TEMP TABLE rarely AS SELECT CASE WHEN i % 10 = 0 THEN ('domain:' || CASE WHEN i % 20 = 0 THEN 'd' || i % 40 ELSE 'e' || i END || '.com')::company_identity END AS identity FROM generate_series(1, 20000) i;
ANALYZE rarely;
SELECT cmp_ok(pg_temp.off($$SELECT 1 FROM rarely WHERE identity && 'domain:d20.com'$$), '<', 2.0, 'mostly NULLs: a common domain');
SELECT is(pg_temp.estimate($$SELECT 1 FROM own WHERE identity && ''$$), 1::double precision, 'nothing matches nothing, and the planner knows');
SELECT is(pg_temp.estimate($$SELECT 1 FROM own WHERE identity && 'alias:company4'$$), 1::double precision, 'nor does a weak key');
-- Of an expression, through an index or extended statistics.
CREATE TEMP TABLE site (website text);
INSERT INTO site SELECT 'http://www.c' || CASE WHEN i % 10 = 0 THEN 5 ELSE i END || '.com/' FROM generate_series(1, 5000) i;
CREATE STATISTICS site_identity ON (identify(website => website)) FROM site;
ANALYZE site;
SELECT cmp_ok(pg_temp.off($$SELECT 1 FROM site WHERE identify(website => website) && 'domain:c5.com'$$), '<', 3.0, 'statistics of an expression');
DROP STATISTICS site_identity;
CREATE INDEX ON site USING gin (identify(website => website));
ANALYZE site;
SELECT cmp_ok(pg_temp.off($$SELECT 1 FROM site WHERE identify(website => website) && 'domain:c5.com'$$), '<', 3.0, 'or of an index on it');
SELECT cmp_ok(pg_temp.off($$SELECT 1 FROM site a JOIN site b ON identify(website => a.website) && identify(website => b.website)$$), '<', 3.0, 'joined');
-- A column of nothing, of NULLs, an empty table.
CREATE TEMP TABLE blank AS SELECT CASE WHEN i % 2 = 0 THEN ''::company_identity END AS identity FROM generate_series(1, 1000) i;
ANALYZE blank;
SELECT is(pg_temp.estimate($$SELECT 1 FROM blank a JOIN own b ON a.identity && b.identity$$), 1::double precision, 'a column without keys');
UPDATE blank SET identity = NULL;
ANALYZE blank;
SELECT is(pg_temp.estimate($$SELECT 1 FROM blank a JOIN own b ON a.identity && b.identity$$), 1::double precision, 'a column of NULLs');
DELETE FROM blank;
ANALYZE blank;
SELECT lives_ok($$SELECT pg_temp.estimate('SELECT 1 FROM blank a JOIN own b ON a.identity && b.identity')$$, 'an empty table');
-- The slot does not disturb core's.
SELECT ok(count(*) = 1 AND max(n_distinct) < 0, 'the usual statistics are there as well') FROM pg_stats WHERE tablename = 'own' AND attname = 'identity' AND schemaname LIKE 'pg_temp%';
-- Who may not read all rows learns nothing of their common keys.
CREATE ROLE ecosystem_test_reader;
CREATE TABLE ecosystem_test_secret AS SELECT * FROM theirs;
ALTER TABLE ecosystem_test_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON ecosystem_test_secret USING (id % 2 = 0);
GRANT SELECT ON ecosystem_test_secret TO ecosystem_test_reader;
ANALYZE ecosystem_test_secret;
CREATE FUNCTION ecosystem_test_estimate(query text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan->0->'Plan'->>'Plan Rows')::double precision;
END $$;
SELECT cmp_ok(ecosystem_test_estimate($$SELECT 1 FROM ecosystem_test_secret WHERE identity && 'domain:c5.com'$$), '>',
	10 * ecosystem_test_estimate($$SELECT 1 FROM ecosystem_test_secret WHERE identity && 'domain:unknown.com'$$), 'the owner''s plans know what is common');
SET LOCAL ROLE ecosystem_test_reader;
SELECT is(ecosystem_test_estimate($$SELECT 1 FROM ecosystem_test_secret WHERE identity && 'domain:c5.com'$$),
	ecosystem_test_estimate($$SELECT 1 FROM ecosystem_test_secret WHERE identity && 'domain:unknown.com'$$), 'plans under row security do not tell');
RESET ROLE;
DROP TABLE ecosystem_test_secret;
DROP FUNCTION ecosystem_test_estimate;
-- An operator of somebody else's with our estimators gets an estimate.
CREATE FUNCTION pg_temp.texts_match(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR pg_temp.&&& (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.texts_match, RESTRICT = ecosystem._company_identity_sel, JOIN = ecosystem._company_identity_joinsel);
SELECT lives_ok($$SELECT pg_temp.estimate('SELECT 1 FROM site WHERE website OPERATOR(pg_temp.&&&) ''x''')$$, 'the estimator on other types');
SELECT lives_ok($$SELECT pg_temp.estimate('SELECT 1 FROM site a JOIN site b ON a.website OPERATOR(pg_temp.&&&) b.website')$$, 'the join estimator on other types');

-- ---- parallel ----

SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 4;
CREATE TABLE ecosystem_test_plain AS SELECT id, identity::text AS keys, 'www.c' || id || '.com' AS website FROM theirs;
SELECT matches(pg_temp.plan_of($$SELECT count(*) FROM ecosystem_test_plain WHERE identify(website => website, name => keys) && identify(website => website)$$),
	'Gather.*Parallel Seq Scan', 'identify and && run in workers');
SELECT is((SELECT sum(hashtextextended(identify(website => website, name => keys, country => 'US', ids => ARRAY['crm:' || id])::text, 0)) FROM ecosystem_test_plain),
	(SELECT sum(hashtextextended(t, 0)) FROM (SELECT identify(website => website, name => keys, country => 'US', ids => ARRAY['crm:' || id])::text AS t
		FROM ecosystem_test_plain OFFSET 0) q), 'and give the same there');
DROP TABLE ecosystem_test_plain;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- ---- binary form, dumps ----

CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/receive.bin';
	object oid := lo_from_bytea(0, '\x5047434f50590aff0d0a0000000000000000000001' || int4send(length(value)) || value || '\xffff');
BEGIN
	PERFORM lo_export(object, file);
	PERFORM lo_unlink(object);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	RETURN (SELECT v::text FROM received);
END $$;
CREATE TEMP TABLE received (v company_identity);
SELECT is_empty($$SELECT canonical FROM form WHERE pg_temp.receive(company_identity_send(canonical::company_identity)) <> canonical$$, 'what is sent is received');
SELECT throws_ok($$SELECT pg_temp.receive('\x')$$, '08P01', NULL, 'receive: nothing');
SELECT throws_ok($$SELECT pg_temp.receive('\x02' || 'domain:a.com'::bytea)$$, '22P03', 'invalid binary value for type company_identity', 'receive: a later version');
SELECT throws_ok($$SELECT pg_temp.receive('\x01' || 'domain:a'::bytea)$$, '22P02', NULL, 'receive: no domain');
SELECT throws_ok($$SELECT pg_temp.receive('\x01c328')$$, '22021', NULL, 'receive: invalid encoding');
SELECT throws_ok($$SELECT pg_temp.receive('\x016100')$$, '22021', NULL, 'receive: a zero byte');
SELECT is(pg_temp.receive('\x01'), '', 'receive: no keys');
CREATE TEMP TABLE copied (i int, identity company_identity);
DO $$ BEGIN
	EXECUTE format('COPY random TO %L', current_setting('data_directory') || '/random.txt');
	EXECUTE format('COPY copied FROM %L', current_setting('data_directory') || '/random.txt');
	EXECUTE format('COPY random TO %L (FORMAT binary)', current_setting('data_directory') || '/random.bin');
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', current_setting('data_directory') || '/random.bin');
END $$;
SELECT is_empty($$SELECT i FROM random r WHERE (SELECT count(*) FROM copied c WHERE c.i = r.i AND c.identity IS NOT DISTINCT FROM r.identity) <> 2$$, 'a dump restores, as text and binary');

-- Mangled forms are read or refused, never anything else; what is read is
-- read back, and matches as the ladder says.
CREATE FUNCTION pg_temp.reading(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN input::company_identity::text;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END $$;
CREATE TEMP TABLE mangled AS
SELECT DISTINCT m, pg_temp.reading(m) AS canonical
FROM   form, LATERAL generate_series(0, length(input)) i,
       LATERAL (VALUES (left(input, i)), (left(input, i) || substr(input, i + 2)), (left(input, i) || ':' || substr(input, i + 1)), (left(input, i) || '%' || substr(input, i + 1)),
            (left(input, i) || '@' || substr(input, i + 1)), (left(input, i) || '!' || substr(input, i + 1)), (left(input, i) || ' ' || substr(input, i + 1)),
            (left(input, i) || 'ä' || substr(input, i + 1)), (left(input, i) || repeat('x', 300) || substr(input, i + 1))) v(m);
SELECT cmp_ok(count(*), '>', 3000::bigint, 'thousands of mangled identities') FROM mangled;
SELECT cmp_ok(count(canonical), '>', 500::bigint, 'some of them are identities') FROM mangled;
SELECT is_empty($$SELECT m FROM mangled WHERE canonical IS NOT NULL AND canonical IS DISTINCT FROM pg_temp.reading(canonical)$$, 'and those are read back as themselves');
-- identify() never fails on what a field contains, and what it makes is read back.
SELECT is_empty($$SELECT m FROM mangled, LATERAL (SELECT identify(website => m, email => m, name => m, country => m, ids => ARRAY[m, 'crm:' || m, 'vat:' || m, 'lei:' || m,
	'ticker:' || m, 'sf:' || m, 'siret:' || m, 'cik:' || m]) AS i OFFSET 0) q WHERE i::text::company_identity <> i$$, 'identify() on garbage');

-- ---- what looks like a key and is none ----

SELECT results_eq($$SELECT id FROM unnest(ARRAY['erp!:#N/A', 'crm:#N/A', 'erp!:#REF!', 'erp!:#NAME?', 'erp!:(null)', 'erp!:<null>', 'erp!:[null]', 'erp!:(blank)',
		'erp!:-1', 'erp!:N/A.', 'erp!:n\a', 'erp!:none.', 'erp!:No', 'erp!:missing', 'erp!:not provided', 'erp!:dummy', 'erp!:999999', 'erp!:111111',
		'duns:123456789', 'duns:987654321', 'vat:US123456789', 'cik:1234567890', 'lei:00000000000000000098', 'vat:CHE-111.111.111']) id
	WHERE company_id_problem(id) IS DISTINCT FROM 'placeholder' OR company_id_key(id) IS NOT NULL OR identify(ids => ARRAY[id])::text <> ''$$,
	$$SELECT NULL::text LIMIT 0$$, 'placeholders are no ids');
SELECT is(company_id_problem('erp!:1.23457E+11'), 'bad_format', 'a number that a spreadsheet rounded');
SELECT results_eq($$SELECT id, company_id_key(id) FROM unnest('{crm:1,crm:11111,crm:Noah,crm:x1,crm:1E+,crm:2E5,erp:#12!a,crm:nil2}'::text[]) id$$,
	$$SELECT id, id FROM unnest('{crm:1,crm:11111,crm:Noah,crm:x1,crm:1E+,crm:2E5,erp:#12!a,crm:nil2}'::text[]) id$$, 'and what is an id stays one');
SELECT results_eq($$SELECT id, company_id_key(id), company_id_problem(id) FROM unnest(ARRAY['vat:CHE-116.281.710 MWST', 'vat:CHE-116.281.710 TVA', 'vat:CHE116281710', 'vat:CHE-116.281.711',
		'vat:NO 923609016 MVA', 'vat:NO923609016', 'vat:NO923609017', 'vat:RO0795', 'vat:RO795', 'vat:GBHA568', 'vat:GBHQ568', 'NASDAQ: MSFT', 'ticker: NASDAQ: MSFT', 'cik:CIK0000320193']) id$$,
	$$VALUES ('vat:CHE-116.281.710 MWST', 'vat:CHE116281710', NULL), ('vat:CHE-116.281.710 TVA', 'vat:CHE116281710', NULL), ('vat:CHE116281710', 'vat:CHE116281710', NULL),
		('vat:CHE-116.281.711', NULL, 'bad_checksum'), ('vat:NO 923609016 MVA', 'vat:NO923609016', NULL), ('vat:NO923609016', 'vat:NO923609016', NULL), ('vat:NO923609017', NULL, 'bad_checksum'),
		('vat:RO0795', company_id_key('vat:RO795'), company_id_problem('vat:RO795')), ('vat:RO795', company_id_key('vat:RO795'), company_id_problem('vat:RO795')),
		('vat:GBHA568', 'vat:GBHA568', NULL), ('vat:GBHQ568', NULL, 'bad_checksum'), ('NASDAQ: MSFT', 'ticker:XNAS:MSFT', NULL), ('ticker: NASDAQ: MSFT', 'ticker:XNAS:MSFT', NULL),
		('cik:CIK0000320193', 'cik:0000320193', NULL)$$, 'ids as registers and press releases write them');
SELECT results_eq($$SELECT website, company_domain_problem(website), to_company_domain(website)::text FROM unnest(ARRAY['shop1.en.alibaba.com', 'foo.etsy.com', 'https://www.google.com/maps/place/Foo', 'www.etsy.com',
		'https://www.etsy.com/shop/foo', 'etsy.com', 'about.gitlab.com', 'aws.amazon.com/de', 'https://www.amazon.com/stores/foo', 'cloud.google.com', 'foo.bandcamp.com', 'bandcamp.com', 'jane@mail.linkedin.com', 'acme-.foo.com', 'x_y.acme.com', 'http://http//acme.com', 'http.acme.com//x']) website$$,
	$$VALUES ('shop1.en.alibaba.com', NULL, 'shop1.en.alibaba.com'), ('foo.etsy.com', NULL, 'foo.etsy.com'), ('https://www.google.com/maps/place/Foo', 'shared_host', NULL), ('www.etsy.com', NULL, 'etsy.com'),
		('https://www.etsy.com/shop/foo', 'shared_host', NULL), ('etsy.com', NULL, 'etsy.com'), ('about.gitlab.com', NULL, 'gitlab.com'), ('aws.amazon.com/de', NULL, 'amazon.com'), ('https://www.amazon.com/stores/foo', 'shared_host', NULL), ('cloud.google.com', NULL, 'google.com'),
		('foo.bandcamp.com', NULL, 'foo.bandcamp.com'), ('bandcamp.com', NULL, 'bandcamp.com'), ('jane@mail.linkedin.com', NULL, 'linkedin.com'), ('acme-.foo.com', NULL, 'foo.com'), ('x_y.acme.com', NULL, 'acme.com'),
		('http://http//acme.com', NULL, 'acme.com'), ('http.acme.com//x', NULL, 'acme.com')$$, 'tenants and pages of portals are not the portal');
SELECT results_eq($$SELECT a FROM (VALUES ('Serenity Spa', 'Serenity LLC', 'US'), ('Valley Ag', 'Valley LLC', 'US'), ('Farmers Cooperative', 'Farmers Inc', 'US'), ('Farmers Co-op', 'Farmers LLC', 'US'),
		('Carbon Co-op', 'Carbon Ltd', 'GB'), ('Summit REIT', 'Summit Inc', 'US'), ('Home S&L', 'Home Inc', 'US'), ('Siemens NA', 'Siemens Corp', 'US'), ('Sands NV', 'Sands LLC', 'US'),
		('Kand & K Inc', 'Kand LLC', 'US'), ('H&M Inc', 'H & M LLC', 'US'), ('C++ Inc', 'C++ LLC', 'US'), ('Stealth Startup', 'Stealth Startup', 'US'), ('Various', 'Various', 'US')) v(a, b, c)
	WHERE identify(name => a, country => c) && identify(name => b, country => c)$$, $$SELECT NULL::text LIMIT 0$$, 'words, initials and nobody match nobody');
SELECT results_eq($$SELECT a FROM (VALUES ('Serenity S.p.A.', 'Serenity LLC', 'US'), ('Siemens AG', 'Siemens GmbH', 'DE'), ('Valley A.G.', 'Valley Inc', 'US'), ('Prada Spa', 'Prada', 'IT'), ('Maersk A/S', 'Maersk', 'US'),
		('Tiffany & Co Ltd', 'Tiffany & Co.', 'US'), ('Levi Strauss & Company Limited', 'Levi Strauss & Co.', 'US')) v(a, b, c)
	WHERE NOT identify(name => a, country => c) && identify(name => b, country => c)$$, $$SELECT NULL::text LIMIT 0$$, 'forms that are meant are taken off');
SELECT is(possible_match(identify(name => 'H&M Inc', country => 'US'), identify(name => 'H & M', country => 'US')), 'name and country equal, name short', 'two initials are a possible match');
SELECT is(identify(ids => ARRAY['crm:b', NULL, 'crm:a', 'crm:b', 'n/a']), 'crm:a crm:b', 'ids with nulls and doubles');
SELECT is(identify(ids => '{{crm:b,crm:c},{crm:a,NULL}}'), 'crm:a crm:b crm:c', 'ids of two dimensions');
SELECT is(identify(ids => (SELECT array_agg('crm:' || i % 40 ORDER BY i) FROM generate_series(1, 400) i)),
	identify(ids => (SELECT array_agg('crm:' || i % 40 ORDER BY i DESC) FROM generate_series(1, 80) i)), 'many ids, in any order and number');

-- ---- estimates on the demo CRM, within a factor of three ----

CREATE TEMP TABLE ours AS SELECT a.*, identify(website => website, name => name, country => country) AS identity FROM crm.account a;
CREATE TEMP TABLE shared AS SELECT p.*, identify(website => website, name => name, country => country) AS identity FROM crm.partner_account p;
CREATE INDEX ON ours USING gin (identity);
CREATE INDEX ON shared USING gin (identity);
CREATE INDEX ON ours USING gin (identify(website => website, name => name, country => country));
CREATE INDEX ON shared USING gin (identify(website => website, name => name, country => country));
ANALYZE ours;
ANALYZE shared;
CREATE FUNCTION pg_temp.estimate_and_truth(query text, OUT estimate double precision, OUT truth double precision) LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	estimate := (plan->0->'Plan'->>'Plan Rows')::double precision;
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO truth;
END $$;
SELECT is_empty($$SELECT what, estimate, truth FROM (VALUES
	('inner', 'SELECT 1 FROM ours a JOIN shared p ON a.identity && p.identity'),
	('semi', 'SELECT 1 FROM ours a WHERE EXISTS (SELECT FROM shared p WHERE a.identity && p.identity)'),
	('anti', 'SELECT 1 FROM ours a WHERE NOT EXISTS (SELECT FROM shared p WHERE a.identity && p.identity)'),
	('semi, the other way', 'SELECT 1 FROM shared p WHERE EXISTS (SELECT FROM ours a WHERE a.identity && p.identity)'),
	('anti, the other way', 'SELECT 1 FROM shared p WHERE NOT EXISTS (SELECT FROM ours a WHERE a.identity && p.identity)'),
	('of expressions', 'SELECT 1 FROM ours a WHERE NOT EXISTS (SELECT FROM shared p WHERE identify(website => a.website, name => a.name, country => a.country) && identify(website => p.website, name => p.name, country => p.country))')
	) q(what, query), pg_temp.estimate_and_truth(query) WHERE NOT estimate BETWEEN truth / 3 AND truth * 3$$, 'joins');
SELECT is_empty($$SELECT sum(estimate), sum(truth) FROM (SELECT DISTINCT identity FROM ours WHERE identity::text <> '' ORDER BY 1 LIMIT 200) a,
	pg_temp.estimate_and_truth(format('SELECT 1 FROM shared WHERE identity && %L', identity)) HAVING NOT sum(estimate) BETWEEN sum(truth) / 3 AND sum(truth) * 3$$, 'and look-ups, together');

SELECT * FROM finish();
ROLLBACK;
