/*
 * overlap_join_table.c
 *		Rows in flat memory, and the table that finds them by their keys.
 *
 * What a join costs is misses of the cache that wait for each other.  So rows
 * lie side by side in one buffer, with nothing but the columns that are needed
 * above the join and the identity; the table has 8 bytes for each of its slots
 * and is made when the number of keys is known, so it is never grown; and what
 * is looked up is asked for a block at a time, before it is needed.
 *
 * A key that many rows hold takes one slot, whose rows are listed elsewhere:
 * it is in no other key's way.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_table.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "overlap/overlap_join_table.h"

/* ---- rows ---- */

#define ROW_BUFFER_FIRST_SIZE ((Size) 8 * 1024)

static void
reserve(RowBuffer *buffer, Size bytes)
{
	Size wanted = buffer->used + bytes;
	Size size = Max(buffer->size, ROW_BUFFER_FIRST_SIZE);

	if (wanted <= buffer->size)
		return;
	if (wanted > ROW_BUFFER_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too large a row for an overlap join")));
	/* half more: a quarter of it is unused on average */
	while (size < wanted)
		size = MAXALIGN(size + size / 2);
	if (buffer->data == NULL)
		buffer->data = allocate_array_in(buffer->context, size, 1);
	else
		buffer->data = repalloc_huge(buffer->data, size);
	buffer->size = size;
}

/*
 * Makes room for so many bytes of rows, which no row then has to be moved for,
 * and which is had in huge pages.
 */
void
expect_rows(RowBuffer *buffer, Size bytes)
{
	reserve(buffer, Min(bytes, ROW_BUFFER_MAX - buffer->used));
}

/* Gives back the room that no row has taken. */
void
trim_rows(RowBuffer *buffer)
{
	Size size = Max(MAXALIGN(buffer->used), ROW_BUFFER_FIRST_SIZE);

	if (buffer->data == NULL || size >= buffer->size)
		return;
	buffer->data = repalloc_huge(buffer->data, size);
	buffer->size = size;
}

/* The bytes a column's value refers to. */
static Size
referred_size(Datum value, int16 length)
{
	if (length > 0)
		return length;
	if (length == -2)
		return strlen(DatumGetCString(value)) + 1;
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return EOH_get_flat_size(DatumGetEOHP(value));
	return VARSIZE_ANY(DatumGetPointer(value));
}

/*
 * Copies bytes to where what is aligned behind them begins.  The gap is zero,
 * for a row is written to files as it is.
 */
static inline char *
put_aligned(char *at, const void *bytes, Size size)
{
	if (size > 0)
	{
		memset(at + MAXALIGN(size) - MAXIMUM_ALIGNOF, 0, MAXIMUM_ALIGNOF);
		memcpy(at, bytes, size);
	}
	return at + MAXALIGN(size);
}

/*
 * Appends a row; gives its offset.  The identity is NULL where there are no
 * keys to match by.  The row's number and batch are the caller's to set.
 */
Size
append_row(RowBuffer *buffer, const RowShape *shape, TupleTableSlot *slot,
		   const struct varlena *identity)
{
	Size head = MAXALIGN(sizeof(StoredRow)) +
				shape->ncolumns * (sizeof(Datum) + sizeof(bool));
	Size size = MAXALIGN(head);
	Size offset;
	StoredRow *row;
	Datum *values;
	bool *nulls;
	char *at;

	if (shape->last > 0)
		slot_getsomeattrs(slot, shape->last);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		int column = shape->columns[i] - 1;

		if (!shape->byval[i] && !slot->tts_isnull[column])
			size += MAXALIGN(
				referred_size(slot->tts_values[column], shape->lengths[i]));
	}
	if (identity != NULL)
		size += MAXALIGN(VARSIZE_ANY(identity));
	if (buffer->used == 0)
	{
		reserve(buffer, ROW_BUFFER_START);
		buffer->used = ROW_BUFFER_START;
	}
	reserve(buffer, size);
	if (size > PG_UINT32_MAX)
		elog(ERROR, "a row of an overlap join has %zu bytes", size);

	offset = buffer->used;
	row = BUFFERED_ROW(buffer, offset);
	memset(row, 0, MAXALIGN(sizeof(StoredRow)));
	row->size = size;
	values = STORED_VALUES(row);
	nulls = (bool *) (values + shape->ncolumns);
	at = (char *) row + MAXALIGN(head);
	memset((char *) row + head, 0, MAXALIGN(head) - head);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		int column = shape->columns[i] - 1;
		Datum value = slot->tts_values[column];

		nulls[i] = slot->tts_isnull[column];
		values[i] = 0;
		if (nulls[i])
			continue;
		if (shape->byval[i])
			values[i] = value;
		else
		{
			Size bytes = referred_size(value, shape->lengths[i]);

			values[i] = (Datum) (at - (char *) row);
			if (shape->lengths[i] == -1 &&
				VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
			{
				memset(at, 0, MAXALIGN(bytes));
				EOH_flatten_into(DatumGetEOHP(value), at, bytes);
				at += MAXALIGN(bytes);
			}
			else
				at = put_aligned(at, DatumGetPointer(value), bytes);
		}
	}
	if (identity != NULL)
	{
		row->identity = at - (char *) row;
		put_aligned(at, identity, VARSIZE_ANY(identity));
	}
	buffer->used += size;
	return offset;
}

/* Puts a row's columns into a virtual slot, which refers to the row. */
void
load_row(const StoredRow *row, const RowShape *shape, TupleTableSlot *slot)
{
	const Datum *values = STORED_VALUES(row);
	const bool *nulls = (const bool *) (values + shape->ncolumns);

	ExecClearTuple(slot);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		slot->tts_isnull[i] = nulls[i];
		slot->tts_values[i] = shape->byval[i] || nulls[i]
								  ? values[i]
								  : PointerGetDatum((const char *) row +
													values[i]);
	}
	ExecStoreVirtualTuple(slot);
}

void
write_row(BufFile *file, const StoredRow *row)
{
	BufFileWrite(file, unconstify(StoredRow *, row), row->size);
}

/* Writes all rows of a buffer, as they lie. */
#define WRITTEN_AT_A_TIME ((Size) 1024 * 1024)

void
write_rows(BufFile *file, const RowBuffer *rows)
{
	Size at = ROW_BUFFER_START;

	while (at < rows->used)
	{
		Size bytes = Min(rows->used - at, WRITTEN_AT_A_TIME);

		CHECK_FOR_INTERRUPTS();
		BufFileWrite(file, rows->data + at, bytes);
		at += bytes;
	}
}

/* Appends the next row of a file; gives its offset, or 0 at the end. */
Size
read_row(BufFile *file, RowBuffer *buffer)
{
	uint32 size;
	Size offset;
	StoredRow *row;

	if (!read_temporary(file, &size, sizeof(size), true))
		return 0;
	if (buffer->used == 0)
	{
		reserve(buffer, ROW_BUFFER_START);
		buffer->used = ROW_BUFFER_START;
	}
	reserve(buffer, size);
	offset = buffer->used;
	row = BUFFERED_ROW(buffer, offset);
	row->size = size;
	read_temporary(file, (char *) row + sizeof(size), size - sizeof(size),
				   false);
	buffer->used += size;
	return offset;
}

/* ---- the table ---- */

/* An entry that found its key taken: to be listed in the key's group. */
typedef struct GroupedRow
{
	uint32 group;
	uint32 row;
} GroupedRow;

typedef struct KeyTableBuilder
{
	KeyTable *table;
	uint32 ngroups;
	uint32 groups_room;
	GroupedRow *grouped;
	uint64 ngrouped;
	uint64 grouped_room;
	/* entries whose slots are being fetched */
	int npending;
	struct
	{
		uint64 hash;
		uint32 row;
	} pending[64];
} KeyTableBuilder;

static void
add_to_group(KeyTableBuilder *builder, KeySlot *slot, uint32 row)
{
	KeyTable *table = builder->table;
	KeyGroup *group;
	uint32 number;

	if (!(slot->reference & IN_GROUP))
	{
		/* Two keys of a row with one tag; it must not be found twice. */
		if (slot->reference == row)
			return;
		MAKE_ROOM(CurrentMemoryContext, table->groups, builder->groups_room,
				  builder->ngroups + 1);
		number = builder->ngroups++;
		/* until they are listed, first is the row that came last */
		table->groups[number] = (KeyGroup){slot->reference, 0};
		add_to_group(builder, &(KeySlot){slot->tag, IN_GROUP | number},
					 slot->reference);
		slot->reference = IN_GROUP | number;
	}
	number = slot->reference & ~IN_GROUP;
	group = &table->groups[number];
	if (group->count > 0 && group->first == row)
		return;
	MAKE_ROOM(CurrentMemoryContext, builder->grouped, builder->grouped_room,
			  builder->ngrouped + 1);
	builder->grouped[builder->ngrouped++] = (GroupedRow){number, row};
	group->first = row;
	group->count++;
}

static void
insert_pending(KeyTableBuilder *builder)
{
	KeyTable *table = builder->table;

	for (int i = 0; i < builder->npending; i++)
	{
		uint64 hash = builder->pending[i].hash;
		uint32 tag = (uint32) hash;
		uint64 at = first_slot(table, hash);

		for (;;)
		{
			KeySlot *slot = &table->slots[at];

			if (slot->reference == 0)
			{
				slot->tag = tag;
				slot->reference = builder->pending[i].row;
				table->ndistinct++;
				break;
			}
			if (slot->tag == tag)
			{
				add_to_group(builder, slot, builder->pending[i].row);
				break;
			}
			if (++at == table->nslots)
				at = 0;
		}
	}
	builder->npending = 0;
}

static void
list_groups(KeyTableBuilder *builder)
{
	KeyTable *table = builder->table;
	uint32 next = 0;

	if (builder->ngrouped == 0)
		return;
	table->members = MemoryContextAllocHuge(CurrentMemoryContext,
											builder->ngrouped *
												sizeof(uint32));
	for (uint32 i = 0; i < builder->ngroups; i++)
	{
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		table->groups[i].first = next;
		next += table->groups[i].count;
		table->groups[i].count = 0;
	}
	for (uint64 i = 0; i < builder->ngrouped; i++)
	{
		KeyGroup *group = &table->groups[builder->grouped[i].group];

		table->members[group->first + group->count++] =
			builder->grouped[i].row;
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(builder->grouped);
}

/*
 * Makes the table of the keys of all rows, nkeys at most, that belong to a
 * batch.
 */
void
build_key_table(KeyTable *table, const RowBuffer *rows, uint64 nkeys,
				uint32 batch, uint32 nbatches)
{
	KeyTableBuilder builder;
	uint64 nrows = 0;

	memset(table, 0, sizeof(KeyTable));
	memset(&builder, 0, offsetof(KeyTableBuilder, pending));
	builder.table = table;
	table->nslots = Max(nkeys * 2, 16);
	table->slots = allocate_zeros(table->nslots, sizeof(KeySlot));
	for (Size offset = ROW_BUFFER_START; offset < rows->used;)
	{
		const StoredRow *row = BUFFERED_ROW(rows, offset);

		if (++nrows % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (row->identity != 0)
		{
			IdentityReader reader = read_identity(stored_identity(row));
			IdentityKey key;

			while (next_matching_key(&reader, &key))
			{
				uint64 hash = inner_key_hash(&reader, &key);

				if (hash_batch(hash, nbatches) != batch)
					continue;
				__builtin_prefetch(&table->slots[first_slot(table, hash)], 1);
				builder.pending[builder.npending].hash = hash;
				builder.pending[builder.npending].row = ROW_REFERENCE(offset);
				table->nkeys++;
				if (++builder.npending == lengthof(builder.pending))
				{
					insert_pending(&builder);
					CHECK_FOR_INTERRUPTS();
				}
			}
		}
		offset += row->size;
	}
	insert_pending(&builder);
	list_groups(&builder);
	table->ngroups = builder.ngroups;
	table->nmembers = builder.ngrouped;
	table->memory = table->nslots * sizeof(KeySlot) +
					builder.groups_room * sizeof(KeyGroup) +
					builder.grouped_room * sizeof(GroupedRow) +
					builder.ngrouped * sizeof(uint32);
}
