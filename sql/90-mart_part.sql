-- mart part: the queries that load a relation, one or several

CREATE FUNCTION _mart_relation_row(mart name, relation text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(r) FROM %I.relation r WHERE r.name = $1', mart) INTO r USING relation;
	IF r IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('mart "%s" has no relation "%s"', mart, relation),
			HINT = format('SELECT name, kind, purpose FROM %I.relation lists them.', mart);
	END IF;
	RETURN r || jsonb_build_object('keys', string_to_array(replace(r->>'key', ' ', ''), ','));
END $$;
COMMENT ON FUNCTION _mart_relation_row(name, text) IS 'the description of a relation of a mart';

-- A part delivers columns by name: those of the relation, or what they are made from.
CREATE FUNCTION _mart_check_part(mart name, relation text, part text, query text, changed_since text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, relation);
	what constant text := format('part "%s" of "%s"', part, relation);
	unknown text;
	missing text;
	circle text;
BEGIN
	IF r->>'kind' = 'report' THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = format('mart "%s": "%s" is a report, which has no parts', mart, relation),
			HINT = format('CALL ecosystem.set_relation(%L, %L, query) replaces its text.', mart, relation);
	END IF;
	PERFORM ecosystem._mart_make_probe(mart, query, what);
	SELECT string_agg(quote_ident(p.name), ', ' ORDER BY p.n) INTO unknown
	FROM   ecosystem._mart_probe_columns(mart) p
	WHERE  NOT EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE p.name IN (c.name, regexp_replace(c.name, '_at$', '_on'), regexp_replace(c.name, '_on$', '_at')))
	AND    p.name IS DISTINCT FROM changed_since AND p.name <> 'is_deleted';
	SELECT string_agg(quote_ident(k), ', ') INTO missing
	FROM   jsonb_array_elements_text(r->'keys') k
	WHERE  k NOT IN (SELECT p.name FROM ecosystem._mart_probe_columns(mart) p) AND k !~ '_(on|at)$';
	IF changed_since IS NOT NULL AND changed_since NOT IN (SELECT p.name FROM ecosystem._mart_probe_columns(mart) p) THEN
		missing := concat_ws(', ', missing, quote_ident(changed_since));
	ELSIF EXISTS (SELECT FROM ecosystem._mart_probe_columns(mart) p WHERE p.name = changed_since AND p.type !~ '^(date|timestamp)') THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = format('mart "%s": %s says when rows changed in a column that is no time', mart, what);
	END IF;
	circle := ecosystem._mart_probe_circle(mart, r);
	PERFORM ecosystem._mart_drop_probe(mart);
	IF circle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_recursion', MESSAGE = format('mart "%s": %s reads what the mart makes', mart, what),
			DETAIL = format('It reads %s.', circle), HINT = CASE WHEN r->>'kind' = 'settings' THEN 'Parts of settings read a replica, and setting.' ELSE 'Parts read a replica, and settings of the mart.' END;
	END IF;
	IF unknown IS NOT NULL OR missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('mart "%s": %s does not deliver the relation''s columns', mart, what),
			DETAIL = concat_ws(' ', 'Unknown: ' || unknown || '.', 'Missing: ' || missing || '.'),
			HINT = format('The columns are %s.', (SELECT string_agg(c.name, ', ' ORDER BY c.n) FROM ecosystem._mart_column(r->>'columns') c));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_part(name, text, text, text, text) IS 'raises an error unless a query delivers columns of a relation, its key among them';

CREATE FUNCTION _mart_put_part(mart name, relation text, part text, query text, bound_from text, note text, changed_since text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	PERFORM ecosystem._mart_check_part(mart, relation, part, query, changed_since);
	EXECUTE format('INSERT INTO %I.relation_part AS p (relation, part, query, bound_from, note, changed_since) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (relation, part) DO UPDATE SET query = excluded.query, bound_from = excluded.bound_from, note = excluded.note,
			changed_since = excluded.changed_since, read_until = CASE WHEN p.query = excluded.query THEN p.read_until END', mart)
		USING relation, part, query, bound_from, note, changed_since;
	EXECUTE format('UPDATE %I.relation SET origin = ''bound'' WHERE name = $1 AND origin = ''builtin'' AND kind = ''standard''', mart) USING relation;
END $$;
COMMENT ON FUNCTION _mart_put_part(name, text, text, text, text, text, text) IS 'what _mart_set_part() does, as the owner';

CREATE FUNCTION _mart_set_part(mart name, relation text, part text, query text, bound_from text, note text DEFAULT NULL, changed_since text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_put_part(%L::name, %L::text, %L::text, %L::text, %L::text, %L::text, %L::text)',
		mart, relation, part, query, bound_from, note, changed_since));
END $$;
COMMENT ON FUNCTION _mart_set_part(name, text, text, text, text, text, text) IS
	'loads a relation from one more query, or from another one under the same name: columns are matched by name, other parts stay';

CREATE FUNCTION _mart_drop_part(mart name, relation text, part text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_lock(%L::name)', mart));
	PERFORM ecosystem._mart_as_owner(mart, format('DELETE FROM %I.relation_part WHERE relation = %L AND part = %L', mart, relation, part));
END $$;
COMMENT ON FUNCTION _mart_drop_part(name, text, text) IS 'loads a relation without one of its parts from the next refresh on';

CREATE FUNCTION _mart_unbind(mart name, relation text, part text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	EXECUTE format('DELETE FROM %I.relation_part p WHERE ($1 IS NULL OR p.relation = $1) AND ($2 IS NULL OR p.part = $2)', mart) USING relation, part;
	GET DIAGNOSTICS n = ROW_COUNT;
	EXECUTE format('UPDATE %1$I.relation r SET origin = ''builtin'' WHERE origin = ''bound'' AND NOT EXISTS (SELECT FROM %1$I.relation_part p WHERE p.relation = r.name)', mart);
	-- what was said when it was bound
	EXECUTE format('DELETE FROM %I.problem b WHERE b.source ~ ''^bind_'' AND (b.source = ''bind_table '' || $1 || '' '' || $2 OR $1 IS NULL AND b.source IN (''bind_'' || $2))', mart) USING relation, part;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_unbind(name, text, text) IS 'what unbind() does, as the owner; how many parts it took';

CREATE PROCEDURE unbind(mart name, relation text DEFAULT NULL, part text DEFAULT NULL)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bound text;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF relation IS NULL AND part IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('mart "%s": what to unbind is a relation, a part or both', mart);
	END IF;
	IF ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_unbind(%L::name, %L::text, %L::text)', mart, relation, part))::bigint = 0 THEN
		bound := ecosystem._mart_as_owner(mart, format('SELECT string_agg(relation || '' '' || part, '', '' ORDER BY relation, part) FROM %I.relation_part', mart));
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('mart "%s" has no %s', mart, concat_ws(' of ', 'part "' || part || '"', 'relation "' || relation || '" that is bound')),
			HINT = coalesce('Bound are ' || bound || '.', 'Nothing is bound.');
	END IF;
END $$;
COMMENT ON PROCEDURE unbind(name, text, text) IS
	'loads a relation of a mart without one of its parts, or without any; with a part alone, such as salesforce, all relations without it; the next refresh takes out its rows';
