/*
 * compile_suffixes.c
 *		Turns the Public Suffix List and our lists into constant C tables.
 *
 * Usage: compile_suffixes PUBLIC_SUFFIX_LIST DIRECTORY_OF_LISTS > suffixes.h
 *
 * Runs at build time only.  Whatever it does not understand stops the build: a
 * list that was cut off, or an error page saved under its name, would join the
 * companies of a whole country into one.
 *
 * IDENTIFICATION
 *		src/data/compile_suffixes.c
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include "identity/public_suffix.h"

#define MAX_LINE    4096
#define MAX_ENTRIES 65535 /* a slot has sixteen bits for one */
#define MAX_PAGES   4096
#define SLOT_BITS   16
#define NSLOTS      (1 << SLOT_BITS)

#define MAX_COUNTRIES (26 * 26)

typedef struct Name
{
	char *text;
	unsigned facts;
} Name;

static Name names[MAX_ENTRIES];
static int nnames;

/* A path of a name below which pages are others'. */
typedef struct Page
{
	char *name;
	char *path;
} Page;

static Page pages[MAX_PAGES];
static int npages;

/* Top-level domains of countries, all with two letters. */
static char countries[MAX_COUNTRIES][3];
static int ncountries;

/* Where we are, for complaints. */
static const char *file_name;
static int line_number;

static void
complain(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "compile_suffixes: ");
	if (line_number > 0)
		fprintf(stderr, "%s:%d: ", file_name, line_number);
	else
		fprintf(stderr, "%s: ", file_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

/* ------------------------------------------------------------------------
 * names
 */

/* Complains unless the name is lower-case ASCII with labels of legal form. */
static void
check_name(const char *name)
{
	size_t length = strlen(name);
	size_t label = 0;

	if (length == 0 || length > HOST_MAX_LENGTH)
		complain("a name of %d bytes: \"%s\"", (int) length, name);
	for (size_t i = 0; i <= length; i++)
	{
		char c = name[i];

		if (c == '.' || c == '\0')
		{
			if (i == label || i - label > LABEL_MAX_LENGTH ||
				name[label] == '-' || name[i - 1] == '-')
				complain("bad label in \"%s\"", name);
			label = i + 1;
		}
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
				   c == '-'))
			complain("bad character in \"%s\"", name);
	}
}

static uint64_t
hash_of(const char *name)
{
	/* name_hash_add reads on behind the last label. */
	char bytes[HOST_MAX_LENGTH + 9] = {0};
	int end = (int) strlen(name);
	uint64_t hash = NAME_HASH_START;

	memcpy(bytes, name, end);
	while (end > 0)
	{
		int start = end;

		while (start > 0 && bytes[start - 1] != '.')
			start--;
		hash = name_hash_add(hash, bytes + start, end - start);
		end = start - 1;
	}
	return hash;
}

/* The slots as they will be in the table; here zero or a number plus one. */
static uint32_t slots[NSLOTS];

/* Adds facts to a name, returning those it had. */
static unsigned
add_facts(const char *name, unsigned facts)
{
	uint64_t hash = hash_of(name);
	uint32_t slot = HASH_SLOT(hash, SLOT_BITS);
	unsigned before;

	for (; slots[slot] != 0; slot = (slot + 1) % NSLOTS)
	{
		Name *known = &names[SLOT_ENTRY(slots[slot])];

		if (strcmp(known->text, name) == 0)
		{
			before = known->facts;
			known->facts |= facts;
			return before;
		}
	}
	if (nnames == MAX_ENTRIES)
		complain("more than %d names", MAX_ENTRIES);
	names[nnames].text = strdup(name);
	names[nnames].facts = facts;
	nnames++;
	slots[slot] = HASH_TAG(hash) << 16 | (uint32_t) nnames;
	return 0;
}

/* Adds a name, and to the names it lies below that something does. */
static unsigned
add_name(const char *name, unsigned facts)
{
	const char *dot = name;

	check_name(name);
	while ((dot = strchr(dot, '.')) != NULL)
		add_facts(++dot, NAME_HAS_LONGER);
	return add_facts(name, facts);
}

/*
 * Adds a rule of the Public Suffix List's syntax: "name", "*.name" or "!name".
 * Returns the facts known before, restricted to those added.
 */
static unsigned
add_rule(const char *rule, unsigned name_fact, unsigned child_fact)
{
	unsigned fact = name_fact;
	char *ascii;
	unsigned before;
	int status;

	if (rule[0] == '!')
	{
		fact = NAME_EXCEPTION;
		rule++;
		if (strchr(rule, '.') == NULL)
			complain("an exception of one label: \"%s\"", rule);
	}
	else if (strncmp(rule, "*.", 2) == 0)
	{
		fact = child_fact;
		rule += 2;
	}
	/* What remains of wildcards is refused as a bad character. */
	status = idn2_to_ascii_8z(rule, &ascii, IDN2_NONTRANSITIONAL);
	if (status != IDN2_OK)
		complain("\"%s\": %s", rule, idn2_strerror(status));
	before = add_name(ascii, fact);
	idn2_free(ascii);
	return before & fact;
}

/* ------------------------------------------------------------------------
 * lists
 */

static FILE *
open_list(const char *path)
{
	FILE *file;

	file_name = path;
	line_number = 0;
	file = fopen(path, "r");
	if (file == NULL)
		complain("cannot be read");
	return file;
}

/* The next line without blanks at its end; false at the end of the file. */
static bool
read_line(FILE *file, char *line)
{
	size_t length;

	if (fgets(line, MAX_LINE, file) == NULL)
	{
		if (ferror(file))
			complain("cannot be read");
		line_number = 0;
		fclose(file);
		return false;
	}
	line_number++;
	length = strlen(line);
	if (length > 0 && line[length - 1] != '\n')
		complain("a line that is too long, holds a zero byte, or was cut off");
	while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
		line[--length] = '\0';
	return true;
}

/* FNV-1a, to tell lists apart that do not say their version. */
static uint64_t
checksum_add(uint64_t sum, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		sum = (sum ^ (unsigned char) *bytes) * UINT64_C(0x100000001b3);
	return (sum ^ '\n') * UINT64_C(0x100000001b3);
}

/* Keeps the top-level domain of a rule, if it is a country's. */
static void
add_country(const char *rule)
{
	const char *dot = strrchr(rule, '.');
	const char *top = dot == NULL ? rule : dot + 1;

	if (strlen(top) != 2 || top[0] < 'a' || top[0] > 'z' || top[1] < 'a' ||
		top[1] > 'z')
		return;
	for (int i = 0; i < ncountries; i++)
		if (strcmp(countries[i], top) == 0)
			return;
	strcpy(countries[ncountries++], top);
}

/* Reads the Public Suffix List; fills in its version. */
static void
read_public_suffix_list(const char *path, char *version, size_t size)
{
	static const char *const marks[] = {
		"// ===BEGIN ICANN DOMAINS===", "// ===END ICANN DOMAINS===",
		"// ===BEGIN PRIVATE DOMAINS===", "// ===END PRIVATE DOMAINS==="};
	int nmarks = 0;
	int nrules[2] = {0, 0};
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	char line[MAX_LINE];
	FILE *file = open_list(path);

	version[0] = '\0';
	while (read_line(file, line))
	{
		sum = checksum_add(sum, line);
		if (strncmp(line, "// ===", 6) == 0)
		{
			if (nmarks == 4 || strcmp(line, marks[nmarks]) != 0)
				complain("unexpected section mark \"%s\"", line);
			nmarks++;
		}
		else if (strncmp(line, "// VERSION:", 11) == 0)
			snprintf(version, size, "%s",
					 line + 11 + strspn(line + 11, " \t"));
		else if (line[0] == '\0' || strncmp(line, "//", 2) == 0)
			continue;
		else
		{
			bool private = nmarks == 3;

			if (nmarks != 1 && !private)
				complain("a rule outside of the sections: \"%s\"", line);
			/* A rule ends at the first blank. */
			line[strcspn(line, " \t")] = '\0';
			if (private)
				add_rule(line, NAME_PRIVATE, CHILD_PRIVATE);
			else
			{
				add_rule(line, NAME_ICANN, CHILD_ICANN);
				add_country(line);
			}
			nrules[private]++;
		}
	}
	if (nmarks != 4)
		complain("not the whole Public Suffix List: a section is missing");
	if (nrules[0] < 1000 || nrules[1] < 100)
		complain("%d ICANN and %d private rules are too few for the Public "
				 "Suffix List",
				 nrules[0], nrules[1]);
	for (const char *c = version; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			complain("bad version \"%s\"", version);
	if (version[0] == '\0')
		snprintf(version, size, "unversioned, %d rules, checksum %016llx",
				 nrules[0] + nrules[1], (unsigned long long) sum);
}

/* Reads one of our lists, whose names get name_fact. */
static void
read_our_list(const char *directory, const char *list, unsigned name_fact,
			  unsigned child_fact)
{
	char path[MAX_LINE];
	char line[MAX_LINE];
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, list);
	file = open_list(path);
	while (read_line(file, line))
	{
		char *mark;

		if (line[0] == '\0' || line[0] == '#')
			continue;
		mark = strchr(line, ' ');
		if (mark != NULL)
			*mark++ = '\0';
		if (line[0] == '!')
			complain("exceptions are the Public Suffix List's alone");
		if (strncmp(line, "*.", 2) == 0 && child_fact == 0)
			complain("no wildcards in this list");
		if (add_rule(line, name_fact, child_fact))
			complain("\"%s\" appears twice", line);
		if (mark != NULL)
		{
			if (name_fact != NAME_OURS || strcmp(mark, "own-site") != 0 ||
				line[0] == '*')
				complain("unexpected \"%s\"", mark);
			add_name(line, NAME_OWN_SITE);
		}
		count++;
	}
	if (count == 0)
		complain("an empty list");
}

/*
 * Reads the names whose pages are others': "name", or "name/path" where only
 * those below a path are.
 */
static void
read_shared_pages(const char *directory)
{
	char path[MAX_LINE];
	char line[MAX_LINE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/shared_pages.txt", directory);
	file = open_list(path);
	while (read_line(file, line))
	{
		char *page;
		size_t length;

		if (line[0] == '\0' || line[0] == '#')
			continue;
		page = strchr(line, '/');
		if (page == NULL)
		{
			if (add_name(line, NAME_PAGES) & NAME_PAGES)
				complain("\"%s\" appears twice", line);
			continue;
		}
		*page++ = '\0';
		length = strlen(page);
		if (length == 0 || length > PAGE_PATH_MAX_LENGTH ||
			strlen(line) > PAGE_NAME_MAX_LENGTH)
			complain("a path, or its name, of no length that fits");
		if (page[length - 1] == '/' || strstr(page, "//") != NULL ||
			page[0] == '/')
			complain("slashes in \"%s\"", page);
		for (size_t i = 0; i < length; i++)
			if (page[i] <= ' ' || page[i] > '~' ||
				strchr("\"\\?#ABCDEFGHIJKLMNOPQRSTUVWXYZ", page[i]) != NULL)
				complain("bad character in \"%s\"", page);
		for (int i = 0; i < npages; i++)
			if (strcmp(pages[i].name, line) == 0 &&
				strcmp(pages[i].path, page) == 0)
				complain("\"%s/%s\" appears twice", line, page);
		if (npages == MAX_PAGES)
			complain("more than %d pages", MAX_PAGES);
		add_name(line, NAME_SOME_PAGES);
		pages[npages].name = strdup(line);
		pages[npages].path = strdup(page);
		npages++;
	}
	if (npages == 0)
		complain("an empty list");
}

/*
 * Reads the labels that are suffixes below many countries and mistyped ones
 * below the others: "com", or "!cm.be" for one that is a company's.
 */
static void
read_second_levels(const char *directory)
{
	char path[MAX_LINE];
	char line[MAX_LINE];
	char name[LABEL_MAX_LENGTH + 4];
	char labels[64][LABEL_MAX_LENGTH + 1];
	char companies[64][LABEL_MAX_LENGTH + 4];
	int nlabels = 0;
	int ncompanies = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/second_levels.txt", directory);
	file = open_list(path);
	while (read_line(file, line))
	{
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (nlabels == 64 || ncompanies == 64 ||
			strlen(line) > LABEL_MAX_LENGTH)
			complain("too much");
		check_name(line[0] == '!' ? line + 1 : line);
		if (line[0] == '!')
			strcpy(companies[ncompanies++], line + 1);
		else if (strchr(line, '.') != NULL)
			complain("not a label: \"%s\"", line);
		else
			strcpy(labels[nlabels++], line);
	}
	if (nlabels == 0)
		complain("an empty list");
	for (int i = 0; i < nlabels; i++)
		for (int j = 0; j < ncountries; j++)
		{
			bool company = false;

			snprintf(name, sizeof(name), "%.*s.%.2s", LABEL_MAX_LENGTH,
					 labels[i], countries[j]);
			for (int k = 0; k < ncompanies && !company; k++)
				if (strcmp(companies[k], name) == 0)
				{
					company = true;
					companies[k][0] = '\0';
				}
			if (!company && (add_name(name, 0) &
							 (NAME_ICANN | NAME_PRIVATE | NAME_OURS)) == 0)
				add_name(name, NAME_MISTYPED);
		}
	for (int k = 0; k < ncompanies; k++)
		if (companies[k][0] != '\0')
			complain("\"%s\" is no label below a country", companies[k]);
}

/* ------------------------------------------------------------------------
 * tables
 */

static int
compare_pages(const void *a, const void *b)
{
	const Page *one = a;
	const Page *other = b;
	int order = strcmp(one->name, other->name);

	return order != 0 ? order : strcmp(one->path, other->path);
}

static void
write_tables(const char *version)
{
	unsigned offset = 0;

	printf("/* Written by compile_suffixes; do not edit. */\n");
	printf("#define SUFFIX_LIST_VERSION \"%s\"\n", version);
	printf("#define SUFFIX_SLOT_BITS %d\n\n", SLOT_BITS);

	printf("static const char name_bytes[] =\n");
	for (int i = 0; i < nnames; i++)
		printf("\"%s\"\n", names[i].text);
	printf(";\n\nstatic const NameEntry name_entries[] = {\n");
	for (int i = 0; i < nnames; i++)
	{
		unsigned length = (unsigned) strlen(names[i].text);

		printf("{%u,0x%05x,%u},\n", offset, names[i].facts, length);
		offset += length;
	}
	printf("};\n\nstatic const uint32_t name_slots[%d] = {\n", NSLOTS);
	for (int i = 0; i < NSLOTS; i++)
		printf("%#x%s", (unsigned) slots[i], i % 16 == 15 ? ",\n" : ",");
	printf("};\n\nstatic const SharedPage shared_pages[] = {\n");
	qsort(pages, npages, sizeof(Page), compare_pages);
	for (int i = 0; i < npages; i++)
		printf("{\"%s\",\"%s\"},\n", pages[i].name, pages[i].path);
	printf("};\n");
}

int
main(int argc, char **argv)
{
	char version[256];

	if (argc != 3)
	{
		fprintf(stderr, "usage: %s PUBLIC_SUFFIX_LIST DIRECTORY_OF_LISTS\n",
				argv[0]);
		return 2;
	}
	read_public_suffix_list(argv[1], version, sizeof(version));
	read_our_list(argv[2], "shared_hosts.txt", NAME_OURS, CHILD_OURS);
	read_shared_pages(argv[2]);
	read_second_levels(argv[2]);
	read_our_list(argv[2], "special_use.txt", NAME_SPECIAL_USE, 0);
	read_our_list(argv[2], "placeholder.txt", NAME_PLACEHOLDER, 0);
	/* A webmail host serves freemail: freemail.txt must not repeat it. */
	read_our_list(argv[2], "webmail.txt", NAME_WEBMAIL, 0);
	read_our_list(argv[2], "freemail.txt", NAME_FREEMAIL, 0);
	read_our_list(argv[2], "disposable.txt", NAME_DISPOSABLE, 0);
	write_tables(version);
	if (fflush(stdout) != 0 || ferror(stdout))
	{
		perror("compile_suffixes");
		return 1;
	}
	return 0;
}
