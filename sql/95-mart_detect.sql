-- mart_detect: what is here to bind.  Pure SQL and PL/pgSQL.

CREATE FUNCTION detect_sources(OUT schema_name text, OUT crm text, OUT replicator text, OUT found text, OUT missing text, OUT partner_lookups text)
	RETURNS SETOF record LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	n record;
	r jsonb;
	wanted text[];
	kind text;
	is_there text;
	is_missing text;
	points text;
BEGIN
	FOR n IN SELECT s.nspname::text AS name, has_schema_privilege(s.oid, 'USAGE') AS usage FROM pg_namespace s
	         WHERE s.nspname !~ '^pg_' AND s.nspname NOT IN ('information_schema', '@extschema@')
	         -- a mart of one's own is no source
	         AND NOT EXISTS (SELECT FROM pg_class k WHERE k.relnamespace = s.oid AND k.relname = 'relation_part') ORDER BY 1 LOOP
		FOR kind, wanted IN VALUES ('Salesforce', '{account,opportunity,opportunitypartner,user,task,event,lead,contact,campaigninfluence,opportunityhistory}'::text[]),
				('HubSpot', '{company,deal,dealcompany,associationtype,dealpipelinestage,owner,engagement,engagementcompany,engagementdeal,contact,mergeddeal,dealstage}'),
				('Crossbeam', '{overlapaccount,overlapaccountpartnerpopulation,partnerpopulation,partner}') LOOP
			-- one that fails hinders no other
			BEGIN
				r := CASE kind WHEN 'Salesforce' THEN @extschema@._mart_salesforce(n.name, NULL, NULL, false) WHEN 'HubSpot' THEN @extschema@._mart_hubspot(n.name, NULL, NULL, false) ELSE @extschema@._mart_crossbeam(n.name, false) END;
			EXCEPTION WHEN OTHERS THEN
				RETURN QUERY SELECT n.name, kind, NULL::text, NULL::text, 'cannot be read: ' || SQLERRM, NULL::text;
				CONTINUE;
			END;
			CONTINUE WHEN r IS NULL;
			-- accounts and opportunities of something else
			CONTINUE WHEN kind = 'Salesforce' AND (r -> 'usable')::boolean AND NOT r #> '{tables,opportunity,columns}' ?| '{stagename,iswon,isclosed}';
			SELECT string_agg(t.value ->> 'name', ', ' ORDER BY t.key) INTO is_there FROM jsonb_each(r -> 'tables') t WHERE (t.value -> 'readable')::boolean;
			SELECT concat_ws('; ', string_agg(w, ', ' ORDER BY i) FILTER (WHERE NOT r -> 'tables' ? w AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(r -> 'unreadable') u WHERE @extschema@._mart_fold(u) LIKE '%' || w)),
			       'unreadable: ' || (SELECT string_agg(u, ', ' ORDER BY u) FROM (SELECT jsonb_array_elements_text(r -> 'unreadable') u UNION SELECT t.value ->> 'name' FROM jsonb_each(r -> 'tables') t WHERE NOT (t.value -> 'readable')::boolean) x))
			INTO   is_missing FROM unnest(wanted) WITH ORDINALITY x(w, i);
			is_missing := nullif(is_missing, '');
			IF kind = 'Crossbeam' AND r ->> 'lists' = 'partneraccount' THEN
				is_missing := NULL;
			END IF;
			points := CASE kind WHEN 'Salesforce' THEN (SELECT string_agg(format('%s.%s: %s', l ->> 'relation', l ->> 'column', CASE l ->> 'verdict'
					WHEN 'partners' THEN format('%s of %s ids are partners', l ->> 'partners', l ->> 'distinct') WHEN 'accounts' THEN format('its name, and %s of %s ids are accounts', l ->> 'accounts', l ->> 'distinct')
					WHEN 'empty' THEN 'its name, but it is empty' WHEN 'against' THEN 'not read, by its name' ELSE 'its name, but it holds no ids of accounts' END), '; ' ORDER BY l ->> 'relation', l ->> 'column') FROM jsonb_array_elements(r -> 'lookups') l)
				WHEN 'HubSpot' THEN (SELECT string_agg(format('association %s%s: %s', l ->> 'type_id', coalesce(' ' || (l ->> 'label'), ''), CASE WHEN (l -> 'partner')::boolean THEN 'its label' ELSE 'not by its label' END), '; '
					ORDER BY l ->> 'type_id') FROM jsonb_array_elements(r -> 'labels') l WHERE (l -> 'partner')::boolean OR l ->> 'category' IS DISTINCT FROM 'HUBSPOT_DEFINED') END;
			RETURN QUERY SELECT n.name, kind, r ->> 'replicator', is_there, is_missing, points;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION detect_sources() IS
	'replicas of Salesforce, HubSpot and Crossbeam in this database: tables found, missing or unreadable, and columns or associations that point to partners with the evidence';
