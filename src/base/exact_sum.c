/*
 * exact_sum.c
 *		Sums of money that do not depend on the order of their addends.
 *
 * IDENTIFICATION
 *		src/base/exact_sum.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "base/exact_sum.h"

/* A stored numeric of any money fits; longer ones take the general way. */
#define SHORT_NUMERIC 32

/*
 * Zeros at the end are kept up to that many decimals, as part of a price.
 * More decimals are not how an amount was written but what a division or a
 * column without a scale left, and would cost digits that the sum needs.
 */
#define MAX_PRICE_SCALE 6

static void
refuse_sum(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of amounts has too many digits"),
			 errdetail("Sums are exact with up to %d digits, counted before "
					   "and after the point together.",
					   DECIMAL_MAX_DIGITS),
			 errhint("Round the amounts to the cents, or to thousands.")));
}

static void
refuse_amount(Numeric number)
{
	char *digits = DatumGetCString(
		DirectFunctionCall1(numeric_out, NumericGetDatum(number)));

	if (!numeric_is_finite(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount %s is not a finite number", digits),
				 errhint("Turn it into NULL to count the row without an "
						 "amount.")));
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("an amount has too many digits"),
			 errdetail("Amounts are exact with up to %d digits, counted "
					   "before and after the point together; this one is "
					   "%.100s.",
					   DECIMAL_MAX_DIGITS, digits),
			 errhint("Round the amounts to the cents, or to thousands.")));
}

/*
 * The amount in argument argno, which is not NULL, at the scale it is shown
 * with if that is a price's, and otherwise without zeros at the end.
 *
 * A numeric in a table has a one-byte header that the general way would
 * remove by a copy in fresh memory, once a row.
 */
Decimal
amount_argument(FunctionCallInfo fcinfo, int argno)
{
	union
	{
		struct varlena header;
		int64 align;
		char bytes[VARHDRSZ + SHORT_NUMERIC];
	} copy;
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(argno);
	Numeric number;
	Decimal result;
	Decimal shown;
	int scale;

	/* A pointer to an amount stored elsewhere looks short, too. */
	if (!VARATT_IS_EXTERNAL(datum) && VARATT_IS_SHORT(datum) &&
		VARSIZE_SHORT(datum) <= SHORT_NUMERIC)
	{
		Size size = VARSIZE_SHORT(datum) - VARHDRSZ_SHORT;

		memcpy(copy.bytes + VARHDRSZ, VARDATA_SHORT(datum), size);
		SET_VARSIZE(&copy, size + VARHDRSZ);
		number = (Numeric) &copy;
	}
	else
		number = PG_GETARG_NUMERIC(argno);

	if (unlikely(!decimal_from_numeric(number, &result)))
		refuse_amount(number);

	/* As with sum(), cents stay cents: 1.50 + 2.50 is 4.00. */
	shown = result;
	scale = numeric_display_scale(number);
	if (scale <= MAX_PRICE_SCALE && decimal_rescale(&shown, scale) &&
		exact_in_range(shown.value))
		return shown;
	return result;
}

/* Has at most as many digits as always fit a Decimal. */
bool
exact_in_range(int128 sum)
{
	static const int64 billion2 = INT64CONST(1000000000000000000);
	int128 limit = (int128) billion2 * billion2;

	StaticAssertStmt(DECIMAL_MAX_DIGITS == 36, "the limit is 10^36");
	return sum > -limit && sum < limit;
}

/* Both are in range, so the machine's sum cannot overflow. */
int128
exact_add(int128 sum, int128 addend)
{
	sum += addend;
	if (unlikely(!exact_in_range(sum)))
		refuse_sum();
	return sum;
}

/* The same sum at a larger scale. */
int128
exact_rescale(int128 sum, int scale, int new_scale)
{
	Decimal number = {.value = sum, .scale = scale};

	if (scale == new_scale)
		return sum;
	if (!decimal_rescale(&number, new_scale) || !exact_in_range(number.value))
		refuse_sum();
	return number.value;
}

/*
 * Gives n sums a larger scale.  They stand so many bytes apart, and may not be
 * aligned.
 */
void
raise_sums(void *sums, Size apart, int64 n, int scale, int new_scale)
{
	char *at = sums;

	for (int64 i = 0; i < n; i++, at += apart)
	{
		int128 sum;

		memcpy(&sum, at, sizeof(sum));
		sum = exact_rescale(sum, scale, new_scale);
		memcpy(at, &sum, sizeof(sum));
	}
}

/* Appends value * 10^-scale with exactly scale digits after the point. */
void
append_decimal(StringInfo out, int128 value, int scale)
{
	char digits[48];
	int ndigits = 0;
	uint128 rest = value < 0 ? -(uint128) value : (uint128) value;

	while (rest > 0 || ndigits <= scale)
	{
		digits[ndigits++] = '0' + (int) (rest % 10);
		rest /= 10;
	}
	if (value < 0)
		appendStringInfoChar(out, '-');
	while (ndigits > 0)
	{
		appendStringInfoChar(out, digits[--ndigits]);
		if (ndigits == scale && scale > 0)
			appendStringInfoChar(out, '.');
	}
}

/*
 * Reads [-]digits[.digits], keeping the scale as written.  False when there is
 * no such number or it has too many digits.
 */
bool
parse_decimal(const char **cursor, Decimal *result)
{
	const char *at = *cursor;
	bool negative = *at == '-';
	bool point = false;
	bool any = false;

	result->value = 0;
	result->scale = 0;
	for (at += negative ? 1 : 0;; at++)
	{
		if (*at >= '0' && *at <= '9')
		{
			result->value = result->value * 10 + (*at - '0');
			result->scale += point ? 1 : 0;
			any = true;
			if (!exact_in_range(result->value) ||
				result->scale > DECIMAL_MAX_SCALE)
				return false;
		}
		else if (*at == '.' && any && !point)
			point = true;
		else
			break;
	}
	if (!any || at[-1] == '.')
		return false;
	if (negative)
		result->value = -result->value;
	*cursor = at;
	return true;
}
