/*
 * company_resolution_clusters.c
 *		Which records are one company, and what its id is.
 *
 * Keys are taken by level, within a level in the order of their bytes, and the
 * records of a key in the order of source and id.  Each joins the first
 * cluster of the key that it does not contradict.  Because every union that
 * the stronger keys allow has been made by then, contradictions are simple:
 *
 * - Clusters that hold a deciding id in common are one, always.  So two
 *	 clusters contradict each other by ids if both hold an id of one register.
 * - Clusters that hold a domain in common are one, or contradict each other by
 *	 ids.  So at the level of names, two clusters contradict each other by
 *	 domains if both hold any.
 *
 * Both only grow: what contradicts once does so to the end, and a conflict
 * that was noted stays true.
 *
 * The work is done on flat arrays.  Keys are hashed and put into parts that
 * fit a cache, where those that only one record holds, which are most, fall
 * out before anything is compared or sorted.
 *
 * IDENTIFICATION
 *		src/company_resolution_clusters.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

#include "company_resolution.h"

/* Keys of a part: hashes, counts and entries are a few hundred kilobytes. */
#define KEYS_OF_A_PART 8192

/* How many rows ahead memory is asked for. */
#define PREFETCH_DISTANCE 16

#if defined(__GNUC__) || defined(__clang__)
#define prefetch(address) __builtin_prefetch(address)
#else
#define prefetch(address) ((void) (address))
#endif

/* A key of a record. */
typedef struct KeyEntry
{
	uint64 hash;
	uint32 record;
	uint32 at; /* in the row's keys */
} KeyEntry;

/* A key that several records hold, in the array of members. */
typedef struct KeyGroup
{
	const uint8 *key; /* as an identity holds it */
	uint64 first;
	uint32 count;
	uint32 result; /* the key's number in the result, or NO_KEY */
} KeyGroup;

/* A register of which a cluster holds an id; sorted by register. */
typedef struct RegisterNode
{
	uint32 of; /* number of the register */
	uint32 next;
} RegisterNode;

#define NO_NODE PG_UINT32_MAX

/* A text being sorted, and eight bytes of it. */
typedef struct SortedText
{
	uint64 prefix;
	const uint8 *bytes;
	uint32 length;
	uint32 item;
} SortedText;

/* A hub and a source that has too many records of it. */
typedef struct FoundHub
{
	const uint8 *key;
	uint32 source;
	uint32 records;
} FoundHub;

typedef struct KnownRecord
{
	uint32 known;
	uint32 record;
} KnownRecord;

typedef struct Clusters
{
	ResolutionState *state;
	MemoryContext scratch;

	/* records, in the order of source and id */
	ResolutionRow **rows;
	uint32 nrecords;
	uint32 *source_places; /* the state's source -> its place */
	uint32 *source_order;  /* and back */
	uint32 *source_starts; /* by place; the first record, and the end */
	KnownRecord *known;
	uint64 nknown;

	KeyEntry *entries;
	uint64 nentries;
	KeyGroup *groups[KEY_NAME + 1];
	uint64 ngroups[KEY_NAME + 1];
	uint64 groups_room[KEY_NAME + 1];
	uint32 *members;
	uint64 nmembers;
	uint16 *domains; /* how many a record holds that are no hubs */

	/* clusters; the root is the first record */
	uint32 *parents;
	uint8 *has_domain;       /* of a root */
	uint32 *first_registers; /* of a root, nodes; NULL: nobody has any */
	RegisterNode *nodes;
	uint64 *joined_by; /* kind and group, or NOT_JOINED */

	/* a key's clusters while it is worked on */
	uint32 *heads;
	uint32 *head_sizes;
	uint32 heads_room;
	uint32 *head_of; /* of the key's members */
	uint32 head_of_room;

	/* for the result */
	const uint8 **keys;
	uint64 nkeys;
	uint64 keys_room;
	uint64 key_bytes;
	FoundHub *hubs;
	uint64 nhubs;
	uint64 hubs_room;
	Conflict *conflicts;
	uint64 nconflicts;
	uint64 conflicts_room;
	CompanyMove *moves;
	uint64 nmoves;
	uint64 moves_room;
	uint32 *company_of; /* by record */
	ResolvedCompany *companies;
	uint32 ncompanies;
} Clusters;

#define NOT_JOINED              PG_UINT64_MAX
#define JOINED_BY(kind, group)  ((uint64) (kind) << 56 | (group))
#define JOINED_BY_KIND(joined)  ((KeyKind) ((joined) >> 56))
#define JOINED_BY_GROUP(joined) ((joined) &UINT64CONST(0x00FFFFFFFFFFFFFF))

/* Makes room for one element more in an array that starts as NULL. */
static void *
make_room(Clusters *clusters, void *array, uint64 n, uint64 *room, Size size)
{
	if (n < *room)
		return array;
	*room = Max(*room * 2, 64);
	if (array == NULL)
		return allocate_huge(clusters->scratch, *room, size);
	if (*room > MaxAllocHugeSize / size)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	return repalloc_huge(array, *room * size);
}

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

#define ST_SORT         sort_known
#define ST_ELEMENT_TYPE KnownRecord
#define ST_COMPARE(a, b)                                              \
	((a)->known != (b)->known    ? ((a)->known < (b)->known ? -1 : 1) \
	 : (a)->record < (b)->record ? -1                                 \
								 : (a)->record > (b)->record)
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
	const TextTable *sources = &clusters->state->sources;
	SortedText *sorted = allocate_huge(clusters->scratch, sources->ntexts,
									   sizeof(SortedText));

	for (uint32 i = 0; i < sources->ntexts; i++)
	{
		sorted[i].bytes = (const uint8 *) sources->texts[i].bytes;
		sorted[i].length = sources->texts[i].length;
		sorted[i].item = i;
	}
	sort_texts(sorted, sources->ntexts, 0, 0);
	clusters->source_places = allocate_huge(clusters->scratch, sources->ntexts,
											sizeof(uint32));
	clusters->source_order = allocate_huge(clusters->scratch, sources->ntexts,
										   sizeof(uint32));
	clusters->source_starts = allocate_huge(clusters->scratch,
											(uint64) sources->ntexts + 1,
											sizeof(uint32));
	for (uint32 i = 0; i < sources->ntexts; i++)
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

/* One row of several of one record: it holds the keys of all. */
static ResolutionRow *
merge_rows(Clusters *clusters, const SortedText *texts, uint64 n)
{
	ResolutionRow *row = NULL;

	for (uint64 i = 0; i < n; i++)
	{
		ResolutionRow *next = (ResolutionRow *) (texts[i].bytes -
												 offsetof(ResolutionRow,
														  bytes));
		ResolutionRow *merged;
		const uint8 *a;
		const uint8 *b;
		const uint8 *a_end;
		const uint8 *b_end;
		uint8 *to;

		CHECK_FOR_INTERRUPTS();
		if (row == NULL)
		{
			row = next;
			continue;
		}
		a = row->bytes + row->id_length;
		b = next->bytes + next->id_length;
		a_end = a + row->keys_length;
		b_end = b + next->keys_length;
		if (row->keys_length == next->keys_length &&
			memcmp(a, b, a_end - a) == 0)
			continue;
		if ((uint64) row->keys_length + next->keys_length > PG_INT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("a record has too many rows to resolve")));
		merged = MemoryContextAllocHuge(
			clusters->scratch,
			ROW_SIZE(row->id_length, row->keys_length + next->keys_length));
		memcpy(merged, row, offsetof(ResolutionRow, bytes));
		memcpy(merged->bytes, row->bytes, row->id_length);
		to = merged->bytes + merged->id_length;
		while (a < a_end || b < b_end)
		{
			int order = a == a_end   ? 1
						: b == b_end ? -1
									 : compare_key_bytes(a, b);
			const uint8 *key = order <= 0 ? a : b;

			memcpy(to, key, KEY_HEADER + key[2]);
			to += KEY_HEADER + key[2];
			if (order <= 0)
				a += KEY_HEADER + a[2];
			if (order >= 0)
				b += KEY_HEADER + b[2];
		}
		merged->keys_length = to - (merged->bytes + merged->id_length);
		row = merged;
	}
	return row;
}

/* Takes the sorted rows of one source. */
static void
add_records(Clusters *clusters, const SortedText *texts, uint64 n)
{
	for (uint64 i = 0, end; i < n; i = end)
	{
		ResolutionRow *row = (ResolutionRow *) (texts[i].bytes -
												offsetof(ResolutionRow,
														 bytes));

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes -
					 offsetof(ResolutionRow, bytes));
		for (end = i;
			 end < n && texts[end].length == texts[i].length &&
			 memcmp(texts[end].bytes, texts[i].bytes, texts[i].length) == 0;
			 end++)
		{
			uint32 known = ((ResolutionRow *) (texts[end].bytes -
											   offsetof(ResolutionRow, bytes)))
							   ->known;

			if (known == 0)
				continue;
			clusters->known[clusters->nknown].known = known;
			clusters->known[clusters->nknown].record = clusters->nrecords;
			clusters->nknown++;
		}
		if (end - i > 1)
			row = merge_rows(clusters, texts + i, end - i);
		clusters->rows[clusters->nrecords++] = row;
	}
}

/* Puts the rows in the order of source and id, one for each record. */
static void
sort_records(Clusters *clusters)
{
	ResolutionState *state = clusters->state;
	uint32 nsources = state->sources.ntexts;
	uint64 nknown = 0;
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
	ends = allocate_huge(clusters->scratch, nsources, sizeof(uint64));
	memset(ends, 0, nsources * sizeof(uint64));
	texts = allocate_huge(clusters->scratch, state->nrows, sizeof(SortedText));
	for (int pass = 0; pass < 2; pass++)
	{
		for (RowBlock *block = state->first; block != NULL;
			 block = block->next)
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
		if (pass == 0)
			for (uint32 i = 0; i < nsources; i++)
			{
				uint64 n = ends[i];

				ends[i] = sum;
				sum += n;
			}
	}
	clusters->rows = allocate_huge(clusters->scratch, state->nrows,
								   sizeof(ResolutionRow *));
	clusters->known = allocate_huge(clusters->scratch, nknown,
									sizeof(KnownRecord));
	for (uint32 i = 0; i < nsources; i++)
	{
		uint64 start = i == 0 ? 0 : ends[i - 1];

		clusters->source_starts[i] = clusters->nrecords;
		sort_texts(texts + start, ends[i] - start, 0, 0);
		add_records(clusters, texts + start, ends[i] - start);
	}
	clusters->source_starts[nsources] = clusters->nrecords;
	pfree(texts);
	pfree(ends);
}

static inline uint8 *
row_keys(ResolutionRow *row)
{
	return row->bytes + row->id_length;
}

static inline Size
key_size(const uint8 *key)
{
	return KEY_HEADER + (Size) key[2];
}

static inline bool
same_key(const uint8 *a, const uint8 *b)
{
	return a[0] == b[0] && a[2] == b[2] &&
		   memcmp(a + KEY_HEADER, b + KEY_HEADER, a[2]) == 0;
}

static inline uint64
key_hash(const uint8 *key)
{
#ifdef RESOLUTION_WEAK_HASH
	return hash_bytes_of((const char *) key + KEY_HEADER, key[2], key[0]) &
		   RESOLUTION_WEAK_HASH;
#else
	return hash_bytes_of((const char *) key + KEY_HEADER, key[2], key[0]);
#endif
}

/* ---- keys that several records hold ---- */

static void
collect_entries(Clusters *clusters)
{
	uint64 n = 0;
	uint64 room = 0;

	clusters->domains = allocate_huge(clusters->scratch, clusters->nrecords,
									  sizeof(uint16));
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		ResolutionRow *row = clusters->rows[i];
		uint8 *keys = row_keys(row);
		uint32 domains = 0;

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

			if (n == room)
				clusters->entries = make_room(clusters, clusters->entries, n,
											  &room, sizeof(KeyEntry));
			entry = &clusters->entries[n++];
			entry->hash = key_hash(keys + at);
			entry->record = i;
			entry->at = at;
			domains += keys[at] == KEY_DOMAIN;
		}
		clusters->domains[i] = Min(domains, PG_UINT16_MAX);
	}
	clusters->nentries = n;
}

/* Puts the entries into parts by the last bits of their hashes, in order. */
static uint64 *
part_entries(Clusters *clusters, uint32 nparts)
{
	KeyEntry *parted = allocate_huge(clusters->scratch, clusters->nentries,
									 sizeof(KeyEntry));
	uint64 *starts = allocate_huge(clusters->scratch, (uint64) nparts + 1,
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

/* Whether some source has more records of a key than it may. */
static bool
is_hub(Clusters *clusters, const uint32 *records, uint32 n, const uint8 *key)
{
	uint32 limit = clusters->state->hub_limit;
	bool hub = false;

	if (n <= limit)
		return false;
	for (uint32 start = 0, end; start < n; start = end)
	{
		uint32 source = clusters->rows[records[start]]->source;
		uint32 stop = clusters->source_starts[source + 1];

		CHECK_FOR_INTERRUPTS();
		for (end = start + 1; end < n && records[end] < stop; end++)
			;
		if (end - start <= limit)
			continue;
		clusters->hubs = make_room(clusters, clusters->hubs, clusters->nhubs,
								   &clusters->hubs_room, sizeof(FoundHub));
		clusters->hubs[clusters->nhubs].key = key;
		clusters->hubs[clusters->nhubs].source = source;
		clusters->hubs[clusters->nhubs].records = end - start;
		clusters->nhubs++;
		hub = true;
	}
	return hub;
}

/* The mark of an id that is a hub, so that nobody's registers are read of it.
 */
#define DEAD_KEY 0x80

/* A hub is as if nobody held it. */
static void
forget_hub(Clusters *clusters, uint8 *key, const uint32 *records, uint32 n)
{
	KeyKind kind = (KeyKind) key[0];

	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (kind == KEY_DOMAIN &&
			clusters->domains[records[i]] < PG_UINT16_MAX)
			clusters->domains[records[i]]--;
		else if (kind == KEY_DECIDING_ID && i > 0)
		{
			uint8 *at = row_keys(clusters->rows[records[i]]);

			while (!same_key(at, key))
				at += key_size(at);
			at[0] |= DEAD_KEY;
		}
	}
	if (kind == KEY_DECIDING_ID)
		key[0] |= DEAD_KEY;
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
	KeyGroup *group;
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
	clusters->groups[kind] = make_room(clusters, clusters->groups[kind],
									   clusters->ngroups[kind],
									   &clusters->groups_room[kind],
									   sizeof(KeyGroup));
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

static void
group_keys(Clusters *clusters)
{
	uint32 nparts = 1;
	uint64 *starts;
	uint64 largest = 0;
	uint64 nslots = 64;
	HashSlot *slots;
	KeyEntry *shared;

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
	slots = allocate_huge(clusters->scratch, nslots, sizeof(HashSlot));
	shared = allocate_huge(clusters->scratch, largest, sizeof(KeyEntry));
	clusters->members = allocate_huge(clusters->scratch, clusters->nentries,
									  sizeof(uint32));
	for (uint32 i = 0; i < nparts; i++)
	{
		uint64 n = starts[i + 1] - starts[i];
		uint64 part_slots = 64;

		while (part_slots < n * 2)
			part_slots *= 2;
		group_part(clusters, clusters->entries + starts[i], n, slots,
				   part_slots, shared);
	}
	pfree(slots);
	pfree(shared);
	pfree(starts);
	pfree(clusters->entries);
	clusters->entries = NULL;
}

/* Puts the keys of one kind in the order of their bytes. */
static void
sort_groups(Clusters *clusters, KeyKind kind)
{
	uint64 n = clusters->ngroups[kind];
	SortedText *texts;
	KeyGroup *sorted;

	if (n < 2)
		return;
	texts = allocate_huge(clusters->scratch, n, sizeof(SortedText));
	sorted = allocate_huge(clusters->scratch, n, sizeof(KeyGroup));
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

/* ---- clusters ---- */

static uint32
root_of(uint32 *parents, uint32 record)
{
	while (parents[record] != record)
	{
		parents[record] = parents[parents[record]];
		record = parents[record];
	}
	return record;
}

/* Lists the registers of every record's deciding ids. */
static void
collect_registers(Clusters *clusters)
{
	TextTable registers;
	uint64 n = 0;
	uint64 room = 0;

	begin_text_table(&registers, clusters->scratch);
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		ResolutionRow *row = clusters->rows[i];
		uint8 *keys = row_keys(row);
		uint32 *link;

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < clusters->nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			uint32 number;

			if (keys[at] != KEY_DECIDING_ID)
			{
				if (keys[at] & DEAD_KEY)
					continue;
				break;
			}
			number = number_of_text(&registers,
									(char *) keys + at + KEY_HEADER,
									keys[at + 1]);
			if (clusters->first_registers == NULL)
			{
				clusters->first_registers = allocate_huge(clusters->scratch,
														  clusters->nrecords,
														  sizeof(uint32));
				memset(clusters->first_registers, 0xFF,
					   clusters->nrecords * sizeof(uint32));
			}
			for (link = &clusters->first_registers[i];
				 *link != NO_NODE && clusters->nodes[*link].of < number;
				 link = &clusters->nodes[*link].next)
				;
			if (*link != NO_NODE && clusters->nodes[*link].of == number)
				continue;
			if (n == room)
			{
				/* the link may lie in what is moved */
				RegisterNode *old = clusters->nodes;

				clusters->nodes = make_room(clusters, clusters->nodes, n,
											&room, sizeof(RegisterNode));
				if (link != &clusters->first_registers[i])
					link = (uint32 *) ((char *) clusters->nodes +
									   ((char *) link - (char *) old));
			}
			if (n >= NO_NODE)
				ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
								errmsg("too many records to resolve")));
			clusters->nodes[n].of = number;
			clusters->nodes[n].next = *link;
			*link = n++;
		}
	}
}

/* Whether two clusters hold ids of one register. */
static bool
share_register(const Clusters *clusters, uint32 a, uint32 b)
{
	if (clusters->first_registers == NULL)
		return false;
	a = clusters->first_registers[a];
	b = clusters->first_registers[b];
	while (a != NO_NODE && b != NO_NODE)
	{
		const RegisterNode *x = &clusters->nodes[a];
		const RegisterNode *y = &clusters->nodes[b];

		if (x->of == y->of)
			return true;
		if (x->of < y->of)
			a = x->next;
		else
			b = y->next;
	}
	return false;
}

/* Makes one sorted list of two. */
static uint32
merge_registers(RegisterNode *nodes, uint32 a, uint32 b)
{
	uint32 first = NO_NODE;
	uint32 *link = &first;

	while (a != NO_NODE && b != NO_NODE)
	{
		uint32 *lesser = nodes[a].of <= nodes[b].of ? &a : &b;

		if (nodes[a].of == nodes[b].of)
			b = nodes[b].next;
		*link = *lesser;
		*lesser = nodes[*lesser].next;
		link = &nodes[*link].next;
	}
	*link = a != NO_NODE ? a : b;
	return first;
}

/* Makes one cluster of two; its root is the record that comes first. */
static uint32
unite(Clusters *clusters, uint32 a, uint32 b)
{
	uint32 root = Min(a, b);
	uint32 other = Max(a, b);

	clusters->parents[other] = root;
	clusters->has_domain[root] |= clusters->has_domain[other];
	if (clusters->first_registers != NULL)
		clusters->first_registers[root] =
			merge_registers(clusters->nodes, clusters->first_registers[root],
							clusters->first_registers[other]);
	return root;
}

/* Gives a key its number in the result. */
static void
number_key(Clusters *clusters, KeyGroup *group)
{
	if (group->result != NO_KEY)
		return;
	clusters->keys = make_room(clusters, clusters->keys, clusters->nkeys,
							   &clusters->keys_room, sizeof(uint8 *));
	clusters->keys[clusters->nkeys] = group->key;
	clusters->key_bytes += key_size(group->key);
	group->result = clusters->nkeys++;
}

static void
note_conflict(Clusters *clusters, KeyGroup *group, uint32 record, uint32 other,
			  ConflictReason reason)
{
	Conflict *conflict;

	number_key(clusters, group);
	clusters->conflicts = make_room(clusters, clusters->conflicts,
									clusters->nconflicts,
									&clusters->conflicts_room,
									sizeof(Conflict));
	conflict = &clusters->conflicts[clusters->nconflicts++];
	conflict->key = group->result;
	conflict->record = record;
	conflict->other = other;
	conflict->reason = reason;
}

/* Joins the records of one key. */
static void
join_by_key(Clusters *clusters, KeyKind kind, uint64 number)
{
	KeyGroup *group = &clusters->groups[kind][number];
	const uint32 *members = clusters->members + group->first;
	uint32 nheads = 0;

	if (group->count > clusters->head_of_room)
	{
		if (clusters->head_of != NULL)
			pfree(clusters->head_of);
		clusters->head_of_room = Max(group->count, 1024);
		clusters->head_of = allocate_huge(clusters->scratch,
										  clusters->head_of_room,
										  sizeof(uint32));
	}
	for (uint32 i = 0; i < group->count; i++)
	{
		uint32 root = root_of(clusters->parents, members[i]);
		uint32 head;
		uint32 compatible = PG_UINT32_MAX;
		ConflictReason reason = CONFLICT_IDS;

		CHECK_FOR_INTERRUPTS();
		/* its own cluster, wherever it stands, before any other */
		for (head = 0; head < nheads; head++)
		{
			if (clusters->heads[head] == root)
				break;
			CHECK_FOR_INTERRUPTS();
			if (compatible != PG_UINT32_MAX)
				continue;
			if (kind == KEY_DECIDING_ID ||
				(!share_register(clusters, clusters->heads[head], root) &&
				 !(kind == KEY_NAME &&
				   clusters->has_domain[clusters->heads[head]] &&
				   clusters->has_domain[root])))
				compatible = head;
			else if (head == 0)
				reason = share_register(clusters, clusters->heads[head], root)
							 ? CONFLICT_IDS
							 : CONFLICT_DOMAINS;
		}
		if (head == nheads && compatible != PG_UINT32_MAX)
		{
			head = compatible;
			clusters->heads[head] = unite(clusters, clusters->heads[head],
										  root);
		}
		else if (head == nheads)
		{
			if (nheads > 0)
				note_conflict(clusters, group, members[i], members[0], reason);
			if (nheads == clusters->heads_room)
			{
				uint32 room = Max(clusters->heads_room * 2, 16);
				uint32 *heads = allocate_huge(clusters->scratch, room,
											  sizeof(uint32));
				uint32 *sizes = allocate_huge(clusters->scratch, room,
											  sizeof(uint32));

				if (clusters->heads != NULL)
				{
					memcpy(heads, clusters->heads, nheads * sizeof(uint32));
					memcpy(sizes, clusters->head_sizes,
						   nheads * sizeof(uint32));
					pfree(clusters->heads);
					pfree(clusters->head_sizes);
				}
				clusters->heads = heads;
				clusters->head_sizes = sizes;
				clusters->heads_room = room;
			}
			clusters->heads[nheads] = root;
			clusters->head_sizes[nheads++] = 0;
		}
		clusters->head_sizes[head]++;
		clusters->head_of[i] = head;
	}
	for (uint32 i = 0; i < group->count; i++)
	{
		uint64 *joined = &clusters->joined_by[members[i]];

		if (clusters->head_sizes[clusters->head_of[i]] > 1 &&
			*joined == NOT_JOINED)
			*joined = JOINED_BY(kind, number);
	}
}

static void
join_records(Clusters *clusters)
{
	uint32 n = clusters->nrecords;

	clusters->parents = allocate_huge(clusters->scratch, n, sizeof(uint32));
	clusters->has_domain = allocate_huge(clusters->scratch, n, sizeof(uint8));
	clusters->joined_by = allocate_huge(clusters->scratch, n, sizeof(uint64));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->parents[i] = i;
		clusters->has_domain[i] = clusters->domains[i] > 0;
		clusters->joined_by[i] = NOT_JOINED;
	}
	pfree(clusters->domains);
	collect_registers(clusters);
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
	{
		sort_groups(clusters, kind);
		for (uint64 i = 0; i < clusters->ngroups[kind]; i++)
		{
			if (i + PREFETCH_DISTANCE < clusters->ngroups[kind])
			{
				const uint32 *ahead =
					clusters->members +
					clusters->groups[kind][i + PREFETCH_DISTANCE].first;

				prefetch(ahead);
			}
			if (i + PREFETCH_DISTANCE / 2 < clusters->ngroups[kind])
			{
				const KeyGroup *ahead =
					&clusters->groups[kind][i + PREFETCH_DISTANCE / 2];
				const uint32 *members = clusters->members + ahead->first;

				for (uint32 j = 0; j < Min(ahead->count, 4); j++)
				{
					prefetch(&clusters->parents[members[j]]);
					prefetch(&clusters->joined_by[members[j]]);
					prefetch(&clusters->has_domain[members[j]]);
				}
			}
			join_by_key(clusters, kind, i);
		}
	}
}

/* ---- companies ---- */

/* Numbers the clusters in the order of their first records. */
static void
number_companies(Clusters *clusters)
{
	uint32 n = clusters->nrecords;

	clusters->company_of = allocate_huge(clusters->scratch, n, sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		uint32 root = root_of(clusters->parents, i);

		CHECK_FOR_INTERRUPTS();
		clusters->company_of[i] = root == i ? clusters->ncompanies++
											: clusters->company_of[root];
	}
	clusters->companies = allocate_huge(clusters->scratch,
										clusters->ncompanies,
										sizeof(ResolvedCompany));
	memset(clusters->companies, 0,
		   clusters->ncompanies * sizeof(ResolvedCompany));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->companies[clusters->company_of[i]].records++;
	}
}

/*
 * Gives a known id to the first of the companies that hold its records and
 * have none yet, the ids in ascending order: so a company gets the smallest it
 * can, and of a company that fell apart the part with the first record keeps
 * the id.
 */
static void
keep_known_ids(Clusters *clusters)
{
	uint32 *part_of; /* by company, a move of the id at hand */
	uint32 *knowns;  /* by company, how many ids it has of */

	if (clusters->nknown == 0)
		return;
	sort_known(clusters->known, clusters->nknown);
	part_of = allocate_huge(clusters->scratch, clusters->ncompanies,
							sizeof(uint32));
	memset(part_of, 0, clusters->ncompanies * sizeof(uint32));
	knowns = allocate_huge(clusters->scratch, clusters->ncompanies,
						   sizeof(uint32));
	memset(knowns, 0, clusters->ncompanies * sizeof(uint32));
	for (uint64 start = 0, end; start < clusters->nknown; start = end)
	{
		uint32 known = clusters->known[start].known;
		uint64 first_move = clusters->nmoves;
		bool kept = false;

		for (end = start;
			 end < clusters->nknown && clusters->known[end].known == known;
			 end++)
		{
			uint32 record = clusters->known[end].record;
			uint32 company = clusters->company_of[record];
			uint64 move = first_move + part_of[company];

			CHECK_FOR_INTERRUPTS();
			/* two rows of one record */
			if (end > start && clusters->known[end - 1].record == record)
				continue;
			if (move >= clusters->nmoves ||
				clusters->moves[move].company != company)
			{
				move = clusters->nmoves++;
				clusters->moves = make_room(clusters, clusters->moves, move,
											&clusters->moves_room,
											sizeof(CompanyMove));
				clusters->moves[move].known = known;
				clusters->moves[move].company = company;
				clusters->moves[move].records = 0;
				clusters->moves[move].kinds = 0;
				part_of[company] = move - first_move;
				knowns[company]++;
				if (!kept && clusters->companies[company].id == 0)
				{
					clusters->companies[company].id = known;
					kept = true;
				}
			}
			clusters->moves[move].records++;
		}
		if (clusters->nmoves - first_move > 1)
			for (uint64 i = first_move; i < clusters->nmoves; i++)
				clusters->moves[i].kinds = MOVE_SPLIT;
	}

	/* what stayed is no move */
	{
		uint64 n = 0;

		for (uint64 i = 0; i < clusters->nmoves; i++)
		{
			CompanyMove *move = &clusters->moves[i];

			CHECK_FOR_INTERRUPTS();
			if (knowns[move->company] > 1 &&
				clusters->companies[move->company].id != move->known)
				move->kinds |= MOVE_MERGE;
			if (move->kinds != 0)
				clusters->moves[n++] = *move;
		}
		clusters->nmoves = n;
	}
	pfree(part_of);
	pfree(knowns);
}

/* Companies without a known id get new ones, above all that are known. */
static void
give_new_ids(Clusters *clusters)
{
	uint32 highest = clusters->state->highest_known;

	for (uint32 i = 0; i < clusters->ncompanies; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (clusters->companies[i].id != 0)
			continue;
		if (highest == PG_UINT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("no company id is left"),
					 errdetail("Ids are 1 to %u, and new ones are above the "
							   "highest known one, which is %u.",
							   PG_UINT32_MAX, clusters->state->highest_known),
					 errhint("Resolve once without known companies to number "
							 "all of them anew.")));
		clusters->companies[i].id = ++highest;
	}
}

/* ---- the result ---- */

static int
compare_hubs(const void *a, const void *b)
{
	const FoundHub *x = (const FoundHub *) a;
	const FoundHub *y = (const FoundHub *) b;
	int order = (int) (x->key[0] & ~DEAD_KEY) - (int) (y->key[0] & ~DEAD_KEY);

	if (order == 0)
		order = memcmp(x->key + KEY_HEADER, y->key + KEY_HEADER,
					   Min(x->key[2], y->key[2]));
	if (order == 0)
		order = (int) x->key[2] - (int) y->key[2];
	return order != 0 ? order
					  : (x->source > y->source) - (x->source < y->source);
}

/* The hubs in order, which they were not found in, and their keys' numbers. */
static HubKey *
number_hubs(Clusters *clusters)
{
	HubKey *hubs = allocate_huge(clusters->scratch, clusters->nhubs,
								 sizeof(HubKey));

	if (clusters->nhubs > 1)
		qsort(clusters->hubs, clusters->nhubs, sizeof(FoundHub), compare_hubs);
	for (uint64 i = 0; i < clusters->nhubs; i++)
	{
		const FoundHub *hub = &clusters->hubs[i];

		/* several sources may share one */
		if (i == 0 || hub->key != hub[-1].key)
		{
			clusters->keys = make_room(clusters, clusters->keys,
									   clusters->nkeys, &clusters->keys_room,
									   sizeof(uint8 *));
			clusters->keys[clusters->nkeys++] = hub->key;
			clusters->key_bytes += key_size(hub->key);
		}
		hubs[i].key = clusters->nkeys - 1;
		hubs[i].source = hub->source;
		hubs[i].records = hub->records;
	}
	return hubs;
}

static Resolution *
make_resolution(Clusters *clusters, MemoryContext context)
{
	const ResolutionState *state = clusters->state;
	Resolution header;
	Resolution *resolution;
	ResolvedRecord *records;
	ResolvedKey *keys;
	HubKey *hubs;
	char *text;
	uint64 at = 0;

	memset(&header, 0, sizeof(header));
	header.version = RESOLUTION_VERSION;
	header.nsources = state->sources.ntexts;
	header.nrecords = clusters->nrecords;
	header.ncompanies = clusters->ncompanies;
	header.nmoves = clusters->nmoves;
	header.nconflicts = clusters->nconflicts;
	for (uint32 i = 0; i < header.nsources; i++)
		header.source_bytes += state->sources.texts[i].length;
	for (uint32 i = 0; i < header.nrecords; i++)
	{
		uint64 joined = clusters->joined_by[i];

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		header.id_bytes += clusters->rows[i]->id_length;
		if (joined != NOT_JOINED)
			number_key(clusters, &clusters->groups[JOINED_BY_KIND(joined)]
												  [JOINED_BY_GROUP(joined)]);
	}
	hubs = number_hubs(clusters);
	if (clusters->nkeys >= NO_KEY || clusters->nhubs > PG_UINT32_MAX ||
		clusters->nmoves > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	header.nhubs = clusters->nhubs;
	header.nkeys = clusters->nkeys;
	header.key_bytes = clusters->key_bytes;

	resolution = allocate_huge(context, resolution_size(&header), 1);
	*resolution = header;
	records = resolution_records(resolution);
	if (header.ncompanies > 0)
		memcpy(resolution_companies(resolution), clusters->companies,
			   header.ncompanies * sizeof(ResolvedCompany));
	if (header.nconflicts > 0)
		memcpy(resolution_conflict_array(resolution), clusters->conflicts,
			   header.nconflicts * sizeof(Conflict));
	if (header.nmoves > 0)
		memcpy(resolution_moves(resolution), clusters->moves,
			   header.nmoves * sizeof(CompanyMove));
	if (header.nhubs > 0)
		memcpy(resolution_hubs(resolution), hubs,
			   header.nhubs * sizeof(HubKey));
	text = resolution_texts(resolution);
	for (uint32 i = 0; i < header.nsources; i++)
	{
		const struct TableText *source =
			&state->sources.texts[clusters->source_order[i]];

		resolution_source_lengths(resolution)[i] = source->length;
		memcpy(text, source->bytes, source->length);
		text += source->length;
	}
	for (uint32 i = 0; i < header.nrecords; i++)
	{
		const ResolutionRow *row = clusters->rows[i];
		uint64 joined = clusters->joined_by[i];

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		records[i].source = row->source;
		records[i].id_length = row->id_length;
		records[i].company = clusters->company_of[i];
		records[i].key =
			joined == NOT_JOINED
				? NO_KEY
				: clusters
					  ->groups[JOINED_BY_KIND(joined)][JOINED_BY_GROUP(joined)]
					  .result;
		memcpy(text, row->bytes, row->id_length);
		text += row->id_length;
	}
	keys = resolution_keys(resolution);
	for (uint32 i = 0; i < header.nkeys; i++)
	{
		const uint8 *key = clusters->keys[i];
		Size size = key_size(key);

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nkeys)
			prefetch(clusters->keys[i + PREFETCH_DISTANCE]);
		keys[i].at = at;
		memcpy(text + at, key, size);
		text[at] &= ~DEAD_KEY;
		at += size;
	}
	return resolution;
}

/* Resolves all records of a state, and uses its rows up. */
Resolution *
resolve_companies(ResolutionState *state, MemoryContext context)
{
	Clusters clusters;
	Resolution *resolution;

	memset(&clusters, 0, sizeof(clusters));
	clusters.state = state;
	clusters.scratch = AllocSetContextCreate(CurrentMemoryContext,
											 "company resolution",
											 ALLOCSET_DEFAULT_SIZES);
	sort_records(&clusters);
	collect_entries(&clusters);
	group_keys(&clusters);
	join_records(&clusters);
	number_companies(&clusters);
	keep_known_ids(&clusters);
	give_new_ids(&clusters);
	resolution = make_resolution(&clusters, context);
	MemoryContextDelete(clusters.scratch);
	while (state->first != NULL)
	{
		RowBlock *block = state->first;

		state->first = block->next;
		pfree(block);
	}
	state->last = NULL;
	return resolution;
}
