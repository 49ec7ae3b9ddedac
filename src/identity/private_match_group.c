/*
 * private_match_group.c
 *		The group in which keys are blinded: ristretto255, of libsodium.
 *
 * A text becomes a point as RFC 9380 has it for ristretto255 (its appendix B):
 * expand_message_xmd() with SHA-512 makes 64 uniform bytes of a text under a
 * domain separation tag, and the map of RFC 9496 makes a point of these.  What
 * multiplies points and maps bytes to them is libsodium's, in constant time.
 *
 * The group has prime order: there is no point of a small subgroup and no
 * cofactor to look out for.  The neutral element is a point that blinding cannot
 * hide, and it is none here.
 *
 * IDENTIFICATION
 *		src/identity/private_match_group.c
 */
#include "identity/private_match_group.h"

#include <stdint.h>
#include <string.h>

#define HASH_BLOCK 128 /* of SHA-512 */

static const char fingerprint_domain[] =
	"ecosystem-private-match-V01-fingerprint";

/* False: the library cannot be used. */
bool
start_group(void)
{
	return sodium_init() >= 0;
}

/*
 * RFC 9380, 5.3.1, for the 64 bytes that are one block of the hash's output.
 * The domain has 255 bytes at most.
 */
static void
expand_message(unsigned char uniform[crypto_hash_sha512_BYTES],
			   const char *domain, size_t domain_length,
			   const unsigned char *message, size_t length)
{
	static const unsigned char zeros[HASH_BLOCK];
	static const unsigned char wanted[] = {0, crypto_hash_sha512_BYTES, 0};
	unsigned char whole[crypto_hash_sha512_BYTES + 1];
	unsigned char domain_end = (unsigned char) domain_length;
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, zeros, sizeof(zeros));
	crypto_hash_sha512_update(&state, message, length);
	crypto_hash_sha512_update(&state, wanted, sizeof(wanted));
	crypto_hash_sha512_update(&state, (const unsigned char *) domain,
							  domain_length);
	crypto_hash_sha512_update(&state, &domain_end, 1);
	crypto_hash_sha512_final(&state, whole);

	whole[crypto_hash_sha512_BYTES] = 1;
	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, whole, sizeof(whole));
	crypto_hash_sha512_update(&state, (const unsigned char *) domain,
							  domain_length);
	crypto_hash_sha512_update(&state, &domain_end, 1);
	crypto_hash_sha512_final(&state, uniform);
}

void
hash_to_group(unsigned char *point, const char *domain, size_t domain_length,
			  const unsigned char *message, size_t length)
{
	unsigned char uniform[crypto_hash_sha512_BYTES];

	expand_message(uniform, domain, domain_length, message, length);
	crypto_core_ristretto255_from_hash(point, uniform);
}

/*
 * The highest bit is zero in every encoding, but libsodium up to 1.0.18 does
 * not look at it.
 */
static bool
has_high_bit(const unsigned char *point)
{
	return (point[POINT_LENGTH - 1] & 0x80) != 0;
}

/* Whether bytes are the one encoding of a point that is not neutral */
bool
is_point(const unsigned char *point)
{
	return !has_high_bit(point) && !sodium_is_zero(point, POINT_LENGTH) &&
		   crypto_core_ristretto255_is_valid_point(point) == 1;
}

/* Whether bytes are a number below the group's order, and not 0 */
bool
is_secret(const unsigned char *secret)
{
	unsigned char wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0};
	unsigned char reduced[SECRET_LENGTH];
	bool sound;

	memcpy(wide, secret, SECRET_LENGTH);
	crypto_core_ristretto255_scalar_reduce(reduced, wide);
	sound = sodium_memcmp(reduced, secret, SECRET_LENGTH) == 0 &&
			!sodium_is_zero(secret, SECRET_LENGTH);
	sodium_memzero(wide, sizeof(wide));
	sodium_memzero(reduced, sizeof(reduced));
	return sound;
}

/* False: it is no point. */
bool
multiply_point(unsigned char *result, const unsigned char *secret,
			   const unsigned char *point)
{
	return !has_high_bit(point) &&
		   crypto_scalarmult_ristretto255(result, secret, point) == 0;
}

/* A number below the group's order, each but 0 as probable as any other */
void
make_secret(unsigned char *secret)
{
	crypto_core_ristretto255_scalar_random(secret);
}

/*
 * What a secret is known by: a hash of the point that it makes of the group's
 * generator.  It says no more about the secret than a public key does, and two
 * secrets have it in common by chance only.
 */
bool
secret_fingerprint(unsigned char *fingerprint, const unsigned char *secret)
{
	unsigned char bytes[sizeof(fingerprint_domain) - 1 + POINT_LENGTH];
	unsigned char hash[crypto_hash_sha512_BYTES];

	memcpy(bytes, fingerprint_domain, sizeof(fingerprint_domain) - 1);
	if (crypto_scalarmult_ristretto255_base(bytes +
												sizeof(fingerprint_domain) - 1,
											secret) != 0)
		return false;
	crypto_hash_sha512(hash, bytes, sizeof(bytes));
	memcpy(fingerprint, hash, FINGERPRINT_LENGTH);
	return true;
}
