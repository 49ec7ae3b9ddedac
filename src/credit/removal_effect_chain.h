/*
 * removal_effect_chain.h
 *		The chain of which removal_effect.c computes what is won.
 *
 * IDENTIFICATION
 *		src/credit/removal_effect_chain.h
 */
#ifndef ECOSYSTEM_REMOVAL_EFFECT_CHAIN_H
#define ECOSYSTEM_REMOVAL_EFFECT_CHAIN_H

#include "postgres.h"

/* A state is the last partners, up to so many, each in so many bits. */
#define MAX_ORDER          3
#define PARTNER_BITS       21
#define MAX_CHAIN_PARTNERS ((1 << PARTNER_BITS) - 2)
#define PARTNER_MASK       ((UINT64CONST(1) << PARTNER_BITS) - 1)

/* For how many partners deals are sent at once: the processor adds in lanes. */
#define LANES 8

typedef struct Edge
{
	int to;
	double weight;
} Edge;

/*
 * Where a state leads, sorted by state.  Weights are not probabilities but
 * counts of deals: what leaves a state is always worth the same in total.
 */
typedef struct State
{
	uint64 partners; /* 0 of the start */
	double entry;    /* deals that begin here */
	double win;
	double loss;
	Edge *edges;
	int nedges;
	int room;
	int *before; /* states that led here; some may be gone, or not any more */
	int nbefore;
	int before_room;
	bool gone;
} State;

/*
 * The first state is before all partners.  Where deals go from there is noted
 * where they come to: it leads to so many states that to keep a list of them
 * in order would take longer than all else.
 */
#define START 0

typedef struct Chain
{
	int nstates;
	State *states;
	double deals; /* that start */
	MemoryContext memory;
	Edge *merged; /* room to make edges in */
	int merged_room;
} Chain;

static inline bool
contains_any(uint64 partners, int first, int end)
{
	for (; partners != 0; partners >>= PARTNER_BITS)
	{
		int partner = (int) (partners & PARTNER_MASK) - 1;

		if (partner >= first && partner < end)
			return true;
	}
	return false;
}

/* The place of an edge, or where it would be. */
static inline int
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

/* Adds a share of one array to another; n is a multiple of LANES. */
static inline void
add_lanes(double *restrict to, double share, const double *restrict from,
		  int n)
{
	for (int i = 0; i < n; i += LANES)
		for (int lane = 0; lane < LANES; lane++)
			to[i + lane] += share * from[i + lane];
}

/* removal_effect_elimination.c */
extern void add_state_before(Chain *chain, int state, int before);
extern void win_without(Chain *chain, int first, int end,
						double *probabilities);

/* removal_effect_shares.c */
extern bool effects_by_ways(const Chain *chain, int npartners,
							double *effects);
extern bool ways_take_less(const Chain *chain, int npartners);

/* removal_effect_matrix.c */
extern bool is_dense_chain(const Chain *chain);
extern void win_without_dense(const Chain *chain, int first, int end,
							  double *probabilities);

#endif /* ECOSYSTEM_REMOVAL_EFFECT_CHAIN_H */
