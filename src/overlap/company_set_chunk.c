/*
 * company_set_chunk.c
 *		The chunks that sets of company ids are made of: reading, writing,
 *		and the portable form of Roaring bitmaps.
 *
 * Everything that becomes a set passes through set_of_chunks(), which gives
 * every chunk its one form; see company_set_private.h.
 *
 * The portable form is specified at
 * https://github.com/RoaringBitmap/RoaringFormatSpec
 *
 * IDENTIFICATION
 *		src/overlap/company_set_chunk.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "overlap/company_set_private.h"

#define COOKIE_WITHOUT_RUNS 12346
#define COOKIE_WITH_RUNS    12347
/* With runs, fewer chunks than that have no offsets. */
#define CHUNKS_WITH_OFFSETS 4
#define RUN_FLAGS_SIZE(n)   (((n) + 7) / 8)

/* An id to put into a set, which has room for those of 32 bits. */
uint32
company_id_argument(int64 id)
{
	if (id < 0 || id > MAX_COMPANY_ID)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("company id " INT64_FORMAT " is out of range", id),
				 errdetail("A company_set holds ids from 0 to %u.",
						   MAX_COMPANY_ID),
				 errhint("Number the companies densely, for example with "
						 "dense_rank().")));
	return (uint32) id;
}

/* ---- reading ---- */

static inline uint16
load16(const char *data, int i)
{
	uint16 value;

	memcpy(&value, data + (Size) i * sizeof(value), sizeof(value));
	return value;
}

static inline uint32
load32(const char *data, int i)
{
	uint32 value;

	memcpy(&value, data + (Size) i * sizeof(value), sizeof(value));
	return value;
}

static inline uint64
load64(const char *data, int i)
{
	uint64 value;

	memcpy(&value, data + (Size) i * sizeof(value), sizeof(value));
	return value;
}

Chunk
set_chunk(const CompanySet *set, int i)
{
	const ChunkEntry *entry = &set->chunks[i];
	const char *data = (const char *) set + (entry->place & ~(uint32) 1);
	Chunk chunk = {.key = entry->key,
				   .cardinality = (int32) entry->last + 1,
				   .data = data};

	if ((entry->place & 1) != 0)
	{
		chunk.kind = CHUNK_RUNS;
		chunk.runs = load16(data, 0);
		chunk.data = data + sizeof(uint16);
	}
	else
		chunk.kind = chunk.cardinality > MAX_ARRAY_IDS ? CHUNK_BITSET
													   : CHUNK_ARRAY;
	return chunk;
}

int64
set_cardinality(const CompanySet *set)
{
	int64 cardinality = set->nchunks;

	for (uint32 i = 0; i < set->nchunks; i++)
		cardinality += set->chunks[i].last;
	return cardinality;
}

/* The last of n ascending values, every step-th, that is not above low. */
static int
last_not_above(const char *data, int n, int step, uint16 low)
{
	int from = 0;

	while (from < n)
	{
		int middle = from + (n - from) / 2;

		if (load16(data, middle * step) <= low)
			from = middle + 1;
		else
			n = middle;
	}
	return from - 1;
}

bool
set_contains(const CompanySet *set, uint32 id)
{
	uint16 low = (uint16) id;
	int at = last_not_above((const char *) set->chunks, set->nchunks,
							sizeof(ChunkEntry) / sizeof(uint16), id >> 16);
	Chunk chunk;

	if (at < 0 || set->chunks[at].key != id >> 16)
		return false;
	chunk = set_chunk(set, at);
	if (chunk.kind == CHUNK_BITSET)
		return (load64(chunk.data, low / 64) >> low % 64 & 1) != 0;
	if (chunk.kind == CHUNK_ARRAY)
	{
		at = last_not_above(chunk.data, chunk.cardinality, 1, low);
		return at >= 0 && load16(chunk.data, at) == low;
	}
	at = last_not_above(chunk.data, chunk.runs, 2, low);
	return at >= 0 &&
		   low - load16(chunk.data, 2 * at) <= load16(chunk.data, 2 * at + 1);
}

RunReader
read_runs(Chunk chunk)
{
	RunReader reader = {.chunk = chunk, .at = 0};

	return reader;
}

/* The next bit from at on that is set, or that is not; CHUNK_IDS for none. */
static int32
next_bit(const char *words, int32 at, bool set)
{
	uint64 word;
	int i = at / 64;

	if (at >= CHUNK_IDS)
		return CHUNK_IDS;
	word = load64(words, i);
	if (!set)
		word = ~word;
	word &= ~UINT64CONST(0) << at % 64;
	while (word == 0)
	{
		if (++i == BITSET_WORDS)
			return CHUNK_IDS;
		word = load64(words, i);
		if (!set)
			word = ~word;
	}
	return i * 64 + pg_rightmost_one_pos64(word);
}

/*
 * The next ids without a gap, from first to last, whole ids.  Runs that touch
 * within the chunk are one.
 */
bool
next_run(RunReader *reader, uint32 *first, uint32 *last)
{
	const Chunk *chunk = &reader->chunk;
	uint32 high = (uint32) chunk->key << 16;

	switch (chunk->kind)
	{
		case CHUNK_ARRAY:
			if (reader->at == chunk->cardinality)
				return false;
			*first = *last = high | load16(chunk->data, reader->at++);
			while (reader->at < chunk->cardinality &&
				   (high | load16(chunk->data, reader->at)) == *last + 1)
			{
				(*last)++;
				reader->at++;
			}
			return true;
		case CHUNK_BITSET:
		{
			int32 from = next_bit(chunk->data, reader->at, true);

			if (from == CHUNK_IDS)
				return false;
			reader->at = next_bit(chunk->data, from, false);
			*first = high | from;
			*last = high | (reader->at - 1);
			return true;
		}
		case CHUNK_RUNS:
			if (reader->at == chunk->runs)
				return false;
			*first = high | load16(chunk->data, 2 * reader->at);
			*last = *first + load16(chunk->data, 2 * reader->at + 1);
			reader->at++;
			return true;
	}
	pg_unreachable();
}

static int32
count_runs(const Chunk *chunk)
{
	int32 runs = 1;

	if (chunk->kind == CHUNK_RUNS)
		return chunk->runs;
	if (chunk->kind == CHUNK_ARRAY)
	{
		for (int i = 1; i < chunk->cardinality; i++)
			runs += load16(chunk->data, i) != load16(chunk->data, i - 1) + 1;
		return runs;
	}
	/* A run starts at a bit whose lower neighbour is not set. */
	runs = 0;
	for (int i = 0; i < BITSET_WORDS; i++)
	{
		uint64 word = load64(chunk->data, i);
		uint64 before = i > 0 ? load64(chunk->data, i - 1) >> 63 : 0;

		runs += pg_popcount64(word & ~(word << 1 | before));
	}
	return runs;
}

/* ---- writing ---- */

static ChunkKind
canonical_kind(int32 cardinality, int32 runs)
{
	Size otherwise = cardinality > MAX_ARRAY_IDS ? BITSET_SIZE
												 : ARRAY_SIZE(cardinality);

	if (RUNS_SIZE(runs) < otherwise)
		return CHUNK_RUNS;
	return cardinality > MAX_ARRAY_IDS ? CHUNK_BITSET : CHUNK_ARRAY;
}

static void
write_bitset(Chunk chunk, uint64 *words)
{
	RunReader reader = read_runs(chunk);
	uint32 first;
	uint32 last;

	if (chunk.kind == CHUNK_BITSET)
	{
		memcpy(words, chunk.data, BITSET_SIZE);
		return;
	}
	memset(words, 0, BITSET_SIZE);
	while (next_run(&reader, &first, &last))
	{
		int from = (uint16) first;
		int until = (uint16) last;

		for (int i = from / 64; i <= until / 64; i++)
		{
			uint64 bits = ~UINT64CONST(0);

			if (i == from / 64)
				bits &= ~UINT64CONST(0) << from % 64;
			if (i == until / 64)
				bits &= ~UINT64CONST(0) >> (63 - until % 64);
			words[i] |= bits;
		}
	}
}

static void
write_array(Chunk chunk, uint16 *ids)
{
	RunReader reader = read_runs(chunk);
	uint32 first;
	uint32 last;

	if (chunk.kind == CHUNK_ARRAY)
	{
		memcpy(ids, chunk.data, ARRAY_SIZE(chunk.cardinality));
		return;
	}
	while (next_run(&reader, &first, &last))
	{
		for (uint32 n = last - first + 1; n > 0; n--)
			*ids++ = (uint16) first++;
	}
}

static void
write_chunk_runs(Chunk chunk, int32 runs, uint16 *to)
{
	RunReader reader = read_runs(chunk);
	uint32 first;
	uint32 last;

	*to++ = runs;
	while (next_run(&reader, &first, &last))
	{
		*to++ = (uint16) first;
		*to++ = last - first;
	}
}

/*
 * The set of chunks in the order of their keys.  Those without ids do not
 * count; runs of one chunk must not touch.
 */
CompanySet *
set_of_chunks(Chunk *chunks, int n)
{
	ChunkKind *kinds = palloc(Max(n, 1) * sizeof(ChunkKind));
	int32 *runs = palloc(Max(n, 1) * sizeof(int32));
	Size bitset_place;
	Size place;
	Size size;
	int nbitsets = 0;
	int used = 0;
	CompanySet *set;

	size = SET_HEADER_SIZE;
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (chunks[i].cardinality == 0)
			continue;
		chunks[used] = chunks[i];
		runs[used] = count_runs(&chunks[i]);
		kinds[used] = canonical_kind(chunks[i].cardinality, runs[used]);
		size += sizeof(ChunkEntry);
		if (kinds[used] == CHUNK_BITSET)
		{
			size += BITSET_SIZE;
			nbitsets++;
		}
		else if (kinds[used] == CHUNK_ARRAY)
			size += ARRAY_SIZE(chunks[used].cardinality);
		else
			size += RUNS_SIZE(runs[used]);
		used++;
	}

	set = palloc(size);
	memset(set, 0, SET_HEADER_SIZE);
	SET_VARSIZE(set, size);
	set->version = COMPANY_SET_VERSION;
	set->nchunks = used;

	bitset_place = SET_HEADER_SIZE + used * sizeof(ChunkEntry);
	place = bitset_place + (Size) nbitsets * BITSET_SIZE;
	for (int i = 0; i < used; i++)
	{
		ChunkEntry *entry = &set->chunks[i];
		Chunk chunk = chunks[i];

		CHECK_FOR_INTERRUPTS();
		Assert(i == 0 || chunk.key > chunks[i - 1].key);
		entry->key = chunk.key;
		entry->last = chunk.cardinality - 1;
		if (kinds[i] == CHUNK_BITSET)
		{
			entry->place = bitset_place;
			write_bitset(chunk, (uint64 *) ((char *) set + bitset_place));
			bitset_place += BITSET_SIZE;
		}
		else if (kinds[i] == CHUNK_ARRAY)
		{
			entry->place = place;
			write_array(chunk, (uint16 *) ((char *) set + place));
			place += ARRAY_SIZE(chunk.cardinality);
		}
		else
		{
			entry->place = place | 1;
			write_chunk_runs(chunk, runs[i],
							 (uint16 *) ((char *) set + place));
			place += RUNS_SIZE(runs[i]);
		}
	}
	Assert(place == size);
	pfree(kinds);
	pfree(runs);
	return set;
}

/* The set of n ascending ids, each once. */
CompanySet *
set_of_ids(const uint32 *ids, Size n)
{
	Chunk *chunks;
	uint16 *lows;
	int nchunks = 0;
	CompanySet *set;

	for (Size i = 0; i < n; i++)
		nchunks += i == 0 || ids[i] >> 16 != ids[i - 1] >> 16;
	chunks = palloc(Max(nchunks, 1) * sizeof(Chunk));
	lows = MemoryContextAllocHuge(CurrentMemoryContext,
								  Max(n, 1) * sizeof(uint16));
	nchunks = 0;
	for (Size i = 0; i < n; i++)
	{
		lows[i] = (uint16) ids[i];
		if (i == 0 || ids[i] >> 16 != ids[i - 1] >> 16)
		{
			Chunk chunk = {.key = ids[i] >> 16,
						   .kind = CHUNK_ARRAY,
						   .data = (const char *) &lows[i]};

			chunks[nchunks++] = chunk;
		}
		chunks[nchunks - 1].cardinality++;
	}
	set = set_of_chunks(chunks, nchunks);
	pfree(chunks);
	pfree(lows);
	return set;
}

/* ---- the portable form ---- */

static bool
has_runs(const CompanySet *set)
{
	for (uint32 i = 0; i < set->nchunks; i++)
	{
		if ((set->chunks[i].place & 1) != 0)
			return true;
	}
	return false;
}

static Size
data_size(const Chunk *chunk)
{
	if (chunk->kind == CHUNK_RUNS)
		return RUNS_SIZE(chunk->runs);
	return chunk->kind == CHUNK_BITSET ? BITSET_SIZE
									   : ARRAY_SIZE(chunk->cardinality);
}

/* All in front of the data of the chunks */
static Size
portable_header_size(Size n, bool runs)
{
	Size size = runs ? sizeof(uint32) + RUN_FLAGS_SIZE(n) : 2 * sizeof(uint32);

	size += n * 2 * sizeof(uint16);
	if (!runs || n >= CHUNKS_WITH_OFFSETS)
		size += n * sizeof(uint32);
	return size;
}

Size
portable_size(const CompanySet *set)
{
	Size size = portable_header_size(set->nchunks, has_runs(set));

	for (uint32 i = 0; i < set->nchunks; i++)
	{
		Chunk chunk = set_chunk(set, i);

		size += data_size(&chunk);
	}
	return size;
}

static char *
put(char *to, const void *bytes, Size size)
{
	memcpy(to, bytes, size);
	return to + size;
}

/* Writes portable_size() bytes. */
void
write_portable(const CompanySet *set, char *to)
{
	uint32 n = set->nchunks;
	bool runs = has_runs(set);
	uint32 words[2] = {COOKIE_WITHOUT_RUNS, n};
	uint32 offset = portable_header_size(n, runs);

	if (runs)
	{
		words[0] = COOKIE_WITH_RUNS | (n - 1) << 16;
		to = put(to, words, sizeof(uint32));
		memset(to, 0, RUN_FLAGS_SIZE(n));
		for (uint32 i = 0; i < n; i++)
			to[i / 8] |= (set->chunks[i].place & 1) << i % 8;
		to += RUN_FLAGS_SIZE(n);
	}
	else
		to = put(to, words, sizeof(words));
	for (uint32 i = 0; i < n; i++)
	{
		to = put(to, &set->chunks[i].key, sizeof(uint16));
		to = put(to, &set->chunks[i].last, sizeof(uint16));
	}
	for (uint32 i = 0; i < n && (!runs || n >= CHUNKS_WITH_OFFSETS); i++)
	{
		Chunk chunk = set_chunk(set, i);

		to = put(to, &offset, sizeof(offset));
		offset += data_size(&chunk);
	}
	for (uint32 i = 0; i < n; i++)
	{
		Chunk chunk = set_chunk(set, i);

		CHECK_FOR_INTERRUPTS();
		to = put(to, (const char *) set + (set->chunks[i].place & ~(uint32) 1),
				 data_size(&chunk));
	}
}

/* What is wrong with the ids of a chunk that claims to have a cardinality. */
static const char *
problem_of_chunk(const Chunk *chunk)
{
	int32 cardinality = 0;

	switch (chunk->kind)
	{
		case CHUNK_ARRAY:
			for (int i = 1; i < chunk->cardinality; i++)
			{
				if (load16(chunk->data, i) <= load16(chunk->data, i - 1))
					return "Its ids are not in order.";
			}
			return NULL;
		case CHUNK_BITSET:
			for (int i = 0; i < BITSET_WORDS; i++)
				cardinality += pg_popcount64(load64(chunk->data, i));
			break;
		case CHUNK_RUNS:
			for (int i = 0, after = -1; i < chunk->runs; i++)
			{
				int32 first = load16(chunk->data, 2 * i);
				int32 more = load16(chunk->data, 2 * i + 1);

				if (first <= after || first + more >= CHUNK_IDS)
					return "Its runs overlap, touch, or are not in order.";
				after = first + more + 1;
				cardinality += more + 1;
			}
			break;
	}
	return cardinality == chunk->cardinality
			   ? NULL
			   : "A chunk has not as many ids as it says.";
}

/*
 * Reads length bytes that may be anything.  Returns what is wrong with them,
 * or NULL, and then *set.  The chunks may be of any kind, as other programs
 * write them.
 */
const char *
read_portable(const char *bytes, Size length, CompanySet **set)
{
	static const char *const too_short = "It is too short for its contents.";
	uint32 cookie;
	uint32 n;
	bool runs;
	Size at;
	const char *flags = bytes + sizeof(uint32);
	const char *keys;
	const char *offsets;
	Chunk *chunks;

	if (length < 2 * sizeof(uint32))
		return too_short;
	cookie = load32(bytes, 0);
	runs = (cookie & 0xFFFF) == COOKIE_WITH_RUNS;
	if (!runs && cookie != COOKIE_WITHOUT_RUNS)
		return "It does not start as a Roaring bitmap does.";
	n = runs ? (cookie >> 16) + 1 : load32(bytes, 1);
	if (n > MAX_CHUNKS)
		return "It has too many chunks.";
	at = portable_header_size(n, runs);
	if (length < at)
		return too_short;
	keys = runs ? flags + RUN_FLAGS_SIZE(n) : flags + sizeof(uint32);
	offsets = !runs || n >= CHUNKS_WITH_OFFSETS ? keys + n * 2 * sizeof(uint16)
												: NULL;

	chunks = palloc(Max(n, 1) * sizeof(Chunk));
	for (uint32 i = 0; i < n; i++)
	{
		Chunk *chunk = &chunks[i];
		const char *problem;

		CHECK_FOR_INTERRUPTS();
		chunk->key = load16(keys, 2 * i);
		chunk->cardinality = (int32) load16(keys, 2 * i + 1) + 1;
		chunk->runs = 0;
		if (i > 0 && chunk->key <= chunk[-1].key)
			return "Its chunks are not in order.";
		if (offsets != NULL && load32(offsets, i) != at)
			return "A chunk is not where it should be.";
		if (runs && (flags[i / 8] >> i % 8 & 1) != 0)
		{
			chunk->kind = CHUNK_RUNS;
			if (length - at < sizeof(uint16))
				return too_short;
			chunk->runs = load16(bytes + at, 0);
			chunk->data = bytes + at + sizeof(uint16);
		}
		else
		{
			chunk->kind = chunk->cardinality > MAX_ARRAY_IDS ? CHUNK_BITSET
															 : CHUNK_ARRAY;
			chunk->data = bytes + at;
		}
		if (length - at < data_size(chunk))
			return too_short;
		problem = problem_of_chunk(chunk);
		if (problem != NULL)
			return problem;
		at += data_size(chunk);
	}
	if (at != length)
		return "There is something behind its end.";
	*set = set_of_chunks(chunks, n);
	pfree(chunks);
	return NULL;
}
