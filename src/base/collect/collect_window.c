/*
 * collect_window.c
 *		Plans window functions whose partitions are the groups of a collect.
 *
 * Where all of them look at a partition as a whole (base/partition_function.h),
 * the node that collects has the partition at hand and answers them itself.
 * Others are left to core's WindowAgg above it, which keeps each partition once
 * more.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_window.c
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "utils/lsyscache.h"

#include "base/collect/collect_plan.h"
#include "base/collect/collect_window.h"
#include "base/own_function.h"
#include "base/partition_function.h"

static create_upper_paths_hook_type previous_hook = NULL;

/* The one WindowAgg of a path, with what is sorted for it. */
static WindowAggPath *
only_window(List *paths, Path **below)
{
	ListCell *cell;

	foreach (cell, paths)
	{
		Path *path = lfirst(cell);
		WindowAggPath *window;

		if (!IsA(path, WindowAggPath))
			continue;
		window = (WindowAggPath *) path;
		*below = path = window->subpath;
		while (IsA(path, ProjectionPath) || IsA(path, SortPath) ||
			   IsA(path, IncrementalSortPath))
			path = IsA(path, ProjectionPath)
					   ? ((ProjectionPath *) path)->subpath
					   : ((SortPath *) path)->subpath;
		return IsA(path, WindowAggPath) ? NULL : window;
	}
	return NULL;
}

/* ---- which calls the node makes ---- */

typedef struct FoundCalls
{
	List *calls; /* each once */
	bool others; /* which core has to make */
} FoundCalls;

static bool
find_calls(Node *node, FoundCalls *found)
{
	WindowFunc *call = (WindowFunc *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, WindowFunc))
		return expression_tree_walker(node, find_calls, found);
	if (call->winagg || call->aggfilter != NULL ||
		contain_volatile_functions((Node *) call->args) ||
		find_partition_function(call->winfnoid) == NULL)
		found->others = true;
	else
		found->calls = list_append_unique(found->calls, call);
	return false;
}

/* A window in which core has more to do than to call */
static bool
does_more(const WindowAggPath *window)
{
	/* an offset may be wrong */
	if (window->winclause->startOffset != NULL ||
		window->winclause->endOffset != NULL)
		return true;
#if PG_VERSION_NUM >= 150000
	if (window->qual != NIL)
		return true;
#endif
#if PG_VERSION_NUM >= 170000
	return window->runCondition != NIL;
#elif PG_VERSION_NUM >= 150000
	return window->winclause->runCondition != NIL;
#else
	return false;
#endif
}

/* All of a window's calls, or none */
static List *
calls_of_window(const WindowAggPath *window)
{
	FoundCalls found = {NIL};

	if (does_more(window))
		return NIL;
	find_calls((Node *) window->path.pathtarget->exprs, &found);
	return found.others ? NIL : found.calls;
}

/* ---- the path ---- */

/*
 * It costs what a WindowAgg over the collect does, except for the rows that it
 * does not keep once more.
 */
static void
set_window_cost(Path *path, const WindowAggPath *window, const Path *below,
				const Path *collect, double share)
{
	path->startup_cost = collect->startup_cost +
						 share *
							 (window->path.startup_cost - below->startup_cost);
	path->total_cost = collect->total_cost +
					   share * (window->path.total_cost - below->total_cost);
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = window->path.disabled_nodes +
						   collect->disabled_nodes - below->disabled_nodes;
#endif
}

static Path *
make_window_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed,
				 const CollectedJoin *join, const WindowAggPath *window,
				 const Path *below, bool shared)
{
	CollectedCalls calls = {calls_of_window(window)};
	Path *collect = make_collect_path(root, input, join, &calls, shared);
	Path *path = collect;
	double share;

	if (collect == NULL)
		return NULL;
	share = shared ? share_of_work(collect->parallel_workers) : 1;
	if (calls.calls != NIL)
	{
		path->parent = windowed;
		path->pathtarget = window->path.pathtarget;
		set_window_cost(path, window, below, collect, share);
		path->total_cost -= path->rows * cpu_tuple_cost;
	}
	else
	{
		WindowAggPath *over = makeNode(WindowAggPath);

		memcpy(over, window, sizeof(WindowAggPath));
		over->subpath = collect;
		path = &over->path;
		path->rows = collect->rows;
		path->parallel_workers = collect->parallel_workers;
		set_window_cost(path, window, below, collect, share);
	}
	path->pathkeys = NIL;
	path->parallel_safe = (shared || window->path.parallel_safe) &&
						  collect->parallel_safe;
	return path;
}

/* Writes arguments in place of calls, each of which a worker has to be allowed. */
static Node *
without_calls(Node *node, void *context)
{
	bool *safe = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, WindowFunc))
	{
		WindowFunc *call = (WindowFunc *) node;

		*safe &= func_parallel(call->winfnoid) == PROPARALLEL_SAFE;
		return (Node *) list_make2(call->args, call->aggfilter);
	}
	return expression_tree_mutator(node, without_calls, context);
}

/*
 * Core takes no window function to a worker, since each might have rows in an
 * order of its own.  Here each has partitions of its own, and has them whole.
 */
static bool
can_be_shared(PlannerInfo *root, List *exprs)
{
	bool safe = true;
	Node *rest = without_calls((Node *) exprs, &safe);

	return safe && is_parallel_safe(root, rest);
}

static void
add_window_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed)
{
	Path *below;
	WindowAggPath *window = only_window(windowed->pathlist, &below);
	CollectedJoin join;
	Path *path;

	if (window == NULL || window->winclause->orderClause != NIL ||
		window->winclause->partitionClause == NIL ||
		root->parse->hasTargetSRFs ||
		!contains_ours((Node *) window->path.pathtarget->exprs, NULL))
		return;
	if (!find_collected_join(root, input, window->winclause->partitionClause,
							 &join))
		return;
	path = make_window_path(root, input, windowed, &join, window, below,
							false);
	if (path != NULL)
		add_path(windowed, path);
	if (!input->consider_parallel || does_more(window) ||
		!can_be_shared(root, window->path.pathtarget->exprs))
		return;
	path = make_window_path(root, input, windowed, &join, window, below, true);
	if (path == NULL)
		return;
	windowed->consider_parallel = true;
	add_path(windowed, gathered(root, windowed, path, input->rows));
	add_partial_path(windowed, make_window_path(root, input, windowed, &join,
												window, below, true));
}

static void
add_window_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
				 RelOptInfo *output, void *extra)
{
	if (previous_hook != NULL)
		previous_hook(root, stage, input, output, extra);
	if (enable_collect && stage == UPPERREL_WINDOW &&
		input->reloptkind == RELOPT_JOINREL && !IS_OTHER_REL(output))
		add_window_path(root, input, output);
}

void
install_collect_window(void)
{
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_window_paths;
}
