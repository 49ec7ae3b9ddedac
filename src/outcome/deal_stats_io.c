/*
 * deal_stats_io.c
 *		Text and binary form of deal_stats, equality and hashing.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/value.h"
#include "base/compat.h"
#include "outcome/deal_stats.h"
#include "base/exact_sum.h"

PG_FUNCTION_INFO_V1(deal_stats_in);
PG_FUNCTION_INFO_V1(deal_stats_out);
PG_FUNCTION_INFO_V1(deal_stats_recv);
PG_FUNCTION_INFO_V1(deal_stats_send);

static const char *
problem_of_tallies(const Tally *tallies, int n, int32 low, int32 high)
{
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (tallies[i].key < low || tallies[i].key > high)
			return "A histogram has a key out of its range.";
		if (i > 0 && tallies[i].key <= tallies[i - 1].key)
			return "A histogram is not in order.";
		if (tallies[i].deals == 0)
			return "A histogram has an empty entry.";
	}
	return NULL;
}

/* What is wrong with a state from outside; NULL when nothing is. */
const char *
problem_of_deal_stats(const DealStats *state)
{
	const char *problem;
	SquareSum spread;
	int64 priced;
	bool any_amount = false;

	for (int i = 0; i < OUTCOMES; i++)
	{
		if (state->deals[i] < 0 || state->deals[i] > MAX_STATS_DEALS)
			return "A number of deals is out of range.";
		if (state->no_amount[i] < 0 || state->no_amount[i] > state->deals[i])
			return "More deals lack an amount than there are.";
		if (!exact_in_range(state->amount[i]))
			return "A sum of amounts is out of range.";
		if (state->no_amount[i] < state->deals[i])
			any_amount = true;
		else if (state->amount[i] != 0)
			return "There is a sum of amounts but no deal with an amount.";
	}
	if (state->scale > DECIMAL_MAX_SCALE || (!any_amount && state->scale != 0))
		return "The scale of the amounts is out of range.";
	problem = problem_of_tallies(DAYS(state), state->ndays, 0,
								 DAY_KEY(OPEN, MAX_DAYS));
	if (problem == NULL)
		problem = problem_of_tallies(SIZES(state), state->nsizes,
									 -MAX_SIZE_KEY, MAX_SIZE_KEY);
	if (problem)
		return problem;
	for (int i = 0; i < OUTCOMES; i++)
	{
		if (dated_deals(state, i, NULL) > state->deals[i])
			return "More deals have days than there are.";
	}
	priced = priced_deals(state);
	if (sized_deals(state) != priced)
		return "The sizes are not those of the won deals with an amount.";
	if (!squares_spread(&state->won_squares, state->amount[WON], priced,
						&spread) ||
		(priced <= 1 && (spread.low != 0 || spread.high != 0)) ||
		(priced == 0 && squares_to_double(&state->won_squares) != 0))
		return "The squares are not those of amounts with such a sum.";
	return NULL;
}

/* Skips a word and "=" if they are next. */
static bool
parse_field(const char **cursor, const char *outcome, const char *field)
{
	const char *at = *cursor;

	while (*at == ' ')
		at++;
	if (strncmp(at, outcome, strlen(outcome)) != 0)
		return false;
	at += strlen(outcome);
	if (strncmp(at, field, strlen(field)) != 0)
		return false;
	at += strlen(field);
	if (*at != '=')
		return false;
	*cursor = at + 1;
	return true;
}

/* Reads [-]key:deals,... adding first to the keys; false if malformed. */
static bool
parse_tallies(const char **cursor, Tally *tallies, int *n, int32 first,
			  int32 limit)
{
	const char *at = *cursor;

	for (;; at++)
	{
		bool negative = *at == '-';
		uint64 key;
		uint64 deals;

		CHECK_FOR_INTERRUPTS();
		at += negative ? 1 : 0;
		if (!parse_count(&at, &key) || key > limit || *at++ != ':' ||
			!parse_count(&at, &deals) || deals > PG_UINT32_MAX ||
			(negative && (key == 0 || first > 0)))
			return false;
		tallies[*n].key = first + (negative ? -(int32) key : (int32) key);
		tallies[(*n)++].deals = (uint32) deals;
		if (*at != ',')
			break;
	}
	*cursor = at;
	return true;
}

/*
 * Reads deals=N, then for each outcome that occurs its own count, the sum of
 * its amounts, those without an amount, its days, and of won deals the sizes
 * and the sum of the squares.
 *
 * Where the text cannot be read, the result is NULL and the cursor is there;
 * where it says what cannot be, *problem does, too.  It ends at a parenthesis.
 */
DealStats *
parse_deal_stats(const char **cursor, const char **problem)
{
	/* The shortest tally, with its comma, has four characters. */
	Size most = strcspn(*cursor, ")") / 4 + 1;
	Tally *days;
	Tally *sizes;
	Decimal amounts[OUTCOMES] = {0};
	SquareSum squares = {0, 0};
	uint64 total = 0;
	uint64 counts[OUTCOMES] = {0};
	uint64 lacking[OUTCOMES] = {0};
	DealStats *state;
	int ndays = 0;
	int nsizes = 0;
	int scale = 0;
	int square_scale = -1;
	bool ok;

	*problem = NULL;
	if (most > MaxAllocSize / sizeof(Tally))
	{
		*problem = "It is too long.";
		return NULL;
	}
	days = palloc(TALLIES_SIZE(most));
	sizes = palloc(TALLIES_SIZE(most));

	ok = parse_field(cursor, "deals", "") && parse_count(cursor, &total);
	for (int i = 0; i < OUTCOMES && ok; i++)
	{
		const char *name = outcome_names[i];

		if (parse_field(cursor, name, ""))
			ok = parse_count(cursor, &counts[i]);
		if (ok && parse_field(cursor, name, "_amount"))
			ok = parse_decimal(cursor, &amounts[i]);
		if (ok && parse_field(cursor, name, "_without_amount"))
			ok = parse_count(cursor, &lacking[i]);
		if (ok && parse_field(cursor, name, "_days"))
			ok = parse_tallies(cursor, days, &ndays, DAY_KEY(i, 0), MAX_DAYS);
		if (ok && i == WON && parse_field(cursor, name, "_sizes"))
			ok = parse_tallies(cursor, sizes, &nsizes, 0, MAX_SIZE_KEY);
		if (ok && i == WON && parse_field(cursor, name, "_squares"))
			ok = parse_squares(cursor, &squares, &square_scale);
		scale = Max(scale, amounts[i].scale);
	}
	while (**cursor == ' ')
		(*cursor)++;
	if (!ok || (**cursor != '\0' && **cursor != ')'))
		return NULL;

	state = allocate_deal_stats((Size) ndays + nsizes);
	state->ndays = ndays;
	state->nsizes = nsizes;
	state->scale = scale;
	state->won_squares = squares;
	memcpy(DAYS(state), days, TALLIES_SIZE(ndays));
	memcpy(SIZES(state), sizes, TALLIES_SIZE(nsizes));
	for (int i = 0; i < OUTCOMES; i++)
	{
		state->deals[i] = counts[i];
		state->no_amount[i] = lacking[i];
		if (decimal_rescale(&amounts[i], scale))
			state->amount[i] = amounts[i].value;
		else
			*problem = "A sum of amounts is out of range.";
	}
	if (square_scale >= 0 && square_scale != 2 * scale)
		*problem = "The squares have not twice the decimals of the amounts.";
	if (*problem == NULL)
		*problem = problem_of_deal_stats(state);
	if (*problem == NULL &&
		total != state->deals[WON] + state->deals[LOST] + state->deals[OPEN])
		*problem = "The deals are not the sum of the won, lost and open ones.";
	pfree(days);
	pfree(sizes);
	if (*problem)
		return NULL;
	return state;
}

Datum
deal_stats_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *cursor = input;
	const char *problem;
	DealStats *state = parse_deal_stats(&cursor, &problem);

	if (problem)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type deal_stats: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail_internal("%s", problem)));
	if (state == NULL || *cursor != '\0')
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type deal_stats: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail("It cannot be read from character %d on.",
						   pg_mbstrlen_with_len(input, cursor - input) + 1)));
	PG_RETURN_POINTER(state);
}

static void
append_tally(StringInfo out, int32 key, uint32 deals, bool first)
{
	if (!first)
		appendStringInfoChar(out, ',');
	appendStringInfo(out, "%d:%u", key, deals);
}

void
append_deal_stats(StringInfo out, const DealStats *state)
{
	int day = 0;

	appendStringInfo(out, "deals=" INT64_FORMAT,
					 state->deals[WON] + state->deals[LOST] +
						 state->deals[OPEN]);
	for (int i = 0; i < OUTCOMES; i++)
	{
		const char *name = outcome_names[i];

		if (state->deals[i] == 0)
			continue;
		appendStringInfo(out, " %s=" INT64_FORMAT, name, state->deals[i]);
		if (state->no_amount[i] < state->deals[i])
		{
			appendStringInfo(out, " %s_amount=", name);
			append_decimal(out, state->amount[i], state->scale);
		}
		if (state->no_amount[i] > 0)
			appendStringInfo(out, " %s_without_amount=" INT64_FORMAT, name,
							 state->no_amount[i]);
		for (int first = day;
			 day < state->ndays && OUTCOME_OF(DAYS(state)[day].key) == i;
			 day++)
		{
			CHECK_FOR_INTERRUPTS();
			if (day == first)
				appendStringInfo(out, " %s_days=", name);
			append_tally(out, DAYS_OF(DAYS(state)[day].key),
						 DAYS(state)[day].deals, day == first);
		}
		for (int at = 0; i == WON && at < state->nsizes; at++)
		{
			CHECK_FOR_INTERRUPTS();
			if (at == 0)
				appendStringInfo(out, " %s_sizes=", name);
			append_tally(out, SIZES(state)[at].key, SIZES(state)[at].deals,
						 at == 0);
		}
		if (i == WON && priced_deals(state) > 0)
		{
			appendStringInfo(out, " %s_squares=", name);
			append_squares(out, &state->won_squares, 2 * state->scale);
		}
	}
}

Datum
deal_stats_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_deal_stats(&out, deal_stats_argument(fcinfo, 0));
	PG_RETURN_CSTRING(out.data);
}

void
send_deal_stats(StringInfo out, const DealStats *state)
{
	pq_sendint8(out, state->version);
	pq_sendint8(out, state->scale);
	pq_sendint16(out, 0);
	pq_sendint32(out, state->ndays);
	pq_sendint32(out, state->nsizes);
	for (int i = 0; i < OUTCOMES; i++)
	{
		pq_sendint64(out, state->deals[i]);
		pq_sendint64(out, state->no_amount[i]);
		send_int128(out, state->amount[i]);
	}
	send_int128(out, (int128) state->won_squares.high);
	send_int128(out, (int128) state->won_squares.low);
	for (int i = 0; i < state->ndays; i++)
	{
		pq_sendint32(out, DAYS(state)[i].key);
		pq_sendint32(out, DAYS(state)[i].deals);
	}
	for (int i = 0; i < state->nsizes; i++)
	{
		pq_sendint32(out, SIZES(state)[i].key);
		pq_sendint32(out, SIZES(state)[i].deals);
	}
}

Datum
deal_stats_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	send_deal_stats(&out, deal_stats_argument(fcinfo, 0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* The state that comes next in a message; NULL and *problem if it is none. */
DealStats *
receive_deal_stats(StringInfo in, const char **problem)
{
	int version = pq_getmsgbyte(in);
	int scale = pq_getmsgbyte(in);
	int unused = pq_getmsgint(in, 2);
	uint32 ndays = pq_getmsgint(in, 4);
	uint32 nsizes = pq_getmsgint(in, 4);
	DealStats *state;

	*problem = NULL;
	if (version != DEAL_STATS_VERSION || unused != 0)
		*problem = "It is of an unknown version.";
	else if ((uint64) DEAL_STATS_HEADER_SIZE - 16 + TALLIES_SIZE(ndays) +
				 TALLIES_SIZE(nsizes) >
			 in->len - in->cursor)
		*problem = "Its length is not that of its contents.";
	if (*problem)
		return NULL;

	state = allocate_deal_stats((Size) ndays + nsizes);
	state->scale = scale;
	state->ndays = ndays;
	state->nsizes = nsizes;
	for (int i = 0; i < OUTCOMES; i++)
	{
		state->deals[i] = pq_getmsgint64(in);
		state->no_amount[i] = pq_getmsgint64(in);
		state->amount[i] = receive_int128(in);
	}
	state->won_squares.high = (uint128) receive_int128(in);
	state->won_squares.low = (uint128) receive_int128(in);
	for (uint32 i = 0; i < ndays + nsizes; i++)
	{
		CHECK_FOR_INTERRUPTS();
		state->tallies[i].key = pq_getmsgint(in, 4);
		state->tallies[i].deals = pq_getmsgint(in, 4);
	}
	*problem = problem_of_deal_stats(state);
	return *problem ? NULL : state;
}

Datum
deal_stats_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	const char *problem;
	DealStats *state = receive_deal_stats(in, &problem);

	if (problem == NULL && in->cursor != in->len)
		problem = "Its length is not that of its contents.";
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type deal_stats"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(state);
}

CANONICAL_OPERATORS(deal_stats, &deal_stats_type);
