/*
 * deal_stats_agg.c
 *		deal_stats_agg(), and deal_stats as arguments.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_agg.c
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/aggregate_state.h"
#include "base/batch_transition.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "outcome/deal_stats.h"
#include "outcome/deal_stats_batch.h"

PG_FUNCTION_INFO_V1(deal_stats_accum);
PG_FUNCTION_INFO_V1(deal_stats_accum_moments);
PG_FUNCTION_INFO_V1(deal_stats_combine);
PG_FUNCTION_INFO_V1(deal_stats_final);

DealStats *
deal_stats_argument(FunctionCallInfo fcinfo, int argno)
{
	return deal_stats_to_read(value_argument(fcinfo, argno, &deal_stats_type));
}

/* The state in argument argno, ours to change; a new one for NULL. */
static DealStats *
stats_for_update(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return allocate_deal_stats(0);
	return state_for_update(fcinfo, argno, &deal_stats_type);
}

/* Who calls a transition function directly gets a value. */
static Datum
changed_state(FunctionCallInfo fcinfo, DealStats *state)
{
	if (!AggCheckCallContext(fcinfo, NULL))
	{
		state = settle_deal_stats(state);
		state = trimmed_deal_stats(state);
	}
	PG_RETURN_POINTER(state);
}

/* Adds the deal in arguments 1 and 2 to the state in argument 0. */
static Datum
accumulate(FunctionCallInfo fcinfo, DealOutcome outcome, int64 days)
{
	DealStats *state = stats_for_update(fcinfo, 0);

	if (PG_ARGISNULL(1))
		state = add_deal(state, outcome, NULL, days);
	else
	{
		Decimal amount = amount_argument(fcinfo, 1);

		state = add_deal(state, outcome, &amount, days);
	}
	return changed_state(fcinfo, state);
}

/* The days of the deal in arguments 2 to 5: calendar days where one of the two
 * is a day, else whole days of 24 hours. */
static int64
days_argument(FunctionCallInfo fcinfo, DealOutcome outcome)
{
	Moment opened = moment_argument(fcinfo, 3, MOMENT_BEFORE_ALL);
	/* A date to close is no closing, but days until as_of are known. */
	Moment end = moment_argument(fcinfo, outcome == OPEN ? 5 : 4,
								 MOMENT_AFTER_ALL);

	return days_open(opened, end);
}

/* deal_stats_accum(deal_stats, amount numeric, outcome text) */
Datum
deal_stats_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, outcome_argument(fcinfo, 2), NO_DAYS);
}

/*
 * deal_stats_accum(deal_stats, amount numeric, outcome text, opened moment,
 * closed moment [, as_of moment])
 */
Datum
deal_stats_accum_moments(PG_FUNCTION_ARGS)
{
	DealOutcome outcome = outcome_argument(fcinfo, 2);

	return accumulate(fcinfo, outcome, days_argument(fcinfo, outcome));
}

/* ---- many rows at once ---- */

static void *
begin_batches(void)
{
	return make_deal_counts();
}

static bool
pack_arguments(FunctionCallInfo fcinfo, DealOutcome outcome, int64 days,
			   void *row)
{
	Decimal amount;

	if (PG_ARGISNULL(1))
		return pack_deal(row, outcome, NULL, days);
	amount = amount_argument(fcinfo, 1);
	return pack_deal(row, outcome, &amount, days);
}

static bool
pack_accum(FunctionCallInfo fcinfo, void *memory, void *row)
{
	return pack_arguments(fcinfo, outcome_argument(fcinfo, 2), NO_DAYS, row);
}

static bool
pack_accum_moments(FunctionCallInfo fcinfo, void *memory, void *row)
{
	DealOutcome outcome = outcome_argument(fcinfo, 2);

	return pack_arguments(fcinfo, outcome, days_argument(fcinfo, outcome),
						  row);
}

static Datum
add_batch(FunctionCallInfo fcinfo, void *memory, const void *rows, int n)
{
	DealStats *state = stats_for_update(fcinfo, 0);

	return changed_state(fcinfo, add_packed_deals(state, memory, rows, n));
}

static const BatchTransition batch_accum = {
	.called_as = deal_stats_accum,
	.row_size = sizeof(PackedDeal),
	.begin = begin_batches,
	.pack = pack_accum,
	.add = add_batch,
};

static const BatchTransition batch_accum_moments = {
	.called_as = deal_stats_accum_moments,
	.row_size = sizeof(PackedDeal),
	.begin = begin_batches,
	.pack = pack_accum_moments,
	.add = add_batch,
};

void
install_deal_stats(void)
{
	register_batch_transition(&batch_accum);
	register_batch_transition(&batch_accum_moments);
}

/* ---- states ---- */

/*
 * deal_stats_combine(a, b): the statistics of both groups together; NULL is
 * the empty group.  Combine function, transition function of rollup() and a
 * function for ON CONFLICT DO UPDATE at once.
 */
Datum
deal_stats_combine(PG_FUNCTION_ARGS)
{
	DealStats *a;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return changed_state(fcinfo, stats_for_update(fcinfo, 0));
	}
	a = stats_for_update(fcinfo, 0);
	return changed_state(fcinfo,
						 merge_deal_stats(a, deal_stats_argument(fcinfo, 1)));
}

/* A value from a transition state, which stays as it is. */
Datum
deal_stats_final(PG_FUNCTION_ARGS)
{
	DealStats *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = deal_stats_argument(fcinfo, 0);
	PG_RETURN_POINTER(trimmed_deal_stats(state));
}
