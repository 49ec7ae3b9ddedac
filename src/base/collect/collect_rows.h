/*
 * collect_rows.h
 *		Rows packed side by side, in memory or in temporary files.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_rows.h
 */
#ifndef ECOSYSTEM_COLLECT_ROWS_H
#define ECOSYSTEM_COLLECT_ROWS_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "storage/buffile.h"

/*
 * A row: this, a bit for each column that is not null, and the columns, by
 * value in as many bytes as their type has, by reference as in a tuple.  A row
 * starts at a multiple of MAXIMUM_ALIGNOF wherever it is, and holds no pointer
 * while it is in a pile: it can be written as it is.  Once it is looked at by
 * key, size and hash have served, and rows of a key are linked.
 */
typedef struct PackedRow
{
	union
	{
		struct
		{
			uint32 size; /* MAXALIGNed */
			uint32 hash; /* of the key */
		} piled;
		struct PackedRow *next;
	} link;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER];
} PackedRow;

typedef struct PackedColumn
{
	AttrNumber number; /* of the plan's result */
	int16 length;
	bool byval;
	bool shortens; /* a header of one byte will do */
	uint8 align;
} PackedColumn;

/* What a row takes whose columns have that width together. */
static inline Size
packed_row_bytes(int ncolumns, int width)
{
	return MAXALIGN(offsetof(PackedRow, bytes) + (ncolumns + 7) / 8 + width);
}

/* Which columns of a plan's rows are kept, and how. */
typedef struct PackedShape
{
	int ncolumns;
	AttrNumber last; /* the greatest of their numbers */
	PackedColumn *columns;
} PackedShape;

typedef struct RowChunk
{
	struct RowChunk *next;
	uint32 used;
	uint32 room;
} RowChunk;

#define CHUNK_DATA(chunk) ((char *) (chunk) + MAXALIGN(sizeof(RowChunk)))

/* Rows of one side of one partition */
typedef struct RowPile
{
	RowChunk *first;
	RowChunk *last;
	BufFile *file;
	uint64 nrows;
	Size bytes;
} RowPile;

/* What all piles of a node take. */
typedef struct RowMemory
{
	MemoryContext context;
	Size used;
	Size most;
	char *scratch; /* a row on its way to a file */
	Size scratch_size;
} RowMemory;

extern void set_packed_column(PackedShape *shape, int at, TupleDesc row,
							  AttrNumber number);
extern void pile_row(RowMemory *memory, RowPile *pile, bool to_file,
					 const PackedShape *shape, TupleTableSlot *slot,
					 uint32 hash);
extern void pile_packed_row(RowMemory *memory, RowPile *pile, bool to_file,
							const PackedRow *row);
extern const PackedRow *next_written_row(RowMemory *memory, RowPile *pile);
extern void write_pile(RowMemory *memory, RowPile *pile);
extern void read_pile(RowMemory *memory, RowPile *pile);
extern void rewind_pile(RowPile *pile);
extern void free_pile(RowMemory *memory, RowPile *pile);
extern void unpack_row(const PackedRow *row, const PackedShape *shape,
					   int ncolumns, Datum *values, bool *nulls);

#endif /* ECOSYSTEM_COLLECT_ROWS_H */
