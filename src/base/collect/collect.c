/*
 * collect.c
 *		Plans what is grouped by the key of a join: deals with their touches.
 *
 * For an aggregate by deal, or a window function whose partitions are deals,
 * core joins the touches to the deals row by row through a table larger than
 * any cache, and then sorts or hashes what it has joined once more.  Both
 * tables divided by the same hash are joined and grouped at once: an Ecosystem
 * Collect has each group in one piece.  Functions of this extension it calls
 * itself and answers for the group, where these are all that a query calls.
 * Else it passes joined rows on group by group to core's nodes above, which do
 * what they always do.
 *
 * It is offered for queries with an aggregate (collect_grouped.c) or window
 * function (collect_window.c) of this extension, over an inner or left join
 * (collect_join.c); cost decides.
 *
 * IDENTIFICATION
 *		src/base/collect/collect.c
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
#include "optimizer/prep.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "base/collect/collect.h"
#include "base/collect/collect_executor.h"
#include "base/collect/collect_plan.h"
#include "base/collect/collect_rows.h"
#include "base/collect/collect_scan.h"
#include "base/compat.h"
#include "base/join_columns.h"

/* What is collected costs before its first row, in cpu_tuple_cost. */
#define FIXED_COST 100.0

/*
 * What a page of a temporary file costs to write and to read, in seq_page_cost:
 * less than a page of a table, since core counts all else that this node saves
 * at a fraction, too.
 */
#define FILE_PAGE_COST 0.25

PG_FUNCTION_INFO_V1(collect_support);

bool enable_collect = true;

/* ---- the path ---- */

/* What the path's custom_private holds. */
#define PATH_LEFT       0 /* a list of one integer */
#define PATH_CLAUSES    1
#define PATH_KEYS       2
#define PATH_COMMUTED   3
#define PATH_DETAILS    4
#define PATH_OPERATORS  5
#define PATH_COLLATIONS 6
#define PATH_INPUT      7 /* the relation that is joined */
#define PATH_CALLS      8 /* WindowFuncs or Aggrefs */
#define PATH_GROUPS     9 /* what is grouped by, of these */
#define PATH_HAVING     10

static Plan *plan_collect(PlannerInfo *root, RelOptInfo *rel,
						  CustomPath *best_path, List *tlist, List *clauses,
						  List *custom_plans);

static const CustomPathMethods collect_path_methods = {
	.CustomName = "Ecosystem Collect",
	.PlanCustomPath = plan_collect,
};

static const CustomScanMethods collect_scan_methods = {
	.CustomName = "Ecosystem Collect",
	.CreateCustomScanState = create_collect_state,
};

static double
bytes_of_rows(const Path *path)
{
	return path->rows * packed_row_bytes(list_length(path->pathtarget->exprs),
										 path->pathtarget->width);
}

/*
 * In the units that core counts a hash join in: cpu_operator_cost for a row
 * that is looked up, however long it waits for memory.  We look it up in the
 * cache, which takes half as long where the table is small, and much less where
 * it is large; a row that is joined is only passed on.
 */
static void
cost_collect(PlannerInfo *root, Path *path, Path *outer, Path *inner,
			 const CollectedJoin *join)
{
	List *others = list_difference_ptr(join->clauses, join->keys);
	double rows = outer->rows + inner->rows;
	double bytes = bytes_of_rows(outer) + bytes_of_rows(inner);
	int ncolumns = list_length(join->keys) + list_length(join->details);
	QualCost of_others;
	Cost startup = outer->total_cost + inner->total_cost;
	Cost run;

	cost_qual_eval(&of_others, others, root);
	startup += FIXED_COST * cpu_tuple_cost + of_others.startup;
	startup += rows * ncolumns * cpu_operator_cost / 2;
	run = path->rows * (cpu_operator_cost / 4 + of_others.per_tuple);
	/* What processes share goes through files. */
	if (path->parallel_aware || bytes > hash_memory_limit())
	{
		double pages = ceil(bytes / BLCKSZ);

		startup += FILE_PAGE_COST * seq_page_cost * pages;
		run += FILE_PAGE_COST * seq_page_cost * pages;
	}
	startup += path->pathtarget->cost.startup;
	run += path->pathtarget->cost.per_tuple * path->rows;
	path->startup_cost = startup;
	path->total_cost = startup + run;
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = outer->disabled_nodes + inner->disabled_nodes;
#endif
}

static Path *
path_of_side(RelOptInfo *side, bool shared)
{
	if (!shared)
		return side->cheapest_total_path;
	return side->partial_pathlist == NIL ? NULL
										 : linitial(side->partial_pathlist);
}

/* What part of all work one process has, as core reckons. */
double
share_of_work(int workers)
{
	double of_leader = parallel_leader_participation ? 1.0 - 0.3 * workers : 0;

	return 1.0 / (workers + Max(of_leader, 0));
}

/*
 * NULL where the join cannot be described by columns of its sides, or not be
 * shared by the processes of a query.
 */
Path *
make_collect_path(PlannerInfo *root, RelOptInfo *input,
				  const CollectedJoin *join, const CollectedCalls *calls,
				  bool shared)
{
	CustomPath *collect = makeNode(CustomPath);
	Path *path = &collect->path;
	Path *outer = path_of_side(join->outer, shared);
	Path *inner = path_of_side(join->inner, shared);
	JoinColumns columns = {.relids = input->relids};
	ListCell *cell;

	if (outer == NULL || inner == NULL ||
		(shared && !input->consider_parallel))
		return NULL;
	columns.outer = outer->pathtarget->exprs;
	columns.inner = inner->pathtarget->exprs;
	add_join_columns((Node *) input->reltarget->exprs, &columns);
	foreach (cell, join->clauses)
		add_join_columns((Node *) lfirst_node(RestrictInfo, cell)->clause,
						 &columns);
	add_join_columns((Node *) join->details, &columns);
	if (columns.missing)
		return NULL;

	path->pathtype = T_CustomScan;
	path->parent = input;
	path->pathtarget = input->reltarget;
	path->rows = input->rows;
	if (shared)
	{
		path->parallel_aware = true;
		path->parallel_workers = Max(outer->parallel_workers,
									 inner->parallel_workers);
		path->rows = clamp_row_est(input->rows *
								   share_of_work(path->parallel_workers));
	}
	path->parallel_safe = input->consider_parallel && outer->parallel_safe &&
						  inner->parallel_safe;
#if PG_VERSION_NUM >= 150000
	collect->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	collect->custom_paths = list_make2(outer, inner);
	collect->custom_private = list_make5(list_make1_int(join->left),
										 join->clauses, join->keys,
										 join->commuted, join->details);
	collect->custom_private = lappend(collect->custom_private,
									  join->detail_operators);
	collect->custom_private = lappend(collect->custom_private,
									  join->detail_collations);
	collect->custom_private = lappend(collect->custom_private, input);
	collect->custom_private = lappend(collect->custom_private, calls->calls);
	collect->custom_private = lappend(collect->custom_private, calls->groups);
	collect->custom_private = lappend(collect->custom_private, calls->having);
#if PG_VERSION_NUM >= 170000
	collect->custom_restrictinfo = join->clauses;
#endif
	collect->methods = &collect_path_methods;
	cost_collect(root, path, outer, inner, join);
	return path;
}

/* What all processes pass on, in one. */
Path *
gathered(PlannerInfo *root, RelOptInfo *rel, Path *partial, double rows)
{
	return (Path *) create_gather_path(root, rel, partial, partial->pathtarget,
									   NULL, &rows);
}

/* ---- the plan ---- */

/* The plan's column that a side of a key is */
static int
column_of_key(Node *side, List *exprs, Relids relids)
{
	ListCell *cell;

	foreach (cell, exprs)
		if (same_column(lfirst(cell), without_relabels(side), relids))
			return foreach_current_index(cell) + 1;
	elog(ERROR, "a key of an ecosystem collect is in neither of its plans");
	return 0;
}

/*
 * A scan of a table that only chooses among its columns passes its rows on as
 * they are: what is not needed is not packed, and a row need not be copied to
 * leave it out.
 */
static void
scan_whole_rows(PlannerInfo *root, Plan *plan)
{
	RelOptInfo *table;
	List *whole;
	ListCell *cell;

	if (!IsA(plan, SeqScan))
		return;
	table = find_base_rel(root, ((Scan *) plan)->scanrelid);
	foreach (cell, plan->targetlist)
	{
		TargetEntry *column = lfirst_node(TargetEntry, cell);

		/* none of the system's, nor a whole row */
		if (!IsA(column->expr, Var) || ((Var *) column->expr)->varattno <= 0)
			return;
	}
	whole = build_physical_tlist(root, table);
	if (whole != NIL)
		plan->targetlist = whole;
}

/* What a call is made with, over the joined row */
static Node *
planned_call(Node *node, JoinColumns *columns)
{
	WindowFunc *call = (WindowFunc *) node;
	Aggref *aggref = (Aggref *) node;

	/* Written as such, an aggregate would be taken for its own answer. */
	if (IsA(node, Aggref))
		return (Node *)
			list_make2(unified_columns((Node *) aggref->args, columns),
					   unified_columns((Node *) aggref->aggfilter, columns));
	return (Node *) makeFuncExpr(call->winfnoid, call->wintype,
								 (List *) unified_columns((Node *) call->args,
														  columns),
								 call->wincollid, call->inputcollid,
								 COERCE_EXPLICIT_CALL);
}

/*
 * Answers of calls are columns of what is joined, which the levels above refer
 * to as the window functions or aggregates that they know.
 */
static void
add_calls(CustomScan *scan, List *calls, JoinColumns *columns)
{
	ListCell *cell;

	foreach (cell, calls)
	{
		Node *call = lfirst(cell);

		scan->custom_scan_tlist =
			lappend(scan->custom_scan_tlist,
					makeTargetEntry((Expr *) copyObject(call),
									list_length(scan->custom_scan_tlist) + 1,
									NULL, false));
		columns->sources = lappend_int(columns->sources, 0);
		scan->custom_exprs = lappend(scan->custom_exprs,
									 planned_call(call, columns));
	}
}

static Plan *
plan_collect(PlannerInfo *root, RelOptInfo *planned, CustomPath *best_path,
			 List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List *private = best_path->custom_private;
	/* not what is planned, where calls are made */
	RelOptInfo *rel = list_nth(private, PATH_INPUT);
	List *keys = list_nth(private, PATH_KEYS);
	List *calls = list_nth(private, PATH_CALLS);
	List *groups = list_nth(private, PATH_GROUPS);
	List *having = list_nth(private, PATH_HAVING);
	bool left = linitial_int(list_nth(private, PATH_LEFT)) != 0;
	Plan *outer = linitial(custom_plans);
	Plan *inner = lsecond(custom_plans);
	List *key_clauses = NIL;
	List *joinquals = NIL;
	List *otherquals = NIL;
	List *outer_keys = NIL;
	List *inner_keys = NIL;
	List *operators = NIL;
	List *collations = NIL;
	List *details = NIL;
	List *facts;
	JoinColumns columns = {.relids = rel->relids};
	ListCell *cell;
	ListCell *commuted;

	scan_whole_rows(root, outer);
	scan_whole_rows(root, inner);
	columns.outer = plan_columns(outer);
	columns.inner = plan_columns(inner);
	foreach (cell, clauses_by_cost(root, list_nth(private, PATH_CLAUSES)))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (list_member_ptr(keys, rinfo))
			continue;
		if (left && RINFO_IS_PUSHED_DOWN(rinfo, rel->relids))
			otherquals = lappend(otherquals, rinfo->clause);
		else
			joinquals = lappend(joinquals, rinfo->clause);
	}
	forboth (cell, keys, commuted, list_nth(private, PATH_COMMUTED))
	{
		OpExpr *equality = (OpExpr *) lfirst_node(RestrictInfo, cell)->clause;
		bool inner_first = lfirst_int(commuted) != 0;

		key_clauses = lappend(key_clauses, equality);
		outer_keys = lappend_int(outer_keys,
								 column_of_key(list_nth(equality->args,
														inner_first ? 1 : 0),
											   columns.outer, rel->relids));
		inner_keys = lappend_int(inner_keys,
								 column_of_key(list_nth(equality->args,
														inner_first ? 0 : 1),
											   columns.inner, rel->relids));
		operators = lappend_oid(operators, equality->opno);
		collations = lappend_oid(collations, equality->inputcollid);
	}
	foreach (cell, list_nth(private, PATH_DETAILS))
		details = lappend_int(details,
							  column_of_key(lfirst(cell), columns.outer,
											rel->relids));

	scan->methods = &collect_scan_methods;
	scan->flags = best_path->flags;
	add_join_columns((Node *) calls, &columns);
	fill_join_scan(scan, rel, &columns, tlist, outer, inner, key_clauses,
				   joinquals, otherquals);
	facts = list_make4_int(left, list_length(keys), 0, 0);
	if (groups != NIL)
	{
		/* What is tested of the plan's rows is tested of groups. */
		scan->custom_exprs = list_concat(scan->custom_exprs,
										 scan->scan.plan.qual);
		scan->scan.plan.qual = (List *) unified_columns((Node *) having,
														&columns);
		scan->custom_exprs =
			list_concat(scan->custom_exprs,
						(List *) unified_columns((Node *) groups, &columns));
		facts = list_make4_int(left, list_length(keys),
							   list_length(otherquals), list_length(groups));
	}
	facts = lappend_int(facts, list_length(calls));
	add_calls(scan, calls, &columns);
	scan->custom_private = list_make5(facts, columns.sources, outer_keys,
									  inner_keys, operators);
	scan->custom_private = lappend(scan->custom_private,
								   list_copy(
									   list_nth(private, PATH_COMMUTED)));
	scan->custom_private = lappend(scan->custom_private, collations);
	scan->custom_private = lappend(scan->custom_private, details);
	scan->custom_private = lappend(scan->custom_private,
								   list_copy(
									   list_nth(private, PATH_OPERATORS)));
	scan->custom_private = lappend(scan->custom_private,
								   list_copy(
									   list_nth(private, PATH_COLLATIONS)));
	return &scan->scan.plan;
}

/* ---- when the library is loaded ---- */

/*
 * collect_support(internal) -> internal
 *
 * There is nothing to answer.  But core asks what a function costs before it
 * looks for ways to group, and to ask it loads the library, with its hooks, in
 * a session that has not called it yet: nothing need be preloaded.
 */
Datum
collect_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

void
install_collect(void)
{
	DefineCustomBoolVariable("ecosystem.enable_collect",
							 "Enables the planner's use of collect plans for "
							 "what is grouped by the key of a join.",
							 NULL, &enable_collect, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	if (GetCustomScanMethods(collect_scan_methods.CustomName, true) == NULL)
		RegisterCustomScanMethods(&collect_scan_methods);
}
