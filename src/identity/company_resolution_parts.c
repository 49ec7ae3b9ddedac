/*
 * company_resolution_parts.c
 *		Takes rows apart: ids into parts by their order, keys by their hash.
 *
 * All that follows works on one part after the other, each of which fits a
 * cache, and leaves its blocks to what it writes.  So nothing is in memory
 * twice but a part.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_parts.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/hash.h"
#include "identity/company_resolution_private.h"

/*
 * In how many parts the order of records is cut, of at least so many bytes
 * while they are sorted.
 */
#define MOST_ID_PARTS ((Size) 48)
#define LEAST_ID_PART ((Size) 1024 * 1024)

/* Ids that are looked at for each, to find where to cut. */
#define SAMPLES_OF_A_PART 64

/* How much of a long id is kept to cut by; what is alike so far is one part. */
#define SAMPLE_BYTES 256

/* How many keys a record has and a part, for an estimate. */
#define KEYS_OF_A_RECORD 3
#define KEYS_OF_A_PART   131072
#define MOST_KEY_PARTS   4096

/* What is known of the order of rows, to cut it. */
typedef struct Survey
{
	Size *source_bytes; /* by the place of a source, while it is sorted */
	Size size;
	SortedText *samples; /* item is the source */
	uint32 nsamples;
	uint32 *first_part; /* of a source */
	uint32 *first_cut;  /* and ids that its parts begin with but the first */
	SortedText *cuts;
} Survey;

/* Cells that are to be added to, as soon as they are in the cache. */
typedef struct CellQueue
{
	uint8 *cells[PREFETCH_DISTANCE];
	uint32 most[PREFETCH_DISTANCE];
	uint32 n;
} CellQueue;

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

/* ---- where to cut ---- */

static SortedText
copy_of_id(Clusters *clusters, const FrontId *id)
{
	SortedText text = {.length = Min(id->length, SAMPLE_BYTES)};
	uint8 *copy = allocate_array_in(clusters->scratch, text.length, 1);

	memcpy(copy, id->bytes, text.length);
	text.bytes = copy;
	return text;
}

/* Counts rows by source, and picks some ids. */
static void
survey_rows(Clusters *clusters, Survey *survey)
{
	ResolutionState *state = clusters->state;
	uint32 nsources = state->sources.n;
	uint64 step = Max(state->nrows / (MOST_ID_PARTS * SAMPLES_OF_A_PART), 1);
	uint64 n = 0;
	ResolutionRow row = {0};

	clusters->source_rows = allocate_array_in(clusters->scratch, nsources,
											  sizeof(uint64));
	survey->source_bytes = allocate_array_in(clusters->scratch, nsources,
											 sizeof(Size));
	memset(clusters->source_rows, 0, nsources * sizeof(uint64));
	memset(survey->source_bytes, 0, nsources * sizeof(Size));
	survey->samples = allocate_array_in(clusters->scratch,
										state->nrows / step + 1,
										sizeof(SortedText));
	for (Block *block = state->rows.first; block != NULL; block = block->next)
		for (const char *at = block->bytes; at < block->bytes + block->used;)
		{
			uint32 source;
			Size bytes;

			CHECK_FOR_INTERRUPTS();
			read_row(&at, clusters->scratch, &row);
			source = clusters->source_places[row.source];
			bytes = sizeof(SortedText) + sizeof(uint32) + row.id.length;
			clusters->source_rows[source]++;
			survey->source_bytes[source] += bytes;
			survey->size += bytes;
			clusters->n_known_rows += row.known != 0;
			if (n++ % step == 0)
			{
				SortedText *sample = &survey->samples[survey->nsamples++];

				*sample = copy_of_id(clusters, &row.id);
				sample->item = source;
			}
		}
	if (row.id.bytes != NULL)
		pfree(row.id.bytes);
}

/* Ids that cut a source into n parts of about the same size. */
static uint32
cut_source(Clusters *clusters, Survey *survey, uint32 source, uint32 n,
		   uint32 ncuts)
{
	SortedText *own = allocate_array_in(clusters->scratch, survey->nsamples,
										sizeof(SortedText));
	uint32 nown = 0;

	for (uint32 i = 0; i < survey->nsamples; i++)
		if (survey->samples[i].item == source)
			own[nown++] = survey->samples[i];
	sort_texts(own, nown, 0, 0);
	for (uint32 i = 1; i < n && nown > 0; i++)
		survey->cuts[ncuts++] = own[(uint64) nown * i / n];
	pfree(own);
	return ncuts;
}

/* Small sources share a part, and a large one has several. */
static void
cut_sources(Clusters *clusters, Survey *survey)
{
	uint32 nsources = clusters->state->sources.n;
	Size limit = Max(survey->size / MOST_ID_PARTS, LEAST_ID_PART);
	Size room = 0;
	uint32 ncuts = 0;
	IdPart *parts;
	uint32 nparts = 0;

	parts = allocate_array_in(clusters->scratch,
							  (Size) nsources + MOST_ID_PARTS, sizeof(IdPart));
	survey->cuts = allocate_array_in(clusters->scratch, MOST_ID_PARTS,
									 sizeof(SortedText));
	survey->first_part = allocate_array_in(clusters->scratch, nsources,
										   sizeof(uint32));
	survey->first_cut = allocate_array_in(clusters->scratch,
										  (Size) nsources + 1, sizeof(uint32));
	for (uint32 i = 0; i < nsources; i++)
	{
		Size bytes = survey->source_bytes[i];

		CHECK_FOR_INTERRUPTS();
		survey->first_cut[i] = ncuts;
		if (bytes <= room)
		{
			survey->first_part[i] = nparts - 1;
			parts[nparts - 1].end_source = i + 1;
			room -= bytes;
			continue;
		}
		survey->first_part[i] = nparts;
		if (bytes > limit)
			ncuts = cut_source(clusters, survey, i, bytes / limit, ncuts);
		for (uint32 cut = survey->first_cut[i]; cut <= ncuts; cut++)
			parts[nparts++] = (IdPart){.first_source = i, .end_source = i + 1};
		room = bytes < limit ? limit - bytes : 0;
	}
	survey->first_cut[nsources] = ncuts;
	clusters->id_parts = parts;
	clusters->n_id_parts = nparts;
}

/* ---- rows to parts ---- */

static IdPart *
part_of_id(const Clusters *clusters, const Survey *survey, uint32 source,
		   const FrontId *id)
{
	uint32 low = survey->first_cut[source];
	uint32 high = survey->first_cut[source + 1];
	SortedText text = {.bytes = id->bytes, .length = id->length};

	while (low < high)
	{
		uint32 middle = low + (high - low) / 2;

		if (compare_texts(&survey->cuts[middle], &text) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return &clusters->id_parts[survey->first_part[source] + low -
							   survey->first_cut[source]];
}

static void
put_id(Clusters *clusters, IdPart *part, uint32 number, uint32 source,
	   const ResolutionRow *row)
{
	ByteBuffer out;

	if (make_block_room(clusters->pool, &part->ids,
						ROW_NUMBERS_SIZE + FRONT_ID_SIZE + row->id.length))
		part->last_id.length = 0;
	out = block_end(&part->ids);
	write_varint(&out, number - part->last_row);
	if (part->end_source - part->first_source > 1)
		write_varint(&out, source);
	if (clusters->n_known_rows > 0)
		write_varint(&out, row->known);
	write_front_id(&out, clusters->scratch, &part->last_id, row->id.bytes,
				   row->id.length);
	part->ids.last->used = out.length;
	part->last_row = number;
	part->nrows++;
	part->id_bytes += row->id.length;
}

/*
 * The hash by which a key has its part: equal also for names that differ by
 * their country, which are one name of a hub.
 */
uint64
key_hash(const IdentityKey *key)
{
	bool name = is_name(key->kind);

	return fast_hash(key->bytes, name ? key->prefix : key->length,
					 name ? KEY_NAME : key->kind);
}

/* The most names, domains, or deciding ids of a row. */
static uint32
most_of_a_kind(const ResolutionRow *row)
{
	uint32 ids = 0;
	uint32 domains = 0;
	uint32 names = 0;

	for (uint32 at = 0; at < row->keys_length; at += key_size(row->keys + at))
	{
		ids += row->keys[at] == KEY_DECIDING_ID;
		domains += row->keys[at] == KEY_DOMAIN;
		names += is_name(row->keys[at]);
	}
	return Max(Max(ids, domains), names);
}

/*
 * Cells are read at random, and waiting for each would take longer than all
 * else that is done with a key.
 */
static void
add_to_cell_later(CellQueue *queue, uint8 *cell, uint32 most)
{
	uint32 i = queue->n++ % PREFETCH_DISTANCE;

	if (queue->cells[i] != NULL)
		add_to_cell(queue->cells[i], queue->most[i]);
	prefetch(cell);
	queue->cells[i] = cell;
	queue->most[i] = most;
}

static void
put_key(Clusters *clusters, KeyPart *part, uint32 number,
		const IdentityKey *key)
{
	PrefixForm form = key->prefix == 0                 ? PREFIX_NONE
					  : key->prefix == key->length     ? PREFIX_ALL
					  : key->prefix == key->length - 3 ? PREFIX_COUNTRY
													   : PREFIX_GIVEN;
	ByteBuffer out;

	make_block_room(clusters->pool, &part->keys,
					VARINT_SIZE + PART_KEY_HEADER + (Size) key->length + 1);
	out = block_end(&part->keys);
	write_varint(&out, number - part->last_row);
	out.data[out.length++] = (char) (key->kind | form << 4);
	out.data[out.length++] = (char) key->length;
	write_bytes(&out, key->bytes, key->length);
	if (form == PREFIX_GIVEN)
		out.data[out.length++] = (char) key->prefix;
	part->keys.last->used = out.length;
	part->last_row = number;
	if (++part->n == PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
}

static void
put_keys(Clusters *clusters, CellQueue *queue, uint32 number,
		 const ResolutionRow *row)
{
	uint32 most = most_of_a_kind(row);

	clusters->most_of_a_row = Max(clusters->most_of_a_row, most);
	for (uint32 at = 0; at < row->keys_length; at += key_size(row->keys + at))
	{
		IdentityKey key = key_at(row->keys + at);
		uint64 hash = key_hash(&key);
		KeyPart *part = &clusters->key_parts[key_part(clusters, hash)];

		add_to_cell_later(queue, key_cell(clusters, hash), most);
		put_key(clusters, part, number, &key);
	}
}

/* Uses the rows up. */
void
part_rows(Clusters *clusters)
{
	ResolutionState *state = clusters->state;
	Block *block = state->rows.first;
	ResolutionRow row = {0};
	uint32 number = 0;
	Survey survey = {0};
	CellQueue queue = {0};

	sort_sources(clusters);
	survey_rows(clusters, &survey);
	cut_sources(clusters, &survey);
	clusters->n_key_parts = 1;
	while (clusters->n_key_parts < MOST_KEY_PARTS &&
		   state->nrows * KEYS_OF_A_RECORD / clusters->n_key_parts >
			   KEYS_OF_A_PART)
		clusters->n_key_parts *= 2;
	clusters->key_parts = allocate_array_in(clusters->scratch,
											clusters->n_key_parts,
											sizeof(KeyPart));
	memset(clusters->key_parts, 0, clusters->n_key_parts * sizeof(KeyPart));
	clusters->cells = allocate_array_in(clusters->scratch,
										clusters->n_key_parts,
										CELLS_OF_A_PART);
	memset(clusters->cells, 0, (Size) clusters->n_key_parts * CELLS_OF_A_PART);
	state->rows.first = state->rows.last = NULL;
	while (block != NULL)
	{
		Block *next = block->next;

		for (const char *at = block->bytes; at < block->bytes + block->used;)
		{
			uint32 source;

			CHECK_FOR_INTERRUPTS();
			read_row(&at, clusters->scratch, &row);
			source = clusters->source_places[row.source];
			put_id(clusters, part_of_id(clusters, &survey, source, &row.id),
				   number, source, &row);
			put_keys(clusters, &queue, number, &row);
			number++;
		}
		leave_block(clusters->pool, block);
		block = next;
	}
	for (uint32 i = 0; i < PREFETCH_DISTANCE; i++)
		if (queue.cells[i] != NULL)
			add_to_cell(queue.cells[i], queue.most[i]);
}
