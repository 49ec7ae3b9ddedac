-- deal_lift: that its numbers are the published ones and those of plain SQL, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT no_plan();

CREATE FUNCTION pg_temp.near(a double precision, b double precision) RETURNS boolean LANGUAGE sql AS
	$$SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-9 * greatest(abs(b), 1e-3), false)$$;
-- A group of so many won and lost deals
CREATE FUNCTION pg_temp.closed(won bigint, lost bigint) RETURNS deal_stats LANGUAGE sql AS $$
	SELECT (format('deals=%s', won + lost) || CASE WHEN won > 0 THEN format(' won=%s won_without_amount=%s', won, won) ELSE '' END
	        || CASE WHEN lost > 0 THEN format(' lost=%s lost_without_amount=%s', lost, lost) ELSE '' END)::deal_stats $$;

-- Published numbers

-- Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3
SELECT is((SELECT format('%s to %s', round(lower_limit::numeric, 4), round(upper_limit::numeric, 4)) FROM win_rate_interval(pg_temp.closed(won, n - won))),
	published, format('Wilson: %s of %s', won, n))
FROM (VALUES (81, 263, '0.2553 to 0.3662'), (15, 148, '0.0624 to 0.1605'), (0, 20, '0.0000 to 0.1611'), (1, 29, '0.0061 to 0.1718')) v(won, n, published);

-- Newcombe, "Interval estimation for the difference between independent proportions", the same volume, table II, method 10
SELECT is((SELECT format('%s to %s', round(difference_lower::numeric, 4), round(difference_upper::numeric, 4))
           FROM win_rate_lift(pg_temp.closed(a, n1 - a), pg_temp.closed(b, n0 - b))),
	published, format('Newcombe: %s/%s - %s/%s', a, n1, b, n0))
FROM (VALUES (56, 70, 48, 80, '0.0524 to 0.3339'), (9, 10, 3, 10, '0.1705 to 0.8090'), (6, 7, 2, 7, '0.0582 to 0.8062'),
	(5, 56, 0, 29, '-0.0381 to 0.1926'), (0, 10, 0, 20, '-0.1611 to 0.2775'), (0, 10, 0, 10, '-0.2775 to 0.2775'),
	(10, 10, 0, 20, '0.6791 to 1.0000'), (10, 10, 0, 10, '0.6075 to 1.0000')) v(a, n1, b, n0, published);

-- R's data set UCBAdmissions: men against women admitted by six departments (Bickel, Hammel, O'Connell, Science 187, 1975)
CREATE TEMP TABLE berkeley AS
SELECT sex, department, outcome, deals
FROM  (VALUES ('A', 512, 313, 89, 19), ('B', 353, 207, 17, 8), ('C', 120, 205, 202, 391), ('D', 138, 279, 131, 244), ('E', 53, 138, 94, 299),
              ('F', 22, 351, 24, 317)) v(department, mw, ml, fw, fl),
       LATERAL (VALUES (true, 'won', mw), (true, 'lost', ml), (false, 'won', fw), (false, 'lost', fl)) w(sex, outcome, deals);
CREATE TEMP TABLE berkeley_lift AS
SELECT deal_lift_agg(sex, 1, outcome, date '1973-01-01', date '1973-01-02', department) AS lift FROM berkeley, generate_series(1, deals);
SELECT ok(pg_temp.near(odds_ratio, 0.904696828258623) AND pg_temp.near(lower_limit, 0.77190736175935) AND pg_temp.near(upper_limit, 1.06032976443666)
	AND pg_temp.near(chi_square, 1.524606660443436) AND pg_temp.near(p_value, 0.216923697055518), 'Berkeley: mantelhaen.test() of R says the same')
FROM berkeley_lift, win_odds_lift(lift);
SELECT ok(pg_temp.near(homogeneity_chi_square, 18.82550125205272) AND homogeneity_df = 5 AND round(homogeneity_p_value::numeric, 5) = 0.00207
	AND segments = 6, 'Berkeley: Breslow and Day''s test with Tarone''s correction')
FROM berkeley_lift, win_odds_lift(lift);
SELECT results_eq($$SELECT comparison, verdict FROM berkeley_lift, deal_lift(lift) WHERE measure IN ('win_rate', 'win_odds') AND comparison <> 'segment'$$,
	$$VALUES ('pooled', 'wins more often: higher, but below healthy; within segments it points the other way'),
	('stratified', 'no clear difference; pooled it points the other way'), ('stratified', 'no clear difference; segments disagree')$$,
	'Berkeley: Simpson''s paradox is said');

-- The migraine study in the documentation of SAS's PROC FREQ (Koch, Landis et al.)
CREATE TEMP TABLE migraine_lift AS
SELECT deal_lift_agg(active, 1, outcome, date '2000-01-01', date '2000-01-02', sex) AS lift
FROM  (VALUES ('female', true, 'won', 16), ('female', true, 'lost', 11), ('female', false, 'won', 5), ('female', false, 'lost', 20),
              ('male', true, 'won', 12), ('male', true, 'lost', 16), ('male', false, 'won', 7), ('male', false, 'lost', 19)) v(sex, active, outcome, n),
       generate_series(1, n);
SELECT is(format('%s %s %s %s %s', round(odds_ratio::numeric, 4), round(lower_limit::numeric, 4), round(upper_limit::numeric, 4),
	round(chi_square::numeric, 4), round(p_value::numeric, 4)), '3.3132 1.4456 7.5934 8.3052 0.0040', 'migraine: odds ratio and CMH test of SAS')
FROM migraine_lift, win_odds_lift(lift);
SELECT is(format('%s %s %s', round(ratio::numeric, 4), round(ratio_lower::numeric, 4), round(ratio_upper::numeric, 4)), '2.1636 1.2336 3.7948',
	'migraine: risk ratio of SAS')
FROM migraine_lift, deal_lift(lift) WHERE comparison = 'stratified' AND measure = 'win_rate';

-- R's t.test() of its data sets sleep and mtcars (hp by am), the latter with Fieller's interval
CREATE FUNCTION pg_temp.amounts(numbers text) RETURNS deal_stats LANGUAGE sql AS
	$$SELECT deal_stats_agg(a::numeric, 'won') FROM string_to_table(numbers, ' ') a$$;
CREATE FUNCTION pg_temp.days(numbers text) RETURNS deal_stats LANGUAGE sql AS
	$$SELECT deal_stats_agg(1, 'won', date '2000-01-01', date '2000-01-01' + a::integer) FROM string_to_table(numbers, ' ') a$$;
SELECT ok(pg_temp.near(p_value, 0.07939414018735817) AND pg_temp.near(difference_lower, -3.3654832307117104)
	AND pg_temp.near(difference_upper, 0.2054832307117102) AND co_sell_deals = 10 AND pg_temp.near(solo_value, 2.33), 'sleep: Welch''s test of R')
FROM amount_lift(pg_temp.amounts('0.7 -1.6 -0.2 -1.2 -0.1 3.4 3.7 0.8 0 2'), pg_temp.amounts('1.9 0.8 1.1 0.1 -0.1 4.4 5.5 1.6 4.6 3.4'));
CREATE TEMP TABLE mtcars AS SELECT pg_temp.amounts('110 110 93 66 52 65 66 91 113 264 175 335 109') AS a,
	pg_temp.amounts('110 175 105 245 62 95 123 123 180 180 180 205 215 230 97 150 150 245 175') AS b;
SELECT ok(pg_temp.near(p_value, 0.220979581335913) AND pg_temp.near(difference_lower, -88.71258829881276)
	AND pg_temp.near(difference_upper, 21.87858020164675), 'mtcars: Welch''s test of R') FROM mtcars, amount_lift(a, b);
SELECT ok(pg_temp.near(difference_lower, -109.04818891651411) AND pg_temp.near(difference_upper, 42.21418081934807), 'and with confidence 0.99')
FROM mtcars, amount_lift(a, b, 0.99);
SELECT ok(pg_temp.near(ratio_lower, 0.4770761899906631) AND pg_temp.near(ratio_upper, 1.1483893531476581), 'mtcars: Fieller''s interval')
FROM mtcars, amount_lift(a, b);

-- R's wilcox.test(Ozone ~ Month, data = airquality, subset = Month %in% c(5, 8), correct = FALSE, exact = FALSE)
SELECT ok(pg_temp.near(p_value, 0.0001163772600435334) AND co_sell_value = 18 AND solo_value = 45, 'airquality: the test of Mann and Whitney, with ties, of R')
FROM cycle_lift(pg_temp.days('41 36 12 18 28 23 19 8 7 16 11 14 18 14 34 6 30 11 1 11 4 32 23 45 115 37'),
	pg_temp.days('39 9 16 78 35 66 122 89 110 44 28 65 22 59 23 31 44 21 9 45 168 73 76 118 84 85'));
-- Campbell and Gardner, "Calculating confidence intervals for some non-parametric analyses", British Medical Journal 296 (1988):
-- of 100 values the 40th and the 61st; those of the other group are all the same
SELECT ok(co_sell_value = 50 AND solo_value = 50 AND pg_temp.near(difference_lower, -10) AND pg_temp.near(difference_upper, 11), 'the limits of a median are order statistics')
FROM (SELECT deal_stats_agg(1, 'won', date '2000-01-01', date '2000-01-01' + i) FROM generate_series(1, 100) i) a(s),
     (SELECT deal_stats_agg(1, 'won', date '2000-01-01', date '2000-01-01' + 50) FROM generate_series(1, 100) i) b(s), cycle_lift(a.s, b.s);

-- survfit() of R's package survival, of several states
CREATE TEMP TABLE journey AS
SELECT deal_stats_agg(1, outcome, date '2000-01-01', date '2000-01-01' + t, date '2000-01-01' + t) AS s
FROM   unnest(ARRAY[5, 8, 12, 12, 15, 20, 20, 20, 25, 30, 30, 33, 40, 45, 50, 50, 61, 70, 80, 90],
              string_to_array('won lost won open lost won won lost open won lost lost won open won open lost won open open', ' ')) d(t, outcome);
SELECT results_eq('SELECT days, at_risk, round(incidence::numeric, 14) FROM journey, win_incidence(s)',
	$$VALUES (5, 20::bigint, 0.05000000000000), (8, 19, 0.05000000000000), (12, 18, 0.10000000000000), (15, 16, 0.10000000000000), (20, 15, 0.20625000000000),
	(25, 12, 0.20625000000000), (30, 11, 0.26420454545455), (33, 9, 0.26420454545455), (40, 8, 0.32215909090909), (45, 7, 0.32215909090909), (50, 6, 0.38977272727273),
	(61, 4, 0.38977272727273), (70, 3, 0.47428977272727), (80, 2, 0.47428977272727), (90, 1, 0.47428977272727)$$, 'Aalen and Johansen''s estimate is R''s');
-- Without censoring it is the share of the deals, with the binomial error.
SELECT is((SELECT count(*) FROM (SELECT deal_stats_agg(1, CASE WHEN i % 3 = 0 THEN 'won' ELSE 'lost' END, date '2000-01-01', date '2000-01-01' + i * i % 47) AS s,
		array_agg(i * i % 47) FILTER (WHERE i % 3 = 0) AS won_days FROM generate_series(1, 200) i) d, win_incidence(s) w,
	LATERAL (SELECT count(*) / 200.0::double precision AS share FROM unnest(won_days) t WHERE t <= w.days) x
	WHERE NOT pg_temp.near(incidence, share) OR NOT pg_temp.near(standard_error, sqrt(share * (1 - share) / 200))), 0::bigint,
	'without open deals the incidence is a share, with its binomial error');

-- Plain SQL

-- 4,000 deals with gaps; large accounts are co-sold more often, and won more often
CREATE TABLE public.deal_lift_row AS
SELECT id, segment, co_sell, amount, outcome, opened, CASE WHEN outcome <> 'open' OR id % 7 = 0 THEN opened + days END AS closed,
       CASE WHEN co_sell THEN opened + abs(hashint4(id + 60000)) % 80 - 10 END AS since
FROM  (SELECT id, (ARRAY['small', 'middle', 'large', 'Wörgl "West"', NULL])[1 + size] AS segment, size,
              abs(hashint4(id + 10000)) % 10 < 2 + size AS co_sell,
              CASE WHEN id % 13 <> 0 THEN round((100 * exp(abs(hashint4(id + 20000)) % 1000 / 300.0::double precision))::numeric, id % 3) END AS amount,
              CASE WHEN abs(hashint4(id + 30000)) % 10 < 3 + size / 2 + (abs(hashint4(id + 10000)) % 10 < 2 + size)::int THEN 'won'
                   WHEN id % 5 = 0 THEN 'open' ELSE 'lost' END AS outcome,
              CASE WHEN id % 29 <> 0 THEN date '2024-01-01' + abs(hashint4(id + 40000)) % 600 END AS opened,
              CASE WHEN id % 31 = 0 THEN -5 ELSE (abs(hashint4(id + 50000)) % 100) * (1 + id % 2) END AS days
       FROM   (SELECT id, abs(hashint4(id)) % 5 AS size FROM generate_series(1, 4000) id) i) d;
CREATE TEMP VIEW deal_row AS
SELECT id, co_sell, amount, outcome, opened, closed, since, coalesce(segment, 'unspecified') AS s, CASE WHEN outcome <> 'open' AND closed >= opened THEN closed - opened END AS cycle,
       CASE WHEN CASE WHEN outcome = 'open' THEN date '2026-01-01' ELSE closed END >= opened
            THEN CASE WHEN outcome = 'open' THEN date '2026-01-01' ELSE closed END - opened END AS watched
FROM   public.deal_lift_row;
CREATE TEMP TABLE lift AS SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment, '2026-01-01') AS l FROM public.deal_lift_row;
CREATE TEMP TABLE said AS SELECT r.* FROM lift, deal_lift(l) r;
CREATE TEMP VIEW scope AS SELECT 'pooled' AS comparison, NULL AS segment, d.* FROM deal_row d UNION ALL SELECT 'segment', d.s, d.* FROM deal_row d;

CREATE FUNCTION pg_temp.erfc(x double precision) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE term double precision := 2 / sqrt(pi()) * x * exp(-x * x); total double precision := 0; n integer := 0;
BEGIN
	WHILE abs(term) > 1e-20 LOOP total := total + term; n := n + 1; term := term * 2 * x * x / (2 * n + 1); END LOOP;
	RETURN 1 - total;
END $$;
-- A p-value of a normal deviation
CREATE FUNCTION pg_temp.is_p(p double precision, z double precision) RETURNS boolean LANGUAGE sql AS
	$$SELECT coalesce(abs(p - pg_temp.erfc(abs(z) / sqrt(2))) < 1e-11, p IS NULL AND z IS NULL)$$;
-- Student's quantile for 0.975 from the normal one, for many degrees of freedom (Abramowitz and Stegun 26.7.5)
CREATE FUNCTION pg_temp.t(df double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT z + (z ^ 3 + z) / 4 / df + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / 96 / df ^ 2 + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / 384 / df ^ 3
	       + (79 * z ^ 9 + 776 * z ^ 7 + 1482 * z ^ 5 - 1920 * z ^ 3 - 945 * z) / 92160 / df ^ 4
	FROM (VALUES (1.959963984540054)) v(z) $$;

-- Win rates
SELECT is((SELECT count(*) FROM said JOIN (
	SELECT q.*, a / n1 AS p1, b / n0 AS p0,
	       (2 * a + zz - z * sqrt(zz + 4 * a * (1 - a / n1))) / 2 / (n1 + zz) AS l1, (2 * a + zz + z * sqrt(zz + 4 * a * (1 - a / n1))) / 2 / (n1 + zz) AS u1,
	       (2 * b + zz - z * sqrt(zz + 4 * b * (1 - b / n0))) / 2 / (n0 + zz) AS l0, (2 * b + zz + z * sqrt(zz + 4 * b * (1 - b / n0))) / 2 / (n0 + zz) AS u0,
	       (a / n1 - b / n0) / sqrt((a + b) / (n1 + n0) * (1 - (a + b) / (n1 + n0)) * (1 / n1 + 1 / n0)) AS deviation
	FROM  (SELECT comparison, segment, 1.959963984540054 AS z, 1.959963984540054 ^ 2 AS zz, (count(*) FILTER (WHERE co_sell AND outcome = 'won'))::double precision AS a,
	              (count(*) FILTER (WHERE NOT co_sell AND outcome = 'won'))::double precision AS b, (count(*) FILTER (WHERE co_sell AND outcome <> 'open'))::double precision AS n1,
	              (count(*) FILTER (WHERE NOT co_sell AND outcome <> 'open'))::double precision AS n0 FROM scope GROUP BY 1, 2) q) e
	USING (comparison)
	WHERE e.segment IS NOT DISTINCT FROM said.segment AND measure = 'win_rate' AND co_sell_deals = n1 AND solo_deals = n0 AND pg_temp.near(co_sell_value, p1)
	AND pg_temp.near(solo_value, p0) AND pg_temp.near(difference, p1 - p0) AND pg_temp.near(difference_lower, p1 - p0 - sqrt((p1 - l1) ^ 2 + (u0 - p0) ^ 2))
	AND pg_temp.near(difference_upper, p1 - p0 + sqrt((u1 - p1) ^ 2 + (p0 - l0) ^ 2)) AND pg_temp.near(ratio, p1 / p0)
	AND pg_temp.near(ratio_lower, (p1 * p0 - sqrt((p1 * p0) ^ 2 - l1 * u0 * (2 * p1 - l1) * (2 * p0 - u0))) / (u0 * (2 * p0 - u0)))
	AND pg_temp.near(ratio_upper, (p1 * p0 + sqrt((p1 * p0) ^ 2 - u1 * l0 * (2 * p1 - u1) * (2 * p0 - l0))) / (l0 * (2 * p0 - l0)))
	AND pg_temp.is_p(p_value, deviation)), 6::bigint, 'win rates: Wilson, Newcombe, Donner and Zou, chi-square');
CREATE TEMP VIEW fourfold AS
SELECT s, a, b, n1 - a AS c, n0 - b AS d, n1, n0, n1 + n0 AS n, a + b AS m1, n1 + n0 - a - b AS m0
FROM  (SELECT s, (count(*) FILTER (WHERE co_sell AND outcome = 'won'))::double precision AS a, (count(*) FILTER (WHERE NOT co_sell AND outcome = 'won'))::double precision AS b,
              (count(*) FILTER (WHERE co_sell AND outcome <> 'open'))::double precision AS n1, (count(*) FILTER (WHERE NOT co_sell AND outcome <> 'open'))::double precision AS n0
       FROM   deal_row GROUP BY s) q;
SELECT is((SELECT count(*) FROM said, (
	SELECT sum(a * n0 / n) / sum(b * n1 / n) AS rr, sum(a * n0 / n - b * n1 / n) / sum(n1 * n0 / n) AS rd, sum(a * n0 / n) / sum(n1 * n0 / n) AS r1,
	       1.959963984540054 * sqrt(sum((m1 * n1 * n0 - a * b * n) / n ^ 2) / sum(a * n0 / n) / sum(b * n1 / n)) AS reach,
	       1.959963984540054 * sqrt((sum(a * n0 / n - b * n1 / n) / sum(n1 * n0 / n) * sum((n1 ^ 2 * b - n0 ^ 2 * a + n1 * n0 * (n0 - n1) / 2) / n ^ 2)
	                                 + sum((a * (n0 - b) + b * (n1 - a)) / 2 / n)) / sum(n1 * n0 / n) ^ 2) AS sato,
	       sum(a - n1 * m1 / n) / sqrt(sum(n1 * n0 * m1 * m0 / n ^ 2 / (n - 1))) AS deviation
	FROM   fourfold) e
	WHERE comparison = 'stratified' AND measure = 'win_rate' AND pg_temp.near(ratio, rr) AND pg_temp.near(difference, rd) AND pg_temp.near(co_sell_value, r1)
	AND pg_temp.near(ratio_lower, rr * exp(-reach)) AND pg_temp.near(ratio_upper, rr * exp(reach)) AND pg_temp.near(difference_lower, rd - sato)
	AND pg_temp.near(difference_upper, rd + sato) AND pg_temp.is_p(p_value, deviation)), 1::bigint, 'stratified: Mantel and Haenszel, Greenland and Robins, Sato');
SELECT is((SELECT count(*) FROM lift, win_odds_lift(l), (
	SELECT sum(a * d / n) / sum(b * c / n) AS odds,
	       1.959963984540054 * sqrt(sum((a + d) / n * a * d / n) / 2 / sum(a * d / n) ^ 2 + sum((a + d) / n * b * c / n + (b + c) / n * a * d / n) / 2 / sum(a * d / n) / sum(b * c / n)
	                                + sum((b + c) / n * b * c / n) / 2 / sum(b * c / n) ^ 2) AS reach
	FROM   fourfold) e
	WHERE segments = 5 AND pg_temp.near(odds_ratio, odds) AND pg_temp.near(lower_limit, odds * exp(-reach)) AND pg_temp.near(upper_limit, odds * exp(reach))), 1::bigint,
	'and Robins, Breslow and Greenland');
SELECT is((SELECT count(*) FROM said, lift, win_odds_lift(l) o WHERE measure = 'win_odds' AND ratio = odds_ratio AND ratio_lower = o.lower_limit AND ratio_upper = o.upper_limit
	AND said.p_value IS NOT DISTINCT FROM o.p_value), 1::bigint, 'the row of the odds is that of win_odds_lift');

-- Amounts
CREATE TEMP VIEW sized AS
SELECT comparison, segment, s, count(*) FILTER (WHERE co_sell) AS n1, count(*) FILTER (WHERE NOT co_sell) AS n0,
       (avg(amount) FILTER (WHERE co_sell))::double precision AS m1, (avg(amount) FILTER (WHERE NOT co_sell))::double precision AS m0,
       (var_samp(amount) FILTER (WHERE co_sell) / count(*) FILTER (WHERE co_sell))::double precision AS v1,
       (var_samp(amount) FILTER (WHERE NOT co_sell) / count(*) FILTER (WHERE NOT co_sell))::double precision AS v0
FROM  (SELECT comparison, segment, CASE WHEN comparison = 'segment' THEN s END AS s, co_sell, amount FROM scope WHERE outcome = 'won' AND amount IS NOT NULL) d
GROUP  BY 1, 2, 3;
SELECT is((SELECT count(*) FROM said JOIN (SELECT *, pg_temp.t((v1 + v0) ^ 2 / (v1 ^ 2 / (n1 - 1) + v0 ^ 2 / (n0 - 1))) AS t FROM sized) e USING (comparison)
	WHERE e.segment IS NOT DISTINCT FROM said.segment AND measure = 'mean_amount' AND co_sell_deals = n1 AND solo_deals = n0 AND pg_temp.near(co_sell_value, m1)
	AND pg_temp.near(solo_value, m0) AND pg_temp.near(difference, m1 - m0) AND pg_temp.near(difference_lower, m1 - m0 - t * sqrt(v1 + v0))
	AND pg_temp.near(difference_upper, m1 - m0 + t * sqrt(v1 + v0)) AND pg_temp.near(ratio, m1 / m0)
	AND pg_temp.near(ratio_lower, (m1 * m0 - sqrt((m1 * m0) ^ 2 - (m0 ^ 2 - t ^ 2 * v0) * (m1 ^ 2 - t ^ 2 * v1))) / (m0 ^ 2 - t ^ 2 * v0))
	AND pg_temp.near(ratio_upper, (m1 * m0 + sqrt((m1 * m0) ^ 2 - (m0 ^ 2 - t ^ 2 * v0) * (m1 ^ 2 - t ^ 2 * v1))) / (m0 ^ 2 - t ^ 2 * v0))), 6::bigint,
	'amounts: Welch and Fieller from avg() and var_samp()');
SELECT is((SELECT count(*) FROM said, (
	SELECT *, pg_temp.t(v ^ 2 / of_df) AS t FROM (
		SELECT sum(w * m1) / sum(w) AS m1, sum(w * m0) / sum(w) AS m0, sum(w ^ 2 * (v1 + v0)) / sum(w) ^ 2 AS v,
		       sum(w ^ 4 * (v1 ^ 2 / (n1 - 1) + v0 ^ 2 / (n0 - 1))) / sum(w) ^ 4 AS of_df
		FROM  (SELECT *, n1 * n0 / (n1 + n0)::double precision AS w FROM sized WHERE comparison = 'segment') w) x) e
	WHERE comparison = 'stratified' AND measure = 'mean_amount' AND pg_temp.near(co_sell_value, m1) AND pg_temp.near(solo_value, m0)
	AND pg_temp.near(difference_lower, m1 - m0 - t * sqrt(v)) AND pg_temp.near(difference_upper, m1 - m0 + t * sqrt(v))), 1::bigint, 'amounts within segments');

-- Cycles
CREATE TEMP VIEW ranked AS
SELECT comparison, segment, n, n1, n0, w - n1 * (n + 1) / 2 AS deviation, n1 * n0 / 12 * (n + 1 - ties / n / (n - 1)) AS variance
FROM  (SELECT comparison, segment, count(*)::double precision AS n, (count(*) FILTER (WHERE co_sell))::double precision AS n1, (count(*) FILTER (WHERE NOT co_sell))::double precision AS n0,
              sum(r) FILTER (WHERE co_sell) AS w, sum(k ^ 2 - 1) AS ties
       FROM  (SELECT comparison, segment, co_sell, rank() OVER (PARTITION BY comparison, segment ORDER BY cycle) + (count(*) OVER (PARTITION BY comparison, segment, cycle) - 1) / 2.0::double precision AS r,
                     (count(*) OVER (PARTITION BY comparison, segment, cycle))::double precision AS k
              FROM   scope WHERE outcome = 'won' AND cycle IS NOT NULL) x
       GROUP  BY 1, 2) y;
CREATE TEMP VIEW middle AS
SELECT comparison, segment, co_sell, days[(n + 1) / 2] AS median, days[r] AS low, days[n + 1 - r] AS high
FROM  (SELECT *, round(n / 2.0::double precision - 1.959963984540054 * sqrt(n) / 2)::integer AS r
       FROM  (SELECT comparison, segment, co_sell, array_agg(cycle ORDER BY cycle) AS days, count(*)::integer AS n FROM scope WHERE outcome = 'won' AND cycle IS NOT NULL GROUP BY 1, 2, 3) x) y;
SELECT is((SELECT count(*) FROM said JOIN middle a USING (comparison) JOIN middle b USING (comparison) JOIN ranked r USING (comparison)
	WHERE a.segment IS NOT DISTINCT FROM said.segment AND b.segment IS NOT DISTINCT FROM said.segment AND r.segment IS NOT DISTINCT FROM said.segment AND a.co_sell AND NOT b.co_sell
	AND measure = 'median_cycle' AND co_sell_deals = n1 AND solo_deals = n0 AND co_sell_value = a.median AND solo_value = b.median AND difference = a.median - b.median
	AND pg_temp.near(difference_lower, a.median - b.median - sqrt((a.median - a.low) ^ 2 + (b.high - b.median) ^ 2))
	AND pg_temp.near(difference_upper, a.median - b.median + sqrt((a.high - a.median) ^ 2 + (b.median - b.low) ^ 2)) AND pg_temp.is_p(p_value, deviation / sqrt(variance))),
	6::bigint, 'cycles: medians, order statistics, ranks');
SELECT is((SELECT count(*) FROM said, (SELECT sum(deviation / (n + 1)) / sqrt(sum(variance / (n + 1) ^ 2)) AS deviation FROM ranked WHERE comparison = 'segment') e
	WHERE comparison = 'stratified' AND measure = 'median_cycle' AND pg_temp.is_p(p_value, deviation)), 1::bigint, 'van Elteren''s test');
CREATE TEMP VIEW mixed AS
SELECT co_sell, cycle, sum(sum(share)) OVER (PARTITION BY co_sell ORDER BY cycle) AS share, max(size) AS size
FROM  (SELECT d.co_sell, cycle, w / sum(w / n) OVER (PARTITION BY d.co_sell) / n AS share, 1 / sum((w / whole) ^ 2 / n ^ 2) OVER (PARTITION BY d.co_sell) AS size
       FROM   deal_row d JOIN (SELECT segment AS s, n1 * n0 / n AS w, sum(n1 * n0 / n) OVER () AS whole, n1, n0 FROM ranked WHERE comparison = 'segment') w USING (s),
              LATERAL (SELECT CASE WHEN co_sell THEN n1 ELSE n0 END AS n) x
       WHERE  outcome = 'won' AND cycle IS NOT NULL) y
GROUP  BY 1, 2;
SELECT is((SELECT count(*) FROM said, (
	SELECT min(cycle) FILTER (WHERE co_sell AND share > 0.5) AS m1, min(cycle) FILTER (WHERE NOT co_sell AND share > 0.5) AS m0,
	       min(cycle) FILTER (WHERE co_sell AND share > r) AS l1, min(cycle) FILTER (WHERE NOT co_sell AND share > r) AS l0,
	       min(cycle) FILTER (WHERE co_sell AND share > 1 - r) AS u1, min(cycle) FILTER (WHERE NOT co_sell AND share > 1 - r) AS u0
	FROM   mixed, LATERAL (SELECT round(size / 2 - 1.959963984540054 * sqrt(size) / 2) / size AS r) x) e
	WHERE comparison = 'stratified' AND measure = 'median_cycle' AND co_sell_value = m1 AND solo_value = m0
	AND pg_temp.near(difference_lower, m1 - m0 - sqrt((m1 - l1) ^ 2 + (u0 - m0) ^ 2)) AND pg_temp.near(difference_upper, m1 - m0 + sqrt((u1 - m1) ^ 2 + (m0 - l0) ^ 2))),
	1::bigint, 'medians of both sides, spread alike over the segments');

-- Incidence
CREATE TEMP TABLE step AS
SELECT side, t, n, w, c, exp(coalesce(sum(ln(1 - c / n)) OVER (PARTITION BY side ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS before
FROM  (SELECT co_sell AS side, watched AS t, (count(*) FILTER (WHERE outcome = 'won'))::double precision AS w, (count(*) FILTER (WHERE outcome <> 'open'))::double precision AS c,
              sum(count(*)) OVER (PARTITION BY co_sell ORDER BY watched DESC)::double precision AS n
       FROM   deal_row WHERE watched IS NOT NULL GROUP BY 1, 2) x;
CREATE TEMP VIEW grown AS SELECT *, sum(before * w / n) OVER (PARTITION BY side ORDER BY t) AS f FROM step;
CREATE TEMP TABLE curve AS
SELECT a.side, a.t, a.f, sum((a.f - b.f) ^ 2 * b.c / b.n / nullif(b.n - b.c, 0)) + sum(b.before ^ 2 * b.w * (b.n - b.w) / b.n ^ 3) - 2 * sum((a.f - b.f) * b.before * b.w / b.n ^ 2) AS v
FROM   grown a JOIN grown b ON b.side = a.side AND b.t <= a.t GROUP BY 1, 2, 3;
CREATE TEMP VIEW side AS SELECT co_sell AS side, rollup(stats) AS s FROM lift, deal_lift_sides(l) GROUP BY 1;
SELECT results_eq('SELECT side, count(*) FROM side, win_incidence(s) GROUP BY 1 ORDER BY 1', 'SELECT side, count(*) FROM curve GROUP BY 1 ORDER BY 1', 'a row for each day');
SELECT is((SELECT count(*) FROM side CROSS JOIN win_incidence(s) i JOIN curve USING (side) WHERE t = days AND NOT (pg_temp.near(incidence, f) AND pg_temp.near(standard_error, sqrt(v))
	AND (f = 0 OR (pg_temp.near(lower_limit, f ^ exp(-1.959963984540054 * sqrt(v) / f / ln(f))) AND pg_temp.near(upper_limit, f ^ exp(1.959963984540054 * sqrt(v) / f / ln(f))))))),
	0::bigint, 'Aalen and Johansen''s estimate, its error and limits');
SELECT is((SELECT count(*) FROM side s1, side s0, win_incidence_lift(s1.s, s0.s) r, said, curve a, curve b WHERE s1.side AND NOT s0.side AND said.comparison = 'pooled'
	AND said.measure = 'won_within_90_days' AND a.side AND NOT b.side AND a.t = 90 AND b.t = 90 AND pg_temp.near(r.difference, a.f - b.f)
	AND pg_temp.is_p(r.p_value, (a.f - b.f) / sqrt(a.v + b.v)) AND (r.difference_lower, r.p_value, r.verdict) = (said.difference_lower, said.p_value, said.verdict)
	AND win_incidence_at(s1.s, 90) = r.co_sell_value), 1::bigint, 'and its difference');
SELECT is((SELECT count(*) FROM said WHERE comparison = 'pooled' AND measure IN ('win_rate', 'mean_amount', 'median_cycle')), (
	SELECT count(*) FROM said JOIN (
		SELECT 'win_rate' AS measure, r.* FROM side a, side b, win_rate_lift(a.s, b.s) r WHERE a.side AND NOT b.side
		UNION ALL SELECT 'mean_amount', r.* FROM side a, side b, amount_lift(a.s, b.s) r WHERE a.side AND NOT b.side
		UNION ALL SELECT 'median_cycle', r.* FROM side a, side b, cycle_lift(a.s, b.s) r WHERE a.side AND NOT b.side) x
	USING (measure, co_sell_deals, solo_deals, co_sell_value, solo_value, ratio, ratio_lower, ratio_upper, difference, difference_lower, difference_upper, p_value)
	WHERE comparison = 'pooled'), 'the functions for two deal_stats say what the pooled rows say');

-- The landmark
CREATE TEMP TABLE lift30 AS SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01') AS l FROM public.deal_lift_row;
SELECT results_eq('SELECT basis, segment, co_sell, stats::text FROM lift30, deal_lift_sides(l) ORDER BY 1, 2, 3', $$
	SELECT 'as recorded', s, coalesce(since <= coalesce(CASE WHEN outcome = 'open' THEN date '2026-01-01' ELSE closed END, 'infinity'), false),
	       deal_stats_agg(amount, outcome, opened, closed, '2026-01-01')::text FROM deal_row GROUP BY 1, 2, 3
	UNION ALL
	SELECT 'landmark 30 days', s, coalesce(since <= opened + 30, false), deal_stats_agg(amount, outcome, opened, closed, '2026-01-01')::text
	FROM deal_row WHERE watched > 30 GROUP BY 1, 2, 3
	ORDER BY 1, 2, 3$$, 'sides as recorded and at the landmark');
SELECT is((SELECT landmark(l) FROM lift30), 30, 'the landmark is after 30 days');
SELECT is((SELECT landmark(l) FROM lift), NULL, 'there is none without a time');
SELECT is((SELECT string_agg(DISTINCT basis, ', ' ORDER BY basis) FROM lift30, deal_lift(l)), 'as recorded, landmark 30 days', 'both comparisons are returned');
SELECT is((SELECT string_agg(format('%s %s %s', basis, co_sell, deals(stats)), ', ') FROM (
	SELECT deal_lift_agg(since, 1, outcome, timestamptz '2026-01-01 12:00+00', closed, NULL, '2026-12-31', 10) AS l
	FROM  (VALUES ('won', timestamptz '2026-01-11 12:00+00', timestamptz '2026-01-01 12:00+00'), ('won', '2026-01-11 12:00:01+00', '2026-01-11 12:00+00'),
	              ('lost', '2026-03-01 12:00+00', '2026-01-11 12:00:01+00'), ('lost', '2026-03-01 12:00+00', '2026-03-02'), ('open', NULL, 'infinity'),
	              ('open', NULL, '-infinity'), ('won', NULL, '2026-01-01')) v(outcome, closed, since)) x, deal_lift_sides(l)),
	'as recorded t 5, as recorded f 2, landmark 10 days t 2, landmark 10 days f 3',
	'a deal that closes at the landmark is not open then; a touch at the landmark counts, one after the close does not');
SELECT results_eq($$SELECT basis, co_sell, deals(stats) FROM (SELECT deal_lift_agg(since, 1, 'open', date '2026-01-01', NULL, NULL, as_of) AS l
	FROM (VALUES (date '2026-01-05', date '2026-01-31'), ('2026-01-05', '2026-02-01'), (NULL, NULL), ('2026-03-01', '2026-02-01')) v(since, as_of)) x, deal_lift_sides(l)$$,
	$$VALUES ('as recorded', true, 2::bigint), ('as recorded', false, 2), ('landmark 30 days', true, 1), ('landmark 30 days', false, 1)$$,
	'an open deal is there at the landmark if it was watched for so long');
SELECT throws_ok($$SELECT deal_lift_agg(date '2026-01-01', 1, 'won', date '2026-01-01', date '2026-02-01', '', NULL, i) FROM generate_series(29, 30) i$$, '22023',
	'the landmark must be the same for all deals', 'one landmark');
SELECT throws_ok($$SELECT deal_lift_agg(date '2026-01-01', 1, 'won', date '2026-01-01', date '2026-02-01', '', NULL, -1)$$, '22003',
	'landmark of -1 days is not between 0 and 36500', 'a landmark before the opening');
SELECT throws_ok('SELECT deal_lift_combine(a.l, b.l) FROM lift a, lift30 b', '22023', 'deal_lift values with different landmarks cannot be combined', 'with and without');
SELECT throws_ok('SELECT deal_lift_combine(b.l, a.l) FROM lift a, lift30 b', '22023', 'deal_lift values with different landmarks cannot be combined', 'the other way round');

-- What it says
SELECT results_eq($$SELECT won, verdict FROM (VALUES (6, 4, 3, 7), (60, 40, 30, 70), (60, 40, 45, 55), (30, 70, 60, 40), (0, 0, 5, 5), (50, 50, 50, 50)) v(won, lost, won0, lost0),
	win_rate_lift(pg_temp.closed(won, lost), pg_temp.closed(won0, lost0))$$, $$VALUES (6, 'too few deals'), (60, 'wins more often: healthy'),
	(60, 'wins more often: higher, but below healthy'), (30, 'wins less often: co-sell motions need better targeting or execution'), (0, 'too few deals'), (50, 'no clear difference')$$,
	'verdicts on win rates');
SELECT is((SELECT count(*) FROM win_rate_lift(pg_temp.closed(6, 4), pg_temp.closed(3, 7)) WHERE p_value IS NULL AND difference IS NOT NULL AND difference_lower IS NOT NULL), 1::bigint,
	'too few deals have values and limits, but no p-value');
-- A difference is clear where both the test and the interval find it so, at the confidence asked for.
SELECT results_eq($$SELECT won, p_value < 1 - confidence, difference_lower > 0, left(verdict, 16) FROM (VALUES (20, 4, 29, 19, 0.95), (8, 4, 4, 10, 0.95), (8, 4, 4, 10, 0.9), (20, 4, 29, 19, 0.9)) v(won, lost, won0, lost0, confidence),
	win_rate_lift(pg_temp.closed(won, lost), pg_temp.closed(won0, lost0), confidence)$$,
	$$VALUES (20, true, false, 'no clear differe'), (8, false, true, 'no clear differe'), (8, true, true, 'wins more often:'), (20, true, true, 'wins more often:')$$, 'the test and the interval agree');
CREATE FUNCTION pg_temp.won_and_lost(won bigint, lost bigint) RETURNS deal_stats LANGUAGE sql AS
	$$SELECT deal_stats_agg(1, CASE WHEN i <= won THEN 'won' ELSE 'lost' END, date '2026-01-01', date '2026-01-01' + i::int) FROM generate_series(1, won + lost) i$$;
SELECT results_eq($$SELECT n, m, verdict FROM (VALUES (4, 5), (5, 4), (5, 5)) v(n, m), win_incidence_lift(pg_temp.won_and_lost(n, 1), pg_temp.won_and_lost(m, 30))$$,
	$$VALUES (4, 5, 'too few deals'), (5, 4, 'too few deals'), (5, 5, 'sooner')$$, 'deals won by a day from five on');
SELECT results_eq($$SELECT co_sell_deals, solo_deals FROM (SELECT deal_lift_agg(side, 100 + i, 'won', date '2026-01-01', date '2026-02-01', segment) AS l
	FROM (VALUES ('two', true, 2), ('two', false, 2), ('one', true, 1), ('one', false, 2), ('none', false, 5), ('many', true, 12), ('many', false, 12)) v(segment, side, n), generate_series(1, n) i) x, deal_lift(l) WHERE measure = 'mean_amount' AND comparison = 'stratified'$$,
	'VALUES (14::bigint, 14::bigint)', 'segments with two amounts on either side are compared');
-- Five deals more or less than expected have room, four and a half do not.
SELECT results_eq($$SELECT won, verdict FROM (VALUES (9, 1, 1, 9), (8, 1, 1, 8)) v(won, lost, won0, lost0), win_rate_lift(pg_temp.closed(won, lost), pg_temp.closed(won0, lost0))$$,
	$$VALUES (9, 'wins more often: healthy'), (8, 'too few deals')$$, 'room for five deals');
-- One deal less than enough on either side, and just enough
CREATE FUNCTION pg_temp.some(n bigint, first bigint) RETURNS deal_stats LANGUAGE sql AS
	$$SELECT deal_stats_agg(first + i, 'won', date '2026-01-01', date '2026-01-01' + (first + i)::int) FROM generate_series(1, n) i$$;
SELECT results_eq($$SELECT n, m, a.verdict, c.verdict FROM (VALUES (9, 30), (30, 9), (10, 10)) v(n, m), amount_lift(pg_temp.some(n, 100), pg_temp.some(m, 10)) a, cycle_lift(pg_temp.some(n, 10), pg_temp.some(m, 100)) c$$,
	$$VALUES (9, 30, 'too few deals', 'too few deals'), (30, 9, 'too few deals', 'too few deals'), (10, 10, 'larger: on target', 'faster: on target')$$, 'amounts and cycles are compared from ten deals on');
SELECT results_eq($$SELECT n, m, verdict FROM (VALUES (9, 30), (30, 9), (10, 10)) v(n, m), win_rate_lift(pg_temp.closed(n, 0), pg_temp.closed(m, 0))$$,
	$$VALUES (9, 30, 'too few deals'), (30, 9, 'too few deals'), (10, 10, 'no clear difference')$$, 'and rates of all or nothing');
SELECT results_eq($$SELECT verdict, p_value FROM (VALUES (1, 200, 0, 200, 0), (2, 0, 200, 0, 200), (3, 9, 0, 200, 0)) v(i, won, lost, won0, lost0),
	win_rate_lift(pg_temp.closed(won, lost), pg_temp.closed(won0, lost0)) ORDER BY i$$,
	$$VALUES ('no clear difference', NULL::float8), ('no clear difference', NULL), ('too few deals', NULL)$$, 'where all are won, or none, there is no difference');
SELECT results_eq($$SELECT DISTINCT verdict FROM (SELECT deal_lift_agg(i % 2 = 0, 100, 'won', date '2026-01-01', date '2026-02-01', (i / 2 % 3)::text) AS l FROM generate_series(1, 600) i) x,
	deal_lift(l) WHERE measure = 'win_rate'$$, $$VALUES ('no clear difference')$$, 'within segments, too');
SELECT is((SELECT r::text FROM win_rate_lift('deals=0', 'deals=0') r), '(0,0,,,,,,,,,,"too few deals")', 'no deals');
SELECT is((SELECT r::text FROM amount_lift('deals=0', 'deals=0') r), '(0,0,,,,,,,,,,"too few deals")', 'no amounts');
SELECT is((SELECT r::text FROM cycle_lift('deals=0', 'deals=0') r), '(0,0,,,,,,,,,,"too few deals")', 'no cycles');
SELECT is((SELECT r::text FROM win_incidence_lift('deals=0', 'deals=0') r), '(0,0,,,,,,,,,,"too few deals")', 'no days');
SELECT is((SELECT r::text FROM win_rate_interval('deals=1 open=1 open_without_amount=1') r), '(,)', 'nothing closed has no interval');
SELECT is((SELECT count(*) FROM win_incidence('deals=0')), 0::bigint, 'and nothing no incidence');
SELECT is(win_incidence_at(s, 89) IS NULL OR win_incidence_at(s, 91) IS NOT NULL, false, 'nothing is known beyond the last day') FROM journey;
SELECT is(win_incidence_at(deal_stats_agg(1, 'won', date '2026-01-01', date '2026-01-03'), 1000), 1::double precision, 'unless all are closed');
INSERT INTO target (metric, kind, range, unit, better, verdict, source) VALUES ('co_sell_win_rate_ratio', 'band', '(1,)', 'ratio', NULL, 'fine with us', 'own');
SELECT is((SELECT verdict FROM win_rate_lift(pg_temp.closed(60, 40), pg_temp.closed(45, 55))), 'wins more often: fine with us', 'targets of one''s own');
SELECT is((SELECT string_agg(r.measure || ' ' || verdict, ', ') FROM (SELECT deal_lift_agg(i % 2 = 0, 1000 + i % 2 * 1000 + i, 'won', date '2026-01-01', date '2026-03-01' + i % 2 * 60 + i % 7) AS l
	FROM generate_series(1, 60) i) x, deal_lift(l) r), 'win_rate no clear difference, mean_amount smaller: below target, median_cycle faster: on target, won_within_90_days too few deals',
	'without segments there are the pooled rows only');
SELECT is((SELECT string_agg(DISTINCT comparison, ', ' ORDER BY comparison) FROM (SELECT deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-03-01', 'only') AS l) x, deal_lift(l) r),
	'pooled, segment', 'one segment is not stratified');
SELECT is((SELECT count(*) FROM lift, _deal_lift_rows(l, 0.95) WHERE measure = 'won_within_90_days'), 7::bigint, 'incidence is compared where open deals have days');
SELECT is((SELECT count(*) FROM (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) AS l FROM public.deal_lift_row) x, _deal_lift_rows(l, 0.95)
	WHERE measure = 'won_within_90_days'), 0::bigint, 'and else it is not');
SELECT throws_ok(format('SELECT * FROM %s', call), '22003', 'confidence 1 is not between 0 and 1', call)
FROM unnest(ARRAY['win_rate_interval(''deals=0'', 1)', 'win_incidence(''deals=0'', 1)', 'win_rate_lift(''deals=0'', ''deals=0'', 1)', 'deal_lift(''ignored=0''::deal_lift, 1)',
	'win_odds_lift(''ignored=0'', 1)']) call;
SELECT throws_ok($$SELECT * FROM _deal_stats_comparison('size', 'deals=0', 'deals=0', 0.95)$$, '22023', 'unknown measure "size"', 'an unknown measure');
SELECT throws_ok($$SELECT win_incidence_at('deals=0', -1)$$, '22003', 'number of days -1 is negative', 'days before the opening');

-- Rows that do not say whether
SELECT is((SELECT format('%s %s', ignored(l), count(*)) FROM (SELECT deal_lift_agg(c, 1, 'won', date '2026-01-01', date '2026-01-02') AS l FROM (VALUES (true), (NULL), (NULL)) v(c)) x,
	deal_lift_sides(l) GROUP BY l), '2 1', 'a deal that does not say whether is ignored, and counted');
SELECT is(deal_lift_agg(true, NULL, NULL, NULL::date, NULL, '')::text, 'ignored=0 landmark=none "unspecified" co_sell=(deals=1 open=1 open_without_amount=1)',
	'a deal of which nothing is known');

-- The state
CREATE FUNCTION pg_temp.bytes(deal_lift) RETURNS text LANGUAGE sql AS 'SELECT md5(deal_lift_send($1))';
SELECT is((SELECT pg_temp.bytes(deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01' ORDER BY id DESC)) FROM public.deal_lift_row),
	(SELECT pg_temp.bytes(l) FROM lift30), 'backwards');
SELECT is((SELECT pg_temp.bytes(deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01' ORDER BY hashint4(id))) FROM public.deal_lift_row),
	(SELECT pg_temp.bytes(l) FROM lift30), 'shuffled');
SELECT is((SELECT count(DISTINCT pg_temp.bytes(r)) FROM generate_series(1, 20) k, LATERAL (
		SELECT rollup(s ORDER BY hashint4(part + k)) AS r FROM (
			SELECT hashint4(id + k) % (1 + k) AS part, deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01') AS s
			FROM public.deal_lift_row GROUP BY 1) p UNION ALL SELECT l FROM lift30) x),
	1::bigint, 'cut into parts and merged, twenty ways');
SELECT is((SELECT pg_column_size(deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01' ORDER BY id DESC)) FROM public.deal_lift_row),
	(SELECT pg_column_size(l::text::deal_lift) FROM lift30), 'a value has no spare memory');
SELECT ok(l = l::text::deal_lift AND NOT l <> l AND l <> 'ignored=0' AND deal_lift_hash(l) = deal_lift_hash(l::text::deal_lift)
	AND deal_lift_hash_extended(l, 0) & 4294967295 = deal_lift_hash(l)::bigint & 4294967295, 'equal values are equal') FROM lift30;
SELECT is((SELECT count(*) FROM (SELECT DISTINCT l FROM (SELECT l FROM lift UNION ALL SELECT l::text::deal_lift FROM lift UNION ALL SELECT l FROM lift30) x) d), 2::bigint, 'DISTINCT');
ANALYZE public.deal_lift_row;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set plan_options 'COSTS OFF, VERBOSE'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment) FROM public.deal_lift_row'),
	'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate', 'the aggregate is split over workers');
SELECT is((SELECT pg_temp.bytes(s) FROM (SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01') AS s FROM public.deal_lift_row) p),
	(SELECT pg_temp.bytes(l) FROM lift30), 'workers give the same bytes');
SELECT is((SELECT count(*) FROM (SELECT id % 50 AS g, deal_lift_agg(since, amount, outcome, opened, closed, segment) AS s FROM public.deal_lift_row GROUP BY 1) p
	JOIN (SELECT id % 50 AS g, deal_lift_agg(since, amount, outcome, opened, closed, segment ORDER BY id) AS o FROM public.deal_lift_row GROUP BY 1) q USING (g) WHERE s = o),
	50::bigint, 'and the same groups');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(deal_lift_combine(a.s, b.s), deal_lift_combine(b.s, a.s), 'combine is commutative')
FROM (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row WHERE id < 1000) a(s),
     (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row WHERE id > 3000 AND segment <> 'small') b(s);
SELECT ok(deal_lift_combine(l, NULL) = l AND deal_lift_combine(NULL, l) = l AND deal_lift_combine(NULL, NULL) IS NULL AND deal_lift_combine(l, 'ignored=0') = l
	AND deal_lift_combine('ignored=0', l) = l, 'nothing adds nothing') FROM lift30;
SELECT is((SELECT rollup(l) FROM lift WHERE false), 'ignored=0'::deal_lift, 'no groups are no deals');
SELECT is(deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-01-02')::text, 'ignored=0'::text, 'no rows are no deals') FROM lift WHERE false;
SELECT is((SELECT count(*) FROM deal_lift('ignored=0'::deal_lift)), 4::bigint, 'which can be asked');
CREATE TEMP TABLE kept (partner integer PRIMARY KEY, l deal_lift NOT NULL);
INSERT INTO kept SELECT id % 5, deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row WHERE id <= 1500 GROUP BY 1;
INSERT INTO kept SELECT id % 5, deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row WHERE id > 1500 GROUP BY 1
	ON CONFLICT (partner) DO UPDATE SET l = deal_lift_combine(kept.l, excluded.l);
SELECT is((SELECT count(*) FROM kept JOIN (SELECT id % 5 AS partner, deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) AS l FROM public.deal_lift_row GROUP BY 1) w USING (partner, l)),
	5::bigint, 'values are kept by ON CONFLICT DO UPDATE');
SELECT is((SELECT count(*) FROM (
		SELECT id, deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) OVER (ORDER BY id) AS s FROM public.deal_lift_row WHERE id <= 200) w
	WHERE s <> (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row r WHERE r.id <= w.id)), 0::bigint, 'a running value is right at every row');
SELECT is((SELECT count(*) FROM (
		SELECT id, deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) OVER (ORDER BY id ROWS BETWEEN 30 PRECEDING AND 5 FOLLOWING) AS s
		FROM public.deal_lift_row WHERE id <= 200) w
	WHERE s <> (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM public.deal_lift_row r WHERE r.id BETWEEN w.id - 30 AND least(w.id + 5, 200))),
	0::bigint, 'a moving one, too');
SELECT is(_deal_lift_accum(l, since, amount, outcome, opened, closed, segment, '2026-01-01'),
	deal_lift_combine(l, _deal_lift_accum(NULL, since, amount, outcome, opened, closed, segment, '2026-01-01')), 'one more deal is a group of one more')
FROM lift30, public.deal_lift_row WHERE id IN (3, 8);
SELECT is((SELECT pg_temp.bytes(l) FROM lift30), (SELECT pg_temp.bytes(deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01')) FROM public.deal_lift_row), 'and leaves it alone');
SELECT is((SELECT sum(deals(stats)) FROM (SELECT deal_lift_agg(i % 2 = 0, i, 'won', date '2026-01-01', date '2026-01-01' + i % 400, (i % 10000)::text) AS l
	FROM generate_series(1, 100000) i) x, deal_lift_sides(l)), 100000::numeric, 'ten thousand segments');
SELECT throws_ok($$SELECT deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-02-01', i::text) FROM generate_series(1, 10001) i$$, '54000', 'too many segments', 'no more');
SELECT throws_ok($$SELECT deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-02-01', repeat('x', 256))$$, '54000', 'name of a segment is too long', 'a long name');
SELECT is((SELECT sum(deals(stats)) FROM (SELECT g, deal_lift_agg(i % 2 = 0, i, 'won', date '2026-01-01', date '2026-01-01' + i % 400, 'a') AS l
	FROM generate_series(1, 60000) i, LATERAL (SELECT i % 20000 AS g) y GROUP BY 1) x, deal_lift_sides(l)), 60000::numeric, 'twenty thousand groups');

-- The sum of the squares
SELECT is((SELECT count(*) FROM generate_series(0, 20) k, LATERAL (
	SELECT deal_stats_agg(a, 'won') AS s, var_samp(a) AS v, count(*) AS n
	FROM (SELECT round(hashint4(i + k)::numeric * hashint4(i * 3 + k) / 10 ^ (i % 7)::numeric, k) AS a FROM generate_series(1, 50) i) x) y,
	LATERAL (SELECT (difference_upper - difference_lower) / 2 AS reach FROM amount_lift(s, deal_stats_agg_of_equal.s)) z,
	LATERAL (SELECT reach / sqrt(v::double precision / n) AS t) w WHERE abs(t / 2.0095752371292397 - 1) > 1e-9), 0::bigint, 'the variance is that of var_samp, whatever the scale')
FROM (SELECT deal_stats_agg(1000, 'won') AS s FROM generate_series(1, 50)) deal_stats_agg_of_equal;
SELECT matches(deal_stats_agg(a, 'won')::text, ' won_squares=1999999999999999999999999999999999996000000000000000000000000000000000002$', 'squares of 36 digits')
FROM (VALUES (999999999999999999999999999999999999), (-999999999999999999999999999999999999)) v(a);
SELECT matches(s::text, ' won_squares=unknown$', 'more squares than fit are unknown') FROM (SELECT rollup(s) AS s
	FROM generate_series(1, 18), LATERAL (SELECT rollup(s) AS s FROM generate_series(1, 10000), (SELECT deal_stats_agg(a, 'won') AS s
		FROM (VALUES (999999999999999999999999999999999999), (-999999999999999999999999999999999999)) v(a)) one) many) x;
SELECT ok(s = s::text::deal_stats, 'and can be read') FROM (VALUES ('deals=2 won=2 won_amount=3 won_sizes=4609:1,4648:1 won_squares=unknown'::deal_stats)) v(s);
SELECT is((SELECT difference_lower FROM amount_lift(s, s)), NULL, 'without them there are no limits')
FROM (VALUES ('deals=2 won=2 won_amount=3 won_sizes=4609:1,4648:1 won_squares=unknown'::deal_stats)) v(s);

SELECT results_eq($$SELECT p_value, finding FROM (VALUES ('deals=20 won=20 won_amount=30 won_sizes=4609:10,4648:10 won_squares=unknown'::deal_stats)) v(s), _deal_stats_comparison('mean_amount', s, s, 0.95)$$,
	$$VALUES (NULL::float8, 'spread of amounts is unknown')$$, 'which is not to say that the amounts are alike');
SELECT is((SELECT verdict FROM amount_lift(s, s)), 'spread of amounts is unknown', 'nor by the verdict') FROM (VALUES ('deals=20 won=20 won_amount=30 won_sizes=4609:10,4648:10 won_squares=unknown'::deal_stats)) v(s);

-- Incidences of 0 and 1: Wilson's limits of the deals that the last ones at risk stand for. 40 deals,
-- of which 30 were last seen on day 10, are as good as 10; a side against itself has the width of one.
CREATE FUNCTION pg_temp.days(won text, lost text, open text) RETURNS deal_stats LANGUAGE sql AS $$
	SELECT deal_stats_agg(1, o, date '2026-01-01', CASE WHEN o <> 'open' THEN date '2026-01-01' + split_part(d, ':', 1)::int END, date '2026-01-01' + split_part(d, ':', 1)::int)
	FROM   (VALUES ('won', won), ('lost', lost), ('open', open)) v(o, l), string_to_table(nullif(l, ''), ',') d, generate_series(1, split_part(d, ':', 2)::int) $$;
CREATE TEMP TABLE edge (what text, share numeric, size numeric, s deal_stats);
INSERT INTO edge VALUES ('none, all seen to the end', 0, 40, pg_temp.days('', '', '95:40')), ('none, some left early', 0, 10, pg_temp.days('', '', '10:30,95:10')),
	('none, losses before and after some left', 0, 10 / 0.5, pg_temp.days('', '5:20', '10:10,95:10')), ('none, a loss later on', 0, 40, pg_temp.days('', '95:20', '95:20')),
	('none, all lost on one day', 0, 40, pg_temp.days('', '50:40', '')), ('none, seen until that day', 0, 25, pg_temp.days('', '', '10:15,90:25')),
	('all', 1, 40, pg_temp.days('1:7,3:11,5:3,50:19', '', '')), ('all, some left early', 1, 10, pg_temp.days('50:10', '', '10:30')), ('all, some left between', 1, 10 / 0.5, pg_temp.days('5:20,50:10', '', '10:10'));
SELECT is((SELECT round(difference_upper::numeric, 9) FROM win_incidence_lift(s, s)), round((1.959963984540054 ^ 2 / (size + 1.959963984540054 ^ 2))::numeric, 9), what) FROM edge;
SELECT is((SELECT co_sell_value FROM win_incidence_lift(s, s)), share::float8, 'exactly: ' || what) FROM edge;

-- From outside
CREATE TEMP TABLE received (l deal_lift);
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/deal_lift.copy';
	copy bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(value)) || value || int2send((-1)::int2);
	large oid := lo_from_bytea(0, copy);
BEGIN
	PERFORM lo_export(large, file), lo_unlink(large);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L WITH (FORMAT binary)', file);
	RETURN (SELECT l::text FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is((SELECT pg_temp.receive(deal_lift_send(l))), l::text, 'the binary form comes back as it went') FROM lift30;
SELECT is(pg_temp.receive(''), '08P01', 'nothing received');
SELECT is(pg_temp.receive(decode('02', 'hex') || substr(deal_lift_send('ignored=0'), 2)), '22P03', 'a version from the future');
CREATE TEMP TABLE sample AS SELECT deal_lift_send(deal_lift_agg(since, amount, outcome, opened, closed, segment, '2026-01-01')) AS b FROM public.deal_lift_row WHERE id IN (3, 4, 8);
SELECT is((SELECT string_agg(DISTINCT r, ' ' ORDER BY r) FROM (SELECT pg_temp.receive(substr(b, 1, n)) FROM sample, generate_series(0, length(b) - 1) n WHERE n % 3 = 0) x(r)),
	'08P01 22P03', 'cut off anywhere, it is refused');
SELECT is((SELECT count(*) FROM (
		SELECT pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) FROM sample, generate_series(0, length(b) - 1) n, (VALUES (1), (255)) v(d)) x(r)
	WHERE CASE WHEN r ~ '^[0-9]' THEN r NOT IN ('22P03', '08P01', '22021') ELSE r::deal_lift::text <> r END),
	0::bigint, 'with any byte changed, it is refused or is another valid value');

-- Promises to the planner
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
	WHERE pronamespace = 'ecosystem'::regnamespace AND 'deal_lift'::regtype = ANY (prorettype || proargtypes::oid[])
	AND (provolatile <> CASE WHEN proname = 'deal_lift' THEN 's' ELSE 'i' END OR proparallel <> 's' OR obj_description(p.oid, 'pg_proc') IS NULL)), NULL,
	'every function is immutable, or stable where targets are read, parallel safe and described');

-- A side that loses no deal has infinite odds, and one price on a side has no variance: both are clear all the same.
SELECT results_eq($$SELECT comparison, measure, ratio, verdict FROM
	(SELECT deal_lift_agg(c, CASE WHEN c THEN 99.99 ELSE 49.99 END, o, date '2026-01-01', date '2026-02-01', s) AS l
	 FROM   (VALUES (true, 'won', 30), (false, 'won', 15), (false, 'lost', 15)) v(c, o, n), generate_series(1, n), (VALUES ('A'), ('B')) w(s)) d, deal_lift(l)
	WHERE comparison = 'stratified' AND measure IN ('win_odds', 'mean_amount') ORDER BY measure$$,
	$$VALUES ('stratified', 'mean_amount', 99.99 / 49.99::double precision, 'larger: on target'), ('stratified', 'win_odds', NULL, 'wins more often')$$,
	'infinite odds and amounts without variance have the right direction');
SELECT results_eq($$SELECT measure, verdict FROM
	(SELECT deal_lift_agg(NOT c, 49.99, o, date '2026-01-01', date '2026-02-01', s) AS l
	 FROM   (VALUES (true, 'won', 30), (false, 'won', 15), (false, 'lost', 15)) v(c, o, n), generate_series(1, n), (VALUES ('A'), ('B')) w(s)) d, deal_lift(l)
	WHERE comparison = 'stratified' AND measure IN ('win_odds', 'mean_amount') ORDER BY measure$$,
	$$VALUES ('mean_amount', 'no clear difference'), ('win_odds', 'wins less often')$$, 'and so has the other way round');

-- Many groups: a context for each state would make this quadratic.
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '1GB';
SELECT is((SELECT count(*) FROM (SELECT deal_lift_agg(i % 2 = 0, i, 'won', date '2026-01-01', date '2026-02-01') AS l FROM generate_series(1, 100000) i
	GROUP BY i / 2 OFFSET 0) d WHERE l IS NOT NULL), 50001::bigint, 'fifty thousand groups at once');
SELECT is((SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'deal_lift%'), 0::bigint, 'and nothing of them stays');
RESET enable_sort;
RESET work_mem;

-- A dump from another encoding has the segments in another order.
SELECT is('ignored=0 landmark=none "b" solo=(deals=1 open=1 open_without_amount=1) "a" solo=(deals=1 open=1 open_without_amount=1)'::deal_lift,
	'ignored=0 landmark=none "a" solo=(deals=1 open=1 open_without_amount=1) "b" solo=(deals=1 open=1 open_without_amount=1)'::deal_lift, 'segments are read in any order');
SELECT throws_ok($$SELECT 'ignored=0 landmark=none "a" solo=(deals=1 open=1 open_without_amount=1) "b" solo=(deals=1 open=1 open_without_amount=1) "a" solo=(deals=1 open=1 open_without_amount=1)'::deal_lift$$,
	'22P02', NULL, 'and none of them twice');

-- Rows have no key: a deal that a join repeats counts each time, which is said where it is looked up, with the check that finds it.
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'ecosystem'::regnamespace AND proname = 'deal_lift_agg'
	AND obj_description(oid, 'pg_proc') NOT LIKE '%count(*) - count(DISTINCT deal_id)%'$$, 'every form says that a row must be a deal');
SELECT is((SELECT count(*) - count(DISTINCT deal_id) FROM crm.deal JOIN crm.touch USING (deal_id)) > 0, true, 'and the check finds what is repeated');

SELECT * FROM finish();
ROLLBACK;
