/*
 * apportion.c
 *		Splits an amount by weights into whole minor units that sum to it.
 *
 * The method is that of largest remainders (Hamilton): every part gets the
 * whole units of its exact share, and the units left over go one each to the
 * largest fractions, the earlier position winning a tie.  The amount's sign is
 * set aside first, so that a refund splits like the sale it reverses.
 *
 * Everything is integer arithmetic.  Where amount x weight fits 128 bits, and
 * money always does, machine integers serve; any other numeric goes through
 * the server's numeric functions, which compute the same definition.
 *
 * IDENTIFICATION
 *		src/credit/apportion.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "credit/apportion.h"
#include "base/compat.h"
#include "base/decimal.h"

PG_FUNCTION_INFO_V1(apportion_array);

/* What is left of one part's exact share after its whole units. */
typedef struct Remainder
{
	uint128 remainder;
	int64 position;
} Remainder;

typedef struct NumericRemainder
{
	Numeric remainder;
	int64 position;
} NumericRemainder;

void
check_minor_digits(int minor_digits)
{
	if (minor_digits < 0 || minor_digits > MAX_MINOR_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("minor_digits must be between 0 and %d",
						MAX_MINOR_DIGITS),
				 errdetail("It is %d.", minor_digits),
				 errhint("Use 2 for most currencies, 0 for JPY, 3 for KWD.")));
}

/* Larger remainders first, then earlier positions. */
static int
compare_remainders(const Remainder *x, const Remainder *y)
{
	if (x->remainder != y->remainder)
		return x->remainder > y->remainder ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

/* A sort that can be cancelled: there may be millions of weights. */
#define ST_SORT          sort_remainders
#define ST_ELEMENT_TYPE  Remainder
#define ST_COMPARE(a, b) compare_remainders(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Adds the units left over to the parts with the largest remainders, which are
 * brought into another order.  There are fewer such units than remainders
 * above zero, so a zero weight never gets one.
 */
static void
hand_out(int128 *parts, Remainder *remainders, int64 n, int64 left_over)
{
	if (left_over == 0)
		return;
	if (left_over == 1)
	{
		int64 largest = 0;

		for (int64 i = 1; i < n; i++)
		{
			check_for_interrupts_at(i);
			if (remainders[i].remainder > remainders[largest].remainder)
				largest = i;
		}
		parts[largest]++;
		return;
	}
	sort_remainders(remainders, n);
	for (int64 i = 0; i < left_over; i++)
	{
		check_for_interrupts_at(i);
		parts[remainders[i].position]++;
	}
}

/*
 * Splits an amount of minor units by integer weights, in machine integers.
 * False, with parts unset, when a product would not fit.  The weights' total
 * must be above zero.
 */
static bool
split_integers(int128 amount, const int128 *weights, int64 n, int128 *parts)
{
	uint128 size = amount < 0 ? -(uint128) amount : (uint128) amount;
	uint128 total = 0;
	uint128 product;
	uint128 given = 0;
	Remainder *remainders;

	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (__builtin_add_overflow(total, (uint128) weights[i], &total))
			return false;
	}
	Assert(total > 0);
	if (__builtin_mul_overflow(size, total, &product))
		return false;

	remainders = allocate_array(n, sizeof(Remainder));
	for (int64 i = 0; i < n; i++)
	{
		uint128 whole;

		if (product <= PG_UINT64_MAX)
		{
			/* A 128-bit division takes ten times as long. */
			uint64 share = (uint64) size * (uint64) weights[i];

			whole = share / (uint64) total;
			remainders[i].remainder = share % (uint64) total;
		}
		else
		{
			uint128 share = size * (uint128) weights[i];

			whole = share / total;
			remainders[i].remainder = share % total;
		}
		remainders[i].position = i;
		parts[i] = (int128) whole;
		given += whole;
		check_for_interrupts_at(i);
	}
	hand_out(parts, remainders, n, (int64) (size - given));
	pfree(remainders);
	for (int64 i = 0; amount < 0 && i < n; i++)
	{
		check_for_interrupts_at(i);
		parts[i] = -parts[i];
	}
	return true;
}

static Numeric
call2(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(function, NumericGetDatum(a), NumericGetDatum(b)));
}

/* The same, where the result takes the place of a. */
static Numeric
replace2(PGFunction function, Numeric a, Numeric b)
{
	Numeric result = call2(function, a, b);

	pfree(a);
	return result;
}

static int
compare_numerics(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static int
compare_numeric_remainders(const NumericRemainder *x,
						   const NumericRemainder *y)
{
	int order = compare_numerics(y->remainder, x->remainder);

	if (order != 0)
		return order;
	return x->position < y->position ? -1 : 1;
}

#define ST_SORT          sort_numeric_remainders
#define ST_ELEMENT_TYPE  NumericRemainder
#define ST_COMPARE(a, b) compare_numeric_remainders(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * The same in numeric, for what machine integers cannot hold.  The amount is
 * in minor units; the weights need not be integers, since div() of two
 * decimals is exact.
 */
static void
split_numerics(Numeric amount, Numeric *weights, int64 n, Numeric *parts)
{
	Numeric zero = int64_to_numeric(0);
	Numeric one = int64_to_numeric(1);
	bool negative = compare_numerics(amount, zero) < 0;
	Numeric size = negative ? call2(numeric_sub, zero, amount) : amount;
	Numeric total = int64_to_numeric(0);
	Numeric left_over = call2(numeric_add, size, zero);
	NumericRemainder *remainders;
	int64 units;

	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		total = replace2(numeric_add, total, weights[i]);
	}
	remainders = allocate_array(n, sizeof(NumericRemainder));
	for (int64 i = 0; i < n; i++)
	{
		Numeric share = call2(numeric_mul, size, weights[i]);
		Numeric given;

		CHECK_FOR_INTERRUPTS();
		parts[i] = call2(numeric_div_trunc, share, total);
		given = call2(numeric_mul, parts[i], total);
		remainders[i].remainder = replace2(numeric_sub, share, given);
		pfree(given);
		remainders[i].position = i;
		left_over = replace2(numeric_sub, left_over, parts[i]);
	}
	sort_numeric_remainders(remainders, n);
	units = DatumGetInt64(
		DirectFunctionCall1(numeric_int8, NumericGetDatum(left_over)));
	for (int64 i = 0; i < units; i++)
	{
		Numeric *part = &parts[remainders[i].position];

		CHECK_FOR_INTERRUPTS();
		*part = replace2(numeric_add, *part, one);
	}
	for (int64 i = 0; negative && i < n; i++)
	{
		Numeric part = parts[i];

		CHECK_FOR_INTERRUPTS();
		parts[i] = call2(numeric_sub, zero, part);
		pfree(part);
	}
}

/*
 * The amount in minor units as an integer, or false where it does not fit.
 * An amount that is not a whole number of minor units is the user's mistake,
 * never rounded.
 */
static bool
minor_units(Numeric amount, int minor_digits, int128 *units)
{
	Decimal decimal;

	if (decimal_from_numeric(amount, &decimal) &&
		decimal.scale <= minor_digits &&
		decimal_rescale(&decimal, minor_digits))
	{
		*units = decimal.value;
		return true;
	}
	if (!numeric_is_finite(amount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount to split must be finite"),
				 errdetail("The amount is %s.", numeric_normalize(amount))));
	if (compare_numerics(amount, DatumGetNumeric(DirectFunctionCall2(
									 numeric_trunc, NumericGetDatum(amount),
									 Int32GetDatum(minor_digits)))) != 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("amount has more than %d digits after the decimal point",
					minor_digits),
			 errdetail("The amount is %s.", numeric_normalize(amount)),
			 errhint("Round it first, as in round(amount, %d), or set "
					 "minor_digits to what the currency has.",
					 minor_digits)));
	return false;
}

/* 10^exponent for any exponent that minor_digits may be, negative as well. */
static Numeric
numeric_power_of_ten(int exponent)
{
	if (exponent < 0)
		return int64_div_fast_to_numeric(1, -exponent);
	return numeric_from_decimal(power_of_ten(exponent), 0);
}

/*
 * Brings fractions to integer weights over their common denominator, in
 * numeric.
 */
static void
numeric_common_denominator(const Weight *weights, int64 n, Numeric *numerics)
{
	Numeric common = int64_to_numeric(1);

	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (weights[i].numerator != 0)
			common = replace2(numeric_lcm, common,
							  numeric_from_decimal(weights[i].denominator, 0));
	}
	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		numerics[i] =
			call2(numeric_mul, numeric_from_decimal(weights[i].numerator, 0),
				  call2(numeric_div_trunc, common,
						numeric_from_decimal(weights[i].denominator, 0)));
	}
}

/*
 * Splits through numeric, from an amount and to parts in major units.  Weights
 * that are NULL are made from the fractions.  All the long numbers on the way
 * are gone at the end.
 */
static void
split_large(Numeric amount, int minor_digits, Numeric *weights,
			const Weight *fractions, int64 n, Numeric *parts)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "apportion",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	Numeric units = call2(numeric_mul, amount,
						  numeric_power_of_ten(minor_digits));
	Numeric unit = numeric_power_of_ten(-minor_digits);
	Numeric *large_parts = allocate_array(n, sizeof(Numeric));

	units = DatumGetNumeric(DirectFunctionCall2(numeric_trunc,
												NumericGetDatum(units),
												Int32GetDatum(0)));
	if (weights == NULL)
	{
		weights = allocate_array(n, sizeof(Numeric));
		numeric_common_denominator(fractions, n, weights);
	}
	split_numerics(units, weights, n, large_parts);
	MemoryContextSwitchTo(caller);
	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		parts[i] = call2(numeric_mul, large_parts[i], unit);
	}
	MemoryContextDelete(scratch);
}

static void
parts_to_numeric(const int128 *units, int minor_digits, int64 n,
				 Numeric *parts)
{
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		parts[i] = numeric_from_decimal(units[i], minor_digits);
	}
}

static uint128
greatest_common_divisor(uint128 a, uint128 b)
{
	while (b != 0)
	{
		uint128 rest = (a <= PG_UINT64_MAX && b <= PG_UINT64_MAX)
						   ? (uint64) a % (uint64) b
						   : a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * Brings fractions to integer weights over their common denominator.  False
 * when that does not fit.
 */
static bool
common_denominator(const Weight *weights, int64 n, int128 *integers)
{
	int128 common = 1;

	for (int64 i = 0; i < n; i++)
	{
		int128 factor;

		check_for_interrupts_at(i);
		if (weights[i].numerator == 0 || common % weights[i].denominator == 0)
			continue;
		factor = weights[i].denominator /
				 (int128) greatest_common_divisor(common,
												  weights[i].denominator);
		if (__builtin_mul_overflow(common, factor, &common))
			return false;
	}
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (weights[i].numerator == 0)
			integers[i] = 0;
		else if (__builtin_mul_overflow(weights[i].numerator,
										common / weights[i].denominator,
										&integers[i]))
			return false;
	}
	return true;
}

/* What apportion_in_words() compares, one by one, to hand out a unit. */
#define MAX_COMPARISONS 4096

/* Fractions as integers of a word over their common denominator. */
static bool
common_denominator_in_words(const Weight *weights, int64 n, uint64 *integers)
{
	uint64 common = 1;

	for (int64 i = 0; i < n; i++)
	{
		uint64 denominator = (uint64) weights[i].denominator;

		check_for_interrupts_at(i);
		if (weights[i].denominator > PG_UINT64_MAX ||
			weights[i].numerator > PG_UINT64_MAX)
			return false;
		if (denominator == 1 || weights[i].numerator == 0 ||
			common % denominator == 0)
			continue;
		if (__builtin_mul_overflow(
				common,
				denominator /
					(uint64) greatest_common_divisor(common, denominator),
				&common))
			return false;
	}
	for (int64 i = 0; i < n; i++)
	{
		uint64 numerator = (uint64) weights[i].numerator;

		check_for_interrupts_at(i);
		integers[i] = numerator;
		if (common != 1 && numerator != 0 &&
			__builtin_mul_overflow(numerator,
								   common / (uint64) weights[i].denominator,
								   &integers[i]))
			return false;
	}
	return true;
}

/* Of a word, looked at in one pass over the remainders. */
#define DIGIT_BITS 8
#define DIGITS     (1 << DIGIT_BITS)

/*
 * hand_out() for many remainders in words, all below total.  The remainder at
 * which the units run out is found digit by digit from the highest on, without
 * a copy and without a sort.
 */
static void
hand_out_words(int64 *parts, const uint64 *remainders, int64 n, uint64 total,
			   uint64 left_over)
{
	uint64 last = 0; /* the leading digits of that remainder */
	int shift = pg_leftmost_one_pos64(total) + 1;

	while (shift > 0)
	{
		uint64 counts[DIGITS] = {0};
		int bits = Min(shift, DIGIT_BITS);
		int digit = (1 << bits) - 1;

		shift -= bits;
		for (int64 i = 0; i < n; i++)
		{
			uint64 leading = remainders[i] >> shift;

			check_for_interrupts_at(i);
			if (leading >> bits == last)
				counts[leading & ((1 << bits) - 1)]++;
		}
		for (; counts[digit] < left_over; digit--)
			left_over -= counts[digit];
		last = last << bits | digit;
	}
	/* What is left over now is for those equal to the last, in order. */
	for (int64 i = 0; i < n; i++)
	{
		bool equal = remainders[i] == last && left_over > 0;

		check_for_interrupts_at(i);
		parts[i] += equal || remainders[i] > last;
		left_over -= equal;
	}
	Assert(left_over == 0);
}

/*
 * The split of an amount of minor units for callers with millions of amounts,
 * each among few: everything is a machine word, in memory of the caller.
 * False, with parts unset, where that cannot be; then apportion_by_fractions()
 * does the same.  Some weight must be above zero.
 */
bool
apportion_in_words(uint64 amount, const Weight *weights, int64 n,
				   uint64 *integers, uint64 *remainders, int64 *parts)
{
	uint64 total = 0;
	uint64 product;
	uint64 left_over = amount;

	if (amount > PG_INT64_MAX ||
		!common_denominator_in_words(weights, n, integers))
		return false;
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (__builtin_add_overflow(total, integers[i], &total))
			return false;
	}
	Assert(total > 0);
	if (!__builtin_mul_overflow(amount, total, &product))
	{
		for (int64 i = 0; i < n; i++)
		{
			uint64 share = amount * integers[i];

			check_for_interrupts_at(i);
			parts[i] = (int64) (share / total);
			remainders[i] = share - (uint64) parts[i] * total;
			left_over -= (uint64) parts[i];
		}
	}
	else
	{
		for (int64 i = 0; i < n; i++)
		{
			uint128 share = (uint128) amount * integers[i];

			check_for_interrupts_at(i);
			parts[i] = (int64) (share / total);
			remainders[i] = (uint64) share - (uint64) parts[i] * total;
			left_over -= (uint64) parts[i];
		}
	}
	if (left_over > MAX_COMPARISONS / (uint64) n + 1)
	{
		hand_out_words(parts, remainders, n, total, left_over);
		return true;
	}
	for (; left_over > 0; left_over--)
	{
		uint64 most = remainders[0];
		int64 largest = 0;

		/* Without a branch: which remainder is larger nobody can predict. */
		for (int64 i = 1; i < n; i++)
		{
			bool more = remainders[i] > most;

			largest = more ? i : largest;
			most = more ? remainders[i] : most;
		}
		parts[largest]++;
		remainders[largest] = 0;
	}
	return true;
}

/*
 * Splits amount by fractional weights; parts come in the current memory
 * context.  False, with parts unset, when no weight is above zero.  An amount
 * that is not a whole number of minor units is an error.
 */
bool
apportion_by_fractions(Numeric amount, int minor_digits, const Weight *weights,
					   int64 n, Numeric *parts)
{
	int128 units;
	int128 *integers;
	int128 *integer_parts;
	bool fits = minor_units(amount, minor_digits, &units);
	bool done = false;
	int64 i;

	for (i = 0; i < n && weights[i].numerator == 0; i++)
		check_for_interrupts_at(i);
	if (i == n)
		return false;

	integers = allocate_array(n, sizeof(int128));
	integer_parts = allocate_array(n, sizeof(int128));
	if (fits && common_denominator(weights, n, integers) &&
		split_integers(units, integers, n, integer_parts))
	{
		parts_to_numeric(integer_parts, minor_digits, n, parts);
		done = true;
	}
	pfree(integers);
	pfree(integer_parts);
	if (!done)
		split_large(amount, minor_digits, NULL, weights, n, parts);
	return true;
}

/* Brings decimal weights to integers of one scale; false: they do not fit. */
static bool
common_scale(Numeric *weights, int64 n, int128 *integers)
{
	Decimal *decimals = allocate_array(n, sizeof(Decimal));
	int scale = 0;
	bool fits = true;

	for (int64 i = 0; fits && i < n; i++)
	{
		check_for_interrupts_at(i);
		fits = decimal_from_numeric(weights[i], &decimals[i]);
		if (fits)
			scale = Max(scale, decimals[i].scale);
	}
	for (int64 i = 0; fits && i < n; i++)
	{
		check_for_interrupts_at(i);
		fits = decimal_rescale(&decimals[i], scale);
		integers[i] = decimals[i].value;
	}
	pfree(decimals);
	return fits;
}

/* Splits by decimal weights, which are checked here. */
void
apportion_by_decimals(Numeric amount, int minor_digits, Numeric *weights,
					  int64 n, Numeric *parts)
{
	Numeric zero = int64_to_numeric(0);
	int128 units;
	bool fits = minor_units(amount, minor_digits, &units);
	bool any = false;
	int128 *integers = allocate_array(n, sizeof(int128));
	int128 *integer_parts;

	for (int64 i = 0; i < n; i++)
	{
		int sign;

		if (!numeric_is_finite(weights[i]))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("weight must be finite"),
							errdetail("Weight %lld is %s.", (long long) i + 1,
									  numeric_normalize(weights[i]))));
		sign = compare_numerics(weights[i], zero);
		if (sign < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("weight must not be negative"),
							errdetail("Weight %lld is %s.", (long long) i + 1,
									  numeric_normalize(weights[i]))));
		any |= sign > 0;
		check_for_interrupts_at(i);
	}
	if (!any)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("at least one weight must be above zero"),
						n == 0 ? errdetail("There is no weight at all.")
							   : errdetail("All %lld weights are zero.",
										   (long long) n)));

	integer_parts = allocate_array(n, sizeof(int128));
	if (fits && common_scale(weights, n, integers) &&
		split_integers(units, integers, n, integer_parts))
		parts_to_numeric(integer_parts, minor_digits, n, parts);
	else
		split_large(amount, minor_digits, weights, NULL, n, parts);
	pfree(integers);
	pfree(integer_parts);
}

/*
 * apportion(amount numeric, weights numeric[], minor_digits int) -> numeric[]
 *
 * NULL for a NULL amount or array; a NULL weight is an error.
 */
Datum
apportion_array(PG_FUNCTION_ARGS)
{
	Numeric amount = PG_GETARG_NUMERIC(0);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	int minor_digits = PG_GETARG_INT32(2);
	Datum *weights;
	bool *nulls;
	int n;
	Numeric *parts;
	Datum *elements;

	check_minor_digits(minor_digits);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("weights must be a one-dimensional array"),
						errdetail("It has %d dimensions.", ARR_NDIM(array))));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &weights,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("weight must not be null"),
							errdetail("Weight %d is null.", i + 1)));
		weights[i] = NumericGetDatum(DatumGetNumeric(weights[i]));
	}

	parts = allocate_array(n, sizeof(Numeric));
	StaticAssertStmt(sizeof(Numeric) == sizeof(Datum),
					 "a numeric is passed by reference");
	apportion_by_decimals(amount, minor_digits, (Numeric *) weights, n, parts);
	elements = (Datum *) parts;
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, n, NUMERICOID, -1, false, TYPALIGN_INT));
}
