/*
 * rows_disagree.h
 *		The error about rows that should all say the same.
 *
 * It names the smallest and the largest of what they say, so that it does not
 * depend on the order of the rows.
 *
 * IDENTIFICATION
 *		src/base/rows_disagree.h
 */
#ifndef ECOSYSTEM_ROWS_DISAGREE_H
#define ECOSYSTEM_ROWS_DISAGREE_H

#include "postgres.h"

#include "utils/numeric.h"

#include "base/decimal.h"

typedef struct Stated
{
	Numeric number; /* or NULL */
	const char *text;
} Stated;

typedef struct StatedRange
{
	MemoryContext context; /* of what is kept */
	bool any;
	Stated smallest;
	Stated largest;
} StatedRange;

/* What is said of them */
typedef struct Disagreement
{
	int sqlstate;
	const char *rows;  /* whose: "one deal" */
	const char *on;    /* "its amount" */
	const char *which; /* of them, or NULL: "deal 17" */
	const char *hint;  /* or NULL */
} Disagreement;

extern void note_stated(StatedRange *range, Numeric number, const char *text);

/* Raises the error if what was noted differs. */
extern void rows_disagree(const StatedRange *range,
						  const Disagreement *disagreement);

/* Two numbers for a message that is the same whichever came first */
typedef struct ShownPair
{
	const char *smaller;
	const char *larger;
} ShownPair;

extern ShownPair show_pair(Decimal one, Decimal other);

#endif /* ECOSYSTEM_ROWS_DISAGREE_H */
