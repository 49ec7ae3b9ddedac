/*
 * deal_stats_batch.c
 *		Many deals that are added to a deal_stats at once.
 *
 * Their days and sizes are counted in arrays of all the keys that deals mostly
 * have, which caches hold, and the state's histograms are made of those anew:
 * so nothing is sorted, and what merging two lists would guess wrong at every
 * other step is done by addition.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_batch.c
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/batch_transition.h"
#include "base/exact_sum.h"
#include "base/memory.h"
#include "outcome/deal_stats_batch.h"

/* Fewer deals are noted as they would be one by one. */
#define MANY_DEALS 64

/* Keys are counted from a first one on, in blocks of so many. */
#define BLOCKS     64
#define DAY_BLOCK  16
#define SIZE_BLOCK 32
#define DAYS_KEPT  (BLOCKS * DAY_BLOCK)
#define SIZES_KEPT (BLOCKS * SIZE_BLOCK)

/* Sixteen powers of ten, from 0.01 on */
#define FIRST_SIZE (1 + (DECIMAL_MAX_SCALE - 2) * BUCKETS)

StaticAssertDecl(SIZES_KEPT == 16 * BUCKETS, "a block is a quarter of a power");

/* How often each key has come; all zeros before and after. */
struct DealCounts
{
	uint64 day_blocks[OUTCOMES]; /* a bit for each with keys */
	uint64 size_blocks;
	uint32 days[OUTCOMES][DAYS_KEPT];
	uint32 sizes[SIZES_KEPT];
};

DealCounts *
make_deal_counts(void)
{
	return palloc0(sizeof(DealCounts));
}

bool
pack_deal(PackedDeal *deal, DealOutcome outcome, const Decimal *amount,
		  int64 days)
{
	deal->days = days >= 0 && days <= MAX_DAYS ? (int32) days : NO_DAYS;
	deal->size = NO_SIZE;
	deal->outcome = outcome;
	deal->amount = 0;
	deal->scale = 0;
	if (amount == NULL)
		return true;
	if (amount->value != (int64) amount->value)
		return false;
	deal->amount = (int64) amount->value;
	deal->scale = amount->scale;
	deal->outcome |= HAS_AMOUNT;
	if (outcome == WON)
		deal->size = deal_size_key(amount);
	return true;
}

static inline DealOutcome
outcome_of_packed(const PackedDeal *deal)
{
	return (DealOutcome) (deal->outcome & ~HAS_AMOUNT);
}

/* ---- sums ---- */

static void
add_to_sums(DealStats *state, const PackedDeal *deals, int n)
{
	int64 ndeals[OUTCOMES] = {0};
	int64 priced[OUTCOMES] = {0};
	int128 sums[OUTCOMES] = {0};
	SquareSum squares = {0, 0};
	int scale = state->scale;

	for (int i = 0; i < n; i++)
		scale = Max(scale, deals[i].scale);
	raise_deal_scale(state, scale);
	for (int i = 0; i < n; i++)
	{
		const PackedDeal *deal = &deals[i];
		DealOutcome outcome = outcome_of_packed(deal);
		int128 addend = deal->amount;

		ndeals[outcome]++;
		if ((deal->outcome & HAS_AMOUNT) == 0)
			continue;
		priced[outcome]++;
		if (unlikely(deal->scale != scale))
		{
			addend = exact_rescale(addend, deal->scale, scale);
			state->amount[outcome] = exact_add(state->amount[outcome], addend);
			if (outcome == WON)
				squares_add(&state->won_squares, addend);
			continue;
		}
		sums[outcome] += addend;
		if (outcome == WON)
		{
			uint128 square = (uint128) (addend * addend);

			squares.low += square;
			squares.high += squares.low < square;
		}
	}
	squares_merge(&state->won_squares, &squares);
	for (int i = 0; i < OUTCOMES; i++)
	{
		if (state->deals[i] > MAX_STATS_DEALS - ndeals[i])
			refuse_deals();
		state->deals[i] += ndeals[i];
		state->no_amount[i] += ndeals[i] - priced[i];
		state->amount[i] = exact_add(state->amount[i], sums[i]);
	}
}

/* ---- histograms ---- */

static inline uint32
add_counts(uint32 a, uint32 b)
{
	uint32 sum = 0;

	if (unlikely(pg_add_u32_overflow(a, b, &sum)))
		refuse_deal_count();
	return sum;
}

/* Tallies of keys that are not counted in an array */
typedef struct FarKeys
{
	Tally *days;
	int ndays;
	int days_room;
	Tally *sizes;
	int nsizes;
	int sizes_room;
} FarKeys;

static void
note_far_day(FarKeys *far, int32 key, uint32 count)
{
	MAKE_ROOM(CurrentMemoryContext, far->days, far->days_room, far->ndays + 1);
	far->days[far->ndays++] = (Tally){key, count};
}

static void
note_far_size(FarKeys *far, int32 key, uint32 count)
{
	MAKE_ROOM(CurrentMemoryContext, far->sizes, far->sizes_room,
			  far->nsizes + 1);
	far->sizes[far->nsizes++] = (Tally){key, count};
}

static void
count_deals(DealCounts *counts, FarKeys *far, const PackedDeal *deals, int n)
{
	for (int i = 0; i < n; i++)
	{
		const PackedDeal *deal = &deals[i];
		DealOutcome outcome = outcome_of_packed(deal);
		uint32 size = (uint32) (deal->size - FIRST_SIZE);

		check_for_interrupts_at(i);
		if (likely((uint32) deal->days < DAYS_KEPT))
		{
			counts->days[outcome][deal->days]++;
			counts->day_blocks[outcome] |= UINT64CONST(1)
										   << deal->days / DAY_BLOCK;
		}
		else if (deal->days != NO_DAYS)
			note_far_day(far, DAY_KEY(outcome, deal->days), 1);
		if (size < SIZES_KEPT)
		{
			counts->sizes[size]++;
			counts->size_blocks |= UINT64CONST(1) << size / SIZE_BLOCK;
		}
		else if (deal->size != NO_SIZE)
			note_far_size(far, deal->size, 1);
	}
}

/* Adds what is in the state's histograms, which are empty then. */
static void
count_tallies(DealCounts *counts, FarKeys *far, DealStats *state)
{
	for (int i = 0; i < state->ndays; i++)
	{
		Tally tally = DAYS(state)[i];
		int days = DAYS_OF(tally.key);
		DealOutcome outcome = (DealOutcome) OUTCOME_OF(tally.key);

		if (days < DAYS_KEPT)
		{
			uint32 *count = &counts->days[outcome][days];

			*count = add_counts(*count, tally.count);
			counts->day_blocks[outcome] |= UINT64CONST(1) << days / DAY_BLOCK;
		}
		else
			note_far_day(far, tally.key, tally.count);
	}
	for (int i = 0; i < state->nsizes; i++)
	{
		Tally tally = SIZES(state)[i];
		uint32 size = (uint32) (tally.key - FIRST_SIZE);

		if (size < SIZES_KEPT)
		{
			counts->sizes[size] = add_counts(counts->sizes[size], tally.count);
			counts->size_blocks |= UINT64CONST(1) << size / SIZE_BLOCK;
		}
		else
			note_far_size(far, tally.key, tally.count);
	}
	state->ndays = state->nsizes = 0;
}

/* Writes what was counted, in the order of keys; the counts are zeros then. */
static int
take_counts(Tally *tallies, uint32 *counts, uint64 *blocks, int block_keys,
			int32 first)
{
	int n = 0;

	while (*blocks != 0)
	{
		int block = pg_rightmost_one_pos64(*blocks) * block_keys;

		for (int i = block; i < block + block_keys; i++)
		{
			tallies[n] = (Tally){first + i, counts[i]};
			n += counts[i] != 0;
			counts[i] = 0;
		}
		*blocks &= *blocks - 1;
	}
	return n;
}

/* Frees a state that another one replaced, but for the caller's. */
static DealStats *
replace_state(DealStats *old, DealStats *state, const DealStats *callers)
{
	if (old != state && old != callers)
		pfree(old);
	return state;
}

static DealStats *
add_to_histograms(DealStats *callers, DealCounts *counts,
				  const PackedDeal *deals, int n)
{
	/* One more is written in vain. */
	Tally days[OUTCOMES * DAYS_KEPT + 1];
	Tally sizes[SIZES_KEPT + 1];
	int ndays = 0;
	int nsizes;
	FarKeys far = {0};
	DealStats *state = settle_deal_stats(callers);

	count_deals(counts, &far, deals, n);
	count_tallies(counts, &far, state);
	for (DealOutcome outcome = WON; outcome <= OPEN; outcome++)
		ndays += take_counts(days + ndays, counts->days[outcome],
							 &counts->day_blocks[outcome], DAY_BLOCK,
							 DAY_KEY(outcome, 0));
	nsizes = take_counts(sizes, counts->sizes, &counts->size_blocks,
						 SIZE_BLOCK, FIRST_SIZE);
	state = replace_state(state,
						  merge_deal_histograms(state, days, ndays, sizes,
												nsizes),
						  callers);
	if (far.ndays > 0 || far.nsizes > 0)
	{
		far.ndays = tally_notes(far.days, far.ndays, refuse_deal_count);
		far.nsizes = tally_notes(far.sizes, far.nsizes, refuse_deal_count);
		state = replace_state(state,
							  merge_deal_histograms(state, far.days, far.ndays,
													far.sizes, far.nsizes),
							  callers);
	}
	if (far.days != NULL)
		pfree(far.days);
	if (far.sizes != NULL)
		pfree(far.sizes);
	return state;
}

DealStats *
add_packed_deals(DealStats *callers, DealCounts *counts,
				 const PackedDeal *deals, int n)
{
	DealStats *state = callers;

	add_to_sums(state, deals, n);
	if (n >= MANY_DEALS)
		return add_to_histograms(state, counts, deals, n);
	for (int i = 0; i < n; i++)
	{
		const PackedDeal *deal = &deals[i];

		int32 day = deal->days == NO_DAYS
						? NO_KEY
						: DAY_KEY(outcome_of_packed(deal), deal->days);
		int32 size = deal->size == NO_SIZE ? NO_KEY : deal->size;

		state = replace_state(state, note_deal(state, day, size), callers);
	}
	return state;
}
