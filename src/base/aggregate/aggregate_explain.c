/*
 * aggregate_explain.c
 *		What EXPLAIN shows of an Ecosystem Aggregate.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_explain.c
 */
#include "postgres.h"

#include "commands/explain.h"
#include "utils/ruleutils.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

#include "base/aggregate/aggregate_private.h"

static void
explain_keys(AggregateNode *node, List *ancestors, ExplainState *es)
{
	CustomScan *plan = (CustomScan *) node->css.ss.ps.plan;
	List *context = set_deparse_context_plan(es->deparse_cxt, &plan->scan.plan,
											 ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;
	List *keys = NIL;

	for (int i = 0; i < node->nkeys; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry,
										   plan->custom_scan_tlist, i);

		keys = lappend(keys, deparse_expression((Node *) entry->expr, context,
												prefix, false));
	}
	ExplainPropertyList("Group Key", keys, es);
}

void
explain_aggregate(CustomScanState *css, List *ancestors, ExplainState *es)
{
	AggregateNode *node = (AggregateNode *) css;
	bool partial = DO_AGGSPLIT_SKIPFINAL(node->calls[0].aggref->aggsplit);
	Size memory = (node->max_memory + 1023) / 1024;
	Size disk = (node->disk + 1023) / 1024;

	if (partial || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText("Partial Mode", partial ? "Partial" : "Simple",
							es);
	explain_keys(node, ancestors, es);
	/* Never executed, or by a worker, whose numbers stay there: not zeros. */
	if (!es->analyze || css->ss.ps.instrument == NULL || node->limit == 0)
		return;
	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		appendStringInfoSpaces(es->str, es->indent * 2);
		appendStringInfo(es->str,
						 "Groups: " UINT64_FORMAT "  Batches: " UINT64_FORMAT
						 "  Memory Usage: %zukB",
						 node->all_groups, Max(node->batches, 1), memory);
		if (disk > 0)
			appendStringInfo(es->str, "  Disk Usage: %zukB", disk);
		appendStringInfoChar(es->str, '\n');
		return;
	}
	ExplainPropertyUInteger("Groups", NULL, node->all_groups, es);
	ExplainPropertyUInteger("Batches", NULL, Max(node->batches, 1), es);
	ExplainPropertyUInteger("Memory Usage", "kB", memory, es);
	ExplainPropertyUInteger("Disk Usage", "kB", disk, es);
}
