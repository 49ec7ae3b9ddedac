/*
 * involvement_summary.c
 *		What share of the deals partners touched, and what share they led.
 *
 * The two shares stand side by side, with the gap between them, because the
 * first alone is taken for the second.  A summary counts deals and adds up
 * their amounts by class, origin and outcome; every share is read off those
 * cells, so one summary answers for revenue and for pipeline, by deals and by
 * amount, and summaries of quarters or regions add up to that of a year.
 *
 * Amounts are added as 128-bit integers at the largest scale that any of them
 * has, so the sum and its bytes do not depend on the order.
 *
 * IDENTIFICATION
 *		src/motion/involvement_summary.c
 */
#include "postgres.h"

#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/aggregate_state.h"
#include "base/value.h"
#include "base/compat.h"
#include "base/result_rows.h"
#include "motion/deal_motion.h"
#include "base/exact_sum.h"
#include "motion/involvement_summary_private.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(involvement_summary_accum);
PG_FUNCTION_INFO_V1(involvement_summary_combine);
PG_FUNCTION_INFO_V1(involvement_summary_rows);
PG_FUNCTION_INFO_V1(involvement_summary_touched_share);
PG_FUNCTION_INFO_V1(involvement_summary_led_share);
PG_FUNCTION_INFO_V1(involvement_summary_gap);
PG_FUNCTION_INFO_V1(involvement_summary_partner_sourced_share);
PG_FUNCTION_INFO_V1(involvement_summary_ecosystem_sourced_share);
PG_FUNCTION_INFO_V1(involvement_summary_partner_influenced_share);
PG_FUNCTION_INFO_V1(involvement_summary_deals);

const char *const scope_names[SCOPE_COUNT] = {"won", "lost", "open", "unknown",
											  "all"};

/* The classes and origins that go together.  Stored: append only. */
static const struct
{
	Involvement involvement;
	Origin origin;
} lines[] = {
	{INVOLVEMENT_DIRECT, ORIGIN_UNPARTNERED},
	{INVOLVEMENT_COVERED, ORIGIN_UNPARTNERED},
	{INVOLVEMENT_UNPROVEN, ORIGIN_UNPARTNERED},
	{INVOLVEMENT_INVOLVED, ORIGIN_INFLUENCED},
	{INVOLVEMENT_INVOLVED, ORIGIN_ECOSYSTEM},
	{INVOLVEMENT_INVOLVED, ORIGIN_PARTNER},
	{INVOLVEMENT_LED, ORIGIN_INFLUENCED},
	{INVOLVEMENT_LED, ORIGIN_ECOSYSTEM},
	{INVOLVEMENT_LED, ORIGIN_PARTNER},
};

StaticAssertDecl(lengthof(lines) == SUMMARY_LINES, "a line is missing");

static Summary *
make_summary(void)
{
	Summary *summary = palloc0(sizeof(Summary));

	SET_VARSIZE(summary, sizeof(Summary));
	summary->version = SUMMARY_VERSION;
	return summary;
}

static int128
amount_of(const SummaryCell *cell)
{
	int128 amount;

	memcpy(&amount, cell->amount, sizeof(amount));
	return amount;
}

static void
set_amount(SummaryCell *cell, int128 amount)
{
	memcpy(cell->amount, &amount, sizeof(amount));
}

/* Gives all amounts a scale that is at least the present one. */
static void
raise_scale(Summary *summary, int scale)
{
	if (scale <= summary->scale)
		return;
	raise_sums(summary->cells[0].amount, sizeof(SummaryCell), SUMMARY_CELLS,
			   summary->scale, scale);
	summary->scale = scale;
}

static void
too_many_deals(void)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("too many deals in one summary")));
}

/* Adds deals to a cell, their amount in the scale of the summary. */
static void
add_to_cell(SummaryCell *cell, int64 deals, int64 unpriced, int128 amount)
{
	if (pg_add_s64_overflow(cell->deals, deals, &cell->deals))
		too_many_deals();
	cell->unpriced += unpriced; /* never more than the deals */
	set_amount(cell, exact_add(amount_of(cell), amount));
}

/*
 * involvement_summary_accum(involvement_summary, deal_motion, numeric,
 *							 boolean, boolean) -> involvement_summary
 */
Datum
involvement_summary_accum(PG_FUNCTION_ARGS)
{
	Summary *summary = PG_ARGISNULL(0)
						   ? make_summary()
						   : state_for_update(fcinfo, 0,
											  &involvement_summary_type);
	Involvement involvement = INVOLVEMENT_DIRECT;
	Origin origin = ORIGIN_UNPARTNERED;
	bool won = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	bool open = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	SummaryOutcome outcome = OUTCOME_UNKNOWN;
	Decimal amount = {0, 0};
	int line = 0;

	/* No motion is what a deal without touches has after a LEFT JOIN. */
	if (!PG_ARGISNULL(1))
	{
		const DealMotion *motion = PG_GETARG_DEAL_MOTION(1);

		involvement = motion_involvement(motion);
		origin = motion_origin(motion);
	}
	while (lines[line].involvement != involvement ||
		   lines[line].origin != origin)
	{
		line++;
		Assert(line < SUMMARY_LINES);
	}

	if (won && open)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("a deal is both won and open")));
	if (won)
		outcome = OUTCOME_WON;
	else if (open)
		outcome = OUTCOME_OPEN;
	else if (!PG_ARGISNULL(3) && !PG_ARGISNULL(4))
		outcome = OUTCOME_LOST;

	if (!PG_ARGISNULL(2))
	{
		amount = amount_argument(fcinfo, 2);
		raise_scale(summary, amount.scale);
		amount.value = exact_rescale(amount.value, amount.scale,
									 summary->scale);
	}
	add_to_cell(&summary->cells[line * OUTCOME_COUNT + outcome], 1,
				PG_ARGISNULL(2) ? 1 : 0, amount.value);
	PG_RETURN_POINTER(summary);
}

/*
 * involvement_summary_combine(involvement_summary, involvement_summary)
 *		-> involvement_summary
 */
Datum
involvement_summary_combine(PG_FUNCTION_ARGS)
{
	Summary *summary;
	const Summary *other;

	if (lacks_a_state(fcinfo))
		return only_state(fcinfo, &involvement_summary_type);

	summary = state_for_update(fcinfo, 0, &involvement_summary_type);
	other = PG_GETARG_SUMMARY(1);
	raise_scale(summary, other->scale);
	for (int i = 0; i < SUMMARY_CELLS; i++)
	{
		const SummaryCell *cell = &other->cells[i];

		add_to_cell(&summary->cells[i], cell->deals, cell->unpriced,
					exact_rescale(amount_of(cell), other->scale,
								  summary->scale));
	}
	PG_RETURN_POINTER(summary);
}

/* Reading a summary */

/* Adds up the cells of a scope whose line is asked for. */
Total
summary_total(const Summary *summary, int scope, bool (*asked)(int line))
{
	Total total = {0, 0, 0};

	for (int i = 0; i < SUMMARY_CELLS; i++)
	{
		const SummaryCell *cell = &summary->cells[i];

		if ((scope != SCOPE_ALL && i % OUTCOME_COUNT != scope) ||
			!asked(i / OUTCOME_COUNT))
			continue;
		if (pg_add_s64_overflow(total.deals, cell->deals, &total.deals))
			too_many_deals();
		total.amount = exact_add(total.amount, amount_of(cell));
		total.unpriced += cell->unpriced;
	}
	return total;
}

/*
 * What may be asked of a line.  The origins are nested: what a partner sourced
 * the ecosystem sourced, and influenced is all that is touched and not sourced
 * by a partner's own act.
 */
bool
line_any(int line)
{
	return true;
}

bool
line_touched(int line)
{
	return lines[line].involvement >= INVOLVEMENT_INVOLVED;
}

bool
line_led(int line)
{
	return lines[line].involvement == INVOLVEMENT_LED;
}

static bool
line_not_led(int line)
{
	return lines[line].involvement == INVOLVEMENT_INVOLVED;
}

static bool
line_partner_sourced(int line)
{
	return lines[line].origin == ORIGIN_PARTNER;
}

bool
line_ecosystem_sourced(int line)
{
	return lines[line].origin >= ORIGIN_ECOSYSTEM;
}

static bool
line_influenced(int line)
{
	return line_touched(line) && lines[line].origin != ORIGIN_PARTNER;
}

bool
line_direct(int line)
{
	return lines[line].involvement == INVOLVEMENT_DIRECT;
}

static bool
line_covered(int line)
{
	return lines[line].involvement == INVOLVEMENT_COVERED;
}

static bool
line_unproven(int line)
{
	return lines[line].involvement == INVOLVEMENT_UNPROVEN;
}

static Numeric
value_of(const Summary *summary, Total total, bool by_amount)
{
	if (by_amount)
		return numeric_from_decimal(total.amount, summary->scale);
	return int64_to_numeric(total.deals);
}

/* part / whole, rounded; false when there is nothing to divide by. */
bool
summary_share(Total part, Total whole, bool by_amount, Datum *share)
{
	Numeric above = by_amount ? numeric_from_decimal(part.amount, 0)
							  : int64_to_numeric(part.deals);
	Numeric below = by_amount ? numeric_from_decimal(whole.amount, 0)
							  : int64_to_numeric(whole.deals);

	if (by_amount ? whole.amount == 0 : whole.deals == 0)
		return false;
	*share = DirectFunctionCall2(numeric_round,
								 DirectFunctionCall2(numeric_div,
													 NumericGetDatum(above),
													 NumericGetDatum(below)),
								 Int32GetDatum(SHARE_DIGITS));
	return true;
}

/* A word that is one of the names; its place among them. */
static int
find_word(const text *word, const char *const *names, int count,
		  const char *what)
{
	const char *start = VARDATA_ANY(word);
	int length = VARSIZE_ANY_EXHDR(word);
	StringInfoData hint;

	for (int i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], start, length) == 0)
			return i;

	initStringInfo(&hint);
	for (int i = 0; i < count; i++)
		appendStringInfo(&hint, "%s%s", i == 0 ? "" : ", ", names[i]);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown %s \"%.*s\"", what,
						   pg_mbcliplen(start, length, 64), start),
					errhint("It is one of %s.", hint.data)));
}

/* Whether the measure in that argument is the amount, and not the deals. */
bool
summary_measure(FunctionCallInfo fcinfo, int argno)
{
	static const char *const measures[] = {"deals", "amount"};

	return find_word(PG_GETARG_TEXT_PP(argno), measures, lengthof(measures),
					 "measure") != 0;
}

int
summary_scope(FunctionCallInfo fcinfo, int argno)
{
	return find_word(PG_GETARG_TEXT_PP(argno), scope_names, SCOPE_COUNT,
					 "scope");
}

/* The accessors of shares: summary, measure, scope. */
static Datum
share_accessor(FunctionCallInfo fcinfo, bool (*asked)(int line))
{
	const Summary *summary = PG_GETARG_SUMMARY(0);
	bool by_amount = summary_measure(fcinfo, 1);
	int scope = summary_scope(fcinfo, 2);
	Datum share;

	if (!summary_share(summary_total(summary, scope, asked),
					   summary_total(summary, scope, line_any), by_amount,
					   &share))
		PG_RETURN_NULL();
	return share;
}

/*
 * touched_share(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_touched_share(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_touched);
}

/*
 * led_share(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_led_share(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_led);
}

/*
 * involvement_gap(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_gap(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_not_led);
}

/*
 * partner_sourced_share(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_partner_sourced_share(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_partner_sourced);
}

/*
 * ecosystem_sourced_share(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_ecosystem_sourced_share(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_ecosystem_sourced);
}

/*
 * partner_influenced_share(involvement_summary, text, text) -> numeric
 */
Datum
involvement_summary_partner_influenced_share(PG_FUNCTION_ARGS)
{
	return share_accessor(fcinfo, line_influenced);
}

/*
 * deals(involvement_summary) -> bigint
 */
Datum
involvement_summary_deals(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(
		summary_total(PG_GETARG_SUMMARY(0), SCOPE_ALL, line_any).deals);
}

/*
 * involvement_summary(involvement_summary) -> setof (scope, measure, total,
 *		touched, led, gap, their shares, then the lines of origin and the
 *		classes that are not touched, unpriced)
 */
Datum
involvement_summary_rows(PG_FUNCTION_ARGS)
{
	static bool (*const values_asked[])(int line) = {
		line_any,
		line_touched,
		line_led,
		line_not_led,
		NULL,
		NULL,
		NULL,
		line_partner_sourced,
		line_ecosystem_sourced,
		line_influenced,
		line_unproven,
		line_covered,
		line_direct,
	};
	static bool (*const shares_asked[])(int line) = {line_touched, line_led,
													 line_not_led};
	const int first_value = 2;
	const int first_share = 6;
	const Summary *summary = PG_GETARG_SUMMARY(0);

	begin_rows(fcinfo);
	for (int row = 0; row < SCOPE_COUNT * 2; row++)
	{
		int scope = row / 2;
		bool by_amount = row % 2 != 0;
		Datum values[lengthof(values_asked) + 3] = {0};
		bool nulls[lengthof(values_asked) + 3] = {false};
		Total total = summary_total(summary, scope, line_any);

		values[0] = CStringGetTextDatum(scope_names[scope]);
		values[1] = CStringGetTextDatum(by_amount ? "amount" : "deals");
		for (int i = 0; i < lengthof(values_asked); i++)
			if (values_asked[i] != NULL)
				values[first_value + i] = NumericGetDatum(
					value_of(summary,
							 summary_total(summary, scope, values_asked[i]),
							 by_amount));
		for (int i = 0; i < lengthof(shares_asked); i++)
			nulls[first_share + i] =
				!summary_share(summary_total(summary, scope, shares_asked[i]),
							   total, by_amount, &values[first_share + i]);
		values[first_value + lengthof(values_asked)] = Int64GetDatum(
			total.unpriced);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* Reading and writing */

/* The one check of what arrives, from whichever side: NULL when it is sound. */
static const char *
summary_problem(const void *value)
{
	const Summary *summary = value;
	int64 deals = 0;
	int64 priced = 0;

	if (summary->scale > DECIMAL_MAX_SCALE)
		return "Its scale is out of range.";
	for (int i = 0; i < SUMMARY_CELLS; i++)
	{
		const SummaryCell *cell = &summary->cells[i];

		if (cell->deals < 0 || cell->unpriced < 0 ||
			cell->unpriced > cell->deals ||
			pg_add_s64_overflow(deals, cell->deals, &deals))
			return "It has a count out of range.";
		if (!exact_in_range(amount_of(cell)))
			return "It has an amount out of range.";
		if (cell->deals == cell->unpriced && amount_of(cell) != 0)
			return "It has an amount without a deal.";
		priced += cell->deals - cell->unpriced;
	}
	if (priced == 0 && summary->scale != 0)
		return "It has a scale without an amount.";
	return NULL;
}

/*
 * The cells that are not empty, as name=deals:unpriced:amount, and the name as
 * "led/partner_sourced/won"
 */
static void *
summary_text(TextForm *form, void *value)
{
	Summary *summary = value ? value : make_summary();

	text_version(form);
	text_scale(form, &summary->scale);
	for (int i = 0; i < SUMMARY_CELLS; i++)
	{
		SummaryCell *cell = &summary->cells[i];
		int line = i / OUTCOME_COUNT;
		int128 amount = amount_of(cell);
		char name[64];

		snprintf(name, sizeof(name), "%s/%s/%s",
				 involvement_names[lines[line].involvement],
				 origin_names[lines[line].origin],
				 scope_names[i % OUTCOME_COUNT]);
		if (!text_field(form, cell->deals != 0, name))
			continue;
		text_count(form, &cell->deals);
		text_word(form, ":");
		text_count(form, &cell->unpriced);
		text_word(form, ":");
		text_amount(form, &amount, summary->scale);
		if (text_reads(form))
			set_amount(cell, amount);
	}
	return summary;
}

static void *
summary_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {BINARY_FIELD(SummaryCell, deals),
										 BINARY_FIELD(SummaryCell, unpriced),
										 BINARY_FIELD(SummaryCell, amount)};
	Summary *summary = value ? value : make_summary();

	binary_uint8(form, &summary->scale);
	binary_rows(form, summary->cells, sizeof(SummaryCell), SUMMARY_CELLS,
				fields, lengthof(fields));
	return summary;
}

const ValueType involvement_summary_type = {"involvement_summary",
											SUMMARY_VERSION, summary_text,
											summary_binary, summary_problem};

VALUE_FORMS(involvement_summary, &involvement_summary_type);
CANONICAL_OPERATORS(involvement_summary, &involvement_summary_type);
