/*
 * company_resolution_blocks.c
 *		Blocks of bytes, which go from phase to phase.
 *
 * All blocks of a large state have one size, so that any may be taken again
 * for whatever is written next, and memory is never in pieces of the wrong
 * size.  They are whole pages of memory, so that what is free at the end can be
 * given back to the kernel before the result is there, whatever the allocator
 * would do.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_blocks.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/bytes.h"
#include "identity/company_resolution_blocks.h"

/* The size of a block with its header; the first are smaller. */
#define BLOCK_SIZE  ((Size) 32 * 1024)
#define FIRST_BLOCK ((Size) 1024)

#define PAGE_OF_MEMORY ((Size) 4096)
#define FIRST_SLAB     ((Size) 128 * 1024)
#define LARGEST_SLAB   ((Size) 1024 * 1024)

typedef Block *BlockPointer;

#define ST_SORT          sort_blocks
#define ST_ELEMENT_TYPE  BlockPointer
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_DEFINE
#include "lib/sort_template.h"

struct Slab
{
	Slab *next;
};

/* A block of the one size. */
static Block *
cut_block(BlockPool *pool)
{
	Block *block;

	if (pool->slab_at == pool->slab_end)
	{
		Size size = Min(Max(pool->taken / 4, FIRST_SLAB), LARGEST_SLAB);
		Slab *slab;

		size -= size % BLOCK_SIZE;
		slab = MemoryContextAlloc(pool->context,
								  sizeof(Slab) + size + PAGE_OF_MEMORY);
		slab->next = pool->slabs;
		pool->slabs = slab;
		pool->taken += size;
		pool->slab_at = (char *) TYPEALIGN(PAGE_OF_MEMORY, slab + 1);
		pool->slab_end = pool->slab_at + size;
	}
	block = (Block *) pool->slab_at;
	pool->slab_at += BLOCK_SIZE;
	return block;
}

static Block *
take_block(BlockPool *pool, Size size)
{
	Size with_header = Max(Max(pool->taken / 4, FIRST_BLOCK),
						   offsetof(Block, bytes) + size);
	Block *block;

	if (offsetof(Block, bytes) + size > BLOCK_SIZE || with_header < BLOCK_SIZE)
	{
		with_header = Max(Min(with_header, BLOCK_SIZE),
						  offsetof(Block, bytes) + size);
		block = MemoryContextAllocHuge(pool->context, with_header);
		pool->taken += with_header;
	}
	else
	{
		with_header = BLOCK_SIZE;
		block = pool->nfree > 0 ? pool->free[--pool->nfree] : cut_block(pool);
		pool->nforgotten = Min(pool->nforgotten, pool->nfree);
	}
	block->next = NULL;
	block->size = with_header - offsetof(Block, bytes);
	block->used = 0;
	return block;
}

/* Makes room for so many bytes more, and tells whether in another block. */
bool
make_block_room(BlockPool *pool, BlockList *list, Size size)
{
	Block *block = list->last;

	if (likely(block != NULL && block->size - block->used >= size))
		return false;
	block = take_block(pool, size);
	if (list->last == NULL)
		list->first = block;
	else
		list->last->next = block;
	list->last = block;
	return true;
}

/* Gives back a block that has been read. */
void
leave_block(BlockPool *pool, Block *block)
{
	if (block->size != BLOCK_SIZE - offsetof(Block, bytes))
	{
		pool->taken -= block->size + offsetof(Block, bytes);
		pfree(block);
		return;
	}
	MAKE_ROOM(pool->context, pool->free, pool->free_room, pool->nfree + 1);
	pool->free[pool->nfree++] = block;
}

void
leave_blocks(BlockPool *pool, BlockList *list)
{
	for (Block *block = list->first, *next; block != NULL; block = next)
	{
		CHECK_FOR_INTERRUPTS();
		next = block->next;
		leave_block(pool, block);
	}
	list->first = list->last = NULL;
}

/*
 * Gives the blocks that were left since the last time back to the kernel, those
 * that lie side by side at once, for it is asked for by every processor.
 */
void
forget_left_blocks(BlockPool *pool)
{
	uint32 n = pool->nfree - pool->nforgotten;
	Block **left = pool->free + pool->nforgotten;

	if (n > 0)
		sort_blocks(left, n);
	for (uint32 start = 0, end; start < n; start = end)
	{
		CHECK_FOR_INTERRUPTS();
		for (end = start + 1;
			 end < n && (char *) left[end] - (char *) left[start] ==
							(ptrdiff_t) ((end - start) * BLOCK_SIZE);
			 end++)
			;
		forget_pages(left[start], (end - start) * BLOCK_SIZE);
	}
	pool->nforgotten = pool->nfree;
}

/* All lists have been left. */
void
end_block_pool(BlockPool *pool)
{
	for (Slab *slab = pool->slabs, *next; slab != NULL; slab = next)
	{
		next = slab->next;
		pfree(slab);
	}
	if (pool->free != NULL)
		pfree(pool->free);
	*pool = (BlockPool){.context = pool->context};
}

/* How many bytes an id has in common with the beginning of the one before. */
uint32
shared_beginning(const FrontId *before, const uint8 *bytes, uint32 length)
{
	uint32 limit = Min(before->length, length);
	uint32 shared = 0;

	for (; limit - shared >= 8; shared += 8)
	{
		uint64 difference = load_word((const char *) bytes + shared) ^
							load_word((const char *) before->bytes + shared);

		if (difference != 0)
			return shared + pg_rightmost_one_pos64(difference) / 8;
	}
	while (shared < limit && bytes[shared] == before->bytes[shared])
		shared++;
	return shared;
}
