/*
 * aggregate_unit.h
 *		The unit of time, or the one column, that a key is made of.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_unit.h
 */
#ifndef ECOSYSTEM_AGGREGATE_UNIT_H
#define ECOSYSTEM_AGGREGATE_UNIT_H

#include "postgres.h"

#include "nodes/primnodes.h"

typedef struct UnitOfTime
{
	int column;         /* of the moment, from 0 */
	bool starts_before; /* it is told by the moment that it begins at */
	bool zoned;         /* it is one of a time zone, */
	bool session_zone;  /* the session's, or */
	char *zone_name;    /* that of a name */
} UnitOfTime;

extern Expr *unit_of_key(Expr *key, UnitOfTime *unit);
extern Var *only_column(Expr *key);

#endif /* ECOSYSTEM_AGGREGATE_UNIT_H */
