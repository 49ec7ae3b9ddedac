/*
 * partner_network_io.c
 *		Text and binary form of partner_network, and what makes one valid.
 *
 * IDENTIFICATION
 *		src/network/partner_network_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/value_form.h"
#include "network/partner_network_private.h"

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

/* Why the bytes are no network, NULL if they are one */
static const char *
network_problem(const void *value)
{
	const PartnerNetwork *network = value;
	const char *at = network->data;
	const char *end = (const char *) network + VARSIZE(network);
	NetworkId before = {NULL, 0};
	uint64 hash_before = 0;

	if (network->unused != 0)
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
		hash = stable_hash(id.bytes, id.length);
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

static void *
network_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(PartnerNetwork, nodes),
		BINARY_FIELD(PartnerNetwork, scale),
		BINARY_FIELD(PartnerNetwork, unused),
		BINARY_FIELD(PartnerNetwork, npartners),
		BINARY_FIELD(PartnerNetwork, nnodes),
		BINARY_FIELD(PartnerNetwork, rows_without_node),
	};

	return binary_header(form, value, NETWORK_HEADER_SIZE, fields,
						 lengthof(fields));
}

const ValueType partner_network_type = {.name = "partner_network",
										.version = PARTNER_NETWORK_VERSION,
										.binary = network_binary,
										.problem = network_problem};

VALUE_FORMS(partner_network, &partner_network_type);
CANONICAL_OPERATORS(partner_network, &partner_network_type);
