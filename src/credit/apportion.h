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

extern bool apportion_in_words(uint64 amount, const Weight *weights, int64 n,
							   uint64 *integers, uint64 *remainders,
							   int64 *parts);
extern bool apportion_by_fractions(Numeric amount, int minor_digits,
								   const Weight *weights, int64 n,
								   Numeric *parts);
extern void apportion_by_decimals(Numeric amount, int minor_digits,
								  Numeric *weights, int64 n, Numeric *parts);
extern void check_minor_digits(int minor_digits);

#endif /* ECOSYSTEM_APPORTION_H */
