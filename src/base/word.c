/*
 * word.c
 *		Words of a fixed list, read as people write them.
 *
 * People write one word as co_sell, Co-Sell and "co sell", in rules as in
 * data, and copy it from pages where the blank may not break and the hyphen is
 * a dash: upper and lower case of ASCII, blanks, hyphens and underscores make
 * no difference.  The canonical spelling is in lower case, and has an
 * underscore wherever there is any of these between two words.
 *
 * IDENTIFICATION
 *		src/base/word.c
 */
#include "postgres.h"

#include "base/wide_blank.h"
#include "base/word.h"

/* Bytes that begin a blank or a dash outside ASCII, by the encoding. */
static int
wide_gap_length(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *) at;
	Size left = end - at;

	switch (blank_encoding())
	{
		case BLANKS_OF_UTF8:
			break;
		case BLANKS_OF_ISO:
			return byte[0] == NO_BREAK_BLANK;
		case BLANKS_OF_WINDOWS:
			/* 96 and 97 are the dashes */
			return byte[0] == NO_BREAK_BLANK || byte[0] == 0x96 ||
				   byte[0] == 0x97;
		case NO_WIDE_BLANKS:
			return 0;
	}
	/* U+0085, U+00A0, and U+00AD, the soft hyphen */
	if (left >= 2 && byte[0] == 0xC2)
		return byte[1] == 0x85 || byte[1] == 0xA0 || byte[1] == 0xAD ? 2 : 0;
	if (left < 3)
		return 0;
	/* U+2000 to U+2015: blanks, marks of width none, hyphens and dashes */
	if (byte[0] == 0xE2 && byte[1] == 0x80)
		return (byte[2] >= 0x80 && byte[2] <= 0x95) || byte[2] == 0xAF ? 3 : 0;
	/* U+205F, U+2060; U+2212, the minus; U+3000; U+FEFF */
	if ((byte[0] == 0xE2 && byte[1] == 0x81 &&
		 (byte[2] == 0x9F || byte[2] == 0xA0)) ||
		(byte[0] == 0xE2 && byte[1] == 0x88 && byte[2] == 0x92) ||
		(byte[0] == 0xE3 && byte[1] == 0x80 && byte[2] == 0x80) ||
		(byte[0] == 0xEF && byte[1] == 0xBB && byte[2] == 0xBF))
		return 3;
	return 0;
}

/* How many bytes a blank, hyphen or underscore takes; 0: it is none. */
static inline int
gap_length(const char *at, const char *end)
{
	if (IS_HIGHBIT_SET(*at))
		return wide_gap_length(at, end);
	return *at == ' ' || *at == '-' || *at == '_' ||
		   (*at >= '\t' && *at <= '\r');
}

static inline const char *
skip_gaps(const char *at, const char *end)
{
	int length;

	while (at < end && (length = gap_length(at, end)) > 0)
		at += length;
	return at;
}

/* Are they one word? */
bool
same_word(const char *known, int known_length, const char *word, int length)
{
	const char *known_end = known + known_length;
	const char *end = word + length;

	for (;;)
	{
		known = skip_gaps(known, known_end);
		word = skip_gaps(word, end);
		if (known == known_end || word == end)
			return known == known_end && word == end;
		if (fold_letter(*known++) != fold_letter(*word++))
			return false;
	}
}

/*
 * The canonical spelling, which is no longer than the word and may take its
 * place; returns its length, 0 where there is nothing but gaps.
 */
int
spell_word(char *spelled, const char *word, int length)
{
	const char *end = word + length;
	char *to = spelled;

	while ((word = skip_gaps(word, end)) < end)
	{
		if (to > spelled)
			*to++ = '_';
		while (word < end && gap_length(word, end) == 0)
			*to++ = fold_letter(*word++);
	}
	return to - spelled;
}
