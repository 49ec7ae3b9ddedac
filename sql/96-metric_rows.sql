-- metric_rows: the rows behind a number, from the conditions that made the number

-- For one day's numbers a condition for now only is one like the others.
CREATE FUNCTION _mart_metric_then(d jsonb, is_now boolean) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF d->>'now_when' IS NULL THEN
		RETURN d;
	ELSIF NOT is_now THEN
		RETURN d - 'now_when';
	END IF;
	RETURN d - 'now_when' || jsonb_build_object('numerator', ecosystem._mart_metric_all_of(ARRAY[d->>'numerator', d->>'now_when']))
		|| CASE WHEN ecosystem._mart_metric_is_against(d) THEN jsonb_build_object('denominator', ecosystem._mart_metric_all_of(ARRAY[d->>'denominator', d->>'now_when'])) ELSE '{}' END;
END $$;
COMMENT ON FUNCTION _mart_metric_then(jsonb, boolean) IS 'a definition as it counts now, or in a quarter';

-- Of a fact whose rows say of what they are those of one scope.
CREATE FUNCTION _mart_metric_within(d jsonb, scope text) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT (d->>'says_scope')::boolean THEN
		RETURN d;
	END IF;
	RETURN d || jsonb_build_object('numerator', ecosystem._mart_metric_all_of(ARRAY[d->>'numerator', format('scope = %L', scope)]))
		|| CASE WHEN ecosystem._mart_metric_is_against(d) THEN jsonb_build_object('denominator', ecosystem._mart_metric_all_of(ARRAY[d->>'denominator', format('scope = %L', scope)])) ELSE '{}' END;
END $$;
COMMENT ON FUNCTION _mart_metric_within(jsonb, text) IS 'a definition as it counts for one scope';

-- What a thing adds to a number, and to which part of it.
CREATE FUNCTION _mart_metric_parts(d jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name constant text := d->>'metric';
	is_thing constant boolean := (d->>'is_thing')::boolean;
	n constant text := quote_ident(name || '_n');
	d_ constant text := quote_ident(name || '_d');
	x constant text := CASE WHEN d->>'amount' IS NULL THEN '1' ELSE quote_ident(name || CASE WHEN is_thing THEN '_a' ELSE '_x' END) END;
	y constant text := CASE WHEN coalesce(d->>'denominator_amount', d->>'amount') IS NULL THEN '1'
		ELSE quote_ident(name || CASE WHEN NOT is_thing THEN '_y' WHEN d->>'denominator_amount' IS NOT NULL THEN '_b' ELSE '_a' END) END;
	-- Of a comparison each side's value is the mean, or the median, of these
	measured text;
	only_if text;
	parts text[];
BEGIN
	IF d->>'kind' = 'comparison' THEN
		measured := CASE d->>'measure'
			WHEN 'win_rate' THEN '(deal_outcome = ''won'')::integer'
			WHEN 'mean_amount' THEN x
			WHEN 'median_cycle' THEN 'deal_closed_on - deal_opened_on'
			ELSE 'coalesce(deal_outcome = ''won'' AND deal_closed_on - deal_opened_on <= 90, false)::integer' END;
		only_if := CASE d->>'measure'
			WHEN 'win_rate' THEN ' AND deal_outcome IN (''won'', ''lost'')'
			WHEN 'mean_amount' THEN format(' AND deal_outcome = ''won'' AND %s IS NOT NULL', x)
			WHEN 'median_cycle' THEN ' AND deal_outcome = ''won'' AND deal_closed_on >= deal_opened_on'
			ELSE '' END;
		parts := ARRAY[format('numerator|%s|%s%s', measured, n, only_if), format('denominator|%s|%s%s', replace(measured, x, y), d_, replace(only_if, x, y))];
	ELSIF d->>'kind' = 'share' AND d->>'over' IS NULL THEN
		parts := ARRAY[format('numerator|%s|%s', x, n),
			CASE WHEN d->>'amount' IS NULL OR is_thing THEN format('denominator only|%s|%s AND NOT %s', y, d_, n)
				-- some rows of a thing may be in the numerator and others not
				ELSE format('denominator only|%1$s - CASE WHEN %2$s THEN coalesce(%3$s, 0) ELSE 0 END|%4$s AND (NOT %2$s OR %1$s IS DISTINCT FROM %3$s)', y, n, x, d_) END];
	ELSIF ecosystem._mart_metric_is_against(d) THEN
		parts := ARRAY[format('numerator|%s|%s', x, n), format('denominator|%s|%s', y, d_)];
	ELSE
		parts := ARRAY[format('%s|%s|%s%s', CASE WHEN d->>'over' IS NULL THEN 'counted' ELSE 'numerator' END, x, n, CASE WHEN d->>'kind' IN ('mean', 'median') THEN format(' AND %s IS NOT NULL', x) END)];
	END IF;
	RETURN (SELECT string_agg(format('(%L, %L, %L, %I, (%s)::numeric, %I, %s)', name, split_part(p, '|', 1), d->>'entity', name || '_l', split_part(p, '|', 2), name || '_r', split_part(p, '|', 3)),
		E',\n\t               ' ORDER BY place) FROM unnest(parts) WITH ORDINALITY AS u(p, place));
END $$;
COMMENT ON FUNCTION _mart_metric_parts(jsonb) IS 'the parts of a number that a thing may be in, with what it adds to each';

CREATE FUNCTION _mart_metric_rows_scan(definitions jsonb[], period date, by_column text, scope_id text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows constant text := ecosystem._mart_metric_rows_cte(definitions, true);
	is_thing constant boolean := (definitions[1]->>'is_thing')::boolean;
	chosen constant text := concat_ws(' AND ', CASE WHEN period IS NOT NULL THEN format('period_starts = %s', ecosystem._mart_metric_quarter(quote_literal(period))) END,
		CASE WHEN by_column IS NOT NULL THEN format('%I = %L', 'in_' || by_column, scope_id) END);
BEGIN
	RETURN format(E'SELECT v.metric, v.part, %L::text AS fact, v.entity, q.id, v.label, v.amount, v.reason\n\tFROM  (%s) q,\n\t       LATERAL (VALUES %s)\n\t               AS v(metric, part, entity, label, amount, reason, is_part)\n\tWHERE  %s',
		definitions[1]->>'fact',
		CASE WHEN is_thing THEN rows ELSE format(E'SELECT id, %s\n\tFROM  (%s) r\n\tWHERE  %s\n\tGROUP  BY id', ecosystem._mart_metric_of_things(definitions, true), rows, concat_ws(' AND ', 'id IS NOT NULL', nullif(chosen, ''))) END,
		(SELECT string_agg(ecosystem._mart_metric_parts(u.d), E',\n\t               ' ORDER BY u.n) FROM unnest(definitions) WITH ORDINALITY AS u(d, n)),
		concat_ws(' AND ', 'v.is_part', CASE WHEN is_thing THEN nullif(chosen, '') END));
END $$;
COMMENT ON FUNCTION _mart_metric_rows_scan(jsonb[], date, text, text) IS 'the query for the rows behind the numbers of one scan';

-- One scan a fact for all of them, as the numbers are made.  The day is that of the
-- refresh that made the numbers.
CREATE FUNCTION _mart_metric_rows_query(mart name, metrics text[], period date, scope text DEFAULT 'network', scope_id text DEFAULT '') RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definitions constant jsonb[] := ARRAY(SELECT ecosystem._mart_metric_within(ecosystem._mart_metric_then(d, period IS NULL), scope) FROM ecosystem._mart_metric_definitions(mart, metrics) d
		WHERE (period IS NULL OR d->>'period' IS NOT NULL) AND d->'scope_list' @> jsonb_build_array(jsonb_build_object('scope', scope)));
	queries text[];
BEGIN
	queries := ARRAY(
		SELECT ecosystem._mart_metric_rows_scan(array_agg(u.d ORDER BY u.n), period, s->>'column', scope_id)
		FROM   unnest(definitions) WITH ORDINALITY AS u(d, n), jsonb_array_elements(u.d->'scope_list') s WHERE s->>'scope' = scope
		GROUP  BY ecosystem._mart_metric_scan(u.d), s->>'column' ORDER BY min(u.n))
		-- denominators that are another metric's number for the network
		|| ARRAY(SELECT format(E'SELECT m.metric, ''denominator'', o.fact, o.entity, o.id, o.label, o.amount, o.reason\n\tFROM   unnest(%L::text[]) AS m(metric),\n\t      (%s) o',
			array_agg(DISTINCT u.d->>'metric'), ecosystem._mart_metric_rows_query(mart, ARRAY[u.d->>'over'], period, 'network'::text, ''::text))
			FROM unnest(definitions) AS u(d) WHERE u.d->>'over' IS NOT NULL GROUP BY u.d->>'over' ORDER BY u.d->>'over');
	IF cardinality(queries) = 0 THEN
		queries := ARRAY['SELECT NULL::text AS metric, NULL::text AS part, NULL::text AS fact, NULL::text AS entity, NULL::text AS id, NULL::text AS label, NULL::numeric AS amount, NULL::text AS reason WHERE false'];
	END IF;
	RETURN concat(ecosystem._mart_metric_ctes('((SELECT coalesce(refreshed_at, now()) FROM relation_state WHERE relation = ''metric'') AT TIME ZONE time_zone)::date'), E'\n', array_to_string(queries, E'\nUNION  ALL\n'));
END $$;
COMMENT ON FUNCTION _mart_metric_rows_query(name, text[], date, text, text) IS
	'the query for the rows behind numbers of one scope: all metrics or these, of the quarter that a day is in or now (NULL)';

-- ---------------------------------------------------------------------------
-- The rows behind one number
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_metric_rows(mart name, metric text, period date, scope text, scope_id text) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' AS $$
DECLARE
	d jsonb;
	said text;
	rows jsonb;
	query text;
BEGIN
	FOR d IN EXECUTE format('SELECT to_jsonb(d) FROM %I.metric_definition d WHERE d.metric = $1 AND d.is_on IS NOT FALSE AND d.fault IS NULL', mart) USING metric LOOP
		said := CASE WHEN NOT ecosystem._mart_metric_is_builtin(d) THEN ecosystem._mart_metric_fault(mart, d) END;
		IF said IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s": metric "%s" cannot be counted in "%s"', mart, metric, d->>'fact'), DETAIL = said,
				HINT = format('Mend its row in %I.metric_definition.', mart);
		END IF;
	END LOOP;
	query := ecosystem._mart_metric_rows_query(mart, ARRAY[metric], period, scope, scope_id);
	PERFORM set_config('search_path', ecosystem._mart_search_path(mart), true);
	EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.part <> ''counted'', r.part <> ''numerator'', r.amount DESC NULLS LAST, r.id COLLATE "C"), ''[]'') FROM (%s) r', query) INTO rows;
	RETURN rows;
END $$;
COMMENT ON FUNCTION _mart_metric_rows(name, text, date, text, text) IS 'what metric_rows() returns, as an array of objects';

-- Texts of people run with the rights of the mart's owner, never with a reader's.
CREATE FUNCTION _mart_metric_scope(mart name, metric text, scope text, scope_id text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known text[];
	d jsonb;
	scopes text[];
	is_member constant boolean := pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = mart), 'MEMBER');
	e record;
BEGIN
	FOR e IN SELECT r AS row FROM jsonb_array_elements(ecosystem._mart_read(mart, format('SELECT * FROM %I.metric_definition WHERE metric = %L', mart, metric))) r LOOP
		d := e.row - 'n';
		IF d->>'is_on' = 'false' OR d->>'fault' IS NOT NULL THEN
			CONTINUE;
		ELSIF NOT is_member AND NOT ecosystem._mart_metric_is_builtin(d) THEN
			RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for metric "%s" of mart "%s"', metric, mart),
				DETAIL = 'Its definition is the owner''s own, and runs with the owner''s rights.', HINT = 'Members of the mart''s owner may ask for its rows.';
		END IF;
		scopes := scopes || ARRAY(SELECT s.scope FROM ecosystem._mart_metric_scopes(d->>'scopes') s);
	END LOOP;
	IF d IS NULL THEN
		known := ARRAY(SELECT r->>'metric' FROM jsonb_array_elements(ecosystem._mart_read(mart, format('SELECT DISTINCT metric FROM %I.metric_definition', mart))) r);
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('mart "%s" has no metric "%s"', mart, metric),
			HINT = coalesce(format('Perhaps you meant "%s".', ecosystem._nearest_name(metric, known)), format('SELECT metric, title FROM %I.metric_definition lists them.', mart));
	ELSIF scopes IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s": metric "%s" is not counted', mart, metric),
			DETAIL = coalesce(d->>'fault', 'It is turned off: is_on is false.'), HINT = format('Mend its row in %I.metric_definition, then refresh.', mart);
	ELSIF scope IS NULL AND coalesce(scope_id, '') = '' THEN
		scope := 'network';
	ELSIF scope IS NULL THEN
		scopes := ARRAY(SELECT r->>'scope' FROM jsonb_array_elements(ecosystem._mart_read(mart, format('SELECT DISTINCT scope FROM %I.metric WHERE metric = %L AND scope_id = %L', mart, metric, scope_id))) r WHERE r->>'scope' = ANY (scopes) ORDER BY 1);
		IF cardinality(scopes) <> 1 THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = CASE WHEN cardinality(scopes) = 0 THEN format('mart "%s": metric "%s" has no number for "%s"', mart, metric, scope_id)
					ELSE format('mart "%s": "%s" is the id of several scopes of metric "%s"', mart, scope_id, metric) END,
				DETAIL = CASE WHEN cardinality(scopes) > 1 THEN format('They are %s.', array_to_string(scopes, ', ')) ELSE '' END,
				HINT = CASE WHEN cardinality(scopes) = 0 THEN format('SELECT DISTINCT scope, scope_id FROM %I.metric WHERE metric = %L lists those that have one.', mart, metric)
					ELSE format('Say which: metric_rows(%L, %L, scope_id => %L, scope => %L).', mart, metric, scope_id, scopes[1]) END;
		END IF;
		scope := scopes[1];
	END IF;
	IF scope <> ALL (scopes) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": metric "%s" has no scope "%s"', mart, metric, scope),
			DETAIL = format('It has %s.', array_to_string(scopes, ', '));
	END IF;
	RETURN scope;
END $$;
COMMENT ON FUNCTION _mart_metric_scope(name, text, text, text) IS 'the scope whose rows are asked for; raises an error where there is no such number';

CREATE FUNCTION metric_rows(mart name, metric text, period date DEFAULT NULL, scope_id text DEFAULT NULL, scope text DEFAULT NULL)
	RETURNS TABLE (part text, entity text, id text, label text, amount numeric, reason text)
	LANGUAGE plpgsql VOLATILE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	scope := ecosystem._mart_metric_scope(mart, metric, scope, scope_id);
	RETURN QUERY
	SELECT r.part, r.entity, r.id, r.label, r.amount, r.reason
	FROM   jsonb_to_recordset(ecosystem._mart_read(mart, format('SELECT ecosystem._mart_metric_rows(%L::name, %L::text, %L::date, %L::text, %L::text) AS rows', mart, metric, period, scope, coalesce(scope_id, '')))->0->'rows')
	       AS r(part text, entity text, id text, label text, amount numeric, reason text);
END $$;
COMMENT ON FUNCTION metric_rows(name, text, date, text, text) IS
	'the deals, accounts or partners behind a number of a mart, each with its reason: now, or in the quarter that a day is in; of everything, or of a partner, region ...; they add up to the number';
