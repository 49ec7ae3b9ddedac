/*
 * aggregate_batch.c
 *		Rows that wait to be added to their groups' states at once.
 *
 * Where an aggregate can be told of many rows, those are packed one behind the
 * other, with the number of their group.  Once there are enough of them they
 * are sorted by that, by counting, and each state is looked at once for all of
 * its rows.  A quarter of the node's memory is theirs, of which they take as
 * much as there are groups that gain by it.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_batch.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_private.h"
#include "base/batch_transition.h"
#include "base/memory.h"

typedef struct RowBatch
{
	const BatchTransition *transition;
	void *memory; /* the transition's */
	Size words;   /* of a row */
	uint32 n;
	uint32 room;
	uint32 *groups; /* of each row */
	uint64 *rows;
	uint64 *sorted;
} RowBatch;

#define FIRST_ROOM 64

/* So many rows may wait in any case, memory permitting; */
#define SOME_ROWS 262144
/* so many of a group are worth their way through memory. */
#define GROUP_ROWS 512

void
begin_waiting_rows(AggregateNode *node)
{
	MemoryContext caller = MemoryContextSwitchTo(node->context);

	for (int i = 0; i < node->ncalls; i++)
	{
		AggregateCall *call = &node->calls[i];
		const BatchTransition *transition;

		/* One that is strict may be told to stop. */
		if (call->transition.fn_strict)
			continue;
		transition = find_batch_transition(call->transition.fn_addr);
		if (transition == NULL)
			continue;
		call->batch = palloc0(sizeof(RowBatch));
		call->batch->transition = transition;
		call->batch->words = transition->row_size / sizeof(uint64);
		call->batch->memory = transition->begin();
		node->nwaiting++;
	}
	MemoryContextSwitchTo(caller);
	if (node->nwaiting == 0)
		return;
	node->waiting = AllocSetContextCreate(node->context, "waiting rows",
										  ALLOCSET_DEFAULT_SIZES);
	node->scratch = AllocSetContextCreate(node->context, "scratch",
										  ALLOCSET_DEFAULT_SIZES);
}

void
forget_waiting_rows(AggregateNode *node)
{
	if (node->nwaiting == 0)
		return;
	for (int i = 0; i < node->ncalls; i++)
	{
		RowBatch *batch = node->calls[i].batch;

		if (batch == NULL)
			continue;
		batch->n = batch->room = 0;
		batch->groups = NULL;
		batch->rows = batch->sorted = NULL;
	}
	MemoryContextReset(node->waiting);
}

/* ---- sorting ---- */

static inline void
copy_words(uint64 *to, const uint64 *from, Size n)
{
	for (Size i = 0; i < n; i++)
		to[i] = from[i];
}

/*
 * Sorts the rows by group; gives where the rows of each group end, and of the
 * group before the first.
 */
static uint32 *
sort_rows(RowBatch *batch, uint32 ngroups, MemoryContext context)
{
	Size words = batch->words;
	uint32 *ends = allocate_zeros((Size) ngroups + 2, sizeof(uint32));

	if (batch->sorted == NULL)
		batch->sorted = allocate_array_in(context, batch->room,
										  words * sizeof(uint64));
	for (uint32 i = 0; i < batch->n; i++)
		ends[batch->groups[i] + 2]++;
	for (uint32 i = 0; i < ngroups; i++)
		ends[i + 1] += ends[i];
	/* Where a group begins moves to where it ends. */
	for (uint32 i = 0; i < batch->n; i++)
	{
		check_for_interrupts_at(i);
		copy_words(&batch->sorted[words * ends[batch->groups[i] + 1]++],
				   &batch->rows[words * i], words);
	}
	return ends;
}

/* Adds the rows of a call to their groups' states. */
static void
add_batch(AggregateNode *node, AggregateCall *call)
{
	RowBatch *batch = call->batch;
	FunctionCallInfo fcinfo = call->arguments;
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	MemoryContext scratch = node->scratch;
	MemoryContext caller = CurrentMemoryContext;
	int number = call - node->calls;
	uint32 *ends;

	if (batch->n == 0)
		return;
	MemoryContextSwitchTo(node->waiting);
	ends = sort_rows(batch, node->table.ngroups, node->waiting);
	MemoryContextSwitchTo(scratch);
	for (uint32 i = 0; i < node->table.ngroups; i++)
	{
		uint32 n = ends[i + 1] - ends[i];
		AggregateValue *value;
		Datum result;

		if (n == 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		value = &values_of_group(&node->table,
								 nth_group(&node->table, i))[number];
		fcinfo->args[0].value = value->value;
		fcinfo->args[0].isnull = value->isnull;
		fcinfo->isnull = false;
		result = batch->transition->add(fcinfo, batch->memory,
										&batch->sorted[batch->words * ends[i]],
										n);
		take_state(call, value, result, fcinfo->isnull, states);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
	pfree(ends);
	batch->n = 0;
}

void
add_waiting_rows(AggregateNode *node)
{
	for (int i = 0; i < node->ncalls; i++)
		if (node->calls[i].batch != NULL)
			add_batch(node, &node->calls[i]);
}

/* ---- rows ---- */

/* Makes room for a row more. */
static void
make_room(AggregateNode *node, AggregateCall *call)
{
	RowBatch *batch = call->batch;
	Size row = 2 * batch->words * sizeof(uint64) + sizeof(uint32);
	Size most = Max(waiting_limit(node) / node->nwaiting / row, FIRST_ROOM);
	Size worth = Max((Size) node->table.ngroups * GROUP_ROWS, SOME_ROWS);
	Size room = Max((Size) batch->room * 2, FIRST_ROOM);

	if (batch->room >= worth || room > Min(most, PG_INT32_MAX))
	{
		add_batch(node, call);
		note_memory(node);
		return;
	}
	if (batch->room == 0)
	{
		batch->groups = allocate_array_in(node->waiting, room, sizeof(uint32));
		batch->rows = allocate_array_in(node->waiting, room,
										batch->words * sizeof(uint64));
	}
	else
	{
		Size size = array_size(room, batch->words * sizeof(uint64));

		batch->groups = repalloc_huge(batch->groups,
									  array_size(room, sizeof(uint32)));
		batch->rows = repalloc_huge(batch->rows, size);
		advise_huge_pages(batch->rows, size);
	}
	batch->room = room;
	if (batch->sorted != NULL)
		pfree(batch->sorted);
	batch->sorted = NULL;
}

/*
 * Takes the row of a call's arguments, for a group; false: it is to be added
 * by itself.
 */
bool
batch_row(AggregateNode *node, AggregateCall *call, uint32 group)
{
	RowBatch *batch = call->batch;

	if (unlikely(batch->n == batch->room))
		make_room(node, call);
	if (!batch->transition->pack(call->arguments, batch->memory,
								 &batch->rows[batch->words * batch->n]))
		return false;
	batch->groups[batch->n++] = group;
	return true;
}
