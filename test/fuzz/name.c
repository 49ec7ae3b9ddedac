/*
 * name.c
 *		Fuzzes the reading of company names: src/identity/name_folding.c,
 *		src/identity/legal_form.c, src/identity/company_name.c.
 *
 * The input is a name, and behind the last end of line, if any, its country.
 *
 * IDENTIFICATION
 *		test/fuzz/name.c
 */
#include "fuzz.h"

#include <stdlib.h>
#include <uninorm.h>

#include "identity/company_name.h"

static void
read_name(const char *name, size_t length, const char *country,
		  size_t country_length, CompanyName *result)
{
	read_company_name(name, length, country, country_length, result);
}

static bool
is_too_long(const CompanyName *name)
{
	return name->problem != NULL && strcmp(name->problem, "too_long") == 0;
}

/* The same key or problem, unless one spelling is too long. */
static void
claim_same(const CompanyName *one, const CompanyName *other, const char *what)
{
	if (is_too_long(one) || is_too_long(other))
		return;
	CLAIM((one->problem == NULL) == (other->problem == NULL),
		  "problem %s is that %s, %s", one->problem ? one->problem : "none",
		  what, other->problem ? other->problem : "none");
	if (one->problem != NULL)
	{
		CLAIM(strcmp(one->problem, other->problem) == 0,
			  "problem %s is that %s, %s", one->problem, what, other->problem);
		return;
	}
	CLAIM(one->key.length == other->key.length &&
			  memcmp(one->key.bytes, other->key.bytes, one->key.length) == 0,
		  "\"%.*s\" is the key %s, \"%.*s\"", one->key.length, one->key.bytes,
		  what, other->key.length, other->key.bytes);
}

/* Letters, digits, what parts groups of these, and marks of other scripts. */
static void
claim_letters(const NameText *letters)
{
	CLAIM(letters->length > 0 && letters->length <= MAX_NAME_BYTES,
		  "a key of %d bytes has the length of a key", letters->length);
	CLAIM(is_server_text(letters->bytes, letters->length), "a key is text");
	for (int i = 0; i < letters->length; i++)
	{
		char c = letters->bytes[i];

		if (c == DIGIT_SEPARATOR && i > 0 && i + 1 < letters->length &&
			is_ascii_digit(letters->bytes[i - 1]) &&
			is_ascii_digit(letters->bytes[i + 1]))
			continue;
		CLAIM(IS_HIGHBIT_SET(c) || (c >= 'a' && c <= 'z') ||
				  (c >= '0' && c <= '9'),
			  "\"%.*s\" has but small letters and digits", letters->length,
			  letters->bytes);
	}
}

static void
claim_parts(const CompanyName *name)
{
	claim_letters(&name->key);
	CLAIM(name->legal_form.length >= 0 &&
			  name->legal_form.length <= MAX_LEGAL_FORM_BYTES,
		  "a legal form of %d bytes has the length of one",
		  name->legal_form.length);
	CLAIM(name->legal_form.length == 0 ||
			  is_server_text(name->legal_form.bytes, name->legal_form.length),
		  "a legal form is text");
	CLAIM(name->naliases <= MAX_NAME_ALIASES, "%d aliases are few",
		  name->naliases);
	for (int i = 0; i < name->naliases; i++)
	{
		const NameText *alias = &name->aliases[i];

		claim_letters(alias);
		CLAIM(alias->length != name->key.length ||
				  memcmp(alias->bytes, name->key.bytes, alias->length) != 0,
			  "\"%.*s\" is another name", alias->length, alias->bytes);
	}
}

static void
read_normalized(uninorm_t form, const char *name, size_t length,
				const char *country, size_t country_length,
				const CompanyName *found, const char *what)
{
	size_t nnormal = 0;
	uint8_t *normal = u8_normalize(form, (const uint8_t *) name, length, NULL,
								   &nnormal);
	char *copy;
	CompanyName other;

	CLAIM(normal != NULL, "there is a normal form");
	copy = copy_bytes(normal, nnormal);
	free(normal);
	read_name(copy, nnormal, country, country_length, &other);
	claim_same(found, &other, what);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *last = memrchr(data, '\n', size);
	size_t length = last == NULL ? size : last - data;
	char *name = copy_bytes(data, length);
	const char *country = NULL;
	size_t country_length = 0;
	bool ascii = true;
	CompanyName found;
	CompanyName other;
	char *changed;

	if (last != NULL)
	{
		country_length = size - length - 1;
		country = copy_bytes(last + 1, country_length);
	}
	read_name(name, length, country, country_length, &found);
	CLAIM((found.country[0] == '\0' && found.country[1] == '\0') ||
			  (found.country[0] >= 'A' && found.country[0] <= 'Z' &&
			   found.country[1] >= 'A' && found.country[1] <= 'Z'),
		  "a country is two letters");
	/* The server passes no other text in UTF-8. */
	if (!is_server_text(name, length))
	{
		next_input();
		return 0;
	}

	if (found.problem == NULL)
	{
		claim_parts(&found);
		for (int i = 0; i < found.key.length; i++)
			ascii &= !IS_HIGHBIT_SET(found.key.bytes[i]);
		if (ascii)
		{
			read_name(copy_bytes(found.key.bytes, found.key.length),
					  found.key.length, country, country_length, &other);
			/* NN, Inc. is a company, N.N. is nobody. */
			if (!is_placeholder(found.key.bytes, found.key.length,
								PLACEHOLDER_WHOLE_NAME))
				claim_same(&found, &other, "of the key");
		}
	}

	if (length > 0)
	{
		read_normalized(UNINORM_NFC, name, length, country, country_length,
						&found, "composed");
		read_normalized(UNINORM_NFD, name, length, country, country_length,
						&found, "decomposed");
	}

	/* The case of ASCII letters and blanks around change nothing. */
	changed = palloc(length + 3);
	changed[0] = ' ';
	for (size_t i = 0; i < length; i++)
		changed[i + 1] = pg_ascii_toupper((unsigned char) name[i]);
	memcpy(changed + length + 1, "\t ", 2);
	read_name(changed + 1, length, country, country_length, &other);
	claim_same(&found, &other, "in capitals");
	read_name(changed, length + 3, country, country_length, &other);
	claim_same(&found, &other, "with blanks around");

	/*
	 * Nor does a mark that folds to nothing, for which libunistring folds the
	 * whole name and no table of ours.
	 */
	changed = palloc(length + 3);
	memcpy(changed, name, length);
	memcpy(changed + length, " \xCC\x81", 3);
	read_name(changed, length + 3, country, country_length, &other);
	if (found.problem == NULL || other.problem == NULL)
		claim_same(&found, &other, "without tables");

	next_input();
	return 0;
}
