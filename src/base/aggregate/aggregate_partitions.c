/*
 * aggregate_partitions.c
 *		The rows of groups that do not fit into an Ecosystem Aggregate's memory.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_partitions.c
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "base/aggregate/aggregate_private.h"
#include "base/memory.h"

#define MIN_PARTITIONS 4
#define MAX_PARTITIONS 256
#define HASH_BITS      32

static inline int
partition_of(const AggregateNode *node, uint32 hash)
{
	if (node->nspills == 1)
		return node->spills;
	return node->spills +
		   (int) ((uint64) (hash << node->bits) * node->nspills >> HASH_BITS);
}

/* Begins partitions for what is not in the table, of what is read now. */
static void
start_spilling(AggregateNode *node)
{
	double wanted = 2 * node->expected / Max(node->limit, 1);
	double most = Min(Max(node->limit / (4 * BLCKSZ), MIN_PARTITIONS),
					  MAX_PARTITIONS);
	int n = pg_nextpower2_32((uint32) Max(Min(wanted, most), MIN_PARTITIONS));

	if (HASH_BITS - node->bits < 16)
		n = Min(n, 1 << (HASH_BITS - node->bits));
	MAKE_ROOM(node->context, node->partitions, node->partitions_room,
			  node->npartitions + n);
	node->spills = node->npartitions;
	node->nspills = n;
	memset(&node->partitions[node->spills], 0, n * sizeof(Partition));
	for (int i = 0; i < n; i++)
		node->partitions[node->spills + i].bits = node->bits +
												  pg_leftmost_one_pos32(n);
	node->npartitions += n;
}

void
spill_row(AggregateNode *node, TupleTableSlot *row, uint32 nulls, uint32 hash)
{
	TupleTableSlot *packed = node->packed;
	/* A file lives in the memory context that it is made in. */
	MemoryContext caller = MemoryContextSwitchTo(node->context);

	if (node->nspills == 0)
		start_spilling(node);
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
	pile_row(&node->memory, &node->partitions[partition_of(node, hash)].rows,
			 true, &node->shape, packed, hash);
	MemoryContextSwitchTo(caller);
}
