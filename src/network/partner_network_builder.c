/*
 * partner_network_builder.c
 *		The partners of a partner_network that is being built.
 *
 * IDENTIFICATION
 *		src/network/partner_network_builder.c
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/uuid.h"

#include "base/bytes.h"
#include "base/hex_text.h"
#include "base/memory.h"
#include "network/partner_network_builder.h"

uint32
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

/* The slot of a partner's number, or the free one where it would be */
static inline IntegerPartner *
integer_slot(const Builder *builder, int64 id)
{
	uint32 mask = builder->integer_slots - 1;
	uint32 at = (uint32) (((uint64) id * UINT64CONST(0x9E3779B97F4A7C15)) >>
						  32) &
				mask;

	while (builder->integers[at].number != 0 && builder->integers[at].id != id)
		at = (at + 1) & mask;
	return &builder->integers[at];
}

/* Makes room for a partner more, so that half of the slots are free. */
static void
grow_integers(Builder *builder)
{
	IntegerPartner *old = builder->integers;
	uint32 nold = builder->integer_slots;

	if (builder->nintegers < nold / 2)
		return;
	builder->integer_slots = Max(nold * 2, 16);
	builder->integers = MemoryContextAllocZero(builder->header.eoh_context,
											   builder->integer_slots *
												   sizeof(IntegerPartner));
	for (uint32 i = 0; i < nold; i++)
		if (old[i].number != 0)
			*integer_slot(builder, old[i].id) = old[i];
	if (old != NULL)
		pfree(old);
}

/* Of a partner whose id is a bigint, which is written once. */
uint32
integer_partner_number(Builder *builder, int64 id)
{
	IntegerPartner *slot;
	char room[READABLE_ID_ROOM];
	NetworkId written;

	if (likely(builder->nintegers > 0))
	{
		slot = integer_slot(builder, id);
		if (likely(slot->number != 0))
			return slot->number - 1;
	}
	grow_integers(builder);
	written.bytes = room;
	written.length = pg_lltoa(id, room);
	slot = integer_slot(builder, id);
	slot->id = id;
	slot->number = partner_number(builder, &written) + 1;
	builder->nintegers++;
	return slot->number - 1;
}

/* How people write an id; room is for any that is not text. */
NetworkId
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

/* ---- in order ---- */

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

NetworkId *
order_partners(const Builder *builder, uint32 **places)
{
	uint32 n = builder->partners.n;
	PlacedId *placed = allocate_array(n, sizeof(PlacedId));
	NetworkId *names = allocate_array(n, sizeof(NetworkId));

	*places = allocate_array(n, sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		placed[i] = (PlacedId){builder->partners.ids[i], i};
	}
	sort_names(placed, n);
	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		(*places)[placed[i].number] = i;
		names[i] = placed[i].id;
	}
	pfree(placed);
	return names;
}
