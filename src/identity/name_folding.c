/*
 * name_folding.c
 *		What of a name's spelling does not matter.
 *
 * Normalisation and case folding come from libunistring and not from the
 * server: its tables change with its major version and its locale, and a key
 * stored yesterday must equal the key computed tomorrow.  Unicode promises
 * that both keep their results for characters once assigned.
 *
 * No header of the server is included; see name_folding.h.
 *
 * IDENTIFICATION
 *		src/identity/name_folding.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "identity/name_folding.h"

/*
 * Room for most texts while folding; libunistring allocates when it is not.  A
 * character of two bytes may get two blanks.
 */
#define FOLDING_ROOM (3 * MAX_NAME_BYTES)

typedef struct Stage
{
	uint8_t *bytes;
	size_t length;
	uint8_t room[FOLDING_ROOM];
} Stage;

static void
release(Stage *stage)
{
	if (stage->bytes != stage->room)
		free(stage->bytes);
	stage->bytes = stage->room;
}

/* NULL for the bytes means failure, errno says which. */
static bool
normalize(uninorm_t form, const Stage *from, Stage *to)
{
	to->length = sizeof(to->room);
	to->bytes = u8_normalize(form, from->bytes, from->length, to->room,
							 &to->length);
	return to->bytes != NULL;
}

static bool
fold_case(const Stage *from, Stage *to)
{
	to->length = sizeof(to->room);
	to->bytes = u8_casefold(from->bytes, from->length, NULL, UNINORM_NFKD,
							to->room, &to->length);
	return to->bytes != NULL;
}

/*
 * What has to go before compatibility normalisation would make letters or
 * blanks of it: signs of registration, and what is typed for an apostrophe.
 * Returns the character to take instead, 0 for none.
 */
static ucs4_t
before_normalization(ucs4_t character)
{
	switch (character)
	{
		case 0x00a9: /* copyright sign */
		case 0x00ae: /* registered sign */
		case 0x2117: /* sound recording copyright */
		case 0x2120: /* service mark */
		case 0x2122: /* trade mark sign */
			return 0;
		case 0x00b4: /* acute accent */
		case 0x02b9: /* modifier letter prime */
		case 0x02bb: /* modifier letter turned comma */
		case 0x02bc: /* modifier letter apostrophe */
		case 0x02bd: /* modifier letter reversed comma */
		case 0x02c8: /* modifier letter vertical line */
		case 0x0374: /* the same as 02b9 */
		case 0x05f3: /* Hebrew geresh */
		case 0x2018: /* quotation marks, single */
		case 0x2019:
		case 0x201a:
		case 0x201b:
		case 0x2032: /* prime */
		case 0x2035:
		case 0x1ffd: /* the same as 00b4 */
		case 0xa78c: /* saltillo */
		case 0xff07: /* full-width apostrophe and grave accent */
		case 0xff40:
			return '\'';

		/* A micro sign stands for the u it looks like: uTorrent. */
		case 0x00b5:
			return 'u';
		default:
			return uc_is_property_default_ignorable_code_point(character)
					   ? 0
					   : character;
	}
}

/* Latin letters whose stroke or ligature no normalisation takes apart. */
static const char *
plain_letters(ucs4_t character)
{
	switch (character)
	{
		case 0x00e6:
			return "ae";
		case 0x00f0: /* eth */
		case 0x0111:
			return "d";
		case 0x00f8:
			return "o";
		case 0x00fe: /* thorn */
			return "th";
		case 0x0127:
			return "h";
		case 0x0131: /* dotless i */
			return "i";
		case 0x0142:
			return "l";
		case 0x0153:
			return "oe";
		case 0x0167:
			return "t";
		case 0x02bc: /* from the letter n preceded by one */
			return "'";
		default:
			return NULL;
	}
}

/*
 * Of a decomposed, case-folded text: takes off the marks of the European
 * scripts, makes digits of all scripts ours, keeps letters, numbers and other scripts' marks, and makes a hyphen
 * of all signs but those of ASCII, which split_name() reads.
 */
static void
take_off_marks(Stage *stage)
{
	const uint8_t *from = stage->bytes;
	const uint8_t *end = stage->bytes + stage->length;
	uint8_t *to = stage->bytes;

	while (from < end)
	{
		ucs4_t character;
		int length = u8_mbtouc(&character, from, end - from);
		const char *plain;

		if (length == 1)
			*to++ = *from >= ' ' ? *from : ' ';
		else if ((character >= 0x0300 && character <= 0x036f) ||
				 character == 0x0640 || /* tatweel, which only stretches */
				 uc_is_property_default_ignorable_code_point(character))
			;
		else if (uc_decimal_value(character) >= 0)
			*to++ = '0' + uc_decimal_value(character);
		else if ((plain = plain_letters(character)) != NULL)
		{
			/* Never longer than the character was. */
			while (*plain != '\0')
				*to++ = *plain++;
		}
		else if (uc_is_general_category_withtable(character,
												  UC_CATEGORY_MASK_L |
													  UC_CATEGORY_MASK_M |
													  UC_CATEGORY_MASK_N))
		{
			memmove(to, from, length);
			to += length;
		}
		else
			*to++ = uc_is_general_category_withtable(character,
													 UC_CATEGORY_MASK_Z)
						? ' '
						: '-';
		from += length;
	}
	stage->length = to - stage->bytes;
}

/*
 * Folds text, which is UTF-8, into folded, which has room for MAX_NAME_BYTES.
 * Returns the length or one of the FOLD_ codes.  What is left beside ASCII is
 * letters, numbers and marks.
 */
int
fold_name(const char *text, int length, char *folded)
{
	Stage first;
	Stage second;
	int result;

	if (length > MAX_NAME_BYTES)
		return FOLD_TOO_LONG;
	first.bytes = first.room;
	first.length = 0;
	second.bytes = second.room;
	for (int at = 0; at < length;)
	{
		bool number;
		ucs4_t character;
		int width = u8_mbtoucr(&character, (const uint8_t *) text + at,
							   length - at);

		if (width <= 0)
			return FOLD_INVALID;
		at += width;
		character = before_normalization(character);
		if (character == 0)
			continue;
		/* 1 3/4, of which normalisation would make 13/4; also 10 squared */
		number = uc_is_general_category_withtable(character,
												  UC_CATEGORY_MASK_No);
		if (number)
			first.room[first.length++] = ' ';
		first.length += u8_uctomb(first.room + first.length, character,
								  FOLDING_ROOM - first.length);
		if (number)
			first.room[first.length++] = ' ';
	}

	/* Case folding undoes some of what came before, hence normalised again. */
	errno = 0;
	if (!normalize(UNINORM_NFKD, &first, &second))
		goto failed;
	release(&first);
	if (!fold_case(&second, &first))
		goto failed;
	release(&second);
	take_off_marks(&first);
	if (!normalize(UNINORM_NFC, &first, &second))
		goto failed;
	release(&first);
	if (second.length > MAX_NAME_BYTES)
		result = FOLD_TOO_LONG;
	else
	{
		memcpy(folded, second.bytes, second.length);
		result = second.length;
	}
	release(&second);
	return result;

failed:
	result = errno == EILSEQ ? FOLD_INVALID : FOLD_NO_MEMORY;
	if (first.bytes != NULL)
		release(&first);
	if (second.bytes != NULL)
		release(&second);
	return result;
}

/* ---- words ---- */

enum
{
	APOSTROPHE = 1, /* deleted, never a blank */
	AMPERSAND,      /* read as a word */
	OPENING,        /* bracket; parts words like all other signs */
	BLANK,
	SIGN
};

/* Letters and digits are themselves, in lower case; all else is a sign. */
static const unsigned char letter_or_sign[256] = {
	[0] = BLANK,        [1] = BLANK,   [2] = BLANK,       [3] = BLANK,
	[4] = BLANK,        [5] = BLANK,   [6] = BLANK,       [7] = BLANK,
	[8] = BLANK,        [9] = BLANK,   [10] = BLANK,      [11] = BLANK,
	[12] = BLANK,       [13] = BLANK,  [14] = BLANK,      [15] = BLANK,
	[16] = BLANK,       [17] = BLANK,  [18] = BLANK,      [19] = BLANK,
	[20] = BLANK,       [21] = BLANK,  [22] = BLANK,      [23] = BLANK,
	[24] = BLANK,       [25] = BLANK,  [26] = BLANK,      [27] = BLANK,
	[28] = BLANK,       [29] = BLANK,  [30] = BLANK,      [31] = BLANK,
	[' '] = BLANK,      ['!'] = SIGN,  ['"'] = SIGN,      ['#'] = SIGN,
	['$'] = SIGN,       ['%'] = SIGN,  ['&'] = AMPERSAND, ['\''] = APOSTROPHE,
	['('] = OPENING,    [')'] = SIGN,  ['*'] = SIGN,      ['+'] = AMPERSAND,
	[','] = SIGN,       ['-'] = SIGN,  ['.'] = SIGN,      ['/'] = SIGN,
	[':'] = SIGN,       [';'] = SIGN,  ['<'] = SIGN,      ['='] = SIGN,
	['>'] = SIGN,       ['?'] = SIGN,  ['@'] = SIGN,      ['['] = OPENING,
	['\\'] = SIGN,      [']'] = SIGN,  ['^'] = SIGN,      ['_'] = SIGN,
	['`'] = APOSTROPHE, ['{'] = SIGN,  ['|'] = SIGN,      ['}'] = SIGN,
	['~'] = SIGN,       [127] = BLANK, ['0'] = '0',       ['1'] = '1',
	['2'] = '2',        ['3'] = '3',   ['4'] = '4',       ['5'] = '5',
	['6'] = '6',        ['7'] = '7',   ['8'] = '8',       ['9'] = '9',
	['A'] = 'a',        ['B'] = 'b',   ['C'] = 'c',       ['D'] = 'd',
	['E'] = 'e',        ['F'] = 'f',   ['G'] = 'g',       ['H'] = 'h',
	['I'] = 'i',        ['J'] = 'j',   ['K'] = 'k',       ['L'] = 'l',
	['M'] = 'm',        ['N'] = 'n',   ['O'] = 'o',       ['P'] = 'p',
	['Q'] = 'q',        ['R'] = 'r',   ['S'] = 's',       ['T'] = 't',
	['U'] = 'u',        ['V'] = 'v',   ['W'] = 'w',       ['X'] = 'x',
	['Y'] = 'y',        ['Z'] = 'z',   ['a'] = 'a',       ['b'] = 'b',
	['c'] = 'c',        ['d'] = 'd',   ['e'] = 'e',       ['f'] = 'f',
	['g'] = 'g',        ['h'] = 'h',   ['i'] = 'i',       ['j'] = 'j',
	['k'] = 'k',        ['l'] = 'l',   ['m'] = 'm',       ['n'] = 'n',
	['o'] = 'o',        ['p'] = 'p',   ['q'] = 'q',       ['r'] = 'r',
	['s'] = 's',        ['t'] = 't',   ['u'] = 'u',       ['v'] = 'v',
	['w'] = 'w',        ['x'] = 'x',   ['y'] = 'y',       ['z'] = 'z',
};

static bool
is_initial(const NameWords *words, int word)
{
	unsigned char first = words->letters[words->start[word]];

	return words->start[word + 1] - words->start[word] == utf8_length(first) &&
		   !(first >= '0' && first <= '9');
}

/*
 * Which initials are one word.  Those with a dot or slash and no blank
 * between: S.A., A/S, A.B.C.  Those with blanks, S. A. or A B, unless dots
 * without blanks say where a word starts, so that Plan B S.A. ends in S.A.
 */
static void
join_initials(NameWords *words)
{
	for (int i = 1; i < words->nwords; i++)
		words->joined[i] = (words->gap[i] == '.' || words->gap[i] == '/') &&
						   is_initial(words, i) && is_initial(words, i - 1);
	for (int i = words->nwords - 1; i > 0; i--)
	{
		bool tight_before = words->joined[i - 1];
		bool tight_after = i + 1 < words->nwords && words->joined[i + 1] &&
						   words->gap[i + 1] != ' ';

		if (!words->joined[i] && !tight_before && !tight_after &&
			words->gap[i] == ' ' && is_initial(words, i) &&
			is_initial(words, i - 1))
			words->joined[i] = true;
	}
}

/* Splits a folded text, or one of ASCII in any case, into words. */
void
split_name(const char *folded, int length, NameWords *words)
{
	char *to = words->letters;
	bool in_word = false;
	bool after_ampersand = false;
	char gap = ' ';
	int ngaps = 0;
	int nwords = 0;
	int initials = 0;

	words->brackets = false;
	words->printed = false;
	for (int i = 0; i < length; i++)
	{
		unsigned char byte = folded[i];
		unsigned char letter = byte < 0x80 ? letter_or_sign[byte] : byte;

		if (letter > SIGN)
		{
			if (!in_word)
			{
				int start = to - words->letters;

				/* 1/12 is not 11/2 */
				if (nwords > 0 && is_ascii_digit(letter) &&
					is_ascii_digit(to[-1]))
					*to++ = DIGIT_SEPARATOR;
				if (nwords > 0 && start - words->start[nwords - 1] <= 4)
					initials++;
				words->start[nwords] = start;
				words->gap[nwords] = gap;
				words->joined[nwords] = false;
				nwords++;
				in_word = true;
				after_ampersand = false;
				ngaps = 0;
			}
			*to++ = letter;
			continue;
		}
		if (letter == APOSTROPHE)
		{
			words->printed = true;
			continue;
		}
		words->printed |= letter != BLANK;
		words->brackets |= letter == OPENING;
		in_word = false;
		if (ngaps++ == 0)
			gap = letter == BLANK ? ' ' : byte;
		else if (gap == GAP_BAR || byte == GAP_BAR)
			gap = GAP_BAR;
		else if (gap == GAP_COMMA || byte == GAP_COMMA)
			gap = GAP_COMMA;
		else if (gap != GAP_DASH)
			gap = byte == '-' && gap == ' ' ? GAP_DASH : ' ';
		if (letter == AMPERSAND && !after_ampersand)
		{
			words->start[nwords] = to - words->letters;
			words->gap[nwords] = '&';
			words->joined[nwords] = false;
			nwords++;
			*to++ = 'a';
			*to++ = 'n';
			*to++ = 'd';
			gap = '&';
			after_ampersand = true;
			ngaps = 0;
		}
	}
	words->nwords = nwords;
	words->nletters = to - words->letters;
	words->start[nwords] = words->nletters;
	words->printed |= nwords > 0;
	if (initials > 0)
		join_initials(words);
}
