-- mart freeze: a quarter is closed, with its numbers, what stands behind them and
-- what they were made by
--
-- All of it is copied, as plain values: neither an upgrade nor a changed rule, nor
-- a definition, nor a relation that is gone, says anything else of it later.  Rows
-- are kept once for all numbers that they add the same to, of which a deal has
-- some ten and the numbers are many.

-- What a thing adds to each part of each number of a quarter: one row each.
CREATE FUNCTION _mart_freeze_rows(mart name, metrics text[], period date) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('SELECT metric, part, fact, entity, id, min(label) AS name, sum(amount)::numeric(24,6) AS amount, left(string_agg(DISTINCT reason, ''; ''), 2000) AS reason
		FROM (%s) r GROUP BY metric, part, fact, entity, id', ecosystem._mart_metric_rows_query(mart, metrics, period));
END $$;
COMMENT ON FUNCTION _mart_freeze_rows(name, text[], date) IS 'the query for what things add to the numbers of a quarter';

-- Columns that both have.
CREATE FUNCTION _mart_freeze_copy(mart name, label text, source text, target text, condition text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text;
	n bigint;
BEGIN
	SELECT string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum) INTO columns
	FROM   pg_attribute s JOIN pg_attribute t ON t.attname = s.attname AND t.attrelid = to_regclass(format('%I.%I', mart, target)) AND t.attnum > 0 AND NOT t.attisdropped
	WHERE  s.attrelid = to_regclass(format('%I.%I', mart, source)) AND s.attnum > 0 AND NOT s.attisdropped AND s.attname <> 'label';
	EXECUTE format('INSERT INTO %1$I.%3$I (label, %4$s) SELECT $1, %4$s FROM %1$I.%2$I WHERE %5$s', mart, source, target, columns, condition) USING label;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_freeze_copy(name, text, text, text, text) IS 'copies rows of a relation into a freeze';

CREATE FUNCTION _mart_freeze_settings(mart name, label text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' AS $$
DECLARE
	relation text;
BEGIN
	-- but for those that no number is counted by
	FOR relation IN EXECUTE format('SELECT name FROM %I.relation WHERE kind = ''settings'' AND name NOT IN (''relation'', ''relation_part'', ''partner_share'', ''share_level'', ''worklist_action'', ''worklist_trigger'') ORDER BY name', mart) LOOP
		EXECUTE format('INSERT INTO %1$I.frozen_setting (label, relation, line, contents) SELECT $1, $2, row_number() OVER (ORDER BY r COLLATE "C"), r FROM (SELECT to_jsonb(t)::text AS r FROM %1$I.%2$I t) q', mart, relation)
			USING label, relation;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_freeze_settings(name, text) IS 'copies the settings of a mart into a freeze';

CREATE FUNCTION _mart_check_freeze(mart name, label text, period date) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	there record;
	stale text;
BEGIN
	IF label IS NULL OR btrim(label) = '' OR octet_length(label) > 200 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": a freeze needs a label', mart), DETAIL = 'It has from 1 to 200 bytes, and is given once.';
	ELSIF period IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('mart "%s": which quarter is to be frozen is not said', mart), HINT = 'Any day of it says so.';
	END IF;
	EXECUTE format('SELECT f.period, f.frozen_at FROM %I.frozen_period f WHERE f.label = $1', mart) INTO there USING label;
	IF there.frozen_at IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = format('mart "%s" has a freeze "%s"', mart, label),
			DETAIL = format('It is of %s, from %s.', there.period, date_trunc('second', there.frozen_at)), HINT = 'What is frozen stays as it is: freeze the quarter again under another label.';
	END IF;
	EXECUTE format('SELECT string_agg(q.name, '', '' ORDER BY q.name) FROM (
			SELECT ''metric'' AS name UNION SELECT ''credit_line'' UNION SELECT ''deal_fact'' UNION SELECT d.fact FROM %1$I.metric_definition d WHERE d.is_on IS NOT FALSE AND d.fault IS NULL) q
			JOIN %1$I.relation r ON r.name = q.name AND r.kind = ''report'' LEFT JOIN %1$I.relation_state s ON s.relation = q.name WHERE s.state IS DISTINCT FROM ''fresh''', mart) INTO stale;
	IF stale IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s" is not fresh', mart), DETAIL = format('These are not: %s.', stale),
			HINT = format('CALL ecosystem.refresh_mart(%L), then freeze.', mart);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_freeze(name, text, date) IS 'raises an error unless a mart can be frozen under a label';

CREATE FUNCTION _mart_freeze(mart name, label text, period date) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	metrics bigint;
	rows bigint;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	PERFORM ecosystem._mart_check_freeze(mart, label, period);
	EXECUTE format($q$SELECT q.starts, (q.starts + interval '3 months')::date - 1 AS ends,
			ecosystem._fiscal_quarter(q.starts, s.fiscal_year_starts) AS name,
			coalesce(s.as_of, (t.refreshed_at AT TIME ZONE s.time_zone)::date) AS as_of, t.refreshed_at, s.led_rule, s.credit_model
		FROM   %1$I.setting s, (SELECT refreshed_at FROM %1$I.relation_state WHERE relation = 'metric') t,
		       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) l,
		       LATERAL (SELECT l.later, (date_trunc('quarter', $1 - l.later) + l.later)::date AS starts) q$q$, mart) INTO STRICT f USING period;
	metrics := ecosystem._mart_freeze_copy(mart, label, 'metric', 'frozen_metric', format('period_starts = %L', f.starts));
	IF metrics = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('mart "%s" has no numbers of %s', mart, coalesce(f.name, period::text)),
			HINT = format('SELECT DISTINCT period, period_starts FROM %I.metric lists the quarters that have.', mart);
	END IF;
	PERFORM ecosystem._mart_run(mart, format(E'WITH thing AS MATERIALIZED (%2$s\n), same AS (
			SELECT part, fact, entity, id, name, amount, reason, string_agg(metric, '','' ORDER BY metric COLLATE "C") AS metrics FROM thing GROUP BY part, fact, entity, id, name, amount, reason
		), numbered AS (
			SELECT metrics, row_number() OVER (ORDER BY metrics COLLATE "C") AS set_id FROM (SELECT DISTINCT metrics FROM same) d
		), sets AS (
			INSERT INTO %1$I.frozen_set (label, set_id, metric) SELECT %3$L, set_id, unnest(string_to_array(metrics, '','')) FROM numbered
		)
		INSERT INTO %1$I.frozen_row (label, set_id, line, fact, part, entity, id, name, amount, reason)
		SELECT %3$L, set_id, row_number() OVER (PARTITION BY set_id ORDER BY part, fact, entity, id COLLATE "C"), fact, part, entity, id, name, amount, reason FROM same JOIN numbered USING (metrics)',
		mart, ecosystem._mart_freeze_rows(mart, NULL::text[], f.starts), label));
	EXECUTE format('SELECT count(*) FROM %I.frozen_row r WHERE r.label = $1', mart) INTO rows USING label;
	-- Deals of earlier freezes are kept as they have become, so that two can be compared.
	PERFORM ecosystem._mart_freeze_copy(mart, label, 'deal_fact', 'frozen_deal', format('closed_quarter = %3$L OR deal_id IN (SELECT r.id FROM %1$I.frozen_row r WHERE r.label = %2$L AND r.entity = ''deal''
		UNION SELECT d.deal_id FROM %1$I.frozen_deal d JOIN %1$I.frozen_period p USING (label) WHERE p.period_starts = %3$L)', mart, label, f.starts));
	PERFORM ecosystem._mart_freeze_copy(mart, label, 'credit_line', 'frozen_credit_line', format('closed_quarter = %L', f.starts));
	PERFORM ecosystem._mart_freeze_settings(mart, label);
	EXECUTE format('INSERT INTO %I.frozen_period (label, period, period_starts, period_ends, frozen_at, frozen_by, as_of, refreshed_at, led_rule, credit_model, extension_version, suffix_list_version, metrics, rows)
			VALUES ($1, $2, $3, $4, now(), $5, $6, $7, $8, $9, $10, $11, $12, $13)', mart)
		USING label, f.name, f.starts, f.ends, session_user::text, f.as_of, f.refreshed_at, f.led_rule, f.credit_model, ecosystem.ecosystem_version(), ecosystem.public_suffix_list_version(), metrics, rows;
	RETURN concat(format('%s is frozen as "%s": %s numbers, %s rows behind those of the network', f.name, label, metrics, rows),
		CASE WHEN f.ends >= f.as_of THEN format('; it lasts until %s, and goes on', f.ends) END);
END $$;
COMMENT ON FUNCTION _mart_freeze(name, text, date) IS 'what freeze_mart() does, as the owner';

CREATE PROCEDURE freeze_mart(mart name, label text, period date)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_make_cache(mart);
	said := ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_freeze(%L::name, %L::text, %L::date)', mart, label, period));
	RAISE NOTICE '%', said;
END $$;
COMMENT ON PROCEDURE freeze_mart(name, text, date) IS
	'closes the fiscal quarter that a day is in: keeps its numbers, the rows behind them, the credit, settings, rule and versions under a label that is given once';
