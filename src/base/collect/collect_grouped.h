/*
 * collect_grouped.h
 *		Aggregates by the key of a join.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_grouped.h
 */
#ifndef ECOSYSTEM_COLLECT_GROUPED_H
#define ECOSYSTEM_COLLECT_GROUPED_H

extern void install_collect_grouped(void);

#endif /* ECOSYSTEM_COLLECT_GROUPED_H */
