/*
 * deal_motion_agg.c
 *		The rows of a deal as a deal_motion, and what it says.
 *
 * A deal_motion is decided row by row: every row brings the opening and the
 * close of its deal, which must be the same in all of them, so whether a touch
 * is on time is known when it is seen and only the best touch of each axis has
 * to be remembered.  That makes the state small, and independent of order.
 *
 * IDENTIFICATION
 *		src/motion/deal_motion_agg.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/aggregate_state.h"
#include "base/compat.h"
#include "base/result_rows.h"
#include "base/rows_disagree.h"
#include "motion/deal_motion.h"
#include "base/word.h"

PG_FUNCTION_INFO_V1(deal_motion_accum);
PG_FUNCTION_INFO_V1(deal_motion_combine);
PG_FUNCTION_INFO_V1(deal_motion_involvement);
PG_FUNCTION_INFO_V1(deal_motion_origin);
PG_FUNCTION_INFO_V1(deal_motion_led_axes);
PG_FUNCTION_INFO_V1(deal_motion_missing_axes);
PG_FUNCTION_INFO_V1(deal_motion_missing_reasons);
PG_FUNCTION_INFO_V1(deal_motion_score);
PG_FUNCTION_INFO_V1(deal_motion_touches);
PG_FUNCTION_INFO_V1(deal_motion_undated);
PG_FUNCTION_INFO_V1(deal_motion_after_close);
PG_FUNCTION_INFO_V1(deal_motion_passive);
PG_FUNCTION_INFO_V1(deal_motion_first_touch);
PG_FUNCTION_INFO_V1(deal_motion_last_touch);
PG_FUNCTION_INFO_V1(deal_motion_rule);
PG_FUNCTION_INFO_V1(motion_kinds);

/* What came nearest to being evidence, and why it is none; by Miss. */
static const char *const miss_names[] = {
	"no evidence",   "late",      "after the close",
	"recorded late", "too early", "deal without opening date",
	"undated"};

StaticAssertDecl(lengthof(miss_names) == MISS_COUNT, "a reason has no name");

/* The number of a kind, KIND_UNKNOWN for one that belongs to no axis. */
static int
find_kind(const text *kind)
{
	const char *word = VARDATA_ANY(kind);
	Size length = VARSIZE_ANY_EXHDR(kind);
	char first = length > 0 ? fold_letter(*word) : '\0';

	/* Most are spelled as we do. */
	for (int i = 1; i < KIND_COUNT; i++)
		if (touch_kinds[i].length == length &&
			touch_kinds[i].name[0] == *word &&
			memcmp(touch_kinds[i].name, word, length) == 0)
			return i;
	for (int i = 1; i < KIND_COUNT; i++)
	{
		const char *name = touch_kinds[i].name;

		/* Many are told apart by it. */
		if (first >= 'a' && first <= 'z' && first != name[0])
			continue;
		if (same_word(name, touch_kinds[i].length, word, length))
			return i;
	}
	return KIND_UNKNOWN;
}

/* Remembers evidence that counts: the earliest, of those the lowest kind. */
static inline void
note_proof(DealMotion *motion, int slot, int64 at, uint8 kind)
{
	if (motion->proof_kind[slot] != KIND_UNKNOWN &&
		(at > motion->proof_at[slot] ||
		 (at == motion->proof_at[slot] && kind >= motion->proof_kind[slot])))
		return;
	motion->proof_at[slot] = at;
	motion->proof_kind[slot] = kind;
}

/* Remembers evidence that does not count: the one that came nearest. */
static inline void
note_miss(DealMotion *motion, Axis axis, Miss reason, int64 at, uint8 kind)
{
	Miss known = (Miss) motion->miss_reason[axis];

	if (known != MISS_NONE)
	{
		if (reason > known)
			return;
		if (reason == known)
		{
			int64 known_at = motion->miss_at[axis];

			/* Too early is nearer the later it is, anything else not. */
			if (reason == MISS_EARLY ? at < known_at : at > known_at)
				return;
			if (at == known_at && kind >= motion->miss_kind[axis])
				return;
		}
	}
	motion->miss_reason[axis] = reason;
	motion->miss_at[axis] = at;
	motion->miss_kind[axis] = kind;
}

static inline void
note_dates(DealMotion *motion, int64 first, int64 last)
{
	bool none = motion->before_close == 0 && motion->after_close == 0;

	if (none || first < motion->first)
		motion->first = first;
	if (none || last > motion->last)
		motion->last = last;
}

static inline void
add_count(int64 *count, int64 more)
{
	if (pg_add_s64_overflow(*count, more, count))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many touches in one deal_motion")));
}

/* A date of the deal as an error shows it. */
static char *
shown_time(int64 time, bool known, bool day)
{
	StringInfoData out;

	if (!known)
		return "none";
	initStringInfo(&out);
	append_moment(&out, day ? moment_of_date(utc_day_of(time)) : time);
	return out.data;
}

static void
disagree(const char *what, const char *one, const char *other,
		 const char *hint)
{
	StatedRange range = {CurrentMemoryContext};

	note_stated(&range, NULL, one);
	note_stated(&range, NULL, other);
	rows_disagree(&range, &(Disagreement){ERRCODE_DATA_EXCEPTION, "one deal",
										  what, NULL, hint});
}

/*
 * A date of the deal must be the same in all of its rows, where two flags say
 * whether it is known, and by its day alone.
 */
static void
check_same_date(const char *what, int known, int day, int flags, int64 time,
				int other_flags, int64 other_time)
{
	if (((flags ^ other_flags) & (known | day)) == 0 && time == other_time)
		return;
	disagree(what, shown_time(time, flags & known, flags & day),
			 shown_time(other_time, other_flags & known, other_flags & day),
			 psprintf("Group by deal, and take %s from the deal itself.",
					  what));
}

/* Whether touches are dated by day or by time, from one more of them */
static void
note_sort_of_touch(DealMotion *motion, int flag)
{
	const int both = MOTION_TOUCH_DAYS | MOTION_TOUCH_TIMES;

	motion->flags |= flag;
	if ((motion->flags & both) == both)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("touches of one deal mix dates and timestamps"),
				 errhint("Give occurred_at as date for all of them, or as "
						 "timestamptz for all.")));
}

static inline bool
same_terms(const RuleTerms *a, const RuleTerms *b)
{
	return a->motion_within == b->motion_within &&
		   a->sourced_within == b->sourced_within &&
		   a->recorded_within == b->recorded_within && a->axes == b->axes &&
		   a->flags == b->flags;
}

/* Two parts of one deal that differ, in more than touches, are refused. */
static pg_noinline void
check_parts(const DealMotion *motion, int flags, int64 opened, int64 closed,
			const RuleTerms *rule)
{
	check_same_date("opened_at", MOTION_OPENED, MOTION_OPENED_DAY,
					motion->flags, motion->opened, flags, opened);
	check_same_date("closed_at", MOTION_CLOSED, MOTION_CLOSED_DAY,
					motion->flags, motion->closed, flags, closed);
	if (!same_terms(&motion->rule, rule))
	{
		StringInfoData one;
		StringInfoData other;

		initStringInfo(&one);
		initStringInfo(&other);
		append_rule_terms(&one, &motion->rule);
		append_rule_terms(&other, rule);
		disagree("the led rule", psprintf("(%s)", one.data),
				 psprintf("(%s)", other.data), NULL);
	}
}

/* Two parts of one deal must be about the same deal, judged by one rule. */
static inline void
check_same_deal(const DealMotion *motion, int flags, int64 opened,
				int64 closed, const RuleTerms *rule)
{
	const int of_deal = MOTION_OPENED | MOTION_OPENED_DAY | MOTION_CLOSED |
						MOTION_CLOSED_DAY;

	if (unlikely(((motion->flags ^ flags) & of_deal) != 0 ||
				 motion->opened != opened || motion->closed != closed ||
				 !same_terms(&motion->rule, rule)))
		check_parts(motion, flags, opened, closed, rule);
}

/*
 * A moment of a row as a time: midnight of a day, with *day set.  False when
 * there is none: NULL, an overload that has no such argument, and infinity,
 * which customer databases write for the close of an open deal and for a date
 * not known.
 */
static inline bool
get_time(FunctionCallInfo fcinfo, int argno, const char *name, int64 *time,
		 bool *day)
{
	Moment moment;

	*time = 0;
	*day = false;
	if (argno >= PG_NARGS() || PG_ARGISNULL(argno))
		return false;
	moment = PG_GETARG_MOMENT(argno);
	if (!moment_is_finite(moment))
		return false;
	*day = moment_is_day(moment);
	if (!*day)
	{
		*time = moment;
		return true;
	}
	/* Dates reach further into the future than timestamps. */
	if (moment_day(moment) >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("%s is out of range", name)));
	*time = moment_day(moment) * USECS_PER_DAY;
	return true;
}

/*
 * Adds the touch of a row, (kind, occurred_at) in arguments 1 and 2 and
 * recorded_at in 5; the deal's own fields are set.
 */
static void
add_touch(DealMotion *motion, FunctionCallInfo fcinfo)
{
	int kind = find_kind(PG_GETARG_TEXT_PP(1));
	Axis axis = touch_kinds[kind].axis;
	int64 at;
	int64 recorded;
	bool by_day;
	bool recorded_by_day;
	bool dated = get_time(fcinfo, 2, "occurred_at", &at, &by_day);
	Miss miss;

	if (touch_kinds[kind].passive &&
		(motion->rule.flags & RULE_PASSIVE_COUNTS) == 0)
	{
		add_count(&motion->passive, 1);
		return;
	}
	if (!dated)
		add_count(&motion->undated, 1);
	else
	{
		note_sort_of_touch(motion,
						   by_day ? MOTION_TOUCH_DAYS : MOTION_TOUCH_TIMES);
		note_dates(motion, at, at);
		add_count(is_after_close(motion, at) ? &motion->after_close
											 : &motion->before_close,
				  1);
	}
	if (axis == AXIS_NONE)
		return;

	miss = dated ? judge_evidence(motion, axis, at) : MISS_UNDATED;
	if (miss == MISS_NONE &&
		get_time(fcinfo, 5, "recorded_at", &recorded, &recorded_by_day))
	{
		/* Kept as touches are. */
		if (by_day)
			recorded = utc_day_of(recorded) * USECS_PER_DAY;
		if (recorded_late(motion, recorded, recorded_by_day))
		{
			miss = MISS_RECORDED;
			at = recorded;
		}
	}
	if (miss != MISS_NONE)
		note_miss(motion, axis, miss, at, kind);
	else
	{
		note_proof(motion, axis, at, kind);
		if (touch_kinds[kind].partner_act)
			note_proof(motion, PARTNER_SLOT, at, kind);
	}
}

/*
 * deal_motion_accum(deal_motion, kind text, occurred_at, opened_at
 * [, closed_at [, recorded_at [, rule led_rule]]]) -> deal_motion, the times
 * all moments
 */
Datum
deal_motion_accum(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_ARGISNULL(0)
							 ? make_deal_motion()
							 : state_for_update(fcinfo, 0, &deal_motion_type);
	const RuleTerms *rule = &default_rule_terms;
	int flags = MOTION_HAS_DEAL;
	int64 opened;
	int64 closed;
	bool by_day;

	if (get_time(fcinfo, 3, "opened_at", &opened, &by_day))
		flags |= MOTION_OPENED | (by_day ? MOTION_OPENED_DAY : 0);
	if (get_time(fcinfo, 4, "closed_at", &closed, &by_day))
		flags |= MOTION_CLOSED | (by_day ? MOTION_CLOSED_DAY : 0);
	if (PG_NARGS() > 6 && !PG_ARGISNULL(6))
		rule = &DatumGetLedRule(PG_GETARG_DATUM(6))->terms;

	if ((motion->flags & MOTION_HAS_DEAL) != 0)
		check_same_deal(motion, flags, opened, closed, rule);
	else
	{
		motion->flags = flags;
		motion->opened = opened;
		motion->closed = closed;
		motion->rule = *rule;
	}
	if (!PG_ARGISNULL(1))
		add_touch(motion, fcinfo);
	PG_RETURN_POINTER(motion);
}

/*
 * deal_motion_combine(deal_motion, deal_motion) -> deal_motion: two parts of
 * one deal as one.  A part that has seen no row adds nothing.
 */
Datum
deal_motion_combine(PG_FUNCTION_ARGS)
{
	DealMotion *motion;
	const DealMotion *other;

	if (lacks_a_state(fcinfo))
		return only_state(fcinfo, &deal_motion_type);

	motion = state_for_update(fcinfo, 0, &deal_motion_type);
	other = PG_GETARG_DEAL_MOTION(1);
	if ((other->flags & MOTION_HAS_DEAL) == 0)
		PG_RETURN_POINTER(motion);
	if ((motion->flags & MOTION_HAS_DEAL) == 0)
	{
		memcpy(motion, other, sizeof(DealMotion));
		PG_RETURN_POINTER(motion);
	}

	check_same_deal(motion, other->flags, other->opened, other->closed,
					&other->rule);
	if (other->before_close > 0 || other->after_close > 0)
	{
		note_sort_of_touch(motion, other->flags & (MOTION_TOUCH_DAYS |
												   MOTION_TOUCH_TIMES));
		note_dates(motion, other->first, other->last);
	}
	add_count(&motion->before_close, other->before_close);
	add_count(&motion->after_close, other->after_close);
	add_count(&motion->undated, other->undated);
	add_count(&motion->passive, other->passive);
	for (int slot = 0; slot < SLOT_COUNT; slot++)
		if (other->proof_kind[slot] != KIND_UNKNOWN)
			note_proof(motion, slot, other->proof_at[slot],
					   other->proof_kind[slot]);
	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (other->miss_reason[axis] != MISS_NONE)
			note_miss(motion, axis, (Miss) other->miss_reason[axis],
					  other->miss_at[axis], other->miss_kind[axis]);
	PG_RETURN_POINTER(motion);
}

static ArrayType *
axes_array(int axes)
{
	Datum elements[AXIS_COUNT];
	int count = 0;

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (axes & AXIS_BIT(axis))
			elements[count++] = CStringGetTextDatum(axis_names[axis]);
	return construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT);
}

/*
 * involvement(deal_motion) -> text
 */
Datum
deal_motion_involvement(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);

	PG_RETURN_TEXT_P(
		cstring_to_text(involvement_names[motion_involvement(motion)]));
}

/*
 * origin(deal_motion) -> text
 */
Datum
deal_motion_origin(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);

	PG_RETURN_TEXT_P(cstring_to_text(origin_names[motion_origin(motion)]));
}

/*
 * led_axes(deal_motion) -> text[]
 */
Datum
deal_motion_led_axes(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(axes_array(motion_axes(PG_GETARG_DEAL_MOTION(0))));
}

/* The axes that the rule asks for and that are not on time, as bits. */
static int
missing_axes(const DealMotion *motion)
{
	int asked = (motion->flags & MOTION_HAS_DEAL) ? motion->rule.axes
												  : default_rule_terms.axes;

	return asked & ~motion_axes(motion);
}

/*
 * missing_axes(deal_motion) -> text[]
 */
Datum
deal_motion_missing_axes(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(axes_array(missing_axes(PG_GETARG_DEAL_MOTION(0))));
}

/*
 * missing_reasons(deal_motion) -> text[], in the order of missing_axes()
 */
Datum
deal_motion_missing_reasons(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);
	int missing = missing_axes(motion);
	Datum elements[AXIS_COUNT];
	int count = 0;

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (missing & AXIS_BIT(axis))
			elements[count++] = CStringGetTextDatum(
				miss_names[motion->miss_reason[axis]]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * motion_score(deal_motion) -> integer
 */
Datum
deal_motion_score(PG_FUNCTION_ARGS)
{
	int axes = motion_axes(PG_GETARG_DEAL_MOTION(0));
	int score = 0;

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		score += (axes >> axis) & 1;
	PG_RETURN_INT32(score);
}

/*
 * touches(deal_motion) -> bigint
 */
Datum
deal_motion_touches(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);
	int64 touches = motion->before_close;

	add_count(&touches, motion->after_close);
	add_count(&touches, motion->undated);
	PG_RETURN_INT64(touches);
}

/*
 * undated(deal_motion) -> bigint
 */
Datum
deal_motion_undated(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_DEAL_MOTION(0)->undated);
}

/*
 * touches_after_close(deal_motion) -> bigint
 */
Datum
deal_motion_after_close(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_DEAL_MOTION(0)->after_close);
}

/*
 * passive_records(deal_motion) -> bigint
 */
Datum
deal_motion_passive(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_DEAL_MOTION(0)->passive);
}

/*
 * first_touch(deal_motion) -> timestamptz
 */
Datum
deal_motion_first_touch(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);

	if (motion->before_close == 0 && motion->after_close == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(motion->first);
}

/*
 * last_touch(deal_motion) -> timestamptz
 */
Datum
deal_motion_last_touch(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);

	if (motion->before_close == 0 && motion->after_close == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(motion->last);
}

/*
 * rule(deal_motion) -> led_rule
 */
Datum
deal_motion_rule(PG_FUNCTION_ARGS)
{
	DealMotion *motion = PG_GETARG_DEAL_MOTION(0);

	if ((motion->flags & MOTION_HAS_DEAL) == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(make_led_rule(&motion->rule));
}

/*
 * motion_kinds() -> setof (kind text, axis text, passive boolean,
 *							partner_sourced boolean)
 */
Datum
motion_kinds(PG_FUNCTION_ARGS)
{
	begin_rows(fcinfo);
	for (int i = 1; i < KIND_COUNT; i++)
	{
		const TouchKind *kind = &touch_kinds[i];
		Datum values[4] = {0};
		bool nulls[4] = {false};

		values[0] = CStringGetTextDatum(kind->name);
		if (kind->axis == AXIS_NONE)
			nulls[1] = true;
		else
			values[1] = CStringGetTextDatum(axis_names[kind->axis]);
		values[2] = BoolGetDatum(kind->passive);
		values[3] = BoolGetDatum(kind->partner_act);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
