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
