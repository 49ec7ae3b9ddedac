/*
 * credit_ledger_rows.c
 *		Reading a credit_ledger: its rows, and its totals by partner.
 *
 * A ledger's lists are read one at a time.  The rows of a list are brought
 * into buckets by further bits of their deal's hash, about one deal to each,
 * partners and roles replaced by their places in the order of their bytes;
 * then a bucket is sorted by deal and, within it, as credit.c wants it.  Every
 * step but the first stays within the processor's cache.
 *
 * The ledger is not changed, and may be read more than once.
 *
 * IDENTIFICATION
 *		src/credit_ledger_rows.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "compat.h"
#include "credit_ledger.h"
#include "decimal.h"

PG_FUNCTION_INFO_V1(credit_ledger_rows);
PG_FUNCTION_INFO_V1(credit_ledger_totals);

#define MAX_BUCKET_BITS    16
#define TOUCHES_A_BUCKET   8
#define MAX_INSERTION_SORT 32
#define PREFETCH_AHEAD     8

/* One deal, under one model. */
typedef struct LedgerEntry
{
	uint64 key;
	bool stated; /* some row has its amount */
	CreditAmount amount;
	int model;             /* number, -1: none */
	CreditProblem problem; /* then the rest is not filled in */
	bool touched;
	CreditDeal deal;
} LedgerEntry;

typedef struct LedgerReader
{
	const CreditLedger *ledger;
	MemoryContext context;

	CreditName *partners; /* as text, by place */
	uint32 *partner_place;
	uint32 npartners;

	CreditName *roles; /* by place of the label */
	uint32 *label_model;
	uint32 *label_place;
	uint32 *role_place; /* of a place: the first one with the same role */
	bool roles_repeat;  /* some role has several places */
	uint32 nlabels;

	const CreditModel **models;
	int32 **role_codes; /* by model and label, made when needed */

	/* of the list at hand */
	CreditTouch *touches;
	LedgerDeal *deals;
	int64 touch_capacity;
	int64 deal_capacity;
	uint32 *touch_ends; /* by bucket */
	uint32 *deal_ends;
	CreditScratch scratch;

	void (*visit)(struct LedgerReader *reader, LedgerEntry *entry);
	void *visitor;
} LedgerReader;

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

static CreditName
uuid_name(const char *bytes)
{
	CreditName name;

	name.bytes = DatumGetCString(
		DirectFunctionCall1(uuid_out, UUIDPGetDatum((pg_uuid_t *) bytes)));
	name.length = strlen(name.bytes);
	return name;
}

static CreditName
integer_name(int64 integer)
{
	CreditName name;
	char *digits = palloc(24);

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

			codes[i] = role->bytes == NULL
						   ? -1
						   : credit_model_role_code(reader->models[model],
													role->bytes, role->length);
		}
		reader->role_codes[model] = codes;
	}
	return reader->role_codes[model];
}

static void
start_reader(LedgerReader *reader, const CreditLedger *ledger)
{
	int nmodels = ledger->models.n;

	memset(reader, 0, sizeof(LedgerReader));
	reader->ledger = ledger;
	reader->context = CurrentMemoryContext;
	place_partners(reader);
	place_labels(reader);
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
	int bits = 1;

	if (ntouches > PG_UINT32_MAX || ndeals > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("credit ledger has too many rows")));
	if (ntouches > reader->touch_capacity)
	{
		if (reader->touches != NULL)
			pfree(reader->touches);
		reader->touch_capacity = ntouches + ntouches / 8;
		reader->touches = MemoryContextAllocHuge(reader->context,
												 reader->touch_capacity *
													 sizeof(CreditTouch));
	}
	if (ndeals > reader->deal_capacity)
	{
		if (reader->deals != NULL)
			pfree(reader->deals);
		reader->deal_capacity = ndeals + ndeals / 8;
		reader->deals = MemoryContextAllocHuge(reader->context,
											   reader->deal_capacity *
												   sizeof(LedgerDeal));
	}
	while (bits < MAX_BUCKET_BITS && (INT64CONST(1) << bits) < buckets)
		bits++;
	return bits;
}

/*
 * Counts a list's rows by bucket; afterwards a bucket's count is where it
 * begins.
 */
static void
count_buckets(const LedgerList *list, int bits, uint32 *starts)
{
	uint32 sum = 0;

	memset(starts, 0, ((1 << bits) + 1) * sizeof(uint32));
	for (LedgerChunk *chunk = list->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			uint64 key;

			/* Touches and deals alike begin with their key. */
			memcpy(&key, chunk->rows + i * sizeof(LedgerRow), sizeof(key));
			starts[bucket_of(key, bits)]++;
		}
	}
	for (int i = 0; i <= 1 << bits; i++)
	{
		uint32 n = starts[i];

		starts[i] = sum;
		sum += n;
	}
}

StaticAssertDecl(offsetof(CreditTouch, deal) == 0 &&
					 offsetof(LedgerDeal, deal) == 0,
				 "the key comes first");

/* After these two a bucket's start has become its end. */
static void
spread_touches(LedgerReader *reader, const LedgerList *list, int bits)
{
	for (LedgerChunk *chunk = list->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			CreditTouch touch;

			memcpy(&touch, chunk->rows + i * sizeof(LedgerRow), sizeof(touch));
			touch.partner = reader->partner_place[touch.partner];
			touch.role = reader->label_place[touch.role];
			reader
				->touches[reader->touch_ends[bucket_of(touch.deal, bits)]++] =
				touch;
		}
	}
}

static void
spread_deals(LedgerReader *reader, const LedgerList *list, int bits)
{
	for (LedgerChunk *chunk = list->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 i = 0; i < chunk->n; i++)
		{
			LedgerDeal deal;

			memcpy(&deal, chunk->rows + i * sizeof(LedgerRow), sizeof(deal));
			reader->deals[reader->deal_ends[bucket_of(deal.deal, bits)]++] =
				deal;
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
		if ((i & 0xFFFF) == 0xFFFF)
			CHECK_FOR_INTERRUPTS();
		if ((*met)[i].key >> ID_OFFSET_BITS == key >> ID_OFFSET_BITS &&
			(*met)[i].id.length == id.length &&
			memcmp((*met)[i].id.bytes, id.bytes, id.length) == 0)
			return (*met)[i].key;
	}
	if (*nmet == *capacity)
	{
		*capacity *= 2;
		*met = repalloc_huge(*met, *capacity * sizeof(MetKey));
	}
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
			reader->deals[deal].deal = unify_key(ledger, &met, &nmet,
												 &capacity,
												 reader->deals[deal].deal);
		for (; touch < reader->touch_ends[bucket]; touch++)
		{
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

/* A deal's id for people. */
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
disagree(const CreditLedger *ledger, uint64 key, const char *what,
		 const char *first, const char *other)
{
	CreditName name = deal_name(ledger, key);

	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("rows of one deal disagree on its %s", what),
					errdetail("Of deal %.*s one row has %s, another has %s.",
							  name.length, name.bytes, first, other),
					errhint("Give each deal one %s.", what)));
}

static const char *
show_model(const LedgerReader *reader, uint32 model)
{
	return model == 0 ? "null"
					  : credit_model_to_text(reader->models[model - 1]);
}

static const char *
show_time(TimestampTz time)
{
	if (time == DT_NOEND)
		return "null";
	return psprintf("%s", timestamptz_to_str(time));
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

/* Two rows that state one deal must agree. */
static void
check_agreement(const LedgerReader *reader, const LedgerDeal *a,
				const LedgerDeal *b)
{
	CreditAmount first;
	CreditAmount other;

	get_amount(reader->ledger, a, &first);
	get_amount(reader->ledger, b, &other);
	if (first.numeric == NULL && other.numeric == NULL
			? first.value != other.value || first.scale != other.scale
			: !DatumGetBool(DirectFunctionCall2(
				  numeric_eq, NumericGetDatum(credit_numeric(&first)),
				  NumericGetDatum(credit_numeric(&other)))))
	{
		/* The smaller one first, whatever the rows' order. */
		if (DatumGetBool(
				DirectFunctionCall2(numeric_gt,
									NumericGetDatum(credit_numeric(&first)),
									NumericGetDatum(credit_numeric(&other)))))
		{
			CreditAmount swap = first;

			first = other;
			other = swap;
		}
		disagree(reader->ledger, a->deal, "amount",
				 numeric_normalize(credit_numeric(&first)),
				 numeric_normalize(credit_numeric(&other)));
	}
	if (a->closed_at != b->closed_at)
		disagree(reader->ledger, a->deal, "close",
				 show_time(Min(a->closed_at, b->closed_at)),
				 show_time(Max(a->closed_at, b->closed_at)));
}

/* The one model of a deal, of which some rows may name none. */
static uint32
agreed_model(const LedgerReader *reader, uint64 key, uint32 a, uint32 b)
{
	if (a != 0 && b != 0 && a != b)
	{
		const char *first = show_model(reader, a);
		const char *other = show_model(reader, b);
		bool swap = strcmp(first, other) > 0;

		disagree(reader->ledger, key, "credit model", swap ? other : first,
				 swap ? first : other);
	}
	return a != 0 ? a : b;
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
		model = agreed_model(reader, touches[i].deal, model,
							 reader->label_model[touches[i].role]);
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

		changed |= place != touches[i].role;
		touches[i].role = place;
	}
	if (changed && n > MAX_INSERTION_SORT)
		sort_touches(touches, n);
	else if (changed)
		insertion_sort(touches, n);
}

static void
credit_entry(LedgerReader *reader, LedgerEntry *entry, int model)
{
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
	reader->visit(reader, entry);
}

/* Rows that state a deal, and its touches, either of which may be none. */
static void
credit_one(LedgerReader *reader, uint64 key, const LedgerDeal *stated,
		   int64 nstated, CreditTouch *touches, int64 ntouches)
{
	const LedgerDeal *statement = NULL;
	uint32 model = 0;
	uint32 touch_model;
	LedgerEntry entry = {0};

	for (int64 i = 0; i < nstated; i++)
	{
		if (stated[i].amount_kind == AMOUNT_NONE)
			continue;
		if (statement == NULL)
			statement = &stated[i];
		else
			check_agreement(reader, statement, &stated[i]);
		model = agreed_model(reader, key, model, stated[i].model);
	}
	entry.key = key;
	entry.touched = ntouches > 0;
	entry.deal.roles = reader->roles;
	entry.deal.touches = touches;
	entry.deal.ntouches = ntouches;
	entry.deal.scratch = &reader->scratch;
	if (statement != NULL)
	{
		entry.stated = true;
		get_amount(reader->ledger, statement, &entry.amount);
		entry.deal.closed = statement->closed_at != DT_NOEND;
		entry.deal.closed_at = statement->closed_at;
	}
	if (reader->ledger->compared > 0)
	{
		for (int i = 0; i < reader->ledger->compared; i++)
			credit_entry(reader, &entry, i);
		return;
	}
	/* Touches must agree even where the deal has a model of its own. */
	touch_model = model_of_touches(reader, touches, ntouches);
	if (reader->roles_repeat)
		forget_models(reader, touches, ntouches);
	credit_entry(reader, &entry, (int) (model != 0 ? model : touch_model) - 1);
}

/* The deals of a bucket, all of whose rows are at hand. */
static void
credit_bucket(LedgerReader *reader, CreditTouch *touches, int64 ntouches,
			  LedgerDeal *deals, int64 ndeals)
{
	int64 touch = 0;
	int64 deal = 0;

	if (ntouches <= MAX_INSERTION_SORT)
		insertion_sort(touches, ntouches);
	else
		sort_touches(touches, ntouches);
	if (ndeals > 1)
		sort_deals(deals, ndeals);
	while (touch < ntouches || deal < ndeals)
	{
		int64 first_touch = touch;
		int64 first_deal = deal;
		uint64 key;

		if (deal == ndeals)
			key = touches[touch].deal;
		else if (touch == ntouches)
			key = deals[deal].deal;
		else
			key = Min(touches[touch].deal, deals[deal].deal);
		while (touch < ntouches && touches[touch].deal == key)
			touch++;
		while (deal < ndeals && deals[deal].deal == key)
			deal++;
		CHECK_FOR_INTERRUPTS();
		credit_one(reader, key, deals + first_deal, deal - first_deal,
				   touches + first_touch, touch - first_touch);
	}
}

/* Visits every deal of the ledger. */
static void
visit_deals(LedgerReader *reader)
{
	const CreditLedger *ledger = reader->ledger;

	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		const LedgerList *touches = &ledger->touches[part];
		const LedgerList *deals = &ledger->deals[part];
		uint32 touch = 0;
		uint32 deal = 0;
		int bits;

		if (touches->n == 0 && deals->n == 0)
			continue;
		bits = prepare_list(reader, touches->n, deals->n);
		count_buckets(touches, bits, reader->touch_ends);
		spread_touches(reader, touches, bits);
		count_buckets(deals, bits, reader->deal_ends);
		spread_deals(reader, deals, bits);
		if (ledger->deal_type != ID_BIGINT)
			unify_keys(reader, bits);
		for (int bucket = 0; bucket < 1 << bits; bucket++)
		{
			credit_bucket(reader, reader->touches + touch,
						  reader->touch_ends[bucket] - touch,
						  reader->deals + deal,
						  reader->deal_ends[bucket] - deal);
			touch = reader->touch_ends[bucket];
			deal = reader->deal_ends[bucket];
		}
	}
}

/* ---- ledger() ---- */

#define ROWS_A_RESET 256
#define KEPT_SHARES  1024

/* What writes the rows. */
typedef struct RowWriter
{
	FunctionCallInfo fcinfo;
	MemoryContext row_context;
	int rows; /* since its reset */
	Datum *partners;
	Datum *roles;
	Datum *models;
	int64 share_of[KEPT_SHARES]; /* -1: none */
	Datum shares[KEPT_SHARES];
	StringInfoData reason;
} RowWriter;

enum
{
	ROW_DEAL,
	ROW_PARTNER,
	ROW_ROLE,
	ROW_OCCURRED_AT,
	ROW_SHARE,
	ROW_AMOUNT,
	ROW_REASON,
	ROW_MODEL,
	ROW_COLUMNS
};

static Datum
text_of(const CreditName *name)
{
	return PointerGetDatum(
		cstring_to_text_with_len(name->bytes, name->length));
}

/* Shares repeat, and making a numeric takes as long as weighing. */
static Datum
share_of(LedgerReader *reader, RowWriter *writer, int64 share)
{
	int slot = (int) (mix_integer((uint64) share) % KEPT_SHARES);

	if (writer->share_of[slot] != share)
	{
		MemoryContext caller = MemoryContextSwitchTo(reader->context);

		if (writer->share_of[slot] >= 0)
			pfree(DatumGetPointer(writer->shares[slot]));
		writer->shares[slot] = NumericGetDatum(
			numeric_from_decimal(share, CREDIT_SHARE_DIGITS));
		writer->share_of[slot] = share;
		MemoryContextSwitchTo(caller);
	}
	return writer->shares[slot];
}

static void
put_reason(RowWriter *writer, Datum *values, bool *nulls)
{
	values[ROW_REASON] = PointerGetDatum(
		cstring_to_text_with_len(writer->reason.data, writer->reason.len));
	put_row(writer->fcinfo, values, nulls);
	resetStringInfo(&writer->reason);
}

/* A row of no partner: what is retained, unattributed or not split. */
static void
put_remainder(LedgerReader *reader, RowWriter *writer, LedgerEntry *entry,
			  Datum *values, bool *nulls, int64 share, Numeric amount)
{
	nulls[ROW_PARTNER] = nulls[ROW_ROLE] = nulls[ROW_OCCURRED_AT] = true;
	nulls[ROW_SHARE] = entry->problem != CREDIT_NO_PROBLEM;
	if (!nulls[ROW_SHARE])
		values[ROW_SHARE] = share_of(reader, writer, share);
	nulls[ROW_AMOUNT] = amount == NULL;
	values[ROW_AMOUNT] = NumericGetDatum(amount);
	put_reason(writer, values, nulls);
}

/* An unsplit amount, at the model's digits where it has them. */
static Numeric
whole_amount(const LedgerEntry *entry)
{
	Decimal units = {entry->amount.value, entry->amount.scale};

	if (entry->amount.numeric == NULL && entry->deal.model != NULL &&
		decimal_rescale(&units, entry->deal.model->minor_digits))
		return numeric_from_decimal(units.value, units.scale);
	return credit_numeric(&entry->amount);
}

static void
write_rows(LedgerReader *reader, LedgerEntry *entry)
{
	RowWriter *writer = reader->visitor;
	CreditDeal *deal = &entry->deal;
	MemoryContext caller = MemoryContextSwitchTo(writer->row_context);
	CreditName name = deal_name(reader->ledger, entry->key);
	Datum values[ROW_COLUMNS];
	bool nulls[ROW_COLUMNS] = {0};
	const int64 *shares;

	values[ROW_DEAL] = text_of(&name);
	nulls[ROW_MODEL] = entry->model < 0;
	if (!nulls[ROW_MODEL])
		values[ROW_MODEL] = writer->models[entry->model];

	if (entry->problem != CREDIT_NO_PROBLEM)
	{
		credit_append_problem(&writer->reason, entry->problem, deal->model);
		put_remainder(reader, writer, entry, values, nulls, 0,
					  entry->stated ? credit_numeric(&entry->amount) : NULL);
	}
	else if (!entry->touched)
	{
		appendStringInfoString(&writer->reason, "no partner");
		put_remainder(reader, writer, entry, values, nulls, CREDIT_SHARE_ONE,
					  whole_amount(entry));
	}
	else
	{
		shares = credit_shares(deal);
		for (int64 i = 0; i < deal->ntouches; i++)
		{
			const CreditTouch *touch = &deal->touches[i];

			values[ROW_PARTNER] = writer->partners[touch->partner];
			nulls[ROW_ROLE] = writer->roles[touch->role] == (Datum) 0;
			values[ROW_ROLE] = writer->roles[touch->role];
			nulls[ROW_OCCURRED_AT] = touch->occurred_at == CREDIT_UNDATED_AT;
			values[ROW_OCCURRED_AT] = TimestampTzGetDatum(touch->occurred_at);
			values[ROW_SHARE] = share_of(reader, writer, shares[i]);
			values[ROW_AMOUNT] = NumericGetDatum(credit_part(deal, i));
			credit_append_reason(&writer->reason, deal, i);
			put_reason(writer, values, nulls);
			if (++writer->rows % ROWS_A_RESET == 0)
			{
				CHECK_FOR_INTERRUPTS();
				MemoryContextReset(writer->row_context);
				name = deal_name(reader->ledger, entry->key);
				values[ROW_DEAL] = text_of(&name);
			}
		}
		if (!deal->weighty)
		{
			credit_append_remainder_reason(&writer->reason, deal);
			put_remainder(reader, writer, entry, values, nulls,
						  CREDIT_SHARE_ONE, whole_amount(entry));
		}
		else if (deal->scratch->weights[deal->ntouches].numerator > 0)
		{
			credit_append_remainder_reason(&writer->reason, deal);
			put_remainder(reader, writer, entry, values, nulls,
						  shares[deal->ntouches],
						  credit_part(deal, deal->ntouches));
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writer->row_context);
}

/*
 * ledger(credit_ledger) -> setof (deal, partner, role, occurred_at, share,
 *		amount, reason, model)
 */
Datum
credit_ledger_rows(PG_FUNCTION_ARGS)
{
	LedgerReader reader;
	RowWriter *writer;

	begin_rows(fcinfo);
	start_reader(&reader, ledger_from_datum(PG_GETARG_DATUM(0)));
	writer = palloc0(sizeof(RowWriter));
	writer->fcinfo = fcinfo;
	writer->row_context = AllocSetContextCreate(CurrentMemoryContext,
												"ledger rows",
												ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&writer->reason);
	memset(writer->share_of, 0xFF, sizeof(writer->share_of));
	writer->partners = allocate_array(reader.npartners, sizeof(Datum));
	for (uint32 i = 0; i < reader.npartners; i++)
		writer->partners[i] = text_of(&reader.partners[i]);
	writer->roles = allocate_array(reader.nlabels, sizeof(Datum));
	for (uint32 i = 0; i < reader.nlabels; i++)
		writer->roles[i] = reader.roles[i].bytes == NULL
							   ? (Datum) 0
							   : text_of(&reader.roles[i]);
	writer->models = palloc((reader.ledger->models.n + 1) * sizeof(Datum));
	for (uint32 i = 0; i < reader.ledger->models.n; i++)
		writer->models[i] = CStringGetTextDatum(
			credit_model_to_text(reader.models[i]));
	reader.visit = write_rows;
	reader.visitor = writer;
	visit_deals(&reader);
	return (Datum) 0;
}

/* ---- totals ---- */

/* A sum of amounts: units of the model, and what they cannot hold. */
typedef struct Total
{
	int128 units;
	Numeric rest; /* NULL: none */
	int64 deals;
	uint64 last_deal; /* number of the one counted last */
} Total;

/* The rows of no partner. */
typedef enum RemainderKind
{
	REMAINDER_RETAINED,
	REMAINDER_NO_PARTNER,
	REMAINDER_UNATTRIBUTED,
	REMAINDER_PROBLEM
} RemainderKind;
#define REMAINDERS (REMAINDER_PROBLEM + CREDIT_NO_MODEL + 1)

typedef struct ModelTotals
{
	Total *partners;
	Total remainders[REMAINDERS];
} ModelTotals;

typedef struct Totals
{
	ModelTotals **models; /* by number; the last is for no model */
	uint64 deals;         /* visited */
	uint64 last_key;
} Totals;

static ModelTotals *
totals_of(LedgerReader *reader, Totals *totals, int model)
{
	int number = model < 0 ? (int) reader->ledger->models.n : model;

	if (totals->models[number] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(reader->context);
		ModelTotals *new = palloc0(sizeof(ModelTotals));

		new->partners = MemoryContextAllocExtended(
			reader->context, Max(reader->npartners, 1) * sizeof(Total),
			MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		totals->models[number] = new;
		MemoryContextSwitchTo(caller);
	}
	return totals->models[number];
}

static void
add_numeric(LedgerReader *reader, Total *total, Numeric amount)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	Numeric old = total->rest;

	total->rest = DatumGetNumeric(DirectFunctionCall2(
		numeric_add, NumericGetDatum(old == NULL ? int64_to_numeric(0) : old),
		NumericGetDatum(amount)));
	if (old != NULL)
		pfree(old);
	MemoryContextSwitchTo(caller);
}

/* An amount that was not split. */
static void
add_whole(LedgerReader *reader, Total *total, const LedgerEntry *entry)
{
	Decimal units = {entry->amount.value, entry->amount.scale};

	total->deals++;
	if (!entry->stated)
		return;
	if (entry->amount.numeric == NULL && entry->deal.model != NULL &&
		decimal_rescale(&units, entry->deal.model->minor_digits))
		total->units += units.value;
	else
		add_numeric(reader, total, credit_numeric(&entry->amount));
}

static void
add_to_totals(LedgerReader *reader, LedgerEntry *entry)
{
	Totals *totals = reader->visitor;
	ModelTotals *sums = totals_of(reader, totals, entry->model);
	CreditDeal *deal = &entry->deal;
	Total *remainder;

	totals->deals++;
	if (entry->problem != CREDIT_NO_PROBLEM)
	{
		add_whole(reader,
				  &sums->remainders[REMAINDER_PROBLEM + entry->problem],
				  entry);
		return;
	}
	if (!entry->touched)
	{
		add_whole(reader, &sums->remainders[REMAINDER_NO_PARTNER], entry);
		return;
	}
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		Total *total = &sums->partners[deal->touches[i].partner];

		if (total->last_deal != totals->deals)
		{
			total->last_deal = totals->deals;
			total->deals++;
		}
		if (deal->parts != NULL)
			total->units += deal->parts[i];
		else
			add_numeric(reader, total, deal->large_parts[i]);
	}
	if (!deal->weighty)
	{
		add_whole(reader, &sums->remainders[REMAINDER_UNATTRIBUTED], entry);
		return;
	}
	if (deal->scratch->weights[deal->ntouches].numerator == 0)
		return;
	remainder = &sums->remainders[REMAINDER_RETAINED];
	remainder->deals++;
	if (deal->parts != NULL)
		remainder->units += deal->parts[deal->ntouches];
	else
		add_numeric(reader, remainder, deal->large_parts[deal->ntouches]);
}

static Totals *
total_up(LedgerReader *reader)
{
	Totals *totals = palloc0(sizeof(Totals));

	totals->models = palloc0((reader->ledger->models.n + 1) *
							 sizeof(ModelTotals *));
	reader->visit = add_to_totals;
	reader->visitor = totals;
	visit_deals(reader);
	return totals;
}

static Numeric
total_amount(const LedgerReader *reader, int model, const Total *total)
{
	int digits = model < reader->ledger->models.n
					 ? reader->models[model]->minor_digits
					 : 0;
	Numeric amount = numeric_from_decimal(total->units, digits);

	if (total->rest == NULL)
		return amount;
	if (total->units == 0)
		return total->rest;
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(amount),
											   NumericGetDatum(total->rest)));
}

/* The total of some models; partner < 0 is -1 less a remainder. */
static bool
sum_models(const LedgerReader *reader, const Totals *totals, int first,
		   int last, int64 partner, int64 *deals, Numeric *amount)
{
	bool any = false;

	*deals = 0;
	*amount = NULL;
	for (int model = first; model <= last; model++)
	{
		const ModelTotals *sums = totals->models[model];
		const Total *total;
		Numeric more;

		if (sums == NULL)
			continue;
		total = partner >= 0 ? &sums->partners[partner]
							 : &sums->remainders[-1 - partner];
		if (total->deals == 0)
			continue;
		any = true;
		*deals += total->deals;
		more = total_amount(reader, model, total);
		*amount = *amount == NULL
					  ? more
					  : DatumGetNumeric(
							DirectFunctionCall2(numeric_add,
												NumericGetDatum(*amount),
												NumericGetDatum(more)));
	}
	return any;
}

static const char *
remainder_reason(int remainder)
{
	StringInfoData text;

	switch (remainder)
	{
		case REMAINDER_RETAINED:
			return "retained: roles nobody holds";
		case REMAINDER_NO_PARTNER:
			return "no partner";
		case REMAINDER_UNATTRIBUTED:
			return "unattributed: no touch counts";
		case REMAINDER_PROBLEM + CREDIT_TOO_MANY_DIGITS:
			return "not split: amount has too many digits after the decimal "
				   "point";
		default:
			initStringInfo(&text);
			credit_append_problem(&text, remainder - REMAINDER_PROBLEM, NULL);
			return text.data;
	}
}

enum
{
	TOTAL_PARTNER,
	TOTAL_DEALS,
	TOTAL_AMOUNT,
	TOTAL_REASON,
	TOTAL_MODEL,
	TOTAL_COLUMNS
};

static void
put_totals(FunctionCallInfo fcinfo, const LedgerReader *reader,
		   const Totals *totals, int first, int last)
{
	Datum values[TOTAL_COLUMNS];
	bool nulls[TOTAL_COLUMNS] = {0};
	int64 deals;
	Numeric amount;

	nulls[TOTAL_MODEL] = reader->ledger->compared == 0;
	if (!nulls[TOTAL_MODEL])
		values[TOTAL_MODEL] = CStringGetTextDatum(
			credit_model_to_text(reader->models[first]));
	for (int64 row = 0; row < (int64) reader->npartners + REMAINDERS; row++)
	{
		int64 partner = row < reader->npartners ? row
												: reader->npartners - 1 - row;

		CHECK_FOR_INTERRUPTS();
		if (!sum_models(reader, totals, first, last, partner, &deals, &amount))
			continue;
		nulls[TOTAL_PARTNER] = partner < 0;
		if (partner >= 0)
			values[TOTAL_PARTNER] = text_of(&reader->partners[partner]);
		values[TOTAL_DEALS] = Int64GetDatum(deals);
		/* A deal without an amount adds nothing, not zero. */
		nulls[TOTAL_AMOUNT] = partner ==
							  -1 - (REMAINDER_PROBLEM + CREDIT_NO_AMOUNT);
		values[TOTAL_AMOUNT] = NumericGetDatum(amount);
		values[TOTAL_REASON] = CStringGetTextDatum(
			partner < 0 ? remainder_reason(-1 - partner) : "credited");
		put_row(fcinfo, values, nulls);
	}
}

/*
 * partner_totals(credit_ledger) -> setof (partner, deals, amount, reason,
 *		model)
 */
Datum
credit_ledger_totals(PG_FUNCTION_ARGS)
{
	LedgerReader reader;
	Totals *totals;

	begin_rows(fcinfo);
	start_reader(&reader, ledger_from_datum(PG_GETARG_DATUM(0)));
	totals = total_up(&reader);
	if (reader.ledger->compared == 0)
		put_totals(fcinfo, &reader, totals, 0, reader.ledger->models.n);
	for (int model = 0; model < reader.ledger->compared; model++)
		put_totals(fcinfo, &reader, totals, model, model);
	return (Datum) 0;
}
