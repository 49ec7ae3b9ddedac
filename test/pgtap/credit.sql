-- credit: who gets what share of a deal.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(94);

-- Shares of one deal as 'partner/role=amount' in the order of the rows.
CREATE TEMP TABLE t (deal text, k int, amount numeric, role text, partner text,
	occurred_at timestamptz, closed_at timestamptz, weight numeric);
CREATE FUNCTION pg_temp.shares(deal_name text, model credit_model) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(c::text, 'null'), ' ' ORDER BY k)
	FROM   (SELECT k, credit(amount, model, role, partner, occurred_at, closed_at, weight) OVER (PARTITION BY deal) AS c
	        FROM t WHERE deal = deal_name) q
$$;

-- Role split, the shipped rule.
INSERT INTO t VALUES
	('four', 1, 1000, 'sourcing', 'ada'), ('four', 2, 1000, 'technical', 'bob'), ('four', 3, 1000, 'influencing', 'cy'), ('four', 4, 1000, 'co_sell', 'dee'),
	('lone', 1, 1000, 'influencing', 'ada'),
	('same', 1, 1000, 'technical', 'ada'), ('same', 2, 1000, 'technical', 'bob'), ('same', 3, 1000, 'technical', 'cy'),
	('both', 1, 1000, 'influencing', 'ada'), ('both', 2, 1000, 'Sourcing', 'ada'), ('both', 3, 1000, 'technical', 'bob'),
	('rows', 1, 1000, 'technical', 'ada'), ('rows', 2, 1000, 'technical', 'ada'), ('rows', 3, 1000, 'technical', 'bob'),
	('refund', 1, -1000.01, 'technical', 'ada'), ('refund', 2, -1000.01, 'technical', 'bob'),
	('dirty', 1, 1000, 'technical', NULL), ('dirty', 2, 1000, NULL, 'bob'), ('dirty', 3, 1000, 'technical', 'cy'),
	('nobody', 1, 1000, NULL, NULL),
	('no amount', 1, NULL, 'technical', 'ada'),
	('zero', 1, 0, 'technical', 'ada'),
	('strange', 1, 1000, 'Reseller', 'ada'), ('strange', 2, 1000, 'technical', 'bob');
SELECT is(pg_temp.shares(d, m::credit_model), want, d || ': ' || m)
FROM (VALUES
	('four', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', '400.00 200.00 200.00 200.00'),
	('four', 'role_split(sourcing=50, technical=25, influencing=30, co_sell=20)', '400.00 200.00 240.00 160.00'),
	('four', 'role_split(sourcing=1, technical=1, influencing=1, co_sell=0)', '333.34 333.33 333.33 0.00'),
	('lone', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', '200.00'),
	('lone', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20, unfilled=redistribute)', '1000.00'),
	('lone', 'role_split(sourcing=40, influencing=0, unfilled=redistribute)', '0.00'),
	('lone', 'role_split(sourcing=40, influencing=0)', '0.00'),
	('same', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', '66.67 66.67 66.66'),
	('same', 'role_split(technical=1)', '333.34 333.33 333.33'),
	('both', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', '0.00 400.00 200.00'),
	('both', 'role_split(sourcing=20, technical=20, influencing=20, unfilled=redistribute)', '0.00 500.00 500.00'),
	('both', 'role_split(influencing=20, sourcing=20, technical=20, unfilled=redistribute)', '500.00 0.00 500.00'),
	('rows', 'role_split(technical=1)', '250.00 250.00 500.00'),
	('rows', 'role_split(technical=1, within=touches)', '333.34 333.33 333.33'),
	('refund', 'role_split(technical=1)', '-500.01 -500.00'),
	('dirty', 'role_split(technical=1)', '0.00 0.00 1000.00'),
	('dirty', 'linear', '0.00 500.00 500.00'),
	('nobody', 'role_split(technical=1)', '0.00'),
	('nobody', 'linear', '0.00'),
	('no amount', 'linear', 'null'),
	('zero', 'linear', '0.00'),
	('strange', 'role_split(technical=1, unknown=ignore)', '0.00 1000.00'),
	('strange', 'linear', '500.00 500.00'),
	('four', 'linear(minor_digits=0)', '250 250 250 250'),
	('same', 'linear(minor_digits=3)', '333.334 333.333 333.333'),
	('rows', 'linear', '250.00 250.00 500.00'),
	('rows', 'linear(per=touch)', '333.34 333.33 333.33')) v(d, m, want);
SELECT throws_ok($$SELECT pg_temp.shares('strange', 'role_split(technical=1)')$$, '22023',
	'role "Reseller" is not a role of the credit model', 'an unknown role is an error by default');
SELECT is(pg_temp.shares('four', NULL), 'null null null null', 'no model, no credit');

-- Dates: first and last touch, the close, the lookback.
INSERT INTO t (deal, k, amount, role, partner, occurred_at, closed_at, weight)
SELECT deal, row_number() OVER (PARTITION BY deal ORDER BY n), 100, role, partner, occurred_at::timestamptz, closed_at::timestamptz, weight
FROM (VALUES
	('dated', 1, 'a', 'zoe', '2026-01-05', '2026-03-01', 3), ('dated', 2, 'a', 'ada', '2026-01-05', '2026-03-01', 1),
	('dated', 3, 'a', 'bob', '2026-02-20', '2026-03-01', 0), ('dated', 4, 'a', 'cy', '2026-03-01 00:00:00.000001+00', '2026-03-01', 1),
	('dated', 5, 'a', 'dee', NULL, '2026-03-01', 1),
	('open', 1, 'a', 'ada', '2026-01-01', NULL, NULL), ('open', 2, 'a', 'bob', '2027-01-01', NULL, 0.5),
	('never', 1, 'a', 'ada', '2026-01-01', 'infinity', NULL), ('never', 2, 'a', 'bob', 'infinity', 'infinity', 2),
	('undated', 1, 'a', 'ada', NULL, NULL, NULL), ('undated', 2, 'a', 'bob', NULL, NULL, NULL),
	('late', 1, 'a', 'ada', '2026-03-02', '2026-03-01', NULL),
	('tie', 1, 'b', 'ada', '2026-01-05', '2026-03-01', NULL), ('tie', 2, 'a', 'ada', '2026-01-05', '2026-03-01', NULL))
	v(deal, n, role, partner, occurred_at, closed_at, weight);
SELECT is(pg_temp.shares(d, m::credit_model), want, d || ': ' || m)
FROM (VALUES
	('dated', 'first_touch', '50.00 50.00 0.00 0.00 0.00'),
	('dated', 'last_touch', '0.00 0.00 100.00 0.00 0.00'),
	('dated', 'last_touch(after_close=include)', '0.00 0.00 0.00 100.00 0.00'),
	('dated', 'first_touch(lookback=10d)', '0.00 0.00 100.00 0.00 0.00'),
	('dated', 'first_touch(lookback=9d)', '0.00 0.00 100.00 0.00 0.00'),
	('dated', 'first_touch(lookback=215h)', '0.00 0.00 0.00 0.00 0.00'),
	('dated', 'linear', '25.00 25.00 25.00 0.00 25.00'),
	('dated', 'linear(lookback=55d)', '33.33 33.34 33.33 0.00 0.00'),
	('dated', 'role_split(a=1, within=weight)', '60.00 20.00 0.00 0.00 20.00'),
	('dated', 'role_split(a=1, lookback=10d)', '0.00 0.00 100.00 0.00 0.00'),
	('open', 'last_touch', '0.00 100.00'),
	('open', 'last_touch(lookback=1d)', '0.00 100.00'),
	('open', 'role_split(a=1, within=weight)', '66.67 33.33'),
	('never', 'last_touch(lookback=1d)', '100.00 0.00'),
	('undated', 'first_touch', '0.00 0.00'),
	('undated', 'linear', '50.00 50.00'),
	('late', 'linear', '0.00'),
	('late', 'role_split(a=1)', '0.00'),
	('tie', 'first_touch', '50.00 50.00'),
	('tie', 'last_touch', '50.00 50.00')) v(d, m, want);

-- What a deal's rows must agree on.
SELECT throws_ok($$SELECT credit(a, 'linear', 'r', 'p') OVER () FROM (VALUES (1), (2)) v(a)$$, '22023', 'rows of one deal disagree on its amount', 'two amounts');
SELECT throws_ok($$SELECT credit(a, 'linear', 'r', 'p') OVER () FROM (VALUES (1), (NULL)) v(a)$$, '22023', 'rows of one deal disagree on its amount', 'an amount and none');
SELECT throws_ok($$SELECT credit(1, m::credit_model, 'r', 'p') OVER () FROM (VALUES ('linear'), ('first_touch')) v(m)$$, '22023', 'rows of one deal disagree on its credit model', 'two models');
-- What disagrees is shown in an order of its own.
CREATE FUNCTION pg_temp.detail(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE query;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
SELECT is(pg_temp.detail(format('SELECT %s OVER (ORDER BY o %s) FROM (VALUES (1, 5, ''linear'', timestamptz ''2026-01-05 10:00+00'', 2), (2, %s)) v(o, a, m, c, n)', call, direction, other)), detail, call || ' ' || direction)
FROM (VALUES ('credit(a, ''linear'', ''r'', ''p'')', '30, ''linear'', NULL, 2', 'One row has 5, another has 30.'),
	('credit(a, ''linear'', ''r'', ''p'')', 'NULL, ''linear'', NULL, 2', 'One row has 5, another has null.'),
	('credit(1, m::credit_model, ''r'', ''p'')', '5, ''first_touch'', NULL, 2', 'One row has first_touch, another has linear.'),
	('credit(1, ''linear'', ''r'', ''p'', NULL, c)', '5, ''linear'', ''2026-01-04 10:00+00'', 2', 'One row has 2026-01-04T10:00:00Z, another has 2026-01-05T10:00:00Z.'),
	('apportion(a, 1)', '30, ''linear'', NULL, 2', 'One row has 5, another has 30.'),
	('apportion(5, 1, n)', '5, ''linear'', NULL, 0', 'One row has 0, another has 2.')) v(call, other, detail), unnest('{ASC,DESC}'::text[]) direction;
-- Of many it is the smallest and the largest, by value, and what is missing last.
SELECT is(pg_temp.detail(format('SELECT %s OVER (ORDER BY o %s) FROM (VALUES (1, 100, ''linear'', date ''2026-01-05'', 2), (2, 30, ''first_touch'', ''2026-01-01'', 0), (3, 5, ''u_shaped'', ''2026-01-09'', 10), (4, %s)) v(o, a, m, c, n)', call, direction, other)), detail, call || ' ' || direction)
FROM (VALUES ('credit(a, ''linear'', ''r'', ''p'')', '31, ''linear'', ''2026-01-01'', 2', 'One row has 5, another has 100.'),
	('credit(a, ''linear'', ''r'', ''p'')', 'NULL, ''linear'', ''2026-01-01'', 2', 'One row has 5, another has null.'),
	('credit(a, m::credit_model, ''r'', ''p'')', '31, ''linear'', ''2026-01-01'', 2', 'One row has 5, another has 100.'),
	('credit(1, m::credit_model, ''r'', ''p'', NULL, c)', '31, ''linear'', ''2026-01-01'', 2', 'One row has first_touch, another has u_shaped.'),
	('credit(1, ''linear'', ''r'', ''p'', NULL, c)', '31, ''linear'', ''2026-01-02'', 2', 'One row has 2026-01-01, another has 2026-01-09.'),
	('apportion(a, 1)', '31, ''linear'', ''2026-01-02'', 2', 'One row has 5, another has 100.'),
	('apportion(a, 1)', 'NULL, ''linear'', ''2026-01-02'', 2', 'One row has 5, another has null.'),
	('apportion(5, 1, n)', '31, ''linear'', ''2026-01-02'', 3', 'One row has 0, another has 10.')) v(call, other, detail), unnest('{ASC,DESC}'::text[]) direction;
SELECT is(pg_temp.detail(format('SELECT count(*) FROM ledger((SELECT credit_ledger_agg(1::bigint, a, %s, ''r'', ''p'', NULL::date, %s ORDER BY o %s) FROM (VALUES (1, 100, ''linear'', date ''2026-01-05''), (2, 30, ''first_touch'', ''2026-01-01''), (3, 5, ''u_shaped'', ''2026-01-09''), (4, 31, ''linear'', ''2026-01-02'')) v(o, b, m, c), LATERAL (SELECT %s) w(a)))', model, c, direction, a)), detail, 'ledger: ' || detail || ' ' || direction)
FROM (VALUES ('b', 'm::credit_model', 'c', 'Of deal 1 one row has 5, another has 100.'), ('5', '''linear''', 'c', 'Of deal 1 one row has 2026-01-01, another has 2026-01-09.'),
	('5', 'm::credit_model', 'NULL::date', 'Of deal 1 one row has first_touch, another has u_shaped.')) v(a, model, c, detail), unnest('{ASC,DESC}'::text[]) direction;
SELECT throws_ok($$SELECT credit(1, 'linear', 'r', 'p', NULL, c::timestamptz) OVER () FROM (VALUES ('2026-01-01'), (NULL)) v(c)$$, '22023', 'rows of one deal disagree on its close', 'a close and none');
SELECT throws_ok($$SELECT credit(1.005, 'linear', 'r', 'p') OVER ()$$, '22023', 'amount has more than 2 digits after the decimal point', 'an amount is never rounded');
SELECT throws_ok($$SELECT credit('NaN', 'linear', 'r', 'p') OVER ()$$, '22023', 'amount to split must be finite', 'an amount of NaN');
SELECT throws_ok($$SELECT credit(1, 'linear', 'r', 'p', NULL, NULL, -1) OVER ()$$, '22023', 'weight of a touch is out of range', 'a negative weight');

-- On random deals: the definition in plain SQL, the same cents in every row,
-- whatever the order of the rows and the type of the partner.
CREATE TEMP TABLE deal AS
SELECT d, round((('x' || substr(md5('amount' || d), 1, 12))::bit(48)::bigint % 100000000 - 20000000)::numeric / 100, 2)
          * CASE WHEN d % 50 = 0 THEN 1e25 ELSE 1 END AS amount
FROM   generate_series(1, 4000) d;
CREATE TEMP TABLE touch AS
SELECT d, amount, i,
       (ARRAY['sourcing', 'technical', 'influencing', 'co_sell', 'none', NULL])[1 + h % CASE WHEN d % 9 = 0 THEN 6 ELSE 5 END] AS role,
       CASE WHEN h % 31 <> 0 THEN (h / 7) % 12 + 1 END AS partner,
       CASE WHEN h % 11 <> 0 THEN timestamptz '2026-01-01' + (h % 40) * interval '1 day' END AS occurred_at,
       timestamptz '2026-02-01' AS closed_at,
       h % 5 + 0.001 * i AS weight
FROM   deal, generate_series(1, 1 + d % 9) i, LATERAL (SELECT ('x' || substr(md5(d || '/' || i), 1, 7))::bit(28)::int AS h) r;

-- Every weight as a whole number: 2520 divides by all counts there can be.
CREATE TEMP TABLE expected AS
WITH rule(rule, method, unfilled, within, lookback) AS (VALUES
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0)', 'role', 'retain', 'partners', NULL::interval),
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0, unfilled=redistribute)', 'role', 'redistribute', 'partners', NULL),
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0, within=touches)', 'role', 'retain', 'touches', NULL),
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20, none=0, lookback=20d)', 'role', 'retain', 'partners', '20 days'),
	('linear', 'linear', '', 'partners', NULL), ('linear(per=touch)', 'linear', '', 'touches', NULL), ('linear(lookback=20d)', 'linear', '', 'partners', '20 days'),
	('first_touch', 'first', '', '', NULL), ('last_touch', 'last', '', '', NULL)
), role_weight(role, w, place) AS (VALUES ('sourcing', 40, 1), ('technical', 20, 2), ('influencing', 20, 3), ('co_sell', 20, 4), ('none', 0, 5)),
eligible AS (
	SELECT rule.*, t.*, w, place,
	       t.partner IS NOT NULL AND coalesce(t.occurred_at <= closed_at, true)
	       AND coalesce(t.occurred_at >= closed_at - lookback, lookback IS NULL)
	       AND (method NOT IN ('first', 'last') OR t.occurred_at IS NOT NULL)
	       AND (method <> 'role' OR coalesce(w, 0) > 0) AS counts
	FROM   rule CROSS JOIN touch t LEFT JOIN role_weight USING (role)
), best AS (
	SELECT *, method <> 'role' OR first_value(place) OVER (PARTITION BY rule, d, partner ORDER BY counts DESC, w DESC NULLS LAST, place) = place AS is_best
	FROM   eligible
), held AS (
	SELECT *, counts AND is_best AS holds FROM best
), partners AS (
	SELECT rule, d, CASE WHEN method = 'role' THEN role END AS in_role, count(DISTINCT partner) AS partners_in_role, count(*) AS touches_in_role
	FROM   held WHERE holds GROUP BY 1, 2, 3
), counted AS (
	SELECT held.*, partners_in_role, touches_in_role, count(*) FILTER (WHERE holds) OVER (PARTITION BY held.rule, held.d, partner) AS rows_of_partner,
	       row_number() OVER (PARTITION BY held.rule, held.d ORDER BY occurred_at NULLS LAST, partner::text COLLATE "C" NULLS LAST, role COLLATE "C" NULLS LAST, weight, i) AS place_in_deal
	FROM   held LEFT JOIN partners ON partners.rule = held.rule AND partners.d = held.d
	       AND in_role IS NOT DISTINCT FROM CASE WHEN method = 'role' THEN role END
), weighed AS (
	SELECT *, CASE WHEN NOT holds THEN 0
	               WHEN method = 'first' THEN (occurred_at = min(occurred_at) FILTER (WHERE holds) OVER (PARTITION BY rule, d))::int
	               WHEN method = 'last' THEN (occurred_at = max(occurred_at) FILTER (WHERE holds) OVER (PARTITION BY rule, d))::int
	               WHEN within = 'touches' THEN 2520 * 2520 * CASE WHEN method = 'role' THEN w ELSE 1 END / touches_in_role
	               ELSE (CASE WHEN method = 'role' THEN w ELSE 1 END) * 2520 * 2520 / partners_in_role / rows_of_partner END::numeric AS share
	FROM   counted
), whole AS (
	SELECT rule, d, amount, i, place_in_deal, share FROM weighed
	UNION ALL
	SELECT rule, d, amount, NULL, 1000000,
	       2520 * 2520 * (100 - sum(DISTINCT CASE WHEN holds THEN w + 0.001 * place ELSE 0 END) + 0.001 * sum(DISTINCT CASE WHEN holds THEN place ELSE 0 END))
	FROM   weighed WHERE unfilled = 'retain' GROUP BY 1, 2, 3
), split AS (
	SELECT *, sum(share) OVER (PARTITION BY rule, d) AS total FROM whole
), parts AS (
	SELECT *, CASE WHEN total > 0 THEN div(abs(amount) * 100 * share, total) ELSE 0 END AS part,
	       CASE WHEN total > 0 THEN mod(abs(amount) * 100 * share, total) ELSE 0 END AS remainder
	FROM   split
), ranked AS (
	SELECT *, row_number() OVER (PARTITION BY rule, d ORDER BY remainder DESC, place_in_deal) AS rank,
	       CASE WHEN total > 0 THEN abs(amount) * 100 - sum(part) OVER (PARTITION BY rule, d) ELSE 0 END AS left_over
	FROM   parts
)
SELECT rule, d, i, sign(amount) * (part + (rank <= left_over)::int) * 0.01 AS credit FROM ranked;
CREATE INDEX ON expected (rule, d, i);
ANALYZE expected;

CREATE TEMP TABLE got AS
SELECT rule, d, i, credit(amount, rule::credit_model, role, partner::bigint, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d) AS by_bigint,
       credit(amount, rule::credit_model, upper(role), partner::text, occurred_at, closed_at, weight) OVER (PARTITION BY rule, d ORDER BY md5(d || 'x' || i)) AS by_text,
       credit(amount, rule::credit_model, role, ('00000000-0000-0000-0000-' || lpad(partner::text, 12, '0'))::uuid, occurred_at, closed_at, weight)
         OVER (PARTITION BY rule, d ORDER BY i DESC) AS by_uuid,
       credit(amount, rule::credit_model, role, '00000000-0000-0000-0000-' || lpad(partner::text, 12, '0'), occurred_at, closed_at, weight)
         OVER (PARTITION BY rule, d ORDER BY i) AS by_uuid_text
FROM   (SELECT t.*, rule FROM touch t, (SELECT DISTINCT rule FROM expected) r) t;

SELECT is(count(*), 9::bigint * (SELECT count(*) FROM touch), 'every row, every rule') FROM got;
SELECT is(count(*), 0::bigint, 'equals the definition in plain SQL')
FROM   got JOIN expected USING (rule, d, i) WHERE by_bigint <> credit;
SELECT is(count(*), 0::bigint, 'neither the rows'' order nor the partner''s type matters')
FROM   got WHERE by_bigint IS DISTINCT FROM by_text OR by_uuid IS DISTINCT FROM by_uuid_text;
SELECT is(count(*), 0::bigint, 'credits and what is retained sum to the amount')
FROM   (SELECT rule, d, sum(by_bigint) AS credited, bool_or(by_bigint <> 0) AS credited_any FROM got GROUP BY 1, 2) g
       JOIN deal USING (d) LEFT JOIN (SELECT rule, d, credit AS retained FROM expected WHERE i IS NULL) r USING (rule, d)
WHERE  credited + coalesce(retained, 0) <> CASE WHEN credited_any OR retained IS NOT NULL THEN amount ELSE 0 END;

SELECT * FROM finish();
ROLLBACK;
