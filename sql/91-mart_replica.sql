-- mart_replica: how a replica is read, whoever left it: what it writes as text,
-- its tables and columns by name, the SQL of a field.  Pure SQL and PL/pgSQL:
-- adapters read a catalog and some rows, and write texts.

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

CREATE FUNCTION salesforce_id(id text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
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
