-- mart_forecast: what partners are going to bring: by hand on a few deals, adding up over the demo CRM, and knowing nothing of what came later

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(30);

-- ---------------------------------------------------------------------------
-- By hand
-- ---------------------------------------------------------------------------
CREATE SCHEMA hand;
CREATE TABLE hand.deal (deal_id text, name text, outcome text, amount numeric, opened_at timestamptz, closed_at timestamptz);
-- five won after 10 days, five lost after 20, and two open ones, 5 and 15 days old
INSERT INTO hand.deal
SELECT 'W' || n, 'won', 'won', 100, timestamptz '2026-06-01 12:00+00', timestamptz '2026-06-11 12:00+00' FROM generate_series(1, 5) n
UNION ALL SELECT 'L' || n, 'lost', 'lost', 100, '2026-03-01 12:00+00', '2026-03-21 12:00+00' FROM generate_series(1, 5) n
UNION ALL SELECT 'O1', 'young', 'open', 1000, '2026-07-10 12:00+00', NULL UNION ALL SELECT 'O2', 'old', 'open', 500, '2026-06-30 12:00+00', NULL;
CREATE TABLE hand.touch AS SELECT 'T' || deal_id AS touch_id, deal_id, 'P1' AS partner_id, 'referral' AS kind, opened_at - interval '1 day' AS occurred_at FROM hand.deal;
CREATE TABLE hand.deal_history (deal_id text, valid_from timestamptz, stage text, outcome text, amount numeric);
CALL create_mart('small', fiscal_year_starts => 2);
CALL bind_table('small', 'deal', 'hand.deal');
CALL bind_table('small', 'touch', 'hand.touch');
UPDATE small.setting SET as_of = '2026-07-15';
CALL refresh_mart('small', '{deal,touch,account_touch,credit_line,partner_deal,deal_fact,deal_then,win_curve,forecast_deal,forecast,forecast_part}');
SELECT results_eq($$SELECT age, at_risk, won, lost, share_open, share_won FROM small.win_curve WHERE made = 'now' AND age IN (9, 10, 19, 20, 400) ORDER BY 1$$,
                  $$VALUES (9, 11, 0, 0, 1.000000, 0.000000), (10, 11, 5, 0, 0.545455, 0.454545), (19, 5, 0, 0, 0.545455, 0.454545), (20, 5, 0, 5, 0.000000, 0.454545), (400, 0, 0, 0, 0.000000, 0.454545)$$,
                  'an open deal counts for as long as it was seen');
SELECT is(won_days, round(0.454545 * 10, 6)::numeric(18,6), 'of a deal a day so many are won within twenty') FROM small.win_curve WHERE made = 'now' AND age = 20;
SELECT results_eq($$SELECT deal_id, quarter, period, age, win_rate, chance, expected FROM small.forecast_deal WHERE made = 'now' ORDER BY 1, 2$$,
                  $$SELECT d, q, 'FY2027 Q' || (q + 1), a, r, CASE q WHEN 1 THEN r ELSE 0 END, CASE q WHEN 1 THEN e ELSE 0.00 END
                    FROM (VALUES ('O1', 5, 0.454545, 454.55), ('O2', 15, 0.000000, 0.00)) v(d, a, r, e), generate_series(1, 3) q
                    UNION ALL SELECT d, 4, 'FY2028 Q1', a, r, 0, 0.00 FROM (VALUES ('O1', 5, 0.454545), ('O2', 15, 0.000000)) v(d, a, r) ORDER BY 1, 2$$,
                  'a young deal has the chance of its age, in the quarter in which deals of its age are won; an old one none');
SELECT row_eq($$SELECT period_ends, won_before, named_deals, named, opened_in_a_year, round(not_yet_opened, 1), expected = won_before + named + not_yet_opened, low, verdict
                FROM small.forecast WHERE (made, measure, line, partner_id, period) = ('now', 'amount', 'partner_sourced', '', 'FY2027 Q2')$$,
              ROW ('2026-07-31'::date, 500.00::numeric(18,2), 2, 454.55::numeric(18,2), 12, round(2500.0 / 136 * 0.454545 * 6, 1), true, 500.00::numeric(18,2), 'not yet defensible: 4 months of 12, 1 partners of 5 with full cycles'::text),
              'of the quarter that has begun: what was won before, what is named, and what comes at the pace of its days');
SELECT is_empty($$SELECT 1 FROM small.forecast WHERE made = 'a year ago' OR measure = 'arr' OR line <> 'partner_sourced'$$, 'of what there is nothing, nothing is foretold');

-- stages, as the history has them
INSERT INTO hand.deal_history SELECT deal_id, opened_at, 'Proposal', 'open', amount FROM hand.deal WHERE outcome = 'won' OR deal_id = 'O1'
	UNION ALL SELECT deal_id, opened_at, 'Discovery', 'open', amount FROM hand.deal WHERE outcome = 'lost' OR deal_id = 'O2'
	UNION ALL SELECT deal_id, closed_at, 'Closed', outcome, amount FROM hand.deal WHERE outcome <> 'open';
CALL bind_table('small', 'deal_history', 'hand.deal_history');
CALL refresh_mart('small', '{deal,touch,deal_history,account_touch,credit_line,partner_deal,deal_fact,deal_then,win_curve,forecast_deal,forecast,forecast_part}');
SELECT results_eq($$SELECT deal_id, stage, stage_deals, win_rate FROM small.forecast_deal WHERE made = 'now' AND quarter = 1 ORDER BY 1$$,
                  $$VALUES ('O1', 'proposal', 5, round((5 + 10 * 0.454545) / 15, 6)), ('O2', 'discovery', 5, 0.000000)$$, 'a stage counts as its deals are many, beside the age');

-- what cannot be
UPDATE hand.deal SET amount = NULL WHERE deal_id = 'O1';
UPDATE hand.deal SET opened_at = NULL WHERE deal_id = 'W1';
UPDATE hand.deal SET closed_at = NULL WHERE deal_id = 'W2';
UPDATE hand.deal SET closed_at = opened_at - interval '9 days' WHERE deal_id = 'L1';
UPDATE hand.deal SET opened_at = '1900-01-01 12:00+00' WHERE deal_id = 'O2';
UPDATE hand.touch SET occurred_at = '1899-12-31 12:00+00' WHERE deal_id = 'O2';
INSERT INTO hand.deal VALUES ('O3', 'credit note', 'open', -50, '2026-07-12 12:00+00', NULL), ('O4', 'to come', 'open', 50, '2027-07-12 12:00+00', NULL);
INSERT INTO hand.touch SELECT 'T' || deal_id, deal_id, 'P1', 'referral', opened_at - interval '1 day' FROM hand.deal WHERE deal_id IN ('O3', 'O4');
CALL refresh_mart('small', '{deal,touch,deal_history,account_touch,credit_line,partner_deal,deal_fact,deal_then,win_curve,forecast_deal,forecast,forecast_part}');
SELECT is_empty($$SELECT relation, problem FROM mart_status('small') WHERE kind = 'report' AND relation ~ 'forecast|deal_then|win_curve' AND state <> 'fresh'$$, 'deals without days or amounts stop nothing');
SELECT results_eq($$SELECT DISTINCT deal_id FROM small.forecast_deal WHERE made = 'now' ORDER BY 1$$, $$VALUES ('O1'), ('O2'), ('O3')$$, 'what is to be opened later is not named');
SELECT ok(max(age) = 1826 + 460, 'what is older than five years is that old') FROM small.win_curve;

-- ---------------------------------------------------------------------------
-- The demo
-- ---------------------------------------------------------------------------
CALL create_mart('elg');
CALL bind_demo('elg');
UPDATE elg.setting SET role_evidence = false;
CALL refresh_mart('elg', '{account,partner,deal,deal_partner,deal_history,touch,account_touch,credit_line,partner_deal,deal_fact,deal_then,win_curve,forecast_deal,forecast,forecast_part}');
CREATE TEMP TABLE sourced AS
SELECT DISTINCT ON (deal_id) deal_id, partner_id, amount, arr, outcome, (opened_at AT TIME ZONE 'UTC')::date AS opened_on, (closed_at AT TIME ZONE 'UTC')::date AS closed_on
FROM  (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM crm.touch JOIN crm.deal USING (deal_id) GROUP BY deal_id, partner_id) m JOIN crm.deal USING (deal_id)
WHERE  origin(motion) = 'partner_sourced'
ORDER  BY deal_id, first_touch(motion), partner_id;
SELECT results_eq($$SELECT made, partner_id, named_deals::bigint, opened_in_a_year::bigint FROM elg.forecast WHERE (measure, line, period) = ('arr', 'partner_sourced', 'all four') ORDER BY 1, 2$$,
                  $$SELECT made, p, count(*) FILTER (WHERE closed_on > day OR outcome = 'open'), count(*) FILTER (WHERE opened_on > day - 365)
                    FROM  (VALUES ('now', date '2026-09-30'), ('a year ago', '2025-09-30')) d(made, day) JOIN sourced ON opened_on <= day, LATERAL (VALUES (''), (partner_id)) v(p)
                    GROUP BY 1, 2 ORDER BY 1, 2$$, 'open deals of each partner, and those of a year, as they stood');
SELECT results_eq($$SELECT partner_id, period_starts, came FROM elg.forecast WHERE (made, measure, line) = ('a year ago', 'arr', 'partner_sourced') AND came <> 0 AND partner_id IN
                    (SELECT partner_id FROM sourced WHERE opened_on <= '2025-09-30' UNION SELECT '') ORDER BY 1, 2$$,
                  $$SELECT p, q, sum(arr)::numeric(18,2) FROM sourced, LATERAL (VALUES (''), (partner_id)) v(p), LATERAL (VALUES (NULL::date), (date_trunc('quarter', closed_on)::date)) w(q)
                    WHERE outcome = 'won' AND closed_on BETWEEN '2025-10-01' AND '2026-09-30' AND (p = '' OR p IN (SELECT partner_id FROM sourced WHERE opened_on <= '2025-09-30'))
                    GROUP BY 1, 2 ORDER BY 1, 2$$, 'what came in the year after');
SELECT results_eq($$SELECT DISTINCT made, months_of_record, full_cycle_partners::bigint FROM elg.forecast WHERE line = 'partner_sourced' AND partner_id = '' ORDER BY 1$$,
                  $$SELECT made, round((day - min(opened_on)) / 30.4375, 1), count(DISTINCT partner_id) FILTER (WHERE outcome = 'won' AND closed_on <= day)
                    FROM  (VALUES ('now', date '2026-09-30'), ('a year ago', '2025-09-30')) d(made, day) JOIN sourced ON opened_on <= day GROUP BY made, day ORDER BY 1$$,
                  'how long there have been such deals, and how many partners have gone the whole way');
SELECT results_eq($$SELECT verdict, count(*) FROM elg.forecast WHERE partner_id = '' GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('came as foretold', 19::bigint), ('defensible', 20), ('more came than the interval has', 1)$$, 'what is said of it');
SELECT is_empty($$SELECT made, measure, period FROM elg.forecast WHERE line = 'partner_sourced' GROUP BY 1, 2, 3
                  HAVING abs(sum(expected) FILTER (WHERE partner_id <> '') - sum(expected) FILTER (WHERE partner_id = '')) > 0.5
                  OR     abs(sum(named) FILTER (WHERE partner_id <> '') - sum(named) FILTER (WHERE partner_id = '')) > 0.5$$, 'partners add up to all of them');
SELECT is_empty($$SELECT made, measure, line, partner_id FROM elg.forecast GROUP BY 1, 2, 3, 4
                  HAVING abs(sum(expected) FILTER (WHERE period <> 'all four') - sum(expected) FILTER (WHERE period = 'all four')) > 0.1
                  OR     sum(came) FILTER (WHERE period <> 'all four') <> sum(came) FILTER (WHERE period = 'all four')$$, 'and quarters to the four');
SELECT is_empty($$SELECT made, line, period FROM elg.forecast f WHERE measure = 'amount' AND partner_id = '' AND abs(named - (
                    SELECT sum(amount * chance) FROM elg.forecast_deal d WHERE d.made = f.made AND d.line = f.line AND f.period IN (d.period, 'all four'))) > 0.01$$, 'named is what forecast_deal names');
SELECT is_empty($$SELECT 1 FROM elg.forecast WHERE low > expected OR high < expected OR low < 0 OR expected IS NULL$$, 'and lies within its interval');
SELECT is_empty($$SELECT made, deal_id FROM elg.forecast_deal GROUP BY 1, 2 HAVING count(*) <> 4 OR sum(chance) > max(win_rate) + 0.000004$$, 'no deal has a larger chance in four quarters than at all');
SELECT is_empty($$SELECT 1 FROM (SELECT *, lag(share_won) OVER w AS won_before, lag(share_open) OVER w AS open_before FROM elg.win_curve WINDOW w AS (PARTITION BY made, line ORDER BY age)) c
                  WHERE share_won < won_before OR share_open > open_before OR share_won + share_open > 1.000001 OR age <> 0 AND won_before IS NULL$$, 'curves rise and fall as they must');
SELECT is_empty($$SELECT made, line FROM elg.win_curve GROUP BY 1, 2 HAVING sum(won) <> (SELECT count(*) FROM elg.deal_then t WHERE t.made = win_curve.made AND t.line = win_curve.line AND outcome = 'won')$$, 'and have every deal');
-- the curve against one over the deals, each by each
SELECT is_empty($$SELECT age FROM elg.win_curve c WHERE (made, line) = ('now', 'partner_sourced') AND age IN (30, 60, 120, 300) AND abs(share_open - survival_at(
                    (SELECT survival_agg(age, outcome <> 'open') FROM elg.deal_then WHERE (made, line) = ('now', 'partner_sourced')), age)) > 0.000001$$, 'the share that is open is that of survival');
SELECT is((SELECT share_won FROM elg.win_curve WHERE (made, line, age) = ('now', 'partner_influenced', 90)),
          (SELECT round(win_incidence_at(s, 90)::numeric, 6) FROM (SELECT deal_stats_agg(amount, outcome, arrived_on, closed_on, date '2026-09-30') AS s FROM elg.deal_then
           WHERE (made, line) = ('now', 'partner_influenced')) q), 'and the share that is won that of win_incidence');

-- ---------------------------------------------------------------------------
-- No look-ahead
-- ---------------------------------------------------------------------------
CREATE TEMP TABLE then_said AS SELECT made, measure, line, partner_id, period, named_deals, named, opened_in_a_year, not_yet_opened, expected, low, high FROM elg.forecast WHERE is_backtest;
CREATE TEMP TABLE then_named AS SELECT made, deal_id, quarter, line, stage, age, amount, win_rate, chance FROM elg.forecast_deal WHERE made = 'a year ago';
CREATE TEMP TABLE now_said AS SELECT * FROM elg.forecast WHERE NOT is_backtest;
-- deals won became lost, others are worth three times as much, a hundred came, with touches and history, all after that day
UPDATE crm.deal SET outcome = 'lost' WHERE outcome = 'won' AND closed_at >= '2025-10-01' AND deal_id < 'D0900';
UPDATE crm.deal SET amount = 3 * amount, arr = 3 * arr, gross_margin = 3 * gross_margin WHERE closed_at >= '2025-10-01' OR closed_at IS NULL;
INSERT INTO crm.deal (deal_id, account_id, name, type, outcome, amount, arr, gross_margin, opened_at, closed_at, owner, lead_source, program, region, co_sell, marketplace,
	on_partner_paper, first_value_at) SELECT 'X' || deal_id, account_id, name, type, outcome, amount, arr, gross_margin, opened_at + interval '1 year', closed_at + interval '1 year', owner, lead_source, program, region, co_sell, marketplace,
	on_partner_paper, first_value_at FROM crm.deal WHERE opened_at >= '2025-01-01' AND opened_at < '2025-04-01' AND closed_at < '2025-09-01';
INSERT INTO crm.touch (touch_id, deal_id, partner_id, kind, occurred_at, weight) SELECT 'X' || touch_id, 'X' || deal_id, partner_id, kind, occurred_at + interval '1 year', weight FROM crm.touch WHERE 'X' || deal_id IN (SELECT deal_id FROM crm.deal);
INSERT INTO crm.touch (touch_id, deal_id, partner_id, kind, occurred_at, weight) SELECT 'Y' || deal_id, deal_id, 'P01', 'joint_call', greatest(opened_at, timestamptz '2025-10-01'), 1 FROM crm.deal
	WHERE closed_at >= '2025-10-02' OR closed_at IS NULL;
UPDATE crm.deal_history SET stage = 'proposal', amount = 7 WHERE valid_from >= '2025-10-01' AND outcome = 'open';
CALL refresh_mart('elg', '{deal,touch,deal_history,account_touch,credit_line,partner_deal,deal_fact,deal_then,win_curve,forecast_deal,forecast,forecast_part}');
SELECT isnt_empty('SELECT measure, line, partner_id, period, expected FROM elg.forecast WHERE NOT is_backtest EXCEPT SELECT measure, line, partner_id, period, expected FROM now_said', 'what is foretold now has changed');
SELECT isnt_empty($$SELECT 1 FROM elg.forecast WHERE is_backtest AND came <> 0 AND period = 'all four' AND partner_id = '' AND NOT is_within$$, 'and what came');
SELECT set_eq('SELECT made, deal_id, quarter, line, stage, age, amount, win_rate, chance FROM elg.forecast_deal WHERE made = ''a year ago''', 'TABLE then_named', 'but not what would have been named a year ago');
SELECT set_eq('SELECT made, measure, line, partner_id, period, named_deals, named, opened_in_a_year, not_yet_opened, expected, low, high FROM elg.forecast WHERE is_backtest AND measure = ''amount''',
              'SELECT * FROM then_said WHERE measure = ''amount''', 'nor what would have been said');
SELECT is_empty($$SELECT 1 FROM elg.forecast f JOIN then_said t USING (made, measure, line, partner_id, period) WHERE f.measure = 'arr' AND abs(f.expected - t.expected) > 1$$, 'recurring revenue neither, to the cents of the part that it is');
SELECT results_eq('SELECT DISTINCT known_share FROM elg.forecast WHERE is_backtest', 'VALUES (1.000000)', 'since the history knows what each deal was worth');

-- without the history of that time
DELETE FROM elg.relation_part WHERE relation = 'deal_history';
DELETE FROM elg.deal_history WHERE valid_from < '2026-01-01';
CALL refresh_mart('elg', '{deal_then,win_curve,forecast_deal,forecast,forecast_part}', full_refresh => true);
SELECT results_eq('SELECT DISTINCT known_share FROM elg.forecast WHERE is_backtest', 'VALUES (0.000000)', 'without it, it says that it took the amounts of now');
SELECT is((SELECT count(*) FROM elg.forecast_deal WHERE made = 'a year ago' AND stage IS NOT NULL), 0::bigint, 'and no stage');

SELECT * FROM finish();
ROLLBACK;
