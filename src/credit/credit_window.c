/*
 * credit_window.c
 *		credit(), the window function: one exact amount per row.
 *
 * A partition is one deal.  It is read whole at its first row, credited by
 * credit.c, and its credits are then handed out row by row.
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
#include "base/rows_disagree.h"
#include "credit/credit.h"
#include "base/decimal.h"

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
	ARG_WEIGHT,
	ARGS
};

/* What the function keeps while it walks through a partition. */
typedef struct CreditPartition
{
	bool ready;
	int minor_digits;
	int64 *credits; /* by row, in minor units; NULL if they do not fit */
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

/* The arguments of the call, of which most calls write some as constants. */
typedef struct WindowArguments
{
	WindowObject window;
	const Const *constant[ARGS]; /* NULL: it is to be fetched */
} WindowArguments;

static void
find_constants(WindowArguments *arguments, Node *call)
{
	ListCell *cell;

	if (call == NULL || !IsA(call, WindowFunc))
		return;
	foreach (cell, ((WindowFunc *) call)->args)
	{
		if (foreach_current_index(cell) < ARGS && IsA(lfirst(cell), Const))
			arguments->constant[foreach_current_index(cell)] = lfirst(cell);
	}
}

static Datum
argument(const WindowArguments *arguments, int number, int64 row, bool *isnull)
{
	const Const *constant = arguments->constant[number];
	bool isout;

	if (constant == NULL)
		return WinGetFuncArgInPartition(arguments->window, number, (int) row,
										WINDOW_SEEK_HEAD, false, isnull,
										&isout);
	*isnull = constant->constisnull;
	return constant->constvalue;
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

/* Of all that the rows say, for an error that is known to come. */
static void
report_disagreement(const WindowArguments *arguments)
{
	static const struct
	{
		int argno;
		const char *name;
	} stated[] = {{ARG_AMOUNT, "amount"},
				  {ARG_MODEL, "credit model"},
				  {ARG_CLOSED_AT, "close"}};
	int64 n = WinGetPartitionRowCount(arguments->window);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "disagreement",
												  ALLOCSET_SMALL_SIZES);

	for (int i = 0; i < lengthof(stated); i++)
	{
		StatedRange range = {caller};

		for (int64 row = 0; row < n; row++)
		{
			bool isnull;
			Datum value;
			Numeric number = NULL;
			const char *text = "null";

			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(scratch);
			MemoryContextSwitchTo(scratch);
			value = argument(arguments, stated[i].argno, row, &isnull);
			if (isnull)
				/* as it is */;
			else if (stated[i].argno == ARG_AMOUNT)
				number = DatumGetNumeric(value);
			else if (stated[i].argno == ARG_MODEL)
				text = show_model(DatumGetCreditModel(value));
			else
				text = credit_show_moment(credit_moment(DatumGetInt64(value)));
			note_stated(&range, number, text);
			MemoryContextSwitchTo(caller);
		}
		disagree(&range, stated[i].name);
	}
}

static void
read_deal(const WindowArguments *arguments, int64 row, WindowDeal *deal)
{
	bool isnull;
	Datum datum;
	Numeric amount;
	const CreditModel *model;
	Moment closed_at;
	StatedRange range = {CurrentMemoryContext};

	datum = argument(arguments, ARG_AMOUNT, row, &isnull);
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
		report_disagreement(arguments);
		/* volatile arguments: they agree by now */
		note_stated(&range, deal->amount, "null");
		note_stated(&range, amount, "null");
		disagree(&range, "amount");
	}
	if (amount != NULL)
		free_copy(amount, datum);

	datum = argument(arguments, ARG_MODEL, row, &isnull);
	model = isnull ? NULL : DatumGetCreditModel(datum);
	if (row == 0)
		deal->model = isnull ? NULL
							 : (CreditModel *) PG_DETOAST_DATUM_COPY(
								   PointerGetDatum(model));
	else if ((model == NULL) != (deal->model == NULL) ||
			 (model != NULL && !credit_model_equal(model, deal->model)))
	{
		report_disagreement(arguments);
		note_stated(&range, NULL, show_model(deal->model));
		note_stated(&range, NULL, show_model(model));
		disagree(&range, "credit model");
	}
	if (model != NULL)
		free_copy(model, datum);

	datum = argument(arguments, ARG_CLOSED_AT, row, &isnull);
	closed_at = isnull ? CREDIT_UNDATED_AT
					   : credit_moment(DatumGetInt64(datum));
	if (row == 0)
		deal->closed_at = closed_at;
	else if (closed_at != deal->closed_at)
	{
		report_disagreement(arguments);
		note_stated(&range, NULL, credit_show_moment(deal->closed_at));
		note_stated(&range, NULL, credit_show_moment(closed_at));
		disagree(&range, "close");
	}
}

static void
read_touch(const WindowArguments *arguments, int row, IdType type,
		   NameRoom *names, NamedTouch *row_of)
{
	CreditTouch *touch = &row_of->touch;
	bool isnull;
	Datum datum;
	Numeric weight;

	memset(row_of, 0, sizeof(NamedTouch));
	row_of->row = row;
	datum = argument(arguments, ARG_ROLE, row, &isnull);
	if (!isnull)
		row_of->role = copy_id(names, datum, ID_TEXT);
	datum = argument(arguments, ARG_PARTNER, row, &isnull);
	if (!isnull)
		row_of->partner = copy_id(names, datum, type);
	datum = argument(arguments, ARG_OCCURRED_AT, row, &isnull);
	touch->occurred_at = isnull ? CREDIT_UNDATED_AT
								: credit_moment(DatumGetInt64(datum));
	datum = argument(arguments, ARG_WEIGHT, row, &isnull);
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
	WindowArguments arguments;
} WindowMemory;

static WindowMemory *
window_memory(FunctionCallInfo fcinfo)
{
	WindowMemory *memory = fcinfo->flinfo->fn_extra;
	MemoryContext caller;

	if (memory == NULL)
	{
		caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		memory = palloc0(sizeof(WindowMemory));
		memory->rows = AllocSetContextCreate(CurrentMemoryContext, "credit",
											 ALLOCSET_DEFAULT_SIZES);
		credit_start_scratch(&memory->scratch);
		find_constants(&memory->arguments, fcinfo->flinfo->fn_expr);
		fcinfo->flinfo->fn_extra = memory;
		MemoryContextSwitchTo(caller);
	}
	memory->arguments.window = PG_WINDOW_OBJECT();
	MemoryContextReset(memory->rows);
	return memory;
}

/* Credits a whole partition, at its first row. */
static void
credit_partition(CreditPartition *partition, IdType type, WindowMemory *memory)
{
	MemoryContext keep = CurrentMemoryContext;
	const WindowArguments *arguments = &memory->arguments;
	int64 n = WinGetPartitionRowCount(arguments->window);
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
	MemoryContextSwitchTo(memory->rows);
	rows = allocate_array(n, sizeof(NamedTouch));
	for (int64 row = 0; row < n; row++)
	{
		CHECK_FOR_INTERRUPTS();
		read_deal(arguments, row, &deal);
		read_touch(arguments, (int) row, type, &names, &rows[row]);
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
		partition->minor_digits = deal.model->minor_digits;
		if (credited.parts != NULL)
			partition->credits = allocate_array(n, sizeof(int64));
		else
			partition->large_credits = allocate_array(n, sizeof(Numeric));
		for (int64 i = 0; i < n; i++)
		{
			check_for_interrupts_at(i);
			if (credited.parts != NULL)
				partition->credits[rows[i].row] = credited.parts[i];
			else
				partition->large_credits[rows[i].row] = DatumGetNumericCopy(
					NumericGetDatum(credited.large_parts[i]));
		}
	}
	MemoryContextSwitchTo(keep);
	MemoryContextReset(memory->rows);
	partition->ready = true;
}

static Datum
credit_window(FunctionCallInfo fcinfo, IdType type)
{
	WindowObject window = PG_WINDOW_OBJECT();
	CreditPartition *partition =
		WinGetPartitionLocalMemory(window, sizeof(CreditPartition));
	int64 row;

	if (!partition->ready)
	{
		MemoryContext caller = MemoryContextSwitchTo(
			GetMemoryChunkContext(partition));

		credit_partition(partition, type, window_memory(fcinfo));
		MemoryContextSwitchTo(caller);
	}
	row = WinGetCurrentPosition(window);
	if (partition->credits != NULL)
		PG_RETURN_NUMERIC(numeric_from_decimal(partition->credits[row],
											   partition->minor_digits));
	if (partition->large_credits != NULL)
		PG_RETURN_NUMERIC(partition->large_credits[row]);
	PG_RETURN_NULL();
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
	return credit_window(fcinfo, ID_TEXT);
}

Datum
credit_window_bigint(PG_FUNCTION_ARGS)
{
	return credit_window(fcinfo, ID_BIGINT);
}

Datum
credit_window_uuid(PG_FUNCTION_ARGS)
{
	return credit_window(fcinfo, ID_UUID);
}
