-- credit: who gets what share of one deal

-- credit window functions

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner text,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20 SUPPORT _collect_support
	AS 'MODULE_PATHNAME', 'credit_window_text';
COMMENT ON FUNCTION credit(numeric, credit_model, text, text, moment, moment, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner bigint,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20 SUPPORT _collect_support
	AS 'MODULE_PATHNAME', 'credit_window_bigint';
COMMENT ON FUNCTION credit(numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner uuid,
		occurred_at moment DEFAULT NULL, closed_at moment DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20 SUPPORT _collect_support
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
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = _deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = _deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION _deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
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
