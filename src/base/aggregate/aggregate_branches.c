/*
 * aggregate_branches.c
 *		The branches of a UNION ALL that an Ecosystem Aggregate reads.
 *
 * The plan below is an Append whose children return columns of their tables
 * (aggregate_branch_path.c).  What a branch selects is made of them here, and
 * remembered where it is more than a column.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_branches.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"

#include "base/aggregate/aggregate_branches.h"
#include "base/aggregate/aggregate_value_memo.h"
#include "base/memory.h"

/* What a branch has for a column of all */
typedef struct BranchColumn
{
	int column; /* of its plan, from 0; -1: */
	ExprState *expression;
	ValueMemo *memo; /* NULL: it is not remembered */
} BranchColumn;

typedef struct AggregateBranch
{
	BranchColumn *columns;
	AttrNumber last; /* of its plan's columns that are needed */
} AggregateBranch;

struct AggregateBranches
{
	AppendState *append;
	int nbranches;
	int ncolumns;
	AggregateBranch *branches; /* in the order of the Append's children */
	TupleTableSlot *row;
};

static bool
find_last_column(Node *node, AttrNumber *last)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		*last = Max(*last, ((Var *) node)->varattno);
	return expression_tree_walker(node, find_last_column, last);
}

static void
begin_branch(AggregateBranch *branch, List *exprs, PlanState *node,
			 MemoryContext context)
{
	ListCell *cell;

	branch->columns = allocate_zeros(list_length(exprs), sizeof(BranchColumn));
	find_last_column((Node *) exprs, &branch->last);
	foreach (cell, exprs)
	{
		Expr *expr = lfirst(cell);
		BranchColumn *column = &branch->columns[foreach_current_index(cell)];

		if (IsA(expr, Var))
		{
			column->column = ((Var *) expr)->varattno - 1;
			continue;
		}
		column->column = -1;
		column->expression = ExecInitExpr(expr, node);
		if (is_worth_remembering(expr))
			column->memo = make_value_memo(expr, node, context);
	}
}

AggregateBranches *
begin_branches(PlanState *node, PlanState *outer, List *exprs,
			   MemoryContext context)
{
	AggregateBranches *branches = palloc0(sizeof(AggregateBranches));
	List *plans = ((Append *) outer->plan)->appendplans;
	TupleDesc row = ExecTypeFromExprList(linitial(exprs));

	branches->append = castNode(AppendState, outer);
	branches->nbranches = branches->append->as_nplans;
	branches->ncolumns = row->natts;
	branches->branches = allocate_zeros(Max(branches->nbranches, 1),
										sizeof(AggregateBranch));
	for (int i = 0; i < branches->nbranches; i++)
	{
		ListCell *plan;

		/* Those that need not be read are not among the states. */
		foreach (plan, plans)
			if (lfirst(plan) == branches->append->appendplans[i]->plan)
				begin_branch(&branches->branches[i],
							 list_nth(exprs, foreach_current_index(plan)),
							 node, context);
		if (branches->branches[i].columns == NULL)
			elog(ERROR, "an ecosystem aggregate knows not all branches");
	}
	branches->row = ExecInitExtraTupleSlot(node->state, row, &TTSOpsVirtual);
	return branches;
}

void
reset_branches(AggregateBranches *branches)
{
	for (int i = 0; i < branches->nbranches; i++)
		for (int j = 0; j < branches->ncolumns; j++)
			if (branches->branches[i].columns[j].memo != NULL)
				reset_value_memo(branches->branches[i].columns[j].memo);
}

TupleDesc
row_of_branches(const AggregateBranches *branches)
{
	return branches->row->tts_tupleDescriptor;
}

/* In memory that lasts as long as the row */
TupleTableSlot *
row_of_branch(AggregateBranches *branches, TupleTableSlot *row,
			  ExprContext *econtext)
{
	AggregateBranch *branch =
		&branches->branches[branches->append->as_whichplan];
	TupleTableSlot *slot = branches->row;

	slot_getsomeattrs(row, branch->last);
	econtext->ecxt_outertuple = row;
	ExecClearTuple(slot);
	for (int i = 0; i < branches->ncolumns; i++)
	{
		BranchColumn *column = &branch->columns[i];

		if (column->column >= 0)
		{
			slot->tts_values[i] = row->tts_values[column->column];
			slot->tts_isnull[i] = row->tts_isnull[column->column];
		}
		else if (column->memo != NULL)
			slot->tts_values[i] = remembered_value(column->memo, row, econtext,
												   &slot->tts_isnull[i]);
		else
			slot->tts_values[i] = ExecEvalExpr(column->expression, econtext,
											   &slot->tts_isnull[i]);
	}
	return ExecStoreVirtualTuple(slot);
}
