/*
 * check_digits.h
 *		Characters of ids, and the check digits that several registers use.
 *
 * ASCII only, whatever the locale.
 *
 * IDENTIFICATION
 *		src/base/check_digits.h
 */
#ifndef ECOSYSTEM_CHECK_DIGITS_H
#define ECOSYSTEM_CHECK_DIGITS_H

#include "postgres.h"

/* ---- characters ---- */

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline char
capital(char c)
{
	return is_small(c) ? c - ('a' - 'A') : c;
}

static inline char
small(char c)
{
	return is_capital(c) ? c + ('a' - 'A') : c;
}

static inline bool
all_digits(const char *text, int length)
{
	for (int i = 0; i < length; i++)
		if (!is_digit(text[i]))
			return false;
	return length > 0;
}

/* Are these bytes the word?  Of those in a list, most differ at once. */
static inline bool
is_word(const char *word, const char *bytes, Size length)
{
	return length > 0 && word[0] == bytes[0] && strlen(word) == length &&
		   memcmp(word, bytes, length) == 0;
}

/* ---- check digits ---- */

static inline int
weighted_sum(const char *digits, const int *weights, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += (digits[i] - '0') * weights[i];
	return sum;
}

#define WEIGHTED(digits, ...)                        \
	weighted_sum(digits, (const int[]){__VA_ARGS__}, \
				 lengthof(((const int[]){__VA_ARGS__})))

/* The number modulo something; letters count 10 to 35, as ISO 7064 has it. */
static inline int
modulo(const char *text, int n, int modulus)
{
	int64 rest = 0;

	for (int i = 0; i < n; i++)
		rest = is_digit(text[i])
				   ? (rest * 10 + (text[i] - '0')) % modulus
				   : (rest * 100 + (text[i] - 'A' + 10)) % modulus;
	return rest;
}

/* Sum of digits, every second from the right doubled, as Luhn has it. */
static inline int
luhn(const char *digits, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
	{
		int digit = digits[n - 1 - i] - '0';

		sum += i % 2 == 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
	}
	return sum % 10;
}

/* ISO 7064 MOD 11,10. */
static inline bool
mod_11_10(const char *digits, int n)
{
	int product = 10;

	for (int i = 0; i < n - 1; i++)
	{
		int sum = (product + (digits[i] - '0')) % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (product + (digits[n - 1] - '0')) % 10 == 1;
}

static inline bool
last_digit_is(const char *digits, int n, int digit)
{
	return digits[n - 1] - '0' == digit;
}

#endif /* ECOSYSTEM_CHECK_DIGITS_H */
