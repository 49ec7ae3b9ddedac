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
 * is an expanded object, which keeps rows as they come
 * (partner_network_rows.c), and it may stay that until something stores or
 * sends it: what reads it reads the rows (partner_network_read.c).
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

#include "base/aggregate/aggregate_calls.h"
#include "base/aggregate_state.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/hex_text.h"
#include "base/rows_disagree.h"
#include "base/state_transfer.h"
#include "network/partner_network.h"
#include "network/partner_network_builder.h"

PG_FUNCTION_INFO_V1(partner_network_combine);
PG_FUNCTION_INFO_V1(partner_network_final);

static Size get_flat_size(ExpandedObjectHeader *header);
static void flatten_into(ExpandedObjectHeader *header, void *result,
						 Size size);

static const ExpandedObjectMethods builder_methods = {get_flat_size,
													  flatten_into};

/* ---- ids ---- */

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

/* ---- the value of a builder ---- */

static void
write_id(ByteBuffer *out, NetworkId id)
{
	reserve_bytes(out, VARINT_SIZE + id.length);
	write_varint(out, id.length);
	write_bytes(out, id.bytes, id.length);
}

static void
write_nodes(ByteBuffer *out, const NodeList *nodes, bool with_length)
{
	for (uint32 i = 0; i < nodes->n; i++)
	{
		NetworkId id = nodes->ids[i];
		uint32 start = nodes->starts[i];
		uint32 end = nodes->starts[i + 1];
		int64 before = -1;

		check_for_interrupts_at(i);
		reserve_bytes(out, VARINT_SIZE * (2 + (Size) (end - start)) +
							   id.length + DECIMAL_SIZE);
		if (with_length)
			write_varint(out, id.length);
		write_bytes(out, id.bytes, id.length);
		if (node_has_amount(nodes, i))
			write_value(out, nodes->amounts[i]);
		else
			out->data[out->length++] = 0;
		write_varint(out, end - start);
		for (uint32 j = start; j < end; j++)
		{
			write_varint(out, (uint64) (nodes->partners[j] - before - 1));
			before = nodes->partners[j];
		}
	}
}

/* In the current context; the builder stays as it is. */
static PartnerNetwork *
network_of_builder(const Builder *builder)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "partner network",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext of_stream = AllocSetContextCreate(scratch, "its nodes",
													ALLOCSET_DEFAULT_SIZES);
	ByteBuffer out = {0};
	PartnerNetwork *network;
	NetworkId *names;
	uint32 *places;
	uint64 nnodes = 0;

	reserve_bytes(&out, NETWORK_HEADER_SIZE + builder->rows.size);
	memset(out.data, 0, NETWORK_HEADER_SIZE);
	out.length = NETWORK_HEADER_SIZE;
	MemoryContextSwitchTo(scratch);
	names = order_partners(builder, &places);
	for (uint32 i = 0; i < builder->partners.n; i++)
		write_id(&out, names[i]);
	MemoryContextSwitchTo(of_stream);
	for (int i = 0; i < stream_count(&builder->rows); i++)
	{
		NodeList nodes;

		read_nodes(builder, i, places, &nodes);
		write_nodes(&out, &nodes, node_id_length(builder->nodes_kind) == 0);
		nnodes += nodes.n;
		MemoryContextReset(of_stream);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);

	/* A dump has the text form. */
	if (out.length > MAX_HEX_VALUE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("partner_network would exceed %zu bytes",
							   (Size) MAX_HEX_VALUE),
						errdetail("It keeps each of %llu nodes once.",
								  (unsigned long long) nnodes),
						errhint("Ids of type bigint take the least room.")));
	network = repalloc_huge(out.data, out.length);
	SET_VARSIZE(network, out.length);
	network->version = PARTNER_NETWORK_VERSION;
	network->nodes = builder->nodes_kind;
	network->scale = builder->scale;
	network->npartners = builder->partners.n;
	network->nnodes = nnodes;
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
	/* A group's state may be among many that are kept. */
	pfree(builder->flat);
	builder->flat = NULL;
}

Builder *
builder_of_datum(Datum datum)
{
	struct varlena *state = (struct varlena *) DatumGetPointer(datum);
	ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED(state))
		return NULL;
	header = DatumGetEOHP(datum);
	return header->eoh_methods == &builder_methods ? (Builder *) header : NULL;
}

/* ---- aggregates ---- */

static Builder *
new_builder(FunctionCallInfo fcinfo)
{
	MemoryContext context = context_for_state(fcinfo,
											  "partner_network states");
	Builder *builder = MemoryContextAllocZero(context, sizeof(Builder));

	EOH_init_header(&builder->header, &builder_methods, context);
	begin_id_table(&builder->partners, context);
	begin_network_rows(builder);
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

	for (uint32 i = 0; i < network->nnodes; i++)
	{
		NetworkNode node;
		NetworkRow row;
		int64 partner = -1;

		check_for_interrupts_at(i);
		read_network_node(network->nodes, &at, &node);
		row = (NetworkRow){node.id, NO_PARTNER, node.has_amount, node.amount};
		if (node.npartners == 0)
			add_network_row(builder, &row);
		for (uint32 j = 0; j < node.npartners; j++)
		{
			partner = read_network_partner(&at, partner);
			row.partner = numbers[partner];
			add_network_row(builder, &row);
			row.has_amount = false;
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

/* The number of the partner in argument 2, which may be none */
static inline uint32
partner_argument(FunctionCallInfo fcinfo, Builder *builder, NodeKind kind)
{
	uint64 integer;
	char room[READABLE_ID_ROOM];
	NetworkId id;

	if (PG_ARGISNULL(2))
		return NO_PARTNER;
	if (kind == BIGINT_NODES)
		return integer_partner_number(builder, PG_GETARG_INT64(2));
	id = id_argument(fcinfo, 2, kind, &integer);
	if (id.length == 0)
		return NO_PARTNER;
	id = readable_id(kind, id.bytes, id.length, room);
	return partner_number(builder, &id);
}

/* (state, node, partner[, amount numeric]) -> state */
static inline Datum
accumulate(FunctionCallInfo fcinfo, NodeKind node_kind, NodeKind partner_kind)
{
	Builder *builder = builder_argument(fcinfo);
	uint64 integer;
	NetworkRow row;

	row.partner = partner_argument(fcinfo, builder, partner_kind);
	row.id = id_argument(fcinfo, 1, node_kind, &integer);
	if (row.id.length == 0)
	{
		add_rows_without_node(builder, 1);
		return EOHPGetRWDatum(&builder->header);
	}
	set_nodes_kind(builder, node_kind);
	row.has_amount = PG_NARGS() > 3 && !PG_ARGISNULL(3);
	if (row.has_amount)
	{
		row.amount = amount_argument(fcinfo, 3);
		builder->scale = Max(builder->scale, row.amount.scale);
		row.amount = shortest_decimal(row.amount);
	}
	add_network_row(builder, &row);
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

/*
 * The state as the bytes of a value, or as it is where it may stay so.  Then
 * rows with amounts are looked at now, as they are for a value: what is wrong
 * with them is an error whoever reads the network.
 */
Datum
partner_network_final(PG_FUNCTION_ARGS)
{
	Builder *builder = builder_of_datum(PG_GETARG_DATUM(0));

	if (builder == NULL)
		PG_RETURN_POINTER(NETWORK_ARGUMENT(0));
	if (!result_may_stay(fcinfo))
		PG_RETURN_POINTER(network_of_builder(builder));
	if (builder->has_amounts)
		drop_repeated_rows(builder);
	PG_RETURN_DATUM(EOHPGetRODatum(&builder->header));
}

/* ---- from process to process ---- */

/* What comes before the names of partners and the rows */
typedef struct WrittenBuilder
{
	NodeKind nodes_kind;
	int scale;
	bool has_amounts;
	int64 rows_without_node;
	uint32 npartners;
} WrittenBuilder;

static void
write_builder(Datum state, BufFile *file)
{
	Builder *builder = (Builder *) DatumGetEOHP(state);
	WrittenBuilder written;

	memset(&written, 0, sizeof(written));
	written.nodes_kind = builder->nodes_kind;
	written.scale = builder->scale;
	written.has_amounts = builder->has_amounts;
	written.rows_without_node = builder->rows_without_node;
	written.npartners = builder->partners.n;
	BufFileWrite(file, &written, sizeof(written));
	for (uint32 i = 0; i < builder->partners.n; i++)
	{
		TableId *id = &builder->partners.ids[i];

		check_for_interrupts_at(i);
		BufFileWrite(file, &id->length, sizeof(id->length));
		BufFileWrite(file, (void *) id->bytes, id->length);
	}
	write_network_rows(builder, file);
}

static Datum
add_builder(FunctionCallInfo fcinfo, BufFile *file)
{
	Builder *builder = builder_argument(fcinfo);
	WrittenBuilder written;
	uint32 *numbers;

	read_temporary(file, &written, sizeof(written), false);
	if (written.nodes_kind != NO_NODES)
		set_nodes_kind(builder, written.nodes_kind);
	add_rows_without_node(builder, written.rows_without_node);
	builder->scale = Max(builder->scale, written.scale);
	builder->has_amounts |= written.has_amounts;
	numbers = allocate_array(written.npartners, sizeof(uint32));
	for (uint32 i = 0; i < written.npartners; i++)
	{
		char bytes[MAX_ID_LENGTH];
		NetworkId id = {bytes, 0};

		check_for_interrupts_at(i);
		read_temporary(file, &id.length, sizeof(id.length), false);
		read_temporary(file, bytes, id.length, false);
		numbers[i] = partner_number(builder, &id);
	}
	add_network_rows(builder, file, numbers);
	pfree(numbers);
	return EOHPGetRWDatum(&builder->header);
}

static const StateTransfer builder_transfer = {partner_network_final,
											   write_builder, add_builder};

void
install_partner_network(void)
{
	register_state_transfer(&builder_transfer);
}
