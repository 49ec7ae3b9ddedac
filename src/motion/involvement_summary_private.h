/*
 * involvement_summary_private.h
 *		What share of the deals partners touched, and what share they led.
 *
 * IDENTIFICATION
 *		src/motion/involvement_summary_private.h
 */
#ifndef ECOSYSTEM_INVOLVEMENT_SUMMARY_PRIVATE_H
#define ECOSYSTEM_INVOLVEMENT_SUMMARY_PRIVATE_H

#include "postgres.h"

#include "fmgr.h"

#include "base/aggregate_state.h"

/* Shares are rounded to millionths. */
#define SHARE_DIGITS 6

/* The outcomes a deal can have, in the order of the cells. */
typedef enum SummaryOutcome
{
	OUTCOME_WON,
	OUTCOME_LOST,
	OUTCOME_OPEN,
	OUTCOME_UNKNOWN
} SummaryOutcome;

#define OUTCOME_COUNT 4
#define SCOPE_ALL     OUTCOME_COUNT /* a scope is an outcome, or all */
#define SCOPE_COUNT   (OUTCOME_COUNT + 1)

/* Combinations of a class and an origin, and each with every outcome */
#define SUMMARY_LINES 9
#define SUMMARY_CELLS (SUMMARY_LINES * OUTCOME_COUNT)

/* The amount is an int128 in the summary's scale, which may not be aligned. */
typedef struct SummaryCell
{
	int64 deals;
	int64 unpriced; /* deals without an amount */
	char amount[sizeof(int128)];
} SummaryCell;

#define SUMMARY_VERSION 1

extern const ValueType involvement_summary_type;

typedef struct Summary
{
	int32 vl_len_;
	uint8 version;
	uint8 scale; /* the largest of any amount */
	uint8 spare[2];
	SummaryCell cells[SUMMARY_CELLS]; /* by line, then outcome */
} Summary;

StaticAssertDecl(sizeof(Summary) == 8 + SUMMARY_CELLS * 32,
				 "Summary has no padding");

#define PG_GETARG_SUMMARY(n) \
	((Summary *) value_argument(fcinfo, n, &involvement_summary_type))

/* Deals and their amount. */
typedef struct Total
{
	int64 deals;
	int64 unpriced;
	int128 amount;
} Total;

extern const char *const scope_names[SCOPE_COUNT];

extern Total summary_total(const Summary *summary, int scope,
						   bool (*asked)(int line));
extern bool summary_share(Total part, Total whole, bool by_amount,
						  Datum *share);
extern bool summary_measure(FunctionCallInfo fcinfo, int argno);
extern int summary_scope(FunctionCallInfo fcinfo, int argno);

extern bool line_any(int line);
extern bool line_touched(int line);
extern bool line_led(int line);
extern bool line_direct(int line);
extern bool line_ecosystem_sourced(int line);

#endif /* ECOSYSTEM_INVOLVEMENT_SUMMARY_PRIVATE_H */
