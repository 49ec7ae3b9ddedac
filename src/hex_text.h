/*
 * hex_text.h
 *		The text form of values that are too long to be read by people.
 *
 * It is the binary form in hexadecimal digits, as that of PostGIS's geometry,
 * and there for dumps.
 *
 * IDENTIFICATION
 *		src/hex_text.h
 */
#ifndef ECOSYSTEM_HEX_TEXT_H
#define ECOSYSTEM_HEX_TEXT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The bytes that digits stand for; false if these are no pairs of digits. */
static inline bool
read_hex(const char *digits, Size ndigits, StringInfo bytes)
{
	initStringInfo(bytes);
	enlargeStringInfo(bytes, (int) (ndigits / 2));
	for (Size i = 0; i < ndigits; i += 2)
	{
		int high = hex_digit(digits[i]);
		int low = high < 0 ? -1 : hex_digit(digits[i + 1]);

		if (low < 0)
			return false;
		if ((i & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		appendStringInfoCharMacro(bytes, (char) (high << 4 | low));
	}
	return true;
}

/* The digits of so many bytes; frees these. */
static inline char *
write_hex(StringInfo bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *result = palloc(2 * (Size) bytes->len + 1);

	for (int i = 0; i < bytes->len; i++)
	{
		if ((i & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		result[2 * i] = digits[(unsigned char) bytes->data[i] >> 4];
		result[2 * i + 1] = digits[(unsigned char) bytes->data[i] & 0xF];
	}
	result[2 * bytes->len] = '\0';
	pfree(bytes->data);
	return result;
}

#endif /* ECOSYSTEM_HEX_TEXT_H */
