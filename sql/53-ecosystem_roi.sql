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
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'ecosystem_roi_accum';
COMMENT ON FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric) IS
	'the sums with one amount, given its flow and kind; NULL sums are the empty ones';

CREATE FUNCTION _ecosystem_roi_accum(ecosystem_roi, text, text, numeric, date) RETURNS ecosystem_roi
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'ecosystem_roi_accum';
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
