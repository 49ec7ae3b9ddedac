/*
 * collect_piles.h
 *		Piles of rows that the processes of a query write and then share out.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_piles.h
 */
#ifndef ECOSYSTEM_COLLECT_PILES_H
#define ECOSYSTEM_COLLECT_PILES_H

#include "postgres.h"

#include "access/parallel.h"
#include "storage/buffile.h"

#include "base/collect/collect_rows.h"

typedef struct SharedPiles SharedPiles;

/* What a process has of it */
typedef struct PilesMember
{
	SharedPiles *shared; /* NULL: we are alone */
	int number;
	MemoryContext context; /* of the files */
	BufFile **files;       /* of all members, as far as open */
	long pages;            /* that our own has */
} PilesMember;

/* What all members have of a pile */
typedef struct PileSize
{
	uint64 nrows;
	Size bytes;
} PileSize;

/* in shared memory, by the leader */
extern Size shared_piles_size(int nmembers, int npiles);
extern void create_shared_piles(SharedPiles *shared, ParallelContext *workers,
								int npiles);
extern void reset_shared_piles(SharedPiles *shared);

extern void become_member(PilesMember *member, SharedPiles *shared, int number,
						  MemoryContext context);
extern void attach_to_piles(PilesMember *member, SharedPiles *shared,
							MemoryContext context);
extern int shared_members(const PilesMember *member);
extern int shared_npiles(const PilesMember *member);

/* True: this process is in time to write, and waits for others when it has. */
extern bool begin_to_write(PilesMember *member, RowMemory *memory, Size limit);
extern void write_shared_block(PilesMember *member, RowPile *pile, int number);
extern void end_writing(PilesMember *member, RowMemory *memory);

/* The number of something that no other process has taken; -1: all of n are. */
extern int take_number(PilesMember *member, int n);
extern PileSize size_of_pile(const PilesMember *member, int pile);

/* Brings what all have of a pile into memory. */
extern void fetch_shared_pile(PilesMember *member, RowMemory *memory,
							  RowPile *pile, int number);

/* Shows what all have of a pile, a row after another. */
typedef void (*SeeRow)(void *context, const PackedRow *row);
extern void see_shared_pile(PilesMember *member, RowMemory *memory, int number,
							SeeRow see, void *context);

/* Closes what is open, once nobody needs it. */
extern void close_piles(PilesMember *member);

#endif /* ECOSYSTEM_COLLECT_PILES_H */
