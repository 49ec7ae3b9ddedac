/*
 * overlap_join.c
 *		Plans the join of two sets of records on a.identity && b.identity.
 *
 * Core can join on && by comparing every pair, or by asking a GIN index for
 * every row.  An Overlap Join hashes the inner side's match keys once, however
 * many an identity has, and is offered beside the other ways for each pair of
 * relations that && joins; cost decides.  The conditions beside && may be any.
 *
 * Core calls the hook last, after && has been estimated.  So the library is
 * loaded, and its hook installed, before the first plan that could want it:
 * nothing need be preloaded.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join.c
 */
#include "postgres.h"

#include <math.h>

#include "access/transam.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/join_columns.h"
#include "identity/private_match.h"
#include "overlap/overlap_join.h"
#include "overlap/overlap_join_executor.h"
#include "overlap/overlap_join_table.h"

/* What the path's custom_private holds. */
#define PATH_FACTS   0 /* integers: the join type, inner is unique */
#define PATH_CLAUSE  1 /* the RestrictInfo of && */
#define PATH_CLAUSES 2 /* all RestrictInfos of the join */

/* Made-up figures of the cost model: what an identity has. */
#define KEYS_PER_ROW   2.0
#define IDENTITY_BYTES 64.0

/* What a join costs before its first row, in cpu_tuple_cost. */
#define FIXED_COST 100.0

static bool enable_overlap_join = true;
static set_join_pathlist_hook_type previous_hook = NULL;

/* Whether the join can be described by columns of its plans. */
static bool
can_describe(RelOptInfo *joinrel, Path *outer, Path *inner, List *clauses)
{
	JoinColumns columns = {.relids = joinrel->relids,
						   .outer = outer->pathtarget->exprs,
						   .inner = inner->pathtarget->exprs};
	ListCell *cell;

	/*
	 * The row identity of an inherited table that is updated has a name that
	 * no scan may bear.
	 */
	foreach (cell, joinrel->reltarget->exprs)
		if (IsA(lfirst(cell), Var) &&
			((Var *) lfirst(cell))->varno == ROWID_VAR)
			return false;
	add_join_columns((Node *) joinrel->reltarget->exprs, &columns);
	foreach (cell, clauses)
		add_join_columns((Node *) lfirst_node(RestrictInfo, cell)->clause,
						 &columns);
	return !columns.missing;
}

/* ---- clauses ---- */

/* Of identities, or of those whose keys are blinded */
static bool
is_overlap_operator(OpExpr *operator)
{
	FmgrInfo function;
	Oid left;

	if (operator->opno<FirstNormalObjectId || operator->opretset ||
		operator->opresulttype != BOOLOID || list_length(operator->args) != 2)
		return false;
	left = exprType(linitial(operator->args));
	if (left < FirstNormalObjectId ||
		get_func_rettype(get_opcode(operator->opno)) != BOOLOID)
		return false;
	/* The function, not its name: there may be others called like it. */
	fmgr_info(get_opcode(operator->opno), &function);
	return function.fn_addr == company_identity_matches ||
		   function.fn_addr == blinded_identity_matches;
}

/*
 * The clause to join by: that which leaves the fewest pairs.  NULL: there is
 * none.
 */
static RestrictInfo *
choose_clause(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
			  RelOptInfo *innerrel, JoinType jointype, List *clauses,
			  double *selectivity)
{
	RestrictInfo *chosen = NULL;
	SpecialJoinInfo sjinfo = {.type = T_SpecialJoinInfo};
	ListCell *cell;

	sjinfo.min_lefthand = sjinfo.syn_lefthand = outerrel->relids;
	sjinfo.min_righthand = sjinfo.syn_righthand = innerrel->relids;
	sjinfo.jointype = JOIN_INNER;
	foreach (cell, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		double fraction;

		if (!rinfo->can_join || rinfo->pseudoconstant ||
			!IsA(rinfo->clause, OpExpr) ||
			(IS_OUTER_JOIN(jointype) &&
			 RINFO_IS_PUSHED_DOWN(rinfo, joinrel->relids)))
			continue;
		if (!(bms_is_subset(rinfo->left_relids, outerrel->relids) &&
			  bms_is_subset(rinfo->right_relids, innerrel->relids)) &&
			!(bms_is_subset(rinfo->left_relids, innerrel->relids) &&
			  bms_is_subset(rinfo->right_relids, outerrel->relids)))
			continue;
		if (!is_overlap_operator((OpExpr *) rinfo->clause) ||
			contain_volatile_functions((Node *) rinfo->clause))
			continue;
		fraction = clause_selectivity(root, (Node *) rinfo, 0, JOIN_INNER,
									  &sjinfo);
		if (chosen == NULL || fraction < *selectivity)
		{
			chosen = rinfo;
			*selectivity = fraction;
		}
	}
	return chosen;
}

/* ---- cost ---- */

static double
parallel_divisor(Path *path)
{
	double divisor = path->parallel_workers;

	/* as core counts the leader in */
	if (parallel_leader_participation)
		divisor += Max(1.0 - 0.3 * path->parallel_workers, 0);
	return divisor;
}

static double
stored_bytes(Path *path)
{
	return path->rows * (MAXALIGN(sizeof(StoredRow)) + IDENTITY_BYTES +
						 path->pathtarget->width);
}

/*
 * Costs are counted as core's for a hash join are: of each row cpu_tuple_cost
 * where it is stored, and cpu_operator_cost for each key hashed; of each pair
 * that shares a key, the ladder and the other conditions.
 */
static void
cost_overlap_join(PlannerInfo *root, Path *path, Path *outer, Path *inner,
				  RestrictInfo *clause, List *clauses, double selectivity)
{
	OpExpr *overlap = (OpExpr *) clause->clause;
	bool commuted = !bms_is_subset(clause->left_relids, outer->parent->relids);
	QualCost of_outer;
	QualCost of_inner;
	QualCost of_others;
	double pairs = outer->rows * inner->rows * selectivity;
	double memory = stored_bytes(inner) +
					inner->rows * KEY_TABLE_MEMORY(KEYS_PER_ROW);
	double limit = hash_memory_limit();
	List *others = NIL;
	ListCell *cell;
	Cost startup;
	Cost run;

	cost_qual_eval_node(&of_outer,
						commuted ? lsecond(overlap->args)
								 : linitial(overlap->args),
						root);
	cost_qual_eval_node(&of_inner,
						commuted ? linitial(overlap->args)
								 : lsecond(overlap->args),
						root);
	foreach (cell, clauses)
		if (lfirst(cell) != clause)
			others = lappend(others, lfirst(cell));
	cost_qual_eval(&of_others, others, root);

	startup = outer->startup_cost + inner->total_cost;
	startup += FIXED_COST * cpu_tuple_cost;
	startup += of_outer.startup + of_inner.startup + of_others.startup;
	startup += inner->rows * (cpu_tuple_cost + of_inner.per_tuple +
							  KEYS_PER_ROW * cpu_operator_cost);
	run = outer->total_cost - outer->startup_cost;
	run += outer->rows *
		   (of_outer.per_tuple + KEYS_PER_ROW * cpu_operator_cost);
	run += pairs * (2 * cpu_operator_cost + of_others.per_tuple);
	run += path->rows * cpu_tuple_cost;
	if (memory > limit)
	{
		/* Inner rows are written twice, and all of both for each key. */
		double inner_pages = ceil(stored_bytes(inner) / BLCKSZ);
		double outer_pages = ceil(stored_bytes(outer) / BLCKSZ);

		startup += seq_page_cost * 2 * inner_pages * (1 + KEYS_PER_ROW);
		startup += seq_page_cost * outer_pages * KEYS_PER_ROW;
		run += seq_page_cost * outer_pages * KEYS_PER_ROW;
		startup += outer->total_cost - outer->startup_cost;
		run -= outer->total_cost - outer->startup_cost;
	}
	startup += path->pathtarget->cost.startup;
	run += path->pathtarget->cost.per_tuple * path->rows;
	path->startup_cost = startup;
	path->total_cost = startup + run;
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = outer->disabled_nodes + inner->disabled_nodes;
#endif
}

/* ---- path ---- */

static Plan *plan_overlap_join(PlannerInfo *root, RelOptInfo *rel,
							   CustomPath *best_path, List *tlist,
							   List *clauses, List *custom_plans);

static const CustomPathMethods overlap_join_path_methods = {
	.CustomName = "Overlap Join",
	.PlanCustomPath = plan_overlap_join,
};

static const CustomScanMethods overlap_join_scan_methods = {
	.CustomName = "Overlap Join",
	.CreateCustomScanState = create_overlap_join_state,
};

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *joinrel, Path *outer, Path *inner,
		  JoinType jointype, JoinPathExtraData *extra, RestrictInfo *clause,
		  double selectivity, bool partial)
{
	CustomPath *join = makeNode(CustomPath);
	Path *path = &join->path;

	path->pathtype = T_CustomScan;
	path->parent = joinrel;
	path->pathtarget = joinrel->reltarget;
	path->parallel_aware = false;
	path->parallel_safe = joinrel->consider_parallel && outer->parallel_safe &&
						  inner->parallel_safe;
	path->parallel_workers = partial ? outer->parallel_workers : 0;
	path->rows = joinrel->rows;
	if (partial)
		path->rows = clamp_row_est(path->rows / parallel_divisor(outer));
#if PG_VERSION_NUM >= 150000
	join->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	join->custom_paths = list_make2(outer, inner);
	join->custom_private = list_make3(list_make2_int(jointype,
													 extra->inner_unique),
									  clause, extra->restrictlist);
#if PG_VERSION_NUM >= 170000
	join->custom_restrictinfo = extra->restrictlist;
#endif
	join->methods = &overlap_join_path_methods;
	cost_overlap_join(root, path, outer, inner, clause, extra->restrictlist,
					  selectivity);
	return join;
}

/*
 * Core has made its paths for a pair of relations, in one order of the two.
 */
static void
add_overlap_join_paths(PlannerInfo *root, RelOptInfo *joinrel,
					   RelOptInfo *outerrel, RelOptInfo *innerrel,
					   JoinType jointype, JoinPathExtraData *extra)
{
	Path *outer = outerrel->cheapest_total_path;
	Path *inner = innerrel->cheapest_total_path;
	RestrictInfo *clause;
	double selectivity = 1;

	if (previous_hook != NULL)
		previous_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if (!enable_overlap_join)
		return;
	if (jointype != JOIN_INNER && jointype != JOIN_LEFT &&
		jointype != JOIN_RIGHT && jointype != JOIN_FULL &&
		jointype != JOIN_SEMI && jointype != JOIN_ANTI)
		return;
	if (outer == NULL || inner == NULL || PATH_REQ_OUTER(outer) != NULL ||
		PATH_REQ_OUTER(inner) != NULL || joinrel->lateral_relids != NULL)
		return;
#if PG_VERSION_NUM < 170000
	/* A condition without columns would be lost: core knows no place for it. */
	if (has_pseudoconstant_clauses(root, extra->restrictlist))
		return;
#endif
	clause = choose_clause(root, joinrel, outerrel, innerrel, jointype,
						   extra->restrictlist, &selectivity);
	if (clause == NULL ||
		!can_describe(joinrel, outer, inner, extra->restrictlist))
		return;
	add_path(joinrel, (Path *) make_path(root, joinrel, outer, inner, jointype,
										 extra, clause, selectivity, false));

	/*
	 * Workers share the outer rows, and each has the whole inner side.  An
	 * inner row that no worker finds a match for is nobody's to pass on.
	 */
	if (!joinrel->consider_parallel || outerrel->partial_pathlist == NIL ||
		jointype == JOIN_RIGHT || jointype == JOIN_FULL)
		return;
	outer = linitial(outerrel->partial_pathlist);
	if (!inner->parallel_safe)
		inner = get_cheapest_parallel_safe_total_inner(innerrel->pathlist);
	if (inner == NULL || PATH_REQ_OUTER(inner) != NULL)
		return;
	add_partial_path(joinrel,
					 (Path *) make_path(root, joinrel, outer, inner, jointype,
										extra, clause, selectivity, true));
}

/* ---- plan ---- */

static Plan *
plan_overlap_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
				  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List *facts = list_nth(best_path->custom_private, PATH_FACTS);
	RestrictInfo *chosen = list_nth(best_path->custom_private, PATH_CLAUSE);
	JoinType jointype = (JoinType) linitial_int(facts);
	Plan *outer = linitial(custom_plans);
	Plan *inner = lsecond(custom_plans);
	Path *outer_path = linitial(best_path->custom_paths);
	OpExpr *overlap = (OpExpr *) copyObject(chosen->clause);
	List *joinquals = NIL;
	List *otherquals = NIL;
	JoinColumns columns = {.relids = rel->relids,
						   .outer = plan_columns(outer),
						   .inner = plan_columns(inner)};
	ListCell *cell;

	clauses = clauses_by_cost(root, list_nth(best_path->custom_private,
											 PATH_CLAUSES));
	foreach (cell, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		/* core puts those that are pseudoconstant above us */
		if (rinfo == chosen || rinfo->pseudoconstant)
			continue;
		if (IS_OUTER_JOIN(jointype) &&
			RINFO_IS_PUSHED_DOWN(rinfo, rel->relids))
			otherquals = lappend(otherquals, rinfo->clause);
		else
			joinquals = lappend(joinquals, rinfo->clause);
	}
	if (!bms_is_subset(chosen->left_relids, outer_path->parent->relids))
	{
		overlap->args = list_make2(lsecond(overlap->args),
								   linitial(overlap->args));
		overlap->opno = get_commutator(overlap->opno);
	}

	scan->methods = &overlap_join_scan_methods;
	scan->flags = best_path->flags;
	fill_join_scan(scan, rel, &columns, tlist, outer, inner,
				   list_make1(overlap), joinquals, otherquals);
	scan->custom_private = list_make2(list_copy(facts), columns.sources);
	return &scan->scan.plan;
}

/* ---- when the library is loaded ---- */

void
install_overlap_join(void)
{
	DefineCustomBoolVariable("ecosystem.enable_overlap_join",
							 "Enables the planner's use of overlap joins for "
							 "&& between identities.",
							 NULL, &enable_overlap_join, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	if (GetCustomScanMethods(overlap_join_scan_methods.CustomName, true) ==
		NULL)
		RegisterCustomScanMethods(&overlap_join_scan_methods);
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_overlap_join_paths;
}
