/*
 * partner_network_read.c
 *		A partner_network in arrays, from a value or from what builds it.
 *
 * IDENTIFICATION
 *		src/network/partner_network_read.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/memory.h"
#include "network/partner_network_counts.h"

Network
network_argument(FunctionCallInfo fcinfo, int argno)
{
	Network network = {0};

	network.context = CurrentMemoryContext;
	network.scratch = AllocSetContextCreate(network.context, "network piece",
											ALLOCSET_DEFAULT_SIZES);
	network.builder = builder_of_datum(PG_GETARG_DATUM(argno));
	if (network.builder != NULL)
	{
		network.n = network.builder->partners.n;
		network.scale = network.builder->scale;
		network.rows_without_node = network.builder->rows_without_node;
		network.names = order_partners(network.builder, &network.places);
		return network;
	}
	network.value = NETWORK_ARGUMENT(argno);
	network.n = network.value->npartners;
	network.scale = network.value->scale;
	network.rows_without_node = network.value->rows_without_node;
	return network;
}

/* ---- nodes ---- */

/* Begins with room for so many nodes more. */
static void
make_node_room(Network *network, Size more)
{
	Size n = (Size) network->nnodes + more;

	if (n > PG_INT32_MAX)
		refuse_array();
	MAKE_ROOM(network->context, network->starts, network->nodes_room, n + 1);
	if (network->amounts != NULL)
		MAKE_ROOM(network->context, network->amounts, network->amounts_room,
				  n);
}

/*
 * Sums of amounts need no checks behind this: the amounts without their signs
 * have a sum that is in range, so those of any of them are.
 */
static void
add_amount(Network *network, bool has_amount, const Decimal *known)
{
	uint32 i = network->nnodes;
	int128 amount;

	if (!has_amount)
	{
		network->nodes_without_amount++;
		if (network->amounts != NULL)
			network->amounts[i] = 0;
		return;
	}
	if (network->amounts == NULL)
	{
		network->has_amounts = true;
		MAKE_ROOM(network->context, network->amounts, network->amounts_room,
				  network->nodes_room);
		memset(network->amounts, 0, i * sizeof(int128));
	}
	amount = exact_rescale(known->value, known->scale, network->scale);
	network->sum = exact_add(network->sum, amount < 0 ? -amount : amount);
	network->amounts[i] = amount;
}

static void
read_value_nodes(Network *network)
{
	const PartnerNetwork *value = network->value;
	const char *at = value->data;
	Size n = 0;

	network->names = allocate_array_in(network->context, network->n,
									   sizeof(NetworkId));
	for (uint32 i = 0; i < network->n; i++)
		network->names[i] = read_network_id(&at);
	make_node_room(network, value->nnodes);
	MAKE_ROOM(network->context, network->partners, network->links_room,
			  (Size) value->nnodes * 2);
	for (uint32 i = 0; i < value->nnodes; i++)
	{
		NetworkNode node;
		int64 partner = -1;

		check_for_interrupts_at(i);
		read_network_node(value->nodes, &at, &node);
		add_amount(network, node.has_amount, &node.amount);
		MAKE_ROOM(network->context, network->partners, network->links_room,
				  n + node.npartners);
		network->starts[network->nnodes++] = n;
		for (uint32 j = 0; j < node.npartners; j++)
		{
			partner = read_network_partner(&at, partner);
			network->partners[n++] = (uint32) partner;
		}
	}
	network->starts[network->nnodes] = n;
}

/* Adds those of one of the builder's streams. */
static void
read_stream_nodes(Network *network)
{
	NodeList nodes;
	Size n = network->nnodes == 0 ? 0 : network->starts[network->nnodes];
	MemoryContext caller = MemoryContextSwitchTo(network->scratch);

	read_nodes(network->builder, network->next, network->places, &nodes);
	make_node_room(network, nodes.n);
	MAKE_ROOM(network->context, network->partners, network->links_room,
			  n + nodes.starts[nodes.n]);
	if (nodes.n > 0)
		memcpy(network->partners + n, nodes.partners,
			   nodes.starts[nodes.n] * sizeof(uint32));
	for (uint32 i = 0; i < nodes.n; i++)
	{
		bool has_amount = node_has_amount(&nodes, i);

		add_amount(network, has_amount, has_amount ? &nodes.amounts[i] : NULL);
		network->starts[network->nnodes++] = n + nodes.starts[i];
	}
	network->starts[network->nnodes] = n + nodes.starts[nodes.n];
	MemoryContextSwitchTo(caller);
	MemoryContextReset(network->scratch);
}

/* Adds the next nodes to the piece; false: there are none. */
static bool
add_nodes(Network *network)
{
	uint32 before = network->nnodes;
	Size links = before == 0 ? 0 : network->starts[before];

	if (network->next ==
		(network->builder == NULL ? 1 : stream_count(&network->builder->rows)))
		return false;
	if (network->builder == NULL)
		read_value_nodes(network);
	else
		read_stream_nodes(network);
	network->next++;
	network->all_nodes += network->nnodes - before;
	/* Counters have 32 bits. */
	if (network->all_nodes > PG_INT32_MAX)
		refuse_array();
	network->all_links += network->starts[network->nnodes] - links;
	return true;
}

bool
next_piece(Network *network)
{
	network->nnodes = 0;
	return add_nodes(network);
}

/* All pieces as one */
void
read_whole(Network *network)
{
	network->nnodes = 0;
	while (add_nodes(network))
		;
}
