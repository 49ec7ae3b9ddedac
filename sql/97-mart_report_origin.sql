-- mart report origin: the second block, where the won money came from.  Pure SQL.

CREATE FUNCTION _mart_page_origin_query(mart name, period date) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(WITH %2$s, won AS (
			SELECT d.origin, count(*) AS deals, coalesce(sum(d.amount), 0) AS amount, coalesce(sum(d.amount) FILTER (WHERE d.is_led), 0) AS led,
			       coalesce(sum(d.amount) FILTER (WHERE d.type = 'new'), 0) AS new, coalesce(sum(d.amount) FILTER (WHERE d.type = 'expansion'), 0) AS expansion,
			       coalesce(sum(d.amount) FILTER (WHERE d.type = 'renewal'), 0) AS renewal, coalesce(sum(d.amount) FILTER (WHERE d.type IN ('new', 'expansion', 'renewal') IS NOT TRUE), 0) AS other
			FROM   quarter q JOIN %1$I.deal_fact d ON d.outcome = 'won' AND d.closed_quarter = q.starts
			GROUP  BY d.origin
		)
		SELECT jsonb_build_object(
			'rows', (SELECT jsonb_agg(to_jsonb(w) ORDER BY array_position(ARRAY['partner_sourced', 'ecosystem_sourced', 'partner_influenced', 'unpartnered'], origin)) FROM won w),
			'total', (SELECT jsonb_build_object('deals', sum(deals), 'amount', sum(amount), 'led', sum(led), 'new', sum(new), 'expansion', sum(expansion), 'renewal', sum(renewal), 'other', sum(other)) FROM won)))$q$,
		mart, ecosystem._mart_page_quarters(mart, period));
END $$;
COMMENT ON FUNCTION _mart_page_origin_query(name, date) IS 'the query for where the won money came from';

CREATE FUNCTION _mart_page_origin(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant jsonb := data->'total';
	whole constant numeric := (t->>'amount')::numeric;
	sourced constant numeric := (SELECT sum((r->>'amount')::numeric) FROM jsonb_array_elements(ecosystem._mart_page_rows(data->'rows')) r WHERE r->>'origin' IN ('partner_sourced', 'ecosystem_sourced'));
	rows jsonb;
BEGIN
	IF whole IS NULL OR whole <= 0 THEN
		RETURN ecosystem._mart_page_section('origin'::text, 'Where it came from'::text, 'Where the won money came from cannot be said yet'::text, '<p>It takes deals that were won in these eight quarters.</p>'::text, NULL::text,
			ecosystem._mart_page_missing(mart, 'deal'::text, basis));
	END IF;
	SELECT jsonb_agg(r || jsonb_build_object('name', CASE r->>'origin' WHEN 'partner_sourced' THEN 'Partner sourced' WHEN 'ecosystem_sourced' THEN 'Ecosystem sourced'
			WHEN 'partner_influenced' THEN 'Partner influenced' WHEN 'unpartnered' THEN 'Without a partner' ELSE r->>'origin' END, 'share', ecosystem._mart_page_part((r->>'amount')::numeric, whole)) ORDER BY n)
	INTO   rows FROM jsonb_array_elements(data->'rows') WITH ORDINALITY AS x(r, n);
	RETURN ecosystem._mart_page_section('origin'::text, 'Where it came from'::text,
		CASE WHEN ecosystem._mart_page_part(coalesce(sourced, 0), whole) IS NULL THEN format('%s was sourced with partners, %s won after credit notes', ecosystem._mart_page_amount(sourced), ecosystem._mart_page_amount(whole))
			ELSE format('%s of the money won was sourced with partners', ecosystem._mart_page_share(coalesce(sourced, 0) / whole, 1)) END,
		'<p>Every won deal is in one line. Green was led by partners, orange was touched and not led.</p>'::text, ecosystem._mart_page_terms(ARRAY[
			'Partner sourced', 'a partner brought the deal before it was opened.',
			'Ecosystem sourced', 'what is known through partners, such as a shared account, led to it; no partner brought it.',
			'Partner influenced', 'a partner came to a deal that we had opened.',
			'Without a partner', 'nothing by a partner that has a date before the close.']::text[]),
		ecosystem._mart_page_bars((SELECT jsonb_agg(jsonb_build_object('label', r->>'name',
				'note', ecosystem._mart_page_amount((r->>'amount')::numeric), 'more', format('%s, %s', ecosystem._mart_page_share((r->>'share')::numeric, 0), ecosystem._mart_page_count((r->>'deals')::numeric, 'deal'::text, 'deals'::text)),
				'parts', jsonb_build_array(
					jsonb_build_object('class', 'led', 'value', r->'led', 'title', format('%s: %s, led %s', r->>'name', ecosystem._mart_page_amount((r->>'amount')::numeric), ecosystem._mart_page_amount((r->>'led')::numeric))),
					jsonb_build_object('class', CASE WHEN r->>'origin' = 'unpartnered' THEN 'none' ELSE 'gap-part' END, 'value', (r->>'amount')::numeric - (r->>'led')::numeric, 'title',
						CASE WHEN r->>'origin' = 'unpartnered' THEN 'no partner ' ELSE 'not led ' END || ecosystem._mart_page_amount((r->>'amount')::numeric - (r->>'led')::numeric)))) ORDER BY n)
			FROM jsonb_array_elements(rows) WITH ORDINALITY AS x(r, n)), (SELECT max((r->>'amount')::numeric) FROM jsonb_array_elements(rows) r))
		|| ecosystem._mart_page_details('The numbers of the drawing, by type of deal'::text, ecosystem._mart_page_table(format('Money won in eight quarters by where it came from, in %s', basis->>'currency'),
			'[{"key": "name", "title": "Came from", "kind": "text"}, {"key": "deals", "title": "Deals", "kind": "count"}, {"key": "amount", "title": "Won", "kind": "money"}, {"key": "share", "title": "Share", "kind": "share"},
			  {"key": "led", "title": "of it led", "kind": "money"}, {"key": "new", "title": "New", "kind": "amount"}, {"key": "expansion", "title": "Expansion", "kind": "amount"}, {"key": "renewal", "title": "Renewal", "kind": "amount"}, {"key": "other", "title": "Other", "kind": "amount"}]'::jsonb,
			rows || jsonb_build_array(t || '{"name": "All", "share": 1, "_total": true}'), (basis->>'digits')::integer)));
END $$;
COMMENT ON FUNCTION _mart_page_origin(name, jsonb, jsonb) IS 'the block about where the won money came from';
