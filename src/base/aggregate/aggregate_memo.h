/*
 * aggregate_memo.h
 *		What is grouped by, remembered for the values it is made of.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_memo.h
 */
#ifndef ECOSYSTEM_AGGREGATE_MEMO_H
#define ECOSYSTEM_AGGREGATE_MEMO_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "pgtime.h"

#include "base/aggregate/aggregate_unit.h"

/* Values of a column for which a key is the same */
typedef struct MemoInterval
{
	int64 low;
	int64 high;
	int64 start; /* of the unit of time that they are in */
	Datum key;
	bool isnull;
} MemoInterval;

/* A value of a column, and its key */
typedef struct MemoValue
{
	Datum value;
	Datum key;
	bool isnull;
	bool used;
} MemoValue;

#define MEMO_HINTS      1024
#define MEMO_HINT_SHIFT 40 /* 2^40 microseconds are 12.7 days */

typedef struct KeyMemo
{
	int column; /* of the input, from 0 */
	ExprState *key;
	MemoryContext context; /* of keys by reference */
	int16 length;
	bool byval;
	bool off; /* does not pay */

	/* by intervals of moments, */
	ExprState *start;  /* of a CaseTestExpr; NULL: by single values */
	UnitOfTime unit;   /* its zone_name is NULL once that is looked up */
	const pg_tz *zone; /* NULL: one without changes */
	MemoInterval *intervals;
	int nintervals;
	int intervals_room;
	uint16 hints[MEMO_HINTS];

	/* or by single values */
	MemoValue *values;

	uint32 misses; /* of so many */
	uint32 tries;
} KeyMemo;

extern KeyMemo *make_key_memo(Expr *key, PlanState *parent,
							  MemoryContext context);
extern void reset_key_memo(KeyMemo *memo);
extern Datum key_of_moment(KeyMemo *memo, int64 moment, ExprContext *econtext,
						   bool *isnull);
extern Datum key_of_value(KeyMemo *memo, Datum value, ExprContext *econtext,
						  bool *isnull);

/* The key of a row whose column is not null */
static inline Datum
remembered_key(KeyMemo *memo, Datum value, ExprContext *econtext, bool *isnull)
{
	if (memo->start != NULL)
	{
		int64 moment = DatumGetInt64(value);
		const MemoInterval *interval =
			&memo->intervals[memo->hints[(uint64) moment >> MEMO_HINT_SHIFT &
										 (MEMO_HINTS - 1)]];

		if (likely(moment >= interval->low && moment <= interval->high) &&
			(!memo->unit.session_zone || memo->zone == session_timezone))
		{
			*isnull = interval->isnull;
			return interval->key;
		}
		return key_of_moment(memo, moment, econtext, isnull);
	}
	return key_of_value(memo, value, econtext, isnull);
}

#endif /* ECOSYSTEM_AGGREGATE_MEMO_H */
