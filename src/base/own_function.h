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

#include "nodes/nodes.h"

extern bool function_is_ours(Oid function);

/* Whether an expression calls an aggregate or window function of ours. */
extern bool contains_ours(Node *node, void *context);

#endif /* ECOSYSTEM_OWN_FUNCTION_H */
