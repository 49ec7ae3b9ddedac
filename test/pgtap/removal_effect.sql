-- Removal effects: the published definition, computed with exact arithmetic, on
-- random journeys; sums that reconcile; a value that does not depend on order.
BEGIN;
SET search_path = ecosystem, public;
SET extra_float_digits = 1;
SELECT plan(107);

CREATE TEMP TABLE story (path text[], wins bigint, losses bigint, amount numeric);
INSERT INTO story VALUES ('{A,B,B}', 1, 0, 100), ('{A}', 0, 1, NULL), ('{B,A}', 1, 1, 50.50), (NULL, 2, 1, 7), ('{C}', 0, 2, NULL);

-- By hand: deals start at A (2), B (2) or C (2); A goes to B, is won, is lost
-- twice; B is won, goes to A twice; so without A only B remains, a third of
-- what starts there is won.
SELECT is(removal_effect_agg(path, wins, losses, amount)::text, 'v1 scale=2 -=2:1:7.00 "A"=0:1:0.00 "A">"B"=1:0:100.00 "B">"A"=1:1:50.50 "C"=0:2:0.00',
	'repeats collapse, lists are sorted') FROM story;
CREATE TEMP TABLE effect AS
SELECT e.* FROM (SELECT removal_effect_agg(path, wins, losses, amount) AS s FROM story) q, removal_effects(s) e;
SELECT results_eq('SELECT partner, round(removal_effect::numeric, 12), deals, wins FROM effect', $$VALUES
	('A', round(2/3.0, 12), 4::bigint, 2::bigint), ('B', 0.75, 3, 2), ('C', 0, 2, 0), (NULL, NULL, 3, 2)$$, 'effects as computed by hand');
SELECT is(sum(credited_wins), 4.000000, 'wins are divided without remainder') FROM effect;
SELECT is(sum(credited_value), 157.50, 'so is the amount') FROM effect;
SELECT results_eq($$SELECT credited_wins, credited_value FROM effect WHERE partner = 'C'$$, 'VALUES (0.000000, 0.00)', 'who never won gets nothing');
SELECT results_eq($$SELECT credited_wins, credited_value FROM effect WHERE partner IS NULL$$, 'VALUES (2.000000, 7.00)', 'what nobody touched is nobody''s');
SELECT is(win_probability(removal_effect_agg(path, wins, losses, amount)), 2 / 6.0::float8, 'deals with partners won') FROM story;

-- The reference: B = Q B + r by Gauss, with 60 digits.
CREATE FUNCTION pg_temp.reference(paths text, k int, removed text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	names text[];
	m numeric[];
	n int;
	f numeric;
	result numeric;
BEGIN
	-- steps: from, to (a tuple as an array's text, or won, or lost), deals
	EXECUTE format($q$CREATE TEMP TABLE step ON COMMIT DROP AS
		WITH p AS (SELECT row_number() OVER () AS id, path, wins, losses FROM %s WHERE path <> '{}'),
		single AS (SELECT id, wins, losses, array_agg(x ORDER BY o) AS path FROM (
			SELECT id, wins, losses, x, o, lag(x) OVER (PARTITION BY id ORDER BY o) AS before FROM p, unnest(path) WITH ORDINALITY u(x, o)) q
			WHERE x IS DISTINCT FROM before GROUP BY id, wins, losses),
		state AS (SELECT id, wins, losses, i, path[i:i + %2$s - 1]::text AS s, path[i:i + %2$s - 1] AS members, greatest(cardinality(path) - %2$s + 1, 1) AS n
			FROM single, generate_series(1, greatest(cardinality(path) - %2$s + 1, 1)) i)
		SELECT source, members, target, sum(deals)::numeric AS deals FROM (
			SELECT 'start' AS source, NULL::text[] AS members, s AS target, wins + losses AS deals FROM state WHERE i = 1
			UNION ALL SELECT a.s, a.members, b.s, a.wins + a.losses FROM state a JOIN state b ON a.id = b.id AND b.i = a.i + 1
			UNION ALL SELECT s, members, 'won', wins FROM state WHERE i = n
			UNION ALL SELECT s, members, 'lost', losses FROM state WHERE i = n) q
		GROUP BY source, members, target$q$, paths, k);
	-- what goes to the removed partner is lost
	UPDATE step SET target = 'lost' WHERE target IN (SELECT source FROM step WHERE removed = ANY(members));
	DELETE FROM step WHERE removed = ANY(members);
	SELECT array_agg(DISTINCT source) INTO names FROM step;
	n := cardinality(names);
	SELECT array_agg(CASE WHEN j <= n THEN (CASE WHEN i = j THEN 1 ELSE 0 END)::numeric(200,60) - coalesce(w, 0) ELSE coalesce(w, 0) END ORDER BY i, j) INTO m
	FROM  (SELECT i, j, (SELECT sum(deals) FROM step WHERE source = names[i] AND target = CASE WHEN j <= n THEN names[j] ELSE 'won' END)::numeric(200,60)
	              / (SELECT sum(deals) FROM step WHERE source = names[i]) AS w
	       FROM generate_series(1, n) i, generate_series(1, n + 1) j) q;
	FOR c IN 1..n LOOP
		FOR r IN 1..n LOOP
			CONTINUE WHEN r = c OR m[(r - 1) * (n + 1) + c] = 0;
			f := m[(r - 1) * (n + 1) + c] / m[(c - 1) * (n + 1) + c];
			FOR j IN c..n + 1 LOOP
				m[(r - 1) * (n + 1) + j] := round(m[(r - 1) * (n + 1) + j] - f * m[(c - 1) * (n + 1) + j], 60);
			END LOOP;
		END LOOP;
	END LOOP;
	SELECT m[(i - 1) * (n + 1) + n + 1] / m[(i - 1) * (n + 1) + i] INTO result FROM generate_series(1, n) i WHERE names[i] = 'start';
	DROP TABLE step;
	RETURN result;
END $$;

SELECT is(round(pg_temp.reference('story', 1, 'nobody'), 20), round(1/3.0, 20), 'the reference wins as often as the paths');

-- Random journeys with many ways around
SELECT setseed(0.25);
CREATE TEMP TABLE random_path (trial int, path text[], wins bigint, losses bigint);
INSERT INTO random_path
SELECT trial, (SELECT array_agg(chr(65 + (random() * 3 + 0 * g)::int)) FROM generate_series(1, 1 + (random() * 5 + 0 * i)::int) g), (random() * 3)::int, 1 + (random() * 4)::int
FROM   generate_series(1, 12) trial, generate_series(1, 7) i;
CREATE TEMP VIEW trial1 AS SELECT path, wins, losses FROM random_path WHERE trial = current_setting('test.trial')::int;
SELECT is_empty(format($$
	SELECT e.partner, e.removal_effect, exact
	FROM  (SELECT set_config('test.trial', '%1$s', true)) s,
	      LATERAL (SELECT removal_effect_agg(path, wins, losses, 1) AS s FROM random_path WHERE trial = %1$s) q,
	      removal_effects(q.s, %2$s) e,
	      LATERAL (SELECT CASE WHEN e.wins = 0 THEN 0 ELSE 1 - pg_temp.reference('trial1', %2$s, e.partner) / pg_temp.reference('trial1', %2$s, 'nobody') END AS exact) x
	WHERE  abs(e.removal_effect - exact) > 1e-12 OR e.removal_effect IS NULL$$, trial, k), format('trial %s, order %s', trial, k))
FROM   generate_series(1, 12) trial, generate_series(1, 3) k;

-- A loop that nearly never ends, and a partner that everything goes through
INSERT INTO random_path SELECT 13, array_agg(CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END), 1, 2 FROM generate_series(1, 999) i;
INSERT INTO random_path VALUES (13, '{B,C}', 1, 0);
SELECT is_empty(format($$
	SELECT e.partner, e.removal_effect, exact
	FROM  (SELECT set_config('test.trial', '13', true)) s,
	      LATERAL (SELECT removal_effect_agg(path, wins, losses, 1) AS s FROM random_path WHERE trial = 13) q,
	      removal_effects(q.s, %1$s) e,
	      LATERAL (SELECT 1 - pg_temp.reference('trial1', %1$s, e.partner) / pg_temp.reference('trial1', %1$s, 'nobody') AS exact) x
	WHERE  abs(e.removal_effect - exact) > 1e-12$$, k), format('a long loop, order %s', k))
FROM   generate_series(1, 3) k;

-- Nothing lost: the effect is the share of wins that a partner was part of
SELECT results_eq($$SELECT partner, removal_effect FROM (SELECT removal_effect_agg(p, 1, 0, 1) AS s FROM (VALUES ('{A}'::text[]), ('{A,B}'), ('{C}'), ('{C,B}')) v(p)) q,
	removal_effects(s, 2)$$, $$VALUES ('A', 0.5::float8), ('B', 0.5), ('C', 0.5)$$, 'without losses, shares of the wins');
SELECT results_eq($$SELECT partner, removal_effect, credited_wins, credited_value FROM (SELECT removal_effect_agg('{A}'::text[], false, 5)) q(s), removal_effects(s)$$,
	$$VALUES ('A', NULL::float8, 0::numeric, 0::numeric)$$, 'without wins there is no effect');
SELECT is(win_probability(removal_effect_agg('{A}'::text[], false, 5)), 0::float8, 'a probability of zero');

-- Equal partners get equal credit, the odd unit goes to the first by name
SELECT results_eq($$SELECT partner, credited_wins, credited_value FROM (SELECT removal_effect_agg(p, 1, 1, 10) AS s FROM (VALUES ('{A,B,C}'::text[])) v(p)) q, removal_effects(s)$$,
	$$VALUES ('A', 0.333334, 3.34), ('B', 0.333333, 3.33), ('C', 0.333333, 3.33)$$, 'odd units');
SELECT results_eq($$SELECT partner, credited_value FROM (SELECT removal_effect_agg('{A,B}'::text[], true, -0.001)) q(s), removal_effects(s)$$,
	$$VALUES ('A', -0.001), ('B', 0.000)$$, 'a refund, in mills');

-- NULLs and nothing
SELECT is(removal_effect_agg(path, wins, losses, amount)::text, 'v1', 'no rows') FROM story WHERE false;
SELECT is_empty('SELECT * FROM removal_effects(''v1''::removal_effect)', 'no effects');
SELECT is(win_probability('v1'::removal_effect), NULL, 'no probability');
SELECT is(removal_effect_agg('{A}', NULL::boolean, 5)::text, 'v1 undecided=1', 'an open deal is counted apart');
SELECT is(undecided(removal_effect_agg('{A}', NULL, NULL, 5)), 1::bigint, 'so are rows without counts');
SELECT throws_ok($$SELECT removal_effect_combine('v1 undecided=9223372036854775807', 'v1 undecided=1')$$, '22003', 'too many deals in one removal_effect', 'open deals that cannot be counted');
SELECT is(removal_effect_agg('{A,NULL,A,B}', true, NULL)::text, 'v1 "A">"B"=1:0:0', 'a NULL in a path is no partner');
SELECT is(removal_effect_agg('{}', true, 3)::text, 'v1 -=1:0:3', 'an empty path is nobody''s');
SELECT is(removal_effect_agg('{A}', false, 3)::text, 'v1 "A"=0:1:0', 'what was lost has no amount');

-- Errors
SELECT throws_ok($$SELECT removal_effect_agg('{""}', true, 1)$$, '22023', 'a partner''s name is empty', 'an empty name');
SELECT throws_ok($$SELECT removal_effect_agg(ARRAY[repeat('x', 1001)], true, 1)$$, '54000', 'a partner''s name is too long', 'a long name');
SELECT throws_ok($$SELECT removal_effect_agg((SELECT array_agg(i::text) FROM generate_series(1, 1001) i), true, 1)$$, '54000', 'too many partners in one list', 'a long path');
SELECT lives_ok($$SELECT removal_effect_agg((SELECT array_agg(i::text) FROM generate_series(1, 1000) i), true, 1)$$, 'a thousand partners are few enough');
SELECT throws_ok($$SELECT removal_effect_agg('{A}', -1, 1, 1)$$, '22023', 'wins and losses must not be negative', 'negative counts');
SELECT throws_ok($$SELECT removal_effect_agg('{{A},{B}}'::text[], true, 1)$$, '2202E', 'a list of partners has one dimension', 'two dimensions');
SELECT throws_ok($$SELECT * FROM removal_effects('v1 "A"=1:0:1', 4)$$, '22023', 'markov_order must be between 1 and 3', 'an order too high');
SELECT throws_ok($$SELECT removal_effect_agg('{A}', 99999999999, 0, 1) FROM generate_series(1, 2)$$, '22003', 'too many deals in one removal_effect', 'too many wins');
SELECT throws_ok($$SELECT removal_effect_agg('{A}', 9223372036854775807, 5, 1)$$, '22003', 'too many deals in one removal_effect', 'more deals than can be added up');

-- The same value whatever the order, the split and the way it came
CREATE TEMP TABLE many AS
SELECT i, (SELECT array_agg('p' || (random() * 6 + 0 * g)::int) FROM generate_series(0, (random() * 4 + 0 * i)::int) g) AS path, random() < 0.4 AS won, round((random() * 1000)::numeric, i % 4) AS amount
FROM   generate_series(1, 3000) i;
SELECT is(removal_effect_agg(path, won, amount ORDER BY i DESC)::text, (SELECT removal_effect_agg(path, won, amount ORDER BY md5(i::text))::text FROM many), 'whatever the order') FROM many;
SELECT ok(rollup(s) = (SELECT removal_effect_agg(path, won, amount) FROM many), 'whatever the split')
FROM  (SELECT removal_effect_agg(path, won, amount) AS s FROM many GROUP BY i % 7) q;
SELECT ok(s::text::removal_effect = s, 'text reads back') FROM (SELECT removal_effect_agg(path, won, amount) AS s FROM many) q;
SELECT is((SELECT w::text FROM (SELECT i, removal_effect_agg(path, won, amount) OVER (ORDER BY i ROWS UNBOUNDED PRECEDING) AS w FROM many) q WHERE i = 2),
	(SELECT removal_effect_agg(path, won, amount)::text FROM many WHERE i <= 2), 'as a window function');
SELECT is((SELECT _removal_effect_accum(_removal_effect_accum('v1', '{A}', true, 1), '{A}', true, 2)::text), 'v1 "A"=2:0:3', 'the transition function by itself gives a value');
SELECT is((SELECT count(*) FROM (SELECT removal_effect_agg(path, won, amount) AS s FROM many GROUP BY i % 10) q GROUP BY s HAVING count(*) > 1), NULL, 'can be grouped by');

-- Garbage
SELECT throws_ok(format('SELECT %L::removal_effect', bad), state, NULL, 'refused: ' || bad)
FROM  (VALUES ('', '22P02'), ('v2', '22P02'), ('v1 ', '22P02'), ('v1 "A"', '22P02'), ('v1 "A=1:0:1', '22P02'), ('v1 "A"=0:0:0', '22P02'), ('v1 "A"=0:1:5', '22P02'),
	('v1 "A"=1:0:1.5', '22P02'), ('v1 scale=99 "A"=1:0:1', '22P02'), ('v1 ""=1:0:1', '22P02'), ('v1 "A"+"B"=1:0:1', '22P02'), ('v1 "A\', '22P02'), ('v1 "A"=9223372036854775807:5:1', '22P02')) v(bad, state);
SELECT is('v1 "B"=1:0:1 "A"=1:0:1 "B">"B"=1:0:2'::removal_effect::text, 'v1 "A"=1:0:1 "B"=2:0:3', 'what is read becomes canonical');

-- Many partners, of which each leads to few: kept in lists, while the small
-- chains above are matrices.  The reference sends deals from state to state.
CREATE TEMP TABLE sparse AS
SELECT array_agg(partner ORDER BY i) AS path, hashint4(p) & 3 AS wins, 1 + (hashint4(p + 77) & 1) AS losses
FROM  (SELECT p, i, 'S' || (hashint4(p * 16 + i) & 2147483647) % 150 AS partner FROM generate_series(1, 500) p, generate_series(1, 2 + p % 7) i) q GROUP BY p;
CREATE FUNCTION pg_temp.sent(k int, removed text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	sources int[];
	targets int[];
	shares float8[];
	here float8[];
	there float8[];
	nstates int;
BEGIN
	-- states are numbered, won is 1, lost 2, and what holds the removed partner is lost
	CREATE TEMP TABLE way ON COMMIT DROP AS
	WITH single AS (SELECT id, wins, losses, array_agg(x ORDER BY o) AS path FROM (
			SELECT id, wins, losses, x, o, lag(x) OVER (PARTITION BY id ORDER BY o) AS before
			FROM (SELECT row_number() OVER () AS id, * FROM sparse) p, unnest(path) WITH ORDINALITY u(x, o)) q WHERE x IS DISTINCT FROM before GROUP BY 1, 2, 3),
	state AS (SELECT id, wins, losses, i, path[i:i + k - 1]::text AS s, path[i:i + k - 1] AS members, greatest(cardinality(path) - k + 1, 1) AS n
		FROM single, generate_series(1, greatest(cardinality(path) - k + 1, 1)) i),
	moves AS (SELECT 'start' AS source, CASE WHEN removed = ANY(members) THEN 'lost' ELSE s END AS target, wins + losses AS deals FROM state WHERE i = 1
		UNION ALL SELECT a.s, CASE WHEN removed = ANY(b.members) THEN 'lost' ELSE b.s END, a.wins + a.losses FROM state a JOIN state b ON a.id = b.id AND b.i = a.i + 1
		UNION ALL SELECT s, 'won', wins FROM state WHERE i = n UNION ALL SELECT s, 'lost', losses FROM state WHERE i = n),
	number AS (SELECT name, 2 + row_number() OVER () AS number FROM (SELECT source AS name FROM moves UNION SELECT target FROM moves) q WHERE name NOT IN ('won', 'lost')
		UNION ALL VALUES ('won', 1), ('lost', 2))
	SELECT a.number::int AS source, b.number::int AS target, a.name = 'start' AS starts, sum(deals)::float8 / sum(sum(deals)) OVER (PARTITION BY a.number)::float8 AS share
	FROM moves JOIN number a ON a.name = source JOIN number b ON b.name = target GROUP BY 1, 2, 3, a.number HAVING sum(deals) > 0;
	SELECT array_agg(source), array_agg(target), array_agg(share) INTO sources, targets, shares FROM way;
	SELECT max(greatest(source, target)) INTO nstates FROM way;
	here := array_fill(0::float8, ARRAY[nstates]);
	here[(SELECT min(source) FROM way WHERE starts)] := 1;
	FOR round IN 1..200 LOOP
		there := array_fill(0::float8, ARRAY[nstates]);
		there[1] := here[1];
		FOR e IN 1..cardinality(sources) LOOP
			there[targets[e]] := there[targets[e]] + here[sources[e]] * shares[e];
		END LOOP;
		here := there;
		here[2] := 0;
		EXIT WHEN (SELECT sum(x) FROM unnest(here) WITH ORDINALITY u(x, o) WHERE o > 1) < 1e-17;
	END LOOP;
	DROP TABLE way;
	RETURN here[1];
END
$$;
SELECT ok(bool_and(abs(e.removal_effect - (1 - pg_temp.sent(k, e.partner) / p)) < 1e-12), 'order ' || k || ' of 150 partners')
FROM   generate_series(1, 3) k, LATERAL (SELECT e.*, win_probability(q.s) AS p FROM (SELECT removal_effect_agg(path, wins::bigint, losses::bigint, 0) AS s FROM sparse) q, removal_effects(q.s, k) e) e
WHERE  e.partner IN ('S3', 'S149') GROUP BY k;
-- The same bytes in any order.
SELECT is(count(DISTINCT effects), 1::bigint, 'in any order, order ' || k)
FROM   generate_series(1, 3) k, LATERAL (
	SELECT (SELECT string_agg(e.partner || ' ' || e.removal_effect, ',') FROM removal_effects(q.s, k) e) AS effects
	FROM (SELECT removal_effect_agg(path, wins::bigint, losses::bigint, 0) AS s FROM sparse
	      UNION ALL SELECT removal_effect_agg(path, wins::bigint, losses::bigint, 0 ORDER BY path DESC) FROM sparse) q) r GROUP BY k;

-- Forty times the same journeys, with partners of their own: each partner has a
-- fortieth of the effect.  One is a matrix, and compared with 60 digits above;
-- forty together lead to few.
CREATE FUNCTION pg_temp.is_fortieth(paths text, k int) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT one.partner, one.removal_effect, many.removal_effect
		FROM  (SELECT removal_effect_agg(path, wins, losses, 1) AS s FROM %1$s) o, removal_effects(o.s, %2$s) one,
		      (SELECT removal_effect_agg((SELECT array_agg(c || ' ' || x ORDER BY i) FROM unnest(path) WITH ORDINALITY u(x, i)), wins, losses, 1) AS s
		       FROM %1$s, generate_series(10, 49) c) m, removal_effects(m.s, %2$s) many
		WHERE  substr(many.partner, 4) = one.partner AND NOT abs(one.removal_effect - many.removal_effect * 40) < 1e-12$q$, paths, k);
END $$;
CREATE TEMP TABLE loop (path text[], wins bigint, losses bigint);
-- and back again, when for long nothing had come in between
INSERT INTO loop
SELECT array_agg(CASE WHEN i / 140 % 2 = 0 THEN CASE i % 2 WHEN 0 THEN 'A' ELSE 'B' END ELSE CASE i % 2 WHEN 0 THEN 'C' ELSE 'D' END END ORDER BY i), 3, 2 FROM generate_series(1, 999) i;
INSERT INTO loop VALUES ('{B,E}', 2, 5), ('{E,C,D}', 0, 4);
SELECT is_empty(format($$SELECT f.* FROM generate_series(1, 12) t, LATERAL pg_temp.is_fortieth(format('(SELECT path, wins, losses FROM random_path WHERE trial = %%s) p', t), %s) f(partner text, one float8, many float8)$$, k), 'forty of each, order ' || k)
FROM   generate_series(1, 3) k;
SELECT is_empty(format($$SELECT * FROM pg_temp.is_fortieth('loop', %s) f(partner text, one float8, many float8)$$, k), 'forty loops that hardly end, order ' || k)
FROM   generate_series(1, 3) k;

-- Long journeys of many partners, of which hardly two go the same way for long:
-- in any order the same bytes, and soon.
CREATE TEMP TABLE long_journey AS
SELECT p, array_agg('L' || (hashint4(p * 128 + i) & 2147483647) % 400 ORDER BY i) AS path, p % 3 = 0 AS won
FROM   generate_series(1, 1000) p, generate_series(1, 20 + p % 80) i GROUP BY p;
SET LOCAL statement_timeout = '60s';
SELECT is(count(DISTINCT effects), 1::bigint, 'long journeys in any order, order ' || k)
FROM   generate_series(1, 3) k, LATERAL (
	SELECT (SELECT string_agg(e.partner || ' ' || e.removal_effect, ',') FROM removal_effects(q.s, k) e) AS effects
	FROM (SELECT removal_effect_agg(path, won, 0) AS s FROM long_journey UNION ALL SELECT removal_effect_agg(path, won, 0 ORDER BY path DESC) FROM long_journey) q) r GROUP BY k;
RESET statement_timeout;

-- Repeats collapse before pairs are formed; of pairs with repeats it would be half of that.
SELECT results_eq($$SELECT e.partner, e.removal_effect FROM (SELECT removal_effect_agg(path, won, 1) AS s FROM (VALUES (ARRAY['c', 'a', 'a', 'b'], true), ('{a,a,d}', false)) d(path, won)) q, removal_effects(q.s, 2) e WHERE e.partner IN ('c', 'd') ORDER BY 1$$,
	$$VALUES ('c', 1::float8), ('d', 0)$$, 'order 2 of c, a, a, b is that of c, a, b');

-- What is read takes time by its length: of 7 MB a moment, and not a minute.
CREATE TEMP TABLE long_text AS
SELECT removal_effect_agg(ARRAY['partner ' || i, 'other ' || i], true, 1)::text AS text FROM generate_series(1, 200000) i;
SET LOCAL statement_timeout = '20s';
SELECT ok(text::removal_effect::text = text, 'a long text is read as soon as it is written') FROM long_text;
RESET statement_timeout;

SELECT * FROM finish();
ROLLBACK;
