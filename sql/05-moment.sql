-- moment: when something happened, at a time or on a day

CREATE TYPE moment;

CREATE FUNCTION moment_in(cstring) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_in(cstring) IS
	'text input of moment: a day as 2026-01-05, a time as 2026-01-05 10:00:00+00; without an offset it is UTC, whatever the session says';

CREATE FUNCTION moment_out(moment) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_out(moment) IS
	'text output of moment: ISO 8601, times in UTC';

CREATE FUNCTION moment_recv(internal) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_recv(internal) IS
	'binary input of moment';

CREATE FUNCTION moment_send(moment) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_send(moment) IS
	'binary output of moment';

-- Of the size and the bits of a timestamptz where it is a time.
CREATE TYPE moment (
	INPUT = moment_in, OUTPUT = moment_out,
	RECEIVE = moment_recv, SEND = moment_send,
	LIKE = pg_catalog.timestamptz
);
COMMENT ON TYPE moment IS
	'when something happened: a time, or a day where only the date is known; what functions take that compare times, in any mixture of date, timestamptz and timestamp (read as UTC). Where one of two is a day, both are compared by their UTC day; nothing depends on the time zone of the session';

CREATE FUNCTION moment(day date) RETURNS moment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'moment_from_date';
COMMENT ON FUNCTION moment(date) IS
	'the day, as a moment that has no time';

CREATE CAST (date AS moment) WITH FUNCTION moment(date) AS IMPLICIT;
COMMENT ON CAST (date AS moment) IS
	'a date is a day, not its midnight';

CREATE CAST (timestamptz AS moment) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (timestamptz AS moment) IS
	'the time';

CREATE CAST (timestamp AS moment) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (timestamp AS moment) IS
	'the time, read as UTC';

-- moment operators

CREATE FUNCTION moment_eq(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_eq(moment, moment) IS
	'implementation of = operator';

CREATE FUNCTION moment_ne(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_ne(moment, moment) IS
	'implementation of <> operator';

CREATE FUNCTION moment_lt(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_lt(moment, moment) IS
	'implementation of < operator';

CREATE FUNCTION moment_le(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_le(moment, moment) IS
	'implementation of <= operator';

CREATE FUNCTION moment_gt(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_gt(moment, moment) IS
	'implementation of > operator';

CREATE FUNCTION moment_ge(moment, moment) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_ge(moment, moment) IS
	'implementation of >= operator';

CREATE FUNCTION moment_cmp(moment, moment) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_cmp(moment, moment) IS
	'order of two moments, for sorting: a day comes before its times';

CREATE FUNCTION moment_hash(moment) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_hash(moment) IS
	'hash of a moment';

CREATE FUNCTION moment_hash_extended(moment, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION moment_hash_extended(moment, bigint) IS
	'hash of a moment with a seed';

CREATE OPERATOR = (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (moment, moment) IS 'the same day or the same time';

CREATE OPERATOR <> (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (moment, moment) IS 'not: the same day or the same time';

CREATE OPERATOR < (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (moment, moment) IS 'sorts before';

CREATE OPERATOR <= (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (moment, moment) IS 'sorts before or is the same';

CREATE OPERATOR > (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (moment, moment) IS 'sorts after';

CREATE OPERATOR >= (
	LEFTARG = moment, RIGHTARG = moment, FUNCTION = moment_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (moment, moment) IS 'sorts after or is the same';

CREATE OPERATOR CLASS moment_ops DEFAULT FOR TYPE moment USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 moment_cmp(moment, moment);
COMMENT ON OPERATOR CLASS moment_ops USING btree IS
	'lets moments be sorted, as in DISTINCT within an aggregate: by day, a day before its times';

CREATE OPERATOR CLASS moment_hash_ops DEFAULT FOR TYPE moment USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 moment_hash(moment),
	FUNCTION 2 moment_hash_extended(moment, bigint);
COMMENT ON OPERATOR CLASS moment_hash_ops USING hash IS
	'lets moments be grouped by';
