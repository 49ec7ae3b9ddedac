/*
 * private_match_private.h
 *		What the files of private_match share.
 *
 * IDENTIFICATION
 *		src/identity/private_match_private.h
 */
#ifndef ECOSYSTEM_PRIVATE_MATCH_PRIVATE_H
#define ECOSYSTEM_PRIVATE_MATCH_PRIVATE_H

#include "identity/private_match.h"
#include "identity/private_match_group.h"

/* ---- values ---- */

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

/* ---- secrets ---- */

/* The point of a register, which many ids have in common */
typedef struct KnownPoint
{
	int length;
	uint8 bytes[KEY_MAX_LENGTH]; /* of what it was made */
	uint8 point[POINT_LENGTH];
} KnownPoint;

#define KNOWN_POINTS 16

/* A key of the table, while a statement uses it */
typedef struct MatchingKey
{
	char *name;
	Oid owner;
	Oid *users;
	int nusers;
	bool paired;
	uint8 fingerprint[FINGERPRINT_LENGTH];
	uint8 partner[FINGERPRINT_LENGTH]; /* where it is paired */
	const uint8 *secret;               /* in memory of libsodium's */

	/* what it has blinded, of which there is more */
	KnownPoint known[KNOWN_POINTS];
	int nknown;
} MatchingKey;

extern void start_private_match(void);
extern MatchingKey *use_matching_key(FunctionCallInfo fcinfo,
									 const text *name);

#endif /* ECOSYSTEM_PRIVATE_MATCH_PRIVATE_H */
