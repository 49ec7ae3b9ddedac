/*
 * fuzz.h
 *		What the fuzzing targets share: calls of SQL functions outside the
 *		server, and claims about their results.
 *
 * IDENTIFICATION
 *		test/fuzz/fuzz.h
 */
#ifndef ECOSYSTEM_FUZZ_H
#define ECOSYSTEM_FUZZ_H

#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"

/* The functions of a type; each has one argument that matters. */
typedef struct FuzzedType
{
	const char *name;
	PGFunction in;
	PGFunction out;
	PGFunction recv;
	PGFunction send;
} FuzzedType;

/* Stops the fuzzer, which keeps the input, unless a claim holds. */
#define CLAIM(holds, ...)        \
	do                           \
	{                            \
		if (!(holds))            \
			refute(__VA_ARGS__); \
	} while (0)

extern void refute(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Frees what the last input left allocated by palloc(). */
extern void next_input(void);

/* A copy from palloc(), so that reading beyond its end is seen. */
extern char *copy_bytes(const void *bytes, size_t length);
extern text *make_text(const char *bytes, size_t length);

/* Can the server hand it to a function: valid UTF-8 without a zero byte? */
extern bool is_server_text(const char *bytes, size_t length);

/* Calls a function; false if it raised an error or returned null. */
extern bool call(PGFunction function, Datum argument, Datum *result);

extern bool same_value(Datum a, Datum b);
extern bool read_text(const FuzzedType *type, const char *bytes, size_t length,
					  Datum *value);
extern bool read_binary(const FuzzedType *type, const char *bytes,
						size_t length, Datum *value);

/* Claims that in(out(value)) and recv(send(value)) are value, to the byte. */
extern void claim_round_trips(const FuzzedType *type, Datum value);

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* ECOSYSTEM_FUZZ_H */
