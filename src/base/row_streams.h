/*
 * row_streams.h
 *		Rows of an aggregate's state, in streams by a hash.
 *
 * Where rows are many, what they are grouped by is found fastest later: a row
 * is copied to the end of one of many streams, which is in the cache, and the
 * streams are gone through one after the other, each with a table that is in
 * the cache, too.  Streams are in the order of the first bits of the hash.
 *
 * What a row is is the caller's business, but for its size and its hash.
 *
 * IDENTIFICATION
 *		src/base/row_streams.h
 */
#ifndef ECOSYSTEM_ROW_STREAMS_H
#define ECOSYSTEM_ROW_STREAMS_H

#include "postgres.h"

#include "storage/buffile.h"

typedef struct StreamChunk
{
	struct StreamChunk *next;
	char *end; /* of its rows; the last chunk's is the stream's */
	char rows[FLEXIBLE_ARRAY_MEMBER];
} StreamChunk;

typedef struct RowStream
{
	char *at; /* where the next row goes */
	char *end;
	StreamChunk *first;
	StreamChunk *last;
	uint64 nrows;
} RowStream;

typedef struct StreamRow
{
	uint64 hash;
	Size size;
} StreamRow;

typedef struct RowStreams
{
	MemoryContext context;
	StreamRow (*look)(const char *row);
	int bits; /* of the hash that name a stream; 0: there is one */
	Size size;
	RowStream *streams;
	RowStream only;
} RowStreams;

/* A place in a stream, to read from its first row */
typedef struct StreamPlace
{
	const StreamChunk *chunk;
	const char *at;
} StreamPlace;

extern void begin_row_streams(RowStreams *streams, MemoryContext context,
							  StreamRow (*look)(const char *row));
extern RowStream *stream_with_room(RowStreams *streams, uint64 hash,
								   Size size);
extern RowStream detach_stream(RowStreams *streams, int number);
extern void free_rows(RowStream *stream);

/* What one process writes another adds to its own. */
extern void write_row_streams(const RowStreams *streams, BufFile *file);
extern void add_row_streams(RowStreams *streams, BufFile *file,
							void (*change)(char *row, void *context),
							void *context);

static inline int
stream_count(const RowStreams *streams)
{
	return 1 << streams->bits;
}

static inline RowStream *
stream_of_hash(const RowStreams *streams, uint64 hash)
{
	return &streams->streams[hash >> 1 >> (63 - streams->bits)];
}

/* Where a row of that size is to be written. */
static inline char *
add_stream_row(RowStreams *streams, uint64 hash, Size size)
{
	RowStream *stream = stream_of_hash(streams, hash);
	char *place;

	if (unlikely((Size) (stream->end - stream->at) < size))
		stream = stream_with_room(streams, hash, size);
	place = stream->at;
	stream->at += size;
	stream->nrows++;
	return place;
}

static inline StreamPlace
start_of_stream(const RowStream *stream)
{
	return (StreamPlace){stream->first,
						 stream->first == NULL ? NULL : stream->first->rows};
}

/* The row that comes next, NULL at the end; add its size to the place. */
static inline const char *
row_at(const RowStream *stream, StreamPlace *place)
{
	while (place->chunk != NULL)
	{
		const char *end = place->chunk->next == NULL ? stream->at
													 : place->chunk->end;

		if (place->at < end)
			return place->at;
		place->chunk = place->chunk->next;
		if (place->chunk != NULL)
			place->at = place->chunk->rows;
	}
	return NULL;
}

#endif /* ECOSYSTEM_ROW_STREAMS_H */
