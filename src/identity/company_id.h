/*
 * company_id.h
 *		Ids of companies: scheme:value, checked and in one form.
 *
 * IDENTIFICATION
 *		src/identity/company_id.h
 */
#ifndef ECOSYSTEM_COMPANY_ID_H
#define ECOSYSTEM_COMPANY_ID_H

#include "postgres.h"

#include "identity/id_value.h"

#define ID_MAX_LENGTH     255 /* of scheme:value */
#define SCHEME_MAX_LENGTH 30

/* An id in its one form. */
typedef struct CompanyId
{
	int length;
	int prefix; /* bytes that ids of one and the same register have in common:
				 * "lei:", "vat:DE" */
	bool deciding; /* different values are different companies */
	char bytes[ID_MAX_LENGTH + 1];
} CompanyId;

extern IdProblem read_company_id(const char *text, Size length, CompanyId *id);
extern bool is_canonical_id(const char *bytes, Size length, int *prefix,
							bool *deciding);

#endif /* ECOSYSTEM_COMPANY_ID_H */
