/*
 * aggregate_share.h
 *		An Ecosystem Aggregate that the processes of a query do together.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_share.h
 */
#ifndef ECOSYSTEM_AGGREGATE_SHARE_H
#define ECOSYSTEM_AGGREGATE_SHARE_H

#include "postgres.h"

#include "access/parallel.h"

#include "base/aggregate/aggregate_private.h"

extern void plan_share(AggregateNode *node, List *keys, EState *estate);
extern void end_share(AggregateNode *node);

/* False: the others have read all that there is. */
extern bool begin_writing_groups(AggregateNode *node);

/* Writes what groups there are, and forgets them. */
extern void write_groups(AggregateNode *node);

/* Writes the rest, and waits until all who read have. */
extern void end_writing_groups(AggregateNode *node);

/* Groups that no other process has, with what all wrote; false: none are left */
extern bool read_shared_groups(AggregateNode *node);

/* Adds what was written of a group to it. */
extern void combine_row(AggregateNode *node, const PackedRow *row);

/* CustomExecMethods */
extern Size estimate_aggregate_share(CustomScanState *css,
									 ParallelContext *workers);
extern void create_aggregate_share(CustomScanState *css,
								   ParallelContext *workers, void *place);
extern void reset_aggregate_share(CustomScanState *css,
								  ParallelContext *workers, void *place);
extern void join_aggregate_share(CustomScanState *css, shm_toc *toc,
								 void *place);
extern void report_aggregate_share(CustomScanState *css);

#endif /* ECOSYSTEM_AGGREGATE_SHARE_H */
