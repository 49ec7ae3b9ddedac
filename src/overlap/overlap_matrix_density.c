/*
 * overlap_matrix_density.c
 *		How many populations know the companies of an overlap_matrix.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_density.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "base/result_rows.h"
#include "overlap/overlap_matrix_reading.h"

PG_FUNCTION_INFO_V1(overlap_matrix_density);
PG_FUNCTION_INFO_V1(overlap_matrix_density_histogram);
PG_FUNCTION_INFO_V1(overlap_matrix_companies);

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
	begin_reading(fcinfo, 2, false, &reading);
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
	begin_reading(fcinfo, 2, false, &reading);
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
	Builder *builder = matrix_builder_of_datum(PG_GETARG_DATUM(0));
	const OverlapMatrix *matrix = builder == NULL ? MATRIX_ARGUMENT(0)
												  : matrix_in_builder(builder);

	PG_RETURN_INT64(matrix->ncompanies);
}
