/*
 * aggregate_team.h
 *		An Ecosystem Aggregate of all rows, by the processes of a query together.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_team.h
 */
#ifndef ECOSYSTEM_AGGREGATE_TEAM_H
#define ECOSYSTEM_AGGREGATE_TEAM_H

#include "postgres.h"

#include "access/parallel.h"

#include "base/aggregate/aggregate_private.h"

/* Whether there is something to read for this process. */
extern bool begin_share_of_rows(AggregateNode *node);

/* Once it was read: whether this process has the states of all. */
extern bool end_share_of_rows(AggregateNode *node);

/* CustomExecMethods */
extern Size estimate_team(CustomScanState *css, ParallelContext *workers);
extern void create_team(CustomScanState *css, ParallelContext *workers,
						void *place);
extern void reset_team(CustomScanState *css, ParallelContext *workers,
					   void *place);
extern void join_team(CustomScanState *css, shm_toc *toc, void *place);
extern void leave_team(CustomScanState *css);

#endif /* ECOSYSTEM_AGGREGATE_TEAM_H */
