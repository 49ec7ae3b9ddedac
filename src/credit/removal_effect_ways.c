/*
 * removal_effect_ways.c
 *		Removal effects by looking back from what was won.
 *
 * Of the deals that come to a state, this is the share that would not be there
 * without a partner: all of them where the state contains the partner, and
 * else the shares of the states before, by how many deals each sent.  The
 * share of what was won is the partner's effect.  It is a sum of parts, and
 * nothing is subtracted from it.
 *
 * What long paths have in common is soon behind them.  A state that deals come
 * to from one other state only has the shares of that one, but for its own
 * partner: so ways are joined, and what lies between two states that deals
 * come to from several is a way with a list of partners.  Only the first of a
 * way, its head, has shares of its own.
 *
 * Heads that do not lead back to themselves are done once, after those that
 * lead to them.  Others are done one strongly connected component at a time:
 * by passing over its heads again and again, each time in the order in which
 * most deals went, until the shares change no more.  What such passes are slow
 * at is what all shares of a component have in common; so after each the
 * balance of the whole component is made good at once.
 *
 * All of that is done for several partners at a time, in lanes.
 *
 * IDENTIFICATION
 *		src/credit/removal_effect_ways.c
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "credit/removal_effect_chain.h"

/* Shares that are in memory at once, in bytes. */
#define SHARES_ROOM ((Size) 64 * 1024 * 1024)

/*
 * The changes of a pass, each by the deals of its head, are more than what the
 * passes left would still change.  They may be so much of what was won, and of
 * the deals at all heads, of which sums cannot be more exact.
 */
#define NEGLIGIBLE_EFFECT 1e-14
#define NEGLIGIBLE_SHARE  1e-15

/* Passes are given up when so many do not leave a tenth of the changes. */
#define PATIENCE 24

/* How many passes a component takes, for an estimate. */
#define EXPECTED_PASSES 30.0

/* How many ways ahead memory is asked for. */
#define PREFETCH_DISTANCE 4

/* A way to a head, from another one. */
typedef struct Way
{
	int from;
	double share; /* of the deals at the head it leads to */
	Size
		partners; /* the first between, in the array; the next way's end them */
} Way;

/* What a head's change does not do to those before it in its component. */
typedef struct Exception
{
	int partner;
	double deals;
} Exception;

typedef struct Ways
{
	int nheads; /* in the order in which they are done; winning is last */
	uint64 *partners; /* of a head */
	double *deals;    /* that come to a head */
	Size *first;      /* of the ways to a head */
	Way *ways;
	int *between;    /* partners */
	int *components; /* where they start */
	int ncomponents;
	double *back;           /* deals from a head to such as are done before */
	Size *first_exceptions; /* of a head */
	Exception *exceptions;
} Ways;

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

static inline int
newest_partner(uint64 partners)
{
	return (int) (partners & PARTNER_MASK) - 1;
}

/* The partners of a state, each once. */
static inline int
list_own(uint64 partners, int *own)
{
	int n = 0;

	for (; partners != 0; partners >>= PARTNER_BITS)
	{
		int partner = newest_partner(partners);
		bool known = false;

		for (int i = 0; i < n; i++)
			known |= own[i] == partner;
		if (!known)
			own[n++] = partner;
	}
	return n;
}

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

static Ways
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

/* ---- shares ---- */

/* Partners first to first + lanes - 1 are worked on. */
typedef struct Shares
{
	const Ways *ways;
	int first;
	int lanes;
	double *values; /* of all heads */

	/* of a component, a lane each */
	double *fresh;
	double *changed;
	double *missing; /* deals that the balance lacks */
	double *leaving; /* deals that come from elsewhere, and go there */
} Shares;

static inline double *
shares_of(const Shares *shares, int head)
{
	return shares->values + (Size) head * shares->lanes;
}

/* The lane of a partner; false: it is not worked on. */
static inline bool
lane_of(const Shares *shares, int partner, int *lane)
{
	*lane = partner - shares->first;
	return *lane >= 0 && *lane < shares->lanes;
}

/* All deals of a head have its own partners. */
static inline void
set_own(const Shares *shares, int head, double *values)
{
	int lane;

	for (uint64 p = shares->ways->partners[head]; p != 0; p >>= PARTNER_BITS)
		if (lane_of(shares, newest_partner(p), &lane))
			values[lane] = 1;
}

/* Asks for the shares that a way further on needs. */
static inline void
prefetch_lanes(const Shares *shares, Size way)
{
#if defined(__GNUC__) || defined(__clang__)
	const double *from = shares_of(shares, shares->ways->ways[way].from);

	for (int lane = 0; lane < shares->lanes; lane += LANES)
		__builtin_prefetch(from + lane);
#endif
}

/* A head's shares by those of the heads before. */
static void
gather_shares(const Shares *shares, int head, double *values)
{
	const Ways *ways = shares->ways;
	int lane;

	memset(values, 0, shares->lanes * sizeof(double));
	for (Size i = ways->first[head]; i < ways->first[head + 1]; i++)
	{
		const Way *way = &ways->ways[i];
		const double *from = shares_of(shares, way->from);

		CHECK_FOR_INTERRUPTS();
		prefetch_lanes(shares, i + PREFETCH_DISTANCE);
		add_lanes(values, way->share, from, shares->lanes);
		for (Size j = way->partners; j < way[1].partners; j++)
			if (lane_of(shares, ways->between[j], &lane))
				values[lane] += way->share * (1 - from[lane]);
	}
	set_own(shares, head, values);
}

/*
 * How many deals come into a component, or from where it has the partner: if
 * all other shares in it were one more, so many would be too many.
 */
static void
count_leaving(Shares *shares, int start, int end)
{
	const Ways *ways = shares->ways;
	double sum = 0;
	int own[MAX_ORDER];
	int lane;

	memset(shares->leaving, 0, shares->lanes * sizeof(double));
	for (int to = start; to < end; to++)
	{
		int nown = list_own(ways->partners[to], own);

		sum += ways->deals[to];
		for (int j = 0; j < nown; j++)
			if (lane_of(shares, own[j], &lane))
				shares->leaving[lane] -= ways->deals[to];
		for (Size i = ways->first[to]; i < ways->first[to + 1]; i++)
		{
			const Way *way = &ways->ways[i];
			uint64 from = ways->partners[way->from];
			double deals = way->share * ways->deals[to];
			int source[MAX_ORDER];
			int nsource;

			CHECK_FOR_INTERRUPTS();
			if (way->from < start)
				continue;
			sum -= deals;
			nsource = list_own(from, source);
			for (int j = 0; j < nsource; j++)
				if (lane_of(shares, source[j], &lane))
					shares->leaving[lane] += deals;
			for (int j = 0; j < nown; j++)
				if (lane_of(shares, own[j], &lane) &&
					!contains_any(from, own[j], own[j] + 1))
					shares->leaving[lane] += deals;
			for (Size j = way->partners; j < way[1].partners; j++)
				if (lane_of(shares, ways->between[j], &lane))
					shares->leaving[lane] += deals;
		}
	}
	for (lane = 0; lane < shares->lanes; lane++)
		shares->leaving[lane] += sum;
}

/* One pass over a component; the largest change of a lane. */
static double
pass_over(Shares *shares, int start, int end)
{
	const Ways *ways = shares->ways;
	double *restrict fresh = shares->fresh;
	double *restrict changed = shares->changed;
	double *restrict missing = shares->missing;
	double largest = 0;
	int lane;

	memset(changed, 0, shares->lanes * sizeof(double));
	memset(missing, 0, shares->lanes * sizeof(double));
	for (int head = start; head < end; head++)
	{
		double *restrict values = shares_of(shares, head);
		double deals = ways->deals[head];
		double back = ways->back[head];

		gather_shares(shares, head, fresh);
		for (Size i = ways->first_exceptions[head];
			 i < ways->first_exceptions[head + 1]; i++)
			if (lane_of(shares, ways->exceptions[i].partner, &lane))
				missing[lane] -= ways->exceptions[i].deals *
								 (fresh[lane] - values[lane]);
		for (int i = 0; i < shares->lanes; i += LANES)
			for (lane = i; lane < i + LANES; lane++)
			{
				double change = fresh[lane] - values[lane];

				values[lane] = fresh[lane];
				missing[lane] += back * change;
				changed[lane] += deals * fabs(change);
			}
	}
	for (lane = 0; lane < shares->lanes; lane++)
		largest = Max(largest, changed[lane]);
	return largest;
}

/* Gives all shares of a component as much more as its balance lacks. */
static void
make_good(Shares *shares, int start, int end)
{
	double *restrict missing = shares->missing;

	for (int lane = 0; lane < shares->lanes; lane++)
		missing[lane] = shares->leaving[lane] > 0
							? missing[lane] / shares->leaving[lane]
							: 0;
	for (int head = start; head < end; head++)
	{
		double *restrict values = shares_of(shares, head);

		check_for_interrupts_at(head);
		add_lanes(values, 1, missing, shares->lanes);
		set_own(shares, head, values);
	}
}

/* False: the shares of a component go on changing. */
static bool
settle_component(Shares *shares, int start, int end)
{
	const Ways *ways = shares->ways;
	double negligible = NEGLIGIBLE_EFFECT * ways->deals[ways->nheads - 1];
	double before = 0;

	for (int head = start; head < end; head++)
	{
		negligible += NEGLIGIBLE_SHARE * ways->deals[head];
		memset(shares_of(shares, head), 0, shares->lanes * sizeof(double));
		set_own(shares, head, shares_of(shares, head));
	}
	count_leaving(shares, start, end);
	for (int pass = 0;; pass++)
	{
		double changed = pass_over(shares, start, end);

		if (changed <= negligible)
			return true;
		if (pass % PATIENCE == 0)
		{
			if (pass > 0 && !(changed <= before / 10))
				return false;
			before = changed;
		}
		make_good(shares, start, end);
	}
}

static bool
is_loop(const Ways *ways, int component)
{
	int head = ways->components[component];

	if (ways->components[component + 1] - head > 1)
		return true;
	for (Size i = ways->first[head]; i < ways->first[head + 1]; i++)
		if (ways->ways[i].from == head)
			return true;
	return false;
}

/*
 * The effects of all partners, by ways.  False if they would not settle; the
 * chain is as it was.
 */
bool
effects_by_ways(const Chain *chain, int npartners, double *effects)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
												 "removal effect ways",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(memory);
	Ways ways = make_ways(chain, npartners);
	Shares shares = {&ways};
	Size lanes = SHARES_ROOM / sizeof(double) / ways.nheads;
	bool settled = true;

	lanes = Min(lanes / LANES * LANES, TYPEALIGN(LANES, npartners));
	shares.lanes = (int) Max(lanes, LANES);
	shares.values = allocate_array((Size) ways.nheads * shares.lanes,
								   sizeof(double));
	shares.fresh = allocate_array(shares.lanes, sizeof(double));
	shares.changed = allocate_array(shares.lanes, sizeof(double));
	shares.missing = allocate_array(shares.lanes, sizeof(double));
	shares.leaving = allocate_array(shares.lanes, sizeof(double));
	for (; settled && shares.first < npartners; shares.first += shares.lanes)
	{
		for (int c = 0; settled && c < ways.ncomponents; c++)
		{
			int start = ways.components[c];

			if (is_loop(&ways, c))
				settled = settle_component(&shares, start,
										   ways.components[c + 1]);
			else
				gather_shares(&shares, start, shares_of(&shares, start));
		}
		if (settled)
			memcpy(effects + shares.first, shares_of(&shares, ways.nheads - 1),
				   Min(shares.lanes, npartners - shares.first) *
					   sizeof(double));
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	return settled;
}

/* Whether eliminating the states of a chain in a matrix takes longer. */
bool
ways_take_less(const Chain *chain, int npartners)
{
	double states = chain->nstates;
	double edges = 0;

	for (int i = START + 1; i < chain->nstates; i++)
		edges += chain->states[i].nedges;
	return !is_dense_chain(chain) ||
		   EXPECTED_PASSES * npartners * edges < states * states * states;
}
