/*
 * aggregate_state.h
 *		Rules for an aggregate whose transition state is a public type.
 *
 * The state is the value: it can be stored, sent, merged and handed to its own
 * transition function by anybody.  Inside an aggregate it is changed in place,
 * which costs as little as an internal state; anywhere else it may be a page
 * of a table and must be copied first.
 *
 * IDENTIFICATION
 *		src/base/aggregate_state.h
 */
#ifndef ECOSYSTEM_AGGREGATE_STATE_H
#define ECOSYSTEM_AGGREGATE_STATE_H

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/value.h"

/*
 * The state in argument argno, aligned, with a four-byte header, of the version
 * we know, and ours to change.  A combine function may be handed a packed copy
 * as its first state, so an extended datum is always copied.  The executor
 * copies what a transition function returns whenever it is not the pointer it
 * passed in, so a state that had to grow is simply allocated and returned.
 */
static inline void *
state_for_update(FunctionCallInfo fcinfo, int argno, const ValueType *type)
{
	struct varlena *state = (struct varlena *) DatumGetPointer(
		PG_GETARG_DATUM(argno));

	if (!VARATT_IS_EXTENDED(state) && AggCheckCallContext(fcinfo, NULL))
		return known_value(state, type);
	return known_value(PG_DETOAST_DATUM_COPY(PointerGetDatum(state)), type);
}

/*
 * A combine function has nothing to combine where a state is missing, and
 * returns the other.
 */
static inline bool
lacks_a_state(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) || PG_ARGISNULL(1);
}

static inline Datum
only_state(FunctionCallInfo fcinfo, const ValueType *type)
{
	int argno = PG_ARGISNULL(0) ? 1 : 0;

	if (PG_ARGISNULL(argno))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value_argument(fcinfo, argno, type));
}

/* As core's memory for aggregates: what is not used of it is a part only. */
static inline Size
state_block_size(void)
{
	Size size = ALLOCSET_DEFAULT_MAXSIZE;

	while (size > ALLOCSET_SMALL_MAXSIZE && size / 1024 > (Size) work_mem / 16)
		size /= 2;
	return size;
}

/*
 * The memory context for all states of a name under a context of aggregates.
 * One for each would be many thousand in a hashed aggregation, which adds up
 * the sizes of all contexts whenever it begins a group.  So a state must not
 * be deleted by itself there.  The name must be a constant.
 */
static inline MemoryContext
context_of_states(MemoryContext aggregates, const char *name)
{
	for (MemoryContext child = aggregates->firstchild; child;
		 child = child->nextchild)
	{
		if (strcmp(child->name, name) == 0)
			return child;
	}
	return AllocSetContextCreateInternal(aggregates, name,
										 ALLOCSET_SMALL_MINSIZE,
										 ALLOCSET_SMALL_INITSIZE,
										 state_block_size());
}

/* The same for a state that may be made outside of an aggregate, alone. */
static inline MemoryContext
context_for_state(FunctionCallInfo fcinfo, const char *name)
{
	MemoryContext aggregates;

	if (AggCheckCallContext(fcinfo, &aggregates))
		return context_of_states(aggregates, name);
	return AllocSetContextCreateInternal(CurrentMemoryContext, name,
										 ALLOCSET_START_SMALL_SIZES);
}

#endif /* ECOSYSTEM_AGGREGATE_STATE_H */
