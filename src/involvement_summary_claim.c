/*
 * involvement_summary_claim.c
 *		Whether "we are X % ecosystem-led" holds.
 *
 * The claim is held against the share that was led, and nothing else.  Most
 * such claims state another number that looks like it: what partners touched,
 * what they sourced, or every deal with any partner record.  Where the claim
 * comes near one of those, the verdict says which.
 *
 * What was led is a fact about these deals; whether the next ones will be alike
 * is not.  So the share comes with Wilson's interval, each deal being one
 * trial, and below ten deals there is no verdict at all.
 *
 * IDENTIFICATION
 *		src/involvement_summary_claim.c
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "deal_motion.h"
#include "distribution.h"
#include "exact_sum.h"
#include "involvement_summary.h"

PG_FUNCTION_INFO_V1(led_claim);

/* Below as many deals a share says nothing about the next ones. */
#define MIN_DEALS 10

/* How far from another share a claim may be and still be meant to be it */
#define NEAR 50000 /* millionths, five percent points */

#define MILLION 1000000

/* What people take for the led share, in the order of preference */
static bool line_recorded(int line);

static const struct
{
	const char *name;
	const char *in_words;
	bool (*asked)(int line);
} mistakes[] = {
	{"touched", "what partners touched, not what they led", line_touched},
	{"sourced", "what was sourced with partners, not what they led",
	 line_ecosystem_sourced},
	{"recorded",
	 "every deal with a partner on record, be it an overlap, an installed "
	 "integration or a touch without proof",
	 line_recorded},
};

static const char *const amount_words[SCOPE_COUNT] = {
	"won revenue", "the lost amount", "open pipeline",
	"the amount of deals of unknown outcome", "the amount of all deals"};

static const char *const deals_words[SCOPE_COUNT] = {
	"won deals", "lost deals", "open deals", "deals of unknown outcome",
	"deals"};

/* Everything but direct */
static bool
line_recorded(int line)
{
	return !line_direct(line);
}

/* The whole number of millionths of a share from 0 to 1. */
static int64
millionths(Datum share)
{
	Datum number = DirectFunctionCall2(numeric_mul, share,
									   NumericGetDatum(
										   int64_to_numeric(MILLION)));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

/* Tenths of a percent, rounded */
static int64
tenths(int64 share)
{
	return (share + 500) / 1000;
}

/*
 * "60 %", "2.5 %": to a tenth, but never rounded to none, to all or to the
 * other share that it is compared with.
 */
static void
append_percent(StringInfo out, int64 share, int64 other)
{
	int64 rounded = tenths(share);
	int decimals = 1;

	if ((share != other && rounded == tenths(other)) ||
		(rounded == 0 && share != 0) || (rounded == 1000 && share != MILLION))
		decimals = 4;
	else
		share = rounded * 1000;
	appendStringInfo(out, INT64_FORMAT, share / 10000);
	if (share % 10000 != 0)
	{
		appendStringInfo(out, ".%0*d", decimals,
						 (int) (share % 10000 / (decimals == 1 ? 1000 : 1)));
		while (out->data[out->len - 1] == '0')
			out->data[--out->len] = '\0';
	}
	appendStringInfoString(out, " %");
}

/* The claimed share in argument argno, rounded as shares are. */
static int64
claim_argument(FunctionCallInfo fcinfo, int argno)
{
	Datum claim = PG_GETARG_DATUM(argno);
	Datum zero = NumericGetDatum(int64_to_numeric(0));
	Datum one = NumericGetDatum(int64_to_numeric(1));
	Datum hundred = NumericGetDatum(int64_to_numeric(100));

	/* NaN is greater than any number. */
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, claim, zero)) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, claim, one)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("claimed share %.60s is not between 0 and 1",
						DatumGetCString(
							DirectFunctionCall1(numeric_out, claim))),
				 DatumGetBool(DirectFunctionCall2(numeric_gt, claim, one)) &&
						 DatumGetBool(
							 DirectFunctionCall2(numeric_le, claim, hundred))
					 ? errhint("Write a share, not a percentage: 0.6 for 60 "
							   "%%.")
					 : 0));
	return millionths(DirectFunctionCall2(numeric_round, claim,
										  Int32GetDatum(SHARE_DIGITS)));
}

/* How far apart two shares are */
static int64
distance(int64 a, int64 b)
{
	return a < b ? b - a : a - b;
}

/*
 * led_claim(involvement_summary, claimed_share numeric, measure text,
 *			 scope text, confidence double precision) -> record
 */
Datum
led_claim(PG_FUNCTION_ARGS)
{
	enum
	{
		CLAIMED,
		TOUCHED_SHARE,
		LED_SHARE,
		HOLDS,
		DEALS,
		LED_DEALS,
		LED_LOW,
		LED_HIGH,
		CONFUSES,
		VERDICT,
		COLUMNS
	};
	const Summary *summary = PG_GETARG_SUMMARY(0);
	int64 claim = claim_argument(fcinfo, 1);
	bool by_amount = summary_measure(fcinfo, 2);
	int scope = summary_scope(fcinfo, 3);
	double z = confidence_to_z(PG_GETARG_FLOAT8(4));
	Total total = summary_total(summary, scope, line_any);
	Total led = summary_total(summary, scope, line_led);
	Total touched = summary_total(summary, scope, line_touched);
	int64 deals = total.deals;
	int64 led_deals = led.deals;
	int64 led_share;
	int64 touched_share;
	double low;
	double high;
	const char *words = by_amount ? amount_words[scope] : deals_words[scope];
	const char *was = by_amount ? "was" : "were";
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};
	TupleDesc row;
	StringInfoData out;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	/* A deal without an amount has no part in shares by amount. */
	if (by_amount)
	{
		deals -= total.unpriced;
		led_deals -= led.unpriced;
	}
	values[CLAIMED] = PG_GETARG_DATUM(1);
	values[DEALS] = Int64GetDatum(deals);
	values[LED_DEALS] = Int64GetDatum(led_deals);
	nulls[LED_LOW] = nulls[LED_HIGH] = deals == 0;
	nulls[HOLDS] = nulls[CONFUSES] = true;
	nulls[TOUCHED_SHARE] = !summary_share(touched, total, by_amount,
										  &values[TOUCHED_SHARE]);
	nulls[LED_SHARE] = !summary_share(led, total, by_amount,
									  &values[LED_SHARE]);
	if (deals > 0)
	{
		wilson_limits((double) led_deals, (double) deals, z, &low, &high);
		values[LED_LOW] = Float8GetDatum(low);
		values[LED_HIGH] = Float8GetDatum(high);
	}

	initStringInfo(&out);
	if (deals == 0)
		appendStringInfo(&out, "nothing to judge: there are no %s%s",
						 deals_words[scope],
						 by_amount && total.deals > 0 ? " with an amount"
													  : "");
	else if (by_amount &&
			 (total.amount <= 0 || led.amount < 0 ||
			  led.amount > touched.amount || touched.amount > total.amount))
		appendStringInfo(&out,
						 "nothing to judge: negative amounts leave no total "
						 "that the %s could have a share of",
						 deals_words[scope]);
	else if (deals < MIN_DEALS)
		appendStringInfo(&out,
						 "too few deals: " INT64_FORMAT " of " INT64_FORMAT
						 " %s %s led, and it takes %d to say anything",
						 led_deals, deals, deals_words[scope],
						 led_deals == 1 ? "was" : "were", MIN_DEALS);
	else
	{
		bool holds;
		int nearest = -1;
		int64 nearest_distance = NEAR + 1;
		bool uncertain = low * MILLION <= claim && claim <= high * MILLION;

		led_share = millionths(values[LED_SHARE]);
		touched_share = millionths(values[TOUCHED_SHARE]);
		holds = led_share >= claim;
		values[HOLDS] = BoolGetDatum(holds);
		nulls[HOLDS] = false;

		if (holds)
			appendStringInfoString(&out, "holds: ");
		else
			appendStringInfoString(&out, "does not hold: ");
		append_percent(&out, touched_share,
					   touched_share == led_share ? claim : led_share);
		appendStringInfo(&out, " of %s %s touched by partners, ", words, was);
		append_percent(&out, led_share, claim);
		appendStringInfo(&out, " %s led", was);

		for (int i = 0; i < lengthof(mistakes) && !holds; i++)
		{
			Total mistaken = summary_total(summary, scope, mistakes[i].asked);
			Datum share;
			int64 apart;

			if (!summary_share(mistaken, total, by_amount, &share))
				continue;
			/* A sum with negative parts may be any number. */
			if (by_amount &&
				(mistaken.amount < 0 || mistaken.amount > total.amount))
				continue;
			apart = distance(millionths(share), claim);
			if (apart < nearest_distance && apart < distance(led_share, claim))
			{
				nearest = i;
				nearest_distance = apart;
			}
		}
		if (nearest >= 0)
		{
			values[CONFUSES] = CStringGetTextDatum(mistakes[nearest].name);
			nulls[CONFUSES] = false;
			appendStringInfoString(&out, "; the claimed ");
			append_percent(&out, claim, led_share);
			appendStringInfo(&out, " is %s", mistakes[nearest].in_words);
		}
		if (uncertain)
		{
			appendStringInfo(&out,
							 "; " INT64_FORMAT " led of " INT64_FORMAT
							 " deals are compatible with any share from ",
							 led_deals, deals);
			append_percent(&out, (int64) (low * MILLION + 0.5), MILLION + 1);
			appendStringInfoString(&out, " to ");
			append_percent(&out, (int64) (high * MILLION + 0.5), MILLION + 1);
		}
		/* Half of the amount in one deal of a hundred is no motion. */
		else if (holds &&
				 led_deals * (double) MILLION < claim * (double) deals)
		{
			appendStringInfo(
				&out,
				"; it is carried by large deals, for only " INT64_FORMAT
				" of " INT64_FORMAT " deals %s led",
				led_deals, deals, led_deals == 1 ? "was" : "were");
		}
		if (by_amount && total.unpriced > 0)
			appendStringInfo(&out,
							 "; " INT64_FORMAT
							 " %s no amount and %s not in it",
							 total.unpriced,
							 total.unpriced == 1 ? "deal has" : "deals have",
							 total.unpriced == 1 ? "is" : "are");
	}
	values[VERDICT] = PointerGetDatum(
		cstring_to_text_with_len(out.data, out.len));
	PG_RETURN_DATUM(HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
