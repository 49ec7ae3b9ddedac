-- mart_freeze: a quarter is closed, and a month later each difference is named and they add up

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(42);

CALL create_mart('m');
\ir hand.psql
SELECT pg_temp.bind_hand('m');
UPDATE m.setting SET as_of = '2026-06-30';
INSERT INTO hand.partner (partner_id, name, type) VALUES ('P1', 'Alpha', 'technology'), ('P2', 'Beta', 'services');
INSERT INTO hand.account (account_id, name, website, country, segment, region) VALUES ('A1', 'Acme Inc', 'acme.com', 'US', 'customer', 'Europe'), ('A2', 'Other', 'other.com', 'US', 'prospect', 'Europe');
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES ('P1', 'R1', 'Acme', 'acme.com', 'US', 'customer');
INSERT INTO hand.deal (deal_id, account_id, name, type, outcome, amount, arr, opened_at, closed_at) VALUES
	('D1', 'A1', 'Reopened', 'new', 'won', 100.10, 50, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D2', 'A1', 'Re-priced', 'new', 'won', 200.20, 100, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D3', 'A1', 'Plan backdated', 'new', 'won', 300.30, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D4', 'A1', 'Other model', 'expansion', 'won', 400.40, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D5', 'A2', 'As it was', 'renewal', 'won', 500.50, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D6', 'A2', 'Of the next quarter', 'new', 'won', 600.60, NULL, '2026-04-10 12:00+00', '2026-07-15 12:00+00'),
	('D7', 'A2', 'Another role', 'new', 'won', 700.70, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D8', 'A2', 'Lost', 'new', 'lost', 800.80, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00'),
	('D9', 'A2', 'Deleted', 'new', 'won', 900.90, NULL, '2026-04-10 12:00+00', '2026-05-01 12:00+00');
INSERT INTO hand.deal_partner (deal_id, partner_id, role) VALUES ('D4', 'P1', 'sourcing'), ('D4', 'P2', 'technical'), ('D7', 'P1', 'sourcing'), ('D9', 'P1', 'sourcing'), ('D2', 'P1', 'sourcing');
INSERT INTO hand.touch (touch_id, deal_id, partner_id, kind, occurred_at, recorded_at) VALUES
	('T1', 'D1', 'P1', 'referral', '2026-04-05', NULL), ('T2', 'D2', 'P1', 'referral', '2026-04-05', NULL),
	('T31', 'D3', 'P2', 'referral', '2026-04-05', NULL), ('T32', 'D3', 'P1', 'joint_target_list', '2026-04-05', NULL), ('T33', 'D3', 'P1', 'joint_pitch', '2026-04-12', NULL),
	('T34', 'D3', 'P1', 'co_sell_plan', '2026-04-28', '2026-04-28'),
	('T6', 'D6', 'P1', 'referral', '2026-04-05', NULL), ('T9', 'D9', 'P1', 'referral', '2026-04-05', NULL);

-- ---------------------------------------------------------------------------
-- A quarter is closed
-- ---------------------------------------------------------------------------

SELECT throws_ok($$CALL freeze_mart('none', 'Q2', '2026-06-30')$$, '3F000', NULL, 'there has to be a mart');
SELECT throws_ok($$CALL freeze_mart('m', 'Q2', '2026-06-30')$$, '55000', 'mart "m" is not fresh', 'that is fresh');
CALL refresh_mart('m');
SELECT throws_ok($$CALL freeze_mart('m', NULL, '2026-06-30')$$, '22023', NULL, 'a label');
SELECT throws_ok($$CALL freeze_mart('m', ' ', '2026-06-30')$$, '22023', NULL, 'of more than blanks');
SELECT throws_ok($$CALL freeze_mart('m', 'Q2', NULL)$$, '22004', NULL, 'a day');
SELECT throws_ok($$CALL freeze_mart('m', 'Q2', '2066-06-30')$$, 'P0002', 'mart "m" has no numbers of FY2066 Q2', 'of a quarter that has numbers');
SELECT is_empty($$SELECT FROM m.frozen_metric$$, 'what was refused left nothing');
SELECT lives_ok($$CALL freeze_mart('m', 'Q2', '2026-05-17')$$, 'any day says the quarter');
SAVEPOINT as_it_was;
SELECT matches(ecosystem._mart_freeze('m', 'on its last day', '2026-06-30'), '; it lasts until 2026-06-30, and goes on$', 'on the last day of a quarter it is said that it goes on');
ROLLBACK TO as_it_was;
SELECT throws_ok($$CALL freeze_mart('m', 'Q2', '2026-05-17')$$, '23505', 'mart "m" has a freeze "Q2"', 'a label is given once');
SELECT row_eq($$SELECT period, period_starts, period_ends, as_of, frozen_by = session_user, extension_version = ecosystem_version(), suffix_list_version = public_suffix_list_version() FROM m.frozen_period$$,
	ROW ('FY2026 Q2'::text, '2026-04-01'::date, '2026-06-30'::date, '2026-06-30'::date, true, true, true), 'what it rests on');
SELECT ok((SELECT led_rule = (SELECT led_rule FROM m.setting) AND credit_model = (SELECT credit_model FROM m.setting) FROM m.frozen_period), 'by which rule and model');
SELECT set_eq($$SELECT metric, scope, scope_id, value, numerator, denominator, verdict, basis FROM m.frozen_metric WHERE label = 'Q2'$$,
	$$SELECT metric, scope, scope_id, value, numerator, denominator, verdict, basis FROM m.metric WHERE period_starts = '2026-04-01'$$, 'all numbers, of all scopes');
SELECT set_eq($$SELECT deal_id, line, partner_id, share, amount, model, reason FROM m.frozen_credit_line$$, $$SELECT deal_id, line, partner_id, share, amount, model, reason FROM m.credit_line WHERE closed_quarter = '2026-04-01'$$, 'the ledger');
-- and one that was opened in it, if a number counts those
SELECT results_eq($$SELECT deal_id FROM m.frozen_deal WHERE deal_id <> 'D6' ORDER BY 1$$, $$VALUES ('D1'), ('D2'), ('D3'), ('D4'), ('D5'), ('D7'), ('D8'), ('D9')$$, 'its deals, each once');
SELECT is_empty($$SELECT t.name FROM unnest('{setting,split_policy,deal_model,touch_kind,metric_definition}'::text[]) AS t(name), LATERAL (SELECT count(*) FROM m.frozen_setting s WHERE s.relation = t.name) n
	WHERE n.count <> (xpath('//n/text()', query_to_xml(format('SELECT count(*) AS n FROM m.%I', t.name), true, true, '')))[1]::text::bigint$$, 'the settings, row by row');
-- what is behind a number is metric_rows(), as it was
CREATE FUNCTION pg_temp.same_rows(text) RETURNS boolean LANGUAGE sql AS $$
	SELECT NOT EXISTS ((SELECT part, entity, id, amount FROM m.frozen_set JOIN m.frozen_row USING (label, set_id) WHERE label = 'Q2' AND metric = $1)
		EXCEPT ALL (SELECT part, entity, id, amount FROM metric_rows('m', $1, '2026-05-01')))
	AND NOT EXISTS ((SELECT part, entity, id, amount FROM metric_rows('m', $1, '2026-05-01'))
		EXCEPT ALL (SELECT part, entity, id, amount FROM m.frozen_set JOIN m.frozen_row USING (label, set_id) WHERE label = 'Q2' AND metric = $1)) $$;
SELECT is_empty($$SELECT DISTINCT metric FROM m.frozen_metric WHERE scope = 'network' AND numerator > 0 AND NOT pg_temp.same_rows(metric)$$, 'the rows behind each number');
CREATE FUNCTION pg_temp.books() RETURNS text LANGUAGE sql AS $$
	SELECT concat((SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_period t WHERE label = 'Q2'), (SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_metric t WHERE label = 'Q2'),
		(SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_set t WHERE label = 'Q2'), (SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_row t WHERE label = 'Q2'),
		(SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_deal t WHERE label = 'Q2'), (SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_credit_line t WHERE label = 'Q2'),
		(SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM m.frozen_setting t WHERE label = 'Q2')) $$;
CREATE TEMP TABLE before AS SELECT pg_temp.books() AS books;
SELECT is_empty($$SELECT * FROM metric_diff('m', 'won_revenue', 'Q2')$$, 'nothing differs yet');

-- ---------------------------------------------------------------------------
-- A month later
-- ---------------------------------------------------------------------------

UPDATE m.setting SET as_of = '2026-07-31';
UPDATE hand.deal SET outcome = 'open', closed_at = NULL WHERE deal_id = 'D1';
UPDATE hand.deal SET amount = 250.25 WHERE deal_id = 'D2';
UPDATE hand.touch SET occurred_at = '2026-04-08', recorded_at = '2026-04-09' WHERE touch_id = 'T34';
INSERT INTO m.deal_model VALUES ('D4', 'linear', '2026-04-30');
UPDATE hand.deal SET closed_at = '2026-06-20 12:00+00' WHERE deal_id = 'D6';
INSERT INTO hand.deal_partner (deal_id, partner_id, role) VALUES ('D7', 'P2', 'technical');
DELETE FROM hand.deal WHERE deal_id = 'D9';
CALL refresh_mart('m');
SELECT results_eq($$SELECT id, change, before, after, part FROM metric_diff('m', 'won_revenue', 'Q2') ORDER BY id$$,
	$$VALUES ('D1', 'left', 100.10, NULL, 'counted'), ('D2', 'amount changed', 200.20, 250.25, 'counted'), ('D6', 'entered', NULL, 600.60, 'counted'), ('D9', 'left', 900.90, NULL, 'counted')$$,
	'what was reopened, re-priced, moved into the quarter and deleted');
SELECT results_eq($$SELECT id, change, before, after FROM metric_diff('m', 'led_revenue', 'Q2')$$, $$VALUES ('D3', 'class changed', NULL::numeric, 300.30)$$, 'whose plan was backdated');
SELECT matches((SELECT why FROM metric_diff('m', 'led_revenue', 'Q2')), 'involvement was involved, is led; .*missing axes was intent, is none', 'and why');
SELECT results_eq($$SELECT id, change, before, after FROM metric_diff('m', 'credited_revenue', 'Q2') WHERE id IN ('D4', 'D7') ORDER BY 1$$,
	$$VALUES ('D4', 'rule changed', 240.24, 400.40), ('D7', 'credited differently', 280.28, 420.42)$$, 'which model changed, and who is credited otherwise');
SELECT matches((SELECT why FROM metric_diff('m', 'credited_revenue', 'Q2') WHERE id = 'D4'), 'credit model was role_split.*, is linear', 'by which models');
SELECT matches((SELECT why FROM metric_diff('m', 'won_revenue', 'Q2') WHERE id = 'D1'), '^outcome was won, is open; closed on was 2026-05-01, is none$', 'what became of one that was reopened');
SELECT results_eq($$SELECT part, id, change FROM metric_diff('m', 'led_revenue_share', 'Q2') ORDER BY 1, 2$$,
	$$VALUES ('denominator', 'D1', 'left'), ('denominator', 'D2', 'amount changed'), ('denominator', 'D6', 'entered'), ('denominator', 'D9', 'left'), ('numerator', 'D3', 'class changed')$$, 'of a share by numerator and denominator');

-- all of them add up
CREATE FUNCTION pg_temp.adds_up(label_b text) RETURNS TABLE (metric text, part text, differs numeric, listed numeric) LANGUAGE sql AS $$
	WITH now AS (SELECT metric, value, numerator, denominator FROM m.metric WHERE scope = 'network' AND period_starts = '2026-04-01' AND label_b IS NULL
		UNION ALL SELECT metric, value, numerator, denominator FROM m.frozen_metric WHERE scope = 'network' AND label = label_b),
	kind AS (SELECT metric, min(kind) AS kind, min(over) AS over FROM m.metric_definition WHERE scopes ~ '\mnetwork\M' GROUP BY metric)
	SELECT metric, p.part, p.after - p.before, coalesce((SELECT sum(coalesce(d.after, 0) - coalesce(d.before, 0)) FROM metric_diff('m', metric, 'Q2', label_b) d WHERE d.part = p.part), 0)
	FROM   (SELECT * FROM m.frozen_metric WHERE label = 'Q2' AND scope = 'network') f FULL JOIN now n USING (metric) JOIN kind k USING (metric),
	       LATERAL (SELECT 'counted' AS part, coalesce(f.value, 0) AS before, coalesce(n.value, 0) AS after WHERE k.kind = 'total'
	                UNION ALL SELECT 'numerator', coalesce(f.numerator, 0), coalesce(n.numerator, 0) WHERE k.kind IN ('share', 'ratio')
	                UNION ALL SELECT 'denominator', coalesce(f.denominator, 0), coalesce(n.denominator, 0) WHERE k.kind IN ('share', 'ratio')
	                UNION ALL SELECT 'counted', coalesce(f.numerator, 0), coalesce(n.numerator, 0) WHERE k.kind = 'mean') p $$;
CREATE TEMP TABLE sums AS SELECT * FROM pg_temp.adds_up(NULL);
SELECT is_empty('SELECT * FROM sums WHERE differs <> listed', 'what is listed adds up to the difference, by numerator and denominator');
SELECT cmp_ok(count(*) FILTER (WHERE differs <> 0), '>', 10::bigint, 'of many numbers that differ') FROM sums;

-- ---------------------------------------------------------------------------
-- Two freezes, another rule, another definition
-- ---------------------------------------------------------------------------

SELECT matches(ecosystem._mart_freeze('m', 'Q2 restated', '2026-06-30'), ' rows behind those of the network$', 'a quarter that is over does not go on');
SELECT set_eq($$SELECT * FROM metric_diff('m', 'credited_revenue', 'Q2', 'Q2 restated')$$, $$SELECT * FROM metric_diff('m', 'credited_revenue', 'Q2')$$, 'a later freeze says the same as that day did');
SELECT matches((SELECT why FROM metric_diff('m', 'won_revenue', 'Q2', 'Q2 restated') WHERE id = 'D1'), '^outcome was won, is open', 'also of deals that are no longer of the quarter');
SELECT is_empty($$SELECT * FROM pg_temp.adds_up('Q2 restated') WHERE differs <> listed$$, 'and adds up');
UPDATE m.setting SET led_rule = 'sourcing+intent, sourced_within=90 days', fiscal_year_starts = 2, credit_model = 'linear';
UPDATE m.metric_definition SET numerator = 'outcome = ''won'' AND amount > 300' WHERE metric = 'won_revenue';
CALL refresh_mart('m');
UPDATE m.setting SET fiscal_year_starts = 1;
CALL refresh_mart('m');
SELECT results_eq($$SELECT id, change FROM metric_diff('m', 'led_revenue', 'Q2')$$, $$VALUES ('D3', 'rule changed')$$, 'another rule is named where a class changed with it');
SELECT matches((SELECT why FROM metric_diff('m', 'led_revenue', 'Q2')), '^the rule was sourcing\+selection\+motion\+intent, .*, is sourcing\+intent', 'and which');
SELECT results_eq($$SELECT id, change, why ~ '^the number was defined otherwise; ' FROM metric_diff('m', 'won_revenue', 'Q2 restated')$$, $$VALUES ('D2', 'rule changed', true)$$, 'and so is another definition');
SELECT throws_ok($$SELECT * FROM metric_diff('m', 'won_revenue', 'Q9')$$, 'P0002', 'mart "m" has no freeze "Q9"', 'a freeze that is not there');
SELECT throws_ok($$SELECT * FROM metric_diff('m', 'won_revenu', 'Q2')$$, '42704', NULL, 'a number that is none');
DELETE FROM m.metric_definition WHERE metric = 'led_revenue';
CALL upgrade_mart('m');
CALL refresh_mart('m', full_refresh => true);
SELECT is(pg_temp.books(), (SELECT books FROM before), 'a frozen quarter is as it was, after another rule, an upgrade and a full refresh');
SELECT results_eq($$SELECT id, change, after FROM metric_diff('m', 'led_revenue', 'Q2', 'Q2 restated')$$, $$VALUES ('D3', 'class changed', 300.30)$$, 'and is compared whatever became of the definition');
ALTER TABLE m.frozen_deal DROP COLUMN partner_names;
CALL upgrade_mart('m');
SELECT results_eq($$SELECT count(*), sum(amount), count(partner_names) FROM m.frozen_deal WHERE label = 'Q2' AND deal_id <> 'D6'$$, $$VALUES (8::bigint, 3903.90::numeric, 0::bigint)$$, 'a version with another column keeps the rows');
SELECT throws_ok($$CALL drop_mart('m')$$, '2BP01', 'mart "m" has frozen quarters', 'a mart is not dropped with its books');
SELECT is(to_regclass('m.frozen_row') IS NOT NULL, true, 'they are there');
SELECT lives_ok($$CALL drop_mart('m', with_freezes => true)$$, 'unless told');

SELECT * FROM finish();
ROLLBACK;
