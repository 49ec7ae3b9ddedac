-- The two shares side by side: sums that come out as plain SQL says, whatever
-- the order of the deals, the number of workers and the split into parts.
BEGIN;
SET search_path = ecosystem, public;
SET TimeZone = 'UTC';

SELECT plan(140);

-- A deal of each class and origin that go together.
CREATE TEMP TABLE specimen AS
SELECT class, origin, deal_motion_agg(kind, at, opened, closed, NULL, rule::led_rule) AS motion
FROM (VALUES
	('direct',   'unpartnered',        NULL,             NULL::date,   NULL),
	('covered',  'unpartnered',        'overlap',        NULL,         NULL),
	('unproven', 'unpartnered',        'referral',       NULL,         NULL),
	('involved', 'partner_influenced', 'reference',      '2026-02-01', NULL),
	('involved', 'ecosystem_sourced',  'overlap_signal', '2026-01-01', NULL),
	('involved', 'partner_sourced',    'referral',       '2026-01-01', NULL),
	('led',      'partner_influenced', 'intent',         '2026-01-01', 'intent'),
	('led',      'ecosystem_sourced',  'intent',         '2026-01-01', 'sourcing+intent'),
	('led',      'ecosystem_sourced',  'overlap_signal', '2026-01-01', 'sourcing+intent'),
	('led',      'partner_sourced',    'intent',         '2026-01-01', 'sourcing+intent'),
	('led',      'partner_sourced',    'referral',       '2026-01-01', 'sourcing+intent')) v(class, origin, kind, at, rule),
	(VALUES (date '2026-01-05', date '2026-04-01')) d(opened, closed)
GROUP BY class, origin;
SELECT is_empty('SELECT * FROM specimen WHERE class <> involvement(motion) OR origin <> origin(motion)', 'each specimen is of its class and origin');
SELECT is((SELECT count(*) FROM specimen), 9::bigint, 'there are nine combinations');

-- Each falls into its own line
SELECT results_eq(format($$SELECT scope, measure, touched, led, gap, partner_sourced, ecosystem_sourced, partner_influenced, unproven, covered, direct
		FROM (SELECT involvement_summary_agg(motion, 12.50, true, false) AS s FROM specimen WHERE class = %1$L AND origin = %2$L) q,
			involvement_summary(q.s) WHERE scope = 'won'$$, class, origin),
	format($$SELECT 'won', m, touched * v, led * v, (touched - led) * v, (o = 'partner_sourced')::int * v, (o IN ('partner_sourced', 'ecosystem_sourced'))::int * v,
		(o IN ('partner_influenced', 'ecosystem_sourced'))::int * v, (c = 'unproven')::int * v, (c = 'covered')::int * v, (c = 'direct')::int * v
		FROM (VALUES (%1$L, %2$L)) x(c, o), LATERAL (SELECT (c IN ('involved', 'led'))::int AS touched, (c = 'led')::int AS led) t,
			(VALUES (1, 'deals', 1::numeric), (2, 'amount', 12.50)) y(n, m, v) ORDER BY n$$, class, origin),
	format('%s, %s', class, origin))
FROM specimen ORDER BY class, origin;

-- Outcomes
SELECT results_eq(format($$SELECT scope FROM involvement_summary((SELECT involvement_summary_agg(motion, 1, %L, %L) FROM specimen WHERE class = 'direct'))
		WHERE measure = 'deals' AND total = 1$$, won, open), format('VALUES (%L), (''all'')', scope), format('won %s, open %s: %s', won, open, scope))
FROM (VALUES (true, false, 'won'), (true, NULL, 'won'), (false, true, 'open'), (NULL, true, 'open'), (false, false, 'lost'),
	(NULL, false, 'unknown'), (false, NULL, 'unknown'), (NULL::boolean, NULL::boolean, 'unknown')) v(won, open, scope);
SELECT throws_ok('SELECT involvement_summary_agg(NULL, 1, true, true)', '22000', 'a deal is both won and open', 'won and open');

-- NULLs and nothing
SELECT is(involvement_summary_agg(motion, 1, true, false)::text, 'v1', 'no deals, an empty summary') FROM specimen WHERE false;
SELECT is(deals('v1'::involvement_summary), 0::bigint, 'without deals');
SELECT is(touched_share('v1'), NULL, 'and without shares');
SELECT results_eq($$SELECT DISTINCT total, touched_share, led_share, gap_share, unpriced FROM involvement_summary('v1'::involvement_summary)$$,
	'VALUES (0::numeric, NULL::numeric, NULL::numeric, NULL::numeric, 0::bigint)', 'and with ten rows of nothing');
SELECT is(involvement_summary_agg(NULL, 5, true, false)::text, 'v1 direct/unpartnered/won=1:0:5', 'a deal without a motion is direct');
SELECT is(involvement_summary_agg(NULL, NULL, true, false)::text, 'v1 direct/unpartnered/won=1:1:0', 'a deal without an amount is counted as that');
SELECT is(touched_share(involvement_summary_agg(NULL, NULL, true, false)), NULL, 'and has no share by amount');
SELECT is(touched_share(involvement_summary_agg(NULL, NULL, true, false), 'deals'), 0::numeric, 'but one by deals')
FROM (SELECT 1) x;
SELECT is((SELECT unpriced FROM involvement_summary('v1 direct/unpartnered/won=3:2:5'::involvement_summary) WHERE scope = 'all' AND measure = 'deals'),
	2::bigint, 'deals without an amount are reported');
SELECT is(rollup(s)::text, 'v1', 'rollup of NULLs') FROM (VALUES (NULL::involvement_summary), (NULL)) v(s);
SELECT is(deals(NULL::involvement_summary), NULL, 'NULL has no number of deals');

-- The company that reports sixty percent of its closed revenue as influenced, and the one with a led segment
CREATE TEMP TABLE company AS
SELECT name, amount, won, open, motion
FROM (SELECT 'involved at scale' AS name, 1000::numeric AS amount, true AS won, false AS open, CASE WHEN d <= 60 THEN 'involved' ELSE 'direct' END AS class
	FROM generate_series(1, 100) d
	UNION ALL SELECT 'involved at scale', 1000, false, true, 'direct' FROM generate_series(1, 50)
	UNION ALL SELECT 'led segment', 1000, true, false, CASE WHEN d <= 20 THEN 'led' WHEN d <= 25 THEN 'involved' ELSE 'direct' END
	FROM generate_series(1, 100) d) c
JOIN LATERAL (SELECT motion FROM specimen s WHERE s.class = c.class ORDER BY s.origin LIMIT 1) s ON true;
SELECT results_eq('SELECT name, touched_share(s), led_share(s), involvement_gap(s) FROM (SELECT name, involvement_summary_agg(motion, amount, won, open) AS s
		FROM company GROUP BY 1) c ORDER BY 1',
	$$VALUES ('involved at scale', 0.6, 0.0, 0.6), ('led segment', 0.25, 0.2, 0.05)$$, 'sixty percent touched and nothing led, beside a led segment');
SELECT is(touched_share(involvement_summary_agg(motion, amount, won, open), 'deals', 'all'), 0.4, 'of all deals') FROM company WHERE name = 'involved at scale';
SELECT is(touched_share(involvement_summary_agg(motion, amount, won, open), 'amount', 'open'), 0.0, 'of open pipeline') FROM company WHERE name = 'involved at scale';
SELECT is(touched_share(involvement_summary_agg(motion, amount, won, open), 'amount', 'lost'), NULL, 'of lost deals, of which there are none') FROM company;
SELECT is(led_share('v1 direct/unpartnered/won=2:0:2 led/partner_sourced/won=1:0:1'), 0.333333, 'shares are millionths');
SELECT throws_ok($$SELECT touched_share('v1', 'revenue')$$, '22023', 'unknown measure "revenue"', 'an unknown measure');
SELECT throws_ok($$SELECT led_share('v1', 'deals', 'closed')$$, '22023', 'unknown scope "closed"', 'an unknown scope');

-- Claims
CREATE FUNCTION pg_temp.claim(s involvement_summary, claimed numeric, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS text
LANGUAGE sql AS $$ SELECT verdict FROM led_claim($1, $2, $3, $4) $$;
CREATE TEMP TABLE sixty AS
	SELECT 'v1 direct/unpartnered/won=40:0:40 involved/partner_influenced/won=58:0:58 led/partner_sourced/won=2:0:2'::involvement_summary AS s;
SELECT results_eq('SELECT claimed, touched_share, led_share, holds, deals, led_deals, round(led_low::numeric, 5), round(led_high::numeric, 5), confuses FROM sixty, led_claim(s, 0.6)',
	$$VALUES (0.6, 0.6, 0.02, false, 100::bigint, 2::bigint, 0.00550, 0.07001, 'touched')$$, 'sixty percent touched is not sixty percent led; Wilson''s interval of 2 in 100');
SELECT is(pg_temp.claim(s, claimed), verdict, format('claim %s', claimed))
FROM sixty, (VALUES
	(0.6,  'does not hold: 60 % of won revenue was touched by partners, 2 % was led; the claimed 60 % is what partners touched, not what they led'),
	(0.64, 'does not hold: 60 % of won revenue was touched by partners, 2 % was led; the claimed 64 % is what partners touched, not what they led'),
	(0.66, 'does not hold: 60 % of won revenue was touched by partners, 2 % was led'),
	(0.3,  'does not hold: 60 % of won revenue was touched by partners, 2 % was led'),
	(0.05, 'does not hold: 60 % of won revenue was touched by partners, 2 % was led; 2 led of 100 deals are compatible with any share from 0.6 % to 7 %'),
	(0.02, 'holds: 60 % of won revenue was touched by partners, 2 % was led; 2 led of 100 deals are compatible with any share from 0.6 % to 7 %'),
	(0.005, 'holds: 60 % of won revenue was touched by partners, 2 % was led'),
	(0,    'holds: 60 % of won revenue was touched by partners, 2 % was led')) v(claimed, verdict);
SELECT is(pg_temp.claim(s::involvement_summary, claimed, measure, scope), verdict, left(verdict, 90))
FROM (VALUES
	('v1 direct/unpartnered/open=5:0:5 involved/partner_influenced/open=30:0:40 led/partner_sourced/open=65:0:55', 0.6, 'amount', 'open',
		'does not hold: 95 % of open pipeline was touched by partners, 55 % was led; 65 led of 100 deals are compatible with any share from 55.3 % to 73.6 %'),
	('v1 direct/unpartnered/open=5:0:5 involved/partner_influenced/open=30:0:40 led/partner_sourced/open=65:0:55', 0.5, 'deals', 'open',
		'holds: 95 % of open deals were touched by partners, 65 % were led'),
	('v1 direct/unpartnered/won=99:0:100 led/partner_sourced/won=1:0:100', 0.5, 'amount', 'won',
		'holds: 50 % of won revenue was touched by partners, 50 % was led; it is carried by large deals, for only 1 of 100 deals was led'),
	('v1 direct/unpartnered/won=60:0:60 involved/ecosystem_sourced/won=20:0:20 involved/partner_sourced/won=15:0:15 led/partner_sourced/won=5:0:5', 0.39, 'amount', 'won',
		'does not hold: 40 % of won revenue was touched by partners, 5 % was led; the claimed 39 % is what partners touched, not what they led'),
	('v1 direct/unpartnered/lost=50:0:50 involved/partner_influenced/lost=30:0:30 involved/partner_sourced/lost=15:0:15 led/partner_sourced/lost=5:0:5', 0.2, 'deals', 'lost',
		'does not hold: 50 % of lost deals were touched by partners, 5 % were led; the claimed 20 % is what was sourced with partners, not what they led'),
	('v1 direct/unpartnered/won=30:0:30 covered/unpartnered/won=40:0:40 unproven/unpartnered/won=10:0:10 involved/partner_influenced/won=20:0:20', 0.7, 'amount', 'all',
		'does not hold: 20 % of the amount of all deals was touched by partners, 0 % was led; the claimed 70 % is every deal with a partner on record, be it an overlap, an installed integration or a touch without proof'),
	('v1 direct/unpartnered/won=40:0:40 involved/partner_influenced/won=2:0:2 led/partner_sourced/won=58:0:58', 0.585, 'amount', 'won',
		'does not hold: 60 % of won revenue was touched by partners, 58 % was led; 58 led of 100 deals are compatible with any share from 48.2 % to 67.2 %'),
	('v1 direct/unpartnered/won=40:0:40004 led/partner_sourced/won=60:0:59996', 0.6, 'amount', 'won',
		'does not hold: 59.996 % of won revenue was touched by partners, 59.996 % was led; 60 led of 100 deals are compatible with any share from 50.2 % to 69.1 %'),
	('v1 direct/unpartnered/won=19:0:99999 led/partner_sourced/won=1:0:1', 0.9, 'amount', 'won',
		'does not hold: 0.001 % of won revenue was touched by partners, 0.001 % was led'),
	('v1 led/partner_sourced/won=20:0:20', 1, 'amount', 'won',
		'holds: 100 % of won revenue was touched by partners, 100 % was led; 20 led of 20 deals are compatible with any share from 83.9 % to 100 %'),
	('v1 direct/unpartnered/won=12:2:10 led/partner_sourced/won=11:1:90', 0.2, 'amount', 'won',
		'holds: 90 % of won revenue was touched by partners, 90 % was led; 3 deals have no amount and are not in it'),
	('v1 direct/unpartnered/won=4:0:4 led/partner_sourced/won=5:0:5', 0.1, 'amount', 'won',
		'too few deals: 5 of 9 won deals were led, and it takes 10 to say anything'),
	('v1 direct/unpartnered/won=5:0:5 led/partner_sourced/won=5:0:5', 0.1, 'amount', 'won',
		'holds: 50 % of won revenue was touched by partners, 50 % was led'),
	('v1 direct/unpartnered/won=20:20:0 led/partner_sourced/won=1:0:5', 0.1, 'amount', 'won',
		'too few deals: 1 of 1 won deals was led, and it takes 10 to say anything'),
	('v1', 0.5, 'amount', 'won', 'nothing to judge: there are no won deals'),
	('v1', 0.5, 'deals', 'all', 'nothing to judge: there are no deals'),
	('v1 led/partner_sourced/won=20:20:0', 0.5, 'amount', 'won', 'nothing to judge: there are no won deals with an amount'),
	('v1 direct/unpartnered/won=20:0:-30 led/partner_sourced/won=20:0:20', 0.5, 'amount', 'won',
		'nothing to judge: the amounts of won deals do not add up to more than 0'),
	('v1 direct/unpartnered/open=20:0:0', 0.5, 'amount', 'open', 'nothing to judge: the amounts of open deals do not add up to more than 0'),
	('v1 direct/unpartnered/won=20:0:-10 led/partner_sourced/won=20:0:20', 0.5, 'amount', 'won',
		'nothing to judge: with negative amounts won deals have no shares from 0 to 1')) v(s, claimed, measure, scope, verdict);
SELECT results_eq($$SELECT holds, deals, led_deals, led_low IS NULL, confuses FROM led_claim('v1', 0.5)$$,
	'VALUES (NULL::boolean, 0::bigint, 0::bigint, true, NULL::text)', 'no deals, no verdict');
SELECT results_eq($$SELECT holds, round(led_low::numeric, 4), round(led_high::numeric, 4) FROM led_claim('v1 led/partner_sourced/won=1:0:5', 0.5)$$,
	'VALUES (NULL::boolean, 0.2065, 1.0000)', 'of few deals an interval, which is wide, and no verdict');
SELECT cmp_ok((SELECT led_high - led_low FROM sixty, led_claim(s, 0.1, confidence => 0.99)), '>', (SELECT led_high - led_low FROM sixty, led_claim(s, 0.1)),
	'a higher confidence takes a wider interval');
SELECT is((SELECT holds FROM sixty, led_claim(s, 1 / 50.0)), true, 'a claim is rounded as shares are');
SELECT is((SELECT c IS NULL FROM led_claim(NULL, 0.5) c), true, 'no summary, no answer');
SELECT throws_ok(format('SELECT led_claim(s, %L) FROM sixty', c), '22003', format('claimed share %s is not between 0 and 1', c), format('claimed %s', c))
FROM unnest('{60,1.01,-0.1,NaN,1000}'::text[]) c;
SELECT throws_ok('SELECT led_claim(s, 0.5, ''money'') FROM sixty', '22023', 'unknown measure "money"', 'a claim by an unknown measure');
SELECT throws_ok('SELECT led_claim(s, 0.5, ''deals'', ''closed'') FROM sixty', '22023', 'unknown scope "closed"', 'a claim about an unknown scope');
SELECT throws_ok('SELECT led_claim(s, 0.5, confidence => 95) FROM sixty', '22003', 'confidence 95 is not between 0 and 1', 'a confidence in percent');

-- Amounts
SELECT is(involvement_summary_agg(NULL, a, true, false)::text, t, format('sum %s', t))
FROM (VALUES ('v1 scale=2 direct/unpartnered/won=3:0:0.30', 0.1), ('v1 scale=2 direct/unpartnered/won=3:0:0.30', 0.15), ('v1 scale=2 direct/unpartnered/won=3:0:0.30', 0.05),
	('v1 direct/unpartnered/won=2:0:0', 7), ('v1 direct/unpartnered/won=2:0:0', -7),
	('v1 scale=36 direct/unpartnered/won=1:0:-0.000000000000000000000000000000000001', -1e-36),
	('v1 direct/unpartnered/won=1:0:999999999999999999999999999999999999', 1e36 - 1)) v(t, a) GROUP BY t;
SELECT throws_ok(format('SELECT involvement_summary_agg(NULL, a, true, false) FROM unnest(%L::numeric[]) a', a), '22003', message, format('amounts %s', a))
FROM (VALUES ('{NaN}', 'amount NaN is not a finite number'), ('{Infinity}', 'amount Infinity is not a finite number'), ('{1e40}', 'an amount has too many digits'),
	('{1e35,1e-35}', 'sum of amounts has too many digits'), ('{1e-35,1e35}', 'sum of amounts has too many digits'), ('{1e-37}', 'an amount has too many digits')) v(a, message);
SELECT throws_ok($$SELECT involvement_summary_combine(s, s) FROM (SELECT 'v1 direct/unpartnered/won=1:0:600000000000000000000000000000000000'::involvement_summary AS s) q$$,
	'22003', 'sum of amounts has too many digits', 'a sum out of range');
SELECT throws_ok($$SELECT involvement_summary_combine(s, s) FROM (SELECT 'v1 direct/unpartnered/won=5000000000000000000:0:0'::involvement_summary AS s) q$$,
	'22003', 'too many deals in one summary', 'too many deals');

-- Random deals against plain SQL
SELECT setseed(0.41);
CREATE SCHEMA summary_check;
CREATE TABLE summary_check.deal WITH (parallel_workers = 4) AS
SELECT d AS deal, d % 5 AS region, s.motion, CASE WHEN random() < 0.9 THEN round((random() * 100000)::numeric, d % 4) END AS amount,
	d % 7 IN (1, 2) AS won, CASE WHEN d % 7 <> 6 THEN d % 7 IN (3, 4) END AS open
FROM generate_series(1, 3000) d, LATERAL (SELECT floor(random() * 10 + 0 * d) AS n) r
LEFT JOIN LATERAL (SELECT motion FROM (SELECT motion, row_number() OVER (ORDER BY class, origin) AS n FROM specimen) x WHERE x.n = r.n) s ON true;
ANALYZE summary_check.deal;
CREATE TEMP TABLE serial AS SELECT region, involvement_summary_agg(motion, amount, won, open) AS summary FROM summary_check.deal GROUP BY region;
SELECT is_empty($$
	WITH classed AS (SELECT region, coalesce(involvement(motion), 'direct') AS class, coalesce(origin(motion), 'unpartnered') AS origin, amount,
			CASE WHEN won THEN 'won' WHEN open THEN 'open' WHEN open IS NULL THEN 'unknown' ELSE 'lost' END AS scope FROM summary_check.deal),
	valued AS (SELECT region, s.scope, m.measure, class, origin, CASE m.measure WHEN 'deals' THEN 1 ELSE coalesce(amount, 0) END AS v, amount IS NULL AS unpriced
		FROM classed c, LATERAL (VALUES (c.scope), ('all')) s(scope), (VALUES ('deals'), ('amount')) m(measure)),
	wanted AS (SELECT region, scope, measure, sum(v) AS total, coalesce(sum(v) FILTER (WHERE class IN ('involved', 'led')), 0) AS touched,
			coalesce(sum(v) FILTER (WHERE class = 'led'), 0) AS led, coalesce(sum(v) FILTER (WHERE class = 'involved'), 0) AS gap,
			round(coalesce(sum(v) FILTER (WHERE class IN ('involved', 'led')), 0) / sum(v), 6) AS touched_share,
			round(coalesce(sum(v) FILTER (WHERE class = 'led'), 0) / sum(v), 6) AS led_share,
			round(coalesce(sum(v) FILTER (WHERE class = 'involved'), 0) / sum(v), 6) AS gap_share,
			coalesce(sum(v) FILTER (WHERE origin = 'partner_sourced'), 0), coalesce(sum(v) FILTER (WHERE origin IN ('partner_sourced', 'ecosystem_sourced')), 0),
			coalesce(sum(v) FILTER (WHERE class IN ('involved', 'led') AND origin <> 'partner_sourced'), 0), coalesce(sum(v) FILTER (WHERE class = 'unproven'), 0),
			coalesce(sum(v) FILTER (WHERE class = 'covered'), 0), coalesce(sum(v) FILTER (WHERE class = 'direct'), 0), count(*) FILTER (WHERE unpriced)
		FROM valued GROUP BY 1, 2, 3)
	(SELECT region, r.* FROM serial, involvement_summary(summary) r EXCEPT ALL TABLE wanted)
	UNION ALL (TABLE wanted EXCEPT ALL SELECT region, r.* FROM serial, involvement_summary(summary) r)$$, '3000 random deals come out as plain SQL says');
SELECT is_empty('SELECT * FROM serial, involvement_summary(summary) WHERE touched <> led + gap OR touched <> partner_sourced + partner_influenced
	OR ecosystem_sourced < partner_sourced AND measure = ''deals''
	OR total <> touched + unproven + covered + direct', 'the lines add up');
SELECT is_empty($$SELECT * FROM serial, involvement_summary(summary) r WHERE (touched_share, led_share, gap_share, round(partner_sourced / nullif(total, 0), 6),
		round(ecosystem_sourced / nullif(total, 0), 6), round(partner_influenced / nullif(total, 0), 6))
	IS DISTINCT FROM (touched_share(summary, measure, scope), led_share(summary, measure, scope), involvement_gap(summary, measure, scope),
		partner_sourced_share(summary, measure, scope), ecosystem_sourced_share(summary, measure, scope), partner_influenced_share(summary, measure, scope))$$,
	'the accessors say what the rows say');

-- Workers, order, splits
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT region, involvement_summary_agg(motion, amount, won, open) FROM summary_check.deal GROUP BY region'),
	'Finalize.*Workers Planned: [1-4].*Partial', 'workers make parts of summaries');
CREATE TEMP TABLE parallel AS SELECT region, involvement_summary_agg(motion, amount, won, open) AS summary FROM summary_check.deal GROUP BY region;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT results_eq('SELECT region, involvement_summary_send(summary) FROM parallel ORDER BY 1', 'SELECT region, involvement_summary_send(summary) FROM serial ORDER BY 1',
	'workers change no byte');
SELECT is_empty(format($$SELECT region FROM (SELECT region, involvement_summary_agg(motion, amount, won, open ORDER BY hashint8(%s * 1000003 + deal)) AS summary
		FROM summary_check.deal GROUP BY region) s JOIN serial USING (region)
	WHERE involvement_summary_send(s.summary) <> involvement_summary_send(serial.summary)$$, seed), format('shuffle %s changes no byte', seed))
FROM generate_series(1, 3) seed;
SELECT is_empty(format($$SELECT region FROM (SELECT region, rollup(summary ORDER BY hashint4(shard + %1$s)) AS summary
		FROM (SELECT region, deal %% %1$s AS shard, involvement_summary_agg(motion, amount, won, open) AS summary FROM summary_check.deal GROUP BY 1, 2) p GROUP BY 1) s
	JOIN serial USING (region) WHERE involvement_summary_send(s.summary) <> involvement_summary_send(serial.summary)$$, shards), format('%s shards change no byte', shards))
FROM unnest('{2,7,50}'::int[]) shards;
SELECT is_empty($$SELECT 1 FROM serial a, serial b WHERE involvement_summary_send(involvement_summary_combine(a.summary, b.summary))
	<> involvement_summary_send(involvement_summary_combine(b.summary, a.summary))$$, 'combine is commutative');
SELECT is_empty($$SELECT 1 FROM serial a, serial b, serial c WHERE involvement_summary_send(involvement_summary_combine(involvement_summary_combine(a.summary, b.summary), c.summary))
	<> involvement_summary_send(involvement_summary_combine(a.summary, involvement_summary_combine(b.summary, c.summary)))$$, 'combine is associative');
SELECT is(deals(_involvement_summary_accum(NULL, NULL, 1, true, false)), 1::bigint, 'the transition function makes a summary');
SELECT is(deals(s), 3::bigint, 'and leaves the one it is given as it was')
FROM (SELECT s, _involvement_summary_accum(s, NULL, 0.01, true, false) AS t FROM (SELECT 'v1 direct/unpartnered/won=3:0:5'::involvement_summary AS s OFFSET 0) a OFFSET 0) b
WHERE t::text = 'v1 scale=2 direct/unpartnered/won=4:0:5.01';
SELECT is_empty($$SELECT 1 FROM (SELECT deals(involvement_summary_agg(motion, amount, won, open) OVER (ORDER BY deal)) AS n, row_number() OVER (ORDER BY deal) AS want
	FROM summary_check.deal WHERE deal <= 50) w WHERE n <> want$$, 'a running summary');

SELECT is((SELECT count(*) FROM (SELECT summary FROM serial UNION SELECT summary FROM parallel) u), 5::bigint, 'equal summaries are one');

-- Text and binary form
SELECT is_empty('SELECT 1 FROM serial WHERE involvement_summary_send(summary::text::involvement_summary) <> involvement_summary_send(summary)', 'the text form is complete');
SELECT is(t::involvement_summary::text, t, 'text: ' || t)
FROM unnest('{v1,v1 led/partner_sourced/open=1:0:-999999999999999999999999999999999999,v1 scale=3 direct/unpartnered/lost=2:1:-0.010}'::text[]) t;
SELECT throws_ok(format('SELECT %L::involvement_summary', t), '22P02', NULL, 'refused: ' || t)
FROM unnest(ARRAY['', 'v2', 'v1 ', 'v1 scale=2', 'v1 scale=37 direct/unpartnered/won=1:0:1', 'v1 scale=2 direct/unpartnered/won=1:0:1.5', 'v1 direct/unpartnered/won=1:0:1.5',
	'v1 direct/unpartnered/won=1:2:0', 'v1 direct/unpartnered/won=1:1:5', 'v1 direct/partner_sourced/won=1:0:5', 'v1 direct/unpartnered/won=-1:0:5',
	'v1 direct/unpartnered/won=1:0:5 direct/unpartnered/won=1:0:5', 'v1 direct/unpartnered/lost=1:0:5 direct/unpartnered/won=1:0:5',
	'v1 direct/unpartnered/won=1:0:1000000000000000000000000000000000000', 'v1 direct/unpartnered/won=0:0:5']) t;

CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/involvement_summary_check.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	result bytea;
BEGIN
	PERFORM lo_export(lo, file);
	PERFORM lo_unlink(lo);
	CREATE TEMP TABLE received (v involvement_summary);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	SELECT involvement_summary_send(v) INTO result FROM received;
	PERFORM * FROM received, involvement_summary(v);
	DROP TABLE received;
	RETURN CASE WHEN result = bytes THEN 'kept' ELSE 'changed' END;
EXCEPTION
	WHEN invalid_binary_representation OR numeric_value_out_of_range THEN RETURN 'refused';
END
$$;
SELECT is(pg_temp.receive(involvement_summary_send(summary)), 'kept', 'received as sent') FROM serial WHERE region = 1;
SELECT is(pg_temp.receive(bytes), 'refused', format('refused: %s', what))
FROM (SELECT involvement_summary_send('v1 scale=2 direct/unpartnered/won=2:1:5.00') AS b) s, LATERAL (VALUES
	(set_byte(b, 0, 2), 'a later version'), (set_byte(b, 1, 99), 'a scale out of range'), (set_byte(b, 2, 255), 'a negative count'),
	(set_byte(b, 17, 3), 'more without amount than there are'), (set_byte(b, 17, 2), 'an amount of deals without one'), (b || '\x00', 'a byte too many')) v(bytes, what);
SELECT is_empty($$SELECT i, fate FROM (SELECT involvement_summary_send(summary) AS b FROM serial WHERE region = 2) s, LATERAL generate_series(0, length(b) - 1, 3) i,
	LATERAL pg_temp.receive(set_byte(b, i, (get_byte(b, i) + 129) % 256)) fate WHERE fate NOT IN ('kept', 'refused')$$, 'no changed byte is taken for another value');

-- Limits
CREATE TEMP TABLE endless AS SELECT string_agg((i % 10)::text, '')::numeric AS a FROM generate_series(1, 30000) i;
SELECT throws_ok($$SELECT involvement_summary_agg(NULL, a, true, false) FROM endless$$, '22003', 'an amount has too many digits', 'an amount so long that it is stored elsewhere');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS involvement_summary LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 4000), 'hex')) AS v;
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'involvement_summary of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'involvement_summary of unknown version 99', 'a stored value of another version: rollup(v)');
SELECT throws_ok($$SELECT involvement_summary(v) FROM old$$, 'XX001', 'involvement_summary of unknown version 99', 'a stored value of another version: involvement_summary(v)');

SELECT * FROM finish();
ROLLBACK;
