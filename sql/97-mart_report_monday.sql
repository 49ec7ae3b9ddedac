-- mart report monday: the sixth block, what to do on Monday.  Pure SQL.

CREATE FUNCTION _mart_page_monday_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(SELECT jsonb_build_object(
			'lines', (SELECT jsonb_agg(to_jsonb(w) ORDER BY w.rank) FROM (SELECT rank, trigger, account, parent_account, partner_id, partner, deal, amount, owner, partner_owner, days_waiting, what, play
			          FROM %1$I.worklist WHERE rank IS NOT NULL ORDER BY rank LIMIT 10) w),
			'triggers', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.lines DESC, t.trigger) FROM (SELECT trigger, count(*) AS lines, count(*) FILTER (WHERE rank <= 10) AS shown, max(days_waiting) AS days, min(play) AS play
			          FROM %1$I.worklist WHERE rank IS NOT NULL GROUP BY trigger) t),
			'owners', (SELECT jsonb_agg(to_jsonb(o) ORDER BY o.lines DESC, o.owner COLLATE "C") FROM (SELECT owner, count(*) AS lines, max(days_waiting) AS days FROM %1$I.worklist WHERE rank IS NOT NULL GROUP BY owner) o),
			'open', (SELECT count(*) FROM %1$I.worklist WHERE rank IS NOT NULL),
			'acted', (SELECT count(*) FROM %1$I.worklist WHERE rank IS NULL)))$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_monday_query(name) IS 'the query for the first lines of the worklist, and how many more there are';

CREATE FUNCTION _mart_page_trigger_words(trigger text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE trigger WHEN 'partner_won_deal' THEN 'A partner won a deal at an account of ours' WHEN 'deal_opened' THEN 'A deal was opened where a partner sells' WHEN 'overlap_entered' THEN 'An account came into a partner''s list'
		WHEN 'champion_moved' THEN 'A champion has moved to an account' WHEN 'deal_stalled' THEN 'An open deal has been silent' ELSE trigger END;
END $$;
COMMENT ON FUNCTION _mart_page_trigger_words(text) IS 'what a trigger of the worklist means; not escaped';

CREATE FUNCTION _mart_page_monday(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n_open constant numeric := (data->>'open')::numeric;
BEGIN
	IF n_open = 0 THEN
		RETURN ecosystem._mart_page_section('monday'::text, 'What to do on Monday'::text, CASE WHEN (data->>'acted')::numeric > 0 THEN 'All that was on the list has been acted on' ELSE 'There is nothing on the list yet' END,
			'<p>A line comes when something happens at an account that a partner knows: a deal is opened or goes silent, a partner wins there, a champion moves.</p>'::text, NULL::text,
			ecosystem._mart_page_missing(mart, CASE WHEN NOT basis->'bound' ? 'deal' THEN 'deal' WHEN NOT basis->'bound' ? 'partner_account' THEN 'partner_account' ELSE 'deal' END, basis));
	END IF;
	RETURN ecosystem._mart_page_section('monday'::text, 'What to do on Monday'::text,
		format('%s on the list%s', ecosystem._mart_page_count(n_open, 'line is'::text, 'lines are'::text), CASE WHEN n_open > 10 THEN ': begin with these ten' ELSE '' END),
		'<p>Something happened at an account that a partner knows, and nobody has acted on it yet. The most urgent is first: by what happened, how well the partner knows the account, and the amount.</p>'::text,
			ecosystem._mart_page_terms(ARRAY['All lines', format('<code>SELECT * FROM %s.worklist ORDER BY rank</code>', ecosystem._mart_page_text(quote_ident(mart), 80)),
				'Done with one', 'enter it in <code>worklist_action</code>, and it leaves the list.']::text[]),
		'<ol class="list">' || (SELECT string_agg(format('<li><span class="place">%s</span><b>%s</b><span class="sum">%s</span><p>%s%s. %s</p></li>', l->>'rank', ecosystem._mart_page_text(l->>'what', 160),
				CASE WHEN l->>'amount' IS NOT NULL THEN ecosystem._mart_page_amount((l->>'amount')::numeric) ELSE '' END,
				CASE WHEN l->>'owner' <> '' THEN format('<b>%s</b> acts', ecosystem._mart_page_text(l->>'owner', 60)) ELSE 'Nobody owns it' END,
				CASE WHEN l->>'partner_id' = '' THEN ', no partner is known' ELSE format(', with <b>%s</b>', ecosystem._mart_page_text(l->>'partner', 60)
					|| CASE WHEN l->>'partner_owner' <> '' THEN ' (' || ecosystem._mart_page_text(l->>'partner_owner', 60) || ')' ELSE '' END) END
				|| format('; waiting for %s', ecosystem._mart_page_count((l->>'days_waiting')::numeric, 'day'::text, 'days'::text)),
				ecosystem._mart_page_text(l->>'play', 200)), E'\n' ORDER BY n) FROM jsonb_array_elements(data->'lines') WITH ORDINALITY AS t(l, n)) || E'</ol>\n'
		|| ecosystem._mart_page_details('All lines, by what happened and by who acts'::text,
			ecosystem._mart_page_table('Lines of the list by what happened'::text,
				'[{"key": "name", "title": "What happened", "kind": "text"}, {"key": "lines", "title": "Lines", "kind": "count"}, {"key": "shown", "title": "shown above", "kind": "count"}, {"key": "days", "title": "Longest wait, days", "kind": "count"}, {"key": "play", "title": "What to do", "kind": "words"}]'::jsonb,
				(SELECT jsonb_agg(t || jsonb_build_object('name', ecosystem._mart_page_trigger_words(t->>'trigger')) ORDER BY n) FROM jsonb_array_elements(data->'triggers') WITH ORDINALITY AS x(t, n))
				|| jsonb_build_array(jsonb_build_object('name', 'All', 'lines', n_open, 'shown', least(n_open, 10), '_total', true)), 0)
			|| ecosystem._mart_page_table('Lines of the list by who acts'::text,
				'[{"key": "owner", "title": "Who acts", "kind": "text"}, {"key": "lines", "title": "Lines", "kind": "count"}, {"key": "days", "title": "Longest wait, days", "kind": "count"}]'::jsonb,
				ecosystem._mart_page_first(data->'owners', 15, 'owner'::text, 'owner'::text, 'owners'::text, '{lines}'::text[]) || jsonb_build_array(jsonb_build_object('owner', 'All', 'lines', n_open, '_total', true)), 0)));
END $$;
COMMENT ON FUNCTION _mart_page_monday(name, jsonb, jsonb) IS 'the block about what to do on Monday';
