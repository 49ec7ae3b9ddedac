/*
 * decimal.h
 *		Exact decimal numbers in machine integers.
 *
 * IDENTIFICATION
 *		src/base/decimal.h
 */
#ifndef ECOSYSTEM_DECIMAL_H
#define ECOSYSTEM_DECIMAL_H

#include "postgres.h"

#include "utils/numeric.h"

/* The largest scale a Decimal has, and the digits that always fit one. */
#define DECIMAL_MAX_SCALE  36
#define DECIMAL_MAX_DIGITS 36

/* The largest scale that numeric_in_buffer() takes, and the room it needs. */
#define INT64_MAX_SCALE       18
#define NUMERIC_OF_INT64_SIZE (VARHDRSZ + 7 * sizeof(uint16))

/* value * 10^-scale; decimal_from_numeric() gives the smallest scale. */
typedef struct Decimal
{
	int128 value;
	int scale;
} Decimal;

extern bool decimal_from_numeric(Numeric number, Decimal *result);
extern int numeric_display_scale(Numeric number);
extern bool decimal_rescale(Decimal *number, int scale);
extern Numeric numeric_from_decimal(int128 value, int scale);
extern Numeric numeric_in_buffer(int64 value, int scale, void *buffer);
extern bool numeric_is_finite(Numeric number);
extern int128 power_of_ten(int exponent);

/* The powers of ten that a word holds */
#define WORD_POWERS_OF_TEN 20
extern const uint64 word_power_of_ten[WORD_POWERS_OF_TEN];

#endif /* ECOSYSTEM_DECIMAL_H */
