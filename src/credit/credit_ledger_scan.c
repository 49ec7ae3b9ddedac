/*
 * credit_ledger_scan.c
 *		ledger() and ledger_comparison() in FROM, read row by row.
 *
 * PostgreSQL runs a function in FROM to its end and keeps all its rows before
 * it passes on the first: a ledger of ten million touches is formed, written
 * to a temporary file and read again, with every column of every row, be it
 * wanted or not.  A Credit Ledger Scan is offered beside that for a call of
 * one of these functions and nothing else.  It makes a row when one is asked
 * for and only the columns that the query reads, so that a reason that nobody
 * reads is not worded.
 *
 * The call itself, with the permission to make it, stays what it is; the node
 * evaluates its argument and takes the rows from where the function takes
 * them, credit_ledger_rows.c or credit_ledger_comparison.c.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_scan.c
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif

#include "base/call_permission.h"
#include "base/compat.h"
#include "credit/credit_ledger.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_share.h"
#include "credit/credit_ledger_stream.h"

/* Of what core counts for a row of a function, which it stores and reads. */
#define ROW_COST 0.5

PG_FUNCTION_INFO_V1(credit_ledger_support);

static bool enable_ledger_scan = true;
static set_rel_pathlist_hook_type previous_hook = NULL;

/* ---- plan ---- */

/* The call, where the relation is one and nothing else. */
static FuncExpr *
ledger_call(RelOptInfo *rel, RangeTblEntry *rte)
{
	FuncExpr *call;
	FmgrInfo function;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality ||
		list_length(rte->functions) != 1)
		return NULL;
	call =
		(FuncExpr *) linitial_node(RangeTblFunction, rte->functions)->funcexpr;
	if (!IsA(call, FuncExpr) || call->funcid < FirstNormalObjectId ||
		!call->funcretset || list_length(call->args) != 1)
		return NULL;
	/*
	 * The function, not its name: there may be others called like it.  Ours
	 * have a support function; for most others no library is loaded here.
	 */
	if (!OidIsValid(get_func_support(call->funcid)))
		return NULL;
	fmgr_info(call->funcid, &function);
	if (!(function.fn_addr == credit_ledger_rows &&
		  rel->max_attr == ROW_COLUMNS) &&
		!(function.fn_addr == credit_ledger_comparison &&
		  rel->max_attr == COMPARISON_COLUMNS))
		return NULL;
	/* A second reading must give the same rows. */
	if (contain_volatile_functions((Node *) call->args))
		return NULL;
	return call;
}

typedef struct Columns
{
	Index relid;
	List *vars;   /* of the relation, one for each column */
	bool unknown; /* something else than a column of ours */
} Columns;

/* By its number: what else a Var says may differ from place to place. */
static void
add_column(Columns *columns, Var *var)
{
	ListCell *cell;

	foreach (cell, columns->vars)
		if (lfirst_node(Var, cell)->varattno == var->varattno)
			return;
	columns->vars = lappend(columns->vars, var);
}

static bool
collect_columns(Node *node, Columns *columns)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var *var = (Var *) node;

		if (var->varno != columns->relid || var->varlevelsup != 0)
			return false;
		if (var->varattno < 1 || var->varattno > ROW_COLUMNS)
			columns->unknown = true;
		else
			add_column(columns, var);
		return false;
	}
	return expression_tree_walker(node, collect_columns, columns);
}

static Plan *plan_ledger_scan(PlannerInfo *root, RelOptInfo *rel,
							  CustomPath *best_path, List *tlist,
							  List *clauses, List *custom_plans);
static Node *create_ledger_scan_state(CustomScan *scan);

static const CustomPathMethods ledger_scan_path_methods = {
	.CustomName = "Credit Ledger Scan",
	.PlanCustomPath = plan_ledger_scan,
};

static const CustomScanMethods ledger_scan_methods = {
	.CustomName = "Credit Ledger Scan",
	.CreateCustomScanState = create_ledger_scan_state,
};

/* Costs are counted as core's for a function are, but for ROW_COST. */
static void
cost_ledger_scan(PlannerInfo *root, RelOptInfo *rel, Path *path,
				 FuncExpr *call)
{
	List *clauses = path->param_info == NULL ? NIL
											 : path->param_info->ppi_clauses;
	QualCost of_call;
	QualCost of_clauses;
	Cost per_row = ROW_COST * cpu_tuple_cost;

	cost_qual_eval_node(&of_call, (Node *) call, root);
	cost_qual_eval(&of_clauses, clauses, root);
	path->startup_cost = of_call.startup + of_call.per_tuple +
						 rel->baserestrictcost.startup + of_clauses.startup +
						 path->pathtarget->cost.startup;
	per_row += rel->baserestrictcost.per_tuple + of_clauses.per_tuple;
	path->total_cost = path->startup_cost + per_row * rel->tuples +
					   path->pathtarget->cost.per_tuple * path->rows;
}

static void
add_ledger_scan_path(PlannerInfo *root, RelOptInfo *rel, Index rti,
					 RangeTblEntry *rte)
{
	CustomPath *scan;
	Path *path;
	FuncExpr *call;
	Columns columns = {.relid = rel->relid};
	ListCell *cell;

	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	if (!enable_ledger_scan)
		return;
	call = ledger_call(rel, rte);
	if (call == NULL)
		return;
	/* A row as a whole, as locked rows are joined again, is core's affair. */
	collect_columns((Node *) rel->reltarget->exprs, &columns);
	foreach (cell, rel->baserestrictinfo)
		collect_columns((Node *) lfirst_node(RestrictInfo, cell)->clause,
						&columns);
	foreach (cell, rel->joininfo)
		collect_columns((Node *) lfirst_node(RestrictInfo, cell)->clause,
						&columns);
	if (columns.unknown)
		return;

	scan = makeNode(CustomPath);
	path = &scan->path;
	path->pathtype = T_CustomScan;
	path->parent = rel;
	path->pathtarget = rel->reltarget;
	path->param_info = get_baserel_parampathinfo(root, rel,
												 rel->lateral_relids);
	path->parallel_aware = false;
	path->parallel_safe = rel->consider_parallel;
	path->parallel_workers = 0;
	path->rows = path->param_info == NULL ? rel->rows
										  : path->param_info->ppi_rows;
#if PG_VERSION_NUM >= 150000
	scan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	scan->custom_private = list_make1(call);
	scan->methods = &ledger_scan_path_methods;
	cost_ledger_scan(root, rel, path, call);
	add_path(rel, path);
}

static Plan *
plan_ledger_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
				 List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	Columns columns = {.relid = rel->relid};
	ListCell *cell;

	clauses = extract_actual_clauses(clauses, false);
	collect_columns((Node *) tlist, &columns);
	collect_columns((Node *) clauses, &columns);
	if (columns.unknown)
		elog(ERROR, "a ledger is asked for what is no column of it");
	foreach (cell, columns.vars)
		scan->custom_scan_tlist = lappend(
			scan->custom_scan_tlist,
			makeTargetEntry(copyObject(lfirst(cell)),
							foreach_current_index(cell) + 1, NULL, false));

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = clauses;
	/* There is no table to open, and the columns are those of the list. */
	scan->scan.scanrelid = 0;
	scan->flags = best_path->flags;
	/* The whole call, so that the plan is known to depend on the function. */
	scan->custom_exprs = list_make1(
		copyObject(linitial(best_path->custom_private)));
	scan->methods = &ledger_scan_methods;
	return &scan->scan.plan;
}

/* ---- execution ---- */

typedef struct LedgerScanState
{
	CustomScanState css;
	ExprState *argument;
	StreamedRows wanted;
	MemoryContext context; /* of one reading */
	LedgerRows *rows;      /* NULL: none has begun */
	LedgerStream *stream;  /* where workers make the rows */
	int nworkers;          /* that did, for EXPLAIN */
	bool done;
} LedgerScanState;

static void
begin_ledger_scan(CustomScanState *node, EState *estate, int eflags)
{
	LedgerScanState *state = (LedgerScanState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	FuncExpr *call = linitial_node(FuncExpr, scan->custom_exprs);
	FmgrInfo function;
	ListCell *cell;

	check_call_allowed(call->funcid);
	fmgr_info(call->funcid, &function);
	state->wanted.compares = function.fn_addr == credit_ledger_comparison;

	state->argument = ExecInitExpr(linitial(call->args), &node->ss.ps);
	foreach (cell, scan->custom_scan_tlist)
		state->wanted.columns[state->wanted.ncolumns++] =
			castNode(Var, lfirst_node(TargetEntry, cell)->expr)->varattno - 1;
	state->context = AllocSetContextCreate(estate->es_query_cxt,
										   "Credit Ledger Scan",
										   ALLOCSET_DEFAULT_SIZES);
}

/* Evaluates the call's argument; there are no rows of null. */
static void
begin_reading(LedgerScanState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	const CreditLedger *ledger = NULL;
	int nworkers = 0;
	Datum argument;
	bool isnull;

	argument = ExecEvalExpr(state->argument, econtext, &isnull);
	if (!isnull)
	{
		ledger = ledger_from_datum(argument);
		/* Other plans may do what parallel mode forbids. */
		if (state->css.ss.ps.state->es_use_parallel_mode && IsInParallelMode())
			nworkers = useful_ledger_workers(ledger, LEDGER_QUEUE_SIZE);
	}
	if (isnull)
		state->done = true;
	else if (nworkers > 0)
	{
		state->stream = start_ledger_stream(ledger, &state->wanted, nworkers);
		state->nworkers = ledger_stream_workers(state->stream);
	}
	else
		state->rows = make_wanted_rows(&state->wanted, ledger);
	MemoryContextSwitchTo(caller);
}

static void
end_reading(LedgerScanState *state)
{
	if (state->stream != NULL)
		stop_ledger_stream(state->stream);
	state->stream = NULL;
	state->rows = NULL;
}

/* The next row into the scan's slot.  False at the end. */
static bool
read_row(LedgerScanState *state, TupleTableSlot *slot)
{
	const StreamedRows *wanted = &state->wanted;
	LedgerRows *rows = state->rows;

	if (state->stream != NULL)
		return next_streamed_row(state->stream, slot->tts_values,
								 slot->tts_isnull);
	if (!rows->next(rows))
		return false;
	for (int i = 0; i < wanted->ncolumns; i++)
	{
		slot->tts_values[i] = rows->values[wanted->columns[i]];
		slot->tts_isnull[i] = rows->nulls[wanted->columns[i]];
	}
	return true;
}

/* The next row in the scan's slot, or NULL. */
static TupleTableSlot *
next_row(LedgerScanState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	MemoryContext caller;
	bool any;

	if (state->rows == NULL && state->stream == NULL && !state->done)
		begin_reading(state);
	ExecClearTuple(slot);
	if (state->done)
		return NULL;
	caller = MemoryContextSwitchTo(state->context);
	any = read_row(state, slot);
	MemoryContextSwitchTo(caller);
	if (!any)
	{
		end_reading(state);
		state->done = true;
		return NULL;
	}
	return ExecStoreVirtualTuple(slot);
}

/*
 * Not core's ExecScan(), which would take us for a join when rows that were
 * locked are joined again; no row of ours can be among them.
 */
static TupleTableSlot *
exec_ledger_scan(CustomScanState *node)
{
	LedgerScanState *state = (LedgerScanState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;
	TupleTableSlot *slot;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		slot = next_row(state);
		if (slot == NULL)
			break;
		econtext->ecxt_scantuple = slot;
		if (ExecQual(node->ss.ps.qual, econtext))
			return projection == NULL ? slot : ExecProject(projection);
		InstrCountFiltered1(node, 1);
	}
	return ExecClearTuple(projection == NULL
							  ? node->ss.ss_ScanTupleSlot
							  : projection->pi_state.resultslot);
}

static void
rescan_ledger_scan(CustomScanState *node)
{
	LedgerScanState *state = (LedgerScanState *) node;

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	if (node->ss.ps.ps_ProjInfo != NULL)
		ExecClearTuple(node->ss.ps.ps_ProjInfo->pi_state.resultslot);
	end_reading(state);
	MemoryContextReset(state->context);
	state->done = false;
}

/* What runs beside us must not outlive the executor's parallel mode. */
static void
shutdown_ledger_scan(CustomScanState *node)
{
	LedgerScanState *state = (LedgerScanState *) node;

	if (state->stream != NULL)
	{
		end_reading(state);
		state->done = true;
	}
}

static void
end_ledger_scan(CustomScanState *node)
{
	LedgerScanState *state = (LedgerScanState *) node;

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	end_reading(state);
	MemoryContextDelete(state->context);
}

static void
explain_ledger_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	LedgerScanState *state = (LedgerScanState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	List *context;

	if (es->analyze && state->nworkers > 0)
		ExplainPropertyInteger("Workers Launched", NULL, state->nworkers, es);
	if (!es->verbose)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan,
									   ancestors);
	ExplainPropertyText("Function Call",
						deparse_expression(linitial(scan->custom_exprs),
										   context, true, false),
						es);
}

static const CustomExecMethods ledger_scan_exec_methods = {
	.CustomName = "Credit Ledger Scan",
	.BeginCustomScan = begin_ledger_scan,
	.ExecCustomScan = exec_ledger_scan,
	.EndCustomScan = end_ledger_scan,
	.ReScanCustomScan = rescan_ledger_scan,
	.ShutdownCustomScan = shutdown_ledger_scan,
	.ExplainCustomScan = explain_ledger_scan,
};

static Node *
create_ledger_scan_state(CustomScan *scan)
{
	LedgerScanState *state = (LedgerScanState *)
		newNode(sizeof(LedgerScanState), T_CustomScanState);

	state->css.methods = &ledger_scan_exec_methods;
	return (Node *) state;
}

/* ---- when the library is loaded ---- */

/*
 * credit_ledger_support(internal) -> internal
 *
 * There is nothing to answer.  But core asks before it looks for ways to read
 * the function, and to ask it loads the library, with the hook below, in a
 * session that has not called it yet: nothing need be preloaded.
 */
Datum
credit_ledger_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

void
install_ledger_scan(void)
{
	DefineCustomBoolVariable("ecosystem.enable_ledger_scan",
							 "Enables the planner's use of credit ledger "
							 "scans for ledger() and ledger_comparison() "
							 "in FROM.",
							 NULL, &enable_ledger_scan, true, PGC_USERSET,
							 GUC_EXPLAIN, NULL, NULL, NULL);
	if (GetCustomScanMethods(ledger_scan_methods.CustomName, true) == NULL)
		RegisterCustomScanMethods(&ledger_scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_ledger_scan_path;
}
