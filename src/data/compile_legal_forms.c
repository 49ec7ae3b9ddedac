/*
 * compile_legal_forms.c
 *		Makes const C tables of what is known about company names.
 *
 * Usage: compile_legal_forms DIRECTORY > legal_forms.h
 *
 * Reads legal_forms.txt, legal_forms_elf.txt, countries.txt,
 * placeholder_names.txt and placeholder_ids.txt in DIRECTORY, each of which
 * says how it is written, and folds them with the code that folds names.  Runs at build time, on the
 * machine that builds; a mistake in a list stops the build and names the line.
 *
 * IDENTIFICATION
 *		src/data/compile_legal_forms.c
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>

#include "identity/name_folding.h"

#define MAX_FORMS        8000
#define MAX_TEXT         400000
#define MAX_COUNTRIES    64 /* of one form */
#define MAX_COUNTRY_TEXT 100000
#define MAX_NAMES        4000
#define SUFFIX_BITS      13
#define PREFIX_BITS      10

typedef struct Countries
{
	int count;
	bool all;
	char codes[MAX_COUNTRIES][2];
} Countries;

typedef struct Form
{
	char *joined; /* letters only */
	char *text;   /* with a blank wherever any spelling has one */
	Countries suffix;
	Countries prefix;
	Countries kept;
	bool attached;
	bool bracketed;
} Form;

typedef struct Name
{
	char *joined;
	char code[2];
	bool ambiguous;
} Name;

static const char *file_name;
static int line_number;

static Form forms[MAX_FORMS];
static int nforms;
static Name names[MAX_NAMES];
static int nnames;

/* What stands for no name or no id, PLACEHOLDER_ bits. */
typedef struct Placeholder
{
	char *joined;
	int kind;
} Placeholder;

static Placeholder placeholders[MAX_NAMES];
static int nplaceholders;
static NameWords words;

static void
fail(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%d: ", file_name, line_number);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static void *
checked(void *memory)
{
	if (memory == NULL)
		fail("out of memory");
	return memory;
}

/* Folds and splits text into words; the letters alone are the result. */
static char *
fold(const char *text)
{
	static char folded[MAX_NAME_BYTES];
	int length = fold_name(text, strlen(text), folded);

	if (length < 0)
		fail("cannot be folded: %s", text);
	split_name(folded, length, &words);
	if (words.nletters == 0)
		fail("has no letters: %s", text);
	return checked(strndup(words.letters, words.nletters));
}

/* Reads the next line that says something; cuts the line end off. */
static char *
next_line(FILE *file)
{
	static char line[4096];

	while (fgets(line, sizeof(line), file) != NULL)
	{
		size_t length = strlen(line);

		line_number++;
		if (length == 0 || line[length - 1] != '\n')
			fail("cut off, too long or with a zero byte");
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			return line;
	}
	if (ferror(file))
		fail("cannot be read");
	return NULL;
}

static FILE *
open_list(const char *directory, const char *name)
{
	static char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file_name = path;
	line_number = 0;
	file = fopen(path, "r");
	if (file == NULL)
		fail("cannot be opened");
	return file;
}

/* ---- legal forms ---- */

static void
add_countries(Countries *countries, char *list)
{
	if (strcmp(list, "*") == 0)
	{
		countries->all = true;
		return;
	}
	for (char *code = strtok(list, ","); code != NULL;
		 code = strtok(NULL, ","))
	{
		int i;

		if (strlen(code) != 2 || code[0] < 'A' || code[0] > 'Z' ||
			code[1] < 'A' || code[1] > 'Z')
			fail("not a country: %s", code);
		for (i = 0; i < countries->count; i++)
			if (memcmp(countries->codes[i], code, 2) == 0)
				break;
		if (i < countries->count)
			continue;
		if (countries->count == MAX_COUNTRIES)
			fail("more than %d countries", MAX_COUNTRIES);
		memcpy(countries->codes[countries->count++], code, 2);
	}
}

/*
 * The text of a form from its words, with blanks where either spelling has
 * one: a name may leave such a blank out, but not put one in elsewhere.
 */
static void
merge_text(Form *form)
{
	char merged[2 * MAX_NAME_BYTES];
	char *to = merged;
	const char *old = form->text ? form->text : "";

	for (int i = 0; i < words.nwords; i++)
		for (int at = words.start[i]; at < words.start[i + 1]; at++)
		{
			bool blank = i > 0 && at == words.start[i] && !words.joined[i];

			if (*old == ' ')
			{
				blank = true;
				old++;
			}
			if (blank)
				*to++ = ' ';
			*to++ = words.letters[at];
			if (*old != '\0')
				old++;
		}
	*to = '\0';
	free(form->text);
	form->text = checked(strdup(merged));
}

/*
 * Whether the text ends in a character of three bytes and starts in one or in
 * "npo", which is where forms that are attached are looked for.
 */
static bool
ends_wide(const char *text)
{
	size_t length = strlen(text);

	return ((unsigned char) text[0] >= 0xe0 || text[0] == 'n') &&
		   (unsigned char) text[length - 3] >= 0xe0 &&
		   (unsigned char) text[length - 3] < 0xf0;
}

static void
read_forms(const char *directory, const char *name)
{
	FILE *file = open_list(directory, name);
	char *line;
	int before = nforms;

	while ((line = next_line(file)) != NULL)
	{
		char *kind = line;
		char *countries = strchr(kind, ' ');
		char *text = countries ? strchr(countries + 1, ' ') : NULL;
		char *joined;
		Form *form;

		if (text == NULL)
			fail("not of the form: kind countries form");
		*countries++ = '\0';
		*text++ = '\0';
		joined = fold(text);
		for (form = forms; form < forms + nforms; form++)
			if (strcmp(form->joined, joined) == 0)
				break;
		if (form == forms + nforms)
		{
			if (nforms == MAX_FORMS)
				fail("more than %d forms", MAX_FORMS);
			nforms++;
			form->joined = joined;
		}
		else
			free(joined);
		merge_text(form);
		if (strcmp(kind, "suffix") == 0)
			add_countries(&form->suffix, countries);
		else if (strcmp(kind, "prefix") == 0)
			add_countries(&form->prefix, countries);
		else if (strcmp(kind, "kept") == 0)
			add_countries(&form->kept, countries);
		else if (strcmp(kind, "attached") == 0)
			form->attached = true;
		else if (strcmp(kind, "bracketed") == 0)
			form->bracketed = true;
		else
			fail("not a kind of form: %s", kind);
		if (form->attached &&
			(strlen(form->joined) < 6 || !ends_wide(form->joined)))
			fail("cannot be attached: %s", text);
	}
	if (nforms - before < 400)
		fail("too few forms: the list is cut off");
	fclose(file);
}

/* Offsets into one string of all countries, the same list only once. */
static char country_text[MAX_COUNTRY_TEXT];
static int country_text_length;

static int
by_code(const void *a, const void *b)
{
	return memcmp(a, b, 2);
}

static int
place_countries(Countries *countries)
{
	int length = 2 * countries->count;

	qsort(countries->codes, countries->count, 2, by_code);
	for (int at = 0; at + length <= country_text_length; at += 2)
		if (memcmp(country_text + at, countries->codes, length) == 0)
			return at;
	if (country_text_length + length > MAX_COUNTRY_TEXT)
		fail("too many countries");
	memcpy(country_text + country_text_length, countries->codes, length);
	country_text_length += length;
	return country_text_length - length;
}

static void
print_string(const char *text)
{
	putchar('"');
	for (const unsigned char *at = (const unsigned char *) text; *at; at++)
		if (*at < 0x80 && *at != '"' && *at != '\\')
			putchar(*at);
		else
			printf("\\%03o", *at);
	putchar('"');
}

static int
by_length(const void *a, const void *b)
{
	const Form *one = &forms[*(const int *) a];
	const Form *other = &forms[*(const int *) b];
	int difference = (int) strlen(other->joined) - (int) strlen(one->joined);

	return difference != 0 ? difference : strcmp(one->joined, other->joined);
}

/*
 * A hash table with open addressing.  Suffixes are hashed from their end, as
 * a name is searched from its end, prefixes from their start.
 */
static void
print_slots(const char *table, int bits, bool suffix)
{
	int size = 1 << bits;
	int *slots = checked(calloc(size, sizeof(int)));
	uint32_t *hashes = checked(calloc(size, sizeof(uint32_t)));
	uint64_t lengths[FORM_END_PLACES] = {0};
	int used = 0;
	int longest = 0;

	for (int i = 0; i < nforms; i++)
	{
		const Countries *countries = suffix ? &forms[i].suffix
											: &forms[i].prefix;
		int length = strlen(forms[i].joined);
		uint32_t hash = FORM_HASH_START;
		int slot;

		if (!countries->all && countries->count == 0)
			continue;
		for (int at = 0; at < length; at++)
			hash = hash_form_letter(
				hash, forms[i].joined[suffix ? length - 1 - at : at]);
		for (int next = 0; next < 256; next++)
			if (length == 1 ||
				next ==
					(unsigned char) forms[i].joined[suffix ? length - 2 : 1])
				lengths[form_end_place(
					forms[i].joined[suffix ? length - 1 : 0], next)] |=
					form_length_bit(length);
		slot = form_slot(hash, bits);
		while (slots[slot] != 0)
			slot = (slot + 1) % size;
		slots[slot] = i + 1;
		hashes[slot] = hash;
		if (length > longest)
			longest = length;
		used++;
	}
	if (used * 2 > size)
		fail("%s needs more slots", table);
	printf("#define LONGEST_%s %d\n", suffix ? "SUFFIX" : "PREFIX", longest);
	printf("#define %s_BITS %d\n\n", suffix ? "SUFFIX" : "PREFIX", bits);
	printf("static const FormSlot %s[] = {\n", table);
	for (int i = 0; i < size; i++)
		printf("{0x%08xU, %d},%s", (unsigned) hashes[i], slots[i],
			   i % 6 == 5 ? "\n" : "");
	printf("};\n\n");
	printf("static const uint64 %s_lengths[] = {",
		   suffix ? "suffix" : "prefix");
	for (int i = 0; i < FORM_END_PLACES; i++)
		printf("UINT64CONST(0x%llx),%s", (unsigned long long) lengths[i],
			   i % 4 == 3 ? "\n" : "");
	printf("};\n\n");
	free(slots);
	free(hashes);
}

static void
print_forms(void)
{
	int offset = 0;
	int attached[MAX_FORMS];
	int nattached = 0;

	printf("/* Words of a form parted by blanks, forms by nothing. */\n"
		   "static const char form_texts[] =\n");
	for (int i = 0; i < nforms; i++)
	{
		print_string(forms[i].text);
		putchar('\n');
	}
	printf(";\n\nstatic const LegalForm legal_forms[] = {\n");
	for (int i = 0; i < nforms; i++)
	{
		Form *form = &forms[i];
		int length = strlen(form->text);

		if (length > 255 || strlen(form->joined) > 255)
			fail("too long: %s", form->text);
		printf("{%d, %d, %d, %d, %d, %d, %d, %d, %d, %d},\n", offset, length,
			   form->suffix.all, form->prefix.all, form->suffix.count,
			   form->prefix.count, place_countries(&form->suffix),
			   place_countries(&form->prefix), form->kept.count,
			   place_countries(&form->kept));
		offset += length;
		if (form->attached)
			attached[nattached++] = i;
	}
	printf("};\n\nstatic const char form_countries[] = \"%.*s\";\n\n",
		   country_text_length, country_text);
	print_slots("suffix_slots", SUFFIX_BITS, true);
	print_slots("prefix_slots", PREFIX_BITS, false);

	qsort(attached, nattached, sizeof(int), by_length);
	printf("/* The longest first. */\n"
		   "static const uint16 attached_forms[] = {");
	for (int i = 0; i < nattached; i++)
		printf("%d, ", attached[i]);
	printf("};\n\nstatic const uint16 bracketed_forms[] = {");
	for (int i = 0; i < nforms; i++)
		if (forms[i].bracketed)
			printf("%d, ", i);
	printf("};\n\n");
}

/* ---- countries ---- */

static void
add_country_name(char *text, const char *code)
{
	int length = strlen(text);
	bool ambiguous = length > 0 && text[length - 1] == '?';
	char *joined;

	if (ambiguous)
		text[length - 1] = '\0';
	joined = fold(text);
	for (int i = 0; i < nnames; i++)
		if (strcmp(names[i].joined, joined) == 0)
		{
			if (memcmp(names[i].code, code, 2) != 0)
				fail("already the name of %.2s: %s", names[i].code, text);
			free(joined);
			return;
		}
	if (nnames == MAX_NAMES)
		fail("more than %d names", MAX_NAMES);
	names[nnames].joined = joined;
	memcpy(names[nnames].code, code, 2);
	names[nnames++].ambiguous = ambiguous;
}

static int
by_joined(const void *a, const void *b)
{
	return strcmp(((const Name *) a)->joined, ((const Name *) b)->joined);
}

static void
print_countries(const char *directory)
{
	FILE *file = open_list(directory, "countries.txt");
	char *line;
	bool known[26 * 26] = {false};
	int longest = 0;
	int offset = 0;

	while ((line = next_line(file)) != NULL)
	{
		char code[2];
		char *blank = strchr(line, ' ');
		char *second = blank ? strchr(blank + 1, ' ') : NULL;

		if (second == NULL || blank - line < 2 || line[0] < 'A' ||
			line[0] > 'Z' || line[1] < 'A' || line[1] > 'Z')
			fail("not of the form: code code names");
		memcpy(code, line, 2);
		known[(code[0] - 'A') * 26 + code[1] - 'A'] = true;
		*blank = *second = '\0';
		add_country_name(line, code);
		add_country_name(blank + 1, code);
		for (char *name = strtok(second + 1, ";"); name != NULL;
			 name = strtok(NULL, ";"))
			add_country_name(name, code);
	}
	fclose(file);
	for (int i = 0; i < nforms; i++)
		for (int list = 0; list < 2; list++)
		{
			const Countries *countries = list == 0 ? &forms[i].suffix
												   : &forms[i].prefix;

			for (int j = 0; j < countries->count; j++)
				if (!known[(countries->codes[j][0] - 'A') * 26 +
						   countries->codes[j][1] - 'A'])
					fail("a form is of no country: %.2s %s",
						 countries->codes[j], forms[i].text);
		}

	qsort(names, nnames, sizeof(Name), by_joined);
	printf("static const char country_texts[] =\n");
	for (int i = 0; i < nnames; i++)
	{
		print_string(names[i].joined);
		putchar('\n');
	}
	printf(";\n\n/* In the order of their bytes. */\n"
		   "static const CountryName country_names[] = {\n");
	for (int i = 0; i < nnames; i++)
	{
		int length = strlen(names[i].joined);

		printf("{%d, %d, {'%c', '%c'}, %d},\n", offset, length,
			   names[i].code[0], names[i].code[1], names[i].ambiguous);
		offset += length;
		if (length > longest)
			longest = length;
	}
	printf("};\n\n#define LONGEST_COUNTRY_NAME %d\n\n", longest);
	printf("static const bool is_country_code[26 * 26] = {\n");
	for (int i = 0; i < 26 * 26; i++)
		printf("%d,%s", known[i], i % 26 == 25 ? "\n" : "");
	printf("};\n\n");
}

/* ---- placeholders ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const Placeholder *) a)->joined,
				  ((const Placeholder *) b)->joined);
}

static void
read_placeholders(const char *directory, const char *name, bool names)
{
	FILE *file = open_list(directory, name);
	char *line;

	while ((line = next_line(file)) != NULL)
	{
		Placeholder *placeholder = &placeholders[nplaceholders];
		int length = strlen(line);
		bool whole = line[length - 1] == '?';

		if (nplaceholders == MAX_NAMES)
			fail("more than %d placeholders", MAX_NAMES);
		if (whole)
			line[length - 1] = '\0';
		placeholder->joined = fold(line);
		if (strlen(placeholder->joined) > 31)
			fail("longer than 31 letters: %s", line);
		placeholder->kind = !names  ? PLACEHOLDER_ID
							: whole ? PLACEHOLDER_ID | PLACEHOLDER_WHOLE_NAME
									: PLACEHOLDER_ID | PLACEHOLDER_WHOLE_NAME |
										  PLACEHOLDER_NAME;
		nplaceholders++;
	}
	fclose(file);
}

static void
print_placeholders(const char *directory)
{
	uint32_t lengths[256] = {0};

	read_placeholders(directory, "placeholder_names.txt", true);
	read_placeholders(directory, "placeholder_ids.txt", false);
	qsort(placeholders, nplaceholders, sizeof(Placeholder), by_text);
	printf("/* In the order of their bytes. */\n"
		   "static const Placeholder placeholders[] = {\n");
	for (int i = 0; i < nplaceholders; i++)
	{
		const Placeholder *placeholder = &placeholders[i];
		int kind = placeholder->kind;

		while (i + 1 < nplaceholders &&
			   strcmp(placeholder->joined, placeholders[i + 1].joined) == 0)
			kind |= placeholders[++i].kind;
		printf("{%d, %d, ", kind, (int) strlen(placeholder->joined));
		print_string(placeholder->joined);
		printf("},\n");
		lengths[(unsigned char) placeholder->joined[0]] |=
			1U << strlen(placeholder->joined);
	}
	printf("};\n\n/* By the first byte, bits: which lengths there are. */\n"
		   "static const uint32 placeholder_lengths[256] = {\n");
	for (int i = 0; i < 256; i++)
		printf("0x%xU,%s", (unsigned) lengths[i], i % 8 == 7 ? "\n" : "");
	printf("};\n\n");
}

/* ---- folded characters ---- */

/*
 * Characters whose folding does not depend on their neighbours, so that most
 * names never reach libunistring.  Made with it, so the same by construction.
 */
static const struct
{
	unsigned first;
	unsigned end;
} ranges[] = {
	{0x0080, 0x0250}, /* Latin */
	{0x0370, 0x0700}, /* Greek, Cyrillic, Armenian, Hebrew, Arabic */
	{0x1e00, 0x1f00}, /* Latin, Vietnamese among it */
	{0x2000, 0x2070}, /* punctuation */
	{0x2100, 0x2150}, /* letter-like */
	{0x3000, 0x3100}, /* CJK punctuation, kana */
	{0xff00, 0xfff0}, /* full-width */
};

static int
encode(unsigned character, char *to)
{
	if (character < 0x800)
	{
		to[0] = (char) (0xc0 | (character >> 6));
		to[1] = (char) (0x80 | (character & 0x3f));
		return 2;
	}
	to[0] = (char) (0xe0 | (character >> 12));
	to[1] = (char) (0x80 | ((character >> 6) & 0x3f));
	to[2] = (char) (0x80 | (character & 0x3f));
	return 3;
}

/*
 * Whether a character's folding depends on what stands beside it: it composes
 * with a letter before or after it, or it is a mark among marks, which are
 * put in order.
 */
static bool
combines(const char *text, int length, const char *folded, int folded_length)
{
	static const char *const before[] = {
		"a",           "o",        "\xce\xb1",     "\xd0\xb8",
		"\xd7\x90",    "\xd8\xa7", "\xe3\x81\x8b", "\xe3\x82\xab",
		"\xef\xbd\xb6"};

	for (int at = 0; at < folded_length;)
	{
		ucs4_t character;

		at += u8_mbtouc(&character, (const uint8_t *) folded + at,
						folded_length - at);
		if (uc_combining_class(character) != 0)
			return true;
	}
	for (int i = 0; i < (int) (sizeof(before) / sizeof(before[0])); i++)
	{
		char both[16];
		char result[MAX_NAME_BYTES];
		char alone[MAX_NAME_BYTES];
		int base = strlen(before[i]);
		int alone_length = fold_name(before[i], base, alone);
		int result_length;

		memcpy(both, before[i], base);
		memcpy(both + base, text, length);
		result_length = fold_name(both, base + length, result);
		if (result_length != alone_length + folded_length ||
			memcmp(result, alone, alone_length) != 0 ||
			memcmp(result + alone_length, folded, folded_length) != 0)
			return true;
	}
	return false;
}

static void
print_folded(void)
{
	int first = 0;

	printf("/* length is FOLDED_ELSEWHERE where neighbours matter. */\n"
		   "static const FoldedCharacter folded_characters[] = {\n");
	for (int r = 0; r < (int) (sizeof(ranges) / sizeof(ranges[0])); r++)
		for (unsigned c = ranges[r].first; c < ranges[r].end; c++)
		{
			char text[4];
			char folded[MAX_NAME_BYTES];
			int length = encode(c, text);
			int folded_length = fold_name(text, length, folded);

			if (folded_length < 0 || folded_length > 7 ||
				combines(text, length, folded, folded_length))
			{
				printf("{FOLDED_ELSEWHERE},\n");
				continue;
			}
			printf("{%d, {", folded_length);
			for (int i = 0; i < folded_length; i++)
				printf("%d,", (signed char) folded[i]);
			printf("%s}},\n", folded_length == 0 ? "0" : "");
		}
	printf("};\n\nstatic const FoldedRange folded_ranges[] = {\n");
	for (int r = 0; r < (int) (sizeof(ranges) / sizeof(ranges[0])); r++)
	{
		printf("{0x%04x, 0x%04x, %d},\n", ranges[r].first, ranges[r].end,
			   first);
		first += ranges[r].end - ranges[r].first;
	}
	printf("};\n");
}

int
main(int argc, char **argv)
{
	if (argc != 2)
	{
		fprintf(stderr, "usage: %s DIRECTORY > legal_forms.h\n", argv[0]);
		return 2;
	}
	printf("/* Made by compile_legal_forms from the lists beside it. */\n\n");
	read_forms(argv[1], "legal_forms.txt");
	read_forms(argv[1], "legal_forms_elf.txt");
	print_forms();
	print_countries(argv[1]);
	print_placeholders(argv[1]);
	print_folded();
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
