/*
 * partition_function.h
 *		Window functions that look at a partition as a whole.
 *
 * Such a function reads the arguments of all rows of a partition and then has
 * an answer for each.  It is written once, as a PartitionFunction, and called
 * by core's WindowAgg or by a node of ours that has the partition at hand.
 *
 * IDENTIFICATION
 *		src/base/partition_function.h
 */
#ifndef ECOSYSTEM_PARTITION_FUNCTION_H
#define ECOSYSTEM_PARTITION_FUNCTION_H

#include "postgres.h"

#include "fmgr.h"
#include "windowapi.h"

#include "base/rows_disagree.h"

typedef struct PartitionArgument
{
	bool single;   /* the same in all rows, which is the first value */
	Datum *values; /* by row; NULL: the window is asked for them */
	bool *nulls;
} PartitionArgument;

typedef struct PartitionRows
{
	int64 nrows;
	const PartitionArgument *arguments;
	WindowObject window;
} PartitionRows;

/* A value in a window's is good until the next is asked for. */
static inline Datum
partition_argument(const PartitionRows *rows, int number, int64 row,
				   bool *isnull)
{
	const PartitionArgument *argument = &rows->arguments[number];
	bool isout;

	if (argument->single)
		row = 0;
	if (argument->values == NULL)
		return WinGetFuncArgInPartition(rows->window, number, (int) row,
										WINDOW_SEEK_HEAD, false, isnull,
										&isout);
	*isnull = argument->nulls[row];
	return argument->values[row];
}

/*
 * What all rows say of an argument on which they should agree, for an error that
 * is known to come; note sees one value after another.
 */
typedef void (*NoteStated)(StatedRange *range, Datum value, bool isnull);

extern StatedRange partition_states(const PartitionRows *rows, int number,
									NoteStated note);

typedef struct PartitionFunction
{
	PGFunction called_as; /* what SQL knows it by */

	/* makes what serves one partition after the other, or NULL: nothing does */
	void *(*begin)(void);

	/* gives what answers are made of, in the current memory context */
	void *(*compute)(void *memory, const PartitionRows *rows);

	/* the answer for a row */
	Datum (*answer)(const void *computed, int64 row, bool *isnull);
} PartitionFunction;

extern void register_partition_function(const PartitionFunction *function);

/* NULL: what SQL knows by this id is none. */
extern const PartitionFunction *find_partition_function(Oid id);

/* Answers a call by core. */
extern Datum call_partition_function(FunctionCallInfo fcinfo,
									 const PartitionFunction *function);

#endif /* ECOSYSTEM_PARTITION_FUNCTION_H */
