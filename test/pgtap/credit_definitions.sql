-- credit: every model with every option, against its definition in plain SQL,
-- row by row, in all three forms and with ids of every type.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(20);

-- Every model, alone and with each of the options that all models take.  No
-- half-life makes touches of unequal age and weight weigh the same, which the
-- definition would settle by their order and the last of 60 bits otherwise.
CREATE TEMP TABLE rule AS
SELECT rule, substring(rule FROM '^\w+') AS method,
       coalesce(substring(rule FROM 'per=(\w+)'), 'partner') AS per,
       coalesce(substring(rule FROM 'within=(\w+)'), 'partners') AS within,
       coalesce(substring(rule FROM 'unfilled=(\w+)'), 'retain') AS unfilled,
       coalesce(substring(rule FROM 'minor_digits=(\d+)')::int, 2) AS digits,
       rule LIKE '%after_close=include%' AS after_close,
       substring(rule FROM 'lookback=(\d+)')::int * CASE substring(rule FROM 'lookback=\d+([dh])') WHEN 'd' THEN 24 ELSE 1 END * interval '1 hour' AS lookback,
       coalesce(substring(rule FROM 'half_life=(\d+)')::int * CASE substring(rule FROM 'half_life=\d+([dh])') WHEN 'd' THEN 86400 ELSE 3600 END,
                CASE WHEN rule LIKE 'time_decay%' THEN 7 * 86400 END) AS half_life
FROM  (SELECT CASE WHEN option = '' THEN model WHEN model LIKE '%)' THEN left(model, -1) || ', ' || option || ')' ELSE model || '(' || option || ')' END AS rule
       FROM   unnest(ARRAY['role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0, unknown=ignore)',
	'role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0, unknown=ignore, unfilled=redistribute)',
	'role_split(technical=22.5, sourcing=22.5, co_sell=0.000001, unknown=ignore, within=touches)',
	'role_split(technical=22.5, sourcing=22.5, co_sell=0.000001, unknown=ignore, within=touches, unfilled=redistribute)',
	'role_split(co_sell=1, sourcing=1, technical=1, none=1, unknown=ignore, within=weight)',
	'role_split(co_sell=3, sourcing=1, technical=1, none=1, unknown=ignore, within=weight, unfilled=redistribute)',
	'linear', 'linear(per=touch)', 'first_touch', 'last_touch',
	'u_shaped', 'u_shaped(first=20, middle=20, last=60)', 'u_shaped(first=50.5, middle=0, last=10)', 'u_shaped(first=0, middle=1, last=0)',
	'w_shaped', 'w_shaped(first=10, lead=0, opportunity=25.5, middle=64.5)', 'w_shaped(middle=0)', 'full_path', 'full_path(first=5, close=70, middle=0)',
	'time_decay', 'time_decay(half_life=36h)', 'time_decay(half_life=2h)', 'engagement', 'engagement(half_life=35h)', 'engagement(half_life=10d)',
	'source_wins', 'primary_only']) model,
              unnest('{"",lookback=100h,lookback=6d,after_close=include,"lookback=90h, after_close=include",minor_digits=0,minor_digits=3}'::text[]) option) r;
SELECT is((SELECT count(*) FROM rule WHERE rule::credit_model IS NOT NULL), 27::bigint * 7, 'every model with every option is a rule');

CREATE TEMP TABLE deal AS
SELECT d, md5('u' || d)::uuid AS uid, CASE d % 7 WHEN 0 THEN '' WHEN 1 THEN 'Zoë ' WHEN 2 THEN 'a"b\' ELSE 'd' END || CASE WHEN d % 7 > 0 OR d > 7 THEN d::text ELSE '' END AS id,
       (ARRAY['bigint', 'uuid', 'text'])[1 + d % 3] AS kind,
       CASE WHEN d % 23 = 0 THEN 0 ELSE (('x' || substr(md5('amount' || d), 1, 12))::bit(48)::bigint % 10000000 - 3000000)::numeric / 1000 END
         * CASE WHEN d % 19 = 0 THEN 1e25 ELSE 1 END AS exact_amount,
       CASE d % 7 WHEN 0 THEN NULL WHEN 1 THEN 'infinity' ELSE timestamptz '2026-01-09 12:00+00' END AS closed_at
FROM   generate_series(1, 180) d;
-- Half days, so that many touches come at one time and some at the close and
-- at the edge of a lookback; partners whose order as numbers is another one
-- than as text, and which is none that a locale has.
CREATE TEMP TABLE touch AS
SELECT d, i, (ARRAY['sourcing', 'Technical ', 'influencing', 'CO_SELL', 'none', 'first', 'lead_created', 'opportunity_created', 'Closed+first',
                    'lead_created , opportunity_created', NULL, 'Sourcing ', 'Co-Sell', 'Lead Created', 'opportunity-created', 'Closed;Lead-Created'])[1 + h % 16] AS role,
       p AS partner, ('00000000-0000-0000-0000-' || lpad(to_hex(p * 7919), 12, '0'))::uuid AS uid,
       (ARRAY['', 'B', 'a', 'é', 'É', 'zz', 'Z', '10', '9', '9 ', '中', 'b'])[p - 5] AS name,
       CASE h % 13 WHEN 0 THEN NULL WHEN 1 THEN '-infinity' ELSE timestamptz '2026-01-01 12:00+00' + (h / 13 % 20) * interval '12 hours' END AS occurred_at,
       CASE WHEN h % 3 > 0 THEN h % 5 + 0.25 * (h % 4) END AS weight
FROM   deal, generate_series(1, d % 10) i, LATERAL (SELECT ('x' || substr(md5(d || '/' || i), 1, 7))::bit(28)::int AS h) r,
       LATERAL (SELECT CASE WHEN h % 17 > 0 THEN (h / 7) % 12 + 6 END AS p) q;
-- Ids are told apart by their text, byte by byte, whatever their type.
CREATE TEMP TABLE input AS
SELECT rule.rule, d, deal.kind, i, trunc(exact_amount, digits) AS amount, closed_at, partner, t.uid, name, role, occurred_at, weight,
       CASE kind WHEN 'bigint' THEN partner::text WHEN 'uuid' THEN t.uid::text WHEN 'text' THEN name END AS written
FROM   rule, deal LEFT JOIN touch t USING (d);

-- The definitions.  A touch's weight is the fraction num / den, a deal's
-- weights are whole numbers over the product of its denominators.
CREATE AGGREGATE pg_temp.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = 1);
CREATE TEMP TABLE place AS
SELECT rule, key, n AS place, weight::numeric AS w
FROM   rule, LATERAL regexp_matches(rule, '(\w+)=([0-9.]+)(?=[,)])', 'g') WITH ORDINALITY m(m, n), LATERAL (SELECT m[1] AS key, m[2] AS weight) x
WHERE  method = 'role_split' AND key <> 'minor_digits'
UNION ALL
SELECT rule, key, NULL, coalesce(substring(rule FROM '[(, ]' || key || '=([0-9.]+)')::numeric, usual)
FROM   rule JOIN (VALUES ('u_shaped', 'first', 40), ('u_shaped', 'middle', 20), ('u_shaped', 'last', 40),
                         ('w_shaped', 'first', 30), ('w_shaped', 'lead', 30), ('w_shaped', 'opportunity', 30), ('w_shaped', 'middle', 10),
                         ('full_path', 'first', 22.5), ('full_path', 'lead', 22.5), ('full_path', 'opportunity', 22.5), ('full_path', 'close', 22.5), ('full_path', 'middle', 10))
            usual(method, key, usual) USING (method);
CREATE TEMP TABLE considered AS
WITH judged AS (
	SELECT input.*, method, per, within, unfilled, digits, half_life, place, w, coalesce(weight, 1) AS own, at,
	       row_number() OVER (PARTITION BY rule, d ORDER BY at NULLS LAST, written COLLATE "C" NULLS LAST, role COLLATE "C" NULLS LAST, weight NULLS FIRST, i) AS nth,
	       written IS NOT NULL
	       AND (at IS NOT NULL OR lookback IS NULL AND method NOT IN ('first_touch', 'last_touch', 'u_shaped', 'time_decay') AND (method <> 'engagement' OR half_life IS NULL))
	       AND (at IS NULL OR coalesce(closed_at, 'infinity') = 'infinity' OR (at <= closed_at OR after_close) AND (lookback IS NULL OR at >= closed_at - lookback))
	       AND CASE method WHEN 'role_split' THEN coalesce(w, 0) > 0 AND (within <> 'weight' OR coalesce(weight, 1) > 0)
	                       WHEN 'source_wins' THEN coalesce(spelled = 'sourcing', false)
	                       WHEN 'primary_only' THEN coalesce(weight > 0, false)
	                       WHEN 'engagement' THEN coalesce(weight, 1) > 0 ELSE true END AS counts
	FROM   (SELECT *, regexp_replace(lower(role), '[\s_-]', '', 'g') AS spelled FROM input) input JOIN rule USING (rule)
	       LEFT JOIN (SELECT rule, place, w, replace(key, '_', '') AS spelled FROM place WHERE place IS NOT NULL) p USING (rule, spelled),
	       LATERAL (SELECT CASE WHEN isfinite(occurred_at) THEN occurred_at END AS at) a
	WHERE  i IS NOT NULL
), best AS (
	SELECT *, counts AND (method <> 'role_split' OR place = first_value(place) OVER (PARTITION BY rule, d, written ORDER BY counts DESC, w DESC NULLS LAST, place)) AS holds
	FROM   judged
)
SELECT *, CASE WHEN method = 'role_split' THEN place END AS pool,
       row_number() OVER (PARTITION BY rule, d, holds ORDER BY nth) AS kth, count(*) OVER (PARTITION BY rule, d, holds) AS n,
       max(at) OVER (PARTITION BY rule, d, holds) AS last_at,
       -- milestones that the touch holds
       CASE WHEN method IN ('w_shaped', 'full_path') THEN
            ARRAY(SELECT m FROM unnest('{first,lead,opportunity,close}'::text[], '{first,leadcreated,opportunitycreated,closed}'::text[]) u(m, r)
                  WHERE r = ANY (regexp_split_to_array(spelled, '[,+;]')) AND (m <> 'close' OR method = 'full_path')) END AS held
FROM   best;
CREATE INDEX ON considered (rule, d);
ANALYZE considered;
CREATE TEMP TABLE weighed AS
WITH shared AS (
	SELECT rule, d, pool, count(DISTINCT written) AS partners, count(*) AS touches, sum(own) AS own_in_pool FROM considered WHERE holds GROUP BY 1, 2, 3
), rows AS (
	SELECT rule, d, written, count(*) AS rows FROM considered WHERE holds GROUP BY 1, 2, 3
), held_by AS (
	SELECT rule, d, m, count(*) AS holders FROM considered, unnest(CASE WHEN held = '{}' THEN '{middle}' ELSE held END) m WHERE holds GROUP BY 1, 2, 3
), milestone AS (
	SELECT rule, d, i, sum(p.w * 27720 / holders) AS num
	FROM  (SELECT rule, d, i, m FROM considered, unnest(CASE WHEN held = '{}' THEN '{middle}' ELSE held END) m WHERE holds) c
	      JOIN held_by USING (rule, d, m) JOIN place p USING (rule) WHERE p.key = m
	GROUP  BY 1, 2, 3
), u AS (
	SELECT rule, max(w) FILTER (WHERE key = 'first') AS first, max(w) FILTER (WHERE key = 'middle') AS middle, max(w) FILTER (WHERE key = 'last') AS last
	FROM   place WHERE rule LIKE 'u_shaped%' GROUP BY 1
), fraction AS (
	SELECT c.*, CASE WHEN NOT holds THEN 0
	       WHEN method IN ('first_touch', 'source_wins') THEN (bool_or(kth = 1) OVER tie)::int
	       WHEN method = 'last_touch' THEN (bool_or(kth = n) OVER tie)::int
	       WHEN method IN ('linear', 'primary_only') THEN 1
	       WHEN method = 'role_split' THEN c.w * CASE within WHEN 'weight' THEN own ELSE 1 END
	       WHEN method = 'u_shaped' THEN sum(CASE WHEN n = 1 THEN 1 WHEN kth = 1 THEN u.first * greatest(n - 2, 1) WHEN kth = n THEN u.last * greatest(n - 2, 1) ELSE u.middle END) OVER tie
	       WHEN method IN ('w_shaped', 'full_path') THEN milestone.num
	       ELSE CASE method WHEN 'engagement' THEN own ELSE 1 END *
	            CASE WHEN half_life IS NULL THEN 1 ELSE 2::numeric(50, 40) ^ (-extract(epoch FROM last_at - at) / half_life)::numeric(50, 40) END END AS num,
	       CASE WHEN NOT holds THEN 1
	       WHEN method = 'linear' AND per = 'partner' THEN rows
	       WHEN method = 'role_split' THEN CASE within WHEN 'partners' THEN partners * rows WHEN 'touches' THEN touches ELSE own_in_pool * 100 END
	       WHEN method = 'u_shaped' THEN greatest(n - 2, 1) * count(*) OVER tie
	       WHEN method IN ('first_touch', 'last_touch', 'source_wins') THEN count(*) OVER tie
	       ELSE 1 END::numeric AS den
	FROM   considered c LEFT JOIN shared USING (rule, d) LEFT JOIN rows USING (rule, d, written) LEFT JOIN milestone USING (rule, d, i) LEFT JOIN u USING (rule)
	WHERE  NOT holds OR c.pool IS NOT DISTINCT FROM shared.pool
	-- touches at one moment: the mean of the places from the first of them to the last
	WINDOW tie AS (PARTITION BY c.rule, c.d, holds, at)
), each AS (
	SELECT DISTINCT ON (rule, d, i) rule, d, i, nth, written, role, at, weight, num * CASE WHEN within = 'weight' AND method = 'role_split' THEN 100 ELSE 1 END AS num, den, holds
	FROM   fraction
), unheld AS (
	SELECT rule, d, (SELECT sum(w) FROM place p WHERE p.rule = c.rule) - coalesce(sum(DISTINCT w + 1000 * place) FILTER (WHERE holds) - 1000 * sum(DISTINCT place) FILTER (WHERE holds), 0) AS num
	FROM   considered c WHERE method = 'role_split' AND unfilled = 'retain' GROUP BY 1, 2 HAVING bool_or(written IS NOT NULL)
), every AS (
	SELECT rule, d, i, nth, written, role, at, weight, num, den FROM each
	UNION ALL
	SELECT rule, d, NULL, NULL, NULL, NULL, NULL, NULL, num, 1 FROM unheld
)
SELECT *, num * div(pg_temp.product(den) OVER (PARTITION BY rule, d), den) AS whole FROM every;
CREATE TEMP TABLE expected AS
WITH split AS (
	SELECT e.*, digits, sign(amount) AS sign, abs(amount) * 10::numeric ^ digits AS units, sum(whole) OVER (PARTITION BY rule, d) AS total
	FROM   weighed e JOIN rule USING (rule) JOIN (SELECT DISTINCT rule, d, amount FROM input) a USING (rule, d)
), parts AS (
	SELECT *, CASE WHEN total > 0 THEN div(units * whole, total) ELSE 0 END AS part,
	       CASE WHEN total > 0 THEN units * whole - total * div(units * whole, total) END AS remainder FROM split
), ranked AS (
	SELECT *, row_number() OVER (PARTITION BY rule, d ORDER BY remainder DESC, nth NULLS LAST) AS rank,
	       CASE WHEN total > 0 THEN units - sum(part) OVER (PARTITION BY rule, d) ELSE 0 END AS left_over FROM parts
)
SELECT rule, d, i, written, role, at, weight, sign * (part + (rank <= left_over)::int) / 10::numeric ^ digits AS credit, total FROM ranked;
CREATE INDEX ON expected (rule, d);
ANALYZE expected;

-- The window function, with partners of every type.
CREATE TEMP TABLE by_window AS
SELECT rule, d, i, written, role, occurred_at, weight, amount, credit(amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d) AS credit
FROM   input WHERE kind = 'bigint' AND i IS NOT NULL
UNION ALL
SELECT rule, d, i, written, role, occurred_at, weight, amount, credit(amount, rule::credit_model, role, uid, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d ORDER BY i DESC)
FROM   input WHERE kind = 'uuid' AND i IS NOT NULL
UNION ALL
SELECT rule, d, i, written, role, occurred_at, weight, amount, credit(amount, rule::credit_model, role, name, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d ORDER BY md5(i::text))
FROM   input WHERE kind = 'text' AND i IS NOT NULL;
SELECT is(count(*), (SELECT count(*) FROM input WHERE i IS NOT NULL), 'every row of every rule') FROM by_window;
SELECT cmp_ok(count(*), '>', 40000::bigint, 'tens of thousands that earn something') FROM by_window WHERE credit <> 0;

-- Large amounts by decay are left to what the three forms say of one another:
-- the power is exact to 2^-60.  Touches equal in everything may swap their cents.
CREATE TEMP TABLE difference AS
SELECT rule, d, written, role, at, weight, array_agg(b.credit ORDER BY b.credit) AS got, array_agg(e.credit ORDER BY e.credit) AS want
FROM   by_window b JOIN expected e USING (rule, d, i, written, role, weight)
WHERE  abs(amount) < 1e9 OR rule !~ 'decay|half_life'
GROUP  BY 1, 2, 3, 4, 5, 6;
SELECT is((SELECT count(DISTINCT rule) FROM difference), 189::bigint, 'every rule is compared');
SELECT is(count(*), 0::bigint, 'credit() is the definition in plain SQL, row by row') FROM difference WHERE got <> want;
SELECT diag(format('%s, deal %s, %s %s: %s, not %s', rule, d, written, role, got, want)) FROM difference WHERE got <> want LIMIT 5;

-- One deal a value, and a whole table with ids of every type, without a join.
CREATE TEMP TABLE stated AS
SELECT DISTINCT rule, d, kind, amount, closed_at, NULL::bigint AS partner, NULL::uuid AS uid, NULL AS name, NULL AS role, NULL::timestamptz AS occurred_at, NULL::numeric AS weight FROM input
UNION ALL
SELECT rule, d, kind, NULL, NULL, partner, uid, name, role, occurred_at, weight FROM input WHERE i IS NOT NULL;
CREATE TEMP TABLE by_deal AS
WITH value AS (
	SELECT rule, d, deal_credit_agg(amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS s FROM stated WHERE kind = 'bigint' GROUP BY 1, 2
	UNION ALL
	SELECT rule, d, deal_credit_agg(amount, rule::credit_model, role, uid, occurred_at, closed_at, weight ORDER BY occurred_at DESC) FROM stated WHERE kind = 'uuid' GROUP BY 1, 2
	UNION ALL
	SELECT rule, d, deal_credit_agg(amount, rule::credit_model, role, name, occurred_at, closed_at, weight ORDER BY md5(name)) FROM stated WHERE kind = 'text' GROUP BY 1, 2
)
SELECT rule, d, c.* FROM value, credits(s) c;
CREATE TEMP TABLE by_ledger AS
WITH value AS (
	SELECT rule, credit_ledger_agg(d::bigint, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) AS s FROM stated WHERE kind = 'bigint' GROUP BY 1
	UNION ALL
	SELECT rule, credit_ledger_agg(deal.uid, amount, rule::credit_model, role, stated.uid, occurred_at, stated.closed_at, weight ORDER BY md5(d::text || occurred_at)) FROM stated JOIN deal USING (d) WHERE stated.kind = 'uuid' GROUP BY 1
	UNION ALL
	SELECT rule, credit_ledger_agg(id, amount, rule::credit_model, role, name, occurred_at, stated.closed_at, weight ORDER BY weight) FROM stated JOIN deal USING (d) WHERE stated.kind = 'text' GROUP BY 1
)
SELECT rule, d, partner, role, occurred_at, share, amount, reason, l.model
FROM   value, ledger(s) l JOIN deal ON deal = CASE kind WHEN 'bigint' THEN d::text WHEN 'uuid' THEN uid::text ELSE id END;
ANALYZE by_deal, by_ledger;
SELECT is(count(*), 0::bigint, 'credit_ledger_agg equals deal_credit_agg in every row, share and reason')
FROM  (SELECT rule, d, partner, role, share, amount, reason, count(*) FROM by_deal GROUP BY 1, 2, 3, 4, 5, 6, 7) a
      FULL JOIN (SELECT rule, d, partner, role, share, amount, reason, count(*) FROM by_ledger GROUP BY 1, 2, 3, 4, 5, 6, 7) b
      ON (a.rule, a.d, a.amount, a.share, a.reason, a.count) = (b.rule, b.d, b.amount, b.share, b.reason, b.count)
      AND a.partner IS NOT DISTINCT FROM b.partner AND a.role IS NOT DISTINCT FROM b.role
WHERE a.rule IS NULL OR b.rule IS NULL;
SELECT is(count(*), 0::bigint, 'a row names its model') FROM by_ledger WHERE model IS DISTINCT FROM rule::credit_model::text;
SELECT is(count(*), 0::bigint, 'the ledger equals the window function in every touch')
FROM  (SELECT rule, d, partner, role, occurred_at, array_agg(amount ORDER BY amount) AS amounts FROM by_ledger WHERE partner IS NOT NULL GROUP BY 1, 2, 3, 4, 5) l
      FULL JOIN (SELECT rule, d, written, role, CASE WHEN isfinite(occurred_at) THEN occurred_at END AS occurred_at, array_agg(credit ORDER BY credit) AS amounts
                 FROM by_window WHERE written IS NOT NULL GROUP BY 1, 2, 3, 4, 5) w
      ON (l.rule, l.d, l.partner, l.amounts) = (w.rule, w.d, w.written, w.amounts) AND l.role IS NOT DISTINCT FROM w.role AND l.occurred_at IS NOT DISTINCT FROM w.occurred_at
WHERE l.rule IS NULL OR w.rule IS NULL;

-- What no partner gets: the whole deal, what its model retains, or nothing.
CREATE TEMP TABLE remainder AS
SELECT rule, d, amount, total, CASE WHEN total IS NULL OR total = 0 THEN amount ELSE retained END AS credit
FROM  (SELECT DISTINCT rule, d, amount FROM input) a
      LEFT JOIN (SELECT rule, d, max(total) AS total, max(credit) FILTER (WHERE i IS NULL) AS retained, bool_or(written IS NOT NULL) AS touched FROM expected GROUP BY 1, 2) e USING (rule, d);
UPDATE remainder SET credit = NULL FROM weighed w WHERE w.rule = remainder.rule AND w.d = remainder.d AND w.i IS NULL AND w.num = 0 AND total > 0;
SELECT is(count(*), 0::bigint, 'what no partner gets is the definition''s, too')
FROM  (SELECT rule, d, amount AS credit FROM by_ledger WHERE partner IS NULL) l FULL JOIN (SELECT * FROM remainder WHERE credit IS NOT NULL) r USING (rule, d)
WHERE l.credit IS DISTINCT FROM r.credit;
SELECT is(count(*), 0::bigint, 'all of it sums to the amount, and shares to one')
FROM  (SELECT rule, d, sum(amount) AS credited, sum(share) AS share FROM by_ledger GROUP BY 1, 2) c RIGHT JOIN (SELECT DISTINCT rule, d, amount FROM input) a USING (rule, d)
WHERE credited IS DISTINCT FROM amount OR share IS DISTINCT FROM 1;
SELECT is(count(*), 0::bigint, 'every credit is a whole number of minor units, with the amount''s sign')
FROM   by_window JOIN rule USING (rule) WHERE scale(credit) <> digits OR sign(credit) NOT IN (0, sign(amount));
SELECT is(count(*), 0::bigint, 'the reason says why a touch gets nothing, or what for')
FROM   by_ledger JOIN rule USING (rule)
WHERE  reason IS NULL OR reason = '' OR (share > 0 AND reason ~ '^(no date|after the close|more than|weight is 0|its place|not |partner is|another)' AND partner IS NOT NULL);

-- Every case that a definition treats apart has come up.
SELECT cmp_ok(count(*), '>', 100::bigint, what) FROM (
	SELECT 'several first touches of a shape, and others' AS what FROM considered WHERE holds AND method = 'u_shaped' GROUP BY rule, d
	       HAVING count(*) FILTER (WHERE at = (SELECT min(x.at) FROM considered x WHERE x.holds AND (x.rule, x.d) = (considered.rule, considered.d))) BETWEEN 2 AND count(*) - 1
	UNION ALL SELECT 'several touches at one time' AS what FROM considered WHERE holds GROUP BY rule, d, at HAVING count(*) > 1
	UNION ALL SELECT 'a touch at the very close' FROM considered WHERE at = closed_at
	UNION ALL SELECT 'a touch at the very edge of the lookback' FROM considered JOIN rule USING (rule) WHERE at = considered.closed_at - lookback
	UNION ALL SELECT 'milestones that coincide' FROM considered WHERE holds AND cardinality(held) > 1
	UNION ALL SELECT 'milestones that are absent' FROM considered WHERE held IS NOT NULL AND holds GROUP BY rule, d HAVING NOT array_agg(array_to_string(held, ',')) && '{first}'
	UNION ALL SELECT 'a partner with several roles' FROM considered WHERE method = 'role_split' AND counts AND NOT holds) c
GROUP BY what ORDER BY what COLLATE "C";
-- Many units left over for many touches: as apportion() hands them out.
SELECT is_empty($$SELECT n, spread, amount FROM (
		SELECT n, spread, amount, array_agg(credit ORDER BY i) AS got, apportion(amount, array_agg(weight ORDER BY i)) AS want
		FROM  (SELECT n, spread, amount, i, weight, credit(amount, 'engagement', NULL, lpad(i::text, 6, '0'), NULL, NULL, weight) OVER (PARTITION BY n, spread, amount) AS credit
		       FROM unnest('{1,2,50,127,300,5000,70000}'::int[]) n, unnest('{1,3,1000,1000000007}'::bigint[]) spread, unnest('{0.01,100,-98765.43,12345678.90,92233720368547758.07}'::numeric[]) amount, generate_series(1, CASE WHEN n <= 5000 OR spread > 1000 AND amount > 1e9 OR spread = 3 AND amount < 0 THEN n END) i,
		            LATERAL (SELECT (abs(hashint8(i * spread))::bigint % spread + (i = 1)::int)::numeric AS weight) w) c
		GROUP  BY n, spread, amount) d
	WHERE got <> want$$, 'odd cents by the thousands');

SELECT * FROM finish();
ROLLBACK;
