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

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"

#include "base/collect/collect_plan.h"
#include "base/collect/collect_window.h"
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
				const Path *collect)
{
	path->startup_cost = window->path.startup_cost + collect->startup_cost -
						 below->startup_cost;
	path->total_cost = window->path.total_cost + collect->total_cost -
					   below->total_cost;
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = window->path.disabled_nodes +
						   collect->disabled_nodes - below->disabled_nodes;
#endif
}

static void
add_window_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *windowed)
{
	Path *below;
	WindowAggPath *window = only_window(windowed->pathlist, &below);
	CollectedJoin join;
	List *calls;
	Path *collect;
	Path *path;

	if (window == NULL || window->winclause->orderClause != NIL ||
		window->winclause->partitionClause == NIL ||
		root->parse->hasTargetSRFs ||
		!contains_ours((Node *) window->path.pathtarget->exprs, NULL))
		return;
	if (!find_collected_join(root, input, window->winclause->partitionClause,
							 &join))
		return;
	calls = calls_of_window(window);
	collect = make_collect_path(root, input, &join, calls);
	if (collect == NULL)
		return;
	if (calls != NIL)
	{
		path = collect;
		path->parent = windowed;
		path->pathtarget = window->path.pathtarget;
		set_window_cost(path, window, below, collect);
		path->total_cost -= path->rows * cpu_tuple_cost;
	}
	else
	{
		WindowAggPath *over = makeNode(WindowAggPath);

		memcpy(over, window, sizeof(WindowAggPath));
		over->subpath = collect;
		path = &over->path;
		set_window_cost(path, window, below, collect);
	}
	path->pathkeys = NIL;
	path->parallel_safe = window->path.parallel_safe && collect->parallel_safe;
	add_path(windowed, path);
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
