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
#include "base/hash.h"

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
	bool plain; /* one or two keys, by value */
	Size group_size;
	MemoryContext context; /* of all that follows, and keys by reference */
	GroupSlot *slots;
	uint32 mask;
	uint32 ngroups;
	char **blocks; /* of groups */
	uint32 last;   /* found last; NO_GROUP: none was */
} GroupTable;

#define GROUPS_IN_BLOCK 64
#define NO_GROUP        PG_UINT32_MAX

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

/* The number of the group that has these keys; NO_GROUP: there is none yet. */
extern uint32 find_group(GroupTable *table, const Datum *keys, uint32 nulls,
						 uint32 hash);
extern uint32 add_group(GroupTable *table, const Datum *keys, uint32 nulls,
						uint32 hash);

extern uint32 hash_any_keys(const GroupTable *table, const Datum *keys,
							uint32 nulls);
extern bool has_any_keys(const GroupTable *table, const AggregateGroup *group,
						 const Datum *keys, uint32 nulls);

/* Keys that are null are 0. */
static inline uint32
hash_keys(const GroupTable *table, const Datum *keys, uint32 nulls)
{
	uint64 second;

	if (!table->plain)
		return hash_any_keys(table, keys, nulls);
	second = table->nkeys > 1 ? (uint64) keys[1] : 0;
	return (
		uint32) (mix_integer(
					 fold_product((uint64) keys[0] ^ nulls ^
									  UINT64CONST(0x9E3779B97F4A7C15),
								  second ^ UINT64CONST(0xD1B54A32D192ED03))) >>
				 16);
}

/* Whether the keys are those of a group. */
static inline bool
has_keys(const GroupTable *table, const AggregateGroup *group,
		 const Datum *keys, uint32 nulls)
{
	if (!table->plain)
		return has_any_keys(table, group, keys, nulls);
	return group->keys[0] == keys[0] && group->nulls == nulls &&
		   (table->nkeys == 1 || group->keys[1] == keys[1]);
}

#endif /* ECOSYSTEM_AGGREGATE_GROUPS_H */
