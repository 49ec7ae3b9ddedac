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
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'predictability_accum';
COMMENT ON FUNCTION _predictability_accum(predictability, moment, numeric) IS
	'predictability with one more row: when, amount';

CREATE FUNCTION _predictability_accum(predictability, moment, numeric, numeric) RETURNS predictability
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'predictability_accum';
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
