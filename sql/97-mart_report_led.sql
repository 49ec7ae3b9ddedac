-- mart report led: the first block, how much partners touch, how much they lead,
-- and the gap between.  Pure SQL.

-- The days that the page speaks of, as CTEs of its queries.
CREATE FUNCTION _mart_page_quarters(mart name, period date) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$
		today AS (
			SELECT s.*, coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM %1$I.setting s LIMIT 1
		), quarter AS (
			SELECT n, p.starts, (p.starts + interval '3 months')::date AS ends,
			       ecosystem._fiscal_quarter(p.starts, fiscal_year_starts) AS label,
			       p.starts + interval '3 months' > day + 1 AS is_running
			FROM   today, generate_series(-7, 0) AS n, LATERAL (SELECT make_interval(months => fiscal_year_starts - 1) AS later) f,
			       LATERAL (SELECT (date_trunc('quarter', coalesce(%2$L::date, day) - f.later) + f.later + n * interval '3 months')::date AS starts) p
		)$q$, mart, period);
END $$;
COMMENT ON FUNCTION _mart_page_quarters(name, date) IS
	'CTEs today (the settings with the as-of day) and quarter (the eight fiscal quarters up to the one of a day, or of the as-of day)';

CREATE FUNCTION _mart_page_led_query(mart name, period date) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(WITH %2$s, won AS (
			SELECT q.n, q.starts, q.ends, q.label, q.is_running, coalesce(p.won_deals, 0) AS won, coalesce(p.won_amount, 0) AS amount,
			       coalesce(p.touched_amount, 0) AS touched, coalesce(p.led_amount, 0) AS led
			FROM   quarter q LEFT JOIN %1$I.program_period p ON p.period_starts = q.starts
		), total AS (
			SELECT sum(won) AS won, sum(amount) AS amount, sum(touched) AS touched, sum(led) AS led,
			       ecosystem._mart_page_part(sum(led) FILTER (WHERE n > -4), sum(amount) FILTER (WHERE n > -4)) AS led_lately,
			       ecosystem._mart_page_part(sum(led) FILTER (WHERE n < -3), sum(amount) FILTER (WHERE n < -3)) AS led_before,
			       min(starts) AS starts, max(ends) - 1 AS ends, min(label) FILTER (WHERE n = -7) AS first_label, min(label) FILTER (WHERE n = 0) AS last_label
			FROM   won
		), open AS (
			SELECT count(*) AS deals, coalesce(sum(amount), 0) AS amount, coalesce(sum(amount) FILTER (WHERE is_touched), 0) AS touched, coalesce(sum(amount) FILTER (WHERE is_led), 0) AS led
			FROM   %1$I.deal_fact WHERE outcome = 'open'
		), path AS (
			SELECT missing_axis, sum(deals) AS deals, sum(open_deals) AS open_deals, sum(won_amount) AS won_amount, sum(open_amount) AS open_amount, min(next_step) AS next_step
			FROM   %1$I.led_path GROUP BY missing_axis
		)
		SELECT jsonb_build_object(
			'quarters', (SELECT jsonb_agg(to_jsonb(w) ORDER BY n) FROM won w),
			'total', (SELECT to_jsonb(t) FROM total t),
			'open', (SELECT to_jsonb(o) FROM open o),
			'paths', (SELECT jsonb_agg(to_jsonb(p) ORDER BY missing_axis = 'several', won_amount DESC, deals DESC, missing_axis) FROM path p),
			'verdict', (SELECT CASE WHEN led >= 0 AND led <= amount AND amount > 0 THEN ecosystem.verdict('led_revenue_share'::text, (led / amount)::numeric) END FROM total),
			'said', (SELECT jsonb_build_object('sentence', b.sentence, 'source', b.source) FROM total, ecosystem.targets_of('led_revenue_share'::text) b
			         WHERE b.kind = 'band' AND b.sentence IS NOT NULL AND amount > 0 AND b.range @> (led / amount)::numeric ORDER BY b.source LIMIT 1),
			'touched_meets', (SELECT CASE WHEN touched >= 0 AND touched <= amount AND amount > 0 THEN ecosystem.meets_target('influenced_revenue_share'::text, (touched / amount)::numeric) END FROM total),
			'touched_target', (SELECT min(t.range::text) FROM ecosystem.targets_of('influenced_revenue_share'::text) t WHERE t.kind = 'target')))$q$,
		mart, ecosystem._mart_page_quarters(mart, period));
END $$;
COMMENT ON FUNCTION _mart_page_led_query(name, date) IS 'the query for what was won, touched and led in eight quarters, and what keeps deals from being led';

-- A share of an amount; none where there is no amount to share, or where credit
-- notes leave less of it than of the part.
CREATE FUNCTION _mart_page_part(part numeric, whole numeric) RETURNS numeric
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN whole > 0 AND part BETWEEN 0 AND whole THEN part / whole END;
END $$;
COMMENT ON FUNCTION _mart_page_part(numeric, numeric) IS 'a part as a share of the whole; NULL where the whole is nothing, or the part is not within it';

CREATE FUNCTION _mart_page_led(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant jsonb := data->'total';
	touched constant numeric := ecosystem._mart_page_part((t->>'touched')::numeric, (t->>'amount')::numeric);
	led constant numeric := ecosystem._mart_page_part((t->>'led')::numeric, (t->>'amount')::numeric);
	digits constant integer := (basis->>'digits')::integer;
	has_odd_quarter constant boolean := EXISTS (SELECT FROM jsonb_array_elements(data->'quarters') q WHERE (q->>'won')::numeric > 0
		AND (ecosystem._mart_page_part((q->>'touched')::numeric, (q->>'amount')::numeric) IS NULL OR ecosystem._mart_page_part((q->>'led')::numeric, (q->>'amount')::numeric) IS NULL));
	terms text;
	drawing text;
BEGIN
	IF (t->>'won')::numeric > 0 AND (touched IS NULL OR led IS NULL) THEN
		RETURN ecosystem._mart_page_section('led'::text, 'Touched and led'::text, 'What partners touch and what they lead is no share of the money won'::text,
			format('<p>Amounts below zero, such as credit notes, leave less of the whole than of its parts: %s won, of it %s touched and %s led, after all is added up.</p>',
				ecosystem._mart_page_amount((t->>'amount')::numeric), ecosystem._mart_page_amount((t->>'touched')::numeric), ecosystem._mart_page_amount((t->>'led')::numeric)), NULL::text, '<p class="missing">The deals with such amounts are among the problems in the last block.</p>'::text);
	END IF;
	-- Without either nobody could have touched anything.
	IF touched IS NULL OR touched = 0 AND NOT basis->'bound' ?| '{touch,deal_partner}' THEN
		RETURN ecosystem._mart_page_section('led'::text, 'Touched and led'::text, 'What partners touch and what they lead cannot be said yet'::text,
			'<p>It takes deals that were won in these eight quarters, and what partners did on them, with dates.</p>'::text, NULL::text,
			ecosystem._mart_page_missing(mart, CASE WHEN basis->'bound' ? 'deal' AND NOT basis->'bound' ? 'touch' THEN 'touch' ELSE 'deal' END, basis));
	END IF;
	terms := ecosystem._mart_page_terms(ARRAY[
			'Touched', 'a partner did something on the deal, with a date before its close.',
			'Led', 'partners were in it by design, by the rule below.',
			'What the verdict on led means', format('%s (%s)', ecosystem._mart_page_text(data->'said'->>'sentence', 300), ecosystem._mart_page_text(data->'said'->>'source', 120)),
			'Open deals', CASE WHEN (data->'open'->>'amount')::numeric > 0 THEN format('of %s in %s, partners touch %s and lead %s so far.', ecosystem._mart_page_amount((data->'open'->>'amount')::numeric),
				ecosystem._mart_page_count((data->'open'->>'deals')::numeric, 'open deal'::text, 'open deals'::text),
				ecosystem._mart_page_share(ecosystem._mart_page_part((data->'open'->>'touched')::numeric, (data->'open'->>'amount')::numeric), 1),
				ecosystem._mart_page_share(ecosystem._mart_page_part((data->'open'->>'led')::numeric, (data->'open'->>'amount')::numeric), 1)) END]::text[]);
	SELECT ecosystem._mart_page_legend('[{"class": "led", "label": "led"}, {"class": "gap-part", "label": "touched, not led: the gap, in points"}, {"class": "none", "label": "no partner did anything before the close"}]'::jsonb)
		|| ecosystem._mart_page_columns('led-drawing'::text, format('Money won in each of eight fiscal quarters: led %s, touched and not led %s, of all eight together', ecosystem._mart_page_share(led, 1), ecosystem._mart_page_share(touched - led, 1)),
			jsonb_agg(jsonb_build_object('label', split_part(q->>'label', ' ', 2), 'sublabel', CASE WHEN (q->>'is_running')::boolean THEN 'so far' ELSE regexp_replace(split_part(q->>'label', ' ', 1), '^FY..(?=..$)', 'FY') END,
				'title', format('%s: %s won, led %s, touched %s, gap %s points', q->>'label', ecosystem._mart_page_amount((q->>'amount')::numeric), ecosystem._mart_page_share(l, 1), ecosystem._mart_page_share(h, 1), ecosystem._mart_page_number(100 * (h - l), 1)),
				'parts', CASE WHEN h IS NOT NULL AND l IS NOT NULL THEN jsonb_build_array(jsonb_build_object('class', 'led', 'share', l, 'text', ecosystem._mart_page_number(100 * l, 0)),
					jsonb_build_object('class', 'gap-part', 'share', h - l, 'text', ecosystem._mart_page_number(100 * (h - l), 0)),
					jsonb_build_object('class', 'none', 'share', 1 - h)) END) ORDER BY n))
	INTO   drawing
	FROM   jsonb_array_elements(data->'quarters') WITH ORDINALITY AS x(q, n),
	       LATERAL (SELECT ecosystem._mart_page_part((q->>'touched')::numeric, (q->>'amount')::numeric) AS h, ecosystem._mart_page_part((q->>'led')::numeric, (q->>'amount')::numeric) AS l) s;
	drawing := drawing || ecosystem._mart_page_details('The numbers of the drawing'::text, ecosystem._mart_page_table(
		format('Money won by fiscal quarter, in %s', basis->>'currency'),
		'[{"key": "label", "title": "Fiscal quarter", "kind": "text"}, {"key": "won", "title": "Deals won", "kind": "count"}, {"key": "amount", "title": "Won", "kind": "money"},
		  {"key": "touched", "title": "Touched", "kind": "money"}, {"key": "led", "title": "Led", "kind": "money"}, {"key": "touched_share", "title": "Share touched", "kind": "share"},
		  {"key": "led_share", "title": "Share led", "kind": "share"}, {"key": "gap", "title": "Gap in shares", "kind": "share"}]'::jsonb,
		(SELECT jsonb_agg(r || jsonb_build_object('touched_share', h, 'led_share', l, 'gap', h - l) ORDER BY n)
		 FROM  (SELECT n, q || CASE WHEN (q->>'is_running')::boolean THEN jsonb_build_object('label', q->>'label' || ' so far') ELSE '{}' END AS r FROM jsonb_array_elements(data->'quarters') WITH ORDINALITY AS x(q, n)
		        UNION ALL SELECT 9, t || jsonb_build_object('label', 'Eight quarters', '_total', true)) a,
		        LATERAL (SELECT ecosystem._mart_page_part((r->>'touched')::numeric, (r->>'amount')::numeric) AS h, ecosystem._mart_page_part((r->>'led')::numeric, (r->>'amount')::numeric) AS l) s),
		digits));
	RETURN ecosystem._mart_page_section('led'::text, 'Touched and led'::text,
		format('<span class="big">%s</span> points between what partners touch, %s of the money won, and what they lead, %s', ecosystem._mart_page_number(100 * (touched - led), 0), ecosystem._mart_page_share(touched, 1), ecosystem._mart_page_share(led, 1)),
		format('<p>A column is the money won in a fiscal quarter: green was led by partners, orange was touched and not led. %s%s</p><p><strong>Verdict.</strong> %sLed: <span class="%s">%s</span>; %s in the last four quarters, %s in the four before.</p>',
			CASE WHEN touched > 0 THEN format('Of 100 that they touched, they led %s.', ecosystem._mart_page_number(100 * led / touched, 0)) ELSE '' END,
			CASE WHEN has_odd_quarter THEN ' A quarter of which credit notes leave less than its parts has no column.' ELSE '' END,
			CASE data->>'touched_meets' WHEN 'true' THEN format('Touched: <span class="good">%s</span> of %s. ', CASE WHEN touched <@ (data->>'touched_target')::numrange THEN 'on the target' ELSE 'beyond the target' END, ecosystem._mart_page_range(data->>'touched_target', 'share'::text))
				WHEN 'false' THEN format('Touched: <span class="warn">not on the target</span> of %s. ', ecosystem._mart_page_range(data->>'touched_target', 'share'::text)) ELSE '' END,
			CASE WHEN led > 0 THEN 'good' ELSE 'warn' END, ecosystem._mart_page_text(data->>'verdict', 80), ecosystem._mart_page_share((t->>'led_lately')::numeric, 1), ecosystem._mart_page_share((t->>'led_before')::numeric, 1)),
		terms, drawing);
END $$;
COMMENT ON FUNCTION _mart_page_led(name, jsonb, jsonb) IS 'the block about what partners touch and what they lead';

CREATE FUNCTION _mart_page_paths(data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	nearest constant jsonb := (SELECT jsonb_agg(p ORDER BY n) FROM jsonb_array_elements(ecosystem._mart_page_rows(data->'paths')) WITH ORDINALITY AS t(p, n) WHERE p->>'missing_axis' <> 'several');
BEGIN
	IF data->'paths' = 'null' THEN
		RETURN '';
	END IF;
	RETURN ecosystem._mart_page_section('paths'::text, 'What keeps deals from being led'::text,
		CASE WHEN nearest IS NULL THEN 'Deals that partners touch lack more than one thing to be led'
			ELSE format('%s lack one thing to be led', ecosystem._mart_page_count((SELECT sum((p->>'deals')::numeric) FROM jsonb_array_elements(nearest) p), 'deal'::text, 'deals'::text)) END,
		'<p>Deals that partners touched and did not lead, by what is missing. Those that lack one thing are the nearest; what is lacking can be had for the next deals, not for those that are open or won.</p>'::text,
		ecosystem._mart_page_terms(ARRAY['Sourcing', 'a partner, or what is known through partners, led to the deal.', 'Selection', 'the account was chosen with a partner.', 'Motion', 'both sold from the start.', 'Intent', 'a plan to do so was dated before the opening.']::text[]),
		ecosystem._mart_page_table(format('All deals of the mart that were touched and not led; amounts in %s', basis->>'currency'),
			'[{"key": "what", "title": "Missing", "kind": "html"}, {"key": "deals", "title": "Deals", "kind": "count"}, {"key": "won_amount", "title": "Won", "kind": "amount"}, {"key": "open_amount", "title": "Still open", "kind": "amount"}]'::jsonb,
			(SELECT jsonb_agg(p || jsonb_build_object('what', format('%s<small>%s</small>', CASE p->>'missing_axis' WHEN 'several' THEN 'More than one of these' ELSE 'Only ' || ecosystem._mart_page_text(p->>'missing_axis', 40) END,
				ecosystem._mart_page_text(p->>'next_step', 200))) ORDER BY n) FROM jsonb_array_elements(data->'paths') WITH ORDINALITY AS x(p, n)), 0));
END $$;
COMMENT ON FUNCTION _mart_page_paths(jsonb, jsonb) IS 'what keeps deals from being led, and what to design for it';
