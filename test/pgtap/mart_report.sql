-- mart_report: the page is sound, its numbers are the mart's, and no value of a CRM gets out of its place; on a mart
-- that is full, one that is hostile and one that is empty
BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(95);

-- ---------------------------------------------------------------------------
-- Marts: the demo's, one of hostile names, one with nothing in it
-- ---------------------------------------------------------------------------

CALL create_mart('elg');
CALL bind_demo('elg');
CALL create_mart('void');
CALL create_mart('Bad "<m>" & ''x''', currency => 'JPY', fiscal_year_starts => 4);
UPDATE "Bad ""<m>"" & 'x'".setting SET as_of = '2026-06-30', minor_digits = 0;

CREATE SCHEMA hand;
DO $$
DECLARE
	name    text;
	columns text;
BEGIN
	FOR name IN SELECT r.name FROM mart_relation r WHERE r.kind = 'standard' AND r.name IN ('account', 'partner', 'partner_account', 'deal', 'deal_partner', 'touch') LOOP
		EXECUTE format('CREATE TABLE hand.%I (LIKE "Bad ""<m>"" & ''x''".%I)', name, name);
		EXECUTE (SELECT format('ALTER TABLE hand.%I ', name) || string_agg(format('ALTER %I DROP NOT NULL', attname), ', ')
		         FROM pg_attribute WHERE attrelid = format('hand.%I', name)::regclass AND attnum > 0);
		SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
		WHERE  attrelid = format('hand.%I', name)::regclass AND attnum > 0 AND attname NOT IN ('closed_on', 'amount_written');
		PERFORM _mart_set_part('Bad "<m>" & ''x''', name, 'hand', format('SELECT %s FROM hand.%I', columns, name), NULL);
	END LOOP;
END $$;
-- Names that somebody wrote who did not mean well, or in another direction.
CREATE FUNCTION pg_temp.bad(n integer) RETURNS text LANGUAGE sql AS $$
	SELECT (ARRAY['<script>alert(' || n || ')</script>', '"><img src=x onerror=alert(1)>', 'R&D &lt;b&gt; ''quoted'' ' || n, '</title></svg><svg onload=alert(1)>',
		'%s %1$s \ ' || n, U&'\202Egnp.exe \2066 ' || n, U&'\0634\0631\0643\0629 ' || n, E'two\nlines\tand\x07bell\x7f' || n, repeat('very long name ', 40) || n, U&'\D83D\DE80 \0085\FFFE rocket ' || n])[1 + n % 10]
$$;
INSERT INTO hand.partner (partner_id, name, type) SELECT 'P' || n, pg_temp.bad(n), pg_temp.bad(n + 1) FROM generate_series(1, 200) n;
INSERT INTO hand.account (account_id, name, website, country, segment, owner) SELECT 'A' || n, pg_temp.bad(n), 'a' || n || '.example.com', 'US', (ARRAY['customer', 'prospect', NULL, 'open_opportunity'])[1 + n % 4], pg_temp.bad(n + 3)
FROM   generate_series(1, 300) n;
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population, owner) SELECT 'P' || 1 + n % 200, 'R' || n, pg_temp.bad(n), 'a' || n || '.example.com', 'US', 'customer', pg_temp.bad(n)
FROM   generate_series(1, 500) n;
INSERT INTO hand.deal (deal_id, account_id, name, type, stage, outcome, amount, opened_at, closed_at, owner, co_sell)
SELECT 'D' || n, 'A' || 1 + n % 300, pg_temp.bad(n), CASE n % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'renewal' END, pg_temp.bad(n), (ARRAY['won', 'lost', 'won', 'open'])[1 + n % 4],
       CASE WHEN n % 50 = 0 THEN NULL WHEN n = 42 THEN 1e13 ELSE 1000 * n END, timestamptz '2026-06-20 12:00+00' - n * interval '2 days', CASE WHEN n % 4 < 3 THEN timestamptz '2026-06-25 12:00+00' - n * interval '1 day' END, pg_temp.bad(n), n % 2 = 0
FROM   generate_series(1, 400) n;
INSERT INTO hand.deal_partner (deal_id, partner_id, role, added_at) SELECT 'D' || n, 'P' || 1 + n / 2 % 200, 'sourcing', timestamptz '2026-06-19 12:00+00' - n * interval '2 days' FROM generate_series(1, 400) n;
SET client_min_messages = error;
-- All but what is looked ahead at, which the page does not show and which takes longest.
CREATE FUNCTION pg_temp.shown(mart name) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	shown text[];
BEGIN
	EXECUTE format('SELECT array_agg(name) FROM (SELECT name FROM %1$I.relation WHERE kind = ''report'' AND name NOT IN (''forecast'', ''forecast_deal'', ''forecast_part'') UNION SELECT relation FROM %1$I.relation_part) r', mart) INTO shown;
	RETURN shown;
END $$;
CALL refresh_mart('elg', pg_temp.shown('elg'));
CALL refresh_mart('Bad "<m>" & ''x''', pg_temp.shown('Bad "<m>" & ''x'''));

CREATE TEMP TABLE page (name text PRIMARY KEY, mart name, html text);
INSERT INTO page VALUES ('demo', 'elg', mart_report('elg')), ('hostile', 'Bad "<m>" & ''x''', mart_report('Bad "<m>" & ''x''')), ('empty', 'void', mart_report('void'));

-- ---------------------------------------------------------------------------
-- The page
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.found(html text, pattern text) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM regexp_matches(html, pattern, 'g') $$;

SELECT ok(starts_with(html, E'<!DOCTYPE html>\n<html lang="en">'), name || ': HTML, and in which language') FROM page;
SELECT ok(html ~ '^[\x0a\x20-\x7e]+$', name || ': ASCII without control characters') FROM page;
SELECT cmp_ok(octet_length(html), '<', 100000, name || ': below 100 kB') FROM page;
SELECT is(pg_temp.found(html, '(?i)<(script|img|iframe|object|embed|form|base|a [^>]*href="[^#])|\son[a-z]+\s*=\s*["'']|javascript:|@import|url\('), 0::bigint, name || ': nothing that runs or is loaded') FROM page;
SELECT ok(html LIKE '%content="default-src ''none''; style-src ''unsafe-inline''; img-src data:"%', name || ': and a policy that forbids it') FROM page;
SELECT is_empty(format('SELECT id[1] FROM regexp_matches(%L, '' id="([^"]*)"'', ''g'') AS id GROUP BY 1 HAVING count(*) > 1', html), name || ': ids are unique') FROM page;
SELECT is_empty(format($$SELECT target[1] FROM regexp_matches(%1$L, '(?:href="#|aria-labelledby=")([^"]*)"', 'g') AS target WHERE %1$L !~ (' id="' || target[1] || '"')$$, html), name || ': what is pointed at is there') FROM page;
SELECT is_empty(format($$SELECT level, before FROM (SELECT h[1]::integer AS level, lag(h[1]::integer, 1, 0) OVER (ORDER BY n) AS before FROM regexp_matches(%L, '<h([1-6])[ >]', 'g') WITH ORDINALITY AS t(h, n)) s WHERE level > before + 1$$, html),
                name || ': headings in order') FROM page;
SELECT is(pg_temp.found(html, '<h1>'), 1::bigint, name || ': one of them the first') FROM page;
SELECT is(pg_temp.found(html, '<section id="(led|origin|credit|co-sell|overlap|monday|scorecard|basis)">'), 8::bigint, name || ': eight blocks') FROM page;
SELECT is_empty(format($$SELECT s[1] FROM regexp_matches(%L, '<svg[^>]*role="img"[^>]*>(.{7})', 'g') AS s WHERE s[1] <> '<title>' AND s[1] <> '<title '$$, html), name || ': each drawing has a title') FROM page;
SELECT is_empty(format($$SELECT left(s[1], 40) FROM regexp_matches(%L, '<section (.*?)</section>', 'g') AS s WHERE s[1] LIKE '%%<svg%%role="img"%%' AND s[1] NOT LIKE '%%<table>%%'$$, html), name || ': and its numbers in a table') FROM page;
-- Were a name read as a mark, an element would be left open.
SELECT is_empty(format($$SELECT tag, sum(n) FROM (SELECT m[2] AS tag, CASE m[1] WHEN '/' THEN -1 ELSE 1 END AS n FROM regexp_matches(%L, '<(/?)([a-z][a-z0-9]*)([^<>]*)>', 'g') AS m WHERE m[3] !~ '/$') t GROUP BY tag HAVING sum(n) <> 0$$, html),
                name || ': what is opened is closed') FROM page;
SELECT is(pg_temp.found(html, '&(?!#[0-9]+;|amp;|lt;|gt;|quot;)'), 0::bigint, name || ': every & is written as one') FROM page;

SELECT is(mart_report('elg'), html, 'the same mart makes the same page') FROM page WHERE name = 'demo';
SELECT isnt(mart_report('elg', '2025-05-05'), html, 'a day chooses the quarters') FROM page WHERE name = 'demo';
SELECT ok(mart_report('elg', '2025-05-05') LIKE '%Won deals of FY2023 Q3 to FY2025 Q2, 1 July 2023 to 30 June 2025.%', 'the eight up to the one that it is in');

-- ---------------------------------------------------------------------------
-- Contrast, of every pair of colours that text and what is under it have
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.luminance(colour text) RETURNS numeric LANGUAGE sql AS $$
	SELECT sum(w * CASE WHEN c <= 0.04045 THEN c / 12.92 ELSE power((c + 0.055) / 1.055, 2.4) END)
	FROM  (VALUES (1, 0.2126), (2, 0.7152), (3, 0.0722)) AS p(n, w), LATERAL (SELECT get_byte(decode(substr(colour, 2), 'hex'), n - 1) / 255.0 AS c) v
$$;
CREATE TEMP VIEW colour AS
SELECT mode, m[1] AS name, m[2] AS colour
FROM  (VALUES ('light', '^\s*:root\{([^}]*)\}'), ('dark', 'prefers-color-scheme:dark\)\{:root\{([^}]*)\}')) AS s(mode, pattern), regexp_matches(substring(_mart_page_style(), pattern), '--([a-z0-9-]+):(#[0-9a-f]{6})', 'g') AS m;
SELECT results_eq($$SELECT name FROM colour WHERE mode = 'light' ORDER BY 1$$, $$SELECT name FROM colour WHERE mode = 'dark' ORDER BY 1$$, 'every colour has one for the dark');
SELECT is_empty($$SELECT mode, over, under, round(contrast, 2) FROM (SELECT mode, over, under, (greatest(a, b) + 0.05) / (least(a, b) + 0.05) AS contrast, least
	FROM (VALUES ('ink', 'bg', 4.5), ('dim', 'bg', 4.5), ('ink', 'soft', 4.5), ('dim', 'soft', 4.5), ('good', 'bg', 4.5), ('warn', 'bg', 4.5), ('on-led', 'led', 4.5), ('on-gap', 'gap', 4.5), ('on-none', 'none', 4.5),
		('on-h', 'h1', 4.5), ('on-h', 'h2', 4.5), ('on-h', 'h3', 4.5), ('on-h', 'h4', 4.5), ('on-h', 'h5', 4.5), ('on-h6', 'h6', 4.5), ('led', 'bg', 3)) AS p(over, under, least)
	JOIN (SELECT mode, name AS over, pg_temp.luminance(colour) AS a FROM colour) o USING (over) JOIN (SELECT mode, name AS under, pg_temp.luminance(colour) AS b FROM colour) u USING (mode, under)) c WHERE contrast < least$$,
	'text can be read in the light and in the dark');

-- ---------------------------------------------------------------------------
-- Numbers are the mart's
-- ---------------------------------------------------------------------------

-- Rows of a table of a block, each with its cells.
CREATE FUNCTION pg_temp.cells(of_page text, section text, nth integer) RETURNS TABLE (line bigint, cell text[]) LANGUAGE sql AS $$
	SELECT n, ARRAY(SELECT replace(regexp_replace(c[1], '<[^>]*>', '', 'g'), '&#160;', ' ') FROM regexp_matches(r[1], '<t[dh][^>]*?>(.*?)</t[dh]>', 'g') WITH ORDINALITY AS t(c, k) ORDER BY k)
	FROM  (SELECT html FROM page WHERE name = of_page) p,
	      LATERAL (SELECT t[1] AS body FROM regexp_matches(substring(html, '<section id="' || section || '">(.*?)</section>'), '<tbody>(.*?)</tbody>', 'g') WITH ORDINALITY AS t(t, n) WHERE n = nth) b,
	      regexp_matches(body, '<tr[^>]*?>(.*?)</tr>', 'g') WITH ORDINALITY AS r(r, n)
$$;
CREATE FUNCTION pg_temp.money(value numeric, digits integer) RETURNS text LANGUAGE sql AS $$ SELECT to_char(coalesce(value, 0), 'FM999,999,999,999,990' || CASE WHEN digits = 2 THEN '.00' ELSE '' END) $$;

SELECT results_eq($$SELECT cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7] FROM pg_temp.cells('demo', 'led', 1) WHERE line <= 8 ORDER BY line$$,
	$$SELECT closed_fiscal, count(*)::text, pg_temp.money(sum(amount), 2), pg_temp.money(sum(amount) FILTER (WHERE is_touched), 2), pg_temp.money(sum(amount) FILTER (WHERE is_led), 2),
		round(100 * sum(amount) FILTER (WHERE is_touched) / sum(amount), 1) || ' %', round(100 * sum(amount) FILTER (WHERE is_led) / sum(amount), 1) || ' %'
	FROM elg.deal_fact WHERE outcome = 'won' AND closed_quarter BETWEEN '2024-10-01' AND '2026-07-01' GROUP BY closed_quarter, closed_fiscal ORDER BY closed_quarter$$, 'touched and led by quarter');
SELECT is(cell[2:5], (SELECT ARRAY[count(*)::text, pg_temp.money(sum(amount), 2), pg_temp.money(sum(amount) FILTER (WHERE is_touched), 2), pg_temp.money(sum(amount) FILTER (WHERE is_led), 2)]
	FROM elg.deal_fact WHERE outcome = 'won' AND closed_quarter BETWEEN '2024-10-01' AND '2026-07-01'), 'and all together') FROM pg_temp.cells('demo', 'led', 1) WHERE line = 9;
SELECT ok(html ~ ('<span class="big">' || (SELECT round(100 * sum(amount) FILTER (WHERE is_touched AND NOT is_led) / sum(amount)) FROM elg.deal_fact WHERE outcome = 'won' AND closed_quarter BETWEEN '2024-10-01' AND '2026-07-01') || '</span> points'),
	'the gap is the first thing one sees') FROM page WHERE name = 'demo';
SELECT results_eq($$SELECT cell[2], cell[3], cell[5] FROM pg_temp.cells('demo', 'origin', 1) WHERE line <= 4 ORDER BY line$$,
	$$SELECT count(*)::text, pg_temp.money(sum(amount), 2), pg_temp.money(sum(amount) FILTER (WHERE is_led), 2) FROM elg.deal_fact WHERE outcome = 'won' AND closed_quarter BETWEEN '2024-10-01' AND '2026-07-01'
	GROUP BY origin ORDER BY array_position('{partner_sourced,ecosystem_sourced,partner_influenced,unpartnered}', origin)$$, 'where the won money came from');
SELECT results_eq($$SELECT replace(cell[1], '&amp;', '&'), cell[5] FROM pg_temp.cells('demo', 'credit', 1) ORDER BY line$$,
	$$SELECT * FROM (SELECT partner, pg_temp.money(sum(amount), 2) FROM elg.credit_line WHERE closed_quarter BETWEEN '2024-10-01' AND '2026-07-01' AND partner_id <> '' GROUP BY partner ORDER BY sum(amount) DESC) p
	UNION ALL SELECT 'The company', pg_temp.money(sum(amount), 2) FROM elg.credit_line WHERE closed_quarter BETWEEN '2024-10-01' AND '2026-07-01' AND partner_id = ''
	UNION ALL SELECT 'All won', pg_temp.money(sum(amount), 2) FROM elg.deal_fact WHERE outcome = 'won' AND closed_quarter BETWEEN '2024-10-01' AND '2026-07-01'$$, 'credit by partner, the company''s part, and all that was won');
SELECT is(sum(replace(cell[5], ',', '')::numeric) FILTER (WHERE cell[1] <> 'All won'), max(replace(cell[5], ',', '')::numeric) FILTER (WHERE cell[1] = 'All won'), 'of two hundred partners, too, the lines add up to what was won')
FROM   pg_temp.cells('hostile', 'credit', 1);
SELECT is(cell[1], 'and 175 other partners', 'those that are not shown are a line') FROM pg_temp.cells('hostile', 'credit', 1) WHERE line = 26;
SELECT is(_mart_page_first('[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]', 1, 'b', 'letter', 'letters', '{}'), '[{"a": 1, "b": "x"}, {"b": "and 2 other letters", "_rest": 2}]', 'also where nothing is added up');
SELECT is(max(cell[6]) FILTER (WHERE cell[1] = 'All won'), '100.0 %', 'and are the whole') FROM pg_temp.cells('hostile', 'credit', 1);
SELECT results_eq($$SELECT replace(cell[1], '&amp;', '&'), cell[2], cell[3], cell[4], cell[5] FROM pg_temp.cells('demo', 'overlap', 1) WHERE line <= 3 ORDER BY line$$,
	$$SELECT partner, count(*) FILTER (WHERE segment = 'customer')::text, count(*) FILTER (WHERE segment = 'open_opportunity')::text, count(*) FILTER (WHERE segment = 'prospect')::text,
		(SELECT to_char(count(*), 'FM9,999') FROM elg.whitespace w WHERE w.partner_id = o.partner_id AND matchable) FROM elg.account_overlap o GROUP BY partner_id, partner ORDER BY count(*) DESC LIMIT 3$$, 'overlaps by partner, and whitespace');
SELECT is(sum(replace(cell[4], ',', '')::numeric) FILTER (WHERE line <= 13), (SELECT count(*)::numeric FROM elg.account_overlap WHERE segment = 'prospect'), 'whose lines are all overlaps') FROM pg_temp.cells('demo', 'overlap', 1);
SELECT is(cell[2:4], (SELECT ARRAY[count(*) FILTER (WHERE segment = 'customer')::text, count(*) FILTER (WHERE segment = 'open_opportunity')::text, to_char(count(*) FILTER (WHERE segment = 'prospect'), 'FM9,999')] FROM elg.account_fact WHERE partners_who_know > 0),
	'an account that several know is one in the last line') FROM pg_temp.cells('demo', 'overlap', 1) WHERE line = 14;
SELECT results_eq($$SELECT m[1] FROM page, regexp_matches(substring(html, '<section id="monday">(.*?)</section>'), '<span class="place">[0-9]+?</span><b>(.*?)</b>', 'g') AS m WHERE name = 'demo'$$,
	$$SELECT _mart_page_text(what, 160) FROM elg.worklist WHERE rank <= 10 ORDER BY rank$$, 'the first lines of the worklist');
SELECT is(cell[2], (SELECT count(*)::text FROM elg.worklist WHERE rank IS NOT NULL), 'and how many there are') FROM pg_temp.cells('demo', 'monday', 1) WHERE cell[1] = 'All';

SELECT results_eq($$SELECT cell[2], cell[3], cell[4], cell[6], cell[7], cell[8], cell[9] FROM pg_temp.cells('demo', 'co-sell', 1) ORDER BY line$$,
	$$SELECT co_sell_deals::text, solo_deals::text, round(100 * co_sell_value, 1) || ' %', round(ratio, 2)::text, round(ratio_lower, 2)::text, round(ratio_upper, 2)::text, verdict FROM elg.co_sell_lift
	WHERE scope = 'network' AND period = 'now' AND measure = 'win_rate' AND (comparison <> 'segment' OR basis = 'as recorded')
	ORDER BY comparison = 'segment', basis, array_position('{pooled,stratified}', comparison), segment COLLATE "C"$$, 'co-sold deals against the others, by type');
SELECT is(pg_temp.found(html, '<span class="note">no clear difference</span>'), (SELECT count(*) FROM elg.co_sell_lift WHERE scope = 'network' AND period = 'now' AND measure = 'win_rate' AND verdict = 'no clear difference'
	AND (comparison = 'segment' AND basis = 'as recorded' OR comparison = 'pooled')), 'where chance may have made the difference, that is said') FROM page WHERE name = 'demo';
SELECT results_eq($$SELECT cell[1] FROM pg_temp.cells('demo', 'scorecard', 1) UNION ALL SELECT cell[1] FROM pg_temp.cells('demo', 'scorecard', 2) ORDER BY 1$$,
	$$SELECT DISTINCT replace(_mart_page_text(title, 160), '&#160;', ' ') FROM elg.metric m JOIN elg.metric_definition USING (metric) WHERE scope = 'network' AND m.period = 'now' AND m.value IS NOT NULL AND (m.target IS NOT NULL OR m.verdict IS NOT NULL) ORDER BY 1$$, 'every number that is judged is on the scorecard');
SELECT is(cell[2:3], ARRAY[round(100 * (SELECT value FROM elg.metric WHERE metric = 'influenced_revenue_share' AND scope = 'network' AND period = 'now'), 1) || ' %', '40 % to 60 %'], 'with its value and its target')
FROM   pg_temp.cells('demo', 'scorecard', 1) WHERE cell[1] = (SELECT min(title) FROM elg.metric_definition WHERE metric = 'influenced_revenue_share');
SELECT is(max(cell[3]) FILTER (WHERE cell[1] = 'All'), pg_temp.money((SELECT sum(credited_year) FROM elg.partner_scorecard), 2), 'partners are credited what their scorecards say') FROM generate_series(1, 9) AS k, pg_temp.cells('demo', 'scorecard', k::integer);
SELECT ok(html LIKE (SELECT format('%%<h3>Zone %s, %s: what the next one takes</h3>%%', min(current_zone), min(current_zone_name)) FROM elg.maturity), 'in which zone the program is') FROM page WHERE name = 'demo';

-- ---------------------------------------------------------------------------
-- Values
-- ---------------------------------------------------------------------------

SELECT results_eq($$SELECT _mart_page_amount(v) FROM (VALUES (1, 0::numeric), (2, -0.2), (3, 9999.4), (4, 9999.5), (5, 440321), (6, 999499), (7, 999500), (8, 1234567), (9, 99949999), (10, 123456789), (11, 999499999), (12, 1e9), (13, -2345678), (14, NULL), (15, 9e15)) AS t(n, v) ORDER BY n$$,
	ARRAY['0', '0', '9,999', '10&#160;k', '440&#160;k', '999&#160;k', '1.0&#160;M', '1.2&#160;M', '99.9&#160;M', '123&#160;M', '999&#160;M', '1.0&#160;bn', '&#8722;2.3&#160;M', '&#8212;', '9,000,000&#160;bn'], 'amounts as people read them');
SELECT is(_mart_page_text('<a href="x">&''', 100), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;', 'what HTML reads is escaped');
SELECT is(_mart_page_text(U&'\202Eabc\2069 d\0007\0085e', 100), 'abc d e', 'what would turn or break a line is gone');
SELECT is(_mart_page_text(U&'\0634\0631', 100), '&#8296;&#1588;&#1585;&#8297;', 'what is written from right to left stays among itself');
SELECT is(_mart_page_text(U&'\D83D\DE80 caf\00E9', 100), '&#128640; caf&#233;', 'and every letter is there');
SELECT is(_mart_page_text(repeat('x', 50), 10), 'xxxxxxxxx&#8230;', 'what is long is cut, and one sees that');
SELECT is(_mart_page_text('a&b<c', 4), 'a&amp;b&#8230;', 'never within what stands for a letter');
SELECT results_eq($$SELECT _mart_page_text(v, 9) FROM (VALUES (NULL), (''), (E' \n\t'), (U&'\200F')) AS t(v)$$, ARRAY['&#8212;', '&#8212;', '&#8212;', '&#8212;'], 'nothing is a dash');

-- ---------------------------------------------------------------------------
-- A mart that is empty, one of others, none
-- ---------------------------------------------------------------------------

SELECT is_empty($$SELECT s[1] FROM page, regexp_matches(html, '<section id="(led|origin|credit|co-sell|overlap|monday|scorecard|basis)">(.*?)</section>', 'g') AS s WHERE name = 'empty' AND s[2] !~ '<p class="missing">.*CALL ecosystem\.'$$,
	'each block of an empty mart says which call brings what it lacks');
SELECT ok(html LIKE '%CALL ecosystem.bind_salesforce(&#39;void&#39;, &#39;salesforce&#39;); CALL ecosystem.refresh_mart(&#39;void&#39;);%', 'in full') FROM page WHERE name = 'empty';
SELECT is(pg_temp.found(html, '<svg[^>]*role="img"'), 0::bigint, 'and draws nothing') FROM page WHERE name = 'empty';

CREATE SCHEMA few;
CREATE TABLE few.deal (deal_id text, amount numeric, outcome text, opened_at date, closed_at date);
INSERT INTO few.deal VALUES ('1', 100, 'won', current_date - 40, current_date);
CALL bind_table('void', 'deal', 'few.deal');
SELECT is(pg_temp.found(mart_report('void'), '<code>deal</code> is bound, and the mart has not been refreshed yet. This brings it: <code>CALL ecosystem.refresh_mart\(&#39;void&#39;\);</code>'), 3::bigint, 'one that waits for its first refresh says so');
SAVEPOINT untouched;
DELETE FROM elg.relation_part WHERE relation IN ('touch', 'deal_partner');
UPDATE elg.program_period SET touched_amount = 0, led_amount = 0;
SELECT ok(html ~ '<section id="led">.*?Nothing fills <code>touch</code> yet' AND html !~ 'on the target|beyond the target' AND html ~ '<h1>What partners touch and what they lead cannot be said yet</h1>', 'where nothing says what partners did, no verdict is passed on them')
FROM  (SELECT mart_report('elg') AS html) p;
ROLLBACK TO untouched;
SELECT ok(html ~ ('<strong>Is it worth its cost</strong>It has cost ' || _mart_page_amount(r.investment) || ' so far[.] For 1 spent, ' || _mart_page_number(r.roi, 1) || ' came back on all that partners touched'), 'what it cost and what came back are said first')
FROM page, elg.return_on_ecosystem r WHERE page.name = 'demo' AND r.numerator = 'influenced' AND r.period = 'now';
SELECT ok(html ~ '<strong>Is it worth its cost</strong>Not known', 'or that nobody knows the cost') FROM page WHERE name = 'empty';
SELECT ok(html ~ ('<strong>How much is led</strong>Of [^<]* won, partners touched [^<]* and led [^<]*: the gap is ' || _mart_page_amount(t.gap) || '[.]'), 'the gap is money, too')
FROM page, (SELECT sum(touched_amount) - sum(led_amount) AS gap FROM elg.program_period p, elg.setting s WHERE p.period_starts > s.as_of - interval '24 months' AND p.period_starts <= s.as_of) t WHERE page.name = 'demo';
SELECT ok(html ~ 'Touched: <span class="good">beyond the target</span> of 40&#160;% to 60&#160;%', 'a value beyond its target is said to be that') FROM page WHERE name = 'demo';
-- a credit note
UPDATE elg.program_period SET won_amount = touched_amount - 1 WHERE period = 'FY2026 Q2';
SELECT ok(html ~ 'A quarter of which credit notes leave less than its parts has no column' AND html ~ '<h1>Partners touch ', 'of a quarter that credit notes leave less of than its parts no share is said') FROM (SELECT mart_report('elg') AS html) p;
UPDATE elg.program_period SET won_amount = touched_amount - 1;
SELECT ok(html ~ '<h1>What partners touch and what they lead cannot be said yet' AND html ~ 'is no share of the money won' AND html ~ 'Touched: &#8212;[.]', 'nor of all, if they do of all') FROM (SELECT mart_report('elg') AS html) p;
ROLLBACK TO untouched;

CREATE ROLE ecosystem_test_reader;
CREATE ROLE ecosystem_test_stranger;
CALL grant_mart('elg', 'ecosystem_test_reader');
SET LOCAL ROLE ecosystem_test_reader;
CREATE FUNCTION pg_temp.page() RETURNS text LANGUAGE sql AS $$ SELECT ecosystem.mart_report('elg') $$;
RESET ROLE;
SET LOCAL ROLE ecosystem_test_reader;
SELECT ok(octet_length(ecosystem.mart_report('elg')) > 10000, 'whoever may read a mart makes its page');
SET LOCAL ROLE ecosystem_test_stranger;
SELECT throws_like($$SELECT ecosystem.mart_report('elg')$$, 'mart "elg" cannot be read: permission denied for schema elg', 'others do not');
RESET ROLE;
SELECT throws_ok($$SELECT ecosystem.mart_report('nowhere')$$, '3F000', 'there is no mart "nowhere"', 'no mart, no page');
SELECT throws_ok($$SELECT ecosystem.mart_report('elg', 'infinity')$$, '22023', 'mart "elg": there is no report for infinity', 'a day that is none');
ALTER TABLE elg.co_sell_lift RENAME TO something_else;
SELECT ok(mart_report('elg') LIKE '%CALL ecosystem.upgrade_mart(&#39;elg&#39;); CALL ecosystem.refresh_mart(&#39;elg&#39;);%', 'what a mart of an earlier version has not, an upgrade brings');
ALTER TABLE elg.something_else RENAME TO co_sell_lift;
-- Letters of other scripts take eight bytes each.
UPDATE elg.credit_line SET partner = repeat(U&'\65E5\672C\8A9E', 30) || partner WHERE partner_id <> '';
UPDATE elg.account_overlap SET partner = repeat(U&'\65E5\672C\8A9E', 30) || partner;
UPDATE elg.partner_scorecard SET partner = repeat(U&'\65E5\672C\8A9E', 30) || partner, next_step = repeat(U&'\65E5\672C\8A9E', 80);
UPDATE elg.worklist SET what = repeat(U&'\65E5\672C\8A9E', 60);
UPDATE page SET html = mart_report('elg') WHERE name = 'demo';
SELECT cmp_ok(octet_length(html), '<', 100000, 'in every script it is below 100 kB') FROM page WHERE name = 'demo';
SELECT is(sum(replace(cell[5], ',', '')::numeric) FILTER (WHERE cell[1] <> 'All won'), max(replace(cell[5], ',', '')::numeric) FILTER (WHERE cell[1] = 'All won'), 'by shorter tables, which add up')
FROM   pg_temp.cells('demo', 'credit', 1);
SELECT cmp_ok(count(*), '<', 25::bigint, 'with the others in one line') FROM pg_temp.cells('demo', 'credit', 1);
ALTER TABLE elg.worklist DROP COLUMN play;
SELECT throws_ok($$SELECT ecosystem.mart_report('elg')$$, '55000', 'mart "elg" is not as its report needs it: column "play" does not exist', 'a mart of another version is said to be one');

SELECT * FROM finish();
ROLLBACK;
