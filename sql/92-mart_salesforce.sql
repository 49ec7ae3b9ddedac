-- mart_salesforce: a mart's texts over a replica of Salesforce, by whichever
-- replicator.  Pure SQL and PL/pgSQL.

-- bind_salesforce: the texts.  o is an opportunity, a an account, u a user.
CREATE FUNCTION _mart_bind_salesforce(mart text, source_schema text, partner_lookups jsonb, partner_accounts text, pass_through jsonb, changed_since boolean) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	me constant text := 'bind_salesforce';
	part constant text := 'salesforce';
	r jsonb;
	f text;
	account jsonb;
	opportunity jsonb;
	t jsonb;
	roles jsonb;
	u jsonb;
	account_sql text;
	opportunity_sql text;
	table_sql text;
	account_id text;
	deal_id text;
	deal_account text;
	merges boolean;
	with_partners text;
	with_survivor text;
	owner_join text;
	is_won text;
	is_closed text;
	closed text;
	stage text;
	segment text;
	outcome text;
	outcome_join text := '';
	query text;
	branches text[];
	values_list text;
	name text;
	l record;
	rows bigint;
	words text;
	kind text;
	happened text;
	condition text;
	done text;
	model text;
	found record;
	found_in jsonb;
	moves text;
	newer text;
BEGIN
	r := @extschema@._mart_salesforce(source_schema, partner_accounts, partner_lookups, true);
	IF r IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('no replica of Salesforce in schema "%s"', source_schema),
			DETAIL = CASE WHEN to_regnamespace(quote_ident(source_schema)) IS NULL THEN 'There is no such schema.'
				ELSE format('Looked for the tables account and opportunity, in lower case and reduced to letters and digits; the schema has %s.',
					coalesce((SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM (SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(source_schema))
						AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname LIMIT 12) c), 'no tables')) END,
			HINT = 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.';
	END IF;
	IF NOT (r -> 'usable')::boolean THEN
		RAISE EXCEPTION USING ERRCODE = CASE WHEN r -> 'unreadable' = '[]' THEN 'undefined_column' ELSE 'insufficient_privilege' END,
			MESSAGE = format('cannot read the replica of Salesforce in schema "%s"', source_schema),
			DETAIL = CASE WHEN r -> 'unreadable' = '[]' THEN 'The tables account and opportunity have no column Id or sfid.'
				ELSE format('%s may not read %s.', current_user, (SELECT string_agg(n, ', ') FROM jsonb_array_elements_text(r -> 'unreadable') n)) END,
			HINT = CASE WHEN r -> 'unreadable' = '[]' THEN 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.' ELSE format('GRANT USAGE ON SCHEMA %1$I, SELECT ON ALL TABLES IN SCHEMA %1$I to whoever owns the mart. A superuser reads no views of others: their functions would run as one.', source_schema) END;
	END IF;
	PERFORM @extschema@._mart_clear_problems(mart, me);
	PERFORM @extschema@._mart_say_replaced(mart, part, source_schema, me);

	f := r ->> 'id_function';
	account := r #> '{tables,account,columns}';
	opportunity := r #> '{tables,opportunity,columns}';
	account_sql := r #>> '{tables,account,sql}';
	opportunity_sql := r #>> '{tables,opportunity,sql}';
	account_id := @extschema@._mart_field(account, 'a', '{sfid,id}', 'id', f);
	deal_id := @extschema@._mart_field(opportunity, 'o', '{sfid,id}', 'id', f);
	deal_account := @extschema@._mart_field(opportunity, 'o', '{accountid}', 'id', f);
	merges := (r -> 'merges')::boolean;
	with_partners := r ->> 'with_partners';
	with_survivor := CASE WHEN merges THEN 'WITH RECURSIVE ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') || E'\n' ELSE '' END;
	u := r #> '{tables,user,columns}';
	u := CASE WHEN @extschema@._mart_field(u, 'u', '{sfid,id}', 'id') IS NOT NULL THEN u END;
	owner_join := format(E'\nLEFT   JOIN %s u ON %s = ', r #>> '{tables,user,sql}', concat_ws(' AND ', @extschema@._mart_alive(u, 'u'), @extschema@._mart_field(u, 'u', '{sfid,id}', 'id', f)));
	RAISE NOTICE 'Salesforce in schema %: %', source_schema || coalesce(', replicated by ' || nullif(r ->> 'replicator', 'unknown'), ''),
		(SELECT string_agg(x.value ->> 'name', ', ' ORDER BY x.key) FROM jsonb_each(r -> 'tables') x);
	PERFORM @extschema@._mart_say_missing(mart, r, me, $j$[
		["opportunitypartner", null, "deal_partner", "who is a deal's partner in which role, as Salesforce's own object says it"],
		["user", null, "deal", "owners by name and e-mail address, not by id"],
		["task", null, "touch", "calls and e-mails with a partner as touches"],
		["event", null, "touch", "meetings with a partner as touches"],
		["lead", null, "touch", "leads that a partner brought"],
		["contact", null, "contact", "people, and tasks and events with a partner's people as touches"],
		["campaigninfluence", null, "touch", "campaigns with a partner as touches"],
		["opportunityhistory", null, "deal_history", "stages and amounts as they stood on any day before the first refresh"],
		["currencytype", null, "currency_rate", "amounts in other currencies"],
		["account", ["name"], "account", "names, by which companies are matched"],
		["account", ["website"], "account", "websites, by which companies are matched best"],
		["account", ["billingcountrycode", "billingcountry"], "account", "countries, which tell companies of one name apart"],
		["account", ["type"], "account", "what an account is to us"],
		["opportunity", ["accountid"], "deal", "whose deal it is: nothing can be counted by account"],
		["opportunity", ["amount"], "deal", "any money"],
		["opportunity", ["createddate"], "deal", "when a deal was opened: no cycle, and nothing can have been sourced before it"],
		["opportunity", ["closedate"], "deal", "when a deal was closed: it counts in no period"],
		["opportunity", ["type"], "deal", "new, expansion and renewal apart"],
		["opportunity", ["cosellc", "iscosellc", "cosoldc", "iscosoldc", "cosellingc", "cosellflagc"], "deal", "co-sold deals as their owner ticks them; without it a co_sell role decides"]]$j$);

	-- Who is a partner.
	IF with_partners IS NULL THEN
		PERFORM @extschema@._mart_say(mart, 'error', 'partner', 'nothing tells which accounts are partners', NULL, NULL,
			'looked for IsPartner, a Type or record type that says partner, OpportunityPartner, Partner, AccountPartner and lookup columns; bind again with partner_accounts => ''a condition on accounts''', me);
	ELSE
		EXECUTE format('WITH RECURSIVE %s SELECT count(*) FROM partners', with_partners) INTO rows;
		PERFORM @extschema@._mart_say(mart, CASE WHEN rows = 0 THEN 'error' ELSE 'notice' END, 'partner',
			CASE WHEN rows = 0 THEN 'no account is a partner, looked at ' ELSE 'accounts are partners by ' END
				|| (SELECT string_agg(e, '; ' ORDER BY n) FROM jsonb_array_elements_text(r -> 'evidence') WITH ORDINALITY e(e, n)),
			rows, NULL, 'bind again with partner_accounts => ''a condition on accounts'' where that is wrong', me);
	END IF;
	IF f IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'notice', NULL, 'ids of 15 characters are read with their 18',  NULL,
			(SELECT string_agg(s, ', ') FROM jsonb_array_elements_text(r -> 'short_ids') s), NULL, me);
	END IF;

	-- Columns that point to partners.
	FOR l IN SELECT x.value ->> 'relation' AS relation, x.value ->> 'column' AS column_name, x.value ->> 'verdict' AS verdict, (x.value ->> 'filled')::bigint AS filled,
	                (x.value ->> 'distinct')::bigint AS ids, (x.value ->> 'partners')::bigint AS partners, (x.value ->> 'accounts')::bigint AS accounts, x.value ->> 'is' AS is_said,
	                (x.value -> 'paper')::boolean AS paper
	         FROM jsonb_array_elements(r -> 'lookups') WITH ORDINALITY x(value, n) ORDER BY x.n LOOP
		PERFORM @extschema@._mart_say(mart, CASE WHEN l.verdict IN ('partners', 'said', 'empty', 'against') THEN 'notice' ELSE 'warning' END, CASE l.relation WHEN 'opportunity' THEN 'deal_partner' WHEN 'registration' THEN 'deal_registration' WHEN 'plan' THEN 'co_sell_plan' WHEN 'product' THEN 'joint_solution' ELSE 'touch' END,
			CASE l.verdict
				WHEN 'partners' THEN format('%s of %s points to partners: all of its %s ids are', l.column_name, l.relation, l.ids)
					|| CASE WHEN l.paper THEN '; it is whose paper is signed, and no role' ELSE '' END
				WHEN 'accounts' THEN format('%s of %s is taken to point to partners: its name says so, and its %s ids are accounts, %s of them partners by anything else', l.column_name, l.relation, l.ids, l.partners)
				WHEN 'said' THEN format('%s of %s points to partners, as told%s', l.column_name, l.relation, coalesce(' (' || l.is_said || ')', ''))
				WHEN 'against' THEN format('%s of %s is not read: its name says that who it names plays no part', l.column_name, l.relation)
				WHEN 'missing' THEN format('%s of %s was named as a lookup and is not there', l.column_name, l.relation)
				WHEN 'empty' THEN format('%s of %s would point to partners by its name, and is empty', l.column_name, l.relation)
				ELSE format('%s of %s is not read: its name speaks of partners%s', l.column_name, l.relation,
					CASE WHEN l.ids IS NULL THEN ', and it holds no ids' ELSE format(', but of its %s ids %s are accounts', l.ids, l.accounts) END) END,
			nullif(l.filled, 0), NULL, CASE WHEN l.verdict IN ('partners', 'accounts') THEN format('partner_lookups => ''{"%s": {"%s": null}}'' leaves it out', l.relation, l.column_name)
				WHEN l.verdict IN ('others', 'against') THEN format('partner_lookups => ''{"%s": {"%s": "a role or kind"}}'' reads it all the same', l.relation, l.column_name) END, me);
		IF l.verdict IN ('partners', 'accounts', 'said') AND l.relation = 'opportunity' AND NOT l.paper AND coalesce(l.is_said, @extschema@._mart_guess_word('deal_partner', 'role', l.column_name)) IS NOT NULL THEN
			PERFORM @extschema@._mart_guess_meaning(mart, 'deal_partner', 'role', l.column_name,
				coalesce(l.is_said, @extschema@._mart_guess_word('deal_partner', 'role', l.column_name)), CASE WHEN l.is_said IS NULL THEN 'guessed' ELSE 'confirmed' END);
		END IF;
	END LOOP;

	newer := CASE WHEN changed_since THEN @extschema@._mart_newer_items(opportunity, 'o') END;
	IF changed_since AND newer IS NULL THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal', 'deals are read whole: nothing says when a row was written, or there is a row for each version', NULL, NULL, NULL, me);
	END IF;

	-- account: what it is to us, by its type or what stands for one
	segment := @extschema@._mart_field(account, 'a', '{accounttypec,customertypec,classificationc,accountstatusc}');
	segment := CASE WHEN account ? 'type' AND segment IS NOT NULL THEN format('coalesce(nullif(%s, ''''), %s)', @extschema@._mart_field(account, 'a', '{type}'), segment)
	                ELSE coalesce(@extschema@._mart_field(account, 'a', '{type}'), segment) END;
	words := concat_ws(E'\n', account_sql || ' a', CASE WHEN u IS NOT NULL AND account ? 'ownerid' THEN btrim(owner_join || @extschema@._mart_field(account, 'a', '{ownerid}', 'id', f), E'\n') END,
		CASE WHEN with_partners IS NOT NULL THEN 'LEFT   JOIN partners p ON p.account_id = ' || account_id END);
	query := coalesce('WITH RECURSIVE ' || with_partners || E'\n', '') || @extschema@._mart_query(ARRAY[
			account_id || ' AS account_id', @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{name}'), 'name'), @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{website}'), 'website'),
			@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{emailc,companyemailc}'), 'email'),
			CASE WHEN account ? 'billingcountrycode' AND account ? 'billingcountry'
			     THEN format('coalesce(nullif(%s, ''''), %s) AS country', @extschema@._mart_field(account, 'a', '{billingcountrycode}'), @extschema@._mart_field(account, 'a', '{billingcountry}'))
			     ELSE @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{billingcountrycode,billingcountry,countryc}'), 'country') END,
			CASE WHEN with_partners IS NULL THEN @extschema@._mart_item(segment, 'segment') ELSE 'CASE WHEN p.account_id IS NULL THEN ' || segment || ' END AS segment' END,
			@extschema@._mart_item('nullif(' || @extschema@._mart_field(account, 'a', '{parentid}', 'id', f) || ', '''')', 'parent_id'),
			CASE WHEN account ? 'ownerid' THEN @extschema@._mart_item(coalesce(@extschema@._mart_field(u, 'u', '{name}'), @extschema@._mart_field(account, 'a', '{ownerid}', 'id', f)), 'owner') END,
			CASE WHEN account ? 'ownerid' THEN @extschema@._mart_item(@extschema@._mart_field(u, 'u', '{email}'), 'owner_email') END,
			@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{industry}'), 'industry'), @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{regionc,salesregionc,territoryc,region}'), 'region'),
			CASE WHEN with_partners IS NOT NULL THEN 'p.account_id IS NOT NULL AS is_partner' END,
			@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{createddate}', 'local day'), 'created_on'),
			@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{systemmodstamp,lastmodifieddate,fivetransynced}', 'time'), 'updated_at'),
			@extschema@._mart_extra(account, 'a', pass_through -> 'account')],
		words, ARRAY[@extschema@._mart_alive(account, 'a'), 'coalesce(' || @extschema@._mart_field(account, 'a', '{masterrecordid}', 'text') || ', '''') = ''''',
			CASE WHEN with_partners IS NOT NULL AND deal_account IS NOT NULL
			     THEN format('(p.account_id IS NULL OR EXISTS (SELECT FROM %s o WHERE %s))', opportunity_sql, concat_ws(' AND ', deal_account || ' = ' || account_id, @extschema@._mart_alive(opportunity, 'o'))) END]);
	PERFORM @extschema@._mart_set_part(mart, 'account', part, query, account_sql, NULL);
	IF segment IS NOT NULL THEN
		PERFORM @extschema@._mart_guess_words(mart, 'account', 'segment', 'SELECT segment FROM (' || query || ') q', me);
	END IF;

	-- partner
	IF with_partners IS NOT NULL THEN
		query := 'WITH RECURSIVE ' || with_partners || E'\n' || @extschema@._mart_query(ARRAY[
				account_id || ' AS partner_id', @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{name}'), 'name'), @extschema@._mart_item(@extschema@._mart_field(account, 'a', '{partnertypec,type}'), 'type'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{partnerprogramc,programc}'), 'program'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{partnertierc,partnerlevelc,tierc}'), 'tier'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{regionc,salesregionc,territoryc,region}'), 'region'),
				CASE WHEN account ? 'ownerid' THEN @extschema@._mart_item(coalesce(@extschema@._mart_field(u, 'u', '{name}'), @extschema@._mart_field(account, 'a', '{ownerid}', 'id', f)), 'owner') END,
				CASE WHEN account ? 'ownerid' THEN @extschema@._mart_item(@extschema@._mart_field(u, 'u', '{email}'), 'owner_email') END,
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{website}'), 'website'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{signedonc,partnersincec,partnersignedonc,partneragreementdatec,partnerstartdatec,agreementdatec}', 'day'), 'signed_on'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{endedonc,partnerendedonc,partnerenddatec,agreementenddatec}', 'day'), 'ended_on'),
				@extschema@._mart_item(@extschema@._mart_field(account, 'a', '{systemmodstamp,lastmodifieddate,fivetransynced}', 'time'), 'updated_at'),
				@extschema@._mart_extra(account, 'a', pass_through -> 'partner')],
			'partners p' || E'\n' || format('JOIN   %s a ON %s = p.account_id', account_sql, account_id)
				|| CASE WHEN u IS NOT NULL AND account ? 'ownerid' THEN owner_join || @extschema@._mart_field(account, 'a', '{ownerid}', 'id', f) ELSE '' END,
			ARRAY[@extschema@._mart_alive(account, 'a')]);
		PERFORM @extschema@._mart_set_part(mart, 'partner', part, query, account_sql, NULL);
		IF account ?| '{partnertypec,type}' THEN
			PERFORM @extschema@._mart_guess_words(mart, 'partner', 'type', 'SELECT type FROM (' || query || ') q', me);
		END IF;
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'partner', part);
	END IF;

	-- deal
	is_won := @extschema@._mart_field(opportunity, 'o', '{iswon}', 'flag');
	is_closed := @extschema@._mart_field(opportunity, 'o', '{isclosed}', 'flag');
	stage := @extschema@._mart_field(opportunity, 'o', '{stagename,stage}');
	IF is_won IS NOT NULL THEN
		closed := '(' || concat_ws(' OR ', is_won, is_closed) || ')';
		outcome := format('CASE WHEN %s THEN ''won''%s ELSE ''open'' END', is_won, coalesce(format(' WHEN %s THEN ''lost''', is_closed), ''));
		condition := format('%s IS NULL AND %s IS NULL', is_won, coalesce(is_closed, 'NULL'));
		EXECUTE format('SELECT count(*), min(%s) FROM %s o WHERE %s', deal_id, opportunity_sql, concat_ws(' AND ', condition, @extschema@._mart_alive(opportunity, 'o'))) INTO rows, words;
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'deal', 'deals without IsWon and IsClosed are open', rows, words, NULL, me);
		END IF;
	ELSIF stage IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal', 'there is no IsWon: whether a deal is won or lost is read from its stage', NULL, NULL, 'see the table meaning, column outcome', me);
		outcome_join := E'\nLEFT   JOIN (SELECT lower(btrim(written)) AS written, min(standard) AS standard FROM meaning WHERE relation = ''deal'' AND column_name = ''outcome'' GROUP BY 1) w'
			|| format(' ON w.written = lower(btrim(%s))', stage);
		closed := '(w.standard IN (''won'', ''lost''))';
		outcome := stage;
	ELSE
		PERFORM @extschema@._mart_say(mart, 'error', 'deal', 'opportunity has neither IsWon nor a stage: every deal is open', NULL, NULL, NULL, me);
		closed := 'false';
		outcome := '''open''';
	END IF;
	query := with_survivor || @extschema@._mart_query(ARRAY[
			deal_id || ' AS deal_id', @extschema@._mart_item(CASE WHEN merges AND deal_account IS NOT NULL THEN format('coalesce(s.survivor_id, %s)', deal_account) ELSE deal_account END, 'account_id'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{name}'), 'name'), @extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{type}'), 'type'), @extschema@._mart_item(stage, 'stage'),
			outcome || ' AS outcome', @extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{amount}', 'amount'), 'amount_written'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{currencyisocode}'), 'currency'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{arrc,acvc,annualrecurringrevenuec,netarrc}', 'number'), 'arr'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{grossmarginc}', 'number'), 'gross_margin'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{createddate}', 'time'), 'opened_at'),
			CASE WHEN closed <> 'false' THEN 'CASE WHEN ' || closed || ' THEN ' || @extschema@._mart_field(opportunity, 'o', '{closedate}', 'day') || ' END AS closed_on' END,
			'CASE WHEN ' || closed || ' IS NOT TRUE THEN ' || @extschema@._mart_field(opportunity, 'o', '{closedate}', 'day') || ' END AS expected_close_on',
			CASE WHEN opportunity ? 'ownerid' THEN @extschema@._mart_item(coalesce(@extschema@._mart_field(u, 'u', '{name}'), @extschema@._mart_field(opportunity, 'o', '{ownerid}', 'id', f)), 'owner') END,
			CASE WHEN opportunity ? 'ownerid' THEN @extschema@._mart_item(@extschema@._mart_field(u, 'u', '{email}'), 'owner_email') END,
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{leadsource}'), 'lead_source'), @extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{partnerprogramc,programc}'), 'program'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{regionc,salesregionc,territoryc,region}'), 'region'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{cosellc,iscosellc,cosoldc,iscosoldc,cosellingc,cosellflagc}', 'flag'), 'co_sell'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{marketplacec,marketplacenamec}'), 'marketplace'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', ARRAY(SELECT x ->> 'key' FROM jsonb_array_elements(r -> 'lookups') x
				WHERE x -> 'paper' = 'true' AND x ->> 'verdict' IN ('partners', 'accounts') ORDER BY 1 LIMIT 1), 'id', f), 'on_partner_paper'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{firstvalueatc,firstvaluedatec,golivedatec}', 'time'), 'first_value_at'),
			@extschema@._mart_item(@extschema@._mart_field(opportunity, 'o', '{systemmodstamp,lastmodifieddate,fivetransynced}', 'time'), 'updated_at'),
			@extschema@._mart_extra(opportunity, 'o', coalesce(pass_through -> 'opportunity', pass_through -> 'deal')), newer],
		opportunity_sql || ' o' || CASE WHEN u IS NOT NULL AND opportunity ? 'ownerid' THEN owner_join || @extschema@._mart_field(opportunity, 'o', '{ownerid}', 'id', f) ELSE '' END
			|| CASE WHEN merges AND deal_account IS NOT NULL THEN E'\nLEFT   JOIN survivor s ON s.account_id = ' || deal_account ELSE '' END || outcome_join,
		ARRAY[CASE WHEN newer IS NULL THEN @extschema@._mart_alive(opportunity, 'o') END]);
	PERFORM @extschema@._mart_set_part(mart, 'deal', part, query, opportunity_sql, CASE WHEN newer IS NOT NULL THEN 'what changed is read; hard deletes and merges wait for a full refresh' END, CASE WHEN newer IS NOT NULL THEN 'read_at' END);
	PERFORM @extschema@._mart_pass_columns(mart, 'deal_fact', coalesce(pass_through -> 'opportunity', pass_through -> 'deal'));
	IF outcome_join <> '' THEN
		PERFORM @extschema@._mart_guess_words(mart, 'deal', 'outcome', 'SELECT outcome FROM (' || query || ') q', me);
	END IF;
	IF opportunity ? 'type' THEN
		PERFORM @extschema@._mart_guess_words(mart, 'deal', 'type', 'SELECT type FROM (' || query || ') q', me);
	END IF;
	IF opportunity ? 'closedate' THEN
		PERFORM @extschema@._mart_say(mart, 'notice', 'deal', 'closes are days, not times, and end with the day in the mart''s time zone', NULL, NULL, NULL, me);
	END IF;
	FOR name IN SELECT k FROM unnest('{closedate,createddate}'::text[]) k WHERE opportunity -> k ->> 'type' = 'text' LOOP
		words := @extschema@._mart_field(opportunity, 'o', ARRAY[name], 'text');
		EXECUTE format('SELECT count(*), min(%1$s) FROM %2$s o WHERE %1$s <> '''' AND %3$s IS NULL', words, opportunity_sql,
			@extschema@._mart_field(opportunity, 'o', ARRAY[name], CASE name WHEN 'closedate' THEN 'day' ELSE 'time' END)) INTO rows, words;
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'warning', 'deal', format('%s of opportunity is text, and some of it no date', opportunity -> name -> 'names' ->> 0), rows, words, 'dates are read as 2026-01-31', me);
		END IF;
	END LOOP;

	-- deal_partner
	branches := ARRAY(SELECT jsonb_array_elements_text(r -> 'named'));
	SELECT string_agg(format('(%s, %L)', @extschema@._mart_field(opportunity, 'o', ARRAY[x ->> 'key'], 'id', f), x ->> 'column'), E',\n                            ' ORDER BY x ->> 'key') INTO values_list
	FROM   jsonb_array_elements(r -> 'lookups') x WHERE x ->> 'relation' = 'opportunity' AND x ->> 'verdict' IN ('partners', 'accounts', 'said') AND x -> 'paper' = 'false';
	IF values_list IS NOT NULL THEN
		branches := branches || @extschema@._mart_query(ARRAY[deal_id, 'l.partner_id', 'l.role', 'NULL', 'NULL', 'l.role'],
			opportunity_sql || E' o\nCROSS  JOIN LATERAL (VALUES ' || values_list || ') l(partner_id, role)', ARRAY['l.partner_id <> ''''', @extschema@._mart_alive(opportunity, 'o')]);
		IF cardinality(branches) = 1 THEN
			branches := ARRAY[replace(replace(replace(branches[1], deal_id || ',', deal_id || ' AS deal_id,'), E',\n       NULL,\n       NULL,', E',\n       NULL::boolean AS is_primary,\n       NULL::timestamptz AS added_at,'),
				E',\n       l.role\nFROM', E',\n       l.role AS found_in\nFROM')];
		END IF;
	END IF;
	IF branches <> '{}' AND deal_account IS NOT NULL THEN
		words := CASE WHEN merges THEN 'coalesce(s.survivor_id, n.partner_id)' ELSE 'n.partner_id' END;
		query := (CASE WHEN merges THEN rtrim(with_survivor, E'\n') || ', ' ELSE 'WITH ' END) || E'named AS (\n' || @extschema@._mart_indent(array_to_string(branches, E'\nUNION ALL\n')) || E'\n)\n'
			|| @extschema@._mart_query(ARRAY['n.deal_id', words || ' AS partner_id', 'coalesce(w.standard, n.role, '''') AS role', 'bool_or(n.is_primary) AS is_primary',
					'min(n.added_at) AS added_at', 'string_agg(DISTINCT n.found_in, '', '' ORDER BY n.found_in) AS found_in'],
				E'named n\n' || format('JOIN   %s o ON %s', opportunity_sql, concat_ws(' AND ', deal_id || ' = n.deal_id', @extschema@._mart_alive(opportunity, 'o')))
					|| CASE WHEN merges THEN E'\nLEFT   JOIN survivor s ON s.account_id = n.partner_id\nLEFT   JOIN survivor d ON d.account_id = ' || deal_account ELSE '' END
					|| E'\nLEFT   JOIN (SELECT lower(btrim(written)) AS written, min(standard) AS standard FROM meaning WHERE relation = ''deal_partner'' AND column_name = ''role'' GROUP BY 1) w'
					|| ' ON w.written = lower(btrim(n.role))',
				ARRAY[words || ' IS DISTINCT FROM ' || CASE WHEN merges THEN format('coalesce(d.survivor_id, %s)', deal_account) ELSE deal_account END],
				'GROUP  BY 1, 2, 3');
		PERFORM @extschema@._mart_set_part(mart, 'deal_partner', part, query, concat_ws(', ', opportunity_sql, r #>> '{tables,opportunitypartner,sql}', r #>> '{tables,accountpartner,sql}', r #>> '{tables,partner,sql}'),
			'one fact may stand in OpportunityPartner, AccountPartner and Partner: one row a deal, partner and role');
		PERFORM @extschema@._mart_guess_words(mart, 'deal_partner', 'role', 'SELECT role FROM (' || replace(query, 'coalesce(w.standard, n.role, '''') AS role', 'n.role') || ') q', me);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_partner', part);
		PERFORM @extschema@._mart_say(mart, 'warning', 'deal_partner', 'nothing names partners on deals', NULL, NULL,
			'looked for OpportunityPartner, AccountPartner, Partner and lookup columns of opportunity; partner_lookups names them', me);
	END IF;

	PERFORM @extschema@._mart_salesforce_touches(mart, r, me, changed_since);

	-- contact: people, with the last role that an opportunity names
	t := r #> '{tables,contact,columns}';
	IF @extschema@._mart_field(t, 'c', '{sfid,id}', 'id') IS NOT NULL AND t ? 'accountid' THEN
		words := @extschema@._mart_field(t, 'c', '{accountid}', 'id', f);
		words := CASE WHEN merges THEN format('coalesce(s.survivor_id, %s)', words) ELSE words END;
		roles := r #> '{tables,opportunitycontactrole,columns}';
		found_in := r #> '{tables,accountcontactrelation,columns}';
		IF found_in ?& '{accountid,contactid}' AND @extschema@._mart_field(found_in, 'y', '{startdate}', 'day') IS NOT NULL AND @extschema@._mart_field(found_in, 'y', '{enddate}', 'day') IS NOT NULL THEN
			moves := format('SELECT %7$s AS contact_id, max(%1$s) FILTER (WHERE %2$s = %3$s) AS since, (array_agg(%2$s ORDER BY %4$s DESC, %2$s) FILTER (WHERE %2$s <> %3$s AND %4$s IS NOT NULL))[1] AS previous_account_id FROM %5$s y JOIN %8$s x ON %6$s GROUP BY 1',
				@extschema@._mart_field(found_in, 'y', '{startdate}', 'day'), @extschema@._mart_field(found_in, 'y', '{accountid}', 'id', f), @extschema@._mart_field(t, 'x', '{accountid}', 'id', f),
				@extschema@._mart_field(found_in, 'y', '{enddate}', 'day'), r #>> '{tables,accountcontactrelation,sql}',
				concat_ws(' AND ', @extschema@._mart_field(t, 'x', '{sfid,id}', 'id', f) || ' = ' || @extschema@._mart_field(found_in, 'y', '{contactid}', 'id', f), @extschema@._mart_alive(found_in, 'y')),
				@extschema@._mart_field(t, 'x', '{sfid,id}', 'id', f), r #>> '{tables,contact,sql}');
		END IF;
		query := coalesce('WITH RECURSIVE ' || with_partners || E'\n', with_survivor) || @extschema@._mart_query(ARRAY[
				@extschema@._mart_field(t, 'c', '{sfid,id}', 'id', f) || ' AS contact_id', CASE WHEN with_partners IS NULL THEN words || ' AS account_id' ELSE format('CASE WHEN p.account_id IS NULL THEN %s END AS account_id', words) END,
				CASE WHEN with_partners IS NOT NULL THEN 'p.account_id AS partner_id' END,
				@extschema@._mart_item(coalesce(@extschema@._mart_field(t, 'c', '{name}'), format('nullif(concat_ws('' '', %s), '''')',
					concat_ws(', ', 'NULL', @extschema@._mart_field(t, 'c', '{firstname}'), @extschema@._mart_field(t, 'c', '{lastname}')))), 'name'),
				@extschema@._mart_item(@extschema@._mart_field(t, 'c', '{email}'), 'email'),
				CASE WHEN roles ?& '{contactid,role}' THEN format('coalesce(%s) AS role', concat_ws(', ', 'cr.role', @extschema@._mart_field(t, 'c', '{title}')))
				     ELSE @extschema@._mart_item(@extschema@._mart_field(t, 'c', '{title}'), 'role') END,
				CASE WHEN moves IS NULL THEN @extschema@._mart_item(@extschema@._mart_field(t, 'c', '{createddate}', 'local day'), 'since') ELSE 'coalesce(' || concat_ws(', ', 'm.since', @extschema@._mart_field(t, 'c', '{createddate}', 'local day')) || ') AS since' END,
				CASE WHEN moves IS NOT NULL THEN 'm.previous_account_id' END],
			(r #>> '{tables,contact,sql}') || ' c' || CASE WHEN merges THEN E'\nLEFT   JOIN survivor s ON s.account_id = ' || @extschema@._mart_field(t, 'c', '{accountid}', 'id', f) ELSE '' END
				|| CASE WHEN with_partners IS NOT NULL THEN E'\nLEFT   JOIN partners p ON p.account_id = ' || words ELSE '' END
				|| CASE WHEN roles ?& '{contactid,role}' THEN E'\nLEFT   JOIN (' || @extschema@._mart_query(ARRAY[
						format('DISTINCT ON (1) %s AS contact_id', @extschema@._mart_field(roles, 'x', '{contactid}', 'id', f)), @extschema@._mart_field(roles, 'x', '{role}') || ' AS role'],
					(r #>> '{tables,opportunitycontactrole,sql}') || ' x', ARRAY[@extschema@._mart_field(roles, 'x', '{role}') || ' <> ''''', @extschema@._mart_alive(roles, 'x')],
					'ORDER  BY 1, ' || concat_ws(', ', @extschema@._mart_field(roles, 'x', '{systemmodstamp,lastmodifieddate,createddate}', 'time') || ' DESC NULLS LAST', '2'))
					|| ') cr ON cr.contact_id = ' || @extschema@._mart_field(t, 'c', '{sfid,id}', 'id', f) ELSE '' END
				-- where somebody was before, and since when they are where they are
				|| coalesce(E'\nLEFT   JOIN (' || moves || ') m ON m.contact_id = ' || @extschema@._mart_field(t, 'c', '{sfid,id}', 'id', f), ''),
			ARRAY[@extschema@._mart_alive(t, 'c')]);
		PERFORM @extschema@._mart_set_part(mart, 'contact', part, query, r #>> '{tables,contact,sql}', NULL);
		PERFORM @extschema@._mart_guess_words(mart, 'contact', 'role', @extschema@._mart_known_roles(query), me)
		WHERE  roles ?& '{contactid,role}' OR t ? 'title';
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'contact', part);
	END IF;

	-- deal_history, from the object or from the replicator's history mode
	t := r #> '{tables,opportunityhistory,columns}';
	table_sql := r #>> '{tables,opportunityhistory,sql}';
	condition := NULL;
	IF t IS NULL AND @extschema@._mart_field(opportunity, 'h', '{fivetranstart}', 'time') IS NOT NULL THEN
		t := opportunity;
		table_sql := opportunity_sql;
	END IF;
	IF t ? 'opportunityid' AND @extschema@._mart_field(t, 'h', '{createddate}', 'time') IS NOT NULL THEN
		words := @extschema@._mart_field(t, 'h', '{opportunityid}', 'id', f);
		happened := @extschema@._mart_field(t, 'h', '{createddate}', 'time');
		condition := @extschema@._mart_alive(t, 'h');
	ELSIF @extschema@._mart_field(t, 'h', '{fivetranstart}', 'time') IS NOT NULL THEN
		words := @extschema@._mart_field(t, 'h', '{sfid,id}', 'id', f);
		happened := @extschema@._mart_field(t, 'h', '{fivetranstart}', 'time');
		condition := @extschema@._mart_field(t, 'h', '{isdeleted}', 'flag') || ' IS NOT TRUE';
	ELSE
		t := NULL;
	END IF;
	IF t IS NOT NULL THEN
		is_won := @extschema@._mart_field(t, 'h', '{iswon}', 'flag');
		is_closed := @extschema@._mart_field(t, 'h', '{isclosed}', 'flag');
		query := @extschema@._mart_query(ARRAY[words || ' AS deal_id', happened || ' AS valid_from', @extschema@._mart_item(@extschema@._mart_field(t, 'h', '{stagename}'), 'stage'),
				CASE WHEN is_won IS NOT NULL THEN format('CASE WHEN %s THEN ''won''%s ELSE ''open'' END AS outcome', is_won, coalesce(format(' WHEN %s THEN ''lost''', is_closed), '')) END,
				@extschema@._mart_item(@extschema@._mart_field(t, 'h', '{amount}', 'number'), 'amount'), @extschema@._mart_item(@extschema@._mart_field(t, 'h', '{closedate}', 'day'), 'expected_close_on'),
				@extschema@._mart_item(@extschema@._mart_field(t, 'h', '{ownerid}', 'id', f), 'owner')],
			table_sql || ' h', ARRAY[words || ' IS NOT NULL', happened || ' IS NOT NULL', condition]);
		PERFORM @extschema@._mart_set_part(mart, 'deal_history', part, query, table_sql, NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_history', part);
	END IF;

	-- currency_rate: Salesforce keeps units of a currency for one of the company's own.
	t := r #> '{tables,currencytype,columns}';
	IF t ?& '{isocode,conversionrate}' THEN
		table_sql := r #>> '{tables,currencytype,sql}';
		words := @extschema@._mart_field(t, 'c', '{conversionrate}', 'number');
		condition := format('(SELECT %s FROM %s c WHERE %s = (SELECT currency FROM setting) LIMIT 1)', words, table_sql, @extschema@._mart_field(t, 'c', '{isocode}'));
		branches := ARRAY[@extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 'c', '{isocode}') || ' AS currency', '''0001-01-01''::date AS valid_from', 'v.use', condition || ' / ' || words || ' AS rate'],
			table_sql || ' c CROSS JOIN (VALUES (''plan''), (''closed'')) v(use)', ARRAY[words || ' > 0', @extschema@._mart_field(t, 'c', '{isocode}') || ' <> (SELECT currency FROM setting)', @extschema@._mart_alive(t, 'c')])];
		t := r #> '{tables,datedconversionrate,columns}';
		IF t ?& '{isocode,conversionrate,startdate}' THEN
			table_sql := r #>> '{tables,datedconversionrate,sql}';
			words := @extschema@._mart_field(t, 'c', '{conversionrate}', 'number');
			branches := branches || @extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 'c', '{isocode}'), @extschema@._mart_field(t, 'c', '{startdate}', 'day'), '''closed''',
					format('coalesce(m.rate, %s) / %s', condition, words)],
				table_sql || E' c\nLEFT   JOIN LATERAL (' || @extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 'd', '{conversionrate}', 'number') || ' AS rate'], table_sql || ' d',
					ARRAY[@extschema@._mart_field(t, 'd', '{isocode}') || ' = (SELECT currency FROM setting)', @extschema@._mart_field(t, 'd', '{startdate}', 'day') || ' <= ' || @extschema@._mart_field(t, 'c', '{startdate}', 'day')],
					'ORDER BY ' || @extschema@._mart_field(t, 'd', '{startdate}', 'day') || ' DESC LIMIT 1') || ') m ON true',
				ARRAY[words || ' > 0', @extschema@._mart_field(t, 'c', '{startdate}', 'day') || ' > ''0001-01-01''', @extschema@._mart_field(t, 'c', '{isocode}') || ' <> (SELECT currency FROM setting)', @extschema@._mart_alive(t, 'c')]);
		END IF;
		PERFORM @extschema@._mart_set_part(mart, 'currency_rate', part, array_to_string(branches, E'\nUNION ALL\n'), concat_ws(', ', r #>> '{tables,currencytype,sql}', r #>> '{tables,datedconversionrate,sql}'), NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'currency_rate', part);
	END IF;

	PERFORM @extschema@._mart_salesforce_program(mart, r, me);

	-- What is left out.
	FOR found IN SELECT x.key, x.value ->> 'sql' AS sql, x.value ->> 'name' AS name, x.value -> 'columns' AS c FROM jsonb_each(r -> 'tables') x
	             WHERE x.key IN ('account', 'opportunity', 'opportunitypartner', 'task', 'event') ORDER BY x.key LOOP
		CONTINUE WHEN @extschema@._mart_alive(found.c, 'r') IS NULL;
		rows := @extschema@._mart_count(format('SELECT count(*) FROM %s r WHERE NOT (%s)', found.sql, @extschema@._mart_alive(found.c, 'r')));
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'notice', CASE found.key WHEN 'account' THEN 'account' WHEN 'opportunity' THEN 'deal' WHEN 'opportunitypartner' THEN 'deal_partner' ELSE 'touch' END,
				format('rows of %s that are deleted, or older versions, are left out', found.name), rows, NULL, NULL, me);
		END IF;
	END LOOP;
	IF merges THEN
		rows := @extschema@._mart_count(with_survivor || 'SELECT count(*) FROM survivor');
		IF rows > 0 THEN
			PERFORM @extschema@._mart_say(mart, 'notice', 'account', 'merged accounts are read as the one that is left', rows, NULL, NULL, me);
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_bind_salesforce(text, text, jsonb, text, jsonb, boolean) IS 'what bind_salesforce() does, as the owner';

CREATE PROCEDURE bind_salesforce(mart text, source_schema text, partner_lookups jsonb DEFAULT NULL, partner_accounts text DEFAULT NULL,
                                 pass_through jsonb DEFAULT NULL, changed_since boolean DEFAULT false)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_check_bind(mart, 'source_schema', source_schema);
	PERFORM @extschema@._mart_check_argument('partner_lookups', partner_lookups, '{opportunity,task,event,lead,campaign,registration,plan,product}');
	PERFORM @extschema@._mart_check_argument('pass_through', pass_through, '{account,partner,opportunity,deal}');
	-- what is read for it may be a view of somebody's
	PERFORM @extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_bind_salesforce(%L::text, %L::text, %L::jsonb, %L::text, %L::jsonb, %L::boolean)', mart, source_schema, partner_lookups, partner_accounts, pass_through, coalesce(changed_since, false)));
END $$;
COMMENT ON PROCEDURE bind_salesforce(text, text, jsonb, text, jsonb, boolean) IS
	'writes a mart''s texts over a replica of Salesforce and says what it takes for granted; partner_lookups: {"opportunity": {"influence_partner__c": "influencing", "other__c": null}}, partner_accounts: a condition on accounts, pass_through: {"opportunity": ["competitor__c"]}, changed_since: whether refreshes read only deals and touches that were written since';
