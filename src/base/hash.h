/*
 * hash.h
 *		Hashes of bytes and of integers.
 *
 * Types that can be keys in SQL have their own, with the operator class, which
 * can never change.  The server's hash_bytes() is for those and for what goes
 * with them only: it takes three times as long for keys of some ten bytes as
 * multiplying 16 bytes at a time and folding the product, as wyhash does.
 *
 * IDENTIFICATION
 *		src/base/hash.h
 */
#ifndef ECOSYSTEM_HASH_H
#define ECOSYSTEM_HASH_H

#include "postgres.h"

#include "base/bytes.h"

static inline uint64
fold_product(uint64 a, uint64 b)
{
	uint128 product = (uint128) a * b;

	return (uint64) product ^ (uint64) (product >> 64);
}

/*
 * The same on every machine and in every version, since what is stored is
 * ordered by it.
 */
static inline uint64
stable_hash(const char *bytes, uint32 length)
{
	const uint64 first = UINT64CONST(0x9E3779B97F4A7C15);
	const uint64 second = UINT64CONST(0xD1B54A32D192ED03);
	uint64 hash = length * first;
	uint64 a = 0;
	uint64 b = 0;

	for (; length > 16; length -= 16, bytes += 16)
		hash = fold_product(load_word(bytes) ^ first ^ hash,
							load_word(bytes + 8) ^ second);
	if (length >= 8)
	{
		a = load_word(bytes);
		b = load_word(bytes + length - 8);
	}
	else
	{
		for (uint32 i = 0; i < length; i++)
			a |= (uint64) (unsigned char) bytes[i] << 8 * i;
	}
	hash = fold_product(a ^ first ^ hash, b ^ second);
	return fold_product(hash ^ second, first);
}

/* Of no meaning beyond this process, so that it may change with any version */
static inline uint64
fast_hash(const char *bytes, Size length, uint64 seed)
{
	const uint64 first = UINT64CONST(0xA0761D6478BD642F);
	const uint64 second = UINT64CONST(0xE7037ED1A0B428DB);
	uint64 hash = first ^ seed ^ length;
	uint64 a;
	uint64 b;

	for (; length > 16; length -= 16, bytes += 16)
	{
		memcpy(&a, bytes, 8);
		memcpy(&b, bytes + 8, 8);
		hash = fold_product(a ^ first, b ^ hash);
	}
	if (length >= 8)
	{
		memcpy(&a, bytes, 8);
		memcpy(&b, bytes + length - 8, 8);
	}
	else if (length >= 4)
	{
		uint32 start;
		uint32 end;

		memcpy(&start, bytes, 4);
		memcpy(&end, bytes + length - 4, 4);
		a = start;
		b = end;
	}
	else
	{
		a = 0;
		b = 0;
		memcpy(&a, bytes, length);
	}
	return fold_product(second ^ fold_product(a ^ second, b ^ hash), first);
}

/*
 * The finalizer of MurmurHash3: spreads every bit over all, and can be undone.
 * What is stored holds it.
 */
static inline uint64
mix_integer(uint64 x)
{
	x = (x ^ x >> 33) * UINT64CONST(0xFF51AFD7ED558CCD);
	x = (x ^ x >> 33) * UINT64CONST(0xC4CEB9FE1A85EC53);
	return x ^ x >> 33;
}

static inline uint64
unmix_integer(uint64 x)
{
	x = (x ^ x >> 33) * UINT64CONST(0x9CB4B2F8129337DB);
	x = (x ^ x >> 33) * UINT64CONST(0x4F74430C22A54005);
	return x ^ x >> 33;
}

#endif /* ECOSYSTEM_HASH_H */
