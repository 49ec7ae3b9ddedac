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
 * States are eliminated one after the other: what flowed through a state then
 * flows past it, from each that came before to each that comes after (Grassmann,
 * Taksar and Heyman, 1985; nothing is ever subtracted, so nothing cancels).
 * The chain without one partner is what is left when every state that does not
 * contain the partner is eliminated; then the way from the start to winning
 * that is left is the probability without the partner.  To do this for all
 * partners at once they are halved again and again: states that contain nobody
 * of a half are eliminated once for the whole half.  So all partners together
 * cost a small multiple of one elimination, for chains of any order.
 *
 * Eliminating a state connects all that came before with all that come after,
 * and in a large chain that would end with everything connected.  States for
 * which it does not pay are left, and in the end deals are sent through those
 * step by step, for several partners at once, until so few are still under way
 * that where they end makes no difference to the last digit.  In a small chain
 * that is connected so, a matrix takes less (removal_effect_matrix.c).
 *
 * IDENTIFICATION
 *		src/credit/removal_effect.c
 */
#include "postgres.h"

#include <math.h>

#include "lib/binaryheap.h"
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

/* ---- the chain ---- */

/*
 * An elimination pays if it makes at most so many edges for one it removes.
 * More would be fewer states, but more to go through with every deal.
 */
#define FILL_PAYS 1.5

/* How often deals go through a chain, for an estimate, and at the most. */
#define EXPECTED_ROUNDS 100.0
#define MAX_ROUNDS      2000

/* The share of deals that may be under way in the end. */
#define NEGLIGIBLE 1e-16

static void
add_before(Chain *chain, int state, int before)
{
	State *s = &chain->states[state];

	if (s->nbefore == s->before_room)
	{
		int *grown;

		s->before_room = Max(4, s->before_room * 2);
		grown = MemoryContextAlloc(chain->memory,
								   s->before_room * sizeof(int));
		if (s->nbefore > 0)
			memcpy(grown, s->before, s->nbefore * sizeof(int));
		s->before = grown;
	}
	s->before[s->nbefore++] = before;
}

/* What leads out of a state and not back to it. */
static double
weight_out(const State *s, int self)
{
	double sum = s->win + s->loss;

	for (int i = 0; i < s->nedges; i++)
		if (s->edges[i].to != self)
			sum += s->edges[i].weight;
	return sum;
}

/* The place of an edge, or where it would be. */
static int
find_edge(const State *s, int to)
{
	int low = 0;
	int high = s->nedges;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (s->edges[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What state u sends to v goes on to wherever v leads. */
static void
bypass(Chain *chain, int u, int v, double out)
{
	State *from = &chain->states[u];
	State *through = &chain->states[v];
	const Edge *ours = from->edges;
	const Edge *theirs = through->edges;
	int nfrom = from->nedges;
	int nthrough = through->nedges;
	int at = find_edge(from, v);
	Edge *merged;
	double share;
	int n = 0;
	int i = 0;
	int j = 0;

	if (at == from->nedges || from->edges[at].to != v)
		return;
	share = from->edges[at].weight / out;
	from->win += share * through->win;
	from->loss += share * through->loss;
	MAKE_ROOM(CurrentMemoryContext, chain->merged, chain->merged_room,
			  nfrom + nthrough);
	merged = chain->merged;
	while (i < nfrom || j < nthrough)
	{
		int a = i < nfrom ? ours[i].to : PG_INT32_MAX;
		int b = j < nthrough ? theirs[j].to : PG_INT32_MAX;

		if (a == v)
			i++;
		else if (b == v)
			j++;
		else if (a < b)
			merged[n++] = ours[i++];
		else if (a > b)
		{
			merged[n++] = (Edge){b, share * theirs[j++].weight};
			add_before(chain, b, u);
		}
		else
			merged[n++] = (Edge){a, ours[i++].weight +
										share * theirs[j++].weight};
	}
	if (n > from->room)
	{
		from->room = n + n / 2;
		from->edges = MemoryContextAllocHuge(chain->memory,
											 from->room * sizeof(Edge));
	}
	memcpy(from->edges, merged, n * sizeof(Edge));
	from->nedges = n;
}

/* The same for what begins in v. */
static void
bypass_from_start(Chain *chain, int v, double out)
{
	State *through = &chain->states[v];
	double share = through->entry / out;

	if (share == 0)
		return;
	chain->states[START].win += share * through->win;
	chain->states[START].loss += share * through->loss;
	for (int i = 0; i < through->nedges; i++)
		if (through->edges[i].to != v)
			chain->states[through->edges[i].to].entry +=
				share * through->edges[i].weight;
	through->entry = 0;
}

static void
eliminate(Chain *chain, int v)
{
	State *s = &chain->states[v];
	double out = weight_out(s, v);

	s->gone = true;
	bypass_from_start(chain, v, out);
	for (int i = 0; i < s->nbefore; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!chain->states[s->before[i]].gone)
			bypass(chain, s->before[i], v, out);
	}
	s->nbefore = 0;
	s->nedges = 0;
}

/* How many edges an elimination may make, from what is known of it. */
static double
elimination_cost(const State *s)
{
	return (double) s->nbefore * s->nedges;
}

typedef struct Candidate
{
	double cost;
	int state;
} Candidate;

/* The cheapest first; among equals the first, so that it is always the same. */
static int
compare_candidates(Datum first, Datum second, void *arg)
{
	const Candidate *a = (const Candidate *) DatumGetPointer(first);
	const Candidate *b = (const Candidate *) DatumGetPointer(second);

	if (a->cost != b->cost)
		return a->cost < b->cost ? 1 : -1;
	return a->state < b->state ? 1 : -1;
}

/*
 * Whether what is left is so small that to eliminate all of it costs less than
 * to send deals through it for each of the partners.
 */
static bool
is_small(const Chain *chain, int partners)
{
	double states = 0;
	double edges = 0;

	for (int i = 0; i < chain->nstates; i++)
		if (!chain->states[i].gone)
		{
			states++;
			edges += chain->states[i].nedges;
		}
	return states * states * states <= EXPECTED_ROUNDS * partners * edges;
}

/*
 * Eliminates the states that contain none of the partners first to end - 1,
 * as far as it pays, or all of them.
 */
static void
eliminate_others(Chain *chain, int first, int end, bool all)
{
	Candidate *candidates;
	binaryheap *heap;
	int n = 0;

	candidates = palloc_extended(chain->nstates * sizeof(Candidate),
								 MCXT_ALLOC_HUGE);
	for (int i = START + 1; i < chain->nstates; i++)
		if (!chain->states[i].gone &&
			!contains_any(chain->states[i].partners, first, end))
			candidates[n++] = (Candidate){elimination_cost(&chain->states[i]),
										  i};
	heap = binaryheap_allocate(Max(n, 1), compare_candidates, NULL);
	for (int i = 0; i < n; i++)
		binaryheap_add_unordered(heap, PointerGetDatum(&candidates[i]));
	binaryheap_build(heap);
	while (!binaryheap_empty(heap))
	{
		Candidate *cheapest = (Candidate *) DatumGetPointer(
			binaryheap_first(heap));
		double cost = elimination_cost(&chain->states[cheapest->state]);

		CHECK_FOR_INTERRUPTS();
		if (cost > cheapest->cost)
		{
			/* it has become dearer since */
			cheapest->cost = cost;
			binaryheap_replace_first(heap, PointerGetDatum(cheapest));
			continue;
		}
		if (!all &&
			cost > FILL_PAYS * (chain->states[cheapest->state].nbefore +
								chain->states[cheapest->state].nedges))
		{
			all = is_small(chain, end - first);
			if (!all)
				break;
		}
		binaryheap_remove_first(heap);
		eliminate(chain, cheapest->state);
	}
	binaryheap_free(heap);
	pfree(candidates);
}

/*
 * Forgets the states that are gone, so that what is done for each half of the
 * partners costs as much as what is left for them.  The others keep their
 * order.
 */
static void
close_ranks(Chain *chain)
{
	int *numbers = allocate_array(chain->nstates, sizeof(int));
	int n = 0;

	for (int i = 0; i < chain->nstates; i++)
	{
		numbers[i] = chain->states[i].gone ? -1 : n;
		if (!chain->states[i].gone)
			chain->states[n++] = chain->states[i];
	}
	chain->nstates = n;
	for (int i = 0; i < n; i++)
	{
		State *s = &chain->states[i];
		int kept = 0;

		CHECK_FOR_INTERRUPTS();
		/* No edge leads to a state that is gone. */
		for (int j = 0; j < s->nedges; j++)
			s->edges[j].to = numbers[s->edges[j].to];
		for (int j = 0; j < s->nbefore; j++)
			if (numbers[s->before[j]] >= 0)
				s->before[kept++] = numbers[s->before[j]];
		s->nbefore = kept;
	}
	pfree(numbers);
}

/* A copy of a chain, in the current memory context. */
static Chain
copy_chain(const Chain *chain)
{
	Chain copy = *chain;

	copy.memory = CurrentMemoryContext;
	copy.states = palloc_extended(chain->nstates * sizeof(State),
								  MCXT_ALLOC_HUGE);
	copy.merged_room = 64;
	copy.merged = palloc(copy.merged_room * sizeof(Edge));
	memcpy(copy.states, chain->states, chain->nstates * sizeof(State));
	for (int i = 0; i < chain->nstates; i++)
	{
		State *s = &copy.states[i];
		const Edge *edges = s->edges;
		const int *before = s->before;

		CHECK_FOR_INTERRUPTS();
		s->room = s->nedges;
		s->edges = palloc_extended(Max(s->room, 1) * sizeof(Edge),
								   MCXT_ALLOC_HUGE);
		memcpy(s->edges, edges, s->nedges * sizeof(Edge));
		s->before_room = s->nbefore;
		s->before = palloc_extended(Max(s->before_room, 1) * sizeof(int),
									MCXT_ALLOC_HUGE);
		memcpy(s->before, before, s->nbefore * sizeof(int));
	}
	return copy;
}

/* Which of the partners from first on a state contains, a bit for each. */
static unsigned
partners_among(uint64 partners, int first, int end)
{
	unsigned among = 0;

	for (; partners != 0; partners >>= PARTNER_BITS)
	{
		int partner = (int) (partners & PARTNER_MASK) - 1;

		if (partner >= first && partner < end)
			among |= 1U << (partner - first);
	}
	return among;
}

/*
 * Sends the deals through the states that are left, once without each of the
 * partners first to end - 1, at most so many as there are lanes: states with
 * the partner lose them.  How many win.  False: too many are still under way.
 */
static bool
send_deals(const Chain *chain, int first, int end, double *won)
{
	typedef double Lanes[LANES];
	Lanes *here = allocate_array(chain->nstates, sizeof(Lanes));
	double *out = allocate_array(chain->nstates, sizeof(double));
	unsigned *lost = allocate_array(chain->nstates, sizeof(unsigned));
	Lanes sum;
	double under_way = 0;

	for (int i = START + 1; i < chain->nstates; i++)
	{
		const State *s = &chain->states[i];

		lost[i] = partners_among(s->partners, first, end);
		out[i] = weight_out(s, i);
		for (int lane = 0; lane < LANES; lane++)
			here[i][lane] = lane < end - first ? s->entry : 0;
	}
	for (int lane = 0; lane < LANES; lane++)
		sum[lane] = chain->states[START].win;
	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = START + 1; i < chain->nstates; i++)
		{
			const State *s = &chain->states[i];
			Lanes share;
			double any = 0;

			for (int lane = 0; lane < LANES; lane++)
			{
				share[lane] = here[i][lane] / out[i];
				here[i][lane] = 0;
			}
			for (int lane = 0; lost[i] != 0 && lane < LANES; lane++)
				if (lost[i] & 1U << lane)
					share[lane] = 0;
			for (int lane = 0; lane < LANES; lane++)
				any += share[lane];
			if (any == 0)
				continue;
			for (int lane = 0; lane < LANES; lane++)
				sum[lane] += share[lane] * s->win;
			for (int e = 0; e < s->nedges; e++)
			{
				double *to = here[s->edges[e].to];
				double weight = s->edges[e].weight;

				if (s->edges[e].to != i)
					for (int lane = 0; lane < LANES; lane++)
						to[lane] += share[lane] * weight;
			}
		}
		under_way = 0;
		for (int i = START + 1; i < chain->nstates; i++)
			for (int lane = 0; lane < LANES; lane++)
				if (!(lost[i] & 1U << lane))
					under_way += here[i][lane];
		if (under_way <= chain->deals * NEGLIGIBLE)
			break;
	}
	for (int lane = 0; lane < end - first; lane++)
		won[lane] = sum[lane];
	pfree(here);
	pfree(out);
	pfree(lost);
	return under_way <= chain->deals * NEGLIGIBLE;
}

/*
 * The probabilities to win without each of the partners first to end - 1.  Of
 * the chain's other states those are gone that it paid to eliminate; the chain
 * is used up.
 */
static void
win_without(Chain *chain, int first, int end, double *probabilities)
{
	int middle = first + (end - first) / 2;
	MemoryContext memory;
	MemoryContext caller;
	Chain half;

	check_stack_depth();
	if (is_dense_chain(chain))
	{
		win_without_dense(chain, first, end, probabilities);
		return;
	}
	if (end - first <= LANES)
	{
		double won[LANES];

		if (send_deals(chain, first, end, won))
		{
			for (int i = first; i < end; i++)
				probabilities[i] = won[i - first] / chain->deals;
			return;
		}
	}
	if (end - first == 1)
	{
		eliminate_others(chain, first, end, true);
		probabilities[first] = chain->states[START].win / chain->deals;
		return;
	}
	memory = AllocSetContextCreate(CurrentMemoryContext, "removal effect",
								   ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(memory);
	half = copy_chain(chain);
	eliminate_others(&half, first, middle, false);
	close_ranks(&half);
	win_without(&half, first, middle, probabilities);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);

	eliminate_others(chain, middle, end, false);
	close_ranks(chain);
	win_without(chain, middle, end, probabilities);
}

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
		 const PartnerList *partners)
{
	double deals = (double) entry->counts.wins + (double) entry->counts.losses;
	const char *at = entry->key;
	uint64 mask = (UINT64CONST(1) << (order * PARTNER_BITS)) - 1;
	uint64 state = 0; /* the start */
	uint64 last = 0;
	int steps = 0;
	PartnerName name;

	while (next_partner(&at, entry->key + entry->key_size, &name))
	{
		last = (last << PARTNER_BITS | (partner_number(partners, name) + 1)) &
			   mask;
		if (++steps < order)
			continue;
		add_transition(t, state, last, deals);
		state = last;
	}
	if (steps < order)
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
	Size n = 0;

	t.transitions = palloc(t.room * sizeof(Transition));
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		CHECK_FOR_INTERRUPTS();
		if (e->key_size > 0)
			add_path(&t, e, order, partners);
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
				add_before(&chain, to, (int) s);
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
	Presence *presence = allocate_array(partners->n, sizeof(Presence));
	Size number = 0;

	memset(presence, 0, partners->n * sizeof(Presence));
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		const char *at = e->key;
		PartnerName name;

		CHECK_FOR_INTERRUPTS();
		number++;
		while (next_partner(&at, e->key + e->key_size, &name))
		{
			Presence *p = &presence[partner_number(partners, name)];

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

	if (probability > 0)
		win_without(&chain, 0, partners->n, effects);
	for (int i = 0; i < partners->n; i++)
		/* the chain mixes paths, and would credit who has only ever lost */
		effects[i] = presence[i].wins == 0
						 ? 0
						 : Min(Max(1 - effects[i] / probability, 0), 1);
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
