-- metric refresh: the text of the numbers follows their definitions; what of these
-- cannot be counted is found.  PL/pgSQL

-- Which relations it reads, it names itself, but for what people's conditions read.
CREATE FUNCTION _mart_metric_inputs(mart name, query text) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	inputs text;
BEGIN
	-- Its expressions were planned each alone.
	IF NOT ecosystem._mart_is_single(format(E'SELECT * FROM (%s\n) AS q', query)) THEN
		RAISE EXCEPTION USING ERRCODE = 'syntax_error', MESSAGE = format('mart "%s": the text of the numbers is not one query', mart);
	END IF;
	PERFORM ecosystem._mart_run(mart, format(E'CREATE VIEW %I.probe AS SELECT * FROM (%s\n) AS q', ecosystem._mart_cache(mart), query));
	PERFORM ecosystem._mart_check_views(mart, 'the text of the numbers'::text);
	inputs := (SELECT string_agg(format('%s(*)', input), ' ' ORDER BY input COLLATE "C") FROM unnest(ecosystem._mart_probe_inputs(mart, true)) AS input);
	PERFORM ecosystem._mart_drop_probe(mart);
	RETURN inputs;
END $$;
COMMENT ON FUNCTION _mart_metric_inputs(name, text) IS 'the inputs of the text of numbers';

CREATE FUNCTION _mart_metric_put(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	query constant text := ecosystem._mart_metric_text(mart, ARRAY(SELECT d FROM ecosystem._mart_metric_definitions(mart, NULL::text[]) d));
BEGIN
	EXECUTE format('UPDATE %I.relation SET query = $1, inputs = $2 WHERE name = ''metric'' AND origin <> ''user'' AND (query, inputs) IS DISTINCT FROM ($1, $2)', mart)
		USING query, ecosystem._mart_metric_inputs(mart, query);
END $$;
COMMENT ON FUNCTION _mart_metric_put(name) IS 'writes the text of the numbers from the definitions that can be counted';

-- Written anew where definitions, or what their facts look like, have changed; a
-- text of one's own in its place stays.
CREATE FUNCTION _mart_metric_write(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hash constant text := ecosystem._mart_metric_hash(mart);
BEGIN
	IF ecosystem._mart_state(mart, '(metric_definition)'::text)->>'made_from' = hash THEN
		RETURN;
	END IF;
	PERFORM ecosystem._mart_metric_check(mart);
	PERFORM ecosystem._mart_metric_put(mart);
	EXECUTE format('INSERT INTO %I.relation_state (relation, state, stale, made_from) VALUES (''(metric_definition)'', ''fresh'', false, $1)
		ON CONFLICT (relation) DO UPDATE SET made_from = excluded.made_from', mart) USING hash;
END $$;
COMMENT ON FUNCTION _mart_metric_write(name) IS 'writes the text of the numbers from their definitions';

-- An error here is the numbers' alone.
CREATE FUNCTION _mart_metric_step(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
	detail text;
BEGIN
	PERFORM ecosystem._mart_metric_write(mart);
	EXECUTE format('DELETE FROM %I.problem WHERE source = %L', mart, 'metric');
EXCEPTION
	WHEN serialization_failure OR deadlock_detected THEN
		RAISE;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		PERFORM ecosystem._mart_note_problem(mart, 'error'::text, 'metric'::text, 'its text could not be written, and is that of before'::text, NULL::bigint,
			concat_ws(' ', said, nullif(detail, '')), 'Mend the definitions, then refresh again.'::text, 'metric'::text);
END $$;
COMMENT ON FUNCTION _mart_metric_step(name) IS 'the step of a refresh that writes the text of the numbers';

-- ---------------------------------------------------------------------------
-- What reads well may fail on some row
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_metric_failure(mart name, definitions jsonb[]) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
BEGIN
	PERFORM ecosystem._mart_run(mart, format('SELECT count(value), count(low), count(high), count(numerator), count(denominator) FROM (%s) AS q', ecosystem._mart_metric_text(mart, definitions)));
	RETURN NULL;
EXCEPTION
	WHEN serialization_failure OR deadlock_detected THEN
		RAISE;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
		RETURN said;
END $$;
COMMENT ON FUNCTION _mart_metric_failure(name, jsonb[]) IS 'what definitions fail with on the rows there are; NULL: they do not';

-- By halves, since whoever fails is one or two of two hundred.  fails: that one of
-- them does is known.
CREATE FUNCTION _mart_metric_failing(mart name, definitions jsonb[], fails boolean) RETURNS TABLE (metric text, fact text, said text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	half constant integer := cardinality(definitions) / 2;
	found_in_first boolean;
BEGIN
	IF coalesce(cardinality(definitions), 0) = 0 OR NOT (fails AND half > 0) AND ecosystem._mart_metric_failure(mart, definitions) IS NULL THEN
		RETURN;
	ELSIF half = 0 THEN
		RETURN QUERY SELECT definitions[1]->>'metric', definitions[1]->>'fact', ecosystem._mart_metric_failure(mart, definitions);
		RETURN;
	END IF;
	RETURN QUERY SELECT f.* FROM ecosystem._mart_metric_failing(mart, definitions[:half], false) f;
	found_in_first := FOUND;
	RETURN QUERY SELECT f.* FROM ecosystem._mart_metric_failing(mart, definitions[half + 1:], NOT found_in_first) f;
END $$;
COMMENT ON FUNCTION _mart_metric_failing(name, jsonb[], boolean) IS 'those of several definitions that fail on the rows there are, each with what it says';

-- People's own are looked at first: those of the extension seldom fail.
CREATE FUNCTION _mart_metric_mend(mart name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	own boolean;
	definitions jsonb[];
	d record;
	mended boolean := false;
BEGIN
	FOREACH own IN ARRAY '{true,false}'::boolean[] LOOP
		EXECUTE format('SELECT array_agg(ecosystem._mart_metric_complete($1, to_jsonb(d)) ORDER BY d.fact COLLATE "C", d.metric COLLATE "C") FROM %I.metric_definition d
			WHERE d.is_on IS NOT FALSE AND d.fault IS NULL AND ecosystem._mart_metric_is_builtin(to_jsonb(d)) <> $2', mart) INTO definitions USING mart, own;
		FOR d IN SELECT * FROM ecosystem._mart_metric_failing(mart, definitions, false) f LOOP
			EXECUTE format('UPDATE %I.metric_definition SET fault = ''on its rows: '' || $3 WHERE metric = $1 AND fact = $2', mart) USING d.metric, d.fact, d.said;
			mended := true;
		END LOOP;
		EXIT WHEN mended;
	END LOOP;
	IF mended THEN
		PERFORM ecosystem._mart_metric_put(mart);
	END IF;
	RETURN mended;
END $$;
COMMENT ON FUNCTION _mart_metric_mend(name) IS 'finds the definitions that fail on the rows there are, and writes the text of the numbers without them; whether there are any';

-- The rows may have been mended since, or the definition.
CREATE FUNCTION _mart_metric_retry(mart name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d record;
	said text;
	mended boolean := false;
BEGIN
	FOR d IN EXECUTE format('SELECT d.metric, d.fact, d.fault, ecosystem._mart_metric_complete($1, to_jsonb(d)) AS definition FROM %I.metric_definition d
		WHERE d.is_on IS NOT FALSE AND d.fault ~ ''^on its rows: '' ORDER BY d.metric, d.fact', mart) USING mart
	LOOP
		said := 'on its rows: ' || ecosystem._mart_metric_failure(mart, ARRAY[d.definition]);
		IF said IS DISTINCT FROM d.fault THEN
			EXECUTE format('UPDATE %I.metric_definition SET fault = $3 WHERE metric = $1 AND fact = $2', mart) USING d.metric, d.fact, said;
			mended := mended OR said IS NULL;
		END IF;
	END LOOP;
	IF mended THEN
		PERFORM ecosystem._mart_metric_put(mart);
	END IF;
	RETURN mended;
END $$;
COMMENT ON FUNCTION _mart_metric_retry(name) IS 'tries the definitions that failed on the rows of before, and writes the text of the numbers with those that do not any more; whether there are any';

-- ---------------------------------------------------------------------------
-- The numbers of what has changed
-- ---------------------------------------------------------------------------

-- The words of a definition that its numbers are made with.
CREATE FUNCTION _mart_metric_words(d jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat_ws(' ', d->>'fact', d->>'id', d->>'period', d->>'now_when', d->>'numerator', d->>'denominator', d->>'amount', d->>'denominator_amount',
		d->>'report', d->>'report_when', d->>'value', d->>'low', d->>'high', d->>'value_numerator', d->>'value_denominator');
END $$;
COMMENT ON FUNCTION _mart_metric_words(jsonb) IS 'the texts of a definition that name what it reads';

-- A number changes with what its definition names.  Of what it needs it reads only
-- whether there are rows; partners are named with every number of theirs; and a
-- history is written with whatever changes.
CREATE FUNCTION _mart_metric_touched(mart name, r jsonb) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definitions jsonb[];
	histories text[];
	touched text[];
	changed record;
BEGIN
	EXECUTE format('SELECT array_agg(name) FROM %I.relation WHERE kind = ''history'' AND ecosystem._mart_mentions($1, name)', mart) INTO histories USING r->>'query';
	FOR changed IN EXECUTE format('SELECT i.input, s.outcome = ''all'' OR coalesce((SELECT t.rows = 0 FROM %2$I.relation_state t WHERE t.relation = i.input), true) AS came_or_went
		FROM (SELECT e.input FROM ecosystem._mart_input($1) e UNION SELECT unnest($2)) i LEFT JOIN %1$I.step s ON s.relation = i.input
		WHERE s.outcome IN (''some'', ''all'') OR i.input IN (''outside'', ''problem'', ''refresh_log'', ''relation_state'')',
		ecosystem._mart_cache(mart), mart) USING r->>'inputs', histories
	LOOP
		definitions := coalesce(definitions, ARRAY(SELECT d FROM ecosystem._mart_metric_definitions(mart, NULL::text[]) d));
		touched := coalesce(touched, ARRAY(SELECT d->>'metric' FROM unnest(definitions) d, unnest(histories) h
			WHERE ecosystem._mart_mentions(concat_ws(' ', ecosystem._mart_metric_words(d), d->>'needs'), h)));
		IF changed.input = 'partner' OR NOT EXISTS (SELECT FROM unnest(definitions) d WHERE ecosystem._mart_mentions(concat_ws(' ', ecosystem._mart_metric_words(d), d->>'needs'), changed.input)) THEN
			RETURN NULL;
		END IF;
		touched := touched || ARRAY(SELECT d->>'metric' FROM unnest(definitions) d
			WHERE ecosystem._mart_mentions(concat_ws(' ', ecosystem._mart_metric_words(d), CASE WHEN changed.came_or_went THEN d->>'needs' END), changed.input));
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT d->>'metric' FROM unnest(definitions) d WHERE d->>'metric' = ANY (touched) OR d->>'over' = ANY (touched) ORDER BY 1);
END $$;
COMMENT ON FUNCTION _mart_metric_touched(name, jsonb) IS 'the metrics that may have other numbers after what a refresh has changed so far; NULL: that cannot be told';

CREATE FUNCTION _mart_metric_text_of(mart name, metrics text[]) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definitions constant jsonb[] := ARRAY(SELECT d FROM ecosystem._mart_metric_definitions(mart, NULL::text[]) d);
BEGIN
	RETURN format(E'SELECT * FROM (%s\n) AS touched WHERE metric = ANY (%L::text[])', ecosystem._mart_metric_text(mart, ARRAY(SELECT d FROM unnest(definitions) WITH ORDINALITY AS u(d, n)
		WHERE d->>'metric' = ANY (metrics)
		OR    d->>'metric' IN (SELECT o->>'over' FROM unnest(definitions) o WHERE o->>'metric' = ANY (metrics)) ORDER BY n)), metrics);
END $$;
COMMENT ON FUNCTION _mart_metric_text_of(name, text[]) IS 'the text that makes the numbers of these metrics, of each all';

-- ---------------------------------------------------------------------------
-- A new version
-- ---------------------------------------------------------------------------

-- An upgrade brings new definitions, and replaces those that nobody has changed.
CREATE FUNCTION _mart_metric_upgrade(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant ecosystem.mart_relation := (SELECT m FROM ecosystem.mart_relation m WHERE m.name = 'metric_definition');
	names constant text := (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM ecosystem._mart_column(r.columns) c);
	is_on jsonb;
BEGIN
	EXECUTE format('WITH gone AS (DELETE FROM %I.metric_definition d
			WHERE d.version = (SELECT md5((jsonb_populate_record(NULL::ecosystem.mart_metric, to_jsonb(d)))::text)) RETURNING d.metric, d.fact, d.is_on)
		SELECT jsonb_agg(to_jsonb(g)) FROM gone g WHERE g.is_on IS NOT NULL', mart) INTO is_on;
	PERFORM ecosystem._mart_run(mart, format('INSERT INTO %I.metric_definition (%s) %s ON CONFLICT (metric, fact) DO NOTHING', mart, names, r.query));
	EXECUTE format('UPDATE %I.metric_definition d SET is_on = s.is_on FROM jsonb_to_recordset($1) AS s(metric text, fact text, is_on boolean) WHERE (d.metric, d.fact) = (s.metric, s.fact)', mart) USING is_on;
END $$;
COMMENT ON FUNCTION _mart_metric_upgrade(name) IS 'gives a mart the definitions of this version; those that people changed or added stay';
