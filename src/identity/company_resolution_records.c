/*
 * company_resolution_records.c
 *		Records in order, and which rows are of each.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_records.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "identity/company_resolution_private.h"

/* Room for the largest part while it is sorted. */
typedef struct SortRoom
{
	SortedText *texts; /* item is the row */
	char *bytes;       /* their ids, each with its known company behind it */
	uint64 *ends;      /* of sources */
} SortRoom;

/* Ids as they are sorted, those of a source together. */
static void
read_part(Clusters *clusters, IdPart *part, SortRoom *room)
{
	bool single = part->end_source - part->first_source == 1;
	FrontId id = {0};
	uint32 row = 0;
	char *bytes = room->bytes;
	uint64 sum = 0;

	for (uint32 i = part->first_source; i < part->end_source; i++)
	{
		room->ends[i] = sum;
		sum += clusters->source_rows[i];
	}
	for (Block *block = part->ids.first; block != NULL; block = block->next)
		for (const char *at = block->bytes; at < block->bytes + block->used;)
		{
			uint32 source = part->first_source;
			uint32 known = 0;
			SortedText *text;

			CHECK_FOR_INTERRUPTS();
			row += read_varint(&at);
			if (!single)
				source = read_varint(&at);
			if (clusters->n_known_rows > 0)
				known = read_varint(&at);
			read_front_id(&at, clusters->scratch, &id);
			text = &room->texts[room->ends[source]++];
			text->bytes = (uint8 *) bytes;
			text->length = id.length;
			text->item = row;
			memcpy(bytes, id.bytes, id.length);
			memcpy(bytes + id.length, &known, sizeof(known));
			bytes += (Size) id.length + sizeof(known);
		}
	if (id.bytes != NULL)
		pfree(id.bytes);
	if (part->last_id.bytes != NULL)
		pfree(part->last_id.bytes);
	leave_blocks(clusters->pool, &part->ids);
}

/* Rows of one record. */
static void
add_record(Clusters *clusters, FrontId *before, const SortedText *texts,
		   uint64 n)
{
	uint32 record = clusters->nrecords++;
	ByteBuffer out;

	for (uint64 i = 0; i < n; i++)
	{
		uint32 known;

		CHECK_FOR_INTERRUPTS();
		clusters->record_of_row[texts[i].item] = record;
		memcpy(&known, texts[i].bytes + texts[i].length, sizeof(known));
		if (known != 0)
			clusters->known[clusters->nknown++] = (KnownRecord){known, record};
	}
	if (n > 1)
	{
		if (clusters->most_of == NULL)
		{
			clusters->most_of = allocate_array_in(clusters->scratch,
												  clusters->state->nrows, 1);
			memset(clusters->most_of, 0, clusters->state->nrows);
		}
		clusters->most_of[record] = Min(n * clusters->most_of_a_row,
										PG_UINT8_MAX);
	}
	if (make_block_room(clusters->pool, &clusters->ids,
						FRONT_ID_SIZE + texts[0].length))
		before->length = 0;
	out = block_end(&clusters->ids);
	write_front_id(&out, clusters->scratch, before, texts[0].bytes,
				   texts[0].length);
	clusters->ids.last->used = out.length;
	clusters->id_bytes += texts[0].length;
}

/* Takes the sorted rows of one source. */
static void
add_records(Clusters *clusters, FrontId *before, const SortedText *texts,
			uint64 n)
{
	for (uint64 i = 0, end; i < n; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
		{
			prefetch(texts[i + PREFETCH_DISTANCE].bytes);
			prefetch(
				&clusters->record_of_row[texts[i + PREFETCH_DISTANCE].item]);
		}
		for (end = i + 1;
			 end < n && texts[end].length == texts[i].length &&
			 memcmp(texts[end].bytes, texts[i].bytes, texts[i].length) == 0;
			 end++)
			CHECK_FOR_INTERRUPTS();
		add_record(clusters, before, texts + i, end - i);
	}
}

/*
 * Puts ids in the order of source and id, each once, and tells the record of
 * each row.
 */
void
sort_records(Clusters *clusters)
{
	uint32 nsources = clusters->state->sources.n;
	uint64 most_rows = 0;
	Size most_bytes = 0;
	FrontId before = {0};
	SortRoom room;

	for (uint32 i = 0; i < clusters->n_id_parts; i++)
	{
		const IdPart *part = &clusters->id_parts[i];

		most_rows = Max(most_rows, part->nrows);
		most_bytes = Max(most_bytes,
						 part->id_bytes + part->nrows * sizeof(uint32));
	}
	room.texts = allocate_array_in(clusters->scratch, most_rows,
								   sizeof(SortedText));
	room.bytes = allocate_array_in(clusters->scratch, most_bytes, 1);
	room.ends = allocate_array_in(clusters->scratch, nsources, sizeof(uint64));
	clusters->record_of_row = allocate_array_in(clusters->scratch,
												clusters->state->nrows,
												sizeof(uint32));
	clusters->source_records = allocate_array_in(clusters->scratch, nsources,
												 sizeof(uint32));
	memset(clusters->source_records, 0, nsources * sizeof(uint32));
	clusters->known = allocate_array_in(clusters->scratch,
										clusters->n_known_rows,
										sizeof(KnownRecord));
	for (uint32 i = 0; i < clusters->n_id_parts; i++)
	{
		IdPart *part = &clusters->id_parts[i];
		uint64 start = 0;

		/* of a source that is cut there are but some rows */
		read_part(clusters, part, &room);
		for (uint32 source = part->first_source; source < part->end_source;
			 source++)
		{
			uint64 end = room.ends[source];
			uint32 records = clusters->nrecords;

			sort_texts(room.texts + start, end - start, 0, 0);
			add_records(clusters, &before, room.texts + start, end - start);
			clusters->source_records[source] += clusters->nrecords - records;
			start = end;
		}
	}
	pfree(room.texts);
	pfree(room.bytes);
	pfree(room.ends);
	pfree(clusters->id_parts);
	clusters->id_parts = NULL;
	if (before.bytes != NULL)
		pfree(before.bytes);
}
