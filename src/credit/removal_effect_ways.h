/*
 * removal_effect_ways.h
 *		The ways on which deals come to states, for removal effects.
 *
 * IDENTIFICATION
 *		src/credit/removal_effect_ways.h
 */
#ifndef ECOSYSTEM_REMOVAL_EFFECT_WAYS_H
#define ECOSYSTEM_REMOVAL_EFFECT_WAYS_H

#include "postgres.h"

#include "credit/removal_effect_chain.h"

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

extern Ways make_ways(const Chain *chain, int npartners);

#endif /* ECOSYSTEM_REMOVAL_EFFECT_WAYS_H */
