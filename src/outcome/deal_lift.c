/*
 * deal_lift.c
 *		Co-sold deals against solo ones, by segment, as a value that can be
 *		merged.
 *
 * A deal_lift is a sorted list of segments, each with a deal_stats for the
 * co-sold deals and one for the solo ones, and, where it is known since when
 * deals are co-sold, the same two for the deals that were still open at a
 * landmark some days after their opening.
 *
 * While an aggregate runs the state is an expanded object, in which each
 * deal_stats grows by itself; a value is flat: a header and, for each segment,
 * sizes, name and statistics one behind the other.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/compat.h"
#include "base/memory.h"
#include "base/exact_sum.h"
#include "outcome/deal_lift_private.h"

PG_FUNCTION_INFO_V1(deal_lift_accum);
PG_FUNCTION_INFO_V1(deal_lift_accum_since);
PG_FUNCTION_INFO_V1(deal_lift_combine);
PG_FUNCTION_INFO_V1(deal_lift_final);

Lift *
lift_argument(FunctionCallInfo fcinfo, int argno)
{
	return lift_of_value(value_argument(fcinfo, argno, &deal_lift_type));
}

/*
 * Expanded objects
 */

static Size
flat_size_of_expanded(ExpandedObjectHeader *header)
{
	ExpandedLift *expanded = (ExpandedLift *) header;
	MemoryContext caller = MemoryContextSwitchTo(header->eoh_context);

	/* Notes are in no order; the value does not change. */
	for (int32 i = 0; i < expanded->lift.nsegments; i++)
	{
		for (int side = 0; side < SIDES; side++)
		{
			DealStats **stats = &expanded->lift.segments[i]->sides[side];
			DealStats *settled = *stats ? settle_deal_stats(*stats) : NULL;

			if (settled != *stats)
				pfree(*stats);
			*stats = settled;
		}
	}
	MemoryContextSwitchTo(caller);
	return flat_lift_size(&expanded->lift);
}

static void
flatten_expanded(ExpandedObjectHeader *header, void *result, Size size)
{
	memset(result, 0, size);
	flatten_lift(&((ExpandedLift *) header)->lift, result, size);
}

static const ExpandedObjectMethods lift_methods = {flat_size_of_expanded,
												   flatten_expanded};

static ExpandedLift *
new_expanded(MemoryContext context)
{
	ExpandedLift *expanded = MemoryContextAllocZero(context,
													sizeof(ExpandedLift));

	EOH_init_header(&expanded->header, &lift_methods, context);
	expanded->lift.landmark = ANY_LANDMARK;
	expanded->capacity = 4;
	expanded->lift.segments = MemoryContextAlloc(context,
												 expanded->capacity *
													 sizeof(LiftSegment *));
	return expanded;
}

/* The segment of that name, which is made if it is new */
LiftSegment *
lift_segment(ExpandedLift *expanded, const char *name, int length)
{
	Lift *lift = &expanded->lift;
	LiftSegment *segment = expanded->last;
	int32 low = 0;
	int32 high = lift->nsegments;
	char *copy;

	if (segment && segment->length == length &&
		memcmp(segment->name, name, length) == 0)
		return segment;
	while (low < high)
	{
		int32 middle = low + (high - low) / 2;
		int order;

		segment = lift->segments[middle];
		order = compare_segment_names(segment->name, segment->length, name,
									  length);
		if (order == 0)
			return expanded->last = segment;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}

	if (lift->nsegments == MAX_SEGMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many segments"),
				 errdetail("A deal_lift has at most %d.", MAX_SEGMENTS),
				 errhint("Compare within groups such as regions or sizes of "
						 "accounts.")));
	MAKE_ROOM(expanded->header.eoh_context, lift->segments, expanded->capacity,
			  lift->nsegments + 1);
	segment = MemoryContextAllocZero(expanded->header.eoh_context,
									 sizeof(LiftSegment));
	copy = MemoryContextAlloc(expanded->header.eoh_context, Max(length, 1));
	memcpy(copy, name, length);
	segment->name = copy;
	segment->length = length;
	memmove(lift->segments + low + 1, lift->segments + low,
			(lift->nsegments - low) * sizeof(LiftSegment *));
	lift->segments[low] = segment;
	lift->nsegments++;
	return expanded->last = segment;
}

/* Adds what is in a value, which stays as it is. */
static void
merge_lift(ExpandedLift *expanded, const Lift *other)
{
	Lift *lift = &expanded->lift;
	MemoryContext caller;

	if (lift->landmark == ANY_LANDMARK)
		lift->landmark = other->landmark;
	else if (other->landmark != ANY_LANDMARK &&
			 other->landmark != lift->landmark)
	{
		int32 days = Max(lift->landmark, other->landmark);
		int32 other_days = Min(lift->landmark, other->landmark);

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("deal_lift values with different landmarks cannot be "
						"combined"),
				 other_days == NO_LANDMARK
					 ? errdetail("One has a landmark of %d days, the other "
								 "has none.",
								 days)
					 : errdetail("One has a landmark of %d days, the other "
								 "of %d.",
								 days, other_days)));
	}
	lift->ignored += other->ignored;
	if (lift->ignored > MAX_IGNORED)
		refuse_deals();

	caller = MemoryContextSwitchTo(expanded->header.eoh_context);
	for (int32 i = 0; i < other->nsegments; i++)
	{
		const LiftSegment *from = other->segments[i];
		LiftSegment *segment = lift_segment(expanded, from->name,
											from->length);

		CHECK_FOR_INTERRUPTS();
		for (int side = 0; side < SIDES; side++)
		{
			DealStats *old = segment->sides[side];

			if (from->sides[side] == NULL)
				continue;
			if (old == NULL)
				segment->sides[side] = trimmed_deal_stats(from->sides[side]);
			else
			{
				segment->sides[side] = merge_deal_stats(old,
														from->sides[side]);
				if (segment->sides[side] != old)
					pfree(old);
			}
		}
	}
	MemoryContextSwitchTo(caller);
}

/*
 * The state in argument 0, ours to change.  In an aggregate it is there for
 * the rest of the group, and is never deleted by itself, as others share its
 * context; elsewhere it is a copy.  NULL is a new one.
 */
ExpandedLift *
lift_for_update(FunctionCallInfo fcinfo)
{
	ExpandedLift *expanded;
	Lift flat;

	if (!PG_ARGISNULL(0) &&
		VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
	{
		expanded = (ExpandedLift *) DatumGetEOHP(PG_GETARG_DATUM(0));
		if (expanded->header.eoh_methods == &lift_methods)
			return expanded;
	}
	/* Elsewhere the context is deleted with the copy. */
	expanded = new_expanded(context_for_state(fcinfo, "deal_lift states"));
	if (!PG_ARGISNULL(0))
	{
		read_flat_lift(value_argument(fcinfo, 0, &deal_lift_type), &flat);
		merge_lift(expanded, &flat);
	}
	return expanded;
}

/* Who calls a transition function directly gets a value. */
Datum
changed_lift(FunctionCallInfo fcinfo, ExpandedLift *expanded)
{
	struct varlena *flat;
	Size size;

	if (AggCheckCallContext(fcinfo, NULL))
		return EOHPGetRWDatum(&expanded->header);
	size = EOH_get_flat_size(&expanded->header);
	flat = palloc(size);
	EOH_flatten_into(&expanded->header, flat, size);
	MemoryContextDelete(expanded->header.eoh_context);
	PG_RETURN_POINTER(flat);
}

/*
 * Transition functions
 */

void
set_lift_landmark(Lift *lift, int32 landmark)
{
	if (likely(lift->landmark == landmark))
		return;
	if (lift->landmark != ANY_LANDMARK)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the landmark must be the same for all deals"),
						errdetail("It is %d days for one and %d for another.",
								  Max(lift->landmark, landmark),
								  Min(lift->landmark, landmark))));
	lift->landmark = landmark;
}

static int32
landmark_argument(FunctionCallInfo fcinfo, int argno)
{
	int32 landmark;

	if (argno >= PG_NARGS() || PG_ARGISNULL(argno))
		return DEFAULT_LANDMARK;
	landmark = PG_GETARG_INT32(argno);
	if (landmark < 0 || landmark > MAX_LANDMARK)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("landmark of %d days is not between 0 and %d",
							   landmark, MAX_LANDMARK)));
	return landmark;
}

/* The segment in argument argno; one without a name is NO_SEGMENT. */
static void
segment_argument(FunctionCallInfo fcinfo, int argno, LiftDeal *deal)
{
	deal->segment = NO_SEGMENT;
	deal->length = strlen(NO_SEGMENT);
	if (argno < PG_NARGS() && !PG_ARGISNULL(argno))
	{
		text *name = PG_GETARG_TEXT_PP(argno);

		if (VARSIZE_ANY_EXHDR(name) > MAX_SEGMENT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("name of a segment is too long"),
					 errdetail("It has %zu bytes, and at most %d are allowed.",
							   (Size) VARSIZE_ANY_EXHDR(name), MAX_SEGMENT)));
		if (VARSIZE_ANY_EXHDR(name) == 0)
			return;
		deal->segment = VARDATA_ANY(name);
		deal->length = VARSIZE_ANY_EXHDR(name);
	}
}

void
ignore_lift_deals(Lift *lift, int64 n)
{
	if (lift->ignored > MAX_IGNORED - n)
		refuse_deals();
	lift->ignored += n;
}

/*
 * What the arguments behind the state say: co_sell boolean, amount numeric,
 * outcome text, opened, closed [, segment text [, as_of]], and the same with
 * the time since when it is co-sold in place of the boolean, and a landmark in
 * days at the end.
 */
void
read_lift_deal(FunctionCallInfo fcinfo, bool with_since, LiftDeal *deal)
{
	DealOutcome outcome = outcome_argument(fcinfo, 3);
	Moment opened = moment_argument(fcinfo, 4, MOMENT_BEFORE_ALL);
	/* A date to close is no closing, but how long it was open is known. */
	Moment end = moment_argument(fcinfo, outcome == OPEN ? 7 : 5,
								 MOMENT_AFTER_ALL);
	Moment since = MOMENT_AFTER_ALL;
	bool co_sell;

	deal->outcome = outcome;
	deal->days = days_open(opened, end);
	deal->landmark = NO_LANDMARK;
	deal->sides[AS_RECORDED] = deal->sides[AT_LANDMARK] = NO_SIDE;
	if (with_since)
	{
		deal->landmark = landmark_argument(fcinfo, 8);
		since = moment_argument(fcinfo, 1, MOMENT_AFTER_ALL);
		/* What comes after the end had no part in it. */
		co_sell = since != MOMENT_AFTER_ALL && !moment_is_after(since, end);
	}
	else if (PG_ARGISNULL(1))
		return;
	else
		co_sell = PG_GETARG_BOOL(1);

	deal->priced = !PG_ARGISNULL(2);
	if (deal->priced)
		deal->amount = amount_argument(fcinfo, 2);
	segment_argument(fcinfo, 6, deal);
	deal->sides[AS_RECORDED] = SIDE(AS_RECORDED, co_sell);
	if (deal->landmark >= 0 && deal->days != NO_DAYS)
	{
		Moment then = moment_plus_days(opened, deal->landmark);

		if (moment_is_after(end, then))
			deal->sides[AT_LANDMARK] = SIDE(AT_LANDMARK,
											!moment_is_after(since, then));
	}
}

/* Adds the deal in the arguments to the state in argument 0. */
static Datum
accumulate(FunctionCallInfo fcinfo, bool with_since)
{
	ExpandedLift *expanded = lift_for_update(fcinfo);
	LiftDeal deal;
	LiftSegment *segment;
	MemoryContext caller;

	read_lift_deal(fcinfo, with_since, &deal);
	set_lift_landmark(&expanded->lift, deal.landmark);
	if (deal.sides[AS_RECORDED] == NO_SIDE)
	{
		ignore_lift_deals(&expanded->lift, 1);
		return changed_lift(fcinfo, expanded);
	}
	segment = lift_segment(expanded, deal.segment, deal.length);
	caller = MemoryContextSwitchTo(expanded->header.eoh_context);
	for (int basis = 0; basis < BASES; basis++)
	{
		DealStats **side = &segment->sides[deal.sides[basis]];
		DealStats *stats;

		if (deal.sides[basis] == NO_SIDE)
			continue;
		if (*side == NULL)
			*side = allocate_deal_stats(0);
		stats = add_deal(*side, deal.outcome,
						 deal.priced ? &deal.amount : NULL, deal.days);
		if (stats != *side)
			pfree(*side);
		*side = stats;
	}
	MemoryContextSwitchTo(caller);
	return changed_lift(fcinfo, expanded);
}

Datum
deal_lift_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false);
}

Datum
deal_lift_accum_since(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true);
}

/*
 * deal_lift_combine(a, b): the deals of both; NULL is no deals.  Combine
 * function, transition function of rollup() and a function for ON CONFLICT DO
 * UPDATE at once.
 */
Datum
deal_lift_combine(PG_FUNCTION_ARGS)
{
	ExpandedLift *expanded;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	expanded = lift_for_update(fcinfo);
	if (!PG_ARGISNULL(1))
		merge_lift(expanded, lift_argument(fcinfo, 1));
	return changed_lift(fcinfo, expanded);
}

/* A value from a transition state, which stays as it is. */
Datum
deal_lift_final(PG_FUNCTION_ARGS)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	/* It is flat already if there were no rows. */
	PG_RETURN_POINTER(PG_DETOAST_DATUM_COPY(PointerGetDatum(state)));
}
