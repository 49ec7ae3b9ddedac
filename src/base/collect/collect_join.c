/*
 * collect_join.c
 *		The join whose rows are collected.
 *
 * All that is grouped by has to be either a side of a key of the join or a
 * column of the side whose rows begin the groups.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_join.c
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/lsyscache.h"

#include "base/collect/collect_plan.h"
#include "base/join_columns.h"
#include "base/same_bytes.h"

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

Node *
without_relabels(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* ---- what is grouped by ---- */

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
