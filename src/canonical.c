/*
 * canonical.c
 *		Equality and hashing of values whose bytes are canonical.
 *
 * Every state of ours has one byte string for one meaning: counts, minima and
 * sorted lists, spare bytes zero.  So two values are equal if their bytes
 * are, and one set of functions serves GROUP BY, DISTINCT and UNION for all
 * those types.
 *
 * IDENTIFICATION
 *		src/canonical.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "canonical.h"
#include "compat.h"

PG_FUNCTION_INFO_V1(canonical_eq);
PG_FUNCTION_INFO_V1(canonical_ne);
PG_FUNCTION_INFO_V1(canonical_hash);
PG_FUNCTION_INFO_V1(canonical_hash_extended);

/* The bytes after the length word, which is short or long by storage. */
static const unsigned char *
canonical_bytes(FunctionCallInfo fcinfo, int argno, int *length)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(argno);

	*length = VARSIZE_ANY_EXHDR(value);
	return (const unsigned char *) VARDATA_ANY(value);
}

static bool
same_bytes(FunctionCallInfo fcinfo)
{
	int length;
	int other_length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, &length);
	const unsigned char *other = canonical_bytes(fcinfo, 1, &other_length);

	return length == other_length && memcmp(bytes, other, length) == 0;
}

/*
 * value = value -> boolean
 */
Datum
canonical_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_bytes(fcinfo));
}

/*
 * value <> value -> boolean
 */
Datum
canonical_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_bytes(fcinfo));
}

/*
 * hash(value) -> integer
 */
Datum
canonical_hash(PG_FUNCTION_ARGS)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, &length);

	PG_RETURN_UINT32(hash_bytes(bytes, length));
}

/*
 * hash(value, bigint) -> bigint
 */
Datum
canonical_hash_extended(PG_FUNCTION_ARGS)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, &length);

	PG_RETURN_UINT64(
		hash_bytes_extended(bytes, length, (uint64) PG_GETARG_INT64(1)));
}
