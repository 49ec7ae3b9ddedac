-- The extension, as the first statement of every other test expects it.
CREATE EXTENSION ecosystem;
SELECT extname, nspname AS schema, extrelocatable
FROM   pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE  extname = 'ecosystem';
SELECT extversion = ecosystem.ecosystem_version() AS library_is_of_this_version
FROM   pg_extension WHERE extname = 'ecosystem';
