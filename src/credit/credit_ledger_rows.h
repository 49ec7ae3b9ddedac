/*
 * credit_ledger_rows.h
 *		The rows of a credit_ledger: of ledger(), and of ledger_comparison().
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_rows.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_ROWS_H
#define ECOSYSTEM_CREDIT_LEDGER_ROWS_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/decimal.h"
#include "credit/credit_ledger_reader.h"

typedef enum LedgerColumn
{
	ROW_DEAL,
	ROW_PARTNER,
	ROW_ROLE,
	ROW_OCCURRED_AT,
	ROW_SHARE,
	ROW_AMOUNT,
	ROW_REASON,
	ROW_MODEL,
	ROW_COLUMNS
} LedgerColumn;

/* Room for a numeric, aligned. */
typedef union NumericBuffer
{
	int64 align;
	char bytes[NUMERIC_OF_INT64_SIZE];
} NumericBuffer;

/*
 * The rows of ledger(), one after the other.  A row is good until the next
 * one is asked for: most of what it refers to is made once for the ledger or
 * for the deal, and the rest is written over what the row before had.  Those of
 * ledger_comparison() begin with them.
 */
typedef struct LedgerRows
{
	bool (*next)(struct LedgerRows *rows); /* false at the end */
	LedgerReader reader;
	uint32 columns;        /* LEDGER_COLUMN() of each that is wanted */
	MemoryContext context; /* of amounts that fit no buffer */

	Datum *partners; /* as text, by place */
	Datum *roles;    /* 0: none */
	Datum *models;

	int64 touch;         /* the next of the entry at hand, */
	int64 ntouches;      /* whose touches have rows of their own, so many */
	bool remainder;      /* and which has a row of no partner */
	const int64 *shares; /* NULL: not wanted */

	text *deal;
	bool has_deal; /* of this key */
	uint64 deal_key;
	NumericBuffer share;
	NumericBuffer amount;
	StringInfoData reason; /* a text with its header */

	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS];
} LedgerRows;

#define LEDGER_COLUMN(column) ((uint32) 1 << (column))
#define ALL_LEDGER_COLUMNS    (LEDGER_COLUMN(ROW_COLUMNS) - 1)

extern void start_ledger_rows(LedgerRows *rows, const CreditLedger *ledger,
							  uint32 columns);
extern LedgerRows *make_ledger_rows(const CreditLedger *ledger,
									uint32 columns);
extern void put_ledger_deal(LedgerRows *rows);
extern void put_ledger_touch(LedgerRows *rows, const CreditTouch *touch);
extern Numeric ledger_remainder(const LedgerEntry *entry);
extern Datum credit_ledger_rows(PG_FUNCTION_ARGS);

/* Whether something of the entry goes to no partner. */
static inline bool
ledger_has_remainder(const LedgerEntry *entry)
{
	const CreditDeal *deal = &entry->deal;

	return entry->problem != CREDIT_NO_PROBLEM || !entry->touched ||
		   !deal->weighty ||
		   deal->scratch->weights[deal->ntouches].numerator > 0;
}
extern Datum text_of_name(const CreditName *name);

/* ---- rows of all models side by side: credit_ledger_comparison.c ---- */

/* Their columns are the first of the others, and then the amounts. */
#define COMPARISON_AMOUNTS ROW_SHARE
#define COMPARISON_COLUMNS (COMPARISON_AMOUNTS + 1)

extern LedgerRows *make_ledger_comparison(const CreditLedger *ledger,
										  uint32 columns);
extern Datum credit_ledger_comparison(PG_FUNCTION_ARGS);

#endif /* ECOSYSTEM_CREDIT_LEDGER_ROWS_H */
