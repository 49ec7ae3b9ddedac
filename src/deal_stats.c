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
 *		src/deal_stats.c
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/int.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "aggregate_state.h"
#include "compat.h"
#include "exact_sum.h"

#define DEAL_STATS_VERSION 1

typedef enum Outcome
{
	WON,
	LOST,
	OPEN
} Outcome;
#define OUTCOMES 3

static const char *const outcome_names[OUTCOMES] = {"won", "lost", "open"};

/* Far above any count and low enough that their sums need no care. */
#define MAX_DEALS (PG_INT64_MAX / 4)

typedef struct Tally
{
	int32 key;
	uint32 deals;
} Tally;

/* A deal that is not in the histograms yet */
typedef struct Note
{
	int32 day;  /* NO_KEY if it has no days */
	int32 size; /* NO_KEY unless it is won and has an amount */
} Note;
#define NO_KEY PG_INT32_MIN

StaticAssertDecl(sizeof(Note) == sizeof(Tally), "they share the gap");

/* As many notes as are sorted on the stack */
#define SOME_NOTES 256

typedef struct DealStats
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 scale; /* of the amounts */
	uint16 nnotes;
	int32 ndays;
	int32 nsizes;
	int64 deals[OUTCOMES];
	int64 no_amount[OUTCOMES]; /* of these, without an amount */
	int128 amount[OUTCOMES];   /* times 10^scale */
	Tally tallies[FLEXIBLE_ARRAY_MEMBER];
} DealStats;

StaticAssertDecl(offsetof(DealStats, tallies) == 112,
				 "the header has no padding");

/* A key of days: the outcome, then the days, which need 27 bits to span all
 * the timestamps there are.  Dates can be further apart, but no deal is. */
#define DAY_BITS            27
#define MAX_DAYS            ((1 << DAY_BITS) - 1)
#define DAY_KEY(outcome, d) ((int32) (outcome) << DAY_BITS | (d))
#define OUTCOME_OF(key)     ((key) >> DAY_BITS)
#define DAYS_OF(key)        ((key) &MAX_DAYS)
#define NO_DAYS             (-1)

/*
 * A key of sizes: 0 for the amount 0; for others one plus the bucket's place
 * from 10^-36 up, negative for negative amounts.
 */
#define BUCKETS      128
#define SIZE_DECADES (DECIMAL_MAX_SCALE + DECIMAL_MAX_DIGITS)
#define MAX_SIZE_KEY (SIZE_DECADES * BUCKETS)

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

#define HEADER_SIZE     offsetof(DealStats, tallies)
#define CAPACITY(state) ((VARSIZE(state) - HEADER_SIZE) / sizeof(Tally))
#define DAYS(state)     ((state)->tallies)
#define SIZES(state)    ((state)->tallies + CAPACITY(state) - (state)->nsizes)
#define TALLIES(state)  ((Size) (state)->ndays + (state)->nsizes)
#define NOTES(state)    ((Note *) ((state)->tallies + (state)->ndays))
#define TALLIES_SIZE(n) ((Size) (n) * sizeof(Tally))

PG_FUNCTION_INFO_V1(deal_stats_in);
PG_FUNCTION_INFO_V1(deal_stats_out);
PG_FUNCTION_INFO_V1(deal_stats_recv);
PG_FUNCTION_INFO_V1(deal_stats_send);
PG_FUNCTION_INFO_V1(deal_stats_accum);
PG_FUNCTION_INFO_V1(deal_stats_accum_dates);
PG_FUNCTION_INFO_V1(deal_stats_accum_timestamps);
PG_FUNCTION_INFO_V1(deal_stats_combine);
PG_FUNCTION_INFO_V1(deal_stats_final);
PG_FUNCTION_INFO_V1(deal_stats_eq);
PG_FUNCTION_INFO_V1(deal_stats_ne);
PG_FUNCTION_INFO_V1(deal_stats_hash);
PG_FUNCTION_INFO_V1(deal_stats_hash_extended);
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

/*
 * Memory
 */

static DealStats *
allocate(Size tallies)
{
	Size size = HEADER_SIZE + TALLIES_SIZE(tallies);
	DealStats *state;

	if (tallies > (MaxAllocSize - HEADER_SIZE) / sizeof(Tally))
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
	DealStats *copy = allocate(tallies);
	Size size = VARSIZE(copy);

	Assert(tallies >= TALLIES(state));
	memcpy(copy, state, HEADER_SIZE + TALLIES_SIZE(state->ndays));
	SET_VARSIZE(copy, size);
	copy->nnotes = 0;
	memcpy(SIZES(copy), SIZES(state), TALLIES_SIZE(state->nsizes));
	return copy;
}

/*
 * How many tallies to have room for when at least that many are wanted: as
 * many as go into a chunk of memory that palloc wastes nothing of.
 */
static Size
roomy(Size tallies)
{
	Size size = pg_nextpower2_size_t(HEADER_SIZE + TALLIES_SIZE(tallies));

	return size > MaxAllocSize ? tallies
							   : (size - HEADER_SIZE) / sizeof(Tally);
}

/*
 * Histograms
 */

static uint32
add_deals(uint32 a, uint32 b)
{
	uint32 sum;

	if (unlikely(pg_add_u32_overflow(a, b, &sum)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many deals in one group"),
				 errdetail("At most %u deals of a group can share a cycle in "
						   "days or a size.",
						   PG_UINT32_MAX)));
	return sum;
}

/* Where key is, or belongs. */
static int
position(const Tally *tallies, int n, int32 key)
{
	int low = 0;

	while (low < n)
	{
		int middle = low + (n - low) / 2;

		if (tallies[middle].key < key)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* How many keys of b are not among those of a */
static int
count_missing(const Tally *a, int na, const Tally *b, int nb)
{
	int missing = 0;

	for (int i = 0, j = 0; j < nb; j++)
	{
		while (i < na && a[i].key < b[j].key)
			i++;
		if (i == na || a[i].key != b[j].key)
			missing++;
	}
	return missing;
}

/*
 * Merges b into a, giving n tallies in out.  Runs backwards, so that out may
 * begin where a does.
 */
static void
merge_tallies(Tally *out, int n, const Tally *a, int na, const Tally *b,
			  int nb)
{
	for (int at = n - 1; at >= 0; at--)
	{
		Tally next;

		if (nb == 0 || (na > 0 && a[na - 1].key > b[nb - 1].key))
			next = a[--na];
		else
		{
			next = b[--nb];
			if (na > 0 && a[na - 1].key == next.key)
				next.deals = add_deals(next.deals, a[--na].deals);
		}
		out[at] = next;
	}
	Assert(na == 0 && nb == 0);
}

/*
 * Merges histograms into those of a state without notes.  The state stays
 * where it is while a third of it is free, so that merges stay rare.
 */
static DealStats *
merge_histograms(DealStats *state, const Tally *days, int ndays,
				 const Tally *sizes, int nsizes)
{
	int new_days = count_missing(DAYS(state), state->ndays, days, ndays);
	int new_sizes = count_missing(SIZES(state), state->nsizes, sizes, nsizes);
	Size wanted = TALLIES(state) + new_days + new_sizes;
	int old = state->nsizes;

	Assert(state->nnotes == 0);
	if (wanted + wanted / 2 > CAPACITY(state))
		state = copy_with_capacity(state, roomy(wanted + wanted / 2));

	merge_tallies(DAYS(state), state->ndays + new_days, DAYS(state),
				  state->ndays, days, ndays);
	state->ndays += new_days;

	/* The merge runs backwards, but this array grows at its front. */
	if (new_sizes > 0)
		memmove(SIZES(state) - new_sizes, SIZES(state), TALLIES_SIZE(old));
	state->nsizes += new_sizes;
	merge_tallies(SIZES(state), state->nsizes, SIZES(state), old, sizes,
				  nsizes);
	return state;
}

#define ST_SORT          sort_keys
#define ST_ELEMENT_TYPE  int32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts keys and counts equal ones. */
static int
tally_keys(Tally *tallies, int32 *keys, int n)
{
	int last = -1;

	if (n > 1)
		sort_keys(keys, n);
	for (int i = 0; i < n; i++)
	{
		if (last < 0 || tallies[last].key != keys[i])
		{
			tallies[++last].key = keys[i];
			tallies[last].deals = 0;
		}
		tallies[last].deals++;
	}
	return last + 1;
}

/* Moves the notes into the histograms. */
static DealStats *
settle(DealStats *state)
{
	int32 some_keys[2 * SOME_NOTES];
	Tally some_tallies[2 * SOME_NOTES];
	int n = state->nnotes;
	bool many = n > SOME_NOTES;
	int32 *day_keys = many ? palloc(2 * n * sizeof(int32)) : some_keys;
	Tally *days = many ? palloc(2 * n * sizeof(Tally)) : some_tallies;
	int32 *size_keys = day_keys + n;
	Tally *sizes = days + n;
	int ndays = 0;
	int nsizes = 0;

	if (n == 0)
		return state;
	for (int i = 0; i < n; i++)
	{
		Note note = NOTES(state)[i];

		day_keys[ndays] = note.day;
		ndays += note.day != NO_KEY;
		size_keys[nsizes] = note.size;
		nsizes += note.size != NO_KEY;
	}
	state->nnotes = 0;
	ndays = tally_keys(days, day_keys, ndays);
	nsizes = tally_keys(sizes, size_keys, nsizes);
	state = merge_histograms(state, days, ndays, sizes, nsizes);
	if (many)
	{
		pfree(day_keys);
		pfree(days);
	}
	return state;
}

static DealStats *
note_deal(DealStats *state, int32 day, int32 size)
{
	Note *note;

	if (day == NO_KEY && size == NO_KEY)
		return state;
	if (state->nnotes == CAPACITY(state) - TALLIES(state) ||
		state->nnotes == PG_UINT16_MAX)
	{
		state = settle(state);
		if (TALLIES(state) == CAPACITY(state))
			state = copy_with_capacity(state, roomy(TALLIES(state) + 1));
	}
	note = NOTES(state) + state->nnotes++;
	note->day = day;
	note->size = size;
	return state;
}

/* The deals of one outcome whose days are known; *days is their sum. */
static int64
dated_deals(const DealStats *state, Outcome outcome, int128 *days)
{
	const Tally *tally = DAYS(state);
	int64 deals = 0;
	int128 sum = 0;

	for (int i = position(tally, state->ndays, DAY_KEY(outcome, 0));
		 i < state->ndays && OUTCOME_OF(tally[i].key) == outcome; i++)
	{
		deals += tally[i].deals;
		sum += (int64) DAYS_OF(tally[i].key) * tally[i].deals;
	}
	if (days)
		*days = sum;
	return deals;
}

static int64
sized_deals(const DealStats *state)
{
	int64 deals = 0;

	for (int i = 0; i < state->nsizes; i++)
		deals += SIZES(state)[i].deals;
	return deals;
}

/*
 * States as arguments and results
 */

static void
check_version(const DealStats *state)
{
	if (unlikely(state->version != DEAL_STATS_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("deal_stats of unknown version %d", state->version)));
}

/* The state in argument argno, not ours, to read: it has no notes. */
static DealStats *
stats_argument(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *datum = PG_DETOAST_DATUM(PG_GETARG_DATUM(argno));
	DealStats *state = (DealStats *) datum;

	check_version(state);
	/* Only the engine sees one that has: to combine, finish or ship it. */
	if (state->nnotes > 0)
	{
		state = palloc(VARSIZE(datum));
		memcpy(state, datum, VARSIZE(datum));
		state = settle(state);
	}
	return state;
}

/* The state in argument argno, ours to change; a new one for NULL. */
static DealStats *
stats_for_update(FunctionCallInfo fcinfo, int argno)
{
	DealStats *state;

	if (PG_ARGISNULL(argno))
		return allocate(0);
	state = state_for_update(fcinfo, argno);
	check_version(state);
	return state;
}

/* Who calls a transition function directly gets a value. */
static Datum
changed_state(FunctionCallInfo fcinfo, DealStats *state)
{
	if (!AggCheckCallContext(fcinfo, NULL))
	{
		state = settle(state);
		state = copy_with_capacity(state, TALLIES(state));
	}
	PG_RETURN_POINTER(state);
}

/*
 * Sizes of amounts
 */

/* 10^exponent for 64 bits */
static const uint64 power10[] = {UINT64CONST(1),
								 UINT64CONST(10),
								 UINT64CONST(100),
								 UINT64CONST(1000),
								 UINT64CONST(10000),
								 UINT64CONST(100000),
								 UINT64CONST(1000000),
								 UINT64CONST(10000000),
								 UINT64CONST(100000000),
								 UINT64CONST(1000000000),
								 UINT64CONST(10000000000),
								 UINT64CONST(100000000000),
								 UINT64CONST(1000000000000),
								 UINT64CONST(10000000000000),
								 UINT64CONST(100000000000000),
								 UINT64CONST(1000000000000000),
								 UINT64CONST(10000000000000000),
								 UINT64CONST(100000000000000000),
								 UINT64CONST(1000000000000000000),
								 UINT64CONST(10000000000000000000)};

static int
decimal_digits(uint64 value)
{
	int guess = (pg_leftmost_one_pos64(value) + 1) * 1233 >> 12;

	return guess + (value >= power10[guess]);
}

/* The bucket of an amount. */
static int32
size_key(const Decimal *amount)
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
		leading /= power10[digits - 4];
	else
		leading *= power10[4 - digits];

	for (int step = BUCKETS / 2; step > 0; step /= 2)
		bucket += bucket_limit[bucket + step] <= leading ? step : 0;

	/* The amount is between 10^(place - 36) and ten times that. */
	place = digits + dropped - amount->scale - 1 + DECIMAL_MAX_SCALE;
	Assert(place >= 0 && place < SIZE_DECADES);
	bucket += 1 + place * BUCKETS;
	return amount->value < 0 ? -bucket : bucket;
}

/* The middle of a bucket. */
static Numeric
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

static Outcome
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
	while (length > 0 && scanner_isspace(word[length - 1]))
		length--;
	while (length > 0 && scanner_isspace(*word))
	{
		word++;
		length--;
	}
	if (length == 3 && pg_strncasecmp(word, "won", 3) == 0)
		return WON;
	if (length == 4 && pg_strncasecmp(word, "lost", 4) == 0)
		return LOST;
	if (length == 4 && pg_strncasecmp(word, "open", 4) == 0)
		return OPEN;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%.*s\" is not an outcome of a deal",
					pg_mbcliplen(word, length, 60), word),
			 errhint("An outcome is won, lost or open, in upper or lower "
					 "case; NULL counts as open.")));
	return OPEN; /* for the compiler */
}

/* The argument that ends the days of such a deal; 0 when none does. */
static int
end_argument(FunctionCallInfo fcinfo, Outcome outcome)
{
	if (outcome != OPEN)
		return 4;
	/* A date to close is no closing, but days until as_of are known. */
	return PG_NARGS() > 5 ? 5 : 0;
}

/* Adds the deal in arguments 1 and 2 to the state in argument 0. */
static Datum
accumulate(FunctionCallInfo fcinfo, Outcome outcome, int64 days)
{
	DealStats *state = stats_for_update(fcinfo, 0);
	int32 day = NO_KEY;
	int32 size = NO_KEY;

	if (unlikely(state->deals[outcome] >= MAX_DEALS))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many deals in one group")));
	state->deals[outcome]++;

	if (PG_ARGISNULL(1))
		state->no_amount[outcome]++;
	else
	{
		Decimal amount = amount_argument(fcinfo, 1);
		int128 addend = amount.value;

		if (amount.scale > state->scale)
		{
			for (int i = 0; i < OUTCOMES; i++)
				state->amount[i] = exact_rescale(state->amount[i],
												 state->scale, amount.scale);
			state->scale = amount.scale;
		}
		else if (amount.scale < state->scale)
			addend = exact_rescale(addend, amount.scale, state->scale);
		state->amount[outcome] = exact_add(state->amount[outcome], addend);
		if (outcome == WON)
			size = size_key(&amount);
	}

	if (days >= 0 && days <= MAX_DAYS)
		day = DAY_KEY(outcome, (int32) days);
	return changed_state(fcinfo, note_deal(state, day, size));
}

/* deal_stats_accum(deal_stats, amount numeric, outcome text) */
Datum
deal_stats_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, outcome_argument(fcinfo, 2), NO_DAYS);
}

/*
 * deal_stats_accum(deal_stats, amount numeric, outcome text, opened date,
 * closed date [, as_of date]): calendar days.
 */
Datum
deal_stats_accum_dates(PG_FUNCTION_ARGS)
{
	Outcome outcome = outcome_argument(fcinfo, 2);
	int end = end_argument(fcinfo, outcome);
	int64 days = NO_DAYS;

	if (end > 0 && !PG_ARGISNULL(3) && !PG_ARGISNULL(end))
	{
		DateADT from = PG_GETARG_DATEADT(3);
		DateADT until = PG_GETARG_DATEADT(end);

		if (!DATE_NOT_FINITE(from) && !DATE_NOT_FINITE(until))
			days = (int64) until - from;
	}
	return accumulate(fcinfo, outcome, days);
}

/*
 * deal_stats_accum(deal_stats, amount numeric, outcome text, opened timestamp,
 * closed timestamp [, as_of timestamp]), and the same with time zone: whole
 * days of 24 hours, which no time zone has a part in.
 */
Datum
deal_stats_accum_timestamps(PG_FUNCTION_ARGS)
{
	Outcome outcome = outcome_argument(fcinfo, 2);
	int end = end_argument(fcinfo, outcome);
	int64 days = NO_DAYS;

	if (end > 0 && !PG_ARGISNULL(3) && !PG_ARGISNULL(end))
	{
		Timestamp from = PG_GETARG_TIMESTAMP(3);
		Timestamp until = PG_GETARG_TIMESTAMP(end);

		/* The difference of two finite ones may need all 64 bits. */
		if (!TIMESTAMP_NOT_FINITE(from) && !TIMESTAMP_NOT_FINITE(until) &&
			until >= from)
			days = ((uint64) until - (uint64) from) / USECS_PER_DAY;
	}
	return accumulate(fcinfo, outcome, days);
}

/*
 * deal_stats_combine(a, b): the statistics of both groups together; NULL is
 * the empty group.  Combine function, transition function of rollup() and a
 * function for ON CONFLICT DO UPDATE at once.
 */
Datum
deal_stats_combine(PG_FUNCTION_ARGS)
{
	DealStats *a;
	DealStats *b;
	int scale;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return changed_state(fcinfo, stats_for_update(fcinfo, 0));
	}
	a = settle(stats_for_update(fcinfo, 0));
	b = stats_argument(fcinfo, 1);
	scale = Max(a->scale, b->scale);

	for (int i = 0; i < OUTCOMES; i++)
	{
		a->deals[i] += b->deals[i];
		a->no_amount[i] += b->no_amount[i];
		if (a->deals[i] > MAX_DEALS)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many deals in one group")));
		a->amount[i] = exact_add(exact_rescale(a->amount[i], a->scale, scale),
								 exact_rescale(b->amount[i], b->scale, scale));
	}
	a->scale = scale;

	a = merge_histograms(a, DAYS(b), b->ndays, SIZES(b), b->nsizes);
	return changed_state(fcinfo, a);
}

/* A value from a transition state, which stays as it is. */
Datum
deal_stats_final(PG_FUNCTION_ARGS)
{
	DealStats *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = stats_argument(fcinfo, 0);
	PG_RETURN_POINTER(copy_with_capacity(state, TALLIES(state)));
}

/*
 * Input and output
 */

/* What is wrong with a state from outside; NULL when nothing is. */
static const char *
problem_of_tallies(const Tally *tallies, int n, int32 low, int32 high)
{
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (tallies[i].key < low || tallies[i].key > high)
			return "A histogram has a key out of its range.";
		if (i > 0 && tallies[i].key <= tallies[i - 1].key)
			return "A histogram is not in order.";
		if (tallies[i].deals == 0)
			return "A histogram has an empty entry.";
	}
	return NULL;
}

static const char *
problem_of(const DealStats *state)
{
	const char *problem;
	bool any_amount = false;

	for (int i = 0; i < OUTCOMES; i++)
	{
		if (state->deals[i] < 0 || state->deals[i] > MAX_DEALS)
			return "A number of deals is out of range.";
		if (state->no_amount[i] < 0 || state->no_amount[i] > state->deals[i])
			return "More deals lack an amount than there are.";
		if (!exact_in_range(state->amount[i]))
			return "A sum of amounts is out of range.";
		if (state->no_amount[i] < state->deals[i])
			any_amount = true;
		else if (state->amount[i] != 0)
			return "There is a sum of amounts but no deal with an amount.";
	}
	if (state->scale > DECIMAL_MAX_SCALE || (!any_amount && state->scale != 0))
		return "The scale of the amounts is out of range.";
	problem = problem_of_tallies(DAYS(state), state->ndays, 0,
								 DAY_KEY(OPEN, MAX_DAYS));
	if (problem == NULL)
		problem = problem_of_tallies(SIZES(state), state->nsizes,
									 -MAX_SIZE_KEY, MAX_SIZE_KEY);
	if (problem)
		return problem;
	for (int i = 0; i < OUTCOMES; i++)
	{
		if (dated_deals(state, i, NULL) > state->deals[i])
			return "More deals have days than there are.";
	}
	if (sized_deals(state) != state->deals[WON] - state->no_amount[WON])
		return "The sizes are not those of the won deals with an amount.";
	return NULL;
}

/* Skips a word and "=" if they are next. */
static bool
parse_field(const char **cursor, const char *outcome, const char *field)
{
	const char *at = *cursor;

	while (*at == ' ')
		at++;
	if (strncmp(at, outcome, strlen(outcome)) != 0)
		return false;
	at += strlen(outcome);
	if (strncmp(at, field, strlen(field)) != 0)
		return false;
	at += strlen(field);
	if (*at != '=')
		return false;
	*cursor = at + 1;
	return true;
}

/* Reads [-]key:deals,... adding first to the keys; false if malformed. */
static bool
parse_tallies(const char **cursor, Tally *tallies, int *n, int32 first,
			  int32 limit)
{
	const char *at = *cursor;

	for (;; at++)
	{
		bool negative = *at == '-';
		uint64 key;
		uint64 deals;

		CHECK_FOR_INTERRUPTS();
		at += negative ? 1 : 0;
		if (!parse_count(&at, &key) || key > limit || *at++ != ':' ||
			!parse_count(&at, &deals) || deals > PG_UINT32_MAX ||
			(negative && (key == 0 || first > 0)))
			return false;
		tallies[*n].key = first + (negative ? -(int32) key : (int32) key);
		tallies[(*n)++].deals = (uint32) deals;
		if (*at != ',')
			break;
	}
	*cursor = at;
	return true;
}

/*
 * deals=N, then for each outcome that occurs its own count, the sum of its
 * amounts, those without an amount, its days, and of won deals the sizes.
 */
Datum
deal_stats_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *cursor = input;
	/* The shortest tally, with its comma, has four characters. */
	Size most = strlen(input) / 4 + 1;
	Tally *days;
	Tally *sizes;
	Decimal amounts[OUTCOMES] = {0};
	uint64 total = 0;
	uint64 counts[OUTCOMES] = {0};
	uint64 lacking[OUTCOMES] = {0};
	DealStats *state;
	const char *problem = NULL;
	int ndays = 0;
	int nsizes = 0;
	int scale = 0;
	bool ok;

	if (most > MaxAllocSize / sizeof(Tally))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value of type deal_stats is too long")));
	days = palloc(TALLIES_SIZE(most));
	sizes = palloc(TALLIES_SIZE(most));

	ok = parse_field(&cursor, "deals", "") && parse_count(&cursor, &total);
	for (int i = 0; i < OUTCOMES && ok; i++)
	{
		const char *name = outcome_names[i];

		if (parse_field(&cursor, name, ""))
			ok = parse_count(&cursor, &counts[i]);
		if (ok && parse_field(&cursor, name, "_amount"))
			ok = parse_decimal(&cursor, &amounts[i]);
		if (ok && parse_field(&cursor, name, "_without_amount"))
			ok = parse_count(&cursor, &lacking[i]);
		if (ok && parse_field(&cursor, name, "_days"))
			ok = parse_tallies(&cursor, days, &ndays, DAY_KEY(i, 0), MAX_DAYS);
		if (ok && i == WON && parse_field(&cursor, name, "_sizes"))
			ok = parse_tallies(&cursor, sizes, &nsizes, 0, MAX_SIZE_KEY);
		scale = Max(scale, amounts[i].scale);
	}
	while (*cursor == ' ')
		cursor++;
	if (!ok || *cursor != '\0')
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type deal_stats: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail("It cannot be read from character %d on.",
						   pg_mbstrlen_with_len(input, cursor - input) + 1)));

	state = allocate((Size) ndays + nsizes);
	state->ndays = ndays;
	state->nsizes = nsizes;
	state->scale = scale;
	memcpy(DAYS(state), days, TALLIES_SIZE(ndays));
	memcpy(SIZES(state), sizes, TALLIES_SIZE(nsizes));
	for (int i = 0; i < OUTCOMES; i++)
	{
		state->deals[i] = counts[i];
		state->no_amount[i] = lacking[i];
		if (decimal_rescale(&amounts[i], scale))
			state->amount[i] = amounts[i].value;
		else
			problem = "A sum of amounts is out of range.";
	}
	if (problem == NULL)
		problem = problem_of(state);
	if (problem == NULL &&
		total != state->deals[WON] + state->deals[LOST] + state->deals[OPEN])
		problem = "The deals are not the sum of the won, lost and open ones.";
	if (problem)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type deal_stats: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail_internal("%s", problem)));
	pfree(days);
	pfree(sizes);
	PG_RETURN_POINTER(state);
}

static void
append_tally(StringInfo out, int32 key, uint32 deals, bool first)
{
	if (!first)
		appendStringInfoChar(out, ',');
	appendStringInfo(out, "%d:%u", key, deals);
}

Datum
deal_stats_out(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);
	StringInfoData out;
	int day = 0;

	initStringInfo(&out);
	appendStringInfo(&out, "deals=" INT64_FORMAT,
					 state->deals[WON] + state->deals[LOST] +
						 state->deals[OPEN]);
	for (int i = 0; i < OUTCOMES; i++)
	{
		const char *name = outcome_names[i];

		if (state->deals[i] == 0)
			continue;
		appendStringInfo(&out, " %s=" INT64_FORMAT, name, state->deals[i]);
		if (state->no_amount[i] < state->deals[i])
		{
			appendStringInfo(&out, " %s_amount=", name);
			append_decimal(&out, state->amount[i], state->scale);
		}
		if (state->no_amount[i] > 0)
			appendStringInfo(&out, " %s_without_amount=" INT64_FORMAT, name,
							 state->no_amount[i]);
		for (int first = day;
			 day < state->ndays && OUTCOME_OF(DAYS(state)[day].key) == i;
			 day++)
		{
			CHECK_FOR_INTERRUPTS();
			if (day == first)
				appendStringInfo(&out, " %s_days=", name);
			append_tally(&out, DAYS_OF(DAYS(state)[day].key),
						 DAYS(state)[day].deals, day == first);
		}
		for (int at = 0; i == WON && at < state->nsizes; at++)
		{
			CHECK_FOR_INTERRUPTS();
			if (at == 0)
				appendStringInfo(&out, " %s_sizes=", name);
			append_tally(&out, SIZES(state)[at].key, SIZES(state)[at].deals,
						 at == 0);
		}
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
deal_stats_send(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, state->version);
	pq_sendint8(&out, state->scale);
	pq_sendint16(&out, 0);
	pq_sendint32(&out, state->ndays);
	pq_sendint32(&out, state->nsizes);
	for (int i = 0; i < OUTCOMES; i++)
	{
		pq_sendint64(&out, state->deals[i]);
		pq_sendint64(&out, state->no_amount[i]);
		send_int128(&out, state->amount[i]);
	}
	for (int i = 0; i < state->ndays; i++)
	{
		pq_sendint32(&out, DAYS(state)[i].key);
		pq_sendint32(&out, DAYS(state)[i].deals);
	}
	for (int i = 0; i < state->nsizes; i++)
	{
		pq_sendint32(&out, SIZES(state)[i].key);
		pq_sendint32(&out, SIZES(state)[i].deals);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
deal_stats_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(in);
	int scale = pq_getmsgbyte(in);
	int unused = pq_getmsgint(in, 2);
	uint32 ndays = pq_getmsgint(in, 4);
	uint32 nsizes = pq_getmsgint(in, 4);
	DealStats *state = NULL;
	const char *problem = NULL;

	if (version != DEAL_STATS_VERSION || unused != 0)
		problem = "It is of an unknown version.";
	else if ((uint64) HEADER_SIZE - 16 + TALLIES_SIZE(ndays) +
				 TALLIES_SIZE(nsizes) !=
			 in->len - in->cursor)
		problem = "Its length is not that of its contents.";
	else
	{
		state = allocate((Size) ndays + nsizes);
		state->scale = scale;
		state->ndays = ndays;
		state->nsizes = nsizes;
		for (int i = 0; i < OUTCOMES; i++)
		{
			state->deals[i] = pq_getmsgint64(in);
			state->no_amount[i] = pq_getmsgint64(in);
			state->amount[i] = receive_int128(in);
		}
		for (uint32 i = 0; i < ndays + nsizes; i++)
		{
			CHECK_FOR_INTERRUPTS();
			state->tallies[i].key = pq_getmsgint(in, 4);
			state->tallies[i].deals = pq_getmsgint(in, 4);
		}
		problem = problem_of(state);
	}
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type deal_stats"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(state);
}

/*
 * Operators
 */

static bool
same_stats(FunctionCallInfo fcinfo)
{
	DealStats *a = stats_argument(fcinfo, 0);
	DealStats *b = stats_argument(fcinfo, 1);

	/* The header behind its length, which a gap would change. */
	return memcmp(&a->version, &b->version,
				  HEADER_SIZE - offsetof(DealStats, version)) == 0 &&
		   memcmp(DAYS(a), DAYS(b), TALLIES_SIZE(a->ndays)) == 0 &&
		   memcmp(SIZES(a), SIZES(b), TALLIES_SIZE(a->nsizes)) == 0;
}

Datum
deal_stats_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_stats(fcinfo));
}

Datum
deal_stats_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_stats(fcinfo));
}

/* Of what same_stats() compares, so without notes and gap */
static uint64
hash_of_stats(const DealStats *state, uint64 seed)
{
	seed = hash_bytes_extended(&state->version,
							   HEADER_SIZE - offsetof(DealStats, version),
							   seed);
	seed = hash_bytes_extended((const unsigned char *) DAYS(state),
							   (int) TALLIES_SIZE(state->ndays), seed);
	return hash_bytes_extended((const unsigned char *) SIZES(state),
							   (int) TALLIES_SIZE(state->nsizes), seed);
}

/* The low half of the other with seed 0, as hash indexes expect */
Datum
deal_stats_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_of_stats(stats_argument(fcinfo, 0), 0));
}

Datum
deal_stats_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(
		hash_of_stats(stats_argument(fcinfo, 0), (uint64) PG_GETARG_INT64(1)));
}

/*
 * Accessors
 */

Datum
deal_stats_deals(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->deals[WON] + state->deals[LOST] +
					state->deals[OPEN]);
}

Datum
deal_stats_won(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->deals[WON]);
}

Datum
deal_stats_lost(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->deals[LOST]);
}

Datum
deal_stats_open(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->deals[OPEN]);
}

Datum
deal_stats_without_amount(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->no_amount[WON] + state->no_amount[LOST] +
					state->no_amount[OPEN]);
}

/* Closed deals with a date missing, or that close before they open */
Datum
deal_stats_without_cycle(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);

	PG_RETURN_INT64(state->deals[WON] - dated_deals(state, WON, NULL) +
					state->deals[LOST] - dated_deals(state, LOST, NULL));
}

Datum
deal_stats_win_rate(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);
	int64 closed = state->deals[WON] + state->deals[LOST];

	if (closed == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) state->deals[WON] / (double) closed);
}

static Datum
amount_of(FunctionCallInfo fcinfo, Outcome outcome)
{
	DealStats *state = stats_argument(fcinfo, 0);

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
	DealStats *state = stats_argument(fcinfo, 0);
	int64 n = state->deals[WON] - state->no_amount[WON];

	if (n == 0)
		PG_RETURN_NULL();
	return mean(state->amount[WON], state->scale, n);
}

Datum
deal_stats_mean_cycle(PG_FUNCTION_ARGS)
{
	int128 days;
	int64 n = dated_deals(stats_argument(fcinfo, 0), WON, &days);

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
		counted += tallies[at].deals;
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
						errmsg("quantile %g is not between 0 and 1", q)));
	return q;
}

Datum
deal_stats_amount_quantile(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);
	double q = quantile_argument(fcinfo, 1);

	if (state->nsizes == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(size_of_key(
		key_at_quantile(SIZES(state), state->nsizes, sized_deals(state), q)));
}

Datum
deal_stats_cycle_quantile(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);
	double q = quantile_argument(fcinfo, 1);
	int n = position(DAYS(state), state->ndays, DAY_KEY(LOST, 0));

	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(DAYS_OF(
		key_at_quantile(DAYS(state), n, dated_deals(state, WON, NULL), q)));
}

/* cycle_days(deal_stats) -> rows (outcome text, days integer, deals bigint) */
Datum
deal_stats_cycle_days(PG_FUNCTION_ARGS)
{
	DealStats *state = stats_argument(fcinfo, 0);

	begin_rows(fcinfo);
	for (int i = 0; i < state->ndays; i++)
	{
		Tally tally = DAYS(state)[i];
		Datum values[3];
		bool nulls[3] = {false, false, false};

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(outcome_names[OUTCOME_OF(tally.key)]);
		values[1] = Int32GetDatum(DAYS_OF(tally.key));
		values[2] = Int64GetDatum(tally.deals);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
