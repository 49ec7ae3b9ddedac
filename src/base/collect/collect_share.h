/*
 * collect_share.h
 *		An Ecosystem Collect that the processes of a query do together.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_share.h
 */
#ifndef ECOSYSTEM_COLLECT_SHARE_H
#define ECOSYSTEM_COLLECT_SHARE_H

#include "postgres.h"

#include "access/parallel.h"

#include "base/collect/collect_private.h"

/* Reads this process's share of both sides, and waits for the others'. */
extern void read_shared_sides(CollectState *state);

/* Fetches a partition that no other process has; false: there is none. */
extern bool fetch_shared_partition(CollectState *state);

/* CustomExecMethods */
extern Size estimate_share(CustomScanState *node, ParallelContext *workers);
extern void create_share(CustomScanState *node, ParallelContext *workers,
						 void *place);
extern void reset_share(CustomScanState *node, ParallelContext *workers,
						void *place);
extern void join_share(CustomScanState *node, shm_toc *toc, void *place);
extern void report_share(CustomScanState *node);

#endif /* ECOSYSTEM_COLLECT_SHARE_H */
