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
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_text';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, text, text) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver text, receiver text) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(text, text) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, text, text, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_text';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, text, text, numeric) IS
	'lead_flow with one more lead: giver, receiver, amount';

CREATE AGGREGATE lead_flow_agg(giver text, receiver text, amount numeric) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(text, text, numeric) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor), and its amount (NULL: none)';

CREATE FUNCTION _lead_flow_accum(lead_flow, bigint, bigint) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_bigint';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, bigint, bigint) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver bigint, receiver bigint) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(bigint, bigint) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, bigint, bigint, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_bigint';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, bigint, bigint, numeric) IS
	'lead_flow with one more lead: giver, receiver, amount';

CREATE AGGREGATE lead_flow_agg(giver bigint, receiver bigint, amount numeric) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(bigint, bigint, numeric) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor), and its amount (NULL: none)';

CREATE FUNCTION _lead_flow_accum(lead_flow, uuid, uuid) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_uuid';
COMMENT ON FUNCTION _lead_flow_accum(lead_flow, uuid, uuid) IS
	'lead_flow with one more lead: giver, receiver';

CREATE AGGREGATE lead_flow_agg(giver uuid, receiver uuid) (
	SFUNC = _lead_flow_accum, STYPE = lead_flow, SSPACE = 1024, FINALFUNC = _lead_flow_final,
	COMBINEFUNC = lead_flow_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE lead_flow_agg(uuid, uuid) IS
	'leads or deals, a row each: who gave it and who received it (NULL: the vendor)';

CREATE FUNCTION _lead_flow_accum(lead_flow, uuid, uuid, numeric) RETURNS lead_flow
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'lead_flow_accum_uuid';
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
