/*
 * aggregate_branch_path.c
 *		Plans the branches of a UNION ALL below an Ecosystem Aggregate.
 *
 * In
 *
 *		SELECT 'own/' || segment, ... FROM own
 *		UNION ALL
 *		SELECT 'partner/' || partner_id || '/' || segment, ... FROM partner
 *
 * each scan below the Append evaluates what its branch selects, for every row
 * anew.  An Ecosystem Aggregate can remember that, if it is told what it is
 * made of.  So the scans return columns of their tables, different ones in each
 * branch, through an Append that passes on whatever they return; and for each
 * branch the node knows the expressions over its rows.
 *
 * It is done where all branches are scans of tables, and one of them at least
 * selects more than columns.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_branch_path.c
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"

#include "base/aggregate/aggregate_branch_path.h"
#include "base/aggregate/aggregate_columns.h"
#include "base/child_path.h"

/* What a branch must not select: it is evaluated by us, and remembered. */
static bool
find_unfit(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) || IsA(node, PlaceHolderVar) ||
		(IsA(node, Var) && ((Var *) node)->varattno <= 0))
		return true;
	return expression_tree_walker(node, find_unfit, context);
}

static bool
is_fit(List *exprs)
{
	return !contain_volatile_functions((Node *) exprs) &&
		   !contain_subplans((Node *) exprs) &&
		   !find_unfit((Node *) exprs, NULL);
}

static bool
are_columns(List *exprs)
{
	ListCell *cell;

	foreach (cell, exprs)
		if (!IsA(lfirst(cell), Var))
			return false;
	return true;
}

/* What of a parent's columns a branch has in their place */
static List *
of_branch(PlannerInfo *root, List *needed, RelOptInfo *branch,
		  RelOptInfo *parent)
{
#if PG_VERSION_NUM >= 160000
	return castNode(List,
					adjust_appendrel_attrs_multilevel(root, (Node *) needed,
													  branch, parent));
#else
	return castNode(List,
					adjust_appendrel_attrs_multilevel(root, (Node *) needed,
													  branch->relids,
													  parent->relids));
#endif
}

/* The scan of a branch, of columns; NULL: it is none. */
static Path *
scan_of_branch(PlannerInfo *root, Path *path, List *exprs)
{
	while (IsA(path, ProjectionPath))
		path = ((ProjectionPath *) path)->subpath;
	if (path->param_info != NULL ||
		path->parent->reloptkind != RELOPT_OTHER_MEMBER_REL ||
		path->parent->rtekind != RTE_RELATION ||
		!((IsA(path, Path) && path->pathtype == T_SeqScan) ||
		  IsA(path, IndexPath) || IsA(path, BitmapHeapPath)))
		return NULL;
	return child_path(root, path,
					  list_concat_unique(NIL,
										 pull_var_clause((Node *) exprs, 0)),
					  true);
}

/*
 * An Append of such scans in place of another, and what each of its branches
 * has for the columns needed; NULL where that is not to be had.
 */
Path *
branches_path(PlannerInfo *root, Path *path, List *needed, List **branches)
{
	RelOptInfo *parent = path->parent;
	AppendPath *append;
	List *scans = NIL;
	bool columns = true;
	ListCell *cell;

	*branches = NIL;
	if (!IsA(path, AppendPath) || path->pathkeys != NIL ||
		path->param_info != NULL || parent->reloptkind != RELOPT_BASEREL ||
		parent->part_scheme != NULL || needed == NIL ||
		list_length(((AppendPath *) path)->subpaths) < 2)
		return NULL;
	foreach (cell, ((AppendPath *) path)->subpaths)
	{
		Path *branch = lfirst(cell);
		List *exprs;

		while (IsA(branch, ProjectionPath))
			branch = ((ProjectionPath *) branch)->subpath;
		if (branch->parent->reloptkind != RELOPT_OTHER_MEMBER_REL)
			return NULL;
		exprs = of_branch(root, needed, branch->parent, parent);
		branch = is_fit(exprs) ? scan_of_branch(root, branch, exprs) : NULL;
		if (branch == NULL)
			return NULL;
		columns = columns && are_columns(exprs);
		scans = lappend(scans, branch);
		*branches = lappend(*branches, exprs);
	}
	if (columns)
		return NULL;
	append = makeNode(AppendPath);
	memcpy(append, path, sizeof(AppendPath));
	append->subpaths = scans;
	/* What it says it returns is what its first branch does. */
	append->path.pathtarget = ((Path *) linitial(scans))->pathtarget;
	return &append->path;
}

static bool
note_function(Oid function, void *root)
{
	record_plan_function_dependency((PlannerInfo *) root, function);
	return false;
}

/* No other part of the plan has these functions. */
static bool
note_functions(Node *node, void *root)
{
	if (node == NULL)
		return false;
	(void) check_functions_in_node(node, note_function, root);
	return expression_tree_walker(node, note_functions, root);
}

/* The expressions of each branch over the rows of its plan */
List *
plan_branches(PlannerInfo *root, Plan *plan, List *branches)
{
	Append *append = castNode(Append, plan);
	List *result = NIL;
	ListCell *branch;
	ListCell *child;

	note_functions((Node *) branches, root);
	if (list_length(append->appendplans) != list_length(branches))
		elog(ERROR, "an ecosystem aggregate has lost a branch");
	forboth (branch, branches, child, append->appendplans)
	{
		OuterColumns columns = {NIL};
		ListCell *cell;

		foreach (cell, ((Plan *) lfirst(child))->targetlist)
			columns.exprs = lappend(columns.exprs,
									lfirst_node(TargetEntry, cell)->expr);
		result = lappend(result, over_columns(lfirst(branch), &columns));
		if (columns.missing)
			elog(ERROR, "a column of a branch is not in its plan");
	}
	return result;
}
