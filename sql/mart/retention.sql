-- retention: how long customers stay and what becomes of their revenue: with and without integrations, with and without a partner.
-- kind: report
-- tier: 2
-- key: measure, customers, period
-- inputs: customer_fact(*) customer_year(*) setting(*)
-- columns:
--   measure text not null             What is measured, such as nrr or churn_in_two_years.
--   customers text not null           Of which customers, such as all, integrated or partner-attached.
--   period text not null              now (all that is known), or the fiscal quarter that the year ends with.
--   period_starts date                First day of that quarter; NULL: now.
--   n integer                         Customers, or years of customers.
--   lost integer                      Those of them that were lost.
--   value numeric(18,6)               The measure.
--   low numeric(18,6)                 Lower limit of a 95 % interval.
--   high numeric(18,6)                Upper limit.
--   numerator numeric(18,6)           What it is a ratio of, where it is one of sums.
--   denominator numeric(18,6)         To what.
--   unit text                         share, ratio, change, points, days, count or money.
--   compared_with text                The customers it is compared with.
--   n_compared integer                How many they are.
--   value_compared numeric(18,6)      The measure of them.
--   difference numeric(18,6)          The first less the second; of a measure that is a comparison itself NULL.
--   difference_low numeric(18,6)      Lower limit of a 95 % interval.
--   difference_high numeric(18,6)     Upper limit.
--   p_value numeric(9,6)              Of the log-rank test, where lives are compared: how often chance alone would make such a difference.
--   verdict text                      What can be said: clearly higher, clearly lower, no clear difference, or too few customers.
--   basis text                        What it rests on.
WITH today AS (
	SELECT f.later, s.fiscal_year_starts FROM setting s, LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f
), life AS (
	-- a customer is integrated from its first integration on, and before that one of those who are not
	SELECT survival_agg(since_on, lost_on, seen_until) AS everybody,
	       survival_agg(since_on, lost_on, coalesce(first_integration_on, seen_until)) AS not_integrated,
	       survival_agg(since_on, first_integration_on, lost_on, seen_until) FILTER (WHERE first_integration_on IS NOT NULL) AS integrated,
	       survival_agg(since_on, first_integration_on, lost_on, coalesce(second_integration_on, seen_until))
	           FILTER (WHERE first_integration_on IS NOT NULL) AS single,
	       survival_agg(since_on, second_integration_on, lost_on, seen_until) FILTER (WHERE second_integration_on IS NOT NULL) AS several,
	       survival_agg(since_on, lost_on, seen_until) FILTER (WHERE is_served) AS served,
	       survival_agg(since_on, lost_on, seen_until) FILTER (WHERE NOT is_served) AS unserved,
	       survival_agg(since_on, lost_on, seen_until) FILTER (WHERE origin = 'partner_sourced') AS sourced,
	       survival_agg(since_on, lost_on, seen_until) FILTER (WHERE origin = 'unpartnered') AS direct,
	       survival_agg(bought_on, first_value_on, seen_until) FILTER (WHERE is_served) AS served_value,
	       survival_agg(bought_on, first_value_on, seen_until) FILTER (WHERE NOT is_served) AS unserved_value,
	       avg(bought_arr) FILTER (WHERE origin = 'partner_sourced') AS sourced_arr, avg(bought_arr) FILTER (WHERE origin = 'unpartnered') AS direct_arr,
	       sum(bought_margin) FILTER (WHERE origin = 'partner_sourced') / nullif(sum(bought_amount) FILTER (WHERE origin = 'partner_sourced'), 0) AS sourced_margin,
	       sum(bought_margin) FILTER (WHERE origin = 'unpartnered') / nullif(sum(bought_amount) FILTER (WHERE origin = 'unpartnered'), 0) AS direct_margin,
	       count(*) FILTER (WHERE is_current AND integrations > 0) AS kept_customers, sum(highest_arr) FILTER (WHERE is_current AND integrations > 0) AS kept_arr
	FROM   customer_fact
	WHERE  is_subscribed
	HAVING count(*) > 0
), lived (customers, s, compared_with, s_compared) AS (
	SELECT v.* FROM life, LATERAL (VALUES
		('all', everybody, NULL, NULL), ('integrated', integrated, 'not integrated', not_integrated), ('not integrated', not_integrated, NULL, NULL),
		('several integrations', several, 'one integration', single), ('one integration', single, NULL, NULL),
		('with services partner', served, 'without services partner', unserved), ('without services partner', unserved, NULL, NULL),
		('partner-sourced', sourced, 'direct', direct), ('direct', direct, NULL, NULL)) AS v
), churn AS (
	SELECT d.measure, l.customers, subjects(l.s) AS n, churned(l.s) AS lost, 1 - survival_at(l.s, d.days) AS value, 1 - t.upper_limit AS low,
	       1 - t.lower_limit AS high, l.compared_with, p.p_value
	FROM   lived l CROSS JOIN (VALUES ('churn_in_a_year', 365), ('churn_in_two_years', 730)) AS d(measure, days)
	       LEFT JOIN LATERAL (SELECT lower_limit, upper_limit FROM survival_table(l.s, 0.95, 'log-log')
	                          WHERE  duration <= d.days AND survival_at(l.s, d.days) IS NOT NULL
	                          ORDER  BY duration DESC LIMIT 1) t ON true
	       LEFT JOIN LATERAL log_rank(l.s, l.s_compared) p ON l.compared_with IS NOT NULL
), reduction AS (
	SELECT v.*
	FROM   life, churn_reduction(integrated, not_integrated, 730) i, churn_reduction(several, single, 730) m,
	       LATERAL (VALUES
	           ('integrated_churn_reduction', 'integrated', subjects(integrated), churned(integrated), i.reduction, i.lower_limit, i.upper_limit,
	            'not integrated', subjects(not_integrated), churned(not_integrated), i.p_value, 0),
	           ('single_to_multi_product_churn_ratio', 'one integration', subjects(single), churned(single), 1 / nullif(1 - m.reduction, 0),
	            1 / nullif(1 - m.lower_limit, 0), 1 / nullif(1 - m.upper_limit, 0),
	            'several integrations', subjects(several), churned(several), m.p_value, 1))
	           AS v(measure, customers, n, lost, value, low, high, compared_with, n_compared, lost_compared, p_value, no_difference)
), year AS (
	SELECT quarter, bool_and(is_latest) AS is_latest,
	       CASE WHEN grouping(is_attached) = 0 THEN CASE WHEN is_attached THEN 'partner-attached' ELSE 'others' END
	            WHEN grouping(depth) = 0 THEN CASE depth WHEN 'none' THEN 'not integrated' WHEN 'one' THEN 'one integration' ELSE 'several integrations' END
	            ELSE 'all' END AS customers,
	       count(*) AS n, count(*) FILTER (WHERE is_lost) AS lost, sum(opening) AS opening, sum(opening ^ 2) AS opening_2,
	       sum(closing) AS closing, sum(closing ^ 2) AS closing_2, sum(closing * opening) AS closing_opening,
	       sum(kept) AS kept, sum(kept ^ 2) AS kept_2, sum(kept * opening) AS kept_opening,
	       sum(expansion) AS expansion, sum(expansion ^ 2) AS expansion_2, sum(expansion * opening) AS expansion_opening
	FROM   customer_year
	GROUP  BY GROUPING SETS ((quarter), (quarter, is_attached), (quarter, depth))
), rate AS (
	-- of a ratio of sums the error is that of its customers' deviations
	SELECT r.measure, y.customers, y.quarter, y.is_latest, y.n, y.lost, r.value, greatest(r.value - 1.959964 * e.error, 0) AS low,
	       least(r.value + 1.959964 * e.error, r.most) AS high,
	       r.amount AS numerator, y.opening AS denominator
	FROM   year y, LATERAL (VALUES ('nrr', closing / opening, closing, closing_2, closing_opening, NULL), ('grr', kept / opening, kept, kept_2, kept_opening, 1),
	                               ('expansion_rate', expansion / opening, expansion, expansion_2, expansion_opening, NULL))
	           AS r(measure, value, amount, amount_2, product, most),
	       LATERAL (SELECT sqrt(greatest(r.amount_2 - 2 * r.value * r.product + r.value ^ 2 * y.opening_2, 0) * y.n / nullif(y.n - 1, 0)) / y.opening AS error) e
	UNION  ALL
	SELECT 'logo_churn', customers, quarter, is_latest, n, lost, p.p, (w.middle - w.half) / (1 + w.z2 / n), (w.middle + w.half) / (1 + w.z2 / n), lost, n
	FROM   year, LATERAL (SELECT lost / n::numeric AS p) p,
	       LATERAL (SELECT p + z2 / (2 * n) AS middle, 1.959964 * sqrt(p * (1 - p) / n + z2 / (4 * n::numeric ^ 2)) AS half, z2
	                FROM  (SELECT 3.841459) AS z(z2)) w
), growth AS (
	-- years that do not overlap, all together
	SELECT count(*) FILTER (WHERE depth = 'two and more') AS n, sum(expansion) FILTER (WHERE depth = 'two and more') AS expansion,
	       sum(opening) FILTER (WHERE depth = 'two and more') AS opening,
	       count(*) FILTER (WHERE depth = 'one') AS n_one, sum(expansion) FILTER (WHERE depth = 'one') AS expansion_one, sum(opening) FILTER (WHERE depth = 'one') AS opening_one,
	       sum(expansion ^ 2) FILTER (WHERE depth = 'two and more') AS expansion_2, sum(expansion * opening) FILTER (WHERE depth = 'two and more') AS product,
	       sum(opening ^ 2) FILTER (WHERE depth = 'two and more') AS opening_2,
	       sum(expansion ^ 2) FILTER (WHERE depth = 'one') AS expansion_one_2, sum(expansion * opening) FILTER (WHERE depth = 'one') AS product_one,
	       sum(opening ^ 2) FILTER (WHERE depth = 'one') AS opening_one_2
	FROM   customer_year
	WHERE  is_yearly AND depth <> 'none'
	HAVING count(*) > 0
), having_now AS (
	SELECT count(*) FILTER (WHERE is_current) AS n, count(*) FILTER (WHERE is_current AND integrations > 0) AS any_used,
	       count(*) FILTER (WHERE is_current AND is_dense) AS many_used,
	       count(integrations_month_6) AS n_6, avg(integrations_month_6) AS mean_6, sum(integrations_month_6) AS sum_6, stddev_samp(integrations_month_6) AS sd_6,
	       count(integrations_month_12) AS n_12, avg(integrations_month_12) AS mean_12, sum(integrations_month_12) AS sum_12, stddev_samp(integrations_month_12) AS sd_12
	FROM   customer_fact
	       -- a target is looked up once for each number
	       LEFT JOIN (SELECT integrations, meets_target('integrations_of_dense_customer', integrations) AS is_dense FROM (SELECT DISTINCT integrations FROM customer_fact) n) n USING (integrations)
), line AS (
	SELECT measure, customers, 'now' AS period, NULL::date AS period_starts, n, lost, value::numeric, low::numeric, high::numeric, NULL::numeric AS numerator,
	       NULL::numeric AS denominator, 'share' AS unit, compared_with, p_value, 'lives so far, observed from the integration on' AS basis
	FROM   churn
	UNION  ALL
	SELECT measure, customers, p.period, p.period_starts, n, lost, value, low, high, numerator, denominator, CASE measure WHEN 'logo_churn' THEN 'share' ELSE 'ratio' END,
	       CASE customers WHEN 'partner-attached' THEN 'others' WHEN 'several integrations' THEN 'not integrated' WHEN 'one integration' THEN 'not integrated' END,
	       NULL, 'customers at the beginning of the four quarters'
	FROM   today, rate, LATERAL (
	           SELECT 'now', NULL::date WHERE is_latest
	           UNION  ALL
	           SELECT _fiscal_quarter(quarter, fiscal_year_starts), quarter) AS p(period, period_starts)
)
SELECT l.measure, l.customers, l.period, l.period_starts, l.n, l.lost, round(l.value, 6) AS value, l.low, l.high, l.numerator, l.denominator, l.unit,
       l.compared_with, o.n AS n_compared, o.value AS value_compared, d.difference, d.low AS difference_low, d.high AS difference_high, l.p_value,
       CASE WHEN l.compared_with IS NULL THEN NULL
            WHEN least(l.n, o.n) < 10 OR o.n IS NULL OR l.unit = 'share' AND l.lost + o.lost < 5 THEN 'too few customers'
            WHEN d.low > 0 THEN 'clearly higher' WHEN d.high < 0 THEN 'clearly lower' WHEN d.low IS NOT NULL THEN 'no clear difference'
            ELSE 'too few customers' END AS verdict, l.basis
FROM   line l
       LEFT JOIN line o ON o.measure = l.measure AND o.customers = l.compared_with AND o.period = l.period,
       -- the limits of both make those of their difference
       LATERAL (SELECT l.value - o.value AS difference, l.value - o.value - sqrt((l.value - l.low) ^ 2 + (o.high - o.value) ^ 2) AS low,
                       l.value - o.value + sqrt((l.high - l.value) ^ 2 + (o.value - o.low) ^ 2) AS high) d
UNION  ALL
SELECT measure, customers, 'now', NULL, n, lost, value, low, high, NULL, NULL, CASE measure WHEN 'integrated_churn_reduction' THEN 'change' ELSE 'ratio' END,
       compared_with, n_compared, NULL, NULL, NULL, NULL, p_value,
       CASE WHEN least(n, n_compared) < 10 OR lost + lost_compared < 5 OR value IS NULL THEN 'too few customers'
            WHEN low > no_difference THEN 'clearly higher' WHEN high < no_difference THEN 'clearly lower' ELSE 'no clear difference' END,
       'churn in two years, observed from the integration on; who integrates chooses to'
FROM   reduction
UNION  ALL
SELECT 'multi_to_single_product_expansion_ratio', 'several integrations', 'now', NULL, n, NULL, r.ratio, r.ratio * exp(- x.half), r.ratio * exp(x.half),
       NULL, NULL, 'ratio', 'one integration', n_one, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN least(n, n_one) < 10 THEN 'too few customers' WHEN ln(r.ratio) > x.half THEN 'clearly higher' WHEN ln(r.ratio) < - x.half THEN 'clearly lower'
            ELSE 'no clear difference' END, 'years of customers that do not overlap, by integrations at the beginning'
FROM   growth, LATERAL (SELECT expansion / nullif(opening, 0) AS rate, expansion_one / nullif(opening_one, 0) AS rate_one) t,
       LATERAL (SELECT t.rate / nullif(t.rate_one, 0) AS ratio) r,
       LATERAL (SELECT 1.959964 * sqrt(greatest(expansion_2 - 2 * rate * product + rate ^ 2 * opening_2, 0) / nullif(expansion, 0) ^ 2
                                       + greatest(expansion_one_2 - 2 * rate_one * product_one + rate_one ^ 2 * opening_one_2, 0) / nullif(expansion_one, 0) ^ 2) AS half) x
WHERE  r.ratio > 0
UNION  ALL
SELECT v.measure, 'all', 'now', NULL, v.n, NULL, v.value, v.value - 1.959964 * v.sd / sqrt(v.n), v.value + 1.959964 * v.sd / sqrt(v.n), v.total, v.n, 'count',
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'partners integrated that long after the purchase, of customers that old'
FROM   having_now, LATERAL (VALUES ('ecosystem_depth_month_6', n_6, mean_6, sum_6, sd_6), ('ecosystem_depth_month_12', n_12, mean_12, sum_12, sd_12)) AS v(measure, n, value, total, sd)
WHERE  v.n > 0
UNION  ALL
SELECT v.measure, v.customers, 'now', NULL, subjects(v.s), churned(v.s), q.duration, q.lower_limit, q.upper_limit, NULL, NULL, 'days',
       v.compared_with, v.n_compared, v.value_compared, q.duration - v.value_compared, NULL, NULL, v.p_value,
       CASE WHEN v.compared_with IS NULL THEN NULL WHEN least(subjects(v.s), v.n_compared) < 10 OR q.duration - v.value_compared IS NULL THEN 'too few customers'
            WHEN v.p_value >= 0.05 THEN 'no clear difference' WHEN q.duration > v.value_compared THEN 'clearly higher' ELSE 'clearly lower' END,
       'days from purchase to first use in earnest, by which half are there; who is not yet there counts as waiting'
FROM   life, log_rank(served_value, unserved_value) p,
       LATERAL (VALUES ('days_to_value', 'with services partner', served_value, 'without services partner', subjects(unserved_value), median_survival(unserved_value), p.p_value),
                       ('days_to_value', 'without services partner', unserved_value, NULL, NULL, NULL, NULL)) AS v(measure, customers, s, compared_with, n_compared, value_compared, p_value),
       survival_quantile(v.s, 0.5) q
WHERE  subjects(v.s) > 0
UNION  ALL
SELECT v.measure, 'with services partner', 'now', NULL, subjects(served), churned(served), v.value, NULL, NULL, NULL, NULL, v.unit, 'without services partner', subjects(unserved),
       NULL, NULL, NULL, NULL, NULL, NULL, v.basis
FROM   life, LATERAL (VALUES ('time_to_value_days_saved', 'days', median_survival(unserved_value) - median_survival(served_value), 'the difference of both medians of days_to_value'),
                             ('first_year_churn_points_saved', 'points', survival_at(served, 365) - survival_at(unserved, 365), 'the difference of churn_in_a_year')) AS v(measure, unit, value, basis)
WHERE  v.value IS NOT NULL
UNION  ALL
SELECT 'cltv_in_two_years', v.customers, 'now', NULL, subjects(v.s), churned(v.s), cltv(v.arr / 365, least(greatest(v.margin, 0), 1), v.s, 730), NULL, NULL, NULL, NULL, 'money',
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'recurring revenue of the purchase, its margin, and the days a customer stays within two years'
FROM   life, LATERAL (VALUES ('partner-sourced', sourced, sourced_arr, sourced_margin), ('direct', direct, direct_arr, direct_margin)) AS v(customers, s, arr, margin)
WHERE  subjects(v.s) > 0
UNION  ALL
SELECT 'retained_revenue', 'integrated', 'now', NULL, kept_customers, NULL, retained_revenue(kept_arr, 1 - survival_at(integrated, 730), 1 - survival_at(not_integrated, 730)),
       NULL, NULL, NULL, NULL, 'money', 'not integrated', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       'recurring revenue of integrated customers times the churn saved in two years: an observation, not an experiment'
FROM   life
UNION  ALL
SELECT v.measure, 'all', 'now', NULL, n, NULL, p.p, (w.middle - w.half) / (1 + w.z2 / n), (w.middle + w.half) / (1 + w.z2 / n), v.used, n, 'share',
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'customers now'
FROM   having_now, LATERAL (VALUES ('integration_adoption', any_used), ('integration_density', many_used)) AS v(measure, used),
       LATERAL (SELECT v.used / n::numeric AS p WHERE n > 0) p,
       LATERAL (SELECT p + z2 / (2 * n) AS middle, 1.959964 * sqrt(p * (1 - p) / n + z2 / (4 * n::numeric ^ 2)) AS half, z2 FROM  (SELECT 3.841459) AS z(z2)) w
