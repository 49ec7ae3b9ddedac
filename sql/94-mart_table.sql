-- mart_table: tables that no adapter knows.  Pure SQL and PL/pgSQL.

-- bind_table: any table, its columns matched by name.
CREATE FUNCTION _mart_bind_table(mart text, relation text, source regclass, partner_id text, part text, columns jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	me text;
	t jsonb;
	r record;
	c record;
	source_schema text;
	source_name text;
	given text;
	keys text[];
	wanted text;
	expression text;
	items text[] := '{}';
	taken text[] := '{}';
	missing text[] := '{}';
	words text[] := '{}';
	query text;
	rows bigint;
	midnight boolean;
	the_part text;
BEGIN
	SELECT n.nspname, k.relname INTO source_schema, source_name FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE k.oid = source;
	the_part := coalesce(part, CASE WHEN partner_id IS NULL THEN source_name ELSE partner_id END);
	me := 'bind_table ' || relation || ' ' || the_part;
	SELECT m.* INTO r FROM @extschema@.mart_relation m WHERE m.name = _mart_bind_table.relation;
	-- what a mart writes of itself is nobody's to load
	IF NOT FOUND OR r.kind NOT IN ('standard', 'settings', 'history') OR r.name IN ('setting', 'relation', 'relation_part', 'relation_state', 'refresh_log', 'problem', 'company_record') THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('a mart has no standard relation "%s"', relation),
			DETAIL = 'There are ' || (SELECT string_agg(m.name, ', ' ORDER BY m.tier, m.name) FROM @extschema@.mart_relation m WHERE m.kind = 'standard') || '.';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_class k WHERE k.oid = source AND k.relkind IN ('r', 'p', 'v', 'm', 'f')) THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = format('%s is no table or view', source);
	END IF;
	IF partner_id = '' OR part = '' OR octet_length(part) > 200 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = CASE WHEN partner_id = '' THEN 'partner_id is empty' ELSE 'part is no name' END,
			DETAIL = CASE WHEN partner_id = '' THEN 'It says whose list the table is.' ELSE 'A name has from 1 to 200 bytes.' END, HINT = 'Leave it out where it is not needed.';
	END IF;
	IF partner_id IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@._mart_column(r.columns) k WHERE k.name = 'partner_id') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('relation "%s" of a mart has no partners', relation), HINT = 'Leave partner_id out.';
	END IF;
	IF NOT has_any_column_privilege(source, 'SELECT') OR NOT has_schema_privilege(source_schema, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for table %s', source),
			DETAIL = format('%s may not read it.', current_user), HINT = format('GRANT SELECT ON %I.%I TO %I', source_schema, source_name, current_user);
	END IF;
	IF NOT @extschema@._mart_may_read(source, true) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('%s is not read by a superuser', source),
			DETAIL = 'To read a view, or a table with row security, is to run its owner''s functions.', HINT = 'Bind it as a role that has no more rights than the mart needs.';
	END IF;
	-- the table named, whatever else has its name but for spelling
	t := (SELECT jsonb_object_agg(k.key, jsonb_build_object('names', k.names, 'type', k.type)) FROM (
		SELECT @extschema@._mart_fold(a.attname) AS key, jsonb_agg(a.attname ORDER BY a.attnum) AS names, min(CASE WHEN y.typname IN ('text', 'varchar', 'bpchar', 'name', 'citext') THEN 'text'
		       WHEN y.typname = 'bool' THEN 'boolean' WHEN y.typname IN ('int2', 'int4', 'int8', 'numeric') THEN 'number' WHEN y.typname IN ('float4', 'float8') THEN 'float'
		       WHEN y.typname IN ('date', 'timestamp', 'timestamptz', 'json', 'jsonb') THEN y.typname WHEN y.typcategory = 'A' THEN 'array' WHEN y.typcategory IN ('E', 'U', 'S') THEN 'other' ELSE 'else' END) AS type
		FROM   pg_attribute a JOIN pg_type b ON b.oid = a.atttypid JOIN pg_type y ON y.oid = CASE WHEN b.typtype = 'd' THEN b.typbasetype ELSE b.oid END
		WHERE  a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(source, a.attnum, 'SELECT') AND @extschema@._mart_fold(a.attname) <> ''
		-- a cast of somebody's type is a function of theirs
		AND   (y.typnamespace = 'pg_catalog'::regnamespace OR @extschema@._mart_trusts(y.typowner, true))
		GROUP  BY 1 HAVING count(DISTINCT y.typname) = 1) k);
	PERFORM @extschema@._mart_clear_problems(mart, me);
	FOR c IN SELECT s.key FROM jsonb_object_keys(columns) s(key) WHERE NOT EXISTS (
			SELECT FROM regexp_split_to_table(rtrim(r.columns, E'\n'), E'\n') l WHERE split_part(l, E'\t', 1) = s.key) LOOP
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('relation "%s" of a mart has no column "%s"', relation, c.key),
			DETAIL = 'There are ' || (SELECT string_agg(split_part(l, E'\t', 1), ', ') FROM regexp_split_to_table(rtrim(r.columns, E'\n'), E'\n') l) || '.';
	END LOOP;
	FOR c IN SELECT split_part(l, E'\t', 1) AS name, split_part(l, E'\t', 2) AS type FROM regexp_split_to_table(rtrim(r.columns, E'\n'), E'\n') WITH ORDINALITY x(l, n) ORDER BY x.n LOOP
		wanted := CASE WHEN c.type LIKE 'timestamptz%' THEN 'time' WHEN c.type LIKE 'date%' THEN 'local day' WHEN c.type LIKE 'boolean%' THEN 'flag'
		               WHEN c.type LIKE 'numeric%' OR c.type LIKE '%int%' OR c.type LIKE 'double%' THEN 'number' WHEN c.type LIKE 'jsonb%' THEN 'raw' ELSE 'text' END;
		IF c.name = 'partner_id' AND partner_id IS NOT NULL THEN
			items := items || format('%L::text AS partner_id', partner_id);
			CONTINUE;
		END IF;
		keys := ARRAY[@extschema@._mart_fold(c.name)] || CASE relation || '.' || c.name
			WHEN 'account.account_id' THEN '{id,accountid,sfid}'::text[] WHEN 'partner.partner_id' THEN '{id}' WHEN 'deal.deal_id' THEN '{id,opportunityid}' WHEN 'touch.touch_id' THEN '{id,activityid}'
			WHEN 'partner_account.record_id' THEN '{id,accountid,companyid,crmid}' WHEN 'partner_account.partner_id' THEN '{partner,partneraccountid,partneraccount,partnerid}'
			WHEN 'deal.outcome' THEN '{stage,stagename,status}' WHEN 'deal.amount_written' THEN '{amount,value}' WHEN 'deal.opened_at' THEN '{createddate,createdate,createdat,openedon}'
			WHEN 'deal.closed_at' THEN '{closedate,closeddate}' WHEN 'touch.occurred_at' THEN '{occurredon,date,activitydate,timestamp}' WHEN 'touch.kind' THEN '{type,activitytype}'
			WHEN 'deal_partner.is_primary' THEN '{primary}' ELSE '{}' END
			|| CASE c.name WHEN 'partner_id' THEN '{partner,partneraccountid,partneraccount}'::text[] WHEN 'name' THEN '{companyname,accountname,company,account,recordname}'
				WHEN 'website' THEN '{domain,url,companydomain,companydomainname,web,homepage}' WHEN 'country' THEN '{billingcountrycode,billingcountry,countrycode}'
				WHEN 'population' THEN '{segment,status,relationship,type}' WHEN 'owner' THEN '{accountowner,ownername,dealowner,companyowner}' WHEN 'account_id' THEN '{account,companyid}'
				WHEN 'deal_id' THEN '{opportunityid,deal,opportunity}' WHEN 'updated_at' THEN '{lastmodifieddate,modifiedat,systemmodstamp,fivetransynced}' ELSE '{}' END;
		given := columns ->> c.name;
		IF columns ? c.name AND given IS NULL THEN
			CONTINUE;
		ELSIF given IS NOT NULL THEN
			-- a column by its name, or else an expression over them
			IF t ? @extschema@._mart_fold(given) AND EXISTS (SELECT FROM jsonb_array_elements_text(t -> @extschema@._mart_fold(given) -> 'names') n WHERE n = given) THEN
				expression := @extschema@._mart_field(t, 's', ARRAY[@extschema@._mart_fold(given)], wanted);
				IF expression IS NULL THEN
					RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = format('column "%s" of %s cannot be read as %s', given, source, c.type);
				END IF;
			ELSE
				expression := '(' || given || ')';
			END IF;
			taken := taken || format('%s from %s', c.name, given);
		ELSE
			-- amount is made from what was written
			CONTINUE WHEN c.name = 'amount' AND relation IN ('deal', 'partner_account') OR c.name = 'extra'
			           OR c.name = 'segment' AND relation <> 'account' OR c.name = 'closed_on' OR c.name = 'populations' AND NOT t ? 'populations';
			keys := CASE WHEN c.name = 'amount_written' THEN ARRAY['amountwritten', 'amount', 'value', 'dealamount', 'opportunityamount'] ELSE keys END;
			expression := @extschema@._mart_field(t, 's', keys, CASE WHEN c.name = 'amount_written' THEN 'amount' ELSE wanted END);
			IF expression IS NULL THEN
				missing := missing || c.name;
				CONTINUE;
			END IF;
			taken := taken || format('%s from %s', c.name, (SELECT t -> k -> 'names' ->> 0 FROM unnest(keys) WITH ORDINALITY x(k, n)
				WHERE t ? k AND @extschema@._mart_field(t, 's', ARRAY[k], CASE WHEN c.name = 'amount_written' THEN 'amount' ELSE wanted END) IS NOT NULL ORDER BY n LIMIT 1));
		END IF;
		IF c.name = 'closed_at' AND given IS NULL THEN
			EXECUTE format('SELECT bool_and(%1$s = date_trunc(''day'', %1$s, ''UTC'')) FROM %2$I.%3$I s', replace(expression, '(SELECT time_zone FROM setting)', '''UTC'''), source_schema, source_name) INTO midnight;
			IF midnight THEN
				PERFORM @extschema@._mart_say(mart, 'notice', relation, 'closes are days, not times, and end with the day in the mart''s time zone', NULL, NULL, NULL, me);
				expression := @extschema@._mart_field(t, 's', keys, 'day');
				items := items || (expression || ' AS closed_on');
				CONTINUE;
			END IF;
		END IF;
		items := items || @extschema@._mart_item(expression, c.name);
		IF relation || '.' || c.name IN ('deal.type', 'deal.outcome', 'deal_partner.role', 'touch.kind', 'account.segment', 'partner.type', 'partner_account.population') THEN
			words := words || c.name;
		END IF;
	END LOOP;
	-- A list without ids: a row is its website and name.
	IF relation = 'partner_account' AND 'record_id' = ANY (missing) AND EXISTS (SELECT FROM unnest(items) i WHERE i ~ '(^|\.| AS )(name|website)$') THEN
		items := items || ('md5(concat_ws(''|'', ' || concat_ws(', ', (SELECT regexp_replace(i, ' AS website$', '') FROM unnest(items) i WHERE i ~ '(\.| AS )website$'), (SELECT regexp_replace(i, ' AS name$', '') FROM unnest(items) i WHERE i ~ '(\.| AS )name$')) || ')) AS record_id');
		missing := array_remove(missing, 'record_id');
		PERFORM @extschema@._mart_say(mart, 'notice', relation, format('%s has no ids: a row is told by its website and name', source), NULL, NULL, 'columns => ''{"record_id": "a column"}'' names one', me);
	END IF;
	IF EXISTS (SELECT FROM unnest(r.key) k WHERE k = ANY (missing)) AND NOT (relation = 'deal_partner' AND missing @> '{role}' AND NOT missing && '{deal_id,partner_id}') THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('%s has no column for %s of "%s"', source, (SELECT string_agg(k, ', ') FROM unnest(r.key) k WHERE k = ANY (missing)), relation),
			DETAIL = 'Its columns are ' || coalesce((SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped), 'none') || '.',
			HINT = format('columns => ''{"%s": "a column or an expression"}''%s', (SELECT k FROM unnest(r.key) k WHERE k = ANY (missing) LIMIT 1),
				CASE WHEN 'partner_id' = ANY (missing) THEN ', or partner_id => ''a partner'' where the table is one partner''s list' ELSE '' END);
	END IF;
	query := @extschema@._mart_query(items, format('%I.%I s', source_schema, source_name), ARRAY[@extschema@._mart_alive(t, 's')]);
	PERFORM @extschema@._mart_set_part(mart, relation, the_part, query, format('%I.%I', source_schema, source_name), NULL);
	RAISE NOTICE '% from %: %', relation, source, array_to_string(taken, ', ');
	IF missing <> '{}' THEN
		PERFORM @extschema@._mart_say(mart, 'notice', relation, format('%s has no column for %s', source, array_to_string(missing, ', ')), NULL, NULL, 'columns => ''{"a column of the mart": "a column or an expression"}'' names one', me);
	END IF;
	-- What a newcomer's list often is, and why it meets nobody.
	IF relation IN ('account', 'partner_account') AND missing @> '{website,email,external_ids,country}' THEN
		PERFORM @extschema@._mart_say(mart, 'warning', relation, format('%s tells companies by their name alone, which is not enough to know them by', source), NULL, NULL,
			'a name is compared together with a country: columns => ''{"country": "''''US''''"}'' says it for all rows', me);
	END IF;
	FOREACH wanted IN ARRAY words LOOP
		PERFORM @extschema@._mart_guess_words(mart, relation, wanted, format('SELECT %I FROM (%s) q', wanted, query), me);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_bind_table(text, text, regclass, text, text, jsonb) IS 'what bind_table() does, as the owner';

CREATE PROCEDURE bind_table(mart text, relation text, source regclass, partner_id text DEFAULT NULL, part text DEFAULT NULL, columns jsonb DEFAULT NULL)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_check_bind(mart, 'source', source::text);
	PERFORM @extschema@._mart_check_argument('columns', columns, NULL);
	-- what is read for it may be a view of somebody's
	PERFORM @extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_bind_table(%L::text, %L::text, %L::oid::regclass, %L::text, %L::text, %L::jsonb)', mart, relation, source::oid, partner_id, part, columns));
END $$;
COMMENT ON PROCEDURE bind_table(text, text, regclass, text, text, jsonb) IS
	'loads a relation of a mart from a table, its columns matched by name and reported; columns: {"website": "url", "population": "''customer''"} names others, partner_id says whose list it is';
