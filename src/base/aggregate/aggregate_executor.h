/*
 * aggregate_executor.h
 *		What an Ecosystem Aggregate is executed by.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_executor.h
 */
#ifndef ECOSYSTEM_AGGREGATE_EXECUTOR_H
#define ECOSYSTEM_AGGREGATE_EXECUTOR_H

#include "postgres.h"

#include "nodes/extensible.h"

/*
 * What the plan's custom_private holds, expressions over the rows of the outer
 * plan.  The scan's columns are the keys and then the aggregates.
 */
#define AGGREGATE_KEYS  0
#define AGGREGATE_CALLS 1 /* Aggrefs */
#define AGGREGATE_COUNT 2 /* how many groups are expected, an Integer */

/* Of the outer plan's branches, if it has any: what they have for each column
 * that the others are over, expressions over their own rows */
#define AGGREGATE_BRANCHES 3

/* Which keys are null is said by the bits of a word. */
#define MAX_AGGREGATE_KEYS 32

extern Node *create_aggregate_state(CustomScan *scan);

#endif /* ECOSYSTEM_AGGREGATE_EXECUTOR_H */
