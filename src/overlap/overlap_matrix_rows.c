/*
 * overlap_matrix_rows.c
 *		From the rows of an overlap_matrix that is being built to a matrix.
 *
 * Compaction takes one stream of rows after the other, small enough for a table
 * of its companies to be cached, too.  The table is ordered by hash: linear
 * probing that keeps neighbours sorted.  So reading it from its first slot to
 * its last gives the companies in their final order without a sort, and streams
 * that follow each other give a matrix.
 *
 * What counts companies only needs no matrix, and is called with the rows of
 * one company after the other.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_rows.c
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/cancellable_sort.h"
#include "base/hash.h"
#include "base/memory.h"
#include "overlap/overlap_matrix_builder.h"

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

/* The memory for one stream at a time */
typedef struct Compactor
{
	const Builder *builder;
	const uint32 *numbers; /* of populations, in the matrix */
	Slot *slots;           /* all free between two streams */
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

/* Finds the company of each row of a stream; how many there are. */
static uint32
find_companies(Compactor *compactor, const RowStream *stream, int shift)
{
	const Builder *builder = compactor->builder;
	bool text = builder->keys == TEXT_KEYS;
	bool detailed = builder->detailed;
	StreamPlace place = start_of_stream(stream);
	const char *at;
	uint32 ncompanies = 0;

	for (uint32 i = 0; (at = row_at(stream, &place)) != NULL; i++)
	{
		RowHead head;
		const char *key = at + sizeof(head);
		Slot *slot;
		int order = 0;

		memcpy(&head, at, sizeof(head));
		slot = compactor->slots + (head.hash << builder->rows.bits >> shift);
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
		place.at += row_size(&head);
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

/* Brings the rows of each company of a stream together; how many these are. */
static uint32
group_by_company(Compactor *compactor, const RowStream *stream)
{
	uint32 nrows = (uint32) stream->nrows;
	int bits = nrows > 1 ? pg_leftmost_one_pos32(nrows) + 1 : 1;
	uint32 ncompanies = find_companies(compactor, stream, 64 - bits);

	sort_by_company(compactor, nrows, ncompanies);
	return ncompanies;
}

/* Writes the companies of one stream; how many they are. */
static uint32
write_stream(Compactor *compactor, const RowStream *stream)
{
	const Builder *builder = compactor->builder;
	ByteBuffer *out = &compactor->out;
	ByteBuffer *entries = &compactor->entries;
	uint32 ncompanies = group_by_company(compactor, stream);
	uint32 written = 0;

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

uint32
order_populations(const Builder *builder, PopulationName **ordered,
				  uint32 *numbers)
{
	uint32 n = 0;

	for (uint32 i = 0; i < builder->npopulations; i++)
	{
		if (builder->populations[i].rows > 0)
			ordered[n++] = &builder->populations[i];
	}
	if (n > 1)
		sort_cancellably(ordered, n, sizeof(PopulationName *),
						 compare_populations);
	for (uint32 i = 0; i < n; i++)
		numbers[ordered[i] - builder->populations] = i;
	return n;
}

/* Writes the populations that have rows, and notes the numbers they get. */
static void
write_populations(ByteBuffer *out, const Builder *builder, uint32 *numbers)
{
	PopulationName **ordered = palloc(sizeof(PopulationName *) *
									  (builder->npopulations + 1));
	uint32 n = order_populations(builder, ordered, numbers);

	for (uint32 i = 0; i < n; i++)
		write_population(out, ordered[i]);
	((OverlapMatrix *) out->data)->npopulations = n;
	pfree(ordered);
}

/* The memory for any of the streams, in the current context */
static void
begin_compaction(Compactor *compactor)
{
	const Builder *builder = compactor->builder;
	uint64 most = 0;
	Size nslots;

	for (int i = 0; i < stream_count(&builder->rows); i++)
		most = Max(most, builder->rows.streams[i].nrows);
	if (most > PG_INT32_MAX)
		refuse_array();
	/* Twice a power of two above the rows, and room for all at the end */
	nslots = ((Size) 2 << (most > 1 ? pg_leftmost_one_pos64(most) : 0)) + most;
	compactor->slots = allocate_zeros(nslots + 2, sizeof(Slot));
	compactor->companies = allocate_array(most + 1, sizeof(FoundCompany));
	compactor->row_company = allocate_array(most + 1, sizeof(uint32));
	compactor->row_population = allocate_array(most + 1, sizeof(uint32));
	compactor->populations = allocate_array(most + 1, sizeof(uint32));
	if (builder->detailed)
	{
		compactor->rows = allocate_array(most + 1, sizeof(char *));
		compactor->detailed = allocate_array(most + 1, sizeof(DetailedRow));
	}
}

/* The matrix of the rows that are not in one yet, in the current context */
OverlapMatrix *
matrix_of_rows(const Builder *builder)
{
	MemoryContext result_context = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(result_context,
												  "overlap_matrix compaction",
												  ALLOCSET_DEFAULT_SIZES);
	Compactor compactor = {.builder = builder};
	uint32 *numbers;
	int64 ncompanies = 0;
	OverlapMatrix *header;

	begin_matrix(&compactor.out, builder->rows.size / 2);
	header = (OverlapMatrix *) compactor.out.data;
	header->scale = builder->scale;
	header->unnamed_rows = builder->unnamed_rows;
	MemoryContextSwitchTo(scratch);
	numbers = palloc(sizeof(uint32) * (builder->npopulations + 1));
	compactor.numbers = numbers;
	write_populations(&compactor.out, builder, numbers);

	begin_compaction(&compactor);
	reserve_bytes(&compactor.entries, 1024);
	reserve_bytes(&compactor.records, 1024);
	for (int i = 0; i < stream_count(&builder->rows); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (builder->rows.streams[i].nrows > 0)
			ncompanies += write_stream(&compactor, &builder->rows.streams[i]);
	}
	header = (OverlapMatrix *) compactor.out.data;
	header->ncompanies = ncompanies;
	header->keys = ncompanies > 0 ? builder->keys : NO_KEYS;
	MemoryContextSwitchTo(result_context);
	MemoryContextDelete(scratch);
	return finish_matrix(&compactor.out);
}

void
each_company_of_rows(const Builder *builder, uint32 *numbers,
					 RowsCallback callback, void *context)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "overlap_matrix counting",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	Compactor compactor = {.builder = builder, .numbers = numbers};

	begin_compaction(&compactor);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < stream_count(&builder->rows); i++)
	{
		const RowStream *stream = &builder->rows.streams[i];
		uint32 ncompanies;
		Slot *slot = compactor.slots;

		CHECK_FOR_INTERRUPTS();
		if (stream->nrows == 0)
			continue;
		ncompanies = group_by_company(&compactor, stream);
		for (uint32 left = ncompanies; left > 0; slot++)
		{
			left -= slot->company != 0;
			slot->company = 0;
		}
		for (uint32 j = 0; j < ncompanies; j++)
		{
			const FoundCompany *company = &compactor.companies[j];

			callback(context,
					 compactor.populations + company->end - company->nrows,
					 company->nrows);
		}
	}
	MemoryContextDelete(scratch);
}
