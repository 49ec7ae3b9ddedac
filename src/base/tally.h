/*
 * tally.h
 *		Histograms: how often each key has come, in the order of the keys.
 *
 * While an aggregate runs, a state notes the keys of its rows in free memory
 * behind its tallies, and sorts and merges them when that is full: looking for
 * the place of each would be a dozen cache misses a row in a query of some
 * thousand groups.
 *
 * IDENTIFICATION
 *		src/base/tally.h
 */
#ifndef ECOSYSTEM_TALLY_H
#define ECOSYSTEM_TALLY_H

#include "postgres.h"

typedef struct Tally
{
	int32 key;
	uint32 count;
} Tally;

#define TALLIES_SIZE(n) ((Size) (n) * sizeof(Tally))

/* Raises the error of a count that needs more than 32 bits. */
typedef void (*TallyOverflow)(void);

extern Size roomy_tallies(Size header, Size n);
extern int tally_position(const Tally *tallies, int n, int32 key);
extern void sort_tallies(Tally *tallies, int n);
extern int tally_notes(Tally *notes, int n, TallyOverflow overflow);
extern int missing_tallies(const Tally *a, int na, const Tally *b, int nb);
extern void merge_tallies(Tally *out, int n, const Tally *a, int na,
						  const Tally *b, int nb, TallyOverflow overflow);

#endif /* ECOSYSTEM_TALLY_H */
