-- partner_measures: the views of docs/partner_measures.md on a few hand-made rows, with answers known beforehand

BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(32);

-- Tables like those of the demo CRM, empty and without its constraints.
DO $$
DECLARE
	name text;
	col  record;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('CREATE TEMP TABLE %I (LIKE crm.%I)', name, name);
		FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = ('pg_temp.' || name)::regclass AND attnum > 0 LOOP
			EXECUTE format('ALTER TABLE pg_temp.%I ALTER %I DROP NOT NULL', name, col.attname);
		END LOOP;
	END LOOP;
END $$;

-- The page's own statements, its tables as views, so that they show the rows below.
\set views `awk '/^\140\140\140sql$/ { on = 1; block = ""; next } /^\140\140\140$/ { if (on && block ~ /CREATE TEMP (VIEW|TABLE)/ && block !~ /OR REPLACE/) printf "%s", block; on = 0 } on { sub(/^CREATE TEMP TABLE/, "CREATE TEMP VIEW"); if ($0 !~ /^(CREATE INDEX|ANALYZE)/) block = block $0 "\n" }' docs/partner_measures.md`
\o /dev/null
:views
\o
SELECT is((SELECT day FROM today), '2026-09-30', 'the views of the page are there, and the day is the demo''s');

-- Four partners, and nothing else.  Not a savepoint: pgTAP's own counts would go with it.
CREATE PROCEDURE pg_temp.start_over() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('TRUNCATE pg_temp.%I', name);
	END LOOP;
	INSERT INTO touch_kind SELECT * FROM crm.touch_kind;
	INSERT INTO partner (partner_id, name, type, signed_at) VALUES
		('a', 'Able', 'technology', '2026-01-01'), ('b', 'Best', 'channel', '2026-03-01'), ('c', 'Core', 'services', '2026-09-20'), ('d', 'Dull', 'channel', '2025-01-01');
	DELETE FROM target WHERE NOT builtin;
END $$;
CALL pg_temp.start_over();

-- Working set
INSERT INTO play_run (partner_id, account_id, acted_at)
SELECT 'a', 'A' || n, timestamptz '2026-07-01' FROM generate_series(1, 8) n UNION ALL SELECT 'b', 'A' || n, timestamptz '2026-09-30 23:00' FROM generate_series(1, 16) n
UNION ALL SELECT 'c', 'A' || n, timestamptz '2026-08-15' FROM generate_series(1, 6) n
UNION ALL (VALUES ('c', 'A1', '2026-09-01'::timestamptz), ('c', 'A7', '2026-06-30 23:59'), ('c', 'A8', '2026-10-01'), ('c', 'A9', NULL));
INSERT INTO deal (deal_id, account_id, opened_at, closed_at, outcome) VALUES ('1', 'A20', '2026-07-01', NULL, 'open'), ('2', 'A21', '2026-07-01', '2026-08-01', 'won');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '1', 'c', 'reference', '2026-08-01'), ('2', '1', 'd', 'overlap', '2026-08-01'),
	('3', '2', 'd', 'reference', '2026-08-02'), ('4', '2', 'd', 'reference', NULL);
SELECT results_eq('SELECT partner_id, accounts, verdict, passes FROM working_set ORDER BY 1',
	$$VALUES ('a', 8::bigint, 'working set', true), ('b', 16, 'working set, with more accounts than can be pursued', true), ('c', 7, 'rolodex', false), ('d', 0, 'rolodex', false)$$,
	'8 pass, more than 15 too; neither other quarters nor passive, late, undated touches or plays nobody acted on');
INSERT INTO target (metric, range, unit, better, source) VALUES ('joint_accounts_of_partner', '[5,)', 'count', 'higher', 'us');
SELECT is((SELECT passes FROM working_set WHERE partner_id = 'c'), true, 'by the target of the table');
CALL pg_temp.start_over();

-- Active partners
INSERT INTO deal_registration (partner_id, account_id, registered_at, last_activity_at) VALUES ('a', 'A1', '2026-07-02', '2026-07-02'), ('b', 'A1', '2026-07-01', '2026-07-01');
INSERT INTO deal (deal_id, account_id, opened_at, outcome) VALUES ('1', 'A1', '2026-07-01', 'open');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '1', 'c', 'reference', '2026-09-30 10:00'), ('2', '1', 'd', 'integration_present', '2026-09-30'), ('3', '1', 'b', 'reference', '2026-10-01');
SELECT results_eq('SELECT partner_id, last_act, state FROM active_partner ORDER BY 1',
	$$VALUES ('a', date '2026-07-02', 'active'), ('b', '2026-07-01', 'inactive'), ('c', '2026-09-30', 'active'), ('d', NULL, 'never')$$, 'a touch or a registration, 90 days ago at most');
CALL pg_temp.start_over();

-- Activation: 15 days, 60 days; c has waited ten days, d for 637
INSERT INTO partner_activity (partner_id, kind, occurred_on, times) VALUES ('a', 'account_mapping', '2026-01-02', 1), ('a', 'target_list', '2026-01-08', 1), ('a', 'introduction', '2026-01-16', 1),
	('c', 'account_mapping', '2026-09-21', 1), ('c', 'target_list', '2026-09-25', 1), ('d', 'login', '2025-02-01', 9);
INSERT INTO play_run (partner_id, account_id, acted_at) VALUES ('b', 'A1', '2026-04-30 12:00');
INSERT INTO deal_registration (partner_id, account_id, registered_at, last_activity_at) VALUES ('d', 'A1', '2025-02-02', '2025-02-02');
SELECT results_eq('SELECT partner_id, mapped_on - signed_at, listed_on - signed_at, introduced_on - signed_at, activated_on - signed_at FROM activation ORDER BY 1',
	$$VALUES ('a', 1, 7, 15, 15), ('b', NULL, NULL, NULL, 60), ('c', 1, 5, NULL, NULL), ('d', NULL, NULL, NULL, NULL)$$, 'a mapping, a list or a registration is no co-sell act yet');
SELECT results_eq('SELECT subjects(s), churned(s), survival_at(s, 15), median_survival(s) FROM (SELECT survival_agg(signed_at, activated_on, day) AS s FROM today, activation) q',
	$$VALUES (4::bigint, 2::bigint, 2.0 / 3::double precision, 60::double precision)$$, 'who has not got there yet counts as having waited');
CALL pg_temp.start_over();

-- Time to first revenue
INSERT INTO deal (deal_id, account_id, opened_at, closed_at, outcome) VALUES ('1', 'A1', '2026-02-01', '2026-04-11', 'won'), ('2', 'A1', '2026-02-01', '2026-03-02', 'lost'),
	('3', 'A2', '2026-02-01', '2026-12-01', 'won'), ('4', 'A3', '2026-02-01', '2026-05-01', 'won');
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('1', 'a', 'sourcing'), ('4', 'a', 'technical'), ('2', 'b', 'sourcing'), ('3', 'd', 'sourcing');
SELECT results_eq('SELECT partner_id, first_won_on - signed_at FROM first_revenue ORDER BY 1', $$VALUES ('a', 100), ('b', NULL), ('c', NULL), ('d', NULL)$$, 'the first won deal, not a lost one, not one that is won tomorrow');
CALL pg_temp.start_over();

-- Tiers
INSERT INTO split_policy VALUES ('p', '(,2026-01-01)', 'first_touch'), ('p', '[2026-01-01,)', 'role_split(sourcing=60, technical=40)');
INSERT INTO deal (deal_id, account_id, program, amount, opened_at, closed_at, outcome) VALUES ('1', 'A1', 'p', 1000, '2026-02-01', '2026-04-11', 'won'), ('2', 'A1', 'p', 500, '2024-02-01', '2025-09-29', 'won'), ('3', 'A1', 'p', 5000, '2026-02-01', NULL, 'open');
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('1', 'd', 'sourcing'), ('1', 'a', 'technical'), ('2', 'b', 'sourcing'), ('3', 'c', 'sourcing');
SELECT results_eq('SELECT partner_id, credit, rank, tier FROM tier ORDER BY rank', $$VALUES ('d', 600::numeric, 1::bigint, 'strategic'), ('a', 400, 2, 'strategic'), ('b', 0, 3, 'strategic'), ('c', 0, 4, 'strategic')$$,
	'by credit of the last year and the rule in force, equal ones by id');
INSERT INTO partner (partner_id, name, type, signed_at) SELECT 'e' || to_char(n, 'FM00'), 'E' || n, 'channel', '2025-01-01' FROM generate_series(1, 17) n;
SELECT results_eq('SELECT tier, count(*), min(partner_id) FROM tier GROUP BY tier ORDER BY min(rank)', $$VALUES ('strategic', 5::bigint, 'a'), ('growth', 15, 'e02'), ('long tail', 1, 'e17')$$, '1 to 5, 6 to 20, the rest');
CALL pg_temp.start_over();

-- Engagement score: percentiles of four partners, 0, 33, 67, 100
INSERT INTO partner_activity (partner_id, kind, occurred_on, times) VALUES ('a', 'login', '2026-09-01', 10), ('a', 'login', '2026-06-30', 99), ('b', 'login', '2026-07-01', 20), ('c', 'login', '2026-09-20', 30),
	('a', 'training_completed', '2026-08-01', 3), ('b', 'training_completed', '2026-08-01', 1), ('b', 'training_assigned', '2026-08-01', 9);
INSERT INTO play_run (partner_id, account_id, acted_at) VALUES ('a', 'A1', '2026-09-01'), ('a', 'A1', '2026-09-02'), ('b', 'A1', '2026-09-02');
SELECT results_eq('SELECT partner_id, logins, trainings, acts, score FROM engagement ORDER BY 1',
	$$VALUES ('a', 10::bigint, 3::bigint, 2::bigint, 78::numeric), ('b', 20, 1, 1, 67), ('c', 30, 0, 0, 33), ('d', 0, 0, 0, 0)$$, 'mean of three percentiles');
CALL pg_temp.start_over();

-- Partner risk: a fall of 30 to 10 is 20, two standard errors are 12.6; of 12 to 8 it is 4, they are 8.9
INSERT INTO partner_activity (partner_id, kind, occurred_on, times) VALUES ('a', 'login', '2026-05-01', 30), ('a', 'login', '2026-08-01', 10), ('b', 'login', '2026-05-01', 12), ('b', 'login', '2026-08-01', 8), ('d', 'login', '2026-02-01', 50);
INSERT INTO play_run (partner_id, account_id, acted_at) SELECT 'a', 'A1', '2026-05-01' FROM generate_series(1, 20);
SELECT results_eq('SELECT partner_id, logins_before, logins, acts_before, acts, last_act, risk FROM partner_risk ORDER BY 1',
	$$VALUES ('a', 30::bigint, 10::bigint, 20::bigint, 0::bigint, date '2026-08-01', 'high'), ('b', 12, 8, 0, 0, '2026-08-01', 'none seen'), ('d', 0, 0, 0, 0, '2026-02-01', 'gone')$$,
	'falls beyond chance; whoever signed less than half a year ago has no past to compare with');
CALL pg_temp.start_over();

-- Registration conflicts
INSERT INTO deal (deal_id, account_id, opened_at, closed_at, outcome) VALUES ('1', 'A3', '2026-09-01', NULL, 'open'), ('2', 'A4', '2026-05-01', NULL, 'open'), ('3', 'A5', '2026-05-01', NULL, 'open'), ('4', 'A6', '2026-05-01', '2026-08-01', 'won');
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('3', 'a', 'sourcing');
INSERT INTO deal_registration (registration_id, account_id, partner_id, deal_id, registered_at, last_activity_at) VALUES
	('1', 'A1', 'b', NULL, '2026-08-02 09:00', '2026-09-01'), ('2', 'A1', 'a', NULL, '2026-08-02 10:00', '2026-09-30'),  -- the first wins, by the hour
	('3', 'A2', 'a', NULL, '2026-05-01', '2026-07-01'), ('4', 'A2', 'b', NULL, '2026-06-01', '2026-07-02'),             -- the first is idle for 91 days, the second for 90
	('5', 'A3', 'a', NULL, '2026-08-01', '2026-09-01'),                                                                   -- before our direct deal
	('6', 'A4', 'a', NULL, '2026-08-01', '2026-09-01'),                                                                   -- after it
	('7', 'A5', 'a', NULL, '2026-08-01', '2026-09-01'),                                                                   -- the deal there is with the partner
	('8', 'A6', 'a', '4', '2026-04-01', '2026-08-01'), ('9', 'A6', 'b', NULL, '2026-07-01', '2026-09-01'),              -- settled
	('10', 'A7', 'a', NULL, '2026-08-01', '2026-09-01'), ('11', 'A7', 'a', NULL, '2026-08-02', '2026-09-01');            -- twice by one partner
SELECT results_eq('SELECT registration_id, state, direct_deal, wins FROM registration_conflict ORDER BY registration_id::integer',
	$$VALUES ('1', 'protected', NULL, true), ('2', 'protected', NULL, false), ('3', 'lapsed', NULL, false), ('4', 'protected', NULL, true),
	  ('5', 'protected', '1', true), ('6', 'protected', '2', false)$$, 'two partners, or one and a direct deal: the first wins, unless it lapsed');
CALL pg_temp.start_over();

-- EQLs
INSERT INTO deal (deal_id, account_id, type, amount, opened_at, closed_at, outcome, lead_source) VALUES
	('1', 'A1', 'new', 10, '2026-02-01', '2026-03-03', 'won', 'outbound'), ('2', 'A2', 'new', 10, '2026-02-01', '2026-04-02', 'lost', 'outbound'), ('3', 'A3', 'new', 10, '2026-02-01', '2026-05-02', 'won', 'outbound'),
	('4', 'A4', 'new', 10, '2026-02-01', '2026-05-02', 'lost', 'outbound'), ('5', 'A5', 'new', 10, '2026-02-01', NULL, 'open', 'marketing'), ('6', 'A6', 'expansion', 10, '2026-02-01', NULL, 'open', 'partner');
INSERT INTO play_run (partner_id, account_id, acted_at) VALUES ('a', 'A1', '2026-01-20'), ('a', 'A4', '2026-02-20'), ('a', 'A6', '2026-01-20');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '2', 'a', 'overlap_signal', '2026-01-25'), ('2', '3', 'a', 'overlap_signal', '2026-02-03'), ('3', '4', 'a', 'reference', '2026-01-03');
SELECT results_eq('SELECT deal_id, lead FROM eql ORDER BY 1', $$VALUES ('1', 'EQL'), ('2', 'EQL'), ('3', 'cold'), ('4', 'cold'), ('5', 'other')$$, 'surfaced before the opening; new deals alone');
SELECT results_eq($$SELECT lead, win_rate(stats), cycle_quantile(stats, 0.5) FROM (SELECT lead, deal_stats_agg(amount, outcome, opened_on, closed_on) AS stats FROM eql GROUP BY lead) l WHERE lead <> 'other' ORDER BY lead = 'EQL'$$,
	$$VALUES ('cold', 0.5::double precision, 90), ('EQL', 0.5, 30)$$, 'and how they convert');
CALL pg_temp.start_over();

-- Producers
INSERT INTO deal (deal_id, account_id, opened_at, closed_at, outcome) VALUES ('1', 'A1', '2026-02-01', '2026-03-03', 'won'), ('2', 'A2', '2026-08-01', NULL, 'open'), ('3', 'A3', '2026-08-01', '2026-09-01', 'lost'), ('4', 'A4', '2025-02-01', '2025-09-01', 'won');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '1', 'a', 'referral', '2026-01-25'), ('2', '2', 'b', 'partner_introduction', '2026-07-25'), ('3', '2', 'c', 'deal_registration', '2026-07-24'),
	('4', '3', 'd', 'referral', '2026-07-24'), ('5', '4', 'a', 'referral', '2025-01-24'), ('6', '2', 'a', 'overlap_signal', '2026-07-20');
SELECT results_eq('SELECT * FROM sourced_by ORDER BY 1', $$VALUES ('1', 'a'), ('2', 'c'), ('3', 'd'), ('4', 'a')$$, 'the first partner whose own act it was');
SELECT results_eq('SELECT partner_id, sourced, produces FROM producer ORDER BY 1', $$VALUES ('a', 1::bigint, true), ('b', 0, false), ('c', 1, true), ('d', 0, false)$$, 'a deal of the year that is not lost, of an active partner');
CALL pg_temp.start_over();

-- Forecast.  Closed deals: won after 50 days, lost after 30, won after 120, lost after 200; a deal open for 40 days has three of them
-- beside it, of which one was won within the next 91 days and one in the quarter before that: (40,131] has both.
INSERT INTO deal (deal_id, account_id, arr, opened_at, closed_at, outcome) SELECT v.deal, 'A' || v.deal, v.arr, v.opened, v.opened + v.days, v.outcome
FROM  (VALUES ('1', 100, date '2025-01-01', 50, 'won'), ('2', 100, '2025-01-01', 30, 'lost'), ('3', 100, '2025-01-01', 120, 'won'), ('4', 100, '2025-01-01', 200, 'lost'), ('5', 900, '2026-08-21', NULL, 'open')) v(deal, arr, opened, days, outcome);
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) SELECT deal_id, deal_id, 'a', 'referral', opened_at - interval '1 day' FROM deal;
SELECT results_eq('SELECT quarter, open_deals, round(named, 6) FROM partner_forecast ORDER BY 1', $$VALUES (1, 1::bigint, 600::numeric), (2, 1, 0), (3, 1, 0), (4, 1, 0)$$, 'a named deal: of those that were as old, two of three were won in the next quarter');
-- One deal opened in 364 days.  Won after 50 and 120 days, lost twice: days to open are ((91-50) + 0) / 4, ((182-50)-(91-50) + (182-120)) / 4, (91 + 91) / 4 ...
SELECT results_eq('SELECT quarter, opened_in_a_year, round(not_yet_opened, 6) FROM partner_forecast ORDER BY 1',
	$$SELECT q, 1::bigint, round(900.0 / 364 * d / 4, 6) FROM (VALUES (1, 41), (2, 153), (3, 182), (4, 182)) v(q, d)$$, 'what is not opened yet: pace, amount, and the days on which it can still be opened');
SELECT results_eq('SELECT round(variance, 3) FROM partner_forecast ORDER BY quarter LIMIT 2',
	$$SELECT round(v, 3) FROM (VALUES (1, 900.0 ^ 2 * 2 / 9 + 41 / 4.0 / 364 * 900.0 ^ 2 + (41 / 4.0 / 364 * 900) ^ 2), (2, 153 / 4.0 / 364 * 900.0 ^ 2 + (153 / 4.0 / 364 * 900) ^ 2)) x(q, v) ORDER BY q$$, 'variance of both');
CREATE OR REPLACE TEMP VIEW today AS SELECT date '2025-03-01' AS day;
SELECT results_eq('SELECT deal_id, outcome FROM deal_then ORDER BY 1', $$VALUES ('1', 'won'), ('2', 'lost'), ('3', 'open'), ('4', 'open')$$, 'deals as they stood on another day');
CREATE OR REPLACE TEMP VIEW today AS SELECT date '2026-09-30' AS day;
CALL pg_temp.start_over();

-- Launch funnel
INSERT INTO account (account_id, segment) SELECT 'A' || n, CASE WHEN n <= 60 THEN 'prospect' ELSE 'customer' END FROM generate_series(1, 70) n;
INSERT INTO overlap_event (account_id, partner_id, event, population, occurred_on)
SELECT 'A' || n, 'a', 'entered', 'customer', date '2026-07-01' FROM generate_series(1, 70) n UNION ALL SELECT 'A' || n, 'b', 'entered', CASE WHEN n > 58 THEN 'customer' ELSE 'prospect' END, '2026-07-02' FROM generate_series(1, 60) n
UNION ALL VALUES ('A59', 'a', 'left', 'customer', '2026-07-09'::date);
INSERT INTO play_run (partner_id, account_id, acted_at) VALUES ('a', 'A60', '2026-08-01'), ('b', 'A60', '2026-08-01'), ('a', 'A61', '2026-08-01'), ('d', 'A1', '2026-08-01');
SELECT results_eq('SELECT metric, value FROM launch', $$VALUES ('launch_mapped_partners', 2::bigint), ('launch_scored_accounts', 50), ('launch_activated_accounts', 1), ('scaled_partners', 2)$$,
	'the best fifty at partners'' customers, and where they were called on');
CALL pg_temp.start_over();

-- Leading indicators
INSERT INTO deal (deal_id, account_id, owner, opened_at, outcome) VALUES ('1', 'A1', 'X', '2026-08-01', 'open'), ('2', 'A2', 'Y', '2026-08-01', 'open');
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '1', 'a', 'joint_call', '2026-09-21'), ('2', '2', 'b', 'joint_demo', '2026-09-27 22:00'), ('3', '2', 'b', 'reference', '2026-09-15'), ('4', '1', 'a', 'joint_call', '2026-09-14');
INSERT INTO plan_milestone (plan_id, milestone, due_on, done_on) VALUES ('1', 'x', '2026-09-25', '2026-09-27'), ('1', 'y', '2026-09-16', '2026-09-22'), ('1', 'z', '2026-09-18', NULL), ('1', 'w', '2026-05-18', NULL);
INSERT INTO deal_history (deal_id, valid_from, amount, outcome) VALUES ('1', '2026-08-01', 100, 'open'), ('1', '2026-09-22', 150, 'open'), ('2', '2026-08-01', 70, 'open');
SELECT results_eq('SELECT week, reps_reached, resellers_activated, milestones_done, pipeline FROM weekly ORDER BY week DESC LIMIT 3',
	$$VALUES (date '2026-09-21', 2::bigint, 1::bigint, 0.667, 220::numeric), ('2026-09-14', 1, 0, 0.000, 170), ('2026-09-07', 0, 0, NULL, 170)$$, 'whole weeks, Monday to Sunday');
SELECT is((SELECT count(*) FROM weekly), 13::bigint, 'thirteen of them');
CALL pg_temp.start_over();

-- Maturity zone
PREPARE zone AS SELECT 1 + count(*) FILTER (WHERE met) FROM (SELECT bool_and(bool_and(met)) OVER (ORDER BY zone) AS met FROM maturity GROUP BY zone) z;
SELECT results_eq('zone', 'SELECT 1::bigint', 'without anything it is the first');
INSERT INTO subscription VALUES ('A1', '2026-07-01', 5000000, 1, 0, 0), ('A2', '2026-04-01', 9000000, 0, 0, 0);
INSERT INTO overlap_event (account_id, partner_id, event, occurred_on) VALUES ('A1', 'a', 'entered', '2026-07-01');
SELECT results_eq('zone', 'SELECT 1::bigint', 'two of three criteria are not enough');
INSERT INTO deal (deal_id, account_id, owner, amount, co_sell, opened_at, outcome) SELECT n::text, 'A' || n, 'X' || n, 10, true, '2026-08-01', 'open' FROM generate_series(1, 5) n;
SELECT results_eq('zone', 'SELECT 2::bigint', 'revenue, mapping, co-selling');
INSERT INTO partner (partner_id, name, type, signed_at) VALUES ('e', 'Eager', 'channel', '2025-01-01');
INSERT INTO co_sell_plan (plan_id, deal_id, partner_id, agreed_at, our_owner, partner_owner, split) SELECT n::text, n::text, chr(96 + n), '2026-08-02', 'we', 'they', 'linear' FROM generate_series(1, 5) n;
SELECT results_eq($$SELECT criterion, value, met FROM maturity WHERE metric IN ('named_partners', 'co_sell_plans', 'mutual_action_plan_coverage') ORDER BY metric$$,
	$$VALUES ('plans with owners, milestones and split', 0::double precision, false), ('joint deals with a plan', 1, true), ('partners with a co-sell plan in force', 5, true)$$, 'a plan without milestones is none');
INSERT INTO plan_milestone (plan_id, milestone, due_on, done_on) SELECT n::text, 'x', '2026-07-10'::date + n * 14, CASE WHEN n > 1 THEN '2026-07-10'::date + n * 14 END FROM generate_series(1, 5) n;
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) SELECT n || ' ' || m, m::text, 'b', 'joint_call', '2026-08-26'::timestamptz + n * interval '7 days' FROM generate_series(0, 4) n, generate_series(1, 5) m WHERE m <= n + 1;
INSERT INTO deal_history (deal_id, valid_from, amount, outcome) SELECT n::text, '2026-08-01'::timestamptz + n * interval '9 days', 10, 'open' FROM generate_series(1, 5) n;
SELECT results_eq($$SELECT bool_and(met) FROM maturity WHERE zone = 3$$, 'SELECT true', 'five partners, five plans, and all that rises');
SELECT results_eq('zone', 'SELECT 3::bigint', 'are zone 3');
INSERT INTO lead_exchange (lead_id, from_partner_id, to_partner_id, account_id, sent_at) VALUES ('1', 'a', NULL, 'A1', '2026-08-01'), ('2', 'a', 'b', 'A1', '2025-08-01');
SELECT results_eq($$SELECT value, met FROM maturity WHERE zone = 4 ORDER BY criterion$$, $$VALUES (0::double precision, false), (3, true)$$, 'leads to us, and old ones, do not make it four');
INSERT INTO lead_exchange (lead_id, from_partner_id, to_partner_id, account_id, sent_at) VALUES ('3', 'a', 'b', 'A1', '2026-08-01');
SELECT results_eq('zone', 'SELECT 4::bigint', 'leads among partners do');
UPDATE subscription SET opening = 400000 WHERE period = '2026-07-01';
SELECT results_eq('zone', 'SELECT 1::bigint', 'nothing counts above a zone that is not met');
CALL pg_temp.start_over();

SELECT * FROM finish();
ROLLBACK;
