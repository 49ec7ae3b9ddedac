/*
 * collect_share.c
 *		An Ecosystem Collect that the processes of a query do together.
 *
 * Each process reads a share of both sides and divides it into the same
 * partitions.  When all have read, each takes a partition after another, with
 * what all have of it, so that a group is in one process whole.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_share.c
 */
#include "postgres.h"

#include "access/parallel.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/spin.h"
#include "utils/memutils.h"

#include "base/collect/collect_private.h"
#include "base/collect/collect_share.h"
#include "base/compat.h"

struct CollectShare
{
	slock_t lock;
	CollectNumbers numbers;
	int npartitions;
};

/* What is behind it: two piles of each partition */
#define PILES_OF(share) \
	((SharedPiles *) ((char *) (share) + MAXALIGN(sizeof(CollectShare))))
#define SIDES                     2
#define PILE_OF(partition, inner) ((partition) *SIDES + ((inner) ? 1 : 0))

/* ---- setting up ---- */

Size
estimate_share(CustomScanState *node, ParallelContext *workers)
{
	int nmembers = workers->nworkers + 1;
	int n = planned_partitions((CollectState *) node, nmembers);

	return add_size(MAXALIGN(sizeof(CollectShare)),
					shared_piles_size(nmembers, n * SIDES));
}

static void
join(CollectState *state, CollectShare *share)
{
	state->member.share = share;
	state->member.reported = false;
}

/* Memory is that of all at a time: of what is done again it is the most. */
static void
keep_memory(CollectState *state, Size others)
{
	Size own = Max(state->numbers.memory, state->memory.most);

	state->member.memory_before = Max(state->member.memory_before,
									  own + others);
	state->numbers.memory = 0;
}

void
create_share(CustomScanState *node, ParallelContext *workers, void *place)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = place;

	/* Without a segment there are no workers either, and no shared files. */
	if (workers->seg == NULL)
		return;
	SpinLockInit(&share->lock);
	memset(&share->numbers, 0, sizeof(CollectNumbers));
	keep_memory(state, 0);
	share->npartitions = planned_partitions(state, workers->nworkers + 1);
	create_shared_piles(PILES_OF(share), workers, share->npartitions * SIDES);
	become_member(&state->member.piles, PILES_OF(share), 0, state->context);
	join(state, share);
}

/* For what is done again; rescan_collect() does the rest. */
void
reset_share(CustomScanState *node, ParallelContext *workers, void *place)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = place;

	if (workers->seg == NULL)
		return;
	close_piles(&state->member.piles);
	reset_shared_piles(PILES_OF(share));
	/* What was reported is what we have so far, and is reported again. */
	if (state->member.reported)
		memset(&share->numbers, 0, sizeof(CollectNumbers));
	keep_memory(state, share->numbers.memory);
	share->numbers.memory = 0;
	join(state, share);
}

void
join_share(CustomScanState *node, shm_toc *toc, void *place)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = place;

	attach_to_piles(&state->member.piles, PILES_OF(share), state->context);
	join(state, share);
}

/* ---- reading ---- */

/* Writes what a pile has in memory. */
static void
write_block(RowMemory *memory, RowPile *pile)
{
	CollectState *state = memory->writer;
	int partition = ((char *) pile - (char *) state->partitions) /
					sizeof(Partition);
	bool inner = pile == &state->partitions[partition].inner;

	write_shared_block(&state->member.piles, pile, PILE_OF(partition, inner));
}

static void
write_piles(CollectState *state, bool inner)
{
	for (int i = 0; i < state->npartitions; i++)
	{
		RowPile *pile = inner ? &state->partitions[i].inner
							  : &state->partitions[i].outer;

		if (pile->last != NULL)
			write_block(&state->memory, pile);
		free_pile(&state->memory, pile);
	}
}

void
read_shared_sides(CollectState *state)
{
	CollectShare *share = state->member.share;
	PilesMember *piles = &state->member.piles;

	if (!begin_to_write(piles, &state->memory, state->limit))
		return;
	state->memory.writer = state;
	state->memory.write = write_block;
	add_partitions(state, share->npartitions,
				   pg_leftmost_one_pos32(share->npartitions));
	read_side(state, &state->outer);
	write_piles(state, false);
	read_side(state, &state->inner);
	write_piles(state, true);
	state->npartitions = 0;
	state->numbers.disk += (Size) piles->pages * BLCKSZ;
	end_writing(piles, &state->memory);
}

/* ---- passing on ---- */

/* Where the rows of a partition go that is divided once more */
typedef struct Division
{
	CollectState *state;
	bool inner;
	int first;
	int n;
	int bits;
} Division;

static void
divide_row(void *context, const PackedRow *row)
{
	Division *division = context;

	pile_divided_row(division->state, row, division->inner, division->first,
					 division->n, division->bits);
}

/* Divides what all have of a partition among files of our own. */
static void
divide_shared_partition(CollectState *state, int partition, int first, int n,
						int bits)
{
	for (int inner = 0; inner < SIDES; inner++)
	{
		Division division = {state, inner != 0, first, n, bits};

		see_shared_pile(&state->member.piles, &state->memory,
						PILE_OF(partition, inner), divide_row, &division);
	}
}

bool
fetch_shared_partition(CollectState *state)
{
	CollectShare *share = state->member.share;
	PilesMember *piles = &state->member.piles;
	int partition;

	if (share == NULL)
		return false;
	while ((partition = take_number(piles, share->npartitions)) >= 0)
	{
		int bits = pg_leftmost_one_pos32(share->npartitions);
		PileSize outer = size_of_pile(piles, PILE_OF(partition, false));
		PileSize inner = size_of_pile(piles, PILE_OF(partition, true));
		Size bytes = outer.bytes + inner.bytes;

		CHECK_FOR_INTERRUPTS();
		if (outer.nrows == 0)
			continue;
		bytes += collect_table_size(outer.nrows, state->columns.ncolumns >
													 state->columns.nkeys);
		if (bytes > state->limit)
		{
			int n = parts_of_partition(state, bytes, bits);
			int first = state->npartitions;

			add_partitions(state, n, bits + pg_leftmost_one_pos32(n));
			divide_shared_partition(state, partition, first, n, bits);
			note_undivided(state, first, outer.nrows + inner.nrows);
		}
		else
		{
			Partition *fetched = add_partitions(state, 1, bits);

			fetch_shared_pile(piles, &state->memory, &fetched->outer,
							  PILE_OF(partition, false));
			fetch_shared_pile(piles, &state->memory, &fetched->inner,
							  PILE_OF(partition, true));
			state->numbers.batches++;
		}
		return true;
	}
	return false;
}

/* ---- the end ---- */

/* At the end of the query, for EXPLAIN: the numbers of all */
void
report_share(CustomScanState *node)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = state->member.share;
	bool leader;

	if (share == NULL || state->member.reported)
		return;
	leader = state->member.piles.number == 0;
	close_piles(&state->member.piles);
	state->numbers.memory = Max(state->numbers.memory, state->memory.most);
	/* explain_collect() adds the leader's */
	if (!leader)
		state->numbers.memory += calls_memory(state->calls) +
								 aggregates_memory(state->aggregates);
	SpinLockAcquire(&share->lock);
	share->numbers.groups += state->numbers.groups;
	share->numbers.partitions += state->numbers.partitions;
	share->numbers.batches += state->numbers.batches;
	share->numbers.memory += state->numbers.memory;
	share->numbers.disk += state->numbers.disk;
	if (leader)
		state->numbers = share->numbers;
	SpinLockRelease(&share->lock);
	state->numbers.memory = Max(state->numbers.memory,
								state->member.memory_before);
	state->member.reported = true;
	/* Its memory goes with the workers. */
	if (leader)
		state->member.share = NULL;
}
