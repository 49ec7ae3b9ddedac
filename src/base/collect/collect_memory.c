/*
 * collect_memory.c
 *		The memory that rows are packed into.
 *
 * Chunks of few sizes are carved out of blocks, which grow with what there is.
 * Hundreds of piles grow at once, each in its own chunk: chunks that are
 * written at the same time lie side by side, in few pages where these are huge.
 * What is freed is used again, and given back once all is free.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_memory.c
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/collect/collect_memory.h"
#include "base/memory.h"

/* What a block has room for; each of them holds the largest chunk. */
#define FIRST_BLOCK MAX_CHUNK
#define MAX_BLOCK   ((Size) 32 * 1024 * 1024)

/* A new block is that part of what there is. */
#define BLOCK_PART 4

#define BLOCK_HEAD MAXALIGN(sizeof(RowBlock))
#define CHUNK_HEAD MAXALIGN(sizeof(RowChunk))

static void
begin_block(RowMemory *memory)
{
	memory->at = (char *) memory->blocks + BLOCK_HEAD;
	memory->end = memory->at + memory->blocks->size;
}

static void
add_block(RowMemory *memory)
{
	Size size = FIRST_BLOCK;
	RowBlock *block;

	while (size < MAX_BLOCK && size * 2 <= memory->all_blocks / BLOCK_PART)
		size *= 2;
	block = allocate_array_in(memory->context, BLOCK_HEAD + size, 1);
	block->size = size;
	block->next = memory->blocks;
	memory->blocks = block;
	memory->all_blocks += size;
	begin_block(memory);
}

/* Of a size that is a power of 2 between the least and the most. */
static RowChunk *
carve_chunk(RowMemory *memory, Size size)
{
	int class = pg_leftmost_one_pos32(size / MIN_CHUNK);
	RowChunk *chunk = memory->free[class];

	if (chunk != NULL)
	{
		memory->free[class] = chunk->next;
		return chunk;
	}
	if ((Size) (memory->end - memory->at) < size)
		add_block(memory);
	chunk = (RowChunk *) memory->at;
	memory->at += size;
	return chunk;
}

/* A chunk of about that size, in which a row of that many bytes finds room. */
RowChunk *
allocate_chunk(RowMemory *memory, Size size, Size row)
{
	RowChunk *chunk;

	size = Max(Min(size, MAX_CHUNK), MIN_CHUNK);
	while (size < MAX_CHUNK && size - CHUNK_HEAD < row)
		size *= 2;
	if (size - CHUNK_HEAD < row)
	{
		size = CHUNK_HEAD + row;
		chunk = MemoryContextAllocHuge(memory->context, size);
	}
	else
		chunk = carve_chunk(memory, size);
	chunk->next = NULL;
	chunk->size = size;
	chunk->end = CHUNK_DATA(chunk);
	memory->used += size;
	memory->most = Max(memory->most, memory->used);
	return chunk;
}

/* Keeps the last block, which is the largest, for what comes next. */
static void
free_blocks(RowMemory *memory)
{
	RowBlock *kept = memory->blocks;
	RowBlock *next;

	memset(memory->free, 0, sizeof(memory->free));
	if (kept == NULL)
		return;
	for (RowBlock *block = kept->next; block != NULL; block = next)
	{
		next = block->next;
		pfree(block);
	}
	kept->next = NULL;
	memory->all_blocks = kept->size;
	begin_block(memory);
}

void
free_chunk(RowMemory *memory, RowChunk *chunk)
{
	memory->used -= chunk->size;
	if (chunk->size > MAX_CHUNK)
		pfree(chunk);
	else
	{
		int class = pg_leftmost_one_pos32(chunk->size / MIN_CHUNK);

		chunk->next = memory->free[class];
		memory->free[class] = chunk;
	}
	if (memory->used == 0)
		free_blocks(memory);
}

char *
scratch_bytes(RowMemory *memory, Size size)
{
	if (memory->scratch_size < size)
	{
		Size room = Max(size, 2 * memory->scratch_size);

		if (memory->scratch != NULL)
			pfree(memory->scratch);
		memory->scratch = NULL;
		memory->scratch_size = 0;
		memory->scratch = MemoryContextAllocHuge(memory->context, room);
		memory->scratch_size = room;
	}
	return memory->scratch;
}
