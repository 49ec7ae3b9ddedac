/*
 * credit_ledger_reader.c
 *		Reading a credit_ledger deal by deal.
 *
 * A ledger's lists are read one at a time.  The rows of a list are brought
 * into buckets by further bits of their deal's hash, about one deal to each,
 * partners and roles replaced by their places in the order of their bytes;
 * then a bucket is sorted by deal and, within it, as credit.c wants it.  Every
 * step but the first stays within the processor's cache.
 *
 * The ledger is not changed, and may be read more than once.  Deals are asked
 * for one at a time, so that a query which stops early does no more than it
 * needs, and one which streams them never holds their rows.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_reader.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/compat.h"
#include "base/hash.h"
#include "base/hex_text.h"
#include "base/memory.h"
#include "base/rows_disagree.h"
#include "credit/credit_ledger_flat.h"
#include "credit/credit_ledger_reader.h"

#define MAX_BUCKET_BITS    16
#define TOUCHES_A_BUCKET   8
#define MAX_INSERTION_SORT 32
#define PREFETCH_AHEAD     8

/* ---- names in the order of their bytes ---- */

/* A name, and the number that it had. */
typedef struct PlacedName
{
	CreditName name;
	uint32 number;
	uint32 model;
} PlacedName;

static int
compare_placed(const PlacedName *a, const PlacedName *b)
{
	int order = credit_compare_names(&a->name, &b->name);

	return order != 0 ? order : (a->model > b->model) - (a->model < b->model);
}

#define ST_SORT          sort_placed
#define ST_ELEMENT_TYPE  PlacedName
#define ST_COMPARE(a, b) compare_placed(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define INT64_TEXT_SIZE 24 /* with its terminator */

static CreditName
uuid_name(const char *bytes)
{
	CreditName name;
	char *text = palloc(UUID_TEXT_LENGTH);

	name.length = write_uuid(bytes, text);
	name.bytes = text;
	return name;
}

static CreditName
integer_name(int64 integer)
{
	CreditName name;
	char *digits = palloc(INT64_TEXT_SIZE);

	name.length = pg_lltoa(integer, digits);
	name.bytes = digits;
	return name;
}

static void
place_partners(LedgerReader *reader)
{
	const CreditLedger *ledger = reader->ledger;
	uint32 n = ledger->partners.n;
	PlacedName *placed = allocate_array(n, sizeof(PlacedName));

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xFFF) == 0xFFF)
			CHECK_FOR_INTERRUPTS();
		placed[i].number = i;
		placed[i].model = 0;
		if (ledger->partner_type == ID_BIGINT)
			placed[i].name = integer_name(
				(int64) unmix_integer(ledger->partners.hashes[i]));
		else if (ledger->partner_type == ID_UUID)
			placed[i].name = uuid_name(ledger->partners.names[i].bytes);
		else
			placed[i].name = ledger->partners.names[i];
	}
	sort_placed(placed, n);
	reader->npartners = n;
	reader->partners = allocate_array(n, sizeof(CreditName));
	reader->partner_place = allocate_array(n, sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		reader->partners[i] = placed[i].name;
		reader->partner_place[placed[i].number] = i;
	}
	pfree(placed);
}

static void
place_labels(LedgerReader *reader)
{
	const CreditLedger *ledger = reader->ledger;
	uint32 n = ledger->labels.n;
	PlacedName *placed = allocate_array(n, sizeof(PlacedName));

	for (uint32 i = 0; i < n; i++)
	{
		uint64 label = unmix_integer(ledger->labels.hashes[i]);
		uint32 role = LABEL_ROLE(label);

		check_for_interrupts_at(i);
		placed[i].number = i;
		placed[i].model = LABEL_MODEL(label);
		placed[i].name.bytes = NULL;
		placed[i].name.length = 0;
		if (role != 0)
			placed[i].name = ledger->roles.names[role - 1];
	}
	sort_placed(placed, n);
	reader->nlabels = n;
	reader->roles = allocate_array(n, sizeof(CreditName));
	reader->label_model = allocate_array(n, sizeof(uint32));
	reader->label_place = allocate_array(n, sizeof(uint32));
	reader->role_place = allocate_array(n, sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		reader->role_place[i] = i;
		if (i > 0 &&
			credit_compare_names(&placed[i].name, &placed[i - 1].name) == 0)
		{
			reader->role_place[i] = reader->role_place[i - 1];
			reader->roles_repeat = true;
		}
		reader->roles[i] = placed[i].name;
		reader->label_model[i] = placed[i].model;
		reader->label_place[placed[i].number] = i;
	}
	pfree(placed);
}

/* What the roles mean to a model. */
static const int32 *
role_codes_of(LedgerReader *reader, int model)
{
	if (reader->role_codes[model] == NULL)
	{
		int32 *codes = MemoryContextAllocHuge(reader->context,
											  Max(reader->nlabels, 1) *
												  sizeof(int32));

		for (uint32 i = 0; i < reader->nlabels; i++)
		{
			const CreditName *role = &reader->roles[i];

			check_for_interrupts_at(i);
			codes[i] = role->bytes == NULL
						   ? -1
						   : credit_model_role_code(reader->models[model],
													role->bytes, role->length);
		}
		reader->role_codes[model] = codes;
	}
	return reader->role_codes[model];
}

/* By the numbers that a source has. */
static uint32 *
places_of(const uint32 *numbers, uint32 n, const uint32 *places)
{
	uint32 *result = allocate_array(n, sizeof(uint32));

	for (uint32 i = 0; i < n; i++)
		result[i] = places[numbers[i]];
	return result;
}

static void
start_sources(LedgerReader *reader)
{
	const CreditLedger *ledger = reader->ledger;
	ReaderSource *source;

	reader->sources = allocate_array(ledger->nsources + 1,
									 sizeof(ReaderSource));
	reader->nsources = ledger->nsources + 1;
	source = reader->sources;
	source->ledger = ledger;
	source->partner_place = reader->partner_place;
	source->label_place = reader->label_place;
	source->models = NULL;
	source->ids = 0;
	source->large = 0;
	for (uint32 i = 0; i < ledger->nsources; i++)
	{
		const LedgerSource *other = &ledger->sources[i];

		source++;
		source->ledger = other->ledger;
		source->partner_place = places_of(other->partners,
										  other->ledger->partners.n,
										  reader->partner_place);
		source->label_place = places_of(other->labels, other->ledger->labels.n,
										reader->label_place);
		source->models = other->models;
		source->ids = ledger->deal_type == ID_BIGINT ? 0 : other->ids;
		source->large = other->large;
	}
}

/* In the current memory context, which must live as long as the reader. */
void
start_ledger_reader(LedgerReader *reader, const CreditLedger *ledger)
{
	int nmodels = ledger->models.n;

	memset(reader, 0, sizeof(LedgerReader));
	reader->ledger = ledger;
	reader->end_part = LEDGER_PARTS;
	reader->context = CurrentMemoryContext;
	place_partners(reader);
	place_labels(reader);
	start_sources(reader);
	reader->models = palloc(Max(nmodels, 1) * sizeof(CreditModel *));
	reader->role_codes = palloc0(Max(nmodels, 1) * sizeof(int32 *));
	for (int i = 0; i < nmodels; i++)
		reader->models[i] =
			(const CreditModel *) ledger->models.names[i].bytes;
	reader->touch_ends = palloc(((1 << MAX_BUCKET_BITS) + 1) * sizeof(uint32));
	reader->deal_ends = palloc(((1 << MAX_BUCKET_BITS) + 1) * sizeof(uint32));
	credit_start_scratch(&reader->scratch);
}

/* ---- a list of rows ---- */

/* A bucket's place in its list: the bits of the key behind the list's. */
static inline uint32
bucket_of(uint64 key, int bits)
{
	return (uint32) ((key << LEDGER_PART_BITS) >> (64 - bits));
}

/* Room for the list, and how many bits choose the bucket: at least one. */
static int
prepare_list(LedgerReader *reader, int64 ntouches, int64 ndeals)
{
	int64 buckets = Max(ntouches / TOUCHES_A_BUCKET, ndeals);
	MemoryContext caller;
	int bits = 1;

	if (ntouches > PG_UINT32_MAX || ndeals > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("credit ledger has too many rows")));
	if (ntouches > reader->touch_capacity)
	{
		if (reader->touches != NULL)
			pfree(reader->touches);
		reader->touch_capacity = ntouches + ntouches / 8;
		caller = MemoryContextSwitchTo(reader->context);
		reader->touches = allocate_array(reader->touch_capacity,
										 sizeof(CreditTouch));
		MemoryContextSwitchTo(caller);
	}
	if (ndeals > reader->deal_capacity)
	{
		if (reader->deals != NULL)
			pfree(reader->deals);
		reader->deal_capacity = ndeals + ndeals / 8;
		caller = MemoryContextSwitchTo(reader->context);
		reader->deals = allocate_array(reader->deal_capacity,
									   sizeof(LedgerDeal));
		MemoryContextSwitchTo(caller);
	}
	while (bits < MAX_BUCKET_BITS && (INT64CONST(1) << bits) < buckets)
		bits++;
	return bits;
}

/* Bytes of a row in its list. */
#define TOUCH_SIZE(ledger)                                     \
	((ledger)->packing != NULL ? (ledger)->packing->touch_size \
							   : sizeof(LedgerRow))
#define STATEMENT_SIZE(ledger)                                \
	((ledger)->packing != NULL ? (ledger)->packing->deal_size \
							   : sizeof(LedgerRow))

/* Counts a list's rows by bucket. */
static void
count_rows(const CreditLedger *ledger, int part, const LedgerList *list,
		   Size row_size, int bits, uint32 *counts)
{
	for (LedgerChunk *chunk = list->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			check_for_interrupts_at(i);
			counts[bucket_of(ledger_key(ledger, part, chunk, i, row_size),
							 bits)]++;
		}
	}
}

/* Afterwards a bucket's count is where it begins. */
static void
sum_counts(uint32 *counts, int bits)
{
	uint32 sum = 0;

	for (int i = 0; i <= 1 << bits; i++)
	{
		uint32 n = counts[i];

		counts[i] = sum;
		sum += n;
	}
}

static void
count_buckets(LedgerReader *reader, int part, int bits)
{
	Size size = ((1 << bits) + 1) * sizeof(uint32);

	memset(reader->touch_ends, 0, size);
	memset(reader->deal_ends, 0, size);
	for (int i = 0; i < reader->nsources; i++)
	{
		const CreditLedger *ledger = reader->sources[i].ledger;

		count_rows(ledger, part, &ledger->touches[part], TOUCH_SIZE(ledger),
				   bits, reader->touch_ends);
		count_rows(ledger, part, &ledger->deals[part], STATEMENT_SIZE(ledger),
				   bits, reader->deal_ends);
	}
	sum_counts(reader->touch_ends, bits);
	sum_counts(reader->deal_ends, bits);
}

StaticAssertDecl(offsetof(CreditTouch, deal) == 0 &&
					 offsetof(LedgerDeal, deal) == 0,
				 "the key comes first");

/*
 * A value's rows may refer to ids that are not there; those in shared memory
 * do not.
 */
static bool
has_unchecked_ids(const CreditLedger *ledger)
{
	return ledger->packing != NULL && ledger->area == NULL &&
		   ledger->deal_type != ID_BIGINT;
}

/* After these two a bucket's start has become its end. */
static void
spread_touches(LedgerReader *reader, const ReaderSource *source, int part,
			   int bits)
{
	const CreditLedger *ledger = source->ledger;
	bool checks = has_unchecked_ids(ledger);
	uint32 *ends = reader->touch_ends;

	for (LedgerChunk *chunk = ledger->touches[part].first; chunk != NULL;
		 chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			CreditTouch touch = ledger_touch(ledger, part, chunk, i);

			check_for_interrupts_at(i);
			if (checks)
				check_ledger_id(ledger, touch.deal);
			touch.deal += source->ids;
			touch.partner = source->partner_place[touch.partner];
			touch.role = source->label_place[touch.role];
			reader->touches[ends[bucket_of(touch.deal, bits)]++] = touch;
		}
	}
}

static void
spread_deals(LedgerReader *reader, const ReaderSource *source, int part,
			 int bits)
{
	const CreditLedger *ledger = source->ledger;
	bool checks = has_unchecked_ids(ledger);
	uint32 *ends = reader->deal_ends;

	for (LedgerChunk *chunk = ledger->deals[part].first; chunk != NULL;
		 chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			LedgerDeal deal = ledger_statement(ledger, part, chunk, i);

			check_for_interrupts_at(i);
			if (checks)
				check_ledger_id(ledger, deal.deal);
			deal.deal += source->ids;
			if (deal.amount_kind == AMOUNT_LARGE)
				deal.amount += source->large;
			if (deal.model != 0 && source->models != NULL)
				deal.model = source->models[deal.model - 1] + 1;
			reader->deals[ends[bucket_of(deal.deal, bits)]++] = deal;
		}
	}
}

/* ---- a bucket ---- */

static inline int
compare_rows(const CreditTouch *a, const CreditTouch *b)
{
	if (a->deal != b->deal)
		return a->deal < b->deal ? -1 : 1;
	return credit_compare(a, b);
}

#define ST_SORT          sort_touches
#define ST_ELEMENT_TYPE  CreditTouch
#define ST_COMPARE(a, b) compare_rows(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_deals
#define ST_ELEMENT_TYPE  LedgerDeal
#define ST_COMPARE(a, b) (((a)->deal > (b)->deal) - ((a)->deal < (b)->deal))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline void
insertion_sort(CreditTouch *touches, int64 n)
{
	for (int64 i = 1; i < n; i++)
	{
		CreditTouch touch = touches[i];
		int64 at = i;

		while (at > 0 && compare_rows(&touch, &touches[at - 1]) < 0)
		{
			touches[at] = touches[at - 1];
			at--;
		}
		touches[at] = touch;
	}
}

/* A key that was met in this bucket. */
typedef struct MetKey
{
	uint64 key;
	CreditName id;
} MetKey;

/*
 * Gives the rows of one deal one key, where each row has its id somewhere
 * else.
 */
static uint64
unify_key(const CreditLedger *ledger, MetKey **met, int64 *nmet,
		  int64 *capacity, uint64 key)
{
	CreditName id;

	for (int64 i = 0; i < *nmet; i++)
		if ((*met)[i].key == key)
			return key;
	id = ledger_id(ledger, key);
	for (int64 i = 0; i < *nmet; i++)
	{
		check_for_interrupts_at(i);
		if ((*met)[i].key >> ID_OFFSET_BITS == key >> ID_OFFSET_BITS &&
			(*met)[i].id.length == id.length &&
			memcmp((*met)[i].id.bytes, id.bytes, id.length) == 0)
			return (*met)[i].key;
	}
	MAKE_ROOM(CurrentMemoryContext, *met, *capacity, *nmet + 1);
	(*met)[*nmet].key = key;
	(*met)[(*nmet)++].id = id;
	return key;
}

static void
prefetch_id(const CreditLedger *ledger, uint64 key)
{
	uint64 offset = ID_OFFSET(key);

	__builtin_prefetch(ledger->id_blocks[offset >> ID_BLOCK_BITS] +
					   (offset & (ID_BLOCK_SIZE - 1)));
}

static void
unify_keys(LedgerReader *reader, int bits)
{
	const CreditLedger *ledger = reader->ledger;
	int64 capacity = 64;
	MetKey *met = palloc(capacity * sizeof(MetKey));
	int64 ntouches = reader->touch_ends[(1 << bits) - 1];
	uint32 touch = 0;
	uint32 deal = 0;

	for (int bucket = 0; bucket < 1 << bits; bucket++)
	{
		int64 nmet = 0;

		if ((bucket & 0xFF) == 0xFF)
			CHECK_FOR_INTERRUPTS();
		for (; deal < reader->deal_ends[bucket]; deal++)
		{
			check_for_interrupts_at(deal);
			reader->deals[deal].deal = unify_key(ledger, &met, &nmet,
												 &capacity,
												 reader->deals[deal].deal);
		}
		for (; touch < reader->touch_ends[bucket]; touch++)
		{
			check_for_interrupts_at(touch);
			if (touch + PREFETCH_AHEAD < ntouches)
				prefetch_id(ledger,
							reader->touches[touch + PREFETCH_AHEAD].deal);
			reader->touches[touch].deal = unify_key(
				ledger, &met, &nmet, &capacity, reader->touches[touch].deal);
		}
	}
	pfree(met);
}

/* ---- a deal ---- */

/*
 * Writes a deal's id as text, of MAX_SHOWN_ID bytes at most; how many there
 * are.
 */
int
show_ledger_id(const CreditLedger *ledger, uint64 key, char *bytes)
{
	CreditName id;
	char digits[INT64_TEXT_SIZE];
	int length;

	switch (ledger->deal_type)
	{
		case ID_BIGINT:
			length = pg_lltoa((int64) unmix_integer(key), digits);
			memcpy(bytes, digits, length);
			return length;
		case ID_UUID:
			id = ledger_id(ledger, key);
			return write_uuid(id.bytes, bytes);
		case ID_TEXT:
			break;
	}
	id = ledger_id(ledger, key);
	memcpy(bytes, id.bytes, id.length);
	return id.length;
}

static CreditName
deal_name(const CreditLedger *ledger, uint64 key)
{
	if (ledger->deal_type == ID_BIGINT)
		return integer_name((int64) unmix_integer(key));
	if (ledger->deal_type == ID_UUID)
		return uuid_name(ledger_id(ledger, key).bytes);
	return ledger_id(ledger, key);
}

static void
disagree(const CreditLedger *ledger, uint64 key, const StatedRange *range,
		 const char *what)
{
	CreditName name = deal_name(ledger, key);

	rows_disagree(range,
				  &(Disagreement){ERRCODE_INVALID_PARAMETER_VALUE, "one deal",
								  psprintf("its %s", what),
								  psprintf("deal %.*s", name.length,
										   name.bytes),
								  psprintf("Give each deal one %s.", what)});
}

static const char *
show_model(const LedgerReader *reader, uint32 model)
{
	return model == 0 ? "null"
					  : credit_model_to_text(reader->models[model - 1]);
}

static void
get_amount(const CreditLedger *ledger, const LedgerDeal *deal,
		   CreditAmount *amount)
{
	amount->numeric = NULL;
	amount->value = deal->amount;
	amount->scale = deal->scale;
	if (deal->amount_kind == AMOUNT_LARGE)
		amount->numeric = ledger->large_amounts[deal->amount];
}

/* Do two rows that state one deal agree? */
static bool
agree(const LedgerReader *reader, const LedgerDeal *a, const LedgerDeal *b)
{
	CreditAmount first;
	CreditAmount other;

	if (a->closed_at != b->closed_at)
		return false;
	get_amount(reader->ledger, a, &first);
	get_amount(reader->ledger, b, &other);
	if (first.numeric == NULL && other.numeric == NULL)
		return first.value == other.value && first.scale == other.scale;
	return DatumGetBool(
		DirectFunctionCall2(numeric_eq,
							NumericGetDatum(credit_numeric(&first)),
							NumericGetDatum(credit_numeric(&other))));
}

/* The error about a deal whose rows are known not to agree. */
static void
report_disagreement(const LedgerReader *reader, uint64 key,
					const LedgerDeal *stated, int64 n)
{
	StatedRange amounts = {CurrentMemoryContext};
	StatedRange closes = {CurrentMemoryContext};
	StatedRange models = {CurrentMemoryContext};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "disagreement",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	for (int64 i = 0; i < n; i++)
	{
		CreditAmount amount;

		check_for_interrupts_at(i);
		MemoryContextReset(scratch);
		if (stated[i].amount_kind == AMOUNT_NONE)
			continue;
		get_amount(reader->ledger, &stated[i], &amount);
		note_stated(&amounts, credit_numeric(&amount), NULL);
		note_stated(&closes, NULL, credit_show_moment(stated[i].closed_at));
		if (stated[i].model != 0)
			note_stated(&models, NULL, show_model(reader, stated[i].model));
	}
	MemoryContextSwitchTo(caller);
	disagree(reader->ledger, key, &amounts, "amount");
	disagree(reader->ledger, key, &closes, "close");
	disagree(reader->ledger, key, &models, "credit model");
	elog(ERROR, "a deal's rows neither agree nor differ");
}

/* The error about touches that are known to name several models. */
static void
report_touch_models(const LedgerReader *reader, const CreditTouch *touches,
					int64 n)
{
	StatedRange models = {CurrentMemoryContext};
	uint32 last = 0;

	for (int64 i = 0; i < n; i++)
	{
		uint32 model = reader->label_model[touches[i].role];

		check_for_interrupts_at(i);
		if (model == 0 || model == last)
			continue;
		note_stated(&models, NULL, show_model(reader, model));
		last = model;
	}
	disagree(reader->ledger, touches[0].deal, &models, "credit model");
	elog(ERROR, "a deal's touches neither agree nor differ");
}

/*
 * The model that the touches name, for a deal that names none: number + 1, or
 * 0 where they name none.
 */
static uint32
model_of_touches(const LedgerReader *reader, const CreditTouch *touches,
				 int64 n)
{
	uint32 model = 0;

	for (int64 i = 0; i < n; i++)
	{
		uint32 named = reader->label_model[touches[i].role];

		check_for_interrupts_at(i);
		if (model != 0 && named != 0 && model != named)
			report_touch_models(reader, touches, n);
		if (named != 0)
			model = named;
	}
	return model;
}

/*
 * Where a role came with several models, or with one and with none, it has
 * several places; the order of touches must not depend on that.
 */
static void
forget_models(const LedgerReader *reader, CreditTouch *touches, int64 n)
{
	bool changed = false;

	for (int64 i = 0; i < n; i++)
	{
		uint32 place = reader->role_place[touches[i].role];

		check_for_interrupts_at(i);
		changed |= place != touches[i].role;
		touches[i].role = place;
	}
	if (changed && n > MAX_INSERTION_SORT)
		sort_touches(touches, n);
	else if (changed)
		insertion_sort(touches, n);
}

/* Credits the deal at hand by a model. */
static void
credit_entry(LedgerReader *reader, int model)
{
	LedgerEntry *entry = &reader->entry;

	entry->model = model;
	entry->problem = CREDIT_NO_PROBLEM;
	entry->deal.model = model < 0 ? NULL : reader->models[model];
	if (!entry->stated)
		entry->problem = CREDIT_NO_AMOUNT;
	else if (entry->deal.model != NULL)
		entry->problem = credit_amount_problem(&entry->amount,
											   entry->deal.model);
	else if (entry->touched)
		entry->problem = CREDIT_NO_MODEL;
	if (entry->problem == CREDIT_NO_PROBLEM && entry->deal.model != NULL)
	{
		entry->deal.role_codes = role_codes_of(reader, model);
		credit_weigh(&entry->deal);
		if (!entry->touched)
			entry->deal.weighty = false;
		credit_split(&entry->deal, &entry->amount);
	}
}

/*
 * Makes a deal the one at hand, of rows that state it and touches, either of
 * which may be none.
 */
static void
start_deal(LedgerReader *reader, uint64 key, const LedgerDeal *stated,
		   int64 nstated, CreditTouch *touches, int64 ntouches)
{
	LedgerEntry *entry = &reader->entry;
	const LedgerDeal *statement = NULL;
	uint32 model = 0;
	uint32 touch_model;

	for (int64 i = 0; i < nstated; i++)
	{
		check_for_interrupts_at(i);
		if (stated[i].amount_kind == AMOUNT_NONE)
			continue;
		if (statement == NULL)
			statement = &stated[i];
		if (!agree(reader, statement, &stated[i]) ||
			(model != 0 && stated[i].model != 0 && model != stated[i].model))
			report_disagreement(reader, key, stated, nstated);
		if (stated[i].model != 0)
			model = stated[i].model;
	}
	memset(entry, 0, sizeof(LedgerEntry));
	entry->key = key;
	entry->touched = ntouches > 0;
	entry->deal.roles = reader->roles;
	entry->deal.touches = touches;
	entry->deal.ntouches = ntouches;
	entry->deal.scratch = &reader->scratch;
	if (statement != NULL)
	{
		entry->stated = true;
		get_amount(reader->ledger, statement, &entry->amount);
		entry->deal.closed = statement->closed_at != DT_NOEND;
		entry->deal.closed_at = statement->closed_at;
	}
	if (reader->ledger->compared > 0)
	{
		reader->next_model = 1;
		credit_entry(reader, 0);
		return;
	}
	/* Touches must agree even where the deal has a model of its own. */
	touch_model = model_of_touches(reader, touches, ntouches);
	if (reader->roles_repeat)
		forget_models(reader, touches, ntouches);
	credit_entry(reader, (int) (model != 0 ? model : touch_model) - 1);
}

/* ---- one deal after the other ---- */

/* Brings the rows of the next list that has any into buckets. */
static bool
next_list(LedgerReader *reader)
{
	int64 ntouches;
	int64 ndeals;
	int part;
	int bits;

	do
	{
		if (reader->part == reader->end_part)
			return false;
		part = reader->part++;
		ntouches = ndeals = 0;
		for (int i = 0; i < reader->nsources; i++)
		{
			ntouches += reader->sources[i].ledger->touches[part].n;
			ndeals += reader->sources[i].ledger->deals[part].n;
		}
	} while (ntouches == 0 && ndeals == 0);

	bits = prepare_list(reader, ntouches, ndeals);
	count_buckets(reader, part, bits);
	for (int i = 0; i < reader->nsources; i++)
	{
		spread_touches(reader, &reader->sources[i], part, bits);
		spread_deals(reader, &reader->sources[i], part, bits);
	}
	if (reader->ledger->deal_type != ID_BIGINT)
		unify_keys(reader, bits);
	reader->nbuckets = 1 << bits;
	reader->bucket = 0;
	reader->touch = reader->touch_end = 0;
	reader->statement = reader->statement_end = 0;
	return true;
}

/*
 * Goes on with the deals of one list, and then is at an end.  What was read
 * before must have come to its end.
 */
void
read_ledger_part(LedgerReader *reader, int part)
{
	reader->part = part;
	reader->end_part = part + 1;
}

/* Sorts the rows of the next bucket that has any. */
static bool
next_bucket(LedgerReader *reader)
{
	int64 ntouches;
	int64 nstatements;

	do
	{
		while (reader->bucket == reader->nbuckets)
			if (!next_list(reader))
				return false;
		reader->touch_end = reader->touch_ends[reader->bucket];
		reader->statement_end = reader->deal_ends[reader->bucket];
		reader->bucket++;
		ntouches = reader->touch_end - reader->touch;
		nstatements = reader->statement_end - reader->statement;
	} while (ntouches == 0 && nstatements == 0);

	if (ntouches <= MAX_INSERTION_SORT)
		insertion_sort(reader->touches + reader->touch, ntouches);
	else
		sort_touches(reader->touches + reader->touch, ntouches);
	if (nstatements > 1)
		sort_deals(reader->deals + reader->statement, nstatements);
	return true;
}

/*
 * The next deal, credited, as reader->entry; where models are compared, once
 * for each.  False at the end.
 */
bool
next_ledger_entry(LedgerReader *reader)
{
	CreditTouch *touches;
	const LedgerDeal *deals;
	uint32 first_touch;
	uint32 first_deal;
	uint64 key;

	CHECK_FOR_INTERRUPTS();
	if (reader->next_model > 0 &&
		reader->next_model < reader->ledger->compared)
	{
		credit_entry(reader, reader->next_model++);
		return true;
	}
	if (reader->touch == reader->touch_end &&
		reader->statement == reader->statement_end && !next_bucket(reader))
		return false;

	touches = reader->touches;
	deals = reader->deals;
	first_touch = reader->touch;
	first_deal = reader->statement;
	if (first_deal == reader->statement_end)
		key = touches[first_touch].deal;
	else if (first_touch == reader->touch_end)
		key = deals[first_deal].deal;
	else
		key = Min(touches[first_touch].deal, deals[first_deal].deal);
	while (reader->touch < reader->touch_end &&
		   touches[reader->touch].deal == key)
		check_for_interrupts_at(reader->touch++);
	while (reader->statement < reader->statement_end &&
		   deals[reader->statement].deal == key)
		check_for_interrupts_at(reader->statement++);
	start_deal(reader, key, deals + first_deal, reader->statement - first_deal,
			   touches + first_touch, reader->touch - first_touch);
	return true;
}
