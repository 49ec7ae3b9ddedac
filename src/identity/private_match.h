/*
 * private_match.h
 *		Identities whose keys are blinded, which two databases may exchange.
 *
 * IDENTIFICATION
 *		src/identity/private_match.h
 */
#ifndef ECOSYSTEM_PRIVATE_MATCH_H
#define ECOSYSTEM_PRIVATE_MATCH_H

#include "postgres.h"

#include "base/value.h"
#include "identity/company_identity.h"
#include "identity/private_match_group.h"

/*
 * A blinded identity is laid out as an identity is, so that what compares and
 * joins identities reads it in place: version, kinds, keys in the order of
 * their kinds and bytes.  A key's text is a point of the group; that of a
 * deciding id is the point of its register, which is its prefix, and the point
 * of the id.  Only the kinds that can match are there.  Behind them follow, as
 * keys of a kind of their own, the fingerprints of the one or two secrets that
 * blinded it, in order.
 */
#define KEY_FINGERPRINT ((KeyKind) 7)

/* Beside the kinds, that it was blinded by two secrets */
#define BLINDED_TWICE 0x80

extern const ValueType blinded_identity_type;

#define DatumGetBlindedIdentity(datum) \
	((struct varlena *) packed_value_of_datum(datum, &blinded_identity_type))
#define PG_GETARG_BLINDED_IDENTITY(n) \
	DatumGetBlindedIdentity(PG_GETARG_DATUM(n))

/* What implements &&, to know the operator by. */
extern PGDLLEXPORT Datum blinded_identity_matches(PG_FUNCTION_ARGS);

extern void check_blinded_twice(const struct varlena *identity);
extern void check_same_exchange(const struct varlena *a,
								const struct varlena *b);

/* ---- for the files of the concept ---- */

extern void start_private_match(void);

#define FINGERPRINT_KEY    (KEY_HEADER + FINGERPRINT_LENGTH)
#define FINGERPRINT_DIGITS (2 * FINGERPRINT_LENGTH)
#define MAX_FINGERPRINTS   2
#define MAX_BLINDED_LENGTH (2 * POINT_LENGTH)

/* A blinded key, as it is sorted */
typedef struct BlindedKey
{
	uint8 kind;
	uint8 prefix;
	uint8 length;
	uint8 bytes[MAX_BLINDED_LENGTH];
} BlindedKey;

extern int blinded_key_length(KeyKind kind);
extern struct varlena *make_blinded_identity(
	BlindedKey *keys, int nkeys,
	const uint8 (*fingerprints)[FINGERPRINT_LENGTH], int nfingerprints);
extern int read_fingerprints(const struct varlena *identity,
							 const uint8 *fingerprints[MAX_FINGERPRINTS]);
extern char *fingerprint_text(const uint8 *fingerprint);

#endif /* ECOSYSTEM_PRIVATE_MATCH_H */
