/*
 * partition_function.c
 *		Window functions that look at a partition as a whole.
 *
 * IDENTIFICATION
 *		src/base/partition_function.c
 */
#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "base/partition_function.h"

/* ---- which there are ---- */

static const PartitionFunction **functions = NULL;
static int nfunctions = 0;
static int room = 0;

void
register_partition_function(const PartitionFunction *function)
{
	MAKE_ROOM(TopMemoryContext, functions, room, nfunctions + 1);
	functions[nfunctions++] = function;
}

const PartitionFunction *
find_partition_function(Oid id)
{
	FmgrInfo info;

	fmgr_info(id, &info);
	for (int i = 0; i < nfunctions; i++)
		if (functions[i]->called_as == info.fn_addr)
			return functions[i];
	return NULL;
}

/* ---- what rows say ---- */

StatedRange
partition_states(const PartitionRows *rows, int number, NoteStated note)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "disagreement",
												  ALLOCSET_SMALL_SIZES);
	StatedRange range = {caller};

	MemoryContextSwitchTo(scratch);
	for (int64 row = 0; row < rows->nrows; row++)
	{
		bool isnull;
		Datum value;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		value = partition_argument(rows, number, row, &isnull);
		note(&range, value, isnull);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return range;
}

/* ---- called by core ---- */

/* What a call keeps from partition to partition */
typedef struct Caller
{
	void *memory;
	PartitionRows rows;
} Caller;

/* What it keeps while it walks through one */
typedef struct CalledPartition
{
	bool ready;
	void *computed;
} CalledPartition;

/* The arguments of a call, of which most calls write some as constants. */
static PartitionArgument *
find_arguments(Node *call)
{
	List *args;
	PartitionArgument *arguments;
	ListCell *cell;

	if (call == NULL || !IsA(call, WindowFunc))
		elog(ERROR, "a window function was called as something else");
	args = ((WindowFunc *) call)->args;
	arguments = allocate_zeros(list_length(args), sizeof(PartitionArgument));
	foreach (cell, args)
	{
		PartitionArgument *argument = &arguments[foreach_current_index(cell)];
		Const *constant = lfirst(cell);

		if (!IsA(constant, Const))
			continue;
		argument->single = true;
		argument->values = &constant->constvalue;
		argument->nulls = &constant->constisnull;
	}
	return arguments;
}

static Caller *
find_caller(FunctionCallInfo fcinfo, const PartitionFunction *function)
{
	FmgrInfo *called = fcinfo->flinfo;
	Caller *caller = called->fn_extra;

	if (caller == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(called->fn_mcxt);

		caller = palloc0(sizeof(Caller));
		if (function->begin != NULL)
			caller->memory = function->begin();
		caller->rows.arguments = find_arguments(called->fn_expr);
		called->fn_extra = caller;
		MemoryContextSwitchTo(before);
	}
	return caller;
}

Datum
call_partition_function(FunctionCallInfo fcinfo,
						const PartitionFunction *function)
{
	WindowObject window = PG_WINDOW_OBJECT();
	CalledPartition *partition =
		WinGetPartitionLocalMemory(window, sizeof(CalledPartition));

	if (!partition->ready)
	{
		Caller *caller = find_caller(fcinfo, function);
		MemoryContext before = MemoryContextSwitchTo(
			GetMemoryChunkContext(partition));

		caller->rows.window = window;
		caller->rows.nrows = WinGetPartitionRowCount(window);
		partition->computed = function->compute(caller->memory, &caller->rows);
		partition->ready = true;
		MemoryContextSwitchTo(before);
	}
	return function->answer(partition->computed, WinGetCurrentPosition(window),
							&fcinfo->isnull);
}
