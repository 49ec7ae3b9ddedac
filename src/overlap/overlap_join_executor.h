/*
 * overlap_join_executor.h
 *		What an Overlap Join is executed by.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_executor.h
 */
#ifndef ECOSYSTEM_OVERLAP_JOIN_EXECUTOR_H
#define ECOSYSTEM_OVERLAP_JOIN_EXECUTOR_H

#include "postgres.h"

#include "nodes/extensible.h"

/* What the plan's custom_private holds. */
#define OVERLAP_JOIN_FACTS 0 /* integers: the join type, inner is unique */
#define OVERLAP_JOIN_SOURCES \
	1 /* integers, one for each of custom_scan_tlist: \
								* the outer plan's column, or minus the inner's */

/* custom_exprs holds the && clause, outer side first, then the other quals. */

extern Node *create_overlap_join_state(CustomScan *scan);

#endif /* ECOSYSTEM_OVERLAP_JOIN_EXECUTOR_H */
