/*
 * call_permission.c
 *		Whether a role may call a function.
 *
 * IDENTIFICATION
 *		src/base/call_permission.c
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

#include "base/call_permission.h"
#include "base/compat.h"

void
check_call_allowed_to(Oid function, Oid role)
{
	AclResult allowed = object_aclcheck(ProcedureRelationId, function, role,
										ACL_EXECUTE);

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

void
check_call_allowed(Oid function)
{
	check_call_allowed_to(function, GetUserId());
}
