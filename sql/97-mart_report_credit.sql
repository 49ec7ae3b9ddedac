-- mart report credit: the third block, who earned what, and by which rule.  Pure SQL.

-- The rows of a table that are shown, the others as one, so that sums still add up.
CREATE FUNCTION _mart_page_first(rows jsonb, n integer, key text, one text, many text, summed text[]) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	left_out constant integer := jsonb_array_length(rows) - n;
	rest jsonb := '{}';
BEGIN
	-- one more row takes no more room than the line that stands for it
	IF left_out < 2 OR rows IS NULL THEN
		RETURN rows;
	END IF;
	SELECT coalesce(jsonb_object_agg(name, total), '{}') INTO rest
	FROM  (SELECT name, sum((r->>name)::numeric) AS total FROM unnest(summed) AS name, jsonb_array_elements(rows) WITH ORDINALITY AS t(r, k) WHERE k > n GROUP BY name) s;
	RETURN (SELECT jsonb_agg(r ORDER BY k) FROM jsonb_array_elements(rows) WITH ORDINALITY AS t(r, k) WHERE k <= n)
		|| jsonb_build_array(rest || jsonb_build_object(key, format('and %s other %s', left_out, CASE WHEN left_out = 1 THEN one ELSE many END), '_rest', left_out));
END $$;
COMMENT ON FUNCTION _mart_page_first(jsonb, integer, text, text, text, text[]) IS
	'the first rows of an array, and one for the others, in which the named numbers are their sums';

-- A rule in words; what has none is shown as it is written.
CREATE FUNCTION _mart_page_model_words(model text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name constant text := substring(model, '^\s*([a-z_]+)');
	words text;
BEGIN
	IF name = 'role_split' THEN
		SELECT format('each role that partners hold on a deal earns its share of 100: %s. Partners of one role share it; the share of a role that nobody holds %s.',
				string_agg(replace(o[1], '_', '-') || ' ' || o[2], ', ' ORDER BY n), CASE WHEN model ~ 'unfilled\s*=\s*(spread|share|redistribute)' THEN 'goes to the others' ELSE 'stays with the company' END)
		INTO   words FROM regexp_matches(model, '([a-z_][a-z_0-9 -]*?)\s*=\s*([0-9.]+)\s*(?=[,)])', 'g') WITH ORDINALITY AS t(o, n) WHERE o[1] NOT IN ('minor_digits');
		words := ecosystem._mart_page_text(words, 600);
	ELSE
		words := CASE name
			WHEN 'linear' THEN CASE WHEN model ~ 'per\s*=\s*touch' THEN 'every touch earns the same' ELSE 'every partner on a deal earns the same' END
			WHEN 'first_touch' THEN 'the partner of the first touch earns the whole deal'
			WHEN 'last_touch' THEN 'the partner of the last touch earns the whole deal'
			WHEN 'u_shaped' THEN 'the first and the last touch earn most, those between share the rest'
			WHEN 'w_shaped' THEN 'the first touch and the milestones earn most, the touches between share the rest'
			WHEN 'full_path' THEN 'the first touch, the milestones and the close earn most, the touches between share the rest'
			WHEN 'time_decay' THEN 'every touch earns, the later the more'
			WHEN 'engagement' THEN 'every touch earns by its weight'
			WHEN 'source_wins' THEN 'the partner who sourced the deal earns the whole of it'
			WHEN 'primary_only' THEN 'the primary partner earns the whole deal'
			ELSE 'a rule of your own' END;
	END IF;
	RETURN words;
END $$;
COMMENT ON FUNCTION _mart_page_model_words(text) IS 'a rule of credit in words, escaped';

CREATE FUNCTION _mart_page_credit_query(mart name, period date) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(WITH %2$s, line AS (
			SELECT l.* FROM quarter q JOIN %1$I.credit_line l ON l.closed_quarter = q.starts
		), earned AS (
			SELECT partner_id, min(partner) AS partner, count(DISTINCT deal_id) AS deals, coalesce(sum(amount), 0) AS credit FROM line GROUP BY partner_id
		), sourced AS (
			SELECT b.partner_id, count(*) AS deals FROM quarter q JOIN %1$I.partner_deal b ON b.closed_quarter = q.starts AND b.outcome = 'won' AND b.origin = 'partner_sourced' GROUP BY b.partner_id
		), model AS (
			SELECT model, model_from, count(DISTINCT deal_id) AS deals, coalesce(sum(amount), 0) AS amount FROM line WHERE model IS NOT NULL GROUP BY model, model_from
		)
		SELECT jsonb_build_object(
			'rows', (SELECT jsonb_agg(jsonb_build_object('partner', e.partner, 'type', p.type, 'deals', e.deals, 'sourced', coalesce(s.deals, 0), 'credit', e.credit) ORDER BY e.credit DESC, e.partner COLLATE "C", e.partner_id)
			         FROM earned e LEFT JOIN %1$I.partner p USING (partner_id) LEFT JOIN sourced s USING (partner_id) WHERE e.partner_id <> ''),
			'company', (SELECT to_jsonb(e) FROM earned e WHERE partner_id = ''),
			'deals', (SELECT count(DISTINCT deal_id) FROM line),
			'amount', (SELECT sum(amount) FROM line),
			'without', (SELECT count(DISTINCT deal_id) FROM line WHERE amount IS NULL),
			'models', (SELECT jsonb_agg(to_jsonb(m) ORDER BY amount DESC, model, model_from) FROM model m)))$q$,
		mart, ecosystem._mart_page_quarters(mart, period));
END $$;
COMMENT ON FUNCTION _mart_page_credit_query(name, date) IS 'the query for what partners are credited in eight quarters';

CREATE FUNCTION _mart_page_credit(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	whole constant numeric := (data->>'amount')::numeric;
	company constant numeric := coalesce((data->'company'->>'credit')::numeric, 0);
	n_partners constant integer := jsonb_array_length(ecosystem._mart_page_rows(data->'rows'));
	summed constant text[] := '{credit,share}';
	rows jsonb;
	models text;
BEGIN
	IF n_partners = 0 OR whole IS NULL OR whole <= 0 THEN
		RETURN ecosystem._mart_page_section('credit'::text, 'Who earned what'::text, 'No partner is credited with anything yet'::text,
			'<p>It takes won deals, and the roles that partners hold on them or what they did there.</p>'::text, NULL::text,
			ecosystem._mart_page_missing(mart, CASE WHEN basis->'bound' ? 'deal' THEN 'deal_partner' ELSE 'deal' END, basis));
	END IF;
	SELECT jsonb_agg(r || jsonb_build_object('share', ecosystem._mart_page_part((r->>'credit')::numeric, whole)) ORDER BY n) INTO rows FROM jsonb_array_elements(data->'rows') WITH ORDINALITY AS t(r, n);
	SELECT string_agg(format('<dt>%s for %s, %s</dt><dd>%s <code>%s</code>, from <code>%s</code>.</dd>', CASE WHEN n = 1 THEN 'The rule' ELSE 'And' END, ecosystem._mart_page_count((m->>'deals')::numeric, 'deal'::text, 'deals'::text),
			ecosystem._mart_page_amount((m->>'amount')::numeric), ecosystem._mart_page_model_words(m->>'model'), ecosystem._mart_page_text(m->>'model', 200), m->>'model_from'), '' ORDER BY n)
		|| CASE WHEN jsonb_array_length(data->'models') > 4 THEN format('<dt>%s</dt><dd><code>credit_line</code> names each.</dd>', ecosystem._mart_page_count(jsonb_array_length(data->'models') - 4, 'more rule'::text, 'more rules'::text)) ELSE '' END
	INTO   models FROM jsonb_array_elements(ecosystem._mart_page_rows(data->'models')) WITH ORDINALITY AS t(m, n) WHERE n <= 4;
	IF (data->>'without')::numeric > 0 THEN
		models := concat(models, format('<dt>Without an amount</dt><dd>%s, of which nobody can be credited anything.</dd>', ecosystem._mart_page_count((data->>'without')::numeric, 'won deal'::text, 'won deals'::text)));
	END IF;
	RETURN ecosystem._mart_page_section('credit'::text, 'Who earned what'::text,
		format('%s of %s won is credited to %s; the company keeps %s', ecosystem._mart_page_amount(whole - company), ecosystem._mart_page_amount(whole), ecosystem._mart_page_count(n_partners, 'partner'::text, 'partners'::text), ecosystem._mart_page_amount(company)),
		'<p><strong>Credit</strong> is a partner''s share of the won deals it is on, by a rule agreed before. The credits of a deal and what the company keeps add up to its amount. It is a way to count, not a payment.</p>'::text, format(E'<dl class="terms">%s</dl>\n', models),
		ecosystem._mart_page_bars((SELECT jsonb_agg(jsonb_build_object('label', name,
				'note', ecosystem._mart_page_amount((r->>'credit')::numeric), 'more', ecosystem._mart_page_share((r->>'share')::numeric, 1),
				'parts', jsonb_build_array(jsonb_build_object('class', CASE WHEN r ? '_rest' THEN 'none' ELSE 'led' END, 'value', r->'credit', 'title', format('%s: %s %s', name, ecosystem._mart_page_amount((r->>'credit')::numeric), basis->>'currency')))) ORDER BY n)
			FROM jsonb_array_elements(ecosystem._mart_page_first(rows, least(10, (basis->>'rows')::integer), 'partner'::text, 'partner'::text, 'partners'::text, summed)) WITH ORDINALITY AS t(r, n),
			     LATERAL (SELECT ecosystem._mart_page_text(r->>'partner', 40) AS name) x),
			(SELECT max((r->>'credit')::numeric) FROM jsonb_array_elements(ecosystem._mart_page_first(rows, least(10, (basis->>'rows')::integer), 'partner'::text, 'partner'::text, 'partners'::text, summed)) r))
		|| ecosystem._mart_page_details('The numbers of the drawing, with the deals'::text, ecosystem._mart_page_table(format('Credit by partner in eight quarters, in %s', basis->>'currency'),
			'[{"key": "partner", "title": "Partner", "kind": "text"}, {"key": "type", "title": "Type", "kind": "text"}, {"key": "deals", "title": "Deals won with", "kind": "count"}, {"key": "sourced", "title": "of them sourced", "kind": "count"},
			  {"key": "credit", "title": "Credit", "kind": "money"}, {"key": "share", "title": "Share of won", "kind": "share"}]'::jsonb,
			ecosystem._mart_page_first(rows, (basis->>'rows')::integer, 'partner'::text, 'partner'::text, 'partners'::text, summed)
			|| jsonb_build_array(jsonb_build_object('partner', 'The company', 'credit', company, 'share', ecosystem._mart_page_part(company, whole), 'deals', data->'company'->'deals', '_rest', 1),
				jsonb_build_object('partner', 'All won', 'credit', whole, 'share', 1, 'deals', data->'deals', '_total', true)), (basis->>'digits')::integer)));
END $$;
COMMENT ON FUNCTION _mart_page_credit(name, jsonb, jsonb) IS 'the block about what partners are credited';
