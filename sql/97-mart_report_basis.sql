-- mart report basis: the last block, what the page rests on; and what all blocks
-- say of rules.  Pure SQL.

CREATE FUNCTION _mart_page_basis_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(SELECT jsonb_build_object(
			'setting', (SELECT to_jsonb(s) FROM %1$I.setting s LIMIT 1),
			'day', (SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) FROM %1$I.setting LIMIT 1),
			'digits', (SELECT least(greatest(minor_digits, 0), 2) FROM %1$I.setting LIMIT 1),
			'led_rule', (SELECT CASE WHEN ecosystem._mart_not_read(led_rule, 'led_rule'::text) IS NULL THEN led_rule::ecosystem.led_rule::text END FROM %1$I.setting LIMIT 1),
			'bound', (SELECT coalesce(jsonb_object_agg(relation, parts), '{}') FROM (
				SELECT relation, string_agg(part, ', ' ORDER BY part) AS parts FROM %1$I.relation_part GROUP BY relation
				UNION SELECT name, origin FROM %1$I.relation r WHERE kind = 'standard' AND query IS NOT NULL AND NOT EXISTS (SELECT FROM %1$I.relation_part p WHERE p.relation = r.name)) b),
			'refreshed_at', (SELECT to_char(max(started_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM %1$I.refresh_log WHERE relation = '(all)'),
			'stale', (SELECT jsonb_agg(jsonb_build_object('relation', relation, 'state', state, 'problem', problem) ORDER BY relation COLLATE "C") FROM %1$I.relation_state WHERE state NOT IN ('fresh')),
			'coverage', (SELECT jsonb_agg(to_jsonb(c) ORDER BY is_bound DESC, relation COLLATE "C") FROM %1$I.coverage c),
			'problems', (SELECT jsonb_agg(to_jsonb(p) ORDER BY array_position(ARRAY['error', 'warning', 'notice'], severity), rows DESC NULLS LAST, relation COLLATE "C", problem COLLATE "C") FROM %1$I.problem p),
			'targets', (SELECT jsonb_agg(jsonb_build_object('metric', t.metric, 'range', t.range::text, 'unit', t.unit, 'source', t.source, 'sentence', t.sentence, 'builtin', t.builtin) ORDER BY t.metric COLLATE "C", t.range)
			            FROM unnest(ARRAY['influenced_revenue_share', 'influenced_pipeline_share', 'led_revenue_share', 'co_sell_win_rate_ratio', 'co_sell_cycle_reduction', 'co_sell_amount_increase']) AS m(metric),
			                 ecosystem.targets_of(m.metric) t WHERE t.kind = 'target' OR t.metric = 'led_revenue_share')))$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_basis_query(name) IS 'the query for what the page rests on: settings, what is bound, problems, targets';

-- What a deal must show to count as led.
CREATE FUNCTION _mart_page_led_rule_words(rule text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	axes constant text[] := string_to_array(split_part(rule, ',', 1), '+');
	words text[];
BEGIN
	IF rule IS NULL THEN
		RETURN 'a rule that cannot be read: see setting.led_rule.';
	END IF;
	words := array_remove(ARRAY[
		CASE WHEN 'sourcing' = ANY (axes) THEN format('partners sourced it in the %s before it was opened', coalesce(substring(rule, 'sourced_within=([^,]*)'), '90 days')) END,
		CASE WHEN 'selection' = ANY (axes) THEN 'the account was chosen with them before that' END,
		CASE WHEN 'motion' = ANY (axes) THEN format('they were selling along within %s of the opening', coalesce(substring(rule, 'motion_within=([^,]*)'), '14 days')) END,
		CASE WHEN 'intent' = ANY (axes) THEN 'a plan to sell together was dated before it' END], NULL);
	RETURN array_to_string(words[: cardinality(words) - 1], '; ') || CASE WHEN cardinality(words) > 1 THEN '; and ' ELSE '' END || words[cardinality(words)] || '.';
END $$;
COMMENT ON FUNCTION _mart_page_led_rule_words(text) IS 'a led_rule in words';

-- [0.4,0.6] as "40 % to 60 %"
CREATE FUNCTION _mart_page_range(range text, unit text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	low constant numeric := lower(range::numrange);
	high constant numeric := upper(range::numrange);
	say_low constant text := CASE WHEN unit = 'share' THEN ecosystem._mart_page_number(100 * low, 0) || '&#160;%' ELSE trim_scale(low)::text END;
	say_high constant text := CASE WHEN unit = 'share' THEN ecosystem._mart_page_number(100 * high, 0) || '&#160;%' ELSE trim_scale(high)::text END;
BEGIN
	RETURN CASE WHEN range IS NULL THEN '&#8212;' WHEN low = high THEN say_low WHEN low IS NULL THEN CASE WHEN upper_inc(range::numrange) THEN 'at most ' ELSE 'below ' END || say_high
		WHEN high IS NULL THEN CASE WHEN lower_inc(range::numrange) THEN 'at least ' ELSE 'above ' END || say_low ELSE say_low || ' to ' || say_high END
		|| CASE WHEN range IS NULL OR unit IN ('share', 'ratio') THEN '' ELSE ' ' || ecosystem._mart_page_text(unit, 40) END;
END $$;
COMMENT ON FUNCTION _mart_page_range(text, text) IS 'a range of values in words, escaped';

CREATE FUNCTION _mart_page_basis(mart name, data jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	setting constant jsonb := data->'setting';
	digits constant integer := (data->>'digits')::integer;
	coverage constant jsonb := ecosystem._mart_page_rows(data->'coverage');
	problems constant jsonb := ecosystem._mart_page_rows(data->'problems');
	n_errors constant integer := (SELECT count(*) FROM jsonb_array_elements(problems) p WHERE p->>'severity' = 'error');
	n_warnings constant integer := (SELECT count(*) FROM jsonb_array_elements(problems) p WHERE p->>'severity' = 'warning');
	n_bound constant integer := (SELECT count(*) FROM jsonb_array_elements(coverage) c WHERE (c->>'is_bound')::boolean);
	result text;
BEGIN
	result := ecosystem._mart_page_table('How this mart counts'::text, '[{"key": "name", "title": "Setting", "kind": "text"}, {"key": "value", "title": "Value", "kind": "html"}]'::jsonb, jsonb_build_array(
		jsonb_build_object('name', 'Counted as of', 'value', ecosystem._mart_page_day((data->>'day')::date) || CASE WHEN setting->>'as_of' IS NULL THEN ', today in ' || ecosystem._mart_page_text(setting->>'time_zone', 60) ELSE ', as set' END),
		jsonb_build_object('name', 'Last refresh', 'value', CASE WHEN data->>'refreshed_at' IS NULL THEN 'none yet' ELSE ecosystem._mart_page_text(data->>'refreshed_at', 20) || ' UTC' END),
		jsonb_build_object('name', 'Currency', 'value', ecosystem._mart_page_text(setting->>'currency', 10)),
		jsonb_build_object('name', 'Fiscal year', 'value', format('begins in %s, days of %s', coalesce(to_char(make_date(2000, least(greatest((setting->>'fiscal_year_starts')::integer, 1), 12), 1), 'FMMonth'), '&#8212;'), ecosystem._mart_page_text(setting->>'time_zone', 60))),
		jsonb_build_object('name', 'Led', 'value', format('<code>%s</code>', ecosystem._mart_page_text(coalesce(data->>'led_rule', setting->>'led_rule'), 240))),
		jsonb_build_object('name', 'Credit where no other rule holds', 'value', format('<code>%s</code>', ecosystem._mart_page_text(setting->>'credit_model', 240)))), 0);
	IF data->'stale' <> 'null' THEN
		result := result || format('<h3>%s not up to date</h3>', ecosystem._mart_page_count(jsonb_array_length(data->'stale'), 'relation is'::text, 'relations are'::text))
			|| ecosystem._mart_page_table('What the last refresh could not make'::text, '[{"key": "relation", "title": "Relation", "kind": "text"}, {"key": "state", "title": "State", "kind": "text"}, {"key": "problem", "title": "Why", "kind": "words"}]'::jsonb,
				ecosystem._mart_page_first(data->'stale', 10, 'relation'::text, 'relation'::text, 'relations'::text, '{}'::text[]), 0);
	END IF;
	result := result || format('<h3>Data: %s of %s inputs are bound</h3>', n_bound, jsonb_array_length(coverage));
	IF coverage = '[]' THEN
		result := result || ecosystem._mart_page_missing(mart, 'deal'::text, data);
	ELSE
		result := result || ecosystem._mart_page_table('What fills this mart'::text, '[{"key": "relation", "title": "Input", "kind": "text"}, {"key": "parts", "title": "Filled from", "kind": "text"}, {"key": "rows", "title": "Rows", "kind": "count"}, {"key": "newest", "title": "Newest day", "kind": "day"}]'::jsonb,
				(SELECT jsonb_agg(c ORDER BY n) FROM jsonb_array_elements(coverage) WITH ORDINALITY AS t(c, n) WHERE (c->>'is_bound')::boolean), 0)
			|| ecosystem._mart_page_details('Inputs that nothing fills, and what they would bring'::text, ecosystem._mart_page_table('Inputs without a source; <code>bind_table</code> binds one'::text,
				'[{"key": "relation", "title": "Input", "kind": "text"}, {"key": "purpose", "title": "What it is", "kind": "words"}, {"key": "read_by", "title": "Read by", "kind": "words"}]'::jsonb,
				(SELECT jsonb_agg(c ORDER BY n) FROM jsonb_array_elements(coverage) WITH ORDINALITY AS t(c, n) WHERE NOT (c->>'is_bound')::boolean), 0));
	END IF;
	result := result || format('<h3>Problems: %s, %s, %s</h3>', ecosystem._mart_page_count(n_errors, 'error'::text, 'errors'::text), ecosystem._mart_page_count(n_warnings, 'warning'::text, 'warnings'::text),
		ecosystem._mart_page_count(jsonb_array_length(problems) - n_errors - n_warnings, 'notice'::text, 'notices'::text));
	IF problems <> '[]' THEN
		result := result || ecosystem._mart_page_details('What they are'::text, ecosystem._mart_page_table(format('What is wrong with the data, or was assumed; <code>SELECT * FROM ecosystem.check_mart(%s)</code> lists all', ecosystem._mart_page_text(quote_literal(mart), 80)),
			'[{"key": "problem", "title": "Problem", "kind": "words"}, {"key": "severity", "title": "How bad", "kind": "text"}, {"key": "relation", "title": "Relation", "kind": "text"}, {"key": "rows", "title": "Rows", "kind": "count"}]'::jsonb,
			ecosystem._mart_page_first(problems, 12, 'problem'::text, 'problem'::text, 'problems'::text, '{}'::text[]), 0));
	END IF;
	result := result || ecosystem._mart_page_details('Targets, and who sets them'::text, ecosystem._mart_page_table('The targets behind the verdicts; rows of your own in <code>ecosystem.target</code> replace them'::text,
		'[{"key": "metric", "title": "Metric", "kind": "text"}, {"key": "goal", "title": "Target", "kind": "html"}, {"key": "source", "title": "Who says so", "kind": "words"}, {"key": "sentence", "title": "In which words", "kind": "words"}]'::jsonb,
		(SELECT jsonb_agg(t || jsonb_build_object('goal', ecosystem._mart_page_range(t->>'range', t->>'unit')) ORDER BY n) FROM jsonb_array_elements(data->'targets') WITH ORDINALITY AS x(t, n)), 0));
	RETURN ecosystem._mart_page_section('basis'::text, 'What this rests on'::text,
		CASE WHEN data->>'refreshed_at' IS NULL THEN 'This mart has not been refreshed yet'
			WHEN n_errors + n_warnings > 0 THEN format('%s and %s in the data', ecosystem._mart_page_count(n_errors, 'error'::text, 'errors'::text), ecosystem._mart_page_count(n_warnings, 'warning'::text, 'warnings'::text))
			ELSE 'The data has no errors; these are its rules and sources' END,
		format('<p>Every number of this page is made from rows of the mart. <code>%s</code> shows the query behind a table.</p>', ecosystem._mart_page_text(format('SELECT ecosystem.relation_sql(%L, ''deal_fact'')', mart), 120)), NULL::text, result);
END $$;
COMMENT ON FUNCTION _mart_page_basis(name, jsonb) IS 'the block about what the page rests on';
