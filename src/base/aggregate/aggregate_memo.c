/*
 * aggregate_memo.c
 *		What is grouped by, remembered for the values it is made of.
 *
 * To truncate a moment to its quarter takes longer than all else that is done
 * to find its group, and a million rows are in twelve quarters.  A key that is
 * made of the unit of time that one column is in, as by date_trunc(), is
 * remembered for intervals of that column.
 *
 * An interval is only what has been seen: it reaches from the first to the
 * last moment that was evaluated to lie in the same unit, of the column or
 * tried out beyond it.  That all moments between two such are in it, too, has
 * a reason, which is tested whenever an interval grows.  Without time zones
 * units follow one another, each beginning where the last one ends.  With them
 * a clock that is put back repeats a stretch of time, perhaps across midnight,
 * and a day, or a month, comes twice.  So no interval has a change of the
 * zone's offset within.  While the offset is the same, local time is the
 * moment plus a constant, and the beginning of its unit never goes down as
 * moments go up.  What date_trunc() returns is that beginning as a moment,
 * which a change before the interval may have moved.  But were the units at
 * both ends of the interval different, the later one would begin within it,
 * and so after its low end; the result would be greater than that.  Where it
 * is not, all units are the same.
 *
 * Other keys made of one column by value are remembered for single values of
 * it: dates, or numbers of partners.  What does not pay is given up.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_memo.c
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_memo.h"
#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"

#define MAX_INTERVALS 16384

/* Single values are kept in a table of so many. */
#define VALUE_BITS 12
#define VALUES     (1 << VALUE_BITS)

/* Half of so many tries have to be hits. */
#define TRIES 16384

/* Zones whose offset is larger are none that a place ever had. */
#define MAX_OFFSET (16 * SECS_PER_HOUR)

/*
 * Moments that are tried out: of years for which no unit ends where timestamps
 * do, 1500 to 5000.
 */
#define FIRST_TRIED (-500 * 365 * USECS_PER_DAY)
#define LAST_TRIED  (3000 * 365 * USECS_PER_DAY)

/* NULL for a key that cannot be remembered. */
KeyMemo *
make_key_memo(Expr *key, PlanState *parent, MemoryContext context)
{
	KeyMemo *memo = palloc0(sizeof(KeyMemo));
	Expr *unit = unit_of_key(key, &memo->unit);
	Var *column = unit == NULL ? only_column(key) : NULL;

	if (unit != NULL)
	{
		memo->start = ExecInitExpr(unit, parent);
		memo->column = memo->unit.column;
	}
	else if (column != NULL && get_typbyval(column->vartype))
		memo->column = column->varattno - 1;
	else
	{
		pfree(memo);
		return NULL;
	}
	memo->key = ExecInitExpr(key, parent);
	memo->context = context;
	get_typlenbyval(exprType((Node *) key), &memo->length, &memo->byval);
	if (memo->start != NULL)
	{
		MAKE_ROOM(context, memo->intervals, memo->intervals_room, 64);
		/* The first is that of nothing, for hints to begin with. */
		memo->intervals[0] = (MemoInterval){PG_INT64_MAX, PG_INT64_MIN};
		memo->nintervals = 1;
		if (memo->unit.session_zone)
			memo->zone = session_timezone;
	}
	return memo;
}

static void
forget_key(KeyMemo *memo, Datum key, bool isnull)
{
	if (!memo->byval && !isnull)
		pfree(DatumGetPointer(key));
}

static Datum
keep_key(KeyMemo *memo, Datum key, bool isnull)
{
	MemoryContext caller;

	if (memo->byval || isnull)
		return key;
	caller = MemoryContextSwitchTo(memo->context);
	key = datumCopy(key, false, memo->length);
	MemoryContextSwitchTo(caller);
	return key;
}

/* For other parameters, or in another zone */
void
reset_key_memo(KeyMemo *memo)
{
	for (int i = 1; i < memo->nintervals; i++)
		forget_key(memo, memo->intervals[i].key, memo->intervals[i].isnull);
	memo->nintervals = Min(memo->nintervals, 1);
	memset(memo->hints, 0, sizeof(memo->hints));
	if (memo->unit.session_zone)
		memo->zone = session_timezone;
	for (int i = 0; memo->values != NULL && i < VALUES; i++)
	{
		if (memo->values[i].used)
			forget_key(memo, memo->values[i].key, memo->values[i].isnull);
		memo->values[i].used = false;
	}
}

/* Gives up what does not pay. */
static void
count_miss(KeyMemo *memo, bool miss)
{
	memo->misses += miss;
	if (++memo->tries < TRIES)
		return;
	memo->off = memo->misses > TRIES / 2;
	memo->tries = memo->misses = 0;
}

/* ---- intervals ---- */

/* Seconds as zones count them */
static pg_time_t
seconds_of(int64 moment)
{
	int64 seconds = moment / USECS_PER_SEC;

	if (moment % USECS_PER_SEC < 0)
		seconds--;
	return seconds +
		   ((int64) POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

/* Whether the zone's offset is the same from one moment to a later one. */
static bool
offset_is_constant(const KeyMemo *memo, int64 low, int64 high)
{
	pg_time_t from = seconds_of(low);
	pg_time_t boundary;
	long offset;
	long next_offset;
	int is_dst;
	int found;

	if (!memo->unit.zoned || memo->zone == NULL)
		return true;
	found = pg_next_dst_boundary(&from, &offset, &is_dst, &boundary,
								 &next_offset, &is_dst, memo->zone);
	if (found < 0 || labs(offset) > MAX_OFFSET)
		return false;
	return found == 0 ||
		   (labs(next_offset) <= MAX_OFFSET && seconds_of(high) < boundary);
}

/* Whether moments from low to high, of which both ends are, are in one unit. */
static bool
is_one_unit(const KeyMemo *memo, int64 low, int64 high, int64 start)
{
	return (!memo->unit.starts_before || start <= low) &&
		   offset_is_constant(memo, low, high);
}

/* The unit of time of a moment; false for a null, which is none. */
static bool
start_of_unit(const KeyMemo *memo, int64 moment, ExprContext *econtext,
			  int64 *start)
{
	bool isnull;
	Datum datum;

	econtext->caseValue_datum = Int64GetDatum(moment);
	econtext->caseValue_isNull = false;
	datum = ExecEvalExpr(memo->start, econtext, &isnull);
	if (!isnull)
		*start = DatumGetInt64(datum);
	return !isnull;
}

/* The last interval that begins at a moment or before; 0: there is none. */
static int
interval_before(const KeyMemo *memo, int64 moment)
{
	int low = 0;
	int high = memo->nintervals;

	while (high - low > 1)
	{
		int middle = low + (high - low) / 2;

		if (memo->intervals[middle].low <= moment)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void
drop_interval(KeyMemo *memo, int at)
{
	forget_key(memo, memo->intervals[at].key, memo->intervals[at].isnull);
	memmove(&memo->intervals[at], &memo->intervals[at + 1],
			(memo->nintervals - at - 1) * sizeof(MemoInterval));
	memo->nintervals--;
	/* Hints may be to what is no more. */
	memset(memo->hints, 0, sizeof(memo->hints));
}

/* The interval that a moment now belongs to; 0: none of those there are. */
static int
grow_interval(KeyMemo *memo, int before, int64 moment, int64 start)
{
	MemoInterval *left = &memo->intervals[before];
	MemoInterval *right = left + 1;

	if (before > 0 && left->start == start &&
		is_one_unit(memo, left->low, moment, start))
	{
		left->high = moment;
		if (before + 1 < memo->nintervals && right->start == start &&
			is_one_unit(memo, left->low, right->high, start))
		{
			left->high = right->high;
			drop_interval(memo, before + 1);
		}
		return before;
	}
	if (before + 1 < memo->nintervals && right->start == start &&
		is_one_unit(memo, moment, right->high, start))
	{
		right->low = moment;
		return before + 1;
	}
	return 0;
}

static int
add_interval(KeyMemo *memo, int before, int64 moment, int64 start, Datum key,
			 bool isnull)
{
	int at = before + 1;

	if (memo->nintervals == MAX_INTERVALS)
	{
		reset_key_memo(memo);
		at = 1;
	}
	MAKE_ROOM(memo->context, memo->intervals, memo->intervals_room,
			  memo->nintervals + 1);
	memmove(&memo->intervals[at + 1], &memo->intervals[at],
			(memo->nintervals - at) * sizeof(MemoInterval));
	memo->nintervals++;
	memo->intervals[at] = (MemoInterval){moment, moment, start,
										 keep_key(memo, key, isnull), isnull};
	return at;
}

/*
 * Tries out how far an interval reaches, upwards or downwards, so that rows in
 * the order of their moments do not each make it grow.
 */
static void
widen_interval(KeyMemo *memo, int at, bool upwards, ExprContext *econtext)
{
	MemoInterval *interval = &memo->intervals[at];
	int64 first = FIRST_TRIED;
	int64 last = LAST_TRIED;
	int64 step = Max(interval->high - interval->low, USECS_PER_MINUTE);
	bool doubling = true;

	if (at > 1)
		first = Max(first, interval[-1].high + 1);
	if (at + 1 < memo->nintervals)
		last = Min(last, interval[1].low - 1);
	if (interval->low < first || interval->high > last)
		return;
	while (step >= USECS_PER_SEC &&
		   (doubling || step >= (interval->high - interval->low) / 64))
	{
		int64 low = upwards ? interval->low : interval->low - step;
		int64 high = upwards ? interval->high + step : interval->high;
		int64 start;

		if (low >= first && high <= last &&
			start_of_unit(memo, upwards ? high : low, econtext, &start) &&
			start == interval->start && is_one_unit(memo, low, high, start))
		{
			interval->low = low;
			interval->high = high;
		}
		else
			doubling = false;
		step = doubling ? step * 2 : step / 2;
	}
}

/* Looks up the zone, now that its name has been found to be that of one. */
static void
find_zone(KeyMemo *memo)
{
	if (memo->unit.zone_name == NULL)
		return;
	if (!zone_of_name(memo->unit.zone_name, &memo->zone))
		memo->off = true;
	memo->unit.zone_name = NULL;
}

Datum
key_of_moment(KeyMemo *memo, int64 moment, ExprContext *econtext, bool *isnull)
{
	int at;
	int before;
	int64 start;
	Datum key;

	if (memo->unit.session_zone && memo->zone != session_timezone)
		reset_key_memo(memo);
	if (memo->off || TIMESTAMP_NOT_FINITE(moment))
		return ExecEvalExpr(memo->key, econtext, isnull);
	before = at = interval_before(memo, moment);
	count_miss(memo, at == 0 || moment > memo->intervals[at].high);
	if (at == 0 || moment > memo->intervals[at].high)
	{
		key = ExecEvalExpr(memo->key, econtext, isnull);
		if (!start_of_unit(memo, moment, econtext, &start))
			return key;
		find_zone(memo);
		if (memo->off)
			return key;
		at = grow_interval(memo, before, moment, start);
		if (at == 0)
			at = add_interval(memo, before, moment, start, key, *isnull);
		widen_interval(memo, at, true, econtext);
		widen_interval(memo, at, false, econtext);
	}
	memo->hints[(uint64) moment >> MEMO_HINT_SHIFT & (MEMO_HINTS - 1)] = at;
	*isnull = memo->intervals[at].isnull;
	return memo->intervals[at].key;
}

/* ---- single values ---- */

Datum
key_of_value(KeyMemo *memo, Datum value, ExprContext *econtext, bool *isnull)
{
	MemoValue *found;
	Datum key;

	if (memo->off)
		return ExecEvalExpr(memo->key, econtext, isnull);
	if (unlikely(memo->values == NULL))
		memo->values = MemoryContextAllocZero(memo->context,
											  VALUES * sizeof(MemoValue));
	/* Dates that follow each other have places that do. */
	found = &memo->values[((uint64) value ^ (uint64) value >> VALUE_BITS) &
						  (VALUES - 1)];
	if (likely(found->used && found->value == value))
	{
		count_miss(memo, false);
		*isnull = found->isnull;
		return found->key;
	}
	count_miss(memo, true);
	key = ExecEvalExpr(memo->key, econtext, isnull);
	if (found->used)
		forget_key(memo, found->key, found->isnull);
	found->used = false;
	found->key = keep_key(memo, key, *isnull);
	found->isnull = *isnull;
	found->value = value;
	found->used = true;
	return found->key;
}
