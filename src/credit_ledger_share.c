/*
 * credit_ledger_share.c
 *		Credit ledgers in memory that the processes of a query share.
 *
 * Core hands a worker's partial aggregate to the leader through a queue, and
 * copies it on the way some four times.  Where a plan node of ours made it
 * (credit_ledger_collect.c), the worker writes the ledger's flat form into
 * memory that the leader has prepared, and what goes through the queue only
 * says where.  The leader takes the rows over as they are, and can have them
 * read by several processes (credit_ledger_totals.c).
 *
 * The memory lives as long as some process uses it.  The leader uses it until
 * the last memory context ends for which it is kept, which an error ends as
 * well.
 *
 * IDENTIFICATION
 *		src/credit_ledger_share.c
 */
#include "postgres.h"

#ifdef __linux__
#include <sys/statvfs.h>
#endif

#include "storage/dsm_impl.h"
#include "storage/lwlock.h"
#include "utils/memutils.h"

#include "credit_ledger.h"

struct LedgerArea
{
	dsa_area *memory;
	dsa_handle handle;
	int keepers;
	struct LedgerArea *next;
};

/* What goes through the queue: where the pieces of a ledger are. */
typedef struct SharedState
{
	int32 vl_len_;
	uint32 version;
	dsa_handle handle;
	int32 npieces;
	SharedPiece pieces[FLEXIBLE_ARRAY_MEMBER];
} SharedState;

#define SHARED_STATE_SIZE(n) \
	(offsetof(SharedState, pieces) + (n) * sizeof(SharedPiece))

/* Where a flat ledger has its version. */
#define SHARED_VERSION UINT32_C(0x53484152)

/* Those that this process uses. */
static LedgerArea *areas = NULL;

/* What a memory context keeps: the area, and may be a piece in it. */
typedef struct Keeper
{
	MemoryContextCallback callback;
	LedgerArea *area;
	dsa_pointer piece; /* to be freed with it, if valid */
} Keeper;

static void
drop_keeper(void *argument)
{
	Keeper *keeper = argument;
	LedgerArea *area = keeper->area;

	if (DsaPointerIsValid(keeper->piece))
		dsa_free(area->memory, keeper->piece);
	if (--area->keepers > 0)
		return;
	for (LedgerArea **at = &areas; *at != NULL; at = &(*at)->next)
	{
		if (*at == area)
		{
			*at = area->next;
			break;
		}
	}
	if (area->memory != NULL)
		dsa_detach(area->memory);
	pfree(area);
}

/*
 * Keeps the area until the context is reset; with a piece in it, if that is
 * valid, which nobody needs after that.
 */
void
keep_ledger_area(LedgerArea *area, MemoryContext context, dsa_pointer piece)
{
	Keeper *keeper = MemoryContextAllocZero(context, sizeof(Keeper));

	keeper->callback.func = drop_keeper;
	keeper->callback.arg = keeper;
	keeper->area = area;
	keeper->piece = piece;
	area->keepers++;
	MemoryContextRegisterResetCallback(context, &keeper->callback);
}

/*
 * A process's area for the memory of a handle, or for new memory, kept until
 * the context is reset.  It may outlive the current memory context and the
 * resource owner.
 */
static LedgerArea *
start_area(dsa_handle handle, MemoryContext context)
{
	static int tranche = 0;
	LedgerArea *area = MemoryContextAllocZero(TopMemoryContext,
											  sizeof(LedgerArea));
	MemoryContext caller;

	area->next = areas;
	areas = area;
	keep_ledger_area(area, context, InvalidDsaPointer);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	if (handle != DSM_HANDLE_INVALID)
		area->memory = dsa_attach(handle);
	else
	{
		if (tranche == 0)
		{
			tranche = LWLockNewTrancheId();
			LWLockRegisterTranche(tranche, "ecosystem_credit_ledger");
		}
		area->memory = dsa_create(tranche);
	}
	MemoryContextSwitchTo(caller);
	dsa_pin_mapping(area->memory);
	area->handle = dsa_get_handle(area->memory);
	return area;
}

/*
 * Whether so many bytes may be shared.  Containers are often given little, and
 * a query that could do without is not to fail over it.
 */
bool
can_share_memory(Size bytes)
{
#ifdef __linux__
	struct statvfs filesystem;

	if (dynamic_shared_memory_type == DSM_IMPL_POSIX &&
		statvfs("/dev/shm", &filesystem) == 0)
		return (double) filesystem.f_bavail * filesystem.f_frsize >=
			   (double) bytes;
#endif
	return true;
}

/* An area for the processes of a query. */
LedgerArea *
create_ledger_area(MemoryContext context)
{
	return start_area(DSM_HANDLE_INVALID, context);
}

/* That of another process. */
LedgerArea *
attach_ledger_area(dsa_handle handle, MemoryContext context)
{
	return start_area(handle, context);
}

dsa_handle
ledger_area_handle(const LedgerArea *area)
{
	return area->handle;
}

dsa_area *
ledger_area_memory(const LedgerArea *area)
{
	return area->memory;
}

/* Writes a ledger, or a piece of one, there. */
SharedPiece
share_ledger(LedgerArea *area, const CreditLedger *ledger)
{
	LedgerPacking packing;
	SharedPiece piece;

	piece.size = plan_flat(ledger, &packing);
	piece.at = dsa_allocate_extended(area->memory, piece.size, DSA_ALLOC_HUGE);
	write_flat(ledger, &packing, dsa_get_address(area->memory, piece.at),
			   piece.size);
	return piece;
}

/* The state that credit_ledger_deserialize() reads. */
struct varlena *
shared_ledger_state(const LedgerArea *area, const SharedPiece *pieces, int n)
{
	SharedState *state = palloc0(SHARED_STATE_SIZE(n));

	state->version = SHARED_VERSION;
	state->handle = area->handle;
	state->npieces = n;
	memcpy(state->pieces, pieces, n * sizeof(SharedPiece));
	SET_VARSIZE(state, SHARED_STATE_SIZE(n));
	return (struct varlena *) state;
}

/* Whether a serialized state says where a ledger is, and is none itself. */
bool
ledger_is_shared(const struct varlena *state)
{
	const SharedState *shared = (const SharedState *) state;

	return VARSIZE(state) >= SHARED_STATE_SIZE(1) &&
		   shared->version == SHARED_VERSION && shared->npieces > 0 &&
		   VARSIZE(state) == SHARED_STATE_SIZE(shared->npieces);
}

/* The ledger's first piece, which knows where the others are. */
CreditLedger *
find_shared_ledger(const struct varlena *state)
{
	const SharedState *shared = (const SharedState *) state;

	for (LedgerArea *area = areas; area != NULL; area = area->next)
	{
		CreditLedger *ledger;

		if (area->memory == NULL || area->handle != shared->handle)
			continue;
		ledger = read_shared_ledger(area, shared->pieces[0]);
		ledger->pieces = shared->pieces;
		ledger->npieces = shared->npieces;
		return ledger;
	}
	elog(ERROR, "credit ledger is in memory that is not shared with us");
	return NULL; /* keep compiler quiet */
}

/* A ledger whose rows stay where they are. */
CreditLedger *
read_shared_ledger(LedgerArea *area, SharedPiece shared)
{
	CreditLedger *ledger = ledger_from_flat(dsa_get_address(area->memory,
															shared.at),
											shared.size);

	ledger->area = area;
	ledger->shared = shared;
	return ledger;
}
