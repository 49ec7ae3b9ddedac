-- A mart's engine on a replica of a few rows: what create_mart makes, what loading
-- does to words, days, money and keys, texts of one's own, rights.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(124);

CREATE SCHEMA replica;
CREATE TABLE replica.account (id text, name text, website text, segment text, parent text, updated timestamptz);
INSERT INTO replica.account VALUES
	('A1', 'Acme Inc', 'acme.com', ' Customer ', NULL, '2026-01-01Z'),
	('A1', 'Acme', 'acme.com', 'customer', NULL, '2026-02-01Z'),
	('A2', 'Onyx', 'onyx.com', 'Suspect', 'A3', '2026-01-01Z'),
	('A3', 'Birch', 'birch.com', 'prospect', 'A2', '2026-01-01Z'),
	(NULL, 'Nobody', NULL, NULL, NULL, NULL);
CREATE TABLE replica.partner (id text, name text);
INSERT INTO replica.partner VALUES ('P1', 'Nimbus'), ('P2', 'Quantic');
CREATE TABLE replica.deal (id text, account text, amount text, currency text, closed date, opened timestamp, outcome text);
INSERT INTO replica.deal VALUES
	('D1', 'A1', '100.505', 'USD', '2026-03-31', '2026-01-02 23:30', 'Closed Won'),
	('D2', 'A1', ' 200 ', 'eur', '2026-04-01', '2026-01-02', 'Closed Won'),
	('D3', 'A9', '300', 'EUR', NULL, '2026-01-02', 'open'),
	('D4', 'A2', 'about 12,000', NULL, '2026-01-01', '2026-01-02', 'lost'),
	('D5', 'A2', '1e17', NULL, NULL, '2026-01-02', 'open'),
	('D6', 'A2', '5', 'XTS', NULL, '2026-01-02', 'Whatever');
CREATE TABLE replica.touch (id text, deal text, partner text, kind text, at timestamptz);
INSERT INTO replica.touch VALUES ('T1', 'D1', 'P1', 'referral', '2026-01-05Z'), ('T2', 'D9', 'P1', 'webinar', '2026-01-05Z');
CREATE TABLE replica.role (deal text, partner text, role text);
INSERT INTO replica.role VALUES ('D1', 'P1', 'Sourcing'), ('D1', 'P2', 'Reseller'), ('D1', 'P2', NULL);

-- ---------------------------------------------------------------------------
-- create_mart
-- ---------------------------------------------------------------------------

SELECT throws_ok('CALL ecosystem.create_mart(NULL)', '42602', NULL, 'a mart has a name');
SELECT throws_ok(format('CALL ecosystem.create_mart(%L)', repeat('m', 41)), '42602', NULL, 'of at most 40 bytes');
SELECT throws_ok(E'CALL ecosystem.create_mart(E''a\\nb'')', '42602', NULL, 'without control characters');
SELECT throws_ok($$CALL ecosystem.create_mart('m', 'dollars')$$, '22023', 'mart "m": "dollars" is no currency', 'the currency is a code');
SELECT throws_ok($$CALL ecosystem.create_mart('m', time_zone => 'Mars')$$, '22023', 'mart "m": "Mars" is no time zone', 'the time zone is one');
SELECT throws_ok($$CALL ecosystem.create_mart('m', fiscal_year_starts => 13)$$, '22023', 'mart "m": 13 is no month', 'the month is one');
SELECT throws_ok($$CALL ecosystem.create_mart('replica')$$, '42P06', 'schema "replica" is not empty', 'not into a schema that holds something');
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, '3F000', 'there is no mart "m"', 'what is not there is not refreshed');
SELECT throws_ok($$CALL ecosystem.refresh_mart('replica')$$, '3F000', 'there is no mart "replica"', 'nor what is no mart');
CREATE SCHEMA "My ""Mart%";
SELECT lives_ok($$CALL ecosystem.create_mart('My "Mart%', 'EUR', 'America/Los_Angeles', 2)$$, 'into an empty schema, whatever its name');
SELECT is((SELECT (currency, time_zone, fiscal_year_starts)::text FROM "My ""Mart%".setting), '(EUR,America/Los_Angeles,2)', 'its settings are what was said');
SELECT throws_ok($$CALL ecosystem.create_mart('My "Mart%')$$, '42P06', NULL, 'once');

-- ---------------------------------------------------------------------------
-- The catalog
-- ---------------------------------------------------------------------------

SELECT lives_ok($$CALL ecosystem.create_mart('m')$$, 'a mart is made');
CREATE VIEW pg_temp.made AS SELECT c.oid, c.relname, a.attname, a.atttypid, a.atttypmod, a.attnum, a.attnotnull
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'm'::regnamespace AND c.relkind = 'r';
SELECT set_eq('SELECT DISTINCT relname::text FROM made', $$SELECT name FROM ecosystem.mart_relation WHERE kind <> 'shared'$$, 'it has the tables of sql/mart');
SELECT is_empty($$SELECT relname, attname, format_type(atttypid, atttypmod) FROM made
	WHERE  format_type(atttypid, NULL) NOT IN ('text', 'boolean', 'integer', 'bigint', 'numeric', 'double precision', 'date', 'timestamp with time zone')
	AND    (relname, attname) NOT IN (('setting', 'sourced_within'), ('setting', 'landmark')) AND attname <> 'extra'$$, 'of types that every tool reads');
SELECT is_empty($$SELECT relname, attname FROM made WHERE atttypid = 'numeric'::regtype AND atttypmod = -1$$, 'numbers say their digits');
SELECT is_empty($$SELECT relname, attname FROM made WHERE coalesce(col_description(oid, attnum), '') = '' OR obj_description(oid, 'pg_class') IS NULL$$, 'every table and column says what it is');
SELECT is_empty($$SELECT relname FROM made GROUP BY oid, relname HAVING NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = made.oid AND contype = 'p')$$, 'every table has a key');
SELECT is_empty($$SELECT relname, attname FROM made WHERE quote_ident(attname) <> attname OR quote_ident(relname) <> relname$$, 'no name needs quoting');
SELECT is_empty($$SELECT DISTINCT relname FROM made WHERE to_regtype('ecosystem.' || relname) IS NOT NULL OR to_regclass('ecosystem.' || relname) IS NOT NULL$$,
	'no relation has the name of a type or a relation of the extension');
SELECT is_empty($$SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
	JOIN pg_depend e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e' AND e.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ecosystem')
	WHERE (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'm'::regnamespace))
	OR    (d.classid = 'pg_rewrite'::regclass AND d.objid IN (SELECT r.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = 'm'::regnamespace))$$,
	'nothing in it depends on the extension');
SELECT is_empty($$SELECT relname FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'm'::regnamespace AND grantee = 0$$, 'nothing in it is everybody''s');
SELECT is_empty($$SELECT c.relname, i.input FROM m.relation r, ecosystem._mart_input(r.inputs) i, pg_class c WHERE c.relnamespace = 'm'::regnamespace AND c.relname = r.name
	AND i.input <> 'identity' AND to_regclass('m.' || i.input) IS NULL$$, 'every input is a relation');
SELECT is_empty($$SELECT r.name, i.input, i.grain_column FROM m.relation r, ecosystem._mart_input(r.inputs) i WHERE i.grain_column IS NOT NULL
	AND NOT EXISTS (SELECT FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE x.indrelid = to_regclass('m.' || i.input) AND a.attname = i.grain_column)$$,
	'every grain is looked up by an index');

-- ---------------------------------------------------------------------------
-- Parts
-- ---------------------------------------------------------------------------

SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'accounts', 'crm', 'SELECT 1', 'test')$$, '42P01', 'mart "m" has no relation "accounts"', 'a part is of a relation');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'deal_fact', 'crm', 'SELECT 1', 'test')$$, '42809', 'mart "m": "deal_fact" is a report, which has no parts', 'of one that is loaded');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'account', 'crm', 'SELECT id AS account_id FROM replica.nowhere', 'test')$$, '42P01',
	'mart "m": part "crm" of "account" does not run', 'its query runs');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'account', 'crm', 'SELECT id, name FROM replica.account', 'test')$$, '42703',
	'mart "m": part "crm" of "account" does not deliver the relation''s columns', 'and delivers its columns');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'account', 'crm', 'SELECT id AS account_id FROM replica.account; DROP TABLE replica.account', 'test')$$, '42601', NULL, 'and is one query');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'account', 'crm', 'SELECT id AS account_id, name, website, segment, parent AS parent_id, updated AS updated_at FROM replica.account -- all', 'test')$$, 'accounts');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'partner', 'crm', 'SELECT id AS partner_id, name FROM replica.partner', 'test')$$, 'partners');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'deal', 'crm', 'SELECT id AS deal_id, account AS account_id, amount AS amount_written, currency, closed AS closed_on, opened AS opened_at, outcome FROM replica.deal', 'test')$$, 'deals');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'touch', 'crm', 'SELECT id AS touch_id, deal AS deal_id, partner AS partner_id, kind, at AS occurred_at FROM replica.touch', 'test')$$, 'touches');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'deal_partner', 'crm', 'SELECT deal AS deal_id, partner AS partner_id, role FROM replica.role', 'test')$$, 'roles');
SELECT ecosystem._mart_guess_meaning('m', 'deal', 'outcome', 'Closed Won', 'lost');
SELECT ecosystem._mart_guess_meaning('m', 'deal', 'outcome', 'Closed Won', 'won');
SELECT ecosystem._mart_guess_meaning('m', 'deal', 'outcome', 'Closed Won', 'open', 'confirmed');
SELECT ecosystem._mart_guess_meaning('m', 'deal', 'outcome', 'Closed Won', 'lost');
SELECT is((SELECT standard FROM m.meaning WHERE written = 'Closed Won'), 'open', 'a guess gives way to the next one, and none to what is confirmed');
UPDATE m.meaning SET standard = 'won' WHERE written = 'Closed Won';
INSERT INTO m.currency_rate VALUES ('EUR', '2026-01-01', 'closed', 1.1), ('EUR', '2026-04-01', 'closed', 1.2), ('EUR', '2026-01-01', 'plan', 1.05);
UPDATE m.setting SET as_of = '2026-06-30', time_zone = 'America/Los_Angeles';

SET LOCAL TimeZone = 'Asia/Tokyo';
CALL ecosystem.refresh_mart('m');
SET LOCAL TimeZone = 'UTC';

-- ---------------------------------------------------------------------------
-- What loading does
-- ---------------------------------------------------------------------------

SELECT results_eq('SELECT account_id, name, segment FROM m.account ORDER BY 1', $$VALUES ('A1', 'Acme', 'customer'), ('A2', 'Onyx', NULL), ('A3', 'Birch', 'prospect')$$,
	'one row a key, the latest, with words that have a meaning');
SELECT results_eq('SELECT deal_id, amount, amount_written FROM m.deal ORDER BY 1',
	$$VALUES ('D1', 100.51, '100.505'), ('D2', 240.00, ' 200 '), ('D3', 315.00, '300'), ('D4', NULL, 'about 12,000'), ('D5', NULL, '1e17'), ('D6', NULL, '5')$$,
	'amounts are converted by the close''s or the plan''s rate, rounded half up, and left out where they cannot be');
SELECT results_eq($$SELECT closed_on, closed_at, opened_at FROM m.deal WHERE deal_id = 'D1'$$,
	$$VALUES (date '2026-03-31', timestamptz '2026-04-01 06:59:59.999999Z', timestamptz '2026-01-02 23:30Z')$$,
	'a day ends in the mart''s zone, and a moment without a zone is in UTC, whatever the session''s zone');
SELECT results_eq('SELECT deal_id, outcome FROM m.deal ORDER BY 1',
	$$VALUES ('D1', 'won'), ('D2', 'won'), ('D3', 'open'), ('D4', 'lost'), ('D5', 'open'), ('D6', NULL)$$, 'words mean what meaning says');
SELECT results_eq('SELECT partner_id, role FROM m.deal_partner ORDER BY 1, 2', $$VALUES ('P1', 'sourcing'), ('P2', ''), ('P2', 'Reseller')$$,
	'in a key a word without a meaning stays, and none is empty');
SELECT results_eq('SELECT touch_id, kind FROM m.touch ORDER BY 1', $$VALUES ('T1', 'referral'), ('T2', 'webinar')$$, 'in an open vocabulary it stays');
SELECT results_eq($$SELECT relation, problem, rows, example FROM m.problem WHERE severity = 'warning' ORDER BY relation COLLATE "C", problem COLLATE "C"$$,
	$$VALUES ('account', 'accounts that are their own parents', 2::bigint, 'A2'),
	('account', 'rows with the account_id of another row', 1, 'A1'),
	('account', 'rows without account_id, or with one of more than 500 bytes', 1, (SELECT example FROM m.problem WHERE problem = 'rows without account_id, or with one of more than 500 bytes')),
	('account', 'words of segment without a meaning', 1, 'Suspect (1)'),
	('deal', 'account_id that is in no account', 1, 'A9'),
	('deal', 'amounts of more than 16 digits', 1, 'D5: 1e17 '),
	('deal', 'amounts that are no numbers', 1, 'D4: about 12,000 '),
	('deal', 'amounts without a rate for XTS', 1, 'D6: 5 XTS'),
	('deal', 'words of outcome without a meaning', 1, 'Whatever (1)'),
	('deal_partner', 'words of role without a meaning', 1, 'Reseller (1)'),
	('touch', 'deal_id that is in no deal', 1, 'D9'),
	('touch', 'kinds of touch that touch_kind does not know', 1, 'webinar (1)')$$, 'and all of it is said, with an example');
SELECT is((SELECT count(*) FROM ecosystem.check_mart('m')), (SELECT count(*) + 1 FROM m.problem), 'by check_mart, too');
SELECT is((SELECT example FROM ecosystem.check_mart('m') WHERE problem = 'the mart belongs to a superuser'), current_user::text, 'which also says that a superuser owns it');
SELECT is_empty($$SELECT relation, problem FROM ecosystem.mart_status('m') WHERE state IN ('failed', 'skipped', 'stale')$$, 'no step failed');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'm_cache'::regnamespace AND relkind = 'r' AND relname NOT IN ('identity', 'turn')$$, 'nothing is left of what it worked with');
SELECT bag_eq('SELECT source, record_id FROM m_cache.identity', $$VALUES ('own', 'A1'), ('own', 'A2'), ('own', 'A3')$$, 'but for the match keys');
SELECT is((SELECT state FROM ecosystem.mart_status('m') WHERE relation = 'subscription'), 'not bound', 'what nobody bound says so');

-- Other parts stay, and so do people's settings
SELECT ecosystem._mart_set_part('m', 'currency_rate', 'crm', $$SELECT 'EUR' AS currency, date '2026-01-01' AS valid_from, 'plan' AS use, 9 AS rate UNION ALL SELECT 'GBP', '2026-01-01', 'plan', 1.3$$, 'test');
SELECT ecosystem._mart_set_part('m', 'partner', 'prm', $$SELECT 'P9' AS partner_id, 'Zephyr' AS name$$, 'test');
CALL ecosystem.refresh_mart('m');
SELECT results_eq($$SELECT currency, rate FROM m.currency_rate WHERE use = 'plan' ORDER BY 1$$, $$VALUES ('EUR', 1.05::numeric), ('GBP', 1.3)$$, 'rates that are bound stand behind those of people');
SELECT results_eq('SELECT partner_id FROM m.partner ORDER BY 1', $$VALUES ('P1'), ('P2'), ('P9')$$, 'a relation is all of its parts');
SELECT ecosystem._mart_drop_part('m', 'partner', 'prm');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT partner_id FROM m.partner ORDER BY 1', $$VALUES ('P1'), ('P2')$$, 'and no more than these');

-- Parts that say when rows changed
CREATE TABLE replica.survey (id text, score int, synced timestamptz, deleted boolean);
INSERT INTO replica.survey VALUES ('S1', 1, '2026-01-01Z', false), ('S2', 2, '2026-01-01Z', NULL), ('S3', 3, '2026-01-02Z', true);
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'survey', 'crm', 'SELECT id AS survey_id, score FROM replica.survey', 'test', changed_since => 'synced')$$, '42703', NULL, 'the column that says so is there');
SELECT ecosystem._mart_set_part('m', 'survey', 'crm', 'SELECT id AS survey_id, score, synced, deleted AS is_deleted FROM replica.survey', 'test', changed_since => 'synced');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT survey_id, score::int FROM m.survey ORDER BY 1', $$VALUES ('S1', 1), ('S2', 2)$$, 'the first time all is read, but for what is deleted');
DELETE FROM replica.survey WHERE id = 'S1';
UPDATE replica.survey SET score = 9, synced = '2026-01-03Z', deleted = false WHERE id = 'S3';
UPDATE replica.survey SET deleted = true, synced = '2026-01-03Z' WHERE id = 'S2';
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT survey_id, score::int FROM m.survey ORDER BY 1', $$VALUES ('S1', 1), ('S3', 9)$$, 'then what is newer, and what was marked deleted goes');
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT results_eq('SELECT survey_id, score::int FROM m.survey ORDER BY 1', $$VALUES ('S3', 9)$$, 'what went without a mark goes with a full refresh');

-- Double keys that come later: with a row that is there, with a new one, and while another goes
INSERT INTO replica.partner VALUES ('P1', 'Zimbus'), ('P7', 'Tervola'), ('P7', 'Ardent'), (NULL, 'Nobody');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT partner_id, name FROM m.partner ORDER BY 1', $$VALUES ('P1', 'Zimbus'), ('P2', 'Quantic'), ('P7', 'Tervola')$$, 'of double keys the last by bytes is taken');
DELETE FROM replica.partner WHERE id = 'P2' OR name = 'Tervola';
INSERT INTO replica.partner VALUES ('P7', 'Bristol');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT partner_id, name FROM m.partner ORDER BY 1', $$VALUES ('P1', 'Zimbus'), ('P7', 'Bristol')$$, 'also while as many rows go');
SELECT results_eq($$SELECT problem, rows FROM m.problem WHERE relation = 'partner' AND source = 'refresh' ORDER BY problem COLLATE "C"$$,
	$$VALUES ('rows with the partner_id of another row', 2::bigint), ('rows without partner_id, or with one of more than 500 bytes', 1)$$, 'and it is said');

-- A row of the future, and one that does not say when
INSERT INTO replica.survey VALUES ('S8', 1, 'infinity', false), ('S9', 1, NULL, false);
CALL ecosystem.refresh_mart('m');
UPDATE replica.survey SET score = 8, synced = '2026-01-04Z' WHERE id = 'S3';
UPDATE replica.survey SET score = 2 WHERE id = 'S9';
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT survey_id, score::int FROM m.survey ORDER BY 1', $$VALUES ('S3', 8), ('S8', 1), ('S9', 2)$$, 'hide nothing that comes before');
UPDATE m.relation_part SET changed_since = NULL WHERE relation = 'survey';
DELETE FROM replica.survey WHERE id = 'S8';
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT survey_id, score::int FROM m.survey ORDER BY 1', $$VALUES ('S3', 8), ('S9', 2)$$, 'and without a column that says so all is read');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'account', 'self', 'SELECT ''Z'' || account_id AS account_id FROM m.account', 'test')$$, '42P19', 'mart "m": part "self" of "account" reads what the mart makes', 'no part reads what it loads');

-- ---------------------------------------------------------------------------
-- Texts of one's own
-- ---------------------------------------------------------------------------

SELECT throws_ok($$CALL ecosystem.set_relation('m', 'Mine', 'SELECT 1 AS a', '{a}')$$, '42602', NULL, 'a relation has a plain name');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'deal_credit', 'SELECT 1 AS a', '{a}')$$, '42710', NULL, 'not that of a type of the extension');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'setting', 'SELECT 1 AS a', '{a}')$$, '42809', 'mart "m": "setting" is edited by people, which no text makes', 'settings are edited');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a')$$, '22023', 'mart "m": "mine" needs a key', 'it needs a key');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a', '{b}')$$, '42703', 'mart "m": the query of "mine" returns no column b', 'of its columns');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS "A b"', '{"A b"}')$$, '42602', NULL, 'which have plain names');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT FROM nowhere', '{a}')$$, '42P01', 'mart "m": the query of "mine" does not run', 'its query runs');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a', '{a,a}')$$, '22023', 'mart "m": the key of "mine" names a column twice, or none', 'each once');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a', '{NULL}')$$, '22023', 'mart "m": the key of "mine" names a column twice, or none', 'and none is NULL');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a, 2 AS "user"', '{a}')$$, '42602', NULL, 'a reserved word would have to be quoted');
CREATE TABLE m.theirs (a int);
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'theirs', 'SELECT 1 AS a', '{a}')$$, '42P07', 'mart "m" has a table "theirs" that is no relation of it', 'a table that is the owner''s is not replaced');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a) AS q; DROP TABLE m.theirs; CREATE VIEW m_cache.other AS SELECT * FROM (SELECT 1 AS a', '{a}')$$, '42P11', NULL, 'one query is one, whatever it closes');
SELECT has_table('m', 'theirs', 'and nothing else was run');
CREATE VIEW replica.over AS SELECT count(*) AS n FROM m.partner;
CALL ecosystem.set_relation('m', 'outer_a', 'SELECT count(*) AS n, 1 AS a FROM m.theirs', '{a}');
CALL ecosystem.set_relation('m', 'outer_b', 'SELECT count(*) AS n, 1 AS a FROM company_record', '{a}');
CALL ecosystem.set_relation('m', 'outer_c', 'SELECT n, 1 AS a FROM replica.over', '{a}');
SELECT results_eq($$SELECT name, inputs FROM m.relation WHERE name ~ '^outer' ORDER BY 1$$, $$VALUES ('outer_a', 'outside(*)'), ('outer_b', 'company(*) outside(*)'), ('outer_c', 'outside(*)')$$, 'what no refresh sees change is outside');
CALL ecosystem.refresh_mart('m');
INSERT INTO m.theirs VALUES (1);
INSERT INTO replica.partner VALUES ('P8', 'Late');
INSERT INTO replica.account VALUES ('A7', 'Late', 'late.com', 'prospect');
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT format('%s %s %s', a.n, b.n = (SELECT count(*) FROM m.company_record), c.n = (SELECT count(*) FROM m.partner)) FROM m.outer_a a, m.outer_b b, m.outer_c c), '1 t t', 'and read anew each time');
DELETE FROM replica.partner WHERE id = 'P8';
DELETE FROM replica.account WHERE id = 'A7';
CALL ecosystem.reset_relation('m', 'outer_a');
CALL ecosystem.reset_relation('m', 'outer_b');
CALL ecosystem.reset_relation('m', 'outer_c');
DROP VIEW replica.over;
SELECT lives_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT outcome, count(*) AS deals, sum(amount) AS amount, array_agg(deal_id ORDER BY deal_id) AS ids FROM deal WHERE outcome <> '''' GROUP BY outcome', '{outcome}')$$, 'then it is added');
SELECT is((SELECT inputs FROM m.relation WHERE name = 'mine'), 'deal(*)', 'what it reads is found');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT outcome, deals, amount, ids FROM m.mine ORDER BY 1',
	$$VALUES ('lost', 1::bigint, NULL::numeric, '{D4}'), ('open', 2, 315, '{D3,D5}'), ('won', 2, 340.51, '{D1,D2}')$$, 'and made');
SELECT is((SELECT string_agg(format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'm.mine'::regclass AND attnum > 0),
	'text, bigint, numeric(24,6), text', 'with plain types');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'deal', 'SELECT 1 AS deal_id FROM mine')$$, '42703', 'mart "m": the query does not return the columns of "deal"',
	'a text in the place of one of the extension''s has its columns');
SELECT throws_ok(format($$CALL ecosystem.set_relation('m', 'account_fact', %L)$$, 'SELECT a.* FROM account_fact a, mine'), '42P19', 'mart "m": relations wait for each other', 'a relation cannot read itself');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT a.account_id AS a FROM other a', '{a}')$$, '42P01', NULL, 'nor what is not there');
CALL ecosystem.set_relation('m', 'other', 'SELECT outcome FROM mine', '{outcome}');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT outcome, 1::bigint AS deals, 1::numeric AS amount, '''' AS ids FROM other')$$, '42P19', 'mart "m": relations wait for each other', 'no two read each other');
SELECT throws_ok($$CALL ecosystem.reset_relation('m', 'mine')$$, '2BP01', 'mart "m": relation "other" reads "mine"', 'what another reads stays');
CALL ecosystem.reset_relation('m', 'other');
CREATE VIEW replica.over_mine AS SELECT * FROM m.mine;
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'mine', 'SELECT 1 AS a', '{a}')$$, '2BP01', 'view replica.over_mine reads "mine" of mart "m", whose columns change', 'other columns are refused where a view reads them');
SELECT throws_ok($$CALL ecosystem.reset_relation('m', 'mine')$$, '2BP01', 'mart "m": view replica.over_mine reads "mine"', 'and so is dropping it');
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', 'view replica.over_mine reads mart "m"', 'and the whole mart');
DROP VIEW replica.over_mine;
CALL ecosystem.reset_relation('m', 'mine');
SELECT hasnt_table('m', 'mine', 'one''s own relation is dropped');
SELECT throws_ok($$SELECT ecosystem.relation_sql('m', 'mine')$$, '42P01', 'mart "m" has no relation "mine"', 'and gone');
SELECT alike(ecosystem.relation_sql('m', 'account'), '-- account: %-- part: crm%FROM replica.account -- all', 'the parts of a relation are shown');
SELECT ok(position((SELECT query FROM ecosystem.mart_relation WHERE name = 'deal_fact') IN ecosystem.relation_sql('m', 'deal_fact')) > 0, 'and the text of a report');

-- In the place of parts
SELECT ecosystem._mart_put_text('m', 'partner', (SELECT format('SELECT %s FROM replica.partner WHERE id = ''P7''', string_agg(CASE c.name WHEN 'partner_id' THEN 'id AS partner_id' WHEN 'name' THEN 'name' ELSE format('NULL::%s AS %I', c.type, c.name) END, ', '))
	FROM ecosystem._mart_column((SELECT columns FROM m.relation WHERE name = 'partner')) c), NULL);
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT partner_id FROM m.partner', $$VALUES ('P7')$$, 'a text of one''s own loads a relation instead of its parts');
CALL ecosystem.reset_relation('m', 'partner');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT partner_id FROM m.partner ORDER BY 1', $$VALUES ('P1'), ('P7')$$, 'until it is reset');

-- Columns passed through
UPDATE replica.deal SET outcome = 'lost' WHERE outcome = 'Whatever';
SELECT ecosystem._mart_set_part('m', 'deal', 'crm', 'SELECT id AS deal_id, account AS account_id, amount, currency, closed AS closed_on, outcome, jsonb_build_object(''board'', amount, ''team'', ''x'') AS extra FROM replica.deal', 'test');
SELECT ecosystem._mart_pass_through('m', 'deal_fact', 'board', 'numeric(18,2)'), ecosystem._mart_pass_through('m', 'deal_fact', 'team');
SELECT throws_ok($$SELECT ecosystem._mart_pass_through('m', 'deal_fact', 'amount')$$, '42701', NULL, 'a column is passed through under a name of its own');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT deal_id, board, team FROM m.deal_fact ORDER BY 1',
	$$VALUES ('D1', 100.51, 'x'), ('D2', 200, 'x'), ('D3', 300, 'x'), ('D4', NULL, 'x'), ('D5', NULL, 'x'), ('D6', 5, 'x')$$, 'a number that is none is left out');

-- ---------------------------------------------------------------------------
-- Rights
-- ---------------------------------------------------------------------------

CREATE ROLE mart_owner;
CREATE ROLE mart_member IN ROLE mart_owner;
CREATE ROLE mart_reader;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO mart_owner', current_database()); END $$;
GRANT USAGE ON SCHEMA replica TO mart_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA replica TO mart_owner;
SET LOCAL ROLE mart_owner;
CALL ecosystem.create_mart('own');
CREATE FUNCTION own.who(how text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	IF how <> '' THEN EXECUTE how; END IF;
	RETURN current_user;
END $$;
CALL ecosystem.set_relation('own', 'me', $$SELECT 'me' AS a, own.who('') AS who$$, '{a}');
CALL ecosystem.set_relation('own', 'reset', $$SELECT 'me' AS a, own.who('RESET ROLE') AS who$$, '{a}');
CALL ecosystem.set_relation('own', 'role', $$SELECT 'me' AS a, own.who('SET ROLE postgres') AS who$$, '{a}');
CALL ecosystem.set_relation('own', 'config', $$SELECT 'me' AS a, own.who($q$SELECT set_config('role', 'postgres', false)$q$) AS who$$, '{a}');
CALL ecosystem.set_relation('own', 'session', $$SELECT 'me' AS a, own.who('SET SESSION AUTHORIZATION postgres') AS who$$, '{a}');
CALL ecosystem.set_relation('own', 'deferred', $$SELECT 'me' AS a, own.who('INSERT INTO own.trap VALUES (1)') AS who$$, '{a}');
CREATE TABLE own.trap (a int);
CREATE TABLE own.caught (who text);
CREATE FUNCTION own.spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO own.caught VALUES (current_user); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON own.trap DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION own.spring();
CREATE TRIGGER seen AFTER INSERT ON own.me FOR EACH ROW EXECUTE FUNCTION own.spring();
CREATE FUNCTION own.setting() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN set_config('work_mem', '1MB', false); END $$;
CALL ecosystem.set_relation('own', 'leaves', $$SELECT 'me' AS a, own.setting() AS b$$, '{a}');
RESET ROLE;
CALL ecosystem.refresh_mart('own');
SELECT is(current_user::text, session_user::text, 'after a superuser''s refresh it is the superuser''s session');
SELECT isnt(current_setting('work_mem'), '1MB', 'with its settings');
SELECT is((SELECT who FROM own.me), 'mart_owner', 'texts run as the owner');
SELECT results_eq('SELECT DISTINCT who FROM own.caught', $$VALUES ('mart_owner')$$, 'and so do triggers of the tables');
SELECT results_eq($$SELECT relation, state FROM own.relation_state WHERE relation IN ('reset', 'role', 'config', 'session', 'deferred') ORDER BY 1$$,
	$$VALUES ('config', 'failed'), ('deferred', 'failed'), ('reset', 'failed'), ('role', 'failed'), ('session', 'failed')$$, 'what would be somebody else gains nothing');
-- A view runs functions as whoever reads it: a superuser's mart reads none of others
CREATE TABLE replica.play (id text, name text);
INSERT INTO replica.play VALUES ('PL1', 'Play');
CREATE SCHEMA theirs AUTHORIZATION mart_owner;
CREATE TABLE theirs.play AS TABLE replica.play;
ALTER TABLE theirs.play OWNER TO mart_owner;
SELECT ecosystem._mart_set_part('m', 'play', 'crm', 'SELECT id AS play_id, name FROM theirs.play', 'test');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT name FROM m.play', $$VALUES ('Play')$$, 'a table of others is read');
ALTER TABLE theirs.play RENAME TO before;
CREATE VIEW theirs.play AS SELECT id, current_user::text AS name FROM theirs.before;
ALTER VIEW theirs.play OWNER TO mart_owner;
CREATE VIEW replica.over_play AS SELECT * FROM theirs.play;
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT name FROM m.play', $$VALUES ('Play')$$, 'not a view that came in its place');
SELECT matches((SELECT problem FROM m.relation_state WHERE relation = 'play'), 'reads a view of "mart_owner", theirs.play', 'which is said');
SELECT throws_ok($$CALL ecosystem.set_relation('m', 'plays', 'SELECT id, name FROM replica.over_play', '{id}')$$, '42501', NULL, 'nor one at any depth');
DROP VIEW replica.over_play;
SELECT ecosystem._mart_drop_part('m', 'play', 'crm');
-- Readers of a relation whose columns change still read it
CALL ecosystem.set_relation('m', 'plays', 'SELECT id FROM replica.play', '{id}');
GRANT SELECT ON m.plays TO mart_reader;
CALL ecosystem.set_relation('m', 'plays', 'SELECT id, name FROM replica.play', '{id}');
SELECT ok(has_table_privilege('mart_reader', 'm.plays', 'SELECT'), 'who could read a relation of one''s own still can when its columns have changed');
CALL ecosystem.reset_relation('m', 'plays');

SET LOCAL ROLE mart_member;
SELECT lives_ok($$CALL ecosystem.refresh_mart('own')$$, 'a member of the owner refreshes it');
SELECT is(current_user::text, 'mart_member', 'and stays who they are');
SET LOCAL ROLE mart_reader;
SELECT throws_ok($$CALL ecosystem.refresh_mart('own')$$, '42501', NULL, 'nobody else does');
SELECT throws_ok($$CALL ecosystem.set_relation('own', 'me', 'SELECT 1 AS a', '{a}')$$, '42501', NULL, 'or writes its texts');
SELECT throws_ok($$SELECT count(*) FROM own.setting$$, '42501', NULL, 'or reads it');
RESET ROLE;
CALL ecosystem.grant_mart('own', 'mart_reader');
CALL ecosystem.grant_mart('m', 'mart_reader');
SET LOCAL ROLE mart_reader;
SELECT lives_ok($$SELECT * FROM own.me, ecosystem.mart_status('m'), ecosystem.check_mart('m')$$, 'who was granted it reads it');
SELECT throws_ok($$DELETE FROM own.me$$, '42501', NULL, 'and no more');
SELECT throws_ok($$CALL ecosystem.refresh_mart('own')$$, '42501', 'permission denied for mart "own"', 'nor refreshes it, and is told whose it is');
RESET ROLE;

-- ---------------------------------------------------------------------------
-- Schedules, and the end
-- ---------------------------------------------------------------------------

SELECT is(ecosystem.schedule_mart('My "Mart%', '0 5 * * *'),
	format($$0 5 * * * psql -X -q -v ON_ERROR_STOP=1 -d '%s' -c 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; CALL ecosystem.refresh_mart('\''My "Mart\%%'\'')'$$, current_database()),
	'without pg_cron there is a line for crontab');
SELECT throws_ok($$SELECT ecosystem.schedule_mart('m', 'daily')$$, '22023', 'mart "m": "daily" is no time for cron', 'its time is one');
CALL ecosystem.refresh_mart('My "Mart%');
SELECT lives_ok($$CALL ecosystem.drop_mart('My "Mart%')$$, 'a mart is dropped, whatever its name');
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', '"theirs" in the schema of mart "m" is no relation of it', 'what is not a mart''s is not dropped with it');
DROP TABLE m.theirs;
CREATE TABLE replica.heir () INHERITS (m.touch);
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', 'table replica.heir stands on mart "m"', 'nor what inherits from it');
DROP TABLE replica.heir;
CREATE TABLE replica.typed (p m.partner);
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', 'column p of table replica.typed stands on mart "m"', 'nor a column of its types');
DROP TABLE replica.typed;
CREATE TABLE replica.keyed (p text REFERENCES m.partner);
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', 'constraint keyed_p_fkey on table replica.keyed stands on mart "m"', 'nor a key to it');
DROP TABLE replica.keyed;
CREATE FUNCTION replica.deals() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM m.deal; END;
SELECT throws_ok($$CALL ecosystem.drop_mart('m')$$, '2BP01', 'function replica.deals() stands on mart "m"', 'nor a function over it');
DROP FUNCTION replica.deals();
SELECT lives_ok($$CALL ecosystem.drop_mart('m')$$, 'and another one');
SELECT is_empty($$SELECT nspname FROM pg_namespace WHERE nspname ~ '^(m|m_cache|My.*)$'$$, 'with what stood beside it');

SELECT * FROM finish();
ROLLBACK;
