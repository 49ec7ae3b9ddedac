/*
 * batch_transition.h
 *		Transition functions that add many rows to a state at once.
 *
 * A query of some thousand groups goes from state to state with every row, and
 * waits for the memory of each.  So a transition function may say how the
 * arguments of a row are packed into a few bytes, and how many such rows are
 * added to a state.  A node of ours packs rows as they come and then adds them
 * group by group; core knows nothing of it and calls the function for each row,
 * with the same result.
 *
 * IDENTIFICATION
 *		src/base/batch_transition.h
 */
#ifndef ECOSYSTEM_BATCH_TRANSITION_H
#define ECOSYSTEM_BATCH_TRANSITION_H

#include "postgres.h"

#include "fmgr.h"

typedef struct BatchTransition
{
	PGFunction called_as; /* what SQL knows the transition function by */
	Size row_size;        /* of a packed row, of which all words are copied */

	/* makes what serves all rows of a call, in the current memory context */
	void *(*begin)(void);

	/*
	 * Packs the arguments behind the state, and refuses what the function
	 * would.  False: this row is one for the function itself.
	 */
	bool (*pack)(FunctionCallInfo fcinfo, void *memory, void *row);

	/* Adds rows to the state, in argument 0, and returns what the function
	 * would. */
	Datum (*add)(FunctionCallInfo fcinfo, void *memory, const void *rows,
				 int n);
} BatchTransition;

extern void register_batch_transition(const BatchTransition *transition);

/* NULL: the function takes one row at a time. */
extern const BatchTransition *find_batch_transition(PGFunction function);

#endif /* ECOSYSTEM_BATCH_TRANSITION_H */
