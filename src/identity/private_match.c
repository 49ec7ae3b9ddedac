/*
 * private_match.c
 *		Identities whose keys are blinded, which two databases may exchange.
 *
 * Two partners want to know which companies both have, and neither wants to
 * show its list.  Each turns every key of its records into a point of a group
 * and multiplies it by a secret of its own; each does so once more with what
 * the other has sent.  Multiplication commutes, so a key that both hold ends as
 * the same point, and of others nobody learns anything.
 *
 * Here are the values, and the ladder of && on those that both have blinded:
 * it is company_identity's, since equal points are equal keys.
 *
 * IDENTIFICATION
 *		src/identity/private_match.c
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/hex_text.h"
#include "identity/private_match.h"

PG_FUNCTION_INFO_V1(blinded_identity_matches);
PG_FUNCTION_INFO_V1(blinded_match_level);
PG_FUNCTION_INFO_V1(key_fingerprints);
PG_FUNCTION_INFO_V1(blinded_identity_lt);
PG_FUNCTION_INFO_V1(blinded_identity_le);
PG_FUNCTION_INFO_V1(blinded_identity_gt);
PG_FUNCTION_INFO_V1(blinded_identity_ge);
PG_FUNCTION_INFO_V1(blinded_identity_cmp);

/* ---- the library ---- */

void
start_private_match(void)
{
	static bool started = false;

	if (likely(started))
		return;
	if (!start_group())
		ereport(ERROR, (errcode(ERRCODE_SYSTEM_ERROR),
						errmsg("could not initialize libsodium")));
	started = true;
}

/* ---- making ---- */

/* What a key of a kind has for its text; 0: such keys are not blinded. */
int
blinded_key_length(KeyKind kind)
{
	if (!(KEY_BIT(kind) & MATCHING_KINDS))
		return 0;
	return kind == KEY_DECIDING_ID ? 2 * POINT_LENGTH : POINT_LENGTH;
}

/* Keys of a kind are of one length. */
static int
compare_blinded_keys(const void *first, const void *second)
{
	const BlindedKey *a = first;
	const BlindedKey *b = second;

	if (a->kind != b->kind)
		return (int) a->kind - (int) b->kind;
	return memcmp(a->bytes, b->bytes, a->length);
}

static uint8 *
put_key(uint8 *to, KeyKind kind, int prefix, int length, const uint8 *bytes)
{
	to[0] = kind;
	to[1] = prefix;
	to[2] = length;
	memcpy(to + KEY_HEADER, bytes, length);
	return to + KEY_HEADER + length;
}

/*
 * Makes a value of keys in any order, which it sorts: the order that the texts
 * had would say something about them.
 */
struct varlena *
make_blinded_identity(BlindedKey *keys, int nkeys,
					  const uint8 (*fingerprints)[FINGERPRINT_LENGTH],
					  int nfingerprints)
{
	Size size = VARHDRSZ + IDENTITY_HEADER + nfingerprints * FINGERPRINT_KEY;
	int first = 0;
	struct varlena *identity;
	uint8 *start;
	uint8 *to;

	qsort(keys, nkeys, sizeof(BlindedKey), compare_blinded_keys);
	for (int i = 0; i < nkeys; i++)
		size += KEY_HEADER + keys[i].length;
	identity = palloc(size);
	SET_VARSIZE(identity, size);
	start = to = (uint8 *) VARDATA(identity);
	to[0] = blinded_identity_type.version;
	to[1] = nfingerprints == 2 ? BLINDED_TWICE : 0;
	to += IDENTITY_HEADER;
	for (int i = 0; i < nkeys; i++)
	{
		start[1] |= KEY_BIT(keys[i].kind);
		to = put_key(to, (KeyKind) keys[i].kind, keys[i].prefix,
					 keys[i].length, keys[i].bytes);
	}
	if (nfingerprints == 2)
		first = memcmp(fingerprints[0], fingerprints[1], FINGERPRINT_LENGTH) >
				0;
	for (int i = 0; i < nfingerprints; i++)
		to = put_key(to, KEY_FINGERPRINT, 0, FINGERPRINT_LENGTH,
					 fingerprints[(first + i) % nfingerprints]);
	Assert(to == (uint8 *) identity + size);
	return identity;
}

/* ---- reading ---- */

/* Where the fingerprints are, in their order; how many */
int
read_fingerprints(const struct varlena *identity,
				  const uint8 *fingerprints[MAX_FINGERPRINTS])
{
	const uint8 *start = (const uint8 *) VARDATA_ANY(identity);
	const uint8 *end = start + VARSIZE_ANY_EXHDR(identity);
	int n = (start[1] & BLINDED_TWICE) ? 2 : 1;

	for (int i = 0; i < n; i++)
		fingerprints[i] = end - (n - i) * FINGERPRINT_KEY + KEY_HEADER;
	return n;
}

char *
fingerprint_text(const uint8 *fingerprint)
{
	return write_hex((const char *) fingerprint, FINGERPRINT_LENGTH,
					 "fingerprint");
}

/*
 * The one check of what arrives: sorted keys of the kinds that match, each of
 * them one or two points of the group, and the fingerprints.
 */
static const char *
problem_of_keys(const uint8 *start, const uint8 *end)
{
	const uint8 *last = NULL;
	uint8 kinds = 0;
	int nkeys = 0;
	int nfingerprints = 0;

	for (const uint8 *at = start + IDENTITY_HEADER; at < end;)
	{
		KeyKind kind = (KeyKind) at[0];
		int length = kind == KEY_FINGERPRINT ? FINGERPRINT_LENGTH
					 : kind < KEY_KINDS      ? blinded_key_length(kind)
											 : 0;

		CHECK_FOR_INTERRUPTS();
		if (length == 0)
			return "One of its keys is of an unknown kind.";
		if (end - at < KEY_HEADER + length || at[2] != length ||
			at[1] != (kind == KEY_DECIDING_ID ? POINT_LENGTH : 0))
			return "It ends within a key, or one of its keys has the wrong "
				   "length.";
		if (last != NULL &&
			(last[0] > kind ||
			 (last[0] == kind &&
			  memcmp(last + KEY_HEADER, at + KEY_HEADER, length) >= 0)))
			return "Its keys are not in order, or one of them is there twice.";
		if (kind == KEY_FINGERPRINT)
			nfingerprints++;
		else
		{
			if (++nkeys > IDENTITY_MAX_KEYS)
				return "It has too many keys.";
			kinds |= KEY_BIT(kind);
			for (int i = 0; i < length; i += POINT_LENGTH)
				if (!is_point(at + KEY_HEADER + i))
					return psprintf("Its key %d is no element of the group "
									"ristretto255.",
									nkeys);
		}
		last = at;
		at += KEY_HEADER + length;
	}
	if (nfingerprints < 1 || nfingerprints > MAX_FINGERPRINTS)
		return "It must have the fingerprints of the one or two keys that "
			   "blinded it.";
	if (start[1] != (kinds | (nfingerprints == 2 ? BLINDED_TWICE : 0)))
		return "Its kinds are not those of its keys.";
	return NULL;
}

static const char *
blinded_identity_problem(const void *value)
{
	const struct varlena *identity = value;
	const uint8 *start = (const uint8 *) VARDATA_ANY(identity);
	const uint8 *end = start + VARSIZE_ANY_EXHDR(identity);

	if (end - start < IDENTITY_HEADER)
		return "It ends within its header.";
	start_private_match();
	return problem_of_keys(start, end);
}

const ValueType blinded_identity_type = {.name = "blinded_identity",
										 .version = COMPANY_IDENTITY_VERSION,
										 .problem = blinded_identity_problem};

VALUE_FORMS(blinded_identity, &blinded_identity_type);
CANONICAL_OPERATORS(blinded_identity, &blinded_identity_type);

/* key_fingerprints(blinded_identity) -> text[] */
Datum
key_fingerprints(PG_FUNCTION_ARGS)
{
	const uint8 *fingerprints[MAX_FINGERPRINTS];
	int n = read_fingerprints(PG_GETARG_BLINDED_IDENTITY(0), fingerprints);
	Datum texts[MAX_FINGERPRINTS];

	for (int i = 0; i < n; i++)
		texts[i] = CStringGetTextDatum(fingerprint_text(fingerprints[i]));
	PG_RETURN_ARRAYTYPE_P(
		construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ---- matching ---- */

/* Refuses what nothing can match, rather than to find nothing. */
void
check_blinded_twice(const struct varlena *identity)
{
	const uint8 *fingerprints[MAX_FINGERPRINTS];

	if (likely(((const uint8 *) VARDATA_ANY(identity))[1] & BLINDED_TWICE))
		return;
	read_fingerprints(identity, fingerprints);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("an identity that one side alone has blinded matches "
					"nothing"),
			 errdetail("It was blinded by the key with the fingerprint %s.",
					   fingerprint_text(fingerprints[0])),
			 errhint("The other side must blind it, too, with "
					 "blind(blinded_identity, key).")));
}

/* Of two that were blinded twice */
void
check_same_exchange(const struct varlena *a, const struct varlena *b)
{
	const uint8 *of_a[MAX_FINGERPRINTS];
	const uint8 *of_b[MAX_FINGERPRINTS];

	read_fingerprints(a, of_a);
	read_fingerprints(b, of_b);
	if (likely(memcmp(of_a[0], of_b[0], FINGERPRINT_LENGTH) == 0 &&
			   memcmp(of_a[1], of_b[1], FINGERPRINT_LENGTH) == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("identities that were blinded by different keys cannot be "
					"compared"),
			 errdetail("One was blinded by the keys with the fingerprints %s "
					   "and %s, another by %s and %s.",
					   fingerprint_text(of_a[0]), fingerprint_text(of_a[1]),
					   fingerprint_text(of_b[0]), fingerprint_text(of_b[1])),
			 errhint("Compare two lists of one exchange: both sides blind "
					 "both lists with the same two keys.")));
}

static MatchLevel
match_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_BLINDED_IDENTITY(0);
	struct varlena *b = PG_GETARG_BLINDED_IDENTITY(1);
	MatchLevel level;

	check_blinded_twice(a);
	check_blinded_twice(b);
	check_same_exchange(a, b);
	level = match_identities(read_identity(a), read_identity(b));
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return level;
}

/* a && b */
Datum
blinded_identity_matches(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(match_arguments(fcinfo) != MATCH_NONE);
}

/* match_level(blinded_identity, blinded_identity) -> text */
Datum
blinded_match_level(PG_FUNCTION_ARGS)
{
	MatchLevel level = match_arguments(fcinfo);

	if (level == MATCH_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(match_level_names[level]));
}

/* ---- order ---- */

/* By the bytes */
static int
compare(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_BLINDED_IDENTITY(0);
	struct varlena *b = PG_GETARG_BLINDED_IDENTITY(1);
	Size a_length = VARSIZE_ANY_EXHDR(a);
	Size b_length = VARSIZE_ANY_EXHDR(b);
	int order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b),
					   Min(a_length, b_length));

	if (order == 0)
		order = (a_length > b_length) - (a_length < b_length);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order < 0 ? -1 : order > 0;
}

Datum
blinded_identity_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

Datum
blinded_identity_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

Datum
blinded_identity_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

Datum
blinded_identity_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

Datum
blinded_identity_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}
