/*
 * removal_effect_elimination.c
 *		What is won without each partner, by eliminating states.
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
 *		src/credit/removal_effect_elimination.c
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "credit/removal_effect_chain.h"

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

void
add_state_before(Chain *chain, int state, int before)
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
			add_state_before(chain, b, u);
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
void
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
