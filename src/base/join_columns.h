/*
 * join_columns.h
 *		What a custom node that joins two plans reads of them.
 *
 * No place of a custom scan refers to the rows of its two plans: expressions
 * are written over a joined row, custom_scan_tlist, and each column of that
 * is one of one of the plans, or the answer of a call that the node makes.
 *
 * IDENTIFICATION
 *		src/base/join_columns.h
 */
#ifndef ECOSYSTEM_JOIN_COLUMNS_H
#define ECOSYSTEM_JOIN_COLUMNS_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/*
 * The columns of the two plans that expressions need, each with the expression
 * that stands for it above the join.
 */
typedef struct JoinColumns
{
	Relids relids; /* of the join */
	List *outer;   /* what the plans give: expressions */
	List *inner;
	List *exprs; /* what is needed */
	List
		*sources; /* integers: the outer plan's column, or minus the inner's; 0
				   * for an answer */
	bool missing; /* something that no plan gives */
} JoinColumns;

extern bool same_column(Node *a, Node *b, Relids relids);
extern bool add_join_columns(Node *node, JoinColumns *columns);
extern Node *unified_columns(Node *node, JoinColumns *columns);
extern List *clauses_by_cost(PlannerInfo *root, List *clauses);
extern List *plan_columns(Plan *plan);
extern void fill_join_scan(CustomScan *scan, RelOptInfo *rel,
						   JoinColumns *columns, List *tlist, Plan *outer,
						   Plan *inner, List *keys, List *joinquals,
						   List *otherquals);

/* What a running node keeps of the rows of its two plans */
typedef struct KeptColumns
{
	List *sources; /* as planned */
	List *outer;   /* integers: the plans' columns */
	List *inner;
} KeptColumns;

extern bool keep_columns(Node *node, KeptColumns *kept);
extern TupleDesc kept_row(PlanState *plan, List *columns);
extern Node *over_kept_columns(Node *node, KeptColumns *kept);
extern Node *over_plan_columns(Node *node, KeptColumns *kept);
extern ExprState *begin_join_expressions(CustomScanState *node,
										 KeptColumns *kept, List *joinquals);

#endif /* ECOSYSTEM_JOIN_COLUMNS_H */
