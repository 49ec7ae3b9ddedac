/*
 * company_set_bitmap.c
 *		Company sets as bitmaps of CRoaring, and back.
 *
 * The work of sets is CRoaring's, which is handed views: its own structures,
 * pointing into the stored sets.
 *
 * What CRoaring makes anew comes from malloc(), which a query does not clean
 * up; so it is turned into a stored set and freed at once, also on an error.
 *
 * IDENTIFICATION
 *		src/overlap/company_set_bitmap.c
 */
#include "postgres.h"

#include "overlap/company_set_private.h"

typedef union Container
{
	array_container_t array;
	bitset_container_t bitset;
	run_container_t run;
} Container;

/*
 * A bitmap to read, in one chunk of the current memory context, that is valid
 * as long as the set is.  The library must neither change nor free it.
 */
roaring_bitmap_t *
view_of_set(const CompanySet *set)
{
	Size n = set->nchunks;
	roaring_bitmap_t *view = palloc(MAXALIGN(sizeof(roaring_bitmap_t)) +
									n * (sizeof(void *) + sizeof(Container) +
										 sizeof(uint16) + sizeof(uint8)));
	void **containers = (void **) ((char *) view +
								   MAXALIGN(sizeof(roaring_bitmap_t)));
	Container *container = (Container *) (containers + n);
	uint16 *keys = (uint16 *) (container + n);
	uint8 *kinds = (uint8 *) (keys + n);
	roaring_array_t *array = &view->high_low_container;

	memset(view, 0, sizeof(*view));
	array->size = n;
	array->allocation_size = n;
	array->containers = containers;
	array->keys = keys;
	array->typecodes = kinds;
	array->flags = ROARING_FLAG_FROZEN;
	for (Size i = 0; i < n; i++, container++)
	{
		Chunk chunk = set_chunk(set, i);

		keys[i] = chunk.key;
		containers[i] = container;
		switch (chunk.kind)
		{
			case CHUNK_ARRAY:
				kinds[i] = ARRAY_CONTAINER_TYPE;
				container->array.cardinality = chunk.cardinality;
				container->array.capacity = chunk.cardinality;
				container->array.array = (uint16_t *) chunk.data;
				break;
			case CHUNK_BITSET:
				kinds[i] = BITSET_CONTAINER_TYPE;
				container->bitset.cardinality = chunk.cardinality;
				container->bitset.BITSET_WORDS_FIELD = (uint64_t *) chunk.data;
				break;
			case CHUNK_RUNS:
				kinds[i] = RUN_CONTAINER_TYPE;
				container->run.n_runs = chunk.runs;
				container->run.capacity = chunk.runs;
				container->run.runs = (rle16_t *) chunk.data;
				break;
		}
	}
	return view;
}

static void
check_bitmap(const roaring_bitmap_t *bitmap)
{
	if (bitmap == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
				 errdetail("Failed while making a company_set.")));
}

/* An empty bitmap of the library's, for the caller to free. */
roaring_bitmap_t *
new_bitmap(void)
{
	roaring_bitmap_t *bitmap = roaring_bitmap_create();

	check_bitmap(bitmap);
	return bitmap;
}

CompanySet *
copy_bitmap(const roaring_bitmap_t *bitmap)
{
	const roaring_array_t *array = &bitmap->high_low_container;
	Chunk *chunks = palloc(Max(array->size, 1) * sizeof(Chunk));
	CompanySet *set;

	for (int i = 0; i < array->size; i++)
	{
		const Container *container = array->containers[i];
		Chunk *chunk = &chunks[i];

		chunk->key = array->keys[i];
		chunk->runs = 0;
		switch (array->typecodes[i])
		{
			case ARRAY_CONTAINER_TYPE:
				chunk->kind = CHUNK_ARRAY;
				chunk->cardinality = container->array.cardinality;
				chunk->data = (const char *) container->array.array;
				break;
			case BITSET_CONTAINER_TYPE:
				chunk->kind = CHUNK_BITSET;
				chunk->cardinality = container->bitset.cardinality;
				chunk->data = (const char *)
								  container->bitset.BITSET_WORDS_FIELD;
				break;
			case RUN_CONTAINER_TYPE:
				chunk->kind = CHUNK_RUNS;
				chunk->runs = container->run.n_runs;
				chunk->data = (const char *) container->run.runs;
				chunk->cardinality = chunk->runs;
				for (int run = 0; run < chunk->runs; run++)
					chunk->cardinality += container->run.runs[run].length;
				break;
			default:
				elog(ERROR, "unexpected kind %d of a container",
					 array->typecodes[i]);
		}
	}
	set = set_of_chunks(chunks, array->size);
	pfree(chunks);
	return set;
}

/* The set of a new bitmap, which is freed, whatever happens. */
CompanySet *
set_of_bitmap(roaring_bitmap_t *bitmap)
{
	CompanySet *volatile set = NULL;

	check_bitmap(bitmap);
	PG_TRY();
	{
		set = copy_bitmap(bitmap);
	}
	PG_FINALLY();
	{
		roaring_bitmap_free(bitmap);
	}
	PG_END_TRY();
	return set;
}
