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
