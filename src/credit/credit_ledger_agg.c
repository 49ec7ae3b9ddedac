/*
 * credit_ledger_agg.c
 *		credit_ledger_agg() and credit_comparison_agg().
 *
 * The state is internal, since the rows of a large table pass the gigabyte
 * that a value can have.  The aggregate's result is an expanded object, the
 * state itself: reading it copies nothing.  Where the server needs it in one
 * piece, as between processes or in a materialized CTE, it is flattened
 * (credit_ledger_flat.c), and then half a gigabyte is the limit, so that there
 * is a text form for a dump (credit_ledger_io.c).
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_agg.c
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/aggregate_state.h"
#include "base/hex_text.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_private.h"
#include "credit/credit_ledger_share.h"

PG_FUNCTION_INFO_V1(credit_ledger_accum);
PG_FUNCTION_INFO_V1(credit_comparison_accum);
PG_FUNCTION_INFO_V1(credit_ledger_combine);
PG_FUNCTION_INFO_V1(credit_ledger_serialize);
PG_FUNCTION_INFO_V1(credit_ledger_deserialize);
PG_FUNCTION_INFO_V1(credit_ledger_final);

/* ---- rows ---- */

/* What an id is kept as, and the call that makes it that. */
static IdType
argument_type(FunctionCallInfo fcinfo, int number, const char *name,
			  MemoryContext context, FmgrInfo **call)
{
	Oid cast;
	IdType type = ledger_id_type(get_fn_expr_argtype(fcinfo->flinfo, number),
								 name, &cast);

	*call = NULL;
	if (OidIsValid(cast))
	{
		*call = MemoryContextAlloc(context, sizeof(FmgrInfo));
		fmgr_info_cxt(cast, *call, context);
	}
	return type;
}

/* Our own state or a new one. */
static CreditLedger *
state_of(FunctionCallInfo fcinfo, int deal_argument, int partner_argument)
{
	MemoryContext aggregate;
	CreditLedger *ledger;
	FmgrInfo *deal_cast;
	FmgrInfo *partner_cast;
	IdType deal_type;
	IdType partner_type;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		elog(ERROR, "credit_ledger_accum called in non-aggregate context");
	if (!PG_ARGISNULL(0))
		return (CreditLedger *) PG_GETARG_POINTER(0);
	deal_type = argument_type(fcinfo, deal_argument, "deal", aggregate,
							  &deal_cast);
	partner_type = argument_type(fcinfo, partner_argument, "partner",
								 aggregate, &partner_cast);
	ledger = make_ledger(context_of_states(aggregate, "credit_ledgers"),
						 deal_type, partner_type);
	ledger->deal_cast = deal_cast;
	ledger->partner_cast = partner_cast;
	return ledger;
}

static void
cast_id(FmgrInfo *cast, NullableDatum *id)
{
	if (cast != NULL && !id->isnull)
		id->value = FunctionCall1(cast, id->value);
}

/* A row's arguments, in copy where an id must be cast. */
static const NullableDatum *
cast_ids(const CreditLedger *ledger, FunctionCallInfo fcinfo,
		 int deal_argument, NullableDatum *copy)
{
	if (likely(ledger->deal_cast == NULL && ledger->partner_cast == NULL))
		return fcinfo->args;
	memcpy(copy, fcinfo->args, PG_NARGS() * sizeof(NullableDatum));
	cast_id(ledger->deal_cast, &copy[deal_argument]);
	cast_id(ledger->partner_cast, &copy[LEDGER_PARTNER_ARGUMENT]);
	return copy;
}

/*
 * credit_ledger_accum(state, deal, amount, model, role, partner
 *					   [, occurred_at, closed_at [, weight]]) -> state
 */
Datum
credit_ledger_accum(PG_FUNCTION_ARGS)
{
	CreditLedger *ledger = state_of(fcinfo, LEDGER_DEAL_ARGUMENT,
									LEDGER_PARTNER_ARGUMENT);
	NullableDatum copy[MAX_LEDGER_ARGUMENTS];
	const NullableDatum *args = cast_ids(ledger, fcinfo, LEDGER_DEAL_ARGUMENT,
										 copy);

	add_ledger_row(ledger, args, PG_NARGS(), ledger_model(ledger, args));
	PG_RETURN_POINTER(ledger);
}

/*
 * credit_comparison_accum(state, models, deal, amount, role, partner
 *						   [, occurred_at, closed_at [, weight]]) -> state
 */
Datum
credit_comparison_accum(PG_FUNCTION_ARGS)
{
	CreditLedger *ledger = state_of(fcinfo, LEDGER_DEAL_ARGUMENT + 1,
									LEDGER_PARTNER_ARGUMENT);
	NullableDatum copy[MAX_LEDGER_ARGUMENTS];
	const NullableDatum *args = cast_ids(ledger, fcinfo,
										 LEDGER_DEAL_ARGUMENT + 1, copy);

	compare_ledger_models(ledger, args);
	add_compared_ledger_row(ledger, args, PG_NARGS());
	PG_RETURN_POINTER(ledger);
}

/* ---- between processes ---- */

/*
 * credit_ledger_combine(state, state) -> state
 */
Datum
credit_ledger_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate;
	CreditLedger *to;
	const CreditLedger *from;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		elog(ERROR, "credit_ledger_combine called in non-aggregate context");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	from = (const CreditLedger *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
		to = make_ledger_like(context_of_states(aggregate, "credit_ledgers"),
							  from);
	else
		to = (CreditLedger *) PG_GETARG_POINTER(0);
	for (int i = 0; i < from->npieces; i++)
		adopt_ledger(to, from->area, from->pieces[i], true);
	if (from->npieces == 0)
		absorb_ledger(to, from);
	if (from->rest != NULL)
		absorb_ledger(to, from->rest);
	PG_RETURN_POINTER(to);
}

/*
 * credit_ledger_serialize(state) -> bytea
 */
Datum
credit_ledger_serialize(PG_FUNCTION_ARGS)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "credit_ledger_serialize called in non-aggregate context");
	PG_RETURN_BYTEA_P(
		flat_ledger_state(settle_ledger((CreditLedger *) PG_GETARG_POINTER(0)),
						  0));
}

/*
 * credit_ledger_deserialize(bytea, internal) -> state
 *
 * For credit_ledger_combine() alone, which is called before the bytes go.
 */
Datum
credit_ledger_deserialize(PG_FUNCTION_ARGS)
{
	struct varlena *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR,
			 "credit_ledger_deserialize called in non-aggregate context");
	state = PG_DETOAST_DATUM(PointerGetDatum(PG_GETARG_BYTEA_P(0)));
	if (ledger_is_shared(state))
		PG_RETURN_POINTER(find_shared_ledger(state));
	PG_RETURN_POINTER(ledger_from_flat((const char *) state, VARSIZE(state)));
}

/* ---- the result ---- */

static Size
flat_size(ExpandedObjectHeader *header)
{
	LedgerPacking packing;

	/* It may be stored, and what is stored has a text form for a dump. */
	return plan_flat_value(settle_ledger((CreditLedger *) header), &packing,
						   MAX_HEX_VALUE);
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size allocated)
{
	const CreditLedger *ledger = settle_ledger((CreditLedger *) header);
	LedgerPacking packing;

	(void) plan_flat(ledger, &packing);
	write_flat(ledger, &packing, result, allocated);
	SET_VARSIZE(result, allocated);
}

static const ExpandedObjectMethods ledger_methods = {flat_size, flatten_into};

/* A ledger as a value, which points to it. */
Datum
ledger_datum(CreditLedger *ledger)
{
	EOH_init_header(&ledger->header, &ledger_methods, ledger->context);
	return EOHPGetRODatum(&ledger->header);
}

/*
 * credit_ledger_final(state) -> credit_ledger
 *
 * The result points to the state.  The pointer is in the caller's memory
 * context, since servers before 16 copy, and so flatten, what is not.
 */
Datum
credit_ledger_final(PG_FUNCTION_ARGS)
{
	CreditLedger *ledger;
	void *pointer;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "credit_ledger_final called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	ledger = (CreditLedger *) PG_GETARG_POINTER(0);
	pointer = palloc(EXPANDED_POINTER_SIZE);
	memcpy(pointer, DatumGetPointer(ledger_datum(ledger)),
		   EXPANDED_POINTER_SIZE);
	PG_RETURN_POINTER(pointer);
}
