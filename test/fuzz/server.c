/*
 * server.c
 *		As much of the PostgreSQL server as the fuzzed functions call.
 *
 * The functions are compiled as they are, against the server's headers, and
 * linked with libpgcommon and libpgport, which are the server's own code.
 * Stubbed here, since it is in none of them:
 *
 *	 - palloc() and its family, on malloc(): every chunk has the sanitizer's
 *	   red zones, which the server's memory contexts have not.  What was not
 *	   freed is freed before the next input, as the end of a query does, and
 *	   counts as no leak.  What a library allocates by malloc() does.
 *	 - ereport(): an error jumps back to call().  Its texts are formatted, and
 *	   forgotten.  An error without a SQLSTATE of its own is "internal", which
 *	   nobody's input may cause, so it stops the fuzzer.
 *	 - pq_...(): messages of the protocol, where the client speaks UTF-8.
 *	 - the database's encoding, which is always UTF-8; no conversion is fuzzed.
 *	 - toasting: no value is ever compressed, out of line or packed.
 *	 - dates, proleptic Gregorian, as Julian day numbers.
 *	 - numeric, as far as it is read, written and compared: plain decimals
 *	   without an exponent, in the server's own layout.
 *
 * Whatever else of the server the sources mention is left unresolved when
 * linking, and to call it is a crash: arithmetic, arrays, catalogs, tuples.
 *
 * IDENTIFICATION
 *		test/fuzz/server.c
 */
#include "fuzz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

void
refute(const char *format, ...)
{
	va_list arguments;

	fputs("\nnot so: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

/* ---- memory ---- */

typedef struct Chunk
{
	struct Chunk *next;
	struct Chunk *previous;
} Chunk; /* as large as the strictest alignment */

static Chunk chunks = {&chunks, &chunks};

MemoryContext CurrentMemoryContext = NULL;

static void *
allocate(Size size, bool huge)
{
	Chunk *chunk;

	CLAIM(huge || AllocSizeIsValid(size), "%zu bytes can be allocated", size);
	chunk = malloc(sizeof(Chunk) + size);
	CLAIM(chunk != NULL, "%zu bytes are there", size);
	chunk->next = chunks.next;
	chunk->previous = &chunks;
	chunks.next->previous = chunk;
	chunks.next = chunk;
	/* As a server for developers does: nothing may rely on zeros. */
	return memset(chunk + 1, 0x7f, size);
}

void
pfree(void *pointer)
{
	Chunk *chunk = (Chunk *) pointer - 1;

	chunk->previous->next = chunk->next;
	chunk->next->previous = chunk->previous;
	free(chunk);
}

void
next_input(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
}

void *
palloc(Size size)
{
	return allocate(size, false);
}

void *
palloc0(Size size)
{
	return memset(allocate(size, false), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	void *pointer = allocate(size, (flags & MCXT_ALLOC_HUGE) != 0);

	return (flags & MCXT_ALLOC_ZERO) != 0 ? memset(pointer, 0, size) : pointer;
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return allocate(size, true);
}

static void *
reallocate(void *pointer, Size size)
{
	Chunk *chunk = (Chunk *) pointer - 1;

	chunk = realloc(chunk, sizeof(Chunk) + size);
	CLAIM(chunk != NULL, "%zu bytes are there", size);
	chunk->previous->next = chunk;
	chunk->next->previous = chunk;
	return chunk + 1;
}

void *
repalloc(void *pointer, Size size)
{
	CLAIM(AllocSizeIsValid(size), "%zu bytes can be allocated", size);
	return reallocate(pointer, size);
}

void *
repalloc_huge(void *pointer, Size size)
{
	return reallocate(pointer, size);
}

/* There is but one context, which next_input() resets. */
MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minimum, Size initial, Size maximum)
{
	return NULL;
}

void
MemoryContextReset(MemoryContext context)
{
}

void
MemoryContextDelete(MemoryContext context)
{
}

Size
add_size(Size one, Size other)
{
	Size sum;

	if (__builtin_add_overflow(one, other, &sum))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("requested shared memory size overflows")));
	return sum;
}

Size
mul_size(Size one, Size other)
{
	Size product;

	if (__builtin_mul_overflow(one, other, &product))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("requested shared memory size overflows")));
	return product;
}

char *
pnstrdup(const char *bytes, Size length)
{
	char *copy = palloc(length + 1);

	length = strnlen(bytes, length);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *
pstrdup(const char *bytes)
{
	return pnstrdup(bytes, strlen(bytes));
}

char *
copy_bytes(const void *bytes, size_t length)
{
	char *copy = palloc(length);

	return length == 0 ? copy : memcpy(copy, bytes, length);
}

/* ---- errors ---- */

sigjmp_buf *PG_exception_stack = NULL;
ErrorContextCallback *error_context_stack = NULL;
static int error_code;
static char error_text[1024];

volatile sig_atomic_t InterruptPending = false;

bool
errstart(int elevel, const char *domain)
{
	error_code = ERRCODE_INTERNAL_ERROR;
	error_text[0] = '\0';
	return elevel >= ERROR;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	return error_code = sqlerrcode;
}

#define FORMAT_ERROR(format)                                          \
	do                                                                \
	{                                                                 \
		va_list arguments;                                            \
                                                                      \
		va_start(arguments, format);                                  \
		vsnprintf(error_text, sizeof(error_text), format, arguments); \
		va_end(arguments);                                            \
		return 0;                                                     \
	} while (0)

int
errmsg(const char *format, ...)
{
	FORMAT_ERROR(format);
}

int
errmsg_internal(const char *format, ...)
{
	FORMAT_ERROR(format);
}

int
errdetail(const char *format, ...)
{
	FORMAT_ERROR(format);
}

int
errdetail_internal(const char *format, ...)
{
	FORMAT_ERROR(format);
}

int
errhint(const char *format, ...)
{
	FORMAT_ERROR(format);
}

void
errfinish(const char *file, int line, const char *function)
{
	CLAIM(error_code != ERRCODE_INTERNAL_ERROR,
		  "%s() at %s:%d: \"%s\" is no internal error", function, file, line,
		  error_text);
	CLAIM(PG_exception_stack != NULL, "%s() at %s:%d raises no error",
		  function, file, line);
	siglongjmp(*PG_exception_stack, 1);
}

void
pg_re_throw(void)
{
	siglongjmp(*PG_exception_stack, 1);
}

#if PG_VERSION_NUM >= 160000
bool
errsave_start(struct Node *context, const char *domain)
{
	return errstart(ERROR, domain);
}

void
errsave_finish(struct Node *context, const char *file, int line,
			   const char *function)
{
	errfinish(file, line, function);
}

void
ExceptionalCondition(const char *condition, const char *file, int line)
{
	refute("Assert(%s) at %s:%d", condition, file, line);
}
#else
void
ExceptionalCondition(const char *condition, const char *type, const char *file,
					 int line)
{
	refute("Assert(%s) at %s:%d", condition, file, line);
}
#endif

/* ---- text ---- */

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

static bool
is_utf8(const char *bytes, int length)
{
	return pg_encoding_verifymbstr(PG_UTF8, bytes, length) == length;
}

bool
is_server_text(const char *bytes, size_t length)
{
	return memchr(bytes, '\0', length) == NULL && is_utf8(bytes, length);
}

static void
not_utf8(void)
{
	ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					errmsg("invalid byte sequence for encoding UTF8")));
}

bool
pg_verifymbstr(const char *bytes, int length, bool no_error)
{
	bool valid = is_utf8(bytes, length) && memchr(bytes, '\0', length) == NULL;

	if (!valid && !no_error)
		not_utf8();
	return valid;
}

/* The fuzzed database's encoding is UTF-8, see GetDatabaseEncoding(). */
bool
pg_verify_mbstr(int encoding, const char *bytes, int length, bool no_error)
{
	return pg_verifymbstr(bytes, length, no_error);
}

int
pg_mbcliplen(const char *bytes, int length, int limit)
{
	int clipped = 0;

	while (clipped < length && bytes[clipped] != '\0')
	{
		int size = pg_encoding_mblen(PG_UTF8, bytes + clipped);

		if (clipped + size > Min(length, limit))
			break;
		clipped += size;
	}
	return clipped;
}

int
pg_mbstrlen_with_len(const char *bytes, int length)
{
	int count = 0;

	for (int i = 0; i < length && bytes[i] != '\0'; count++)
		i += pg_encoding_mblen(PG_UTF8, bytes + i);
	return count;
}

int
pg_ultoa_n(uint32 value, char *digits)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", value);

	memcpy(digits, text, length);
	return length;
}

int
pg_lltoa(int64 value, char *digits)
{
	return sprintf(digits, "%lld", (long long) value);
}

bool
scanner_isspace(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

text *
cstring_to_text_with_len(const char *bytes, int length)
{
	text *result = palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), bytes, length);
	return result;
}

text *
cstring_to_text(const char *bytes)
{
	return cstring_to_text_with_len(bytes, strlen(bytes));
}

text *
make_text(const char *bytes, size_t length)
{
	return cstring_to_text_with_len(length == 0 ? "" : bytes, length);
}

Datum
textout(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);

	PG_RETURN_CSTRING(pnstrdup(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

Datum
textsend(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BYTEA_P(cstring_to_text_with_len(VARDATA_ANY(value),
											   VARSIZE_ANY_EXHDR(value)));
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	return datum;
}

struct varlena *
pg_detoast_datum_packed(struct varlena *datum)
{
	return datum;
}

uint64
hex_encode(const char *bytes, size_t length, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++)
	{
		*text++ = digits[(uint8) bytes[i] >> 4];
		*text++ = digits[(uint8) bytes[i] & 15];
	}
	return length * 2;
}

/* ---- messages ---- */

void
pq_begintypsend(StringInfo message)
{
	initStringInfo(message);
	appendStringInfoSpaces(message, VARHDRSZ);
}

bytea *
pq_endtypsend(StringInfo message)
{
	bytea *result = (bytea *) message->data;

	SET_VARSIZE(result, message->len);
	return result;
}

#if PG_VERSION_NUM >= 160000
void
pq_sendbytes(StringInfo message, const void *bytes, int length)
#else
void
pq_sendbytes(StringInfo message, const char *bytes, int length)
#endif
{
	appendBinaryStringInfo(message, bytes, length);
}

void
pq_sendtext(StringInfo message, const char *bytes, int length)
{
	appendBinaryStringInfo(message, bytes, length);
}

#if PG_VERSION_NUM >= 170000
void
pq_sendcountedtext(StringInfo message, const char *bytes, int length)
#else
void
pq_sendcountedtext(StringInfo message, const char *bytes, int length,
				   bool count_includes_self)
#endif
{
	pq_sendint32(message, length);
	appendBinaryStringInfo(message, bytes, length);
}

const char *
pq_getmsgbytes(StringInfo message, int length)
{
	const char *bytes = message->data + message->cursor;

	if (length < 0 || length > message->len - message->cursor)
		ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
						errmsg("insufficient data left in message")));
	message->cursor += length;
	return bytes;
}

#if PG_VERSION_NUM >= 180000
void
pq_copymsgbytes(StringInfo message, void *copy, int length)
#else
void
pq_copymsgbytes(StringInfo message, char *copy, int length)
#endif
{
	memcpy(copy, pq_getmsgbytes(message, length), length);
}

static uint64
get_number(StringInfo message, int size)
{
	const char *bytes = pq_getmsgbytes(message, size);
	uint64 number = 0;

	for (int i = 0; i < size; i++)
		number = number << 8 | (uint8) bytes[i];
	return number;
}

int
pq_getmsgbyte(StringInfo message)
{
	return get_number(message, 1);
}

unsigned int
pq_getmsgint(StringInfo message, int size)
{
	return get_number(message, size);
}

int64
pq_getmsgint64(StringInfo message)
{
	return get_number(message, 8);
}

char *
pq_getmsgtext(StringInfo message, int length, int *result_length)
{
	const char *bytes = pq_getmsgbytes(message, length);

	if (!is_server_text(bytes, length))
		not_utf8();
	*result_length = length;
	return pnstrdup(bytes, length);
}

void
pq_getmsgend(StringInfo message)
{
	if (message->cursor != message->len)
		ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
						errmsg("invalid message format")));
}

/* ---- dates ---- */

/* Years start in March here, so that the leap day is the last one. */
int
date2j(int year, int month, int day)
{
	int64 y = (int64) year + 4800 - (month < 3);

	return day - 1 + (153 * (month + (month < 3 ? 9 : -3)) + 2) / 5 + 365 * y +
		   y / 4 - y / 100 + y / 400 - 32044;
}

void
j2date(int julian, int *year, int *month, int *day)
{
	int64 days = (int64) (unsigned int) julian + 32044;
	int64 of_era = days % 146097;
	int64 y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
			  365;
	int of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + 400 * (days / 146097) - 4800 + (*month < 3);
}

/* ---- numeric ---- */

#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_SPECIAL  0xC000
#define NUMERIC_NAN      0xC000
#define NUMERIC_PLUS_INF 0xD000
#define NUMERIC_LESS_INF 0xF000
#define GROUP_DIGITS     4

/* The long form: sign and scale, the weight of the first group, the groups. */
static uint16 *
numeric_words(Datum number, int *n)
{
	*n = (VARSIZE(DatumGetPointer(number)) - VARHDRSZ) / sizeof(uint16);
	return (uint16 *) VARDATA(DatumGetPointer(number));
}

static Datum
make_numeric(int nwords, uint16 **words)
{
	char *number = palloc0(VARHDRSZ + nwords * sizeof(uint16));

	SET_VARSIZE(number, VARHDRSZ + nwords * sizeof(uint16));
	*words = (uint16 *) VARDATA(number);
	return PointerGetDatum(number);
}

bool
numeric_is_nan(Numeric number)
{
	return *(uint16 *) VARDATA((char *) number) == NUMERIC_NAN;
}

bool
numeric_is_inf(Numeric number)
{
	uint16 header = *(uint16 *) VARDATA((char *) number);

	return header == NUMERIC_PLUS_INF || header == NUMERIC_LESS_INF;
}

/* The number of so many digits, scale of them behind the point. */
static Datum
numeric_from_digits(bool negative, const char *digits, int n, int scale)
{
	int before = n - scale;
	int weight = (before + GROUP_DIGITS - 1) / GROUP_DIGITS - 1;
	int groups = weight + 1 + (scale + GROUP_DIGITS - 1) / GROUP_DIGITS;
	uint16 *all = palloc0((groups + 1) * sizeof(uint16));
	int first = 0;
	uint16 *words;
	Datum result;

	for (int i = 0; i < n; i++)
	{
		/* where the digit is, counted from the first group's first digit */
		int at = (weight + 1) * GROUP_DIGITS - before + i;

		all[at / GROUP_DIGITS] += (digits[i] - '0') *
								  ((const int[]){1000, 100, 10,
												 1})[at % GROUP_DIGITS];
	}
	while (first < groups && all[first] == 0)
		first++;
	while (groups > first && all[groups - 1] == 0)
		groups--;
	result = make_numeric(2 + groups - first, &words);
	words[0] = (uint16) scale |
			   (negative && groups > first ? NUMERIC_NEGATIVE : 0);
	words[1] = (uint16) (groups > first ? weight - first : 0);
	memcpy(words + 2, all + first, (groups - first) * sizeof(uint16));
	return result;
}

Datum
numeric_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	bool negative = *text == '-';
	char *digits = palloc(strlen(text) + 1);
	int n = 0;
	int scale = -1;
	static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
	static const uint16 headers[] = {NUMERIC_NAN, NUMERIC_PLUS_INF,
									 NUMERIC_LESS_INF};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(text, names[i]) == 0)
		{
			uint16 *words;
			Datum result = make_numeric(1, &words);

			words[0] = headers[i];
			return result;
		}
	for (text += negative || *text == '+'; *text != '\0'; text++)
	{
		if (*text == '.' && scale < 0)
			scale = 0;
		else if (*text >= '0' && *text <= '9')
		{
			digits[n++] = *text;
			scale += scale >= 0;
		}
		else
			n = -PG_INT16_MAX;
		if (n < 0)
			break;
	}
	if (n <= 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type numeric")));
	return numeric_from_digits(negative, digits, n, Max(scale, 0));
}

Datum
numeric_out(PG_FUNCTION_ARGS)
{
	int n;
	uint16 *words = numeric_words(PG_GETARG_DATUM(0), &n);
	int scale = words[0] & 0x3FFF;
	int weight;
	StringInfoData text;

	if (words[0] >= NUMERIC_SPECIAL)
		PG_RETURN_CSTRING(pstrdup(words[0] == NUMERIC_NAN ? "NaN"
								  : words[0] == NUMERIC_PLUS_INF
									  ? "Infinity"
									  : "-Infinity"));
	weight = (int16) words[1];
	initStringInfo(&text);
	if (words[0] & NUMERIC_NEGATIVE)
		appendStringInfoChar(&text, '-');
	for (int at = Max(weight, 0); at >= 0; at--)
	{
		int group = weight - at;

		appendStringInfo(&text, at == Max(weight, 0) ? "%d" : "%04d",
						 group >= 0 && group < n - 2 ? words[2 + group] : 0);
	}
	if (scale > 0)
		appendStringInfoChar(&text, '.');
	for (int at = -1, left = scale; left > 0; at--, left -= GROUP_DIGITS)
	{
		char group[8];
		int place = weight - at;

		snprintf(group, sizeof(group), "%04d",
				 place >= 0 && place < n - 2 ? words[2 + place] : 0);
		appendBinaryStringInfo(&text, group, Min(left, GROUP_DIGITS));
	}
	PG_RETURN_CSTRING(text.data);
}

/* Equal but for the scale: groups hold no zeros at either end. */
Datum
numeric_eq(PG_FUNCTION_ARGS)
{
	int n;
	int other_n;
	uint16 *words = numeric_words(PG_GETARG_DATUM(0), &n);
	uint16 *other = numeric_words(PG_GETARG_DATUM(1), &other_n);

	if (words[0] >= NUMERIC_SPECIAL || other[0] >= NUMERIC_SPECIAL)
		PG_RETURN_BOOL(words[0] == other[0]);
	PG_RETURN_BOOL(
		n == other_n &&
		(words[0] & NUMERIC_NEGATIVE) == (other[0] & NUMERIC_NEGATIVE) &&
		memcmp(words + 1, other + 1, (n - 1) * sizeof(uint16)) == 0);
}

Datum
numeric_trim_scale(PG_FUNCTION_ARGS)
{
	int n;
	uint16 *words = numeric_words(PG_GETARG_DATUM(0), &n);
	int scale = words[0] & 0x3FFF;
	char *copy;

	if (words[0] >= NUMERIC_SPECIAL)
		return PG_GETARG_DATUM(0);
	if (n == 2)
		scale = 0;
	else
	{
		int last = n - 3 - (int16) words[1]; /* groups behind the point */
		int group = words[n - 1];

		scale = Max(last, 0) * GROUP_DIGITS;
		for (; scale > 0 && group % 10 == 0; group /= 10)
			scale--;
	}
	copy = copy_bytes(DatumGetPointer(PG_GETARG_DATUM(0)),
					  VARSIZE(DatumGetPointer(PG_GETARG_DATUM(0))));
	words = (uint16 *) VARDATA(copy);
	words[0] = (words[0] & NUMERIC_NEGATIVE) | (uint16) scale;
	PG_RETURN_POINTER(copy);
}

/* ---- calls ---- */

static Datum
call_directly(PGFunction function, int n, Datum a, Datum b, Datum c)
{
	LOCAL_FCINFO(fcinfo, 3);

	InitFunctionCallInfoData(*fcinfo, NULL, n, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = a;
	fcinfo->args[1].value = b;
	fcinfo->args[2].value = c;
	for (int i = 0; i < 3; i++)
		fcinfo->args[i].isnull = false;
	return function(fcinfo);
}

Datum
DirectFunctionCall1Coll(PGFunction function, Oid collation, Datum a)
{
	return call_directly(function, 1, a, 0, 0);
}

Datum
DirectFunctionCall2Coll(PGFunction function, Oid collation, Datum a, Datum b)
{
	return call_directly(function, 2, a, b, 0);
}

Datum
DirectFunctionCall3Coll(PGFunction function, Oid collation, Datum a, Datum b,
						Datum c)
{
	return call_directly(function, 3, a, b, c);
}

bool
call(PGFunction function, Datum argument, Datum *result)
{
	sigjmp_buf here;
	bool done = false;
	LOCAL_FCINFO(fcinfo, 3);

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = argument;
	fcinfo->args[0].isnull = false;
	CLAIM(PG_exception_stack == NULL, "calls do not nest");
	PG_exception_stack = &here;
	if (sigsetjmp(here, 0) == 0)
	{
		*result = function(fcinfo);
		done = !fcinfo->isnull;
	}
	PG_exception_stack = NULL;
	return done;
}

bool
same_value(Datum a, Datum b)
{
	return VARSIZE(DatumGetPointer(a)) == VARSIZE(DatumGetPointer(b)) &&
		   memcmp(DatumGetPointer(a), DatumGetPointer(b),
				  VARSIZE(DatumGetPointer(a))) == 0;
}

bool
read_text(const FuzzedType *type, const char *bytes, size_t length,
		  Datum *value)
{
	return call(type->in, CStringGetDatum(pnstrdup(bytes, length)), value);
}

bool
read_binary(const FuzzedType *type, const char *bytes, size_t length,
			Datum *value)
{
	StringInfoData message;

	/* Messages end in a zero byte. */
	message.data = palloc(length + 1);
	memcpy(message.data, bytes, length);
	message.data[length] = '\0';
	message.len = length;
	message.maxlen = length + 1;
	message.cursor = 0;
	/* The server refuses a message that was not read to its end. */
	return call(type->recv, PointerGetDatum(&message), value) &&
		   message.cursor == message.len;
}

void
claim_round_trips(const FuzzedType *type, Datum value)
{
	Datum shown;
	Datum sent;
	Datum again;

	CLAIM(call(type->out, value, &shown), "%s_out() shows a value",
		  type->name);
	CLAIM(is_server_text(DatumGetCString(shown),
						 strlen(DatumGetCString(shown))),
		  "%s_out() gives text", type->name);
	CLAIM(call(type->in, shown, &again), "%s_in() reads \"%s\"", type->name,
		  DatumGetCString(shown));
	CLAIM(same_value(value, again), "%s_in() reads \"%s\" as the same value",
		  type->name, DatumGetCString(shown));
	CLAIM(call(type->send, value, &sent), "%s_send() sends \"%s\"", type->name,
		  DatumGetCString(shown));
	CLAIM(read_binary(type, VARDATA(DatumGetPointer(sent)),
					  VARSIZE(DatumGetPointer(sent)) - VARHDRSZ, &again),
		  "%s_recv() reads what was sent of \"%s\"", type->name,
		  DatumGetCString(shown));
	CLAIM(same_value(value, again),
		  "%s_recv() reads what was sent of \"%s\" as the same value",
		  type->name, DatumGetCString(shown));
}
