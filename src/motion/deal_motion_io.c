/*
 * deal_motion_io.c
 *		Reading and writing a deal_motion.
 *
 * The text form is a version and then the fields that are there, in a fixed
 * order:
 *
 *		v2 opened=2026-01-05T10:00:00Z before_close=2 first=... last=...
 *		sourcing=2025-12-20T09:00:00Z/referral
 *		intent_missed=late/2026-01-14T00:00:00Z/co_sell_plan rule=(...)
 *
 * Times are always UTC, so that it depends on no setting; what is known by its
 * day alone is a day.
 *
 * What is read may come from anybody, by either form.  motion_problem() lets
 * nothing pass that no rows could have made, as far as the fields can tell.
 *
 * IDENTIFICATION
 *		src/motion/deal_motion_io.c
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/value.h"
#include "base/compat.h"
#include "motion/deal_motion.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(deal_motion_in);
PG_FUNCTION_INFO_V1(deal_motion_out);
PG_FUNCTION_INFO_V1(deal_motion_recv);
PG_FUNCTION_INFO_V1(deal_motion_send);

#define MOTION_KNOWN_FLAGS                                                 \
	(MOTION_HAS_DEAL | MOTION_OPENED | MOTION_CLOSED | MOTION_TOUCH_DAYS | \
	 MOTION_OPENED_DAY | MOTION_CLOSED_DAY | MOTION_TOUCH_TIMES)

static const char *const slot_names[SLOT_COUNT] = {"sourcing", "selection",
												   "motion", "intent",
												   "partner_sourced"};
static const char *const miss_slot_names[AXIS_COUNT] = {"sourcing_missed",
														"selection_missed",
														"motion_missed",
														"intent_missed"};
static const char *const miss_names[MISS_COUNT] = {
	"",          "late",     "after_close", "recorded_late",
	"too_early", "unplaced", "undated"};

/* The counts and, between them, first and last, in the order of the text. */
static const struct
{
	const char *name;
	size_t offset;
} counts[] = {
	{"before_close", offsetof(DealMotion, before_close)},
	{"after_close", offsetof(DealMotion, after_close)},
	{"undated", offsetof(DealMotion, undated)},
	{"passive", offsetof(DealMotion, passive)},
};

static int64 *
count_of(const DealMotion *motion, int i)
{
	return (int64 *) ((char *) motion + counts[i].offset);
}

/* A time, or its day alone where only that is known */
static void
append_time(StringInfo out, int64 time, bool day_only)
{
	append_moment(out, day_only ? moment_of_date(utc_day_of(time)) : time);
}

/* Can it be a time, or midnight of a day if the flag says that it is one? */
static bool
sound_time(const DealMotion *motion, int64 time, int day_flag)
{
	return IS_VALID_TIMESTAMP(time) &&
		   ((motion->flags & day_flag) == 0 || time % USECS_PER_DAY == 0);
}

/* Is kind one that slot can hold? */
static bool
kind_fits(int slot, int kind)
{
	if (kind <= KIND_UNKNOWN || kind >= KIND_COUNT)
		return false;
	if (slot == PARTNER_SLOT)
		return touch_kinds[kind].partner_act;
	return touch_kinds[kind].axis == slot;
}

/* What is wrong with the evidence, whose touches lie between first and last. */
static const char *
evidence_problem(const DealMotion *motion)
{
	int64 proofs = 0;
	int64 dated_misses = 0;
	int64 undated_misses = 0;
	int sourcing = motion->proof_kind[AXIS_SOURCING];
	int partner = motion->proof_kind[PARTNER_SLOT];

	for (int slot = 0; slot < SLOT_COUNT; slot++)
	{
		int64 at = motion->proof_at[slot];
		Axis axis = slot == PARTNER_SLOT ? AXIS_SOURCING : (Axis) slot;

		if (motion->proof_kind[slot] == KIND_UNKNOWN)
		{
			if (at != 0)
				return "It dates evidence that it does not have.";
			continue;
		}
		if (!kind_fits(slot, motion->proof_kind[slot]))
			return "It has evidence of a kind that does not belong there.";
		if (!sound_time(motion, at, MOTION_TOUCH_DAYS) || at < motion->first ||
			at > motion->last || judge_evidence(motion, axis, at) != MISS_NONE)
			return "It has evidence that is not on time.";
		/* The same touch may be in both slots of sourcing. */
		if (slot != PARTNER_SLOT || partner != sourcing ||
			at != motion->proof_at[AXIS_SOURCING])
			proofs++;
	}
	if (partner != KIND_UNKNOWN)
	{
		int64 earlier = motion->proof_at[AXIS_SOURCING];
		int64 own = motion->proof_at[PARTNER_SLOT];

		if (sourcing == KIND_UNKNOWN || own < earlier ||
			(own == earlier && partner < sourcing))
			return "It has sourcing by a partner that is not its sourcing.";
	}
	if (sourcing != KIND_UNKNOWN && touch_kinds[sourcing].partner_act &&
		(partner != sourcing ||
		 motion->proof_at[PARTNER_SLOT] != motion->proof_at[AXIS_SOURCING]))
		return "It has sourcing that is not the partner's own.";

	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		int64 at = motion->miss_at[axis];
		Miss reason = (Miss) motion->miss_reason[axis];

		if (reason == MISS_NONE)
		{
			if (at != 0 || motion->miss_kind[axis] != KIND_UNKNOWN)
				return "It has evidence that misses for no reason.";
			continue;
		}
		if (reason >= MISS_COUNT || !kind_fits(axis, motion->miss_kind[axis]))
			return "It has evidence of a kind that does not belong there.";
		if (reason == MISS_UNDATED)
		{
			if (at != 0)
				return "It dates evidence that has no date.";
			undated_misses++;
			continue;
		}
		dated_misses++;
		if (!sound_time(motion, at, MOTION_TOUCH_DAYS))
			return "It has a date out of range.";
		if (reason == MISS_RECORDED)
		{
			/* Midnight may stand for a day, which is late by its day. */
			if ((motion->flags & MOTION_OPENED) == 0 ||
				!recorded_late(motion, at, at % USECS_PER_DAY == 0))
				return "It has evidence recorded late that is not late.";
		}
		else if (at < motion->first || at > motion->last ||
				 judge_evidence(motion, (Axis) axis, at) != reason)
			return "It has evidence that misses for another reason.";
	}
	if (proofs > motion->before_close || undated_misses > motion->undated ||
		proofs + dated_misses > motion->before_close + motion->after_close)
		return "It has more evidence than touches.";
	return NULL;
}

/* The one check of what arrives, from whichever side: NULL when it is sound. */
static const char *
motion_problem(const DealMotion *motion)
{
	bool closed = (motion->flags & MOTION_CLOSED) != 0;
	int64 total = 0;
	int64 dated;
	const char *problem;

	if (motion->flags & ~MOTION_KNOWN_FLAGS)
		return "It has bits that mean nothing.";
	if ((motion->flags & MOTION_HAS_DEAL) == 0)
	{
		if (memcmp(motion, make_deal_motion(), sizeof(DealMotion)) != 0)
			return "It has fields but no deal.";
		return NULL;
	}
	problem = rule_terms_problem(&motion->rule);
	if (problem != NULL)
		return problem;
	if (!sound_time(motion, motion->opened, MOTION_OPENED_DAY) ||
		!sound_time(motion, motion->closed, MOTION_CLOSED_DAY) ||
		!sound_time(motion, motion->first, MOTION_TOUCH_DAYS) ||
		!sound_time(motion, motion->last, MOTION_TOUCH_DAYS))
		return "It has a date out of range.";
	if (((motion->flags & MOTION_OPENED) == 0 &&
		 (motion->opened != 0 || (motion->flags & MOTION_OPENED_DAY) != 0)) ||
		(!closed &&
		 (motion->closed != 0 || (motion->flags & MOTION_CLOSED_DAY) != 0)))
		return "It has a date that it says is not there.";

	for (int i = 0; i < lengthof(counts); i++)
		if (*count_of(motion, i) < 0 ||
			pg_add_s64_overflow(total, *count_of(motion, i), &total))
			return "It has a count out of range.";
	if (motion->passive > 0 && (motion->rule.flags & RULE_PASSIVE_COUNTS) != 0)
		return "It has passive records, which its rule counts as touches.";

	dated = motion->before_close + motion->after_close;
	if (((motion->flags & MOTION_TOUCH_DAYS) != 0) +
			((motion->flags & MOTION_TOUCH_TIMES) != 0) !=
		(dated > 0))
		return "Its touches are not dated in one way.";
	if (motion->first > motion->last ||
		(dated == 0 && (motion->first != 0 || motion->last != 0)) ||
		(dated == 1 && motion->first != motion->last))
		return "Its first and last touch do not fit their number.";
	if (!closed && motion->after_close > 0)
		return "It has touches after a close that it does not have.";
	if (closed && dated > 0 &&
		(is_after_close(motion, motion->first) == (motion->before_close > 0) ||
		 is_after_close(motion, motion->last) != (motion->after_close > 0)))
		return "Its first and last touch are on the wrong side of the close.";
	return evidence_problem(motion);
}

/*
 * deal_motion_out(deal_motion) -> cstring
 */
Datum
deal_motion_out(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);
	bool day_only = (motion->flags & MOTION_TOUCH_DAYS) != 0;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "v%d", motion->version);
	if ((motion->flags & MOTION_HAS_DEAL) == 0)
		PG_RETURN_CSTRING(out.data);

	appendStringInfoString(&out, " opened=");
	if (motion->flags & MOTION_OPENED)
		append_time(&out, motion->opened, motion->flags & MOTION_OPENED_DAY);
	else
		appendStringInfoString(&out, "unknown");
	if (motion->flags & MOTION_CLOSED)
	{
		appendStringInfoString(&out, " closed=");
		append_time(&out, motion->closed, motion->flags & MOTION_CLOSED_DAY);
	}
	for (int i = 0; i < lengthof(counts); i++)
		if (*count_of(motion, i) != 0)
			appendStringInfo(&out, " %s=" INT64_FORMAT, counts[i].name,
							 *count_of(motion, i));
	if (motion->before_close > 0 || motion->after_close > 0)
	{
		appendStringInfoString(&out, " first=");
		append_time(&out, motion->first, day_only);
		appendStringInfoString(&out, " last=");
		append_time(&out, motion->last, day_only);
	}
	for (int slot = 0; slot < SLOT_COUNT; slot++)
		if (motion->proof_kind[slot] != KIND_UNKNOWN)
		{
			appendStringInfo(&out, " %s=", slot_names[slot]);
			append_time(&out, motion->proof_at[slot], day_only);
			appendStringInfo(&out, "/%s",
							 touch_kinds[motion->proof_kind[slot]].name);
		}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (motion->miss_reason[axis] != MISS_NONE)
		{
			appendStringInfo(&out, " %s=%s/", miss_slot_names[axis],
							 miss_names[motion->miss_reason[axis]]);
			if (motion->miss_reason[axis] != MISS_UNDATED)
			{
				append_time(&out, motion->miss_at[axis], day_only);
				appendStringInfoChar(&out, '/');
			}
			appendStringInfoString(&out,
								   touch_kinds[motion->miss_kind[axis]].name);
		}
	appendStringInfoString(&out, " rule=(");
	append_rule_terms(&out, &motion->rule);
	appendStringInfoChar(&out, ')');
	PG_RETURN_CSTRING(out.data);
}

/* Steps over " name=" if it comes next. */
static bool
skip_name(const char **at, const char *name)
{
	const char *ahead = *at;

	if (!skip_word(&ahead, " ") || !skip_word(&ahead, name) ||
		!skip_word(&ahead, "="))
		return false;
	*at = ahead;
	return true;
}

/* What append_time() wrote: finite, and *day if it has no time. */
static bool
read_time(const char **at, int64 *time, bool *day)
{
	Moment moment;

	if (!read_moment(at, &moment) || !moment_is_finite(moment) ||
		moment_day(moment) >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return false;
	*day = moment_is_day(moment);
	*time = *day ? moment_day(moment) * USECS_PER_DAY : moment;
	return true;
}

/* A date of the deal, with the flags it has */
static bool
read_deal_time(const char **at, DealMotion *motion, int known, int day_flag,
			   int64 *time)
{
	bool day;

	if (!read_time(at, time, &day))
		return false;
	motion->flags |= known | (day ? day_flag : 0);
	return true;
}

/* A date of a touch, which must be of the sort of the first. */
static bool
read_touch_time(const char **at, const DealMotion *motion, int64 *time)
{
	bool day;

	return read_time(at, time, &day) &&
		   day == ((motion->flags & MOTION_TOUCH_DAYS) != 0);
}

/* The name of one of our kinds, up to a blank. */
static bool
read_kind(const char **at, uint8 *kind)
{
	size_t length = strcspn(*at, " ");

	for (int i = 1; i < KIND_COUNT; i++)
		if (strlen(touch_kinds[i].name) == length &&
			memcmp(touch_kinds[i].name, *at, length) == 0)
		{
			*at += length;
			*kind = i;
			return true;
		}
	return false;
}

/* " first=... last=...", both if there is a dated touch. */
static bool
read_first_and_last(const char **at, DealMotion *motion)
{
	bool day;

	if (motion->before_close == 0 && motion->after_close == 0)
		return true;
	if (!skip_name(at, "first") || !read_time(at, &motion->first, &day))
		return false;
	motion->flags |= day ? MOTION_TOUCH_DAYS : MOTION_TOUCH_TIMES;
	return skip_name(at, "last") && read_touch_time(at, motion, &motion->last);
}

static bool
read_evidence(const char **at, DealMotion *motion)
{
	for (int slot = 0; slot < SLOT_COUNT; slot++)
		if (skip_name(at, slot_names[slot]) &&
			!(read_touch_time(at, motion, &motion->proof_at[slot]) &&
			  skip_word(at, "/") && read_kind(at, &motion->proof_kind[slot])))
			return false;
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		int reason = MISS_NONE + 1;

		if (!skip_name(at, miss_slot_names[axis]))
			continue;
		while (reason < MISS_COUNT && !skip_word(at, miss_names[reason]))
			reason++;
		if (reason == MISS_COUNT || !skip_word(at, "/"))
			return false;
		motion->miss_reason[axis] = reason;
		if (reason != MISS_UNDATED &&
			!(read_touch_time(at, motion, &motion->miss_at[axis]) &&
			  skip_word(at, "/")))
			return false;
		if (!read_kind(at, &motion->miss_kind[axis]))
			return false;
	}
	return true;
}

/* Everything up to the rule; *at stays where it made no sense. */
static bool
read_fields(const char **at, DealMotion *motion)
{
	motion->flags = MOTION_HAS_DEAL;
	if (!skip_name(at, "opened"))
		return false;
	if (!skip_word(at, "unknown") &&
		!read_deal_time(at, motion, MOTION_OPENED, MOTION_OPENED_DAY,
						&motion->opened))
		return false;
	if (skip_name(at, "closed") &&
		!read_deal_time(at, motion, MOTION_CLOSED, MOTION_CLOSED_DAY,
						&motion->closed))
		return false;
	for (int i = 0; i < lengthof(counts); i++)
		if (skip_name(at, counts[i].name) &&
			!read_number(at, 1, count_of(motion, i)))
			return false;
	return read_first_and_last(at, motion) && read_evidence(at, motion) &&
		   skip_name(at, "rule") && skip_word(at, "(");
}

/*
 * deal_motion_in(cstring) -> deal_motion
 */
Datum
deal_motion_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *at = input;
	DealMotion *motion = make_deal_motion();
	const char *problem;

	if (skip_word(&at, "v2") && *at == '\0')
		PG_RETURN_POINTER(motion);
	if (at > input && read_fields(&at, motion))
	{
		const char *end = strchr(at, ')');

		if (end != NULL && end[1] == '\0')
		{
			if (!read_rule_terms(at, end - at, &motion->rule, fcinfo->context))
				PG_RETURN_NULL();
			problem = motion_problem(motion);
			if (problem == NULL)
				PG_RETURN_POINTER(motion);
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid value of deal_motion"),
					 errdetail_internal("%s", problem)));
		}
	}
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s\"",
					"deal_motion", pg_mbcliplen(input, strlen(input), 100),
					input),
			 errdetail("It makes no sense from \"%.*s\" on.",
					   pg_mbcliplen(at, strlen(at), 40), at)));
}

/*
 * deal_motion_recv(internal) -> deal_motion
 */
Datum
deal_motion_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	DealMotion *motion = make_deal_motion();
	int version = pq_getmsgbyte(message);
	const char *problem;

	if (version != DEAL_MOTION_VERSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("unknown version %d of deal_motion", version)));
	motion->flags = pq_getmsgbyte(message);
	motion->rule.axes = pq_getmsgbyte(message);
	motion->rule.flags = pq_getmsgbyte(message);
	motion->rule.motion_within = pq_getmsgint64(message);
	motion->rule.sourced_within = pq_getmsgint64(message);
	motion->rule.recorded_within = pq_getmsgint64(message);
	motion->opened = pq_getmsgint64(message);
	motion->closed = pq_getmsgint64(message);
	motion->first = pq_getmsgint64(message);
	motion->last = pq_getmsgint64(message);
	for (int i = 0; i < lengthof(counts); i++)
		*count_of(motion, i) = pq_getmsgint64(message);
	for (int slot = 0; slot < SLOT_COUNT; slot++)
	{
		motion->proof_kind[slot] = pq_getmsgbyte(message);
		motion->proof_at[slot] = pq_getmsgint64(message);
	}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		motion->miss_reason[axis] = pq_getmsgbyte(message);
		motion->miss_kind[axis] = pq_getmsgbyte(message);
		motion->miss_at[axis] = pq_getmsgint64(message);
	}
	problem = motion_problem(motion);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value of deal_motion"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(motion);
}

/*
 * deal_motion_send(deal_motion) -> bytea
 */
Datum
deal_motion_send(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint8(&message, DEAL_MOTION_VERSION);
	pq_sendint8(&message, motion->flags);
	pq_sendint8(&message, motion->rule.axes);
	pq_sendint8(&message, motion->rule.flags);
	pq_sendint64(&message, motion->rule.motion_within);
	pq_sendint64(&message, motion->rule.sourced_within);
	pq_sendint64(&message, motion->rule.recorded_within);
	pq_sendint64(&message, motion->opened);
	pq_sendint64(&message, motion->closed);
	pq_sendint64(&message, motion->first);
	pq_sendint64(&message, motion->last);
	for (int i = 0; i < lengthof(counts); i++)
		pq_sendint64(&message, *count_of(motion, i));
	for (int slot = 0; slot < SLOT_COUNT; slot++)
	{
		pq_sendint8(&message, motion->proof_kind[slot]);
		pq_sendint64(&message, motion->proof_at[slot]);
	}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		pq_sendint8(&message, motion->miss_reason[axis]);
		pq_sendint8(&message, motion->miss_kind[axis]);
		pq_sendint64(&message, motion->miss_at[axis]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

CANONICAL_OPERATORS(deal_motion, &deal_motion_type);
