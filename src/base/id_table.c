/*
 * id_table.c
 *		Ids, each once, numbered as they came.
 *
 * IDENTIFICATION
 *		src/base/id_table.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/id_table.h"
#include "base/memory.h"

#define FIRST_SLOT_BITS 4
#define FIRST_CHUNK     ((Size) 1024)
#define LARGEST_CHUNK   ((Size) 64 * 1024)

void
begin_id_table(IdTable *table, MemoryContext context)
{
	memset(table, 0, sizeof(IdTable));
	table->context = context;
}

static inline Size
slot_count(const IdTable *table)
{
	return table->slot_bits > 0 ? (Size) 1 << table->slot_bits : 0;
}

static inline Size
first_slot(const IdTable *table, uint64 hash)
{
	return (Size) (hash >> (64 - table->slot_bits));
}

/* Slots for so many ids, three quarters of them taken at the most */
void
reserve_ids(IdTable *table, Size n)
{
	IdSlot *old = table->slots;
	Size old_slots = slot_count(table);
	int bits = Max(table->slot_bits, FIRST_SLOT_BITS);
	Size mask;

	while (((Size) 3 << bits) / 4 < n)
		bits++;
	if (bits == table->slot_bits)
		return;
	mask = ((Size) 1 << bits) - 1;
	table->slot_bits = bits;
	table->slots = MemoryContextAllocExtended(table->context,
											  (mask + 1) * sizeof(IdSlot),
											  MCXT_ALLOC_HUGE |
												  MCXT_ALLOC_ZERO);
	for (Size i = 0; i < old_slots; i++)
	{
		Size slot;

		check_for_interrupts_at(i);
		if (old[i].number == 0)
			continue;
		slot = first_slot(table, old[i].hash);
		while (table->slots[slot].number != 0)
			slot = (slot + 1) & mask;
		table->slots[slot] = old[i];
	}
	if (old != NULL)
		pfree(old);
}

static inline bool
is_id(const TableId *id, const char *bytes, Size length)
{
	return id->length == length && memcmp(id->bytes, bytes, length) == 0;
}

/* The slot of an id, or the free one where it would be */
static inline IdSlot *
slot_of(const IdTable *table, uint64 hash, const char *bytes, Size length)
{
	Size mask = slot_count(table) - 1;
	Size slot = first_slot(table, hash);

	while (table->slots[slot].number != 0 &&
		   (table->slots[slot].hash != hash ||
			!is_id(&table->ids[table->slots[slot].number - 1], bytes, length)))
		slot = (slot + 1) & mask;
	return &table->slots[slot];
}

static const char *
keep_bytes(IdTable *table, const char *bytes, Size length)
{
	char *copy;

	if (length == 0)
		return "";
	if ((Size) (table->chunk_end - table->chunk_at) < length)
	{
		table->chunk_size = Min(Max(table->chunk_size * 2, FIRST_CHUNK),
								LARGEST_CHUNK);
		table->chunk_size = Max(table->chunk_size, length);
		table->chunk_at = MemoryContextAlloc(table->context,
											 table->chunk_size);
		table->chunk_end = table->chunk_at + table->chunk_size;
	}
	copy = table->chunk_at;
	memcpy(copy, bytes, length);
	table->chunk_at += Min(MAXALIGN(length),
						   (Size) (table->chunk_end - table->chunk_at));
	return copy;
}

/* The number of an id, which is copied when it is new */
uint32
id_number(IdTable *table, const char *bytes, Size length)
{
	uint64 hash;
	IdSlot *slot;

	/* mostly that of the row before */
	if (table->n > 0 && is_id(&table->ids[table->last], bytes, length))
		return table->last;
	hash = stable_hash(bytes, length);
	if (unlikely((Size) table->n + 1 > slot_count(table) / 4 * 3))
		reserve_ids(table, (Size) table->n + 1);
	slot = slot_of(table, hash, bytes, length);
	if (slot->number == 0)
	{
		if (table->n == PG_INT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many different ids")));
		MAKE_ROOM(table->context, table->ids, table->room, table->n + 1);
		table->ids[table->n].bytes = keep_bytes(table, bytes, length);
		table->ids[table->n].length = length;
		slot->hash = hash;
		slot->number = ++table->n;
	}
	return table->last = slot->number - 1;
}

/* Whether an id is there, and its number */
bool
find_id(const IdTable *table, const char *bytes, Size length, uint32 *number)
{
	const IdSlot *slot;

	if (table->n == 0)
		return false;
	slot = slot_of(table, stable_hash(bytes, length), bytes, length);
	if (slot->number == 0)
		return false;
	*number = slot->number - 1;
	return true;
}

static bool
slot_is_before(const IdTable *table, const IdSlot *a, const IdSlot *b)
{
	const TableId *first = &table->ids[a->number - 1];
	const TableId *second = &table->ids[b->number - 1];

	if (a->hash != b->hash)
		return a->hash < b->hash;
	return compare_bytes(first->bytes, first->length, second->bytes,
						 second->length) < 0;
}

/*
 * The numbers of all ids in the order of their stable hashes, and of their
 * bytes should two hash alike.  In the table they are out of order within runs
 * of taken slots only, but for those of its end that wrapped around to its
 * start.
 */
uint32 *
ids_by_hash(const IdTable *table)
{
	const IdSlot **ordered = allocate_array(table->n, sizeof(IdSlot *));
	uint32 *numbers = allocate_array(table->n, sizeof(uint32));
	Size nslots = slot_count(table);
	Size n = 0;

	for (int wrapped = 0; wrapped < 2; wrapped++)
		for (Size i = 0; i < nslots; i++)
		{
			const IdSlot *slot = &table->slots[i];
			Size place;

			check_for_interrupts_at(i);
			if (wrapped && slot->number == 0)
				break; /* the run at the start ends */
			if (slot->number == 0 ||
				(first_slot(table, slot->hash) > i) != (wrapped != 0))
				continue;
			for (place = n++;
				 place > 0 && slot_is_before(table, slot, ordered[place - 1]);
				 place--)
				ordered[place] = ordered[place - 1];
			ordered[place] = slot;
		}
	Assert(n == table->n);
	for (Size i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		numbers[i] = ordered[i]->number - 1;
	}
	pfree(ordered);
	return numbers;
}
