/*
 * text_table.c
 *		Texts, each once, numbered as they came.
 *
 * IDENTIFICATION
 *		src/base/text_table.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text_table.h"

void
begin_text_table(TextTable *table, MemoryContext context)
{
	memset(table, 0, sizeof(TextTable));
	table->context = context;
}

static bool
is_text(const struct TableText *text, const char *bytes, Size length)
{
	return text->length == length && memcmp(text->bytes, bytes, length) == 0;
}

static void
grow_text_table(TextTable *table)
{
	uint32 nslots = table->nslots == 0 ? 16 : table->nslots * 2;
	uint32 room = nslots / 2;
	struct TableText *texts;

	if (nslots == 0)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many different texts")));
	texts = MemoryContextAllocHuge(table->context,
								   array_size(room, sizeof(struct TableText)));
	if (table->nslots > 0)
	{
		memcpy(texts, table->texts, table->ntexts * sizeof(struct TableText));
		pfree(table->texts);
		pfree(table->slots);
	}
	table->texts = texts;
	table->room = room;
	table->nslots = nslots;
	table->slots = MemoryContextAllocHuge(table->context,
										  array_size(nslots, sizeof(uint32)));
	memset(table->slots, 0, nslots * sizeof(uint32));
	for (uint32 i = 0; i < table->ntexts; i++)
	{
		uint32 slot = texts[i].hash & (nslots - 1);

		while (table->slots[slot] != 0)
			slot = (slot + 1) & (nslots - 1);
		table->slots[slot] = i + 1;
	}
}

/* The slot of a text, or the free one where it would be. */
static uint32
slot_of(const TextTable *table, uint64 hash, const char *bytes, Size length)
{
	uint32 slot = hash & (table->nslots - 1);

	for (; table->slots[slot] != 0; slot = (slot + 1) & (table->nslots - 1))
	{
		const struct TableText *text = &table->texts[table->slots[slot] - 1];

		if (text->hash == hash && is_text(text, bytes, length))
			break;
	}
	return slot;
}

/* The number of a text, which is copied when it is new. */
uint32
number_of_text(TextTable *table, const char *bytes, Size length)
{
	uint64 hash;
	uint32 slot;
	char *copy;

	/* mostly that of the row before */
	if (table->ntexts > 0 &&
		is_text(&table->texts[table->last], bytes, length))
		return table->last;
	if (table->ntexts == table->room)
		grow_text_table(table);
	hash = fast_hash(bytes, length, 0);
	slot = slot_of(table, hash, bytes, length);
	if (table->slots[slot] != 0)
		return table->last = table->slots[slot] - 1;
	copy = MemoryContextAlloc(table->context, Max(length, 1));
	memcpy(copy, bytes, length);
	table->texts[table->ntexts].hash = hash;
	table->texts[table->ntexts].length = length;
	table->texts[table->ntexts].bytes = copy;
	table->slots[slot] = ++table->ntexts;
	return table->last = table->ntexts - 1;
}

/* Whether a text is there, and its number. */
bool
find_text(const TextTable *table, const char *bytes, Size length,
		  uint32 *number)
{
	uint32 slot;

	if (table->ntexts == 0)
		return false;
	slot = slot_of(table, fast_hash(bytes, length, 0), bytes, length);
	if (table->slots[slot] == 0)
		return false;
	*number = table->slots[slot] - 1;
	return true;
}
