/*
 * row_streams.c
 *		Rows of an aggregate's state, in streams by a hash.
 *
 * IDENTIFICATION
 *		src/base/row_streams.c
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/row_streams.h"

/* Streams of rows, once these are more than fit a cache together */
#define STREAM_BITS      8
#define ONLY_STREAM_SIZE (256 * 1024)
#define FIRST_CHUNK_SIZE 256
#define LAST_CHUNK_SIZE  (64 * 1024)

void
begin_row_streams(RowStreams *streams, MemoryContext context,
				  StreamRow (*look)(const char *row))
{
	memset(streams, 0, sizeof(RowStreams));
	streams->context = context;
	streams->look = look;
	streams->streams = &streams->only;
}

static void
free_chunks(StreamChunk *chunk)
{
	while (chunk != NULL)
	{
		StreamChunk *next = chunk->next;

		pfree(chunk);
		chunk = next;
	}
}

/* Empties a stream, whose rows go on to be there until free_rows(). */
RowStream
detach_stream(RowStreams *streams, int number)
{
	RowStream stream = streams->streams[number];

	for (StreamChunk *chunk = stream.first; chunk; chunk = chunk->next)
		streams->size -= (chunk->next == NULL ? stream.end : chunk->end) -
						 (char *) chunk;
	memset(&streams->streams[number], 0, sizeof(RowStream));
	return stream;
}

void
free_rows(RowStream *stream)
{
	free_chunks(stream->first);
	memset(stream, 0, sizeof(RowStream));
}

/* Spreads the rows, so far in one stream, over as many as there will be. */
static void
divide_rows(RowStreams *streams)
{
	RowStream whole = detach_stream(streams, 0);
	StreamPlace place = start_of_stream(&whole);
	const char *row;

	streams->streams = MemoryContextAllocZero(streams->context,
											  sizeof(RowStream)
												  << STREAM_BITS);
	streams->bits = STREAM_BITS;
	while ((row = row_at(&whole, &place)) != NULL)
	{
		StreamRow seen = streams->look(row);

		memcpy(add_stream_row(streams, seen.hash, seen.size), row, seen.size);
		place.at += seen.size;
	}
	free_rows(&whole);
}

/* Makes a chunk the last of a stream. */
static StreamChunk *
add_chunk(RowStreams *streams, RowStream *stream, Size size)
{
	StreamChunk *chunk = MemoryContextAllocHuge(streams->context, size);

	chunk->next = NULL;
	if (stream->last != NULL)
	{
		streams->size -= stream->end - stream->at;
		stream->last->end = stream->at;
		stream->last->next = chunk;
	}
	else
		stream->first = chunk;
	stream->last = chunk;
	stream->at = chunk->rows;
	stream->end = (char *) chunk + size;
	streams->size += size;
	return chunk;
}

/* The stream for a row, with a chunk for it to go to */
RowStream *
stream_with_room(RowStreams *streams, uint64 hash, Size size)
{
	RowStream *stream;
	Size chunk_size;

	CHECK_FOR_INTERRUPTS();
	if (streams->bits == 0 && streams->size > ONLY_STREAM_SIZE)
		divide_rows(streams);
	stream = stream_of_hash(streams, hash);
	if ((Size) (stream->end - stream->at) >= size)
		return stream;
	chunk_size = streams->size / stream_count(streams);
	/* Not all of the last chunks is used: of many a part had better be. */
	if (streams->bits > 0)
		chunk_size /= 4;
	chunk_size = Min(Max(chunk_size, FIRST_CHUNK_SIZE), LAST_CHUNK_SIZE);
	/* What is not a power of two takes as much as the next. */
	chunk_size = (Size) 1 << pg_leftmost_one_pos64(chunk_size);
	add_chunk(streams, stream,
			  Max(chunk_size, offsetof(StreamChunk, rows) + size));
	return stream;
}

/* ---- from process to process ---- */

/* What a stream begins with in a file */
typedef struct WrittenStream
{
	uint64 nrows;
	uint64 bytes;
} WrittenStream;

static Size
bytes_of_chunk(const RowStream *stream, const StreamChunk *chunk)
{
	return (chunk->next == NULL ? stream->at : chunk->end) - chunk->rows;
}

void
write_row_streams(const RowStreams *streams, BufFile *file)
{
	BufFileWrite(file, (void *) &streams->bits, sizeof(streams->bits));
	for (int i = 0; i < stream_count(streams); i++)
	{
		const RowStream *stream = &streams->streams[i];
		WrittenStream written = {stream->nrows, 0};

		CHECK_FOR_INTERRUPTS();
		for (StreamChunk *chunk = stream->first; chunk; chunk = chunk->next)
			written.bytes += bytes_of_chunk(stream, chunk);
		BufFileWrite(file, &written, sizeof(written));
		for (StreamChunk *chunk = stream->first; chunk; chunk = chunk->next)
			BufFileWrite(file, chunk->rows, bytes_of_chunk(stream, chunk));
	}
}

/* Reads a stream to the end of another, whose rows may be of any hash. */
static void
add_stream(RowStreams *streams, RowStream *stream, BufFile *file,
		   void (*change)(char *row, void *context), void *context)
{
	WrittenStream written;
	StreamChunk *chunk;

	CHECK_FOR_INTERRUPTS();
	read_temporary(file, &written, sizeof(written), false);
	if (written.nrows == 0)
		return;
	chunk = add_chunk(streams, stream,
					  offsetof(StreamChunk, rows) + written.bytes);
	read_temporary(file, chunk->rows, written.bytes, false);
	for (uint64 i = 0; i < written.nrows; i++)
	{
		check_for_interrupts_at(i);
		change(stream->at, context);
		stream->at += streams->look(stream->at).size;
	}
	stream->nrows += written.nrows;
}

/* Adds what was written, each row changed to what it is among ours. */
void
add_row_streams(RowStreams *streams, BufFile *file,
				void (*change)(char *row, void *context), void *context)
{
	int bits;

	read_temporary(file, &bits, sizeof(bits), false);
	if (bits > streams->bits)
		divide_rows(streams);
	if (bits == streams->bits)
	{
		for (int i = 0; i < stream_count(streams); i++)
			add_stream(streams, &streams->streams[i], file, change, context);
	}
	else
	{
		/* A few rows, to be spread over our streams */
		RowStreams few;
		StreamPlace place;
		const char *row;

		begin_row_streams(&few, streams->context, streams->look);
		add_stream(&few, &few.only, file, change, context);
		place = start_of_stream(&few.only);
		while ((row = row_at(&few.only, &place)) != NULL)
		{
			StreamRow seen = streams->look(row);

			memcpy(add_stream_row(streams, seen.hash, seen.size), row,
				   seen.size);
			place.at += seen.size;
		}
		free_rows(&few.only);
	}
}
