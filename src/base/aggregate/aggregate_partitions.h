/*
 * aggregate_partitions.h
 *		How many partitions the rows of an Ecosystem Aggregate may go to.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_partitions.h
 */
#ifndef ECOSYSTEM_AGGREGATE_PARTITIONS_H
#define ECOSYSTEM_AGGREGATE_PARTITIONS_H

#include "postgres.h"

/* Into how many rows are divided at a time, at most */
extern int most_partitions(Size limit);

#endif /* ECOSYSTEM_AGGREGATE_PARTITIONS_H */
