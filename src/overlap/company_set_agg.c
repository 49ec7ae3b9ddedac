/*
 * company_set_agg.c
 *		Sets of company ids from rows, and from other sets.
 *
 * The state is a company_set, but while the aggregate runs an unsettled one:
 * ids and sets in the order they came, ids from the end of its memory
 * downwards, sets from the front upwards.  So a row costs no more than noting
 * it.  When there is no room left the notes become one set; the memory is kept
 * at four times that set, so that this happens seldom enough to cost a row
 * the same however large the set.  A value is never unsettled: the final
 * function settles, and so does everything that is given a state.
 *
 * IDENTIFICATION
 *		src/overlap/company_set_agg.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "overlap/company_set_private.h"

PG_FUNCTION_INFO_V1(company_set_accum);
PG_FUNCTION_INFO_V1(company_set_combine);
PG_FUNCTION_INFO_V1(company_set_final);

/* An unsettled company_set; its header is told from a value's by unsettled. */
typedef struct SetState
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 unsettled;
	uint16 unused;
	uint32 sets_size; /* of whole sets, each aligned */
	uint32 nids;
	char data[FLEXIBLE_ARRAY_MEMBER];
} SetState;

StaticAssertDecl(offsetof(SetState, data) == SET_HEADER_SIZE,
				 "a state has the header of a set");
StaticAssertDecl(offsetof(SetState, unsettled) ==
					 offsetof(CompanySet, unsettled),
				 "both say whether they are settled");

#define STATE_HEADER_SIZE offsetof(SetState, data)
#define SMALLEST_STATE    128
/* Up to that a full state doubles, however small its set. */
#define SMALL_STATE   8192
#define LARGEST_STATE (MaxAllocSize / MAXIMUM_ALIGNOF * MAXIMUM_ALIGNOF)

/* Below that many ids comparisons sort faster than digits do. */
#define FEW_IDS 256

/* Where the ids end; they begin below. */
#define IDS_END(state) \
	((const uint32 *) ((const char *) (state) + VARSIZE(state)))

static inline Size
room_left(const SetState *state)
{
	return VARSIZE(state) - STATE_HEADER_SIZE - state->sets_size -
		   (Size) state->nids * sizeof(uint32);
}

/* ---- settling ---- */

#define ST_SORT          sort_few_ids
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts by one byte after the other, leaving out those all ids share. */
static void
sort_many_ids(uint32 *ids, uint32 *scratch, Size n)
{
	Size counts[4][256] = {0};
	uint32 *from = ids;
	uint32 *to = scratch;

	for (Size i = 0; i < n; i++)
	{
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int byte = 0; byte < 4; byte++)
			counts[byte][ids[i] >> 8 * byte & 0xFF]++;
	}
	for (int byte = 0; byte < 4; byte++)
	{
		Size *places = counts[byte];
		Size place = 0;
		uint32 *other;

		CHECK_FOR_INTERRUPTS();
		if (places[from[0] >> 8 * byte & 0xFF] == n)
			continue;
		for (int digit = 0; digit < 256; digit++)
		{
			Size count = places[digit];

			places[digit] = place;
			place += count;
		}
		for (Size i = 0; i < n; i++)
		{
			if (i % 65536 == 0)
				CHECK_FOR_INTERRUPTS();
			to[places[from[i] >> 8 * byte & 0xFF]++] = from[i];
		}
		other = from;
		from = to;
		to = other;
	}
	if (from != ids)
		memcpy(ids, from, n * sizeof(uint32));
}

/* Sorts ids and returns how many are left when each is there once. */
Size
sort_ids(uint32 *ids, uint32 *scratch, Size n)
{
	Size kept = 1;
	Size sorted = 1;

	/* Rows often come by id. */
	while (sorted < n && ids[sorted - 1] < ids[sorted])
		sorted++;
	if (sorted >= n)
		return n;
	if (n < FEW_IDS)
		sort_few_ids(ids, n);
	else
		sort_many_ids(ids, scratch, n);
	for (Size i = 1; i < n; i++)
	{
		if (ids[i] != ids[kept - 1])
			ids[kept++] = ids[i];
	}
	return kept;
}

static CompanySet *
set_of_noted_ids(const SetState *state)
{
	Size n = state->nids;
	uint32 *ids = MemoryContextAllocHuge(CurrentMemoryContext,
										 2 * n * sizeof(uint32));
	CompanySet *set;

	for (Size i = 0; i < n; i++)
		ids[i] = IDS_END(state)[-1 - (int64) i];
	set = set_of_ids(ids, sort_ids(ids, ids + n, n));
	pfree(ids);
	return set;
}

/*
 * The union of two, in new memory.  Not of many at once, for which CRoaring
 * turns every chunk that several sets have into a bitset of 8 kB first, however
 * few ids it holds: for scattered ids hundreds of times the size of the sets.
 */
static CompanySet *
union_of(const CompanySet *a, const CompanySet *b)
{
	return set_of_bitmap(roaring_bitmap_or(view_of_set(a), view_of_set(b)));
}

/* The value of a state, in new memory; the state stays as it is. */
static CompanySet *
settle_set(const CompanySet *unsettled)
{
	const SetState *state = (const SetState *) unsettled;
	const CompanySet *first = (const CompanySet *) state->data;
	CompanySet **sets;
	Size nsets = state->nids > 0 ? 1 : 0;
	Size nmade; /* of the sets, the first that were made here */

	Assert(state->unsettled);
	for (Size at = 0; at < state->sets_size; nsets++)
		at += MAXALIGN(VARSIZE(state->data + at));
	if (nsets == 0)
		return set_of_chunks(NULL, 0);
	if (nsets == 1 && state->nids == 0)
	{
		CompanySet *copy = palloc(VARSIZE(first));

		memcpy(copy, first, VARSIZE(first));
		return copy;
	}

	/* The sets of the state are not ours to free; what is made of them is. */
	sets = palloc(nsets * sizeof(CompanySet *));
	nsets = 0;
	if (state->nids > 0)
		sets[nsets++] = set_of_noted_ids(state);
	nmade = nsets;
	for (Size at = 0; at < state->sets_size;)
	{
		sets[nsets] = (CompanySet *) (state->data + at);
		at += MAXALIGN(VARSIZE(sets[nsets++]));
	}
	while (nsets > 1)
	{
		Size npairs = nsets / 2;

		for (Size i = 0; i < npairs; i++)
		{
			CompanySet *merged = union_of(sets[2 * i], sets[2 * i + 1]);

			CHECK_FOR_INTERRUPTS();
			for (Size j = 2 * i; j < Min(2 * i + 2, nmade); j++)
				pfree(sets[j]);
			sets[i] = merged;
		}
		/* One that is left over stays whose it was. */
		if (nsets % 2 == 1)
			sets[npairs] = sets[nsets - 1];
		nmade = npairs + (nmade == nsets ? nsets % 2 : 0);
		nsets = npairs + nsets % 2;
	}
	return sets[0];
}

/* A set that is remembered by nobody. */
const CompanySet *
plain_set(struct varlena *datum)
{
	CompanySet *set = value_of_datum(PointerGetDatum(datum),
									 &company_set_type);

	/* Only the engine sees one that is not: to finish or to ship it. */
	return set->unsettled ? settle_set(set) : set;
}

/* ---- noting ---- */

/*
 * A state of a set, or of none, with room for so many bytes more.  It is at
 * least so large, lest a few ids in many rows be settled at every few rows.
 */
static SetState *
state_of_set(const CompanySet *set, Size room, Size at_least)
{
	Size size = set == NULL || set->nchunks == 0 ? 0 : MAXALIGN(VARSIZE(set));
	Size wanted = STATE_HEADER_SIZE + size + room;
	Size roomy = pg_nextpower2_size_t(Max(Max(wanted, at_least), 4 * size));
	SetState *state;

	if (wanted > LARGEST_STATE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("company_set would exceed %zu bytes",
							   (Size) MaxAllocSize)));
	roomy = Min(roomy, LARGEST_STATE);
	/* Zeros, since a parallel worker ships all of it. */
	state = palloc0(roomy);
	SET_VARSIZE(state, roomy);
	state->version = COMPANY_SET_VERSION;
	state->unsettled = true;
	if (size > 0)
	{
		memcpy(state->data, set, VARSIZE(set));
		state->sets_size = size;
	}
	return state;
}

/* The state in argument argno with room for so many bytes more. */
static SetState *
state_with_room(FunctionCallInfo fcinfo, int argno, Size room)
{
	CompanySet *set;
	SetState *state;

	if (PG_ARGISNULL(argno))
		return state_of_set(NULL, room, SMALLEST_STATE);
	set = state_for_update(fcinfo, argno, &company_set_type);
	if (!set->unsettled)
		return state_of_set(set, room, SMALLEST_STATE);
	state = (SetState *) set;
	if (room_left(state) < room)
	{
		CompanySet *settled = settle_set(set);

		state = state_of_set(settled, room,
							 Min(2 * (Size) VARSIZE(state), SMALL_STATE));
		pfree(settled);
	}
	return state;
}

/* Who calls a transition function directly gets a value. */
static Datum
changed_state(FunctionCallInfo fcinfo, SetState *state)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_COMPANY_SET(settle_set((CompanySet *) state));
	PG_RETURN_POINTER(state);
}

/* company_set_accum(company_set, bigint): the set with an id; NULL is none. */
Datum
company_set_accum(PG_FUNCTION_ARGS)
{
	SetState *state;
	uint32 id;

	if (PG_ARGISNULL(1))
		return only_state(fcinfo, &company_set_type);
	id = company_id_argument(PG_GETARG_INT64(1));
	state = state_with_room(fcinfo, 0, sizeof(uint32));
	state->nids++;
	((uint32 *) IDS_END(state))[-(int64) state->nids] = id;
	return changed_state(fcinfo, state);
}

/*
 * company_set_combine(a, b): what is in either; NULL is the empty set, and
 * NULL only if both are.
 */
Datum
company_set_combine(PG_FUNCTION_ARGS)
{
	SetState *state;
	const CompanySet *set;
	Size size;

	if (PG_ARGISNULL(1))
		return only_state(fcinfo, &company_set_type);
	set = plain_set((struct varlena *) DatumGetPointer(PG_GETARG_DATUM(1)));
	size = set->nchunks == 0 ? 0 : MAXALIGN(VARSIZE(set));
	state = state_with_room(fcinfo, 0, size);
	if (size > 0)
	{
		memcpy(state->data + state->sets_size, set, VARSIZE(set));
		state->sets_size += size;
	}
	return changed_state(fcinfo, state);
}

/* A value from a transition state, which stays as it is. */
Datum
company_set_final(PG_FUNCTION_ARGS)
{
	CompanySet *set = value_argument(fcinfo, 0, &company_set_type);

	PG_RETURN_COMPANY_SET(set->unsettled ? settle_set(set) : set);
}
