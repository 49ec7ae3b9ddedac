/*
 * collect_explain.c
 *		What EXPLAIN says of an Ecosystem Collect.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_explain.c
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/collect/collect_private.h"
#include "base/collect/collect_scan.h"

void
explain_collect(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CollectState *state = (CollectState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Instrumentation *instrument = node->ss.ps.instrument;
	List *joinquals = collect_joinquals(plan);
	List *rowquals = collect_rowquals(plan);
	List *functions = NIL;
	ListCell *cell;
	const CollectNumbers *numbers = &state->numbers;
	Size memory = Max(numbers->memory, state->memory.most) +
				  calls_memory(state->calls) +
				  aggregates_memory(state->aggregates);

	if (state->aggregates != NULL)
		explain_expressions("Group Key", collect_groups(plan), &node->ss.ps,
							ancestors, es);
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
	if (rowquals != NIL)
		explain_condition("Row Filter", rowquals, &node->ss.ps, ancestors, es);
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
	explain_numbers(
		(ExplainNumber[]){{"Groups", NULL, numbers->groups},
						  {"Partitions", NULL, numbers->partitions},
						  {"Batches", NULL, Max(numbers->batches, 1)},
						  {"Memory Usage", "kB", explain_kilobytes(memory)},
						  {"Disk Usage", "kB",
						   explain_kilobytes(numbers->disk), true}},
		5, es);
}
