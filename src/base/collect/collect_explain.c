/*
 * collect_explain.c
 *		What EXPLAIN says of an Ecosystem Collect.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_explain.c
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

#include "base/collect/collect_private.h"
#include "base/collect/collect_scan.h"
#include "base/compat.h"

static void
explain_condition(const char *label, List *quals, PlanState *state,
				  List *ancestors, ExplainState *es)
{
	List *context = set_deparse_context_plan(es->deparse_cxt, state->plan,
											 ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;

	ExplainPropertyText(label,
						deparse_expression((Node *) make_ands_explicit(quals),
										   context, prefix, false),
						es);
}

static void
explain_removed(const char *label, double rows, double loops, ExplainState *es)
{
	if (rows > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyFloat(label, NULL, loops > 0 ? rows / loops : 0, 0, es);
}

void
explain_collect(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CollectState *state = (CollectState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Instrumentation *instrument = node->ss.ps.instrument;
	List *joinquals = collect_joinquals(plan);
	List *functions = NIL;
	ListCell *cell;
	const CollectNumbers *numbers = &state->numbers;
	Size memory = (Max(numbers->memory, state->memory.most) +
				   calls_memory(state->calls) + 1023) /
				  1024;
	Size disk = (numbers->disk + 1023) / 1024;

	ExplainPropertyText("Join Type", state->left ? "Left" : "Inner", es);
	explain_condition("Collect Key", collect_keys(plan), &node->ss.ps,
					  ancestors, es);
	if (joinquals != NIL)
	{
		explain_condition("Join Filter", joinquals, &node->ss.ps, ancestors,
						  es);
		if (es->analyze && instrument != NULL)
			explain_removed("Rows Removed by Join Filter",
							instrument->nfiltered2, instrument->nloops, es);
	}
	foreach (cell, collect_calls(plan))
		functions = lappend(functions,
							get_func_name(
								lfirst_node(FuncExpr, cell)->funcid));
	if (functions != NIL)
		ExplainPropertyList("Window Function", functions, es);
	/* Never executed, or by a worker, whose numbers stay there: not zeros. */
	if (!es->analyze || instrument == NULL ||
		(state->limit == 0 && numbers->partitions == 0))
		return;
	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		appendStringInfoSpaces(es->str, es->indent * 2);
		appendStringInfo(es->str,
						 "Groups: " UINT64_FORMAT
						 "  Partitions: " UINT64_FORMAT
						 "  Batches: " UINT64_FORMAT "  Memory Usage: %zukB",
						 numbers->groups, numbers->partitions,
						 Max(numbers->batches, 1), memory);
		if (disk > 0)
			appendStringInfo(es->str, "  Disk Usage: %zukB", disk);
		appendStringInfoChar(es->str, '\n');
		return;
	}
	ExplainPropertyUInteger("Groups", NULL, numbers->groups, es);
	ExplainPropertyUInteger("Partitions", NULL, numbers->partitions, es);
	ExplainPropertyUInteger("Batches", NULL, Max(numbers->batches, 1), es);
	ExplainPropertyUInteger("Memory Usage", "kB", memory, es);
	ExplainPropertyUInteger("Disk Usage", "kB", disk, es);
}
