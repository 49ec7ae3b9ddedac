/*
 * id_value.h
 *		What the values of all kinds of ids have in common.
 *
 * IDENTIFICATION
 *		src/identity/id_value.h
 */
#ifndef ECOSYSTEM_ID_VALUE_H
#define ECOSYSTEM_ID_VALUE_H

#include "postgres.h"

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

extern const char *id_problem_name(IdProblem problem);

extern void trim_id(const char **text, Size *length);
extern int compact_id(const char *value, Size length, const char *extra,
					  char *out, int room, bool *gap);
extern int compact_digits(const char *value, Size length, char *out, int room);
extern bool has_format(const char *number, int length, const char *formats);
extern bool is_one_digit(const char *text, int length);
extern bool is_dummy(const char *text, int length);

#endif /* ECOSYSTEM_ID_VALUE_H */
