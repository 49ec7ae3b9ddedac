/*
 * private_match_key.c
 *		The secrets that identities are blinded with.
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
 * A statement keeps a key that it uses in memory of libsodium's, which is
 * locked, left out of core dumps and wiped.  Whenever a row changes, all
 * sessions are told, as they are of changes in a catalog, and look again.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key.c
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/hex_text.h"
#include "base/result_rows.h"
#include "identity/private_match_key.h"

PG_FUNCTION_INFO_V1(create_matching_key);
PG_FUNCTION_INFO_V1(pair_matching_key);
PG_FUNCTION_INFO_V1(grant_matching_key);
PG_FUNCTION_INFO_V1(revoke_matching_key);
PG_FUNCTION_INFO_V1(drop_matching_key);
PG_FUNCTION_INFO_V1(matching_keys);
PG_FUNCTION_INFO_V1(matching_key_changed);

#define KEY_TABLE "_matching_key"

/* Its columns */
#define KEY_NAME_COLUMN    1
#define KEY_PARTNER_COLUMN 2
#define KEY_OWNER_COLUMN   3
#define KEY_USERS_COLUMN   4
#define KEY_SECRET_COLUMN  5
#define KEY_PRINT_COLUMN   6
#define KEY_THEIRS_COLUMN  7
#define KEY_CREATED_COLUMN 8
#define KEY_COLUMNS        8

static const Oid key_types[KEY_COLUMNS] = {TEXTOID,  TEXTOID,
										   OIDOID,   OIDARRAYOID,
										   BYTEAOID, BYTEAOID,
										   BYTEAOID, TIMESTAMPTZOID};

#define MAX_NAME_LENGTH 200

/* ---- the table ---- */

/* Found beside the function that is called, whose schema it shares */
static Relation
open_keys(FunctionCallInfo fcinfo, LOCKMODE lock)
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

static SysScanDesc
begin_key(Relation table, const text *name)
{
	ScanKeyData wanted;

	/* the column is of collation C, as the key to look for is */
	ScanKeyInit(&wanted, KEY_NAME_COLUMN, BTEqualStrategyNumber, F_TEXTEQ,
				PointerGetDatum(name));
	/* a snapshot of now, not of the transaction, as for a catalog */
	return systable_beginscan(table, InvalidOid, false, NULL, 1, &wanted);
}

/* No index keeps a superuser from entering a name once more. */
static void
refuse_doubled(Relation table, const text *name)
{
	SysScanDesc scan = begin_key(table, name);
	bool doubled = HeapTupleIsValid(systable_getnext(scan)) &&
				   HeapTupleIsValid(systable_getnext(scan));

	systable_endscan(scan);
	if (doubled)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("matching key \"%s\" is there twice",
							   text_to_cstring(name))));
}

static Datum
key_column(HeapTuple row, Relation table, int column, bool *null)
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
static void
copy_bytes(uint8 *to, Datum value, int length)
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

static Oid *
read_users(Datum value, int *n)
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

static ArrayType *
users_array(const Oid *users, int n)
{
	Datum *elements = palloc(Max(n, 1) * sizeof(Datum));

	for (int i = 0; i < n; i++)
		elements[i] = ObjectIdGetDatum(users[i]);
	return construct_array(elements, n, OIDOID, sizeof(Oid), true,
						   TYPALIGN_INT);
}

pg_noreturn static void
refuse_missing(const text *name)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("matching key \"%s\" does not exist",
						   text_to_cstring(name)),
					errhint("CALL create_matching_key(name, for_partner) "
							"makes one.")));
}

/* ---- use ---- */

static bool
is_user(Oid role, Oid owner, const Oid *users, int nusers)
{
	if (has_privs_of_role(role, owner))
		return true;
	for (int i = 0; i < nusers; i++)
		if (has_privs_of_role(role, users[i]))
			return true;
	return false;
}

/* Counts whatever may have changed a key. */
static uint64 key_generation = 1;
static Oid watched_table = InvalidOid;

static void
note_invalidation(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == watched_table)
		key_generation++;
}

/* What a call keeps for the next */
typedef struct KeptKey
{
	uint64 generation; /* 0: there is no key */
	MemoryContext context;
	MemoryContextCallback wipe;
	uint8 *secret;
	MatchingKey key;
} KeptKey;

static void
wipe_secret(void *argument)
{
	sodium_free(((KeptKey *) argument)->secret);
}

static KeptKey *
begin_kept(FunctionCallInfo fcinfo)
{
	static bool registered = false;
	KeptKey *kept;

	start_private_match();
	if (!registered)
	{
		CacheRegisterRelcacheCallback(note_invalidation, (Datum) 0);
		registered = true;
	}
	kept = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeptKey));
	kept->secret = sodium_malloc(SECRET_LENGTH);
	if (kept->secret == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
				 errdetail("There is no memory for a secret.")));
	kept->key.secret = kept->secret;
	kept->wipe.func = wipe_secret;
	kept->wipe.arg = kept;
	MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, &kept->wipe);
	kept->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
										  "matching key",
										  ALLOCSET_SMALL_SIZES);
	fcinfo->flinfo->fn_extra = kept;
	return kept;
}

static void
load_key(FunctionCallInfo fcinfo, KeptKey *kept, const text *name)
{
	MatchingKey *key = &kept->key;
	MemoryContext caller;
	uint64 generation;
	Relation table;
	SysScanDesc scan;
	HeapTuple row;
	bool unpaired;
	Datum theirs;

	kept->generation = 0;
	key->nknown = 0;
	sodium_memzero(kept->secret, SECRET_LENGTH);
	MemoryContextReset(kept->context);

	table = open_keys(fcinfo, AccessShareLock);
	watched_table = RelationGetRelid(table);
	/* what is told from here on is of later changes */
	generation = key_generation;
	refuse_doubled(table, name);
	scan = begin_key(table, name);
	row = systable_getnext(scan);
	if (!HeapTupleIsValid(row))
		refuse_missing(name);

	caller = MemoryContextSwitchTo(kept->context);
	key->name = text_to_cstring(name);
	key->owner = DatumGetObjectId(
		key_column(row, table, KEY_OWNER_COLUMN, NULL));
	key->users = read_users(key_column(row, table, KEY_USERS_COLUMN, NULL),
							&key->nusers);
	MemoryContextSwitchTo(caller);
	copy_bytes(key->fingerprint,
			   key_column(row, table, KEY_PRINT_COLUMN, NULL),
			   FINGERPRINT_LENGTH);
	theirs = key_column(row, table, KEY_THEIRS_COLUMN, &unpaired);
	key->paired = !unpaired;
	if (key->paired)
		copy_bytes(key->partner, theirs, FINGERPRINT_LENGTH);
	/* no secret is fetched for whom it is not */
	if (is_user(GetUserId(), key->owner, key->users, key->nusers))
	{
		copy_bytes(kept->secret,
				   key_column(row, table, KEY_SECRET_COLUMN, NULL),
				   SECRET_LENGTH);
		if (!is_secret(kept->secret))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("matching key \"%s\" is damaged", key->name)));
		kept->generation = generation;
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
}

/*
 * The key of that name, for the current user to blind with.  It is looked up
 * when a statement first names it, and again when any key has changed.
 */
MatchingKey *
use_matching_key(FunctionCallInfo fcinfo, const text *name)
{
	KeptKey *kept = fcinfo->flinfo->fn_extra;
	MatchingKey *key;

	if (unlikely(kept == NULL))
		kept = begin_kept(fcinfo);
	key = &kept->key;
	/* of what others have committed meanwhile */
	AcceptInvalidationMessages();
	if (unlikely(kept->generation != key_generation ||
				 strlen(key->name) != VARSIZE_ANY_EXHDR(name) ||
				 memcmp(key->name, VARDATA_ANY(name),
						VARSIZE_ANY_EXHDR(name)) != 0))
		load_key(fcinfo, kept, name);
	/* without a secret if nobody was let in when it was looked up */
	if (kept->generation == 0 ||
		!is_user(GetUserId(), key->owner, key->users, key->nusers))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied for matching key \"%s\"",
							   key->name),
						errhint("Its owner may CALL grant_matching_key(name, "
								"to_role).")));
	return key;
}

/* ---- changes ---- */

/*
 * What is done to the table passes no executor, which would ask whether it may
 * be.
 */
static Relation
open_keys_to_change(FunctionCallInfo fcinfo, const char *procedure)
{
	Relation table;

	PreventCommandIfReadOnly(procedure);
	PreventCommandIfParallelMode(procedure);
	start_private_match();
	/* one at a time, since each reads a row before it writes it */
	table = open_keys(fcinfo, ShareRowExclusiveLock);
	/* as tools for change data capture do to all tables */
	if (table->rd_rel->relreplident != REPLICA_IDENTITY_NOTHING)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("secrets of matching keys could be decoded from the "
						"WAL"),
				 errdetail("The replica identity of table \"%s.%s\" has been "
						   "changed.",
						   get_namespace_name(RelationGetNamespace(table)),
						   RelationGetRelationName(table)),
				 errhint("Give it REPLICA IDENTITY NOTHING by ALTER TABLE.")));
	return table;
}

static void
close_changed_keys(Relation table)
{
	CacheInvalidateRelcache(table);
	table_close(table, NoLock);
	CommandCounterIncrement();
}

static text *
name_argument(FunctionCallInfo fcinfo, int argno, const char *what)
{
	text *name;
	Size length;

	if (PG_ARGISNULL(argno))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be null", what)));
	name = PG_GETARG_TEXT_PP(argno);
	length = VARSIZE_ANY_EXHDR(name);
	if (length < 1 || length > MAX_NAME_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must have from 1 to %d bytes", what,
							   MAX_NAME_LENGTH)));
	return name;
}

/* A row that the caller may change; freed with the scan. */
static HeapTuple
key_to_change(Relation table, const text *name, SysScanDesc *scan)
{
	HeapTuple row;
	Oid owner;

	refuse_doubled(table, name);
	*scan = begin_key(table, name);
	row = systable_getnext(*scan);
	if (!HeapTupleIsValid(row))
		refuse_missing(name);
	owner = DatumGetObjectId(key_column(row, table, KEY_OWNER_COLUMN, NULL));
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("must be owner of matching key \"%s\"",
							   text_to_cstring(name))));
	return row;
}

static void
insert_row(Relation table, HeapTuple row)
{
	heap_insert(table, row, GetCurrentCommandId(true), HEAP_INSERT_NO_LOGICAL,
				NULL);
}

/* Writes a row anew with one column changed, and wipes our copy of it. */
static void
change_key(Relation table, HeapTuple row, int column, Datum value)
{
	Datum values[KEY_COLUMNS] = {0};
	bool nulls[KEY_COLUMNS] = {0};
	bool replace[KEY_COLUMNS] = {0};
	HeapTuple changed;

	values[column - 1] = value;
	replace[column - 1] = true;
	changed = heap_modify_tuple(row, RelationGetDescr(table), values, nulls,
								replace);
	PG_TRY();
	{
		insert_row(table, changed);
		simple_heap_delete(table, &row->t_self);
	}
	PG_FINALLY();
	{
		sodium_memzero(changed->t_data, changed->t_len);
	}
	PG_END_TRY();
}

static Datum
bytea_datum(const uint8 *bytes, int length)
{
	bytea *value = palloc(VARHDRSZ + length);

	SET_VARSIZE(value, VARHDRSZ + length);
	memcpy(VARDATA(value), bytes, length);
	return PointerGetDatum(value);
}

/* A row of a new key; its fingerprint */
static void
insert_key(Relation table, Datum *values, bool *nulls, uint8 *fingerprint)
{
	bytea *volatile secret = palloc(VARHDRSZ + SECRET_LENGTH);
	HeapTuple volatile row = NULL;

	PG_TRY();
	{
		SET_VARSIZE(secret, VARHDRSZ + SECRET_LENGTH);
		make_secret((uint8 *) VARDATA(secret));
		if (!secret_fingerprint(fingerprint, (uint8 *) VARDATA(secret)))
			elog(ERROR, "a secret has no fingerprint");
		values[KEY_SECRET_COLUMN - 1] = PointerGetDatum(secret);
		values[KEY_PRINT_COLUMN - 1] = bytea_datum(fingerprint,
												   FINGERPRINT_LENGTH);
		row = heap_form_tuple(RelationGetDescr(table), values, nulls);
		insert_row(table, row);
	}
	PG_FINALLY();
	{
		sodium_memzero(secret, VARHDRSZ + SECRET_LENGTH);
		if (row != NULL)
			sodium_memzero(row->t_data, row->t_len);
	}
	PG_END_TRY();
}

/* create_matching_key(name text, for_partner text) */
Datum
create_matching_key(PG_FUNCTION_ARGS)
{
	text *name = name_argument(fcinfo, 0, "the name of a matching key");
	text *partner = name_argument(fcinfo, 1, "for_partner");
	Datum values[KEY_COLUMNS] = {0};
	bool nulls[KEY_COLUMNS] = {0};
	uint8 fingerprint[FINGERPRINT_LENGTH];
	Relation table;
	SysScanDesc scan;

	table = open_keys_to_change(fcinfo, "create_matching_key()");
	scan = begin_key(table, name);
	if (HeapTupleIsValid(systable_getnext(scan)))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
						errmsg("matching key \"%s\" already exists",
							   text_to_cstring(name))));
	systable_endscan(scan);
	values[KEY_NAME_COLUMN - 1] = PointerGetDatum(name);
	values[KEY_PARTNER_COLUMN - 1] = PointerGetDatum(partner);
	values[KEY_OWNER_COLUMN - 1] = ObjectIdGetDatum(GetUserId());
	values[KEY_USERS_COLUMN - 1] = PointerGetDatum(users_array(NULL, 0));
	nulls[KEY_THEIRS_COLUMN - 1] = true;
	values[KEY_CREATED_COLUMN - 1] = TimestampTzGetDatum(
		GetCurrentTransactionStartTimestamp());
	insert_key(table, values, nulls, fingerprint);
	close_changed_keys(table);
	ereport(NOTICE,
			(errmsg("matching key \"%s\" has the fingerprint %s",
					text_to_cstring(name), fingerprint_text(fingerprint)),
			 errhint("Tell it to your partner, who pairs its key "
					 "with yours.")));
	PG_RETURN_VOID();
}

static void
read_fingerprint(const text *digits, uint8 *fingerprint)
{
	const char *at = VARDATA_ANY(digits);
	bool sound = VARSIZE_ANY_EXHDR(digits) == FINGERPRINT_DIGITS;

	for (int i = 0; sound && i < FINGERPRINT_LENGTH; i++)
	{
		int high = hex_digit(at[2 * i]);
		int low = hex_digit(at[2 * i + 1]);

		sound = high >= 0 && low >= 0;
		fingerprint[i] = (uint8) (high << 4 | low);
	}
	if (!sound)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the fingerprint of a key has %d hexadecimal digits",
						FINGERPRINT_DIGITS),
				 errhint("Your partner sees that of its key in "
						 "matching_keys().")));
}

/* pair_matching_key(name text, their_fingerprint text) */
Datum
pair_matching_key(PG_FUNCTION_ARGS)
{
	text *name = name_argument(fcinfo, 0, "the name of a matching key");
	text *digits = name_argument(fcinfo, 1, "their_fingerprint");
	uint8 theirs[FINGERPRINT_LENGTH];
	uint8 known[FINGERPRINT_LENGTH];
	Relation table;
	SysScanDesc scan;
	HeapTuple row;
	Datum value;
	bool unpaired;

	read_fingerprint(digits, theirs);
	table = open_keys_to_change(fcinfo, "pair_matching_key()");
	row = key_to_change(table, name, &scan);
	copy_bytes(known, key_column(row, table, KEY_PRINT_COLUMN, NULL),
			   FINGERPRINT_LENGTH);
	if (memcmp(known, theirs, FINGERPRINT_LENGTH) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("matching key \"%s\" cannot be paired with "
							   "itself",
							   text_to_cstring(name)),
						errhint("The fingerprint wanted is that of your "
								"partner's key.")));
	value = key_column(row, table, KEY_THEIRS_COLUMN, &unpaired);
	if (!unpaired)
	{
		copy_bytes(known, value, FINGERPRINT_LENGTH);
		if (memcmp(known, theirs, FINGERPRINT_LENGTH) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("matching key \"%s\" is paired with another key",
							text_to_cstring(name)),
					 errdetail("It is paired with the key with the "
							   "fingerprint %s.",
							   fingerprint_text(known)),
					 errhint("A key serves one partner, and one key of that "
							 "partner's: make another, and exchange the "
							 "lists again.")));
	}
	else
		change_key(table, row, KEY_THEIRS_COLUMN,
				   bytea_datum(theirs, FINGERPRINT_LENGTH));
	systable_endscan(scan);
	close_changed_keys(table);
	PG_RETURN_VOID();
}

static Datum
change_users(FunctionCallInfo fcinfo, const char *procedure, bool grant)
{
	text *name = name_argument(fcinfo, 0, "the name of a matching key");
	Oid role;
	Relation table;
	SysScanDesc scan;
	HeapTuple row;
	Oid *users;
	Oid *changed;
	int nusers;
	int n = 0;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the role must not be null")));
	role = get_role_oid(NameStr(*PG_GETARG_NAME(1)), false);
	table = open_keys_to_change(fcinfo, procedure);
	row = key_to_change(table, name, &scan);
	users = read_users(key_column(row, table, KEY_USERS_COLUMN, NULL),
					   &nusers);
	changed = palloc((nusers + 1) * sizeof(Oid));
	/* a role that was dropped leaves its number behind, which another may get */
	for (int i = 0; i < nusers; i++)
		if (users[i] != role &&
			SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(users[i])))
			changed[n++] = users[i];
	if (grant)
		changed[n++] = role;
	change_key(table, row, KEY_USERS_COLUMN,
			   PointerGetDatum(users_array(changed, n)));
	systable_endscan(scan);
	close_changed_keys(table);
	PG_RETURN_VOID();
}

/* grant_matching_key(name text, to_role name) */
Datum
grant_matching_key(PG_FUNCTION_ARGS)
{
	return change_users(fcinfo, "grant_matching_key()", true);
}

/* revoke_matching_key(name text, from_role name) */
Datum
revoke_matching_key(PG_FUNCTION_ARGS)
{
	return change_users(fcinfo, "revoke_matching_key()", false);
}

/* drop_matching_key(name text) */
Datum
drop_matching_key(PG_FUNCTION_ARGS)
{
	text *name = name_argument(fcinfo, 0, "the name of a matching key");
	Relation table;
	SysScanDesc scan;
	HeapTuple row;

	table = open_keys_to_change(fcinfo, "drop_matching_key()");
	row = key_to_change(table, name, &scan);
	simple_heap_delete(table, &row->t_self);
	systable_endscan(scan);
	close_changed_keys(table);
	PG_RETURN_VOID();
}

/* matching_key_changed() -> trigger: of what a superuser does to the table */
Datum
matching_key_changed(PG_FUNCTION_ARGS)
{
	TriggerData *event;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("a trigger function can only be called by a "
							   "trigger")));
	event = (TriggerData *) fcinfo->context;
	/* row security does not hide rows from TRUNCATE */
	if (TRIGGER_FIRED_BY_TRUNCATE(event->tg_event) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to truncate the matching keys"),
				 errhint("CALL drop_matching_key(name) drops one of yours.")));
	CacheInvalidateRelcache(event->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/* ---- a list of them ---- */

static Datum
role_datum(Oid role)
{
	char *name = GetUserNameFromId(role, true);

	return CStringGetTextDatum(name != NULL ? name : psprintf("%u", role));
}

static Datum
fingerprint_datum(Datum bytes)
{
	uint8 fingerprint[FINGERPRINT_LENGTH];

	copy_bytes(fingerprint, bytes, FINGERPRINT_LENGTH);
	return CStringGetTextDatum(fingerprint_text(fingerprint));
}

/*
 * matching_keys() -> setof (name, for_partner, owner, users, fingerprint,
 * their_fingerprint, created_at)
 *
 * Those that the current user may use.
 */
Datum
matching_keys(PG_FUNCTION_ARGS)
{
	Relation table;
	SysScanDesc scan;
	HeapTuple row;

	begin_rows(fcinfo);
	table = open_keys(fcinfo, AccessShareLock);
	scan = systable_beginscan(table, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		Datum values[7];
		bool nulls[7] = {0};
		Datum theirs;
		Datum *names;
		Oid owner;
		Oid *users;
		int nusers;

		CHECK_FOR_INTERRUPTS();
		owner = DatumGetObjectId(
			key_column(row, table, KEY_OWNER_COLUMN, NULL));
		users = read_users(key_column(row, table, KEY_USERS_COLUMN, NULL),
						   &nusers);
		if (!is_user(GetUserId(), owner, users, nusers))
			continue;
		names = palloc(Max(nusers, 1) * sizeof(Datum));
		for (int i = 0; i < nusers; i++)
			names[i] = role_datum(users[i]);
		values[0] = key_column(row, table, KEY_NAME_COLUMN, NULL);
		values[1] = key_column(row, table, KEY_PARTNER_COLUMN, NULL);
		values[2] = role_datum(owner);
		values[3] = PointerGetDatum(
			construct_array(names, nusers, TEXTOID, -1, false, TYPALIGN_INT));
		values[4] = fingerprint_datum(
			key_column(row, table, KEY_PRINT_COLUMN, NULL));
		theirs = key_column(row, table, KEY_THEIRS_COLUMN, &nulls[5]);
		values[5] = nulls[5] ? (Datum) 0 : fingerprint_datum(theirs);
		values[6] = key_column(row, table, KEY_CREATED_COLUMN, NULL);
		put_row(fcinfo, values, nulls);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	PG_RETURN_NULL();
}
