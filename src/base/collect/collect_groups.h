/*
 * collect_groups.h
 *		The rows of a partition by key and group.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_groups.h
 */
#ifndef ECOSYSTEM_COLLECT_GROUPS_H
#define ECOSYSTEM_COLLECT_GROUPS_H

#include "postgres.h"

#include "fmgr.h"

#include "base/collect/collect_rows.h"

/*
 * A column that outer rows are told apart by.  The first nkeys are also what
 * inner rows are joined by.
 */
typedef struct CollectColumn
{
	FmgrInfo hash;
	FmgrInfo equal; /* of two outer rows */
	Oid collation;
	bool bitwise; /* equal is what is equal as a Datum */
	/* of a key: */
	FmgrInfo inner_hash;
	FmgrInfo match; /* of an outer and an inner row */
	bool commuted;
} CollectColumn;

typedef struct CollectColumns
{
	int ncolumns;
	int nkeys;
	CollectColumn *columns;
	bool bitwise; /* all keys: they need no memory to be hashed */
	bool single;  /* and there is one */
	/* of both shapes they are the first columns, in order */
	const PackedShape *outer;
	const PackedShape *inner;
	MemoryContext scratch; /* of calls */
	/* room for the values of two rows */
	Datum *values[2];
	bool *nulls[2];
} CollectColumns;

/* What inner rows are joined to: the outer rows of a key */
typedef struct CollectKey
{
	PackedRow *outer; /* one of them */
	Datum value;      /* of a single bitwise key; 0 if it is null, too */
	PackedRow *first; /* the inner rows */
	PackedRow *last;
} CollectKey;

typedef struct CollectGroup
{
	PackedRow *first; /* the outer rows */
	PackedRow *last;
	uint32 key;
} CollectGroup;

typedef struct CollectSlot
{
	uint32 hash;
	uint32 number; /* from 1; 0: none */
} CollectSlot;

typedef struct CollectTable
{
	CollectKey *keys;
	CollectGroup *groups;
	uint32 nkeys;
	uint32 ngroups;
	Size memory;
} CollectTable;

extern bool hash_key_of_row(CollectColumns *columns, bool inner,
							const Datum *values, const bool *nulls,
							const PackedShape *shape, bool nulls_too,
							uint32 *hash);
extern void build_collect_table(CollectTable *table, CollectColumns *columns,
								RowPile *outer, RowPile *inner);

/* What a table of so many outer rows takes at most. */
extern Size collect_table_size(uint64 nrows, bool details);

#endif /* ECOSYSTEM_COLLECT_GROUPS_H */
