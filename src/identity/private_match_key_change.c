/*
 * private_match_key_change.c
 *		Makes, pairs, grants and drops matching keys, and lists them.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key_change.c
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/hex_text.h"
#include "base/result_rows.h"
#include "identity/private_match_key_table.h"

PG_FUNCTION_INFO_V1(create_matching_key);
PG_FUNCTION_INFO_V1(pair_matching_key);
PG_FUNCTION_INFO_V1(grant_matching_key);
PG_FUNCTION_INFO_V1(revoke_matching_key);
PG_FUNCTION_INFO_V1(drop_matching_key);
PG_FUNCTION_INFO_V1(matching_keys);
PG_FUNCTION_INFO_V1(matching_key_changed);

#define MAX_NAME_LENGTH 200

static ArrayType *
users_array(const Oid *users, int n)
{
	Datum *elements = palloc(Max(n, 1) * sizeof(Datum));

	for (int i = 0; i < n; i++)
		elements[i] = ObjectIdGetDatum(users[i]);
	return construct_array(elements, n, OIDOID, sizeof(Oid), true,
						   TYPALIGN_INT);
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
	table = open_matching_keys(fcinfo, ShareRowExclusiveLock);
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

	refuse_doubled_key(table, name);
	*scan = begin_matching_key(table, name);
	row = systable_getnext(*scan);
	if (!HeapTupleIsValid(row))
		refuse_missing_key(name);
	owner = DatumGetObjectId(
		matching_key_column(row, table, KEY_OWNER_COLUMN, NULL));
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
	scan = begin_matching_key(table, name);
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
	copy_key_bytes(known,
				   matching_key_column(row, table, KEY_PRINT_COLUMN, NULL),
				   FINGERPRINT_LENGTH);
	if (memcmp(known, theirs, FINGERPRINT_LENGTH) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("matching key \"%s\" cannot be paired with "
							   "itself",
							   text_to_cstring(name)),
						errhint("The fingerprint wanted is that of your "
								"partner's key.")));
	value = matching_key_column(row, table, KEY_THEIRS_COLUMN, &unpaired);
	if (!unpaired)
	{
		copy_key_bytes(known, value, FINGERPRINT_LENGTH);
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
	users = read_key_users(matching_key_column(row, table, KEY_USERS_COLUMN,
											   NULL),
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

	copy_key_bytes(fingerprint, bytes, FINGERPRINT_LENGTH);
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
	table = open_matching_keys(fcinfo, AccessShareLock);
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
			matching_key_column(row, table, KEY_OWNER_COLUMN, NULL));
		users = read_key_users(matching_key_column(row, table,
												   KEY_USERS_COLUMN, NULL),
							   &nusers);
		if (!is_key_user(GetUserId(), owner, users, nusers))
			continue;
		names = palloc(Max(nusers, 1) * sizeof(Datum));
		for (int i = 0; i < nusers; i++)
			names[i] = role_datum(users[i]);
		values[0] = matching_key_column(row, table, KEY_NAME_COLUMN, NULL);
		values[1] = matching_key_column(row, table, KEY_PARTNER_COLUMN, NULL);
		values[2] = role_datum(owner);
		values[3] = PointerGetDatum(
			construct_array(names, nusers, TEXTOID, -1, false, TYPALIGN_INT));
		values[4] = fingerprint_datum(
			matching_key_column(row, table, KEY_PRINT_COLUMN, NULL));
		theirs = matching_key_column(row, table, KEY_THEIRS_COLUMN, &nulls[5]);
		values[5] = nulls[5] ? (Datum) 0 : fingerprint_datum(theirs);
		values[6] = matching_key_column(row, table, KEY_CREATED_COLUMN, NULL);
		put_row(fcinfo, values, nulls);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	PG_RETURN_NULL();
}
