/*
 * state_transfer.h
 *		States of aggregates that go from process to process as they are.
 *
 * A combine function takes a state that was turned into bytes for anybody, and
 * reads it row by row.  Between processes that share a query a state can be
 * passed on as it is in memory, which a concept says how to do.
 *
 * IDENTIFICATION
 *		src/base/state_transfer.h
 */
#ifndef ECOSYSTEM_STATE_TRANSFER_H
#define ECOSYSTEM_STATE_TRANSFER_H

#include "postgres.h"

#include "fmgr.h"
#include "storage/buffile.h"

typedef struct StateTransfer
{
	PGFunction final; /* of the aggregates, what SQL knows it by */

	/*
	 * Writes a state, to be read once by the same library.  It is a read-write
	 * expanded object: what no row was added to is not passed on.
	 */
	void (*write)(Datum state, BufFile *file);

	/*
	 * Adds what was written to the state in argument 0, called as a transition
	 * function is, and returns that.
	 */
	Datum (*add)(FunctionCallInfo fcinfo, BufFile *file);
} StateTransfer;

extern void register_state_transfer(const StateTransfer *transfer);

/* NULL: states of aggregates with this final function are not passed on. */
extern const StateTransfer *find_state_transfer(Oid final);

#endif /* ECOSYSTEM_STATE_TRANSFER_H */
