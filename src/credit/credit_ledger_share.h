/*
 * credit_ledger_share.h
 *		Credit ledgers in memory that processes share, and teams of these.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_share.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_SHARE_H
#define ECOSYSTEM_CREDIT_LEDGER_SHARE_H

#include "postgres.h"

#include "access/parallel.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"

#include "credit/credit_ledger_private.h"

extern Size room_to_share(Size bytes);
extern LedgerArea *create_ledger_area(Size size, MemoryContext context);
extern LedgerArea *attach_ledger_area(dsm_handle handle,
									  MemoryContext context);
extern void keep_ledger_area(LedgerArea *area, MemoryContext context,
							 dsa_pointer piece);
extern dsm_handle ledger_area_handle(const LedgerArea *area);
extern bool share_ledger(LedgerArea *area, const CreditLedger *ledger,
						 SharedPiece *piece);
extern struct varlena *shared_ledger_state(const LedgerArea *area,
										   const SharedPiece *pieces, int n,
										   const CreditLedger *rest);
extern bool ledger_is_shared(const struct varlena *state);
extern CreditLedger *find_shared_ledger(const struct varlena *state);
extern CreditLedger *read_shared_ledger(LedgerArea *area, SharedPiece shared);

/* ---- a team that reads a ledger in shared memory ---- */

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
	LedgerArea *area;
	const SharedPiece *pieces; /* the ledgers that the leader reads */
	int npieces;
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

#endif /* ECOSYSTEM_CREDIT_LEDGER_SHARE_H */
