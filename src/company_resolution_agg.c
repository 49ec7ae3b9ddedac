/*
 * company_resolution_agg.c
 *		Collects the records that are to be resolved.
 *
 * Nothing is decided before all records are there, since the order of records
 * and keys decides, not the order of rows.  So a row costs little more than
 * the copying of its bytes, into blocks that are never moved.
 *
 * That is also why there is no combine function: parallel workers could only
 * do this copying, and would then have to hand all of it over, which took half
 * as long again as one process takes for everything, and as a value may have
 * no more than a gigabyte.  Scans and identify() below the aggregate do run in
 * workers.  The state is internal, for it may pass that gigabyte.
 *
 * IDENTIFICATION
 *		src/company_resolution_agg.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "company_resolution.h"

PG_FUNCTION_INFO_V1(company_resolution_accum);
PG_FUNCTION_INFO_V1(company_resolution_final);

/* Blocks grow from the first size to the last, so that small groups are small.
 */
#define FIRST_BLOCK_SIZE ((Size) 4096)
#define LAST_BLOCK_SIZE  ((Size) 64 * 1024 * 1024)

/* ---- memory, hashes, texts ---- */

/* Room for n elements, which may be more than a gigabyte. */
void *
allocate_huge(MemoryContext context, uint64 n, Size size)
{
	if (n > MaxAllocHugeSize / size)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	return MemoryContextAllocHuge(context, Max(n, 1) * size);
}

/* Of no meaning beyond this process: nothing that lasts depends on it. */
uint64
hash_bytes_of(const char *bytes, Size length, uint64 seed)
{
	uint64 hash = (seed ^ length) * UINT64CONST(0x9E3779B97F4A7C15);

	while (length >= 8)
	{
		uint64 word;

		memcpy(&word, bytes, 8);
		hash = (hash ^ word) * UINT64CONST(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
		bytes += 8;
		length -= 8;
	}
	if (length > 0)
	{
		uint64 word = 0;

		memcpy(&word, bytes, length);
		hash = (hash ^ word) * UINT64CONST(0xD6E8FEB86659FD93);
	}
	hash ^= hash >> 29;
	hash *= UINT64CONST(0xBF58476D1CE4E5B9);
	hash ^= hash >> 32;
	hash *= UINT64CONST(0x94D049BB133111EB);
	return hash ^ (hash >> 29);
}

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
						errmsg("too many sources to resolve")));
	texts = allocate_huge(table->context, room, sizeof(struct TableText));
	if (table->nslots > 0)
	{
		memcpy(texts, table->texts, table->ntexts * sizeof(struct TableText));
		pfree(table->texts);
		pfree(table->slots);
	}
	table->texts = texts;
	table->room = room;
	table->nslots = nslots;
	table->slots = allocate_huge(table->context, nslots, sizeof(uint32));
	memset(table->slots, 0, nslots * sizeof(uint32));
	for (uint32 i = 0; i < table->ntexts; i++)
	{
		uint32 slot = texts[i].hash & (nslots - 1);

		while (table->slots[slot] != 0)
			slot = (slot + 1) & (nslots - 1);
		table->slots[slot] = i + 1;
	}
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
	hash = hash_bytes_of(bytes, length, 0);
	slot = hash & (table->nslots - 1);
	for (; table->slots[slot] != 0; slot = (slot + 1) & (table->nslots - 1))
	{
		uint32 number = table->slots[slot] - 1;

		if (table->texts[number].hash == hash &&
			is_text(&table->texts[number], bytes, length))
			return table->last = number;
	}
	copy = MemoryContextAlloc(table->context, Max(length, 1));
	memcpy(copy, bytes, length);
	table->texts[table->ntexts].hash = hash;
	table->texts[table->ntexts].length = length;
	table->texts[table->ntexts].bytes = copy;
	table->slots[slot] = ++table->ntexts;
	return table->last = table->ntexts - 1;
}

/* ---- the state ---- */

static ResolutionState *
make_state(MemoryContext context, uint32 hub_limit)
{
	ResolutionState *state = MemoryContextAllocZero(context,
													sizeof(ResolutionState));

	state->context = context;
	state->hub_limit = hub_limit;
	begin_text_table(&state->sources, context);
	return state;
}

static ResolutionRow *
add_row(ResolutionState *state, uint32 id_length, uint32 keys_length)
{
	Size size = ROW_SIZE(id_length, keys_length);
	RowBlock *block = state->last;
	ResolutionRow *row;

	if (block == NULL || block->size - block->used < size)
	{
		Size room = block == NULL ? FIRST_BLOCK_SIZE
								  : Min(block->size * 2, LAST_BLOCK_SIZE);

		room = Max(room, size);
		block = MemoryContextAllocHuge(state->context,
									   offsetof(RowBlock, rows) + room);
		block->next = NULL;
		block->size = room;
		block->used = 0;
		if (state->last == NULL)
			state->first = block;
		else
			state->last->next = block;
		state->last = block;
	}
	row = (ResolutionRow *) (block->rows + block->used);
	block->used += size;
	state->nrows++;
	row->id_length = id_length;
	row->keys_length = keys_length;
	return row;
}

/* The keys that can match, which are the first of an identity. */
static const uint8 *
matching_keys(const struct varlena *identity, uint32 *length)
{
	IdentityReader reader = read_identity(identity);
	const uint8 *start = reader.at;

	if ((reader.kinds & ~MATCHING_KINDS) == 0)
		*length = reader.end - start;
	else
	{
		const uint8 *end = start;
		IdentityKey key;

		while (next_key(&reader, &key) && key.kind <= KEY_NAME)
			end = reader.at;
		*length = end - start;
	}
	return start;
}

static uint32
hub_limit_argument(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() <= 5 || PG_ARGISNULL(5))
		return DEFAULT_HUB_LIMIT;
	if (PG_GETARG_INT32(5) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("hub limit must be at least 1"),
						errdetail("It is %d.", PG_GETARG_INT32(5))));
	return PG_GETARG_INT32(5);
}

static void
check_hub_limits(uint32 one, uint32 other)
{
	if (one != other)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of one resolution disagree on the hub limit"),
				 errdetail("One row has %u, another has %u.", Min(one, other),
						   Max(one, other))));
}

static uint32
known_company_argument(FunctionCallInfo fcinfo)
{
	int64 known;

	if (PG_NARGS() <= 4 || PG_ARGISNULL(4))
		return 0;
	known = PG_GETARG_INT64(4);
	if (known < 1 || known > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("known company " INT64_FORMAT " is out of range",
						known),
				 errhint("Company ids are 1 to %u.", PG_UINT32_MAX)));
	return known;
}

/*
 * company_resolution_accum(internal, source text, record_id text, identity
 * company_identity [, known_company bigint [, hub_limit integer]]) -> internal
 */
Datum
company_resolution_accum(PG_FUNCTION_ARGS)
{
	ResolutionState *state;
	MemoryContext context;
	text *source;
	text *id;
	struct varlena *identity = NULL;
	const uint8 *keys = NULL;
	uint32 keys_length = 0;
	uint32 id_length;
	uint32 hub_limit;
	uint32 known;
	ResolutionRow *row;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "company_resolution_accum called outside an aggregate");
	hub_limit = hub_limit_argument(fcinfo);
	known = known_company_argument(fcinfo);
	if (PG_ARGISNULL(0))
		state = make_state(context, hub_limit);
	else
	{
		state = (ResolutionState *) PG_GETARG_POINTER(0);
		check_hub_limits(state->hub_limit, hub_limit);
	}
	state->highest_known = Max(state->highest_known, known);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		/* no record: an id that must not be given again */
		if (PG_ARGISNULL(1) && PG_ARGISNULL(2) && PG_ARGISNULL(3) && known > 0)
			PG_RETURN_POINTER(state);
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a record is null",
						PG_ARGISNULL(1) ? "source" : "record_id"),
				 errhint("Every record is named by its source and its id "
						 "there. Leave out rows without them by FILTER or "
						 "WHERE, or give them one by coalesce().")));
	}

	source = PG_GETARG_TEXT_PP(1);
	id = PG_GETARG_TEXT_PP(2);
	id_length = VARSIZE_ANY_EXHDR(id);
	if (!PG_ARGISNULL(3))
	{
		identity = PG_GETARG_COMPANY_IDENTITY(3);
		keys = matching_keys(identity, &keys_length);
	}
	row = add_row(state, id_length, keys_length);
	row->source = number_of_text(&state->sources, VARDATA_ANY(source),
								 VARSIZE_ANY_EXHDR(source));
	row->known = known;
	memcpy(row->bytes, VARDATA_ANY(id), id_length);
	if (keys_length > 0)
		memcpy(row->bytes + id_length, keys, keys_length);
	PG_FREE_IF_COPY(source, 1);
	PG_FREE_IF_COPY(id, 2);
	if (identity != NULL)
		PG_FREE_IF_COPY(identity, 3);
	PG_RETURN_POINTER(state);
}

/*
 * company_resolution_final(internal) -> company_resolution
 *
 * It uses the rows up, for twice their memory would be too much.
 */
Datum
company_resolution_final(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext result_context;
	ResolutionState *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "company_resolution_final called outside an aggregate");
	state = PG_ARGISNULL(0) ? make_state(context, DEFAULT_HUB_LIMIT)
							: (ResolutionState *) PG_GETARG_POINTER(0);
	result_context = AllocSetContextCreate(context, "company_resolution",
										   ALLOCSET_SMALL_SIZES);
	PG_RETURN_DATUM(resolution_datum(resolve_companies(state, result_context),
									 result_context));
}
