/*
 * deal_stats.c
 *		What a group of deals amounts to, as a value that can be merged.
 *
 * A deal_stats holds counts and exact sums by outcome, how many days the deals
 * took, and how large the won ones were.  The last two are histograms, sorted
 * arrays of (key, deals):
 *
 *	days	the key is the outcome and the whole days from opening to closing
 *			(or, for an open deal, to the day it was looked at), so quantiles
 *			of the cycle are exact.
 *	sizes	the key is a bucket of won amounts.  128 buckets cover a power of
 *			ten; their limits are the round four-digit numbers below, so that
 *			a bucket is found from the first four digits of an amount, in
 *			integers, and is the same on every machine.  The middle of a
 *			bucket is within 1 % of all that is in it.
 *
 * t-digest and KLL would be smaller for amounts, but what they hold depends on
 * the order of the rows and of the merges; this does not.
 *
 * In memory the days begin after the header and grow upwards, the sizes end at
 * the end and grow downwards, as on a page of a table.  The gap between them
 * is there only while an aggregate runs.  A transition does not look for the
 * place of its deal, which in a query of some thousand groups means a dozen
 * cache misses a row, but notes the two keys in the gap; when that is full the
 * notes are sorted and merged.  A value has neither a gap nor notes.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/tally.h"
#include "outcome/deal_stats.h"
#include "base/exact_sum.h"
#include "base/word.h"

const char *const outcome_names[OUTCOMES] = {"won", "lost", "open"};

/* A deal that is not in the histograms yet */
typedef struct Note
{
	int32 day;  /* NO_KEY if it has no days */
	int32 size; /* NO_KEY unless it is won and has an amount */
} Note;

StaticAssertDecl(sizeof(Note) == sizeof(Tally), "they share the gap");

/* As many notes as are sorted on the stack */
#define SOME_NOTES 256

#define NOTES(state) ((Note *) ((state)->tallies + (state)->ndays))

/* round(1000 * 10^(i / 128)): limits of buckets, in leading four digits */
static const uint16 bucket_limit[BUCKETS + 1] = {
	1000, 1018, 1037, 1055, 1075, 1094, 1114, 1134, 1155, 1176, 1197, 1219,
	1241, 1263, 1286, 1310, 1334, 1358, 1382, 1407, 1433, 1459, 1486, 1512,
	1540, 1568, 1596, 1625, 1655, 1685, 1715, 1747, 1778, 1811, 1843, 1877,
	1911, 1946, 1981, 2017, 2054, 2091, 2129, 2167, 2207, 2247, 2288, 2329,
	2371, 2414, 2458, 2503, 2548, 2595, 2642, 2690, 2738, 2788, 2839, 2890,
	2943, 2996, 3051, 3106, 3162, 3220, 3278, 3338, 3398, 3460, 3523, 3587,
	3652, 3718, 3786, 3854, 3924, 3995, 4068, 4142, 4217, 4294, 4371, 4451,
	4532, 4614, 4698, 4783, 4870, 4958, 5048, 5140, 5233, 5328, 5425, 5523,
	5623, 5725, 5829, 5935, 6043, 6153, 6264, 6378, 6494, 6612, 6732, 6854,
	6978, 7105, 7234, 7365, 7499, 7635, 7774, 7915, 8058, 8205, 8354, 8505,
	8660, 8817, 8977, 9140, 9306, 9475, 9647, 9822, 10000};

/*
 * Memory
 */

/* Empty statistics with room for that many tallies */
DealStats *
allocate_deal_stats(Size tallies)
{
	Size size = DEAL_STATS_HEADER_SIZE + TALLIES_SIZE(tallies);
	DealStats *state;

	if (tallies > (MaxAllocSize - DEAL_STATS_HEADER_SIZE) / sizeof(Tally))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal_stats would exceed %zu bytes",
							   (Size) MaxAllocSize),
						errhint("Group the deals more finely.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->version = DEAL_STATS_VERSION;
	return state;
}

/* A copy of a state without notes, with room for as many tallies as given. */
static DealStats *
copy_with_capacity(const DealStats *state, Size tallies)
{
	DealStats *copy = allocate_deal_stats(tallies);
	Size size = VARSIZE(copy);

	Assert(tallies >= TALLIES(state));
	memcpy(copy, state, DEAL_STATS_HEADER_SIZE + TALLIES_SIZE(state->ndays));
	SET_VARSIZE(copy, size);
	copy->nnotes = 0;
	memcpy(SIZES(copy), SIZES(state), TALLIES_SIZE(state->nsizes));
	return copy;
}

/* A value: a copy of a state without notes and without a gap */
DealStats *
trimmed_deal_stats(const DealStats *state)
{
	return copy_with_capacity(state, TALLIES(state));
}

/*
 * Histograms
 */

void
refuse_deal_count(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many deals in one group"),
			 errdetail("At most %u deals of a group can share a cycle in "
					   "days or a size.",
					   PG_UINT32_MAX)));
}

void
refuse_deals(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many deals in one group")));
}

/*
 * Merges histograms into those of a state without notes.  The state stays
 * where it is while a third of it is free, so that merges stay rare.
 */
DealStats *
merge_deal_histograms(DealStats *state, const Tally *days, int ndays,
					  const Tally *sizes, int nsizes)
{
	int new_days = missing_tallies(DAYS(state), state->ndays, days, ndays);
	int new_sizes = missing_tallies(SIZES(state), state->nsizes, sizes,
									nsizes);
	Size wanted = TALLIES(state) + new_days + new_sizes;
	int old = state->nsizes;

	Assert(state->nnotes == 0);
	if (wanted + wanted / 2 > CAPACITY(state))
		state = copy_with_capacity(state, roomy_tallies(DEAL_STATS_HEADER_SIZE,
														wanted + wanted / 2));

	merge_tallies(DAYS(state), state->ndays + new_days, DAYS(state),
				  state->ndays, days, ndays, refuse_deal_count);
	state->ndays += new_days;

	/* The merge runs backwards, but this array grows at its front. */
	if (new_sizes > 0)
		memmove(SIZES(state) - new_sizes, SIZES(state), TALLIES_SIZE(old));
	state->nsizes += new_sizes;
	merge_tallies(SIZES(state), state->nsizes, SIZES(state), old, sizes,
				  nsizes, refuse_deal_count);
	return state;
}

/* Moves the notes into the histograms. */
DealStats *
settle_deal_stats(DealStats *state)
{
	Tally some_tallies[2 * SOME_NOTES + 1];
	int n = state->nnotes;
	bool many = n > SOME_NOTES;
	Tally *days = many ? palloc(TALLIES_SIZE(2 * n + 1)) : some_tallies;
	Tally *sizes = days + n + 1; /* behind one that is written in vain */
	int ndays = 0;
	int nsizes = 0;

	if (n == 0)
		return state;
	for (int i = 0; i < n; i++)
	{
		int32 size = NOTES(state)[i].size;

		sizes[nsizes] = (Tally){size, 1};
		nsizes += size != NO_KEY;
	}
	/* An outcome at a time, whose keys lie close to each other. */
	for (DealOutcome outcome = WON; outcome <= OPEN; outcome++)
	{
		Tally *of_outcome = days + ndays;
		int count = 0;

		for (int i = 0; i < n; i++)
		{
			int32 day = NOTES(state)[i].day;

			of_outcome[count] = (Tally){day, 1};
			count += day != NO_KEY && OUTCOME_OF(day) == outcome;
		}
		ndays += tally_notes(of_outcome, count, refuse_deal_count);
	}
	nsizes = tally_notes(sizes, nsizes, refuse_deal_count);
	state->nnotes = 0;
	state = merge_deal_histograms(state, days, ndays, sizes, nsizes);
	if (many)
		pfree(days);
	return state;
}

/* Adds a deal to the histograms, sooner or later. */
DealStats *
note_deal(DealStats *state, int32 day, int32 size)
{
	Note *note;

	if (day == NO_KEY && size == NO_KEY)
		return state;
	if (state->nnotes == CAPACITY(state) - TALLIES(state) ||
		state->nnotes == PG_UINT16_MAX)
	{
		state = settle_deal_stats(state);
		if (TALLIES(state) == CAPACITY(state))
			state = copy_with_capacity(state,
									   roomy_tallies(DEAL_STATS_HEADER_SIZE,
													 TALLIES(state) + 1));
	}
	note = NOTES(state) + state->nnotes++;
	note->day = day;
	note->size = size;
	return state;
}

/* Where the days of an outcome begin */
int
first_days(const DealStats *state, DealOutcome outcome)
{
	return tally_position(DAYS(state), state->ndays, DAY_KEY(outcome, 0));
}

/* The deals of one outcome whose days are known; *days is their sum. */
int64
dated_deals(const DealStats *state, DealOutcome outcome, int128 *days)
{
	const Tally *tally = DAYS(state);
	int64 deals = 0;
	int128 sum = 0;

	for (int i = first_days(state, outcome);
		 i < state->ndays && OUTCOME_OF(tally[i].key) == outcome; i++)
	{
		deals += tally[i].count;
		sum += (int64) DAYS_OF(tally[i].key) * tally[i].count;
	}
	if (days)
		*days = sum;
	return deals;
}

int64
sized_deals(const DealStats *state)
{
	int64 deals = 0;

	for (int i = 0; i < state->nsizes; i++)
		deals += SIZES(state)[i].count;
	return deals;
}

/*
 * States as arguments and results
 */

/* A copy of a state with notes, to read */
DealStats *
settled_deal_stats(const DealStats *state)
{
	DealStats *copy = palloc(VARSIZE(state));

	memcpy(copy, state, VARSIZE(state));
	return settle_deal_stats(copy);
}

/*
 * Sizes of amounts
 */

static int
decimal_digits(uint64 value)
{
	int guess = (pg_leftmost_one_pos64(value) + 1) * 1233 >> 12;

	return guess + (value >= word_power_of_ten[guess]);
}

/* The bucket of an amount. */
int32
deal_size_key(const Decimal *amount)
{
	uint128 value = amount->value < 0 ? -(uint128) amount->value
									  : (uint128) amount->value;
	int dropped = 0;
	uint64 leading;
	int digits;
	int place;
	int bucket = 0;

	if (value == 0)
		return 0;
	while (unlikely(value > PG_UINT64_MAX))
	{
		value /= 10;
		dropped++;
	}
	leading = (uint64) value;
	digits = decimal_digits(leading);
	if (digits > 4)
		leading /= word_power_of_ten[digits - 4];
	else
		leading *= word_power_of_ten[4 - digits];

	for (int step = BUCKETS / 2; step > 0; step /= 2)
		bucket += bucket_limit[bucket + step] <= leading ? step : 0;

	/* The amount is between 10^(place - 36) and ten times that. */
	place = digits + dropped - amount->scale - 1 + DECIMAL_MAX_SCALE;
	Assert(place >= 0 && place < SIZE_DECADES);
	bucket += 1 + place * BUCKETS;
	return amount->value < 0 ? -bucket : bucket;
}

/* The middle of a bucket. */
Numeric
size_of_key(int32 key)
{
	int index = abs(key) - 1;
	int exponent;
	int128 middle;

	if (key == 0)
		return int64_to_numeric(0);
	/* Four digits, of which the first is the place's. */
	exponent = index / BUCKETS - DECIMAL_MAX_SCALE - 3;
	index %= BUCKETS;
	middle = (bucket_limit[index] + bucket_limit[index + 1]) / 2;
	if (key < 0)
		middle = -middle;
	while (exponent < 0 && middle % 10 == 0)
	{
		middle /= 10;
		exponent++;
	}
	if (exponent > 0)
		middle *= power_of_ten(exponent);
	return numeric_from_decimal(middle, exponent < 0 ? -exponent : 0);
}

/*
 * Transition functions
 */

/* NULL is open; other words than the three are refused. */
DealOutcome
outcome_argument(FunctionCallInfo fcinfo, int argno)
{
	text *argument;
	const char *word;
	int length;

	/* HubSpot leaves the flags of an open deal empty. */
	if (PG_ARGISNULL(argno))
		return OPEN;
	argument = PG_GETARG_TEXT_PP(argno);
	word = VARDATA_ANY(argument);
	length = VARSIZE_ANY_EXHDR(argument);
	if (length == 3 && memcmp(word, "won", 3) == 0)
		return WON;
	if (length == 4 && memcmp(word, "lost", 4) == 0)
		return LOST;
	if (length == 4 && memcmp(word, "open", 4) == 0)
		return OPEN;

	/* Spelled otherwise */
	for (int i = 0; i < OUTCOMES; i++)
		if (same_word(outcome_names[i], strlen(outcome_names[i]), word,
					  length))
			return (DealOutcome) i;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%.*s\" is not an outcome of a deal",
					pg_mbcliplen(word, length, 60), word),
			 errhint("An outcome is won, lost or open, in upper or lower "
					 "case; NULL counts as open.")));
	return OPEN; /* for the compiler */
}

/* The same sums at a scale that is not smaller. */
void
raise_deal_scale(DealStats *state, int scale)
{
	if (scale == state->scale)
		return;
	raise_sums(state->amount, sizeof(int128), OUTCOMES, state->scale, scale);
	squares_rescale(&state->won_squares, scale - state->scale);
	state->scale = scale;
}

/*
 * Adds a deal to a state that is ours; the amount may be NULL, the days
 * NO_DAYS.  A state that had to grow is returned in its stead, which is not
 * freed.
 */
DealStats *
add_deal(DealStats *state, DealOutcome outcome, const Decimal *amount,
		 int64 days)
{
	int32 day = NO_KEY;
	int32 size = NO_KEY;

	if (unlikely(state->deals[outcome] >= MAX_STATS_DEALS))
		refuse_deals();
	state->deals[outcome]++;

	if (amount == NULL)
		state->no_amount[outcome]++;
	else
	{
		int128 addend = amount->value;

		if (amount->scale > state->scale)
			raise_deal_scale(state, amount->scale);
		else if (amount->scale < state->scale)
			addend = exact_rescale(addend, amount->scale, state->scale);
		state->amount[outcome] = exact_add(state->amount[outcome], addend);
		if (outcome == WON)
		{
			squares_add(&state->won_squares, addend);
			size = deal_size_key(amount);
		}
	}

	if (days >= 0 && days <= MAX_DAYS)
		day = DAY_KEY(outcome, (int32) days);
	return note_deal(state, day, size);
}

/*
 * Adds the deals of b, a value, to a state that is ours.  A state that had to
 * grow is returned in its stead, which is not freed.
 */
DealStats *
merge_deal_stats(DealStats *a, const DealStats *b)
{
	int scale = Max(a->scale, b->scale);
	SquareSum squares = b->won_squares;

	Assert(b->nnotes == 0);
	a = settle_deal_stats(a);
	raise_deal_scale(a, scale);
	squares_rescale(&squares, scale - b->scale);
	squares_merge(&a->won_squares, &squares);
	for (int i = 0; i < OUTCOMES; i++)
	{
		a->deals[i] += b->deals[i];
		a->no_amount[i] += b->no_amount[i];
		if (a->deals[i] > MAX_STATS_DEALS)
			refuse_deals();
		a->amount[i] = exact_add(a->amount[i],
								 exact_rescale(b->amount[i], b->scale, scale));
	}
	return merge_deal_histograms(a, DAYS(b), b->ndays, SIZES(b), b->nsizes);
}
