-- metric_rows: the rows behind every number of the demo's mart add up to it, in sampled scopes and quarters
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = ecosystem, public;
SELECT plan(11);

CALL create_mart('m');
CALL bind_demo('m');
CALL refresh_mart('m');

-- All rows of some scopes and quarters, as books are made from them.
CREATE TEMP TABLE sampled AS
SELECT DISTINCT scope, scope_id, period_starts, period FROM (
	SELECT *, row_number() OVER (PARTITION BY scope, period_starts IS NULL ORDER BY md5(scope_id || period)) AS n FROM (SELECT DISTINCT scope, scope_id, period_starts, period FROM m.metric) s) s
WHERE  n <= CASE scope WHEN 'network' THEN 3 ELSE 2 END;
CREATE TEMP TABLE behind (scope text, scope_id text, period text, metric text, part text, fact text, entity text, id text, label text, amount numeric, reason text);
DO $$
DECLARE
	s record;
BEGIN
	FOR s IN SELECT * FROM sampled LOOP
		PERFORM set_config('search_path', ecosystem._mart_search_path('m'), true);
		EXECUTE format('INSERT INTO pg_temp.behind SELECT %L, %L, %L, r.* FROM (%s) r', s.scope, s.scope_id, s.period, ecosystem._mart_metric_rows_query('m', NULL, s.period_starts, s.scope, s.scope_id));
	END LOOP;
	PERFORM set_config('search_path', 'ecosystem, public', true);
END $$;
CREATE TEMP VIEW number AS
SELECT m.*, d.kind, d.measure, d.amount, d."over"
FROM   m.metric m JOIN sampled USING (scope, scope_id, period)
       JOIN m.metric_definition d ON d.metric = m.metric AND (d.scopes ~ ('\m' || m.scope || '\M'));
SELECT cmp_ok((SELECT count(*) FROM behind), '>', 10000::bigint, 'there are rows');
SELECT is_empty($$SELECT metric FROM m.metric_definition WHERE is_on IS NOT FALSE AND fault IS NULL AND metric NOT IN (SELECT metric FROM behind) AND metric IN (SELECT metric FROM number WHERE value <> 0)$$, 'of every metric that has a number');

SELECT is_empty($$SELECT n.metric, n.scope, n.scope_id, n.period, n.value, b.total FROM number n LEFT JOIN (
		SELECT metric, scope, scope_id, period, coalesce(sum(amount), 0) AS total FROM behind WHERE part = 'counted' GROUP BY 1, 2, 3, 4) b USING (metric, scope, scope_id, period)
	WHERE n.kind = 'total' AND coalesce(n.wanted, '') !~ '^no input' AND n.value <> coalesce(b.total, 0)$$, 'they add up to each total');
SELECT is_empty($$SELECT n.metric, n.scope, n.scope_id, n.period, n.numerator, b.* FROM number n LEFT JOIN (
		SELECT metric, scope, scope_id, period, coalesce(sum(amount) FILTER (WHERE part = 'numerator'), 0) AS numerator, coalesce(sum(amount) FILTER (WHERE part <> 'numerator'), 0) AS rest
		FROM behind GROUP BY 1, 2, 3, 4) b USING (metric, scope, scope_id, period)
	WHERE n.kind = 'share' AND coalesce(n.wanted, '') !~ '^no input' AND (n.numerator <> coalesce(b.numerator, 0) OR n.denominator <> coalesce(b.rest + CASE WHEN n."over" IS NULL THEN b.numerator ELSE 0 END, 0))$$,
	'to the numerator and the denominator of each share');
SELECT is_empty($$SELECT n.metric, n.scope, n.scope_id, n.period FROM number n LEFT JOIN (
		SELECT metric, scope, scope_id, period, coalesce(sum(amount) FILTER (WHERE part = 'numerator'), 0) AS numerator, coalesce(sum(amount) FILTER (WHERE part = 'denominator'), 0) AS denominator
		FROM behind GROUP BY 1, 2, 3, 4) b USING (metric, scope, scope_id, period)
	WHERE n.kind = 'ratio' AND coalesce(n.wanted, '') !~ '^no input' AND (n.numerator <> coalesce(b.numerator, 0) OR n.denominator <> coalesce(b.denominator, 0))$$, 'to both sums of each ratio');
SELECT is_empty($$SELECT n.metric, n.scope, n.scope_id, n.period FROM number n LEFT JOIN (
		SELECT metric, scope, scope_id, period, round(avg(amount), 6) AS mean, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)::numeric, 4) AS median, count(*) AS n
		FROM behind WHERE part = 'counted' GROUP BY 1, 2, 3, 4) b USING (metric, scope, scope_id, period)
	WHERE n.kind IN ('mean', 'median') AND coalesce(n.wanted, '') !~ '^no input' AND (round(n.value, 4), n.denominator) IS DISTINCT FROM (CASE n.kind WHEN 'mean' THEN round(b.mean, 4) ELSE b.median END, coalesce(b.n, 0))$$, 'they have the mean and the median');
SELECT is_empty($$SELECT n.metric, n.scope, n.scope_id, n.period FROM number n JOIN (
		SELECT metric, scope, scope_id, period, avg(amount) FILTER (WHERE part = 'numerator') AS one, avg(amount) FILTER (WHERE part = 'denominator') AS other,
			percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FILTER (WHERE part = 'numerator') AS one_median, percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FILTER (WHERE part = 'denominator') AS other_median
		FROM behind GROUP BY 1, 2, 3, 4) b USING (metric, scope, scope_id, period)
	WHERE n.kind = 'comparison' AND coalesce(n.wanted, '') !~ '^no input' AND n.measure <> 'won_within_90_days' AND n.numerator IS NOT NULL
	AND   (abs(n.numerator - CASE n.measure WHEN 'median_cycle' THEN one_median ELSE one END) > 0.00001 OR abs(n.denominator - CASE n.measure WHEN 'median_cycle' THEN other_median ELSE other END) > 0.00001)$$,
	'of each comparison both sides are the mean, or the median, of their rows');
SELECT is_empty($$SELECT metric, scope, scope_id, period, part, id FROM behind GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1 OR bool_or(id IS NULL)$$, 'a thing is in a part once');
SELECT is_empty($$SELECT metric FROM behind WHERE entity IS NULL OR label IS NULL OR fact IS NULL$$, 'and says what it is');

-- What a forecast adds up from: rows of quarters to come.
SELECT is_empty($$SELECT f.partner_id, f.line, f.measure, f.period, f.expected, p.total
	FROM   m.forecast f LEFT JOIN (SELECT partner_id, line, period_starts, sum(amount) AS amount, sum(arr) AS arr FROM m.forecast_part GROUP BY 1, 2, 3) q USING (partner_id, line, period_starts),
	       LATERAL (SELECT coalesce(CASE f.measure WHEN 'arr' THEN q.arr ELSE q.amount END, 0) AS total) p
	WHERE  f.made = 'now' AND f.period_starts IS NOT NULL AND abs(f.expected - p.total) > 0.011$$, 'a forecast is the sum of what it names, what was won and what is not there yet');
SELECT is_empty($$SELECT n.metric, n.scope_id, n.period, n.value, r.total FROM m.metric n, LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM metric_rows('m', n.metric, n.period_starts, n.scope_id, n.scope)) r
	WHERE  n.metric ~ '^forecast_(sourced|influenced)_' AND n.value <> 0 AND n.scope_id IN (SELECT '' UNION ALL (SELECT partner_id FROM m.partner ORDER BY md5(partner_id) LIMIT 4)) AND abs(n.value - r.total) > 0.045$$,
	'and so are the rows behind it, of all and of a partner');

SELECT * FROM finish();
ROLLBACK;
