/*
 * partner_network_io.c
 *		Text and binary form of partner_network, and what makes one valid.
 *
 * IDENTIFICATION
 *		src/network/partner_network_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/canonical.h"
#include "base/hex_text.h"
#include "network/partner_network.h"

PG_FUNCTION_INFO_V1(partner_network_in);
PG_FUNCTION_INFO_V1(partner_network_out);
PG_FUNCTION_INFO_V1(partner_network_recv);
PG_FUNCTION_INFO_V1(partner_network_send);

/* Bytes of the header on the wire */
#define WIRE_HEADER_SIZE (4 + 4 + 4 + 8)

/* Text as a name or an id has it */
static bool
check_id(const char **at, const char *end, NetworkId *id)
{
	uint64 length;

	if (!check_varint(at, end, MAX_ID_LENGTH, &length) || length == 0 ||
		length > (uint64) (end - *at) ||
		!pg_verify_mbstr(GetDatabaseEncoding(), *at, (int) length, true))
		return false;
	id->bytes = *at;
	id->length = (uint32) length;
	*at += length;
	return true;
}

static int
compare_ids(const NetworkId *a, const NetworkId *b)
{
	return compare_bytes(a->bytes, a->length, b->bytes, b->length);
}

static bool
check_node_id(NodeKind kind, const char **at, const char *end, NetworkId *id)
{
	id->length = node_id_length(kind);
	if (id->length == 0)
		return check_id(at, end, id);
	if (end - *at < (ptrdiff_t) id->length)
		return false;
	id->bytes = *at;
	*at += id->length;
	return true;
}

/* Why the partners of a node are none, NULL if they are some. */
static const char *
problem_of_links(const PartnerNetwork *network, const char **at,
				 const char *end)
{
	uint64 n;
	int64 partner = -1;

	if (!check_varint(at, end, network->npartners, &n))
		return "The partners of a node cannot be read.";
	for (uint64 i = 0; i < n; i++)
	{
		uint64 step;

		if (!check_varint(at, end, MAX_NETWORK_PARTNERS, &step))
			return "The partners of a node cannot be read.";
		partner += 1 + (int64) step;
		if (partner >= network->npartners)
			return "A partner is not one of those there are.";
	}
	return NULL;
}

/*
 * Why the bytes are no network, NULL if they are one.  The length is that of
 * the header at least.
 */
const char *
partner_network_problem(const PartnerNetwork *network)
{
	const char *at = network->data;
	const char *end = (const char *) network + VARSIZE(network);
	NetworkId before = {NULL, 0};
	uint64 hash_before = 0;

	if (network->version != PARTNER_NETWORK_VERSION || network->unused != 0)
		return "It is of an unknown version.";
	if (network->nodes > UUID_NODES || network->scale > DECIMAL_MAX_SCALE ||
		network->npartners > MAX_NETWORK_PARTNERS ||
		network->nnodes > PG_INT32_MAX || network->rows_without_node < 0 ||
		network->rows_without_node > MAX_NETWORK_ROWS ||
		(network->nnodes > 0) != (network->nodes != NO_NODES))
		return "Its header is out of range.";
	for (uint32 i = 0; i < network->npartners; i++)
	{
		NetworkId id;

		if ((i & 0xFFF) == 0xFFF)
			CHECK_FOR_INTERRUPTS();
		if (!check_id(&at, end, &id))
			return "A partner cannot be read.";
		if (i > 0 && compare_ids(&before, &id) >= 0)
			return "Partners are not in order.";
		before = id;
	}
	for (uint32 i = 0; i < network->nnodes; i++)
	{
		NetworkId id;
		uint64 hash;
		bool has_amount;
		const char *problem;

		if ((i & 0xFFF) == 0xFFF)
			CHECK_FOR_INTERRUPTS();
		if (!check_node_id(network->nodes, &at, end, &id) ||
			!check_value(&at, end, network->scale, &has_amount))
			return "A node cannot be read.";
		hash = company_text_hash(id.bytes, id.length);
		if (i > 0 && (hash_before > hash ||
					  (hash_before == hash && compare_ids(&before, &id) >= 0)))
			return "Nodes are not in order.";
		before = id;
		hash_before = hash;
		problem = problem_of_links(network, &at, end);
		if (problem != NULL)
			return problem;
	}
	return at == end ? NULL : "Its length is not that of its contents.";
}

/* The network whose binary form this is; NULL, with a problem, if it is none */
static PartnerNetwork *
network_from_wire(StringInfo in, const char **problem)
{
	int length = in->len - in->cursor;
	PartnerNetwork *network;

	if (length < WIRE_HEADER_SIZE ||
		length > MaxAllocSize - (int) NETWORK_HEADER_SIZE)
	{
		*problem = "Its length is not that of its contents.";
		return NULL;
	}
	length -= WIRE_HEADER_SIZE;
	network = palloc0(NETWORK_HEADER_SIZE + length);
	SET_VARSIZE(network, NETWORK_HEADER_SIZE + length);
	network->version = pq_getmsgbyte(in);
	network->nodes = pq_getmsgbyte(in);
	network->scale = pq_getmsgbyte(in);
	network->unused = pq_getmsgbyte(in);
	network->npartners = pq_getmsgint(in, 4);
	network->nnodes = pq_getmsgint(in, 4);
	network->rows_without_node = pq_getmsgint64(in);
	memcpy(network->data, pq_getmsgbytes(in, length), length);
	*problem = partner_network_problem(network);
	return *problem ? NULL : network;
}

static void
network_to_wire(StringInfo out, const PartnerNetwork *network)
{
	pq_sendint8(out, network->version);
	pq_sendint8(out, network->nodes);
	pq_sendint8(out, network->scale);
	pq_sendint8(out, network->unused);
	pq_sendint32(out, network->npartners);
	pq_sendint32(out, network->nnodes);
	pq_sendint64(out, network->rows_without_node);
	pq_sendbytes(out, network->data, VARSIZE(network) - NETWORK_HEADER_SIZE);
}

Datum
partner_network_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	Size ndigits = strlen(input);
	StringInfoData bytes;
	PartnerNetwork *network;
	const char *problem;

	if (!read_hex(input, ndigits, &bytes))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type partner_network: "
						"\"%.*s\"",
						pg_mbcliplen(input, (int) ndigits, 60), input),
				 errdetail("It is not made of pairs of hexadecimal "
						   "digits.")));
	network = network_from_wire(&bytes, &problem);
	if (network == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type partner_network: \"%.*s\"",
						pg_mbcliplen(input, (int) ndigits, 60), input),
				 errdetail_internal("%s", problem)));
	pfree(bytes.data);
	PG_RETURN_POINTER(network);
}

Datum
partner_network_out(PG_FUNCTION_ARGS)
{
	PartnerNetwork *network = NETWORK_ARGUMENT(0);
	StringInfoData bytes;

	/* The result has two digits a byte and is as limited as any. */
	if (VARSIZE(network) > MAX_HEX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partner_network is too large for its text form"),
				 errhint("Use the binary form, as COPY (FORMAT binary) "
						 "does.")));
	initStringInfo(&bytes);
	network_to_wire(&bytes, network);
	PG_RETURN_CSTRING(write_hex(bytes.data, bytes.len, "partner_network"));
}

Datum
partner_network_recv(PG_FUNCTION_ARGS)
{
	const char *problem;
	PartnerNetwork *network =
		network_from_wire((StringInfo) PG_GETARG_POINTER(0), &problem);

	if (network == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type "
							   "partner_network"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(network);
}

Datum
partner_network_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	network_to_wire(&out, NETWORK_ARGUMENT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CANONICAL_OPERATORS(partner_network, &partner_network_type);
