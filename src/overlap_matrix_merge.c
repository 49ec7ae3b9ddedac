/*
 * overlap_matrix_merge.c
 *		Two overlap matrices as one.
 *
 * Both are in the same order, so this is one pass over their bytes.  What only
 * one of them knows is copied without looking at it, unless the other has
 * populations that change its populations' numbers.
 *
 * IDENTIFICATION
 *		src/overlap_matrix_merge.c
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "overlap_matrix.h"
#include "overlap_matrix_merge.h"

/* How many companies are merged between two looks for a cancel */
#define COMPANIES_A_LOOK 4096

/* Companies of one of the two matrices, the current one being read */
typedef struct CompanyCursor
{
	const OverlapMatrix *matrix;
	const char *at; /* behind the current company */
	const char *end;
	const char *start; /* of the current company */
	bool done;
	Company company;
	uint64 hash;
	uint32 *numbers; /* of the populations, in the result; NULL: the same */
} CompanyCursor;

/* Entries of one company, the current one being read */
typedef struct EntryCursor
{
	const char *at; /* behind the current entry */
	const char *end;
	const uint32 *numbers;
	int64 before; /* population of the current entry, in its matrix */
	bool done;
	Entry entry; /* population is that of the result */
	const char *records;
} EntryCursor;

/*
 * Refuses a record that came with two values.  There is no telling which is
 * right, and either would be a sum that nobody can reconcile.
 */
void
refuse_two_values(const char *id, int length, Decimal one, Decimal other)
{
	StringInfoData smaller;
	StringInfoData larger;
	int scale = Max(one.scale, other.scale);

	if (exact_rescale(one.value, one.scale, scale) >
		exact_rescale(other.value, other.scale, scale))
	{
		Decimal swapped = one;

		one = other;
		other = swapped;
	}
	initStringInfo(&smaller);
	initStringInfo(&larger);
	append_decimal(&smaller, one.value, one.scale);
	append_decimal(&larger, other.value, other.scale);
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("record \"%.*s\" has two values", length, id),
			 errdetail("They are %s and %s.", smaller.data, larger.data),
			 errhint("Give as record_id the id of what has the value, such "
					 "as the opportunity, not the account.")));
	pg_unreachable();
}

/* The same number at its smallest scale */
Decimal
shortest_decimal(Decimal number)
{
	while (number.scale > 0)
	{
		if (number.value >= PG_INT64_MIN && number.value <= PG_INT64_MAX)
		{
			if ((int64) number.value % 10 != 0)
				break;
			number.value = (int64) number.value / 10;
		}
		else
		{
			if (number.value % 10 != 0)
				break;
			number.value /= 10;
		}
		number.scale--;
	}
	return number;
}

Decimal
add_decimals(Decimal a, Decimal b)
{
	Decimal sum;

	sum.scale = Max(a.scale, b.scale);
	sum.value = exact_add(exact_rescale(a.value, a.scale, sum.scale),
						  exact_rescale(b.value, b.scale, sum.scale));
	return shortest_decimal(sum);
}

int64
add_rows(int64 a, int64 b)
{
	int64 sum;

	if (pg_add_s64_overflow(a, b, &sum) || sum > MAX_ROWS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many rows in an overlap_matrix")));
	return sum;
}

/* Makes room for size more bytes.  May take the buffer beyond 1 GB. */
void
reserve_bytes(ByteBuffer *buffer, Size size)
{
	Size space = buffer->space;

	if (likely(space - buffer->length >= size))
		return;
	space = Max(space + space / 2, buffer->length + size);
	buffer->data = buffer->data
					   ? repalloc_huge(buffer->data, space)
					   : MemoryContextAllocHuge(CurrentMemoryContext, space);
	buffer->space = space;
}

/* Starts a matrix in buffer, which is empty and has room for space bytes. */
void
begin_matrix(ByteBuffer *buffer, Size space)
{
	OverlapMatrix *matrix;

	buffer->data = NULL;
	buffer->length = buffer->space = 0;
	reserve_bytes(buffer, Max(space, MATRIX_HEADER_SIZE + 32));
	matrix = (OverlapMatrix *) buffer->data;
	memset(matrix, 0, MATRIX_HEADER_SIZE);
	matrix->version = OVERLAP_MATRIX_VERSION;
	buffer->length = MATRIX_HEADER_SIZE;
}

/* Ends the matrix that begin_matrix() started, and gives back spare memory. */
OverlapMatrix *
finish_matrix(ByteBuffer *buffer)
{
	OverlapMatrix *matrix;

	if (buffer->length > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("overlap_matrix is larger than 1 GB"),
				 errhint("Build several matrices of fewer companies each, as "
						 "by GROUP BY hashtext(company) %% 16, and add up "
						 "their cells.")));
	matrix = repalloc_huge(buffer->data, buffer->length);
	SET_VARSIZE(matrix, buffer->length);
	return matrix;
}

void
write_population(ByteBuffer *out, const PopulationName *population)
{
	reserve_bytes(out, 3 * VARINT_SIZE + population->length);
	write_varint(out, population->length);
	write_bytes(out, population->name, population->length);
	write_varint(out, population->rows);
	write_varint(out, population->without_company);
}

void
refuse_populations(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("an overlap_matrix has at most %d populations",
						   MAX_POPULATIONS)));
}

/* Reads the names of all populations; gives where the companies begin. */
const char *
read_populations(const OverlapMatrix *matrix, PopulationName *names)
{
	const char *at = matrix->data;

	for (uint32 i = 0; i < matrix->npopulations; i++)
	{
		names[i].length = (uint32) read_varint(&at);
		names[i].name = at;
		at += names[i].length;
		names[i].rows = (int64) read_varint(&at);
		names[i].without_company = (int64) read_varint(&at);
	}
	return at;
}

/* Writes the populations of both, and notes the new numbers of each. */
static void
merge_populations(ByteBuffer *out, CompanyCursor *a, CompanyCursor *b)
{
	uint32 na = a->matrix->npopulations;
	uint32 nb = b->matrix->npopulations;
	PopulationName *as = palloc(sizeof(PopulationName) * (na + 1));
	PopulationName *bs = palloc(sizeof(PopulationName) * (nb + 1));
	uint32 i = 0;
	uint32 j = 0;
	uint32 n = 0;

	a->at = read_populations(a->matrix, as);
	b->at = read_populations(b->matrix, bs);
	a->numbers = palloc(sizeof(uint32) * (na + 1));
	b->numbers = palloc(sizeof(uint32) * (nb + 1));
	for (; i < na || j < nb; n++)
	{
		PopulationName population;
		int order;

		if (i == na || j == nb)
			order = i == na ? 1 : -1;
		else
			order = compare_bytes(as[i].name, as[i].length, bs[j].name,
								  bs[j].length);
		population = order <= 0 ? as[i] : bs[j];
		if (order == 0)
		{
			population.rows = add_rows(as[i].rows, bs[j].rows);
			population.without_company = add_rows(as[i].without_company,
												  bs[j].without_company);
		}
		if (order <= 0)
			a->numbers[i++] = n;
		if (order >= 0)
			b->numbers[j++] = n;
		write_population(out, &population);
	}
	if (n > MAX_POPULATIONS)
		refuse_populations();
	((OverlapMatrix *) out->data)->npopulations = n;

	/* Numbers that rise and end with the same one are the same. */
	if (na == 0 || a->numbers[na - 1] == na - 1)
		a->numbers = NULL;
	if (nb == 0 || b->numbers[nb - 1] == nb - 1)
		b->numbers = NULL;
	pfree(as);
	pfree(bs);
}

static void
next_company(CompanyCursor *cursor)
{
	cursor->start = cursor->at;
	cursor->done = cursor->at == cursor->end;
	if (cursor->done)
		return;
	read_company(cursor->matrix->keys, &cursor->at, &cursor->company);
	cursor->hash = company_hash(cursor->matrix->keys, &cursor->company);
}

static void
next_entry(EntryCursor *cursor)
{
	Record record;

	cursor->done = cursor->at == cursor->end;
	if (cursor->done)
		return;
	read_entry(&cursor->at, cursor->before, &cursor->entry);
	cursor->before = cursor->entry.population;
	if (cursor->numbers)
		cursor->entry.population = cursor->numbers[cursor->before];
	cursor->records = cursor->at;
	for (int64 i = 0; i < cursor->entry.nrecords; i++)
		read_record(&cursor->at, &record);
}

static void
begin_entries(EntryCursor *entries, const CompanyCursor *cursor)
{
	entries->at = cursor->company.entries;
	entries->end = cursor->company.end;
	entries->numbers = cursor->numbers;
	entries->before = -1;
	next_entry(entries);
}

/* Writes an entry without its records. */
void
write_entry(ByteBuffer *out, const Entry *entry, int64 before)
{
	reserve_bytes(out, 4 * VARINT_SIZE + DECIMAL_SIZE);
	write_varint(out, (uint64) (entry->population - before - 1) << 1 |
						  (entry->detailed ? 1 : 0));
	write_varint(out, entry->rows);
	if (!entry->detailed)
		return;
	write_varint(out, entry->valued);
	if (entry->valued > 0)
		write_value(out, entry->sum);
	write_varint(out, entry->nrecords);
}

void
write_record(ByteBuffer *out, const Record *record)
{
	reserve_bytes(out, VARINT_SIZE + record->length + DECIMAL_SIZE);
	write_varint(out, record->length);
	write_bytes(out, record->id, record->length);
	if (record->has_value)
		write_value(out, record->value);
	else
		out->data[out->length++] = 0;
}

/* The value of a record that came twice */
void
join_record(Record *record, const Record *other)
{
	if (!other->has_value)
		return;
	if (!record->has_value)
	{
		record->has_value = true;
		record->value = other->value;
	}
	else if (record->value.value != other->value.value ||
			 record->value.scale != other->value.scale)
		refuse_two_values(record->id, record->length, record->value,
						  other->value);
}

/* Writes the records of both, each once; how many that are. */
static int64
merge_records(ByteBuffer *out, const EntryCursor *a, const EntryCursor *b)
{
	const char *next_a = a->records;
	const char *next_b = b->records;
	int64 left_a = a->entry.nrecords;
	int64 left_b = b->entry.nrecords;
	int64 n = 0;
	Record one = {0};
	Record other = {0};
	bool have_one = false;
	bool have_other = false;

	for (;; n++)
	{
		int order;

		if (!have_one && left_a > 0)
		{
			read_record(&next_a, &one);
			left_a--;
			have_one = true;
		}
		if (!have_other && left_b > 0)
		{
			read_record(&next_b, &other);
			left_b--;
			have_other = true;
		}
		if (!have_one && !have_other)
			break;
		if ((n & (COMPANIES_A_LOOK - 1)) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!have_one || !have_other)
			order = have_one ? -1 : 1;
		else
			order = compare_bytes(one.id, one.length, other.id, other.length);
		if (order == 0)
			join_record(&one, &other);
		write_record(out, order <= 0 ? &one : &other);
		if (order <= 0)
			have_one = false;
		if (order >= 0)
			have_other = false;
	}
	return n;
}

/* Writes the entries of a company that one or both know; b may be NULL. */
static void
merge_entries(ByteBuffer *out, ByteBuffer *records, const CompanyCursor *a,
			  const CompanyCursor *b)
{
	EntryCursor of_a;
	EntryCursor of_b = {.done = true};
	int64 before = -1;

	begin_entries(&of_a, a);
	if (b)
		begin_entries(&of_b, b);
	while (!of_a.done || !of_b.done)
	{
		Entry entry;

		if (!of_a.done && !of_b.done &&
			of_a.entry.population == of_b.entry.population)
		{
			entry = of_a.entry;
			entry.rows = add_rows(entry.rows, of_b.entry.rows);
			entry.valued = add_rows(entry.valued, of_b.entry.valued);
			entry.sum = add_decimals(entry.sum, of_b.entry.sum);
			entry.detailed |= of_b.entry.detailed;
			records->length = 0;
			entry.nrecords = merge_records(records, &of_a, &of_b);
			write_entry(out, &entry, before);
			reserve_bytes(out, records->length);
			write_bytes(out, records->data, records->length);
			next_entry(&of_a);
			next_entry(&of_b);
		}
		else
		{
			EntryCursor *next = of_b.done || (!of_a.done &&
											  of_a.entry.population <
												  of_b.entry.population)
									? &of_a
									: &of_b;

			entry = next->entry;
			write_entry(out, &entry, before);
			reserve_bytes(out, next->at - next->records);
			write_bytes(out, next->records, next->at - next->records);
			next_entry(next);
		}
		before = entry.population;
	}
}

/* Writes the company that a, and unless it is NULL b, are at. */
static void
merge_company(ByteBuffer *out, ByteBuffer *entries, ByteBuffer *records,
			  const CompanyCursor *a, const CompanyCursor *b)
{
	Size length;

	if (b == NULL && a->numbers == NULL)
	{
		length = a->at - a->start;
		reserve_bytes(out, length);
		write_bytes(out, a->start, length);
		return;
	}
	entries->length = 0;
	merge_entries(entries, records, a, b);
	length = a->company.key - a->start + a->company.key_length;
	reserve_bytes(out, length + VARINT_SIZE + entries->length);
	write_bytes(out, a->start, length);
	write_varint(out, entries->length);
	write_bytes(out, entries->data, entries->length);
}

/*
 * The matrix of the rows of both, in the current memory context.
 */
OverlapMatrix *
merge_matrices(const OverlapMatrix *a, const OverlapMatrix *b)
{
	CompanyCursor of_a = {.matrix = a, .end = MATRIX_END(a)};
	CompanyCursor of_b = {.matrix = b, .end = MATRIX_END(b)};
	ByteBuffer out;
	ByteBuffer entries = {0};
	ByteBuffer records = {0};
	OverlapMatrix *header;
	int64 ncompanies = 0;

	if (a->keys != NO_KEYS && b->keys != NO_KEYS && a->keys != b->keys)
		refuse_keys();
	begin_matrix(&out, (Size) VARSIZE(a) + VARSIZE(b));
	reserve_bytes(&entries, 1024);
	reserve_bytes(&records, 1024);
	header = (OverlapMatrix *) out.data;
	header->keys = Max(a->keys, b->keys);
	header->scale = Max(a->scale, b->scale);
	header->unnamed_rows = add_rows(a->unnamed_rows, b->unnamed_rows);
	merge_populations(&out, &of_a, &of_b);

	next_company(&of_a);
	next_company(&of_b);
	for (; !of_a.done || !of_b.done; ncompanies++)
	{
		int order;

		if ((ncompanies & (COMPANIES_A_LOOK - 1)) == 0)
			CHECK_FOR_INTERRUPTS();
		if (of_a.done || of_b.done)
			order = of_a.done ? 1 : -1;
		else if (of_a.hash != of_b.hash)
			order = of_a.hash < of_b.hash ? -1 : 1;
		else if (a->keys == INTEGER_KEYS)
			order = 0;
		else
			order = compare_bytes(of_a.company.key, of_a.company.key_length,
								  of_b.company.key, of_b.company.key_length);
		if (order < 0)
			merge_company(&out, &entries, &records, &of_a, NULL);
		else if (order > 0)
			merge_company(&out, &entries, &records, &of_b, NULL);
		else
			merge_company(&out, &entries, &records, &of_a, &of_b);
		if (order <= 0)
			next_company(&of_a);
		if (order >= 0)
			next_company(&of_b);
	}
	((OverlapMatrix *) out.data)->ncompanies = ncompanies;
	pfree(entries.data);
	pfree(records.data);
	if (of_a.numbers)
		pfree(of_a.numbers);
	if (of_b.numbers)
		pfree(of_b.numbers);
	return finish_matrix(&out);
}

void
refuse_keys(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("an overlap_matrix of bigint companies cannot hold text "
					"companies, nor the other way round")));
}
