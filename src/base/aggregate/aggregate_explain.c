/*
 * aggregate_explain.c
 *		What EXPLAIN shows of an Ecosystem Aggregate.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_explain.c
 */
#include "postgres.h"

#include "base/aggregate/aggregate_private.h"
#include "base/explain_node.h"

static void
explain_keys(AggregateNode *node, List *ancestors, ExplainState *es)
{
	CustomScan *plan = (CustomScan *) node->css.ss.ps.plan;
	List *keys = NIL;

	for (int i = 0; i < node->nkeys; i++)
		keys = lappend(
			keys,
			list_nth_node(TargetEntry, plan->custom_scan_tlist, i)->expr);
	explain_expressions("Group Key", keys, &node->css.ss.ps, ancestors, es);
}

void
explain_aggregate(CustomScanState *css, List *ancestors, ExplainState *es)
{
	AggregateNode *node = (AggregateNode *) css;

	if (node->nkeys > 0)
		explain_keys(node, ancestors, es);
	/* Never executed, or by a worker, whose numbers stay there: not zeros. */
	if (!es->analyze || css->ss.ps.instrument == NULL ||
		node->numbers.batches == 0)
		return;
	explain_numbers(
		(ExplainNumber[]){
			{"Groups", NULL, node->numbers.groups},
			{"Batches", NULL, node->numbers.batches},
			{"Memory Usage", "kB", explain_kilobytes(node->numbers.memory)},
			{"Disk Usage", "kB", explain_kilobytes(node->numbers.disk), true}},
		4, es);
}
