/*
 * credit_window.c
 *		credit(), the window function: one exact amount per row.
 *
 * A partition is one deal.  It is read whole, credited by credit.c, and its
 * credits are then handed out row by row.
 *
 * IDENTIFICATION
 *		src/credit/credit_window.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/decimal.h"
#include "base/partition_function.h"
#include "base/rows_disagree.h"
#include "credit/credit.h"
#include "credit/credit_window.h"

PG_FUNCTION_INFO_V1(credit_window_text);
PG_FUNCTION_INFO_V1(credit_window_bigint);
PG_FUNCTION_INFO_V1(credit_window_uuid);

/* The arguments of credit(). */
enum
{
	ARG_AMOUNT,
	ARG_MODEL,
	ARG_ROLE,
	ARG_PARTNER,
	ARG_OCCURRED_AT,
	ARG_CLOSED_AT,
	ARG_WEIGHT
};

/* The credits of a partition, by row */
typedef struct CreditPartition
{
	int minor_digits;
	int64 *credits; /* in minor units; NULL if they do not fit */
	Numeric
		*large_credits; /* then these, or the amount or the model is NULL */
} CreditPartition;

/* Detoasting a row's value may have copied it, once a row. */
static void
free_copy(const void *value, Datum datum)
{
	if (value != DatumGetPointer(datum))
		pfree(unconstify(void *, value));
}

#define FIRST_NAMES ((Size) 1024)
#define MAX_NAMES   ((Size) 8 * 1024 * 1024)

/* Names one behind the other, in larger and larger pieces. */
typedef struct NameRoom
{
	char *at;
	Size left;
	Size size; /* of the piece at hand */
} NameRoom;

static CreditName
copy_name(NameRoom *room, const char *bytes, int length)
{
	CreditName name;

	/* An empty name is one, too. */
	if (room->at == NULL || room->left < (Size) length)
	{
		room->size = Max(Min(Max(room->size * 2, FIRST_NAMES), MAX_NAMES),
						 (Size) length);
		room->at = allocate_array(room->size, 1);
		room->left = room->size;
	}
	memcpy(room->at, bytes, length);
	name.bytes = room->at;
	name.length = length;
	room->at += length;
	room->left -= length;
	return name;
}

static CreditName
copy_id(NameRoom *room, Datum id, IdType type)
{
	void *allocated;
	CreditName name = credit_id_name(id, type, &allocated);

	name = copy_name(room, name.bytes, name.length);
	if (allocated != NULL)
		pfree(allocated);
	return name;
}

static void
disagree(const StatedRange *range, const char *what)
{
	rows_disagree(range,
				  &(Disagreement){ERRCODE_INVALID_PARAMETER_VALUE, "one deal",
								  psprintf("its %s", what), NULL,
								  psprintf("PARTITION BY the deal, and give "
										   "each of its rows the same %s.",
										   what)});
}

static const char *
show_model(const CreditModel *model)
{
	return model == NULL ? "null" : credit_model_to_text(model);
}

/* What all rows of a deal must agree on. */
typedef struct WindowDeal
{
	Numeric amount; /* NULL: none */
	const CreditModel *model;
	Moment closed_at; /* CREDIT_UNDATED_AT: open */
} WindowDeal;

static void
note_amount(StatedRange *range, Datum value, bool isnull)
{
	note_stated(range, isnull ? NULL : DatumGetNumeric(value), "null");
}

static void
note_model(StatedRange *range, Datum value, bool isnull)
{
	note_stated(range, NULL,
				show_model(isnull ? NULL : DatumGetCreditModel(value)));
}

static void
note_closed_at(StatedRange *range, Datum value, bool isnull)
{
	note_stated(range, NULL,
				isnull
					? "null"
					: credit_show_moment(credit_moment(DatumGetInt64(value))));
}

/* Of all that the rows say, for an error that is known to come. */
static void
report_disagreement(const PartitionRows *partition)
{
	StatedRange range = partition_states(partition, ARG_AMOUNT, note_amount);

	disagree(&range, "amount");
	range = partition_states(partition, ARG_MODEL, note_model);
	disagree(&range, "credit model");
	range = partition_states(partition, ARG_CLOSED_AT, note_closed_at);
	disagree(&range, "close");
}

static void
read_deal(const PartitionRows *partition, int64 row, WindowDeal *deal)
{
	bool isnull;
	Datum datum;
	Numeric amount;
	const CreditModel *model;
	Moment closed_at;
	StatedRange range = {CurrentMemoryContext};

	datum = partition_argument(partition, ARG_AMOUNT, row, &isnull);
	amount = isnull ? NULL : DatumGetNumeric(datum);
	if (row == 0)
		deal->amount = isnull ? NULL
							  : DatumGetNumeric(PointerGetDatum(
									PG_DETOAST_DATUM_COPY(datum)));
	else if ((amount == NULL) != (deal->amount == NULL) ||
			 (amount != NULL &&
			  !DatumGetBool(
				  DirectFunctionCall2(numeric_eq, NumericGetDatum(amount),
									  NumericGetDatum(deal->amount)))))
	{
		report_disagreement(partition);
		/* volatile arguments: they agree by now */
		note_stated(&range, deal->amount, "null");
		note_stated(&range, amount, "null");
		disagree(&range, "amount");
	}
	if (amount != NULL)
		free_copy(amount, datum);

	datum = partition_argument(partition, ARG_MODEL, row, &isnull);
	model = isnull ? NULL : DatumGetCreditModel(datum);
	if (row == 0)
		deal->model = isnull ? NULL
							 : (CreditModel *) PG_DETOAST_DATUM_COPY(
								   PointerGetDatum(model));
	else if ((model == NULL) != (deal->model == NULL) ||
			 (model != NULL && !credit_model_equal(model, deal->model)))
	{
		report_disagreement(partition);
		note_stated(&range, NULL, show_model(deal->model));
		note_stated(&range, NULL, show_model(model));
		disagree(&range, "credit model");
	}
	if (model != NULL)
		free_copy(model, datum);

	datum = partition_argument(partition, ARG_CLOSED_AT, row, &isnull);
	closed_at = isnull ? CREDIT_UNDATED_AT
					   : credit_moment(DatumGetInt64(datum));
	if (row == 0)
		deal->closed_at = closed_at;
	else if (closed_at != deal->closed_at)
	{
		report_disagreement(partition);
		note_stated(&range, NULL, credit_show_moment(deal->closed_at));
		note_stated(&range, NULL, credit_show_moment(closed_at));
		disagree(&range, "close");
	}
}

static void
read_touch(const PartitionRows *partition, int row, IdType type,
		   NameRoom *names, NamedTouch *row_of)
{
	CreditTouch *touch = &row_of->touch;
	bool isnull;
	Datum datum;
	Numeric weight;

	memset(row_of, 0, sizeof(NamedTouch));
	row_of->row = row;
	datum = partition_argument(partition, ARG_ROLE, row, &isnull);
	if (!isnull)
		row_of->role = copy_id(names, datum, ID_TEXT);
	datum = partition_argument(partition, ARG_PARTNER, row, &isnull);
	if (!isnull)
		row_of->partner = copy_id(names, datum, type);
	datum = partition_argument(partition, ARG_OCCURRED_AT, row, &isnull);
	touch->occurred_at = isnull ? CREDIT_UNDATED_AT
								: credit_moment(DatumGetInt64(datum));
	datum = partition_argument(partition, ARG_WEIGHT, row, &isnull);
	weight = isnull ? NULL : DatumGetNumeric(datum);
	touch->weight = credit_touch_weight(weight);
	if (weight != NULL)
		free_copy(weight, datum);
}

/* What serves one partition after the other. */
typedef struct WindowMemory
{
	MemoryContext rows; /* reset after each */
	CreditScratch scratch;
} WindowMemory;

static void *
begin_credit(void)
{
	WindowMemory *memory = palloc0(sizeof(WindowMemory));

	memory->rows = AllocSetContextCreate(CurrentMemoryContext, "credit",
										 ALLOCSET_DEFAULT_SIZES);
	credit_start_scratch(&memory->scratch);
	return memory;
}

/* What all rows say of the deal is the same where it is said only once. */
static bool
said_once(const PartitionRows *partition)
{
	return partition->arguments[ARG_AMOUNT].single &&
		   partition->arguments[ARG_MODEL].single &&
		   partition->arguments[ARG_CLOSED_AT].single;
}

static CreditPartition *
credit_partition(WindowMemory *memory, const PartitionRows *partition,
				 IdType type)
{
	CreditPartition *result = palloc0(sizeof(CreditPartition));
	MemoryContext keep = CurrentMemoryContext;
	bool once = said_once(partition);
	int64 n = partition->nrows;
	WindowDeal deal = {0};
	CreditDeal credited = {0};
	NameRoom names = {0};
	NamedTouch *rows;
	CreditAmount amount;

	if (n > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal has too many rows"),
						errdetail("It has %lld rows, the limit is %d.",
								  (long long) n, PG_INT32_MAX)));
	MemoryContextReset(memory->rows);
	MemoryContextSwitchTo(memory->rows);
	rows = allocate_array(n, sizeof(NamedTouch));
	for (int64 row = 0; row < n; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (row == 0 || !once)
			read_deal(partition, row, &deal);
		read_touch(partition, (int) row, type, &names, &rows[row]);
	}
	if (deal.amount != NULL && deal.model != NULL)
	{
		credited.model = deal.model;
		credited.closed = deal.closed_at != CREDIT_UNDATED_AT;
		credited.closed_at = deal.closed_at;
		credit_arrange(&credited, rows, n);
		credited.scratch = &memory->scratch;
		credit_weigh(&credited);
		credit_read_amount(deal.amount, &amount);
		credit_split(&credited, &amount);

		MemoryContextSwitchTo(keep);
		result->minor_digits = deal.model->minor_digits;
		if (credited.parts != NULL)
			result->credits = allocate_array(n, sizeof(int64));
		else
			result->large_credits = allocate_array(n, sizeof(Numeric));
		for (int64 i = 0; i < n; i++)
		{
			check_for_interrupts_at(i);
			if (credited.parts != NULL)
				result->credits[rows[i].row] = credited.parts[i];
			else
				result->large_credits[rows[i].row] = DatumGetNumericCopy(
					NumericGetDatum(credited.large_parts[i]));
		}
	}
	MemoryContextSwitchTo(keep);
	MemoryContextReset(memory->rows);
	return result;
}

static void *
credit_text(void *memory, const PartitionRows *partition)
{
	return credit_partition(memory, partition, ID_TEXT);
}

static void *
credit_bigint(void *memory, const PartitionRows *partition)
{
	return credit_partition(memory, partition, ID_BIGINT);
}

static void *
credit_uuid(void *memory, const PartitionRows *partition)
{
	return credit_partition(memory, partition, ID_UUID);
}

static Datum
credit_of_row(const void *computed, int64 row, bool *isnull)
{
	const CreditPartition *partition = computed;

	if (partition->credits != NULL)
		return NumericGetDatum(numeric_from_decimal(partition->credits[row],
													partition->minor_digits));
	if (partition->large_credits != NULL)
		return NumericGetDatum(partition->large_credits[row]);
	*isnull = true;
	return (Datum) 0;
}

static const PartitionFunction by_text = {credit_window_text, begin_credit,
										  credit_text, credit_of_row};
static const PartitionFunction by_bigint = {credit_window_bigint, begin_credit,
											credit_bigint, credit_of_row};
static const PartitionFunction by_uuid = {credit_window_uuid, begin_credit,
										  credit_uuid, credit_of_row};

void
install_credit_window(void)
{
	register_partition_function(&by_text);
	register_partition_function(&by_bigint);
	register_partition_function(&by_uuid);
}

/*
 * credit(amount numeric, model credit_model, role text, partner T,
 *		  occurred_at moment, closed_at moment, weight numeric)
 *
 * NULL for a NULL amount or model; 0 for rows that carry no weight.  A close
 * at infinity is none.
 */
Datum
credit_window_text(PG_FUNCTION_ARGS)
{
	return call_partition_function(fcinfo, &by_text);
}

Datum
credit_window_bigint(PG_FUNCTION_ARGS)
{
	return call_partition_function(fcinfo, &by_bigint);
}

Datum
credit_window_uuid(PG_FUNCTION_ARGS)
{
	return call_partition_function(fcinfo, &by_uuid);
}
