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
