/*
 * deal_stats_io.c
 *		Text and binary form of deal_stats, equality and hashing.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/tally.h"
#include "base/value.h"
#include "base/compat.h"
#include "outcome/deal_stats.h"
#include "base/exact_sum.h"


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
		if (tallies[i].count == 0)
			return "A histogram has an empty entry.";
	}
	return NULL;
}

/* What is wrong with a state from outside; NULL when nothing is. */
static const char *
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

/* " name=[-]key:deals,..." of what is from one place until another */
static void
tallies_text(TextForm *form, const char *outcome, const char *field,
			 Tally *tallies, int from, int *until, int32 first, int32 most)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_%s", outcome, field);
	for (bool more = text_field(form, from < *until, name); more;
		 more = text_next(form, from < *until, ','))
	{
		Tally *tally = &tallies[from++];
		int64 key = text_reads(form) ? 0 : tally->key - first;
		bool negative = text_next(form, key < 0, '-');

		CHECK_FOR_INTERRUPTS();
		key = negative ? -key : key;
		text_tally(form, &key, most, &tally->count);
		if (!text_reads(form))
			continue;
		if (negative && (key == 0 || first > 0))
			text_fail(form);
		tally->key = first + (int32) (negative ? -key : key);
		*until = from;
	}
}

/* " outcome_field=" */
static bool
outcome_field(TextForm *form, bool present, const char *outcome,
			  const char *field)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_%s", outcome, field);
	return text_field(form, present, name);
}

/*
 * deals=N, then for each outcome that occurs its own count, the sum of its
 * amounts, those without an amount, its days, and of won deals the sizes and
 * the sum of the squares.  It ends before a parenthesis.
 */
DealStats *
deal_stats_text(TextForm *form, DealStats *state)
{
	DealStats head = {0};
	Tally *days = NULL;
	Tally *sizes = NULL;
	Decimal amounts[OUTCOMES] = {0};
	int64 total = 0;
	int square_scale = -1;

	if (text_reads(form))
	{
		/* The shortest tally, with its comma, has four characters. */
		Size most = strcspn(form->at, ")") / 4 + 1;

		if (most > MaxAllocSize / sizeof(Tally))
		{
			text_problem(form, "It is too long.");
			return NULL;
		}
		days = palloc(TALLIES_SIZE(most));
		sizes = palloc(TALLIES_SIZE(most));
	}
	else
	{
		memcpy(&head, state, DEAL_STATS_HEADER_SIZE);
		days = DAYS(state);
		sizes = SIZES(state);
		total = head.deals[WON] + head.deals[LOST] + head.deals[OPEN];
		square_scale = 2 * head.scale;
	}
	text_word(form, "deals=");
	text_count(form, &total);
	for (int i = 0; i < OUTCOMES; i++)
	{
		const char *name = outcome_names[i];
		int first = state ? first_days(state, i) : head.ndays;
		int last = state ? first_days(state, i + 1) : head.ndays;

		amounts[i] = (Decimal){head.amount[i], head.scale};
		if (text_field(form, head.deals[i] > 0, name))
			text_count(form, &head.deals[i]);
		if (outcome_field(form, head.no_amount[i] < head.deals[i], name,
						  "amount"))
			text_decimal(form, &amounts[i]);
		if (outcome_field(form, head.no_amount[i] > 0, name, "without_amount"))
			text_count(form, &head.no_amount[i]);
		tallies_text(form, name, "days", days, first, &last, DAY_KEY(i, 0),
					 MAX_DAYS);
		head.ndays = last;
		if (i != WON)
			continue;
		tallies_text(form, name, "sizes", sizes, 0, &head.nsizes, 0,
					 MAX_SIZE_KEY);
		if (outcome_field(form, priced_deals(&head) > 0, name, "squares"))
			text_squares(form, &head.won_squares, &square_scale);
	}
	if (!text_reads(form) || form->failed)
		return state;

	text_level(form, head.amount, amounts, OUTCOMES, &head.scale);
	state = allocate_deal_stats((Size) head.ndays + head.nsizes);
	head.vl_len_ = state->vl_len_;
	head.version = state->version;
	memcpy(state, &head, DEAL_STATS_HEADER_SIZE);
	memcpy(DAYS(state), days, TALLIES_SIZE(head.ndays));
	memcpy(SIZES(state), sizes, TALLIES_SIZE(head.nsizes));
	pfree(days);
	pfree(sizes);
	if (form->failed)
		return NULL;
	if (square_scale >= 0 && square_scale != 2 * head.scale)
		text_problem(form, "The squares have not twice the decimals of the "
						   "amounts.");
	else if (problem_of_deal_stats(state))
		text_problem(form, problem_of_deal_stats(state));
	else if (total != head.deals[WON] + head.deals[LOST] + head.deals[OPEN])
		text_problem(form, "The deals are not the sum of the won, lost and "
						   "open ones.");
	return state;
}

DealStats *
deal_stats_binary(BinaryForm *form, DealStats *state)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(DealStats, scale),
		BINARY_FIELD(DealStats, nnotes),
		BINARY_FIELD(DealStats, ndays),
		BINARY_FIELD(DealStats, nsizes),
		BINARY_FIELD(DealStats, deals[WON]),
		BINARY_FIELD(DealStats, no_amount[WON]),
		BINARY_FIELD(DealStats, amount[WON]),
		BINARY_FIELD(DealStats, deals[LOST]),
		BINARY_FIELD(DealStats, no_amount[LOST]),
		BINARY_FIELD(DealStats, amount[LOST]),
		BINARY_FIELD(DealStats, deals[OPEN]),
		BINARY_FIELD(DealStats, no_amount[OPEN]),
		BINARY_FIELD(DealStats, amount[OPEN]),
		BINARY_FIELD(DealStats, won_squares.high),
		BINARY_FIELD(DealStats, won_squares.low),
	};
	static const BinaryField tally[] = {BINARY_FIELD(Tally, key),
										BINARY_FIELD(Tally, count)};

	if (form->reads)
	{
		DealStats head = {0};
		uint64 ntallies;

		binary_fields(form, &head, fields, lengthof(fields));
		ntallies = (uint64) (uint32) head.ndays + (uint32) head.nsizes;
		if (head.nnotes != 0)
			binary_problem(form, "It is of an unknown version.");
		if (!binary_has(form, ntallies, sizeof(Tally)))
			return NULL;
		state = allocate_deal_stats(ntallies);
		head.vl_len_ = state->vl_len_;
		head.version = state->version;
		memcpy(state, &head, DEAL_STATS_HEADER_SIZE);
	}
	else
		binary_fields(form, state, fields, lengthof(fields));
	binary_rows(form, DAYS(state), sizeof(Tally), state->ndays, tally,
				lengthof(tally));
	binary_rows(form, SIZES(state), sizeof(Tally), state->nsizes, tally,
				lengthof(tally));
	if (form->reads && form->problem == NULL)
		form->problem = problem_of_deal_stats(state);
	return state;
}

static void *
stats_text(TextForm *form, void *value)
{
	return deal_stats_text(form, value ? deal_stats_to_read(value) : NULL);
}

static void *
stats_binary(BinaryForm *form, void *value)
{
	return deal_stats_binary(form, value ? deal_stats_to_read(value) : NULL);
}

const ValueType deal_stats_type = {"deal_stats", DEAL_STATS_VERSION,
								   stats_text, stats_binary};

VALUE_FORMS(deal_stats, &deal_stats_type);
CANONICAL_OPERATORS(deal_stats, &deal_stats_type);
