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
 *		src/motion/involvement_summary_claim.c
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/compat.h"
#include "base/result_rows.h"
#include "motion/deal_motion.h"
#include "base/distribution.h"
#include "base/exact_sum.h"
#include "motion/involvement_summary_private.h"

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

/* A claim, and what it is held against; shares are millionths */
typedef struct Claim
{
	int64 claimed;
	bool by_amount;
	int scope;
	Total total;
	Total touched;
	Total led;
	int64 deals; /* those that count: by amount, the ones that have one */
	int64 led_deals;
	double low; /* Wilson's limits of the led share by deals */
	double high;
	int64 touched_share;
	int64 led_share;
	bool holds;
	int mistake; /* which one the claim is, or -1 */
} Claim;

/* Why there is nothing to judge; false where there is. */
static bool
append_obstacle(StringInfo out, const Claim *claim)
{
	const char *deals = deals_words[claim->scope];

	if (claim->deals == 0)
		appendStringInfo(out, "nothing to judge: there are no %s%s", deals,
						 claim->total.deals > 0 ? " with an amount" : "");
	else if (claim->by_amount && claim->total.amount <= 0)
		appendStringInfo(out,
						 "nothing to judge: the amounts of %s do not add up "
						 "to more than 0",
						 deals);
	else if (claim->by_amount && (claim->led.amount < 0 ||
								  claim->led.amount > claim->touched.amount ||
								  claim->touched.amount > claim->total.amount))
		appendStringInfo(out,
						 "nothing to judge: with negative amounts %s have no "
						 "shares from 0 to 1",
						 deals);
	else if (claim->deals < MIN_DEALS)
		appendStringInfo(out,
						 "too few deals: " INT64_FORMAT " of " INT64_FORMAT
						 " %s %s led, and it takes %d to say anything",
						 claim->led_deals, claim->deals, deals,
						 claim->led_deals == 1 ? "was" : "were", MIN_DEALS);
	else
		return false;
	return true;
}

/* What a claim that does not hold was taken for the led share; -1: nothing. */
static int
find_mistake(const Summary *summary, const Claim *claim)
{
	int64 nearest = Min(NEAR + 1, distance(claim->led_share, claim->claimed));
	int mistake = -1;

	for (int i = 0; i < lengthof(mistakes); i++)
	{
		Total total = summary_total(summary, claim->scope, mistakes[i].asked);
		Datum share;
		int64 apart;

		/* A sum with negative parts may be any number. */
		if (claim->by_amount &&
			(total.amount < 0 || total.amount > claim->total.amount))
			continue;
		if (!summary_share(total, claim->total, claim->by_amount, &share))
			continue;
		apart = distance(millionths(share), claim->claimed);
		if (apart < nearest)
		{
			mistake = i;
			nearest = apart;
		}
	}
	return mistake;
}

/* What becomes of the claim, in one sentence. */
static void
append_verdict(StringInfo out, const Claim *claim)
{
	const char *was = claim->by_amount ? "was" : "were";
	int64 unpriced = claim->by_amount ? claim->total.unpriced : 0;

	appendStringInfoString(out, claim->holds ? "holds: " : "does not hold: ");
	append_percent(out, claim->touched_share,
				   claim->touched_share == claim->led_share
					   ? claim->claimed
					   : claim->led_share);
	appendStringInfo(out, " of %s %s touched by partners, ",
					 claim->by_amount ? amount_words[claim->scope]
									  : deals_words[claim->scope],
					 was);
	append_percent(out, claim->led_share, claim->claimed);
	appendStringInfo(out, " %s led", was);
	if (claim->mistake >= 0)
	{
		appendStringInfoString(out, "; the claimed ");
		append_percent(out, claim->claimed, claim->led_share);
		appendStringInfo(out, " is %s", mistakes[claim->mistake].in_words);
	}

	/* Deals like these may come from a share on the other side of the claim. */
	if (claim->low * MILLION <= claim->claimed &&
		claim->claimed <= claim->high * MILLION)
	{
		appendStringInfo(out,
						 "; " INT64_FORMAT " led of " INT64_FORMAT
						 " deals are compatible with any share from ",
						 claim->led_deals, claim->deals);
		append_percent(out, (int64) (claim->low * MILLION + 0.5), MILLION + 1);
		appendStringInfoString(out, " to ");
		append_percent(out, (int64) (claim->high * MILLION + 0.5),
					   MILLION + 1);
	}
	/* Half of the amount in one deal of a hundred is no motion. */
	else if (claim->holds && claim->led_deals * (double) MILLION <
								 claim->claimed * (double) claim->deals)
		appendStringInfo(
			out,
			"; it is carried by large deals, for only " INT64_FORMAT
			" of " INT64_FORMAT " deals %s led",
			claim->led_deals, claim->deals,
			claim->led_deals == 1 ? "was" : "were");
	if (unpriced > 0)
		appendStringInfo(out,
						 "; " INT64_FORMAT " %s no amount and %s not in it",
						 unpriced, unpriced == 1 ? "deal has" : "deals have",
						 unpriced == 1 ? "is" : "are");
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
	Claim claim = {.claimed = claim_argument(fcinfo, 1),
				   .by_amount = summary_measure(fcinfo, 2),
				   .scope = summary_scope(fcinfo, 3),
				   .mistake = -1};
	double z = confidence_to_z(PG_GETARG_FLOAT8(4));
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};
	StringInfoData out;

	claim.total = summary_total(summary, claim.scope, line_any);
	claim.touched = summary_total(summary, claim.scope, line_touched);
	claim.led = summary_total(summary, claim.scope, line_led);
	claim.deals = claim.total.deals;
	claim.led_deals = claim.led.deals;
	if (claim.by_amount)
	{
		claim.deals -= claim.total.unpriced;
		claim.led_deals -= claim.led.unpriced;
	}
	if (claim.deals > 0)
		wilson_limits((double) claim.led_deals, (double) claim.deals, z,
					  &claim.low, &claim.high);

	values[CLAIMED] = PG_GETARG_DATUM(1);
	nulls[TOUCHED_SHARE] = !summary_share(claim.touched, claim.total,
										  claim.by_amount,
										  &values[TOUCHED_SHARE]);
	nulls[LED_SHARE] = !summary_share(claim.led, claim.total, claim.by_amount,
									  &values[LED_SHARE]);
	initStringInfo(&out);
	nulls[HOLDS] = append_obstacle(&out, &claim);
	if (!nulls[HOLDS])
	{
		claim.touched_share = millionths(values[TOUCHED_SHARE]);
		claim.led_share = millionths(values[LED_SHARE]);
		claim.holds = claim.led_share >= claim.claimed;
		if (!claim.holds)
			claim.mistake = find_mistake(summary, &claim);
		append_verdict(&out, &claim);
	}
	values[HOLDS] = BoolGetDatum(claim.holds);
	values[DEALS] = Int64GetDatum(claim.deals);
	values[LED_DEALS] = Int64GetDatum(claim.led_deals);
	values[LED_LOW] = Float8GetDatum(claim.low);
	values[LED_HIGH] = Float8GetDatum(claim.high);
	nulls[LED_LOW] = nulls[LED_HIGH] = claim.deals == 0;
	nulls[CONFUSES] = claim.mistake < 0;
	if (!nulls[CONFUSES])
		values[CONFUSES] = CStringGetTextDatum(mistakes[claim.mistake].name);
	values[VERDICT] = PointerGetDatum(
		cstring_to_text_with_len(out.data, out.len));
	return row_result(fcinfo, values, nulls);
}
