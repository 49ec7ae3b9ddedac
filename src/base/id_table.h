/*
 * id_table.h
 *		Ids, each once, numbered as they came.
 *
 * An id is any string of bytes.  Slots are in the order of their hashes but for
 * runs of taken ones, so that ids can be had in that order without a sort.
 *
 * IDENTIFICATION
 *		src/base/id_table.h
 */
#ifndef ECOSYSTEM_ID_TABLE_H
#define ECOSYSTEM_ID_TABLE_H

#include "postgres.h"

/* Not terminated; in a table its bytes start where a Datum may. */
typedef struct TableId
{
	const char *bytes;
	uint32 length;
} TableId;

typedef struct IdSlot
{
	uint64 hash;
	uint32 number; /* + 1, 0: free */
	uint32 unused;
} IdSlot;

typedef struct IdTable
{
	MemoryContext context;
	uint32 n;
	uint32 room;
	uint32 last;   /* found last */
	int slot_bits; /* 0: there are no slots yet */
	IdSlot *slots;
	TableId *ids;

	/* what is left of the memory for their bytes */
	char *chunk_at;
	char *chunk_end;
	Size chunk_size;
} IdTable;

extern void begin_id_table(IdTable *table, MemoryContext context);
extern void reserve_ids(IdTable *table, Size n);
extern uint32 id_number(IdTable *table, const char *bytes, Size length);
extern bool find_id(const IdTable *table, const char *bytes, Size length,
					uint32 *number);
extern uint32 *ids_by_hash(const IdTable *table);

#endif /* ECOSYSTEM_ID_TABLE_H */
