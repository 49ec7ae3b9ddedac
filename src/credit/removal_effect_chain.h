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

/* removal_effect_matrix.c */
extern bool is_dense_chain(const Chain *chain);
extern void win_without_dense(const Chain *chain, int first, int end,
							  double *probabilities);

#endif /* ECOSYSTEM_REMOVAL_EFFECT_CHAIN_H */
