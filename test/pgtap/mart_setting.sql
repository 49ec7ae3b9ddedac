-- Settings that cannot be meant: of the table setting they are refused before
-- anything is made, of the others they have no effect and are problems.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(39);

CREATE SCHEMA replica;
CREATE TABLE replica.account AS SELECT * FROM crm.account ORDER BY account_id LIMIT 60;
CREATE TABLE replica.partner AS SELECT * FROM crm.partner;
CREATE TABLE replica.partner_account AS SELECT * FROM crm.partner_account ORDER BY record_id, partner_id LIMIT 200;
CREATE TABLE replica.deal AS SELECT * FROM crm.deal WHERE account_id IN (SELECT account_id FROM replica.account);
CREATE TABLE replica.deal_partner AS SELECT * FROM crm.deal_partner WHERE deal_id IN (SELECT deal_id FROM replica.deal);
CREATE TABLE replica.touch AS SELECT * FROM crm.touch WHERE deal_id IN (SELECT deal_id FROM replica.deal);
CALL ecosystem.create_mart('m');
CALL ecosystem.bind_demo('m', 'crm');
DELETE FROM m.split_policy;
DELETE FROM m.relation_part WHERE relation NOT IN ('account', 'partner', 'partner_account', 'deal', 'deal_partner', 'touch');
UPDATE m.relation_part SET query = replace(query, 'crm.', 'replica.');

-- ---------------------------------------------------------------------------
-- The table setting
-- ---------------------------------------------------------------------------

CREATE FUNCTION replica.refused(column_name text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	more text;
BEGIN
	EXECUTE format('UPDATE m.setting SET %I = %s', column_name, value);
	CALL ecosystem.refresh_mart('m');
	RETURN 'not refused';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, more = PG_EXCEPTION_DETAIL;
	RETURN said || '; ' || more;
END $$;
SELECT is(replica.refused(s.name, s.value), format('mart "m": setting.%s cannot be %s; Allowed is %s.', s.name, s.value, s.allowed), s.name || ' ' || s.value)
FROM  (VALUES
	('as_of', '''infinity''', 'a day of the years 1 to 9999, or NULL for today'),
	('currency', '''usd ''', 'a code of ISO 4217, three capital letters'),
	('currency', 'NULL', 'a code of ISO 4217, three capital letters'),
	('minor_digits', 'NULL', '0, 1 or 2, the places that amounts have'),
	('minor_digits', '''3''', '0, 1 or 2, the places that amounts have'),
	('time_zone', 'NULL', 'a name that pg_timezone_names lists'),
	('time_zone', '''Mars/Olympus''', 'a name that pg_timezone_names lists'),
	('time_zone', '''UTC+5''', 'a name that pg_timezone_names lists'),
	('fiscal_year_starts', '''13''', 'the number of a month, 1 to 12'),
	('fiscal_year_starts', '''-1''', 'the number of a month, 1 to 12'),
	('sourced_within', 'NULL', 'an interval from 0 to 100 years'),
	('account_touches', 'NULL', 'true or false'),
	('co_sell_is', '''nonsense''', 'flag, role, touch or NULL'),
	('solo_is', '''nonsense''', 'no_touch or no_co_sell'),
	('solo_is', 'NULL', 'no_touch or no_co_sell'),
	('landmark', '''-1 days''', 'an interval from 0 to 100 years'),
	('minimum_shared', '''-1''', 'a number that is not below 0'),
	('shrink_limit', '''7.000000''', 'a number from 0 to 1'),
	('shrink_limit', '''NaN''', 'a number from 0 to 1'),
	('registration_idle_days', '''-1''', 'a number that is not below 0'),
	('led_rule', '''nonsense''', 'what can be read as a led_rule; unknown axis "nonsense" in led rule'),
	('credit_model', '''nonsense''', 'what can be read as a credit_model; invalid credit model: "nonsense": At position 1: there is no model "nonsense"')) AS s(name, value, allowed);
SELECT is((SELECT count(*) FROM m.refresh_log), 0::bigint, 'nothing was made');
SAVEPOINT nonsense;
UPDATE m.setting SET time_zone = 'Mars/Olympus', solo_is = NULL;
SELECT results_eq($$SELECT severity, relation, problem, example, advice FROM ecosystem.check_mart('m') WHERE relation = 'setting'$$,
	$$VALUES ('error', 'setting', 'solo_is cannot be what it is', 'NULL', 'A refresh is refused until it is no_touch or no_co_sell.'),
		('error', 'setting', 'time_zone cannot be what it is', '''Mars/Olympus''', 'A refresh is refused until it is a name that pg_timezone_names lists.')$$,
	'check_mart says so, too, of each');
ROLLBACK TO nonsense;
CREATE ROLE mart_setting_reader;
GRANT USAGE ON SCHEMA m TO mart_setting_reader;
GRANT SELECT ON m.problem, m.relation, m.relation_part TO mart_setting_reader;
SET LOCAL ROLE mart_setting_reader;
SELECT lives_ok($$SELECT * FROM ecosystem.check_mart('m')$$, 'who may not read settings is told of the rest');
RESET ROLE;
SELECT ok(bool_and(ecosystem._mart_is_time_zone(z)), z || ' is a time zone') FROM unnest(ARRAY['utc', 'Europe/Berlin', 'America/New_York', 'Etc/GMT+5']) z GROUP BY z;

-- ---------------------------------------------------------------------------
-- The others
-- ---------------------------------------------------------------------------

UPDATE m.relation_part SET query = 'SELECT *, ''eur'' AS currency, CASE WHEN deal_id > ''D0600'' THEN ''Discovery'' ELSE ''Proposal'' END AS stage FROM (' || query || ') q' WHERE relation = 'deal';
INSERT INTO m.currency_rate SELECT 'EUR', '2000-01-01', use, 1.1 FROM unnest(ARRAY['closed', 'plan']) use;
DELETE FROM m.touch_kind WHERE touch_kind.kind IN ('joint_call', 'referral');
DELETE FROM m.stage_weight;
DELETE FROM m.score_weight WHERE part = 'engagement' OR value = 'prospect';
DELETE FROM m.worklist_trigger WHERE trigger IN ('deal_stalled', 'deal_opened');
CALL ecosystem.refresh_mart('m');
SELECT is_empty($$SELECT relation, problem FROM m.relation_state WHERE state <> 'fresh'$$, 'everything is made');
SELECT is_empty($$SELECT * FROM m.problem WHERE source = 'setting'$$, 'and nothing wrong with the settings');

CREATE FUNCTION replica.fingerprint() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation name;
	hash text;
	all_hashes text := '';
BEGIN
	FOR relation IN SELECT name FROM m.relation WHERE relation.kind IN ('standard', 'report') AND relation.name <> 'coverage' ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) || ''/'' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM m.%I t', relation) INTO hash;
		all_hashes := all_hashes || relation || ' ' || hash || E'\n';
	END LOOP;
	RETURN all_hashes;
END $$;
CREATE TABLE replica.before AS SELECT replica.fingerprint() AS state;

INSERT INTO m.currency_rate VALUES ('EUR', '2001-01-01', 'closed', -1), ('EUR', '2002-01-01', 'closed', 'NaN'), ('EUR', '2001-01-01', 'plan', NULL), ('EUR', '2001-01-01', 'budget', 3),
	('eur', '2001-01-01', 'closed', 3);
INSERT INTO m.touch_kind VALUES ('joint_call', 'motion', 'co_sell', 'NaN', false), ('referral', 'foo', 'sourcing', 1, false);
INSERT INTO m.stage_weight VALUES ('discovery', 'NaN'), ('proposal', 2);
INSERT INTO m.stage_weight VALUES ('Demo', 1);
INSERT INTO m.score_weight VALUES ('engagement', '', 'NaN'), ('population', 'prospect', 7), ('luck', '', 3);
INSERT INTO m.worklist_trigger VALUES ('deal_stalled', true, -45, 0.5, 'a'), ('deal_opened', true, 1000, 'NaN', 'b');
INSERT INTO m.split_policy VALUES ('*', '2001-01-01', '2001-12-31', 'nonsense'), ('*', '2002-01-01', NULL, ''), ('*', '2003-01-01', '2002-01-01', 'linear');
INSERT INTO m.deal_model SELECT deal_id, CASE WHEN deal_id > 'D0600' THEN 'time_decay(half_life=no)' END, '2000-01-01' FROM replica.deal;
INSERT INTO m.meaning SELECT 'account', 'account_id', min(account_id), max(account_id), 'confirmed' FROM replica.account;
INSERT INTO m.meaning VALUES ('deal', 'type', 'Renewal', 'WHAT', 'confirmed'), ('deal', 'amount', '1', '2', 'confirmed'), ('deal', 'nothing', 'a', 'b', 'confirmed');
CALL ecosystem.refresh_mart('m');
SELECT is_empty($$SELECT relation, problem FROM m.relation_state WHERE state <> 'fresh'$$, 'no step fails for rows that cannot be meant');
SELECT is(replica.fingerprint(), (SELECT state FROM replica.before), 'they have no effect');
SELECT results_eq($$SELECT relation, problem, rows, example FROM m.problem WHERE source = 'setting' ORDER BY relation, problem$$,
	$$VALUES ('currency_rate', 'currencies that are not in capital letters', 1::bigint, '''eur'''),
		('currency_rate', 'rates for a use that is none', 1, 'EUR 2001-01-01 budget'),
		('currency_rate', 'rates that are not above zero', 3, 'EUR 2001-01-01 closed -1.0000000000'),
		('deal_model', 'models that cannot be read', (SELECT count(*) FROM m.deal_model),
			(SELECT format('%s NULL (invalid credit model: "": At position 1: the name of a model is missing.)', min(deal_id)) FROM m.deal_model)),
		('meaning', 'meanings for columns that are not there, or hold no words', 2, 'deal.amount ''1'''),
		('meaning', 'meanings for ids and columns of a key', 1, (SELECT format('account.account_id %L', min(account_id)) FROM m.account)),
		('meaning', 'meanings that are no word of the extension', 1, 'deal.type ''Renewal'': ''WHAT'''),
		('score_weight', 'parts of the score that are none', 1, 'luck '''''),
		('score_weight', 'weights that are none', 2, 'engagement  NaN'),
		('split_policy', 'models that cannot be read', 2, '* from 2001-01-01 ''nonsense'' (invalid credit model: "nonsense": At position 1: there is no model "nonsense".)'),
		('split_policy', 'periods of one program that overlap', 1, '*'),
		('split_policy', 'periods that end before they begin', 1, '* 2003-01-01 to 2002-01-01'),
		('stage_weight', 'stages that are not in lower case', 1, 'Demo'),
		('stage_weight', 'weights that are not from 0 to 1', 2, 'discovery NaN'),
		('touch_kind', 'axes that are none', 1, 'referral ''foo'''),
		('touch_kind', 'weights that are none', 1, 'joint_call NaN'),
		('worklist_trigger', 'triggers without a number of days', 1, 'deal_stalled true -45'),
		('worklist_trigger', 'weights that are not from 0 to 1', 1, 'deal_opened NaN')$$, 'each is a problem with an example');
SELECT is((SELECT count(*) FROM (SELECT severity, relation, problem, rows, example, advice FROM m.problem EXCEPT SELECT * FROM ecosystem.check_mart('m')) p), 0::bigint, 'which check_mart shows as it is now');

-- By key, too
UPDATE replica.deal SET amount = amount + 100 WHERE deal_id = (SELECT min(deal_id) FROM replica.deal WHERE outcome = 'won');
CALL ecosystem.refresh_mart('m');
SELECT results_eq($$SELECT how, changed > 0 FROM m.refresh_log WHERE relation = 'credit_line' ORDER BY refresh DESC LIMIT 1$$, $$VALUES ('by key', true)$$, 'what changed is credited by key');
CREATE TABLE replica.by_key AS SELECT replica.fingerprint() AS state;
DELETE FROM m.currency_rate WHERE rate IS DISTINCT FROM 1.1;
DELETE FROM m.touch_kind WHERE touch_kind.kind IN ('joint_call', 'referral');
DELETE FROM m.stage_weight;
DELETE FROM m.score_weight WHERE part IN ('engagement', 'luck') OR value = 'prospect';
DELETE FROM m.worklist_trigger WHERE trigger IN ('deal_stalled', 'deal_opened');
DELETE FROM m.deal_model;
DELETE FROM m.meaning WHERE how = 'confirmed';
DELETE FROM m.split_policy;
INSERT INTO m.split_policy VALUES ('none', '2001-01-01', NULL, 'linear'), ('none', '2002-01-01', NULL, 'linear');
CALL ecosystem.refresh_mart('m', full_refresh => true);
SELECT is(replica.fingerprint(), (SELECT state FROM replica.by_key), 'as it is in full, without them');
SELECT results_eq($$SELECT relation, problem, rows, example, advice FROM m.problem WHERE source = 'setting'$$,
	$$VALUES ('split_policy', 'periods of one program that overlap', 1::bigint, 'none', 'The later one is taken.')$$, 'what was mended is no problem any more');

-- Options of the mart's go into a rule that has none
UPDATE m.setting SET credit_model = 'linear()', currency = 'JPY', minor_digits = 0;
CALL ecosystem.refresh_mart('m');
SELECT results_eq($$SELECT DISTINCT model FROM m.credit_line UNION SELECT state FROM m.relation_state WHERE relation = 'credit_line' ORDER BY 1$$,
	$$VALUES ('fresh'), ('linear(minor_digits=0)')$$, 'a rule with empty parentheses is one');

SELECT * FROM finish();
ROLLBACK;
