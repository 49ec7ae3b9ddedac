-- mart report scorecard: the seventh block, the program and its partners against
-- targets.  Pure SQL.

CREATE FUNCTION _mart_page_scorecard_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(WITH named AS (
			SELECT metric, min(title) AS title, min(chapter) AS chapter FROM %1$I.metric_definition GROUP BY metric
		)
		SELECT jsonb_build_object(
			'metrics', (SELECT jsonb_agg(jsonb_build_object('name', coalesce(n.title, m.metric), 'chapter', n.chapter, 'value', m.value, 'low', m.low, 'high', m.high, 'unit', m.unit, 'target', m.target, 'verdict', m.verdict, 'met', m.meets_target, 'wanted', m.wanted)
					ORDER BY m.meets_target NULLS LAST, n.chapter COLLATE "C", coalesce(n.title, m.metric) COLLATE "C", m.metric)
				FROM %1$I.metric m LEFT JOIN named n USING (metric) WHERE m.scope = 'network' AND m.period = 'now' AND (m.target IS NOT NULL OR m.verdict IS NOT NULL)),
			'partners', (SELECT jsonb_agg(jsonb_build_object('partner', p.partner, 'tier', p.credit_tier, 'credited_year', p.credited_year, 'activity', p.activity_verdict, 'joint_accounts', p.joint_accounts, 'working_set', p.joint_accounts_verdict,
					'win_rate', p.win_rate, 'overlap_accounts', p.overlap_accounts, 'next_step', p.next_step, 'next_step_for', p.next_step_for) ORDER BY p.credited_year DESC NULLS LAST, p.partner COLLATE "C", p.partner_id)
				FROM %1$I.partner_scorecard p),
			'zone', (SELECT jsonb_build_object('zone', max(current_zone), 'name', max(current_zone_name)) FROM %1$I.maturity),
			'next', (SELECT jsonb_agg(jsonb_build_object('title', m.title, 'value', m.value, 'target', m.target, 'wanted', m.wanted, 'advice', m.advice, 'is_met', m.is_met) ORDER BY m.is_met, m.title COLLATE "C", m.criterion)
				FROM %1$I.maturity m WHERE m.zone = (SELECT min(n.zone) FROM %1$I.maturity n WHERE n.is_next))))$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_scorecard_query(name) IS 'the query for the metrics that have a target, for the scorecards of the partners, and for what the next zone takes';

CREATE FUNCTION _mart_page_measure(value numeric, unit text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN value IS NULL THEN '&#8212;'
		WHEN unit = 'share' THEN ecosystem._mart_page_share(value, 1)
		WHEN unit = 'change' THEN CASE WHEN value > 0 THEN '+' ELSE '' END || ecosystem._mart_page_share(value, 1)
		WHEN unit = 'points' THEN ecosystem._mart_page_number(100 * value, 1) || ' points'
		WHEN unit IN ('money', 'amount') THEN ecosystem._mart_page_amount(value)
		WHEN unit = 'ratio' THEN ecosystem._mart_page_number(value, 2)
		ELSE ecosystem._mart_page_number(value, CASE WHEN value = trunc(value) THEN 0 WHEN abs(value) < 10 THEN 2 ELSE 1 END)
			|| CASE WHEN coalesce(unit, 'count') IN ('count', 'zone') THEN '' ELSE ' ' || ecosystem._mart_page_text(CASE WHEN value = 1 THEN regexp_replace(unit, '^([a-z]+)s$', '\1') ELSE unit END, 40) END END;
END $$;
COMMENT ON FUNCTION _mart_page_measure(numeric, text) IS 'a number with its unit';

-- "0.4 to 0.6" of shares as "40 % to 60 %", "5000000" as "5.0 M"
CREATE FUNCTION _mart_page_goal(target text, unit text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN coalesce(target, '') = '' THEN '&#8212;' ELSE
		(SELECT string_agg(CASE WHEN word !~ '^[0-9]{1,15}([.][0-9]{1,9})?,?$' THEN ecosystem._mart_page_text(word, 40)
				ELSE CASE WHEN unit IN ('share', 'change', 'points') THEN trim_scale(100 * rtrim(word, ',')::numeric) || CASE WHEN unit = 'points' THEN '' ELSE '&#160;%' END WHEN rtrim(word, ',')::numeric >= 10000 THEN ecosystem._mart_page_amount(rtrim(word, ',')::numeric) ELSE rtrim(word, ',') END
					|| CASE WHEN word LIKE '%,' THEN ',' ELSE '' END END, ' ' ORDER BY n)
			FROM regexp_split_to_table(left(target, 100), ' +') WITH ORDINALITY AS t(word, n))
		|| CASE WHEN unit IS NULL OR unit IN ('share', 'change', 'ratio', 'count', 'money', 'amount', 'zone') THEN '' ELSE coalesce(' ' || ecosystem._mart_page_text(unit, 40), '') END END;
END $$;
COMMENT ON FUNCTION _mart_page_goal(text, text) IS 'a target as the table metric words it, escaped, shares in per cent';

CREATE FUNCTION _mart_page_scorecard(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	metrics constant jsonb := ecosystem._mart_page_rows(data->'metrics');
	partners constant jsonb := ecosystem._mart_page_rows(data->'partners');
	n_judged constant integer := (SELECT count(*) FROM jsonb_array_elements(metrics) m WHERE m->>'met' IS NOT NULL);
	n_met constant integer := (SELECT count(*) FROM jsonb_array_elements(metrics) m WHERE (m->>'met')::boolean);
	has_value constant boolean := EXISTS (SELECT FROM jsonb_array_elements(metrics) m WHERE m->>'value' IS NOT NULL);
	columns constant jsonb := '[{"key": "name", "title": "Number", "kind": "text"}, {"key": "said", "title": "Value", "kind": "html"}, {"key": "goal", "title": "Target", "kind": "html"}, {"key": "judged", "title": "Verdict", "kind": "html"}]';
	valued jsonb;
	result text := '';
BEGIN
	-- What has a target is looked at first; what has a benchmark or a band alone, on a click.
	SELECT jsonb_agg(jsonb_build_object('has_target', m->>'met' IS NOT NULL, 'name', m->>'name',
			'said', ecosystem._mart_page_measure((m->>'value')::numeric, m->>'unit')
				|| CASE WHEN m->>'low' IS NOT NULL AND m->>'high' IS NOT NULL THEN format(' <span class="dim">(%s to %s)</span>', ecosystem._mart_page_measure((m->>'low')::numeric, m->>'unit'), ecosystem._mart_page_measure((m->>'high')::numeric, m->>'unit')) ELSE '' END,
			'goal', ecosystem._mart_page_goal(m->>'target', m->>'unit'),
			'judged', CASE m->>'met' WHEN 'true' THEN '<span class="good">met</span>' WHEN 'false' THEN '<span class="warn">not met</span>' ELSE '' END
				|| CASE WHEN m->>'verdict' <> '' THEN CASE WHEN m->>'met' IS NULL THEN '' ELSE ': ' END || ecosystem._mart_page_text(m->>'verdict', 80) ELSE '' END) ORDER BY n)
	INTO   valued FROM jsonb_array_elements(metrics) WITH ORDINALITY AS t(m, n) WHERE m->>'value' IS NOT NULL;
	IF has_value THEN
		IF n_judged > 0 THEN
			result := ecosystem._mart_page_table('Numbers of the program that have a target, of all deals up to now; those that miss it come first'::text, columns,
				ecosystem._mart_page_first((SELECT jsonb_agg(m ORDER BY n) FROM jsonb_array_elements(valued) WITH ORDINALITY AS t(m, n) WHERE (m->>'has_target')::boolean),
					2 * (basis->>'rows')::integer, 'name'::text, 'number'::text, 'numbers'::text, '{}'::text[]), 0);
		END IF;
		IF n_judged < jsonb_array_length(valued) THEN
			result := result || ecosystem._mart_page_details('Numbers that have no target, and are compared with what others report'::text, ecosystem._mart_page_table('Numbers with a benchmark or a band'::text, columns,
				ecosystem._mart_page_first((SELECT jsonb_agg(m ORDER BY n) FROM jsonb_array_elements(valued) WITH ORDINALITY AS t(m, n) WHERE NOT (m->>'has_target')::boolean),
					(basis->>'rows')::integer, 'name'::text, 'number'::text, 'numbers'::text, '{}'::text[]), 0));
		END IF;
	ELSE
		result := ecosystem._mart_page_missing(mart, 'deal'::text, basis);
	END IF;
	IF EXISTS (SELECT FROM jsonb_array_elements(metrics) m WHERE m->>'value' IS NULL) THEN
		result := result || ecosystem._mart_page_details('Numbers with a target that cannot be said, and what they lack'::text, ecosystem._mart_page_table('Why; an input that is missing is bound with <code>bind_table</code>'::text,
			'[{"key": "name", "title": "Number", "kind": "text"}, {"key": "goal", "title": "Target", "kind": "html"}, {"key": "wanted", "title": "Lacks", "kind": "text"}]'::jsonb,
			(SELECT jsonb_agg(m || jsonb_build_object('goal', ecosystem._mart_page_goal(m->>'target', m->>'unit')) ORDER BY n) FROM jsonb_array_elements(ecosystem._mart_page_first((SELECT jsonb_agg(m ORDER BY n) FROM jsonb_array_elements(metrics) WITH ORDINALITY AS t(m, n) WHERE m->>'value' IS NULL),
				(basis->>'rows')::integer, 'name'::text, 'number'::text, 'numbers'::text, '{}'::text[])) WITH ORDINALITY AS t(m, n)), 0));
	END IF;
	IF ecosystem._mart_page_rows(data->'next') <> '[]' THEN
		result := result || format('<h3>Zone %s, %s: what the next one takes</h3>', ecosystem._mart_page_text(data->'zone'->>'zone', 10), ecosystem._mart_page_text(data->'zone'->>'name', 40))
			|| ecosystem._mart_page_table('A zone, of four, is how far the program has come; it is reached with all that it takes'::text,
			'[{"key": "said", "title": "It takes", "kind": "html"}, {"key": "value", "title": "We have", "kind": "html"}, {"key": "target", "title": "Asked", "kind": "html"}, {"key": "met", "title": "Met", "kind": "html"}]'::jsonb,
			(SELECT jsonb_agg(m || jsonb_build_object('said', format('%s%s', ecosystem._mart_page_text(m->>'title', 80), CASE WHEN NOT (m->>'is_met')::boolean AND m->>'advice' <> '' THEN format('<small>%s</small>', ecosystem._mart_page_text(m->>'advice', 160)) ELSE '' END),
				'value', CASE WHEN m->>'value' IS NULL THEN ecosystem._mart_page_text(m->>'wanted', 60) WHEN abs((m->>'value')::numeric) >= 10000 THEN ecosystem._mart_page_amount((m->>'value')::numeric) ELSE ecosystem._mart_page_measure((m->>'value')::numeric, NULL::text) END,
				'target', ecosystem._mart_page_goal(m->>'target', NULL::text),
				'met', CASE WHEN (m->>'is_met')::boolean THEN '<span class="good">yes</span>' ELSE '<span class="warn">no</span>' END) ORDER BY n) FROM jsonb_array_elements(data->'next') WITH ORDINALITY AS t(m, n)), 0);
	END IF;
	result := result || '<h3>Partners</h3>';
	IF partners = '[]' THEN
		result := result || ecosystem._mart_page_missing(mart, 'partner'::text, basis);
	ELSE
		result := result || format('<p>By what they are credited in the last year, in %s, each with the most valuable thing to do next.</p>', basis->>'currency')
			|| '<ol class="list">' || (SELECT string_agg(CASE WHEN p ? '_rest' THEN format('<li><span class="place"></span><span class="dim">%s</span><span class="sum">%s</span></li>', ecosystem._mart_page_text(p->>'partner', 80), ecosystem._mart_page_amount((p->>'credited_year')::numeric))
					ELSE format('<li><span class="place">%s</span><b>%s</b><span class="sum">%s</span><p><b>%s</b>. %s%s</p></li>', n, ecosystem._mart_page_text(p->>'partner', 80), ecosystem._mart_page_amount((p->>'credited_year')::numeric),
						concat_ws(', ', ecosystem._mart_page_text(coalesce(p->>'tier', 'no tier yet'), 40), ecosystem._mart_page_text(p->>'activity', 40)), ecosystem._mart_page_text(p->>'next_step', 200),
						CASE WHEN p->>'next_step_for' <> '' THEN format(' For %s.', ecosystem._mart_page_text(p->>'next_step_for', 60)) ELSE '' END) END, E'\n' ORDER BY n)
				FROM jsonb_array_elements(ecosystem._mart_page_first(partners, least(8, (basis->>'rows')::integer), 'partner'::text, 'partner'::text, 'partners'::text, '{credited_year}'::text[])) WITH ORDINALITY AS t(p, n)) || E'</ol>\n'
			|| ecosystem._mart_page_details('The numbers of the partners'::text, ecosystem._mart_page_table(format('Partners by what they are credited in the last year, in %s', basis->>'currency'),
			'[{"key": "partner", "title": "Partner", "kind": "text"}, {"key": "tier", "title": "Tier", "kind": "text"}, {"key": "credited_year", "title": "Credited", "kind": "money"}, {"key": "activity", "title": "Activity", "kind": "text"}, {"key": "joint_accounts", "title": "Accounts in joint work this quarter", "kind": "count"}, {"key": "working_set", "title": "Judged", "kind": "text"}, {"key": "win_rate", "title": "Win rate", "kind": "share"}, {"key": "overlap_accounts", "title": "Accounts known", "kind": "count"}]'::jsonb,
			ecosystem._mart_page_first(partners, (basis->>'rows')::integer, 'partner'::text, 'partner'::text, 'partners'::text, '{credited_year}'::text[]) || jsonb_build_array(jsonb_build_object('partner', 'All', 'credited_year', (SELECT sum((p->>'credited_year')::numeric) FROM jsonb_array_elements(partners) p), '_total', true)),
			(basis->>'digits')::integer));
	END IF;
	RETURN ecosystem._mart_page_section('scorecard'::text, 'Scorecard'::text,
		CASE WHEN n_judged > 0 THEN format('%s of %s met', n_met, ecosystem._mart_page_count(n_judged, 'target is'::text, 'targets are'::text)) ELSE 'No number can be judged yet' END,
		'<p>Each number against the target that the field sets for it, or that you have set; the last block says where the targets are from. Here a number is of all deals that the mart knows, not of the eight quarters alone, so that shares differ from those above.</p>'::text, ecosystem._mart_page_terms(ARRAY[
			'Tier', 'by the place among partners in what they are credited in the last year.',
			'Working set', 'accounts at which a partner did something with us in this fiscal quarter.',
			'In brackets', 'the interval that holds the true value in 95 of 100 cases.']::text[]), result);
END $$;
COMMENT ON FUNCTION _mart_page_scorecard(name, jsonb, jsonb) IS 'the block about targets and verdicts';
