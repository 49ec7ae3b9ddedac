/*
 * overlap_matrix_builder.h
 *		An overlap_matrix that is being built, row by row.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_builder.h
 */
#ifndef ECOSYSTEM_OVERLAP_MATRIX_BUILDER_H
#define ECOSYSTEM_OVERLAP_MATRIX_BUILDER_H

#include "postgres.h"

#include "utils/expandeddatum.h"

#include "base/id_table.h"
#include "base/row_streams.h"
#include "overlap/overlap_matrix_private.h"

/*
 * A row in a stream: this, the key of a company if that is text, and if
 * detail says so an id and a value.
 */
typedef struct RowHead
{
	uint64 hash;
	uint32 population;
	uint16 key_length;
	uint16 detail;
} RowHead;

#define ROW_HAS_ID    0x4000
#define ROW_HAS_VALUE 0x8000
#define ROW_ID_LENGTH 0x3FFF

StaticAssertDecl(MAX_NAME_LENGTH <= ROW_ID_LENGTH, "a length has 14 bits");

typedef struct Builder
{
	ExpandedObjectHeader header;
	MatrixKeyKind keys;

	/* rows that are not in a matrix yet */
	int scale; /* of their values */
	bool detailed;
	int64 unnamed_rows;
	int64 nrows;     /* with or without company, but with a population */
	RowStreams rows; /* those with one */

	/* populations in the order of their first row, and a table to find them */
	uint32 npopulations;
	uint32 population_space;
	PopulationName *populations;
	IdTable names; /* of them */

	/* matrices, the latest last */
	int nmatrices;
	Size matrices_size;
	OverlapMatrix *matrices[MERGE_WAYS];
} Builder;

static inline Size
row_size(const RowHead *head)
{
	return sizeof(RowHead) + head->key_length +
		   (head->detail & ROW_ID_LENGTH) +
		   (head->detail & ROW_HAS_VALUE ? sizeof(Decimal) : 0);
}

/* ---- overlap_matrix.c ---- */

/* What a datum is that is being built, or NULL: it is a value. */
extern Builder *matrix_builder_of_datum(Datum datum);

/* Its matrix, which is there as long as no row is added. */
extern const OverlapMatrix *matrix_in_builder(Builder *builder);

/* ---- from rows to a matrix: overlap_matrix_rows.c ---- */

/* The populations that have rows, in the order of their names; how many. */
extern uint32 order_populations(const Builder *builder,
								PopulationName **ordered, uint32 *numbers);
extern OverlapMatrix *matrix_of_rows(const Builder *builder);

/* Calls back with the populations of a company's rows, in any order. */
typedef void (*RowsCallback)(void *context, const uint32 *populations,
							 uint32 nrows);

extern void each_company_of_rows(const Builder *builder, uint32 *numbers,
								 RowsCallback callback, void *context);

#endif /* ECOSYSTEM_OVERLAP_MATRIX_BUILDER_H */
