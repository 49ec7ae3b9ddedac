-- Stories of "Ecosystem-Involved vs Ecosystem-Led Explained" (Forecastable, May
-- 2026), each with rows of its own, from touches to verdicts.
BEGIN;
SET search_path = ecosystem, public;
SET TimeZone = 'UTC';

SELECT plan(42);

-- One row a touch, or a deal without any.
CREATE TEMP TABLE touch (story text, deal int, amount numeric, opened_at timestamptz, closed_at timestamptz, kind text, occurred_at timestamptz,
	recorded_at timestamptz);

-- Adds what a led deal has: each axis once, on time.
CREATE FUNCTION pg_temp.led(story text, deal int, amount numeric, opened timestamptz, closed timestamptz) RETURNS void LANGUAGE sql AS $$
	INSERT INTO touch SELECT story, deal, amount, opened, closed, kind, opened + at
	FROM (VALUES ('referral', interval '-20 days'), ('joint_target_list', '-30 days'), ('co_sell_plan', '-3 days'), ('joint_pitch', '7 days')) v(kind, at)
$$;

CREATE TEMP VIEW driven AS
SELECT story, deal, amount, opened_at, closed_at, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at) AS motion
FROM   touch
GROUP  BY story, deal, amount, opened_at, closed_at;

CREATE TEMP VIEW summary AS
SELECT story, involvement_summary_agg(motion, amount, true, false) AS s FROM driven GROUP BY story;

-- 1. "A company reports that sixty percent of its closed revenue is
-- partner-influenced and calls itself ecosystem-led.  A review of the deals
-- finds the company sourced almost all of them directly, and the partner
-- influence was a reference or an integration noticed late."  A hundred deals of
-- 10,000: 58 with a late reference or integration, two that were led, 40 alone.
INSERT INTO touch
SELECT 'sixty percent', d, 10000, o, o + interval '90 days',
       CASE WHEN d <= 30 THEN 'reference' WHEN d <= 58 THEN 'integration_mention' END,
       CASE WHEN d <= 58 THEN o + interval '80 days' END
FROM   generate_series(1, 98) d, LATERAL (SELECT timestamptz '2025-01-06 09:00' + d * interval '3 days') x(o);
SELECT pg_temp.led('sixty percent', d, 10000, '2025-03-03', '2025-06-02') FROM generate_series(99, 100) d;

SELECT results_eq($$SELECT involvement(motion), origin(motion), count(*) FROM driven WHERE story = 'sixty percent' GROUP BY 1, 2 ORDER BY 3$$,
	$$VALUES ('led', 'partner_sourced', 2::bigint), ('direct', 'unpartnered', 40), ('involved', 'partner_influenced', 58)$$,
	'sixty percent: the review of the deals');
SELECT results_eq($$SELECT touched_share(s), led_share(s), involvement_gap(s), partner_sourced_share(s), ecosystem_sourced_share(s), partner_influenced_share(s)
	FROM summary WHERE story = 'sixty percent'$$, 'VALUES (0.6, 0.02, 0.58, 0.02, 0.02, 0.58)', 'sixty percent: both shares, and the gap is the work');
SELECT results_eq($$SELECT claimed, touched_share, led_share, holds, deals, led_deals, confuses, verdict FROM summary, led_claim(s, 0.6) WHERE story = 'sixty percent'$$,
	$$VALUES (0.6, 0.6, 0.02, false, 100::bigint, 2::bigint, 'touched',
		'does not hold: 60 % of won revenue was touched by partners, 2 % was led; the claimed 60 % is what partners touched, not what they led')$$,
	'sixty percent: ecosystem-involved at scale, and not ecosystem-led');
SELECT is(verdict('led_revenue_share', 0), 'ecosystem-involved, not led', 'sixty percent: and without the two, the words of the source');
SELECT is(explanation(motion), 'involved: a partner touched it once, on 2025-03-30; not led, because it was sourced directly, the account was not selected with a partner, '
	|| 'nothing was run jointly with a partner and there was no co-sell plan', 'sixty percent: why one of them is not led')
FROM driven WHERE story = 'sixty percent' AND deal = 1;

-- 2. "The contrast is a company with a smaller influenced number and a clear
-- ecosystem-led segment … That segment is smaller and it is predictable."  Three
-- years: every quarter two led deals of 50,000.  Partners also touch deals of
-- 60,000 by accident: three in the first quarter of a year, none in the others.
-- The rest of 60 deals a year the company sells alone.
SELECT pg_temp.led('led segment', q * 10 + n, 50000, s - interval '60 days', s + n * interval '20 days')
FROM generate_series(0, 11) q, generate_series(1, 2) n, LATERAL (SELECT timestamptz '2023-01-01' + make_interval(months => 3 * q)) x(s);
INSERT INTO touch
SELECT 'led segment', 1000 + y * 10 + n, 60000, c - interval '100 days', c, 'reference', c - interval '5 days'
FROM   generate_series(0, 2) y, generate_series(1, 3) n, LATERAL (SELECT timestamptz '2023-02-01' + make_interval(years => y, days => n)) x(c);
INSERT INTO touch
SELECT 'led segment', 2000 + i, 20000, c - interval '50 days', c FROM generate_series(1, 180) i, LATERAL (SELECT timestamptz '2023-01-01' + i * interval '6 days') x(c);

SELECT results_eq($$SELECT total, touched, led, touched_share, led_share FROM summary, involvement_summary(s) WHERE story = 'led segment' AND (scope, measure) = ('won', 'amount')$$,
	$$VALUES (5340000::numeric, 1740000::numeric, 1200000::numeric, 0.325843, 0.224719)$$, 'led segment: a smaller influenced number, most of it led');
SELECT results_eq($$SELECT holds, confuses, verdict FROM summary, led_claim(s, 0.2) WHERE story = 'led segment'$$,
	$$VALUES (true, NULL::text, 'holds: 32.6 % of won revenue was touched by partners, 22.5 % was led; it is carried by large deals, for only 24 of 213 deals were led')$$,
	'led segment: the claim of a fifth holds by amount, and its deals are large');
SELECT results_eq($$SELECT holds, verdict FROM summary, led_claim(s, 0.2, 'deals') WHERE story = 'led segment'$$,
	$$VALUES (false, 'does not hold: 15.5 % of won deals were touched by partners, 11.3 % were led; the claimed 20 % is what partners touched, not what they led')$$,
	'led segment: by deals it does not');
CREATE TEMP TABLE segment AS
SELECT involvement(motion) AS class, predictability_agg(closed_at, amount) AS p FROM driven WHERE story = 'led segment' GROUP BY 1;
SELECT results_eq($$SELECT class, periods, empty_periods, total, round(r.variation::numeric, 6), verdict FROM segment, predictability(p, 'quarter', '2023-01-01', '2026-01-01') r
	WHERE class IN ('led', 'involved') ORDER BY 1 DESC$$,
	$$VALUES ('led', 12, 0, 1200000::numeric, 0::numeric, '12 quarters vary by 0 % of their mean; 24 such deals coming at random vary by 71 %'),
		('involved', 12, 9, 540000, round(3 * sqrt(4 / 11.0), 6), '12 quarters vary by 181 % of their mean, 9 of them empty')$$,
	'led segment: predictable, because it was designed; the rest is not');
SELECT is(round(variation(p)::numeric, 6), 1.500000, 'led segment: without a window, the empty quarters between the first and the last involved deal count') FROM segment WHERE class = 'involved';
SELECT is(variation(p, 'year', '2023-01-01', '2026-01-01'), NULL, 'led segment: three years are too few') FROM segment WHERE class = 'involved';

-- The same by a forecast: 100,000 a quarter for the led, 45,000 for the involved,
-- which is what they bring on average.
SELECT results_eq($$SELECT class, forecast_periods, round(r.forecast_error::numeric, 6), round(forecast_bias::numeric, 6), verdict
	FROM (SELECT class, rollup(p) AS p FROM (SELECT * FROM segment UNION ALL
			SELECT f.class, predictability_agg(q::date, NULL, f.amount) FROM (VALUES ('led', 100000), ('involved', 45000)) f(class, amount),
				generate_series(timestamp '2023-01-01', '2025-10-01', '3 months') q GROUP BY 1) u GROUP BY 1) g, predictability(g.p, 'quarter', '2023-01-01', '2026-01-01') r
	WHERE class IN ('led', 'involved') ORDER BY 1 DESC$$,
	$$VALUES ('led', 12, 0::numeric, 0::numeric, 'forecasts of 12 quarters were off by 0 % of what came'),
		('involved', 12, 1.5, 0.0, 'forecasts of 12 quarters were off by 150 % of what came')$$,
	'led segment: a forecast that is right on the whole is right for the led quarters only');
SELECT is((SELECT verdict FROM predictability(p, before => '2023-10-01')), 'too few periods: 3 quarters, and it takes 4 to say anything', 'led segment: after three quarters nobody could know')
FROM segment WHERE class = 'led';

-- 3. "Involvement is incidental, noticed after the deal.  Leadership is
-- intentional, designed before the deal."  A plan dated one second after opening is
-- not intent.
SELECT pg_temp.led('one second', d, 10000, '2026-01-05 10:00', '2026-04-01') FROM generate_series(1, 3) d;
UPDATE touch SET occurred_at = CASE deal WHEN 1 THEN opened_at - interval '1 second' WHEN 2 THEN opened_at ELSE opened_at + interval '1 second' END
WHERE story = 'one second' AND kind = 'co_sell_plan';
SELECT results_eq($$SELECT deal, involvement(motion), missing_axes(motion), motion_score(motion) FROM driven WHERE story = 'one second' ORDER BY 1$$,
	$$VALUES (1, 'led', '{}'::text[], 4), (2, 'led', '{}', 4), (3, 'involved', '{intent}', 3)$$, 'one second: before and at the opening is intent, after it is not');
SELECT is(explanation(motion), 'involved: a partner touched it 4 times from 2025-12-06; not led, because the co-sell plan is dated less than a day after opening', 'one second: and the deal''s owner is told')
FROM driven WHERE story = 'one second' AND deal = 3;
SELECT results_eq($$SELECT touched_share(s), led_share(s), involvement_gap(s) FROM summary WHERE story = 'one second'$$, 'VALUES (1.0, 0.666667, 0.333333)', 'one second: in the shares');
SELECT results_eq($$SELECT holds, verdict FROM summary, led_claim(s, 0.6) WHERE story = 'one second'$$,
	$$VALUES (NULL::boolean, 'too few deals: 2 of 3 won deals were led, and it takes 10 to say anything')$$, 'one second: three deals are no motion');

-- 4. "Involvement is observed after the fact; leadership is designed before it."
-- Twenty deals whose plan is dated before the opening: ten plans were written down
-- at the time, ten two months later, when the quarter was reported.
SELECT pg_temp.led('backdated', d, 10000, '2026-01-05', '2026-04-01') FROM generate_series(1, 20) d;
UPDATE touch SET recorded_at = CASE WHEN deal <= 10 THEN occurred_at + interval '1 day' ELSE timestamptz '2026-03-06' END WHERE story = 'backdated' AND kind = 'co_sell_plan';
SELECT results_eq($$SELECT involvement(motion), missing_axes(motion), count(*), sum(touches(motion)) FROM driven WHERE story = 'backdated' GROUP BY 1, 2 ORDER BY 1$$,
	$$VALUES ('involved', '{intent}'::text[], 10::bigint, 40::numeric), ('led', '{}', 10, 40)$$, 'backdated: what was recorded late is a touch, and no design');
SELECT is(sentence, 'involved: a partner touched it 4 times from 2025-12-06; not led, because the co-sell plan was recorded only 60 days after opening (the rule allows 14 days)',
	'backdated: the sentence says so') FROM (SELECT DISTINCT explanation(motion) AS sentence FROM driven WHERE story = 'backdated' AND deal > 10) x;
SELECT results_eq($$SELECT led_share(s), holds, verdict FROM summary, led_claim(s, 1) WHERE story = 'backdated'$$,
	$$VALUES (0.5, false, 'does not hold: 100 % of won revenue was touched by partners, 50 % was led; the claimed 100 % is what partners touched, not what they led')$$,
	'backdated: half is led');
SELECT is((SELECT led_share(involvement_summary_agg(motion, amount, true, false)) FROM (
	SELECT deal, amount, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion FROM touch WHERE story = 'backdated' GROUP BY 1, 2) d), 1.0,
	'backdated: whoever does not give the time of recording believes all of it');
SELECT is((SELECT led_share(involvement_summary_agg(motion, amount, true, false)) FROM (
	SELECT deal, amount, deal_motion_agg(kind, occurred_at, opened_at, closed_at, recorded_at, led_rule(recorded_within => '60 days')) AS motion
	FROM touch WHERE story = 'backdated' GROUP BY 1, 2) d), 1.0, 'backdated: and so does a rule that allows two months');

-- 5. "Influence counts any partner touch, including a late reference or a present
-- integration."  Of 20 deals ten have an installed integration and nothing else, two
-- have an undated overlap, three a late reference; five are alone.
INSERT INTO touch
SELECT 'present', d, 10000, '2026-01-05', '2026-04-01', CASE WHEN d <= 10 THEN 'integration_present' WHEN d <= 12 THEN 'overlap' WHEN d <= 15 THEN 'reference' END,
       CASE WHEN d <= 10 THEN timestamptz '2024-01-01' WHEN d BETWEEN 13 AND 15 THEN timestamptz '2026-03-30' END
FROM   generate_series(1, 20) d;
SELECT results_eq($$SELECT involvement(motion), count(*), sum(touches(motion)), sum(passive_records(motion)) FROM driven WHERE story = 'present' GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('covered', 12::bigint, 0::numeric, 12::numeric), ('direct', 5, 0, 0), ('involved', 3, 3, 0)$$, 'present: a mere integration covers a deal');
SELECT results_eq($$SELECT touched_share, led_share, holds, confuses, verdict FROM summary, led_claim(s, 0.75) WHERE story = 'present'$$,
	$$VALUES (0.15, 0.0, false, 'recorded', 'does not hold: 15 % of won revenue was touched by partners, 0 % was led; '
		|| 'the claimed 75 % is every deal with a partner on record, be it an overlap, an installed integration or a touch without proof')$$,
	'present: a claim that counts every record is found out');
SELECT results_eq($$SELECT touched_share(s), led_share(s) FROM (SELECT involvement_summary_agg(motion, amount, true, false) AS s FROM (
		SELECT deal, amount, deal_motion_agg(kind, occurred_at, opened_at, closed_at, NULL, led_rule(passive_counts => true)) AS motion FROM touch
		WHERE story = 'present' GROUP BY 1, 2) d) q$$, 'VALUES (0.65, 0.0)',
	'present: the article counts integrations as involvement, and so does a rule; an overlap without a date is not proven, and nothing is led');

-- 6. Two of three tests: "sourced through partners, selected with partners, run as
-- co-sell by design".  Twelve deals each lack one of the four, three by three.
SELECT pg_temp.led('two of three', d, 1000 * d, '2026-01-05', '2026-04-01') FROM generate_series(1, 12) d;
DELETE FROM touch WHERE story = 'two of three' AND kind = (ARRAY['referral', 'joint_target_list', 'joint_pitch', 'co_sell_plan'])[(deal + 2) / 3];
SELECT results_eq($$SELECT missing_axes(motion), involvement(motion), motion_score(motion), count(*), sum(amount) FROM driven WHERE story = 'two of three' GROUP BY 1, 2, 3 ORDER BY 5$$,
	$$VALUES ('{sourcing}'::text[], 'involved', 3, 3::bigint, 6000::numeric), ('{selection}', 'involved', 3, 3, 15000), ('{motion}', 'involved', 3, 3, 24000), ('{intent}', 'involved', 3, 3, 33000)$$,
	'two of three: three axes of four are involvement, whichever is missing');
SELECT is(origin(motion), CASE WHEN deal <= 3 THEN 'partner_influenced' ELSE 'partner_sourced' END, format('two of three: origin of deal %s', deal))
FROM driven WHERE story = 'two of three' AND deal IN (1, 4, 7, 10) ORDER BY deal;
SELECT results_eq($$SELECT holds, led_share, confuses, verdict FROM summary, led_claim(s, 0.9) WHERE story = 'two of three'$$,
	$$VALUES (false, 0.0, 'sourced', 'does not hold: 100 % of won revenue was touched by partners, 0 % was led; the claimed 90 % is what was sourced with partners, not what they led')$$,
	'two of three: sourced is not led');
SELECT is((SELECT round(led_high::numeric, 4) FROM summary, led_claim(s, 0.9) WHERE story = 'two of three'), 0.2425, 'two of three: twelve deals rule out more than a quarter');
SELECT results_eq($$SELECT count(*) FILTER (WHERE involvement(motion) = 'led'), count(*) FILTER (WHERE involvement(motion) = 'involved') FROM (
		SELECT deal, deal_motion_agg(kind, occurred_at, opened_at, closed_at, NULL, led_rule('sourcing+motion+intent')) AS motion FROM touch
		WHERE story = 'two of three' GROUP BY 1) d$$, 'VALUES (3::bigint, 9::bigint)', 'two of three: a rule of three tests, and intent, calls led what lacks selection only');
SELECT throws_ok($$SELECT led_rule('sourcing+selection+motion')$$, '22023', 'led rule must include intent', 'two of three: a rule without intent, the deciding axis, is none');

-- 7. "Treating the spectrum as a switch … The move is gradual, deal type by deal
-- type."  The score shows deals on their way; and the sentence of the specification.
INSERT INTO touch SELECT 'spectrum', d, 10000, '2026-02-02', '2026-06-01', kind, at::timestamptz
FROM generate_series(0, 4) d, LATERAL (SELECT * FROM (VALUES (1, 'selection', '2026-02-01'), (2, 'sourcing', '2026-01-20'), (3, 'motion', '2026-02-10'), (4, 'intent', '2026-02-02')) v(n, kind, at)
	WHERE n <= d UNION ALL SELECT 0, 'reference', '2026-05-01') t;
SELECT results_eq($$SELECT motion_score(motion), involvement(motion), led_axes(motion) FROM driven WHERE story = 'spectrum' ORDER BY 1$$,
	$$VALUES (0, 'involved', '{}'::text[]), (1, 'involved', '{selection}'), (2, 'involved', '{sourcing,selection}'), (3, 'involved', '{sourcing,selection,motion}'),
		(4, 'led', '{sourcing,selection,motion,intent}')$$, 'spectrum: from nothing to four');
SELECT is(origin(motion), CASE WHEN deal >= 2 THEN 'ecosystem_sourced' ELSE 'partner_influenced' END, format('spectrum: origin of deal %s', deal)) FROM driven WHERE story = 'spectrum' ORDER BY deal;
SELECT results_eq($$SELECT partner_sourced, ecosystem_sourced, partner_influenced, touched FROM summary, involvement_summary(s) WHERE story = 'spectrum' AND (scope, measure) = ('won', 'deals')$$,
	'VALUES (0::numeric, 3::numeric, 5::numeric, 5::numeric)', 'spectrum: sourced by the ecosystem and not by a partner is influenced, in the line of partners');
SELECT is(explanation(deal_motion_agg(kind, at, '2026-02-02 10:00', '2026-06-01')),
	'involved: a partner touched it 3 times from 2026-02-01; not led, because it was sourced directly and the co-sell plan is dated 9 days after opening', 'spectrum: what an account executive reads')
FROM (VALUES ('account_selection', timestamptz '2026-02-01 12:00'), ('joint_pitch', '2026-02-05'), ('co_sell_plan', '2026-02-11 12:00')) v(kind, at);

SELECT * FROM finish();
ROLLBACK;
