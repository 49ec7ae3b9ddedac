/*
 * compat.h
 *		What differs between the PostgreSQL versions we build on, 14 to 18.
 *
 * IDENTIFICATION
 *		src/base/compat.h
 */
#ifndef ECOSYSTEM_COMPAT_H
#define ECOSYSTEM_COMPAT_H

#include "postgres.h"

#include "catalog/index.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "parser/scansup.h"
#include "storage/buffile.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 140000
#error "ecosystem needs PostgreSQL 14 or newer"
#endif

#ifndef HAVE_INT128
#error "ecosystem needs a 64-bit platform whose compiler has 128-bit integers"
#endif

/* Written before a declaration since 18, and behind it before. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Soft errors came with 16; before, every error is a hard one. */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...)        \
	do                               \
	{                                \
		(void) (context);            \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define ereturn(context, dummy, ...) \
	do                               \
	{                                \
		(void) (context);            \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/*
 * Reads so many bytes of a temporary file, or none at its end where that is
 * allowed; 16 renamed it and reports what is missing.
 */
static inline bool
read_temporary(BufFile *file, void *bytes, size_t size, bool end_is_allowed)
{
#if PG_VERSION_NUM >= 160000
	if (end_is_allowed)
		return BufFileReadMaybeEOF(file, bytes, size, true) > 0;
	BufFileReadExact(file, bytes, size);
	return true;
#else
	size_t read = BufFileRead(file, bytes, size);

	if (read == 0 && end_is_allowed)
		return false;
	if (read != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: read only %zu of "
						"%zu bytes",
						read, size)));
	return true;
#endif
}

/* Sends text behind its length in bytes; 17 dropped an argument. */
#if PG_VERSION_NUM >= 170000
#define send_counted_text(out, bytes, length) \
	pq_sendcountedtext(out, bytes, length)
#else
#define send_counted_text(out, bytes, length) \
	pq_sendcountedtext(out, bytes, length, false)
#endif

/* Memory that a hash table may take, in bytes */
static inline size_t
hash_memory_limit(void)
{
#if PG_VERSION_NUM >= 150000
	return get_hash_memory_limit();
#else
	return (size_t) Min(work_mem * hash_mem_multiplier * 1024.0,
						(double) (SIZE_MAX / 2));
#endif
}

/* What a query groups by, but for what is the same in all groups from 16 on. */
static inline List *
grouping_clauses(const PlannerInfo *root)
{
#if PG_VERSION_NUM >= 160000
	return root->processed_groupClause;
#else
	return root->parse->groupClause;
#endif
}

/* 16 has one function for objects of all sorts; ours are these. */
#if PG_VERSION_NUM < 160000
static inline AclResult
object_aclcheck(Oid catalog, Oid object, Oid role, AclMode mode)
{
	if (catalog == NamespaceRelationId)
		return pg_namespace_aclcheck(object, role, mode);
	Assert(catalog == ProcedureRelationId);
	return pg_proc_aclcheck(object, role, mode);
}
#endif

/*
 * Whether a zone's name is that of one, or an offset that never changes, for
 * which the zone is NULL; not so abbreviations whose offset depends on when.
 */
static inline bool
zone_of_name(const char *name, const pg_tz **zone)
{
	pg_tz *found = NULL;
	int offset;
#if PG_VERSION_NUM >= 160000
	int type = DecodeTimezoneName(name, &offset, &found);

	if (type == TZNAME_DYNTZ)
		return false;
	*zone = type == TZNAME_ZONE ? found : NULL;
	return true;
#else
	char *lower = downcase_truncate_identifier(name, strlen(name), false);
	int type = DecodeTimezoneAbbrev(0, lower, &offset, &found);

	*zone = NULL;
	if (type == TZ || type == DTZ)
		return true;
	if (type == DYNTZ)
		return false;
	*zone = pg_tzset(name);
	return *zone != NULL;
#endif
}

/* The backend's number of the running transaction */
static inline LocalTransactionId
local_transaction_id(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/* Whether a role may SET ROLE to another. */
static inline bool
may_act_as(Oid role, Oid other)
{
#if PG_VERSION_NUM >= 160000
	return member_can_set_role(role, other);
#else
	return is_member_of_role(role, other);
#endif
}

/* Puts a row that was written into the indexes of its table. */
static inline void
insert_index_entries(ResultRelInfo *table, TupleTableSlot *row, EState *state)
{
#if PG_VERSION_NUM >= 160000
	(void) ExecInsertIndexTuples(table, row, state, false, false, NULL, NIL,
								 false);
#else
	(void) ExecInsertIndexTuples(table, row, state, false, false, NULL, NIL);
#endif
}

/*
 * Builds the indexes of a table anew, which find what they forbid; 17 asks for the
 * statement.
 */
static inline void
reindex_table(Oid table)
{
	ReindexParams params = {0};

#if PG_VERSION_NUM >= 170000
	(void) reindex_relation(NULL, table, REINDEX_REL_CHECK_CONSTRAINTS,
							&params);
#else
	(void) reindex_relation(table, REINDEX_REL_CHECK_CONSTRAINTS, &params);
#endif
}

/* Prepares a function that returns a set to fill rsinfo->setResult. */
#if PG_VERSION_NUM < 150000
#define MAT_SRF_USE_EXPECTED_DESC 1

static inline void
InitMaterializedSRF(FunctionCallInfo fcinfo, int flags)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;
	TupleDesc row;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot "
						"accept a set")));
	if (!(rsinfo->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("materialize mode required, but it is not allowed "
						"in this context")));
	caller = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if ((flags & MAT_SRF_USE_EXPECTED_DESC) != 0 && rsinfo->expectedDesc)
		row = CreateTupleDescCopy(rsinfo->expectedDesc);
	else if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap(rsinfo->allowedModes &
												  SFRM_Materialize_Random,
											  false, work_mem);
	rsinfo->setDesc = row;
	MemoryContextSwitchTo(caller);
}
#elif PG_VERSION_NUM < 160000
#define InitMaterializedSRF(fcinfo, flags) SetSingleFuncCall(fcinfo, flags)
#ifndef MAT_SRF_USE_EXPECTED_DESC
#define MAT_SRF_USE_EXPECTED_DESC SRF_SINGLE_USE_EXPECTED
#endif
#endif

#endif /* ECOSYSTEM_COMPAT_H */
