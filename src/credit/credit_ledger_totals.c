/*
 * credit_ledger_totals.c
 *		The totals of a credit_ledger by partner: partner_totals().
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_totals.c
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_rows.h"
#include "credit/credit_ledger_share.h"

PG_FUNCTION_INFO_V1(credit_ledger_totals);

extern PGDLLEXPORT void credit_ledger_totals_worker(dsm_segment *segment,
													shm_toc *toc);

/* A sum of amounts: units of the model, and what they cannot hold. */
typedef struct Total
{
	int128 units;
	Numeric rest; /* NULL: none */
	int64 deals;
	int64 split;      /* of them */
	uint64 last_deal; /* number of the one counted last */
} Total;

/* The rows of no partner. */
typedef enum RemainderKind
{
	REMAINDER_RETAINED,
	REMAINDER_NO_PARTNER,
	REMAINDER_UNATTRIBUTED,
	REMAINDER_PROBLEM
} RemainderKind;
#define REMAINDERS (REMAINDER_PROBLEM + CREDIT_NO_MODEL + 1)

typedef struct ModelTotals
{
	Total *partners;
	Total remainders[REMAINDERS];
} ModelTotals;

typedef struct Totals
{
	ModelTotals **models; /* by number; the last is for no model */
	uint64 deals;         /* visited */
} Totals;

static ModelTotals *
totals_of(LedgerReader *reader, Totals *totals, int model)
{
	int number = model < 0 ? (int) reader->ledger->models.n : model;

	if (totals->models[number] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(reader->context);
		ModelTotals *new = palloc0(sizeof(ModelTotals));

		new->partners = MemoryContextAllocExtended(
			reader->context, (Size) Max(reader->npartners, 1) * sizeof(Total),
			MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		totals->models[number] = new;
		MemoryContextSwitchTo(caller);
	}
	return totals->models[number];
}

static void
add_numeric(LedgerReader *reader, Total *total, Numeric amount)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	Numeric old = total->rest;

	total->rest = DatumGetNumeric(DirectFunctionCall2(
		numeric_add, NumericGetDatum(old == NULL ? int64_to_numeric(0) : old),
		NumericGetDatum(amount)));
	if (old != NULL)
		pfree(old);
	MemoryContextSwitchTo(caller);
}

/* An amount that was not split. */
static void
add_whole(LedgerReader *reader, Total *total, const LedgerEntry *entry)
{
	Decimal units = {entry->amount.value, entry->amount.scale};

	total->deals++;
	if (!entry->stated)
		return;
	if (entry->amount.numeric == NULL && entry->deal.model != NULL &&
		decimal_rescale(&units, entry->deal.model->minor_digits))
		total->units += units.value;
	else
		add_numeric(reader, total, credit_numeric(&entry->amount));
}

/*
 * Counts the deal as one of the partner's, were it only once.  A deal that is
 * not split adds no amount.
 */
static inline Total *
count_touch(Totals *totals, ModelTotals *sums, const CreditTouch *touch,
			bool split)
{
	Total *total = &sums->partners[touch->partner];

	if (total->last_deal != totals->deals)
	{
		total->last_deal = totals->deals;
		total->deals++;
		total->split += split;
	}
	return total;
}

static void
add_to_totals(LedgerReader *reader, Totals *totals)
{
	const LedgerEntry *entry = &reader->entry;
	ModelTotals *sums = totals_of(reader, totals, entry->model);
	const CreditDeal *deal = &entry->deal;
	Total *remainder;

	totals->deals++;
	if (entry->problem != CREDIT_NO_PROBLEM)
	{
		for (int64 i = 0; i < deal->ntouches; i++)
		{
			check_for_interrupts_at(i);
			count_touch(totals, sums, &deal->touches[i], false);
		}
		add_whole(reader,
				  &sums->remainders[REMAINDER_PROBLEM + entry->problem],
				  entry);
		return;
	}
	if (!entry->touched)
	{
		add_whole(reader, &sums->remainders[REMAINDER_NO_PARTNER], entry);
		return;
	}
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		Total *total = count_touch(totals, sums, &deal->touches[i], true);

		check_for_interrupts_at(i);
		if (deal->parts != NULL)
			total->units += deal->parts[i];
		else
			add_numeric(reader, total, deal->large_parts[i]);
	}
	if (!deal->weighty)
	{
		add_whole(reader, &sums->remainders[REMAINDER_UNATTRIBUTED], entry);
		return;
	}
	if (deal->scratch->weights[deal->ntouches].numerator == 0)
		return;
	remainder = &sums->remainders[REMAINDER_RETAINED];
	remainder->deals++;
	if (deal->parts != NULL)
		remainder->units += deal->parts[deal->ntouches];
	else
		add_numeric(reader, remainder, deal->large_parts[deal->ntouches]);
}

static Totals *
start_totals(const LedgerReader *reader)
{
	Totals *totals = palloc0(sizeof(Totals));

	totals->models = palloc0(((Size) reader->ledger->models.n + 1) *
							 sizeof(ModelTotals *));
	return totals;
}

static void
total_up(LedgerReader *reader, Totals *totals)
{
	while (next_ledger_entry(reader))
		add_to_totals(reader, totals);
}

static Numeric
total_amount(const LedgerReader *reader, int model, const Total *total)
{
	int digits = model < reader->ledger->models.n
					 ? reader->models[model]->minor_digits
					 : 0;
	Numeric amount = numeric_from_decimal(total->units, digits);

	if (total->rest == NULL)
		return amount;
	if (total->units == 0)
		return total->rest;
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(amount),
											   NumericGetDatum(total->rest)));
}

/* The total of some models; partner < 0 is -1 less a remainder. */
static bool
sum_models(const LedgerReader *reader, const Totals *totals, int first,
		   int last, int64 partner, int64 *deals, int64 *split,
		   Numeric *amount)
{
	bool any = false;

	*deals = 0;
	*split = 0;
	*amount = NULL;
	for (int model = first; model <= last; model++)
	{
		const ModelTotals *sums = totals->models[model];
		const Total *total;
		Numeric more;

		if (sums == NULL)
			continue;
		total = partner >= 0 ? &sums->partners[partner]
							 : &sums->remainders[-1 - partner];
		if (total->deals == 0)
			continue;
		any = true;
		*deals += total->deals;
		*split += total->split;
		more = total_amount(reader, model, total);
		*amount = *amount == NULL
					  ? more
					  : DatumGetNumeric(
							DirectFunctionCall2(numeric_add,
												NumericGetDatum(*amount),
												NumericGetDatum(more)));
	}
	return any;
}

static const char *
remainder_reason(int remainder)
{
	StringInfoData text;

	switch (remainder)
	{
		case REMAINDER_RETAINED:
			return "retained: roles nobody holds";
		case REMAINDER_NO_PARTNER:
			return "no partner";
		case REMAINDER_UNATTRIBUTED:
			return "unattributed: no touch counts";
		case REMAINDER_PROBLEM + CREDIT_TOO_MANY_DIGITS:
			return "not split: amount has too many digits after the decimal "
				   "point";
		default:
			initStringInfo(&text);
			credit_append_problem(&text, remainder - REMAINDER_PROBLEM, NULL);
			return text.data;
	}
}

enum
{
	TOTAL_PARTNER,
	TOTAL_DEALS,
	TOTAL_AMOUNT,
	TOTAL_REASON,
	TOTAL_MODEL,
	TOTAL_COLUMNS
};

static void
put_totals(FunctionCallInfo fcinfo, const LedgerReader *reader,
		   const Totals *totals, int first, int last)
{
	const int64 npartners = reader->npartners;
	Datum values[TOTAL_COLUMNS];
	bool nulls[TOTAL_COLUMNS] = {0};
	int64 deals;
	int64 split;
	Numeric amount;

	nulls[TOTAL_MODEL] = reader->ledger->compared == 0;
	if (!nulls[TOTAL_MODEL])
		values[TOTAL_MODEL] = CStringGetTextDatum(
			credit_model_to_text(reader->models[first]));
	for (int64 row = 0; row < npartners + REMAINDERS; row++)
	{
		/* signed, as the number of partners may be none */
		int64 partner = row < npartners ? row : npartners - 1 - row;

		CHECK_FOR_INTERRUPTS();
		if (!sum_models(reader, totals, first, last, partner, &deals, &split,
						&amount))
			continue;
		nulls[TOTAL_PARTNER] = partner < 0;
		if (partner >= 0)
			values[TOTAL_PARTNER] = text_of_name(&reader->partners[partner]);
		values[TOTAL_DEALS] = Int64GetDatum(deals);
		/* A deal without an amount adds nothing, not zero. */
		nulls[TOTAL_AMOUNT] = partner >= 0
								  ? split == 0
								  : partner == -1 - (REMAINDER_PROBLEM +
													 CREDIT_NO_AMOUNT);
		values[TOTAL_AMOUNT] = NumericGetDatum(amount);
		values[TOTAL_REASON] = CStringGetTextDatum(
			partner < 0 ? remainder_reason(-1 - partner)
			: split > 0 ? "credited"
						: "not split: none of the partner's deals could be");
		put_row(fcinfo, values, nulls);
	}
}

/* ---- by several processes ---- */

/*
 * A ledger in shared memory is read by several processes, each of which takes
 * one list after the other: no deal is in two.  What they find adds up to the
 * same in any order.
 */

/* Each process has totals of its own, as large as this at most. */
#define MAX_TEAM_TOTALS ((Size) 64 * 1024 * 1024)

typedef struct TotalsWork
{
	pg_atomic_uint32 next_part;
} TotalsWork;

#define TOTALS_QUEUE_SIZE ((Size) 64 * 1024)

static Size
totals_size(const LedgerReader *reader)
{
	return ((Size) reader->npartners + REMAINDERS) * sizeof(Total);
}

/* All totals of a model, one after the other. */
static Total *
total_at(const LedgerReader *reader, ModelTotals *sums, int64 i)
{
	return i < reader->npartners ? &sums->partners[i]
								 : &sums->remainders[i - reader->npartners];
}

/*
 * What a process found in one piece: for each model whether it has totals,
 * then the totals, each followed by the amount that its units cannot hold.
 */
static StringInfo
pack_totals(const LedgerReader *reader, const Totals *totals)
{
	StringInfo packed = makeStringInfo();

	for (uint32 model = 0; model <= reader->ledger->models.n; model++)
	{
		ModelTotals *sums = totals->models[model];
		bool any = sums != NULL;

		appendBinaryStringInfo(packed, (const char *) &any, sizeof(any));
		for (int64 i = 0; any && i < (int64) reader->npartners + REMAINDERS;
			 i++)
		{
			const Total *total = total_at(reader, sums, i);

			appendBinaryStringInfo(packed, (const char *) total,
								   sizeof(Total));
			if (total->rest != NULL)
				appendBinaryStringInfo(packed, (const char *) total->rest,
									   VARSIZE(total->rest));
		}
	}
	return packed;
}

/* An amount that is aligned as it comes. */
static void
add_packed_rest(LedgerReader *reader, Total *total, const char **at)
{
	struct varlena header;
	Size size;
	Numeric rest;

	memcpy(&header, *at, sizeof(int32));
	size = VARSIZE(&header);
	rest = palloc(size);
	memcpy(rest, *at, size);
	*at += size;
	add_numeric(reader, total, rest);
	pfree(rest);
}

static void
add_packed_totals(LedgerReader *reader, Totals *totals, const char *at)
{
	for (uint32 model = 0; model <= reader->ledger->models.n; model++)
	{
		ModelTotals *sums;
		bool any;

		memcpy(&any, at, sizeof(any));
		at += sizeof(any);
		if (!any)
			continue;
		sums = totals_of(reader, totals, model);
		for (int64 i = 0; i < (int64) reader->npartners + REMAINDERS; i++)
		{
			Total *total = total_at(reader, sums, i);
			Total more;

			memcpy(&more, at, sizeof(Total));
			at += sizeof(Total);
			total->units += more.units;
			total->deals += more.deals;
			total->split += more.split;
			if (more.rest != NULL)
				add_packed_rest(reader, total, &at);
		}
	}
}

/* Takes list after list, as long as there are any. */
static void
total_up_parts(LedgerReader *reader, Totals *totals, TotalsWork *work)
{
	uint32 part;

	while ((part = pg_atomic_fetch_add_u32(&work->next_part, 1)) <
		   LEDGER_PARTS)
	{
		read_ledger_part(reader, part);
		total_up(reader, totals);
	}
}

/* What a worker finds it sends to the leader. */
void
credit_ledger_totals_worker(dsm_segment *segment, shm_toc *toc)
{
	LedgerMember member;
	LedgerReader reader;
	StringInfo packed;
	Totals *totals;

	join_ledger_team(&member, segment, toc);
	start_ledger_reader(&reader,
						join_shared_ledgers(member.area, member.pieces,
											member.npieces));
	totals = start_totals(&reader);
	total_up_parts(&reader, totals, member.work);
	packed = pack_totals(&reader, totals);
	(void) send_to_leader(&member, packed->data, packed->len);
	shm_mq_detach(member.queue);
}

static void
total_up_with_workers(LedgerReader *reader, Totals *totals, int nworkers)
{
	LedgerTeam team;
	TotalsWork *work;

	EnterParallelMode();
	prepare_ledger_team(&team, reader->ledger, "credit_ledger_totals_worker",
						nworkers, sizeof(TotalsWork), TOTALS_QUEUE_SIZE);
	work = team.work;
	pg_atomic_init_u32(&work->next_part, 0);
	launch_ledger_team(&team);
	total_up_parts(reader, totals, work);
	for (int i = 0; i < team.workers->nworkers_launched; i++)
		add_packed_totals(reader, totals, receive_from_team(&team, i));
	end_ledger_team(&team);
	ExitParallelMode();
}

/*
 * partner_totals(credit_ledger) -> setof (partner, deals, amount, reason,
 *		model)
 */
Datum
credit_ledger_totals(PG_FUNCTION_ARGS)
{
	LedgerReader reader;
	Totals *totals;
	int nworkers = 0;

	begin_rows(fcinfo);
	start_ledger_reader(&reader, ledger_from_datum(PG_GETARG_DATUM(0)));
	totals = start_totals(&reader);
	if (totals_size(&reader) * (reader.ledger->models.n + 1) <=
		MAX_TEAM_TOTALS)
		nworkers = useful_ledger_workers(reader.ledger, TOTALS_QUEUE_SIZE);
	if (nworkers > 0)
		total_up_with_workers(&reader, totals, nworkers);
	else
		total_up(&reader, totals);
	if (reader.ledger->compared == 0)
		put_totals(fcinfo, &reader, totals, 0, reader.ledger->models.n);
	for (int model = 0; model < reader.ledger->compared; model++)
		put_totals(fcinfo, &reader, totals, model, model);
	return (Datum) 0;
}
