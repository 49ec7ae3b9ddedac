/*
 * id_value.c
 *		What the values of all kinds of ids have in common.
 *
 * Blanks and signs that people put between the characters of an id, formats,
 * and the digits with which they fill a mandatory field.
 *
 * IDENTIFICATION
 *		src/identity/id_value.c
 */
#include "postgres.h"

#include "base/check_digits.h"
#include "base/wide_blank.h"
#include "identity/id_value.h"

static const char *const problem_names[] = {
	[ID_FINE] = NULL,
	[ID_EMPTY] = "empty",
	[ID_NO_SCHEME] = "no_scheme",
	[ID_BAD_SCHEME] = "bad_scheme",
	[ID_BAD_FORMAT] = "bad_format",
	[ID_BAD_CHECKSUM] = "bad_checksum",
	[ID_BAD_COUNTRY] = "bad_country",
	[ID_LOST_ZEROS] = "lost_zeros",
	[ID_LOST_CASE] = "lost_case",
	[ID_PLACEHOLDER] = "placeholder",
	[ID_TOO_LONG] = "too_long",
};

/* The SQL name of a problem; NULL for none. */
const char *
id_problem_name(IdProblem problem)
{
	return problem_names[problem];
}

/* Bytes of a blank at the start of a text, 0 for none. */
static inline int
blank_at(const char *text, Size length)
{
	static const char *const wide_blanks[] = {"\xC2\xA0", "\xE2\x80\x8B",
											  "\xE3\x80\x80", "\xEF\xBB\xBF",
											  "\xE2\x80\xAF"};

	if (length == 0)
		return 0;
	if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r'))
		return 1;
	if (!IS_HIGHBIT_SET(text[0]))
		return 0;
	switch (blank_encoding())
	{
		case BLANKS_OF_UTF8:
			break;
		case BLANKS_OF_ISO:
		case BLANKS_OF_WINDOWS:
			return (unsigned char) text[0] == NO_BREAK_BLANK;
		case NO_WIDE_BLANKS:
			return 0;
	}
	for (int i = 0; i < lengthof(wide_blanks); i++)
	{
		Size size = strlen(wide_blanks[i]);

		if (length >= size && memcmp(text, wide_blanks[i], size) == 0)
			return size;
	}
	return 0;
}

void
trim_id(const char **text, Size *length)
{
	int size;

	while ((size = blank_at(*text, *length)) > 0)
	{
		*text += size;
		*length -= size;
	}
	/* Nearly always there is none: any blank ends in a blank or high byte. */
	if (*length == 0 || (!IS_HIGHBIT_SET((*text)[*length - 1]) &&
						 blank_at(*text + *length - 1, 1) == 0))
		return;
	for (size = 1; size <= 3 && size <= *length;)
	{
		if (blank_at(*text + *length - size, size) == size)
		{
			*length -= size;
			size = 1;
		}
		else
			size++;
	}
}

/*
 * Bytes of a sign at the start of a text that means nothing in an id, 0 for
 * none: dots, dashes and quotation marks, plain or as word processors set
 * them, parentheses, and the sign of "No".
 */
static inline int
sign_at(const char *text, Size length)
{
	unsigned char c = text[0];

	if (!IS_HIGHBIT_SET(c))
		return c != '\0' && strchr("-./,:;()_'\"#", c) != NULL ? 1 : 0;
	if (blank_encoding() != BLANKS_OF_UTF8)
		return 0;
	if (length >= 2 && c == 0xC2)
		return text[1] == '\xB0' || text[1] == '\xBA' ? 2 : 0;
	if (length < 3 || c != 0xE2)
		return 0;
	c = text[2];
	switch ((unsigned char) text[1])
	{
		case 0x80:
			/* dashes, quotation marks */
			return (c >= 0x90 && c <= 0x95) || (c >= 0x98 && c <= 0x9F) ? 3
																		: 0;
		case 0x84:
			return c == 0x96 ? 3 : 0; /* numero sign */
		case 0x88:
			return c == 0x92 ? 3 : 0; /* minus sign */
		default:
			return 0;
	}
}

/*
 * Capital letters and digits of a value, without blanks and signs; -1 if it
 * has other characters or is longer than room.  extra: more characters to
 * keep.  gap, unless NULL: whether something was left out before a character.
 */
int
compact_id(const char *value, Size length, const char *extra, char *out,
		   int room, bool *gap)
{
	int n = 0;
	bool left_out = false;

	for (Size i = 0; i < length;)
	{
		char c = capital(value[i]);
		int skipped;

		if ((is_digit(c) || is_capital(c) ||
			 (c != '\0' && *extra != '\0' && strchr(extra, c) != NULL)) &&
			n < room)
		{
			if (gap != NULL)
				gap[n] = left_out;
			left_out = false;
			out[n++] = c;
			i++;
		}
		else if ((skipped = blank_at(value + i, length - i)) > 0 ||
				 (skipped = sign_at(value + i, length - i)) > 0)
		{
			left_out = true;
			i += skipped;
		}
		else
			return -1;
	}
	return n;
}

/*
 * Digits of a value, -1 if it has others, or more than room.  A program that
 * took a column of numbers for one with fractions wrote 150483782.0.
 */
int
compact_digits(const char *value, Size length, char *out, int room)
{
	int n;

	if (length > 2 && memcmp(value + length - 2, ".0", 2) == 0 &&
		all_digits(value, length - 2))
		length -= 2;
	n = compact_id(value, length, "", out, room, NULL);
	return n > 0 && all_digits(out, n) ? n : -1;
}

/*
 * Formats: 9 a digit, A a letter, X either, K either but I and O, * a letter
 * or one of the signs + and *; any other character is itself.  Several are
 * separated by a bar.
 */
bool
has_format(const char *number, int length, const char *formats)
{
	while (*formats != '\0')
	{
		int n = strcspn(formats, "|");
		bool fits = n == length;

		for (int i = 0; fits && i < n; i++)
			switch (formats[i])
			{
				case '9':
					fits = is_digit(number[i]);
					break;
				case 'A':
					fits = is_capital(number[i]);
					break;
				case 'X':
					fits = is_digit(number[i]) || is_capital(number[i]);
					break;
				case 'K':
					fits = is_digit(number[i]) ||
						   (is_capital(number[i]) && number[i] != 'I' &&
							number[i] != 'O');
					break;
				case '*':
					fits = is_capital(number[i]) || number[i] == '+' ||
						   number[i] == '*';
					break;
				default:
					fits = number[i] == formats[i];
			}
		if (fits)
			return true;
		formats += n + (formats[n] == '|');
	}
	return false;
}

/* One digit over and over: what people fill a mandatory field with. */
bool
is_one_digit(const char *text, int length)
{
	for (int i = 0; i < length; i++)
		if (text[i] != text[0])
			return false;
	return length > 0 && is_digit(text[0]);
}

/* And the keys of a keyboard in a row. */
bool
is_dummy(const char *text, int length)
{
	return is_one_digit(text, length) ||
		   (length == 9 && (memcmp(text, "123456789", 9) == 0 ||
							memcmp(text, "987654321", 9) == 0)) ||
		   (length == 10 && memcmp(text, "1234567890", 10) == 0);
}
