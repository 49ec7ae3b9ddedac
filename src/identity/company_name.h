/*
 * company_name.h
 *		The key by which a company's name is compared.
 *
 * IDENTIFICATION
 *		src/identity/company_name.h
 */
#ifndef ECOSYSTEM_COMPANY_NAME_H
#define ECOSYSTEM_COMPANY_NAME_H

#include "postgres.h"

#include "identity/legal_form.h"
#include "identity/name_folding.h"

#define MAX_NAME_ALIASES     8
#define MAX_LEGAL_FORM_BYTES 512

/* Letters in the database encoding. */
typedef struct NameText
{
	const char *bytes;
	int length;
} NameText;

/*
 * What read_company_name() finds.  The texts point into the struct or, where
 * the encoding had to be converted, into the current memory context.
 */
typedef struct CompanyName
{
	const char *problem; /* NULL where the name is usable */
	char country[2];     /* zero bytes where unknown */
	NameText key;
	NameText legal_form; /* no bytes where none */
	int naliases;
	NameText aliases[MAX_NAME_ALIASES]; /* keys of other names, each once */

	/* What the texts point into; nothing here is for the caller. */
	bool ascii;
	NameWords words;
	char legal_form_bytes[MAX_LEGAL_FORM_BYTES];
} CompanyName;

extern void read_company_name(const char *name, int length,
							  const char *country, int country_length,
							  CompanyName *result);

extern void read_country(const char *text, int length, char *country);

#endif /* ECOSYSTEM_COMPANY_NAME_H */
