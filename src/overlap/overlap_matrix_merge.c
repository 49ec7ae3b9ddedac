/*
 * overlap_matrix_merge.c
 *		Several overlap matrices as one.
 *
 * All are in the same order, so this is one pass over their bytes.  What only
 * one of them knows is copied without looking at it, unless the others have
 * populations that change its populations' numbers.  Several at once, because
 * a merge of merges would read and write most companies once more each time.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_merge.c
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/hex_text.h"
#include "base/rows_disagree.h"
#include "overlap/overlap_matrix_private.h"

/* How many companies are merged between two looks for a cancel */
#define COMPANIES_A_LOOK 4096

/* Bytes of most companies at most */
#define SHORT_COMPANY 32

/* Companies of one of the matrices, the current one being read */
typedef struct CompanyCursor
{
	const OverlapMatrix *matrix;
	const char *at; /* behind the current company */
	const char *end;
	const char *start; /* of the current company */
	int64 left;        /* companies, with the current one */
	Company company;
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
	MatrixEntry entry; /* population is that of the result */
	const char *records;
} EntryCursor;

/*
 * Refuses a record that came with two values.  There is no telling which is
 * right, and either would be a sum that nobody can reconcile.
 */
pg_noreturn static void
refuse_two_values(const char *id, int length, Decimal one, Decimal other)
{
	ShownPair values = show_pair(one, other);

	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("record \"%.*s\" has two values", length, id),
			 errdetail("They are %s and %s.", values.smaller, values.larger),
			 errhint("Give as record_id the id of what has the value, such "
					 "as the opportunity, not the account.")));
	pg_unreachable();
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

static int64
add_rows(int64 a, int64 b)
{
	int64 sum;

	if (pg_add_s64_overflow(a, b, &sum) || sum > MAX_ROWS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many rows in an overlap_matrix")));
	return sum;
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

	if (buffer->length > MAX_HEX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("overlap_matrix would exceed %zu bytes",
						(Size) MAX_HEX_VALUE),
				 errdetail("The text form that a dump has would be larger "
						   "than 1 GB."),
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

/* Writes the populations of all, and notes the new numbers of each. */
static void
merge_populations(ByteBuffer *out, CompanyCursor *cursors, int ncursors)
{
	PopulationName *names[MERGE_WAYS];
	uint32 next[MERGE_WAYS] = {0};
	uint32 n = 0;

	for (int i = 0; i < ncursors; i++)
	{
		Size count = cursors[i].matrix->npopulations + 1;

		names[i] = palloc(sizeof(PopulationName) * count);
		cursors[i].numbers = palloc(sizeof(uint32) * count);
		cursors[i].at = read_populations(cursors[i].matrix, names[i]);
	}
	for (;; n++)
	{
		PopulationName population = {0};

		for (int i = 0; i < ncursors; i++)
		{
			PopulationName *name = &names[i][next[i]];

			if (next[i] < cursors[i].matrix->npopulations &&
				(population.name == NULL ||
				 compare_bytes(name->name, name->length, population.name,
							   population.length) < 0))
				population = *name;
		}
		if (population.name == NULL)
			break;
		population.rows = population.without_company = 0;
		for (int i = 0; i < ncursors; i++)
		{
			PopulationName *name = &names[i][next[i]];

			if (next[i] == cursors[i].matrix->npopulations ||
				compare_bytes(name->name, name->length, population.name,
							  population.length) != 0)
				continue;
			population.rows = add_rows(population.rows, name->rows);
			population.without_company = add_rows(population.without_company,
												  name->without_company);
			cursors[i].numbers[next[i]++] = n;
		}
		write_population(out, &population);
		CHECK_FOR_INTERRUPTS();
	}
	if (n > MAX_POPULATIONS)
		refuse_populations();
	((OverlapMatrix *) out->data)->npopulations = n;

	for (int i = 0; i < ncursors; i++)
	{
		uint32 count = cursors[i].matrix->npopulations;

		/* Numbers that rise and end with the same one are the same. */
		if (count == 0 || cursors[i].numbers[count - 1] == count - 1)
		{
			pfree(cursors[i].numbers);
			cursors[i].numbers = NULL;
		}
		pfree(names[i]);
	}
}

/* Reads the company at cursor->at, which there is; gives its hash. */
static inline uint64
read_current(CompanyCursor *cursor)
{
	cursor->start = cursor->at;
	read_company(cursor->matrix->keys, &cursor->at, &cursor->company);
	return company_hash(cursor->matrix->keys, &cursor->company);
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
write_entry(ByteBuffer *out, const MatrixEntry *entry, int64 before)
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

/* Writes the records of all entries, each once; how many that are. */
static int64
merge_records(ByteBuffer *out, EntryCursor *const *entries, int nentries)
{
	const char *next[MERGE_WAYS];
	int64 left[MERGE_WAYS]; /* with the current one */
	Record current[MERGE_WAYS];
	int64 n = 0;

	for (int i = 0; i < nentries; i++)
	{
		next[i] = entries[i]->records;
		left[i] = entries[i]->entry.nrecords;
		if (left[i] > 0)
			read_record(&next[i], &current[i]);
	}
	for (;; n++)
	{
		Record least = {0};

		if ((n & (COMPANIES_A_LOOK - 1)) == COMPANIES_A_LOOK - 1)
			CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nentries; i++)
		{
			if (left[i] > 0 && (least.id == NULL ||
								compare_bytes(current[i].id, current[i].length,
											  least.id, least.length) < 0))
				least = current[i];
		}
		if (least.id == NULL)
			return n;
		for (int i = 0; i < nentries; i++)
		{
			if (left[i] == 0 || compare_bytes(current[i].id, current[i].length,
											  least.id, least.length) != 0)
				continue;
			join_record(&least, &current[i]);
			if (--left[i] > 0)
				read_record(&next[i], &current[i]);
		}
		write_record(out, &least);
	}
}

/* Writes the entries of a company that these matrices know. */
static void
merge_entries(ByteBuffer *out, ByteBuffer *records,
			  CompanyCursor *const *cursors, int ncursors)
{
	EntryCursor entries[MERGE_WAYS];
	int64 before = -1;

	for (int i = 0; i < ncursors; i++)
		begin_entries(&entries[i], cursors[i]);
	for (;;)
	{
		EntryCursor *same[MERGE_WAYS];
		int nsame = 0;
		MatrixEntry entry;

		for (int i = 0; i < ncursors; i++)
		{
			if (entries[i].done)
				continue;
			if (nsame > 0 &&
				entries[i].entry.population > same[0]->entry.population)
				continue;
			if (nsame > 0 &&
				entries[i].entry.population < same[0]->entry.population)
				nsame = 0;
			same[nsame++] = &entries[i];
		}
		if (nsame == 0)
			break;
		entry = same[0]->entry;
		for (int i = 1; i < nsame; i++)
		{
			const MatrixEntry *other = &same[i]->entry;

			entry.rows = add_rows(entry.rows, other->rows);
			entry.valued = add_rows(entry.valued, other->valued);
			entry.sum = add_decimals(entry.sum, other->sum);
			entry.detailed |= other->detailed;
		}
		if (nsame > 1 && entry.detailed)
		{
			records->length = 0;
			entry.nrecords = merge_records(records, same, nsame);
			write_entry(out, &entry, before);
			reserve_bytes(out, records->length);
			write_bytes(out, records->data, records->length);
		}
		else
		{
			Size length = same[0]->at - same[0]->records;

			write_entry(out, &entry, before);
			reserve_bytes(out, length);
			write_bytes(out, same[0]->records, length);
		}
		for (int i = 0; i < nsame; i++)
			next_entry(same[i]);
		before = entry.population;
	}
}

/* Writes the company that all of these matrices are at. */
static void
merge_company(ByteBuffer *out, ByteBuffer *entries, ByteBuffer *records,
			  CompanyCursor *const *cursors, int ncursors)
{
	const CompanyCursor *one = cursors[0];
	Size length = one->company.key - one->start + one->company.key_length;

	entries->length = 0;
	merge_entries(entries, records, cursors, ncursors);
	reserve_bytes(out, length + VARINT_SIZE + entries->length);
	write_bytes(out, one->start, length);
	write_varint(out, entries->length);
	write_bytes(out, entries->data, entries->length);
}

/*
 * Writes the company that only this matrix is at.  Most are short, and a copy
 * of a length that the compiler knows takes no call.
 */
static inline void
copy_company(ByteBuffer *out, const CompanyCursor *cursor)
{
	Size length = cursor->at - cursor->start;

	reserve_bytes(out, length + SHORT_COMPANY);
	if (length <= SHORT_COMPANY &&
		cursor->end - cursor->start >= SHORT_COMPANY)
		memcpy(out->data + out->length, cursor->start, SHORT_COMPANY);
	else
		memcpy(out->data + out->length, cursor->start, length);
	out->length += length;
}

/*
 * Of the cursors whose companies have the hash, those with the least key; how
 * many these are.
 */
static int
least_company(CompanyCursor *cursors, const uint64 *hashes, int ncursors,
			  uint64 hash, CompanyCursor **least)
{
	int nleast = 0;

	for (int i = 0; i < ncursors; i++)
	{
		int order = 0;

		if (hashes[i] != hash)
			continue;
		if (nleast > 0)
			order = compare_bytes(cursors[i].company.key,
								  cursors[i].company.key_length,
								  least[0]->company.key,
								  least[0]->company.key_length);
		if (order > 0)
			continue;
		if (order < 0)
			nleast = 0;
		least[nleast++] = &cursors[i];
	}
	return nleast;
}

/*
 * The matrix of the rows of all, from 1 to MERGE_WAYS, in the current memory
 * context.
 */
OverlapMatrix *
merge_matrices(OverlapMatrix *const *matrices, int nmatrices)
{
	CompanyCursor cursors[MERGE_WAYS];
	uint64 hashes[MERGE_WAYS];
	int n = 0;
	ByteBuffer out;
	ByteBuffer entries = {0};
	ByteBuffer records = {0};
	OverlapMatrix *header;
	Size size = 0;
	int64 ncompanies = 0;

	for (int i = 0; i < nmatrices; i++)
		size += VARSIZE(matrices[i]);
	begin_matrix(&out, size + SHORT_COMPANY);
	reserve_bytes(&entries, 1024);
	reserve_bytes(&records, 1024);
	header = (OverlapMatrix *) out.data;
	for (int i = 0; i < nmatrices; i++)
	{
		const OverlapMatrix *matrix = matrices[i];

		if (header->keys != NO_KEYS && matrix->keys != NO_KEYS &&
			header->keys != matrix->keys)
			refuse_keys();
		header->keys = Max(header->keys, matrix->keys);
		header->scale = Max(header->scale, matrix->scale);
		header->unnamed_rows = add_rows(header->unnamed_rows,
										matrix->unnamed_rows);
		cursors[i].matrix = matrix;
		cursors[i].end = MATRIX_END(matrix);
		cursors[i].left = matrix->ncompanies;
	}
	merge_populations(&out, cursors, nmatrices);

	for (int i = 0; i < nmatrices; i++)
	{
		if (cursors[i].left == 0)
		{
			if (cursors[i].numbers)
				pfree(cursors[i].numbers);
			continue;
		}
		cursors[n] = cursors[i];
		hashes[n] = read_current(&cursors[n]);
		n++;
	}
	while (n > 1 || (n == 1 && cursors[0].numbers))
	{
		CompanyCursor *least[MERGE_WAYS];
		uint64 hash = hashes[0];
		int place = 0;
		int same = 1;

		if ((ncompanies++ & (COMPANIES_A_LOOK - 1)) == 0)
			CHECK_FOR_INTERRUPTS();
		for (int i = 1; i < n; i++)
		{
			same = hashes[i] < hash ? 1 : same + (hashes[i] == hash);
			place = hashes[i] < hash ? i : place;
			hash = hashes[i] < hash ? hashes[i] : hash;
		}
		least[0] = &cursors[place];
		if (same > 1)
			same = least_company(cursors, hashes, n, hash, least);
		if (same > 1 || least[0]->numbers)
			merge_company(&out, &entries, &records, least, same);
		else
			copy_company(&out, least[0]);
		/* From the last on, so that the one that takes a place is done. */
		for (int i = same - 1; i >= 0; i--)
		{
			place = least[i] - cursors;
			if (--least[i]->left > 0)
				hashes[place] = read_current(least[i]);
			else
			{
				if (least[i]->numbers)
					pfree(least[i]->numbers);
				n--;
				cursors[place] = cursors[n];
				hashes[place] = hashes[n];
			}
		}
	}
	if (n == 1)
	{
		Size length = cursors[0].end - cursors[0].start;

		reserve_bytes(&out, length);
		write_bytes(&out, cursors[0].start, length);
		ncompanies += cursors[0].left;
	}
	((OverlapMatrix *) out.data)->ncompanies = ncompanies;
	pfree(entries.data);
	pfree(records.data);
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
