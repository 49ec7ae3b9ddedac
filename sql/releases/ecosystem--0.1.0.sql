-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ecosystem" to load this file. \quit

-- The extension is trusted, so whoever may create objects in the database may
-- install it, and this script runs as a superuser.  Nothing may wait in the
-- schema that could be found before ours, and nobody may add to it meanwhile.
-- Who owns the schema does not matter, since a dump makes it before it makes
-- the extension.  Its owner can add to it whatever its rights say: against that,
-- every body in this script names what it means, so that nothing else matches.
DO LANGUAGE plpgsql $check$
DECLARE
	stranger pg_catalog.text;
	creator pg_catalog.text;
BEGIN
	SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) INTO stranger
	FROM   pg_catalog.pg_depend d
	JOIN   pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) d.refobjid
	WHERE  n.nspname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name
	AND    d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
	AND    d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	LIMIT  1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'schema "ecosystem" is not empty',
			DETAIL  = pg_catalog.concat('It holds ', stranger, '.'),
			HINT    = 'Move or drop what is in it, then run CREATE EXTENSION ecosystem again.';
	END IF;

	SELECT CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'::pg_catalog.text
			ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text) END INTO creator
	FROM   pg_catalog.pg_extension e
	JOIN   pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
	CROSS  JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
	LEFT   JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
	WHERE  e.extname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name
	AND    a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text
	AND    a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	AND    a.grantee OPERATOR(pg_catalog.<>) e.extowner
	AND    r.rolsuper IS NOT TRUE
	ORDER  BY a.grantee
	LIMIT  1::pg_catalog.int8;
	IF creator IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'others may create objects in schema "ecosystem"',
			DETAIL  = pg_catalog.concat(creator, ' has CREATE on it, and could add to it what this script would run.'),
			HINT    = pg_catalog.concat('Run CREATE SCHEMA IF NOT EXISTS ecosystem, then REVOKE CREATE ON SCHEMA ecosystem FROM ', creator,
				', then CREATE EXTENSION ecosystem again.');
	END IF;
END
$check$;

-- Pure functions, and published targets: no right is gained by seeing them.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

-- ecosystem: the module itself

CREATE FUNCTION ecosystem_version() RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_version() IS
	'version of the loaded ecosystem library';
-- moment: when something happened, at a time or on a day

CREATE TYPE moment;

CREATE FUNCTION moment_in(cstring) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_in(cstring) IS
	'text input of moment: a day as 2026-01-05, a time as 2026-01-05 10:00:00+00; without an offset it is UTC, whatever the session says';

CREATE FUNCTION moment_out(moment) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_out(moment) IS
	'text output of moment: ISO 8601, times in UTC';

CREATE FUNCTION moment_recv(internal) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_recv(internal) IS
	'binary input of moment';

CREATE FUNCTION moment_send(moment) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_send(moment) IS
	'binary output of moment';

-- Of the size and the bits of a timestamptz where it is a time.
CREATE TYPE moment (
	INPUT = moment_in, OUTPUT = moment_out,
	RECEIVE = moment_recv, SEND = moment_send,
	LIKE = pg_catalog.timestamptz
);
COMMENT ON TYPE moment IS
	'when something happened: a time, or a day where only the date is known; what functions take that compare times, in any mixture of date, timestamptz and timestamp (read as UTC). Where one of two is a day, both are compared by their UTC day; nothing depends on the time zone of the session';

CREATE FUNCTION moment(day date) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'moment_from_date';
COMMENT ON FUNCTION moment(date) IS
	'the day, as a moment that has no time';

CREATE CAST (date AS moment) WITH FUNCTION moment(date) AS IMPLICIT;
COMMENT ON CAST (date AS moment) IS
	'a date is a day, not its midnight';

CREATE CAST (timestamptz AS moment) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (timestamptz AS moment) IS
	'the time';

CREATE CAST (timestamp AS moment) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (timestamp AS moment) IS
	'the time, read as UTC';

-- moment operators

CREATE FUNCTION moment_eq(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_eq(moment, moment) IS
	'implementation of = operator';

CREATE FUNCTION moment_ne(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_ne(moment, moment) IS
	'implementation of <> operator';

CREATE FUNCTION moment_lt(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_lt(moment, moment) IS
	'implementation of < operator';

CREATE FUNCTION moment_le(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_le(moment, moment) IS
	'implementation of <= operator';

CREATE FUNCTION moment_gt(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_gt(moment, moment) IS
	'implementation of > operator';

CREATE FUNCTION moment_ge(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_ge(moment, moment) IS
	'implementation of >= operator';

CREATE FUNCTION moment_cmp(moment, moment) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_cmp(moment, moment) IS
	'order of two moments, for sorting: a day comes before its times';

CREATE FUNCTION moment_hash(moment) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_hash(moment) IS
	'hash of a moment';

CREATE FUNCTION moment_hash_extended(moment, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_hash_extended(moment, bigint) IS
	'hash of a moment with a seed';

CREATE OPERATOR = (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (moment, moment) IS 'the same day or the same time';

CREATE OPERATOR <> (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (moment, moment) IS 'not: the same day or the same time';

CREATE OPERATOR < (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (moment, moment) IS 'sorts before';

CREATE OPERATOR <= (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (moment, moment) IS 'sorts before or is the same';

CREATE OPERATOR > (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (moment, moment) IS 'sorts after';

CREATE OPERATOR >= (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (moment, moment) IS 'sorts after or is the same';

CREATE OPERATOR CLASS moment_ops DEFAULT FOR TYPE moment USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 moment_cmp(moment, moment);
COMMENT ON OPERATOR CLASS moment_ops USING btree IS
	'lets moments be sorted, as in DISTINCT within an aggregate: by day, a day before its times';

CREATE OPERATOR CLASS moment_hash_ops DEFAULT FOR TYPE moment USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 moment_hash(moment),
	FUNCTION 2 moment_hash_extended(moment, bigint);
COMMENT ON OPERATOR CLASS moment_hash_ops USING hash IS
	'lets moments be grouped by';

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
-- company_name: the key by which a company's name is compared

-- company_name functions

CREATE FUNCTION company_name_key(name text, country text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_key(text, text) IS
	'what of a company''s name counts: lower-case letters and digits without accents, punctuation and legal form (The Coca-Cola Company becomes cocacola); country, a code or a name, adds that country''s legal forms; NULL where the name is NULL or unusable, company_name_problem says why';

CREATE FUNCTION company_name_parts(
	name text, country text DEFAULT NULL,
	OUT key text, OUT country text, OUT legal_form text, OUT aliases text[])
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_parts(text, text) IS
	'the parts of a company''s name: its key; the country given or else named in parentheses, as a two-letter code; the legal forms taken off; the keys of other names (dba, formerly, aka ...), an empty array where there are none; key, legal_form and aliases are NULL where the name is unusable';

CREATE FUNCTION company_name_problem(name text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_problem(text) IS
	'why a name has no key: empty, too_long (over 2,048 bytes of UTF-8), no_letters, placeholder (n/a, test, unknown ...), not_ascii (in a database of encoding SQL_ASCII), not_convertible (to or from UTF-8); NULL where it has one';
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
-- company_resolution: records of many sources, and the companies they are records of

-- company_resolution type

CREATE TYPE company_resolution;

CREATE FUNCTION company_resolution_in(cstring) RETURNS company_resolution
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_in(cstring) IS 'reads the text form of a company_resolution';

CREATE FUNCTION company_resolution_out(company_resolution) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_out(company_resolution) IS 'writes a company_resolution as hexadecimal digits';

CREATE FUNCTION company_resolution_recv(internal) RETURNS company_resolution
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_recv(internal) IS 'receives a company_resolution in binary';

CREATE FUNCTION company_resolution_send(company_resolution) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_send(company_resolution) IS 'sends a company_resolution in binary';

-- Not compressed: it is large, read as a whole, and mostly once.
CREATE TYPE company_resolution (
	INPUT = company_resolution_in,
	OUTPUT = company_resolution_out,
	RECEIVE = company_resolution_recv,
	SEND = company_resolution_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE company_resolution IS
	'which records are one company, by what, and what became of known companies; company_resolution_agg() makes it, resolved() reads it';

-- company_resolution aggregates

-- The state is internal, and no public type, since the records of a large
-- resolution may pass the gigabyte that a value can have.  There is no combine
-- function: all work is done at the end, when all records are there, and partial
-- states would be these records, handed over for more than was saved.

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint, integer) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint, integer) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_final(internal) RETURNS company_resolution
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'company_resolution_final';
COMMENT ON FUNCTION _company_resolution_final(internal) IS
	'final function of company_resolution_agg()';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity) IS
	'which records are one company: the table or partner a record is from, its id there, its keys (NULL: none); rows of one record count as one with the keys of all; a NULL source or record_id is an error';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity, known_company bigint) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity, bigint) IS
	'which records are one company, which had the id known_company before (NULL: a new record), so that companies keep their ids; a row with nothing but known_company keeps new ids above it';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity, known_company bigint, hub_limit integer) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity, bigint, integer) IS
	'which records are one company; a key is not used whose records have more than hub_limit different names, or deciding ids of a register, or, for a name, domains, none of them that of half of them; NULL is 50; one value for all rows';

-- company_resolution functions

CREATE FUNCTION records(resolution company_resolution) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_records';
COMMENT ON FUNCTION records(company_resolution) IS 'number of records that were resolved';

CREATE FUNCTION companies(resolution company_resolution) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_companies';
COMMENT ON FUNCTION companies(company_resolution) IS 'number of companies the records are of';

CREATE FUNCTION resolved(resolution company_resolution, OUT source text, OUT record_id text, OUT company_id bigint,
		OUT match_level text, OUT matched_key text, OUT cluster_size bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolved(company_resolution) IS
	'every record once, with its company''s id and number of records, and the strongest key it shares with another record of its company (NULL: it is the only one); in the order of source and record_id by bytes';

CREATE FUNCTION resolution_merges(resolution company_resolution, OUT company_id bigint, OUT merged_into bigint, OUT records bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_merges(company_resolution) IS
	'known companies whose records are now together with those of another known company, under its id, and how many of their records are';

CREATE FUNCTION resolution_splits(resolution company_resolution, OUT company_id bigint, OUT split_into bigint, OUT records bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_splits(company_resolution) IS
	'known companies whose records are now in several companies: a row for each of these, also for the one that keeps the id, and how many of their records it has';

CREATE FUNCTION resolution_hub_keys(resolution company_resolution, OUT level text, OUT key text, OUT records bigint, OUT sources bigint,
		OUT names bigint, OUT ids bigint, OUT domains bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_hub_keys(company_resolution) IS
	'keys that were not used because they stand for several companies: their records and sources, and how many different names, deciding ids (of the register with most) and domains these records have';

CREATE FUNCTION resolution_conflicts(resolution company_resolution, OUT level text, OUT key text,
		OUT source text, OUT record_id text, OUT company_id bigint,
		OUT other_source text, OUT other_record_id text, OUT other_company_id bigint, OUT reason text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_conflicts(company_resolution) IS
	'records that hold a common key and are different companies all the same, because their companies'' ids or domains differ';
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
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_set_accum';
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
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, text, text, numeric) IS
	'the matrix with one row, given its population, company, its record and value; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_integer';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, bigint, text, numeric) IS
	'the matrix with one row, given its population, company, its record and value; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain) IS
	'the matrix with one row, given its population, company; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
COMMENT ON FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text) IS
	'the matrix with one row, given its population, company, its record; a NULL matrix is the empty one';

CREATE FUNCTION _overlap_matrix_accum(overlap_matrix, text, company_domain, text, numeric) RETURNS overlap_matrix
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'overlap_matrix_accum_text';
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
-- apportion: splits an amount by weights, exactly

-- apportion functions

CREATE FUNCTION apportion(amount numeric, weights numeric[], minor_digits int DEFAULT 2)
	RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'apportion_array';
COMMENT ON FUNCTION apportion(numeric, numeric[], int) IS
	'splits an amount in proportion to the weights into whole minor units (cents by default) that sum to the amount exactly; largest remainders get the left-over units, earlier positions first';

CREATE FUNCTION apportion(amount numeric, weight numeric, minor_digits int DEFAULT 2)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'apportion_window';
COMMENT ON FUNCTION apportion(numeric, numeric, int) IS
	'window function: this row''s part of the amount that all rows of the partition share by weight; the parts sum to the amount exactly; NULL amount gives NULL, a NULL weight counts as zero';
-- credit_model: a parsed, validated attribution rule

-- credit_model type

CREATE TYPE credit_model;

CREATE FUNCTION credit_model_in(cstring) RETURNS credit_model
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_in(cstring) IS 'reads a credit model';

CREATE FUNCTION credit_model_out(credit_model) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_out(credit_model) IS 'writes a credit model in its canonical form';

CREATE FUNCTION credit_model_recv(internal) RETURNS credit_model
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_recv(internal) IS 'receives a credit model in binary';

CREATE FUNCTION credit_model_send(credit_model) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_send(credit_model) IS 'sends a credit model in binary';

CREATE TYPE credit_model (
	INPUT = credit_model_in,
	OUTPUT = credit_model_out,
	RECEIVE = credit_model_recv,
	SEND = credit_model_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE credit_model IS
	'a rule, agreed beforehand, that says who gets what share of a deal: role_split(sourcing=40, ...), linear, first_touch, last_touch, u_shaped, w_shaped, full_path, time_decay, engagement, source_wins, primary_only, with their options';

-- credit_model operators

CREATE FUNCTION credit_model_eq(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_eq(credit_model, credit_model) IS 'implementation of = operator';

CREATE FUNCTION credit_model_ne(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_ne(credit_model, credit_model) IS 'implementation of <> operator';

CREATE FUNCTION credit_model_lt(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_lt(credit_model, credit_model) IS 'implementation of < operator';

CREATE FUNCTION credit_model_le(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_le(credit_model, credit_model) IS 'implementation of <= operator';

CREATE FUNCTION credit_model_gt(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_gt(credit_model, credit_model) IS 'implementation of > operator';

CREATE FUNCTION credit_model_ge(credit_model, credit_model) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_ge(credit_model, credit_model) IS 'implementation of >= operator';

CREATE OPERATOR = (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (credit_model, credit_model) IS 'the same rule';

CREATE OPERATOR <> (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (credit_model, credit_model) IS 'not the same rule';

CREATE OPERATOR < (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (credit_model, credit_model) IS 'before, by canonical text';

CREATE OPERATOR <= (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (credit_model, credit_model) IS 'before or the same, by canonical text';

CREATE OPERATOR > (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (credit_model, credit_model) IS 'after, by canonical text';

CREATE OPERATOR >= (
	LEFTARG = credit_model, RIGHTARG = credit_model, FUNCTION = credit_model_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (credit_model, credit_model) IS 'after or the same, by canonical text';

-- credit_model operator classes

CREATE FUNCTION credit_model_cmp(credit_model, credit_model) RETURNS int
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_cmp(credit_model, credit_model) IS 'less-equal-greater, by canonical text';

CREATE FUNCTION credit_model_hash(credit_model) RETURNS int
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_hash(credit_model) IS 'hash';

CREATE FUNCTION credit_model_hash_extended(credit_model, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_model_hash_extended(credit_model, bigint) IS 'hash with a seed';

CREATE OPERATOR CLASS credit_model_ops DEFAULT FOR TYPE credit_model USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 credit_model_cmp(credit_model, credit_model);
COMMENT ON OPERATOR CLASS credit_model_ops USING btree IS 'credit models by their canonical text';

CREATE OPERATOR CLASS credit_model_ops DEFAULT FOR TYPE credit_model USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 credit_model_hash(credit_model),
	FUNCTION 2 credit_model_hash_extended(credit_model, bigint);
COMMENT ON OPERATOR CLASS credit_model_ops USING hash IS 'credit models, equal or not';
-- credit: who gets what share of one deal

-- credit window functions

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner text,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_text';
COMMENT ON FUNCTION credit(numeric, credit_model, text, text, moment, moment, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner bigint,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_bigint';
COMMENT ON FUNCTION credit(numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner uuid,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_uuid';
COMMENT ON FUNCTION credit(numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

-- deal_credit type

CREATE TYPE deal_credit;

CREATE FUNCTION deal_credit_in(cstring) RETURNS deal_credit
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_in(cstring) IS 'text input of deal_credit';

CREATE FUNCTION deal_credit_out(deal_credit) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_out(deal_credit) IS 'text output of deal_credit: its binary form in hexadecimal';

CREATE FUNCTION deal_credit_recv(internal) RETURNS deal_credit
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_recv(internal) IS 'binary input of deal_credit';

CREATE FUNCTION deal_credit_send(deal_credit) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_send(deal_credit) IS 'binary output of deal_credit';

CREATE TYPE deal_credit (
	INPUT = deal_credit_in, OUTPUT = deal_credit_out,
	RECEIVE = deal_credit_recv, SEND = deal_credit_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_credit IS
	'one deal with its amount, model and touches, made by deal_credit_agg and read by credits';

-- deal_credit operators

CREATE FUNCTION deal_credit_eq(deal_credit, deal_credit) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_eq(deal_credit, deal_credit) IS 'implementation of = operator';

CREATE FUNCTION deal_credit_ne(deal_credit, deal_credit) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_ne(deal_credit, deal_credit) IS 'implementation of <> operator';

CREATE FUNCTION deal_credit_hash(deal_credit) RETURNS int
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_hash(deal_credit) IS 'hash';

CREATE FUNCTION deal_credit_hash_extended(deal_credit, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_hash_extended(deal_credit, bigint) IS 'hash with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_credit, RIGHTARG = deal_credit, FUNCTION = deal_credit_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_credit, deal_credit) IS 'the same amount, model, close and touches';

CREATE OPERATOR <> (
	LEFTARG = deal_credit, RIGHTARG = deal_credit, FUNCTION = deal_credit_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_credit, deal_credit) IS 'not the same';

CREATE OPERATOR CLASS deal_credit_ops DEFAULT FOR TYPE deal_credit USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_credit_hash(deal_credit),
	FUNCTION 2 deal_credit_hash_extended(deal_credit, bigint);
COMMENT ON OPERATOR CLASS deal_credit_ops USING hash IS 'deal credits, equal or not';

-- deal_credit aggregates

CREATE FUNCTION deal_credit_combine(a deal_credit, b deal_credit) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_combine(deal_credit, deal_credit) IS
	'one deal from two parts of its rows; NULL is no rows, and NULL only if both are';

CREATE FUNCTION _deal_credit_final(deal_credit) RETURNS deal_credit
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_final';
COMMENT ON FUNCTION _deal_credit_final(deal_credit) IS 'the value an aggregate returns: its state in order, without spare memory';

CREATE AGGREGATE rollup(credit deal_credit) (
	STYPE = deal_credit, SFUNC = deal_credit_combine, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_credit) IS 'one deal from values that each have part of its rows';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

-- deal_credit functions

CREATE FUNCTION credits(credit deal_credit, OUT partner text, OUT role text, OUT share numeric, OUT amount numeric, OUT reason text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5
	AS 'MODULE_PATHNAME', 'deal_credit_rows';
COMMENT ON FUNCTION credits(deal_credit) IS
	'who gets what of a deal: per touch its share and amount with the reason in words, and with partner NULL what is retained, unattributed or not split; the amounts sum to the deal''s amount, the shares to one';
-- credit_ledger: a whole table of deals and touches credited in one pass

-- credit_ledger type

CREATE TYPE credit_ledger;

CREATE FUNCTION credit_ledger_in(cstring) RETURNS credit_ledger
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_in(cstring) IS 'text input of credit_ledger';

CREATE FUNCTION credit_ledger_out(credit_ledger) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_out(credit_ledger) IS 'text output of credit_ledger: its binary form in hexadecimal, for dumps';

CREATE FUNCTION credit_ledger_recv(internal) RETURNS credit_ledger
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_recv(internal) IS 'binary input of credit_ledger';

CREATE FUNCTION credit_ledger_send(credit_ledger) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_send(credit_ledger) IS 'binary output of credit_ledger';

CREATE TYPE credit_ledger (
	INPUT = credit_ledger_in, OUTPUT = credit_ledger_out,
	RECEIVE = credit_ledger_recv, SEND = credit_ledger_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE credit_ledger IS
	'the deals and touches of a whole table, made by credit_ledger_agg or credit_comparison_agg and read in the same query by ledger and partner_totals';

-- credit_ledger aggregates

CREATE FUNCTION _credit_ledger_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'credit_ledger_combine';
COMMENT ON FUNCTION _credit_ledger_combine(internal, internal) IS 'merges the ledgers of two workers';

CREATE FUNCTION _credit_ledger_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'credit_ledger_serialize';
COMMENT ON FUNCTION _credit_ledger_serialize(internal) IS 'a worker''s ledger as bytes';

CREATE FUNCTION _credit_ledger_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'credit_ledger_deserialize';
COMMENT ON FUNCTION _credit_ledger_deserialize(bytea, internal) IS 'a worker''s ledger from bytes';

CREATE FUNCTION _credit_ledger_final(internal) RETURNS credit_ledger
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'credit_ledger_final';
COMMENT ON FUNCTION _credit_ledger_final(internal) IS 'the ledger that an aggregate returns';

CREATE FUNCTION _credit_ledger_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'credit_ledger_support';
COMMENT ON FUNCTION _credit_ledger_support(internal) IS 'planner support function: brings the Credit Ledger Collect and the Credit Ledger Scan with it, so that a ledger is made straight from what is scanned, and read without a copy of its rows';

-- An id is whatever casts to bigint, uuid or text by itself.  Untyped literals,
-- NULL and parameters are text: for the partner by anycompatible, for the deal,
-- which need not have the partner's type, by an aggregate of its own.

CREATE FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible) IS
	'adds a row to a ledger, without dates; whose deal is a text';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner anycompatible) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, anycompatible) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible, moment, moment) IS
	'adds a row to a ledger, with the times of touch and close; whose deal is a text';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner anycompatible, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, anycompatible, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, text, numeric, credit_model, text, anycompatible, moment, moment, numeric) IS
	'adds a row to a ledger, with the times of touch and close and a weight; whose deal is a text';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner anycompatible, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, anycompatible, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible) IS
	'adds a row to a ledger, without dates; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_ledger_agg(deal anyelement, amount numeric, model credit_model, role text, partner anycompatible) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible, moment, moment) IS
	'adds a row to a ledger, with the times of touch and close; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_ledger_agg(deal anyelement, amount numeric, model credit_model, role text, partner anycompatible, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_ledger_accum';
COMMENT ON FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible, moment, moment, numeric) IS
	'adds a row to a ledger, with the times of touch and close and a weight; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_ledger_agg(deal anyelement, amount numeric, model credit_model, role text, partner anycompatible, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = _credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible) IS
	'adds a row to a ledger that compares models, without dates; whose deal is a text';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner anycompatible) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, anycompatible) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible, moment, moment) IS
	'adds a row to a ledger that compares models, with the times of touch and close; whose deal is a text';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner anycompatible, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, anycompatible, moment, moment) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], text, numeric, text, anycompatible, moment, moment, numeric) IS
	'adds a row to a ledger that compares models, with the times of touch and close and a weight; whose deal is a text';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner anycompatible, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, anycompatible, moment, moment, numeric) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible) IS
	'adds a row to a ledger that compares models, without dates; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_comparison_agg(models text[], deal anyelement, amount numeric, role text, partner anycompatible) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], anyelement, numeric, text, anycompatible) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible, moment, moment) IS
	'adds a row to a ledger that compares models, with the times of touch and close; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_comparison_agg(models text[], deal anyelement, amount numeric, role text, partner anycompatible, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], anyelement, numeric, text, anycompatible, moment, moment) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _credit_ledger_support AS 'MODULE_PATHNAME', 'credit_comparison_accum';
COMMENT ON FUNCTION _credit_comparison_accum(internal, text[], anyelement, numeric, text, anycompatible, moment, moment, numeric) IS
	'adds a row to a ledger that compares models, with the times of touch and close and a weight; whose deal is a bigint, a uuid or what casts to one';

CREATE AGGREGATE credit_comparison_agg(models text[], deal anyelement, amount numeric, role text, partner anycompatible, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = _credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = _credit_ledger_combine,
	SERIALFUNC = _credit_ledger_serialize, DESERIALFUNC = _credit_ledger_deserialize,
	FINALFUNC = _credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], anyelement, numeric, text, anycompatible, moment, moment, numeric) IS
	'the same as credit_ledger_agg for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

-- credit_ledger functions

CREATE FUNCTION ledger(ledger credit_ledger, OUT deal text, OUT partner text, OUT role text, OUT occurred_at timestamptz,
		OUT share numeric, OUT amount numeric, OUT reason text, OUT model text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000000 SUPPORT _credit_ledger_support
	AS 'MODULE_PATHNAME', 'credit_ledger_rows';
COMMENT ON FUNCTION ledger(credit_ledger) IS
	'the rows of a ledger: per touch its share and amount with the reason in words; per deal, with partner NULL, what is retained, unattributed or not split; a deal''s amounts sum to its amount';

CREATE FUNCTION ledger_comparison(ledger credit_ledger, OUT deal text, OUT partner text, OUT role text, OUT occurred_at timestamptz, OUT amounts numeric[])
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000000 SUPPORT _credit_ledger_support
	AS 'MODULE_PATHNAME', 'credit_ledger_comparison';
COMMENT ON FUNCTION ledger_comparison(credit_ledger) IS
	'per touch what each model credits, in the order of the models given to credit_comparison_agg (without these one amount, by the deal''s model); per deal, with partner NULL, what goes to no partner by each model, null where nothing does; each place of the array sums to the deal''s amount';

CREATE FUNCTION partner_totals(ledger credit_ledger, OUT partner text, OUT deals bigint, OUT amount numeric, OUT reason text, OUT model text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000 SUPPORT _credit_ledger_support
	AS 'MODULE_PATHNAME', 'credit_ledger_totals';
COMMENT ON FUNCTION partner_totals(credit_ledger) IS
	'what a ledger credits to each partner, and on how many deals it has a touch; with partner NULL what no partner is credited with, by reason; the amounts sum to that of all deals (for each model, where several are compared)';

CREATE FUNCTION model_comparison(ledger credit_ledger, OUT partner text, OUT model text, OUT deals bigint, OUT amount numeric,
		OUT share numeric, OUT rank bigint, OUT difference numeric)
	RETURNS SETOF record
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.partner, t.model, t.deals, t.amount,
	       pg_catalog.round(t.amount OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(t.amount) OVER (PARTITION BY t.model), 0::pg_catalog.numeric), 6::pg_catalog.int4),
	       pg_catalog.rank() OVER (PARTITION BY t.model ORDER BY t.amount DESC NULLS LAST),
	       t.amount OPERATOR(pg_catalog.-) pg_catalog.first_value(t.amount) OVER (PARTITION BY t.partner ORDER BY t.place)
	FROM   @extschema@.partner_totals(ledger) WITH ORDINALITY t(partner, deals, amount, reason, model, place)
	WHERE  t.partner IS NOT NULL
	ORDER  BY t.place;
END;
COMMENT ON FUNCTION model_comparison(credit_ledger) IS
	'partners by models, of a ledger of credit_comparison_agg: the amount each model credits to each partner, its share of what the model credits to partners, its rank, and the difference from the first model';
-- removal_effect: how much would be won without a partner

-- removal_effect type

CREATE TYPE removal_effect;

CREATE FUNCTION removal_effect_in(cstring) RETURNS removal_effect
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_in(cstring) IS
	'reads the text form of a removal_effect';

CREATE FUNCTION removal_effect_out(removal_effect) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_out(removal_effect) IS
	'writes a removal_effect as "partner">"partner"=wins:losses:amount won';

CREATE FUNCTION removal_effect_recv(internal) RETURNS removal_effect
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_recv(internal) IS
	'reads the binary form of a removal_effect';

CREATE FUNCTION removal_effect_send(removal_effect) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_send(removal_effect) IS
	'writes the binary form of a removal_effect';

CREATE TYPE removal_effect (
	INPUT = removal_effect_in, OUTPUT = removal_effect_out,
	RECEIVE = removal_effect_recv, SEND = removal_effect_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE removal_effect IS
	'paths of partners with their wins, losses and amount won: what removal effects are computed from';

-- removal_effect operators

CREATE FUNCTION removal_effect_eq(removal_effect, removal_effect) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_eq(removal_effect, removal_effect) IS
	'implementation of = operator';

CREATE FUNCTION removal_effect_ne(removal_effect, removal_effect) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_ne(removal_effect, removal_effect) IS
	'implementation of <> operator';

CREATE FUNCTION removal_effect_hash(removal_effect) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_hash(removal_effect) IS
	'hash of a removal_effect';

CREATE FUNCTION removal_effect_hash_extended(removal_effect, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_hash_extended(removal_effect, bigint) IS
	'hash of a removal_effect with a seed';

CREATE OPERATOR = (
	LEFTARG = removal_effect, RIGHTARG = removal_effect, FUNCTION = removal_effect_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (removal_effect, removal_effect) IS
	'the same paths with the same wins, losses and amounts';

CREATE OPERATOR <> (
	LEFTARG = removal_effect, RIGHTARG = removal_effect, FUNCTION = removal_effect_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (removal_effect, removal_effect) IS
	'not: the same paths with the same wins, losses and amounts';

CREATE OPERATOR CLASS removal_effect_hash_ops DEFAULT FOR TYPE removal_effect USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 removal_effect_hash(removal_effect),
	FUNCTION 2 removal_effect_hash_extended(removal_effect, bigint);
COMMENT ON OPERATOR CLASS removal_effect_hash_ops USING hash IS
	'lets removal_effect be grouped by, as in DISTINCT and UNION';

-- removal_effect functions

CREATE FUNCTION removal_effects(journeys removal_effect, markov_order integer DEFAULT 1,
		OUT partner text, OUT removal_effect double precision, OUT credited_wins numeric, OUT credited_value numeric,
		OUT deals bigint, OUT wins bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effects(removal_effect, integer) IS
	'by partner, the share (0 to 1) of the probability to win that goes without the partner, by the Markov chain of the paths; markov_order, 1 to 3, is how many partners back a deal remembers; wins and the amount won divided by these effects, exactly; a row without a partner for deals nobody touched';

CREATE FUNCTION win_probability(journeys removal_effect) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION win_probability(removal_effect) IS
	'share, 0 to 1, of the decided deals with partners that were won; NULL where there are none';

CREATE FUNCTION undecided(journeys removal_effect) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION undecided(removal_effect) IS
	'rows that were neither won nor lost, and are not looked at';

-- removal_effect aggregates

CREATE FUNCTION _removal_effect_accum(removal_effect, text[], boolean, numeric) RETURNS removal_effect
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'removal_effect_accum';
COMMENT ON FUNCTION _removal_effect_accum(removal_effect, text[], boolean, numeric) IS
	'removal_effect with one more deal: path, won, amount';

CREATE FUNCTION _removal_effect_accum(
		removal_effect, text[], bigint, bigint, numeric) RETURNS removal_effect
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'removal_effect_accum_counts';
COMMENT ON FUNCTION _removal_effect_accum(removal_effect, text[], bigint, bigint, numeric) IS
	'removal_effect with more deals of one list of partners: path, wins, losses, amount won';

CREATE FUNCTION removal_effect_combine(a removal_effect, b removal_effect) RETURNS removal_effect
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION removal_effect_combine(removal_effect, removal_effect) IS
	'two values of different deals as one; NULL adds nothing';

CREATE FUNCTION _removal_effect_final(removal_effect) RETURNS removal_effect
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'removal_effect_final';
COMMENT ON FUNCTION _removal_effect_final(removal_effect) IS
	'the value in its canonical form';

CREATE AGGREGATE removal_effect_agg(path text[], won boolean, amount numeric) (
	SFUNC = _removal_effect_accum, STYPE = removal_effect, SSPACE = 1024, FINALFUNC = _removal_effect_final,
	COMBINEFUNC = removal_effect_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE removal_effect_agg(text[], boolean, numeric) IS
	'deals by their partners, a row each: the partners of a deal in the order they came (NULL or empty: nobody), whether it was won (NULL: not decided, counted apart), its amount (NULL or lost: none)';

CREATE AGGREGATE removal_effect_agg(path text[], wins bigint, losses bigint, amount numeric) (
	SFUNC = _removal_effect_accum, STYPE = removal_effect, SSPACE = 1024, FINALFUNC = _removal_effect_final,
	COMBINEFUNC = removal_effect_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE removal_effect_agg(text[], bigint, bigint, numeric) IS
	'deals by their partners, counted before: the partners of a deal in the order they came, how many were won, how many lost (NULL: none), the amount of those won';

CREATE AGGREGATE rollup(journeys removal_effect) (
	SFUNC = removal_effect_combine, STYPE = removal_effect, SSPACE = 1024, FINALFUNC = _removal_effect_final,
	COMBINEFUNC = removal_effect_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(removal_effect) IS
	'values of different deals (quarters, regions, shards) as one; NULL adds nothing';
-- shapley: what each partner adds, on average over all orders of joining

-- shapley type

CREATE TYPE shapley;

CREATE FUNCTION shapley_in(cstring) RETURNS shapley
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_in(cstring) IS
	'reads the text form of a shapley';

CREATE FUNCTION shapley_out(shapley) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_out(shapley) IS
	'writes a shapley as "partner"+"partner"=wins:losses:amount won';

CREATE FUNCTION shapley_recv(internal) RETURNS shapley
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_recv(internal) IS
	'reads the binary form of a shapley';

CREATE FUNCTION shapley_send(shapley) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_send(shapley) IS
	'writes the binary form of a shapley';

CREATE TYPE shapley (
	INPUT = shapley_in, OUTPUT = shapley_out,
	RECEIVE = shapley_recv, SEND = shapley_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE shapley IS
	'sets of partners with their wins, losses and amount won: what Shapley values are computed from';

-- shapley operators

CREATE FUNCTION shapley_eq(shapley, shapley) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_eq(shapley, shapley) IS
	'implementation of = operator';

CREATE FUNCTION shapley_ne(shapley, shapley) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_ne(shapley, shapley) IS
	'implementation of <> operator';

CREATE FUNCTION shapley_hash(shapley) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_hash(shapley) IS
	'hash of a shapley';

CREATE FUNCTION shapley_hash_extended(shapley, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_hash_extended(shapley, bigint) IS
	'hash of a shapley with a seed';

CREATE OPERATOR = (
	LEFTARG = shapley, RIGHTARG = shapley, FUNCTION = shapley_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (shapley, shapley) IS
	'the same partners with the same wins, losses and amounts';

CREATE OPERATOR <> (
	LEFTARG = shapley, RIGHTARG = shapley, FUNCTION = shapley_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (shapley, shapley) IS
	'not: the same partners with the same wins, losses and amounts';

CREATE OPERATOR CLASS shapley_hash_ops DEFAULT FOR TYPE shapley USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 shapley_hash(shapley),
	FUNCTION 2 shapley_hash_extended(shapley, bigint);
COMMENT ON OPERATOR CLASS shapley_hash_ops USING hash IS
	'lets shapley be grouped by, as in DISTINCT and UNION';

-- shapley functions

CREATE FUNCTION shapley_values(teams shapley, game text DEFAULT 'revenue', samples integer DEFAULT 2000, seed bigint DEFAULT 1,
		OUT partner text, OUT value double precision, OUT standard_error double precision, OUT credited_value numeric,
		OUT deals bigint, OUT wins bigint, OUT reason text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_values(shapley, text, integer, bigint) IS
	'by partner, what joining adds on average over all orders: game revenue, in currency, or win_rate, 0 to 1, above that of deals without partners; exact for revenue and up to 20 partners, else of so many random orders with a standard error; the amount won divided by the values above zero, exactly; rows without a partner for what partners did not win or none earned';

CREATE FUNCTION undecided(teams shapley) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'shapley_undecided';
COMMENT ON FUNCTION undecided(shapley) IS
	'rows that were neither won nor lost, and are not looked at';

-- shapley aggregates

CREATE FUNCTION _shapley_accum(shapley, text[], boolean, numeric) RETURNS shapley
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'shapley_accum';
COMMENT ON FUNCTION _shapley_accum(shapley, text[], boolean, numeric) IS
	'shapley with one more deal: partners, won, amount';

CREATE FUNCTION _shapley_accum(
		shapley, text[], bigint, bigint, numeric) RETURNS shapley
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'shapley_accum_counts';
COMMENT ON FUNCTION _shapley_accum(shapley, text[], bigint, bigint, numeric) IS
	'shapley with more deals of one list of partners: partners, wins, losses, amount won';

CREATE FUNCTION shapley_combine(a shapley, b shapley) RETURNS shapley
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION shapley_combine(shapley, shapley) IS
	'two values of different deals as one; NULL adds nothing';

CREATE FUNCTION _shapley_final(shapley) RETURNS shapley
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'shapley_final';
COMMENT ON FUNCTION _shapley_final(shapley) IS
	'the value in its canonical form';

CREATE AGGREGATE shapley_agg(partners text[], won boolean, amount numeric) (
	SFUNC = _shapley_accum, STYPE = shapley, SSPACE = 1024, FINALFUNC = _shapley_final,
	COMBINEFUNC = shapley_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_agg(text[], boolean, numeric) IS
	'deals by their partners, a row each: the partners of a deal (NULL or empty: nobody), whether it was won (NULL: not decided, counted apart), its amount (NULL or lost: none)';

CREATE AGGREGATE shapley_agg(partners text[], wins bigint, losses bigint, amount numeric) (
	SFUNC = _shapley_accum, STYPE = shapley, SSPACE = 1024, FINALFUNC = _shapley_final,
	COMBINEFUNC = shapley_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_agg(text[], bigint, bigint, numeric) IS
	'deals by their partners, counted before: the partners of a deal, how many were won, how many lost (NULL: none), the amount of those won';

CREATE AGGREGATE rollup(teams shapley) (
	SFUNC = shapley_combine, STYPE = shapley, SSPACE = 1024, FINALFUNC = _shapley_final,
	COMBINEFUNC = shapley_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(shapley) IS
	'values of different deals (quarters, regions, shards) as one; NULL adds nothing';
-- target: every target and threshold the field states, with its source, and verdicts
--
-- The targets are rows of a table, so that users add their own, and each function
-- is one query on a few of these rows.  Rates are compared, not computed here.
-- A value that its metric cannot have is refused, since a percentage would else be
-- the best of all shares.
--
-- The table is configuration: rows of users are dumped with the database,
-- those that come with the extension are not, and are replaced by its updates.

CREATE FUNCTION possible_values(unit text, lowest numeric, highest numeric) RETURNS numrange
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.numrange(
		COALESCE(lowest, CASE WHEN unit OPERATOR(pg_catalog.=) ANY (ARRAY['share', 'ratio', 'variation', 'count', 'integrations per customer',
			'minutes', 'hours', 'days', 'weeks', 'months', 'quarters', 'years']::pg_catalog.text[]) THEN 0::pg_catalog.numeric END),
		COALESCE(highest, CASE WHEN unit OPERATOR(pg_catalog.=) 'share'::pg_catalog.text THEN 1::pg_catalog.numeric END),
		'[]'::pg_catalog.text);
COMMENT ON FUNCTION possible_values(text, numeric, numeric) IS
	'values that a metric can have: from lowest to highest, which are where NULL those of its unit: 0 to 1 for shares, from 0 for ratios, counts and durations; a unit of your own has no limits but those given';

CREATE TABLE target (
	metric   text NOT NULL CHECK (metric OPERATOR(pg_catalog.<>) ''::pg_catalog.text),
	kind     text NOT NULL DEFAULT 'target',
	range    numrange NOT NULL CHECK (NOT pg_catalog.isempty(range)),
	unit     text NOT NULL CHECK (unit OPERATOR(pg_catalog.<>) ''::pg_catalog.text),
	lowest   numeric CHECK (lowest OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric),
	highest  numeric CHECK (highest OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric),
	better   text,
	verdict  text,
	source   text NOT NULL,
	sentence text,
	builtin  boolean NOT NULL DEFAULT false,
	PRIMARY KEY (metric, kind, range, builtin),
	CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['target', 'band', 'benchmark']::pg_catalog.text[])),
	CHECK (better OPERATOR(pg_catalog.=) ANY (ARRAY['higher', 'lower', 'inside']::pg_catalog.text[])),
	CHECK ((kind OPERATOR(pg_catalog.=) 'target'::pg_catalog.text) OPERATOR(pg_catalog.=) (better IS NOT NULL)),
	CHECK ((kind OPERATOR(pg_catalog.=) 'band'::pg_catalog.text) OPERATOR(pg_catalog.=) (verdict IS NOT NULL)),
	CONSTRAINT target_lowest_is_below_highest CHECK (lowest OPERATOR(pg_catalog.<=) highest),
	CONSTRAINT target_limits_are_possible_values CHECK (
		COALESCE(pg_catalog.lower(range) OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric
			AND @extschema@.possible_values(unit, lowest, highest) OPERATOR(pg_catalog.@>) pg_catalog.lower(range), true)
		AND COALESCE(pg_catalog.upper(range) OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric
			AND @extschema@.possible_values(unit, lowest, highest) OPERATOR(pg_catalog.@>) pg_catalog.upper(range), true))
);
COMMENT ON TABLE target IS
	'targets and thresholds of metrics with their sources; insert rows of your own to replace the built-in ones of a metric';
COMMENT ON COLUMN target.metric IS 'metric the row is about, such as influenced_pipeline_share';
COMMENT ON COLUMN target.kind IS
	'target: what is to be reached; band: a range of values and the words for it; benchmark: a figure that a source reports';
COMMENT ON COLUMN target.range IS 'range of values, shares from 0 to 1; [ and ] include the limit, ( and ) do not';
COMMENT ON COLUMN target.unit IS 'unit of the values: share, ratio, days, count ...; possible_values() says which limits the unit has';
COMMENT ON COLUMN target.lowest IS
	'lowest value that the metric can have, -Infinity for none; NULL: as its unit says, 0 for shares, ratios, counts and durations';
COMMENT ON COLUMN target.highest IS
	'highest value that the metric can have, Infinity for none; NULL: as its unit says, 1 for shares';
COMMENT ON COLUMN target.better IS
	'of a target: higher or lower values are better, so that beyond the range it is met as well, or only those inside are';
COMMENT ON COLUMN target.verdict IS 'of a band: what verdict() says of a value in it';
COMMENT ON COLUMN target.source IS 'who says so: author, title, date';
COMMENT ON COLUMN target.sentence IS 'the sentence of the source; NULL where it leaves the range open and this extension filled it';
COMMENT ON COLUMN target.builtin IS 'the row came with the extension; leave it false in rows of your own, others are not dumped';

SELECT pg_catalog.pg_extension_config_dump('target', 'WHERE NOT builtin');

-- The table belongs to whoever the script runs as.  The installer sets targets,
-- and so does the owner of the schema: that is who installed it before a dump,
-- which a superuser restores.
GRANT SELECT ON target TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON target TO @extowner@ WITH GRANT OPTION;
DO LANGUAGE plpgsql $grant$
BEGIN
	EXECUTE (SELECT pg_catalog.format('GRANT INSERT, UPDATE, DELETE ON @extschema@.target TO %I WITH GRANT OPTION'::pg_catalog.text,
	                                  pg_catalog.pg_get_userbyid(n.nspowner))
	         FROM   pg_catalog.pg_namespace n
	         WHERE  n.nspname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name);
END
$grant$;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Forecastable: Ecosystem-Involved vs Ecosystem-Led Explained (2026)', true
FROM  (VALUES
	('influenced_revenue_share'::pg_catalog.text, 'benchmark'::pg_catalog.text, '[0.6,0.6]'::pg_catalog.numrange, 'share'::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, 'A company reports that sixty percent of its closed revenue is partner-influenced and calls itself ecosystem-led.'::pg_catalog.text),
	('time_to_live_motion_days', 'target', '[0,30]', 'days', 'lower', NULL, 'Whether starting with a single sales team or a single partner, any co-sell motion can be live within 30 days.'),
	('led_revenue_share', 'band', '[0,0]', 'share', NULL, 'ecosystem-involved, not led', 'The company is ecosystem-involved at scale, which is good, and it is not ecosystem-led.'),
	('led_revenue_share', 'band', '(0,)', 'share', NULL, 'a led segment', 'The contrast is a company with a smaller influenced number and a clear ecosystem-led segment: a defined slice of pipeline that is sourced, selected, and run through partners on purpose.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Covant: Ecosystem-Led Growth: How to Build a Partner Ecosystem That Drives Compounding Revenue (2026-03-09)', true
FROM  (VALUES
	('influenced_pipeline_share'::pg_catalog.text, 'target'::pg_catalog.text, '[0.4,0.6]'::pg_catalog.numrange, 'share'::pg_catalog.text, 'higher'::pg_catalog.text, NULL::pg_catalog.text, 'Target: 40-60% of total pipeline.'::pg_catalog.text),
	('influenced_pipeline_share', 'band', '(,0.2)', 'share', NULL, 'a partner program, not an ecosystem', 'If ecosystem influence is below 20%, you have a partner program, not an ecosystem.'),
	('influenced_pipeline_share', 'band', '[0.4,0.5]', 'share', NULL, 'on target', 'Target: 40-60% of total pipeline.'),
	('influenced_pipeline_share', 'band', '(0.5,)', 'share', NULL, 'primary growth engine', 'If it''s above 50%, your ecosystem is working as a primary growth engine.'),
	('influenced_revenue_share', 'target', '[0.4,0.6]', 'share', 'higher', NULL, 'When your ecosystem touches every lifecycle stage, partner-influenced revenue isn''t 20% of new business - it''s 40-60% of total revenue.'),
	('channel_share_of_new_business', 'benchmark', '[0.2,0.2]', 'share', NULL, NULL, 'When your ecosystem touches every lifecycle stage, partner-influenced revenue isn''t 20% of new business - it''s 40-60% of total revenue.'),
	('co_sell_win_rate_ratio', 'target', '[1.5,2]', 'ratio', 'higher', NULL, 'Healthy ecosystems show 1.5-2x higher win rates on co-sell deals.'),
	('co_sell_win_rate_ratio', 'band', '(,1]', 'ratio', NULL, 'co-sell motions need better targeting or execution', 'If co-sell deals don''t win at a higher rate, your co-sell motions need better targeting or execution - the partnerships aren''t adding enough value to the buyer.'),
	('co_sell_win_rate_ratio', 'band', '[1.5,)', 'ratio', NULL, 'healthy', 'Healthy ecosystems show 1.5-2x higher win rates on co-sell deals.'),
	('co_sell_cycle_reduction', 'target', '[0.3,)', 'share', 'higher', NULL, 'One good data point: ''co-sell deals closed 30% faster and 25% larger than solo deals'' is enough to justify scaling.'),
	('co_sell_amount_increase', 'target', '[0.25,)', 'share', 'higher', NULL, 'One good data point: ''co-sell deals closed 30% faster and 25% larger than solo deals'' is enough to justify scaling.'),
	('partners_per_deal', 'target', '[2,4]', 'count', 'inside', NULL, 'Ecosystem deals regularly involve 2-4 partners.'),
	('sourcing_credit_share', 'target', '[0.4,0.5]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('technical_credit_share', 'target', '[0.15,0.25]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('influencing_credit_share', 'target', '[0.2,0.3]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('ecosystem_depth_month_6', 'benchmark', '[1.2,1.2]', 'integrations per customer', NULL, NULL, 'Track integration adoption: if your average customer uses 1.2 ecosystem integrations at Month 6, you want that at 2.5+ by Month 12.'),
	('ecosystem_depth_month_12', 'target', '[2.5,)', 'integrations per customer', 'higher', NULL, 'Track integration adoption: if your average customer uses 1.2 ecosystem integrations at Month 6, you want that at 2.5+ by Month 12.'),
	('single_to_multi_product_churn_ratio', 'benchmark', '[2,3]', 'ratio', NULL, NULL, 'Single-product customers churn at 2-3x the rate of multi-product customers.'),
	('integrated_churn_reduction', 'target', '[0.3,0.5]', 'share', 'higher', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('integrated_churn_reduction', 'benchmark', '[0.15,0.15]', 'share', NULL, NULL, 'If a partner''s integration reduces churn by 15% across shared customers, that''s attributable value.'),
	('multi_to_single_product_expansion_ratio', 'target', '[2,)', 'ratio', 'higher', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('co_sell_to_other_cac_ratio', 'target', '(,1)', 'ratio', 'lower', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('time_to_value_days_saved', 'benchmark', '[30,30]', 'days', NULL, NULL, 'If a consulting partner''s implementation accelerates time-to-value by 30 days, reducing first-year churn from 12% to 4%, that partner contributed real retention revenue.'),
	('first_year_churn_points_saved', 'benchmark', '[0.08,0.08]', 'share', NULL, NULL, 'If a consulting partner''s implementation accelerates time-to-value by 30 days, reducing first-year churn from 12% to 4%, that partner contributed real retention revenue.'),
	('new_logo_share_of_value', 'benchmark', '[0.4,0.4]', 'share', NULL, NULL, 'If your ELG metrics are all about new logos, you''re missing 60% of the value.'),
	('time_to_activation_days', 'target', '[14,21]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('time_to_activation_days', 'band', '(,21]', 'days', NULL, 'healthy', 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('time_to_activation_days', 'band', '[90,)', 'days', NULL, 'onboarding too slow', 'If activation takes 90 days, your onboarding is too slow and you''re losing the enthusiasm window.'),
	('account_mapping_days', 'target', '[0,1]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('first_target_list_days', 'target', '[0,7]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('first_introduction_days', 'target', '[0,14]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('ecosystem_roi', 'target', '[5,10]', 'ratio', 'higher', NULL, 'Mature ELG programs target 5-10x ROI on ecosystem investment.'),
	('time_to_effect_months', 'benchmark', '[6,12]', 'months', NULL, NULL, 'Ecosystem effects take 6-12 months to materialize.'),
	('launch_mapped_partners', 'target', '[5,5]', 'count', 'inside', NULL, 'Run account mapping with your top 5 partners.'),
	('launch_scored_accounts', 'target', '[50,50]', 'count', 'inside', NULL, 'Identify the top 50 accounts with the highest overlap and deal potential.'),
	('launch_activated_accounts', 'target', '[10,15]', 'count', 'inside', NULL, 'Pick 10-15 for initial co-sell activation.'),
	('scaled_partners', 'target', '[15,25]', 'count', 'inside', NULL, 'Expand from 5 partners to 15-25.'),
	('removal_effect', 'band', '[0,0]', 'change', NULL, 'no ecosystem', 'If removing one partner doesn''t affect any other partner''s performance, there''s no ecosystem.'),
	('partner_to_partner_pipeline', 'band', '(0,)', 'amount', NULL, 'network effects', 'If Partner A is referring deals to Partner B because they share customers, your ecosystem has network effects.'),
	('brokered_introduction_share', 'band', '[1,1]', 'share', NULL, 'a hub-and-spoke program, not an ecosystem', 'If every deal requires your partnership team to broker introductions, you have a hub-and-spoke program, not an ecosystem.'),
	('partner_rank', 'band', '[1,5]', 'rank', NULL, 'strategic', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_rank', 'band', '(5,20]', 'rank', NULL, 'growth', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_rank', 'band', '(20,)', 'rank', NULL, 'long tail', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_pipeline_influence', 'benchmark', '[0.15,0.15]', 'share', NULL, NULL, 'A tech partner whose integration is used by 200 of your customers and influences 15% of pipeline deserves different investment than a partner with 3 shared customers and zero pipeline influence.'),
	('shared_customers', 'benchmark', '[200,200]', 'count', NULL, NULL, 'A tech partner whose integration is used by 200 of your customers and influences 15% of pipeline deserves different investment than a partner with 3 shared customers and zero pipeline influence.'),
	('network_connections_of_50th_partner', 'benchmark', '[49,49]', 'count', NULL, NULL, 'The 50th partner in an ecosystem is exponentially more valuable than the 50th partner in a channel program because they connect to 49 existing nodes.'),
	('manually_coordinated_partners', 'band', '[10,15]', 'count', NULL, 'where companies stall', 'The companies that stall at 10-15 ecosystem partners almost always stall because the manual coordination overhead exceeds the partnership team''s capacity.'),
	('manually_coordinated_partners', 'band', '[25,30)', 'count', NULL, 'requires automation', 'ELG with 25 partners requires automated account mapping, real-time attribution, self-serve partner portals, and programmatic co-sell workflows.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Buckles, Forecastable: Ecosystem Partnerships: What They Are, How They Work (2026)', true
FROM  (VALUES
	('manually_coordinated_partners'::pg_catalog.text, 'band'::pg_catalog.text, '(,10)'::pg_catalog.numrange, 'count'::pg_catalog.text, NULL::pg_catalog.text, 'manual exchanges work'::pg_catalog.text, 'Crossbeam, and equivalent platforms produce the layer at scale; manual exchanges work below 10 partners and break above.'::pg_catalog.text),
	('working_set_partners', 'target', '[5,10]', 'count', 'inside', NULL, 'Working set of 5 to 10 partners running the deal-layer cadence cleanly.'),
	('ecosystem_partners', 'target', '[30,100]', 'count', 'inside', NULL, 'The broader ecosystem can include 30 to 100 partners, but most of that breadth runs on the relationship layer only.'),
	('joint_accounts_of_partner', 'target', '[8,15]', 'count', 'higher', NULL, 'Audit the partner list against the working-set test: for each partner, can you name 8 to 15 specific accounts you are pursuing jointly this quarter?'),
	('joint_accounts_of_partner', 'band', '(,8)', 'count', NULL, 'rolodex', 'The partners who fail are your rolodex.'),
	('joint_accounts_of_partner', 'band', '[8,15]', 'count', NULL, 'working set', 'The partners who pass are your real ecosystem.'),
	('bilateral_partners', 'benchmark', '[30,30]', 'count', NULL, NULL, 'Five partners running cleanly in a network model produce more revenue than 30 partners running bilaterally.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Richards: Ecosystem-Led Growth Models for Digital Maturity', true
FROM  (VALUES
	('integrations_of_dense_customer'::pg_catalog.text, 'target'::pg_catalog.text, '[2,)'::pg_catalog.numrange, 'count'::pg_catalog.text, 'higher'::pg_catalog.text, NULL::pg_catalog.text, 'Higher ecosystem density means a customer is using multiple partner integrations.'::pg_catalog.text),
	('leads_given_share', 'band', '[0,0]', 'share', NULL, 'one way', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.'),
	('leads_given_share', 'band', '(0,1)', 'share', NULL, 'both ways', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.'),
	('leads_given_share', 'band', '[1,1]', 'share', NULL, 'one way', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Buckles, Forecastable: Ecosystem-Led Growth (ELG): Why 70% of the Revenue Comes from Execution, Not Tooling (2026)', true
FROM  (VALUES
	('manually_coordinated_partners'::pg_catalog.text, 'band'::pg_catalog.text, '[30,)'::pg_catalog.numrange, 'count'::pg_catalog.text, NULL::pg_catalog.text, 'leaky without a PRM'::pg_catalog.text, 'By partner number 30, a PRM becomes the difference between a manageable program and a leaky one.'::pg_catalog.text),
	('partners_without_prm', 'target', '[0,20]', 'count', 'lower', NULL, 'You can run ELG on a CRM customization and a shared drive for the first 10 to 20 partners.'),
	('maturity_zone', 'band', '[1,1]', 'zone', NULL, 'Spectators', 'Zone 1, Spectators (Red)'),
	('maturity_zone', 'band', '[2,2]', 'zone', NULL, 'Partnering', 'Zone 2, Partnering (Yellow)'),
	('maturity_zone', 'band', '[3,3]', 'zone', NULL, 'Competing', 'Zone 3, Competing (Light Green)'),
	('maturity_zone', 'band', '[4,4]', 'zone', NULL, 'Winning', 'Zone 4, Winning (Dark Green)'),
	('confidence_in_market_position', 'band', '[3,4]', 'of ten', NULL, 'Spectators or Partnering', 'Confidence stays in the three to four range because the team can''t yet defend the partner-sourced number to a CFO.'),
	('confidence_in_market_position', 'band', '[8,10]', 'of ten', NULL, 'Winning', 'Confidence runs eight to ten.'),
	('arr_to_unlock_zone_2', 'target', '[5000000,10000000]', 'US dollars', 'higher', NULL, 'What unlocks Zone 2: a defensible direct-sales motion at $5M to $10M ARR, plus a partnerships hire who owns a number from day one.'),
	('named_partners', 'target', '[5,)', 'count', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('co_sell_plans', 'target', '[5,)', 'count', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('reps_reached_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('resellers_activated_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('plan_progress', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('pipeline_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('mutual_action_plan_coverage', 'target', '[1,1]', 'share', 'higher', NULL, 'Mutual action plans cover every joint deal.'),
	('archetypes_to_unlock_zone_4', 'target', '[2,)', 'count', 'higher', NULL, 'What unlocks Zone 4: ecosystem orchestration across multiple partner archetypes simultaneously, plus the operational confidence to design joint motions where everyone in the ecosystem benefits, not just the named pair.'),
	('net_new_opportunities_in_six_months', 'benchmark', '[15,15]', 'count', NULL, NULL, 'Six months of dedicated co-sell work produced 15 net-new opportunities, all in the $300K to $400K ARR range, including one Fortune 500 insurance close.'),
	('net_new_opportunity_amount', 'benchmark', '[300000,400000]', 'US dollars', NULL, NULL, 'Six months of dedicated co-sell work produced 15 net-new opportunities, all in the $300K to $400K ARR range, including one Fortune 500 insurance close.'),
	('pipeline_seasonality', 'target', '[0,0]', 'variation', 'lower', NULL, 'The motion eliminated the seasonality that had defined their pipeline for three years.'),
	('producing_reps_in_six_weeks', 'benchmark', '[3,3]', 'count', NULL, NULL, 'Six weeks from the first kickoff to three named reps generating partner-sourced deals on a weekly cadence.'),
	('attributed_arr', 'benchmark', '[4000000,4000000]', 'US dollars', NULL, NULL, 'We have customers running half-broken Crossbeam instances who produce four million dollars in ELG-attributed ARR.'),
	('active_producer_share', 'benchmark', '[0.2,0.2]', 'share', NULL, NULL, 'Five active producers get crowded out by twenty inactive logos.'),
	('months_to_defensible_forecast', 'benchmark', '[12,18]', 'months', NULL, NULL, 'Typically at the 12 to 18 month mark, once five to ten partners have run real joint cycles end to end.'),
	('full_cycle_partners', 'target', '[5,10]', 'count', 'higher', NULL, 'Typically at the 12 to 18 month mark, once five to ten partners have run real joint cycles end to end.'),
	('dashboard_time_share', 'band', '[0.8,)', 'share', NULL, 'produces a dashboard, not pipeline', 'A partnerships team that spends 80% of its week in dashboards and 20% running joint cycles with partners and AEs is going to produce a dashboard, not pipeline.'),
	('sourced_to_influenced_conversion_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'Partner-sourced converts higher and faster.'),
	('influenced_to_direct_win_rate_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'Partner-influenced lifts win rate and velocity on existing direct deals.'),
	('eql_to_cold_conversion_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'EQLs convert higher and faster than cold-sourced leads when the ecosystem motion is operational.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'ecosystem: where the sources name no words or no number', true
FROM  (VALUES
	('influenced_pipeline_share'::pg_catalog.text, 'band'::pg_catalog.text, '[0.2,0.4)'::pg_catalog.numrange, 'share'::pg_catalog.text, NULL::pg_catalog.text, 'developing'::pg_catalog.text, NULL::pg_catalog.text),
	('co_sell_win_rate_ratio', 'band', '(1,1.5)', 'ratio', NULL, 'higher, but below healthy', NULL),
	('time_to_activation_days', 'band', '(21,90)', 'days', NULL, 'slower than healthy', NULL),
	('partner_to_partner_pipeline', 'band', '[0,0]', 'amount', NULL, 'no network effects', NULL),
	('removal_effect', 'band', '(,0)', 'change', NULL, 'partners work together', NULL),
	('brokered_introduction_share', 'band', '[0,1)', 'share', NULL, 'partners introduce each other', NULL),
	('manually_coordinated_partners', 'band', '(15,25)', 'count', NULL, 'beyond manual coordination', NULL),
	('joint_accounts_of_partner', 'band', '(15,)', 'count', NULL, 'working set, with more accounts than can be pursued', NULL),
	('dashboard_time_share', 'band', '[0,0.8)', 'share', NULL, 'below the warning', NULL),
	('days_since_partner_activity', 'band', '[0,90]', 'days', NULL, 'active', NULL),
	('days_since_partner_activity', 'band', '(90,)', 'days', NULL, 'inactive', NULL),
	('registration_idle_days', 'band', '[0,90]', 'days', NULL, 'protected', NULL),
	('registration_idle_days', 'band', '(90,)', 'days', NULL, 'lapsed', NULL)) v;

-- Metrics whose values are not those of their unit: changes may be below 0, those
-- of means, which may be of credit notes, any number.
UPDATE target
SET    lowest = v.lowest, highest = v.highest
FROM  (VALUES
	('co_sell_amount_increase'::pg_catalog.text, '-Infinity'::pg_catalog.numeric, 'Infinity'::pg_catalog.numeric),
	('co_sell_cycle_reduction', '-Infinity', 1),
	('integrated_churn_reduction', '-Infinity', 1),
	('first_year_churn_points_saved', '-1', 1),
	('time_to_value_days_saved', '-Infinity', NULL),
	('ecosystem_roi', '-Infinity', NULL),
	('removal_effect', '-1', 0),
	('partner_rank', 1, NULL),
	('maturity_zone', 1, 4),
	('confidence_in_market_position', 0, 10)) v(metric, lowest, highest)
WHERE  target.metric OPERATOR(pg_catalog.=) v.metric;

-- target functions

-- Not STRICT, and metric_value() a set of one row, since only such functions become
-- part of the plan of those that call them.

CREATE FUNCTION targets_of(metric text) RETURNS SETOF target
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
	SELECT t.*
	FROM   @extschema@.target t
	WHERE  t.metric OPERATOR(pg_catalog.=) targets_of.metric
	AND    (NOT t.builtin OR NOT EXISTS (
		SELECT FROM @extschema@.target own
		WHERE  own.metric OPERATOR(pg_catalog.=) t.metric AND NOT own.builtin));
END;
COMMENT ON FUNCTION targets_of(text) IS
	'the rows of target that are in force for a metric: those of users, where there are any, else the built-in ones; no rows where nobody has defined it';

CREATE FUNCTION _checked_value(name text, value numeric, unit text, lowest numeric, highest numeric, known text[]) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'target_checked_value';
COMMENT ON FUNCTION _checked_value(text, numeric, text, numeric, numeric, text[]) IS
	'the value, if it is from lowest to highest (NULL: no limit); an error if it is not, if it is NaN, and if there is no unit, which an undefined metric has not; the hint is the nearest of the known names';

-- Rows of users that leave open what the values can be have the limits of the
-- built-in ones of the same unit, if there are any.
CREATE FUNCTION metric_value(metric text, value numeric) RETURNS SETOF numeric
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT @extschema@._checked_value(metric_value.metric, metric_value.value, d.unit,
		pg_catalog.lower(@extschema@.possible_values(d.unit, d.lowest, d.highest)),
		pg_catalog.upper(@extschema@.possible_values(d.unit, d.lowest, d.highest)),
		CASE WHEN d.unit IS NULL THEN ARRAY(SELECT DISTINCT t.metric FROM @extschema@.target t) END)
	FROM  (SELECT COALESCE(f.unit, f.builtin_unit) AS unit,
			COALESCE(f.lowest, CASE WHEN f.unit OPERATOR(pg_catalog.<>) f.builtin_unit THEN NULL::pg_catalog.numeric ELSE f.builtin_lowest END) AS lowest,
			COALESCE(f.highest, CASE WHEN f.unit OPERATOR(pg_catalog.<>) f.builtin_unit THEN NULL::pg_catalog.numeric ELSE f.builtin_highest END) AS highest
		FROM  (SELECT pg_catalog.min(t.unit) FILTER (WHERE NOT t.builtin) AS unit, pg_catalog.min(t.unit) FILTER (WHERE t.builtin) AS builtin_unit,
				pg_catalog.min(t.lowest) FILTER (WHERE NOT t.builtin) AS lowest, pg_catalog.min(t.lowest) FILTER (WHERE t.builtin) AS builtin_lowest,
				pg_catalog.max(t.highest) FILTER (WHERE NOT t.builtin) AS highest, pg_catalog.max(t.highest) FILTER (WHERE t.builtin) AS builtin_highest
			FROM   @extschema@.target t
			WHERE  t.metric OPERATOR(pg_catalog.=) metric_value.metric) f) d;
END;
COMMENT ON FUNCTION metric_value(text, numeric) IS
	'the value, if the metric can have it; an error for NaN, for one outside of its possible values, such as a percentage in place of a share or a negative duration, and for a metric that nobody has defined, also where the value is NULL';

CREATE FUNCTION verdict(metric text, value numeric) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN v.value IS NOT NULL THEN (
		SELECT CASE WHEN t.kind OPERATOR(pg_catalog.=) 'band'::pg_catalog.text THEN t.verdict
			ELSE pg_catalog.concat(
				CASE WHEN t.range OPERATOR(pg_catalog.@>) verdict.value
						THEN CASE t.kind WHEN 'target'::pg_catalog.text THEN 'on '::pg_catalog.text ELSE 'at '::pg_catalog.text END
					WHEN t.range OPERATOR(pg_catalog.>>) pg_catalog.numrange(verdict.value, verdict.value, '[]'::pg_catalog.text)
						THEN 'below '::pg_catalog.text
					ELSE 'above '::pg_catalog.text END,
				t.kind) END
		FROM   @extschema@.targets_of(verdict.metric) t
		WHERE  t.kind OPERATOR(pg_catalog.<>) 'band'::pg_catalog.text OR t.range OPERATOR(pg_catalog.@>) verdict.value
		ORDER  BY pg_catalog.array_position(ARRAY['band', 'target', 'benchmark']::pg_catalog.text[], t.kind),
		          pg_catalog.lower(t.range) DESC NULLS LAST, t.range DESC
		LIMIT  1) END
		FROM @extschema@.metric_value(verdict.metric, verdict.value) v(value));
COMMENT ON FUNCTION verdict(text, numeric) IS
	'what is to be said of a value of a metric: the words of the band it is in, else on, below or above target, else at, below or above benchmark; NULL for a NULL value, and in none of the bands of a metric that has nothing else; an error for what metric_value() refuses';

CREATE FUNCTION verdict(metric text, value double precision) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN @extschema@.verdict(verdict.metric, verdict.value::pg_catalog.numeric);
COMMENT ON FUNCTION verdict(text, double precision) IS
	'the same of a rate, to 15 digits';

CREATE FUNCTION meets_target(metric text, value numeric) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN v.value IS NOT NULL THEN (
		SELECT pg_catalog.bool_and(t.range OPERATOR(pg_catalog.@>) meets_target.value
			OR (t.better OPERATOR(pg_catalog.=) 'higher'::pg_catalog.text
				AND t.range OPERATOR(pg_catalog.<<) pg_catalog.numrange(meets_target.value, meets_target.value, '[]'::pg_catalog.text))
			OR (t.better OPERATOR(pg_catalog.=) 'lower'::pg_catalog.text
				AND t.range OPERATOR(pg_catalog.>>) pg_catalog.numrange(meets_target.value, meets_target.value, '[]'::pg_catalog.text)))
		FROM   @extschema@.targets_of(meets_target.metric) t
		WHERE  t.kind OPERATOR(pg_catalog.=) 'target'::pg_catalog.text) END
		FROM @extschema@.metric_value(meets_target.metric, meets_target.value) v(value));
COMMENT ON FUNCTION meets_target(text, numeric) IS
	'whether a value of a metric meets its target, or is beyond it to the better side; NULL for a NULL value, and where there are only bands and benchmarks; an error for what metric_value() refuses';

CREATE FUNCTION meets_target(metric text, value double precision) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN @extschema@.meets_target(meets_target.metric, meets_target.value::pg_catalog.numeric);
COMMENT ON FUNCTION meets_target(text, double precision) IS
	'the same of a rate, to 15 digits';

CREATE VIEW target_in_force AS
SELECT t.metric, t.kind, pg_catalog.lower(t.range) AS low, pg_catalog.upper(t.range) AS high,
       pg_catalog.lower_inc(t.range) AS low_included, pg_catalog.upper_inc(t.range) AS high_included,
       t.unit, t.better, t.verdict, t.source, t.sentence, t.builtin,
       pg_catalog.lower(@extschema@.possible_values(t.unit, t.lowest, t.highest)) AS lowest,
       pg_catalog.upper(@extschema@.possible_values(t.unit, t.lowest, t.highest)) AS highest
FROM  (SELECT DISTINCT a.metric FROM @extschema@.target a) m, @extschema@.targets_of(m.metric) t;
COMMENT ON VIEW target_in_force IS
	'the targets, bands and benchmarks in force, a row each: those of users for a metric that has any, else the built-in ones';
COMMENT ON COLUMN target_in_force.metric IS 'metric the row is about';
COMMENT ON COLUMN target_in_force.kind IS 'target, band or benchmark';
COMMENT ON COLUMN target_in_force.low IS 'lower limit of the range; NULL: none';
COMMENT ON COLUMN target_in_force.high IS 'upper limit of the range; NULL: none';
COMMENT ON COLUMN target_in_force.low_included IS 'whether the lower limit belongs to the range';
COMMENT ON COLUMN target_in_force.high_included IS 'whether the upper limit belongs to the range';
COMMENT ON COLUMN target_in_force.unit IS 'unit of the limits';
COMMENT ON COLUMN target_in_force.better IS 'of a target: whether higher or lower values are better, or those inside';
COMMENT ON COLUMN target_in_force.verdict IS 'of a band: the words for it';
COMMENT ON COLUMN target_in_force.source IS 'who says so';
COMMENT ON COLUMN target_in_force.sentence IS 'the sentence that says so; NULL where the source leaves the range open';
COMMENT ON COLUMN target_in_force.builtin IS 'whether it came with the extension';
COMMENT ON COLUMN target_in_force.lowest IS 'lowest value that the metric can have by this row; NULL: none';
COMMENT ON COLUMN target_in_force.highest IS 'highest value that the metric can have by this row; NULL: none';
GRANT SELECT ON target_in_force TO PUBLIC;
-- deal_motion: involved or led, four axes with their evidence

-- led_rule type

CREATE TYPE led_rule;

CREATE FUNCTION led_rule_in(cstring) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_in(cstring) IS
	'reads a led_rule: the axes joined by "+", then name=value, each separated by a comma';

CREATE FUNCTION led_rule_out(led_rule) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_out(led_rule) IS
	'writes a led_rule with every parameter';

CREATE FUNCTION led_rule_recv(internal) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_recv(internal) IS
	'reads the binary form of a led_rule';

CREATE FUNCTION led_rule_send(led_rule) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_send(led_rule) IS
	'writes the binary form of a led_rule';

CREATE TYPE led_rule (
	INPUT = led_rule_in, OUTPUT = led_rule_out,
	RECEIVE = led_rule_recv, SEND = led_rule_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE led_rule IS
	'what a deal must show to count as led: the axes that must be on time, and how long before or after opening their evidence still is';

CREATE FUNCTION led_rule(axes text DEFAULT 'sourcing+selection+motion+intent',
						 motion_within interval DEFAULT '14 days',
						 sourced_within interval DEFAULT '90 days',
						 recorded_within interval DEFAULT '14 days',
						 passive_counts boolean DEFAULT false) RETURNS led_rule
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'led_rule_make';
COMMENT ON FUNCTION led_rule(text, interval, interval, interval, boolean) IS
	'a led_rule: the axes that must be on time, joined by "+" and with intent among them; how long after opening the joint motion may start, how long before opening sourcing may lie, how long after opening evidence may be written down; whether passive kinds count as touches. A day is 24 hours, months are an error, and so is NULL';

-- led_rule operators

CREATE FUNCTION led_rule_eq(led_rule, led_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_eq(led_rule, led_rule) IS
	'implementation of = operator';

CREATE FUNCTION led_rule_ne(led_rule, led_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_ne(led_rule, led_rule) IS
	'implementation of <> operator';

CREATE FUNCTION led_rule_hash(led_rule) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_hash(led_rule) IS
	'hash of a led_rule';

CREATE FUNCTION led_rule_hash_extended(led_rule, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_hash_extended(led_rule, bigint) IS
	'hash of a led_rule with a seed';

CREATE OPERATOR = (
	LEFTARG = led_rule, RIGHTARG = led_rule, FUNCTION = led_rule_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (led_rule, led_rule) IS
	'the same rule';

CREATE OPERATOR <> (
	LEFTARG = led_rule, RIGHTARG = led_rule, FUNCTION = led_rule_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (led_rule, led_rule) IS
	'not: the same rule';

CREATE OPERATOR CLASS led_rule_hash_ops DEFAULT FOR TYPE led_rule USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 led_rule_hash(led_rule),
	FUNCTION 2 led_rule_hash_extended(led_rule, bigint);
COMMENT ON OPERATOR CLASS led_rule_hash_ops USING hash IS
	'lets led_rule be grouped by, as in DISTINCT and UNION';

-- deal_motion type

CREATE TYPE deal_motion;

CREATE FUNCTION deal_motion_in(cstring) RETURNS deal_motion
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_in(cstring) IS
	'reads the text form of a deal_motion';

CREATE FUNCTION deal_motion_out(deal_motion) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_out(deal_motion) IS
	'writes the text form of a deal_motion, times in UTC';

CREATE FUNCTION deal_motion_recv(internal) RETURNS deal_motion
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_recv(internal) IS
	'reads the binary form of a deal_motion';

CREATE FUNCTION deal_motion_send(deal_motion) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_send(deal_motion) IS
	'writes the binary form of a deal_motion';

CREATE TYPE deal_motion (
	INPUT = deal_motion_in, OUTPUT = deal_motion_out,
	RECEIVE = deal_motion_recv, SEND = deal_motion_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_motion IS
	'what partners did about one deal and when: by axis the earliest evidence on time and what came nearest to it, and counts of touches; 192 bytes';

-- deal_motion operators

CREATE FUNCTION deal_motion_eq(deal_motion, deal_motion) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_eq(deal_motion, deal_motion) IS
	'implementation of = operator';

CREATE FUNCTION deal_motion_ne(deal_motion, deal_motion) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_ne(deal_motion, deal_motion) IS
	'implementation of <> operator';

CREATE FUNCTION deal_motion_hash(deal_motion) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_hash(deal_motion) IS
	'hash of a deal_motion';

CREATE FUNCTION deal_motion_hash_extended(deal_motion, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_hash_extended(deal_motion, bigint) IS
	'hash of a deal_motion with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_motion, RIGHTARG = deal_motion, FUNCTION = deal_motion_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_motion, deal_motion) IS
	'the same deal, judged by the same rule, with the same evidence';

CREATE OPERATOR <> (
	LEFTARG = deal_motion, RIGHTARG = deal_motion, FUNCTION = deal_motion_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_motion, deal_motion) IS
	'not: the same deal, judged by the same rule, with the same evidence';

CREATE OPERATOR CLASS deal_motion_hash_ops DEFAULT FOR TYPE deal_motion USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_motion_hash(deal_motion),
	FUNCTION 2 deal_motion_hash_extended(deal_motion, bigint);
COMMENT ON OPERATOR CLASS deal_motion_hash_ops USING hash IS
	'lets deal_motion be grouped by, as in DISTINCT and UNION';

-- deal_motion functions

CREATE FUNCTION involvement(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_involvement';
COMMENT ON FUNCTION involvement(deal_motion) IS
	'class of the deal: direct (no partner), covered (only passive records), unproven (touches, but all undated or after the close), involved (touched, not led) or led';

CREATE FUNCTION origin(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_origin';
COMMENT ON FUNCTION origin(deal_motion) IS
	'where the deal came from: partner_sourced (a referral, introduction or registration on time), ecosystem_sourced (other sourcing on time), partner_influenced (touched, not sourced) or unpartnered';

CREATE FUNCTION led_axes(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_led_axes';
COMMENT ON FUNCTION led_axes(deal_motion) IS
	'axes that have evidence on time, whether the rule asks for them or not';

CREATE FUNCTION missing_axes(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_missing_axes';
COMMENT ON FUNCTION missing_axes(deal_motion) IS
	'axes that the rule asks for and that have no evidence on time; empty for a led deal';

CREATE FUNCTION missing_reasons(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_missing_reasons';
COMMENT ON FUNCTION missing_reasons(deal_motion) IS
	'for each of missing_axes(), in its order, why the evidence that came nearest does not count: late, after the close, recorded late, too early, deal without opening date, undated or no evidence';

CREATE FUNCTION motion_score(motion deal_motion) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_score';
COMMENT ON FUNCTION motion_score(deal_motion) IS
	'how many of the four axes have evidence on time, 0 to 4';

CREATE FUNCTION touches(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_touches';
COMMENT ON FUNCTION touches(deal_motion) IS
	'partner touches of the deal, dated or not, before or after the close; passive records are not touches';

CREATE FUNCTION undated(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_undated';
COMMENT ON FUNCTION undated(deal_motion) IS
	'touches without a date, which prove nothing';

CREATE FUNCTION touches_after_close(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_after_close';
COMMENT ON FUNCTION touches_after_close(deal_motion) IS
	'touches dated after the close, which prove nothing';

CREATE FUNCTION passive_records(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_passive';
COMMENT ON FUNCTION passive_records(deal_motion) IS
	'records of an overlap or an installed integration, dated or not; 0 where the rule counts them as touches';

CREATE FUNCTION first_touch(motion deal_motion) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_first_touch';
COMMENT ON FUNCTION first_touch(deal_motion) IS
	'time of the earliest dated touch, before or after the close; midnight UTC where the touches have dates only; NULL without a dated touch';

CREATE FUNCTION last_touch(motion deal_motion) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_last_touch';
COMMENT ON FUNCTION last_touch(deal_motion) IS
	'time of the latest dated touch, before or after the close; midnight UTC where the touches have dates only; NULL without a dated touch';

CREATE FUNCTION rule(motion deal_motion) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_rule';
COMMENT ON FUNCTION rule(deal_motion) IS
	'the rule the deal was judged by; NULL where no row was seen';

CREATE FUNCTION explanation(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'deal_motion_explanation';
COMMENT ON FUNCTION explanation(deal_motion) IS
	'one plain sentence saying why the deal counts as it does; days are UTC';

CREATE FUNCTION motion_kinds(OUT kind text, OUT axis text, OUT passive boolean, OUT partner_sourced boolean)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 18 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION motion_kinds() IS
	'kinds of touch that deal_motion_agg knows: the axis each is evidence of (NULL: none), whether it is a passive record, whether it makes a deal partner_sourced. Any other kind is a touch without an axis';

-- deal_motion aggregates

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at, recorded_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment, led_rule) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment, led_rule) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at, recorded_at, rule';

CREATE FUNCTION deal_motion_combine(a deal_motion, b deal_motion) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_combine(deal_motion, deal_motion) IS
	'two parts of one deal as one, as in ON CONFLICT DO UPDATE; a NULL part adds nothing, parts of different deals or rules are an error';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment) IS
	'the motion of an open deal, from its touches: kind of touch (NULL: no touch, as a LEFT JOIN gives), when it occurred (NULL: undated, proves nothing), when the deal was opened (NULL: no axis can be proven); times are date, timestamptz, or timestamp as UTC, and where one of two is a date their UTC days are compared';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment) IS
	'the motion of a deal, from its touches; closed_at is NULL for an open deal, and touches after it never count; where it is a date, a touch on the day of the close is before it';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment, recorded_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment, moment) IS
	'the motion of a deal, from its touches; evidence written down (recorded_at) too long after opening is late, however it is dated; NULL: not known when';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment, recorded_at moment, rule led_rule) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment, moment, led_rule) IS
	'the motion of a deal, from its touches, judged by a rule of one''s own; NULL: the default rule';

CREATE AGGREGATE rollup(motion deal_motion) (
	SFUNC = deal_motion_combine, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_motion) IS
	'parts of one deal (from shards or periods) as one; NULL parts add nothing, parts of different deals or rules are an error';
-- involvement_summary: the share of deals that partners touched, and the share they led

-- involvement_summary type

CREATE TYPE involvement_summary;

CREATE FUNCTION involvement_summary_in(cstring) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_in(cstring) IS
	'reads the text form of an involvement_summary';

CREATE FUNCTION involvement_summary_out(involvement_summary) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_out(involvement_summary) IS
	'writes an involvement_summary as class/origin/outcome=deals:without amount:amount';

CREATE FUNCTION involvement_summary_recv(internal) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_recv(internal) IS
	'reads the binary form of an involvement_summary';

CREATE FUNCTION involvement_summary_send(involvement_summary) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_send(involvement_summary) IS
	'writes the binary form of an involvement_summary';

CREATE TYPE involvement_summary (
	INPUT = involvement_summary_in, OUTPUT = involvement_summary_out,
	RECEIVE = involvement_summary_recv, SEND = involvement_summary_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE involvement_summary IS
	'deals and their amounts by class, origin and outcome: what the shares of touched and led deals are read from; 1160 bytes';

-- involvement_summary operators

CREATE FUNCTION involvement_summary_eq(involvement_summary, involvement_summary) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_eq(involvement_summary, involvement_summary) IS
	'implementation of = operator';

CREATE FUNCTION involvement_summary_ne(involvement_summary, involvement_summary) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_ne(involvement_summary, involvement_summary) IS
	'implementation of <> operator';

CREATE FUNCTION involvement_summary_hash(involvement_summary) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_hash(involvement_summary) IS
	'hash of an involvement_summary';

CREATE FUNCTION involvement_summary_hash_extended(involvement_summary, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_hash_extended(involvement_summary, bigint) IS
	'hash of an involvement_summary with a seed';

CREATE OPERATOR = (
	LEFTARG = involvement_summary, RIGHTARG = involvement_summary, FUNCTION = involvement_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (involvement_summary, involvement_summary) IS
	'the same numbers and amounts of deals in every class, origin and outcome';

CREATE OPERATOR <> (
	LEFTARG = involvement_summary, RIGHTARG = involvement_summary, FUNCTION = involvement_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (involvement_summary, involvement_summary) IS
	'not: the same numbers and amounts of deals in every class, origin and outcome';

CREATE OPERATOR CLASS involvement_summary_hash_ops DEFAULT FOR TYPE involvement_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 involvement_summary_hash(involvement_summary),
	FUNCTION 2 involvement_summary_hash_extended(involvement_summary, bigint);
COMMENT ON OPERATOR CLASS involvement_summary_hash_ops USING hash IS
	'lets involvement_summary be grouped by, as in DISTINCT and UNION';

-- involvement_summary functions

CREATE FUNCTION involvement_summary(summary involvement_summary,
		OUT scope text, OUT measure text, OUT total numeric, OUT touched numeric, OUT led numeric, OUT gap numeric,
		OUT touched_share numeric, OUT led_share numeric, OUT gap_share numeric,
		OUT partner_sourced numeric, OUT ecosystem_sourced numeric, OUT partner_influenced numeric,
		OUT unproven numeric, OUT covered numeric, OUT direct numeric, OUT unpriced bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'involvement_summary_rows';
COMMENT ON FUNCTION involvement_summary(involvement_summary) IS
	'ten rows, for won, lost, open, unknown and all deals, by deals and by amount: touched, led and the gap with their shares of the total (NULL where it is 0); what partners sourced, what the ecosystem sourced (partners included) and what was touched and not sourced by a partner; the three classes that are not touched; and how many deals have no amount';

CREATE FUNCTION touched_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_touched_share';
COMMENT ON FUNCTION touched_share(involvement_summary, text, text) IS
	'share, 0 to 1, that partners touched before the close, led included; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION led_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_led_share';
COMMENT ON FUNCTION led_share(involvement_summary, text, text) IS
	'share, 0 to 1, that the ecosystem led; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION involvement_gap(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_gap';
COMMENT ON FUNCTION involvement_gap(involvement_summary, text, text) IS
	'share, 0 to 1, that was touched and not led; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION partner_sourced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_partner_sourced_share';
COMMENT ON FUNCTION partner_sourced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that a partner sourced by an act of its own (referral, introduction, registration); with partner_influenced_share it adds up to touched_share; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION ecosystem_sourced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_ecosystem_sourced_share';
COMMENT ON FUNCTION ecosystem_sourced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that was sourced with partners on time, by an act of theirs or by an overlap signal; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION partner_influenced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_partner_influenced_share';
COMMENT ON FUNCTION partner_influenced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that partners touched and did not source; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION led_claim(summary involvement_summary, claimed_share numeric, measure text DEFAULT 'amount',
		scope text DEFAULT 'won', confidence double precision DEFAULT 0.95,
		OUT claimed numeric, OUT touched_share numeric, OUT led_share numeric, OUT holds boolean,
		OUT deals bigint, OUT led_deals bigint, OUT led_low double precision, OUT led_high double precision,
		OUT confuses text, OUT verdict text)
	RETURNS record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_claim(involvement_summary, numeric, text, text, double precision) IS
	'whether the claim to be led by so large a share (0 to 1) holds: the shares touched and led, holds (NULL below ten deals and where there is nothing to judge), the deals and the led ones, Wilson''s interval of the led share by deals, what a claim that does not hold was taken from (touched, sourced or recorded, within five percent points), and a verdict in one sentence';

CREATE FUNCTION deals(summary involvement_summary) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_deals';
COMMENT ON FUNCTION deals(involvement_summary) IS
	'number of deals in the summary';

-- involvement_summary aggregates

CREATE FUNCTION _involvement_summary_accum(involvement_summary, deal_motion, numeric, boolean, boolean) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_accum';
COMMENT ON FUNCTION _involvement_summary_accum(involvement_summary, deal_motion, numeric, boolean, boolean) IS
	'involvement_summary with one more deal: motion, amount, is_won, is_open';

CREATE FUNCTION involvement_summary_combine(a involvement_summary, b involvement_summary) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_combine(involvement_summary, involvement_summary) IS
	'two summaries of different deals as one; NULL adds nothing';

CREATE AGGREGATE involvement_summary_agg(m deal_motion, amount numeric, is_won boolean, is_open boolean) (
	SFUNC = _involvement_summary_accum, STYPE = involvement_summary, SSPACE = 1160,
	COMBINEFUNC = involvement_summary_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE involvement_summary_agg(deal_motion, numeric, boolean, boolean) IS
	'summary of deals by class, origin and outcome: the deal''s motion (NULL: direct), its amount in one currency (NULL: counted without one), whether it is won, whether it is open; neither is lost, and unknown where a NULL leaves that undecided';

CREATE AGGREGATE rollup(summary involvement_summary) (
	SFUNC = involvement_summary_combine, STYPE = involvement_summary, SSPACE = 1160,
	COMBINEFUNC = involvement_summary_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(involvement_summary) IS
	'summaries of different deals (quarters, regions, shards) as one; NULL adds nothing';
-- predictability: how well revenue by period can be foretold, led against merely involved

-- predictability type

CREATE TYPE predictability;

CREATE FUNCTION predictability_in(cstring) RETURNS predictability
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_in(cstring) IS
	'reads the text form of a predictability';

CREATE FUNCTION predictability_out(predictability) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_out(predictability) IS
	'writes a predictability as month=rows:amount:sum of squares (of several rows), then /rows:amount of its forecast';

CREATE FUNCTION predictability_recv(internal) RETURNS predictability
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_recv(internal) IS
	'reads the binary form of a predictability';

CREATE FUNCTION predictability_send(predictability) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_send(predictability) IS
	'writes the binary form of a predictability';

CREATE TYPE predictability (
	INPUT = predictability_in, OUTPUT = predictability_out,
	RECEIVE = predictability_recv, SEND = predictability_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE predictability IS
	'exact sums of amounts and forecasts by month; built by predictability_agg, merged by rollup; 16 bytes and 88 for each month';

-- predictability operators

CREATE FUNCTION predictability_eq(predictability, predictability) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_eq(predictability, predictability) IS
	'implementation of = operator';

CREATE FUNCTION predictability_ne(predictability, predictability) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_ne(predictability, predictability) IS
	'implementation of <> operator';

CREATE FUNCTION predictability_hash(predictability) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_hash(predictability) IS
	'hash of a predictability';

CREATE FUNCTION predictability_hash_extended(predictability, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_hash_extended(predictability, bigint) IS
	'hash of a predictability with a seed';

CREATE OPERATOR = (
	LEFTARG = predictability, RIGHTARG = predictability, FUNCTION = predictability_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (predictability, predictability) IS
	'the same sums in every month';

CREATE OPERATOR <> (
	LEFTARG = predictability, RIGHTARG = predictability, FUNCTION = predictability_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (predictability, predictability) IS
	'not: the same sums in every month';

CREATE OPERATOR CLASS predictability_hash_ops DEFAULT FOR TYPE predictability USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 predictability_hash(predictability),
	FUNCTION 2 predictability_hash_extended(predictability, bigint);
COMMENT ON OPERATOR CLASS predictability_hash_ops USING hash IS
	'lets predictability be grouped by, as in DISTINCT and UNION';

-- predictability functions

CREATE FUNCTION variation(series predictability, period text DEFAULT 'quarter',
		since date DEFAULT '-infinity', before date DEFAULT 'infinity') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_variation';
COMMENT ON FUNCTION variation(predictability, text, date, date) IS
	'coefficient of variation of the totals of periods (month, quarter or year): standard deviation / mean, 0 if all are alike; empty periods between the first and the last, or between since and before, count as 0; NULL below four periods and without a mean above 0';

CREATE FUNCTION forecast_error(series predictability, period text DEFAULT 'quarter',
		since date DEFAULT '-infinity', before date DEFAULT 'infinity') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_forecast_error';
COMMENT ON FUNCTION forecast_error(predictability, text, date, date) IS
	'weighted absolute error of the forecast: sum of |actual - forecast| / sum of actual, by month, quarter or year, from the first period with a forecast to the last that has one and is not after what came; 0 if it was right; NULL below four such periods and where nothing came';

CREATE FUNCTION ignored(series predictability) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_ignored';
COMMENT ON FUNCTION ignored(predictability) IS
	'how many rows had no date, or neither an amount nor a forecast';

CREATE FUNCTION predictability(series predictability, period text DEFAULT 'quarter',
		since date DEFAULT '-infinity', before date DEFAULT 'infinity',
		OUT periods integer, OUT empty_periods integer, OUT total numeric, OUT amounts bigint, OUT variation double precision,
		OUT chance_variation double precision,
		OUT forecast_periods integer, OUT forecast_error double precision, OUT forecast_bias double precision,
		OUT verdict text)
	RETURNS record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'predictability_row';
COMMENT ON FUNCTION predictability(predictability, text, date, date) IS
	'one row: the periods from the first to the last (or from since to before), the empty ones among them, what came, of how many rows, its coefficient of variation, and the one that the same deals would have if they came at random; the periods with a forecast, its error and its bias (above 0: too high), both by what came; and a verdict in one sentence';

CREATE FUNCTION predictability_periods(series predictability, period text DEFAULT 'quarter',
		since date DEFAULT '-infinity', before date DEFAULT 'infinity',
		OUT period_start date, OUT amount numeric, OUT amounts bigint, OUT forecast numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_periods(predictability, text, date, date) IS
	'the periods one by one, empty ones too: first day, what came, of how many rows, and what was forecast (NULL: nothing)';

-- predictability aggregates

CREATE FUNCTION _predictability_accum(predictability, moment, numeric) RETURNS predictability
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_accum';
COMMENT ON FUNCTION _predictability_accum(predictability, moment, numeric) IS
	'predictability with one more row: when, amount';

CREATE FUNCTION _predictability_accum(predictability, moment, numeric, numeric) RETURNS predictability
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_accum';
COMMENT ON FUNCTION _predictability_accum(predictability, moment, numeric, numeric) IS
	'predictability with one more row: when, amount, forecast';

CREATE FUNCTION predictability_combine(a predictability, b predictability) RETURNS predictability
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION predictability_combine(predictability, predictability) IS
	'the sums of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

CREATE FUNCTION _predictability_final(predictability) RETURNS predictability
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'predictability_final';
COMMENT ON FUNCTION _predictability_final(predictability) IS
	'the value an aggregate returns: its state without spare memory';

CREATE AGGREGATE predictability_agg(closed_at moment, amount numeric) (
	SFUNC = _predictability_accum, STYPE = predictability, SSPACE = 1024, INITCOND = 'v1 ignored=0',
	COMBINEFUNC = predictability_combine, FINALFUNC = _predictability_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE predictability_agg(moment, numeric) IS
	'amounts by month (UTC), to see how much they vary; closed_at is date, timestamptz, or timestamp as UTC; rows without it or an amount are counted as ignored';

CREATE AGGREGATE predictability_agg(closed_at moment, amount numeric, forecast numeric) (
	SFUNC = _predictability_accum, STYPE = predictability, SSPACE = 1024, INITCOND = 'v1 ignored=0',
	COMBINEFUNC = predictability_combine, FINALFUNC = _predictability_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE predictability_agg(moment, numeric, numeric) IS
	'amounts and forecasts by month (UTC), to see by how much the forecast was off; a row has either or both (NULL: not this one); rows without a date or with neither are counted as ignored';

CREATE AGGREGATE rollup(series predictability) (
	SFUNC = predictability_combine, STYPE = predictability, SSPACE = 1024, INITCOND = 'v1 ignored=0',
	COMBINEFUNC = predictability_combine, FINALFUNC = _predictability_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(predictability) IS
	'the sums of several groups together, month by month; NULL is nothing';
-- deal_stats: what a group of deals amounts to, as a value that can be merged

CREATE TYPE deal_stats;

CREATE FUNCTION deal_stats_in(cstring) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_in(cstring) IS 'text input of deal_stats';

CREATE FUNCTION deal_stats_out(deal_stats) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_out(deal_stats) IS 'text output of deal_stats';

CREATE FUNCTION deal_stats_recv(internal) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_recv(internal) IS 'binary input of deal_stats';

CREATE FUNCTION deal_stats_send(deal_stats) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_send(deal_stats) IS 'binary output of deal_stats';

CREATE TYPE deal_stats (
	INPUT = deal_stats_in, OUTPUT = deal_stats_out,
	RECEIVE = deal_stats_recv, SEND = deal_stats_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_stats IS
	'statistics of a group of deals: counts and exact amounts by outcome, a histogram of days and one of won amounts; built by deal_stats_agg, merged by rollup';

-- deal_stats functions: what the aggregates are made of

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_accum';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text) IS
	'the statistics with one deal, given its amount and outcome; NULL statistics are the empty ones';

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_accum_moments';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment) IS
	'the statistics with one deal, given its amount, outcome, opening and closing; NULL statistics are the empty ones';

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment, moment) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_accum_moments';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment, moment) IS
	'the statistics with one deal, given its amount, outcome, opening and closing, and up to when open deals were watched; NULL statistics are the empty ones';

CREATE FUNCTION deal_stats_combine(a deal_stats, b deal_stats) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_combine(deal_stats, deal_stats) IS
	'statistics of the deals of both, for ON CONFLICT DO UPDATE; NULL is no deals, and NULL only if both are';

CREATE FUNCTION _deal_stats_final(deal_stats) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_final';
COMMENT ON FUNCTION _deal_stats_final(deal_stats) IS
	'the value an aggregate returns: its state without spare memory';

-- deal_stats aggregates

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text) IS
	'statistics of deals, a row each, from their amount and outcome (won, lost, open; NULL is open); deals without an amount count; no deals give empty statistics. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text, moment, moment) IS
	'statistics of deals, a row each, from their amount, outcome (won, lost, open; NULL is open), and when they opened and closed (date, timestamptz, or timestamp as UTC); days are calendar days (UTC) where one of the two is a date, else whole days of 24 hours; a closed deal without both in order counts, outside the cycle. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text, opened_at moment, closed_at moment, as_of moment) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text, moment, moment, moment) IS
	'the same, where open deals keep the days from opening to as_of as days without an outcome yet. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE rollup(stats deal_stats) (
	STYPE = deal_stats, SFUNC = deal_stats_combine, INITCOND = 'deals=0', SSPACE = 1024,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_stats) IS
	'statistics of all deals of several groups; NULL is no deals; no groups give empty statistics';

-- deal_stats accessors

CREATE FUNCTION deals(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_deals';
COMMENT ON FUNCTION deals(deal_stats) IS
	'how many deals';

CREATE FUNCTION won(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_won';
COMMENT ON FUNCTION won(deal_stats) IS
	'how many deals were won';

CREATE FUNCTION lost(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_lost';
COMMENT ON FUNCTION lost(deal_stats) IS
	'how many deals were lost';

CREATE FUNCTION open(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_open';
COMMENT ON FUNCTION open(deal_stats) IS
	'how many deals are open';

CREATE FUNCTION without_amount(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_without_amount';
COMMENT ON FUNCTION without_amount(deal_stats) IS
	'how many deals, of any outcome, have no amount: they count as deals, and in no amount';

CREATE FUNCTION without_cycle(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_without_cycle';
COMMENT ON FUNCTION without_cycle(deal_stats) IS
	'how many won and lost deals have no cycle, since they lack a date or close before they open: they count as deals, and in no cycle';

CREATE FUNCTION win_rate(stats deal_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_rate';
COMMENT ON FUNCTION win_rate(deal_stats) IS
	'won deals / (won and lost deals), 0 to 1; NULL when none is closed';

CREATE FUNCTION won_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_won_amount';
COMMENT ON FUNCTION won_amount(deal_stats) IS
	'sum of the amounts of won deals, exact; 0 when there are none';

CREATE FUNCTION lost_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_lost_amount';
COMMENT ON FUNCTION lost_amount(deal_stats) IS
	'sum of the amounts of lost deals, exact; 0 when there are none';

CREATE FUNCTION open_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_open_amount';
COMMENT ON FUNCTION open_amount(deal_stats) IS
	'sum of the amounts of open deals, exact; 0 when there are none';

CREATE FUNCTION mean_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_mean_amount';
COMMENT ON FUNCTION mean_amount(deal_stats) IS
	'mean amount of the won deals that have one; NULL when none has';

CREATE FUNCTION mean_cycle(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_mean_cycle';
COMMENT ON FUNCTION mean_cycle(deal_stats) IS
	'mean days from opening to closing of the won deals that have a cycle; NULL when none has';

CREATE FUNCTION amount_quantile(stats deal_stats, q double precision) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_amount_quantile';
COMMENT ON FUNCTION amount_quantile(deal_stats, double precision) IS
	'amount that a share q (0 to 1) of the won deals with an amount do not exceed, within 1 %: percentile_disc of a histogram; NULL when there are none';

CREATE FUNCTION cycle_quantile(stats deal_stats, q double precision) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_cycle_quantile';
COMMENT ON FUNCTION cycle_quantile(deal_stats, double precision) IS
	'days within which a share q (0 to 1) of the won deals with a cycle closed, exact: percentile_disc of the days; NULL when there are none';

CREATE FUNCTION cycle_days(stats deal_stats, OUT outcome text, OUT days integer, OUT deals bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100
	AS 'MODULE_PATHNAME', 'deal_stats_cycle_days';
COMMENT ON FUNCTION cycle_days(deal_stats) IS
	'how many deals took how many days, by outcome; open deals appear where deal_stats_agg was given as_of';

-- deal_stats operators

CREATE FUNCTION deal_stats_eq(deal_stats, deal_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_eq(deal_stats, deal_stats) IS 'implementation of = operator';

CREATE FUNCTION deal_stats_ne(deal_stats, deal_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_ne(deal_stats, deal_stats) IS 'implementation of <> operator';

CREATE FUNCTION deal_stats_hash(deal_stats) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_hash(deal_stats) IS 'hash of a deal_stats';

CREATE FUNCTION deal_stats_hash_extended(deal_stats, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_hash_extended(deal_stats, bigint) IS 'hash of a deal_stats with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_stats, RIGHTARG = deal_stats, FUNCTION = deal_stats_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_stats, deal_stats) IS 'the same statistics';

CREATE OPERATOR <> (
	LEFTARG = deal_stats, RIGHTARG = deal_stats, FUNCTION = deal_stats_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_stats, deal_stats) IS 'not the same statistics';

CREATE OPERATOR CLASS deal_stats_hash_ops DEFAULT FOR TYPE deal_stats USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_stats_hash(deal_stats),
	FUNCTION 2 deal_stats_hash_extended(deal_stats, bigint);
COMMENT ON OPERATOR CLASS deal_stats_hash_ops USING hash IS
	'lets deal_stats be grouped by, as in DISTINCT and UNION';
-- survival: how long customers stay, as a value that can be merged

CREATE TYPE survival;

CREATE FUNCTION survival_in(cstring) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_in(cstring) IS 'text input of survival';

CREATE FUNCTION survival_out(survival) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_out(survival) IS 'text output of survival';

CREATE FUNCTION survival_recv(internal) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_recv(internal) IS 'binary input of survival';

CREATE FUNCTION survival_send(survival) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_send(survival) IS 'binary output of survival';

CREATE TYPE survival (
	INPUT = survival_in, OUTPUT = survival_out,
	RECEIVE = survival_recv, SEND = survival_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE survival IS
	'how many customers were lost, and how many last seen, after what time; built by survival_agg, merged by rollup';

-- survival functions: what the aggregates are made of

CREATE FUNCTION _survival_accum(survival, integer, boolean) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_accum';
COMMENT ON FUNCTION _survival_accum(survival, integer, boolean) IS
	'the customers with one more, given when it was lost or last seen and which of the two; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, integer, integer, boolean) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_accum_entry';
COMMENT ON FUNCTION _survival_accum(survival, integer, integer, boolean) IS
	'the customers with one more, given from when it was observed, when it was lost or last seen and which of the two; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, moment, moment, moment) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_accum_moments';
COMMENT ON FUNCTION _survival_accum(survival, moment, moment, moment) IS
	'the customers with one more, given when it came, when it was lost (NULL: not yet) and up to when it was watched; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, moment, moment, moment, moment) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_accum_moments_entry';
COMMENT ON FUNCTION _survival_accum(survival, moment, moment, moment, moment) IS
	'the customers with one more, given when it came, from when it was observed, when it was lost (NULL: not yet) and up to when it was watched; NULL is no customers';

CREATE FUNCTION survival_combine(a survival, b survival) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_combine(survival, survival) IS
	'the customers of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

CREATE FUNCTION _survival_final(survival) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_final';
COMMENT ON FUNCTION _survival_final(survival) IS
	'the value an aggregate returns: its state without spare memory';

-- survival aggregates

CREATE AGGREGATE survival_agg(exit integer, churned boolean) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(integer, boolean) IS
	'customers by the time until they were lost (churned) or last seen, in whole days, or months, the same for all; rows without either, or a time below 0, are counted as ignored; no rows give no customers';

CREATE AGGREGATE survival_agg(entry integer, exit integer, churned boolean) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(integer, integer, boolean) IS
	'the same for customers observed only after entry, such as the day of their first integration; NULL, 0 and less are from the beginning; an exit that is not after the entry is ignored, and counted';

CREATE AGGREGATE survival_agg(started moment, churned moment, as_of moment) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(moment, moment, moment) IS
	'customers by the days from when they came until they were lost, or until as_of where churned is NULL or later (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); rows without a start or an end, or that end before they start, are counted as ignored';

CREATE AGGREGATE survival_agg(started moment, entry moment, churned moment, as_of moment) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(moment, moment, moment, moment) IS
	'the same for customers observed only after entry, such as their first integration; NULL, and what is not after the start, is from the beginning; who is not there after entry is counted as ignored';

CREATE AGGREGATE rollup(customers survival) (
	STYPE = survival, SFUNC = survival_combine, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survival) IS
	'the customers of several groups together; NULL is nothing; no groups give no customers';

-- survival accessors

CREATE FUNCTION subjects(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_subjects';
COMMENT ON FUNCTION subjects(survival) IS 'how many customers';

CREATE FUNCTION churned(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_churned';
COMMENT ON FUNCTION churned(survival) IS 'how many customers were lost';

CREATE FUNCTION ignored(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_ignored';
COMMENT ON FUNCTION ignored(survival) IS 'how many rows lacked a time or had times out of order';

CREATE FUNCTION time_at_risk(customers survival) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_time_at_risk';
COMMENT ON FUNCTION time_at_risk(survival) IS 'sum of the times for which the customers were observed';

CREATE FUNCTION hazard(customers survival) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_hazard';
COMMENT ON FUNCTION hazard(survival) IS
	'customers lost per unit of time (day) at risk; NULL when the time at risk is 0';

CREATE FUNCTION survival_at(customers survival, duration integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_survival_at';
COMMENT ON FUNCTION survival_at(survival, integer) IS
	'share (0 to 1) that stays longer than a duration, by Kaplan and Meier; NULL beyond the last at which anybody was seen, unless all are lost by then';

CREATE FUNCTION median_survival(customers survival) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_median';
COMMENT ON FUNCTION median_survival(survival) IS
	'duration by which half of the customers are lost, by Kaplan and Meier; the middle where the curve is flat at just a half; NULL when fewer are lost';

CREATE FUNCTION mean_survival(customers survival, until integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_mean';
COMMENT ON FUNCTION mean_survival(survival, integer) IS
	'mean time that a customer stays within the first until (days): the restricted mean, the area under the curve; NULL beyond the last duration at which anybody was seen, unless all are lost by then';

CREATE FUNCTION survival_quantile(customers survival, q double precision, confidence double precision DEFAULT 0.95, limits text DEFAULT 'log',
		OUT duration double precision, OUT lower_limit double precision, OUT upper_limit double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_quantile(survival, double precision, double precision, text) IS
	'duration by which a share q (0 to 1) of the customers is lost, with its limits, from those of the curve (log or log-log); each NULL when the curve does not get there';

CREATE FUNCTION survival_table(customers survival, confidence double precision DEFAULT 0.95, limits text DEFAULT 'log',
		OUT duration integer, OUT at_risk bigint, OUT churned bigint, OUT censored bigint, OUT survival double precision, OUT standard_error double precision,
		OUT lower_limit double precision, OUT upper_limit double precision, OUT cumulative_hazard double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_table(survival, double precision, text) IS
	'the curve of Kaplan and Meier with Greenwood''s standard errors and limits (log or log-log), and that of Nelson and Aalen: a row for each duration at which anybody was lost or last seen; errors and limits are NULL where the curve is 0';

CREATE FUNCTION log_rank(VARIADIC groups survival[], OUT chi_square double precision, OUT df integer, OUT p_value double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'survival_log_rank';
COMMENT ON FUNCTION log_rank(survival[]) IS
	'log-rank test of whether customers of several groups are lost at the same rate: the smaller the p-value, the less likely are such differences by chance; NULL where there is nothing to compare; a NULL group is empty';

CREATE FUNCTION log_rank_groups(VARIADIC groups survival[], OUT group_number integer, OUT subjects bigint, OUT observed bigint, OUT expected double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5 AS 'MODULE_PATHNAME', 'survival_log_rank_groups';
COMMENT ON FUNCTION log_rank_groups(survival[]) IS
	'what the log-rank test compares: of each group, in order, the customers lost, and how many would be if all groups had the same rate';

CREATE FUNCTION churn_reduction(customers survival, others survival, duration integer, confidence double precision DEFAULT 0.95,
		OUT churn double precision, OUT other_churn double precision, OUT reduction double precision,
		OUT lower_limit double precision, OUT upper_limit double precision, OUT p_value double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'survival_churn_reduction';
COMMENT ON FUNCTION churn_reduction(survival, survival, integer, double precision) IS
	'by what share (0 to 1) fewer customers, such as the integrated ones, than others are lost within a duration: 1 - churn / other churn, with its limits, and the p-value of the log-rank test; NULL where one is not observed for so long or no other is lost';

-- survival operators

CREATE FUNCTION survival_eq(survival, survival) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_eq(survival, survival) IS 'implementation of = operator';

CREATE FUNCTION survival_ne(survival, survival) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_ne(survival, survival) IS 'implementation of <> operator';

CREATE FUNCTION survival_hash(survival) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_hash(survival) IS 'hash of a survival';

CREATE FUNCTION survival_hash_extended(survival, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_hash_extended(survival, bigint) IS 'hash of a survival with a seed';

CREATE OPERATOR = (
	LEFTARG = survival, RIGHTARG = survival, FUNCTION = survival_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (survival, survival) IS 'the same durations of as many customers';

CREATE OPERATOR <> (
	LEFTARG = survival, RIGHTARG = survival, FUNCTION = survival_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (survival, survival) IS 'not the same durations of as many customers';

CREATE OPERATOR CLASS survival_hash_ops DEFAULT FOR TYPE survival USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 survival_hash(survival),
	FUNCTION 2 survival_hash_extended(survival, bigint);
COMMENT ON OPERATOR CLASS survival_hash_ops USING hash IS
	'lets survival be grouped by, as in DISTINCT and UNION';
-- revenue_stats: what became of customers' revenue over a period, as a value that can be merged

CREATE TYPE revenue_stats;

CREATE FUNCTION revenue_stats_in(cstring) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_in(cstring) IS 'text input of revenue_stats';

CREATE FUNCTION revenue_stats_out(revenue_stats) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_out(revenue_stats) IS 'text output of revenue_stats';

CREATE FUNCTION revenue_stats_recv(internal) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_recv(internal) IS 'binary input of revenue_stats';

CREATE FUNCTION revenue_stats_send(revenue_stats) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_send(revenue_stats) IS 'binary output of revenue_stats';

CREATE TYPE revenue_stats (
	INPUT = revenue_stats_in, OUTPUT = revenue_stats_out,
	RECEIVE = revenue_stats_recv, SEND = revenue_stats_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE revenue_stats IS
	'exact sums of recurring revenue and counts of customers: at the beginning of a period, gained, lost and new; built by revenue_stats_agg, merged by rollup';

-- revenue_stats functions: what the aggregates are made of

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_accum_closing';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric) IS
	'the statistics with one customer, given its revenue at the beginning and at the end; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, integer) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_accum_closing';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, integer) IS
	'the statistics with one customer, given its revenue at the beginning and at the end, and its integrations; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_accum_changes';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric) IS
	'the statistics with one customer, given its revenue at the beginning, its expansion, contraction and churn; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric, integer) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_accum_changes';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric, integer) IS
	'the statistics with one customer, given its revenue at the beginning, its expansion, contraction, churn and integrations; NULL statistics are the empty ones';

CREATE FUNCTION revenue_stats_combine(a revenue_stats, b revenue_stats) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_combine(revenue_stats, revenue_stats) IS
	'the statistics of the customers of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

-- revenue_stats aggregates

CREATE AGGREGATE revenue_stats_agg(opening_mrr numeric, closing_mrr numeric) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric) IS
	'statistics of customers, a row each, from their recurring revenue at the beginning and at the end of a period; NULL and 0: not a customer then; rows without either are counted as ignored; no rows give empty statistics';

CREATE AGGREGATE revenue_stats_agg(opening_mrr numeric, closing_mrr numeric, integrations integer) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, integer) IS
	'the same, with how many integrations each uses; NULL is unknown';

CREATE AGGREGATE revenue_stats_agg(opening numeric, expansion numeric, contraction numeric, churned numeric) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, numeric, numeric) IS
	'statistics of customers, a row each, from their recurring revenue at the beginning of a period and what it gained and lost in it, all as positive amounts; NULL is 0; who has nothing left is lost; rows without any amount are counted as ignored';

CREATE AGGREGATE revenue_stats_agg(opening numeric, expansion numeric, contraction numeric, churned numeric, integrations integer) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, numeric, numeric, integer) IS
	'the same, with how many integrations each uses; NULL is unknown';

CREATE AGGREGATE rollup(stats revenue_stats) (
	STYPE = revenue_stats, SFUNC = revenue_stats_combine, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(revenue_stats) IS
	'statistics of the customers of several groups together; NULL is nothing; no groups give empty statistics';

-- revenue_stats accessors

CREATE FUNCTION customers(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_customers';
COMMENT ON FUNCTION customers(revenue_stats) IS 'how many customers there were at the beginning';

CREATE FUNCTION churned(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_churned';
COMMENT ON FUNCTION churned(revenue_stats) IS 'how many of them were lost: none of their revenue is left';

CREATE FUNCTION expanded(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expanded';
COMMENT ON FUNCTION expanded(revenue_stats) IS 'how many of those left gained revenue';

CREATE FUNCTION contracted(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_contracted';
COMMENT ON FUNCTION contracted(revenue_stats) IS 'how many of those left lost revenue';

CREATE FUNCTION new_customers(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_new_customers';
COMMENT ON FUNCTION new_customers(revenue_stats) IS
	'how many customers came: they had no revenue at the beginning';

CREATE FUNCTION ignored(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_ignored';
COMMENT ON FUNCTION ignored(revenue_stats) IS 'how many rows had no revenue at all';

CREATE FUNCTION opening_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_opening_amount';
COMMENT ON FUNCTION opening_amount(revenue_stats) IS 'revenue at the beginning, exact';

CREATE FUNCTION expansion_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expansion_amount';
COMMENT ON FUNCTION expansion_amount(revenue_stats) IS 'revenue gained from customers of the beginning, exact';

CREATE FUNCTION contraction_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_contraction_amount';
COMMENT ON FUNCTION contraction_amount(revenue_stats) IS
	'revenue lost from customers who are left, exact; as given, where contraction and churn were given';

CREATE FUNCTION churned_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_churned_amount';
COMMENT ON FUNCTION churned_amount(revenue_stats) IS
	'revenue lost with customers who are lost, exact; as given, where contraction and churn were given';

CREATE FUNCTION new_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_new_amount';
COMMENT ON FUNCTION new_amount(revenue_stats) IS 'revenue of new customers, exact';

CREATE FUNCTION closing_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_closing_amount';
COMMENT ON FUNCTION closing_amount(revenue_stats) IS 'revenue at the end, with that of new customers, exact';

CREATE FUNCTION nrr(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_nrr';
COMMENT ON FUNCTION nrr(revenue_stats) IS
	'net revenue retention: (opening + expansion - contraction - churn) / opening; NULL without opening revenue';

CREATE FUNCTION grr(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_grr';
COMMENT ON FUNCTION grr(revenue_stats) IS
	'gross revenue retention, 0 to 1: the sum of each customer''s smaller end / opening; what a customer lost and gained within the period is no loss; NULL without opening revenue';

CREATE FUNCTION expansion_rate(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expansion_rate';
COMMENT ON FUNCTION expansion_rate(revenue_stats) IS 'expansion / opening revenue; NULL without opening revenue';

CREATE FUNCTION revenue_churn(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_revenue_churn';
COMMENT ON FUNCTION revenue_churn(revenue_stats) IS
	'share (0 to 1) of the opening revenue that is gone at the end, which is 1 - grr; NULL without opening revenue';

CREATE FUNCTION logo_churn(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_logo_churn';
COMMENT ON FUNCTION logo_churn(revenue_stats) IS
	'customers lost / customers at the beginning; NULL when there were none';

CREATE FUNCTION integration_depth(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_depth';
COMMENT ON FUNCTION integration_depth(revenue_stats) IS
	'integrations / customers, of those at the beginning whose integrations are known; NULL when there are none';

CREATE FUNCTION integration_adoption(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_adoption';
COMMENT ON FUNCTION integration_adoption(revenue_stats) IS
	'share (0 to 1) of customers with one integration or more, of those whose integrations are known; NULL when there are none';

CREATE FUNCTION integration_density(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_density';
COMMENT ON FUNCTION integration_density(revenue_stats) IS
	'share (0 to 1) of customers with two integrations or more, of those whose integrations are known; NULL when there are none';

CREATE FUNCTION churn_by_depth(stats revenue_stats, OUT integrations text, OUT customers bigint, OUT churned bigint, OUT logo_churn double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'revenue_stats_by_depth';
COMMENT ON FUNCTION churn_by_depth(revenue_stats) IS
	'customers and those lost by how many integrations they use: none, one, two or more, unknown';

CREATE FUNCTION cltv(stats revenue_stats, gross_margin numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('gross_margin'::pg_catalog.text, gross_margin, 'share'::pg_catalog.text,
			0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) CASE WHEN @extschema@.churned(stats) OPERATOR(pg_catalog.<>) 0::pg_catalog.int8
			THEN @extschema@.opening_amount(stats) END
		OPERATOR(pg_catalog./) @extschema@.churned(stats)::pg_catalog.numeric;
COMMENT ON FUNCTION cltv(revenue_stats, numeric) IS
	'lifetime value of a customer: mean revenue a period * gross margin (0 to 1, else an error) / logo churn a period, as if that churn went on; NULL when nobody was lost';

CREATE FUNCTION cltv(amount numeric, gross_margin numeric, customers survival, until integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('amount'::pg_catalog.text, amount, 'amount'::pg_catalog.text,
			NULL::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) @extschema@._checked_value('gross_margin'::pg_catalog.text, gross_margin, 'share'::pg_catalog.text,
			0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) @extschema@.mean_survival(customers, until)::pg_catalog.numeric;
COMMENT ON FUNCTION cltv(numeric, numeric, survival, integer) IS
	'lifetime value of a customer within the first until (days) by the retention curve: revenue a day * gross margin (0 to 1, else an error) * mean days a customer stays; NULL where the curve does not reach so far';

CREATE FUNCTION retained_revenue(base numeric, churn double precision, other_churn double precision) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('base'::pg_catalog.text, base, 'amount'::pg_catalog.text,
			NULL::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) (@extschema@._checked_value('other_churn'::pg_catalog.text, other_churn::pg_catalog.numeric, 'share'::pg_catalog.text,
				0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
			OPERATOR(pg_catalog.-) @extschema@._checked_value('churn'::pg_catalog.text, churn::pg_catalog.numeric, 'share'::pg_catalog.text,
				0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[]));
COMMENT ON FUNCTION retained_revenue(numeric, double precision, double precision) IS
	'revenue that a lower churn than another keeps: base * (other churn - churn), churn from 0 to 1, else an error; an observation, not an experiment';

-- revenue_stats operators

CREATE FUNCTION revenue_stats_eq(revenue_stats, revenue_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_eq(revenue_stats, revenue_stats) IS 'implementation of = operator';

CREATE FUNCTION revenue_stats_ne(revenue_stats, revenue_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_ne(revenue_stats, revenue_stats) IS 'implementation of <> operator';

CREATE FUNCTION revenue_stats_hash(revenue_stats) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_hash(revenue_stats) IS 'hash of a revenue_stats';

CREATE FUNCTION revenue_stats_hash_extended(revenue_stats, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_hash_extended(revenue_stats, bigint) IS 'hash of a revenue_stats with a seed';

CREATE OPERATOR = (
	LEFTARG = revenue_stats, RIGHTARG = revenue_stats, FUNCTION = revenue_stats_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (revenue_stats, revenue_stats) IS 'the same statistics';

CREATE OPERATOR <> (
	LEFTARG = revenue_stats, RIGHTARG = revenue_stats, FUNCTION = revenue_stats_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (revenue_stats, revenue_stats) IS 'not the same statistics';

CREATE OPERATOR CLASS revenue_stats_hash_ops DEFAULT FOR TYPE revenue_stats USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 revenue_stats_hash(revenue_stats),
	FUNCTION 2 revenue_stats_hash_extended(revenue_stats, bigint);
COMMENT ON OPERATOR CLASS revenue_stats_hash_ops USING hash IS
	'lets revenue_stats be grouped by, as in DISTINCT and UNION';
-- ecosystem_roi: returns against investment, as a value that can be merged

CREATE TYPE ecosystem_roi;

CREATE FUNCTION ecosystem_roi_in(cstring) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_in(cstring) IS 'text input of ecosystem_roi';

CREATE FUNCTION ecosystem_roi_out(ecosystem_roi) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_out(ecosystem_roi) IS 'text output of ecosystem_roi';

CREATE FUNCTION ecosystem_roi_recv(internal) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_recv(internal) IS 'binary input of ecosystem_roi';

CREATE FUNCTION ecosystem_roi_send(ecosystem_roi) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_send(ecosystem_roi) IS 'binary output of ecosystem_roi';

CREATE TYPE ecosystem_roi (
	INPUT = ecosystem_roi_in, OUTPUT = ecosystem_roi_out,
	RECEIVE = ecosystem_roi_recv, SEND = ecosystem_roi_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE ecosystem_roi IS
	'exact sums of returns and of investment, by kind and period; built by ecosystem_roi_agg, merged by rollup';

-- ecosystem_roi functions: what the aggregates are made of

CREATE FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_accum';
COMMENT ON FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric) IS
	'the sums with one amount, given its flow and kind; NULL sums are the empty ones';

CREATE FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric, date) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_accum';
COMMENT ON FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric, date) IS
	'the sums with one amount, given its flow, kind and period; NULL sums are the empty ones';

CREATE FUNCTION ecosystem_roi_combine(a ecosystem_roi, b ecosystem_roi) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_combine(ecosystem_roi, ecosystem_roi) IS
	'the sums of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

CREATE FUNCTION _ecosystem_roi_final(ecosystem_roi) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_final';
COMMENT ON FUNCTION _ecosystem_roi_final(ecosystem_roi) IS
	'the value an aggregate returns: its state without spare memory';

-- ecosystem_roi aggregates

CREATE AGGREGATE ecosystem_roi_agg(flow text, kind text, amount numeric) (
	STYPE = ecosystem_roi, SFUNC = _ecosystem_roi_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = ecosystem_roi_combine, FINALFUNC = _ecosystem_roi_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ecosystem_roi_agg(text, text, numeric) IS
	'sums of amounts by flow (return or investment) and kind (any word; NULL is unspecified); rows without a flow or an amount are counted as ignored; no rows give empty sums';

CREATE AGGREGATE ecosystem_roi_agg(flow text, kind text, amount numeric, period date) (
	STYPE = ecosystem_roi, SFUNC = _ecosystem_roi_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = ecosystem_roi_combine, FINALFUNC = _ecosystem_roi_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ecosystem_roi_agg(text, text, numeric, date) IS
	'sums of amounts by flow (return or investment), kind (any word; NULL is unspecified) and period (usually the first of a month; NULL is undated); rows without a flow or an amount are counted as ignored';

CREATE AGGREGATE rollup(sums ecosystem_roi) (
	STYPE = ecosystem_roi, SFUNC = ecosystem_roi_combine, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = ecosystem_roi_combine, FINALFUNC = _ecosystem_roi_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ecosystem_roi) IS
	'returns and investment of several groups together; NULL is nothing; no groups give empty sums';

-- ecosystem_roi accessors

CREATE FUNCTION returns(sums ecosystem_roi) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_returns';
COMMENT ON FUNCTION returns(ecosystem_roi) IS
	'sum of all returns, exact';

CREATE FUNCTION investment(sums ecosystem_roi) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_investment';
COMMENT ON FUNCTION investment(ecosystem_roi) IS
	'sum of all investment, exact';

CREATE FUNCTION observational_returns(sums ecosystem_roi) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_observational_returns';
COMMENT ON FUNCTION observational_returns(ecosystem_roi) IS
	'the part of the returns that is of kind retained: churn that was avoided, by observation and not by experiment';

CREATE FUNCTION roi(sums ecosystem_roi) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_roi';
COMMENT ON FUNCTION roi(ecosystem_roi) IS
	'returns / investment, the gross ratio: 5 means five back for one spent; NULL when the investment is not above 0';

CREATE FUNCTION roi_net(sums ecosystem_roi) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_roi_net';
COMMENT ON FUNCTION roi_net(ecosystem_roi) IS
	'(returns - investment) / investment: 4 means five back for one spent; NULL when the investment is not above 0';

CREATE FUNCTION payback_months(sums ecosystem_roi) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_payback_months';
COMMENT ON FUNCTION payback_months(ecosystem_roi) IS
	'months from the first investment to the first period up to which the returns are at least the investment; an investment is a sum above 0; NULL when that is never, and when any amount is undated';

CREATE FUNCTION ignored(sums ecosystem_roi) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ecosystem_roi_ignored';
COMMENT ON FUNCTION ignored(ecosystem_roi) IS
	'how many rows had no flow or no amount';

CREATE FUNCTION roi_by_kind(sums ecosystem_roi, OUT flow text, OUT kind text, OUT amount numeric, OUT share double precision,
		OUT observational boolean)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
	AS 'MODULE_PATHNAME', 'ecosystem_roi_by_kind';
COMMENT ON FUNCTION roi_by_kind(ecosystem_roi) IS
	'the amount of each kind of return and of investment, and its share (0 to 1) of its flow, NULL where the flow is not above 0; observational: a saving that was observed and not booked, which is what the kind retained is among returns';

CREATE FUNCTION roi_by_period(sums ecosystem_roi, OUT period date, OUT returns numeric, OUT investment numeric,
		OUT roi double precision, OUT cumulative_returns numeric, OUT cumulative_investment numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12
	AS 'MODULE_PATHNAME', 'ecosystem_roi_by_period';
COMMENT ON FUNCTION roi_by_period(ecosystem_roi) IS
	'returns and investment by period, their ratio (NULL where the investment is not above 0), and both up to that period; what is undated comes last, with a NULL period and no sums up to it';

CREATE FUNCTION cac(investment numeric, won_deals bigint) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN @extschema@._checked_value('won_deals'::pg_catalog.text, won_deals::pg_catalog.numeric, 'count'::pg_catalog.text,
				0::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[]) OPERATOR(pg_catalog.>) 0::pg_catalog.numeric
			AND @extschema@._checked_value('investment'::pg_catalog.text, investment, 'amount'::pg_catalog.text,
				NULL::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[]) OPERATOR(pg_catalog.>=) 0::pg_catalog.numeric
		THEN investment OPERATOR(pg_catalog./) won_deals::pg_catalog.numeric END;
COMMENT ON FUNCTION cac(numeric, bigint) IS
	'cost to acquire a customer: investment / won deals; NULL when none was won and when the investment is below 0; a number of deals below 0 is an error';

-- ecosystem_roi operators

CREATE FUNCTION ecosystem_roi_eq(ecosystem_roi, ecosystem_roi) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_eq(ecosystem_roi, ecosystem_roi) IS 'implementation of = operator';

CREATE FUNCTION ecosystem_roi_ne(ecosystem_roi, ecosystem_roi) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_ne(ecosystem_roi, ecosystem_roi) IS 'implementation of <> operator';

CREATE FUNCTION ecosystem_roi_hash(ecosystem_roi) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_hash(ecosystem_roi) IS 'hash of a ecosystem_roi';

CREATE FUNCTION ecosystem_roi_hash_extended(ecosystem_roi, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION ecosystem_roi_hash_extended(ecosystem_roi, bigint) IS 'hash of a ecosystem_roi with a seed';

CREATE OPERATOR = (
	LEFTARG = ecosystem_roi, RIGHTARG = ecosystem_roi, FUNCTION = ecosystem_roi_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (ecosystem_roi, ecosystem_roi) IS 'the same sums';

CREATE OPERATOR <> (
	LEFTARG = ecosystem_roi, RIGHTARG = ecosystem_roi, FUNCTION = ecosystem_roi_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ecosystem_roi, ecosystem_roi) IS 'not the same sums';

CREATE OPERATOR CLASS ecosystem_roi_hash_ops DEFAULT FOR TYPE ecosystem_roi USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 ecosystem_roi_hash(ecosystem_roi),
	FUNCTION 2 ecosystem_roi_hash_extended(ecosystem_roi, bigint);
COMMENT ON OPERATOR CLASS ecosystem_roi_hash_ops USING hash IS
	'lets ecosystem_roi be grouped by, as in DISTINCT and UNION';
-- deal_lift: co-sold deals against solo ones, with intervals, tests and verdicts

CREATE TYPE deal_lift;

CREATE FUNCTION deal_lift_in(cstring) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_in(cstring) IS 'text input of deal_lift';

CREATE FUNCTION deal_lift_out(deal_lift) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_out(deal_lift) IS 'text output of deal_lift';

CREATE FUNCTION deal_lift_recv(internal) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_recv(internal) IS 'binary input of deal_lift';

CREATE FUNCTION deal_lift_send(deal_lift) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_send(deal_lift) IS 'binary output of deal_lift';

CREATE TYPE deal_lift (
	INPUT = deal_lift_in, OUTPUT = deal_lift_out,
	RECEIVE = deal_lift_recv, SEND = deal_lift_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_lift IS
	'statistics of co-sold and of solo deals by segment; built by deal_lift_agg, merged by rollup, read by the function deal_lift';

-- deal_lift functions: what the aggregates are made of

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening and closing; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening, closing and segment; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text, moment) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening, closing, segment and up to when open deals were watched; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening and closing; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing and segment; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing, segment and up to when open deals were watched; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment, integer) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment, integer) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing, segment, up to when open deals were watched, and the landmark in days; NULL is no deals';

CREATE FUNCTION deal_lift_combine(a deal_lift, b deal_lift) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_combine(deal_lift, deal_lift) IS
	'the deals of both, for ON CONFLICT DO UPDATE; NULL is no deals, and NULL only if both are; both must have the same landmark, or none';

CREATE FUNCTION _deal_lift_final(deal_lift) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_final';
COMMENT ON FUNCTION _deal_lift_final(deal_lift) IS
	'the value an aggregate returns: its state without spare memory';

-- deal_lift aggregates

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment) IS
	'co-sold and solo deals, a row each, from whether a deal is co-sold, its amount, outcome (won, lost, open; NULL is open), and when it opened and closed (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); rows that do not say whether are counted as ignored. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment, segment text) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment, text) IS
	'the same by segment, such as the size of the account, so that like is compared with like; a deal without one is in the segment unspecified. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment, text, moment) IS
	'the same, where open deals were watched up to as_of. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment) IS
	'co-sold and solo deals, a row each, from since when a deal is co-sold (NULL: never), its amount, outcome (won, lost, open; NULL is open), and when it opened and closed (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); compared as recorded, and by what was so 30 days after opening among the deals still open then. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text) IS
	'the same by segment, such as the size of the account, so that like is compared with like; a deal without one is in the segment unspecified. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text, moment) IS
	'the same, where open deals were watched up to as_of. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment, landmark integer) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text, moment, integer) IS
	'the same with a landmark that many days after opening, the same for all deals. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE rollup(lift deal_lift) (
	STYPE = deal_lift, SFUNC = deal_lift_combine, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_lift) IS
	'the deals of several groups together, by segment; NULL is no deals; no groups give no deals';

-- deal_lift accessors

CREATE FUNCTION landmark(lift deal_lift) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_landmark';
COMMENT ON FUNCTION landmark(deal_lift) IS
	'days from opening to the landmark; NULL where it is not known since when deals are co-sold';

CREATE FUNCTION ignored(lift deal_lift) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_ignored';
COMMENT ON FUNCTION ignored(deal_lift) IS
	'how many deals did not say whether they are co-sold';

CREATE FUNCTION deal_lift_sides(lift deal_lift, OUT basis text, OUT segment text, OUT co_sell boolean, OUT stats deal_stats)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_sides(deal_lift) IS
	'the statistics that are compared, a row for each side of a segment that has deals; rollup merges them';

CREATE FUNCTION win_odds_lift(lift deal_lift, confidence double precision DEFAULT 0.95,
		OUT basis text, OUT segments integer, OUT odds_ratio double precision, OUT lower_limit double precision, OUT upper_limit double precision,
		OUT chi_square double precision, OUT p_value double precision,
		OUT homogeneity_chi_square double precision, OUT homogeneity_df integer, OUT homogeneity_p_value double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME', 'deal_lift_win_odds';
COMMENT ON FUNCTION win_odds_lift(deal_lift, double precision) IS
	'odds of winning of co-sold deals / of solo ones that the segments have in common, by Mantel and Haenszel, with its limits, the test of Cochran, Mantel and Haenszel, and that of Breslow, Day and Tarone of whether the segments agree; NULL where there is nothing to compare, a p-value also where there are too few deals';

-- Of one deal_stats

CREATE FUNCTION win_rate_interval(stats deal_stats, confidence double precision DEFAULT 0.95,
		OUT lower_limit double precision, OUT upper_limit double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_rate_interval';
COMMENT ON FUNCTION win_rate_interval(deal_stats, double precision) IS
	'limits of the win rate, 0 to 1, by Wilson; NULL when no deal is closed';

CREATE FUNCTION win_incidence(stats deal_stats, confidence double precision DEFAULT 0.95,
		OUT days integer, OUT at_risk bigint, OUT won bigint, OUT lost bigint, OUT open bigint, OUT incidence double precision,
		OUT standard_error double precision, OUT lower_limit double precision, OUT upper_limit double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'deal_stats_win_incidence';
COMMENT ON FUNCTION win_incidence(deal_stats, double precision) IS
	'share of all deals that is won by a day, where lost deals will not be, by Aalen and Johansen: a row for each number of days after which any was won, lost, or last seen open; open deals count where deal_stats_agg was given as_of; limits are NULL at 0 and 1';

CREATE FUNCTION win_incidence_at(stats deal_stats, days integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_incidence_at';
COMMENT ON FUNCTION win_incidence_at(deal_stats, integer) IS
	'share of all deals (0 to 1) that is won within so many days, by Aalen and Johansen; NULL beyond the last day on which any was seen, unless all are closed by then';

-- Verdicts

CREATE FUNCTION _deal_lift_verdict(measure text, finding text, ratio double precision, warning text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.concat_ws('; '::pg_catalog.text,
		CASE WHEN finding OPERATOR(pg_catalog.=) ANY (ARRAY['too few deals', 'spread of amounts is unknown', 'no clear difference']::pg_catalog.text[]) THEN finding
			ELSE pg_catalog.concat_ws(': '::pg_catalog.text, finding,
				CASE measure
					WHEN 'win_rate'::pg_catalog.text THEN @extschema@.verdict('co_sell_win_rate_ratio'::pg_catalog.text, ratio)
					WHEN 'mean_amount'::pg_catalog.text
						THEN @extschema@.verdict('co_sell_amount_increase'::pg_catalog.text, ratio OPERATOR(pg_catalog.-) 1::pg_catalog.float8)
					WHEN 'median_cycle'::pg_catalog.text
						THEN @extschema@.verdict('co_sell_cycle_reduction'::pg_catalog.text, 1::pg_catalog.float8 OPERATOR(pg_catalog.-) ratio)
					WHEN 'win_odds'::pg_catalog.text THEN NULL::pg_catalog.text
					WHEN 'won_within_90_days'::pg_catalog.text THEN NULL::pg_catalog.text
					ELSE @extschema@._checked_value(measure, NULL::pg_catalog.numeric, NULL::pg_catalog.text, NULL::pg_catalog.numeric, NULL::pg_catalog.numeric,
						ARRAY['win_rate', 'mean_amount', 'median_cycle', 'win_odds', 'won_within_90_days']::pg_catalog.text[])::pg_catalog.text
				END) END,
		warning);
COMMENT ON FUNCTION _deal_lift_verdict(text, text, double precision, text) IS
	'the words for a comparison: its finding and, where there is one, what the targets in force say of the ratio; then the warning';

-- Comparisons of two deal_stats

CREATE FUNCTION _deal_stats_comparison(measure text, co_sell deal_stats, solo deal_stats, confidence double precision,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT finding text)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_compare';
COMMENT ON FUNCTION _deal_stats_comparison(text, deal_stats, deal_stats, double precision) IS
	'co-sold deals against solo ones by a measure (win_rate, mean_amount, median_cycle, won_within_90_days), with what the numbers allow to say; what win_rate_lift and its sisters are made of';

CREATE FUNCTION win_rate_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('win_rate'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('win_rate'::pg_catalog.text, win_rate_lift.co_sell, win_rate_lift.solo, win_rate_lift.confidence) c;
END;
COMMENT ON FUNCTION win_rate_lift(deal_stats, deal_stats, double precision) IS
	'win rate of co-sold deals against that of solo ones: closed deals and rate of both, their ratio and difference (Newcombe) with limits, the p-value of the chi-square test, and a verdict by the targets in force; too few deals where that test would not hold';

CREATE FUNCTION amount_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('mean_amount'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('mean_amount'::pg_catalog.text, amount_lift.co_sell, amount_lift.solo, amount_lift.confidence) c;
END;
COMMENT ON FUNCTION amount_lift(deal_stats, deal_stats, double precision) IS
	'mean amount of won co-sold deals against that of solo ones: won deals with an amount and mean of both, ratio (Fieller) and difference with limits, the p-value (Welch), and a verdict by the targets in force; too few deals below ten on a side';

CREATE FUNCTION cycle_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('median_cycle'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('median_cycle'::pg_catalog.text, cycle_lift.co_sell, cycle_lift.solo, cycle_lift.confidence) c;
END;
COMMENT ON FUNCTION cycle_lift(deal_stats, deal_stats, double precision) IS
	'median days of won co-sold deals against those of solo ones: won deals with a cycle and median of both, ratio and difference with limits, the p-value (Mann and Whitney), and a verdict by the targets in force; too few deals below ten on a side';

CREATE FUNCTION win_incidence_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('won_within_90_days'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('won_within_90_days'::pg_catalog.text, win_incidence_lift.co_sell, win_incidence_lift.solo, win_incidence_lift.confidence) c;
END;
COMMENT ON FUNCTION win_incidence_lift(deal_stats, deal_stats, double precision) IS
	'share of co-sold deals won within 90 days of opening against that of solo ones, where lost deals compete and open ones are censored: deals and share of both, ratio and difference with limits, the p-value, and a verdict; too few deals below five won on a side';

-- Comparisons of a deal_lift

CREATE FUNCTION _deal_lift_rows(lift deal_lift, confidence double precision,
		OUT basis text, OUT comparison text, OUT segment text, OUT measure text,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT finding text, OUT warning text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20 AS 'MODULE_PATHNAME', 'deal_lift_rows';
COMMENT ON FUNCTION _deal_lift_rows(deal_lift, double precision) IS
	'the rows of deal_lift without the words of the targets: what the numbers allow to say, and a warning where segments and all deals together differ';

CREATE FUNCTION deal_lift(lift deal_lift, confidence double precision DEFAULT 0.95,
		OUT basis text, OUT comparison text, OUT segment text, OUT measure text,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS 20
BEGIN ATOMIC
	SELECT r.basis, r.comparison, r.segment, r.measure,
	       r.co_sell_deals, r.solo_deals, r.co_sell_value, r.solo_value, r.ratio, r.ratio_lower, r.ratio_upper,
	       r.difference, r.difference_lower, r.difference_upper, r.p_value,
	       @extschema@._deal_lift_verdict(r.measure, r.finding, r.ratio, r.warning)
	FROM   @extschema@._deal_lift_rows(deal_lift.lift, deal_lift.confidence) r;
END;
COMMENT ON FUNCTION deal_lift(deal_lift, double precision) IS
	'co-sold deals against solo ones by win rate, amount and cycle: all deals pooled, stratified (as if both were spread alike over the segments), and each segment; as recorded and, where it is known since when deals are co-sold, at the landmark; a verdict for each row';

-- deal_lift operators

CREATE FUNCTION deal_lift_eq(deal_lift, deal_lift) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_eq(deal_lift, deal_lift) IS 'implementation of = operator';

CREATE FUNCTION deal_lift_ne(deal_lift, deal_lift) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_ne(deal_lift, deal_lift) IS 'implementation of <> operator';

CREATE FUNCTION deal_lift_hash(deal_lift) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_hash(deal_lift) IS 'hash of a deal_lift';

CREATE FUNCTION deal_lift_hash_extended(deal_lift, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_hash_extended(deal_lift, bigint) IS 'hash of a deal_lift with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_lift, RIGHTARG = deal_lift, FUNCTION = deal_lift_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_lift, deal_lift) IS 'the same statistics of the same segments';

CREATE OPERATOR <> (
	LEFTARG = deal_lift, RIGHTARG = deal_lift, FUNCTION = deal_lift_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_lift, deal_lift) IS 'not the same statistics of the same segments';

CREATE OPERATOR CLASS deal_lift_hash_ops DEFAULT FOR TYPE deal_lift USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_lift_hash(deal_lift),
	FUNCTION 2 deal_lift_hash_extended(deal_lift, bigint);
COMMENT ON OPERATOR CLASS deal_lift_hash_ops USING hash IS
	'lets deal_lift be grouped by, as in DISTINCT and UNION';
-- partner_network: which partners meet at which deals or accounts

-- partner_network type

CREATE TYPE partner_network;

CREATE FUNCTION partner_network_in(cstring) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_in(cstring) IS
	'text input of partner_network';

CREATE FUNCTION partner_network_out(partner_network) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_out(partner_network) IS
	'text output of partner_network: the binary form in hexadecimal digits';

CREATE FUNCTION partner_network_recv(internal) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_recv(internal) IS
	'binary input of partner_network';

CREATE FUNCTION partner_network_send(partner_network) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_send(partner_network) IS
	'binary output of partner_network';

CREATE TYPE partner_network (
	INPUT = partner_network_in, OUTPUT = partner_network_out,
	RECEIVE = partner_network_recv, SEND = partner_network_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE partner_network IS
	'nodes (deals or accounts) with the partners at each; built by partner_network_agg, merged by rollup, read by partner_pairs, partner_centrality, network_removal and network_totals';

-- partner_network operators

CREATE FUNCTION partner_network_eq(partner_network, partner_network) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_eq(partner_network, partner_network) IS
	'implementation of = operator';

CREATE FUNCTION partner_network_ne(partner_network, partner_network) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_ne(partner_network, partner_network) IS
	'implementation of <> operator';

CREATE FUNCTION partner_network_hash(partner_network) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_hash(partner_network) IS
	'hash of a partner_network';

CREATE FUNCTION partner_network_hash_extended(partner_network, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_hash_extended(partner_network, bigint) IS
	'hash of a partner_network with a seed';

CREATE OPERATOR = (
	LEFTARG = partner_network, RIGHTARG = partner_network, FUNCTION = partner_network_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (partner_network, partner_network) IS
	'the same nodes with the same partners and amounts';

CREATE OPERATOR <> (
	LEFTARG = partner_network, RIGHTARG = partner_network, FUNCTION = partner_network_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (partner_network, partner_network) IS
	'not: the same nodes with the same partners and amounts';

CREATE OPERATOR CLASS partner_network_hash_ops DEFAULT FOR TYPE partner_network USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 partner_network_hash(partner_network),
	FUNCTION 2 partner_network_hash_extended(partner_network, bigint);
COMMENT ON OPERATOR CLASS partner_network_hash_ops USING hash IS
	'lets partner_network be grouped by, as in DISTINCT and UNION';

-- partner_network functions

CREATE FUNCTION partner_pairs(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT other_partner text, OUT shared_nodes bigint, OUT shared_amount numeric,
		OUT jaccard double precision, OUT share_of_partner double precision, OUT share_of_other double precision,
		OUT lift double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_pairs(partner_network, bigint) IS
	'each pair of partners that shares nodes, at least so many: nodes and amount shared; as a share (0 to 1) of the nodes of either (jaccard), of those of the partner and of those of the other; lift is how many times as often as by chance among all nodes; a pair comes once, in the order of the bytes of the partners; amounts are NULL in a network without any';

CREATE FUNCTION partner_centrality(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT nodes bigint, OUT amount numeric, OUT exclusive_nodes bigint, OUT exclusive_amount numeric,
		OUT connections bigint, OUT connection_share double precision, OUT strength bigint, OUT pagerank double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_centrality(partner_network, bigint) IS
	'by partner: nodes and amount, those without any other partner (exclusive), the partners it shares at least so many nodes with, as a share of all others (NULL: there are none), the nodes shared with each of these added up (strength), and its PageRank with these as weights and damping 0.85, 1 in total';

CREATE FUNCTION network_removal(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT nodes bigint, OUT amount numeric, OUT shared_nodes bigint, OUT shared_amount numeric,
		OUT ended_nodes bigint, OUT ended_amount numeric, OUT others_change double precision,
		OUT connections_lost bigint, OUT partners_left_unconnected bigint, OUT components_after bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION network_removal(partner_network, bigint) IS
	'by partner, what the others lose without it: at most what they do at its shared_nodes, where others are too; at least the partnership at its ended_nodes, where only one other is; others_change, 0 to -1, is the first as a share of all that the others do (0 for everybody: no ecosystem; NULL: the others do nothing); connections, partners left with none, and components of the network that is left';

CREATE FUNCTION network_totals(network partner_network, min_shared bigint DEFAULT 1,
		OUT partners bigint, OUT nodes bigint, OUT nodes_without_partner bigint, OUT joint_nodes bigint, OUT amount numeric,
		OUT nodes_without_amount bigint, OUT rows_without_node bigint, OUT partners_per_node double precision,
		OUT partners_per_partnered_node double precision, OUT connected_pairs bigint, OUT density double precision,
		OUT components bigint, OUT unconnected_partners bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION network_totals(partner_network, bigint) IS
	'one row: partners, nodes, nodes of two partners or more (joint), their amount, what is missing in the rows, mean partners of all nodes and of those that have any, pairs that share at least so many nodes, as a share of all pairs (density; NULL below two partners), groups that are not connected with each other (components, a partner alone is one)';

CREATE FUNCTION partners_per_node(network partner_network,
		OUT partners bigint, OUT nodes bigint, OUT amount numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partners_per_node(partner_network) IS
	'how many nodes, of what amount, have no partner, one, two and so on';

CREATE FUNCTION ecosystem_verdict(network partner_network) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100000
	RETURN (SELECT @extschema@.verdict('removal_effect'::pg_catalog.text, pg_catalog.min(r.others_change))
	        FROM   @extschema@.network_removal(ecosystem_verdict.network, 1::pg_catalog.int8) r);
COMMENT ON FUNCTION ecosystem_verdict(partner_network) IS
	'what target says of the removal test: the words for the largest change that taking one partner away makes to the others; NULL where there are no others';

-- partner_network aggregates

CREATE FUNCTION partner_network_combine(a partner_network, b partner_network) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_combine(partner_network, partner_network) IS
	'the network of the rows of both, for ON CONFLICT DO UPDATE; NULL is no rows, and NULL only if both are';

CREATE FUNCTION _partner_network_final(partner_network) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_final';
COMMENT ON FUNCTION _partner_network_final(partner_network) IS
	'the value an aggregate returns: its rows in order, each once';

CREATE FUNCTION _partner_network_accum(partner_network, text, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, text, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, text, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_text_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE AGGREGATE rollup(network partner_network) (
	SFUNC = partner_network_combine, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(partner_network) IS
	'networks (of quarters, regions, shards) as one; what is in several of them counts once; NULL adds nothing';
-- lead_flow: who gives leads to whom, partners among each other and the vendor

-- lead_flow type

CREATE TYPE lead_flow;

CREATE FUNCTION lead_flow_in(cstring) RETURNS lead_flow
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_in(cstring) IS
	'reads the text form of a lead_flow';

CREATE FUNCTION lead_flow_out(lead_flow) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_out(lead_flow) IS
	'writes a lead_flow as "giver">"receiver"=leads:amount, the vendor being ""';

CREATE FUNCTION lead_flow_recv(internal) RETURNS lead_flow
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_recv(internal) IS
	'reads the binary form of a lead_flow';

CREATE FUNCTION lead_flow_send(lead_flow) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_send(lead_flow) IS
	'writes the binary form of a lead_flow';

CREATE TYPE lead_flow (
	INPUT = lead_flow_in, OUTPUT = lead_flow_out,
	RECEIVE = lead_flow_recv, SEND = lead_flow_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE lead_flow IS
	'leads and their amount by giver and receiver; built by lead_flow_agg, merged by rollup, read by lead_flows, lead_reciprocity and leads_by_kind';

-- lead_flow operators

CREATE FUNCTION lead_flow_eq(lead_flow, lead_flow) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_eq(lead_flow, lead_flow) IS
	'implementation of = operator';

CREATE FUNCTION lead_flow_ne(lead_flow, lead_flow) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_ne(lead_flow, lead_flow) IS
	'implementation of <> operator';

CREATE FUNCTION lead_flow_hash(lead_flow) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_hash(lead_flow) IS
	'hash of a lead_flow';

CREATE FUNCTION lead_flow_hash_extended(lead_flow, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_hash_extended(lead_flow, bigint) IS
	'hash of a lead_flow with a seed';

CREATE OPERATOR = (
	LEFTARG = lead_flow, RIGHTARG = lead_flow, FUNCTION = lead_flow_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (lead_flow, lead_flow) IS
	'the same leads and amounts by giver and receiver';

CREATE OPERATOR <> (
	LEFTARG = lead_flow, RIGHTARG = lead_flow, FUNCTION = lead_flow_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (lead_flow, lead_flow) IS
	'not: the same leads and amounts by giver and receiver';

CREATE OPERATOR CLASS lead_flow_hash_ops DEFAULT FOR TYPE lead_flow USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 lead_flow_hash(lead_flow),
	FUNCTION 2 lead_flow_hash_extended(lead_flow, bigint);
COMMENT ON OPERATOR CLASS lead_flow_hash_ops USING hash IS
	'lets lead_flow be grouped by, as in DISTINCT and UNION';

-- lead_flow functions

CREATE FUNCTION lead_flows(flow lead_flow,
		OUT giver text, OUT receiver text, OUT leads bigint, OUT amount numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flows(lead_flow) IS
	'leads and their amount by giver and receiver, of which NULL is the vendor';

CREATE FUNCTION lead_reciprocity(flow lead_flow,
		OUT partner text, OUT other_partner text, OUT leads_given bigint, OUT leads_received bigint,
		OUT amount_given numeric, OUT amount_received numeric, OUT given_share double precision, OUT reciprocity double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_reciprocity(lead_flow) IS
	'a row for each two parties with leads between them, first those with the vendor, who is other_partner NULL, then in the order of the bytes of the names: what the partner gave to the other and received from it, given as a share of both, and the share of the leads that is returned (0: one way, 1: balanced)';

CREATE FUNCTION leads_by_kind(flow lead_flow,
		OUT kind text, OUT leads bigint, OUT lead_share double precision, OUT amount numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION leads_by_kind(lead_flow) IS
	'five rows that add up to all leads: partner to partner, partner to vendor, vendor to partner, within a partner (giver and receiver are the same), without a partner';

CREATE FUNCTION partner_to_partner_pipeline(flow lead_flow) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_to_partner_pipeline(lead_flow) IS
	'amount of the leads whose giver and receiver are two different partners';

CREATE FUNCTION brokered_introduction_share(flow lead_flow) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION brokered_introduction_share(lead_flow) IS
	'of the leads that partners received from others, the share, 0 to 1, that the vendor gave; NULL where they received none';

-- lead_flow aggregates

CREATE FUNCTION lead_flow_combine(a lead_flow, b lead_flow) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION lead_flow_combine(lead_flow, lead_flow) IS
	'two values of different leads as one; NULL adds nothing';

CREATE FUNCTION _lead_flow_final(lead_flow) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_final';
COMMENT ON FUNCTION _lead_flow_final(lead_flow) IS
	'the value in its canonical form';

CREATE FUNCTION _lead_flow_accum(lead_flow, text, text) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_text';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, text, text) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver text, receiver text) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(text, text) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, text, text, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_text';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, text, text, numeric) IS
	'lead_flow with one more lead: giver, receiver, amount';

CREATE AGGREGATE lead_flow_agg(giver text, receiver text, amount numeric) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(text, text, numeric) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor), and its amount (NULL: none)';

CREATE FUNCTION _lead_flow_accum(lead_flow, bigint, bigint) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_bigint';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, bigint, bigint) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver bigint, receiver bigint) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(bigint, bigint) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, bigint, bigint, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_bigint';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, bigint, bigint, numeric) IS
	'lead_flow with one more lead: giver, receiver, amount';

CREATE AGGREGATE lead_flow_agg(giver bigint, receiver bigint, amount numeric) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(bigint, bigint, numeric) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor), and its amount (NULL: none)';

CREATE FUNCTION _lead_flow_accum(lead_flow, uuid, uuid) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_uuid';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, uuid, uuid) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver uuid, receiver uuid) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(uuid, uuid) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, uuid, uuid, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_flow_accum_uuid';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, uuid, uuid, numeric) IS
	'lead_flow with one more lead: giver, receiver, amount';

CREATE AGGREGATE lead_flow_agg(giver uuid, receiver uuid, amount numeric) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(uuid, uuid, numeric) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor), and its amount (NULL: none)';

CREATE AGGREGATE rollup(flow lead_flow) (
	SFUNC = lead_flow_combine, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(lead_flow) IS
	'values of different leads (quarters, regions, shards) as one; NULL adds nothing';
