/*
 * overlap_matrix_io.c
 *		Text and binary form of overlap_matrix, and what makes one valid.
 *
 * A matrix is a list of companies too long to be read by people; functions
 * read it.  So, as with PostGIS's geometry, the text form is the binary form
 * in hexadecimal digits, for dumps.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/canonical.h"
#include "base/hex_text.h"
#include "overlap/overlap_matrix.h"

/* Bytes of the header on the wire, where it has no padding */
#define WIRE_HEADER_SIZE (4 + 4 + 8 + 8)

PG_FUNCTION_INFO_V1(overlap_matrix_in);
PG_FUNCTION_INFO_V1(overlap_matrix_out);
PG_FUNCTION_INFO_V1(overlap_matrix_recv);
PG_FUNCTION_INFO_V1(overlap_matrix_send);

/*
 * Reading of bytes that nobody has seen yet
 */

/* Text as a name, a key or an id has it; an empty key is none. */
static bool
check_text(const char **at, const char *end, uint64 least, const char **bytes,
		   uint32 *length)
{
	uint64 number;

	if (!check_varint(at, end, MAX_NAME_LENGTH, &number) || number < least ||
		number > (uint64) (end - *at) ||
		!pg_verify_mbstr(GetDatabaseEncoding(), *at, (int) number, true))
		return false;
	*bytes = *at;
	*length = (uint32) number;
	*at += number;
	return true;
}

static const char *
problem_of_records(const char **at, const char *end, int scale,
				   uint64 nrecords)
{
	const char *before = NULL;
	uint32 before_length = 0;

	for (uint64 i = 0; i < nrecords; i++)
	{
		const char *id;
		uint32 length;
		bool has_value;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!check_text(at, end, 0, &id, &length) ||
			!check_value(at, end, scale, &has_value))
			return "A record cannot be read.";
		if (before && compare_bytes(before, before_length, id, length) >= 0)
			return "Records are not in order.";
		before = id;
		before_length = length;
	}
	return NULL;
}

static const char *
problem_of_entries(const char *at, const char *end,
				   const OverlapMatrix *matrix)
{
	int64 population = -1;

	if (at == end)
		return "A company is in no population.";
	while (at < end)
	{
		uint64 tag;
		uint64 rows;
		uint64 valued = 0;
		uint64 nrecords = 0;
		bool has_value;
		const char *problem;

		if (!check_varint(&at, end, 2 * MAX_POPULATIONS, &tag) ||
			!check_varint(&at, end, MAX_ROWS, &rows))
			return "An entry cannot be read.";
		population += 1 + (int64) (tag >> 1);
		if (population >= matrix->npopulations)
			return "A population is not one of those there are.";
		if (tag & 1)
		{
			if (!check_varint(&at, end, rows, &valued) ||
				(valued > 0 &&
				 (!check_value(&at, end, matrix->scale, &has_value) ||
				  !has_value)) ||
				!check_varint(&at, end, MAX_ROWS, &nrecords))
				return "An entry cannot be read.";
			if (valued == 0 && nrecords == 0)
				return "An entry has no details.";
			problem = problem_of_records(&at, end, matrix->scale, nrecords);
			if (problem)
				return problem;
		}
		else if (rows == 0)
			return "An entry has no rows.";
	}
	return NULL;
}

static const char *
problem_of_populations(const OverlapMatrix *matrix, const char **at)
{
	const char *end = MATRIX_END(matrix);
	const char *before = NULL;
	uint32 before_length = 0;

	for (uint32 i = 0; i < matrix->npopulations; i++)
	{
		const char *name;
		uint32 length;
		uint64 rows;
		uint64 without_company;

		if (!check_text(at, end, 0, &name, &length) ||
			!check_varint(at, end, MAX_ROWS, &rows) ||
			!check_varint(at, end, rows, &without_company) || rows == 0)
			return "A population cannot be read.";
		if (before && compare_bytes(before, before_length, name, length) >= 0)
			return "Populations are not in order.";
		before = name;
		before_length = length;
	}
	return NULL;
}

/*
 * Why the bytes are no matrix, NULL if they are one.  The length is that of
 * the header at least.
 */
const char *
overlap_matrix_problem(const OverlapMatrix *matrix)
{
	const char *at = matrix->data;
	const char *end = MATRIX_END(matrix);
	const char *problem;
	Company before = {0};
	uint64 hash_before = 0;

	if (matrix->version != OVERLAP_MATRIX_VERSION || matrix->unused != 0 ||
		matrix->unused_too != 0)
		return "It is of an unknown version.";
	if (matrix->keys > INTEGER_KEYS || matrix->scale > DECIMAL_MAX_SCALE ||
		matrix->npopulations > MAX_POPULATIONS || matrix->ncompanies < 0 ||
		matrix->unnamed_rows < 0 || matrix->unnamed_rows > MAX_ROWS ||
		(matrix->ncompanies > 0) != (matrix->keys != NO_KEYS))
		return "Its header is out of range.";
	problem = problem_of_populations(matrix, &at);
	if (problem)
		return problem;

	for (int64 i = 0; i < matrix->ncompanies; i++)
	{
		Company company;
		uint64 hash;
		uint64 length;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (matrix->keys == INTEGER_KEYS)
		{
			if (end - at < (ptrdiff_t) sizeof(uint64))
				return "A company cannot be read.";
			company.key = at;
			company.key_length = sizeof(uint64);
			at += sizeof(uint64);
		}
		else
		{
			if (!check_text(&at, end, 1, &company.key, &company.key_length))
				return "A company cannot be read.";
		}
		hash = company_hash(matrix->keys, &company);
		if (i > 0 && (hash_before > hash ||
					  (hash_before == hash &&
					   (matrix->keys == INTEGER_KEYS ||
						compare_bytes(before.key, before.key_length,
									  company.key, company.key_length) >= 0))))
			return "Companies are not in order.";
		before = company;
		hash_before = hash;
		if (!check_varint(&at, end, MaxAllocSize, &length) ||
			length > (uint64) (end - at))
			return "A company cannot be read.";
		problem = problem_of_entries(at, at + length, matrix);
		if (problem)
			return problem;
		at += length;
	}
	return at == end ? NULL : "Its length is not that of its contents.";
}

/* The matrix whose binary form this is; NULL, with a problem, if it is none */
static OverlapMatrix *
matrix_from_wire(StringInfo in, const char **problem)
{
	int length = in->len - in->cursor;
	OverlapMatrix *matrix;

	if (length < WIRE_HEADER_SIZE ||
		length > MaxAllocSize - (int) MATRIX_HEADER_SIZE)
	{
		*problem = "Its length is not that of its contents.";
		return NULL;
	}
	matrix = palloc0(length - WIRE_HEADER_SIZE + MATRIX_HEADER_SIZE);
	SET_VARSIZE(matrix, length - WIRE_HEADER_SIZE + MATRIX_HEADER_SIZE);
	matrix->version = pq_getmsgbyte(in);
	matrix->keys = pq_getmsgbyte(in);
	matrix->scale = pq_getmsgbyte(in);
	matrix->unused = pq_getmsgbyte(in);
	matrix->npopulations = pq_getmsgint(in, 4);
	matrix->ncompanies = pq_getmsgint64(in);
	matrix->unnamed_rows = pq_getmsgint64(in);
	length -= WIRE_HEADER_SIZE;
	memcpy(matrix->data, pq_getmsgbytes(in, length), length);
	*problem = overlap_matrix_problem(matrix);
	return *problem ? NULL : matrix;
}

static void
matrix_to_wire(StringInfo out, const OverlapMatrix *matrix)
{
	pq_sendint8(out, matrix->version);
	pq_sendint8(out, matrix->keys);
	pq_sendint8(out, matrix->scale);
	pq_sendint8(out, matrix->unused);
	pq_sendint32(out, matrix->npopulations);
	pq_sendint64(out, matrix->ncompanies);
	pq_sendint64(out, matrix->unnamed_rows);
	pq_sendbytes(out, matrix->data, VARSIZE(matrix) - MATRIX_HEADER_SIZE);
}

Datum
overlap_matrix_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	Size ndigits = strlen(input);
	StringInfoData bytes;
	OverlapMatrix *matrix;
	const char *problem;

	if (!read_hex(input, ndigits, &bytes))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type overlap_matrix: "
						"\"%.*s\"",
						pg_mbcliplen(input, (int) ndigits, 60), input),
				 errdetail("It is not made of pairs of hexadecimal "
						   "digits.")));
	matrix = matrix_from_wire(&bytes, &problem);
	if (matrix == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type overlap_matrix: \"%.*s\"",
						pg_mbcliplen(input, (int) ndigits, 60), input),
				 errdetail_internal("%s", problem)));
	pfree(bytes.data);
	PG_RETURN_POINTER(matrix);
}

Datum
overlap_matrix_out(PG_FUNCTION_ARGS)
{
	OverlapMatrix *matrix = MATRIX_ARGUMENT(0);
	StringInfoData bytes;

	/* The result has two digits a byte and is as limited as any. */
	if (VARSIZE(matrix) > MAX_HEX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("overlap_matrix is too large for its text form"),
				 errhint("Use the binary form, as COPY (FORMAT binary) "
						 "does.")));
	initStringInfo(&bytes);
	matrix_to_wire(&bytes, matrix);
	PG_RETURN_CSTRING(write_hex(bytes.data, bytes.len, "overlap_matrix"));
}

Datum
overlap_matrix_recv(PG_FUNCTION_ARGS)
{
	const char *problem;
	OverlapMatrix *matrix = matrix_from_wire((StringInfo) PG_GETARG_POINTER(0),
											 &problem);

	if (matrix == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type overlap_matrix"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(matrix);
}

Datum
overlap_matrix_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	matrix_to_wire(&out, MATRIX_ARGUMENT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CANONICAL_OPERATORS(overlap_matrix, &overlap_matrix_type);
