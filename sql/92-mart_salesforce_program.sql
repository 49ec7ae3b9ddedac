-- mart_salesforce_program: what a replica of Salesforce keeps of the partner
-- program and of customers, beside deals and touches.  Pure SQL and PL/pgSQL.

-- The columns of a table that point to partners and are called as a pattern
-- says, as one expression: the first that is filled; NULL where there is none.
CREATE FUNCTION _mart_salesforce_pointer(r jsonb, name text, alias text, called text, is_called boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT CASE WHEN count(*) > 1 THEN 'coalesce(' || string_agg(e, ', ' ORDER BY n) || ')' ELSE min(e) END
	        FROM   jsonb_array_elements(r -> 'lookups') WITH ORDINALITY x(value, n),
	               LATERAL (SELECT 'nullif(' || @extschema@._mart_field(r #> ARRAY['tables', name, 'columns'], alias, ARRAY[x.value ->> 'key'], 'id', r ->> 'id_function') || ', '''')' AS e) f
	        WHERE  x.value ->> 'relation' = name AND x.value ->> 'verdict' IN ('partners', 'accounts', 'said') AND x.value -> 'paper' IS DISTINCT FROM 'true'
	        AND   (called IS NULL OR (x.value ->> 'key' ~ called) = is_called));
END $$;
COMMENT ON FUNCTION _mart_salesforce_pointer(jsonb, text, text, text, boolean) IS
	'SQL of the first filled of the columns of a replica''s table that point to partners, and are or are not called as a pattern says; NULL where there is none';

-- A text whose columns some are accounts: merged ones are read as those that are left.
CREATE FUNCTION _mart_salesforce_text(r jsonb, base text, columns text[], accounts text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT (r -> 'merges')::boolean THEN
		RETURN base;
	END IF;
	RETURN 'WITH RECURSIVE ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') || E'\n'
		|| @extschema@._mart_query(ARRAY(SELECT CASE WHEN c = ANY (accounts) THEN format('coalesce(s_%1$s.survivor_id, l.%1$s) AS %1$s', c) ELSE 'l.' || c END
				FROM unnest(columns) WITH ORDINALITY x(c, n) ORDER BY n),
			E'(\n' || @extschema@._mart_indent(base) || E'\n) l'
				|| (SELECT string_agg(format(E'\nLEFT   JOIN survivor s_%1$s ON s_%1$s.account_id = l.%1$s', c), '' ORDER BY n) FROM unnest(accounts) WITH ORDINALITY x(c, n)));
END $$;
COMMENT ON FUNCTION _mart_salesforce_text(jsonb, text, text[], text[]) IS 'a text over a replica of Salesforce in which merged accounts are read as the one that is left';

-- What a relation needs that no replica has is said where it lacks, and not
-- printed line by line: there is more than one can read.
CREATE FUNCTION _mart_say_unbound(mart text, part text, source text, wanted jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bound text[] := string_to_array(@extschema@._mart_as_owner(mart, format('SELECT string_agg(DISTINCT relation, '','') FROM %I.relation_part', mart)), ',');
	w record;
	unbound text[] := '{}';
BEGIN
	FOR w IN SELECT x.value ->> 0 AS relation, x.value ->> 1 AS looked_for, x.value ->> 2 AS enables FROM jsonb_array_elements(wanted) WITH ORDINALITY x(value, n) ORDER BY x.n LOOP
		CONTINUE WHEN w.relation = ANY (bound);
		unbound := unbound || w.relation;
		PERFORM @extschema@._mart_note_problem(mart, 'notice', w.relation, format('nothing in the replica is %s, for %s', w.relation, w.enables), NULL::bigint, NULL::text,
			format('looked for %s; bind_table(mart, ''%s'', ''a table'') binds any', w.looked_for, w.relation), source);
	END LOOP;
	IF unbound <> '{}' THEN
		RAISE NOTICE 'not in this replica, and bound by bind_table where you have it: %', array_to_string(unbound, ', ');
	END IF;
END $$;
COMMENT ON FUNCTION _mart_say_unbound(text, text, text, jsonb) IS 'says which relations a replica has nothing for, and keeps in the mart what each would enable';

-- Recurring revenue by quarter from lines of account_id, starts_on, ends_on,
-- yearly and currency: what stood on the last day of the quarter before, and on
-- its own last day or today.
CREATE FUNCTION _mart_subscription_text(with_before text, lines text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN 'WITH ' || coalesce('RECURSIVE ' || with_before || ', ', '') || E'line AS (\n' || @extschema@._mart_indent(lines) || $q$
), quarter AS (
    SELECT q::date AS period, q::date - 1 AS before_it, least((q + interval '3 months')::date - 1, d.today) AS last_day
    FROM   (SELECT coalesce(as_of, (now() AT TIME ZONE time_zone)::date) AS today FROM setting) d,
           generate_series(date_trunc('quarter', (SELECT min(starts_on) FROM line)::timestamp), date_trunc('quarter', d.today::timestamp), '3 months') q
), stood AS (
    SELECT l.account_id, l.currency, q.period, coalesce(sum(l.yearly) FILTER (WHERE l.starts_on <= q.before_it AND l.ends_on >= q.before_it), 0) AS opening,
           coalesce(sum(l.yearly) FILTER (WHERE l.starts_on <= q.last_day AND l.ends_on >= q.last_day), 0) AS closing
    FROM   quarter q JOIN line l ON l.starts_on <= q.last_day AND l.ends_on >= q.before_it
    GROUP  BY 1, 2, 3
)
SELECT account_id, period, opening, CASE WHEN closing > 0 THEN greatest(closing - opening, 0) ELSE 0 END AS expansion,
       CASE WHEN closing > 0 THEN greatest(opening - closing, 0) ELSE 0 END AS contraction, CASE WHEN closing > 0 THEN 0 ELSE opening END AS churned, currency
FROM   stood
WHERE  opening > 0 OR closing > 0$q$;
END $$;
COMMENT ON FUNCTION _mart_subscription_text(text, text) IS 'the text of subscription over lines that say what recurs from when to when';

-- Subscriptions, contracts, orders, assets or won opportunities: the first that
-- says what recurs for whom from when to when.
CREATE FUNCTION _mart_salesforce_subscription(mart text, r jsonb, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	part constant text := 'salesforce';
	f text := r ->> 'id_function';
	merges boolean := (r -> 'merges')::boolean;
	found record;
	t jsonb;
	account text;
	starts_on text;
	ends_on text;
	yearly text;
	per text;
	lines text;
	rows bigint;
	others bigint;
BEGIN
	FOR found IN SELECT * FROM (VALUES
			('sbqqsubscriptionc', '{sbqqaccountc}'::text[], '{sbqqsubscriptionstartdatec,sbqqstartdatec}'::text[], '{sbqqterminateddatec}'::text[], '{sbqqsubscriptionenddatec,sbqqenddatec}'::text[], '{sbqqnetpricec}'::text[], '{sbqqquantityc}'::text[], NULL),
			('contract', '{accountid}', '{startdate}', '{}', '{enddate}', '{totalcontractvaluec,tcvc,contractvaluec,totalvaluec,amountc}', '{}', '!~* ''draft|approval|reject|cancel'''),
			('order', '{accountid}', '{effectivedate}', '{}', '{enddate}', '{totalamount}', '{}', '!~* ''draft|cancel'''),
			('asset', '{accountid}', '{lifecyclestartdate,installdate,purchasedate}', '{}', '{lifecycleenddate,usageenddate}', '{}', '{}', NULL),
			('opportunity', '{accountid}', '{contractstartdatec,subscriptionstartdatec,servicestartdatec,termstartdatec,startdatec}', '{}', '{contractenddatec,subscriptionenddatec,serviceenddatec,termenddatec,enddatec}', '{amount}', '{}', NULL))
			AS s(name, account, starts, ended, ends, total, quantity, counts) LOOP
		t := r #> ARRAY['tables', found.name, 'columns'];
		account := @extschema@._mart_field(t, 't', found.account, 'id', f);
		starts_on := @extschema@._mart_field(t, 't', found.starts, 'day');
		ends_on := @extschema@._mart_field(t, 't', found.ends, 'day');
		CONTINUE WHEN account IS NULL OR starts_on IS NULL OR ends_on IS NULL;
		yearly := coalesce(@extschema@._mart_field(t, 't', '{arrc,annualrecurringrevenuec,acvc,annualcontractvaluec,annualvaluec}', 'number'), @extschema@._mart_field(t, 't', '{currentmrr,mrrc,monthlyrecurringrevenuec}', 'number') || ' * 12');
		per := 'as it says';
		IF yearly IS NULL AND @extschema@._mart_field(t, 't', found.total, 'number') IS NOT NULL THEN
			-- of a term, by its days
			yearly := format('%s%s * 365 / nullif(%s - %s + 1, 0)', @extschema@._mart_field(t, 't', found.total, 'number'), coalesce(' * ' || @extschema@._mart_field(t, 't', found.quantity, 'number'), ''), ends_on, starts_on);
			per := 'its amount over its days';
		END IF;
		CONTINUE WHEN yearly IS NULL;
		-- what ended early was worth as much a year as agreed
		IF @extschema@._mart_field(t, 't', found.ended, 'day') IS NOT NULL THEN
			ends_on := format('coalesce(%s, %s)', @extschema@._mart_field(t, 't', found.ended, 'day'), ends_on);
		END IF;
		lines := @extschema@._mart_query(ARRAY[CASE WHEN merges THEN format('coalesce(s.survivor_id, %s)', account) ELSE account END || ' AS account_id', starts_on || ' AS starts_on', ends_on || ' AS ends_on', yearly || ' AS yearly',
				coalesce(@extschema@._mart_field(t, 't', '{currencyisocode}'), 'NULL::text') || ' AS currency'],
			(r #>> ARRAY['tables', found.name, 'sql']) || ' t' || CASE WHEN merges THEN E'\nLEFT   JOIN survivor s ON s.account_id = ' || account ELSE '' END,
			ARRAY[starts_on || ' <= ' || ends_on, yearly || ' > 0', @extschema@._mart_alive(t, 't'),
				CASE found.name WHEN 'opportunity' THEN @extschema@._mart_field(t, 't', '{iswon}', 'flag') END,
				'coalesce(' || CASE WHEN found.counts IS NOT NULL THEN @extschema@._mart_field(t, 't', '{statuscode,status}') END || ', '''') ' || found.counts]);
		rows := @extschema@._mart_count(format('%sSELECT count(*) FROM (%s) q', CASE WHEN merges THEN 'WITH RECURSIVE ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') || ' ' ELSE '' END, lines));
		CONTINUE WHEN rows = 0;
		PERFORM @extschema@._mart_set_part(mart, 'subscription', part, @extschema@._mart_subscription_text(CASE WHEN merges THEN array_to_string(ARRAY(SELECT jsonb_array_elements_text(r -> 'with_survivor')), ', ') END, lines),
			r #>> ARRAY['tables', found.name, 'sql'], 'what stood on the last day of each quarter; what is not renewed by then is lost');
		others := @extschema@._mart_count(format('SELECT count(*) FROM %s t%s', r #>> ARRAY['tables', found.name, 'sql'], coalesce(' WHERE ' || @extschema@._mart_alive(t, 't'), ''))) - rows;
		PERFORM @extschema@._mart_say(mart, 'notice', 'subscription', format('recurring revenue is read from %s, a year''s %s%s', r #>> ARRAY['tables', found.name, 'name'], per,
			CASE WHEN others > 0 THEN format('; %s of its rows have no amount, no days or do not count', others) ELSE '' END), rows, NULL, 'write your own by set_relation(mart, ''subscription'', ...) where it is counted otherwise', source);
		RETURN;
	END LOOP;
	PERFORM @extschema@._mart_drop_part(mart, 'subscription', part);
END $$;
COMMENT ON FUNCTION _mart_salesforce_subscription(text, jsonb, text) IS 'writes the text of subscription over a replica of Salesforce; a part of bind_salesforce';

-- Leads that partners and we gave each other, what campaigns cost, registered
-- deals, plans, products built together, logins to the partner portal.
CREATE FUNCTION _mart_salesforce_program(mart text, r jsonb, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	part constant text := 'salesforce';
	-- what a lead's column is called that says to whom it was given
	given constant text := '^partneraccountid$|assign|givento|sentto|passedto|routed|fulfil|deliver';
	f text := r ->> 'id_function';
	opportunity jsonb := r #> '{tables,opportunity,columns}';
	u jsonb := r #> '{tables,user,columns}';
	t jsonb;
	c jsonb;
	q jsonb;
	id text;
	from_partner text;
	to_partner text;
	owned text;
	joins text := '';
	partner text;
	account text;
	deal text;
	cost text;
	day text;
	campaign text;
	condition text;
	branches text[] := '{}';
	froms text[] := '{}';
BEGIN
	-- leads
	t := r #> '{tables,lead,columns}';
	id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
	from_partner := @extschema@._mart_salesforce_pointer(r, 'lead', 't', given, false);
	to_partner := @extschema@._mart_salesforce_pointer(r, 'lead', 't', given, true);
	owned := CASE WHEN to_partner IS NOT NULL AND EXISTS (SELECT FROM jsonb_array_elements(r -> 'lookups') x WHERE x ->> 'relation' = 'lead' AND x ->> 'key' = 'partneraccountid' AND x ->> 'verdict' IN ('partners', 'accounts', 'said'))
		THEN @extschema@._mart_field(t, 't', '{partneraccountid}', 'id', f) END;
	IF owned IS NOT NULL AND t ? 'createdbyid' AND u ? 'accountid' AND @extschema@._mart_field(u, 'w', '{sfid,id}', 'id') IS NOT NULL THEN
		-- whose people wrote a lead of their own gave it, all others were given theirs
		joins := format(E'\nLEFT   JOIN %s w ON %s = %s', r #>> '{tables,user,sql}', @extschema@._mart_field(u, 'w', '{sfid,id}', 'id', f), @extschema@._mart_field(t, 't', '{createdbyid}', 'id', f));
		condition := @extschema@._mart_field(u, 'w', '{accountid}', 'id', f) || ' = ' || owned;
		from_partner := 'coalesce(' || concat_ws(', ', from_partner, format('CASE WHEN %s THEN %s END', condition, owned)) || ')';
		to_partner := format('CASE WHEN (%s) IS NOT TRUE THEN %s END', condition, to_partner);
	END IF;
	IF id IS NOT NULL AND coalesce(from_partner, to_partner) IS NOT NULL THEN
		to_partner := CASE WHEN from_partner IS NULL THEN to_partner ELSE 'nullif(' || to_partner || ', ' || from_partner || ')' END;
		PERFORM @extschema@._mart_set_part(mart, 'lead_exchange', part, @extschema@._mart_salesforce_text(r, @extschema@._mart_query(ARRAY[
				id || ' AS lead_id', coalesce(from_partner, 'NULL::text') || ' AS from_partner_id', coalesce(to_partner, 'NULL::text') || ' AS to_partner_id',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{convertedaccountid}', 'id', f) || ', '''')', 'NULL::text') || ' AS account_id',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{convertedopportunityid}', 'id', f) || ', '''')', 'NULL::text') || ' AS deal_id',
				coalesce(@extschema@._mart_field(t, 't', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS sent_at'],
			(r #>> '{tables,lead,sql}') || ' t' || joins, ARRAY['coalesce(' || concat_ws(', ', from_partner, to_partner) || ') IS NOT NULL', @extschema@._mart_alive(t, 't')]),
			'{lead_id,from_partner_id,to_partner_id,account_id,deal_id,sent_at}', '{from_partner_id,to_partner_id,account_id}'), r #>> '{tables,lead,sql}',
			CASE WHEN to_partner IS NULL THEN 'each is taken as given to us' ELSE 'given to us, but where the column says that the partner was given it' END);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'lead_exchange', part);
	END IF;

	-- what campaigns cost: with a partner the program, without one marketing
	t := r #> '{tables,campaign,columns}';
	cost := @extschema@._mart_field(t, 't', '{actualcost}', 'number');
	day := nullif(concat_ws(', ', @extschema@._mart_field(t, 't', '{startdate}', 'day'), @extschema@._mart_field(t, 't', '{createddate}', 'local day')), '');
	day := CASE WHEN day LIKE '%, %' THEN 'coalesce(' || day || ')' ELSE day END;
	campaign := @extschema@._mart_salesforce_campaign(r, 't');
	partner := @extschema@._mart_salesforce_pointer(r, 'campaign', 't', NULL, NULL);
	IF cost IS NOT NULL AND day IS NOT NULL AND partner IS NOT NULL THEN
		branches := ARRAY[@extschema@._mart_query(ARRAY[format('date_trunc(''month'', %s::timestamp)::date AS period', day),
				coalesce('CASE WHEN ' || @extschema@._mart_field(t, 't', '{type}') || ' ~* ''mdf|development fund|incentive|rebate|co-?op'' THEN ''incentives'' ELSE ''events'' END', '''events''') || ' AS kind',
				partner || ' AS partner_id', campaign || ' AS campaign', cost || ' AS amount', coalesce(@extschema@._mart_field(t, 't', '{currencyisocode}'), 'NULL::text') || ' AS currency'],
			(r #>> '{tables,campaign,sql}') || ' t', ARRAY[partner || ' IS NOT NULL', cost || ' > 0', day || ' IS NOT NULL', @extschema@._mart_alive(t, 't')])];
		froms := ARRAY[r #>> '{tables,campaign,sql}'];
	END IF;
	-- marketing development funds as they were claimed; what a campaign has cost is in that already
	c := r #> '{tables,partnerfundclaim,columns}';
	q := r #> '{tables,partnerfundrequest,columns}';
	IF c ?& '{channelpartnerid,amount,createddate,status}' THEN
		joins := CASE WHEN c ? 'requestid' AND q ?& '{id,campaignid}' AND campaign IS NOT NULL THEN
			format(E'\nLEFT   JOIN %s q ON %s = %s\nLEFT   JOIN %s t ON %s = %s', r #>> '{tables,partnerfundrequest,sql}', @extschema@._mart_field(q, 'q', '{sfid,id}', 'id', f), @extschema@._mart_field(c, 'c', '{requestid}', 'id', f),
				r #>> '{tables,campaign,sql}', @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f), @extschema@._mart_field(q, 'q', '{campaignid}', 'id', f)) ELSE '' END;
		branches := branches || @extschema@._mart_query(ARRAY[format('date_trunc(''month'', %s::timestamp)::date AS period', @extschema@._mart_field(c, 'c', '{createddate}', 'local day')), '''incentives'' AS kind',
				@extschema@._mart_field(c, 'c', '{channelpartnerid}', 'id', f) || ' AS partner_id', CASE WHEN joins = '' THEN '''''' ELSE format('coalesce(%s, '''')', campaign) END || ' AS campaign',
				format('sum(%s) AS amount', @extschema@._mart_field(c, 'c', '{amount}', 'number')), coalesce(@extschema@._mart_field(c, 'c', '{currencyisocode}'), 'NULL::text') || ' AS currency'],
			(r #>> '{tables,partnerfundclaim,sql}') || ' c' || joins,
			ARRAY[@extschema@._mart_field(c, 'c', '{status}') || ' ~* ''^(approved|paid)''', @extschema@._mart_field(c, 'c', '{createddate}', 'local day') || ' IS NOT NULL', @extschema@._mart_alive(c, 'c'),
				CASE WHEN joins <> '' AND cost IS NOT NULL AND partner IS NOT NULL THEN format('(%s > 0 AND %s IS NOT NULL) IS NOT TRUE', cost, partner) END], 'GROUP  BY 1, 2, 3, 4, 6');
		froms := froms || (r #>> '{tables,partnerfundclaim,sql}');
	END IF;
	IF branches <> '{}' THEN
		PERFORM @extschema@._mart_set_part(mart, 'investment', part, @extschema@._mart_salesforce_text(r, array_to_string(branches, E'\nUNION ALL\n'), '{period,kind,partner_id,campaign,amount,currency}', '{partner_id}'), array_to_string(froms, ', '),
			'what campaigns and claims have cost; not the team, nor what it works with');
		PERFORM @extschema@._mart_say(mart, 'notice', 'investment', 'costs of campaigns and funds with a partner are the program''s; the team''s and those of technology are not in the CRM', NULL, NULL,
			'bind_table(mart, ''investment'', ''a table'', part => ''team'') adds them: without them a return on investment is too good', source);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'investment', part);
	END IF;
	IF cost IS NOT NULL AND day IS NOT NULL THEN
		PERFORM @extschema@._mart_set_part(mart, 'channel_spend', part, @extschema@._mart_query(ARRAY[format('date_trunc(''month'', %s::timestamp)::date AS period', day),
				coalesce('''marketing'' || coalesce('' in '' || nullif(' || @extschema@._mart_field(t, 't', '{currencyisocode}') || ', (SELECT currency FROM setting)), '''')', '''marketing''') || ' AS channel',
				format('sum(%s) AS amount', cost), coalesce(@extschema@._mart_field(t, 't', '{currencyisocode}'), 'NULL::text') || ' AS currency'],
			(r #>> '{tables,campaign,sql}') || ' t', ARRAY[cost || ' > 0', day || ' IS NOT NULL', partner || ' IS NULL', @extschema@._mart_alive(t, 't')], 'GROUP  BY 1, 2, 4'), r #>> '{tables,campaign,sql}',
			'campaigns that no partner is named on; nobody''s salary');
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'channel_spend', part);
	END IF;

	-- registered deals: an object of their own, else what is said of them on opportunities
	t := r #> '{tables,registration,columns}';
	id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
	partner := coalesce(@extschema@._mart_salesforce_pointer(r, 'registration', 't', NULL, NULL), 'nullif(' || @extschema@._mart_field(t, 't', '{partneraccountid,partnerc}', 'id', f) || ', '''')');
	IF id IS NOT NULL AND partner IS NOT NULL THEN
		account := coalesce(@extschema@._mart_field(t, 't', '{accountc,customeraccountc,customerc,endcustomerc,endcustomeraccountc,enduseraccountc,prospectaccountc,accountid}', 'id', f), 'NULL::text');
		deal := coalesce('nullif(' || @extschema@._mart_field(t, 't', '{opportunityc,convertedopportunityc,relatedopportunityc,dealc,opportunityid}', 'id', f) || ', '''')', 'NULL::text');
		condition := NULL;
		joins := '';
	ELSE
		t := opportunity;
		id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
		condition := nullif(concat_ws(' OR ', @extschema@._mart_field(t, 't', '{dealregistrationstatusc,registrationstatusc,drstatusc,vartopiadrsdrstatus1c,vartopiadrsdrstatusc,impartnerprmregistrationstatusc}') || ' <> ''''',
			@extschema@._mart_field(t, 't', '{dealregistrationnumberc,dealregistrationidc,registrationnumberc,registrationidc,drdealidc,drregistrationidc}') || ' <> ''''',
			@extschema@._mart_field(t, 't', '{dealregistrationc,isdealregistrationc,dealregisteredc,registereddealc,registrationfromportalc}', 'flag'),
			@extschema@._mart_field(t, 't', '{dealregistrationdatec,registrationdatec,dealregisteredonc,registeredonc,drapproveddatec,drdatec}', 'day') || ' IS NOT NULL'), '');
		partner := coalesce(@extschema@._mart_salesforce_pointer(r, 'opportunity', 't', 'regist|^dr|vartopia|impartner', true), @extschema@._mart_salesforce_pointer(r, 'opportunity', 't', 'sourc|referr', true),
			@extschema@._mart_salesforce_pointer(r, 'opportunity', 't', '^partneraccount', true), @extschema@._mart_salesforce_pointer(r, 'opportunity', 't', NULL, NULL));
		account := coalesce(@extschema@._mart_field(t, 't', '{accountid}', 'id', f), 'NULL::text');
		deal := id;
	END IF;
	IF partner IS NOT NULL AND (t <> opportunity OR condition IS NOT NULL) THEN
		-- what an opportunity says beside it is not of the registration
		PERFORM @extschema@._mart_set_part(mart, 'deal_registration', part, @extschema@._mart_salesforce_text(r, @extschema@._mart_query(ARRAY[id || ' AS registration_id', partner || ' AS partner_id', account || ' AS account_id', deal || ' AS deal_id',
				coalesce(@extschema@._mart_field(t, 't', '{dealregistrationstatusc,registrationstatusc,drstatusc,vartopiadrsdrstatus1c,vartopiadrsdrstatusc,impartnerprmregistrationstatusc}' || CASE WHEN t <> opportunity THEN '{statusc,approvalstatusc,stagec}'::text[] ELSE '{}' END), 'NULL::text') || ' AS status',
				coalesce(@extschema@._mart_field(t, 't', '{dealregistrationdatec,registrationdatec,dealregisteredonc,registeredonc,drapproveddatec,drdatec}' || CASE WHEN t <> opportunity THEN '{submitteddatec,submittedonc,datesubmittedc,submissiondatec,createddate}'::text[] ELSE '{}' END, 'time'), 'NULL::timestamptz') || ' AS registered_at',
				coalesce(@extschema@._mart_field(t, 't', '{lastpartneractivityc,lastpartneractivitydatec,lastactivityc,lastactivitydatec,lastactivitydate}', 'time'), 'NULL::timestamptz') || ' AS last_activity_at',
				coalesce(@extschema@._mart_field(t, 't', '{dealregistrationexpirationdatec,registrationexpirationdatec,registrationexpirationc,registrationexpiresonc,registrationexpiresatc,drexpirationdatec}' || CASE WHEN t <> opportunity THEN '{expirationdatec,expirydatec,expiresonc,protecteduntilc,enddatec}'::text[] ELSE '{}' END, 'day'), 'NULL::date') || ' AS expires_on'],
			CASE WHEN t <> opportunity THEN r #>> '{tables,registration,sql}' ELSE r #>> '{tables,opportunity,sql}' END || ' t', ARRAY[partner || ' IS NOT NULL', '(' || condition || ')', @extschema@._mart_alive(t, 't')]),
			'{registration_id,partner_id,account_id,deal_id,status,registered_at,last_activity_at,expires_on}', '{partner_id,account_id}'),
			CASE WHEN t <> opportunity THEN r #>> '{tables,registration,sql}' ELSE r #>> '{tables,opportunity,sql}' END, NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_registration', part);
	END IF;

	-- plans to sell a deal together, and their milestones
	t := r #> '{tables,plan,columns}';
	id := @extschema@._mart_field(t, 't', '{sfid,id}', 'id', f);
	partner := coalesce(@extschema@._mart_salesforce_pointer(r, 'plan', 't', NULL, NULL), 'nullif(' || @extschema@._mart_field(t, 't', '{partneraccountid,partnerc}', 'id', f) || ', '''')');
	IF id IS NOT NULL AND partner IS NOT NULL THEN
		joins := CASE WHEN t ? 'ownerid' AND @extschema@._mart_field(u, 'w', '{name}') IS NOT NULL AND @extschema@._mart_field(u, 'w', '{sfid,id}', 'id') IS NOT NULL
			THEN format(E'\nLEFT   JOIN %s w ON %s = %s', r #>> '{tables,user,sql}', @extschema@._mart_field(u, 'w', '{sfid,id}', 'id', f), @extschema@._mart_field(t, 't', '{ownerid}', 'id', f)) ELSE '' END;
		PERFORM @extschema@._mart_set_part(mart, 'co_sell_plan', part, @extschema@._mart_salesforce_text(r, @extschema@._mart_query(ARRAY[id || ' AS plan_id',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{opportunityc,dealc,opportunityid}', 'id', f) || ', '''')', 'NULL::text') || ' AS deal_id',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{accountc,customeraccountc,customerc,accountid}', 'id', f) || ', '''')', 'NULL::text') || ' AS account_id', partner || ' AS partner_id',
				coalesce(@extschema@._mart_field(t, 't', '{agreedonc,agreedatc,agreeddatec,agreementdatec,signedonc,approveddatec,approvedonc,createddate}', 'time'), 'NULL::timestamptz') || ' AS agreed_at',
				CASE WHEN joins <> '' THEN @extschema@._mart_field(u, 'w', '{name}') ELSE coalesce(@extschema@._mart_field(t, 't', '{ourownerc,internalownerc,ownerid}'), 'NULL::text') END || ' AS our_owner',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{partnerownerc,partnerownernamec,partnersellerc,partnerrepc,partnerrepnamec,partnercontactc}') || ', '''')', 'NULL::text') || ' AS partner_owner',
				coalesce('nullif(' || @extschema@._mart_field(t, 't', '{splitc,creditsplitc,creditmodelc}') || ', '''')', 'NULL::text') || ' AS split', coalesce(@extschema@._mart_field(t, 't', '{statusc,status}'), 'NULL::text') || ' AS status'],
			(r #>> '{tables,plan,sql}') || ' t' || joins, ARRAY[partner || ' IS NOT NULL', @extschema@._mart_alive(t, 't')]),
			'{plan_id,deal_id,account_id,partner_id,agreed_at,our_owner,partner_owner,split,status}', '{account_id,partner_id}'), r #>> '{tables,plan,sql}', NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'co_sell_plan', part);
	END IF;
	t := r #> '{tables,milestone,columns}';
	IF @extschema@._mart_field(t, 't', '{cosellplanc,mutualactionplanc,jointplanc,planc}', 'id', f) IS NOT NULL AND t ? 'name' AND id IS NOT NULL AND partner IS NOT NULL THEN
		PERFORM @extschema@._mart_set_part(mart, 'plan_milestone', part, @extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 't', '{cosellplanc,mutualactionplanc,jointplanc,planc}', 'id', f) || ' AS plan_id',
				@extschema@._mart_field(t, 't', '{name}') || ' AS milestone', coalesce(@extschema@._mart_field(t, 't', '{dueonc,duedatec,targetdatec}', 'day'), 'NULL::date') || ' AS due_on',
				coalesce(@extschema@._mart_field(t, 't', '{doneonc,donedatec,completedonc,completeddatec,completiondatec}', 'day'), 'NULL::date') || ' AS done_on'],
			(r #>> '{tables,milestone,sql}') || ' t', ARRAY[@extschema@._mart_alive(t, 't')]), r #>> '{tables,milestone,sql}', NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'plan_milestone', part);
	END IF;

	-- products that name whom they were built with
	t := r #> '{tables,product,columns}';
	partner := @extschema@._mart_salesforce_pointer(r, 'product', 't', NULL, NULL);
	IF partner IS NOT NULL AND t ? 'name' THEN
		PERFORM @extschema@._mart_set_part(mart, 'joint_solution', part, @extschema@._mart_salesforce_text(r, @extschema@._mart_query(ARRAY[@extschema@._mart_field(t, 't', '{name}') || ' AS product', partner || ' AS partner_id',
				coalesce(@extschema@._mart_field(t, 't', '{launchedonc,launchdatec,releasedatec,generalavailabilityc,createddate}', 'local day'), 'NULL::date') || ' AS launched_on'],
			(r #>> '{tables,product,sql}') || ' t', ARRAY[partner || ' IS NOT NULL', @extschema@._mart_alive(t, 't')]), '{product,partner_id,launched_on}', '{partner_id}'), r #>> '{tables,product,sql}', NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'joint_solution', part);
	END IF;

	-- logins of partners' people
	t := r #> '{tables,loginhistory,columns}';
	account := @extschema@._mart_field(u, 'w', '{accountid}', 'id', f);
	IF t ?& '{userid,logintime}' AND @extschema@._mart_field(u, 'w', '{sfid,id}', 'id') IS NOT NULL AND account IS NOT NULL AND r ->> 'with_partners' IS NOT NULL THEN
		day := format('(%s AT TIME ZONE (SELECT time_zone FROM setting))::date', @extschema@._mart_field(t, 't', '{logintime}', 'time'));
		PERFORM @extschema@._mart_set_part(mart, 'partner_activity', part, 'WITH RECURSIVE ' || (r ->> 'with_partners') || E'\n' || @extschema@._mart_query(ARRAY['p.account_id AS partner_id', '''login'' AS kind', day || ' AS occurred_on', 'count(*) AS times'],
			(r #>> '{tables,loginhistory,sql}') || format(E' t\nJOIN   %s w ON %s = %s', r #>> '{tables,user,sql}', @extschema@._mart_field(u, 'w', '{sfid,id}', 'id', f), @extschema@._mart_field(t, 't', '{userid}', 'id', f))
				|| CASE WHEN (r -> 'merges')::boolean THEN format(E'\nLEFT   JOIN survivor s ON s.account_id = %1$s\nJOIN   partners p ON p.account_id = coalesce(s.survivor_id, %1$s)', account) ELSE E'\nJOIN   partners p ON p.account_id = ' || account END,
			ARRAY[day || ' IS NOT NULL', 'coalesce(' || @extschema@._mart_field(t, 't', '{status}') || ', ''Success'') ~* ''^success''', @extschema@._mart_alive(t, 't')], 'GROUP  BY 1, 2, 3'), r #>> '{tables,loginhistory,sql}', NULL);
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'partner_activity', part);
	END IF;

	PERFORM @extschema@._mart_salesforce_subscription(mart, r, source);
	PERFORM @extschema@._mart_say_unbound(mart, part, source, $j$[
		["subscription", "SBQQ__Subscription__c, Contract, Order, Asset or won opportunities with days from and to and an amount", "retention, churn and what partners' customers are worth"],
		["integration_use", "nothing: a CRM does not know who uses what", "integrations in use, and whether customers who use them stay"],
		["investment", "Campaign with ActualCost and a partner, PartnerFundClaim", "returns on what the program cost"],
		["deal_registration", "an object such as Deal_Registration__c, or columns such as Deal_Registration_Status__c on opportunities", "registrations that collide"],
		["co_sell_plan", "an object such as Co_Sell_Plan__c or Mutual_Action_Plan__c", "which joint deals have a plan"],
		["plan_milestone", "an object such as Co_Sell_Milestone__c", "whether plans are kept"],
		["play_run", "nothing: what fired which play is known where it fires", "introductions asked for and made"],
		["partner_activity", "LoginHistory and the accounts of users", "engagement of partners, and who falls asleep"],
		["survey", "nothing: answers stand in the survey tool", "what customers and partners think"],
		["lead_exchange", "columns of Lead that name a partner", "who gives and who takes leads"],
		["contact", "Contact with its account", "champions who moved, and whom to call at partners"],
		["team_hours", "nothing: hours stand in a time sheet", "what the partner team spends its time on"],
		["channel_spend", "Campaign with ActualCost", "what a customer costs that no partner brought"],
		["joint_solution", "a column of Product2 that names a partner", "products built together"]]$j$);
END $$;
COMMENT ON FUNCTION _mart_salesforce_program(text, jsonb, text) IS 'writes the texts of the partner program over a replica of Salesforce; a part of bind_salesforce';

-- What a campaign is called where it was paid for and where it touched: names
-- alone are given twice.
CREATE FUNCTION _mart_salesforce_campaign(r jsonb, alias text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t jsonb := r #> '{tables,campaign,columns}';
BEGIN
	RETURN coalesce(@extschema@._mart_field(t, alias, '{name}') || ' || '' '' || ', '') || @extschema@._mart_field(t, alias, '{sfid,id}', 'id', r ->> 'id_function');
END $$;
COMMENT ON FUNCTION _mart_salesforce_campaign(jsonb, text) IS 'SQL of what a campaign of a replica of Salesforce is called in a mart: its name and its id';
