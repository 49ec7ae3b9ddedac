/*
 * aggregate_unit.c
 *		The unit of time, or the one column, that a key is made of.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_unit.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "base/aggregate/aggregate_unit.h"
#include "base/compat.h"

static bool
is_column(const Node *node, Oid type)
{
	return IsA(node, Var) && ((const Var *) node)->varno == OUTER_VAR &&
		   ((const Var *) node)->vartype == type;
}

static bool
is_known_text(const Node *node)
{
	return IsA(node, Const) && !((const Const *) node)->constisnull;
}

static char *
known_text(const Node *node)
{
	return TextDatumGetCString(((const Const *) node)->constvalue);
}

/*
 * Whether an expression tells which unit of time a column's moment is in, and
 * returns a word.
 */
static bool
is_unit_of_time(UnitOfTime *unit, const Node *node)
{
	const FuncExpr *call = (const FuncExpr *) node;
	const Node *moment;

	if (!IsA(node, FuncExpr) || call->args == NIL)
		return false;
	moment = llast(call->args);
	unit->zoned = unit->session_zone = unit->starts_before = false;
	unit->zone_name = NULL;
	switch (call->funcid)
	{
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			unit->zoned = unit->session_zone = unit->starts_before = true;
			if (!is_known_text(linitial(call->args)) ||
				!is_column(moment, TIMESTAMPTZOID))
				return false;
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			unit->zoned = unit->starts_before = true;
			moment = lsecond(call->args);
			if (!is_known_text(linitial(call->args)) ||
				!is_known_text(lthird(call->args)) ||
				!is_column(moment, TIMESTAMPTZOID))
				return false;
			unit->zone_name = known_text(lthird(call->args));
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			if (!is_known_text(linitial(call->args)))
				return false;
			if (IsA(moment, FuncExpr) && ((const FuncExpr *) moment)->funcid ==
											 F_TIMEZONE_TEXT_TIMESTAMPTZ)
			{
				call = (const FuncExpr *) moment;
				unit->zoned = true;
				moment = lsecond(call->args);
				if (!is_known_text(linitial(call->args)) ||
					!is_column(moment, TIMESTAMPTZOID))
					return false;
				unit->zone_name = known_text(linitial(call->args));
			}
			else if (!is_column(moment, TIMESTAMPOID))
				return false;
			break;
		case F_DATE_TIMESTAMPTZ:
			unit->zoned = unit->session_zone = true;
			if (!is_column(moment, TIMESTAMPTZOID))
				return false;
			break;
		case F_DATE_TIMESTAMP:
			if (!is_column(moment, TIMESTAMPOID))
				return false;
			break;
		default:
			return false;
	}
	unit->column = ((const Var *) moment)->varattno - 1;
	return true;
}

typedef struct UnitSearch
{
	UnitOfTime *unit;
	Node *found;
} UnitSearch;

static bool
find_unit_of_time(Node *node, UnitSearch *search)
{
	if (node == NULL)
		return false;
	if (is_unit_of_time(search->unit, node))
	{
		search->found = node;
		return true;
	}
	return expression_tree_walker(node, find_unit_of_time, search);
}

/* Whether an expression is made of columns other than in a part of it. */
static bool
has_other_columns(Node *node, Node *part)
{
	if (node == NULL || equal(node, part))
		return false;
	if (IsA(node, Var))
		return true;
	return expression_tree_walker(node, has_other_columns, part);
}

typedef struct ColumnSearch
{
	Var *found;
} ColumnSearch;

/* True where there is more than one column. */
static bool
find_only_column(Node *node, ColumnSearch *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		if (search->found != NULL && !equal(search->found, node))
			return true;
		search->found = (Var *) node;
		return false;
	}
	return expression_tree_walker(node, find_only_column, search);
}

/* An expression of one column, of a value that is given instead */
static Node *
of_given_value(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		CaseTestExpr *given = makeNode(CaseTestExpr);

		given->typeId = ((Var *) node)->vartype;
		given->typeMod = ((Var *) node)->vartypmod;
		given->collation = ((Var *) node)->varcollid;
		return (Node *) given;
	}
	return expression_tree_mutator(node, of_given_value, context);
}

/*
 * Where a key is made of nothing of a row but a unit of time: that, as an
 * expression of a given moment.  What need be known of it is set.
 */
Expr *
unit_of_key(Expr *key, UnitOfTime *unit)
{
	UnitSearch search = {unit, NULL};

	if (!find_unit_of_time((Node *) key, &search) ||
		has_other_columns((Node *) key, search.found))
		return NULL;
	return (Expr *) of_given_value(search.found, NULL);
}

/* The column that a key is made of, if it is one; else NULL. */
Var *
only_column(Expr *key)
{
	ColumnSearch column = {NULL};

	return find_only_column((Node *) key, &column) ? NULL : column.found;
}
