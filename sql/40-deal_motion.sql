-- deal_motion: involved or led, four axes with their evidence

-- led_rule type

CREATE TYPE led_rule;

CREATE FUNCTION led_rule_in(cstring) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_in(cstring) IS
	'reads a led_rule: the axes joined by "+", then name=value, each separated by a comma';

CREATE FUNCTION led_rule_out(led_rule) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_out(led_rule) IS
	'writes a led_rule with every parameter';

CREATE FUNCTION led_rule_recv(internal) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_recv(internal) IS
	'reads the binary form of a led_rule';

CREATE FUNCTION led_rule_send(led_rule) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_send(led_rule) IS
	'writes the binary form of a led_rule';

CREATE TYPE led_rule (
	INPUT = led_rule_in, OUTPUT = led_rule_out,
	RECEIVE = led_rule_recv, SEND = led_rule_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE led_rule IS
	'what a deal must show to count as led: the axes that must be on time, and how long before or after opening their evidence still is';

CREATE FUNCTION led_rule(axes text DEFAULT 'sourcing+selection+motion+intent',
						 motion_within interval DEFAULT '14 days',
						 sourced_within interval DEFAULT '90 days',
						 recorded_within interval DEFAULT '14 days',
						 passive_counts boolean DEFAULT false) RETURNS led_rule
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'led_rule_make';
COMMENT ON FUNCTION led_rule(text, interval, interval, interval, boolean) IS
	'a led_rule: the axes that must be on time, joined by "+" and with intent among them; how long after opening the joint motion may start, how long before opening sourcing may lie, how long after opening evidence may be written down; whether passive kinds count as touches. A day is 24 hours, months are an error, and so is NULL';

-- led_rule operators

CREATE FUNCTION led_rule_eq(led_rule, led_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_eq(led_rule, led_rule) IS
	'implementation of = operator';

CREATE FUNCTION led_rule_ne(led_rule, led_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_ne(led_rule, led_rule) IS
	'implementation of <> operator';

CREATE FUNCTION led_rule_hash(led_rule) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_hash(led_rule) IS
	'hash of a led_rule';

CREATE FUNCTION led_rule_hash_extended(led_rule, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION led_rule_hash_extended(led_rule, bigint) IS
	'hash of a led_rule with a seed';

CREATE OPERATOR = (
	LEFTARG = led_rule, RIGHTARG = led_rule, FUNCTION = led_rule_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (led_rule, led_rule) IS
	'the same rule';

CREATE OPERATOR <> (
	LEFTARG = led_rule, RIGHTARG = led_rule, FUNCTION = led_rule_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (led_rule, led_rule) IS
	'not: the same rule';

CREATE OPERATOR CLASS led_rule_hash_ops DEFAULT FOR TYPE led_rule USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 led_rule_hash(led_rule),
	FUNCTION 2 led_rule_hash_extended(led_rule, bigint);
COMMENT ON OPERATOR CLASS led_rule_hash_ops USING hash IS
	'lets led_rule be grouped by, as in DISTINCT and UNION';

-- deal_motion type

CREATE TYPE deal_motion;

CREATE FUNCTION deal_motion_in(cstring) RETURNS deal_motion
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_in(cstring) IS
	'reads the text form of a deal_motion';

CREATE FUNCTION deal_motion_out(deal_motion) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_out(deal_motion) IS
	'writes the text form of a deal_motion, times in UTC';

CREATE FUNCTION deal_motion_recv(internal) RETURNS deal_motion
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_recv(internal) IS
	'reads the binary form of a deal_motion';

CREATE FUNCTION deal_motion_send(deal_motion) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_send(deal_motion) IS
	'writes the binary form of a deal_motion';

CREATE TYPE deal_motion (
	INPUT = deal_motion_in, OUTPUT = deal_motion_out,
	RECEIVE = deal_motion_recv, SEND = deal_motion_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_motion IS
	'what partners did about one deal and when: by axis the earliest evidence on time and what came nearest to it, and counts of touches; 192 bytes';

-- deal_motion operators

CREATE FUNCTION deal_motion_eq(deal_motion, deal_motion) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_eq(deal_motion, deal_motion) IS
	'implementation of = operator';

CREATE FUNCTION deal_motion_ne(deal_motion, deal_motion) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_ne(deal_motion, deal_motion) IS
	'implementation of <> operator';

CREATE FUNCTION deal_motion_hash(deal_motion) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_hash(deal_motion) IS
	'hash of a deal_motion';

CREATE FUNCTION deal_motion_hash_extended(deal_motion, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_hash_extended(deal_motion, bigint) IS
	'hash of a deal_motion with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_motion, RIGHTARG = deal_motion, FUNCTION = deal_motion_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_motion, deal_motion) IS
	'the same deal, judged by the same rule, with the same evidence';

CREATE OPERATOR <> (
	LEFTARG = deal_motion, RIGHTARG = deal_motion, FUNCTION = deal_motion_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_motion, deal_motion) IS
	'not: the same deal, judged by the same rule, with the same evidence';

CREATE OPERATOR CLASS deal_motion_hash_ops DEFAULT FOR TYPE deal_motion USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_motion_hash(deal_motion),
	FUNCTION 2 deal_motion_hash_extended(deal_motion, bigint);
COMMENT ON OPERATOR CLASS deal_motion_hash_ops USING hash IS
	'lets deal_motion be grouped by, as in DISTINCT and UNION';

-- deal_motion functions

CREATE FUNCTION involvement(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_involvement';
COMMENT ON FUNCTION involvement(deal_motion) IS
	'class of the deal: direct (no partner), covered (only passive records), unproven (touches, but all undated or after the close), involved (touched, not led) or led';

CREATE FUNCTION origin(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_origin';
COMMENT ON FUNCTION origin(deal_motion) IS
	'where the deal came from: partner_sourced (a referral, introduction or registration on time), ecosystem_sourced (other sourcing on time), partner_influenced (touched, not sourced) or unpartnered';

CREATE FUNCTION led_axes(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_led_axes';
COMMENT ON FUNCTION led_axes(deal_motion) IS
	'axes that have evidence on time, whether the rule asks for them or not';

CREATE FUNCTION missing_axes(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_missing_axes';
COMMENT ON FUNCTION missing_axes(deal_motion) IS
	'axes that the rule asks for and that have no evidence on time; empty for a led deal';

CREATE FUNCTION missing_reasons(motion deal_motion) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_missing_reasons';
COMMENT ON FUNCTION missing_reasons(deal_motion) IS
	'for each of missing_axes(), in its order, why the evidence that came nearest does not count: late, after the close, recorded late, too early, deal without opening date, undated or no evidence';

CREATE FUNCTION motion_score(motion deal_motion) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_score';
COMMENT ON FUNCTION motion_score(deal_motion) IS
	'how many of the four axes have evidence on time, 0 to 4';

CREATE FUNCTION touches(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_touches';
COMMENT ON FUNCTION touches(deal_motion) IS
	'partner touches of the deal, dated or not, before or after the close; passive records are not touches';

CREATE FUNCTION undated(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_undated';
COMMENT ON FUNCTION undated(deal_motion) IS
	'touches without a date, which prove nothing';

CREATE FUNCTION touches_after_close(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_after_close';
COMMENT ON FUNCTION touches_after_close(deal_motion) IS
	'touches dated after the close, which prove nothing';

CREATE FUNCTION passive_records(motion deal_motion) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_passive';
COMMENT ON FUNCTION passive_records(deal_motion) IS
	'records of an overlap or an installed integration, dated or not; 0 where the rule counts them as touches';

CREATE FUNCTION first_touch(motion deal_motion) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_first_touch';
COMMENT ON FUNCTION first_touch(deal_motion) IS
	'time of the earliest dated touch, before or after the close; midnight UTC where the touches have dates only; NULL without a dated touch';

CREATE FUNCTION last_touch(motion deal_motion) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_last_touch';
COMMENT ON FUNCTION last_touch(deal_motion) IS
	'time of the latest dated touch, before or after the close; midnight UTC where the touches have dates only; NULL without a dated touch';

CREATE FUNCTION rule(motion deal_motion) RETURNS led_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_motion_rule';
COMMENT ON FUNCTION rule(deal_motion) IS
	'the rule the deal was judged by; NULL where no row was seen';

CREATE FUNCTION explanation(motion deal_motion) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'deal_motion_explanation';
COMMENT ON FUNCTION explanation(deal_motion) IS
	'one plain sentence saying why the deal counts as it does; days are UTC';

CREATE FUNCTION motion_kinds(OUT kind text, OUT axis text, OUT passive boolean, OUT partner_sourced boolean)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 18 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION motion_kinds() IS
	'kinds of touch that deal_motion_agg knows: the axis each is evidence of (NULL: none), whether it is a passive record, whether it makes a deal partner_sourced. Any other kind is a touch without an axis';

-- deal_motion aggregates

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at, recorded_at';

CREATE FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment, led_rule) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_motion_accum';
COMMENT ON FUNCTION _deal_motion_accum(deal_motion, text, moment, moment, moment, moment, led_rule) IS
	'deal_motion with one more touch: kind, occurred_at, opened_at, closed_at, recorded_at, rule';

CREATE FUNCTION deal_motion_combine(a deal_motion, b deal_motion) RETURNS deal_motion
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_motion_combine(deal_motion, deal_motion) IS
	'two parts of one deal as one, as in ON CONFLICT DO UPDATE; a NULL part adds nothing, parts of different deals or rules are an error';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment) IS
	'the motion of an open deal, from its touches: kind of touch (NULL: no touch, as a LEFT JOIN gives), when it occurred (NULL: undated, proves nothing), when the deal was opened (NULL: no axis can be proven); times are date, timestamptz, or timestamp as UTC, and where one of two is a date their UTC days are compared';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment) IS
	'the motion of a deal, from its touches; closed_at is NULL for an open deal, and touches after it never count; where it is a date, a touch on the day of the close is before it';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment, recorded_at moment) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment, moment) IS
	'the motion of a deal, from its touches; evidence written down (recorded_at) too long after opening is late, however it is dated; NULL: not known when';

CREATE AGGREGATE deal_motion_agg(kind text, occurred_at moment, opened_at moment, closed_at moment, recorded_at moment, rule led_rule) (
	SFUNC = _deal_motion_accum, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_motion_agg(text, moment, moment, moment, moment, led_rule) IS
	'the motion of a deal, from its touches, judged by a rule of one''s own; NULL: the default rule';

CREATE AGGREGATE rollup(motion deal_motion) (
	SFUNC = deal_motion_combine, STYPE = deal_motion, SSPACE = 192,
	COMBINEFUNC = deal_motion_combine, INITCOND = 'v2', PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_motion) IS
	'parts of one deal (from shards or periods) as one; NULL parts add nothing, parts of different deals or rules are an error';
