-- mart diff: why a number of a closed quarter is another one today, or in a later
-- freeze, thing by thing

-- The definitions of a number, as they were or are, without what a refresh writes.
CREATE FUNCTION _mart_diff_definition(mart name, metric text, label text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	definition jsonb;
BEGIN
	EXECUTE format('SELECT jsonb_agg(d - ARRAY[''is_on'', ''fault'', ''version''] ORDER BY d->>''fact'') FROM (%s) q(d) WHERE d->>''metric'' = $1', CASE
		WHEN label IS NULL THEN format('SELECT to_jsonb(m) FROM %I.metric_definition m', mart)
		ELSE format('SELECT s.contents::jsonb FROM %I.frozen_setting s WHERE s.label = $2 AND s.relation = ''metric_definition''', mart) END) INTO definition USING metric, label;
	RETURN definition;
END $$;
COMMENT ON FUNCTION _mart_diff_definition(name, text, text) IS 'the definition of a number in a freeze, or today (NULL)';

-- What is in the numerator of a share is in its denominator, too.
CREATE FUNCTION _mart_diff_rows(mart name, metric text, label text, period date, definition jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows constant text := CASE WHEN label IS NULL THEN ecosystem._mart_freeze_rows(mart, ARRAY[metric], period)
		ELSE format('SELECT r.part, r.entity, r.id, r.name, r.amount, r.reason FROM %1$I.frozen_set s JOIN %1$I.frozen_row r USING (label, set_id) WHERE s.label = %2$L AND s.metric = %3$L', mart, label, metric) END;
BEGIN
	RETURN format('SELECT p.part, r.entity, r.id, min(r.name) AS name, sum(r.amount) AS amount, string_agg(DISTINCT r.reason, ''; '') AS reason
		FROM (%s) r, LATERAL (VALUES (r.part, r.part <> ''denominator only''), (''denominator'', r.part = ''denominator only'' OR r.part = ''numerator'' AND %L)) AS p(part, is_in) WHERE p.is_in
		GROUP BY p.part, r.entity, r.id', rows, EXISTS (SELECT FROM jsonb_array_elements(definition) d WHERE d->>'kind' = 'share' AND d->>'over' IS NULL));
END $$;
COMMENT ON FUNCTION _mart_diff_rows(name, text, text, date, jsonb) IS 'the query for what things add to a number in a freeze, or today (NULL)';

CREATE FUNCTION _mart_diff_freeze(mart name, label text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(f) FROM %I.frozen_period f WHERE f.label = $1', mart) INTO f USING label;
	IF f IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('mart "%s" has no freeze %s', mart, coalesce('"' || label || '"', 'NULL')),
			HINT = format('SELECT label, period, frozen_at FROM %I.frozen_period lists them.', mart);
	END IF;
	RETURN f;
END $$;
COMMENT ON FUNCTION _mart_diff_freeze(name, text) IS 'what a freeze rests on';

-- Of a deal, what differs between two states of it.
CREATE FUNCTION _mart_diff_words(old jsonb, new jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- what follows from the outcome is not said
	RETURN (SELECT string_agg(format('%s was %s, is %s', replace(c.name, '_', ' '), coalesce(nullif(old->>c.name, ''), 'none'), coalesce(nullif(new->>c.name, ''), 'none')), '; ' ORDER BY c.place)
		FROM   unnest(CASE WHEN coalesce(old->>'outcome', '') <> coalesce(new->>'outcome', '') THEN '{outcome,closed_on,amount}'
			ELSE '{closed_on,amount,arr,gross_margin,type,segment,region,program,on_partner_paper,involvement,origin,led_axes,missing_axes,co_sell,is_solo,partner_names,sourcing_partner,credit_model,credited_amount}' END::text[])
		       WITH ORDINALITY AS c(name, place)
		WHERE  coalesce(old->>c.name, '') <> coalesce(new->>c.name, ''));
END $$;
COMMENT ON FUNCTION _mart_diff_words(jsonb, jsonb) IS 'how two states of a deal differ, in words';

CREATE FUNCTION _mart_diff_differ(old jsonb, new jsonb, columns text[]) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM unnest(columns) c WHERE coalesce(old->>c, '') <> coalesce(new->>c, ''));
END $$;
COMMENT ON FUNCTION _mart_diff_differ(jsonb, jsonb, text[]) IS 'whether two states of a deal differ in some columns';

-- Why a thing adds something else.  A deal that is where it was, in outcome and
-- quarter, has not come or gone: it is counted otherwise.
CREATE FUNCTION _mart_diff_change(was boolean, is_there boolean, old jsonb, new jsonb, stays boolean, other_rule boolean, other_definition boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain constant text := CASE WHEN was AND is_there THEN 'amount changed' WHEN was THEN 'left' ELSE 'entered' END;
BEGIN
	IF old IS NULL OR new IS NULL OR NOT stays AND NOT (was AND is_there) THEN
		RETURN CASE WHEN other_definition AND old IS NULL = (new IS NULL) AND stays IS NOT FALSE THEN 'rule changed' ELSE plain END;
	ELSIF was AND is_there AND ecosystem._mart_diff_differ(old, new, '{amount,arr,gross_margin}') THEN
		RETURN plain;
	ELSIF ecosystem._mart_diff_differ(old, new, '{involvement,origin,led_axes}') THEN
		RETURN CASE WHEN other_rule THEN 'rule changed' ELSE 'class changed' END;
	ELSIF ecosystem._mart_diff_differ(old, new, '{type,segment,region,program,on_partner_paper,co_sell,is_solo}') AND NOT (was AND is_there) THEN
		RETURN 'class changed';
	ELSIF ecosystem._mart_diff_differ(old, new, '{credit_model}') THEN
		RETURN 'rule changed';
	ELSIF ecosystem._mart_diff_differ(old, new, '{credited_amount}') THEN
		RETURN 'credited differently';
	END IF;
	RETURN CASE WHEN other_definition THEN 'rule changed' ELSE plain END;
END $$;
COMMENT ON FUNCTION _mart_diff_change(boolean, boolean, jsonb, jsonb, boolean, boolean, boolean) IS 'the word for what became of a thing behind a number';

CREATE FUNCTION _mart_diff(mart name, metric text, a text, b text) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET jit = off AS $$
DECLARE
	before constant jsonb := ecosystem._mart_diff_freeze(mart, a);
	after jsonb;
	old_definition constant jsonb := ecosystem._mart_diff_definition(mart, metric, a);
	new_definition constant jsonb := ecosystem._mart_diff_definition(mart, metric, b);
	other_rule boolean;
	old_rows text;
	new_rows text;
	rows jsonb;
BEGIN
	IF b IS NOT NULL THEN
		after := ecosystem._mart_diff_freeze(mart, b);
	ELSE
		EXECUTE format('SELECT jsonb_build_object(''led_rule'', led_rule, ''period_starts'', $1, ''period_ends'', $2) FROM %I.setting', mart) INTO after USING before->>'period_starts', before->>'period_ends';
	END IF;
	IF old_definition IS NULL AND new_definition IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('mart "%s" has no metric "%s"', mart, metric),
			HINT = format('SELECT DISTINCT metric FROM %I.frozen_metric WHERE label = %L lists those that are frozen.', mart, a);
	END IF;
	other_rule := before->>'led_rule' IS DISTINCT FROM after->>'led_rule';
	old_rows := ecosystem._mart_diff_rows(mart, metric, a, NULL::date, old_definition);
	new_rows := ecosystem._mart_diff_rows(mart, metric, b, (after->>'period_starts')::date, new_definition);
	PERFORM set_config('search_path', ecosystem._mart_search_path(mart), true);
	EXECUTE format($q$
		WITH old_row AS MATERIALIZED (%1$s), new_row AS MATERIALIZED (%2$s), differing AS (
			SELECT part, entity, id, coalesce(n.name, o.name) AS name, o.amount AS before, n.amount AS after, o.part IS NOT NULL AS was, n.part IS NOT NULL AS is_there, o.reason AS old_reason, n.reason AS new_reason
			FROM   old_row o FULL JOIN new_row n USING (part, entity, id)
			WHERE  o.part IS NULL OR n.part IS NULL OR o.amount IS DISTINCT FROM n.amount
		), state AS (
			SELECT d.*, to_jsonb(x) - 'label' AS old, to_jsonb(y) - 'label' AS new,
			       x.outcome IS NOT DISTINCT FROM y.outcome AND coalesce(x.closed_on BETWEEN %5$L AND %6$L, false) = coalesce(y.closed_on BETWEEN %7$L AND %8$L, false) AS stays
			FROM   differing d
			       LEFT JOIN %3$s x ON d.entity = 'deal' AND x.deal_id = d.id
			       LEFT JOIN %4$s y ON d.entity = 'deal' AND y.deal_id = d.id
		)
		SELECT jsonb_agg(jsonb_build_object('entity', entity, 'id', id, 'label', name, 'part', part, 'before', before, 'after', after,
			'change', ecosystem._mart_diff_change(was, is_there, old, new, stays, %9$L, %10$L),
			'why', coalesce(nullif(concat_ws('; ', CASE WHEN %9$L AND old IS NOT NULL AND new IS NOT NULL AND ecosystem._mart_diff_differ(old, new, '{involvement,origin,led_axes}') THEN %11$L END,
				CASE WHEN %10$L AND ecosystem._mart_diff_change(was, is_there, old, new, stays, %9$L, true) = 'rule changed' THEN 'the number was defined otherwise' END,
				CASE WHEN old IS NOT NULL AND new IS NOT NULL THEN ecosystem._mart_diff_words(old, new)
					WHEN entity <> 'deal' AND old_reason <> new_reason THEN format('%%s; before: %%s', new_reason, old_reason)
					WHEN entity = 'deal' AND old IS NULL THEN concat_ws('; ', 'it was not of the quarter', 'closed on ' || (new->>'closed_on'))
					WHEN entity = 'deal' THEN 'it is gone' END), ''), new_reason, old_reason))
			ORDER BY part <> 'counted', part <> 'numerator', abs(coalesce(after, 0) - coalesce(before, 0)) DESC NULLS LAST, entity, id COLLATE "C")
		FROM   state$q$, old_rows, new_rows,
		format('(SELECT * FROM %I.frozen_deal WHERE label = %L)', mart, a),
		CASE WHEN b IS NULL THEN (SELECT format('(SELECT %s FROM %I.deal_fact)', string_agg(quote_ident(t.attname), ', '), mart) FROM pg_attribute t JOIN pg_attribute s USING (attname)
				WHERE t.attrelid = to_regclass(format('%I.frozen_deal', mart)) AND s.attrelid = to_regclass(format('%I.deal_fact', mart)) AND t.attnum > 0 AND s.attnum > 0)
			ELSE format('(SELECT * FROM %I.frozen_deal WHERE label = %L)', mart, b) END,
		before->>'period_starts', before->>'period_ends', after->>'period_starts', after->>'period_ends',
		other_rule, old_definition IS DISTINCT FROM new_definition, format('the rule was %s, is %s', before->>'led_rule', after->>'led_rule')) INTO rows;
	RETURN coalesce(rows, '[]');
END $$;
COMMENT ON FUNCTION _mart_diff(name, text, text, text) IS 'what metric_diff() returns, as an array of objects';

CREATE FUNCTION metric_diff(mart name, metric text, a text, b text DEFAULT NULL)
	RETURNS TABLE (entity text, id text, label text, change text, before numeric, after numeric, why text, part text)
	LANGUAGE plpgsql VOLATILE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	IF b IS NULL THEN
		-- what runs now is a text, and may be somebody's own
		PERFORM ecosystem._mart_metric_scope(mart, metric, 'network'::text, ''::text);
	END IF;
	RETURN QUERY
	SELECT d.entity, d.id, d.label, d.change,
		-- money has its two digits, what is counted has none
		round(d.before, CASE WHEN scale(trim_scale(d.before)) = 1 THEN 2 ELSE scale(trim_scale(d.before)) END), round(d.after, CASE WHEN scale(trim_scale(d.after)) = 1 THEN 2 ELSE scale(trim_scale(d.after)) END), d.why, d.part
	FROM   jsonb_to_recordset(ecosystem._mart_read(mart, format('SELECT ecosystem._mart_diff(%L::name, %L::text, %L::text, %L::text) AS rows', mart, metric, a, b))->0->'rows')
	       AS d(entity text, id text, label text, change text, before numeric, after numeric, why text, part text);
END $$;
COMMENT ON FUNCTION metric_diff(name, text, text, text) IS
	'what differs behind a number of the network between a freeze and another one, or today (NULL): what entered, left, or adds something else, and why; by part, the differences add up to the number''s';
