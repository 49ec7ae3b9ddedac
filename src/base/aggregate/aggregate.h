/*
 * aggregate.h
 *		Ecosystem Aggregate, for aggregates of this extension.
 *
 * aggregate.c says when and plans it, aggregate_executor.c does it with the
 * groups of aggregate_groups.c, whose keys aggregate_memo.c remembers, for the
 * units of time that aggregate_unit.c finds in them, and whose aggregates
 * aggregate_calls.c calls, many rows at once where aggregate_batch.c can make
 * them wait.  What does not fit goes to aggregate_partitions.c.
 * Processes do together what has no groups by aggregate_team.c.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate.h
 */
#ifndef ECOSYSTEM_AGGREGATE_H
#define ECOSYSTEM_AGGREGATE_H

#include "postgres.h"

#include "nodes/primnodes.h"

/* Whether an aggregate is ours, and called in a way that we can call it. */
extern bool can_call_aggregate(const Aggref *aggref);

extern void install_aggregate(void);

#endif /* ECOSYSTEM_AGGREGATE_H */
