/*
 * aggregate_calls.h
 *		Aggregates called as core's node calls them.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_calls.h
 */
#ifndef ECOSYSTEM_AGGREGATE_CALLS_H
#define ECOSYSTEM_AGGREGATE_CALLS_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/execnodes.h"

#include "base/state_transfer.h"

/* Where an argument of every row comes from */
typedef struct AggregateInput
{
	int argument;
	int column;             /* of the input, from 0; -1: */
	ExprState *expression;  /* it is evaluated, */
	struct ValueMemo *memo; /* remembered, */
	int16 widened;          /* or a column of so many bytes widened; 0: no */
} AggregateInput;

/* The state of a group */
typedef struct AggregateValue
{
	Datum value;
	bool isnull;
	bool none; /* the first argument becomes the state */
} AggregateValue;

struct RowBatch;     /* aggregate_batch.c */
struct CombinedCall; /* aggregate_combine.c */

typedef struct AggregateCall
{
	Aggref *aggref;
	ExprState *filter;
	int ninputs; /* those that are not the same for every row */
	AggregateInput *inputs;
	FmgrInfo transition;
	FunctionCallInfo arguments;
	FmgrInfo finish;
	bool finishes;
	FunctionCallInfo finish_arguments;
	Datum initial;
	bool no_initial;
	int16 length; /* of the state */
	bool byval;
	struct RowBatch *batch;        /* of rows that wait, or NULL: none does */
	const StateTransfer *transfer; /* or NULL */
	struct CombinedCall *combined; /* or NULL: by one process */
} AggregateCall;

extern bool result_may_stay(FunctionCallInfo fcinfo);
extern AggState *make_calling_node(EState *estate, ExprContext *scratch);
/* Arguments are remembered in the memory that is given, NULL: not at all. */
extern void begin_call(AggregateCall *call, Aggref *aggref, PlanState *parent,
					   AggState *caller, MemoryContext remembered);
extern void reset_inputs(AggregateCall *call);
extern void start_value(const AggregateCall *call, AggregateValue *value,
						MemoryContext context);

/* Sets a row's arguments; false: the aggregate is not told of this row. */
extern bool read_arguments(AggregateCall *call, TupleTableSlot *row,
						   ExprContext *econtext);

/* Adds the row of the arguments. */
extern void advance_value(AggregateCall *call, AggregateValue *value,
						  MemoryContext context);

/* The state that a function returned takes the place of the one it was handed */
extern void take_state(const AggregateCall *call, AggregateValue *value,
					   Datum result, bool isnull, MemoryContext context);
extern void add_transferred_value(AggregateCall *call, AggregateValue *value,
								  BufFile *file, MemoryContext context);
extern Datum finish_value(AggregateCall *call, const AggregateValue *value,
						  bool *isnull);

#endif /* ECOSYSTEM_AGGREGATE_CALLS_H */
