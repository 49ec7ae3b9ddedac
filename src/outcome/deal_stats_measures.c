/*
 * deal_stats_measures.c
 *		What a deal_stats says: counts, rates, amounts, quantiles.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_measures.c
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/result_rows.h"
#include "base/tally.h"
#include "outcome/deal_stats.h"

PG_FUNCTION_INFO_V1(deal_stats_deals);
PG_FUNCTION_INFO_V1(deal_stats_won);
PG_FUNCTION_INFO_V1(deal_stats_lost);
PG_FUNCTION_INFO_V1(deal_stats_open);
PG_FUNCTION_INFO_V1(deal_stats_without_amount);
PG_FUNCTION_INFO_V1(deal_stats_without_cycle);
PG_FUNCTION_INFO_V1(deal_stats_win_rate);
PG_FUNCTION_INFO_V1(deal_stats_won_amount);
PG_FUNCTION_INFO_V1(deal_stats_lost_amount);
PG_FUNCTION_INFO_V1(deal_stats_open_amount);
PG_FUNCTION_INFO_V1(deal_stats_mean_amount);
PG_FUNCTION_INFO_V1(deal_stats_mean_cycle);
PG_FUNCTION_INFO_V1(deal_stats_amount_quantile);
PG_FUNCTION_INFO_V1(deal_stats_cycle_quantile);
PG_FUNCTION_INFO_V1(deal_stats_cycle_days);

Datum
deal_stats_deals(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->deals[WON] + state->deals[LOST] +
					state->deals[OPEN]);
}

Datum
deal_stats_won(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(deal_stats_argument(fcinfo, 0)->deals[WON]);
}

Datum
deal_stats_lost(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(deal_stats_argument(fcinfo, 0)->deals[LOST]);
}

Datum
deal_stats_open(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(deal_stats_argument(fcinfo, 0)->deals[OPEN]);
}

Datum
deal_stats_without_amount(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->no_amount[WON] + state->no_amount[LOST] +
					state->no_amount[OPEN]);
}

/* Closed deals with a date missing, or that close before they open */
Datum
deal_stats_without_cycle(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->deals[WON] - dated_deals(state, WON, NULL) +
					state->deals[LOST] - dated_deals(state, LOST, NULL));
}

Datum
deal_stats_win_rate(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);
	int64 closed = state->deals[WON] + state->deals[LOST];

	if (closed == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) state->deals[WON] / (double) closed);
}

static Datum
amount_of(FunctionCallInfo fcinfo, DealOutcome outcome)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);

	PG_RETURN_NUMERIC(
		numeric_from_decimal(state->amount[outcome], state->scale));
}

Datum
deal_stats_won_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, WON);
}

Datum
deal_stats_lost_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, LOST);
}

Datum
deal_stats_open_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, OPEN);
}

/* The mean as avg() shows it */
static Datum
mean(int128 sum, int scale, int64 n)
{
	return DirectFunctionCall2(numeric_div,
							   NumericGetDatum(
								   numeric_from_decimal(sum, scale)),
							   NumericGetDatum(int64_to_numeric(n)));
}

Datum
deal_stats_mean_amount(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);
	int64 n = priced_deals(state);

	if (n == 0)
		PG_RETURN_NULL();
	return mean(state->amount[WON], state->scale, n);
}

Datum
deal_stats_mean_cycle(PG_FUNCTION_ARGS)
{
	int128 days;
	int64 n = dated_deals(deal_stats_argument(fcinfo, 0), WON, &days);

	if (n == 0)
		PG_RETURN_NULL();
	return mean(days, 0, n);
}

/*
 * The key of the deal at quantile q of tallies, as percentile_disc() has it:
 * the first at which at least q of all deals are counted.
 */
static int32
key_at_quantile(const Tally *tallies, int n, int64 deals, double q)
{
	double rank = ceil(q * (double) deals);
	int64 counted = 0;
	int at = 0;

	for (; at < n - 1; at++)
	{
		counted += tallies[at].count;
		if ((double) counted >= rank)
			break;
	}
	return tallies[at].key;
}

static double
quantile_argument(FunctionCallInfo fcinfo, int argno)
{
	double q = PG_GETARG_FLOAT8(argno);

	if (isnan(q) || q < 0 || q > 1)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("quantile %g is not between 0 and 1", q),
						errhint("The median is 0.5.")));
	return q;
}

Datum
deal_stats_amount_quantile(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);
	double q = quantile_argument(fcinfo, 1);

	if (state->nsizes == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(size_of_key(
		key_at_quantile(SIZES(state), state->nsizes, sized_deals(state), q)));
}

Datum
deal_stats_cycle_quantile(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);
	double q = quantile_argument(fcinfo, 1);
	int n = first_days(state, LOST);

	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(DAYS_OF(
		key_at_quantile(DAYS(state), n, dated_deals(state, WON, NULL), q)));
}

/* cycle_days(deal_stats) -> rows (outcome text, days integer, deals bigint) */
Datum
deal_stats_cycle_days(PG_FUNCTION_ARGS)
{
	DealStats *state = deal_stats_argument(fcinfo, 0);

	begin_rows(fcinfo);
	for (int i = 0; i < state->ndays; i++)
	{
		Tally tally = DAYS(state)[i];
		Datum values[3];
		bool nulls[3] = {false, false, false};

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(outcome_names[OUTCOME_OF(tally.key)]);
		values[1] = Int32GetDatum(DAYS_OF(tally.key));
		values[2] = Int64GetDatum(tally.count);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
