/*
 * collect_calls.c
 *		Window functions that an Ecosystem Collect answers itself.
 *
 * A group is gone through twice.  First its joined rows are found and the
 * arguments of the calls are evaluated, those of the outer side once for each
 * of its rows; then the functions look at them all; then the rows are unpacked
 * once more and passed on with their answers.  The packed rows stay where they
 * are: what is kept of a joined row is where its two rows are, and its
 * arguments.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_calls.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/call_permission.h"
#include "base/collect/collect_private.h"
#include "base/collect/collect_scan.h"
#include "base/join_columns.h"
#include "base/memory.h"
#include "base/partition_function.h"

/* How an argument is had of a joined row. */
typedef struct CallArgument
{
	ExprState *expr;
	AttrNumber column; /* or it is just this of one side's; 0: it is not */
	bool of_outer;     /* it takes part */
	bool of_inner;
	bool copied; /* it is made where it will not stay */
	bool byval;
	int16 length;
	int64 room; /* for values of so many rows */
} CallArgument;

typedef struct CollectCall
{
	const PartitionFunction *function;
	void *memory;      /* the function's */
	AttrNumber column; /* of the joined row */
	int nargs;
	CallArgument *how;
	PartitionArgument *arguments; /* of the group */
	void *computed;
} CollectCall;

/* A joined row */
typedef struct JoinedRow
{
	const PackedRow *outer;
	const PackedRow *inner; /* NULL: none */
} JoinedRow;

typedef struct CollectCalls
{
	int ncalls;
	CollectCall *calls;
	MemoryContext context;
	MemoryContext group; /* what is made for one */
	TupleTableSlot *answers;

	/* the group */
	JoinedRow *rows;
	int64 nrows;
	int64 room;
	int64 next;             /* to be passed on */
	const PackedRow *outer; /* in its slot */

	int64 largest;
	Size memory; /* of the largest */
} CollectCalls;

/* ---- begin ---- */

static bool
has_column_of(Node *node, int *side)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == *side;
	return expression_tree_walker(node, has_column_of, side);
}

static void
begin_argument(CallArgument *how, Node *expr, PlanState *ps)
{
	int outer = OUTER_VAR;
	int inner = INNER_VAR;

	how->expr = ExecInitExpr((Expr *) expr, ps);
	how->of_outer = has_column_of(expr, &outer);
	how->of_inner = has_column_of(expr, &inner);
	get_typlenbyval(exprType(expr), &how->length, &how->byval);
	if (IsA(expr, Var))
		how->column = ((Var *) expr)->varattno;
	/* A column stays in its row, a constant in the plan. */
	how->copied = !how->byval && !IsA(expr, Var) && !IsA(expr, Const);
}

static void
begin_call(CollectCall *call, FuncExpr *expr, PlanState *ps, KeptColumns *kept)
{
	ListCell *cell;

	check_call_allowed(expr->funcid);
	call->function = find_partition_function(expr->funcid);
	if (call->function == NULL)
		elog(ERROR, "function %u looks at no partition", expr->funcid);
	if (call->function->begin != NULL)
		call->memory = call->function->begin();
	call->nargs = list_length(expr->args);
	call->how = allocate_zeros(call->nargs, sizeof(CallArgument));
	call->arguments = allocate_zeros(call->nargs, sizeof(PartitionArgument));
	foreach (cell, expr->args)
		begin_argument(&call->how[foreach_current_index(cell)],
					   over_kept_columns(lfirst(cell), kept), ps);
}

void
begin_calls(CollectState *state, KeptColumns *kept)
{
	PlanState *ps = &state->css.ss.ps;
	List *exprs = collect_calls((CustomScan *) ps->plan);
	int first = list_length(kept->sources) - list_length(exprs);
	CollectCalls *calls = palloc0(sizeof(CollectCalls));
	MemoryContext caller;
	ListCell *cell;

	calls->context = AllocSetContextCreate(state->context, "calls",
										   ALLOCSET_DEFAULT_SIZES);
	calls->group = AllocSetContextCreate(calls->context, "group",
										 ALLOCSET_DEFAULT_SIZES);
	calls->ncalls = list_length(exprs);
	caller = MemoryContextSwitchTo(calls->context);
	calls->calls = allocate_zeros(calls->ncalls, sizeof(CollectCall));
	foreach (cell, exprs)
	{
		int i = foreach_current_index(cell);

		calls->calls[i].column = first + i + 1;
		begin_call(&calls->calls[i], lfirst_node(FuncExpr, cell), ps, kept);
	}
	MemoryContextSwitchTo(caller);

	/* Of the joined row only the answers are ever put together. */
	calls->answers = state->css.ss.ss_ScanTupleSlot;
	ExecStoreAllNullTuple(calls->answers);
	ps->ps_ExprContext->ecxt_scantuple = calls->answers;
	state->calls = calls;
}

/* ---- the arguments of a group ---- */

static void
make_argument_room(CollectCalls *calls, CallArgument *how,
				   PartitionArgument *argument, int64 wanted)
{
	int64 room = how->room;

	MAKE_ROOM(calls->context, argument->nulls, room, wanted);
	MAKE_ROOM(calls->context, argument->values, how->room, wanted);
}

static Datum
evaluate(const CallArgument *how, ExprContext *econtext, MemoryContext group,
		 bool *isnull)
{
	Datum value;

	if (how->column != 0)
	{
		TupleTableSlot *slot = how->of_inner ? econtext->ecxt_innertuple
											 : econtext->ecxt_outertuple;

		*isnull = slot->tts_isnull[how->column - 1];
		return slot->tts_values[how->column - 1];
	}
	value = ExecEvalExprSwitchContext(how->expr, econtext, isnull);
	if (how->copied && !*isnull)
	{
		MemoryContext caller = MemoryContextSwitchTo(group);

		value = datumCopy(value, false, how->length);
		MemoryContextSwitchTo(caller);
	}
	return value;
}

/* The row that is in the slots */
static void
add_row(CollectCalls *calls, const PackedRow *outer, const PackedRow *inner,
		ExprContext *econtext)
{
	int64 row = calls->nrows;
	bool again = row > 0 && calls->rows[row - 1].outer == outer;

	MAKE_ROOM(calls->context, calls->rows, calls->room, row + 1);
	calls->rows[row] = (JoinedRow){outer, inner};
	for (int i = 0; i < calls->ncalls; i++)
	{
		CollectCall *call = &calls->calls[i];

		for (int j = 0; j < call->nargs; j++)
		{
			CallArgument *how = &call->how[j];
			PartitionArgument *argument = &call->arguments[j];

			if (row > 0 && argument->single)
				continue;
			if (row >= how->room)
				make_argument_room(calls, how, argument, row + 1);
			if (again && !how->of_inner)
			{
				argument->values[row] = argument->values[row - 1];
				argument->nulls[row] = argument->nulls[row - 1];
				continue;
			}
			argument->values[row] = evaluate(how, econtext, calls->group,
											 &argument->nulls[row]);
		}
	}
	calls->nrows++;
}

/* Tests a joined row, with what is in the slots, and adds it. */
static bool
try_row(CollectState *state, const PackedRow *outer, const PackedRow *inner)
{
	PlanState *ps = &state->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;

	ResetExprContext(econtext);
	if (inner != NULL && state->joinqual != NULL &&
		!ExecQual(state->joinqual, econtext))
	{
		InstrCountFiltered2(ps, 1);
		return false;
	}
	if (ps->qual == NULL || ExecQual(ps->qual, econtext))
		add_row(state->calls, outer, inner, econtext);
	else
		InstrCountFiltered1(ps, 1);
	return true;
}

static void
read_group(CollectState *state, const CollectGroup *group)
{
	CollectCalls *calls = state->calls;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	bool one = group->first->link.next == NULL;

	MemoryContextReset(calls->group);
	calls->nrows = calls->next = 0;
	for (int i = 0; i < calls->ncalls; i++)
		for (int j = 0; j < calls->calls[i].nargs; j++)
		{
			const CallArgument *how = &calls->calls[i].how[j];

			calls->calls[i].arguments[j].single = !how->of_inner &&
												  (one || !how->of_outer);
		}
	econtext->ecxt_outertuple = state->outer.slot;
	for (const PackedRow *outer = group->first; outer != NULL;
		 outer = outer->link.next)
	{
		bool matched = false;

		CHECK_FOR_INTERRUPTS();
		load_row(&state->outer, outer);
		calls->outer = outer;
		econtext->ecxt_innertuple = state->inner.slot;
		for (const PackedRow *inner = state->table.keys[group->key].first;
			 inner != NULL; inner = inner->link.next)
		{
			CHECK_FOR_INTERRUPTS();
			if (inner->link.next != NULL)
				__builtin_prefetch(inner->link.next);
			load_row(&state->inner, inner);
			matched |= try_row(state, outer, inner);
		}
		if (state->left && !matched)
		{
			econtext->ecxt_innertuple = state->null_inner;
			try_row(state, outer, NULL);
		}
	}
}

static void
compute(CollectCalls *calls)
{
	MemoryContext caller = MemoryContextSwitchTo(calls->group);

	for (int i = 0; i < calls->ncalls; i++)
	{
		CollectCall *call = &calls->calls[i];
		PartitionRows rows = {calls->nrows, call->arguments};

		call->computed = call->function->compute(call->memory, &rows);
	}
	MemoryContextSwitchTo(caller);
	if (calls->nrows > calls->largest)
	{
		calls->largest = calls->nrows;
		calls->memory = Max(calls->memory,
							MemoryContextMemAllocated(calls->context, true));
	}
}

/* ---- its rows ---- */

static void
answer(CollectCalls *calls, int64 row, ExprContext *econtext)
{
	MemoryContext caller = MemoryContextSwitchTo(
		econtext->ecxt_per_tuple_memory);

	for (int i = 0; i < calls->ncalls; i++)
	{
		const CollectCall *call = &calls->calls[i];
		bool isnull = false;

		calls->answers->tts_values[call->column - 1] =
			call->function->answer(call->computed, row, &isnull);
		calls->answers->tts_isnull[call->column - 1] = isnull;
	}
	MemoryContextSwitchTo(caller);
}

TupleTableSlot *
next_answered_row(CollectState *state)
{
	PlanState *ps = &state->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;
	CollectCalls *calls = state->calls;
	const JoinedRow *row;

	CHECK_FOR_INTERRUPTS();
	while (calls->next == calls->nrows)
	{
		if (state->group == state->table.ngroups)
			return NULL;
		read_group(state, take_group(state));
		if (calls->nrows > 0)
			compute(calls);
	}
	ResetExprContext(econtext);
	row = &calls->rows[calls->next];
	if (row->outer != calls->outer)
		load_row(&state->outer, row->outer);
	calls->outer = row->outer;
	if (row->inner != NULL)
		load_row(&state->inner, row->inner);
	econtext->ecxt_innertuple = row->inner != NULL ? state->inner.slot
												   : state->null_inner;
	answer(calls, calls->next++, econtext);
	return ExecProject(ps->ps_ProjInfo);
}

/* ---- and what there was ---- */

void
reset_calls(CollectCalls *calls)
{
	MemoryContextReset(calls->group);
	calls->nrows = calls->next = 0;
	calls->outer = NULL;
}

Size
calls_memory(const CollectCalls *calls)
{
	return calls != NULL ? calls->memory : 0;
}
