/*
 * overlap_matrix_margins.c
 *		What each population of an overlap_matrix has, overlapped or at all.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_margins.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "base/bytes.h"
#include "base/result_rows.h"
#include "overlap/overlap_matrix_reading.h"

/* For which of its populations a record's company counts */
typedef enum Counting
{
	EVERY_COMPANY,
	OVERLAPPED_COMPANY
} Counting;

PG_FUNCTION_INFO_V1(overlap_matrix_margins);
PG_FUNCTION_INFO_V1(overlap_matrix_margin);
PG_FUNCTION_INFO_V1(overlap_matrix_populations);

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
	begin_reading(fcinfo, 1, false, &reading);
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

	begin_reading(fcinfo, 2, false, &reading);
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
	begin_reading(fcinfo, 1, false, &reading);
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
