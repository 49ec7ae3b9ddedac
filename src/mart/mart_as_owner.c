/*
 * mart_as_owner.c
 *		Runs what maintains a mart with the rights of the mart's owner.
 *
 * Whoever can write a mart's texts, or a trigger on one of its tables, has code
 * run by whoever refreshes it.  So all that reads or writes a mart runs as REFRESH
 * MATERIALIZED VIEW runs a view's query: as the owner, in a security-restricted
 * operation.  SET ROLE in SQL is no such boundary, since the code could RESET
 * ROLE, nor is a SECURITY DEFINER function, whose deferred triggers would fire as
 * the caller when the transaction commits.
 *
 * IDENTIFICATION
 *		src/mart/mart_as_owner.c
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "base/compat.h"

PG_FUNCTION_INFO_V1(mart_as_owner);

static Oid schema_owner(const char *schema);
static void set_for_now(const char *name, const char *value);
static text *first_value(const char *command);

/*
 * mart_as_owner(mart name, command text) -> text: the first column of the first
 * row that the command returns, NULL where it returns none.
 */
Datum
mart_as_owner(PG_FUNCTION_ARGS)
{
	char *mart = NameStr(*PG_GETARG_NAME(0));
	char *command = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Oid owner = schema_owner(mart);
	Oid caller;
	int security;
	int settings;
	text *value;

	GetUserIdAndSecContext(&caller, &security);
	if (!may_act_as(caller, owner))
		ereport(
			ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for mart \"%s\"", mart),
			 errdetail(
				 "Only its owner \"%s\" and members of that role may change it.",
				 GetUserNameFromId(owner, false))));

	SetUserIdAndSecContext(owner, security | SECURITY_RESTRICTED_OPERATION);
	settings = NewGUCNestLevel();
	set_for_now("search_path", "pg_catalog, pg_temp");
	/* Bodies and texts are read by it. */
	set_for_now("standard_conforming_strings", "on");

	value = first_value(command);

	/* An error needs neither of these: aborting does both. */
	AtEOXact_GUC(false, settings);
	SetUserIdAndSecContext(caller, security);

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(value);
}

static void
set_for_now(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

static Oid
schema_owner(const char *schema)
{
	Oid oid = get_namespace_oid(schema, false);
	HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(oid));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
						errmsg("schema \"%s\" does not exist", schema)));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

static text *
first_value(const char *command)
{
	MemoryContext caller = CurrentMemoryContext;
	text *value = NULL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(command, false, 0) < 0)
		elog(ERROR, "SPI_execute failed: %s",
			 SPI_result_code_string(SPI_result));
	if (SPI_tuptable != NULL && SPI_processed > 0)
	{
		char *first = SPI_getvalue(SPI_tuptable->vals[0],
								   SPI_tuptable->tupdesc, 1);

		if (first != NULL)
		{
			MemoryContext here = MemoryContextSwitchTo(caller);

			value = cstring_to_text(first);
			MemoryContextSwitchTo(here);
		}
	}
	SPI_finish();
	return value;
}
