/*
 * credit_ledger_reader.h
 *		Reading a credit_ledger: its deals one by one, and their rows.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_reader.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_READER_H
#define ECOSYSTEM_CREDIT_LEDGER_READER_H

#include "postgres.h"

#include "fmgr.h"

#include "credit/credit_ledger.h"
#include "base/decimal.h"

/* ---- deals ---- */

/* One deal, under one model. */
typedef struct LedgerEntry
{
	uint64 key;
	bool stated; /* some row has its amount */
	CreditAmount amount;
	int model;             /* number, -1: none */
	CreditProblem problem; /* then the touches are not weighed */
	bool touched;
	CreditDeal deal;
} LedgerEntry;

/* A ledger whose rows are read, and what its numbers are to the reader. */
typedef struct ReaderSource
{
	const CreditLedger *ledger;
	uint32 *partner_place;
	uint32 *label_place;
	const uint32 *models; /* NULL: as they are */
	uint64 ids;           /* to add to keys */
	uint32 large;         /* to add to places of large amounts */
} ReaderSource;

typedef struct LedgerReader
{
	const CreditLedger *ledger;
	MemoryContext context;
	ReaderSource *sources; /* the ledger itself, then its own sources */
	int nsources;

	CreditName *partners; /* as text, by place */
	uint32 *partner_place;
	uint32 npartners;

	CreditName *roles; /* by place of the label */
	uint32 *label_model;
	uint32 *label_place;
	uint32 *role_place; /* of a place: the first one with the same role */
	bool roles_repeat;  /* some role has several places */
	uint32 nlabels;

	const CreditModel **models;
	int32 **role_codes; /* by model and label, made when needed */

	/* the list at hand: its rows by bucket, and where the buckets end */
	int part; /* the next list's */
	int end_part;
	int nbuckets;
	CreditTouch *touches;
	LedgerDeal *deals;
	int64 touch_capacity;
	int64 deal_capacity;
	uint32 *touch_ends;
	uint32 *deal_ends;

	/* the bucket at hand: what is left of it */
	int bucket; /* the next one */
	uint32 touch;
	uint32 touch_end;
	uint32 statement;
	uint32 statement_end;

	int next_model; /* that the deal at hand is to be credited by, compared */
	CreditScratch scratch;
	LedgerEntry entry;
} LedgerReader;

extern void start_ledger_reader(LedgerReader *reader,
								const CreditLedger *ledger);
extern void read_ledger_part(LedgerReader *reader, int part);
extern bool next_ledger_entry(LedgerReader *reader);

/* ---- rows ---- */

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
 * for the deal, and the rest is written over what the row before had.
 */
typedef struct LedgerRows
{
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
extern bool next_ledger_row(LedgerRows *rows);
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

/* ---- rows of all models side by side: credit_ledger_comparison.c ---- */

/* Its columns are the first of the others, and then the amounts. */
#define COMPARISON_AMOUNTS ROW_SHARE
#define COMPARISON_COLUMNS (COMPARISON_AMOUNTS + 1)

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

extern void start_ledger_comparison(LedgerComparison *comparison,
									const CreditLedger *ledger,
									uint32 columns);
extern bool next_ledger_comparison(LedgerComparison *comparison);
extern Datum credit_ledger_comparison(PG_FUNCTION_ARGS);

/* ---- rows of either kind; a comparison's are its first field ---- */

extern LedgerRows *start_any_rows(const CreditLedger *ledger, uint32 columns,
								  bool compares);

static inline bool
next_any_row(LedgerRows *rows, bool compares)
{
	return compares ? next_ledger_comparison((LedgerComparison *) rows)
					: next_ledger_row(rows);
}

/* An id in text for people, of at most so many bytes. */
#define MAX_SHOWN_ID Max(MAX_ID_BYTES, 36)
extern int show_ledger_id(const CreditLedger *ledger, uint64 key, char *bytes);
extern Datum text_of_name(const CreditName *name);

#endif /* ECOSYSTEM_CREDIT_LEDGER_READER_H */
