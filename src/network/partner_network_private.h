/*
 * partner_network_private.h
 *		The bytes of a partner_network, and how to read them.
 *
 * Behind the header come the partners, in the order of their bytes, each
 *
 *		length, name
 *
 * and then the nodes (deals or accounts), in the order of the hash of their
 * ids, and of the bytes of those should two hash alike, each
 *
 *		length, id				(bigint and uuid: 8 and 16 bytes, no length)
 *		amount, or none
 *		partners, and for each, in their order:
 *			number - number of the one before - 1
 *
 * Numbers and amounts are those of varint.h; an amount is at the smallest scale
 * that holds it.  There is one way to write a network, so equal networks are
 * equal bytes.  A partner may have no node, and a node no partner.
 *
 * IDENTIFICATION
 *		src/network/partner_network_private.h
 */
#ifndef ECOSYSTEM_PARTNER_NETWORK_PRIVATE_H
#define ECOSYSTEM_PARTNER_NETWORK_PRIVATE_H

#include "postgres.h"

#include "base/aggregate_state.h"
#include "base/id_table.h"
#include "base/value.h"
#include "base/varint.h"

#define PARTNER_NETWORK_VERSION 1

extern const ValueType partner_network_type;

/* Nothing here goes with its square. */
#define MAX_NETWORK_PARTNERS 1000000

/* Of the id of a partner or a node, in bytes */
#define MAX_ID_LENGTH 1000

/* Far above any count and low enough that their sums need no care. */
#define MAX_NETWORK_ROWS (PG_INT64_MAX / 4)

typedef enum NodeKind
{
	NO_NODES, /* there are none yet */
	TEXT_NODES,
	BIGINT_NODES, /* high byte first */
	UUID_NODES
} NodeKind;

typedef struct PartnerNetwork
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 nodes; /* a NodeKind */
	uint8 scale; /* that amounts are shown with */
	uint8 unused;
	uint32 npartners;
	uint32 nnodes;
	int64 rows_without_node;
	char data[FLEXIBLE_ARRAY_MEMBER];
} PartnerNetwork;

#define NETWORK_HEADER_SIZE offsetof(PartnerNetwork, data)

StaticAssertDecl(NETWORK_HEADER_SIZE == 24, "the header has no padding");

/* The network in argument argno, in one piece whatever it was before */
#define NETWORK_ARGUMENT(n) \
	((PartnerNetwork *) value_argument(fcinfo, n, &partner_network_type))

/* A name or an id, not terminated */
typedef TableId NetworkId;

/* A node as a network has it; its partners come next. */
typedef struct NetworkNode
{
	NetworkId id;
	bool has_amount;
	Decimal amount; /* at its smallest scale */
	uint32 npartners;
} NetworkNode;

/*
 * Reading, of bytes that somebody has checked
 */

static inline NetworkId
read_network_id(const char **at)
{
	NetworkId id;

	id.length = (uint32) read_varint(at);
	id.bytes = *at;
	*at += id.length;
	return id;
}

/* Bytes of an id that have no length before them; 0 for text */
static inline uint32
node_id_length(NodeKind kind)
{
	return kind == BIGINT_NODES ? 8 : kind == UUID_NODES ? 16 : 0;
}

static inline void
read_network_node(NodeKind kind, const char **at, NetworkNode *node)
{
	node->id.length = node_id_length(kind);
	node->id.bytes = *at;
	*at += node->id.length;
	if (node->id.length == 0)
		node->id = read_network_id(at);
	node->has_amount = read_value(at, &node->amount);
	node->npartners = (uint32) read_varint(at);
}

/* The partner before is told by its number, -1 for none. */
static inline uint32
read_network_partner(const char **at, int64 before)
{
	return (uint32) (before + 1 + (int64) read_varint(at));
}


#endif /* ECOSYSTEM_PARTNER_NETWORK_PRIVATE_H */
