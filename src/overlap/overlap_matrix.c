/*
 * overlap_matrix.c
 *		Which companies are in which populations, from one pass over rows.
 *
 * An overlap_matrix holds each company once and behind it the populations it
 * is in, so that the overlaps of all pairs of populations are counted by
 * reading it once.  overlap_matrix_private.h has its bytes.
 *
 * The state is the value, as for every aggregate here: the transition type is
 * the public type overlap_matrix, with no internal state beside it.  What
 * makes it fast is that inside an aggregate the value is an expanded object,
 * which a transition appends to in place and which turns into bytes when it
 * is final, sent to another process, or handed to something else:
 *
 * - A transition hashes the company's key, finds the population's number, and
 *	 copies both to the end of one of PARTITIONS streams of rows, chosen by the
 *	 hash.  It waits for no memory: what it writes to is in the cache, and what
 *	 was written is not read again.
 * - Compaction takes one stream after the other, small enough for a table of
 *	 its companies to be cached, too.  The table is ordered by hash: linear
 *	 probing that keeps neighbours sorted.  So reading it from its first slot
 *	 to its last gives the companies in their final order without a sort, and
 *	 streams that follow each other give a matrix.
 * - A matrix that came from elsewhere (a parallel worker, a stored value) is
 *	 already in that order and is kept as it is, until there are enough to be
 *	 merged in one go.
 *
 * Rows are compacted on the way when they take more than work_mem and more
 * than the matrices they would be merged into; that changes when the work is
 * done, never the result.
 *
 * A value is limited to 1 GB, as any in PostgreSQL is; the rows of a running
 * aggregate are not.  An internal state could be larger but could not be
 * stored, nor leave a worker or a shard except as such a value; and since a
 * company's rows matter to that company alone, a larger matrix can always be
 * built as several, by GROUP BY a hash of the company, whose cells add up.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/bytes.h"
#include "base/cancellable_sort.h"
#include "base/hash.h"
#include "base/id_table.h"
#include "base/memory.h"
#include "overlap/overlap_matrix_private.h"

/* Streams of rows, once these are more than fit a cache together */
#define PARTITION_BITS   9
#define PARTITIONS       (1 << PARTITION_BITS)
#define PARTITION_SIZE   (256 * 1024)
#define FIRST_CHUNK_SIZE 512
#define LAST_CHUNK_SIZE  (64 * 1024)

/*
 * A row in a stream: this, the key of a company if that is text, and if
 * detail says so an id and a value.
 */
typedef struct RowHead
{
	uint64 hash;
	uint32 population;
	uint16 key_length;
	uint16 detail;
} RowHead;

#define ROW_HAS_ID    0x4000
#define ROW_HAS_VALUE 0x8000
#define ROW_ID_LENGTH 0x3FFF

StaticAssertDecl(MAX_NAME_LENGTH <= ROW_ID_LENGTH, "a length has 14 bits");

typedef struct RowChunk
{
	struct RowChunk *next;
	char *end; /* of its rows; the last chunk's is the partition's */
	char rows[FLEXIBLE_ARRAY_MEMBER];
} RowChunk;

typedef struct Partition
{
	char *at; /* where the next row goes */
	char *end;
	RowChunk *first;
	RowChunk *last;
	uint32 nrows;
} Partition;

/* An overlap_matrix that is being built */
typedef struct Builder
{
	ExpandedObjectHeader header;
	MatrixKeyKind keys;

	/* rows that are not in a matrix yet */
	int scale; /* of their values */
	bool detailed;
	int64 unnamed_rows;
	int64 nrows; /* with or without company, but with a population */
	Size rows_size;
	int partition_bits; /* 0 or PARTITION_BITS */
	Partition *partitions;

	/* populations in the order of their first row, and a table to find them */
	uint32 npopulations;
	uint32 population_space;
	PopulationName *populations;
	IdTable names; /* of them */

	/* matrices, the latest last */
	int nmatrices;
	Size matrices_size;
	OverlapMatrix *matrices[MERGE_WAYS];
} Builder;

PG_FUNCTION_INFO_V1(overlap_matrix_accum_text);
PG_FUNCTION_INFO_V1(overlap_matrix_accum_integer);
PG_FUNCTION_INFO_V1(overlap_matrix_combine);
PG_FUNCTION_INFO_V1(overlap_matrix_final);

static Size get_flat_size(ExpandedObjectHeader *header);
static void flatten_into(ExpandedObjectHeader *header, void *result,
						 Size size);

static const ExpandedObjectMethods builder_methods = {get_flat_size,
													  flatten_into};

/*
 * Populations
 */

/* The number of a population */
static inline uint32
population_number(Builder *builder, const char *name, uint32 length)
{
	uint32 number;
	PopulationName *population;

	if (length > MAX_NAME_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("name of a population is too long"),
						errdetail("It has %u bytes; at most %d are allowed.",
								  length, MAX_NAME_LENGTH)));
	number = id_number(&builder->names, name, length);
	if (likely(number < builder->npopulations))
		return number;
	if (number == MAX_POPULATIONS)
		refuse_populations();
	MAKE_ROOM(builder->header.eoh_context, builder->populations,
			  builder->population_space, number + 1);
	population = &builder->populations[number];
	population->name = builder->names.ids[number].bytes;
	population->length = length;
	population->rows = population->without_company = 0;
	builder->npopulations++;
	return number;
}

/*
 * Rows
 */

static void
add_chunk(Builder *builder, Partition *partition, Size row_size)
{
	Size size = builder->rows_size >> builder->partition_bits;
	RowChunk *chunk;

	size = Min(Max(size, FIRST_CHUNK_SIZE), LAST_CHUNK_SIZE);
	size = Max(size, offsetof(RowChunk, rows) + row_size);
	chunk = MemoryContextAlloc(builder->header.eoh_context, size);
	chunk->next = NULL;
	if (partition->last)
	{
		partition->last->end = partition->at;
		partition->last->next = chunk;
	}
	else
		partition->first = chunk;
	partition->last = chunk;
	partition->at = chunk->rows;
	partition->end = (char *) chunk + size;
	builder->rows_size += size;
}

static inline char *
place_for_row(Builder *builder, Partition *partition, Size size)
{
	char *place;

	if (unlikely((Size) (partition->end - partition->at) < size))
		add_chunk(builder, partition, size);
	place = partition->at;
	partition->at += size;
	partition->nrows++;
	return place;
}

static inline Size
row_size(const RowHead *head)
{
	return sizeof(RowHead) + head->key_length +
		   (head->detail & ROW_ID_LENGTH) +
		   (head->detail & ROW_HAS_VALUE ? sizeof(Decimal) : 0);
}

/* Reads what detail says a row has. */
static void
read_row(const char *row, Record *record)
{
	RowHead head;

	memcpy(&head, row, sizeof(head));
	record->length = head.detail & ROW_ID_LENGTH;
	record->id = row + sizeof(head) + head.key_length;
	record->has_value = (head.detail & ROW_HAS_VALUE) != 0;
	if (record->has_value)
		memcpy(&record->value, record->id + record->length, sizeof(Decimal));
}

/* A row of a partition after the one that ends at *at; false at its end. */
static inline bool
next_row(const Partition *partition, RowChunk **chunk, const char **at)
{
	while (*chunk)
	{
		const char *end = (*chunk)->next ? (*chunk)->end
										 : (const char *) partition->at;

		if (*at == NULL)
			*at = (*chunk)->rows;
		if (*at < end)
			return true;
		*chunk = (*chunk)->next;
		*at = NULL;
	}
	return false;
}

static void
free_chunks(RowChunk *chunk)
{
	while (chunk)
	{
		RowChunk *next = chunk->next;

		pfree(chunk);
		chunk = next;
	}
}

/* Spreads the rows, so far in one stream, over as many as there will be. */
static void
split_rows(Builder *builder)
{
	Partition *whole = builder->partitions;
	RowChunk *chunk = whole->first;
	const char *at = NULL;

	builder->partitions = MemoryContextAllocZero(builder->header.eoh_context,
												 PARTITIONS *
													 sizeof(Partition));
	builder->partition_bits = PARTITION_BITS;
	builder->rows_size = 0;
	while (next_row(whole, &chunk, &at))
	{
		RowHead head;
		Size size;
		Partition *partition;

		memcpy(&head, at, sizeof(head));
		size = row_size(&head);
		partition = &builder->partitions[head.hash >> (64 - PARTITION_BITS)];
		memcpy(place_for_row(builder, partition, size), at, size);
		at += size;
	}
	free_chunks(whole->first);
	pfree(whole);
}

/* Forgets the rows, which are in a matrix now; populations keep numbers. */
static void
forget_rows(Builder *builder)
{
	for (int i = 0; i < 1 << builder->partition_bits; i++)
		free_chunks(builder->partitions[i].first);
	memset(builder->partitions, 0,
		   sizeof(Partition) << builder->partition_bits);
	for (uint32 i = 0; i < builder->npopulations; i++)
		builder->populations[i].rows =
			builder->populations[i].without_company = 0;
	builder->unnamed_rows = 0;
	builder->nrows = 0;
	builder->rows_size = 0;
	builder->scale = 0;
	builder->detailed = false;
}

/*
 * From rows to a matrix
 */

typedef struct Slot
{
	uint64 hash;
	uint32 company; /* 1 + its place, 0: free */
} Slot;

typedef struct FoundCompany
{
	const char *key;
	uint32 key_length;
	uint32 nrows;
	uint32 end; /* of its rows, among those sorted by company */
} FoundCompany;

/* A row with what it says beside company and population */
typedef struct DetailedRow
{
	const char *row;
	uint32 population;
	bool has_id;
} DetailedRow;

/* The memory for one partition at a time */
typedef struct Compactor
{
	const Builder *builder;
	const uint32 *numbers; /* of populations, in the matrix */
	Slot *slots;           /* all free between two partitions */
	FoundCompany *companies;
	uint32 *row_company;
	uint32 *row_population;
	const char **rows;     /* if detailed */
	uint32 *populations;   /* sorted by company */
	DetailedRow *detailed; /* the same, if detailed */
	ByteBuffer entries;    /* of one company */
	ByteBuffer records;    /* of one entry */
	ByteBuffer out;
} Compactor;

#define ST_SORT          sort_numbers
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_detailed(const DetailedRow *a, const DetailedRow *b)
{
	Record one;
	Record other;

	if (a->population != b->population)
		return a->population < b->population ? -1 : 1;
	if (!a->has_id || !b->has_id)
		return (int) a->has_id - (int) b->has_id;
	read_row(a->row, &one);
	read_row(b->row, &other);
	return compare_bytes(one.id, one.length, other.id, other.length);
}

#define ST_SORT          sort_detailed
#define ST_ELEMENT_TYPE  DetailedRow
#define ST_COMPARE(a, b) compare_detailed(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* Finds the company of each row; how many there are. */
static uint32
find_companies(Compactor *compactor, const Partition *partition, int shift)
{
	const Builder *builder = compactor->builder;
	bool text = builder->keys == TEXT_KEYS;
	bool detailed = builder->detailed;
	RowChunk *chunk = partition->first;
	const char *at = NULL;
	uint32 ncompanies = 0;

	for (uint32 i = 0; next_row(partition, &chunk, &at); i++)
	{
		RowHead head;
		const char *key = at + sizeof(head);
		Slot *slot;
		int order = 0;

		memcpy(&head, at, sizeof(head));
		slot = compactor->slots +
			   (head.hash << builder->partition_bits >> shift);
		for (; slot->company != 0; slot++)
		{
			FoundCompany *company;

			if (slot->hash < head.hash)
				continue;
			if (slot->hash > head.hash || !text)
				break;
			company = &compactor->companies[slot->company - 1];
			order = compare_bytes(company->key, company->key_length, key,
								  head.key_length);
			if (order >= 0)
				break;
		}
		if (slot->company == 0 || slot->hash != head.hash || order != 0)
		{
			Slot *end = slot;
			FoundCompany *company = &compactor->companies[ncompanies];

			while (end->company != 0)
				end++;
			memmove(slot + 1, slot, (char *) end - (char *) slot);
			slot->hash = head.hash;
			slot->company = ++ncompanies;
			company->key = key;
			company->key_length = head.key_length;
			company->nrows = 0;
		}
		compactor->companies[slot->company - 1].nrows++;
		compactor->row_company[i] = slot->company - 1;
		compactor->row_population[i] = compactor->numbers[head.population];
		if (detailed)
			compactor->rows[i] = at;
		at += row_size(&head);
		check_for_interrupts_at(i);
	}
	return ncompanies;
}

/* Brings the rows of one company together. */
static void
sort_by_company(Compactor *compactor, uint32 nrows, uint32 ncompanies)
{
	uint32 end = 0;

	for (uint32 i = 0; i < ncompanies; i++)
	{
		compactor->companies[i].end = end;
		end += compactor->companies[i].nrows;
	}
	for (uint32 i = 0; i < nrows; i++)
	{
		uint32 place = compactor->companies[compactor->row_company[i]].end++;

		if (compactor->builder->detailed)
		{
			DetailedRow *row = &compactor->detailed[place];
			RowHead head;

			memcpy(&head, compactor->rows[i], sizeof(head));
			row->row = compactor->rows[i];
			row->population = compactor->row_population[i];
			row->has_id = (head.detail & ROW_HAS_ID) != 0;
		}
		else
			compactor->populations[place] = compactor->row_population[i];
	}
}

/* Writes the entries of a company whose rows have neither ids nor values. */
static void
write_counts(ByteBuffer *out, uint32 *populations, uint32 nrows)
{
	int64 before = -1;

	if (nrows > 1)
		sort_numbers(populations, nrows);
	reserve_bytes(out, (Size) nrows * 2 * VARINT_SIZE);
	for (uint32 i = 0; i < nrows;)
	{
		uint32 population = populations[i];
		uint32 start = i;

		while (i < nrows && populations[i] == population)
			i++;
		write_varint(out, (uint64) (population - before - 1) << 1);
		write_varint(out, i - start);
		before = population;
	}
}

/* Writes the entries of a company whose rows may have ids and values. */
static void
write_details(Compactor *compactor, DetailedRow *rows, uint32 nrows)
{
	ByteBuffer *records = &compactor->records;
	int64 before = -1;

	if (nrows > 1)
		sort_detailed(rows, nrows);
	for (uint32 i = 0; i < nrows;)
	{
		MatrixEntry entry = {.population = rows[i].population};
		Record record;
		Record another;

		for (; i < nrows && rows[i].population == entry.population &&
			   !rows[i].has_id;
			 i++)
		{
			read_row(rows[i].row, &record);
			entry.rows++;
			if (record.has_value)
			{
				entry.valued++;
				entry.sum = add_decimals(entry.sum, record.value);
			}
		}
		records->length = 0;
		while (i < nrows && rows[i].population == entry.population)
		{
			read_row(rows[i].row, &record);
			for (i++; i < nrows && rows[i].population == entry.population; i++)
			{
				read_row(rows[i].row, &another);
				if (compare_bytes(record.id, record.length, another.id,
								  another.length) != 0)
					break;
				join_record(&record, &another);
			}
			write_record(records, &record);
			entry.nrecords++;
		}
		entry.detailed = entry.nrecords > 0 || entry.valued > 0;
		write_entry(&compactor->entries, &entry, before);
		reserve_bytes(&compactor->entries, records->length);
		write_bytes(&compactor->entries, records->data, records->length);
		before = entry.population;
		CHECK_FOR_INTERRUPTS();
	}
}

/* Writes the companies of one partition; how many they are. */
static uint32
write_partition(Compactor *compactor, const Partition *partition)
{
	const Builder *builder = compactor->builder;
	ByteBuffer *out = &compactor->out;
	ByteBuffer *entries = &compactor->entries;
	int bits = partition->nrows > 1
				   ? pg_leftmost_one_pos32(partition->nrows) + 1
				   : 1;
	uint32 ncompanies = find_companies(compactor, partition, 64 - bits);
	uint32 written = 0;

	sort_by_company(compactor, partition->nrows, ncompanies);
	for (Slot *slot = compactor->slots; written < ncompanies; slot++)
	{
		FoundCompany *company;
		uint32 start;

		if (slot->company == 0)
			continue;
		company = &compactor->companies[slot->company - 1];
		start = company->end - company->nrows;
		slot->company = 0;
		written++;
		entries->length = 0;
		if (builder->detailed)
			write_details(compactor, compactor->detailed + start,
						  company->nrows);
		else
			write_counts(entries, compactor->populations + start,
						 company->nrows);
		reserve_bytes(out, 2 * VARINT_SIZE + sizeof(uint64) +
							   company->key_length + entries->length);
		if (builder->keys == INTEGER_KEYS)
		{
			store_word(out->data + out->length, slot->hash);
			out->length += sizeof(uint64);
		}
		else
		{
			write_varint(out, company->key_length);
			write_bytes(out, company->key, company->key_length);
		}
		write_varint(out, entries->length);
		write_bytes(out, entries->data, entries->length);
	}
	return ncompanies;
}

static int
compare_populations(const void *a, const void *b)
{
	const PopulationName *one = *(PopulationName *const *) a;
	const PopulationName *other = *(PopulationName *const *) b;

	return compare_bytes(one->name, one->length, other->name, other->length);
}

/* Writes the populations that have rows, and notes the numbers they get. */
static void
write_populations(ByteBuffer *out, const Builder *builder, uint32 *numbers)
{
	PopulationName **sorted = palloc(sizeof(PopulationName *) *
									 (builder->npopulations + 1));
	uint32 n = 0;

	for (uint32 i = 0; i < builder->npopulations; i++)
	{
		if (builder->populations[i].rows > 0)
			sorted[n++] = &builder->populations[i];
	}
	if (n > 1)
		sort_cancellably(sorted, n, sizeof(PopulationName *),
						 compare_populations);
	for (uint32 i = 0; i < n; i++)
	{
		numbers[sorted[i] - builder->populations] = i;
		write_population(out, sorted[i]);
	}
	((OverlapMatrix *) out->data)->npopulations = n;
	pfree(sorted);
}

/* The matrix of the rows that are not in one yet, in the current context */
static OverlapMatrix *
matrix_of_rows(const Builder *builder)
{
	MemoryContext result_context = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(result_context,
												  "overlap_matrix compaction",
												  ALLOCSET_DEFAULT_SIZES);
	Compactor compactor = {.builder = builder};
	uint32 *numbers;
	uint32 most = 0;
	int64 ncompanies = 0;
	Size nslots;
	OverlapMatrix *header;

	begin_matrix(&compactor.out, builder->rows_size / 2);
	header = (OverlapMatrix *) compactor.out.data;
	header->scale = builder->scale;
	header->unnamed_rows = builder->unnamed_rows;
	MemoryContextSwitchTo(scratch);
	numbers = palloc(sizeof(uint32) * (builder->npopulations + 1));
	compactor.numbers = numbers;
	write_populations(&compactor.out, builder, numbers);

	for (int i = 0; i < 1 << builder->partition_bits; i++)
		most = Max(most, builder->partitions[i].nrows);
	/* Twice a power of two above the rows, and room for all at the end */
	nslots = ((Size) 2 << (most > 1 ? pg_leftmost_one_pos32(most) : 0)) + most;
	compactor.slots = MemoryContextAllocExtended(scratch,
												 (nslots + 2) * sizeof(Slot),
												 MCXT_ALLOC_HUGE |
													 MCXT_ALLOC_ZERO);
	compactor.companies = allocate_array((Size) most + 1,
										 sizeof(FoundCompany));
	compactor.row_company = allocate_array((Size) most + 1, sizeof(uint32));
	compactor.row_population = allocate_array((Size) most + 1, sizeof(uint32));
	compactor.populations = allocate_array((Size) most + 1, sizeof(uint32));
	if (builder->detailed)
	{
		compactor.rows = allocate_array((Size) most + 1, sizeof(char *));
		compactor.detailed = allocate_array((Size) most + 1,
											sizeof(DetailedRow));
	}
	reserve_bytes(&compactor.entries, 1024);
	reserve_bytes(&compactor.records, 1024);
	for (int i = 0; i < 1 << builder->partition_bits; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (builder->partitions[i].nrows > 0)
			ncompanies += write_partition(&compactor, &builder->partitions[i]);
	}
	header = (OverlapMatrix *) compactor.out.data;
	header->ncompanies = ncompanies;
	header->keys = ncompanies > 0 ? builder->keys : NO_KEYS;
	MemoryContextSwitchTo(result_context);
	MemoryContextDelete(scratch);
	return finish_matrix(&compactor.out);
}

/*
 * Matrices
 */

static Size
matrix_size(const OverlapMatrix *matrix)
{
	return VARSIZE(matrix);
}

/* Replaces the matrices from first on by one. */
static void
merge_from(Builder *builder, int first)
{
	int n = builder->nmatrices - first;
	OverlapMatrix *merged = merge_matrices(builder->matrices + first, n);

	for (int i = first; i < builder->nmatrices; i++)
	{
		builder->matrices_size -= matrix_size(builder->matrices[i]);
		pfree(builder->matrices[i]);
	}
	builder->matrices[first] = merged;
	builder->matrices_size += matrix_size(merged);
	builder->nmatrices = first + 1;
}

/*
 * Adds a matrix, which is in the builder's context and its from now on.
 *
 * When there are too many, or they take too much memory for what they may be
 * together, the last ones are merged, back to one that is larger than all
 * behind it: so each company is merged again only when what it is in has
 * doubled.
 */
static void
push_matrix(Builder *builder, OverlapMatrix *matrix)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->header.eoh_context);
	Size largest = 0;

	builder->matrices[builder->nmatrices++] = matrix;
	builder->matrices_size += matrix_size(matrix);
	for (int i = 0; i < builder->nmatrices; i++)
		largest = Max(largest, matrix_size(builder->matrices[i]));
	if (builder->nmatrices == MERGE_WAYS ||
		builder->matrices_size > Max((Size) work_mem * 1024, 4 * largest))
	{
		int first = builder->nmatrices - 2;
		Size behind = matrix_size(matrix);

		for (; first > 0 && matrix_size(builder->matrices[first - 1]) <=
								behind + matrix_size(builder->matrices[first]);
			 first--)
			behind += matrix_size(builder->matrices[first]);
		merge_from(builder, first);
	}
	MemoryContextSwitchTo(caller);
}

static bool
has_rows(const Builder *builder)
{
	return builder->nrows > 0 || builder->unnamed_rows > 0;
}

/* Turns the rows into a matrix. */
static void
compact_rows(Builder *builder)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->header.eoh_context);
	OverlapMatrix *matrix = matrix_of_rows(builder);

	forget_rows(builder);
	push_matrix(builder, matrix);
	MemoryContextSwitchTo(caller);
}

static OverlapMatrix *
copy_matrix(const OverlapMatrix *matrix)
{
	OverlapMatrix *copy = palloc(VARSIZE(matrix));

	memcpy(copy, matrix, VARSIZE(matrix));
	return copy;
}

/*
 * The builder's value, in the current context.  The builder stays as it is:
 * a window aggregate goes on with it.
 */
static OverlapMatrix *
matrix_of_builder(const Builder *builder)
{
	OverlapMatrix *matrices[MERGE_WAYS];
	OverlapMatrix *rows = NULL;
	OverlapMatrix *result;
	int n = builder->nmatrices;

	if (has_rows(builder) || n == 0)
		rows = matrix_of_rows(builder);
	if (n == 0)
		return rows;
	if (n == 1 && rows == NULL)
		return copy_matrix(builder->matrices[0]);
	memcpy(matrices, builder->matrices, n * sizeof(OverlapMatrix *));
	if (rows)
		matrices[n++] = rows;
	result = merge_matrices(matrices, n);
	if (rows)
		pfree(rows);
	return result;
}

/*
 * The expanded object
 */

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	Builder *builder = (Builder *) header;
	MemoryContext caller = MemoryContextSwitchTo(header->eoh_context);

	if (has_rows(builder) || builder->nmatrices == 0)
		compact_rows(builder);
	if (builder->nmatrices > 1)
		merge_from(builder, 0);
	MemoryContextSwitchTo(caller);
	return VARSIZE(builder->matrices[0]);
}

/* Follows get_flat_size(). */
static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	Builder *builder = (Builder *) header;

	Assert(!has_rows(builder) && builder->nmatrices == 1 &&
		   size == VARSIZE(builder->matrices[0]));
	memcpy(result, builder->matrices[0], size);
}

/* The first matrix in an aggregate's or a function's state */
static Builder *
new_builder(FunctionCallInfo fcinfo)
{
	MemoryContext context = context_for_state(fcinfo, "overlap_matrix states");
	Builder *builder = MemoryContextAllocZero(context, sizeof(Builder));

	EOH_init_header(&builder->header, &builder_methods, context);
	begin_id_table(&builder->names, context);
	builder->partitions = MemoryContextAllocZero(context, sizeof(Partition));
	return builder;
}

static void
add_matrix(Builder *builder, OverlapMatrix *matrix)
{
	MemoryContext caller;

	if (matrix->npopulations == 0 && matrix->unnamed_rows == 0)
		return;
	if (matrix->keys != NO_KEYS)
	{
		if (builder->keys != NO_KEYS && builder->keys != matrix->keys)
			refuse_keys();
		builder->keys = matrix->keys;
	}
	caller = MemoryContextSwitchTo(builder->header.eoh_context);
	push_matrix(builder, copy_matrix(matrix));
	MemoryContextSwitchTo(caller);
}

/* The state in argument 0, to add to */
static Builder *
builder_argument(FunctionCallInfo fcinfo)
{
	Builder *builder;

	if (!PG_ARGISNULL(0))
	{
		struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

		if (likely(VARATT_IS_EXTERNAL_EXPANDED_RW(state)))
			return (Builder *) DatumGetEOHP(PointerGetDatum(state));
	}
	builder = new_builder(fcinfo);
	if (!PG_ARGISNULL(0))
		add_matrix(builder, MATRIX_ARGUMENT(0));
	return builder;
}

static void
refuse_length(const char *what, uint32 length)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("%s is too long", what),
					errdetail("It has %u bytes; at most %d are allowed.",
							  length, MAX_NAME_LENGTH)));
}

/*
 * Adds the row of arguments 1 to 4: population, company, and if there are so
 * many, record_id and value.
 */
static inline Datum
accumulate(FunctionCallInfo fcinfo, MatrixKeyKind keys)
{
	Builder *builder = builder_argument(fcinfo);
	PopulationName *population;
	RowHead head = {0};
	const char *key = NULL;
	text *id = NULL;
	Decimal value;
	Partition *partition;
	char *row;
	text *name;
	uint32 length;

	if (PG_ARGISNULL(1))
	{
		builder->unnamed_rows++;
		return EOHPGetRWDatum(&builder->header);
	}
	name = PG_GETARG_TEXT_PP(1);
	head.population = population_number(builder, VARDATA_ANY(name),
										VARSIZE_ANY_EXHDR(name));
	population = &builder->populations[head.population];

	if (!PG_ARGISNULL(2))
	{
		if (keys == INTEGER_KEYS)
		{
			head.hash = mix_integer(PG_GETARG_INT64(2));
			key = "";
		}
		else
		{
			text *company = PG_GETARG_TEXT_PP(2);

			length = VARSIZE_ANY_EXHDR(company);
			if (unlikely(length > MAX_NAME_LENGTH))
				refuse_length("key of a company", length);
			if (length > 0)
			{
				key = VARDATA_ANY(company);
				head.hash = stable_hash(key, length);
				head.key_length = length;
			}
		}
	}
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		id = PG_GETARG_TEXT_PP(3);
		length = VARSIZE_ANY_EXHDR(id);
		if (unlikely(length > MAX_NAME_LENGTH))
			refuse_length("id of a record", length);
		head.detail = length | ROW_HAS_ID;
	}
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
	{
		value = amount_argument(fcinfo, 4);
		builder->scale = Max(builder->scale, value.scale);
		value = shortest_decimal(value);
		head.detail |= ROW_HAS_VALUE;
	}
	builder->nrows++;
	population->rows++;
	if (key == NULL)
	{
		population->without_company++;
		return EOHPGetRWDatum(&builder->header);
	}
	if (unlikely(builder->keys != keys))
	{
		if (builder->keys != NO_KEYS)
			refuse_keys();
		builder->keys = keys;
	}
	if (head.detail != 0)
		builder->detailed = true;

	partition = builder->partitions;
	if (builder->partition_bits > 0)
		partition += head.hash >> (64 - PARTITION_BITS);
	row = place_for_row(builder, partition, row_size(&head));
	memcpy(row, &head, sizeof(head));
	row += sizeof(head);
	if (keys == TEXT_KEYS)
	{
		memcpy(row, key, head.key_length);
		row += head.key_length;
	}
	if (id)
	{
		memcpy(row, VARDATA_ANY(id), head.detail & ROW_ID_LENGTH);
		row += head.detail & ROW_ID_LENGTH;
	}
	if (head.detail & ROW_HAS_VALUE)
		memcpy(row, &value, sizeof(value));

	if (unlikely(builder->rows_size > PARTITION_SIZE))
	{
		if (builder->partition_bits == 0)
			split_rows(builder);
		else if (builder->rows_size >
				 Max((Size) work_mem * 1024, builder->matrices_size))
			compact_rows(builder);
	}
	return EOHPGetRWDatum(&builder->header);
}

/* (overlap_matrix, text, text or company_domain[, text[, numeric]]) */
Datum
overlap_matrix_accum_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, TEXT_KEYS);
}

/* (overlap_matrix, text, bigint[, text[, numeric]]) */
Datum
overlap_matrix_accum_integer(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, INTEGER_KEYS);
}

/* The rows of both; NULL is none, and NULL only if both are. */
Datum
overlap_matrix_combine(PG_FUNCTION_ARGS)
{
	Builder *builder;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	builder = builder_argument(fcinfo);
	if (!PG_ARGISNULL(1))
		add_matrix(builder, MATRIX_ARGUMENT(1));
	return EOHPGetRWDatum(&builder->header);
}

/* The state as the bytes of a value */
Datum
overlap_matrix_final(PG_FUNCTION_ARGS)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	if (VARATT_IS_EXTERNAL_EXPANDED(state))
		PG_RETURN_POINTER(matrix_of_builder(
			(Builder *) DatumGetEOHP(PointerGetDatum(state))));
	PG_RETURN_POINTER(MATRIX_ARGUMENT(0));
}
