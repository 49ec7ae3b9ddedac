/*
 * cancellable_sort.h
 *		A sort of what may be many that a user can cancel.
 *
 * IDENTIFICATION
 *		src/base/cancellable_sort.h
 */
#ifndef ECOSYSTEM_CANCELLABLE_SORT_H
#define ECOSYSTEM_CANCELLABLE_SORT_H

#include "postgres.h"

/* As qsort(); base may be NULL where n is 0. */
extern void sort_cancellably(void *base, size_t n, size_t size,
							 int (*compare)(const void *, const void *));

#endif /* ECOSYSTEM_CANCELLABLE_SORT_H */
