/*
 * overlap_matrix_merge.h
 *		Writing overlap matrices, and merging them.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_merge.h
 */
#ifndef ECOSYSTEM_OVERLAP_MATRIX_MERGE_H
#define ECOSYSTEM_OVERLAP_MATRIX_MERGE_H

#include "overlap/overlap_matrix.h"

/* So many matrices are merged at a time. */
#define MERGE_WAYS 8

extern void begin_matrix(ByteBuffer *buffer, Size space);
extern OverlapMatrix *finish_matrix(ByteBuffer *buffer);
extern void write_population(ByteBuffer *out,
							 const PopulationName *population);
extern void write_entry(ByteBuffer *out, const MatrixEntry *entry,
						int64 before);
extern void write_record(ByteBuffer *out, const Record *record);
extern OverlapMatrix *merge_matrices(OverlapMatrix *const *matrices,
									 int nmatrices);
extern void join_record(Record *record, const Record *other);
extern Decimal add_decimals(Decimal a, Decimal b);
extern int64 add_rows(int64 a, int64 b);
pg_noreturn extern void refuse_populations(void);
pg_noreturn extern void refuse_keys(void);

#endif /* ECOSYSTEM_OVERLAP_MATRIX_MERGE_H */
