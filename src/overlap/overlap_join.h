/*
 * overlap_join.h
 *		The join of two sets of records on a.identity && b.identity.
 *
 * overlap_join.c says when and why, overlap_join_executor.c does it on top of
 * the rows, key tables and files of overlap_join_table.c.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join.h
 */
#ifndef ECOSYSTEM_OVERLAP_JOIN_H
#define ECOSYSTEM_OVERLAP_JOIN_H

#include "postgres.h"

extern void install_overlap_join(void);

#endif /* ECOSYSTEM_OVERLAP_JOIN_H */
