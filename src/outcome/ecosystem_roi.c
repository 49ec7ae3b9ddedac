/*
 * ecosystem_roi.c
 *		Returns against investment, as a value that can be merged.
 *
 * An ecosystem_roi holds exact sums of amounts by flow (return or investment),
 * kind and period.  These are few, a row of a budget each, so they are kept as
 * a sorted array; the kinds, sorted too, stand once each at the end, and the
 * entries refer to them by number.  Between the two there is a gap while an
 * aggregate runs; a value has none.
 *
 * IDENTIFICATION
 *		src/outcome/ecosystem_roi.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/cancellable_sort.h"
#include "base/month.h"
#include "base/value.h"
#include "base/compat.h"
#include "base/result_rows.h"
#include "outcome/ecosystem_roi_private.h"
#include "base/exact_sum.h"
#include "base/word.h"

PG_FUNCTION_INFO_V1(ecosystem_roi_accum);
PG_FUNCTION_INFO_V1(ecosystem_roi_combine);
PG_FUNCTION_INFO_V1(ecosystem_roi_final);
PG_FUNCTION_INFO_V1(ecosystem_roi_ignored);
PG_FUNCTION_INFO_V1(ecosystem_roi_returns);
PG_FUNCTION_INFO_V1(ecosystem_roi_investment);
PG_FUNCTION_INFO_V1(ecosystem_roi_observational_returns);
PG_FUNCTION_INFO_V1(ecosystem_roi_roi);
PG_FUNCTION_INFO_V1(ecosystem_roi_roi_net);
PG_FUNCTION_INFO_V1(ecosystem_roi_payback_months);
PG_FUNCTION_INFO_V1(ecosystem_roi_by_kind);
PG_FUNCTION_INFO_V1(ecosystem_roi_by_period);

static Roi *
copy_with_capacity(const Roi *roi, Size entries)
{
	Roi *copy = allocate_roi(entries, roi->kinds_size);
	Size size = VARSIZE(copy);

	memcpy(copy, roi, HEADER_SIZE + roi->nentries * sizeof(RoiEntry));
	SET_VARSIZE(copy, size);
	memcpy(KIND_ENDS(copy), KIND_ENDS(roi), roi->kinds_size);
	return copy;
}

Roi *
ecosystem_roi_argument(FunctionCallInfo fcinfo, int argno)
{
	return value_argument(fcinfo, argno, &ecosystem_roi_type);
}

/* The state in argument argno, ours to change; a new one for NULL. */
static Roi *
roi_for_update(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return allocate_roi(0, 0);
	return state_for_update(fcinfo, argno, &ecosystem_roi_type);
}

/* Who calls a transition function directly gets a value, without a gap. */
static Datum
changed_roi(FunctionCallInfo fcinfo, Roi *roi)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		roi = copy_with_capacity(roi, roi->nentries);
	PG_RETURN_POINTER(roi);
}

/*
 * Kinds
 */

static void
check_nkinds(int nkinds, Kind last)
{
	if (nkinds > MAX_KINDS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many kinds of returns and investment"),
				 errdetail("There can be %d; the next is \"%.*s\".", MAX_KINDS,
						   pg_mbcliplen(last.name, last.length, 60),
						   last.name),
				 errhint("A kind is a category, such as team or events.")));
}

/* A copy with one kind more, which becomes the one of that number. */
static Roi *
add_kind(const Roi *roi, int number, Kind kind)
{
	int nkinds = roi->nkinds + 1;
	uint32 old_size = roi->nkinds == 0 ? 0 : KIND_ENDS(roi)[nkinds - 2];
	Roi *copy;

	check_nkinds(nkinds, kind);
	copy = allocate_ecosystem_roi(roi->nentries + 1, nkinds,
								  old_size + kind.length);
	copy->scale = roi->scale;
	copy->nentries = roi->nentries;
	copy->ignored = roi->ignored;
	for (int i = 0; i < roi->nentries; i++)
	{
		copy->entries[i] = roi->entries[i];
		if (copy->entries[i].kind >= number)
			copy->entries[i].kind++;
	}
	for (int i = 0; i < nkinds; i++)
		write_kind(copy, i,
				   i == number ? kind : kind_of(roi, i - (i > number)));
	return copy;
}

/* The number of a kind, which *roi, possibly moved, then has. */
static int
kind_number(Roi **roi, Kind kind)
{
	int low = 0;
	int high = (*roi)->nkinds;

	while (low < high)
	{
		int middle = (low + high) / 2;
		int order = compare_kinds(kind_of(*roi, middle), kind);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*roi = add_kind(*roi, low, kind);
	return low;
}

/*
 * Entries
 */

/* Gives all amounts a scale that is at least the present one. */
static void
raise_scale(Roi *roi, int scale)
{
	if (scale <= roi->scale)
		return;
	raise_sums(&roi->entries[0].amount, sizeof(RoiEntry), roi->nentries,
			   roi->scale, scale);
	roi->scale = scale;
}

/* Adds an amount; the state may move. */
static Roi *
add_amount(Roi *roi, RoiFlow flow, Kind kind, DateADT period,
		   const Decimal *amount)
{
	RoiEntry entry = {.period = period, .flow = flow};
	int low = 0;
	int high;

	raise_scale(roi, amount->scale);
	entry.amount = exact_rescale(amount->value, amount->scale, roi->scale);
	entry.kind = kind_number(&roi, kind);

	high = roi->nentries;
	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (sort_key(&roi->entries[middle]) < sort_key(&entry))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < roi->nentries &&
		sort_key(&roi->entries[low]) == sort_key(&entry))
	{
		roi->entries[low].amount = exact_add(roi->entries[low].amount,
											 entry.amount);
		return roi;
	}
	if (roi->nentries == CAPACITY(roi))
		roi = copy_with_capacity(roi, (Size) roi->nentries * 2 + 4);
	memmove(&roi->entries[low + 1], &roi->entries[low],
			(roi->nentries - low) * sizeof(RoiEntry));
	roi->entries[low] = entry;
	roi->nentries++;
	return roi;
}

/*
 * The kinds of a with those of b.  Kinds of b that a does not have yet mean a
 * copy of a, with room for the entries of b.  The numbers that the kinds of b
 * then have go to numbers.
 */
static Roi *
merge_kinds(Roi *a, const Roi *b, uint16 *numbers)
{
	int most = a->nkinds + b->nkinds;
	uint16 *new_numbers = palloc((a->nkinds + 1) * sizeof(uint16));
	Kind *kinds = palloc((most + 1) * sizeof(Kind));
	int nkinds = 0;
	Size names = 0;
	Roi *copy = a;

	for (int i = 0, j = 0; i < a->nkinds || j < b->nkinds;)
	{
		int order;

		if (i == a->nkinds)
			order = 1;
		else if (j == b->nkinds)
			order = -1;
		else
			order = compare_kinds(kind_of(a, i), kind_of(b, j));
		kinds[nkinds] = order <= 0 ? kind_of(a, i) : kind_of(b, j);
		names += kinds[nkinds].length;
		check_nkinds(nkinds + 1, kinds[nkinds]);
		if (order <= 0)
			new_numbers[i++] = nkinds;
		if (order >= 0)
			numbers[j++] = nkinds;
		nkinds++;
	}
	if (nkinds > a->nkinds)
	{
		copy = allocate_ecosystem_roi((Size) a->nentries + b->nentries, nkinds,
									  names);
		copy->scale = a->scale;
		copy->nentries = a->nentries;
		copy->ignored = a->ignored;
		for (int i = 0; i < a->nentries; i++)
		{
			copy->entries[i] = a->entries[i];
			copy->entries[i].kind = new_numbers[a->entries[i].kind];
		}
		for (int i = 0; i < nkinds; i++)
			write_kind(copy, i, kinds[i]);
	}
	pfree(new_numbers);
	pfree(kinds);
	return copy;
}

/* An entry with the number that its kind has elsewhere */
static RoiEntry
renumbered(RoiEntry entry, const uint16 *numbers)
{
	entry.kind = numbers[entry.kind];
	return entry;
}

/* Adds the entries of b to those of a, which may move. */
static Roi *
merge_entries(Roi *a, const Roi *b)
{
	uint16 *numbers = palloc((b->nkinds + 1) * sizeof(uint16));
	Size n = a->nentries;
	int i = 0;
	int j;

	a = merge_kinds(a, b, numbers);
	raise_scale(a, b->scale);

	for (j = 0; j < b->nentries; j++)
	{
		RoiEntry entry = renumbered(b->entries[j], numbers);
		uint64 key = sort_key(&entry);

		CHECK_FOR_INTERRUPTS();
		while (i < a->nentries && sort_key(&a->entries[i]) < key)
			i++;
		if (i == a->nentries || sort_key(&a->entries[i]) != key)
			n++;
	}
	if (n > CAPACITY(a))
		a = copy_with_capacity(a, n + n / 2);

	/* Backwards, so that no entry of a is overwritten before it has moved. */
	i = a->nentries - 1;
	j = b->nentries - 1;
	for (int at = (int) n - 1; j >= 0; at--)
	{
		RoiEntry entry = renumbered(b->entries[j], numbers);
		uint64 key = sort_key(&entry);

		CHECK_FOR_INTERRUPTS();
		if (i >= 0 && sort_key(&a->entries[i]) > key)
		{
			a->entries[at] = a->entries[i--];
			continue;
		}
		j--;
		entry.amount = exact_rescale(entry.amount, b->scale, a->scale);
		if (i >= 0 && sort_key(&a->entries[i]) == key)
			entry.amount = exact_add(entry.amount, a->entries[i--].amount);
		a->entries[at] = entry;
	}
	a->nentries = (int32) n;
	pfree(numbers);
	return a;
}

static void
add_ignored(Roi *roi, int64 rows)
{
	roi->ignored += rows;
	if (roi->ignored > MAX_IGNORED)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows in one group")));
}

/*
 * Transition functions
 */

static RoiFlow
flow_argument(FunctionCallInfo fcinfo, int argno)
{
	text *argument = PG_GETARG_TEXT_PP(argno);
	const char *word = VARDATA_ANY(argument);
	int length = VARSIZE_ANY_EXHDR(argument);

	for (int i = 0; i < FLOWS; i++)
	{
		if (same_word(flow_names[i], strlen(flow_names[i]), word, length))
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%.*s\" is neither return nor investment",
					pg_mbcliplen(word, length, 60), word),
			 errhint("The flow is return or investment, in upper or lower "
					 "case; what it is for is the kind.")));
	return RETURN_FLOW; /* for the compiler */
}

/* The kind in argument argno, spelled into a buffer of MAX_KIND bytes */
static Kind
kind_argument(FunctionCallInfo fcinfo, int argno, char *buffer)
{
	Kind kind = {NO_KIND, strlen(NO_KIND)};
	text *argument;
	const char *word;
	char *spelled;
	int length;

	if (PG_ARGISNULL(argno))
		return kind;
	argument = PG_GETARG_TEXT_PP(argno);
	word = VARDATA_ANY(argument);
	length = VARSIZE_ANY_EXHDR(argument);
	spelled = length > MAX_KIND ? palloc(length) : buffer;
	length = spell_word(spelled, word, length);
	if (length == 0)
		return kind;
	if (length > MAX_KIND)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a kind of returns or investment is too long"),
				 errdetail("It has %d bytes, and at most %d are allowed: "
						   "\"%.*s...\".",
						   length, MAX_KIND, pg_mbcliplen(spelled, length, 60),
						   spelled),
				 errhint("A kind is a category, such as team or events.")));
	if (spelled != buffer)
	{
		memcpy(buffer, spelled, length);
		pfree(spelled);
	}
	kind.name = buffer;
	kind.length = length;
	return kind;
}

/* ecosystem_roi_accum(ecosystem_roi, flow, kind, amount [, period date]) */
Datum
ecosystem_roi_accum(PG_FUNCTION_ARGS)
{
	Roi *roi = roi_for_update(fcinfo, 0);
	DateADT period = UNDATED;
	char buffer[MAX_KIND];
	Decimal amount;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
	{
		add_ignored(roi, 1);
		return changed_roi(fcinfo, roi);
	}
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4) &&
		!DATE_NOT_FINITE(PG_GETARG_DATEADT(4)))
		period = PG_GETARG_DATEADT(4);
	amount = amount_argument(fcinfo, 3);
	roi = add_amount(roi, flow_argument(fcinfo, 1),
					 kind_argument(fcinfo, 2, buffer), period, &amount);
	return changed_roi(fcinfo, roi);
}

/*
 * ecosystem_roi_combine(a, b): both together; NULL is nothing.  Combine
 * function, transition function of rollup() and a function for ON CONFLICT DO
 * UPDATE at once.
 */
Datum
ecosystem_roi_combine(PG_FUNCTION_ARGS)
{
	Roi *a;
	Roi *b;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = roi_for_update(fcinfo, 0);
	if (!PG_ARGISNULL(1))
	{
		b = ecosystem_roi_argument(fcinfo, 1);
		a = merge_entries(a, b);
		add_ignored(a, b->ignored);
	}
	return changed_roi(fcinfo, a);
}

/* A value from a transition state, which stays as it is. */
Datum
ecosystem_roi_final(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);

	PG_RETURN_POINTER(copy_with_capacity(roi, roi->nentries));
}

/*
 * Accessors
 */

Datum
ecosystem_roi_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ecosystem_roi_argument(fcinfo, 0)->ignored);
}

static int128
total_of(const Roi *roi, RoiFlow flow)
{
	int128 total = 0;

	for (int i = 0; i < roi->nentries; i++)
	{
		if (roi->entries[i].flow == flow)
			total = exact_add(total, roi->entries[i].amount);
	}
	return total;
}

static Datum
total_as_numeric(FunctionCallInfo fcinfo, RoiFlow flow)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);

	PG_RETURN_NUMERIC(numeric_from_decimal(total_of(roi, flow), roi->scale));
}

Datum
ecosystem_roi_returns(PG_FUNCTION_ARGS)
{
	return total_as_numeric(fcinfo, RETURN_FLOW);
}

Datum
ecosystem_roi_investment(PG_FUNCTION_ARGS)
{
	return total_as_numeric(fcinfo, INVESTMENT_FLOW);
}

/*
 * Ratios are of an investment, and what is not above 0 is none: a sum below it
 * is a credit note, which would turn the sign of what came back.
 */
Datum
ecosystem_roi_roi(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 investment = total_of(roi, INVESTMENT_FLOW);

	if (investment <= 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) total_of(roi, RETURN_FLOW) /
					 (double) investment);
}

Datum
ecosystem_roi_roi_net(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 investment = total_of(roi, INVESTMENT_FLOW);

	if (investment <= 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) (total_of(roi, RETURN_FLOW) - investment) /
					 (double) investment);
}

/*
 * Whether an entry is revenue that would have churned otherwise.  Nobody booked
 * it: it rests on a comparison of customers with and without integrations, which
 * is an observation and not an experiment.
 */
static bool
is_observational(const Roi *roi, const RoiEntry *entry)
{
	static const Kind retained = {"retained", 8};

	return entry->flow == RETURN_FLOW &&
		   compare_kinds(kind_of(roi, entry->kind), retained) == 0;
}

Datum
ecosystem_roi_observational_returns(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 total = 0;

	for (int i = 0; i < roi->nentries; i++)
		if (is_observational(roi, &roi->entries[i]))
			total = exact_add(total, roi->entries[i].amount);
	PG_RETURN_NUMERIC(numeric_from_decimal(total, roi->scale));
}

/*
 * roi_by_kind() -> rows (flow text, kind text, amount numeric, share float8,
 * observational boolean)
 */
Datum
ecosystem_roi_by_kind(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 totals[FLOWS];
	int128 amount = 0;

	begin_rows(fcinfo);
	for (int i = 0; i < FLOWS; i++)
		totals[i] = total_of(roi, i);
	for (int i = 0; i < roi->nentries; i++)
	{
		RoiEntry *entry = &roi->entries[i];
		Datum values[5];
		bool nulls[5] = {false, false, false, false, false};
		Kind kind = kind_of(roi, entry->kind);

		CHECK_FOR_INTERRUPTS();
		amount = begins_kind(roi, i) ? entry->amount
									 : exact_add(amount, entry->amount);
		if (i + 1 < roi->nentries && !begins_kind(roi, i + 1))
			continue;
		values[0] = CStringGetTextDatum(flow_names[entry->flow]);
		values[1] = PointerGetDatum(
			cstring_to_text_with_len(kind.name, kind.length));
		values[2] = NumericGetDatum(numeric_from_decimal(amount, roi->scale));
		nulls[3] = totals[entry->flow] <= 0;
		values[3] = nulls[3] ? (Datum) 0
							 : Float8GetDatum((double) amount /
											  (double) totals[entry->flow]);
		values[4] = BoolGetDatum(is_observational(roi, entry));
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* What flowed in one period */
typedef struct Period
{
	DateADT period;
	bool has[FLOWS]; /* whether there is any such amount, be it 0 */
	int128 amount[FLOWS];
} Period;

static int
compare_periods(const void *a, const void *b)
{
	DateADT left = ((const Period *) a)->period;
	DateADT right = ((const Period *) b)->period;

	return left < right ? -1 : left > right;
}

/* The periods in order, undated first */
static Period *
periods_of(const Roi *roi, int *nperiods)
{
	Period *periods = palloc_extended(Max(roi->nentries, 1) * sizeof(Period),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int n = 0;

	for (int i = 0; i < roi->nentries; i++)
	{
		RoiFlow flow = roi->entries[i].flow;

		periods[i].period = roi->entries[i].period;
		periods[i].has[flow] = true;
		periods[i].amount[flow] = roi->entries[i].amount;
	}
	sort_cancellably(periods, roi->nentries, sizeof(Period), compare_periods);
	for (int i = 0; i < roi->nentries; i++)
	{
		if (n > 0 && periods[n - 1].period == periods[i].period)
		{
			for (int flow = 0; flow < FLOWS; flow++)
			{
				periods[n - 1].has[flow] |= periods[i].has[flow];
				periods[n - 1].amount[flow] = exact_add(
					periods[n - 1].amount[flow], periods[i].amount[flow]);
			}
		}
		else
			periods[n++] = periods[i];
	}
	*nperiods = n;
	return periods;
}

/*
 * roi_by_period() -> rows (period date, returns numeric, investment numeric,
 * roi float8, cumulative_returns numeric, cumulative_investment numeric)
 */
Datum
ecosystem_roi_by_period(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 sum[FLOWS] = {0, 0};
	int nperiods;
	Period *periods = periods_of(roi, &nperiods);
	bool any_undated = nperiods > 0 && periods[0].period == UNDATED;

	begin_rows(fcinfo);
	for (int i = 0; i < nperiods; i++)
	{
		/* What is undated comes last, and is part of no sum up to a date. */
		bool undated = any_undated && i == nperiods - 1;
		Period *period = undated ? &periods[0] : &periods[i + any_undated];
		int128 investment = period->amount[INVESTMENT_FLOW];
		Datum values[6];
		bool nulls[6] = {undated,         false,   false,
						 investment <= 0, undated, undated};

		CHECK_FOR_INTERRUPTS();
		values[0] = DateADTGetDatum(period->period);
		values[3] = nulls[3]
						? (Datum) 0
						: Float8GetDatum((double) period->amount[RETURN_FLOW] /
										 (double) investment);
		for (int flow = 0; flow < FLOWS; flow++)
		{
			values[1 + flow] = NumericGetDatum(
				numeric_from_decimal(period->amount[flow], roi->scale));
			if (!undated)
				sum[flow] = exact_add(sum[flow], period->amount[flow]);
			values[4 + flow] = NumericGetDatum(
				numeric_from_decimal(sum[flow], roi->scale));
		}
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * Months from the first period at whose end there is an investment, which is a
 * sum above 0, to the first at whose end the returns so far are at least the
 * investment so far.
 */
Datum
ecosystem_roi_payback_months(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	int128 sum[FLOWS] = {0, 0};
	int nperiods;
	Period *periods = periods_of(roi, &nperiods);
	DateADT start = UNDATED;

	/* Amounts of unknown date could change the answer either way. */
	if (nperiods == 0 || periods[0].period == UNDATED)
		PG_RETURN_NULL();
	for (int i = 0; i < nperiods; i++)
	{
		for (int flow = 0; flow < FLOWS; flow++)
			sum[flow] = exact_add(sum[flow], periods[i].amount[flow]);
		if (sum[INVESTMENT_FLOW] <= 0)
			continue;
		if (start == UNDATED)
			start = periods[i].period;
		if (sum[RETURN_FLOW] >= sum[INVESTMENT_FLOW])
			PG_RETURN_INT32(month_of(periods[i].period) - month_of(start));
	}
	PG_RETURN_NULL();
}
