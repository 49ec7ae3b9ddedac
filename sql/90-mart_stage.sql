-- mart stage: the rows that a text returns, beside the relation that they are for

CREATE FUNCTION _mart_too_large(name text, type text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	size constant integer[] := regexp_match(type, '^numeric\(([0-9]+),([0-9]+)\)$')::integer[];
BEGIN
	RETURN CASE WHEN type = 'integer' THEN format('round(q.%I::numeric) NOT BETWEEN -2147483648 AND 2147483647', name)
		WHEN size IS NOT NULL THEN format('abs(round(q.%I::numeric, %s)) >= 1e%s', name, size[2], size[1] - size[2]) END;
END $$;
COMMENT ON FUNCTION _mart_too_large(text, text) IS 'the condition that a number has no room in a column of a type; NULL: there is none';

-- Columns passed through from extra stand behind those of the text.
CREATE FUNCTION _mart_report_column(name text, type text, comment text, limits boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	value constant text := format('(q.extra->>%L)', name);
	number constant text := '(' || ecosystem._mart_load_number(value, 'text') || ')';
	digits constant integer := CASE WHEN type ~ '^numeric' THEN (regexp_match(type, '([0-9]+),'))[1]::integer - (regexp_match(type, ',([0-9]+)'))[1]::integer
		WHEN type = 'integer' THEN 9 WHEN type = 'bigint' THEN 18 WHEN type = 'double precision' THEN 100 END;
	too_large constant text := ecosystem._mart_too_large(name, type);
BEGIN
	RETURN CASE
		WHEN comment !~ '^Passed through' THEN CASE WHEN limits AND too_large IS NOT NULL THEN format('(CASE WHEN NOT (%s) THEN q.%I END)', too_large, name) ELSE 'q.' || quote_ident(name) END
		-- What is no number, or too large a one, is left out.
		WHEN digits IS NOT NULL THEN format('(CASE WHEN abs(%s) < 1e%s - 1 THEN %1$s END)', number, digits)
		WHEN type = 'boolean' THEN format('(CASE lower(%s) WHEN ''true'' THEN true WHEN ''false'' THEN false END)', value)
		ELSE value END;
END $$;
COMMENT ON FUNCTION _mart_report_column(text, text, text, boolean) IS 'the expression of a column of a report; limits: a number that the column has no room for is left out';

-- One text serves both: by key, its inputs are shadowed by those of their rows
-- that have one of the keys.
CREATE FUNCTION _mart_report_query(mart name, r jsonb, by_key boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shadows text;
	list text;
	grain_type text;
BEGIN
	SELECT string_agg(format('%s::%s AS %I', ecosystem._mart_report_column(c.name, c.type, c.comment, r->'has_limits' IS NOT NULL), c.type, c.name), ', ' ORDER BY c.n), max(c.type) FILTER (WHERE c.name = r->>'grain')
	INTO   list, grain_type FROM ecosystem._mart_column(r->>'columns') c;
	IF NOT by_key OR r->>'name' = 'metric' AND r->>'origin' <> 'user' THEN
		RETURN format(E'SELECT %s FROM (%s\n) AS q', list, ecosystem._mart_guarded(mart, r->>'query'));
	END IF;
	EXECUTE format('SELECT string_agg(format(''%%1$I AS (SELECT * FROM %%2$I.%%1$I WHERE %%3$I = ANY ($1::%%4$s[]))'', i.input, $2, i.grain_column,
			coalesce((SELECT c.type FROM ecosystem._mart_column(o.columns) c WHERE c.name = i.grain_column), ''text'')), '', '')
		FROM ecosystem._mart_input($1) i LEFT JOIN %I.relation o ON o.name = i.input WHERE i.grain_column IS NOT NULL', mart)
		INTO shadows USING r->>'inputs', mart;
	RETURN format(E'WITH %s SELECT %s FROM (%s\n) AS q WHERE q.%I = ANY ($1::%s[])', shadows, list, ecosystem._mart_guarded(mart, r->>'query'), r->>'grain', grain_type);
END $$;
COMMENT ON FUNCTION _mart_report_query(name, jsonb, boolean) IS 'the query that stages a report, of everything or of the keys $1';

CREATE FUNCTION _mart_stage(mart name, query text, keys text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Not INSERT, which plans no workers, and not a temporary table, which workers
	-- cannot read and an operation as somebody else may not make.
	PERFORM ecosystem._mart_execute(mart, format('CREATE UNLOGGED TABLE %I.stage AS %s', ecosystem._mart_cache(mart), query), keys);
END $$;
COMMENT ON FUNCTION _mart_stage(name, text, text[]) IS 'runs the query that makes a relation, into a table beside it';

-- One amount too large in the CRM, or a return on a cost of a cent, is no reason to
-- have no report: where there is one the report is made anew without it, and says so.
CREATE FUNCTION _mart_find_too_large(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key constant text := format('concat_ws(''/'', %s) COLLATE "C"', ecosystem._mart_names_of('q', ARRAY(SELECT jsonb_array_elements_text(r->'keys'))));
	found jsonb;
	c record;
BEGIN
	found := ecosystem._mart_ask(mart, (SELECT format(E'SELECT %s FROM (%s\n) AS q', string_agg(format('count(*) FILTER (WHERE %1$s) AS %2$I, min(%3$s) FILTER (WHERE %1$s) AS %4$I', l.condition, 'rows' || l.n, key, 'example' || l.n), ', '),
			ecosystem._mart_guarded(mart, r->>'query'))
		FROM  (SELECT m.n, ecosystem._mart_too_large(m.name, m.type) AS condition FROM ecosystem._mart_column(r->>'columns') m WHERE m.comment !~ '^Passed through') l
		WHERE  l.condition IS NOT NULL));
	FOR c IN SELECT m.name, m.type, (found->>('rows' || m.n))::bigint AS n, found->>('example' || m.n) AS example FROM ecosystem._mart_column(r->>'columns') m ORDER BY m.n LOOP
		IF c.n > 0 THEN
			PERFORM ecosystem._mart_found(mart, 'warning'::text, r->>'name', format('numbers too large for %s', c.name), c.n, left(c.example, 300),
				format('They are left out: the column is %s. Look at the amounts and counts that they are made from.', c.type));
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_find_too_large(name, jsonb) IS 'notes the numbers that the columns of a report have no room for';

CREATE FUNCTION _mart_had_too_large(mart name, relation text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	had boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.problem WHERE source = ''refresh'' AND relation = $1 AND problem ~ ''^numbers too large for '')', mart) INTO had USING relation;
	RETURN had;
END $$;
COMMENT ON FUNCTION _mart_had_too_large(name, text) IS 'whether the last refresh left out numbers of a report that were too large';

CREATE FUNCTION _mart_leave_out_null_keys(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	has_amount constant boolean := EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'amount');
	n bigint;
	amount numeric;
	example text;
BEGIN
	EXECUTE format('WITH gone AS (DELETE FROM %I.stage s WHERE %s RETURNING s.*) SELECT count(*), %s, min(left(to_jsonb(g)::text, 300)) FROM gone g',
		ecosystem._mart_cache(mart), ecosystem._mart_missing_key(r, 's'::text), CASE WHEN has_amount THEN 'sum(amount)' ELSE 'NULL::numeric' END)
		INTO n, amount, example;
	IF n > 0 THEN
		PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('rows without %s, or with one of more than 500 bytes', array_to_string(keys, ' or ')), n,
			concat_ws(', ', 'amount ' || amount, example), 'They are left out, since nothing tells them apart.');
	END IF;
END $$;
COMMENT ON FUNCTION _mart_leave_out_null_keys(name, jsonb) IS 'takes rows without a key from the stage, and notes how many and what they are worth';

CREATE FUNCTION _mart_has_doubles(mart name, r jsonb) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	has_doubles boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.stage GROUP BY %s HAVING count(*) > 1)', ecosystem._mart_cache(mart),
		ecosystem._mart_names(ARRAY(SELECT jsonb_array_elements_text(r->'keys')))) INTO has_doubles;
	RETURN has_doubles;
END $$;
COMMENT ON FUNCTION _mart_has_doubles(name, jsonb) IS 'whether rows on the stage have one key';

-- Of the rows with one key the latest stays, by updated_at and then by bytes.
CREATE FUNCTION _mart_leave_out_doubles(mart name, r jsonb) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	stage constant text := format('%I.stage', ecosystem._mart_cache(mart));
	latest constant text := CASE WHEN EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'updated_at') THEN 'updated_at DESC NULLS LAST, ' ELSE '' END;
	n bigint;
	example text;
BEGIN
	IF NOT ecosystem._mart_has_doubles(mart, r) THEN
		RETURN false;
	END IF;
	EXECUTE format('WITH ranked AS (SELECT ctid AS row, row_number() OVER (PARTITION BY %1$s ORDER BY %2$s s::text COLLATE "C" DESC) AS place FROM %3$s s),
			gone AS (DELETE FROM %3$s s USING ranked WHERE s.ctid = ranked.row AND ranked.place > 1 RETURNING s.*)
		SELECT count(*), min(concat_ws(''/'', %4$s) COLLATE "C") FROM gone', ecosystem._mart_names(keys), latest, stage, array_to_string(keys, ', '))
		INTO n, example;
	PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('rows with the %s of another row', array_to_string(keys, ', ')), n, example,
		'The latest of each is taken; the others are left out.');
	RETURN true;
END $$;
COMMENT ON FUNCTION _mart_leave_out_doubles(name, jsonb) IS 'leaves one row of each key on the stage, and notes how many there were more; whether there were any';

-- Rows of the stage that have a partner in the relation are as many as those of
-- the relation that have one on the stage, unless some share theirs, and what is
-- added has a key each.  To count is sooner done than to look at all keys.
CREATE FUNCTION _mart_may_have_doubles(mart name, r jsonb, rows bigint) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	may_have boolean;
BEGIN
	EXECUTE format('SELECT c.added <> c.keys OR (SELECT count(*) FROM %1$I.stage) - c.added <> $1 - c.removed
		FROM (SELECT count(*) FILTER (WHERE "~change" = ''added'') AS added, count(*) FILTER (WHERE "~change" = ''removed'') AS removed,
			count(DISTINCT (%3$s)) FILTER (WHERE "~change" = ''added'') AS keys FROM %1$I.%2$I) c',
		ecosystem._mart_cache(mart), 'change_' || (r->>'name'), ecosystem._mart_names(ARRAY(SELECT jsonb_array_elements_text(r->'keys')))) INTO may_have USING rows;
	RETURN may_have;
END $$;
COMMENT ON FUNCTION _mart_may_have_doubles(name, jsonb, bigint) IS 'whether rows on the stage may have one key, by their numbers';
