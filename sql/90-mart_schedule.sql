-- mart schedule: by pg_cron where it is, else a line for crontab

CREATE FUNCTION _mart_job(mart name) RETURNS text
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('refresh_mart %s.%s', current_database(), mart);
END $$;
COMMENT ON FUNCTION _mart_job(name) IS 'name of the job that refreshes a mart';

-- One snapshot for all steps, so that all see one state of the replica.  Not with
-- BEGIN and COMMIT: the background workers of pg_cron refuse these, and what comes
-- in one message is one transaction.
CREATE FUNCTION _mart_refresh_command(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; CALL ecosystem.refresh_mart(%L)', mart);
END $$;
COMMENT ON FUNCTION _mart_refresh_command(name) IS 'the command that a scheduler runs to refresh a mart';

CREATE FUNCTION _mart_unschedule(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	job bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		RETURN;
	END IF;
	-- The table shows everybody their own jobs.
	FOR job IN EXECUTE 'SELECT jobid FROM cron.job WHERE jobname = $1' USING ecosystem._mart_job(mart) LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING job;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_unschedule(name) IS 'ends the jobs of pg_cron that refresh a mart';

-- Quoted for the shell and for crontab, where % ends the line.
CREATE FUNCTION _mart_crontab_line(mart name, cron text) RETURNS text
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('%s psql -X -q -v ON_ERROR_STOP=1 -d %s -c %s', cron,
		replace('''' || replace(current_database()::text, '''', '''\''''') || '''', '%', '\%'),
		replace('''' || replace(ecosystem._mart_refresh_command(mart), '''', '''\''''') || '''', '%', '\%'));
END $$;
COMMENT ON FUNCTION _mart_crontab_line(name, text) IS 'the line of crontab that refreshes a mart';

CREATE FUNCTION schedule_mart(mart name, cron text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command text;
	job bigint;
	home constant text := current_setting('cron.database_name', true);
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF cron IS NULL OR cron !~ '^\s*(@[a-z]+|\S+(\s+\S+){4}|[0-9]+ seconds?)\s*$' OR cron ~ '[\n\r]' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('mart "%s": "%s" is no time for cron', mart, cron),
			HINT = 'Minute, hour, day, month and day of the week, such as 0 5 * * * for five every morning.';
	END IF;
	command := ecosystem._mart_refresh_command(mart);
	IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		PERFORM ecosystem._mart_unschedule(mart);
		EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job USING ecosystem._mart_job(mart), cron, command;
		RETURN format('job %s of pg_cron, times are in %s', job, coalesce(current_setting('cron.timezone', true), 'GMT'));
	ELSIF home IS NOT NULL THEN
		RETURN format('-- pg_cron is in database %s; there run:'
			'%sSELECT cron.schedule_in_database(%L, %L, %L, %L);', home, E'\n', ecosystem._mart_job(mart), cron, command, current_database());
	END IF;
	RETURN ecosystem._mart_crontab_line(mart, cron);
END $$;
COMMENT ON FUNCTION schedule_mart(name, text) IS
	'has a mart refreshed at a time written as for cron: a job of pg_cron where that is installed, else the command to run in the database that has it, else a line for crontab';

