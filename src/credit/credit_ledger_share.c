/*
 * credit_ledger_share.c
 *		Credit ledgers in memory that the processes of a query share.
 *
 * Core hands a worker's partial aggregate to the leader through a queue, and
 * copies it on the way some four times.  Where a plan node of ours made it
 * (credit_ledger_collect.c), the worker writes the ledger's flat form into
 * memory that the leader has prepared, and what goes through the queue only
 * says where.  The leader takes the rows over as they are, and can have them
 * read by several processes (credit_ledger_totals.c).
 *
 * The leader reserves the memory before the workers start, in one piece, which
 * never grows: where the system has no more of it, a segment that is made in
 * the middle of a query fails the query, and a container is often given 64 MB.
 * What finds no room there goes through the queue, behind where the rest is.
 *
 * Workers read it beside the leader as a team.  Its lists are what the work is
 * divided into: all rows of a deal are in one.
 *
 * The memory lives as long as some process uses it.  The leader uses it until
 * the last memory context ends for which it is kept, which an error ends as
 * well.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_share.c
 */
#include "postgres.h"

#ifdef __linux__
#include <sys/statvfs.h>
#endif

#include "optimizer/cost.h"
#include "storage/dsm_impl.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_share.h"

struct LedgerArea
{
	dsa_area *memory;
	dsm_segment *segment; /* which it is */
	dsm_handle handle;
	int keepers;
	struct LedgerArea *next;
};

/*
 * What goes through the queue: where the pieces of a ledger are.  Behind it
 * may be a flat ledger, of what found no room.
 */
typedef struct SharedState
{
	int32 vl_len_;
	uint32 version;
	dsm_handle handle;
	int32 npieces;
	SharedPiece pieces[FLEXIBLE_ARRAY_MEMBER];
} SharedState;

#define SHARED_STATE_SIZE(n) \
	MAXALIGN(offsetof(SharedState, pieces) + (n) * sizeof(SharedPiece))

/* Where a flat ledger has its version. */
#define SHARED_VERSION UINT32_C(0x53484152)

/* Those that this process uses. */
static LedgerArea *areas = NULL;

/* What a memory context keeps: the area, and may be a piece in it. */
typedef struct Keeper
{
	MemoryContextCallback callback;
	LedgerArea *area;
	dsa_pointer piece; /* to be freed with it, if valid */
} Keeper;

static void
drop_keeper(void *argument)
{
	Keeper *keeper = argument;
	LedgerArea *area = keeper->area;

	if (DsaPointerIsValid(keeper->piece))
		dsa_free(area->memory, keeper->piece);
	if (--area->keepers > 0)
		return;
	for (LedgerArea **at = &areas; *at != NULL; at = &(*at)->next)
	{
		if (*at == area)
		{
			*at = area->next;
			break;
		}
	}
	if (area->memory != NULL)
		dsa_detach(area->memory);
	if (area->segment != NULL)
		dsm_detach(area->segment);
	pfree(area);
}

/*
 * Keeps the area until the context is reset; with a piece in it, if that is
 * valid, which nobody needs after that.
 */
void
keep_ledger_area(LedgerArea *area, MemoryContext context, dsa_pointer piece)
{
	Keeper *keeper = MemoryContextAllocZero(context, sizeof(Keeper));

	keeper->callback.func = drop_keeper;
	keeper->callback.arg = keeper;
	keeper->area = area;
	keeper->piece = piece;
	area->keepers++;
	MemoryContextRegisterResetCallback(context, &keeper->callback);
}

/*
 * A process's area in a segment that it alone uses, kept until the context is
 * reset.  It may outlive the current memory context and the resource owner.
 */
static LedgerArea *
start_area(dsm_segment *segment, bool create, MemoryContext context)
{
	static int tranche = 0;
	LedgerArea *area = MemoryContextAllocZero(TopMemoryContext,
											  sizeof(LedgerArea));
	void *place = dsm_segment_address(segment);
	MemoryContext caller;

	dsm_pin_mapping(segment);
	area->segment = segment;
	area->handle = dsm_segment_handle(segment);
	area->next = areas;
	areas = area;
	keep_ledger_area(area, context, InvalidDsaPointer);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	if (create)
	{
		Size size = dsm_segment_map_length(segment);

		if (tranche == 0)
		{
			tranche = LWLockNewTrancheId();
			LWLockRegisterTranche(tranche, "ecosystem_credit_ledger");
		}
		area->memory = dsa_create_in_place(place, size, tranche, segment);
		dsa_set_size_limit(area->memory, size);
	}
	else
		area->memory = dsa_attach_in_place(place, segment);
	dsa_pin_mapping(area->memory);
	MemoryContextSwitchTo(caller);
	return area;
}

/* Less than this is not worth it. */
#define LEAST_AREA ((Size) 1024 * 1024)

/*
 * How much of so many bytes may be shared: others need some, too.  None, if it
 * is too little.
 */
Size
room_to_share(Size bytes)
{
#ifdef __linux__
	struct statvfs filesystem;

	if (dynamic_shared_memory_type == DSM_IMPL_POSIX &&
		statvfs("/dev/shm", &filesystem) == 0)
		bytes = (Size) Min((double) bytes, (double) filesystem.f_bavail *
											   filesystem.f_frsize / 2);
#endif
	return bytes >= LEAST_AREA ? bytes : 0;
}

/*
 * An area for the processes of a query, of about that size, or NULL where the
 * system has no room for it.
 *
 * That is an error of core's, which is caught: there is nothing yet that it
 * could leave half done, no lock is held, and the segment has no owner that
 * would miss it.
 */
LedgerArea *
create_ledger_area(Size size, MemoryContext context)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext caller = CurrentMemoryContext;
	dsm_segment *volatile segment = NULL;

	size = room_to_share(Max(size, LEAST_AREA));
	if (size == 0)
		return NULL;
	PG_TRY();
	{
		CurrentResourceOwner = NULL;
		segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		int code = geterrcode();

		CurrentResourceOwner = owner;
		if (code != ERRCODE_DISK_FULL && code != ERRCODE_OUT_OF_MEMORY &&
			code != ERRCODE_INSUFFICIENT_RESOURCES)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
	}
	PG_END_TRY();
	return segment == NULL ? NULL : start_area(segment, true, context);
}

/* That of another process. */
LedgerArea *
attach_ledger_area(dsm_handle handle, MemoryContext context)
{
	dsm_segment *segment = dsm_attach(handle);

	if (segment == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("could not map dynamic shared memory "
							   "segment")));
	return start_area(segment, false, context);
}

dsm_handle
ledger_area_handle(const LedgerArea *area)
{
	return area->handle;
}

/* Writes a ledger, or a piece of one, there.  False: there is no room. */
bool
share_ledger(LedgerArea *area, const CreditLedger *ledger, SharedPiece *piece)
{
	LedgerPacking packing;

	piece->size = plan_flat(ledger, &packing);
	piece->at = dsa_allocate_extended(area->memory, piece->size,
									  DSA_ALLOC_HUGE | DSA_ALLOC_NO_OOM);
	if (!DsaPointerIsValid(piece->at))
		return false;
	write_flat(ledger, &packing, dsa_get_address(area->memory, piece->at),
			   piece->size);
	return true;
}

/*
 * The state that credit_ledger_deserialize() reads; rest is NULL, or a ledger
 * of what is not in the pieces.
 */
struct varlena *
shared_ledger_state(const LedgerArea *area, const SharedPiece *pieces, int n,
					const CreditLedger *rest)
{
	Size size = SHARED_STATE_SIZE(n);
	SharedState *state;

	if (rest == NULL)
		state = palloc(size);
	else
	{
		state = (SharedState *) flat_ledger_state(rest, size);
		size += VARSIZE((char *) state + size);
	}
	memset(state, 0, SHARED_STATE_SIZE(n));
	state->version = SHARED_VERSION;
	state->handle = area->handle;
	state->npieces = n;
	memcpy(state->pieces, pieces, n * sizeof(SharedPiece));
	SET_VARSIZE(state, size);
	return (struct varlena *) state;
}

/* Whether a serialized state says where a ledger is, and is none itself. */
bool
ledger_is_shared(const struct varlena *state)
{
	const SharedState *shared = (const SharedState *) state;

	return VARSIZE(state) >= SHARED_STATE_SIZE(1) &&
		   shared->version == SHARED_VERSION && shared->npieces > 0 &&
		   VARSIZE(state) >= SHARED_STATE_SIZE(shared->npieces);
}

/* The ledger's first piece, which knows where the others are. */
CreditLedger *
find_shared_ledger(const struct varlena *state)
{
	const SharedState *shared = (const SharedState *) state;

	for (LedgerArea *area = areas; area != NULL; area = area->next)
	{
		CreditLedger *ledger;

		if (area->memory == NULL || area->handle != shared->handle)
			continue;
		ledger = read_shared_ledger(area, shared->pieces[0]);
		ledger->pieces = shared->pieces;
		ledger->npieces = shared->npieces;
		if (VARSIZE(state) > SHARED_STATE_SIZE(shared->npieces))
		{
			const char *rest = (const char *) state +
							   SHARED_STATE_SIZE(shared->npieces);

			ledger->rest = ledger_from_flat(rest, VARSIZE(rest));
		}
		return ledger;
	}
	elog(ERROR, "credit ledger is in memory that is not shared with us");
	return NULL; /* keep compiler quiet */
}

/* A ledger whose rows stay where they are. */
CreditLedger *
read_shared_ledger(LedgerArea *area, SharedPiece shared)
{
	CreditLedger *ledger = ledger_from_flat(dsa_get_address(area->memory,
															shared.at),
											shared.size);

	ledger->area = area;
	ledger->shared = shared;
	return ledger;
}

/* ---- a team that reads a ledger in shared memory ---- */

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

static void
count_rows(const CreditLedger *ledger, int64 *touches, int64 *deals)
{
	*touches = 0;
	*deals = 0;
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		*touches += ledger->touches[part].n;
		*deals += ledger->deals[part].n;
	}
	for (uint32 i = 0; i < ledger->nsources; i++)
	{
		int64 more_touches;
		int64 more_deals;

		count_rows(ledger->sources[i].ledger, &more_touches, &more_deals);
		*touches += more_touches;
		*deals += more_deals;
	}
}

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
	count_rows(ledger, &touches, &deals);
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
	shm_mq *queue = queue_of(shm_toc_lookup(toc, KEY_QUEUES, false),
							 task->queue_size, ParallelWorkerNumber);

	member->area = attach_ledger_area(task->area, CurrentMemoryContext);
	member->pieces = task->ledgers;
	member->npieces = task->nledgers;
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
