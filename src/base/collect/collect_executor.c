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
 * Where both sides do not fit into hash memory, partitions are files, and one
 * is read when its turn comes; one that is too large by itself is divided once
 * more, by further bits of the hash.  Rows of a single key stay together.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_executor.c
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "port/pg_bitutils.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

#include "base/call_permission.h"
#include "base/collect/collect_executor.h"
#include "base/collect/collect_groups.h"
#include "base/compat.h"
#include "base/join_columns.h"
#include "base/memory.h"

/* What a partition had better not exceed: the second level of caches. */
#define PARTITION_BYTES ((Size) 1024 * 1024)
#define MAX_PARTITIONS  256
#define MIN_PARTITIONS  16 /* may be had however little memory there is */
#define HASH_BITS       32

typedef enum CollectPhase
{
	COLLECT_READ,      /* read both sides */
	COLLECT_PARTITION, /* make the next partition's table */
	COLLECT_ROWS,      /* pass on its rows */
	COLLECT_DONE
} CollectPhase;

typedef struct CollectSide
{
	PlanState *plan;
	PackedShape shape;
	TupleTableSlot *slot; /* the columns that are kept */
} CollectSide;

typedef struct Partition
{
	RowPile outer;
	RowPile inner;
	int bits; /* of the hash that all of its rows have in common */
} Partition;

typedef struct CollectState
{
	CustomScanState css;
	bool left; /* outer rows without a match are passed on */
	ExprState *joinqual;
	CollectSide outer;
	CollectSide inner;
	TupleTableSlot *null_inner;
	CollectColumns columns;

	CollectPhase phase;
	MemoryContext context;   /* of the rows */
	MemoryContext partition; /* of the table */
	RowMemory memory;
	Size limit;
	bool to_file;

	/* the partitions, of which the last is next */
	Partition *partitions;
	int npartitions;
	int partitions_room;
	bool is_current; /* the last is that in memory */

	/* where we are in it */
	CollectTable table;
	uint32 group; /* the next */
	const CollectGroup *current;
	PackedRow *outer_row; /* the next */
	PackedRow *inner_row;
	bool loaded; /* an outer row is in its slot, */
	bool matched;

	/* for EXPLAIN */
	uint64 all_groups;
	uint64 all_partitions;
	uint64 batches;
	Size max_memory;
	Size max_disk;
} CollectState;

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
	for (int i = 0; i < columns->nkeys; i++)
	{
		begin_key(&columns->columns[i],
				  list_nth_oid(list_nth(private, COLLECT_OPERATORS), i),
				  list_nth_int(list_nth(private, COLLECT_COMMUTED), i) != 0,
				  list_nth_oid(list_nth(private, COLLECT_COLLATIONS), i));
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
	PackedShape *shape = &side->shape;
	ListCell *cell;

	shape->columns = allocate_array(list_length(columns),
									sizeof(PackedColumn));
	foreach (cell, columns)
		set_packed_column(shape, shape->ncolumns++,
						  ExecGetResultType(side->plan), lfirst_int(cell));
	side->slot = ExecInitExtraTupleSlot(estate, kept_row(side->plan, columns),
										&TTSOpsVirtual);
}

static void
begin_collect(CustomScanState *node, EState *estate, int eflags)
{
	CollectState *state = (CollectState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState *ps = &node->ss.ps;
	List *facts = list_nth(plan->custom_private, COLLECT_FACTS);
	List *joinquals = list_copy_tail(plan->custom_exprs,
									 list_nth_int(facts, COLLECT_FACT_NKEYS));
	KeptColumns kept = {list_nth(plan->custom_private, COLLECT_SOURCES)};

	state->left = list_nth_int(facts, COLLECT_FACT_LEFT) != 0;

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
	state->phase = COLLECT_READ;
}

/* Forgets all rows. */
static void
reset_collect(CollectState *state)
{
	ExecClearTuple(state->outer.slot);
	ExecClearTuple(state->inner.slot);
	for (int i = 0; i < state->npartitions; i++)
	{
		free_pile(&state->memory, &state->partitions[i].outer);
		free_pile(&state->memory, &state->partitions[i].inner);
	}
	if (state->partitions != NULL)
		pfree(state->partitions);
	state->partitions = NULL;
	state->npartitions = state->partitions_room = 0;
	state->is_current = false;
	MemoryContextReset(state->partition);
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

/* ---- partitions ---- */

/* So many more, of rows that have that many bits of their hash in common. */
static Partition *
add_partitions(CollectState *state, int n, int bits)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	Partition *added;

	MAKE_ROOM(state->context, state->partitions, state->partitions_room,
			  state->npartitions + n);
	MemoryContextSwitchTo(caller);
	added = &state->partitions[state->npartitions];
	memset(added, 0, n * sizeof(Partition));
	for (int i = 0; i < n; i++)
		added[i].bits = bits;
	state->npartitions += n;
	return added;
}

/* Which of n partitions, a power of 2, a hash belongs to, by further bits. */
static inline uint32
partition_of(uint32 hash, int bits, int n)
{
	if (n == 1)
		return 0;
	return (uint32) ((uint64) (hash << bits) * n >> HASH_BITS);
}

static double
expected_bytes(const CollectSide *side)
{
	const Plan *plan = side->plan->plan;

	return plan->plan_rows *
		   (MAXALIGN(plan->plan_width) + MAXALIGN(sizeof(PackedRow) + 1));
}

static int
power_of_partitions(double wanted, Size limit)
{
	double most = Min(Max(limit / (4 * BLCKSZ), MIN_PARTITIONS),
					  MAX_PARTITIONS);

	return pg_nextpower2_32((uint32) Max(Min(wanted, most), 1));
}

/* From now on all rows go to files. */
static void
write_partitions(CollectState *state)
{
	for (int i = 0; i < state->npartitions; i++)
	{
		write_pile(&state->memory, &state->partitions[i].outer);
		write_pile(&state->memory, &state->partitions[i].inner);
	}
	state->to_file = true;
}

/* Reads a side, which may find its partitions. */
static void
read_side(CollectState *state, CollectSide *side)
{
	bool inner = side == &state->inner;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	int n = state->npartitions;

	for (;;)
	{
		TupleTableSlot *slot;
		MemoryContext caller;
		Partition *partition;
		uint32 hash;
		bool wanted;

		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(side->plan);
		if (TupIsNull(slot))
			return;
		slot_getsomeattrs(slot, side->shape.last);
		ResetExprContext(econtext);
		caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		wanted = hash_key_of_row(&state->columns, inner, slot->tts_values,
								 slot->tts_isnull, &side->shape,
								 !inner && state->left, &hash);
		MemoryContextSwitchTo(caller);
		if (!wanted)
			continue;
		partition = &state->partitions[partition_of(hash, 0, n)];
		pile_row(&state->memory, inner ? &partition->inner : &partition->outer,
				 state->to_file, &side->shape, slot, hash);
		if (state->memory.used > state->limit && !state->to_file)
			write_partitions(state);
	}
}

static void
read_sides(CollectState *state)
{
	double bytes = expected_bytes(&state->outer) +
				   expected_bytes(&state->inner);
	int n;
	bool found = false;

	state->limit = hash_memory_limit();
	n = power_of_partitions(Max(bytes / PARTITION_BYTES,
								bytes > state->limit ? 2 * bytes / state->limit
													 : 1),
							state->limit);
	state->to_file = false;
	state->memory.used = 0;
	add_partitions(state, n, pg_leftmost_one_pos32(n));
	read_side(state, &state->outer);
	for (int i = 0; i < n && !found; i++)
		found = state->partitions[i].outer.nrows > 0;
	if (found)
		read_side(state, &state->inner);
}

/* ---- one partition ---- */

static void
free_partition(CollectState *state)
{
	Partition *partition = &state->partitions[--state->npartitions];

	free_pile(&state->memory, &partition->outer);
	free_pile(&state->memory, &partition->inner);
}

static void
divide_pile(CollectState *state, RowPile *pile, int first, int n, int bits,
			bool inner)
{
	const PackedRow *row;

	rewind_pile(pile);
	while ((row = next_written_row(&state->memory, pile)) != NULL)
	{
		Partition *part =
			&state->partitions[first +
							   partition_of(row->link.piled.hash, bits, n)];

		CHECK_FOR_INTERRUPTS();
		pile_packed_row(&state->memory, inner ? &part->inner : &part->outer,
						true, row);
	}
	free_pile(&state->memory, pile);
}

/*
 * In place of the last partition come several, of what was in its files.  What
 * does not come apart is of one key, or nearly so, and is not tried again.
 */
static void
divide_partition(CollectState *state, double bytes)
{
	Partition divided = state->partitions[--state->npartitions];
	uint64 nrows = divided.outer.nrows + divided.inner.nrows;
	int n = Max(power_of_partitions(2 * bytes / state->limit, state->limit),
				2);
	int first = state->npartitions;

	if (HASH_BITS - divided.bits < 16)
		n = Min(n, 1 << (HASH_BITS - divided.bits));
	add_partitions(state, n, divided.bits + pg_leftmost_one_pos32(n));
	divide_pile(state, &divided.outer, first, n, divided.bits, false);
	divide_pile(state, &divided.inner, first, n, divided.bits, true);
	for (int i = first; i < state->npartitions; i++)
	{
		Partition *part = &state->partitions[i];

		if (part->outer.nrows + part->inner.nrows == nrows)
			part->bits = HASH_BITS;
	}
}

/* Makes the table of the next partition; false: there is none. */
static bool
next_partition(CollectState *state)
{
	ExecClearTuple(state->outer.slot);
	ExecClearTuple(state->inner.slot);
	state->loaded = false;
	state->current = NULL;
	if (state->is_current)
		free_partition(state);
	state->is_current = false;
	MemoryContextReset(state->partition);
	while (state->npartitions > 0)
	{
		Partition *partition = &state->partitions[state->npartitions - 1];
		bool written = partition->outer.file != NULL ||
					   partition->inner.file != NULL;
		Size bytes = partition->outer.bytes + partition->inner.bytes +
					 collect_table_size(partition->outer.nrows,
										state->columns.ncolumns >
											state->columns.nkeys);
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		if (partition->outer.nrows == 0)
		{
			free_partition(state);
			continue;
		}
		if (written)
		{
			state->max_disk += partition->outer.bytes + partition->inner.bytes;
			if (bytes > state->limit && partition->bits < HASH_BITS)
			{
				divide_partition(state, bytes);
				continue;
			}
			state->batches++;
			read_pile(&state->memory, &partition->outer);
			read_pile(&state->memory, &partition->inner);
		}
		caller = MemoryContextSwitchTo(state->partition);
		build_collect_table(&state->table, &state->columns, &partition->outer,
							&partition->inner);
		MemoryContextSwitchTo(caller);
		state->is_current = true;
		state->group = 0;
		state->all_groups += state->table.ngroups;
		state->all_partitions++;
		state->max_memory = Max(Max(state->max_memory, state->memory.most),
								state->memory.used + state->table.memory);
		return true;
	}
	return false;
}

/* ---- rows ---- */

static inline void
load_row(CollectSide *side, const PackedRow *row)
{
	TupleTableSlot *slot = side->slot;

	ExecClearTuple(slot);
	unpack_row(row, &side->shape, side->shape.ncolumns, slot->tts_values,
			   slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
}

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
		state->current = &state->table.groups[state->group++];
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
				slot = next_row(state);
				if (slot != NULL)
					return slot;
				state->phase = COLLECT_PARTITION;
				break;
			case COLLECT_DONE:
				return ExecClearTuple(node->ss.ps.ps_ResultTupleSlot);
		}
	}
}

/* ---- EXPLAIN ---- */

static void
explain_condition(const char *label, List *quals, PlanState *state,
				  List *ancestors, ExplainState *es)
{
	List *context = set_deparse_context_plan(es->deparse_cxt, state->plan,
											 ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;

	ExplainPropertyText(label,
						deparse_expression((Node *) make_ands_explicit(quals),
										   context, prefix, false),
						es);
}

static void
explain_removed(const char *label, double rows, double loops, ExplainState *es)
{
	if (rows > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyFloat(label, NULL, loops > 0 ? rows / loops : 0, 0, es);
}

static void
explain_collect(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CollectState *state = (CollectState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List *facts = list_nth(plan->custom_private, COLLECT_FACTS);
	int nkeys = list_nth_int(facts, COLLECT_FACT_NKEYS);
	Instrumentation *instrument = node->ss.ps.instrument;
	List *joinquals = list_copy_tail(plan->custom_exprs, nkeys);
	Size memory = (Max(state->max_memory, state->memory.most) + 1023) / 1024;
	Size disk = (state->max_disk + 1023) / 1024;

	ExplainPropertyText("Join Type", state->left ? "Left" : "Inner", es);
	explain_condition("Collect Key",
					  list_truncate(list_copy(plan->custom_exprs), nkeys),
					  &node->ss.ps, ancestors, es);
	if (joinquals != NIL)
	{
		explain_condition("Join Filter", joinquals, &node->ss.ps, ancestors,
						  es);
		if (es->analyze && instrument != NULL)
			explain_removed("Rows Removed by Join Filter",
							instrument->nfiltered2, instrument->nloops, es);
	}
	/* Never executed, or by a worker, whose numbers stay there: not zeros. */
	if (!es->analyze || instrument == NULL || state->limit == 0)
		return;
	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		appendStringInfoSpaces(es->str, es->indent * 2);
		appendStringInfo(es->str,
						 "Groups: " UINT64_FORMAT
						 "  Partitions: " UINT64_FORMAT
						 "  Batches: " UINT64_FORMAT "  Memory Usage: %zukB",
						 state->all_groups, state->all_partitions,
						 Max(state->batches, 1), memory);
		if (disk > 0)
			appendStringInfo(es->str, "  Disk Usage: %zukB", disk);
		appendStringInfoChar(es->str, '\n');
		return;
	}
	ExplainPropertyUInteger("Groups", NULL, state->all_groups, es);
	ExplainPropertyUInteger("Partitions", NULL, state->all_partitions, es);
	ExplainPropertyUInteger("Batches", NULL, Max(state->batches, 1), es);
	ExplainPropertyUInteger("Memory Usage", "kB", memory, es);
	ExplainPropertyUInteger("Disk Usage", "kB", disk, es);
}

static const CustomExecMethods collect_exec_methods = {
	.CustomName = "Ecosystem Collect",
	.BeginCustomScan = begin_collect,
	.ExecCustomScan = execute_collect,
	.EndCustomScan = end_collect,
	.ReScanCustomScan = rescan_collect,
	.ExplainCustomScan = explain_collect,
};

Node *
create_collect_state(CustomScan *scan)
{
	CollectState *state = palloc0(sizeof(CollectState));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &collect_exec_methods;
	return (Node *) state;
}
