-- private_match: overlap without handing over a list

-- private_match keys: the secrets

-- Without NOT NULL and CHECK: an error of these shows the row to whom they stop.
CREATE TABLE _matching_key (
	name              text COLLATE pg_catalog."C",
	for_partner       text,
	owner             oid,
	users             oid[],
	secret            bytea,
	fingerprint       bytea,
	their_fingerprint bytea,
	created_at        timestamptz
);
COMMENT ON TABLE _matching_key IS 'secrets that identities are blinded with; no dump has them, and matching_keys() lists them';
COMMENT ON COLUMN _matching_key.name IS 'by which the key is named to blind()';
COMMENT ON COLUMN _matching_key.for_partner IS 'the partner whose lists it is for';
COMMENT ON COLUMN _matching_key.owner IS 'the role that made it, and may grant and drop it';
COMMENT ON COLUMN _matching_key.users IS 'roles that may use it, too';
COMMENT ON COLUMN _matching_key.secret IS 'a random number below the order of the group ristretto255';
COMMENT ON COLUMN _matching_key.fingerprint IS 'what blinded identities and partners know it by';
COMMENT ON COLUMN _matching_key.their_fingerprint IS 'the key of the partner whose identities it blinds';
COMMENT ON COLUMN _matching_key.created_at IS 'when it was made';

-- Functions read it past all rights.  Whoever is given rights on all tables of
-- the schema, or reads all data, sees no row of it: no policy lets anybody.  No
-- statistics are kept.  Without a replica identity and a key, nothing is decoded
-- of what the functions write: see private_match_key.c.
REVOKE ALL ON _matching_key FROM PUBLIC;
ALTER TABLE _matching_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE _matching_key FORCE ROW LEVEL SECURITY;
ALTER TABLE _matching_key REPLICA IDENTITY NOTHING;
ALTER TABLE _matching_key ALTER COLUMN secret SET STATISTICS 0;

CREATE FUNCTION _matching_key_changed() RETURNS trigger
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'matching_key_changed';
COMMENT ON FUNCTION _matching_key_changed() IS 'tells all sessions that a matching key has changed';

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON _matching_key
	FOR EACH STATEMENT EXECUTE FUNCTION _matching_key_changed();
ALTER TABLE _matching_key ENABLE ALWAYS TRIGGER changed;
COMMENT ON TRIGGER changed ON _matching_key IS 'a session that uses a key looks it up anew';

CREATE PROCEDURE create_matching_key(name text, for_partner text)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE create_matching_key(text, text) IS
	'makes a secret key to blind identities with, for one partner, and says its fingerprint, which the partner needs; whoever makes it may use it';

CREATE PROCEDURE pair_matching_key(name text, their_fingerprint text)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE pair_matching_key(text, text) IS
	'says by which key of the partner''s the identities are blinded that this key blinds once more; no others are, and it is said once';

CREATE PROCEDURE grant_matching_key(name text, to_role name)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE grant_matching_key(text, name) IS 'lets a role blind with a key';

CREATE PROCEDURE revoke_matching_key(name text, from_role name)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE revoke_matching_key(text, name) IS 'takes back what grant_matching_key() gave';

CREATE PROCEDURE drop_matching_key(name text)
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE drop_matching_key(text) IS
	'forgets a key: what it has blinded can be compared as before, and nothing more can be blinded with it';

CREATE FUNCTION matching_keys(OUT name text, OUT for_partner text, OUT owner text, OUT users text[], OUT fingerprint text,
		OUT their_fingerprint text, OUT created_at timestamptz) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION matching_keys() IS
	'the keys that one may blind with: their names, partners and fingerprints, never the secrets';

-- private_match type

CREATE TYPE blinded_identity;

CREATE FUNCTION blinded_identity_in(cstring) RETURNS blinded_identity
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_in(cstring) IS 'reads a blinded identity, hexadecimal digits that blind() made';

CREATE FUNCTION blinded_identity_out(blinded_identity) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_out(blinded_identity) IS 'writes a blinded identity in hexadecimal digits';

CREATE FUNCTION blinded_identity_recv(internal) RETURNS blinded_identity
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_recv(internal) IS 'receives a blinded identity in binary';

CREATE FUNCTION blinded_identity_send(blinded_identity) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_send(blinded_identity) IS 'sends a blinded identity in binary';

CREATE FUNCTION _blinded_identity_typanalyze(internal) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_typanalyze';
COMMENT ON FUNCTION _blinded_identity_typanalyze(internal) IS
	'collects the most common blinded keys of a column, and how many rows hold how many of each level';

CREATE TYPE blinded_identity (
	INPUT = blinded_identity_in,
	OUTPUT = blinded_identity_out,
	RECEIVE = blinded_identity_recv,
	SEND = blinded_identity_send,
	ANALYZE = _blinded_identity_typanalyze,
	ALIGNMENT = int4,
	-- points do not compress
	STORAGE = external
);
COMMENT ON TYPE blinded_identity IS
	'the keys of a company_identity, each blinded by the secrets of one or two sides; && compares what both sides have blinded';

-- private_match functions

CREATE FUNCTION blind(identity company_identity, key text) RETURNS blinded_identity
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 9000 AS 'MODULE_PATHNAME', 'blind_identity';
COMMENT ON FUNCTION blind(company_identity, text) IS
	'blinds the keys that an identity can match by with the secret of a matching key: to be handed to the partner that the key is for';

CREATE FUNCTION blind(identity blinded_identity, key text) RETURNS blinded_identity
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 7000 AS 'MODULE_PATHNAME', 'blind_again';
COMMENT ON FUNCTION blind(blinded_identity, text) IS
	'blinds what the partner has blinded with the secret of a matching key that is paired with the partner''s: the result can be compared';

CREATE FUNCTION match_level(a blinded_identity, b blinded_identity) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2 AS 'MODULE_PATHNAME', 'blinded_match_level';
COMMENT ON FUNCTION match_level(blinded_identity, blinded_identity) IS
	'by what two identities match that both sides have blinded: id, domain or name; NULL when they do not';

CREATE FUNCTION key_fingerprints(identity blinded_identity) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION key_fingerprints(blinded_identity) IS
	'the fingerprints of the one or two keys that blinded an identity';

-- private_match operators

CREATE FUNCTION _blinded_identity_sel(internal, oid, internal, integer) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_sel';
COMMENT ON FUNCTION _blinded_identity_sel(internal, oid, internal, integer) IS 'restriction selectivity of && on blinded identities';

CREATE FUNCTION _blinded_identity_joinsel(internal, oid, internal, smallint, internal) RETURNS double precision
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_joinsel';
COMMENT ON FUNCTION _blinded_identity_joinsel(internal, oid, internal, smallint, internal) IS 'join selectivity of && on blinded identities';

CREATE FUNCTION _blinded_identity_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_identity_support';
COMMENT ON FUNCTION _blinded_identity_support(internal) IS 'planner support of blinded_identity_matches()';

CREATE FUNCTION blinded_identity_matches(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2 SUPPORT _blinded_identity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_matches(blinded_identity, blinded_identity) IS 'implementation of && operator';

CREATE OPERATOR && (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_matches,
	COMMUTATOR = &&, RESTRICT = _blinded_identity_sel, JOIN = _blinded_identity_joinsel
);
COMMENT ON OPERATOR && (blinded_identity, blinded_identity) IS
	'the same company, by keys that both sides have blinded: the strongest level that both hold decides, as between identities';

CREATE FUNCTION blinded_identity_eq(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_eq(blinded_identity, blinded_identity) IS 'implementation of = operator';

CREATE FUNCTION blinded_identity_ne(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_ne(blinded_identity, blinded_identity) IS 'implementation of <> operator';

CREATE FUNCTION blinded_identity_lt(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_lt(blinded_identity, blinded_identity) IS 'implementation of < operator';

CREATE FUNCTION blinded_identity_le(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_le(blinded_identity, blinded_identity) IS 'implementation of <= operator';

CREATE FUNCTION blinded_identity_gt(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_gt(blinded_identity, blinded_identity) IS 'implementation of > operator';

CREATE FUNCTION blinded_identity_ge(blinded_identity, blinded_identity) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_ge(blinded_identity, blinded_identity) IS 'implementation of >= operator';

CREATE OPERATOR = (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (blinded_identity, blinded_identity) IS 'the same blinded keys';

CREATE OPERATOR <> (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (blinded_identity, blinded_identity) IS 'not the same blinded keys';

CREATE OPERATOR < (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (blinded_identity, blinded_identity) IS 'before, by bytes';

CREATE OPERATOR <= (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (blinded_identity, blinded_identity) IS 'before or the same, by bytes';

CREATE OPERATOR > (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (blinded_identity, blinded_identity) IS 'after, by bytes';

CREATE OPERATOR >= (
	LEFTARG = blinded_identity, RIGHTARG = blinded_identity, FUNCTION = blinded_identity_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (blinded_identity, blinded_identity) IS 'after or the same, by bytes';

-- private_match operator classes

CREATE FUNCTION blinded_identity_cmp(blinded_identity, blinded_identity) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_cmp(blinded_identity, blinded_identity) IS 'less-equal-greater, by bytes';

CREATE FUNCTION blinded_identity_hash(blinded_identity) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_hash(blinded_identity) IS 'hash';

CREATE FUNCTION blinded_identity_hash_extended(blinded_identity, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blinded_identity_hash_extended(blinded_identity, bigint) IS 'hash with a seed';

CREATE OPERATOR CLASS blinded_identity_ops DEFAULT FOR TYPE blinded_identity USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 blinded_identity_cmp(blinded_identity, blinded_identity),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS blinded_identity_ops USING btree IS 'blinded identities by their bytes';

CREATE OPERATOR CLASS blinded_identity_ops DEFAULT FOR TYPE blinded_identity USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 blinded_identity_hash(blinded_identity),
	FUNCTION 2 blinded_identity_hash_extended(blinded_identity, bigint);
COMMENT ON OPERATOR CLASS blinded_identity_ops USING hash IS 'blinded identities, equal or not';

-- private_match aggregate

CREATE TYPE blinded_level_counts AS (
	records       bigint,
	with_id       bigint,
	with_domain   bigint,
	with_name     bigint,
	without_keys  bigint,
	ids           bigint,
	domains       bigint,
	names         bigint,
	blinded_once  bigint,
	blinded_twice bigint
);
COMMENT ON TYPE blinded_level_counts IS 'how many records of a blinded list hold keys of each level, and how many keys there are';

CREATE FUNCTION _blinded_profile_add(bigint[], blinded_identity) RETURNS bigint[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'blinded_profile_add';
COMMENT ON FUNCTION _blinded_profile_add(bigint[], blinded_identity) IS 'transition function of blinded_profile()';

CREATE FUNCTION _blinded_profile_combine(bigint[], bigint[]) RETURNS bigint[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'blinded_profile_combine';
COMMENT ON FUNCTION _blinded_profile_combine(bigint[], bigint[]) IS 'combine function of blinded_profile()';

CREATE FUNCTION _blinded_profile_final(bigint[]) RETURNS blinded_level_counts
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'blinded_profile_final';
COMMENT ON FUNCTION _blinded_profile_final(bigint[]) IS 'final function of blinded_profile()';

CREATE AGGREGATE blinded_profile(identity blinded_identity) (
	SFUNC = _blinded_profile_add,
	STYPE = bigint[],
	INITCOND = '{0,0,0,0,0,0,0,0,0,0}',
	COMBINEFUNC = _blinded_profile_combine,
	FINALFUNC = _blinded_profile_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE blinded_profile(blinded_identity) IS
	'what can be seen of a blinded list: its records, how many of them hold ids, domains and names, and how many keys';
