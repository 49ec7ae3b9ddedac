/*
 * legal_form.h
 *		Which words of a company's name are its legal form.
 *
 * IDENTIFICATION
 *		src/identity/legal_form.h
 */
#ifndef ECOSYSTEM_LEGAL_FORM_H
#define ECOSYSTEM_LEGAL_FORM_H

#include "postgres.h"

#include "identity/name_folding.h"

/* Forms remembered of one name; more are stripped, not remembered. */
#define MAX_STRIPPED_FORMS 8

typedef struct LegalForm LegalForm;

/* A part of a name's words, which may start and end inside one. */
typedef struct NamePart
{
	int first_word;
	int end_word; /* the one after the last */
	int from;     /* in letters */
	int to;
	int nprefixes;
	int nsuffixes; /* in the order they were found: the last word's first */
	const LegalForm *prefixes[MAX_STRIPPED_FORMS];
	const LegalForm *suffixes[MAX_STRIPPED_FORMS];
} NamePart;

extern void strip_legal_forms(const NameWords *words, bool ascii,
							  const char *country, NamePart *part);
extern int legal_form_text(const NamePart *part, char *text, int capacity);
extern const LegalForm *find_bracketed_form(const char *letters, int length);
extern void remember_form(const LegalForm **list, int *count,
						  const LegalForm *form);

extern bool find_country(const char *letters, int length, char *code,
						 bool *ambiguous);
extern bool is_country(const char *code);
extern bool is_placeholder(const char *letters, int length, int kind);
extern int fold_common_name(const char *text, int length, char *folded);

#endif /* ECOSYSTEM_LEGAL_FORM_H */
