-- target: that every figure has its source, that verdicts follow the table, and that users' rows replace and outlive it

-- Dumped and restored, by the owner of a database who is not a superuser
\! psql -Xqc 'CREATE ROLE ecosystem_target_owner'
\! createdb -O ecosystem_target_owner ecosystem_target_1; createdb -O ecosystem_target_owner ecosystem_target_2
\! psql -Xqd ecosystem_target_1 -c 'SET ROLE ecosystem_target_owner' -c 'CREATE EXTENSION ecosystem' -c "INSERT INTO ecosystem.target (metric, range, unit, lowest, better, source) VALUES ('ecosystem_roi', '[3,4]', 'ratio', NULL, 'higher', 'our board'), ('our_metric', '(,7)', 'furlongs', 1, 'lower', 'our board')" 2>&1
\! { echo 'SET ROLE ecosystem_target_owner;'; pg_dump --role=ecosystem_target_owner ecosystem_target_1; } | psql -Xq -v ON_ERROR_STOP=1 -d ecosystem_target_2 >/dev/null
\set restored `psql -XAtd ecosystem_target_2 -c "SELECT string_agg(concat_ws(' ', metric, range, unit, lowest, source), '; ' ORDER BY metric) FROM ecosystem.target WHERE NOT builtin" -c "SELECT ecosystem.verdict('ecosystem_roi', 3.5), count(*) > 90 FROM ecosystem.target WHERE builtin"`
\! dropdb ecosystem_target_1; dropdb ecosystem_target_2; psql -Xqc 'DROP ROLE ecosystem_target_owner'

BEGIN;
SET search_path = ecosystem, public;
SELECT plan(97);
SELECT is(:'restored'::text, E'ecosystem_roi [3,4] ratio our board; our_metric (,7) furlongs 1 our board\non target|t', 'users'' rows survive dump and restore, by an owner who is no superuser');

-- The table
SELECT is_empty('SELECT * FROM target WHERE NOT builtin', 'all of it came with the extension');
SELECT is_empty($$SELECT * FROM target WHERE (sentence IS NULL) <> (source LIKE 'ecosystem:%')$$, 'every row has its sentence, or says that it is ours');
SELECT is((SELECT count(DISTINCT source) FROM target), 6::bigint, 'of five sources and ourselves');
SELECT is_empty($$SELECT * FROM target WHERE kind <> 'band' AND sentence IS NULL$$, 'ours are words between two bands alone');
SELECT is_empty($$SELECT a.metric FROM target a JOIN target b ON a.metric = b.metric AND a.kind = 'band' AND b.kind = 'band' AND a.range < b.range WHERE a.range && b.range$$, 'no two bands of a metric overlap');
SELECT is_empty($$SELECT metric FROM target WHERE metric !~ '^[a-z][a-z0-9_]*$' OR unit IS NULL$$, 'names and units');
SELECT is_empty($$SELECT metric FROM target WHERE unit = 'share' AND NOT range <@ numrange(NULL, 1, '[]') AND NOT upper_inf(range)$$, 'shares are not percents');
SELECT is((SELECT count(*) FROM target_in_force), (SELECT count(*) FROM target), 'all in force');

-- Verdicts
SELECT results_eq($$SELECT v, verdict('influenced_pipeline_share', v), meets_target('influenced_pipeline_share', v) FROM (VALUES (0), (0.1999), (0.2), (0.3999), (0.4), (0.5), (0.5001), (0.7)) x(v)$$,
	$$VALUES (0, 'a partner program, not an ecosystem', false), (0.1999, 'a partner program, not an ecosystem', false), (0.2, 'developing', false), (0.3999, 'developing', false),
	  (0.4, 'on target', true), (0.5, 'on target', true), (0.5001, 'primary growth engine', true), (0.7, 'primary growth engine', true)$$, 'bands, and beyond the better side of the target');
SELECT results_eq($$SELECT v, verdict('time_to_activation_days', v), meets_target('time_to_activation_days', v) FROM (VALUES (7), (21), (22), (89), (90)) x(v)$$,
	$$VALUES (7, 'healthy', true), (21, 'healthy', true), (22, 'slower than healthy', false), (89, 'slower than healthy', false), (90, 'onboarding too slow', false)$$, 'lower is better');
SELECT results_eq($$SELECT v, verdict('ecosystem_roi', v), meets_target('ecosystem_roi', v) FROM (VALUES (4.9), (5), (10), (11)) x(v)$$,
	$$VALUES (4.9, 'below target', false), (5, 'on target', true), (10, 'on target', true), (11, 'above target', true)$$, 'a target without bands');
SELECT results_eq($$SELECT v, meets_target('partners_per_deal', v) FROM (VALUES (1), (2), (4), (5)) x(v)$$, $$VALUES (1, false), (2, true), (4, true), (5, false)$$, 'a target to be inside of');
SELECT results_eq($$SELECT v, verdict('time_to_effect_months', v), meets_target('time_to_effect_months', v) FROM (VALUES (5), (6), (13)) x(v)$$,
	$$VALUES (5, 'below benchmark', NULL::boolean), (6, 'at benchmark', NULL), (13, 'above benchmark', NULL)$$, 'a benchmark is no target');
SELECT is(verdict('influenced_revenue_share', 0.65), 'above target', 'a target comes before a benchmark');
SELECT is(verdict('ecosystem_roi', NULL::numeric), NULL, 'no value');
SELECT is(meets_target('ecosystem_roi', NULL::float8), NULL, 'neither is met');
SELECT is(verdict(NULL, 1), NULL, 'no metric');
SELECT is(verdict('influenced_pipeline_share', 0.4::double precision), 'on target', 'rates');
SELECT is(meets_target('influenced_pipeline_share', 0.4::double precision), true, 'and targets of rates');
SELECT is(verdict('influenced_pipeline_share', 0.1::double precision + 0.3::double precision), 'on target', 'rounded ones');
SELECT is(verdict('ecosystem_roi', v), 'above target', 'far numbers') FROM (VALUES ('Infinity'::numeric), (1e100)) x(v);
SELECT is(verdict('joint_accounts_of_partner', v), w, 'working set') FROM (VALUES (7, 'rolodex'), (8, 'working set'), (15, 'working set'), (16, 'working set, with more accounts than can be pursued')) x(v, w);

-- What a metric cannot be
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate, sqlerrm, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT is(pg_temp.refused(statement), said, statement) FROM (VALUES
	($$SELECT verdict('influenced_pipeline_share', 15)$$, '22003 | influenced_pipeline_share cannot be 15 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.15 for 15 %.'),
	($$SELECT verdict('influenced_pipeline_share', 15.5::float8)$$, '22003 | influenced_pipeline_share cannot be 15.5 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.155 for 15.5 %.'),
	($$SELECT meets_target('influenced_pipeline_share', 15)$$, '22003 | influenced_pipeline_share cannot be 15 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.15 for 15 %.'),
	($$SELECT verdict('influenced_pipeline_share', 1500)$$, '22003 | influenced_pipeline_share cannot be 1500 | It is at most 1; its unit is share.'),
	($$SELECT verdict('influenced_pipeline_share', -0.1)$$, '22003 | influenced_pipeline_share cannot be -0.1 | It is at least 0; its unit is share.'),
	($$SELECT verdict('influenced_pipeline_share', 'NaN'::numeric)$$, '22003 | influenced_pipeline_share cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT meets_target('ecosystem_roi', 'NaN'::float8)$$, '22003 | ecosystem_roi cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT verdict('time_to_activation_days', -5)$$, '22003 | time_to_activation_days cannot be -5 | It is at least 0; its unit is days.'),
	($$SELECT verdict('co_sell_cycle_reduction', 30)$$, '22003 | co_sell_cycle_reduction cannot be 30 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.3 for 30 %.'),
	($$SELECT verdict('removal_effect', -15)$$, '22003 | removal_effect cannot be -15 | It is at least -1; its unit is change.'),
	($$SELECT verdict('removal_effect', 0.01)$$, '22003 | removal_effect cannot be 0.01 | It is at most 0; its unit is change.'),
	($$SELECT verdict('maturity_zone', 5)$$, '22003 | maturity_zone cannot be 5 | It is at most 4; its unit is zone.'),
	($$SELECT verdict('partner_rank', 0)$$, '22003 | partner_rank cannot be 0 | It is at least 1; its unit is rank.'),
	($$SELECT verdict('influenced_pipline_share', 0.5)$$, '42704 | metric "influenced_pipline_share" is not defined | Perhaps you meant "influenced_pipeline_share".'),
	($$SELECT meets_target('influenced_pipeline', 0.5)$$, '42704 | metric "influenced_pipeline" is not defined | Perhaps you meant "influenced_pipeline_share".'),
	($$SELECT verdict('Ecosystem_ROI', NULL::float8)$$, '42704 | metric "Ecosystem_ROI" is not defined | Perhaps you meant "ecosystem_roi".'),
	($$SELECT verdict('zzz', 1)$$, '42704 | metric "zzz" is not defined | The table target has the metrics; insert rows of your own to define others.'),
	($$SELECT verdict('', 1)$$, '42704 | metric "" is not defined | The table target has the metrics; insert rows of your own to define others.'),
	($$SELECT verdict('x', 1) FROM (SELECT repeat('x', 100000) AS x) q$$, '42704 | metric "x" is not defined | The table target has the metrics; insert rows of your own to define others.'),
	($$SELECT cltv('ignored=0', 75)$$, '22003 | gross_margin cannot be 75 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.75 for 75 %.'),
	($$SELECT cltv('ignored=0', 'NaN')$$, '22003 | gross_margin cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT cltv(10, 75, 'ignored=0', 4)$$, '22003 | gross_margin cannot be 75 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.75 for 75 %.'),
	($$SELECT cltv('NaN', 0.75, 'ignored=0', 4)$$, '22003 | amount cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT cltv(10, 0.75, 'ignored=0', -4)$$, '22003 | duration -4 is negative'),
	($$SELECT retained_revenue(1000, 5, 8)$$, '22003 | other_churn cannot be 8 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.08 for 8 %.'),
	($$SELECT retained_revenue(1000, 5, 0.08)$$, '22003 | churn cannot be 5 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.05 for 5 %.'),
	($$SELECT retained_revenue(1000, -0.05, 0.08)$$, '22003 | churn cannot be -0.05 | It is at least 0; its unit is share.'),
	($$SELECT retained_revenue(1000, 0.05, 'NaN')$$, '22003 | other_churn cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT retained_revenue('NaN', 0.05, 0.08)$$, '22003 | base cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT cac(1000, -1)$$, '22003 | won_deals cannot be -1 | It is at least 0; its unit is count.'),
	($$SELECT cac('NaN', 1)$$, '22003 | investment cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT survival_at('ignored=0', -5)$$, '22003 | duration -5 is negative'),
	($$SELECT churn_reduction('ignored=0', 'ignored=0', -5)$$, '22003 | duration -5 is negative'),
	($$SELECT win_incidence_at('deals=0', -5)$$, '22003 | number of days -5 is negative'),
	($$SELECT _deal_lift_verdict('win_rate', 'wins more often', 'NaN')$$, '22003 | co_sell_win_rate_ratio cannot be NaN | NULL is for a value that is not known.'),
	($$SELECT _deal_lift_verdict('winrate', 'wins more often', 1.2)$$, '42704 | metric "winrate" is not defined | Perhaps you meant "win_rate".'),
	($$SELECT cycle_quantile('deals=0', 50)$$, '22003 | quantile 50 is not between 0 and 1 | The median is 0.5.'),
	($$SELECT led_claim('v1', 60)$$, '22003 | claimed share 60 is not between 0 and 1 | Write a share, not a percentage: 0.6 for 60 %.')) v(statement, said);
SELECT results_eq($$SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'ecosystem'::regnamespace AND 'confidence' = ANY (proargnames)
	AND pg_temp.refused(format('SELECT %s(%s)', proname, (SELECT string_agg(CASE n WHEN 'confidence' THEN '95' WHEN 'limits' THEN '''log''' WHEN 'measure' THEN
		CASE proname WHEN 'led_claim' THEN '''amount''' ELSE '''win_rate''' END WHEN 'scope' THEN '''won'''
		ELSE CASE t WHEN 'deal_stats'::regtype THEN '''deals=0''::deal_stats' WHEN 'survival'::regtype THEN '''ignored=0''::survival'
			WHEN 'integer'::regtype THEN '5' WHEN 'bigint'::regtype THEN '5' WHEN 'involvement_summary'::regtype THEN '''v1''::involvement_summary' WHEN 'deal_lift'::regtype THEN '(SELECT deal_lift_agg(true, 1, ''won'', NULL::date, NULL))'
			ELSE '0.5' END END, ', ' ORDER BY o)
		FROM unnest(proargtypes::oid[], proargnames[1:pronargs]) WITH ORDINALITY a(t, n, o))))
		NOT LIKE '22003 | confidence 95 is not between 0 and 1 |%'$$, 'SELECT NULL::text WHERE false', 'no function takes a confidence of 95');
SELECT results_eq($$SELECT v, verdict('co_sell_amount_increase', v), meets_target('integrated_churn_reduction', least(v, 1)) FROM (VALUES (-1.5), (0.3), (25)) x(v)$$,
	$$VALUES (-1.5, 'below target', false), (0.3, 'on target', true), (25, 'on target', true)$$, 'changes may be below 0, and of means above 1');
SELECT is(verdict('ecosystem_roi', -1), 'below target', 'what is returned may be less than nothing');
SELECT is_empty($$SELECT metric FROM target GROUP BY metric HAVING count(DISTINCT (unit, lowest, highest)) > 1$$, 'a metric has one unit and one range of values');
SELECT results_eq('SELECT unit, possible_values(unit, lowest, highest) FROM (VALUES (''share'', NULL::numeric, NULL::numeric), (''days'', NULL, NULL), (''share'', -1, 3), (''furlongs'', NULL, NULL)) v(unit, lowest, highest)',
	$$VALUES ('share', '[0,1]'::numrange), ('days', '[0,)'), ('share', '[-1,3]'), ('furlongs', '(,)')$$, 'a unit has its limits');

-- Rows of one's own
INSERT INTO target (metric, kind, range, unit, better, verdict, source) VALUES
	('influenced_pipeline_share', 'target', '[0.3,)', 'share', 'higher', NULL, 'plan 2027'),
	('influenced_pipeline_share', 'band', '(,0.1)', 'share', NULL, 'not started', 'plan 2027');
SELECT results_eq($$SELECT v, verdict('influenced_pipeline_share', v), meets_target('influenced_pipeline_share', v) FROM (VALUES (0.05), (0.25), (0.35), (0.55)) x(v)$$,
	$$VALUES (0.05, 'not started', false), (0.25, 'below target', false), (0.35, 'on target', true), (0.55, 'on target', true)$$, 'replace all built-in ones of the metric');
SELECT is(verdict('ecosystem_roi', 5), 'on target', 'and of no other');
SELECT results_eq($$SELECT kind, low, high, low_included, builtin FROM target_in_force WHERE metric = 'influenced_pipeline_share' ORDER BY kind$$,
	$$VALUES ('band', NULL::numeric, 0.1, false, false), ('target', 0.3, NULL, true, false)$$, 'the view shows them');
INSERT INTO target (metric, kind, range, unit, lowest, highest, better, source) VALUES
	('co_sell_cycle_reduction', 'target', '[0.1,)', 'share', NULL, NULL, 'higher', 'plan 2027'),
	('active_producer_share', 'target', '[30,)', 'percent', NULL, NULL, 'higher', 'plan 2027'),
	('partner_nps', 'target', '[40,)', 'points', -100, 100, 'higher', 'plan 2027'),
	('partner_mood', 'target', '[40,)', 'points', NULL, NULL, 'higher', 'plan 2027');
SELECT is(meets_target('co_sell_cycle_reduction', -2), false, 'limits that are not said are those of the built-in rows');
SELECT is(pg_temp.refused($$SELECT verdict('co_sell_cycle_reduction', 30)$$), '22003 | co_sell_cycle_reduction cannot be 30 | It is at most 1; its unit is share. | Write a share, not a percentage: 0.3 for 30 %.', 'above, too');
SELECT is(verdict('active_producer_share', 35), 'on target', 'another unit has its own');
SELECT is(pg_temp.refused($$SELECT verdict('partner_nps', 101)$$), '22003 | partner_nps cannot be 101 | It is at most 100; its unit is points.', 'a metric of one''s own');
SELECT is(verdict('partner_mood', 101), 'on target', 'or none');
SELECT is(pg_temp.refused($$SELECT verdict('partner_mod', 101)$$), '42704 | metric "partner_mod" is not defined | Perhaps you meant "partner_mood".', 'hints know it');
SELECT results_eq($$SELECT metric, low, lowest, highest FROM target_in_force WHERE NOT builtin AND metric <> 'influenced_pipeline_share' ORDER BY 1$$,
	$$VALUES ('active_producer_share', 30::numeric, NULL::numeric, NULL::numeric), ('co_sell_cycle_reduction', 0.1, 0, 1), ('partner_mood', 40, NULL, NULL), ('partner_nps', 40, -100, 100)$$, 'the view shows what a row says');
DELETE FROM target WHERE NOT builtin;
SELECT is(verdict('influenced_pipeline_share', 0.3), 'developing', 'deleted, the built-in ones are back');

-- Refused rows
SELECT throws_ok(format('INSERT INTO target (metric, kind, range, unit, lowest, highest, better, verdict, source) VALUES (''x'', %s, ''us'')', row), state, NULL, why) FROM (VALUES
	($$'target', '[1,2]', 'count', NULL, NULL, NULL, NULL$$, '23514', 'a target says what is better'),
	($$'band', '[1,2]', 'count', NULL, NULL, NULL, NULL$$, '23514', 'a band has words'),
	($$'target', 'empty', 'count', NULL, NULL, 'higher', NULL$$, '23514', 'a range is not empty'),
	($$'goal', '[1,2]', 'count', NULL, NULL, NULL, NULL$$, '23514', 'kinds'),
	($$'target', '[1,2]', NULL, NULL, NULL, 'higher', NULL$$, '23502', 'a metric has a unit'),
	($$'target', '[1,2]', '', NULL, NULL, 'higher', NULL$$, '23514', 'with a name'),
	($$'target', '[30,)', 'share', NULL, NULL, 'higher', NULL$$, '23514', 'a percentage is no limit of a share'),
	($$'target', '(,60]', 'share', NULL, NULL, 'higher', NULL$$, '23514', 'neither above'),
	($$'target', '[-5,)', 'days', NULL, NULL, 'higher', NULL$$, '23514', 'a duration is not negative'),
	($$'target', '[NaN,)', 'points', NULL, NULL, 'higher', NULL$$, '23514', 'NaN is no limit'),
	($$'target', '[1,2]', 'points', 'NaN', NULL, 'higher', NULL$$, '23514', 'nor a lowest value'),
	($$'target', '[1,2]', 'points', NULL, 'NaN', 'higher', NULL$$, '23514', 'nor a highest one'),
	($$'target', '[1,2]', 'points', 2, NULL, 'higher', NULL$$, '23514', 'limits are possible values'),
	($$'target', '[1,2]', 'share', 3, NULL, 'higher', NULL$$, '22000', 'the lowest value is not above the highest')) v(row, state, why);
CREATE ROLE ecosystem_test_reader;
SET LOCAL ROLE ecosystem_test_reader;
SELECT is((SELECT verdict('ecosystem_roi', 5)), 'on target', 'everybody may ask');
SELECT throws_ok($$INSERT INTO target (metric, range, unit, better, source) VALUES ('x', '[1,2]', 'count', 'higher', 'me')$$, '42501', NULL, 'but not everybody may set targets');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
