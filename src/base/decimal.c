/*
 * decimal.c
 *		Exact decimal numbers in machine integers.
 *
 * Money arrives as numeric and leaves as numeric, but splitting and summing it
 * through numeric's functions costs an allocation a step.  Amounts of up to 36
 * digits, which is all the money there is, pass through a 128-bit integer
 * instead; callers keep a path through numeric for the rest, or refuse it.
 *
 * PostgreSQL exports no way to read a numeric's digits, so decimal_from_numeric
 * reads the stored form; and its way to make one of an integer goes through an
 * allocation or two and a division of numerics, so numeric_in_buffer writes
 * that form.  The form cannot change without breaking pg_upgrade, and
 * test/pgtap/apportion.sql and credit_ledger_scan.sql compare both with
 * numeric's own input and output over their whole range.
 *
 * IDENTIFICATION
 *		src/base/decimal.c
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/decimal.h"

/* The stored form of numeric: see the head of the server's numeric.c. */
#define SIGN_MASK         0xC000
#define NEGATIVE          0x4000
#define SHORT_FORM        0x8000
#define SPECIAL           0xC000
#define SHORT_NEGATIVE    0x2000
#define SHORT_SCALE_MASK  0x1F80
#define SHORT_SCALE_SHIFT 7
#define LONG_SCALE_MASK   0x3FFF
#define SHORT_WEIGHT_SIGN 0x0040
#define SHORT_WEIGHT_MASK 0x003F
#define GROUP_BASE        10000
#define GROUP_DIGITS      4
#define MAX_GROUPS        (DECIMAL_MAX_DIGITS / GROUP_DIGITS)
#define INT64_GROUPS      6 /* 19 digits, wherever the point is */
#define WORD_GROUPS       4 /* 16 digits, the groups that surely fit a word */

const uint64 word_power_of_ten[WORD_POWERS_OF_TEN] = {
	UINT64CONST(1),
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

/* 10^exponent; exponent is 0 to 38. */
int128
power_of_ten(int exponent)
{
	int128 power = 1;

	Assert(exponent >= 0 && exponent <= 38);
	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* False for NaN and the infinities. */
bool
numeric_is_finite(Numeric number)
{
	return !numeric_is_nan(number) && !numeric_is_inf(number);
}

/* How many zeros a group ends in */
static inline int
trailing_zeros(uint16 group)
{
	if (likely(group % 10 != 0))
		return 0;
	if (group % 100 != 0)
		return 1;
	if (group % 1000 != 0)
		return 2;
	return group != 0 ? 3 : GROUP_DIGITS;
}

/*
 * Reads a numeric exactly.  False, with *result unset, when it is not finite
 * or has more digits than fit.
 */
bool
decimal_from_numeric(Numeric number, Decimal *result)
{
	const uint16 *words = (const uint16 *) VARDATA(number);
	int nwords = (VARSIZE(number) - VARHDRSZ) / sizeof(uint16);
	uint16 header = words[0];
	bool negative;
	int weight;
	int ngroups;
	int exponent;
	int zeros = 0; /* that the last group ends in, behind the point */
	int128 value = 0;

	if ((header & SIGN_MASK) == SPECIAL)
		return false;
	if (header & SHORT_FORM)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			weight |= ~SHORT_WEIGHT_MASK;
		words += 1;
		ngroups = nwords - 1;
	}
	else
	{
		negative = (header & SIGN_MASK) == NEGATIVE;
		weight = (int16) words[1];
		words += 2;
		ngroups = nwords - 2;
	}

	/* Groups to the right of the point, or zeros left out before it. */
	exponent = weight - (ngroups - 1);
	if (ngroups == 0)
		exponent = 0;
	if (ngroups > MAX_GROUPS || exponent > MAX_GROUPS - ngroups ||
		-exponent > MAX_GROUPS)
		return false;

	result->scale = exponent < 0 ? -exponent * GROUP_DIGITS : 0;
	if (result->scale > 0)
		zeros = Min(trailing_zeros(words[ngroups - 1]), result->scale);
	result->scale -= zeros;

	/* Nearly all the money there is fits a word, which is four times as fast. */
	if (likely(ngroups + Max(exponent, 0) <= WORD_GROUPS))
	{
		uint64 word = 0;

		for (int i = 0; i < ngroups; i++)
			word = word * GROUP_BASE + words[i];
		for (int i = 0; i < exponent; i++)
			word *= GROUP_BASE;
		if (zeros > 0)
			word /= word_power_of_ten[zeros];
		result->value = negative ? -(int64) word : (int64) word;
		return true;
	}

	for (int i = 0; i < ngroups; i++)
		value = value * GROUP_BASE + words[i];
	for (int i = 0; i < exponent; i++)
		value *= GROUP_BASE;
	if (zeros > 0)
		value /= (int64) word_power_of_ten[zeros];
	result->value = negative ? -value : value;
	return true;
}

/* How many digits after the point a finite numeric is shown with. */
int
numeric_display_scale(Numeric number)
{
	const uint16 *words = (const uint16 *) VARDATA(number);

	Assert((words[0] & SIGN_MASK) != SPECIAL);
	if (words[0] & SHORT_FORM)
		return (words[0] & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
	return words[0] & LONG_SCALE_MASK;
}

/*
 * Changes the scale, keeping the value exactly.  False, with *number
 * unchanged, when digits would be lost or the value would not fit.
 */
bool
decimal_rescale(Decimal *number, int scale)
{
	int128 power;

	if (scale == number->scale)
		return true;
	if (scale > number->scale &&
		scale - number->scale < WORD_POWERS_OF_TEN - 1 &&
		number->value == (int64) number->value)
	{
		int64 product;

		if (likely(!pg_mul_s64_overflow(
				(int64) number->value,
				(int64) word_power_of_ten[scale - number->scale], &product)))
		{
			number->value = product;
			number->scale = scale;
			return true;
		}
	}
	if (scale < number->scale)
	{
		power = power_of_ten(Min(number->scale - scale, 38));
		if (number->value % power != 0)
			return false;
		number->value /= power;
	}
	else
	{
		int128 product;

		if (scale - number->scale > 38)
		{
			if (number->value != 0)
				return false;
			product = 0;
		}
		else if (__builtin_mul_overflow(number->value,
										power_of_ten(scale - number->scale),
										&product))
			return false;
		number->value = product;
	}
	number->scale = scale;
	return true;
}

/*
 * value * 10^-scale, shown with scale digits after the point, which are at
 * most INT64_MAX_SCALE, in memory of NUMERIC_OF_INT64_SIZE bytes, aligned as
 * palloc aligns.
 */
Numeric
numeric_in_buffer(int64 value, int scale, void *buffer)
{
	uint64 magnitude = value < 0 ? -(uint64) value : (uint64) value;
	uint64 whole = magnitude / word_power_of_ten[scale];
	uint64 fraction = magnitude % word_power_of_ten[scale];
	uint16 groups[INT64_GROUPS];
	int first = INT64_GROUPS; /* of groups, which fill from the end */
	int last = INT64_GROUPS;  /* behind it */
	int weight = -1;          /* of the first group */
	uint16 *words = (uint16 *) VARDATA(buffer);

	Assert(scale >= 0 && scale <= INT64_MAX_SCALE);
	if (fraction > 0)
	{
		/* The last group is filled up with zeros. */
		int digits = (scale - 1) % GROUP_DIGITS + 1;
		uint64 power = word_power_of_ten[digits];
		int ngroups = (scale - 1) / GROUP_DIGITS;

		groups[--first] = fraction % power *
						  word_power_of_ten[GROUP_DIGITS - digits];
		fraction /= power;
		for (; ngroups > 0 && (fraction > 0 || whole > 0); ngroups--)
		{
			groups[--first] = fraction % GROUP_BASE;
			fraction /= GROUP_BASE;
		}
		weight -= ngroups;
	}
	for (; whole > 0; whole /= GROUP_BASE)
	{
		groups[--first] = whole % GROUP_BASE;
		weight++;
	}
	while (last > first && groups[last - 1] == 0)
		last--;
	if (last == first)
		weight = 0;
	words[0] = SHORT_FORM | (value < 0 ? SHORT_NEGATIVE : 0) |
			   (scale << SHORT_SCALE_SHIFT) |
			   (weight & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT_MASK));
	memcpy(words + 1, groups + first, (last - first) * sizeof(uint16));
	SET_VARSIZE(buffer, VARHDRSZ + (1 + last - first) * sizeof(uint16));
	return (Numeric) buffer;
}

/* value * 10^-scale, shown with scale digits after the point. */
Numeric
numeric_from_decimal(int128 value, int scale)
{
	const int64 billion2 = INT64CONST(1000000000000000000); /* 10^18 */
	Numeric high;
	Numeric low;

	Assert(scale >= 0);
	if (value >= PG_INT64_MIN && value <= PG_INT64_MAX)
		return scale <= INT64_MAX_SCALE
				   ? numeric_in_buffer((int64) value, scale,
									   palloc(NUMERIC_OF_INT64_SIZE))
				   : int64_div_fast_to_numeric((int64) value, scale);

	/* |value| < 2^127 < 10^39, so the high part has at most 21 digits. */
	high = numeric_from_decimal(value / billion2, scale);
	low = int64_div_fast_to_numeric((int64) (value % billion2), scale);
	high = DatumGetNumeric(
		DirectFunctionCall2(numeric_mul, NumericGetDatum(high),
							NumericGetDatum(int64_to_numeric(billion2))));
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(high),
											   NumericGetDatum(low)));
}
