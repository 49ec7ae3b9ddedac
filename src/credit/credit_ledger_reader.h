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

#include "credit/credit_ledger_private.h"

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

/* An id in text for people, of at most so many bytes. */
#define MAX_SHOWN_ID Max(MAX_ID_BYTES, 36)
extern int show_ledger_id(const CreditLedger *ledger, uint64 key, char *bytes);

#endif /* ECOSYSTEM_CREDIT_LEDGER_READER_H */
