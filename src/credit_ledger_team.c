/*
 * credit_ledger_team.c
 *		Reading a credit_ledger by several processes.
 *
 * A ledger in shared memory (credit_ledger_share.c) can be read by workers
 * beside the leader.  Its lists are what the work is divided into: all rows of
 * a deal are in one.
 *
 * IDENTIFICATION
 *		src/credit_ledger_team.c
 */
#include "postgres.h"

#include "optimizer/cost.h"
#include "utils/memutils.h"

#include "credit_ledger_team.h"

#define KEY_TASK UINT64CONST(1)
#define KEY_WORK UINT64CONST(2)

/* A worker takes some milliseconds to start. */
#define ROWS_FOR_A_WORKER 200000

typedef struct TeamTask
{
	dsa_handle area;
	int nledgers;
	SharedPiece ledgers[FLEXIBLE_ARRAY_MEMBER];
} TeamTask;

/* How many workers may help to read a ledger, and are worth it. */
int
useful_ledger_workers(const CreditLedger *ledger)
{
	int64 touches;
	int64 deals;

	if (ledger->area == NULL || IsParallelWorker())
		return 0;
	/* All rows must be where workers can read them. */
	for (int part = 0; part < LEDGER_PARTS; part++)
		if (ledger->touches[part].n > 0 || ledger->deals[part].n > 0)
			return 0;
	count_ledger_rows(ledger, &touches, &deals);
	return (int) Min((touches + deals) / ROWS_FOR_A_WORKER,
					 max_parallel_workers_per_gather);
}

/*
 * A team that is still to be launched, once what it shares has been filled in.
 * The caller is in parallel mode.
 */
void
prepare_ledger_team(LedgerTeam *team, const CreditLedger *ledger,
					const char *function, int nworkers, Size work_size)
{
	Size task_size = offsetof(TeamTask, ledgers) +
					 ledger->nsources * sizeof(SharedPiece);
	ParallelContext *workers;
	TeamTask *task;

	workers = CreateParallelContext("$libdir/ecosystem", function, nworkers);
	shm_toc_estimate_chunk(&workers->estimator, task_size);
	shm_toc_estimate_chunk(&workers->estimator, work_size);
	shm_toc_estimate_keys(&workers->estimator, 2);
	InitializeParallelDSM(workers);
	task = shm_toc_allocate(workers->toc, task_size);
	task->area = ledger_area_handle(ledger->area);
	task->nledgers = ledger->nsources;
	for (uint32 i = 0; i < ledger->nsources; i++)
		task->ledgers[i] = ledger->sources[i].ledger->shared;
	shm_toc_insert(workers->toc, KEY_TASK, task);
	team->work = shm_toc_allocate(workers->toc, work_size);
	memset(team->work, 0, work_size);
	shm_toc_insert(workers->toc, KEY_WORK, team->work);
	team->workers = workers;
	team->memory = ledger_area_memory(ledger->area);
}

/* In a worker, whose current memory context lives as long as its work. */
void
join_ledger_team(LedgerMember *member, shm_toc *toc)
{
	TeamTask *task = shm_toc_lookup(toc, KEY_TASK, false);
	LedgerArea *area = attach_ledger_area(task->area, CurrentMemoryContext);

	member->memory = ledger_area_memory(area);
	member->ledger = join_shared_ledgers(area, task->ledgers, task->nledgers);
	member->work = shm_toc_lookup(toc, KEY_WORK, false);
}
