/*
 * deal_lift_batch.c
 *		Many deals that are added to a deal_lift at once.
 *
 * The names of segments are numbered as they come.  The rows of a state are
 * sorted by segment and side, and those of each added to its statistics.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_batch.c
 */
#include "postgres.h"

#include "base/batch_transition.h"
#include "base/id_table.h"
#include "base/memory.h"
#include "outcome/deal_lift.h"
#include "outcome/deal_lift_private.h"
#include "outcome/deal_stats_batch.h"

/* Deals of any more take the way of a row at a time. */
#define SEGMENTS_KEPT 1024

typedef struct PackedLift
{
	PackedDeal deal;
	int32 landmark;
	uint16 segment;
	int8 sides[BASES];
} PackedLift;

StaticAssertDecl(sizeof(PackedLift) == 24, "there is no padding");

/* A side of a segment, in one batch */
#define SIDE_OF(segment, side) ((segment) *SIDES + (side))

typedef struct LiftBatches
{
	IdTable names;
	DealCounts *counts;
	/* deals on each side, then where the next goes; all zeros between batches */
	uint32 deals[SEGMENTS_KEPT * SIDES];
	uint16 used[SEGMENTS_KEPT * SIDES]; /* sides, as they came */
} LiftBatches;

static void *
begin_batches(void)
{
	LiftBatches *batches = palloc0(sizeof(LiftBatches));

	begin_id_table(&batches->names, CurrentMemoryContext);
	batches->counts = make_deal_counts();
	return batches;
}

static bool
number_segment(IdTable *names, const char *name, int length, uint16 *number)
{
	uint32 found;

	if (names->n == SEGMENTS_KEPT)
	{
		if (!find_id(names, name, length, &found))
			return false;
	}
	else
		found = id_number(names, name, length);
	*number = found;
	return true;
}

static bool
pack_row(FunctionCallInfo fcinfo, LiftBatches *batches, PackedLift *row,
		 bool with_since)
{
	LiftDeal deal;

	read_lift_deal(fcinfo, with_since, &deal);
	*row = (PackedLift){.landmark = deal.landmark};
	for (int basis = 0; basis < BASES; basis++)
		row->sides[basis] = deal.sides[basis];
	if (deal.sides[AS_RECORDED] == NO_SIDE)
		return true;
	return number_segment(&batches->names, deal.segment, deal.length,
						  &row->segment) &&
		   pack_deal(&row->deal, deal.outcome,
					 deal.priced ? &deal.amount : NULL, deal.days);
}

/* Counts the deals of each side, and sorts them by that; how many there are. */
static int
sort_deals(LiftBatches *batches, const PackedLift *rows, int n,
		   PackedDeal *deals)
{
	int nused = 0;
	uint32 before = 0;

	for (int i = 0; i < n; i++)
		for (int basis = 0; basis < BASES; basis++)
		{
			int side = SIDE_OF(rows[i].segment, rows[i].sides[basis]);

			if (rows[i].sides[basis] == NO_SIDE)
				continue;
			if (batches->deals[side]++ == 0)
				batches->used[nused++] = side;
		}
	for (int i = 0; i < nused; i++)
	{
		uint32 *place = &batches->deals[batches->used[i]];
		uint32 ndeals = *place;

		*place = before;
		before += ndeals;
	}
	for (int i = 0; i < n; i++)
		for (int basis = 0; basis < BASES; basis++)
			if (rows[i].sides[basis] != NO_SIDE)
				deals[batches->deals[SIDE_OF(
					rows[i].segment, rows[i].sides[basis])]++] = rows[i].deal;
	return nused;
}

static Datum
add_batch(FunctionCallInfo fcinfo, void *memory, const void *rows, int n)
{
	LiftBatches *batches = memory;
	const PackedLift *packed = rows;
	ExpandedLift *expanded = lift_for_update(fcinfo);
	PackedDeal *deals = allocate_array(n, BASES * sizeof(PackedDeal));
	int64 ignored = 0;
	uint32 at = 0;
	int nused;
	MemoryContext caller;

	for (int i = 0; i < n; i++)
	{
		set_lift_landmark(&expanded->lift, packed[i].landmark);
		ignored += packed[i].sides[AS_RECORDED] == NO_SIDE;
	}
	ignore_lift_deals(&expanded->lift, ignored);
	nused = sort_deals(batches, packed, n, deals);
	caller = MemoryContextSwitchTo(expanded->header.eoh_context);
	for (int i = 0; i < nused; i++)
	{
		int used = batches->used[i];
		const TableId *name = &batches->names.ids[used / SIDES];
		LiftSegment *segment = lift_segment(expanded, name->bytes,
											name->length);
		DealStats **side = &segment->sides[used % SIDES];
		uint32 end = batches->deals[used];
		DealStats *stats;

		CHECK_FOR_INTERRUPTS();
		if (*side == NULL)
			*side = allocate_deal_stats(0);
		stats = add_packed_deals(*side, batches->counts, deals + at, end - at);
		if (stats != *side)
			pfree(*side);
		*side = stats;
		at = end;
		batches->deals[used] = 0;
	}
	MemoryContextSwitchTo(caller);
	pfree(deals);
	return changed_lift(fcinfo, expanded);
}

static bool
pack_accum(FunctionCallInfo fcinfo, void *memory, void *row)
{
	return pack_row(fcinfo, memory, row, false);
}

static bool
pack_accum_since(FunctionCallInfo fcinfo, void *memory, void *row)
{
	return pack_row(fcinfo, memory, row, true);
}

static const BatchTransition batch_accum = {
	.called_as = deal_lift_accum,
	.row_size = sizeof(PackedLift),
	.begin = begin_batches,
	.pack = pack_accum,
	.add = add_batch,
};

static const BatchTransition batch_accum_since = {
	.called_as = deal_lift_accum_since,
	.row_size = sizeof(PackedLift),
	.begin = begin_batches,
	.pack = pack_accum_since,
	.add = add_batch,
};

void
install_deal_lift(void)
{
	register_batch_transition(&batch_accum);
	register_batch_transition(&batch_accum_since);
}
