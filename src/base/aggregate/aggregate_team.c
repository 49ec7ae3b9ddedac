/*
 * aggregate_team.c
 *		An Ecosystem Aggregate of all rows, by the processes of a query together.
 *
 * Each process reads a share of the rows into states of its own.  One of them
 * then adds the states of the others to its own, and returns the result: the
 * leader where it reads rows too, so that the result need not be sent, else the
 * one that was done last.  The others write their states to a temporary file
 * each, as they are in memory (state_transfer.h), and return nothing.
 *
 * Who has read all that there is for it leaves nothing to those that have not
 * begun: they return nothing, and nobody waits for them.  Only the leader waits,
 * and for those only that have begun.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_team.c
 */
#include "postgres.h"

#include <fcntl.h>

#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "storage/condition_variable.h"
#include "storage/dsm.h"
#include "storage/sharedfileset.h"
#include "storage/spin.h"
#include "utils/expandeddatum.h"
#include "utils/wait_event.h"

#include "base/aggregate/aggregate_team.h"
#include "base/compat.h"
#include "base/state_transfer.h"

struct AggregateTeam
{
	slock_t lock;
	bool leader_reads; /* and returns the result */
	bool closed;       /* who has not begun does not */
	int nreading;      /* who have begun, and are not done */
	ConditionVariable done;
	SharedFileSet files;
	dsm_handle segment;
	int nmembers;
	bool written[FLEXIBLE_ARRAY_MEMBER]; /* by each, its states */
};

/* ---- setting up ---- */

Size
estimate_team(CustomScanState *css, ParallelContext *workers)
{
	return add_size(offsetof(AggregateTeam, written),
					mul_size(workers->nworkers + 1, sizeof(bool)));
}

static void
start_team(AggregateTeam *team)
{
	team->leader_reads = parallel_leader_participation;
	team->closed = false;
	team->nreading = 0;
	memset(team->written, 0, team->nmembers * sizeof(bool));
}

void
create_team(CustomScanState *css, ParallelContext *workers, void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateTeam *team = place;

	/* Without a segment there are no workers either, and no shared files. */
	if (workers->seg == NULL)
		return;
	team->nmembers = workers->nworkers + 1;
	team->segment = dsm_segment_handle(workers->seg);
	SpinLockInit(&team->lock);
	ConditionVariableInit(&team->done);
	SharedFileSetInit(&team->files, workers->seg);
	start_team(team);
	node->team = team;
	node->member = 0;
}

/* For what is done again */
void
reset_team(CustomScanState *css, ParallelContext *workers, void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateTeam *team = place;

	if (workers->seg == NULL)
		return;
	SharedFileSetDeleteAll(&team->files);
	start_team(team);
	node->team = team;
}

void
join_team(CustomScanState *css, shm_toc *toc, void *place)
{
	AggregateNode *node = (AggregateNode *) css;
	AggregateTeam *team = place;

	SharedFileSetAttach(&team->files, dsm_find_mapping(team->segment));
	node->team = team;
	node->member = ParallelWorkerNumber + 1;
}

/* Its memory goes with the workers. */
void
leave_team(CustomScanState *css)
{
	((AggregateNode *) css)->team = NULL;
}

/* ---- states in files ---- */

static void
name_file(char name[MAXPGPATH], int member)
{
	snprintf(name, MAXPGPATH, "%d", member);
}

static void
write_states(AggregateNode *node)
{
	AggregateTeam *team = node->team;
	AggregateValue *values = values_of_group(&node->table,
											 nth_group(&node->table, 0));
	char name[MAXPGPATH];
	BufFile *file;

	name_file(name, node->member);
#if PG_VERSION_NUM >= 150000
	file = BufFileCreateFileSet(&team->files.fs, name);
#else
	file = BufFileCreateShared(&team->files, name);
#endif
	for (int i = 0; i < node->ncalls; i++)
	{
		bool any = !values[i].isnull &&
				   DatumIsReadWriteExpandedObject(values[i].value, false, -1);

		BufFileWrite(file, &any, sizeof(any));
		if (any)
			node->calls[i].transfer->write(values[i].value, file);
	}
	BufFileClose(file);
}

/* Adds what another process has written to our states. */
static void
add_states(AggregateNode *node, int member)
{
	AggregateTeam *team = node->team;
	MemoryContext states = node->caller->curaggcontext->ecxt_per_tuple_memory;
	AggregateValue *values = values_of_group(&node->table,
											 nth_group(&node->table, 0));
	char name[MAXPGPATH];
	BufFile *file;

	name_file(name, member);
#if PG_VERSION_NUM >= 150000
	file = BufFileOpenFileSet(&team->files.fs, name, O_RDONLY, false);
#else
	file = BufFileOpenShared(&team->files, name, O_RDONLY);
#endif
	for (int i = 0; i < node->ncalls; i++)
	{
		bool any;

		read_temporary(file, &any, sizeof(any), false);
		if (any)
			add_transferred_value(&node->calls[i], &values[i], file, states);
	}
	node->numbers.disk += BufFileSize(file);
	BufFileClose(file);
}

/* ---- shares ---- */

bool
begin_share_of_rows(AggregateNode *node)
{
	AggregateTeam *team = node->team;
	bool begins;

	SpinLockAcquire(&team->lock);
	/* The leader's is to be returned, whatever is left for it to read. */
	begins = !team->closed || (team->leader_reads && node->member == 0);
	if (begins)
		team->nreading++;
	SpinLockRelease(&team->lock);
	return begins;
}

/* The number of those that are not done; whoever asks knows of all before. */
static int
count_reading(AggregateTeam *team)
{
	int n;

	SpinLockAcquire(&team->lock);
	n = team->nreading;
	SpinLockRelease(&team->lock);
	return n;
}

static void
wait_for_others(AggregateTeam *team)
{
	ConditionVariablePrepareToSleep(&team->done);
	while (count_reading(team) > 1)
		ConditionVariableSleep(&team->done, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
}

bool
end_share_of_rows(AggregateNode *node)
{
	AggregateTeam *team = node->team;
	bool leads = team->leader_reads && node->member == 0;
	bool last;

	SpinLockAcquire(&team->lock);
	team->closed = true;
	last = !team->leader_reads && team->nreading == 1;
	SpinLockRelease(&team->lock);
	if (leads)
		wait_for_others(team);
	else if (!last)
	{
		write_states(node);
		SpinLockAcquire(&team->lock);
		team->written[node->member] = true;
		team->nreading--;
		/* Others may have been done meanwhile: then they have written theirs. */
		last = !team->leader_reads && team->nreading == 0;
		SpinLockRelease(&team->lock);
		if (!last)
			ConditionVariableBroadcast(&team->done);
	}
	if (!leads && !last)
		return false;
	for (int i = 0; i < team->nmembers; i++)
		if (i != node->member && team->written[i])
			add_states(node, i);
	return true;
}
