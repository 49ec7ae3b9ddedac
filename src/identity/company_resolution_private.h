/*
 * company_resolution_private.h
 *		What the aggregate collects, and the arrays on which companies are
 *		resolved.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_private.h
 */
#ifndef ECOSYSTEM_COMPANY_RESOLUTION_PRIVATE_H
#define ECOSYSTEM_COMPANY_RESOLUTION_PRIVATE_H

#include "postgres.h"

#include "base/id_table.h"
#include "identity/company_resolution.h"
#include "identity/company_resolution_blocks.h"

/* ---- rows: what the aggregate collects ---- */

/*
 * A row is its source, a number in the state's table, its known company, 0 for
 * none, the length of its keys, its record's id, and its keys but aliases, as
 * an identity holds them.  A block of rows can be read by itself.
 */
typedef struct ResolutionRow
{
	uint32 source;
	uint32 known;
	uint32 keys_length;
	FrontId id;
	const uint8 *keys;
} ResolutionRow;

#define ROW_NUMBERS_SIZE ((Size) 3 * VARINT_SIZE)

typedef struct ResolutionState
{
	MemoryContext context;
	uint32 hub_limit;
	uint32 highest_known; /* company, of any row; new ones lie above it */
	uint64 nrows;
	BlockPool pool;
	BlockList rows;
	FrontId last_id;
	IdTable sources;
	Datum answer; /* once the rows are used up; 0: they are not */
} ResolutionState;

#define DEFAULT_HUB_LIMIT 50

/* Reads a row of a block, of which row holds the one before. */
static inline void
read_row(const char **at, MemoryContext context, ResolutionRow *row)
{
	row->source = read_varint(at);
	row->known = read_varint(at);
	row->keys_length = read_varint(at);
	read_front_id(at, context, &row->id);
	row->keys = (const uint8 *) *at;
	*at += row->keys_length;
}

/* ---- resolving them ---- */

/* How many items ahead memory is asked for. */
#define PREFETCH_DISTANCE 16

#if defined(__GNUC__) || defined(__clang__)
#define prefetch(address) __builtin_prefetch(address)
#else
#define prefetch(address) ((void) (address))
#endif

/* A text being sorted, and eight bytes of it. */
typedef struct SortedText
{
	uint64 prefix;
	const uint8 *bytes;
	uint32 length;
	uint32 item;
} SortedText;

/*
 * Rows' ids that come one after the other in the order of records, of some
 * sources: how many rows after the one before, its source where there are
 * several, the id, and the known company where there is any.
 */
typedef struct IdPart
{
	BlockList ids;
	FrontId last_id;
	uint32 last_row;
	uint64 nrows;
	uint64 id_bytes;
	uint32 first_source; /* places by bytes */
	uint32 end_source;
} IdPart;

/*
 * Keys of some hashes: how many rows after the one before, and the key.  Names
 * that differ by their country alone are in one part.
 */
typedef struct KeyPart
{
	BlockList keys;
	uint32 last_row;
	uint32 n;
} KeyPart;

/*
 * A key in a part: its kind and the form of its prefix, its length, its text,
 * and its prefix if it has no usual form.
 */
#define PART_KEY_HEADER 2

typedef enum PrefixForm
{
	PREFIX_NONE,    /* of domains */
	PREFIX_ALL,     /* of names without a country */
	PREFIX_COUNTRY, /* all but the three last bytes */
	PREFIX_GIVEN    /* a byte behind the text */
} PrefixForm;

static inline Size
part_key_size(const uint8 *key)
{
	return PART_KEY_HEADER + (Size) key[1] + (key[0] >> 4 == PREFIX_GIVEN);
}

static inline KeyKind
part_key_kind(const uint8 *key)
{
	return (KeyKind) (key[0] & 0x0F);
}

static inline IdentityKey
read_part_key(const uint8 *key)
{
	IdentityKey result = {part_key_kind(key), 0, key[1],
						  (const char *) key + PART_KEY_HEADER};

	switch ((PrefixForm) (key[0] >> 4))
	{
		case PREFIX_NONE:
			break;
		case PREFIX_ALL:
			result.prefix = result.length;
			break;
		case PREFIX_COUNTRY:
			result.prefix = result.length - 3;
			break;
		case PREFIX_GIVEN:
			result.prefix = key[PART_KEY_HEADER + key[1]];
			break;
	}
	return result;
}

/* A key that several records hold, and these. */
typedef struct SharedKey
{
	uint32 count;
	uint32 result; /* the key's number in the result, or NO_KEY */
	uint8 key[FLEXIBLE_ARRAY_MEMBER]; /* as an identity holds it */
} SharedKey;

/* A register of which a cluster holds an id; sorted by register. */
typedef struct RegisterNode
{
	uint32 of; /* number of the register */
	uint32 next;
} RegisterNode;

#define NO_NODE PG_UINT32_MAX

/* The key's number is not yet known. */
typedef struct FoundHub
{
	const uint8 *key;
	HubKey counts;
} FoundHub;

typedef struct KnownRecord
{
	uint32 known;
	uint32 record;
} KnownRecord;

typedef struct Clusters
{
	ResolutionState *state;
	BlockPool *pool; /* the state's */
	MemoryContext scratch;

	/* rows, taken apart */
	uint32 *source_places; /* the state's source -> its place */
	uint32 *source_order;  /* and back */
	uint64 *source_rows;   /* by place */
	uint64 n_known_rows;
	IdPart *id_parts;
	uint32 n_id_parts;
	KeyPart *key_parts;
	uint32 n_key_parts;
	uint8 *cells;         /* by hash: how much records may hold, see hubs */
	uint32 most_of_a_row; /* names, domains, or deciding ids */

	/* records, in the order of source and id */
	uint32 nrecords;
	BlockList ids;
	uint64 id_bytes;
	uint32 *source_records; /* how many a source has, by place */
	uint32 *record_of_row;
	uint8 *most_of; /* a record of several rows; NULL: there is none */
	KnownRecord *known;
	uint64 nknown;

	/* the keys that several hold */
	BlockList groups[KEY_NAME + 1];
	uint64 ngroups[KEY_NAME + 1];
	IdTable registers;
	struct HeldKeys *held; /* by records that may hold a hub */

	/* clusters; the root is the first record */
	uint32 *parents;
	uint8 *has_domain;       /* of a root */
	uint32 *first_registers; /* of a root, nodes; NULL: nobody has any */
	RegisterNode *nodes;
	uint64 nnodes;
	uint64 nodes_room;
	uint32 *joined_by; /* a number in joining, or NOT_JOINED */
	SharedKey **joining;
	uint64 njoining;
	uint64 joining_room;

	/* a key's clusters while it is worked on */
	uint32 *heads;
	uint32 *head_sizes;
	uint64 heads_room;
	uint64 head_sizes_room;
	uint32 *head_of; /* of the key's members */
	uint32 head_of_room;
	struct HeadIndex *head_index;

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
	uint32 *company_of; /* by record, where its parent was */
	ResolvedCompany *companies;
	uint32 ncompanies;
} Clusters;

#define NOT_JOINED PG_UINT32_MAX

/* So many that with KEYS_OF_A_PART few keys share one. */
#define CELLS_OF_A_PART 16384

static inline Size
key_size(const uint8 *key)
{
	return KEY_HEADER + (Size) key[2];
}

/* Writes a key as an identity holds it. */
static inline void
store_key(uint8 *at, const IdentityKey *key)
{
	at[0] = key->kind;
	at[1] = key->prefix;
	at[2] = key->length;
	memcpy(at + KEY_HEADER, key->bytes, key->length);
}

static inline IdentityKey
key_at(const uint8 *key)
{
	return (IdentityKey){(KeyKind) key[0], key[1], key[2],
						 (const char *) key + KEY_HEADER};
}

static inline Size
shared_key_size(uint32 key_length, uint32 count)
{
	return INTALIGN(offsetof(SharedKey, key) + KEY_HEADER + key_length) +
		   (Size) count * sizeof(uint32);
}

/* The records that hold a key, in their order. */
static inline uint32 *
key_members(SharedKey *group)
{
	return (uint32 *) ((char *) group + shared_key_size(group->key[2], 0));
}

static inline bool
is_name(uint8 kind)
{
	return kind >= KEY_NAME && kind <= KEY_NAME_ANYWHERE;
}

/* The first record of a record's cluster. */
static inline uint32
root_of(uint32 *parents, uint32 record)
{
	while (parents[record] != record)
	{
		parents[record] = parents[parents[record]];
		record = parents[record];
	}
	return record;
}

/* Whether two clusters hold ids of one register. */
static inline bool
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

/* The part of a key, by its hash. */
static inline uint32
key_part(const Clusters *clusters, uint64 hash)
{
	return hash & (clusters->n_key_parts - 1);
}

static inline uint8 *
key_cell(const Clusters *clusters, uint64 hash)
{
	return &clusters->cells[(Size) key_part(clusters, hash) * CELLS_OF_A_PART +
							(hash >> 32) % CELLS_OF_A_PART];
}

/* Adds what a record holds to the cell of one of its keys. */
static inline void
add_to_cell(uint8 *cell, uint32 most)
{
	*cell = Min(*cell + most, PG_UINT8_MAX);
}

/* company_resolution_texts.c */
extern int compare_texts(const SortedText *a, const SortedText *b);
extern void sort_texts(SortedText *texts, uint64 n, uint32 depth, int level);
extern void sort_numbers(uint32 *numbers, size_t n);

/* company_resolution_parts.c */
extern void part_rows(Clusters *clusters);
extern uint64 key_hash(const IdentityKey *key);

/* company_resolution_records.c */
extern void sort_records(Clusters *clusters);

/* company_resolution_keys.c */
extern void group_keys(Clusters *clusters);

/* company_resolution_hubs.c */
extern void find_held_keys(Clusters *clusters);
extern bool is_hub(Clusters *clusters, const uint32 *records, uint32 n,
				   const IdentityKey *key);
extern void end_held_keys(Clusters *clusters);

/* company_resolution_heads.c */
extern void number_key(Clusters *clusters, SharedKey *group);
extern void join_by_key(Clusters *clusters, KeyKind kind, SharedKey *group);

/* company_resolution_clusters.c */
extern Resolution *resolve_companies(ResolutionState *state,
									 MemoryContext context);

#endif /* ECOSYSTEM_COMPANY_RESOLUTION_PRIVATE_H */
