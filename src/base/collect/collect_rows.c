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

/* ---- one row ---- */

static PackedForm
form_of(Form_pg_attribute attribute)
{
	if (!attribute->attbyval)
		return attribute->attlen > 0     ? PACKED_FIXED
			   : attribute->attlen == -1 ? PACKED_VARLENA
										 : PACKED_CSTRING;
	switch (attribute->attlen)
	{
		case sizeof(int64):
			return PACKED_INT64;
		case sizeof(int32):
			return PACKED_INT32;
		case sizeof(int16):
			return PACKED_INT16;
		default:
			return PACKED_CHAR;
	}
}

static uint8
alignment_of(Form_pg_attribute attribute)
{
	switch (attribute->attalign)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		default:
			return ALIGNOF_DOUBLE;
	}
}

static inline Size
null_bytes(const PackedShape *shape)
{
	return (shape->ncolumns + 7) / 8;
}

/* The shape of rows that keep these columns of a plan's. */
void
set_packed_columns(PackedShape *shape, TupleDesc row, List *numbers)
{
	ListCell *cell;

	shape->ncolumns = list_length(numbers);
	shape->columns = palloc0(Max(shape->ncolumns, 1) * sizeof(PackedColumn));
	shape->varying = palloc(Max(shape->ncolumns, 1) * sizeof(int));
	shape->nvarying = 0;
	shape->last = 0;
	shape->fixed = offsetof(PackedRow, bytes) + null_bytes(shape);
	foreach (cell, numbers)
	{
		int at = foreach_current_index(cell);
		PackedColumn *column = &shape->columns[at];
		Form_pg_attribute attribute;

		column->number = lfirst_int(cell);
		attribute = TupleDescAttr(row, column->number - 1);
		column->form = form_of(attribute);
		column->length = attribute->attlen;
		column->align = alignment_of(attribute);
		/* As in a tuple: types that are stored plain know no other header. */
		column->shortens = attribute->attlen == -1 &&
						   attribute->attstorage != TYPSTORAGE_PLAIN;
		shape->last = Max(shape->last, column->number);
		if (column->length < 0)
			shape->varying[shape->nvarying++] = at;
		else
			shape->fixed += column->length;
		if (column->form >= PACKED_FIXED)
			shape->fixed += column->align - 1;
	}
}

/* What a row takes at most. */
static inline Size
most_bytes(const PackedShape *shape, TupleTableSlot *slot)
{
	Size size = shape->fixed;

	for (int i = 0; i < shape->nvarying; i++)
	{
		const PackedColumn *column = &shape->columns[shape->varying[i]];
		Datum value = slot->tts_values[column->number - 1];
		const char *bytes = DatumGetPointer(value);

		if (slot->tts_isnull[column->number - 1])
			continue;
		if (column->form == PACKED_CSTRING)
			size += strlen(bytes) + 1;
		else if (VARATT_IS_EXTERNAL_EXPANDED(bytes))
			size += EOH_get_flat_size(DatumGetEOHP(value));
		else
			size += VARSIZE_ANY(bytes);
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

static inline char *
put_varlena(const PackedColumn *column, Datum value, char *at)
{
	const char *bytes = DatumGetPointer(value);
	Size size;

	if (VARATT_IS_EXTERNAL_EXPANDED(bytes))
	{
		ExpandedObjectHeader *object = DatumGetEOHP(value);

		at = aligned(at, column->align);
		size = EOH_get_flat_size(object);
		EOH_flatten_into(object, at, size);
		return at + size;
	}
	if (VARATT_IS_1B(bytes))
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

static inline char *
put_value(const PackedColumn *column, Datum value, char *at)
{
	int64 int64_value;
	int32 int32_value;
	int16 int16_value;
	Size size;

	switch ((PackedForm) column->form)
	{
		case PACKED_INT64:
			int64_value = DatumGetInt64(value);
			memcpy(at, &int64_value, sizeof(int64));
			return at + sizeof(int64);
		case PACKED_INT32:
			int32_value = DatumGetInt32(value);
			memcpy(at, &int32_value, sizeof(int32));
			return at + sizeof(int32);
		case PACKED_INT16:
			int16_value = DatumGetInt16(value);
			memcpy(at, &int16_value, sizeof(int16));
			return at + sizeof(int16);
		case PACKED_CHAR:
			*at = DatumGetChar(value);
			return at + 1;
		case PACKED_FIXED:
			at = aligned(at, column->align);
			memcpy(at, DatumGetPointer(value), column->length);
			return at + column->length;
		case PACKED_VARLENA:
			return put_varlena(column, value, at);
		case PACKED_CSTRING:
			size = strlen(DatumGetPointer(value)) + 1;
			memcpy(at, DatumGetPointer(value), size);
			return at + size;
	}
	return at; /* keep compiler quiet */
}

/* Writes a row, whose end is returned: what comes next begins there. */
static inline char *
pack_row(PackedRow *row, const PackedShape *shape, TupleTableSlot *slot,
		 uint32 hash)
{
	char *at = (char *) row->bytes + null_bytes(shape);
	uint8 present = 0;

	for (int i = 0; i < shape->ncolumns; i++)
	{
		const PackedColumn *column = &shape->columns[i];

		if (!slot->tts_isnull[column->number - 1])
		{
			present |= 1 << i % 8;
			at = put_value(column, slot->tts_values[column->number - 1], at);
		}
		if (i % 8 == 7 || i == shape->ncolumns - 1)
		{
			row->bytes[i / 8] = present;
			present = 0;
		}
	}
	/* what is written to a file is written whole */
	at = aligned(at, MAXIMUM_ALIGNOF);
	row->link.piled.size = at - (char *) row;
	row->link.piled.hash = hash;
	return at;
}

/* The value that is next, behind which the row is gone on with */
static inline Datum
take_value(const PackedColumn *column, const char **at)
{
	const char *value = *at;
	int64 int64_value;
	int32 int32_value;
	int16 int16_value;

	switch ((PackedForm) column->form)
	{
		case PACKED_INT64:
			memcpy(&int64_value, value, sizeof(int64));
			*at = value + sizeof(int64);
			return Int64GetDatum(int64_value);
		case PACKED_INT32:
			memcpy(&int32_value, value, sizeof(int32));
			*at = value + sizeof(int32);
			return Int32GetDatum(int32_value);
		case PACKED_INT16:
			memcpy(&int16_value, value, sizeof(int16));
			*at = value + sizeof(int16);
			return Int16GetDatum(int16_value);
		case PACKED_CHAR:
			*at = value + 1;
			return CharGetDatum(*value);
		case PACKED_FIXED:
			value = (const char *) TYPEALIGN(column->align, value);
			*at = value + column->length;
			return PointerGetDatum(value);
		case PACKED_VARLENA:
			if (*value == 0)
				value = (const char *) TYPEALIGN(column->align, value);
			*at = value + VARSIZE_ANY(value);
			return PointerGetDatum(value);
		case PACKED_CSTRING:
			*at = value + strlen(value) + 1;
			return PointerGetDatum(value);
	}
	return 0; /* keep compiler quiet */
}

static inline bool
is_present(const PackedRow *row, int column)
{
	return (row->bytes[column / 8] >> column % 8 & 1) != 0;
}

/* The first columns of a row; what they refer to stays in the row. */
void
unpack_row(const PackedRow *row, const PackedShape *shape, int ncolumns,
		   Datum *values, bool *nulls)
{
	const char *at = (const char *) row->bytes + null_bytes(shape);

	for (int i = 0; i < ncolumns; i++)
	{
		nulls[i] = !is_present(row, i);
		values[i] = nulls[i] ? (Datum) 0 : take_value(&shape->columns[i], &at);
	}
}

/* The first column alone */
Datum
first_value(const PackedRow *row, const PackedShape *shape, bool *isnull)
{
	const char *at = (const char *) row->bytes + null_bytes(shape);

	*isnull = !is_present(row, 0);
	return *isnull ? (Datum) 0 : take_value(&shape->columns[0], &at);
}

/* Those of them that have a place, each to its own */
void
unpack_to_places(const PackedRow *row, const PackedShape *shape, int ncolumns,
				 NullableDatum **places)
{
	const char *at = (const char *) row->bytes + null_bytes(shape);

	for (int i = 0; i < ncolumns; i++)
	{
		NullableDatum *place = places[i];
		bool present = is_present(row, i);
		Datum value = present ? take_value(&shape->columns[i], &at)
							  : (Datum) 0;

		if (place == NULL)
			continue;
		place->value = value;
		place->isnull = !present;
	}
}

/* ---- piles ---- */

static void
free_chunks(RowMemory *memory, RowPile *pile)
{
	RowChunk *next;

	for (RowChunk *chunk = pile->first; chunk != NULL; chunk = next)
	{
		next = chunk->next;
		free_chunk(memory, chunk);
	}
	pile->first = pile->last = NULL;
	pile->at = pile->end = NULL;
}

/* A new last chunk, for a row of so many bytes at most */
static void
add_chunk(RowMemory *memory, RowPile *pile, Size row)
{
	RowChunk *last = pile->last;
	Size size = last == NULL ? 0 : 2 * last->size;
	RowChunk *chunk;

	if (memory->write != NULL)
	{
		size = memory->write_size;
		if (last != NULL)
		{
			memory->write(memory, pile);
			if ((Size) (pile->end - pile->at) >= row)
				return;
			free_chunks(memory, pile);
			last = NULL;
		}
	}
	chunk = allocate_chunk(memory, size, row);
	if (last == NULL)
		pile->first = chunk;
	else
	{
		last->end = pile->at;
		last->next = chunk;
	}
	pile->last = chunk;
	pile->at = CHUNK_DATA(chunk);
	pile->end = CHUNK_END(chunk);
}

/* Where a row of so many bytes at most begins in a pile. */
static inline PackedRow *
room_for_row(RowMemory *memory, RowPile *pile, Size most)
{
	if (unlikely((Size) (pile->end - pile->at) < most))
		add_chunk(memory, pile, most);
	return (PackedRow *) pile->at;
}

/* Room for so many bytes of rows, which the caller counts. */
char *
add_rows(RowMemory *memory, RowPile *pile, Size bytes)
{
	char *rows = (char *) room_for_row(memory, pile, bytes);

	pile->at += bytes;
	return rows;
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
	Size most = most_bytes(shape, slot);
	PackedRow *row;
	Size size;

	if (unlikely(most > PG_UINT32_MAX))
		elog(ERROR, "a collected row has %zu bytes", most);
	if (to_file)
	{
		row = (PackedRow *) scratch_bytes(memory, most);
		size = pack_row(row, shape, slot, hash) - (char *) row;
		BufFileWrite(file_of_pile(pile), row, size);
	}
	else
	{
		row = room_for_row(memory, pile, most);
		pile->at = pack_row(row, shape, slot, hash);
		size = pile->at - (char *) row;
		/*
		 * The next row of this pile is many rows of others away.  What it is
		 * written to is in the cache by then: a processor that waits for one
		 * line waits for all that is written behind it.
		 */
		__builtin_prefetch(pile->at + size, 1);
	}
	pile->nrows++;
	pile->bytes += size;
}

/* A row that was packed before, into another pile's file */
void
pile_packed_row(RowPile *pile, const PackedRow *row)
{
	Size size = row->link.piled.size;

	BufFileWrite(file_of_pile(pile), unconstify(PackedRow *, row), size);
	pile->nrows++;
	pile->bytes += size;
}

/* Writes what a pile has in memory to its file. */
void
write_pile(RowMemory *memory, RowPile *pile)
{
	for (RowChunk *chunk = pile->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		BufFileWrite(file_of_pile(pile), CHUNK_DATA(chunk),
					 end_of_rows(pile, chunk) - CHUNK_DATA(chunk));
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
	row = (PackedRow *) scratch_bytes(memory, head.link.piled.size);
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
		row = room_for_row(memory, pile, head.link.piled.size);
		row->link.piled = head.link.piled;
		pile->at += head.link.piled.size;
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
