-- revenue_stats: what became of customers' revenue over a period, as a value that can be merged

CREATE TYPE revenue_stats;

CREATE FUNCTION revenue_stats_in(cstring) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_in(cstring) IS 'text input of revenue_stats';

CREATE FUNCTION revenue_stats_out(revenue_stats) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_out(revenue_stats) IS 'text output of revenue_stats';

CREATE FUNCTION revenue_stats_recv(internal) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_recv(internal) IS 'binary input of revenue_stats';

CREATE FUNCTION revenue_stats_send(revenue_stats) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_send(revenue_stats) IS 'binary output of revenue_stats';

CREATE TYPE revenue_stats (
	INPUT = revenue_stats_in, OUTPUT = revenue_stats_out,
	RECEIVE = revenue_stats_recv, SEND = revenue_stats_send,
	INTERNALLENGTH = variable, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE revenue_stats IS
	'exact sums of recurring revenue and counts of customers: at the beginning of a period, gained, lost and new; built by revenue_stats_agg, merged by rollup';

-- revenue_stats functions: what the aggregates are made of

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'revenue_stats_accum_closing';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric) IS
	'the statistics with one customer, given its revenue at the beginning and at the end; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, integer) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'revenue_stats_accum_closing';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, integer) IS
	'the statistics with one customer, given its revenue at the beginning and at the end, and its integrations; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'revenue_stats_accum_changes';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric) IS
	'the statistics with one customer, given its revenue at the beginning, its expansion, contraction and churn; NULL statistics are the empty ones';

CREATE FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric, integer) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'revenue_stats_accum_changes';
COMMENT ON FUNCTION _revenue_stats_accum(revenue_stats, numeric, numeric, numeric, numeric, integer) IS
	'the statistics with one customer, given its revenue at the beginning, its expansion, contraction, churn and integrations; NULL statistics are the empty ones';

CREATE FUNCTION revenue_stats_combine(a revenue_stats, b revenue_stats) RETURNS revenue_stats
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_combine(revenue_stats, revenue_stats) IS
	'the statistics of the customers of both, for ON CONFLICT DO UPDATE; NULL is nothing, and NULL only if both are';

-- revenue_stats aggregates

CREATE AGGREGATE revenue_stats_agg(opening_mrr numeric, closing_mrr numeric) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric) IS
	'statistics of customers, a row each, from their recurring revenue at the beginning and at the end of a period; NULL and 0: not a customer then; rows without either are counted as ignored; no rows give empty statistics';

CREATE AGGREGATE revenue_stats_agg(opening_mrr numeric, closing_mrr numeric, integrations integer) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, integer) IS
	'the same, with how many integrations each uses; NULL is unknown';

CREATE AGGREGATE revenue_stats_agg(opening numeric, expansion numeric, contraction numeric, churned numeric) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, numeric, numeric) IS
	'statistics of customers, a row each, from their recurring revenue at the beginning of a period and what it gained and lost in it, all as positive amounts; NULL is 0; who has nothing left is lost; rows without any amount are counted as ignored';

CREATE AGGREGATE revenue_stats_agg(opening numeric, expansion numeric, contraction numeric, churned numeric, integrations integer) (
	STYPE = revenue_stats, SFUNC = _revenue_stats_accum, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_stats_agg(numeric, numeric, numeric, numeric, integer) IS
	'the same, with how many integrations each uses; NULL is unknown';

CREATE AGGREGATE rollup(stats revenue_stats) (
	STYPE = revenue_stats, SFUNC = revenue_stats_combine, INITCOND = 'ignored=0', SSPACE = 256,
	COMBINEFUNC = revenue_stats_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(revenue_stats) IS
	'statistics of the customers of several groups together; NULL is nothing; no groups give empty statistics';

-- revenue_stats accessors

CREATE FUNCTION customers(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_customers';
COMMENT ON FUNCTION customers(revenue_stats) IS 'how many customers there were at the beginning';

CREATE FUNCTION churned(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_churned';
COMMENT ON FUNCTION churned(revenue_stats) IS 'how many of them were lost: none of their revenue is left';

CREATE FUNCTION expanded(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expanded';
COMMENT ON FUNCTION expanded(revenue_stats) IS 'how many of those left gained revenue';

CREATE FUNCTION contracted(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_contracted';
COMMENT ON FUNCTION contracted(revenue_stats) IS 'how many of those left lost revenue';

CREATE FUNCTION new_customers(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_new_customers';
COMMENT ON FUNCTION new_customers(revenue_stats) IS
	'how many customers came: they had no revenue at the beginning';

CREATE FUNCTION ignored(stats revenue_stats) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_ignored';
COMMENT ON FUNCTION ignored(revenue_stats) IS 'how many rows had no revenue at all';

CREATE FUNCTION opening_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_opening_amount';
COMMENT ON FUNCTION opening_amount(revenue_stats) IS 'revenue at the beginning, exact';

CREATE FUNCTION expansion_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expansion_amount';
COMMENT ON FUNCTION expansion_amount(revenue_stats) IS 'revenue gained from customers of the beginning, exact';

CREATE FUNCTION contraction_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_contraction_amount';
COMMENT ON FUNCTION contraction_amount(revenue_stats) IS
	'revenue lost from customers who are left, exact; as given, where contraction and churn were given';

CREATE FUNCTION churned_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_churned_amount';
COMMENT ON FUNCTION churned_amount(revenue_stats) IS
	'revenue lost with customers who are lost, exact; as given, where contraction and churn were given';

CREATE FUNCTION new_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_new_amount';
COMMENT ON FUNCTION new_amount(revenue_stats) IS 'revenue of new customers, exact';

CREATE FUNCTION closing_amount(stats revenue_stats) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_closing_amount';
COMMENT ON FUNCTION closing_amount(revenue_stats) IS 'revenue at the end, with that of new customers, exact';

CREATE FUNCTION nrr(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_nrr';
COMMENT ON FUNCTION nrr(revenue_stats) IS
	'net revenue retention: (opening + expansion - contraction - churn) / opening; NULL without opening revenue';

CREATE FUNCTION grr(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_grr';
COMMENT ON FUNCTION grr(revenue_stats) IS
	'gross revenue retention, 0 to 1: the sum of each customer''s smaller end / opening; what a customer lost and gained within the period is no loss; NULL without opening revenue';

CREATE FUNCTION expansion_rate(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_expansion_rate';
COMMENT ON FUNCTION expansion_rate(revenue_stats) IS 'expansion / opening revenue; NULL without opening revenue';

CREATE FUNCTION revenue_churn(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_revenue_churn';
COMMENT ON FUNCTION revenue_churn(revenue_stats) IS
	'share (0 to 1) of the opening revenue that is gone at the end, which is 1 - grr; NULL without opening revenue';

CREATE FUNCTION logo_churn(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_logo_churn';
COMMENT ON FUNCTION logo_churn(revenue_stats) IS
	'customers lost / customers at the beginning; NULL when there were none';

CREATE FUNCTION integration_depth(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_depth';
COMMENT ON FUNCTION integration_depth(revenue_stats) IS
	'integrations / customers, of those at the beginning whose integrations are known; NULL when there are none';

CREATE FUNCTION integration_adoption(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_adoption';
COMMENT ON FUNCTION integration_adoption(revenue_stats) IS
	'share (0 to 1) of customers with one integration or more, of those whose integrations are known; NULL when there are none';

CREATE FUNCTION integration_density(stats revenue_stats) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'revenue_stats_integration_density';
COMMENT ON FUNCTION integration_density(revenue_stats) IS
	'share (0 to 1) of customers with two integrations or more, of those whose integrations are known; NULL when there are none';

CREATE FUNCTION churn_by_depth(stats revenue_stats, OUT integrations text, OUT customers bigint, OUT churned bigint, OUT logo_churn double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'revenue_stats_by_depth';
COMMENT ON FUNCTION churn_by_depth(revenue_stats) IS
	'customers and those lost by how many integrations they use: none, one, two or more, unknown';

CREATE FUNCTION cltv(stats revenue_stats, gross_margin numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('gross_margin'::pg_catalog.text, gross_margin, 'share'::pg_catalog.text,
			0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) CASE WHEN @extschema@.churned(stats) OPERATOR(pg_catalog.<>) 0::pg_catalog.int8
			THEN @extschema@.opening_amount(stats) END
		OPERATOR(pg_catalog./) @extschema@.churned(stats)::pg_catalog.numeric;
COMMENT ON FUNCTION cltv(revenue_stats, numeric) IS
	'lifetime value of a customer: mean revenue a period * gross margin (0 to 1, else an error) / logo churn a period, as if that churn went on; NULL when nobody was lost';

CREATE FUNCTION cltv(amount numeric, gross_margin numeric, customers survival, until integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('amount'::pg_catalog.text, amount, 'amount'::pg_catalog.text,
			NULL::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) @extschema@._checked_value('gross_margin'::pg_catalog.text, gross_margin, 'share'::pg_catalog.text,
			0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) @extschema@.mean_survival(customers, until)::pg_catalog.numeric;
COMMENT ON FUNCTION cltv(numeric, numeric, survival, integer) IS
	'lifetime value of a customer within the first until (days) by the retention curve: revenue a day * gross margin (0 to 1, else an error) * mean days a customer stays; NULL where the curve does not reach so far';

CREATE FUNCTION retained_revenue(base numeric, churn double precision, other_churn double precision) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN @extschema@._checked_value('base'::pg_catalog.text, base, 'amount'::pg_catalog.text,
			NULL::pg_catalog.numeric, NULL::pg_catalog.numeric, NULL::pg_catalog.text[])
		OPERATOR(pg_catalog.*) (@extschema@._checked_value('other_churn'::pg_catalog.text, other_churn::pg_catalog.numeric, 'share'::pg_catalog.text,
				0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[])
			OPERATOR(pg_catalog.-) @extschema@._checked_value('churn'::pg_catalog.text, churn::pg_catalog.numeric, 'share'::pg_catalog.text,
				0::pg_catalog.numeric, 1::pg_catalog.numeric, NULL::pg_catalog.text[]));
COMMENT ON FUNCTION retained_revenue(numeric, double precision, double precision) IS
	'revenue that a lower churn than another keeps: base * (other churn - churn), churn from 0 to 1, else an error; an observation, not an experiment';

-- revenue_stats operators

CREATE FUNCTION revenue_stats_eq(revenue_stats, revenue_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_eq(revenue_stats, revenue_stats) IS 'implementation of = operator';

CREATE FUNCTION revenue_stats_ne(revenue_stats, revenue_stats) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_ne(revenue_stats, revenue_stats) IS 'implementation of <> operator';

CREATE FUNCTION revenue_stats_hash(revenue_stats) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_hash(revenue_stats) IS 'hash of a revenue_stats';

CREATE FUNCTION revenue_stats_hash_extended(revenue_stats, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION revenue_stats_hash_extended(revenue_stats, bigint) IS 'hash of a revenue_stats with a seed';

CREATE OPERATOR = (
	LEFTARG = revenue_stats, RIGHTARG = revenue_stats, FUNCTION = revenue_stats_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (revenue_stats, revenue_stats) IS 'the same statistics';

CREATE OPERATOR <> (
	LEFTARG = revenue_stats, RIGHTARG = revenue_stats, FUNCTION = revenue_stats_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (revenue_stats, revenue_stats) IS 'not the same statistics';

CREATE OPERATOR CLASS revenue_stats_hash_ops DEFAULT FOR TYPE revenue_stats USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 revenue_stats_hash(revenue_stats),
	FUNCTION 2 revenue_stats_hash_extended(revenue_stats, bigint);
COMMENT ON OPERATOR CLASS revenue_stats_hash_ops USING hash IS
	'lets revenue_stats be grouped by, as in DISTINCT and UNION';
