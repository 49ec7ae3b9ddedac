/*
 * private_match_key.h
 *		The secrets that identities are blinded with.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key.h
 */
#ifndef ECOSYSTEM_PRIVATE_MATCH_KEY_H
#define ECOSYSTEM_PRIVATE_MATCH_KEY_H

#include "identity/private_match.h"

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

extern MatchingKey *use_matching_key(FunctionCallInfo fcinfo,
									 const text *name);

#endif /* ECOSYSTEM_PRIVATE_MATCH_KEY_H */
