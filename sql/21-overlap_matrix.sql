-- overlap_matrix: which companies are in which populations, from one pass

CREATE TYPE overlap_matrix;

CREATE FUNCTION overlap_matrix_in(cstring) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_in(cstring) IS 'text input of overlap_matrix';

CREATE FUNCTION overlap_matrix_out(overlap_matrix) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_out(overlap_matrix) IS 'text output of overlap_matrix: the binary form in hexadecimal digits';

CREATE FUNCTION overlap_matrix_recv(internal) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_recv(internal) IS 'binary input of overlap_matrix';

CREATE FUNCTION overlap_matrix_send(overlap_matrix) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_send(overlap_matrix) IS 'binary output of overlap_matrix';

CREATE TYPE overlap_matrix (
	INPUT = overlap_matrix_in, OUTPUT = overlap_matrix_out,
	RECEIVE = overlap_matrix_recv, SEND = overlap_matrix_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE overlap_matrix IS
	'which companies are in which populations, with their records and values; built by overlap_matrix_agg, merged by rollup, read by cells, margins and density';

-- overlap_matrix functions: what the aggregates are made of

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text, numeric) IS
	'the matrix with one row, given its population, company, its record and value; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text, numeric) IS
	'the matrix with one row, given its population, company, its record and value; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text, numeric) IS
	'the matrix with one row, given its population, company, its record and value; a NULL matrix is the empty one';

CREATE FUNCTION overlap_matrix_combine(a overlap_matrix, b overlap_matrix) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_combine(overlap_matrix, overlap_matrix) IS
	'the matrix of the rows of both, for ON CONFLICT DO UPDATE; NULL is no rows, and NULL only if both are';

CREATE FUNCTION _overlap_matrix_final(overlap_matrix) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_final';
COMMENT ON FUNCTION _overlap_matrix_final(overlap_matrix) IS
	'the value an aggregate returns: its rows in order, each company once';

-- overlap_matrix aggregates

CREATE AGGREGATE overlap_matrix_agg(population text, company text) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, text) IS
	'which companies are in which populations: each row is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company text, record_id text) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, text, text) IS
	'which companies are in which populations: a record counts once in its population; a NULL record_id is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company text, record_id text, value numeric) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, text, text, numeric) IS
	'which companies are in which populations: a record counts once in its population, and so does its value; a record with two values is an error; a NULL record_id is a record of its own, NULL is no value; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company bigint) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, bigint) IS
	'which companies are in which populations: each row is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company bigint, record_id text) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, bigint, text) IS
	'which companies are in which populations: a record counts once in its population; a NULL record_id is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company bigint, record_id text, value numeric) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, bigint, text, numeric) IS
	'which companies are in which populations: a record counts once in its population, and so does its value; a record with two values is an error; a NULL record_id is a record of its own, NULL is no value; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company company_domain) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, company_domain) IS
	'which companies are in which populations: each row is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company company_domain, record_id text) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, company_domain, text) IS
	'which companies are in which populations: a record counts once in its population; a NULL record_id is a record of its own; rows without company or population are counted, see populations()';

CREATE AGGREGATE overlap_matrix_agg(population text, company company_domain, record_id text, value numeric) (
	STYPE = overlap_matrix, SFUNC = _overlap_matrix_accum, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE overlap_matrix_agg(text, company_domain, text, numeric) IS
	'which companies are in which populations: a record counts once in its population, and so does its value; a record with two values is an error; a NULL record_id is a record of its own, NULL is no value; rows without company or population are counted, see populations()';

CREATE AGGREGATE rollup(matrix overlap_matrix) (
	STYPE = overlap_matrix, SFUNC = overlap_matrix_combine, SSPACE = 8192,
	INITCOND = '010000000000000000000000000000000000000000000000',
	COMBINEFUNC = overlap_matrix_combine, FINALFUNC = _overlap_matrix_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(overlap_matrix) IS
	'the matrix of all rows of several matrices; a record that several have counts once, a row without record_id each time; NULL is no rows; no matrices give an empty one';

-- overlap_matrix accessors

CREATE FUNCTION cells(matrix overlap_matrix, OUT population_a text, OUT population_b text, OUT companies bigint, OUT records_a bigint, OUT records_b bigint, OUT value_a numeric, OUT value_b numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1000 AS 'MODULE_PATHNAME', 'overlap_matrix_cells';
COMMENT ON FUNCTION cells(overlap_matrix) IS
	'every pair of populations that share a company: the companies, the records each has at them, and the sum of the values of these records, each record once; NULL where none has a value; pairs without overlap have no row';

CREATE FUNCTION cells(matrix overlap_matrix, sides text[], OUT population_a text, OUT population_b text, OUT companies bigint, OUT records_a bigint, OUT records_b bigint, OUT value_a numeric, OUT value_b numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1000 AS 'MODULE_PATHNAME', 'overlap_matrix_cells';
COMMENT ON FUNCTION cells(overlap_matrix, text[]) IS
	'the same for populations named side/population, between different sides only, as in ARRAY[''own'', ''partner'']; population_a is of the side named first; populations of other sides are left out';

CREATE FUNCTION margins(matrix overlap_matrix, OUT population text, OUT companies bigint, OUT records bigint, OUT value numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'overlap_matrix_margins';
COMMENT ON FUNCTION margins(overlap_matrix) IS
	'of every population, the companies that are in any other too, their records, and the sum of their values, each once however many populations overlap it';

CREATE FUNCTION margins(matrix overlap_matrix, sides text[], OUT population text, OUT companies bigint, OUT records bigint, OUT value numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'overlap_matrix_margins';
COMMENT ON FUNCTION margins(overlap_matrix, text[]) IS
	'of every population named side/population of these sides, the companies that are in any population of another of these sides, their records, and the sum of their values, each once';

CREATE FUNCTION margin(matrix overlap_matrix, population text, OUT companies bigint, OUT records bigint, OUT value numeric)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'overlap_matrix_margin';
COMMENT ON FUNCTION margin(overlap_matrix, text) IS
	'the row of margins() of one population; an error if there is no such population';

CREATE FUNCTION margin(matrix overlap_matrix, population text, sides text[], OUT companies bigint, OUT records bigint, OUT value numeric)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'overlap_matrix_margin';
COMMENT ON FUNCTION margin(overlap_matrix, text, text[]) IS
	'the row of margins() of one population; an error if there is no such population';

CREATE FUNCTION populations(matrix overlap_matrix, OUT population text, OUT companies bigint, OUT records bigint, OUT value numeric, OUT rows bigint, OUT rows_without_company bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'overlap_matrix_populations';
COMMENT ON FUNCTION populations(overlap_matrix) IS
	'every population: its companies, records and value, each once; its rows, and how many of them have no company and are in nothing else; rows without a population are the row whose population is NULL';

CREATE FUNCTION density(matrix overlap_matrix, OUT company text, OUT populations bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100000 AS 'MODULE_PATHNAME', 'overlap_matrix_density';
COMMENT ON FUNCTION density(overlap_matrix) IS
	'every company, and how many populations it is in';

CREATE FUNCTION density(matrix overlap_matrix, side text, OUT company text, OUT populations bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100000 AS 'MODULE_PATHNAME', 'overlap_matrix_density';
COMMENT ON FUNCTION density(overlap_matrix, text) IS
	'every company that is in a population of the side, named side/population, and in how many';

CREATE FUNCTION density_histogram(matrix overlap_matrix, OUT populations bigint, OUT companies bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'overlap_matrix_density_histogram';
COMMENT ON FUNCTION density_histogram(overlap_matrix) IS
	'how many companies are in how many populations';

CREATE FUNCTION density_histogram(matrix overlap_matrix, side text, OUT populations bigint, OUT companies bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'overlap_matrix_density_histogram';
COMMENT ON FUNCTION density_histogram(overlap_matrix, text) IS
	'how many companies are in how many populations of the side, named side/population';

CREATE FUNCTION companies(matrix overlap_matrix) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_companies';
COMMENT ON FUNCTION companies(overlap_matrix) IS
	'how many distinct companies are in any population';

-- overlap_matrix operators

CREATE FUNCTION overlap_matrix_eq(overlap_matrix, overlap_matrix) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_eq(overlap_matrix, overlap_matrix) IS 'implementation of = operator';

CREATE FUNCTION overlap_matrix_ne(overlap_matrix, overlap_matrix) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_ne(overlap_matrix, overlap_matrix) IS 'implementation of <> operator';

CREATE FUNCTION overlap_matrix_hash(overlap_matrix) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_hash(overlap_matrix) IS 'hash of an overlap_matrix';

CREATE FUNCTION overlap_matrix_hash_extended(overlap_matrix, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_matrix_hash_extended(overlap_matrix, bigint) IS 'hash of an overlap_matrix with a seed';

CREATE OPERATOR = (
	LEFTARG = overlap_matrix, RIGHTARG = overlap_matrix, FUNCTION = overlap_matrix_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (overlap_matrix, overlap_matrix) IS 'the same matrix';

CREATE OPERATOR <> (
	LEFTARG = overlap_matrix, RIGHTARG = overlap_matrix, FUNCTION = overlap_matrix_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (overlap_matrix, overlap_matrix) IS 'not the same matrix';

CREATE OPERATOR CLASS overlap_matrix_hash_ops DEFAULT FOR TYPE overlap_matrix USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 overlap_matrix_hash(overlap_matrix),
	FUNCTION 2 overlap_matrix_hash_extended(overlap_matrix, bigint);
COMMENT ON OPERATOR CLASS overlap_matrix_hash_ops USING hash IS
	'lets overlap_matrix be grouped by, as in DISTINCT and UNION';
