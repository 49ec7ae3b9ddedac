/*
 * private_match_key.c
 *		The secrets that identities are blinded with, while they are used.
 *
 * A statement keeps a key that it uses in memory of libsodium's, which is
 * locked, left out of core dumps and wiped.  Whenever a row changes, all
 * sessions are told, as they are of changes in a catalog, and look again.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key.c
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "identity/private_match_key.h"
#include "identity/private_match_key_table.h"

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

	table = open_matching_keys(fcinfo, AccessShareLock);
	watched_table = RelationGetRelid(table);
	/* what is told from here on is of later changes */
	generation = key_generation;
	refuse_doubled_key(table, name);
	scan = begin_matching_key(table, name);
	row = systable_getnext(scan);
	if (!HeapTupleIsValid(row))
		refuse_missing_key(name);

	caller = MemoryContextSwitchTo(kept->context);
	key->name = text_to_cstring(name);
	key->owner = DatumGetObjectId(
		matching_key_column(row, table, KEY_OWNER_COLUMN, NULL));
	key->users = read_key_users(matching_key_column(row, table,
													KEY_USERS_COLUMN, NULL),
								&key->nusers);
	MemoryContextSwitchTo(caller);
	copy_key_bytes(key->fingerprint,
				   matching_key_column(row, table, KEY_PRINT_COLUMN, NULL),
				   FINGERPRINT_LENGTH);
	theirs = matching_key_column(row, table, KEY_THEIRS_COLUMN, &unpaired);
	key->paired = !unpaired;
	if (key->paired)
		copy_key_bytes(key->partner, theirs, FINGERPRINT_LENGTH);
	/* no secret is fetched for whom it is not */
	if (is_key_user(GetUserId(), key->owner, key->users, key->nusers))
	{
		copy_key_bytes(kept->secret,
					   matching_key_column(row, table, KEY_SECRET_COLUMN,
										   NULL),
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
		!is_key_user(GetUserId(), key->owner, key->users, key->nusers))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied for matching key \"%s\"",
							   key->name),
						errhint("Its owner may CALL grant_matching_key(name, "
								"to_role).")));
	return key;
}
