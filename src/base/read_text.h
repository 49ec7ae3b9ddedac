/*
 * read_text.h
 *		Steps through the text form of a state, and names in quotes.
 *
 * Each step moves *at over what it read and says whether it was there.
 *
 * IDENTIFICATION
 *		src/base/read_text.h
 */
#ifndef ECOSYSTEM_READ_TEXT_H
#define ECOSYSTEM_READ_TEXT_H

#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"

/* Steps over word if it comes next; else *at stays. */
static inline bool
skip_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

/* A number of at least so many digits, without a sign. */
static inline bool
read_number(const char **at, int digits, int64 *number)
{
	const char *start = *at;

	*number = 0;
	for (; **at >= '0' && **at <= '9'; (*at)++)
		if (pg_mul_s64_overflow(*number, 10, number) ||
			pg_add_s64_overflow(*number, **at - '0', number))
			return false;
	return *at - start >= digits;
}

/*
 * A name in double quotes, which are doubled in it, into a buffer of that many
 * bytes; what does not fit is left out.
 */
static inline bool
read_quoted(const char **at, char *buffer, int size, int *length)
{
	const char *next = *at;

	*length = 0;
	if (*next++ != '"')
		return false;
	for (;; next++)
	{
		if (*next == '\0')
			return false;
		if (*next == '"' && *++next != '"')
			break;
		if (*length < size)
			buffer[(*length)++] = *next;
	}
	*at = next;
	return true;
}

/* Writes what read_quoted() reads. */
static inline void
append_quoted(StringInfo out, const char *name, int length)
{
	appendStringInfoChar(out, '"');
	for (int i = 0; i < length; i++)
	{
		if (name[i] == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, name[i]);
	}
	appendStringInfoChar(out, '"');
}

#endif /* ECOSYSTEM_READ_TEXT_H */
