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
