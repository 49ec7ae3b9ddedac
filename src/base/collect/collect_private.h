/*
 * collect_private.h
 *		The state of an Ecosystem Collect, for the files that execute it.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_private.h
 */
#ifndef ECOSYSTEM_COLLECT_PRIVATE_H
#define ECOSYSTEM_COLLECT_PRIVATE_H

#include "postgres.h"

#include "executor/executor.h"
#include "nodes/execnodes.h"

#include "base/collect/collect_groups.h"
#include "base/collect/collect_piles.h"
#include "base/explain_node.h"
#include "base/join_columns.h"

typedef enum CollectPhase
{
	COLLECT_READ,      /* read both sides */
	COLLECT_PARTITION, /* make the next partition's table */
	COLLECT_ROWS,      /* pass on its rows */
	COLLECT_DONE
} CollectPhase;

typedef struct CollectSide
{
	PlanState *plan;
	PackedShape shape;
	TupleTableSlot *slot; /* the columns that are kept */
} CollectSide;

typedef struct Partition
{
	RowPile outer;
	RowPile inner;
	int bits; /* of the hash that all of its rows have in common */
} Partition;

/* For EXPLAIN */
typedef struct CollectNumbers
{
	uint64 groups;
	uint64 partitions;
	uint64 batches;
	Size memory; /* the most */
	Size disk;
} CollectNumbers;

typedef struct CollectShare CollectShare; /* collect_share.c */

/* Of each process, what it has of the share */
typedef struct ShareMember
{
	CollectShare *share; /* NULL: we are alone */
	PilesMember piles;
	bool reported;
	Size memory_before; /* the most, when it was done before */
} ShareMember;

typedef struct CollectState
{
	CustomScanState css;
	bool left; /* outer rows without a match are passed on */
	ExprState *joinqual;
	CollectSide outer;
	CollectSide inner;
	TupleTableSlot *null_inner;
	CollectColumns columns;

	CollectPhase phase;
	MemoryContext context;   /* of the rows */
	MemoryContext partition; /* of the table */
	RowMemory memory;
	Size limit;
	bool to_file;

	/* the partitions, of which the last is next */
	Partition *partitions;
	int npartitions;
	int partitions_room;
	bool is_current; /* the last is that in memory */

	/* where we are in it */
	CollectTable table;
	uint32 group; /* the next */
	const CollectGroup *current;
	PackedRow *outer_row; /* the next */
	PackedRow *inner_row;
	bool loaded; /* an outer row is in its slot, */
	bool matched;

	/* what it answers itself, or NULL */
	struct CollectCalls *calls; /* of window functions */
	struct CollectAggregates *aggregates;

	CollectNumbers numbers;
	ShareMember member;
} CollectState;

static inline void
load_row(CollectSide *side, const PackedRow *row)
{
	TupleTableSlot *slot = side->slot;

	ExecClearTuple(slot);
	unpack_row(row, &side->shape, side->shape.ncolumns, slot->tts_values,
			   slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
}

/* The next group; what the one behind it begins with is fetched meanwhile. */
static inline const CollectGroup *
take_group(CollectState *state)
{
	const CollectTable *table = &state->table;
	const CollectGroup *group = &table->groups[state->group++];

	if (state->group < table->ngroups)
	{
		__builtin_prefetch(group[1].first);
		__builtin_prefetch(table->keys[group[1].key].first);
	}
	return group;
}

/* collect_turns.c */

/* Reads both sides. */
extern void read_sides(CollectState *state);

/* Makes the table of the next partition; false: there is none. */
extern bool next_partition(CollectState *state);

/* collect_partitions.c */
extern int planned_partitions(const CollectState *state, int nmembers);
extern Partition *add_partitions(CollectState *state, int n, int bits);
extern void read_side(CollectState *state, CollectSide *side);
extern int parts_of_partition(const CollectState *state, double bytes,
							  int bits);
extern void pile_divided_row(CollectState *state, const PackedRow *row,
							 bool inner, int first, int n, int bits);
extern void note_undivided(CollectState *state, int first, uint64 nrows);

/* In place of the last partition come several, of what was in its files. */
extern void divide_partition(CollectState *state, double bytes);
extern void free_partition(CollectState *state);
extern void forget_partitions(CollectState *state);

/* collect_calls.c */
extern void begin_calls(CollectState *state, KeptColumns *kept);

/* The next row of the partition with its answers, or NULL. */
extern TupleTableSlot *next_answered_row(CollectState *state);
extern void reset_calls(struct CollectCalls *calls);
extern Size calls_memory(const struct CollectCalls *calls);

/* collect_aggregates.c */
extern void begin_aggregates(CollectState *state, KeptColumns *kept);

/* The next group of the partition, or NULL. */
extern TupleTableSlot *next_answered_group(CollectState *state);
extern void reset_aggregates(struct CollectAggregates *aggregates);
extern Size aggregates_memory(const struct CollectAggregates *aggregates);

/* collect_explain.c */
extern void explain_collect(CustomScanState *node, List *ancestors,
							ExplainState *es);

#endif /* ECOSYSTEM_COLLECT_PRIVATE_H */
