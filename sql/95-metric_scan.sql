-- metric scan: what is counted in one scan: the definitions of a fact that have the
-- same things and days.  Pure SQL and PL/pgSQL

CREATE FUNCTION _mart_metric_scan(d jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat_ws(' ', d->>'fact', d->>'id', d->>'period');
END $$;
COMMENT ON FUNCTION _mart_metric_scan(jsonb) IS 'what the definitions have in common that are counted in one scan';

CREATE FUNCTION _mart_metric_quarter(day text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('(date_trunc(''quarter'', %s::date - (SELECT later FROM metric_fiscal)) + (SELECT later FROM metric_fiscal))::date', ecosystem._mart_metric_in_place(day));
END $$;
COMMENT ON FUNCTION _mart_metric_quarter(text) IS 'the expression for the first day of the fiscal quarter of a day';

CREATE FUNCTION _mart_metric_ctes(day text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format(E'WITH metric_day AS (\n\tSELECT coalesce(as_of, %s) AS today FROM setting\n), metric_fiscal AS (\n\tSELECT make_interval(months => fiscal_year_starts - 1) AS later FROM setting\n)', day);
END $$;
COMMENT ON FUNCTION _mart_metric_ctes(text) IS 'the beginning of a text of numbers: the day it counts on, and by how much the fiscal year is later';

-- As it stands in a text: a comment in it ends with the line.
CREATE FUNCTION _mart_metric_in_place(expression text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN '(' || expression || CASE WHEN expression ~ '--' THEN E'\n' ELSE '' END || ')';
END $$;
COMMENT ON FUNCTION _mart_metric_in_place(text) IS 'an expression in parentheses';

CREATE FUNCTION _mart_metric_all_of(conditions text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce((SELECT string_agg(ecosystem._mart_metric_in_place(c) || ' IS TRUE', ' AND ' ORDER BY n) FROM unnest(conditions) WITH ORDINALITY AS u(c, n) WHERE c IS NOT NULL), 'true');
END $$;
COMMENT ON FUNCTION _mart_metric_all_of(text[]) IS 'the condition that all of these are met; NULL ones always are';

CREATE FUNCTION _mart_metric_is_against(d jsonb) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN d->>'kind' IN ('ratio', 'comparison') OR d->>'kind' = 'share' AND d->>'over' IS NULL OR d->>'kind' = 'given' AND d->>'denominator' IS NOT NULL;
END $$;
COMMENT ON FUNCTION _mart_metric_is_against(jsonb) IS 'whether a definition has things that others are counted against';

-- The columns of a scan for one definition, with its name before each: _n whether
-- the row is counted, _d whether it is counted against, _a the amount, _b the
-- denominator's.
CREATE FUNCTION _mart_metric_columns(d jsonb, name text, more text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	closed constant text := CASE WHEN d->>'kind' = 'comparison' THEN 'outcome IN (''won'', ''lost'', ''open'')' END;
	within constant text := CASE WHEN d->>'kind' = 'share' AND d->>'over' IS NULL THEN d->>'denominator' END;
BEGIN
	RETURN concat_ws(', ',
		format('%s AS %I', ecosystem._mart_metric_all_of(ARRAY[within, d->>'numerator', closed, more]), name || '_n'),
		CASE WHEN ecosystem._mart_metric_is_against(d) THEN format('%s AS %I', ecosystem._mart_metric_all_of(ARRAY[d->>'denominator', closed, more]), name || '_d') END,
		CASE WHEN d->>'amount' IS NOT NULL THEN format('%s::numeric AS %I', ecosystem._mart_metric_in_place(d->>'amount'), name || '_a') END,
		CASE WHEN d->>'denominator_amount' IS NOT NULL THEN format('%s::numeric AS %I', ecosystem._mart_metric_in_place(d->>'denominator_amount'), name || '_b') END);
END $$;
COMMENT ON FUNCTION _mart_metric_columns(jsonb, text, text) IS 'the columns that a definition needs of each row';

-- A definition with a condition for now only is counted twice, once for now.
CREATE FUNCTION _mart_metric_entries(definitions jsonb[]) RETURNS TABLE (n bigint, name text, d jsonb, is_now boolean, more text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT u.n, (u.d->>'metric') || CASE WHEN e.is_now THEN '__now' ELSE '' END, u.d, e.is_now, CASE WHEN e.is_now THEN u.d->>'now_when' END
	FROM   unnest(definitions) WITH ORDINALITY AS u(d, n), (VALUES (NULL::boolean), (false), (true)) AS e(is_now)
	WHERE  CASE WHEN u.d->>'now_when' IS NULL THEN e.is_now IS NULL WHEN u.d->>'period' IS NULL THEN e.is_now ELSE e.is_now IS NOT NULL END
	ORDER BY u.n, e.is_now;
END $$;
COMMENT ON FUNCTION _mart_metric_entries(jsonb[]) IS 'what is counted for definitions: of each the name of its columns, whether it is for now only or never, and the condition that comes with that';

CREATE FUNCTION _mart_metric_scan_columns(definitions jsonb[]) RETURNS SETOF text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT DISTINCT s->>'column' FROM unnest(definitions) d, jsonb_array_elements(d->'scope_list') s WHERE s->>'column' IS NOT NULL;
END $$;
COMMENT ON FUNCTION _mart_metric_scan_columns(jsonb[]) IS 'the columns of a fact that scopes are by';

-- The rows of a fact, with what all definitions say of each.
CREATE FUNCTION _mart_metric_rows_cte(definitions jsonb[], with_words boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first constant jsonb := definitions[1];
BEGIN
	RETURN format(E'SELECT %s\n\tFROM   %I CROSS JOIN (SELECT (SELECT today FROM metric_day) AS today) AS day', concat_ws(E',\n\t       ',
		-- not as a scope's column is written: grouped by both, PostgreSQL takes one for the other
		CASE WHEN (first->>'is_thing')::boolean THEN first->>'id' || '::text' ELSE format('nullif(concat%s, %L)', ecosystem._mart_metric_in_place(first->>'id'), '') END || ' AS id',
		CASE WHEN first->>'period' IS NULL THEN 'NULL::date' ELSE ecosystem._mart_metric_quarter(first->>'period') END || ' AS period_starts',
		(SELECT string_agg(format('%I::text AS %I', c, 'in_' || c), ', ' ORDER BY c COLLATE "C") FROM ecosystem._mart_metric_scan_columns(definitions) c),
		(SELECT 'outcome AS deal_outcome, opened_on AS deal_opened_on, closed_on AS deal_closed_on' FROM unnest(definitions) u WHERE u->>'kind' = 'comparison' LIMIT 1),
		(SELECT string_agg(ecosystem._mart_metric_columns(e.d, e.name, e.more), E',\n\t       ' ORDER BY e.n, e.is_now) FROM ecosystem._mart_metric_entries(definitions) e),
		CASE WHEN with_words THEN (SELECT string_agg(format('%s::text AS %I, %s::text AS %I', ecosystem._mart_metric_in_place(u.d->>'label'), (u.d->>'metric') || '_l',
			coalesce(ecosystem._mart_metric_in_place(u.d->>'reason'), 'NULL'), (u.d->>'metric') || '_r'), E',\n\t       ' ORDER BY u.n) FROM unnest(definitions) WITH ORDINALITY AS u(d, n)) END),
		first->>'fact');
END $$;
COMMENT ON FUNCTION _mart_metric_rows_cte(jsonb[], boolean) IS 'the query for the rows of a scan, each with what its definitions say of it';

-- Where a thing has several rows they become one, in each scope: _x the amount
-- counted, _y the amount counted against.
CREATE FUNCTION _mart_metric_of_things(definitions jsonb[], with_words boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat_ws(E',\n\t       ',
		(SELECT 'max(deal_outcome) AS deal_outcome, max(deal_opened_on) AS deal_opened_on, max(deal_closed_on) AS deal_closed_on' FROM unnest(definitions) u WHERE u->>'kind' = 'comparison' LIMIT 1),
		(SELECT string_agg(concat_ws(', ', format('bool_or(%1$I) AS %1$I', e.name || '_n'),
			CASE WHEN ecosystem._mart_metric_is_against(e.d) THEN format('bool_or(%1$I) AS %1$I', e.name || '_d') END,
			CASE WHEN e.d->>'amount' IS NOT NULL THEN format('%s(%I) FILTER (WHERE %I) AS %I', CASE WHEN (e.d->>'amount_once')::boolean AND e.d->>'denominator_amount' IS NULL THEN 'max' ELSE 'sum' END, e.name || '_a', e.name || '_n', e.name || '_x') END,
			CASE WHEN ecosystem._mart_metric_is_against(e.d) AND coalesce(e.d->>'denominator_amount', e.d->>'amount') IS NOT NULL THEN
				format('%s(%I) FILTER (WHERE %I) AS %I', CASE WHEN (e.d->>'amount_once')::boolean THEN 'max' ELSE 'sum' END, e.name || CASE WHEN e.d->>'denominator_amount' IS NULL THEN '_a' ELSE '_b' END, e.name || '_d', e.name || '_y') END),
			E',\n\t       ' ORDER BY e.n, e.is_now) FROM ecosystem._mart_metric_entries(definitions) e),
		CASE WHEN with_words THEN (SELECT string_agg(format('min(%1$I) FILTER (WHERE %3$s) AS %1$I, min(%2$I) FILTER (WHERE %3$s) AS %2$I', e.d->>'metric' || '_l', e.d->>'metric' || '_r',
			concat_ws(' OR ', quote_ident(e.name || '_n'), CASE WHEN ecosystem._mart_metric_is_against(e.d) THEN quote_ident(e.name || '_d') END)),
			E',\n\t       ' ORDER BY e.n) FROM ecosystem._mart_metric_entries(definitions) e) END);
END $$;
COMMENT ON FUNCTION _mart_metric_of_things(jsonb[], boolean) IS 'the columns of a scan where the rows of a thing become one';

-- One column of sums each: _v what is counted, _w what it is counted against, _c
-- how many things; of medians all amounts, of comparisons both sides.
CREATE FUNCTION _mart_metric_aggregates(definitions jsonb[]) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_thing constant boolean := (definitions[1]->>'is_thing')::boolean;
	e record;
	amount text;
	against text;
	aggregates text[];
BEGIN
	FOR e IN SELECT * FROM ecosystem._mart_metric_entries(definitions) LOOP
		amount := CASE WHEN e.d->>'amount' IS NOT NULL THEN quote_ident(e.name || CASE WHEN is_thing THEN '_a' ELSE '_x' END) END;
		against := CASE WHEN coalesce(e.d->>'denominator_amount', e.d->>'amount') IS NOT NULL THEN
			quote_ident(e.name || CASE WHEN NOT is_thing THEN '_y' WHEN e.d->>'denominator_amount' IS NOT NULL THEN '_b' ELSE '_a' END) END;
		aggregates := aggregates || concat_ws(', ', CASE
			WHEN e.d->>'kind' = 'mean' THEN format('sum(%s) FILTER (WHERE %I) AS %I, count(%1$s) FILTER (WHERE %2$I) AS %4$I', amount, e.name || '_n', e.name || '_v', e.name || '_c')
			WHEN e.d->>'kind' = 'median' THEN format('array_agg(%s) FILTER (WHERE %I AND %1$s IS NOT NULL) AS %3$I, count(%1$s) FILTER (WHERE %2$I) AS %4$I', amount, e.name || '_n', e.name || '_v', e.name || '_c')
			WHEN e.d->>'kind' = 'comparison' THEN format('deal_stats_agg(%s, deal_outcome, deal_opened_on, deal_closed_on) FILTER (WHERE %I) AS %I', coalesce(amount, 'NULL::numeric'), e.name || '_n', e.name || '_v')
			WHEN amount IS NULL THEN format('count(*) FILTER (WHERE %I) AS %I', e.name || '_n', e.name || '_v')
			ELSE format('coalesce(sum(%s) FILTER (WHERE %I), 0) AS %I', amount, e.name || '_n', e.name || '_v') END,
			CASE WHEN e.d->>'kind' IN ('mean', 'median') THEN NULL
				WHEN NOT ecosystem._mart_metric_is_against(e.d) THEN format('count(*) FILTER (WHERE %I) AS %I', e.name || '_n', e.name || '_c')
				ELSE concat(CASE
						WHEN e.d->>'kind' = 'comparison' THEN format('deal_stats_agg(%s, deal_outcome, deal_opened_on, deal_closed_on) FILTER (WHERE %I) AS %I', coalesce(against, 'NULL::numeric'), e.name || '_d', e.name || '_w')
						WHEN against IS NULL THEN format('count(*) FILTER (WHERE %I) AS %I', e.name || '_d', e.name || '_w')
						ELSE format('coalesce(sum(%s) FILTER (WHERE %I), 0) AS %I', against, e.name || '_d', e.name || '_w') END,
					format(', count(*) FILTER (WHERE %I OR %I) AS %I', e.name || '_n', e.name || '_d', e.name || '_c')) END);
	END LOOP;
	RETURN array_to_string(aggregates, E',\n\t       ');
END $$;
COMMENT ON FUNCTION _mart_metric_aggregates(jsonb[]) IS 'the sums and counts of a scan';

-- by_column is the column of the group's scope, empty for the network.
CREATE FUNCTION _mart_metric_grouped(definitions jsonb[], columns text, source text, by_thing boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	scopes constant text[] := ARRAY(SELECT c FROM ecosystem._mart_metric_scan_columns(definitions) c ORDER BY c COLLATE "C");
	id constant text := CASE WHEN by_thing THEN 'id, ' ELSE '' END;
	has_period constant boolean := definitions[1]->>'period' IS NOT NULL;
	by_column text := quote_literal('');
	scope_id text := quote_literal('');
	conditions text := CASE WHEN has_period THEN '(GROUPING(period_starts) = 1 OR period_starts IS NOT NULL)' END;
BEGIN
	IF cardinality(scopes) > 0 THEN
		SELECT format('CASE %s ELSE %L END', string_agg(format('WHEN GROUPING(%I) = 0 THEN %L', 'in_' || c, c), ' ' ORDER BY n), ''),
			format('coalesce(%s, %L)', string_agg(quote_ident('in_' || c), ', ' ORDER BY n), ''),
			concat_ws(' AND ', conditions, string_agg(format('(GROUPING(%1$I) = 1 OR %1$I <> %2$L)', 'in_' || c, ''), ' AND ' ORDER BY n))
		INTO   by_column, scope_id, conditions FROM unnest(scopes) WITH ORDINALITY AS u(c, n);
	END IF;
	RETURN concat(format(E'SELECT %s AS by_column, %s AS scope_id, %s, %s%s\n\tFROM   %s', by_column, scope_id,
			CASE WHEN has_period THEN 'period_starts' ELSE 'NULL::date AS period_starts' END, id, columns, source),
		CASE WHEN by_thing THEN E'\n\tWHERE  id IS NOT NULL' END,
		(SELECT format(E'\n\tGROUP  BY GROUPING SETS (%s)', string_agg(format('(%s)', concat_ws(', ', CASE WHEN by_thing THEN 'id' END, quote_ident('in_' || u.c), p.period)), ', ' ORDER BY u.n, p.n))
			FROM unnest(NULL::text || scopes) WITH ORDINALITY AS u(c, n), (VALUES (1, NULL::text), (2, 'period_starts')) AS p(n, period) WHERE p.period IS NULL OR has_period),
		E'\n\tHAVING ' || conditions);
END $$;
COMMENT ON FUNCTION _mart_metric_grouped(jsonb[], text, text, boolean) IS 'the query that groups the rows of a scan by scope and quarter';
