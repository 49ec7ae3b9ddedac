-- metric: definitions, what is counted by them on a few hand-made rows with answers known beforehand, and what is wrong with them
BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(80);

CALL create_mart('m', fiscal_year_starts => 2);
UPDATE m.setting SET as_of = '2026-06-30', led_rule = 'intent';

-- ---------------------------------------------------------------------------
-- Nothing is bound
-- ---------------------------------------------------------------------------

CALL refresh_mart('m');
SELECT is_empty('SELECT metric, fact, fault FROM m.metric_definition WHERE fault IS NOT NULL', 'every definition of the extension counts');
SELECT is_empty($$SELECT metric, fact, fault FROM (SELECT metric, fact, _mart_as_owner('m', format('SELECT ecosystem._mart_metric_fault(%L, %L::jsonb)', 'm', to_jsonb(d))) AS fault FROM m.metric_definition d) q WHERE fault IS NOT NULL$$,
	'and reads well, looked at as one of a user''s is');
SELECT bag_eq('SELECT metric, scope, scope_id, period FROM m.metric', $$SELECT DISTINCT metric, 'network' AS scope, '' AS scope_id, 'now' AS period FROM m.metric_definition WHERE scopes ~ '\mnetwork\M'$$, 'in an empty mart every metric that there is of the network has its row, and no other');
SELECT is_empty('SELECT metric, value, wanted FROM m.metric WHERE (value IS NULL) <> (wanted IS NOT NULL)', 'without a number each says why');
SELECT is_empty('SELECT metric, value, wanted FROM m.metric WHERE wanted IS NOT NULL AND value IS NOT NULL', 'without a number where an input is wanted');
SELECT results_eq($$SELECT value, wanted FROM m.metric WHERE metric = 'influenced_revenue_share'$$, $$VALUES (NULL::numeric, 'no input: deal')$$, 'and says which');
SELECT is_empty($$SELECT d.metric, n FROM m.metric_definition d, regexp_split_to_table(needs, '[,/]\s*') AS n WHERE btrim(n) NOT IN (SELECT name FROM m.relation WHERE kind IN ('standard', 'history'))$$, 'what is needed can be bound');
SELECT is_empty($$SELECT metric FROM ecosystem.mart_metric WHERE meaning !~ '\.$' OR title = '' OR unit = '' OR target IS NOT NULL AND target NOT IN (SELECT metric FROM target)$$, 'each has a name, a meaning, a unit and a target that there is');
SELECT is((SELECT count(*) FROM metric_rows('m', 'won_revenue')), 0::bigint, 'there are no rows behind nothing');

-- ---------------------------------------------------------------------------
-- A few deals
-- ---------------------------------------------------------------------------

CREATE SCHEMA hand;
CREATE TABLE hand.deal (deal_id text, account_id text, name text, type text, outcome text, amount numeric, arr numeric, opened_at timestamptz, closed_at timestamptz, owner text, region text, program text);
INSERT INTO hand.deal VALUES
	('D1', 'A1', 'one', 'new', 'won', 100, 80, '2026-01-01', '2026-02-10', 'Ann', 'EMEA', NULL),
	('D2', 'A1', 'two', 'new', 'won', 300, 200, '2026-01-01', '2026-05-10', 'Ann', 'Ann', NULL),
	('D3', 'A2', 'three', 'renewal', 'lost', 50, NULL, '2026-01-01', '2026-05-11', 'Bob', 'EMEA', NULL),
	('D4', 'A2', 'four', 'new', 'open', 1000, NULL, '2026-01-01', NULL, 'Bob', NULL, NULL),
	('D5', 'A2', 'five', 'new', 'won', NULL, 7, '2026-01-01', '2024-12-01', 'Bob', '', NULL);
CREATE TABLE hand.touch (touch_id text, deal_id text, partner_id text, kind text, occurred_at timestamptz);
INSERT INTO hand.touch VALUES ('T1', 'D1', 'P1', 'co_sell_plan', '2025-12-20'), ('T2', 'D1', 'P2', 'reference', '2026-01-20'), ('T3', 'D2', 'P2', 'reference', '2026-01-20'), ('T4', 'D4', 'P1', 'reference', '2026-01-20');
CREATE TABLE hand.partner (partner_id text, name text, type text);
INSERT INTO hand.partner VALUES ('P1', 'Nimbus', 'technology'), ('P2', 'Quantic', 'technology');
SELECT _mart_set_part('m', name, 'hand', format('SELECT * FROM hand.%I', name), NULL) FROM (VALUES ('deal'), ('touch'), ('partner')) AS r(name);
CALL refresh_mart('m');

SELECT is_empty('SELECT metric, scope, scope_id, period, value, wanted FROM m.metric WHERE (value IS NULL) <> (wanted IS NOT NULL)', 'of a few deals, too, what has no number says why');
SELECT results_eq($$SELECT metric, wanted FROM m.metric WHERE scope = 'network' AND period = 'now' AND metric IN ('co_sell_win_rate_ratio', 'sourced_win_rate', 'sourced_cycle', 'sourced_to_influenced_conversion_ratio', 'nps') ORDER BY 1$$,
	$$VALUES ('co_sell_win_rate_ratio', 'too few: co_sell_lift has no number of it'), ('nps', 'no input: survey'), ('sourced_cycle', 'too few: there is none'), ('sourced_to_influenced_conversion_ratio', 'too few: nothing on the first side'), ('sourced_win_rate', 'nothing to divide by')$$, 'that there is no input, or that there is too little of it');
SELECT results_eq($$SELECT scope, scope_id, period, value, numerator, denominator FROM m.metric WHERE metric = 'influenced_revenue_share' AND scope IN ('network', 'region') ORDER BY 1, 2, 3$$,
	$$VALUES ('network', '', 'FY2025 Q4', NULL, 0.0, 0.0), ('network', '', 'FY2027 Q1', 1.0, 100, 100), ('network', '', 'FY2027 Q2', 1, 300, 300), ('network', '', 'now', 1, 400, 400),
	         ('region', 'Ann', 'FY2027 Q2', 1, 300, 300), ('region', 'Ann', 'now', 1, 300, 300), ('region', 'EMEA', 'FY2027 Q1', 1, 100, 100), ('region', 'EMEA', 'now', 1, 100, 100)$$,
	'a share, of the network and of regions, now and in the fiscal quarters; a deal without a region is of the network alone');
SELECT results_eq($$SELECT scope_id, value, denominator FROM m.metric WHERE metric = 'partner_pipeline_influence' AND period = 'now'$$, $$VALUES ('P1', 1.0, 1000.0)$$, 'a share of another metric''s total');
SELECT results_eq($$SELECT scope, scope_id, scope_name, value FROM m.metric WHERE metric = 'influenced_revenue' AND period = 'now' AND scope IN ('partner', 'partner_type') ORDER BY 2$$,
	$$VALUES ('partner', 'P1', 'Nimbus', 100.0), ('partner', 'P2', 'Quantic', 400), ('partner_type', 'technology', 'technology', 400)$$, 'a deal of two partners counts once for their type');
SELECT results_eq($$SELECT value, low < 0.75 AND high > 0.75 FROM m.metric WHERE metric = 'involved_deal_share' AND scope = 'network' AND period = 'now'$$, $$VALUES (0.666667, true)$$, 'a share of counts has limits');
SELECT results_eq($$SELECT target, verdict, meets_target FROM m.metric WHERE metric = 'influenced_revenue_share' AND scope = 'network' AND period = 'now'$$, $$VALUES ('0.4 to 0.6', 'above target', true)$$, 'a number is judged by its target');
INSERT INTO target (metric, kind, range, unit, better, source) VALUES ('influenced_revenue_share', 'target', '[,0.3]', 'share', 'lower', 'us');
CALL refresh_mart('m');
SELECT results_eq($$SELECT target, verdict, meets_target FROM m.metric WHERE metric = 'influenced_revenue_share' AND scope = 'network' AND period = 'now'$$, $$VALUES ('up to 0.3', 'above target', false)$$, 'and by one of your own from the next refresh on');
SELECT is((SELECT basis FROM m.metric WHERE metric = 'led_revenue_share' AND scope = 'network' AND period = 'now'), 'as of 2026-06-30; led_rule intent', 'a number says what it rests on');
SELECT is((SELECT basis FROM m.metric WHERE metric = 'won_revenue' AND scope = 'network' AND period = 'FY2027 Q1'), '', 'that of a quarter does not rest on the day');

-- ---------------------------------------------------------------------------
-- Rows
-- ---------------------------------------------------------------------------

SELECT results_eq($$SELECT part, entity, id, label, amount FROM metric_rows('m', 'led_revenue_share')$$,
	$$VALUES ('numerator', 'deal', 'D1', 'one', 100.00), ('denominator only', 'deal', 'D2', 'two', 300.00), ('denominator only', 'deal', 'D5', 'five', NULL)$$, 'the deals behind a share');
SELECT results_eq($$SELECT id FROM metric_rows('m', 'led_revenue_share', '2026-03-31')$$, $$VALUES ('D1')$$, 'in the quarter that a day is in');
SELECT results_eq($$SELECT id FROM metric_rows('m', 'influenced_revenue', scope_id => 'P1')$$, $$VALUES ('D1')$$, 'of a partner');
SELECT results_eq($$SELECT part, id FROM metric_rows('m', 'partner_pipeline_influence', scope_id => 'P1')$$, $$VALUES ('numerator', 'D4'), ('denominator', 'D4')$$, 'with those it is divided by');
SELECT throws_ok($$SELECT * FROM metric_rows('m', 'led_revenue_shar')$$, '42704', 'mart "m" has no metric "led_revenue_shar"', 'a name that there is not');
SELECT throws_like($$SELECT * FROM metric_rows('m', 'led_revenue_share', scope_id => 'Ann')$$, '%"Ann" is the id of several scopes%', 'an id of two scopes');
SELECT results_eq($$SELECT id FROM metric_rows('m', 'led_revenue_share', scope_id => 'Ann', scope => 'region')$$, $$VALUES ('D2')$$, 'which are told apart');
SELECT throws_like($$SELECT * FROM metric_rows('m', 'led_revenue_share', scope_id => 'Zoe')$$, '%has no number for "Zoe"', 'an id of none');
SELECT throws_like($$SELECT * FROM metric_rows('m', 'led_revenue_share', scope_id => 'P1', scope => 'partner')$$, '%has no scope "partner"', 'a scope that it has not');
SELECT throws_ok($$SELECT * FROM metric_rows('nowhere', 'led_revenue_share')$$, '3F000', NULL, 'no mart');

-- ---------------------------------------------------------------------------
-- Definitions of one's own
-- ---------------------------------------------------------------------------

INSERT INTO m.metric_definition (metric, fact, kind, scopes, period, numerator, denominator, amount, reason, unit) VALUES
	('ann_share', 'deal_fact', 'share', 'network, deal_type = type', 'closed_on', 'owner = ''Ann'' -- she', 'outcome <> ''open''', NULL, 'owner', 'share'),
	('deal_size', 'deal_fact', 'mean', 'network, owner', NULL, 'outcome IN (''won'', ''lost'')', NULL, 'amount', NULL, 'money'),
	('deal_median', 'deal_fact', 'median', 'network', NULL, NULL, NULL, 'amount', NULL, 'money'),
	('won_to_lost', 'deal_fact', 'ratio', 'network', NULL, 'outcome = ''won''', 'outcome = ''lost''', 'amount', NULL, 'ratio'),
	('touches_a_deal', 'partner_deal', 'ratio', 'network, partner = partner_id', NULL, 'partner_id <> ''''', 'partner_id <> ''''', 'touches', NULL, 'count'),
	('account_touches', 'partner_deal', 'total', 'network, partner = partner_id', NULL, 'partner_id <> ''''', NULL, 'touches', NULL, 'count'),
	('partner_count', 'partner_deal', 'total', 'network, partner = partner_id', NULL, 'partner_id <> ''''', NULL, NULL, NULL, 'count'),
	('known', 'deal_fact', 'comparison', 'network', NULL, 'is_touched', 'NOT is_touched', 'amount', NULL, 'ratio');
UPDATE m.metric_definition SET denominator_amount = 'amount', amount_once = true WHERE metric = 'touches_a_deal';
UPDATE m.metric_definition SET id = 'account_id' WHERE metric = 'account_touches';
UPDATE m.metric_definition SET id = 'partner_id' WHERE metric = 'partner_count';
UPDATE m.metric_definition SET measure = 'win_rate' WHERE metric = 'known';
CALL refresh_mart('m', '{metric}');
SELECT is_empty('SELECT metric, fault FROM m.metric_definition WHERE fault IS NOT NULL', 'definitions of one''s own');
SELECT results_eq($$SELECT metric, scope_id, value, numerator, denominator FROM m.metric WHERE metric IN ('ann_share', 'deal_size', 'deal_median', 'won_to_lost') AND period = 'now' AND (scope, scope_id) NOT IN (('deal_type', 'new')) ORDER BY metric, scope_id$$,
	$$VALUES ('ann_share', '', 0.5, 2.0, 4.0), ('ann_share', 'renewal', 0, 0, 1), ('deal_median', '', 200, NULL, 4), ('deal_size', '', 150, 450, 3), ('deal_size', 'Ann', 200, 400, 2), ('deal_size', 'Bob', 50, 50, 1), ('won_to_lost', '', 8, 400, 50)$$,
	'shares, means, medians and ratios of them');
SELECT results_eq($$SELECT metric, scope_id, round(value, 4), numerator, denominator FROM m.metric WHERE metric IN ('touches_a_deal', 'account_touches') ORDER BY metric, scope_id$$,
	$$VALUES ('account_touches', '', 4.0, 4.0, NULL::numeric), ('account_touches', 'P1', 2, 2, NULL), ('account_touches', 'P2', 2, 2, NULL),
	         ('touches_a_deal', '', 0.0029, 4, 1400), ('touches_a_deal', 'P1', 0.0018, 2, 1100), ('touches_a_deal', 'P2', 0.0050, 2, 400)$$,
	'a thing that has several rows adds up what is each row''s, and counts once what is its own');
SELECT results_eq($$SELECT scope_id, value FROM m.metric WHERE metric = 'partner_count' ORDER BY 1$$, $$VALUES ('', 2.0), ('P1', 1), ('P2', 1)$$, 'also where they are what a scope is by');
SELECT results_eq($$SELECT part, id, amount FROM metric_rows('m', 'account_touches')$$, $$VALUES ('counted', 'A1', 3.0), ('counted', 'A2', 1)$$, 'things are what the definition says');
SELECT results_eq($$SELECT numerator, denominator FROM m.metric WHERE metric = 'known'$$, $$VALUES (1.0, 0.5)$$, 'a comparison has the values of both sides');
SELECT results_eq($$SELECT part, count(*), avg(amount)::numeric(3,1) FROM metric_rows('m', 'known') GROUP BY part ORDER BY part$$, $$VALUES ('denominator', 2::bigint, 0.5), ('numerator', 2, 1.0)$$, 'and their rows');
UPDATE m.metric_definition SET numerator = 'owner = ''Bob''' WHERE metric = 'ann_share';
CALL refresh_mart('m', '{metric}');
SELECT results_eq($$SELECT numerator FROM m.metric WHERE metric = 'ann_share' AND scope = 'network' AND period = 'now'$$, 'VALUES (2.0)', 'an edited definition counts from the next refresh on');
SELECT results_eq($$SELECT id FROM metric_rows('m', 'ann_share') WHERE part = 'numerator' ORDER BY 1$$, $$VALUES ('D3'), ('D5')$$, 'and so do its rows');
UPDATE m.metric_definition SET is_on = false WHERE metric IN ('ann_share', 'led_deal_share');
CALL refresh_mart('m', '{metric}');
SELECT is_empty($$SELECT FROM m.metric WHERE metric IN ('ann_share', 'led_deal_share')$$, 'one that is off is not counted');
SELECT throws_like($$SELECT * FROM metric_rows('m', 'ann_share')$$, '%is not counted', 'nor has it rows');

-- ---------------------------------------------------------------------------
-- What is wrong with them
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE before AS SELECT * FROM m.metric;
CREATE TABLE hand.victim ();
CREATE FUNCTION pg_temp.fault(field text, written text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('INSERT INTO m.metric_definition (metric, fact, kind, scopes, unit, %1$I) VALUES (''bad'', ''deal_fact'', ''total'', ''network'', ''count'', %2$L)', field, written);
	PERFORM ecosystem._mart_as_owner('m', 'SELECT ecosystem._mart_metric_write(''m'')');
	DELETE FROM m.metric_definition WHERE metric = 'bad' RETURNING m.metric_definition.fault INTO said;
	RETURN said;
END $$;
SELECT matches(pg_temp.fault('numerator', written), said, format('refused: %s', written))
FROM  (VALUES
	('true) FROM m.deal_fact; DROP TABLE hand.victim; --', 'syntax error'),
	('true), (false', 'numerator: '),
	('true) OR (true', 'numerator: syntax error'),
	('true] || ARRAY[false', 'numerator: syntax error'),
	('true /*', 'unterminated'),
	('''', 'unterminated'),
	('nowhere > 1', 'column "nowhere" does not exist'),
	('amount', 'must be type boolean'),
	('sum(amount) > 1', 'aggregate functions are not allowed'),
	('row_number() OVER () = 1', 'window functions are not allowed'),
	('generate_series(1, 2) = 1', 'set-returning functions are not allowed'),
	('', 'syntax error')) AS v(written, said);
SELECT matches(pg_temp.fault('amount', 'name'), 'amount: ', 'an amount is a number');
SELECT matches(pg_temp.fault('period', 'amount'), 'period: ', 'a period is by a day');
SELECT is(pg_temp.fault('needs', 'survey, unicorn'), 'the mart has no relation ''unicorn'' for it to need', 'what is needed is a relation');
SELECT is(pg_temp.fault('basis', 'mood'), 'setting has no column ''mood'' for it to rest on', 'what it rests on is a setting');
SELECT is(pg_temp.fault('over', 'won_revenue'), 'a total is not over another metric', 'a share is over another metric');
CALL refresh_mart('m', '{metric}');
SELECT has_table('hand', 'victim', 'nothing was done by any of them');
SELECT set_eq('SELECT metric, scope, scope_id, period, value FROM m.metric', 'SELECT metric, scope, scope_id, period, value FROM before', 'and the others have their numbers');

INSERT INTO m.metric_definition (metric, fact, kind, scopes, unit, numerator) VALUES ('halved', 'deal_fact', 'total', 'network', 'count', '1 / (coalesce(amount, 0) - 1000) > 0'), ('nothing', 'nowhere', 'total', 'network', 'count', NULL);
CALL refresh_mart('m', '{metric}');
SELECT is((SELECT fault FROM m.metric_definition WHERE metric = 'halved'), 'on its rows: division by zero', 'what fails on a row says so');
SELECT set_eq('SELECT metric, scope, scope_id, period, value FROM m.metric', 'SELECT metric, scope, scope_id, period, value FROM before', 'and the others have their numbers');
SELECT results_eq($$SELECT severity, rows, example FROM check_mart('m') WHERE relation = 'metric_definition'$$, $$VALUES ('error', 2::bigint, 'halved in deal_fact: on its rows: division by zero')$$, 'it is a problem');
SELECT throws_like($$SELECT * FROM metric_rows('m', 'halved')$$, '%is not counted', 'it has no rows');
CALL refresh_mart('m', '{metric}');
SELECT is_empty($$SELECT how, message FROM m.refresh_log WHERE relation = 'metric' AND refresh = (SELECT max(refresh) FROM m.refresh_log)$$, 'the next refresh tries it alone, and makes no numbers anew');
SELECT is((SELECT fault FROM m.metric_definition WHERE metric = 'halved'), 'on its rows: division by zero', 'which it still fails');
SELECT bag_eq($$SELECT metric, said FROM (SELECT (_mart_as_owner('m', format('SELECT jsonb_agg(f) FROM ecosystem._mart_metric_failing(%L, %L::jsonb[], false) f', 'm',
		(SELECT array_agg(_mart_metric_complete('m', to_jsonb(d))) FROM m.metric_definition d WHERE d.is_on IS NOT FALSE AND (d.fault IS NULL OR d.metric = 'halved'))))::jsonb) AS failing) f, jsonb_to_recordset(failing) AS r(metric text, said text)$$,
	$$VALUES ('halved', 'division by zero')$$, 'it is found among all');
UPDATE hand.deal SET amount = 999 WHERE deal_id = 'D4';
CALL refresh_mart('m');
SELECT results_eq($$SELECT fault FROM m.metric_definition WHERE metric = 'halved'$$, 'SELECT NULL::text', 'until the rows are mended');
UPDATE m.metric_definition SET numerator = 'true) OR (true' WHERE metric = 'halved';
SELECT throws_like($$SELECT * FROM metric_rows('m', 'halved')$$, '%cannot be counted%', 'what nobody has looked at yet is looked at first');
DELETE FROM m.metric_definition WHERE metric IN ('halved', 'nothing');

-- ---------------------------------------------------------------------------
-- Rights, texts, versions
-- ---------------------------------------------------------------------------

CREATE ROLE metric_test_reader;
CALL grant_mart('m', 'metric_test_reader');
SET ROLE metric_test_reader;
SELECT is((SELECT count(*) FROM ecosystem.metric_rows('m', 'led_revenue_share')), 3::bigint, 'a reader sees the rows behind a number of the extension');
SELECT throws_ok($$SELECT * FROM ecosystem.metric_rows('m', 'deal_size')$$, '42501', NULL, 'and does not run a condition of the owner''s');
RESET ROLE;
SELECT matches(relation_sql('m', 'metric'), 'FROM   deal_fact CROSS JOIN', 'the text of the numbers is shown');
SELECT is((SELECT count(*)::integer FROM regexp_matches(relation_sql('m', 'metric'), 'FROM   deal_fact CROSS', 'g')),
	(SELECT count(DISTINCT (coalesce(id, 'deal_id'), coalesce(period, '')))::integer FROM m.metric_definition WHERE fact = 'deal_fact' AND is_on IS NOT FALSE AND kind <> 'given'), 'it reads a fact once for each kind of day');
UPDATE m.metric_definition SET title = 'Ours' WHERE metric = 'won_revenue';
UPDATE m.metric_definition SET title = 'Old', version = NULL WHERE metric = 'open_pipeline';
UPDATE m.metric_definition d SET title = 'Old' WHERE metric = 'led_revenue';
UPDATE m.metric_definition d SET version = md5(jsonb_populate_record(NULL::mart_metric, to_jsonb(d))::text) WHERE metric = 'led_revenue';
DELETE FROM m.metric_definition WHERE metric = 'marketplace_pipeline';
CALL upgrade_mart('m');
SELECT results_eq($$SELECT metric, title, is_on FROM m.metric_definition WHERE metric IN ('won_revenue', 'open_pipeline', 'led_revenue', 'marketplace_pipeline', 'led_deal_share') ORDER BY 1$$,
	$$VALUES ('led_deal_share', 'Led share, by deals', false), ('led_revenue', 'Ecosystem-led revenue', NULL), ('marketplace_pipeline', 'Marketplace pipeline', NULL), ('open_pipeline', 'Old', NULL), ('won_revenue', 'Ours', NULL)$$,
	'an upgrade replaces what nobody changed, and leaves off what is off');
DO $$ DECLARE q text := (SELECT query FROM m.relation WHERE name = 'metric'); BEGIN CALL ecosystem.set_relation('m', 'metric', q); END $$;
CALL reset_relation('m', 'metric');
CALL refresh_mart('m', full_refresh => true);
SELECT is_empty($$SELECT relation, state FROM mart_status('m') WHERE relation IN ('metric', 'metric_definition') AND state NOT IN ('fresh', 'settings')$$, 'a text of one''s own gives way to that of the definitions');

-- What a refresh says at its end are these numbers.
SELECT is((SELECT s FROM _mart_sentences('m') s WHERE s ~ '^Partners'), (SELECT format('Partners touched %s %% of won revenue and led %s %%.', round(100 * t.value, 1), round(100 * l.value, 1)) FROM m.metric t, m.metric l
	WHERE (t.metric, t.scope, t.period) = ('influenced_revenue_share', 'network', 'now') AND (l.metric, l.scope, l.period) = ('led_revenue_share', 'network', 'now')), 'the sentences at the end of a refresh say what metric says');

-- What is left of a whole after a credit note may be less than its part.
INSERT INTO hand.deal VALUES ('D6', 'A2', 'credit note', 'new', 'won', -250, NULL, '2026-01-01', '2026-06-01', 'Bob', 'EMEA', NULL);
INSERT INTO m.metric_definition (metric, fact, kind, scopes, amount, unit) VALUES ('enormous', 'deal_fact', 'total', 'network', '1e16 * amount', 'money');
CALL refresh_mart('m');
SELECT results_eq($$SELECT value, numerator, denominator, wanted, verdict FROM m.metric WHERE metric = 'influenced_revenue_share' AND scope = 'network' AND period = 'now'$$,
	$$VALUES (NULL::numeric, 400.0, 150.0, 'no share: the part is not within the whole, as where amounts are below zero', NULL::text)$$, 'a share that is none says so, with both of its sides');
SELECT is_empty($$SELECT metric, scope, scope_id, value FROM m.metric WHERE unit = 'share' AND value NOT BETWEEN 0 AND 1$$, 'a share is never outside of 0 to 1');
SELECT results_eq($$SELECT value, wanted FROM m.metric WHERE metric = 'enormous'$$, $$VALUES (NULL::numeric, 'too large for its column')$$, 'a number too large for its column says so');
SELECT results_eq($$SELECT severity, problem, rows, example FROM check_mart('m') WHERE relation = 'metric'$$, $$VALUES ('warning', 'numbers too large for numerator', 1::bigint, 'enormous/network//now'), ('warning', 'numbers too large for value', 1, 'enormous/network//now')$$, 'and is a problem');
DELETE FROM m.metric_definition WHERE metric = 'enormous';
CALL refresh_mart('m');
SELECT is_empty($$SELECT problem FROM check_mart('m') WHERE relation = 'metric'$$, 'until it is gone');

SELECT * FROM finish();
ROLLBACK;
