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
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/value_form.h"
#include "overlap/overlap_matrix_private.h"

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

/* Why the bytes are no matrix, NULL if they are one */
static const char *
matrix_problem(const void *value)
{
	const OverlapMatrix *matrix = value;
	const char *at = matrix->data;
	const char *end = MATRIX_END(matrix);
	const char *problem;
	Company before = {0};
	uint64 hash_before = 0;

	if (matrix->unused != 0 || matrix->unused_too != 0)
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

static void *
matrix_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(OverlapMatrix, keys),
		BINARY_FIELD(OverlapMatrix, scale),
		BINARY_FIELD(OverlapMatrix, unused),
		BINARY_FIELD(OverlapMatrix, npopulations),
		BINARY_FIELD(OverlapMatrix, ncompanies),
		BINARY_FIELD(OverlapMatrix, unnamed_rows),
	};

	return binary_header(form, value, MATRIX_HEADER_SIZE, fields,
						 lengthof(fields));
}

const ValueType overlap_matrix_type = {.name = "overlap_matrix",
									   .version = OVERLAP_MATRIX_VERSION,
									   .binary = matrix_binary,
									   .problem = matrix_problem};

VALUE_FORMS(overlap_matrix, &overlap_matrix_type);
CANONICAL_OPERATORS(overlap_matrix, &overlap_matrix_type);
