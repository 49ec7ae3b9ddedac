/*
 * value.h
 *		What the values of all types of ours have in common.
 *
 * The first byte of a value, behind its length, says which version of the type
 * wrote it.  A value that is stored may be older or newer than the library
 * that reads it, so a function takes its arguments through here, and nothing
 * of another version is ever read.
 *
 * IDENTIFICATION
 *		src/base/value.h
 */
#ifndef ECOSYSTEM_VALUE_H
#define ECOSYSTEM_VALUE_H

#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"

typedef struct ValueType
{
	const char *name;
	uint8 version;
} ValueType;

/* Nothing is lost by refusing a value: the rows it was made of are there. */
pg_noreturn static inline void
refuse_version(const char *type_name, int version)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("%s of unknown version %d", type_name, version),
			 errhint("Aggregate the rows again, or refresh the materialized "
					 "view that holds it.")));
}

/* The value, whose header may be short, if it is of the version we know. */
static inline void *
known_value(void *value, const ValueType *type)
{
	int version = VARSIZE_ANY_EXHDR(value) == 0
					  ? 0
					  : *(const uint8 *) VARDATA_ANY(value);

	if (unlikely(version != type->version))
		refuse_version(type->name, version);
	return value;
}

/* The value in a datum, to read, in one piece whatever it was before */
static inline void *
value_of_datum(Datum datum, const ValueType *type)
{
	return known_value(PG_DETOAST_DATUM(datum), type);
}

/* The same with a short header where it was stored with one */
static inline void *
packed_value_of_datum(Datum datum, const ValueType *type)
{
	return known_value(PG_DETOAST_DATUM_PACKED(datum), type);
}

/* Of a value that is not read, no more than its first bytes are fetched. */
static inline void
check_version_alone(Datum datum, const ValueType *type)
{
	known_value(PG_DETOAST_DATUM_SLICE(datum, 0, 1), type);
}

static inline void *
value_argument(FunctionCallInfo fcinfo, int argno, const ValueType *type)
{
	return value_of_datum(PG_GETARG_DATUM(argno), type);
}

#endif /* ECOSYSTEM_VALUE_H */
