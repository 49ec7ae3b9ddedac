-- identity_quality: how much of a customer list can be matched, and why the rest cannot

-- identity_quality type

CREATE TYPE identity_quality;

CREATE FUNCTION identity_quality_in(cstring) RETURNS identity_quality
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_in(cstring) IS
	'reads the text form of an identity_quality';

CREATE FUNCTION identity_quality_out(identity_quality) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_out(identity_quality) IS
	'writes an identity_quality as field:problem=count:example';

CREATE FUNCTION identity_quality_recv(internal) RETURNS identity_quality
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_recv(internal) IS
	'reads the binary form of an identity_quality';

CREATE FUNCTION identity_quality_send(identity_quality) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_send(identity_quality) IS
	'writes the binary form of an identity_quality';

CREATE TYPE identity_quality (
	INPUT = identity_quality_in, OUTPUT = identity_quality_out,
	RECEIVE = identity_quality_recv, SEND = identity_quality_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE identity_quality IS
	'records counted by what is wrong with each of their fields, with an example each, and by the levels they can match on; 3680 bytes in memory, mostly zeros that compress';

-- identity_quality operators

CREATE FUNCTION identity_quality_eq(identity_quality, identity_quality) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_eq(identity_quality, identity_quality) IS
	'implementation of = operator';

CREATE FUNCTION identity_quality_ne(identity_quality, identity_quality) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_ne(identity_quality, identity_quality) IS
	'implementation of <> operator';

CREATE FUNCTION identity_quality_hash(identity_quality) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_hash(identity_quality) IS
	'hash of an identity_quality';

CREATE FUNCTION identity_quality_hash_extended(identity_quality, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_hash_extended(identity_quality, bigint) IS
	'hash of an identity_quality with a seed';

CREATE OPERATOR = (
	LEFTARG = identity_quality, RIGHTARG = identity_quality, FUNCTION = identity_quality_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (identity_quality, identity_quality) IS
	'the same counts and examples';

CREATE OPERATOR <> (
	LEFTARG = identity_quality, RIGHTARG = identity_quality, FUNCTION = identity_quality_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (identity_quality, identity_quality) IS
	'not: the same counts and examples';

CREATE OPERATOR CLASS identity_quality_hash_ops DEFAULT FOR TYPE identity_quality USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 identity_quality_hash(identity_quality),
	FUNCTION 2 identity_quality_hash_extended(identity_quality, bigint);
COMMENT ON OPERATOR CLASS identity_quality_hash_ops USING hash IS
	'lets identity_quality be grouped by, as in DISTINCT and UNION';

-- identity_quality functions

CREATE FUNCTION problems(quality identity_quality,
		OUT field text, OUT problem text, OUT records bigint, OUT share double precision, OUT example text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'identity_quality_problems';
COMMENT ON FUNCTION problems(identity_quality) IS
	'a row for each field (website, email, name, country, ids) and what is wrong with it, or usable: how many records, their share of all with that field, 0 to 1, and the bytewise first value as an example, cut to 71 bytes; NULL and blank values are empty; the field id counts single ids in place of records';

CREATE FUNCTION matchable(quality identity_quality, OUT levels text, OUT records bigint, OUT share double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'identity_quality_matchable';
COMMENT ON FUNCTION matchable(identity_quality) IS
	'how many records hold a key of which levels of && (id, domain, name with a country), and how many can match nothing; the records add up to records(identity_quality)';

CREATE FUNCTION records(quality identity_quality) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'identity_quality_records';
COMMENT ON FUNCTION records(identity_quality) IS 'number of records that were counted';

-- identity_quality aggregates

CREATE FUNCTION _identity_quality_accum(identity_quality, website text, email text, name text, country text, ids text[]) RETURNS identity_quality
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200 AS 'MODULE_PATHNAME', 'identity_quality_accum';
COMMENT ON FUNCTION _identity_quality_accum(identity_quality, text, text, text, text, text[]) IS
	'identity_quality with one more record';

CREATE FUNCTION _identity_quality_accum(identity_quality, website text, name text, country text) RETURNS identity_quality
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 150 AS 'MODULE_PATHNAME', 'identity_quality_accum';
COMMENT ON FUNCTION _identity_quality_accum(identity_quality, text, text, text) IS
	'identity_quality with one more record of website, name and country';

CREATE FUNCTION _identity_quality_accum(identity_quality, field text, value text) RETURNS identity_quality
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'identity_quality_accum_field';
COMMENT ON FUNCTION _identity_quality_accum(identity_quality, text, text) IS
	'identity_quality with one more value of one field: website, email, name, country or id';

CREATE FUNCTION identity_quality_combine(a identity_quality, b identity_quality) RETURNS identity_quality
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identity_quality_combine(identity_quality, identity_quality) IS
	'two counts of different records as one; NULL adds nothing';

CREATE AGGREGATE identity_quality_agg(website text, name text, country text) (
	SFUNC = _identity_quality_accum, STYPE = identity_quality, SSPACE = 3680,
	COMBINEFUNC = identity_quality_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE identity_quality_agg(text, text, text) IS
	'what is usable of the records of a list, and what is wrong with the rest: website, name, country; problems() and matchable() show it';

CREATE AGGREGATE identity_quality_agg(website text, email text, name text, country text, ids text[]) (
	SFUNC = _identity_quality_accum, STYPE = identity_quality, SSPACE = 3680,
	COMBINEFUNC = identity_quality_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE identity_quality_agg(text, text, text, text, text[]) IS
	'what is usable of the records of a list, and what is wrong with the rest: the arguments of identify(), NULL for what there is not; problems() and matchable() show it';

CREATE AGGREGATE identity_quality_agg(field text, value text) (
	SFUNC = _identity_quality_accum, STYPE = identity_quality, SSPACE = 3680,
	COMBINEFUNC = identity_quality_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE identity_quality_agg(text, text) IS
	'what is usable of one column: its kind (website, email, name, country or id), and its value';

CREATE AGGREGATE rollup(quality identity_quality) (
	SFUNC = identity_quality_combine, STYPE = identity_quality, SSPACE = 3680,
	COMBINEFUNC = identity_quality_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(identity_quality) IS
	'counts of different records (partners, shards, files) as one; NULL adds nothing';
