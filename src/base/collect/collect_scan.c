/*
 * collect_scan.c
 *		What the plan of an Ecosystem Collect says.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_scan.c
 */
#include "postgres.h"

#include "base/collect/collect_scan.h"

static int
fact(const CustomScan *scan, int number)
{
	return list_nth_int(list_nth(scan->custom_private, COLLECT_FACTS), number);
}

List *
collect_keys(const CustomScan *scan)
{
	return list_truncate(list_copy(scan->custom_exprs),
						 fact(scan, COLLECT_FACT_NKEYS));
}

List *
collect_joinquals(const CustomScan *scan)
{
	int ncalls = fact(scan, COLLECT_FACT_NCALLS);

	return list_copy_tail(list_truncate(list_copy(scan->custom_exprs),
										list_length(scan->custom_exprs) -
											ncalls),
						  fact(scan, COLLECT_FACT_NKEYS));
}

List *
collect_calls(const CustomScan *scan)
{
	return list_copy_tail(scan->custom_exprs,
						  list_length(scan->custom_exprs) -
							  fact(scan, COLLECT_FACT_NCALLS));
}

bool
collect_is_left(const CustomScan *scan)
{
	return fact(scan, COLLECT_FACT_LEFT) != 0;
}
