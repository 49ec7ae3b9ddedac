/*
 * value.h
 *		What the values of all types of ours have in common.
 *
 * The first byte of a value, behind its length, says which version of the type
 * wrote it.  A value that is stored may be older or newer than the library
 * that reads it, so a function takes its arguments through here, and nothing
 * of another version is ever read.
 *
 * A type's file describes it in one ValueType.  VALUE_FORMS(name, type) then
 * makes its functions name_in, name_out, name_recv and name_send, and, where
 * equal values have equal bytes, CANONICAL_OPERATORS(name, type) makes
 * name_eq, name_ne, name_hash and name_hash_extended.
 *
 * IDENTIFICATION
 *		src/base/value.h
 */
#ifndef ECOSYSTEM_VALUE_H
#define ECOSYSTEM_VALUE_H

#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"
#include "base/value_type.h"

extern void *text_as_binary(struct BinaryForm *form, void *value);

extern Datum value_in(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_out(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_recv(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_send(FunctionCallInfo fcinfo, const ValueType *type);

#define VALUE_FUNCTION(function, call) \
	PG_FUNCTION_INFO_V1(function);     \
	Datum function(PG_FUNCTION_ARGS)   \
	{                                  \
		return call;                   \
	}                                  \
	extern Datum function(PG_FUNCTION_ARGS)

#define VALUE_FORMS(name, type)                            \
	VALUE_FUNCTION(name##_in, value_in(fcinfo, type));     \
	VALUE_FUNCTION(name##_out, value_out(fcinfo, type));   \
	VALUE_FUNCTION(name##_recv, value_recv(fcinfo, type)); \
	VALUE_FUNCTION(name##_send, value_send(fcinfo, type))

extern Datum value_eq(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_ne(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_hash(FunctionCallInfo fcinfo, const ValueType *type);
extern Datum value_hash_extended(FunctionCallInfo fcinfo,
								 const ValueType *type);

#define CANONICAL_OPERATORS(name, type)                    \
	VALUE_FUNCTION(name##_eq, value_eq(fcinfo, type));     \
	VALUE_FUNCTION(name##_ne, value_ne(fcinfo, type));     \
	VALUE_FUNCTION(name##_hash, value_hash(fcinfo, type)); \
	VALUE_FUNCTION(name##_hash_extended, value_hash_extended(fcinfo, type))

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

/* What follows a header must begin with the version that we know. */
static inline void
check_version(const char *data, Size length, const ValueType *type)
{
	int version = length == 0 ? 0 : *(const uint8 *) data;

	if (unlikely(version != type->version))
		refuse_version(type->name, version);
}

/* The value, whose header may be short */
static inline void *
known_value(void *value, const ValueType *type)
{
	check_version(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), type);
	return value;
}

/* The value in a datum, to read, in one piece whatever it was before */
static inline void *
value_of_datum(Datum datum, const ValueType *type)
{
	struct varlena *value = PG_DETOAST_DATUM(datum);

	check_version(VARDATA(value), VARSIZE(value) - VARHDRSZ, type);
	return value;
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
