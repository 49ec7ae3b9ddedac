-- company_identity: the match keys of one record, and when two records are one company

-- company_identity type

CREATE TYPE company_identity;

CREATE FUNCTION company_identity_in(cstring) RETURNS company_identity
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_in(cstring) IS 'reads an identity in its text form, keys as match_keys() gives them; a website, an email or a name is none';

CREATE FUNCTION company_identity_out(company_identity) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_out(company_identity) IS 'writes an identity in its canonical form';

CREATE FUNCTION company_identity_recv(internal) RETURNS company_identity
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_recv(internal) IS 'receives an identity in binary';

CREATE FUNCTION company_identity_send(company_identity) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_send(company_identity) IS 'sends an identity in binary';

-- Statistics: what ANALYZE keeps of a column, and what the planner makes of it.

CREATE FUNCTION _company_identity_typanalyze(internal) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_typanalyze';
COMMENT ON FUNCTION _company_identity_typanalyze(internal) IS
	'collects the most common match keys of a column, and how many rows hold how many keys of each level';

CREATE TYPE company_identity (
	INPUT = company_identity_in,
	OUTPUT = company_identity_out,
	RECEIVE = company_identity_recv,
	SEND = company_identity_send,
	ANALYZE = _company_identity_typanalyze,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE company_identity IS
	'the keys by which one record can be matched with others: ids, domains, names with their country; identify() makes it, && compares it';

-- company_identity functions

CREATE FUNCTION identify(website text DEFAULT NULL, email text DEFAULT NULL, name text DEFAULT NULL,
		country text DEFAULT NULL, ids text[] DEFAULT NULL) RETURNS company_identity
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION identify(website text, email text, name text,
		country text, ids text[]) IS
	'the match keys of a record; website may hold several, email gives a domain where website gives none and unless it is a mail provider''s, country is a code or a name, ids are scheme:value; what is NULL or unusable gives no key, and the result is never NULL';

CREATE FUNCTION match_keys(identity company_identity) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION match_keys(company_identity) IS 'the keys of an identity, the strongest first';

CREATE FUNCTION match_level(a company_identity, b company_identity) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION match_level(company_identity, company_identity) IS
	'by what two identities match: id, domain or name; NULL when they do not';

CREATE FUNCTION shared_keys(a company_identity, b company_identity) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shared_keys(company_identity, company_identity) IS
	'the keys that two identities have in common, whether or not they match';

CREATE FUNCTION possible_match(a company_identity, b company_identity) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION possible_match(company_identity, company_identity) IS
	'why two identities that do not match deserve a look, such as: name equal, country unknown; NULL when they match or have nothing in common';

CREATE FUNCTION company_id_problem(id text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_id_problem(text) IS
	'why an id (scheme:value) is not usable: empty, no_scheme, bad_scheme, bad_format, bad_checksum, bad_country, lost_zeros, lost_case, placeholder or too_long; NULL when it is';

CREATE FUNCTION company_id_key(id text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_id_key(text) IS
	'an id (scheme:value) in the one form in which it is compared; NULL when it is not usable';

-- company_identity operators

CREATE FUNCTION _company_identity_sel(internal, oid, internal, integer) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_sel';
COMMENT ON FUNCTION _company_identity_sel(internal, oid, internal, integer) IS 'restriction selectivity of && on identities';

CREATE FUNCTION _company_identity_joinsel(internal, oid, internal, smallint, internal) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_joinsel';
COMMENT ON FUNCTION _company_identity_joinsel(internal, oid, internal, smallint, internal) IS 'join selectivity of && on identities';

CREATE FUNCTION _company_identity_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_support';
COMMENT ON FUNCTION _company_identity_support(internal) IS 'planner support of company_identity_matches()';

CREATE FUNCTION company_identity_matches(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2 SUPPORT _company_identity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_matches(company_identity, company_identity) IS 'implementation of && operator';

CREATE OPERATOR && (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_matches,
	COMMUTATOR = &&, RESTRICT = _company_identity_sel, JOIN = _company_identity_joinsel
);
COMMENT ON OPERATOR && (company_identity, company_identity) IS
	'the same company: the strongest level that both hold decides, ids, then domains, then names with their country';

CREATE FUNCTION company_identity_eq(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_eq(company_identity, company_identity) IS 'implementation of = operator';

CREATE FUNCTION company_identity_ne(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_ne(company_identity, company_identity) IS 'implementation of <> operator';

CREATE FUNCTION company_identity_lt(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_lt(company_identity, company_identity) IS 'implementation of < operator';

CREATE FUNCTION company_identity_le(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_le(company_identity, company_identity) IS 'implementation of <= operator';

CREATE FUNCTION company_identity_gt(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_gt(company_identity, company_identity) IS 'implementation of > operator';

CREATE FUNCTION company_identity_ge(company_identity, company_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_ge(company_identity, company_identity) IS 'implementation of >= operator';

CREATE OPERATOR = (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (company_identity, company_identity) IS 'the same keys';

CREATE OPERATOR <> (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (company_identity, company_identity) IS 'not the same keys';

CREATE OPERATOR < (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (company_identity, company_identity) IS 'before, by keys';

CREATE OPERATOR <= (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (company_identity, company_identity) IS 'before or the same, by keys';

CREATE OPERATOR > (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (company_identity, company_identity) IS 'after, by keys';

CREATE OPERATOR >= (
	LEFTARG = company_identity, RIGHTARG = company_identity, FUNCTION = company_identity_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (company_identity, company_identity) IS 'after or the same, by keys';

-- company_identity operator classes

CREATE FUNCTION company_identity_cmp(company_identity, company_identity) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_cmp(company_identity, company_identity) IS 'less-equal-greater, by keys';

CREATE FUNCTION company_identity_hash(company_identity) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_hash(company_identity) IS 'hash';

CREATE FUNCTION company_identity_hash_extended(company_identity, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_identity_hash_extended(company_identity, bigint) IS 'hash with a seed';

CREATE OPERATOR CLASS company_identity_ops DEFAULT FOR TYPE company_identity USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 company_identity_cmp(company_identity, company_identity),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS company_identity_ops USING btree IS 'identities by their keys';

CREATE OPERATOR CLASS company_identity_ops DEFAULT FOR TYPE company_identity USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 company_identity_hash(company_identity),
	FUNCTION 2 company_identity_hash_extended(company_identity, bigint);
COMMENT ON OPERATOR CLASS company_identity_ops USING hash IS 'identities, equal or not';

CREATE FUNCTION _company_identity_extract_value(company_identity, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_extract_value';
COMMENT ON FUNCTION _company_identity_extract_value(company_identity, internal) IS 'GIN support: the keys of an indexed identity';

CREATE FUNCTION _company_identity_extract_query(company_identity, internal, smallint, internal, internal, internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_extract_query';
COMMENT ON FUNCTION _company_identity_extract_query(company_identity, internal, smallint, internal, internal, internal, internal) IS 'GIN support: the keys of an identity that is looked for';

CREATE FUNCTION _company_identity_triconsistent(internal, smallint, company_identity, integer, internal, internal, internal) RETURNS "char"
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_triconsistent';
COMMENT ON FUNCTION _company_identity_triconsistent(internal, smallint, company_identity, integer, internal, internal, internal) IS 'GIN support: whether shared keys may be a match';

CREATE OPERATOR CLASS company_identity_gin_ops DEFAULT FOR TYPE company_identity USING gin AS
	OPERATOR 3 &&,
	FUNCTION 1 pg_catalog.byteacmp(bytea, bytea),
	FUNCTION 2 _company_identity_extract_value(company_identity, internal),
	FUNCTION 3 _company_identity_extract_query(company_identity, internal, smallint, internal, internal, internal, internal),
	FUNCTION 6 _company_identity_triconsistent(internal, smallint, company_identity, integer, internal, internal, internal),
	STORAGE bytea;
COMMENT ON OPERATOR CLASS company_identity_gin_ops USING gin IS 'identities by the keys they can match by, for &&';
