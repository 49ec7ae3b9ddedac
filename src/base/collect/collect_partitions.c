/*
 * collect_partitions.c
 *		Both sides of an Ecosystem Collect, divided by the hash of the key.
 *
 * Both sides are read once, packed, and divided into partitions small enough
 * for the cache.  Where they do not fit into hash memory, partitions are
 * files, and one is read when its turn comes; one that is too large by itself
 * is divided once more, by further bits of the hash.  Rows of a single key stay
 * together.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_partitions.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/collect/collect_private.h"
#include "base/memory.h"

/* What a partition had better not exceed: the second level of caches. */
#define PARTITION_BYTES ((Size) 1024 * 1024)
#define MAX_PARTITIONS  256
#define MIN_PARTITIONS  16 /* may be had however little memory there is */

/* So many more, of rows that have that many bits of their hash in common. */
Partition *
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

static double
expected_bytes(const CollectSide *side)
{
	const Plan *plan = side->plan->plan;

	return plan->plan_rows *
		   packed_row_bytes(side->shape.ncolumns, plan->plan_width);
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
void
read_side(CollectState *state, CollectSide *side)
{
	bool inner = side == &state->inner;
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	int n = state->npartitions;
	MemoryContext caller = CurrentMemoryContext;

	for (;;)
	{
		TupleTableSlot *slot;
		Partition *partition;
		uint32 hash;
		bool wanted;

		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(side->plan);
		if (TupIsNull(slot))
			return;
		slot_getsomeattrs(slot, side->shape.last);
		if (!state->columns.bitwise)
		{
			ResetExprContext(econtext);
			MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		}
		wanted = hash_key_of_row(&state->columns, inner, slot->tts_values,
								 slot->tts_isnull, &side->shape,
								 !inner && state->left, &hash);
		MemoryContextSwitchTo(caller);
		if (!wanted)
			continue;
		partition = &state->partitions[partition_of_hash(hash, 0, n)];
		pile_row(&state->memory, inner ? &partition->inner : &partition->outer,
				 state->to_file, &side->shape, slot, hash);
		if (state->memory.used > state->limit && !state->to_file &&
			state->memory.write == NULL)
			write_partitions(state);
	}
}

/* How many there are at first, where so many processes read the two sides. */
int
planned_partitions(const CollectState *state, int nmembers)
{
	Size limit = hash_memory_limit();
	double bytes = nmembers * (expected_bytes(&state->outer) +
							   expected_bytes(&state->inner));
	int n = power_of_partitions(Max(bytes / PARTITION_BYTES,
									bytes > limit ? 2 * bytes / limit : 1),
								limit);

	/* enough to hand out */
	return nmembers > 1 ? Max(n, MIN_PARTITIONS) : n;
}

/* The last of them */
void
free_partition(CollectState *state)
{
	Partition *partition = &state->partitions[--state->npartitions];

	free_pile(&state->memory, &partition->outer);
	free_pile(&state->memory, &partition->inner);
}

/* A row of a partition that is divided into n others, from the first on */
void
pile_divided_row(CollectState *state, const PackedRow *row, bool inner,
				 int first, int n, int bits)
{
	Partition *part =
		&state->partitions[first +
						   partition_of_hash(row->link.piled.hash, bits, n)];

	CHECK_FOR_INTERRUPTS();
	pile_packed_row(inner ? &part->inner : &part->outer, row);
}

static void
divide_pile(CollectState *state, RowPile *pile, int first, int n, int bits,
			bool inner)
{
	const PackedRow *row;

	rewind_pile(pile);
	while ((row = next_written_row(&state->memory, pile)) != NULL)
		pile_divided_row(state, row, inner, first, n, bits);
	free_pile(&state->memory, pile);
}

/* How many parts a partition of so many bytes comes into. */
int
parts_of_partition(const CollectState *state, double bytes, int bits)
{
	int n = Max(power_of_partitions(2 * bytes / state->limit, state->limit),
				2);

	if (HASH_BITS - bits < 16)
		n = Min(n, 1 << (HASH_BITS - bits));
	return n;
}

/* What does not come apart is of one key, or nearly so: it is not tried again. */
void
note_undivided(CollectState *state, int first, uint64 nrows)
{
	for (int i = first; i < state->npartitions; i++)
	{
		Partition *part = &state->partitions[i];

		if (part->outer.nrows + part->inner.nrows == nrows)
			part->bits = HASH_BITS;
	}
}

void
divide_partition(CollectState *state, double bytes)
{
	Partition divided = state->partitions[--state->npartitions];
	uint64 nrows = divided.outer.nrows + divided.inner.nrows;
	int n = parts_of_partition(state, bytes, divided.bits);
	int first = state->npartitions;

	add_partitions(state, n, divided.bits + pg_leftmost_one_pos32(n));
	divide_pile(state, &divided.outer, first, n, divided.bits, false);
	divide_pile(state, &divided.inner, first, n, divided.bits, true);
	note_undivided(state, first, nrows);
}

void
forget_partitions(CollectState *state)
{
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
}
