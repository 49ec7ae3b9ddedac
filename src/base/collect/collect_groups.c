/*
 * collect_groups.c
 *		The rows of a partition by key and group.
 *
 * Outer rows of one key, null being one, form a group; where the query groups
 * by more of their columns, as many as these tell apart.  Inner rows go to the
 * key that they match.  Rows keep the order in which they came.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_groups.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/collect/collect_groups.h"
#include "base/hash.h"
#include "base/memory.h"

/* ---- hashes ---- */

/* Of no meaning beyond this node */
#define HASH_SEED   UINT64CONST(0xA0761D6478BD642F)
#define HASH_FACTOR UINT64CONST(0xE7037ED1A0B428DB)

static inline uint32
next_hash(uint32 hash, uint32 of_column)
{
	return (hash << 1 | hash >> 31) ^ of_column;
}

/* The same for like numbers of several types */
static inline uint32
hash_integer(const PackedColumn *column, Datum value)
{
	int64 number = DatumGetInt64(value);

	if (column->length == sizeof(int32))
		number = DatumGetInt32(value);
	else if (column->length == sizeof(int16))
		number = DatumGetInt16(value);
	return (uint32) fold_product((uint64) number ^ HASH_SEED, HASH_FACTOR);
}

/*
 * The hash of a row's key; false where a null in it means that there is
 * nothing to match.  Values and nulls are those of a plan's row.
 */
bool
hash_key_of_row(CollectColumns *columns, bool inner, const Datum *values,
				const bool *nulls, const PackedShape *shape, bool nulls_too,
				uint32 *hash)
{
	uint32 combined = 0;

	for (int i = 0; i < columns->nkeys; i++)
	{
		CollectColumn *column = &columns->columns[i];
		int at = shape->columns[i].number - 1;
		uint32 of_column = 0;

		if (nulls[at])
		{
			if (!nulls_too)
				return false;
		}
		else if (column->bitwise)
			of_column = hash_integer(&shape->columns[i], values[at]);
		else
			of_column = DatumGetUInt32(
				FunctionCall1Coll(inner ? &column->inner_hash : &column->hash,
								  column->collation, values[at]));
		combined = next_hash(combined, of_column);
	}
	/* Partitions are told apart by its first bits, slots by its last. */
	*hash = murmurhash32(combined);
	return true;
}

/* Of all columns of an outer row, whose key has that hash */
static uint32
hash_group(CollectColumns *columns, uint32 hash, const Datum *values,
		   const bool *nulls)
{
	for (int i = columns->nkeys; i < columns->ncolumns; i++)
	{
		CollectColumn *column = &columns->columns[i];

		hash = next_hash(hash, nulls[i] ? 0
										: DatumGetUInt32(FunctionCall1Coll(
											  &column->hash, column->collation,
											  values[i])));
	}
	return murmurhash32(hash);
}

/* ---- equality ---- */

/* Whether the first columns of two outer rows are the same. */
static bool
same_outer(CollectColumns *columns, int ncolumns, const PackedRow *row)
{
	unpack_row(row, columns->outer, ncolumns, columns->values[1],
			   columns->nulls[1]);
	for (int i = 0; i < ncolumns; i++)
	{
		CollectColumn *column = &columns->columns[i];
		Datum a = columns->values[0][i];
		Datum b = columns->values[1][i];

		if (columns->nulls[0][i] != columns->nulls[1][i])
			return false;
		if (columns->nulls[0][i])
			continue;
		if (column->bitwise
				? a != b
				: !DatumGetBool(FunctionCall2Coll(&column->equal,
												  column->collation, a, b)))
			return false;
	}
	return true;
}

/*
 * Whether an inner row, whose key has no null, matches the outer rows of a key.
 */
static bool
matches(CollectColumns *columns, const CollectKey *key)
{
	const PackedRow *outer = key->outer;

	if (columns->single)
	{
		bool isnull = false;

		if (key->value != columns->values[0][0])
			return false;
		if (key->value == 0)
			(void) first_value(outer, columns->outer, &isnull);
		return !isnull;
	}
	unpack_row(outer, columns->outer, columns->nkeys, columns->values[1],
			   columns->nulls[1]);
	for (int i = 0; i < columns->nkeys; i++)
	{
		CollectColumn *column = &columns->columns[i];
		Datum of_inner = columns->values[0][i];
		Datum of_outer = columns->values[1][i];

		if (columns->nulls[1][i])
			return false;
		if (column->bitwise ? of_inner != of_outer
							: !DatumGetBool(FunctionCall2Coll(
								  &column->match, column->collation,
								  column->commuted ? of_inner : of_outer,
								  column->commuted ? of_outer : of_inner)))
			return false;
	}
	return true;
}

/* ---- the table ---- */

static uint32
slots_for(uint64 nrows)
{
	if (nrows > PG_INT32_MAX / 4)
		refuse_array();
	return pg_nextpower2_32(Max((uint32) nrows * 2, 16));
}

Size
collect_table_size(uint64 nrows, bool details)
{
	uint64 slots = nrows > PG_INT32_MAX / 4 ? nrows * 4 : slots_for(nrows);

	return nrows * (sizeof(CollectKey) + sizeof(CollectGroup)) +
		   slots * sizeof(CollectSlot) * (details ? 2 : 1);
}

/* Every so many rows */
static inline void
look_up(CollectColumns *columns, uint64 nrows)
{
	if (nrows % 1024 != 0)
		return;
	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(columns->scratch);
}

static inline void
append_row(PackedRow **first, PackedRow **last, PackedRow *row)
{
	row->link.next = NULL;
	if (*first == NULL)
		*first = row;
	else
		(*last)->link.next = row;
	*last = row;
}

/* The number, from 1, of the key that an outer row belongs to. */
static uint32
key_of_outer(CollectTable *table, CollectColumns *columns, CollectSlot *slots,
			 uint32 mask, uint32 hash, PackedRow *row)
{
	for (uint32 at = hash & mask;; at = (at + 1) & mask)
	{
		if (slots[at].number == 0)
		{
			table->keys[table->nkeys] = (CollectKey){
				row, columns->nulls[0][0] ? (Datum) 0 : columns->values[0][0],
				NULL, NULL};
			slots[at] = (CollectSlot){hash, ++table->nkeys};
			return slots[at].number;
		}
		if (slots[at].hash == hash &&
			same_outer(columns, columns->nkeys,
					   table->keys[slots[at].number - 1].outer))
			return slots[at].number;
	}
}

/* And of its group, of which there is none before for a key that is new */
static uint32
group_of_outer(CollectTable *table, CollectColumns *columns,
			   CollectSlot *slots, uint32 mask, uint32 hash, uint32 key)
{
	for (uint32 at = hash & mask;; at = (at + 1) & mask)
	{
		if (slots[at].number == 0)
		{
			table->groups[table->ngroups] = (CollectGroup){NULL, NULL,
														   key - 1};
			slots[at] = (CollectSlot){hash, ++table->ngroups};
			return slots[at].number;
		}
		if (slots[at].hash == hash &&
			same_outer(columns, columns->ncolumns,
					   table->groups[slots[at].number - 1].first))
			return slots[at].number;
	}
}

static void
add_outer_rows(CollectTable *table, CollectColumns *columns,
			   CollectSlot *slots, CollectSlot *group_slots, uint32 mask,
			   RowPile *outer)
{
	uint64 nrows = 0;

	for (RowChunk *chunk = outer->first; chunk != NULL; chunk = chunk->next)
	{
		const char *end = end_of_rows(outer, chunk);
		uint32 size;

		for (char *at = CHUNK_DATA(chunk); at < end; at += size)
		{
			PackedRow *row = (PackedRow *) at;
			uint32 hash = row->link.piled.hash;
			CollectGroup *group;
			uint32 number;

			look_up(columns, ++nrows);
			size = row->link.piled.size;
			unpack_row(row, columns->outer, columns->ncolumns,
					   columns->values[0], columns->nulls[0]);
			number = key_of_outer(table, columns, slots, mask, hash, row);
			if (group_slots != NULL)
				number = group_of_outer(table, columns, group_slots, mask,
										hash_group(columns, hash,
												   columns->values[0],
												   columns->nulls[0]),
										number);
			else if (number > table->ngroups)
			{
				table->groups[number - 1] = (CollectGroup){NULL, NULL,
														   number - 1};
				table->ngroups = number;
			}
			group = &table->groups[number - 1];
			append_row(&group->first, &group->last, row);
		}
	}
}

static void
add_inner_rows(CollectTable *table, CollectColumns *columns,
			   CollectSlot *slots, uint32 mask, RowPile *inner)
{
	uint64 nrows = 0;

	for (RowChunk *chunk = inner->first; chunk != NULL; chunk = chunk->next)
	{
		const char *end = end_of_rows(inner, chunk);
		uint32 size;

		for (char *at = CHUNK_DATA(chunk); at < end; at += size)
		{
			PackedRow *row = (PackedRow *) at;
			uint32 hash = row->link.piled.hash;
			bool unpacked = false;

			look_up(columns, ++nrows);
			size = row->link.piled.size;
			for (uint32 slot = hash & mask; slots[slot].number != 0;
				 slot = (slot + 1) & mask)
			{
				CollectKey *key = &table->keys[slots[slot].number - 1];

				if (slots[slot].hash != hash)
					continue;
				if (!unpacked && columns->single)
					columns->values[0][0] = first_value(row, columns->inner,
														&columns->nulls[0][0]);
				else if (!unpacked)
					unpack_row(row, columns->inner, columns->nkeys,
							   columns->values[0], columns->nulls[0]);
				unpacked = true;
				if (!matches(columns, key))
					continue;
				append_row(&key->first, &key->last, row);
				break;
			}
		}
	}
}

/*
 * Makes the table in the current memory context.  The rows are linked from now
 * on.
 */
void
build_collect_table(CollectTable *table, CollectColumns *columns,
					RowPile *outer, RowPile *inner)
{
	uint32 nslots = slots_for(outer->nrows);
	CollectSlot *slots = allocate_zeros(nslots, sizeof(CollectSlot));
	CollectSlot *group_slots = NULL;
	MemoryContext caller;

	memset(table, 0, sizeof(CollectTable));
	table->memory = collect_table_size(outer->nrows,
									   columns->ncolumns > columns->nkeys);
	table->keys = allocate_array(outer->nrows, sizeof(CollectKey));
	table->groups = allocate_array(outer->nrows, sizeof(CollectGroup));
	if (columns->ncolumns > columns->nkeys)
		group_slots = allocate_zeros(nslots, sizeof(CollectSlot));
	caller = MemoryContextSwitchTo(columns->scratch);
	add_outer_rows(table, columns, slots, group_slots, nslots - 1, outer);
	add_inner_rows(table, columns, slots, nslots - 1, inner);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(columns->scratch);
	pfree(slots);
	if (group_slots != NULL)
		pfree(group_slots);
}
