/*
 * partner_network_graph.c
 *		What a partner_network says: pairs, centrality, removal, totals.
 *
 * Two partners are connected if they share nodes, at least so many
 * (partner_network_pairs.c).
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
#include "network/partner_network_counts.h"

PG_FUNCTION_INFO_V1(partner_pairs);
PG_FUNCTION_INFO_V1(partner_centrality);
PG_FUNCTION_INFO_V1(network_removal);
PG_FUNCTION_INFO_V1(network_totals);
PG_FUNCTION_INFO_V1(partners_per_node);

/* Steps between two looks whether the query was cancelled */
#define STEPS_BETWEEN_CHECKS (1 << 20)

/* ---- connections ---- */

static Size
pair_count(const Network *network, const Pairs *pairs)
{
	return pairs->starts[network->n];
}

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

/* Pairs of at least so many nodes as argument 1 says */
static NetworkCounts
pairs_to_count(FunctionCallInfo fcinfo, bool with_amounts)
{
	NetworkCounts counts = {0};

	counts.with_pairs = true;
	counts.with_pair_amounts = with_amounts;
	counts.min_shared = PG_GETARG_INT64(1);
	if (counts.min_shared < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_shared must be at least 1"),
				 errdetail("It is " INT64_FORMAT ".", counts.min_shared)));
	return counts;
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
	if (!network->has_amounts)
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
	NetworkCounts counted = pairs_to_count(fcinfo, true);
	Network network = network_argument(fcinfo, 0);
	MemoryContext row_memory = AllocSetContextCreate(CurrentMemoryContext,
													 "partner pairs",
													 ALLOCSET_DEFAULT_SIZES);
	const PartnerCounts *counts;
	Pairs pairs;

	count_network(&network, &counted);
	counts = counted.partners;
	pairs = counted.pairs;
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
			add_ratio(&row, shared * (double) network.all_nodes,
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
	NetworkCounts counted = pairs_to_count(fcinfo, false);
	Network network = network_argument(fcinfo, 0);
	uint32 n = network.n;
	int64 *connections = allocate_zeros(n, sizeof(int64));
	int64 *strength = allocate_zeros(n, sizeof(int64));
	const PartnerCounts *counts;
	Pairs pairs;
	double *rank;

	count_network(&network, &counted);
	counts = counted.partners;
	pairs = counted.pairs;
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
	NetworkCounts counted = pairs_to_count(fcinfo, false);
	Network network = network_argument(fcinfo, 0);
	uint32 n = network.n;
	uint32 *parts = allocate_array(n, sizeof(uint32));
	Connections all;
	uint32 components;

	count_network(&network, &counted);
	all = list_connections(&network, &counted.pairs);
	components = find_components(n, &all, parts);
	begin_rows(fcinfo);
	for (uint32 i = 0; i < n; i++)
	{
		const PartnerCounts *partner = &counted.partners[i];
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
				  (double) network.all_links - (double) partner->nodes);
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
	NetworkCounts counted = pairs_to_count(fcinfo, false);
	Network network = network_argument(fcinfo, 0);
	double n = network.n;
	uint32 *parts = allocate_array(network.n, sizeof(uint32));
	int64 joint = 0;
	int64 unconnected = 0;
	int128 amount = 0;
	Row row = {0};
	Connections all;
	int64 without_partner;
	double links;
	double npairs;

	count_network(&network, &counted);
	all = list_connections(&network, &counted.pairs);
	links = (double) network.all_links;
	npairs = (double) pair_count(&network, &counted.pairs);
	without_partner = counted.fans[0];
	for (uint32 i = 0; i <= network.n; i++)
	{
		joint += i > 1 ? counted.fans[i] : 0;
		amount += counted.fan_amounts[i];
	}
	for (uint32 i = 0; i < network.n; i++)
		unconnected += degree(&all, i) == 0 ? 1 : 0;
	begin_rows(fcinfo);
	add_count(&row, network.n);
	add_count(&row, (int64) network.all_nodes);
	add_count(&row, without_partner);
	add_count(&row, joint);
	add_amount(&row, &network, amount);
	add_count(&row, (int64) network.nodes_without_amount);
	add_count(&row, network.rows_without_node);
	add_ratio(&row, links, (double) network.all_nodes);
	add_ratio(&row, links,
			  (double) ((int64) network.all_nodes - without_partner));
	add_count(&row, (int64) npairs);
	add_ratio(&row, npairs, n < 2 ? 0 : n * (n - 1) / 2);
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
	Network network = network_argument(fcinfo, 0);
	NetworkCounts counted = {0};

	count_network(&network, &counted);
	begin_rows(fcinfo);
	for (uint32 i = 0; i <= network.n; i++)
	{
		Row row = {0};

		CHECK_FOR_INTERRUPTS();
		if (counted.fans[i] == 0)
			continue;
		add_count(&row, i);
		add_count(&row, counted.fans[i]);
		add_amount(&row, &network, counted.fan_amounts[i]);
		put_row(fcinfo, row.values, row.nulls);
	}
	return (Datum) 0;
}
