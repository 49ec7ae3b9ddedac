-- company_set: a compressed set of company ids

CREATE TYPE company_set;

CREATE FUNCTION company_set_in(cstring) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_in(cstring) IS
	'text input of company_set';

CREATE FUNCTION company_set_out(company_set) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_out(company_set) IS
	'text output of company_set';

CREATE FUNCTION company_set_recv(internal) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_recv(internal) IS
	'binary input of company_set: a Roaring bitmap in the portable format';

CREATE FUNCTION company_set_send(company_set) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_send(company_set) IS
	'binary output of company_set: a Roaring bitmap in the portable format';

-- Out of line it is not compressed again: it is compressed, and its beginning
-- can be read alone.
CREATE TYPE company_set (
	INPUT = company_set_in, OUTPUT = company_set_out,
	RECEIVE = company_set_recv, SEND = company_set_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = external
);
COMMENT ON TYPE company_set IS
	'compressed set of company ids, 0 to 4294967295, written as {1,2,5-9}; equal sets are equal bytes; built by company_set_agg, merged by rollup';

-- company_set casts

CREATE FUNCTION company_set(ids bigint[]) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_from_array';
COMMENT ON FUNCTION company_set(bigint[]) IS
	'set of the ids of an array, in any order, repeated or not; NULL ids and ids below 0 or above 4294967295 are errors';

CREATE FUNCTION company_ids(companies company_set) RETURNS bigint[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_to_array';
COMMENT ON FUNCTION company_ids(company_set) IS
	'ids of a set as an array, ascending';

CREATE FUNCTION company_set(roaring bytea) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_from_bytea';
COMMENT ON FUNCTION company_set(bytea) IS
	'set from a 32-bit Roaring bitmap in the portable format, as other programs write it; other bytes are an error';

CREATE FUNCTION company_set_bytea(companies company_set) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_send';
COMMENT ON FUNCTION company_set_bytea(company_set) IS
	'set as a 32-bit Roaring bitmap in the portable format, for other programs';

CREATE CAST (bigint[] AS company_set) WITH FUNCTION company_set(bigint[]);
COMMENT ON CAST (bigint[] AS company_set) IS 'set of the ids of an array';
CREATE CAST (company_set AS bigint[]) WITH FUNCTION company_ids(company_set);
COMMENT ON CAST (company_set AS bigint[]) IS 'ids of a set, ascending';
CREATE CAST (bytea AS company_set) WITH FUNCTION company_set(bytea);
COMMENT ON CAST (bytea AS company_set) IS 'set from a Roaring bitmap in the portable format';
CREATE CAST (company_set AS bytea) WITH FUNCTION company_set_bytea(company_set);
COMMENT ON CAST (company_set AS bytea) IS 'set as a Roaring bitmap in the portable format';

-- company_set functions: what the aggregates are made of

CREATE FUNCTION _company_set_accum(company_set, bigint) RETURNS company_set
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'company_set_accum';
COMMENT ON FUNCTION _company_set_accum(company_set, bigint) IS
	'the set with an id; a NULL id adds nothing, a NULL set is the empty one';

CREATE FUNCTION company_set_combine(a company_set, b company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_combine(company_set, company_set) IS
	'companies of either set, for ON CONFLICT DO UPDATE; NULL is no companies, and NULL only if both are';

CREATE FUNCTION _company_set_final(company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_final';
COMMENT ON FUNCTION _company_set_final(company_set) IS
	'the value an aggregate returns';

CREATE FUNCTION company_set_union(company_set, company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_union(company_set, company_set) IS
	'implementation of | operator';

CREATE FUNCTION company_set_intersection(company_set, company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_intersection(company_set, company_set) IS
	'implementation of & operator';

-- company_set aggregates

CREATE AGGREGATE company_set_agg(company bigint) (
	STYPE = company_set, SFUNC = _company_set_accum, INITCOND = '{}', SSPACE = 1024,
	COMBINEFUNC = company_set_combine, FINALFUNC = _company_set_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_set_agg(bigint) IS
	'set of the companies of the rows, each once; NULL ids are left out; no rows give the empty set';

CREATE AGGREGATE company_set_union_agg(companies company_set) (
	STYPE = company_set, SFUNC = company_set_combine, INITCOND = '{}', SSPACE = 1024,
	COMBINEFUNC = company_set_combine, FINALFUNC = _company_set_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_set_union_agg(company_set) IS
	'companies of any of the sets; NULL sets are left out; no rows give the empty set';

CREATE AGGREGATE rollup(companies company_set) (
	STYPE = company_set, SFUNC = company_set_combine, INITCOND = '{}', SSPACE = 1024,
	COMBINEFUNC = company_set_combine, FINALFUNC = _company_set_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(company_set) IS
	'companies of any of the sets, which is what merging stored sets means; NULL sets are left out; no rows give the empty set';

CREATE AGGREGATE company_set_intersect_agg(companies company_set) (
	STYPE = company_set, SFUNC = company_set_intersection, SSPACE = 1024,
	COMBINEFUNC = company_set_intersection, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_set_intersect_agg(company_set) IS
	'companies of all of the sets; NULL sets are left out; no rows give NULL';

-- company_set functions

CREATE FUNCTION cardinality(companies company_set) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_cardinality';
COMMENT ON FUNCTION cardinality(company_set) IS
	'number of companies in a set';

CREATE FUNCTION overlap(a company_set, b company_set) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'company_set_overlap';
COMMENT ON FUNCTION overlap(company_set, company_set) IS
	'number of companies in both sets';

CREATE FUNCTION jaccard(a company_set, b company_set) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'company_set_jaccard';
COMMENT ON FUNCTION jaccard(company_set, company_set) IS
	'companies in both sets as a share of the companies in either: 0 to 1; NULL when both are empty';

CREATE FUNCTION whitespace(theirs company_set, VARIADIC mine company_set[]) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'company_set_whitespace';
COMMENT ON FUNCTION whitespace(company_set, company_set[]) IS
	'companies that are in theirs and in none of mine; NULL when one of mine is NULL';

CREATE FUNCTION entered(old company_set, new company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'company_set_entered';
COMMENT ON FUNCTION entered(company_set, company_set) IS
	'companies that are in the new set and were not in the old one';

CREATE FUNCTION departed(old company_set, new company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'company_set_difference';
COMMENT ON FUNCTION departed(company_set, company_set) IS
	'companies that were in the old set and are not in the new one';

CREATE FUNCTION _company_set_members_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_members_support';
COMMENT ON FUNCTION _company_set_members_support(internal) IS
	'planner support of members: how many rows';

CREATE FUNCTION members(companies company_set) RETURNS SETOF bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000 SUPPORT _company_set_members_support
	AS 'MODULE_PATHNAME', 'company_set_members';
COMMENT ON FUNCTION members(company_set) IS
	'ids of a set as rows, ascending';

CREATE FUNCTION overlap_cardinalities(sets company_set[], OUT i integer, OUT j integer, OUT n bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION overlap_cardinalities(company_set[]) IS
	'number of companies n in both the i-th and the j-th set, for every pair with i <= j, counted from 1, so with i = j that of one set; NULL where one of the two is';

-- company_set operators

CREATE FUNCTION company_set_difference(company_set, company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_difference(company_set, company_set) IS
	'implementation of - operator';

CREATE FUNCTION company_set_symmetric_difference(company_set, company_set) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_symmetric_difference(company_set, company_set) IS
	'implementation of # operator';

CREATE FUNCTION company_set_add(company_set, bigint) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_add(company_set, bigint) IS
	'implementation of + operator';

CREATE FUNCTION company_set_remove(company_set, bigint) RETURNS company_set
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_remove(company_set, bigint) IS
	'implementation of - operator';

CREATE OPERATOR | (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_union,
	COMMUTATOR = |
);
COMMENT ON OPERATOR | (company_set, company_set) IS 'companies in either set';

CREATE OPERATOR & (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_intersection,
	COMMUTATOR = &
);
COMMENT ON OPERATOR & (company_set, company_set) IS 'companies in both sets';

CREATE OPERATOR - (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_difference
);
COMMENT ON OPERATOR - (company_set, company_set) IS 'companies in the left set and not in the right one';

CREATE OPERATOR # (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_symmetric_difference,
	COMMUTATOR = #
);
COMMENT ON OPERATOR # (company_set, company_set) IS 'companies in one of the sets and not in the other';

-- Not ||, with which it would take the literal of 'D-' || 5::bigint for a set.
CREATE OPERATOR + (
	LEFTARG = company_set, RIGHTARG = bigint, FUNCTION = company_set_add
);
COMMENT ON OPERATOR + (company_set, bigint) IS 'the set with a company; an id below 0 or above 4294967295 is an error';

CREATE OPERATOR - (
	LEFTARG = company_set, RIGHTARG = bigint, FUNCTION = company_set_remove
);
COMMENT ON OPERATOR - (company_set, bigint) IS 'the set without a company';

CREATE FUNCTION company_set_contains(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_contains(company_set, company_set) IS
	'implementation of @> operator';

CREATE FUNCTION company_set_contained(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_contained(company_set, company_set) IS
	'implementation of <@ operator';

CREATE FUNCTION company_set_shares(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_shares(company_set, company_set) IS
	'implementation of && operator';

CREATE FUNCTION company_set_has_member(company_set, bigint) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_has_member(company_set, bigint) IS
	'implementation of @> operator';

CREATE FUNCTION company_set_is_member(bigint, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_is_member(bigint, company_set) IS
	'implementation of <@ operator';

CREATE OPERATOR @> (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_contains,
	COMMUTATOR = <@, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @> (company_set, company_set) IS 'all companies of the right set are in the left one';

CREATE OPERATOR <@ (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_contained,
	COMMUTATOR = @>, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR <@ (company_set, company_set) IS 'all companies of the left set are in the right one';

CREATE OPERATOR && (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_shares,
	COMMUTATOR = &&, RESTRICT = areasel, JOIN = areajoinsel
);
COMMENT ON OPERATOR && (company_set, company_set) IS 'some company is in both sets';

CREATE OPERATOR @> (
	LEFTARG = company_set, RIGHTARG = bigint, FUNCTION = company_set_has_member,
	COMMUTATOR = <@, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @> (company_set, bigint) IS 'the company is in the set';

CREATE OPERATOR <@ (
	LEFTARG = bigint, RIGHTARG = company_set, FUNCTION = company_set_is_member,
	COMMUTATOR = @>, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR <@ (bigint, company_set) IS 'the company is in the set';

CREATE FUNCTION company_set_eq(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_eq(company_set, company_set) IS
	'implementation of = operator';

CREATE FUNCTION company_set_ne(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_ne(company_set, company_set) IS
	'implementation of <> operator';

CREATE FUNCTION company_set_lt(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_lt(company_set, company_set) IS
	'implementation of < operator';

CREATE FUNCTION company_set_le(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_le(company_set, company_set) IS
	'implementation of <= operator';

CREATE FUNCTION company_set_gt(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_gt(company_set, company_set) IS
	'implementation of > operator';

CREATE FUNCTION company_set_ge(company_set, company_set) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_ge(company_set, company_set) IS
	'implementation of >= operator';

CREATE OPERATOR = (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (company_set, company_set) IS 'the same companies';

CREATE OPERATOR <> (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (company_set, company_set) IS 'not the same companies';

CREATE OPERATOR < (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (company_set, company_set) IS 'before, in the order of bytes';

CREATE OPERATOR <= (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (company_set, company_set) IS 'before or the same, in the order of bytes';

CREATE OPERATOR > (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (company_set, company_set) IS 'after, in the order of bytes';

CREATE OPERATOR >= (
	LEFTARG = company_set, RIGHTARG = company_set, FUNCTION = company_set_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (company_set, company_set) IS 'after or the same, in the order of bytes';

-- company_set operator classes

CREATE FUNCTION company_set_cmp(company_set, company_set) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_cmp(company_set, company_set) IS
	'less-equal-greater, in the order of bytes';

CREATE FUNCTION company_set_hash(company_set) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_hash(company_set) IS
	'hash';

CREATE FUNCTION company_set_hash_extended(company_set, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_set_hash_extended(company_set, bigint) IS
	'hash with a seed';

CREATE OPERATOR CLASS company_set_ops DEFAULT FOR TYPE company_set USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 company_set_cmp(company_set, company_set),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS company_set_ops USING btree IS 'sets in the order of their bytes, for DISTINCT, GROUP BY and merges';

CREATE OPERATOR CLASS company_set_ops DEFAULT FOR TYPE company_set USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 company_set_hash(company_set),
	FUNCTION 2 company_set_hash_extended(company_set, bigint);
COMMENT ON OPERATOR CLASS company_set_ops USING hash IS 'sets, equal or not';
