-- mart_salesforce_replica: what a replica of Salesforce holds, by whichever
-- replicator: who is a partner, and what points to one.  Pure SQL and PL/pgSQL.

-- Everything that is to be known of a replica before texts are written: its
-- tables and columns, how ids are read, who is a partner and which columns
-- point to partners.  NULL where the schema holds no replica of Salesforce.
CREATE FUNCTION _mart_salesforce(source_schema text, partner_accounts text, partner_lookups jsonb, named boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	replica jsonb := @extschema@._mart_replica(source_schema, '{account,opportunity}',
		'{account,opportunity,opportunitypartner,accountpartner,partner,user,recordtype,contact,lead,task,event,campaign,campaignmember,campaigninfluence,campaigninfluencemodel,opportunityhistory,opportunitycontactrole,currencytype,datedconversionrate,contract,order,asset,sbqqsubscriptionc,partnerfundclaim,partnerfundrequest,accountcontactrelation,loginhistory,product2,dealregistrationc,partnerdealregistrationc,impartnerprmdealregistrationc,vartopiadrsregistrationc,cosellplanc,mutualactionplanc,jointplanc,cosellmilestonec,mutualactionplanmilestonec,jointplanmilestonec}', named);
	unreadable text[];
	account jsonb;
	opportunity jsonb;
	columns jsonb;
	name text;
	short text[] := '{}';
	long boolean := false;
	found record;
	f text;
	ctes text[] := '{}';
	on_deals text[] := '{}';
	pointed jsonb := '[]';
	marks text[] := '{}';
	types text[];
	lookups jsonb := '[]';
	survivor boolean;
	said jsonb;
	values_list text;
	ids text;
	accounts text;
	evidence text[] := '{}';
BEGIN
	IF replica IS NULL THEN
		RETURN NULL;
	END IF;
	-- objects of one's own, by what they are
	replica := replica || jsonb_build_object('tables', (SELECT jsonb_object_agg(t.key, t.value) FROM (
		SELECT DISTINCT ON (1) coalesce(o.known_as, x.key) AS key, x.value FROM jsonb_each(replica -> 'tables') x
		LEFT JOIN (VALUES ('product', 1, 'product2'), ('registration', 1, 'dealregistrationc'), ('registration', 2, 'partnerdealregistrationc'), ('registration', 3, 'impartnerprmdealregistrationc'), ('registration', 4, 'vartopiadrsregistrationc'),
			('plan', 1, 'cosellplanc'), ('plan', 2, 'mutualactionplanc'), ('plan', 3, 'jointplanc'), ('milestone', 1, 'cosellmilestonec'), ('milestone', 2, 'mutualactionplanmilestonec'), ('milestone', 3, 'jointplanmilestonec')) o(known_as, n, key)
		       ON o.key = x.key ORDER BY 1, o.n) t));
	SELECT array_agg(t.value ->> 'name' ORDER BY t.value ->> 'name') INTO unreadable
	FROM   jsonb_each(replica -> 'tables') t WHERE NOT (t.value -> 'readable')::boolean;
	replica := replica || jsonb_build_object('unreadable', coalesce(to_jsonb(unreadable), '[]'),
		'tables', (SELECT coalesce(jsonb_object_agg(t.key, t.value), '{}') FROM jsonb_each(replica -> 'tables') t WHERE (t.value -> 'readable')::boolean));
	account := replica #> '{tables,account,columns}';
	opportunity := replica #> '{tables,opportunity,columns}';
	IF account IS NULL OR opportunity IS NULL OR @extschema@._mart_field(account, 'a', '{sfid,id}', 'id') IS NULL
	   OR @extschema@._mart_field(opportunity, 'o', '{sfid,id}', 'id') IS NULL THEN
		RETURN replica || '{"usable": false}';
	END IF;

	-- Ids of 15 characters beside ids of 18: all are read with 18.
	FOR found IN
		SELECT t.key AS relation, t.value AS t, array_agg(c.key ORDER BY c.key) AS keys
		FROM   jsonb_each(replica -> 'tables') t, jsonb_each(t.value -> 'columns') c
		WHERE  t.key IN ('account', 'opportunity', 'opportunitypartner', 'accountpartner', 'partner', 'contact', 'lead', 'task', 'event')
		AND    c.value ->> 'type' = 'text'
		AND   (c.key IN ('id', 'sfid', 'accountid', 'opportunityid', 'accounttoid', 'accountfromid', 'whatid', 'whoid', 'masterrecordid', 'parentid',
		                 'convertedopportunityid', 'convertedaccountid', 'partneraccountid')
		       OR c.key ~ 'partner|resell|referralaccount' AND c.value #>> '{names,0}' ~* '_c$')
		GROUP  BY t.key, t.value ORDER BY t.key
	LOOP
		EXECUTE (SELECT format('SELECT ARRAY[%s]::text[], %s FROM %s r',
			string_agg(format('CASE WHEN count(*) FILTER (WHERE length(%s) = 15) > 0 THEN %L END', e, found.t ->> 'name' || '.' || (found.t #>> ARRAY['columns', k, 'names', '0'])), ', ' ORDER BY k),
			string_agg(format('count(*) FILTER (WHERE length(%s) = 18) > 0', e), ' OR ' ORDER BY k), found.t ->> 'sql')
			FROM unnest(found.keys) k, LATERAL (SELECT @extschema@._mart_field(found.t -> 'columns', 'r', ARRAY[k], 'text') AS e) x) INTO types, survivor;
		short := short || array_remove(types, NULL);
		long := long OR survivor;
	END LOOP;
	IF short <> '{}' AND long THEN
		f := '@extschema@.salesforce_id';
		replica := replica || jsonb_build_object('id_function', f, 'short_ids', short);
	END IF;

	-- Merged accounts, by the one that is left in the end.
	survivor := @extschema@._mart_field(account, 'a', '{masterrecordid}', 'id', f) IS NOT NULL;
	IF survivor THEN
		ctes := ARRAY[format($q$merged(account_id, survivor_id) AS (
    SELECT %1$s, %2$s FROM %3$s a WHERE %4$s <> ''
    UNION
    SELECT m.account_id, %2$s FROM merged m JOIN %3$s a ON %1$s = m.survivor_id WHERE %4$s <> ''
)$q$, @extschema@._mart_field(account, 'a', '{sfid,id}', 'id', f), @extschema@._mart_field(account, 'a', '{masterrecordid}', 'id', f), replica #>> '{tables,account,sql}', @extschema@._mart_field(account, 'a', '{masterrecordid}')),
$q$survivor AS (
    SELECT m.account_id, min(m.survivor_id) AS survivor_id FROM merged m
    WHERE  NOT EXISTS (SELECT FROM merged n WHERE n.account_id = m.survivor_id) GROUP BY m.account_id
)$q$];
	END IF;
	replica := replica || jsonb_build_object('merges', survivor, 'with_survivor', to_jsonb(ctes));

	-- Who is said to be on a deal, by the objects that are made for it.
	FOR found IN
		SELECT t.key, t.value -> 'columns' AS c, t.value ->> 'sql' AS sql,
		       CASE t.key WHEN 'opportunitypartner' THEN 'OpportunityPartner' WHEN 'accountpartner' THEN 'AccountPartner' ELSE 'Partner' END AS object
		FROM   jsonb_each(replica -> 'tables') t WHERE t.key IN ('opportunitypartner', 'accountpartner', 'partner')
		AND    t.value -> 'columns' ? 'opportunityid' AND t.value -> 'columns' ? 'accounttoid'
		ORDER  BY array_position('{opportunitypartner,accountpartner,partner}', t.key)
	LOOP
		on_deals := on_deals || @extschema@._mart_query(ARRAY[
				@extschema@._mart_field(found.c, 'p', '{opportunityid}', 'id', f) || ' AS deal_id', @extschema@._mart_field(found.c, 'p', '{accounttoid}', 'id', f) || ' AS partner_id',
				coalesce(@extschema@._mart_field(found.c, 'p', '{role}'), 'NULL::text') || ' AS role',
				coalesce(@extschema@._mart_field(found.c, 'p', '{isprimary}', 'flag'), 'NULL::boolean') || ' AS is_primary',
				coalesce(@extschema@._mart_field(found.c, 'p', '{createddate}', 'time'), 'NULL::timestamptz') || ' AS added_at', format('%L AS found_in', found.object)],
			found.sql || ' p', ARRAY[@extschema@._mart_field(found.c, 'p', '{opportunityid}') || ' <> ''''', @extschema@._mart_alive(found.c, 'p')]);
		evidence := evidence || found.object;
	END LOOP;

	-- Who is marked as a partner, or as whoever binds says.
	PERFORM @extschema@._mart_check_condition('partner_accounts', partner_accounts, (replica #>> '{tables,account,sql}') || ' a');
	IF partner_accounts IS NOT NULL THEN
		marks := ARRAY['(' || partner_accounts || ')'];
		evidence := ARRAY[partner_accounts];
	ELSE
		IF @extschema@._mart_field(account, 'a', '{ispartner}', 'flag') IS NOT NULL THEN
			marks := marks || @extschema@._mart_field(account, 'a', '{ispartner}', 'flag');
			evidence := evidence || 'IsPartner'::text;
		END IF;
		IF @extschema@._mart_field(account, 'a', '{type}') IS NOT NULL THEN
			EXECUTE format('SELECT array_agg(DISTINCT %1$s) FROM %2$s a WHERE %1$s ~* ''partner|resell|integrator|distribut|alliance|\mvar\M|\mmsp\M|\misv\M''',
				@extschema@._mart_field(account, 'a', '{type}'), replica #>> '{tables,account,sql}') INTO types;
			IF types IS NOT NULL THEN
				marks := marks || format('%s IN (%s)', @extschema@._mart_field(account, 'a', '{type}'), (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(types) t));
				evidence := evidence || format('Type %s', array_to_string(types, ', '));
			END IF;
		END IF;
		IF replica #> '{tables,recordtype,columns}' IS NOT NULL AND @extschema@._mart_field(account, 'a', '{recordtypeid}') IS NOT NULL THEN
			columns := replica #> '{tables,recordtype,columns}';
			EXECUTE format('SELECT array_agg(%1$s ORDER BY %1$s) FROM %2$s r WHERE %3$s ~* ''partner'' AND coalesce(%4$s, ''Account'') = ''Account''',
				@extschema@._mart_field(columns, 'r', '{sfid,id}', 'id', f), replica #>> '{tables,recordtype,sql}', @extschema@._mart_field(columns, 'r', '{developername,name}'),
				coalesce(@extschema@._mart_field(columns, 'r', '{sobjecttype}'), 'NULL')) INTO types;
			IF types IS NOT NULL THEN
				marks := marks || format('%s IN (%s)', @extschema@._mart_field(account, 'a', '{recordtypeid}', 'id', f), (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(types) t));
				evidence := evidence || 'the record type'::text;
			END IF;
		END IF;
	END IF;
	replica := replica || jsonb_build_object('marks', to_jsonb(marks), 'named', to_jsonb(on_deals));
	ids := @extschema@._mart_salesforce_partners(replica, f, partner_accounts IS NOT NULL);

	-- Columns that point to partners.
	accounts := format('SELECT %s FROM %s a', @extschema@._mart_field(account, 'a', '{sfid,id}', 'id', f), replica #>> '{tables,account,sql}');
	FOREACH name IN ARRAY '{opportunity,task,event,lead,campaign,registration,plan,product}'::text[] LOOP
		columns := replica #> ARRAY['tables', name, 'columns'];
		CONTINUE WHEN columns IS NULL OR @extschema@._mart_field(columns, 'r', '{sfid,id}', 'id') IS NULL;
		said := coalesce((SELECT jsonb_object_agg(@extschema@._mart_fold(s.key), s.value) FROM jsonb_each(partner_lookups -> name) s), '{}');
		FOR found IN
			SELECT l.*, said ? l.key AS is_said
			FROM   @extschema@._mart_partner_lookups(replica #>> ARRAY['tables', name, 'sql'], columns,
			           coalesce('WITH RECURSIVE ' || ids || ' SELECT account_id FROM partners'
			               || CASE WHEN survivor THEN ' UNION SELECT s.account_id FROM survivor s JOIN partners p ON p.account_id = s.survivor_id' ELSE '' END,
			               'SELECT NULL::text WHERE false'), accounts, f) l
			UNION ALL
			SELECT s.key, coalesce(columns -> s.key -> 'names' ->> 0, (SELECT o FROM jsonb_object_keys(partner_lookups -> name) o WHERE @extschema@._mart_fold(o) = s.key LIMIT 1)), NULL, NULL, NULL, NULL, CASE WHEN columns ? s.key THEN 'said' ELSE 'missing' END, true
			FROM   jsonb_each(said) s
			ORDER  BY 1, 8 NULLS FIRST
		LOOP
			CONTINUE WHEN found.is_said AND found.verdict NOT IN ('said', 'missing') OR found.verdict = 'said' AND said -> found.key = 'null';
			lookups := lookups || jsonb_build_object('relation', name, 'key', found.key, 'column', coalesce(found.column_name, found.key), 'filled', found.filled,
				'distinct', found.distinct_ids, 'partners', found.partner_ids, 'accounts', found.account_ids, 'verdict', found.verdict,
				'is', CASE WHEN found.is_said THEN said ->> found.key END,
				-- whose paper the customer signs is no role
				'paper', name = 'opportunity' AND NOT found.is_said AND found.key IN ('onpartnerpaperc', 'resellerc', 'resellerpartnerc', 'fulfillmentpartnerc'));
			IF found.verdict IN ('accounts', 'said') AND partner_accounts IS NULL THEN
				pointed := pointed || jsonb_build_object('id', @extschema@._mart_field(columns, 'r', ARRAY[found.key], 'id', f), 'sql', replica #>> ARRAY['tables', name, 'sql'],
					'filled', @extschema@._mart_field(columns, 'r', ARRAY[found.key]), 'alive', @extschema@._mart_alive(columns, 'r'));
				evidence := evidence || (found.column_name || ' of ' || name);
			END IF;
		END LOOP;
	END LOOP;
	replica := replica || jsonb_build_object('lookups', lookups, 'pointed', pointed);
	ids := @extschema@._mart_salesforce_partners(replica, f, partner_accounts IS NOT NULL);
	RETURN replica || jsonb_build_object('usable', true, 'with_partners', ids, 'evidence', to_jsonb(evidence));
END $$;
COMMENT ON FUNCTION _mart_salesforce(text, text, jsonb, boolean) IS
	'what a schema''s replica of Salesforce holds: tables, columns, how ids are read, who is a partner and which columns point to partners; NULL where there is none';

-- The common table expressions that end with partners(account_id); NULL where
-- nothing tells who is one.
CREATE FUNCTION _mart_salesforce_partners(replica jsonb, id_function text, is_said boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	account jsonb := replica #> '{tables,account,columns}';
	opportunity jsonb := replica #> '{tables,opportunity,columns}';
	parts text[] := '{}';
	survivor boolean := (replica -> 'merges')::boolean;
	ctes text[] := ARRAY(SELECT jsonb_array_elements_text(replica -> 'with_survivor'));
	named text := (SELECT string_agg(n, E'\nUNION ALL\n') FROM jsonb_array_elements_text(replica -> 'named') n);
	partner_id text := CASE WHEN survivor THEN 'coalesce(s.survivor_id, n.partner_id)' ELSE 'n.partner_id' END;
	deal_account text := @extschema@._mart_field(opportunity, 'o', '{accountid}', 'id', id_function);
BEGIN
	IF replica -> 'marks' <> '[]' THEN
		parts := parts || @extschema@._mart_query(ARRAY[@extschema@._mart_field(account, 'a', '{sfid,id}', 'id', id_function) || ' AS account_id'], (replica #>> '{tables,account,sql}') || ' a',
			array_remove(ARRAY['(' || (SELECT string_agg(m, ' OR ') FROM jsonb_array_elements_text(replica -> 'marks') m) || ')', @extschema@._mart_alive(account, 'a')], NULL));
	END IF;
	IF NOT is_said THEN
		IF named IS NOT NULL AND deal_account IS NOT NULL THEN
			ctes := ctes || (E'named AS (\n' || @extschema@._mart_indent(named) || E'\n)');
			-- Who is on a deal of their own stands there for the other direction.
			parts := parts || @extschema@._mart_query(ARRAY[partner_id], 'named n' || format(E'\nJOIN   %s o ON %s', replica #>> '{tables,opportunity,sql}',
					concat_ws(' AND ', @extschema@._mart_field(opportunity, 'o', '{sfid,id}', 'id', id_function) || ' = n.deal_id', @extschema@._mart_alive(opportunity, 'o')))
				|| CASE WHEN survivor THEN format(E'\nLEFT   JOIN survivor s ON s.account_id = n.partner_id\nLEFT   JOIN survivor d ON d.account_id = %s', deal_account) ELSE '' END,
				ARRAY[partner_id || ' IS DISTINCT FROM ' || CASE WHEN survivor THEN format('coalesce(d.survivor_id, %s)', deal_account) ELSE deal_account END]);
		END IF;
		parts := parts || ARRAY(SELECT @extschema@._mart_query(ARRAY[CASE WHEN survivor THEN format('coalesce(s.survivor_id, %s)', q ->> 'id') ELSE q ->> 'id' END],
				(q ->> 'sql') || ' r' || CASE WHEN survivor THEN E'\nLEFT   JOIN survivor s ON s.account_id = ' || (q ->> 'id') ELSE '' END,
				ARRAY[(q ->> 'filled') || ' <> ''''', q ->> 'alive'])
			FROM jsonb_array_elements(coalesce(replica -> 'pointed', '[]')) q);
	END IF;
	IF parts = '{}' THEN
		RETURN NULL;
	END IF;
	RETURN array_to_string(ctes || (E'partners(account_id) AS (\n' || @extschema@._mart_indent(array_to_string(parts, E'\nUNION\n')) || E'\n)'), ', ');
END $$;
COMMENT ON FUNCTION _mart_salesforce_partners(jsonb, text, boolean) IS
	'common table expressions that end with the accounts which are partners, for texts over a replica of Salesforce; NULL where nothing tells who is one';
