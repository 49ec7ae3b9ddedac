/*
 * overlap_matrix_cells.c
 *		What the pairs of populations of an overlap_matrix share.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_cells.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "overlap/overlap_matrix_reading.h"

/* Up to this many populations, all pairs of them have a place in an array. */
#define MAX_DENSE_POPULATIONS 1024

/* A pair of populations, and what the first has at the second's companies */
typedef struct MatrixCell
{
	uint64 key; /* 1 + first * npopulations + second, 0: free */
	MatrixTally tally;
} MatrixCell;

/*
 * What a pair shares at companies of which no row has an id or a value, most
 * often all; one for both of its directions.
 */
typedef struct PlainCell
{
	int64 companies;
	int64 records;       /* of the population of the lower number */
	int64 other_records; /* of the other */
} PlainCell;

/* An entry of such a company */
typedef struct PlainEntry
{
	uint32 population;
	int side;
	int64 rows;
} PlainEntry;

typedef struct Cells
{
	Reading reading;

	/* one beside the other for all pairs; NULL: there are too many */
	PlainCell *plain;
	PlainEntry *entries; /* of the current company */
	uint32 *counted;     /* which of them is a population's, + 1; 0: none */

	/* an array, or a hash table; NULL: there are none yet */
	MatrixCell *cells;
	uint64 mask; /* of the table, 0: an array */
	uint64 ncells;
} Cells;

PG_FUNCTION_INFO_V1(overlap_matrix_cells);

static void
begin_cells(Cells *cells)
{
	Size n = cells->reading.npopulations;

	cells->plain = NULL;
	cells->cells = NULL;
	cells->mask = cells->ncells = 0;
	cells->entries = palloc((n + 1) * sizeof(PlainEntry));
	cells->counted = palloc0((n + 1) * sizeof(uint32));
	if (n <= MAX_DENSE_POPULATIONS)
		cells->plain = allocate_zeros(n * n + 1, sizeof(PlainCell));
}

static MatrixCell *
cell_of_key(MatrixCell *cells, uint64 mask, uint64 key)
{
	uint64 slot = mix_integer((uint64) key);

	while (cells[slot & mask].key != 0 && cells[slot & mask].key != key)
		slot++;
	return &cells[slot & mask];
}

/* Makes the table twice as large, or begins it. */
static void
grow_cells(Cells *cells)
{
	uint64 n = cells->reading.npopulations;
	uint64 mask = 0;
	MatrixCell *larger;

	if (cells->mask > 0)
		mask = cells->mask * 2 + 1;
	else if (n > MAX_DENSE_POPULATIONS)
		mask = (1 << 20) - 1;
	larger = allocate_zeros(mask > 0 ? mask + 1 : n * n + 1,
							sizeof(MatrixCell));
	for (uint64 i = 0; cells->mask > 0 && i <= cells->mask; i++)
	{
		if (cells->cells[i].key != 0)
			*cell_of_key(larger, mask, cells->cells[i].key) = cells->cells[i];
		check_for_interrupts_at(i);
	}
	if (cells->cells != NULL)
		pfree(cells->cells);
	cells->cells = larger;
	cells->mask = mask;
}

static inline MatrixTally *
cell_tally(Cells *cells, uint32 first, uint32 second)
{
	uint64 place = (uint64) first * cells->reading.npopulations + second;
	MatrixCell *cell;

	if (unlikely(cells->cells == NULL))
		grow_cells(cells);
	if (likely(cells->mask == 0))
		return &cells->cells[place].tally;
	cell = cell_of_key(cells->cells, cells->mask, place + 1);
	if (cell->key == 0)
	{
		if (++cells->ncells * 2 > cells->mask)
		{
			grow_cells(cells);
			cell = cell_of_key(cells->cells, cells->mask, place + 1);
		}
		cell->key = place + 1;
	}
	return &cell->tally;
}

/*
 * Reads the entries of the current company on some side; how many they are, or
 * -1 if one has ids or values.
 */
static inline int
read_plain_entries(Cells *cells)
{
	const char *at = cells->reading.company.entries;
	const int *sides = cells->reading.sides;
	uint32 next = 0;
	int n = 0;

	while (at < cells->reading.company.end)
	{
		uint64 tag = read_varint(&at);
		PlainEntry *entry = &cells->entries[n];

		if ((tag & 1) != 0)
			return -1;
		entry->population = next + (uint32) (tag >> 1);
		entry->rows = (int64) read_varint(&at);
		entry->side = sides[entry->population];
		next = entry->population + 1;
		n += entry->side != NO_SIDE;
	}
	return n;
}

static inline void
count_plain_company(Cells *cells, int nentries)
{
	Size npopulations = cells->reading.npopulations;

	for (int i = 0; i < nentries; i++)
	{
		const PlainEntry *one = &cells->entries[i];

		for (int j = i + 1; j < nentries; j++)
		{
			const PlainEntry *other = &cells->entries[j];
			bool before = one->population < other->population;
			const PlainEntry *first = before ? one : other;
			const PlainEntry *second = before ? other : one;
			PlainCell *cell;

			if (one->side == other->side)
				continue;
			cell = &cells->plain[first->population * npopulations +
								 second->population];
			cell->companies++;
			cell->records += first->rows;
			cell->other_records += second->rows;
		}
		if (nentries > 256)
			CHECK_FOR_INTERRUPTS();
	}
}

/* The same where pairs are too many for an array */
static void
count_sparse_company(Cells *cells, int nentries)
{
	for (int i = 0; i < nentries; i++)
	{
		MatrixTally tally = {1, cells->entries[i].rows};

		for (int j = 0; j < nentries; j++)
			if (cells->entries[i].side != cells->entries[j].side)
				add_tally(cell_tally(cells, cells->entries[i].population,
									 cells->entries[j].population),
						  &tally);
		if (nentries > 256)
			CHECK_FOR_INTERRUPTS();
	}
}

static void
count_company(Cells *cells)
{
	Reading *reading = &cells->reading;

	read_entries(reading);
	if (reading->sides_here < 2)
		return;
	for (int i = 0; i < reading->nentries; i++)
	{
		uint32 first = reading->entries[i].population;

		for (int j = 0; j < reading->nentries; j++)
		{
			uint32 second = reading->entries[j].population;

			if (reading->sides[first] != reading->sides[second])
				add_tally(cell_tally(cells, first, second),
						  &reading->tallies[i]);
		}
		if (reading->nentries > 256)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Counts a company of rows without ids and values, by what they are. */
static void
count_rows(void *context, const uint32 *populations, uint32 nrows)
{
	Cells *cells = context;
	const int *sides = cells->reading.sides;
	int n = 0;

	for (uint32 i = 0; i < nrows; i++)
	{
		uint32 population = populations[i];
		uint32 place = cells->counted[population];

		check_for_interrupts_at(i);
		if (place > 0)
			cells->entries[place - 1].rows++;
		else if (sides[population] != NO_SIDE)
		{
			cells->entries[n++] = (PlainEntry){population, sides[population],
											   1};
			cells->counted[population] = n;
		}
	}
	for (int i = 0; i < n; i++)
		cells->counted[cells->entries[i].population] = 0;
	if (cells->plain != NULL)
		count_plain_company(cells, n);
	else
		count_sparse_company(cells, n);
}

static void
count_cells(Cells *cells)
{
	const char *at = cells->reading.companies;

	if (cells->reading.builder != NULL)
	{
		each_company_of_rows(cells->reading.builder, cells->reading.numbers,
							 count_rows, cells);
		return;
	}

	for (int64 n = 0; n < cells->reading.matrix->ncompanies; n++)
	{
		int nentries = -1;

		next_company(&cells->reading, &at, n);
		if (cells->plain != NULL)
			nentries = read_plain_entries(cells);
		if (nentries >= 0)
			count_plain_company(cells, nentries);
		else
			count_company(cells);
	}
}

/* What a population has at another's companies */
static MatrixTally
sum_of_cell(const Cells *cells, uint32 first, uint32 second)
{
	uint64 place = (uint64) first * cells->reading.npopulations + second;
	MatrixTally sum = {0};

	if (cells->mask > 0)
	{
		const MatrixCell *cell = cell_of_key(cells->cells, cells->mask,
											 place + 1);

		if (cell->key != 0)
			sum = cell->tally;
	}
	else if (cells->cells != NULL)
		sum = cells->cells[place].tally;
	if (cells->plain != NULL)
	{
		const PlainCell *plain =
			&cells->plain[(uint64) Min(first, second) *
							  cells->reading.npopulations +
						  Max(first, second)];

		sum.companies += plain->companies;
		sum.records += first < second ? plain->records : plain->other_records;
	}
	return sum;
}

/* Takes back what count_cells() counted of spread records too often. */
static void
correct_cells(Cells *cells)
{
	Reading *reading = &cells->reading;
	SpreadRecords spread;
	int64 *counted;
	int64 *valued;

	find_spread(reading, &spread);
	if (spread.n == 0)
		return;
	counted = palloc0(sizeof(int64) * reading->npopulations);
	valued = palloc0(sizeof(int64) * reading->npopulations);
	for (Size start = 0; start < spread.n;)
	{
		uint32 first = spread.records[start].population;
		Record record;
		Size end = end_of_group(&spread, start, &record);

		/* One company is what a hash that is another's, too, leaves. */
		for (Size i = start; i < end && end - start > 1; i++)
		{
			const SpreadPlace *place = &spread.places[spread.records[i].place];
			const uint32 *here = &spread.populations[place->populations];

			for (int j = 0; j < place->npopulations; j++)
			{
				counted[here[j]]++;
				valued[here[j]] += spread.records[i].has_value;
			}
			CHECK_FOR_INTERRUPTS();
		}
		for (Size i = start; i < end && end - start > 1; i++)
		{
			const SpreadPlace *place = &spread.places[spread.records[i].place];
			const uint32 *here = &spread.populations[place->populations];

			for (int j = 0; j < place->npopulations; j++)
			{
				uint32 second = here[j];

				if (counted[second] > 0 &&
					reading->sides[second] != reading->sides[first])
					count_once(reading, cell_tally(cells, first, second),
							   &record, counted[second], valued[second]);
				counted[second] = valued[second] = 0;
			}
		}
		start = end;
	}
}

/*
 * cells(overlap_matrix [, sides text[]]) -> rows (population_a, population_b,
 * companies, records_a, records_b, value_a, value_b)
 */
Datum
overlap_matrix_cells(PG_FUNCTION_ARGS)
{
	Cells cells;
	Reading *reading = &cells.reading;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 1, true, reading);
	begin_cells(&cells);
	count_cells(&cells);
	correct_cells(&cells);
	for (uint32 a = 0; a < reading->npopulations; a++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 b = 0; b < reading->npopulations; b++)
		{
			MatrixTally of_a;
			MatrixTally of_b;
			Datum values[7];
			bool nulls[7] = {0};

			if (reading->sides[a] >= reading->sides[b] ||
				reading->sides[a] == NO_SIDE)
				continue;
			of_a = sum_of_cell(&cells, a, b);
			if (of_a.companies == 0)
				continue;
			of_b = sum_of_cell(&cells, b, a);
			begin_row(reading);
			values[0] = population_datum(reading, a);
			values[1] = population_datum(reading, b);
			values[2] = Int64GetDatum(of_a.companies);
			values[3] = Int64GetDatum(of_a.records);
			values[4] = Int64GetDatum(of_b.records);
			values[5] = tally_value(reading, &of_a, &nulls[5]);
			values[6] = tally_value(reading, &of_b, &nulls[6]);
			end_row(fcinfo, reading, values, nulls);
		}
	}
	return (Datum) 0;
}
