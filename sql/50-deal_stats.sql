-- deal_stats: what a group of deals amounts to, as a value that can be merged

CREATE TYPE deal_stats;

CREATE FUNCTION deal_stats_in(cstring) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_in(cstring) IS 'text input of deal_stats';

CREATE FUNCTION deal_stats_out(deal_stats) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_out(deal_stats) IS 'text output of deal_stats';

CREATE FUNCTION deal_stats_recv(internal) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_recv(internal) IS 'binary input of deal_stats';

CREATE FUNCTION deal_stats_send(deal_stats) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_send(deal_stats) IS 'binary output of deal_stats';

CREATE TYPE deal_stats (
	INPUT = deal_stats_in, OUTPUT = deal_stats_out,
	RECEIVE = deal_stats_recv, SEND = deal_stats_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_stats IS
	'statistics of a group of deals: counts and exact amounts by outcome, a histogram of days and one of won amounts; built by deal_stats_agg, merged by rollup';

-- deal_stats functions: what the aggregates are made of

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_stats_accum';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text) IS
	'the statistics with one deal, given its amount and outcome; NULL statistics are the empty ones';

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_stats_accum_moments';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment) IS
	'the statistics with one deal, given its amount, outcome, opening and closing; NULL statistics are the empty ones';

CREATE FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment, moment) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_stats_accum_moments';
COMMENT ON FUNCTION _deal_stats_accum(deal_stats, numeric, text, moment, moment, moment) IS
	'the statistics with one deal, given its amount, outcome, opening and closing, and up to when open deals were watched; NULL statistics are the empty ones';

CREATE FUNCTION deal_stats_combine(a deal_stats, b deal_stats) RETURNS deal_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_combine(deal_stats, deal_stats) IS
	'statistics of the deals of both, for ON CONFLICT DO UPDATE; NULL is no deals, and NULL only if both are';

CREATE FUNCTION _deal_stats_final(deal_stats) RETURNS deal_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_final';
COMMENT ON FUNCTION _deal_stats_final(deal_stats) IS
	'the value an aggregate returns: its state without spare memory';

-- deal_stats aggregates

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text) IS
	'statistics of deals, a row each, from their amount and outcome (won, lost, open; NULL is open); deals without an amount count; no deals give empty statistics. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text, moment, moment) IS
	'statistics of deals, a row each, from their amount, outcome (won, lost, open; NULL is open), and when they opened and closed (date, timestamptz, or timestamp as UTC); days are calendar days (UTC) where one of the two is a date, else whole days of 24 hours; a closed deal without both in order counts, outside the cycle. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_stats_agg(amount numeric, outcome text, opened_at moment, closed_at moment, as_of moment) (
	STYPE = deal_stats, SFUNC = _deal_stats_accum, INITCOND = 'deals=0', SSPACE = 192,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_stats_agg(numeric, text, moment, moment, moment) IS
	'the same, where open deals keep the days from opening to as_of as days without an outcome yet. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE rollup(stats deal_stats) (
	STYPE = deal_stats, SFUNC = deal_stats_combine, INITCOND = 'deals=0', SSPACE = 1024,
	COMBINEFUNC = deal_stats_combine, FINALFUNC = _deal_stats_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_stats) IS
	'statistics of all deals of several groups; NULL is no deals; no groups give empty statistics';

-- deal_stats accessors

CREATE FUNCTION deals(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_deals';
COMMENT ON FUNCTION deals(deal_stats) IS
	'how many deals';

CREATE FUNCTION won(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_won';
COMMENT ON FUNCTION won(deal_stats) IS
	'how many deals were won';

CREATE FUNCTION lost(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_lost';
COMMENT ON FUNCTION lost(deal_stats) IS
	'how many deals were lost';

CREATE FUNCTION open(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_open';
COMMENT ON FUNCTION open(deal_stats) IS
	'how many deals are open';

CREATE FUNCTION without_amount(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_without_amount';
COMMENT ON FUNCTION without_amount(deal_stats) IS
	'how many deals, of any outcome, have no amount: they count as deals, and in no amount';

CREATE FUNCTION without_cycle(stats deal_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_without_cycle';
COMMENT ON FUNCTION without_cycle(deal_stats) IS
	'how many won and lost deals have no cycle, since they lack a date or close before they open: they count as deals, and in no cycle';

CREATE FUNCTION win_rate(stats deal_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_rate';
COMMENT ON FUNCTION win_rate(deal_stats) IS
	'won deals / (won and lost deals), 0 to 1; NULL when none is closed';

CREATE FUNCTION won_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_won_amount';
COMMENT ON FUNCTION won_amount(deal_stats) IS
	'sum of the amounts of won deals, exact; 0 when there are none';

CREATE FUNCTION lost_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_lost_amount';
COMMENT ON FUNCTION lost_amount(deal_stats) IS
	'sum of the amounts of lost deals, exact; 0 when there are none';

CREATE FUNCTION open_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_open_amount';
COMMENT ON FUNCTION open_amount(deal_stats) IS
	'sum of the amounts of open deals, exact; 0 when there are none';

CREATE FUNCTION mean_amount(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_mean_amount';
COMMENT ON FUNCTION mean_amount(deal_stats) IS
	'mean amount of the won deals that have one; NULL when none has';

CREATE FUNCTION mean_cycle(stats deal_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_mean_cycle';
COMMENT ON FUNCTION mean_cycle(deal_stats) IS
	'mean days from opening to closing of the won deals that have a cycle; NULL when none has';

CREATE FUNCTION amount_quantile(stats deal_stats, q double precision) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_amount_quantile';
COMMENT ON FUNCTION amount_quantile(deal_stats, double precision) IS
	'amount that a share q (0 to 1) of the won deals with an amount do not exceed, within 1 %: percentile_disc of a histogram; NULL when there are none';

CREATE FUNCTION cycle_quantile(stats deal_stats, q double precision) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_cycle_quantile';
COMMENT ON FUNCTION cycle_quantile(deal_stats, double precision) IS
	'days within which a share q (0 to 1) of the won deals with a cycle closed, exact: percentile_disc of the days; NULL when there are none';

CREATE FUNCTION cycle_days(stats deal_stats, OUT outcome text, OUT days integer, OUT deals bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100
	AS 'MODULE_PATHNAME', 'deal_stats_cycle_days';
COMMENT ON FUNCTION cycle_days(deal_stats) IS
	'how many deals took how many days, by outcome; open deals appear where deal_stats_agg was given as_of';

-- deal_stats operators

CREATE FUNCTION deal_stats_eq(deal_stats, deal_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_eq(deal_stats, deal_stats) IS 'implementation of = operator';

CREATE FUNCTION deal_stats_ne(deal_stats, deal_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_ne(deal_stats, deal_stats) IS 'implementation of <> operator';

CREATE FUNCTION deal_stats_hash(deal_stats) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_hash(deal_stats) IS 'hash of a deal_stats';

CREATE FUNCTION deal_stats_hash_extended(deal_stats, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_stats_hash_extended(deal_stats, bigint) IS 'hash of a deal_stats with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_stats, RIGHTARG = deal_stats, FUNCTION = deal_stats_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_stats, deal_stats) IS 'the same statistics';

CREATE OPERATOR <> (
	LEFTARG = deal_stats, RIGHTARG = deal_stats, FUNCTION = deal_stats_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_stats, deal_stats) IS 'not the same statistics';

CREATE OPERATOR CLASS deal_stats_hash_ops DEFAULT FOR TYPE deal_stats USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_stats_hash(deal_stats),
	FUNCTION 2 deal_stats_hash_extended(deal_stats, bigint);
COMMENT ON OPERATOR CLASS deal_stats_hash_ops USING hash IS
	'lets deal_stats be grouped by, as in DISTINCT and UNION';
