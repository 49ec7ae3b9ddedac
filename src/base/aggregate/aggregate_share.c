/*
 * aggregate_share.c
 *		An Ecosystem Aggregate that the processes of a query do together.
 *
 * Each process groups its share of the rows, and writes the states of its
 * groups into the same partitions, by the hash of the keys.  When all have,
 * each takes a partition after another, and makes one state of what all have of
 * a group.  So every group is in one process whole, nothing above need combine
 * any, and what it is shown by is computed by all of them.
 *
 * Where groups do not fit into memory a process writes what it has, and begins
 * anew: a group has several states then.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_share.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "port/pg_bitutils.h"
#include "storage/spin.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_combine.h"
#include "base/aggregate/aggregate_partitions.h"
#include "base/aggregate/aggregate_share.h"
#include "base/compat.h"
#include "base/memory.h"

struct AggregateShare
{
	slock_t lock;
	AggregateNumbers numbers;
};

#define PILES_OF(all) \
	((SharedPiles *) ((char *) (all) + MAXALIGN(sizeof(AggregateShare))))

/* As many for each process that none has much to wait for at the end */
#define PILES_A_MEMBER 8

/* A part of the memory, for what is written */
#define WRITING_PART 4

/* ---- setting up ---- */

static int
piles_for(int nmembers)
{
	return Min(pg_nextpower2_32(nmembers * PILES_A_MEMBER),
			   most_partitions(hash_memory_limit()));
}

Size
estimate_aggregate_share(CustomScanState *css, ParallelContext *workers)
{
	int nmembers = workers->nworkers + 1;

	return add_size(MAXALIGN(sizeof(AggregateShare)),
					shared_piles_size(nmembers, piles_for(nmembers)));
}

/* Memory is that of all at a time: of what is done again it is the most. */
static void
keep_memory(AggregateNode *node, Size others)
{
	node->share.memory_before = Max(node->share.memory_before,
									node->numbers.memory + others);
	node->numbers.memory = 0;
}

void
create_aggregate_share(CustomScanState *css, ParallelContext *workers,
					   void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateShare *all = place;

	/* Without a segment there are no workers either, and no shared files. */
	if (workers->seg == NULL)
		return;
	SpinLockInit(&all->lock);
	all->numbers = (AggregateNumbers){0};
	keep_memory(node, 0);
	create_shared_piles(PILES_OF(all), workers,
						piles_for(workers->nworkers + 1));
	become_member(&node->share.member, PILES_OF(all), 0, node->context);
	node->share.all = all;
	node->share.reported = false;
}

/* For what is done again; rescan_aggregate() does the rest. */
void
reset_aggregate_share(CustomScanState *css, ParallelContext *workers,
					  void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateShare *all = place;

	if (workers->seg == NULL)
		return;
	close_piles(&node->share.member);
	reset_shared_piles(PILES_OF(all));
	/* What was reported is what we have so far, and is reported again. */
	if (node->share.reported)
		all->numbers = (AggregateNumbers){0};
	keep_memory(node, all->numbers.memory);
	all->numbers.memory = 0;
	node->share.all = all;
	node->share.reported = false;
}

void
join_aggregate_share(CustomScanState *css, shm_toc *toc, void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateShare *all = place;

	attach_to_piles(&node->share.member, PILES_OF(all), node->context);
	node->share.all = all;
	node->share.reported = false;
}

/* What is written of a group: its keys and states */
void
plan_share(AggregateNode *node, List *keys, EState *estate)
{
	TupleDesc row = CreateTemplateTupleDesc(node->nkeys + node->ncalls);
	List *numbers = NIL;
	ListCell *cell;

	foreach (cell, keys)
		TupleDescInitEntry(row, foreach_current_index(cell) + 1, NULL,
						   exprType(lfirst(cell)), exprTypmod(lfirst(cell)),
						   0);
	for (int i = 0; i < node->ncalls; i++)
	{
		begin_combining(&node->calls[i], node->caller);
		TupleDescInitEntry(row, node->nkeys + i + 1, NULL,
						   type_of_sent_state(&node->calls[i]), -1, 0);
	}
	for (int i = 0; i < row->natts; i++)
		numbers = lappend_int(numbers, i + 1);
	set_packed_columns(&node->share.shape, row, numbers);
	node->share.row = ExecInitExtraTupleSlot(estate, row, &TTSOpsVirtual);
	node->share.scratch = AllocSetContextCreate(node->context, "states",
												ALLOCSET_DEFAULT_SIZES);
}

/* What was begun is not gone on with. */
void
end_share(AggregateNode *node)
{
	node->share.combines = false;
	if (node->share.piles == NULL)
		return;
	for (int i = 0; i < shared_npiles(&node->share.member); i++)
		free_pile(&node->memory, &node->share.piles[i]);
	pfree(node->share.piles);
	node->share.piles = NULL;
	node->memory.write = NULL;
}

/* ---- writing ---- */

static void
write_block(RowMemory *memory, RowPile *pile)
{
	AggregateNode *node = memory->writer;

	write_shared_block(&node->share.member, pile, pile - node->share.piles);
}

bool
begin_writing_groups(AggregateNode *node)
{
	PilesMember *member = &node->share.member;

	if (!begin_to_write(member, &node->memory, node->limit / WRITING_PART))
		return false;
	node->share.piles = MemoryContextAllocZero(node->context,
											   shared_npiles(member) *
												   sizeof(RowPile));
	node->memory.writer = node;
	node->memory.write = write_block;
	return true;
}

void
write_groups(AggregateNode *node)
{
	TupleTableSlot *row = node->share.row;
	int npiles = shared_npiles(&node->share.member);
	MemoryContext caller = CurrentMemoryContext;

	add_waiting_rows(node);
	note_memory(node);
	for (uint32 i = 0; i < node->table.ngroups; i++)
	{
		const AggregateGroup *group = nth_group(&node->table, i);
		AggregateValue *values = values_of_group(&node->table,
												 nth_group(&node->table, i));

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(node->share.scratch);
		MemoryContextSwitchTo(node->share.scratch);
		ExecClearTuple(row);
		for (int j = 0; j < node->nkeys; j++)
		{
			row->tts_values[j] = group->keys[j];
			row->tts_isnull[j] = (group->nulls >> j & 1) != 0;
		}
		for (int j = 0; j < node->ncalls; j++)
			row->tts_values[node->nkeys + j] =
				state_to_send(&node->calls[j], &values[j],
							  &row->tts_isnull[node->nkeys + j]);
		ExecStoreVirtualTuple(row);
		pile_row(&node->memory,
				 &node->share.piles[partition_of_hash(group->hash, 0, npiles)],
				 false, &node->share.shape, row, group->hash);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(node->share.scratch);
	node->numbers.batches++;
	forget_groups(node);
}

void
end_writing_groups(AggregateNode *node)
{
	PilesMember *member = &node->share.member;

	write_groups(node);
	for (int i = 0; i < shared_npiles(member); i++)
		if (node->share.piles[i].last != NULL)
			write_block(&node->memory, &node->share.piles[i]);
	end_share(node);
	node->numbers.disk += (Size) member->pages * BLCKSZ;
	end_writing(member, &node->memory);
}

/* ---- reading ---- */

void
combine_row(AggregateNode *node, const PackedRow *row)
{
	TupleTableSlot *slot = node->share.row;
	ExprContext *econtext = node->css.ss.ps.ps_ExprContext;
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	MemoryContext caller;
	AggregateValue *values;
	uint32 hash = row->link.piled.hash;
	uint32 nulls = 0;
	uint32 number;

	CHECK_FOR_INTERRUPTS();
	unpack_row(row, &node->share.shape, node->share.shape.ncolumns,
			   slot->tts_values, slot->tts_isnull);
	for (int i = 0; i < node->nkeys; i++)
	{
		node->values[i] = slot->tts_values[i];
		nulls |= (uint32) slot->tts_isnull[i] << i;
	}
	number = group_of_keys(node, nulls, hash);
	if (number == NO_GROUP)
	{
		if (node->full)
		{
			spill_packed_row(node, row);
			return;
		}
		number = begin_group(node, nulls, hash);
	}
	values = values_of_group(&node->table, nth_group(&node->table, number));
	ResetExprContext(econtext);
	caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	for (int i = 0; i < node->ncalls; i++)
		add_sent_state(&node->calls[i], &values[i],
					   slot->tts_values[node->nkeys + i],
					   slot->tts_isnull[node->nkeys + i], states);
	MemoryContextSwitchTo(caller);
}

static void
see_row(void *context, const PackedRow *row)
{
	combine_row(context, row);
}

bool
read_shared_groups(AggregateNode *node)
{
	PilesMember *member = &node->share.member;
	int npiles;
	int number;

	if (node->share.all == NULL)
		return false;
	npiles = shared_npiles(member);
	node->share.combines = true;
	while ((number = take_number(member, npiles)) >= 0)
	{
		PileSize size = size_of_pile(member, number);

		if (size.nrows == 0)
			continue;
		node->bits = pg_leftmost_one_pos32(npiles);
		node->expected = size.nrows;
		see_shared_pile(member, &node->memory, number, see_row, node);
		return true;
	}
	return false;
}

/* ---- the end ---- */

/* At the end of the query, for EXPLAIN: the numbers of all */
void
report_aggregate_share(CustomScanState *css)
{
	AggregateNode *node = (AggregateNode *) css;
	ShareOfGroups *share = &node->share;
	AggregateShare *all = share->all;
	bool leader;

	if (all == NULL || share->reported)
		return;
	leader = share->member.number == 0;
	close_piles(&share->member);
	SpinLockAcquire(&all->lock);
	all->numbers.groups += node->numbers.groups;
	all->numbers.batches += node->numbers.batches;
	all->numbers.memory += node->numbers.memory;
	all->numbers.disk += node->numbers.disk;
	if (leader)
		node->numbers = all->numbers;
	SpinLockRelease(&all->lock);
	node->numbers.memory = Max(node->numbers.memory, share->memory_before);
	share->reported = true;
	/* Its memory goes with the workers. */
	if (leader)
		share->all = NULL;
}
