/*
 * collect_scan.h
 *		What the plan of an Ecosystem Collect says.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_scan.h
 */
#ifndef ECOSYSTEM_COLLECT_SCAN_H
#define ECOSYSTEM_COLLECT_SCAN_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * What the plan's custom_private holds, lists of integers all.  The outer plan
 * is that whose rows begin a group.
 */
#define COLLECT_FACTS 0 /* as below */
#define COLLECT_SOURCES \
	1 /* for each of custom_scan_tlist the outer plan's column, or minus the \
	   * inner's, or 0 for a call's answer */
#define COLLECT_OUTER_KEYS        2 /* columns of the outer plan */
#define COLLECT_INNER_KEYS        3
#define COLLECT_OPERATORS         4 /* of the keys: outer or inner first, as in */
#define COLLECT_COMMUTED          5 /* this: the inner first */
#define COLLECT_COLLATIONS        6
#define COLLECT_DETAILS           7 /* columns of the outer plan: more of the group */
#define COLLECT_DETAIL_OPERATORS  8
#define COLLECT_DETAIL_COLLATIONS 9

/*
 * COLLECT_FACTS.  custom_exprs holds the key clauses, then the join's other
 * conditions, and where the node makes groups those of joined rows and what is
 * grouped by; then calls: window functions as FuncExprs, or, where it makes
 * groups, the arguments and the filter of aggregates.
 */
#define COLLECT_FACT_LEFT      0 /* a row that begins a group needs no match */
#define COLLECT_FACT_NKEYS     1
#define COLLECT_FACT_NROWQUALS 2
#define COLLECT_FACT_NGROUPS   3
#define COLLECT_FACT_NCALLS    4 /* of custom_scan_tlist, too, the last */

extern bool collect_is_left(const CustomScan *scan);
extern List *collect_keys(const CustomScan *scan);
extern List *collect_joinquals(const CustomScan *scan);
extern List *collect_rowquals(const CustomScan *scan);
extern List *collect_groups(const CustomScan *scan);

/* FuncExprs; those of aggregates as Aggrefs */
extern List *collect_calls(const CustomScan *scan);
extern List *collect_aggregates(const CustomScan *scan);

#endif /* ECOSYSTEM_COLLECT_SCAN_H */
