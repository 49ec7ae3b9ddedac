/*
 * partner_network.c
 *		Which partners meet at which deals or accounts, from rows.
 *
 * Partners are connected through the nodes they share, and rows of one node may
 * come in any order, twice, and from different workers.  So the state keeps
 * each node with its partners; what is to be known of the network is counted
 * from that when it is asked for (partner_network_graph.c).
 *
 * The state is the value, as for every aggregate here.  Inside an aggregate it
 * is an expanded object: a table that finds a node by the hash of its id, and a
 * list of links, a node's number and a partner's, to which a row adds one.
 * When the list is full its links are sorted and those that came twice dropped;
 * it is doubled where that did not free half of it.
 *
 * The table is probed from the place that the first bits of the hash name.  So
 * reading it from its first slot to its last gives the nodes nearly in the
 * order of their hashes, which is the order of a value; and the nodes of a
 * value that is merged into it, which come in that order, are found at places
 * next to each other.
 *
 * A value is limited to 1 GB, as any in PostgreSQL is: some 40 million deals
 * with ids of type bigint and three partners each.
 *
 * IDENTIFICATION
 *		src/network/partner_network.c
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "base/aggregate_state.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/hex_text.h"
#include "base/rows_disagree.h"
#include "network/partner_network_private.h"

PG_FUNCTION_INFO_V1(partner_network_combine);
PG_FUNCTION_INFO_V1(partner_network_final);

typedef struct Link
{
	uint32 node;
	uint32 partner;
} Link;

/* A partner_network that is being built */
typedef struct Builder
{
	ExpandedObjectHeader header;
	NodeKind nodes_kind;
	int scale; /* of the amounts as they were shown */
	int64 rows_without_node;

	IdTable nodes;
	IdTable partners;

	/* of each node, of scale NO_AMOUNT where there is none; NULL: nowhere */
	Decimal *amounts;
	uint32 amount_space;

	Size nlinks;
	Size link_space;
	Link *links;

	PartnerNetwork *flat; /* between get_flat_size() and flatten_into() */
} Builder;

#define NO_AMOUNT (-1)

static Size get_flat_size(ExpandedObjectHeader *header);
static void flatten_into(ExpandedObjectHeader *header, void *result,
						 Size size);

static const ExpandedObjectMethods builder_methods = {get_flat_size,
													  flatten_into};

/* ---- ids ---- */

static uint32
partner_number(Builder *builder, const NetworkId *id)
{
	uint32 number = id_number(&builder->partners, id->bytes, id->length);

	if (unlikely(number >= MAX_NETWORK_PARTNERS))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many partners in a partner_network"),
				 errdetail("At most %d are allowed.", MAX_NETWORK_PARTNERS),
				 errhint("Are node and partner exchanged?")));
	return number;
}

static uint32
node_number(Builder *builder, const NetworkId *id)
{
	return id_number(&builder->nodes, id->bytes, id->length);
}

static void
set_nodes_kind(Builder *builder, NodeKind kind)
{
	if (likely(builder->nodes_kind == kind))
		return;
	if (builder->nodes_kind != NO_NODES)
	{
		static const char *const types[] = {NULL, "text", "bigint", "uuid"};

		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("nodes of a partner_network must have ids of one "
						"type"),
				 errdetail("Some are %s and some are %s.",
						   types[Min(builder->nodes_kind, kind)],
						   types[Max(builder->nodes_kind, kind)]),
				 errhint("Cast them all to text.")));
	}
	builder->nodes_kind = kind;
}

/* How people write an id; room is for any that is not text. */
static NetworkId
readable_id(NodeKind kind, const char *bytes, uint32 length, char *room)
{
	NetworkId id = {bytes, length};

	if (kind == BIGINT_NODES)
		id.length = pg_lltoa((int64) pg_ntoh64(*(const uint64 *) bytes), room);
	else if (kind == UUID_NODES)
		id.length = write_uuid(bytes, room);
	else
		return id;
	id.bytes = room;
	return id;
}

#define READABLE_ID_ROOM 40

/* ---- amounts ---- */

pg_noreturn static void
refuse_two_amounts(const Builder *builder, uint32 node, Decimal one,
				   Decimal other)
{
	NetworkId id = builder->nodes.ids[node];
	uint64 aligned[2];
	char room[READABLE_ID_ROOM];
	ShownPair amounts = show_pair(one, other);

	if (builder->nodes_kind != TEXT_NODES)
	{
		memcpy(aligned, id.bytes, id.length);
		id = readable_id(builder->nodes_kind, (char *) aligned, id.length,
						 room);
	}
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("node \"%.*s\" has two amounts", (int) id.length,
					id.bytes),
			 errdetail("They are %s and %s.", amounts.smaller, amounts.larger),
			 errhint("The amount is that of the deal or account, the same in "
					 "each of its rows.")));
}

/* An amount of a node, at its smallest scale */
static void
add_amount(Builder *builder, uint32 node, Decimal amount)
{
	Decimal *known;

	if (node >= builder->amount_space)
	{
		uint32 space = builder->amount_space;

		MAKE_ROOM(builder->header.eoh_context, builder->amounts,
				  builder->amount_space, Max(node + 1, builder->nodes.room));
		for (uint32 i = space; i < builder->amount_space; i++)
			builder->amounts[i].scale = NO_AMOUNT;
	}
	known = &builder->amounts[node];
	if (known->scale == NO_AMOUNT)
		*known = amount;
	else if (unlikely(known->value != amount.value ||
					  known->scale != amount.scale))
		refuse_two_amounts(builder, node, *known, amount);
}

/* ---- links ---- */

/* Links by node, and of each node in the order of the partners' numbers */
typedef struct GroupedLinks
{
	Size *starts; /* of each node, and the end */
	uint32 *partners;
} GroupedLinks;

#define ST_SORT          sort_numbers
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sorts the links, each once, in the current memory context.  places are the
 * numbers that partners are to have, NULL: those that they have.
 */
static GroupedLinks
group_links(const Builder *builder, const uint32 *places)
{
	uint32 nnodes = builder->nodes.n;
	GroupedLinks grouped;
	Size *next = allocate_array((Size) nnodes + 1, sizeof(Size));
	Size kept = 0;
	Size start = 0;

	grouped.starts = allocate_array((Size) nnodes + 1, sizeof(Size));
	grouped.partners = allocate_array(builder->nlinks, sizeof(uint32));
	memset(next, 0, ((Size) nnodes + 1) * sizeof(Size));
	for (Size i = 0; i < builder->nlinks; i++)
	{
		check_for_interrupts_at(i);
		next[builder->links[i].node + 1]++;
	}
	for (uint32 i = 0; i < nnodes; i++)
	{
		check_for_interrupts_at(i);
		next[i + 1] += next[i];
	}
	for (Size i = 0; i < builder->nlinks; i++)
	{
		const Link *link = &builder->links[i];

		check_for_interrupts_at(i);
		grouped.partners[next[link->node]++] = places ? places[link->partner]
													  : link->partner;
	}

	/* now next is where the node's links end */
	for (uint32 i = 0; i < nnodes; i++)
	{
		uint32 *partners = grouped.partners + start;
		Size n = next[i] - start;

		check_for_interrupts_at(i);
		start = next[i];
		grouped.starts[i] = kept;
		if (n > 1)
			sort_numbers(partners, n);
		for (Size j = 0; j < n; j++)
		{
			check_for_interrupts_at(j);
			if (j == 0 || partners[j] != partners[j - 1])
				grouped.partners[kept++] = partners[j];
		}
	}
	grouped.starts[nnodes] = kept;
	pfree(next);
	return grouped;
}

/* Drops links that came twice. */
static void
compact_links(Builder *builder)
{
	GroupedLinks grouped = group_links(builder, NULL);

	for (uint32 i = 0; i < builder->nodes.n; i++)
		for (Size j = grouped.starts[i]; j < grouped.starts[i + 1]; j++)
		{
			check_for_interrupts_at(j);
			builder->links[j] = (Link){i, grouped.partners[j]};
		}
	builder->nlinks = grouped.starts[builder->nodes.n];
	pfree(grouped.starts);
	pfree(grouped.partners);
}

static void
make_link_room(Builder *builder, Size n)
{
	if (builder->link_space - builder->nlinks >= n)
		return;
	if (builder->nlinks > 0)
		compact_links(builder);
	if (builder->nlinks + n <= builder->link_space / 2)
		return;
	MAKE_ROOM(builder->header.eoh_context, builder->links, builder->link_space,
			  Max(builder->link_space + 1, builder->nlinks + n));
}

static inline void
add_link(Builder *builder, uint32 node, uint32 partner)
{
	if (builder->nlinks > 0)
	{
		const Link *last = &builder->links[builder->nlinks - 1];

		if (last->node == node && last->partner == partner)
			return;
	}
	if (unlikely(builder->nlinks == builder->link_space))
		make_link_room(builder, 1);
	builder->links[builder->nlinks++] = (Link){node, partner};
}

/* ---- the value of a builder ---- */

/* A partner's name, and its number in the builder */
typedef struct PlacedId
{
	NetworkId id;
	uint32 number;
} PlacedId;

#define ST_SORT         sort_names
#define ST_ELEMENT_TYPE PlacedId
#define ST_COMPARE(a, b) \
	compare_bytes((a)->id.bytes, (a)->id.length, (b)->id.bytes, (b)->id.length)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Writes the partners; the place of each by its number. */
static uint32 *
write_partners(ByteBuffer *out, const Builder *builder)
{
	uint32 n = builder->partners.n;
	PlacedId *placed = allocate_array(n, sizeof(PlacedId));
	uint32 *places = allocate_array(n, sizeof(uint32));

	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		placed[i] = (PlacedId){builder->partners.ids[i], i};
	}
	sort_names(placed, n);
	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		places[placed[i].number] = i;
		reserve_bytes(out, VARINT_SIZE + placed[i].id.length);
		write_varint(out, placed[i].id.length);
		write_bytes(out, placed[i].id.bytes, placed[i].id.length);
	}
	pfree(placed);
	return places;
}

/* In the current context; the builder stays as it is. */
static PartnerNetwork *
network_of_builder(const Builder *builder)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "partner network",
												  ALLOCSET_DEFAULT_SIZES);
	ByteBuffer out = {0};
	PartnerNetwork *network;
	uint32 *places;
	GroupedLinks grouped;
	uint32 *nodes;
	uint32 fixed_length = node_id_length(builder->nodes_kind);

	reserve_bytes(&out, NETWORK_HEADER_SIZE + builder->nlinks +
							(Size) builder->nodes.n * 16);
	memset(out.data, 0, NETWORK_HEADER_SIZE);
	out.length = NETWORK_HEADER_SIZE;
	MemoryContextSwitchTo(scratch);
	places = write_partners(&out, builder);
	grouped = group_links(builder, places);
	nodes = ids_by_hash(&builder->nodes);
	for (uint32 i = 0; i < builder->nodes.n; i++)
	{
		uint32 node = nodes[i];
		NetworkId id = builder->nodes.ids[node];
		Size start = grouped.starts[node];
		Size n = grouped.starts[node + 1] - start;
		int64 before = -1;

		check_for_interrupts_at(i);
		reserve_bytes(&out, VARINT_SIZE * (2 + n) + id.length + DECIMAL_SIZE);
		if (fixed_length == 0)
			write_varint(&out, id.length);
		write_bytes(&out, id.bytes, id.length);
		if (node < builder->amount_space &&
			builder->amounts[node].scale != NO_AMOUNT)
			write_value(&out, builder->amounts[node]);
		else
			out.data[out.length++] = 0;
		write_varint(&out, n);
		for (Size j = start; j < start + n; j++)
		{
			check_for_interrupts_at(j);
			write_varint(&out, (uint64) (grouped.partners[j] - before - 1));
			before = grouped.partners[j];
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);

	/* A dump has the text form. */
	if (out.length > MAX_HEX_VALUE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("partner_network would exceed %zu bytes",
							   (Size) MAX_HEX_VALUE),
						errdetail("It keeps each of %u nodes once.",
								  builder->nodes.n),
						errhint("Ids of type bigint take the least room.")));
	network = repalloc_huge(out.data, out.length);
	SET_VARSIZE(network, out.length);
	network->version = PARTNER_NETWORK_VERSION;
	network->nodes = builder->nodes_kind;
	network->scale = builder->scale;
	network->npartners = builder->partners.n;
	network->nnodes = builder->nodes.n;
	network->rows_without_node = builder->rows_without_node;
	return network;
}

/* ---- the expanded object ---- */

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	Builder *builder = (Builder *) header;

	if (builder->flat == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(header->eoh_context);

		builder->flat = network_of_builder(builder);
		MemoryContextSwitchTo(caller);
	}
	return VARSIZE(builder->flat);
}

/* Follows get_flat_size(). */
static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	Builder *builder = (Builder *) header;

	Assert(builder->flat != NULL && size == VARSIZE(builder->flat));
	memcpy(result, builder->flat, size);
}

/* ---- aggregates ---- */

static Builder *
new_builder(FunctionCallInfo fcinfo)
{
	MemoryContext context = context_for_state(fcinfo,
											  "partner_network states");
	Builder *builder = MemoryContextAllocZero(context, sizeof(Builder));

	EOH_init_header(&builder->header, &builder_methods, context);
	begin_id_table(&builder->nodes, context);
	begin_id_table(&builder->partners, context);
	return builder;
}

static void
add_rows_without_node(Builder *builder, int64 rows)
{
	builder->rows_without_node += rows;
	if (builder->rows_without_node > MAX_NETWORK_ROWS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many rows in a partner_network")));
}

static void
add_network(Builder *builder, const PartnerNetwork *network)
{
	const char *at = network->data;
	uint32 *numbers;

	if (network->nodes != NO_NODES)
		set_nodes_kind(builder, network->nodes);
	add_rows_without_node(builder, network->rows_without_node);
	builder->scale = Max(builder->scale, network->scale);
	numbers = allocate_array(network->npartners, sizeof(uint32));
	for (uint32 i = 0; i < network->npartners; i++)
	{
		NetworkId id = read_network_id(&at);

		numbers[i] = partner_number(builder, &id);
	}

	/*
	 * Slots for all of them at once: nodes that come in the order of their
	 * hashes would crowd the start of a table that is still to grow.
	 */
	reserve_ids(&builder->nodes, (Size) builder->nodes.n + network->nnodes);
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		NetworkNode node;
		uint32 number;
		int64 partner = -1;

		check_for_interrupts_at(i);
		read_network_node(network->nodes, &at, &node);
		number = node_number(builder, &node.id);
		if (node.has_amount)
			add_amount(builder, number, node.amount);
		for (uint32 j = 0; j < node.npartners; j++)
		{
			partner = read_network_partner(&at, partner);
			add_link(builder, number, numbers[partner]);
		}
	}
	pfree(numbers);
}

/* The state in argument 0, to add to */
static Builder *
builder_argument(FunctionCallInfo fcinfo)
{
	Builder *builder;

	if (!PG_ARGISNULL(0))
	{
		struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

		if (likely(VARATT_IS_EXTERNAL_EXPANDED_RW(state)))
		{
			builder = (Builder *) DatumGetEOHP(PointerGetDatum(state));
			if (unlikely(builder->flat != NULL))
			{
				pfree(builder->flat);
				builder->flat = NULL;
			}
			return builder;
		}
	}
	builder = new_builder(fcinfo);
	if (!PG_ARGISNULL(0))
		add_network(builder, NETWORK_ARGUMENT(0));
	return builder;
}

/*
 * The id in an argument; of length 0 where there is none.  A bigint is kept
 * with its high byte first, so that it is the same on every machine.
 */
static inline NetworkId
id_argument(FunctionCallInfo fcinfo, int argno, NodeKind kind, uint64 *integer)
{
	NetworkId id = {NULL, 0};

	if (PG_ARGISNULL(argno))
		return id;
	if (kind == BIGINT_NODES)
	{
		*integer = pg_hton64((uint64) PG_GETARG_INT64(argno));
		id.bytes = (const char *) integer;
		id.length = sizeof(uint64);
	}
	else if (kind == UUID_NODES)
	{
		id.bytes = (const char *) PG_GETARG_UUID_P(argno)->data;
		id.length = UUID_LEN;
	}
	else
	{
		text *value = PG_GETARG_TEXT_PP(argno);

		id.bytes = VARDATA_ANY(value);
		id.length = VARSIZE_ANY_EXHDR(value);
		if (unlikely(id.length > MAX_ID_LENGTH))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("id of a node or partner is too long"),
					 errdetail("It has %u bytes; at most %d are allowed.",
							   id.length, MAX_ID_LENGTH)));
	}
	return id;
}

/* (state, node, partner[, amount numeric]) -> state */
static inline Datum
accumulate(FunctionCallInfo fcinfo, NodeKind node_kind, NodeKind partner_kind)
{
	Builder *builder = builder_argument(fcinfo);
	uint64 node_integer;
	uint64 partner_integer;
	char room[READABLE_ID_ROOM];
	NetworkId node_id = id_argument(fcinfo, 1, node_kind, &node_integer);
	NetworkId partner_id = id_argument(fcinfo, 2, partner_kind,
									   &partner_integer);
	bool has_partner = partner_id.length > 0;
	uint32 partner = 0;
	uint32 node;

	if (has_partner)
	{
		partner_id = readable_id(partner_kind, partner_id.bytes,
								 partner_id.length, room);
		partner = partner_number(builder, &partner_id);
	}
	if (node_id.length == 0)
	{
		add_rows_without_node(builder, 1);
		return EOHPGetRWDatum(&builder->header);
	}
	set_nodes_kind(builder, node_kind);
	node = node_number(builder, &node_id);
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		Decimal amount = amount_argument(fcinfo, 3);

		builder->scale = Max(builder->scale, amount.scale);
		add_amount(builder, node, shortest_decimal(amount));
	}
	if (has_partner)
		add_link(builder, node, partner);
	return EOHPGetRWDatum(&builder->header);
}

#define ACCUMULATE(name, node_kind, partner_kind)           \
	PG_FUNCTION_INFO_V1(name);                              \
	Datum name(PG_FUNCTION_ARGS)                            \
	{                                                       \
		return accumulate(fcinfo, node_kind, partner_kind); \
	}

ACCUMULATE(partner_network_accum_text_text, TEXT_NODES, TEXT_NODES)
ACCUMULATE(partner_network_accum_text_bigint, TEXT_NODES, BIGINT_NODES)
ACCUMULATE(partner_network_accum_text_uuid, TEXT_NODES, UUID_NODES)
ACCUMULATE(partner_network_accum_bigint_text, BIGINT_NODES, TEXT_NODES)
ACCUMULATE(partner_network_accum_bigint_bigint, BIGINT_NODES, BIGINT_NODES)
ACCUMULATE(partner_network_accum_bigint_uuid, BIGINT_NODES, UUID_NODES)
ACCUMULATE(partner_network_accum_uuid_text, UUID_NODES, TEXT_NODES)
ACCUMULATE(partner_network_accum_uuid_bigint, UUID_NODES, BIGINT_NODES)
ACCUMULATE(partner_network_accum_uuid_uuid, UUID_NODES, UUID_NODES)

/* The rows of both; NULL is none, and NULL only if both are. */
Datum
partner_network_combine(PG_FUNCTION_ARGS)
{
	Builder *builder;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	builder = builder_argument(fcinfo);
	if (!PG_ARGISNULL(1))
		add_network(builder, NETWORK_ARGUMENT(1));
	return EOHPGetRWDatum(&builder->header);
}

/* The state as the bytes of a value */
Datum
partner_network_final(PG_FUNCTION_ARGS)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	if (VARATT_IS_EXTERNAL_EXPANDED(state))
		PG_RETURN_POINTER(network_of_builder(
			(Builder *) DatumGetEOHP(PointerGetDatum(state))));
	PG_RETURN_POINTER(NETWORK_ARGUMENT(0));
}
