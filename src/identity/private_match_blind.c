/*
 * private_match_blind.c
 *		Blinds the keys of identities.
 *
 * A key of an identity becomes a point: a letter for what it is and its text,
 * in UTF-8 whatever the encoding of the database, are hashed to the group, and
 * the point is multiplied by the secret.  A deciding id has its register beside
 * it, as a point of its own, since the ladder must know whether two records
 * hold ids of one.  Keys that can match nothing are left out.
 *
 * The other side multiplies the points by its secret.  Nothing shows whether
 * the first to do so was the one or the other.
 *
 * IDENTIFICATION
 *		src/identity/private_match_blind.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "identity/private_match_key.h"

PG_FUNCTION_INFO_V1(blind_identity);
PG_FUNCTION_INFO_V1(blind_again);

/* What a text is, which goes into its hash.  Stored, as points: never change. */
#define REGISTER_TAG 'r'
#define ID_TAG       'i'
#define DOMAIN_TAG   'd'
#define NAME_TAG     'n'

static void
multiply(uint8 *result, const MatchingKey *key, const uint8 *point)
{
	CHECK_FOR_INTERRUPTS();
	if (!multiply_point(result, key->secret, point))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a blinded key is no element of the group "
							   "ristretto255")));
}

/* Of a text in the database's encoding */
static void
blind_text(uint8 *result, const MatchingKey *key, char tag, const char *bytes,
		   int length)
{
	unsigned char message[1 + KEY_MAX_LENGTH * MAX_CONVERSION_GROWTH];
	char *text = unconstify(char *, bytes);
	uint8 point[POINT_LENGTH];

	if (GetDatabaseEncoding() != PG_UTF8)
	{
		text = pg_server_to_any(bytes, length, PG_UTF8);
		if (text != bytes)
			length = strlen(text);
	}
	message[0] = tag;
	memcpy(message + 1, text, length);
	hash_to_group(point, MATCHING_DOMAIN, strlen(MATCHING_DOMAIN), message,
				  length + 1);
	multiply(result, key, point);
	if (text != bytes)
		pfree(text);
}

/*
 * The point of a register, of which there are few, from a record before.  NULL:
 * none had it.
 */
static const uint8 *
find_known(const MatchingKey *key, const void *bytes, int length)
{
	for (int i = 0; i < key->nknown; i++)
	{
		const KnownPoint *known = &key->known[i];

		if (known->length == length &&
			memcmp(known->bytes, bytes, length) == 0)
			return known->point;
	}
	return NULL;
}

static void
note_known(MatchingKey *key, const void *bytes, int length, const uint8 *point)
{
	KnownPoint *known;

	if (key->nknown == KNOWN_POINTS)
		return;
	known = &key->known[key->nknown++];
	known->length = length;
	memcpy(known->bytes, bytes, length);
	memcpy(known->point, point, POINT_LENGTH);
}

static char
tag_of(KeyKind kind)
{
	return kind <= KEY_OTHER_ID ? ID_TAG
		   : kind == KEY_DOMAIN ? DOMAIN_TAG
								: NAME_TAG;
}

/* blind(company_identity, text) -> blinded_identity */
Datum
blind_identity(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_COMPANY_IDENTITY(0);
	MatchingKey *key = use_matching_key(fcinfo, PG_GETARG_TEXT_PP(1));
	IdentityReader reader = read_identity(identity);
	BlindedKey *blinded = palloc(sizeof(BlindedKey) *
								 Max(count_matching_keys(reader), 1));
	IdentityKey text;
	int n = 0;

	while (next_matching_key(&reader, &text))
	{
		BlindedKey *to = &blinded[n++];

		to->kind = text.kind;
		to->length = blinded_key_length(text.kind);
		to->prefix = to->length - POINT_LENGTH;
		if (text.kind == KEY_DECIDING_ID)
		{
			const uint8 *point = find_known(key, text.bytes, text.prefix);

			if (point != NULL)
				memcpy(to->bytes, point, POINT_LENGTH);
			else
			{
				blind_text(to->bytes, key, REGISTER_TAG, text.bytes,
						   text.prefix);
				note_known(key, text.bytes, text.prefix, to->bytes);
			}
		}
		blind_text(to->bytes + to->prefix, key, tag_of(text.kind), text.bytes,
				   text.length);
	}
	PG_RETURN_POINTER(make_blinded_identity(
		blinded, n, (const uint8(*)[FINGERPRINT_LENGTH]) key->fingerprint, 1));
}

/* Refuses what is not the partner's whose the key is. */
static void
check_pairing(const MatchingKey *key, const struct varlena *identity)
{
	const uint8 *fingerprints[MAX_FINGERPRINTS];

	if (read_fingerprints(identity, fingerprints) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("an identity that both sides have blinded is not "
						"blinded again"),
				 errdetail("It was blinded by the keys with the fingerprints "
						   "%s and %s.",
						   fingerprint_text(fingerprints[0]),
						   fingerprint_text(fingerprints[1]))));
	if (memcmp(fingerprints[0], key->fingerprint, FINGERPRINT_LENGTH) == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("an identity that key \"%s\" has blinded is "
							   "not blinded by it again",
							   key->name),
						errhint("Give it to the other side, which blinds it "
								"with its own key.")));
	if (!key->paired)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("matching key \"%s\" is not paired", key->name),
				 errdetail("The identity was blinded by the key with the "
						   "fingerprint %s.",
						   fingerprint_text(fingerprints[0])),
				 errhint("If your partner says that this is the fingerprint "
						 "of its key, CALL pair_matching_key(name, "
						 "their_fingerprint).")));
	if (memcmp(fingerprints[0], key->partner, FINGERPRINT_LENGTH) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("matching key \"%s\" is paired with another key",
						key->name),
				 errdetail("The identity was blinded by the key with the "
						   "fingerprint %s, and key \"%s\" is paired with %s.",
						   fingerprint_text(fingerprints[0]), key->name,
						   fingerprint_text(key->partner)),
				 errhint("A key serves one partner, whose lists no other "
						 "partner's can be joined with: make one for each.")));
}

/* blind(blinded_identity, text) -> blinded_identity */
Datum
blind_again(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_BLINDED_IDENTITY(0);
	MatchingKey *key = use_matching_key(fcinfo, PG_GETARG_TEXT_PP(1));
	IdentityReader reader = read_identity(identity);
	BlindedKey *blinded = palloc(sizeof(BlindedKey) *
								 Max(count_matching_keys(reader), 1));
	uint8 fingerprints[MAX_FINGERPRINTS][FINGERPRINT_LENGTH];
	IdentityKey once;
	int n = 0;

	check_pairing(key, identity);
	while (next_matching_key(&reader, &once))
	{
		BlindedKey *to = &blinded[n++];

		to->kind = once.kind;
		to->prefix = once.prefix;
		to->length = once.length;
		if (once.kind == KEY_DECIDING_ID)
		{
			const uint8 *point = find_known(key, once.bytes, POINT_LENGTH);

			if (point != NULL)
				memcpy(to->bytes, point, POINT_LENGTH);
			else
			{
				multiply(to->bytes, key, (const uint8 *) once.bytes);
				note_known(key, once.bytes, POINT_LENGTH, to->bytes);
			}
		}
		multiply(to->bytes + to->prefix, key,
				 (const uint8 *) once.bytes + to->prefix);
	}
	memcpy(fingerprints[0], key->fingerprint, FINGERPRINT_LENGTH);
	memcpy(fingerprints[1], key->partner, FINGERPRINT_LENGTH);
	PG_RETURN_POINTER(make_blinded_identity(
		blinded, n, (const uint8(*)[FINGERPRINT_LENGTH]) fingerprints, 2));
}
