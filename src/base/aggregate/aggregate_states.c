/*
 * aggregate_states.c
 *		Groups of an Ecosystem Aggregate that begin, and end, with their states.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_states.c
 */
#include "postgres.h"

#include "executor/executor.h"

#include "base/aggregate/aggregate_combine.h"
#include "base/aggregate/aggregate_private.h"

uint32
begin_group(AggregateNode *node, uint32 nulls, uint32 hash)
{
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	uint32 number = add_group(&node->table, node->values, nulls, hash);
	AggregateValue *values = values_of_group(&node->table,
											 nth_group(&node->table, number));

	for (int i = 0; i < node->ncalls; i++)
	{
		if (node->share.combines)
			start_combined(&values[i]);
		else
			start_value(&node->calls[i], &values[i], states);
	}
	note_memory(node);
	return number;
}

void
forget_groups(AggregateNode *node)
{
	forget_waiting_rows(node);
	ReScanExprContext(node->caller->curaggcontext);
	reset_group_table(&node->table);
	node->full = false;
	node->next = 0;
}
