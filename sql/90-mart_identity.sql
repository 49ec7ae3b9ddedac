-- mart identity: the match keys of accounts and partner accounts

-- The only place of the extension's types.  Its rows say in a comment with which
-- version they were made, and are made anew with another one.
CREATE FUNCTION _mart_identity_maker() RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('ecosystem %s, list %s', ecosystem.ecosystem_version(), ecosystem.public_suffix_list_version());
END $$;
COMMENT ON FUNCTION _mart_identity_maker() IS 'the version and the list that match keys are made with';

CREATE FUNCTION _mart_identity_exists(mart name) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	identity constant regclass := to_regclass(format('%I.identity', ecosystem._mart_cache(mart)));
BEGIN
	RETURN coalesce(obj_description(identity, 'pg_class') = ecosystem._mart_identity_maker(), false)
		AND (SELECT count(*) FROM pg_attribute WHERE attrelid = identity AND attname IN ('source', 'record_id', 'identity', 'made_of') AND NOT attisdropped) = 4;
END $$;
COMMENT ON FUNCTION _mart_identity_exists(name) IS 'whether the match keys of a mart are there, made by this version';

-- Its state stands beside those of relations: what it missed when it failed is
-- made up for by comparing everything.
CREATE FUNCTION _mart_identity_is_fresh(mart name) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	changed boolean;
BEGIN
	IF ecosystem._mart_state(mart, 'identity'::text)->>'state' IS DISTINCT FROM 'fresh' THEN
		RETURN false;
	END IF;
	EXECUTE format('SELECT bool_or(outcome IN (''some'', ''all'')) FROM %I.step WHERE relation IN (''account'', ''partner_account'')', ecosystem._mart_cache(mart)) INTO changed;
	RETURN NOT coalesce(changed, false) AND ecosystem._mart_identity_exists(mart);
END $$;
COMMENT ON FUNCTION _mart_identity_is_fresh(name) IS 'whether a refresh may leave the match keys as they are';

CREATE FUNCTION _mart_identity_table(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name constant text := format('%I.identity', ecosystem._mart_cache(mart));
BEGIN
	IF ecosystem._mart_identity_exists(mart) THEN
		RETURN;
	END IF;
	IF to_regclass(name) IS NOT NULL THEN
		EXECUTE format('DROP TABLE %s', name);
	END IF;
	EXECUTE format('CREATE TABLE %s (source text NOT NULL, record_id text NOT NULL, identity ecosystem.company_identity NOT NULL, made_of text NOT NULL, PRIMARY KEY (source, record_id))', name);
	EXECUTE format('COMMENT ON TABLE %s IS %L', name, ecosystem._mart_identity_maker());
END $$;
COMMENT ON FUNCTION _mart_identity_table(name) IS 'makes the table of match keys where it is missing or was made by another version';

CREATE FUNCTION _mart_identity(mart name) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
	m bigint;
BEGIN
	PERFORM ecosystem._mart_identity_table(mart);
	EXECUTE format($q$CREATE UNLOGGED TABLE %2$I.stage AS
		SELECT *, md5(concat_ws(chr(1), coalesce(website, chr(2)), coalesce(email, chr(2)), coalesce(name, chr(2)), coalesce(country, chr(2)), external_ids)) AS made_of
		FROM  (SELECT 'own' AS source, account_id AS record_id, website, email, name, country, external_ids FROM %1$I.account
			UNION ALL SELECT 'partner/' || partner_id, record_id, website, email, name, country, external_ids FROM %1$I.partner_account) r$q$, mart, ecosystem._mart_cache(mart));
	EXECUTE format('DELETE FROM %1$I.identity i WHERE NOT EXISTS (SELECT FROM %1$I.stage s WHERE (s.source, s.record_id, s.made_of) = (i.source, i.record_id, i.made_of))', ecosystem._mart_cache(mart));
	GET DIAGNOSTICS n = ROW_COUNT;
	EXECUTE format($q$INSERT INTO %1$I.identity (source, record_id, identity, made_of)
		-- a record has at most a thousand keys
		SELECT source, record_id, ecosystem.identify(website => left(website, 4000), email => left(email, 4000), name => left(name, 4000), country => country,
			ids => CASE WHEN external_ids <> '' THEN (regexp_split_to_array(btrim(external_ids), '[\s,;]+'))[1:500] END), made_of
		FROM   %1$I.stage s WHERE NOT EXISTS (SELECT FROM %1$I.identity i WHERE (s.source, s.record_id) = (i.source, i.record_id))$q$, ecosystem._mart_cache(mart));
	GET DIAGNOSTICS m = ROW_COUNT;
	EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
	IF n + m > 0 THEN
		EXECUTE format('ANALYZE %I.identity', ecosystem._mart_cache(mart));
		RETURN 'all';
	END IF;
	RETURN 'same';
END $$;
COMMENT ON FUNCTION _mart_identity(name) IS 'makes the match keys of accounts and partner accounts that are new or changed';

CREATE FUNCTION _mart_identity_step(mart name, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	outcome text;
	said text;
BEGIN
	BEGIN
		outcome := CASE WHEN NOT full_refresh AND ecosystem._mart_identity_is_fresh(mart) THEN 'same' ELSE ecosystem._mart_identity(mart) END;
	EXCEPTION
		WHEN serialization_failure OR deadlock_detected THEN
			RAISE;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
			outcome := 'failed';
			PERFORM ecosystem._mart_found(mart, 'error', 'account', 'its match keys could not be made', NULL::bigint, said, NULL::text);
	END;
	EXECUTE format('UPDATE %I.step SET outcome = $1 WHERE relation = ''identity''', ecosystem._mart_cache(mart)) USING outcome;
	EXECUTE format('INSERT INTO %I.relation_state AS s (relation, state, stale, problem) VALUES (''identity'', $1, $2, $3)
		ON CONFLICT (relation) DO UPDATE SET state = excluded.state, stale = excluded.stale, problem = excluded.problem WHERE (s.state, s.problem) IS DISTINCT FROM (excluded.state, excluded.problem)', mart)
		USING CASE outcome WHEN 'failed' THEN 'failed' ELSE 'fresh' END, outcome = 'failed', said;
END $$;
COMMENT ON FUNCTION _mart_identity_step(name, boolean) IS 'the step of a refresh that makes match keys';
