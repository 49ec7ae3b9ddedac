/*
 * wide_blank.c
 *		How a database writes the blanks that ASCII does not have.
 *
 * IDENTIFICATION
 *		src/base/wide_blank.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/wide_blank.h"

BlankEncoding
blank_encoding(void)
{
	switch (GetDatabaseEncoding())
	{
		case PG_UTF8:
		case PG_SQL_ASCII:
			return BLANKS_OF_UTF8;
		case PG_LATIN1:
		case PG_LATIN2:
		case PG_LATIN3:
		case PG_LATIN4:
		case PG_LATIN5:
		case PG_LATIN6:
		case PG_LATIN7:
		case PG_LATIN8:
		case PG_LATIN9:
		case PG_LATIN10:
		case PG_ISO_8859_5:
		case PG_ISO_8859_6:
		case PG_ISO_8859_7:
		case PG_ISO_8859_8:
			return BLANKS_OF_ISO;
		case PG_WIN1250:
		case PG_WIN1251:
		case PG_WIN1252:
		case PG_WIN1253:
		case PG_WIN1254:
		case PG_WIN1255:
		case PG_WIN1256:
		case PG_WIN1257:
		case PG_WIN1258:
			return BLANKS_OF_WINDOWS;
		default:
			return NO_WIDE_BLANKS;
	}
}
