/*
 * credit_ledger_stream.h
 *		The rows of a credit_ledger, made by workers.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_stream.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_STREAM_H
#define ECOSYSTEM_CREDIT_LEDGER_STREAM_H

#include "postgres.h"

#include "credit/credit_ledger_rows.h"

typedef struct LedgerStream LedgerStream;

#define LEDGER_QUEUE_SIZE ((Size) 1024 * 1024)

/* Which rows, and of what columns. */
typedef struct StreamedRows
{
	bool compares; /* those of ledger_comparison() */
	int ncolumns;
	int columns[ROW_COLUMNS];
} StreamedRows;

extern LedgerRows *make_wanted_rows(const StreamedRows *wanted,
									const CreditLedger *ledger);
extern LedgerStream *start_ledger_stream(const CreditLedger *ledger,
										 const StreamedRows *rows,
										 int nworkers);
extern bool next_streamed_row(LedgerStream *stream, Datum *values,
							  bool *nulls);
extern int ledger_stream_workers(const LedgerStream *stream);
extern void stop_ledger_stream(LedgerStream *stream);

#endif /* ECOSYSTEM_CREDIT_LEDGER_STREAM_H */
