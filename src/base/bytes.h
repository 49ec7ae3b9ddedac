/*
 * bytes.h
 *		Strings of bytes: their order, and the words in them.
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

#endif /* ECOSYSTEM_BYTES_H */
