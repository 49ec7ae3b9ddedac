-- mart_rules: each rule of a mart's reports on a few hand-made rows, with answers known beforehand

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(71);

CALL create_mart('small', time_zone => 'America/Los_Angeles', fiscal_year_starts => 2);

\ir hand.psql
SELECT pg_temp.bind_hand('small');
UPDATE small.setting SET as_of = '2026-06-30';

INSERT INTO hand.partner (partner_id, name, type, ended_on) VALUES
	('P1', 'Alpha', 'technology', NULL), ('P2', 'Beta', 'services', NULL), ('P3', 'Gamma', 'channel', '2026-01-31');
INSERT INTO hand.account (account_id, name, website, country, segment, parent_id, owner, is_partner) VALUES
	('A1', 'Acme Inc', 'acme.com', 'US', 'customer', 'A2', 'Ann', false),
	('A2', 'Holding', 'holding.com', 'US', 'prospect', NULL, 'Ann', false),
	('A3', 'Unknown to all', NULL, NULL, 'prospect', NULL, 'Bob', false),
	('A4', 'Alpha', 'alpha.example-partner.com', 'US', 'customer', NULL, 'Bob', true),
	('A5', 'Ring one', 'ring-one.com', 'US', 'prospect', 'A6', 'Bob', false),
	('A6', 'Ring two', 'ring-two.com', 'US', 'prospect', 'A5', 'Bob', false),
	('A7', 'Acme', 'www.acme.com', 'US', 'customer', NULL, 'Ann', false);
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population, populations, stage, amount, owner) VALUES
	('P1', 'R1', 'ACME', 'https://www.acme.com/', 'US', 'prospect', NULL, 'demo', 10.00, 'Xavier'),
	('P1', 'R2', 'Acme LLC', 'acme.com', 'US', 'customer', 'customer, prospect', NULL, 5.00, 'Yolanda'),
	('P1', 'R3', 'Zeta', 'zeta.com', 'US', 'customer', NULL, NULL, NULL, NULL),
	('P1', 'R4', 'Nameless', NULL, NULL, 'prospect', NULL, NULL, NULL, NULL),
	('P1', 'R5', 'Ring one', 'ring-one.com', 'US', 'open_opportunity', NULL, NULL, NULL, 'Zoe'),
	('P2', 'S1', 'Zeta Inc', 'www.zeta.com', 'US', 'prospect', NULL, NULL, NULL, NULL),
	('P2', 'S2', 'Acme', 'acme.com', 'US', 'prospect', NULL, NULL, NULL, NULL),
	('P3', 'T1', 'Acme', 'acme.com', 'US', 'customer', NULL, NULL, NULL, NULL);
INSERT INTO hand.matched_account (account_id, partner_id, population, match_level) VALUES
	('A3', 'P2', 'customer', 'domain'), ('A1', 'P2', 'customer', 'domain'), ('gone', 'P2', 'customer', 'id');

INSERT INTO hand.deal (deal_id, account_id, name, type, outcome, amount, opened_at, closed_at, owner, program, co_sell) VALUES
	('D01', 'A1', 'untouched', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D02', 'A1', 'dated role', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D03', 'A1', 'undated role', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D04', 'A2', 'account touch in time', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', 'touching', NULL),
	('D05', 'A5', 'account touch too early', 'new', 'lost', 100.00, '2026-04-10 12:00+00', '2026-05-01 12:00+00', 'Bob', NULL, NULL),
	('D06', 'A1', 'led', 'expansion', 'won', 1000.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', 'touching', true),
	('D07', 'A1', 'covered', 'renewal', 'lost', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, false),
	('D08', 'A1', 'unproven', 'renewal', 'lost', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D09', 'A1', 'open with a date', 'new', 'open', 500.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D10', 'A1', 'won for nothing known', 'new', 'won', NULL, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D11', 'A1', 'unknown role', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D12', 'nowhere', 'orphan', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D13', 'A1', 'late in the evening', 'new', 'won', 100.00, '2026-01-01 03:00+00', '2026-02-01 07:30+00', 'Ann', NULL, NULL),
	('D14', 'A1', 'an exception in time', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D15', 'A1', 'an exception too late', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D16', 'A1', 'credit note', 'new', 'won', -33.33, '2026-01-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D17', 'A1', 'closed before opened', 'new', 'lost', 100.00, '2026-03-10 12:00+00', '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D18', 'A1', 'never opened', 'new', 'lost', 100.00, NULL, '2026-03-01 12:00+00', 'Ann', NULL, NULL),
	('D19', NULL, 'of nobody', NULL, 'open', 700.00, '2026-06-20 12:00+00', NULL, NULL, NULL, NULL),
	('D20', 'A1', 'just opened', 'new', 'open', 800.00, '2026-06-20 12:00+00', NULL, 'Ann', NULL, NULL),
	('D21', 'A1', 'sold along late', 'new', 'open', 300.00, '2026-02-20 12:00+00', NULL, 'Ann', NULL, true),
	('D23', 'A1', 'no such stage', 'new', NULL, 100.00, '2026-01-10 12:00+00', NULL, 'Ann', NULL, NULL),
	('D22', 'A1', 'by shares', 'new', 'won', 100.00, '2026-01-10 12:00+00', '2026-05-01 12:00+00', 'Ann', 'touching', NULL);
INSERT INTO hand.deal_partner (deal_id, partner_id, role, is_primary, added_at, share) VALUES
	('D02', 'P1', 'sourcing', true, '2026-01-05 12:00+00', NULL), ('D02', 'P1', 'technical', false, NULL, NULL),
	('D03', 'P2', 'influencing', NULL, NULL, NULL),
	('D11', 'P2', 'wizardry', NULL, '2026-01-15 12:00+00', NULL), ('D11', 'P1', '', NULL, NULL, NULL),
	('D14', 'P1', 'sourcing', NULL, NULL, NULL), ('D14', 'P2', 'influencing', NULL, NULL, NULL),
	('D15', 'P1', 'sourcing', NULL, NULL, NULL), ('D15', 'P2', 'influencing', NULL, NULL, NULL),
	('D16', 'P1', 'sourcing', NULL, NULL, NULL), ('D16', 'P2', 'sourcing', NULL, NULL, NULL),
	('D10', 'P1', 'sourcing', NULL, NULL, NULL),
	('D21', 'P1', 'co_sell', NULL, '2026-04-20 12:00+00', NULL),
	('D22', 'P1', 'sourcing', NULL, '2026-01-12 12:00+00', 0.25), ('D22', 'P2', 'technical', NULL, '2026-01-20 12:00+00', 0.75),
	('nothing', 'P1', 'sourcing', NULL, '2026-01-05 12:00+00', NULL);
INSERT INTO hand.touch (touch_id, deal_id, account_id, partner_id, kind, occurred_at, recorded_at) VALUES
	('T01', NULL, 'A2', 'P1', 'referral', '2025-11-01 12:00+00', NULL),
	('T02', NULL, 'A5', 'P1', 'referral', '2026-01-01 12:00+00', NULL),
	('T03', NULL, 'A2', 'P1', 'reference', '2026-04-01 12:00+00', NULL),
	('T04', NULL, 'A2', 'P1', 'reference', NULL, NULL),
	('T11', 'D06', NULL, 'P2', 'referral', '2026-01-05 12:00+00', NULL),
	('T12', 'D06', NULL, 'P1', 'joint_target_list', '2026-01-05 12:00+00', NULL),
	('T13', 'D06', NULL, 'P1', 'joint_pitch', '2026-01-12 12:00+00', NULL),
	('T14', 'D06', NULL, 'P1', 'co_sell_plan', '2026-01-08 12:00+00', '2026-01-09 12:00+00'),
	('T15', 'D06', NULL, 'P3', 'overlap', '2026-01-01 12:00+00', NULL),
	('T21', 'D07', NULL, 'P1', 'integration_present', '2026-01-11 12:00+00', NULL),
	('T31', 'D08', NULL, 'P1', 'joint_call', '2026-04-11 12:00+00', NULL),
	('T41', 'D09', 'A1', 'P1', 'joint_call', '2026-06-11 12:00+00', NULL),
	('T51', 'D17', NULL, 'P1', 'joint_call', '2026-02-11 12:00+00', NULL),
	('T52', 'D18', NULL, 'P1', NULL, '2026-02-11 12:00+00', NULL),
	('T53', 'D01', NULL, '', 'joint_call', '2026-02-11 12:00+00', NULL),
	('T54', 'D01', NULL, NULL, 'joint_call', '2026-02-11 12:00+00', NULL),
	('T55', 'nothing', NULL, 'P1', 'joint_call', '2026-02-11 12:00+00', NULL),
	('T56', 'D02', NULL, 'P9', 'something else', '2026-02-11 12:00+00', NULL);
INSERT INTO small.deal_model (deal_id, model, decided_on) VALUES ('D14', 'linear', '2026-02-27'), ('D15', 'linear', '2026-03-01');
INSERT INTO small.split_policy (program, valid_from, valid_to, model) VALUES
	('touching', '2020-01-01', '2026-03-31', 'engagement'), ('touching', '2026-04-01', NULL, 'role_split(sourcing=50, technical=50)');
INSERT INTO hand.contact (contact_id, account_id, role, since) VALUES ('C1', 'A1', 'champion', '2026-06-01'), ('C2', 'A3', 'champion', '2020-06-01');
INSERT INTO hand.co_sell_plan (plan_id, deal_id, account_id, partner_id) VALUES ('N1', 'D06', NULL, 'P1'), ('N2', NULL, 'A1', 'P2');

CALL refresh_mart('small');
SET search_path = small, ecosystem, public;

-- overlaps
SELECT results_eq('SELECT account_id, partner_id FROM account_overlap ORDER BY 1, 2',
                  $$VALUES ('A1', 'P1'), ('A1', 'P2'), ('A1', 'P3'), ('A3', 'P2'), ('A5', 'P1'), ('A7', 'P1'), ('A7', 'P2'), ('A7', 'P3')$$,
                  'an overlap is an account and a partner, by lists or without; an account entered twice is two');
SELECT row_eq($$SELECT population, populations, records, matched_by, partner_calls_it, partner_stage, partner_amount, partner_owner
                FROM account_overlap WHERE (account_id, partner_id) = ('A1', 'P1')$$,
              ROW ('customer'::text, 'customer, prospect'::text, 2, 'domain'::text, 'Acme LLC'::text, 'demo'::text, 15.00::numeric(18,2), 'Yolanda'::text),
              'of two records of a partner the strongest counts, and their amounts add up');
SELECT row_eq($$SELECT population, populations, records, matched_by FROM account_overlap WHERE (account_id, partner_id) = ('A1', 'P2')$$,
              ROW ('customer'::text, 'customer, prospect'::text, 1, 'domain'::text), 'what private matching adds to a list');
SELECT row_eq($$SELECT population, records, matched_by, company_id FROM account_overlap WHERE (account_id, partner_id) = ('A3', 'P2')$$,
              ROW ('customer'::text, 0, 'private'::text, NULL::bigint), 'what private matching alone knows');
SELECT row_eq($$SELECT open_deals, open_amount FROM account_overlap WHERE (account_id, partner_id) = ('A1', 'P1')$$,
              ROW (3, 1600.00::numeric(18,2)), 'our pipeline beside it');
SELECT results_eq($$SELECT partner_id, company, partners_who_know, matchable FROM whitespace ORDER BY 1, 2$$,
                  $$VALUES ('P1', 'Nameless', 1, false), ('P1', 'Zeta', 2, true), ('P2', 'Zeta Inc', 2, true)$$,
                  'whitespace, how many know it, and whether an account could have matched');
SELECT is(count(DISTINCT company_id), 1::bigint, 'two accounts of one company have its id') FROM company WHERE source = 'own' AND record_id IN ('A1', 'A7');
SELECT results_eq('SELECT DISTINCT event FROM overlap_event', $$VALUES ('initial')$$, 'what is there the first time has not come');

-- what counts as evidence
SELECT results_eq($$SELECT deal_id, involvement, origin FROM deal_fact ORDER BY 1$$,
	$$VALUES ('D01', 'direct', 'unpartnered'), ('D02', 'involved', 'ecosystem_sourced'), ('D03', 'direct', 'unpartnered'),
	         ('D04', 'involved', 'partner_sourced'), ('D05', 'direct', 'unpartnered'), ('D06', 'led', 'partner_sourced'),
	         ('D07', 'covered', 'unpartnered'), ('D08', 'unproven', 'unpartnered'), ('D09', 'involved', 'partner_influenced'),
	         ('D10', 'direct', 'unpartnered'), ('D11', 'involved', 'partner_influenced'), ('D12', 'direct', 'unpartnered'),
	         ('D13', 'direct', 'unpartnered'), ('D14', 'direct', 'unpartnered'), ('D15', 'direct', 'unpartnered'), ('D16', 'direct', 'unpartnered'),
	         ('D17', 'involved', 'partner_influenced'), ('D18', 'direct', 'unpartnered'), ('D19', 'direct', 'unpartnered'),
	         ('D20', 'direct', 'unpartnered'), ('D21', 'involved', 'partner_influenced'), ('D22', 'involved', 'partner_influenced'),
	         ('D23', 'direct', 'unpartnered')$$,
	'every deal once, driven as its evidence says');
SELECT is(touches, 2, 'a role with a date is a touch, one without is none') FROM deal_fact WHERE deal_id = 'D02';
SELECT is(partners, 2, 'a partner nobody knows is a partner all the same') FROM deal_fact WHERE deal_id = 'D02';
SELECT is(partner_names, 'Alpha, P9', 'by its id') FROM deal_fact WHERE deal_id = 'D02';
SELECT results_eq('SELECT deal_id, touch_id, found_in FROM account_touch ORDER BY 1, 2', $$VALUES ('D04', 'T01', 'account')$$,
                  'a touch on an account counts for its deals from 90 days before opening until the close');
SELECT is(explanation, 'direct: no partner touched it', 'a deal without evidence says so') FROM deal_fact WHERE deal_id = 'D01';
SELECT is(sourcing_partner, 'Beta', 'who sourced it') FROM deal_fact WHERE deal_id = 'D06';
SELECT is(primary_partner, 'Alpha', 'who is its primary partner') FROM deal_fact WHERE deal_id = 'D02';
SELECT results_eq($$SELECT partner_id, involvement, origin, roles, touches FROM partner_deal WHERE deal_id IN ('D02', 'D06') AND partner_id <> '' ORDER BY deal_id, 1$$,
	$$VALUES ('P1', 'involved', 'ecosystem_sourced', 'sourcing, technical', 1), ('P9', 'involved', 'partner_influenced', NULL, 1),
	         ('P1', 'involved', 'partner_influenced', NULL, 3), ('P2', 'involved', 'partner_sourced', NULL, 1), ('P3', 'covered', 'unpartnered', NULL, 0)$$,
	'what each partner did alone');
SELECT is_empty($$SELECT deal_id FROM partner_deal WHERE deal_id = 'nothing'$$, 'nothing is known of a deal that is not there');
UPDATE setting SET account_touches = false;
CALL refresh_mart('small');
SELECT is(involvement, 'direct', 'touches on accounts can be left out') FROM deal_fact WHERE deal_id = 'D04';
UPDATE setting SET account_touches = true, sourced_within = '120 days', led_rule = 'sourcing+intent';
CALL refresh_mart('small');
SELECT is(involvement, 'involved', 'or counted from earlier on') FROM deal_fact WHERE deal_id = 'D05';
UPDATE setting SET sourced_within = '90 days',
                   led_rule = 'sourcing+selection+motion+intent, motion_within=14 days, sourced_within=90 days, recorded_within=14 days';
UPDATE touch_kind SET passive = true WHERE kind = 'referral';
UPDATE touch_kind SET axis = 'sourcing' WHERE kind = 'reference';
INSERT INTO touch_kind (kind, axis, role, weight, passive) VALUES ('something else', 'motion', 'co_sell', 1, false);
CALL refresh_mart('small');
SELECT is(involvement, 'covered', 'what a kind means can be said') FROM deal_fact WHERE deal_id = 'D04';
SELECT is(co_sold_on, '2026-02-11', 'also of a kind of one''s own') FROM deal_fact WHERE deal_id = 'D02';
UPDATE touch_kind SET passive = false WHERE kind = 'referral';
UPDATE touch_kind SET axis = NULL WHERE kind = 'reference';
DELETE FROM touch_kind WHERE kind = 'something else';
CALL refresh_mart('small');

-- days and quarters
SELECT row_eq($$SELECT opened_on, closed_on, opened_quarter, closed_quarter, closed_fiscal, cycle_days FROM deal_fact WHERE deal_id = 'D13'$$,
              ROW ('2025-12-31'::date, '2026-01-31'::date, '2025-11-01'::date, '2025-11-01'::date, 'FY2026 Q4'::text, 31),
              'days are those of the mart''s zone, quarters those of its fiscal year');
SELECT row_eq($$SELECT closed_quarter, closed_fiscal FROM deal_fact WHERE deal_id = 'D01'$$, ROW ('2026-02-01'::date, 'FY2027 Q1'::text),
              'a fiscal year is named after the year it ends in');
SELECT row_eq($$SELECT closed_at, closed_on, cycle_days FROM deal_fact WHERE deal_id = 'D09'$$, ROW (NULL::timestamptz, NULL::date, NULL::integer),
              'a date on an open deal is no close');
SELECT is(cycle_days, NULL, 'a deal closed before it was opened is there, without a cycle') FROM deal_fact WHERE deal_id = 'D17';

-- co-sell
SELECT results_eq($$SELECT deal_id FROM deal_fact WHERE co_sell ORDER BY 1$$, $$VALUES ('D06'), ('D21')$$, 'co-sold as ticked, or else by role');
SELECT results_eq($$SELECT deal_id, landmark_co_sell FROM deal_fact WHERE deal_id IN ('D06', 'D21', 'D20', 'D05', 'D09') ORDER BY 1$$,
                  $$VALUES ('D05', NULL::boolean), ('D06', true), ('D09', false), ('D20', false), ('D21', false)$$,
                  'at the landmark: NULL where it was closed before');
SELECT results_eq($$SELECT is_solo FROM deal_fact WHERE deal_id IN ('D01', 'D02', 'D06', 'D07') ORDER BY deal_id$$, $$VALUES (true), (false), (false), (true)$$,
                  'solo is untouched');
UPDATE setting SET co_sell_is = 'touch', solo_is = 'no_co_sell';
CALL refresh_mart('small');
SELECT results_eq($$SELECT deal_id FROM deal_fact WHERE co_sell ORDER BY 1$$, $$VALUES ('D06'), ('D09'), ('D17'), ('D21')$$, 'or by touches, in time');
SELECT is(is_solo, true, 'or what is not co-sold') FROM deal_fact WHERE deal_id = 'D02';
UPDATE setting SET co_sell_is = 'flag';
CALL refresh_mart('small');
SELECT results_eq($$SELECT deal_id FROM deal_fact WHERE co_sell ORDER BY 1$$, $$VALUES ('D06'), ('D21')$$, 'or by the tick alone');
UPDATE setting SET co_sell_is = NULL, solo_is = 'no_touch';
CALL refresh_mart('small');

-- credit
SELECT is_empty($$SELECT d.deal_id FROM deal_fact d LEFT JOIN credit_line c USING (deal_id) WHERE d.outcome = 'won'
                  GROUP BY d.deal_id, d.amount HAVING sum(c.amount) IS DISTINCT FROM d.amount OR sum(c.share) IS DISTINCT FROM CASE WHEN d.amount IS NOT NULL THEN 1 END$$,
                'lines add up to the deal, shares to one');
SELECT results_eq($$SELECT partner_id, partner, share, amount, reason, model_from, evidence FROM credit_line WHERE deal_id = 'D01'$$,
                  $$VALUES ('', '(none)', 1.000000, 100.00, 'no partner', 'setting', 'deal_partner')$$, 'no partner is said so');
SELECT results_eq($$SELECT partner_id, role, share, amount, reason FROM credit_line WHERE deal_id = 'D03' ORDER BY line$$,
                  $$VALUES ('P2', 'influencing', 0.200000, 20.00, 'role influencing, 20 of 100'),
                           ('', NULL, 0.800000, 80.00, 'retained: no partner in role sourcing, technical, co_sell')$$, 'a role without a date is credited');
SELECT results_eq($$SELECT partner_id, role, amount FROM credit_line WHERE deal_id = 'D11' ORDER BY line$$,
                  $$VALUES ('P1', '', 0.00), ('P2', 'wizardry', 0.00), ('', NULL, 100.00)$$, 'a role that no rule knows takes nothing, and stops nothing');
SELECT results_eq($$SELECT partner_id, share, amount FROM credit_line WHERE deal_id = 'D10' ORDER BY line$$,
                  $$VALUES ('P1', NULL::numeric, NULL::numeric), ('', NULL, NULL)$$, 'a deal without an amount cannot be divided');
SELECT row_eq($$SELECT credited_amount, company_amount FROM deal_fact WHERE deal_id = 'D10'$$, ROW (NULL::numeric(18,2), NULL::numeric(18,2)), 'nor by mistake be nothing');
SELECT results_eq($$SELECT partner_id, amount FROM credit_line WHERE deal_id = 'D16' ORDER BY line$$,
                  $$VALUES ('P1', -6.67), ('P2', -6.66), ('', -20.00)$$, 'a credit note is taken back, to the cent');
SELECT results_eq($$SELECT partner_id, amount, model, model_from FROM credit_line WHERE deal_id = 'D14' ORDER BY line$$,
                  $$VALUES ('P1', 50.00, 'linear', 'deal_model'), ('P2', 50.00, 'linear', 'deal_model')$$, 'an exception that was decided in time');
SELECT results_eq($$SELECT DISTINCT model_from FROM credit_line WHERE deal_id = 'D15'$$, $$VALUES ('setting')$$, 'one that was not');
SELECT results_eq($$SELECT partner_id, role, occurred_on, amount, evidence FROM credit_line WHERE deal_id = 'D06' ORDER BY line$$,
                  $$VALUES ('P1', 'co_sell', '2026-01-05'::date, 200.00, 'touch'), ('P1', 'co_sell', '2026-01-08', 300.00, 'touch'),
                           ('P1', 'co_sell', '2026-01-12', 200.00, 'touch'), ('P2', 'sourcing', '2026-01-05', 300.00, 'touch')$$,
                  'a model of touches reads touches with the weight of their kinds, none of them passive');
SELECT results_eq($$SELECT partner_id, occurred_on, amount, model_from FROM credit_line WHERE deal_id = 'D04'$$,
                  $$VALUES ('P1', '2025-11-01'::date, 100.00, 'split_policy')$$, 'those on the account among them');
SELECT results_eq($$SELECT partner_id, amount, model FROM credit_line WHERE deal_id = 'D22' ORDER BY line$$,
                  $$VALUES ('P1', 50.00, 'role_split(sourcing=50, technical=50, unknown=ignore)'),
                           ('P2', 50.00, 'role_split(sourcing=50, technical=50, unknown=ignore)')$$, 'the rule in force at the close');
UPDATE split_policy SET model = 'role_split(sourcing=60, technical=40)', program = '*' WHERE valid_from = '2026-04-01';
UPDATE split_policy SET valid_to = '2026-12-31' WHERE program = 'touching';
CALL refresh_mart('small');
SELECT results_eq($$SELECT partner_id, amount, evidence FROM credit_line WHERE deal_id = 'D22' ORDER BY line$$,
                  $$VALUES ('P1', 25.00, 'deal_partner'), ('P2', 75.00, 'deal_partner')$$,
                  'the program''s before that of the rest; a model of touches reads the roles of a deal without touches, by their shares');
UPDATE setting SET minor_digits = 0, credit_model = 'linear';
CALL refresh_mart('small');
SELECT results_eq($$SELECT partner_id, amount, model FROM credit_line WHERE deal_id = 'D02' ORDER BY line$$,
                  $$VALUES ('P9', 100.00, 'linear(minor_digits=0)')$$, 'a currency without cents, a rule without options');
UPDATE setting SET minor_digits = 2, credit_model = 'primary_only';
CALL refresh_mart('small');
SELECT results_eq($$SELECT partner_id, sum(amount) FROM credit_line WHERE deal_id IN ('D02', 'D03') GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('', 100.00), ('P1', 100.00), ('P2', 0.00)$$, 'all to the primary partner, where there is one');

-- accounts
SELECT row_eq($$SELECT partners_who_know, partners, customer_of, partners_on_deals, won_deals, plans, accounts_of_company FROM account_fact WHERE account_id = 'A1'$$,
              ROW (3, 'Alpha, Beta, Gamma'::text, 'Alpha, Beta, Gamma'::text, 4, 11, 2, 2), 'an account and its partners');
SELECT is(is_partner, true, 'an account that is a partner says so') FROM account_fact WHERE account_id = 'A4';
SELECT is(count(*), 7::bigint, 'all accounts are there') FROM account_fact;

-- lists
SELECT results_eq($$SELECT deal_id, partner_id, on_deal FROM co_sell_list ORDER BY 1, 2$$,
                  $$VALUES ('D09', 'P1', true), ('D09', 'P2', false), ('D20', 'P1', false), ('D20', 'P2', false), ('D21', 'P1', true), ('D21', 'P2', false)$$,
                  'whom to sell with: not with partners whose agreement has ended');
SELECT is(why, 'its customer; 7 deals there together, 7 won; on 3 of our deals in 180 days; not on this deal yet', 'and why')
FROM   co_sell_list WHERE (deal_id, partner_id) = ('D20', 'P2');
SELECT results_eq($$SELECT trigger, account_id, partner_id, deal_id, days_waiting FROM worklist ORDER BY 1, 4$$,
                  $$VALUES ('champion_moved', 'A1', 'P1', '', 29), ('deal_opened', 'A1', 'P1', 'D20', 10), ('deal_stalled', 'A1', 'P1', 'D21', 71)$$,
                  'what happened, at which account, with whom to act');
SELECT results_eq($$SELECT what FROM worklist ORDER BY trigger$$,
                  $$VALUES ('A champion has come to Acme Inc; a customer of Alpha and known to another'),
                           ('just opened was opened (800); a customer of Alpha and known to another'),
                           ('sold along late has been silent for 71 days (300); a customer of Alpha and known to another')$$, 'in words');
SELECT results_eq('SELECT DISTINCT parent_account_id, parent_account FROM worklist', $$VALUES ('A2', 'Holding')$$, 'rolled up to the topmost account');
SELECT is_empty($$SELECT 1 FROM worklist WHERE account_id IS NULL$$, 'a deal of nobody is on no list');

-- what changes from one refresh to the next
UPDATE hand.partner_account SET population = 'customer' WHERE record_id = 'R5';
DELETE FROM hand.partner_account WHERE record_id = 'T1';
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES ('P2', 'S3', 'Ring two', 'ring-two.com', 'US', 'prospect');
INSERT INTO small.worklist_action (trigger, account_id, partner_id, acted_on, acted_by) VALUES ('champion_moved', 'A1', 'P1', '2026-06-15', 'Ann');
UPDATE setting SET as_of = '2026-07-01';
CREATE TEMP TABLE company_before AS SELECT source, record_id, company_id FROM company;
CALL refresh_mart('small');
SELECT results_eq($$SELECT event, account_id, partner_id, population, population_before FROM overlap_event WHERE occurred_on = '2026-07-01' ORDER BY 1, 2$$,
                  $$VALUES ('entered', 'A6', 'P2', 'prospect', NULL), ('left', 'A1', 'P3', 'customer', NULL), ('left', 'A7', 'P3', 'customer', NULL),
                           ('population changed', 'A5', 'P1', 'customer', 'open_opportunity')$$, 'overlaps that came, changed and went');
SELECT results_eq($$SELECT account_id, partner_id, first_seen_on FROM account_overlap WHERE account_id IN ('A5', 'A6') ORDER BY 1$$,
                  $$VALUES ('A5', 'P1', '2026-06-30'::date), ('A6', 'P2', '2026-07-01')$$, 'since when they are known');
SELECT results_eq($$SELECT trigger, account_id, what FROM worklist WHERE trigger IN ('overlap_entered', 'partner_won_deal') ORDER BY 1$$,
                  $$VALUES ('overlap_entered', 'A6', 'Ring two came into the list of Beta; a prospect of theirs'),
                           ('partner_won_deal', 'A5', 'Alpha won a deal at Ring one; a customer of theirs')$$, 'are lines of the worklist');
SELECT results_eq($$SELECT parent_account_id FROM worklist WHERE account_id IN ('A5', 'A6') ORDER BY account_id$$, $$VALUES ('A6'), ('A5')$$, 'accounts in a ring end');
SELECT row_eq($$SELECT acted_on, acted_by, days_waiting, rank FROM worklist WHERE trigger = 'champion_moved'$$, ROW ('2026-06-15'::date, 'Ann'::text, 14, NULL::integer),
              'what somebody acted on stays, unranked');
SELECT is_empty('SELECT source, record_id FROM company JOIN company_before b USING (source, record_id) WHERE company.company_id <> b.company_id', 'companies keep their ids');
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES ('P3', 'T1', 'Acme', 'acme.com', 'US', 'customer');
UPDATE setting SET as_of = '2026-07-02';
UPDATE worklist_trigger SET is_on = false WHERE trigger = 'deal_opened';
UPDATE worklist_trigger SET days = 100 WHERE trigger = 'deal_stalled';
CALL refresh_mart('small');
SELECT is((SELECT company_id FROM company WHERE record_id = 'T1'), (SELECT company_id FROM company_before WHERE record_id = 'T1'), 'also when they come back');
SELECT is(count(*), 0::bigint, 'triggers can be turned off, or set') FROM worklist WHERE trigger IN ('deal_opened', 'deal_stalled');
SELECT row_eq($$SELECT first_seen_on, last_seen_on FROM company_record WHERE record_id = 'T1'$$, ROW ('2026-06-30'::date, NULL::date), 'it is known since when');

-- registrations
INSERT INTO hand.deal_registration (registration_id, partner_id, account_id, deal_id, registered_at, last_activity_at, expires_on) VALUES
	('G1', 'P1', 'A5', NULL, '2026-05-01 12:00+00', '2026-06-01 12:00+00', NULL),
	('G2', 'P2', 'A5', NULL, '2026-04-01 12:00+00', '2026-06-01 12:00+00', '2026-05-31'),
	('G3', 'P2', 'A1', NULL, '2026-06-25 12:00+00', NULL, NULL),
	('G4', 'P1', 'A3', NULL, '2026-06-25 12:00+00', NULL, NULL),
	('G5', 'P1', 'A1', 'D01', '2026-01-25 12:00+00', NULL, NULL);
CALL refresh_mart('small');
SELECT results_eq($$SELECT registration_id, wins, reason, direct_deal_id, rivals FROM registration_conflict ORDER BY 1$$,
                  $$VALUES ('G1', true, 'first, and protected', NULL, 1), ('G2', false, 'expired on 2026-05-31', NULL, 1),
                           ('G3', false, 'our own deal D09 was there before', 'D09', 0)$$,
                  'who wins: not what has expired, not what came after us; what is settled or alone is no conflict');

-- led_path
SELECT is_empty('SELECT missing_axis FROM led_path GROUP BY missing_axis, reason, type HAVING count(*) > 1', 'led_path has one row for each way');
SELECT results_eq('SELECT sum(deals)::bigint FROM led_path', $$SELECT count(*) FROM deal_fact WHERE involvement = 'involved'$$, 'and all involved deals');

-- a partner who is in no list of partners
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES ('P7', 'X1', 'Acme', 'acme.com', 'US', 'customer'),
	('P7', 'X2', 'Far off', 'far-off.com', 'US', 'customer');
INSERT INTO hand.deal_partner (deal_id, partner_id, role) VALUES ('D01', 'P7', 'sourcing');
CALL refresh_mart('small');
SELECT results_eq($$SELECT partner FROM account_overlap WHERE partner_id = 'P7' UNION ALL SELECT partner FROM whitespace WHERE partner_id = 'P7'
                    UNION ALL SELECT partner FROM credit_line WHERE partner_id = 'P7' UNION ALL SELECT partner FROM partner_deal WHERE partner_id = 'P7'$$,
                  $$SELECT 'P7' FROM generate_series(1, 5)$$, 'a partner without a name goes by its id');
SELECT is(partner, 'P7', 'and can be sold with') FROM co_sell_list WHERE (deal_id, partner_id) = ('D20', 'P7');

-- every relation holds what its key says, and nothing failed
SELECT is_empty($$SELECT relation, state, problem FROM mart_status('small') WHERE kind IN ('standard', 'report') AND (refreshed_at IS NULL OR state IN ('failed', 'skipped'))$$, 'no relation failed');

SELECT * FROM finish();
ROLLBACK;
