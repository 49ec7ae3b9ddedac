-- mart access: a mart is read, and given to others to read

-- As the owner where the caller may, since what stands in the mart is the
-- owner's; as themselves where they are readers.
CREATE FUNCTION _mart_read(mart name, query text) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command constant text := format('SELECT jsonb_agg(q ORDER BY n) FROM (SELECT *, row_number() OVER () AS n FROM (%s) p) q', query);
	rows jsonb;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = mart), 'MEMBER') THEN
		RETURN ecosystem._mart_as_owner(mart, command)::jsonb;
	END IF;
	EXECUTE command INTO rows;
	RETURN rows;
END $$;
COMMENT ON FUNCTION _mart_read(name, text) IS 'rows of a mart, as an array of objects';

CREATE FUNCTION mart_status(mart name) RETURNS TABLE (relation text, kind text, rows bigint, refreshed_at timestamptz, seconds numeric,
		added bigint, changed bigint, removed bigint, state text, problem text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	RETURN QUERY
	SELECT s.* FROM jsonb_to_recordset(ecosystem._mart_read(mart, format(
		$q$SELECT r.name AS relation, r.kind, s.rows, s.refreshed_at, s.seconds, s.added, s.changed, s.removed,
			CASE WHEN s.state IS NOT NULL THEN s.state
				WHEN r.kind IN ('settings', 'history') THEN r.kind
				WHEN r.kind = 'standard' AND r.query IS NULL AND NOT EXISTS (SELECT FROM %1$I.relation_part p WHERE p.relation = r.name) THEN 'not bound'
				ELSE 'not made yet' END AS state, s.problem
		FROM   %1$I.relation r LEFT JOIN %1$I.relation_state s ON s.relation = r.name
		WHERE  r.kind <> 'shared'
		UNION ALL
		SELECT p.schema_name, 'shared', s.rows, s.refreshed_at, s.seconds, s.added, s.changed, s.removed, coalesce(s.state, 'not made yet'), s.problem
		FROM   %1$I.partner_share p LEFT JOIN %1$I.relation_state s ON s.relation = p.schema_name
		WHERE  p.ended_on IS NULL
		UNION ALL
		SELECT '(all)', 'mart', NULL, l.started_at, l.seconds, l.added, l.changed, l.removed, l.how,
			'refreshed ' || date_trunc('second', now() - l.started_at) || ' ago'
		FROM  (SELECT * FROM %1$I.refresh_log WHERE relation = '(all)' ORDER BY refresh DESC LIMIT 1) l
		ORDER  BY relation$q$, mart)))
		AS s(relation text, kind text, rows bigint, refreshed_at timestamptz, seconds numeric, added bigint, changed bigint, removed bigint,
			state text, problem text);
END $$;
COMMENT ON FUNCTION mart_status(name) IS
	'what the last refresh that committed made of each relation, and in row (all) when that was; of what is shared with partners a row each schema';

CREATE FUNCTION check_mart(mart name) RETURNS TABLE (severity text, relation text, problem text, rows bigint, example text, advice text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	RETURN QUERY
	SELECT p.* FROM jsonb_to_recordset(ecosystem._mart_read(mart, format(
		$q$SELECT severity, relation, problem, rows, example, advice FROM (
			SELECT severity, relation, problem, rows, example, advice, source FROM %I.problem WHERE source <> 'setting'
			UNION ALL SELECT *, 'setting' FROM ecosystem._mart_setting_problems(%L::name)
			UNION ALL SELECT 'notice', 'relation', 'the mart belongs to a superuser', NULL, o.rolname::text,
				'Its texts, and the functions and views that they call, run as one: let a role own it that may read the replica and nothing else (ALTER SCHEMA, ALTER TABLE ... OWNER TO).', 'owner'
			FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = %2$L AND o.rolsuper) p
		ORDER BY array_position(ARRAY['error', 'warning', 'notice'], severity), rows DESC NULLS LAST, relation, problem, source$q$, mart, mart)))
		AS p(severity text, relation text, problem text, rows bigint, example text, advice text);
END $$;
COMMENT ON FUNCTION check_mart(name) IS
	'what is wrong with the data of a mart or could not be taken from it, the worst first, with an example and what to do; the table problem';

CREATE FUNCTION _mart_grant(mart name, reader text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', mart, reader);
	EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %s', mart, reader);
	EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %s', mart, reader);
END $$;
COMMENT ON FUNCTION _mart_grant(name, text) IS 'lets a role read the tables of a mart';

CREATE PROCEDURE grant_mart(mart name, reader name)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', reader);
	END IF;
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_grant(%L::name, %L::text)', mart, quote_ident(reader)));
END $$;
COMMENT ON PROCEDURE grant_mart(name, name) IS 'lets a role read all tables of a mart, also those that come later, and nothing else';
