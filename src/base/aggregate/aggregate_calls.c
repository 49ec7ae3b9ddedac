/*
 * aggregate_calls.c
 *		Aggregates called as core's node calls them.
 *
 * The functions of an aggregate ask which node calls them, and in which memory
 * their state is to live.  What answers is an AggState that executes nothing.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_calls.c
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_agg.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/aggregate/aggregate_calls.h"
#include "base/aggregate/aggregate_value_memo.h"
#include "base/call_permission.h"
#include "base/memory.h"

/* By this the node is known. */
static TupleTableSlot *
execute_nothing(PlanState *state)
{
	elog(ERROR,
		 "what aggregates of an ecosystem aggregate see executes nothing");
}

/* The node that aggregates see, with memory that all their states share. */
AggState *
make_calling_node(EState *estate, ExprContext *scratch)
{
	AggState *node = makeNode(AggState);

	node->ss.ps.state = estate;
	node->ss.ps.ExecProcNode = execute_nothing;
	node->aggstrategy = AGG_HASHED;
	node->tmpcontext = scratch;
	node->curaggcontext = CreateWorkExprContext(estate);
	return node;
}

/*
 * Whether what a final function returns may be the object that the state is.
 * Core's node would copy it, into bytes, or return it when its memory has gone.
 */
bool
result_may_stay(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL && IsA(fcinfo->context, AggState) &&
		   ((AggState *) fcinfo->context)->ss.ps.ExecProcNode ==
			   execute_nothing;
}

/* ---- begin ---- */

/*
 * Whether an expression is a column of a smaller type as a bigint, as many are
 * that PostgreSQL casts by itself; then it is seen to without a call.
 */
static bool
is_widened(Expr *expr, AggregateInput *input)
{
#ifdef USE_FLOAT8_BYVAL
	FuncExpr *cast = (FuncExpr *) expr;
	Var *column;

	if (!IsA(expr, FuncExpr) ||
		(cast->funcid != F_INT8_INT4 && cast->funcid != F_INT8_INT2))
		return false;
	column = linitial(cast->args);
	if (!IsA(column, Var))
		return false;
	input->column = column->varattno - 1;
	input->widened = cast->funcid == F_INT8_INT4 ? sizeof(int32)
												 : sizeof(int16);
	return true;
#else
	return false;
#endif
}

static void
begin_inputs(AggregateCall *call, PlanState *parent, MemoryContext remembered)
{
	ListCell *cell;

	call->inputs = allocate_zeros(Max(list_length(call->aggref->args), 1),
								  sizeof(AggregateInput));
	foreach (cell, call->aggref->args)
	{
		/* The first argument of the transition function is the state. */
		int number = foreach_current_index(cell) + 1;
		Expr *expr = lfirst_node(TargetEntry, cell)->expr;
		Expr *bare = expr;
		AggregateInput *input = &call->inputs[call->ninputs];

		while (IsA(bare, RelabelType))
			bare = ((RelabelType *) bare)->arg;
		if (IsA(bare, Const))
		{
			call->arguments->args[number].value = ((Const *) bare)->constvalue;
			call->arguments->args[number].isnull =
				((Const *) bare)->constisnull;
			continue;
		}
		call->ninputs++;
		input->argument = number;
		if (IsA(bare, Var))
		{
			input->column = ((Var *) bare)->varattno - 1;
			continue;
		}
		/* Who may not call the cast is told so here. */
		input->expression = ExecInitExpr(expr, parent);
		if (is_widened(bare, input))
			continue;
		input->column = -1;
		if (remembered != NULL && is_worth_remembering(expr))
			input->memo = make_value_memo(expr, parent, remembered);
	}
}

/* For other parameters */
void
reset_inputs(AggregateCall *call)
{
	for (int i = 0; i < call->ninputs; i++)
		if (call->inputs[i].memo != NULL)
			reset_value_memo(call->inputs[i].memo);
}

/* The text of an initial state, as a value */
static void
begin_initial(AggregateCall *call, HeapTuple tuple)
{
	Oid type = call->aggref->aggtranstype;
	Oid input;
	Oid parameter;
	char *written;
	Datum value = SysCacheGetAttr(AGGFNOID, tuple,
								  Anum_pg_aggregate_agginitval,
								  &call->no_initial);

	if (call->no_initial)
		return;
	getTypeInputInfo(type, &input, &parameter);
	written = TextDatumGetCString(value);
	call->initial = OidInputFunctionCall(input, written, parameter, -1);
	pfree(written);
}

static void
begin_finish(AggregateCall *call, Form_pg_aggregate form, Oid *types,
			 int ntypes, AggState *caller)
{
	Aggref *aggref = call->aggref;
	Oid function = form->aggfinalfn;
	int narguments = form->aggfinalextra ? ntypes + 1 : 1;
	Expr *expr;

	call->finishes = OidIsValid(function);
	if (!call->finishes)
		return;
	build_aggregate_finalfn_expr(types, narguments, aggref->aggtranstype,
								 aggref->aggtype, aggref->inputcollid,
								 function, &expr);
	fmgr_info(function, &call->finish);
	fmgr_info_set_expr((Node *) expr, &call->finish);
	call->finish_arguments = palloc0(SizeForFunctionCallInfo(narguments));
	InitFunctionCallInfoData(*call->finish_arguments, &call->finish,
							 narguments, aggref->inputcollid, (Node *) caller,
							 NULL);
	/* Arguments for their types' sake are null. */
	for (int i = 1; i < narguments; i++)
		call->finish_arguments->args[i].isnull = true;
}

void
begin_call(AggregateCall *call, Aggref *aggref, PlanState *parent,
		   AggState *caller, MemoryContext remembered)
{
	HeapTuple tuple;
	Form_pg_aggregate form;
	Oid types[FUNC_MAX_ARGS];
	int ntypes;
	int narguments = list_length(aggref->args) + 1;
	Expr *expr;

	call->aggref = aggref;
	check_aggregate_allowed(aggref->aggfnoid, false);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	ntypes = get_aggregate_argtypes(aggref, types);
	build_aggregate_transfn_expr(types, ntypes, 0, aggref->aggvariadic,
								 aggref->aggtranstype, aggref->inputcollid,
								 form->aggtransfn, InvalidOid, &expr, NULL);
	fmgr_info(form->aggtransfn, &call->transition);
	fmgr_info_set_expr((Node *) expr, &call->transition);
	call->arguments = palloc0(SizeForFunctionCallInfo(narguments));
	InitFunctionCallInfoData(*call->arguments, &call->transition, narguments,
							 aggref->inputcollid, (Node *) caller, NULL);
	get_typlenbyval(aggref->aggtranstype, &call->length, &call->byval);
	call->transfer = find_state_transfer(form->aggfinalfn);
	begin_inputs(call, parent, remembered);
	begin_initial(call, tuple);
	begin_finish(call, form, types, ntypes, caller);
	if (aggref->aggfilter != NULL)
		call->filter = ExecInitExpr(aggref->aggfilter, parent);
	ReleaseSysCache(tuple);
}

/* ---- rows ---- */

static Datum
copy_in(Datum value, const AggregateCall *call, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);

	value = datumCopy(value, call->byval, call->length);
	MemoryContextSwitchTo(caller);
	return value;
}

void
start_value(const AggregateCall *call, AggregateValue *value,
			MemoryContext context)
{
	value->isnull = value->none = call->no_initial;
	value->value = call->no_initial ? (Datum) 0
									: copy_in(call->initial, call, context);
}

/*
 * What a transition function by reference returned is the state from now on:
 * as it is, if it is the one it was handed or one that it made to stay, else a
 * copy.
 */
static void
replace_value(const AggregateCall *call, AggregateValue *value, Datum result,
			  bool isnull, MemoryContext context)
{
	if (isnull)
		result = (Datum) 0;
	else if (call->length != -1 ||
			 !DatumIsReadWriteExpandedObject(result, false, -1) ||
			 MemoryContextGetParent(DatumGetEOHP(result)->eoh_context) !=
				 context)
		result = copy_in(result, call, context);
	if (!value->isnull)
	{
		if (call->length == -1 &&
			DatumIsReadWriteExpandedObject(value->value, false, -1))
			DeleteExpandedObject(value->value);
		else
			pfree(DatumGetPointer(value->value));
	}
	value->value = result;
	value->isnull = isnull;
}

void
take_state(const AggregateCall *call, AggregateValue *value, Datum result,
		   bool isnull, MemoryContext context)
{
	if (call->byval)
	{
		value->value = result;
		value->isnull = isnull;
	}
	else if (DatumGetPointer(result) != DatumGetPointer(value->value) ||
			 isnull != value->isnull)
		replace_value(call, value, result, isnull, context);
}

/* In memory that lasts as long as the row. */
bool
read_arguments(AggregateCall *call, TupleTableSlot *row, ExprContext *econtext)
{
	FunctionCallInfo fcinfo = call->arguments;

	if (call->filter != NULL)
	{
		bool isnull;
		Datum passes = ExecEvalExpr(call->filter, econtext, &isnull);

		if (isnull || !DatumGetBool(passes))
			return false;
	}
	for (int i = 0; i < call->ninputs; i++)
	{
		const AggregateInput *input = &call->inputs[i];
		NullableDatum *argument = &fcinfo->args[input->argument];

		if (input->column >= 0)
		{
			argument->value = row->tts_values[input->column];
			argument->isnull = row->tts_isnull[input->column];
			if (input->widened == sizeof(int32))
				argument->value = Int64GetDatum(
					(int64) DatumGetInt32(argument->value));
			else if (input->widened == sizeof(int16))
				argument->value = Int64GetDatum(
					(int64) DatumGetInt16(argument->value));
		}
		else if (input->memo != NULL)
			argument->value = remembered_value(input->memo, row, econtext,
											   &argument->isnull);
		else
			argument->value = ExecEvalExpr(input->expression, econtext,
										   &argument->isnull);
	}
	if (call->transition.fn_strict)
		for (int i = 1; i < fcinfo->nargs; i++)
			if (fcinfo->args[i].isnull)
				return false;
	return true;
}

void
advance_value(AggregateCall *call, AggregateValue *value,
			  MemoryContext context)
{
	FunctionCallInfo fcinfo = call->arguments;
	Datum result;

	if (call->transition.fn_strict)
	{
		if (value->none)
		{
			value->value = copy_in(fcinfo->args[1].value, call, context);
			value->isnull = value->none = false;
			return;
		}
		if (value->isnull)
			return;
	}
	fcinfo->args[0].value = value->value;
	fcinfo->args[0].isnull = value->isnull;
	fcinfo->isnull = false;
	result = FunctionCallInvoke(fcinfo);
	take_state(call, value, result, fcinfo->isnull, context);
}

/* Adds what another process wrote of its state. */
void
add_transferred_value(AggregateCall *call, AggregateValue *value,
					  BufFile *file, MemoryContext context)
{
	FunctionCallInfo fcinfo = call->arguments;
	Datum result;

	fcinfo->args[0].value = value->value;
	fcinfo->args[0].isnull = value->isnull;
	fcinfo->isnull = false;
	result = call->transfer->add(fcinfo, file);
	take_state(call, value, result, false, context);
	value->none = false;
}

/* ---- results ---- */

/*
 * What is shown of a group's state.  It lasts as long as the group's row, and
 * may be an object that is read only; who keeps it has to copy it, as any value
 * of a row, which turns it into bytes.
 */
Datum
finish_value(AggregateCall *call, const AggregateValue *value, bool *isnull)
{
	FunctionCallInfo fcinfo = call->finish_arguments;
	Datum state = MakeExpandedObjectReadOnly(value->value, value->isnull,
											 call->length);
	Datum result;

	if (!call->finishes)
	{
		*isnull = value->isnull;
		return state;
	}
	if (call->finish.fn_strict && (value->isnull || fcinfo->nargs > 1))
	{
		*isnull = true;
		return (Datum) 0;
	}
	fcinfo->args[0].value = state;
	fcinfo->args[0].isnull = value->isnull;
	fcinfo->isnull = false;
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}
