/*
 * child_path.h
 *		A path below a custom node, for the columns that the node reads.
 *
 * IDENTIFICATION
 *		src/base/child_path.h
 */
#ifndef ECOSYSTEM_CHILD_PATH_H
#define ECOSYSTEM_CHILD_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

extern PathTarget *path_target_of(List *exprs);

/* alone: there is no other child whose columns it may be mistaken for */
extern Path *child_path(PlannerInfo *root, Path *path, List *needed,
						bool alone);

#endif /* ECOSYSTEM_CHILD_PATH_H */
