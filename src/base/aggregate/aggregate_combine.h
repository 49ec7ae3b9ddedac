/*
 * aggregate_combine.h
 *		States of one group that several processes made, of which one is made.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_combine.h
 */
#ifndef ECOSYSTEM_AGGREGATE_COMBINE_H
#define ECOSYSTEM_AGGREGATE_COMBINE_H

#include "postgres.h"

#include "base/aggregate/aggregate_calls.h"

extern void begin_combining(AggregateCall *call, AggState *caller);

/* What another process is sent of a state, in memory that lasts as long. */
extern Oid type_of_sent_state(const AggregateCall *call);
extern Datum state_to_send(AggregateCall *call, const AggregateValue *value,
						   bool *isnull);

/* A state of nothing, and what it becomes with one that was sent. */
extern void start_combined(AggregateValue *value);
extern void add_sent_state(AggregateCall *call, AggregateValue *value,
						   Datum state, bool isnull, MemoryContext context);

#endif /* ECOSYSTEM_AGGREGATE_COMBINE_H */
