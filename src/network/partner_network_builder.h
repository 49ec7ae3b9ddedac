/*
 * partner_network_builder.h
 *		A partner_network that is being built.
 *
 * IDENTIFICATION
 *		src/network/partner_network_builder.h
 */
#ifndef ECOSYSTEM_PARTNER_NETWORK_BUILDER_H
#define ECOSYSTEM_PARTNER_NETWORK_BUILDER_H

#include "postgres.h"

#include "utils/expandeddatum.h"

#include "base/hash.h"
#include "base/row_streams.h"
#include "network/partner_network_private.h"

/* Partners with ids of type bigint, by these */
typedef struct IntegerPartner
{
	int64 id;
	uint32 number; /* + 1, 0: free */
	uint32 unused;
} IntegerPartner;

typedef struct Builder
{
	ExpandedObjectHeader header;
	NodeKind nodes_kind;
	int scale; /* of the amounts as they were shown */
	bool has_amounts;
	int64 rows_without_node;

	IdTable partners;
	uint32 nintegers;
	uint32 integer_slots; /* a power of two */
	IntegerPartner *integers;

	RowStreams rows;
	Size compact_at; /* the size from which rows that come twice are dropped */

	PartnerNetwork *flat; /* between get_flat_size() and flatten_into() */
} Builder;

/* What a row says: a node, and if they are there a partner and an amount */
typedef struct NetworkRow
{
	NetworkId id;
	uint32 partner;
	bool has_amount;
	Decimal amount; /* at its smallest scale */
} NetworkRow;

#define NO_PARTNER PG_UINT32_MAX

/* The nodes of one stream, in the order of a value */
typedef struct NodeList
{
	uint32 n;
	NetworkId *ids;
	Decimal *amounts; /* NULL: there are none */
	uint32 *starts;   /* of each node's partners, and the end */
	uint32 *partners; /* of a node, in the order of the numbers asked for */
} NodeList;

#define NO_AMOUNT (-1)

static inline bool
node_has_amount(const NodeList *nodes, uint32 i)
{
	return nodes->amounts != NULL && nodes->amounts[i].scale != NO_AMOUNT;
}

/* partner_network_rows.c */
extern void begin_network_rows(Builder *builder);
extern void add_network_row(Builder *builder, const NetworkRow *row);
extern void write_network_rows(const Builder *builder, BufFile *file);
extern void add_network_rows(Builder *builder, BufFile *file, uint32 *numbers);
extern void drop_repeated_rows(Builder *builder);
extern void read_nodes(const Builder *builder, int stream,
					   const uint32 *places, NodeList *nodes);

/* partner_network.c: the builder in a datum, or NULL: it is a value */
extern Builder *builder_of_datum(Datum datum);

/* partner_network_builder.c */
extern uint32 partner_number(Builder *builder, const NetworkId *id);
extern uint32 integer_partner_number(Builder *builder, int64 id);
extern NetworkId readable_id(NodeKind kind, const char *bytes, uint32 length,
							 char *room);

/* The names in the order of their bytes; the place of each by its number. */
extern NetworkId *order_partners(const Builder *builder, uint32 **places);

#define READABLE_ID_ROOM 40

#endif /* ECOSYSTEM_PARTNER_NETWORK_BUILDER_H */
