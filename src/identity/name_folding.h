/*
 * name_folding.h
 *		What of a name's spelling does not matter.
 *
 * The generator of the legal form table folds the forms with the same code
 * that folds the names, so neither header nor source use the server's.
 *
 * IDENTIFICATION
 *		src/identity/name_folding.h
 */
#ifndef ECOSYSTEM_NAME_FOLDING_H
#define ECOSYSTEM_NAME_FOLDING_H

#include <stdbool.h>
#include <stdint.h>

/* Longest name read, in UTF-8, before and after folding. */
#define MAX_NAME_BYTES 2048

/* "&" is read as "and", at most at every second byte. */
#define MAX_NAME_LETTERS (2 * MAX_NAME_BYTES)
#define MAX_NAME_WORDS   MAX_NAME_BYTES

#define FOLD_TOO_LONG  (-1) /* in place of a length */
#define FOLD_INVALID   (-2)
#define FOLD_NO_MEMORY (-3)

/*
 * The words of a folded text: their letters, with nothing between but what
 * keeps groups of digits apart, and where each starts.  start has one entry more than there are words.
 */
typedef struct NameWords
{
	int nwords;
	int nletters;
	bool brackets;                      /* has an opening one */
	bool printed;                       /* has anything but blanks */
	uint16_t start[MAX_NAME_WORDS + 1]; /* in letters */
	char gap[MAX_NAME_WORDS];           /* what parts it from the word before:
										 * one character, ' ' for several, or
										 * of several what stands out: GAP_ */
	bool joined[MAX_NAME_WORDS]; /* initials: one word with the one before */
	char letters[MAX_NAME_LETTERS];
} NameWords;

/* Of several characters between words: a bar, a comma, a dash after a blank. */
#define GAP_BAR   '|'
#define GAP_COMMA ','
#define GAP_DASH  '\1'

/*
 * Between a word that ends in a digit and one that starts in one; it is a
 * letter of the latter.
 */
#define DIGIT_SEPARATOR '-'

/* What a text stands for that is in the lists of placeholders, as bits. */
#define PLACEHOLDER_ID         1 /* no id */
#define PLACEHOLDER_WHOLE_NAME 2 /* no name, if it is all of it */
#define PLACEHOLDER_NAME       4 /* nor if it is what a legal form leaves */

extern int fold_name(const char *text, int length, char *folded);
extern void split_name(const char *folded, int length, NameWords *words);

/* Of a UTF-8 character, by its first byte. */
static inline int
utf8_length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static inline bool
is_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One letter of a form, into its hash. */
static inline uint32_t
hash_form_letter(uint32_t hash, char letter)
{
	return (hash ^ (unsigned char) letter) * 0x9e3779b1U;
}

#define FORM_HASH_START 0x811c9dc5U

/* The multiplication leaves the high bits the better ones. */
static inline uint32_t
form_slot(uint32_t hash, int bits)
{
	return hash >> (32 - bits);
}

/*
 * Most names end in no form at all, and their last two letters tell: a table
 * says how long the forms are that end in these, a bit a length, the last one
 * for all that are longer.
 */
#define FORM_END_PLACES 512

static inline int
form_end_place(char last, char next)
{
	return ((unsigned char) last * 29 + (unsigned char) next) &
		   (FORM_END_PLACES - 1);
}

static inline uint64_t
form_length_bit(int length)
{
	return UINT64_C(1) << (length < 63 ? length : 63);
}

#endif /* ECOSYSTEM_NAME_FOLDING_H */
