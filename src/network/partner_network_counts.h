/*
 * partner_network_counts.h
 *		A partner_network in arrays, and the pairs that are counted in it.
 *
 * A network is read in pieces, some nodes with all of their partners each, as
 * a builder has them; a value is one piece.  What is counted node by node needs
 * no more.
 *
 * IDENTIFICATION
 *		src/network/partner_network_counts.h
 */
#ifndef ECOSYSTEM_PARTNER_NETWORK_COUNTS_H
#define ECOSYSTEM_PARTNER_NETWORK_COUNTS_H

#include "postgres.h"

#include "fmgr.h"

#include "network/partner_network_builder.h"

typedef struct Network
{
	uint32 n; /* partners */
	NetworkId *names;
	int scale;
	int64 rows_without_node;

	/* of the pieces read so far */
	uint64 all_nodes;
	uint64 all_links;
	bool has_amounts;
	uint64 nodes_without_amount;
	int128 sum; /* of amounts without their signs */

	/* the piece */
	uint32 nnodes;
	Size *starts; /* of each node's partners, and the end */
	uint32 *partners;
	int128 *amounts; /* at scale, 0 where there is none; NULL: nowhere */

	/* where it comes from */
	const PartnerNetwork *value; /* or */
	const Builder *builder;
	uint32 *places; /* of the builder's partners */
	int next;       /* piece */
	Size links_room;
	Size nodes_room;
	Size amounts_room;
	MemoryContext context; /* of the piece */
	MemoryContext scratch;
} Network;

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

/* What is to be counted of a network, and what was */
typedef struct NetworkCounts
{
	PartnerCounts *partners;
	bool with_pairs;
	bool with_pair_amounts;
	int64 min_shared; /* nodes of a pair */
	Pairs pairs;
	int64
		*fans; /* nodes by how many partners they have; NULL: not asked for */
	int128 *fan_amounts;
} NetworkCounts;

/* partner_network_read.c */
extern Network network_argument(FunctionCallInfo fcinfo, int argno);
extern bool next_piece(Network *network);
extern void read_whole(Network *network);

/* partner_network_pairs.c */
extern void count_network(Network *network, NetworkCounts *counts);

#endif /* ECOSYSTEM_PARTNER_NETWORK_COUNTS_H */
