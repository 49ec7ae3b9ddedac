/*
 * collect_turns.c
 *		What an Ecosystem Collect does in turn: it reads both sides, and then
 *		takes one partition after another, alone or with other processes.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_turns.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/collect/collect_private.h"
#include "base/collect/collect_share.h"
#include "base/compat.h"

void
read_sides(CollectState *state)
{
	int n;
	bool found = false;

	state->limit = hash_memory_limit();
	state->to_file = false;
	state->memory.used = 0;
	if (state->member.share != NULL)
	{
		read_shared_sides(state);
		return;
	}
	n = planned_partitions(state, 1);
	add_partitions(state, n, pg_leftmost_one_pos32(n));
	read_side(state, &state->outer);
	for (int i = 0; i < n && !found; i++)
		found = state->partitions[i].outer.nrows > 0;
	if (found)
		read_side(state, &state->inner);
}

bool
next_partition(CollectState *state)
{
	ExecClearTuple(state->outer.slot);
	ExecClearTuple(state->inner.slot);
	state->loaded = false;
	state->current = NULL;
	if (state->is_current)
		free_partition(state);
	state->is_current = false;
	MemoryContextReset(state->partition);
	while (state->npartitions > 0 || fetch_shared_partition(state))
	{
		Partition *partition = &state->partitions[state->npartitions - 1];
		bool written = partition->outer.file != NULL ||
					   partition->inner.file != NULL;
		Size bytes = partition->outer.bytes + partition->inner.bytes +
					 collect_table_size(partition->outer.nrows,
										state->columns.ncolumns >
											state->columns.nkeys);
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		if (partition->outer.nrows == 0)
		{
			free_partition(state);
			continue;
		}
		if (written)
		{
			state->numbers.disk += partition->outer.bytes +
								   partition->inner.bytes;
			if (bytes > state->limit && partition->bits < HASH_BITS)
			{
				divide_partition(state, bytes);
				continue;
			}
			state->numbers.batches++;
			read_pile(&state->memory, &partition->outer);
			read_pile(&state->memory, &partition->inner);
		}
		caller = MemoryContextSwitchTo(state->partition);
		build_collect_table(&state->table, &state->columns, &partition->outer,
							&partition->inner);
		MemoryContextSwitchTo(caller);
		state->is_current = true;
		state->group = 0;
		state->numbers.groups += state->table.ngroups;
		state->numbers.partitions++;
		state->numbers.memory = Max(Max(state->numbers.memory,
										state->memory.most),
									state->memory.used + state->table.memory);
		return true;
	}
	return false;
}
