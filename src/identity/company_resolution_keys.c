/*
 * company_resolution_keys.c
 *		The keys that several records hold.
 *
 * The keys of a part are numbered as they come, by a table that fits a cache
 * and compares their bytes: no two keys are taken for one.  Those that only one
 * record holds, which are many, are not written down.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_keys.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/hash.h"
#include "identity/company_resolution_private.h"

#define FIRST_SLOTS 64

/*
 * From time to time blocks are given back: keys that several hold are less than
 * all keys.
 */
#define PARTS_LEFT_AT_ONCE 16

/* A key of a part. */
typedef struct PartKey
{
	const uint8 *key;
	uint32 count; /* of its holders */
	uint32 end;   /* of its records among those of all */
} PartKey;

/* That a record holds a key, by its number in the part. */
typedef struct Holder
{
	uint32 key;
	uint32 record;
} Holder;

typedef struct KeySlot
{
	uint32 tag;    /* of the hash; its lowest bits say where a slot is */
	uint32 number; /* + 1; 0: free */
} KeySlot;

/* A key that was read, and whose slot was asked for. */
typedef struct KeyAhead
{
	const uint8 *key;
	uint32 tag;
	uint32 row;
} KeyAhead;

/* Room for a part, kept from part to part. */
typedef struct PartRoom
{
	PartKey *keys;
	uint32 nkeys;
	uint64 keys_room;
	KeySlot *slots;
	uint64 nslots;
	Holder *holders; /* in the order of rows */
	uint32 nholders;
	uint32 *records; /* of each key */
} PartRoom;

/* ---- numbers ---- */

static uint32
key_tag(const uint8 *key)
{
	uint64 hash = fast_hash((const char *) key + PART_KEY_HEADER, key[1],
							key[0]);

#ifdef RESOLUTION_WEAK_HASH
	hash &= RESOLUTION_WEAK_HASH;
#endif
	return hash >> 32;
}

static bool
same_key(const uint8 *a, const uint8 *b)
{
	return a[0] == b[0] && a[1] == b[1] &&
		   memcmp(a + PART_KEY_HEADER, b + PART_KEY_HEADER, a[1]) == 0;
}

static void
make_slots(Clusters *clusters, PartRoom *room, uint64 nslots)
{
	if (room->slots != NULL)
		pfree(room->slots);
	room->slots = allocate_array_in(clusters->scratch, nslots,
									sizeof(KeySlot));
	memset(room->slots, 0, nslots * sizeof(KeySlot));
	room->nslots = nslots;
}

static KeySlot *
find_slot(PartRoom *room, uint32 tag, const uint8 *key)
{
	uint64 mask = room->nslots - 1;
	uint64 slot = tag & mask;

	while (room->slots[slot].number != 0 &&
		   (room->slots[slot].tag != tag ||
			!same_key(room->keys[room->slots[slot].number - 1].key, key)))
		slot = (slot + 1) & mask;
	return &room->slots[slot];
}

static void
grow_slots(Clusters *clusters, PartRoom *room)
{
	uint64 mask = room->nslots * 2 - 1;

	make_slots(clusters, room, room->nslots * 2);
	for (uint32 i = 0; i < room->nkeys; i++)
	{
		uint32 tag = key_tag(room->keys[i].key);
		uint64 slot = tag & mask;

		CHECK_FOR_INTERRUPTS();
		while (room->slots[slot].number != 0)
			slot = (slot + 1) & mask;
		room->slots[slot] = (KeySlot){tag, i + 1};
	}
}

/* Numbers a key, and lists who holds it. */
static void
number_key_of_row(Clusters *clusters, PartRoom *room, const KeyAhead *ahead)
{
	KeySlot *slot = find_slot(room, ahead->tag, ahead->key);

	if (slot->number == 0)
	{
		MAKE_ROOM(clusters->scratch, room->keys, room->keys_room,
				  (uint64) room->nkeys + 1);
		room->keys[room->nkeys] = (PartKey){.key = ahead->key};
		*slot = (KeySlot){ahead->tag, ++room->nkeys};
	}
	room->keys[slot->number - 1].count++;
	room->holders[room->nholders++] =
		(Holder){slot->number - 1, clusters->record_of_row[ahead->row]};
	if (room->nkeys > room->nslots / 2)
		grow_slots(clusters, room);
}

/* Numbers the keys of a part, each when its slot is in the cache. */
static void
number_keys(Clusters *clusters, const KeyPart *part, PartRoom *room)
{
	KeyAhead ahead[PREFETCH_DISTANCE];
	uint64 n = 0;
	uint32 row = 0;

	memset(room->slots, 0, room->nslots * sizeof(KeySlot));
	room->nkeys = 0;
	room->nholders = 0;
	for (Block *block = part->keys.first; block != NULL; block = block->next)
		for (const char *at = block->bytes; at < block->bytes + block->used;)
		{
			KeyAhead *next = &ahead[n % PREFETCH_DISTANCE];
			const uint8 *key;

			CHECK_FOR_INTERRUPTS();
			row += read_varint(&at);
			key = (const uint8 *) at;
			at += part_key_size(key);
			if (part_key_kind(key) > KEY_NAME)
				continue; /* a name that does not match */
			if (n >= PREFETCH_DISTANCE)
				number_key_of_row(clusters, room, next);
			*next = (KeyAhead){key, key_tag(key), row};
			prefetch(&room->slots[next->tag & (room->nslots - 1)]);
			prefetch(&clusters->record_of_row[row]);
			n++;
		}
	for (uint64 i = n - Min(n, PREFETCH_DISTANCE); i < n; i++)
		number_key_of_row(clusters, room, &ahead[i % PREFETCH_DISTANCE]);
}

/* ---- what a key says of its records ---- */

/* Notes that a record holds a deciding id of a register. */
static void
add_register(Clusters *clusters, uint32 record, uint32 number)
{
	uint32 *link;

	if (clusters->first_registers == NULL)
	{
		clusters->first_registers = allocate_array_in(clusters->scratch,
													  clusters->nrecords,
													  sizeof(uint32));
		memset(clusters->first_registers, 0xFF,
			   clusters->nrecords * sizeof(uint32));
	}
	MAKE_ROOM(clusters->scratch, clusters->nodes, clusters->nodes_room,
			  clusters->nnodes + 1);
	for (link = &clusters->first_registers[record];
		 *link != NO_NODE && clusters->nodes[*link].of < number;
		 link = &clusters->nodes[*link].next)
		;
	if (*link != NO_NODE && clusters->nodes[*link].of == number)
		return;
	if (clusters->nnodes >= NO_NODE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	clusters->nodes[clusters->nnodes] = (RegisterNode){number, *link};
	*link = clusters->nnodes++;
}

/*
 * Writes down a key with its records, of which there may be several rows, if it
 * is no hub: that is as if nobody held it.
 */
static void
note_key(Clusters *clusters, const IdentityKey *key, uint32 *records, uint32 n)
{
	KeyKind kind = key->kind;
	uint32 different = 1;
	Size size;
	SharedKey *group;

	sort_numbers(records, n);
	for (uint32 i = 1; i < n; i++)
		if (records[i] != records[i - 1])
			records[different++] = records[i];
	n = different;
	if (is_hub(clusters, records, n, key))
		return;
	if (kind == KEY_DOMAIN)
		for (uint32 i = 0; i < n; i++)
			clusters->has_domain[records[i]] = true;
	else if (kind == KEY_DECIDING_ID)
	{
		uint32 number = id_number(&clusters->registers, key->bytes,
								  key->prefix);

		for (uint32 i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			add_register(clusters, records[i], number);
		}
	}
	if (n < 2)
		return;
	size = shared_key_size(key->length, n);
	make_block_room(clusters->pool, &clusters->groups[kind], size);
	group = (SharedKey *) (clusters->groups[kind].last->bytes +
						   clusters->groups[kind].last->used);
	clusters->groups[kind].last->used += size;
	clusters->ngroups[kind]++;
	group->count = n;
	group->result = NO_KEY;
	store_key(group->key, key);
	memcpy(key_members(group), records, n * sizeof(uint32));
}

static void
group_part(Clusters *clusters, KeyPart *part, PartRoom *room)
{
	uint32 sum = 0;

	number_keys(clusters, part, room);
	for (uint32 i = 0; i < room->nkeys; i++)
	{
		room->keys[i].end = sum;
		sum += room->keys[i].count;
	}
	for (uint32 i = 0; i < room->nholders; i++)
		room->records[room->keys[room->holders[i].key].end++] =
			room->holders[i].record;
	for (uint32 i = 0; i < room->nkeys; i++)
	{
		const PartKey *key = &room->keys[i];
		IdentityKey parts;

		CHECK_FOR_INTERRUPTS();
		parts = read_part_key(key->key);
		note_key(clusters, &parts, room->records + key->end - key->count,
				 key->count);
	}
	leave_blocks(clusters->pool, &part->keys);
}

/* Uses the parts of keys up. */
void
group_keys(Clusters *clusters)
{
	uint32 largest = 0;
	PartRoom room = {0};

	for (uint32 i = 0; i < clusters->n_key_parts; i++)
		largest = Max(largest, clusters->key_parts[i].n);
	make_slots(clusters, &room, FIRST_SLOTS);
	room.holders = allocate_array_in(clusters->scratch, largest,
									 sizeof(Holder));
	room.records = allocate_array_in(clusters->scratch, largest,
									 sizeof(uint32));
	clusters->has_domain = allocate_array_in(clusters->scratch,
											 clusters->nrecords, 1);
	memset(clusters->has_domain, 0, clusters->nrecords);
	begin_id_table(&clusters->registers, clusters->scratch);
	find_held_keys(clusters);
	for (uint32 i = 0; i < clusters->n_key_parts; i++)
	{
		group_part(clusters, &clusters->key_parts[i], &room);
		if ((i + 1) % PARTS_LEFT_AT_ONCE == 0)
			forget_left_blocks(clusters->pool);
	}
	end_held_keys(clusters);
	pfree(room.slots);
	if (room.keys != NULL)
		pfree(room.keys);
	pfree(room.holders);
	pfree(room.records);
	pfree(clusters->key_parts);
	pfree(clusters->record_of_row);
}
