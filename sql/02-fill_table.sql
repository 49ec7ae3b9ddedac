-- fill_table: the rows of a query, in a table

CREATE FUNCTION fill_table("table" regclass, query text) RETURNS bigint
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fill_table(regclass, text) IS
	'puts the rows of a query into a table, by the names of its columns, and says how many; the query may run in parallel, where INSERT ... SELECT does not, and rows are written a thousand at a time';
