/*
 * text_table.h
 *		Texts, each once, numbered as they came.
 *
 * IDENTIFICATION
 *		src/base/text_table.h
 */
#ifndef ECOSYSTEM_TEXT_TABLE_H
#define ECOSYSTEM_TEXT_TABLE_H

#include "postgres.h"

/* A text is any string of bytes; its copy starts where a Datum may. */
typedef struct TextTable
{
	MemoryContext context;
	struct TableText
	{
		uint64 hash;
		uint32 length;
		const char *bytes;
	} * texts;
	uint32 ntexts;
	uint32 room;
	uint32 *slots; /* number + 1 */
	uint32 nslots; /* a power of two; 0: there is no text yet */
	uint32 last;   /* found last */
} TextTable;

extern void begin_text_table(TextTable *table, MemoryContext context);
extern uint32 number_of_text(TextTable *table, const char *bytes, Size length);
extern bool find_text(const TextTable *table, const char *bytes, Size length,
					  uint32 *number);

#endif /* ECOSYSTEM_TEXT_TABLE_H */
