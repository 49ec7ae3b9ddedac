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
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "motion/deal_motion.h"
#include "base/value_form.h"


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

/* The counts, in the order of the text */
static const TextField counts[] = {
	{"before_close", offsetof(DealMotion, before_close)},
	{"after_close", offsetof(DealMotion, after_close)},
	{"undated", offsetof(DealMotion, undated)},
	{"passive", offsetof(DealMotion, passive)},
};

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
motion_problem(const void *value)
{
	const DealMotion *motion = value;
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
	{
		int64 count = *(const int64 *) ((const char *) motion +
										counts[i].offset);

		if (count < 0 || pg_add_s64_overflow(total, count, &total))
			return "It has a count out of range.";
	}
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

/* A time, or its day alone, which *day says; never an infinite one */
static void
time_text(TextForm *form, int64 *time, bool *day)
{
	const char *at = form->at;
	Moment moment;

	if (form->out)
	{
		append_moment(form->out,
					  *day ? moment_of_date(utc_day_of(*time)) : *time);
		return;
	}
	if (form->failed)
		return;
	if (!read_moment(&at, &moment) || !moment_is_finite(moment) ||
		moment_day(moment) >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
	{
		text_fail(form);
		return;
	}
	form->at = at;
	*day = moment_is_day(moment);
	*time = *day ? moment_day(moment) * USECS_PER_DAY : moment;
}

/* A date of the deal, with the flags it has */
static void
deal_time_text(TextForm *form, DealMotion *motion, int64 *time, int known,
			   int day_flag)
{
	bool day = (motion->flags & day_flag) != 0;

	time_text(form, time, &day);
	if (text_reads(form))
		motion->flags |= known | (day ? day_flag : 0);
}

/* A date of a touch, which must be of the sort of the first */
static void
touch_time_text(TextForm *form, const DealMotion *motion, int64 *time)
{
	bool touch_days = (motion->flags & MOTION_TOUCH_DAYS) != 0;
	bool day = touch_days;
	const char *at = form->at;

	time_text(form, time, &day);
	if (!form->failed && day != touch_days)
	{
		form->at = at;
		text_fail(form);
	}
}

static void
kind_text(TextForm *form, uint8 *kind)
{
	const char *names[KIND_COUNT];
	int number = *kind;

	for (int i = 0; i < KIND_COUNT; i++)
		names[i] = touch_kinds[i].name;
	text_word(form, "/");
	if (text_choice(form, &number, names, KIND_COUNT) && text_reads(form))
		*kind = (uint8) number;
}

/* The evidence on time, and what came nearest to it */
static void
evidence_text(TextForm *form, DealMotion *motion)
{
	for (int slot = 0; slot < SLOT_COUNT; slot++)
	{
		if (!text_field(form, motion->proof_kind[slot] != KIND_UNKNOWN,
						slot_names[slot]))
			continue;
		touch_time_text(form, motion, &motion->proof_at[slot]);
		kind_text(form, &motion->proof_kind[slot]);
	}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		int reason = motion->miss_reason[axis];

		if (!text_field(form, reason != MISS_NONE, miss_slot_names[axis]))
			continue;
		if (text_choice(form, &reason, miss_names, MISS_COUNT) &&
			text_reads(form))
			motion->miss_reason[axis] = (uint8) reason;
		if (reason != MISS_UNDATED)
		{
			text_word(form, "/");
			touch_time_text(form, motion, &motion->miss_at[axis]);
		}
		kind_text(form, &motion->miss_kind[axis]);
	}
}

static void *
motion_text(TextForm *form, void *value)
{
	DealMotion *motion = value ? value : make_deal_motion();

	text_version(form);
	if (text_reads(form) && text_more(form))
		motion->flags = MOTION_HAS_DEAL;
	if ((motion->flags & MOTION_HAS_DEAL) == 0)
		return motion;
	text_word(form, " opened=");
	if (!text_option(form, (motion->flags & MOTION_OPENED) == 0, "unknown"))
		deal_time_text(form, motion, &motion->opened, MOTION_OPENED,
					   MOTION_OPENED_DAY);
	if (text_field(form, (motion->flags & MOTION_CLOSED) != 0, "closed"))
		deal_time_text(form, motion, &motion->closed, MOTION_CLOSED,
					   MOTION_CLOSED_DAY);
	text_counts(form, motion, counts, lengthof(counts));
	if (motion->before_close > 0 || motion->after_close > 0)
	{
		bool day = (motion->flags & MOTION_TOUCH_DAYS) != 0;

		text_word(form, " first=");
		time_text(form, &motion->first, &day);
		if (text_reads(form))
			motion->flags |= day ? MOTION_TOUCH_DAYS : MOTION_TOUCH_TIMES;
		text_word(form, " last=");
		touch_time_text(form, motion, &motion->last);
	}
	evidence_text(form, motion);
	text_word(form, " rule=(");
	rule_terms_text(form, &motion->rule, ")");
	text_word(form, ")");
	return motion;
}

static void *
motion_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(DealMotion, opened),
		BINARY_FIELD(DealMotion, closed),
		BINARY_FIELD(DealMotion, first),
		BINARY_FIELD(DealMotion, last),
		BINARY_FIELD(DealMotion, before_close),
		BINARY_FIELD(DealMotion, after_close),
		BINARY_FIELD(DealMotion, undated),
		BINARY_FIELD(DealMotion, passive),
	};
	DealMotion *motion = value ? value : make_deal_motion();

	binary_uint8(form, &motion->flags);
	rule_terms_binary(form, &motion->rule);
	binary_fields(form, motion, fields, lengthof(fields));
	for (int slot = 0; slot < SLOT_COUNT; slot++)
	{
		binary_uint8(form, &motion->proof_kind[slot]);
		binary_int64(form, &motion->proof_at[slot]);
	}
	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		binary_uint8(form, &motion->miss_reason[axis]);
		binary_uint8(form, &motion->miss_kind[axis]);
		binary_int64(form, &motion->miss_at[axis]);
	}
	return motion;
}

const ValueType deal_motion_type = {"deal_motion", DEAL_MOTION_VERSION,
									motion_text, motion_binary,
									motion_problem};

VALUE_FORMS(deal_motion, &deal_motion_type);
CANONICAL_OPERATORS(deal_motion, &deal_motion_type);
