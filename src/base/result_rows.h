/*
 * result_rows.h
 *		The rows that a function returns.
 *
 * IDENTIFICATION
 *		src/base/result_rows.h
 */
#ifndef ECOSYSTEM_RESULT_ROWS_H
#define ECOSYSTEM_RESULT_ROWS_H

#include "postgres.h"

#include "fmgr.h"

/* Of one that returns a set: begin_rows(), then put_row() for each */
extern void begin_rows(FunctionCallInfo fcinfo);
extern void put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

/* Of one that returns one row */
extern Datum row_result(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

#endif /* ECOSYSTEM_RESULT_ROWS_H */
