-- involvement_summary: the share of deals that partners touched, and the share they led

-- involvement_summary type

CREATE TYPE involvement_summary;

CREATE FUNCTION involvement_summary_in(cstring) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_in(cstring) IS
	'reads the text form of an involvement_summary';

CREATE FUNCTION involvement_summary_out(involvement_summary) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_out(involvement_summary) IS
	'writes an involvement_summary as class/origin/outcome=deals:without amount:amount';

CREATE FUNCTION involvement_summary_recv(internal) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_recv(internal) IS
	'reads the binary form of an involvement_summary';

CREATE FUNCTION involvement_summary_send(involvement_summary) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_send(involvement_summary) IS
	'writes the binary form of an involvement_summary';

CREATE TYPE involvement_summary (
	INPUT = involvement_summary_in, OUTPUT = involvement_summary_out,
	RECEIVE = involvement_summary_recv, SEND = involvement_summary_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE involvement_summary IS
	'deals and their amounts by class, origin and outcome: what the shares of touched and led deals are read from; 1160 bytes';

-- involvement_summary operators

CREATE FUNCTION involvement_summary_eq(involvement_summary, involvement_summary) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_eq(involvement_summary, involvement_summary) IS
	'implementation of = operator';

CREATE FUNCTION involvement_summary_ne(involvement_summary, involvement_summary) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_ne(involvement_summary, involvement_summary) IS
	'implementation of <> operator';

CREATE FUNCTION involvement_summary_hash(involvement_summary) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_hash(involvement_summary) IS
	'hash of an involvement_summary';

CREATE FUNCTION involvement_summary_hash_extended(involvement_summary, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_hash_extended(involvement_summary, bigint) IS
	'hash of an involvement_summary with a seed';

CREATE OPERATOR = (
	LEFTARG = involvement_summary, RIGHTARG = involvement_summary, FUNCTION = involvement_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (involvement_summary, involvement_summary) IS
	'the same numbers and amounts of deals in every class, origin and outcome';

CREATE OPERATOR <> (
	LEFTARG = involvement_summary, RIGHTARG = involvement_summary, FUNCTION = involvement_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (involvement_summary, involvement_summary) IS
	'not: the same numbers and amounts of deals in every class, origin and outcome';

CREATE OPERATOR CLASS involvement_summary_hash_ops DEFAULT FOR TYPE involvement_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 involvement_summary_hash(involvement_summary),
	FUNCTION 2 involvement_summary_hash_extended(involvement_summary, bigint);
COMMENT ON OPERATOR CLASS involvement_summary_hash_ops USING hash IS
	'lets involvement_summary be grouped by, as in DISTINCT and UNION';

-- involvement_summary functions

CREATE FUNCTION involvement_summary(summary involvement_summary,
		OUT scope text, OUT measure text, OUT total numeric, OUT touched numeric, OUT led numeric, OUT gap numeric,
		OUT touched_share numeric, OUT led_share numeric, OUT gap_share numeric,
		OUT partner_sourced numeric, OUT ecosystem_sourced numeric, OUT partner_influenced numeric,
		OUT unproven numeric, OUT covered numeric, OUT direct numeric, OUT unpriced bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'involvement_summary_rows';
COMMENT ON FUNCTION involvement_summary(involvement_summary) IS
	'ten rows, for won, lost, open, unknown and all deals, by deals and by amount: touched, led and the gap with their shares of the total (NULL where it is 0); what partners sourced, what the ecosystem sourced (partners included) and what was touched and not sourced by a partner; the three classes that are not touched; and how many deals have no amount';

CREATE FUNCTION touched_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_touched_share';
COMMENT ON FUNCTION touched_share(involvement_summary, text, text) IS
	'share, 0 to 1, that partners touched before the close, led included; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION led_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_led_share';
COMMENT ON FUNCTION led_share(involvement_summary, text, text) IS
	'share, 0 to 1, that the ecosystem led; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION involvement_gap(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_gap';
COMMENT ON FUNCTION involvement_gap(involvement_summary, text, text) IS
	'share, 0 to 1, that was touched and not led; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION partner_sourced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_partner_sourced_share';
COMMENT ON FUNCTION partner_sourced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that a partner sourced by an act of its own (referral, introduction, registration); with partner_influenced_share it adds up to touched_share; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION ecosystem_sourced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_ecosystem_sourced_share';
COMMENT ON FUNCTION ecosystem_sourced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that was sourced with partners on time, by an act of theirs or by an overlap signal; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION partner_influenced_share(summary involvement_summary, measure text DEFAULT 'amount', scope text DEFAULT 'won') RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_partner_influenced_share';
COMMENT ON FUNCTION partner_influenced_share(involvement_summary, text, text) IS
	'share, 0 to 1, that partners touched and did not source; by deals or amount, of won, lost, open, unknown or all deals; NULL where the total is 0';

CREATE FUNCTION led_claim(summary involvement_summary, claimed_share numeric, measure text DEFAULT 'amount',
		scope text DEFAULT 'won', confidence double precision DEFAULT 0.95,
		OUT claimed numeric, OUT touched_share numeric, OUT led_share numeric, OUT holds boolean,
		OUT deals bigint, OUT led_deals bigint, OUT led_low double precision, OUT led_high double precision,
		OUT confuses text, OUT verdict text)
	RETURNS record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_claim(involvement_summary, numeric, text, text, double precision) IS
	'whether the claim to be led by so large a share (0 to 1) holds: the shares touched and led, holds (NULL below ten deals and where there is nothing to judge), the deals and the led ones, Wilson''s interval of the led share by deals, what a claim that does not hold was taken from (touched, sourced or recorded, within five percent points), and a verdict in one sentence';

CREATE FUNCTION deals(summary involvement_summary) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_deals';
COMMENT ON FUNCTION deals(involvement_summary) IS
	'number of deals in the summary';

-- involvement_summary aggregates

CREATE FUNCTION _involvement_summary_accum(involvement_summary, deal_motion, numeric, boolean, boolean) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'involvement_summary_accum';
COMMENT ON FUNCTION _involvement_summary_accum(involvement_summary, deal_motion, numeric, boolean, boolean) IS
	'involvement_summary with one more deal: motion, amount, is_won, is_open';

CREATE FUNCTION involvement_summary_combine(a involvement_summary, b involvement_summary) RETURNS involvement_summary
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION involvement_summary_combine(involvement_summary, involvement_summary) IS
	'two summaries of different deals as one; NULL adds nothing';

CREATE AGGREGATE involvement_summary_agg(m deal_motion, amount numeric, is_won boolean, is_open boolean) (
	SFUNC = _involvement_summary_accum, STYPE = involvement_summary, SSPACE = 1160,
	COMBINEFUNC = involvement_summary_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE involvement_summary_agg(deal_motion, numeric, boolean, boolean) IS
	'summary of deals by class, origin and outcome: the deal''s motion (NULL: direct), its amount in one currency (NULL: counted without one), whether it is won, whether it is open; neither is lost, and unknown where a NULL leaves that undecided';

CREATE AGGREGATE rollup(summary involvement_summary) (
	SFUNC = involvement_summary_combine, STYPE = involvement_summary, SSPACE = 1160,
	COMBINEFUNC = involvement_summary_combine, INITCOND = 'v1', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(involvement_summary) IS
	'summaries of different deals (quarters, regions, shards) as one; NULL adds nothing';
