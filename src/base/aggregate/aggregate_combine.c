/*
 * aggregate_combine.c
 *		States of one group that several processes made, of which one is made.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_combine.c
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "parser/parse_agg.h"
#include "utils/datum.h"
#include "utils/syscache.h"

#include "base/aggregate/aggregate_combine.h"
#include "base/call_permission.h"

/* A function of states, called by the node that aggregates see */
typedef struct StateFunction
{
	FmgrInfo function;
	FunctionCallInfo arguments;
} StateFunction;

typedef struct CombinedCall
{
	StateFunction combine;
	/* states that are pointers, to and from bytes */
	bool internal;
	StateFunction serialize;
	StateFunction deserialize;
} CombinedCall;

static void
begin_function(StateFunction *function, Oid id, Expr *expr, int narguments,
			   Oid collation, AggState *caller)
{
	fmgr_info(id, &function->function);
	fmgr_info_set_expr((Node *) expr, &function->function);
	function->arguments = palloc0(SizeForFunctionCallInfo(narguments));
	InitFunctionCallInfoData(*function->arguments, &function->function,
							 narguments, collation, (Node *) caller, NULL);
}

static Datum
call_function(StateFunction *function, bool *isnull)
{
	Datum result;

	function->arguments->isnull = false;
	result = FunctionCallInvoke(function->arguments);
	*isnull = function->arguments->isnull;
	return result;
}

void
begin_combining(AggregateCall *call, AggState *caller)
{
	Aggref *aggref = call->aggref;
	CombinedCall *combined = palloc0(sizeof(CombinedCall));
	HeapTuple tuple = SearchSysCache1(AGGFNOID,
									  ObjectIdGetDatum(aggref->aggfnoid));
	Form_pg_aggregate form;
	Oid type = aggref->aggtranstype;
	Expr *expr;

	check_combining_allowed(aggref->aggfnoid);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	build_aggregate_transfn_expr((Oid[]){type, type}, 2, 0, false, type,
								 aggref->inputcollid, form->aggcombinefn,
								 InvalidOid, &expr, NULL);
	begin_function(&combined->combine, form->aggcombinefn, expr, 2,
				   aggref->inputcollid, caller);
	combined->internal = type == INTERNALOID;
	if (combined->internal)
	{
		build_aggregate_serialfn_expr(form->aggserialfn, &expr);
		begin_function(&combined->serialize, form->aggserialfn, expr, 1,
					   InvalidOid, caller);
		build_aggregate_deserialfn_expr(form->aggdeserialfn, &expr);
		begin_function(&combined->deserialize, form->aggdeserialfn, expr, 2,
					   InvalidOid, caller);
		combined->deserialize.arguments->args[1].isnull = true;
	}
	ReleaseSysCache(tuple);
	call->combined = combined;
}

Oid
type_of_sent_state(const AggregateCall *call)
{
	return call->combined->internal ? BYTEAOID : call->aggref->aggtranstype;
}

Datum
state_to_send(AggregateCall *call, const AggregateValue *value, bool *isnull)
{
	StateFunction *serialize = &call->combined->serialize;

	*isnull = value->isnull;
	if (value->isnull)
		return (Datum) 0;
	if (call->combined->internal)
	{
		serialize->arguments->args[0].value = value->value;
		serialize->arguments->args[0].isnull = false;
		return call_function(serialize, isnull);
	}
	/* An object becomes bytes. */
	if (call->length == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_PACKED(value->value));
	return value->value;
}

void
start_combined(AggregateValue *value)
{
	*value = (AggregateValue){.isnull = true, .none = true};
}

/* Adds what a process sent; in memory that lasts as long as that. */
void
add_sent_state(AggregateCall *call, AggregateValue *value, Datum state,
			   bool isnull, MemoryContext context)
{
	StateFunction *combine = &call->combined->combine;
	StateFunction *deserialize = &call->combined->deserialize;
	FunctionCallInfo fcinfo = combine->arguments;
	Datum result;

	if (isnull && (value->none || combine->function.fn_strict))
		return;
	if (call->combined->internal)
	{
		deserialize->arguments->args[0].value = state;
		deserialize->arguments->args[0].isnull = isnull;
		if (!isnull || !deserialize->function.fn_strict)
			state = call_function(deserialize, &isnull);
	}
	else if (value->none)
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		value->value = datumCopy(state, call->byval, call->length);
		value->isnull = value->none = false;
		MemoryContextSwitchTo(caller);
		return;
	}
	if (value->isnull && combine->function.fn_strict)
		return;
	value->none = false;
	fcinfo->args[0].value = value->value;
	fcinfo->args[0].isnull = value->isnull;
	fcinfo->args[1].value = state;
	fcinfo->args[1].isnull = isnull;
	result = call_function(combine, &isnull);
	take_state(call, value, result, isnull, context);
}
