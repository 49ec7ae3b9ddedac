-- credit: the window function, the aggregate of one deal and that of a whole
-- table give the same numbers, and those that the definitions give in SQL.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(112);

-- Published results, each with who says so, in documentation that can be read
-- (the numbers that it leaves to the reader are worked out by its rule).
CREATE FUNCTION pg_temp.parts(rule text, roles text[], days int[], amount numeric DEFAULT 100, weights numeric[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(c::text, ' ' ORDER BY i)
	FROM  (SELECT i, credit(amount, rule::credit_model, r, format('p%s', i), timestamptz '2026-01-01' + d * interval '1 day', NULL, weights[i]) OVER () AS c
	       FROM unnest(roles, days) WITH ORDINALITY u(r, d, i)) q
$$;
SELECT is(pg_temp.parts(rule, roles, days, amount, weights), want, rule || ' ' || days::text || ': ' || source)
FROM (VALUES
	('u_shaped', NULL::text[], '{0,1,2,3}'::int[], 100, NULL::numeric[], '40.00 10.00 10.00 40.00', 'Adobe Analytics, "U-shaped"; Google, position-based: 40/20/40'),
	('u_shaped', NULL, '{0}', 100, NULL, '100.00', 'Adobe: one touch has 100 %'),
	('u_shaped', NULL, '{0,1}', 100, NULL, '50.00 50.00', 'Adobe: two touches have 50 % each'),
	('u_shaped(first=20, middle=20, last=60)', NULL, '{0,1}', 100, NULL, '25.00 75.00', 'Adobe, "J curve" 20/20/60: two touches have 25 and 75 %'),
	('u_shaped(first=20, middle=20, last=60)', NULL, '{2,1,0}', 100, NULL, '60.00 20.00 20.00', 'Adobe, "J curve"'),
	('u_shaped(first=60, middle=20, last=20)', NULL, '{0,1}', 100, NULL, '75.00 25.00', 'Adobe, "inverse J": two touches have 75 and 25 %'),
	('u_shaped(first=60, middle=20, last=20)', NULL, '{0,1,2,3}', 100, NULL, '60.00 10.00 10.00 20.00', 'Adobe, "inverse J": 60/20/20'),
	('w_shaped', '{first,x,lead_created,opportunity_created,NULL}', '{0,1,2,3,4}', 100, NULL, '30.00 5.00 30.00 30.00 5.00', 'Adobe Marketo Measure, W-shaped: 30 % for each milestone, 10 % for the rest'),
	('w_shaped', '{first,"lead_created, opportunity_created"}', '{0,1}', 90, NULL, '30.00 60.00', 'by the same weights, two milestones in one touch'),
	('w_shaped', '{first,lead_created,opportunity_created}', '{0,1,2}', 90, NULL, '30.00 30.00 30.00', 'by the same weights, nothing between'),
	('w_shaped', '{first,x}', '{0,1}', 100, NULL, '75.00 25.00', 'by the same weights, milestones that are absent'),
	('w_shaped', '{first,first,lead_created}', '{0,1,2}', 100, NULL, '25.00 25.00 50.00', 'by the same weights, a milestone that two touches hold'),
	('full_path', '{first,lead_created,opportunity_created,closed,x}', '{0,1,2,3,4}', 100, NULL, '22.50 22.50 22.50 22.50 10.00', 'Adobe Marketo Measure, full path: 22.5 % for each milestone, 10 % for the rest'),
	('full_path', '{First,Lead_Created+closed}', '{0,1}', 90, NULL, '30.00 60.00', 'by the same weights, two milestones in one touch'),
	('time_decay', NULL, '{0,7,14}', 70, NULL, '10.00 20.00 40.00', 'Google Ads API: the half-life is 1 week; Adobe: 2^(-t / half-life)'),
	('time_decay', NULL, '{0,7}', 90, NULL, '30.00 60.00', 'Google Ads API: the half-life is 1 week'),
	('time_decay(half_life=24h)', NULL, '{0,1,2}', 70, NULL, '10.00 20.00 40.00', 'Adobe: 2^(-t / half-life)'),
	('time_decay(half_life=1h)', NULL, '{0,3650}', 100, NULL, '0.00 100.00', 'nothing is left'),
	('engagement', NULL, '{0,1,2}', 100, '{1,NULL,2}', '25.00 25.00 50.00', 'weights of the touches, 1 where there is none'),
	('engagement(half_life=1d)', NULL, '{0,1,1}', 100, '{2,1,0}', '50.00 50.00 0.00', 'twice the weight, half the power'),
	('source_wins', '{technical,sourcing,sourcing}', '{0,2,1}', 100, NULL, '0.00 0.00 100.00', 'the first sourcing touch'),
	('source_wins', '{technical,NULL}', '{0,2}', 100, NULL, '0.00 0.00', 'no sourcing touch'),
	('primary_only', NULL, '{0,1,2}', 100, '{0,1,NULL}', '0.00 100.00 0.00', 'the touch marked primary')) v(rule, roles, days, amount, weights, want, source);

-- Random deals and touches, ids of three types.
CREATE TEMP TABLE deal AS
SELECT d, ('x' || md5('deal' || d))::text AS id, md5('u' || d)::uuid AS uid,
       round((('x' || substr(md5('amount' || d), 1, 12))::bit(48)::bigint % 100000000 - 20000000)::numeric / 100, 2)
         * CASE WHEN d % 50 = 0 THEN 1e25 ELSE 1 END AS amount,
       CASE WHEN d % 7 <> 0 THEN timestamptz '2026-02-01' END AS closed_at
FROM   generate_series(1, 2000) d;
CREATE TEMP TABLE touch AS
SELECT d, i, (ARRAY['sourcing', 'Technical', 'first', 'lead_created', 'opportunity_created', 'closed+first', NULL])[1 + h % 7] AS role,
       (h / 7) % 12 + 1 AS partner,
       CASE WHEN h % 11 <> 0 THEN timestamptz '2026-01-01' + (h % 40) * interval '17 hours' END AS occurred_at,
       CASE WHEN h % 3 > 0 THEN h % 5 + 0.001 * (h % 4) END AS weight
FROM   deal, generate_series(1, d % 9) i, LATERAL (SELECT ('x' || substr(md5(d || '/' || i), 1, 7))::bit(28)::int AS h) r;
CREATE TEMP TABLE rule AS
SELECT rule FROM unnest(ARRAY['role_split(sourcing=40, technical=20, other=20, unknown=ignore)',
	'role_split(sourcing=40, technical=20, other=20, unknown=ignore, unfilled=redistribute, within=weight)',
	'role_split(sourcing=40, technical=20, unknown=ignore, within=touches)',
	'linear', 'linear(per=touch, lookback=20d)', 'first_touch', 'last_touch(after_close=include)', 'u_shaped', 'u_shaped(first=50.5, middle=0, last=10)',
	'w_shaped', 'full_path', 'time_decay', 'time_decay(half_life=100h)', 'engagement', 'engagement(half_life=3d)', 'source_wins', 'primary_only']) rule;

CREATE TEMP TABLE by_window AS
SELECT rule, d, i, credit(amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d) AS credit
FROM   rule, deal JOIN touch USING (d);

-- The models of places and ages in plain SQL.
CREATE TEMP TABLE weighed AS
WITH counted AS (
	SELECT rule, d, i, partner, role, occurred_at, closed_at, amount, coalesce(weight, 1) AS w, weight,
	       (occurred_at IS NULL OR closed_at IS NULL OR occurred_at <= closed_at)
	       AND CASE WHEN rule IN ('u_shaped', 'time_decay', 'engagement(half_life=3d)') THEN occurred_at IS NOT NULL
	                WHEN rule = 'primary_only' THEN weight > 0 WHEN rule = 'source_wins' THEN role = 'sourcing' ELSE true END IS TRUE AS counts
	FROM   rule, deal JOIN touch USING (d)
	WHERE  rule IN ('u_shaped', 'w_shaped', 'time_decay', 'engagement', 'engagement(half_life=3d)', 'source_wins', 'primary_only')
), placed AS (
	SELECT *, row_number() OVER o AS place_in_deal,
	       row_number() OVER (PARTITION BY rule, d, counts ORDER BY occurred_at, partner::text COLLATE "C", role COLLATE "C", weight NULLS FIRST) AS place,
	       count(*) FILTER (WHERE counts) OVER (PARTITION BY rule, d) AS n,
	       max(occurred_at) FILTER (WHERE counts) OVER (PARTITION BY rule, d) AS last,
	       ARRAY[role LIKE '%first%', role = 'lead_created', role = 'opportunity_created'] AS held
	FROM   counted
	WINDOW o AS (PARTITION BY rule, d ORDER BY occurred_at, partner::text COLLATE "C", role COLLATE "C", weight NULLS FIRST)
), milestones AS (
	SELECT *, count(*) FILTER (WHERE counts AND held[1]) OVER p AS n1, count(*) FILTER (WHERE counts AND held[2]) OVER p AS n2,
	       count(*) FILTER (WHERE counts AND held[3]) OVER p AS n3,
	       count(*) FILTER (WHERE counts AND NOT coalesce(held[1] OR held[2] OR held[3], false)) OVER p AS n0
	FROM   placed WINDOW p AS (PARTITION BY rule, d)
)
-- Touches at one moment get the mean of their places.
SELECT *, CASE WHEN NOT counts THEN 0
	WHEN rule = 'u_shaped' THEN avg(CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 40 WHEN place IN (1, n) THEN 40 * (n - 2) ELSE 20 END) OVER tie
	WHEN rule = 'w_shaped' THEN 2520 * (CASE WHEN held[1] THEN 30::numeric / n1 ELSE 0 END + CASE WHEN held[2] THEN 30::numeric / n2 ELSE 0 END
		+ CASE WHEN held[3] THEN 30::numeric / n3 ELSE 0 END + CASE WHEN held[1] OR held[2] OR held[3] THEN 0 ELSE 10::numeric / n0 END)
	WHEN rule = 'time_decay' THEN 2::numeric ^ (-extract(epoch FROM last - occurred_at) / (7 * 86400))
	WHEN rule = 'engagement' THEN w
	WHEN rule = 'engagement(half_life=3d)' THEN w * 2::numeric ^ (-extract(epoch FROM last - occurred_at) / (3 * 86400))
	WHEN rule = 'primary_only' THEN 1
	ELSE avg((place = 1)::int) OVER tie END AS share
FROM milestones WINDOW tie AS (PARTITION BY rule, d, counts, occurred_at);
CREATE TEMP TABLE expected AS
WITH parts AS (
	SELECT *, sum(share) OVER (PARTITION BY rule, d) AS total FROM weighed
), whole AS (
	SELECT *, abs(amount) * 100 * share / total AS exact FROM parts WHERE total > 0
), ranked AS (
	SELECT *, row_number() OVER (PARTITION BY rule, d ORDER BY round(exact - trunc(exact), 9) DESC, place_in_deal) AS rank,
	       abs(amount) * 100 - sum(trunc(round(exact, 9))) OVER (PARTITION BY rule, d) AS left_over
	FROM   (SELECT rule, d, i, amount, place_in_deal, round(exact, 9) AS exact FROM whole) w
)
SELECT rule, d, i, sign(amount) * (trunc(exact) + (rank <= left_over)::int) * 0.01 AS credit FROM ranked
UNION ALL
SELECT rule, d, i, 0 FROM parts WHERE total = 0;
SELECT cmp_ok((SELECT count(*) FROM expected), '>', 50000::bigint, 'tens of thousands of credits');
-- Touches equal in everything may swap their cents.
SELECT is(count(*), 0::bigint, 'equal to the definitions in plain SQL, row by row')
FROM  (SELECT array_agg(b.credit ORDER BY b.credit) AS got, array_agg(e.credit ORDER BY e.credit) AS want
       FROM   by_window b JOIN expected e USING (rule, d, i) JOIN touch USING (d, i)
       WHERE  abs(b.credit) < 1e20
       GROUP  BY rule, d, partner, role, occurred_at, weight) c
WHERE  got <> want;

-- One deal a value.
CREATE TEMP TABLE by_deal AS
SELECT rule, d, c.*
FROM  (SELECT rule, d, deal_credit_agg(amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS s
       FROM rule, deal LEFT JOIN touch USING (d) GROUP BY 1, 2) q, credits(q.s) c;
SELECT results_eq($$SELECT rule, d, partner, sum(amount) FROM by_deal WHERE partner IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3$$,
	$$SELECT rule, d, partner::text, sum(credit) FROM by_window JOIN touch USING (d, i) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3$$,
	'deal_credit_agg equals the window function');
SELECT is(count(*), 0::bigint, 'credits, retained and unattributed sum to the amount, shares to one')
FROM  (SELECT rule, d, sum(amount) AS credited, sum(share) AS share FROM by_deal GROUP BY 1, 2) c JOIN deal USING (d)
WHERE credited <> amount OR share <> 1;
SELECT is(count(*), 0::bigint, 'every row has its reason') FROM by_deal WHERE reason IS NULL OR reason = '';

-- A whole table, without a join, in two orders, with ids of every type.
CREATE TEMP TABLE input AS
SELECT d, id, uid, amount, closed_at, NULL::bigint AS partner, NULL::text AS role, NULL::timestamptz AS occurred_at, NULL::numeric AS weight FROM deal
UNION ALL
SELECT d, id, uid, NULL, NULL, partner, role, occurred_at, weight FROM touch JOIN deal USING (d);
CREATE TEMP TABLE by_ledger AS
SELECT rule, l.*
FROM  (SELECT rule, credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS s FROM rule, input GROUP BY 1) q, ledger(q.s) l;
SELECT results_eq($$SELECT rule, deal::bigint, partner, role, share, amount, reason FROM by_ledger ORDER BY 1, 2, 3, 4, 5, 6, 7$$,
	$$SELECT rule, d::bigint, partner, role, share, amount, reason FROM by_deal ORDER BY 1, 2, 3, 4, 5, 6, 7$$, 'credit_ledger_agg equals deal_credit_agg in every row');
SELECT results_eq($$SELECT rule, deal, partner, role, occurred_at, share, amount, reason FROM by_ledger JOIN (SELECT d::text AS deal, id FROM deal) d USING (deal) ORDER BY 1, 2, 3, 4, 5, 6, 7, 8$$,
	$$SELECT rule, d::text, partner, l.role, l.occurred_at, l.share, l.amount, l.reason
	  FROM (SELECT rule, credit_ledger_agg(id, amount, rule::credit_model, role, partner::text, occurred_at, closed_at, weight ORDER BY md5(id || partner)) AS s
	        FROM rule, input GROUP BY 1) q, ledger(q.s) l JOIN deal ON deal.id = l.deal ORDER BY 1, 2, 3, 4, 5, 6, 7, 8$$,
	'neither the rows'' order nor the type of the ids matters');
SELECT results_eq($$SELECT rule, partner, sum(amount) FROM by_ledger WHERE partner IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2$$,
	$$SELECT rule, partner, t.amount FROM (SELECT rule, credit_ledger_agg(uid, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS s
	  FROM rule, input GROUP BY 1) q, partner_totals(q.s) t WHERE partner IS NOT NULL ORDER BY 1, 2$$, 'partner_totals are the sums of the ledger');
SELECT results_eq($$SELECT rule::credit_model::text, partner, sum(amount) FROM by_ledger GROUP BY 1, 2 ORDER BY 1, 2$$,
	$$SELECT model, partner, sum(t.amount) FROM (SELECT credit_comparison_agg((SELECT array_agg(rule) FROM rule), d, amount, role, partner, occurred_at, closed_at, weight) AS s
	  FROM input) q, partner_totals(q.s) t GROUP BY 1, 2 ORDER BY 1, 2$$, 'several models in one pass equal each alone');
SELECT results_eq($$SELECT partner, role, occurred_at, share, amount, reason FROM by_ledger WHERE rule = 'u_shaped' ORDER BY 1, 2, 3, 4, 5, 6$$,
	$$WITH q AS MATERIALIZED (SELECT credit_ledger_agg(id, amount, 'u_shaped', role, partner, occurred_at, closed_at, weight) AS s FROM input)
	  SELECT partner, l.role, l.occurred_at, l.share, l.amount, l.reason FROM q, ledger(q.s) l ORDER BY 1, 2, 3, 4, 5, 6$$, 'the flat form holds the same');

-- What is not split, and what rows must agree on.
SELECT results_eq($$SELECT l.deal, l.partner, l.share, l.amount, l.reason FROM (SELECT credit_ledger_agg(deal, amount, m::credit_model, 'r', partner) AS s FROM (VALUES
		('1 none', NULL::numeric, 'linear', 'ada'), ('2 digits', 1.005, 'linear', 'ada'), ('3 nan', 'NaN', 'linear', 'ada'), ('4 model', 5, NULL, 'ada'),
		('5 nobody', 5, NULL, NULL), ('6 touch''s', 5, NULL, NULL), ('6 touch''s', NULL, 'linear', 'ada')) v(deal, amount, m, partner)) q, ledger(q.s) l ORDER BY 1, 2$$,
	$$VALUES ('1 none', 'ada', NULL::numeric, NULL::numeric, 'not split: the deal has no amount'), ('1 none', NULL, NULL, NULL, 'not split: the deal has no amount'),
		('2 digits', 'ada', NULL, NULL, 'not split: amount has more than 2 digits after the decimal point'), ('2 digits', NULL, NULL, 1.005, 'not split: amount has more than 2 digits after the decimal point'),
		('3 nan', 'ada', NULL, NULL, 'not split: amount is not finite'), ('3 nan', NULL, NULL, 'NaN', 'not split: amount is not finite'),
		('4 model', 'ada', NULL, NULL, 'not split: no credit model'), ('4 model', NULL, NULL, 5, 'not split: no credit model'), ('5 nobody', NULL, 1, 5, 'no partner'),
		('6 touch''s', 'ada', 1, 5.00, 'equal share of 1 partner')$$, 'the touches of a deal that cannot be split are rows with its reason');
-- So in every form: one row per touch, and the deals of its partner.
CREATE TEMP TABLE unsplit AS SELECT deal, amount, model, role, partner FROM (VALUES
	('digits', 1.005::numeric, 'linear', NULL, NULL), ('digits', NULL, NULL, 'b', 'bob'), ('digits', NULL, NULL, 'a', 'bob'), ('digits', NULL, NULL, NULL, 'ada'),
	('nan', 'NaN', 'linear(minor_digits=0)', 'a', 'bob'), ('model', 5, NULL, 'a', 'bob'), ('none', NULL, 'linear', 'a', 'cy'), ('none', NULL, 'linear', 'a', 'bob'),
	('split', 5, 'linear', 'a', 'bob'), ('split', 5, 'linear', 'z', 'ada')) v(deal, amount, model, role, partner);
CREATE TEMP TABLE unsplit_rows AS SELECT l.* FROM (SELECT credit_ledger_agg(deal, amount, model::credit_model, role, partner) AS s FROM unsplit) q, ledger(q.s) l;
SELECT results_eq($$SELECT deal, partner, role, count(*) FROM unsplit_rows WHERE partner IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3$$,
	$$SELECT deal, partner, role, count(*) FROM unsplit WHERE partner IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3$$, 'a row for every touch');
SELECT results_eq($$SELECT deal, partner, role, share, amount, reason FROM unsplit_rows ORDER BY 1, 2, 3, 4$$,
	$$SELECT deal, c.* FROM (SELECT deal, deal_credit_agg(amount, model::credit_model, role, partner) AS s FROM unsplit GROUP BY 1) q, credits(s) c ORDER BY 1, 2, 3, 4$$, 'the same of each deal');
SELECT results_eq($$SELECT t.partner, t.deals, t.amount, t.reason FROM (SELECT credit_ledger_agg(deal, amount, model::credit_model, role, partner) AS s FROM unsplit) q, partner_totals(q.s) t WHERE partner IS NOT NULL ORDER BY 1$$,
	$$SELECT partner, count(DISTINCT deal), sum(amount), CASE WHEN sum(amount) IS NULL THEN 'not split: none of the partner''s deals could be' ELSE 'credited' END FROM unsplit_rows WHERE partner IS NOT NULL GROUP BY 1 ORDER BY 1$$,
	'and its partner''s deals');
SELECT results_eq($$SELECT l.deal, l.partner, l.amounts FROM (SELECT credit_comparison_agg('{linear,linear(minor_digits=3)}', deal, amount, role, partner) AS s FROM unsplit WHERE deal IN ('digits', 'none')) q, ledger_comparison(q.s) l ORDER BY 1, 2, 3$$,
	$$VALUES ('digits', 'ada', '{NULL,0.503}'::numeric[]), ('digits', 'bob', '{NULL,0.251}'), ('digits', 'bob', '{NULL,0.251}'), ('digits', NULL, '{1.005,NULL}'), ('none', 'bob', '{NULL,NULL}'), ('none', 'cy', '{NULL,NULL}'), ('none', NULL, '{NULL,NULL}')$$,
	'split by one model and not by another');
SELECT results_eq($$SELECT m.partner, m.model, m.deals, m.amount, m.rank FROM (SELECT credit_comparison_agg('{linear,linear(minor_digits=3)}', deal, amount, role, partner) AS s FROM unsplit WHERE deal IN ('digits', 'none')) q, model_comparison(q.s) m ORDER BY 2, 1$$,
	$$VALUES ('ada', 'linear', 1::bigint, NULL::numeric, 1::bigint), ('bob', 'linear', 2, NULL, 1), ('cy', 'linear', 1, NULL, 1),
		('ada', 'linear(minor_digits=3)', 1, 0.503, 1), ('bob', 'linear(minor_digits=3)', 2, 0.502, 2), ('cy', 'linear(minor_digits=3)', 1, NULL, 3)$$, 'and who has no amount has no rank above others');
SELECT throws_ok($$SELECT count(*) FROM (SELECT credit_ledger_agg('d'::text, a, 'linear', 'r', 'p'::text) s FROM (VALUES (1), (2)) v(a)) q, ledger(q.s)$$,
	'22023', 'rows of one deal disagree on its amount', 'two amounts of one deal');
SELECT throws_ok(format($$SELECT deal_credit_agg(a, m::credit_model, NULL, p ORDER BY %s) FROM
		(VALUES (1, NULL::numeric, 'linear', 'A'), (2, NULL, 'first_touch', 'B'), (3, 100, 'linear', NULL)) v(o, a, m, p)$$, o),
	'22023', 'rows of one deal disagree on its credit model', 'touches of two models, ordered by ' || o) FROM unnest('{o,o DESC}'::text[]) o;

-- Workers: each brings the models to compare.
CREATE TABLE public.compared AS
SELECT g % 3 AS part, g::bigint AS deal, 100.0 + g % 7 AS amount, (g % 11)::bigint AS partner, timestamptz '2026-01-01' AS at, (CASE WHEN g > 15000 AND g % 2 = 0 THEN '{linear,last_touch}' ELSE '{linear,first_touch}' END)::text[] AS models
FROM   generate_series(1, 30000) g;
ANALYZE public.compared;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_hashagg = off;
SELECT results_eq($$WITH q AS MATERIALIZED (SELECT part, credit_comparison_agg('{linear,first_touch}', deal, amount, 'r', partner, at, NULL::timestamptz) AS s FROM public.compared GROUP BY part)
		SELECT part, model, sum(t.amount) FROM q, partner_totals(q.s) t GROUP BY part, model ORDER BY part, model$$,
	$$SELECT part, model, sum(amount)::numeric FROM public.compared, (VALUES ('first_touch'), ('linear')) m(model) GROUP BY part, model ORDER BY part, model$$, 'models compared in workers');
SELECT throws_ok('SELECT credit_comparison_agg(models, deal, amount, ''r'', partner, at, NULL::timestamptz) FROM public.compared', '22023', 'models to compare must be the same in every row', 'other models in other rows');
DROP TABLE public.compared;

SELECT throws_ok($$SELECT credit_ledger_agg(NULL::text, 1, 'linear', 'r', 'p'::text)$$, '22004', 'deal must not be null', 'a row without a deal');
SELECT throws_ok($$SELECT 'x'::credit_ledger$$, '22P02', 'invalid input syntax for type credit_ledger: "x"', 'text that is no ledger');
SELECT throws_ok($$SELECT ''::credit_ledger$$, '22P02', 'invalid input syntax for type credit_ledger: ""', 'nor is the empty text');
SELECT results_eq($$SELECT t.partner, t.deals, t.amount, t.reason FROM (SELECT credit_ledger_agg(1::bigint, 10, 'linear', NULL, NULL::text) AS l) q, partner_totals(q.l) t$$,
	$$VALUES (NULL::text, 1::bigint, 10.00, 'no partner')$$, 'totals of a ledger without any partner');
SELECT is_empty($$SELECT m.* FROM (SELECT credit_comparison_agg('{linear,last_touch}', 1::bigint, 10, NULL, NULL::text) AS l) q, model_comparison(q.l) m$$, 'models compared without any partner');
SELECT results_eq($$SELECT t.deals, t.model FROM (SELECT credit_comparison_agg('{linear,last_touch}', 1::bigint, 10, NULL, NULL::text) AS l) q, partner_totals(q.l) t$$, $$VALUES (1::bigint, 'linear'), (1, 'last_touch')$$, 'and their totals');
SELECT throws_ok($$SET LOCAL ecosystem.ledger_memory = '1MB'; SELECT credit_ledger_agg(g::bigint, g, 'linear', 'r', g::bigint) FROM generate_series(1, 100000) g$$,
	'53400', NULL, 'memory is bounded, with a clear error');

-- deal_credit is a value: it is merged, sent, dumped; garbage is refused.
CREATE TEMP TABLE value AS
SELECT d, deal_credit_agg(amount, 'time_decay', role, partner, occurred_at, closed_at, weight) AS s FROM input GROUP BY 1;
SELECT is(count(*), 0::bigint, 'the text form is read back, and parts in any order give the same bytes')
FROM  (SELECT d, rollup(part ORDER BY k DESC) AS merged FROM (SELECT d, i % 3 AS k, deal_credit_agg(amount, 'time_decay', role, partner, occurred_at, closed_at, weight ORDER BY i) AS part
       FROM (SELECT *, row_number() OVER (ORDER BY md5(id || partner)) AS i FROM input) r GROUP BY 1, 2) p GROUP BY 1) m JOIN value USING (d)
WHERE m.merged <> s OR s::text::deal_credit <> s;
CREATE FUNCTION pg_temp.refused(t text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM count(*) FROM credits(t::deal_credit);
	RETURN false;
EXCEPTION WHEN OTHERS THEN
	IF SQLSTATE LIKE 'XX%' THEN RAISE; END IF;
	RETURN true;
END $$;
SELECT ok(bool_and(pg_temp.refused(left(s::text, n)) ), 'half a value is refused')
FROM   value, generate_series(0, length(s::text) - 2, 2) n WHERE d IN (8, 17);

-- Every byte of a value changed, in four ways: it is refused, or it is a value
-- that is read back and can be asked for its credits.
CREATE FUNCTION pg_temp.withstands(t text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s deal_credit;
BEGIN
	s := t::deal_credit;
	IF s::text::deal_credit <> s OR (SELECT count(*) FROM credits(s)) = 0 THEN
		RETURN 'another value';
	END IF;
	RETURN 'read';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN SQLSTATE LIKE 'XX%' THEN SQLERRM ELSE 'refused' END;
END $$;
CREATE TEMP TABLE changed AS
SELECT pg_temp.withstands(overlay(s::text PLACING lpad(to_hex(get_byte(decode(s::text, 'hex'), n) # change), 2, '0') FROM 2 * n + 1 FOR 2)) AS outcome
FROM   value, generate_series(0, length(s::text) / 2 - 1) n, unnest('{1,16,128,255}'::int[]) change WHERE d IN (8, 17);
SELECT is_empty($$SELECT outcome FROM changed WHERE outcome NOT IN ('read', 'refused')$$, 'a changed value is refused or read');
SELECT is(count(DISTINCT outcome), 2::bigint, 'of which both happen') FROM changed;
SELECT throws_ok(format('SELECT %L::deal_credit', s::text || '00'), '22P02', format('invalid input syntax for type deal_credit: "%s"', left(s::text || '00', 60)), 'more than a value is refused') FROM value WHERE d = 8;
SELECT throws_ok($$SELECT '01ffffffffffffffffffffffff7fffffffffffffff7fffffffffffffff'::deal_credit$$, '22P02', 'invalid input syntax for type deal_credit: "01ffffffffffffffffffffffff7fffffffffffffff7fffffffffffffff"', 'more touches than bytes');
SELECT throws_ok($$SELECT '0'::deal_credit$$, '22P02', 'invalid input syntax for type deal_credit: "0"', 'half a byte');

-- A deal that nothing is known of is a row, whatever its number and close.
SELECT results_eq($$SELECT l.deal, l.amount, l.reason FROM (SELECT credit_ledger_agg(0::bigint, NULL, NULL, NULL, NULL::bigint, NULL, timestamptz '2000-01-01 00:00+00') AS s) q, ledger(q.s) l$$,
	$$VALUES ('0', NULL::numeric, 'not split: the deal has no amount')$$, 'deal 0, closed when 2000 began');

-- What rows say of a deal's model is the same in all of them, or is refused,
-- in both aggregates and in any order.
CREATE FUNCTION pg_temp.error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE query;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLERRM || ': ' || replace(detail, 'Of deal D one', 'One');
END $$;
SELECT is(pg_temp.error_of(format('SELECT count(*) FROM (SELECT %s(%s a, m::credit_model, NULL, p ORDER BY %s) AS s FROM (VALUES %s) v(o, a, m, p)) q, %s(q.s)', agg, deal, o, rows, reader)),
	'rows of one deal disagree on its credit model: One row has first_touch, another has linear.', what || ', ' || agg || ', ' || o)
FROM  (VALUES ('two rows of the deal', $$(1, 5, NULL, NULL), (2, 5, 'linear', NULL), (3, 5, 'first_touch', NULL)$$),
              ('touches beside a deal with its own', $$(1, 5, 'last_touch', NULL), (2, NULL, 'linear', 'A'), (3, NULL, 'first_touch', 'B')$$),
              ('touches alone', $$(1, 5, NULL, NULL), (2, NULL, 'first_touch', 'A'), (3, NULL, 'linear', 'A')$$)) w(what, rows),
      (VALUES ('deal_credit_agg', '', 'credits'), ('credit_ledger_agg', '''D''::text, ', 'ledger')) f(agg, deal, reader), unnest('{o,o DESC}'::text[]) o;
SELECT is(pg_temp.error_of($$SELECT count(*) FROM (SELECT credit_ledger_agg(1::bigint, a, m::credit_model, NULL, 1::bigint) AS s FROM (VALUES (1, 'linear'), (1, NULL)) v(a, m)) q, ledger(s)$$), 'none', 'to say nothing is no disagreement');

-- Touches with the model and touches without are in one order.
CREATE TEMP TABLE partly AS
SELECT * FROM (VALUES (1, 0.02, NULL, NULL::bigint, NULL::timestamptz, NULL::numeric), (2, NULL, NULL, 7, '2026-01-01', 3), (3, NULL, 'engagement', 7, '2026-01-01', 1)) v(o, a, m, p, t, w);
SELECT results_eq($$SELECT l.partner, l.amount, l.reason FROM (SELECT credit_ledger_agg(1::bigint, a, m::credit_model, NULL, p, t, NULL::timestamptz, w ORDER BY o) AS s FROM partly) q, ledger(q.s) l ORDER BY 1, 2, 3$$,
	$$SELECT c.partner, c.amount, c.reason FROM (SELECT deal_credit_agg(a, m::credit_model, NULL, p, t, NULL::timestamptz, w ORDER BY o DESC) AS s FROM partly) q, credits(q.s) c ORDER BY 1, 2, 3$$,
	'a model given in some rows only changes no order');

-- The transition function by itself gives the aggregate's value.
SELECT ok(_deal_credit_accum(_deal_credit_accum(NULL, 5, 'linear', 'r', 'b'), NULL, NULL, NULL, 'a') = (SELECT deal_credit_agg(a, 'linear', r, p) FROM (VALUES (NULL, NULL, 'a'), (5, 'r', 'b')) v(a, r, p)),
	'a transition called by hand');

-- Reasons.
SELECT results_eq($$SELECT c.amount, c.reason FROM (SELECT deal_credit_agg(5, 'time_decay', NULL, p, t, NULL::timestamptz) AS s
		FROM (VALUES ('a', timestamptz '4713-01-01 00:00+00 BC'), ('b', '294276-12-31 00:00+00')) v(p, t)) q, credits(q.s) c$$,
	$$VALUES (0.00, 'more than 60 half-lives before the last touch'), (5.00, 'last touch')$$, 'too old to weigh anything');
-- The weights, in cents of an amount of as many cents as the weights are together: 2^-58.5 is nearest to 3 / 2^60.
SELECT results_eq(format($$SELECT c.amount, c.reason FROM (SELECT deal_credit_agg(%s, 'time_decay(half_life=1h)', NULL, p, t, NULL::timestamptz) AS s
		FROM (VALUES ('a', timestamptz '2026-01-04 00:00+00' - interval '%s'), ('b', '2026-01-04 00:00+00')) v(p, t)) q, credits(q.s) c WHERE partner = 'a'$$, (2::numeric ^ 60 + cents) / 100, age),
	format($$VALUES (%s, '%s before the last touch')$$, cents / 100.0, reason), age || ' of half-lives of an hour')
FROM   (VALUES (3, '58 h 30 min', '2 days'), (2, '59 h', '2 days'), (1, '60 h', '2 days'), (0, '60 h 0.000001 s', 'more than 60 half-lives'), (0, '60 h 59 min', 'more than 60 half-lives'), (0, '61 h', 'more than 60 half-lives')) v(cents, age, reason);
SELECT is((SELECT max(octet_length(reason)) FROM (SELECT deal_credit_agg(5, 'role_split(a=1, unknown=ignore)', repeat('é', 500000), 'p') AS s) q, credits(q.s)), 224, 'a long role is cut in the reason');

-- Ids: none, long, of other alphabets, of other types.
SELECT results_eq($$SELECT l.deal, l.partner, l.role, l.amount FROM (SELECT credit_ledger_agg(d, CASE WHEN p <> 'ü' THEN 10 END, 'linear', '', p) AS s FROM (VALUES ('', ''), ('', 'ü'), ('日本', ' '), (E'a\nb', E'\t')) v(d, p)) q, ledger(q.s) l ORDER BY 1, 2$$,
	$$VALUES ('', '', '', 5.00), ('', 'ü', '', 5.00), (E'a\nb', E'\t', '', 10.00), ('日本', ' ', '', 10.00)$$, 'an empty id is an id');
SELECT results_eq($$SELECT l.deal = repeat('é', 32767), l.partner = repeat('中', 350000), l.role = repeat('r', 1000000), l.amount
	FROM (SELECT credit_ledger_agg(repeat('é', 32767), 10, 'linear', repeat('r', 1000000), repeat('中', 350000)) AS s FROM generate_series(1, 3)) q, ledger(q.s) l$$,
	$$VALUES (true, true, true, 3.34), (true, true, true, 3.33), (true, true, true, 3.33)$$, 'a deal of 64 kB, a partner and a role of 1 MB');
SELECT results_eq($$SELECT c.partner = repeat('中', 350000), c.role = repeat('r', 1000000), amount FROM (SELECT deal_credit_agg(10, 'linear', repeat('r', 1000000), repeat('中', 350000)) AS s) q, credits(q.s::text::deal_credit) c$$,
	$$VALUES (true, true, 10.00)$$, 'the same in a value that was written and read');
SELECT is((SELECT credit(10, 'linear', repeat('r', 1000000), repeat('中', 350000)) OVER ()), 10.00, 'and in the window function');
SELECT throws_ok($$SELECT credit_ledger_agg(repeat('x', 65536), 10, 'linear', 'r', 'p'::text)$$, '54000', 'id of a deal is too long', 'a longer deal is refused');
CREATE FUNCTION pg_temp.credited(deal text, partner text, more text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	one text[] := ARRAY(SELECT CASE t WHEN 'uuid' THEN '00000000-0000-0000-0000-000000000001' ELSE '1' END FROM unnest(ARRAY[deal, partner]) t);
BEGIN
	EXECUTE format('SELECT string_agg(concat_ws(''/'', l.deal, l.partner, l.amount, l.model), '' '') FROM (SELECT credit_ledger_agg($1::%1$s, a, ''linear'', ''r'', replace($2, ''1'', p)::%2$s%3$s) AS s
		FROM (VALUES (10.01, ''1''), (NULL, ''9'')) v(a, p)) q, ledger(q.s) l', deal, partner, more) INTO result USING one[1], one[2];
	RETURN replace(result, '00000000-0000-0000-0000-00000000000', '');
END $$;
SELECT is_empty($$SELECT * FROM (SELECT d, p, more, pg_temp.credited(d, p, more) AS got FROM unnest('{text,bigint,uuid}'::text[]) d, unnest('{text,bigint,uuid}'::text[]) p,
	unnest('{"",", NULL::timestamptz, NULL::timestamptz",", NULL::timestamptz, NULL::timestamptz, 3"}'::text[]) more) q WHERE got IS DISTINCT FROM '1/1/5.01/linear 1/9/5.00/linear'$$,
	'any type of deal with any type of partner, with and without dates and weights');

-- Wherever an aggregate may stand.
CREATE TEMP TABLE sale AS SELECT g::bigint AS deal, g AS amount, (g % 3)::bigint AS partner, CASE WHEN g % 2 = 0 THEN 'east' ELSE 'west' END AS region, g % 5 AS k FROM generate_series(1, 100) g;
SELECT results_eq($$SELECT region, k, t.partner, t.amount FROM (SELECT region, k, credit_ledger_agg(deal, amount, 'linear', NULL, partner) AS s FROM sale GROUP BY CUBE (region, k)) q, partner_totals(s) t ORDER BY 1, 2, 3$$,
	$$SELECT region, k, partner::text, sum(amount)::numeric FROM sale GROUP BY CUBE (region, k), partner ORDER BY 1, 2, 3$$, 'GROUP BY CUBE');
SELECT results_eq($$SELECT region, c.amount FROM (SELECT region, deal_credit_agg(100, 'linear', NULL, partner) AS s FROM sale GROUP BY GROUPING SETS ((region), ())) q,
	LATERAL (SELECT sum(amount) AS amount FROM credits(s)) c ORDER BY 1$$, $$VALUES ('east', 100.00), ('west', 100.00), (NULL, 100.00)$$, 'GROUPING SETS of deal_credit');
SELECT results_eq($$SELECT deal, (SELECT sum(amount) FROM ledger(s)) FROM (SELECT deal, credit_ledger_agg(deal, amount, 'linear', NULL, partner) OVER (ORDER BY deal) AS s FROM sale) q$$,
	$$SELECT deal, sum(amount) OVER (ORDER BY deal)::numeric FROM sale$$, 'a window that grows');
SELECT results_eq($$SELECT deal, (SELECT sum(amount) FROM ledger(s)) FROM (SELECT deal, credit_ledger_agg(deal, amount, 'linear', NULL, partner) OVER (ORDER BY deal ROWS 3 PRECEDING) AS s FROM sale) q$$,
	$$SELECT deal, sum(amount) OVER (ORDER BY deal ROWS 3 PRECEDING)::numeric FROM sale$$, 'a window that moves');
SELECT results_eq($$SELECT k, (SELECT string_agg(partner || '=' || share, ' ' ORDER BY partner) FROM credits(s)) FROM (SELECT DISTINCT k, deal_credit_agg(9, 'linear', NULL, partner) FILTER (WHERE deal < 10) OVER (PARTITION BY k) AS s FROM sale) q ORDER BY 1$$,
	$$VALUES (0, '2=1.000000'), (1, '0=0.500000 1=0.500000'), (2, '1=0.500000 2=0.500000'), (3, '0=0.500000 2=0.500000'), (4, '0=0.500000 1=0.500000')$$, 'FILTER in a window');
SELECT results_eq($$SELECT l.partner, l.amount FROM (SELECT credit_ledger_agg(DISTINCT k::bigint, 9, 'linear'::credit_model, NULL, partner) FILTER (WHERE k = 2) AS s FROM sale) q, ledger(s) l ORDER BY 1$$,
	$$VALUES ('0', 3.00), ('1', 3.00), ('2', 3.00)$$, 'DISTINCT and FILTER');
SELECT is_empty($$SELECT l.* FROM (SELECT credit_ledger_agg(deal, amount, 'linear', NULL, partner) FILTER (WHERE false) AS s FROM sale) q, ledger(s) l$$, 'no rows are no ledger');
SELECT results_eq($$SELECT x, sum(t.amount) FROM generate_series(1, 3) x, LATERAL (SELECT credit_ledger_agg(deal, amount * x, 'linear', NULL, partner) AS s FROM sale OFFSET 0) q, partner_totals(s) t GROUP BY 1 ORDER BY 1$$,
	$$VALUES (1, 5050.00), (2, 10100.00), (3, 15150.00)$$, 'a subquery that refers to its outside');
SELECT results_eq($$SELECT (SELECT sum(l.amount) FROM ledger(s) l), (SELECT sum(t.amount) FROM partner_totals(s) t), (SELECT sum(m.amount) FROM model_comparison(c) m)
		FROM (SELECT credit_ledger_agg(deal, amount, 'linear', NULL, partner) AS s, credit_comparison_agg('{linear,linear(per=touch)}', deal, amount, NULL, partner) AS c FROM sale) q$$,
	$$VALUES (5050.00, 5050.00, 10100.00)$$, 'read several times in one query');
CREATE TEMP TABLE kept AS SELECT region, credit_ledger_agg(deal, amount * 1e20, 'linear', NULL, partner) AS s FROM sale GROUP BY 1;
SELECT results_eq($$SELECT region, sum(l.amount) FROM kept, ledger(s) l GROUP BY 1 ORDER BY 1$$, $$SELECT region, (sum(amount) * 1e20)::numeric FROM sale GROUP BY 1 ORDER BY 1$$, 'what was put into a table is read');
SELECT results_eq($$SELECT region, sum(l.amount) FROM kept, ledger(s::text::credit_ledger) l GROUP BY 1 ORDER BY 1$$, $$SELECT region, (sum(amount) * 1e20)::numeric FROM sale GROUP BY 1 ORDER BY 1$$, 'and its text is read back');

-- Ids of every type that a bigint or a text comes of by itself, of a table (which
-- Credit Ledger Collect reads) and of what only the aggregate does; others not.
CREATE DOMAIN pg_temp.crm_id AS varchar(18);
CREATE TEMP TABLE typed AS SELECT (g - 20)::int2 AS small, (g - 20)::int4 AS middle, (g - 20)::bigint AS large, ('x' || g)::varchar(9) AS short, ('x' || g)::char(9) AS padded,
	('x' || g)::name AS named, ('x' || g)::pg_temp.crm_id AS crm_id, ('x' || g) AS plain, g::numeric AS precise, date '2026-01-01' + g AS day FROM generate_series(1, 30) g;
CREATE FUNCTION pg_temp.ids(call text, source text DEFAULT 'typed') RETURNS text LANGUAGE plpgsql AS $$
DECLARE got text;
BEGIN
	EXECUTE format('SELECT string_agg(concat_ws('' '', l.deal, l.partner, l.amount), '','' ORDER BY l.deal, l.partner) FROM (SELECT %s AS s FROM %s) q, ledger(s) l', call, source) INTO got;
	RETURN got;
END $$;
SELECT is_empty(format($$SELECT deal, partner FROM unnest('{small,middle,large,short,padded,named,crm_id,plain}'::text[]) deal, unnest('{small,middle,large,short,padded,named,crm_id,plain}'::text[]) partner,
	unnest('{typed,"(SELECT * FROM typed OFFSET 0) t"}'::text[]) source WHERE pg_temp.ids(format(%1$L, deal, partner), source) IS DISTINCT FROM pg_temp.ids(format(%1$L, deal || '::text', partner || '::text'))$$, call),
	call || ': an id is what its text is')
FROM   unnest(ARRAY['credit_ledger_agg(%s, 10, ''linear'', NULL, %s)', 'credit_comparison_agg(''{linear}'', %s, 10, NULL, %s)']) call;
SELECT results_eq($$SELECT l.deal, l.partner FROM (SELECT credit_ledger_agg('d', 10, 'linear', NULL, 'p') AS s) q, ledger(s) l$$, $$VALUES ('d', 'p')$$, 'untyped literals are texts');
SELECT results_eq($$SELECT l.deal, l.partner FROM (SELECT credit_ledger_agg('d', 10, 'linear', NULL, NULL) AS s) q, ledger(s) l$$, $$VALUES ('d', NULL::text)$$, 'an untyped NULL is no partner');
SELECT results_eq($$SELECT l.deal, l.partner FROM (SELECT credit_comparison_agg('{linear}', 'd', 10, NULL, 'p') AS s) q, ledger(s) l$$, $$VALUES ('d', 'p')$$, 'the same of several models');
SELECT results_eq($$SELECT l.deal, l.partner FROM (SELECT credit_ledger_agg(1, 10, 'linear', NULL, 2) AS s) q, ledger(s) l$$, $$VALUES ('1', '2')$$, 'integers of a statement');
SELECT throws_ok($$SELECT credit_ledger_agg(NULL, 10, 'linear', NULL, 'p')$$, '22004', 'deal must not be null', 'an untyped NULL is no deal');
PREPARE untyped AS SELECT l.deal, l.partner FROM (SELECT credit_ledger_agg($1, 10, 'linear', NULL, $2) AS s) q, ledger(s) l;
SELECT results_eq($$EXECUTE untyped('d', 'p')$$, $$VALUES ('d', 'p')$$, 'untyped parameters are texts');
SELECT throws_ok($$SELECT credit_ledger_agg(precise, 10, 'linear', NULL, plain) FROM typed$$, '42804', 'deal must be bigint, uuid or text, not numeric', 'a deal that might be another after a cast');
SELECT throws_ok($$SELECT credit_ledger_agg(plain, 10, 'linear', NULL, day) FROM typed$$, '42804', 'partner must be bigint, uuid or text, not date', 'a partner that is none');
SELECT throws_ok($$SELECT credit_comparison_agg('{linear}', day, 10, NULL, plain) FROM (SELECT * FROM typed OFFSET 0) t$$, '42804', 'deal must be bigint, uuid or text, not date', 'nor of several models');
SELECT is(pg_temp.ids('credit_ledger_agg(day::text, 10, ''linear'', NULL, precise::text)'), (SELECT string_agg(concat_ws(' ', day, precise, 10.00), ',' ORDER BY day) FROM typed), 'as the hint says');
SELECT is(pg_temp.ids('credit_ledger_agg(middle, 10, ''linear'', NULL, padded)', '(SELECT * FROM typed WHERE false) t'), NULL, 'no rows of types that are cast');

SELECT * FROM finish();
ROLLBACK;
