/*
 * collect.h
 *		Ecosystem Collect, the join of deals and what is grouped by deal.
 *
 * collect.c plans it, for the joins of collect_join.c and the calls of
 * collect_grouped.c and collect_window.c; collect_executor.c does it on top of
 * the partitions of collect_partitions.c, their packed rows (collect_rows.c)
 * and groups (collect_groups.c), with collect_aggregates.c or collect_calls.c
 * for what it calls itself.
 *
 * IDENTIFICATION
 *		src/base/collect/collect.h
 */
#ifndef ECOSYSTEM_COLLECT_H
#define ECOSYSTEM_COLLECT_H

#include "postgres.h"

extern void install_collect(void);

#endif /* ECOSYSTEM_COLLECT_H */
