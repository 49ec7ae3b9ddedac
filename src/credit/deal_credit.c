/*
 * deal_credit.c
 *		One deal, its touches and its model: a value that says who gets what.
 *
 * deal_credit_agg() is the aggregate for GROUP BY deal.  Its state is the
 * value: a header, the model, the amount, and the touches one behind the
 * other.  While an aggregate runs there is room behind the last of them, and
 * they are in the order of arrival; a value has no room, and its touches are
 * in their order, so that the same rows give the same bytes.
 *
 * The executor copies a state that has moved.  For a deal of millions of
 * touches that would be hundreds of megabytes in one go, which nothing can
 * interrupt; so a large state becomes an expanded object, which stays where
 * it is and whose memory grows without being copied.
 *
 * IDENTIFICATION
 *		src/credit/deal_credit.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/aggregate_state.h"
#include "base/rows_disagree.h"
#include "base/value_form.h"
#include "base/compat.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/credit.h"
#include "base/decimal.h"

PG_FUNCTION_INFO_V1(deal_credit_accum_text);
PG_FUNCTION_INFO_V1(deal_credit_accum_bigint);
PG_FUNCTION_INFO_V1(deal_credit_accum_uuid);
PG_FUNCTION_INFO_V1(deal_credit_combine);
PG_FUNCTION_INFO_V1(deal_credit_final);
PG_FUNCTION_INFO_V1(deal_credit_rows);

#define DEAL_CREDIT_VERSION 1

static const ValueType deal_credit_type;
#define FIRST_ROOM     256
#define LARGE_STATE    ((Size) 1024 * 1024)
#define COPIED_AT_ONCE ((Size) 8 * 1024 * 1024)

/* A touch as it is stored, not aligned; partner and role follow. */
typedef struct StoredTouch
{
	Moment occurred_at;
	int64 weight;
	int32 partner_length;
	int32 role_length; /* -1: none */
} StoredTouch;

typedef struct DealCredit
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 spare[3];         /* zero */
	int32 model_size;       /* given with the amount; 0: none */
	int32 touch_model_size; /* given with touches alone */
	int32 amount_size;
	int32 touches_size;
	int64 ntouches;
	Moment closed_at; /* DT_NOEND: open, or no amount yet */
	char data[FLEXIBLE_ARRAY_MEMBER];
	/* the models, aligned; the amount; the touches; room */
} DealCredit;

#define HEADER_SIZE        offsetof(DealCredit, data)
#define MODEL(state)       ((state)->data)
#define TOUCH_MODEL(state) (MODEL(state) + MAXALIGN((state)->model_size))
#define AMOUNT(state) \
	(TOUCH_MODEL(state) + MAXALIGN((state)->touch_model_size))
#define TOUCHES(state) (AMOUNT(state) + MAXALIGN((state)->amount_size))
#define USED(state) \
	((Size) (TOUCHES(state) - (char *) (state)) + (state)->touches_size)

StaticAssertDecl(offsetof(DealCredit, data) == 40, "no padding");

/* A state too large to be copied whenever it has grown. */
typedef struct GrowingCredit
{
	ExpandedObjectHeader header;
	DealCredit *state;
} GrowingCredit;

/* A state that is being changed. */
typedef struct ChangingCredit
{
	DealCredit *state;
	GrowingCredit *growing;   /* NULL: the state is flat */
	MemoryContext aggregates; /* NULL: and stays so */
} ChangingCredit;

static void
too_many_touches(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("deal has too many touches for one value"),
					errhint("Use the window function credit(), or "
							"credit_ledger_agg().")));
}

/* A copy that can be cancelled. */
static void
copy_bytes(char *to, const char *from, Size size)
{
	while (size > 0)
	{
		Size piece = Min(size, COPIED_AT_ONCE);

		CHECK_FOR_INTERRUPTS();
		memcpy(to, from, piece);
		to += piece;
		from += piece;
		size -= piece;
	}
}

/* So many bytes, and room that the caller fills. */
static DealCredit *
allocate_state(Size fixed, Size room)
{
	Size size = fixed + room;
	DealCredit *state;

	if (size > MaxAllocSize)
		too_many_touches();
	state = allocate_array(size, 1);
	memset(state, 0, fixed);
	SET_VARSIZE(state, size);
	state->version = DEAL_CREDIT_VERSION;
	state->closed_at = DT_NOEND;
	return state;
}

/* A state with other models and amount, and room for as many touches. */
static DealCredit *
without_touches(const DealCredit *state, const CreditModel *model,
				const CreditModel *touch_model, Numeric amount, Size room)
{
	int32 model_size = model == NULL ? 0 : VARSIZE(model);
	int32 touch_model_size = touch_model == NULL ? 0 : VARSIZE(touch_model);
	int32 amount_size = amount == NULL ? 0 : VARSIZE(amount);
	DealCredit *new = allocate_state(HEADER_SIZE + MAXALIGN(model_size) +
										 MAXALIGN(touch_model_size) +
										 MAXALIGN(amount_size),
									 state->touches_size + room);

	new->model_size = model_size;
	new->touch_model_size = touch_model_size;
	new->amount_size = amount_size;
	new->closed_at = state->closed_at;
	if (model_size > 0)
		memcpy(MODEL(new), model, model_size);
	if (touch_model_size > 0)
		memcpy(TOUCH_MODEL(new), touch_model, touch_model_size);
	if (amount_size > 0)
		memcpy(AMOUNT(new), amount, amount_size);
	return new;
}

/* The state with other models, amount or room. */
static DealCredit *
rebuild(const DealCredit *state, const CreditModel *model,
		const CreditModel *touch_model, Numeric amount, Size room)
{
	DealCredit *new = without_touches(state, model, touch_model, amount, room);

	new->touches_size = state->touches_size;
	new->ntouches = state->ntouches;
	copy_bytes(TOUCHES(new), TOUCHES(state), state->touches_size);
	return new;
}

static const CreditModel *
model_of(const DealCredit *state)
{
	return state->model_size == 0 ? NULL : (const CreditModel *) MODEL(state);
}

static const CreditModel *
touch_model_of(const DealCredit *state)
{
	return state->touch_model_size == 0
			   ? NULL
			   : (const CreditModel *) TOUCH_MODEL(state);
}

static Numeric
amount_of(const DealCredit *state)
{
	return state->amount_size == 0 ? NULL : (Numeric) AMOUNT(state);
}

static DealCredit *canonical(const DealCredit *state);

static void
disagree(const StatedRange *range, const char *what)
{
	rows_disagree(range,
				  &(Disagreement){ERRCODE_INVALID_PARAMETER_VALUE, "one deal",
								  psprintf("its %s", what), NULL,
								  psprintf("GROUP BY the deal, and give it "
										   "one %s.",
										   what)});
}

static void
disagree_on_text(const char *what, const char *known, const char *text)
{
	StatedRange range = {CurrentMemoryContext};

	note_stated(&range, NULL, known);
	note_stated(&range, NULL, text);
	disagree(&range, what);
}

/* ---- a state that grows ---- */

static Size
growing_size(ExpandedObjectHeader *header)
{
	return USED(((GrowingCredit *) header)->state);
}

static void
flatten_growing(ExpandedObjectHeader *header, void *result, Size allocated)
{
	copy_bytes(result, (const char *) ((GrowingCredit *) header)->state,
			   allocated);
	SET_VARSIZE(result, allocated);
}

static const ExpandedObjectMethods growing_methods = {growing_size,
													  flatten_growing};

/* Ours, where it is large enough to be one. */
static GrowingCredit *
growing_of(Datum value)
{
	ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return NULL;
	header = DatumGetEOHP(value);
	return header->eoh_methods == &growing_methods ? (GrowingCredit *) header
												   : NULL;
}

/* To be read. */
static const DealCredit *
credit_of_datum(Datum value)
{
	GrowingCredit *growing = growing_of(value);

	return growing != NULL ? growing->state
						   : value_of_datum(value, &deal_credit_type);
}

/* To be changed: the aggregate's state, or a copy of a value. */
static void
start_change(ChangingCredit *change, FunctionCallInfo fcinfo, int argno)
{
	Datum value = PG_GETARG_DATUM(argno);

	change->growing = NULL;
	change->aggregates = NULL;
	AggCheckCallContext(fcinfo, &change->aggregates);
	if (PG_ARGISNULL(argno))
		change->state = allocate_state(HEADER_SIZE, 0);
	else if (change->aggregates != NULL &&
			 VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)) &&
			 growing_of(value) != NULL)
	{
		change->growing = growing_of(value);
		change->state = change->growing->state;
	}
	else
		change->state = state_for_update(fcinfo, argno, &deal_credit_type);
}

/* A transition's result: called by anybody but an aggregate it is a value. */
static Datum
end_change(const ChangingCredit *change)
{
	if (change->growing != NULL)
		return EOHPGetRWDatum(&change->growing->header);
	return PointerGetDatum(
		change->aggregates != NULL ? change->state : canonical(change->state));
}

/* The executor keeps it if its memory is a child of the aggregates'. */
static GrowingCredit *
start_growing(MemoryContext aggregates)
{
	MemoryContext context = AllocSetContextCreate(aggregates, "deal_credit",
												  ALLOCSET_SMALL_SIZES);
	GrowingCredit *growing = MemoryContextAllocZero(context,
													sizeof(GrowingCredit));

	EOH_init_header(&growing->header, &growing_methods, context);
	return growing;
}

/* The state with other models, amount or room takes the place of the old. */
static void
change_state(ChangingCredit *change, const CreditModel *model,
			 const CreditModel *touch_model, Numeric amount, Size room)
{
	DealCredit *old = change->state;
	bool ours = change->growing != NULL; /* a flat one is the executor's */
	MemoryContext caller = CurrentMemoryContext;

	if (change->growing == NULL && change->aggregates != NULL &&
		USED(old) + room > LARGE_STATE)
		change->growing = start_growing(change->aggregates);
	if (change->growing != NULL)
		MemoryContextSwitchTo(change->growing->header.eoh_context);
	change->state = rebuild(old, model, touch_model, amount, room);
	if (change->growing != NULL)
		change->growing->state = change->state;
	if (ours)
		pfree(old);
	MemoryContextSwitchTo(caller);
}

/* Room for one more touch of so many bytes, and for many more. */
static void
make_room(ChangingCredit *change, Size size)
{
	DealCredit *state = change->state;
	Size used = USED(state);
	Size room = Max(size, (Size) state->touches_size) + FIRST_ROOM;

	if (size > MaxAllocSize - used)
		too_many_touches();
	room = Min(room, MaxAllocSize - used);
	if (change->growing == NULL)
	{
		change_state(change, model_of(state), touch_model_of(state),
					 amount_of(state), room);
		return;
	}
	/* The C library moves large memory, and does not copy it. */
	state = repalloc_huge(state, used + room);
	advise_huge_pages(state, used + room);
	SET_VARSIZE(state, used + room);
	change->state = change->growing->state = state;
}

/* What one row says of the deal must be what others say. */
static void
state_deal(ChangingCredit *change, Numeric amount, const CreditModel *model,
		   Moment closed_at)
{
	DealCredit *state = change->state;
	Numeric known = amount_of(state);
	const CreditModel *known_model = model_of(state);

	if (known != NULL)
	{
		if (!DatumGetBool(DirectFunctionCall2(numeric_eq,
											  NumericGetDatum(known),
											  NumericGetDatum(amount))))
		{
			StatedRange range = {CurrentMemoryContext};

			note_stated(&range, known, NULL);
			note_stated(&range, amount, NULL);
			disagree(&range, "amount");
		}
		if (state->closed_at != closed_at)
			disagree_on_text("close", credit_show_moment(state->closed_at),
							 credit_show_moment(closed_at));
	}
	if (known_model != NULL && model != NULL &&
		!credit_model_equal(known_model, model))
		disagree_on_text("credit model", credit_model_to_text(known_model),
						 credit_model_to_text(model));
	if (known == NULL || (known_model == NULL && model != NULL))
	{
		/* Equal amounts, however many zeros they end in, are equal bytes. */
		if (known == NULL && numeric_is_finite(amount))
			known = DatumGetNumeric(
				DirectFunctionCall1(numeric_trim_scale,
									NumericGetDatum(amount)));
		else if (known == NULL)
			known = amount;
		state->closed_at = closed_at;
		change_state(change, known_model == NULL ? model : known_model,
					 touch_model_of(state), known, FIRST_ROOM);
	}
}

static void
state_touch_model(ChangingCredit *change, const CreditModel *model)
{
	const DealCredit *state = change->state;
	const CreditModel *known = touch_model_of(state);

	/* Also where the deal has a model of its own, which may come later. */
	if (known == NULL)
		change_state(change, model_of(state), model, amount_of(state),
					 FIRST_ROOM);
	else if (!credit_model_equal(known, model))
		disagree_on_text("credit model", credit_model_to_text(known),
						 credit_model_to_text(model));
}

static void
append_touch(ChangingCredit *change, const StoredTouch *touch,
			 const char *partner, const char *role)
{
	DealCredit *state = change->state;
	Size size = sizeof(StoredTouch) + touch->partner_length +
				Max(touch->role_length, 0);
	char *at;

	Assert(state != NULL);
	if (USED(state) + size > VARSIZE(state))
	{
		make_room(change, size);
		state = change->state;
	}
	at = TOUCHES(state) + state->touches_size;
	memcpy(at, touch, sizeof(StoredTouch));
	at += sizeof(StoredTouch);
	memcpy(at, partner, touch->partner_length);
	if (touch->role_length > 0)
		memcpy(at + touch->partner_length, role, touch->role_length);
	state->touches_size += size;
	state->ntouches++;
}

/* A touch that has been read from a state. */
static void
append_row(ChangingCredit *change, const NamedTouch *row)
{
	StoredTouch touch = {0};

	touch.occurred_at = row->touch.occurred_at;
	touch.weight = row->touch.weight;
	touch.partner_length = row->partner.length;
	touch.role_length = row->role.bytes == NULL ? -1 : row->role.length;
	append_touch(change, &touch, row->partner.bytes, row->role.bytes);
}

/* The touches by name, pointing into the state. */
static NamedTouch *
read_touches(const DealCredit *state)
{
	NamedTouch *rows = allocate_array(state->ntouches, sizeof(NamedTouch));
	const char *at = TOUCHES(state);

	for (int64 i = 0; i < state->ntouches; i++)
	{
		StoredTouch touch;

		check_for_interrupts_at(i);
		memcpy(&touch, at, sizeof(touch));
		at += sizeof(touch);
		memset(&rows[i], 0, sizeof(NamedTouch));
		rows[i].touch.occurred_at = touch.occurred_at;
		rows[i].touch.weight = touch.weight;
		rows[i].row = (int) i;
		rows[i].partner.bytes = at;
		rows[i].partner.length = touch.partner_length;
		at += touch.partner_length;
		if (touch.role_length >= 0)
		{
			rows[i].role.bytes = at;
			rows[i].role.length = touch.role_length;
			at += touch.role_length;
		}
	}
	return rows;
}

static int
compare_named(const NamedTouch *a, const NamedTouch *b)
{
	int order;

	if (a->touch.occurred_at != b->touch.occurred_at)
		return a->touch.occurred_at < b->touch.occurred_at ? -1 : 1;
	order = credit_compare_names(&a->partner, &b->partner);
	if (order == 0)
		order = credit_compare_names(&a->role, &b->role);
	if (order == 0)
		order = (a->touch.weight > b->touch.weight) -
				(a->touch.weight < b->touch.weight);
	return order;
}

#define ST_SORT          sort_named
#define ST_ELEMENT_TYPE  NamedTouch
#define ST_COMPARE(a, b) compare_named(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The state without room, its touches in their order. */
static DealCredit *
canonical(const DealCredit *state)
{
	NamedTouch *rows = read_touches(state);
	ChangingCredit result = {0};

	result.state = without_touches(state, model_of(state),
								   state->model_size > 0
									   ? NULL
									   : touch_model_of(state),
								   amount_of(state), 0);
	sort_named(rows, state->ntouches);
	for (int64 i = 0; i < state->ntouches; i++)
	{
		check_for_interrupts_at(i);
		append_row(&result, &rows[i]);
	}
	pfree(rows);
	return result.state;
}

/* ---- the aggregate ---- */

enum
{
	ARG_STATE,
	ARG_AMOUNT,
	ARG_MODEL,
	ARG_ROLE,
	ARG_PARTNER,
	ARG_OCCURRED_AT,
	ARG_CLOSED_AT,
	ARG_WEIGHT
};

#define HAS_ARGUMENT(number) ((number) < PG_NARGS() && !PG_ARGISNULL(number))

/* CREDIT_UNDATED_AT for none. */
static Moment
time_argument(FunctionCallInfo fcinfo, int number)
{
	return HAS_ARGUMENT(number) ? credit_moment(PG_GETARG_MOMENT(number))
								: CREDIT_UNDATED_AT;
}

/*
 * deal_credit_accum(deal_credit, amount numeric, model credit_model,
 *		role text, partner T [, occurred_at moment, closed_at moment
 *		[, weight numeric]]) -> deal_credit
 *
 * A row without a partner only states the deal.
 */
static Datum
accumulate(FunctionCallInfo fcinfo, IdType partner_type)
{
	bool has_partner = !PG_ARGISNULL(ARG_PARTNER);
	ChangingCredit change;
	const CreditModel *model = NULL;

	start_change(&change, fcinfo, ARG_STATE);
	if (HAS_ARGUMENT(ARG_MODEL))
		model = PG_GETARG_CREDIT_MODEL(ARG_MODEL);
	if (HAS_ARGUMENT(ARG_AMOUNT))
		state_deal(&change, PG_GETARG_NUMERIC(ARG_AMOUNT), model,
				   time_argument(fcinfo, ARG_CLOSED_AT));
	else if (model != NULL && has_partner)
		state_touch_model(&change, model);
	if (has_partner)
	{
		StoredTouch touch = {0};
		void *allocated; /* goes with the row */
		CreditName partner = credit_id_name(PG_GETARG_DATUM(ARG_PARTNER),
											partner_type, &allocated);
		const char *role = NULL;

		touch.occurred_at = time_argument(fcinfo, ARG_OCCURRED_AT);
		touch.weight = CREDIT_UNWEIGHTED;
		if (HAS_ARGUMENT(ARG_WEIGHT))
			touch.weight = credit_touch_weight(PG_GETARG_NUMERIC(ARG_WEIGHT));
		touch.partner_length = partner.length;
		touch.role_length = -1;
		if (HAS_ARGUMENT(ARG_ROLE))
		{
			text *name = PG_GETARG_TEXT_PP(ARG_ROLE);

			role = VARDATA_ANY(name);
			touch.role_length = VARSIZE_ANY_EXHDR(name);
		}
		append_touch(&change, &touch, partner.bytes, role);
	}
	PG_RETURN_DATUM(end_change(&change));
}

Datum
deal_credit_accum_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, ID_TEXT);
}

Datum
deal_credit_accum_bigint(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, ID_BIGINT);
}

Datum
deal_credit_accum_uuid(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, ID_UUID);
}

/*
 * deal_credit_combine(deal_credit, deal_credit) -> deal_credit: one deal from
 * two parts of its rows; NULL is no rows
 */
Datum
deal_credit_combine(PG_FUNCTION_ARGS)
{
	ChangingCredit change;
	const DealCredit *other;
	NamedTouch *rows;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
	{
		(void) credit_of_datum(PG_GETARG_DATUM(0));
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = credit_of_datum(PG_GETARG_DATUM(1));
	start_change(&change, fcinfo, 0);
	if (other->amount_size > 0)
		state_deal(&change, amount_of(other), model_of(other),
				   other->closed_at);
	if (other->touch_model_size > 0)
		state_touch_model(&change, touch_model_of(other));
	rows = read_touches(other);
	for (int64 i = 0; i < other->ntouches; i++)
	{
		check_for_interrupts_at(i);
		append_row(&change, &rows[i]);
	}
	pfree(rows);
	PG_RETURN_DATUM(end_change(&change));
}

/*
 * deal_credit_final(deal_credit) -> deal_credit
 */
Datum
deal_credit_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(canonical(credit_of_datum(PG_GETARG_DATUM(0))));
}

/* ---- reading ---- */

enum
{
	ROW_PARTNER,
	ROW_ROLE,
	ROW_SHARE,
	ROW_AMOUNT,
	ROW_REASON,
	ROW_COLUMNS
};

static void
put_credit(FunctionCallInfo fcinfo, const CreditName *partner,
		   const CreditName *role, int64 share, Numeric amount,
		   StringInfo reason)
{
	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS] = {0};

	nulls[ROW_PARTNER] = partner == NULL;
	if (partner != NULL)
		values[ROW_PARTNER] = PointerGetDatum(
			cstring_to_text_with_len(partner->bytes, partner->length));
	nulls[ROW_ROLE] = role == NULL || role->bytes == NULL;
	if (!nulls[ROW_ROLE])
		values[ROW_ROLE] = PointerGetDatum(
			cstring_to_text_with_len(role->bytes, role->length));
	nulls[ROW_SHARE] = share < 0;
	if (share >= 0)
		values[ROW_SHARE] = NumericGetDatum(
			numeric_from_decimal(share, CREDIT_SHARE_DIGITS));
	nulls[ROW_AMOUNT] = amount == NULL;
	values[ROW_AMOUNT] = NumericGetDatum(amount);
	values[ROW_REASON] = PointerGetDatum(
		cstring_to_text_with_len(reason->data, reason->len));
	put_row(fcinfo, values, nulls);
	resetStringInfo(reason);
}

/* The amount, at the model's digits. */
static Numeric
at_model_digits(Numeric amount, const CreditModel *model)
{
	if (model == NULL || !numeric_is_finite(amount))
		return amount;
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_round, NumericGetDatum(amount),
							Int32GetDatum(model->minor_digits)));
}

/*
 * credits(deal_credit) -> setof (partner, role, share, amount, reason)
 */
Datum
deal_credit_rows(PG_FUNCTION_ARGS)
{
	const DealCredit *state = credit_of_datum(PG_GETARG_DATUM(0));
	Numeric numeric = amount_of(state);
	CreditProblem problem = CREDIT_NO_PROBLEM;
	CreditAmount amount;
	CreditDeal deal = {0};
	CreditScratch scratch;
	StringInfoData reason;
	NamedTouch *rows;
	const int64 *shares;
	MemoryContext row; /* of the values of one */
	MemoryContext caller;

	begin_rows(fcinfo);
	initStringInfo(&reason);
	deal.model = model_of(state);
	if (deal.model == NULL)
		deal.model = touch_model_of(state);
	if (numeric == NULL)
		problem = CREDIT_NO_AMOUNT;
	else
	{
		credit_read_amount(numeric, &amount);
		if (deal.model != NULL)
			problem = credit_amount_problem(&amount, deal.model);
		else if (state->ntouches > 0)
			problem = CREDIT_NO_MODEL;
	}
	row = AllocSetContextCreate(CurrentMemoryContext, "credits row",
								ALLOCSET_SMALL_SIZES);
	if (problem != CREDIT_NO_PROBLEM)
	{
		/* Who touched the deal is told all the same. */
		rows = read_touches(state);
		sort_named(rows, state->ntouches);
		for (int64 i = 0; i < state->ntouches; i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(row);
			caller = MemoryContextSwitchTo(row);
			credit_append_problem(&reason, problem, deal.model);
			put_credit(fcinfo, &rows[i].partner, &rows[i].role, -1, NULL,
					   &reason);
			MemoryContextSwitchTo(caller);
		}
		credit_append_problem(&reason, problem, deal.model);
		put_credit(fcinfo, NULL, NULL, -1, numeric, &reason);
		return (Datum) 0;
	}
	if (state->ntouches == 0)
	{
		appendStringInfoString(&reason, "no partner");
		put_credit(fcinfo, NULL, NULL, CREDIT_SHARE_ONE,
				   at_model_digits(numeric, deal.model), &reason);
		return (Datum) 0;
	}

	deal.closed = state->closed_at != DT_NOEND;
	deal.closed_at = state->closed_at;
	rows = read_touches(state);
	credit_arrange(&deal, rows, state->ntouches);
	credit_start_scratch(&scratch);
	deal.scratch = &scratch;
	credit_weigh(&deal);
	credit_split(&deal, &amount);
	shares = credit_shares(&deal);
	caller = MemoryContextSwitchTo(row);
	for (int64 i = 0; i < deal.ntouches; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(row);
		credit_append_reason(&reason, &deal, i);
		put_credit(fcinfo, &rows[i].partner, &rows[i].role, shares[i],
				   credit_part(&deal, i), &reason);
	}
	MemoryContextSwitchTo(caller);
	if (!deal.weighty || scratch.weights[deal.ntouches].numerator > 0)
	{
		credit_append_remainder_reason(&reason, &deal);
		put_credit(fcinfo, NULL, NULL,
				   deal.weighty ? shares[deal.ntouches] : CREDIT_SHARE_ONE,
				   deal.weighty ? credit_part(&deal, deal.ntouches)
								: at_model_digits(numeric, deal.model),
				   &reason);
	}
	return (Datum) 0;
}

/* ---- the type ---- */

/* A text, or NULL for none */
static void
optional_text(BinaryForm *form, const char **text, int *length)
{
	int32 none = -1;

	if (form->reads)
	{
		*text = NULL;
		if (!binary_has(form, 1, sizeof(none)) ||
			memcmp(form->bytes->data + form->bytes->cursor, &none,
				   sizeof(none)) != 0)
			binary_text(form, text, length);
		else
			form->bytes->cursor += sizeof(none);
	}
	else if (*text)
		binary_text(form, text, length);
	else
		binary_int32(form, &none);
}

static void
optional_model(BinaryForm *form, const CreditModel **model)
{
	const char *text = *model ? credit_model_to_text(*model) : NULL;
	int length = text ? strlen(text) : 0;

	optional_text(form, &text, &length);
	if (!form->reads || form->problem || text == NULL)
		return;
	*model = credit_model_parse_safe(text, form->escontext);
	form->reported |= *model == NULL;
}

static void
time_binary(BinaryForm *form, Moment *time)
{
	binary_int64(form, time);
	if (form->reads && form->problem == NULL && !credit_moment_is_valid(*time))
		binary_problem(form, "A time is out of range.");
}

/* Is it as numeric_out() writes a number? */
static bool
is_number(const char *text)
{
	const char *at = text;
	int digits;
	int decimals = 0;

	if (*at == '-')
		at++;
	if (strcmp(at, "Infinity") == 0 || strcmp(text, "NaN") == 0)
		return true;
	digits = strspn(at, "0123456789");
	at += digits;
	if (*at == '.')
	{
		decimals = strspn(++at, "0123456789");
		at += decimals;
		if (decimals == 0)
			return false;
	}
	/* what numeric holds, as its documentation says */
	return *at == '\0' && digits > 0 && digits <= 131072 && decimals <= 16383;
}

/* As text */
static void
optional_amount(BinaryForm *form, Numeric *amount)
{
	const char *text = NULL;
	int length = 0;

	if (*amount)
	{
		text = DatumGetCString(
			DirectFunctionCall1(numeric_out, NumericGetDatum(*amount)));
		length = strlen(text);
	}
	optional_text(form, &text, &length);
	if (!form->reads || form->problem || text == NULL)
		return;
	if (is_number(text))
		*amount = DatumGetNumeric(
			DirectFunctionCall3(numeric_in, CStringGetDatum(text),
								ObjectIdGetDatum(InvalidOid),
								Int32GetDatum(-1)));
	else
		binary_problem(form, "The amount is not a number.");
}

static void
touch_binary(BinaryForm *form, NamedTouch *row)
{
	time_binary(form, &row->touch.occurred_at);
	binary_int64(form, &row->touch.weight);
	optional_text(form, &row->partner.bytes, &row->partner.length);
	if (form->problem == NULL && row->partner.bytes == NULL)
		binary_problem(form, "A touch has no partner.");
	optional_text(form, &row->role.bytes, &row->role.length);
	if (form->problem == NULL &&
		(row->touch.weight < CREDIT_UNWEIGHTED ||
		 row->touch.weight >=
			 power_of_ten(CREDIT_WEIGHT_DIGITS + CREDIT_WEIGHT_SCALE)))
		binary_problem(form, "A weight is out of range.");
}

/* Adds a touch that was read, and frees it. */
static void
add_read_touch(ChangingCredit *change, const NamedTouch *row)
{
	StoredTouch touch = {.occurred_at = row->touch.occurred_at,
						 .weight = row->touch.weight,
						 .partner_length = row->partner.length,
						 .role_length = row->role.bytes ? row->role.length
														: -1};

	append_touch(change, &touch, row->partner.bytes, row->role.bytes);
	pfree((char *) row->partner.bytes);
	if (row->role.bytes)
		pfree((char *) row->role.bytes);
}

/* The models, the amount, the close, the touches */
static void *
credit_binary(BinaryForm *form, void *value)
{
	const DealCredit *state = value;
	const CreditModel *model = state ? model_of(state) : NULL;
	const CreditModel *touch_model = state ? touch_model_of(state) : NULL;
	Numeric amount = state ? amount_of(state) : NULL;
	Moment closed_at = state ? state->closed_at : DT_NOEND;
	int64 ntouches = state ? state->ntouches : 0;
	NamedTouch *rows = state ? read_touches(state) : NULL;
	ChangingCredit change = {NULL, NULL, NULL};

	optional_model(form, &model);
	optional_model(form, &touch_model);
	optional_amount(form, &amount);
	time_binary(form, &closed_at);
	binary_int64(form, &ntouches);
	if (form->reported)
		return NULL;
	if (ntouches < 0)
		binary_problem(form, "It has a negative number of touches.");
	if (form->reads && form->problem == NULL)
	{
		if (amount == NULL && (model != NULL || closed_at != DT_NOEND))
			binary_problem(form, "It has a model or a close without an "
								 "amount.");
		change.state = allocate_state(HEADER_SIZE, 0);
		if (amount != NULL)
			state_deal(&change, amount, model, closed_at);
		if (touch_model != NULL)
			state_touch_model(&change, touch_model);
	}
	for (int64 i = 0; i < ntouches && form->problem == NULL; i++)
	{
		NamedTouch read = {0};

		CHECK_FOR_INTERRUPTS();
		touch_binary(form, rows ? &rows[i] : &read);
		if (form->reads && form->problem == NULL)
			add_read_touch(&change, &read);
	}
	if (!form->reads || form->problem)
		return value;
	return canonical(change.state);
}

static const ValueType deal_credit_type = {.name = "deal_credit",
										   .version = DEAL_CREDIT_VERSION,
										   .binary = credit_binary};

VALUE_FORMS(deal_credit, &deal_credit_type);
CANONICAL_OPERATORS(deal_credit, &deal_credit_type);
