/*
 * collect.c
 *		Plans what is grouped by the key of a join: deals with their touches.
 *
 * For an aggregate by deal, or a window function whose partitions are deals,
 * core joins the touches to the deals row by row through a table larger than
 * any cache, and then sorts or hashes what it has joined once more.  Both
 * tables divided by the same hash are joined and grouped at once: an Ecosystem
 * Collect passes joined rows on group by group, and core's nodes above find
 * each group in one piece.  They do what they always do, so that filters,
 * other aggregates and frames are theirs.
 *
 * It is offered for queries with an aggregate or window function of this
 * extension, over an inner or left join, in which all that is grouped by is
 * either a side of a key of the join or a column of the side whose rows begin
 * the groups; cost decides.
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
#include "base/own_function.h"
#include "base/same_bytes.h"

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
static create_upper_paths_hook_type previous_hook = NULL;

/* ---- which queries ---- */

/* ---- the join ---- */

/* The join that a path begins with, if core hashes or merges. */
static JoinPath *
join_of_path(Path *path, Relids relids)
{
	for (;;)
	{
		if (IsA(path, ProjectionPath))
			path = ((ProjectionPath *) path)->subpath;
		else if (IsA(path, SortPath))
			path = ((SortPath *) path)->subpath;
		else if (IsA(path, IncrementalSortPath))
			path = ((IncrementalSortPath *) path)->spath.subpath;
		else if (IsA(path, GatherPath))
			path = ((GatherPath *) path)->subpath;
		else if (IsA(path, GatherMergePath))
			path = ((GatherMergePath *) path)->subpath;
		else
			break;
	}
	/* What a nested loop does below itself is not among its conditions. */
	if ((IsA(path, HashPath) || IsA(path, MergePath)) &&
		path->param_info == NULL && bms_equal(path->parent->relids, relids))
		return (JoinPath *) path;
	return NULL;
}

static JoinPath *
find_join(List *paths, Relids relids)
{
	ListCell *cell;

	foreach (cell, paths)
	{
		JoinPath *join = join_of_path(lfirst(cell), relids);

		if (join != NULL)
			return join;
	}
	return NULL;
}

/* A side of a join, if its rows are those of a relation. */
static RelOptInfo *
side_of_join(Path *path)
{
	Path *cheapest = path->parent->cheapest_total_path;

	/* made unique for a semijoin */
	if (IsA(path, UniquePath) || cheapest == NULL ||
		PATH_REQ_OUTER(cheapest) != NULL)
		return NULL;
	return path->parent;
}

static Node *
without_relabels(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/*
 * Whether a condition can be a key: an equality of a column of each side that
 * can be hashed.
 */
static bool
is_key(RestrictInfo *rinfo, const CollectedJoin *join, bool *commuted)
{
	OpExpr *equality = (OpExpr *) rinfo->clause;
	Oid left;
	Oid right;

	if (!rinfo->can_join || rinfo->pseudoconstant || !IsA(equality, OpExpr) ||
		list_length(equality->args) != 2 ||
		(join->left && RINFO_IS_PUSHED_DOWN(rinfo, join->relids)))
		return false;
	if (bms_is_subset(rinfo->left_relids, join->outer->relids) &&
		bms_is_subset(rinfo->right_relids, join->inner->relids))
		*commuted = false;
	else if (bms_is_subset(rinfo->left_relids, join->inner->relids) &&
			 bms_is_subset(rinfo->right_relids, join->outer->relids))
		*commuted = true;
	else
		return false;
	return IsA(without_relabels(linitial(equality->args)), Var) &&
		   IsA(without_relabels(lsecond(equality->args)), Var) &&
		   op_hashjoinable(equality->opno,
						   exprType(linitial(equality->args))) &&
		   op_strict(equality->opno) &&
		   get_op_hash_functions(equality->opno, &left, &right);
}

/*
 * Whether an expression that is grouped by is a side of a key, under the same
 * equality.
 */
static bool
is_side_of_key(Node *expr, Oid equality, RestrictInfo *rinfo, bool commuted,
			   const CollectedJoin *join)
{
	OpExpr *key = (OpExpr *) rinfo->clause;
	Oid equals[2];
	Node *node = without_relabels(expr);

	if (!same_bytes_where_equal(expr))
		return false;
	if (exprCollation(expr) != key->inputcollid ||
		!get_compatible_hash_operators(key->opno, &equals[0], &equals[1]))
		return false;
	for (int i = 0; i < 2; i++)
	{
		bool inner = (i == 0) == commuted;
		Node *side = without_relabels(list_nth(key->args, i));

		/* Nulls of a left join are no key of the inner side. */
		if (inner && join->left)
			continue;
		if (equals[i] == equality && same_column(side, node, join->relids))
			return true;
	}
	return false;
}

/* Adds what a query groups by to the keys and details of a join. */
static bool
add_grouping(CollectedJoin *join, Node *expr, SortGroupClause *grouping)
{
	Oid left;
	Oid right;
	ListCell *cell;

	foreach (cell, join->clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		bool commuted;

		if (!is_key(rinfo, join, &commuted) ||
			!is_side_of_key(expr, grouping->eqop, rinfo, commuted, join))
			continue;
		if (!list_member_ptr(join->keys, rinfo))
		{
			join->keys = lappend(join->keys, rinfo);
			join->commuted = lappend_int(join->commuted, commuted);
		}
		return true;
	}
	if (!IsA(expr, Var) || ((Var *) expr)->varlevelsup != 0 ||
		!bms_is_member(((Var *) expr)->varno, join->outer->relids) ||
		!grouping->hashable || !same_bytes_where_equal(expr) ||
		!get_op_hash_functions(grouping->eqop, &left, &right))
		return false;
	join->details = lappend(join->details, expr);
	join->detail_operators = lappend_oid(join->detail_operators,
										 grouping->eqop);
	join->detail_collations = lappend_oid(join->detail_collations,
										  exprCollation(expr));
	return true;
}

/* Whether a join, in one order of its sides, yields what is grouped by. */
static bool
can_collect(CollectedJoin *join, List *groupings, List *targets)
{
	ListCell *cell;

	join->keys = join->commuted = join->details = NIL;
	join->detail_operators = join->detail_collations = NIL;
	foreach (cell, groupings)
	{
		SortGroupClause *grouping = lfirst_node(SortGroupClause, cell);

		if (!add_grouping(join, get_sortgroupclause_expr(grouping, targets),
						  grouping))
			return false;
	}
	return join->keys != NIL;
}

/*
 * The join that a relation is made by, if all that is grouped by allows it to
 * be collected.
 */
bool
find_collected_join(PlannerInfo *root, RelOptInfo *input, List *groupings,
					CollectedJoin *join)
{
	JoinPath *path = find_join(input->pathlist, input->relids);
	List *targets = root->processed_tlist;
	ListCell *cell;
	bool right;

	if (path == NULL)
		path = find_join(input->partial_pathlist, input->relids);
	if (path == NULL || input->lateral_relids != NULL)
		return false;
	if (path->jointype != JOIN_INNER && path->jointype != JOIN_LEFT &&
		path->jointype != JOIN_RIGHT)
		return false;
	right = path->jointype == JOIN_RIGHT;
	memset(join, 0, sizeof(CollectedJoin));
	join->relids = input->relids;
	join->left = path->jointype != JOIN_INNER;
	join->clauses = path->joinrestrictinfo;
	join->outer = side_of_join(right ? path->innerjoinpath
									 : path->outerjoinpath);
	join->inner = side_of_join(right ? path->outerjoinpath
									 : path->innerjoinpath);
	if (join->outer == NULL || join->inner == NULL)
		return false;
	foreach (cell, join->clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (rinfo->pseudoconstant ||
			contain_volatile_functions((Node *) rinfo->clause))
			return false;
	}
	if (contain_volatile_functions((Node *) input->reltarget->exprs))
		return false;
	/* A table of the smaller side's keys is made, where there is a choice. */
	for (int order = 0; order < (join->left ? 1 : 2); order++)
	{
		RelOptInfo *outer = join->outer;

		if (!join->left &&
			((join->outer->rows > join->inner->rows) == (order == 0)))
		{
			join->outer = join->inner;
			join->inner = outer;
		}
		if (can_collect(join, groupings, targets))
			return true;
	}
	return false;
}

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
#define PATH_CALLS      8 /* WindowFuncs */

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
				  const CollectedJoin *join, List *calls, bool shared)
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
	collect->custom_private = lappend(collect->custom_private, calls);
#if PG_VERSION_NUM >= 170000
	collect->custom_restrictinfo = join->clauses;
#endif
	collect->methods = &collect_path_methods;
	cost_collect(root, path, outer, inner, join);
	return path;
}

/* ---- GROUP BY ---- */

typedef struct GroupedBy
{
	List *clauses;
	List *having;
	AggClauseCosts costs;
	double ngroups;
} GroupedBy;

static Path *
make_grouped_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				  const CollectedJoin *join, const GroupedBy *by, bool shared)
{
	Path *collect = make_collect_path(root, input, join, NIL, shared);
	double ngroups = by->ngroups;

	if (collect == NULL)
		return NULL;
	if (shared)
		ngroups = clamp_row_est(ngroups *
								share_of_work(collect->parallel_workers));
	return (Path *) create_agg_path(root, grouped, collect, grouped->reltarget,
									AGG_SORTED, AGGSPLIT_SIMPLE, by->clauses,
									by->having, &by->costs, ngroups);
}

/* What all processes pass on, in one. */
Path *
gathered(PlannerInfo *root, RelOptInfo *rel, Path *partial, double rows)
{
	return (Path *) create_gather_path(root, rel, partial, partial->pathtarget,
									   NULL, &rows);
}

static void
add_grouped_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				 GroupPathExtraData *extra)
{
	List *clauses = grouping_clauses(root);
	CollectedJoin join;
	GroupedBy by = {clauses, (List *) extra->havingQual};
	Path *path;

	if (clauses == NIL || root->parse->groupingSets != NIL ||
		!root->parse->hasAggs || root->parse->hasTargetSRFs)
		return;
#if PG_VERSION_NUM >= 160000
	/* Core has decided how rows are to be sorted within the groups. */
	if (root->numOrderedAggs > 0)
		return;
#endif
	if (!contains_ours((Node *) grouped->reltarget->exprs, NULL) &&
		!contains_ours(extra->havingQual, NULL))
		return;
	if (!find_collected_join(root, input, clauses, &join))
		return;
	get_agg_clause_costs(root, AGGSPLIT_SIMPLE, &by.costs);
	by.ngroups = estimate_num_groups(
		root, get_sortgrouplist_exprs(clauses, root->processed_tlist),
		input->rows, NULL, NULL);
	path = make_grouped_path(root, input, grouped, &join, &by, false);
	if (path != NULL)
		add_path(grouped, path);
	if (!grouped->consider_parallel)
		return;
	/* A group is in one process whole: what each makes of its own is final. */
	path = make_grouped_path(root, input, grouped, &join, &by, true);
	if (path != NULL)
	{
		add_path(grouped, gathered(root, grouped, path, by.ngroups));
		add_partial_path(grouped, make_grouped_path(root, input, grouped,
													&join, &by, true));
	}
}

static void
add_collect_paths(PlannerInfo *root, UpperRelationKind stage,
				  RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (previous_hook != NULL)
		previous_hook(root, stage, input, output, extra);
	/* Other stages may have no input. */
	if (enable_collect && stage == UPPERREL_GROUP_AGG && extra != NULL &&
		input->reloptkind == RELOPT_JOINREL && !IS_OTHER_REL(output))
		add_grouped_path(root, input, output, extra);
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

/*
 * Answers of calls are columns of what is joined, which the levels above refer
 * to as the window functions that they know.
 */
static void
add_calls(CustomScan *scan, List *calls, JoinColumns *columns)
{
	ListCell *cell;

	foreach (cell, calls)
	{
		WindowFunc *call = lfirst_node(WindowFunc, cell);
		FuncExpr *function = makeFuncExpr(
			call->winfnoid, call->wintype,
			(List *) unified_columns((Node *) call->args, columns),
			call->wincollid, call->inputcollid, COERCE_EXPLICIT_CALL);

		scan->custom_scan_tlist =
			lappend(scan->custom_scan_tlist,
					makeTargetEntry((Expr *) copyObject(call),
									list_length(scan->custom_scan_tlist) + 1,
									NULL, false));
		columns->sources = lappend_int(columns->sources, 0);
		scan->custom_exprs = lappend(scan->custom_exprs, function);
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
	add_calls(scan, calls, &columns);
	scan->custom_private = list_make5(list_make3_int(left, list_length(keys),
													 list_length(calls)),
									  columns.sources, outer_keys, inner_keys,
									  operators);
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
 * looks for ways to group, and to ask it loads the library, with the hook
 * below, in a session that has not called it yet: nothing need be preloaded.
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
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_collect_paths;
}
