/*
 * collect_plan.h
 *		Which joins are collected, for the files that plan it.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_plan.h
 */
#ifndef ECOSYSTEM_COLLECT_PLAN_H
#define ECOSYSTEM_COLLECT_PLAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * A join that core has made a path for, and how it is collected.  The outer
 * side is that whose rows begin the groups.
 */
typedef struct CollectedJoin
{
	Relids relids;
	bool left;
	RelOptInfo *outer;
	RelOptInfo *inner;
	List *clauses;  /* all RestrictInfos */
	List *keys;     /* of them */
	List *commuted; /* integers: a key's first side is the inner one */
	List *details;  /* outer columns that are grouped by, too */
	List *detail_operators;
	List *detail_collations;
} CollectedJoin;

extern bool enable_collect;

extern bool find_collected_join(PlannerInfo *root, RelOptInfo *input,
								List *groupings, CollectedJoin *join);

/* The column under changes of type that change no bit */
extern Node *without_relabels(Node *node);

/*
 * What the node answers itself: window functions for each joined row, or
 * aggregates for each group.
 */
typedef struct CollectedCalls
{
	List *calls;  /* WindowFuncs or Aggrefs; NIL: it passes joined rows on */
	List *groups; /* of aggregates: what is grouped by */
	List *having; /* and tested of a group */
} CollectedCalls;

/* It may be shared by the processes of a query. */
extern Path *make_collect_path(PlannerInfo *root, RelOptInfo *input,
							   const CollectedJoin *join,
							   const CollectedCalls *calls, bool shared);

/* What part of all work one of them has. */
extern double share_of_work(int workers);
extern Path *gathered(PlannerInfo *root, RelOptInfo *rel, Path *partial,
					  double rows);

#endif /* ECOSYSTEM_COLLECT_PLAN_H */
