/*
 * vat_number.h
 *		Numbers under which companies pay value added tax.
 *
 * IDENTIFICATION
 *		src/identity/vat_number.h
 */
#ifndef ECOSYSTEM_VAT_NUMBER_H
#define ECOSYSTEM_VAT_NUMBER_H

#include "identity/id_value.h"

/* Of a number behind its country. */
#define VAT_MIN_LENGTH 4
#define VAT_MAX_LENGTH 18

extern IdProblem read_vat(const char *value, Size length, char *out, int *n);

#endif /* ECOSYSTEM_VAT_NUMBER_H */
