-- What people read: explanations, text forms, errors with their details.
SET search_path = ecosystem, public;
SET TimeZone = 'America/New_York';	-- no explanation depends on it
\pset format unaligned
\pset footer off

-- One deal per line, opened 2026-01-05, closed 2026-04-01 unless it says so.
CREATE TABLE story (n int, deal text, kinds text[], days date[], recorded date[], opened date, closed date, rule led_rule);
INSERT INTO story
SELECT row_number() OVER (), v.deal, v.kinds::text[], v.days::date[], v.recorded::date[],
	CASE WHEN v.deal LIKE 'no opening%' THEN NULL ELSE date '2026-01-05' END,
	CASE WHEN v.deal NOT LIKE '%open deal%' THEN date '2026-04-01' END, v.rule::led_rule
FROM (VALUES
	('nobody', '{NULL}', '{NULL}', '{NULL}', NULL),
	('passive only', '{overlap,integration_present}', '{2026-01-01,NULL}', NULL, NULL),
	('one undated', '{reference}', '{NULL}', NULL, NULL),
	('two undated', '{reference,referral}', '{NULL,NULL}', NULL, NULL),
	('one after the close', '{reference}', '{2026-04-02}', NULL, NULL),
	('two after the close', '{reference,case_study}', '{2026-04-02,2026-05-01}', NULL, NULL),
	('both', '{reference,case_study,pricing_call}', '{NULL,2026-05-01,NULL}', NULL, NULL),
	('one touch', '{reference}', '{2026-03-20}', NULL, NULL),
	('open deal', '{reference,pricing_call}', '{2026-03-20,2026-06-01}', NULL, NULL),
	('noticed afterwards', '{reference,joint_call,co_sell_plan}', '{2026-02-11,2026-01-17,2026-01-14}', NULL, NULL),
	('some do not count', '{reference,case_study,pricing_call}', '{2026-02-11,2026-04-20,NULL}', NULL, NULL),
	('each late', '{referral,selection,joint_pitch,intent}', '{2026-01-06,2026-01-07,2026-01-20,2026-03-01}', NULL, NULL),
	('each undated', '{overlap_signal,joint_target_list,joint_demo,ecosystem_designation,reference}', '{NULL,NULL,NULL,NULL,2026-02-01}', NULL, NULL),
	('each recorded late', '{deal_registration,account_selection,shared_deal_review,co_sell_plan}', '{2026-01-02,2026-01-02,2026-01-08,2026-01-02}', '{2026-01-20,2026-01-25,2026-02-01,2026-03-30}', NULL),
	('too early', '{partner_introduction,account_selection,joint_call,co_sell_plan}', '{2025-10-06,2025-01-01,2025-12-01,2025-01-01}', NULL, NULL),
	('late is nearer than too early', '{overlap_signal,referral}', '{2025-01-01,2026-01-09}', NULL, NULL),
	('no opening date', '{referral,selection,joint_pitch,intent}', '{2025-12-20,2025-12-22,2026-01-12,2026-01-02}', NULL, NULL),
	('led', '{referral,joint_target_list,joint_pitch,co_sell_plan}', '{2025-12-20,2025-12-22,2026-01-12,2026-01-02}', NULL, NULL),
	('led, a signal first', '{overlap_signal,referral,account_selection,shared_deal_review,ecosystem_designation}', '{2025-12-01,2025-12-20,2025-12-22,2026-01-19,2026-01-05}', NULL, NULL),
	('led, general kinds', '{sourcing,selection,motion,intent}', '{2025-12-01,2025-12-20,2025-12-22,2026-01-05}', NULL, NULL),
	('led by a lower bar', '{referral,co_sell_plan}', '{2025-12-20,2026-01-02}', NULL, 'sourcing+intent'),
	('not even that', '{reference,co_sell_plan}', '{2026-01-20,2026-01-08}', NULL, 'sourcing+intent'),
	('other windows', '{referral,joint_call,co_sell_plan}', '{2025-11-30,2026-01-14,2026-01-02}', '{NULL,NULL,2026-01-08}', 'sourcing+motion+intent, motion_within=1 week, sourced_within=30 days, recorded_within=1 day')
) v(deal, kinds, days, recorded, rule);

\pset tuples_only on
SELECT s.deal || E'\n    ' || explanation(deal_motion_agg(t.kind, t.day, s.opened, s.closed, t.recorded, s.rule))
FROM story s LEFT JOIN LATERAL unnest(s.kinds, s.days, s.recorded) t(kind, day, recorded) ON true
GROUP BY s.n, s.deal ORDER BY s.n;

-- Times, to the microsecond
SELECT explanation(deal_motion_agg(kind, at, '2026-01-05 10:00 UTC', closed))
FROM (VALUES
	(1, 'co_sell_plan', timestamptz '2026-01-05 10:00:01 UTC', NULL::timestamptz),
	(2, 'co_sell_plan', '2026-01-06 10:00 UTC', NULL),
	(3, 'co_sell_plan', '2026-01-07 23:00 UTC', NULL),
	(4, 'joint_pitch', '2026-01-19 10:00:00.000001 UTC', NULL),
	(5, 'referral', '2025-10-07 09:59:59 UTC', NULL),
	(6, 'joint_pitch', '2026-01-08 00:00 UTC', '2026-01-07 00:00 UTC'),
	(7, 'reference', '2026-01-08 23:59:59 UTC', NULL)) v(n, kind, at, closed)
GROUP BY n ORDER BY n;
SELECT explanation(deal_motion_agg(kind, at, '2026-01-05 10:00 UTC', '2026-01-07 UTC'))
FROM (VALUES ('joint_pitch', timestamptz '2026-01-08 UTC'), ('reference', '2026-01-06 UTC')) v(kind, at);

-- Text forms
SELECT s.deal || E'\n    ' || deal_motion_agg(t.kind, t.day, s.opened, s.closed, t.recorded, s.rule)::text
FROM story s LEFT JOIN LATERAL unnest(s.kinds, s.days, s.recorded) t(kind, day, recorded) ON true
WHERE s.deal IN ('nobody', 'each late', 'each undated', 'each recorded late', 'too early', 'no opening date', 'led, a signal first')
GROUP BY s.n, s.deal ORDER BY s.n;
SELECT deal_motion_agg('referral', timestamptz '2026-01-01 12:00:00.25 UTC', timestamptz '2026-01-05 10:00 UTC', '2026-04-01 UTC');
SELECT led_rule('sourcing+intent', motion_within => '36 hours', passive_counts => true);
\pset tuples_only off

-- Errors
SELECT deal_motion_agg('x', NULL, o) FROM (VALUES (timestamptz '2026-01-02 UTC'), ('2026-01-01 UTC')) v(o);
SELECT deal_motion_agg('x', NULL, o) FROM (VALUES (timestamptz '2026-01-02 UTC'), (NULL)) v(o);
SELECT deal_motion_agg('x', NULL, date '2026-01-01', c) FROM (VALUES (NULL), (date '2026-04-01')) v(c);
SELECT deal_motion_agg('x', NULL, date '2026-01-01', NULL, NULL, r) FROM (VALUES (NULL), ('sourcing+intent'::led_rule)) v(r);
SELECT deal_motion_combine(deal_motion_agg('x', NULL, date '2026-01-01'), deal_motion_agg('x', NULL, timestamptz '2026-01-01'));
SELECT deal_motion_agg('x', NULL, date '2026-01-01', date '294277-01-01');
SELECT led_rule('sourcing+motion', '14 days');
SELECT led_rule('intent', '1 month');
SELECT led_rule('intent', '-1 day');
SELECT led_rule('intent', NULL);
SELECT led_rule('intent+design', '14 days');
SELECT 'sourcing+selection'::led_rule;
SELECT 'intent, within=3 days'::led_rule;
SELECT 'intent, motion_within=1 quarter'::led_rule;
SELECT 'v2 opened=2026-13-01T00:00:00Z rule=(intent)'::deal_motion;
SELECT 'v2 opened=2026-01-05 before_close=1 first=2026-01-01 last=2026-01-01 intent=2026-01-02/intent rule=(intent)'::deal_motion;

DROP TABLE story;
