/*
 * join_columns.c
 *		What a custom node that joins two plans reads of them.
 *
 * IDENTIFICATION
 *		src/base/join_columns.c
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"

#include "base/join_columns.h"


/*
 * Whether two expressions are one column.  Above an outer join a column is
 * marked as one the join may null, below it is not.
 */
bool
same_column(Node *a, Node *b, Relids relids)
{
	if (nodeTag(a) != nodeTag(b))
		return false;
	if (IsA(a, Var))
		return ((Var *) a)->varno == ((Var *) b)->varno &&
			   ((Var *) a)->varattno == ((Var *) b)->varattno &&
			   ((Var *) a)->varlevelsup == ((Var *) b)->varlevelsup;
	if (IsA(a, PlaceHolderVar))
		return ((PlaceHolderVar *) a)->phid == ((PlaceHolderVar *) b)->phid &&
			   ((PlaceHolderVar *) a)->phlevelsup ==
				   ((PlaceHolderVar *) b)->phlevelsup;
#if PG_VERSION_NUM >= 160000
	a = remove_nulling_relids(a, relids, NULL);
	b = remove_nulling_relids(b, relids, NULL);
#endif
	return equal(a, b);
}

static bool
is_column(Node *node)
{
	return IsA(node, Var) || IsA(node, PlaceHolderVar) ||
		   IsA(node, ConvertRowtypeExpr);
}

/* The source of a column, or 0. */
static int
find_source(JoinColumns *columns, Node *node)
{
	ListCell *cell;

	foreach (cell, columns->outer)
		if (same_column(lfirst(cell), node, columns->relids))
			return foreach_current_index(cell) + 1;
	foreach (cell, columns->inner)
		if (same_column(lfirst(cell), node, columns->relids))
			return -(foreach_current_index(cell) + 1);
	return 0;
}

static Node *
column_of_source(JoinColumns *columns, int source)
{
	ListCell *expr;
	ListCell *of;

	forboth (expr, columns->exprs, of, columns->sources)
	{
		if (lfirst_int(of) == source)
			return lfirst(expr);
	}
	return NULL;
}

bool
add_join_columns(Node *node, JoinColumns *columns)
{
	if (node == NULL)
		return false;
	if (is_column(node))
	{
		int source = find_source(columns, node);

		if (source != 0)
		{
			if (column_of_source(columns, source) == NULL)
			{
				columns->exprs = lappend(columns->exprs, node);
				columns->sources = lappend_int(columns->sources, source);
			}
			return false;
		}
		if (IsA(node, Var))
		{
			if (((Var *) node)->varlevelsup == 0)
				columns->missing = true;
			return false;
		}
	}
	return expression_tree_walker(node, add_join_columns, columns);
}

/*
 * Writes columns as they are above the join, so that core finds each under one
 * name.
 */
Node *
unified_columns(Node *node, JoinColumns *columns)
{
	if (node == NULL)
		return NULL;
	if (is_column(node))
	{
		int source = find_source(columns, node);

		if (source != 0)
			return copyObject(column_of_source(columns, source));
	}
	return expression_tree_mutator(node, unified_columns, columns);
}

/* ---- conditions ---- */

typedef struct OrderedClause
{
	RestrictInfo *rinfo;
	Cost cost;
	int position;
} OrderedClause;

static int
compare_clauses(const void *first, const void *second)
{
	const OrderedClause *a = first;
	const OrderedClause *b = second;

	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	return a->position - b->position;
}

/*
 * The order in which to test conditions: the cheapest first, as in core's
 * order_qual_clauses(), which does not get to see what a custom join tests.
 * Whom row security or a barrier hides no join gets to see: their conditions
 * are tested below it, so that all of a join may be tested in any order.
 */
List *
clauses_by_cost(PlannerInfo *root, List *clauses)
{
	int n = list_length(clauses);
	OrderedClause *ordered = palloc(Max(n, 1) * sizeof(OrderedClause));
	List *result = NIL;
	ListCell *cell;

	foreach (cell, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		int i = foreach_current_index(cell);
		QualCost cost;

		cost_qual_eval_node(&cost, (Node *) rinfo, root);
		ordered[i] = (OrderedClause){rinfo, cost.per_tuple, i};
	}
	qsort(ordered, n, sizeof(OrderedClause), compare_clauses);
	for (int i = 0; i < n; i++)
		result = lappend(result, ordered[i].rinfo);
	return result;
}

List *
plan_columns(Plan *plan)
{
	List *exprs = NIL;
	ListCell *cell;

	foreach (cell, plan->targetlist)
		exprs = lappend(exprs, lfirst_node(TargetEntry, cell)->expr);
	return exprs;
}
