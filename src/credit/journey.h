/*
 * journey.h
 *		Lists of partners with how often they won, and how much.
 *
 * The state that attribution by evidence works on, whatever order means to it:
 * removal_effect keeps the order in which partners came, shapley only who was
 * there; and the one of leads, each with its giver and its receiver.  Equal
 * lists are kept once.  The value is a header, and entries of varying size one
 * after the other, sorted by the bytes of their lists.
 *
 * While an aggregate runs, entries are appended as they come; when the room is
 * used up they are sorted and merged, and the room is doubled where that did
 * not free half of it.  So a row costs what appending and its share of a sort
 * cost, and memory goes with the number of different lists, not of rows.
 *
 * IDENTIFICATION
 *		src/credit/journey.h
 */
#ifndef ECOSYSTEM_JOURNEY_H
#define ECOSYSTEM_JOURNEY_H

#include "postgres.h"

#include "fmgr.h"

#include "base/decimal.h"
#include "base/value_form.h"

#define JOURNEYS_VERSION 1

/* The type, and what a list means. */
typedef struct JourneyKind
{
	ValueType type;
	bool ordered; /* else the partners are a set */
	bool pair;    /* two names, of which any may be empty, and no losses */
} JourneyKind;

typedef struct Journeys
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 scale; /* of all amounts */
	uint8 spare[2];
	int32 used;      /* bytes of entries */
	int32 sorted;    /* of these, bytes that are sorted and merged */
	int64 undecided; /* rows that were neither won nor lost */
	char entries[FLEXIBLE_ARRAY_MEMBER];
} Journeys;

/* What is known of one list. */
typedef struct JourneyCounts
{
	int64 wins;
	int64 losses;
	char amount[sizeof(int128)]; /* of the wins; it may not be aligned */
} JourneyCounts;

/*
 * An entry: the list is key_size bytes, for each partner the length as two
 * bytes, high byte first, and the name.
 */
typedef struct JourneyEntry
{
	int32 size; /* of all of it, a multiple of 8 */
	int32 key_size;
	JourneyCounts counts;
	char key[FLEXIBLE_ARRAY_MEMBER];
} JourneyEntry;

/* A name, not terminated. */
typedef struct PartnerName
{
	const char *bytes;
	int length;
} PartnerName;

static inline const JourneyEntry *
first_journey(const Journeys *journeys)
{
	return (const JourneyEntry *) journeys->entries;
}

static inline bool
is_journey(const Journeys *journeys, const JourneyEntry *entry)
{
	return (const char *) entry < journeys->entries + journeys->used;
}

static inline const JourneyEntry *
next_journey(const JourneyEntry *entry)
{
	return (const JourneyEntry *) ((const char *) entry + entry->size);
}

static inline int128
journey_amount(const JourneyEntry *entry)
{
	int128 amount;

	memcpy(&amount, entry->counts.amount, sizeof(amount));
	return amount;
}

/* Steps over the next partner of a list; false at its end. */
static inline bool
next_partner(const char **at, const char *end, PartnerName *name)
{
	const unsigned char *length = (const unsigned char *) *at;

	if (*at >= end)
		return false;
	name->length = length[0] << 8 | length[1];
	name->bytes = *at + 2;
	*at += 2 + name->length;
	return true;
}

static inline int
count_partners(const JourneyEntry *entry)
{
	const char *at = entry->key;
	PartnerName name;
	int n = 0;

	while (next_partner(&at, entry->key + entry->key_size, &name))
		n++;
	return n;
}

static inline int
compare_partners(PartnerName a, PartnerName b)
{
	int order = memcmp(a.bytes, b.bytes, Min(a.length, b.length));

	return order != 0 ? order : a.length - b.length;
}

/* The partners of all lists, each once, in the order of their bytes. */
typedef struct PartnerList
{
	int n;
	PartnerName *names;
	int *numbers; /* of the partners of all lists, as they come */
} PartnerList;

extern PartnerList list_partners(const Journeys *journeys);

extern Journeys *journeys_argument(FunctionCallInfo fcinfo, int argno,
								   const JourneyKind *kind);
extern void *journeys_text(TextForm *form, void *value);
extern void *journeys_binary(BinaryForm *form, void *value);
extern Datum journeys_accum(FunctionCallInfo fcinfo, const JourneyKind *kind);
extern Datum journeys_accum_counts(FunctionCallInfo fcinfo,
								   const JourneyKind *kind);
extern Datum journeys_accum_pair(FunctionCallInfo fcinfo, PartnerName first,
								 PartnerName second, int amount_arg,
								 const JourneyKind *kind);
extern Datum journeys_combine(FunctionCallInfo fcinfo,
							  const JourneyKind *kind);
extern Datum journeys_final(FunctionCallInfo fcinfo, const JourneyKind *kind);

/* What every kind has */
#define JOURNEYS_TYPE(name)                                    \
	{                                                          \
		name, JOURNEYS_VERSION, journeys_text, journeys_binary \
	}

#define JOURNEYS_FUNCTIONS(name, kind)                              \
	VALUE_FORMS(name, &(kind)->type);                               \
	CANONICAL_OPERATORS(name, &(kind)->type);                       \
	VALUE_FUNCTION(name##_combine, journeys_combine(fcinfo, kind)); \
	VALUE_FUNCTION(name##_final, journeys_final(fcinfo, kind))

#endif /* ECOSYSTEM_JOURNEY_H */
