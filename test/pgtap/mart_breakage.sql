-- What breaks in the middle of a refresh: a step that fails keeps its rows and
-- hinders only what needs it, a cancelled refresh never was, and what was missed
-- is made up for.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(98);

CREATE SCHEMA replica;
CREATE TABLE replica.account AS SELECT * FROM crm.account ORDER BY account_id LIMIT 60;
CREATE TABLE replica.partner AS SELECT * FROM crm.partner;
CREATE TABLE replica.partner_account AS SELECT * FROM crm.partner_account ORDER BY record_id, partner_id LIMIT 200;
CREATE TABLE replica.deal AS SELECT * FROM crm.deal WHERE account_id IN (SELECT account_id FROM replica.account);
CREATE TABLE replica.deal_partner AS SELECT * FROM crm.deal_partner WHERE deal_id IN (SELECT deal_id FROM replica.deal);
CREATE TABLE replica.touch AS SELECT * FROM crm.touch WHERE deal_id IN (SELECT deal_id FROM replica.deal);

CALL ecosystem.create_mart('m');
CALL ecosystem.bind_demo('m', 'crm');
DELETE FROM m.relation_part WHERE relation NOT IN ('account', 'partner', 'partner_account', 'deal', 'deal_partner', 'touch');
UPDATE m.relation_part SET query = replace(query, 'crm.', 'replica.');
CALL ecosystem.refresh_mart('m');
SELECT is_empty($$SELECT relation, problem FROM m.relation_state WHERE state <> 'fresh'$$, 'everything is made');

-- All that a mart holds, as one value.
CREATE FUNCTION replica.fingerprint(but text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation name;
	hash text;
	all_hashes text := '';
BEGIN
	FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = 'm'::regnamespace AND relkind = 'r' AND relname <> ALL (but) ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) || ''/'' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM m.%I t', relation) INTO hash;
		all_hashes := all_hashes || relation || ' ' || hash || E'\n';
	END LOOP;
	RETURN all_hashes;
END $$;
CREATE TABLE replica.before AS SELECT replica.fingerprint('{relation,relation_part,relation_state,refresh_log,problem}') AS all_of_it, replica.fingerprint() AS state;
CREATE FUNCTION replica.states(what text) RETURNS text LANGUAGE sql AS $$SELECT coalesce(string_agg(relation, ' ' ORDER BY relation), '') FROM m.relation_state WHERE state = what$$;

-- ---------------------------------------------------------------------------
-- A replica table is gone, retyped, empty
-- ---------------------------------------------------------------------------

ALTER TABLE replica.deal_partner RENAME TO elsewhere;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('failed'), 'deal_partner', 'a replica table is gone: its relation fails');
SELECT is(replica.states('skipped'), (SELECT string_agg(relation, ' ' ORDER BY relation) FROM m.relation_state WHERE problem ~ '^needs '), 'what needs it is skipped');
SELECT ok(replica.states('skipped') ~ '\mdeal_fact\M' AND replica.states('skipped') ~ '\mcredit_line\M', 'such as facts and credit');
SELECT ok(replica.states('fresh') ~ '\maccount_overlap\M' AND replica.states('fresh') ~ '\mwhitespace\M', 'and nothing else');
SELECT results_eq($$SELECT sqlstate FROM m.refresh_log WHERE relation = 'deal_partner' ORDER BY refresh DESC LIMIT 1$$, $$VALUES ('42P01')$$, 'the log has the SQLSTATE');
SELECT matches((SELECT problem FROM m.relation_state WHERE relation = 'deal_partner'), 'part "demo" of "deal_partner" does not run.*replica.deal_partner', 'and what is missing');
SELECT is((SELECT count(*) FROM ecosystem.check_mart('m') WHERE severity = 'error' AND relation = 'deal_partner'), 1::bigint, 'check_mart has it');
SELECT is((SELECT state FROM ecosystem.mart_status('m') WHERE relation = '(all)'), 'with failures', 'mart_status, too');
SELECT is(replica.fingerprint('{relation,relation_part,relation_state,refresh_log,problem}'), (SELECT all_of_it FROM replica.before), 'all rows are as they were');
-- what changes meanwhile is seen by nobody who needs what failed, until it is back
UPDATE replica.deal SET amount = amount + 1;
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT count(*) FROM m.deal d JOIN replica.deal r USING (deal_id) WHERE d.amount = r.amount), (SELECT count(*) FROM replica.deal), 'what can be loaded is');
SELECT is((SELECT count(*) FROM m.deal_fact d JOIN replica.deal r USING (deal_id) WHERE d.amount = r.amount), 0::bigint, 'facts wait');
ALTER TABLE replica.elsewhere RENAME TO deal_partner;
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT count(*) FROM m.deal_fact d JOIN replica.deal r USING (deal_id) WHERE d.amount = r.amount), (SELECT count(*) FROM replica.deal), 'and are made when it is back');
SELECT is(replica.states('fresh'), (SELECT string_agg(relation, ' ' ORDER BY relation) FROM m.relation_state), 'all are fresh again');
SELECT is_empty($$SELECT FROM m.problem WHERE severity = 'error'$$, 'and no problem is left');
UPDATE replica.deal SET amount = amount - 1;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.fingerprint('{relation,relation_part,relation_state,refresh_log,problem,deal_history}'),
	(SELECT regexp_replace(all_of_it, 'deal_history [^\n]*\n', '') FROM replica.before), 'all rows are as they were');

ALTER TABLE replica.account ALTER segment TYPE boolean USING segment = 'customer';
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT format('%s: %s', problem, example) FROM m.problem WHERE relation = 'account' AND problem ~ '^words'),
	format('words of segment without a meaning: %s', (SELECT string_agg(format('%s (%s)', segment::text, n), ', ' ORDER BY n DESC) FROM (SELECT segment, count(*) AS n FROM replica.account GROUP BY 1) s)),
	'a column of another type is read as far as it can be');
ALTER TABLE replica.account ALTER website TYPE bytea USING NULL;
ALTER TABLE replica.account ALTER account_id TYPE jsonb USING NULL, DROP COLUMN name;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('failed'), 'account', 'a missing column makes a step fail');
SELECT is((SELECT count(*) FROM m.account), 60::bigint, 'which keeps its rows');
DROP TABLE replica.account;
CREATE TABLE replica.account AS SELECT * FROM crm.account ORDER BY account_id LIMIT 60;
CALL ecosystem.refresh_mart('m');

CREATE TABLE replica.kept AS SELECT * FROM replica.touch;
TRUNCATE replica.touch;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('held back'), 'touch', 'a replica that is being filled anew is not believed');
SELECT is((SELECT count(*) FROM m.touch), (SELECT count(*) FROM replica.kept), 'the rows stay');
SELECT is((SELECT example FROM m.problem WHERE relation = 'touch' AND severity = 'error'), format('part "demo" has 0 rows instead of %s', (SELECT count(*) FROM replica.kept)), 'and it is said');
SELECT is(replica.states('skipped'), '', 'what needs it is made of the rows that stay');
INSERT INTO replica.touch SELECT * FROM replica.kept ORDER BY touch_id LIMIT (SELECT count(*) * 0.6 FROM replica.kept);
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT count(*) FROM m.touch), (SELECT count(*) FROM replica.touch), 'more than half of them are believed');
TRUNCATE replica.touch;
CALL ecosystem.refresh_mart('m', ARRAY['touch'], full_refresh => true);
SELECT is((SELECT count(*) FROM m.touch), 0::bigint, 'and nothing is, where it is said to be full');
SELECT is((SELECT bool_and(state = 'stale') FROM m.relation_state WHERE relation IN ('deal_fact', 'credit_line')), true, 'what was not asked for is stale');
INSERT INTO replica.touch SELECT * FROM replica.kept;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.fingerprint('{relation,relation_part,relation_state,refresh_log,problem,deal_history}'),
	(SELECT regexp_replace(all_of_it, 'deal_history [^\n]*\n', '') FROM replica.before), 'all rows are as they were');

-- One part of several: that alone is held back, and the others load.
SAVEPOINT parts;
UPDATE m.relation_part SET query = query || ' WHERE touch_id ~ ''[0-4]$''' WHERE relation = 'touch';
INSERT INTO m.relation_part (relation, part, query) SELECT relation, 'portal', replace(query, 'touch_id ~ ''[0-4]$''', 'touch_id ~ ''[5-9]$''') FROM m.relation_part WHERE relation = 'touch';
CALL ecosystem.refresh_mart('m');
SELECT results_eq($$SELECT part, rows FROM m.relation_part WHERE relation = 'touch' ORDER BY part$$,
	$q$SELECT CASE WHEN touch_id ~ '[0-4]$' THEN 'demo' ELSE 'portal' END, count(*) FROM replica.kept GROUP BY 1 ORDER BY 1$q$, 'a relation of two parts, each with rows');
DELETE FROM replica.touch WHERE touch_id ~ '[0-4]$' AND touch_id <> (SELECT min(touch_id) FROM replica.kept WHERE touch_id ~ '[0-4]$');
DELETE FROM replica.touch WHERE touch_id = (SELECT max(touch_id) FROM replica.kept WHERE touch_id ~ '[5-9]$');
UPDATE replica.touch SET kind = 'joint_demo' WHERE touch_id ~ '[5-9]$';
INSERT INTO replica.touch SELECT 'T9' || touch_id, deal_id, partner_id, kind, occurred_at, weight FROM replica.kept WHERE touch_id = (SELECT max(touch_id) FROM replica.kept WHERE touch_id ~ '[5-9]$');
CALL ecosystem.refresh_mart('m');
SELECT set_eq('SELECT touch_id, kind FROM m.touch', $q$SELECT touch_id, kind FROM replica.kept WHERE touch_id ~ '[0-4]$' UNION ALL SELECT touch_id, kind FROM replica.touch WHERE touch_id ~ '[5-9]$'$q$,
	'a part that shrinks keeps its rows, and those of the other come, change and go');
SELECT results_eq($$SELECT state, stale, problem FROM m.relation_state WHERE relation = 'touch'$$,
	$q$SELECT 'held back', true, format('part "demo" has 1 rows instead of %s', count(*)) FROM replica.kept WHERE touch_id ~ '[0-4]$'$q$, 'and it is said which part that is');
SELECT is((SELECT (added, changed > 1, removed)::text FROM m.refresh_log WHERE relation = 'touch' ORDER BY refresh DESC LIMIT 1), '(1,t,1)', 'and what was done');
SELECT is(replica.states('skipped') || replica.states('failed'), '', 'what needs it is made');
SELECT is((SELECT rows FROM m.relation_part WHERE relation = 'touch' AND part = 'demo'), (SELECT count(*) FROM replica.kept WHERE touch_id ~ '[0-4]$'), 'it is still measured by what it had');
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('held back'), 'touch', 'until it is back');
INSERT INTO replica.touch SELECT * FROM replica.kept k WHERE NOT EXISTS (SELECT FROM replica.touch t WHERE t.touch_id = k.touch_id) AND k.touch_id > (SELECT min(touch_id) FROM replica.kept);
CALL ecosystem.refresh_mart('m');
SELECT set_eq('SELECT touch_id, kind FROM m.touch', 'SELECT touch_id, kind FROM replica.touch', 'then it loads');
SELECT is(replica.states('held back'), '', 'and nothing is held back');
TRUNCATE replica.touch;
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT problem ~ 'demo.*portal' AND problem !~ 'wait' AND rows > 0 FROM m.relation_state WHERE relation = 'touch'), true, 'where all shrink nothing loads');
INSERT INTO replica.touch SELECT * FROM replica.kept WHERE touch_id ~ '[5-9]$';
DROP TABLE m_cache.part_of_touch;
CALL ecosystem.refresh_mart('m');
SELECT matches((SELECT problem FROM m.relation_state WHERE relation = 'touch'), 'the other parts wait, since it is not known which rows are theirs', 'nor where nobody knows whose rows are whose');
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT set_eq('SELECT touch_id FROM m.touch', 'SELECT touch_id FROM replica.touch', 'in full what is there is believed');
ROLLBACK TO parts;

-- ---------------------------------------------------------------------------
-- Texts of one's own that fail
-- ---------------------------------------------------------------------------

CREATE TABLE replica.own AS SELECT 1 AS a, 2 AS b;
CALL ecosystem.set_relation('m', 'mine', 'SELECT a, 10 / b AS c FROM replica.own', '{a}');
CALL ecosystem.set_relation('m', 'later', 'SELECT a, c FROM mine', '{a}');
CALL ecosystem.refresh_mart('m');
SELECT results_eq('SELECT a, c FROM m.later', 'VALUES (1, 5)', 'a text of one''s own');
UPDATE replica.own SET b = 0;
CALL ecosystem.refresh_mart('m', ARRAY['mine'], full_refresh => true);
SELECT results_eq('SELECT a, c FROM m.later', 'VALUES (1, 5)', 'that fails keeps its rows');
SELECT is((SELECT concat(sqlstate, ' ', message) FROM m.refresh_log WHERE relation = 'mine' ORDER BY refresh DESC LIMIT 1), '22012 division by zero', 'and says why');
ALTER TABLE replica.own RENAME b TO d;
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT sqlstate FROM m.refresh_log WHERE relation = 'mine' ORDER BY refresh DESC LIMIT 1), '42703', 'whatever the reason');
ALTER TABLE m.later DROP COLUMN c;
ALTER TABLE replica.own RENAME d TO b;
UPDATE replica.own SET b = 5;
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('failed'), 'later', 'a column that somebody dropped from a table of the mart makes its step fail');
CALL ecosystem.reset_relation('m', 'later');
CALL ecosystem.reset_relation('m', 'mine');

-- Settings
SAVEPOINT settings;
DELETE FROM m.setting;
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, '55000', 'mart "m": setting has 0 rows', 'without settings nothing is made');
ROLLBACK TO settings;
SELECT throws_ok(format('UPDATE m.setting SET %s; CALL ecosystem.refresh_mart(''m'')', c), '22023', format('mart "m": setting.%s cannot be %s', split_part(c, ' = ', 1), split_part(c, ' = ', 2)), 'nor with nonsense in them: ' || c)
FROM   unnest(ARRAY['led_rule = ''nonsense''', 'credit_model = NULL', 'time_zone = ''Mars/Olympus''', 'time_zone = NULL', 'minor_digits = NULL', 'minor_digits = ''3''', 'currency = ''usd ''', 'co_sell_is = ''maybe''',
	'solo_is = NULL', 'fiscal_year_starts = ''13''', 'shrink_limit = ''7.000000''', 'as_of = ''infinity''', 'sourced_within = NULL', 'landmark = NULL']) c;
ROLLBACK TO settings;

INSERT INTO m.currency_rate VALUES ('EUR', '2026-01-01', 'plan', -1);
UPDATE m.touch_kind SET axis = 'foo' WHERE kind = 'referral';
UPDATE m.touch_kind SET weight = 'NaN' WHERE kind = 'overlap';
INSERT INTO m.meaning VALUES ('deal', 'outcome', 'Closed', 'WHAT', 'confirmed');
CALL ecosystem.refresh_mart('m');
SELECT results_eq($$SELECT relation, problem FROM m.problem WHERE severity = 'error' AND source = 'setting' ORDER BY 1, 2$$,
	$$VALUES ('currency_rate', 'rates that are not above zero'), ('meaning', 'meanings that are no word of the extension'), ('touch_kind', 'axes that are none'), ('touch_kind', 'weights that are none')$$, 'nonsense in other settings is said');
ROLLBACK TO settings;

-- ---------------------------------------------------------------------------
-- Rows that have no room
-- ---------------------------------------------------------------------------

CREATE FUNCTION replica.long() RETURNS text LANGUAGE sql AS $$SELECT string_agg(md5(g::text), '') FROM generate_series(1, 300) g$$;
INSERT INTO replica.account (account_id, name, industry, region, segment) VALUES (replica.long(), 'Long', 'x', 'y', 'prospect'), ('', 'Empty', 'x', 'y', 'prospect');
INSERT INTO replica.touch VALUES ('T-long', replica.long(), 'P01', 'referral', '2026-01-01', 1), ('T-heavy', (SELECT min(deal_id) FROM replica.deal), 'P01', 'referral', 'infinity', 123456789);
UPDATE m.relation_part SET query = 'SELECT deal_id, partner_id, role, is_primary, CASE WHEN is_primary THEN ''NaN'' ELSE ''Infinity'' END::float8 AS share FROM replica.deal_partner
	UNION ALL SELECT min(deal_id), ''P01'', replica.long(), false, 12345678 FROM replica.deal' WHERE relation = 'deal_partner';
UPDATE m.relation_part SET query = replace(query, 'closed_at, owner', 'CASE WHEN closed_at < ''2025-01-01'' THEN ''infinity'' WHEN closed_at < ''2025-06-01'' THEN ''294276-12-31 23:00+00'' ELSE closed_at END AS closed_at, owner') WHERE relation = 'deal';
UPDATE m.relation_part SET query = 'SELECT partner_id, record_id, name, website, (SELECT string_agg(''erp:'' || g, '' '') FROM generate_series(1, 20000) g) AS external_ids FROM replica.partner_account WHERE record_id < ''R00100'' UNION ALL
	SELECT partner_id, record_id, name, website, NULL FROM replica.partner_account WHERE record_id >= ''R00100''' WHERE relation = 'partner_account';
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('failed') || replica.states('skipped'), '', 'no row stops a relation');
SELECT results_eq($$SELECT relation, problem, rows FROM m.problem WHERE problem ~ '500 bytes|cannot be' ORDER BY relation, problem$$,
	$$VALUES ('account', 'rows without account_id, or with one of more than 500 bytes', 2::bigint),
	('deal', 'values of closed_at that cannot be', (SELECT count(*) FROM replica.deal WHERE closed_at < '2025-06-01')),
	('deal_partner', 'rows without deal_id or partner_id or role, or with one of more than 500 bytes', 1),
	('deal_partner', 'values of share that cannot be', (SELECT count(*) + 1 FROM replica.deal_partner)),
	('touch', 'values of deal_id that cannot be', 1), ('touch', 'values of occurred_at that cannot be', 1), ('touch', 'values of weight that cannot be', 1)$$, 'what has no room is left out, and said');
ROLLBACK TO settings;

-- ---------------------------------------------------------------------------
-- The match keys cannot be made, and what they missed is made up for
-- ---------------------------------------------------------------------------

CREATE FUNCTION replica.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse BEFORE INSERT OR DELETE ON m_cache.identity FOR EACH ROW EXECUTE FUNCTION replica.refuse();
INSERT INTO replica.account (account_id, name, website, industry, region, segment) VALUES ('A-new', 'Acme', 'acme.com', 'x', 'y', 'prospect');
DELETE FROM replica.partner_account WHERE record_id IN (SELECT record_id FROM replica.partner_account ORDER BY 1 LIMIT 20);
CALL ecosystem.refresh_mart('m');
SELECT ok(replica.states('skipped') ~ '\mcompany\M', 'match keys cannot be made: companies wait');
DROP TRIGGER refuse ON m_cache.identity;
CALL ecosystem.refresh_mart('m');
SELECT set_eq('SELECT source, record_id FROM m.company', $$SELECT 'own', account_id FROM replica.account UNION ALL SELECT 'partner/' || partner_id, record_id FROM replica.partner_account$$, 'and see all that changed meanwhile');
ROLLBACK TO settings;

-- ---------------------------------------------------------------------------
-- What the mart keeps its books in refuses, and what stands beside it is gone
-- ---------------------------------------------------------------------------

CREATE FUNCTION replica.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
UPDATE replica.deal SET amount = amount + 1;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON m.relation_state FOR EACH ROW EXECUTE FUNCTION replica.refuse();
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, 'P0001', 'mart "m": its table "relation_state" cannot be written', 'a trigger on the books is named');
DROP TRIGGER refuse ON m.relation_state;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON m.refresh_log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION replica.refuse();
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, '42501', 'mart "m": its table "refresh_log" cannot be written', 'so is a deferred one');
DROP TRIGGER refuse ON m.refresh_log;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON m.deal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION replica.refuse();
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('failed'), 'deal', 'on another table it makes its step fail');
ROLLBACK TO settings;

CREATE ROLE owner;
CREATE SCHEMA theirs AUTHORIZATION owner;
SET LOCAL ROLE owner;
SELECT throws_ok($$CALL ecosystem.create_mart('theirs')$$, '42501', 'mart "theirs" needs schema "theirs_cache", which is missing', 'who may not make the schema beside it is told so');
ROLLBACK TO settings;

-- A part reads nothing that is made of it
CREATE VIEW replica.roundabout AS SELECT deal_id, deal FROM m.deal_fact;
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'deal', 'round', 'SELECT deal_id, deal AS name FROM replica.roundabout', 'me')$$, '42P19', 'mart "m": part "round" of "deal" reads what the mart makes', 'a part that reads a fact through a view is refused');
SELECT throws_ok($$SELECT ecosystem._mart_set_part('m', 'currency_rate', 'round', 'SELECT ''EUR'' AS currency, current_date AS valid_from, ''plan'' AS use, count(*) AS rate FROM m.meaning', 'me')$$, '42P19', NULL, 'and settings that read others');
SELECT lives_ok($$SELECT ecosystem._mart_set_part('m', 'currency_rate', 'fine', 'SELECT currency, current_date AS valid_from, ''plan'' AS use, 1 AS rate FROM m.setting', 'me')$$, 'but for the one row of setting');

-- Indexes of a relation of one's own stay as far as their columns do
CALL ecosystem.set_relation('m', 'mine', 'SELECT deal_id, account_id, amount FROM deal', '{deal_id}');
CREATE INDEX by_account ON m.mine (account_id);
CREATE INDEX by_amount ON m.mine (amount);
CALL ecosystem.set_relation('m', 'mine', 'SELECT deal_id, account_id, outcome FROM deal', '{deal_id}');
SELECT set_eq($$SELECT indexname::text FROM pg_indexes WHERE schemaname = 'm' AND tablename = 'mine'$$, '{mine_pkey,by_account}'::text[], 'a relation of other columns keeps its indexes');
ROLLBACK TO settings;

-- ---------------------------------------------------------------------------
-- Cancelled in each step: it never was
-- ---------------------------------------------------------------------------

UPDATE replica.deal SET amount = amount + 1;
CREATE TABLE replica.now AS SELECT replica.fingerprint() AS state;
CREATE FUNCTION replica.cancel() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
	PERFORM pg_cancel_backend(pg_backend_pid());
	PERFORM pg_sleep(10);
	RETURN true;
END $$;
CREATE FUNCTION replica.cancelled_in(step text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF step = ANY ('{account,partner,partner_account,deal,deal_partner,touch}') THEN
		UPDATE m.relation_part SET query = format('SELECT * FROM (%s) q WHERE (SELECT replica.cancel())', query) WHERE relation = step;
	ELSE
		UPDATE m.relation SET query = format('SELECT * FROM (%s) q WHERE (SELECT replica.cancel())', query) WHERE name = step;
	END IF;
	CALL ecosystem.refresh_mart('m', full_refresh => true);
	RETURN 'went on';
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN replica.fingerprint() = (SELECT state FROM replica.now) THEN 'undone' ELSE 'half done' END;
END $$;
SELECT is(replica.cancelled_in(r), 'undone', 'cancelled in ' || r)
FROM   unnest('{account,deal,touch,company,account_overlap,credit_line,deal_fact,partner_deal,account_fact,whitespace,co_sell_list,worklist}'::text[]) r;
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'm_cache'::regnamespace AND relkind = 'r' AND relname NOT IN ('identity', 'turn')$$, 'nothing is left of what it worked with');
UPDATE replica.deal SET amount = amount - 1;

-- ---------------------------------------------------------------------------
-- What can be made again is
-- ---------------------------------------------------------------------------

CREATE TABLE replica.company AS SELECT * FROM m.company;
ALTER TABLE m_cache.identity DROP COLUMN identity;
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT is(replica.states('failed'), '', 'match keys without their column, as DROP EXTENSION CASCADE leaves them, are made again');
SELECT set_eq('SELECT * FROM m.company', 'SELECT * FROM replica.company', 'and companies have their ids');
DROP SCHEMA m_cache CASCADE;
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT set_eq('SELECT * FROM m.company', 'SELECT * FROM replica.company', 'also without the cache, as a dump of the mart alone comes back');
SAVEPOINT cache;
CREATE ROLE mart_stranger;
GRANT CREATE ON SCHEMA m_cache TO mart_stranger;
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, '42501', 'schema "m_cache" is not that of mart "m" alone', 'a cache that others may add to is refused');
REVOKE CREATE ON SCHEMA m_cache FROM mart_stranger;
ALTER SCHEMA m_cache OWNER TO mart_stranger;
SELECT throws_ok($$CALL ecosystem.refresh_mart('m')$$, '42501', 'schema "m_cache" is not that of mart "m" alone', 'and so is one that is another''s');
ROLLBACK TO cache;
CREATE ROLE mart_stranger;
GRANT CREATE ON SCHEMA m TO mart_stranger;
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT is((SELECT example FROM m.problem WHERE problem = 'others may create objects in the schema of the mart'), 'mart_stranger', 'that others may add to the mart is said');
ROLLBACK TO cache;

-- Tables that somebody altered or dropped
ALTER TABLE m.deal_fact DROP COLUMN amount;
DROP TABLE m.whitespace;
ALTER TABLE m.account_overlap DROP CONSTRAINT account_overlap_pkey;
CALL ecosystem.refresh_mart('m');
SELECT ok(replica.states('failed') ~ 'deal_fact' AND replica.states('failed') ~ 'whitespace', 'tables of the mart that were altered or dropped are noticed');
CALL ecosystem.upgrade_mart('m');
CALL ecosystem.refresh_mart('m');
SELECT is(replica.states('fresh'), (SELECT string_agg(relation, ' ' ORDER BY relation) FROM m.relation_state), 'and upgrade_mart mends them');
SELECT has_pk('m', 'account_overlap', 'with their keys');

-- What is no longer bound
SELECT ecosystem._mart_drop_part('m', 'touch', 'demo');
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT count(*) FROM m.touch), 0::bigint, 'what is no longer bound is empty');
SELECT is((SELECT state FROM ecosystem.mart_status('m') WHERE relation = 'touch'), 'fresh', 'and is so');
ROLLBACK TO cache;
COMMENT ON TABLE m_cache.identity IS 'ecosystem 0.0.9, list of old';
UPDATE m_cache.identity SET identity = ecosystem.identify('other.com');
CALL ecosystem.refresh_mart('m');
SELECT is((SELECT count(*) FROM m_cache.identity WHERE identity::text = ecosystem.identify('other.com')::text), 0::bigint, 'match keys of another version are made again');
SELECT set_eq('SELECT * FROM m.company', 'SELECT * FROM replica.company', 'and companies have their ids');

SELECT * FROM finish();
ROLLBACK;
