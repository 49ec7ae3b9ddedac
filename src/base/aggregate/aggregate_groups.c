/*
 * aggregate_groups.c
 *		The groups of an Ecosystem Aggregate, found by their keys.
 *
 * Keys are compared by their bytes, and hashed by them.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_groups.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_groups.h"
#include "base/hash.h"
#include "base/memory.h"

#define FIRST_SLOTS 64

void
begin_group_table(GroupTable *table, const GroupKey *keys, int nkeys,
				  int nvalues, MemoryContext context)
{
	table->keys = keys;
	table->nkeys = nkeys;
	table->context = context;
	table->group_size = offsetof(AggregateGroup, keys) +
						nkeys * sizeof(Datum) +
						nvalues * sizeof(AggregateValue);
	table->plain = nkeys == 1 || nkeys == 2;
	for (int i = 0; i < nkeys; i++)
		table->plain &= keys[i].byval;
	reset_group_table(table);
}

/* Empties the table. */
void
reset_group_table(GroupTable *table)
{
	MemoryContextReset(table->context);
	table->slots = NULL;
	table->mask = 0;
	table->ngroups = 0;
	table->blocks = NULL;
	table->last = NO_GROUP;
}

/* ---- keys ---- */

static inline Size
key_bytes(const GroupKey *key, Datum value, const char **bytes)
{
	*bytes = DatumGetPointer(value);
	if (key->length >= 0)
		return key->length;
	*bytes = VARDATA_ANY(DatumGetPointer(value));
	return VARSIZE_ANY_EXHDR(DatumGetPointer(value));
}

uint32
hash_any_keys(const GroupTable *table, const Datum *keys, uint32 nulls)
{
	uint64 hash = nulls;

	for (int i = 0; i < table->nkeys; i++)
	{
		const GroupKey *key = &table->keys[i];
		const char *bytes;
		Size length;

		if (key->byval || (nulls >> i & 1) != 0)
		{
			hash = fold_product(hash ^ (uint64) keys[i],
								UINT64CONST(0x9E3779B97F4A7C15)) +
				   UINT64CONST(0xD1B54A32D192ED03);
			continue;
		}
		length = key_bytes(key, keys[i], &bytes);
		hash = fast_hash(bytes, length, hash);
	}
	/* Partitions are told apart by its first bits, slots by its last. */
	return (uint32) (mix_integer(hash) >> 16);
}

bool
has_any_keys(const GroupTable *table, const AggregateGroup *group,
			 const Datum *keys, uint32 nulls)
{
	if (group->nulls != nulls)
		return false;
	for (int i = 0; i < table->nkeys; i++)
	{
		const GroupKey *key = &table->keys[i];
		const char *a;
		const char *b;
		Size length;

		if (group->keys[i] == keys[i])
			continue;
		if (key->byval || (nulls >> i & 1) != 0)
			return false;
		length = key_bytes(key, keys[i], &a);
		if (length != key_bytes(key, group->keys[i], &b) ||
			memcmp(a, b, length) != 0)
			return false;
	}
	return true;
}

/* ---- groups ---- */

uint32
find_group(GroupTable *table, const Datum *keys, uint32 nulls, uint32 hash)
{
	if (table->slots == NULL)
		return NO_GROUP;
	for (uint32 at = hash & table->mask;; at = (at + 1) & table->mask)
	{
		const GroupSlot *slot = &table->slots[at];
		uint32 number = slot->number - 1;

		if (slot->number == 0)
			return NO_GROUP;
		if (slot->hash == hash &&
			has_keys(table, nth_group(table, number), keys, nulls))
			return table->last = number;
	}
}

static void
put_slot(GroupTable *table, uint32 hash, uint32 number)
{
	uint32 at = hash & table->mask;

	while (table->slots[at].number != 0)
		at = (at + 1) & table->mask;
	table->slots[at] = (GroupSlot){hash, number};
}

/* Makes room for a group more, so that half of the slots are empty. */
static void
grow_slots(GroupTable *table)
{
	uint32 nslots = table->slots == NULL ? FIRST_SLOTS : table->mask + 1;
	Size nblocks = (table->ngroups + GROUPS_IN_BLOCK - 1) / GROUPS_IN_BLOCK;
	char **blocks;
	MemoryContext caller;

	if (table->slots != NULL && table->ngroups < nslots / 2)
		return;
	if (nslots > PG_UINT32_MAX / 4)
		refuse_array();
	if (table->slots != NULL)
		nslots *= 2;
	caller = MemoryContextSwitchTo(table->context);
	if (table->slots != NULL)
		pfree(table->slots);
	table->slots = allocate_zeros(nslots, sizeof(GroupSlot));
	table->mask = nslots - 1;
	for (uint32 i = 0; i < table->ngroups; i++)
	{
		check_for_interrupts_at(i);
		put_slot(table, nth_group(table, i)->hash, i + 1);
	}
	/* Blocks for as many groups as there may be before it grows again */
	blocks = allocate_array(nslots / 2 / GROUPS_IN_BLOCK + 1, sizeof(char *));
	if (table->blocks != NULL)
	{
		memcpy(blocks, table->blocks, nblocks * sizeof(char *));
		pfree(table->blocks);
	}
	table->blocks = blocks;
	MemoryContextSwitchTo(caller);
}

/* A group of its own for keys that there is none of; its states are not set. */
uint32
add_group(GroupTable *table, const Datum *keys, uint32 nulls, uint32 hash)
{
	MemoryContext caller;
	AggregateGroup *group;

	grow_slots(table);
	caller = MemoryContextSwitchTo(table->context);
	if (table->ngroups % GROUPS_IN_BLOCK == 0)
		table->blocks[table->ngroups / GROUPS_IN_BLOCK] =
			allocate_array(GROUPS_IN_BLOCK, table->group_size);
	group = nth_group(table, table->ngroups);
	group->hash = hash;
	group->nulls = nulls;
	for (int i = 0; i < table->nkeys; i++)
		group->keys[i] = table->keys[i].byval || (nulls >> i & 1) != 0
							 ? keys[i]
							 : datumCopy(keys[i], false,
										 table->keys[i].length);
	MemoryContextSwitchTo(caller);
	table->last = table->ngroups++;
	put_slot(table, hash, table->ngroups);
	return table->last;
}
