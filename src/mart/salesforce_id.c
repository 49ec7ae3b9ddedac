/*
 * salesforce_id.c
 *		The 18 characters of an id of Salesforce.
 *
 * Every id of a replica passes here, of each row several: whoever binds one or
 * loads from it would wait for this longer than for all the rest.
 *
 * IDENTIFICATION
 *		src/mart/salesforce_id.c
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"

#define SHORT_ID  15
#define BLOCK     5
#define CHECKSUMS (SHORT_ID / BLOCK)

PG_FUNCTION_INFO_V1(salesforce_id);

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_short_id(const char *id, size_t length)
{
	if (length != SHORT_ID)
		return false;
	for (int i = 0; i < SHORT_ID; i++)
	{
		if (!is_capital(id[i]) && !(id[i] >= 'a' && id[i] <= 'z') &&
			!(id[i] >= '0' && id[i] <= '9'))
			return false;
	}
	return true;
}

/*
 * salesforce_id(id text) -> text: one of 15 characters with its checksum,
 * anything else as it is.  Each of the last three characters stands for the
 * capitals among five others.
 */
Datum
salesforce_id(PG_FUNCTION_ARGS)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
	text *id = PG_GETARG_TEXT_PP(0);
	const char *given = VARDATA_ANY(id);
	text *result;
	char *whole;

	if (!is_short_id(given, VARSIZE_ANY_EXHDR(id)))
		PG_RETURN_TEXT_P(id);
	result = palloc(VARHDRSZ + SHORT_ID + CHECKSUMS);
	SET_VARSIZE(result, VARHDRSZ + SHORT_ID + CHECKSUMS);
	whole = VARDATA(result);
	memcpy(whole, given, SHORT_ID);
	for (int block = 0; block < CHECKSUMS; block++)
	{
		int capitals = 0;

		for (int i = 0; i < BLOCK; i++)
			capitals |= is_capital(given[block * BLOCK + i]) << i;
		whole[SHORT_ID + block] = digits[capitals];
	}
	PG_RETURN_TEXT_P(result);
}
