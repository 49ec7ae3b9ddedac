-- mart_hubspot_touch: what partners did, from a replica of HubSpot.  Pure SQL and
-- PL/pgSQL.

-- Airbyte has the companies, deals and people of an engagement in arrays of its
-- row, and a table for each type.  Here they get the shape that Fivetran gives them.
CREATE FUNCTION _mart_hubspot_engagements(r jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made jsonb := '{}';
	all_of text[] := '{}';
	of text[];
	froms text[] := '{}';
	ctes text[] := '{}';
	found record;
	x jsonb;
	list text;
	alive text;
	is_old boolean;
BEGIN
	IF r #> '{tables,engagementcompany}' IS NOT NULL OR r #> '{tables,engagementcontact}' IS NOT NULL THEN
		RETURN r;
	END IF;
	FOR found IN SELECT t.key, t.value ->> 'sql' AS sql, t.value -> 'columns' AS c, upper(replace(t.key, 'engagements', '')) AS type FROM jsonb_each(r -> 'tables') t
	             WHERE t.key IN ('engagementscall', 'engagementsmeeting', 'engagementsemail', 'engagementsnote', 'engagementstask') AND t.value -> 'columns' ? 'id' ORDER BY t.key LOOP
		alive := @extschema@._mart_alive(found.c, 'x');
		all_of := all_of || @extschema@._mart_query(ARRAY[@extschema@._mart_field(found.c, 'x', '{id}', 'id') || ' AS id', format('%L AS type', found.type),
				coalesce(@extschema@._mart_field(found.c, 'x', @extschema@._mart_hubspot_keys('hs_timestamp'), 'time'), @extschema@._mart_field(found.c, 'x', '{createdat}', 'time'), 'NULL::timestamptz') || ' AS occurred_at',
				coalesce(@extschema@._mart_hubspot_first(found.c, 'x', ARRAY['hs_createdate', 'createdat'], 'time'), 'NULL::timestamptz') || ' AS recorded_at',
				coalesce(@extschema@._mart_hubspot_first(found.c, 'x', ARRAY['partner_activity_type', 'hs_activity_type'], 'text'), 'NULL::text') || ' AS kind',
				coalesce(@extschema@._mart_field(found.c, 'x', @extschema@._mart_hubspot_keys('engagement_weight'), 'number'), 'NULL::numeric') || ' AS weight',
				coalesce(@extschema@._mart_hubspot_first(found.c, 'x', ARRAY['hs_meeting_title', 'hs_call_title', 'hs_email_subject', 'hs_task_subject'], 'text'), 'NULL::text') || ' AS subject',
				coalesce(@extschema@._mart_field(found.c, 'x', '{companies,company}', 'raw') || '::jsonb', 'NULL::jsonb') || ' AS companies', coalesce(@extschema@._mart_field(found.c, 'x', '{deals,deal}', 'raw') || '::jsonb', 'NULL::jsonb') || ' AS deals',
				coalesce(@extschema@._mart_field(found.c, 'x', '{contacts,contact}', 'raw') || '::jsonb', 'NULL::jsonb') || ' AS contacts'],
			found.sql || ' x', ARRAY[alive]);
		froms := froms || found.sql;
	END LOOP;
	-- what older versions of it deliver, all types in one
	x := r #> '{tables,engagement,columns}';
	IF all_of = '{}' AND x #>> '{associations,type}' IN ('json', 'jsonb') AND x ? 'id' THEN
		list := @extschema@._mart_field(x, 'x', '{associations}', 'raw') || '::jsonb';
		all_of := ARRAY[@extschema@._mart_query(ARRAY[@extschema@._mart_field(x, 'x', '{id}', 'id') || ' AS id', coalesce(@extschema@._mart_field(x, 'x', '{type}'), '''ENGAGEMENT''') || ' AS type',
				coalesce(@extschema@._mart_field(x, 'x', '{timestamp}', 'time'), 'NULL::timestamptz') || ' AS occurred_at', coalesce(@extschema@._mart_field(x, 'x', '{createdat}', 'time'), 'NULL::timestamptz') || ' AS recorded_at',
				coalesce(@extschema@._mart_field(x, 'x', '{activitytype}'), 'NULL::text') || ' AS kind', 'NULL::numeric AS weight',
				coalesce('coalesce(' || concat_ws(', ', @extschema@._mart_field(x, 'x', '{metadata.title}'), @extschema@._mart_field(x, 'x', '{metadata.subject}')) || ')', 'NULL::text') || ' AS subject',
				list || ' -> ''companyIds'' AS companies', list || ' -> ''dealIds'' AS deals', list || ' -> ''contactIds'' AS contacts'], (r #>> '{tables,engagement,sql}') || ' x', ARRAY[@extschema@._mart_alive(x, 'x')])];
		all_of[1] := replace(all_of[1], 'coalesce() AS subject', 'NULL::text AS subject');
		froms := ARRAY[r #>> '{tables,engagement,sql}'];
	END IF;
	IF all_of = '{}' THEN
		RETURN r;
	END IF;
	ctes := ARRAY[E'engagement AS (\n' || @extschema@._mart_indent(array_to_string(all_of, E'\nUNION ALL\n')) || E'\n)'];
	FOR found IN SELECT * FROM (VALUES ('engagementcompany', 'engagement_company', 'companies', 'companyid', 'company_id'), ('engagementdeal', 'engagement_deal', 'deals', 'dealid', 'deal_id'),
			('engagementcontact', 'engagement_contact', 'contacts', 'contactid', 'contact_id')) v(key, cte, list, id_key, id_name) LOOP
		ctes := ctes || format(E'%s AS (\n    SELECT e.id AS engagement_id, i.id AS %s FROM engagement e CROSS JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(e.%3$s) = ''array'' THEN e.%3$s END) i(id)\n)', found.cte, found.id_name, found.list);
		made := made || jsonb_build_object(found.key, jsonb_build_object('sql', found.cte, 'readable', true, 'columns', jsonb_build_object('engagementid', '{"names": ["engagement_id"], "type": "text"}'::jsonb,
			found.id_key, jsonb_build_object('names', jsonb_build_array(found.id_name), 'type', 'text'))));
	END LOOP;
	made := made || jsonb_build_object('engagement', '{"sql": "engagement", "readable": true, "columns": {"id": {"names": ["id"], "type": "text"}, "type": {"names": ["type"], "type": "text"}}}'::jsonb,
		'engagementcall', '{"sql": "engagement", "readable": true, "columns": {"engagementid": {"names": ["id"], "type": "text"}, "hstimestamp": {"names": ["occurred_at"], "type": "timestamptz"}, "hscreatedate": {"names": ["recorded_at"], "type": "timestamptz"},
			"hsactivitytype": {"names": ["kind"], "type": "text"}, "engagementweight": {"names": ["weight"], "type": "number"}, "title": {"names": ["subject"], "type": "text"}}}'::jsonb);
	RETURN jsonb_set(r, '{tables}', (r -> 'tables') || made) || jsonb_build_object('with_engagements', array_to_string(ctes, ', '), 'engagements_from', array_to_string(froms, ', '));
END $$;
COMMENT ON FUNCTION _mart_hubspot_engagements(jsonb) IS 'what a replica of HubSpot by Airbyte holds of engagements, as common table expressions in the shape of Fivetran''s tables';

-- An engagement is a touch where a partner is on it: its company, or one of its people.
CREATE FUNCTION _mart_hubspot_touches(mart text, r jsonb, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	part constant text := 'hubspot';
	e jsonb := r #> '{tables,engagement,columns}';
	ec jsonb := r #> '{tables,engagementcompany,columns}';
	ed jsonb := r #> '{tables,engagementdeal,columns}';
	ep jsonb := r #> '{tables,engagementcontact,columns}';
	contact jsonb := r #> '{tables,contact,columns}';
	cc jsonb := r #> '{tables,contactcompany,columns}';
	d jsonb := r #> '{tables,deal,columns}';
	merges boolean := (r -> 'merges')::boolean;
	ctes text[] := '{}';
	who text[] := '{}';
	details text[] := '{}';
	t jsonb;
	name text;
	rows bigint;
	query text;
	deal text;
	id_kind text;
BEGIN
	-- Numbers are joined as numbers, of which there are statistics.
	SELECT CASE WHEN bool_and(x.value #>> ARRAY['columns', k.key, 'type'] = 'number') THEN 'raw' ELSE 'id' END INTO id_kind
	FROM   jsonb_each(r -> 'tables') x, LATERAL (SELECT CASE WHEN x.key = 'engagement' AND x.value -> 'columns' ? 'id' THEN 'id' ELSE 'engagementid' END AS key) k
	WHERE  x.key IN ('engagement', 'engagementcompany', 'engagementdeal', 'engagementcontact') OR x.key ~ '^engagement(call|meeting|email|note|task|communication)$';
	IF r ->> 'with_partners' IS NOT NULL AND ec ?& '{engagementid,companyid}' THEN
		who := who || @extschema@._mart_query(ARRAY[@extschema@._mart_field(ec, 'x', '{engagementid}', id_kind) || ' AS engagement_id', 'p.company_id AS partner_id'],
			format(E'%s x\nJOIN   partners p ON p.company_id = %s', r #>> '{tables,engagementcompany,sql}', @extschema@._mart_field(ec, 'x', '{companyid}', 'id')));
	END IF;
	IF r ->> 'with_partners' IS NOT NULL AND ep ?& '{engagementid,contactid}' THEN
		IF cc ?& '{contactid,companyid}' THEN
			who := who || @extschema@._mart_query(ARRAY[@extschema@._mart_field(ep, 'x', '{engagementid}', id_kind) || ' AS engagement_id', 'p.company_id AS partner_id'],
				format(E'%s x\nJOIN   %s c ON %s = %s\nJOIN   partners p ON p.company_id = %s', r #>> '{tables,engagementcontact,sql}', r #>> '{tables,contactcompany,sql}',
					@extschema@._mart_field(cc, 'c', '{contactid}', 'id'), @extschema@._mart_field(ep, 'x', '{contactid}', 'id'), @extschema@._mart_field(cc, 'c', '{companyid}', 'id')));
		ELSIF @extschema@._mart_field(contact, 'c', @extschema@._mart_hubspot_keys('associatedcompanyid'), 'id') IS NOT NULL THEN
			who := who || @extschema@._mart_query(ARRAY[@extschema@._mart_field(ep, 'x', '{engagementid}', id_kind) || ' AS engagement_id', 'p.company_id AS partner_id'],
				format(E'%s x\nJOIN   %s c ON %s = %s\nJOIN   partners p ON p.company_id = %s', r #>> '{tables,engagementcontact,sql}', r #>> '{tables,contact,sql}',
					@extschema@._mart_field(contact, 'c', '{id,contactid}', 'id'), @extschema@._mart_field(ep, 'x', '{contactid}', 'id'), @extschema@._mart_field(contact, 'c', @extschema@._mart_hubspot_keys('associatedcompanyid'), 'id')));
		END IF;
	END IF;
	IF who = '{}' OR @extschema@._mart_field(e, 'e', '{id,engagementid}', 'id') IS NULL THEN
		PERFORM @extschema@._mart_drop_part(mart, 'touch', part);
		PERFORM @extschema@._mart_say(mart, 'warning', 'touch', 'no engagement is read: nothing says that a partner is on one', NULL, NULL,
			'looked for engagement with engagement_company or engagement_contact, and companies that are partners; an engagement of ours alone is no touch', source);
		RETURN;
	END IF;
	FOREACH name IN ARRAY '{call,meeting,email,note,task,communication}'::text[] LOOP
		t := r #> ARRAY['tables', 'engagement' || name, 'columns'];
		CONTINUE WHEN NOT coalesce(t ? 'engagementid', false);
		details := details || @extschema@._mart_query(ARRAY[
				@extschema@._mart_field(t, 'x', '{engagementid}', id_kind) || ' AS engagement_id',
				coalesce(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('hs_timestamp', 'starttime', 'timestamp'), 'time'), 'NULL::timestamptz') || ' AS occurred_at',
				coalesce(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('hs_createdate', 'createdate'), 'time'), 'NULL::timestamptz') || ' AS recorded_at',
				coalesce('nullif(' || @extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('partner_activity_type', 'hs_activity_type')) || ', '''')', 'NULL::text') || ' AS kind',
				coalesce(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('engagement_weight'), 'number'), 'NULL::numeric') || ' AS weight',
				coalesce(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('hs_meeting_title', 'hs_call_title', 'hs_email_subject', 'hs_task_subject', 'title', 'subject')), 'NULL::text') || ' AS subject',
				coalesce(nullif(concat_ws(' OR ', @extschema@._mart_field(t, 'x', '{fivetrandeleted}', 'flag'), @extschema@._mart_field(t, 'x', '{isdeleted}', 'flag')), ''), 'false') || ' AS is_gone'],
			(r #>> ARRAY['tables', 'engagement' || name, 'sql']) || ' x');
	END LOOP;
	ctes := array_remove(ARRAY[r ->> 'with_engagements', E'who AS (\n' || @extschema@._mart_indent(array_to_string(who, E'\nUNION\n')) || E'\n)'], NULL);
	IF ed ?& '{engagementid,dealid}' THEN
		deal := @extschema@._mart_field(ed, 'x', '{dealid}', 'id');
		ctes := ctes || (E'about AS (\n' || @extschema@._mart_indent(@extschema@._mart_query(ARRAY['DISTINCT ' || @extschema@._mart_field(ed, 'x', '{engagementid}', id_kind) || ' AS engagement_id',
				CASE WHEN merges THEN format('coalesce(s.survivor_id, %s)', deal) ELSE deal END || ' AS deal_id'],
			(r #>> '{tables,engagementdeal,sql}') || ' x' || CASE WHEN merges THEN E'\nLEFT   JOIN survivor s ON s.deal_id = ' || deal ELSE '' END)) || E'\n)');
	END IF;
	IF details <> '{}' THEN
		ctes := ctes || (E'detail AS (\n' || @extschema@._mart_indent(array_to_string(details, E'\nUNION ALL\n')) || E'\n)');
	END IF;
	-- without a deal it is about the accounts that are on it
	IF ec ?& '{engagementid,companyid}' THEN
		ctes := ctes || (E'at_account AS (\n' || @extschema@._mart_indent(@extschema@._mart_query(ARRAY['DISTINCT ' || @extschema@._mart_field(ec, 'x', '{engagementid}', id_kind) || ' AS engagement_id', @extschema@._mart_field(ec, 'x', '{companyid}', 'id') || ' AS account_id'],
			(r #>> '{tables,engagementcompany,sql}') || ' x', ARRAY[format('NOT EXISTS (SELECT FROM partners p WHERE p.company_id = %s)', @extschema@._mart_field(ec, 'x', '{companyid}', 'id'))])) || E'\n)');
	END IF;
	name := @extschema@._mart_field(e, 'e', '{id,engagementid}', id_kind);
	query := 'WITH RECURSIVE ' || (r ->> 'with_partners') || ', ' || array_to_string(ctes, ', ') || E'\n' || @extschema@._mart_query(ARRAY[
			format('concat_ws('':'', %s, %sw.partner_id) AS touch_id', name, concat_ws('', CASE WHEN deal IS NOT NULL THEN 'a.deal_id, ' END, CASE WHEN ec IS NOT NULL THEN 'x.account_id, ' END)),
			CASE WHEN deal IS NOT NULL THEN 'a.deal_id' END, CASE WHEN ec IS NOT NULL THEN 'x.account_id' END, 'w.partner_id',
			format('coalesce(%s) AS kind', concat_ws(', ', CASE WHEN details <> '{}' THEN 'd.kind' END, @extschema@._mart_field(e, 'e', '{type}'), '''Engagement''')),
			CASE WHEN details <> '{}' THEN 'd.occurred_at' ELSE @extschema@._mart_item(@extschema@._mart_field(e, 'e', '{timestamp,occurredat}', 'time'), 'occurred_at') END,
			CASE WHEN details <> '{}' THEN 'd.recorded_at' END, CASE WHEN details <> '{}' THEN 'd.weight' END, CASE WHEN details <> '{}' THEN 'd.subject' END, '''engagement'' AS found_in'],
		(r #>> '{tables,engagement,sql}') || E' e\nJOIN   who w ON w.engagement_id = ' || name
			|| CASE WHEN deal IS NOT NULL THEN E'\nLEFT   JOIN about a ON a.engagement_id = ' || name ELSE '' END
			|| CASE WHEN ec IS NOT NULL THEN E'\nLEFT   JOIN at_account x ON x.engagement_id = ' || name || CASE WHEN deal IS NOT NULL THEN ' AND a.deal_id IS NULL' ELSE '' END ELSE '' END
			|| CASE WHEN details <> '{}' THEN E'\nLEFT   JOIN detail d ON d.engagement_id = ' || name ELSE '' END,
		ARRAY[@extschema@._mart_alive(e, 'e'), CASE WHEN details <> '{}' THEN 'd.is_gone IS NOT TRUE' END,
			-- what is about a deal that is gone is gone with it
			CASE WHEN deal IS NOT NULL AND @extschema@._mart_alive(d, 'g') IS NOT NULL THEN format('NOT EXISTS (SELECT FROM %s g WHERE %s = a.deal_id AND (%s) IS NOT TRUE)', r #>> '{tables,deal,sql}', @extschema@._mart_field(d, 'g', '{dealid,id}', 'id'), @extschema@._mart_alive(d, 'g')) END]);
	PERFORM @extschema@._mart_set_part(mart, 'touch', part, query, coalesce(r ->> 'engagements_from', r #>> '{tables,engagement,sql}'), 'an engagement is a touch where a partner is on it');
	PERFORM @extschema@._mart_guess_words(mart, 'touch', 'kind', 'SELECT kind FROM (' || query || ') q', source);
	rows := @extschema@._mart_count(format('WITH RECURSIVE %s, %s SELECT count(*) FROM %s e WHERE NOT EXISTS (SELECT FROM who w WHERE w.engagement_id = %s)', r ->> 'with_partners', concat_ws(', ', r ->> 'with_engagements', E'who AS (\n' || array_to_string(who, E'\nUNION\n') || ')'), r #>> '{tables,engagement,sql}', name));
	IF rows > 0 THEN
		PERFORM @extschema@._mart_say(mart, 'notice', 'touch', 'engagements without a partner are no touches', rows, NULL, NULL, source);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_hubspot_touches(text, jsonb, text) IS 'writes the text of touches over a replica of HubSpot; a part of bind_hubspot';
