/*
 * same_bytes.c
 *		Whether values that are equal are the same bytes.
 *
 * Where they are not, which of them stands for a group is left to chance, and
 * better to core's.
 *
 * IDENTIFICATION
 *		src/base/same_bytes.c
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/same_bytes.h"

bool
same_bytes_where_equal(Node *expr)
{
	Oid type = exprType(expr);
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	Oid function;

	/* of one scale or length, or else equal values are written in several ways */
	if (type == NUMERICOID || type == BPCHAROID)
		return exprTypmod(expr) >= (int32) VARHDRSZ;
	if (!OidIsValid(entry->btree_opf))
		return false;
	function = get_opfamily_proc(entry->btree_opf, entry->btree_opintype,
								 entry->btree_opintype, BTEQUALIMAGE_PROC);
	return OidIsValid(function) &&
		   DatumGetBool(
			   OidFunctionCall1Coll(function, exprCollation(expr),
									ObjectIdGetDatum(entry->btree_opintype)));
}
