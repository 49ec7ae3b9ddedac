/*
 * private_match_profile.c
 *		What can be seen of a list of blinded identities.
 *
 * The state is an array of counts, and two states are combined by adding them.
 *
 * IDENTIFICATION
 *		src/identity/private_match_profile.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/result_rows.h"
#include "identity/private_match.h"

PG_FUNCTION_INFO_V1(blinded_profile_add);
PG_FUNCTION_INFO_V1(blinded_profile_combine);
PG_FUNCTION_INFO_V1(blinded_profile_final);

/* In the order of the result's columns */
typedef enum ProfileCount
{
	PROFILE_RECORDS,
	PROFILE_WITH_ID,
	PROFILE_WITH_DOMAIN,
	PROFILE_WITH_NAME,
	PROFILE_WITHOUT_KEYS,
	PROFILE_IDS,
	PROFILE_DOMAINS,
	PROFILE_NAMES,
	PROFILE_BLINDED_ONCE,
	PROFILE_BLINDED_TWICE
} ProfileCount;

#define PROFILE_COUNTS (PROFILE_BLINDED_TWICE + 1)

/* The counts of a state, which anybody may have made */
static int64 *
profile_counts(ArrayType *state)
{
	if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] != PROFILE_COUNTS ||
		ARR_HASNULL(state) || ARR_ELEMTYPE(state) != INT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a profile of blinded identities has %d counts",
							   PROFILE_COUNTS)));
	return (int64 *) ARR_DATA_PTR(state);
}

/* A state that may be changed: the executor's own, or a copy */
static ArrayType *
state_to_change(FunctionCallInfo fcinfo)
{
	if (AggCheckCallContext(fcinfo, NULL))
		return PG_GETARG_ARRAYTYPE_P(0);
	return PG_GETARG_ARRAYTYPE_P_COPY(0);
}

static void
add(int64 *count, int64 more)
{
	if (pg_add_s64_overflow(*count, more, count))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("bigint out of range")));
}

/* (bigint[], blinded_identity) -> bigint[] */
Datum
blinded_profile_add(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_BLINDED_IDENTITY(1);
	ArrayType *state = state_to_change(fcinfo);
	int64 *counts = profile_counts(state);
	IdentityReader reader = read_identity(identity);
	bool holds[MATCH_NAME + 1] = {false};
	IdentityKey key;

	add(&counts[PROFILE_RECORDS], 1);
	add(&counts[reader.kinds & BLINDED_TWICE ? PROFILE_BLINDED_TWICE
											 : PROFILE_BLINDED_ONCE],
		1);
	while (next_matching_key(&reader, &key))
	{
		MatchLevel level = key_level(key.kind);

		holds[level] = true;
		add(&counts[PROFILE_IDS + level - MATCH_ID], 1);
	}
	for (int level = MATCH_ID; level <= MATCH_NAME; level++)
		add(&counts[PROFILE_WITH_ID + level - MATCH_ID], holds[level]);
	add(&counts[PROFILE_WITHOUT_KEYS],
		!holds[MATCH_ID] && !holds[MATCH_DOMAIN] && !holds[MATCH_NAME]);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* (bigint[], bigint[]) -> bigint[] */
Datum
blinded_profile_combine(PG_FUNCTION_ARGS)
{
	ArrayType *state = state_to_change(fcinfo);
	int64 *counts = profile_counts(state);
	const int64 *others = profile_counts(PG_GETARG_ARRAYTYPE_P(1));

	for (int i = 0; i < PROFILE_COUNTS; i++)
		add(&counts[i], others[i]);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* (bigint[]) -> blinded_level_counts */
Datum
blinded_profile_final(PG_FUNCTION_ARGS)
{
	const int64 *counts = profile_counts(PG_GETARG_ARRAYTYPE_P(0));
	Datum values[PROFILE_COUNTS];
	bool nulls[PROFILE_COUNTS] = {false};

	for (int i = 0; i < PROFILE_COUNTS; i++)
		values[i] = Int64GetDatum(counts[i]);
	return row_result(fcinfo, values, nulls);
}
