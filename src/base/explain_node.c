/*
 * explain_node.c
 *		What EXPLAIN says of a custom node, as it does of core's.
 *
 * IDENTIFICATION
 *		src/base/explain_node.c
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/ruleutils.h"

#include "base/explain_node.h"

void
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

void
explain_expressions(const char *label, List *exprs, PlanState *state,
					List *ancestors, ExplainState *es)
{
	List *context = set_deparse_context_plan(es->deparse_cxt, state->plan,
											 ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;
	List *shown = NIL;
	ListCell *cell;

	foreach (cell, exprs)
		shown = lappend(shown, deparse_expression(lfirst(cell), context,
												  prefix, false));
	ExplainPropertyList(label, shown, es);
}

void
explain_removed(const char *label, double rows, double loops, ExplainState *es)
{
	if (rows > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyFloat(label, NULL, loops > 0 ? rows / loops : 0, 0, es);
}

void
explain_numbers(const ExplainNumber *numbers, int n, ExplainState *es)
{
	bool text = es->format == EXPLAIN_FORMAT_TEXT;

	if (text)
		appendStringInfoSpaces(es->str, es->indent * 2);
	for (int i = 0; i < n; i++)
	{
		const ExplainNumber *number = &numbers[i];

		if (!text)
			ExplainPropertyUInteger(number->label, number->unit, number->value,
									es);
		else if (number->value > 0 || !number->some)
			appendStringInfo(es->str, "%s%s: " UINT64_FORMAT "%s",
							 i == 0 ? "" : "  ", number->label, number->value,
							 number->unit == NULL ? "" : number->unit);
	}
	if (text)
		appendStringInfoChar(es->str, '\n');
}
