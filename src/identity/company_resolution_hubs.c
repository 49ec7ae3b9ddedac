/*
 * company_resolution_hubs.c
 *		Keys that stand for several companies.
 *
 * How many records hold a key says nothing: a hundred leads at a company's
 * domain are one company.  What says something is who they are said to be.  A
 * key is a hub if its records hold more than a number of different names, or
 * deciding ids of one register, or, for a name, domains, and none of these is
 * held by half of the records that hold any.
 *
 * Ids count by register, as only those of one contradict each other: a group
 * of companies has a tax number in each of sixty countries.  Names count
 * without their country for the same reason.  That another key of a record is
 * a hub does not matter here, so that keys may be looked at in any order.
 *
 * What records hold is written down beforehand, and only of those that hold a
 * key that may be a hub.  To know these, what every row holds is added up by
 * the hashes of its keys, in cells that some keys share: a key whose cell stays
 * below the limit is none.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_hubs.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/hash.h"
#include "base/memory.h"
#include "identity/company_resolution_private.h"

#define FAMILY_NAMES   0
#define FAMILY_DOMAINS 1
#define FAMILIES       2 /* and after these a register each */

#define NO_MEMBER PG_UINT32_MAX

/* Texts of which a record has one: names, domains, ids of one register. */
typedef struct Family
{
	uint32 different;
	uint32 most;    /* records that hold one and the same */
	uint32 records; /* that hold any */
	uint32 last;    /* counted so */
} Family;

/*
 * What records hold: numbers of families in the upper half, of texts in the
 * lower, sorted for each record.
 */
struct HeldKeys
{
	uint8 limit;   /* a cell with more is of keys that may be hubs */
	uint32 *first; /* by record, among what is held */
	uint64 *held;
	Family *families;
	uint64 *of_key; /* what the records of a key hold */
	uint64 of_key_room;
};

#define ST_SORT          sort_held
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- what records hold ---- */

typedef struct PartReader
{
	const Block *block;
	const char *at;
	uint32 row;
} PartReader;

static PartReader
read_part(const KeyPart *part)
{
	const Block *first = part->keys.first;

	return (PartReader){first, first == NULL ? NULL : first->bytes, 0};
}

/* The next key of a part, and the record that holds it. */
static bool
next_part_key(const Clusters *clusters, PartReader *reader, IdentityKey *key,
			  uint32 *record)
{
	CHECK_FOR_INTERRUPTS();
	while (reader->block != NULL &&
		   reader->at == reader->block->bytes + reader->block->used)
	{
		reader->block = reader->block->next;
		reader->at = reader->block == NULL ? NULL : reader->block->bytes;
	}
	if (reader->block == NULL)
		return false;
	reader->row += read_varint(&reader->at);
	*record = clusters->record_of_row[reader->row];
	*key = read_part_key((const uint8 *) reader->at);
	reader->at += part_key_size((const uint8 *) reader->at);
	return true;
}

static bool
is_counted(const IdentityKey *key)
{
	return is_name(key->kind) || key->kind == KEY_DOMAIN ||
		   key->kind == KEY_DECIDING_ID;
}

/* A record of several rows has the keys of all. */
static void
count_rows_of_records(Clusters *clusters)
{
	for (uint32 i = 0; i < clusters->n_key_parts; i++)
	{
		PartReader reader = read_part(&clusters->key_parts[i]);
		IdentityKey key;
		uint32 record;

		while (next_part_key(clusters, &reader, &key, &record))
			if (clusters->most_of[record] > 0)
				add_to_cell(key_cell(clusters, key_hash(&key)),
							clusters->most_of[record]);
	}
	pfree(clusters->most_of);
	clusters->most_of = NULL;
}

/* Marks the records of keys that may be hubs, and tells whether there are any. */
static bool
mark_candidates(Clusters *clusters, uint8 limit, uint8 *candidates)
{
	bool any = false;

	for (uint32 i = 0; i < clusters->n_key_parts; i++)
	{
		const uint8 *cells = clusters->cells + (Size) i * CELLS_OF_A_PART;
		PartReader reader = read_part(&clusters->key_parts[i]);
		uint8 most = 0;
		IdentityKey key;
		uint32 record;

		for (uint32 cell = 0; cell < CELLS_OF_A_PART; cell++)
			most = Max(most, cells[cell]);
		if (most <= limit)
			continue;
		while (next_part_key(clusters, &reader, &key, &record))
			if (key.kind <= KEY_NAME &&
				*key_cell(clusters, key_hash(&key)) > limit)
			{
				candidates[record] = true;
				any = true;
			}
	}
	return any;
}

/* Counts the keys that each of the records holds, as the ends of their places. */
static uint64
count_held(Clusters *clusters, const uint8 *candidates, uint32 *first)
{
	uint64 sum = 0;

	memset(first, 0, ((Size) clusters->nrecords + 1) * sizeof(uint32));
	for (uint32 i = 0; i < clusters->n_key_parts; i++)
	{
		PartReader reader = read_part(&clusters->key_parts[i]);
		IdentityKey key;
		uint32 record;

		while (next_part_key(clusters, &reader, &key, &record))
			if (candidates[record] && is_counted(&key))
				first[record]++;
	}
	for (uint32 i = 0; i <= clusters->nrecords; i++)
	{
		sum += first[i];
		if (sum >= PG_UINT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many records to resolve")));
		first[i] = sum;
	}
	return sum;
}

/* Writes down what the records hold, each from its end. */
static void
list_held(Clusters *clusters, struct HeldKeys *held, const uint8 *candidates)
{
	MemoryContext context = AllocSetContextCreate(clusters->scratch,
												  "company resolution texts",
												  ALLOCSET_DEFAULT_SIZES);
	uint32 base = 0;

	for (uint32 i = 0; i < clusters->n_key_parts; i++)
	{
		PartReader reader = read_part(&clusters->key_parts[i]);
		IdTable texts;
		IdentityKey key;
		uint32 record;

		/* a text is in one part alone */
		MemoryContextReset(context);
		begin_id_table(&texts, context);
		while (next_part_key(clusters, &reader, &key, &record))
		{
			uint64 family;
			uint32 number;

			if (!candidates[record] || !is_counted(&key))
				continue;
			number = base +
					 id_number(&texts, key.bytes,
							   is_name(key.kind) ? key.prefix : key.length);
			if (is_name(key.kind))
				family = FAMILY_NAMES;
			else if (key.kind == KEY_DOMAIN)
				family = FAMILY_DOMAINS;
			else
				family = FAMILIES + (uint64) id_number(&clusters->registers,
													   key.bytes, key.prefix);
			held->held[--held->first[record]] = family << 32 | number;
		}
		base += texts.n;
	}
	MemoryContextDelete(context);
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		uint32 n = held->first[i + 1] - held->first[i];

		CHECK_FOR_INTERRUPTS();
		if (n > 1)
			sort_held(held->held + held->first[i], n);
	}
}

/* Writes down what is to be known of the records of keys that may be hubs. */
void
find_held_keys(Clusters *clusters)
{
	struct HeldKeys *held;
	uint8 limit = Min(clusters->state->hub_limit, PG_UINT8_MAX - 1);
	uint8 *candidates;

	if (clusters->most_of != NULL)
		count_rows_of_records(clusters);
	candidates = allocate_array_in(clusters->scratch, clusters->nrecords, 1);
	memset(candidates, 0, clusters->nrecords);
	if (mark_candidates(clusters, limit, candidates))
	{
		held = MemoryContextAllocZero(clusters->scratch, sizeof(*held));
		held->limit = limit;
		held->first = allocate_array_in(clusters->scratch,
										(Size) clusters->nrecords + 1,
										sizeof(uint32));
		held->held = allocate_array_in(clusters->scratch,
									   count_held(clusters, candidates,
												  held->first),
									   sizeof(uint64));
		list_held(clusters, held, candidates);
		held->families = allocate_array_in(clusters->scratch,
										   FAMILIES +
											   (Size) clusters->registers.n,
										   sizeof(Family));
		for (uint32 i = 0; i < FAMILIES + clusters->registers.n; i++)
			held->families[i] = (Family){.last = NO_MEMBER};
		clusters->held = held;
	}
	pfree(candidates);
}

/* No key is asked about any more. */
void
end_held_keys(Clusters *clusters)
{
	struct HeldKeys *held = clusters->held;

	pfree(clusters->cells);
	if (held == NULL)
		return;
	pfree(held->first);
	pfree(held->held);
	pfree(held->families);
	if (held->of_key != NULL)
		pfree(held->of_key);
	pfree(held);
	clusters->held = NULL;
}

/* ---- hubs ---- */

/* Lists what the records hold, and counts by family those that hold any. */
static uint64
list_of_key(Clusters *clusters, const uint32 *records, uint32 n)
{
	struct HeldKeys *held = clusters->held;
	uint64 listed = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32 end = held->first[records[i] + 1];

		CHECK_FOR_INTERRUPTS();
		for (uint32 at = held->first[records[i]]; at < end; at++)
		{
			Family *family = &held->families[held->held[at] >> 32];

			/* two rows of one record */
			if (at > held->first[records[i]] &&
				held->held[at] == held->held[at - 1])
				continue;
			if (family->last != i)
			{
				family->last = i;
				family->records++;
			}
			MAKE_ROOM(clusters->scratch, held->of_key, held->of_key_room,
					  listed + 1);
			held->of_key[listed++] = held->held[at];
		}
	}
	return listed;
}

static void
note_hub(Clusters *clusters, const uint32 *records, uint32 n,
		 const IdentityKey *key, HubKey counts)
{
	FoundHub *found;
	uint8 *copy = allocate_array_in(clusters->scratch,
									KEY_HEADER + (Size) key->length, 1);
	uint32 source = 0;
	uint32 source_end = 0; /* its last record + 1 */

	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (records[i] < source_end)
			continue;
		counts.sources++;
		while (source_end <= records[i])
			source_end += clusters->source_records[source++];
	}
	store_key(copy, key);
	MAKE_ROOM(clusters->scratch, clusters->hubs, clusters->hubs_room,
			  clusters->nhubs + 1);
	found = &clusters->hubs[clusters->nhubs++];
	found->key = copy;
	found->counts = counts;
	found->counts.records = n;
}

/* Whether a key is a hub; if so, it is noted. */
bool
is_hub(Clusters *clusters, const uint32 *records, uint32 n,
	   const IdentityKey *key)
{
	struct HeldKeys *held = clusters->held;
	uint32 limit = clusters->state->hub_limit;
	HubKey counts = {0};
	bool hub = false;
	uint64 listed;

	/* one of two records' texts is always that of half of them */
	if (held == NULL || n < 3 ||
		*key_cell(clusters, key_hash(key)) <= held->limit)
		return false;
	listed = list_of_key(clusters, records, n);
	if (listed > limit)
		sort_held(held->of_key, listed);
	for (uint64 start = 0, end; start < listed; start = end)
	{
		Family *family = &held->families[held->of_key[start] >> 32];

		CHECK_FOR_INTERRUPTS();
		for (end = start + 1;
			 end < listed && held->of_key[end] == held->of_key[start]; end++)
			;
		family->different++;
		family->most = Max(family->most, end - start);
	}
	for (uint64 i = 0; i < listed; i++)
	{
		uint32 number = held->of_key[i] >> 32;
		Family *family = &held->families[number];

		CHECK_FOR_INTERRUPTS();
		if (family->records == 0)
			continue; /* looked at before */
		if (number == FAMILY_NAMES)
			counts.names = family->different;
		else if (number == FAMILY_DOMAINS)
			counts.domains = family->different;
		else
			counts.ids = Max(counts.ids, family->different);
		/* domains contradict each other at the level of names alone */
		if (family->different > limit &&
			family->most < family->records - family->most &&
			(number != FAMILY_DOMAINS || key->kind == KEY_NAME))
			hub = true;
		*family = (Family){.last = NO_MEMBER};
	}
	if (hub)
		note_hub(clusters, records, n, key, counts);
	return hub;
}
