/*
 * overlap_matrix_reading.h
 *		An overlap_matrix being read, company by company.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_reading.h
 */
#ifndef ECOSYSTEM_OVERLAP_MATRIX_READING_H
#define ECOSYSTEM_OVERLAP_MATRIX_READING_H

#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "base/exact_sum.h"
#include "overlap/overlap_matrix_builder.h"

#define NO_SIDE (-1)

/* What a population has at the companies of a cell or margin */
typedef struct MatrixTally
{
	int64 companies;
	int64 records;
	int64 valued; /* of these, with a value */
	int128 value; /* at the matrix's scale */
} MatrixTally;

/* A matrix being read */
typedef struct Reading
{
	const OverlapMatrix *matrix; /* NULL: */
	const Builder *builder;      /* its rows are read, without a matrix */
	uint32 *numbers;             /* of its populations, here */
	uint32 npopulations;
	PopulationName *names;
	int *sides; /* by population; populations of one side do not overlap */
	const char *companies;
	bool detailed; /* some record has an id */

	/* for the row that is being made, and its caller's */
	MemoryContext row_context;
	MemoryContext caller_context;

	/* entries of the current company on some side */
	Company company;
	int nentries;
	int sides_here; /* 0, 1, or 2 for more */
	MatrixEntry *entries;
	MatrixTally *tallies;
} Reading;

extern void begin_reading(FunctionCallInfo fcinfo, int sides_argument,
						  bool rows, Reading *reading);
extern void read_entries(Reading *reading);
extern bool is_of_side(const PopulationName *name, const text *side);

/* What a result's row is made of; there can be millions of them. */
extern void begin_row(Reading *reading);
extern void end_row(FunctionCallInfo fcinfo, Reading *reading, Datum *values,
					bool *nulls);
extern Datum tally_value(const Reading *reading, const MatrixTally *tally,
						 bool *null);
extern Datum population_datum(const Reading *reading, uint32 population);
extern Datum company_datum(const Reading *reading);

static inline int128
at_scale(const Reading *reading, Decimal value)
{
	return exact_rescale(value.value, value.scale, reading->matrix->scale);
}

static inline void
next_company(Reading *reading, const char **at, int64 n)
{
	if ((n & 0xFFF) == 0)
		CHECK_FOR_INTERRUPTS();
	read_company(reading->matrix->keys, at, &reading->company);
}

static inline void
add_tally(MatrixTally *sum, const MatrixTally *tally)
{
	sum->companies += tally->companies;
	sum->records += tally->records;
	if (tally->valued != 0)
	{
		sum->valued += tally->valued;
		sum->value = exact_add(sum->value, tally->value);
	}
}

/* ---- records at several companies: overlap_matrix_spread.c ---- */

/* A record that is at several companies, once for each */
typedef struct SpreadRecord
{
	uint32 population;
	uint32 length;
	const char *id;
	bool has_value;
	Decimal value;
	Size place; /* of its company among the SpreadRecords' places */
} SpreadRecord;

/* A company with spread records, and the populations on some side there */
typedef struct SpreadPlace
{
	const char *entries;
	Size populations; /* where they begin among the SpreadRecords' */
	int npopulations;
	int sides_here;
} SpreadPlace;

typedef struct RecordHashes
{
	uint64 *hashes;
	Size n;
	Size space;
} RecordHashes;

typedef struct SpreadRecords
{
	RecordHashes repeated; /* hashes that occurred twice, in order */
	SpreadRecord *records;
	Size n;
	Size space;

	/* Companies are read once, however many of the records they have. */
	SpreadPlace *places;
	Size nplaces;
	Size space_of_places;
	uint32 *populations;
	Size npopulations;
	Size space_of_populations;
} SpreadRecords;

extern void find_spread(Reading *reading, SpreadRecords *spread);
extern Size end_of_group(const SpreadRecords *spread, Size start,
						 Record *record);
extern void count_once(const Reading *reading, MatrixTally *tally,
					   const Record *record, int64 counted, int64 valued);

#endif /* ECOSYSTEM_OVERLAP_MATRIX_READING_H */
