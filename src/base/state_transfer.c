/*
 * state_transfer.c
 *		States of aggregates that go from process to process as they are.
 *
 * IDENTIFICATION
 *		src/base/state_transfer.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/memory.h"
#include "base/state_transfer.h"

static const StateTransfer **transfers = NULL;
static int ntransfers = 0;
static int room = 0;

void
register_state_transfer(const StateTransfer *transfer)
{
	MAKE_ROOM(TopMemoryContext, transfers, room, ntransfers + 1);
	transfers[ntransfers++] = transfer;
}

const StateTransfer *
find_state_transfer(Oid final)
{
	FmgrInfo info;

	if (!OidIsValid(final))
		return NULL;
	fmgr_info(final, &info);
	for (int i = 0; i < ntransfers; i++)
		if (transfers[i]->final == info.fn_addr)
			return transfers[i];
	return NULL;
}
