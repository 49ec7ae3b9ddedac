-- Involved or led: what counts, what does not, and that the order of the rows,
-- the number of workers and the split into shards change nothing.
BEGIN;
SET search_path = ecosystem, public;
SET TimeZone = 'UTC';

SELECT plan(274);

-- A deal from lists of touches.  Opened on 2026-01-05 at ten unless said otherwise.
CREATE FUNCTION pg_temp.deal(kinds text[], times timestamptz[],
	closed timestamptz DEFAULT '2026-04-01 12:00', opened timestamptz DEFAULT '2026-01-05 10:00',
	recorded timestamptz[] DEFAULT NULL, rule led_rule DEFAULT NULL) RETURNS deal_motion
LANGUAGE sql AS $$
	SELECT deal_motion_agg(k, t, opened, closed, r, rule) FROM unnest(kinds, times, recorded) u(k, t, r)
$$;

-- The four axes, all on time.
CREATE FUNCTION pg_temp.led_kinds() RETURNS text[] LANGUAGE sql AS
	$$ SELECT '{referral,joint_target_list,joint_pitch,co_sell_plan}'::text[] $$;
CREATE FUNCTION pg_temp.led_times() RETURNS timestamptz[] LANGUAGE sql AS
	$$ SELECT '{2025-12-20,2025-12-22,2026-01-12,2026-01-02}'::timestamptz[] $$;

-- Classes

SELECT is(involvement(pg_temp.deal('{NULL}', '{NULL}')), 'direct', 'a LEFT JOIN without a touch: direct');
SELECT is(touches(pg_temp.deal('{NULL}', '{NULL}')), 0::bigint, 'and no touch is counted');
SELECT is(touches(pg_temp.deal('{NULL}', '{2026-01-01}')), 0::bigint, 'not even a dated one without a kind');
SELECT is(involvement(pg_temp.deal('{}', '{}')), 'direct', 'no row at all: direct, too');
SELECT is(pg_temp.deal('{}', '{}')::text, 'v2', 'and the state is empty, not NULL');
SELECT is(involvement(pg_temp.deal('{overlap,integration_present}', '{2026-01-01,NULL}')), 'covered',
	'only passive records: covered');
SELECT is(passive_records(pg_temp.deal('{overlap,integration_present}', '{2026-01-01,NULL}')), 2::bigint,
	'passive records are counted');
SELECT is(touches(pg_temp.deal('{overlap,integration_present}', '{2026-01-01,NULL}')), 0::bigint,
	'but are no touches');
SELECT is(involvement(pg_temp.deal('{reference,referral}', '{NULL,NULL}')), 'unproven', 'undated only: unproven');
SELECT is(undated(pg_temp.deal('{reference,referral}', '{NULL,NULL}')), 2::bigint, 'undated touches are counted');
SELECT is(involvement(pg_temp.deal('{overlap,reference}', '{2026-01-01,NULL}')), 'unproven',
	'an unproven touch is more than a passive record');
SELECT is(involvement(pg_temp.deal('{reference}', '{2026-04-01 12:00}')), 'involved',
	'a touch in the microsecond of the close: involved');
SELECT is(involvement(pg_temp.deal('{reference}', '{2026-04-01 12:00:00.000001}')), 'unproven',
	'a touch one microsecond after the close: unproven');
SELECT is(touches_after_close(pg_temp.deal('{reference,reference}', '{2026-04-01 12:00:00.000001,2026-03-01}')), 1::bigint,
	'touches after the close are counted');
SELECT is(touches(pg_temp.deal('{reference,reference,reference}', '{2026-04-02,2026-03-01,NULL}')), 3::bigint,
	'touches: before the close, after it and undated');
SELECT is(involvement(pg_temp.deal('{reference}', '{2031-01-01}', closed => NULL)), 'involved',
	'any dated touch of an open deal: involved');
SELECT is(involvement(pg_temp.deal('{a kind of our own}', '{2026-02-01}')), 'involved',
	'an unknown kind is a touch without an axis');
SELECT is(motion_score(pg_temp.deal('{a kind of our own}', '{2025-12-01}')), 0, 'and proves no axis');
SELECT is(involvement(pg_temp.deal('{""}', '{2026-02-01}')), 'involved', 'so is an empty kind');
SELECT is(involvement(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times())), 'led', 'all four axes on time: led');
SELECT is(motion_score(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times())), 4, 'led scores four');
SELECT is(led_axes(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times())),
	'{sourcing,selection,motion,intent}'::text[], 'led axes come in the order of the four');
SELECT is(missing_axes(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times())), '{}'::text[], 'nothing is missing');
SELECT is(involvement(pg_temp.deal(pg_temp.led_kinds() || '{reference}'::text[], pg_temp.led_times() || '{NULL}'::timestamptz[])),
	'led', 'an undated touch takes nothing away');

-- Each axis needs evidence of its own
SELECT is(involvement(pg_temp.deal((pg_temp.led_kinds())[:i::int-1] || (pg_temp.led_kinds())[i::int+1:],
	(pg_temp.led_times())[:i::int-1] || (pg_temp.led_times())[i::int+1:])), 'involved', axis || ' missing: involved')
FROM unnest('{sourcing,selection,motion,intent}'::text[]) WITH ORDINALITY a(axis, i);
SELECT is(missing_axes(pg_temp.deal((pg_temp.led_kinds())[:i::int-1] || (pg_temp.led_kinds())[i::int+1:],
	(pg_temp.led_times())[:i::int-1] || (pg_temp.led_times())[i::int+1:])), ARRAY[axis], axis || ' is what is missing')
FROM unnest('{sourcing,selection,motion,intent}'::text[]) WITH ORDINALITY a(axis, i);
SELECT is(missing_axes(pg_temp.deal('{co_sell_plan}', '{2026-01-01}')), '{sourcing,selection,motion}'::text[],
	'a plan alone is intent, not motion');
SELECT is(missing_axes(pg_temp.deal('{}', '{}')), '{sourcing,selection,motion,intent}'::text[],
	'a deal nobody touched misses all four');

-- Boundaries: opened 2026-01-05 10:00
SELECT is(led_axes(pg_temp.deal(ARRAY[kind], ARRAY[at::timestamptz])), axes::text[], format('%s at %s: %s', kind, at, axes))
FROM (VALUES
	('co_sell_plan',  '2026-01-05 10:00:00',        '{intent}'),
	('co_sell_plan',  '2026-01-05 10:00:01',        '{}'),
	('co_sell_plan',  '2026-01-05 10:00:00.000001', '{}'),
	('co_sell_plan',  '1990-01-01',                 '{intent}'),
	('selection',     '2026-01-05 10:00:00',        '{selection}'),
	('selection',     '2026-01-05 10:00:00.000001', '{}'),
	('joint_call',    '2026-01-19 10:00:00',        '{motion}'),
	('joint_call',    '2026-01-19 10:00:00.000001', '{}'),
	('joint_call',    '2025-01-19 10:00:00',        '{motion}'),
	('referral',      '2026-01-05 10:00:00',        '{sourcing}'),
	('referral',      '2026-01-05 10:00:00.000001', '{}'),
	('referral',      '2025-10-07 10:00:00',        '{sourcing}'),
	('referral',      '2025-10-07 09:59:59.999999', '{}')) v(kind, at, axes);
SELECT is(led_axes(pg_temp.deal('{joint_pitch,joint_pitch}', '{2026-03-01,2026-01-06}')), '{motion}'::text[],
	'the first joint pitch decides, whatever comes later');
SELECT is(led_axes(pg_temp.deal('{referral,referral}', '{2024-01-01,2026-01-04}')), '{sourcing}'::text[],
	'one referral too early does not spoil one in time');
SELECT is(led_axes(pg_temp.deal('{joint_pitch}', '{2026-01-08}', closed => '2026-01-07')), '{}'::text[],
	'motion within 14 days but after the close does not count');
SELECT is(involvement(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times(), closed => '2025-12-01')), 'unproven',
	'a close before all evidence: nothing is proven');

SELECT matches(explanation(pg_temp.deal('{referral,referral,reference}', '{2024-01-01 10:00,2025-09-27 10:00,2026-02-01}')), 'dated 100 days before opening',
	'of two referrals too early the nearer one is named');
SELECT matches(explanation(pg_temp.deal('{joint_call,joint_call}', '{2026-02-04 10:00,2026-01-25 10:00}')), 'dated 20 days after opening',
	'of two calls too late the earlier one is named');

-- Recorded late
SELECT is(led_axes(pg_temp.deal('{co_sell_plan}', '{2026-01-01}', recorded => '{2026-01-19 10:00}')), '{intent}'::text[],
	'recorded exactly 14 days after opening: on time');
SELECT is(led_axes(pg_temp.deal('{co_sell_plan}', '{2026-01-01}', recorded => '{2026-01-19 10:00:00.000001}')), '{}'::text[],
	'recorded a microsecond later: late, however it is dated');
SELECT is(involvement(pg_temp.deal('{co_sell_plan}', '{2026-01-01}', recorded => '{2026-03-19}')), 'involved',
	'evidence recorded late is still a touch');
SELECT is(led_axes(pg_temp.deal('{co_sell_plan,intent}', '{2026-01-01,2026-01-02}', recorded => '{2026-03-19,NULL}')), '{intent}'::text[],
	'evidence without a record date is believed');
SELECT is(led_axes(pg_temp.deal('{joint_call}', '{2026-01-10}', recorded => '{2026-01-30}')), '{}'::text[],
	'motion must be recorded in time, too');
-- Recorded on a day, of which the time is not known: late by its day, though not by its midnight
SELECT unnest(ARRAY[is(missing_reasons(m), '{no evidence,no evidence,no evidence,recorded late}', 'recorded on a day, late by its day'),
	matches(explanation(m), 'was recorded only 15 days after opening \(the rule allows 14 days 12:00:00\)', 'as its explanation says'),
	is(m::text::deal_motion::text, m::text, 'and comes back as it went')])
FROM  (SELECT deal_motion_agg('co_sell_plan', timestamptz '2026-01-01', timestamptz '2026-01-05 15:00', NULL, date '2026-01-20', led_rule(recorded_within => '14 days 12 hours')) AS m) q;

-- Why an axis is missing
SELECT is(missing_reasons(pg_temp.deal(ARRAY[kind], ARRAY[at::timestamptz], closed => closed, opened => opened, recorded => ARRAY[recorded::timestamptz], rule => rule::led_rule)), ARRAY[reason],
	format('%s at %s: %s', kind, at, reason))
FROM (VALUES
	('co_sell_plan', '2026-01-05 10:00:01', timestamptz '2026-04-01', timestamptz '2026-01-05 10:00', NULL, 'intent', 'late'),
	('co_sell_plan', '2026-01-01', '2025-12-31', '2026-01-05 10:00', NULL, 'intent', 'after the close'),
	('co_sell_plan', '2026-01-01', '2026-04-01', '2026-01-05 10:00', '2026-03-01', 'intent', 'recorded late'),
	('co_sell_plan', NULL,         '2026-04-01', '2026-01-05 10:00', NULL, 'intent', 'undated'),
	('co_sell_plan', '2026-01-01', '2026-04-01', NULL, NULL, 'intent', 'deal without opening date'),
	('reference',    '2026-01-01', '2026-04-01', '2026-01-05 10:00', NULL, 'intent', 'no evidence')) v(kind, at, closed, opened, recorded, rule, reason);
SELECT is(missing_reasons(pg_temp.deal('{referral,co_sell_plan,joint_call}', '{2025-01-01,2026-01-06,2026-01-06}')), '{too early,no evidence,late}'::text[], 'a reason for each missing axis');
SELECT is(missing_axes(pg_temp.deal('{referral,co_sell_plan,joint_call}', '{2025-01-01,2026-01-06,2026-01-06}')), '{sourcing,selection,intent}'::text[], 'in the order of the axes');
SELECT is(missing_reasons(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times())), '{}'::text[], 'led: no reason');
SELECT is(missing_reasons(pg_temp.deal('{}', '{}')), '{no evidence,no evidence,no evidence,no evidence}'::text[], 'no row at all: nothing on record');

-- Origin
SELECT is(origin(pg_temp.deal(kinds::text[], times::timestamptz[])), origin, format('%s: %s', kinds, origin))
FROM (VALUES
	('{referral}',                '{2026-01-01}',            'partner_sourced'),
	('{partner_introduction}',    '{2026-01-01}',            'partner_sourced'),
	('{deal_registration}',       '{2026-01-01}',            'partner_sourced'),
	('{overlap_signal}',          '{2026-01-01}',            'ecosystem_sourced'),
	('{sourcing}',                '{2026-01-01}',            'ecosystem_sourced'),
	('{overlap_signal,referral}', '{2025-12-01,2026-01-01}', 'partner_sourced'),
	('{overlap_signal,referral}', '{2025-12-01,2026-01-06}', 'ecosystem_sourced'),
	('{referral}',                '{2026-01-06}',            'partner_influenced'),
	('{reference}',               '{2026-02-01}',            'partner_influenced'),
	('{referral}',                '{NULL}',                  'unpartnered'),
	('{overlap}',                 '{2026-01-01}',            'unpartnered'),
	('{NULL}',                    '{NULL}',                  'unpartnered')) v(kinds, times, origin);

-- Kinds
SELECT is(led_axes(pg_temp.deal(ARRAY[kind], '{2026-01-01}')), '{intent}'::text[], format('kind "%s"', kind))
FROM unnest(ARRAY['CO_SELL_PLAN', E' \tco-sell plan ', 'Co-Sell  Plan', '_co_sell_plan_', 'cosellplan', ' co_sell_plan ', E'Co\u00a0sell\u2011plan\u00a0', '-Co-SellPlan']) kind;
SELECT is(led_axes(pg_temp.deal(ARRAY[kind], '{2026-01-01}')), '{}'::text[], format('no kind: "%s"', left(kind, 30)))
FROM unnest(ARRAY['co_sell_plans', '', '-', E'co\u00e0sell plan', 'intents', 'referra', repeat('x', 300000), repeat(' ', 3000), 'ıntent']) kind;
SELECT is(E'Sourcing\u00a0+ INTENT , motion-within=7 days, Passive Counts = True'::led_rule::text, 'sourcing+intent, motion_within=7 days, sourced_within=90 days, recorded_within=14 days, passive_counts=true', 'the words of a rule');
SELECT results_eq('SELECT kind, axis, passive, partner_sourced FROM motion_kinds()',
	$$VALUES ('referral', 'sourcing', false, true), ('partner_introduction', 'sourcing', false, true),
		('overlap_signal', 'sourcing', false, false), ('deal_registration', 'sourcing', false, true),
		('sourcing', 'sourcing', false, false), ('joint_target_list', 'selection', false, false),
		('account_selection', 'selection', false, false), ('selection', 'selection', false, false),
		('joint_pitch', 'motion', false, false), ('shared_deal_review', 'motion', false, false),
		('joint_demo', 'motion', false, false), ('joint_call', 'motion', false, false),
		('motion', 'motion', false, false), ('co_sell_plan', 'intent', false, false),
		('ecosystem_designation', 'intent', false, false), ('intent', 'intent', false, false),
		('integration_present', NULL, true, false), ('overlap', NULL, true, false)$$, 'the kinds and their axes');
SELECT is_empty($$SELECT kind FROM motion_kinds()
	WHERE axis IS DISTINCT FROM (led_axes(pg_temp.deal(ARRAY[kind], '{2026-01-01}')))[1]
	OR passive IS DISTINCT FROM (involvement(pg_temp.deal(ARRAY[kind], '{2026-01-01}')) = 'covered')
	OR partner_sourced IS DISTINCT FROM (origin(pg_temp.deal(ARRAY[kind], '{2026-01-01}')) = 'partner_sourced')$$,
	'every kind does what motion_kinds() says');

-- Deals without an opening date
SELECT is(involvement(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times(), opened => NULL)), 'involved',
	'without an opening date a dated touch still is one');
SELECT is(motion_score(pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times(), opened => NULL)), 0,
	'but no axis can be proven');

-- The seed's two companies.  The first reports sixty percent influenced; it sourced almost all of it itself, and
-- the influence was a reference or an integration noticed late.  The second has less influence and a led segment.
CREATE TEMP TABLE company (name text, deal int, kind text, occurred_at timestamptz, opened_at timestamptz, closed_at timestamptz);
INSERT INTO company
SELECT 'involved at scale', d, CASE WHEN d <= 40 THEN 'reference' WHEN d <= 60 THEN 'integration_mention' END,
	CASE WHEN d <= 60 THEN timestamptz '2026-03-01' + d * interval '1 hour' END, timestamptz '2026-01-05', timestamptz '2026-04-01'
FROM generate_series(1, 100) d
UNION ALL
SELECT 'led segment', d, t.kind, t.at, timestamptz '2026-01-05', timestamptz '2026-04-01'
FROM generate_series(1, 100) d
LEFT JOIN unnest(pg_temp.led_kinds(), pg_temp.led_times()) t(kind, at) ON d <= 15 OR (d <= 30 AND t.kind = 'joint_pitch');
CREATE TEMP VIEW company_deal AS
	SELECT name, deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM company GROUP BY 1, 2;
SELECT results_eq($$SELECT name, count(*) FILTER (WHERE involvement(motion) IN ('involved', 'led')),
		count(*) FILTER (WHERE involvement(motion) = 'led') FROM company_deal GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('involved at scale', 60::bigint, 0::bigint), ('led segment', 30, 15)$$,
	'sixty percent touched and none led, beside thirty percent touched and half of it led');

-- Rules
SELECT is(led_rule()::text, 'sourcing+selection+motion+intent, motion_within=14 days, sourced_within=90 days, recorded_within=14 days, passive_counts=false',
	'the default rule');
SELECT is(led_rule('sourcing+intent', motion_within => '14 days')::text, ('sourcing+intent'::led_rule)::text, 'a rule by function and by cast');
SELECT is(led_rule('sourcing+intent')::text, ('sourcing+intent'::led_rule)::text, 'one literal: read as a cast, with the same meaning');
SELECT is(led_rule(t)::text, (t::led_rule)::text, 'one text value: the function, with the same meaning')
FROM (VALUES ('intent+sourcing'::text)) v(t);
SELECT is(r::led_rule::text::led_rule::text, want || ', passive_counts=false', format('rule "%s"', r))
FROM (VALUES
	(' Intent , motion_within => 2 weeks', 'intent, motion_within=14 days, sourced_within=90 days, recorded_within=14 days'),
	('motion_within=36 hours', 'sourcing+selection+motion+intent, motion_within=1 day 12:00:00, sourced_within=90 days, recorded_within=14 days'),
	('intent, sourced_within=0 days, recorded_within=00:00:00.000001, motion_within=1 day 1 minute 1 second',
		'intent, motion_within=1 day 00:01:01, sourced_within=0 days, recorded_within=00:00:00.000001')) v(r, want);
SELECT is(led_rule('intent', '1 day 02:03:04.5', '24 hours', '0')::text,
	'intent, motion_within=1 day 02:03:04.5, sourced_within=1 day, recorded_within=0 days, passive_counts=false', 'a day is 24 hours');
SELECT throws_ok(sql, code, message, format('refused: %s', sql))
FROM (VALUES
	($$SELECT led_rule('sourcing+motion', '1 day')$$, '22023', 'led rule must include intent'),
	($$SELECT 'sourcing+motion'::led_rule$$, '22023', 'led rule must include intent'),
	($$SELECT led_rule('intent', '1 month')$$, '22023', 'motion_within must not have months or years'),
	($$SELECT led_rule('intent', sourced_within => '1 year')$$, '22023', 'sourced_within must not have months or years'),
	($$SELECT led_rule('intent', recorded_within => '-1 day')$$, '22023', 'recorded_within must not be negative'),
	($$SELECT led_rule('intent', motion_within => NULL)$$, '22004', 'motion_within of a led rule must not be null'),
	($$SELECT led_rule(NULL::text)$$, '22004', 'axes of a led rule must not be null'),
	($$SELECT led_rule('intent', '2000000000 days')$$, '22008', 'motion_within is out of range'),
	($$SELECT ''::led_rule$$, '22023', 'unknown axis "" in led rule'),
	($$SELECT 'intent+'::led_rule$$, '22023', 'unknown axis "" in led rule'),
	($$SELECT 'intent+design'::led_rule$$, '22023', 'unknown axis "design" in led rule'),
	($$SELECT 'intent+intent'::led_rule$$, '22023', 'axis "intent" is named twice in led rule'),
	($$SELECT 'intent, within=1 day'::led_rule$$, '22P02', 'unknown parameter "within" in led rule'),
	($$SELECT 'intent, motion_within=1 month'::led_rule$$, '22P02', 'invalid duration "1 month" in led rule'),
	($$SELECT 'intent, motion_within=-1 day'::led_rule$$, '22P02', 'invalid duration "-1 day" in led rule'),
	($$SELECT 'intent, motion_within=99999999999999 days'::led_rule$$, '22P02', 'invalid duration "99999999999999 days" in led rule'),
	($$SELECT 'intent, motion_within=00:60:00'::led_rule$$, '22P02', 'invalid duration "00:60:00" in led rule'),
	($$SELECT 'intent, motion_within='::led_rule$$, '22P02', 'invalid duration "" in led rule'),
	($$SELECT 'intent, motion_within=1 day, motion_within=1 day'::led_rule$$, '22P02', 'parameter "motion_within" is given twice in led rule'),
	($$SELECT 'intent, passive_counts=maybe'::led_rule$$, '22P02', 'invalid value "maybe" for passive_counts in led rule'),
	($$SELECT 'intent, sourcing'::led_rule$$, '22P02', 'invalid led rule: "sourcing" is not name=value')) v(sql, code, message);

SELECT is(involvement(pg_temp.deal('{referral,co_sell_plan}', '{2026-01-01,2026-01-01}', rule => 'sourcing+intent')), 'led',
	'a rule that asks for two axes');
SELECT is(motion_score(pg_temp.deal('{referral,co_sell_plan}', '{2026-01-01,2026-01-01}', rule => 'sourcing+intent')), 2,
	'the score is of the four axes whatever the rule');
SELECT is(rule(pg_temp.deal('{referral}', '{2026-01-01}', rule => 'intent'))::text, 'intent'::led_rule::text, 'the rule can be asked for');
SELECT is(rule(pg_temp.deal('{}', '{}')), NULL, 'no row, no rule');
SELECT is(involvement(pg_temp.deal('{overlap}', '{2026-01-01}', rule => 'intent, passive_counts=true')), 'involved',
	'passive kinds count as touches where the rule says so');
SELECT is(led_axes(pg_temp.deal('{referral,joint_call}', '{2025-01-05 10:00,2026-02-04 10:00}',
	rule => led_rule(sourced_within => '365 days', motion_within => '30 days'))), '{sourcing,motion}'::text[], 'wider windows');

-- Dates: days are compared
SELECT is(involvement(deal_motion_agg('co_sell_plan', date '2026-01-05', date '2026-01-05')), 'involved', 'three dates');
SELECT is(led_axes(deal_motion_agg('co_sell_plan', date '2026-01-05', date '2026-01-05')), '{intent}'::text[], 'a plan of the day of opening is in time');
SELECT is(led_axes(deal_motion_agg('co_sell_plan', date '2026-01-06', date '2026-01-05')), '{}'::text[], 'one of the day after is not');
SELECT is(led_axes(deal_motion_agg('joint_call', d, date '2026-01-05', NULL::date)), axes::text[], format('a joint call on %s', d))
FROM (VALUES (date '2026-01-19', '{motion}'), ('2026-01-20', '{}')) v(d, axes) GROUP BY d, axes;
SELECT is(involvement(deal_motion_agg('reference', d, date '2026-01-05', date '2026-03-01')), class, format('a reference on %s, closed on 2026-03-01', d))
FROM (VALUES (date '2026-03-01', 'involved'), ('2026-03-02', 'unproven')) v(d, class) GROUP BY d, class;
SELECT is(led_axes(deal_motion_agg('intent', date '2026-01-01', date '2026-01-05', NULL, date '2026-01-20')), '{}'::text[], 'dates recorded late');
SELECT is(led_axes(deal_motion_agg('intent', date '2026-01-01', date '2026-01-05', NULL, date '2026-01-20', led_rule(recorded_within => '15 days'))),
	'{intent}'::text[], 'dates with a rule');
SELECT is(first_touch(deal_motion_agg('intent', date '2026-01-01', date '2026-01-05')), timestamptz '2026-01-01 00:00 UTC', 'a date begins at midnight UTC');

-- First and last touch
SELECT is(first_touch(pg_temp.deal('{reference,call,x}', '{2026-02-01,2026-05-01,NULL}')), timestamptz '2026-02-01', 'first touch');
SELECT is(last_touch(pg_temp.deal('{reference,call,x}', '{2026-02-01,2026-05-01,NULL}')), timestamptz '2026-05-01', 'last touch, after the close');
SELECT is(last_touch(pg_temp.deal('{reference}', '{NULL}')), NULL, 'no dated touch, no last one');

-- Errors of the rows
SELECT throws_ok(sql, '22000', message, message)
FROM (VALUES
	($$SELECT deal_motion_agg('x', NULL, o) FROM (VALUES (timestamptz '2026-01-01'), ('2026-01-02')) v(o)$$,
		'rows of one deal disagree on opened_at'),
	($$SELECT deal_motion_agg('x', NULL, o) FROM (VALUES (timestamptz '2026-01-01'), (NULL)) v(o)$$,
		'rows of one deal disagree on opened_at'),
	($$SELECT deal_motion_agg('x', NULL, now(), c) FROM (VALUES (timestamptz '2026-01-01'), (NULL)) v(c)$$,
		'rows of one deal disagree on closed_at'),
	($$SELECT deal_motion_agg('x', NULL, now(), NULL, NULL, r) FROM (VALUES ('intent'::led_rule), (NULL)) v(r)$$,
		'rows of one deal disagree on the led rule'),
	($$SELECT deal_motion_combine(deal_motion_agg('x', NULL, now()), deal_motion_agg('x', NULL, current_date)) FROM generate_series(1, 2)$$,
		'rows of one deal disagree on opened_at'),
	($$SELECT deal_motion_agg('x', t, now()) FROM unnest(ARRAY[now()::ecosystem.moment, current_date::ecosystem.moment]) v(t)$$,
		'touches of one deal mix dates and timestamps'),
	($$SELECT rollup(m) FROM (SELECT deal_motion_agg('x', t, now()) AS m FROM unnest(ARRAY[now()::ecosystem.moment, current_date::ecosystem.moment]) WITH ORDINALITY v(t, n) GROUP BY n) q$$,
		'touches of one deal mix dates and timestamps')) v(sql, message);
SELECT throws_ok($$SELECT deal_motion_agg('x', date '5874897-12-31', current_date)$$, '22008', 'occurred_at is out of range',
	'a day that no timestamp can hold');

-- Infinity says that there is no date, as NULL does
SELECT is(deal_motion_agg('intent', at::timestamptz, opened::timestamptz, closed::timestamptz, recorded::timestamptz)::text,
	deal_motion_agg('intent', nullif(abs_at, 'x')::timestamptz, nullif(abs_opened, 'x')::timestamptz, nullif(abs_closed, 'x')::timestamptz,
		nullif(abs_recorded, 'x')::timestamptz)::text, format('times %s, %s, %s, %s', at, opened, closed, recorded))
FROM (VALUES ('infinity', '2026-01-05', '2026-04-01', '2026-01-06'), ('-infinity', '2026-01-05', '2026-04-01', '2026-01-06'),
	('2026-01-01', '-infinity', '2026-04-01', '2026-01-06'), ('2026-01-01', '2026-01-05', 'infinity', '2026-01-06'),
	('2026-01-01', '2026-01-05', '2026-04-01', 'infinity')) v(at, opened, closed, recorded),
	LATERAL (SELECT regexp_replace(at, '^-?infinity', 'x'), regexp_replace(opened, '^-?infinity', 'x'),
		regexp_replace(closed, '^-?infinity', 'x'), regexp_replace(recorded, '^-?infinity', 'x')) w(abs_at, abs_opened, abs_closed, abs_recorded)
GROUP BY at, opened, closed, recorded, abs_at, abs_opened, abs_closed, abs_recorded;
SELECT is(deal_motion_agg('intent', date 'infinity', date '2026-01-05', date 'infinity', date '-infinity')::text,
	deal_motion_agg('intent', NULL::date, date '2026-01-05', NULL, NULL)::text, 'infinite dates');
SELECT is(undated(deal_motion_agg('intent', 'infinity', now())), 1::bigint, 'an infinite time is counted as undated');
SELECT is(involvement(deal_motion_agg('reference', timestamptz '2031-01-01', timestamptz '2026-01-05', 'infinity')), 'involved',
	'a deal that closes at infinity is open');
SELECT lives_ok($$SELECT deal_motion_agg('x', NULL, now(), c) FROM (VALUES (timestamptz 'infinity'), (NULL)) v(c)$$,
	'infinity and NULL do not disagree');

-- Random deals: 400 of them, all kinds, few distinct times so that ties are frequent
-- by a hash, as random() is another in each version of PostgreSQL.
CREATE FUNCTION pg_temp.chance(VARIADIC of int[]) RETURNS float8 LANGUAGE sql AS
	$$ SELECT ('x' || left(md5(of::text), 6))::bit(24)::int / 16777216.0 $$;
-- Not a temporary table, which workers could not read.
CREATE SCHEMA motion_check;
CREATE TABLE motion_check.touch WITH (parallel_workers = 4) AS
SELECT d AS deal, k.kind, CASE WHEN pg_temp.chance(1, d, n) < 0.9 THEN o.opened_at + (floor(pg_temp.chance(2, d, n) * 40) - 25) * interval '5 days' END AS occurred_at,
	o.opened_at, o.closed_at,
	CASE WHEN pg_temp.chance(3, d, n) < 0.4 THEN o.opened_at + (floor(pg_temp.chance(4, d, n) * 10) - 5) * interval '7 days' END AS recorded_at, o.rule
FROM (SELECT d, CASE WHEN d % 17 <> 0 THEN timestamptz '2026-01-05 10:00' + d * interval '1 hour' END AS opened_at,
		CASE WHEN d % 3 <> 0 THEN timestamptz '2026-01-05 10:00' + (d % 90 - 2) * interval '1 day' END AS closed_at,
		CASE d % 4 WHEN 0 THEN NULL WHEN 1 THEN 'intent'::led_rule WHEN 2 THEN led_rule('sourcing+intent', '1 day', '30 days', '7 days', true)
			ELSE led_rule('selection+motion+intent') END AS rule
	FROM generate_series(1, 400) d) o,
	generate_series(1, 12) n,
	LATERAL (SELECT (ARRAY['reference', NULL, 'referral', 'partner_introduction', 'overlap_signal', 'deal_registration', 'sourcing',
		'joint_target_list', 'account_selection', 'selection', 'joint_pitch', 'shared_deal_review', 'joint_demo', 'joint_call', 'motion',
		'co_sell_plan', 'ecosystem_designation', 'intent', 'integration_present', 'overlap'])[1 + floor(pg_temp.chance(5, d, n) * 20)::int] AS kind) k;
ANALYZE motion_check.touch;

CREATE TEMP TABLE serial AS
	SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule) AS motion
	FROM motion_check.touch GROUP BY deal;

SELECT is_empty($$
	WITH judged AS (
		SELECT t.deal, k.axis, k.passive AND coalesce(t.rule::text, '') NOT LIKE '%passive_counts=true' AS passive, k.partner_sourced,
			t.kind IS NOT NULL AS touch, t.occurred_at, t.closed_at,
			coalesce(t.occurred_at <= coalesce(t.closed_at, 'infinity'), false) AS counts,
			coalesce(t.occurred_at <= coalesce(t.closed_at, 'infinity') AND t.occurred_at <= t.opened_at
					+ CASE WHEN k.axis = 'motion' THEN CASE t.deal % 4 WHEN 2 THEN interval '24 hours' ELSE '336 hours' END ELSE '0' END
				AND (k.axis <> 'sourcing' OR t.occurred_at >= t.opened_at - CASE t.deal % 4 WHEN 2 THEN interval '720 hours' ELSE '2160 hours' END)
				AND (t.recorded_at IS NULL OR t.recorded_at <= t.opened_at + CASE t.deal % 4 WHEN 2 THEN interval '168 hours' ELSE '336 hours' END), false) AS proof,
			(ARRAY['{sourcing,selection,motion,intent}', '{intent}', '{sourcing,intent}', '{selection,motion,intent}'])[t.deal % 4 + 1]::text[] AS asked
		FROM motion_check.touch t LEFT JOIN motion_kinds() k USING (kind)),
	wanted AS (
		SELECT deal, array_remove(ARRAY[
				CASE WHEN bool_or(proof AND axis = 'sourcing') THEN 'sourcing' END, CASE WHEN bool_or(proof AND axis = 'selection') THEN 'selection' END,
				CASE WHEN bool_or(proof AND axis = 'motion') THEN 'motion' END, CASE WHEN bool_or(proof AND axis = 'intent') THEN 'intent' END], NULL) AS axes,
			coalesce(bool_or(proof AND partner_sourced), false) AS by_partner,
			count(*) FILTER (WHERE touch AND passive IS NOT TRUE AND counts) AS counted,
			count(*) FILTER (WHERE touch AND passive IS NOT TRUE) AS touches,
			count(*) FILTER (WHERE touch AND passive IS NOT TRUE AND occurred_at IS NULL) AS undated,
			count(*) FILTER (WHERE touch AND passive IS NOT TRUE AND occurred_at > closed_at) AS after_close,
			count(*) FILTER (WHERE touch AND passive) AS passive,
			min(occurred_at) FILTER (WHERE touch AND passive IS NOT TRUE) AS first, max(occurred_at) FILTER (WHERE touch AND passive IS NOT TRUE) AS last,
			asked
		FROM judged GROUP BY deal, asked)
	SELECT deal, axes, led_axes, counted, involvement FROM wanted JOIN serial USING (deal),
		led_axes(motion), involvement(motion)
	WHERE (axes, touches, undated, after_close, passive, first, last) IS DISTINCT FROM
		(led_axes, touches(motion), undated(motion), touches_after_close(motion), passive_records(motion), first_touch(motion), last_touch(motion))
	OR cardinality(axes) <> motion_score(motion)
	OR involvement <> CASE WHEN counted > 0 AND asked <@ axes THEN 'led' WHEN counted > 0 THEN 'involved' WHEN touches > 0 THEN 'unproven'
		WHEN passive > 0 THEN 'covered' ELSE 'direct' END
	OR origin(motion) <> CASE WHEN by_partner THEN 'partner_sourced' WHEN 'sourcing' = ANY (axes) THEN 'ecosystem_sourced'
		WHEN counted > 0 THEN 'partner_influenced' ELSE 'unpartnered' END$$,
	'400 random deals come out as plain SQL says');
SELECT cmp_ok((SELECT count(DISTINCT involvement(motion) || origin(motion)) FROM serial), '>=', 6::bigint, 'the random deals are of many sorts');

-- Days beside times, as customer databases keep them

-- Evidence of the very moment of the close counts, and a microsecond later not.
SELECT is((touches_after_close(m), involvement(m), led_axes(m)), (0::bigint, 'led'::text, '{sourcing,selection,motion,intent}'::text[]),
	'evidence dated exactly at the close counts')
FROM pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times(), closed => '2026-01-12') m;
SELECT is((touches_after_close(m), involvement(m), missing_reasons(m)), (1::bigint, 'involved'::text, '{after the close}'::text[]),
	'evidence a microsecond after the close does not')
FROM pg_temp.deal(pg_temp.led_kinds(), pg_temp.led_times(), closed => timestamptz '2026-01-12' - interval '1 microsecond') m;

-- Salesforce: touches and the opening have times, the close is a date.
SELECT is((touches_after_close(m), involvement(m)), (after, class),
	format('closed on %s, touched at %s: %s', closed, at, class))
FROM (VALUES ('2026-01-07', '2026-01-07 00:00', 0::bigint, 'involved'), ('2026-01-07', '2026-01-07 23:59:59.999999', 0, 'involved'),
	('2026-01-07', '2026-01-08 00:00', 1, 'unproven'), ('2026-01-07', '2026-01-06 12:00', 0, 'involved')) v(closed, at, after, class),
	LATERAL (SELECT deal_motion_agg(kind, at::timestamptz, timestamptz '2026-01-05 10:00', closed::date) AS m FROM (VALUES ('reference')) k(kind)) q;
SELECT is(led_axes(deal_motion_agg('joint_pitch', timestamptz '2026-01-07 18:00', timestamptz '2026-01-05 10:00', date '2026-01-07')), '{motion}',
	'evidence of the closing day is before the close');
SELECT is(deal_motion_agg('joint_pitch', timestamptz '2026-01-07 18:00', timestamptz '2026-01-05 10:00', date '2026-01-07')::text,
	'v2 opened=2026-01-05T10:00:00Z closed=2026-01-07 before_close=1 first=2026-01-07T18:00:00Z last=2026-01-07T18:00:00Z motion=2026-01-07T18:00:00Z/joint_pitch rule=(sourcing+selection+motion+intent, motion_within=14 days, sourced_within=90 days, recorded_within=14 days, passive_counts=false)',
	'its text form shows a day where there is one');
-- Touches with dates, an opening with a time: a plan of that day is on time.
SELECT is((led_axes(m), explanation(m)), (axes, why), why) FROM (VALUES
	(date '2026-01-05', '{intent}'::text[], 'involved: a partner touched it once, on 2026-01-05; not led, because it was sourced directly, the account was not selected with a partner and nothing was run jointly with a partner'),
	('2026-01-06', '{}', 'involved: a partner touched it once, on 2026-01-06; not led, because it was sourced directly, the account was not selected with a partner, nothing was run jointly with a partner and the co-sell plan is dated 1 day after opening')) v(at, axes, why),
	LATERAL (SELECT deal_motion_agg(kind, at, timestamptz '2026-01-05 10:00', date '2026-04-01') AS m FROM (VALUES ('co_sell_plan')) k(kind)) q;
-- From the first day there is to the last.
SELECT is(missing_reasons(deal_motion_agg('intent', date '294276-12-31', date '4714-11-24 BC')), '{no evidence,no evidence,no evidence,late}', 'further apart than 64 bits of microseconds');
SELECT is(missing_reasons(deal_motion_agg('referral', date '4714-11-24 BC', timestamptz '294276-12-31 23:59:59')), '{too early,no evidence,no evidence,no evidence}', 'and the other way round');
SELECT is(missing_reasons(deal_motion_agg('intent', timestamptz '294276-12-31 23:59:59+00', timestamptz '4714-11-24 00:00:00+00 BC')), '{no evidence,no evidence,no evidence,late}', 'times as well');
SELECT is(missing_reasons(deal_motion_agg('referral', timestamptz '4714-11-24 00:00:00+00 BC', timestamptz '294276-12-31 23:59:59+00')), '{too early,no evidence,no evidence,no evidence}', 'and these the other way round');
SELECT matches(explanation(deal_motion_agg('co_sell_plan', date '294276-12-31', date '4714-11-24 BC')), 'dated 109203527 days after opening', 'which its explanation counts');
-- A record has a time where its touch has a date, or the other way round.
SELECT is((SELECT led_axes(deal_motion_agg(kind, at, opened, NULL, recorded)) FROM (VALUES ('intent')) k(kind)), axes, format('opened %s, dated %s, recorded %s', opened, at, recorded))
FROM (VALUES ('2026-01-05 10:00'::moment, '2026-01-01'::moment, '2026-01-19 12:00'::moment, '{intent}'::text[]),
	('2026-01-05 10:00', '2026-01-01', '2026-01-20 00:00', '{}'),
	('2026-01-05 10:00', '2026-01-01 12:00', '2026-01-19', '{intent}'), ('2026-01-05 10:00', '2026-01-01 12:00', '2026-01-20', '{}'),
	('2026-01-05', '2026-01-01 12:00', '2026-01-19 23:00', '{intent}'), ('2026-01-05', '2026-01-01 12:00', '2026-01-20 00:00', '{}')) v(opened, at, recorded, axes);
SELECT is_empty($$SELECT o, a, r, m FROM unnest('{2026-01-05,2026-01-05 10:00}'::moment[]) o, unnest('{2026-01-01,2026-01-01 12:00}'::moment[]) a,
		unnest('{2026-01-19,2026-01-19 12:00,2026-01-20,2026-01-21 09:00,2026-03-01}'::moment[]) r, unnest('{2026-02-01,2026-02-01 09:00,NULL}'::moment[]) c,
		LATERAL (SELECT deal_motion_agg(kind, a, o, c, r) AS m FROM (VALUES ('intent')) k(kind)) q
	WHERE m::text::deal_motion IS DISTINCT FROM m OR explanation(m) = ''$$, 'whatever mixture made it, its text is read as the same');
-- Over all: a close on a day is a close at its last microsecond.
SELECT is_empty($$
	SELECT deal FROM (SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, (closed_at AT TIME ZONE 'UTC')::date, recorded_at, rule) AS by_day,
			deal_motion_agg(kind, occurred_at, opened_at, date_trunc('day', closed_at) + interval '1 day -1 microsecond', recorded_at, rule) AS by_time
		FROM motion_check.touch GROUP BY deal) m
	WHERE regexp_replace(by_day::text, 'closed=\S*', '') <> regexp_replace(by_time::text, 'closed=\S*', '') OR explanation(by_day) <> explanation(by_time)$$,
	'a close on a day is a close at its end');
-- And where all have dates, days are compared, in any mixture with midnights of the same days.
SELECT is_empty($$
	SELECT deal FROM (SELECT deal, deal_motion_agg(kind, at, opened, closed, recorded, rule) AS days,
			deal_motion_agg(kind, at, opened::timestamp AT TIME ZONE 'UTC', closed::timestamp AT TIME ZONE 'UTC', recorded::timestamp AT TIME ZONE 'UTC', rule) AS mixed
		FROM (SELECT *, (occurred_at AT TIME ZONE 'UTC')::date AS at, (opened_at AT TIME ZONE 'UTC')::date AS opened,
			(closed_at AT TIME ZONE 'UTC')::date AS closed, (recorded_at AT TIME ZONE 'UTC')::date AS recorded FROM motion_check.touch) t GROUP BY deal) m
	WHERE (involvement(days), origin(days), led_axes(days), missing_reasons(days), touches_after_close(days), explanation(days))
		IS DISTINCT FROM (involvement(mixed), origin(mixed), led_axes(mixed), missing_reasons(mixed), touches_after_close(mixed), explanation(mixed))$$,
	'touches of days are compared by day with whatever the deal has');

-- Parallel
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule) FROM motion_check.touch GROUP BY deal'),
	'Finalize.*Workers Planned: [1-4].*Partial', 'workers make parts of deals');
CREATE TEMP TABLE parallel AS
	SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule) AS motion
	FROM motion_check.touch GROUP BY deal;
SELECT results_eq('SELECT deal, deal_motion_send(motion) FROM parallel ORDER BY 1', 'SELECT deal, deal_motion_send(motion) FROM serial ORDER BY 1',
	'workers change no byte');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Order and splits
SELECT is_empty(format($$SELECT deal FROM (SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule ORDER BY hashint8(%s * 1000003 + n)) AS motion
		FROM (SELECT *, row_number() OVER () AS n FROM motion_check.touch) t GROUP BY deal) shuffled
	JOIN serial USING (deal) WHERE deal_motion_send(shuffled.motion) <> deal_motion_send(serial.motion)$$, seed), format('shuffle %s changes no byte', seed))
FROM generate_series(1, 4) seed;
SELECT is_empty(format($$SELECT deal FROM (SELECT deal, rollup(motion ORDER BY hashint4(shard + %1$s)) AS motion
		FROM (SELECT deal, abs(hashint8(%1$s * 1000003 + n)) %% %1$s AS shard, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule) AS motion
			FROM (SELECT *, row_number() OVER () AS n FROM motion_check.touch) t GROUP BY deal, 2) s GROUP BY deal) merged
	JOIN serial USING (deal) WHERE deal_motion_send(merged.motion) <> deal_motion_send(serial.motion)$$, shards), format('%s shards change no byte', shards))
FROM unnest('{2,3,5,12}'::int[]) shards;
CREATE TEMP TABLE part AS
	SELECT deal, n % 3 AS part, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule) AS motion
	FROM (SELECT *, row_number() OVER () AS n FROM motion_check.touch) t GROUP BY 1, 2;
SELECT is_empty($$SELECT deal FROM part a JOIN part b USING (deal) WHERE a.part < b.part
	AND deal_motion_send(deal_motion_combine(a.motion, b.motion)) <> deal_motion_send(deal_motion_combine(b.motion, a.motion))$$, 'combine is commutative');
SELECT is_empty($$SELECT deal FROM part a JOIN part b USING (deal) JOIN part c USING (deal) WHERE (a.part, b.part, c.part) = (0, 1, 2)
	AND deal_motion_send(deal_motion_combine(deal_motion_combine(a.motion, b.motion), c.motion))
		<> deal_motion_send(deal_motion_combine(a.motion, deal_motion_combine(b.motion, c.motion)))$$, 'combine is associative');

-- Text and binary form
SELECT is_empty('SELECT motion FROM serial WHERE deal_motion_send(motion::text::deal_motion) <> deal_motion_send(motion)', 'the text form is complete');
SET LOCAL TimeZone = 'America/St_Johns';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'sql_standard';
SELECT is_empty('SELECT deal FROM serial JOIN parallel USING (deal) WHERE deal_motion_send(serial.motion::text::deal_motion) <> deal_motion_send(parallel.motion)',
	'and independent of settings');
SELECT is(explanation(pg_temp.deal('{reference}', '{2026-02-01 23:30 UTC}')) LIKE '%once, on 2026-02-01;%', true, 'so are explanations: days are UTC');
SELECT is(led_rule('intent', '1 day 12:00')::text::led_rule::text, led_rule('intent', '36 hours')::text, 'and durations');
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL IntervalStyle = 'postgres';
SELECT is(m::text, m::text::deal_motion::text, format('far dates: %s', o))
FROM unnest('{4713-11-24 BC,0044-03-15 BC,0001-01-01,1999-12-31 23:59:59.999999,294276-12-31 23:59:59.999999}'::timestamptz[]) o,
	_deal_motion_accum(NULL, 'intent', o, o) m;

-- Receives bytes as a value of a type: a file as COPY BINARY writes it.
CREATE FUNCTION pg_temp.receive(type text, bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/deal_motion_check.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	result bytea;
BEGIN
	PERFORM lo_export(lo, file);
	PERFORM lo_unlink(lo);
	EXECUTE format('CREATE TEMP TABLE received (v %s)', type);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	EXECUTE format('SELECT %s_send(v) FROM received', type) INTO result;
	DROP TABLE received;
	RETURN result;
END
$$;
SELECT is(pg_temp.receive('led_rule', led_rule_send(led_rule('sourcing+intent', '1 day', '2 days', '3 days', true))),
	led_rule_send(led_rule('sourcing+intent', '1 day', '2 days', '3 days', true)), 'led_rule: received as sent');
SELECT is_empty('SELECT deal FROM serial WHERE deal < 50 AND pg_temp.receive(''deal_motion'', deal_motion_send(motion)) <> deal_motion_send(motion)',
	'deal_motion: received as sent');
SELECT throws_ok(format('SELECT pg_temp.receive(%L, %L)', type, bytes), '22P03', message, format('refused: %s', what))
FROM (SELECT led_rule_send('intent') AS r, deal_motion_send(pg_temp.deal('{referral,x}', '{2026-01-01,2026-02-01}')) AS m) s,
LATERAL (VALUES
	('led_rule', set_byte(r, 0, 2), 'invalid binary value for type led_rule', 'a rule of a later version'),
	('led_rule', set_byte(r, 1, 7), 'invalid binary value for type led_rule', 'a rule without intent'),
	('led_rule', set_byte(r, 1, 24), 'invalid binary value for type led_rule', 'a rule with a fifth axis'),
	('led_rule', set_byte(r, 2, 2), 'invalid binary value for type led_rule', 'a rule with an unknown flag'),
	('led_rule', set_byte(r, 3, 255), 'invalid binary value for type led_rule', 'a negative duration'),
	('led_rule', r || '\x00', 'invalid binary value for type led_rule', 'a rule with a byte too many'),
	('deal_motion', set_byte(m, 0, 9), 'invalid binary value for type deal_motion', 'a motion of a later version'),
	('deal_motion', set_byte(m, 1, 0), 'invalid binary value for type deal_motion', 'a motion of no deal'),
	('deal_motion', m || '\x00', 'invalid binary value for type deal_motion', 'a motion with a byte too many')) v(type, bytes, message, what);
SELECT throws_ok(format('SELECT pg_temp.receive(%L, %L)', 'deal_motion', substr(deal_motion_send(motion), 1, 60)), '08P01', NULL, 'refused: half a motion')
FROM serial WHERE deal = 1;

-- Every byte of a motion changed: refused, or a value that is sent as it was received and can be explained
CREATE FUNCTION pg_temp.survives(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	back bytea;
BEGIN
	back := pg_temp.receive('deal_motion', bytes);
	RETURN CASE WHEN back = bytes THEN 'kept' ELSE 'changed' END;
EXCEPTION
	WHEN invalid_binary_representation THEN RETURN 'refused';
END
$$;
CREATE TEMP TABLE mutation AS
	SELECT i, pg_temp.survives(set_byte(bytes, i, (get_byte(bytes, i) + step) % 256)) AS fate
	FROM (SELECT deal_motion_send(motion) AS bytes FROM serial WHERE motion_score(motion) BETWEEN 2 AND 3 ORDER BY deal LIMIT 2) m,
		LATERAL generate_series(0, length(bytes) - 1) i, unnest('{1,128,255}'::int[]) step;
SELECT is_empty('SELECT * FROM mutation WHERE fate NOT IN (''kept'', ''refused'')', 'no changed byte is taken for another value');
SELECT cmp_ok((SELECT count(*) FILTER (WHERE fate = 'refused') FROM mutation), '>', (SELECT count(*) / 3 FROM mutation), 'many changes are refused');

-- Every character of its text removed or replaced: refused, or a value that is written and read the same
CREATE FUNCTION pg_temp.reads(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN value::deal_motion::text::deal_motion::text = value::deal_motion::text
		AND explanation(value::deal_motion) <> '' THEN 'kept' ELSE 'changed' END;
EXCEPTION
	WHEN invalid_text_representation OR invalid_parameter_value THEN RETURN 'refused';
END
$$;
SELECT is_empty($$SELECT value, fate FROM
	(SELECT overlay(t PLACING c FROM i FOR 1) AS value
		FROM (SELECT motion::text AS t FROM serial WHERE motion_score(motion) BETWEEN 1 AND 3 ORDER BY deal LIMIT 3) m,
			LATERAL generate_series(1, length(t)) i, unnest(ARRAY['', '9', '/', 'late', '-', ' ']) c) v,
	pg_temp.reads(value) fate WHERE fate NOT IN ('kept', 'refused')$$, 'no changed text is taken for another value');
SELECT throws_ok(format('SELECT %L::deal_motion', value), '22P02', NULL, format('refused: %s', what))
FROM (SELECT 'rule=(intent)' AS r) x, LATERAL (VALUES
	('', 'nothing'), ('v1', 'an earlier version'), ('v3', 'a later version'), ('v2 ', 'a blank at the end'), ('v2 opened=2026-01-01T00:00:00Z', 'no rule'),
	('v2 opened=2026-02-30T00:00:00Z ' || r, 'the thirtieth of February'),
	('v2 opened=2026-01-01T24:00:00Z ' || r, 'the twenty-fourth hour'),
	('v2 opened=999999999999-01-01T00:00:00Z ' || r, 'a far year'),
	('v2 opened=2026-01-01T00:00:00.1234567Z ' || r, 'tenths of a microsecond'),
	('v2 opened=2026-01-01T00:00:00Z before_close=1 first=2026-01-01 last=2026-01-01T00:00:00Z ' || r, 'a time among days'),
	('v2 opened=infinity ' || r, 'an opening that is no date'), ('v2 opened=294277-01-01 ' || r, 'a day that no timestamp can hold'),
	('v2 opened=unknown before_close=1 ' || r, 'a touch without its date'),
	('v2 opened=unknown before_close=99999999999999999999 ' || r, 'too many touches'),
	('v2 opened=unknown undated=9223372036854775807 passive=1 ' || r, 'too many together'),
	('v2 opened=unknown after_close=1 first=2026-01-01T00:00:00Z last=2026-01-01T00:00:00Z ' || r, 'after a close that is not there'),
	('v2 opened=unknown before_close=1 first=2026-01-01T00:00:00Z last=2026-01-02T00:00:00Z ' || r, 'one touch at two times'),
	('v2 opened=2026-01-05T00:00:00Z before_close=1 first=2026-01-01T00:00:00Z last=2026-01-01T00:00:00Z sourcing=2026-01-01T00:00:00Z/referral ' || r, 'a referral that is not the partner''s'),
	('v2 opened=2026-01-05T00:00:00Z before_close=1 first=2026-01-07T00:00:00Z last=2026-01-07T00:00:00Z intent=2026-01-07T00:00:00Z/intent ' || r, 'late intent as if on time'),
	('v2 opened=2026-01-05T00:00:00Z before_close=1 first=2026-01-01T00:00:00Z last=2026-01-01T00:00:00Z intent=2026-01-01T00:00:00Z/referral ' || r, 'a referral as intent'),
	('v2 opened=2026-01-05T00:00:00Z before_close=1 first=2026-01-01T00:00:00Z last=2026-01-01T00:00:00Z intent_missed=late/2026-01-01T00:00:00Z/intent ' || r, 'intent on time as if late'),
	('v2 opened=2026-01-05T00:00:00Z intent_missed=undated/intent ' || r, 'undated evidence without a touch'),
	('v2 opened=2026-01-05T00:00:00Z rule=(intent', 'no end'),
	('v2 opened=2026-01-05T00:00:00Z passive=1 rule=(intent, passive_counts=true)', 'passive records that count')) v(value, what);

-- Functions called by hand
SELECT is(involvement(_deal_motion_accum(NULL, 'reference', '2026-01-01', '2026-01-05')), 'involved', 'the transition function makes a state');
SELECT is(touches(_deal_motion_accum(m, 'reference', timestamptz '2026-02-01', '2026-01-05 10:00', '2026-04-01 12:00')), 2::bigint, 'and adds to one')
FROM pg_temp.deal('{x}', '{2026-02-01}') m;
SELECT is(touches(m), 1::bigint, 'which it leaves as it was')
FROM (SELECT m, _deal_motion_accum(m, 'reference', timestamptz '2026-02-01', '2026-01-05 10:00', '2026-04-01 12:00') AS n
	FROM (SELECT pg_temp.deal('{x}', '{2026-02-01}') AS m OFFSET 0) a OFFSET 0) b WHERE touches(n) = 2;
SELECT is(deal_motion_combine(NULL, NULL), NULL, 'combine of nothing');
SELECT is(deal_motion_combine(m, NULL)::text, m::text, 'combine with NULL') FROM pg_temp.deal('{x}', '{2026-02-01}') m;
SELECT is(deal_motion_combine(NULL, m)::text, m::text, 'combine of NULL') FROM pg_temp.deal('{x}', '{2026-02-01}') m;
SELECT is(deal_motion_combine('v2', m)::text, m::text, 'combine with the empty state') FROM pg_temp.deal('{x}', '{2026-02-01}') m;
SELECT is(rollup(m)::text, 'v2', 'rollup of NULLs') FROM (VALUES (NULL::deal_motion), (NULL)) v(m);
SELECT is(involvement(NULL::deal_motion), NULL, 'the class of NULL is NULL');
SELECT throws_ok($$SELECT deal_motion_combine(m, m) FROM (SELECT ('v2 opened=unknown undated=5000000000000000000 rule=(intent)')::deal_motion AS m) q$$,
	'22003', 'too many touches in one deal_motion', 'counts do not overflow');
SELECT throws_ok($$SELECT rollup(m) FROM (SELECT pg_temp.deal('{x}', '{2026-02-01}', closed => c) AS m FROM unnest('{2026-03-01,2026-03-02}'::timestamptz[]) c) q$$,
	'22000', 'rows of one deal disagree on closed_at', 'rollup of two deals');

-- Stored, compressed, toasted
CREATE TEMP TABLE stored (deal int, motion deal_motion, padding text);
ALTER TABLE stored ALTER motion SET STORAGE main;
INSERT INTO stored SELECT deal, motion, repeat(md5(deal::text), 60) FROM serial;
SELECT results_eq('SELECT deal, deal_motion_send(deal_motion_combine(NULL, motion)), explanation(motion) FROM stored ORDER BY 1',
	'SELECT deal, deal_motion_send(motion), explanation(motion) FROM serial ORDER BY 1', 'a stored motion is the same');
SELECT is_empty($$SELECT deal FROM (SELECT deal, rollup(motion) AS motion FROM stored GROUP BY deal) r JOIN serial USING (deal)
	WHERE deal_motion_send(r.motion) <> deal_motion_send(serial.motion)$$, 'and can be rolled up');

-- Grouped by
SELECT is((SELECT count(*) FROM (SELECT DISTINCT motion FROM (SELECT motion FROM serial UNION ALL SELECT motion FROM parallel) b) d),
	(SELECT count(DISTINCT motion::text) FROM serial), 'equal motions are one group');
SELECT results_eq('SELECT rule FROM (SELECT DISTINCT rule(motion) AS rule FROM serial) r ORDER BY rule::text',
	'SELECT r::led_rule FROM unnest(ARRAY[''intent'', ''selection+motion+intent'', ''sourcing+intent, motion_within=1 day, sourced_within=30 days, recorded_within=7 days, passive_counts=true'', ''sourcing+selection+motion+intent'']) r',
	'so are equal rules');

-- As a window aggregate
SELECT results_eq($$SELECT d, involvement(deal_motion_agg(kind, at, timestamptz '2026-01-05') OVER (ORDER BY d)),
		touches(deal_motion_agg(kind, at, timestamptz '2026-01-05') OVER (ORDER BY d))
	FROM (VALUES (1, NULL, NULL), (2, 'overlap', NULL), (3, 'reference', NULL), (4, 'intent', timestamptz '2026-01-01')) v(d, kind, at) ORDER BY d$$,
	$$VALUES (1, 'direct', 0::bigint), (2, 'covered', 0), (3, 'unproven', 1), (4, 'involved', 2)$$, 'a running motion');
SELECT is_empty($$SELECT t.deal FROM (SELECT DISTINCT deal, deal_motion_send(deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, rule)
		OVER (PARTITION BY deal)) AS bytes FROM motion_check.touch) t JOIN serial USING (deal) WHERE bytes <> deal_motion_send(motion)$$,
	'over a whole deal it is the aggregate');

SELECT * FROM finish();
ROLLBACK;
