/*
 * credit.c
 *		Who gets what share of one deal.
 *
 * credit_deal() gives every row of a deal a weight, as a fraction, by the
 * deal's model, and splits the amount by these weights in one step.  Roles
 * that nobody holds take part in that split as one more row, so that what the
 * company retains is exact, too.
 *
 * Nothing depends on the order in which rows arrive: they are put in the order
 * of their date, partner and role, byte by byte, before anything is decided.
 * Rows equal in all of these differ in nothing that could be asked for.
 *
 * IDENTIFICATION
 *		src/credit.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "windowapi.h"

#include "compat.h"
#include "credit.h"
#include "decimal.h"

PG_FUNCTION_INFO_V1(credit_window_text);
PG_FUNCTION_INFO_V1(credit_window_bigint);
PG_FUNCTION_INFO_V1(credit_window_uuid);

/* ---- the allocation ---- */

/* Bytes in order; nothing comes after everything. */
static int
compare_bytes(const char *a, int a_length, const char *b, int b_length)
{
	int order;

	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	order = memcmp(a, b, Min(a_length, b_length));
	return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* By date, partner, role and weight; undated rows last. */
static int
compare_touches(const CreditTouch *x, const CreditTouch *y)
{
	int order;

	if (x->dated != y->dated)
		return x->dated ? -1 : 1;
	if (x->dated && x->occurred_at != y->occurred_at)
		return x->occurred_at < y->occurred_at ? -1 : 1;
	order = compare_bytes(x->partner, x->partner_length, y->partner,
						  y->partner_length);
	if (order == 0)
		order = compare_bytes(x->role, x->role_length, y->role,
							  y->role_length);
	if (order == 0)
		order = (x->weight > y->weight) - (x->weight < y->weight);
	return order;
}

static int
compare_partners(const CreditTouch *x, const CreditTouch *y)
{
	return compare_bytes(x->partner, x->partner_length, y->partner,
						 y->partner_length);
}

/* Sorts that can be cancelled: a deal may have millions of rows. */
typedef CreditTouch *TouchPointer;

#define ST_SORT          sort_touches
#define ST_ELEMENT_TYPE  TouchPointer
#define ST_COMPARE(a, b) compare_touches(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_by_partner
#define ST_ELEMENT_TYPE  TouchPointer
#define ST_COMPARE(a, b) compare_partners(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
unknown_role(const CreditModel *model, const CreditTouch *touch)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("role \"%.*s\" is not a role of the credit model",
					pg_mbcliplen(touch->role, touch->role_length, 200),
					touch->role),
			 errdetail("The roles of the model are %s.",
					   credit_model_role_list(model)),
			 errhint("Name the role in the model (=0 if it earns nothing), "
					 "map it to one of these, or add unknown=ignore.")));
}

/* Whether the row takes part, and in which of the model's roles. */
static CreditReason
judge_touch(const CreditDeal *deal, CreditTouch *touch)
{
	const CreditModel *model = deal->model;
	bool dated_model = model->method == CREDIT_FIRST_TOUCH ||
					   model->method == CREDIT_LAST_TOUCH ||
					   model->lookback != 0;

	touch->role_index = -1;
	if (touch->partner == NULL)
		return CREDIT_NO_PARTNER;
	if (model->method == CREDIT_ROLE_SPLIT)
	{
		if (touch->role == NULL)
			return CREDIT_NO_ROLE;
		touch->role_index = credit_model_find_role(model, touch->role,
												   touch->role_length);
		if (touch->role_index < 0)
		{
			if (model->unknown == CREDIT_UNKNOWN_ERROR)
				unknown_role(model, touch);
			return CREDIT_UNKNOWN_ROLE;
		}
	}
	if (!touch->dated)
	{
		if (dated_model)
			return CREDIT_UNDATED;
	}
	else if (deal->closed)
	{
		if (touch->occurred_at > deal->closed_at &&
			model->after_close == CREDIT_AFTER_CLOSE_EXCLUDE)
			return CREDIT_AFTER_CLOSE;
		if (model->lookback != 0 &&
			touch->occurred_at < deal->closed_at - model->lookback)
			return CREDIT_BEFORE_LOOKBACK;
	}
	if (touch->role_index >= 0 && model->roles[touch->role_index].weight == 0)
		return CREDIT_ZERO_ROLE;
	if (model->method == CREDIT_ROLE_SPLIT &&
		model->within == CREDIT_WITHIN_WEIGHT && touch->weight == 0)
		return CREDIT_ZERO_WEIGHT;
	return CREDIT_COUNTS;
}

/*
 * Finds the end of the run of rows of one partner, and how many of them count.
 */
static int64
partner_run(CreditTouch **by_partner, int64 start, int64 n, int64 *counting)
{
	int64 end;

	*counting = 0;
	for (end = start;
		 end < n && compare_partners(by_partner[start], by_partner[end]) == 0;
		 end++)
		*counting += by_partner[end]->reason == CREDIT_COUNTS;
	return end;
}

/* Equal shares per partner, each spread over the partner's rows, or per row. */
static void
weigh_linear(const CreditModel *model, CreditTouch **by_partner, int64 n,
			 const CreditTouch *first, Weight *weights)
{
	for (int64 start = 0, end; start < n; start = end)
	{
		int64 counting;

		CHECK_FOR_INTERRUPTS();
		end = partner_run(by_partner, start, n, &counting);
		for (int64 i = start; i < end; i++)
		{
			Weight *weight = &weights[by_partner[i] - first];

			if (by_partner[i]->reason != CREDIT_COUNTS)
				continue;
			weight->numerator = 1;
			weight->denominator = model->per == CREDIT_PER_PARTNER ? counting
																   : 1;
		}
	}
}

/*
 * Every partner keeps its role of highest weight, on a tie the one named first
 * in the model; the role's weight is shared within the role.
 */
static void
weigh_roles(const CreditModel *model, CreditTouch **by_partner, int64 n,
			const CreditTouch *first, Weight *weights, Weight *unfilled)
{
	int64 *partners = palloc0(model->nroles * sizeof(int64));
	int64 *touches = palloc0(model->nroles * sizeof(int64));
	int128 *sums = palloc0(model->nroles * sizeof(int128));

	for (int64 start = 0, end; start < n; start = end)
	{
		int best = -1;
		int64 rows = 0;
		int64 counting;

		CHECK_FOR_INTERRUPTS();
		end = partner_run(by_partner, start, n, &counting);
		if (counting == 0)
			continue;
		for (int64 i = start; i < end; i++)
		{
			int role = by_partner[i]->role_index;

			if (by_partner[i]->reason != CREDIT_COUNTS || role == best)
				continue;
			if (best < 0 ||
				model->roles[role].weight > model->roles[best].weight ||
				(model->roles[role].weight == model->roles[best].weight &&
				 role < best))
				best = role;
		}
		for (int64 i = start; i < end; i++)
		{
			if (by_partner[i]->reason != CREDIT_COUNTS)
				continue;
			if (by_partner[i]->role_index != best)
			{
				by_partner[i]->reason = CREDIT_LOWER_ROLE;
				continue;
			}
			rows++;
			sums[best] += by_partner[i]->weight;
		}
		partners[best]++;
		touches[best] += rows;
		/* For now the denominator alone; the rest needs the whole deal. */
		for (int64 i = start; i < end; i++)
			weights[by_partner[i] - first].denominator = rows;
	}

	for (int64 i = 0; i < n; i++)
	{
		const CreditTouch *touch = &first[i];
		Weight *weight = &weights[i];
		int role = touch->role_index;

		if (touch->reason != CREDIT_COUNTS)
			continue;
		weight->numerator = model->roles[role].weight;
		switch ((CreditWithin) model->within)
		{
			case CREDIT_WITHIN_PARTNERS:
				weight->denominator *= partners[role];
				break;
			case CREDIT_WITHIN_TOUCHES:
				weight->denominator = touches[role];
				break;
			case CREDIT_WITHIN_WEIGHT:
				weight->numerator *= touch->weight;
				weight->denominator = sums[role];
				break;
		}
	}

	unfilled->denominator = 1;
	if (model->unfilled == CREDIT_UNFILLED_RETAIN)
		for (int role = 0; role < model->nroles; role++)
			if (touches[role] == 0)
				unfilled->numerator += model->roles[role].weight;
	pfree(partners);
	pfree(touches);
	pfree(sums);
}

/*
 * Fills in every touch's reason and credit, and what is retained, in the
 * current memory context.  Errors: an unknown role where the model says so;
 * an amount that is not a whole number of minor units.
 */
void
credit_deal(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	int64 n = deal->ntouches;
	CreditTouch **order = allocate_array(n, sizeof(CreditTouch *));
	Weight *weights = allocate_array(n + 1, sizeof(Weight));
	Weight *ordered = allocate_array(n + 1, sizeof(Weight));
	Numeric *parts = allocate_array(n + 1, sizeof(Numeric));
	Numeric zero = numeric_from_decimal(0, model->minor_digits);
	int64 last = -1;

	memset(weights, 0, (n + 1) * sizeof(Weight));
	for (int64 i = 0; i <= n; i++)
		weights[i].denominator = 1;
	deal->attributed = false;
	for (int64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		deal->touches[i].reason = judge_touch(deal, &deal->touches[i]);
		order[i] = &deal->touches[i];
	}

	switch ((CreditMethod) model->method)
	{
		case CREDIT_LINEAR:
			sort_by_partner(order, n);
			weigh_linear(model, order, n, deal->touches, weights);
			break;
		case CREDIT_ROLE_SPLIT:
			sort_by_partner(order, n);
			weigh_roles(model, order, n, deal->touches, weights, &weights[n]);
			break;
		case CREDIT_FIRST_TOUCH:
		case CREDIT_LAST_TOUCH:
			break;
	}

	/* The order that decides who comes first and who gets the odd cent. */
	sort_touches(order, n);
	for (int64 i = 0; i < n; i++)
		if (order[i]->reason == CREDIT_COUNTS)
		{
			deal->attributed = true;
			last = order[i] - deal->touches;
			if (model->method == CREDIT_FIRST_TOUCH)
				break;
		}
	if (deal->attributed && (model->method == CREDIT_FIRST_TOUCH ||
							 model->method == CREDIT_LAST_TOUCH))
		weights[last].numerator = 1;

	for (int64 i = 0; i < n; i++)
		ordered[i] = weights[order[i] - deal->touches];
	ordered[n] = weights[n];
	if (apportion_by_fractions(deal->amount, model->minor_digits, ordered,
							   n + 1, parts))
	{
		for (int64 i = 0; i < n; i++)
			order[i]->credit = parts[i];
		deal->retained = parts[n];
	}
	else
	{
		for (int64 i = 0; i < n; i++)
			deal->touches[i].credit = zero;
		deal->retained = zero;
	}
	pfree(order);
	pfree(weights);
	pfree(ordered);
	pfree(parts);
}

/*
 * A touch's own weight as an integer of scale CREDIT_WEIGHT_SCALE; NULL stands
 * for 1.
 */
int128
credit_touch_weight(Numeric weight)
{
	Decimal decimal;

	if (weight == NULL)
		return power_of_ten(CREDIT_WEIGHT_SCALE);
	if (!decimal_from_numeric(weight, &decimal) || decimal.value < 0 ||
		!decimal_rescale(&decimal, CREDIT_WEIGHT_SCALE) ||
		decimal.value >=
			power_of_ten(CREDIT_WEIGHT_DIGITS + CREDIT_WEIGHT_SCALE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight of a touch is out of range"),
				 errdetail("It is %s.", numeric_normalize(weight)),
				 errhint("A weight is not negative and has at most %d digits "
						 "before the decimal point and %d after it.",
						 CREDIT_WEIGHT_DIGITS, CREDIT_WEIGHT_SCALE)));
	return decimal.value;
}

/* ---- the window function ---- */

/* The arguments of credit(). */
enum
{
	ARG_AMOUNT,
	ARG_MODEL,
	ARG_ROLE,
	ARG_PARTNER,
	ARG_OCCURRED_AT,
	ARG_CLOSED_AT,
	ARG_WEIGHT
};

/* How a partner is written; ties are decided by its text in any case. */
typedef enum PartnerType
{
	PARTNER_TEXT,
	PARTNER_BIGINT,
	PARTNER_UUID
} PartnerType;

/* What the function keeps while it walks through a partition. */
typedef struct CreditPartition
{
	bool ready;
	Numeric *credits; /* NULL: the amount or the model is */
} CreditPartition;

/* Detoasting a row's value may have copied it, once a row. */
static void
free_copy(const void *value, Datum datum)
{
	if (value != DatumGetPointer(datum))
		pfree(unconstify(void *, value));
}

static const char *
copy_text(Datum datum, int *length)
{
	text *value = DatumGetTextPP(datum);
	char *copy;

	*length = VARSIZE_ANY_EXHDR(value);
	copy = palloc(*length + 1);
	memcpy(copy, VARDATA_ANY(value), *length);
	copy[*length] = '\0';
	free_copy(value, datum);
	return copy;
}

static const char *
copy_partner(Datum datum, PartnerType type, int *length)
{
	char *copy;

	if (type == PARTNER_TEXT)
		return copy_text(datum, length);
	if (type == PARTNER_UUID)
		copy = DatumGetCString(DirectFunctionCall1(uuid_out, datum));
	else
		copy = DatumGetCString(DirectFunctionCall1(int8out, datum));
	*length = strlen(copy);
	return copy;
}

static Datum
argument(WindowObject window, int number, int64 row, bool *isnull)
{
	bool isout;

	return WinGetFuncArgInPartition(window, number, (int) row,
									WINDOW_SEEK_HEAD, false, isnull, &isout);
}

static void
disagree(const char *what, const char *first, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of one deal disagree on its %s", what),
			 errdetail("One row has %s, another has %s.", first, other),
			 errhint("PARTITION BY the deal, and give each of its rows the "
					 "same %s.",
					 what)));
}

static const char *
show_amount(Numeric amount)
{
	return amount == NULL ? "null" : numeric_normalize(amount);
}

static const char *
show_model(const CreditModel *model)
{
	return model == NULL ? "null" : credit_model_to_text(model);
}

/* ISO and UTC: an error must not depend on a setting. */
static const char *
show_time(bool known, TimestampTz time)
{
	char buffer[MAXDATELEN + 1];
	struct pg_tm fields;
	fsec_t fraction;

	if (!known)
		return "null";
	if (TIMESTAMP_NOT_FINITE(time))
		return TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity";
	if (timestamp2tm(time, NULL, &fields, &fraction, NULL, NULL) != 0)
		return "a date out of range";
	EncodeDateTime(&fields, fraction, false, 0, NULL, USE_ISO_DATES, buffer);
	return psprintf("%s UTC", buffer);
}

/* What all rows of a deal must agree on: amount, model and close. */
static void
read_deal(WindowObject window, int64 row, CreditDeal *deal)
{
	bool isnull;
	Datum datum;
	Numeric amount;
	const CreditModel *model;
	TimestampTz closed_at;
	bool closed;

	datum = argument(window, ARG_AMOUNT, row, &isnull);
	amount = isnull ? NULL : DatumGetNumeric(datum);
	if (row == 0)
		deal->amount = isnull ? NULL
							  : DatumGetNumeric(PointerGetDatum(
									PG_DETOAST_DATUM_COPY(datum)));
	else if ((amount == NULL) != (deal->amount == NULL) ||
			 (amount != NULL &&
			  !DatumGetBool(
				  DirectFunctionCall2(numeric_eq, NumericGetDatum(amount),
									  NumericGetDatum(deal->amount)))))
		disagree("amount", show_amount(deal->amount), show_amount(amount));
	if (amount != NULL)
		free_copy(amount, datum);

	datum = argument(window, ARG_MODEL, row, &isnull);
	model = isnull ? NULL : DatumGetCreditModel(datum);
	if (row == 0)
		deal->model = isnull ? NULL
							 : (CreditModel *) PG_DETOAST_DATUM_COPY(
								   PointerGetDatum(model));
	else if ((model == NULL) != (deal->model == NULL) ||
			 (model != NULL && !credit_model_equal(model, deal->model)))
		disagree("credit model", show_model(deal->model), show_model(model));
	if (model != NULL)
		free_copy(model, datum);

	datum = argument(window, ARG_CLOSED_AT, row, &isnull);
	closed = !isnull;
	closed_at = isnull ? 0 : DatumGetTimestampTz(datum);
	if (row == 0)
	{
		deal->closed = closed;
		deal->closed_at = closed_at;
	}
	else if (closed != deal->closed || closed_at != deal->closed_at)
		disagree("close", show_time(deal->closed, deal->closed_at),
				 show_time(closed, closed_at));
}

static void
read_touch(WindowObject window, int64 row, PartnerType type,
		   CreditTouch *touch)
{
	bool isnull;
	Datum datum;
	Numeric weight;

	memset(touch, 0, sizeof(CreditTouch));
	datum = argument(window, ARG_ROLE, row, &isnull);
	if (!isnull)
		touch->role = copy_text(datum, &touch->role_length);
	datum = argument(window, ARG_PARTNER, row, &isnull);
	if (!isnull)
		touch->partner = copy_partner(datum, type, &touch->partner_length);
	datum = argument(window, ARG_OCCURRED_AT, row, &isnull);
	/* An infinite time is no date that a touch can have. */
	touch->dated = !isnull &&
				   !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(datum));
	if (touch->dated)
		touch->occurred_at = DatumGetTimestampTz(datum);
	datum = argument(window, ARG_WEIGHT, row, &isnull);
	weight = isnull ? NULL : DatumGetNumeric(datum);
	touch->weight = credit_touch_weight(weight);
	if (weight != NULL)
		free_copy(weight, datum);
}

/* Credits a whole partition, at its first row. */
static void
credit_partition(WindowObject window, CreditPartition *partition,
				 PartnerType type)
{
	CreditDeal deal = {0};

	deal.ntouches = WinGetPartitionRowCount(window);
	if (deal.ntouches > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal has too many rows"),
						errdetail("It has %lld rows, the limit is %d.",
								  (long long) deal.ntouches, PG_INT32_MAX)));
	deal.touches = allocate_array(deal.ntouches, sizeof(CreditTouch));
	for (int64 row = 0; row < deal.ntouches; row++)
	{
		CHECK_FOR_INTERRUPTS();
		read_deal(window, row, &deal);
		read_touch(window, row, type, &deal.touches[row]);
	}
	if (deal.closed && TIMESTAMP_NOT_FINITE(deal.closed_at))
		deal.closed = false;
	if (deal.amount != NULL && deal.model != NULL)
	{
		credit_deal(&deal);
		partition->credits = allocate_array(deal.ntouches, sizeof(Numeric));
		for (int64 row = 0; row < deal.ntouches; row++)
			partition->credits[row] = deal.touches[row].credit;
	}
	partition->ready = true;
}

static Datum
credit_window(FunctionCallInfo fcinfo, PartnerType type)
{
	WindowObject window = PG_WINDOW_OBJECT();
	CreditPartition *partition =
		WinGetPartitionLocalMemory(window, sizeof(CreditPartition));

	if (!partition->ready)
	{
		MemoryContext caller = MemoryContextSwitchTo(
			GetMemoryChunkContext(partition));

		credit_partition(window, partition, type);
		MemoryContextSwitchTo(caller);
	}
	if (partition->credits == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(partition->credits[WinGetCurrentPosition(window)]);
}

/*
 * credit(amount numeric, model credit_model, role text, partner T,
 *		  occurred_at timestamptz, closed_at timestamptz, weight numeric)
 *
 * NULL for a NULL amount or model; 0 for rows that carry no weight.  A close
 * at infinity is none.
 */
Datum
credit_window_text(PG_FUNCTION_ARGS)
{
	return credit_window(fcinfo, PARTNER_TEXT);
}

Datum
credit_window_bigint(PG_FUNCTION_ARGS)
{
	return credit_window(fcinfo, PARTNER_BIGINT);
}

Datum
credit_window_uuid(PG_FUNCTION_ARGS)
{
	return credit_window(fcinfo, PARTNER_UUID);
}
