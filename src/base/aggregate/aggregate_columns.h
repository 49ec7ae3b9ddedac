/*
 * aggregate_columns.h
 *		Expressions over the columns of the plan below an Ecosystem Aggregate.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_columns.h
 */
#ifndef ECOSYSTEM_AGGREGATE_COLUMNS_H
#define ECOSYSTEM_AGGREGATE_COLUMNS_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct OuterColumns
{
	List *exprs;
	bool missing; /* something that the plan does not give */
} OuterColumns;

extern List *over_columns(List *exprs, OuterColumns *columns);

#endif /* ECOSYSTEM_AGGREGATE_COLUMNS_H */
