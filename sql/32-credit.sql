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

CREATE FUNCTION deal_credit_final(deal_credit) RETURNS deal_credit
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_credit_final(deal_credit) IS 'the value an aggregate returns: its state in order, without spare memory';

CREATE AGGREGATE rollup(deal_credit) (
	STYPE = deal_credit, SFUNC = deal_credit_combine, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_credit) IS 'one deal from values that each have part of its rows';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_text';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, text, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, text, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_bigint';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_credit_agg(numeric, credit_model, text, uuid, moment, moment) IS
	'one deal, GROUP BY the deal: a row with an amount states it, a row with a partner states a touch; read it with credits()';

CREATE FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS deal_credit
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_credit_accum_uuid';
COMMENT ON FUNCTION deal_credit_accum(deal_credit, numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'the deal with one more row; NULL is no rows';

CREATE AGGREGATE deal_credit_agg(amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = deal_credit, SFUNC = deal_credit_accum, SSPACE = 512,
	COMBINEFUNC = deal_credit_combine, FINALFUNC = deal_credit_final, PARALLEL = SAFE
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

CREATE FUNCTION credit_ledger_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_combine(internal, internal) IS 'merges the ledgers of two workers';

CREATE FUNCTION credit_ledger_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_serialize(internal) IS 'a worker''s ledger as bytes';

CREATE FUNCTION credit_ledger_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_deserialize(bytea, internal) IS 'a worker''s ledger from bytes';

CREATE FUNCTION credit_ledger_final(internal) RETURNS credit_ledger
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_final(internal) IS 'the ledger that an aggregate returns';

CREATE FUNCTION credit_ledger_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_support(internal) IS 'planner support function: brings the Credit Ledger Collect and the Credit Ledger Scan with it, so that a ledger is made straight from what is scanned, and read without a copy of its rows';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner text) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, text) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, text, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, text, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, bigint) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, bigint, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, uuid) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, uuid, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, text, numeric, credit_model, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal text, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(text, numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner text) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, text) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, text, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, text, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, bigint) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, bigint, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, uuid) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, uuid, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, bigint, numeric, credit_model, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal bigint, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(bigint, numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner text) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, text) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, text, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, text, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, bigint) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, bigint, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, bigint, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, uuid) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, uuid, moment, moment) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_ledger_accum(internal, uuid, numeric, credit_model, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_ledger_agg(deal uuid, amount numeric, model credit_model, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_ledger_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_ledger_agg(uuid, numeric, credit_model, text, uuid, moment, moment, numeric) IS
	'all deals and touches of a table, in any order: a row with an amount states its deal (and its model, or the touches'' is taken), a row with a partner states a touch; read it with ledger() and partner_totals()';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner text) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, text) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, text, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, text, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, bigint) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, bigint, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, bigint, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, uuid) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, uuid, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], text, numeric, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal text, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], text, numeric, text, uuid, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner text) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, text) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, text, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, text, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, bigint) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, bigint, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, bigint, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, uuid) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, uuid, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], bigint, numeric, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal bigint, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], bigint, numeric, text, uuid, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner text) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, text) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner text, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, text, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, text, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner text, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, text, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner bigint) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, bigint) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, bigint, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, bigint, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner bigint, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, bigint, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner uuid) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, uuid) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid, moment, moment) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid, moment, moment) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, uuid, moment, moment) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

CREATE FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid, moment, moment, numeric) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT credit_ledger_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION credit_comparison_accum(internal, text[], uuid, numeric, text, uuid, moment, moment, numeric) IS 'adds a row to a ledger';

CREATE AGGREGATE credit_comparison_agg(models text[], deal uuid, amount numeric, role text, partner uuid, occurred_at moment, closed_at moment, weight numeric) (
	STYPE = internal, SFUNC = credit_comparison_accum, SSPACE = 32768, COMBINEFUNC = credit_ledger_combine,
	SERIALFUNC = credit_ledger_serialize, DESERIALFUNC = credit_ledger_deserialize,
	FINALFUNC = credit_ledger_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE credit_comparison_agg(text[], uuid, numeric, text, uuid, moment, moment, numeric) IS
	'the same for several models at once, each a text as of credit_model; the rows that ledger(), partner_totals() and model_comparison() read name their model';

-- credit_ledger functions

CREATE FUNCTION ledger(ledger credit_ledger, OUT deal text, OUT partner text, OUT role text, OUT occurred_at timestamptz,
		OUT share numeric, OUT amount numeric, OUT reason text, OUT model text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000000 SUPPORT credit_ledger_support
	AS 'MODULE_PATHNAME', 'credit_ledger_rows';
COMMENT ON FUNCTION ledger(credit_ledger) IS
	'the rows of a ledger: per touch its share and amount with the reason in words; per deal, with partner NULL, what is retained, unattributed or not split; a deal''s amounts sum to its amount';

CREATE FUNCTION ledger_comparison(ledger credit_ledger, OUT deal text, OUT partner text, OUT role text, OUT occurred_at timestamptz, OUT amounts numeric[])
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000000 SUPPORT credit_ledger_support
	AS 'MODULE_PATHNAME', 'credit_ledger_comparison';
COMMENT ON FUNCTION ledger_comparison(credit_ledger) IS
	'per touch what each model credits, in the order of the models given to credit_comparison_agg (without these one amount, by the deal''s model); per deal, with partner NULL, what goes to no partner by each model, null where nothing does; each place of the array sums to the deal''s amount';

CREATE FUNCTION partner_totals(ledger credit_ledger, OUT partner text, OUT deals bigint, OUT amount numeric, OUT reason text, OUT model text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 1000 SUPPORT credit_ledger_support
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
