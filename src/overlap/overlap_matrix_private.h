/*
 * overlap_matrix_private.h
 *		The bytes of an overlap_matrix, and how to read and write them.
 *
 * Behind the header come the populations, in the order of their bytes, each
 *
 *		length, name, rows, rows without company
 *
 * and then the companies, in the order of the hash of their key (and of its
 * bytes, should two hash alike), each
 *
 *		length of key, key				(bigint: the hash, 8 bytes)
 *		length of entries, entries		one for each population it is in
 *
 * An entry is the population's number and what that list has at the company:
 *
 *		(number - number of the entry before - 1) * 2, rows
 *
 * where no row had an id or a value, and otherwise
 *
 *		(number - number of the entry before - 1) * 2 + 1,
 *		rows without id, how many of them with a value, sum of these
 *		records, and for each, in the order of their ids: length, id, value
 *
 * All numbers are of variable length, seven bits a byte from the lowest up.  A
 * value is a byte, 0 for none and else 1 + its scale, the smallest that holds
 * it, and then its digits as a number whose lowest bit is the sign.  There is
 * one way to write a matrix, so equal matrices are equal bytes; and a company
 * that only one of two merged matrices knows is copied as it is.
 *
 * The keys' hashes are not stored but computed from the keys again: that takes
 * less time than reading them would.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_private.h
 */
#ifndef ECOSYSTEM_OVERLAP_MATRIX_PRIVATE_H
#define ECOSYSTEM_OVERLAP_MATRIX_PRIVATE_H

#include "postgres.h"

#include "base/bytes.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "base/hash.h"
#include "base/value.h"
#include "base/varint.h"

#define OVERLAP_MATRIX_VERSION 1

extern const ValueType overlap_matrix_type;

/* Cells grow with the square of it. */
#define MAX_POPULATIONS 10000

/* Of the name of a population, the key of a company and the id of a record */
#define MAX_NAME_LENGTH 8000

/* Far above any count and low enough that their sums need no care. */
#define MAX_ROWS (PG_INT64_MAX / 4)

typedef enum MatrixKeyKind
{
	NO_KEYS, /* there are no companies yet */
	TEXT_KEYS,
	INTEGER_KEYS
} MatrixKeyKind;

typedef struct OverlapMatrix
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 keys;  /* a MatrixKeyKind */
	uint8 scale; /* that values are shown with */
	uint8 unused;
	uint32 npopulations;
	uint32 unused_too;
	int64 ncompanies;
	int64 unnamed_rows; /* without a population */
	char data[FLEXIBLE_ARRAY_MEMBER];
} OverlapMatrix;

#define MATRIX_HEADER_SIZE offsetof(OverlapMatrix, data)
#define MATRIX_END(matrix) ((const char *) (matrix) + VARSIZE(matrix))

StaticAssertDecl(MATRIX_HEADER_SIZE == 32, "the header has no padding");

/* A population as a matrix has it */
typedef struct PopulationName
{
	const char *name;
	uint32 length;
	int64 rows;
	int64 without_company;
} PopulationName;

/* A company, and where its entries are */
typedef struct Company
{
	const char *key;
	uint32 key_length;
	const char *entries;
	const char *end;
} Company;

/* An entry, without its records, which come next */
typedef struct MatrixEntry
{
	uint32 population;
	bool detailed;
	int64 rows;   /* without an id, so that each counts as a record */
	int64 valued; /* of these, with a value */
	Decimal sum;  /* of their values, at its smallest scale */
	int64 nrecords;
} MatrixEntry;

typedef struct Record
{
	const char *id;
	uint32 length;
	bool has_value;
	Decimal value; /* at its smallest scale */
} Record;

/* The matrix in argument argno, in one piece whatever it was before */
#define MATRIX_ARGUMENT(n) \
	((OverlapMatrix *) value_argument(fcinfo, n, &overlap_matrix_type))

/*
 * Reading, of bytes that somebody has checked
 */

/* Without its hash, which costs more than the rest */
static inline void
read_company(MatrixKeyKind keys, const char **at, Company *company)
{
	const char *next = *at;
	uint64 length;

	if (keys == INTEGER_KEYS)
	{
		company->key = next;
		company->key_length = sizeof(uint64);
	}
	else
	{
		company->key_length = (uint32) read_varint(&next);
		company->key = next;
	}
	next += company->key_length;
	length = read_varint(&next);
	company->entries = next;
	*at = company->end = next + length;
}

static inline uint64
company_hash(MatrixKeyKind keys, const Company *company)
{
	return keys == INTEGER_KEYS
			   ? load_word(company->key)
			   : stable_hash(company->key, company->key_length);
}

/* The entry before is told by its population, -1 for none. */
static inline void
read_entry(const char **at, int64 before, MatrixEntry *entry)
{
	uint64 tag = read_varint(at);

	entry->population = (uint32) (before + 1 + (int64) (tag >> 1));
	entry->detailed = tag & 1;
	entry->rows = (int64) read_varint(at);
	entry->valued = 0;
	entry->sum.value = 0;
	entry->sum.scale = 0;
	entry->nrecords = 0;
	if (entry->detailed)
	{
		entry->valued = (int64) read_varint(at);
		if (entry->valued > 0)
			read_value(at, &entry->sum);
		entry->nrecords = (int64) read_varint(at);
	}
}

static inline void
read_record(const char **at, Record *record)
{
	record->length = (uint32) read_varint(at);
	record->id = *at;
	*at += record->length;
	record->has_value = read_value(at, &record->value);
}

/* ---- writing and merging: overlap_matrix_merge.c ---- */

/* So many matrices are merged at a time. */
#define MERGE_WAYS 8

extern const char *read_populations(const OverlapMatrix *matrix,
									PopulationName *names);
extern void begin_matrix(ByteBuffer *buffer, Size space);
extern OverlapMatrix *finish_matrix(ByteBuffer *buffer);
extern void write_population(ByteBuffer *out,
							 const PopulationName *population);
extern void write_entry(ByteBuffer *out, const MatrixEntry *entry,
						int64 before);
extern void write_record(ByteBuffer *out, const Record *record);
extern OverlapMatrix *merge_matrices(OverlapMatrix *const *matrices,
									 int nmatrices);
extern void join_record(Record *record, const Record *other);
extern Decimal add_decimals(Decimal a, Decimal b);
pg_noreturn extern void refuse_populations(void);
pg_noreturn extern void refuse_keys(void);

#endif /* ECOSYSTEM_OVERLAP_MATRIX_PRIVATE_H */
