/*
 * journey.c
 *		Lists of partners with how often they won, and how much.
 *
 * IDENTIFICATION
 *		src/credit/journey.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/memory.h"
#include "base/cancellable_sort.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "base/id_table.h"
#include "credit/journey.h"
#include "base/value_form.h"

#define HEADER_SIZE     offsetof(Journeys, entries)
#define ENTRY_HEADER    offsetof(JourneyEntry, key)
#define ROOM(journeys)  (VARSIZE(journeys) - HEADER_SIZE)
#define FIRST_ROOM      512
#define NAME_MAX_LENGTH 1000 /* bytes */
#define LIST_MAX_LENGTH 1000 /* partners */

/*
 * Deals of one list: so many lists as fit into a value have less than 2^63 in
 * total, and sums need no checks.
 */
#define MAX_JOURNEY_DEALS INT64CONST(100000000000)

StaticAssertDecl(HEADER_SIZE == 24, "Journeys has no padding");
StaticAssertDecl(ENTRY_HEADER == 40, "JourneyEntry has no padding");

/* ---- memory ---- */

static Journeys *
allocate(Size room, const JourneyKind *kind)
{
	Journeys *journeys;

	if (room > MaxAllocSize - HEADER_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would exceed %zu bytes", kind->type.name,
						(Size) MaxAllocSize),
				 errdetail("It keeps every different list of partners once."),
				 errhint("Aggregate fewer deals, or groups of partners.")));
	journeys = palloc0(HEADER_SIZE + room);
	SET_VARSIZE(journeys, HEADER_SIZE + room);
	journeys->version = JOURNEYS_VERSION;
	return journeys;
}

static Journeys *
copy_with_room(const Journeys *journeys, Size room, const JourneyKind *kind)
{
	Journeys *copy = allocate(room, kind);

	copy->scale = journeys->scale;
	copy->undecided = journeys->undecided;
	copy->used = journeys->used;
	copy->sorted = journeys->sorted;
	memcpy(copy->entries, journeys->entries, journeys->used);
	return copy;
}

/* ---- entries ---- */

static void
set_amount(JourneyEntry *entry, int128 amount)
{
	memcpy(entry->counts.amount, &amount, sizeof(amount));
}

static void
too_many(const JourneyKind *kind)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("too many deals in one %s", kind->type.name),
					errdetail("A list of partners has at most " INT64_FORMAT
							  " deals.",
							  MAX_JOURNEY_DEALS)));
}

static void
add_counts(JourneyEntry *entry, const JourneyEntry *other,
		   const JourneyKind *kind)
{
	entry->counts.wins += other->counts.wins;
	entry->counts.losses += other->counts.losses;
	if (entry->counts.wins + entry->counts.losses > MAX_JOURNEY_DEALS)
		too_many(kind);
	set_amount(entry, exact_add(journey_amount(entry), journey_amount(other)));
}

static int
compare_entries(const JourneyEntry *a, const JourneyEntry *b)
{
	int order = memcmp(a->key, b->key, Min(a->key_size, b->key_size));

	return order != 0 ? order : a->key_size - b->key_size;
}

typedef JourneyEntry *JourneyPointer;

#define ST_SORT          sort_entries
#define ST_ELEMENT_TYPE  JourneyPointer
#define ST_COMPARE(a, b) compare_entries(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts the entries and merges those of one list, in place. */
static void
compact(Journeys *journeys, const JourneyKind *kind)
{
	JourneyEntry **entries;
	char *buffer;
	JourneyEntry *last = NULL;
	int32 used = 0;
	int n = 0;

	if (journeys->sorted == journeys->used)
		return;
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		check_for_interrupts_at(n);
		n++;
	}
	entries = palloc_extended(n * sizeof(JourneyEntry *), MCXT_ALLOC_HUGE);
	n = 0;
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		check_for_interrupts_at(n);
		entries[n++] = unconstify(JourneyEntry *, e);
	}
	sort_entries(entries, n);

	buffer = palloc(journeys->used);
	for (int i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (last != NULL && compare_entries(last, entries[i]) == 0)
		{
			add_counts(last, entries[i], kind);
			continue;
		}
		last = (JourneyEntry *) (buffer + used);
		memcpy(last, entries[i], entries[i]->size);
		used += entries[i]->size;
	}
	memcpy(journeys->entries, buffer, used);
	journeys->used = used;
	journeys->sorted = used;
	pfree(buffer);
	pfree(entries);
}

/* Room for so many bytes more; the state may move. */
static Journeys *
make_room(Journeys *journeys, Size size, const JourneyKind *kind)
{
	Size room = ROOM(journeys);
	Journeys *grown;

	if (room - journeys->used >= size)
		return journeys;
	compact(journeys, kind);
	if (journeys->used + size <= room / 2)
		return journeys;
	room = Min(Max(room * 2, FIRST_ROOM), MaxAllocSize - HEADER_SIZE);
	grown = copy_with_room(journeys, Max(room, journeys->used + size), kind);
	return grown;
}

static void
raise_scale(Journeys *journeys, int scale)
{
	if (scale <= journeys->scale)
		return;
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
		set_amount(unconstify(JourneyEntry *, e),
				   exact_rescale(journey_amount(e), journeys->scale, scale));
	journeys->scale = scale;
}

/* A list being read. */
typedef struct ListBuilder
{
	int n;
	int room;
	PartnerName *names;
} ListBuilder;

static int
compare_names(const void *a, const void *b)
{
	return compare_partners(*(const PartnerName *) a,
							*(const PartnerName *) b);
}

static void
check_name(PartnerName name, const JourneyKind *kind)
{
	if (name.length == 0 && !kind->pair)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a partner's name is empty"),
				 errdetail("Names have 1 to %d bytes.", NAME_MAX_LENGTH)));
	if (name.length > NAME_MAX_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a partner's name is too long"),
				 errdetail("Names have 1 to %d bytes.", NAME_MAX_LENGTH)));
}

static void
add_name(ListBuilder *list, PartnerName name, const JourneyKind *kind)
{
	check_name(name, kind);
	if (kind->ordered && !kind->pair && list->n > 0 &&
		compare_partners(list->names[list->n - 1], name) == 0)
		return;
	MAKE_ROOM(CurrentMemoryContext, list->names, list->room, list->n + 1);
	list->names[list->n++] = name;
}

/* Sorts names, each once; how many there are. */
static Size
sort_names(PartnerName *names, Size n)
{
	Size kept = 1;

	if (n < 2)
		return n;
	sort_cancellably(names, n, sizeof(PartnerName), compare_names);
	for (Size i = 1; i < n; i++)
	{
		check_for_interrupts_at(i);
		if (compare_partners(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	}
	return kept;
}

/* A set is sorted, without repeats; a path already is without repeats. */
static void
finish_list(ListBuilder *list, const JourneyKind *kind)
{
	if (!kind->ordered)
		list->n = (int) sort_names(list->names, list->n);
	if (list->n > LIST_MAX_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many partners in one list"),
						errdetail("There are %d, and at most %d are allowed.",
								  list->n, LIST_MAX_LENGTH)));
}

/* Adds a list with its counts; the state may move. */
static Journeys *
add_journey(Journeys *journeys, const ListBuilder *list, int64 wins,
			int64 losses, Decimal amount, const JourneyKind *kind)
{
	Size key_size = 0;
	Size size;
	JourneyEntry *entry;
	unsigned char *to;

	for (int i = 0; i < list->n; i++)
		key_size += 2 + list->names[i].length;
	size = TYPEALIGN(8, ENTRY_HEADER + key_size);
	raise_scale(journeys, amount.scale);
	amount.value = exact_rescale(amount.value, amount.scale, journeys->scale);
	journeys = make_room(journeys, size, kind);
	entry = (JourneyEntry *) (journeys->entries + journeys->used);
	memset(entry, 0, size);
	entry->size = size;
	entry->key_size = key_size;
	entry->counts.wins = wins;
	entry->counts.losses = losses;
	set_amount(entry, amount.value);
	to = (unsigned char *) entry->key;
	for (int i = 0; i < list->n; i++)
	{
		*to++ = list->names[i].length >> 8;
		*to++ = list->names[i].length & 0xFF;
		memcpy(to, list->names[i].bytes, list->names[i].length);
		to += list->names[i].length;
	}
	journeys->used += size;
	return journeys;
}

/* ---- aggregates ---- */

static Journeys *
journeys_for_update(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	if (PG_ARGISNULL(0))
		return allocate(0, kind);
	return state_for_update(fcinfo, 0, &kind->type);
}

/* Without what only an aggregate that goes on needs. */
static Journeys *
trimmed(const Journeys *journeys, const JourneyKind *kind)
{
	Journeys *copy = copy_with_room(journeys, journeys->used, kind);

	if (copy->sorted < copy->used)
	{
		compact(copy, kind);
		copy = copy_with_room(copy, copy->used, kind);
	}
	return copy;
}

/* Who calls a transition function directly gets a value. */
static Datum
changed(FunctionCallInfo fcinfo, Journeys *journeys, const JourneyKind *kind)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		journeys = trimmed(journeys, kind);
	PG_RETURN_POINTER(journeys);
}

/* The partners of an array; a NULL is no partner. */
static ListBuilder
list_argument(FunctionCallInfo fcinfo, int argno, const JourneyKind *kind)
{
	ListBuilder list = {0};
	ArrayType *array;
	Datum *values;
	bool *nulls;
	int n;

	if (PG_ARGISNULL(argno))
		return list;
	array = PG_GETARG_ARRAYTYPE_P(argno);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("a list of partners has one dimension")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
	{
		text *name;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		name = DatumGetTextPP(values[i]);
		add_name(&list,
				 (PartnerName){VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)},
				 kind);
	}
	finish_list(&list, kind);
	return list;
}

static Datum
accumulate(FunctionCallInfo fcinfo, int64 wins, int64 losses, int amount_arg,
		   const JourneyKind *kind)
{
	Journeys *journeys = journeys_for_update(fcinfo, kind);

	if (wins == 0 && losses == 0)
	{
		if (pg_add_s64_overflow(journeys->undecided, 1, &journeys->undecided))
			too_many(kind);
	}
	else
	{
		ListBuilder list = list_argument(fcinfo, 1, kind);
		Decimal amount = {0, 0};

		/* what was lost is no credit of anybody */
		if (wins > 0 && !PG_ARGISNULL(amount_arg))
			amount = amount_argument(fcinfo, amount_arg);
		journeys = add_journey(journeys, &list, wins, losses, amount, kind);
	}
	return changed(fcinfo, journeys, kind);
}

/* (state, partners text[], won boolean, amount numeric) -> state */
Datum
journeys_accum(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	bool decided = !PG_ARGISNULL(2);
	bool won = decided && PG_GETARG_BOOL(2);

	return accumulate(fcinfo, won ? 1 : 0, decided && !won ? 1 : 0, 3, kind);
}

/*
 * (state, partners text[], wins bigint, losses bigint, amount numeric)
 *		-> state
 */
Datum
journeys_accum_counts(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	int64 wins = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	int64 losses = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);

	if (wins < 0 || losses < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("wins and losses must not be negative"),
						errdetail("There are " INT64_FORMAT
								  " wins and " INT64_FORMAT " losses.",
								  wins, losses)));
	if (wins > MAX_JOURNEY_DEALS || losses > MAX_JOURNEY_DEALS - wins)
		too_many(kind);
	return accumulate(fcinfo, wins, losses, 4, kind);
}

/* A list of two names, with an amount or NULL in argument amount_arg */
Datum
journeys_accum_pair(FunctionCallInfo fcinfo, PartnerName first,
					PartnerName second, int amount_arg,
					const JourneyKind *kind)
{
	Journeys *journeys = journeys_for_update(fcinfo, kind);
	PartnerName names[2] = {first, second};
	ListBuilder list = {2, 2, names};
	Decimal amount = {0, 0};

	for (int i = 0; i < 2; i++)
		check_name(names[i], kind);
	if (PG_NARGS() > amount_arg && !PG_ARGISNULL(amount_arg))
		amount = amount_argument(fcinfo, amount_arg);
	journeys = add_journey(journeys, &list, 1, 0, amount, kind);
	return changed(fcinfo, journeys, kind);
}

Datum
journeys_combine(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	Journeys *journeys;
	const Journeys *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	journeys = journeys_for_update(fcinfo, kind);
	if (!PG_ARGISNULL(1))
	{
		JourneyEntry *added;

		other = journeys_argument(fcinfo, 1, kind);
		raise_scale(journeys, other->scale);
		if (pg_add_s64_overflow(journeys->undecided, other->undecided,
								&journeys->undecided))
			too_many(kind);
		journeys = make_room(journeys, other->used, kind);
		added = (JourneyEntry *) (journeys->entries + journeys->used);
		memcpy(added, other->entries, other->used);
		journeys->used += other->used;
		for (const JourneyEntry *e = added; is_journey(journeys, e);
			 e = next_journey(e))
		{
			CHECK_FOR_INTERRUPTS();
			set_amount(unconstify(JourneyEntry *, e),
					   exact_rescale(journey_amount(e), other->scale,
									 journeys->scale));
		}
	}
	return changed(fcinfo, journeys, kind);
}

Datum
journeys_final(FunctionCallInfo fcinfo, const JourneyKind *kind)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(trimmed(value_argument(fcinfo, 0, &kind->type), kind));
}

/* What a running aggregate left is sorted first. */
static Journeys *
settled(Journeys *journeys, const JourneyKind *kind)
{
	return journeys->sorted < journeys->used ? trimmed(journeys, kind)
											 : journeys;
}

Journeys *
journeys_argument(FunctionCallInfo fcinfo, int argno, const JourneyKind *kind)
{
	return settled(value_argument(fcinfo, argno, &kind->type), kind);
}

/* ---- partners ---- */

/* A partner, and which of the different ones came so late */
typedef struct NumberedPartner
{
	PartnerName name;
	int number;
} NumberedPartner;

#define ST_SORT          sort_partners
#define ST_ELEMENT_TYPE  NumberedPartner
#define ST_COMPARE(a, b) compare_partners((a)->name, (b)->name)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

PartnerList
list_partners(const Journeys *journeys)
{
	PartnerList list = {0};
	IdTable table;
	NumberedPartner *sorted;
	int *places;
	Size n = 0;
	Size room = 0;

	begin_id_table(&table, CurrentMemoryContext);
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		const char *at = e->key;
		PartnerName name;

		CHECK_FOR_INTERRUPTS();
		while (next_partner(&at, e->key + e->key_size, &name))
		{
			MAKE_ROOM(CurrentMemoryContext, list.numbers, room, n + 1);
			list.numbers[n++] = (int) id_number(&table, name.bytes,
												name.length);
		}
	}
	list.n = (int) table.n;
	list.names = allocate_array(table.n, sizeof(PartnerName));
	sorted = allocate_array(table.n, sizeof(NumberedPartner));
	places = allocate_array(table.n, sizeof(int));
	for (int i = 0; i < list.n; i++)
		sorted[i] = (NumberedPartner){{table.ids[i].bytes,
									   (int) table.ids[i].length},
									  i};
	sort_partners(sorted, table.n);
	for (int i = 0; i < list.n; i++)
	{
		list.names[i] = sorted[i].name;
		places[sorted[i].number] = i;
	}
	for (Size i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		list.numbers[i] = places[list.numbers[i]];
	}
	pfree(sorted);
	pfree(places);
	return list;
}

/* ---- reading and writing ---- */

/* A list with its counts, as it is read or written */
typedef struct JourneyDraft
{
	int64 wins;
	int64 losses;
	int128 amount;
	uint16 partners; /* in a message */

	/* Names come from an entry, or go to the list. */
	const char *from;
	const char *end;
	ListBuilder list;
} JourneyDraft;

static inline void
draft_entry(JourneyDraft *draft, const JourneyEntry *entry)
{
	draft->wins = entry->counts.wins;
	draft->losses = entry->counts.losses;
	draft->amount = journey_amount(entry);
	draft->from = entry->key;
	draft->end = entry->key + entry->key_size;
}

/* What is wrong with what was read, from whichever side, or NULL. */
static const char *
draft_problem(const JourneyDraft *draft, const JourneyKind *kind)
{
	if (kind->pair && (draft->list.n != 2 || draft->losses > 0))
		return "It has a list that is no pair.";
	if (draft->wins < 0 || draft->losses < 0)
		return "It has a negative count.";
	if (draft->wins > MAX_JOURNEY_DEALS ||
		draft->losses > MAX_JOURNEY_DEALS - draft->wins)
		return "It has a count out of range.";
	if (draft->wins == 0 && draft->losses == 0)
		return kind->pair ? "It has a pair that counts nothing."
						  : "It has a list that neither won nor lost.";
	if (draft->wins == 0 && draft->amount != 0)
		return "It has an amount without a win.";
	if (!exact_in_range(draft->amount))
		return "It has an amount out of range.";
	return NULL;
}

/* Adds what was read to a value; NULL, or what is wrong with it. */
static const char *
add_draft(Journeys **journeys, JourneyDraft *draft, const JourneyKind *kind)
{
	const char *problem = draft_problem(draft, kind);
	Decimal amount = {draft->amount, (*journeys)->scale};

	if (problem)
		return problem;
	finish_list(&draft->list, kind);
	*journeys = add_journey(*journeys, &draft->list, draft->wins,
							draft->losses, amount, kind);
	return NULL;
}

/* "A">"B"=wins:losses:amount, of sets "A"+"B"; a list of nobody is -. */
static void
draft_text(TextForm *form, JourneyDraft *draft, int scale,
		   const JourneyKind *kind)
{
	if (kind->pair || !text_next(form, draft->from == draft->end, '-'))
	{
		for (bool first = true;
			 first || text_next(form, draft->from < draft->end,
								kind->ordered ? '>' : '+');
			 first = false)
		{
			PartnerName name = {NULL, 0};

			if (form->out)
				(void) next_partner(&draft->from, draft->end, &name);
			if (!text_quoted(form, &name.bytes, &name.length, NAME_MAX_LENGTH,
							 '\\'))
				break;
			if (form->out == NULL && (name.length == 0 && !kind->pair))
				text_fail(form);
			else if (form->out == NULL)
				add_name(&draft->list, name, kind);
		}
	}
	text_sign(form, '=');
	text_count(form, &draft->wins);
	if (!kind->pair)
	{
		text_sign(form, ':');
		text_count(form, &draft->losses);
	}
	text_sign(form, ':');
	text_amount(form, &draft->amount, scale);
}

/* v1 scale=2 undecided=3, then the lists */
void *
journeys_text(TextForm *form, void *value)
{
	const JourneyKind *kind = (const JourneyKind *) form->type;
	Journeys *journeys = value ? settled(value, kind) : allocate(0, kind);
	JourneyDraft draft = {0};
	MemoryContext scratch;

	text_version(form);
	text_scale(form, &journeys->scale);
	if (!kind->pair && text_field(form, journeys->undecided != 0, "undecided"))
		text_count(form, &journeys->undecided);
	if (form->out)
	{
		for (const JourneyEntry *e = first_journey(journeys);
			 is_journey(journeys, e); e = next_journey(e))
		{
			CHECK_FOR_INTERRUPTS();
			draft_entry(&draft, e);
			text_sign(form, ' ');
			draft_text(form, &draft, journeys->scale, kind);
		}
		return journeys;
	}
	scratch = AllocSetContextCreate(CurrentMemoryContext, "journeys input",
									ALLOCSET_DEFAULT_SIZES);
	while (text_more(form) && text_sign(form, ' '))
	{
		MemoryContext caller = MemoryContextSwitchTo(scratch);
		const char *problem = NULL;

		memset(&draft, 0, sizeof(draft));
		draft_text(form, &draft, journeys->scale, kind);
		MemoryContextSwitchTo(caller);
		if (!form->failed)
			problem = add_draft(&journeys, &draft, kind);
		if (problem)
			text_problem(form, problem);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	return trimmed(journeys, kind);
}

/* The counts, the amount, the number of partners and their names */
static void
draft_binary(BinaryForm *form, JourneyDraft *draft, const JourneyKind *kind)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(JourneyDraft, wins),
		BINARY_FIELD(JourneyDraft, losses),
		BINARY_FIELD(JourneyDraft, amount),
		BINARY_FIELD(JourneyDraft, partners),
	};

	const char *at = draft->from;
	PartnerName name;

	if (!form->reads)
	{
		draft->partners = 0;
		while (next_partner(&at, draft->end, &name))
			draft->partners++;
		binary_fields(form, draft, fields, lengthof(fields));
		while (next_partner(&draft->from, draft->end, &name))
			binary_text(form, &name.bytes, &name.length);
		return;
	}
	binary_fields(form, draft, fields, lengthof(fields));
	for (int i = 0; i < draft->partners && form->problem == NULL; i++)
	{
		if (!binary_text(form, &name.bytes, &name.length))
			break;
		if (name.length < (kind->pair ? 0 : 1) ||
			name.length > NAME_MAX_LENGTH)
			binary_problem(form, "It has a name of impossible length.");
		else
			add_name(&draft->list, name, kind);
	}
}

/* The scale, how many are undecided, and lists, how many first */
void *
journeys_binary(BinaryForm *form, void *value)
{
	const JourneyKind *kind = (const JourneyKind *) form->type;
	Journeys *journeys = value ? settled(value, kind) : allocate(0, kind);
	JourneyDraft draft = {0};
	int32 n = 0;
	MemoryContext scratch;

	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
		n++;
	binary_uint8(form, &journeys->scale);
	binary_int64(form, &journeys->undecided);
	binary_int32(form, &n);
	if (!form->reads)
	{
		for (const JourneyEntry *e = first_journey(journeys);
			 is_journey(journeys, e); e = next_journey(e))
		{
			CHECK_FOR_INTERRUPTS();
			draft_entry(&draft, e);
			draft_binary(form, &draft, kind);
		}
		return journeys;
	}
	if (journeys->scale > DECIMAL_MAX_SCALE)
		binary_problem(form, "Its scale is out of range.");
	if (journeys->undecided < 0 || (kind->pair && journeys->undecided > 0))
		binary_problem(form, "It has a count out of range.");
	scratch = AllocSetContextCreate(CurrentMemoryContext, "journeys message",
									ALLOCSET_DEFAULT_SIZES);
	for (uint32 i = 0; i < (uint32) n && form->problem == NULL; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(scratch);

		CHECK_FOR_INTERRUPTS();
		memset(&draft, 0, sizeof(draft));
		draft_binary(form, &draft, kind);
		MemoryContextSwitchTo(caller);
		if (form->problem == NULL)
			form->problem = add_draft(&journeys, &draft, kind);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	return form->problem ? NULL : trimmed(journeys, kind);
}
