/*
 * canonical.h
 *		Equality and hashing of values whose bytes are canonical.
 *
 * A type's file says CANONICAL_OPERATORS(name, type) once, and SQL can call
 * name_eq, name_ne, name_hash and name_hash_extended.
 *
 * IDENTIFICATION
 *		src/base/canonical.h
 */
#ifndef ECOSYSTEM_CANONICAL_H
#define ECOSYSTEM_CANONICAL_H

#include "base/value.h"

extern bool canonical_equal(FunctionCallInfo fcinfo, const ValueType *type);
extern uint32 canonical_hash(FunctionCallInfo fcinfo, const ValueType *type);
extern uint64 canonical_hash_extended(FunctionCallInfo fcinfo,
									  const ValueType *type);

#define CANONICAL_OPERATORS(name, type)                          \
	PG_FUNCTION_INFO_V1(name##_eq);                              \
	PG_FUNCTION_INFO_V1(name##_ne);                              \
	PG_FUNCTION_INFO_V1(name##_hash);                            \
	PG_FUNCTION_INFO_V1(name##_hash_extended);                   \
	Datum name##_eq(PG_FUNCTION_ARGS)                            \
	{                                                            \
		PG_RETURN_BOOL(canonical_equal(fcinfo, type));           \
	}                                                            \
	Datum name##_ne(PG_FUNCTION_ARGS)                            \
	{                                                            \
		PG_RETURN_BOOL(!canonical_equal(fcinfo, type));          \
	}                                                            \
	Datum name##_hash(PG_FUNCTION_ARGS)                          \
	{                                                            \
		PG_RETURN_UINT32(canonical_hash(fcinfo, type));          \
	}                                                            \
	Datum name##_hash_extended(PG_FUNCTION_ARGS)                 \
	{                                                            \
		PG_RETURN_UINT64(canonical_hash_extended(fcinfo, type)); \
	}                                                            \
	extern Datum name##_eq(PG_FUNCTION_ARGS) /* takes a semicolon */

#endif /* ECOSYSTEM_CANONICAL_H */
