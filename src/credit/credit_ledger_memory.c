/*
 * credit_ledger_memory.c
 *		How much memory ledgers hold, and may hold.
 *
 * A ledger cannot be divided into batches as a hash table can: all its rows
 * are there until it has been read.  So what bounds it is an error.  The bound
 * is one on all ledgers that a session holds at a time, which is those of a
 * query, and, where several processes fill one ledger together, on what these
 * hold together (credit_ledger_collect.c).
 *
 * Ledgers go with their memory context, by whatever way a query ends; so does
 * what they are counted to hold.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_memory.c
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "credit/credit_ledger.h"
#include "credit/credit_ledger_private.h"

#define MEGABYTE ((Size) 1024 * 1024)

/*
 * What a ledger may hold where nothing is set and hash memory is less: as much
 * as PostgreSQL lets the state of any aggregate grow to, whatever work_mem is.
 */
#define LEAST_DEFAULT ((Size) 1024 * MEGABYTE)

struct LedgerAccount
{
	MemoryContextCallback callback;
	MemoryContext context;
	Size bytes; /* of all ledgers there */
	LedgerAccount *next;
};

static int ledger_memory = -1; /* MB; -1: by hash memory */
static LedgerAccount *accounts = NULL;
static Size held = 0; /* by all of them */

void
credit_ledger_define_settings(void)
{
	DefineCustomIntVariable(
		"ecosystem.ledger_memory",
		"Sets the most memory that the credit ledgers of a query may hold.",
		"A row takes 32 bytes, and the ids of deals that are no integers "
		"their own length.  -1 means work_mem times hash_mem_multiplier, but "
		"1GB at least.",
		&ledger_memory, -1, -1, INT_MAX / 1024, PGC_USERSET, GUC_UNIT_MB, NULL,
		NULL, NULL);
}

static Size
most_memory(void)
{
	if (ledger_memory < 0)
		return Max(hash_memory_limit(), LEAST_DEFAULT);
	return Max(ledger_memory, 1) * MEGABYTE;
}

/* What is left of it. */
Size
ledger_memory_left(void)
{
	Size most = most_memory();

	return most > held ? most - held : 0;
}

static void
close_account(void *argument)
{
	LedgerAccount *account = argument;

	held -= account->bytes;
	for (LedgerAccount **at = &accounts; *at != NULL; at = &(*at)->next)
	{
		if (*at == account)
		{
			*at = account->next;
			break;
		}
	}
}

/* The account of a memory context, which many ledgers may share. */
LedgerAccount *
ledger_account(MemoryContext context)
{
	LedgerAccount *account;

	for (account = accounts; account != NULL; account = account->next)
		if (account->context == context)
			return account;
	account = MemoryContextAllocZero(context, sizeof(LedgerAccount));
	account->callback.func = close_account;
	account->callback.arg = account;
	account->context = context;
	MemoryContextRegisterResetCallback(context, &account->callback);
	account->next = accounts;
	accounts = account;
	return account;
}

/* Counts what a ledger takes, before it does or at once after. */
void
take_ledger_memory(CreditLedger *ledger, Size bytes)
{
	LedgerPool *pool = ledger->pool;
	Size most;
	Size total;

	ledger->bytes += bytes;
	ledger->account->bytes += bytes;
	held += bytes;
	if (pool == NULL)
	{
		most = most_memory();
		total = held;
	}
	else
	{
		most = pool->most;
		/* beside what the query held when they began */
		total = pool->before + pg_atomic_add_fetch_u64(&pool->held, bytes);
	}
	if (total <= most)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("credit ledger exceeds ecosystem.ledger_memory (%zu MB)",
					most / MEGABYTE),
			 errdetail("The ledgers of the query would hold %zu MB.",
					   total / MEGABYTE + 1),
			 errhint("Raise ecosystem.ledger_memory, for example to '%zuMB', "
					 "aggregate part of the deals at a time, or use the "
					 "window function credit(), which holds one deal at a "
					 "time.",
					 most / MEGABYTE * 2)));
}

/* Starts the count of processes that fill a ledger together. */
void
start_ledger_pool(LedgerPool *pool)
{
	pg_atomic_init_u64(&pool->held, 0);
	pool->before = held;
	pool->most = most_memory();
}

/* What a process of them held is gone, or has become something else. */
void
return_to_ledger_pool(LedgerPool *pool, Size bytes)
{
	pg_atomic_sub_fetch_u64(&pool->held, bytes);
}
