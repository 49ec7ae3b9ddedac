/*
 * aggregate_groups.h
 *		The groups of an Ecosystem Aggregate, found by their keys.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_groups.h
 */
#ifndef ECOSYSTEM_AGGREGATE_GROUPS_H
#define ECOSYSTEM_AGGREGATE_GROUPS_H

#include "postgres.h"

#include "base/aggregate/aggregate_calls.h"

/* A key column, whose equal values are the same bytes */
typedef struct GroupKey
{
	int16 length;
	bool byval;
} GroupKey;

/* A group: this, its keys, and the states of its aggregates */
typedef struct AggregateGroup
{
	uint32 hash;
	uint32 nulls; /* a bit for each key */
	Datum keys[FLEXIBLE_ARRAY_MEMBER];
} AggregateGroup;

typedef struct GroupSlot
{
	uint32 hash;
	uint32 number; /* from 1; 0: none */
} GroupSlot;

typedef struct GroupTable
{
	int nkeys;
	const GroupKey *keys;
	Size group_size;
	MemoryContext context; /* of all that follows, and keys by reference */
	GroupSlot *slots;
	uint32 mask;
	uint32 ngroups;
	char **blocks; /* of groups */
	AggregateGroup *last;
} GroupTable;

#define GROUPS_IN_BLOCK 64

static inline AggregateGroup *
nth_group(const GroupTable *table, uint32 n)
{
	return (AggregateGroup *) (table->blocks[n / GROUPS_IN_BLOCK] +
							   n % GROUPS_IN_BLOCK * table->group_size);
}

static inline AggregateValue *
values_of_group(const GroupTable *table, AggregateGroup *group)
{
	return (AggregateValue *) &group->keys[table->nkeys];
}

extern void begin_group_table(GroupTable *table, const GroupKey *keys,
							  int nkeys, int nvalues, MemoryContext context);
extern void reset_group_table(GroupTable *table);
extern uint32 hash_keys(const GroupTable *table, const Datum *keys,
						uint32 nulls);
extern AggregateGroup *find_group(GroupTable *table, const Datum *keys,
								  uint32 nulls, uint32 hash);
extern AggregateGroup *add_group(GroupTable *table, const Datum *keys,
								 uint32 nulls, uint32 hash);

/* Whether the keys are those of a group. */
extern bool has_keys(const GroupTable *table, const AggregateGroup *group,
					 const Datum *keys, uint32 nulls);

#endif /* ECOSYSTEM_AGGREGATE_GROUPS_H */
