/*
 * deal_motion.c
 *		Involved or led: how a deal was really driven.
 *
 * A partner that touches a deal is involved in it.  A deal is led by the
 * ecosystem when it was sourced, its account selected, and its motion run with
 * partners, by an intent that is older than the deal.  Each of those four axes
 * needs dated evidence of its own, and evidence that is late, undated or
 * missing never counts.
 *
 * Here is what counts as evidence, and what it makes of a deal.  Rows are
 * collected in deal_motion_agg.c; reading and writing a deal_motion is in
 * deal_motion_io.c, the sentence that explains one in
 * deal_motion_explanation.c.
 *
 * IDENTIFICATION
 *		src/motion/deal_motion.c
 */
#include "postgres.h"

#include "motion/deal_motion.h"

#define KIND_NAME(name) name, sizeof(name) - 1

/*
 * The kinds that say something about an axis.  After "Ecosystem-Involved vs
 * Ecosystem-Led Explained" (Forecastable, May 2026), which draws the axes:
 *
 * - sourcing: "the ecosystem sourced it, through a referral, an overlap
 *   signal, or a partner introduction";
 * - selection: "chosen with the ecosystem";
 * - motion: "a joint pitch and shared deal reviews from the start";
 * - intent: "intentional, designed before the deal";
 *
 * and which counts an integration that was merely present as involvement; here
 * it only covers the deal, unless the rule says otherwise.  The other kinds
 * are what customer databases call the same acts, and each axis has its own
 * name for whoever has nothing finer.
 */
const TouchKind touch_kinds[KIND_COUNT] = {
	{KIND_NAME(""), AXIS_NONE, false, false, "touch"},
	{KIND_NAME("referral"), AXIS_SOURCING, false, true, "referral"},
	{KIND_NAME("partner_introduction"), AXIS_SOURCING, false, true,
	 "partner introduction"},
	{KIND_NAME("overlap_signal"), AXIS_SOURCING, false, false,
	 "overlap signal"},
	{KIND_NAME("deal_registration"), AXIS_SOURCING, false, true,
	 "deal registration"},
	{KIND_NAME("sourcing"), AXIS_SOURCING, false, false, "sourcing touch"},
	{KIND_NAME("joint_target_list"), AXIS_SELECTION, false, false,
	 "joint target list"},
	{KIND_NAME("account_selection"), AXIS_SELECTION, false, false,
	 "account selection"},
	{KIND_NAME("selection"), AXIS_SELECTION, false, false, "selection touch"},
	{KIND_NAME("joint_pitch"), AXIS_MOTION, false, false, "joint pitch"},
	{KIND_NAME("shared_deal_review"), AXIS_MOTION, false, false,
	 "shared deal review"},
	{KIND_NAME("joint_demo"), AXIS_MOTION, false, false, "joint demo"},
	{KIND_NAME("joint_call"), AXIS_MOTION, false, false, "joint call"},
	{KIND_NAME("motion"), AXIS_MOTION, false, false, "joint selling touch"},
	{KIND_NAME("co_sell_plan"), AXIS_INTENT, false, false, "co-sell plan"},
	{KIND_NAME("ecosystem_designation"), AXIS_INTENT, false, false,
	 "ecosystem designation"},
	{KIND_NAME("intent"), AXIS_INTENT, false, false, "stated intent"},
	{KIND_NAME("integration_present"), AXIS_NONE, true, false,
	 "installed integration"},
	{KIND_NAME("overlap"), AXIS_NONE, true, false, "account overlap"},
};

const char *const involvement_names[] = {"direct", "covered", "unproven",
										 "involved", "led"};
const char *const origin_names[] = {"unpartnered", "partner_influenced",
									"ecosystem_sourced", "partner_sourced"};

/* The state before any row. */
DealMotion *
make_deal_motion(void)
{
	DealMotion *motion = palloc0(sizeof(DealMotion));

	SET_VARSIZE(motion, sizeof(DealMotion));
	motion->version = DEAL_MOTION_VERSION;
	return motion;
}

/*
 * Is later more than within after earlier, by time or by UTC day?  Cannot
 * overflow.
 */
static inline bool
further_than(int64 earlier, int64 later, int64 within, bool by_day)
{
	if (by_day)
		return ((int128) utc_day_of(later) - utc_day_of(earlier)) *
				   USECS_PER_DAY >
			   within;
	return (int128) later - earlier > within;
}

/*
 * Was evidence written down too late to be believed, however it is dated?  By
 * day where that is all that is known of the recording, too.
 */
bool
recorded_late(const DealMotion *motion, int64 recorded, bool by_day)
{
	return further_than(motion->opened, recorded, motion->rule.recorded_within,
						by_day || opening_by_day(motion));
}

/* Does evidence dated at count for the axis?  The reason why not. */
Miss
judge_evidence(const DealMotion *motion, Axis axis, int64 at)
{
	bool by_day = opening_by_day(motion);

	if ((motion->flags & MOTION_OPENED) == 0)
		return MISS_UNPLACED;
	if (further_than(motion->opened, at,
					 axis == AXIS_MOTION ? motion->rule.motion_within : 0,
					 by_day))
		return MISS_LATE;
	if (is_after_close(motion, at))
		return MISS_AFTER_CLOSE;
	if (axis == AXIS_SOURCING &&
		further_than(at, motion->opened, motion->rule.sourced_within, by_day))
		return MISS_EARLY;
	return MISS_NONE;
}

/* The axes that were on time, as bits, whether the rule asks for them or not.
 */
int
motion_axes(const DealMotion *motion)
{
	int axes = 0;

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (motion->proof_kind[axis] != KIND_UNKNOWN)
			axes |= AXIS_BIT(axis);
	return axes;
}

/*
 * Evidence on time is dated at or before the close, so a led deal is always a
 * touched one.
 */
Involvement
motion_involvement(const DealMotion *motion)
{
	if (motion->before_close > 0)
	{
		if ((motion->rule.axes & ~motion_axes(motion)) == 0)
			return INVOLVEMENT_LED;
		return INVOLVEMENT_INVOLVED;
	}
	if (motion->after_close > 0 || motion->undated > 0)
		return INVOLVEMENT_UNPROVEN;
	if (motion->passive > 0)
		return INVOLVEMENT_COVERED;
	return INVOLVEMENT_DIRECT;
}

Origin
motion_origin(const DealMotion *motion)
{
	if (motion->proof_kind[PARTNER_SLOT] != KIND_UNKNOWN)
		return ORIGIN_PARTNER;
	if (motion->proof_kind[AXIS_SOURCING] != KIND_UNKNOWN)
		return ORIGIN_ECOSYSTEM;
	if (motion->before_close > 0)
		return ORIGIN_INFLUENCED;
	return ORIGIN_UNPARTNERED;
}
