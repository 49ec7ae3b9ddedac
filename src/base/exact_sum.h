/*
 * exact_sum.h
 *		Sums of money that do not depend on the order of their addends.
 *
 * A sum is a 128-bit integer at a decimal scale, which is the largest scale
 * among its addends; the scale of an addend depends on that addend alone.
 * Both the integer and the scale are then the same whatever came first, and
 * however the rows were spread over workers.  A sum that leaves the range on
 * the way is refused, even if what is still to come would bring it back.
 *
 * IDENTIFICATION
 *		src/base/exact_sum.h
 */
#ifndef ECOSYSTEM_EXACT_SUM_H
#define ECOSYSTEM_EXACT_SUM_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/decimal.h"

extern Decimal amount_argument(FunctionCallInfo fcinfo, int argno);
extern int128 exact_add(int128 sum, int128 addend);
extern int128 exact_rescale(int128 sum, int scale, int new_scale);
extern void raise_sums(void *sums, Size apart, int64 n, int scale,
					   int new_scale);
extern bool exact_in_range(int128 sum);

extern void append_decimal(StringInfo out, int128 value, int scale);
extern bool parse_decimal(const char **cursor, Decimal *result);

#endif /* ECOSYSTEM_EXACT_SUM_H */
