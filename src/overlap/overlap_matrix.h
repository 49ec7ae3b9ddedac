/*
 * overlap_matrix.h
 *		Which companies are in which populations, from one pass over rows.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix.h
 */
#ifndef ECOSYSTEM_OVERLAP_MATRIX_H
#define ECOSYSTEM_OVERLAP_MATRIX_H

#include "postgres.h"

extern void install_overlap_matrix(void);

#endif /* ECOSYSTEM_OVERLAP_MATRIX_H */
