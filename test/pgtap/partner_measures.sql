-- partner_measures: what a mart makes of a few hand-made rows of partners, with answers known beforehand

BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(27);

-- Tables like those of the demo CRM, empty and without its constraints.
CREATE SCHEMA made;
DO $$
DECLARE
	name text;
	col  record;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('CREATE TABLE made.%I (LIKE crm.%I)', name, name);
		FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = ('made.' || name)::regclass AND attnum > 0 LOOP
			EXECUTE format('ALTER TABLE made.%I ALTER %I DROP NOT NULL', name, col.attname);
		END LOOP;
	END LOOP;
END $$;
CALL create_mart('m');
CALL bind_demo('m', 'made');
UPDATE m.setting SET role_evidence = false;
SET search_path = made, ecosystem, public;

-- Partners signed in 2025 unless something else is said: w for the working set, v for activity, t for the time to activation, r for
-- revenue and risk, c for credit, p for producers.
INSERT INTO partner (partner_id, name, type, signed_at) SELECT id, upper(id), 'services', '2025-01-01' FROM unnest('{wa,wb,wc,wd,va,vb,vc,vd,ra,rb,rc,rd,ca,cb,cd,pa,pb,pc,pd}'::text[]) id;
INSERT INTO partner (partner_id, name, type, signed_at) VALUES ('ta', 'TA', 'technology', '2026-01-01'), ('tb', 'TB', 'channel', '2026-03-01'), ('tc', 'TC', 'technology', '2026-09-20'), ('td', 'TD', 'channel', '2025-01-01');
INSERT INTO account (account_id, name, segment) SELECT 'A' || n, 'Account ' || n, CASE WHEN n <= 60 THEN 'prospect' ELSE 'customer' END FROM generate_series(1, 70) n;

-- Working set
INSERT INTO play_run (run_id, partner_id, account_id, acted_at)
SELECT 'wa' || n, 'wa', 'A' || n, timestamptz '2026-07-01' FROM generate_series(1, 8) n UNION ALL SELECT 'wb' || n, 'wb', 'A' || n, timestamptz '2026-09-30 23:00' FROM generate_series(1, 16) n
UNION ALL SELECT 'wc' || n, 'wc', 'A' || n, timestamptz '2026-08-15' FROM generate_series(1, 6) n
UNION ALL (VALUES ('w1', 'wc', 'A1', '2026-09-01'::timestamptz), ('w2', 'wc', 'A7', '2026-06-30 23:59'), ('w4', 'wc', 'A9', NULL));
INSERT INTO deal (deal_id, account_id, type, opened_at, closed_at, outcome) VALUES ('w1', 'A20', 'expansion', '2026-07-01', NULL, 'open'), ('w2', 'A21', 'expansion', '2026-07-01', '2026-08-01', 'won');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('w1', 'w1', 'wc', 'reference', '2026-08-01'), ('w2', 'w1', 'wd', 'overlap', '2026-08-01'),
	('w3', 'w2', 'wd', 'reference', '2026-08-02'), ('w4', 'w2', 'wd', 'reference', NULL);

-- Activity
INSERT INTO deal_registration (registration_id, partner_id, account_id, registered_at, last_activity_at) VALUES ('v1', 'va', 'A1', '2026-07-02', '2026-07-02'), ('v2', 'vb', 'A2', '2026-07-01', '2026-07-01');
INSERT INTO deal (deal_id, account_id, type, opened_at, outcome) VALUES ('v1', 'A1', 'expansion', '2026-07-01', 'open');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('v1', 'v1', 'vc', 'reference', '2026-09-30 10:00'), ('v2', 'v1', 'vd', 'integration_present', '2026-09-30');

-- Activation: 15 days, 60 days; tc has waited ten days, td for 637
INSERT INTO partner_activity (partner_id, kind, occurred_on, times) VALUES ('ta', 'account_mapping', '2026-01-02', 1), ('ta', 'target_list', '2026-01-08', 1), ('ta', 'introduction', '2026-01-16', 1),
	('tc', 'account_mapping', '2026-09-21', 1), ('tc', 'target_list', '2026-09-25', 1), ('td', 'login', '2025-02-01', 9);
INSERT INTO play_run (run_id, partner_id, account_id, acted_at) VALUES ('tb', 'tb', 'A1', '2026-04-30 12:00');
INSERT INTO deal_registration (registration_id, partner_id, account_id, registered_at, last_activity_at) VALUES ('td', 'td', 'A3', '2025-02-02', '2025-02-02');

-- First revenue: won, lost, and credited by a role alone
INSERT INTO deal (deal_id, account_id, type, opened_at, closed_at, outcome) VALUES ('r1', 'A1', 'expansion', '2025-02-01', '2025-04-11', 'won'), ('r2', 'A1', 'expansion', '2026-02-01', '2026-03-02', 'lost'), ('r4', 'A3', 'expansion', '2026-02-01', '2026-05-01', 'won');
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('r1', 'ra', 'sourcing'), ('r4', 'ra', 'technical'), ('r2', 'rb', 'sourcing');

-- Risk: a fall of 30 to 10 is 20, two standard errors are 12.6; of 12 to 8 it is 4, they are 8.9
INSERT INTO partner_activity (partner_id, kind, occurred_on, times) VALUES ('ra', 'login', '2026-05-01', 30), ('ra', 'login', '2026-08-01', 10), ('rb', 'login', '2026-05-01', 12), ('rb', 'login', '2026-08-01', 8), ('rd', 'login', '2026-02-01', 50);
INSERT INTO play_run (run_id, partner_id, account_id, acted_at) SELECT 'r' || n, 'ra', 'A1', '2026-05-01' FROM generate_series(1, 20) n;

-- Credit: a rule of each of two years, a deal of more than a year ago, an open one
INSERT INTO m.split_policy VALUES ('p', '2020-01-01', '2025-12-31', 'first_touch'), ('p', '2026-01-01', NULL, 'role_split(sourcing=60, technical=40)');
INSERT INTO deal (deal_id, account_id, program, type, amount, opened_at, closed_at, outcome) VALUES ('c1', 'A1', 'p', 'expansion', 1000, '2026-02-01', '2026-04-11', 'won'), ('c2', 'A1', 'p', 'expansion', 500, '2024-02-01', '2025-09-29', 'won'),
	('c3', 'A1', 'p', 'expansion', 5000, '2026-02-01', NULL, 'open');
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('c1', 'cd', 'sourcing'), ('c1', 'ca', 'technical'), ('c2', 'cb', 'sourcing'), ('c3', 'cb', 'sourcing');

-- EQLs
INSERT INTO deal (deal_id, account_id, type, amount, opened_at, closed_at, outcome, lead_source) VALUES
	('e1', 'A31', 'new', 10, '2026-02-01', '2026-03-03', 'won', 'outbound'), ('e2', 'A32', 'new', 10, '2026-02-01', '2026-04-02', 'lost', 'outbound'), ('e3', 'A33', 'new', 10, '2026-02-01', '2026-05-02', 'won', 'outbound'),
	('e4', 'A34', 'new', 10, '2026-02-01', '2026-05-02', 'lost', 'outbound'), ('e5', 'A35', 'new', 10, '2026-02-01', NULL, 'open', 'marketing'), ('e6', 'A36', 'expansion', 10, '2026-02-01', NULL, 'open', 'partner');
INSERT INTO play_run (run_id, partner_id, account_id, acted_at) VALUES ('e1', 'vd', 'A31', '2026-01-20'), ('e2', 'vd', 'A34', '2026-02-20'), ('e3', 'vd', 'A36', '2026-01-20');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('e1', 'e2', 'vd', 'overlap_signal', '2026-01-25'), ('e2', 'e3', 'vd', 'overlap_signal', '2026-02-03'), ('e3', 'e4', 'vd', 'reference', '2026-01-03');

-- Producers
INSERT INTO deal (deal_id, account_id, type, opened_at, closed_at, outcome) VALUES ('p1', 'A1', 'expansion', '2026-02-01', '2026-03-03', 'won'), ('p2', 'A2', 'expansion', '2026-08-01', NULL, 'open'), ('p3', 'A3', 'expansion', '2026-08-01', '2026-09-01', 'lost'),
	('p4', 'A4', 'expansion', '2025-02-01', '2025-09-01', 'won');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('p1', 'p1', 'pa', 'referral', '2026-01-25'), ('p2', 'p2', 'pb', 'partner_introduction', '2026-07-25'), ('p3', 'p2', 'pc', 'deal_registration', '2026-07-24'),
	('p4', 'p3', 'pd', 'referral', '2026-07-24'), ('p5', 'p4', 'pa', 'referral', '2025-01-24'), ('p6', 'p2', 'pa', 'overlap_signal', '2026-07-20');
CALL refresh_mart('m');
SET search_path = m, made, ecosystem, public;

SELECT results_eq($$SELECT partner_id, joint_accounts, joint_accounts_verdict, has_working_set FROM partner_scorecard WHERE partner_id LIKE 'w_' ORDER BY 1$$,
	$$VALUES ('wa', 8, 'working set', true), ('wb', 16, 'working set, with more accounts than can be pursued', true), ('wc', 7, 'rolodex', false), ('wd', 0, 'rolodex', false)$$,
	'8 pass, more than 15 too; neither other quarters nor passive, late, undated touches or plays nobody acted on');
SELECT results_eq($$SELECT partner_id, last_act_on, activity_verdict FROM partner_scorecard WHERE partner_id IN ('va', 'vb', 'vc', 'wa') ORDER BY 1$$,
	$$VALUES ('va', date '2026-07-02', 'active'), ('vb', '2026-07-01', 'inactive'), ('vc', '2026-09-30', 'active'), ('wa', NULL, 'never')$$, 'a touch or a registration, 90 days ago at most');
SELECT results_eq($$SELECT partner_id, days_to_mapping, days_to_target_list, days_to_introduction, days_to_activation, days_waiting FROM partner_scorecard WHERE partner_id LIKE 't_' ORDER BY 1$$,
	$$VALUES ('ta', 1, 7, 15, 15, NULL), ('tb', NULL, NULL, NULL, 60, NULL), ('tc', 1, 5, NULL, NULL, 10), ('td', NULL, NULL, NULL, NULL, 637)$$, 'a mapping, a list or a registration is no co-sell act yet');
SELECT results_eq($$SELECT partner_id, activation_verdict FROM partner_scorecard WHERE partner_id LIKE 't_' ORDER BY 1$$,
	$$VALUES ('ta', 'healthy'), ('tb', 'slower than healthy'), ('tc', 'not yet, and in time'), ('td', 'onboarding too slow, and not there yet')$$, 'and who waits is not judged before its time');
SELECT results_eq($$SELECT partner_type, partners, reached, median_days, share_in_time FROM time_to_reach WHERE measure = 'time_to_activation_days' AND partner_type IN ('channel', 'technology') ORDER BY 1$$,
	$$VALUES ('channel', 2, 1, 348.5000, 0.000000), ('technology', 2, 1, 15, 1)$$, 'who has not got there yet counts as having waited');
SELECT results_eq($$SELECT partner_id, first_won_on, days_to_first_revenue FROM partner_scorecard WHERE partner_id IN ('ra', 'rb', 'rc') ORDER BY 1$$,
	$$VALUES ('ra', date '2025-04-11', 100), ('rb', NULL, NULL), ('rc', NULL, NULL)$$, 'the first won deal, not a lost one');
SELECT results_eq($$SELECT partner_id, logins_before, logins, risk FROM partner_scorecard WHERE partner_id IN ('ra', 'rb', 'rd', 'tc') ORDER BY 1$$,
	$$VALUES ('ra', 30, 10, 'high'), ('rb', 12, 8, 'none seen'), ('rd', 0, 0, 'gone'), ('tc', 0, 0, 'new')$$, 'falls beyond chance; whoever signed less than half a year ago has no past to compare with');
SELECT results_eq($$SELECT partner_id, credited_year, credited_amount FROM partner_scorecard WHERE partner_id LIKE 'c_' ORDER BY 1$$,
	$$VALUES ('ca', 400.00, 400.00), ('cb', 0, 0), ('cd', 600, 600)$$, 'by credit of the last year and the rule in force; roles without dates are no first touch');
SELECT results_eq('SELECT partner_id, credit_rank, credit_tier FROM partner_scorecard ORDER BY credit_rank LIMIT 3',
	$$VALUES ('cd', 1, 'strategic'), ('ca', 2, 'strategic'), ('cb', 3, 'strategic')$$, 'ranked by it, equal ones by id');
SELECT results_eq('SELECT credit_tier, count(*) FROM partner_scorecard GROUP BY 1 ORDER BY min(credit_rank)', $$VALUES ('strategic', 5::bigint), ('growth', 15), ('long tail', 3)$$, '1 to 5, 6 to 20, the rest');
SELECT results_eq('SELECT deal_id, lead, signal_on FROM eql ORDER BY 1', $$VALUES ('e1', 'eql', date '2026-01-20'), ('e2', 'eql', '2026-01-25'), ('e3', 'cold', NULL), ('e4', 'cold', NULL), ('e5', 'other', NULL)$$,
	'surfaced before the opening; new deals alone');
SELECT results_eq($$SELECT partner_id, is_producer FROM partner_scorecard WHERE partner_id LIKE 'p_' ORDER BY 1$$, $$VALUES ('pa', true), ('pb', false), ('pc', true), ('pd', false)$$,
	'a deal of the year that is not lost, of the partner who sourced it first, if that is active');
SELECT results_eq($$SELECT partner_id, credited_amount, won_amount FROM partner_period WHERE period = 'FY2026 Q2' AND partner_id IN ('', 'ca', 'cd') ORDER BY 1$$,
	$$VALUES ('', 10.00, 1000.00), ('ca', 400.00, 0.00), ('cd', 600.00, 0.00)$$, 'what is credited by roles alone stands in the quarter, though nobody touched the deal');
SELECT is((SELECT sum(credited_amount) FROM partner_period), (SELECT sum(amount) FROM made.deal WHERE outcome = 'won'), 'and adds up to what was won');

-- A year that begins in February: the quarter of September began in August.
UPDATE setting SET fiscal_year_starts = 2;
CALL refresh_mart('m');
SELECT results_eq($$SELECT partner_id, joint_accounts FROM partner_scorecard WHERE partner_id IN ('wa', 'wc') ORDER BY 1$$, $$VALUES ('wa', 0), ('wc', 7)$$, 'the working set is of the fiscal quarter');
SELECT results_eq($$SELECT period, won_amount FROM program_period WHERE period_starts = '2026-02-01'$$, $$VALUES ('FY2027 Q1', 1010.00)$$, 'and so are periods');
UPDATE setting SET fiscal_year_starts = 1;

-- Launch funnel: a hundred and thirty overlaps by id, since names alone are several companies'
INSERT INTO made.partner (partner_id, name, type, signed_at) VALUES ('la', 'LA', 'technology', '2025-01-01'), ('lb', 'LB', 'technology', '2025-01-01');
CALL bind_table('m', 'matched_account', 'made.overlap_event', columns => '{"found_on": "occurred_on"}');
INSERT INTO made.overlap_event (account_id, partner_id, event, population, occurred_on)
SELECT 'A' || n, 'la', 'entered', 'customer', date '2026-07-01' FROM generate_series(1, 70) n WHERE n <> 59
UNION ALL SELECT 'A' || n, 'lb', 'entered', CASE WHEN n > 58 THEN 'customer' ELSE 'prospect' END, '2026-07-02' FROM generate_series(1, 60) n;
INSERT INTO made.play_run (run_id, partner_id, account_id, acted_at) VALUES ('l1', 'la', 'A60', '2026-08-01'), ('l2', 'lb', 'A60', '2026-08-01'), ('l3', 'la', 'A61', '2026-08-01'), ('l4', 'pd', 'A15', '2026-08-01');
CALL refresh_mart('m');
SELECT results_eq($$SELECT count(*) FILTER (WHERE is_launch_partner), count(*) FILTER (WHERE overlap_accounts > 0) FROM partner_scorecard$$, 'VALUES (2::bigint, 2::bigint)', 'the partners that are mapped');
SELECT results_eq('SELECT count(*), count(*) FILTER (WHERE is_activated), min(account_id) FILTER (WHERE rank = 1) FROM launch_account', $$VALUES (50::bigint, 1::bigint, 'A60')$$,
	'the best fifty at partners'' customers, and where they were called on');

-- Leading indicators
INSERT INTO made.deal (deal_id, account_id, type, owner, opened_at, outcome) VALUES ('i1', 'A1', 'expansion', 'X', '2026-08-01', 'open'), ('i2', 'A2', 'expansion', 'Y', '2026-08-01', 'open');
INSERT INTO made.touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('i1', 'i1', 'ta', 'joint_call', '2026-09-21'), ('i2', 'i2', 'tb', 'joint_demo', '2026-09-27 22:00'), ('i3', 'i2', 'tb', 'reference', '2026-09-15'),
	('i4', 'i1', 'ta', 'joint_call', '2026-09-14');
INSERT INTO made.plan_milestone (plan_id, milestone, due_on, done_on) VALUES ('1', 'x', '2026-09-25', '2026-09-27'), ('1', 'y', '2026-09-16', '2026-09-22'), ('1', 'z', '2026-09-18', NULL), ('1', 'w', '2026-05-18', NULL);
DELETE FROM deal_history;
INSERT INTO made.deal_history (deal_id, valid_from, amount, outcome) VALUES ('i1', '2026-08-01', 100, 'open'), ('i1', '2026-09-22', 150, 'open'), ('i2', '2026-08-01', 70, 'open');
CALL refresh_mart('m');
SELECT results_eq('SELECT week, reps_reached, resellers_activated, round(milestones_share, 3), open_amount FROM program_week ORDER BY week DESC LIMIT 3',
	$$VALUES (date '2026-09-21', 2, 1, 0.667, 220.00), ('2026-09-14', 1, 0, 0.000, 170), ('2026-09-07', 0, 0, NULL, 170)$$, 'whole weeks, Monday to Sunday');
SELECT is((SELECT count(*) FROM program_week), 13::bigint, 'thirteen of them');

-- Maturity zone
SELECT results_eq('SELECT DISTINCT current_zone FROM maturity', 'SELECT 1', 'without recurring revenue it is the first');
SELECT results_eq($$SELECT criterion, wanted FROM maturity WHERE is_next ORDER BY 1$$, $$VALUES ('arr_to_unlock_zone_2', 'no input: subscription'), ('co_sold_deals_of_a_year', NULL)$$, 'that, and co-selling, keep it there');
INSERT INTO made.subscription VALUES ('A1', '2026-07-01', 5000000, 1, 0, 0), ('A2', '2026-04-01', 9000000, 0, 0, 0);
INSERT INTO made.deal (deal_id, account_id, type, owner, amount, co_sell, opened_at, outcome) SELECT 'z' || n, 'A' || n, 'expansion', 'X' || n, 10, true, '2026-08-01', 'open' FROM generate_series(1, 5) n;
INSERT INTO made.co_sell_plan (plan_id, deal_id, partner_id, agreed_at, our_owner, partner_owner, split) SELECT 'z' || n, 'z' || n, (ARRAY['ta', 'tb', 'tc', 'td', 'wa'])[n], '2026-08-02', 'we', 'they', 'linear' FROM generate_series(1, 5) n;
CALL refresh_mart('m');
SELECT results_eq($$SELECT criterion, value, is_met FROM maturity WHERE criterion IN ('named_partners', 'co_sell_plans', 'mutual_action_plan_coverage', 'arr_to_unlock_zone_2') ORDER BY 1$$,
	$$VALUES ('arr_to_unlock_zone_2', 5000001.000000, true), ('co_sell_plans', 0, false), ('mutual_action_plan_coverage', 1, true), ('named_partners', 5, true)$$, 'a plan without milestones is none');
SELECT results_eq('SELECT DISTINCT current_zone, current_zone_name FROM maturity', $$VALUES (2, 'Partnering')$$, 'revenue, mapping, co-selling');
INSERT INTO made.plan_milestone (plan_id, milestone, due_on, done_on) SELECT 'z' || n, 'x', '2026-07-10'::date + n * 14, CASE WHEN n > 1 THEN '2026-07-10'::date + n * 14 END FROM generate_series(1, 5) n;
DELETE FROM made.plan_milestone WHERE plan_id = '1';
DELETE FROM made.touch WHERE touch_id LIKE 'i%';
DELETE FROM made.play_run WHERE partner_id IN ('ta', 'tb', 'td');
INSERT INTO made.touch (touch_id, deal_id, partner_id, kind, occurred_at) SELECT 'z' || n || ' ' || m, 'z' || m, 'tb', 'joint_call', '2026-08-26'::timestamptz + n * interval '7 days' FROM generate_series(0, 4) n, generate_series(1, 5) m WHERE m <= n + 1;
INSERT INTO made.deal_history (deal_id, valid_from, amount, outcome) SELECT 'z' || n, '2026-08-01'::timestamptz + n * interval '9 days', 10, 'open' FROM generate_series(1, 5) n;
INSERT INTO made.lead_exchange (lead_id, from_partner_id, to_partner_id, account_id, sent_at) VALUES ('1', 'ta', NULL, 'A1', '2026-08-01'), ('2', 'ta', 'tb', 'A1', '2025-08-01');
CALL refresh_mart('m');
SELECT results_eq($$SELECT current_zone, bool_and(is_met) FILTER (WHERE zone = 3), max(value) FILTER (WHERE criterion = 'leads_among_partners_of_a_year') FROM maturity GROUP BY 1$$,
	'VALUES (3, true, 0.000000)', 'five partners, five plans, and all that rises are zone 3; leads to us, and old ones, do not make it four');
INSERT INTO made.lead_exchange (lead_id, from_partner_id, to_partner_id, account_id, sent_at) VALUES ('3', 'ta', 'tb', 'A1', '2026-08-01');
CALL refresh_mart('m');
SELECT results_eq('SELECT DISTINCT current_zone FROM maturity', 'SELECT 4', 'leads among partners do');
UPDATE made.subscription SET opening = 400000 WHERE period = '2026-07-01';
CALL refresh_mart('m');
SELECT results_eq('SELECT DISTINCT current_zone FROM maturity', 'SELECT 1', 'nothing counts above a zone that is not met');

SELECT * FROM finish();
ROLLBACK;
