/*
 * partner_network_graph.c
 *		What a partner_network says: pairs, centrality, removal, totals.
 *
 * Two partners are connected if they share nodes, at least so many.  Shared
 * nodes are counted partner by partner: all nodes of a partner are gone
 * through, and an array of counters, one for each partner, holds what it shares
 * with those behind it.  That is the product of the sparse matrix of partners
 * and nodes with its transpose, row by row (Gustavson, 1978): it takes a step
 * for each pair of partners at each node, and memory for the pairs there are.
 * A node of k partners costs k * (k - 1) / 2 steps, and there is no limit to k:
 * what was a limit would be a pair that is not counted.
 *
 * Graphs here have some thousand partners, and what is asked of them are a sum,
 * a depth-first search and a power iteration, a page each.  So no graph library
 * is linked: igraph, the one that Debian has, is under the GPL, and would have
 * to be handed a copy of the graph.
 *
 * IDENTIFICATION
 *		src/network/partner_network_graph.c
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "base/result_rows.h"
#include "base/compat.h"
#include "network/partner_network_private.h"

PG_FUNCTION_INFO_V1(partner_pairs);
PG_FUNCTION_INFO_V1(partner_centrality);
PG_FUNCTION_INFO_V1(network_removal);
PG_FUNCTION_INFO_V1(network_totals);
PG_FUNCTION_INFO_V1(partners_per_node);

/* Steps between two looks whether the query was cancelled */
#define STEPS_BETWEEN_CHECKS (1 << 20)

/* ---- the network in arrays ---- */

typedef struct Network
{
	uint32 n; /* partners */
	NetworkId *names;
	uint32 nnodes;
	Size *starts; /* of each node's partners, and the end */
	uint32 *partners;
	int scale;
	int128 *amounts; /* at that scale, 0 where there is none; NULL: nowhere */
	uint32 nodes_without_amount;
} Network;

static void
read_partners(Network *network, const char **at)
{
	network->names = allocate_array(network->n, sizeof(NetworkId));
	for (uint32 i = 0; i < network->n; i++)
		network->names[i] = read_network_id(at);
}

/*
 * Sums of amounts need no checks behind this: the amounts without their signs
 * have a sum that is in range, so those of any of them are.
 */
static void
read_amount(Network *network, uint32 i, const NetworkNode *node, int128 *sum)
{
	int128 amount;

	if (!node->has_amount)
	{
		network->nodes_without_amount++;
		if (network->amounts != NULL)
			network->amounts[i] = 0;
		return;
	}
	if (network->amounts == NULL)
	{
		network->amounts = allocate_array(network->nnodes, sizeof(int128));
		memset(network->amounts, 0, i * sizeof(int128));
	}
	amount = exact_rescale(node->amount.value, node->amount.scale,
						   network->scale);
	*sum = exact_add(*sum, amount < 0 ? -amount : amount);
	network->amounts[i] = amount;
}

static Network
read_network(const PartnerNetwork *value)
{
	Network network = {0};
	const char *at = value->data;
	Size room = (Size) value->nnodes * 2 + 16;
	Size n = 0;
	int128 sum = 0;

	network.n = value->npartners;
	network.nnodes = value->nnodes;
	network.scale = value->scale;
	read_partners(&network, &at);
	network.starts = allocate_array((Size) network.nnodes + 1, sizeof(Size));
	network.partners = allocate_array(room, sizeof(uint32));
	for (uint32 i = 0; i < network.nnodes; i++)
	{
		NetworkNode node;
		int64 partner = -1;

		check_for_interrupts_at(i);
		read_network_node(value->nodes, &at, &node);
		read_amount(&network, i, &node, &sum);
		MAKE_ROOM(CurrentMemoryContext, network.partners, room,
				  n + node.npartners);
		network.starts[i] = n;
		for (uint32 j = 0; j < node.npartners; j++)
		{
			partner = read_network_partner(&at, partner);
			network.partners[n++] = (uint32) partner;
		}
	}
	network.starts[network.nnodes] = n;
	return network;
}

static Size
count_links(const Network *network)
{
	return network->starts[network->nnodes];
}

/* What is counted of a partner from its nodes alone */
typedef struct PartnerCounts
{
	int64 nodes;
	int64 exclusive_nodes; /* without any other partner */
	int64 ended_nodes;     /* with one other partner */
	int64 with_others;     /* others at its nodes, each at each */
	int128 amount;
	int128 exclusive_amount;
	int128 ended_amount;
} PartnerCounts;

static PartnerCounts *
count_partners(const Network *network)
{
	PartnerCounts *counts = allocate_array(network->n, sizeof(PartnerCounts));

	memset(counts, 0, network->n * sizeof(PartnerCounts));
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		Size start = network->starts[i];
		Size n = network->starts[i + 1] - start;
		int128 amount = network->amounts ? network->amounts[i] : 0;

		check_for_interrupts_at(i);
		for (Size j = start; j < start + n; j++)
		{
			PartnerCounts *partner = &counts[network->partners[j]];

			partner->nodes++;
			partner->amount += amount;
			partner->with_others += n - 1;
			if (n == 1)
			{
				partner->exclusive_nodes++;
				partner->exclusive_amount += amount;
			}
			else if (n == 2)
			{
				partner->ended_nodes++;
				partner->ended_amount += amount;
			}
		}
	}
	return counts;
}

/* ---- pairs ---- */

/* Two partners that share nodes; the first is told by where it is. */
typedef struct Pair
{
	uint32 other;
	int64 nodes;
} Pair;

typedef struct Pairs
{
	Size *
		starts; /* of each partner's pairs with those behind it, and the end */
	Pair *pairs;
	int128 *amounts; /* NULL: not asked for, or there are none */
	Size room;
} Pairs;

#define ST_SORT          sort_partners
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The nodes of each partner, in their order; starts as of Pairs */
static uint32 *
list_nodes(const Network *network, Size *starts)
{
	uint32 *nodes = allocate_array(count_links(network), sizeof(uint32));
	Size *next = allocate_array((Size) network->n + 1, sizeof(Size));

	memset(starts, 0, ((Size) network->n + 1) * sizeof(Size));
	for (Size i = 0; i < count_links(network); i++)
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

static void
make_pair_room(Pairs *pairs, Size n, Size added, bool with_amounts)
{
	Size room = pairs->room;

	MAKE_ROOM(CurrentMemoryContext, pairs->pairs, pairs->room, n + added);
	if (with_amounts)
		MAKE_ROOM(CurrentMemoryContext, pairs->amounts, room, n + added);
}

/* The pairs that share at least so many nodes */
static Pairs
count_pairs(const Network *network, int64 min_shared, bool with_amounts)
{
	Pairs pairs = {0};
	Size *node_starts = allocate_array((Size) network->n + 1, sizeof(Size));
	uint32 *nodes = list_nodes(network, node_starts);
	/* how many of a node's partners have had their turn */
	uint32 *done = allocate_array(network->nnodes, sizeof(uint32));
	int64 *shared = allocate_array(network->n, sizeof(int64));
	int128 *amounts = NULL;
	uint32 *met = allocate_array(network->n, sizeof(uint32));
	Size n = 0;
	Size steps = 0;

	with_amounts = with_amounts && network->amounts != NULL;
	pairs.room = 64;
	pairs.pairs = allocate_array(pairs.room, sizeof(Pair));
	pairs.starts = allocate_array((Size) network->n + 1, sizeof(Size));
	memset(done, 0, network->nnodes * sizeof(uint32));
	memset(shared, 0, network->n * sizeof(int64));
	if (with_amounts)
	{
		pairs.amounts = allocate_array(pairs.room, sizeof(int128));
		amounts = allocate_array(network->n, sizeof(int128));
		memset(amounts, 0, network->n * sizeof(int128));
	}
	for (uint32 partner = 0; partner < network->n; partner++)
	{
		uint32 nmet = 0;

		pairs.starts[partner] = n;
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
		make_pair_room(&pairs, n, nmet, with_amounts);
		for (uint32 i = 0; i < nmet; i++)
		{
			if (shared[met[i]] >= min_shared)
			{
				pairs.pairs[n] = (Pair){met[i], shared[met[i]]};
				if (with_amounts)
					pairs.amounts[n] = amounts[met[i]];
				n++;
			}
			shared[met[i]] = 0;
			if (with_amounts)
				amounts[met[i]] = 0;
		}
	}
	pairs.starts[network->n] = n;
	pfree(nodes);
	pfree(node_starts);
	pfree(done);
	pfree(shared);
	pfree(met);
	if (with_amounts)
		pfree(amounts);
	return pairs;
}

static Size
pair_count(const Network *network, const Pairs *pairs)
{
	return pairs->starts[network->n];
}

/* ---- connections ---- */

/* Each partner's connections in both directions, in the order of partners */
typedef struct Connections
{
	Size *starts;
	uint32 *others;
} Connections;

static Connections
list_connections(const Network *network, const Pairs *pairs)
{
	Connections all;
	uint32 n = network->n;
	Size *next = allocate_array((Size) n + 1, sizeof(Size));

	all.starts = allocate_array((Size) n + 1, sizeof(Size));
	all.others = allocate_array(2 * pair_count(network, pairs),
								sizeof(uint32));
	memset(all.starts, 0, ((Size) n + 1) * sizeof(Size));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (Size j = pairs->starts[i]; j < pairs->starts[i + 1]; j++)
		{
			all.starts[i + 1]++;
			all.starts[pairs->pairs[j].other + 1]++;
		}
	}
	for (uint32 i = 0; i < n; i++)
		all.starts[i + 1] += all.starts[i];
	memcpy(next, all.starts, ((Size) n + 1) * sizeof(Size));

	/* Partners before i have been put in i's list when its turn comes. */
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (Size j = pairs->starts[i]; j < pairs->starts[i + 1]; j++)
		{
			all.others[next[i]++] = pairs->pairs[j].other;
			all.others[next[pairs->pairs[j].other]++] = i;
		}
	}
	pfree(next);
	return all;
}

static Size
degree(const Connections *all, uint32 partner)
{
	return all->starts[partner + 1] - all->starts[partner];
}

/* A partner on the way of a depth-first search */
typedef struct Visit
{
	uint32 order; /* 1, 2, ... as they are reached; 0: not yet */
	uint32 low;   /* the first that is reached from here without going back */
	uint32 from;
	Size next; /* connection to follow */
} Visit;

/*
 * How many components there are, and into how many a partner's own would fall
 * without the partner (Hopcroft and Tarjan, 1973), without recursion.
 */
static uint32
find_components(uint32 n, const Connections *all, uint32 *parts)
{
	Visit *visits = allocate_array(n, sizeof(Visit));
	uint32 components = 0;
	uint32 order = 0;

	memset(visits, 0, n * sizeof(Visit));
	memset(parts, 0, n * sizeof(uint32));
	for (uint32 root = 0; root < n; root++)
	{
		uint32 at = root;

		CHECK_FOR_INTERRUPTS();
		if (visits[root].order != 0)
			continue;
		components++;
		order++;
		visits[root] = (Visit){order, order, root, all->starts[root]};
		for (Size steps = 1;; steps++)
		{
			Visit *visit = &visits[at];

			if (steps % STEPS_BETWEEN_CHECKS == 0)
				CHECK_FOR_INTERRUPTS();

			if (visit->next < all->starts[at + 1])
			{
				uint32 to = all->others[visit->next++];

				if (visits[to].order != 0)
					visit->low = Min(visit->low, visits[to].order);
				else
				{
					order++;
					visits[to] = (Visit){order, order, at, all->starts[to]};
					at = to;
				}
				continue;
			}
			if (at == root)
				break;
			/* what lies behind reaches no further back than to from */
			if (visit->low >= visits[visit->from].order)
				parts[visit->from]++;
			visits[visit->from].low = Min(visits[visit->from].low, visit->low);
			at = visit->from;
		}
	}
	/* but for a root, there is also what lies before */
	for (uint32 i = 0; i < n; i++)
		if (visits[i].from != i)
			parts[i]++;
	pfree(visits);
	return components;
}

/*
 * PageRank: where somebody is found who goes from partner to partner, with
 * probability DAMPING to one that shares nodes, as often as these are, and else
 * to any (Brin and Page, 1998, with weights).  Who is connected with nobody
 * sends on to any.  Each round takes the rank that is out of place to at most
 * DAMPING of what it was; the sums are taken in the order of partners and of
 * only +, * and /, so that they are always the same.
 */
#define DAMPING    0.85
#define TOLERANCE  1e-13
#define MAX_ROUNDS 1000

static double *
rank_partners(const Network *network, const Pairs *pairs,
			  const int64 *strength)
{
	uint32 n = network->n;
	double *rank = allocate_array(n, sizeof(double));
	double *share = allocate_array(n, sizeof(double));
	double *next = allocate_array(n, sizeof(double));

	for (uint32 i = 0; i < n; i++)
		rank[i] = 1.0 / n;
	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		double unconnected = 0;
		double change = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < n; i++)
		{
			next[i] = 0;
			if (strength[i] == 0)
				unconnected += rank[i];
			else
				share[i] = rank[i] / (double) strength[i];
		}
		for (uint32 i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			for (Size j = pairs->starts[i]; j < pairs->starts[i + 1]; j++)
			{
				const Pair *pair = &pairs->pairs[j];

				next[i] += share[pair->other] * (double) pair->nodes;
				next[pair->other] += share[i] * (double) pair->nodes;
			}
		}
		for (uint32 i = 0; i < n; i++)
		{
			double ranked = DAMPING * next[i] +
							(1.0 - DAMPING + DAMPING * unconnected) / n;

			change += fabs(ranked - rank[i]);
			rank[i] = ranked;
		}
		if (change <= TOLERANCE)
			break;
	}
	pfree(share);
	pfree(next);
	return rank;
}

/* ---- rows ---- */

static int64
min_shared_argument(FunctionCallInfo fcinfo, int argno)
{
	int64 min_shared = PG_GETARG_INT64(argno);

	if (min_shared < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("min_shared must be at least 1"),
						errdetail("It is " INT64_FORMAT ".", min_shared)));
	return min_shared;
}

/* A row being filled from its first column to its last */
typedef struct Row
{
	int n;
	Datum values[16];
	bool nulls[16];
} Row;

static void
add_value(Row *row, Datum value)
{
	row->nulls[row->n] = false;
	row->values[row->n++] = value;
}

static void
add_null(Row *row)
{
	row->nulls[row->n] = true;
	row->values[row->n++] = (Datum) 0;
}

static void
add_count(Row *row, int64 count)
{
	add_value(row, Int64GetDatum(count));
}

static void
add_name(Row *row, const Network *network, uint32 partner)
{
	add_value(row, PointerGetDatum(cstring_to_text_with_len(
					   network->names[partner].bytes,
					   (int) network->names[partner].length)));
}

static void
add_amount(Row *row, const Network *network, int128 amount)
{
	if (network->amounts == NULL)
		add_null(row);
	else
		add_value(row, NumericGetDatum(
						   numeric_from_decimal(amount, network->scale)));
}

/* NULL where there is nothing to divide by */
static void
add_ratio(Row *row, double numerator, double denominator)
{
	if (denominator == 0)
		add_null(row);
	else
		add_value(row, Float8GetDatum(numerator / denominator));
}

/*
 * partner_pairs(partner_network, min_shared bigint)
 *		-> setof (partner, other_partner, shared_nodes, shared_amount, jaccard,
 *		share_of_partner, share_of_other, lift)
 */
Datum
partner_pairs(PG_FUNCTION_ARGS)
{
	int64 min_shared = min_shared_argument(fcinfo, 1);
	Network network = read_network(NETWORK_ARGUMENT(0));
	PartnerCounts *counts = count_partners(&network);
	Pairs pairs = count_pairs(&network, min_shared, true);
	MemoryContext row_memory = AllocSetContextCreate(CurrentMemoryContext,
													 "partner pairs",
													 ALLOCSET_DEFAULT_SIZES);

	begin_rows(fcinfo);
	for (uint32 i = 0; i < network.n; i++)
		for (Size j = pairs.starts[i]; j < pairs.starts[i + 1]; j++)
		{
			Pair pair = pairs.pairs[j];
			double shared = (double) pair.nodes;
			MemoryContext caller = MemoryContextSwitchTo(row_memory);
			Row row = {0};

			CHECK_FOR_INTERRUPTS();
			add_name(&row, &network, i);
			add_name(&row, &network, pair.other);
			add_count(&row, pair.nodes);
			add_amount(&row, &network, pairs.amounts ? pairs.amounts[j] : 0);
			add_ratio(&row, shared,
					  (double) (counts[i].nodes + counts[pair.other].nodes -
								pair.nodes));
			add_ratio(&row, shared, (double) counts[i].nodes);
			add_ratio(&row, shared, (double) counts[pair.other].nodes);
			add_ratio(&row, shared * (double) network.nnodes,
					  (double) counts[i].nodes *
						  (double) counts[pair.other].nodes);
			put_row(fcinfo, row.values, row.nulls);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(row_memory);
		}
	return (Datum) 0;
}

/*
 * partner_centrality(partner_network, min_shared bigint)
 *		-> setof (partner, nodes, amount, exclusive_nodes, exclusive_amount,
 *		connections, connection_share, strength, pagerank)
 */
Datum
partner_centrality(PG_FUNCTION_ARGS)
{
	int64 min_shared = min_shared_argument(fcinfo, 1);
	Network network = read_network(NETWORK_ARGUMENT(0));
	uint32 n = network.n;
	PartnerCounts *counts = count_partners(&network);
	Pairs pairs = count_pairs(&network, min_shared, false);
	int64 *connections = allocate_array(n, sizeof(int64));
	int64 *strength = allocate_array(n, sizeof(int64));
	double *rank;

	memset(connections, 0, n * sizeof(int64));
	memset(strength, 0, n * sizeof(int64));
	for (uint32 i = 0; i < n; i++)
		for (Size j = pairs.starts[i]; j < pairs.starts[i + 1]; j++)
		{
			Pair pair = pairs.pairs[j];

			connections[i]++;
			connections[pair.other]++;
			strength[i] += pair.nodes;
			strength[pair.other] += pair.nodes;
		}
	rank = rank_partners(&network, &pairs, strength);
	begin_rows(fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		Row row = {0};

		CHECK_FOR_INTERRUPTS();
		add_name(&row, &network, i);
		add_count(&row, counts[i].nodes);
		add_amount(&row, &network, counts[i].amount);
		add_count(&row, counts[i].exclusive_nodes);
		add_amount(&row, &network, counts[i].exclusive_amount);
		add_count(&row, connections[i]);
		add_ratio(&row, (double) connections[i], (double) n - 1);
		add_count(&row, strength[i]);
		add_value(&row, Float8GetDatum(rank[i]));
		put_row(fcinfo, row.values, row.nulls);
	}
	return (Datum) 0;
}

/*
 * network_removal(partner_network, min_shared bigint)
 *		-> setof (partner, nodes, amount, shared_nodes, shared_amount,
 *		ended_nodes, ended_amount, others_change, connections_lost,
 *		partners_left_unconnected, components_after)
 *
 * Rows say who was where, not what would have been.  So what others lose with a
 * partner is bounded from two sides: at most all that they do at nodes where
 * the partner is, too, and at least the partnership at nodes where it is the
 * only other.
 */
Datum
network_removal(PG_FUNCTION_ARGS)
{
	int64 min_shared = min_shared_argument(fcinfo, 1);
	Network network = read_network(NETWORK_ARGUMENT(0));
	uint32 n = network.n;
	PartnerCounts *counts = count_partners(&network);
	Pairs pairs = count_pairs(&network, min_shared, false);
	Connections all = list_connections(&network, &pairs);
	uint32 *parts = allocate_array(n, sizeof(uint32));
	uint32 components = find_components(n, &all, parts);

	begin_rows(fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		const PartnerCounts *partner = &counts[i];
		int64 left_unconnected = 0;
		Row row = {0};

		CHECK_FOR_INTERRUPTS();
		for (Size j = all.starts[i]; j < all.starts[i + 1]; j++)
			left_unconnected += degree(&all, all.others[j]) == 1 ? 1 : 0;
		add_name(&row, &network, i);
		add_count(&row, partner->nodes);
		add_amount(&row, &network, partner->amount);
		add_count(&row, partner->nodes - partner->exclusive_nodes);
		add_amount(&row, &network,
				   partner->amount - partner->exclusive_amount);
		add_count(&row, partner->ended_nodes);
		add_amount(&row, &network, partner->ended_amount);
		add_ratio(&row, 0.0 - (double) partner->with_others,
				  (double) count_links(&network) - (double) partner->nodes);
		add_count(&row, (int64) degree(&all, i));
		add_count(&row, left_unconnected);
		add_count(&row, (int64) components - 1 + parts[i]);
		put_row(fcinfo, row.values, row.nulls);
	}
	return (Datum) 0;
}

/*
 * network_totals(partner_network, min_shared bigint)
 *		-> (partners, nodes, nodes_without_partner, joint_nodes, amount,
 *		nodes_without_amount, rows_without_node, partners_per_node,
 *		partners_per_partnered_node, connected_pairs, density, components,
 *		unconnected_partners)
 */
Datum
network_totals(PG_FUNCTION_ARGS)
{
	int64 min_shared = min_shared_argument(fcinfo, 1);
	const PartnerNetwork *value = NETWORK_ARGUMENT(0);
	Network network = read_network(value);
	double n = network.n;
	Pairs pairs = count_pairs(&network, min_shared, false);
	Connections all = list_connections(&network, &pairs);
	uint32 *parts = allocate_array(network.n, sizeof(uint32));
	double links = (double) count_links(&network);
	int64 without_partner = 0;
	int64 joint = 0;
	int64 unconnected = 0;
	int128 amount = 0;
	Row row = {0};

	for (uint32 i = 0; i < network.nnodes; i++)
	{
		Size partners = network.starts[i + 1] - network.starts[i];

		check_for_interrupts_at(i);
		without_partner += partners == 0 ? 1 : 0;
		joint += partners > 1 ? 1 : 0;
		amount += network.amounts ? network.amounts[i] : 0;
	}
	for (uint32 i = 0; i < network.n; i++)
		unconnected += degree(&all, i) == 0 ? 1 : 0;
	begin_rows(fcinfo);
	add_count(&row, network.n);
	add_count(&row, network.nnodes);
	add_count(&row, without_partner);
	add_count(&row, joint);
	add_amount(&row, &network, amount);
	add_count(&row, network.nodes_without_amount);
	add_count(&row, value->rows_without_node);
	add_ratio(&row, links, (double) network.nnodes);
	add_ratio(&row, links, (double) (network.nnodes - without_partner));
	add_count(&row, (int64) pair_count(&network, &pairs));
	add_ratio(&row, (double) pair_count(&network, &pairs),
			  n < 2 ? 0 : n * (n - 1) / 2);
	add_count(&row, find_components(network.n, &all, parts));
	add_count(&row, unconnected);
	put_row(fcinfo, row.values, row.nulls);
	return (Datum) 0;
}

/*
 * partners_per_node(partner_network) -> setof (partners, nodes, amount)
 */
Datum
partners_per_node(PG_FUNCTION_ARGS)
{
	Network network = read_network(NETWORK_ARGUMENT(0));
	int64 *nodes = allocate_array((Size) network.n + 1, sizeof(int64));
	int128 *amounts = allocate_array((Size) network.n + 1, sizeof(int128));

	memset(nodes, 0, ((Size) network.n + 1) * sizeof(int64));
	memset(amounts, 0, ((Size) network.n + 1) * sizeof(int128));
	for (uint32 i = 0; i < network.nnodes; i++)
	{
		Size partners = network.starts[i + 1] - network.starts[i];

		check_for_interrupts_at(i);
		nodes[partners]++;
		amounts[partners] += network.amounts ? network.amounts[i] : 0;
	}
	begin_rows(fcinfo);
	for (uint32 i = 0; i <= network.n; i++)
	{
		Row row = {0};

		CHECK_FOR_INTERRUPTS();
		if (nodes[i] == 0)
			continue;
		add_count(&row, i);
		add_count(&row, nodes[i]);
		add_amount(&row, &network, amounts[i]);
		put_row(fcinfo, row.values, row.nulls);
	}
	return (Datum) 0;
}
