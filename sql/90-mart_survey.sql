-- mart survey: what a load delivers, looked at in one pass before anything is
-- written.  Where that is what the relation has, nothing is: rows are compared by
-- the sum of their hashes, which workers add up, and which a difference changes but
-- for once in 2^64.

-- Of rows with this hash two are the same; the columns are of the same types.
CREATE FUNCTION _mart_row_hash(columns text[], one text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('pg_catalog.hash_record_extended(ROW(%s), 0)', ecosystem._mart_names_of(one, columns));
END $$;
COMMENT ON FUNCTION _mart_row_hash(text[], text) IS 'the expression of a hash of a row';

-- Ids are not empty, but where the description says what empty means, and have
-- room in an index.
CREATE FUNCTION _mart_missing_key(r jsonb, one text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT string_agg(format(CASE
			WHEN c.type <> 'text' THEN '%1$s.%2$I IS NULL'
			WHEN c.comment ~ '\mempty: ' OR r->>'kind' <> 'standard' THEN '(%1$s.%2$I IS NULL OR octet_length(%1$s.%2$I) > 500)'
			ELSE '(coalesce(%1$s.%2$I, '''') = '''' OR octet_length(%1$s.%2$I) > 500)' END, one, c.name), ' OR ' ORDER BY c.n)
		FROM ecosystem._mart_column(r->>'columns') c WHERE r->'keys' ? c.name);
END $$;
COMMENT ON FUNCTION _mart_missing_key(jsonb, text) IS 'the condition that a row has no key that could tell it apart';

CREATE FUNCTION _mart_has_amounts(r jsonb) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT count(*) FROM ecosystem._mart_column(r->>'columns') c WHERE c.name IN ('amount', 'amount_written', 'currency')) = 3;
END $$;
COMMENT ON FUNCTION _mart_has_amounts(jsonb) IS 'whether a relation has amounts as they were written, beside what they are in the mart''s currency';

-- Rows that problems are written of.
CREATE FUNCTION _mart_remarkable(mart name, r jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat_ws(' OR ', 's."~lost" IS NOT NULL', ecosystem._mart_missing_key(r, 's'::text),
		CASE WHEN ecosystem._mart_has_amounts(r) THEN 's.amount IS NULL AND btrim(s.amount_written::text) <> ''''' END,
		(SELECT string_agg(format('btrim(s.%I) <> ''''', '~' || w.name), ' OR ') FROM ecosystem._mart_load_words(mart, r) w));
END $$;
COMMENT ON FUNCTION _mart_remarkable(name, jsonb) IS 'the condition on rows s of a load that there is something to say about them';

-- {parts: {part: {rows, newest}}, remarks, rows, sum}: rows and sum are of those
-- that the relation should have.
CREATE FUNCTION _mart_survey(mart name, r jsonb, query text) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	live constant text := format('NOT "~deleted" AND NOT (%s)', ecosystem._mart_missing_key(r, 's'::text));
BEGIN
	RETURN ecosystem._mart_ask(mart, format(
		$q$SELECT coalesce(jsonb_object_agg(part, jsonb_build_object('rows', delivered, 'newest', newest)), '{}') AS parts, coalesce(sum(remarks), 0) AS remarks,
			coalesce(sum(rows), 0) AS rows, coalesce(sum(sum), 0) AS sum
		FROM  (SELECT "~part" AS part, count(*) FILTER (WHERE NOT "~deleted") AS delivered,
				-- What is of the future would hide all that comes before it
				max("~changed_at") FILTER (WHERE "~changed_at" <= (now() + interval '1 day')::text) AS newest,
				count(*) FILTER (WHERE %1$s) AS remarks, count(*) FILTER (WHERE %2$s) AS rows, sum(%3$s) FILTER (WHERE %2$s) AS sum
			FROM  (%4$s) s GROUP BY 1) p$q$, ecosystem._mart_remarkable(mart, r), live, ecosystem._mart_row_hash(names, 's'::text), query));
END $$;
COMMENT ON FUNCTION _mart_survey(name, jsonb, text) IS 'what a load delivers: rows and newest of each part, rows that there is something to say about, and the sum of the hashes';

CREATE FUNCTION _mart_weight(mart name, r jsonb) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ecosystem._mart_ask(mart, format('SELECT count(*) AS rows, coalesce(sum(%s), 0) AS sum FROM %I.%I t',
		ecosystem._mart_row_hash(ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n), 't'::text), mart, r->>'name'));
END $$;
COMMENT ON FUNCTION _mart_weight(name, jsonb) IS 'how many rows a relation has, and the sum of their hashes';

-- Of a load only what the relation has not, is deleted, or has something to say
-- about it; rows that are gone for good are not seen by it.  The planner has no way
-- of knowing how few rows that is, and would not hand so many to workers.
CREATE FUNCTION _mart_stage_news(mart name, r jsonb, query text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET parallel_tuple_cost = 0 AS $$
DECLARE
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
BEGIN
	PERFORM ecosystem._mart_stage(mart, format('SELECT s.* FROM (%s) s LEFT JOIN %I.%I t ON %s WHERE %s', query, mart, r->>'name', ecosystem._mart_same_key(key, 't', 's'),
		concat_ws(' OR ', format('t.%I IS NULL', key[1]),
			(SELECT string_agg(format('s.%1$I IS DISTINCT FROM t.%1$I', c.name), ' OR ' ORDER BY c.n) FROM ecosystem._mart_column(r->>'columns') c WHERE c.name <> ALL (key)),
			's."~deleted"', ecosystem._mart_remarkable(mart, r))), NULL::text[]);
END $$;
COMMENT ON FUNCTION _mart_stage_news(name, jsonb, text) IS 'stages what of a load the relation has not';

-- With a key of two rows, or with rows that are gone, what was found is not all.
CREATE FUNCTION _mart_adds_up(mart name, r jsonb, survey jsonb, weight jsonb) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	difference jsonb;
BEGIN
	difference := ecosystem._mart_ask(mart, format(
		'SELECT coalesce(sum(n), 0) AS rows, coalesce(sum(n * hash::numeric), 0) AS sum FROM (
			SELECT -1 AS n, %1$s AS hash FROM %3$I.%4$I c WHERE c."~change" <> ''added''
			UNION ALL SELECT 1, %2$s FROM %3$I.stage s JOIN %3$I.%4$I c ON %5$s WHERE c."~change" <> ''removed'') d',
		ecosystem._mart_row_hash(ARRAY(SELECT 'old_' || n FROM unnest(names) n), 'c'::text), ecosystem._mart_row_hash(names, 's'::text),
		ecosystem._mart_cache(mart), 'change_' || (r->>'name'), ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 's', 'c')));
	RETURN (weight->>'rows')::numeric + (difference->>'rows')::numeric = (survey->>'rows')::numeric
		AND (weight->>'sum')::numeric + (difference->>'sum')::numeric = (survey->>'sum')::numeric;
END $$;
COMMENT ON FUNCTION _mart_adds_up(name, jsonb, jsonb, jsonb) IS 'whether a relation is what its load delivers once the changes that were found are applied';

-- ---------------------------------------------------------------------------
-- Parts that shrink
-- ---------------------------------------------------------------------------

-- A replica that is being filled anew is empty for a while: what suddenly has
-- less than half of its rows is not believed, unless somebody says so.
CREATE FUNCTION _mart_shrunk_parts(mart name, r jsonb, parts jsonb) RETURNS TABLE (part text, said text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT p.part, format(''part "%%s" has %%s rows instead of %%s'', p.part, n, p.rows)
		FROM   %1$I.relation_part p, %1$I.setting s, LATERAL (SELECT coalesce(($2 #>> ARRAY[p.part, ''rows''])::bigint, 0) AS n) now
		WHERE  p.relation = $1 AND p.rows > 0 AND n < (1 - s.shrink_limit) * p.rows ORDER BY p.part', mart) USING r->>'name', parts;
END $$;
COMMENT ON FUNCTION _mart_shrunk_parts(name, jsonb, jsonb) IS 'the parts that have lost more rows than setting.shrink_limit allows';

-- Of which part each row is, where there are several: MART_cache.part_of_RELATION.
-- Its comment says what the relation was made from then.
CREATE FUNCTION _mart_part_table(mart name, r jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('%I.%I', ecosystem._mart_cache(mart), 'part_of_' || (r->>'name'));
END $$;
COMMENT ON FUNCTION _mart_part_table(name, jsonb) IS 'the table of the parts that rows of a relation are of';

CREATE FUNCTION _mart_knows_parts(mart name, r jsonb, made_from text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(obj_description(to_regclass(ecosystem._mart_part_table(mart, r)), 'pg_class') = made_from, false);
END $$;
COMMENT ON FUNCTION _mart_knows_parts(name, jsonb, text) IS 'whether it is known of which part each row of a relation is';

-- From the query itself, or of what changed from the stage.
CREATE FUNCTION _mart_note_parts(mart name, r jsonb, made_from text, query text, changed_only boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parts constant text := ecosystem._mart_part_table(mart, r);
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	change constant text := format('%I.%I', ecosystem._mart_cache(mart), 'change_' || (r->>'name'));
BEGIN
	IF changed_only AND ecosystem._mart_knows_parts(mart, r, made_from) THEN
		EXECUTE format('DELETE FROM %s p USING %s c WHERE %s', parts, change, ecosystem._mart_same_key(key, 'p', 'c'));
		EXECUTE format('INSERT INTO %s SELECT %s, s."~part" FROM %I.stage s JOIN %s c ON %s WHERE c."~change" <> ''removed''', parts, ecosystem._mart_names_of('s', key),
			ecosystem._mart_cache(mart), change, ecosystem._mart_same_key(key, 's', 'c'));
		RETURN;
	END IF;
	EXECUTE format('DROP TABLE IF EXISTS %s', parts);
	PERFORM ecosystem._mart_run(mart, format('CREATE TABLE %s AS SELECT %s, s."~part" FROM (%s) s WHERE NOT "~deleted" AND NOT (%s)', parts, ecosystem._mart_names_of('s', key), query,
		ecosystem._mart_missing_key(r, 's'::text)));
	EXECUTE format('COMMENT ON TABLE %s IS %L', parts, made_from);
END $$;
COMMENT ON FUNCTION _mart_note_parts(name, jsonb, text, text, boolean) IS 'writes down of which part each row of a relation is';

-- As if the part still delivered them.
CREATE FUNCTION _mart_keep_parts(mart name, r jsonb, held text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
BEGIN
	EXECUTE format('INSERT INTO %1$I.stage (%2$s, "~part", "~deleted") SELECT %3$s, p."~part", false FROM %4$I.%5$I t JOIN %6$s p ON %7$s WHERE p."~part" = ANY ($1)',
		ecosystem._mart_cache(mart), ecosystem._mart_names(names), ecosystem._mart_names_of('t', names), mart, r->>'name', ecosystem._mart_part_table(mart, r),
		ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 'p', 't')) USING held;
END $$;
COMMENT ON FUNCTION _mart_keep_parts(name, jsonb, text[]) IS 'puts the rows that a relation has of some parts onto the stage';
