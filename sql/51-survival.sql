-- survival: how long customers stay, as a value that can be merged

CREATE TYPE survival;

CREATE FUNCTION survival_in(cstring) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_in(cstring) IS 'text input of survival';

CREATE FUNCTION survival_out(survival) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_out(survival) IS 'text output of survival';

CREATE FUNCTION survival_recv(internal) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_recv(internal) IS 'binary input of survival';

CREATE FUNCTION survival_send(survival) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_send(survival) IS 'binary output of survival';

CREATE TYPE survival (
	INPUT = survival_in, OUTPUT = survival_out,
	RECEIVE = survival_recv, SEND = survival_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE survival IS
	'how many customers were lost, and how many last seen, after what time; built by survival_agg, merged by rollup';

-- survival functions: what the aggregates are made of

CREATE FUNCTION _survival_accum(survival, integer, boolean) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'survival_accum';
COMMENT ON FUNCTION _survival_accum(survival, integer, boolean) IS
	'the customers with one more, given when it was lost or last seen and which of the two; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, integer, integer, boolean) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'survival_accum_entry';
COMMENT ON FUNCTION _survival_accum(survival, integer, integer, boolean) IS
	'the customers with one more, given from when it was observed, when it was lost or last seen and which of the two; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, moment, moment, moment) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'survival_accum_moments';
COMMENT ON FUNCTION _survival_accum(survival, moment, moment, moment) IS
	'the customers with one more, given when it came, when it was lost (NULL: not yet) and up to when it was watched; NULL is no customers';

CREATE FUNCTION _survival_accum(survival, moment, moment, moment, moment) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'survival_accum_moments_entry';
COMMENT ON FUNCTION _survival_accum(survival, moment, moment, moment, moment) IS
	'the customers with one more, given when it came, from when it was observed, when it was lost (NULL: not yet) and up to when it was watched; NULL is no customers';

CREATE FUNCTION survival_combine(a survival, b survival) RETURNS survival
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_combine(survival, survival) IS
	'the customers of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

CREATE FUNCTION _survival_final(survival) RETURNS survival
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_final';
COMMENT ON FUNCTION _survival_final(survival) IS
	'the value an aggregate returns: its state without spare memory';

-- survival aggregates

CREATE AGGREGATE survival_agg(exit integer, churned boolean) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(integer, boolean) IS
	'customers by the time until they were lost (churned) or last seen, in whole days, or months, the same for all; rows without either, or a time below 0, are counted as ignored; no rows give no customers';

CREATE AGGREGATE survival_agg(entry integer, exit integer, churned boolean) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(integer, integer, boolean) IS
	'the same for customers observed only after entry, such as the day of their first integration; NULL, 0 and less are from the beginning; an exit that is not after the entry is ignored, and counted';

CREATE AGGREGATE survival_agg(started moment, churned moment, as_of moment) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(moment, moment, moment) IS
	'customers by the days from when they came until they were lost, or until as_of where churned is NULL or later (date, timestamptz, or timestamp as UTC; calendar days where one of the two is a date, else whole days of 24 hours); rows without a start or an end, or that end before they start, are counted as ignored';

CREATE AGGREGATE survival_agg(started moment, entry moment, churned moment, as_of moment) (
	STYPE = survival, SFUNC = _survival_accum, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(moment, moment, moment, moment) IS
	'the same for customers observed only after entry, such as their first integration; NULL, and what is not after the start, is from the beginning; who is not there after entry is counted as ignored';

CREATE AGGREGATE rollup(customers survival) (
	STYPE = survival, SFUNC = survival_combine, INITCOND = 'ignored=0', SSPACE = 1024,
	COMBINEFUNC = survival_combine, FINALFUNC = _survival_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survival) IS
	'the customers of several groups together; NULL is nothing; no groups give no customers';

-- survival accessors

CREATE FUNCTION subjects(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_subjects';
COMMENT ON FUNCTION subjects(survival) IS 'how many customers';

CREATE FUNCTION churned(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_churned';
COMMENT ON FUNCTION churned(survival) IS 'how many customers were lost';

CREATE FUNCTION ignored(customers survival) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_ignored';
COMMENT ON FUNCTION ignored(survival) IS 'how many rows lacked a time or had times out of order';

CREATE FUNCTION time_at_risk(customers survival) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_time_at_risk';
COMMENT ON FUNCTION time_at_risk(survival) IS 'sum of the times for which the customers were observed';

CREATE FUNCTION hazard(customers survival) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_hazard';
COMMENT ON FUNCTION hazard(survival) IS
	'customers lost per unit of time (day) at risk; NULL when the time at risk is 0';

CREATE FUNCTION survival_at(customers survival, duration integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_survival_at';
COMMENT ON FUNCTION survival_at(survival, integer) IS
	'share (0 to 1) that stays longer than a duration, by Kaplan and Meier; NULL beyond the last at which anybody was seen, unless all are lost by then';

CREATE FUNCTION median_survival(customers survival) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_median';
COMMENT ON FUNCTION median_survival(survival) IS
	'duration by which half of the customers are lost, by Kaplan and Meier; the middle where the curve is flat at just a half; NULL when fewer are lost';

CREATE FUNCTION mean_survival(customers survival, until integer) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'survival_mean';
COMMENT ON FUNCTION mean_survival(survival, integer) IS
	'mean time that a customer stays within the first until (days): the restricted mean, the area under the curve; NULL beyond the last duration at which anybody was seen, unless all are lost by then';

CREATE FUNCTION survival_quantile(customers survival, q double precision, confidence double precision DEFAULT 0.95, limits text DEFAULT 'log',
		OUT duration double precision, OUT lower_limit double precision, OUT upper_limit double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_quantile(survival, double precision, double precision, text) IS
	'duration by which a share q (0 to 1) of the customers is lost, with its limits, from those of the curve (log or log-log); each NULL when the curve does not get there';

CREATE FUNCTION survival_table(customers survival, confidence double precision DEFAULT 0.95, limits text DEFAULT 'log',
		OUT duration integer, OUT at_risk bigint, OUT churned bigint, OUT censored bigint, OUT survival double precision, OUT standard_error double precision,
		OUT lower_limit double precision, OUT upper_limit double precision, OUT cumulative_hazard double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_table(survival, double precision, text) IS
	'the curve of Kaplan and Meier with Greenwood''s standard errors and limits (log or log-log), and that of Nelson and Aalen: a row for each duration at which anybody was lost or last seen; errors and limits are NULL where the curve is 0';

CREATE FUNCTION log_rank(VARIADIC groups survival[], OUT chi_square double precision, OUT df integer, OUT p_value double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'survival_log_rank';
COMMENT ON FUNCTION log_rank(survival[]) IS
	'log-rank test of whether customers of several groups are lost at the same rate: the smaller the p-value, the less likely are such differences by chance; NULL where there is nothing to compare; a NULL group is empty';

CREATE FUNCTION log_rank_groups(VARIADIC groups survival[], OUT group_number integer, OUT subjects bigint, OUT observed bigint, OUT expected double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5 AS 'MODULE_PATHNAME', 'survival_log_rank_groups';
COMMENT ON FUNCTION log_rank_groups(survival[]) IS
	'what the log-rank test compares: of each group, in order, the customers lost, and how many would be if all groups had the same rate';

CREATE FUNCTION churn_reduction(customers survival, others survival, duration integer, confidence double precision DEFAULT 0.95,
		OUT churn double precision, OUT other_churn double precision, OUT reduction double precision,
		OUT lower_limit double precision, OUT upper_limit double precision, OUT p_value double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'survival_churn_reduction';
COMMENT ON FUNCTION churn_reduction(survival, survival, integer, double precision) IS
	'by what share (0 to 1) fewer customers, such as the integrated ones, than others are lost within a duration: 1 - churn / other churn, with its limits, and the p-value of the log-rank test; NULL where one is not observed for so long or no other is lost';

-- survival operators

CREATE FUNCTION survival_eq(survival, survival) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_eq(survival, survival) IS 'implementation of = operator';

CREATE FUNCTION survival_ne(survival, survival) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_ne(survival, survival) IS 'implementation of <> operator';

CREATE FUNCTION survival_hash(survival) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_hash(survival) IS 'hash of a survival';

CREATE FUNCTION survival_hash_extended(survival, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION survival_hash_extended(survival, bigint) IS 'hash of a survival with a seed';

CREATE OPERATOR = (
	LEFTARG = survival, RIGHTARG = survival, FUNCTION = survival_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (survival, survival) IS 'the same durations of as many customers';

CREATE OPERATOR <> (
	LEFTARG = survival, RIGHTARG = survival, FUNCTION = survival_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (survival, survival) IS 'not the same durations of as many customers';

CREATE OPERATOR CLASS survival_hash_ops DEFAULT FOR TYPE survival USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 survival_hash(survival),
	FUNCTION 2 survival_hash_extended(survival, bigint);
COMMENT ON OPERATOR CLASS survival_hash_ops USING hash IS
	'lets survival be grouped by, as in DISTINCT and UNION';
