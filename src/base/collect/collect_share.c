/*
 * collect_share.c
 *		An Ecosystem Collect that the processes of a query do together.
 *
 * Each process reads a share of both sides and divides it into the same
 * partitions.  When all have read, each takes a partition after another, with
 * what all have of it, so that a group is in one process whole.
 *
 * What is read goes through temporary files, one a process, for any process
 * to read: shared memory is often little, 64 MB in many a container, and
 * a page that is soon read again has mostly been kept in memory.  A file
 * consists of blocks, each of rows of one pile; a block knows the one before
 * it of its pile, and the shared memory knows the last.
 *
 * Nobody waits for a process that has not begun to read, and nobody passes a
 * row on before all has been read, so that no one waits for another who waits
 * for its rows to be taken.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_share.c
 */
#include "postgres.h"

#include <fcntl.h>

#include "access/parallel.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "port/pg_bitutils.h"
#include "storage/barrier.h"
#include "storage/dsm.h"
#include "storage/sharedfileset.h"
#include "storage/spin.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "base/collect/collect_private.h"
#include "base/collect/collect_share.h"
#include "base/compat.h"
#include "base/memory.h"

/* One process's rows of one side of one partition */
typedef struct SharedPile
{
	int64 last; /* page of its last block; negative: it has none */
	uint64 nrows;
	uint64 bytes;
} SharedPile;

struct CollectShare
{
	Barrier barrier; /* all who read have read */
	SharedFileSet files;
	dsm_handle segment;
	int nmembers;
	int npartitions;
	pg_atomic_uint32 next; /* partition that nobody has */
	slock_t lock;
	CollectNumbers numbers;
	SharedPile piles[FLEXIBLE_ARRAY_MEMBER]; /* of a member together */
};

/* What a block begins with; it ends with a page. */
typedef struct BlockHead
{
	int64 previous;
	uint64 bytes;
} BlockHead;

#define NO_BLOCK (-1)

static SharedPile *
shared_pile(CollectShare *share, int member, int partition, bool inner)
{
	return &share->piles[(member * share->npartitions + partition) * 2 +
						 (inner ? 1 : 0)];
}

/* ---- setting up ---- */

static Size
share_size(int nmembers, int npartitions)
{
	return add_size(offsetof(CollectShare, piles),
					mul_size(mul_size(nmembers, npartitions),
							 2 * sizeof(SharedPile)));
}

Size
estimate_share(CustomScanState *node, ParallelContext *workers)
{
	return share_size(workers->nworkers + 1,
					  planned_partitions((CollectState *) node,
										 workers->nworkers + 1));
}

static void
begin_share(CollectShare *share)
{
	BarrierInit(&share->barrier, 0);
	pg_atomic_write_u32(&share->next, 0);
	for (int i = 0; i < share->nmembers * share->npartitions * 2; i++)
		share->piles[i] = (SharedPile){NO_BLOCK};
}

static void
become_member(CollectState *state, CollectShare *share, int number)
{
	ShareMember *member = &state->member;

	member->share = share;
	member->number = number;
	member->files =
		MemoryContextAllocZero(state->css.ss.ps.state->es_query_cxt,
							   share->nmembers * sizeof(BufFile *));
	member->pages = 0;
	member->reported = false;
}

void
create_share(CustomScanState *node, ParallelContext *workers, void *place)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = place;

	/* Without a segment there are no workers either, and no shared files. */
	if (workers->seg == NULL)
		return;
	share->nmembers = workers->nworkers + 1;
	share->npartitions = planned_partitions(state, share->nmembers);
	share->segment = dsm_segment_handle(workers->seg);
	pg_atomic_init_u32(&share->next, 0);
	SpinLockInit(&share->lock);
	memset(&share->numbers, 0, sizeof(CollectNumbers));
	SharedFileSetInit(&share->files, workers->seg);
	begin_share(share);
	become_member(state, share, 0);
}

/* For what is done again; rescan_collect() does the rest. */
void
reset_share(CustomScanState *node, ParallelContext *workers, void *place)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = place;

	if (workers->seg == NULL)
		return;
	leave_share(state);
	SharedFileSetDeleteAll(&share->files);
	begin_share(share);
	/* What was reported is what we have so far, and is reported again. */
	if (state->member.reported)
		memset(&share->numbers, 0, sizeof(CollectNumbers));
	state->member.reported = false;
	state->member.share = share;
}

void
join_share(CustomScanState *node, shm_toc *toc, void *place)
{
	CollectShare *share = place;

	SharedFileSetAttach(&share->files, dsm_find_mapping(share->segment));
	become_member((CollectState *) node, share, ParallelWorkerNumber + 1);
}

/* ---- files ---- */

static void
name_file(char name[MAXPGPATH], int member)
{
	snprintf(name, MAXPGPATH, "%d", member);
}

static BufFile *
create_file(CollectState *state)
{
	ShareMember *member = &state->member;
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	char name[MAXPGPATH];
	BufFile *file;

	name_file(name, member->number);
#if PG_VERSION_NUM >= 150000
	file = BufFileCreateFileSet(&member->share->files.fs, name);
#else
	file = BufFileCreateShared(&member->share->files, name);
#endif
	MemoryContextSwitchTo(caller);
	return file;
}

/* Nothing more is written: others may open it. */
static void
export_file(BufFile *file)
{
#if PG_VERSION_NUM >= 150000
	BufFileExportFileSet(file);
#else
	BufFileExportShared(file);
#endif
}

static BufFile *
file_of_member(CollectState *state, int number)
{
	ShareMember *member = &state->member;
	BufFile **file = &member->files[number];
	MemoryContext caller;
	char name[MAXPGPATH];

	if (*file != NULL)
		return *file;
	name_file(name, number);
	caller = MemoryContextSwitchTo(state->context);
#if PG_VERSION_NUM >= 150000
	*file = BufFileOpenFileSet(&member->share->files.fs, name, O_RDONLY,
							   false);
#else
	*file = BufFileOpenShared(&member->share->files, name, O_RDONLY);
#endif
	MemoryContextSwitchTo(caller);
	return *file;
}

/* ---- reading ---- */

/* Writes what a pile has in memory as a block of our file. */
static void
write_block(RowMemory *memory, RowPile *pile)
{
	static PGAlignedBlock zeros;
	CollectState *state = memory->writer;
	ShareMember *member = &state->member;
	int partition = ((char *) pile - (char *) state->partitions) /
					sizeof(Partition);
	bool inner = pile == &state->partitions[partition].inner;
	SharedPile *shared = shared_pile(member->share, member->number, partition,
									 inner);
	BufFile **file = &member->files[member->number];
	char *rows = CHUNK_DATA(pile->last);
	BlockHead head = {shared->last, pile->at - rows};
	Size size = sizeof(BlockHead) + head.bytes;
	Size rest = TYPEALIGN(BLCKSZ, size) - size;

	if (head.bytes == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	if (*file == NULL)
		*file = create_file(state);
	BufFileWrite(*file, &head, sizeof(head));
	BufFileWrite(*file, rows, head.bytes);
	BufFileWrite(*file, zeros.data, rest);
	shared->last = member->pages;
	shared->nrows = pile->nrows;
	shared->bytes = pile->bytes;
	member->pages += (size + rest) / BLCKSZ;
	pile->at = rows;
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

/* A block of each partition is in memory while they are read. */
static Size
block_size(Size limit, int npartitions)
{
	Size size = BLCKSZ;

	while (size < MAX_CHUNK && size * 2 * npartitions <= limit)
		size *= 2;
	return size;
}

void
read_shared_sides(CollectState *state)
{
	CollectShare *share = state->member.share;
	BufFile *file;

	if (BarrierAttach(&share->barrier) == 0)
	{
		state->memory.writer = state;
		state->memory.write = write_block;
		state->memory.write_size = block_size(state->limit,
											  share->npartitions);
		add_partitions(state, share->npartitions,
					   pg_leftmost_one_pos32(share->npartitions));
		read_side(state, &state->outer);
		write_piles(state, false);
		read_side(state, &state->inner);
		write_piles(state, true);
		state->memory.write = NULL;
		state->npartitions = 0;
		file = state->member.files[state->member.number];
		if (file != NULL)
			export_file(file);
		state->numbers.disk += (Size) state->member.pages * BLCKSZ;
		BarrierArriveAndWait(&share->barrier, PG_WAIT_EXTENSION);
	}
	BarrierDetach(&share->barrier);
}

/* ---- passing on ---- */

/* The head of a block; its rows are read next. */
static BlockHead
read_head(BufFile *file, int64 block)
{
	BlockHead head;

	CHECK_FOR_INTERRUPTS();
	if (BufFileSeekBlock(file, block) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek to block %lld of temporary file",
						(long long) block)));
	read_temporary(file, &head, sizeof(head), false);
	return head;
}

/* The blocks of a pile in a member's file, as they were written */
typedef struct BlockList
{
	int64 *blocks;
	int n;
	int room;
} BlockList;

/* Each says which was before it: so from the last to the first. */
static void
list_blocks(CollectState *state, int member, const SharedPile *pile,
			BlockList *list)
{
	list->n = 0;
	for (int64 block = pile->last; block != NO_BLOCK;
		 block = read_head(file_of_member(state, member), block).previous)
	{
		MAKE_ROOM(CurrentMemoryContext, list->blocks, list->room, list->n + 1);
		list->blocks[list->n++] = block;
	}
	for (int i = 0; i < list->n / 2; i++)
	{
		int64 block = list->blocks[i];

		list->blocks[i] = list->blocks[list->n - 1 - i];
		list->blocks[list->n - 1 - i] = block;
	}
}

/* Brings what all have of a pile into memory. */
static void
fetch_pile(CollectState *state, RowPile *pile, int partition, bool inner)
{
	CollectShare *share = state->member.share;
	BlockList list = {0};

	for (int i = 0; i < share->nmembers; i++)
	{
		SharedPile *shared = shared_pile(share, i, partition, inner);

		list_blocks(state, i, shared, &list);
		for (int j = 0; j < list.n; j++)
		{
			BufFile *file = file_of_member(state, i);
			BlockHead head = read_head(file, list.blocks[j]);
			char *rows = add_rows(&state->memory, pile, head.bytes);

			read_temporary(file, rows, head.bytes, false);
		}
		pile->nrows += shared->nrows;
		pile->bytes += shared->bytes;
	}
	if (list.blocks != NULL)
		pfree(list.blocks);
}

/* Divides what all have of a pile among partitions in files of our own. */
static void
divide_shared_pile(CollectState *state, int partition, bool inner, int first,
				   int n, int bits)
{
	CollectShare *share = state->member.share;
	BlockList list = {0};

	for (int i = 0; i < share->nmembers; i++)
	{
		list_blocks(state, i, shared_pile(share, i, partition, inner), &list);
		for (int j = 0; j < list.n; j++)
		{
			BufFile *file = file_of_member(state, i);
			BlockHead head = read_head(file, list.blocks[j]);
			char *rows = scratch_bytes(&state->memory, head.bytes);
			uint32 size;

			read_temporary(file, rows, head.bytes, false);
			for (uint64 at = 0; at < head.bytes; at += size)
			{
				const PackedRow *row = (PackedRow *) (rows + at);

				size = row->link.piled.size;
				pile_divided_row(state, row, inner, first, n, bits);
			}
		}
	}
	if (list.blocks != NULL)
		pfree(list.blocks);
}

bool
fetch_shared_partition(CollectState *state)
{
	CollectShare *share = state->member.share;

	if (share == NULL)
		return false;
	for (;;)
	{
		int partition = pg_atomic_fetch_add_u32(&share->next, 1);
		int bits = pg_leftmost_one_pos32(share->npartitions);
		uint64 nouter = 0;
		uint64 nrows = 0;
		Size bytes = 0;

		CHECK_FOR_INTERRUPTS();
		if (partition >= share->npartitions)
		{
			/* not once more, or the number would come round */
			pg_atomic_write_u32(&share->next, share->npartitions);
			return false;
		}
		for (int i = 0; i < share->nmembers; i++)
		{
			SharedPile *outer = shared_pile(share, i, partition, false);
			SharedPile *inner = shared_pile(share, i, partition, true);

			nouter += outer->nrows;
			nrows += outer->nrows + inner->nrows;
			bytes += outer->bytes + inner->bytes;
		}
		if (nouter == 0)
			continue;
		bytes += collect_table_size(nouter, state->columns.ncolumns >
												state->columns.nkeys);
		if (bytes > state->limit)
		{
			int n = parts_of_partition(state, bytes, bits);
			int first = state->npartitions;

			add_partitions(state, n, bits + pg_leftmost_one_pos32(n));
			divide_shared_pile(state, partition, false, first, n, bits);
			divide_shared_pile(state, partition, true, first, n, bits);
			note_undivided(state, first, nrows);
		}
		else
		{
			Partition *fetched = add_partitions(state, 1, bits);

			fetch_pile(state, &fetched->outer, partition, false);
			fetch_pile(state, &fetched->inner, partition, true);
			state->numbers.batches++;
		}
		return true;
	}
}

/* ---- the end ---- */

void
leave_share(CollectState *state)
{
	ShareMember *member = &state->member;

	if (member->share == NULL)
		return;
	for (int i = 0; i < member->share->nmembers; i++)
	{
		if (member->files[i] != NULL)
			BufFileClose(member->files[i]);
		member->files[i] = NULL;
	}
	member->pages = 0;
}

/* At the end of the query, for EXPLAIN: the numbers of all */
void
report_share(CustomScanState *node)
{
	CollectState *state = (CollectState *) node;
	CollectShare *share = state->member.share;

	if (share == NULL || state->member.reported)
		return;
	leave_share(state);
	state->numbers.memory = Max(state->numbers.memory, state->memory.most);
	/* explain_collect() adds the leader's */
	if (state->member.number > 0)
		state->numbers.memory += calls_memory(state->calls) +
								 aggregates_memory(state->aggregates);
	SpinLockAcquire(&share->lock);
	share->numbers.groups += state->numbers.groups;
	share->numbers.partitions += state->numbers.partitions;
	share->numbers.batches += state->numbers.batches;
	share->numbers.memory += state->numbers.memory;
	share->numbers.disk += state->numbers.disk;
	if (state->member.number == 0)
		state->numbers = share->numbers;
	SpinLockRelease(&share->lock);
	state->member.reported = true;
	/* Its memory goes with the workers. */
	if (state->member.number == 0)
		state->member.share = NULL;
}
