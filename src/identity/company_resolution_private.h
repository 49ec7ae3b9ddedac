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

/* ---- rows: what the aggregate collects ---- */

/*
 * A row lies in a block of memory, behind it the bytes of its record's id and
 * its keys but aliases, as an identity holds them.  Rows start at multiples of
 * four bytes.  source is a number in the state's table of
 * sources, until the rows are sorted, and then the source's place by bytes.
 */
typedef struct ResolutionRow
{
	uint32 source;
	uint32 known; /* company; 0 is none */
	uint32 id_length;
	uint32 keys_length;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER]; /* the id, then the keys */
} ResolutionRow;

#define ROW_SIZE(id_length, keys_length)                                   \
	((Size) INTALIGN(offsetof(ResolutionRow, bytes) + (Size) (id_length) + \
					 (Size) (keys_length)))

typedef struct RowBlock
{
	struct RowBlock *next;
	Size size;
	Size used;
	uint32 end; /* of rows in order, the record after the last */
	uint8 rows[FLEXIBLE_ARRAY_MEMBER];
} RowBlock;

/* Blocks grow up to this size, so that small groups are small. */
#define LARGEST_ROW_BLOCK ((Size) 256 * 1024)

static inline RowBlock *
make_row_block(MemoryContext context, Size size)
{
	RowBlock *block = MemoryContextAllocHuge(context,
											 offsetof(RowBlock, rows) + size);

	block->next = NULL;
	block->size = size;
	block->used = 0;
	block->end = 0;
	return block;
}

typedef struct RowList
{
	RowBlock *first;
	RowBlock *last;
} RowList;

typedef struct ResolutionState
{
	MemoryContext context;
	uint32 hub_limit;
	uint32 highest_known; /* company, of any row; new ones lie above it */
	uint64 nrows;
	RowList rows;
	IdTable sources;
} ResolutionState;

#define DEFAULT_HUB_LIMIT 50

/* ---- resolving them ---- */

/* How many rows ahead memory is asked for. */
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

/* A key of a record. */
typedef struct KeyEntry
{
	uint64 hash;
	uint32 record;
	uint32 at; /* in the row's keys */
} KeyEntry;

/* A key that several records hold, in the array of members. */
typedef struct SharedKey
{
	const uint8 *key; /* as an identity holds it */
	uint64 first;
	uint32 count;
	uint32 result; /* the key's number in the result, or NO_KEY */
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
	MemoryContext scratch;

	/* records, in the order of source and id */
	ResolutionRow **rows;
	RowList sorted; /* where they lie, in this order */
	RowBlock *free_blocks;
	uint32 nrecords;
	uint32 *source_places; /* the state's source -> its place */
	uint32 *source_order;  /* and back */
	KnownRecord *known;
	uint64 nknown;

	KeyEntry *entries;
	uint64 nentries;
	SharedKey *groups[KEY_NAME + 1];
	uint64 ngroups[KEY_NAME + 1];
	uint64 groups_room[KEY_NAME + 1];
	uint32 *members;
	uint64 nmembers;
	uint16 *domains;  /* how many a record holds that are no hubs */
	uint32 most_keys; /* that one record holds of names, domains or ids */
	struct HeldTexts *held; /* by the records of a key */

	/* clusters; the root is the first record */
	uint32 *parents;
	uint8 *has_domain;       /* of a root */
	uint32 *first_registers; /* of a root, nodes; NULL: nobody has any */
	RegisterNode *nodes;
	uint32 *joined_by; /* a group's number among all, or NOT_JOINED */
	uint32 first_group[KEY_NAME + 1]; /* of a kind among all */

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

/* The key that joined a record. */
static inline SharedKey *
joining_key(const Clusters *clusters, uint32 joined)
{
	KeyKind kind = KEY_NAME;

	while (joined < clusters->first_group[kind])
		kind--;
	return &clusters->groups[kind][joined - clusters->first_group[kind]];
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

/* The mark of an id that is a hub, so that nobody's registers are read of it.
 */
#define DEAD_KEY 0x80

static inline bool
same_key(const uint8 *a, const uint8 *b)
{
	return a[0] == b[0] && a[2] == b[2] &&
		   memcmp(a + KEY_HEADER, b + KEY_HEADER, a[2]) == 0;
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

/* company_resolution_texts.c */
extern int compare_texts(const SortedText *a, const SortedText *b);
extern void sort_texts(SortedText *texts, uint64 n, uint32 depth, int level);

/* company_resolution_records.c */
extern void sort_records(Clusters *clusters);

/* company_resolution_keys.c */
extern void group_keys(Clusters *clusters);
extern void sort_groups(Clusters *clusters, KeyKind kind);

/* company_resolution_hubs.c */
extern bool is_hub(Clusters *clusters, const uint32 *records, uint32 n,
				   const uint8 *key);
extern void end_hubs(Clusters *clusters);
extern void forget_hub(Clusters *clusters, uint8 *key, const uint32 *records,
					   uint32 n);

/* company_resolution_heads.c */
extern void number_key(Clusters *clusters, SharedKey *group);
extern void join_by_key(Clusters *clusters, KeyKind kind, uint64 number);

/* company_resolution_clusters.c */
extern Resolution *resolve_companies(ResolutionState *state,
									 MemoryContext context);

#endif /* ECOSYSTEM_COMPANY_RESOLUTION_PRIVATE_H */
