-- mart_hubspot: a mart's texts over a replica of HubSpot, or over its exported
-- lists.  Pure SQL and PL/pgSQL.

-- A property is property_amount to Fivetran, properties_amount or a field of
-- the column properties to Airbyte, Amount in an export.
CREATE FUNCTION _mart_hubspot_keys(VARIADIC properties text[]) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT array_agg(k.key ORDER BY p.n, k.n)
	        FROM   unnest(properties) WITH ORDINALITY p(name, n),
	               LATERAL (VALUES (1, 'property' || @extschema@._mart_fold(p.name)), (2, 'properties' || @extschema@._mart_fold(p.name)), (3, @extschema@._mart_fold(p.name)), (4, 'properties.' || p.name)) k(n, key));
END $$;
COMMENT ON FUNCTION _mart_hubspot_keys(text[]) IS 'under which folded names replicas of HubSpot keep properties, for mart_field';

-- What is to be known before texts are written; NULL where the schema holds no
-- replica of HubSpot.
CREATE FUNCTION _mart_hubspot(source_schema text, partner_companies text, partner_labels jsonb, named boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	r jsonb := @extschema@._mart_replica(source_schema, '{deal,company}',
		'{company,deal,dealcompany,associationtype,dealpipelinestage,owner,mergeddeal,dealstage,contact,contactcompany,engagement,engagementcompany,engagementdeal,engagementcontact,engagementcall,engagementmeeting,engagementemail,engagementnote,engagementtask,engagementcommunication,lineitem,lineitemdeal}', named);
	c jsonb;
	d jsonb;
	t jsonb;
	unreadable jsonb;
	company_id text;
	deal_id text;
	marks text[] := '{}';
	ctes text[] := '{}';
	evidence text[] := '{}';
	labels jsonb := '[]';
	types text[];
	association text;
	partner_parts text[] := '{}';
	found record;
	survivor boolean;
BEGIN
	IF r IS NULL THEN
		r := @extschema@._mart_replica(source_schema, '{deals,companies}', '{companies,deals,contacts,owners,engagements,activities,engagementscalls,engagementsmeetings,engagementsemails,engagementsnotes,engagementstasks,lineitems}', named);
		IF r IS NULL THEN
			RETURN NULL;
		END IF;
		r := jsonb_set(r, '{tables}', (SELECT jsonb_object_agg(CASE x.key WHEN 'companies' THEN 'company' WHEN 'activities' THEN 'activity' ELSE rtrim(x.key, 's') END, x.value)
			FROM jsonb_each(r -> 'tables') x));
	END IF;
	unreadable := coalesce((SELECT jsonb_agg(x.value -> 'name' ORDER BY x.key) FROM jsonb_each(r -> 'tables') x WHERE NOT (x.value -> 'readable')::boolean), '[]');
	r := r || jsonb_build_object('unreadable', unreadable,
		'tables', (SELECT coalesce(jsonb_object_agg(x.key, x.value), '{}') FROM jsonb_each(r -> 'tables') x WHERE (x.value -> 'readable')::boolean));
	c := r #> '{tables,company,columns}';
	d := r #> '{tables,deal,columns}';
	company_id := @extschema@._mart_field(c, 'c', '{id,companyid}', 'id');
	deal_id := @extschema@._mart_field(d, 'd', '{dealid,id}', 'id');
	IF company_id IS NULL OR deal_id IS NULL OR @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('dealname')) IS NULL THEN
		RETURN CASE WHEN unreadable <> '[]' OR r ->> 'replicator' <> 'unknown' THEN r || '{"usable": false}' END;
	END IF;

	-- Merged deals, by the one that is left in the end.
	t := r #> '{tables,mergeddeal,columns}';
	survivor := coalesce(t ?& '{dealid,mergeddealid}', false);
	IF survivor THEN
		ctes := ARRAY[format($q$merged(deal_id, survivor_id) AS (
    SELECT %1$s, %2$s FROM %3$s m
    UNION
    SELECT d.deal_id, %2$s FROM merged d JOIN %3$s m ON %1$s = d.survivor_id
)$q$, @extschema@._mart_field(t, 'm', '{mergeddealid}', 'id'), @extschema@._mart_field(t, 'm', '{dealid}', 'id'), r #>> '{tables,mergeddeal,sql}'),
$q$survivor AS (
    SELECT m.deal_id, min(m.survivor_id) AS survivor_id FROM merged m
    WHERE  NOT EXISTS (SELECT FROM merged n WHERE n.deal_id = m.survivor_id) GROUP BY m.deal_id
)$q$];
	END IF;
	r := r || jsonb_build_object('merges', survivor, 'with_survivor', to_jsonb(ctes));

	-- Which companies are on which deals: a table, an array of ids, or the domain of an export.
	t := r #> '{tables,dealcompany,columns}';
	IF t ?& '{dealid,companyid}' THEN
		association := @extschema@._mart_query(ARRAY[
				CASE WHEN survivor THEN format('coalesce(s.survivor_id, %s)', @extschema@._mart_field(t, 'a', '{dealid}', 'id')) ELSE @extschema@._mart_field(t, 'a', '{dealid}', 'id') END || ' AS deal_id',
				@extschema@._mart_field(t, 'a', '{companyid}', 'id') || ' AS company_id', coalesce(@extschema@._mart_field(t, 'a', '{typeid}', 'id'), 'NULL::text') || ' AS type_id',
				coalesce(@extschema@._mart_field(t, 'a', '{category}'), 'NULL::text') || ' AS category'],
			(r #>> '{tables,dealcompany,sql}') || ' a' || CASE WHEN survivor THEN E'\nLEFT   JOIN survivor s ON s.deal_id = ' || @extschema@._mart_field(t, 'a', '{dealid}', 'id') ELSE '' END,
			ARRAY[@extschema@._mart_alive(t, 'a')]);
	ELSIF d #>> '{companies,type}' IN ('json', 'jsonb') THEN
		association := @extschema@._mart_query(ARRAY[deal_id || ' AS deal_id', 'a.company_id', 'NULL::text AS type_id', 'NULL::text AS category'],
			format('%s d CROSS JOIN LATERAL %s_array_elements_text(CASE WHEN %s_typeof(%s) = ''array'' THEN %s END) a(company_id)', r #>> '{tables,deal,sql}', d #>> '{companies,type}', d #>> '{companies,type}',
				@extschema@._mart_field(d, 'd', '{companies}', 'raw'), @extschema@._mart_field(d, 'd', '{companies}', 'raw')));
	ELSIF d ? 'associatedcompanydomain' AND @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('domain', 'companydomainname')) IS NOT NULL THEN
		association := @extschema@._mart_query(ARRAY[deal_id || ' AS deal_id', company_id || ' AS company_id', 'NULL::text AS type_id', 'NULL::text AS category'],
			format(E'%s d\nJOIN   %s c ON lower(%s) = lower(%s)', r #>> '{tables,deal,sql}', r #>> '{tables,company,sql}', @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('domain', 'companydomainname')),
				@extschema@._mart_field(d, 'd', '{associatedcompanydomain}')));
	END IF;
	r := r || jsonb_build_object('association', association);

	-- Labels of associations that speak of partners, or that were named.
	IF r #> '{tables,dealcompany,columns}' ? 'typeid' THEN
		t := r #> '{tables,associationtype,columns}';
		FOR found IN EXECUTE format('SELECT %s AS type_id, min(%s) AS category, count(*) AS rows, %s AS label FROM %s a%s GROUP BY 1 ORDER BY 1',
			@extschema@._mart_field(r #> '{tables,dealcompany,columns}', 'a', '{typeid}', 'id'), coalesce(@extschema@._mart_field(r #> '{tables,dealcompany,columns}', 'a', '{category}'), 'NULL::text'),
			CASE WHEN t ? 'id' THEN format('min(coalesce(nullif(%s, ''''), %s))', coalesce(@extschema@._mart_field(t, 't', '{label}'), 'NULL::text'), coalesce(@extschema@._mart_field(t, 't', '{name}'), 'NULL::text')) ELSE 'NULL::text' END,
			r #>> '{tables,dealcompany,sql}',
			CASE WHEN t ? 'id' THEN format(' LEFT JOIN %s t ON %s', r #>> '{tables,associationtype,sql}', concat_ws(' AND ', @extschema@._mart_field(t, 't', '{id}', 'id') || ' = ' || @extschema@._mart_field(r #> '{tables,dealcompany,columns}', 'a', '{typeid}', 'id'),
				CASE WHEN t ? 'category' AND r #> '{tables,dealcompany,columns}' ? 'category' THEN @extschema@._mart_field(t, 't', '{category}') || ' = ' || @extschema@._mart_field(r #> '{tables,dealcompany,columns}', 'a', '{category}') END)) ELSE '' END) LOOP
			labels := labels || jsonb_build_object('type_id', found.type_id, 'category', found.category, 'rows', found.rows, 'label', found.label,
				'role', coalesce(partner_labels ->> found.type_id, partner_labels ->> (found.category || ':' || found.type_id), partner_labels ->> found.label),
				'said', coalesce(partner_labels ?| ARRAY[found.type_id, found.category || ':' || found.type_id, found.label], false),
				'partner', CASE WHEN coalesce(partner_labels ?| ARRAY[found.type_id, found.category || ':' || found.type_id, found.label], false)
				                THEN coalesce(partner_labels ->> found.type_id, partner_labels ->> (found.category || ':' || found.type_id), partner_labels ->> found.label) IS NOT NULL
				                ELSE coalesce(found.label ~* 'partner|resell|referr|co-?sell|integrator|distribut', false) END);
		END LOOP;
	END IF;
	r := r || jsonb_build_object('labels', labels);

	-- Who is a partner.
	PERFORM @extschema@._mart_check_condition('partner_companies', partner_companies, (r #>> '{tables,company,sql}') || ' c');
	IF partner_companies IS NOT NULL THEN
		marks := ARRAY['(' || partner_companies || ')'];
		evidence := ARRAY[partner_companies];
	ELSE
		FOR found IN SELECT k.keys, @extschema@._mart_field(c, 'c', k.keys) AS field FROM (VALUES (@extschema@._mart_hubspot_keys('type')), (@extschema@._mart_hubspot_keys('lifecyclestage')), (@extschema@._mart_hubspot_keys('company_type', 'hs_company_type'))) k(keys) LOOP
			CONTINUE WHEN found.field IS NULL;
			EXECUTE format('SELECT array_agg(DISTINCT %1$s) FROM %2$s c WHERE %1$s ~* ''partner|resell|integrator|distribut|alliance''', found.field, r #>> '{tables,company,sql}') INTO types;
			IF types IS NOT NULL THEN
				marks := marks || format('%s IN (%s)', found.field, (SELECT string_agg(quote_literal(x), ', ' ORDER BY x) FROM unnest(types) x));
				evidence := evidence || format('%s %s', split_part(found.field, '.', 2), array_to_string(types, ', '));
			END IF;
		END LOOP;
		IF @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('is_partner'), 'flag') IS NOT NULL THEN
			marks := marks || @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('is_partner'), 'flag');
			evidence := evidence || 'is_partner'::text;
		END IF;
	END IF;
	IF marks <> '{}' THEN
		partner_parts := ARRAY[@extschema@._mart_query(ARRAY[company_id || ' AS company_id'], (r #>> '{tables,company,sql}') || ' c',
			array_remove(ARRAY['(' || array_to_string(marks, ' OR ') || ')', @extschema@._mart_alive(c, 'c')], NULL))];
	END IF;
	SELECT array_agg(format('(%L, %L)', l ->> 'type_id', coalesce(l ->> 'category', '')) ORDER BY l ->> 'type_id') INTO types
	FROM   jsonb_array_elements(labels) l WHERE (l -> 'partner')::boolean;
	IF association IS NOT NULL THEN
		ctes := ctes || (E'association AS (\n' || @extschema@._mart_indent(association) || E'\n)');
	END IF;
	IF types IS NOT NULL AND partner_companies IS NULL THEN
		partner_parts := partner_parts || format(E'SELECT a.company_id FROM association a\nWHERE  (a.type_id, coalesce(a.category, '''')) IN (%s)', array_to_string(types, ', '));
		evidence := evidence || ('labels of associations: ' || (SELECT string_agg(coalesce(l ->> 'label', l ->> 'type_id'), ', ' ORDER BY l ->> 'type_id') FROM jsonb_array_elements(labels) l WHERE (l -> 'partner')::boolean));
	END IF;
	RETURN r || jsonb_build_object('usable', true, 'evidence', to_jsonb(evidence), 'partner_types', array_to_string(types, ', '), 'with', to_jsonb(ctes),
		'with_partners', CASE WHEN partner_parts <> '{}' THEN array_to_string(ctes || (E'partners AS (\n' || @extschema@._mart_indent(array_to_string(partner_parts, E'\nUNION\n')) || E'\n)'), ', ') END);
END $$;
COMMENT ON FUNCTION _mart_hubspot(text, text, jsonb, boolean) IS
	'what a schema''s replica of HubSpot holds: tables, columns, merged deals, labels of associations and who is a partner; NULL where there is none';

-- bind_hubspot: the texts.  d is a deal, c a company, u an owner.
CREATE FUNCTION _mart_bind_hubspot(mart text, source_schema text, partner_labels jsonb, partner_companies text, pass_through jsonb, changed_since boolean) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	me constant text := 'bind_hubspot';
	part constant text := 'hubspot';
	r jsonb;
	c jsonb;
	d jsonb;
	s jsonb;
	u jsonb;
	t jsonb;
	company_id text;
	deal_id text;
	company_sql text;
	deal_sql text;
	merges boolean;
	with_all text;
	with_partners text;
	with_accounts text;
	owner_join text := '';
	owner_name text;
	is_won text;
	is_closed text;
	outcome text;
	closed text;
	stage text;
	stage_join text := '';
	closedate text;
	day_only boolean := false;
	query text;
	words text;
	l record;
	rows bigint;
	name text;
	newer text;
BEGIN
	r := @extschema@._mart_hubspot(source_schema, partner_companies, partner_labels, true);
	IF r IS NULL OR NOT (r -> 'usable')::boolean THEN
		RAISE EXCEPTION USING ERRCODE = CASE WHEN r IS NULL OR r -> 'unreadable' = '[]' THEN 'undefined_table' ELSE 'insufficient_privilege' END,
			MESSAGE = CASE WHEN r IS NULL OR r -> 'unreadable' = '[]' THEN format('no replica of HubSpot in schema "%s"', source_schema)
				ELSE format('cannot read the replica of HubSpot in schema "%s"', source_schema) END,
			DETAIL = CASE WHEN r IS NOT NULL AND r -> 'unreadable' <> '[]' THEN format('%s may not read %s.', current_user, (SELECT string_agg(n, ', ') FROM jsonb_array_elements_text(r -> 'unreadable') n))
				WHEN to_regnamespace(quote_ident(source_schema)) IS NULL THEN 'There is no such schema.'
				ELSE 'Looked for the tables company and deal (Fivetran) or companies and deals (Airbyte, an export), with an id and a deal''s name.' END,
			HINT = 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.';
	END IF;
	PERFORM @extschema@._mart_clear_problems(mart, me);
	PERFORM @extschema@._mart_say_replaced(mart, part, source_schema, me);
	c := r #> '{tables,company,columns}';
	d := r #> '{tables,deal,columns}';
	company_id := @extschema@._mart_field(c, 'c', '{id,companyid}', 'id');
	deal_id := @extschema@._mart_field(d, 'd', '{dealid,id}', 'id');
	company_sql := r #>> '{tables,company,sql}';
	deal_sql := r #>> '{tables,deal,sql}';
	merges := (r -> 'merges')::boolean;
	with_partners := r ->> 'with_partners';
	with_all := array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with')), ', ');
	u := r #> '{tables,owner,columns}';
	IF @extschema@._mart_field(u, 'u', '{ownerid,id}', 'id') IS NOT NULL THEN
		owner_join := format(E'\nLEFT   JOIN %s u ON %s = ', r #>> '{tables,owner,sql}', @extschema@._mart_field(u, 'u', '{ownerid,id}', 'id'));
		owner_name := format('nullif(concat_ws('' '', %s), '''')', concat_ws(', ', @extschema@._mart_field(u, 'u', '{firstname}'), @extschema@._mart_field(u, 'u', '{lastname}')));
		owner_name := CASE WHEN u ?| '{firstname,lastname}' THEN owner_name ELSE @extschema@._mart_field(u, 'u', '{email}') END;
	END IF;
	r := @extschema@._mart_hubspot_engagements(r);
	RAISE NOTICE 'HubSpot in schema %: %', source_schema || coalesce(', replicated by ' || nullif(r ->> 'replicator', 'unknown'), ''), (SELECT string_agg(x.value ->> 'name', ', ' ORDER BY x.key) FROM jsonb_each(r -> 'tables') x WHERE x.value ? 'name');
	PERFORM @extschema@._mart_say_missing(mart, r, me, $j$[
		["dealcompany", null, "deal_partner", "which companies are on a deal, and as what: associations with their labels"],
		["associationtype", null, "deal_partner", "labels of associations by name"],
		["dealpipelinestage", null, "deal", "stages by name, and which of them are won or lost"],
		["owner", null, "deal", "owners by name and e-mail address"],
		["engagement", null, "touch", "calls, meetings and e-mails with a partner as touches"],
		["engagementcompany", null, "touch", "which companies are on an engagement: without it none is a touch"],
		["engagementdeal", null, "touch", "which deals an engagement is about"],
		["contact", null, "contact", "people, and engagements with a partner's people as touches"],
		["mergeddeal", null, "deal", "deals that were merged into others"],
		["dealstage", null, "deal_history", "stages as they stood on any day before the first refresh"],
		["company", ["propertywebsite", "propertydomain", "website", "domain", "companydomainname", "properties", "propertieswebsite", "propertiesdomain"], "account", "websites, by which companies are matched best"],
		["company", ["propertycountry", "country", "properties", "propertiescountry"], "account", "countries, which tell companies of one name apart"],
		["company", ["propertylifecyclestage", "lifecyclestage", "properties", "propertieslifecyclestage"], "account", "what an account is to us"],
		["deal", ["propertyamount", "amount", "properties", "propertiesamount"], "deal", "any money"],
		["deal", ["propertycreatedate", "createdate", "createdat", "properties"], "deal", "when a deal was opened"],
		["deal", ["propertyclosedate", "closedate", "properties", "propertiesclosedate"], "deal", "when a deal was closed: it counts in no period"],
		["deal", ["propertydealtype", "dealtype", "properties", "propertiesdealtype"], "deal", "new, expansion and renewal apart"],
		["deal", ["propertycosell", "propertyiscosell", "cosell", "properties"], "deal", "co-sold deals as their owner ticks them; without it a co_sell role decides"]]$j$);

	IF with_partners IS NULL THEN
		PERFORM @extschema@._mart_say(mart, 'error', 'partner', 'nothing tells which companies are partners', NULL, NULL,
			'looked for a type or lifecycle stage that says partner and for labels of associations; bind again with partner_companies => ''a condition on companies'' or partner_labels => ''{"type_id": "role"}''', me);
	ELSE
		EXECUTE format('WITH RECURSIVE %s SELECT count(*) FROM partners', with_partners) INTO rows;
		PERFORM @extschema@._mart_say(mart, CASE WHEN rows = 0 THEN 'error' ELSE 'notice' END, 'partner', 'companies are partners by '
			|| (SELECT string_agg(e, '; ' ORDER BY n) FROM jsonb_array_elements_text(r -> 'evidence') WITH ORDINALITY e(e, n)), rows, NULL,
			'bind again with partner_companies => ''a condition on companies'' where that is wrong', me);
	END IF;
	FOR l IN SELECT x.value ->> 'type_id' AS type_id, x.value ->> 'category' AS category, (x.value ->> 'rows')::bigint AS rows, x.value ->> 'label' AS label, x.value ->> 'role' AS role,
	                (x.value -> 'partner')::boolean AS partner, (x.value -> 'said')::boolean AS said FROM jsonb_array_elements(r -> 'labels') WITH ORDINALITY x(value, n) ORDER BY x.n LOOP
		IF l.partner THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'deal_partner', format('association %s%s is a partner''s%s', l.type_id, coalesce(' (' || l.label || ')', ''), CASE WHEN l.said THEN ', as told' ELSE ', by its label' END),
				l.rows, NULL, format('partner_labels => ''{"%s": null}'' leaves it out', l.type_id), me);
			IF l.role IS NOT NULL THEN
				PERFORM @extschema@._mart_guess_meaning(mart, 'deal_partner', 'role', coalesce(l.label, l.type_id), l.role, 'confirmed');
			END IF;
		ELSIF l.category IS DISTINCT FROM 'HUBSPOT_DEFINED' AND NOT l.said THEN
			PERFORM @extschema@._mart_say(mart, 'warning', 'deal_partner', format('association %s%s is not read as a partner''s', l.type_id, coalesce(' (' || l.label || ')', '')), l.rows, NULL,
				format('partner_labels => ''{"%s": "a role"}'' reads it so', l.type_id), me);
		END IF;
	END LOOP;

	FOR name IN SELECT k FROM jsonb_object_keys(partner_labels) k WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(r -> 'labels') x
			WHERE k IN (x ->> 'type_id', (x ->> 'category') || ':' || (x ->> 'type_id'), x ->> 'label')) ORDER BY k LOOP
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal_partner', format('association %s was named and is on no deal', name), NULL, NULL, NULL, me);
	END LOOP;

	-- Whose deal it is: HubSpot's own type 5 is the primary company; a partner is it only where nobody else is.
	IF r ->> 'association' IS NOT NULL THEN
		with_accounts := coalesce(with_partners, with_all) || E', deal_account AS (\n    SELECT DISTINCT ON (a.deal_id) a.deal_id, a.company_id\n    FROM   association a'
			|| CASE WHEN with_partners IS NOT NULL THEN E'\n    LEFT   JOIN partners p ON p.company_id = a.company_id' ELSE '' END
			|| coalesce(E'\n    WHERE  (a.type_id, coalesce(a.category, '''')) NOT IN (' || (r ->> 'partner_types') || ') OR a.type_id IS NULL', '')
			|| E'\n    ORDER  BY a.deal_id, ' || CASE WHEN with_partners IS NOT NULL THEN 'p.company_id IS NOT NULL, ' ELSE '' END
			|| E'(a.type_id = ''5'' AND a.category = ''HUBSPOT_DEFINED'') DESC NULLS LAST, a.company_id\n)';
	END IF;

	-- account
	words := company_sql || ' c' || CASE WHEN owner_join <> '' AND c ?| '{propertyhubspotownerid,propertieshubspotownerid,hubspotownerid,ownerid}'
			THEN owner_join || @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hubspot_owner_id', 'ownerid'), 'id') ELSE '' END
		|| CASE WHEN with_partners IS NOT NULL THEN E'\nLEFT   JOIN partners p ON p.company_id = ' || company_id ELSE '' END;
	query := coalesce('WITH RECURSIVE ' || CASE WHEN with_partners IS NOT NULL THEN coalesce(with_accounts, with_partners) END || E'\n', '') || @extschema@._mart_query(ARRAY[
			company_id || ' AS account_id', @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('name', 'companyname')), 'name'),
			CASE WHEN @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('website')) IS NOT NULL AND @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('domain', 'companydomainname')) IS NOT NULL
			     THEN format('coalesce(nullif(%s, ''''), %s) AS website', @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('website')), @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('domain', 'companydomainname')))
			     ELSE @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('website', 'domain', 'companydomainname')), 'website') END,
			@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hs_country_code', 'country')), 'country'),
			CASE WHEN with_partners IS NULL THEN @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('lifecyclestage')), 'segment')
			     ELSE 'CASE WHEN p.company_id IS NULL THEN ' || @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('lifecyclestage')) || ' END AS segment' END,
			@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hs_parent_company_id'), 'id'), 'parent_id'),
			CASE WHEN words LIKE '% u ON %' THEN @extschema@._mart_item(owner_name, 'owner') ELSE @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hubspot_owner_id', 'companyowner'), 'text'), 'owner') END,
			CASE WHEN words LIKE '% u ON %' THEN @extschema@._mart_item(@extschema@._mart_field(u, 'u', '{email}'), 'owner_email') END,
			@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('industry')), 'industry'), @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('region', 'sales_region', 'territory')), 'region'),
			CASE WHEN with_partners IS NOT NULL THEN 'p.company_id IS NOT NULL AS is_partner' END,
			@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('createdate', 'createdat'), 'local day'), 'created_on'),
			@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hs_lastmodifieddate', 'updatedat', 'lastmodifieddate', 'fivetransynced'), 'time'), 'updated_at'),
			@extschema@._mart_extra(c, 'c', coalesce(pass_through -> 'company', pass_through -> 'account'))],
		words, ARRAY[@extschema@._mart_alive(c, 'c'),
			CASE WHEN with_partners IS NOT NULL AND r ->> 'association' IS NOT NULL
			     THEN format('(p.company_id IS NULL OR EXISTS (SELECT FROM deal_account x JOIN %s d ON %s WHERE x.company_id = %s))', deal_sql,
			                 concat_ws(' AND ', deal_id || ' = x.deal_id', @extschema@._mart_alive(d, 'd')), company_id)
			     WHEN with_partners IS NOT NULL THEN 'p.company_id IS NULL' END]);
	PERFORM @extschema@._mart_set_part(mart, 'account', part, query, company_sql, NULL);
	PERFORM @extschema@._mart_guess_words(mart, 'account', 'segment', 'SELECT segment FROM (' || query || ') q', me)
	WHERE  @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('lifecyclestage')) IS NOT NULL;

	-- partner
	IF with_partners IS NOT NULL THEN
		query := 'WITH RECURSIVE ' || with_partners || E'\n' || @extschema@._mart_query(ARRAY[
				company_id || ' AS partner_id', @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('name', 'companyname')), 'name'),
				@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('partner_type', 'type')), 'type'), @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('partner_program')), 'program'),
				@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('partner_tier', 'partner_level')), 'tier'), @extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('region', 'sales_region', 'territory')), 'region'),
				@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('website', 'domain', 'companydomainname')), 'website'),
				@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('partner_since', 'partner_signed_on', 'signed_on'), 'local day'), 'signed_on'),
				@extschema@._mart_item(@extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('hs_lastmodifieddate', 'updatedat', 'lastmodifieddate', 'fivetransynced'), 'time'), 'updated_at'),
				@extschema@._mart_extra(c, 'c', pass_through -> 'partner')],
			format(E'partners p\nJOIN   %s c ON %s = p.company_id', company_sql, company_id), ARRAY[@extschema@._mart_alive(c, 'c')]);
		PERFORM @extschema@._mart_set_part(mart, 'partner', part, query, company_sql, NULL);
		PERFORM @extschema@._mart_guess_words(mart, 'partner', 'type', 'SELECT type FROM (' || query || ') q', me)
		WHERE  @extschema@._mart_field(c, 'c', @extschema@._mart_hubspot_keys('partner_type', 'type')) IS NOT NULL;
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'partner', part);
	END IF;

	-- deal
	s := r #> '{tables,dealpipelinestage,columns}';
	stage := @extschema@._mart_field(d, 'd', ARRAY['dealpipelinestageid'] || @extschema@._mart_hubspot_keys('dealstage'), 'id');
	is_won := @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('hs_is_closed_won'), 'flag');
	is_closed := @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('hs_is_closed'), 'flag');
	IF stage IS NOT NULL AND s ? 'stageid' THEN
		stage_join := format(E'\nLEFT   JOIN %s s ON %s = %s', r #>> '{tables,dealpipelinestage,sql}', @extschema@._mart_field(s, 's', '{stageid}', 'id'), stage)
			|| coalesce(' AND ' || @extschema@._mart_field(s, 's', '{pipelineid}', 'id') || ' = ' || @extschema@._mart_field(d, 'd', ARRAY['dealpipelineid'] || @extschema@._mart_hubspot_keys('pipeline'), 'id'), '');
		IF is_won IS NULL THEN
			is_won := coalesce(@extschema@._mart_field(s, 's', '{closedwon}', 'flag'), @extschema@._mart_field(s, 's', '{probability}', 'number') || ' = 1');
			is_closed := coalesce(@extschema@._mart_field(s, 's', '{isclosed}', 'flag'), @extschema@._mart_field(s, 's', '{probability}', 'number') || ' IN (0, 1)');
		END IF;
		stage := coalesce('coalesce(' || @extschema@._mart_field(s, 's', '{label}') || ', ' || stage || ')', stage);
	END IF;
	IF is_won IS NOT NULL AND (r ->> 'replicator' <> 'unknown' OR stage IS NULL) THEN
		outcome := format('CASE WHEN %s THEN ''won''%s ELSE ''open'' END', is_won, coalesce(format(' WHEN %s THEN ''lost''', is_closed), ''));
		closed := '(' || concat_ws(' OR ', is_won, is_closed) || ')';
	ELSIF stage IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal', 'nothing says whether a deal is won or lost but its stage: it is read from that', NULL, NULL, 'see the table meaning, column outcome', me);
		stage_join := stage_join || format(E'\nLEFT   JOIN (SELECT lower(btrim(written)) AS written, min(standard) AS standard FROM meaning WHERE relation = ''deal'' AND column_name = ''outcome'' GROUP BY 1) w'
			|| ' ON w.written = lower(btrim(%s))', stage);
		outcome := stage;
		closed := '(w.standard IN (''won'', ''lost''))';
	ELSE
		PERFORM @extschema@._mart_say(mart, 'error', 'deal', 'deals have neither a stage nor anything else that says whether they are won: every deal is open', NULL, NULL, NULL, me);
		outcome := '''open''';
		closed := 'false';
	END IF;
	-- Closes that are midnight in every row are days.
	closedate := @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('closedate'), 'time');
	IF closedate IS NOT NULL THEN
		words := @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('closedate'), 'day');
		IF (SELECT bool_and(k.type = 'date') FROM (SELECT d -> k.key ->> 'type' AS type FROM unnest(@extschema@._mart_hubspot_keys('closedate')) k(key) WHERE d ? k.key LIMIT 1) k) THEN
			day_only := true;
		ELSE
			EXECUTE format('SELECT bool_and(%1$s = date_trunc(''day'', %1$s, ''UTC'')) FROM %2$s d', closedate, deal_sql) INTO day_only;
		END IF;
		IF day_only THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'deal', 'closes are days, not times, and end with the day in the mart''s time zone', NULL, NULL, NULL, me);
		END IF;
	END IF;
	newer := CASE WHEN changed_since THEN @extschema@._mart_newer_items(d, 'd') END;
	IF changed_since AND newer IS NULL THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal', 'deals are read whole: nothing says when a row was written', NULL, NULL, NULL, me);
	END IF;
	words := @extschema@._mart_field(d, 'd', ARRAY['ownerid'] || @extschema@._mart_hubspot_keys('hubspot_owner_id'), 'id');
	query := coalesce('WITH RECURSIVE ' || with_accounts || E'\n', '')
		|| @extschema@._mart_query(ARRAY[
			deal_id || ' AS deal_id', CASE WHEN r ->> 'association' IS NOT NULL THEN 'x.company_id AS account_id' END,
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('dealname')), 'name'), @extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('dealtype')), 'type'),
			stage || ' AS stage', outcome || ' AS outcome', @extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('amount'), 'amount'), 'amount_written'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('deal_currency_code')), 'currency'), @extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('hs_arr', 'arr'), 'number'), 'arr'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('gross_margin'), 'number'), 'gross_margin'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('createdate', 'createdat'), 'time'), 'opened_at'),
			CASE WHEN closed <> 'false' THEN 'CASE WHEN ' || closed || ' THEN ' || CASE WHEN day_only THEN @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('closedate'), 'day') ELSE closedate END
				|| ' END AS ' || CASE WHEN day_only THEN 'closed_on' ELSE 'closed_at' END END,
			'CASE WHEN ' || closed || ' IS NOT TRUE THEN ' || @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('closedate'), CASE WHEN day_only THEN 'day' ELSE 'local day' END) || ' END AS expected_close_on',
			CASE WHEN owner_join <> '' AND words IS NOT NULL THEN @extschema@._mart_item(owner_name, 'owner') ELSE @extschema@._mart_item(coalesce(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('dealowner')), words), 'owner') END,
			CASE WHEN owner_join <> '' AND words IS NOT NULL THEN @extschema@._mart_item(@extschema@._mart_field(u, 'u', '{email}'), 'owner_email') END,
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('lead_source', 'hs_analytics_source', 'leadsource')), 'lead_source'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('partner_program')), 'program'), @extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('region', 'sales_region', 'territory')), 'region'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('co_sell', 'is_co_sell', 'co_sold'), 'flag'), 'co_sell'), @extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('marketplace')), 'marketplace'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('on_partner_paper', 'reseller'), 'id'), 'on_partner_paper'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('first_value_at', 'go_live_date'), 'time'), 'first_value_at'),
			@extschema@._mart_item(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('hs_lastmodifieddate', 'updatedat', 'fivetransynced'), 'time'), 'updated_at'),
			@extschema@._mart_extra(d, 'd', pass_through -> 'deal'), newer],
		deal_sql || ' d' || CASE WHEN r ->> 'association' IS NOT NULL THEN E'\nLEFT   JOIN deal_account x ON x.deal_id = ' || deal_id ELSE '' END || stage_join
			|| CASE WHEN owner_join <> '' AND words IS NOT NULL THEN owner_join || words ELSE '' END,
		ARRAY[CASE WHEN newer IS NULL THEN @extschema@._mart_alive(d, 'd') END, CASE WHEN merges THEN format('NOT EXISTS (SELECT FROM %s m WHERE %s = %s)', r #>> '{tables,mergeddeal,sql}', @extschema@._mart_field(r #> '{tables,mergeddeal,columns}', 'm', '{mergeddealid}', 'id'), deal_id) END]);
	PERFORM @extschema@._mart_set_part(mart, 'deal', part, query, deal_sql, CASE WHEN newer IS NOT NULL THEN 'what changed is read; hard deletes and merges wait for a full refresh' END, CASE WHEN newer IS NOT NULL THEN 'read_at' END);
	PERFORM @extschema@._mart_pass_columns(mart, 'deal_fact', pass_through -> 'deal');
	IF closed LIKE '(w.%' THEN
		PERFORM @extschema@._mart_guess_words(mart, 'deal', 'outcome', 'SELECT outcome FROM (' || query || ') q', me);
	END IF;
	PERFORM @extschema@._mart_guess_words(mart, 'deal', 'type', 'SELECT type FROM (' || query || ') q', me) WHERE @extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('dealtype')) IS NOT NULL;

	-- deal_partner: a labelled association is a role; a partner's without a label says no role
	IF r ->> 'association' IS NOT NULL AND with_partners IS NOT NULL THEN
		t := r #> '{tables,associationtype,columns}';
		query := 'WITH RECURSIVE ' || with_accounts || E', named AS (\n' || @extschema@._mart_indent(@extschema@._mart_query(ARRAY['a.deal_id', 'a.company_id AS partner_id', 'b.label AS role'],
			E'association a\nLEFT   JOIN (VALUES ' || coalesce((SELECT string_agg(format('(%L, %L, %L)', x ->> 'type_id', coalesce(x ->> 'category', ''), coalesce(x ->> 'label', x ->> 'type_id')), ', ' ORDER BY x ->> 'type_id')
				FROM jsonb_array_elements(r -> 'labels') x WHERE (x -> 'partner')::boolean), '(NULL, NULL, NULL)') || E') b(type_id, category, label) ON b.type_id = a.type_id AND b.category = coalesce(a.category, '''')'
				|| E'\nJOIN   partners p ON p.company_id = a.company_id',
			ARRAY['(b.type_id IS NOT NULL OR NOT EXISTS (SELECT FROM association o WHERE o.deal_id = a.deal_id AND o.company_id = a.company_id AND '
				|| coalesce('(o.type_id, coalesce(o.category, '''')) IN (' || (r ->> 'partner_types') || ')', 'false') || '))',
				'NOT EXISTS (SELECT FROM deal_account o WHERE o.deal_id = a.deal_id AND o.company_id = a.company_id)']))
			|| E'\n)\n' || @extschema@._mart_query(ARRAY['n.deal_id', 'n.partner_id', 'coalesce(w.standard, n.role, '''') AS role', '''association'' AS found_in'],
				format(E'named n\nJOIN   %s d ON %s', deal_sql, concat_ws(' AND ', deal_id || ' = n.deal_id', @extschema@._mart_alive(d, 'd')))
				|| E'\nLEFT   JOIN (SELECT lower(btrim(written)) AS written, min(standard) AS standard FROM meaning WHERE relation = ''deal_partner'' AND column_name = ''role'' GROUP BY 1) w'
				|| ' ON w.written = lower(btrim(n.role))', '{}', 'GROUP  BY 1, 2, 3');
		PERFORM @extschema@._mart_set_part(mart, 'deal_partner', part, query, coalesce(r #>> '{tables,dealcompany,sql}', deal_sql), 'the same company on a deal by several associations is one row a role');
		PERFORM @extschema@._mart_guess_words(mart, 'deal_partner', 'role', 'SELECT x.label FROM (VALUES ' || coalesce((SELECT string_agg(format('(%L)', coalesce(x ->> 'label', x ->> 'type_id')), ', ')
			FROM jsonb_array_elements(r -> 'labels') x WHERE (x -> 'partner')::boolean), '(NULL)') || ') x(label)', me);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_partner', part);
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal_partner', 'nothing names partners on deals', NULL, NULL, 'looked for associations of deals with companies that are partners', me);
	END IF;

	PERFORM @extschema@._mart_hubspot_touches(mart, r, me);

	-- contact
	t := r #> '{tables,contact,columns}';
	words := @extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('associatedcompanyid'), 'id');
	IF @extschema@._mart_field(t, 'x', '{id,contactid}', 'id') IS NOT NULL AND words IS NOT NULL THEN
		query := coalesce('WITH RECURSIVE ' || with_partners || E'\n', '') || @extschema@._mart_query(ARRAY[
				@extschema@._mart_field(t, 'x', '{id,contactid}', 'id') || ' AS contact_id', CASE WHEN with_partners IS NULL THEN words || ' AS account_id' ELSE format('CASE WHEN p.company_id IS NULL THEN %s END AS account_id', words) END,
				CASE WHEN with_partners IS NOT NULL THEN 'p.company_id AS partner_id' END,
				'nullif(concat_ws('' '', ' || nullif(concat_ws(', ', @extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('firstname')), @extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('lastname'))), '') || '), '''') AS name',
				@extschema@._mart_item(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('email')), 'email'),
				@extschema@._mart_item(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('hs_buying_role', 'jobtitle')), 'role'),
				@extschema@._mart_item(@extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('createdate', 'createdat'), 'local day'), 'since')],
			(r #>> '{tables,contact,sql}') || ' x' || coalesce(E'\nLEFT   JOIN partners p ON p.company_id = ' || CASE WHEN with_partners IS NOT NULL THEN words END, ''), ARRAY[@extschema@._mart_alive(t, 'x')]);
		PERFORM @extschema@._mart_set_part(mart, 'contact', part, query, r #>> '{tables,contact,sql}', NULL);
		PERFORM @extschema@._mart_guess_words(mart, 'contact', 'role', @extschema@._mart_known_roles(query), me)
		WHERE  @extschema@._mart_field(t, 'x', @extschema@._mart_hubspot_keys('hs_buying_role', 'jobtitle')) IS NOT NULL;
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'contact', part);
	END IF;

	-- deal_history
	t := r #> '{tables,dealstage,columns}';
	IF t ?& '{dealid,value,dateentered}' THEN
		query := @extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 'h', '{dealid}', 'id') || ' AS deal_id', @extschema@._mart_field(t, 'h', '{dateentered}', 'time') || ' AS valid_from',
				CASE WHEN s ?& '{stageid,label}' THEN format('coalesce(%s, %s)', @extschema@._mart_field(s, 's', '{label}'), @extschema@._mart_field(t, 'h', '{value}')) ELSE @extschema@._mart_field(t, 'h', '{value}') END || ' AS stage',
				CASE WHEN s ?& '{stageid,closedwon,isclosed}' THEN format('CASE WHEN %s THEN ''won'' WHEN %s THEN ''lost'' ELSE ''open'' END AS outcome', @extschema@._mart_field(s, 's', '{closedwon}', 'flag'), @extschema@._mart_field(s, 's', '{isclosed}', 'flag')) END],
			(r #>> '{tables,dealstage,sql}') || ' h' || CASE WHEN s ? 'stageid' THEN format(E'\nLEFT   JOIN %s s ON %s = %s', r #>> '{tables,dealpipelinestage,sql}', @extschema@._mart_field(s, 's', '{stageid}', 'id'), @extschema@._mart_field(t, 'h', '{value}')) ELSE '' END,
			ARRAY[@extschema@._mart_field(t, 'h', '{dateentered}', 'time') || ' IS NOT NULL']);
		PERFORM @extschema@._mart_set_part(mart, 'deal_history', part, query, r #>> '{tables,dealstage,sql}', NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_history', part);
	END IF;

	PERFORM @extschema@._mart_hubspot_program(mart, r || jsonb_build_object('with_accounts', with_accounts, 'is_won', is_won, 'stage_join', stage_join), me);

	-- What is left out.
	FOR l IN SELECT x.value ->> 'sql' AS sql, x.value ->> 'name' AS name, x.value -> 'columns' AS c, x.key FROM jsonb_each(r -> 'tables') x WHERE x.key IN ('company', 'deal') ORDER BY x.key LOOP
		CONTINUE WHEN @extschema@._mart_alive(l.c, 'r') IS NULL;
		rows := @extschema@._mart_count(format('SELECT count(*) FROM %s r WHERE NOT (%s)', l.sql, @extschema@._mart_alive(l.c, 'r')));
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'notice', CASE l.key WHEN 'company' THEN 'account' ELSE 'deal' END, format('rows of %s that are deleted are left out', l.name), rows, NULL, NULL, me);
		END IF;
	END LOOP;
	IF merges THEN
		rows := @extschema@._mart_count('WITH RECURSIVE ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') || ' SELECT count(*) FROM survivor');
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'deal', 'merged deals are read as the one that is left', rows, NULL, NULL, me);
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_bind_hubspot(text, text, jsonb, text, jsonb, boolean) IS 'what bind_hubspot() does, as the owner';

CREATE PROCEDURE bind_hubspot(mart text, source_schema text, partner_labels jsonb DEFAULT NULL, partner_companies text DEFAULT NULL, pass_through jsonb DEFAULT NULL, changed_since boolean DEFAULT false)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_check_bind(mart, 'source_schema', source_schema);
	PERFORM @extschema@._mart_check_argument('partner_labels', partner_labels, NULL);
	PERFORM @extschema@._mart_check_argument('pass_through', pass_through, '{account,company,partner,deal}');
	-- what is read for it may be a view of somebody's
	PERFORM @extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_bind_hubspot(%L::text, %L::text, %L::jsonb, %L::text, %L::jsonb, %L::boolean)', mart, source_schema, partner_labels, partner_companies, pass_through, coalesce(changed_since, false)));
END $$;
COMMENT ON PROCEDURE bind_hubspot(text, text, jsonb, text, jsonb, boolean) IS
	'writes a mart''s texts over a replica of HubSpot and says what it takes for granted; partner_labels: {"37": "sourcing", "41": null} by type_id of an association, partner_companies: a condition on companies, pass_through: {"deal": ["property_competitor"]}, changed_since: whether refreshes read only deals that were written since';
