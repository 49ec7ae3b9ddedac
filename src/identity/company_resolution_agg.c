/*
 * company_resolution_agg.c
 *		Collects the records that are to be resolved.
 *
 * Nothing is decided before all records are there, since the order of records
 * and keys decides, not the order of rows.  So a row costs little more than
 * the copying of its bytes, into blocks that are never moved.
 *
 * That is also why there is no combine function: parallel workers could only
 * do this copying, which with the scan is a quarter of all work, and would then
 * have to hand all of it over.  It was tried, with blocks handed over as they
 * are and not read again before the end: of six million records the leader
 * took with two workers as much processor time as one process alone, for what
 * it scanned less it had to receive, and the workers' time and memory came on
 * top.  Besides, what a worker hands over may have no more than a gigabyte, 16
 * million records.  Scans and identify() below the aggregate do run in workers.
 * The state is internal, for it may pass that gigabyte.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_agg.c
 */
#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/builtins.h"

#include "base/rows_disagree.h"
#include "identity/company_resolution_private.h"

PG_FUNCTION_INFO_V1(company_resolution_accum);
PG_FUNCTION_INFO_V1(company_resolution_final);

/* ---- the state ---- */

static ResolutionState *
make_state(MemoryContext context, uint32 hub_limit)
{
	ResolutionState *state = MemoryContextAllocZero(context,
													sizeof(ResolutionState));

	state->context = context;
	state->pool.context = context;
	state->hub_limit = hub_limit;
	begin_id_table(&state->sources, context);
	return state;
}

static void
add_row(ResolutionState *state, uint32 source, uint32 known, const uint8 *id,
		uint32 id_length, const uint8 *keys, uint32 keys_length)
{
	ByteBuffer out;

	if (make_block_room(&state->pool, &state->rows,
						ROW_NUMBERS_SIZE + FRONT_ID_SIZE + (Size) id_length +
							(Size) keys_length))
		state->last_id.length = 0;
	out = block_end(&state->rows);
	write_varint(&out, source);
	write_varint(&out, known);
	write_varint(&out, keys_length);
	write_front_id(&out, state->context, &state->last_id, id, id_length);
	if (keys_length > 0)
		write_bytes(&out, (const char *) keys, keys_length);
	state->rows.last->used = out.length;
	state->nrows++;
}

/*
 * The keys that can match, and the other names, by which hubs are known.  They
 * are the first of an identity.
 */
static const uint8 *
resolved_keys(const struct varlena *identity, uint32 *length)
{
	IdentityReader reader = read_identity(identity);
	const uint8 *start = reader.at;

	if ((reader.kinds & KEY_BIT(KEY_ALIAS)) == 0)
		*length = reader.end - start;
	else
	{
		const uint8 *end = start;
		IdentityKey key;

		while (next_key(&reader, &key) && key.kind < KEY_ALIAS)
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
	StatedRange range = {CurrentMemoryContext};

	if (one == other)
		return;
	note_stated(&range, int64_to_numeric(one), NULL);
	note_stated(&range, int64_to_numeric(other), NULL);
	rows_disagree(&range, &(Disagreement){ERRCODE_INVALID_PARAMETER_VALUE,
										  "one resolution", "the hub limit"});
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
	uint32 hub_limit;
	uint32 known;

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
	if (!PG_ARGISNULL(3))
	{
		identity = PG_GETARG_COMPANY_IDENTITY(3);
		keys = resolved_keys(identity, &keys_length);
	}
	add_row(state,
			id_number(&state->sources, VARDATA_ANY(source),
					  VARSIZE_ANY_EXHDR(source)),
			known, (const uint8 *) VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id),
			keys, keys_length);
	PG_FREE_IF_COPY(source, 1);
	PG_FREE_IF_COPY(id, 2);
	if (identity != NULL)
		PG_FREE_IF_COPY(identity, 3);
	PG_RETURN_POINTER(state);
}

/* Whether a group's result may be asked for again: a table of groups is kept. */
static bool
may_ask_again(FunctionCallInfo fcinfo)
{
	const AggState *node = (const AggState *) fcinfo->context;

	return IsA(node, AggState) &&
		   (node->aggstrategy == AGG_HASHED || node->aggstrategy == AGG_MIXED);
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
	MemoryContext caller = CurrentMemoryContext;
	ResolutionState *state;
	Resolution *resolution;
	bool keeps;
	Datum answer;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "company_resolution_final called outside an aggregate");
	state = PG_ARGISNULL(0) ? make_state(context, DEFAULT_HUB_LIMIT)
							: (ResolutionState *) PG_GETARG_POINTER(0);
	if (state->answer != (Datum) 0)
		PG_RETURN_DATUM(state->answer);
	keeps = !PG_ARGISNULL(0) && may_ask_again(fcinfo);
	result_context = AllocSetContextCreate(context, "company_resolution",
										   ALLOCSET_SMALL_SIZES);
	resolution = resolve_companies(state, result_context);
	if (keeps)
		MemoryContextSwitchTo(context);
	answer = resolution_datum(resolution, result_context);
	MemoryContextSwitchTo(caller);
	if (keeps)
		state->answer = answer;
	PG_RETURN_DATUM(answer);
}
