-- mart report overlap: the fifth block, which partners know which accounts, and
-- whom they know that we do not.  Pure SQL.

CREATE FUNCTION _mart_page_overlap_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(WITH ours AS (
			SELECT partner_id, min(partner) AS partner, count(*) FILTER (WHERE segment = 'customer') AS customer, count(*) FILTER (WHERE segment = 'open_opportunity') AS open,
			       count(*) FILTER (WHERE segment = 'prospect') AS prospect, count(*) FILTER (WHERE segment IN ('customer', 'open_opportunity', 'prospect') IS NOT TRUE) AS other,
			       count(*) AS accounts, count(*) FILTER (WHERE population = 'customer') AS theirs, sum(open_amount) AS open_amount
			FROM   %1$I.account_overlap GROUP BY partner_id
		), theirs AS (
			SELECT partner_id, min(partner) AS partner, count(*) FILTER (WHERE matchable) AS whitespace, count(*) FILTER (WHERE matchable AND population = 'customer') AS their_customers,
			       count(*) FILTER (WHERE NOT matchable) AS unmatchable
			FROM   %1$I.whitespace GROUP BY partner_id
		), known AS (
			SELECT a.segment, EXISTS (SELECT FROM %1$I.account_overlap o WHERE o.account_id = a.account_id) AS is_known FROM %1$I.account a
		)
		SELECT jsonb_build_object(
			'rows', (SELECT jsonb_agg(jsonb_build_object('partner', coalesce(o.partner, t.partner), 'customer', coalesce(o.customer, 0), 'open', coalesce(o.open, 0), 'prospect', coalesce(o.prospect, 0), 'other', coalesce(o.other, 0),
					'accounts', coalesce(o.accounts, 0), 'theirs', coalesce(o.theirs, 0), 'open_amount', coalesce(o.open_amount, 0),
					'whitespace', coalesce(t.whitespace, 0), 'their_customers', coalesce(t.their_customers, 0), 'unmatchable', coalesce(t.unmatchable, 0))
					ORDER BY coalesce(o.accounts, 0) DESC, coalesce(t.whitespace, 0) DESC, coalesce(o.partner, t.partner) COLLATE "C", partner_id)
				FROM ours o FULL JOIN theirs t USING (partner_id)),
			'once', (SELECT jsonb_build_object('customer', count(*) FILTER (WHERE segment = 'customer'), 'open', count(*) FILTER (WHERE segment = 'open_opportunity'), 'prospect', count(*) FILTER (WHERE segment = 'prospect'),
					'other', count(*) FILTER (WHERE segment IN ('customer', 'open_opportunity', 'prospect') IS NOT TRUE), 'accounts', count(*)) FROM known WHERE is_known),
			'ours', (SELECT jsonb_build_object('customer', count(*) FILTER (WHERE segment = 'customer'), 'open', count(*) FILTER (WHERE segment = 'open_opportunity'), 'prospect', count(*) FILTER (WHERE segment = 'prospect'),
					'other', count(*) FILTER (WHERE segment IN ('customer', 'open_opportunity', 'prospect') IS NOT TRUE), 'accounts', count(*)) FROM known),
			'companies', (SELECT count(DISTINCT company_id) FROM %1$I.whitespace WHERE matchable)))$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_overlap_query(name) IS 'the query for the accounts that each partner knows, and the companies that only partners know';

CREATE FUNCTION _mart_page_overlap(mart name, data jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	summed constant text[] := '{customer,open,prospect,other,accounts,theirs,open_amount,whitespace,their_customers,unmatchable}';
	columns jsonb := '[{"key": "partner", "title": "Partner", "kind": "text"}, {"key": "customer", "title": "Cus&#173;tomers", "kind": "count", "heat": "ours"}, {"key": "open", "title": "Open deals", "kind": "count", "heat": "ours"},
		{"key": "prospect", "title": "Pros&#173;pects", "kind": "count", "heat": "ours"}]';
	known constant numeric := (data->'once'->>'accounts')::numeric;
	n_rows constant integer := jsonb_array_length(ecosystem._mart_page_rows(data->'rows'));
BEGIN
	IF n_rows = 0 THEN
		RETURN ecosystem._mart_page_section('overlap'::text, 'Whom partners know'::text, 'Which accounts partners know cannot be said yet'::text,
			'<p>It takes our accounts, and a list of accounts of at least one partner.</p>'::text, NULL::text,
			ecosystem._mart_page_missing(mart, CASE WHEN basis->'bound' ? 'account' THEN 'partner_account' ELSE 'account' END, basis));
	END IF;
	IF (data->'ours'->>'other')::numeric > 0 THEN
		columns := columns || '[{"key": "other", "title": "Others", "kind": "count", "heat": "ours"}]';
	END IF;
	columns := columns || '[{"key": "whitespace", "title": "White&#173;space", "kind": "count", "heat": "theirs"}]';
	RETURN ecosystem._mart_page_section('overlap'::text, 'Whom partners know'::text,
		format('Partners know %s of our %s, and %s that we do not have', ecosystem._mart_page_number(known, 0), ecosystem._mart_page_count((data->'ours'->>'accounts')::numeric, 'account'::text, 'accounts'::text),
			ecosystem._mart_page_count((data->>'companies')::numeric, 'company'::text, 'companies'::text)),
		'<p>The stronger its colour, the more companies a cell holds. Open deals at accounts that a partner knows are calls to make; whitespace is a list to ask for.</p>'::text, ecosystem._mart_page_terms(ARRAY[
			'Overlap', 'a company that is an account of ours and in a partner''s list. An account that three partners know counts three times in the lines, and once in the last two.', 'Open deals', 'accounts at which we have one.',
			'Whitespace', 'a company in a partner''s list that is none of our accounts.']::text[]),
		ecosystem._mart_page_heat('Our accounts that each partner knows, by what they are to us, and companies that it knows and we do not'::text, columns,
			ecosystem._mart_page_first(data->'rows', least(12, (basis->>'rows')::integer), 'partner'::text, 'partner'::text, 'partners'::text, summed)
			|| jsonb_build_array(data->'once' || jsonb_build_object('partner', 'Known to any, each once', 'whitespace', data->'companies', '_total', true), data->'ours' || jsonb_build_object('partner', 'All our accounts', '_rest', 1)))
		|| ecosystem._mart_page_details('More of the same, by partner'::text, ecosystem._mart_page_table(format('Overlaps and whitespace by partner; open amount is that of our deals at these accounts, in %s', basis->>'currency'),
			'[{"key": "partner", "title": "Partner", "kind": "text"}, {"key": "accounts", "title": "Accounts of ours", "kind": "count"}, {"key": "theirs", "title": "Their customers", "kind": "count"}, {"key": "open_amount", "title": "Open amount", "kind": "amount"},
			  {"key": "whitespace", "title": "Whitespace", "kind": "count"}, {"key": "their_customers", "title": "Their customers", "kind": "count"}, {"key": "unmatchable", "title": "Cannot be matched", "kind": "count"}]'::jsonb,
			ecosystem._mart_page_first(data->'rows', (basis->>'rows')::integer, 'partner'::text, 'partner'::text, 'partners'::text, summed), 0)));
END $$;
COMMENT ON FUNCTION _mart_page_overlap(name, jsonb, jsonb) IS 'the block about overlaps and whitespace';
