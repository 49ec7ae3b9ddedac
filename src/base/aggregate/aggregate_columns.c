/*
 * aggregate_columns.c
 *		Expressions over the columns of the plan below an Ecosystem Aggregate.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_columns.c
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "base/aggregate/aggregate_columns.h"

static Node *
over_columns_mutator(Node *node, OuterColumns *columns)
{
	ListCell *cell;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Const) && !IsA(node, List) && !IsA(node, TargetEntry))
	{
		foreach (cell, columns->exprs)
			if (equal(lfirst(cell), node))
				return (Node *) makeVar(OUTER_VAR,
										foreach_current_index(cell) + 1,
										exprType(node), exprTypmod(node),
										exprCollation(node), 0);
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
	{
		columns->missing = true;
		return node;
	}
	return expression_tree_mutator(node, over_columns_mutator, columns);
}

List *
over_columns(List *exprs, OuterColumns *columns)
{
	return castNode(List, over_columns_mutator((Node *) exprs, columns));
}
