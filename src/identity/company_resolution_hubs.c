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
#define REGISTERS      PG_UINT32_MAX

#define NO_MEMBER PG_UINT32_MAX

/* Texts of which a record has one: names, domains, ids of one register. */
typedef struct Family
{
	uint32 different;
	uint32 most;    /* records that hold one and the same */
	uint32 records; /* that hold any */
	uint32 last;    /* counted so */
} Family;

typedef struct HeldText
{
	uint64 hash;
	const uint8 *bytes;
	uint32 length;
	uint32 family;
	uint32 records;
	uint32 last; /* counted so */
} HeldText;

/*
 * What the records of one key hold; kept from key to key for its memory.  Not
 * an IdTable: that would copy the texts, which stay where they are, and it is
 * not emptied, as this is for each key.
 */
struct HeldTexts
{
	Family *families;
	uint32 nfamilies;
	uint64 families_room;
	HeldText *texts;
	uint32 ntexts;
	uint64 texts_room;
	uint32 *slots; /* of texts, number + 1 */
	uint64 nslots;
};

static bool
is_name(uint8 kind)
{
	return kind >= KEY_NAME && kind <= KEY_NAME_ANYWHERE;
}

static uint32
add_family(Clusters *clusters, struct HeldTexts *held)
{
	MAKE_ROOM(clusters->scratch, held->families, held->families_room,
			  held->nfamilies + 1);
	held->families[held->nfamilies] = (Family){.last = NO_MEMBER};
	return held->nfamilies++;
}

static void
grow_slots(Clusters *clusters, struct HeldTexts *held)
{
	uint64 nslots = Max(held->nslots * 2, 256);

	if (held->slots != NULL)
		pfree(held->slots);
	held->slots = allocate_array_in(clusters->scratch, nslots, sizeof(uint32));
	memset(held->slots, 0, nslots * sizeof(uint32));
	held->nslots = nslots;
	for (uint32 i = 0; i < held->ntexts; i++)
	{
		uint64 slot = held->texts[i].hash & (nslots - 1);

		while (held->slots[slot] != 0)
			slot = (slot + 1) & (nslots - 1);
		held->slots[slot] = i + 1;
	}
}

/* A text of a family, which is added when it is new. */
static HeldText *
find_held(Clusters *clusters, struct HeldTexts *held, uint32 family,
		  const uint8 *bytes, uint32 length)
{
	uint64 hash = fast_hash((const char *) bytes, length, family);
	uint64 slot;

	if (held->ntexts >= held->nslots / 2)
		grow_slots(clusters, held);
	slot = hash & (held->nslots - 1);
	for (; held->slots[slot] != 0; slot = (slot + 1) & (held->nslots - 1))
	{
		HeldText *text = &held->texts[held->slots[slot] - 1];

		if (text->hash == hash && text->family == family &&
			text->length == length && memcmp(text->bytes, bytes, length) == 0)
			return text;
	}
	MAKE_ROOM(clusters->scratch, held->texts, held->texts_room,
			  held->ntexts + 1);
	held->texts[held->ntexts] = (HeldText){hash, bytes, length, family,
										   .last = NO_MEMBER};
	held->slots[slot] = held->ntexts + 1;
	return &held->texts[held->ntexts++];
}

/* The family of the ids of a register. */
static uint32
register_family(Clusters *clusters, struct HeldTexts *held, const uint8 *key)
{
	HeldText *text = find_held(clusters, held, REGISTERS, key + KEY_HEADER,
							   key[1]);

	/* of a register, records is its family's number */
	if (text->records == 0)
		text->records = add_family(clusters, held);
	return text->records;
}

/* Notes that a record holds a key. */
static void
hold_key(Clusters *clusters, struct HeldTexts *held, const uint8 *key,
		 uint32 member)
{
	uint8 kind = key[0] & ~DEAD_KEY;
	uint32 length = is_name(kind) ? key[1] : key[2];
	uint32 number;
	Family *family;
	HeldText *text;

	if (is_name(kind))
		number = FAMILY_NAMES;
	else if (kind == KEY_DOMAIN)
		number = FAMILY_DOMAINS;
	else if (kind == KEY_DECIDING_ID)
		number = register_family(clusters, held, key);
	else
		return;
	family = &held->families[number];
	if (family->last != member)
	{
		family->last = member;
		family->records++;
	}
	text = find_held(clusters, held, number, key + KEY_HEADER, length);
	if (text->last == NO_MEMBER)
		family->different++;
	if (text->last != member)
	{
		text->last = member;
		text->records++;
		family->most = Max(family->most, text->records);
	}
}

/* Forgets what the records of the key before held. */
static struct HeldTexts *
begin_held(Clusters *clusters)
{
	struct HeldTexts *held = clusters->held;

	if (held == NULL)
		held = clusters->held = MemoryContextAllocZero(clusters->scratch,
													   sizeof(*held));
	if (held->nslots > 1024 && held->ntexts < held->nslots / 64)
		for (uint32 i = 0; i < held->ntexts; i++)
		{
			uint64 slot = held->texts[i].hash & (held->nslots - 1);

			/* all of a run go, so that the order in which they do is free */
			for (; held->slots[slot] != 0;
				 slot = (slot + 1) & (held->nslots - 1))
				held->slots[slot] = 0;
		}
	else if (held->slots != NULL)
		memset(held->slots, 0, held->nslots * sizeof(uint32));
	held->ntexts = 0;
	held->nfamilies = 0;
	while (held->nfamilies < FAMILIES)
		add_family(clusters, held);
	return held;
}

/* Whether the records can hold so many different texts that a key is a hub. */
static bool
hold_many(Clusters *clusters, const uint32 *records, uint32 n)
{
	uint64 names = 0;
	uint64 domains = 0;
	uint64 ids = 0;

	/* one of two records' texts is always that of half of them */
	if (n < 3)
		return false;
	if (n > clusters->state->hub_limit)
		return true;
	if ((uint64) n * clusters->most_keys <= clusters->state->hub_limit)
		return false;
	for (uint32 i = 0; i < n; i++)
	{
		ResolutionRow *row = clusters->rows[records[i]];
		const uint8 *keys = row_keys(row);

		CHECK_FOR_INTERRUPTS();
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			names += is_name(keys[at]);
			domains += keys[at] == KEY_DOMAIN;
			ids += (keys[at] & ~DEAD_KEY) == KEY_DECIDING_ID;
		}
	}
	return Max(Max(names, domains), ids) > clusters->state->hub_limit;
}

/* Whether a key is a hub; if so, it is noted. */
bool
is_hub(Clusters *clusters, const uint32 *records, uint32 n, const uint8 *key)
{
	struct HeldTexts *held;
	FoundHub *found;
	uint32 sources = 0;
	uint32 ids = 0;
	bool hub = false;

	if (!hold_many(clusters, records, n))
		return false;
	held = begin_held(clusters);
	for (uint32 i = 0; i < n; i++)
	{
		ResolutionRow *row = clusters->rows[records[i]];
		const uint8 *keys = row_keys(row);

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(clusters->rows[records[i + PREFETCH_DISTANCE]]);
		sources += i == 0 ||
				   row->source != clusters->rows[records[i - 1]]->source;
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
			hold_key(clusters, held, keys + at, i);
	}
	for (uint32 i = 0; i < held->nfamilies; i++)
	{
		const Family *family = &held->families[i];

		if (i >= FAMILIES)
			ids = Max(ids, family->different);
		/* domains contradict each other at the level of names alone */
		if (i == FAMILY_DOMAINS && key[0] != KEY_NAME)
			continue;
		if (family->different > clusters->state->hub_limit &&
			family->most < family->records - family->most)
			hub = true;
	}
	if (!hub)
		return false;
	MAKE_ROOM(clusters->scratch, clusters->hubs, clusters->hubs_room,
			  clusters->nhubs + 1);
	found = &clusters->hubs[clusters->nhubs++];
	found->key = key;
	found->counts.records = n;
	found->counts.sources = sources;
	found->counts.names = held->families[FAMILY_NAMES].different;
	found->counts.ids = ids;
	found->counts.domains = held->families[FAMILY_DOMAINS].different;
	return true;
}

/* No key is asked about any more. */
void
end_hubs(Clusters *clusters)
{
	struct HeldTexts *held = clusters->held;

	if (held == NULL)
		return;
	pfree(held->families);
	if (held->texts != NULL)
		pfree(held->texts);
	if (held->slots != NULL)
		pfree(held->slots);
	pfree(held);
	clusters->held = NULL;
}

/* A hub is as if nobody held it. */
void
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
