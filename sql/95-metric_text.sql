-- metric text: the text that makes all numbers, from the scans and what reports give.
-- Pure SQL and PL/pgSQL

-- What a definition makes of its sums.
CREATE FUNCTION _mart_metric_values(d jsonb, name text, is_now boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	v constant text := 's.' || quote_ident(name || '_v');
	w constant text := 's.' || quote_ident(name || '_w');
	c constant text := 's.' || quote_ident(name || '_c');
	k constant text := quote_ident(name || '_k');
BEGIN
	RETURN format('(%L, %L::text[], %L::text[], %s::boolean, %s, %s)', d->>'metric',
		(SELECT array_agg(s->>'scope' ORDER BY n) FROM jsonb_array_elements(d->'scope_list') WITH ORDINALITY AS u(s, n)),
		(SELECT array_agg(coalesce(s->>'column', '') ORDER BY n) FROM jsonb_array_elements(d->'scope_list') WITH ORDINALITY AS u(s, n)),
		coalesce(is_now::text, 'NULL'), c,
		CASE d->>'kind'
			WHEN 'total' THEN format('%1$s::numeric, NULL::numeric, NULL::numeric, %1$s::numeric, NULL::numeric', v)
			WHEN 'mean' THEN format('%1$s / nullif(%2$s, 0), NULL::numeric, NULL::numeric, %1$s, %2$s', v, c)
			WHEN 'median' THEN format('(SELECT avg(m) FROM (SELECT m, row_number() OVER (ORDER BY m) AS n, count(*) OVER () AS of FROM unnest(%1$s) m) q WHERE n IN ((of + 1) / 2, (of + 2) / 2)), NULL::numeric, NULL::numeric, NULL::numeric, %2$s', v, c)
			WHEN 'comparison' THEN format('%1$s.ratio::numeric, %1$s.ratio_lower::numeric, %1$s.ratio_upper::numeric, %1$s.co_sell_value::numeric, %1$s.solo_value::numeric', k)
			ELSE CASE WHEN ecosystem._mart_metric_is_against(d) THEN format('%1$s::numeric / nullif(%2$s, 0), NULL::numeric, NULL::numeric, %1$s, %2$s', v, w)
				ELSE format('NULL::numeric, NULL::numeric, NULL::numeric, %s, NULL::numeric', v) END END);
END $$;
COMMENT ON FUNCTION _mart_metric_values(jsonb, text, boolean) IS 'the numbers that a definition makes of its sums';

CREATE FUNCTION _mart_metric_scan_text(n bigint, definitions jsonb[], OUT ctes text, OUT counted text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first constant jsonb := definitions[1];
	is_thing constant boolean := (first->>'is_thing')::boolean;
	source text;
BEGIN
	-- One query in another: of each WITH that is read once and pulled into its
	-- reader, the planner walks all of the text.
	source := format(E'(\n\t%s\n\t) AS metric_rows_%s', ecosystem._mart_metric_rows_cte(definitions, false), n);
	IF NOT is_thing THEN
		source := format(E'(\n\t%s\n\t) AS metric_things_%s', ecosystem._mart_metric_grouped(definitions, ecosystem._mart_metric_of_things(definitions, false), source, true), n);
	END IF;
	ctes := format(E'-- %s%s\nmetric_sums_%s AS MATERIALIZED (\n\t%s\n)', first->>'fact', ', by ' || (first->>'period'), n, CASE WHEN is_thing
		THEN ecosystem._mart_metric_grouped(definitions, ecosystem._mart_metric_aggregates(definitions), source, false)
		ELSE format(E'SELECT by_column, scope_id, period_starts, %s\n\tFROM   %s\n\tGROUP  BY by_column, scope_id, period_starts', ecosystem._mart_metric_aggregates(definitions), source) END);
	counted := format(E'SELECT v.metric, %L AS fact, v.scopes[array_position(v.columns, s.by_column)] AS scope, s.scope_id, s.period_starts, v.value, v.low, v.high, v.numerator, v.denominator\n\tFROM   metric_sums_%s s%s,\n\t       LATERAL (VALUES %s)\n\t               AS v(metric, scopes, columns, is_now, things, value, low, high, numerator, denominator)\n\tWHERE  s.by_column = ANY (v.columns) AND coalesce(v.is_now = (s.period_starts IS NULL), true)\n\tAND    (v.things > 0 OR s.by_column = '''' AND s.period_starts IS NULL)',
		first->>'fact', n,
		(SELECT string_agg(format(E'\n\t       LEFT JOIN LATERAL _deal_stats_comparison(%L, s.%I, s.%I, 0.95) %I ON true', e.d->>'measure', e.name || '_v', e.name || '_w', e.name || '_k'), '' ORDER BY e.n, e.is_now)
			FROM ecosystem._mart_metric_entries(definitions) e WHERE e.d->>'kind' = 'comparison'),
		(SELECT string_agg(ecosystem._mart_metric_values(e.d, e.name, e.is_now), E',\n\t                       ' ORDER BY e.n, e.is_now) FROM ecosystem._mart_metric_entries(definitions) e));
END $$;
COMMENT ON FUNCTION _mart_metric_scan_text(bigint, jsonb[]) IS 'the parts of the text of numbers for one scan';

-- A number that a report has: its row is of the scope that its columns scope and
-- scope_id say, else of the one whose column is not empty, else of the network; and
-- of the quarter that period_starts says.
CREATE FUNCTION _mart_metric_given_text(mart name, d jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text[];
	scope text := quote_literal('network');
	scope_id text := quote_literal('');
BEGIN
	EXECUTE format('SELECT array_agg(c.name) FROM %I.relation r, ecosystem._mart_column(r.columns) c WHERE r.name = $1', mart) INTO columns USING d->>'report';
	IF columns @> '{scope,scope_id}' THEN
		scope := 'scope'; scope_id := 'scope_id';
	ELSIF jsonb_path_exists(d->'scope_list', '$[*] ? (@.column != null)') THEN
		SELECT format('CASE %s ELSE %L END', string_agg(format('WHEN %I::text <> %L THEN %L', s->>'column', '', s->>'scope'), ' ' ORDER BY n), 'network'),
			format('coalesce(%s, %L)', string_agg(format('nullif(%I::text, %L)', s->>'column', ''), ', ' ORDER BY n), '')
		INTO   scope, scope_id FROM jsonb_array_elements(d->'scope_list') WITH ORDINALITY AS u(s, n) WHERE s->>'column' IS NOT NULL;
	END IF;
	RETURN format(E'SELECT %L, %L, scope, scope_id, period_starts, value, low, high, numerator, denominator\n\tFROM  (SELECT %s AS scope, %s AS scope_id, %s AS period_starts,\n\t              %s AS value, %s AS low, %s AS high, %s AS numerator, %s AS denominator\n\t       FROM   %I CROSS JOIN (SELECT (SELECT today FROM metric_day) AS today) AS day%s) g\n\tWHERE  scope = ANY (%L) AND value IS NOT NULL',
		d->>'metric', d->>'fact', scope, scope_id, CASE WHEN 'period_starts' = ANY (columns) THEN 'period_starts' ELSE 'NULL::date' END,
		ecosystem._mart_metric_in_place(d->>'value') || '::numeric', coalesce(ecosystem._mart_metric_in_place(d->>'low'), 'NULL') || '::numeric', coalesce(ecosystem._mart_metric_in_place(d->>'high'), 'NULL') || '::numeric',
		coalesce(ecosystem._mart_metric_in_place(d->>'value_numerator'), 'NULL') || '::numeric', coalesce(ecosystem._mart_metric_in_place(d->>'value_denominator'), 'NULL') || '::numeric',
		d->>'report', E'\n\t       WHERE  ' || ecosystem._mart_metric_in_place(d->>'report_when') || ' IS TRUE',
		(SELECT array_agg(s->>'scope' ORDER BY n) FROM jsonb_array_elements(d->'scope_list') WITH ORDINALITY AS u(s, n)));
END $$;
COMMENT ON FUNCTION _mart_metric_given_text(name, jsonb) IS 'the part of the text of numbers for one that a report has';

CREATE FUNCTION _mart_metric_wanted(d jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce((SELECT 'coalesce(' || string_agg(format('CASE WHEN NOT (%s) THEN %L END',
			(SELECT string_agg(format('filled.%I', btrim(a)), ' OR ') FROM string_to_table(n.needed, '/') a),
			'no input: ' || btrim(split_part(n.needed, '/', 1))), ', ' ORDER BY n.place) || ')'
		FROM string_to_table(d->>'needs', ',') WITH ORDINALITY AS n(needed, place)), 'NULL');
END $$;
COMMENT ON FUNCTION _mart_metric_wanted(jsonb) IS 'the expression that says which input a definition lacks';

-- Whether an input has rows is asked once, however many numbers need it.
CREATE FUNCTION _mart_metric_filled(definitions jsonb[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 'SELECT ' || coalesce((SELECT string_agg(format('EXISTS (SELECT FROM %1$I) AS %1$I', needed.name), E',\n\t       ' ORDER BY needed.name COLLATE "C")
		FROM (SELECT DISTINCT btrim(n.name) AS name FROM unnest(definitions) d, regexp_split_to_table(d->>'needs', '[,/]') AS n(name)) AS needed), '');
END $$;
COMMENT ON FUNCTION _mart_metric_filled(jsonb[]) IS 'the query that says which of the inputs that definitions need have rows';

CREATE FUNCTION _mart_metric_meant(definitions jsonb[]) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format(E'SELECT v.*\n\tFROM   setting CROSS JOIN metric_filled AS filled, LATERAL (VALUES %s)\n\t               AS v(metric, fact, kind, is_rate, is_share, is_of_network, report, neutral, over, unit, goal, basis, wanted)',
		(SELECT string_agg(format('(%L, %L, %L, %s, %s, %s, %L::text, %s::integer, %L::text, %L::text, %L::text, %s::text, %s::text)', d->>'metric', d->>'fact', d->>'kind',
			(d->>'kind' = 'share' AND d->>'amount' IS NULL AND d->>'over' IS NULL)::text, (d->>'kind' IN ('share', 'ratio') AND d->>'unit' = 'share')::text,
			(d->'scope_list' @> '[{"scope": "network"}]')::text, d->>'report',
			-- what two sides that are alike come to: a ratio of one, no difference
			CASE WHEN d->>'measure' IS NOT NULL AND d->>'target' IS NOT NULL THEN CASE d->>'unit' WHEN 'ratio' THEN '1' ELSE '0' END ELSE 'NULL' END, d->>'over', d->>'unit', d->>'target',
			coalesce((SELECT 'concat_ws(''; '', ' || string_agg(format('''%1$s '' || %1$I', btrim(b.name)), ', ' ORDER BY b.n) || ')' FROM string_to_table(d->>'basis', ',') WITH ORDINALITY AS b(name, n)), 'NULL'),
			ecosystem._mart_metric_wanted(d)), E',\n\t                       ' ORDER BY n) FROM unnest(definitions) WITH ORDINALITY AS u(d, n)));
END $$;
COMMENT ON FUNCTION _mart_metric_meant(jsonb[]) IS 'the part of the text of numbers that says of each what it is';

-- The file sql/mart/metric.sql ends it.
CREATE FUNCTION _mart_metric_text(mart name, definitions jsonb[]) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	scan record;
	ctes text[] := ARRAY[ecosystem._mart_metric_ctes('(now() AT TIME ZONE time_zone)::date')];
	counted text[];
	part record;
BEGIN
	FOR scan IN SELECT row_number() OVER (ORDER BY min(n)) AS n, array_agg(d ORDER BY n) AS definitions
		FROM unnest(definitions) WITH ORDINALITY AS u(d, n) WHERE d->>'kind' <> 'given' GROUP BY ecosystem._mart_metric_scan(d)
	LOOP
		SELECT * INTO part FROM ecosystem._mart_metric_scan_text(scan.n, scan.definitions);
		ctes := ctes || part.ctes;
		counted := counted || part.counted;
	END LOOP;
	counted := counted || ARRAY(SELECT ecosystem._mart_metric_given_text(mart, d) FROM unnest(definitions) WITH ORDINALITY AS u(d, n) WHERE d->>'kind' = 'given' ORDER BY n);
	RETURN concat(array_to_string(ctes, ', '), format($q$, metric_counted (metric, fact, scope, scope_id, period_starts, value, low, high, numerator, denominator) AS (
	%s
), metric_filled AS MATERIALIZED (
	%s
), metric_meant AS (
	%s
), metric_divisor AS MATERIALIZED (
	-- numbers of the network that others are divided by
	SELECT metric AS over, coalesce(period_starts, '-infinity') AS starts, numerator AS divisor
	FROM   metric_counted WHERE scope = 'network' AND metric IN (SELECT over FROM metric_meant)
), metric_number AS (
	SELECT c.metric, c.scope, c.scope_id, c.period_starts, CASE WHEN v.is_within THEN round(c.value, 6) END AS value, coalesce(c.low, r.lower_limit::numeric) AS low, coalesce(c.high, r.upper_limit::numeric) AS high,
	       c.numerator, c.denominator,
	       -- of two sides that may be alike no verdict is passed
	       CASE WHEN c.value IS NULL OR m.neutral IS NULL THEN NULL WHEN c.low IS NULL OR c.high IS NULL THEN 'too few deals' WHEN m.neutral BETWEEN c.low AND c.high THEN 'no clear difference' END AS undecided,
	       m.unit, m.goal, m.basis,
	       CASE WHEN NOT v.is_within THEN 'no share: the part is not within the whole, as where amounts are below zero'
	            WHEN c.value IS NOT NULL THEN NULL
	            WHEN m.kind = 'comparison' AND c.numerator IS NULL THEN 'too few: nothing on the first side'
	            WHEN m.kind = 'comparison' AND c.denominator IS NULL THEN 'too few: nothing on the other side'
	            WHEN m.kind IN ('mean', 'median') THEN 'too few: there is none'
	            ELSE 'nothing to divide by' END AS wanted
	FROM   metric_counted c JOIN metric_meant m USING (metric, fact)
	       -- a share is of a whole: with credit notes in it a part may be more than that
	       CROSS JOIN LATERAL (SELECT coalesce(NOT m.is_share OR c.value BETWEEN 0 AND 1, true) AS is_within) v
	       LEFT JOIN LATERAL rate_interval(CASE WHEN m.is_rate THEN c.numerator::bigint END, CASE WHEN m.is_rate THEN c.denominator::bigint END) r ON true
	WHERE  m.wanted IS NULL AND m.over IS NULL
	UNION  ALL
	SELECT c.metric, c.scope, c.scope_id, c.period_starts, CASE WHEN v.is_within THEN v.value END, NULL, NULL, c.numerator, o.divisor, NULL, m.unit, m.goal, m.basis,
	       CASE WHEN v.value IS NULL THEN 'nothing to divide by' WHEN NOT v.is_within THEN 'no share: the part is not within the whole, as where amounts are below zero' END
	FROM   metric_counted c JOIN metric_meant m USING (metric, fact)
	       LEFT JOIN metric_divisor o ON o.over = m.over AND o.starts = coalesce(c.period_starts, '-infinity')
	       CROSS JOIN LATERAL (SELECT q AS value, NOT m.is_share OR q BETWEEN 0 AND 1 AS is_within FROM (SELECT round(c.numerator / nullif(o.divisor, 0), 6) AS q) d) v
	WHERE  m.wanted IS NULL AND m.over IS NOT NULL
	UNION  ALL
	-- of the network what has no number says so
	SELECT metric, 'network', '', NULL::date, CASE WHEN kind = 'total' AND wanted IS NULL THEN 0 END, NULL, NULL, CASE WHEN kind = 'total' AND wanted IS NULL THEN 0 END, NULL, NULL, unit, goal, basis,
	       CASE WHEN wanted IS NOT NULL THEN wanted WHEN kind <> 'total' THEN concat_ws(' ', 'too few:', coalesce(report, fact), 'has no number of it') END
	FROM   metric_meant m
	WHERE  m.is_of_network AND NOT EXISTS (SELECT FROM metric_counted c WHERE (c.metric, c.fact, c.scope) = (m.metric, m.fact, 'network') AND c.period_starts IS NULL AND m.wanted IS NULL)
)
$q$, array_to_string(counted, E'\n\tUNION  ALL\n\t'), ecosystem._mart_metric_filled(definitions), ecosystem._mart_metric_meant(definitions)), (SELECT m.query FROM ecosystem.mart_relation m WHERE m.name = 'metric'));
END $$;
COMMENT ON FUNCTION _mart_metric_text(name, jsonb[]) IS 'the text that makes the numbers of definitions';
