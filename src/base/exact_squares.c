/*
 * exact_squares.c
 *		Sums of the squares of amounts, for their variance.
 *
 * IDENTIFICATION
 *		src/base/exact_squares.c
 */
#include "postgres.h"

#include <math.h>

#include "base/decimal.h"
#include "base/exact_squares.h"

static const SquareSum unknown = {~(uint128) 0, ~(uint128) 0};

bool
squares_known(const SquareSum *sum)
{
	return sum->low != unknown.low || sum->high != unknown.high;
}

/* The sum of both; unknown if either is, or if it is too large. */
void
squares_merge(SquareSum *sum, const SquareSum *other)
{
	uint128 low = sum->low + other->low;
	uint128 carry = low < other->low;
	uint128 high = sum->high + other->high;

	if (unlikely(!squares_known(sum) || !squares_known(other) ||
				 high < other->high || high + carry < high))
		*sum = unknown;
	else
	{
		sum->low = low;
		sum->high = high + carry;
	}
}

/* Adds the square of an amount of at most 36 digits. */
void
squares_add(SquareSum *sum, int128 amount)
{
	uint128 value = amount < 0 ? -(uint128) amount : (uint128) amount;
	SquareSum square = {0, 0};

	if (likely(value <= PG_UINT64_MAX))
		square.low = value * value;
	else
	{
		uint128 low = (uint64) value;
		uint128 high = value >> 64;
		/* Twice this, shifted by 64 bits; it has less than 120. */
		uint128 middle = high * low;
		SquareSum cross = {middle << 65, middle >> 63};

		square.low = low * low;
		square.high = high * high;
		squares_merge(&square, &cross);
	}
	squares_merge(sum, &square);
}

/* Multiplies the sum; unknown if the product is too large. */
static void
multiply(SquareSum *sum, uint64 factor)
{
	uint64 limbs[4] = {(uint64) sum->low, (uint64) (sum->low >> 64),
					   (uint64) sum->high, (uint64) (sum->high >> 64)};
	uint128 carry = 0;

	if (!squares_known(sum))
		return;
	for (int i = 0; i < 4; i++)
	{
		carry += (uint128) limbs[i] * factor;
		limbs[i] = (uint64) carry;
		carry >>= 64;
	}
	sum->low = (uint128) limbs[1] << 64 | limbs[0];
	sum->high = (uint128) limbs[3] << 64 | limbs[2];
	if (carry > 0)
		*sum = unknown;
}

/* Divides the sum; the rest is returned. */
static uint64
divide(SquareSum *sum, uint64 divisor)
{
	uint64 limbs[4] = {(uint64) sum->low, (uint64) (sum->low >> 64),
					   (uint64) sum->high, (uint64) (sum->high >> 64)};
	uint128 rest = 0;

	for (int i = 3; i >= 0; i--)
	{
		rest = rest << 64 | limbs[i];
		limbs[i] = (uint64) (rest / divisor);
		rest %= divisor;
	}
	sum->low = (uint128) limbs[1] << 64 | limbs[0];
	sum->high = (uint128) limbs[3] << 64 | limbs[2];
	return (uint64) rest;
}

/* The same sum where the amounts have that many decimals more. */
void
squares_rescale(SquareSum *sum, int digits)
{
	for (digits *= 2; digits > 0; digits -= Min(digits, 18))
		multiply(sum, (uint64) power_of_ten(Min(digits, 18)));
}

/*
 * n times the sum of the squares less the square of the sum: n (n - 1) times
 * the variance.  False if it would be negative, so that no n amounts can have
 * such sums; unknown if it is too large.
 */
bool
squares_spread(const SquareSum *sum, int128 total, int64 n, SquareSum *spread)
{
	SquareSum square = {0, 0};

	*spread = *sum;
	multiply(spread, (uint64) n);
	if (!squares_known(spread))
		return true;
	squares_add(&square, total);
	if (spread->high < square.high ||
		(spread->high == square.high && spread->low < square.low))
		return false;
	spread->high -= square.high + (spread->low < square.low ? 1 : 0);
	spread->low -= square.low;
	return true;
}

double
squares_to_double(const SquareSum *sum)
{
	return ldexp((double) sum->high, 128) + (double) sum->low;
}

/* Appends sum * 10^-scale with exactly scale digits after the point. */
void
append_squares(StringInfo out, const SquareSum *sum, int scale)
{
	char digits[160];
	int ndigits = 0;
	SquareSum rest = *sum;

	if (!squares_known(sum))
	{
		appendStringInfoString(out, "unknown");
		return;
	}
	while (rest.low > 0 || rest.high > 0 || ndigits <= scale)
		digits[ndigits++] = '0' + (char) divide(&rest, 10);
	while (ndigits > 0)
	{
		appendStringInfoChar(out, digits[--ndigits]);
		if (ndigits == scale && scale > 0)
			appendStringInfoChar(out, '.');
	}
}

/*
 * Reads what append_squares() writes, and how many digits are behind the
 * point; -1 for the unknown sum.  False if it is no such thing.
 */
bool
parse_squares(const char **cursor, SquareSum *result, int *scale)
{
	const char *at = *cursor;
	bool point = false;
	bool any = false;

	*scale = 0;
	if (strncmp(at, "unknown", strlen("unknown")) == 0)
	{
		*result = unknown;
		*scale = -1;
		*cursor += strlen("unknown");
		return true;
	}
	result->low = 0;
	result->high = 0;
	for (;; at++)
	{
		if (*at >= '0' && *at <= '9')
		{
			SquareSum digit = {(uint128) (*at - '0'), 0};

			multiply(result, 10);
			squares_merge(result, &digit);
			*scale += point ? 1 : 0;
			any = true;
			if (!squares_known(result) || *scale > 2 * DECIMAL_MAX_SCALE)
				return false;
		}
		else if (*at == '.' && any && !point)
			point = true;
		else
			break;
	}
	if (!any || at[-1] == '.')
		return false;
	*cursor = at;
	return true;
}
