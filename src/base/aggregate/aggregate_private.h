/*
 * aggregate_private.h
 *		What the files of an Ecosystem Aggregate share.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_private.h
 */
#ifndef ECOSYSTEM_AGGREGATE_PRIVATE_H
#define ECOSYSTEM_AGGREGATE_PRIVATE_H

#include "postgres.h"

#include "lib/hyperloglog.h"
#include "nodes/extensible.h"

#include "base/aggregate/aggregate_branches.h"
#include "base/aggregate/aggregate_calls.h"
#include "base/aggregate/aggregate_groups.h"
#include "base/aggregate/aggregate_memo.h"
#include "base/collect/collect_piles.h"
#include "base/collect/collect_rows.h"

typedef enum AggregatePhase
{
	AGGREGATE_READ,      /* read the outer plan */
	AGGREGATE_GROUPS,    /* return the table's groups */
	AGGREGATE_PARTITION, /* read a partition */
	AGGREGATE_DONE
} AggregatePhase;

/* Where a key comes from */
typedef struct KeySource
{
	int column; /* of the input, from 0; -1: an expression, */
	KeyMemo *memo;
	ExprState *expression;
	int16 length;
	bool byval;
} KeySource;

/* Rows of groups that are not in the table */
typedef struct Partition
{
	RowPile rows;
	hyperLogLogState groups; /* how many there are, about */
	int bits;                /* of the hash that all rows have in common */
} Partition;

/* The processes that read all rows together; aggregate_team.c */
typedef struct AggregateTeam AggregateTeam;

/* For EXPLAIN */
typedef struct AggregateNumbers
{
	uint64 groups;
	uint64 batches;
	Size memory; /* the most */
	Size disk;
} AggregateNumbers;

typedef struct AggregateShare AggregateShare; /* aggregate_share.c */

/* What a process has of what all processes do */
typedef struct ShareOfGroups
{
	AggregateShare *all; /* NULL: we are alone */
	PilesMember member;
	RowPile *piles; /* that are written now, or NULL */
	bool combines;  /* what is read are states */
	bool reported;
	Size memory_before; /* the most, when it was done before */
	PackedShape shape;  /* keys and states */
	TupleTableSlot *row;
	MemoryContext scratch;
} ShareOfGroups;

typedef struct AggregateNode
{
	CustomScanState css;
	int nkeys;
	KeySource *sources;
	GroupKey *keys;
	Datum *values; /* the keys of a row */
	int ncalls;
	AggregateCall *calls;
	AggState *caller; /* whom the aggregates are called by */
	GroupTable table;
	AttrNumber last; /* of the outer plan's columns that are needed */
	AggregateBranches *branches; /* of it; NULL: it has none */

	AggregatePhase phase;
	uint32 next; /* of the table's groups */
	Size limit;
	bool full;                /* no group more */
	MemoryContext remembered; /* what expressions were */
	MemoryContext waiting; /* of rows that wait to be added to their groups */
	MemoryContext scratch;
	int nwaiting;    /* aggregates with such rows */
	double expected; /* groups of what is read now */

	/* what does not fit: rows of keys and of needed columns */
	MemoryContext context;
	PackedShape shape;
	int ncolumns;
	AttrNumber *columns;
	TupleTableSlot *packed;
	TupleTableSlot *input; /* a row of the outer plan, read again */
	RowMemory memory;
	Partition *partitions; /* of which the last is next */
	int npartitions;
	int partitions_room;
	int spills; /* the first of the partitions that are written now */
	int nspills;
	int bits; /* of the hash, of what is read now */

	AggregateTeam *team; /* or NULL: alone */
	int member;          /* of it, 0: the leader */

	/* where several processes do it: states of groups, by the hash of keys */
	ShareOfGroups share;
	AggregateNumbers numbers;
} AggregateNode;

/* The group of the keys read; NO_GROUP: there is none yet. */
static inline uint32
group_of_keys(AggregateNode *node, uint32 nulls, uint32 hash)
{
	GroupTable *table = &node->table;
	const AggregateGroup *last;

	if (table->last == NO_GROUP)
		return NO_GROUP;
	last = nth_group(table, table->last);
	if (node->nkeys == 0 ||
		(last->hash == hash && has_keys(table, last, node->values, nulls)))
		return table->last;
	return find_group(table, node->values, nulls, hash);
}

/* aggregate_batch.c */
extern void begin_waiting_rows(AggregateNode *node);
extern bool batch_row(AggregateNode *node, AggregateCall *call, uint32 group);
extern void add_waiting_rows(AggregateNode *node);
extern void forget_waiting_rows(AggregateNode *node);

/* aggregate_memory.c */
extern Size waiting_limit(const AggregateNode *node);
extern void note_memory(AggregateNode *node);

/* aggregate_states.c */

/* A group for the keys read, of no rows yet */
extern uint32 begin_group(AggregateNode *node, uint32 nulls, uint32 hash);

/* Forgets the groups, not the rows of those to come. */
extern void forget_groups(AggregateNode *node);

/* aggregate_partitions.c */
extern void spill_row(AggregateNode *node, TupleTableSlot *row, uint32 nulls,
					  uint32 hash);
extern void spill_packed_row(AggregateNode *node, const PackedRow *row);
extern void end_partition(AggregateNode *node, Partition *partition);

/* aggregate_explain.c */
extern void explain_aggregate(CustomScanState *css, List *ancestors,
							  ExplainState *es);

#endif /* ECOSYSTEM_AGGREGATE_PRIVATE_H */
