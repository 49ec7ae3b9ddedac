/*
 * aggregate.c
 *		Plans Ecosystem Aggregate, for aggregates of this extension.
 *
 * What an aggregate of ours does with a row takes a third of the time of a
 * query that groups by quarter and partner.  The rest is core's way to the
 * row's group: it truncates every date anew, forms a row to hash, and follows
 * pointers to the group's states.  An Ecosystem Aggregate takes the place of
 * core's hash aggregate, and of those of a query's processes with what is above
 * them (aggregate_share.c).  It remembers for which
 * dates a key is the same (aggregate_memo.c), and for which values an argument is
 * (aggregate_value_memo.c), compares the bytes of keys, and calls the
 * aggregates' functions as core does, so that no aggregate need know of it.
 *
 * Without GROUP BY there is no way to a group to save, and little else but for
 * aggregates of large states, as a network of a million deals.  Core's node
 * turns such a state into bytes, which what reads the result reads at once: as
 * long again as all rows took.  Ours lets it be what it was in memory, where
 * the final function wants that (result_may_stay()); and processes pass on such
 * states as they are (aggregate_team.c).
 *
 * It is offered for queries with aggregates of this extension, beside which may
 * be PostgreSQL's own, where all keys of GROUP BY are of types whose equal
 * values are the same bytes.  Cost decides.  What it leaves to core: DISTINCT
 * and ORDER BY within an aggregate, aggregates of others, grouping sets, sets in
 * the target list, volatile functions and subqueries in keys and arguments, and
 * columns that are not grouped by but depend on those that are.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate.c
 */
#include "postgres.h"

#include <math.h>

#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "optimizer/prep.h"
#include "optimizer/tlist.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "base/aggregate/aggregate.h"
#include "base/aggregate/aggregate_branch_path.h"
#include "base/aggregate/aggregate_columns.h"
#include "base/aggregate/aggregate_executor.h"
#include "base/aggregate/aggregate_partitions.h"
#include "base/child_path.h"
#include "base/collect/collect_plan.h"
#include "base/collect/collect_rows.h"
#include "base/compat.h"
#include "base/own_function.h"
#include "base/same_bytes.h"
#include "base/state_transfer.h"

/* What there is to prepare, in cpu_tuple_cost */
#define FIXED_COST 100.0

/* What core needs more to call an aggregate, in cpu_operator_cost */
#define SAVED_BY_CALL 0.1

/* What it takes to pass on a row of a state, in the same; core counts nothing. */
#define PASSED_ON 0.05

/* A group, without its keys and states */
#define GROUP_BYTES 64.0

/* A batch is a file to create, to read and to remove; in random_page_cost. */
#define FILE_COST 4.0

/* What a table had better not exceed: what caches hold. */
#define CACHED_BYTES (8.0 * 1024 * 1024)

static bool enable_aggregate = true;
static create_upper_paths_hook_type previous_hook = NULL;

/* ---- which queries ---- */

static bool
is_plain(Node *node)
{
	return !contain_volatile_functions(node) && !contain_subplans(node);
}

static bool
is_called_plainly(const Aggref *aggref)
{
	return aggref->aggkind == AGGKIND_NORMAL && aggref->agglevelsup == 0 &&
		   aggref->aggorder == NIL && aggref->aggdistinct == NIL &&
		   aggref->aggdirectargs == NIL && is_plain((Node *) aggref->args) &&
		   is_plain((Node *) aggref->aggfilter);
}

bool
can_call_aggregate(const Aggref *aggref)
{
	return function_is_ours(aggref->aggfnoid) && is_called_plainly(aggref);
}

/*
 * Whether an aggregate is one of PostgreSQL's, beside ours, of which is known
 * that it asks its caller for nothing but memory, and leaves its state as it is
 * when it is finished.
 */
static bool
can_call_beside(const Aggref *aggref)
{
	HeapTuple tuple;
	bool reads;

	if (aggref->aggfnoid >= FirstGenbkiObjectId || !is_called_plainly(aggref))
		return false;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		return false;
	reads = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalmodify ==
			AGGMODIFY_READ_ONLY;
	ReleaseSysCache(tuple);
	return reads;
}

/* Whether all of their states can be passed on between processes. */
static bool
can_be_passed_on(List *aggrefs)
{
	ListCell *cell;

	foreach (cell, aggrefs)
	{
		HeapTuple tuple = SearchSysCache1(
			AGGFNOID, ObjectIdGetDatum(lfirst_node(Aggref, cell)->aggfnoid));
		Oid final;

		if (!HeapTupleIsValid(tuple))
			return false;
		final = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalfn;
		ReleaseSysCache(tuple);
		if (find_state_transfer(final) == NULL)
			return false;
	}
	return true;
}

/* What a query wants of its groups */
typedef struct Grouping
{
	List *clauses;
	List *keys;    /* expressions */
	List *aggrefs; /* each once */
	double ngroups;
	AggClauseCosts costs;
	AggClauseCosts combining;
} Grouping;

/* Notes the aggregates; true where there is something else of the rows. */
static bool
note_aggregates(Node *node, Grouping *grouping)
{
	if (node == NULL || list_member(grouping->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		grouping->aggrefs = list_append_unique(grouping->aggrefs, node);
		return !can_call_aggregate((Aggref *) node) &&
			   !can_call_beside((Aggref *) node);
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) ||
		IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, note_aggregates, grouping);
}

/* Whether a query's groups can be made by us, but for the aggregates. */
static bool
find_keys(PlannerInfo *root, Grouping *grouping)
{
	ListCell *cell;

	memset(grouping, 0, sizeof(Grouping));
	grouping->clauses = grouping_clauses(root);
	if (list_length(grouping->clauses) > MAX_AGGREGATE_KEYS ||
		root->parse->groupingSets != NIL || !root->parse->hasAggs ||
		root->parse->hasTargetSRFs)
		return false;
	/* From 16 on keys that are constants are gone, but no row is no group. */
	if (grouping->clauses == NIL && root->parse->groupClause != NIL)
		return false;
	foreach (cell, grouping->clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node *key = get_sortgroupclause_expr(clause, root->processed_tlist);

		if (!clause->hashable || get_typlen(exprType(key)) == -2 ||
			!same_bytes_where_equal(key) || !is_plain(key))
			return false;
		grouping->keys = lappend(grouping->keys, key);
	}
	return true;
}

/* The same with the aggregates of a relation */
static bool
find_grouping(PlannerInfo *root, const RelOptInfo *grouped, Node *having,
			  Grouping *grouping)
{
	return find_keys(root, grouping) &&
		   !note_aggregates((Node *) grouped->reltarget->exprs, grouping) &&
		   !note_aggregates(having, grouping) && grouping->aggrefs != NIL;
}

/* ---- expressions over the rows of the outer plan ---- */

static bool
gives_all(const Path *path, List *exprs)
{
	OuterColumns columns = {.exprs = path->pathtarget->exprs};

	(void) over_columns(exprs, &columns);
	return !columns.missing;
}

/*
 * The path whose rows are grouped.  One that gives plain columns is preferred
 * to one that evaluates the keys, which then is ours to do or to remember.
 * Where it has branches that each give other columns, what these are of the
 * needed ones is theirs.
 */
static Path *
outer_path(PlannerInfo *root, Path *input, List *exprs, List **needed_columns,
		   List **branches)
{
	Path *plain = input;
	Path *of_branches;
	List *needed = pull_var_clause((Node *) exprs,
								   PVC_RECURSE_AGGREGATES |
									   PVC_INCLUDE_PLACEHOLDERS);
	ListCell *cell;
	bool columns = true;

	while (IsA(plain, ProjectionPath))
		plain = ((ProjectionPath *) plain)->subpath;
	foreach (cell, needed)
		if (!IsA(lfirst(cell), Var) || lfirst_node(Var, cell)->varattno <= 0)
			columns = false;
	*needed_columns = *branches = NIL;
	if (columns)
	{
		List *distinct = list_concat_unique(NIL, needed);
		Path *child;

		of_branches = branches_path(root, plain, distinct, branches);
		if (of_branches != NULL)
		{
			*needed_columns = distinct;
			return of_branches;
		}
		*branches = NIL;
		child = child_path(root, plain, distinct, true);
		if (child != NULL)
			plain = child;
	}
	if (gives_all(plain, exprs))
		return plain;
	return gives_all(input, exprs) ? input : NULL;
}

/* ---- the path ---- */

static Plan *plan_aggregate(PlannerInfo *root, RelOptInfo *rel,
							CustomPath *best_path, List *tlist, List *clauses,
							List *custom_plans);

static const CustomPathMethods aggregate_path_methods = {
	.CustomName = "Ecosystem Aggregate",
	.PlanCustomPath = plan_aggregate,
};

static const CustomScanMethods aggregate_scan_methods = {
	.CustomName = "Ecosystem Aggregate",
	.CreateCustomScanState = create_aggregate_state,
};

/* What the path's custom_private holds. */
#define PATH_KEYS     0
#define PATH_AGGREFS  1
#define PATH_HAVING   2
#define PATH_COUNT    3
#define PATH_NEEDED   4 /* columns of a plan with branches, */
#define PATH_BRANCHES 5 /* and what each of these has in their place */

/*
 * In the units that core counts a hash aggregate in: cpu_operator_cost for a
 * row and key.  We need half of it, as long as the table stays in the cache.
 * Without keys there is what a call of an aggregate takes less, of that which
 * core counts with it.
 * Rows that go to files are counted once for each time that they are divided,
 * and the files themselves: both by the size of states, not that of rows.
 * Processes that do it together write each state of theirs, and read as many.
 */
static void
cost_aggregate(PlannerInfo *root, Path *path, const Path *outer,
			   const Grouping *grouping, List *having, double ngroups)
{
	double nkeys = list_length(grouping->keys);
	const AggClauseCosts *costs = &grouping->costs;
	double state = path->pathtarget->width + costs->transitionSpace;
	double bytes = ngroups * (GROUP_BYTES + state);
	double limit = hash_memory_limit();
	QualCost of_keys;
	QualCost of_having;
	Cost startup = outer->total_cost + FIXED_COST * cpu_tuple_cost;
	Cost run = 0;

	cost_qual_eval(&of_keys, grouping->keys, root);
	startup += of_keys.startup + of_keys.per_tuple * outer->rows;
	startup += costs->transCost.startup +
			   costs->transCost.per_tuple * outer->rows;
	startup += cpu_operator_cost * nkeys * outer->rows *
			   (bytes > CACHED_BYTES ? 0.9 : 0.5);
	if (grouping->keys == NIL)
		startup -= cpu_operator_cost * SAVED_BY_CALL * outer->rows;
	if (path->parallel_aware)
	{
		/* A group is written once more each time that the memory is full. */
		double nstates = bytes > limit ? outer->rows : ngroups;

		startup += nstates *
				   (2 * seq_page_cost * state / BLCKSZ + cpu_tuple_cost +
					grouping->combining.transCost.per_tuple);
		ngroups = clamp_row_est(grouping->ngroups *
								share_of_work(path->parallel_workers));
	}
	else if (grouping->keys != NIL && bytes > limit)
	{
		double depth = ceil(log(bytes / limit) / log(most_partitions(limit)));
		double rows = (1 - limit / bytes) * outer->rows * Max(depth, 1);
		double pages = ceil(
			rows * packed_row_bytes(0, outer->pathtarget->width) / BLCKSZ);

		startup += seq_page_cost * pages + rows * cpu_tuple_cost;
		run += seq_page_cost * pages + rows * cpu_tuple_cost;
		run += FILE_COST * random_page_cost * bytes / limit;
	}
	startup += costs->finalCost.startup;
	run += (costs->finalCost.per_tuple + cpu_tuple_cost) * ngroups;
	path->rows = ngroups;
	if (having != NIL)
	{
		cost_qual_eval(&of_having, having, root);
		startup += of_having.startup;
		run += of_having.per_tuple * ngroups;
		path->rows = clamp_row_est(
			ngroups *
			clauselist_selectivity(root, having, 0, JOIN_INNER, NULL));
	}
	startup += path->pathtarget->cost.startup;
	run += path->pathtarget->cost.per_tuple * path->rows;
	path->startup_cost = startup;
	path->total_cost = startup + run;
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = outer->disabled_nodes;
#endif
}

static double
groups_of(PlannerInfo *root, const Grouping *grouping, double rows)
{
	return estimate_num_groups(root, grouping->keys, rows, NULL, NULL);
}

/*
 * NULL where the input does not give what is needed.  One of a part of the rows
 * is of whole groups, too: processes do it together.
 */
static Path *
make_aggregate_path(PlannerInfo *root, RelOptInfo *grouped, Path *input,
					const Grouping *grouping, List *having, bool shared)
{
	CustomPath *aggregate = makeNode(CustomPath);
	Path *path = &aggregate->path;
	double ngroups;
	List *needed;
	List *branches;
	Path *outer = outer_path(root, input,
							 list_concat_copy(grouping->keys,
											  grouping->aggrefs),
							 &needed, &branches);

	if (outer == NULL)
		return NULL;
	path->pathtype = T_CustomScan;
	path->parent = grouped;
	path->pathtarget = grouped->reltarget;
	path->parallel_aware = shared;
	path->parallel_safe = grouped->consider_parallel && outer->parallel_safe;
	path->parallel_workers = outer->parallel_workers;
#if PG_VERSION_NUM >= 150000
	aggregate->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	aggregate->custom_paths = list_make1(outer);
	ngroups = groups_of(root, grouping, outer->rows);
	aggregate->custom_private =
		list_make4(grouping->keys, grouping->aggrefs, having,
				   makeInteger((int) Min(ngroups, PG_INT32_MAX)));
	aggregate->custom_private = lappend(lappend(aggregate->custom_private,
												needed),
										branches);
	aggregate->methods = &aggregate_path_methods;
	cost_aggregate(root, path, outer, grouping, having, ngroups);
	return path;
}

/* By processes together, where there may be workers */
static void
add_shared_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				Grouping *grouping, GroupPathExtraData *extra)
{
	Path *path;
	List *having = (List *) extra->havingQual;

	if (grouping->keys == NIL || input->partial_pathlist == NIL ||
		!grouped->consider_parallel ||
		(extra->flags & GROUPING_CAN_PARTIAL_AGG) == 0)
		return;
	get_agg_clause_costs(root, AGGSPLIT_FINAL_DESERIAL, &grouping->combining);
	path = make_aggregate_path(root, grouped,
							   linitial(input->partial_pathlist), grouping,
							   having, true);
	if (path == NULL || !path->parallel_safe)
		return;
	add_path(grouped,
			 gathered(root, grouped, path,
					  clamp_row_est(path->rows /
									share_of_work(path->parallel_workers))));
	/* What is above may be done by all of them, too. */
	add_partial_path(grouped,
					 make_aggregate_path(root, grouped,
										 linitial(input->partial_pathlist),
										 grouping, having, true));
}

/*
 * All rows by several processes, which pass their states on as they are, so
 * that one of them returns the result.
 */
static void
add_team_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
			  const Grouping *grouping, GroupPathExtraData *extra)
{
	Path *path;
	Cost passed_on;
	double rows;

	if (input->partial_pathlist == NIL || !grouped->consider_parallel ||
		grouping->keys != NIL || !can_be_passed_on(grouping->aggrefs))
		return;
	path = make_aggregate_path(root, grouped,
							   linitial(input->partial_pathlist), grouping,
							   (List *) extra->havingQual, true);
	if (path == NULL || !path->parallel_safe)
		return;
	rows = ((Path *) linitial(input->partial_pathlist))->rows;
	/* Core, which turns states into bytes and back, counts nothing for it. */
	passed_on = cpu_operator_cost * Min(PASSED_ON * Max(input->rows - rows, 0),
										SAVED_BY_CALL / 2 * rows);
	path->startup_cost += passed_on;
	path->total_cost += passed_on;
	rows = path->rows;
	add_path(grouped,
			 (Path *) create_gather_path(root, grouped, path, path->pathtarget,
										 NULL, &rows));
}

static void
add_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
		  GroupPathExtraData *extra)
{
	Grouping grouping;
	Path *path;

	if (!find_grouping(root, grouped, extra->havingQual, &grouping))
		return;
	get_agg_clause_costs(root, AGGSPLIT_SIMPLE, &grouping.costs);
	grouping.ngroups = groups_of(root, &grouping,
								 input->cheapest_total_path->rows);
	path = make_aggregate_path(root, grouped, input->cheapest_total_path,
							   &grouping, (List *) extra->havingQual, false);
	if (path != NULL)
		add_path(grouped, path);
	add_shared_path(root, input, grouped, &grouping, extra);
	add_team_path(root, input, grouped, &grouping, extra);
}

/* Asked of each query that groups: most are none of ours. */
static bool
asks_for_ours(const RelOptInfo *grouped, const GroupPathExtraData *extra)
{
	return contains_ours((Node *) grouped->reltarget->exprs, NULL) ||
		   contains_ours(extra->havingQual, NULL);
}

static void
add_aggregate_paths(PlannerInfo *root, UpperRelationKind stage,
					RelOptInfo *input, RelOptInfo *grouped, void *extra)
{
	if (previous_hook != NULL)
		previous_hook(root, stage, input, grouped, extra);
	if (!enable_aggregate || stage != UPPERREL_GROUP_AGG || extra == NULL ||
		IS_OTHER_REL(grouped) || IS_OTHER_REL(input) ||
		!asks_for_ours(grouped, extra))
		return;
	add_paths(root, input, grouped, extra);
}

/* ---- the plan ---- */

/*
 * The scan's columns are the keys and the aggregates, from which the plan's
 * target list and HAVING are made.  What they are made of is not to be found
 * among those: it is written over the outer plan's rows here.  custom_exprs
 * shows core which parameters they have.
 */
static Plan *
plan_aggregate(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
			   List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List *keys = list_nth(best_path->custom_private, PATH_KEYS);
	List *aggrefs = list_nth(best_path->custom_private, PATH_AGGREFS);
	List *branches = list_nth(best_path->custom_private, PATH_BRANCHES);
	Plan *outer = linitial(custom_plans);
	List *columns = list_concat_copy(keys, aggrefs);
	OuterColumns outer_columns = {NIL};
	ListCell *cell;

	if (branches != NIL)
		outer_columns.exprs = list_nth(best_path->custom_private, PATH_NEEDED);
	else
		foreach (cell, outer->targetlist)
			outer_columns.exprs = lappend(
				outer_columns.exprs, lfirst_node(TargetEntry, cell)->expr);
	foreach (cell, columns)
		scan->custom_scan_tlist = lappend(
			scan->custom_scan_tlist,
			makeTargetEntry(copyObject(lfirst(cell)),
							foreach_current_index(cell) + 1, NULL, false));
	scan->custom_exprs = copyObject(columns);
	scan->custom_private = list_make4(
		over_columns(keys, &outer_columns),
		over_columns(aggrefs, &outer_columns),
		copyObject(list_nth(best_path->custom_private, PATH_COUNT)),
		branches == NIL ? NIL : plan_branches(root, outer, branches));
	if (outer_columns.missing)
		elog(ERROR, "a column of an ecosystem aggregate is not in its plan");
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = list_nth(best_path->custom_private, PATH_HAVING);
	outerPlan(scan) = outer;
	scan->flags = best_path->flags;
	scan->methods = &aggregate_scan_methods;
	return &scan->scan.plan;
}

/* ---- when the library is loaded ---- */

void
install_aggregate(void)
{
	DefineCustomBoolVariable("ecosystem.enable_aggregate",
							 "Enables the planner's use of aggregate plans "
							 "for aggregates of this extension.",
							 NULL, &enable_aggregate, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	if (GetCustomScanMethods(aggregate_scan_methods.CustomName, true) == NULL)
		RegisterCustomScanMethods(&aggregate_scan_methods);
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_aggregate_paths;
}
