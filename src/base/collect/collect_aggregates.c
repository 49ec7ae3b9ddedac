/*
 * collect_aggregates.c
 *		Aggregates that an Ecosystem Collect answers itself.
 *
 * A group's joined rows are found and each is added to the states of the
 * aggregates, of which there is one group at a time.  No joined row is put
 * together: what an aggregate is called with is unpacked to where it looks for
 * it, and what is of the outer row alone is evaluated once for it.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_aggregates.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_calls.h"
#include "base/collect/collect_private.h"
#include "base/collect/collect_scan.h"
#include "base/join_columns.h"
#include "base/memory.h"

/* The arguments of a call by what they are made of */
typedef struct CallInputs
{
	int nouter; /* of the outer row: columns and expressions */
	AggregateInput *outer;
	int ncolumns; /* columns of the inner row */
	AggregateInput *columns;
	int nothers; /* expressions that the inner row takes part in */
	AggregateInput *others;
	bool has_outer; /* those of the outer row are there */
} CallInputs;

typedef struct CollectAggregates
{
	int ncalls;
	AggregateCall *calls;
	CallInputs *inputs;
	AggregateValue *values; /* the states of the group */
	AggState *caller;
	ExprState *rowqual;      /* of joined rows */
	ExprContext *outer;      /* of what is evaluated once an outer row */
	TupleTableSlot *answers; /* in place of the joined row */

	/* Where columns of the inner row go, unless something is evaluated of it */
	bool evaluates;
	int nplaces;
	NullableDatum **places;
	bool shows_inner; /* the group shows a column of it */

	/* the first joined row of the group */
	const PackedRow *first_outer;
	const PackedRow *first_inner; /* NULL: none */
	uint64 nrows;

	uint64 largest;
	Size memory; /* of the largest */
} CollectAggregates;

/* ---- begin ---- */

static bool
has_inner_column(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == INNER_VAR;
	return expression_tree_walker(node, has_inner_column, context);
}

static void
begin_inputs(CollectAggregates *aggregates, AggregateCall *call,
			 CallInputs *inputs)
{
	Size room = Max(call->ninputs, 1);

	inputs->outer = allocate_array(room, sizeof(AggregateInput));
	inputs->columns = allocate_array(room, sizeof(AggregateInput));
	inputs->others = allocate_array(room, sizeof(AggregateInput));
	for (int i = 0; i < call->ninputs; i++)
	{
		AggregateInput *input = &call->inputs[i];
		Expr *expr = list_nth_node(TargetEntry, call->aggref->args,
								   input->argument - 1)
						 ->expr;

		if (!has_inner_column((Node *) expr, NULL))
			inputs->outer[inputs->nouter++] = *input;
		else if (input->column >= 0)
			inputs->columns[inputs->ncolumns++] = *input;
		else
			inputs->others[inputs->nothers++] = *input;
	}
	if (inputs->nothers > 0 ||
		has_inner_column((Node *) call->aggref->aggfilter, NULL))
		aggregates->evaluates = true;
}

/*
 * A column that goes to two places is unpacked to slots as well.  One that is
 * widened needs no more: an integer that is unpacked fills a Datum.
 */
static void
begin_places(CollectAggregates *aggregates, int ncolumns)
{
	aggregates->places = allocate_zeros(Max(ncolumns, 1),
										sizeof(NullableDatum *));
	for (int i = 0; i < aggregates->ncalls; i++)
		for (int j = 0; j < aggregates->inputs[i].ncolumns; j++)
		{
			const AggregateInput *input = &aggregates->inputs[i].columns[j];

			if (aggregates->places[input->column] != NULL)
				aggregates->evaluates = true;
			aggregates->places[input->column] =
				&aggregates->calls[i].arguments->args[input->argument];
			aggregates->nplaces = Max(aggregates->nplaces, input->column + 1);
		}
}

void
begin_aggregates(CollectState *state, KeptColumns *kept)
{
	PlanState *ps = &state->css.ss.ps;
	CustomScan *plan = (CustomScan *) ps->plan;
	List *aggrefs = collect_aggregates(plan);
	List *rowquals = collect_rowquals(plan);
	KeptColumns shown = {kept->sources};
	CollectAggregates *aggregates = palloc0(sizeof(CollectAggregates));
	ListCell *cell;

	aggregates->caller = make_calling_node(ps->state, ps->ps_ExprContext);
	aggregates->outer = CreateExprContext(ps->state);
	aggregates->ncalls = list_length(aggrefs);
	aggregates->calls = allocate_zeros(aggregates->ncalls,
									   sizeof(AggregateCall));
	aggregates->inputs = allocate_zeros(aggregates->ncalls,
										sizeof(CallInputs));
	aggregates->values = allocate_zeros(aggregates->ncalls,
										sizeof(AggregateValue));
	aggregates->rowqual =
		ExecInitQual((List *) over_kept_columns((Node *) rowquals, kept), ps);
	aggregates->evaluates = state->joinqual != NULL ||
							aggregates->rowqual != NULL;
	foreach (cell, aggrefs)
	{
		int i = foreach_current_index(cell);

		begin_call(&aggregates->calls[i],
				   (Aggref *) over_kept_columns(lfirst(cell), kept), ps,
				   aggregates->caller, NULL);
		begin_inputs(aggregates, &aggregates->calls[i],
					 &aggregates->inputs[i]);
	}
	begin_places(aggregates, state->inner.shape.ncolumns);
	keep_columns((Node *) plan->scan.plan.targetlist, &shown);
	keep_columns((Node *) plan->scan.plan.qual, &shown);
	aggregates->shows_inner = shown.inner != NIL;

	/* Of the joined row only the answers are ever put together. */
	aggregates->answers = state->css.ss.ss_ScanTupleSlot;
	ExecStoreAllNullTuple(aggregates->answers);
	ps->ps_ExprContext->ecxt_scantuple = aggregates->answers;
	state->aggregates = aggregates;
}

/* ---- rows ---- */

/* Sets arguments of which those by expression are evaluated. */
static inline void
read_inputs(FunctionCallInfo fcinfo, const AggregateInput *inputs, int n,
			TupleTableSlot *row, ExprContext *econtext)
{
	for (int i = 0; i < n; i++)
	{
		const AggregateInput *input = &inputs[i];
		NullableDatum *argument = &fcinfo->args[input->argument];

		if (input->column >= 0)
		{
			argument->value = row->tts_values[input->column];
			argument->isnull = row->tts_isnull[input->column];
		}
		else
			argument->value = ExecEvalExprSwitchContext(input->expression,
														econtext,
														&argument->isnull);
	}
}

static inline bool
is_true(ExprState *condition, ExprContext *econtext)
{
	bool isnull;
	Datum result = ExecEvalExprSwitchContext(condition, econtext, &isnull);

	return !isnull && DatumGetBool(result);
}

static inline bool
has_null(FunctionCallInfo fcinfo)
{
	for (int i = 1; i < fcinfo->nargs; i++)
		if (fcinfo->args[i].isnull)
			return true;
	return false;
}

/* Adds the row that is in the slots, or in its places. */
static inline void
add_row(CollectAggregates *aggregates, ExprContext *econtext)
{
	ExprContext *states = aggregates->caller->curaggcontext;
	MemoryContext caller = MemoryContextSwitchTo(
		econtext->ecxt_per_tuple_memory);

	for (int i = 0; i < aggregates->ncalls; i++)
	{
		AggregateCall *call = &aggregates->calls[i];
		CallInputs *inputs = &aggregates->inputs[i];
		FunctionCallInfo fcinfo = call->arguments;

		if (call->filter != NULL && !is_true(call->filter, econtext))
			continue;
		/* Not before a row is added: there might be an error in it. */
		if (!inputs->has_outer)
			read_inputs(fcinfo, inputs->outer, inputs->nouter,
						econtext->ecxt_outertuple, aggregates->outer);
		inputs->has_outer = true;
		if (aggregates->evaluates)
		{
			read_inputs(fcinfo, inputs->columns, inputs->ncolumns,
						econtext->ecxt_innertuple, econtext);
			read_inputs(fcinfo, inputs->others, inputs->nothers,
						econtext->ecxt_innertuple, econtext);
		}
		if (!call->transition.fn_strict || !has_null(fcinfo))
			advance_value(call, &aggregates->values[i],
						  states->ecxt_per_tuple_memory);
	}
	MemoryContextSwitchTo(caller);
}

/* Tests a joined row and adds it; false: it is none. */
static inline bool
try_row(CollectState *state, const PackedRow *outer, const PackedRow *inner)
{
	PlanState *ps = &state->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;
	CollectAggregates *aggregates = state->aggregates;

	ResetExprContext(econtext);
	if (inner != NULL && state->joinqual != NULL &&
		!ExecQual(state->joinqual, econtext))
	{
		InstrCountFiltered2(ps, 1);
		return false;
	}
	if (aggregates->rowqual != NULL &&
		!ExecQual(aggregates->rowqual, econtext))
		return true;
	if (aggregates->nrows++ == 0)
	{
		aggregates->first_outer = outer;
		aggregates->first_inner = inner;
	}
	add_row(aggregates, econtext);
	return true;
}

/* What is evaluated of an outer row is so when it is first needed. */
static void
begin_outer_row(CollectState *state, const PackedRow *outer)
{
	CollectAggregates *aggregates = state->aggregates;

	load_row(&state->outer, outer);
	ResetExprContext(aggregates->outer);
	for (int i = 0; i < aggregates->ncalls; i++)
		aggregates->inputs[i].has_outer = false;
}

static void
try_inner_row(CollectState *state, const PackedRow *outer,
			  const PackedRow *inner, bool *matched)
{
	CollectAggregates *aggregates = state->aggregates;

	if (aggregates->evaluates)
		load_row(&state->inner, inner);
	else
		unpack_to_places(inner, &state->inner.shape, aggregates->nplaces,
						 aggregates->places);
	*matched |= try_row(state, outer, inner);
}

/* An outer row without a match */
static void
try_null_row(CollectState *state, const PackedRow *outer)
{
	CollectAggregates *aggregates = state->aggregates;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	for (int i = 0; i < aggregates->nplaces; i++)
		if (aggregates->places[i] != NULL)
			*aggregates->places[i] = (NullableDatum){(Datum) 0, true};
	econtext->ecxt_innertuple = state->null_inner;
	try_row(state, outer, NULL);
}

static void
begin_group(CollectAggregates *aggregates)
{
	ExprContext *states = aggregates->caller->curaggcontext;

	/* It calls who wants to know of the end of a group, as core does. */
	ReScanExprContext(states);
	for (int i = 0; i < aggregates->ncalls; i++)
		start_value(&aggregates->calls[i], &aggregates->values[i],
					states->ecxt_per_tuple_memory);
	aggregates->nrows = 0;
}

static void
read_group(CollectState *state, const CollectGroup *group)
{
	CollectAggregates *aggregates = state->aggregates;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	begin_group(aggregates);
	econtext->ecxt_outertuple = aggregates->outer->ecxt_outertuple =
		state->outer.slot;
	for (const PackedRow *outer = group->first; outer != NULL;
		 outer = outer->link.next)
	{
		bool matched = false;

		CHECK_FOR_INTERRUPTS();
		begin_outer_row(state, outer);
		econtext->ecxt_innertuple = state->inner.slot;
		for (const PackedRow *inner = state->table.keys[group->key].first;
			 inner != NULL; inner = inner->link.next)
		{
			CHECK_FOR_INTERRUPTS();
			if (inner->link.next != NULL)
				__builtin_prefetch(inner->link.next);
			try_inner_row(state, outer, inner, &matched);
		}
		if (state->left && !matched)
			try_null_row(state, outer);
	}
	if (aggregates->nrows > aggregates->largest)
	{
		MemoryContext states =
			aggregates->caller->curaggcontext->ecxt_per_tuple_memory;

		aggregates->largest = aggregates->nrows;
		aggregates->memory = Max(aggregates->memory,
								 MemoryContextMemAllocated(states, true));
	}
}

/* ---- groups ---- */

/* What the first of the group's rows says that it shows. */
static void
load_first_row(CollectState *state, const CollectGroup *group)
{
	CollectAggregates *aggregates = state->aggregates;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	/* A single outer row is in its slot. */
	if (group->first->link.next != NULL)
		load_row(&state->outer, aggregates->first_outer);
	if (!aggregates->shows_inner)
		return;
	econtext->ecxt_innertuple = state->null_inner;
	if (aggregates->first_inner != NULL)
	{
		load_row(&state->inner, aggregates->first_inner);
		econtext->ecxt_innertuple = state->inner.slot;
	}
}

static void
answer(CollectAggregates *aggregates, ExprContext *econtext)
{
	TupleTableSlot *answers = aggregates->answers;
	int first = answers->tts_tupleDescriptor->natts - aggregates->ncalls;
	MemoryContext caller = MemoryContextSwitchTo(
		econtext->ecxt_per_tuple_memory);

	for (int i = 0; i < aggregates->ncalls; i++)
		answers->tts_values[first + i] =
			finish_value(&aggregates->calls[i], &aggregates->values[i],
						 &answers->tts_isnull[first + i]);
	MemoryContextSwitchTo(caller);
}

TupleTableSlot *
next_answered_group(CollectState *state)
{
	PlanState *ps = &state->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;
	CollectAggregates *aggregates = state->aggregates;

	while (state->group < state->table.ngroups)
	{
		const CollectGroup *group = take_group(state);

		CHECK_FOR_INTERRUPTS();
		read_group(state, group);
		if (aggregates->nrows == 0)
			continue;
		ResetExprContext(econtext);
		load_first_row(state, group);
		answer(aggregates, econtext);
		if (ps->qual == NULL || ExecQual(ps->qual, econtext))
			return ExecProject(ps->ps_ProjInfo);
		InstrCountFiltered1(ps, 1);
	}
	return NULL;
}

/* ---- and what there was ---- */

void
reset_aggregates(CollectAggregates *aggregates)
{
	ReScanExprContext(aggregates->caller->curaggcontext);
	ReScanExprContext(aggregates->outer);
}

Size
aggregates_memory(const CollectAggregates *aggregates)
{
	return aggregates != NULL ? aggregates->memory : 0;
}
