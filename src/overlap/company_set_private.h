/*
 * company_set_private.h
 *		Compressed sets of company ids: how they are stored and handed on.
 *
 * Ids are grouped by their high 16 bits into chunks, as in Roaring bitmaps,
 * and each chunk is stored in the smallest of three ways.  What is stored is
 * not the portable form of Roaring, which send, receive and the casts from and
 * to bytea speak, but has the same contents laid out so that CRoaring can work
 * on them where they are, aligned and without a copy: see view_of_set().
 *
 *		header		version, number of chunks
 *		directory	for each chunk its key, cardinality and place, by key
 *		bitsets		those of all chunks that are bitsets, 8-byte aligned
 *		the rest	runs and arrays, by key, 2-byte aligned
 *
 * A set has one such form: empty chunks do not exist, a chunk is runs where
 * runs are smaller than what it would be otherwise, and otherwise it is an
 * array up to 4096 ids and a bitset beyond.  So equal sets are equal bytes,
 * whichever way and with whichever version of the library they were made.
 *
 * IDENTIFICATION
 *		src/overlap/company_set_private.h
 */
#ifndef ECOSYSTEM_COMPANY_SET_PRIVATE_H
#define ECOSYSTEM_COMPANY_SET_PRIVATE_H

#include "base/compat.h"
#include "overlap/roaring_compat.h"
#include "base/value.h"

#ifdef WORDS_BIGENDIAN
#error "ecosystem needs a little-endian platform"
#endif

#define COMPANY_SET_VERSION 1

static const ValueType company_set_type = {"company_set", COMPANY_SET_VERSION};

#define MAX_COMPANY_ID  PG_UINT32_MAX
#define CHUNK_IDS       65536
#define MAX_CHUNKS      65536
#define MAX_ARRAY_IDS   4096
#define BITSET_WORDS    (CHUNK_IDS / 64)
#define BITSET_SIZE     (CHUNK_IDS / 8)
#define ARRAY_SIZE(ids) ((Size) (ids) * sizeof(uint16))
/* How many there are, and of each its first id and how many follow */
#define RUNS_SIZE(runs) ((Size) (1 + 2 * (runs)) * sizeof(uint16))

typedef enum ChunkKind
{
	CHUNK_ARRAY,
	CHUNK_BITSET,
	CHUNK_RUNS
} ChunkKind;

/*
 * The ids of one chunk, to read.  The data of a chunk of a set are aligned to
 * 8 (bitset) or 2 bytes, those of a chunk from elsewhere not at all.
 */
typedef struct Chunk
{
	uint16 key; /* the high bits */
	ChunkKind kind;
	int32 cardinality; /* 1 to 65536 */
	int32 runs;        /* how many runs data has; only for CHUNK_RUNS */
	const char *data;  /* the low bits: array, words, or runs */
} Chunk;

typedef struct ChunkEntry
{
	uint16 key;
	uint16 last;  /* cardinality - 1 */
	uint32 place; /* from the set's start; the lowest bit: are they runs? */
} ChunkEntry;

typedef struct CompanySet
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 unsettled; /* the state of an aggregate, and no value: SetState */
	uint16 unused;
	uint32 nchunks;
	uint32 unused_too;
	ChunkEntry chunks[FLEXIBLE_ARRAY_MEMBER];
} CompanySet;

#define SET_HEADER_SIZE            offsetof(CompanySet, chunks)
#define PG_RETURN_COMPANY_SET(set) PG_RETURN_POINTER(set)

/* Walks through the ids of a chunk, a run at a time. */
typedef struct RunReader
{
	Chunk chunk;
	int32 at;
} RunReader;

/* company_set_chunk.c */
extern uint32 company_id_argument(int64 id);
extern Chunk set_chunk(const CompanySet *set, int i);
extern int64 set_cardinality(const CompanySet *set);
extern bool set_contains(const CompanySet *set, uint32 id);
extern RunReader read_runs(Chunk chunk);
extern bool next_run(RunReader *reader, uint32 *first, uint32 *last);
extern CompanySet *set_of_chunks(Chunk *chunks, int n);
extern CompanySet *set_of_ids(const uint32 *ids, Size n);
extern Size portable_size(const CompanySet *set);
extern void write_portable(const CompanySet *set, char *to);
extern const char *read_portable(const char *bytes, Size length,
								 CompanySet **set);

/* company_set_bitmap.c */
extern roaring_bitmap_t *view_of_set(const CompanySet *set);
extern roaring_bitmap_t *new_bitmap(void);
extern CompanySet *copy_bitmap(const roaring_bitmap_t *bitmap);
extern CompanySet *set_of_bitmap(roaring_bitmap_t *bitmap);

/* company_set_agg.c */
extern Size sort_ids(uint32 *ids, uint32 *scratch, Size n);
extern const CompanySet *plain_set(struct varlena *datum);

/* company_set_algebra.c */
extern const CompanySet *set_argument(FunctionCallInfo fcinfo, int argno);

#endif /* ECOSYSTEM_COMPANY_SET_PRIVATE_H */
