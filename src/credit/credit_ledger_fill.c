/*
 * credit_ledger_fill.c
 *		Rows into a credit_ledger.
 *
 * credit_ledger_agg() takes the rows of a table in any order.  All that a
 * transition does is to replace partners, roles and models by numbers and to
 * append 32 bytes to a list, one of 256, which it chooses by the first bits of
 * the deal's hash.  Deals are found and credited only when the ledger is read
 * (credit_ledger_reader.c), list by list, each small enough for the processor's
 * cache.  A hash table of all deals, as a GROUP BY has, would miss that cache
 * at every row.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_fill.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"
#include "credit/credit_ledger_private.h"

#define FIRST_CHUNK_ROWS 8
#define MAX_CHUNK_ROWS   512
#define FIRST_ARENA      ((Size) 4 * 1024)
#define MAX_ARENA        ((Size) 64 * 1024 * 1024)
#define FIRST_NAMES      16
#define RECENT_IDS       1024
#define MAX_MODELS       65535
#define MAX_COMPARED     64

/* ---- memory ---- */

static void
start_names(LedgerNames *names, bool integers)
{
	names->integers = integers;
	names->n = 0;
	names->capacity = FIRST_NAMES;
	names->hashes = palloc(FIRST_NAMES * sizeof(uint64));
	names->names = integers ? NULL : palloc(FIRST_NAMES * sizeof(CreditName));
	names->slots = palloc0(2 * FIRST_NAMES * sizeof(LedgerSlot));
}

/* A ledger without rows. */
CreditLedger *
make_ledger(MemoryContext context, IdType deal_type, IdType partner_type)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	CreditLedger *ledger = palloc0(sizeof(CreditLedger));

	ledger->context = context;
	ledger->account = ledger_account(context);
	ledger->deal_type = deal_type;
	ledger->partner_type = partner_type;
	start_names(&ledger->partners, partner_type == ID_BIGINT);
	start_names(&ledger->roles, false);
	start_names(&ledger->models, false);
	start_names(&ledger->labels, true);
	ledger->last_deal.deal.spare = 1; /* as no row has it */
	ledger->seen.occurred.first = ledger->seen.closed.first = PG_INT64_MAX;
	ledger->seen.occurred.last = ledger->seen.closed.last = PG_INT64_MIN;
	MemoryContextSwitchTo(caller);
	return ledger;
}

/*
 * Memory for a chunk of rows.  It is cut from larger and larger pieces, which
 * the kernel is asked to back with huge pages: a row is 32 bytes, so that a
 * fault for every 4 kB takes longer than all else that is done with the row.
 */
static void *
allocate_chunk(CreditLedger *ledger, Size size)
{
	void *chunk;

	if (ledger->arena_left < size)
	{
		ledger->arena_size = Min(Max(ledger->arena_size * 2, FIRST_ARENA),
								 MAX_ARENA);
		while (ledger->arena_size < size)
			ledger->arena_size *= 2;
		ledger->arena = MemoryContextAlloc(ledger->context,
										   ledger->arena_size);
		ledger->arena_left = ledger->arena_size;
		advise_huge_pages(ledger->arena, ledger->arena_size);
	}
	chunk = ledger->arena;
	ledger->arena += size;
	ledger->arena_left -= size;
	return chunk;
}

/* Room for one more row at the end of the list. */
static inline LedgerRow *
append_row(CreditLedger *ledger, LedgerList *list)
{
	LedgerChunk *chunk = list->last;

	if (unlikely(chunk == NULL || chunk->n == chunk->capacity))
	{
		int64 capacity = Min(Max(list->n, FIRST_CHUNK_ROWS), MAX_CHUNK_ROWS);
		Size size = MAXALIGN(sizeof(LedgerChunk)) +
					capacity * sizeof(LedgerRow);

		take_ledger_memory(ledger, size);
		chunk = allocate_chunk(ledger, size);
		chunk->next = NULL;
		chunk->n = 0;
		chunk->capacity = capacity;
		chunk->rows = (char *) chunk + MAXALIGN(sizeof(LedgerChunk));
		if (list->last != NULL)
			list->last->next = chunk;
		else
			list->first = chunk;
		list->last = chunk;
	}
	list->n++;
	return (LedgerRow *) (chunk->rows + sizeof(LedgerRow) * chunk->n++);
}

static inline void
see_date(SeenDates *seen, TimestampTz date)
{
	if (date == DT_NOEND)
		return;
	if (date < seen->first)
		seen->first = date;
	if (date > seen->last)
		seen->last = date;
	if (!seen->fractions)
		seen->fractions = date % USECS_PER_SEC != 0;
}

static inline void
append_touch(CreditLedger *ledger, int part, const CreditTouch *touch)
{
	see_date(&ledger->seen.occurred, touch->occurred_at);
	ledger->seen.weights |= touch->weight - CREDIT_UNWEIGHTED;
	append_row(ledger, &ledger->touches[part])->touch = *touch;
}

static inline void
append_deal(CreditLedger *ledger, int part, const LedgerDeal *deal)
{
	see_date(&ledger->seen.closed, deal->closed_at);
	ledger->seen.amounts |= signed_code(deal->amount);
	append_row(ledger, &ledger->deals[part])->deal = *deal;
}

/* Appends a row whose numbers are the ledger's own. */
void
append_ledger_touch(CreditLedger *ledger, int part, const CreditTouch *touch)
{
	append_touch(ledger, part, touch);
}

void
append_ledger_deal(CreditLedger *ledger, int part, const LedgerDeal *deal)
{
	append_deal(ledger, part, deal);
}

/* ---- names ---- */

static void
grow_names(CreditLedger *ledger, LedgerNames *names)
{
	MemoryContext caller = MemoryContextSwitchTo(ledger->context);
	uint32 capacity = names->capacity * 2;
	uint32 mask = capacity * 2 - 1;

	if (names->capacity > PG_INT32_MAX / 2)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("credit ledger has too many partners")));
	names->hashes = repalloc_huge(names->hashes, capacity * sizeof(uint64));
	if (!names->integers)
		names->names = repalloc_huge(names->names,
									 capacity * sizeof(CreditName));
	pfree(names->slots);
	names->slots = MemoryContextAllocExtended(
		ledger->context, (Size) capacity * 2 * sizeof(LedgerSlot),
		MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	names->capacity = capacity;
	for (uint32 i = 0; i < names->n; i++)
	{
		uint32 at = names->hashes[i] & mask;

		check_for_interrupts_at(i);
		while (names->slots[at].number != 0)
			at = (at + 1) & mask;
		names->slots[at].hash = names->hashes[i];
		names->slots[at].number = i + 1;
	}
	MemoryContextSwitchTo(caller);
}

/* The number of a thing with this hash; bytes are NULL for an integer. */
static inline uint32
number_of(CreditLedger *ledger, LedgerNames *names, uint64 hash,
		  const char *bytes, Size length)
{
	uint32 mask = names->capacity * 2 - 1;
	uint32 at;

	for (at = hash & mask; names->slots[at].number != 0; at = (at + 1) & mask)
	{
		uint32 number = names->slots[at].number - 1;

		if (names->slots[at].hash == hash &&
			(bytes == NULL ||
			 (names->names[number].length == length &&
			  memcmp(names->names[number].bytes, bytes, length) == 0)))
			return number;
	}
	if (names->n == names->capacity)
	{
		grow_names(ledger, names);
		return number_of(ledger, names, hash, bytes, length);
	}
	names->slots[at].hash = hash;
	names->slots[at].number = names->n + 1;
	names->hashes[names->n] = hash;
	if (bytes != NULL)
	{
		char *copy = MemoryContextAlloc(ledger->context, Max(length, 1));

		take_ledger_memory(ledger, length);
		memcpy(copy, bytes, length);
		names->names[names->n].bytes = copy;
		names->names[names->n].length = length;
	}
	return names->n++;
}

/* The same for whoever has the hash already. */
uint32
number_in_ledger(CreditLedger *ledger, LedgerNames *names, uint64 hash,
				 const char *bytes, Size length)
{
	return number_of(ledger, names, hash, bytes, length);
}

static inline uint32
number_of_integer(CreditLedger *ledger, LedgerNames *names, uint64 integer)
{
	return number_of(ledger, names, mix_integer(integer), NULL, 0);
}

static inline uint64
hash_of(const char *bytes, Size length)
{
	return hash_bytes_extended((const unsigned char *) bytes, length, 0);
}

static inline uint32
number_of_name(CreditLedger *ledger, LedgerNames *names, const char *bytes,
			   Size length)
{
	return number_of(ledger, names, hash_of(bytes, length), bytes, length);
}

/* ---- deals ---- */

void
add_ledger_id_block(CreditLedger *ledger, char *block, uint32 used)
{
	if (ledger->nblocks == ledger->block_capacity)
	{
		MemoryContext caller = MemoryContextSwitchTo(ledger->context);
		uint32 capacity = Max(ledger->block_capacity * 2, 16);

		if (capacity > (UINT64CONST(1) << (ID_OFFSET_BITS - ID_BLOCK_BITS)))
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("credit ledger has too many deals")));
		ledger->id_blocks = ledger->nblocks == 0
								? palloc(capacity * sizeof(char *))
								: repalloc(ledger->id_blocks,
										   capacity * sizeof(char *));
		ledger->id_block_used = ledger->nblocks == 0
									? palloc(capacity * sizeof(uint32))
									: repalloc(ledger->id_block_used,
											   capacity * sizeof(uint32));
		ledger->block_capacity = capacity;
		MemoryContextSwitchTo(caller);
	}
	ledger->id_blocks[ledger->nblocks] = block;
	ledger->id_block_used[ledger->nblocks++] = used;
	ledger->id_room = 0;
}

/*
 * Room for an id behind the others.  The first block begins small and grows,
 * since there may be a ledger for each of many thousand groups.
 */
static void
make_id_room(CreditLedger *ledger, Size size)
{
	uint32 room = ID_BLOCK_SIZE;
	char **last = &ledger->id_blocks[ledger->nblocks - 1];
	Size wanted = size;

	if (ledger->id_room > 0)
		wanted += ledger->id_block_used[ledger->nblocks - 1];
	if (ledger->nblocks <= 1 && wanted <= ID_BLOCK_SIZE)
	{
		room = Max(ledger->id_room, FIRST_IDS);
		while (room < wanted)
			room *= 2;
	}
	if (ledger->id_room > 0 && wanted <= room)
	{
		take_ledger_memory(ledger, room - ledger->id_room);
		*last = repalloc(*last, room);
	}
	else
	{
		take_ledger_memory(ledger, room);
		add_ledger_id_block(ledger, MemoryContextAlloc(ledger->context, room),
							0);
	}
	ledger->id_room = room;
}

/* Puts an id behind the others. */
static uint64
store_id(CreditLedger *ledger, const char *bytes, uint16 length)
{
	Size size = sizeof(uint16) + length;
	char *at;
	uint64 offset;

	if (ledger->nblocks == 0 ||
		ledger->id_block_used[ledger->nblocks - 1] + size > ledger->id_room)
		make_id_room(ledger, size);
	offset = (uint64) (ledger->nblocks - 1) << ID_BLOCK_BITS |
			 ledger->id_block_used[ledger->nblocks - 1];
	at = ledger->id_blocks[ledger->nblocks - 1] +
		 ledger->id_block_used[ledger->nblocks - 1];
	memcpy(at, &length, sizeof(uint16));
	memcpy(at + sizeof(uint16), bytes, length);
	ledger->id_block_used[ledger->nblocks - 1] += size;
	return offset;
}

/*
 * The key of an id that is no integer.  Rows of one deal often follow one
 * another, so the recent ids are not stored again.
 */
uint64
ledger_key_of_id(CreditLedger *ledger, const char *bytes, Size length)
{
	uint64 hash = hash_of(bytes, length);
	uint64 *recent;

	if (length > MAX_ID_BYTES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("id of a deal is too long"),
						errdetail("It has %zu bytes, the limit is %d.", length,
								  MAX_ID_BYTES)));
	if (ledger->recent_ids == NULL)
		ledger->recent_ids = MemoryContextAllocZero(ledger->context,
													RECENT_IDS *
														sizeof(uint64));
	recent = &ledger->recent_ids[hash % RECENT_IDS];
	/* No id is stored twice under key 0, the first of all with bits 0. */
	if (*recent != 0 && *recent >> ID_OFFSET_BITS == hash >> ID_OFFSET_BITS)
	{
		CreditName id = ledger_id(ledger, *recent);

		if (id.length == length && memcmp(id.bytes, bytes, length) == 0)
			return *recent;
	}
	*recent = (hash >> ID_OFFSET_BITS << ID_OFFSET_BITS) |
			  store_id(ledger, bytes, (uint16) length);
	return *recent;
}

/* A copy, where detoasting made one, is freed with the row. */
static uint64
deal_key(CreditLedger *ledger, Datum deal)
{
	struct varlena *id;

	switch (ledger->deal_type)
	{
		case ID_BIGINT:
			return mix_integer((uint64) DatumGetInt64(deal));
		case ID_UUID:
			return ledger_key_of_id(ledger,
									(const char *) DatumGetUUIDP(deal)->data,
									UUID_LEN);
		case ID_TEXT:
			id = PG_DETOAST_DATUM_PACKED(deal);
			return ledger_key_of_id(ledger, VARDATA_ANY(id),
									VARSIZE_ANY_EXHDR(id));
	}
	return 0; /* not reached */
}

static uint32
partner_number(CreditLedger *ledger, Datum partner)
{
	struct varlena *name;

	switch (ledger->partner_type)
	{
		case ID_BIGINT:
			return number_of_integer(ledger, &ledger->partners,
									 (uint64) DatumGetInt64(partner));
		case ID_UUID:
			return number_of_name(ledger, &ledger->partners,
								  (const char *) DatumGetUUIDP(partner)->data,
								  UUID_LEN);
		case ID_TEXT:
			name = PG_DETOAST_DATUM_PACKED(partner);
			return number_of_name(ledger, &ledger->partners, VARDATA_ANY(name),
								  VARSIZE_ANY_EXHDR(name));
	}
	return 0; /* not reached */
}

/* A model's number + 1; most rows have the model of the row before. */
static uint32
model_number(CreditLedger *ledger, const CreditModel *model)
{
	Size size = VARSIZE(model);
	LedgerNames *models = &ledger->models;

	if (ledger->last_model != 0)
	{
		const CreditName *last = &models->names[ledger->last_model - 1];

		if (last->length == size && memcmp(last->bytes, model, size) == 0)
			return ledger->last_model;
	}
	ledger->last_model = number_of_name(ledger, models, (const char *) model,
										size) +
						 1;
	if (models->n > MAX_MODELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("credit ledger has more than %d models", MAX_MODELS)));
	return ledger->last_model;
}

/* Most rows have the role and the model of the row before. */
static inline uint32
label_number(CreditLedger *ledger, uint64 label)
{
	if (ledger->last_label_number == 0 || ledger->last_label != label)
	{
		ledger->last_label_number = number_of_integer(ledger, &ledger->labels,
													  label) +
									1;
		ledger->last_label = label;
	}
	return ledger->last_label_number - 1;
}

/* The amount must live as long as the ledger. */
int64
add_large_amount(CreditLedger *ledger, Numeric amount)
{
	MAKE_ROOM(ledger->context, ledger->large_amounts, ledger->large_capacity,
			  ledger->nlarge + 1);
	ledger->large_amounts[ledger->nlarge] = amount;
	return ledger->nlarge++;
}

int64
store_large_amount(CreditLedger *ledger, Numeric amount)
{
	MemoryContext caller = MemoryContextSwitchTo(ledger->context);
	Numeric copy = (Numeric) PG_DETOAST_DATUM_COPY(NumericGetDatum(amount));

	MemoryContextSwitchTo(caller);
	take_ledger_memory(ledger, VARSIZE(copy));
	return add_large_amount(ledger, copy);
}

/* ---- the aggregates ---- */

/*
 * The arguments of credit_ledger_agg(), after the state.  Those of
 * credit_comparison_agg() are the same from the role on.
 */
enum
{
	ARG_DEAL = 1,
	ARG_AMOUNT,
	ARG_MODEL,
	ARG_ROLE,
	ARG_PARTNER,
	ARG_OCCURRED_AT,
	ARG_CLOSED_AT,
	ARG_WEIGHT
};

StaticAssertDecl(ARG_MODEL == LEDGER_MODEL_ARGUMENT &&
					 ARG_PARTNER == LEDGER_PARTNER_ARGUMENT &&
					 ARG_WEIGHT + 1 == MAX_LEDGER_ARGUMENTS,
				 "credit_ledger_collect.c knows them too");

#define HAS_ARGUMENT(number) ((number) < nargs && !args[number].isnull)
#define ARGUMENT(number)     (args[number].value)

/*
 * Adds a row.  One with an amount states its deal, one with a partner states
 * a touch; one with neither states a deal without an amount.
 */
static inline void
add_row(CreditLedger *ledger, const NullableDatum *args, int nargs, uint64 key,
		int amount_argument, uint32 model)
{
	bool has_amount = HAS_ARGUMENT(amount_argument);
	bool has_partner = HAS_ARGUMENT(ARG_PARTNER);

	if (has_amount || !has_partner)
	{
		LedgerRow row = {0};
		CreditAmount amount;

		row.deal.deal = key;
		row.deal.model = model;
		row.deal.closed_at = CREDIT_UNDATED_AT;
		if (HAS_ARGUMENT(ARG_CLOSED_AT))
			row.deal.closed_at = credit_moment(
				DatumGetInt64(ARGUMENT(ARG_CLOSED_AT)));
		if (has_amount)
		{
			credit_read_amount(DatumGetNumeric(ARGUMENT(amount_argument)),
							   &amount);
			row.deal.amount_kind = AMOUNT_WORD;
			row.deal.amount = amount.value;
			row.deal.scale = (uint8) amount.scale;
			if (amount.numeric != NULL)
			{
				row.deal.amount_kind = AMOUNT_LARGE;
				row.deal.amount = store_large_amount(ledger, amount.numeric);
			}
		}
		/* Joined rows say the same of their deal one after the other. */
		if (memcmp(&row, &ledger->last_deal, sizeof(row)) != 0)
		{
			ledger->last_deal = row;
			append_deal(ledger, LEDGER_PART(key), &row.deal);
		}
	}
	if (has_partner)
	{
		CreditTouch touch;
		uint32 role = 0;

		touch.deal = key;
		touch.occurred_at = CREDIT_UNDATED_AT;
		touch.weight = CREDIT_UNWEIGHTED;
		touch.partner = partner_number(ledger, ARGUMENT(ARG_PARTNER));
		if (HAS_ARGUMENT(ARG_ROLE))
		{
			text *name = DatumGetTextPP(ARGUMENT(ARG_ROLE));

			role = number_of_name(ledger, &ledger->roles, VARDATA_ANY(name),
								  VARSIZE_ANY_EXHDR(name)) +
				   1;
		}
		touch.role = label_number(ledger, LABEL(role, model));
		if (HAS_ARGUMENT(ARG_OCCURRED_AT))
			touch.occurred_at = credit_moment(
				DatumGetInt64(ARGUMENT(ARG_OCCURRED_AT)));
		if (HAS_ARGUMENT(ARG_WEIGHT))
			touch.weight = credit_touch_weight(
				DatumGetNumeric(ARGUMENT(ARG_WEIGHT)));
		append_touch(ledger, LEDGER_PART(key), &touch);
	}
}

static void
need_deal(void)
{
	ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("deal must not be null"),
					errhint("Every row belongs to a deal; leave out the rows "
							"that have none with FILTER (WHERE ...).")));
}

/* The number + 1 of the model in a row's arguments, 0 for none. */
uint32
ledger_model(CreditLedger *ledger, const NullableDatum *args)
{
	if (args[ARG_MODEL].isnull)
		return 0;
	return model_number(ledger, DatumGetCreditModel(ARGUMENT(ARG_MODEL)));
}

/*
 * Adds a row of credit_ledger_agg()'s arguments, the state before them, with
 * its model's number.
 */
void
add_ledger_row(CreditLedger *ledger, const NullableDatum *args, int nargs,
			   uint32 model)
{
	if (args[ARG_DEAL].isnull)
		need_deal();
	add_row(ledger, args, nargs, deal_key(ledger, ARGUMENT(ARG_DEAL)),
			ARG_AMOUNT, model);
}

void
check_same_ledger_models(const struct varlena *a, const struct varlena *b)
{
	if (VARSIZE_ANY_EXHDR(a) != VARSIZE_ANY_EXHDR(b) ||
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("models to compare must be the same in every row")));
}

/* The models to compare, which are the same in every row. */
static void
read_models(CreditLedger *ledger, Datum argument)
{
	struct varlena *array = PG_DETOAST_DATUM_PACKED(argument);
	MemoryContext caller;
	Datum *elements;
	bool *nulls;
	int n;

	if (ledger->models_argument != NULL)
	{
		check_same_ledger_models(array, ledger->models_argument);
		return;
	}
	deconstruct_array(DatumGetArrayTypeP(PointerGetDatum(array)), TEXTOID, -1,
					  false, TYPALIGN_INT, &elements, &nulls, &n);
	if (n < 1 || n > MAX_COMPARED)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("models to compare must be from 1 to %d",
							   MAX_COMPARED),
						errdetail("There are %d.", n)));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("model to compare must not be null")));
		if (model_number(ledger, credit_model_parse(TextDatumGetCString(
									 elements[i]))) != i + 1)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("a model to compare is given twice"),
							errdetail("It is %s.",
									  TextDatumGetCString(elements[i]))));
	}
	ledger->compared = n;
	caller = MemoryContextSwitchTo(ledger->context);
	ledger->models_argument = PG_DETOAST_DATUM_COPY(PointerGetDatum(array));
	MemoryContextSwitchTo(caller);
}

/* The models of credit_comparison_agg(), in a row's arguments. */
void
compare_ledger_models(CreditLedger *ledger, const NullableDatum *args)
{
	if (args[1].isnull)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("models to compare must not be null")));
	read_models(ledger, ARGUMENT(1));
}

/* Adds such a row; the models have been read. */
void
add_compared_ledger_row(CreditLedger *ledger, const NullableDatum *args,
						int nargs)
{
	if (args[ARG_DEAL + 1].isnull)
		need_deal();
	add_row(ledger, args, nargs, deal_key(ledger, ARGUMENT(ARG_DEAL + 1)),
			ARG_AMOUNT + 1, 0);
}
