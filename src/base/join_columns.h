/*
 * join_columns.h
 *		What a custom node that joins two plans reads of them.
 *
 * No place of a custom scan refers to the rows of its two plans: expressions
 * are written over a joined row, custom_scan_tlist, and each column of that
 * is one of one of the plans.
 *
 * IDENTIFICATION
 *		src/base/join_columns.h
 */
#ifndef ECOSYSTEM_JOIN_COLUMNS_H
#define ECOSYSTEM_JOIN_COLUMNS_H

#include "postgres.h"

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
		*sources; /* integers: the outer plan's column, or minus the inner's */
	bool missing; /* something that no plan gives */
} JoinColumns;

extern bool same_column(Node *a, Node *b, Relids relids);
extern bool add_join_columns(Node *node, JoinColumns *columns);
extern Node *unified_columns(Node *node, JoinColumns *columns);
extern List *clauses_by_cost(PlannerInfo *root, List *clauses);
extern List *plan_columns(Plan *plan);

#endif /* ECOSYSTEM_JOIN_COLUMNS_H */
