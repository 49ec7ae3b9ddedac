/*
 * credit_ledger_collect.c
 *		The rows of credit_ledger_agg() and credit_comparison_agg(), taken
 *		straight from the plan nodes that read them.
 *
 * What those aggregates do with a row takes less time than PostgreSQL needs to
 * bring it to them: a UNION ALL of deals and touches forms a row of its own
 * for every row it reads, an aggregate evaluates nine arguments one after the
 * other.  A Credit Ledger Collect does the work of both, of an Append and of
 * the (partial) aggregate above it: it reads the columns that are needed where
 * the scans have them.  A worker's ledger it puts into shared memory
 * (credit_ledger_share.c).
 *
 * It is offered for a query without groups whose one aggregate is ours.  What
 * it leaves to core: FILTER, DISTINCT and ORDER BY within the aggregate, and
 * arguments that are volatile or hold subqueries.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_collect.c
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planner.h"
#include "optimizer/plancat.h"
#include "optimizer/tlist.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/call_permission.h"
#include "base/child_path.h"
#include "base/compat.h"
#include "base/memory.h"
#include "credit/credit_ledger.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_private.h"
#include "credit/credit_ledger_share.h"

/* What it takes to collect a row, in cpu_operator_cost: a call takes one. */
#define COLLECTING 0.5

static bool enable_ledger_collect = true;
static create_upper_paths_hook_type previous_hook = NULL;

/* ---- which queries ---- */

typedef enum LedgerAggregate
{
	NO_LEDGER_AGGREGATE,
	LEDGER_AGGREGATE,
	COMPARISON_AGGREGATE
} LedgerAggregate;

/*
 * What an aggregate is to us.  Its transition function is compared, not its
 * name; for functions of others no library is loaded here.
 */
static LedgerAggregate
ledger_aggregate(Oid aggregate)
{
	HeapTuple tuple;
	Oid transition;
	FmgrInfo function;

	if (aggregate < FirstNormalObjectId)
		return NO_LEDGER_AGGREGATE;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	if (!HeapTupleIsValid(tuple))
		return NO_LEDGER_AGGREGATE;
	transition = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn;
	ReleaseSysCache(tuple);
	if (transition < FirstNormalObjectId ||
		!OidIsValid(get_func_support(transition)))
		return NO_LEDGER_AGGREGATE;
	fmgr_info(transition, &function);
	if (function.fn_addr == credit_ledger_accum)
		return LEDGER_AGGREGATE;
	if (function.fn_addr == credit_comparison_accum)
		return COMPARISON_AGGREGATE;
	return NO_LEDGER_AGGREGATE;
}

/* The one aggregate that a relation is made of, if it is ours to make. */
static Aggref *
only_ledger_aggregate(PlannerInfo *root, const RelOptInfo *grouped)
{
	List *found;
	Aggref *aggref;
	ListCell *cell;

	if (root->parse->groupClause != NIL || root->parse->groupingSets != NIL)
		return NULL;
	found = pull_var_clause((Node *) grouped->reltarget->exprs,
							PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_WINDOWFUNCS |
								PVC_INCLUDE_PLACEHOLDERS);
	if (found == NIL || !IsA(linitial(found), Aggref))
		return NULL;
	aggref = linitial_node(Aggref, found);
	foreach (cell, found)
		if (!equal(lfirst(cell), aggref))
			return NULL;
	if (aggref->aggfilter != NULL || aggref->aggorder != NIL ||
		aggref->aggdistinct != NIL || aggref->aggdirectargs != NIL ||
		aggref->agglevelsup != 0)
		return NULL;
	if (ledger_aggregate(aggref->aggfnoid) == NO_LEDGER_AGGREGATE)
		return NULL;
	if (contain_volatile_functions((Node *) aggref->args) ||
		contain_subplans((Node *) aggref->args))
		return NULL;
	return aggref;
}

/* ---- what a child of the node reads ---- */

/* The arguments as expressions over one member of a UNION ALL. */
static List *
translate_arguments(PlannerInfo *root, List *arguments, Index parent,
					Index child)
{
	AppendRelInfo *step;

	if (parent == child)
		return arguments;
	if (root->append_rel_array == NULL)
		return NIL;
	step = root->append_rel_array[child];
	if (step == NULL)
		return NIL;
	arguments = translate_arguments(root, arguments, parent,
									step->parent_relid);
	if (arguments == NIL)
		return NIL;
	return castNode(List, adjust_appendrel_attrs(root, (Node *) arguments, 1,
												 &step));
}

/* The columns that the arguments are made of, each once. */
static bool
needed_columns(List *arguments, List **needed)
{
	List *vars = pull_var_clause((Node *) arguments,
								 PVC_INCLUDE_AGGREGATES |
									 PVC_INCLUDE_WINDOWFUNCS |
									 PVC_INCLUDE_PLACEHOLDERS);
	ListCell *cell;

	*needed = NIL;
	foreach (cell, vars)
	{
		if (!IsA(lfirst(cell), Var) || lfirst_node(Var, cell)->varattno <= 0)
			return false;
		*needed = list_append_unique(*needed, lfirst(cell));
	}
	return true;
}

/* ---- the path ---- */

/* What the path's custom_private holds. */
#define PATH_AGGREGATE 0 /* the Aggref */
#define PATH_ARGUMENTS 1 /* and from here on, a list for each child */

static Plan *plan_ledger_collect(PlannerInfo *root, RelOptInfo *rel,
								 CustomPath *best_path, List *tlist,
								 List *clauses, List *custom_plans);
static Node *create_ledger_collect_state(CustomScan *scan);

static const CustomPathMethods ledger_collect_path_methods = {
	.CustomName = "Credit Ledger Collect",
	.PlanCustomPath = plan_ledger_collect,
};

static const CustomScanMethods ledger_collect_methods = {
	.CustomName = "Credit Ledger Collect",
	.CreateCustomScanState = create_ledger_collect_state,
};

/* The inputs of an aggregate, whose Append is done by us. */
static List *
input_paths(Path *input, bool parallel)
{
	/* Its columns are those of our arguments. */
	while (IsA(input, ProjectionPath))
		input = ((ProjectionPath *) input)->subpath;
	if (IsA(input, AppendPath) && input->param_info == NULL)
	{
		AppendPath *append = (AppendPath *) input;

		/* Who reads a path that is not partial would have to be agreed on. */
		if (append->subpaths != NIL &&
			(!parallel || append->first_partial_path == 0))
			return append->subpaths;
	}
	return list_make1(input);
}

static CustomPath *
make_collect_path(PlannerInfo *root, RelOptInfo *grouped, Aggref *aggref,
				  RelOptInfo *input_rel, Path *input, bool parallel)
{
	CustomPath *collect = makeNode(CustomPath);
	Path *path = &collect->path;
	List *inputs = input_paths(input, parallel);
	bool alone = list_length(inputs) == 1;
	bool compares = ledger_aggregate(aggref->aggfnoid) == COMPARISON_AGGREGATE;
	List *arguments = NIL;
	double rows = 0;
	ListCell *cell;

	foreach (cell, aggref->args)
	{
		Expr *argument = lfirst_node(TargetEntry, cell)->expr;
		int number = foreach_current_index(cell);

		if (number == LEDGER_PARTNER_ARGUMENT - 1 ||
			number == (compares ? 1 : 0))
			argument = cast_ledger_id(argument);
		/* The aggregate's own error says what is wrong with it. */
		if (argument == NULL)
			return NULL;
		arguments = lappend(arguments, argument);
	}
	collect->custom_private = list_make1(aggref);
	foreach (cell, inputs)
	{
		Path *child = lfirst(cell);
		List *translated = arguments;
		List *needed;

		if (child->parent != input_rel)
			/* A null of the member may be cast to what the argument is. */
			translated = (List *) eval_const_expressions(
				root,
				(Node *) translate_arguments(root, arguments, input_rel->relid,
											 child->parent->relid));
		if (translated == NIL || !needed_columns(translated, &needed))
			return NULL;
		path->total_cost += child->total_cost;
		rows += child->rows;
		child = child_path(root, child, needed, alone);
		if (child == NULL)
			return NULL;
		collect->custom_paths = lappend(collect->custom_paths, child);
		collect->custom_private = lappend(collect->custom_private, translated);
	}
	path->pathtype = T_CustomScan;
	path->parent = grouped;
	path->pathtarget = path_target_of(list_make1(aggref));
	path->parallel_aware = parallel;
	path->parallel_safe = grouped->consider_parallel && input->parallel_safe;
	path->parallel_workers = parallel ? input->parallel_workers : 0;
	path->rows = 1;
	path->total_cost += rows * cpu_operator_cost * COLLECTING;
	path->startup_cost = path->total_cost;
#if PG_VERSION_NUM >= 150000
	/* Before, every custom scan was taken for one that can. */
	collect->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	collect->methods = &ledger_collect_path_methods;
	return collect;
}

/*
 * Core asks no hook about partial aggregates, so all that is above ours is
 * added here: the workers' parts gathered, and made one by core.
 */
static void
add_parallel_path(PlannerInfo *root, RelOptInfo *input_rel,
				  RelOptInfo *grouped, GroupPathExtraData *extra)
{
	RelOptInfo *partial;
	CustomPath *collect;
	Path *gather;
	Aggref *aggref;
	double rows;

	if (input_rel->partial_pathlist == NIL || !grouped->consider_parallel ||
		(extra->flags & GROUPING_CAN_PARTIAL_AGG) == 0)
		return;
	partial = fetch_upper_rel(root, UPPERREL_PARTIAL_GROUP_AGG,
							  grouped->relids);
	if (!partial->consider_parallel || !extra->partial_costs_set)
		return;
	aggref = only_ledger_aggregate(root, partial);
	if (aggref == NULL)
		return;
	collect = make_collect_path(root, partial, aggref, input_rel,
								linitial(input_rel->partial_pathlist), true);
	if (collect == NULL || !collect->path.parallel_safe)
		return;
	rows = collect->path.rows * collect->path.parallel_workers;
	gather = (Path *) create_gather_path(root, partial, &collect->path,
										 collect->path.pathtarget, NULL,
										 &rows);
	add_path(grouped, (Path *) create_agg_path(root, grouped, gather,
											   grouped->reltarget, AGG_PLAIN,
											   AGGSPLIT_FINAL_DESERIAL, NIL,
											   (List *) extra->havingQual,
											   &extra->agg_final_costs, 1));
}

static void
add_collect_paths(PlannerInfo *root, UpperRelationKind stage,
				  RelOptInfo *input_rel, RelOptInfo *grouped, void *extra)
{
	CustomPath *collect;
	Aggref *aggref;

	if (previous_hook != NULL)
		previous_hook(root, stage, input_rel, grouped, extra);
	if (!enable_ledger_collect || stage != UPPERREL_GROUP_AGG ||
		extra == NULL || IS_OTHER_REL(grouped) || IS_OTHER_REL(input_rel))
		return;
	aggref = only_ledger_aggregate(root, grouped);
	/* HAVING is left to core's node. */
	if (aggref != NULL && ((GroupPathExtraData *) extra)->havingQual == NULL)
	{
		collect = make_collect_path(root, grouped, aggref, input_rel,
									input_rel->cheapest_total_path, false);
		if (collect != NULL)
			add_path(grouped,
					 apply_projection_to_path(root, grouped, &collect->path,
											  grouped->reltarget));
	}
	add_parallel_path(root, input_rel, grouped, extra);
}

/*
 * The scan's columns are the aggregate and then those of its children, one
 * child after the other; custom_private has a list of where each child's
 * begin.  It is a list within a list, since others look whether the first cell
 * is a node that they know.  What the plan wants of the aggregate it gets by
 * projection, like that of any scan.
 */
static Plan *
plan_ledger_collect(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
					List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	Aggref *aggref = list_nth_node(Aggref, best_path->custom_private,
								   PATH_AGGREGATE);
	List *columns;
	List *starts = NIL;
	ListCell *cell;

	columns = list_make1(
		makeTargetEntry(copyObject((Expr *) aggref), 1, NULL, false));
	foreach (cell, custom_plans)
	{
		ListCell *column;

		starts = lappend_int(starts, list_length(columns));
		foreach (column, ((Plan *) lfirst(cell))->targetlist)
		{
			TargetEntry *entry = lfirst_node(TargetEntry, column);

			columns = lappend(columns,
							  makeTargetEntry(copyObject(entry->expr),
											  list_length(columns) + 1, NULL,
											  false));
		}
	}
	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = 0;
	scan->flags = best_path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = copyObject(
		list_copy_tail(best_path->custom_private, PATH_ARGUMENTS));
	scan->custom_private = list_make1(starts);
	scan->custom_scan_tlist = columns;
	scan->methods = &ledger_collect_methods;
	return &scan->scan.plan;
}

/* ---- execution ---- */

/* Where a row's argument comes from, where it is no constant. */
typedef enum SourceKind
{
	FROM_COLUMN,
	FROM_INT4, /* a column that is to be a bigint */
	FROM_INT2,
	FROM_DATE, /* and one that is to be a moment */
	FROM_EXPRESSION
} SourceKind;

typedef struct ArgumentSource
{
	SourceKind kind;
	int argument;
	int column; /* of the child, from 0 */
	ExprState *expression;
} ArgumentSource;

typedef struct CollectChild
{
	PlanState *plan;
	int start;       /* of its columns among the scan's */
	int last_column; /* that is needed, from 1 */
	bool evaluates;  /* some argument is an expression */
	bool one_model;  /* the argument of models is a constant */
	int nsources;
	ArgumentSource sources[MAX_LEDGER_ARGUMENTS];
	NullableDatum arguments[MAX_LEDGER_ARGUMENTS];
} CollectChild;

typedef struct LedgerCollectState
{
	CustomScanState css;
	bool compares;
	bool partial;
	IdType deal_type;
	IdType partner_type;
	int nchildren;
	CollectChild *children;
	TupleTableSlot *row;   /* the columns of all children, for expressions */
	MemoryContext context; /* of the ledger */
	bool done;

	/* where it is shared, piece by piece; NULL: it goes through the queue */
	LedgerArea *area;
	MemoryContext area_context; /* as long as the leader's use of it */
	SharedPiece *pieces;
	int npieces;
	int piece_capacity;
	bool area_is_full; /* what comes now goes through the queue */
	LedgerPool *pool;
	char *arena; /* where the rows of a piece are before */
} LedgerCollectState;

/* Whether it is our cast of a date; only such calls are looked up. */
static bool
is_moment_of_date(const FuncExpr *call)
{
	FmgrInfo function;

	if (call->funcid < FirstNormalObjectId ||
		exprType(linitial(call->args)) != DATEOID)
		return false;
	fmgr_info(call->funcid, &function);
	if (function.fn_addr != moment_from_date)
		return false;
	check_call_allowed(call->funcid);
	return true;
}

/* Whether the expression is a column, but for its type. */
static bool
is_column(Expr *expr, SourceKind *kind, int *column)
{
	*kind = FROM_COLUMN;
	if (IsA(expr, FuncExpr) && list_length(((FuncExpr *) expr)->args) == 1)
	{
		FuncExpr *call = (FuncExpr *) expr;

		if (call->funcid == F_INT8_INT4)
			*kind = FROM_INT4;
		else if (call->funcid == F_INT8_INT2)
			*kind = FROM_INT2;
		else if (is_moment_of_date(call))
			*kind = FROM_DATE;
		else
			return false;
		expr = linitial(call->args);
	}
	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	if (!IsA(expr, Var))
		return false;
	*column = ((Var *) expr)->varattno - 1;
	return true;
}

/* Notes the columns that an expression reads. */
static bool
note_columns(Node *node, CollectChild *child)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		child->last_column = Max(child->last_column,
								 ((Var *) node)->varattno - child->start);
		return false;
	}
	return expression_tree_walker(node, note_columns, child);
}

static void
start_child(LedgerCollectState *state, CollectChild *child, List *arguments)
{
	ListCell *cell;

	for (int i = 0; i < MAX_LEDGER_ARGUMENTS; i++)
		child->arguments[i].isnull = true;
	foreach (cell, arguments)
	{
		/* The first argument of the transition function is the state. */
		int number = foreach_current_index(cell) + 1;
		Expr *expr = lfirst(cell);
		ArgumentSource *source = &child->sources[child->nsources];

		if (IsA(expr, Const))
		{
			if (number == (state->compares ? 1 : LEDGER_MODEL_ARGUMENT))
				child->one_model = true;
			child->arguments[number].value = ((Const *) expr)->constvalue;
			child->arguments[number].isnull = ((Const *) expr)->constisnull;
			continue;
		}
		child->nsources++;
		source->argument = number;
		note_columns((Node *) expr, child);
		if (is_column(expr, &source->kind, &source->column))
		{
			source->column -= child->start;
			continue;
		}
		source->kind = FROM_EXPRESSION;
		source->expression = ExecInitExpr(expr, &state->css.ss.ps);
		child->evaluates = true;
	}
}

static void
begin_ledger_collect(CustomScanState *node, EState *estate, int eflags)
{
	LedgerCollectState *state = (LedgerCollectState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Aggref *aggref = castNode(
		Aggref, linitial_node(TargetEntry, scan->custom_scan_tlist)->expr);
	int first;
	Oid cast;
	ListCell *plan;
	ListCell *start;
	ListCell *arguments;

	state->partial = DO_AGGSPLIT_SERIALIZE(aggref->aggsplit);
	check_aggregate_allowed(aggref->aggfnoid, state->partial);
	state->compares = ledger_aggregate(aggref->aggfnoid) ==
					  COMPARISON_AGGREGATE;
	first = state->compares ? 1 : 0;
	/* The casts are in the arguments' expressions. */
	state->deal_type = ledger_id_type(list_nth_oid(aggref->aggargtypes, first),
									  "deal", &cast);
	state->partner_type = ledger_id_type(
		list_nth_oid(aggref->aggargtypes, LEDGER_PARTNER_ARGUMENT - 1),
		"partner", &cast);
	state->children = palloc0(list_length(scan->custom_plans) *
							  sizeof(CollectChild));
	forthree(plan, scan->custom_plans, start,
			 (List *) linitial(scan->custom_private), arguments,
			 scan->custom_exprs)
	{
		CollectChild *child = &state->children[state->nchildren++];

		child->plan = ExecInitNode(lfirst(plan), estate, eflags);
		child->start = lfirst_int(start);
		start_child(state, child, lfirst_node(List, arguments));
		node->custom_ps = lappend(node->custom_ps, child->plan);
	}
	state->row = ExecInitExtraTupleSlot(
		estate, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor,
		&TTSOpsVirtual);
	ExecStoreAllNullTuple(state->row);
	state->context = AllocSetContextCreate(estate->es_query_cxt,
										   "Credit Ledger Collect",
										   ALLOCSET_START_SMALL_SIZES);
}

/* A row's arguments, those that are not the same for all rows. */
static inline void
read_arguments(LedgerCollectState *state, CollectChild *child,
			   TupleTableSlot *slot)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	slot_getsomeattrs(slot, child->last_column);
	if (child->evaluates)
	{
		memcpy(state->row->tts_values + child->start, slot->tts_values,
			   child->last_column * sizeof(Datum));
		memcpy(state->row->tts_isnull + child->start, slot->tts_isnull,
			   child->last_column * sizeof(bool));
		econtext->ecxt_scantuple = state->row;
	}
	for (int i = 0; i < child->nsources; i++)
	{
		const ArgumentSource *source = &child->sources[i];
		NullableDatum *argument = &child->arguments[source->argument];

		if (source->kind == FROM_EXPRESSION)
		{
			argument->value = ExecEvalExpr(source->expression, econtext,
										   &argument->isnull);
			continue;
		}
		argument->isnull = slot->tts_isnull[source->column];
		argument->value = slot->tts_values[source->column];
		if (likely(source->kind == FROM_COLUMN))
			continue;
		if (source->kind == FROM_INT4)
			argument->value = Int64GetDatum(DatumGetInt32(argument->value));
		else if (source->kind == FROM_INT2)
			argument->value = Int64GetDatum(DatumGetInt16(argument->value));
		else if (source->kind == FROM_DATE)
			argument->value = Int64GetDatum(
				moment_of_date(DatumGetDateADT(argument->value)));
	}
}

/* ---- a ledger of a worker's, or the leader's share of it ---- */

/*
 * Rows are put away before they are many: they are packed while they are in
 * the processor's cache, and the memory that they were in is used again.  All
 * memory that a process uses for the first time costs more than what is done
 * with it here.
 */
#define PIECE_SIZE ((Size) 2 * 1024 * 1024)
#define ARENA_SIZE (PIECE_SIZE + PIECE_SIZE / 8)

/*
 * Every piece has the names of its partners, which are to be few against its
 * rows.
 */
#define ROWS_FOR_A_PARTNER 16

static inline bool
is_piece(const CreditLedger *ledger)
{
	return ledger->bytes >= PIECE_SIZE &&
		   ledger->bytes / (ROWS_FOR_A_PARTNER * sizeof(LedgerRow)) >=
			   ledger->partners.n;
}

static CreditLedger *
start_ledger(LedgerCollectState *state)
{
	CreditLedger *ledger = make_ledger(state->context, state->deal_type,
									   state->partner_type);

	ledger->pool = state->pool;
	if (state->area != NULL)
	{
		EState *estate = state->css.ss.ps.state;

		if (state->arena == NULL)
			state->arena = MemoryContextAlloc(estate->es_query_cxt,
											  ARENA_SIZE);
		ledger->arena = state->arena;
		ledger->arena_left = ledger->arena_size = ARENA_SIZE;
	}
	return ledger;
}

/*
 * Shares a ledger, which is gone then.  False where there is no room for it:
 * it stays as it is, and so will what comes after it.
 */
static bool
share_piece(LedgerCollectState *state, CreditLedger *ledger)
{
	EState *estate = state->css.ss.ps.state;
	MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
	Size bytes = ledger->bytes;
	SharedPiece piece;

	if (!share_ledger(state->area, ledger, &piece))
	{
		state->area_is_full = true;
		MemoryContextSwitchTo(caller);
		return false;
	}
	MAKE_ROOM(CurrentMemoryContext, state->pieces, state->piece_capacity,
			  state->npieces + 1);
	state->pieces[state->npieces++] = piece;
	take_ledger_memory(ledger, piece.size);
	return_to_ledger_pool(state->pool, bytes);
	MemoryContextReset(state->context);
	MemoryContextSwitchTo(caller);
	return true;
}

/* All rows of a child; NULL for a ledger where there is none at hand. */
static CreditLedger *
collect_child(LedgerCollectState *state, CollectChild *child,
			  CreditLedger *ledger)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext row = econtext->ecxt_per_tuple_memory;
	bool models_read = false;
	uint32 model = 0;
	TupleTableSlot *slot;

	for (;;)
	{
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(child->plan);
		if (TupIsNull(slot))
			return ledger;
		MemoryContextReset(row);
		caller = MemoryContextSwitchTo(row);
		read_arguments(state, child, slot);
		if (ledger == NULL)
		{
			ledger = start_ledger(state);
			models_read = false;
		}
		if (!models_read)
		{
			if (state->compares)
				compare_ledger_models(ledger, child->arguments);
			else
				model = ledger_model(ledger, child->arguments);
			models_read = child->one_model;
		}
		if (state->compares)
			add_compared_ledger_row(ledger, child->arguments,
									MAX_LEDGER_ARGUMENTS);
		else
			add_ledger_row(ledger, child->arguments, MAX_LEDGER_ARGUMENTS,
						   model);
		MemoryContextSwitchTo(caller);
		if (state->area != NULL && !state->area_is_full && is_piece(ledger) &&
			share_piece(state, ledger))
			ledger = NULL;
	}
}

/* All rows.  Null where there are none. */
static Datum
collect(LedgerCollectState *state, bool *isnull)
{
	CreditLedger *ledger = NULL;
	struct varlena *part;
	MemoryContext caller;

	state->npieces = 0;
	state->area_is_full = false;
	for (int i = 0; i < state->nchildren; i++)
		ledger = collect_child(state, &state->children[i], ledger);
	if (state->area != NULL && !state->area_is_full && ledger != NULL &&
		share_piece(state, ledger))
		ledger = NULL;
	*isnull = ledger == NULL && state->npieces == 0;
	if (*isnull)
		return (Datum) 0;
	if (!state->partial)
		return ledger_datum(ledger);
	caller = MemoryContextSwitchTo(state->context);
	part = state->npieces == 0
			   ? flat_ledger_state(ledger, 0)
			   : shared_ledger_state(state->area, state->pieces,
									 state->npieces, ledger);
	MemoryContextSwitchTo(caller);
	return PointerGetDatum(part);
}

/* A row of the scan as the plan wants it: made of its first column. */
static TupleTableSlot *
result_of(CustomScanState *node, TupleTableSlot *slot)
{
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;

	/* There is none where the scan has no other column. */
	if (projection == NULL)
		return slot;
	if (TupIsNull(slot))
		return ExecClearTuple(projection->pi_state.resultslot);
	node->ss.ps.ps_ExprContext->ecxt_scantuple = slot;
	return ExecProject(projection);
}

/* One row, which is the ledger, or null where there was nothing to collect. */
static TupleTableSlot *
exec_ledger_collect(CustomScanState *node)
{
	LedgerCollectState *state = (LedgerCollectState *) node;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	bool isnull;
	Datum ledger;

	ExecClearTuple(slot);
	if (state->done)
		return result_of(node, slot);
	state->done = true;
	ledger = collect(state, &isnull);
	ResetExprContext(node->ss.ps.ps_ExprContext);
	ExecStoreAllNullTuple(slot);
	slot->tts_values[0] = ledger;
	slot->tts_isnull[0] = isnull;
	return result_of(node, slot);
}

static void
rescan_ledger_collect(CustomScanState *node)
{
	LedgerCollectState *state = (LedgerCollectState *) node;

	(void) result_of(node, ExecClearTuple(node->ss.ss_ScanTupleSlot));
	MemoryContextReset(state->context);
	state->done = false;
	for (int i = 0; i < state->nchildren; i++)
	{
		PlanState *child = state->children[i].plan;

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(child, node->ss.ps.chgParam);
		if (child->chgParam == NULL)
			ExecReScan(child);
	}
}

static void
end_ledger_collect(CustomScanState *node)
{
	LedgerCollectState *state = (LedgerCollectState *) node;

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	for (int i = 0; i < state->nchildren; i++)
		ExecEndNode(state->children[i].plan);
	MemoryContextDelete(state->context);
}

/* ---- in parallel: all processes put their parts into one area ---- */

typedef struct CollectShared
{
	LedgerPool pool;
	dsm_handle area; /* DSM_HANDLE_INVALID: there is none */
} CollectShared;

/* What a packed row takes, with ids and partners that are integers. */
#define PACKED_ROW_BYTES 18
#define ID_BYTES         20

static Size
estimate_collect_dsm(CustomScanState *node, ParallelContext *pcxt)
{
	return sizeof(CollectShared);
}

/* What all processes will share, by the planner's estimate. */
static Size
expected_bytes(LedgerCollectState *state, int nworkers)
{
	double rows = 0;
	double bytes;

	for (int i = 0; i < state->nchildren; i++)
		rows += state->children[i].plan->plan->plan_rows;
	bytes = rows * (nworkers + 1) *
			(PACKED_ROW_BYTES +
			 (state->deal_type == ID_BIGINT ? 0 : ID_BYTES));
	return (Size) Min(bytes, (double) MaxAllocHugeSize);
}

static void
initialize_collect_dsm(CustomScanState *node, ParallelContext *pcxt,
					   void *coordinate)
{
	LedgerCollectState *state = (LedgerCollectState *) node;
	EState *estate = node->ss.ps.state;
	CollectShared *shared = coordinate;

	/* A plan that was shut down and is read again has had one. */
	if (state->area_context == NULL)
		state->area_context = AllocSetContextCreate(estate->es_query_cxt,
													"shared credit ledger",
													ALLOCSET_SMALL_SIZES);
	MemoryContextReset(state->area_context);
	start_ledger_pool(&shared->pool);
	state->pool = &shared->pool;
	state->area = create_ledger_area(Min(expected_bytes(state, pcxt->nworkers),
										 ledger_memory_left()),
									 state->area_context);
	shared->area = state->area == NULL ? DSM_HANDLE_INVALID
									   : ledger_area_handle(state->area);
}

/* The ledgers of the time before are gone. */
static void
reinitialize_collect_dsm(CustomScanState *node, ParallelContext *pcxt,
						 void *coordinate)
{
	start_ledger_pool(&((CollectShared *) coordinate)->pool);
}

static void
initialize_collect_worker(CustomScanState *node, shm_toc *toc,
						  void *coordinate)
{
	LedgerCollectState *state = (LedgerCollectState *) node;
	CollectShared *shared = coordinate;

	state->pool = &shared->pool;
	if (shared->area != DSM_HANDLE_INVALID)
		state->area = attach_ledger_area(shared->area,
										 node->ss.ps.state->es_query_cxt);
}

static const CustomExecMethods ledger_collect_exec_methods = {
	.CustomName = "Credit Ledger Collect",
	.BeginCustomScan = begin_ledger_collect,
	.ExecCustomScan = exec_ledger_collect,
	.EndCustomScan = end_ledger_collect,
	.ReScanCustomScan = rescan_ledger_collect,
	.EstimateDSMCustomScan = estimate_collect_dsm,
	.InitializeDSMCustomScan = initialize_collect_dsm,
	.ReInitializeDSMCustomScan = reinitialize_collect_dsm,
	.InitializeWorkerCustomScan = initialize_collect_worker,
};

static Node *
create_ledger_collect_state(CustomScan *scan)
{
	LedgerCollectState *state = (LedgerCollectState *)
		newNode(sizeof(LedgerCollectState), T_CustomScanState);

	state->css.methods = &ledger_collect_exec_methods;
	return (Node *) state;
}

/* ---- when the library is loaded ---- */

void
install_ledger_collect(void)
{
	DefineCustomBoolVariable("ecosystem.enable_ledger_collect",
							 "Enables the planner's use of credit ledger "
							 "collect plans for credit_ledger_agg() and "
							 "credit_comparison_agg().",
							 NULL, &enable_ledger_collect, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	if (GetCustomScanMethods(ledger_collect_methods.CustomName, true) == NULL)
		RegisterCustomScanMethods(&ledger_collect_methods);
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_collect_paths;
}
