/*
 * aggregate_memory.c
 *		What an Ecosystem Aggregate has in memory, and may have.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_memory.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/aggregate/aggregate_private.h"

/* A part of the memory, where any aggregate has rows that wait */
#define WAITING_PART 4

/* What rows that wait may take of the node's memory */
Size
waiting_limit(const AggregateNode *node)
{
	return node->nwaiting > 0 ? node->limit / WAITING_PART : 0;
}

/* Notes what is used; a group more, and its states, may be too much. */
void
note_memory(AggregateNode *node)
{
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	Size used = MemoryContextMemAllocated(states, true) +
				MemoryContextMemAllocated(node->table.context, true) +
				MemoryContextMemAllocated(node->remembered, false);

	node->full = used + waiting_limit(node) > node->limit;
	if (node->nwaiting > 0)
		used += MemoryContextMemAllocated(node->waiting, true);
	node->numbers.memory = Max(node->numbers.memory, used);
}
