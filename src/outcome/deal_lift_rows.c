/*
 * deal_lift_rows.c
 *		What a deal_lift says, as rows, and the comparison of two deal_stats.
 *
 * The verdicts are put together in SQL, as they quote the targets in force;
 * from here come the finding that the numbers allow, and warnings.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_rows.c
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/result_rows.h"
#include "outcome/deal_lift_private.h"
#include "base/distribution.h"

PG_FUNCTION_INFO_V1(deal_stats_rate_interval);
PG_FUNCTION_INFO_V1(deal_stats_win_rate_interval);
PG_FUNCTION_INFO_V1(deal_stats_compare);
PG_FUNCTION_INFO_V1(deal_lift_landmark);
PG_FUNCTION_INFO_V1(deal_lift_ignored);
PG_FUNCTION_INFO_V1(deal_lift_sides);
PG_FUNCTION_INFO_V1(deal_lift_rows);
PG_FUNCTION_INFO_V1(deal_lift_win_odds);

typedef struct Measure
{
	const char *name;
	Comparison (*compare)(const Pair *pairs, int n, double confidence);
	const char *higher; /* what co-sold deals are then */
	const char *lower;
} Measure;

static const Measure measures[] = {
	{"win_rate", compare_rates, "wins more often", "wins less often"},
	{"mean_amount", compare_amounts, "larger", "smaller"},
	{"median_cycle", compare_cycles, "slower", "faster"},
	{"won_within_90_days", compare_incidence, "sooner", "later"}};

StaticAssertDecl(INCIDENCE_DAYS == 90, "the name of the measure says so");

/* Where the share won within some days stands, which not every state has */
#define MEASURE_OF_INCIDENCE 3

static Datum
float_or_null(double value, bool *null)
{
	*null = isnan(value);
	return Float8GetDatum(value);
}

/*
 * The columns of a comparison: n and values of both sides, ratio, difference
 * and their limits, p-value, finding.
 */
#define COMPARISON_COLUMNS 12

static void
comparison_columns(const Comparison *c, const Measure *measure, Datum *values,
				   bool *nulls)
{
	const char *finding = NULL;

	values[0] = Int64GetDatum(c->n[0]);
	values[1] = Int64GetDatum(c->n[1]);
	values[2] = float_or_null(c->value[0], &nulls[2]);
	values[3] = float_or_null(c->value[1], &nulls[3]);
	values[4] = float_or_null(c->ratio, &nulls[4]);
	values[5] = float_or_null(c->ratio_limit[0], &nulls[5]);
	values[6] = float_or_null(c->ratio_limit[1], &nulls[6]);
	values[7] = float_or_null(c->difference, &nulls[7]);
	values[8] = float_or_null(c->difference_limit[0], &nulls[8]);
	values[9] = float_or_null(c->difference_limit[1], &nulls[9]);
	values[10] = float_or_null(c->p_value, &nulls[10]);
	switch (c->finding)
	{
		case TOO_FEW:
			finding = "too few deals";
			break;
		case SPREAD_UNKNOWN:
			finding = "spread of amounts is unknown";
			break;
		case NOT_CLEAR:
			finding = "no clear difference";
			break;
		case CO_SELL_HIGHER:
			finding = measure->higher;
			break;
		case CO_SELL_LOWER:
			finding = measure->lower;
			break;
	}
	values[11] = CStringGetTextDatum(finding);
}

/*
 * rate_interval(successes bigint, trials bigint, confidence) -> row (lower_limit,
 * upper_limit), both float8 and NULL where there is no trial
 */
Datum
deal_stats_rate_interval(PG_FUNCTION_ARGS)
{
	int64 successes = PG_GETARG_INT64(0);
	int64 trials = PG_GETARG_INT64(1);
	double z = confidence_to_z(PG_GETARG_FLOAT8(2));
	double limits[2];
	Datum values[2];
	bool nulls[2];

	if (successes < 0 || successes > trials)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there cannot be " INT64_FORMAT
							   " successes of " INT64_FORMAT " trials",
							   successes, trials)));
	rate_limits(successes, trials, z, limits);
	values[0] = float_or_null(limits[0], &nulls[0]);
	values[1] = float_or_null(limits[1], &nulls[1]);
	return row_result(fcinfo, values, nulls);
}

/*
 * win_rate_interval(deal_stats, confidence) -> row (lower_limit, upper_limit),
 * both float8 and NULL where no deal is closed
 */
Datum
deal_stats_win_rate_interval(PG_FUNCTION_ARGS)
{
	DealStats *stats = deal_stats_argument(fcinfo, 0);
	double z = confidence_to_z(PG_GETARG_FLOAT8(1));
	double limits[2];
	Datum values[2];
	bool nulls[2];

	rate_limits(stats->deals[WON], stats->deals[WON] + stats->deals[LOST], z,
				limits);
	values[0] = float_or_null(limits[0], &nulls[0]);
	values[1] = float_or_null(limits[1], &nulls[1]);
	return row_result(fcinfo, values, nulls);
}

/*
 * deal_stats_comparison(measure text, co_sell deal_stats, solo deal_stats,
 * confidence) -> row of the columns of a comparison
 */
Datum
deal_stats_compare(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Pair pair = {
		{deal_stats_argument(fcinfo, 1), deal_stats_argument(fcinfo, 2)}};
	double confidence = PG_GETARG_FLOAT8(3);
	Datum values[COMPARISON_COLUMNS];
	bool nulls[COMPARISON_COLUMNS] = {false};

	(void) confidence_to_z(confidence);
	for (int i = 0; i < lengthof(measures); i++)
	{
		Comparison c;

		if (strcmp(name, measures[i].name) != 0)
			continue;
		c = measures[i].compare(&pair, 1, confidence);
		comparison_columns(&c, &measures[i], values, nulls);
		return row_result(fcinfo, values, nulls);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown measure \"%s\"", name),
					errhint("Measures are win_rate, mean_amount, "
							"median_cycle and won_within_90_days.")));
	return (Datum) 0; /* for the compiler */
}

/*
 * Accessors
 */

/* landmark(deal_lift) -> integer, in days; NULL where there is none */
Datum
deal_lift_landmark(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);

	if (lift->landmark < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(lift->landmark);
}

Datum
deal_lift_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(lift_argument(fcinfo, 0)->ignored);
}

static Datum
basis_datum(const Lift *lift, Basis basis)
{
	if (basis == AS_RECORDED)
		return CStringGetTextDatum("as recorded");
	return CStringGetTextDatum(psprintf("landmark %d days", lift->landmark));
}

static Datum
segment_datum(const LiftSegment *segment)
{
	return PointerGetDatum(
		cstring_to_text_with_len(segment->name, segment->length));
}

/*
 * deal_lift_sides(deal_lift) -> rows (basis text, segment text, co_sell
 * boolean, stats deal_stats), of each side that has deals
 */
Datum
deal_lift_sides(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);

	begin_rows(fcinfo);
	for (int basis = 0; basis < BASES; basis++)
	{
		for (int32 i = 0; i < lift->nsegments; i++)
		{
			LiftSegment *segment = lift->segments[i];

			CHECK_FOR_INTERRUPTS();
			for (int solo = 0; solo < 2; solo++)
			{
				DealStats *stats = segment->sides[SIDE(basis, !solo)];
				Datum values[4];
				bool nulls[4] = {false};

				if (stats == NULL)
					continue;
				values[0] = basis_datum(lift, basis);
				values[1] = segment_datum(segment);
				values[2] = BoolGetDatum(!solo);
				values[3] = PointerGetDatum(stats);
				put_row(fcinfo, values, nulls);
			}
		}
	}
	return (Datum) 0;
}

/*
 * Comparisons of all deals, within segments, and of each segment
 */

/* The segments' deals by a basis */
static Pair *
pairs_of(const Lift *lift, Basis basis)
{
	Pair *pairs = palloc(Max(lift->nsegments, 1) * sizeof(Pair));

	for (int32 i = 0; i < lift->nsegments; i++)
	{
		pairs[i].side[0] = lift->segments[i]->sides[SIDE(basis, true)];
		pairs[i].side[1] = lift->segments[i]->sides[SIDE(basis, false)];
	}
	return pairs;
}

/* The deals of all segments together */
static Pair
pooled(const Pair *pairs, int n)
{
	Pair all = {{NULL, NULL}};

	for (int side = 0; side < 2; side++)
	{
		DealStats *sum = allocate_deal_stats(0);

		for (int i = 0; i < n; i++)
		{
			DealStats *old = sum;

			CHECK_FOR_INTERRUPTS();
			if (pairs[i].side[side] == NULL)
				continue;
			sum = merge_deal_stats(sum, pairs[i].side[side]);
			if (sum != old)
				pfree(old);
		}
		all.side[side] = sum;
	}
	return all;
}

/* A comparison whose direction counts */
static bool
is_clear(const Comparison *c)
{
	return c->finding == CO_SELL_HIGHER || c->finding == CO_SELL_LOWER;
}

/* Whether all deals together say one thing, and segments the opposite */
static bool
turns_around(const Comparison *together, const Comparison *stratified)
{
	return (is_clear(together) || is_clear(stratified)) &&
		   together->difference * stratified->difference < 0;
}

static void
put_comparison(FunctionCallInfo fcinfo, const Lift *lift, Basis basis,
			   const char *comparison, const LiftSegment *segment,
			   const Measure *measure, const Comparison *c,
			   const char *warning)
{
	Datum values[4 + COMPARISON_COLUMNS + 1];
	bool nulls[4 + COMPARISON_COLUMNS + 1] = {false};

	values[0] = basis_datum(lift, basis);
	values[1] = CStringGetTextDatum(comparison);
	values[2] = segment ? segment_datum(segment) : (Datum) 0;
	nulls[2] = segment == NULL;
	values[3] = CStringGetTextDatum(measure->name);
	comparison_columns(c, measure, values + 4, nulls + 4);
	values[4 + COMPARISON_COLUMNS] = warning ? CStringGetTextDatum(warning)
											 : (Datum) 0;
	nulls[4 + COMPARISON_COLUMNS] = warning == NULL;
	put_row(fcinfo, values, nulls);
}

/* The common odds ratio as a comparison */
static Comparison
odds_as_comparison(const CommonOdds *odds, const Comparison *rates,
				   double confidence)
{
	Comparison c = no_comparison();

	c.n[0] = rates->n[0];
	c.n[1] = rates->n[1];
	c.ratio = odds->odds_ratio;
	c.ratio_limit[0] = odds->limit[0];
	c.ratio_limit[1] = odds->limit[1];
	c.p_value = odds->p_value;
	/* NAN with a p-value is infinite: nothing speaks for the solo side. */
	if (!isnan(odds->p_value))
		c.finding = !(odds->p_value < 1 - confidence) ? NOT_CLEAR
					: odds->odds_ratio < 1            ? CO_SELL_LOWER
													  : CO_SELL_HIGHER;
	return c;
}

/* All rows of a basis */
static void
put_basis(FunctionCallInfo fcinfo, const Lift *lift, Basis basis,
		  double confidence)
{
	static const Measure win_odds = {"win_odds", NULL, "wins more often",
									 "wins less often"};
	Pair *pairs = pairs_of(lift, basis);
	int n = lift->nsegments;
	Pair all = pooled(pairs, n);
	/* Deals without a segment are not compared within one. */
	bool segmented = n > 1 ||
					 (n == 1 &&
					  (lift->segments[0]->length != strlen(NO_SEGMENT) ||
					   memcmp(lift->segments[0]->name, NO_SEGMENT,
							  strlen(NO_SEGMENT)) != 0));
	int nmeasures = has_incidence(pairs, n) ? lengthof(measures)
											: MEASURE_OF_INCIDENCE;
	Comparison together[lengthof(measures)];
	Comparison stratified[lengthof(measures)];
	CommonOdds odds;
	bool disagree;

	for (int m = 0; m < nmeasures; m++)
	{
		bool turns = false;

		together[m] = measures[m].compare(&all, 1, confidence);
		if (n > 1)
		{
			stratified[m] = measures[m].compare(pairs, n, confidence);
			turns = turns_around(&together[m], &stratified[m]);
		}
		put_comparison(fcinfo, lift, basis, "pooled", NULL, &measures[m],
					   &together[m],
					   turns ? "within segments it points the other way"
							 : NULL);
	}
	if (n > 1)
	{
		Comparison c;

		odds = common_odds(pairs, n, confidence);
		c = odds_as_comparison(&odds, &stratified[0], confidence);
		disagree = odds.homogeneity_p < 1 - confidence;
		for (int m = 0; m < nmeasures; m++)
		{
			bool turns = turns_around(&together[m], &stratified[m]);

			put_comparison(fcinfo, lift, basis, "stratified", NULL,
						   &measures[m], &stratified[m],
						   turns ? "pooled it points the other way"
						   : m == 0 && disagree ? "segments disagree"
												: NULL);
			if (m == 0)
				put_comparison(fcinfo, lift, basis, "stratified", NULL,
							   &win_odds, &c,
							   disagree ? "segments disagree" : NULL);
		}
	}
	for (int i = 0; segmented && i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int m = 0; m < nmeasures; m++)
		{
			Comparison c = measures[m].compare(&pairs[i], 1, confidence);

			put_comparison(fcinfo, lift, basis, "segment", lift->segments[i],
						   &measures[m], &c, NULL);
		}
	}
}

/*
 * deal_lift_rows(deal_lift, confidence) -> rows (basis, comparison, segment,
 * measure text, then the columns of a comparison, warning text)
 */
Datum
deal_lift_rows(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);
	double confidence = PG_GETARG_FLOAT8(1);

	(void) confidence_to_z(confidence);
	begin_rows(fcinfo);
	put_basis(fcinfo, lift, AS_RECORDED, confidence);
	if (lift->landmark >= 0)
		put_basis(fcinfo, lift, AT_LANDMARK, confidence);
	return (Datum) 0;
}

/*
 * win_odds_lift(deal_lift, confidence) -> rows (basis text, segments integer,
 * odds_ratio, lower_limit, upper_limit, chi_square, p_value,
 * homogeneity_chi_square float8, homogeneity_df integer, homogeneity_p_value
 * float8)
 */
Datum
deal_lift_win_odds(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);
	double confidence = PG_GETARG_FLOAT8(1);

	(void) confidence_to_z(confidence);
	begin_rows(fcinfo);
	for (int basis = 0; basis < (lift->landmark >= 0 ? BASES : 1); basis++)
	{
		CommonOdds odds = common_odds(pairs_of(lift, basis), lift->nsegments,
									  confidence);
		Datum values[10];
		bool nulls[10] = {false};

		values[0] = basis_datum(lift, basis);
		values[1] = Int32GetDatum(odds.strata);
		values[2] = float_or_null(odds.odds_ratio, &nulls[2]);
		values[3] = float_or_null(odds.limit[0], &nulls[3]);
		values[4] = float_or_null(odds.limit[1], &nulls[4]);
		values[5] = float_or_null(odds.chi_square, &nulls[5]);
		values[6] = float_or_null(odds.p_value, &nulls[6]);
		values[7] = float_or_null(odds.homogeneity, &nulls[7]);
		values[8] = Int32GetDatum(odds.homogeneity_df);
		nulls[8] = nulls[7];
		values[9] = float_or_null(odds.homogeneity_p, &nulls[9]);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
