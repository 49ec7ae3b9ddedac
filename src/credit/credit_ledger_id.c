/*
 * credit_ledger_id.c
 *		Of what types the ids of deals and partners are given.
 *
 * credit_ledger_agg() takes any type and keeps a bigint, a uuid or a text.
 * Others become one of these where the server has a cast of its own that it
 * would have made by itself, were the argument declared so.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_id.c
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "credit/credit_ledger_private.h"

/* Whether the server casts a type so; the function that does, if any. */
static bool
casts_itself(Oid type, Oid to, Oid *cast)
{
	switch (find_coercion_pathway(to, type, COERCION_IMPLICIT, cast))
	{
		case COERCION_PATH_RELABELTYPE:
			*cast = InvalidOid;
			return true;
		case COERCION_PATH_FUNC:
			/* One that others wrote might be one that its caller may not. */
			return *cast < FirstNormalObjectId && get_func_nargs(*cast) == 1;
		default:
			return false;
	}
}

/* How ids of a type are kept, and after which cast; false: they are not. */
bool
find_ledger_id_type(Oid type, IdType *kept, Oid *cast)
{
	static const struct
	{
		IdType kept;
		Oid type;
	} kinds[] = {{ID_BIGINT, INT8OID}, {ID_UUID, UUIDOID}, {ID_TEXT, TEXTOID}};

	for (int i = 0; i < lengthof(kinds); i++)
	{
		*kept = kinds[i].kept;
		if (casts_itself(type, kinds[i].type, cast))
			return true;
	}
	return false;
}

/* The same, for an argument that is named in the error. */
IdType
ledger_id_type(Oid type, const char *argument, Oid *cast)
{
	IdType kept;

	if (!find_ledger_id_type(type, &kept, cast))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("%s must be bigint, uuid or text, not %s",
							   argument, format_type_be(type)),
						errhint("Cast it, as in %s::text.", argument)));
	return kept;
}

/* An argument with the cast that it needs; NULL if it is of no such type. */
Expr *
cast_ledger_id(Expr *argument)
{
	IdType kept;
	Oid cast;

	if (!find_ledger_id_type(exprType((Node *) argument), &kept, &cast))
		return NULL;
	if (!OidIsValid(cast))
		return argument;
	return (Expr *) makeFuncExpr(cast, kept == ID_BIGINT ? INT8OID : TEXTOID,
								 list_make1(argument), InvalidOid, InvalidOid,
								 COERCE_IMPLICIT_CAST);
}
