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

#include "base/collect/collect_memory.h"

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

/* How the values of a column are written. */
typedef enum PackedForm
{
	PACKED_INT64,
	PACKED_INT32,
	PACKED_INT16,
	PACKED_CHAR,
	PACKED_FIXED, /* by reference, of one length */
	PACKED_VARLENA,
	PACKED_CSTRING
} PackedForm;

typedef struct PackedColumn
{
	AttrNumber number; /* of the plan's result */
	uint8 form;        /* PackedForm */
	bool shortens;     /* a header of one byte will do */
	uint8 align;
	int16 length;
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
	int nvarying; /* columns whose values have several lengths */
	int *varying;
	Size fixed; /* what the others take at most, with a row's head */
} PackedShape;

/* Rows of one side of one partition */
typedef struct RowPile
{
	char *at;  /* where the next row begins, in the last chunk */
	char *end; /* of that */
	RowChunk *first;
	RowChunk *last;
	BufFile *file;
	uint64 nrows;
	Size bytes;
} RowPile;

/* The end of the rows in a chunk of a pile */
static inline char *
end_of_rows(const RowPile *pile, const RowChunk *chunk)
{
	return chunk == pile->last ? pile->at : chunk->end;
}

extern void set_packed_columns(PackedShape *shape, TupleDesc row,
							   List *numbers);
extern void pile_row(RowMemory *memory, RowPile *pile, bool to_file,
					 const PackedShape *shape, TupleTableSlot *slot,
					 uint32 hash);
extern void pile_packed_row(RowPile *pile, const PackedRow *row);
extern char *add_rows(RowMemory *memory, RowPile *pile, Size bytes);
extern const PackedRow *next_written_row(RowMemory *memory, RowPile *pile);
extern void write_pile(RowMemory *memory, RowPile *pile);
extern void read_pile(RowMemory *memory, RowPile *pile);
extern void rewind_pile(RowPile *pile);
extern void free_pile(RowMemory *memory, RowPile *pile);
extern void unpack_row(const PackedRow *row, const PackedShape *shape,
					   int ncolumns, Datum *values, bool *nulls);
extern Datum first_value(const PackedRow *row, const PackedShape *shape,
						 bool *isnull);
extern void unpack_to_places(const PackedRow *row, const PackedShape *shape,
							 int ncolumns, NullableDatum **places);

/* Bits of the hash of a key */
#define HASH_BITS 32

/* Which of n partitions, a power of 2, a hash belongs to, by further bits. */
static inline uint32
partition_of_hash(uint32 hash, int bits, int n)
{
	if (n == 1)
		return 0;
	return (uint32) ((uint64) (hash << bits) * n >> HASH_BITS);
}

#endif /* ECOSYSTEM_COLLECT_ROWS_H */
