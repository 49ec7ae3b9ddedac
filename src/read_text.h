/*
 * read_text.h
 *		Steps through the text form of a state.
 *
 * Each step moves *at over what it read and says whether it was there.
 *
 * IDENTIFICATION
 *		src/read_text.h
 */
#ifndef ECOSYSTEM_READ_TEXT_H
#define ECOSYSTEM_READ_TEXT_H

#include "postgres.h"

#include "common/int.h"

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

#endif /* ECOSYSTEM_READ_TEXT_H */
