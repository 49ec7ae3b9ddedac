/*
 * batch_transition.c
 *		Transition functions that add many rows to a state at once.
 *
 * IDENTIFICATION
 *		src/base/batch_transition.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/batch_transition.h"
#include "base/memory.h"

static const BatchTransition **transitions = NULL;
static int ntransitions = 0;
static int room = 0;

void
register_batch_transition(const BatchTransition *transition)
{
	MAKE_ROOM(TopMemoryContext, transitions, room, ntransitions + 1);
	transitions[ntransitions++] = transition;
}

const BatchTransition *
find_batch_transition(PGFunction function)
{
	for (int i = 0; i < ntransitions; i++)
		if (transitions[i]->called_as == function)
			return transitions[i];
	return NULL;
}
