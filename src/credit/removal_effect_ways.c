/*
 * removal_effect_ways.c
 *		The ways on which deals come to states, for removal effects.
 *
 * What long paths have in common is soon behind them.  A state that deals come
 * to from one other state only has the shares of that one, but for its own
 * partner: so ways are joined, and what lies between two states that deals
 * come to from several is a way with a list of partners.  Only the first of a
 * way, its head, has shares of its own.
 *
 * IDENTIFICATION
 *		src/credit/removal_effect_ways.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/memory.h"
#include "credit/removal_effect_ways.h"

/* ---- heads ---- */

/*
 * In the arrays of states the start, which no way leads to, stands for what
 * was won, which all that wins leads to.
 */
#define WON START

typedef struct Search
{
	const Chain *chain;
	int *up;   /* the only state before; NONE: a head */
	int *head; /* of a state's way */
	int *winners;
	int nwinners;
} Search;

#define NONE (-1)

static void
join_ways(Search *search)
{
	const Chain *chain = search->chain;

	search->up = allocate_array(chain->nstates, sizeof(int));
	search->head = allocate_array(chain->nstates, sizeof(int));
	search->winners = allocate_array(chain->nstates, sizeof(int));
	search->up[WON] = NONE;
	search->head[WON] = WON;
	for (int i = START + 1; i < chain->nstates; i++)
	{
		const State *s = &chain->states[i];
		bool joined = s->entry == 0 && s->nbefore == 1;

		check_for_interrupts_at(i);
		search->up[i] = joined ? s->before[0] : NONE;
		search->head[i] = joined ? NONE : i;
		if (s->win > 0)
			search->winners[search->nwinners++] = i;
	}
	for (int i = START + 1; i < chain->nstates; i++)
	{
		int head = i;

		check_for_interrupts_at(i);
		/* a path went all that way, so it is no longer than one, and ends */
		while (search->head[head] == NONE)
			head = search->up[head];
		head = search->head[head];
		for (int s = i; search->head[s] == NONE; s = search->up[s])
			search->head[s] = head;
	}
}

static inline int
count_before(const Search *search, int state)
{
	return state == WON ? search->nwinners
						: search->chain->states[state].nbefore;
}

static inline int
state_before(const Search *search, int state, int i)
{
	return state == WON ? search->winners[i]
						: search->chain->states[state].before[i];
}

#define ST_SORT          sort_numbers
#define ST_ELEMENT_TYPE  int
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * The heads that lead to what was won, those of a component together, and
 * after all that lead to them (Tarjan, 1972).  Within a component they are in
 * the order in which a search back from there was done with them: most lead to
 * later ones.
 */
static int *
order_heads(const Search *search, Ways *ways)
{
	int room = search->chain->nstates;
	int *order = allocate_array(room, sizeof(int));
	int *found = allocate_zeros(room, sizeof(int)); /* 0: not yet */
	int *lowest = allocate_array(room, sizeof(int));
	int *next = allocate_zeros(room, sizeof(int));
	int *done = allocate_zeros(room, sizeof(int));
	int *done_by_number = allocate_array((Size) room + 1, sizeof(int));
	bool *waits = allocate_zeros(room, sizeof(bool)); /* for its component */
	int *waiting = allocate_array(room, sizeof(int));
	int *stack = allocate_array(room, sizeof(int));
	int nfound = 0;
	int ndone = 0;
	int nwaiting = 0;
	int depth = 0;

	ways->components = allocate_array((Size) room + 1, sizeof(int));
	stack[depth++] = WON;
	while (depth > 0)
	{
		int s = stack[depth - 1];

		CHECK_FOR_INTERRUPTS();
		if (found[s] == 0)
		{
			found[s] = lowest[s] = ++nfound;
			waiting[nwaiting++] = s;
			waits[s] = true;
		}
		if (next[s] < count_before(search, s))
		{
			int before = search->head[state_before(search, s, next[s]++)];

			if (found[before] == 0)
				stack[depth++] = before;
			else if (waits[before])
				lowest[s] = Min(lowest[s], found[before]);
			continue;
		}
		depth--;
		done[s] = ++ndone;
		done_by_number[ndone] = s;
		if (depth > 0)
			lowest[stack[depth - 1]] = Min(lowest[stack[depth - 1]],
										   lowest[s]);
		if (lowest[s] == found[s])
		{
			int first = ways->nheads;
			int member;

			ways->components[ways->ncomponents++] = first;
			do
			{
				member = waiting[--nwaiting];
				waits[member] = false;
				order[ways->nheads++] = done[member];
			} while (member != s);
			sort_numbers(order + first, ways->nheads - first);
			for (int i = first; i < ways->nheads; i++)
				order[i] = done_by_number[order[i]];
		}
	}
	ways->components[ways->ncomponents] = ways->nheads;
	pfree(found);
	pfree(lowest);
	pfree(next);
	pfree(done);
	pfree(done_by_number);
	pfree(waits);
	pfree(waiting);
	pfree(stack);
	return order;
}

/* ---- ways ---- */

/* Partners on a way that neither of its ends contains, each once. */
static Size
list_between(const Search *search, int from, uint64 partners_to, int *seen,
			 int way, int *between)
{
	int own[MAX_ORDER];
	Size n = 0;

	if (search->up[from] == NONE)
		return 0;
	for (int i = list_own(partners_to, own); i > 0; i--)
		seen[own[i - 1]] = way;
	for (int i =
			 list_own(search->chain->states[search->head[from]].partners, own);
		 i > 0; i--)
		seen[own[i - 1]] = way;
	for (; search->up[from] != NONE; from = search->up[from])
	{
		int partner = newest_partner(search->chain->states[from].partners);

		if (seen[partner] == way)
			continue;
		seen[partner] = way;
		between[n++] = partner;
	}
	return n;
}

/* Ways that are no longer than paths, so all partners between are as many. */
static void
list_ways(const Search *search, const int *order, int npartners, Ways *ways)
{
	const Chain *chain = search->chain;
	int *place = allocate_array(chain->nstates, sizeof(int));
	int *seen = allocate_zeros(npartners, sizeof(int));
	Size nways = 0;
	Size nbetween = 0;
	Size between_room = 0;
	Size n = 0;

	for (int i = 0; i < ways->nheads; i++)
	{
		place[order[i]] = i;
		nways += count_before(search, order[i]);
	}
	if (nways > PG_INT32_MAX - 1)
		refuse_array();
	ways->partners = allocate_array(ways->nheads, sizeof(uint64));
	ways->deals = allocate_array(ways->nheads, sizeof(double));
	ways->first = allocate_array((Size) ways->nheads + 1, sizeof(Size));
	/* one that ends the last, and what is looked ahead at */
	ways->ways = allocate_zeros(nways + 1 + PREFETCH_DISTANCE, sizeof(Way));
	for (int i = 0; i < ways->nheads; i++)
	{
		int to = order[i];
		const State *s = &chain->states[to];
		double deals = 0;

		ways->partners[i] = to == WON ? 0 : s->partners;
		ways->first[i] = n;
		if (to != WON)
			deals = s->entry;
		for (int j = 0; j < count_before(search, to); j++)
		{
			int from = state_before(search, to, j);
			const State *f = &chain->states[from];
			Way *way = &ways->ways[n++];

			CHECK_FOR_INTERRUPTS();
			way->from = place[search->head[from]];
			way->share = to == WON ? f->win
								   : f->edges[find_edge(f, to)].weight;
			way->partners = nbetween;
			deals += way->share;
			MAKE_ROOM(CurrentMemoryContext, ways->between, between_room,
					  nbetween + npartners);
			nbetween += list_between(search, from, ways->partners[i], seen,
									 (int) n, ways->between + nbetween);
		}
		ways->deals[i] = deals;
		for (Size j = ways->first[i]; j < n; j++)
			ways->ways[j].share /= deals;
	}
	ways->first[ways->nheads] = n;
	ways->ways[n].partners = nbetween;
	pfree(place);
	pfree(seen);
}

/*
 * For each head what it leads to that is done before it, with which partners
 * it does not count: those of the other head, and those between.
 */
static void
list_exceptions(Ways *ways)
{
	Size *first = allocate_zeros((Size) ways->nheads + 2, sizeof(Size));
	int own[MAX_ORDER];

	ways->back = allocate_zeros(ways->nheads, sizeof(double));
	/* once to count, once to fill */
	for (int fill = 0; fill < 2; fill++)
	{
		for (int to = 0; to < ways->nheads; to++)
		{
			int nown = list_own(ways->partners[to], own);

			for (Size i = ways->first[to]; i < ways->first[to + 1]; i++)
			{
				const Way *way = &ways->ways[i];
				double deals = way->share * ways->deals[to];
				Size *at = &first[way->from + 1];

				CHECK_FOR_INTERRUPTS();
				if (way->from < to)
					continue;
				if (!fill)
				{
					ways->back[way->from] += deals;
					first[way->from + 2] += nown + way[1].partners -
											way->partners;
					continue;
				}
				for (int j = 0; j < nown; j++)
					ways->exceptions[(*at)++] = (Exception){own[j], deals};
				for (Size j = way->partners; j < way[1].partners; j++)
					ways->exceptions[(*at)++] = (Exception){ways->between[j],
															deals};
			}
		}
		if (!fill)
		{
			for (int i = 2; i < ways->nheads + 2; i++)
				first[i] += first[i - 1];
			ways->exceptions = allocate_array(first[ways->nheads + 1],
											  sizeof(Exception));
		}
	}
	ways->first_exceptions = first;
}

Ways
make_ways(const Chain *chain, int npartners)
{
	Search search = {chain};
	Ways ways = {0};
	int *order;

	join_ways(&search);
	order = order_heads(&search, &ways);
	list_ways(&search, order, npartners, &ways);
	list_exceptions(&ways);
	pfree(order);
	pfree(search.up);
	pfree(search.head);
	pfree(search.winners);
	return ways;
}
