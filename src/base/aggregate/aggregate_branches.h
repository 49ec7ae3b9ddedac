/*
 * aggregate_branches.h
 *		The branches of a UNION ALL that an Ecosystem Aggregate reads.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_branches.h
 */
#ifndef ECOSYSTEM_AGGREGATE_BRANCHES_H
#define ECOSYSTEM_AGGREGATE_BRANCHES_H

#include "postgres.h"

#include "nodes/execnodes.h"

typedef struct AggregateBranches AggregateBranches;

extern AggregateBranches *begin_branches(PlanState *node, PlanState *outer,
										 List *exprs, MemoryContext context);
extern void reset_branches(AggregateBranches *branches);

/* The row that a row of the outer plan is, by its branch */
extern TupleTableSlot *row_of_branch(AggregateBranches *branches,
									 TupleTableSlot *row,
									 ExprContext *econtext);
extern TupleDesc row_of_branches(const AggregateBranches *branches);

#endif /* ECOSYSTEM_AGGREGATE_BRANCHES_H */
