/*
 * private_match_group.h
 *		The group in which keys are blinded: ristretto255, of libsodium.
 *
 * Without anything of the server, so that it can be tested and timed alone.
 *
 * IDENTIFICATION
 *		src/identity/private_match_group.h
 */
#ifndef ECOSYSTEM_PRIVATE_MATCH_GROUP_H
#define ECOSYSTEM_PRIVATE_MATCH_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#if !defined(__has_include) || __has_include(<sodium.h>)
#include <sodium.h>
#endif

#ifndef crypto_core_ristretto255_BYTES
#error \
	"ecosystem needs libsodium 1.0.18 or newer, with ristretto255, which a minimal build leaves out (Debian: libsodium-dev)"
#endif

#define POINT_LENGTH       32
#define SECRET_LENGTH      32
#define FINGERPRINT_LENGTH 16

/*
 * What tells our hashes from all others, and this version of them from later
 * ones: RFC 9380 asks for the suite at the end.
 */
#define MATCHING_DOMAIN \
	"ecosystem-private-match-V01-ristretto255_XMD:SHA-512_R255MAP_RO_"

extern bool start_group(void);
extern void hash_to_group(unsigned char *point, const char *domain,
						  size_t domain_length, const unsigned char *message,
						  size_t length);
extern bool is_point(const unsigned char *point);
extern bool is_secret(const unsigned char *secret);
extern bool multiply_point(unsigned char *result, const unsigned char *secret,
						   const unsigned char *point);
extern void make_secret(unsigned char *secret);
extern bool secret_fingerprint(unsigned char *fingerprint,
							   const unsigned char *secret);

#endif /* ECOSYSTEM_PRIVATE_MATCH_GROUP_H */
