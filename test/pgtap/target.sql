-- target: that every figure has its source, that verdicts follow the table, and that users' rows replace and outlive it

-- Dumped and restored, by the owner of a database who is not a superuser
\! psql -Xqc 'CREATE ROLE ecosystem_target_owner'
\! createdb -O ecosystem_target_owner ecosystem_target_1; createdb -O ecosystem_target_owner ecosystem_target_2
\! psql -Xqd ecosystem_target_1 -c 'SET ROLE ecosystem_target_owner' -c 'CREATE EXTENSION ecosystem' -c "INSERT INTO ecosystem.target (metric, range, better, source) VALUES ('ecosystem_roi', '[3,4]', 'higher', 'our board'), ('our_metric', '(,7)', 'lower', 'our board')" 2>&1
\! { echo 'SET ROLE ecosystem_target_owner;'; pg_dump --role=ecosystem_target_owner ecosystem_target_1; } | psql -Xq -v ON_ERROR_STOP=1 -d ecosystem_target_2 >/dev/null
\set restored `psql -XAtd ecosystem_target_2 -c "SELECT string_agg(concat_ws(' ', metric, range, source), '; ' ORDER BY metric) FROM ecosystem.target WHERE NOT builtin" -c "SELECT ecosystem.verdict('ecosystem_roi', 3.5), count(*) > 90 FROM ecosystem.target WHERE builtin"`
\! dropdb ecosystem_target_1; dropdb ecosystem_target_2; psql -Xqc 'DROP ROLE ecosystem_target_owner'

BEGIN;
SET search_path = ecosystem, public;
SELECT plan(38);
SELECT is(:'restored'::text, E'ecosystem_roi [3,4] our board; our_metric (,7) our board\non target|t', 'users'' rows survive dump and restore, by an owner who is no superuser');

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
SELECT is(verdict('co_sell_cac', 1), NULL, 'an unknown metric');
SELECT is(verdict('ecosystem_roi', NULL::numeric), NULL, 'no value');
SELECT is(meets_target('unknown', 1), NULL, 'neither is met');
SELECT is(verdict('influenced_pipeline_share', 0.4::double precision), 'on target', 'rates');
SELECT is(meets_target('influenced_pipeline_share', 0.4::double precision), true, 'and targets of rates');
SELECT is(verdict('influenced_pipeline_share', 0.1::double precision + 0.3::double precision), 'on target', 'rounded ones');
SELECT is(verdict('ecosystem_roi', v), 'above target', 'far numbers') FROM (VALUES ('NaN'::numeric), ('Infinity'), (1e100)) x(v);
SELECT is(verdict('joint_accounts_of_partner', v), w, 'working set') FROM (VALUES (7, 'rolodex'), (8, 'working set'), (15, 'working set'), (16, 'working set, with more accounts than can be pursued')) x(v, w);

-- Rows of one's own
INSERT INTO target (metric, kind, range, unit, better, verdict, source) VALUES
	('influenced_pipeline_share', 'target', '[0.3,)', 'share', 'higher', NULL, 'plan 2027'),
	('influenced_pipeline_share', 'band', '(,0.1)', 'share', NULL, 'not started', 'plan 2027');
SELECT results_eq($$SELECT v, verdict('influenced_pipeline_share', v), meets_target('influenced_pipeline_share', v) FROM (VALUES (0.05), (0.25), (0.35), (0.55)) x(v)$$,
	$$VALUES (0.05, 'not started', false), (0.25, 'below target', false), (0.35, 'on target', true), (0.55, 'on target', true)$$, 'replace all built-in ones of the metric');
SELECT is(verdict('ecosystem_roi', 5), 'on target', 'and of no other');
SELECT results_eq($$SELECT kind, low, high, low_included, builtin FROM target_in_force WHERE metric = 'influenced_pipeline_share' ORDER BY kind$$,
	$$VALUES ('band', NULL::numeric, 0.1, false, false), ('target', 0.3, NULL, true, false)$$, 'the view shows them');
DELETE FROM target WHERE NOT builtin;
SELECT is(verdict('influenced_pipeline_share', 0.3), 'developing', 'deleted, the built-in ones are back');

-- Refused rows
SELECT throws_ok($$INSERT INTO target (metric, range, source) VALUES ('x', '[1,2]', 'us')$$, '23514', NULL, 'a target says what is better');
SELECT throws_ok($$INSERT INTO target (metric, kind, range, source) VALUES ('x', 'band', '[1,2]', 'us')$$, '23514', NULL, 'a band has words');
SELECT throws_ok($$INSERT INTO target (metric, range, better, source) VALUES ('x', 'empty', 'higher', 'us')$$, '23514', NULL, 'a range is not empty');
SELECT throws_ok($$INSERT INTO target (metric, kind, range, source) VALUES ('x', 'goal', '[1,2]', 'us')$$, '23514', NULL, 'kinds');
CREATE ROLE ecosystem_test_reader;
SET LOCAL ROLE ecosystem_test_reader;
SELECT is((SELECT verdict('ecosystem_roi', 5)), 'on target', 'everybody may ask');
SELECT throws_ok($$INSERT INTO target (metric, range, better, source) VALUES ('x', '[1,2]', 'higher', 'me')$$, '42501', NULL, 'but not everybody may set targets');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
