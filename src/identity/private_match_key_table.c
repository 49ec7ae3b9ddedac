/*
 * private_match_key_table.c
 *		The table of the secrets that identities are blinded with.
 *
 * They are rows of a table of the extension, which no dump takes along and in
 * which row security hides every row from whom a schema-wide GRANT has let in.
 * Nothing here runs SQL: rows are read and written as core does those of its
 * catalogs, so that a secret is never an argument, a parameter or a result of a
 * statement, that no search_path matters, and that a worker reads them as its
 * leader does.  Who may use a key is asked for every call.
 *
 * What is decoded from the WAL (a publication of all tables, change data
 * capture) has no row of it: rows go in without, and a row is changed by a
 * deletion, of which nothing is decoded where a table has no replica identity,
 * and another row.  For this the table has no index, whose entries only core's
 * executor makes; whoever changes it holds a lock against others who do.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key_table.c
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "identity/private_match_key_table.h"

#define KEY_TABLE "_matching_key"

static const Oid key_types[KEY_COLUMNS] = {TEXTOID,  TEXTOID,
										   OIDOID,   OIDARRAYOID,
										   BYTEAOID, BYTEAOID,
										   BYTEAOID, TIMESTAMPTZOID};

/* Found beside the function that is called, whose schema it shares */
Relation
open_matching_keys(FunctionCallInfo fcinfo, LOCKMODE lock)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	Oid oid = get_relname_relid(KEY_TABLE, schema);
	Relation table;
	TupleDesc columns;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the extension's table of matching keys is missing"),
				 errhint("Run ALTER EXTENSION ecosystem UPDATE.")));
	table = table_open(oid, lock);
	columns = RelationGetDescr(table);
	for (int i = 0; i < Max(columns->natts, KEY_COLUMNS); i++)
		if (i >= KEY_COLUMNS || i >= columns->natts ||
			TupleDescAttr(columns, i)->atttypid != key_types[i])
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the extension's table of matching keys has been "
							"altered")));
	return table;
}

SysScanDesc
begin_matching_key(Relation table, const text *name)
{
	ScanKeyData wanted;

	/* the column is of collation C, as the key to look for is */
	ScanKeyInit(&wanted, KEY_NAME_COLUMN, BTEqualStrategyNumber, F_TEXTEQ,
				PointerGetDatum(name));
	/* a snapshot of now, not of the transaction, as for a catalog */
	return systable_beginscan(table, InvalidOid, false, NULL, 1, &wanted);
}

/* No index keeps a superuser from entering a name once more. */
void
refuse_doubled_key(Relation table, const text *name)
{
	SysScanDesc scan = begin_matching_key(table, name);
	int found = 0;

	while (found < 2 && HeapTupleIsValid(systable_getnext(scan)))
		found++;
	systable_endscan(scan);
	if (found == 2)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("matching key \"%s\" is there twice",
							   text_to_cstring(name))));
}

Datum
matching_key_column(HeapTuple row, Relation table, int column, bool *null)
{
	bool is_null;
	Datum value = heap_getattr(row, column, RelationGetDescr(table), &is_null);

	if (null != NULL)
		*null = is_null;
	else if (is_null)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a matching key lacks a column")));
	return value;
}

/* Copies bytes of a known number, wherever they are. */
void
copy_key_bytes(uint8 *to, Datum value, int length)
{
	bytea *bytes = DatumGetByteaPP(value);

	if (VARSIZE_ANY_EXHDR(bytes) != length)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a matching key is damaged")));
	memcpy(to, VARDATA_ANY(bytes), length);
	if ((Pointer) bytes != DatumGetPointer(value))
	{
		sodium_memzero(bytes, VARSIZE_ANY(bytes));
		pfree(bytes);
	}
}

Oid *
read_key_users(Datum value, int *n)
{
	ArrayType *array = DatumGetArrayTypeP(value);
	Oid *users;

	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_HASNULL(array) || ARR_ELEMTYPE(array) != OIDOID)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a matching key is damaged")));
	users = palloc(Max(*n, 1) * sizeof(Oid));
	memcpy(users, ARR_DATA_PTR(array), *n * sizeof(Oid));
	return users;
}

void
refuse_missing_key(const text *name)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("matching key \"%s\" does not exist",
						   text_to_cstring(name)),
					errhint("CALL create_matching_key(name, for_partner) "
							"makes one.")));
}

bool
is_key_user(Oid role, Oid owner, const Oid *users, int nusers)
{
	if (has_privs_of_role(role, owner))
		return true;
	for (int i = 0; i < nusers; i++)
		if (has_privs_of_role(role, users[i]))
			return true;
	return false;
}
