/*
 * canonical.c
 *		Equality and hashing of values whose bytes are canonical.
 *
 * Every state of ours has one byte string for one meaning: counts, minima and
 * sorted lists, spare bytes zero.  So two values are equal if their bytes
 * are, and one set of functions serves GROUP BY, DISTINCT and UNION for all
 * those types.  Another version may have other bytes for the same meaning, so
 * that it is not compared.
 *
 * IDENTIFICATION
 *		src/base/canonical.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "base/canonical.h"

/* The bytes after the length word, which is short or long by storage. */
static const unsigned char *
canonical_bytes(FunctionCallInfo fcinfo, int argno, const ValueType *type,
				int *length)
{
	struct varlena *value = packed_value_of_datum(PG_GETARG_DATUM(argno),
												  type);

	*length = VARSIZE_ANY_EXHDR(value);
	return (const unsigned char *) VARDATA_ANY(value);
}

/* value = value */
bool
canonical_equal(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	int other_length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);
	const unsigned char *other = canonical_bytes(fcinfo, 1, type,
												 &other_length);

	return length == other_length && memcmp(bytes, other, length) == 0;
}

/* hash(value) */
uint32
canonical_hash(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);

	return hash_bytes(bytes, length);
}

/* hash(value, bigint) */
uint64
canonical_hash_extended(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);

	return hash_bytes_extended(bytes, length, (uint64) PG_GETARG_INT64(1));
}
