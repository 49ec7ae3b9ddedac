/*
 * overlap_join_table.h
 *		The rows and the table of keys of an Overlap Join.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_table.h
 */
#ifndef ECOSYSTEM_OVERLAP_JOIN_TABLE_H
#define ECOSYSTEM_OVERLAP_JOIN_TABLE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "storage/buffile.h"

#include "base/hash.h"
#include "identity/company_identity.h"

/* ---- rows ---- */

/* Which columns of a plan's rows are kept, and how. */
typedef struct RowShape
{
	int ncolumns;
	AttrNumber *columns; /* of the plan's result */
	AttrNumber last;     /* the greatest of them */
	bool *byval;
	int16 *lengths;
} RowShape;

/*
 * A row as it is kept in memory and in files: this, the columns as Datums,
 * their null flags, what the Datums refer to, as offsets from the start of the
 * row, and the identity.  It has no pointers, so it can be moved and written.
 */
typedef struct StoredRow
{
	uint32 size;       /* MAXALIGNed */
	uint32 identity;   /* where it starts; 0: there are no keys to match by */
	uint64 number;     /* of the row on its side, from 0 */
	uint32 last_batch; /* the last batch in which it has a key */
	bool matched;
} StoredRow;

#define STORED_VALUES(row) \
	((Datum *) ((char *) (row) + MAXALIGN(sizeof(StoredRow))))

/* Rows side by side. */
typedef struct RowBuffer
{
	MemoryContext context;
	char *data;
	Size used;
	Size size;
} RowBuffer;

/* Offset 0 is none, so that it can say so. */
#define ROW_BUFFER_START MAXIMUM_ALIGNOF

#define BUFFERED_ROW(buffer, offset) \
	((StoredRow *) ((buffer)->data + (offset)))

/* In a table rows are known by their place in units of their alignment. */
#define ROW_REFERENCE(offset) ((uint32) ((offset) / MAXIMUM_ALIGNOF))
#define ROW_OFFSET(reference) ((Size) (reference) *MAXIMUM_ALIGNOF)

/* Beyond this a reference would not fit. */
#define ROW_BUFFER_MAX ((Size) PG_INT32_MAX * MAXIMUM_ALIGNOF)

extern void expect_rows(RowBuffer *buffer, Size bytes);
extern void trim_rows(RowBuffer *buffer);
extern Size append_row(RowBuffer *buffer, const RowShape *shape,
					   TupleTableSlot *slot, const struct varlena *identity);
extern void load_row(const StoredRow *row, const RowShape *shape,
					 TupleTableSlot *slot);
extern void write_row(BufFile *file, const StoredRow *row);
extern void write_rows(BufFile *file, const RowBuffer *rows);
extern Size read_row(BufFile *file, RowBuffer *buffer);

static inline const struct varlena *
stored_identity(const StoredRow *row)
{
	return (const struct varlena *) ((const char *) row + row->identity);
}

/* ---- keys ---- */

/*
 * A name matches only where not both records hold a domain.  So the names of
 * inner records with a domain are hashed apart, and an outer record with one
 * does not even look at them: common names, the most skewed of keys, cost
 * nothing where domains decide.
 */
#define APART UINT64CONST(0x9e3779b97f4a7c15)

/* The hash of a key's kind and text */
static inline uint64
hash_key(const IdentityKey *key)
{
	return fast_hash(key->bytes, key->length,
					 (uint64) (key->kind << 16 | key->prefix << 8));
}

/* The hash by which an inner record's key is found. */
static inline uint64
inner_key_hash(const IdentityReader *reader, const IdentityKey *key)
{
	uint64 hash = hash_key(key);

	if (key->kind == KEY_NAME && (reader->kinds & KEY_BIT(KEY_DOMAIN)))
		hash ^= APART;
	return hash;
}

static inline uint32
hash_batch(uint64 hash, uint32 nbatches)
{
	return (uint32) hash & (nbatches - 1);
}

/* ---- the table ---- */

/* The rows of a key: reference is a row's, or IN_GROUP and a group's number. */
typedef struct KeySlot
{
	uint32 tag; /* the hash's lower half */
	uint32 reference;
} KeySlot;

#define IN_GROUP 0x80000000

typedef struct KeyGroup
{
	uint32 first; /* of members */
	uint32 count;
} KeyGroup;

typedef struct KeyTable
{
	uint64 nslots;
	KeySlot *slots;
	KeyGroup *groups;
	uint32 ngroups;
	uint64 nmembers;
	uint32 *members;           /* rows */
	struct RegisterSets *sets; /* NULL: nothing can be passed over */
	uint32 *member_sets;       /* of the members of large groups, in order */
	uint64 nkeys; /* entries, a key once for each row that holds it */
	uint64 ndistinct;
	Size memory;
} KeyTable;

/* What n entries take at most, with what building them needs. */
#define KEY_TABLE_MEMORY(n) \
	((Size) (n) * (2 * sizeof(KeySlot) + 2 * sizeof(KeyGroup)))

extern void build_key_table(KeyTable *table, const RowBuffer *rows,
							uint64 nkeys, uint32 batch, uint32 nbatches);

/* Where a hash is looked for first, by its upper half. */
static inline uint64
first_slot(const KeyTable *table, uint64 hash)
{
	return (uint64) (((unsigned __int128) hash * table->nslots) >> 64);
}

#endif /* ECOSYSTEM_OVERLAP_JOIN_TABLE_H */
