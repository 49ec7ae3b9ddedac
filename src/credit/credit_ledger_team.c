/*
 * credit_ledger_team.c
 *		Reading a credit_ledger by several processes.
 *
 * A ledger in shared memory (credit_ledger_share.c) can be read by workers
 * beside the leader.  Its lists are what the work is divided into: all rows of
 * a deal are in one.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_team.c
 */
#include "postgres.h"

#include "optimizer/cost.h"
#include "storage/proc.h"
#include "utils/memutils.h"

#include "credit/credit_ledger_team.h"

#define KEY_TASK   UINT64CONST(1)
#define KEY_WORK   UINT64CONST(2)
#define KEY_QUEUES UINT64CONST(3)

/* A worker takes some milliseconds to start. */
#define ROWS_FOR_A_WORKER 200000

typedef struct TeamTask
{
	dsm_handle area;
	Size queue_size;
	int nledgers;
	SharedPiece ledgers[FLEXIBLE_ARRAY_MEMBER];
} TeamTask;

/*
 * How many workers may help to read a ledger, and are worth it, if each has a
 * queue of that size.
 */
int
useful_ledger_workers(const CreditLedger *ledger, Size queue_size)
{
	int64 touches;
	int64 deals;
	int n;

	if (ledger->area == NULL || IsParallelWorker())
		return 0;
	/* All rows must be where workers can read them. */
	for (int part = 0; part < LEDGER_PARTS; part++)
		if (ledger->touches[part].n > 0 || ledger->deals[part].n > 0)
			return 0;
	count_ledger_rows(ledger, &touches, &deals);
	n = (int) Min((touches + deals) / ROWS_FOR_A_WORKER,
				  max_parallel_workers_per_gather);
	/* The ledger may have left little. */
	return (int) Min(n, room_to_share(n * queue_size) / queue_size);
}

static shm_mq *
queue_of(void *queues, Size size, int worker)
{
	return (shm_mq *) ((char *) queues + worker * size);
}

/*
 * A team that is still to be launched, once what it shares has been filled in.
 * The caller is in parallel mode.
 */
void
prepare_ledger_team(LedgerTeam *team, const CreditLedger *ledger,
					const char *function, int nworkers, Size work_size,
					Size queue_size)
{
	Size task_size = offsetof(TeamTask, ledgers) +
					 ledger->nsources * sizeof(SharedPiece);
	ParallelContext *workers;
	TeamTask *task;
	void *queues;

	workers = CreateParallelContext("$libdir/ecosystem", function, nworkers);
	shm_toc_estimate_chunk(&workers->estimator, task_size);
	shm_toc_estimate_chunk(&workers->estimator, work_size);
	shm_toc_estimate_chunk(&workers->estimator, nworkers * queue_size);
	shm_toc_estimate_keys(&workers->estimator, 3);
	InitializeParallelDSM(workers);
	task = shm_toc_allocate(workers->toc, task_size);
	task->area = ledger_area_handle(ledger->area);
	task->queue_size = queue_size;
	task->nledgers = ledger->nsources;
	for (uint32 i = 0; i < ledger->nsources; i++)
		task->ledgers[i] = ledger->sources[i].ledger->shared;
	shm_toc_insert(workers->toc, KEY_TASK, task);
	team->work = shm_toc_allocate(workers->toc, work_size);
	memset(team->work, 0, work_size);
	shm_toc_insert(workers->toc, KEY_WORK, team->work);
	queues = shm_toc_allocate(workers->toc, nworkers * queue_size);
	shm_toc_insert(workers->toc, KEY_QUEUES, queues);
	team->workers = workers;
	team->queues = palloc0(Max(nworkers, 1) * sizeof(shm_mq_handle *));
	for (int i = 0; i < workers->nworkers; i++)
	{
		shm_mq *queue = shm_mq_create(queue_of(queues, queue_size, i),
									  queue_size);

		shm_mq_set_receiver(queue, MyProc);
		team->queues[i] = shm_mq_attach(queue, workers->seg, NULL);
	}
}

/* In the memory context that the team was prepared in. */
void
launch_ledger_team(LedgerTeam *team)
{
	ParallelContext *workers = team->workers;

	LaunchParallelWorkers(workers);
	for (int i = 0; i < workers->nworkers_launched; i++)
		shm_mq_set_handle(team->queues[i], workers->worker[i].bgwhandle);
}

/* The next message of a worker, good until the one after it. */
void *
receive_from_team(LedgerTeam *team, int worker)
{
	Size size;
	void *bytes;

	if (shm_mq_receive(team->queues[worker], &size, &bytes, false) !=
		SHM_MQ_SUCCESS)
	{
		/* Reports the worker's error, if it had the time to send it. */
		WaitForParallelWorkersToFinish(team->workers);
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("lost connection to parallel worker")));
	}
	return bytes;
}

/* At the end of what it sends, or before. */
void
end_ledger_team(LedgerTeam *team)
{
	for (int i = 0; i < team->workers->nworkers; i++)
		shm_mq_detach(team->queues[i]);
	WaitForParallelWorkersToFinish(team->workers);
	DestroyParallelContext(team->workers);
}

/* In a worker, whose current memory context lives as long as its work. */
void
join_ledger_team(LedgerMember *member, dsm_segment *segment, shm_toc *toc)
{
	TeamTask *task = shm_toc_lookup(toc, KEY_TASK, false);
	LedgerArea *area = attach_ledger_area(task->area, CurrentMemoryContext);
	shm_mq *queue = queue_of(shm_toc_lookup(toc, KEY_QUEUES, false),
							 task->queue_size, ParallelWorkerNumber);

	member->ledger = join_shared_ledgers(area, task->ledgers, task->nledgers);
	member->work = shm_toc_lookup(toc, KEY_WORK, false);
	shm_mq_set_sender(queue, MyProc);
	member->queue = shm_mq_attach(queue, segment, NULL);
}

/* False once the leader wants no more. */
bool
send_to_leader(LedgerMember *member, const void *bytes, Size size)
{
#if PG_VERSION_NUM >= 150000
	return shm_mq_send(member->queue, size, bytes, false, true) ==
		   SHM_MQ_SUCCESS;
#else
	return shm_mq_send(member->queue, size, bytes, false) == SHM_MQ_SUCCESS;
#endif
}
