/*
 * overlap_matrix_spread.c
 *		The records of an overlap_matrix that are at several companies.
 *
 * Records and values of a population at a company are added to each of its
 * cells there, which is right as long as a record has one company.  The few
 * that have several (spread records) would be counted at each: they are found
 * by sorting the hashes of all records, and what was counted too often is taken
 * back.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix_spread.c
 */
#include "postgres.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "overlap/overlap_matrix_reading.h"

#define ST_SORT          sort_hashes
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_spread(const SpreadRecord *a, const SpreadRecord *b)
{
	if (a->population != b->population)
		return a->population < b->population ? -1 : 1;
	return compare_bytes(a->id, a->length, b->id, b->length);
}

#define ST_SORT          sort_spread
#define ST_ELEMENT_TYPE  SpreadRecord
#define ST_COMPARE(a, b) compare_spread(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* Hash of a population's record */
static uint64
record_hash(uint32 population, const Record *record)
{
	return stable_hash(record->id, record->length) ^
		   mix_integer((uint64) population + 1);
}

/* Calls back with every record that has an id. */
typedef void (*record_callback)(Reading *reading, uint32 population,
								const Record *record, void *arg);

static void
each_record(Reading *reading, record_callback callback, void *arg)
{
	const char *next = reading->companies;

	for (int64 n = 0; n < reading->matrix->ncompanies; n++)
	{
		const char *at;
		int64 before = -1;

		next_company(reading, &next, n);
		at = reading->company.entries;
		while (at < reading->company.end)
		{
			MatrixEntry entry;
			Record record;

			read_entry(&at, before, &entry);
			before = entry.population;
			for (int64 i = 0; i < entry.nrecords; i++)
			{
				read_record(&at, &record);
				if (reading->sides[entry.population] != NO_SIDE)
					callback(reading, entry.population, &record, arg);
				check_for_interrupts_at(i);
			}
		}
	}
}

static void
note_hash(Reading *reading, uint32 population, const Record *record, void *arg)
{
	RecordHashes *hashes = arg;

	MAKE_ROOM(CurrentMemoryContext, hashes->hashes, hashes->space,
			  hashes->n + 1);
	hashes->hashes[hashes->n++] = record_hash(population, record);
}

/* The place of the company that is being read, which may be the last one */
static Size
place_here(Reading *reading, SpreadRecords *spread)
{
	SpreadPlace *place;

	if (spread->nplaces > 0 && spread->places[spread->nplaces - 1].entries ==
								   reading->company.entries)
		return spread->nplaces - 1;
	MAKE_ROOM(CurrentMemoryContext, spread->places, spread->space_of_places,
			  spread->nplaces + 1);
	read_entries(reading);
	MAKE_ROOM(CurrentMemoryContext, spread->populations,
			  spread->space_of_populations,
			  spread->npopulations + reading->nentries);
	place = &spread->places[spread->nplaces];
	place->entries = reading->company.entries;
	place->populations = spread->npopulations;
	place->npopulations = reading->nentries;
	place->sides_here = reading->sides_here;
	for (int i = 0; i < reading->nentries; i++)
		spread->populations[spread->npopulations++] =
			reading->entries[i].population;
	return spread->nplaces++;
}

static void
note_spread(Reading *reading, uint32 population, const Record *record,
			void *arg)
{
	SpreadRecords *spread = arg;
	uint64 hash = record_hash(population, record);
	Size low = 0;
	Size high = spread->repeated.n;
	SpreadRecord *copy;

	while (low < high)
	{
		Size middle = low + (high - low) / 2;

		if (spread->repeated.hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == spread->repeated.n || spread->repeated.hashes[low] != hash)
		return;
	MAKE_ROOM(CurrentMemoryContext, spread->records, spread->space,
			  spread->n + 1);
	copy = &spread->records[spread->n++];
	copy->population = population;
	copy->id = record->id;
	copy->length = record->length;
	copy->has_value = record->has_value;
	copy->value = record->value;
	copy->place = place_here(reading, spread);
}

/* All records at several companies, those of one record together */
void
find_spread(Reading *reading, SpreadRecords *spread)
{
	RecordHashes *hashes = &spread->repeated;
	Size n = 0;

	memset(spread, 0, sizeof(*spread));
	if (!reading->detailed)
		return;
	hashes->space = 1024;
	hashes->hashes = palloc(hashes->space * sizeof(uint64));
	each_record(reading, note_hash, hashes);
	sort_hashes(hashes->hashes, hashes->n);
	for (Size i = 1; i < hashes->n; i++)
	{
		if (hashes->hashes[i] == hashes->hashes[i - 1] &&
			(n == 0 || hashes->hashes[n - 1] != hashes->hashes[i]))
			hashes->hashes[n++] = hashes->hashes[i];
	}
	hashes->n = n;
	if (n == 0)
		return;
	spread->space = 1024;
	spread->records = palloc(spread->space * sizeof(SpreadRecord));
	spread->space_of_places = 256;
	spread->places = palloc(spread->space_of_places * sizeof(SpreadPlace));
	spread->space_of_populations = 1024;
	spread->populations = palloc(spread->space_of_populations *
								 sizeof(uint32));
	each_record(reading, note_spread, spread);
	sort_spread(spread->records, spread->n);
}

/* The end of the group of one record that begins at start, its value known */
Size
end_of_group(const SpreadRecords *spread, Size start, Record *record)
{
	Size end = start;

	record->id = spread->records[start].id;
	record->length = spread->records[start].length;
	record->has_value = false;
	for (; end < spread->n &&
		   compare_spread(&spread->records[start], &spread->records[end]) == 0;
		 end++)
	{
		Record other = *record;

		other.has_value = spread->records[end].has_value;
		other.value = spread->records[end].value;
		join_record(record, &other);
	}
	return end;
}

/*
 * A record was counted at several companies, in all "counted" times, of these
 * "valued" times with its value: it counts once.
 */
void
count_once(const Reading *reading, MatrixTally *tally, const Record *record,
		   int64 counted, int64 valued)
{
	if (counted == 0)
		return;
	tally->records += 1 - counted;
	if (record->has_value)
	{
		tally->valued += 1 - valued;
		tally->value = exact_add(tally->value,
								 (1 - valued) *
									 at_scale(reading, record->value));
	}
}
