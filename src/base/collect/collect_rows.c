/*
 * collect_rows.c
 *		Rows packed side by side, in memory or in temporary files.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_rows.c
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/collect/collect_rows.h"
#include "base/compat.h"

#define FIRST_CHUNK 1024
#define MAX_CHUNK   (32 * 1024)

/* ---- one row ---- */

void
set_packed_column(PackedShape *shape, int at, TupleDesc row, AttrNumber number)
{
	Form_pg_attribute attribute = TupleDescAttr(row, number - 1);
	PackedColumn *column = &shape->columns[at];

	column->number = number;
	column->length = attribute->attlen;
	column->byval = attribute->attbyval;
	/* As in a tuple: types that are stored plain know no other header. */
	column->shortens = attribute->attlen == -1 &&
					   attribute->attstorage != TYPSTORAGE_PLAIN;
	switch (attribute->attalign)
	{
		case TYPALIGN_CHAR:
			column->align = 1;
			break;
		case TYPALIGN_SHORT:
			column->align = ALIGNOF_SHORT;
			break;
		case TYPALIGN_INT:
			column->align = ALIGNOF_INT;
			break;
		default:
			column->align = ALIGNOF_DOUBLE;
	}
	shape->last = Max(shape->last, number);
}

static inline Size
null_bytes(const PackedShape *shape)
{
	return (shape->ncolumns + 7) / 8;
}

/* The end of a value put at an offset of a row */
static inline Size
end_of_value(const PackedColumn *column, Datum value, Size at)
{
	const char *bytes;

	if (column->byval)
		return at + column->length;
	if (column->length > 0)
		return TYPEALIGN(column->align, at) + column->length;
	bytes = DatumGetPointer(value);
	if (column->length == -2)
		return at + strlen(bytes) + 1;
	if (VARATT_IS_EXTERNAL_EXPANDED(bytes))
		return TYPEALIGN(column->align, at) +
			   EOH_get_flat_size(DatumGetEOHP(value));
	if (VARATT_IS_1B(bytes))
		return at + VARSIZE_ANY(bytes);
	if (column->shortens && VARATT_CAN_MAKE_SHORT(bytes))
		return at + VARATT_CONVERTED_SHORT_SIZE(bytes);
	return TYPEALIGN(column->align, at) + VARSIZE(bytes);
}

static inline Size
packed_size(const PackedShape *shape, TupleTableSlot *slot)
{
	Size size = offsetof(PackedRow, bytes) + null_bytes(shape);

	for (int i = 0; i < shape->ncolumns; i++)
	{
		const PackedColumn *column = &shape->columns[i];

		if (!slot->tts_isnull[column->number - 1])
			size = end_of_value(column, slot->tts_values[column->number - 1],
								size);
	}
	return MAXALIGN(size);
}

/* Bytes skipped to align a value are zero, which no short header is. */
static inline char *
aligned(char *at, uint8 align)
{
	while ((uintptr_t) at % align != 0)
		*at++ = 0;
	return at;
}

static char *
put_value(const PackedColumn *column, Datum value, char *at)
{
	const char *bytes;
	Size size;

	if (column->byval)
	{
		if (column->length == sizeof(int64))
		{
			int64 word = DatumGetInt64(value);

			memcpy(at, &word, sizeof(word));
		}
		else if (column->length == sizeof(int32))
		{
			int32 word = DatumGetInt32(value);

			memcpy(at, &word, sizeof(word));
		}
		else if (column->length == sizeof(int16))
		{
			int16 word = DatumGetInt16(value);

			memcpy(at, &word, sizeof(word));
		}
		else
			*at = DatumGetChar(value);
		return at + column->length;
	}
	bytes = DatumGetPointer(value);
	if (column->length > 0)
	{
		at = aligned(at, column->align);
		size = column->length;
	}
	else if (column->length == -2)
		size = strlen(bytes) + 1;
	else if (VARATT_IS_EXTERNAL_EXPANDED(bytes))
	{
		ExpandedObjectHeader *object = DatumGetEOHP(value);

		at = aligned(at, column->align);
		size = EOH_get_flat_size(object);
		EOH_flatten_into(object, at, size);
		return at + size;
	}
	else if (VARATT_IS_1B(bytes))
		size = VARSIZE_ANY(bytes);
	else if (column->shortens && VARATT_CAN_MAKE_SHORT(bytes))
	{
		size = VARATT_CONVERTED_SHORT_SIZE(bytes);
		SET_VARSIZE_SHORT(at, size);
		memcpy(at + 1, VARDATA(bytes), size - 1);
		return at + size;
	}
	else
	{
		at = aligned(at, column->align);
		size = VARSIZE(bytes);
	}
	memcpy(at, bytes, size);
	return at + size;
}

static void
pack_row(PackedRow *row, const PackedShape *shape, TupleTableSlot *slot)
{
	char *at = (char *) row->bytes + null_bytes(shape);

	memset(row->bytes, 0, null_bytes(shape));
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const PackedColumn *column = &shape->columns[i];

		if (slot->tts_isnull[column->number - 1])
			continue;
		row->bytes[i / 8] |= 1 << i % 8;
		at = put_value(column, slot->tts_values[column->number - 1], at);
	}
	/* what is written to a file is written whole */
	memset(at, 0, (char *) row + row->link.piled.size - at);
}

/* The first columns of a row; what they refer to stays in the row. */
void
unpack_row(const PackedRow *row, const PackedShape *shape, int ncolumns,
		   Datum *values, bool *nulls)
{
	const char *at = (const char *) row->bytes + null_bytes(shape);

	for (int i = 0; i < ncolumns; i++)
	{
		const PackedColumn *column = &shape->columns[i];

		nulls[i] = (row->bytes[i / 8] >> i % 8 & 1) == 0;
		values[i] = 0;
		if (nulls[i])
			continue;
		if (column->byval)
		{
			if (column->length == sizeof(int64))
			{
				int64 word;

				memcpy(&word, at, sizeof(word));
				values[i] = Int64GetDatum(word);
			}
			else if (column->length == sizeof(int32))
			{
				int32 word;

				memcpy(&word, at, sizeof(word));
				values[i] = Int32GetDatum(word);
			}
			else if (column->length == sizeof(int16))
			{
				int16 word;

				memcpy(&word, at, sizeof(word));
				values[i] = Int16GetDatum(word);
			}
			else
				values[i] = CharGetDatum(*at);
			at += column->length;
			continue;
		}
		if (column->length > 0 || (column->length == -1 && *at == 0))
			at = (const char *) TYPEALIGN(column->align, at);
		values[i] = PointerGetDatum(at);
		if (column->length > 0)
			at += column->length;
		else if (column->length == -1)
			at += VARSIZE_ANY(at);
		else
			at += strlen(at) + 1;
	}
}

/* ---- piles ---- */

static void
note_memory(RowMemory *memory, Size more)
{
	memory->used += more;
	memory->most = Max(memory->most, memory->used);
}

/* Room for a row in a pile; its size and hash are written. */
static PackedRow *
room_for_row(RowMemory *memory, RowPile *pile, Size size, uint32 hash)
{
	RowChunk *chunk = pile->last;
	PackedRow *row;

	if (size > PG_UINT32_MAX)
		elog(ERROR, "a collected row has %zu bytes", size);
	if (chunk == NULL || chunk->room - chunk->used < size)
	{
		Size room = chunk == NULL ? FIRST_CHUNK : (Size) chunk->room * 2;

		room = Max(Min(room, MAX_CHUNK), size);
		chunk = MemoryContextAllocHuge(memory->context,
									   MAXALIGN(sizeof(RowChunk)) + room);
		chunk->next = NULL;
		chunk->used = 0;
		chunk->room = room;
		if (pile->last == NULL)
			pile->first = chunk;
		else
			pile->last->next = chunk;
		pile->last = chunk;
		note_memory(memory, MAXALIGN(sizeof(RowChunk)) + room);
	}
	row = (PackedRow *) (CHUNK_DATA(chunk) + chunk->used);
	chunk->used += size;
	row->link.piled.size = size;
	row->link.piled.hash = hash;
	return row;
}

static PackedRow *
scratch_row(RowMemory *memory, Size size)
{
	if (memory->scratch_size < size)
	{
		Size room = Max(size, 2 * memory->scratch_size);

		if (memory->scratch != NULL)
			pfree(memory->scratch);
		memory->scratch = MemoryContextAllocHuge(memory->context, room);
		memory->scratch_size = room;
	}
	return (PackedRow *) memory->scratch;
}

static BufFile *
file_of_pile(RowPile *pile)
{
	if (pile->file == NULL)
	{
		PrepareTempTablespaces();
		pile->file = BufFileCreateTemp(false);
	}
	return pile->file;
}

void
pile_row(RowMemory *memory, RowPile *pile, bool to_file,
		 const PackedShape *shape, TupleTableSlot *slot, uint32 hash)
{
	Size size = packed_size(shape, slot);
	PackedRow *row;

	if (to_file)
	{
		if (size > PG_UINT32_MAX)
			elog(ERROR, "a collected row has %zu bytes", size);
		row = scratch_row(memory, size);
		row->link.piled.size = size;
		row->link.piled.hash = hash;
		pack_row(row, shape, slot);
		BufFileWrite(file_of_pile(pile), row, size);
	}
	else
	{
		row = room_for_row(memory, pile, size, hash);
		pack_row(row, shape, slot);
	}
	pile->nrows++;
	pile->bytes += size;
}

/* A row that was packed before, into another pile */
void
pile_packed_row(RowMemory *memory, RowPile *pile, bool to_file,
				const PackedRow *row)
{
	Size size = row->link.piled.size;

	if (to_file)
		BufFileWrite(file_of_pile(pile), unconstify(PackedRow *, row), size);
	else
		memcpy(room_for_row(memory, pile, size, row->link.piled.hash), row,
			   size);
	pile->nrows++;
	pile->bytes += size;
}

static void
free_chunks(RowMemory *memory, RowPile *pile)
{
	RowChunk *next;

	for (RowChunk *chunk = pile->first; chunk != NULL; chunk = next)
	{
		next = chunk->next;
		memory->used -= MAXALIGN(sizeof(RowChunk)) + chunk->room;
		pfree(chunk);
	}
	pile->first = pile->last = NULL;
}

/* Writes what a pile has in memory to its file. */
void
write_pile(RowMemory *memory, RowPile *pile)
{
	for (RowChunk *chunk = pile->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		BufFileWrite(file_of_pile(pile), CHUNK_DATA(chunk), chunk->used);
	}
	free_chunks(memory, pile);
}

void
rewind_pile(RowPile *pile)
{
	if (pile->file != NULL && BufFileSeek(pile->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not rewind temporary file")));
}

/* The next row of a pile's file, until another is read; NULL at its end. */
const PackedRow *
next_written_row(RowMemory *memory, RowPile *pile)
{
	PackedRow head;
	PackedRow *row;
	const Size read = sizeof(head.link.piled);

	if (pile->file == NULL ||
		!read_temporary(pile->file, &head.link.piled, read, true))
		return NULL;
	row = scratch_row(memory, head.link.piled.size);
	row->link.piled = head.link.piled;
	read_temporary(pile->file, (char *) row + read,
				   row->link.piled.size - read, false);
	return row;
}

/* Brings a written pile into memory; its file is closed. */
void
read_pile(RowMemory *memory, RowPile *pile)
{
	uint64 nrows = 0;

	if (pile->file == NULL)
		return;
	rewind_pile(pile);
	for (;;)
	{
		PackedRow head;
		PackedRow *row;
		const Size read = sizeof(head.link.piled);

		if (++nrows % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (!read_temporary(pile->file, &head.link.piled, read, true))
			break;
		row = room_for_row(memory, pile, head.link.piled.size,
						   head.link.piled.hash);
		read_temporary(pile->file, (char *) row + read,
					   head.link.piled.size - read, false);
	}
	BufFileClose(pile->file);
	pile->file = NULL;
}

void
free_pile(RowMemory *memory, RowPile *pile)
{
	if (pile->file != NULL)
		BufFileClose(pile->file);
	pile->file = NULL;
	free_chunks(memory, pile);
	pile->nrows = 0;
	pile->bytes = 0;
}
