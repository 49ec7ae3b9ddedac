/*
 * credit_ledger_rows.c
 *		The rows of a credit_ledger: ledger().
 *
 * Most of what a row says has been said before: partners, roles, models and
 * the deal are made once and pointed to again, and the numbers are written
 * into the same place for every row.  So a row costs no allocation, and only
 * the columns that somebody reads are made.
 *
 * The function ledger() puts the rows into a tuplestore, as PostgreSQL wants
 * it of a function; in FROM a plan node of our own takes them one by one
 * instead (credit_ledger_scan.c).
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_rows.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_rows.h"

PG_FUNCTION_INFO_V1(credit_ledger_rows);

StaticAssertDecl(MAX_MINOR_DIGITS <= INT64_MAX_SCALE,
				 "any part in a word fits the buffer");

Datum
text_of_name(const CreditName *name)
{
	return PointerGetDatum(
		cstring_to_text_with_len(name->bytes, name->length));
}

static inline bool
wanted(const LedgerRows *rows, LedgerColumn column)
{
	return (rows->columns & LEDGER_COLUMN(column)) != 0;
}

/*
 * In the current memory context, which must live as long as the rows are
 * asked for, and the ledger with it.
 */
void
start_ledger_rows(LedgerRows *rows, const CreditLedger *ledger, uint32 columns)
{
	LedgerReader *reader = &rows->reader;

	memset(rows, 0, sizeof(LedgerRows));
	start_ledger_reader(reader, ledger);
	rows->columns = columns;
	rows->context = AllocSetContextCreate(CurrentMemoryContext, "ledger rows",
										  ALLOCSET_SMALL_SIZES);
	rows->partners = allocate_array(reader->npartners, sizeof(Datum));
	for (uint32 i = 0; i < reader->npartners; i++)
	{
		check_for_interrupts_at(i);
		rows->partners[i] = text_of_name(&reader->partners[i]);
	}
	rows->roles = allocate_array(reader->nlabels, sizeof(Datum));
	for (uint32 i = 0; i < reader->nlabels; i++)
	{
		check_for_interrupts_at(i);
		rows->roles[i] = reader->roles[i].bytes == NULL
							 ? (Datum) 0
							 : text_of_name(&reader->roles[i]);
	}
	rows->models = allocate_array(ledger->models.n, sizeof(Datum));
	for (uint32 i = 0; i < ledger->models.n; i++)
		rows->models[i] = CStringGetTextDatum(
			credit_model_to_text(reader->models[i]));
	rows->deal = palloc(VARHDRSZ + MAX_SHOWN_ID);
	initStringInfo(&rows->reason);
}

/* ---- a row ---- */

void
put_ledger_deal(LedgerRows *rows)
{
	const LedgerEntry *entry = &rows->reader.entry;
	int length;

	/* Several models credit it one after the other. */
	if (!rows->has_deal || rows->deal_key != entry->key)
	{
		length = show_ledger_id(rows->reader.ledger, entry->key,
								VARDATA(rows->deal));
		SET_VARSIZE(rows->deal, VARHDRSZ + length);
		rows->deal_key = entry->key;
		rows->has_deal = true;
		rows->values[ROW_DEAL] = PointerGetDatum(rows->deal);
	}
}

static void
put_share(LedgerRows *rows, int64 share)
{
	rows->values[ROW_SHARE] = NumericGetDatum(
		numeric_in_buffer(share, CREDIT_SHARE_DIGITS, &rows->share));
}

/* A touch's amount; what is retained comes behind the last. */
static void
put_part(LedgerRows *rows, int64 touch)
{
	const CreditDeal *deal = &rows->reader.entry.deal;

	if (deal->parts != NULL)
		rows->values[ROW_AMOUNT] = NumericGetDatum(
			numeric_in_buffer(deal->parts[touch], deal->model->minor_digits,
							  &rows->amount));
	else
		rows->values[ROW_AMOUNT] = NumericGetDatum(deal->large_parts[touch]);
}

/* A reason is written behind the header of a text. */
static void
start_reason(LedgerRows *rows)
{
	resetStringInfo(&rows->reason);
	appendStringInfoSpaces(&rows->reason, VARHDRSZ);
}

static void
end_reason(LedgerRows *rows)
{
	SET_VARSIZE(rows->reason.data, rows->reason.len);
	rows->values[ROW_REASON] = PointerGetDatum(rows->reason.data);
}

/* Who touched the deal, as what and when. */
void
put_ledger_touch(LedgerRows *rows, const CreditTouch *touch)
{
	Datum role = rows->roles[touch->role];

	rows->values[ROW_PARTNER] = rows->partners[touch->partner];
	rows->nulls[ROW_PARTNER] = false;
	rows->values[ROW_ROLE] = role;
	rows->nulls[ROW_ROLE] = role == (Datum) 0;
	if (!wanted(rows, ROW_OCCURRED_AT))
		return;
	rows->values[ROW_OCCURRED_AT] = TimestampTzGetDatum(
		credit_start(touch->occurred_at));
	rows->nulls[ROW_OCCURRED_AT] = touch->occurred_at == CREDIT_UNDATED_AT;
}

static void
put_touch(LedgerRows *rows, int64 number)
{
	const CreditDeal *deal = &rows->reader.entry.deal;

	put_ledger_touch(rows, &deal->touches[number]);
	/* Then its share and amount are null; why is written for the deal. */
	if (rows->reader.entry.problem != CREDIT_NO_PROBLEM)
		return;
	if (wanted(rows, ROW_SHARE))
		put_share(rows, rows->shares[number]);
	if (wanted(rows, ROW_AMOUNT))
		put_part(rows, number);
	if (wanted(rows, ROW_REASON))
	{
		start_reason(rows);
		credit_append_reason(&rows->reason, deal, number);
		end_reason(rows);
	}
}

/* An unsplit amount, at the model's digits where it has them. */
static Numeric
whole_amount(const LedgerEntry *entry)
{
	Decimal units = {entry->amount.value, entry->amount.scale};

	if (entry->amount.numeric == NULL && entry->deal.model != NULL &&
		decimal_rescale(&units, entry->deal.model->minor_digits))
		return numeric_from_decimal(units.value, units.scale);
	return credit_numeric(&entry->amount);
}

/*
 * What of the entry goes to no partner: its amount, NULL where it has none, in
 * the current memory context.
 */
Numeric
ledger_remainder(const LedgerEntry *entry)
{
	if (entry->problem != CREDIT_NO_PROBLEM)
		return entry->stated ? credit_numeric(&entry->amount) : NULL;
	if (!entry->touched || !entry->deal.weighty)
		return whole_amount(entry);
	return credit_part(&entry->deal, entry->deal.ntouches);
}

/* What is retained, unattributed or not split: a row of no partner. */
static void
put_remainder(LedgerRows *rows)
{
	const LedgerEntry *entry = &rows->reader.entry;
	MemoryContext caller;
	Numeric amount;
	int64 share = CREDIT_SHARE_ONE;

	/* Why it was not split its touches say already. */
	if (entry->problem == CREDIT_NO_PROBLEM)
	{
		start_reason(rows);
		if (!entry->touched)
			appendStringInfoString(&rows->reason, "no partner");
		else
			credit_append_remainder_reason(&rows->reason, &entry->deal);
		end_reason(rows);
	}
	if (rows->shares != NULL && entry->deal.weighty)
		share = rows->shares[entry->deal.ntouches];

	MemoryContextReset(rows->context);
	caller = MemoryContextSwitchTo(rows->context);
	amount = ledger_remainder(entry);
	MemoryContextSwitchTo(caller);

	rows->nulls[ROW_PARTNER] = true;
	rows->nulls[ROW_ROLE] = true;
	rows->nulls[ROW_OCCURRED_AT] = true;
	rows->nulls[ROW_SHARE] = entry->problem != CREDIT_NO_PROBLEM;
	put_share(rows, share);
	rows->nulls[ROW_AMOUNT] = amount == NULL;
	rows->values[ROW_AMOUNT] = NumericGetDatum(amount);
}

/* Prepares the rows of the entry that has been read. */
static void
start_entry(LedgerRows *rows)
{
	LedgerEntry *entry = &rows->reader.entry;
	CreditDeal *deal = &entry->deal;
	bool problem = entry->problem != CREDIT_NO_PROBLEM;
	bool split = !problem && entry->touched;

	rows->touch = 0;
	rows->ntouches = deal->ntouches;
	rows->remainder = ledger_has_remainder(entry);
	rows->shares = NULL;
	if (split && wanted(rows, ROW_SHARE))
		rows->shares = credit_shares(deal);
	if (wanted(rows, ROW_DEAL))
		put_ledger_deal(rows);
	rows->nulls[ROW_SHARE] = problem;
	rows->nulls[ROW_AMOUNT] = problem;
	if (problem)
	{
		start_reason(rows);
		credit_append_problem(&rows->reason, entry->problem, deal->model);
		end_reason(rows);
	}
	rows->nulls[ROW_MODEL] = entry->model < 0;
	if (entry->model >= 0)
		rows->values[ROW_MODEL] = rows->models[entry->model];
}

/* The next row, as values and nulls.  False at the end. */
static bool
next_row(LedgerRows *rows)
{
	while (rows->touch == rows->ntouches && !rows->remainder)
	{
		if (!next_ledger_entry(&rows->reader))
			return false;
		start_entry(rows);
	}
	if (rows->touch < rows->ntouches)
		put_touch(rows, rows->touch++);
	else
	{
		put_remainder(rows);
		rows->remainder = false;
	}
	return true;
}

/* As start_ledger_rows(). */
LedgerRows *
make_ledger_rows(const CreditLedger *ledger, uint32 columns)
{
	LedgerRows *rows = palloc(sizeof(LedgerRows));

	start_ledger_rows(rows, ledger, columns);
	rows->next = next_row;
	return rows;
}

/*
 * ledger(credit_ledger) -> setof (deal, partner, role, occurred_at, share,
 *		amount, reason, model)
 */
Datum
credit_ledger_rows(PG_FUNCTION_ARGS)
{
	LedgerRows *rows;

	begin_rows(fcinfo);
	rows = make_ledger_rows(ledger_from_datum(PG_GETARG_DATUM(0)),
							ALL_LEDGER_COLUMNS);
	while (rows->next(rows))
	{
		CHECK_FOR_INTERRUPTS();
		put_row(fcinfo, rows->values, rows->nulls);
	}
	return (Datum) 0;
}
