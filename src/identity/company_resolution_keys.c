/*
 * company_resolution_keys.c
 *		The keys that several records hold.
 *
 * The work is done on flat arrays.  Keys are hashed and put into parts that
 * fit a cache, where those that only one record holds, which are most, fall
 * out before anything is compared or sorted.  Equal hashes are compared by
 * their bytes: no two keys are taken for one.
 *
 * Only some of the parts are in memory at a time, for the entries of all would
 * be nearly as much as the keys.  To hash keys again takes less than to write
 * down what is not used for long.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_keys.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/hash.h"
#include "base/memory.h"
#include "identity/company_resolution_private.h"

/* Keys of a part: hashes, counts and entries are a few hundred kilobytes. */
#define KEYS_OF_A_PART 8192

/* How many keys that can match a record has, for an estimate. */
#define KEYS_OF_A_RECORD 3

/* In how many rounds entries are listed, if there are more than a few. */
#define ENTRY_ROUNDS 3
#define FEW_ENTRIES  ((uint64) 65536)

/* The hash of a key, also of one that is a hub by now. */
static inline uint64
key_hash(const uint8 *key)
{
	uint64 hash = fast_hash((const char *) key + KEY_HEADER, key[2],
							key[0] & ~DEAD_KEY);

#ifdef RESOLUTION_WEAK_HASH
	hash &= RESOLUTION_WEAK_HASH;
#endif
	return hash;
}

static inline void
prefetch_row(const Clusters *clusters, uint32 record)
{
	if (record < clusters->nrecords)
	{
		const char *row = (const char *) clusters->rows[record];

		prefetch(row);
		prefetch(row + 64);
	}
}

/* ---- keys that several records hold ---- */

/*
 * Counts the keys that can match of each part, and what is to be known of all
 * before the first is looked at.
 */
static void
count_entries(Clusters *clusters, uint64 *counts, uint32 nparts)
{
	clusters->domains = allocate_array_in(clusters->scratch,
										  clusters->nrecords, sizeof(uint16));
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		ResolutionRow *row = clusters->rows[i];
		uint8 *keys = row_keys(row);
		uint32 domains = 0;
		uint32 ids = 0;
		uint32 names = 0;

		CHECK_FOR_INTERRUPTS();
		prefetch_row(clusters, i + PREFETCH_DISTANCE);
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			names += keys[at] >= KEY_NAME;
			/* a name that does not match */
			if (keys[at] > KEY_NAME)
				continue;
			counts[key_hash(keys + at) & (nparts - 1)]++;
			clusters->nentries++;
			domains += keys[at] == KEY_DOMAIN;
			ids += keys[at] == KEY_DECIDING_ID;
		}
		clusters->most_keys = Max(clusters->most_keys,
								  Max(Max(names, domains), ids));
		clusters->domains[i] = Min(domains, PG_UINT16_MAX);
	}
}

/*
 * Lists the entries of the parts first to end - 1, each part's behind those of
 * the one before, in the order of records.  Where a part starts is in starts,
 * and afterwards where it ends.
 */
static void
collect_entries(Clusters *clusters, uint32 first, uint32 end, uint32 nparts,
				uint64 *starts)
{
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		ResolutionRow *row = clusters->rows[i];
		uint8 *keys = row_keys(row);

		CHECK_FOR_INTERRUPTS();
		prefetch_row(clusters, i + PREFETCH_DISTANCE);
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			uint64 hash;
			uint32 part;

			/* that of a hub that was found before has been hashed without it */
			if ((keys[at] & ~DEAD_KEY) > KEY_NAME)
				continue;
			hash = key_hash(keys + at);
			part = hash & (nparts - 1);
			if (part < first || part >= end)
				continue;
			clusters->entries[starts[part]++] = (KeyEntry){hash, i, at};
		}
	}
}

static uint8 *
entry_key(const Clusters *clusters, const KeyEntry *entry)
{
	return row_keys(clusters->rows[entry->record]) + entry->at;
}

/*
 * Notes the key of entries that are sorted by record.  Those whose hash only
 * happened to be the same are left, and their number returned.
 */
static uint32
note_group(Clusters *clusters, KeyEntry *entries, uint32 n)
{
	uint8 *key = entry_key(clusters, &entries[0]);
	uint32 *members = clusters->members + clusters->nmembers;
	KeyKind kind = (KeyKind) key[0];
	SharedKey *group;
	uint32 same = 0;
	uint32 others = 0;

	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i == 0 || same_key(key, entry_key(clusters, &entries[i])))
			members[same++] = entries[i].record;
		else
			entries[others++] = entries[i];
	}
	if (same < 2)
		return others;
	if (is_hub(clusters, members, same, key))
	{
		forget_hub(clusters, key, members, same);
		return others;
	}
	MAKE_ROOM(clusters->scratch, clusters->groups[kind],
			  clusters->groups_room[kind], clusters->ngroups[kind] + 1);
	group = &clusters->groups[kind][clusters->ngroups[kind]++];
	group->key = key;
	group->first = clusters->nmembers;
	group->count = same;
	group->result = NO_KEY;
	clusters->nmembers += same;
	return others;
}

typedef struct HashSlot
{
	uint64 hash;
	uint32 count; /* 0: free */
	uint32 at;    /* where the next of this hash goes */
} HashSlot;

/* Finds the keys of a part that several records hold. */
static void
group_part(Clusters *clusters, const KeyEntry *entries, uint64 n,
		   HashSlot *slots, uint64 nslots, KeyEntry *shared)
{
	uint64 mask = nslots - 1;
	uint32 nshared = 0;

	memset(slots, 0, nslots * sizeof(HashSlot));
	for (uint64 i = 0; i < n; i++)
	{
		uint64 slot = (entries[i].hash >> 32) & mask;

		CHECK_FOR_INTERRUPTS();
		while (slots[slot].count != 0 && slots[slot].hash != entries[i].hash)
			slot = (slot + 1) & mask;
		slots[slot].hash = entries[i].hash;
		slots[slot].count++;
	}
	for (uint64 slot = 0; slot < nslots; slot++)
		if (slots[slot].count > 1)
		{
			slots[slot].at = nshared;
			nshared += slots[slot].count;
		}
	for (uint64 i = 0; i < n; i++)
	{
		uint64 slot = (entries[i].hash >> 32) & mask;

		CHECK_FOR_INTERRUPTS();
		while (slots[slot].hash != entries[i].hash)
			slot = (slot + 1) & mask;
		if (slots[slot].count > 1)
		{
			prefetch(&clusters->rows[entries[i].record]);
			shared[slots[slot].at++] = entries[i];
		}
	}
	for (uint32 i = 0; i < Min(nshared, PREFETCH_DISTANCE); i++)
		prefetch(entry_key(clusters, &shared[i]));
	for (uint32 start = 0; start < nshared;)
	{
		uint32 end;
		uint32 left;

		for (end = start + 1;
			 end < nshared && shared[end].hash == shared[start].hash; end++)
			;
		for (uint32 i = start; i < end; i++)
		{
			/* the row, whose length of id says where its keys are, first */
			if (i + 2 * PREFETCH_DISTANCE < nshared)
				prefetch(
					clusters->rows[shared[i + 2 * PREFETCH_DISTANCE].record]);
			if (i + PREFETCH_DISTANCE < nshared)
				prefetch(entry_key(clusters, &shared[i + PREFETCH_DISTANCE]));
		}
		for (left = end - start; left > 0;)
			left = note_group(clusters, shared + start, left);
		start = end;
	}
}

void
group_keys(Clusters *clusters)
{
	uint32 nparts = 1;
	uint64 *counts;
	uint64 *starts;
	uint64 largest = 0;
	uint64 room;
	uint64 nslots = 64;
	HashSlot *slots;
	KeyEntry *shared;

	while (nparts < 65536 &&
		   (uint64) clusters->nrecords * KEYS_OF_A_RECORD / nparts >
			   KEYS_OF_A_PART)
		nparts *= 2;
	counts = allocate_array_in(clusters->scratch, nparts, sizeof(uint64));
	starts = allocate_array_in(clusters->scratch, nparts, sizeof(uint64));
	memset(counts, 0, nparts * sizeof(uint64));
	count_entries(clusters, counts, nparts);
	for (uint32 i = 0; i < nparts; i++)
		largest = Max(largest, counts[i]);
	if (largest > PG_UINT32_MAX / 2)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	while (nslots < largest * 2)
		nslots *= 2;
	room = Max(Max(clusters->nentries / ENTRY_ROUNDS + 1, FEW_ENTRIES),
			   largest);
	room = Min(room, Max(clusters->nentries, 1));
	slots = allocate_array_in(clusters->scratch, nslots, sizeof(HashSlot));
	shared = allocate_array_in(clusters->scratch, largest, sizeof(KeyEntry));
	clusters->entries = allocate_array_in(clusters->scratch, room,
										  sizeof(KeyEntry));
	clusters->members = allocate_array_in(clusters->scratch,
										  clusters->nentries, sizeof(uint32));
	for (uint32 first = 0, end; first < nparts; first = end)
	{
		uint64 n = 0;

		for (end = first; end < nparts && counts[end] <= room - n; end++)
		{
			starts[end] = n;
			n += counts[end];
		}
		collect_entries(clusters, first, end, nparts, starts);
		for (uint32 i = first; i < end; i++)
		{
			uint64 part_slots = 64;

			while (part_slots < counts[i] * 2)
				part_slots *= 2;
			group_part(clusters, clusters->entries + starts[i] - counts[i],
					   counts[i], slots, part_slots, shared);
		}
	}
	end_hubs(clusters);
	pfree(slots);
	pfree(shared);
	pfree(counts);
	pfree(starts);
	pfree(clusters->entries);
	clusters->entries = NULL;
}

/* Puts the keys of one kind in the order of their bytes. */
void
sort_groups(Clusters *clusters, KeyKind kind)
{
	uint64 n = clusters->ngroups[kind];
	SortedText *texts;
	SharedKey *sorted;

	if (n < 2)
		return;
	texts = allocate_array_in(clusters->scratch, n, sizeof(SortedText));
	sorted = allocate_array_in(clusters->scratch, n, sizeof(SharedKey));
	if (n > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	for (uint64 i = 0; i < n; i++)
	{
		const uint8 *key = clusters->groups[kind][i].key;

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(clusters->groups[kind][i + PREFETCH_DISTANCE].key);
		texts[i].bytes = key + KEY_HEADER;
		texts[i].length = key[2];
		texts[i].item = i;
	}
	sort_texts(texts, n, 0, 0);
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(
				&clusters->groups[kind][texts[i + PREFETCH_DISTANCE].item]);
		sorted[i] = clusters->groups[kind][texts[i].item];
	}
	pfree(texts);
	pfree(clusters->groups[kind]);
	clusters->groups[kind] = sorted;
}
