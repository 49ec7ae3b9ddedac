/*
 * apportion_window.c
 *		apportion(), the window function: one exact part per row.
 *
 * A partition's rows are the weights that its amount is split by.  It is read
 * whole, split by apportion.c, and its parts are then handed out row by row.
 *
 * IDENTIFICATION
 *		src/credit/apportion_window.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/partition_function.h"
#include "base/rows_disagree.h"
#include "credit/apportion.h"
#include "credit/apportion_window.h"

PG_FUNCTION_INFO_V1(apportion_window);

/* The arguments of the window form */
enum
{
	ARG_AMOUNT,
	ARG_WEIGHT,
	ARG_MINOR_DIGITS
};

static Numeric
copy_numeric(Datum value)
{
	return DatumGetNumeric(PointerGetDatum(PG_DETOAST_DATUM_COPY(value)));
}

static bool
same_amount(Numeric a, Numeric b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a),
											NumericGetDatum(b)));
}

/* The error, if what the rows say of what they should agree on differs */
static void
disagree(const StatedRange *range, const char *what)
{
	rows_disagree(range,
				  &(Disagreement){ERRCODE_INVALID_PARAMETER_VALUE,
								  "one partition", psprintf("the %s", what),
								  NULL,
								  "Give every row of the partition the whole "
								  "amount, and put in PARTITION BY what tells "
								  "one amount from another."});
}

static void
note_amount(StatedRange *range, Datum value, bool isnull)
{
	note_stated(range, isnull ? NULL : DatumGetNumeric(value), "null");
}

static void
note_minor_digits(StatedRange *range, Datum value, bool isnull)
{
	note_stated(range, isnull ? NULL : int64_to_numeric(DatumGetInt32(value)),
				"null");
}

/* Of all that the rows say, for an error that is known to come. */
static void
report_disagreement(const PartitionRows *partition)
{
	StatedRange range = partition_states(partition, ARG_AMOUNT, note_amount);

	disagree(&range, "amount to split");
	range = partition_states(partition, ARG_MINOR_DIGITS, note_minor_digits);
	disagree(&range, "minor digits");
}

/* What all rows must agree on: the amount, and how fine it is split. */
static void
read_amount(const PartitionRows *partition, int64 row, Numeric *amount,
			int *minor_digits, bool *digits_known)
{
	bool isnull;
	Datum value;
	Numeric other;
	int other_digits;

	value = partition_argument(partition, ARG_AMOUNT, row, &isnull);
	if (row == 0)
		*amount = isnull ? NULL : copy_numeric(value);
	else
	{
		other = isnull ? NULL : DatumGetNumeric(value);
		if ((other == NULL) != (*amount == NULL) ||
			(other != NULL && !same_amount(*amount, other)))
		{
			StatedRange range = {CurrentMemoryContext};

			report_disagreement(partition);
			/* volatile arguments: they agree by now */
			note_stated(&range, *amount, "null");
			note_stated(&range, other, "null");
			disagree(&range, "amount to split");
		}
		if (other != NULL && (Pointer) other != DatumGetPointer(value))
			pfree(other);
	}

	value = partition_argument(partition, ARG_MINOR_DIGITS, row, &isnull);
	other_digits = isnull ? 0 : DatumGetInt32(value);
	if (row == 0)
	{
		*digits_known = !isnull;
		*minor_digits = other_digits;
	}
	else if (*digits_known == isnull || *minor_digits != other_digits)
	{
		StatedRange range = {CurrentMemoryContext};

		report_disagreement(partition);
		note_stated(&range,
					*digits_known ? int64_to_numeric(*minor_digits) : NULL,
					"null");
		note_stated(&range, isnull ? NULL : int64_to_numeric(other_digits),
					"null");
		disagree(&range, "minor digits");
	}
}

/* The parts by row, or NULL: the amount or the minor digits are. */
static void *
split_partition(void *memory, const PartitionRows *partition)
{
	int64 n = partition->nrows;
	bool once = partition->arguments[ARG_AMOUNT].single &&
				partition->arguments[ARG_MINOR_DIGITS].single;
	Numeric amount = NULL;
	int minor_digits = 0;
	bool digits_known = false;
	Numeric *weights;
	Numeric *parts;
	Numeric zero = int64_to_numeric(0);

	if (n > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("partition has too many rows"),
						errdetail("It has %lld rows, the limit is %d.",
								  (long long) n, PG_INT32_MAX)));
	weights = allocate_array(n, sizeof(Numeric));
	for (int64 row = 0; row < n; row++)
	{
		bool isnull;
		Datum value;

		CHECK_FOR_INTERRUPTS();
		if (row == 0 || !once)
			read_amount(partition, row, &amount, &minor_digits, &digits_known);
		value = partition_argument(partition, ARG_WEIGHT, row, &isnull);
		weights[row] = isnull ? zero : copy_numeric(value);
	}
	if (amount == NULL || !digits_known)
		return NULL;
	check_minor_digits(minor_digits);
	parts = allocate_array(n, sizeof(Numeric));
	apportion_by_decimals(amount, minor_digits, weights, n, parts);
	return parts;
}

static Datum
part_of_row(const void *computed, int64 row, bool *isnull)
{
	const Numeric *parts = computed;

	if (parts != NULL)
		return NumericGetDatum(parts[row]);
	*isnull = true;
	return (Datum) 0;
}

static const PartitionFunction apportion_partition = {apportion_window, NULL,
													  split_partition,
													  part_of_row};

void
install_apportion_window(void)
{
	register_partition_function(&apportion_partition);
}

/*
 * apportion(amount numeric, weight numeric, minor_digits int) OVER (...)
 *
 * Positions are those of the window's order; a NULL weight counts as zero; a
 * NULL amount, or NULL minor digits, give NULL.
 */
Datum
apportion_window(PG_FUNCTION_ARGS)
{
	return call_partition_function(fcinfo, &apportion_partition);
}
