/*
 * collect_piles.c
 *		Piles of rows that the processes of a query write and then share out.
 *
 * Each process writes rows of any number of piles to a temporary file of its
 * own, for any process to read: shared memory is often little, 64 MB in many
 * a container, and a page that is soon read again has mostly been kept in
 * memory.  A file consists of blocks, each of rows of one pile; a block knows
 * the one before it of its pile, and the shared memory knows the last.
 *
 * Nobody waits for a process that has not begun to write, and nobody reads
 * before all has been written.  Whoever passes rows on only after that never
 * waits for one who waits for its rows to be taken.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_piles.c
 */
#include "postgres.h"

#include <fcntl.h>

#include "access/parallel.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/barrier.h"
#include "storage/dsm.h"
#include "storage/sharedfileset.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "base/collect/collect_piles.h"
#include "base/compat.h"
#include "base/memory.h"

/* One process's rows of a pile */
typedef struct SharedPile
{
	int64 last; /* page of its last block; negative: it has none */
	uint64 nrows;
	uint64 bytes;
} SharedPile;

struct SharedPiles
{
	Barrier barrier; /* all who write have written */
	SharedFileSet files;
	dsm_handle segment;
	int nmembers;
	int npiles;
	pg_atomic_uint32 next;                   /* number that nobody has taken */
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
pile_of_member(const SharedPiles *shared, int member, int number)
{
	return (SharedPile *) &shared->piles[member * shared->npiles + number];
}

/* ---- setting up ---- */

Size
shared_piles_size(int nmembers, int npiles)
{
	return add_size(offsetof(SharedPiles, piles),
					mul_size(mul_size(nmembers, npiles), sizeof(SharedPile)));
}

static void
begin_piles(SharedPiles *shared)
{
	BarrierInit(&shared->barrier, 0);
	pg_atomic_write_u32(&shared->next, 0);
	for (int i = 0; i < shared->nmembers * shared->npiles; i++)
		shared->piles[i] = (SharedPile){NO_BLOCK};
}

void
create_shared_piles(SharedPiles *shared, ParallelContext *workers, int npiles)
{
	shared->nmembers = workers->nworkers + 1;
	shared->npiles = npiles;
	shared->segment = dsm_segment_handle(workers->seg);
	pg_atomic_init_u32(&shared->next, 0);
	SharedFileSetInit(&shared->files, workers->seg);
	begin_piles(shared);
}

/* For what is done again */
void
reset_shared_piles(SharedPiles *shared)
{
	SharedFileSetDeleteAll(&shared->files);
	begin_piles(shared);
}

void
become_member(PilesMember *member, SharedPiles *shared, int number,
			  MemoryContext context)
{
	member->shared = shared;
	member->number = number;
	member->context = context;
	member->files = MemoryContextAllocZero(context, shared->nmembers *
														sizeof(BufFile *));
	member->pages = 0;
}

/* In a worker */
void
attach_to_piles(PilesMember *member, SharedPiles *shared,
				MemoryContext context)
{
	SharedFileSetAttach(&shared->files, dsm_find_mapping(shared->segment));
	become_member(member, shared, ParallelWorkerNumber + 1, context);
}

int
shared_members(const PilesMember *member)
{
	return member->shared->nmembers;
}

int
shared_npiles(const PilesMember *member)
{
	return member->shared->npiles;
}

/* ---- files ---- */

static void
name_file(char name[MAXPGPATH], int member)
{
	snprintf(name, MAXPGPATH, "%d", member);
}

static BufFile *
create_file(PilesMember *member)
{
	MemoryContext caller = MemoryContextSwitchTo(member->context);
	char name[MAXPGPATH];
	BufFile *file;

	name_file(name, member->number);
#if PG_VERSION_NUM >= 150000
	file = BufFileCreateFileSet(&member->shared->files.fs, name);
#else
	file = BufFileCreateShared(&member->shared->files, name);
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
file_of_member(PilesMember *member, int number)
{
	BufFile **file = &member->files[number];
	MemoryContext caller;
	char name[MAXPGPATH];

	if (*file != NULL)
		return *file;
	name_file(name, number);
	caller = MemoryContextSwitchTo(member->context);
#if PG_VERSION_NUM >= 150000
	*file = BufFileOpenFileSet(&member->shared->files.fs, name, O_RDONLY,
							   false);
#else
	*file = BufFileOpenShared(&member->shared->files, name, O_RDONLY);
#endif
	MemoryContextSwitchTo(caller);
	return *file;
}

void
close_piles(PilesMember *member)
{
	if (member->shared == NULL)
		return;
	for (int i = 0; i < member->shared->nmembers; i++)
	{
		if (member->files[i] != NULL)
			BufFileClose(member->files[i]);
		member->files[i] = NULL;
	}
	member->pages = 0;
}

/* ---- writing ---- */

/* A block of each pile is in memory while they are written. */
static Size
block_size(Size limit, int npiles)
{
	Size size = BLCKSZ;

	while (size < MAX_CHUNK && size * 2 * npiles <= limit)
		size *= 2;
	return size;
}

bool
begin_to_write(PilesMember *member, RowMemory *memory, Size limit)
{
	SharedPiles *shared = member->shared;

	if (BarrierAttach(&shared->barrier) != 0)
	{
		BarrierDetach(&shared->barrier);
		return false;
	}
	memory->write_size = block_size(limit, shared->npiles);
	return true;
}

/* Writes what a pile has in memory as a block of our file. */
void
write_shared_block(PilesMember *member, RowPile *pile, int number)
{
	static PGAlignedBlock zeros;
	SharedPile *shared = pile_of_member(member->shared, member->number,
										number);
	BufFile **file = &member->files[member->number];
	char *rows = CHUNK_DATA(pile->last);
	BlockHead head = {shared->last, pile->at - rows};
	Size size = sizeof(BlockHead) + head.bytes;
	Size rest = TYPEALIGN(BLCKSZ, size) - size;

	if (head.bytes == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	if (*file == NULL)
		*file = create_file(member);
	BufFileWrite(*file, &head, sizeof(head));
	BufFileWrite(*file, rows, head.bytes);
	BufFileWrite(*file, zeros.data, rest);
	shared->last = member->pages;
	shared->nrows = pile->nrows;
	shared->bytes = pile->bytes;
	member->pages += (size + rest) / BLCKSZ;
	pile->at = rows;
}

/* All that we have is in our file. */
void
end_writing(PilesMember *member, RowMemory *memory)
{
	BufFile *file = member->files[member->number];

	memory->write = NULL;
	if (file != NULL)
		export_file(file);
	BarrierArriveAndWait(&member->shared->barrier, PG_WAIT_EXTENSION);
	BarrierDetach(&member->shared->barrier);
}

/* ---- reading ---- */

int
take_number(PilesMember *member, int n)
{
	uint32 number = pg_atomic_fetch_add_u32(&member->shared->next, 1);

	if (number < (uint32) n)
		return number;
	/* not once more, or the number would come round */
	pg_atomic_write_u32(&member->shared->next, n);
	return -1;
}

PileSize
size_of_pile(const PilesMember *member, int pile)
{
	PileSize size = {0, 0};

	for (int i = 0; i < member->shared->nmembers; i++)
	{
		const SharedPile *shared = pile_of_member(member->shared, i, pile);

		size.nrows += shared->nrows;
		size.bytes += shared->bytes;
	}
	return size;
}

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
list_blocks(PilesMember *member, int of, int number, BlockList *list)
{
	list->n = 0;
	for (int64 block = pile_of_member(member->shared, of, number)->last;
		 block != NO_BLOCK;
		 block = read_head(file_of_member(member, of), block).previous)
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

void
fetch_shared_pile(PilesMember *member, RowMemory *memory, RowPile *pile,
				  int number)
{
	PileSize size = size_of_pile(member, number);
	BlockList list = {0};

	for (int i = 0; i < member->shared->nmembers; i++)
	{
		list_blocks(member, i, number, &list);
		for (int j = 0; j < list.n; j++)
		{
			BufFile *file = file_of_member(member, i);
			BlockHead head = read_head(file, list.blocks[j]);
			char *rows = add_rows(memory, pile, head.bytes);

			read_temporary(file, rows, head.bytes, false);
		}
	}
	pile->nrows += size.nrows;
	pile->bytes += size.bytes;
	if (list.blocks != NULL)
		pfree(list.blocks);
}

void
see_shared_pile(PilesMember *member, RowMemory *memory, int number, SeeRow see,
				void *context)
{
	BlockList list = {0};

	for (int i = 0; i < member->shared->nmembers; i++)
	{
		list_blocks(member, i, number, &list);
		for (int j = 0; j < list.n; j++)
		{
			BufFile *file = file_of_member(member, i);
			BlockHead head = read_head(file, list.blocks[j]);
			char *rows = scratch_bytes(memory, head.bytes);
			uint32 size;

			read_temporary(file, rows, head.bytes, false);
			for (uint64 at = 0; at < head.bytes; at += size)
			{
				const PackedRow *row = (PackedRow *) (rows + at);

				size = row->link.piled.size;
				see(context, row);
			}
		}
	}
	if (list.blocks != NULL)
		pfree(list.blocks);
}
