-- metric: the numbers of a mart, made from definitions.  Pure SQL and PL/pgSQL
--
-- A definition says in conditions and expressions what of a fact is counted.  The
-- text that makes the table metric is written from all definitions, with one scan
-- for each fact and kind of day; the rows behind a number come from the same
-- conditions (sql/96-metric_rows.sql).

-- What a mart's table metric_definition begins with; rows come from sql/98-metric_*.sql.
CREATE TABLE mart_metric (
	metric             text NOT NULL,
	fact               text NOT NULL,
	chapter            text NOT NULL,
	title              text NOT NULL,
	meaning            text NOT NULL,
	kind               text NOT NULL,
	scopes             text NOT NULL,
	period             text,
	now_when           text,
	numerator          text,
	denominator        text,
	amount             text,
	denominator_amount text,
	amount_once        boolean,
	entity             text,
	id                 text,
	label              text,
	reason             text,
	measure            text,
	over               text,
	report             text,
	report_when        text,
	value              text,
	low                text,
	high               text,
	value_numerator    text,
	value_denominator  text,
	unit               text NOT NULL,
	target             text,
	basis              text,
	needs              text,
	PRIMARY KEY (metric, fact));
COMMENT ON TABLE mart_metric IS 'the numbers that a mart begins with; its own table metric_definition says what each column means';
GRANT SELECT ON mart_metric TO PUBLIC;

-- ---------------------------------------------------------------------------
-- One definition
-- ---------------------------------------------------------------------------

-- network, region, partner = partner_id
CREATE FUNCTION _mart_metric_scopes(scopes text) RETURNS TABLE (place bigint, scope text, by_column text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT s.n, btrim(split_part(s.part, '=', 1)),
		CASE WHEN btrim(split_part(s.part, '=', 1)) <> 'network' THEN coalesce(nullif(btrim(split_part(s.part, '=', 2)), ''), btrim(s.part)) END
	FROM   string_to_table(scopes, ',') WITH ORDINALITY AS s(part, n);
END $$;
COMMENT ON FUNCTION _mart_metric_scopes(text) IS 'the scopes of a definition, each with its column of the fact; network has none';

-- What a definition leaves open: the id, name and kind of its things.
CREATE FUNCTION _mart_metric_complete(mart name, d jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r jsonb;
	columns text[];
	id text;
	entity text;
BEGIN
	EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE r.name = $1', mart) INTO r USING d->>'fact';
	columns := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c);
	id := coalesce(d->>'id', split_part(r->>'key', ',', 1));
	entity := coalesce(d->>'entity', regexp_replace(id, '_id$', ''));
	RETURN d || jsonb_build_object('id', id, 'entity', entity,
		'label', coalesce(d->>'label', CASE WHEN entity = ANY (columns) THEN entity ELSE id END),
		-- whether a row is a thing
		'is_thing', coalesce(r->>'key' = id, false),
		'scope_list', (SELECT jsonb_agg(jsonb_build_object('scope', s.scope, 'column', s.by_column) ORDER BY s.place) FROM ecosystem._mart_metric_scopes(d->>'scopes') s));
END $$;
COMMENT ON FUNCTION _mart_metric_complete(name, jsonb) IS 'a definition with what it leaves open';

-- A text that stands alone in parentheses and in brackets closes neither of them,
-- so it stays in its place wherever it is put.
CREATE FUNCTION _mart_metric_expression_fault(mart name, fact text, expression text, type text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source constant text := format('FROM %I.%I CROSS JOIN (SELECT current_date AS today) AS day', mart, fact);
	said text;
	hint text;
BEGIN
	PERFORM ecosystem._mart_check_single(mart, CASE type
		WHEN 'boolean' THEN format(E'SELECT 1 AS n %s WHERE (%s\n) IS TRUE', source, expression)
		ELSE format(E'SELECT 1 AS n %s WHERE CAST((%s\n) AS %s) IS NOT NULL', source, expression, type) END);
	PERFORM ecosystem._mart_check_single(mart, format(E'SELECT 1 AS n %s WHERE ARRAY[%s\n] IS NOT NULL', source, expression));
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', said, nullif(hint, ''));
END $$;
COMMENT ON FUNCTION _mart_metric_expression_fault(name, text, text, text) IS 'why a text is no expression of a type over the rows of a fact; NULL: it is one';

CREATE FUNCTION _mart_metric_expressions(d jsonb) RETURNS TABLE (name text, relation text, expression text, type text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT e.name, CASE e.of_report WHEN true THEN d->>'report' ELSE d->>'fact' END, d->>e.name, e.type
	FROM  (VALUES ('id', 'text', false), ('label', 'text', false), ('reason', 'text', false), ('period', 'date', false), ('now_when', 'boolean', false),
			('numerator', 'boolean', false), ('denominator', 'boolean', false), ('amount', 'numeric', false), ('denominator_amount', 'numeric', false),
			('report_when', 'boolean', true), ('value', 'numeric', true), ('low', 'numeric', true), ('high', 'numeric', true),
			('value_numerator', 'numeric', true), ('value_denominator', 'numeric', true)) AS e(name, type, of_report)
	WHERE  d->>e.name IS NOT NULL AND (NOT e.of_report OR d->>'kind' = 'given');
END $$;
COMMENT ON FUNCTION _mart_metric_expressions(jsonb) IS 'the conditions and expressions of a definition, with the relation each is over and its type';

CREATE FUNCTION _mart_metric_fault(mart name, definition jsonb) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d jsonb := definition;
	relations jsonb;
	fault text;
	e record;
BEGIN
	EXECUTE format('SELECT jsonb_object_agg(name, columns) FROM %I.relation WHERE kind IN (''standard'', ''report'', ''history'', ''settings'') AND name <> ''metric''', mart) INTO relations;
	fault := CASE
		WHEN d->>'metric' !~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$' OR length(d->>'metric') > 50 THEN 'its name is not one of up to 50 small letters, digits and single underscores'
		WHEN coalesce(d->>'kind', '') NOT IN ('total', 'share', 'ratio', 'mean', 'median', 'comparison', 'given') THEN format('there is no kind %s', quote_nullable(d->>'kind'))
		WHEN NOT relations ? (d->>'fact') THEN format('the mart has no relation "%s" to count', d->>'fact')
		WHEN d->>'kind' = 'given' AND coalesce(NOT relations ? (d->>'report'), true) THEN format('the mart has no relation %s to take it from', quote_nullable(d->>'report'))
		WHEN d->>'kind' = 'given' AND d->>'value' IS NULL THEN 'it says no value'
		WHEN d->>'kind' IN ('mean', 'median') AND d->>'amount' IS NULL THEN 'it says no amount'
		WHEN d->>'kind' = 'comparison' AND coalesce(d->>'measure', '') NOT IN ('win_rate', 'mean_amount', 'median_cycle', 'won_within_90_days')
			THEN format('there is no measure %s', quote_nullable(d->>'measure'))
		WHEN d->>'over' IS NOT NULL AND d->>'kind' <> 'share' THEN format('a %s is not over another metric', d->>'kind')
		WHEN coalesce(btrim(d->>'scopes'), '') = '' THEN 'it has no scope' END;
	IF fault IS NOT NULL THEN
		RETURN fault;
	END IF;
	SELECT format('scope %s is %s', quote_literal(s.scope), CASE
			WHEN s.scope !~ '^[a-z][a-z_0-9]{0,29}$' THEN 'no name of small letters, digits and underscores'
			WHEN count(*) OVER (PARTITION BY s.scope) > 1 THEN 'there twice'
			ELSE format('by a column %s, which "%s" has not', quote_literal(s.by_column), r.relation) END) INTO fault
	FROM   ecosystem._mart_metric_scopes(d->>'scopes') s,
		(SELECT d->>'fact' AS relation UNION SELECT d->>'report' WHERE d->>'kind' = 'given') r
	WHERE  s.scope !~ '^[a-z][a-z_0-9]{0,29}$' OR s.by_column IS NOT NULL AND NOT EXISTS (SELECT FROM ecosystem._mart_column(relations->>r.relation) c WHERE c.name = s.by_column
		OR r.relation <> d->>'fact' AND c.name = 'scope_id')
	ORDER  BY s.place LIMIT 1;
	IF fault IS NULL AND (SELECT count(DISTINCT s.scope) < count(*) FROM ecosystem._mart_metric_scopes(d->>'scopes') s) THEN
		fault := 'a scope stands there twice';
	ELSIF fault IS NULL AND (SELECT count(DISTINCT s.by_column) < count(s.by_column) FROM ecosystem._mart_metric_scopes(d->>'scopes') s) THEN
		fault := 'two scopes are by one column';
	END IF;
	IF fault IS NULL THEN
		SELECT format('the mart has no relation %s for it to need', quote_literal(n.name)) INTO fault
		FROM   regexp_split_to_table(d->>'needs', '\s*[,/]\s*') AS n(name) WHERE NOT relations ? btrim(n.name) LIMIT 1;
	END IF;
	IF fault IS NULL THEN
		SELECT format('setting has no column %s for it to rest on', quote_literal(n.name)) INTO fault
		FROM   regexp_split_to_table(d->>'basis', '\s*,\s*') AS n(name)
		WHERE  NOT EXISTS (SELECT FROM ecosystem._mart_column(relations->>'setting') c WHERE c.name = btrim(n.name)) LIMIT 1;
	END IF;
	IF fault IS NULL AND d->>'kind' = 'comparison' THEN
		SELECT format('"%s" has no column %s to compare by', d->>'fact', c) INTO fault FROM unnest(ARRAY['outcome', 'opened_on', 'closed_on']) c
		WHERE  NOT EXISTS (SELECT FROM ecosystem._mart_column(relations->>(d->>'fact')) f WHERE f.name = c) LIMIT 1;
	END IF;
	IF fault IS NULL AND d->>'over' IS NOT NULL THEN
		EXECUTE format('SELECT CASE WHEN NOT bool_or(kind = ''total'' AND scopes ~ ''\mnetwork\M'') IS TRUE THEN format(''there is no total %%s of the network to divide by'', quote_literal($1)) END
			FROM %I.metric_definition WHERE metric = $1 AND is_on IS NOT FALSE', mart) INTO fault USING d->>'over';
	END IF;
	IF fault IS NOT NULL THEN
		RETURN fault;
	END IF;
	d := ecosystem._mart_metric_complete(mart, d);
	FOR e IN SELECT * FROM ecosystem._mart_metric_expressions(d) LOOP
		fault := ecosystem._mart_metric_expression_fault(mart, e.relation, e.expression, e.type);
		IF fault IS NOT NULL THEN
			RETURN format('%s: %s', e.name, fault);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION _mart_metric_fault(name, jsonb) IS 'why a definition cannot be counted; NULL: it can';

-- ---------------------------------------------------------------------------
-- All definitions
-- ---------------------------------------------------------------------------

-- Of all that a text of numbers is made from.
CREATE FUNCTION _mart_metric_hash(mart name) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash text;
BEGIN
	EXECUTE format('SELECT md5(concat(ecosystem.ecosystem_version(), (SELECT string_agg(md5((to_jsonb(d) - ''fault'')::text), '''' ORDER BY d.metric, d.fact) FROM %1$I.metric_definition d),
			(SELECT string_agg(md5(concat(r.name, r.kind, r.key, r.columns)), '''' ORDER BY r.name) FROM %1$I.relation r WHERE r.name <> ''metric'')))', mart) INTO hash;
	RETURN hash;
END $$;
COMMENT ON FUNCTION _mart_metric_hash(name) IS 'a hash of the definitions of a mart and of what their facts look like';

-- What the extension brought and nobody changed was looked at when it was made.
CREATE FUNCTION _mart_metric_check(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d record;
	said text;
BEGIN
	FOR d IN EXECUTE format('SELECT d.metric, d.fact, d.fault, to_jsonb(d) AS row,
			ecosystem._mart_metric_is_builtin(to_jsonb(d)) AND r.origin <> ''user'' AND (d.report IS NULL OR o.origin <> ''user'') AS is_ours,
			is_on IS FALSE AS is_off, count(*) OVER (PARTITION BY d.metric) AS facts
		FROM %1$I.metric_definition d LEFT JOIN %1$I.relation r ON r.name = d.fact LEFT JOIN %1$I.relation o ON o.name = d.report ORDER BY d.metric, d.fact', mart)
	LOOP
		said := CASE WHEN NOT d.is_off AND d.is_ours IS NOT TRUE THEN ecosystem._mart_metric_fault(mart, d.row) END;
		IF said IS NULL AND NOT d.is_off AND d.facts > 1 THEN
			EXECUTE format('SELECT format(''scope %%s is counted in "%%s", too'', quote_literal(s.scope), o.fact) FROM %I.metric_definition o, ecosystem._mart_metric_scopes(o.scopes) s
				WHERE o.metric = $1 AND o.fact COLLATE "C" < $2 AND o.is_on IS NOT FALSE AND o.fault IS NULL AND s.scope IN (SELECT m.scope FROM ecosystem._mart_metric_scopes($3) m) LIMIT 1', mart)
				INTO said USING d.metric, d.fact, d.row->>'scopes';
		END IF;
		IF said IS DISTINCT FROM d.fault THEN
			EXECUTE format('UPDATE %I.metric_definition SET fault = $3 WHERE metric = $1 AND fact = $2', mart) USING d.metric, d.fact, said;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_metric_check(name) IS 'writes down which definitions cannot be counted, and why';

CREATE FUNCTION _mart_metric_is_builtin(definition jsonb) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM ecosystem.mart_metric m WHERE m.metric = definition->>'metric' AND m.fact = definition->>'fact'
		AND to_jsonb(m) = definition - ARRAY['is_on', 'fault', 'version']);
END $$;
COMMENT ON FUNCTION _mart_metric_is_builtin(jsonb) IS 'whether a definition is as the extension has it';

CREATE FUNCTION _mart_metric_definitions(mart name, metrics text[]) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT ecosystem._mart_metric_complete($1, to_jsonb(d)) FROM %I.metric_definition d
		WHERE d.is_on IS NOT FALSE AND d.fault IS NULL AND ($2 IS NULL OR d.metric = ANY ($2)) ORDER BY d.fact COLLATE "C", d.metric COLLATE "C"', mart) USING mart, metrics;
END $$;
COMMENT ON FUNCTION _mart_metric_definitions(name, text[]) IS 'the definitions that count, complete';

-- ---------------------------------------------------------------------------
-- What is counted in one scan: the definitions of a fact that have the same
-- things and days
-- ---------------------------------------------------------------------------

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

-- ---------------------------------------------------------------------------
-- The text of all numbers
-- ---------------------------------------------------------------------------

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
	RETURN format(E'SELECT v.*\n\tFROM   setting CROSS JOIN metric_filled AS filled, LATERAL (VALUES %s)\n\t               AS v(metric, fact, is_rate, is_total, neutral, over, unit, goal, basis, wanted)',
		(SELECT string_agg(format('(%L, %L, %s, %s, %s::integer, %L::text, %L::text, %L::text, %s::text, %s::text)', d->>'metric', d->>'fact',
			(d->>'kind' = 'share' AND d->>'amount' IS NULL AND d->>'over' IS NULL)::text, (d->>'kind' = 'total' AND d->>'scopes' ~ '\mnetwork\M')::text,
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
	SELECT c.metric, c.scope, c.scope_id, c.period_starts, round(c.value, 6) AS value, coalesce(c.low, r.lower_limit::numeric) AS low, coalesce(c.high, r.upper_limit::numeric) AS high,
	       c.numerator, c.denominator,
	       -- of two sides that may be alike no verdict is passed
	       CASE WHEN c.value IS NULL OR m.neutral IS NULL THEN NULL WHEN c.low IS NULL OR c.high IS NULL THEN 'too few deals' WHEN m.neutral BETWEEN c.low AND c.high THEN 'no clear difference' END AS undecided,
	       m.unit, m.goal, m.basis, m.wanted
	FROM   metric_counted c JOIN metric_meant m USING (metric, fact)
	       LEFT JOIN LATERAL rate_interval(CASE WHEN m.is_rate THEN c.numerator::bigint END, CASE WHEN m.is_rate THEN c.denominator::bigint END) r ON true
	WHERE  m.wanted IS NULL AND m.over IS NULL
	UNION  ALL
	SELECT c.metric, c.scope, c.scope_id, c.period_starts, round(c.numerator / nullif(o.divisor, 0), 6), NULL, NULL, c.numerator, o.divisor, NULL, m.unit, m.goal, m.basis, m.wanted
	FROM   metric_counted c JOIN metric_meant m USING (metric, fact)
	       LEFT JOIN metric_divisor o ON o.over = m.over AND o.starts = coalesce(c.period_starts, '-infinity')
	WHERE  m.wanted IS NULL AND m.over IS NOT NULL
	UNION  ALL
	-- what has no number says so
	(SELECT DISTINCT ON (metric) metric, 'network', '', NULL::date, CASE WHEN is_total AND wanted IS NULL THEN 0 END, NULL, NULL, CASE WHEN is_total AND wanted IS NULL THEN 0 END, NULL, NULL, unit, goal, basis, wanted
	FROM   metric_meant m
	WHERE  NOT EXISTS (SELECT FROM metric_counted c JOIN metric_meant w USING (metric, fact) WHERE c.metric = m.metric AND w.wanted IS NULL)
	ORDER  BY metric, is_total DESC, fact)
)
$q$, array_to_string(counted, E'\n\tUNION  ALL\n\t'), ecosystem._mart_metric_filled(definitions), ecosystem._mart_metric_meant(definitions)), (SELECT m.query FROM ecosystem.mart_relation m WHERE m.name = 'metric'));
END $$;
COMMENT ON FUNCTION _mart_metric_text(name, jsonb[]) IS 'the text that makes the numbers of definitions';

-- Which relations it reads, it names itself, but for what people's conditions read.
CREATE FUNCTION _mart_metric_inputs(mart name, query text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	inputs text;
BEGIN
	PERFORM ecosystem._mart_make_probe(mart, query, 'the text of the numbers');
	inputs := (SELECT string_agg(format('%s(*)', input), ' ' ORDER BY input COLLATE "C") FROM unnest(ecosystem._mart_probe_inputs(mart, true)) AS input);
	PERFORM ecosystem._mart_drop_probe(mart);
	RETURN inputs;
END $$;
COMMENT ON FUNCTION _mart_metric_inputs(name, text) IS 'the inputs of the text of numbers';

CREATE FUNCTION _mart_metric_put(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	query constant text := ecosystem._mart_metric_text(mart, ARRAY(SELECT d FROM ecosystem._mart_metric_definitions(mart, NULL::text[]) d));
BEGIN
	EXECUTE format('UPDATE %I.relation SET query = $1, inputs = $2 WHERE name = ''metric'' AND origin <> ''user'' AND (query, inputs) IS DISTINCT FROM ($1, $2)', mart)
		USING query, ecosystem._mart_metric_inputs(mart, query);
END $$;
COMMENT ON FUNCTION _mart_metric_put(name) IS 'writes the text of the numbers from the definitions that can be counted';

-- Written anew where definitions, or what their facts look like, have changed; a
-- text of one's own in its place stays.
CREATE FUNCTION _mart_metric_write(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash constant text := ecosystem._mart_metric_hash(mart);
	failed boolean;
BEGIN
	-- What failed on rows is tried again: they may have been mended
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.metric_definition WHERE fault ~ ''^on its rows: '')', mart) INTO failed;
	IF NOT failed AND ecosystem._mart_state(mart, '(metric_definition)'::text)->>'made_from' = hash THEN
		RETURN;
	END IF;
	PERFORM ecosystem._mart_metric_check(mart);
	PERFORM ecosystem._mart_metric_put(mart);
	EXECUTE format('INSERT INTO %I.relation_state (relation, state, stale, made_from) VALUES (''(metric_definition)'', ''fresh'', false, $1)
		ON CONFLICT (relation) DO UPDATE SET made_from = excluded.made_from', mart) USING hash;
END $$;
COMMENT ON FUNCTION _mart_metric_write(name) IS 'writes the text of the numbers from their definitions';

-- An error here is the numbers' alone.
CREATE FUNCTION _mart_metric_step(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
	detail text;
BEGIN
	PERFORM ecosystem._mart_metric_write(mart);
	EXECUTE format('DELETE FROM %I.problem WHERE source = %L', mart, 'metric');
EXCEPTION
	WHEN serialization_failure OR deadlock_detected THEN
		RAISE;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		PERFORM ecosystem._mart_note_problem(mart, 'error'::text, 'metric'::text, 'its text could not be written, and is that of before'::text, NULL::bigint,
			concat_ws(' ', said, nullif(detail, '')), 'Mend the definitions, then refresh again.'::text, 'metric'::text);
END $$;
COMMENT ON FUNCTION _mart_metric_step(name) IS 'the step of a refresh that writes the text of the numbers';

-- What reads well may fail on some row: then each definition is tried alone.
CREATE FUNCTION _mart_metric_mend(mart name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d jsonb;
	said text;
	mended boolean := false;
BEGIN
	FOR d IN SELECT c FROM ecosystem._mart_metric_definitions(mart, NULL::text[]) c LOOP
		BEGIN
			PERFORM ecosystem._mart_run(mart, format(E'SELECT count(value::numeric(24,6)), count(numerator::numeric(24,6)), count(denominator::numeric(24,6)) FROM (%s) AS q',
				ecosystem._mart_metric_text(mart, ARRAY[d])));
		EXCEPTION
			WHEN serialization_failure OR deadlock_detected THEN
				RAISE;
			WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
				EXECUTE format('UPDATE %I.metric_definition SET fault = ''on its rows: '' || $3 WHERE metric = $1 AND fact = $2', mart) USING d->>'metric', d->>'fact', said;
				mended := true;
		END;
	END LOOP;
	IF mended THEN
		PERFORM ecosystem._mart_metric_put(mart);
	END IF;
	RETURN mended;
END $$;
COMMENT ON FUNCTION _mart_metric_mend(name) IS 'finds the definitions that fail on the rows there are, and writes the text of the numbers without them; whether there are any';

-- An upgrade brings new definitions, and replaces those that nobody has changed.
CREATE FUNCTION _mart_metric_upgrade(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant ecosystem.mart_relation := (SELECT m FROM ecosystem.mart_relation m WHERE m.name = 'metric_definition');
	names constant text := (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM ecosystem._mart_column(r.columns) c);
	is_on jsonb;
BEGIN
	EXECUTE format('WITH gone AS (DELETE FROM %I.metric_definition d
			WHERE d.version = (SELECT md5((jsonb_populate_record(NULL::ecosystem.mart_metric, to_jsonb(d)))::text)) RETURNING d.metric, d.fact, d.is_on)
		SELECT jsonb_agg(to_jsonb(g)) FROM gone g WHERE g.is_on IS NOT NULL', mart) INTO is_on;
	PERFORM ecosystem._mart_run(mart, format('INSERT INTO %I.metric_definition (%s) %s ON CONFLICT (metric, fact) DO NOTHING', mart, names, r.query));
	EXECUTE format('UPDATE %I.metric_definition d SET is_on = s.is_on FROM jsonb_to_recordset($1) AS s(metric text, fact text, is_on boolean) WHERE (d.metric, d.fact) = (s.metric, s.fact)', mart) USING is_on;
END $$;
COMMENT ON FUNCTION _mart_metric_upgrade(name) IS 'gives a mart the definitions of this version; those that people changed or added stay';
