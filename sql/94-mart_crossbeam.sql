-- mart_crossbeam: the lists that partners share by Crossbeam, as Fivetran and
-- Stitch deliver them.  Pure SQL and PL/pgSQL.

-- NULL where the schema holds no lists of Crossbeam.
CREATE FUNCTION _mart_crossbeam(source_schema text, named boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	r jsonb := @extschema@._mart_replica(source_schema, '{overlapaccount}', '{overlapaccount,overlapaccountpartnerpopulation,partnerpopulation,partner}', named);
BEGIN
	IF r IS NULL THEN
		r := @extschema@._mart_replica(source_schema, '{partneraccount}', '{partneraccount,account}', named);
		IF r IS NULL OR r #> '{tables,partneraccount,readable}' = 'true' AND NOT r #> '{tables,partneraccount,columns}' ? 'partnercrossbeamid' THEN
			RETURN NULL;
		END IF;
		RETURN r || jsonb_build_object('replicator', CASE WHEN r ->> 'replicator' = 'unknown' THEN 'Stitch' ELSE r ->> 'replicator' END, 'lists', 'partneraccount',
			'usable', r #> '{tables,partneraccount,readable}' = 'true');
	END IF;
	RETURN r || jsonb_build_object('lists', 'overlapaccount',
		'usable', r #> '{tables,overlapaccount,readable}' = 'true' AND r #> '{tables,overlapaccount,columns}' ?& '{partnerid,partnercrossbeamrecordid}');
END $$;
COMMENT ON FUNCTION _mart_crossbeam(text, boolean) IS 'what a schema holds of Crossbeam: its tables and columns; NULL where it holds none';

CREATE FUNCTION _mart_bind_crossbeam(mart text, source_schema text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	me constant text := 'bind_crossbeam';
	part constant text := 'crossbeam';
	r jsonb := @extschema@._mart_crossbeam(source_schema, true);
	o jsonb;
	pp jsonb;
	dp jsonb;
	p jsonb;
	lists text;
	their_id text;
	record_id text;
	their_name text;
	partner_name text;
	partner_domain text;
	population text;
	populations text;
	ctes text := '';
	joins text := '';
	query text;
	partners_query text;
	known record;
	pairs text[] := '{}';
	mapped text[] := '{}';
	strangers text[] := '{}';
	found record;
	ours text;
BEGIN
	IF r IS NULL OR NOT (r -> 'usable')::boolean THEN
		RAISE EXCEPTION USING ERRCODE = CASE WHEN r IS NULL OR r #> ARRAY['tables', r ->> 'lists', 'readable'] = 'true' THEN 'undefined_table' ELSE 'insufficient_privilege' END,
			MESSAGE = CASE WHEN r IS NULL OR r #> ARRAY['tables', r ->> 'lists', 'readable'] = 'true' THEN format('no lists of Crossbeam in schema "%s"', source_schema)
				ELSE format('cannot read the lists of Crossbeam in schema "%s"', source_schema) END,
			DETAIL = CASE WHEN to_regnamespace(quote_ident(source_schema)) IS NULL THEN 'There is no such schema.'
				ELSE 'Looked for overlap_account with partner_id and partner_crossbeam_record_id (Fivetran) and for partner_account with _partner_crossbeam_id (Stitch).' END,
			HINT = 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.';
	END IF;
	PERFORM @extschema@._mart_clear_problems(mart, me);
	PERFORM @extschema@._mart_say_replaced(mart, part, source_schema, me);
	o := r #> ARRAY['tables', r ->> 'lists', 'columns'];
	lists := r #>> ARRAY['tables', r ->> 'lists', 'sql'];
	RAISE NOTICE 'Crossbeam in schema %: %', source_schema || coalesce(', replicated by ' || nullif(r ->> 'replicator', 'unknown'), ''), (SELECT string_agg(x.value ->> 'name', ', ' ORDER BY x.key) FROM jsonb_each(r -> 'tables') x);
	IF r ->> 'lists' = 'overlapaccount' THEN
		PERFORM @extschema@._mart_say_missing(mart, r || '{"unreadable": []}', me, $j$[
			["overlapaccountpartnerpopulation", null, "partner_account", "what a company is to the partner: customer, open opportunity or prospect"],
			["partnerpopulation", null, "partner_account", "the standard type of populations that partners named themselves"],
			["partner", null, "partner", "partners' names and domains"]]$j$);
		their_id := @extschema@._mart_field(o, 'o', '{partnerid}', 'id');
		record_id := @extschema@._mart_field(o, 'o', '{partnercrossbeamrecordid}', 'id');
		partner_name := @extschema@._mart_field(o, 'o', '{partnername}');
		p := r #> '{tables,partner,columns}';
		IF p ?& '{id,name}' THEN
			partner_domain := @extschema@._mart_field(p, 'p', '{domain}');
			partners_query := format('SELECT DISTINCT ON (1) %s AS id, %s AS name, %s AS domain FROM %s p ORDER BY 1, 2', @extschema@._mart_field(p, 'p', '{id}', 'id'), @extschema@._mart_field(p, 'p', '{name}'),
				coalesce(partner_domain, 'NULL::text'), r #>> '{tables,partner,sql}');
		ELSE
			partners_query := format('SELECT DISTINCT ON (1) %s AS id, %s AS name, NULL::text AS domain FROM %s o ORDER BY 1, 2', their_id, coalesce(partner_name, 'NULL::text'), lists);
		END IF;
		pp := r #> '{tables,overlapaccountpartnerpopulation,columns}';
		dp := r #> '{tables,partnerpopulation,columns}';
		IF pp ?& '{id,overlapaccountcrossbeamrecordid,overlapaccountpartnercrossbeamrecordid}' THEN
			population := coalesce(CASE WHEN dp ?& '{id,standardtype}' THEN @extschema@._mart_field(dp, 'd', '{standardtype}') END || ', ', '') || @extschema@._mart_field(pp, 'x', '{name}');
			population := CASE WHEN population LIKE '%, %' THEN 'coalesce(' || population || ')' ELSE population END;
			-- of several the strongest
			ctes := E'WITH population AS (\n' || @extschema@._mart_indent(@extschema@._mart_query(ARRAY[
					@extschema@._mart_field(pp, 'x', '{overlapaccountcrossbeamrecordid}', 'id') || ' AS our_record', @extschema@._mart_field(pp, 'x', '{overlapaccountpartnercrossbeamrecordid}', 'id') || ' AS their_record',
					format('(array_agg(%1$s ORDER BY CASE WHEN %1$s ILIKE ''%%customer%%'' THEN 1 WHEN %1$s ILIKE ''%%open%%'' THEN 2 ELSE 3 END, %1$s))[1] AS population', population),
					format('string_agg(DISTINCT %1$s, '', '' ORDER BY %1$s) AS populations', population)],
				(r #>> '{tables,overlapaccountpartnerpopulation,sql}') || ' x'
					|| CASE WHEN dp ?& '{id,standardtype}' THEN format(E'\nLEFT   JOIN %s d ON %s = %s', r #>> '{tables,partnerpopulation,sql}', @extschema@._mart_field(dp, 'd', '{id}', 'id'), @extschema@._mart_field(pp, 'x', '{id}', 'id')) ELSE '' END,
				ARRAY[@extschema@._mart_alive(pp, 'x')], 'GROUP  BY 1, 2')) || E'\n)\n';
			joins := format(E'\nLEFT   JOIN population q ON q.our_record = %s AND q.their_record = %s', @extschema@._mart_field(o, 'o', '{crossbeamrecordid}', 'id'), record_id);
			population := 'q.population';
			populations := 'q.populations';
		ELSE
			population := NULL;
		END IF;
	ELSE
		their_id := coalesce(@extschema@._mart_field(o, 'o', '{partnerorganizationid}', 'id'), @extschema@._mart_field(o, 'o', '{partnername}'));
		record_id := @extschema@._mart_field(o, 'o', '{partnercrossbeamid}', 'id');
		partner_name := @extschema@._mart_field(o, 'o', '{partnername}');
		partners_query := format('SELECT DISTINCT ON (1) %s AS id, %s AS name, NULL::text AS domain FROM %s o ORDER BY 1, 2', their_id, coalesce(partner_name, 'NULL::text'), lists);
		IF o #>> '{partnerpopulationnames,type}' = 'array' THEN
			populations := @extschema@._mart_field(o, 'o', '{partnerpopulationnames}');
			population := format('(SELECT x FROM unnest(%s) x ORDER BY CASE WHEN x ILIKE ''%%customer%%'' THEN 1 WHEN x ILIKE ''%%open%%'' THEN 2 ELSE 3 END, x LIMIT 1)', @extschema@._mart_field(o, 'o', '{partnerpopulationnames}', 'raw'));
		ELSIF o #>> '{partnerpopulationnames,type}' IN ('json', 'jsonb') THEN
			populations := format('(SELECT string_agg(x, '', '' ORDER BY x) FROM jsonb_array_elements_text(%s::jsonb) x)', @extschema@._mart_field(o, 'o', '{partnerpopulationnames}', 'raw'));
			population := format('(SELECT x FROM jsonb_array_elements_text(%s::jsonb) x ORDER BY CASE WHEN x ILIKE ''%%customer%%'' THEN 1 WHEN x ILIKE ''%%open%%'' THEN 2 ELSE 3 END, x LIMIT 1)',
				@extschema@._mart_field(o, 'o', '{partnerpopulationnames}', 'raw'));
		ELSE
			population := @extschema@._mart_field(o, 'o', '{partnerpopulationname,partnerpopulationnames,population}');
			populations := population;
		END IF;
	END IF;

	-- Crossbeam has ids of its own for partners: those that the mart knows by name or website are those.
	SELECT array_agg(k ->> 0 ORDER BY n) AS ids, array_agg(lower(btrim(k ->> 1)) ORDER BY n) AS names, array_agg(lower(k ->> 2) ORDER BY n) AS websites INTO known
	FROM   jsonb_array_elements(coalesce(@extschema@._mart_as_owner(mart, format('SELECT jsonb_agg(jsonb_build_array(partner_id, name, website) ORDER BY partner_id)::text
		FROM %I.partner WHERE partner_id NOT LIKE ''crossbeam:%%''', mart))::jsonb, '[]')) WITH ORDINALITY x(k, n);
	FOR found IN EXECUTE partners_query LOOP
		CONTINUE WHEN found.id IS NULL;
		SELECT known.ids[i] INTO ours FROM generate_subscripts(known.ids, 1) i
		WHERE  known.names[i] = lower(btrim(found.name)) OR found.domain <> '' AND known.websites[i] ~ ('(^|[/.@])' || regexp_replace(lower(found.domain), '[^a-z0-9-]', '\\\&', 'g') || '($|[/:])')
		ORDER  BY known.names[i] = lower(btrim(found.name)) DESC NULLS LAST, i LIMIT 1;
		IF ours IS NOT NULL THEN
			pairs := pairs || format('(%L, %L)', found.id, ours);
			mapped := mapped || format('%s is %s', coalesce(found.name, found.id), ours);
		ELSE
			strangers := strangers || coalesce(found.name, found.id);
		END IF;
	END LOOP;
	IF pairs <> '{}' THEN
		joins := joins || E'\nLEFT   JOIN (VALUES ' || array_to_string(pairs, E',\n                      ') || format(') k(crossbeam_id, partner_id) ON k.crossbeam_id = %s', their_id);
		PERFORM @extschema@._mart_say(mart, 'notice', 'partner_account', 'partners of Crossbeam are the mart''s, by name or website', cardinality(mapped), mapped[1], 'see the text: relation_sql(mart, ''partner_account'')', me);
		ours := format('coalesce(k.partner_id, ''crossbeam:'' || %s)', their_id);
	ELSE
		ours := format('''crossbeam:'' || %s', their_id);
	END IF;
	IF strangers <> '{}' THEN
		PERFORM @extschema@._mart_say(mart, CASE WHEN known.ids IS NULL THEN 'notice' ELSE 'warning' END, 'partner', 'partners of Crossbeam that the mart does not know are partners of their own', cardinality(strangers), array_to_string(strangers[1:3], ', '),
			CASE WHEN known.ids IS NULL THEN 'refresh the mart with the CRM bound first, then bind Crossbeam again' ELSE 'give the partner in the CRM the same name or website, and bind again' END, me);
		PERFORM @extschema@._mart_set_part(mart, 'partner', part, format(E'SELECT ''crossbeam:'' || p.id AS partner_id,\n       p.name,\n       p.domain AS website\nFROM   (%s) p%s', partners_query,
			CASE WHEN pairs <> '{}' THEN format(E'\nWHERE  p.id NOT IN (SELECT crossbeam_id FROM (VALUES %s) k(crossbeam_id, partner_id))', array_to_string(pairs, ', ')) ELSE '' END), lists, NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'partner', part);
	END IF;

	query := ctes || @extschema@._mart_query(ARRAY['DISTINCT ON (1, 2) ' || ours || ' AS partner_id', record_id || ' AS record_id',
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{partnerrecordname,name,accountname,companyname,recordname}'), 'name'),
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{partnerrecordwebsite,website,accountwebsite,domain,recordwebsite}'), 'website'),
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{country,accountcountry,billingcountry}'), 'country'),
			@extschema@._mart_item(population, 'population'), @extschema@._mart_item(populations, 'populations'),
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{partnerownername,accountownername,ownername}'), 'owner'),
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{partnerowneremail,accountowneremail,owneremail}'), 'owner_email'),
			@extschema@._mart_item(@extschema@._mart_field(o, 'o', '{fivetransynced,sdcbatchedat,updatedat}', 'time'), 'updated_at')],
		lists || ' o' || joins, ARRAY[@extschema@._mart_alive(o, 'o'), record_id || ' IS NOT NULL'],
		'ORDER  BY 1, 2' || coalesce(', ' || population, ''));
	PERFORM @extschema@._mart_set_part(mart, 'partner_account', part, query, lists, 'a record of a partner that overlaps with several of ours is one row');
	IF population IS NOT NULL THEN
		PERFORM @extschema@._mart_guess_words(mart, 'partner_account', 'population', 'SELECT population FROM (' || query || ') q', me);
	END IF;
	IF @extschema@._mart_field(o, 'o', '{partnerrecordname,name,accountname,companyname}') IS NULL AND @extschema@._mart_field(o, 'o', '{partnerrecordwebsite,website,accountwebsite,domain}') IS NULL THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'partner_account', 'the partners'' records have neither a name nor a website: our own record''s is taken, which Crossbeam matched', NULL, NULL, NULL, me);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_bind_crossbeam(text, text) IS 'what bind_crossbeam() does, as the owner';

CREATE PROCEDURE bind_crossbeam(mart text, source_schema text)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_check_bind(mart, 'source_schema', source_schema);
	-- what is read for it may be a view of somebody's
	PERFORM @extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_bind_crossbeam(%L::text, %L::text)', mart, source_schema));
END $$;
COMMENT ON PROCEDURE bind_crossbeam(text, text) IS
	'writes a mart''s texts over the lists that partners share by Crossbeam, as Fivetran (overlap_account) or Stitch (partner_account) deliver them; partners are the CRM''s by name or website';
