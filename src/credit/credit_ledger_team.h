/*
 * credit_ledger_team.h
 *		Reading a credit_ledger by several processes.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_team.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_TEAM_H
#define ECOSYSTEM_CREDIT_LEDGER_TEAM_H

#include "postgres.h"

#include "access/parallel.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"

#include "credit/credit_ledger_reader.h"

/* As the leader sees it. */
typedef struct LedgerTeam
{
	ParallelContext *workers;
	void *work;             /* what the caller shares with the workers */
	shm_mq_handle **queues; /* by worker: what it sends */
} LedgerTeam;

/* As a worker sees it. */
typedef struct LedgerMember
{
	const CreditLedger *ledger;
	void *work;
	shm_mq_handle *queue;
} LedgerMember;

extern int useful_ledger_workers(const CreditLedger *ledger, Size queue_size);
extern void prepare_ledger_team(LedgerTeam *team, const CreditLedger *ledger,
								const char *function, int nworkers,
								Size work_size, Size queue_size);
extern void launch_ledger_team(LedgerTeam *team);
extern void *receive_from_team(LedgerTeam *team, int worker);
extern void end_ledger_team(LedgerTeam *team);
extern void join_ledger_team(LedgerMember *member, dsm_segment *segment,
							 shm_toc *toc);
extern bool send_to_leader(LedgerMember *member, const void *bytes, Size size);

/* ---- rows that workers make: credit_ledger_stream.c ---- */

typedef struct LedgerStream LedgerStream;

#define LEDGER_QUEUE_SIZE ((Size) 1024 * 1024)

/* Which rows, and of what columns. */
typedef struct StreamedRows
{
	bool compares; /* those of ledger_comparison() */
	int ncolumns;
	int columns[ROW_COLUMNS];
} StreamedRows;

extern LedgerStream *start_ledger_stream(const CreditLedger *ledger,
										 const StreamedRows *rows,
										 int nworkers);
extern bool next_streamed_row(LedgerStream *stream, Datum *values,
							  bool *nulls);
extern int ledger_stream_workers(const LedgerStream *stream);
extern void stop_ledger_stream(LedgerStream *stream);

#endif /* ECOSYSTEM_CREDIT_LEDGER_TEAM_H */
