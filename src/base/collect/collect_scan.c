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

/* Of custom_exprs, without so many at its beginning and at its end */
static List *
exprs_between(const CustomScan *scan, int before, int after)
{
	int n = list_length(scan->custom_exprs) - after;

	return list_copy_tail(list_truncate(list_copy(scan->custom_exprs), n),
						  before);
}

bool
collect_is_left(const CustomScan *scan)
{
	return fact(scan, COLLECT_FACT_LEFT) != 0;
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
	return exprs_between(scan, fact(scan, COLLECT_FACT_NKEYS),
						 fact(scan, COLLECT_FACT_NROWQUALS) +
							 fact(scan, COLLECT_FACT_NGROUPS) +
							 fact(scan, COLLECT_FACT_NCALLS));
}

/* The last but so many */
static List *
last_exprs(const CustomScan *scan, int n, int after)
{
	return exprs_between(scan, list_length(scan->custom_exprs) - after - n,
						 after);
}

List *
collect_rowquals(const CustomScan *scan)
{
	return last_exprs(scan, fact(scan, COLLECT_FACT_NROWQUALS),
					  fact(scan, COLLECT_FACT_NGROUPS) +
						  fact(scan, COLLECT_FACT_NCALLS));
}

List *
collect_groups(const CustomScan *scan)
{
	return last_exprs(scan, fact(scan, COLLECT_FACT_NGROUPS),
					  fact(scan, COLLECT_FACT_NCALLS));
}

static List *
all_calls(const CustomScan *scan)
{
	return last_exprs(scan, fact(scan, COLLECT_FACT_NCALLS), 0);
}

List *
collect_calls(const CustomScan *scan)
{
	return collect_groups(scan) == NIL ? all_calls(scan) : NIL;
}

List *
collect_aggregates(const CustomScan *scan)
{
	List *aggrefs = NIL;
	int first = list_length(scan->custom_scan_tlist) -
				fact(scan, COLLECT_FACT_NCALLS);
	ListCell *cell;

	if (collect_groups(scan) == NIL)
		return NIL;
	foreach (cell, all_calls(scan))
	{
		List *call = lfirst_node(List, cell);
		TargetEntry *answer = list_nth_node(TargetEntry,
											scan->custom_scan_tlist,
											first +
												foreach_current_index(cell));
		Aggref *aggref = copyObject(castNode(Aggref, answer->expr));

		aggref->args = linitial(call);
		aggref->aggfilter = lsecond(call);
		aggrefs = lappend(aggrefs, aggref);
	}
	return aggrefs;
}
