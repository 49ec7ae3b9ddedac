/*
 * credit_ledger_comparison.c
 *		The rows of a credit_ledger with what each model gives side by side.
 *
 * ledger_comparison() has a row for each touch where ledger() has one for each
 * touch and model: as many rows fewer to make, to store and to join as there
 * are models.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_comparison.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_rows.h"

PG_FUNCTION_INFO_V1(credit_ledger_comparison);

#define ELEMENT_SIZE INTALIGN(NUMERIC_OF_INT64_SIZE)

/* What one model gives to the touches of the deal at hand. */
typedef struct ComparedParts
{
	bool split;
	int minor_digits;
	int64 *parts;   /* NULL: they do not fit words, */
	Numeric *large; /* but are these */
	int64 *words;   /* memory of parts */
	int64 capacity;
	bool remains;      /* something for no partner, */
	Numeric remainder; /* NULL: the deal has no amount */
} ComparedParts;

typedef struct LedgerComparison
{
	LedgerRows rows;
	int nmodels;
	ComparedParts *models;
	char *amounts; /* an array of numerics */
	Datum *elements;
	bool *element_nulls;
	MemoryContext row; /* of an array that is not written in place */
} LedgerComparison;

/* ---- a deal ---- */

/* Keeps what the model at hand gives, which the next one writes over. */
static void
keep_parts(LedgerComparison *comparison, ComparedParts *model)
{
	const LedgerEntry *entry = &comparison->rows.reader.entry;
	const CreditDeal *deal = &entry->deal;
	int64 n = deal->ntouches;
	MemoryContext caller;

	model->split = entry->problem == CREDIT_NO_PROBLEM && entry->touched;
	model->remains = ledger_has_remainder(entry);
	model->remainder = NULL;
	model->parts = NULL;
	caller = MemoryContextSwitchTo(comparison->rows.context);
	if (model->split)
	{
		model->minor_digits = deal->model->minor_digits;
		if (deal->parts == NULL)
		{
			model->large = allocate_array(n, sizeof(Numeric));
			for (int64 i = 0; i < n; i++)
			{
				check_for_interrupts_at(i);
				model->large[i] = DatumGetNumericCopy(
					NumericGetDatum(deal->large_parts[i]));
			}
		}
		else
		{
			if (n > model->capacity)
			{
				MemoryContextSwitchTo(comparison->rows.reader.context);
				if (model->words != NULL)
					pfree(model->words);
				model->capacity = n + n / 2;
				model->words = allocate_array(model->capacity, sizeof(int64));
				MemoryContextSwitchTo(comparison->rows.context);
			}
			memcpy(model->words, deal->parts, n * sizeof(int64));
			model->parts = model->words;
		}
	}
	if (model->remains)
	{
		model->remainder = ledger_remainder(entry);
		/* what is of the reader's memory does not stay */
		if (model->remainder != NULL)
			model->remainder = DatumGetNumericCopy(
				NumericGetDatum(model->remainder));
	}
	MemoryContextSwitchTo(caller);
}

/* The next deal, by every model. */
static bool
start_comparison(LedgerComparison *comparison)
{
	LedgerRows *rows = &comparison->rows;
	LedgerReader *reader = &rows->reader;

	MemoryContextReset(rows->context);
	rows->touch = rows->ntouches = 0;
	rows->remainder = false;
	for (int i = 0; i < comparison->nmodels; i++)
	{
		ComparedParts *model = &comparison->models[i];

		if (!next_ledger_entry(reader))
			return false;
		keep_parts(comparison, model);
		rows->remainder |= model->remains;
	}
	rows->ntouches = reader->entry.deal.ntouches;
	put_ledger_deal(rows);
	return true;
}

/* ---- a row ---- */

/* Where a model has nothing to say the array has a null. */
static Datum
amounts_with_nulls(LedgerComparison *comparison)
{
	int n = comparison->nmodels;
	int lower_bound = 1;

	return PointerGetDatum(construct_md_array(comparison->elements,
											  comparison->element_nulls, 1, &n,
											  &lower_bound, NUMERICOID, -1,
											  false, TYPALIGN_INT));
}

/* Written in place, as construct_array() would make it. */
static Datum
amounts_of_words(LedgerComparison *comparison, int64 touch)
{
	ArrayType *array = (ArrayType *) comparison->amounts;
	char *at = comparison->amounts + ARR_OVERHEAD_NONULLS(1);

	for (int i = 0; i < comparison->nmodels; i++)
	{
		const ComparedParts *model = &comparison->models[i];
		Size size = VARSIZE(
			numeric_in_buffer(model->parts[touch], model->minor_digits, at));

		memset(at + size, 0, INTALIGN(size) - size);
		at += INTALIGN(size);
	}
	SET_VARSIZE(array, at - comparison->amounts);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = NUMERICOID;
	ARR_DIMS(array)[0] = comparison->nmodels;
	ARR_LBOUND(array)[0] = 1;
	return PointerGetDatum(array);
}

static Datum
touch_amounts(LedgerComparison *comparison, int64 touch)
{
	bool words = true;

	for (int i = 0; i < comparison->nmodels && words; i++)
		words = comparison->models[i].parts != NULL;
	if (words)
		return amounts_of_words(comparison, touch);
	for (int i = 0; i < comparison->nmodels; i++)
	{
		const ComparedParts *model = &comparison->models[i];
		Numeric part = NULL;

		if (model->parts != NULL)
			part = numeric_from_decimal(model->parts[touch],
										model->minor_digits);
		else if (model->split)
			part = model->large[touch];
		comparison->elements[i] = NumericGetDatum(part);
		comparison->element_nulls[i] = part == NULL;
	}
	return amounts_with_nulls(comparison);
}

static Datum
remainder_amounts(LedgerComparison *comparison)
{
	for (int i = 0; i < comparison->nmodels; i++)
	{
		Numeric remainder = comparison->models[i].remainder;

		comparison->elements[i] = NumericGetDatum(remainder);
		comparison->element_nulls[i] = remainder == NULL;
	}
	return amounts_with_nulls(comparison);
}

static bool
next_row(LedgerRows *rows)
{
	LedgerComparison *comparison = (LedgerComparison *) rows;
	MemoryContext caller;

	while (rows->touch == rows->ntouches && !rows->remainder)
		if (!start_comparison(comparison))
			return false;
	/* A deal may have millions of touches: its memory is not for each. */
	MemoryContextReset(comparison->row);
	caller = MemoryContextSwitchTo(comparison->row);
	if (rows->touch < rows->ntouches)
	{
		put_ledger_touch(rows, &rows->reader.entry.deal.touches[rows->touch]);
		rows->values[COMPARISON_AMOUNTS] = touch_amounts(comparison,
														 rows->touch++);
	}
	else
	{
		rows->nulls[ROW_PARTNER] = true;
		rows->nulls[ROW_ROLE] = true;
		rows->nulls[ROW_OCCURRED_AT] = true;
		rows->values[COMPARISON_AMOUNTS] = remainder_amounts(comparison);
		rows->remainder = false;
	}
	MemoryContextSwitchTo(caller);
	return true;
}

/* As start_ledger_rows(). */
LedgerRows *
make_ledger_comparison(const CreditLedger *ledger, uint32 columns)
{
	LedgerComparison *comparison = palloc0(sizeof(LedgerComparison));
	int n = Max(ledger->compared, 1);

	start_ledger_rows(&comparison->rows, ledger, columns);
	comparison->rows.next = next_row;
	comparison->nmodels = n;
	comparison->models = palloc0(n * sizeof(ComparedParts));
	comparison->amounts = palloc(ARR_OVERHEAD_NONULLS(1) + n * ELEMENT_SIZE);
	comparison->elements = palloc(n * sizeof(Datum));
	comparison->element_nulls = palloc(n * sizeof(bool));
	comparison->row = AllocSetContextCreate(CurrentMemoryContext,
											"ledger comparison row",
											ALLOCSET_SMALL_SIZES);
	return &comparison->rows;
}

/*
 * ledger_comparison(credit_ledger) -> setof (deal, partner, role, occurred_at,
 *		amounts)
 */
Datum
credit_ledger_comparison(PG_FUNCTION_ARGS)
{
	LedgerRows *rows;

	begin_rows(fcinfo);
	rows = make_ledger_comparison(ledger_from_datum(PG_GETARG_DATUM(0)),
								  ALL_LEDGER_COLUMNS);
	while (rows->next(rows))
	{
		CHECK_FOR_INTERRUPTS();
		put_row(fcinfo, rows->values, rows->nulls);
	}
	return (Datum) 0;
}
