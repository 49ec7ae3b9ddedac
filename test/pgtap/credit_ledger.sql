-- credit: the window function, the aggregate of one deal and that of a whole
-- table give the same numbers, and those that the definitions give in SQL.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(40);

-- Published results: Adobe's and Google's 40/20/40, one touch all, two half
-- each; unequal ends renormalised, 20/20/60 over two touches is 25/75;
-- Marketo's 30/30/30/10 and 22.5 x 4 + 10; Google's seven days' half-life.
CREATE FUNCTION pg_temp.parts(rule text, roles text[], days int[], amount numeric DEFAULT 100, weights numeric[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(c::text, ' ' ORDER BY i)
	FROM  (SELECT i, credit(amount, rule::credit_model, r, format('p%s', i), timestamptz '2026-01-01' + d * interval '1 day', NULL, weights[i]) OVER () AS c
	       FROM unnest(roles, days) WITH ORDINALITY u(r, d, i)) q
$$;
SELECT is(pg_temp.parts(rule, roles, days, amount, weights), want, rule || ' ' || days::text)
FROM (VALUES
	('u_shaped', NULL::text[], '{0,1,2,3}'::int[], 100, NULL::numeric[], '40.00 10.00 10.00 40.00'),
	('u_shaped', NULL, '{0}', 100, NULL, '100.00'),
	('u_shaped', NULL, '{0,1}', 100, NULL, '50.00 50.00'),
	('u_shaped(first=20, middle=20, last=60)', NULL, '{0,1}', 100, NULL, '25.00 75.00'),
	('u_shaped(first=20, middle=20, last=60)', NULL, '{2,1,0}', 100, NULL, '60.00 20.00 20.00'),
	('w_shaped', '{first,x,lead_created,opportunity_created,NULL}', '{0,1,2,3,4}', 100, NULL, '30.00 5.00 30.00 30.00 5.00'),
	('w_shaped', '{first,"lead_created, opportunity_created"}', '{0,1}', 90, NULL, '30.00 60.00'),
	('w_shaped', '{first,x}', '{0,1}', 100, NULL, '75.00 25.00'),
	('w_shaped', '{first,first,lead_created}', '{0,1,2}', 100, NULL, '25.00 25.00 50.00'),
	('full_path', '{first,lead_created,opportunity_created,closed,x}', '{0,1,2,3,4}', 100, NULL, '22.50 22.50 22.50 22.50 10.00'),
	('full_path', '{First,Lead_Created+closed}', '{0,1}', 90, NULL, '30.00 60.00'),
	('time_decay', NULL, '{0,7,14}', 70, NULL, '10.00 20.00 40.00'),
	('time_decay(half_life=24h)', NULL, '{0,1,2}', 70, NULL, '10.00 20.00 40.00'),
	('time_decay(half_life=1h)', NULL, '{0,3650}', 100, NULL, '0.00 100.00'),
	('engagement', NULL, '{0,1,2}', 100, '{1,NULL,2}', '25.00 25.00 50.00'),
	('engagement(half_life=1d)', NULL, '{0,1,1}', 100, '{2,1,0}', '50.00 50.00 0.00'),
	('source_wins', '{technical,sourcing,sourcing}', '{0,2,1}', 100, NULL, '0.00 0.00 100.00'),
	('source_wins', '{technical,NULL}', '{0,2}', 100, NULL, '0.00 0.00'),
	('primary_only', NULL, '{0,1,2}', 100, '{0,1,NULL}', '0.00 100.00 0.00')) v(rule, roles, days, amount, weights, want);

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
SELECT *, CASE WHEN NOT counts THEN 0
	WHEN rule = 'u_shaped' THEN CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 40 WHEN place IN (1, n) THEN 40 * (n - 2) ELSE 20 END
	WHEN rule = 'w_shaped' THEN 2520 * (CASE WHEN held[1] THEN 30::numeric / n1 ELSE 0 END + CASE WHEN held[2] THEN 30::numeric / n2 ELSE 0 END
		+ CASE WHEN held[3] THEN 30::numeric / n3 ELSE 0 END + CASE WHEN held[1] OR held[2] OR held[3] THEN 0 ELSE 10::numeric / n0 END)
	WHEN rule = 'time_decay' THEN 2::numeric ^ (-extract(epoch FROM last - occurred_at) / (7 * 86400))
	WHEN rule = 'engagement' THEN w
	WHEN rule = 'engagement(half_life=3d)' THEN w * 2::numeric ^ (-extract(epoch FROM last - occurred_at) / (3 * 86400))
	ELSE (place = 1)::int END AS share
FROM milestones;
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
SELECT results_eq($$SELECT l.deal, l.partner, l.amount, l.reason FROM (SELECT credit_ledger_agg(deal, amount, m::credit_model, 'r', partner) AS s FROM (VALUES
		('1 none', NULL::numeric, 'linear', 'ada'), ('2 digits', 1.005, 'linear', 'ada'), ('3 nan', 'NaN', 'linear', 'ada'), ('4 model', 5, NULL, 'ada'),
		('5 nobody', 5, NULL, NULL), ('6 touch''s', 5, NULL, NULL), ('6 touch''s', NULL, 'linear', 'ada')) v(deal, amount, m, partner)) q, ledger(q.s) l ORDER BY 1, 2$$,
	$$VALUES ('1 none', NULL, NULL::numeric, 'not split: the deal has no amount'), ('2 digits', NULL, 1.005, 'not split: amount has more than 2 digits after the decimal point'),
		('3 nan', NULL, 'NaN', 'not split: amount is not finite'), ('4 model', NULL, 5, 'not split: no credit model'), ('5 nobody', NULL, 5, 'no partner'),
		('6 touch''s', 'ada', 5.00, 'equal share of 1 partner')$$, 'a deal that cannot be split is a row with its reason');
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
SELECT throws_ok($$SELECT 'x'::credit_ledger$$, '0A000', NULL, 'a ledger has no text form');
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

SELECT * FROM finish();
ROLLBACK;
