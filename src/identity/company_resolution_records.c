/*
 * company_resolution_records.c
 *		Records in order, one row each.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_records.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/memory.h"
#include "identity/company_resolution_private.h"

/*
 * In how many parts the order of records is cut, of at least so many bytes.
 * Each may have a block that is not full.
 */
#define MOST_PARTS ((Size) 24)
#define LEAST_PART ((Size) 1024 * 1024)

/* Ids that are looked at for each, to find where to cut. */
#define SAMPLES_OF_A_PART 64

/* Gives every source its place by bytes. */
static void
sort_sources(Clusters *clusters)
{
	const IdTable *sources = &clusters->state->sources;
	SortedText *sorted = allocate_array_in(clusters->scratch, sources->n,
										   sizeof(SortedText));

	for (uint32 i = 0; i < sources->n; i++)
	{
		sorted[i].bytes = (const uint8 *) sources->ids[i].bytes;
		sorted[i].length = sources->ids[i].length;
		sorted[i].item = i;
	}
	sort_texts(sorted, sources->n, 0, 0);
	clusters->source_places = allocate_array_in(clusters->scratch, sources->n,
												sizeof(uint32));
	clusters->source_order = allocate_array_in(clusters->scratch, sources->n,
											   sizeof(uint32));
	for (uint32 i = 0; i < sources->n; i++)
	{
		clusters->source_places[sorted[i].item] = i;
		clusters->source_order[i] = sorted[i].item;
	}
	pfree(sorted);
}

static int
compare_key_bytes(const uint8 *a, const uint8 *b)
{
	int order = (int) a[0] - (int) b[0];

	if (order == 0)
		order = memcmp(a + KEY_HEADER, b + KEY_HEADER, Min(a[2], b[2]));
	return order != 0 ? order : (int) a[2] - (int) b[2];
}

/* A name of its own, for the template puts another star behind it. */
typedef const uint8 *KeyBytes;

#define ST_SORT          sort_key_bytes
#define ST_ELEMENT_TYPE  KeyBytes
#define ST_COMPARE(a, b) compare_key_bytes(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static ResolutionRow *
row_of_text(const SortedText *text)
{
	return (ResolutionRow *) (text->bytes - offsetof(ResolutionRow, bytes));
}

/* ---- blocks ---- */

/* A block that is not used any more, or a new one. */
static RowBlock *
take_block(Clusters *clusters, Size size)
{
	RowBlock *block = clusters->free_blocks;

	if (block == NULL || block->size < size)
		return make_row_block(clusters->state->context,
							  Max(size, LARGEST_ROW_BLOCK));
	clusters->free_blocks = block->next;
	block->next = NULL;
	block->used = 0;
	return block;
}

/* Gives back a list of blocks. */
static void
leave_blocks(Clusters *clusters, RowBlock *block)
{
	while (block != NULL)
	{
		RowBlock *next = block->next;

		if (block->size < LARGEST_ROW_BLOCK)
			pfree(block);
		else
		{
			block->next = clusters->free_blocks;
			clusters->free_blocks = block;
		}
		block = next;
	}
}

/* Room for so many bytes behind the rows of a list. */
static ResolutionRow *
make_row_room(Clusters *clusters, RowList *list, Size size)
{
	RowBlock *block = list->last;

	if (block == NULL || block->size - block->used < size)
	{
		block = take_block(clusters, size);
		if (list->last == NULL)
			list->first = block;
		else
			list->last->next = block;
		list->last = block;
	}
	return (ResolutionRow *) (block->rows + block->used);
}

/* ---- one row for each record ---- */

/* Room behind the row of the record before. */
static ResolutionRow *
make_record_room(Clusters *clusters, Size size)
{
	RowBlock *before = clusters->sorted.last;
	ResolutionRow *room = make_row_room(clusters, &clusters->sorted, size);

	if (before != NULL && before != clusters->sorted.last)
		before->end = clusters->nrecords;
	return room;
}

/* Copies a row behind the one before it. */
static ResolutionRow *
place_row(Clusters *clusters, const ResolutionRow *row)
{
	Size size = ROW_SIZE(row->id_length, row->keys_length);
	ResolutionRow *placed = make_record_room(clusters, size);

	memcpy(placed, row, size);
	clusters->sorted.last->used += size;
	return placed;
}

/*
 * Makes one row of several of one record, behind the row before it: it holds
 * the keys of all.  There may be as many as a careless query gives one id.
 */
static ResolutionRow *
place_rows(Clusters *clusters, const SortedText *texts, uint64 n)
{
	const ResolutionRow *row = row_of_text(&texts[0]);
	ResolutionRow *placed;
	KeyBytes *keys = NULL;
	uint64 nkeys = 0;
	uint64 room = 0;
	Size length = 0;
	Size most = 0;

	for (uint64 i = 0; i < n; i++)
	{
		ResolutionRow *next = row_of_text(&texts[i]);

		CHECK_FOR_INTERRUPTS();
		/* most are the same record twice */
		if (i > 0 && row->keys_length == next->keys_length &&
			memcmp(row_keys((ResolutionRow *) row), row_keys(next),
				   row->keys_length) == 0)
			continue;
		for (uint32 at = 0; at < next->keys_length;
			 at += key_size(row_keys(next) + at))
		{
			MAKE_ROOM(clusters->scratch, keys, room, nkeys + 1);
			most += key_size(row_keys(next) + at);
			keys[nkeys++] = row_keys(next) + at;
		}
	}
	if (nkeys > 0)
		sort_key_bytes(keys, nkeys);
	placed = make_record_room(clusters, ROW_SIZE(row->id_length, most));
	memcpy(placed, row, offsetof(ResolutionRow, bytes) + row->id_length);
	for (uint64 i = 0; i < nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0 && compare_key_bytes(keys[i - 1], keys[i]) == 0)
			continue;
		if (length + key_size(keys[i]) > PG_INT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("a record has too many rows to resolve")));
		memcpy(placed->bytes + placed->id_length + length, keys[i],
			   key_size(keys[i]));
		length += key_size(keys[i]);
	}
	if (keys != NULL)
		pfree(keys);
	placed->keys_length = length;
	clusters->sorted.last->used += ROW_SIZE(placed->id_length,
											placed->keys_length);
	return placed;
}

/* Takes the sorted rows of one source. */
static void
add_records(Clusters *clusters, const SortedText *texts, uint64 n)
{
	for (uint64 i = 0, end; i < n; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes -
					 offsetof(ResolutionRow, bytes));
		for (end = i;
			 end < n && texts[end].length == texts[i].length &&
			 memcmp(texts[end].bytes, texts[i].bytes, texts[i].length) == 0;
			 end++)
		{
			uint32 known = row_of_text(&texts[end])->known;

			if (known == 0)
				continue;
			clusters->known[clusters->nknown].known = known;
			clusters->known[clusters->nknown].record = clusters->nrecords;
			clusters->nknown++;
		}
		clusters->rows[clusters->nrecords++] =
			end - i > 1 ? place_rows(clusters, texts + i, end - i)
						: place_row(clusters, row_of_text(&texts[i]));
	}
}

/* ---- parts ---- */

/* Rows that come one after the other in the order of records, of some sources. */
typedef struct RowPart
{
	RowList rows;
	uint64 nrows;
	uint32 first_source;
	uint32 end_source;
} RowPart;

/* The order of records, cut into parts. */
typedef struct Parts
{
	RowPart *parts;
	uint32 nparts;
	uint64 *source_rows; /* by the place of a source */
	Size *source_bytes;
	uint32 *first_part; /* of a source */
	uint32 *first_cut;  /* and ids that its parts begin with but the first */
	SortedText *cuts;
	SortedText *samples; /* item is the source */
	uint32 nsamples;
} Parts;

/* Counts rows by source, and picks some ids. */
static Parts
survey_rows(Clusters *clusters, uint64 *nknown, Size *size)
{
	ResolutionState *state = clusters->state;
	uint32 nsources = state->sources.n;
	uint64 step = Max(state->nrows / (MOST_PARTS * SAMPLES_OF_A_PART), 1);
	uint64 n = 0;
	Parts parts = {0};

	parts.source_rows = allocate_array_in(clusters->scratch, nsources,
										  sizeof(uint64));
	parts.source_bytes = allocate_array_in(clusters->scratch, nsources,
										   sizeof(Size));
	memset(parts.source_rows, 0, nsources * sizeof(uint64));
	memset(parts.source_bytes, 0, nsources * sizeof(Size));
	parts.samples = allocate_array_in(clusters->scratch,
									  state->nrows / step + 1,
									  sizeof(SortedText));
	for (RowBlock *block = state->rows.first; block != NULL;
		 block = block->next)
		for (Size at = 0; at < block->used;)
		{
			ResolutionRow *row = (ResolutionRow *) (block->rows + at);
			Size row_size = ROW_SIZE(row->id_length, row->keys_length);

			CHECK_FOR_INTERRUPTS();
			at += row_size;
			*size += row_size;
			row->source = clusters->source_places[row->source];
			parts.source_rows[row->source]++;
			parts.source_bytes[row->source] += row_size;
			*nknown += row->known != 0;
			if (n++ % step == 0)
			{
				SortedText *sample = &parts.samples[parts.nsamples++];

				sample->bytes = row->bytes;
				sample->length = row->id_length;
				sample->item = row->source;
			}
		}
	return parts;
}

/* Ids that cut a source into n parts of about the same size. */
static uint32
cut_source(Clusters *clusters, Parts *parts, uint32 source, uint32 n,
		   uint32 ncuts)
{
	SortedText *own = allocate_array_in(clusters->scratch, parts->nsamples,
										sizeof(SortedText));
	uint32 nown = 0;

	for (uint32 i = 0; i < parts->nsamples; i++)
		if (parts->samples[i].item == source)
			own[nown++] = parts->samples[i];
	sort_texts(own, nown, 0, 0);
	for (uint32 i = 1; i < n && nown > 0; i++)
	{
		SortedText *cut = &parts->cuts[ncuts++];
		uint8 *copy;

		*cut = own[(uint64) nown * i / n];
		copy = allocate_array_in(clusters->scratch, cut->length, 1);
		memcpy(copy, cut->bytes, cut->length);
		cut->bytes = copy;
	}
	pfree(own);
	return ncuts;
}

/* Small sources share a part, and a large one has several. */
static void
cut_sources(Clusters *clusters, Parts *parts, Size size)
{
	uint32 nsources = clusters->state->sources.n;
	Size limit = Max(size / MOST_PARTS, LEAST_PART);
	Size room = 0;
	uint32 ncuts = 0;

	parts->parts = allocate_array_in(clusters->scratch,
									 (Size) nsources + MOST_PARTS,
									 sizeof(RowPart));
	parts->cuts = allocate_array_in(clusters->scratch, MOST_PARTS,
									sizeof(SortedText));
	parts->first_part = allocate_array_in(clusters->scratch, nsources,
										  sizeof(uint32));
	parts->first_cut = allocate_array_in(clusters->scratch,
										 (Size) nsources + 1, sizeof(uint32));
	for (uint32 i = 0; i < nsources; i++)
	{
		Size bytes = parts->source_bytes[i];

		CHECK_FOR_INTERRUPTS();
		parts->first_cut[i] = ncuts;
		if (bytes <= room)
		{
			parts->first_part[i] = parts->nparts - 1;
			parts->parts[parts->nparts - 1].end_source = i + 1;
			room -= bytes;
			continue;
		}
		parts->first_part[i] = parts->nparts;
		if (bytes > limit)
			ncuts = cut_source(clusters, parts, i, bytes / limit, ncuts);
		for (uint32 cut = parts->first_cut[i]; cut <= ncuts; cut++)
			parts->parts[parts->nparts++] = (RowPart){.first_source = i,
													  .end_source = i + 1};
		room = bytes < limit ? limit - bytes : 0;
	}
	parts->first_cut[nsources] = ncuts;
}

static RowPart *
part_of_row(const Parts *parts, const ResolutionRow *row)
{
	uint32 low = parts->first_cut[row->source];
	uint32 high = parts->first_cut[row->source + 1];
	SortedText id = {.bytes = row->bytes, .length = row->id_length};

	while (low < high)
	{
		uint32 middle = low + (high - low) / 2;

		if (compare_texts(&parts->cuts[middle], &id) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return &parts->parts[parts->first_part[row->source] + low -
						 parts->first_cut[row->source]];
}

/* Moves all rows to their parts, into blocks that rows were moved from. */
static void
part_rows(Clusters *clusters, Parts *parts)
{
	ResolutionState *state = clusters->state;
	RowBlock *block = state->rows.first;

	state->rows.first = state->rows.last = NULL;
	if (parts->nparts == 1)
	{
		parts->parts[0].rows.first = block;
		parts->parts[0].nrows = state->nrows;
		return;
	}
	while (block != NULL)
	{
		RowBlock *next = block->next;

		for (Size at = 0; at < block->used;)
		{
			const ResolutionRow *row = (ResolutionRow *) (block->rows + at);
			Size size = ROW_SIZE(row->id_length, row->keys_length);
			RowPart *part = part_of_row(parts, row);

			CHECK_FOR_INTERRUPTS();
			memcpy(make_row_room(clusters, &part->rows, size), row, size);
			part->rows.last->used += size;
			part->nrows++;
			at += size;
		}
		block->next = NULL;
		leave_blocks(clusters, block);
		block = next;
	}
}

/* Sorts the rows of a part, and places its records. */
static void
sort_part(Clusters *clusters, const Parts *parts, RowPart *part,
		  SortedText *texts, uint64 *ends)
{
	uint64 sum = 0;

	if (part->end_source - part->first_source == 1)
		ends[part->first_source] = 0; /* maybe it has but some of its rows */
	else
		for (uint32 i = part->first_source; i < part->end_source; i++)
		{
			ends[i] = sum;
			sum += parts->source_rows[i];
		}
	for (RowBlock *block = part->rows.first; block != NULL;
		 block = block->next)
		for (Size at = 0; at < block->used;)
		{
			ResolutionRow *row = (ResolutionRow *) (block->rows + at);
			SortedText *text = &texts[ends[row->source]++];

			CHECK_FOR_INTERRUPTS();
			text->bytes = row->bytes;
			text->length = row->id_length;
			at += ROW_SIZE(row->id_length, row->keys_length);
		}
	for (uint32 i = part->first_source; i < part->end_source; i++)
	{
		uint64 start = i == part->first_source ? 0 : ends[i - 1];

		sort_texts(texts + start, ends[i] - start, 0, 0);
		add_records(clusters, texts + start, ends[i] - start);
	}
	leave_blocks(clusters, part->rows.first);
}

/*
 * Puts the rows in the order of source and id, one for each record.  They are
 * copied, once in an order that memory is slow in, so that all that follows
 * finds them in the order it reads them in.  Before that they are moved, block
 * by block, to the part of the order that they are of: only one part is there
 * twice at a time, and its rows are near each other.
 */
void
sort_records(Clusters *clusters)
{
	ResolutionState *state = clusters->state;
	uint64 nknown = 0;
	Size size = 0;
	uint64 most = 0;
	uint64 *ends;
	Parts parts;
	SortedText *texts;

	if (state->nrows >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many records to resolve"),
				 errdetail("There are " UINT64_FORMAT ", the limit is %u.",
						   state->nrows, PG_UINT32_MAX - 1)));
	if (state->nrows == 0)
		return;
	sort_sources(clusters);
	parts = survey_rows(clusters, &nknown, &size);
	cut_sources(clusters, &parts, size);
	part_rows(clusters, &parts);
	for (uint32 i = 0; i < parts.nparts; i++)
		most = Max(most, parts.parts[i].nrows);
	clusters->rows = allocate_array_in(clusters->scratch, state->nrows,
									   sizeof(ResolutionRow *));
	clusters->known = allocate_array_in(clusters->scratch, nknown,
										sizeof(KnownRecord));
	ends = allocate_array_in(clusters->scratch, state->sources.n,
							 sizeof(uint64));
	texts = allocate_array_in(clusters->scratch, most, sizeof(SortedText));
	for (uint32 i = 0; i < parts.nparts; i++)
		sort_part(clusters, &parts, &parts.parts[i], texts, ends);
	clusters->sorted.last->end = clusters->nrecords;
	pfree(texts);
	pfree(ends);
	while (clusters->free_blocks != NULL)
	{
		RowBlock *block = clusters->free_blocks;

		clusters->free_blocks = block->next;
		pfree(block);
	}
}
