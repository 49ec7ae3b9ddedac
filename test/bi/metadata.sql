SELECT plan(12);

-- Grafana lists what search_path does not find with its schema, and asks for the
-- columns of one table, then for those that hold a time.
CREATE TEMP VIEW grafana_table AS
SELECT CASE WHEN table_schema IN (SELECT CASE WHEN trim(s) = '"$user"' THEN user ELSE trim(s) END FROM unnest(string_to_array(current_setting('search_path'), ',')) s)
       THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
FROM   information_schema.tables
WHERE  quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog');
SELECT cmp_ok((SELECT count(*) FROM grafana_table WHERE "table" LIKE 'elg.%'), '>', 40::bigint, 'Grafana finds the relations of a mart');
SELECT is_empty($$SELECT "table" FROM grafana_table WHERE "table" LIKE 'elg\_cache.%'$$, 'and nothing of what a refresh works with');
SELECT is((SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns
           WHERE quote_ident(table_schema) = 'elg' AND quote_ident(table_name) = 'overlap_event' AND data_type IN ('timestamp without time zone', 'timestamp with time zone', 'date')),
          'occurred_on', 'and the column that a time series goes by');
SELECT is_empty($$SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'elg'
	AND data_type NOT IN ('text', 'boolean', 'integer', 'bigint', 'numeric', 'date', 'timestamp with time zone', 'jsonb', 'interval')$$, 'no column is of a type that its builder leaves out');

-- Metabase reads tables with their comments, columns with theirs, and keys.
CREATE TEMP VIEW metabase_field AS
SELECT n.nspname AS "table-schema", c.relname AS "table-name", a.attname AS name, a.attnum - 1 AS "database-position",
       CASE WHEN t.typtype IN ('b', 'd', 'e') THEN t.typname ELSE t.typtype::text END AS "database-type",
       col_description(c.oid, a.attnum) AS "field-comment", p.conkey IS NOT NULL AS "pk?", NOT a.attnotnull AS "database-is-nullable"
FROM   pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_catalog.pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey)
WHERE  c.relkind IN ('r', 'p', 'v', 'f', 'm') AND n.nspname = 'elg' AND has_any_column_privilege(c.oid, 'SELECT');
SELECT cmp_ok((SELECT count(DISTINCT "table-name") FROM metabase_field), '>', 40::bigint, 'Metabase finds the relations');
SELECT is_empty($$SELECT "table-name", name FROM metabase_field WHERE "field-comment" IS NULL$$, 'each field with its description');
SELECT is_empty($$SELECT "table-name", name, "database-type" FROM metabase_field
	WHERE "database-type" NOT IN ('text', 'bool', 'int4', 'int8', 'numeric', 'date', 'timestamptz', 'jsonb', 'interval')$$, 'and a type that it shows');
SELECT is_empty($$SELECT "table-name" FROM metabase_field GROUP BY 1 HAVING NOT bool_or("pk?")$$, 'each table has a key');

-- Npgsql reads all types of the database, those of the extension among them,
-- before its first statement, and wants each element's type before its array's.
CREATE TEMP VIEW npgsql_type AS
SELECT ns.nspname, typ.oid, typ.typname, typ.typtype, typ.typnotnull, elem.oid AS elemtypoid, elem.typtype AS elemtyptype
FROM  (SELECT t.oid, t.typnamespace, t.typname, t.typtype, t.typnotnull,
              CASE WHEN p.proname = 'array_recv' THEN t.typelem WHEN t.typtype = 'r' THEN r.rngsubtype WHEN t.typtype = 'd' THEN t.typbasetype END AS elemoid
       FROM   pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_proc p ON p.oid = t.typreceive LEFT JOIN pg_range r ON r.rngtypid = t.oid
       WHERE  t.typtype IN ('b', 'r', 'm', 'e', 'd') OR t.typtype = 'c' AND c.relkind = 'c') typ
       LEFT JOIN pg_type elem ON elem.oid = typ.elemoid
       JOIN pg_namespace ns ON ns.oid = typ.typnamespace;
SELECT ok((SELECT count(*) > 15 FROM npgsql_type WHERE nspname = 'ecosystem' AND typtype = 'b' AND elemtypoid IS NULL), 'Npgsql knows the types of the extension');
SELECT is_empty($$SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
	WHERE n.nspname = 'ecosystem' AND t.typtype = 'b' AND (t.typreceive = 0 OR t.typsend = 0)$$, 'each can be read and written in binary');

-- What only reads may not do.
SELECT throws_ok($$UPDATE elg.setting SET currency = 'EUR'$$, '42501', NULL, 'a reader changes no setting');
SELECT throws_ok($$CALL ecosystem.refresh_mart('elg')$$, '42501', NULL, 'and refreshes nothing');
SELECT * FROM finish();
