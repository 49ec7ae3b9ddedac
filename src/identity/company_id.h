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

#define ID_MAX_LENGTH     255 /* of scheme:value */
#define SCHEME_MAX_LENGTH 30

/* Why a text is no id. */
typedef enum IdProblem
{
	ID_FINE,
	ID_EMPTY,
	ID_NO_SCHEME,
	ID_BAD_SCHEME,
	ID_BAD_FORMAT,
	ID_BAD_CHECKSUM,
	ID_BAD_COUNTRY,
	ID_LOST_ZEROS,
	ID_LOST_CASE,
	ID_PLACEHOLDER,
	ID_TOO_LONG
} IdProblem;

/* An id in its one form. */
typedef struct CompanyId
{
	int length;
	int prefix; /* bytes that ids of one and the same register have in common:
				 * "lei:", "vat:DE" */
	bool deciding; /* different values are different companies */
	char bytes[ID_MAX_LENGTH + 1];
} CompanyId;

extern const char *id_problem_name(IdProblem problem);
extern IdProblem read_company_id(const char *text, Size length, CompanyId *id);
extern bool is_canonical_id(const char *bytes, Size length, int *prefix,
							bool *deciding);

/* For the schemes. */
extern int compact_id(const char *value, Size length, const char *extra,
					  char *out, int room, bool *gap);
extern bool has_format(const char *number, int length, const char *formats);
extern bool is_dummy(const char *text, int length);

#endif /* ECOSYSTEM_COMPANY_ID_H */
