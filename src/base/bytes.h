/*
 * bytes.h
 *		Bytes as they are stored: their order, the words in them, lists of numbers.
 *
 * IDENTIFICATION
 *		src/base/bytes.h
 */
#ifndef ECOSYSTEM_BYTES_H
#define ECOSYSTEM_BYTES_H

#include "postgres.h"

#include "port/pg_bswap.h"

/* Bytes first, then length */
static inline int
compare_bytes(const char *a, uint32 a_length, const char *b, uint32 b_length)
{
	int order = memcmp(a, b, Min(a_length, b_length));

	if (order != 0)
		return order;
	return a_length < b_length ? -1 : a_length > b_length;
}

/* Eight bytes as a number, the same on every machine */
static inline uint64
load_word(const char *bytes)
{
	uint64 word;

	memcpy(&word, bytes, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

static inline void
store_word(char *bytes, uint64 word)
{
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	memcpy(bytes, &word, sizeof(word));
}

/* Whether two ascending lists of numbers have one in common */
static inline bool
ascending_meet(const uint32 *a, const uint32 *a_end, const uint32 *b,
			   const uint32 *b_end)
{
	while (a < a_end && b < b_end)
	{
		if (*a == *b)
			return true;
		if (*a < *b)
			a++;
		else
			b++;
	}
	return false;
}

#endif /* ECOSYSTEM_BYTES_H */
