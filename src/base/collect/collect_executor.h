/*
 * collect_executor.h
 *		What an Ecosystem Collect is executed by.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_executor.h
 */
#ifndef ECOSYSTEM_COLLECT_EXECUTOR_H
#define ECOSYSTEM_COLLECT_EXECUTOR_H

#include "postgres.h"

#include "nodes/extensible.h"

/*
 * What the plan's custom_private holds, lists of integers all.  The outer plan
 * is that whose rows begin a group.
 */
#define COLLECT_FACTS 0 /* as below */
#define COLLECT_SOURCES \
	1 /* for each of custom_scan_tlist the outer plan's column, or minus the \
	   * inner's */
#define COLLECT_OUTER_KEYS        2 /* columns of the outer plan */
#define COLLECT_INNER_KEYS        3
#define COLLECT_OPERATORS         4 /* of the keys: outer or inner first, as in */
#define COLLECT_COMMUTED          5 /* this: the inner first */
#define COLLECT_COLLATIONS        6
#define COLLECT_DETAILS           7 /* columns of the outer plan: more of the group */
#define COLLECT_DETAIL_OPERATORS  8
#define COLLECT_DETAIL_COLLATIONS 9

/* COLLECT_FACTS */
#define COLLECT_FACT_LEFT  0 /* a row that begins a group needs no match */
#define COLLECT_FACT_NKEYS 1 /* of custom_exprs, the first */

/* custom_exprs holds the key clauses and then the join's other conditions. */

extern Node *create_collect_state(CustomScan *scan);

#endif /* ECOSYSTEM_COLLECT_EXECUTOR_H */
