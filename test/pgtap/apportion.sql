-- apportion: exact splits.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(53);

-- What an analyst expects.
SELECT is(apportion(100, ARRAY[1, 1, 1]), '{33.34,33.33,33.33}', 'the odd cent goes to the earlier position');
SELECT is(apportion(100, ARRAY[1, 2, 1, 2]), '{16.67,33.33,16.67,33.33}', 'the odd cents go to the largest remainders');
SELECT is(apportion(-100, ARRAY[1, 1, 1]), '{-33.34,-33.33,-33.33}', 'a refund splits like the sale it reverses');
SELECT is(apportion(0, ARRAY[1, 0, 2]), '{0.00,0.00,0.00}', 'nothing splits into nothing');
SELECT is(apportion(10, ARRAY[0, 1, 0, 1, 1]), '{0.00,3.34,0.00,3.33,3.33}', 'a zero weight gets exactly zero');
SELECT is(apportion(0.01, ARRAY[1, 1, 1, 1]), '{0.01,0.00,0.00,0.00}', 'one cent for four');
SELECT is(apportion(1000, ARRAY[22.5, 22.5, 22.5, 22.5, 10], 0), '{225,225,225,225,100}', 'decimal weights, no minor unit');
SELECT is(apportion(1, ARRAY[1, 1, 1], 3), '{0.334,0.333,0.333}', 'three minor digits');
SELECT is(apportion(100.000, ARRAY[1]), '{100.00}', 'zeros beyond the minor unit are no digits');
SELECT is(apportion(7, ARRAY[0.3]), '{7.00}', 'a lone weight takes all');
SELECT is(apportion(amount => 5, weights => ARRAY[1, 1], minor_digits => 0), '{3,2}', 'arguments have names');
SELECT is(apportion(NULL, ARRAY[1]), NULL, 'a NULL amount gives NULL');
SELECT is(apportion(1, NULL::numeric[]), NULL, 'a NULL array gives NULL');
SELECT is(apportion(0.000000000000000001, ARRAY[1, 1], 18), '{0.000000000000000001,0.000000000000000000}', 'eighteen minor digits');

-- What it refuses, and how.
SELECT throws_ok($$SELECT apportion(100.005, ARRAY[1])$$, '22023',
	'amount has more than 2 digits after the decimal point', 'an amount that cannot be split is never rounded');
SELECT throws_ok($$SELECT apportion(1e-30, ARRAY[1])$$, '22023',
	'amount has more than 2 digits after the decimal point', 'nor one that is tiny');
SELECT throws_ok($$SELECT apportion(1e300 + 0.001, ARRAY[1])$$, '22023',
	'amount has more than 2 digits after the decimal point', 'nor one that is huge');
SELECT throws_ok($$SELECT apportion(100, ARRAY[0, 0])$$, '22023', 'at least one weight must be above zero', 'all weights zero');
SELECT throws_ok($$SELECT apportion(0, ARRAY[0])$$, '22023', 'at least one weight must be above zero', 'all weights zero, amount zero');
SELECT throws_ok($$SELECT apportion(100, '{}'::numeric[])$$, '22023', 'at least one weight must be above zero', 'no weight');
SELECT throws_ok($$SELECT apportion(100, ARRAY[1, -1])$$, '22023', 'weight must not be negative', 'a negative weight');
SELECT throws_ok($$SELECT apportion(100, ARRAY[1, 'NaN'::numeric])$$, '22023', 'weight must be finite', 'a weight of NaN');
SELECT throws_ok($$SELECT apportion(100, ARRAY['Infinity'::numeric])$$, '22023', 'weight must be finite', 'an infinite weight');
SELECT throws_ok($$SELECT apportion(100, ARRAY['-Infinity'::numeric])$$, '22023', 'weight must be finite', 'a negatively infinite weight');
SELECT throws_ok($$SELECT apportion('NaN', ARRAY[1])$$, '22023', 'amount to split must be finite', 'an amount of NaN');
SELECT throws_ok($$SELECT apportion('-Infinity', ARRAY[1])$$, '22023', 'amount to split must be finite', 'an infinite amount');
SELECT throws_ok($$SELECT apportion(1, ARRAY[1, NULL])$$, '22004', 'weight must not be null', 'a NULL weight');
SELECT throws_ok($$SELECT apportion(1, ARRAY[[1, 2], [3, 4]])$$, '2202E', 'weights must be a one-dimensional array', 'two dimensions');
SELECT throws_ok($$SELECT apportion(1, ARRAY[1], -1)$$, '22023', 'minor_digits must be between 0 and 18', 'too few minor digits');
SELECT throws_ok($$SELECT apportion(1, ARRAY[1], 19)$$, '22023', 'minor_digits must be between 0 and 18', 'too many minor digits');

-- Any numeric, not only what fits an integer.
SELECT is(apportion(1e40, ARRAY[1, 1, 1])::text,
	'{3333333333333333333333333333333333333333.34,3333333333333333333333333333333333333333.33,3333333333333333333333333333333333333333.33}',
	'forty digits');
SELECT is(apportion(100, ARRAY[1e40, 2e40, 1e-40]), '{33.33,66.67,0.00}', 'weights far apart');
SELECT is(apportion(-1e40, ARRAY[1e40, 0, 1e40]), ARRAY[-5e39, 0, -5e39], 'a huge refund');
SELECT ok((SELECT sum(p) = 10::numeric ^ 1000 + 1 FROM unnest(apportion(10::numeric ^ 1000 + 1, ARRAY[1, 2, 3, 0.7])) p),
	'a thousand digits, to the unit');
SELECT ok((SELECT bool_and(p = 99999999999999999999999999999999999.99 / 1) FROM unnest(apportion(99999999999999999999999999999999999.99, ARRAY[1])) p),
	'the largest amount that machine integers hold');

-- The definition in plain SQL, on many amounts and weights of every size.
CREATE FUNCTION pg_temp.split(amount numeric, weights numeric[], minor_digits int) RETURNS numeric[]
LANGUAGE sql AS $$
	WITH w AS (
		SELECT w, i, abs(amount) * 10::numeric ^ minor_digits AS units, sum(w) OVER () AS total
		FROM   unnest(weights) WITH ORDINALITY u(w, i)
	), whole AS (
		SELECT i, div(trunc(units) * w, total) AS part, mod(trunc(units) * w, total) AS remainder, trunc(units) AS units FROM w
	), ranked AS (
		SELECT i, part, units - sum(part) OVER () AS left_over, row_number() OVER (ORDER BY remainder DESC, i) AS rank FROM whole
	)
	SELECT array_agg(sign(amount) * (part + CASE WHEN rank <= left_over THEN 1 ELSE 0 END) / 10::numeric ^ minor_digits ORDER BY i)
	FROM   ranked
$$;
CREATE TEMP TABLE many AS
SELECT g,
       g % 5 AS minor_digits,
       round((('x' || substr(md5('a' || g), 1, 15))::bit(60)::bigint % 10000000 - 5000000)::numeric
             * 10::numeric ^ CASE WHEN g % 7 = 0 THEN 30 ELSE g % 8 - 5 END, g % 5) AS amount,
       (SELECT array_agg(round(('x' || substr(md5(g || 'w' || i), 1, 8))::bit(32)::bigint % 1000 * 10::numeric ^ (g % 9 - 6), 9)
                         + CASE WHEN i = 1 THEN 0.000001 ELSE 0 END)
        FROM generate_series(1, 1 + g % 13) i) AS weights
FROM   generate_series(1, 3000) g;
SELECT is(count(*), 0::bigint, 'equals the definition in plain SQL')
FROM   many WHERE apportion(amount, weights, minor_digits) <> pg_temp.split(amount, weights, minor_digits);
SELECT is(count(*), 0::bigint, 'parts sum to the amount')
FROM   many WHERE amount <> (SELECT sum(p) FROM unnest(apportion(amount, weights, minor_digits)) p);
SELECT is(count(*), 0::bigint, 'a refund is the mirror of its sale')
FROM   many WHERE apportion(-amount, weights, minor_digits) <> (SELECT array_agg(-p) FROM unnest(apportion(amount, weights, minor_digits)) p);

-- The stored form of numeric, read digit by digit: every length and scale.
SELECT is(count(*), 0::bigint, 'reads every numeric as numeric itself does')
FROM   (SELECT (repeat('7', 1 + a) || '.' || repeat('0', b) || '5')::numeric * s AS n, b + 1 AS scale
        FROM generate_series(0, 40) a, generate_series(0, 16) b, (VALUES (1), (-1), (100), (0)) v(s)) q
WHERE  apportion(n, ARRAY[1], scale)::text <> '{' || round(n, scale) || '}';
SELECT is(count(*), 0::bigint, 'powers of ten of either sign')
FROM   generate_series(-18, 100) e
WHERE  apportion(('1e' || e)::numeric, ARRAY[3], 18) <> ARRAY[('1e' || e)::numeric];

-- A million weights.
SELECT is((SELECT sum(p) FROM unnest(apportion(12345678.91, (SELECT array_agg(g % 97 + 1) FROM generate_series(1, 1000000) g))) p),
	12345678.91, 'a million weights');

-- The window form.
SELECT results_eq(
	$$SELECT deal, k, apportion(amount, weight) OVER (PARTITION BY deal ORDER BY k) FROM (VALUES
		(1, 10.01, 1, 1), (1, 10.01, 1, 2), (1, 10.01, 1, 3), (2, NULL, 1, 1), (3, 5, NULL, 1), (3, 5, 2, 2)) v(deal, amount, weight, k) ORDER BY 1, 2$$,
	$$VALUES (1, 1, 3.34), (1, 2, 3.34), (1, 3, 3.33), (2, 1, NULL), (3, 1, 0.00), (3, 2, 5.00)$$,
	'one part per row of the partition; a NULL weight is zero, a NULL amount gives NULL');
SELECT results_eq(
	$$SELECT g, apportion(amount, w, minor_digits) OVER (PARTITION BY g ORDER BY i)
	  FROM many, unnest(weights) WITH ORDINALITY u(w, i) WHERE g <= 300 ORDER BY g, i$$,
	$$SELECT g, p FROM many, unnest(apportion(amount, weights, minor_digits)) WITH ORDINALITY u(p, i) WHERE g <= 300 ORDER BY g, i$$,
	'equals the array form');
SELECT throws_ok($$SELECT apportion(a, 1) OVER () FROM (VALUES (1), (2)) v(a)$$, '22023',
	'rows of one partition disagree on the amount to split', 'two amounts in one partition');
SELECT throws_ok($$SELECT apportion(a, 1) OVER () FROM (VALUES (1), (NULL)) v(a)$$, '22023',
	'rows of one partition disagree on the amount to split', 'an amount and none in one partition');
SELECT throws_ok($$SELECT apportion(1, 1, d) OVER () FROM (VALUES (2), (0)) v(d)$$, '22023',
	'rows of one partition disagree on the minor digits', 'two precisions in one partition');
SELECT throws_ok($$SELECT apportion(1, 1, d) OVER () FROM (VALUES (NULL), (2)) v(d)$$, '22023',
	'rows of one partition disagree on the minor digits', 'a precision and none in one partition');
SELECT is((SELECT apportion(1, 1, NULL) OVER ()), NULL, 'no precision, no parts');
SELECT throws_ok($$SELECT apportion(1, 1, 19) OVER ()$$, '22023', 'minor_digits must be between 0 and 18', 'a precision out of range');
SELECT throws_ok($$SELECT apportion(1, 0) OVER ()$$, '22023', 'at least one weight must be above zero', 'no weight in the partition');
SELECT throws_ok($$SELECT apportion(1, -1) OVER ()$$, '22023', 'weight must not be negative', 'a negative weight in the partition');
SELECT is((SELECT sum(p) FROM (SELECT apportion(99999.99, g % 1000) OVER () p FROM generate_series(1, 200000) g) q), 99999.99,
	'a partition of 200,000 rows');
SELECT is_empty($$SELECT apportion(1, 1) OVER () WHERE false$$, 'no rows');

SELECT * FROM finish();
ROLLBACK;
