/*
 * join_columns.c
 *		What a custom node that joins two plans reads of them.
 *
 * IDENTIFICATION
 *		src/base/join_columns.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
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

/*
 * Fills a scan that joins the rows of two plans by keys, conditions that are,
 * or take part in, its own way to join, and by others.
 */
void
fill_join_scan(CustomScan *scan, RelOptInfo *rel, JoinColumns *columns,
			   List *tlist, Plan *outer, Plan *inner, List *keys,
			   List *joinquals, List *otherquals)
{
	ListCell *cell;

	/* First what is above the join, so that columns are named as there. */
	add_join_columns((Node *) rel->reltarget->exprs, columns);
	add_join_columns((Node *) otherquals, columns);
	add_join_columns((Node *) joinquals, columns);
	add_join_columns((Node *) keys, columns);
	if (columns->missing)
		elog(ERROR,
			 "a column of custom scan \"%s\" is in neither of its plans",
			 scan->methods->CustomName);
	foreach (cell, columns->exprs)
		scan->custom_scan_tlist = lappend(
			scan->custom_scan_tlist,
			makeTargetEntry(copyObject(lfirst(cell)),
							foreach_current_index(cell) + 1, NULL, false));

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = (List *) unified_columns((Node *) otherquals,
													columns);
	/* Like core's joins, so that core handles the plans below as theirs. */
	scan->scan.plan.lefttree = outer;
	scan->scan.plan.righttree = inner;
	scan->scan.scanrelid = 0;
	scan->custom_exprs =
		list_concat((List *) unified_columns((Node *) keys, columns),
					(List *) unified_columns((Node *) joinquals, columns));
}

/* ---- when it runs ---- */

/*
 * The planner leaves expressions over the joined row.  Here they become
 * expressions over the row of the outer plan and that of the inner, so that no
 * joined row has to be put together to be tested.
 */
static bool
is_joined_column(Node *node, KeptColumns *kept)
{
	return IsA(node, Var) && ((Var *) node)->varno == INDEX_VAR &&
		   list_nth_int(kept->sources, ((Var *) node)->varattno - 1) != 0;
}

/* The list of a column's side, and the column of its plan */
static List **
kept_of_side(KeptColumns *kept, const Var *var, int *column)
{
	int source = list_nth_int(kept->sources, var->varattno - 1);

	*column = abs(source);
	return source > 0 ? &kept->outer : &kept->inner;
}

/* Notes the columns that an expression needs. */
bool
keep_columns(Node *node, KeptColumns *kept)
{
	if (node == NULL)
		return false;
	if (is_joined_column(node, kept))
	{
		int column;
		List **side = kept_of_side(kept, (Var *) node, &column);

		*side = list_append_unique_int(*side, column);
		return false;
	}
	return expression_tree_walker(node, keep_columns, kept);
}

/* A row of the columns that are kept of a plan */
TupleDesc
kept_row(PlanState *plan, List *columns)
{
	TupleDesc row = CreateTemplateTupleDesc(list_length(columns));
	ListCell *cell;

	foreach (cell, columns)
		TupleDescCopyEntry(row, foreach_current_index(cell) + 1,
						   ExecGetResultType(plan), lfirst_int(cell));
	return row;
}

/* Expressions over the joined row, as over the rows of the plans */
Node *
over_plan_columns(Node *node, KeptColumns *kept)
{
	if (node == NULL)
		return NULL;
	if (is_joined_column(node, kept))
	{
		Var *var = copyObject((Var *) node);
		int column;

		var->varno = kept_of_side(kept, var, &column) == &kept->outer
						 ? OUTER_VAR
						 : INNER_VAR;
		var->varattno = column;
		return (Node *) var;
	}
	return expression_tree_mutator(node, over_plan_columns, kept);
}

/* The same, as over the columns kept of both */
Node *
over_kept_columns(Node *node, KeptColumns *kept)
{
	if (node == NULL)
		return NULL;
	if (is_joined_column(node, kept))
	{
		Var *var = copyObject((Var *) node);
		int column;
		List **side = kept_of_side(kept, var, &column);
		ListCell *cell;

		var->varno = side == &kept->outer ? OUTER_VAR : INNER_VAR;
		foreach (cell, *side)
			if (lfirst_int(cell) == column)
			{
				var->varattno = foreach_current_index(cell) + 1;
				break;
			}
		return (Node *) var;
	}
	return expression_tree_mutator(node, over_kept_columns, kept);
}

/*
 * Prepares what is computed of the rows that are kept, in virtual slots; gives
 * the conditions of the join.
 */
ExprState *
begin_join_expressions(CustomScanState *node, KeptColumns *kept,
					   List *joinquals)
{
	PlanState *state = &node->ss.ps;
	Plan *plan = state->plan;
	ExprState *joinqual;

	state->outeropsset = state->inneropsset = true;
	state->outeropsfixed = state->inneropsfixed = true;
	state->outerops = state->innerops = &TTSOpsVirtual;
	joinqual = ExecInitQual((List *) over_kept_columns((Node *) joinquals,
													   kept),
							state);
	state->qual = ExecInitQual((List *) over_kept_columns((Node *) plan->qual,
														  kept),
							   state);
	state->ps_ProjInfo = ExecBuildProjectionInfo(
		(List *) over_kept_columns((Node *) plan->targetlist, kept),
		state->ps_ExprContext, state->ps_ResultTupleSlot, state, NULL);
	state->resultopsset = true;
	state->resultopsfixed = true;
	state->resultops = &TTSOpsVirtual;
	return joinqual;
}
