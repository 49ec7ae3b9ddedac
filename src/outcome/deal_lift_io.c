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
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "base/value.h"
#include "base/cancellable_sort.h"
#include "base/compat.h"
#include "base/memory.h"
#include "outcome/deal_lift.h"
#include "base/exact_sum.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(deal_lift_in);
PG_FUNCTION_INFO_V1(deal_lift_out);
PG_FUNCTION_INFO_V1(deal_lift_recv);
PG_FUNCTION_INFO_V1(deal_lift_send);

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

/*
 * Text
 */

static void
skip_blanks(const char **cursor)
{
	while (**cursor == ' ')
		(*cursor)++;
}

/* Skips blanks and then a word if it is next. */
static bool
parse_word(const char **cursor, const char *word)
{
	skip_blanks(cursor);
	return skip_word(cursor, word);
}

/* Reads a name in double quotes; one too long is cut after what is allowed. */
static bool
parse_name(const char **cursor, LiftSegment *segment)
{
	const char *at = *cursor;
	char *name = palloc(MAX_SEGMENT + 1);

	skip_blanks(&at);
	if (!read_quoted(&at, name, MAX_SEGMENT + 1, &segment->length))
		return false;
	segment->name = name;
	*cursor = at;
	return true;
}

static bool
parse_segment(const char **cursor, LiftSegment *segment, const char **problem)
{
	if (!parse_name(cursor, segment))
		return false;
	for (int side = 0; side < SIDES; side++)
	{
		if (!parse_word(cursor, side_names[side]))
			continue;
		if (!parse_word(cursor, "=("))
			return false;
		skip_blanks(cursor);
		segment->sides[side] = parse_deal_stats(cursor, problem);
		if (segment->sides[side] == NULL || !parse_word(cursor, ")"))
			return false;
	}
	return true;
}

Datum
deal_lift_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *cursor = input;
	const char *problem = NULL;
	Lift lift = {.landmark = ANY_LANDMARK};
	int capacity = 8;
	uint64 number;
	bool ok;

	lift.segments = palloc(capacity * sizeof(LiftSegment *));
	ok = parse_word(&cursor, "ignored=") && parse_count(&cursor, &number);
	if (ok)
		lift.ignored = (int64) Min(number, PG_INT64_MAX);
	if (ok && parse_word(&cursor, "landmark="))
	{
		if (parse_word(&cursor, "none"))
			lift.landmark = NO_LANDMARK;
		else
		{
			ok = parse_count(&cursor, &number);
			lift.landmark = (int32) Min(number, MAX_LANDMARK + 1);
		}
	}
	skip_blanks(&cursor);
	while (ok && problem == NULL && *cursor != '\0')
	{
		LiftSegment *segment = palloc0(sizeof(LiftSegment));

		CHECK_FOR_INTERRUPTS();
		if (lift.nsegments == MAX_SEGMENTS)
		{
			problem = "There are too many segments.";
			break;
		}
		ok = parse_segment(&cursor, segment, &problem);
		if (!ok)
			break;
		problem = problem_of_segment(segment, lift.landmark);
		MAKE_ROOM(CurrentMemoryContext, lift.segments, capacity,
				  lift.nsegments + 1);
		lift.segments[lift.nsegments++] = segment;
		skip_blanks(&cursor);
	}
	if (ok && problem == NULL)
		problem = problem_of_header(&lift);
	if (ok && problem == NULL)
		problem = order_segments(&lift);
	if (problem)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type deal_lift: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail_internal("%s", problem)));
	if (!ok)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type deal_lift: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail("It cannot be read from character %d on.",
						   pg_mbstrlen_with_len(input, cursor - input) + 1)));
	PG_RETURN_POINTER(flat_lift(&lift));
}

Datum
deal_lift_out(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "ignored=" INT64_FORMAT, lift->ignored);
	if (lift->landmark == NO_LANDMARK)
		appendStringInfoString(&out, " landmark=none");
	else if (lift->landmark >= 0)
		appendStringInfo(&out, " landmark=%d", lift->landmark);
	for (int32 i = 0; i < lift->nsegments; i++)
	{
		const LiftSegment *segment = lift->segments[i];

		appendStringInfoChar(&out, ' ');
		append_quoted(&out, segment->name, segment->length);
		for (int side = 0; side < SIDES; side++)
		{
			if (segment->sides[side] == NULL)
				continue;
			appendStringInfo(&out, " %s=(", side_names[side]);
			append_deal_stats(&out, segment->sides[side]);
			appendStringInfoChar(&out, ')');
		}
	}
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary
 */

Datum
deal_lift_send(PG_FUNCTION_ARGS)
{
	Lift *lift = lift_argument(fcinfo, 0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, DEAL_LIFT_VERSION);
	pq_sendint32(&out, lift->landmark);
	pq_sendint64(&out, lift->ignored);
	pq_sendint32(&out, lift->nsegments);
	for (int32 i = 0; i < lift->nsegments; i++)
	{
		const LiftSegment *segment = lift->segments[i];

		send_counted_text(&out, segment->name, segment->length);
		for (int side = 0; side < SIDES; side++)
		{
			pq_sendint8(&out, segment->sides[side] ? 1 : 0);
			if (segment->sides[side])
				send_deal_stats(&out, segment->sides[side]);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static LiftSegment *
receive_segment(StringInfo in, const char **problem)
{
	LiftSegment *segment = palloc0(sizeof(LiftSegment));

	segment->length = pq_getmsgint(in, 4);
	segment->name = pq_getmsgtext(in, segment->length, &segment->length);
	for (int side = 0; side < SIDES && *problem == NULL; side++)
	{
		int present = pq_getmsgbyte(in);

		if (present > 1)
			*problem = "A side is neither there nor not.";
		else if (present)
			segment->sides[side] = receive_deal_stats(in, problem);
	}
	return segment;
}

Datum
deal_lift_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(in);
	Lift lift;
	const char *problem = NULL;

	lift.landmark = pq_getmsgint(in, 4);
	lift.ignored = pq_getmsgint64(in);
	lift.nsegments = pq_getmsgint(in, 4);
	if (version != DEAL_LIFT_VERSION)
		problem = "It is of an unknown version.";
	else
		problem = problem_of_header(&lift);
	if (problem == NULL)
		lift.segments = palloc(Max(lift.nsegments, 1) * sizeof(LiftSegment *));
	for (int32 i = 0; problem == NULL && i < lift.nsegments; i++)
	{
		CHECK_FOR_INTERRUPTS();
		lift.segments[i] = receive_segment(in, &problem);
		if (problem == NULL)
			problem = problem_of_segment(lift.segments[i], lift.landmark);
	}
	if (problem == NULL && in->cursor != in->len)
		problem = "Its length is not that of its contents.";
	if (problem == NULL)
		problem = order_segments(&lift);
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type deal_lift"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(flat_lift(&lift));
}

CANONICAL_OPERATORS(deal_lift, &deal_lift_type);
