/*
 * deal_lift_io.c
 *		Text and binary form of deal_lift.
 *
 * The text form is ignored=N, then landmark=none or its days, then each
 * segment: its name in double quotes, which are doubled in it, and the
 * statistics of each side that has deals, in parentheses:
 *
 *		ignored=0 landmark=none "new" co_sell=(deals=1 ...) solo=(...) "renewal" ...
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "base/value.h"
#include "base/cancellable_sort.h"
#include "base/compat.h"
#include "base/memory.h"
#include "outcome/deal_lift_private.h"
#include "base/exact_sum.h"
#include "base/value_form.h"


/* What is wrong with a segment from outside; NULL when nothing is. */
static const char *
problem_of_segment(const LiftSegment *segment, int32 landmark)
{
	static const DealStats none = {0};
	const DealStats *sides[SIDES];

	if (segment->length < 1 || segment->length > MAX_SEGMENT)
		return "The name of a segment is empty or too long.";
	if (memchr(segment->name, '\0', segment->length))
		return "The name of a segment has a zero byte.";
	for (int side = 0; side < SIDES; side++)
	{
		sides[side] = segment->sides[side] ? segment->sides[side] : &none;
		if (segment->sides[side] && sides[side]->deals[WON] == 0 &&
			sides[side]->deals[LOST] == 0 && sides[side]->deals[OPEN] == 0)
			return "A side has no deals.";
	}
	if (sides[SIDE(AS_RECORDED, true)] == &none &&
		sides[SIDE(AS_RECORDED, false)] == &none)
		return "A segment has no deals.";
	for (int i = 0; i < OUTCOMES; i++)
	{
		if (sides[SIDE(AT_LANDMARK, true)]->deals[i] +
				sides[SIDE(AT_LANDMARK, false)]->deals[i] >
			(landmark < 0 ? 0
						  : sides[SIDE(AS_RECORDED, true)]->deals[i] +
								sides[SIDE(AS_RECORDED, false)]->deals[i]))
			return "There are more deals at the landmark than on record.";
	}
	return NULL;
}

/* The same of what is beside the segments */
static const char *
problem_of_header(const Lift *lift)
{
	if (lift->ignored < 0 || lift->ignored > MAX_IGNORED)
		return "The number of ignored deals is out of range.";
	if (lift->nsegments < 0 || lift->nsegments > MAX_SEGMENTS)
		return "There are too many segments.";
	if (lift->landmark < ANY_LANDMARK || lift->landmark > MAX_LANDMARK ||
		(lift->landmark == ANY_LANDMARK &&
		 (lift->nsegments > 0 || lift->ignored > 0)))
		return "The landmark is missing or out of range.";
	if (lift->landmark >= 0 && lift->ignored > 0)
		return "Deals are ignored though they have a time.";
	return NULL;
}

static int
compare_segments(const void *a, const void *b)
{
	const LiftSegment *left = *(LiftSegment *const *) a;
	const LiftSegment *right = *(LiftSegment *const *) b;

	return compare_segment_names(left->name, left->length, right->name,
								 right->length);
}

/*
 * Sorts the segments: their order is that of their bytes, and a dump may have
 * been made in another encoding.  Returns what is wrong with them, or NULL.
 */
static const char *
order_segments(Lift *lift)
{
	sort_cancellably(lift->segments, lift->nsegments, sizeof(LiftSegment *),
					 compare_segments);
	for (int32 i = 1; i < lift->nsegments; i++)
	{
		if (compare_segments(&lift->segments[i - 1], &lift->segments[i]) == 0)
			return "A segment occurs twice.";
	}
	return NULL;
}

static Lift *
new_lift(void)
{
	Lift *lift = palloc0(sizeof(Lift));

	lift->landmark = ANY_LANDMARK;
	return lift;
}

/* The value of what was read, or NULL and what is wrong with it */
static struct varlena *
finish_lift(Lift *lift, const char **problem)
{
	*problem = problem_of_header(lift);
	for (int32 i = 0; *problem == NULL && i < lift->nsegments; i++)
		*problem = problem_of_segment(lift->segments[i], lift->landmark);
	if (*problem == NULL)
		*problem = order_segments(lift);
	return *problem ? NULL : flat_lift(lift);
}

static void *
lift_text(TextForm *form, void *value)
{
	Lift *lift = value ? lift_of_value(value) : new_lift();
	int64 landmark = lift->landmark;
	int capacity = 0;

	text_word(form, "ignored=");
	text_count(form, &lift->ignored);
	if (text_field(form, landmark != ANY_LANDMARK, "landmark"))
	{
		if (text_option(form, landmark == NO_LANDMARK, "none"))
			landmark = NO_LANDMARK;
		else
			text_number(form, &landmark, MAX_LANDMARK);
	}
	lift->landmark = (int32) landmark;
	for (int32 i = 0; value ? i < lift->nsegments : text_more(form); i++)
	{
		LiftSegment *segment;

		if (value == NULL)
		{
			if (i == MAX_SEGMENTS)
			{
				text_problem(form, "There are too many segments.");
				break;
			}
			MAKE_ROOM(CurrentMemoryContext, lift->segments, capacity, i + 1);
			lift->segments[i] = palloc0(sizeof(LiftSegment));
			lift->nsegments = i + 1;
		}
		segment = lift->segments[i];
		text_word(form, " ");
		text_quoted(form, &segment->name, &segment->length, MAX_SEGMENT, '"');
		for (int side = 0; side < SIDES; side++)
		{
			DealStats *stats = segment->sides[side];

			if (!text_field(form, stats != NULL, side_names[side]))
				continue;
			text_word(form, "(");
			segment->sides[side] = deal_stats_text(form, stats);
			text_word(form, ")");
		}
	}
	if (value || form->failed)
		return value;
	return finish_lift(lift, &form->problem);
}

/* The statistics of a side, behind whether there are any and their version */
static void
side_binary(BinaryForm *form, LiftSegment *segment, int side)
{
	DealStats *stats = segment->sides[side];
	uint8 present = stats != NULL;
	uint8 version = DEAL_STATS_VERSION;

	binary_uint8(form, &present);
	if (present > 1)
		binary_problem(form, "A side is neither there nor not.");
	if (!present)
		return;
	binary_uint8(form, &version);
	if (version != DEAL_STATS_VERSION)
		binary_problem(form, "It is of an unknown version.");
	if (form->problem == NULL)
		segment->sides[side] = deal_stats_binary(form, stats);
}

static void *
lift_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {BINARY_FIELD(Lift, landmark),
										 BINARY_FIELD(Lift, ignored),
										 BINARY_FIELD(Lift, nsegments)};
	Lift *lift = value ? lift_of_value(value) : new_lift();

	binary_fields(form, lift, fields, lengthof(fields));
	if (form->reads && form->problem == NULL)
		form->problem = problem_of_header(lift);
	if (form->problem)
		return NULL;
	if (form->reads)
		lift->segments = palloc(Max(lift->nsegments, 1) *
								sizeof(LiftSegment *));
	for (int32 i = 0; i < lift->nsegments && form->problem == NULL; i++)
	{
		LiftSegment *segment;

		CHECK_FOR_INTERRUPTS();
		if (form->reads)
			lift->segments[i] = palloc0(sizeof(LiftSegment));
		segment = lift->segments[i];
		binary_text(form, &segment->name, &segment->length);
		for (int side = 0; side < SIDES; side++)
			side_binary(form, segment, side);
	}
	if (value || form->problem)
		return value;
	return finish_lift(lift, &form->problem);
}

const ValueType deal_lift_type = {"deal_lift", DEAL_LIFT_VERSION, lift_text,
								  lift_binary};

VALUE_FORMS(deal_lift, &deal_lift_type);
CANONICAL_OPERATORS(deal_lift, &deal_lift_type);
