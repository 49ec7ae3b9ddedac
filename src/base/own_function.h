/*
 * own_function.h
 *		Whether a function, an aggregate among them, is of this extension.
 *
 * IDENTIFICATION
 *		src/base/own_function.h
 */
#ifndef ECOSYSTEM_OWN_FUNCTION_H
#define ECOSYSTEM_OWN_FUNCTION_H

#include "postgres.h"

extern bool function_is_ours(Oid function);

#endif /* ECOSYSTEM_OWN_FUNCTION_H */
