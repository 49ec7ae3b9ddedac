/*
 * half_life.c
 *		Powers of one half, the same on every machine.
 *
 * What decays loses half its weight in every half-life: 2^(-age / half_life).
 * libm gives that to the last bit or nearly so, and which of the two differs
 * from machine to machine, and with it, now and then, a cent.  So the power is
 * computed in integers: the whole half-lives are a shift; of the fraction the
 * first 24 bits come from three tables of 256 powers, and the rest, below
 * 2^-24, from the first three terms of the exponential series.
 *
 * The error is below 2^-60: two roundings of 2^-64 a table (the entry and the
 * product), 2^-63 for the series, whose next term is below 2^-74, and one of
 * 2^-61 to the result's bits.
 *
 * IDENTIFICATION
 *		src/base/half_life.c
 */
#include "postgres.h"

#include "base/half_life.h"

#define TABLES     3
#define TABLE_BITS 8
#define TABLE_SIZE (1 << TABLE_BITS)

/* 2^(-entry / 2^(8 * (table + 1))), times 2^63. */
#define TABLE_ONE (UINT64CONST(1) << 63)
static uint64 tables[TABLES][TABLE_SIZE];

/* The natural logarithm of 2, times 2^128. */
#define LN_2_HIGH UINT64CONST(0xB17217F7D1CF79AB)
#define LN_2_LOW  UINT64CONST(0xC9E3B39803F2F6AF)

/* The upper half of a product. */
static uint64
multiply_high(uint64 a, uint64 b)
{
	return (uint64) (((uint128) a * b) >> 64);
}

static uint128
multiply_high_128(uint128 a, uint128 b)
{
	uint128 cross1 = (uint128) (uint64) (a >> 64) * (uint64) b;
	uint128 cross2 = (uint128) (uint64) a * (uint64) (b >> 64);
	uint128 carry = (uint128) multiply_high((uint64) a, (uint64) b) +
					(uint64) cross1 + (uint64) cross2;

	return (uint128) (uint64) (a >> 64) * (uint64) (b >> 64) + (cross1 >> 64) +
		   (cross2 >> 64) + (carry >> 64);
}

/* 2^-x as the exponential series of -x ln 2, x = entry / 2^bits. */
static uint64
power_series(int entry, int bits)
{
	uint128 ln_2 = ((uint128) LN_2_HIGH << 64) | LN_2_LOW;
	uint128 exponent = (ln_2 >> bits) * entry;
	uint128 term = (uint128) 1 << 127;
	uint128 sum = term;

	for (int i = 1; term > 0; i++)
	{
		term = multiply_high_128(term, exponent) / i;
		sum = i % 2 == 0 ? sum + term : sum - term;
	}
	return (uint64) ((sum + ((uint128) 1 << 63)) >> 64);
}

static void
fill_tables(void)
{
	for (int table = TABLES - 1; table >= 0; table--)
		for (int entry = TABLE_SIZE - 1; entry >= 0; entry--)
			tables[table][entry] = power_series(entry,
												TABLE_BITS * (table + 1));
}

static uint64
multiply(uint64 a, uint64 b)
{
	return (uint64) (((uint128) a * b + (UINT64CONST(1) << 62)) >> 63);
}

/*
 * 2^(-age / half_life) times HALF_LIFE_ONE, for a half-life above zero, of the
 * same unit as the age.  Beyond 60 half-lives it is 0.
 */
uint64
half_life_power(uint64 age, int64 half_life)
{
	uint64 whole = age / (uint64) half_life;
	uint64 rest = age % (uint64) half_life;
	uint64 fraction;
	uint64 exponent;
	uint64 power;
	int shift;

	Assert(half_life > 0);
	if (tables[0][0] == 0)
		fill_tables();
	if (whole > HALF_LIFE_BITS || (whole == HALF_LIFE_BITS && rest > 0))
		return 0;

	fraction = (uint64) (((uint128) rest << 64) / (uint64) half_life);
	exponent = multiply_high(fraction & ((UINT64CONST(1) << 40) - 1),
							 LN_2_HIGH);
	power = TABLE_ONE - (exponent >> 1) +
			(multiply_high(exponent, exponent) >> 2);
	for (int table = 0; table < TABLES; table++)
		power = multiply(
			power, tables[table][(fraction >> (56 - TABLE_BITS * table)) &
								 (TABLE_SIZE - 1)]);
	shift = 63 - HALF_LIFE_BITS + (int) whole;
	return (power + (UINT64CONST(1) << (shift - 1))) >> shift;
}
