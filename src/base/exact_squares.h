/*
 * exact_squares.h
 *		Sums of the squares of amounts, for their variance.
 *
 * A sum of squares is a 256-bit integer at twice the scale of the sum of the
 * amounts.  Squares only add up, so a sum that once was too large stays so,
 * whatever the order: it is then "unknown", and nothing is refused for it.
 * With amounts of one sign that are in range this never happens.
 *
 * IDENTIFICATION
 *		src/base/exact_squares.h
 */
#ifndef ECOSYSTEM_EXACT_SQUARES_H
#define ECOSYSTEM_EXACT_SQUARES_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/compat.h"

typedef struct SquareSum
{
	uint128 low;
	uint128 high;
} SquareSum;

extern void squares_add(SquareSum *sum, int128 amount);
extern void squares_merge(SquareSum *sum, const SquareSum *other);
extern void squares_rescale(SquareSum *sum, int digits);
extern bool squares_known(const SquareSum *sum);
extern bool squares_spread(const SquareSum *sum, int128 total, int64 n,
						   SquareSum *spread);
extern double squares_to_double(const SquareSum *sum);

extern void append_squares(StringInfo out, const SquareSum *sum, int scale);
extern bool parse_squares(const char **cursor, SquareSum *result, int *scale);

#endif /* ECOSYSTEM_EXACT_SQUARES_H */
