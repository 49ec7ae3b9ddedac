/*
 * word.h
 *		Words of a fixed list, read as people write them.
 *
 * IDENTIFICATION
 *		src/base/word.h
 */
#ifndef ECOSYSTEM_WORD_H
#define ECOSYSTEM_WORD_H

#include "postgres.h"

/* Letters of ASCII alone: the others have rules of languages. */
static inline char
fold_letter(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}

extern bool same_word(const char *known, int known_length, const char *word,
					  int length);
extern int spell_word(char *spelled, const char *word, int length);

#endif /* ECOSYSTEM_WORD_H */
