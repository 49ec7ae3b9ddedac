/*
 * aggregate_partitions.c
 *		The rows of groups that do not fit into an Ecosystem Aggregate's memory.
 *
 * How many groups fit is known once the memory is full.  How many there are is
 * the planner's guess for the outer plan, and counted by their hashes for each
 * partition as it is written.  So a partition is made about as large as can be
 * read at once, as far as the buffers of that many files are allowed.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_partitions.c
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "port/pg_bitutils.h"

#include "base/aggregate/aggregate_partitions.h"
#include "base/aggregate/aggregate_private.h"
#include "base/memory.h"

#define MIN_PARTITIONS 4
#define MAX_PARTITIONS 256
/* More partitions than are full, since they are not all of one size */
#define SPARE 1.25
/* Counted in 2^5 bytes a partition, a fifth more or less */
#define COUNT_BITS 5

/* A quarter of the memory may be the buffers of files. */
int
most_partitions(Size limit)
{
	return (int) Min(Max(limit / (4 * BLCKSZ), MIN_PARTITIONS),
					 MAX_PARTITIONS);
}

/* Begins partitions for what is not in the table, of what is read now. */
static void
start_spilling(AggregateNode *node)
{
	double fit = Max(node->table.ngroups, 1);
	double wanted = SPARE * (node->expected - fit) / fit;
	/* The planner may have been wrong. */
	double least = node->phase == AGGREGATE_READ ? MIN_PARTITIONS : 1;
	int n = pg_nextpower2_32(
		(uint32) ceil(Max(Min(wanted, most_partitions(node->limit)), least)));

	if (HASH_BITS - node->bits < 16)
		n = Min(n, 1 << (HASH_BITS - node->bits));
	MAKE_ROOM(node->context, node->partitions, node->partitions_room,
			  node->npartitions + n);
	node->spills = node->npartitions;
	node->nspills = n;
	memset(&node->partitions[node->spills], 0, n * sizeof(Partition));
	for (int i = 0; i < n; i++)
	{
		Partition *partition = &node->partitions[node->npartitions];

		initHyperLogLog(&partition->groups, COUNT_BITS);
		partition->bits = node->bits + pg_leftmost_one_pos32(n);
		node->npartitions++;
	}
}

void
end_partition(AggregateNode *node, Partition *partition)
{
	free_pile(&node->memory, &partition->rows);
	freeHyperLogLog(&partition->groups);
}

/* The partition that a row goes to, counted as one of its groups */
static Partition *
partition_of_row(AggregateNode *node, uint32 hash)
{
	Partition *partition;

	if (node->nspills == 0)
		start_spilling(node);
	partition =
		&node->partitions[node->spills +
						  partition_of_hash(hash, node->bits, node->nspills)];
	/* Mixed, since the rows of a partition have bits of it in common. */
	addHyperLogLog(&partition->groups, hash_bytes_uint32(hash));
	return partition;
}

void
spill_row(AggregateNode *node, TupleTableSlot *row, uint32 nulls, uint32 hash)
{
	TupleTableSlot *packed = node->packed;
	/* A file lives in the memory context that it is made in. */
	MemoryContext caller = MemoryContextSwitchTo(node->context);

	ExecClearTuple(packed);
	for (int i = 0; i < node->nkeys; i++)
	{
		packed->tts_values[i] = node->values[i];
		packed->tts_isnull[i] = (nulls >> i & 1) != 0;
	}
	for (int i = 0; i < node->ncolumns; i++)
	{
		packed->tts_values[node->nkeys + i] =
			row->tts_values[node->columns[i] - 1];
		packed->tts_isnull[node->nkeys + i] =
			row->tts_isnull[node->columns[i] - 1];
	}
	ExecStoreVirtualTuple(packed);
	pile_row(&node->memory, &partition_of_row(node, hash)->rows, true,
			 &node->shape, packed, hash);
	MemoryContextSwitchTo(caller);
}

/* The same of one that is packed, of states */
void
spill_packed_row(AggregateNode *node, const PackedRow *row)
{
	MemoryContext caller = MemoryContextSwitchTo(node->context);

	pile_packed_row(&partition_of_row(node, row->link.piled.hash)->rows, row);
	MemoryContextSwitchTo(caller);
}
