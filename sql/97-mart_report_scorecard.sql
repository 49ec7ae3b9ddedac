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
				FROM %1$I.partner_scorecard p)))$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_scorecard_query(name) IS 'the query for the metrics that have a target, and for the scorecards of the partners';

CREATE FUNCTION _mart_page_measure(value numeric, unit text, digits integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN value IS NULL THEN '&#8212;'
		WHEN unit = 'share' THEN ecosystem._mart_page_share(value, 1)
		WHEN unit IN ('money', 'amount') THEN ecosystem._mart_page_amount(value)
		WHEN unit = 'ratio' THEN ecosystem._mart_page_number(value, 2)
		ELSE ecosystem._mart_page_number(value, CASE WHEN value = trunc(value) THEN 0 WHEN abs(value) < 10 THEN 2 ELSE 1 END)
			|| CASE WHEN coalesce(unit, 'count') = 'count' THEN '' ELSE ' ' || ecosystem._mart_page_text(unit, 40) END END;
END $$;
COMMENT ON FUNCTION _mart_page_measure(numeric, text, integer) IS 'a number with its unit';

CREATE FUNCTION _mart_page_scorecard(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	metrics constant jsonb := ecosystem._mart_page_rows(data->'metrics');
	partners constant jsonb := ecosystem._mart_page_rows(data->'partners');
	n_judged constant integer := (SELECT count(*) FROM jsonb_array_elements(metrics) m WHERE m->>'met' IS NOT NULL);
	n_met constant integer := (SELECT count(*) FROM jsonb_array_elements(metrics) m WHERE (m->>'met')::boolean);
	has_value constant boolean := EXISTS (SELECT FROM jsonb_array_elements(metrics) m WHERE m->>'value' IS NOT NULL);
	result text := '';
BEGIN
	IF has_value THEN
		result := ecosystem._mart_page_table('Numbers of the program that have a target, as of now; those below it come first'::text,
			'[{"key": "name", "title": "Number", "kind": "text"}, {"key": "said", "title": "Value", "kind": "html"}, {"key": "goal", "title": "Target", "kind": "html"}, {"key": "judged", "title": "Verdict", "kind": "html"}]'::jsonb,
			(SELECT jsonb_agg(jsonb_build_object('name', m->>'name',
				'said', ecosystem._mart_page_measure((m->>'value')::numeric, m->>'unit', 1)
					|| CASE WHEN m->>'low' IS NOT NULL AND m->>'high' IS NOT NULL THEN format(' <span class="dim">(%s to %s)</span>', ecosystem._mart_page_measure((m->>'low')::numeric, m->>'unit', 1), ecosystem._mart_page_measure((m->>'high')::numeric, m->>'unit', 1)) ELSE '' END,
				'goal', ecosystem._mart_page_text(m->>'target', 80),
				'judged', CASE m->>'met' WHEN 'true' THEN '<span class="good">met</span>' WHEN 'false' THEN '<span class="warn">not met</span>' ELSE '' END
					|| CASE WHEN m->>'verdict' <> '' THEN CASE WHEN m->>'met' IS NULL THEN '' ELSE ': ' END || ecosystem._mart_page_text(m->>'verdict', 80) ELSE '' END) ORDER BY n)
			 FROM jsonb_array_elements(metrics) WITH ORDINALITY AS t(m, n) WHERE m->>'value' IS NOT NULL), 0);
	ELSE
		result := ecosystem._mart_page_missing(mart, 'deal'::text, basis);
	END IF;
	IF EXISTS (SELECT FROM jsonb_array_elements(metrics) m WHERE m->>'value' IS NULL) THEN
		result := result || ecosystem._mart_page_details('Numbers with a target that cannot be said, and what they lack'::text, ecosystem._mart_page_table('An input that is missing is bound with <code>bind_table</code>'::text,
			'[{"key": "name", "title": "Number", "kind": "text"}, {"key": "target", "title": "Target", "kind": "text"}, {"key": "wanted", "title": "Lacks", "kind": "text"}]'::jsonb,
			(SELECT jsonb_agg(m ORDER BY n) FROM jsonb_array_elements(metrics) WITH ORDINALITY AS t(m, n) WHERE m->>'value' IS NULL), 0));
	END IF;
	result := result || '<h3>Partners</h3>';
	IF partners = '[]' THEN
		result := result || ecosystem._mart_page_missing(mart, 'partner'::text, basis);
	ELSE
		result := result || ecosystem._mart_page_table(format('Partners by what they are credited in the last year, in %s, and the most valuable thing to do next with each', basis->>'currency'),
			'[{"key": "said", "title": "Partner", "kind": "html"}, {"key": "tier", "title": "Tier", "kind": "text"}, {"key": "credited_year", "title": "Credited", "kind": "amount"}, {"key": "activity", "title": "Activity", "kind": "text"}]'::jsonb,
			(SELECT jsonb_agg(p || jsonb_build_object('said', format('%s%s', ecosystem._mart_page_text(p->>'partner', 80), CASE WHEN p->>'next_step' <> '' THEN format('<small>%s</small>', ecosystem._mart_page_text(p->>'next_step', 200)) ELSE '' END)) ORDER BY n)
			 FROM jsonb_array_elements(ecosystem._mart_page_first(partners, 10, 'partner'::text, 'partner'::text, 'partners'::text, '{credited_year}'::text[])) WITH ORDINALITY AS t(p, n)), 0)
			|| ecosystem._mart_page_details('More of the partners'::text, ecosystem._mart_page_table('Working set, win rate and overlap by partner'::text,
			'[{"key": "partner", "title": "Partner", "kind": "text"}, {"key": "joint_accounts", "title": "Accounts in joint work this quarter", "kind": "count"}, {"key": "working_set", "title": "Judged", "kind": "text"}, {"key": "win_rate", "title": "Win rate", "kind": "share"}, {"key": "overlap_accounts", "title": "Accounts known", "kind": "count"}, {"key": "next_step_for", "title": "Next step for", "kind": "text"}]'::jsonb,
			ecosystem._mart_page_first(partners, 20, 'partner'::text, 'partner'::text, 'partners'::text, '{}'::text[]), 0));
	END IF;
	RETURN ecosystem._mart_page_section('scorecard'::text, 'Scorecard'::text,
		CASE WHEN n_judged > 0 THEN format('%s of %s met', n_met, ecosystem._mart_page_count(n_judged, 'target is'::text, 'targets are'::text)) ELSE 'No number can be judged yet' END,
		'<p>Each number against the target that the field sets for it, or that you have set. What the targets are from stands in the last block.</p>'::text, ecosystem._mart_page_terms(ARRAY[
			'Tier', 'by the place among partners in what they are credited in the last year.',
			'Working set', 'accounts at which a partner did something with us in this fiscal quarter.',
			'In brackets', 'the interval that holds the true value in 95 of 100 cases.']::text[]), result);
END $$;
COMMENT ON FUNCTION _mart_page_scorecard(name, jsonb, jsonb) IS 'the block about targets and verdicts';
