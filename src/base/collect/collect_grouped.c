/*
 * collect_grouped.c
 *		Plans aggregates by the key of a join.
 *
 * Where all of them are such as we can call, the node that collects has all
 * rows of a group at hand and answers for the group.  Others are left to a
 * GroupAggregate of core's above it, which the node passes joined rows on to.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_grouped.c
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "optimizer/prep.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

#include "base/aggregate/aggregate.h"
#include "base/collect/collect_grouped.h"
#include "base/collect/collect_plan.h"
#include "base/compat.h"
#include "base/own_function.h"

static create_upper_paths_hook_type previous_hook = NULL;

/* ---- which calls the node makes ---- */

/* Notes the aggregates, each once; true where core has to make them. */
static bool
note_aggregates(Node *node, List **aggrefs)
{
	if (node == NULL)
		return false;
	if (IsA(node, GroupingFunc))
		return true;
	if (!IsA(node, Aggref))
		return expression_tree_walker(node, note_aggregates, aggrefs);
	*aggrefs = list_append_unique(*aggrefs, node);
	return !can_call_aggregate((Aggref *) node);
}

/* ---- the path ---- */

typedef struct GroupedBy
{
	List *clauses;
	List *having;
	AggClauseCosts costs;
	double ngroups;
	CollectedCalls calls; /* all of them, or none */
} GroupedBy;

static void
note_calls(GroupedBy *by, RelOptInfo *grouped, List *keys)
{
	List *aggrefs = NIL;

	if (note_aggregates((Node *) grouped->reltarget->exprs, &aggrefs) ||
		note_aggregates((Node *) by->having, &aggrefs))
		return;
	by->calls.calls = aggrefs;
	by->calls.groups = keys;
	by->calls.having = by->having;
}

/*
 * A collect that makes groups costs what core's node does over one that passes
 * its rows on, except that it compares no keys.
 */
static Path *
make_grouped_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				  const CollectedJoin *join, const GroupedBy *by, bool shared)
{
	Path *collect = make_collect_path(root, input, join, &by->calls, shared);
	double ngroups = by->ngroups;
	Path *core;
	Cost saved;

	if (collect == NULL)
		return NULL;
	if (shared)
		ngroups = clamp_row_est(ngroups *
								share_of_work(collect->parallel_workers));
	core = (Path *) create_agg_path(root, grouped, collect, grouped->reltarget,
									AGG_SORTED, AGGSPLIT_SIMPLE, by->clauses,
									by->having, &by->costs, ngroups);
	if (by->calls.calls == NIL)
		return core;
	saved = cpu_operator_cost * list_length(by->clauses) * collect->rows;
	collect->parent = grouped;
	collect->pathtarget = core->pathtarget;
	collect->rows = core->rows;
	collect->startup_cost = core->startup_cost;
	collect->total_cost = Max(core->total_cost - saved, core->startup_cost);
	collect->parallel_safe = core->parallel_safe;
	return collect;
}

static void
add_grouped_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				 GroupPathExtraData *extra)
{
	List *clauses = grouping_clauses(root);
	List *keys;
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
	keys = get_sortgrouplist_exprs(clauses, root->processed_tlist);
	by.ngroups = estimate_num_groups(root, keys, input->rows, NULL, NULL);
	note_calls(&by, grouped, keys);
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


void
install_collect_grouped(void)
{
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_collect_paths;
}
