/*
 * credit_ledger_merge.c
 *		One credit_ledger of several.
 *
 * A ledger in shared memory is adopted: its rows stay where they are, and the
 * numbers in them are translated when they are read.  Any other is absorbed:
 * its rows are copied.  What adopted others is settled, all rows its own,
 * before it is written in one piece.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_merge.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datum.h"

#include "base/hash.h"
#include "base/memory.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_private.h"
#include "credit/credit_ledger_share.h"

/* The numbers in one ledger of what another one has. */
static uint32 *
renumber(CreditLedger *to, LedgerNames *names, const LedgerNames *from)
{
	uint32 *numbers = allocate_array(from->n, sizeof(uint32));

	for (uint32 i = 0; i < from->n; i++)
	{
		check_for_interrupts_at(i);
		numbers[i] = number_in_ledger(to, names, from->hashes[i],
									  from->integers ? NULL
													 : from->names[i].bytes,
									  from->integers ? 0
													 : from->names[i].length);
	}
	return numbers;
}

/* Gives a ledger the names of another one. */
static void
merge_names(CreditLedger *to, const CreditLedger *from, LedgerSource *source)
{
	uint32 *roles;

	if (to->deal_type != from->deal_type ||
		to->partner_type != from->partner_type ||
		(to->models_argument == NULL) != (from->models_argument == NULL))
		elog(ERROR, "credit ledgers of different types");
	if (to->models_argument != NULL)
		check_same_ledger_models(to->models_argument, from->models_argument);
	source->ledger = from;
	source->partners = renumber(to, &to->partners, &from->partners);
	source->models = renumber(to, &to->models, &from->models);
	source->labels = allocate_array(from->labels.n, sizeof(uint32));
	source->ids = 0;
	source->large = 0;
	roles = renumber(to, &to->roles, &from->roles);
	for (uint32 i = 0; i < from->labels.n; i++)
	{
		uint64 label = unmix_integer(from->labels.hashes[i]);
		uint32 role = LABEL_ROLE(label);
		uint32 model = LABEL_MODEL(label);

		source->labels[i] = number_in_ledger(
			to, &to->labels,
			mix_integer(LABEL(role == 0 ? 0 : roles[role - 1] + 1,
							  model == 0 ? 0 : source->models[model - 1] + 1)),
			NULL, 0);
	}
	pfree(roles);
}

/* Keys are kept for integers; other ids are stored anew. */
static inline uint64
absorb_key(CreditLedger *to, const CreditLedger *from, uint64 key)
{
	CreditName id;

	if (to->deal_type == ID_BIGINT)
		return key;
	id = ledger_id(from, key);
	return ledger_key_of_id(to, id.bytes, id.length);
}

/* Copies all that another ledger has of its own. */
void
absorb_ledger(CreditLedger *to, const CreditLedger *from)
{
	LedgerSource source;

	merge_names(to, from, &source);
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		for (LedgerChunk *chunk = from->touches[part].first; chunk != NULL;
			 chunk = chunk->next)
		{
			CHECK_FOR_INTERRUPTS();
			for (int64 i = 0; i < chunk->n; i++)
			{
				LedgerRow row;

				check_for_interrupts_at(i);
				row.touch = ledger_touch(from, part, chunk, i);
				row.touch.deal = absorb_key(to, from, row.touch.deal);
				row.touch.partner = source.partners[row.touch.partner];
				row.touch.role = source.labels[row.touch.role];
				append_ledger_touch(to, part, &row.touch);
			}
		}
		for (LedgerChunk *chunk = from->deals[part].first; chunk != NULL;
			 chunk = chunk->next)
		{
			CHECK_FOR_INTERRUPTS();
			for (int64 i = 0; i < chunk->n; i++)
			{
				LedgerRow row;

				check_for_interrupts_at(i);
				row.deal = ledger_statement(from, part, chunk, i);
				row.deal.deal = absorb_key(to, from, row.deal.deal);
				if (row.deal.model != 0)
					row.deal.model = source.models[row.deal.model - 1] + 1;
				if (row.deal.amount_kind == AMOUNT_LARGE)
					row.deal.amount = store_large_amount(
						to, from->large_amounts[row.deal.amount]);
				append_ledger_deal(to, part, &row.deal);
			}
		}
	}
	pfree(source.partners);
	pfree(source.models);
	pfree(source.labels);
}

/*
 * Takes over the rows of a ledger in shared memory, where they are; owned, if
 * they are to go with us.
 */
void
adopt_ledger(CreditLedger *to, LedgerArea *area, SharedPiece shared,
			 bool owned)
{
	MemoryContext caller = MemoryContextSwitchTo(to->context);
	CreditLedger *from;
	LedgerSource *source;

	if (to->area != NULL && to->area != area)
		elog(ERROR, "credit ledgers of different queries");
	to->area = area;
	keep_ledger_area(area, to->context, owned ? shared.at : InvalidDsaPointer);
	take_ledger_memory(to, shared.size);
	from = read_shared_ledger(area, shared);
	MAKE_ROOM(CurrentMemoryContext, to->sources, to->source_capacity,
			  to->nsources + 1);
	source = &to->sources[to->nsources++];
	merge_names(to, from, source);
	source->ids = (uint64) to->nblocks << ID_BLOCK_BITS;
	source->large = to->nlarge;
	/* They are full: nothing of ours goes into memory that is shared. */
	for (uint32 i = 0; i < from->nblocks; i++)
		add_ledger_id_block(to, from->id_blocks[i], ID_BLOCK_SIZE);
	for (uint32 i = 0; i < from->nlarge; i++)
		(void) add_large_amount(to, from->large_amounts[i]);
	MemoryContextSwitchTo(caller);
}

/* A ledger without rows, as that one. */
CreditLedger *
make_ledger_like(MemoryContext context, const CreditLedger *model)
{
	CreditLedger *ledger = make_ledger(context, model->deal_type,
									   model->partner_type);

	ledger->compared = model->compared;
	if (model->models_argument != NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		ledger->models_argument = (struct varlena *) DatumGetPointer(
			datumCopy(PointerGetDatum(model->models_argument), false, -1));
		MemoryContextSwitchTo(caller);
	}
	return ledger;
}

/* The ledger with all rows its own, to be written in one piece. */
const CreditLedger *
settle_ledger(CreditLedger *ledger)
{
	if (ledger->nsources > 0 && ledger->settled == NULL)
	{
		CreditLedger *settled = make_ledger_like(ledger->context, ledger);

		absorb_ledger(settled, ledger);
		for (uint32 i = 0; i < ledger->nsources; i++)
			absorb_ledger(settled, ledger->sources[i].ledger);
		ledger->settled = settled;
	}
	return ledger->nsources > 0 ? ledger->settled : ledger;
}

/*
 * A ledger of several in shared memory, as another process has made it of
 * them.
 */
CreditLedger *
join_shared_ledgers(LedgerArea *area, const SharedPiece *shared, int n)
{
	CreditLedger *ledger = NULL;

	for (int i = 0; i < n; i++)
	{
		const CreditLedger *from = read_shared_ledger(area, shared[i]);

		if (ledger == NULL)
			ledger = make_ledger_like(CurrentMemoryContext, from);
		adopt_ledger(ledger, area, shared[i], false);
	}
	return ledger;
}
