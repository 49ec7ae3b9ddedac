-- mart_salesforce_touch: what partners did, from a replica of Salesforce.  Pure
-- SQL and PL/pgSQL.

-- Touches: tasks and events with a partner on them, leads that a partner
-- brought, and campaigns with a partner, by one model of influence.
CREATE FUNCTION _mart_salesforce_touches(mart text, r jsonb, source text, changed_since boolean) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	part constant text := 'salesforce';
	f text := r ->> 'id_function';
	opportunity jsonb := r #> '{tables,opportunity,columns}';
	opportunity_sql text := r #>> '{tables,opportunity,sql}';
	deal_id text := @extschema@._mart_field(opportunity, 'o', '{sfid,id}', 'id', f);
	merges boolean := (r -> 'merges')::boolean;
	with_partners text := r ->> 'with_partners';
	with_all text;
	contact jsonb := r #> '{tables,contact,columns}';
	t jsonb;
	table_sql text;
	branches text[] := '{}';
	from_tables text[] := '{}';
	pairs text[];
	ids text[];
	marks text[];
	founds text[];
	kinds text[];
	pointers jsonb;
	name text;
	label text;
	kind text;
	happened text;
	id text;
	what text;
	condition text;
	model text;
	member text;
	rows bigint;
	query text;
	by_contact boolean;
	-- by what is new, if each table says what that is
	newer boolean := changed_since AND NOT EXISTS (SELECT FROM unnest('{task,event,lead,campaigninfluence}'::text[]) n WHERE r #> ARRAY['tables', n] IS NOT NULL AND @extschema@._mart_synced(r #> ARRAY['tables', n, 'columns'], 't') IS NULL);
	partner_id text := CASE WHEN merges THEN 'coalesce(s.survivor_id, l.partner_id)' ELSE 'l.partner_id' END;
	survivor_join text := CASE WHEN merges THEN E'\nLEFT   JOIN survivor s ON s.account_id = l.partner_id' ELSE '' END;
BEGIN
	contact := CASE WHEN @extschema@._mart_field(contact, 'c', '{sfid,id}', 'id') IS NOT NULL AND contact ? 'accountid' THEN contact END;
	FOREACH name IN ARRAY '{task,event}'::text[] LOOP
		t := r #> ARRAY['tables', name, 'columns'];
		id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
		CONTINUE WHEN id IS NULL;
		table_sql := r #>> ARRAY['tables', name, 'sql'];
		label := r #>> ARRAY['tables', name, 'name'];
		SELECT coalesce(jsonb_agg(x.value ORDER BY x.n), '[]') INTO pointers FROM jsonb_array_elements(r -> 'lookups') WITH ORDINALITY x(value, n)
		WHERE  x.value ->> 'relation' = name AND x.value ->> 'verdict' IN ('partners', 'accounts', 'said');
		-- The first lookup keeps the id of the row; others add their name to it.
		SELECT array_agg(@extschema@._mart_field(t, 't', ARRAY[x.value ->> 'key'], 'id', f) ORDER BY x.n), array_agg(CASE WHEN x.n > 1 THEN ':' || (x.value ->> 'column') ELSE '' END ORDER BY x.n),
		       array_agg(label || '.' || (x.value ->> 'column') ORDER BY x.n), array_agg(x.value ->> 'is' ORDER BY x.n)
		INTO   ids, marks, founds, kinds FROM jsonb_array_elements(pointers) WITH ORDINALITY x(value, n);
		by_contact := contact IS NOT NULL AND t ? 'whoid' AND with_partners IS NOT NULL;
		IF by_contact THEN
			ids := ids || 'cp.account_id'::text;
			marks := marks || CASE WHEN pointers = '[]' THEN '' ELSE ':who' END;
			founds := founds || (label || '.' || (t #>> '{whoid,names,0}'));
			kinds := kinds || NULL::text;
		END IF;
		SELECT array_agg(format('(%s, %L, %L, %s)', ids[i], marks[i], founds[i], coalesce(quote_literal(kinds[i]), 'NULL')) ORDER BY i) INTO pairs FROM generate_subscripts(ids, 1) i;
		IF pairs IS NULL THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'touch', format('%s is not read: nothing on its rows points to a partner', label), NULL, NULL,
				format('partner_lookups => ''{"%s": {"a column": null}}'' names one', name), source);
			CONTINUE;
		END IF;
		kind := concat_ws(', ', 'l.kind', 'nullif(' || @extschema@._mart_field(t, 't', '{partneractivitytypec}') || ', '''')', 'nullif(' || @extschema@._mart_field(t, 't', '{activitytypec}') || ', '''')',
			'nullif(' || @extschema@._mart_field(t, 't', '{type,typec}') || ', '''')', 'nullif(' || @extschema@._mart_field(t, 't', ARRAY[name || 'subtype']) || ', '''')', quote_literal(initcap(name)));
		happened := concat_ws(', ', @extschema@._mart_field(t, 't', '{activitydatetime,startdatetime}', 'time'), @extschema@._mart_field(t, 't', '{completeddatetime}', 'time'),
			CASE WHEN @extschema@._mart_field(t, 't', '{activitydate,startdate}', 'day') IS NOT NULL
			     THEN @extschema@._mart_field(t, 't', '{activitydate,startdate}', 'day') || '::timestamp AT TIME ZONE (SELECT time_zone FROM setting)' END);
		what := @extschema@._mart_field(t, 't', '{whatid}', 'id', f);
		-- What is only planned is no touch.
		condition := coalesce(@extschema@._mart_field(t, 't', '{isclosed}', 'flag'), @extschema@._mart_field(t, 't', '{status}') || ' = ''Completed''');
		IF name = 'task' AND condition IS NOT NULL THEN
			rows := @extschema@._mart_count(format('SELECT count(*) FROM %s t WHERE %s', table_sql, concat_ws(' AND ', '(' || condition || ') IS NOT TRUE', @extschema@._mart_alive(t, 't'))));
			IF rows > 0 THEN
				PERFORM @extschema@._mart_say(mart, 'notice', 'touch', format('rows of %s that are not done yet are no touches', label), rows, NULL, NULL, source);
			END IF;
		ELSE
			condition := NULL;
		END IF;
		query := @extschema@._mart_query(ARRAY[
				id || ' || l.mark AS touch_id',
				CASE WHEN what IS NULL THEN 'NULL::text AS deal_id' ELSE format('coalesce(%s, CASE WHEN %s LIKE ''006%%'' THEN %s END) AS deal_id', deal_id, what, what) END,
				CASE WHEN what IS NULL THEN coalesce('nullif(' || @extschema@._mart_field(t, 't', '{accountid}', 'id', f) || ', '''')', 'NULL::text')
				     ELSE format('CASE WHEN %s IS NULL THEN coalesce(%sCASE WHEN %s LIKE ''001%%'' THEN %s END) END', deal_id,
				                 coalesce('nullif(' || @extschema@._mart_field(t, 't', '{accountid}', 'id', f) || ', ''''), ', ''), what, what) END || ' AS account_id',
				partner_id || ' AS partner_id', format('coalesce(%s) AS kind', kind),
				CASE WHEN happened LIKE '%,%' THEN format('coalesce(%s)', happened) ELSE coalesce(nullif(happened, ''), 'NULL::timestamptz') END || ' AS occurred_at',
				coalesce(@extschema@._mart_field(t, 't', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS recorded_at',
				coalesce(@extschema@._mart_field(t, 't', '{engagementweightc,touchweightc,weightc}', 'number'), 'NULL::numeric') || ' AS weight',
				coalesce(@extschema@._mart_field(t, 't', '{subject}'), 'NULL::text') || ' AS subject', 'l.found_in', 'NULL::text AS campaign', CASE WHEN newer THEN @extschema@._mart_newer_items(t, 't') END],
			table_sql || ' t'
				|| CASE WHEN by_contact THEN format(E'\nLEFT   JOIN %s c ON %s\nLEFT   JOIN partners cp ON cp.account_id = %s', r #>> '{tables,contact,sql}',
					@extschema@._mart_field(contact, 'c', '{sfid,id}', 'id', f) || ' = ' || @extschema@._mart_field(t, 't', '{whoid}', 'id', f), @extschema@._mart_field(contact, 'c', '{accountid}', 'id', f)) ELSE '' END
				|| E'\nCROSS  JOIN LATERAL (VALUES ' || array_to_string(pairs, E',\n                            ') || ') l(partner_id, mark, found_in, kind)'
				|| CASE WHEN what IS NULL THEN '' ELSE format(E'\nLEFT   JOIN %s o ON %s = %s', opportunity_sql, deal_id, what) END || survivor_join,
			ARRAY['l.partner_id <> ''''', CASE WHEN NOT newer THEN @extschema@._mart_alive(t, 't') END, condition, CASE WHEN what IS NOT NULL THEN @extschema@._mart_alive(opportunity, 'o') END]
			-- one partner in two columns of a row is there once
			|| ARRAY(SELECT format('(l.mark <> %L OR l.partner_id NOT IN (%s))', marks[i],
				(SELECT string_agg(format('coalesce(%s, '''')', ids[j]), ', ' ORDER BY j) FROM generate_series(1, i - 1) j)) FROM generate_series(2, cardinality(ids)) i ORDER BY i));
		branches := branches || query;
		from_tables := from_tables || table_sql;
	END LOOP;

	-- leads
	t := r #> '{tables,lead,columns}';
	id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
	SELECT array_agg(format('(%s, %L, %L, %L)', @extschema@._mart_field(t, 't', ARRAY[x.value ->> 'key'], 'id', f), CASE WHEN x.n > 1 THEN ':' || (x.value ->> 'column') ELSE '' END,
	                 (r #>> '{tables,lead,name}') || '.' || (x.value ->> 'column'), coalesce(x.value ->> 'is', 'Lead of ' || (x.value ->> 'column'))) ORDER BY x.n)
	INTO   pairs FROM (SELECT y.value, row_number() OVER (ORDER BY y.n) AS n FROM jsonb_array_elements(r -> 'lookups') WITH ORDINALITY y(value, n)
	                   WHERE y.value ->> 'relation' = 'lead' AND y.value ->> 'verdict' IN ('partners', 'accounts', 'said')) x;
	-- one that became nothing is a touch of nothing
	IF id IS NOT NULL AND pairs IS NOT NULL AND t ?| '{convertedopportunityid,convertedaccountid}' THEN
		branches := branches || @extschema@._mart_query(ARRAY[
				id || ' || l.mark AS touch_id', coalesce('nullif(' || @extschema@._mart_field(t, 't', '{convertedopportunityid}', 'id', f) || ', '''')', 'NULL::text') || ' AS deal_id',
				CASE WHEN @extschema@._mart_field(t, 't', '{convertedopportunityid}', 'id', f) IS NOT NULL AND @extschema@._mart_field(t, 't', '{convertedaccountid}', 'id', f) IS NOT NULL
				     THEN format('CASE WHEN coalesce(%s, '''') = '''' THEN %s END', @extschema@._mart_field(t, 't', '{convertedopportunityid}', 'id', f), @extschema@._mart_field(t, 't', '{convertedaccountid}', 'id', f))
				     ELSE coalesce(@extschema@._mart_field(t, 't', '{convertedaccountid}', 'id', f), 'NULL::text') END || ' AS account_id',
				partner_id || ' AS partner_id', 'l.kind', coalesce(@extschema@._mart_field(t, 't', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS occurred_at',
				coalesce(@extschema@._mart_field(t, 't', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS recorded_at', 'NULL::numeric AS weight',
				coalesce(@extschema@._mart_field(t, 't', '{company}'), 'NULL::text') || ' AS subject', 'l.found_in', 'NULL::text AS campaign', CASE WHEN newer THEN @extschema@._mart_newer_items(t, 't') END],
			(r #>> '{tables,lead,sql}') || E' t\nCROSS  JOIN LATERAL (VALUES ' || array_to_string(pairs, E',\n                            ') || ') l(partner_id, mark, found_in, kind)' || survivor_join,
			ARRAY['l.partner_id <> ''''', CASE WHEN NOT newer THEN @extschema@._mart_alive(t, 't') END,
				concat_ws(' OR ', @extschema@._mart_field(t, 't', '{convertedopportunityid}', 'id', f) || ' <> ''''', @extschema@._mart_field(t, 't', '{convertedaccountid}', 'id', f) || ' <> ''''')]);
		branches[cardinality(branches)] := regexp_replace(branches[cardinality(branches)], E'\nAND    ([^\n]* OR [^\n]*)$', E'\nAND    (\\1)');
		from_tables := from_tables || (r #>> '{tables,lead,sql}');
	END IF;

	-- campaigns: credit would multiply with the models, so one of them
	t := r #> '{tables,campaign,columns}';
	SELECT array_agg(format('(%s, %L, %L)', @extschema@._mart_field(t, 'c', ARRAY[x.value ->> 'key'], 'id', f), CASE WHEN x.n > 1 THEN ':' || (x.value ->> 'column') ELSE '' END, x.value ->> 'is') ORDER BY x.n)
	INTO   pairs FROM (SELECT y.value, row_number() OVER (ORDER BY y.n) AS n FROM jsonb_array_elements(r -> 'lookups') WITH ORDINALITY y(value, n)
	                   WHERE y.value ->> 'relation' = 'campaign' AND y.value ->> 'verdict' IN ('partners', 'accounts', 'said')) x;
	IF r #> '{tables,campaigninfluence,columns}' ?& '{campaignid,opportunityid}' AND pairs IS NULL AND t IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'notice', 'touch', 'campaign influence is not read: no column of campaign points to a partner', NULL, NULL,
			'partner_lookups => ''{"campaign": {"a column": null}}'' names one', source);
	ELSIF r #> '{tables,campaigninfluence,columns}' ?& '{campaignid,opportunityid}' AND t IS NOT NULL THEN
		DECLARE
			i jsonb := r #> '{tables,campaigninfluence,columns}';
			m jsonb := r #> '{tables,campaignmember,columns}';
			models jsonb := r #> '{tables,campaigninfluencemodel,columns}';
			model_name text;
		BEGIN
			condition := NULL;
			IF @extschema@._mart_field(i, 'i', '{modelid}', 'id', f) IS NOT NULL THEN
				EXECUTE format('SELECT %1$s, count(*) FROM %2$s i%3$s GROUP BY 1 ORDER BY %4$s count(*) DESC, 1 LIMIT 1', @extschema@._mart_field(i, 'i', '{modelid}', 'id', f), r #>> '{tables,campaigninfluence,sql}',
					CASE WHEN @extschema@._mart_field(models, 'm', '{isdefaultmodel}', 'flag') IS NOT NULL THEN format(' LEFT JOIN %s m ON %s = %s', r #>> '{tables,campaigninfluencemodel,sql}', @extschema@._mart_field(models, 'm', '{sfid,id}', 'id', f), @extschema@._mart_field(i, 'i', '{modelid}', 'id', f)) ELSE '' END,
					coalesce('bool_or(' || @extschema@._mart_field(models, 'm', '{isdefaultmodel}', 'flag') || ') IS TRUE DESC,', '')) INTO model, rows;
				IF model IS NOT NULL THEN
					condition := format('%s = %L', @extschema@._mart_field(i, 'i', '{modelid}', 'id', f), model);
					PERFORM @extschema@._mart_say(mart, 'notice', 'touch', format('campaign influence is read by one model, %s', model), rows, NULL, 'others would count the same campaigns again', source);
				END IF;
			END IF;
			member := CASE WHEN m ?& '{campaignid,contactid,firstrespondeddate}' AND i ? 'contactid' THEN
				format('(SELECT min(%s) FROM %s m WHERE %s = %s AND %s = %s)', @extschema@._mart_field(m, 'm', '{firstrespondeddate}', 'time'), r #>> '{tables,campaignmember,sql}',
					@extschema@._mart_field(m, 'm', '{campaignid}', 'id', f), @extschema@._mart_field(i, 'i', '{campaignid}', 'id', f), @extschema@._mart_field(m, 'm', '{contactid}', 'id', f), @extschema@._mart_field(i, 'i', '{contactid}', 'id', f)) END;
			happened := concat_ws(', ', member, CASE WHEN @extschema@._mart_field(t, 'c', '{startdate}', 'day') IS NOT NULL THEN @extschema@._mart_field(t, 'c', '{startdate}', 'day') || '::timestamp AT TIME ZONE (SELECT time_zone FROM setting)' END, 'NULL::timestamptz');
			branches := branches || @extschema@._mart_query(ARRAY[
					coalesce(@extschema@._mart_field(i, 'i', '{sfid,id}', 'id', f), @extschema@._mart_field(i, 'i', '{campaignid}', 'id', f) || ' || '':'' || ' || @extschema@._mart_field(i, 'i', '{opportunityid}', 'id', f)) || ' || l.mark AS touch_id',
					@extschema@._mart_field(i, 'i', '{opportunityid}', 'id', f) || ' AS deal_id', 'NULL::text AS account_id', partner_id || ' AS partner_id',
					format('coalesce(%s) AS kind', concat_ws(', ', 'l.kind', 'nullif(' || @extschema@._mart_field(t, 'c', '{type}') || ', '''')', '''Campaign''')), format('coalesce(%s) AS occurred_at', happened),
					coalesce(@extschema@._mart_field(i, 'i', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS recorded_at', 'NULL::numeric AS weight',
					coalesce(@extschema@._mart_field(t, 'c', '{name}'), 'NULL::text') || ' AS subject', '''CampaignInfluence'' AS found_in', @extschema@._mart_salesforce_campaign(r, 'c') || ' AS campaign', CASE WHEN newer THEN @extschema@._mart_newer_items(i, 'i') END],
				(r #>> '{tables,campaigninfluence,sql}') || E' i\n' || format('JOIN   %s c ON %s', r #>> '{tables,campaign,sql}', @extschema@._mart_field(t, 'c', '{sfid,id}', 'id', f) || ' = ' || @extschema@._mart_field(i, 'i', '{campaignid}', 'id', f))
					|| E'\nCROSS  JOIN LATERAL (VALUES ' || array_to_string(pairs, ', ') || ') l(partner_id, mark, kind)' || survivor_join,
				ARRAY['l.partner_id <> ''''', condition, CASE WHEN NOT newer THEN @extschema@._mart_alive(i, 'i') END, @extschema@._mart_alive(t, 'c')]);
			from_tables := from_tables || (r #>> '{tables,campaigninfluence,sql}');
		END;
	END IF;

	IF branches = '{}' THEN
		PERFORM @extschema@._mart_drop_part(mart, 'touch', part);
		PERFORM @extschema@._mart_say(mart, 'warning', 'touch', 'nothing says what partners did: no touches', NULL, NULL,
			'looked for columns of task, event, lead and campaign that point to partners, and for partners'' people on tasks and events', source);
		RETURN;
	END IF;
	with_all := coalesce(with_partners, CASE WHEN merges THEN array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') END);
	query := array_to_string(branches, E'\nUNION ALL\n');
	query := CASE WHEN query ~ 'JOIN partners ' THEN 'WITH RECURSIVE ' || with_partners || E'\n'
	              WHEN merges THEN 'WITH RECURSIVE ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') || E'\n' ELSE '' END || query;
	PERFORM @extschema@._mart_set_part(mart, 'touch', part, query, array_to_string(from_tables, ', '),
		CASE WHEN newer THEN 'what changed is read; hard deletes, and touches of deals that are gone, wait for a full refresh' END, CASE WHEN newer THEN 'read_at' END);
	IF changed_since AND NOT newer THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'touch', 'touches are read whole: a table does not say when a row was written, or has a row for each version', NULL, NULL, NULL, source);
	END IF;
	PERFORM @extschema@._mart_guess_words(mart, 'touch', 'kind', 'SELECT kind FROM (' || query || ') q', source);
END $$;
COMMENT ON FUNCTION _mart_salesforce_touches(text, jsonb, text, boolean) IS
	'writes the text of touches over a replica of Salesforce; a part of bind_salesforce';
