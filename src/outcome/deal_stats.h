/*
 * deal_stats.h
 *		The state behind the type deal_stats.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats.h
 */
#ifndef ECOSYSTEM_DEAL_STATS_H
#define ECOSYSTEM_DEAL_STATS_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/decimal.h"
#include "base/exact_squares.h"
#include "base/moment.h"
#include "base/tally.h"
#include "base/value.h"

#define DEAL_STATS_VERSION 2

extern const ValueType deal_stats_type;

typedef enum DealOutcome
{
	WON,
	LOST,
	OPEN
} DealOutcome;
#define OUTCOMES 3

extern const char *const outcome_names[OUTCOMES];

/* Far above any count and low enough that their sums need no care. */
#define MAX_STATS_DEALS (PG_INT64_MAX / 4)

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
	SquareSum won_squares;     /* of won amounts, times 10^(2 * scale) */
	Tally tallies[FLEXIBLE_ARRAY_MEMBER];
} DealStats;

#define DEAL_STATS_HEADER_SIZE offsetof(DealStats, tallies)

StaticAssertDecl(DEAL_STATS_HEADER_SIZE == 144,
				 "the header has no padding");

#define CAPACITY(state) \
	((VARSIZE(state) - DEAL_STATS_HEADER_SIZE) / sizeof(Tally))
#define DAYS(state)    ((state)->tallies)
#define SIZES(state)   ((state)->tallies + CAPACITY(state) - (state)->nsizes)
#define TALLIES(state) ((Size) (state)->ndays + (state)->nsizes)

/* A key of days: the outcome, then the days, which need 27 bits to span all
 * the timestamps there are.  Dates can be further apart, but no deal is. */
#define DAY_BITS            27
#define MAX_DAYS            ((1 << DAY_BITS) - 1)
#define DAY_KEY(outcome, d) ((int32) (outcome) << DAY_BITS | (d))
#define OUTCOME_OF(key)     ((key) >> DAY_BITS)
#define DAYS_OF(key)        ((key) &MAX_DAYS)
#define NO_DAYS             (-1)

/* A deal that a histogram has no part of */
#define NO_KEY PG_INT32_MIN

/*
 * A key of sizes: 0 for the amount 0; for others one plus the bucket's place
 * from 10^-36 up, negative for negative amounts.
 */
#define BUCKETS      128
#define SIZE_DECADES (DECIMAL_MAX_SCALE + DECIMAL_MAX_DIGITS)
#define MAX_SIZE_KEY (SIZE_DECADES * BUCKETS)

/* deal_stats.c */
extern DealStats *allocate_deal_stats(Size tallies);
extern DealStats *trimmed_deal_stats(const DealStats *state);
extern DealStats *settle_deal_stats(DealStats *state);
extern DealStats *add_deal(DealStats *state, DealOutcome outcome,
						   const Decimal *amount, int64 days);
extern DealStats *merge_deal_stats(DealStats *a, const DealStats *b);
extern DealStats *settled_deal_stats(const DealStats *state);
pg_noreturn extern void refuse_deals(void);
extern void refuse_deal_count(void);
extern DealStats *merge_deal_histograms(DealStats *state, const Tally *days,
										int ndays, const Tally *sizes,
										int nsizes);
extern DealStats *note_deal(DealStats *state, int32 day, int32 size);
extern void raise_deal_scale(DealStats *state, int scale);
extern int32 deal_size_key(const Decimal *amount);
extern DealOutcome outcome_argument(FunctionCallInfo fcinfo, int argno);
extern int first_days(const DealStats *state, DealOutcome outcome);
extern int64 dated_deals(const DealStats *state, DealOutcome outcome,
						 int128 *days);
extern int64 sized_deals(const DealStats *state);
extern Numeric size_of_key(int32 key);

/* deal_stats_agg.c */
extern DealStats *deal_stats_argument(FunctionCallInfo fcinfo, int argno);

/* deal_stats_io.c */
extern DealStats *deal_stats_text(TextForm *form, DealStats *state);
extern DealStats *deal_stats_binary(BinaryForm *form, DealStats *state);

/* A state that is not ours, to read: it has no notes. */
static inline DealStats *
deal_stats_to_read(void *value)
{
	DealStats *state = value;

	/* Only the engine sees one that has: to combine, finish or ship it. */
	return likely(state->nnotes == 0) ? state : settled_deal_stats(state);
}

/* How many won deals there are with an amount */
static inline int64
priced_deals(const DealStats *state)
{
	return state->deals[WON] - state->no_amount[WON];
}

/*
 * Days for which a deal was open; NO_DAYS where one end is not known, or they
 * are in the wrong order.
 */
static inline int64
days_open(Moment opened, Moment end)
{
	if (!moment_is_finite(opened) || !moment_is_finite(end))
		return NO_DAYS;
	return moment_days_between(opened, end);
}

#endif /* ECOSYSTEM_DEAL_STATS_H */
