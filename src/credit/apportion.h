/*
 * apportion.h
 *		Splitting an amount by weights, exactly.
 *
 * IDENTIFICATION
 *		src/credit/apportion.h
 */
#ifndef ECOSYSTEM_APPORTION_H
#define ECOSYSTEM_APPORTION_H

#include "postgres.h"

#include "miscadmin.h"
#include "utils/numeric.h"

/* The most digits a currency's minor unit may have after the point. */
#define MAX_MINOR_DIGITS     18
#define DEFAULT_MINOR_DIGITS 2

/* A weight as a fraction; numerator >= 0, denominator >= 1. */
typedef struct Weight
{
	int128 numerator;
	int128 denominator;
} Weight;

/*
 * What rows say that should all say the same.  An error names the smallest and
 * the largest, so that it does not depend on the order of the rows.
 */
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

extern void note_stated(StatedRange *range, Numeric number, const char *text);
extern bool stated_differ(const StatedRange *range, const char **smallest,
						  const char **largest);

/*
 * The two values of an error in an order of their own, so that it does not
 * depend on that of the rows.
 */
static inline void
order_shown(const char **first, const char **other)
{
	if (strcmp(*first, *other) > 0)
	{
		const char *swap = *first;

		*first = *other;
		*other = swap;
	}
}

extern bool apportion_in_words(uint64 amount, const Weight *weights, int64 n,
							   uint64 *integers, uint64 *remainders,
							   int64 *parts);
extern bool apportion_by_fractions(Numeric amount, int minor_digits,
								   const Weight *weights, int64 n,
								   Numeric *parts);
extern void check_minor_digits(int minor_digits);

#endif /* ECOSYSTEM_APPORTION_H */
