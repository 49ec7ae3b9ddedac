/*
 * partner_network_pairs.c
 *		Counts partners, pairs of them and nodes of a partner_network.
 *
 * A node of k partners is one of k * (k - 1) / 2 pairs, and there is no limit
 * to k: what was a limit would be a pair that is not counted.
 *
 * Where partners are few, a matrix has a counter for each pair, and nodes are
 * gone through as they come.  Else shared nodes are counted partner by partner:
 * all nodes of a partner are gone through, and an array of counters, one for
 * each partner, holds what it shares with those behind it.  That is the product
 * of the sparse matrix of partners and nodes with its transpose, row by row
 * (Gustavson, 1978): it takes a step for each pair of partners at each node, and
 * memory for the pairs there are.
 *
 * IDENTIFICATION
 *		src/network/partner_network_pairs.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/memory.h"
#include "network/partner_network_counts.h"

/* Steps between two looks whether the query was cancelled */
#define STEPS_BETWEEN_CHECKS (1 << 20)

/* A matrix is in the cache up to here: 2 MB of counters. */
#define MOST_IN_MATRIX 724

#define ST_SORT          sort_partners
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- one node after the other ---- */

static void
count_partners(const Network *network, NetworkCounts *counts)
{
	PartnerCounts *counted = counts->partners;

	for (uint32 i = 0; i < network->nnodes; i++)
	{
		Size start = network->starts[i];
		Size n = network->starts[i + 1] - start;
		const uint32 *partners = network->partners + start;

		check_for_interrupts_at(i);
		counts->fans[n]++;
		for (Size j = 0; j < n; j++)
		{
			counted[partners[j]].nodes++;
			counted[partners[j]].with_others += n - 1;
		}
		if (n == 1)
			counted[partners[0]].exclusive_nodes++;
		else if (n == 2)
		{
			counted[partners[0]].ended_nodes++;
			counted[partners[1]].ended_nodes++;
		}
	}
}

static void
add_amounts(const Network *network, NetworkCounts *counts)
{
	if (network->amounts == NULL)
		return;
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		Size start = network->starts[i];
		Size n = network->starts[i + 1] - start;

		check_for_interrupts_at(i);
		counts->fan_amounts[n] += network->amounts[i];
		for (Size j = start; j < start + n; j++)
		{
			PartnerCounts *partner = &counts->partners[network->partners[j]];

			partner->amount += network->amounts[i];
			if (n == 1)
				partner->exclusive_amount += network->amounts[i];
			else if (n == 2)
				partner->ended_amount += network->amounts[i];
		}
	}
}

/* ---- pairs ---- */

static void
make_pair_room(Pairs *pairs, Size n, Size added, bool with_amounts)
{
	Size room = pairs->room;

	MAKE_ROOM(CurrentMemoryContext, pairs->pairs, pairs->room, n + added);
	if (with_amounts)
		MAKE_ROOM(CurrentMemoryContext, pairs->amounts, room, n + added);
}

/* Counters of all pairs, by the first and then the second */
typedef struct PairMatrix
{
	uint32 *nodes;
	int128 *amounts; /* NULL: not asked for, or none so far */
} PairMatrix;

static bool
fits_matrix(uint32 n)
{
	return n <= MOST_IN_MATRIX;
}

static void
count_in_matrix(const Network *network, PairMatrix *matrix, bool with_amounts)
{
	uint32 n = network->n;
	Size steps = 0;

	with_amounts = with_amounts && network->amounts != NULL;
	if (with_amounts && matrix->amounts == NULL)
		matrix->amounts = allocate_zeros((Size) n * n, sizeof(int128));
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		const uint32 *partners = network->partners + network->starts[i];
		const uint32 *end = network->partners + network->starts[i + 1];

		steps += 1 + (end - partners) * (end - partners);
		if (steps >= STEPS_BETWEEN_CHECKS)
		{
			CHECK_FOR_INTERRUPTS();
			steps = 0;
		}
		for (; partners < end; partners++)
		{
			uint32 *shared = matrix->nodes + (Size) *partners * n;

			for (const uint32 *other = partners + 1; other < end; other++)
				shared[*other]++;
			if (with_amounts)
				for (const uint32 *other = partners + 1; other < end; other++)
					matrix->amounts[(Size) *partners * n + *other] +=
						network->amounts[i];
		}
	}
}

static void
pairs_of_matrix(const Network *network, const PairMatrix *matrix,
				NetworkCounts *counts)
{
	Pairs *pairs = &counts->pairs;
	uint32 n = network->n;
	Size npairs = 0;

	for (uint32 i = 0; i < n; i++)
	{
		const uint32 *shared = matrix->nodes + (Size) i * n;

		CHECK_FOR_INTERRUPTS();
		pairs->starts[i] = npairs;
		make_pair_room(pairs, npairs, n, matrix->amounts != NULL);
		for (uint32 other = i + 1; other < n; other++)
		{
			if (shared[other] < counts->min_shared || shared[other] == 0)
				continue;
			pairs->pairs[npairs] = (Pair){other, shared[other]};
			if (matrix->amounts != NULL)
				pairs->amounts[npairs] = matrix->amounts[(Size) i * n + other];
			npairs++;
		}
	}
	pairs->starts[n] = npairs;
}

/* The nodes of each partner, in their order; starts as of Pairs */
static uint32 *
list_nodes(const Network *network, Size *starts)
{
	uint32 *nodes = allocate_array(network->all_links, sizeof(uint32));
	Size *next = allocate_array((Size) network->n + 1, sizeof(Size));

	memset(starts, 0, ((Size) network->n + 1) * sizeof(Size));
	for (Size i = 0; i < network->all_links; i++)
	{
		if (i % STEPS_BETWEEN_CHECKS == 0)
			CHECK_FOR_INTERRUPTS();
		starts[network->partners[i] + 1]++;
	}
	for (uint32 i = 0; i < network->n; i++)
		starts[i + 1] += starts[i];
	memcpy(next, starts, ((Size) network->n + 1) * sizeof(Size));
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		check_for_interrupts_at(i);
		for (Size j = network->starts[i]; j < network->starts[i + 1]; j++)
			nodes[next[network->partners[j]]++] = i;
	}
	pfree(next);
	return nodes;
}

/* The same of a network that was read as a whole, of any number of partners */
static void
pairs_by_partner(const Network *network, NetworkCounts *counts)
{
	Pairs *pairs = &counts->pairs;
	Size *node_starts = allocate_array((Size) network->n + 1, sizeof(Size));
	uint32 *nodes = list_nodes(network, node_starts);
	/* how many of a node's partners have had their turn */
	uint32 *done = allocate_zeros(network->nnodes, sizeof(uint32));
	int64 *shared = allocate_zeros(network->n, sizeof(int64));
	int128 *amounts = NULL;
	uint32 *met = allocate_array(network->n, sizeof(uint32));
	bool with_amounts = counts->with_pair_amounts && network->amounts != NULL;
	Size n = 0;
	Size steps = 0;

	if (with_amounts)
		amounts = allocate_zeros(network->n, sizeof(int128));
	for (uint32 partner = 0; partner < network->n; partner++)
	{
		uint32 nmet = 0;

		pairs->starts[partner] = n;
		for (Size i = node_starts[partner]; i < node_starts[partner + 1]; i++)
		{
			uint32 node = nodes[i];
			const uint32 *other = network->partners + network->starts[node] +
								  ++done[node];
			const uint32 *end = network->partners + network->starts[node + 1];

			steps += 1 + (end - other);
			if (steps >= STEPS_BETWEEN_CHECKS)
			{
				CHECK_FOR_INTERRUPTS();
				steps = 0;
			}
			for (; other < end; other++)
			{
				if (shared[*other]++ == 0)
					met[nmet++] = *other;
				if (with_amounts)
					amounts[*other] += network->amounts[node];
			}
		}
		sort_partners(met, nmet);
		make_pair_room(pairs, n, nmet, with_amounts);
		for (uint32 i = 0; i < nmet; i++)
		{
			if (shared[met[i]] >= counts->min_shared)
			{
				pairs->pairs[n] = (Pair){met[i], shared[met[i]]};
				if (with_amounts)
					pairs->amounts[n] = amounts[met[i]];
				n++;
			}
			shared[met[i]] = 0;
			if (with_amounts)
				amounts[met[i]] = 0;
		}
	}
	pairs->starts[network->n] = n;
	pfree(nodes);
	pfree(node_starts);
	pfree(done);
	pfree(shared);
	pfree(met);
	if (with_amounts)
		pfree(amounts);
}

/* ---- what is asked for ---- */

/* Counts what the counts say is to be counted. */
void
count_network(Network *network, NetworkCounts *counts)
{
	uint32 n = network->n;
	PairMatrix matrix = {0};
	bool whole = counts->with_pairs && !fits_matrix(n);

	counts->partners = allocate_zeros(n, sizeof(PartnerCounts));
	counts->fans = allocate_zeros((Size) n + 1, sizeof(int64));
	counts->fan_amounts = allocate_zeros((Size) n + 1, sizeof(int128));
	if (counts->with_pairs)
		counts->pairs.starts = allocate_array((Size) n + 1, sizeof(Size));
	if (counts->with_pairs && !whole)
		matrix.nodes = allocate_zeros((Size) n * n, sizeof(uint32));
	if (whole)
		read_whole(network);
	while (whole || next_piece(network))
	{
		count_partners(network, counts);
		add_amounts(network, counts);
		if (whole)
			break;
		if (counts->with_pairs)
			count_in_matrix(network, &matrix, counts->with_pair_amounts);
	}
	if (whole)
		pairs_by_partner(network, counts);
	else if (counts->with_pairs)
		pairs_of_matrix(network, &matrix, counts);
}
