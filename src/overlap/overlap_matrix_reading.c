/*
 * overlap_matrix_reading.c
 *		An overlap_matrix being read, company by company.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_reading.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "overlap/overlap_matrix_reading.h"

/*
 * Sides
 */

/* The side of a name "side/population", or of one without a slash */
bool
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

static void
begin_populations(Reading *reading, uint32 npopulations)
{
	reading->npopulations = npopulations;
	reading->names = palloc(sizeof(PopulationName) * (npopulations + 1));
	reading->sides = palloc(sizeof(int) * (npopulations + 1));
}

/* Its populations, in the order in which a matrix has them */
static void
read_builder(Reading *reading, const Builder *builder)
{
	Size most = (Size) builder->npopulations + 1;
	PopulationName **ordered = palloc(sizeof(PopulationName *) * most);

	reading->builder = builder;
	reading->numbers = palloc(sizeof(uint32) * most);
	begin_populations(reading,
					  order_populations(builder, ordered, reading->numbers));
	for (uint32 p = 0; p < reading->npopulations; p++)
		reading->names[p] = *ordered[p];
	pfree(ordered);
}

static void
read_matrix(Reading *reading, const OverlapMatrix *matrix)
{
	reading->matrix = matrix;
	begin_populations(reading, matrix->npopulations);
	reading->companies = read_populations(matrix, reading->names);
}

/*
 * Begins to read the matrix of argument 0; sides of -1 are those of argument
 * sides_argument, and without one every population is a side.  Where rows is
 * true, the rows of one that is being built may be read as they are.
 */
void
begin_reading(FunctionCallInfo fcinfo, int sides_argument, bool rows,
			  Reading *reading)
{
	Builder *builder = matrix_builder_of_datum(PG_GETARG_DATUM(0));

	memset(reading, 0, sizeof(*reading));
	if (builder == NULL)
		read_matrix(reading, MATRIX_ARGUMENT(0));
	else if (rows && !builder->detailed && builder->nmatrices == 0)
		read_builder(reading, builder);
	else
		read_matrix(reading, matrix_in_builder(builder));
	reading->entries = palloc(sizeof(MatrixEntry) *
							  (reading->npopulations + 1));
	reading->tallies = palloc(sizeof(MatrixTally) *
							  (reading->npopulations + 1));
	reading->caller_context = CurrentMemoryContext;
	reading->row_context = AllocSetContextCreate(CurrentMemoryContext,
												 "overlap_matrix row",
												 ALLOCSET_SMALL_SIZES);
	for (uint32 p = 0; p < reading->npopulations; p++)
		reading->sides[p] = (int) p;
	if (PG_NARGS() > sides_argument)
		set_sides(reading, PG_GETARG_ARRAYTYPE_P(sides_argument));
}

/* Reads the entries of reading->company, and what each amounts to. */
void
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

/* There can be millions of rows, so what each was made of is freed. */
void
begin_row(Reading *reading)
{
	MemoryContextSwitchTo(reading->row_context);
}

void
end_row(FunctionCallInfo fcinfo, Reading *reading, Datum *values, bool *nulls)
{
	put_row(fcinfo, values, nulls);
	MemoryContextSwitchTo(reading->caller_context);
	MemoryContextReset(reading->row_context);
}

Datum
tally_value(const Reading *reading, const MatrixTally *tally, bool *null)
{
	*null = tally->valued == 0; /* as in rows that are read as they are */
	if (*null)
		return (Datum) 0;
	return NumericGetDatum(
		numeric_from_decimal(tally->value, reading->matrix->scale));
}

Datum
population_datum(const Reading *reading, uint32 population)
{
	return PointerGetDatum(
		cstring_to_text_with_len(reading->names[population].name,
								 (int) reading->names[population].length));
}

Datum
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
