/*
 * explain_node.h
 *		What EXPLAIN says of a custom node, as it does of core's.
 *
 * IDENTIFICATION
 *		src/base/explain_node.h
 */
#ifndef ECOSYSTEM_EXPLAIN_NODE_H
#define ECOSYSTEM_EXPLAIN_NODE_H

#include "postgres.h"

#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "nodes/execnodes.h"

extern void explain_condition(const char *label, List *quals, PlanState *state,
							  List *ancestors, ExplainState *es);
extern void explain_expressions(const char *label, List *exprs,
								PlanState *state, List *ancestors,
								ExplainState *es);
extern void explain_removed(const char *label, double rows, double loops,
							ExplainState *es);

typedef struct ExplainNumber
{
	const char *label;
	const char *unit; /* or NULL */
	uint64 value;
	bool some; /* in text, not where it is zero */
} ExplainNumber;

/* In text, all on one line. */
extern void explain_numbers(const ExplainNumber *numbers, int n,
							ExplainState *es);

static inline uint64
explain_kilobytes(Size bytes)
{
	return (bytes + 1023) / 1024;
}

#endif /* ECOSYSTEM_EXPLAIN_NODE_H */
