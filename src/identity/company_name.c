/*
 * company_name.c
 *		The key by which a company's name is compared.
 *
 * Two companies of one country whose names have the same key are taken for
 * one, so the rule behind every step is: rather two keys for one company than
 * one key for two.  The steps are listed in docs/company_name.md.
 *
 * Most names are plain ASCII without parentheses.  They are read straight
 * from the argument into words, and the key is the letters of some of these
 * words, which lie side by side: nothing is allocated and nothing copied
 * until the result is made.
 *
 * IDENTIFICATION
 *		src/identity/company_name.c
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "identity/company_name.h"
#include "base/compat.h"
#include "identity/html_entity.h"

PG_FUNCTION_INFO_V1(company_name_key);
PG_FUNCTION_INFO_V1(company_name_parts);
PG_FUNCTION_INFO_V1(company_name_problem);

/* No encoding needs more bytes for a character than these for one of UTF-8. */
#define MAX_NAME_BYTES_IN_ENCODING (4 * MAX_NAME_BYTES)

static const char too_long[] = "too_long";
static const char not_ascii[] = "not_ascii";
static const char not_convertible[] = "not_convertible";

/* ---- encodings ---- */

static bool
is_ascii(const char *bytes, int length)
{
	uint64 high = 0;

	for (; length >= 8; length -= 8, bytes += 8)
	{
		uint64 chunk;

		memcpy(&chunk, bytes, 8);
		high |= chunk;
	}
	for (; length > 0; length--, bytes++)
		high |= (unsigned char) *bytes;
	return (high & UINT64CONST(0x8080808080808080)) == 0;
}

/*
 * text in another encoding, NULL if there is no such conversion or a
 * character has no equal.  LATIN1 is done here: no look-up in the catalog.
 */
static char *
convert(const char *text, int length, int from, int to, int *converted_length)
{
	int room = length * MAX_CONVERSION_GROWTH + 1;
	char *converted = palloc(room);
	Oid procedure;

	if (from == PG_LATIN1 && to == PG_UTF8)
	{
		char *end = converted;

		for (int i = 0; i < length; i++)
			if (IS_HIGHBIT_SET(text[i]))
			{
				*end++ = (char) (0xc0 | (unsigned char) text[i] >> 6);
				*end++ = (char) (0x80 | (text[i] & 0x3f));
			}
			else
				*end++ = text[i];
		*converted_length = end - converted;
		return converted;
	}
	procedure = FindDefaultConversionProc(from, to);
	if (!OidIsValid(procedure) ||
		pg_do_encoding_conversion_buf(
			procedure, from, to, (unsigned char *) unconstify(char *, text),
			length, (unsigned char *) converted, room, true) != length)
		return NULL;
	*converted_length = strlen(converted);
	return converted;
}

/* To UTF-8; the reason if it cannot be. */
static const char *
to_utf8(const char **text, int *length)
{
	int encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8)
		return NULL;
	if (encoding == PG_SQL_ASCII)
		return not_ascii;
	*text = convert(*text, *length, encoding, PG_UTF8, length);
	return *text == NULL ? not_convertible : NULL;
}

/* Back to the database's encoding; false if it has no such letters. */
static bool
from_utf8(NameText *text)
{
	int encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || is_ascii(text->bytes, text->length))
		return true;
	text->bytes = convert(text->bytes, text->length, PG_UTF8, encoding,
						  &text->length);
	return text->bytes != NULL;
}

/* ---- other names ---- */

/*
 * What stands between a name and another one of the same company.  Words as
 * split, the first one's letter decides quickly; with a slash: only written so.
 */
typedef struct AliasMark
{
	char words[20];
	bool bracketed; /* only as the first words in parentheses */
	bool slash;
} AliasMark;

static const AliasMark alias_marks[] = {
	{"aka"},
	{"also known as"},
	{"dba"},
	{"doing business as"},
	{"fka"},
	{"formerly known as"},
	{"formerly"},
	{"nka"},
	{"now known as"},
	{"oa", false, true},
	{"operating as"},
	{"previously known as"},
	{"previously"},
	{"ta", false, true},
	{"trading as"},
	{"also", true},
	{"anciennement", true},
	{"antes", true},
	{"brand", true},
	{"ehem", true},
	{"ehemals", true},
	{"ex", true},
	{"former", true},
	{"fruher", true},
	{"gia", true},
	{"known as", true},
	{"now", true},
	{"tidigare", true},
	{"trade name", true},
	{"voorheen", true},
	{"vorm", true},
	{"vormals", true},
};

/* First letters of the marks that may stand outside parentheses: adfnopt. */
#define OUTSIDE_MARKS                                            \
	(1U << ('a' - 'a') | 1U << ('d' - 'a') | 1U << ('f' - 'a') | \
	 1U << ('n' - 'a') | 1U << ('o' - 'a') | 1U << ('p' - 'a') | \
	 1U << ('t' - 'a'))

/* The number of words of the mark that starts at a word, 0 if none does. */
static int
alias_mark(const NameWords *words, int word, bool bracketed)
{
	const char *letters = words->letters + words->start[word];

	if (words->joined[word] ||
		(!bracketed && (*letters < 'a' || *letters > 't' ||
						(OUTSIDE_MARKS & (1U << (*letters - 'a'))) == 0)))
		return 0;
	for (int i = 0; i < lengthof(alias_marks); i++)
	{
		const AliasMark *mark = &alias_marks[i];
		const char *text = mark->words;
		int end = word;
		bool slash = false;

		if ((mark->bracketed && !bracketed) || *text != *letters)
			continue;
		while (*text != '\0' && end < words->nwords)
		{
			int length = words->start[end + 1] - words->start[end];

			if (strncmp(text, words->letters + words->start[end], length) != 0)
				break;
			text += length;
			end++;
			if (*text == ' ')
				text++;
			else if (*text != '\0')
			{
				/* d/b/a and D.B.A., but not "for merly". */
				if (end == words->nwords || !words->joined[end])
					break;
				slash = words->gap[end] == '/';
			}
		}
		if (*text == '\0' && (slash || !mark->slash) &&
			!(end < words->nwords && words->joined[end]))
			return end - word;
	}
	return 0;
}

/* ---- parentheses ---- */

/*
 * What is said in parentheses of a record and not of the company's name: what
 * it is to whoever made the list, that it is not the only one or not in use.
 */
static const char *const remarks[] = {
	"client",     "closed",       "customer", "donotuse",  "duplicate",
	"headoffice", "headquarters", "hq",       "inactive",  "member",
	"prospect",   "sponsor",      "supplier", "supporter", "vendor",
};

/* A name whose parentheses are being read. */
typedef struct Brackets
{
	const char *country; /* two letters or NULL */
	char found[2];       /* a country in parentheses, or zero bytes */
	const LegalForm *form;
	int length;
	char text[MAX_NAME_BYTES]; /* what is left */
	int naliases;
	struct
	{
		const char *text;
		int length;
	} aliases[MAX_NAME_ALIASES];
} Brackets;

/*
 * Where each bracket of a text is closed, 0 where it never is.  Until then the
 * open ones of a kind are a list, each with the place of the one before.
 */
static void
match_brackets(const char *text, int length, uint16 *closing)
{
	int open[2] = {-1, -1};

	for (int at = 0; at < length; at++)
	{
		int kind = text[at] == '[' || text[at] == ']';

		if (text[at] == '(' || text[at] == '[')
		{
			closing[at] = open[kind] + 1;
			open[kind] = at;
		}
		else if ((text[at] == ')' || text[at] == ']') && open[kind] >= 0)
		{
			int opening = open[kind];

			open[kind] = closing[opening] - 1;
			closing[opening] = at;
		}
	}
	for (int kind = 0; kind < 2; kind++)
		while (open[kind] >= 0)
		{
			int opening = open[kind];

			open[kind] = closing[opening] - 1;
			closing[opening] = 0;
		}
}

/* As split_name() has it, of ASCII. */
static bool
is_blank(char c)
{
	return (unsigned char) c <= ' ' || c == '\177';
}

static bool
is_blank_text(const char *from, const char *end)
{
	for (; from < end; from++)
		if (!is_blank(*from))
			return false;
	return true;
}

static bool
is_remark(const NameWords *words)
{
	for (int i = 0; i < lengthof(remarks); i++)
		if (strlen(remarks[i]) == words->nletters &&
			memcmp(remarks[i], words->letters, words->nletters) == 0)
			return true;
	return false;
}

/* Whether what stands in parentheses goes; takes from it what it says. */
static bool
read_bracket(Brackets *brackets, const char *content, int length,
			 bool at_an_end)
{
	NameWords room;
	NameWords *words = &room;
	char code[2];
	bool ambiguous;
	bool goes = true;
	int mark;

	split_name(content, length, words);
	if (words->nwords == 0)
		;
	else if (words->nletters == 3 && memcmp(words->letters, "the", 3) == 0)
		;
	else if ((words->nletters == 1 &&
			  (words->letters[0] == 'r' || words->letters[0] == 'c')) ||
			 (words->nletters == 2 && (memcmp(words->letters, "tm", 2) == 0 ||
									   memcmp(words->letters, "sm", 2) == 0)))
		; /* signs of registration, typed */
	else if (at_an_end && is_remark(words))
		;
	else if (at_an_end && words->nletters <= MAX_MULTIBYTE_CHAR_LEN &&
			 find_bracketed_form(words->letters, words->nletters) != NULL)
		brackets->form = find_bracketed_form(words->letters, words->nletters);
	else if ((mark = alias_mark(words, 0, true)) > 0 && mark < words->nwords)
	{
		if (brackets->naliases < MAX_NAME_ALIASES)
		{
			brackets->aliases[brackets->naliases].text = content;
			brackets->aliases[brackets->naliases++].length = length;
		}
	}
	else if (find_country(words->letters, words->nletters, code, &ambiguous) &&
			 (!ambiguous || (brackets->country != NULL &&
							 memcmp(brackets->country, code, 2) == 0)))
	{
		if (brackets->found[0] == '\0')
			memcpy(brackets->found, code, 2);
	}
	else
		goes = false;
	return goes;
}

/*
 * Reads all parentheses; one that is never closed is a sign like others.  Where
 * the text ends in some that are kept, a bar says so, for strip_inner_form().
 */
static void
read_brackets(Brackets *brackets, const char *text, int length)
{
	const char *end = text + length;
	const char *at = text;
	const char *inside = text; /* what is before is in parentheses, kept */
	char *to = brackets->text;
	char *tail = NULL;
	uint16 closing[MAX_NAME_BYTES];

	match_brackets(text, length, closing);
	while (at < end)
	{
		const char *close = NULL;

		if ((*at == '(' || *at == '[') && closing[at - text] != 0)
			close = text + closing[at - text];
		if (close != NULL && read_bracket(brackets, at + 1, close - at - 1,
										  is_blank_text(brackets->text, to) ||
											  is_blank_text(close + 1, end)))
		{
			*to++ = ' ';
			at = close + 1;
			continue;
		}
		if (close != NULL && at >= inside)
		{
			inside = close;
			if (tail == NULL)
				tail = to;
		}
		else if (at > inside && !is_blank(*at))
			tail = NULL;
		*to++ = *at == '(' || *at == '[' || *at == ')' || *at == ']' ? ' '
																	 : *at;
		at++;
	}
	if (tail != NULL)
		*tail = GAP_BAR;
	brackets->length = to - brackets->text;
}

/* ---- names ---- */

/* The part of words from first to end without its form and article. */
static void
read_part(const CompanyName *name, const NameWords *words, int first, int end,
		  NamePart *part)
{
	const char *country = name->country[0] != '\0' ? name->country : NULL;
	NamePart all;

	/* Boeing Company, The */
	if (end - first > 1 && words->gap[end - 1] == GAP_COMMA &&
		words->start[end] - words->start[end - 1] == 3 &&
		memcmp(words->letters + words->start[end - 1], "the", 3) == 0)
		end--;

	all = (NamePart){.first_word = first,
					 .end_word = end,
					 .from = words->start[first],
					 .to = words->start[end]};
	*part = all;
	strip_legal_forms(words, name->ascii, country, part);
	if (part->to - part->from >= 3 &&
		part->from == words->start[part->first_word] &&
		words->start[part->first_word + 1] - part->from == 3 &&
		memcmp(words->letters + part->from, "the", 3) == 0)
	{
		if (part->end_word - part->first_word > 1)
			part->from = words->start[++part->first_word];
		else
			*part = all; /* The Limited */
	}
	if (part->from < part->to && words->letters[part->from] == DIGIT_SEPARATOR)
		part->from++;
}

/* Adds another name, if it is one and not known. */
static void
add_alias(CompanyName *result, NameText alias)
{
	bool known = is_placeholder(alias.bytes, alias.length,
								PLACEHOLDER_WHOLE_NAME) ||
				 (alias.length == result->key.length &&
				  memcmp(alias.bytes, result->key.bytes, alias.length) == 0);

	for (int i = 0; !known && i < result->naliases; i++)
		known = alias.length == result->aliases[i].length &&
				memcmp(alias.bytes, result->aliases[i].bytes, alias.length) ==
					0;
	if (!known && result->naliases < MAX_NAME_ALIASES)
		result->aliases[result->naliases++] = alias;
}

/* Adds the other names that words from first to end are. */
static void
add_aliases(CompanyName *result, const NameWords *words, int first, int end)
{
	while (first < end)
	{
		int next = first;
		int mark = 0;
		NamePart part;

		while (next < end &&
			   (next == first || (mark = alias_mark(words, next, false)) == 0))
			next++;
		read_part(result, words, first, next, &part);
		add_alias(result,
				  (NameText){words->letters + part.from, part.to - part.from});
		first = next + mark;
	}
}

/*
 * Takes the letters from..to out of words, of which those from first up to
 * next are wholly in it, and no more than the end of the one before first.
 */
static void
take_out(NameWords *words, int first, int next, int from, int to)
{
	int gone;

	/* What then are neighbours stay, or are no longer, groups of digits. */
	if (words->letters[to] == DIGIT_SEPARATOR)
		to++;
	if (is_ascii_digit(words->letters[from - 1]) &&
		is_ascii_digit(words->letters[to]))
		words->letters[--to] = DIGIT_SEPARATOR;
	gone = to - from;
	memmove(words->letters + from, words->letters + to, words->nletters - to);
	words->nletters -= gone;
	words->start[first] = from;
	for (int word = next; word < words->nwords; word++)
	{
		words->gap[first + word - next] = words->gap[word];
		words->joined[first + word - next] = words->joined[word];
		words->start[first + word - next + 1] = words->start[word + 1] - gone;
	}
	words->nwords -= next - first;
}

/*
 * Whether words from tail to end only say again what is before them: the same
 * name, or its initials, of which short words may have none: Bank of America
 * (BoA).
 */
static bool
is_said_again(const CompanyName *result, const NamePart *head, int tail,
			  int end)
{
	const NameWords *words = &result->words;
	NamePart again;
	const char *letter;
	const char *last;

	read_part(result, words, tail, end, &again);
	letter = words->letters + again.from;
	last = words->letters + again.to;
	if (last - letter == head->to - head->from &&
		memcmp(letter, words->letters + head->from, last - letter) == 0)
		return true;
	if (last - letter < 2 || head->end_word - head->first_word < 2)
		return false;
	for (int word = head->first_word; word < head->end_word; word++)
	{
		int start = words->start[word];

		if (letter < last && *letter == words->letters[start])
			letter++;
		else if (words->start[word + 1] - start > 3)
			return false;
	}
	return letter == last;
}

/*
 * A legal form ends a company's name: of "Iron Mountain Incorporated
 * (Delaware)" and "Petroleo Brasileiro S.A. - Petrobras" it goes as it does at
 * the end.  What is behind stays in the name, since it may tell companies
 * apart, unless it says the name again: "Endesa S.A. - Endesa".
 *
 * *head is what is before, without a form if there was one.  Returns the end
 * of the words that make the key, which is less than *end where the rest is
 * another name.
 */
static int
strip_inner_form(CompanyName *result, int first, int *end, NamePart *head)
{
	NameWords *words = &result->words;
	int tail = first + 1;

	head->nsuffixes = 0;
	while (tail < *end && words->gap[tail] != GAP_DASH &&
		   words->gap[tail] != GAP_BAR)
		tail++;
	if (tail >= *end)
		return *end;
	/* A form may have such signs itself: DAC - (limited by shares) */
	read_part(result, words, first, *end, head);
	if (head->end_word <= tail)
	{
		head->nsuffixes = 0;
		return *end;
	}
	read_part(result, words, first, tail, head);
	if (is_said_again(result, head, tail, *end))
	{
		head->nsuffixes = 0;
		return tail;
	}
	if (head->nsuffixes > 0)
	{
		take_out(words, head->end_word, tail, head->to, words->start[tail]);
		*end -= tail - head->end_word;
	}
	return *end;
}

/*
 * The words of a mark that starts a name with nothing before it: DBA Sempra,
 * 0 for none.  DBA Group and DBA Inc. are companies called so.
 */
static int
leading_mark(const CompanyName *result, const NameWords *words)
{
	static const char *const general[] = {
		"associates", "bank",        "capital",    "consulting",
		"design",     "enterprises", "foundation", "global",
		"group",      "holding",     "holdings",   "international",
		"media",      "partners",    "services",   "software",
		"solutions",  "studio",      "systems",    "technologies",
	};
	const char *letters = words->letters;
	int length;
	int mark;
	NamePart part;

	if (letters[0] != 'd' || words->nwords < 2)
		return 0;
	mark = alias_mark(words, 0, false);
	if (mark == 0 || mark >= words->nwords)
		return 0;
	read_part(result, words, 0, words->nwords, &part);
	if (part.end_word <= mark)
		return 0;
	letters += words->start[mark];
	length = words->start[mark + 1] - words->start[mark];
	for (int i = 0; i < lengthof(general); i++)
		if (strlen(general[i]) == length &&
			memcmp(general[i], letters, length) == 0)
			return 0;
	return mark;
}

/* Two letters, if they are a country's code. */
static bool
read_country_code(const char *letters, char *country)
{
	country[0] = pg_ascii_toupper((unsigned char) letters[0]);
	country[1] = pg_ascii_toupper((unsigned char) letters[1]);
	if (country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' ||
		country[1] > 'Z')
		return false;
	if (memcmp(country, "UK", 2) == 0)
		memcpy(country, "GB", 2);
	else if (memcmp(country, "EL", 2) == 0)
		memcpy(country, "GR", 2);
	return is_country(country);
}

/* A country's name or code in a folded text: U.S., The Netherlands. */
static bool
read_country_words(const char *folded, int length, char *country)
{
	NameWords words;
	bool ambiguous;
	const char *letters = words.letters;

	split_name(folded, length, &words);
	/* U.S., but N/A is not Namibia */
	if (words.nletters == 2)
		return !is_placeholder(letters, 2, PLACEHOLDER_ID) &&
			   read_country_code(letters, country);
	length = words.nletters;
	if (find_country(letters, length, country, &ambiguous))
		return true;
	/* Gambia, The; The Gambia */
	if (words.nwords > 1 && length > 5 &&
		memcmp(letters + length - 3, "the", 3) == 0 &&
		words.start[words.nwords - 1] == length - 3)
		return find_country(letters, length - 3, country, &ambiguous);
	if (words.nwords > 1 && words.start[1] == 3 &&
		memcmp(letters, "the", 3) == 0)
		return find_country(letters + 3, length - 3, country, &ambiguous);
	return false;
}

/* A country as a record gives it: a code, or a name in any language known. */
void
read_country(const char *text, int length, char *country)
{
	char folded[MAX_NAME_BYTES];
	char decoded[MAX_NAME_BYTES];
	const char *code;

	while (length > 0 && *text == ' ')
	{
		text++;
		length--;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	if (length == 2 && read_country_code(text, country))
		return;
	country[0] = country[1] = '\0';
	if (length < 3 || length > MAX_NAME_BYTES)
		return;
	if (!is_ascii(text, length) && to_utf8(&text, &length) != NULL)
		return;
	if (has_html_entity(text, length))
	{
		length = decode_html_entities(text, length, decoded);
		text = decoded;
	}
	length = fold_common_name(text, length, folded);
	if (length <= 0)
		return;
	if (read_country_words(folded, length, country))
		return;
	/* United Kingdom (UK): the same, twice */
	code = memchr(folded, '(', length);
	if (code != NULL && code > folded && folded[length - 1] == ')')
	{
		char again[2];
		int before = code - folded;

		if (read_country_words(folded, before, country) &&
			read_country_words(code, length - before, again) &&
			memcmp(country, again, 2) == 0)
			return;
	}
	country[0] = country[1] = '\0';
}

/*
 * Reads a name in the database encoding, of a country that may be unknown
 * (NULL).  Never raises an error for what the text is; see result->problem.
 * Texts that had to be converted are in the current memory context.
 */
void
read_company_name(const char *name, int length, const char *country,
				  int country_length, CompanyName *result)
{
	NameWords *words = &result->words;
	Brackets room;
	Brackets *brackets = NULL;
	char folded[MAX_NAME_BYTES];
	NamePart part;
	int first;
	int end;
	int key_end;
	int mark = 0;
	bool placeholder;
	NamePart head;
	char decoded[MAX_NAME_BYTES];

	result->problem = NULL;
	result->key.length = 0;
	result->legal_form.length = 0;
	result->naliases = 0;
	result->country[0] = result->country[1] = '\0';
	if (country != NULL)
		read_country(country, country_length, result->country);

	if (length > MAX_NAME_BYTES_IN_ENCODING)
	{
		result->problem = too_long;
		return;
	}
	result->ascii = is_ascii(name, length);
	if (!result->ascii)
	{
		result->problem = to_utf8(&name, &length);
		if (result->problem != NULL)
			return;
	}
	if (length <= MAX_NAME_BYTES && has_html_entity(name, length))
	{
		length = decode_html_entities(name, length, decoded);
		name = decoded;
		result->ascii = is_ascii(name, length);
	}
	if (!result->ascii)
	{
		length = fold_common_name(name, length, folded);
		if (length == FOLD_NO_MEMORY)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
					 errdetail("Failed while folding a company name.")));
		if (length < 0)
		{
			result->problem = length == FOLD_TOO_LONG ? too_long
													  : not_convertible;
			return;
		}
		name = folded;
	}
	if (length > MAX_NAME_BYTES)
	{
		result->problem = too_long;
		return;
	}

	split_name(name, length, words);
	if (words->nwords == 0)
	{
		result->problem = words->printed ? "no_letters" : "empty";
		return;
	}
	if (words->nletters > MAX_NAME_BYTES)
	{
		result->problem = too_long;
		return;
	}
	placeholder = is_placeholder(words->letters, words->nletters,
								 PLACEHOLDER_WHOLE_NAME);

	if (words->brackets)
	{
		if (result->ascii)
		{
			for (int i = 0; i < length; i++)
				folded[i] = pg_ascii_tolower((unsigned char) name[i]);
			name = folded;
		}
		brackets = &room;
		brackets->country = result->country[0] != '\0' ? result->country
													   : NULL;
		brackets->found[0] = '\0';
		brackets->form = NULL;
		brackets->naliases = 0;
		read_brackets(brackets, name, length);
		split_name(brackets->text, brackets->length, words);
		if (words->nwords == 0)
		{
			/* Nothing outside parentheses: they say what it is. */
			split_name(name, length, words);
			brackets = NULL;
		}
		else if (result->country[0] == '\0' && brackets->found[0] != '\0')
			memcpy(result->country, brackets->found, 2);
	}

	first = leading_mark(result, words);

	/* The name, up to another one outside parentheses. */
	for (end = first + 1; end < words->nwords; end++)
	{
		mark = alias_mark(words, end, false);
		if (mark > 0 && end + mark < words->nwords)
			break;
		mark = 0;
	}
	key_end = strip_inner_form(result, first, &end, &head);
	read_part(result, words, first, key_end, &part);
	result->key.bytes = words->letters + part.from;
	result->key.length = part.to - part.from;
	for (int i = 0; i < head.nsuffixes; i++)
		remember_form(part.suffixes, &part.nsuffixes, head.suffixes[i]);
	if (brackets != NULL && brackets->form != NULL)
		remember_form(part.suffixes, &part.nsuffixes, brackets->form);

	if (placeholder || is_placeholder(result->key.bytes, result->key.length,
									  PLACEHOLDER_NAME))
	{
		result->problem = "placeholder";
		return;
	}

	if (part.nprefixes + part.nsuffixes > 0)
	{
		result->legal_form.bytes = result->legal_form_bytes;
		result->legal_form.length = legal_form_text(&part,
													result->legal_form_bytes,
													MAX_LEGAL_FORM_BYTES);
	}
	if (head.nsuffixes > 0 && part.from < head.to)
		add_alias(result,
				  (NameText){words->letters + part.from, head.to - part.from});
	if (key_end < end)
		add_aliases(result, words, key_end, end);
	if (mark > 0)
		add_aliases(result, words, end + mark, words->nwords);
	for (int i = 0; brackets != NULL && i < brackets->naliases; i++)
	{
		/* Not freed: the aliases point into it. */
		NameWords *alias = palloc(sizeof(NameWords));

		split_name(brackets->aliases[i].text, brackets->aliases[i].length,
				   alias);
		add_aliases(result, alias, alias_mark(alias, 0, true), alias->nwords);
	}

	if (!result->ascii && GetDatabaseEncoding() != PG_UTF8)
	{
		int kept = 0;

		if (!from_utf8(&result->key))
		{
			result->problem = not_convertible;
			return;
		}
		if (!from_utf8(&result->legal_form))
			result->legal_form.length = 0;
		for (int i = 0; i < result->naliases; i++)
			if (from_utf8(&result->aliases[i]))
				result->aliases[kept++] = result->aliases[i];
		result->naliases = kept;
	}
}

/* ---- SQL ---- */

/*
 * The arguments (name, country) into result; false where the name is NULL.  A
 * name far too long is not even fetched.
 */
static bool
read_arguments(FunctionCallInfo fcinfo, CompanyName *result)
{
	struct varlena *name;
	text *country = NULL;

	if (PG_ARGISNULL(0))
		return false;
	name = (struct varlena *) PG_GETARG_POINTER(0);
	if (PG_NARGS() > 1 && !PG_ARGISNULL(1))
		country = PG_GETARG_TEXT_PP(1);
	if (VARATT_IS_EXTENDED(name) && !VARATT_IS_SHORT(name) &&
		toast_raw_datum_size(PointerGetDatum(name)) - VARHDRSZ >
			MAX_NAME_BYTES_IN_ENCODING)
	{
		/* Read as far as it takes to say so. */
		read_company_name("", PG_INT32_MAX,
						  country ? VARDATA_ANY(country) : NULL,
						  country ? VARSIZE_ANY_EXHDR(country) : 0, result);
		return true;
	}
	name = (struct varlena *) PG_GETARG_TEXT_PP(0);
	read_company_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name),
					  country ? VARDATA_ANY(country) : NULL,
					  country ? VARSIZE_ANY_EXHDR(country) : 0, result);
	return true;
}

/* company_name_key(name text, country text) -> text */
Datum
company_name_key(PG_FUNCTION_ARGS)
{
	CompanyName name;

	if (!read_arguments(fcinfo, &name) || name.problem != NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(
		cstring_to_text_with_len(name.key.bytes, name.key.length));
}

/*
 * company_name_parts(name text, country text) -> (key text, country text,
 * legal_form text, aliases text[])
 */
Datum
company_name_parts(PG_FUNCTION_ARGS)
{
	CompanyName name;
	TupleDesc row;
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, true};

	if (!read_arguments(fcinfo, &name))
		PG_RETURN_NULL();
	row = fcinfo->flinfo->fn_extra;
	if (row == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		row = BlessTupleDesc(row);
		fcinfo->flinfo->fn_extra = row;
		MemoryContextSwitchTo(caller);
	}
	if (name.country[0] != '\0')
	{
		values[1] = PointerGetDatum(cstring_to_text_with_len(name.country, 2));
		nulls[1] = false;
	}
	if (name.problem == NULL)
	{
		Datum aliases[MAX_NAME_ALIASES];

		values[0] = PointerGetDatum(
			cstring_to_text_with_len(name.key.bytes, name.key.length));
		nulls[0] = false;
		if (name.legal_form.length > 0)
		{
			values[2] = PointerGetDatum(
				cstring_to_text_with_len(name.legal_form.bytes,
										 name.legal_form.length));
			nulls[2] = false;
		}
		for (int i = 0; i < name.naliases; i++)
			aliases[i] = PointerGetDatum(
				cstring_to_text_with_len(name.aliases[i].bytes,
										 name.aliases[i].length));
		values[3] = PointerGetDatum(construct_array(aliases, name.naliases,
													TEXTOID, -1, false,
													TYPALIGN_INT));
		nulls[3] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

/* company_name_problem(name text) -> text */
Datum
company_name_problem(PG_FUNCTION_ARGS)
{
	CompanyName name;

	if (!read_arguments(fcinfo, &name) || name.problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(name.problem));
}
