/*
 * partner_network_rows.c
 *		The rows of a partner_network that is being built.
 *
 * A row is kept as it came, at the end of the stream of its node's hash
 * (row_streams.h).  Which rows are of one node is found when it is asked for,
 * stream by stream, by a table of the stream's nodes in the order of their
 * hashes, which is the order of a value.
 *
 * A row is a word, the id of the node and, if the word says so, an amount: of
 * 8 or 16 bytes, behind its scale.
 *
 * IDENTIFICATION
 *		src/network/partner_network_rows.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/bytes.h"
#include "base/exact_sum.h"
#include "base/memory.h"
#include "base/rows_disagree.h"
#include "network/partner_network_builder.h"

/* The word: 20 bits for the partner, 10 for the length of the id */
#define PARTNER_BITS    20
#define NO_PARTNER_BITS (((uint32) 1 << PARTNER_BITS) - 1)
#define LENGTH_MASK     (((uint32) 1 << 10) - 1)
#define SMALL_AMOUNT    ((uint32) 1 << 30)
#define LARGE_AMOUNT    ((uint32) 1 << 31)

StaticAssertDecl(MAX_NETWORK_PARTNERS < NO_PARTNER_BITS,
				 "a partner's number has 20 bits");
StaticAssertDecl(MAX_ID_LENGTH <= LENGTH_MASK, "a length has 10 bits");

#define TWO_AMOUNTS (-2)

#define ST_SORT          sort_numbers
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- rows ---- */

static inline uint32
head_of(const char *row)
{
	uint32 head;

	memcpy(&head, row, sizeof(head));
	return head;
}

static inline NetworkId
id_of(const char *row, uint32 head)
{
	return (NetworkId){row + sizeof(head), head >> PARTNER_BITS & LENGTH_MASK};
}

static inline Size
size_of(uint32 head)
{
	Size size = sizeof(head) + (head >> PARTNER_BITS & LENGTH_MASK);

	if (unlikely((head & (SMALL_AMOUNT | LARGE_AMOUNT)) != 0))
		size += (head & SMALL_AMOUNT) ? 1 + sizeof(int64) : 1 + sizeof(int128);
	return size;
}

static Decimal
amount_of(const char *row, uint32 head)
{
	const char *at = row + sizeof(head) + (head >> PARTNER_BITS & LENGTH_MASK);
	Decimal amount = {0, NO_AMOUNT};

	if (head & SMALL_AMOUNT)
	{
		int64 value;

		memcpy(&value, at + 1, sizeof(value));
		amount.value = value;
	}
	else if (head & LARGE_AMOUNT)
		memcpy(&amount.value, at + 1, sizeof(int128));
	else
		return amount;
	amount.scale = (unsigned char) *at;
	return amount;
}

/* Of a length that is known hashing is a few steps. */
static inline uint64
hash_of(const NetworkId *id)
{
	return likely(id->length == 8) ? stable_hash(id->bytes, 8)
								   : stable_hash(id->bytes, id->length);
}

static StreamRow
look_at_row(const char *row)
{
	uint32 head = head_of(row);
	NetworkId id = id_of(row, head);

	return (StreamRow){hash_of(&id), size_of(head)};
}

static inline void
write_row(RowStreams *rows, uint64 hash, const NetworkRow *row)
{
	uint32 head = (row->partner == NO_PARTNER ? NO_PARTNER_BITS
											  : row->partner) |
				  row->id.length << PARTNER_BITS;
	int64 small = (int64) row->amount.value;
	char *at;

	if (unlikely(row->has_amount))
		head |= small == row->amount.value ? SMALL_AMOUNT : LARGE_AMOUNT;
	at = add_stream_row(rows, hash, size_of(head));
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	/* The lengths that are known are copied by a word or two. */
	if (row->id.length == 8)
		memcpy(at, row->id.bytes, 8);
	else
		memcpy(at, row->id.bytes, row->id.length);
	if (likely(!row->has_amount))
		return;
	at += row->id.length;
	*at = (char) row->amount.scale;
	if (head & SMALL_AMOUNT)
		memcpy(at + 1, &small, sizeof(small));
	else
		memcpy(at + 1, &row->amount.value, sizeof(int128));
}

void
begin_network_rows(Builder *builder)
{
	begin_row_streams(&builder->rows, builder->header.eoh_context,
					  look_at_row);
	builder->compact_at = (Size) work_mem * 1024;
}

void
add_network_row(Builder *builder, const NetworkRow *row)
{
	write_row(&builder->rows, hash_of(&row->id), row);
	builder->has_amounts |= row->has_amount;
	if (unlikely(builder->rows.size > builder->compact_at))
		drop_repeated_rows(builder);
}

/* ---- the nodes of a stream ---- */

/* Of the hash the bits behind those that all nodes of a stream have */
typedef struct NodeSlot
{
	uint32 hash;
	uint32 node; /* + 1, 0: free */
} NodeSlot;

typedef struct FoundNodes
{
	uint32 n;
	NetworkId *ids;
	Decimal *amounts; /* NULL: the builder has none */
	uint32 *starts;   /* of each node's partners, and the end */
	uint32 nlinks;
	uint32 *link_partners; /* of each row with one */
	uint32 *link_nodes;    /* NULL: the rows of each node came together */
	uint32 *order;         /* nodes in the order of a value */
} FoundNodes;

static inline bool
is_id(const NetworkId *a, const NetworkId *b)
{
	uint64 one;
	uint64 other;

	if (a->length != b->length)
		return false;
	if (a->length != sizeof(uint64))
		return memcmp(a->bytes, b->bytes, a->length) == 0;
	memcpy(&one, a->bytes, sizeof(uint64));
	memcpy(&other, b->bytes, sizeof(uint64));
	return one == other;
}

/* Of nodes that hash nearly alike */
static int
compare_ids(const NetworkId *a, const NetworkId *b)
{
	uint64 one = hash_of(a);
	uint64 other = hash_of(b);

	if (one != other)
		return one < other ? -1 : 1;
	return compare_bytes(a->bytes, a->length, b->bytes, b->length);
}

static void
note_amount(FoundNodes *found, uint32 node, Decimal amount)
{
	Decimal *known = &found->amounts[node];

	if (amount.scale == NO_AMOUNT || known->scale == TWO_AMOUNTS)
		return;
	if (known->scale == NO_AMOUNT)
		*known = amount;
	else if (unlikely(known->value != amount.value ||
					  known->scale != amount.scale))
		known->scale = TWO_AMOUNTS;
}

/*
 * Slots are in the order of a value.  Whether one is taken cannot be foreseen,
 * so that what is of none is written, too, and written over.
 */
static void
order_nodes(FoundNodes *found, const NodeSlot *slots)
{
	uint32 n = 0;

	found->order = allocate_array((Size) found->n + 1, sizeof(uint32));
	for (Size i = 0; n < found->n; i++)
	{
		found->order[n] = slots[i].node - 1;
		n += slots[i].node != 0;
	}
}

/*
 * The slot of an id, or the one that is made free for it.  Slots are in the
 * order of hash and id: what is behind moves on by one.
 */
static inline NodeSlot *
slot_of(NodeSlot *slots, int table_bits, uint32 hash, const NetworkId *id,
		const FoundNodes *found)
{
	NodeSlot *slot = slots + (hash >> (32 - table_bits));
	NodeSlot *end;

	for (; slot->node != 0; slot++)
	{
		const NetworkId *other = &found->ids[slot->node - 1];

		if (slot->hash < hash)
			continue;
		if (slot->hash > hash)
			break;
		if (likely(is_id(other, id)))
			return slot;
		if (compare_ids(other, id) > 0)
			break;
	}
	for (end = slot; end->node != 0; end++)
		;
	if (end > slot)
		memmove(slot + 1, slot, (end - slot) * sizeof(NodeSlot));
	slot->hash = hash;
	slot->node = 0;
	return slot;
}

/* Slots for so many rows, a fifth of them free if each is of another node */
static int
bits_of_table(Size nrows)
{
	int bits = 4;

	while (((Size) 4 << bits) < nrows * 5)
		bits++;
	return bits;
}

/* From now on rows of a node may be anywhere. */
static void
note_link_nodes(FoundNodes *found, Size nrows)
{
	if (found->link_nodes != NULL)
		return;
	found->link_nodes = allocate_array(nrows, sizeof(uint32));
	found->starts[found->n] = found->nlinks;
	for (uint32 node = 0; node < found->n; node++)
		for (uint32 j = found->starts[node]; j < found->starts[node + 1]; j++)
			found->link_nodes[j] = node;
}

/* Brings the partners of each node together. */
static void
group_links(FoundNodes *found)
{
	uint32 *ends = allocate_zeros((Size) found->n + 2, sizeof(uint32));
	uint32 *grouped = allocate_array(found->nlinks, sizeof(uint32));

	for (uint32 i = 0; i < found->nlinks; i++)
		ends[found->link_nodes[i] + 2]++;
	for (uint32 i = 0; i < found->n; i++)
		ends[i + 2] += ends[i + 1];
	/* Where a node's begin moves to where they end. */
	for (uint32 i = 0; i < found->nlinks; i++)
		grouped[ends[found->link_nodes[i] + 1]++] = found->link_partners[i];
	pfree(found->link_partners);
	pfree(found->link_nodes);
	pfree(found->starts);
	found->link_partners = grouped;
	found->starts = ends;
}

static void
find_nodes(const Builder *builder, const RowStream *stream, FoundNodes *found)
{
	Size nrows = stream->nrows;
	int table_bits = Min(bits_of_table(nrows), 30);
	StreamPlace place = start_of_stream(stream);
	NodeSlot *slots;
	const char *row;
	uint32 node = 0;

	memset(found, 0, sizeof(FoundNodes));
	if (nrows > PG_INT32_MAX)
		refuse_array();
	/* A run that begins at the last slot ends behind it. */
	slots = allocate_zeros(((Size) 1 << table_bits) + nrows + 1,
						   sizeof(NodeSlot));
	found->ids = allocate_array(nrows, sizeof(NetworkId));
	found->starts = allocate_array(nrows + 1, sizeof(uint32));
	found->link_partners = allocate_array(nrows, sizeof(uint32));
	if (builder->has_amounts)
		found->amounts = allocate_array(nrows, sizeof(Decimal));
	for (uint32 i = 0; (row = row_at(stream, &place)) != NULL; i++)
	{
		uint32 head = head_of(row);
		NetworkId id = id_of(row, head);
		uint32 partner = head & NO_PARTNER_BITS;

		check_for_interrupts_at(i);
		place.at += size_of(head);
		/* mostly the node of the row before */
		if (i == 0 || !is_id(&found->ids[node], &id))
		{
			uint64 hash = hash_of(&id);
			NodeSlot *slot = slot_of(slots, table_bits,
									 (uint32) (hash << builder->rows.bits >>
											   32),
									 &id, found);

			if (slot->node == 0)
			{
				found->ids[found->n] = id;
				found->starts[found->n] = found->nlinks;
				if (found->amounts != NULL)
					found->amounts[found->n].scale = NO_AMOUNT;
				slot->node = ++found->n;
			}
			else
				note_link_nodes(found, nrows);
			node = slot->node - 1;
		}
		if (found->amounts != NULL)
			note_amount(found, node, amount_of(row, head));
		if (partner == NO_PARTNER_BITS)
			continue;
		if (found->link_nodes != NULL)
			found->link_nodes[found->nlinks] = node;
		found->link_partners[found->nlinks++] = partner;
	}
	found->starts[found->n] = found->nlinks;
	if (found->link_nodes != NULL)
		group_links(found);
	order_nodes(found, slots);
	pfree(slots);
}

static bool
is_less(Decimal a, Decimal b)
{
	int scale = Max(a.scale, b.scale);

	return exact_rescale(a.value, a.scale, scale) <
		   exact_rescale(b.value, b.scale, scale);
}

/* The least and the most that is said of it, whichever rows came first */
pg_noreturn static void
refuse_two_amounts(const Builder *builder, const RowStream *stream,
				   NetworkId id)
{
	StreamPlace place = start_of_stream(stream);
	Decimal least = {0, NO_AMOUNT};
	Decimal most = {0, NO_AMOUNT};
	uint64 aligned[2];
	char room[READABLE_ID_ROOM];
	const char *row;
	ShownPair amounts;

	while ((row = row_at(stream, &place)) != NULL)
	{
		uint32 head = head_of(row);
		NetworkId its = id_of(row, head);
		Decimal amount = amount_of(row, head);

		place.at += size_of(head);
		if (amount.scale == NO_AMOUNT || !is_id(&its, &id))
			continue;
		if (least.scale == NO_AMOUNT)
			least = most = amount;
		else if (is_less(amount, least))
			least = amount;
		else if (is_less(most, amount))
			most = amount;
	}
	amounts = show_pair(least, most);
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

/* Most nodes have a few partners. */
static inline void
sort_few(uint32 *numbers, uint32 n)
{
	if (n > 16)
	{
		sort_numbers(numbers, n);
		return;
	}
	for (uint32 i = 1; i < n; i++)
	{
		uint32 number = numbers[i];
		uint32 at = i;

		for (; at > 0 && numbers[at - 1] > number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
	}
}

/*
 * The nodes of a stream in the current memory context, each with its partners
 * once.  places are the numbers that partners are to have, NULL: those that
 * they have.
 */
void
read_nodes(const Builder *builder, int number, const uint32 *places,
		   NodeList *nodes)
{
	const RowStream *stream = &builder->rows.streams[number];
	FoundNodes found;
	uint32 at = 0;

	CHECK_FOR_INTERRUPTS();
	memset(nodes, 0, sizeof(NodeList));
	find_nodes(builder, stream, &found);
	nodes->n = found.n;
	nodes->ids = allocate_array(found.n, sizeof(NetworkId));
	nodes->starts = allocate_array((Size) found.n + 1, sizeof(uint32));
	nodes->partners = allocate_array(found.nlinks, sizeof(uint32));
	if (found.amounts != NULL)
		nodes->amounts = allocate_array(found.n, sizeof(Decimal));
	for (uint32 i = 0; i < found.n; i++)
	{
		uint32 node = found.order[i];
		const uint32 *links = found.link_partners + found.starts[node];
		uint32 n = found.starts[node + 1] - found.starts[node];
		uint32 *partners = nodes->partners + at;

		check_for_interrupts_at(i);
		nodes->ids[i] = found.ids[node];
		nodes->starts[i] = at;
		if (found.amounts != NULL)
		{
			nodes->amounts[i] = found.amounts[node];
			if (unlikely(found.amounts[node].scale == TWO_AMOUNTS))
				refuse_two_amounts(builder, stream, found.ids[node]);
		}
		for (uint32 j = 0; j < n; j++)
			partners[j] = places == NULL ? links[j] : places[links[j]];
		sort_few(partners, n);
		/* Each once */
		for (uint32 j = 0; j < n; j++)
			if (j == 0 || partners[j] != partners[j - 1])
				nodes->partners[at++] = partners[j];
	}
	nodes->starts[found.n] = at;
	pfree(found.ids);
	pfree(found.starts);
	pfree(found.link_partners);
	pfree(found.order);
	if (found.amounts != NULL)
		pfree(found.amounts);
}

/*
 * Drops rows that say nothing new.  It is done again once there are twice as
 * many, or four times where few were dropped.
 */
void
drop_repeated_rows(Builder *builder)
{
	Size before = builder->rows.size;
	bool few;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "partner network rows",
												  ALLOCSET_DEFAULT_SIZES);
	int nstreams = stream_count(&builder->rows);

	for (int i = 0; i < nstreams; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(scratch);
		NodeList nodes;
		RowStream old;

		read_nodes(builder, i, NULL, &nodes);
		old = detach_stream(&builder->rows, i);
		for (uint32 node = 0; node < nodes.n; node++)
		{
			NetworkRow row = {.id = nodes.ids[node], .partner = NO_PARTNER};
			uint64 hash = hash_of(&row.id);
			uint32 at = nodes.starts[node];
			uint32 end = nodes.starts[node + 1];

			if (node_has_amount(&nodes, node))
			{
				row.has_amount = true;
				row.amount = nodes.amounts[node];
			}
			do
			{
				if (at < end)
					row.partner = nodes.partners[at];
				write_row(&builder->rows, hash, &row);
				row.has_amount = false;
			} while (++at < end);
		}
		free_rows(&old);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	few = builder->rows.size > before / 4 * 3;
	builder->compact_at = Max((Size) work_mem * 1024,
							  builder->rows.size * (few ? 4 : 2));
}

/* ---- from process to process ---- */

void
write_network_rows(const Builder *builder, BufFile *file)
{
	write_row_streams(&builder->rows, file);
}

/* The number of a row's partner is another here. */
static void
renumber_partner(char *row, void *numbers)
{
	uint32 head = head_of(row);
	uint32 partner = head & NO_PARTNER_BITS;

	if (partner == NO_PARTNER_BITS)
		return;
	head = (head & ~NO_PARTNER_BITS) | ((uint32 *) numbers)[partner];
	memcpy(row, &head, sizeof(head));
}

/* Adds rows that were written, with the numbers of their partners here. */
void
add_network_rows(Builder *builder, BufFile *file, uint32 *numbers)
{
	add_row_streams(&builder->rows, file, renumber_partner, numbers);
	if (builder->rows.size > builder->compact_at)
		drop_repeated_rows(builder);
}
