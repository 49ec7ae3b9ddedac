-- Shapley values: against the definition over all orders, and the properties
-- that single it out; credits that add up.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(42);

CREATE TEMP TABLE story (partners text[], wins bigint, losses bigint, amount numeric);
INSERT INTO story VALUES ('{B,A,B}', 1, 0, 100), ('{A}', 0, 1, NULL), ('{A,B}', 1, 1, 50.50), (NULL, 2, 1, 7);
SELECT is(shapley_agg(partners, wins, losses, amount)::text, 'v1 scale=2 -=2:1:7.00 "A"=0:1:0.00 "A"+"B"=2:1:150.50', 'sets are sorted, each once') FROM story;
SELECT results_eq($$SELECT v.* FROM (SELECT shapley_agg(partners, wins, losses, amount) AS s FROM story) q, shapley_values(s) v$$, $$VALUES
	('A', 75.25::float8, 0::float8, 75.25, 4::bigint, 2::bigint, 'share of the values above zero'),
	('B', 75.25, 0, 75.25, 3, 2, 'share of the values above zero'), (NULL, 7, NULL, 7.00, 3, 2, 'no partner')$$, 'revenue is divided equally');

-- v(A) = 0 - 2/3, v(B) = 0, v(AB) = 2/4 - 2/3 = -1/6
SELECT results_eq($$SELECT partner, round(value::numeric, 12), standard_error, credited_value, reason
	FROM (SELECT shapley_agg(partners, wins, losses, amount) AS s FROM story) q, shapley_values(s, 'win_rate') v$$, $$VALUES
	('A', round(-2/3.0/2 + (-1/6.0)/2, 12), 0::float8, 0.00, 'no credit for a value below zero'),
	('B', 0.25, 0, 150.50, 'share of the values above zero'), (NULL, round(2/3.0, 12), NULL, 7.00, 'no partner')$$, 'the game of win rates, by hand');

-- The definition: what joining adds, over all orders
CREATE TEMP TABLE deal_set (trial int, partners text[], wins bigint, losses bigint, amount numeric);
SELECT setseed(0.5);
INSERT INTO deal_set
SELECT trial, (SELECT array_agg(chr(65 + (random() * 4 + 0 * g)::int)) FROM generate_series(0, (random() * 3 + 0 * i)::int) g), (random() * 3)::int, 1 + (random() * 3)::int, round((random() * 900 - 100)::numeric, 2)
FROM   generate_series(1, 8) trial, generate_series(1, 12) i;
INSERT INTO deal_set SELECT trial, NULL, 2, 3, 10 FROM generate_series(2, 8) trial;
CREATE FUNCTION pg_temp.worth(t int, game text, coalition text[]) RETURNS numeric LANGUAGE sql AS $$
	SELECT CASE WHEN coalition = '{}' THEN 0
	       WHEN game = 'revenue' THEN coalesce(sum(amount) FILTER (WHERE wins > 0 AND partners IS NOT NULL AND partners <@ coalition), 0)
	       ELSE coalesce(sum(wins) FILTER (WHERE partners <@ coalition) / sum(wins + losses) FILTER (WHERE partners <@ coalition)
	                     - coalesce(sum(wins) FILTER (WHERE partners IS NULL) / sum(wins + losses) FILTER (WHERE partners IS NULL), 0), 0) END
	FROM   deal_set WHERE trial = t $$;
CREATE FUNCTION pg_temp.reference(t int, game text) RETURNS TABLE (partner text, value numeric) LANGUAGE sql AS $$
	WITH RECURSIVE everyone AS (SELECT DISTINCT p FROM deal_set, unnest(partners) p WHERE trial = t),
	orders AS (SELECT '{}'::text[] AS o UNION ALL SELECT o || p FROM orders, everyone WHERE p <> ALL (o)),
	complete AS (SELECT o FROM orders WHERE cardinality(o) = (SELECT count(*) FROM everyone))
	SELECT p, avg(pg_temp.worth(t, game, o[:array_position(o, p)]) - pg_temp.worth(t, game, o[:array_position(o, p) - 1]))
	FROM   complete, unnest(o) p GROUP BY p $$;
SELECT is_empty(format($$SELECT partner, v.value, r.value FROM (SELECT shapley_agg(partners, wins, losses, amount) AS s FROM deal_set WHERE trial = %1$s) q, shapley_values(s, %2$L) v
	FULL JOIN pg_temp.reference(%1$s, %2$L) r USING (partner) WHERE abs(v.value - r.value) > 1e-9 OR (v.value IS NULL OR r.value IS NULL) AND partner IS NOT NULL$$, trial, game),
	format('the definition, trial %s, %s', trial, game))
FROM   generate_series(1, 4) trial, unnest('{revenue,win_rate}'::text[]) game;

-- Efficiency: the values add up to what all are worth together
SELECT cmp_ok(abs(sum(v.value)::numeric - pg_temp.worth(trial, 'win_rate', '{A,B,C,D,E}')), '<', 1e-9, 'efficiency, win rate, trial ' || trial)
FROM  (SELECT trial, shapley_agg(partners, wins, losses, amount) AS s FROM deal_set GROUP BY trial) q, shapley_values(s, 'win_rate') v WHERE partner IS NOT NULL GROUP BY trial ORDER BY trial;
SELECT is((SELECT sum(credited_value) FROM shapley_values(s, game)), (SELECT sum(amount) FROM deal_set WHERE wins > 0), 'every amount is somebody''s, ' || game)
FROM  (SELECT shapley_agg(partners, wins, losses, amount) AS s FROM deal_set) q, unnest('{revenue,win_rate}'::text[]) game;

-- More partners than coalitions can be counted: samples
CREATE TEMP TABLE large AS
SELECT i, (SELECT array_agg('p' || (random() * 29 + 0 * g)::int) FROM generate_series(0, (random() * 3 + 0 * i)::int) g) AS partners, random() < 0.2 + 0.1 * (i % 3) AS won, round((random() * 1000)::numeric, 2) AS amount
FROM   generate_series(1, 4000) i;
INSERT INTO large SELECT -i, NULL, i % 4 = 0, 5 FROM generate_series(1, 100) i;
CREATE TEMP TABLE sampled AS SELECT v.* FROM (SELECT shapley_agg(partners, won, amount) AS s FROM large) q, shapley_values(s, 'win_rate', 400) v;
SELECT cmp_ok(count(partner), '>', 20::bigint, 'many partners') FROM sampled;
SELECT cmp_ok(abs(sum(value)::numeric - (SELECT avg(won::int) FILTER (WHERE partners IS NOT NULL) - avg(won::int) FILTER (WHERE partners IS NULL) FROM large)), '<', 1e-9, 'samples are efficient too')
FROM   sampled WHERE partner IS NOT NULL;
SELECT cmp_ok(min(standard_error), '>', 0::float8, 'and say how certain they are') FROM sampled;
SELECT is(sum(credited_value), (SELECT sum(amount) FROM large WHERE won), 'and credit everything') FROM sampled;
SELECT is_empty($$SELECT partner, value, standard_error, credited_value FROM sampled EXCEPT
	SELECT partner, value, standard_error, credited_value FROM (SELECT shapley_agg(partners, won, amount ORDER BY md5(i::text)) AS s FROM large) q, shapley_values(s, 'win_rate', 400)$$,
	'the same samples for the same deals');
SELECT cmp_ok(count(*), '<=', 3::bigint, 'another seed agrees within three standard errors of both, for all but a few of thirty') FROM sampled a JOIN
	(SELECT v.* FROM (SELECT shapley_agg(partners, won, amount) AS s FROM large) q, shapley_values(s, 'win_rate', 400, 2) v) b USING (partner)
WHERE  abs(a.value - b.value) > 3 * sqrt(a.standard_error ^ 2 + b.standard_error ^ 2);
-- Partners that do nothing for each other: sampling has nothing to be uncertain of in revenue
SELECT is(max(standard_error), 0::float8, 'revenue is exact for any number') FROM (SELECT shapley_agg(partners, won, amount) AS s FROM large) q, shapley_values(s) v;
SELECT is(count(*), 20::bigint, 'twenty partners are computed exactly')
FROM  (SELECT shapley_agg(ARRAY['p' || i, 'p' || (i + 1) % 20], i % 3, 1, i) AS s FROM generate_series(0, 19) i) q, shapley_values(s, 'win_rate') WHERE standard_error = 0;

-- Nothing above zero
SELECT results_eq($$SELECT partner, value, credited_value, reason FROM shapley_values('v1 -=1:0:3 "A"=1:1:5 "B"=1:1:5', 'win_rate')$$, $$VALUES
	(NULL, NULL::float8, 10::numeric, 'no partner''s value is above zero'), ('A', -0.25, 0, 'no credit for a value below zero'),
	('B', -0.25, 0, 'no credit for a value below zero'), (NULL, 1, 3, 'no partner')$$, 'an amount that nobody earned is a row');

-- NULLs and nothing
SELECT is(shapley_agg(partners, wins, losses, amount)::text, 'v1', 'no rows') FROM story WHERE false;
SELECT is_empty($$SELECT * FROM shapley_values('v1')$$, 'no values');
SELECT is_empty($$SELECT * FROM shapley_values('v1', 'win_rate')$$, 'nor of win rates');
SELECT is(undecided(shapley_agg('{A}', NULL::boolean, 5)), 1::bigint, 'an open deal is counted apart');
SELECT is(shapley_agg('{A,NULL}', true, NULL)::text, 'v1 "A"=1:0:0', 'a NULL in a set is no partner');

-- Errors
SELECT throws_ok($$SELECT * FROM shapley_values('v1', 'profit')$$, '22023', 'unknown game "profit"', 'an unknown game');
SELECT throws_ok($$SELECT * FROM shapley_values('v1', 'win_rate', 1)$$, '22023', 'samples must be between 2 and 1000000', 'too few samples');
SELECT throws_ok($$SELECT 'v1 "A">"B"=1:0:1'::shapley$$, '22P02', NULL, 'a path is no set');
SELECT is('v1 "B"+"A"+"B"=1:0:1'::shapley::text, 'v1 "A"+"B"=1:0:1', 'what is read becomes canonical');

-- The same value whatever the order and the split
SELECT is(shapley_agg(partners, won, amount ORDER BY i DESC)::text, (SELECT shapley_agg(partners, won, amount ORDER BY md5(i::text))::text FROM large), 'whatever the order') FROM large;
SELECT ok(rollup(s) = (SELECT shapley_agg(partners, won, amount) FROM large), 'whatever the split') FROM (SELECT shapley_agg(partners, won, amount) AS s FROM large GROUP BY i % 5) q;
SELECT ok(s::text::shapley = s, 'text reads back') FROM (SELECT shapley_agg(partners, won, amount) AS s FROM large) q;

SELECT * FROM finish();
ROLLBACK;
