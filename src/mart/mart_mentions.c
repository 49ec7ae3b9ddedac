/*
 * mart_mentions.c
 *		Tells whether a text has a word.
 *
 * What a relation of a mart is made of is read off its text: which settings,
 * which histories.  A refresh asks of each text after each of them, and as many
 * regular expressions take longer to compile than small marts to refresh.
 *
 * IDENTIFICATION
 *		src/mart/mart_mentions.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "base/compat.h"

PG_FUNCTION_INFO_V1(mart_mentions);

/* Letters beyond ASCII are of words, in any encoding. */
static bool
is_of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		   (c >= '0' && c <= '9') || c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * mart_mentions(query text, word text) -> boolean: whether the word stands in the
 * text, not as a piece of a longer one.
 */
Datum
mart_mentions(PG_FUNCTION_ARGS)
{
	text *query = PG_GETARG_TEXT_PP(0);
	text *word = PG_GETARG_TEXT_PP(1);
	const char *start = VARDATA_ANY(query);
	const char *end = start + VARSIZE_ANY_EXHDR(query);
	const char *w = VARDATA_ANY(word);
	size_t length = VARSIZE_ANY_EXHDR(word);

	if (length == 0)
		PG_RETURN_BOOL(false);
	for (const char *p = start; (size_t) (end - p) >= length; p++)
	{
		CHECK_FOR_INTERRUPTS();
		p = memchr(p, w[0], (end - p) - length + 1);
		if (p == NULL)
			break;
		if (memcmp(p, w, length) == 0 && (p == start || !is_of_word(p[-1])) &&
			(p + length == end || !is_of_word(p[length])))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}
