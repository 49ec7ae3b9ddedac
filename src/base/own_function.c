/*
 * own_function.c
 *		Whether a function, an aggregate among them, is of this extension.
 *
 * IDENTIFICATION
 *		src/base/own_function.c
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"

#include "base/own_function.h"

bool
function_is_ours(Oid function)
{
	Oid extension;

	if (function < FirstNormalObjectId)
		return false;
	extension = getExtensionOfObject(ProcedureRelationId, function);
	return OidIsValid(extension) &&
		   extension == get_extension_oid("ecosystem", true);
}

bool
contains_ours(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && function_is_ours(((Aggref *) node)->aggfnoid))
		return true;
	if (IsA(node, WindowFunc) &&
		function_is_ours(((WindowFunc *) node)->winfnoid))
		return true;
	return expression_tree_walker(node, contains_ours, context);
}
