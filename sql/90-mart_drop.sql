-- mart drop: a mart goes, with what is its own and nothing else

-- Views that others have made over a mart are theirs, and are not dropped with it.
CREATE FUNCTION _mart_view_over(mart name, relation text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('%s %I.%I', CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, n.nspname, v.relname)
		FROM   pg_class c
		JOIN   pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass
		JOIN   pg_rewrite w ON w.oid = d.objid
		JOIN   pg_class v ON v.oid = w.ev_class AND v.oid <> c.oid
		JOIN   pg_namespace n ON n.oid = v.relnamespace
		WHERE  c.relnamespace = to_regnamespace(quote_ident(mart))
		AND    CASE WHEN relation IS NULL THEN v.relnamespace <> c.relnamespace ELSE c.relname = relation END
		ORDER  BY n.nspname, v.relname LIMIT 1);
END $$;
COMMENT ON FUNCTION _mart_view_over(name, text) IS 'a view that reads a mart from another schema, or any that reads one of its relations; NULL: there is none';

-- Tables, columns, keys and functions of other schemas that CASCADE would take along.
CREATE FUNCTION _mart_stands_on(mart name) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (WITH own AS (
			SELECT c.oid, c.reltype FROM pg_class c WHERE c.relnamespace IN (to_regnamespace(quote_ident(mart)), to_regnamespace(quote_ident(ecosystem._mart_cache(mart))))
		), schemas AS (
			SELECT to_regnamespace(quote_ident(mart))::oid AS oid UNION ALL SELECT to_regnamespace(quote_ident(ecosystem._mart_cache(mart)))::oid
		)
		SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
		FROM   pg_depend d
		WHERE  d.deptype IN ('n', 'a')
		AND   (d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM own)
			OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT unnest(ARRAY[o.reltype, t.typarray]) FROM own o JOIN pg_type t ON t.oid = o.reltype))
		AND    CASE d.classid
			WHEN 'pg_class'::regclass THEN (SELECT c.relnamespace FROM pg_class c WHERE c.oid = d.objid) NOT IN (SELECT oid FROM schemas)
			WHEN 'pg_constraint'::regclass THEN (SELECT c.connamespace FROM pg_constraint c WHERE c.oid = d.objid) NOT IN (SELECT oid FROM schemas)
			WHEN 'pg_proc'::regclass THEN (SELECT p.pronamespace FROM pg_proc p WHERE p.oid = d.objid) NOT IN (SELECT oid FROM schemas)
			WHEN 'pg_type'::regclass THEN (SELECT t.typnamespace FROM pg_type t WHERE t.oid = d.objid) NOT IN (SELECT oid FROM schemas)
			ELSE false END
		ORDER  BY 1 LIMIT 1);
END $$;
COMMENT ON FUNCTION _mart_stands_on(name) IS 'something outside that would go with a mart; NULL: there is nothing';

CREATE FUNCTION _mart_drop(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', ecosystem._mart_cache(mart));
	EXECUTE format('DROP SCHEMA %I CASCADE', mart);
END $$;
COMMENT ON FUNCTION _mart_drop(name) IS 'drops the schemas of a mart';

CREATE PROCEDURE drop_mart(mart name, with_freezes boolean DEFAULT false)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	dependent text;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF with_freezes IS NOT TRUE AND to_regclass(format('%I.frozen_period', mart)) IS NOT NULL THEN
		dependent := (SELECT string_agg(quote_ident(f->>'label'), ', ') FROM jsonb_array_elements(ecosystem._mart_read(mart, format('SELECT label FROM %I.frozen_period ORDER BY frozen_at, label', mart))) f);
		IF dependent IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('mart "%s" has frozen quarters', mart), DETAIL = format('They are %s.', dependent),
				HINT = format('They cannot be made again. pg_dump -n keeps them; CALL ecosystem.drop_mart(%L, with_freezes => true) drops them, too.', mart);
		END IF;
	END IF;
	dependent := ecosystem._mart_view_over(mart, NULL::text);
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('%s reads mart "%s"', dependent, mart),
			HINT = 'Drop it first.';
	END IF;
	dependent := ecosystem._mart_stands_on(mart);
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('%s stands on mart "%s"', dependent, mart),
			HINT = 'Drop it first.';
	END IF;
	dependent := (SELECT r->>'relname' FROM jsonb_array_elements(ecosystem._mart_read(mart, format(
		'SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(%L) AND c.relkind IN (''r'', ''p'', ''v'', ''m'', ''f'') AND c.relname NOT IN (SELECT name FROM %I.relation) ORDER BY 1 LIMIT 1', quote_ident(mart), mart))) r);
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('"%s" in the schema of mart "%s" is no relation of it', dependent, mart),
			HINT = 'Drop it or move it to another schema first.';
	END IF;
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_lock(%L::name)', mart));
	PERFORM ecosystem._mart_unschedule(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_drop_shares(%L::name)', mart));
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_drop(%L::name)', mart));
END $$;
COMMENT ON PROCEDURE drop_mart(name, boolean) IS 'drops a mart with its cache, its jobs and what it shares with partners; refuses while views of others read it, and while it has frozen quarters unless told to drop them';
