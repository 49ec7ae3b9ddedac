/*
 * aggregate_executor.c
 *		Executes an Ecosystem Aggregate.
 *
 * Every row of the outer plan goes to the group of its keys, whose states it
 * advances.  Where the groups do not fit into hash memory, rows of groups that
 * are not in the table yet are written to partitions by the hash of their keys,
 * and once the groups that are have been returned, each partition is read as
 * the plan was, and may be divided once more.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_executor.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_executor.h"
#include "base/aggregate/aggregate_private.h"
#include "base/aggregate/aggregate_share.h"
#include "base/aggregate/aggregate_team.h"
#include "base/compat.h"
#include "base/memory.h"

/* ---- begin and end ---- */

static bool
note_columns(Node *node, Bitmapset **columns)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) && ((Var *) node)->varno == OUTER_VAR)
		*columns = bms_add_member(*columns, ((Var *) node)->varattno);
	return expression_tree_walker(node, note_columns, columns);
}

static void
begin_keys(AggregateNode *node, List *keys)
{
	ListCell *cell;

	node->nkeys = list_length(keys);
	node->sources = allocate_zeros(node->nkeys, sizeof(KeySource));
	node->keys = allocate_zeros(node->nkeys, sizeof(GroupKey));
	node->values = allocate_zeros(node->nkeys, sizeof(Datum));
	foreach (cell, keys)
	{
		int i = foreach_current_index(cell);
		Expr *expr = lfirst(cell);
		KeySource *source = &node->sources[i];

		get_typlenbyval(exprType((Node *) expr), &source->length,
						&source->byval);
		node->keys[i] = (GroupKey){source->length, source->byval};
		source->column = -1;
		if (IsA(expr, Var))
		{
			source->column = ((Var *) expr)->varattno - 1;
			continue;
		}
		source->expression = ExecInitExpr(expr, &node->css.ss.ps);
		source->memo = make_key_memo(expr, &node->css.ss.ps, node->context);
	}
}

/* A row that is written: the keys, and the columns that aggregates need */
static void
begin_packed_rows(AggregateNode *node, List *keys, List *aggrefs,
				  EState *estate)
{
	TupleDesc outer = node->branches == NULL
						  ? ExecGetResultType(outerPlanState(node))
						  : row_of_branches(node->branches);
	Bitmapset *needed = NULL;
	Bitmapset *read = NULL;
	List *numbers = NIL;
	TupleDesc row;
	int column = -1;
	ListCell *cell;

	note_columns((Node *) aggrefs, &needed);
	note_columns((Node *) keys, &read);
	read = bms_add_members(read, needed);
	while ((column = bms_next_member(read, column)) >= 0)
		node->last = column;

	row = CreateTemplateTupleDesc(node->nkeys + bms_num_members(needed));
	node->columns = allocate_zeros(Max(row->natts, 1), sizeof(AttrNumber));
	foreach (cell, keys)
		TupleDescInitEntry(row, foreach_current_index(cell) + 1, NULL,
						   exprType(lfirst(cell)), exprTypmod(lfirst(cell)),
						   0);
	column = -1;
	while ((column = bms_next_member(needed, column)) >= 0)
	{
		node->columns[node->ncolumns++] = column;
		TupleDescCopyEntry(row, node->nkeys + node->ncolumns, outer, column);
	}
	for (int i = 0; i < row->natts; i++)
		numbers = lappend_int(numbers, i + 1);
	set_packed_columns(&node->shape, row, numbers);
	node->packed = ExecInitExtraTupleSlot(estate, row, &TTSOpsVirtual);
	node->input = ExecInitExtraTupleSlot(estate, outer, &TTSOpsVirtual);
	ExecStoreAllNullTuple(node->input);
}

static void
begin_aggregate(CustomScanState *css, EState *estate, int eflags)
{
	AggregateNode *node = (AggregateNode *) css;
	CustomScan *plan = (CustomScan *) css->ss.ps.plan;
	PlanState *ps = &css->ss.ps;
	List *keys = list_nth(plan->custom_private, AGGREGATE_KEYS);
	List *aggrefs = list_nth(plan->custom_private, AGGREGATE_CALLS);
	List *branches = list_nth(plan->custom_private, AGGREGATE_BRANCHES);
	ListCell *cell;

	/* The outer plan is read once, whatever is read of us. */
	eflags &= ~(EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK);
	outerPlanState(ps) = ExecInitNode(outerPlan(plan), estate, eflags);
	/* Expressions are evaluated over its rows, and those read again. */
	ps->outeropsset = true;
	ps->outeropsfixed = false;

	node->context = AllocSetContextCreate(estate->es_query_cxt,
										  "Ecosystem Aggregate",
										  ALLOCSET_DEFAULT_SIZES);
	node->memory.context = node->context;
	node->remembered = AllocSetContextCreate(node->context, "remembered",
											 ALLOCSET_START_SMALL_SIZES);
	if (branches != NIL)
		node->branches = begin_branches(ps, outerPlanState(ps), branches,
										node->remembered);
	node->caller = make_calling_node(estate, ps->ps_ExprContext);
	node->calls = allocate_zeros(list_length(aggrefs), sizeof(AggregateCall));
	foreach (cell, aggrefs)
		begin_call(&node->calls[node->ncalls++], lfirst_node(Aggref, cell), ps,
				   node->caller, node->remembered);
	begin_waiting_rows(node);
	begin_keys(node, keys);
	begin_packed_rows(node, keys, aggrefs, estate);
	if (plan->scan.plan.parallel_aware && keys != NIL)
		plan_share(node, keys, estate);
	begin_group_table(&node->table, node->keys, node->nkeys, node->ncalls,
					  AllocSetContextCreate(estate->es_query_cxt, "groups",
											ALLOCSET_DEFAULT_SIZES));
	node->phase = AGGREGATE_READ;
}

static void
reset_aggregate(AggregateNode *node)
{
	ExecClearTuple(node->css.ss.ss_ScanTupleSlot);
	forget_groups(node);
	for (int i = 0; i < node->npartitions; i++)
		end_partition(node, &node->partitions[i]);
	node->npartitions = node->nspills = 0;
	node->bits = 0;
	for (int i = 0; i < node->nkeys; i++)
		if (node->sources[i].memo != NULL)
			reset_key_memo(node->sources[i].memo);
	end_share(node);
	for (int i = 0; i < node->ncalls; i++)
		reset_inputs(&node->calls[i]);
	if (node->branches != NULL)
		reset_branches(node->branches);
	node->phase = AGGREGATE_READ;
}

static void
end_aggregate(CustomScanState *css)
{
	AggregateNode *node = (AggregateNode *) css;

	reset_aggregate(node);
	ExecEndNode(outerPlanState(css));
}

static void
rescan_aggregate(CustomScanState *css)
{
	AggregateNode *node = (AggregateNode *) css;
	PlanState *outer = outerPlanState(css);

	/* Groups that are all there are returned again. */
	if (!css->ss.ps.plan->parallel_aware && css->ss.ps.chgParam == NULL &&
		outer->chgParam == NULL && node->phase != AGGREGATE_READ &&
		node->numbers.batches == 1)
	{
		ExecClearTuple(css->ss.ss_ScanTupleSlot);
		node->next = 0;
		node->phase = AGGREGATE_GROUPS;
		return;
	}
	reset_aggregate(node);
	if (outer->chgParam == NULL)
		ExecReScan(outer);
}

/* ---- rows ---- */

/* The keys of a row; a bit is set for each that is null. */
static inline uint32
read_keys(AggregateNode *node, TupleTableSlot *row, ExprContext *econtext)
{
	uint32 nulls = 0;

	for (int i = 0; i < node->nkeys; i++)
	{
		const KeySource *source = &node->sources[i];
		bool isnull;
		Datum key;

		if (source->column >= 0)
		{
			key = row->tts_values[source->column];
			isnull = row->tts_isnull[source->column];
		}
		else if (source->memo != NULL &&
				 !row->tts_isnull[source->memo->column])
			key = remembered_key(source->memo,
								 row->tts_values[source->memo->column],
								 econtext, &isnull);
		else
			key = ExecEvalExpr(source->expression, econtext, &isnull);
		if (isnull)
		{
			nulls |= (uint32) 1 << i;
			key = (Datum) 0;
		}
		else if (!source->byval)
		{
			if (source->length == -1)
				key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
		}
		/* Bits beyond the type's are of no meaning. */
		else if (source->length == sizeof(int32))
			key = Int32GetDatum(DatumGetInt32(key));
		else if (source->length == sizeof(int16))
			key = Int16GetDatum(DatumGetInt16(key));
		else if (source->length == 1)
			key = CharGetDatum(DatumGetChar(key));
		node->values[i] = key;
	}
	return nulls;
}

/* Adds a row to its group, or writes it. */
static inline void
add_row(AggregateNode *node, TupleTableSlot *row, uint32 nulls, uint32 hash,
		ExprContext *econtext)
{
	GroupTable *table = &node->table;
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	uint32 number = group_of_keys(node, nulls, hash);

	if (unlikely(number == NO_GROUP))
	{
		if (node->full && node->share.piles != NULL)
			write_groups(node);
		else if (node->full)
		{
			spill_row(node, row, nulls, hash);
			return;
		}
		number = begin_group(node, nulls, hash);
	}
	for (int i = 0; i < node->ncalls; i++)
	{
		AggregateCall *call = &node->calls[i];

		if (!read_arguments(call, row, econtext) ||
			(call->batch != NULL && batch_row(node, call, number)))
			continue;
		advance_value(call,
					  &values_of_group(table, nth_group(table, number))[i],
					  states);
	}
}

static void
end_of_input(AggregateNode *node)
{
	/* Without keys there is a group, of no rows too. */
	if (node->nkeys == 0 && node->table.ngroups == 0)
		begin_group(node, 0, 0);
	add_waiting_rows(node);
	note_memory(node);
	forget_waiting_rows(node);
	node->numbers.groups += node->table.ngroups;
	node->numbers.batches++;
	node->nspills = 0;
	node->next = 0;
	node->phase = AGGREGATE_GROUPS;
}

static void
read_rows(AggregateNode *node)
{
	PlanState *outer = outerPlanState(node);
	ExprContext *econtext = node->css.ss.ps.ps_ExprContext;
	MemoryContext caller = CurrentMemoryContext;
	uint32 hash = 0;

	for (;;)
	{
		TupleTableSlot *row;
		uint32 nulls;

		CHECK_FOR_INTERRUPTS();
		row = ExecProcNode(outer);
		if (TupIsNull(row))
			break;
		ResetExprContext(econtext);
		MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		if (node->branches != NULL)
			row = row_of_branch(node->branches, row, econtext);
		slot_getsomeattrs(row, node->last);
		econtext->ecxt_outertuple = row;
		nulls = read_keys(node, row, econtext);
		if (node->nkeys > 0)
			hash = hash_keys(&node->table, node->values, nulls);
		add_row(node, row, nulls, hash, econtext);
		MemoryContextSwitchTo(caller);
	}
}

static void
read_outer_plan(AggregateNode *node)
{
	CustomScan *plan = (CustomScan *) node->css.ss.ps.plan;

	node->limit = hash_memory_limit();
	node->expected = intVal(list_nth(plan->custom_private, AGGREGATE_COUNT));
	if (node->share.all == NULL)
	{
		node->numbers.batches = 0;
		read_rows(node);
		end_of_input(node);
		return;
	}
	if (begin_writing_groups(node))
	{
		read_rows(node);
		end_writing_groups(node);
	}
	node->phase = AGGREGATE_PARTITION;
}

/* Of a team, which has one result for one of its members to return */
static void
read_share(AggregateNode *node)
{
	if (!begin_share_of_rows(node))
	{
		node->phase = AGGREGATE_DONE;
		return;
	}
	read_outer_plan(node);
	if (end_share_of_rows(node))
		note_memory(node);
	else
		node->phase = AGGREGATE_DONE;
}

/* Reads the next partition, or finds that there is none. */
static void
read_partition(AggregateNode *node)
{
	ExprContext *econtext = node->css.ss.ps.ps_ExprContext;
	TupleTableSlot *packed = node->packed;
	TupleTableSlot *input = node->input;
	Partition partition;
	const PackedRow *row;

	forget_groups(node);
	while (node->npartitions > 0 &&
		   node->partitions[node->npartitions - 1].rows.nrows == 0)
		end_partition(node, &node->partitions[--node->npartitions]);
	if (node->npartitions == 0)
	{
		if (read_shared_groups(node))
			end_of_input(node);
		else
			node->phase = AGGREGATE_DONE;
		return;
	}
	partition = node->partitions[--node->npartitions];
	node->bits = partition.bits;
	node->expected = Min(estimateHyperLogLog(&partition.groups),
						 (double) partition.rows.nrows);
	node->numbers.disk += partition.rows.bytes;
	rewind_pile(&partition.rows);
	while ((row = next_written_row(&node->memory, &partition.rows)) != NULL)
	{
		MemoryContext caller;
		uint32 nulls = 0;
		uint32 hash = row->link.piled.hash;

		CHECK_FOR_INTERRUPTS();
		if (node->share.combines)
		{
			combine_row(node, row);
			continue;
		}
		ResetExprContext(econtext);
		caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		unpack_row(row, &node->shape, node->shape.ncolumns, packed->tts_values,
				   packed->tts_isnull);
		for (int i = 0; i < node->nkeys; i++)
		{
			node->values[i] = packed->tts_values[i];
			nulls |= (uint32) packed->tts_isnull[i] << i;
		}
		for (int i = 0; i < node->ncolumns; i++)
		{
			int at = node->columns[i] - 1;

			input->tts_values[at] = packed->tts_values[node->nkeys + i];
			input->tts_isnull[at] = packed->tts_isnull[node->nkeys + i];
		}
		econtext->ecxt_outertuple = input;
		add_row(node, input, nulls, hash, econtext);
		MemoryContextSwitchTo(caller);
	}
	end_partition(node, &partition);
	end_of_input(node);
}

/* The next group that HAVING lets pass, or NULL. */
static TupleTableSlot *
next_group(AggregateNode *node)
{
	PlanState *ps = &node->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;
	TupleTableSlot *slot = node->css.ss.ss_ScanTupleSlot;

	while (node->next < node->table.ngroups)
	{
		AggregateGroup *group = nth_group(&node->table, node->next++);
		AggregateValue *values = values_of_group(&node->table, group);
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		ExecClearTuple(slot);
		for (int i = 0; i < node->nkeys; i++)
		{
			slot->tts_values[i] = group->keys[i];
			slot->tts_isnull[i] = (group->nulls >> i & 1) != 0;
		}
		caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		for (int i = 0; i < node->ncalls; i++)
			slot->tts_values[node->nkeys + i] =
				finish_value(&node->calls[i], &values[i],
							 &slot->tts_isnull[node->nkeys + i]);
		MemoryContextSwitchTo(caller);
		ExecStoreVirtualTuple(slot);
		econtext->ecxt_scantuple = slot;
		if (ps->qual != NULL && !ExecQual(ps->qual, econtext))
		{
			InstrCountFiltered1(ps, 1);
			continue;
		}
		return ps->ps_ProjInfo == NULL ? slot : ExecProject(ps->ps_ProjInfo);
	}
	return NULL;
}

static TupleTableSlot *
execute_aggregate(CustomScanState *css)
{
	AggregateNode *node = (AggregateNode *) css;
	TupleTableSlot *slot;

	for (;;)
	{
		switch (node->phase)
		{
			case AGGREGATE_READ:
				if (node->team == NULL)
					read_outer_plan(node);
				else
					read_share(node);
				break;
			case AGGREGATE_GROUPS:
				slot = next_group(node);
				if (slot != NULL)
					return slot;
				/* What there is may be asked for again. */
				node->phase = node->npartitions > 0 || node->share.all != NULL
								  ? AGGREGATE_PARTITION
								  : AGGREGATE_DONE;
				break;
			case AGGREGATE_PARTITION:
				read_partition(node);
				break;
			case AGGREGATE_DONE:
				return NULL;
		}
	}
}

static const CustomExecMethods aggregate_exec_methods = {
	.CustomName = "Ecosystem Aggregate",
	.BeginCustomScan = begin_aggregate,
	.ExecCustomScan = execute_aggregate,
	.EndCustomScan = end_aggregate,
	.ReScanCustomScan = rescan_aggregate,
	.EstimateDSMCustomScan = estimate_aggregate_share,
	.InitializeDSMCustomScan = create_aggregate_share,
	.ReInitializeDSMCustomScan = reset_aggregate_share,
	.InitializeWorkerCustomScan = join_aggregate_share,
	.ShutdownCustomScan = report_aggregate_share,
	.ExplainCustomScan = explain_aggregate,
};

/* Without keys */
static const CustomExecMethods whole_exec_methods = {
	.CustomName = "Ecosystem Aggregate",
	.BeginCustomScan = begin_aggregate,
	.ExecCustomScan = execute_aggregate,
	.EndCustomScan = end_aggregate,
	.ReScanCustomScan = rescan_aggregate,
	.EstimateDSMCustomScan = estimate_team,
	.InitializeDSMCustomScan = create_team,
	.ReInitializeDSMCustomScan = reset_team,
	.InitializeWorkerCustomScan = join_team,
	.ShutdownCustomScan = leave_team,
	.ExplainCustomScan = explain_aggregate,
};

Node *
create_aggregate_state(CustomScan *scan)
{
	AggregateNode *node = palloc0(sizeof(AggregateNode));

	NodeSetTag(node, T_CustomScanState);
	node->css.methods = list_nth(scan->custom_private, AGGREGATE_KEYS) == NIL
							? &whole_exec_methods
							: &aggregate_exec_methods;
	return (Node *) node;
}
