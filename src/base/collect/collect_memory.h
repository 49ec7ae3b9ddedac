/*
 * collect_memory.h
 *		The memory that rows are packed into.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_memory.h
 */
#ifndef ECOSYSTEM_COLLECT_MEMORY_H
#define ECOSYSTEM_COLLECT_MEMORY_H

#include "postgres.h"

/* Powers of 2, with what a chunk begins with; only a long row has one larger. */
#define MIN_CHUNK     ((Size) 1024)
#define MAX_CHUNK     ((Size) 32 * 1024)
#define CHUNK_CLASSES 6

typedef struct RowChunk
{
	struct RowChunk *next;
	Size size;
	char *end; /* of its rows; while it is a pile's last, the pile knows */
} RowChunk;

#define CHUNK_DATA(chunk) ((char *) (chunk) + MAXALIGN(sizeof(RowChunk)))
#define CHUNK_END(chunk)  ((char *) (chunk) + (chunk)->size)

typedef struct RowBlock
{
	struct RowBlock *next;
	Size size; /* behind this */
} RowBlock;

struct RowPile;

/* What all piles of a node take. */
typedef struct RowMemory
{
	MemoryContext context;
	/* where piles are written on as they grow: what empties one, for whom */
	void (*write)(struct RowMemory *memory, struct RowPile *pile);
	void *writer;
	Size write_size; /* a chunk's */
	Size used;       /* by chunks */
	Size most;
	RowChunk *free[CHUNK_CLASSES];
	RowBlock *blocks; /* the first is being carved */
	Size all_blocks;
	char *at;
	char *end;
	char *scratch; /* a row on its way to a file */
	Size scratch_size;
} RowMemory;

extern RowChunk *allocate_chunk(RowMemory *memory, Size size, Size row);
extern void free_chunk(RowMemory *memory, RowChunk *chunk);

/* Room for so many bytes, until it is asked for again. */
extern char *scratch_bytes(RowMemory *memory, Size size);

#endif /* ECOSYSTEM_COLLECT_MEMORY_H */
