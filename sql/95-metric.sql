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
		-- whether each row says of what it is
		'says_scope', d->>'kind' = 'given' AND 'scope' = ANY (columns),
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
		-- what failed on rows is tried when the numbers are made
		said := coalesce(said, CASE WHEN NOT d.is_off AND d.fault ~ '^on its rows: ' THEN d.fault END);
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
