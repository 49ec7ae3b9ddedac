/*
 * deal_motion_explanation.c
 *		Why a deal counts as it does, in one plain sentence.
 *
 * Written for the account executive whose deal it is, who will want to
 * dispute it: it names the evidence, its date and the rule it meets or
 * misses.  Days are UTC and 24 hours long; nothing depends on a setting.
 *
 * IDENTIFICATION
 *		src/motion/deal_motion_explanation.c
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "motion/deal_motion.h"

PG_FUNCTION_INFO_V1(deal_motion_explanation);

/* "once", "3 times". */
static void
append_times(StringInfo out, int64 count)
{
	if (count == 1)
		appendStringInfoString(out, "once");
	else
		appendStringInfo(out, INT64_FORMAT " times", count);
}

/* "1 is", "2 are" (or "has", "have"). */
static void
append_count(StringInfo out, int64 count, const char *one, const char *many)
{
	appendStringInfo(out, INT64_FORMAT " %s", count, count == 1 ? one : many);
}

/* "a referral", "an overlap signal". */
static void
append_a_kind(StringInfo out, int kind)
{
	const char *words = touch_kinds[kind].in_words;

	appendStringInfo(out, "%s %s", strchr("aeiou", words[0]) ? "an" : "a",
					 words);
}

/*
 * A distance in whole days; "more than" only where the whole days alone would
 * seem to be within what is allowed.
 */
static void
append_distance(StringInfo out, int64 from, int64 to, int64 allowed,
				bool by_day)
{
	uint64 distance = by_day ? (uint64) ((int64) utc_day_of(to) -
										 utc_day_of(from)) *
								   USECS_PER_DAY
							 : (uint64) to - (uint64) from;
	uint64 days = distance / USECS_PER_DAY;

	if (days == 0)
	{
		appendStringInfoString(out, "less than a day");
		return;
	}
	if (days == allowed / USECS_PER_DAY && distance % USECS_PER_DAY != 0)
		appendStringInfoString(out, "more than ");
	appendStringInfo(out, UINT64_FORMAT " day%s", days, days == 1 ? "" : "s");
}

static void
append_allowed(StringInfo out, int64 allowed)
{
	appendStringInfoString(out, " (the rule allows ");
	append_duration(out, allowed);
	appendStringInfoChar(out, ')');
}

/* Why one axis is missing, as a clause after "because". */
static void
append_reason(StringInfo out, const DealMotion *motion, int axis)
{
	static const char *const nothing[AXIS_COUNT] = {
		"it was sourced directly",
		"the account was not selected with a partner",
		"nothing was run jointly with a partner",
		"there was no co-sell plan",
	};
	Miss reason = (Miss) motion->miss_reason[axis];
	int64 at = motion->miss_at[axis];
	int64 allowed;
	bool by_day = opening_by_day(motion);

	if (reason == MISS_NONE)
	{
		appendStringInfoString(out, nothing[axis]);
		return;
	}
	appendStringInfo(out, "the %s ",
					 touch_kinds[motion->miss_kind[axis]].in_words);
	switch (reason)
	{
		case MISS_LATE:
			allowed = axis == AXIS_MOTION ? motion->rule.motion_within : 0;
			appendStringInfoString(out, "is dated ");
			append_distance(out, motion->opened, at, allowed, by_day);
			appendStringInfoString(out, " after opening");
			if (axis == AXIS_MOTION)
				append_allowed(out, allowed);
			break;
		case MISS_AFTER_CLOSE:
			appendStringInfoString(out, "is dated after the close");
			break;
		case MISS_RECORDED:
			allowed = motion->rule.recorded_within;
			appendStringInfoString(out, "was recorded only ");
			/* A day that is late by its day may not be by its midnight. */
			append_distance(out, motion->opened, at, allowed,
							by_day || !recorded_late(motion, at, false));
			appendStringInfoString(out, " after opening");
			append_allowed(out, allowed);
			break;
		case MISS_EARLY:
			allowed = motion->rule.sourced_within;
			appendStringInfoString(out, "is dated ");
			append_distance(out, at, motion->opened, allowed, by_day);
			appendStringInfoString(out, " before opening");
			append_allowed(out, allowed);
			break;
		default:
			Assert(reason == MISS_UNDATED);
			appendStringInfoString(out, "has no date");
			break;
	}
}

/* ", ", or " and " before the last of several. */
static void
append_separator(StringInfo out, int done, int left)
{
	if (done > 0)
		appendStringInfoString(out, left > 1 ? ", " : " and ");
}

static int
count_axes(int axes)
{
	int count = 0;

	for (; axes; axes &= axes - 1)
		count++;
	return count;
}

static void
explain_led(StringInfo out, const DealMotion *motion)
{
	int axes = motion_axes(motion);
	int total = count_axes(axes);
	int done = 0;

	appendStringInfoString(out, "built with partners from the start: ");
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		/* A partner's own act says more than a signal that came before it. */
		int slot = axis == AXIS_SOURCING && motion->proof_kind[PARTNER_SLOT]
					   ? PARTNER_SLOT
					   : axis;

		if ((axes & AXIS_BIT(axis)) == 0)
			continue;
		append_separator(out, done, total - done);
		append_a_kind(out, motion->proof_kind[slot]);
		appendStringInfoString(out, " on ");
		append_day(out, utc_day_of(motion->proof_at[slot]));
		done++;
	}
	appendStringInfoString(out, ", for a deal opened on ");
	append_day(out, utc_day_of(motion->opened));
}

static void
explain_involved(StringInfo out, const DealMotion *motion)
{
	int missing = motion->rule.axes & ~motion_axes(motion);
	int total = count_axes(missing);
	int done = 0;

	appendStringInfoString(out, "a partner touched it ");
	append_times(out, motion->before_close);
	appendStringInfoString(out,
						   motion->before_close == 1 ? ", on " : " from ");
	append_day(out, utc_day_of(motion->first));
	if (motion->after_close > 0 || motion->undated > 0)
	{
		appendStringInfoString(out, " (not counting ");
		if (motion->after_close > 0)
			appendStringInfo(out, INT64_FORMAT " after the close",
							 motion->after_close);
		if (motion->after_close > 0 && motion->undated > 0)
			appendStringInfoString(out, " and ");
		if (motion->undated > 0)
			appendStringInfo(out, INT64_FORMAT " without a date",
							 motion->undated);
		appendStringInfoChar(out, ')');
	}
	appendStringInfoString(out, "; not led, because ");
	if ((motion->flags & MOTION_OPENED) == 0)
	{
		appendStringInfoString(out, "the deal has no opening date");
		return;
	}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		if ((missing & AXIS_BIT(axis)) == 0)
			continue;
		append_separator(out, done, total - done);
		append_reason(out, motion, axis);
		done++;
	}
}

static void
explain_unproven(StringInfo out, const DealMotion *motion)
{
	int64 total = motion->after_close + motion->undated;

	append_count(out, total, "partner touch is on record, but ",
				 "partner touches are on record, but ");
	if (motion->after_close == 0)
		appendStringInfoString(out, total == 1 ? "it has no date"
											   : "none has a date");
	else if (motion->undated == 0)
		appendStringInfoString(out, total == 1 ? "it is" : "all are");
	else
	{
		append_count(out, motion->undated, "has", "have");
		appendStringInfoString(out, " no date and ");
		append_count(out, motion->after_close, "is", "are");
	}
	if (motion->after_close > 0)
	{
		appendStringInfoString(out, " dated after the close on ");
		append_day(out, utc_day_of(motion->closed));
	}
}

/*
 * explanation(deal_motion) -> text
 */
Datum
deal_motion_explanation(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);
	Involvement involvement = motion_involvement(motion);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s: ", involvement_names[involvement]);
	switch (involvement)
	{
		case INVOLVEMENT_DIRECT:
			appendStringInfoString(&out, "no partner touched it");
			break;
		case INVOLVEMENT_COVERED:
			appendStringInfoString(&out,
								   "an account overlap or an installed "
								   "integration is on record, but no partner "
								   "touched it");
			break;
		case INVOLVEMENT_UNPROVEN:
			explain_unproven(&out, motion);
			break;
		case INVOLVEMENT_INVOLVED:
			explain_involved(&out, motion);
			break;
		case INVOLVEMENT_LED:
			explain_led(&out, motion);
			break;
	}
	/* A lower bar than the four axes is part of the answer. */
	if (involvement >= INVOLVEMENT_INVOLVED && motion->rule.axes != ALL_AXES)
	{
		appendStringInfoString(&out, "; the rule asks only for ");
		append_axes(&out, motion->rule.axes, ", ", " and ");
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
