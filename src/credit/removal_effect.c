/*
 * removal_effect.c
 *		How much would be won without a partner: the removal effect of a chain.
 *
 * The paths of past deals are read as an absorbing Markov chain: from where a
 * deal stands, the last partners that came, it goes on to the next one, or is
 * won, or is lost, as often as the paths did.  A partner's removal effect is
 * the share of the probability to win that is lost when whatever would have
 * gone to the partner is lost instead (Anderl, Becker, von Wangenheim and
 * Schumann, 2016).  The probabilities are computed, not simulated.
 *
 * In most chains ways are few and loops fewer, and effects are found by looking
 * back from what was won (removal_effect_shares.c).  A small chain in which most
 * leads to most is a matrix, and what else goes round for long is eliminated
 * state by state (removal_effect_elimination.c).
 *
 * IDENTIFICATION
 *		src/credit/removal_effect.c
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/apportion.h"
#include "base/value.h"
#include "base/compat.h"
#include "credit/journey.h"
#include "credit/removal_effect_chain.h"

PG_FUNCTION_INFO_V1(removal_effects);
PG_FUNCTION_INFO_V1(win_probability);
PG_FUNCTION_INFO_V1(undecided);

static const JourneyKind paths = {JOURNEYS_TYPE("removal_effect"), true};

/* Wins are credited in millionths. */
#define WIN_DIGITS 6

/*
 * Effects become weights in units of 10^-12: partners whose effects are the
 * same but for the rounding of the computation get the same credit.
 */
#define WEIGHT_UNITS 1e12

/* ---- the chain of some paths ---- */

typedef struct Transition
{
	uint64 from;
	uint64 to; /* or one of these: */
	double weight;
} Transition;

#define TO_WIN  PG_UINT64_MAX
#define TO_LOSS (PG_UINT64_MAX - 1)

static int
compare_transitions(const Transition *a, const Transition *b)
{
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return 0;
}

#define ST_SORT          sort_transitions
#define ST_ELEMENT_TYPE  Transition
#define ST_COMPARE(a, b) compare_transitions(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct Transitions
{
	Size n;
	Size room;
	Transition *transitions;
} Transitions;

static void
add_transition(Transitions *t, uint64 from, uint64 to, double weight)
{
	if (weight == 0)
		return;
	MAKE_ROOM(CurrentMemoryContext, t->transitions, t->room, t->n + 1);
	t->transitions[t->n++] = (Transition){from, to, weight};
}

/*
 * The ways of one path.  A state holds the partners that came last, up to
 * order many; one of fewer partners is a path that ends so early.
 */
static void
add_path(Transitions *t, const JourneyEntry *entry, int order,
		 const int *numbers, int n)
{
	double deals = (double) entry->counts.wins + (double) entry->counts.losses;
	uint64 mask = (UINT64CONST(1) << (order * PARTNER_BITS)) - 1;
	uint64 state = 0; /* the start */
	uint64 last = 0;

	for (int i = 0; i < n; i++)
	{
		last = (last << PARTNER_BITS | (uint64) (numbers[i] + 1)) & mask;
		if (i + 1 < order)
			continue;
		add_transition(t, state, last, deals);
		state = last;
	}
	if (n < order)
	{
		add_transition(t, state, last, deals);
		state = last;
	}
	add_transition(t, state, TO_WIN, (double) entry->counts.wins);
	add_transition(t, state, TO_LOSS, (double) entry->counts.losses);
}

/* The number of a state among those that have ways out, all of them. */
static int
state_number(const Chain *chain, uint64 partners)
{
	int low = 0;
	int high = chain->nstates - 1;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (chain->states[middle].partners < partners)
			low = middle + 1;
		else
			high = middle;
	}
	Assert(chain->states[low].partners == partners);
	return low;
}

static Chain
make_chain(const Journeys *journeys, int order, const PartnerList *partners)
{
	Transitions t = {0, 1024, NULL};
	Chain chain = {0};
	const int *numbers = partners->numbers;
	Size n = 0;

	t.transitions = palloc(t.room * sizeof(Transition));
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		int length = count_partners(e);

		CHECK_FOR_INTERRUPTS();
		if (length > 0)
			add_path(&t, e, order, numbers, length);
		numbers += length;
	}
	sort_transitions(t.transitions, t.n);
	for (Size i = 0; i < t.n; i++)
	{
		if (n > 0 &&
			compare_transitions(&t.transitions[n - 1], &t.transitions[i]) == 0)
			t.transitions[n - 1].weight += t.transitions[i].weight;
		else
		{
			chain.nstates += n == 0 || t.transitions[n - 1].from !=
										   t.transitions[i].from;
			t.transitions[n++] = t.transitions[i];
		}
	}

	chain.memory = CurrentMemoryContext;
	chain.merged_room = 64;
	chain.merged = palloc(chain.merged_room * sizeof(Edge));
	chain.states = palloc_extended(Max(chain.nstates, 1) * sizeof(State),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	chain.nstates = 0;
	for (Size i = 0; i < n; i++)
		if (i == 0 || t.transitions[i - 1].from != t.transitions[i].from)
			chain.states[chain.nstates++].partners = t.transitions[i].from;
	for (Size i = 0, s = 0; i < n; s++)
	{
		State *state = &chain.states[s];
		Size end = i;

		CHECK_FOR_INTERRUPTS();
		while (end < n && t.transitions[end].from == state->partners)
			end++;
		state->room = end - i;
		state->edges = palloc_extended(state->room * sizeof(Edge),
									   MCXT_ALLOC_HUGE);
		for (; i < end; i++)
		{
			const Transition *way = &t.transitions[i];

			if (s == START)
				chain.deals += way->weight;
			if (way->to == TO_WIN)
				state->win = way->weight;
			else if (way->to == TO_LOSS)
				state->loss = way->weight;
			else
			{
				int to = state_number(&chain, way->to);

				if (s == START)
				{
					chain.states[to].entry = way->weight;
					continue;
				}
				state->edges[state->nedges++] = (Edge){to, way->weight};
				add_state_before(&chain, to, (int) s);
			}
		}
	}
	pfree(t.transitions);
	return chain;
}

/* ---- results ---- */

/* What each partner was part of. */
typedef struct Presence
{
	int64 deals;
	int64 wins;
	Size last; /* the entry counted last, so that none counts twice */
} Presence;

static Presence *
count_presence(const Journeys *journeys, const PartnerList *partners)
{
	Presence *presence = allocate_zeros(partners->n, sizeof(Presence));
	const int *numbers = partners->numbers;
	Size number = 0;

	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		CHECK_FOR_INTERRUPTS();
		number++;
		for (int i = count_partners(e); i > 0; i--)
		{
			Presence *p = &presence[*numbers++];

			if (p->last == number)
				continue;
			p->last = number;
			p->deals += e->counts.wins + e->counts.losses;
			p->wins += e->counts.wins;
		}
	}
	return presence;
}

/* Wins, losses and the amount of the paths with, or without, partners. */
typedef struct PathTotal
{
	int64 wins;
	int64 losses;
	int128 amount;
} PathTotal;

static PathTotal
add_up(const Journeys *journeys, bool with_partners)
{
	PathTotal total = {0, 0, 0};

	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
		if ((e->key_size > 0) == with_partners)
		{
			total.wins += e->counts.wins;
			total.losses += e->counts.losses;
			total.amount += journey_amount(e);
		}
	return total;
}

static double
win_share(PathTotal total)
{
	return (double) total.wins / ((double) total.wins + (double) total.losses);
}

/*
 * The effects of all partners; probability, to win with all of them, is what
 * it is among the paths: every state is left as often as it is entered, so the
 * chain wins as often as they did.
 */
static double *
compute_effects(const Journeys *journeys, int order,
				const PartnerList *partners, const Presence *presence,
				double probability)
{
	double *effects = allocate_array(partners->n, sizeof(double));
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
												 "removal effect chain",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(memory);
	Chain chain = make_chain(journeys, order, partners);

	if (probability > 0 && (!ways_take_less(&chain, partners->n) ||
							!effects_by_ways(&chain, partners->n, effects)))
	{
		win_without(&chain, 0, partners->n, effects);
		for (int i = 0; i < partners->n; i++)
			effects[i] = 1 - effects[i] / probability;
	}
	for (int i = 0; i < partners->n; i++)
		/* the chain mixes paths, and would credit who has only ever lost */
		effects[i] = presence[i].wins == 0 ? 0 : Min(Max(effects[i], 0), 1);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	return effects;
}

static void
apportion_by_effects(Numeric amount, int digits, const double *effects, int n,
					 Numeric *parts)
{
	Weight *weights = allocate_array(n, sizeof(Weight));

	for (int i = 0; i < n; i++)
		weights[i] = (Weight){(int128) rint(effects[i] * WEIGHT_UNITS), 1};
	if (!apportion_by_fractions(amount, digits, weights, n, parts))
		for (int i = 0; i < n; i++)
			parts[i] = int64_to_numeric(0);
	pfree(weights);
}

static int
order_argument(FunctionCallInfo fcinfo, int argno)
{
	int order = PG_GETARG_INT32(argno);

	if (order < 1 || order > MAX_ORDER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("markov_order must be between 1 and %d", MAX_ORDER),
				 errdetail("It is %d.", order),
				 errhint("It is how many partners back a deal remembers.")));
	return order;
}

/*
 * removal_effects(removal_effect, integer) -> setof (partner, removal_effect,
 *		credited_wins, credited_value, deals, wins)
 *
 * A row for each partner, in the order of the bytes of their names, and one
 * without a partner for deals that nobody touched.
 */
Datum
removal_effects(PG_FUNCTION_ARGS)
{
	const Journeys *journeys = journeys_argument(fcinfo, 0, &paths);
	int order = order_argument(fcinfo, 1);
	PartnerList partners = list_partners(journeys);
	PathTotal with = add_up(journeys, true);
	PathTotal without = add_up(journeys, false);

	begin_rows(fcinfo);
	if (partners.n > MAX_CHAIN_PARTNERS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many partners for removal effects"),
						errdetail("There are %d, and at most %d are allowed.",
								  partners.n, MAX_CHAIN_PARTNERS)));
	if (partners.n > 0)
	{
		Presence *presence = count_presence(journeys, &partners);
		Numeric *wins = allocate_array(partners.n, sizeof(Numeric));
		Numeric *amounts = allocate_array(partners.n, sizeof(Numeric));
		double probability = win_share(with);
		double *effects = compute_effects(journeys, order, &partners, presence,
										  probability);
		int digits = Min(Max(journeys->scale, DEFAULT_MINOR_DIGITS),
						 MAX_MINOR_DIGITS);

		apportion_by_effects(int64_to_numeric(with.wins), WIN_DIGITS, effects,
							 partners.n, wins);
		apportion_by_effects(numeric_from_decimal(with.amount,
												  journeys->scale),
							 digits, effects, partners.n, amounts);
		for (int i = 0; i < partners.n; i++)
		{
			Datum values[6] = {0};
			bool nulls[6] = {false};

			CHECK_FOR_INTERRUPTS();
			values[0] = PointerGetDatum(
				cstring_to_text_with_len(partners.names[i].bytes,
										 partners.names[i].length));
			values[1] = Float8GetDatum(effects[i]);
			nulls[1] = probability == 0;
			values[2] = NumericGetDatum(wins[i]);
			values[3] = NumericGetDatum(amounts[i]);
			values[4] = Int64GetDatum(presence[i].deals);
			values[5] = Int64GetDatum(presence[i].wins);
			put_row(fcinfo, values, nulls);
		}
	}
	if (without.wins > 0 || without.losses > 0)
	{
		Datum values[6] = {0};
		bool nulls[6] = {true, true, false, false, false, false};

		values[2] = NumericGetDatum(numeric_from_decimal(
			(int128) without.wins * power_of_ten(WIN_DIGITS), WIN_DIGITS));
		values[3] = NumericGetDatum(
			numeric_from_decimal(without.amount, journeys->scale));
		values[4] = Int64GetDatum(without.wins + without.losses);
		values[5] = Int64GetDatum(without.wins);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * win_probability(removal_effect) -> double precision
 *
 * Of a deal that some partner touches; every path counts once.
 */
Datum
win_probability(PG_FUNCTION_ARGS)
{
	PathTotal total = add_up(journeys_argument(fcinfo, 0, &paths), true);

	if (total.wins + total.losses == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(win_share(total));
}

/* undecided(removal_effect) -> bigint: rows that were neither won nor lost */
Datum
undecided(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(journeys_argument(fcinfo, 0, &paths)->undecided);
}

JOURNEYS_FUNCTIONS(removal_effect, &paths);
VALUE_FUNCTION(removal_effect_accum, journeys_accum(fcinfo, &paths));
VALUE_FUNCTION(removal_effect_accum_counts,
			   journeys_accum_counts(fcinfo, &paths));
