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
	bool partial = DO_AGGSPLIT_SKIPFINAL(node->calls[0].aggref->aggsplit);

	if (partial || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText("Partial Mode", partial ? "Partial" : "Simple",
							es);
	if (node->nkeys > 0)
		explain_keys(node, ancestors, es);
	/* Never executed, or by a worker, whose numbers stay there: not zeros. */
	if (!es->analyze || css->ss.ps.instrument == NULL || node->limit == 0)
		return;
	explain_numbers((ExplainNumber[]){{"Groups", NULL, node->all_groups},
									  {"Batches", NULL, Max(node->batches, 1)},
									  {"Memory Usage", "kB",
									   explain_kilobytes(node->max_memory)},
									  {"Disk Usage", "kB",
									   explain_kilobytes(node->disk), true}},
					4, es);
}
