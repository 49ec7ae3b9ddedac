-- mart_bind: what the adapters share, and the tables that no adapter knows.
-- Pure SQL and PL/pgSQL: adapters read a catalog and some rows, and write texts.

-- What is written as text in a replica.  Never an error: what cannot be read is NULL.

CREATE FUNCTION written_day(written text) RETURNS date
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN written ~ '^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?![0-9])'
	            AND substr(btrim(written), 1, 4) <> '0000'
	            AND substr(btrim(written), 9, 2)::integer
	                <= extract(day FROM make_date(substr(btrim(written), 1, 4)::integer, substr(btrim(written), 6, 2)::integer, 1)
	                                    + interval '1 month' - interval '1 day')::integer
	            THEN make_date(substr(btrim(written), 1, 4)::integer, substr(btrim(written), 6, 2)::integer,
	                           substr(btrim(written), 9, 2)::integer) END;
END $$;
COMMENT ON FUNCTION written_day(text) IS
	'the day that a text begins with, as 2026-01-05 or 2026-01-05T10:00:00Z; NULL where there is none, never an error';

CREATE FUNCTION written_time(written text) RETURNS timestamptz
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN written ~ '^\s*[0-9]{13}\s*$' THEN to_timestamp(btrim(written)::bigint / 1000.0)
	            WHEN @extschema@.written_day(written) IS NULL THEN NULL
	            WHEN written ~ '^\s*[0-9-]{10}([T ]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?\s*$'
	            THEN btrim(written)::timestamp AT TIME ZONE 'UTC'
	            WHEN written ~ '^\s*[0-9-]{10}[T ]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?\s*(Z|UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)\s*$'
	            THEN btrim(written)::timestamptz END;
END $$;
COMMENT ON FUNCTION written_time(text) IS
	'the time that a text says in ISO 8601, in UTC where it gives no offset, or in milliseconds since 1970; NULL where it says none, never an error';

CREATE FUNCTION written_flag(written text) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN lower(btrim(written)) IN ('true', 't', 'yes', 'y', '1', 'on') THEN true
	            WHEN lower(btrim(written)) IN ('false', 'f', 'no', 'n', '0', 'off') THEN false END;
END $$;
COMMENT ON FUNCTION written_flag(text) IS 'yes or no as a text says it: true, t, yes, y, 1, on and their opposites; NULL for anything else, never an error';

CREATE FUNCTION written_number(written text) RETURNS numeric
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN written ~ '^\s*[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?\s*$' THEN written::numeric END;
END $$;
COMMENT ON FUNCTION written_number(text) IS 'the number that a text says, with a point for decimals; NULL where it says none, never an error';

-- Each of the last three characters stands for the capitals among five others.
-- A plain expression and not strict, so that it is inlined.
CREATE FUNCTION salesforce_id(id text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN pg_catalog.length(id) OPERATOR(pg_catalog.=) 15 AND id OPERATOR(pg_catalog.~) '^[A-Za-z0-9]{15}$' THEN pg_catalog.concat(id,
	            pg_catalog.substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 OPERATOR(pg_catalog.+) pg_catalog.reverse(pg_catalog.translate(pg_catalog.substr(id, 1, 5),
	                  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '11111111111111111111111111000000000000000000000000000000000000'))::bit(5)::integer, 1),
	            pg_catalog.substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 OPERATOR(pg_catalog.+) pg_catalog.reverse(pg_catalog.translate(pg_catalog.substr(id, 6, 5),
	                  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '11111111111111111111111111000000000000000000000000000000000000'))::bit(5)::integer, 1),
	            pg_catalog.substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 OPERATOR(pg_catalog.+) pg_catalog.reverse(pg_catalog.translate(pg_catalog.substr(id, 11, 5),
	                  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '11111111111111111111111111000000000000000000000000000000000000'))::bit(5)::integer, 1))
	            ELSE id END;
COMMENT ON FUNCTION salesforce_id(text) IS
	'an id of Salesforce with its 18 characters: one of 15 gets its checksum, anything else is returned as it is';

-- Names.  What replicators make of one field is equal in lower case, reduced to
-- letters and digits: "Partner_Account__c", partner_account_c, partner_account__c.

CREATE FUNCTION _mart_fold(name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN regexp_replace(lower(name COLLATE "C"), '[^a-z0-9]', '', 'g');
END $$;
COMMENT ON FUNCTION _mart_fold(text) IS 'a name in lower case, reduced to letters and digits: what all replicators make of one field';

-- To read a view is to run its owner's functions, and so is to read a table with
-- row security of somebody else's.  One may be named to be read, by whoever has
-- no more rights than a user; what is only come across is read where it is a
-- table, one's own or a superuser's.
CREATE FUNCTION _mart_may_read(relation oid, named boolean) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT c.relkind <> 'v' AND NOT row_security_active(c.oid) OR @extschema@._mart_trusts(c.relowner, named) FROM pg_class c WHERE c.oid = relation);
END $$;
COMMENT ON FUNCTION _mart_may_read(oid, boolean) IS 'whether reading a relation runs nobody''s functions but those of whom the caller trusts';

CREATE FUNCTION _mart_trusts(owner oid, named boolean) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT o.rolsuper OR o.rolname = current_user OR named AND NOT (SELECT u.rolsuper FROM pg_roles u WHERE u.rolname = current_user)
	        FROM pg_roles o WHERE o.oid = owner);
END $$;
COMMENT ON FUNCTION _mart_trusts(oid, boolean) IS 'whether the caller may run the functions of an owner: a superuser''s, one''s own, and of whom one names unless one is a superuser';

-- {prefix, replicator, tables: {key: {name, sql, readable, doubles, columns: {key: {names, type, others}}}}},
-- NULL where the anchors are not there.
CREATE FUNCTION _mart_replica(source_schema text, anchors text[], wanted text[], named boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
	WITH relation AS (
		SELECT c.oid, c.relname::text AS name, @extschema@._mart_fold(c.relname::text) AS key, c.relkind, c.relowner
		FROM   pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE  n.nspname = source_schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
	), prefix AS (
		SELECT left(r.key, length(r.key) - length(anchors[1])) AS prefix
		FROM   relation r
		WHERE  right(r.key, length(anchors[1])) = anchors[1]
		AND    (SELECT bool_and(EXISTS (SELECT FROM relation s WHERE s.key = left(r.key, length(r.key) - length(anchors[1])) || anchor))
		        FROM unnest(anchors) anchor)
		ORDER  BY length(r.key), r.key LIMIT 1
	), chosen AS (
		SELECT DISTINCT ON (w.key) w.key, r.oid, r.name, r.relowner,
		       (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM relation s WHERE s.key = r.key AND s.oid <> r.oid) AS doubles
		FROM   prefix p CROSS JOIN unnest(wanted) w(key) JOIN relation r ON r.key = p.prefix || w.key
		ORDER  BY w.key, r.name = r.key DESC, r.relkind = 'v', r.name
	), field AS (
		SELECT c.key AS relation, @extschema@._mart_fold(a.attname::text) AS key, a.attname::text AS name, a.attnum,
		       CASE WHEN b.typname IN ('text', 'varchar', 'bpchar', 'name', 'citext') THEN 'text'
		            WHEN b.typname = 'bool' THEN 'boolean'
		            WHEN b.typname IN ('int2', 'int4', 'int8', 'numeric') THEN 'number'
		            WHEN b.typname IN ('float4', 'float8') THEN 'float'
		            WHEN b.typname IN ('date', 'timestamp', 'timestamptz', 'json', 'jsonb') THEN b.typname::text
		            WHEN b.typcategory = 'A' THEN 'array'
		            WHEN b.typcategory IN ('E', 'U', 'S') THEN 'other' ELSE 'else' END AS type
		FROM   chosen c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
		       JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
		WHERE  pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AND @extschema@._mart_may_read(c.oid, named)
		-- a cast of somebody's type is a function of theirs
		AND   (b.typnamespace = 'pg_catalog'::regnamespace OR @extschema@._mart_trusts(b.typowner, named))
	), folded AS (
		SELECT f.relation, f.key, array_agg(f.name ORDER BY f.name = f.key DESC, f.attnum) AS names,
		       (array_agg(f.type ORDER BY f.name = f.key DESC, f.attnum))[1] AS type,
		       count(DISTINCT f.type) > 1 AS disagree
		FROM   field f WHERE f.key <> '' GROUP BY f.relation, f.key
	), columns AS (
		SELECT f.relation,
		       jsonb_object_agg(f.key, jsonb_strip_nulls(jsonb_build_object(
		           'names', CASE WHEN f.disagree THEN to_jsonb(f.names[1:1]) ELSE to_jsonb(f.names) END, 'type', f.type,
		           'others', CASE WHEN f.disagree THEN to_jsonb(f.names[2:]) END))) AS columns
		FROM   folded f GROUP BY f.relation
	)
	SELECT jsonb_build_object('schema', source_schema, 'prefix', p.prefix,
	           'replicator', CASE WHEN bool_or(k.key LIKE 'fivetran%') THEN 'Fivetran' WHEN bool_or(k.key LIKE 'airbyte%') THEN 'Airbyte'
	                              WHEN bool_or(k.key LIKE 'hclastop' OR k.key = 'sfid') THEN 'Heroku Connect' WHEN bool_or(k.key LIKE 'sdc%') THEN 'Stitch'
	                              WHEN bool_or(k.key LIKE 'peerdb%') THEN 'PeerDB' ELSE 'unknown' END,
	           'tables', coalesce(jsonb_object_agg(c.key, jsonb_strip_nulls(jsonb_build_object('name', c.name,
	               'sql', format('%I.%I', source_schema, c.name), 'doubles', c.doubles,
	               'readable', pg_catalog.has_schema_privilege(source_schema, 'USAGE') AND f.columns IS NOT NULL, 'columns', f.columns)))
	               FILTER (WHERE c.key IS NOT NULL), '{}'))
	FROM   prefix p LEFT JOIN chosen c ON true LEFT JOIN columns f ON f.relation = c.key
	       LEFT JOIN LATERAL (SELECT key FROM jsonb_object_keys(f.columns) key
	                          WHERE key LIKE 'fivetran%' OR key LIKE 'airbyte%' OR key LIKE 'sdc%' OR key LIKE 'peerdb%' OR key IN ('hclastop', 'sfid')
	                          LIMIT 1) k ON true
	GROUP  BY p.prefix);
END $$;
COMMENT ON FUNCTION _mart_replica(text, text[], text[], boolean) IS
	'tables of a schema and their columns by folded name, as adapters look for them; NULL where the anchors, which tell what it is, are not there';

-- The SQL that reads a field: the first of the keys that is there and can be
-- read as wanted; NULL where none can.  A key "properties.amount" is a field of
-- a json column.
CREATE FUNCTION _mart_field(columns jsonb, alias text, keys text[], wanted text DEFAULT 'text', id_function text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted_key text;
	field jsonb;
	kind text;
	expression text;
	zone constant text := '(SELECT time_zone FROM setting)';
BEGIN
	FOREACH wanted_key IN ARRAY keys LOOP
		field := columns -> split_part(wanted_key, '.', 1);
		CONTINUE WHEN field IS NULL;
		kind := field ->> 'type';
		SELECT string_agg(format('%s.%I', alias, name), ', ' ORDER BY n) INTO expression
		FROM   jsonb_array_elements_text(field -> 'names') WITH ORDINALITY AS f(name, n);
		IF jsonb_array_length(field -> 'names') > 1 THEN
			expression := 'coalesce(' || expression || ')';
		END IF;
		IF wanted_key LIKE '%.%' THEN
			CONTINUE WHEN kind NOT IN ('json', 'jsonb');
			expression := format('(%s ->> %L)', expression, split_part(wanted_key, '.', 2));
			kind := 'text';
		END IF;
		expression := CASE wanted
			WHEN 'raw' THEN expression
			WHEN 'text' THEN CASE kind WHEN 'text' THEN expression WHEN 'array' THEN format('array_to_string(%s, '', '')', expression)
				ELSE expression || '::text' END
			WHEN 'id' THEN CASE kind WHEN 'text' THEN expression WHEN 'array' THEN NULL ELSE expression || '::text' END
			WHEN 'amount' THEN CASE WHEN kind IN ('text', 'number') THEN expression WHEN kind = 'float' THEN expression || '::numeric' END
			WHEN 'number' THEN CASE kind WHEN 'number' THEN expression WHEN 'float' THEN expression || '::numeric'
				WHEN 'text' THEN format('@extschema@.written_number(%s)', expression) END
			WHEN 'flag' THEN CASE kind WHEN 'boolean' THEN expression WHEN 'text' THEN format('@extschema@.written_flag(%s)', expression)
				WHEN 'number' THEN format('(%s <> 0)', expression) WHEN 'float' THEN format('(%s <> 0)', expression) END
			WHEN 'day' THEN CASE kind WHEN 'date' THEN expression WHEN 'timestamp' THEN expression || '::date'
				WHEN 'timestamptz' THEN format('(%s AT TIME ZONE ''UTC'')::date', expression)
				WHEN 'text' THEN format('@extschema@.written_day(%s)', expression) END
			WHEN 'time' THEN CASE kind WHEN 'timestamptz' THEN expression WHEN 'timestamp' THEN format('%s AT TIME ZONE ''UTC''', expression)
				WHEN 'date' THEN format('%s::timestamp AT TIME ZONE %s', expression, zone)
				WHEN 'text' THEN format('@extschema@.written_time(%s)', expression)
				WHEN 'number' THEN format('to_timestamp(%s / 1000.0)', expression) END
			WHEN 'local day' THEN CASE kind WHEN 'date' THEN expression
				WHEN 'timestamptz' THEN format('(%s AT TIME ZONE %s)::date', expression, zone)
				WHEN 'timestamp' THEN format('(%s AT TIME ZONE ''UTC'' AT TIME ZONE %s)::date', expression, zone)
				WHEN 'text' THEN format('(@extschema@.written_time(%s) AT TIME ZONE %s)::date', expression, zone) END
			END;
		CONTINUE WHEN expression IS NULL;
		IF wanted = 'id' AND id_function IS NOT NULL THEN
			expression := format('%s(%s)', id_function, expression);
		END IF;
		RETURN expression;
	END LOOP;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION _mart_field(jsonb, text, text[], text, text) IS
	'SQL that reads the first of some fields of a replica''s table that is there, as text, id, amount, number, flag, day, local day, time or raw; NULL where none is';

CREATE FUNCTION _mart_item(expression text, name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN expression IS NULL THEN NULL WHEN right(expression, length(name) + 1) = '.' || name THEN expression
	            ELSE expression || ' AS ' || name END;
END $$;
COMMENT ON FUNCTION _mart_item(text, text) IS 'an item of a SELECT list: an expression and the column that it fills; NULL where there is no expression';

-- Rows that are there: not deleted, and of several versions the last.
CREATE FUNCTION _mart_alive(columns jsonb, alias text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN nullif(concat_ws(' AND ',
		@extschema@._mart_field(columns, alias, '{isdeleted}', 'flag') || ' IS NOT TRUE',
		@extschema@._mart_field(columns, alias, '{fivetrandeleted}', 'flag') || ' IS NOT TRUE',
		@extschema@._mart_field(columns, alias, '{fivetranactive}', 'flag') || ' IS NOT FALSE',
		@extschema@._mart_field(columns, alias, '{peerdbisdeleted}', 'flag') || ' IS NOT TRUE',
		@extschema@._mart_field(columns, alias, '{archived}', 'flag') || ' IS NOT TRUE',
		@extschema@._mart_field(columns, alias, '{abcdcdeletedat}', 'raw') || ' IS NULL',
		@extschema@._mart_field(columns, alias, '{sdcdeletedat}', 'raw') || ' IS NULL'), '');
END $$;
COMMENT ON FUNCTION _mart_alive(jsonb, text) IS
	'SQL that is true of rows which a replicator marks neither as deleted nor as an older version; NULL where it marks none';

-- When a replicator last wrote a row, by which a refresh reads what is new.
-- History mode writes a row for each version, of which no one is the row.
CREATE FUNCTION _mart_synced(columns jsonb, alias text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN NOT columns ? 'fivetranstart'
	            THEN @extschema@._mart_field(columns, alias, '{fivetransynced,airbyteextractedat,airbyteemittedat,sdcbatchedat,peerdbsyncedat,systemmodstamp,updatedat,lastmodifieddate}', 'time') END;
END $$;
COMMENT ON FUNCTION _mart_synced(jsonb, text) IS 'SQL of when a replicator last wrote a row, else when the CRM did; NULL where nothing says so';

-- Items of a text that is read by what is new: when, and whether it is gone.
CREATE FUNCTION _mart_newer_items(columns jsonb, alias text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN @extschema@._mart_synced(columns, alias) || E' AS read_at,\n       ' || coalesce('(' || @extschema@._mart_alive(columns, alias) || ') IS NOT TRUE', 'false') || ' AS is_deleted';
END $$;
COMMENT ON FUNCTION _mart_newer_items(jsonb, text) IS 'items of a SELECT list that say when a row was last written and whether it is deleted; NULL where nothing says when';

CREATE FUNCTION _mart_query(items text[], sources text, conditions text[] DEFAULT '{}', rest text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN 'SELECT ' || array_to_string(items, E',\n       ') || E'\nFROM   ' || sources
	       || coalesce(E'\nWHERE  ' || nullif(array_to_string(conditions, E'\nAND    '), ''), '') || coalesce(E'\n' || rest, '');
END $$;
COMMENT ON FUNCTION _mart_query(text[], text, text[], text) IS 'a SELECT laid out to be read; items and conditions that are NULL are left out';

CREATE FUNCTION _mart_indent(query text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN '    ' || replace(query, E'\n', E'\n    ');
END $$;
COMMENT ON FUNCTION _mart_indent(text) IS 'lines of SQL, each four blanks to the right';

CREATE FUNCTION _mart_count(query text) RETURNS bigint
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE query INTO n;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_count(text) IS 'the number that a query gives, which must only read';

-- Words.  A picklist says "Closed Won" or "Co Sell"; what it means is guessed
-- here, stands in the mart's table `meaning`, and is changed there.

CREATE FUNCTION _mart_guess_word(relation text, column_name text, written text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
	WITH word AS (
		SELECT btrim(regexp_replace(lower(written), '[^a-z0-9]+', ' ', 'g')) AS word,
		       CASE WHEN relation = 'partner_account' THEN 'account.segment' ELSE relation || '.' || column_name END AS place
	), rule(place, n, standard, pattern) AS (VALUES
		('deal.type', 1, 'renewal', 'renew'),
		('deal.type', 2, 'expansion', 'expan|upsell|up sell|cross ?sell|add ?on|exist|upgrade|downgrade|growth|replacement|amend'),
		('deal.type', 3, 'new', 'new|logo|land|first|prospect'),
		('deal.outcome', 1, 'lost', 'lost|\mlose|dead|disqualif|abandon|cancel|no decision|unqualified'),
		('deal.outcome', 2, 'won', '\mwon\M|closedwon|contract signed|\mwin\M'),
		('deal.outcome', 3, 'open', '.'),
		('deal_partner.role', 1, 'sourcing', 'sourc|referr|referral|introduc|registr|originat|finder|\mdr\M'),
		('deal_partner.role', 2, 'co_sell', 'co ?sell|cosold|co sold|joint|alliance'),
		('deal_partner.role', 3, 'technical', 'technic|technolog|integrat|implement|solution|deliver|deploy|consult|service|platform|developer|contractor'),
		('deal_partner.role', 4, 'influencing', 'influenc|advis|recommend|support|assist|agency|broker'),
		('touch.kind', 1, 'deal_registration', 'registr|\mdr\M'),
		('touch.kind', 2, 'partner_introduction', 'introduc|\mintro\M'),
		('touch.kind', 3, 'referral', 'referr|referral|lead shar|sourc'),
		('touch.kind', 4, 'overlap_signal', 'overlap signal|account mapping|mapping'),
		('touch.kind', 5, 'joint_target_list', 'target'),
		('touch.kind', 6, 'account_selection', 'selection'),
		('touch.kind', 7, 'co_sell_plan', 'plan'),
		('touch.kind', 8, 'case_study', 'case study|success story'),
		('touch.kind', 9, 'pricing_call', 'pric|quote'),
		('touch.kind', 10, 'integration_demo', 'integration demo'),
		('touch.kind', 11, 'joint_demo', 'demo'),
		('touch.kind', 12, 'joint_pitch', 'pitch|present|proposal'),
		('touch.kind', 13, 'shared_deal_review', 'review|qbr|co ?sell'),
		('touch.kind', 14, 'reference', 'reference'),
		('touch.kind', 15, 'co_marketing_event', 'event|webinar|conference|trade ?show|campaign|marketing|workshop|seminar'),
		('touch.kind', 16, 'integration_mention', 'integration'),
		('touch.kind', 17, 'joint_call', 'call|meet|discovery|conversation'),
		('account.segment', 1, 'customer', 'customer|client|\mwon\M'),
		('account.segment', 2, 'open_opportunity', 'open|opportunit|pipeline|sqo'),
		('account.segment', 3, 'prospect', 'prospect|target|lead|suspect|marketing|sales qualified|subscriber'),
		('partner.type', 1, 'technology', 'techn|isv|software|platform|product|integration partner'),
		('partner.type', 2, 'services', 'service|consult|integrator|implement|agenc|solution|\msi\M|deliver'),
		('partner.type', 3, 'channel', 'channel|resell|distribut|\mvar\M|msp|dealer|referral|affiliate'),
		('contact.role', 1, 'partner manager', 'partner manager|partner account manager|channel manager|alliance manager'),
		('contact.role', 2, 'partner seller', 'partner seller|partner sales'),
		('contact.role', 3, 'champion', 'champion|evangelist|\msponsor\M|advocate'),
		('contact.role', 4, 'buyer', 'buyer|decision maker|economic|budget holder|procurement|purchasing')
	), standard(place, words) AS (VALUES
		('deal.type', '{new,expansion,renewal}'::text[]), ('deal.outcome', '{won,lost,open}'),
		('deal_partner.role', '{sourcing,technical,influencing,co_sell}'), ('account.segment', '{customer,open_opportunity,prospect}'),
		('partner.type', '{technology,services,channel}'),
		('touch.kind', '{referral,partner_introduction,deal_registration,overlap_signal,joint_target_list,account_selection,joint_pitch,joint_demo,joint_call,shared_deal_review,co_sell_plan,ecosystem_designation,reference,case_study,co_marketing_event,pricing_call,integration_mention,integration_demo,integration_present,overlap}')
	)
	SELECT coalesce((SELECT replace(w.word, ' ', '_') FROM standard s WHERE s.place = w.place AND replace(w.word, ' ', '_') = ANY (s.words)),
	                (SELECT r.standard FROM rule r WHERE r.place = w.place AND w.word ~ r.pattern ORDER BY r.n LIMIT 1))
	FROM   word w);
END $$;
COMMENT ON FUNCTION _mart_guess_word(text, text, text) IS
	'what a word of a picklist means in the column of a mart''s relation, guessed from the word; NULL where there is no guess';

-- What an adapter takes for granted is printed, and stands in the mart.
CREATE FUNCTION _mart_say(mart text, severity text, relation text, problem text, rows bigint, example text, advice text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- what needs somebody says what can be done
	IF severity <> 'notice' AND advice IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = problem || coalesce(' (' || nullif(concat_ws(', as ', rows::text, example), '') || ')', ''), HINT = advice;
	ELSE
		RAISE NOTICE USING MESSAGE = problem || coalesce(' (' || nullif(concat_ws(', as ', rows::text, example), '') || ')', '');
	END IF;
	PERFORM @extschema@._mart_note_problem(mart, severity, coalesce(relation, ''), problem, rows, example, advice, source);
END $$;
COMMENT ON FUNCTION _mart_say(text, text, text, text, bigint, text, text, text) IS
	'says what an adapter takes for granted or misses, and keeps it in the mart''s table problem';

-- The words that a query gives, the most frequent first, without those that
-- somebody said the meaning of: [[word, rows], ...].  Run as the mart's owner,
-- as the texts are, since whatever is in the mart's path is the owner's.
CREATE FUNCTION _mart_words(mart text, relation text, column_name text, words_query text) RETURNS text
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	words text;
BEGIN
	PERFORM set_config('search_path', @extschema@._mart_search_path(mart), true);
	EXECUTE format('SELECT jsonb_agg(jsonb_build_array(x.written, x.rows) ORDER BY x.rows DESC, x.written)::text
		FROM (SELECT written::text AS written, count(*) AS rows FROM (%s) w(written) WHERE written::text <> ''''
			AND NOT EXISTS (SELECT FROM meaning m WHERE m.relation = $1 AND m.column_name = $2 AND m.how <> ''guessed'' AND lower(btrim(m.written)) = lower(btrim(w.written::text)))
			GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 500) x', words_query) INTO words USING relation, column_name;
	RETURN coalesce(words, '[]');
END $$;
COMMENT ON FUNCTION _mart_words(text, text, text, text) IS 'words of a picklist that nobody said the meaning of, with their rows, as the mart''s owner';

-- Reads the words that a column of a replica holds and keeps a guess of each.
CREATE FUNCTION _mart_guess_words(mart text, relation text, column_name text, words_query text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word record;
	guess text;
	unknown text[] := '{}';
	unknown_rows bigint := 0;
	guessed text[] := '{}';
BEGIN
	FOR word IN SELECT w ->> 0 AS written, (w ->> 1)::bigint AS rows
	            FROM   jsonb_array_elements(@extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_words(%L, %L, %L, %L)',
	                       mart, relation, column_name, words_query))::jsonb) WITH ORDINALITY x(w, n) ORDER BY x.n LOOP
		guess := @extschema@._mart_guess_word(relation, column_name, word.written);
		IF guess IS NULL THEN
			unknown := unknown || word.written;
			unknown_rows := unknown_rows + word.rows;
		ELSIF guess <> word.written THEN
			PERFORM @extschema@._mart_guess_meaning(mart, relation, column_name, word.written, guess);
			guessed := guessed || format('%s is %s', word.written, guess);
		END IF;
	END LOOP;
	IF guessed <> '{}' THEN
		RAISE NOTICE '%.%: %', relation, column_name,
			array_to_string(guessed[1:12], ', ') || CASE WHEN cardinality(guessed) > 12 THEN format(' and %s more', cardinality(guessed) - 12) ELSE '' END;
	END IF;
	IF unknown <> '{}' THEN
		PERFORM @extschema@._mart_say(mart, 'warning', relation, format('%s: %s of unknown meaning', column_name,
				CASE WHEN cardinality(unknown) = 1 THEN 'a word' ELSE cardinality(unknown) || ' words' END),
			unknown_rows, array_to_string(unknown[1:5], ', '),
			format('INSERT INTO %I.meaning (relation, column_name, written, standard, how) VALUES (%L, %L, %L, ''...'', ''confirmed'')',
				mart, relation, column_name, unknown[1]), source);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_guess_words(text, text, text, text, text) IS
	'keeps a guess of what each word of a picklist means in the mart''s table meaning, and says which have none';

-- Roles of people stand for what anybody is, and titles for more: only those
-- that mean something here are words.
CREATE FUNCTION _mart_known_roles(query text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN format('SELECT d.role FROM (SELECT DISTINCT q.role::text AS role FROM (%s) q) d WHERE @extschema@._mart_guess_word(''contact'', ''role'', d.role) IS NOT NULL', query);
END $$;
COMMENT ON FUNCTION _mart_known_roles(text) IS 'a query of the roles of people that mean champion, buyer or somebody at a partner''s';

-- The columns of a table that point to partners, by what they hold: all values
-- are ids of partners; or, of a column whose name says so, ids of accounts.
-- partners and accounts are queries of one column of ids.
CREATE FUNCTION _mart_partner_lookups(relation text, columns jsonb, partners text, accounts text, id_function text DEFAULT NULL,
	OUT key text, OUT column_name text, OUT filled bigint, OUT distinct_ids bigint, OUT partner_ids bigint, OUT account_ids bigint, OUT verdict text)
	RETURNS SETOF record LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[];
	fills bigint[];
	shortest integer[];
	longest integer[];
	i integer;
	expression text;
	speaks boolean;
BEGIN
	SELECT array_agg(f.key ORDER BY f.key) INTO keys
	FROM   jsonb_each(columns) f(key, field)
	WHERE  f.field ->> 'type' = 'text' AND (f.field #>> '{names,0}' ~* '_c$' OR f.key = 'partneraccountid');
	IF keys IS NULL THEN
		RETURN;
	END IF;
	EXECUTE (SELECT format('SELECT ARRAY[%s], ARRAY[%s], ARRAY[%s] FROM %s r%s',
	                string_agg(format('count(nullif(%s, ''''))', e), ', ' ORDER BY n),
	                string_agg(format('min(length(nullif(%s, '''')))', e), ', ' ORDER BY n),
	                string_agg(format('max(length(%s))', e), ', ' ORDER BY n),
	                relation, coalesce(' WHERE ' || @extschema@._mart_alive(columns, 'r'), ''))
	         FROM   unnest(keys) WITH ORDINALITY k(key, n), LATERAL (SELECT @extschema@._mart_field(columns, 'r', ARRAY[k.key], 'text') AS e) x)
		INTO fills, shortest, longest;
	FOR i IN 1 .. cardinality(keys) LOOP
		key := keys[i];
		column_name := columns -> key -> 'names' ->> 0;
		filled := fills[i];
		distinct_ids := NULL;
		partner_ids := NULL;
		account_ids := NULL;
		speaks := key ~ 'partner|resell|distribut|referralaccount|alliance|integrator';
		IF filled > 0 AND shortest[i] >= 15 AND longest[i] <= 18 THEN
			expression := @extschema@._mart_field(columns, 'r', ARRAY[key], 'id', id_function);
			EXECUTE format('SELECT count(*), count(p.id), count(a.id)
				FROM (SELECT DISTINCT %s FROM %s r WHERE %s <> ''''%s) v(id)
				LEFT JOIN (SELECT DISTINCT id FROM (%s) q(id)) p ON p.id = v.id LEFT JOIN (SELECT DISTINCT id FROM (%s) q(id)) a ON a.id = v.id',
				expression, relation, expression, coalesce(' AND ' || @extschema@._mart_alive(columns, 'r'), ''), partners, accounts)
				INTO distinct_ids, partner_ids, account_ids;
			-- who is a competitor, or was a partner once, plays no part
			verdict := CASE WHEN key ~ 'compet|lostto|former|previous' AND account_ids > 0 THEN 'against' WHEN partner_ids = distinct_ids THEN 'partners'
			                WHEN speaks AND account_ids = distinct_ids THEN 'accounts' WHEN speaks THEN 'others' END;
		ELSE
			-- what is the name of a lookup, and not of something about partners
			speaks := key ~ '(partners?|partners?account|reseller|distributor|referralaccount|integrator)c?$';
			verdict := CASE WHEN speaks AND filled = 0 THEN 'empty' WHEN speaks THEN 'others' END;
		END IF;
		IF verdict IS NOT NULL THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_partner_lookups(text, jsonb, text, text, text) IS
	'columns of a replica''s table that point to partners, by what they hold: verdict partners (all values are partners), accounts (the name speaks of partners, and all are accounts), others or empty (the name speaks of partners, but nothing shows it), against (it names who plays no part)';

-- Tables and columns that are not there, and what they would enable:
-- [[table, null | [columns], relation, what for], ...].
CREATE FUNCTION _mart_say_missing(mart text, replica jsonb, source text, wanted jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	c record;
	rows bigint;
BEGIN
	FOR w IN SELECT x.value ->> 0 AS name, nullif(x.value -> 1, 'null') AS keys, x.value ->> 2 AS relation, x.value ->> 3 AS enables
	         FROM jsonb_array_elements(wanted) WITH ORDINALITY x(value, n) ORDER BY x.n LOOP
		IF w.keys IS NULL AND replica -> 'tables' -> w.name IS NULL THEN
			CONTINUE WHEN EXISTS (SELECT FROM jsonb_array_elements_text(replica -> 'unreadable') u WHERE @extschema@._mart_fold(u) = (replica ->> 'prefix') || w.name);
			PERFORM @extschema@._mart_say(mart, 'notice', w.relation, format('there is no table %s, for %s', w.name, w.enables), NULL, NULL, NULL, source);
		ELSIF w.keys IS NOT NULL AND replica -> 'tables' -> w.name IS NOT NULL
		      AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(w.keys) k WHERE replica #> ARRAY['tables', w.name, 'columns'] ? split_part(k, '.', 1)) THEN
			PERFORM @extschema@._mart_say(mart, 'notice', w.relation, format('%s has no column %s, for %s', w.name, (SELECT string_agg(k, ' or ') FROM (SELECT jsonb_array_elements_text(w.keys) k LIMIT 3) k), w.enables),
				NULL, NULL, NULL, source);
		END IF;
	END LOOP;
	FOR w IN SELECT u.name FROM jsonb_array_elements_text(replica -> 'unreadable') u(name) LOOP
		PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('%s is there and may not be read', w.name), NULL, NULL,
			CASE WHEN has_table_privilege(format('%I.%I', replica ->> 'schema', w.name), 'SELECT') THEN 'a superuser reads no views of others, whose functions would run as one: bind as another role'
				ELSE format('GRANT SELECT ON %I.%I TO %I', replica ->> 'schema', w.name, current_user) END, source);
	END LOOP;
	FOR w IN SELECT t.value ->> 'name' AS name, t.value ->> 'sql' AS sql, t.value ->> 'doubles' AS doubles, t.value -> 'columns' AS columns
	         FROM jsonb_each(replica -> 'tables') t ORDER BY t.key LOOP
		IF w.doubles IS NOT NULL THEN
			PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('%s is read; %s has the same name but for spelling and is not', w.name, w.doubles), NULL, NULL, NULL, source);
		END IF;
		FOR c IN SELECT f.value -> 'names' AS names, f.value -> 'others' AS others FROM jsonb_each(w.columns) f
		         WHERE jsonb_array_length(f.value -> 'names') > 1 OR f.value ? 'others' ORDER BY f.key LOOP
			IF c.others IS NOT NULL THEN
				PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('column %s of %s is read; %s is the same name but for spelling, of another type, and is not', c.names ->> 0, w.name,
					(SELECT string_agg(o, ', ') FROM jsonb_array_elements_text(c.others) o)), NULL, NULL, NULL, source);
			ELSE
				rows := @extschema@._mart_count(format('SELECT count(*) FROM %s r WHERE r.%I <> r.%I', w.sql, c.names ->> 0, c.names ->> 1));
				PERFORM @extschema@._mart_say(mart, CASE WHEN rows > 0 THEN 'warning' ELSE 'notice' END, NULL,
					format('columns %s of %s are one: the first that is filled is read', (SELECT string_agg(o, ', ') FROM jsonb_array_elements_text(c.names) o), w.name)
						|| CASE WHEN rows > 0 THEN '; they differ' ELSE '' END, nullif(rows, 0), NULL, NULL, source);
			END IF;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_say_missing(text, jsonb, text, jsonb) IS
	'says which tables and columns of a replica are missing and what they would enable, which may not be read, and which have one name but for spelling';

-- A part has one source: bound to another, it is said that the first is left.
CREATE FUNCTION _mart_say_replaced(mart text, part text, source_schema text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before text := @extschema@._mart_as_owner(mart, format('SELECT string_agg(DISTINCT bound_from, '', '') FROM %I.relation_part WHERE part = %L AND NOT starts_with(bound_from, %L)',
		mart, part, quote_ident(source_schema) || '.'));
BEGIN
	IF before IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'notice', NULL, format('what was bound as %s from %s is replaced by what is in %s', part, before, source_schema), NULL, NULL,
			'a second one of its kind is bound table by table: bind_table(mart, relation, table, part => ''a name of its own'')', source);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_say_replaced(text, text, text, text) IS 'says that what an adapter bound before from another schema is replaced';

-- An argument that says nothing to anybody is an error, not silence.
CREATE FUNCTION _mart_check_argument(argument text, given jsonb, keys text[]) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	wanted constant text := CASE WHEN argument = 'pass_through' THEN 'A list of columns, or an object of names and columns.' WHEN keys IS NOT NULL THEN 'An object of columns, each with a role or kind, or null.'
		WHEN argument = 'columns' THEN 'A column or an expression as a string, or null.' ELSE 'A role as a string, or null.' END;
BEGIN
	IF given IS NULL THEN
		RETURN;
	END IF;
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s is no JSON object', argument),
			HINT = format('As in ''{"%s": ...}''.', coalesce(keys[1], CASE argument WHEN 'columns' THEN 'website' ELSE '37' END));
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(given) k WHERE keys IS NOT NULL AND k <> ALL (keys) ORDER BY k LIMIT 1;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s has no place "%s"', argument, wrong), HINT = format('There are %s.', array_to_string(keys, ', '));
	END IF;
	SELECT k.key INTO wrong FROM jsonb_each(given) k
	WHERE  keys IS NOT NULL AND jsonb_typeof(k.value) NOT IN ('object', CASE argument WHEN 'pass_through' THEN 'array' ELSE 'object' END)
	OR     keys IS NULL AND (jsonb_typeof(k.value) NOT IN ('string', 'null') OR btrim(k.key) = '' OR btrim(k.value #>> '{}') = '') ORDER BY k.key LIMIT 1;
	IF wrong IS NULL THEN
		-- what is within
		SELECT k.key INTO wrong FROM jsonb_each(given) k, LATERAL (
			SELECT e.key, e.value FROM jsonb_each(CASE jsonb_typeof(k.value) WHEN 'object' THEN k.value END) e
			UNION ALL SELECT 'column', a.value FROM jsonb_array_elements(CASE jsonb_typeof(k.value) WHEN 'array' THEN k.value END) a(value)) e
		WHERE  keys IS NOT NULL AND (btrim(e.key) = '' OR btrim(e.value #>> '{}') = '' OR jsonb_typeof(e.value) NOT IN ('string', CASE argument WHEN 'pass_through' THEN 'string' ELSE 'null' END)) ORDER BY k.key LIMIT 1;
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s of "%s" is not what is wanted', argument, wrong), HINT = wanted;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_argument(text, jsonb, text[]) IS 'an error unless an argument of an adapter is an object with the keys and values that it may have';

CREATE FUNCTION _mart_check_bind(mart text, argument text, given text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_must_exist(mart::name);
	IF given IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('mart "%s": %s cannot be NULL', mart, argument),
			HINT = 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_bind(text, text, text) IS 'an error unless there is a mart to bind, and something to bind it to';

-- A condition is looked at alone, where an error can say whose it is.
CREATE FUNCTION _mart_check_condition(argument text, condition text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF condition IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT FROM %s WHERE (%s) AND false', source, condition);
EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
	RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('%s is no condition on rows of %s: %s', argument, split_part(source, ' ', 1), SQLERRM), DETAIL = format('It is %s.', quote_literal(condition));
END $$;
COMMENT ON FUNCTION _mart_check_condition(text, text, text) IS 'an error that names an argument of an adapter, unless it is a condition on the rows of a table';

-- Columns that are passed through: ["competitor__c"] or {"competitor": "competitor__c"}.
CREATE FUNCTION _mart_extra(columns jsonb, alias text, wanted jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	items text[] := '{}';
BEGIN
	FOR w IN SELECT a.value #>> '{}' AS label, a.value #>> '{}' AS name FROM jsonb_array_elements(CASE jsonb_typeof(wanted) WHEN 'array' THEN wanted END) a(value)
	         UNION ALL SELECT o.key, o.value #>> '{}' FROM jsonb_each(CASE jsonb_typeof(wanted) WHEN 'object' THEN wanted END) o LOOP
		IF NOT columns ? @extschema@._mart_fold(w.name) THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('pass_through names the column "%s", which is not there', w.name);
		END IF;
		items := items || format('%L, %s', w.label, @extschema@._mart_field(columns, alias, ARRAY[@extschema@._mart_fold(w.name)], 'raw'));
	END LOOP;
	RETURN 'jsonb_build_object(' || nullif(array_to_string(items, ', '), '') || ') AS extra';
END $$;
COMMENT ON FUNCTION _mart_extra(jsonb, text, jsonb) IS 'SQL of the column extra: columns of a replica that are passed through as they are';

CREATE FUNCTION _mart_pass_columns(mart text, relation text, wanted jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	label text;
BEGIN
	FOR label IN SELECT a.value #>> '{}' FROM jsonb_array_elements(CASE jsonb_typeof(wanted) WHEN 'array' THEN wanted END) a
	             UNION SELECT o FROM jsonb_object_keys(CASE jsonb_typeof(wanted) WHEN 'object' THEN wanted END) o ORDER BY 1 LOOP
		-- what would need quotes stays in extra
		IF label ~ '^[a-z_][a-z_0-9]{0,62}$' THEN
			IF EXISTS (SELECT FROM @extschema@.mart_relation m, @extschema@._mart_column(m.columns) c WHERE m.name = relation AND c.name = label) THEN
				RAISE EXCEPTION USING ERRCODE = 'duplicate_column', MESSAGE = format('pass_through: "%s" has a column "%s" of its own', relation, label),
					HINT = format('Another name, as in ''{"deal": {"crm_%s": "a column"}}''.', label);
			END IF;
			PERFORM @extschema@._mart_pass_through(mart, relation, label);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_pass_columns(text, text, jsonb) IS 'gives a report a column for each that is passed through';

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

-- detect_sources: what is here to bind.
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
