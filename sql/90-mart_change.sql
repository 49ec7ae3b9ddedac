-- mart change: what differs between stage and relation is applied to the relation and
-- written into its histories

-- ---------------------------------------------------------------------------
-- The difference
-- ---------------------------------------------------------------------------

-- How rows are kept that the stage has not: by a relation that is made by key or
-- read since a day, by settings that people edit, by history.
CREATE FUNCTION _mart_find_changes(mart name, r jsonb, keys text[], newer boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	others constant text[] := ARRAY(SELECT n FROM unnest(names) n WHERE n <> ALL (key));
	grain_type constant text := (SELECT c.type FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = r->>'grain');
	target text := format('%I.%I', mart, r->>'name');
	stage text := format('%I.stage', ecosystem._mart_cache(mart));
	gone text := 's.' || quote_ident(key[1]) || ' IS NULL';
	differs text := 'false';
BEGIN
	IF keys IS NOT NULL THEN
		target := format('(SELECT * FROM %s WHERE %I = ANY ($1::%s[]))', target, r->>'grain', grain_type);
	ELSIF r->>'kind' <> 'report' THEN
		gone := CASE WHEN newer OR r->>'kind' <> 'standard' THEN 's."~deleted"' ELSE gone || ' OR s."~deleted"' END;
	END IF;
	IF cardinality(others) > 0 AND r->>'kind' <> 'settings' THEN
		differs := format('(%s) IS DISTINCT FROM (%s)', ecosystem._mart_names_of('s', others), ecosystem._mart_names_of('t', others));
		IF cardinality(others) = 1 THEN
			differs := format('s.%1$I IS DISTINCT FROM t.%1$I', others[1]);
		END IF;
	END IF;
	EXECUTE format('CREATE UNLOGGED TABLE %I.%I AS
		SELECT %s, CASE WHEN t.%5$I IS NULL THEN ''added'' WHEN %6$s THEN ''removed'' ELSE ''changed'' END AS "~change", %4$s
		FROM   %7$s s FULL JOIN %8$s t ON %9$s
		WHERE  t.%5$I IS NULL AND NOT (%6$s) OR t.%5$I IS NOT NULL AND (%6$s OR s.%5$I IS NOT NULL AND %10$s)',
		ecosystem._mart_cache(mart), 'change_' || (r->>'name'),
		(SELECT string_agg(format('coalesce(s.%1$I, t.%1$I) AS %1$I', k), ', ') FROM unnest(key) k),
		(SELECT string_agg(format('t.%I AS %I', n, 'old_' || n), ', ') FROM unnest(names) n),
		key[1], gone, stage, target, ecosystem._mart_same_key(key, 's', 't'), differs) USING keys;
END $$;
COMMENT ON FUNCTION _mart_find_changes(name, jsonb, text[], boolean) IS 'writes the keys and old rows of all that differs between stage and relation';

CREATE FUNCTION _mart_apply_changes(mart name, r jsonb, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	others constant text[] := ARRAY(SELECT n FROM unnest(names) n WHERE n <> ALL (key));
	target constant text := format('%I.%I', mart, r->>'name');
	stage constant text := format('%I.stage', ecosystem._mart_cache(mart));
	change constant text := format('%I.%I', ecosystem._mart_cache(mart), 'change_' || (r->>'name'));
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE "~change" = ''added''), count(*) FILTER (WHERE "~change" = ''changed''), count(*) FILTER (WHERE "~change" = ''removed'') FROM %s', change)
		INTO added, changed, removed;
	IF removed > 0 THEN
		EXECUTE format('DELETE FROM %s t USING %s c WHERE c."~change" = ''removed'' AND %s', target, change, ecosystem._mart_same_key(key, 'c', 't'));
	END IF;
	IF changed > 0 THEN
		EXECUTE format('UPDATE %s t SET %s FROM %s s JOIN %s c ON %s WHERE c."~change" = ''changed'' AND %s', target,
			(SELECT string_agg(format('%1$I = s.%1$I', n), ', ') FROM unnest(others) n),
			stage, change, ecosystem._mart_same_key(key, 's', 'c'), ecosystem._mart_same_key(key, 's', 't'));
	END IF;
	IF added > 0 THEN
		EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s s JOIN %s c ON %s WHERE c."~change" = ''added''', target,
			ecosystem._mart_names(names), ecosystem._mart_names_of('s', names), stage, change, ecosystem._mart_same_key(key, 's', 'c'));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_apply_changes(name, jsonb) IS 'applies what differs to a relation: DELETE, UPDATE, INSERT';

-- Into an empty relation everything goes as it is.  Only the first time, when
-- nobody reads it yet, as a whole: who does would wait for its indexes.
CREATE FUNCTION _mart_apply_all(mart name, r jsonb, first_time boolean) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names constant text := ecosystem._mart_names(ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n));
	target constant text := format('%I.%I', mart, r->>'name');
	query constant text := format('SELECT %s FROM %I.stage %s', names, ecosystem._mart_cache(mart), CASE WHEN r->>'kind' <> 'report' THEN 'WHERE NOT "~deleted"' END);
	n bigint;
BEGIN
	IF first_time THEN
		n := ecosystem.fill_table(target::regclass, query);
	ELSE
		EXECUTE format('INSERT INTO %s (%s) %s', target, names, query);
		GET DIAGNOSTICS n = ROW_COUNT;
	END IF;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_apply_all(name, jsonb, boolean) IS 'fills a relation that is empty';

-- The first time, straight from the query.  NULL: there are rows with the key of
-- another or without one, for which they go over the stage.
CREATE FUNCTION _mart_fill_relation(mart name, r jsonb, query text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', mart, r->>'name');
	n bigint;
	keyless boolean;
BEGIN
	BEGIN
		n := (ecosystem._mart_ask(mart, format('SELECT ecosystem.fill_table(%L::regclass, %L) AS n', target, query))->>'n')::bigint;
		EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE %s)', target, ecosystem._mart_missing_key(r, 't'::text)) INTO keyless;
		IF keyless THEN
			RAISE unique_violation;
		END IF;
	-- a key may have no room in an index, too
	EXCEPTION WHEN unique_violation OR not_null_violation OR program_limit_exceeded THEN
		RETURN NULL;
	END;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_fill_relation(name, jsonb, text) IS 'fills a relation that was never made from a query; NULL: it is to be staged';

-- ---------------------------------------------------------------------------
-- History: written from what changed
-- ---------------------------------------------------------------------------

-- The rows that a history's text knows as `change`.
CREATE FUNCTION _mart_change_rows(mart name, r jsonb, first_time boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day constant text := format('(SELECT coalesce(as_of, (now() AT TIME ZONE time_zone)::date) FROM %I.setting)', mart);
	old_columns text;
	new_columns text;
BEGIN
	SELECT string_agg(CASE WHEN first_time THEN format('NULL::%s AS %I', c.type, 'old_' || c.name) ELSE format('c.%I', 'old_' || c.name) END, ', ' ORDER BY c.n),
		string_agg(format('t.%I AS %I', c.name, 'new_' || c.name), ', ' ORDER BY c.n)
	INTO   old_columns, new_columns FROM ecosystem._mart_column(r->>'columns') c;
	RETURN format('SELECT %s AS change, %s AS changed_on, now() AS changed_at, %s, %s FROM ', CASE WHEN first_time THEN '''added''::text' ELSE 'c."~change"' END, day, old_columns, new_columns)
		|| CASE WHEN first_time THEN format('%I.%I t', mart, r->>'name')
			ELSE format('%I.%I c LEFT JOIN %I.%I t ON %s', ecosystem._mart_cache(mart), 'change_' || (r->>'name'), mart, r->>'name',
				ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 'c', 't')) END;
END $$;
COMMENT ON FUNCTION _mart_change_rows(name, jsonb, boolean) IS 'the query of what changed, with old and new columns';

CREATE FUNCTION _mart_write_history(mart name, r jsonb, first_time boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	h jsonb;
	key text[];
	others text[];
BEGIN
	FOR h IN EXECUTE format('SELECT to_jsonb(h) FROM %I.relation h WHERE h.kind = ''history'' AND h.query IS NOT NULL
		AND (SELECT i.input FROM ecosystem._mart_input(h.inputs) i LIMIT 1) = $1 ORDER BY h.name', mart) USING r->>'name'
	LOOP
		key := string_to_array(replace(h->>'key', ' ', ''), ',');
		IF first_time AND ecosystem._mart_is_empty(mart, h->>'name') AND ecosystem._mart_fill_relation(mart, h || jsonb_build_object('keys', key),
			(SELECT format(E'WITH change AS (%s) SELECT %s FROM (%s\n) AS q', ecosystem._mart_change_rows(mart, r, true), string_agg(format('q.%1$I::%2$s AS %1$I', c.name, c.type), ', ' ORDER BY c.n), h->>'query')
				FROM ecosystem._mart_column(h->>'columns') c)) IS NOT NULL
		THEN
			PERFORM ecosystem._mart_analyze(mart, h->>'name');
			CONTINUE;
		END IF;
		others := ARRAY(SELECT c.name FROM ecosystem._mart_column(h->>'columns') c WHERE c.name <> ALL (key) ORDER BY c.n);
		PERFORM ecosystem._mart_run(mart, (SELECT format(E'INSERT INTO %I.%I (%s) WITH change AS (%s) SELECT %s FROM (%s\n) AS q ON CONFLICT (%s) DO %s',
				mart, h->>'name', string_agg(quote_ident(c.name), ', ' ORDER BY c.n), ecosystem._mart_change_rows(mart, r, first_time),
				string_agg(format('q.%I::%s', c.name, c.type), ', ' ORDER BY c.n), h->>'query', ecosystem._mart_names(key),
				coalesce('UPDATE SET ' || (SELECT string_agg(format('%1$I = excluded.%1$I', n), ', ') FROM unnest(others) n), 'NOTHING'))
			FROM ecosystem._mart_column(h->>'columns') c));
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_write_history(name, jsonb, boolean) IS 'writes the histories of a relation from what changed in it';
