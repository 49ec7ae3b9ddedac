/*
 * company_identity_gin.c
 *		GIN operator class: which identities may match a given one.
 *
 * The index holds the keys that && can match by: ids, domains, and names with
 * their country that are long enough.  Every match shares one of them, so the
 * index finds all matches; the ladder may refuse a pair that shares one (the
 * names agree but the domains do not), so the heap is always asked again.
 *
 * An entry is a byte for the level and the key's text, compared bytewise,
 * whatever the collation.
 *
 * IDENTIFICATION
 *		src/identity/company_identity_gin.c
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"

#include "identity/company_identity.h"

PG_FUNCTION_INFO_V1(company_identity_extract_value);
PG_FUNCTION_INFO_V1(company_identity_extract_query);
PG_FUNCTION_INFO_V1(company_identity_triconsistent);

static Datum *
extract_keys(const struct varlena *identity, int32 *nkeys)
{
	IdentityReader reader = read_identity(identity);
	Datum *entries;
	char *at;
	IdentityKey key;
	int n = 0;
	Size size = 0;

	for (IdentityReader all = reader; next_matching_key(&all, &key);)
	{
		n++;
		size += INTALIGN(VARHDRSZ + 1 + key.length);
	}
	*nkeys = n;
	if (n == 0)
		return NULL;

	/* The array and what it points to in one piece. */
	entries = palloc(MAXALIGN(n * sizeof(Datum)) + size);
	at = (char *) entries + MAXALIGN(n * sizeof(Datum));
	n = 0;
	while (next_matching_key(&reader, &key))
	{
		SET_VARSIZE(at, VARHDRSZ + 1 + key.length);
		VARDATA(at)[0] = (char) key_level(key.kind);
		memcpy(VARDATA(at) + 1, key.bytes, key.length);
		entries[n++] = PointerGetDatum(at);
		at += INTALIGN(VARHDRSZ + 1 + key.length);
	}
	return entries;
}

/* (company_identity, internal) -> internal */
Datum
company_identity_extract_value(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_COMPANY_IDENTITY(0);
	int32 *nkeys = (int32 *) PG_GETARG_POINTER(1);

	PG_RETURN_POINTER(extract_keys(identity, nkeys));
}

/*
 * (company_identity, internal, smallint, internal, internal, internal,
 * internal) -> internal
 *
 * An identity without keys to match by gives no entries, and in the default
 * search mode that is an empty result.
 */
Datum
company_identity_extract_query(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_COMPANY_IDENTITY(0);
	int32 *nkeys = (int32 *) PG_GETARG_POINTER(1);

	PG_RETURN_POINTER(extract_keys(identity, nkeys));
}

/*
 * (internal, smallint, company_identity, integer, internal, internal,
 * internal) -> "char"
 *
 * Maybe, if any key is there.
 */
Datum
company_identity_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int32 nkeys = PG_GETARG_INT32(3);

	for (int i = 0; i < nkeys; i++)
		if (check[i] != GIN_FALSE)
			PG_RETURN_GIN_TERNARY_VALUE(GIN_MAYBE);
	PG_RETURN_GIN_TERNARY_VALUE(GIN_FALSE);
}
