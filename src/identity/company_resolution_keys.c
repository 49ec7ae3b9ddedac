/*
 * company_resolution_keys.c
 *		Records in order, and the keys that several of them hold.
 *
 * The work is done on flat arrays.  Rows are sorted and copied, once, so that
 * everything after reads them in the order they lie in.  Keys are hashed and
 * put into parts that fit a cache, where those that only one record holds,
 * which are most, fall out before anything is compared or sorted.  Equal
 * hashes are compared by their bytes: no two keys are taken for one.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_keys.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bswap.h"

#include "base/hash.h"
#include "base/memory.h"
#include "identity/company_resolution_private.h"

/* Keys of a part: hashes, counts and entries are a few hundred kilobytes. */
#define KEYS_OF_A_PART 8192

/* A text being sorted, and eight bytes of it. */
typedef struct SortedText
{
	uint64 prefix;
	const uint8 *bytes;
	uint32 length;
	uint32 item;
} SortedText;

/* ---- sorting texts by bytes ---- */

/* The eight bytes at depth as a number that compares as they do. */
static uint64
prefix_at(const uint8 *bytes, uint32 length, uint32 depth)
{
	uint64 prefix = 0;

	if (length >= depth + 8)
	{
		memcpy(&prefix, bytes + depth, 8);
		return pg_ntoh64(prefix);
	}
	for (uint32 i = depth; i < length; i++)
		prefix |= (uint64) bytes[i] << (56 - 8 * (i - depth));
	return prefix;
}

static int
compare_texts(const SortedText *a, const SortedText *b)
{
	int order = memcmp(a->bytes, b->bytes, Min(a->length, b->length));

	return order != 0 ? order
					  : (a->length > b->length) - (a->length < b->length);
}

#define ST_SORT         sort_by_prefix
#define ST_ELEMENT_TYPE SortedText
#define ST_COMPARE(a, b) \
	((a)->prefix < (b)->prefix ? -1 : (a)->prefix > (b)->prefix)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_by_text
#define ST_ELEMENT_TYPE  SortedText
#define ST_COMPARE(a, b) compare_texts(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sorts texts that agree in their first depth bytes.  Ids of one source and
 * keys of one kind often share their beginning, so that is skipped, and the
 * eight bytes behind it, read once, tell most texts apart.  No text holds a
 * zero byte, so the end of a text may count as one.
 */
static void
sort_texts(SortedText *texts, uint64 n, uint32 depth, int level)
{
	uint32 common;

	if (n < 2)
		return;
	if (n < 16 || level > 20)
	{
		sort_by_text(texts, n);
		return;
	}
	common = texts[0].length;
	for (uint64 i = 1; i < n; i++)
	{
		uint32 limit = Min(common, texts[i].length);
		uint32 same = depth;

		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes + depth);
		while (same < limit && texts[i].bytes[same] == texts[0].bytes[same])
			same++;
		common = same;
		if (common <= depth)
			break;
		CHECK_FOR_INTERRUPTS();
	}
	depth = common;
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes + depth);
		texts[i].prefix = prefix_at(texts[i].bytes, texts[i].length, depth);
	}
	sort_by_prefix(texts, n);
	for (uint64 start = 0, end; start < n; start = end)
	{
		/* equal prefixes that end in a zero are of equal texts */
		for (end = start + 1;
			 end < n && texts[end].prefix == texts[start].prefix; end++)
			CHECK_FOR_INTERRUPTS();
		if (end - start > 1 && (texts[start].prefix & 0xFF) != 0)
			sort_texts(texts + start, end - start, depth + 8, level + 1);
	}
}

/* ---- records ---- */

/* Gives every source its place by bytes. */
static void
sort_sources(Clusters *clusters)
{
	const IdTable *sources = &clusters->state->sources;
	SortedText *sorted = allocate_array_in(clusters->scratch, sources->n,
										   sizeof(SortedText));

	for (uint32 i = 0; i < sources->n; i++)
	{
		sorted[i].bytes = (const uint8 *) sources->ids[i].bytes;
		sorted[i].length = sources->ids[i].length;
		sorted[i].item = i;
	}
	sort_texts(sorted, sources->n, 0, 0);
	clusters->source_places = allocate_array_in(clusters->scratch, sources->n,
												sizeof(uint32));
	clusters->source_order = allocate_array_in(clusters->scratch, sources->n,
											   sizeof(uint32));
	for (uint32 i = 0; i < sources->n; i++)
	{
		clusters->source_places[sorted[i].item] = i;
		clusters->source_order[i] = sorted[i].item;
	}
	pfree(sorted);
}

static int
compare_key_bytes(const uint8 *a, const uint8 *b)
{
	int order = (int) a[0] - (int) b[0];

	if (order == 0)
		order = memcmp(a + KEY_HEADER, b + KEY_HEADER, Min(a[2], b[2]));
	return order != 0 ? order : (int) a[2] - (int) b[2];
}

/* A name of its own, for the template puts another star behind it. */
typedef const uint8 *KeyBytes;

#define ST_SORT          sort_key_bytes
#define ST_ELEMENT_TYPE  KeyBytes
#define ST_COMPARE(a, b) compare_key_bytes(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static ResolutionRow *
row_of_text(const SortedText *text)
{
	return (ResolutionRow *) (text->bytes - offsetof(ResolutionRow, bytes));
}

/* Copies a row behind the one before it. */
static ResolutionRow *
place_row(Clusters *clusters, const ResolutionRow *row)
{
	ResolutionRow *placed = (ResolutionRow *) clusters->next_row;
	Size size = ROW_SIZE(row->id_length, row->keys_length);

	memcpy(placed, row, size);
	clusters->next_row += size;
	return placed;
}

/*
 * Makes one row of several of one record, behind the row before it: it holds
 * the keys of all.  There may be as many as a careless query gives one id.
 */
static ResolutionRow *
place_rows(Clusters *clusters, const SortedText *texts, uint64 n)
{
	const ResolutionRow *row = row_of_text(&texts[0]);
	ResolutionRow *placed = (ResolutionRow *) clusters->next_row;
	KeyBytes *keys = NULL;
	uint64 nkeys = 0;
	uint64 room = 0;
	Size length = 0;

	for (uint64 i = 0; i < n; i++)
	{
		ResolutionRow *next = row_of_text(&texts[i]);

		CHECK_FOR_INTERRUPTS();
		/* most are the same record twice */
		if (i > 0 && row->keys_length == next->keys_length &&
			memcmp(row_keys((ResolutionRow *) row), row_keys(next),
				   row->keys_length) == 0)
			continue;
		for (uint32 at = 0; at < next->keys_length;
			 at += key_size(row_keys(next) + at))
		{
			MAKE_ROOM(clusters->scratch, keys, room, nkeys + 1);
			keys[nkeys++] = row_keys(next) + at;
		}
	}
	if (nkeys > 0)
		sort_key_bytes(keys, nkeys);
	memcpy(placed, row, offsetof(ResolutionRow, bytes) + row->id_length);
	for (uint64 i = 0; i < nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0 && compare_key_bytes(keys[i - 1], keys[i]) == 0)
			continue;
		if (length + key_size(keys[i]) > PG_INT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("a record has too many rows to resolve")));
		memcpy(placed->bytes + placed->id_length + length, keys[i],
			   key_size(keys[i]));
		length += key_size(keys[i]);
	}
	if (keys != NULL)
		pfree(keys);
	placed->keys_length = length;
	clusters->next_row += ROW_SIZE(placed->id_length, placed->keys_length);
	return placed;
}

/* Takes the sorted rows of one source. */
static void
add_records(Clusters *clusters, const SortedText *texts, uint64 n)
{
	for (uint64 i = 0, end; i < n; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes -
					 offsetof(ResolutionRow, bytes));
		for (end = i;
			 end < n && texts[end].length == texts[i].length &&
			 memcmp(texts[end].bytes, texts[i].bytes, texts[i].length) == 0;
			 end++)
		{
			uint32 known = row_of_text(&texts[end])->known;

			if (known == 0)
				continue;
			clusters->known[clusters->nknown].known = known;
			clusters->known[clusters->nknown].record = clusters->nrecords;
			clusters->nknown++;
		}
		clusters->rows[clusters->nrecords++] =
			end - i > 1 ? place_rows(clusters, texts + i, end - i)
						: place_row(clusters, row_of_text(&texts[i]));
	}
}

/*
 * Puts the rows in the order of source and id, one for each record.  They are
 * copied, once in an order that memory is slow in, so that all that follows
 * finds them in the order it reads them in.
 */
void
sort_records(Clusters *clusters)
{
	ResolutionState *state = clusters->state;
	uint32 nsources = state->sources.n;
	uint64 nknown = 0;
	Size size = 0;
	uint64 *ends;
	uint64 sum = 0;
	SortedText *texts;

	if (state->nrows >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many records to resolve"),
				 errdetail("There are " UINT64_FORMAT ", the limit is %u.",
						   state->nrows, PG_UINT32_MAX - 1)));
	sort_sources(clusters);
	ends = allocate_array_in(clusters->scratch, nsources, sizeof(uint64));
	memset(ends, 0, nsources * sizeof(uint64));
	texts = allocate_array_in(clusters->scratch, state->nrows,
							  sizeof(SortedText));
	for (int pass = 0; pass < 2; pass++)
	{
		for (RowBlock *block = state->first; block != NULL;
			 block = block->next)
		{
			if (pass == 0)
				size += block->used;
			for (Size at = 0; at < block->used;)
			{
				ResolutionRow *row = (ResolutionRow *) (block->rows + at);

				CHECK_FOR_INTERRUPTS();
				at += ROW_SIZE(row->id_length, row->keys_length);
				if (pass == 0)
				{
					row->source = clusters->source_places[row->source];
					ends[row->source]++;
					nknown += row->known != 0;
				}
				else
				{
					SortedText *text = &texts[ends[row->source]++];

					text->bytes = row->bytes;
					text->length = row->id_length;
				}
			}
		}
		if (pass == 0)
			for (uint32 i = 0; i < nsources; i++)
			{
				uint64 n = ends[i];

				ends[i] = sum;
				sum += n;
			}
	}
	clusters->rows = allocate_array_in(clusters->scratch, state->nrows,
									   sizeof(ResolutionRow *));
	clusters->known = allocate_array_in(clusters->scratch, nknown,
										sizeof(KnownRecord));
	clusters->next_row = allocate_array_in(clusters->scratch, size, 1);
	for (uint32 i = 0; i < nsources; i++)
	{
		uint64 start = i == 0 ? 0 : ends[i - 1];

		sort_texts(texts + start, ends[i] - start, 0, 0);
		add_records(clusters, texts + start, ends[i] - start);
	}
	pfree(texts);
	pfree(ends);
	while (state->first != NULL)
	{
		RowBlock *block = state->first;

		state->first = block->next;
		pfree(block);
	}
	state->last = NULL;
}

static inline uint64
key_hash(const uint8 *key)
{
#ifdef RESOLUTION_WEAK_HASH
	return fast_hash((const char *) key + KEY_HEADER, key[2], key[0]) &
		   RESOLUTION_WEAK_HASH;
#else
	return fast_hash((const char *) key + KEY_HEADER, key[2], key[0]);
#endif
}

/* ---- keys that several records hold ---- */

static void
collect_entries(Clusters *clusters)
{
	uint64 n = 0;
	uint64 room = 0;

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
		if (i + PREFETCH_DISTANCE < clusters->nrecords)
		{
			const char *ahead = (const char *)
									clusters->rows[i + PREFETCH_DISTANCE];

			prefetch(ahead);
			prefetch(ahead + 64);
		}
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			KeyEntry *entry;

			names += keys[at] >= KEY_NAME;
			/* a name that does not match */
			if (keys[at] > KEY_NAME)
				continue;
			if (n == room)
				MAKE_ROOM(clusters->scratch, clusters->entries, room, n + 1);
			entry = &clusters->entries[n++];
			entry->hash = key_hash(keys + at);
			entry->record = i;
			entry->at = at;
			domains += keys[at] == KEY_DOMAIN;
			ids += keys[at] == KEY_DECIDING_ID;
		}
		clusters->most_keys = Max(clusters->most_keys,
								  Max(Max(names, domains), ids));
		clusters->domains[i] = Min(domains, PG_UINT16_MAX);
	}
	clusters->nentries = n;
}

/* Puts the entries into parts by the last bits of their hashes, in order. */
static uint64 *
part_entries(Clusters *clusters, uint32 nparts)
{
	KeyEntry *parted = allocate_array_in(clusters->scratch, clusters->nentries,
										 sizeof(KeyEntry));
	uint64 *starts = allocate_array_in(clusters->scratch, (uint64) nparts + 1,
									   sizeof(uint64));
	uint64 sum = 0;

	memset(starts, 0, ((uint64) nparts + 1) * sizeof(uint64));
	for (uint64 i = 0; i < clusters->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		starts[clusters->entries[i].hash & (nparts - 1)]++;
	}
	for (uint32 i = 0; i <= nparts; i++)
	{
		uint64 n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (uint64 i = 0; i < clusters->nentries; i++)
	{
		const KeyEntry *entry = &clusters->entries[i];

		CHECK_FOR_INTERRUPTS();
		parted[starts[entry->hash & (nparts - 1)]++] = *entry;
	}
	/* each start has become the next one's */
	memmove(starts + 1, starts, nparts * sizeof(uint64));
	starts[0] = 0;
	if (clusters->entries != NULL)
		pfree(clusters->entries);
	clusters->entries = parted;
	return starts;
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
	uint64 *starts;
	uint64 largest = 0;
	uint64 nslots = 64;
	HashSlot *slots;
	KeyEntry *shared;

	collect_entries(clusters);
	while (nparts < 65536 && clusters->nentries / nparts > KEYS_OF_A_PART)
		nparts *= 2;
	starts = part_entries(clusters, nparts);
	for (uint32 i = 0; i < nparts; i++)
		largest = Max(largest, starts[i + 1] - starts[i]);
	if (largest > PG_UINT32_MAX / 2)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	while (nslots < largest * 2)
		nslots *= 2;
	slots = allocate_array_in(clusters->scratch, nslots, sizeof(HashSlot));
	shared = allocate_array_in(clusters->scratch, largest, sizeof(KeyEntry));
	clusters->members = allocate_array_in(clusters->scratch,
										  clusters->nentries, sizeof(uint32));
	for (uint32 i = 0; i < nparts; i++)
	{
		uint64 n = starts[i + 1] - starts[i];
		uint64 part_slots = 64;

		while (part_slots < n * 2)
			part_slots *= 2;
		group_part(clusters, clusters->entries + starts[i], n, slots,
				   part_slots, shared);
	}
	end_hubs(clusters);
	pfree(slots);
	pfree(shared);
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
