
-- company_domain: a company's registrable domain

-- company_domain type

CREATE TYPE company_domain;

CREATE FUNCTION company_domain_in(cstring) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_in(cstring) IS
	'input: a domain in canonical form as it is, anything else as company_domain(text) reads it';

CREATE FUNCTION company_domain_out(company_domain) RETURNS cstring
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
COMMENT ON FUNCTION company_domain_out(company_domain) IS
	'output: the domain in lower-case ASCII';

CREATE FUNCTION company_domain_recv(internal) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_recv(internal) IS
	'binary input: a domain in canonical form, nothing else';

CREATE FUNCTION company_domain_send(company_domain) RETURNS bytea
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
COMMENT ON FUNCTION company_domain_send(company_domain) IS
	'binary output: the bytes of the domain';

CREATE TYPE company_domain (
	INPUT = company_domain_in,
	OUTPUT = company_domain_out,
	RECEIVE = company_domain_recv,
	SEND = company_domain_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE company_domain IS
	'a company''s registrable domain, lower-case ASCII (acme.co.uk, xn--bcher-kva.de); equal where the bytes are';

-- company_domain functions

CREATE FUNCTION company_domain(website text) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'company_domain_from_text';
COMMENT ON FUNCTION company_domain(text) IS
	'the company domain in a website, host or email, the first of several; an error where there is none';

CREATE FUNCTION to_company_domain(website text) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION to_company_domain(text) IS
	'the company domain in a website, host or email, the first of several; NULL where there is none';

CREATE FUNCTION company_domain_problem(website text) RETURNS text
	LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_problem(text) IS
	'why to_company_domain() gives NULL: empty (NULL too), too_long, not_a_host, ip_address, special_use, unknown_suffix, public_suffix, shared_host, freemail, disposable or placeholder; NULL where it gives a domain';

CREATE FUNCTION company_domains(websites text) RETURNS company_domain[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 40 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domains(text) IS
	'all company domains in a field of several websites or emails, each once, in order; an empty array where there is none';

CREATE FUNCTION company_domain_is_current(domain company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_is_current(company_domain) IS
	'would the compiled lists still read this stored domain as itself? false: recompute it from the website';

CREATE FUNCTION registrable_domain(host text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION registrable_domain(text) IS
	'a host''s registrable domain by the Public Suffix List alone, both sections; NULL for a public suffix and for what is not a host name';

CREATE FUNCTION public_suffix_list_version() RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION public_suffix_list_version() IS
	'version of the Public Suffix List compiled into the library; its number of rules and checksum where the list names none';

-- company_domain private functions

CREATE FUNCTION company_domain_eq(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_eq(company_domain, company_domain) IS
	'implementation of = operator';

CREATE FUNCTION company_domain_ne(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_ne(company_domain, company_domain) IS
	'implementation of <> operator';

CREATE FUNCTION company_domain_lt(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_lt(company_domain, company_domain) IS
	'implementation of < operator';

CREATE FUNCTION company_domain_le(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_le(company_domain, company_domain) IS
	'implementation of <= operator';

CREATE FUNCTION company_domain_gt(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_gt(company_domain, company_domain) IS
	'implementation of > operator';

CREATE FUNCTION company_domain_ge(company_domain, company_domain) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_ge(company_domain, company_domain) IS
	'implementation of >= operator';

CREATE FUNCTION company_domain_cmp(company_domain, company_domain) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_cmp(company_domain, company_domain) IS
	'btree comparison: order of the bytes';

CREATE FUNCTION _company_domain_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_domain_sortsupport';
COMMENT ON FUNCTION _company_domain_sortsupport(internal) IS
	'btree sort support: order of the bytes, with abbreviated keys';

CREATE FUNCTION company_domain_hash(company_domain) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_hash(company_domain) IS
	'hash of the bytes';

CREATE FUNCTION company_domain_hash_extended(company_domain, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_domain_hash_extended(company_domain, bigint) IS
	'hash of the bytes, seeded';

CREATE FUNCTION _company_domain_smaller(company_domain, company_domain) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_domain_smaller';
COMMENT ON FUNCTION _company_domain_smaller(company_domain, company_domain) IS
	'the smaller of two domains in byte order';

CREATE FUNCTION _company_domain_larger(company_domain, company_domain) RETURNS company_domain
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_domain_larger';
COMMENT ON FUNCTION _company_domain_larger(company_domain, company_domain) IS
	'the larger of two domains in byte order';

-- company_domain casts

CREATE CAST (text AS company_domain) WITH FUNCTION company_domain(text);
COMMENT ON CAST (text AS company_domain) IS
	'reads the domain of a website, host or email; explicit only, so that no join compares raw text unseen';

CREATE CAST (company_domain AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (company_domain AS text) IS
	'the domain as it is';

-- company_domain operators

CREATE OPERATOR = (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (company_domain, company_domain) IS 'same domain';

CREATE OPERATOR <> (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (company_domain, company_domain) IS 'another domain';

CREATE OPERATOR < (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (company_domain, company_domain) IS 'before, in byte order';

CREATE OPERATOR <= (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (company_domain, company_domain) IS 'before or the same, in byte order';

CREATE OPERATOR > (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (company_domain, company_domain) IS 'after, in byte order';

CREATE OPERATOR >= (
	LEFTARG = company_domain, RIGHTARG = company_domain, FUNCTION = company_domain_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (company_domain, company_domain) IS 'after or the same, in byte order';

-- company_domain operator classes

CREATE OPERATOR CLASS company_domain_ops
	DEFAULT FOR TYPE company_domain USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 company_domain_cmp(company_domain, company_domain),
	FUNCTION 2 _company_domain_sortsupport(internal),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS company_domain_ops USING btree IS
	'byte order; equal domains are equal bytes, so indexes deduplicate';

CREATE OPERATOR CLASS company_domain_ops
	DEFAULT FOR TYPE company_domain USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 company_domain_hash(company_domain),
	FUNCTION 2 company_domain_hash_extended(company_domain, bigint);
COMMENT ON OPERATOR CLASS company_domain_ops USING hash IS
	'hash of the bytes; for hash joins, hash indexes and hash partitions';

-- company_domain aggregates

CREATE AGGREGATE min(domain company_domain) (
	SFUNC = _company_domain_smaller, STYPE = company_domain, COMBINEFUNC = _company_domain_smaller,
	SORTOP = <, PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(company_domain) IS
	'first domain in byte order; NULL without any';

CREATE AGGREGATE max(domain company_domain) (
	SFUNC = _company_domain_larger, STYPE = company_domain, COMBINEFUNC = _company_domain_larger,
	SORTOP = >, PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(company_domain) IS
	'last domain in byte order; NULL without any';
