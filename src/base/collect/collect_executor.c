/*
 * collect_executor.c
 *		Executes an Ecosystem Collect.
 *
 * Both sides are read once, packed, and divided into partitions by the hash of
 * the key, small enough for the cache.  Then, a partition at a time, a table
 * of the outer side's keys is made, the inner rows are listed by key, and the
 * joined rows are passed on group by group.  So no row is looked up in a table
 * larger than the cache, and nothing above need sort or hash what is grouped.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_executor.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/call_permission.h"
#include "base/collect/collect_executor.h"
#include "base/collect/collect_private.h"
#include "base/collect/collect_scan.h"
#include "base/collect/collect_share.h"
#include "base/compat.h"
#include "base/join_columns.h"
#include "base/memory.h"

/* ---- begin and end ---- */

/* Whether values that an operator finds equal are the same Datum. */
static bool
is_bitwise(Oid function)
{
	switch (function)
	{
		case F_INT2EQ:
		case F_INT24EQ:
		case F_INT28EQ:
		case F_INT42EQ:
		case F_INT4EQ:
		case F_INT48EQ:
		case F_INT82EQ:
		case F_INT84EQ:
		case F_INT8EQ:
		case F_OIDEQ:
		case F_DATE_EQ:
			return true;
		default:
			return false;
	}
}

static void
begin_key(CollectColumn *column, Oid operator, bool commuted, Oid collation)
{
	Oid hashes[2];
	Oid equals[2];

	if (!get_op_hash_functions(operator, & hashes[0], &hashes[1]) ||
		!get_compatible_hash_operators(operator, & equals[0], &equals[1]))
		elog(ERROR, "operator %u cannot be hashed", operator);
	check_call_allowed(get_opcode(operator));
	fmgr_info(hashes[commuted ? 1 : 0], &column->hash);
	fmgr_info(hashes[commuted ? 0 : 1], &column->inner_hash);
	fmgr_info(get_opcode(equals[commuted ? 1 : 0]), &column->equal);
	fmgr_info(get_opcode(operator), &column->match);
	column->commuted = commuted;
	column->collation = collation;
	column->bitwise = is_bitwise(column->match.fn_oid) &&
					  is_bitwise(column->equal.fn_oid);
}

static void
begin_detail(CollectColumn *column, Oid operator, Oid collation)
{
	Oid hashes[2];

	if (!get_op_hash_functions(operator, & hashes[0], &hashes[1]))
		elog(ERROR, "operator %u cannot be hashed", operator);
	fmgr_info(hashes[0], &column->hash);
	fmgr_info(get_opcode(operator), &column->equal);
	column->collation = collation;
	column->bitwise = is_bitwise(column->equal.fn_oid);
}

/* What rows are grouped and joined by are their first columns. */
static void
begin_columns(CollectState *state, List *private, KeptColumns *kept)
{
	List *outer_keys = list_nth(private, COLLECT_OUTER_KEYS);
	List *inner_keys = list_nth(private, COLLECT_INNER_KEYS);
	List *details = list_nth(private, COLLECT_DETAILS);
	CollectColumns *columns = &state->columns;
	int room;

	columns->nkeys = list_length(outer_keys);
	columns->ncolumns = columns->nkeys + list_length(details);
	columns->columns = allocate_zeros(columns->ncolumns,
									  sizeof(CollectColumn));
	columns->outer = &state->outer.shape;
	columns->inner = &state->inner.shape;
	columns->bitwise = true;
	for (int i = 0; i < columns->nkeys; i++)
	{
		begin_key(&columns->columns[i],
				  list_nth_oid(list_nth(private, COLLECT_OPERATORS), i),
				  list_nth_int(list_nth(private, COLLECT_COMMUTED), i) != 0,
				  list_nth_oid(list_nth(private, COLLECT_COLLATIONS), i));
		columns->bitwise &= columns->columns[i].bitwise;
		kept->outer = lappend_int(kept->outer, list_nth_int(outer_keys, i));
		kept->inner = lappend_int(kept->inner, list_nth_int(inner_keys, i));
	}
	for (int i = 0; i < list_length(details); i++)
	{
		begin_detail(&columns->columns[columns->nkeys + i],
					 list_nth_oid(list_nth(private, COLLECT_DETAIL_OPERATORS),
								  i),
					 list_nth_oid(list_nth(private, COLLECT_DETAIL_COLLATIONS),
								  i));
		kept->outer = lappend_int(kept->outer, list_nth_int(details, i));
	}
	columns->single = columns->bitwise && columns->nkeys == 1;
	room = columns->ncolumns;
	for (int i = 0; i < 2; i++)
	{
		columns->values[i] = allocate_array(room, sizeof(Datum));
		columns->nulls[i] = allocate_array(room, sizeof(bool));
	}
}

static void
begin_side(CollectSide *side, List *columns, EState *estate)
{
	set_packed_columns(&side->shape, ExecGetResultType(side->plan), columns);
	side->slot = ExecInitExtraTupleSlot(estate, kept_row(side->plan, columns),
										&TTSOpsVirtual);
}

static void
begin_collect(CustomScanState *node, EState *estate, int eflags)
{
	CollectState *state = (CollectState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState *ps = &node->ss.ps;
	List *joinquals = collect_joinquals(plan);
	KeptColumns kept = {list_nth(plan->custom_private, COLLECT_SOURCES)};

	state->left = collect_is_left(plan);

	/* Neither side need be read backwards or from a mark. */
	eflags &= ~(EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK);
	outerPlanState(ps) = ExecInitNode(outerPlan(plan), estate, eflags);
	innerPlanState(ps) = ExecInitNode(innerPlan(plan), estate, eflags);
	state->outer.plan = outerPlanState(ps);
	state->inner.plan = innerPlanState(ps);

	begin_columns(state, plan->custom_private, &kept);
	keep_columns((Node *) plan->scan.plan.targetlist, &kept);
	keep_columns((Node *) plan->scan.plan.qual, &kept);
	keep_columns((Node *) joinquals, &kept);
	keep_columns((Node *) collect_rowquals(plan), &kept);
	keep_columns((Node *) collect_calls(plan), &kept);
	keep_columns((Node *) collect_aggregates(plan), &kept);
	begin_side(&state->outer, kept.outer, estate);
	begin_side(&state->inner, kept.inner, estate);
	state->null_inner = ExecInitNullTupleSlot(
		estate, kept_row(state->inner.plan, kept.inner), &TTSOpsVirtual);
	state->joinqual = begin_join_expressions(node, &kept, joinquals);

	state->context = AllocSetContextCreate(estate->es_query_cxt,
										   "Ecosystem Collect",
										   ALLOCSET_DEFAULT_SIZES);
	state->partition = AllocSetContextCreate(state->context, "partition",
											 ALLOCSET_DEFAULT_SIZES);
	state->columns.scratch = AllocSetContextCreate(state->context, "scratch",
												   ALLOCSET_SMALL_SIZES);
	state->memory.context = state->context;
	if (collect_calls(plan) != NIL)
		begin_calls(state, &kept);
	if (collect_groups(plan) != NIL)
		begin_aggregates(state, &kept);
	state->phase = COLLECT_READ;
}

/* Forgets all rows. */
static void
reset_collect(CollectState *state)
{
	ExecClearTuple(state->outer.slot);
	ExecClearTuple(state->inner.slot);
	forget_partitions(state);
	if (state->calls != NULL)
		reset_calls(state->calls);
	if (state->aggregates != NULL)
		reset_aggregates(state->aggregates);
	if (state->memory.scratch != NULL)
		pfree(state->memory.scratch);
	state->memory.scratch = NULL;
	state->memory.scratch_size = 0;
	state->memory.used = 0;
	state->phase = COLLECT_READ;
}

static void
end_collect(CustomScanState *node)
{
	CollectState *state = (CollectState *) node;

	if (state->context != NULL)
	{
		reset_collect(state);
		MemoryContextDelete(state->context);
	}
	ExecEndNode(outerPlanState(node));
	ExecEndNode(innerPlanState(node));
}

static void
rescan_collect(CustomScanState *node)
{
	CollectState *state = (CollectState *) node;
	PlanState *outer = outerPlanState(node);
	PlanState *inner = innerPlanState(node);

	/* core has handed what changed down to both */
	reset_collect(state);
	if (outer->chgParam == NULL)
		ExecReScan(outer);
	if (inner->chgParam == NULL)
		ExecReScan(inner);
}

/* ---- rows ---- */

/* Goes to the next outer row; false: there is none in this partition. */
static bool
next_outer_row(CollectState *state)
{
	PackedRow *row;

	if (state->current != NULL && state->outer_row == NULL)
		state->current = NULL;
	if (state->current == NULL)
	{
		if (state->group == state->table.ngroups)
			return false;
		state->current = take_group(state);
		state->outer_row = state->current->first;
	}
	row = state->outer_row;
	state->outer_row = row->link.next;
	state->inner_row = state->table.keys[state->current->key].first;
	load_row(&state->outer, row);
	state->loaded = true;
	state->matched = false;
	return true;
}

/* The next joined row of the partition, or NULL. */
static TupleTableSlot *
next_row(CollectState *state)
{
	PlanState *ps = &state->css.ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!state->loaded)
		{
			if (!next_outer_row(state))
				return NULL;
			econtext->ecxt_outertuple = state->outer.slot;
		}
		ResetExprContext(econtext);
		if (state->inner_row != NULL)
		{
			const PackedRow *row = state->inner_row;

			state->inner_row = row->link.next;
			if (state->inner_row != NULL)
				__builtin_prefetch(state->inner_row);
			load_row(&state->inner, row);
			econtext->ecxt_innertuple = state->inner.slot;
			if (state->joinqual != NULL &&
				!ExecQual(state->joinqual, econtext))
			{
				InstrCountFiltered2(ps, 1);
				continue;
			}
			state->matched = true;
		}
		else
		{
			state->loaded = false;
			if (!state->left || state->matched)
				continue;
			econtext->ecxt_innertuple = state->null_inner;
		}
		if (ps->qual == NULL || ExecQual(ps->qual, econtext))
			return ExecProject(ps->ps_ProjInfo);
		InstrCountFiltered1(ps, 1);
	}
}

static TupleTableSlot *
execute_collect(CustomScanState *node)
{
	CollectState *state = (CollectState *) node;
	TupleTableSlot *slot;

	for (;;)
	{
		switch (state->phase)
		{
			case COLLECT_READ:
				read_sides(state);
				state->phase = COLLECT_PARTITION;
				break;
			case COLLECT_PARTITION:
				state->phase = next_partition(state) ? COLLECT_ROWS
													 : COLLECT_DONE;
				break;
			case COLLECT_ROWS:
				slot = state->calls != NULL        ? next_answered_row(state)
					   : state->aggregates != NULL ? next_answered_group(state)
												   : next_row(state);
				if (slot != NULL)
					return slot;
				state->phase = COLLECT_PARTITION;
				break;
			case COLLECT_DONE:
				return ExecClearTuple(node->ss.ps.ps_ResultTupleSlot);
		}
	}
}

/* ---- the node ---- */

static const CustomExecMethods collect_exec_methods = {
	.CustomName = "Ecosystem Collect",
	.BeginCustomScan = begin_collect,
	.ExecCustomScan = execute_collect,
	.EndCustomScan = end_collect,
	.ReScanCustomScan = rescan_collect,
	.EstimateDSMCustomScan = estimate_share,
	.InitializeDSMCustomScan = create_share,
	.ReInitializeDSMCustomScan = reset_share,
	.InitializeWorkerCustomScan = join_share,
	.ShutdownCustomScan = report_share,
	.ExplainCustomScan = explain_collect,
};

/*
 * Calls are shown as what they are here, functions.  Window functions EXPLAIN
 * would look for in a WindowAgg, from PostgreSQL 18 on with an error where
 * there is none.  All that refers to them has been matched by now, and whoever
 * has the plan may see it so.
 */
static void
show_calls(CustomScan *scan)
{
	List *calls = collect_calls(scan);
	int first = list_length(scan->custom_scan_tlist) - list_length(calls);
	ListCell *cell;

	foreach (cell, calls)
		list_nth_node(TargetEntry, scan->custom_scan_tlist,
					  first + foreach_current_index(cell))
			->expr = lfirst(cell);
}

Node *
create_collect_state(CustomScan *scan)
{
	CollectState *state = palloc0(sizeof(CollectState));

	show_calls(scan);
	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &collect_exec_methods;
	return (Node *) state;
}
