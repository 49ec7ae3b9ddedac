/*
 * overlap_matrix_cells.c
 *		What an overlap_matrix says: cells, margins, densities.
 *
 * Everything is counted in one pass over the companies.  Records and values
 * of a population at a company are added to each of its cells there, which is
 * right as long as a record has one company.  The few that have several
 * (spread records) would be counted at each: they are found by sorting the
 * hashes of all records, and what was counted too often is taken back.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_cells.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "base/bytes.h"
#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "overlap/overlap_matrix_private.h"

#define NO_SIDE (-1)

/* Up to this many populations, all pairs of them have a place in an array. */
#define MAX_DENSE_POPULATIONS 1024

/* What a population has at the companies of a cell or margin */
typedef struct MatrixTally
{
	int64 companies;
	int64 records;
	int64 valued; /* of these, with a value */
	int128 value; /* at the matrix's scale */
} MatrixTally;

/* A pair of populations, and what the first has at the second's companies */
typedef struct MatrixCell
{
	uint64 key; /* 1 + first * npopulations + second, 0: free */
	MatrixTally tally;
} MatrixCell;

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

/* A matrix being read */
typedef struct Reading
{
	const OverlapMatrix *matrix;
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

	/* cells: an array, or a hash table */
	MatrixCell *cells;
	uint64 mask; /* of the table, 0: an array */
	uint64 ncells;
} Reading;

/* For which of its populations a record's company counts */
typedef enum Counting
{
	EVERY_COMPANY,
	OVERLAPPED_COMPANY
} Counting;

PG_FUNCTION_INFO_V1(overlap_matrix_cells);
PG_FUNCTION_INFO_V1(overlap_matrix_margins);
PG_FUNCTION_INFO_V1(overlap_matrix_margin);
PG_FUNCTION_INFO_V1(overlap_matrix_populations);
PG_FUNCTION_INFO_V1(overlap_matrix_density);
PG_FUNCTION_INFO_V1(overlap_matrix_density_histogram);
PG_FUNCTION_INFO_V1(overlap_matrix_companies);

#define ST_SORT          sort_hashes
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_spread(const SpreadRecord *a, const SpreadRecord *b)
{
	if (a->population != b->population)
		return a->population < b->population ? -1 : 1;
	return compare_bytes(a->id, a->length, b->id, b->length);
}

#define ST_SORT          sort_spread
#define ST_ELEMENT_TYPE  SpreadRecord
#define ST_COMPARE(a, b) compare_spread(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sides
 */

/* The side of a name "side/population", or of one without a slash */
static bool
is_of_side(const PopulationName *name, const text *side)
{
	uint32 length = VARSIZE_ANY_EXHDR(side);

	return name->length >= length &&
		   memcmp(name->name, VARDATA_ANY(side), length) == 0 &&
		   (name->length == length || name->name[length] == '/');
}

static void
set_sides(Reading *reading, ArrayType *array)
{
	Datum *sides;
	bool *nulls;
	int n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("sides must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &sides, &nulls,
					  &n);
	if (n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an overlap has at least two sides"),
				 errhint("Name them as in ARRAY['own', 'partner'], and the "
						 "populations as in 'own/customers'.")));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("a side must not be null")));
	}
	for (uint32 p = 0; p < reading->npopulations; p++)
	{
		reading->sides[p] = NO_SIDE;
		for (int i = 0; i < n; i++)
		{
			if (!is_of_side(&reading->names[p], DatumGetTextPP(sides[i])))
				continue;
			if (reading->sides[p] != NO_SIDE)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
								errmsg("population \"%.*s\" is on two sides",
									   (int) reading->names[p].length,
									   reading->names[p].name)));
			reading->sides[p] = i;
		}
		CHECK_FOR_INTERRUPTS();
	}
}

/* Begins to read the matrix of argument 0; sides of -1 are those of argument
 * sides_argument, and without one every population is a side. */
static void
begin_reading(FunctionCallInfo fcinfo, int sides_argument, Reading *reading)
{
	OverlapMatrix *matrix = MATRIX_ARGUMENT(0);

	memset(reading, 0, sizeof(*reading));
	reading->matrix = matrix;
	reading->npopulations = matrix->npopulations;
	reading->names = palloc(sizeof(PopulationName) *
							(matrix->npopulations + 1));
	reading->sides = palloc(sizeof(int) * (matrix->npopulations + 1));
	reading->entries = palloc(sizeof(MatrixEntry) *
							  (matrix->npopulations + 1));
	reading->tallies = palloc(sizeof(MatrixTally) *
							  (matrix->npopulations + 1));
	reading->companies = read_populations(matrix, reading->names);
	reading->caller_context = CurrentMemoryContext;
	reading->row_context = AllocSetContextCreate(CurrentMemoryContext,
												 "overlap_matrix row",
												 ALLOCSET_SMALL_SIZES);
	for (uint32 p = 0; p < matrix->npopulations; p++)
		reading->sides[p] = (int) p;
	if (PG_NARGS() > sides_argument)
		set_sides(reading, PG_GETARG_ARRAYTYPE_P(sides_argument));
}

static int128
at_scale(const Reading *reading, Decimal value)
{
	return exact_rescale(value.value, value.scale, reading->matrix->scale);
}

/* Reads the entries of reading->company, and what each amounts to. */
static void
read_entries(Reading *reading)
{
	const char *at = reading->company.entries;
	int64 before = -1;
	int side = NO_SIDE;

	reading->nentries = 0;
	reading->sides_here = 0;
	while (at < reading->company.end)
	{
		MatrixEntry *entry = &reading->entries[reading->nentries];
		MatrixTally *tally = &reading->tallies[reading->nentries];

		read_entry(&at, before, entry);
		before = entry->population;
		tally->companies = 1;
		tally->records = entry->rows + entry->nrecords;
		tally->valued = entry->valued;
		tally->value = 0;
		if (entry->detailed)
		{
			tally->value = at_scale(reading, entry->sum);
			for (int64 i = 0; i < entry->nrecords; i++)
			{
				Record record;

				read_record(&at, &record);
				if (record.has_value)
				{
					tally->valued++;
					tally->value = exact_add(tally->value,
											 at_scale(reading, record.value));
				}
				check_for_interrupts_at(i);
			}
			if (entry->nrecords > 0)
				reading->detailed = true;
		}
		if (reading->sides[entry->population] == NO_SIDE)
			continue;
		if (reading->nentries == 0)
		{
			side = reading->sides[entry->population];
			reading->sides_here = 1;
		}
		else if (reading->sides[entry->population] != side)
			reading->sides_here = 2;
		reading->nentries++;
	}
}

static void
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

/* There can be millions of rows, so what each was made of is freed. */
static void
begin_row(Reading *reading)
{
	MemoryContextSwitchTo(reading->row_context);
}

static void
end_row(FunctionCallInfo fcinfo, Reading *reading, Datum *values, bool *nulls)
{
	put_row(fcinfo, values, nulls);
	MemoryContextSwitchTo(reading->caller_context);
	MemoryContextReset(reading->row_context);
}

static Datum
tally_value(const Reading *reading, const MatrixTally *tally, bool *null)
{
	*null = tally->valued == 0;
	if (*null)
		return (Datum) 0;
	return NumericGetDatum(
		numeric_from_decimal(tally->value, reading->matrix->scale));
}

static Datum
population_datum(const Reading *reading, uint32 population)
{
	return PointerGetDatum(
		cstring_to_text_with_len(reading->names[population].name,
								 (int) reading->names[population].length));
}

static Datum
company_datum(const Reading *reading)
{
	if (reading->matrix->keys == INTEGER_KEYS)
	{
		char digits[32];

		snprintf(digits, sizeof(digits), INT64_FORMAT,
				 (int64) unmix_integer(load_word(reading->company.key)));
		return CStringGetTextDatum(digits);
	}
	return PointerGetDatum(
		cstring_to_text_with_len(reading->company.key,
								 (int) reading->company.key_length));
}

/*
 * Spread records
 */

/* Hash of a population's record */
static uint64
record_hash(uint32 population, const Record *record)
{
	return stable_hash(record->id, record->length) ^
		   mix_integer((uint64) population + 1);
}

/* Calls back with every record that has an id. */
typedef void (*record_callback)(Reading *reading, uint32 population,
								const Record *record, void *arg);

static void
each_record(Reading *reading, record_callback callback, void *arg)
{
	const char *next = reading->companies;

	for (int64 n = 0; n < reading->matrix->ncompanies; n++)
	{
		const char *at;
		int64 before = -1;

		next_company(reading, &next, n);
		at = reading->company.entries;
		while (at < reading->company.end)
		{
			MatrixEntry entry;
			Record record;

			read_entry(&at, before, &entry);
			before = entry.population;
			for (int64 i = 0; i < entry.nrecords; i++)
			{
				read_record(&at, &record);
				if (reading->sides[entry.population] != NO_SIDE)
					callback(reading, entry.population, &record, arg);
				check_for_interrupts_at(i);
			}
		}
	}
}

typedef struct RecordHashes
{
	uint64 *hashes;
	Size n;
	Size space;
} RecordHashes;

static void
note_hash(Reading *reading, uint32 population, const Record *record, void *arg)
{
	RecordHashes *hashes = arg;

	MAKE_ROOM(CurrentMemoryContext, hashes->hashes, hashes->space,
			  hashes->n + 1);
	hashes->hashes[hashes->n++] = record_hash(population, record);
}

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

/* The place of the company that is being read, which may be the last one */
static Size
place_here(Reading *reading, SpreadRecords *spread)
{
	SpreadPlace *place;

	if (spread->nplaces > 0 && spread->places[spread->nplaces - 1].entries ==
								   reading->company.entries)
		return spread->nplaces - 1;
	MAKE_ROOM(CurrentMemoryContext, spread->places, spread->space_of_places,
			  spread->nplaces + 1);
	read_entries(reading);
	MAKE_ROOM(CurrentMemoryContext, spread->populations,
			  spread->space_of_populations,
			  spread->npopulations + reading->nentries);
	place = &spread->places[spread->nplaces];
	place->entries = reading->company.entries;
	place->populations = spread->npopulations;
	place->npopulations = reading->nentries;
	place->sides_here = reading->sides_here;
	for (int i = 0; i < reading->nentries; i++)
		spread->populations[spread->npopulations++] =
			reading->entries[i].population;
	return spread->nplaces++;
}

static void
note_spread(Reading *reading, uint32 population, const Record *record,
			void *arg)
{
	SpreadRecords *spread = arg;
	uint64 hash = record_hash(population, record);
	Size low = 0;
	Size high = spread->repeated.n;
	SpreadRecord *copy;

	while (low < high)
	{
		Size middle = low + (high - low) / 2;

		if (spread->repeated.hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == spread->repeated.n || spread->repeated.hashes[low] != hash)
		return;
	MAKE_ROOM(CurrentMemoryContext, spread->records, spread->space,
			  spread->n + 1);
	copy = &spread->records[spread->n++];
	copy->population = population;
	copy->id = record->id;
	copy->length = record->length;
	copy->has_value = record->has_value;
	copy->value = record->value;
	copy->place = place_here(reading, spread);
}

/* All records at several companies, those of one record together */
static void
find_spread(Reading *reading, SpreadRecords *spread)
{
	RecordHashes *hashes = &spread->repeated;
	Size n = 0;

	memset(spread, 0, sizeof(*spread));
	if (!reading->detailed)
		return;
	hashes->space = 1024;
	hashes->hashes = palloc(hashes->space * sizeof(uint64));
	each_record(reading, note_hash, hashes);
	sort_hashes(hashes->hashes, hashes->n);
	for (Size i = 1; i < hashes->n; i++)
	{
		if (hashes->hashes[i] == hashes->hashes[i - 1] &&
			(n == 0 || hashes->hashes[n - 1] != hashes->hashes[i]))
			hashes->hashes[n++] = hashes->hashes[i];
	}
	hashes->n = n;
	if (n == 0)
		return;
	spread->space = 1024;
	spread->records = palloc(spread->space * sizeof(SpreadRecord));
	spread->space_of_places = 256;
	spread->places = palloc(spread->space_of_places * sizeof(SpreadPlace));
	spread->space_of_populations = 1024;
	spread->populations = palloc(spread->space_of_populations *
								 sizeof(uint32));
	each_record(reading, note_spread, spread);
	sort_spread(spread->records, spread->n);
}

/* The end of the group of one record that begins at start, its value known */
static Size
end_of_group(const SpreadRecords *spread, Size start, Record *record)
{
	Size end = start;

	record->id = spread->records[start].id;
	record->length = spread->records[start].length;
	record->has_value = false;
	for (; end < spread->n &&
		   compare_spread(&spread->records[start], &spread->records[end]) == 0;
		 end++)
	{
		Record other = *record;

		other.has_value = spread->records[end].has_value;
		other.value = spread->records[end].value;
		join_record(record, &other);
	}
	return end;
}

/*
 * A record was counted at several companies, in all "counted" times, of these
 * "valued" times with its value: it counts once.
 */
static void
count_once(const Reading *reading, MatrixTally *tally, const Record *record,
		   int64 counted, int64 valued)
{
	if (counted == 0)
		return;
	tally->records += 1 - counted;
	if (record->has_value)
	{
		tally->valued += 1 - valued;
		tally->value = exact_add(tally->value,
								 (1 - valued) *
									 at_scale(reading, record->value));
	}
}

/*
 * Cells
 */

static void
begin_cells(Reading *reading)
{
	uint64 size;

	if (reading->npopulations <= MAX_DENSE_POPULATIONS)
		size = (uint64) reading->npopulations * reading->npopulations + 1;
	else
	{
		size = 1 << 20;
		reading->mask = size - 1;
	}
	reading->cells = MemoryContextAllocExtended(CurrentMemoryContext,
												size * sizeof(MatrixCell),
												MCXT_ALLOC_HUGE |
													MCXT_ALLOC_ZERO);
}

static MatrixCell *
cell_of_key(MatrixCell *cells, uint64 mask, uint64 key)
{
	uint64 slot = mix_integer((uint64) key);

	while (cells[slot & mask].key != 0 && cells[slot & mask].key != key)
		slot++;
	return &cells[slot & mask];
}

static void
grow_cells(Reading *reading)
{
	uint64 size = (reading->mask + 1) * 2;
	MatrixCell *cells = MemoryContextAllocExtended(CurrentMemoryContext,
												   size * sizeof(MatrixCell),
												   MCXT_ALLOC_HUGE |
													   MCXT_ALLOC_ZERO);

	for (uint64 i = 0; i <= reading->mask; i++)
	{
		if (reading->cells[i].key != 0)
			*cell_of_key(cells, size - 1,
						 reading->cells[i].key) = reading->cells[i];
		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(reading->cells);
	reading->cells = cells;
	reading->mask = size - 1;
}

static inline MatrixTally *
cell_tally(Reading *reading, uint32 first, uint32 second)
{
	uint64 place = (uint64) first * reading->npopulations + second;
	MatrixCell *cell;

	if (likely(reading->mask == 0))
		return &reading->cells[place].tally;
	cell = cell_of_key(reading->cells, reading->mask, place + 1);
	if (cell->key == 0)
	{
		if (++reading->ncells * 2 > reading->mask)
		{
			grow_cells(reading);
			cell = cell_of_key(reading->cells, reading->mask, place + 1);
		}
		cell->key = place + 1;
	}
	return &cell->tally;
}

static void
count_cells(Reading *reading)
{
	const char *at = reading->companies;

	for (int64 n = 0; n < reading->matrix->ncompanies; n++)
	{
		next_company(reading, &at, n);
		read_entries(reading);
		if (reading->sides_here < 2)
			continue;
		for (int i = 0; i < reading->nentries; i++)
		{
			uint32 first = reading->entries[i].population;

			for (int j = 0; j < reading->nentries; j++)
			{
				uint32 second = reading->entries[j].population;

				if (reading->sides[first] != reading->sides[second])
					add_tally(cell_tally(reading, first, second),
							  &reading->tallies[i]);
			}
			if (reading->nentries > 256)
				CHECK_FOR_INTERRUPTS();
		}
	}
}

/* Takes back what count_cells() counted of spread records too often. */
static void
correct_cells(Reading *reading)
{
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
					count_once(reading, cell_tally(reading, first, second),
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
	Reading reading;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 1, &reading);
	begin_cells(&reading);
	count_cells(&reading);
	correct_cells(&reading);
	for (uint32 a = 0; a < reading.npopulations; a++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 b = 0; b < reading.npopulations; b++)
		{
			MatrixTally none = {0};
			const MatrixTally *of_a = &none;
			const MatrixTally *of_b;
			uint64 place = (uint64) a * reading.npopulations + b;
			Datum values[7];
			bool nulls[7] = {0};

			if (reading.sides[a] >= reading.sides[b] ||
				reading.sides[a] == NO_SIDE)
				continue;
			if (reading.mask == 0)
				of_a = &reading.cells[place].tally;
			else
			{
				MatrixCell *cell = cell_of_key(reading.cells, reading.mask,
											   place + 1);

				if (cell->key != 0)
					of_a = &cell->tally;
			}
			if (of_a->companies == 0)
				continue;
			of_b = cell_tally(&reading, b, a);
			begin_row(&reading);
			values[0] = population_datum(&reading, a);
			values[1] = population_datum(&reading, b);
			values[2] = Int64GetDatum(of_a->companies);
			values[3] = Int64GetDatum(of_a->records);
			values[4] = Int64GetDatum(of_b->records);
			values[5] = tally_value(&reading, of_a, &nulls[5]);
			values[6] = tally_value(&reading, of_b, &nulls[6]);
			end_row(fcinfo, &reading, values, nulls);
		}
	}
	return (Datum) 0;
}

/*
 * Margins
 */

/* What each population has, at all its companies or at the overlapped ones */
static MatrixTally *
count_margins(Reading *reading, Counting counting)
{
	MatrixTally *margins = palloc0(sizeof(MatrixTally) *
								   (reading->npopulations + 1));
	const char *at = reading->companies;
	SpreadRecords spread;

	for (int64 n = 0; n < reading->matrix->ncompanies; n++)
	{
		next_company(reading, &at, n);
		read_entries(reading);
		if (counting == OVERLAPPED_COMPANY && reading->sides_here < 2)
			continue;
		for (int i = 0; i < reading->nentries; i++)
			add_tally(&margins[reading->entries[i].population],
					  &reading->tallies[i]);
	}
	find_spread(reading, &spread);
	for (Size start = 0; start < spread.n;)
	{
		Record record;
		Size end = end_of_group(&spread, start, &record);
		int64 counted = 0;
		int64 valued = 0;

		CHECK_FOR_INTERRUPTS();
		for (Size i = start; i < end; i++)
		{
			if (counting == OVERLAPPED_COMPANY &&
				spread.places[spread.records[i].place].sides_here < 2)
				continue;
			counted++;
			valued += spread.records[i].has_value;
		}
		count_once(reading, &margins[spread.records[start].population],
				   &record, counted, valued);
		start = end;
	}
	return margins;
}

/* margins(overlap_matrix [, sides]) -> rows (population, companies, records,
 * value) */
Datum
overlap_matrix_margins(PG_FUNCTION_ARGS)
{
	Reading reading;
	MatrixTally *margins;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 1, &reading);
	margins = count_margins(&reading, OVERLAPPED_COMPANY);
	for (uint32 p = 0; p < reading.npopulations; p++)
	{
		Datum values[4];
		bool nulls[4] = {0};

		if (reading.sides[p] == NO_SIDE)
			continue;
		begin_row(&reading);
		values[0] = population_datum(&reading, p);
		values[1] = Int64GetDatum(margins[p].companies);
		values[2] = Int64GetDatum(margins[p].records);
		values[3] = tally_value(&reading, &margins[p], &nulls[3]);
		end_row(fcinfo, &reading, values, nulls);
	}
	return (Datum) 0;
}

/* margin(overlap_matrix, population [, sides]) -> (companies, records, value)
 */
Datum
overlap_matrix_margin(PG_FUNCTION_ARGS)
{
	text *name = PG_GETARG_TEXT_PP(1);
	Reading reading;

	begin_reading(fcinfo, 2, &reading);
	for (uint32 p = 0; p < reading.npopulations; p++)
	{
		MatrixTally *margin;
		Datum values[3];
		bool nulls[3] = {0};

		if (compare_bytes(reading.names[p].name, reading.names[p].length,
						  VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) != 0)
			continue;
		if (reading.sides[p] == NO_SIDE)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("population \"%s\" is on none of the sides",
								   text_to_cstring(name))));
		margin = &count_margins(&reading, OVERLAPPED_COMPANY)[p];
		values[0] = Int64GetDatum(margin->companies);
		values[1] = Int64GetDatum(margin->records);
		values[2] = tally_value(&reading, margin, &nulls[2]);
		return row_result(fcinfo, values, nulls);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("population \"%s\" is not in the overlap_matrix",
						   text_to_cstring(name)),
					errhint("populations() lists those that are.")));
}

/* populations(overlap_matrix) -> rows (population, companies, records, value,
 * rows, rows_without_company) */
Datum
overlap_matrix_populations(PG_FUNCTION_ARGS)
{
	Reading reading;
	MatrixTally *margins;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 1, &reading);
	margins = count_margins(&reading, EVERY_COMPANY);
	for (uint32 p = 0; p <= reading.npopulations; p++)
	{
		Datum values[6];
		bool nulls[6] = {0};

		begin_row(&reading);
		if (p < reading.npopulations)
		{
			values[0] = population_datum(&reading, p);
			values[1] = Int64GetDatum(margins[p].companies);
			values[2] = Int64GetDatum(margins[p].records);
			values[3] = tally_value(&reading, &margins[p], &nulls[3]);
			values[4] = Int64GetDatum(reading.names[p].rows);
			values[5] = Int64GetDatum(reading.names[p].without_company);
		}
		else if (reading.matrix->unnamed_rows > 0)
		{
			nulls[0] = nulls[1] = nulls[2] = nulls[3] = nulls[5] = true;
			values[4] = Int64GetDatum(reading.matrix->unnamed_rows);
		}
		else
		{
			MemoryContextSwitchTo(reading.caller_context);
			break;
		}
		end_row(fcinfo, &reading, values, nulls);
	}
	return (Datum) 0;
}

/*
 * Densities
 */

/* How many populations the current company is in, of argument 1's side */
static int64
density_here(Reading *reading, const text *side)
{
	int64 density = 0;

	read_entries(reading);
	for (int i = 0; i < reading->nentries; i++)
	{
		if (side == NULL ||
			is_of_side(&reading->names[reading->entries[i].population], side))
			density++;
	}
	return density;
}

static const text *
side_argument(FunctionCallInfo fcinfo)
{
	return PG_NARGS() > 1 ? PG_GETARG_TEXT_PP(1) : NULL;
}

/* density(overlap_matrix [, side]) -> rows (company, populations) */
Datum
overlap_matrix_density(PG_FUNCTION_ARGS)
{
	const text *side = side_argument(fcinfo);
	Reading reading;
	const char *at;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 2, &reading);
	at = reading.companies;
	for (int64 n = 0; n < reading.matrix->ncompanies; n++)
	{
		Datum values[2];
		bool nulls[2] = {0};

		next_company(&reading, &at, n);
		values[1] = Int64GetDatum(density_here(&reading, side));
		if (DatumGetInt64(values[1]) == 0)
			continue;
		begin_row(&reading);
		values[0] = company_datum(&reading);
		end_row(fcinfo, &reading, values, nulls);
	}
	return (Datum) 0;
}

/* density_histogram(overlap_matrix [, side]) -> rows (populations, companies)
 */
Datum
overlap_matrix_density_histogram(PG_FUNCTION_ARGS)
{
	const text *side = side_argument(fcinfo);
	Reading reading;
	const char *at;
	int64 *companies;

	begin_rows(fcinfo);
	begin_reading(fcinfo, 2, &reading);
	at = reading.companies;
	companies = palloc0(sizeof(int64) * (reading.npopulations + 1));
	for (int64 n = 0; n < reading.matrix->ncompanies; n++)
	{
		next_company(&reading, &at, n);
		companies[density_here(&reading, side)]++;
	}
	for (uint32 n = 1; n <= reading.npopulations; n++)
	{
		Datum values[2];
		bool nulls[2] = {0};

		if (companies[n] == 0)
			continue;
		begin_row(&reading);
		values[0] = Int64GetDatum((int64) n);
		values[1] = Int64GetDatum(companies[n]);
		end_row(fcinfo, &reading, values, nulls);
	}
	return (Datum) 0;
}

/* companies(overlap_matrix) -> bigint */
Datum
overlap_matrix_companies(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(MATRIX_ARGUMENT(0)->ncompanies);
}
