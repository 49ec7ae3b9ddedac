/*
 * hex_text.h
 *		The text form of values that are too long to be read by people.
 *
 * It is the binary form in hexadecimal digits, as that of PostGIS's geometry,
 * and there for dumps.
 *
 * IDENTIFICATION
 *		src/base/hex_text.h
 */
#ifndef ECOSYSTEM_HEX_TEXT_H
#define ECOSYSTEM_HEX_TEXT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* What a digit stands for; -1 if it is none */
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

/*
 * So many bytes at most have a text form, which a dump then holds in a line
 * with the other columns: a text is at most MaxAllocSize long.
 */
#define MAX_HEX_VALUE ((MaxAllocSize - 1024 * 1024) / 2)

/* The digits of so many bytes of a value. */
static inline char *
write_hex(const char *bytes, Size length, const char *type_name)
{
	static const char digits[] = "0123456789abcdef";
	char *result;

	if (length > MAX_HEX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is too large to be written as text", type_name),
				 errdetail("It has %zu bytes, the limit is %zu.", length,
						   (Size) MAX_HEX_VALUE),
				 errhint("Use the binary form, as COPY (FORMAT binary) "
						 "does.")));
	result = palloc(2 * length + 1);
	for (Size i = 0; i < length; i++)
	{
		if ((i & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		result[2 * i] = digits[(unsigned char) bytes[i] >> 4];
		result[2 * i + 1] = digits[(unsigned char) bytes[i] & 0xF];
	}
	result[2 * length] = '\0';
	return result;
}

#define UUID_TEXT_LENGTH 36

/* A uuid as uuid_out() writes it, without a terminator; its length */
static inline int
write_uuid(const char *uuid, char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[(unsigned char) uuid[i] >> 4];
		*at++ = digits[(unsigned char) uuid[i] & 0xF];
	}
	return at - text;
}

#endif /* ECOSYSTEM_HEX_TEXT_H */
