-- mart report co_sell: the fourth block, whether selling together wins more.  Pure SQL.

CREATE FUNCTION _mart_page_co_sell_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(SELECT jsonb_build_object('rows', jsonb_agg(to_jsonb(l) ORDER BY comparison = 'segment', basis, array_position(ARRAY['pooled', 'stratified'], comparison), segment COLLATE "C"))
		FROM (SELECT basis, comparison, segment, measure, co_sell_deals, solo_deals, co_sell_value, solo_value, ratio, ratio_lower, ratio_upper, verdict
		      FROM   %1$I.co_sell_lift WHERE scope = 'network' AND period = 'now' AND measure IN ('win_rate', 'mean_amount', 'median_cycle')
		      AND   (comparison <> 'segment' OR basis = 'as recorded')) l)$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_co_sell_query(name) IS 'the query for co-sold deals against the others';

CREATE FUNCTION _mart_page_co_sell(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	setting constant jsonb := basis->'setting';
	landmark constant text := ecosystem._mart_page_text(setting->>'landmark', 40);
	all_rows jsonb;
	first jsonb;
	finding text;
BEGIN
	SELECT jsonb_agg(r || jsonb_build_object(
			'is_clear', (r->>'ratio_lower')::numeric > 1 OR (r->>'ratio_upper')::numeric < 1,
			'name', CASE WHEN r->>'comparison' = 'segment' THEN initcap(r->>'segment')
				WHEN r->>'comparison' = 'pooled' AND r->>'basis' = 'landmark' THEN format('Co-sold %s after opening', setting->>'landmark')
				WHEN r->>'comparison' = 'pooled' THEN 'All deals'
				WHEN r->>'basis' = 'landmark' THEN format('Same mix of types, co-sold %s after opening', setting->>'landmark')
				ELSE 'Same mix of types' END) ORDER BY n)
	INTO   all_rows FROM jsonb_array_elements(ecosystem._mart_page_rows(data->'rows')) WITH ORDINALITY AS t(r, n);
	SELECT r INTO first FROM jsonb_array_elements(all_rows) r WHERE r->>'measure' = 'win_rate' AND r->>'comparison' = 'pooled' AND r->>'basis' = 'as recorded';
	IF first IS NULL OR coalesce((first->>'co_sell_deals')::numeric, 0) = 0 OR coalesce((first->>'solo_deals')::numeric, 0) = 0 THEN
		RETURN ecosystem._mart_page_section('co-sell'::text, 'Selling together'::text, 'Whether selling together wins more cannot be said yet'::text,
			format('<p>It takes closed deals that were co-sold, and closed deals that were not: here %s and %s.</p>', coalesce(first->>'co_sell_deals', '0'), coalesce(first->>'solo_deals', '0')), NULL::text,
			ecosystem._mart_page_missing(mart, CASE WHEN basis->'bound' ? 'deal' THEN 'deal_partner' ELSE 'deal' END, basis));
	END IF;
	finding := CASE WHEN first->>'ratio' IS NULL THEN 'Whether co-sold deals win more often cannot be said: ' || ecosystem._mart_page_text(first->>'verdict', 80)
		WHEN NOT coalesce((first->>'is_clear')::boolean, false) THEN 'Whether co-sold deals win more often is not clear'
		ELSE format('Co-sold deals win %s times as often as the others', ecosystem._mart_page_number((first->>'ratio')::numeric, 1)) END;
	RETURN ecosystem._mart_page_section('co-sell'::text, 'Selling together'::text, finding,
		'<p>A dot is how many times as often co-sold deals are won as the others; the line about it is the interval that holds the true value in 95 of 100 cases. Where it crosses the dashed line, chance alone may have made the difference.</p>'::text,
		ecosystem._mart_page_terms(ARRAY[
			'Co-sold', CASE setting->>'co_sell_is' WHEN 'flag' THEN 'ticked as such in the CRM.' WHEN 'role' THEN 'a partner holds the role co_sell.' WHEN 'touch' THEN 'a partner''s touch says so before the close.'
				ELSE 'ticked as such in the CRM; where nothing is ticked, a partner holds the role co_sell.' END,
			'The others', CASE setting->>'solo_is' WHEN 'no_co_sell' THEN 'all deals that are not co-sold.' ELSE 'deals without any touch by a partner.' END,
			'Same mix of types', 'compared within new deals, expansions and renewals, as if both sides had the same ones.',
			format('Co-sold %s after opening', landmark), 'a deal that lives long collects partners. This counts as co-sold what was so by then, among deals still open then.',
			'Not taken out', 'who chooses the deals that are co-sold. It is a difference, not proof of a cause.']::text[]),
		ecosystem._mart_page_intervals((SELECT jsonb_agg(jsonb_build_object(
				'label', format('%s <small>won %s of %s, others %s of %s</small>', ecosystem._mart_page_text(r->>'name', 60), ecosystem._mart_page_share((r->>'co_sell_value')::numeric, 0), ecosystem._mart_page_number((r->>'co_sell_deals')::numeric, 0),
					ecosystem._mart_page_share((r->>'solo_value')::numeric, 0), ecosystem._mart_page_number((r->>'solo_deals')::numeric, 0)),
				'note', CASE WHEN (r->>'is_clear')::boolean THEN ecosystem._mart_page_number((r->>'ratio')::numeric, 1) || ' times' ELSE ecosystem._mart_page_text(split_part(r->>'verdict', ':', 1), 40) END,
				'more', CASE WHEN (r->>'ratio_lower') IS NULL THEN '' ELSE format('%s to %s', ecosystem._mart_page_number((r->>'ratio_lower')::numeric, 2), ecosystem._mart_page_number((r->>'ratio_upper')::numeric, 2)) END,
				'title', format('%s: %s times as often, %s to %s; %s', ecosystem._mart_page_text(r->>'name', 60), ecosystem._mart_page_number((r->>'ratio')::numeric, 2), ecosystem._mart_page_number((r->>'ratio_lower')::numeric, 2),
					ecosystem._mart_page_number((r->>'ratio_upper')::numeric, 2), ecosystem._mart_page_text(r->>'verdict', 80)),
				'value', r->'ratio', 'low', r->'ratio_lower', 'high', r->'ratio_upper', 'class', CASE WHEN (r->>'is_clear')::boolean THEN 'sure' ELSE 'unsure' END) ORDER BY n)
			FROM  (SELECT r, row_number() OVER (ORDER BY n) AS n FROM jsonb_array_elements(all_rows) WITH ORDINALITY AS t(r, n) WHERE r->>'measure' = 'win_rate' AND NOT (r->>'comparison' = 'stratified' AND r->>'basis' = 'landmark')) x WHERE n <= 12),
			'[{"at": 0.25, "label": "a quarter"}, {"at": 0.5, "label": "half"}, {"at": 1, "label": "the same"}, {"at": 2, "label": "twice"}, {"at": 4, "label": "4 times"}, {"at": 8, "label": "8 times"}]'::jsonb)
		|| ecosystem._mart_page_details('The numbers of the drawing, with size and time to close'::text,
			(SELECT string_agg(ecosystem._mart_page_table(m.caption, format('[{"key": "name", "title": "Deals", "kind": "text"}, {"key": "co_sell_deals", "title": "Co-sold", "kind": "count"}, {"key": "solo_deals", "title": "Others", "kind": "count"},
					{"key": "co_sell_value", "title": "Co-sold", "kind": "%1$s"}, {"key": "solo_value", "title": "Others", "kind": "%1$s"}, {"key": "ratio", "title": "Times", "kind": "ratio"},
					{"key": "ratio_lower", "title": "from", "kind": "ratio"}, {"key": "ratio_upper", "title": "to", "kind": "ratio"}, {"key": "verdict", "title": "Verdict", "kind": "text"}]', m.kind)::jsonb,
					(SELECT jsonb_agg(r ORDER BY n) FROM jsonb_array_elements(all_rows) WITH ORDINALITY AS t(r, n) WHERE r->>'measure' = m.measure), 0), '' ORDER BY m.n)
			 FROM  (VALUES (1, 'win_rate', 'share', 'Win rate: won of won and lost'), (2, 'mean_amount', 'amount', format('Mean amount of won deals, in %s', basis->>'currency')), (3, 'median_cycle', 'count', 'Days from opening to winning that half of the won deals do not exceed'))
			       AS m(n, measure, kind, caption)
			 WHERE EXISTS (SELECT FROM jsonb_array_elements(all_rows) r WHERE r->>'measure' = m.measure))));
END $$;
COMMENT ON FUNCTION _mart_page_co_sell(name, jsonb, jsonb) IS 'the block about co-sold deals against the others';
