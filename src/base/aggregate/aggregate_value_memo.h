/*
 * aggregate_value_memo.h
 *		An expression, remembered for the values of its columns.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_value_memo.h
 */
#ifndef ECOSYSTEM_AGGREGATE_VALUE_MEMO_H
#define ECOSYSTEM_AGGREGATE_VALUE_MEMO_H

#include "postgres.h"

#include "nodes/execnodes.h"

/* An expression of more is not remembered. */
#define MEMO_COLUMNS 4

/* A column that an expression is made of */
typedef struct MemoColumn
{
	int column; /* of the input, from 0 */
	int16 length;
	bool byval;
} MemoColumn;

/* What the expression is for these values */
typedef struct MemoEntry
{
	uint64 hash; /* of the values */
	Datum result;
	bool isnull;
	bool used;
	uint8 nulls; /* a bit for each column */
	Datum values[MEMO_COLUMNS];
} MemoEntry;

typedef struct ValueMemo
{
	ExprState *expression;
	int ncolumns;
	MemoColumn columns[MEMO_COLUMNS];
	MemoryContext context; /* of all entries, and what is by reference */
	int16 length;          /* of results */
	bool byval;
	MemoEntry *entries;
	uint32 nentries; /* a power of 2 */
	bool off;        /* it does not pay */
	uint32 misses;   /* of so many */
	uint32 tries;
} ValueMemo;

/* Whether an expression takes longer than to look up what it was. */
extern bool is_worth_remembering(Expr *expr);
extern ValueMemo *make_value_memo(Expr *expr, PlanState *parent,
								  MemoryContext context);
extern void reset_value_memo(ValueMemo *memo);
extern Datum remembered_value(ValueMemo *memo, const TupleTableSlot *row,
							  ExprContext *econtext, bool *isnull);

#endif /* ECOSYSTEM_AGGREGATE_VALUE_MEMO_H */
