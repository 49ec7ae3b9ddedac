/*
 * call_permission.c
 *		Whether a role may call a function.
 *
 * IDENTIFICATION
 *		src/base/call_permission.c
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/call_permission.h"
#include "base/compat.h"

static void
check_allowed(Oid function, Oid role, ObjectType type)
{
	AclResult allowed = object_aclcheck(ProcedureRelationId, function, role,
										ACL_EXECUTE);

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, type, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

void
check_call_allowed_to(Oid function, Oid role)
{
	check_allowed(function, role, OBJECT_FUNCTION);
}

void
check_call_allowed(Oid function)
{
	check_call_allowed_to(function, GetUserId());
}

static Oid
owner_of_function(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * What core's node checks before it aggregates: the user may call the
 * aggregate, and its owner the functions that it is made of.
 */
void
check_aggregate_allowed(Oid aggregate, bool partial)
{
	HeapTuple tuple;
	Form_pg_aggregate form;
	Oid owner = owner_of_function(aggregate);
	Oid finish;

	check_allowed(aggregate, GetUserId(), OBJECT_AGGREGATE);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggregate);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	check_call_allowed_to(form->aggtransfn, owner);
	finish = partial ? form->aggserialfn : form->aggfinalfn;
	if (OidIsValid(finish))
		check_call_allowed_to(finish, owner);
	ReleaseSysCache(tuple);
}

/* The same of what combines the states of several processes */
void
check_combining_allowed(Oid aggregate)
{
	HeapTuple tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Form_pg_aggregate form;
	Oid owner = owner_of_function(aggregate);

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggregate);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	check_call_allowed_to(form->aggcombinefn, owner);
	if (OidIsValid(form->aggserialfn))
		check_call_allowed_to(form->aggserialfn, owner);
	if (OidIsValid(form->aggdeserialfn))
		check_call_allowed_to(form->aggdeserialfn, owner);
	ReleaseSysCache(tuple);
}
