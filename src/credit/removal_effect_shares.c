/*
 * removal_effect_shares.c
 *		Removal effects by looking back from what was won.
 *
 * Of the deals that come to a state, this is the share that would not be there
 * without a partner: all of them where the state contains the partner, and
 * else the shares of the states before, by how many deals each sent.  The
 * share of what was won is the partner's effect.  It is a sum of parts, and
 * nothing is subtracted from it.
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
 *		src/credit/removal_effect_shares.c
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/memory.h"
#include "credit/removal_effect_ways.h"

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
