/*
 * aggregate_branch_path.h
 *		Plans the branches of a UNION ALL below an Ecosystem Aggregate.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_branch_path.h
 */
#ifndef ECOSYSTEM_AGGREGATE_BRANCH_PATH_H
#define ECOSYSTEM_AGGREGATE_BRANCH_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

extern Path *branches_path(PlannerInfo *root, Path *path, List *needed,
						   List **branches);
extern List *plan_branches(PlannerInfo *root, Plan *plan, List *branches);

#endif /* ECOSYSTEM_AGGREGATE_BRANCH_PATH_H */
