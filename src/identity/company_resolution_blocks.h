/*
 * company_resolution_blocks.h
 *		Bytes that are appended to blocks, read from the first on, and left.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_blocks.h
 */
#ifndef ECOSYSTEM_COMPANY_RESOLUTION_BLOCKS_H
#define ECOSYSTEM_COMPANY_RESOLUTION_BLOCKS_H

#include "postgres.h"

#include "base/memory.h"
#include "base/varint.h"

typedef struct Block
{
	struct Block *next;
	Size size; /* of bytes */
	Size used;
	char bytes[FLEXIBLE_ARRAY_MEMBER];
} Block;

/* A piece of a list is never cut by the end of a block. */
typedef struct BlockList
{
	Block *first;
	Block *last;
} BlockList;

typedef struct Slab Slab;

/*
 * Where blocks come from, and where they go to be taken again: what one phase
 * has read is what the next one writes to.
 */
typedef struct BlockPool
{
	MemoryContext context;
	Size taken;  /* bytes, by blocks and slabs that were made */
	Slab *slabs; /* of which blocks are cut */
	char *slab_at;
	char *slab_end;
	Block **free;
	uint32 nfree;
	uint32 free_room;
	uint32 nforgotten; /* the first of the free ones, which hold no memory */
} BlockPool;

/*
 * The id before, of which an id repeats the beginning: ids of one source often
 * begin alike, and sorted ones nearly always.
 */
typedef struct FrontId
{
	uint8 *bytes;
	uint32 length;
	uint32 room;
} FrontId;

/* company_resolution_blocks.c */
extern bool make_block_room(BlockPool *pool, BlockList *list, Size size);
extern void leave_block(BlockPool *pool, Block *block);
extern void leave_blocks(BlockPool *pool, BlockList *list);
extern void forget_left_blocks(BlockPool *pool);
extern void end_block_pool(BlockPool *pool);
extern uint32 shared_beginning(const FrontId *before, const uint8 *bytes,
							   uint32 length);

/* Writing, where make_block_room() made room. */
static inline ByteBuffer
block_end(const BlockList *list)
{
	Block *block = list->last;

	return (ByteBuffer){block->bytes, block->used, block->size};
}

/* The most bytes that an id takes on top of its own. */
#define FRONT_ID_SIZE ((Size) 2 * VARINT_SIZE)

static inline void
write_front_id(ByteBuffer *out, MemoryContext context, FrontId *before,
			   const uint8 *bytes, uint32 length)
{
	uint32 shared = shared_beginning(before, bytes, length);

	write_varint(out, shared);
	write_varint(out, length - shared);
	write_bytes(out, (const char *) bytes + shared, length - shared);
	MAKE_ROOM(context, before->bytes, before->room, Max(length, 1));
	memcpy(before->bytes + shared, bytes + shared, length - shared);
	before->length = length;
}

static inline void
read_front_id(const char **at, MemoryContext context, FrontId *id)
{
	uint32 shared = read_varint(at);
	uint32 rest = read_varint(at);

	MAKE_ROOM(context, id->bytes, id->room, Max((Size) shared + rest, 1));
	memcpy(id->bytes + shared, *at, rest);
	id->length = shared + rest;
	*at += rest;
}

#endif /* ECOSYSTEM_COMPANY_RESOLUTION_BLOCKS_H */
