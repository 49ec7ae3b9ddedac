-- deal_lift: co-sold deals against solo ones, with intervals, tests and verdicts

CREATE TYPE deal_lift;

CREATE FUNCTION deal_lift_in(cstring) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_in(cstring) IS 'text input of deal_lift';

CREATE FUNCTION deal_lift_out(deal_lift) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_out(deal_lift) IS 'text output of deal_lift';

CREATE FUNCTION deal_lift_recv(internal) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_recv(internal) IS 'binary input of deal_lift';

CREATE FUNCTION deal_lift_send(deal_lift) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_send(deal_lift) IS 'binary output of deal_lift';

CREATE TYPE deal_lift (
	INPUT = deal_lift_in, OUTPUT = deal_lift_out,
	RECEIVE = deal_lift_recv, SEND = deal_lift_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE deal_lift IS
	'statistics of co-sold and of solo deals by segment; built by deal_lift_agg, merged by rollup, read by the function deal_lift';

-- deal_lift functions: what the aggregates are made of

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening and closing; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening, closing and segment; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, boolean, numeric, text, moment, moment, text, moment) IS
	'the deals with one more, given whether it is co-sold, its amount, outcome, opening, closing, segment and up to when open deals were watched; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening and closing; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing and segment; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing, segment and up to when open deals were watched; NULL is no deals';

CREATE FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment, integer) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'deal_lift_accum_since';
COMMENT ON FUNCTION _deal_lift_accum(deal_lift, moment, numeric, text, moment, moment, text, moment, integer) IS
	'the deals with one more, given since when it is co-sold, its amount, outcome, opening, closing, segment, up to when open deals were watched, and the landmark in days; NULL is no deals';

CREATE FUNCTION deal_lift_combine(a deal_lift, b deal_lift) RETURNS deal_lift
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_combine(deal_lift, deal_lift) IS
	'the deals of both, for ON CONFLICT DO UPDATE; NULL is no deals, and NULL only if both are; both must have the same landmark, or none';

CREATE FUNCTION _deal_lift_final(deal_lift) RETURNS deal_lift
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_final';
COMMENT ON FUNCTION _deal_lift_final(deal_lift) IS
	'the value an aggregate returns: its state without spare memory';

-- deal_lift aggregates

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment) IS
	'co-sold and solo deals, a row each, from whether a deal is co-sold, its amount, outcome (won, lost, open; NULL is open), and when it opened and closed (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); rows that do not say whether are counted as ignored. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment, segment text) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment, text) IS
	'the same by segment, such as the size of the account, so that like is compared with like; a deal without one is in the segment unspecified. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell boolean, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(boolean, numeric, text, moment, moment, text, moment) IS
	'the same, where open deals were watched up to as_of. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment) IS
	'co-sold and solo deals, a row each, from since when a deal is co-sold (NULL: never), its amount, outcome (won, lost, open; NULL is open), and when it opened and closed (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); compared as recorded, and by what was so 30 days after opening among the deals still open then. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text) IS
	'the same by segment, such as the size of the account, so that like is compared with like; a deal without one is in the segment unspecified. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text, moment) IS
	'the same, where open deals were watched up to as_of. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE deal_lift_agg(co_sell_since moment, amount numeric, outcome text, opened_at moment, closed_at moment, segment text, as_of moment, landmark integer) (
	STYPE = deal_lift, SFUNC = _deal_lift_accum, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE deal_lift_agg(moment, numeric, text, moment, moment, text, moment, integer) IS
	'the same with a landmark that many days after opening, the same for all deals. Every row must be a deal: where a join to touches or partners repeats deals, each repetition counts (count(*) - count(DISTINCT deal_id) of the same rows must be 0)';

CREATE AGGREGATE rollup(lift deal_lift) (
	STYPE = deal_lift, SFUNC = deal_lift_combine, INITCOND = 'ignored=0', SSPACE = 8192,
	COMBINEFUNC = deal_lift_combine, FINALFUNC = _deal_lift_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(deal_lift) IS
	'the deals of several groups together, by segment; NULL is no deals; no groups give no deals';

-- deal_lift accessors

CREATE FUNCTION landmark(lift deal_lift) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_landmark';
COMMENT ON FUNCTION landmark(deal_lift) IS
	'days from opening to the landmark; NULL where it is not known since when deals are co-sold';

CREATE FUNCTION ignored(lift deal_lift) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_lift_ignored';
COMMENT ON FUNCTION ignored(deal_lift) IS
	'how many deals did not say whether they are co-sold';

CREATE FUNCTION deal_lift_sides(lift deal_lift, OUT basis text, OUT segment text, OUT co_sell boolean, OUT stats deal_stats)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_sides(deal_lift) IS
	'the statistics that are compared, a row for each side of a segment that has deals; rollup merges them';

CREATE FUNCTION win_odds_lift(lift deal_lift, confidence double precision DEFAULT 0.95,
		OUT basis text, OUT segments integer, OUT odds_ratio double precision, OUT lower_limit double precision, OUT upper_limit double precision,
		OUT chi_square double precision, OUT p_value double precision,
		OUT homogeneity_chi_square double precision, OUT homogeneity_df integer, OUT homogeneity_p_value double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME', 'deal_lift_win_odds';
COMMENT ON FUNCTION win_odds_lift(deal_lift, double precision) IS
	'odds of winning of co-sold deals / of solo ones that the segments have in common, by Mantel and Haenszel, with its limits, the test of Cochran, Mantel and Haenszel, and that of Breslow, Day and Tarone of whether the segments agree; NULL where there is nothing to compare, a p-value also where there are too few deals';

-- Of one deal_stats

CREATE FUNCTION win_rate_interval(stats deal_stats, confidence double precision DEFAULT 0.95,
		OUT lower_limit double precision, OUT upper_limit double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_rate_interval';
COMMENT ON FUNCTION win_rate_interval(deal_stats, double precision) IS
	'limits of the win rate, 0 to 1, by Wilson; NULL when no deal is closed';

CREATE FUNCTION rate_interval(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
		OUT lower_limit double precision, OUT upper_limit double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_rate_interval';
COMMENT ON FUNCTION rate_interval(bigint, bigint, double precision) IS
	'limits of a rate, 0 to 1, by Wilson, of so many successes in so many trials; NULL when there is no trial';

CREATE FUNCTION win_incidence(stats deal_stats, confidence double precision DEFAULT 0.95,
		OUT days integer, OUT at_risk bigint, OUT won bigint, OUT lost bigint, OUT open bigint, OUT incidence double precision,
		OUT standard_error double precision, OUT lower_limit double precision, OUT upper_limit double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'deal_stats_win_incidence';
COMMENT ON FUNCTION win_incidence(deal_stats, double precision) IS
	'share of all deals that is won by a day, where lost deals will not be, by Aalen and Johansen: a row for each number of days after which any was won, lost, or last seen open; open deals count where deal_stats_agg was given as_of; limits are NULL at 0 and 1';

CREATE FUNCTION win_incidence_at(stats deal_stats, days integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_win_incidence_at';
COMMENT ON FUNCTION win_incidence_at(deal_stats, integer) IS
	'share of all deals (0 to 1) that is won within so many days, by Aalen and Johansen; NULL beyond the last day on which any was seen, unless all are closed by then';

-- Verdicts

CREATE FUNCTION _deal_lift_verdict(measure text, finding text, ratio double precision, warning text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.concat_ws('; '::pg_catalog.text,
		CASE WHEN finding OPERATOR(pg_catalog.=) ANY (ARRAY['too few deals', 'spread of amounts is unknown', 'no clear difference']::pg_catalog.text[]) THEN finding
			ELSE pg_catalog.concat_ws(': '::pg_catalog.text, finding,
				CASE measure
					WHEN 'win_rate'::pg_catalog.text THEN @extschema@.verdict('co_sell_win_rate_ratio'::pg_catalog.text, ratio)
					WHEN 'mean_amount'::pg_catalog.text
						THEN @extschema@.verdict('co_sell_amount_increase'::pg_catalog.text, ratio OPERATOR(pg_catalog.-) 1::pg_catalog.float8)
					WHEN 'median_cycle'::pg_catalog.text
						THEN @extschema@.verdict('co_sell_cycle_reduction'::pg_catalog.text, 1::pg_catalog.float8 OPERATOR(pg_catalog.-) ratio)
					WHEN 'win_odds'::pg_catalog.text THEN NULL::pg_catalog.text
					WHEN 'won_within_90_days'::pg_catalog.text THEN NULL::pg_catalog.text
					ELSE @extschema@._checked_value(measure, NULL::pg_catalog.numeric, NULL::pg_catalog.text, NULL::pg_catalog.numeric, NULL::pg_catalog.numeric,
						ARRAY['win_rate', 'mean_amount', 'median_cycle', 'win_odds', 'won_within_90_days']::pg_catalog.text[])::pg_catalog.text
				END) END,
		warning);
COMMENT ON FUNCTION _deal_lift_verdict(text, text, double precision, text) IS
	'the words for a comparison: its finding and, where there is one, what the targets in force say of the ratio; then the warning';

-- Comparisons of two deal_stats

CREATE FUNCTION _deal_stats_comparison(measure text, co_sell deal_stats, solo deal_stats, confidence double precision,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT finding text)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'deal_stats_compare';
COMMENT ON FUNCTION _deal_stats_comparison(text, deal_stats, deal_stats, double precision) IS
	'co-sold deals against solo ones by a measure (win_rate, mean_amount, median_cycle, won_within_90_days), with what the numbers allow to say; what win_rate_lift and its sisters are made of';

CREATE FUNCTION win_rate_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('win_rate'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('win_rate'::pg_catalog.text, win_rate_lift.co_sell, win_rate_lift.solo, win_rate_lift.confidence) c;
END;
COMMENT ON FUNCTION win_rate_lift(deal_stats, deal_stats, double precision) IS
	'win rate of co-sold deals against that of solo ones: closed deals and rate of both, their ratio and difference (Newcombe) with limits, the p-value of the chi-square test, and a verdict by the targets in force; too few deals where that test would not hold';

CREATE FUNCTION amount_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('mean_amount'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('mean_amount'::pg_catalog.text, amount_lift.co_sell, amount_lift.solo, amount_lift.confidence) c;
END;
COMMENT ON FUNCTION amount_lift(deal_stats, deal_stats, double precision) IS
	'mean amount of won co-sold deals against that of solo ones: won deals with an amount and mean of both, ratio (Fieller) and difference with limits, the p-value (Welch), and a verdict by the targets in force; too few deals below ten on a side';

CREATE FUNCTION cycle_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('median_cycle'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('median_cycle'::pg_catalog.text, cycle_lift.co_sell, cycle_lift.solo, cycle_lift.confidence) c;
END;
COMMENT ON FUNCTION cycle_lift(deal_stats, deal_stats, double precision) IS
	'median days of won co-sold deals against those of solo ones: won deals with a cycle and median of both, ratio and difference with limits, the p-value (Mann and Whitney), and a verdict by the targets in force; too few deals below ten on a side';

CREATE FUNCTION win_incidence_lift(co_sell deal_stats, solo deal_stats, confidence double precision DEFAULT 0.95,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.co_sell_deals, c.solo_deals, c.co_sell_value, c.solo_value, c.ratio, c.ratio_lower, c.ratio_upper,
	       c.difference, c.difference_lower, c.difference_upper, c.p_value,
	       @extschema@._deal_lift_verdict('won_within_90_days'::pg_catalog.text, c.finding, c.ratio, NULL::pg_catalog.text)
	FROM   @extschema@._deal_stats_comparison('won_within_90_days'::pg_catalog.text, win_incidence_lift.co_sell, win_incidence_lift.solo, win_incidence_lift.confidence) c;
END;
COMMENT ON FUNCTION win_incidence_lift(deal_stats, deal_stats, double precision) IS
	'share of co-sold deals won within 90 days of opening against that of solo ones, where lost deals compete and open ones are censored: deals and share of both, ratio and difference with limits, the p-value, and a verdict; too few deals below five won on a side';

-- Comparisons of a deal_lift

CREATE FUNCTION _deal_lift_rows(lift deal_lift, confidence double precision,
		OUT basis text, OUT comparison text, OUT segment text, OUT measure text,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT finding text, OUT warning text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20 AS 'MODULE_PATHNAME', 'deal_lift_rows';
COMMENT ON FUNCTION _deal_lift_rows(deal_lift, double precision) IS
	'the rows of deal_lift without the words of the targets: what the numbers allow to say, and a warning where segments and all deals together differ';

CREATE FUNCTION deal_lift(lift deal_lift, confidence double precision DEFAULT 0.95,
		OUT basis text, OUT comparison text, OUT segment text, OUT measure text,
		OUT co_sell_deals bigint, OUT solo_deals bigint, OUT co_sell_value double precision, OUT solo_value double precision,
		OUT ratio double precision, OUT ratio_lower double precision, OUT ratio_upper double precision,
		OUT difference double precision, OUT difference_lower double precision, OUT difference_upper double precision,
		OUT p_value double precision, OUT verdict text)
	RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS 20
BEGIN ATOMIC
	SELECT r.basis, r.comparison, r.segment, r.measure,
	       r.co_sell_deals, r.solo_deals, r.co_sell_value, r.solo_value, r.ratio, r.ratio_lower, r.ratio_upper,
	       r.difference, r.difference_lower, r.difference_upper, r.p_value,
	       @extschema@._deal_lift_verdict(r.measure, r.finding, r.ratio, r.warning)
	FROM   @extschema@._deal_lift_rows(deal_lift.lift, deal_lift.confidence) r;
END;
COMMENT ON FUNCTION deal_lift(deal_lift, double precision) IS
	'co-sold deals against solo ones by win rate, amount and cycle: all deals pooled, stratified (as if both were spread alike over the segments), and each segment; as recorded and, where it is known since when deals are co-sold, at the landmark; a verdict for each row';

-- deal_lift operators

CREATE FUNCTION deal_lift_eq(deal_lift, deal_lift) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_eq(deal_lift, deal_lift) IS 'implementation of = operator';

CREATE FUNCTION deal_lift_ne(deal_lift, deal_lift) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_ne(deal_lift, deal_lift) IS 'implementation of <> operator';

CREATE FUNCTION deal_lift_hash(deal_lift) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_hash(deal_lift) IS 'hash of a deal_lift';

CREATE FUNCTION deal_lift_hash_extended(deal_lift, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION deal_lift_hash_extended(deal_lift, bigint) IS 'hash of a deal_lift with a seed';

CREATE OPERATOR = (
	LEFTARG = deal_lift, RIGHTARG = deal_lift, FUNCTION = deal_lift_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (deal_lift, deal_lift) IS 'the same statistics of the same segments';

CREATE OPERATOR <> (
	LEFTARG = deal_lift, RIGHTARG = deal_lift, FUNCTION = deal_lift_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (deal_lift, deal_lift) IS 'not the same statistics of the same segments';

CREATE OPERATOR CLASS deal_lift_hash_ops DEFAULT FOR TYPE deal_lift USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 deal_lift_hash(deal_lift),
	FUNCTION 2 deal_lift_hash_extended(deal_lift, bigint);
COMMENT ON OPERATOR CLASS deal_lift_hash_ops USING hash IS
	'lets deal_lift be grouped by, as in DISTINCT and UNION';
