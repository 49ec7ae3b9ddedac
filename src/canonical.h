/*
 * canonical.h
 *		Equality and hashing of values whose bytes are canonical.
 *
 * SQL calls these themselves for most types; one that looks at its arguments
 * first hands them on.
 *
 * IDENTIFICATION
 *		src/canonical.h
 */
#ifndef ECOSYSTEM_CANONICAL_H
#define ECOSYSTEM_CANONICAL_H

#include "fmgr.h"

extern PGDLLEXPORT Datum canonical_eq(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum canonical_ne(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum canonical_hash(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum canonical_hash_extended(PG_FUNCTION_ARGS);

#endif /* ECOSYSTEM_CANONICAL_H */
