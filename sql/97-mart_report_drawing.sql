-- mart report drawing: tables, and the drawings that stand over them.  Pure SQL.
--
-- Labels are text of the page and wrap as text does; only the marks are SVG, at
-- places in per cent of whatever width there is.  So a drawing fits a screen, a
-- phone and paper, and no letter is ever scaled.  Every mark has a title, every
-- drawing has its numbers in a table.
--
-- What is drawn comes as an array of objects; labels are escaped already.

CREATE FUNCTION _mart_page_rows(rows jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN jsonb_typeof(rows) = 'array' THEN rows ELSE '[]' END;
END $$;
COMMENT ON FUNCTION _mart_page_rows(jsonb) IS 'an array; an empty one where there is none';

-- columns: [{"key", "title", "kind"}], the first being the heading of its row;
-- a row with "_total" is set apart, one with "_rest" stands for those left out.
CREATE FUNCTION _mart_page_table(caption text, columns jsonb, rows jsonb, digits integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	head text;
	body text;
BEGIN
	SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN c->>'kind' IN ('text', 'words', 'html') THEN '' ELSE ' class="n"' END, c->>'title'), '' ORDER BY n)
	INTO   head FROM jsonb_array_elements(columns) WITH ORDINALITY AS t(c, n);
	SELECT string_agg(format('<tr%s>%s</tr>', CASE WHEN r ? '_total' THEN ' class="total"' WHEN r ? '_rest' THEN ' class="rest"' ELSE '' END,
			(SELECT string_agg(CASE WHEN k = 1 THEN format('<th scope="row">%s</th>', v) ELSE format('<td%s>%s</td>', CASE WHEN c->>'kind' IN ('text', 'words', 'html') THEN '' ELSE ' class="n"' END, v) END, '' ORDER BY k)
			 FROM   jsonb_array_elements(columns) WITH ORDINALITY AS t(c, k), ecosystem._mart_page_value(r->>(c->>'key'), c->>'kind', digits) v)), E'\n' ORDER BY n)
	INTO   body FROM jsonb_array_elements(ecosystem._mart_page_rows(rows)) WITH ORDINALITY AS t(r, n);
	RETURN format(E'<div class="table" role="region" tabindex="0" aria-label="%s"><table><caption>%s</caption>\n<thead><tr>%s</tr></thead>\n<tbody>%s</tbody></table></div>\n',
		regexp_replace(caption, '<[^>]*>', '', 'g'), caption, head, body);
END $$;
COMMENT ON FUNCTION _mart_page_table(text, jsonb, jsonb, integer) IS 'a table of the page';

CREATE FUNCTION _mart_page_details(summary text, content text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format(E'<details><summary>%s</summary>\n%s</details>\n', summary, content);
END $$;
COMMENT ON FUNCTION _mart_page_details(text, text) IS 'what a click opens; paper shows it opened';

CREATE FUNCTION _mart_page_place(share numeric) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN trim_scale(round(100 * least(greatest(coalesce(share, 0), 0), 1), 2)) || '%';
END $$;
COMMENT ON FUNCTION _mart_page_place(numeric) IS 'a place in a drawing, or a length, in per cent of it';

-- What the colours of a drawing mean.
CREATE FUNCTION _mart_page_legend(entries jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT '<p class="legend">' || string_agg(format('<span><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" class="%s"/></svg> %s</span>', e->>'class', e->>'label'), ' ' ORDER BY n) || E'</p>\n'
		FROM jsonb_array_elements(entries) WITH ORDINALITY AS t(e, n));
END $$;
COMMENT ON FUNCTION _mart_page_legend(jsonb) IS 'the legend of a drawing: [{"class", "label"}]';

-- rows: [{"label", "note", "more", "parts": [{"class", "value", "title"}]}]
CREATE FUNCTION _mart_page_bars(rows jsonb, largest numeric) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT '<div class="bars">' || string_agg(format('<div class="row"><span class="label">%s</span><svg class="bar" role="img">%s</svg><span class="note">%s</span><span class="more">%s</span></div>',
			r->>'label', (
				SELECT format('<title>%s</title>', string_agg(p->>'title', '; ' ORDER BY k))
					|| coalesce(string_agg(format('<rect x="%s" width="%s" height="100%%" class="%s"/>', ecosystem._mart_page_place(x / nullif(largest, 0)),
						ecosystem._mart_page_place(v / nullif(largest, 0)), p->>'class'), '' ORDER BY k) FILTER (WHERE v > 0), '')
				FROM  (SELECT p, k, v, sum(v) OVER (ORDER BY k) - v AS x FROM jsonb_array_elements(ecosystem._mart_page_rows(r->'parts')) WITH ORDINALITY AS t(p, k),
						LATERAL (SELECT greatest(coalesce((p->>'value')::numeric, 0), 0) AS v) v) s), r->>'note', r->>'more'), E'\n' ORDER BY n) || E'</div>\n'
		FROM jsonb_array_elements(rows) WITH ORDINALITY AS t(r, n));
END $$;
COMMENT ON FUNCTION _mart_page_bars(jsonb, numeric) IS 'bars from left to right, each of one or more parts, the largest as long as there is room';

-- rows: [{"label", "sublabel", "title", "parts": [{"class", "share", "text"}]}],
-- parts from the bottom up; a row without parts says so.
CREATE FUNCTION _mart_page_columns(id text, title text, rows jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	height constant numeric := 270;
	n_rows constant numeric := jsonb_array_length(rows);
	result text;
BEGIN
	SELECT string_agg(format('<g><title>%s</title>%s<text x="%s" y="%s" class="tick">%s</text><text x="%s" y="%s" class="tick dim">%s</text></g>', r->>'title',
			coalesce((SELECT string_agg(format('<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>', ecosystem._mart_page_place((n - 0.94) / n_rows), round(height * (1 - x - v), 1),
						ecosystem._mart_page_place(0.88 / n_rows), round(height * v, 1), p->>'class')
					|| CASE WHEN p->>'text' IS NOT NULL AND height * v >= 18 THEN format('<text x="%s" y="%s" class="%s-label">%s</text>', ecosystem._mart_page_place((n - 0.5) / n_rows),
						round(height * (1 - x - v / 2) + 5, 1), p->>'class', p->>'text') ELSE '' END, '' ORDER BY k)
				FROM  (SELECT p, k, v, sum(v) OVER (ORDER BY k) - v AS x FROM jsonb_array_elements(ecosystem._mart_page_rows(r->'parts')) WITH ORDINALITY AS t(p, k),
						LATERAL (SELECT least(greatest(coalesce((p->>'share')::numeric, 0), 0), 1) AS v) v) s WHERE v > 0),
				format('<text x="%s" y="%s" class="tick dim">&#8212;</text>', ecosystem._mart_page_place((n - 0.5) / n_rows), height - 6)),
			ecosystem._mart_page_place((n - 0.5) / n_rows), height + 19, r->>'label',
			ecosystem._mart_page_place((n - 0.5) / n_rows), height + 36, r->>'sublabel'), E'\n' ORDER BY n)
	INTO result FROM jsonb_array_elements(rows) WITH ORDINALITY AS t(r, n);
	RETURN format(E'<svg class="columns" role="img" aria-labelledby="%1$s" height="%2$s"><title id="%1$s">%3$s</title>\n%4$s</svg>\n', id, height + 44, title, result);
END $$;
COMMENT ON FUNCTION _mart_page_columns(text, text, jsonb) IS 'columns of which each is a whole, parted from the bottom up';

-- rows: [{"label", "note", "more", "title", "value", "low", "high", "class"}], ratios on a
-- scale where half as much is as far from the same as twice as much.
CREATE FUNCTION _mart_page_intervals(rows jsonb, ticks jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first numeric;
	last numeric;
	same text;
BEGIN
	SELECT greatest(least(0.5, min(v)) / 1.15, 0.1), least(greatest(2, max(v)) * 1.15, 12) INTO first, last
	FROM   jsonb_array_elements(rows) r, LATERAL (VALUES ((r->>'value')::numeric), ((r->>'low')::numeric), ((r->>'high')::numeric)) AS t(v) WHERE v > 0;
	first := ln(coalesce(first, 0.4));
	last := ln(coalesce(last, 2.5));
	same := ecosystem._mart_page_place(-first / (last - first));
	RETURN '<div class="bars intervals">' || (SELECT string_agg(format('<div class="row"><span class="label">%s</span><svg class="interval" role="img"><title>%s</title><line x1="%s" x2="%s" y1="0" y2="100%%" class="same"/>%s</svg>'
				'<span class="note">%s</span><span class="more">%s</span></div>', r->>'label', r->>'title', same, same,
				CASE WHEN (r->>'value')::numeric > 0 THEN
					format('<line x1="%s" x2="%s" y1="50%%" y2="50%%" class="range %s"/><circle cx="%s" cy="50%%" r="6" class="dot %s"/>',
						ecosystem._mart_page_place((ln(greatest((r->>'low')::numeric, 0.01)) - first) / (last - first)), ecosystem._mart_page_place((ln(greatest((r->>'high')::numeric, 0.01)) - first) / (last - first)), r->>'class',
						ecosystem._mart_page_place((ln((r->>'value')::numeric) - first) / (last - first)), r->>'class') ELSE '' END, r->>'note', r->>'more'), E'\n' ORDER BY n)
			FROM jsonb_array_elements(rows) WITH ORDINALITY AS t(r, n))
		|| (SELECT format('<div class="row axis" aria-hidden="true"><span class="label"></span><svg class="ticks" height="20">%s</svg><span class="note"></span><span class="more"></span></div>',
				string_agg(format('<text x="%s" y="14" class="tick dim">%s</text>', ecosystem._mart_page_place(x), t->>'label'), ''))
			FROM jsonb_array_elements(ticks) t, LATERAL (SELECT (ln((t->>'at')::numeric) - first) / (last - first) AS x) p WHERE x BETWEEN 0.06 AND 0.94)
		|| E'</div>\n';
END $$;
COMMENT ON FUNCTION _mart_page_intervals(jsonb, jsonb) IS 'dots with their intervals about the ratio 1';

-- A table whose cells are the darker the more they hold; columns as in
-- _mart_page_table, those with "heat" are coloured, each scale by itself.
CREATE FUNCTION _mart_page_heat(caption text, columns jsonb, rows jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	coloured jsonb;
BEGIN
	SELECT jsonb_object_agg(s.scale, s.most) INTO coloured
	FROM  (SELECT c->>'heat' AS scale, max((r->>(c->>'key'))::numeric) AS most FROM jsonb_array_elements(columns) c, jsonb_array_elements(rows) r
	       WHERE c ? 'heat' AND NOT r ?| '{_total,_rest}' GROUP BY c->>'heat') s;
	RETURN format(E'<div class="table heat" role="region" tabindex="0" aria-label="%s"><table><caption>%s</caption>\n<thead><tr>%s</tr></thead>\n<tbody>%s</tbody></table></div>\n',
		regexp_replace(caption, '<[^>]*>', '', 'g'), caption,
		(SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN c->>'kind' = 'text' THEN '' ELSE ' class="n"' END, c->>'title'), '' ORDER BY n) FROM jsonb_array_elements(columns) WITH ORDINALITY AS t(c, n)),
		(SELECT string_agg(format('<tr%s>%s</tr>', CASE WHEN r ? '_total' THEN ' class="total"' WHEN r ? '_rest' THEN ' class="rest"' ELSE '' END,
			(SELECT string_agg(CASE WHEN k = 1 THEN format('<th scope="row">%s</th>', ecosystem._mart_page_value(r->>(c->>'key'), c->>'kind', 0))
					ELSE format('<td class="%s%s">%s</td>', CASE WHEN c->>'kind' = 'text' THEN 't' ELSE 'n' END,
						CASE WHEN c ? 'heat' AND NOT r ?| '{_total,_rest}' THEN ' h' || coalesce(ceil(6 * sqrt((r->>(c->>'key'))::numeric / nullif((coloured->>(c->>'heat'))::numeric, 0))), 0) ELSE '' END,
						ecosystem._mart_page_value(r->>(c->>'key'), c->>'kind', 0)) END, '' ORDER BY k)
			 FROM jsonb_array_elements(columns) WITH ORDINALITY AS t(c, k))), E'\n' ORDER BY n)
		 FROM jsonb_array_elements(rows) WITH ORDINALITY AS t(r, n)));
END $$;
COMMENT ON FUNCTION _mart_page_heat(text, jsonb, jsonb) IS 'a table whose cells are the darker the more they hold';
