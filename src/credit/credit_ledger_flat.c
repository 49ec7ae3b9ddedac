/*
 * credit_ledger_flat.c
 *		A credit_ledger in one piece.
 *
 * Between processes, and wherever the server copies a value, a ledger is one
 * piece of memory of at most a gigabyte.  On its way from a worker to the
 * leader it is written four times over, so its rows are packed: the first
 * bits of a deal's key are those of its list, partners and roles take as many
 * bytes as there are of them, dates are counted from the first one, in seconds
 * where no date has a fraction of one, and what no row has takes nothing.  All
 * rows of a ledger are packed in one way, so that each can be read where it
 * lies: the rows of a flat ledger are not unpacked but read from it.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_flat.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"
#include "credit/credit_ledger_flat.h"
#include "base/hex_text.h"

#ifdef WORDS_BIGENDIAN
#define BYTE_ORDER_HERE 'B'
#else
#define BYTE_ORDER_HERE 'L'
#endif

/* ---- how rows are packed ---- */

/* Bytes that a number needs. */
static int
width_of(uint64 number)
{
	return number == 0 ? 0 : pg_leftmost_one_pos64(number) / 8 + 1;
}

static void
pack_dates(const SeenDates *seen, PackedDates *dates)
{
	dates->first = 0;
	dates->unit = seen->fractions ? 1 : USECS_PER_SEC;
	dates->width = 0;
	if (seen->first > seen->last)
		return;
	dates->first = seen->first;
	/* two timestamps may be further apart than an int64 */
	dates->width = width_of(
		((uint64) seen->last - (uint64) seen->first) / dates->unit + 1);
}

static inline uint64
date_code(const PackedDates *dates, TimestampTz date)
{
	if (date == DT_NOEND)
		return 0;
	return ((uint64) date - (uint64) dates->first) / dates->unit + 1;
}

static void
choose_packing(const CreditLedger *ledger, LedgerPacking *packing)
{
	const SeenNumbers *seen = &ledger->seen;

	if (ledger->packing != NULL)
		elog(ERROR, "credit ledger is flat already");
	memset(packing, 0, sizeof(LedgerPacking));
	pack_dates(&seen->occurred, &packing->occurred);
	pack_dates(&seen->closed, &packing->closed);
	packing->partner_width = width_of(Max(ledger->partners.n, 1) - 1);
	packing->label_width = width_of(Max(ledger->labels.n, 1) - 1);
	packing->weight_width = width_of(seen->weights);
	packing->amount_width = width_of(seen->amounts);
	packing->model_width = width_of(ledger->models.n);
	packing->touch_size = PACKED_TOUCH_SIZE(packing);
	packing->deal_size = PACKED_DEAL_SIZE(packing);
}

/* The bytes behind the code's are written, too; what follows overwrites them. */
static inline char *
put_code(char *at, uint64 code, int width)
{
	code = packed_code(code);
	memcpy(at, &code, sizeof(code));
	return at + width;
}

static inline char *
put_touch(char *at, const LedgerPacking *packing, const CreditTouch *touch)
{
	at = put_code(at, touch->deal, PACKED_KEY_WIDTH);
	at = put_code(at, touch->partner, packing->partner_width);
	at = put_code(at, touch->role, packing->label_width);
	at = put_code(at, date_code(&packing->occurred, touch->occurred_at),
				  packing->occurred.width);
	return put_code(at, touch->weight - CREDIT_UNWEIGHTED,
					packing->weight_width);
}

static inline char *
put_statement(char *at, const LedgerPacking *packing, const LedgerDeal *deal)
{
	at = put_code(at, deal->deal, PACKED_KEY_WIDTH);
	at = put_code(at, date_code(&packing->closed, deal->closed_at),
				  packing->closed.width);
	at = put_code(at, signed_code(deal->amount), packing->amount_width);
	at = put_code(at, deal->model, packing->model_width);
	return put_code(at, PACKED_KIND(deal->amount_kind, deal->scale), 1);
}

/* ---- writing ---- */

/*
 * A header, then what it counts.  Integers are as this server has them, so it
 * says which byte order that is; nothing is aligned.
 */
typedef struct FlatLedger
{
	int32 vl_len_;
	uint8 version;
	uint8 byte_order;
	uint8 spare[2]; /* zero */
	int32 deal_type;
	int32 partner_type;
	int32 compared;
	uint32 npartners;
	uint32 nroles;
	uint32 nmodels;
	uint32 nlabels;
	uint32 nlarge;
	uint32 nblocks;
	uint32 models_argument_size;
	LedgerPacking packing;
} FlatLedger;

/* Behind the last row, so that any code can be read as a word. */
#define FLAT_MARGIN sizeof(uint64)

static Size
names_size(const LedgerNames *names)
{
	Size size = names->n * sizeof(uint64);

	for (uint32 i = 0; !names->integers && i < names->n; i++)
		size += sizeof(int32) + names->names[i].length;
	return size;
}

static Size
rows_size(const LedgerList *lists, Size row_size)
{
	Size size = 0;

	for (int part = 0; part < LEDGER_PARTS; part++)
		size += lists[part].n * row_size;
	return size;
}

/* How a ledger is packed, and what size it then has. */
Size
plan_flat(const CreditLedger *ledger, LedgerPacking *packing)
{
	Size size;

	choose_packing(ledger, packing);
	size = sizeof(FlatLedger) + names_size(&ledger->partners) +
		   names_size(&ledger->roles) + names_size(&ledger->models) +
		   names_size(&ledger->labels) + 2 * LEDGER_PARTS * sizeof(int64) +
		   rows_size(ledger->touches, packing->touch_size) +
		   rows_size(ledger->deals, packing->deal_size) + FLAT_MARGIN;
	if (ledger->models_argument != NULL)
		size += VARSIZE(ledger->models_argument);
	for (uint32 i = 0; i < ledger->nlarge; i++)
		size += VARSIZE(ledger->large_amounts[i]);
	for (uint32 i = 0; i < ledger->nblocks; i++)
		size += sizeof(uint32) + ledger->id_block_used[i];
	return size;
}

/* The same, of at most so many bytes. */
Size
plan_flat_value(const CreditLedger *ledger, LedgerPacking *packing, Size limit)
{
	Size size = plan_flat(ledger, packing);

	if (size > limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("credit ledger is too large for a value in one "
						"piece"),
				 errdetail("It has %zu bytes, the limit is %zu.", size, limit),
				 errhint("Store the rows that ledger() reads from it, in the "
						 "query that makes it, without a materialized CTE "
						 "between, and with max_parallel_workers_per_gather "
						 "= 0; or aggregate part of the deals at a time.")));
	return size;
}

static char *
put(char *at, const void *bytes, Size size)
{
	if (size > 0)
		memcpy(at, bytes, size);
	return at + size;
}

static char *
put_names(char *at, const LedgerNames *names)
{
	at = put(at, names->hashes, names->n * sizeof(uint64));
	for (uint32 i = 0; !names->integers && i < names->n; i++)
	{
		int32 length = names->names[i].length;

		at = put(at, &length, sizeof(length));
		at = put(at, names->names[i].bytes, length);
	}
	return at;
}

/* How many rows each list has: together, since a reader wants them first. */
static char *
put_counts(char *at, const LedgerList *lists)
{
	for (int part = 0; part < LEDGER_PARTS; part++)
		at = put(at, &lists[part].n, sizeof(int64));
	return at;
}

static char *
put_touches(char *at, const CreditLedger *ledger, const LedgerPacking *packing)
{
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		for (LedgerChunk *chunk = ledger->touches[part].first; chunk != NULL;
			 chunk = chunk->next)
		{
			const CreditTouch *touches = (const CreditTouch *) chunk->rows;

			CHECK_FOR_INTERRUPTS();
			for (int64 i = 0; i < chunk->n; i++)
				at = put_touch(at, packing, &touches[i]);
		}
	}
	return at;
}

static char *
put_deals(char *at, const CreditLedger *ledger, const LedgerPacking *packing)
{
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		for (LedgerChunk *chunk = ledger->deals[part].first; chunk != NULL;
			 chunk = chunk->next)
		{
			const LedgerDeal *deals = (const LedgerDeal *) chunk->rows;

			CHECK_FOR_INTERRUPTS();
			for (int64 i = 0; i < chunk->n; i++)
				at = put_statement(at, packing, &deals[i]);
		}
	}
	return at;
}

/* Writes what plan_flat() planned; a value's header is left to the caller. */
void
write_flat(const CreditLedger *ledger, const LedgerPacking *packing,
		   void *result, Size size)
{
	FlatLedger header = {0};
	char *at = result;

	header.version = CREDIT_LEDGER_VERSION;
	header.byte_order = BYTE_ORDER_HERE;
	header.deal_type = ledger->deal_type;
	header.partner_type = ledger->partner_type;
	header.compared = ledger->compared;
	header.npartners = ledger->partners.n;
	header.nroles = ledger->roles.n;
	header.nmodels = ledger->models.n;
	header.nlabels = ledger->labels.n;
	header.nlarge = ledger->nlarge;
	header.nblocks = ledger->nblocks;
	if (ledger->models_argument != NULL)
		header.models_argument_size = VARSIZE(ledger->models_argument);
	header.packing = *packing;
	at = put(at, &header, sizeof(header));
	at = put_names(at, &ledger->partners);
	at = put_names(at, &ledger->roles);
	at = put_names(at, &ledger->models);
	at = put_names(at, &ledger->labels);
	at = put(at, ledger->models_argument, header.models_argument_size);
	for (uint32 i = 0; i < ledger->nlarge; i++)
		at = put(at, ledger->large_amounts[i],
				 VARSIZE(ledger->large_amounts[i]));
	for (uint32 i = 0; i < ledger->nblocks; i++)
	{
		at = put(at, &ledger->id_block_used[i], sizeof(uint32));
		at = put(at, ledger->id_blocks[i], ledger->id_block_used[i]);
	}
	at = put_counts(at, ledger->touches);
	at = put_counts(at, ledger->deals);
	at = put_touches(at, ledger, packing);
	at = put_deals(at, ledger, packing);
	memset(at, 0, FLAT_MARGIN);
	at += FLAT_MARGIN;
	if (at != (char *) result + size)
		elog(ERROR, "credit ledger is not as large as it should be");
}

/* ---- reading ---- */

/* What is left to read of a flat ledger, until something is wrong with it. */
typedef struct FlatReader
{
	const char *at;
	const char *end;
	const char *problem;
} FlatReader;

/* The first problem is the one to tell. */
static bool
fail(FlatReader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	return false;
}

/* NULL where so much is not left. */
static const char *
take(FlatReader *reader, Size size)
{
	const char *at = reader->at;

	if (size > (Size) (reader->end - reader->at))
	{
		fail(reader, "It ends too early.");
		return NULL;
	}
	reader->at += size;
	return at;
}

static bool
take_into(FlatReader *reader, void *to, Size size)
{
	const char *bytes = take(reader, size);

	if (bytes != NULL)
		memcpy(to, bytes, size);
	return bytes != NULL;
}

/* Numbers that the rows of a flat ledger refer to are there. */
void
ledger_number_is_wrong(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("credit ledger refers to what is not in it")));
}

/* Names that are only numbered through, not looked up: no table. */
static bool
take_names(FlatReader *reader, LedgerNames *names, bool integers, uint32 n)
{
	if (n > (Size) (reader->end - reader->at) / sizeof(uint64))
		return fail(reader, "It ends too early.");
	names->integers = integers;
	names->n = names->capacity = n;
	names->hashes = allocate_array(n, sizeof(uint64));
	names->slots = NULL;
	names->names = NULL;
	if (!take_into(reader, names->hashes, (Size) n * sizeof(uint64)) ||
		integers)
		return reader->problem == NULL;
	names->names = allocate_array(n, sizeof(CreditName));
	for (uint32 i = 0; i < n; i++)
	{
		int32 length;
		char *copy;

		check_for_interrupts_at(i);
		if (!take_into(reader, &length, sizeof(length)))
			return false;
		if (length < 0 || length > reader->end - reader->at)
			return fail(reader, "The length of a name is wrong.");
		/* A model must be aligned. */
		copy = palloc(Max(length, 1));
		if (!take_into(reader, copy, length))
			return false;
		names->names[i].bytes = copy;
		names->names[i].length = length;
	}
	return true;
}

static bool
take_counts(FlatReader *reader, LedgerList *lists)
{
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		int64 n;

		if (!take_into(reader, &n, sizeof(int64)))
			return false;
		if (n < 0 || n > PG_UINT32_MAX)
			return fail(reader, "The number of its rows is wrong.");
		lists[part].n = n;
	}
	return true;
}

static bool
take_rows(FlatReader *reader, LedgerList *lists, Size row_size)
{
	LedgerChunk *chunks = allocate_array(LEDGER_PARTS, sizeof(LedgerChunk));

	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		LedgerList *list = &lists[part];
		LedgerChunk *chunk = &chunks[part];
		const char *rows;

		if (list->n == 0)
			continue;
		rows = take(reader, list->n * row_size);
		if (rows == NULL)
			return false;
		list->first = list->last = chunk;
		chunk->next = NULL;
		chunk->n = chunk->capacity = list->n;
		chunk->rows = unconstify(char *, rows);
	}
	return true;
}

static bool
is_width(int width)
{
	return width >= 0 && width <= (int) sizeof(uint64);
}

static bool
are_dates(const PackedDates *dates)
{
	return is_width(dates->width) &&
		   (dates->unit == 1 || dates->unit == USECS_PER_SEC);
}

/* Sizes are computed from the widths, not believed. */
static bool
take_packing(FlatReader *reader, LedgerPacking *packing)
{
	if (!is_width(packing->partner_width) || !is_width(packing->label_width) ||
		!is_width(packing->weight_width) || !is_width(packing->amount_width) ||
		!is_width(packing->model_width) || !are_dates(&packing->occurred) ||
		!are_dates(&packing->closed))
		return fail(reader, "The size of its numbers is wrong.");
	packing->touch_size = PACKED_TOUCH_SIZE(packing);
	packing->deal_size = PACKED_DEAL_SIZE(packing);
	return true;
}

/* Where this bit is not set, a numeric has a second word before its digits. */
#define NUMERIC_ONE_WORD 0x8000

static bool
take_large_amounts(FlatReader *reader, CreditLedger *ledger, uint32 n)
{
	if (n > (Size) (reader->end - reader->at) / sizeof(int32))
		return fail(reader, "It ends too early.");
	ledger->large_amounts = allocate_array(n, sizeof(Numeric));
	for (ledger->nlarge = 0; ledger->nlarge < n; ledger->nlarge++)
	{
		varattrib_4b start;
		uint16 form;
		char *amount;
		Size length;

		check_for_interrupts_at(ledger->nlarge);
		if (!take_into(reader, &start, sizeof(int32)))
			return false;
		length = VARSIZE(&start);
		if (!VARATT_IS_4B_U(&start) || length < VARHDRSZ + sizeof(form) ||
			length - VARHDRSZ > (Size) (reader->end - reader->at))
			return fail(reader, "The size of an amount is wrong.");
		amount = palloc(length);
		memcpy(amount, &start, sizeof(int32));
		if (!take_into(reader, amount + VARHDRSZ, length - VARHDRSZ))
			return false;
		ledger->large_amounts[ledger->nlarge] = (Numeric) amount;
		memcpy(&form, amount + VARHDRSZ, sizeof(form));
		if ((form & NUMERIC_ONE_WORD) == 0 &&
			length < VARHDRSZ + 2 * sizeof(uint16))
			return fail(reader, "The size of an amount is wrong.");
	}
	return true;
}

static bool
take_id_blocks(FlatReader *reader, CreditLedger *ledger, uint32 n)
{
	if (n > (Size) (reader->end - reader->at) / sizeof(uint32))
		return fail(reader, "It ends too early.");
	ledger->id_blocks = allocate_array(n, sizeof(char *));
	ledger->id_block_used = allocate_array(n, sizeof(uint32));
	for (ledger->nblocks = 0; ledger->nblocks < n; ledger->nblocks++)
	{
		uint32 used;
		const char *block;

		if (!take_into(reader, &used, sizeof(used)))
			return false;
		block = take(reader, used);
		if (block == NULL)
			return false;
		ledger->id_blocks[ledger->nblocks] = unconstify(char *, block);
		ledger->id_block_used[ledger->nblocks] = used;
	}
	return true;
}

static bool
take_ledger(FlatReader *reader, CreditLedger *ledger)
{
	FlatLedger header;
	LedgerPacking *packing;

	if (!take_into(reader, &header, sizeof(header)))
		return false;
	if (header.version != CREDIT_LEDGER_VERSION)
		return fail(reader, "It is of an unknown version.");
	if (header.byte_order != BYTE_ORDER_HERE)
		return fail(reader, "It comes from a server of another byte order.");
	ledger->deal_type = (IdType) header.deal_type;
	ledger->partner_type = (IdType) header.partner_type;
	ledger->compared = header.compared;
	if (!take_names(reader, &ledger->partners,
					header.partner_type == ID_BIGINT, header.npartners) ||
		!take_names(reader, &ledger->roles, false, header.nroles) ||
		!take_names(reader, &ledger->models, false, header.nmodels) ||
		!take_names(reader, &ledger->labels, true, header.nlabels))
		return false;
	if (header.models_argument_size > 0)
	{
		const char *bytes = take(reader, header.models_argument_size);

		if (bytes == NULL)
			return false;
		ledger->models_argument = palloc(header.models_argument_size);
		memcpy(ledger->models_argument, bytes, header.models_argument_size);
	}
	if (!take_large_amounts(reader, ledger, header.nlarge) ||
		!take_id_blocks(reader, ledger, header.nblocks) ||
		!take_packing(reader, &header.packing))
		return false;
	packing = palloc(sizeof(LedgerPacking));
	*packing = header.packing;
	ledger->packing = packing;
	return take_counts(reader, ledger->touches) &&
		   take_counts(reader, ledger->deals) &&
		   take_rows(reader, ledger->touches, header.packing.touch_size) &&
		   take_rows(reader, ledger->deals, header.packing.deal_size) &&
		   take(reader, FLAT_MARGIN) != NULL;
}

/*
 * A ledger that reads its rows from the flat form, which must stay.  NULL with
 * what is wrong where this is none.
 */
CreditLedger *
read_flat_ledger(const char *flat, Size size, const char **problem)
{
	CreditLedger *ledger = palloc0(sizeof(CreditLedger));
	FlatReader reader = {flat, flat + size, NULL};

	ledger->context = CurrentMemoryContext;
	if (take_ledger(&reader, ledger))
		return ledger;
	*problem = reader.problem;
	return NULL;
}

void
refuse_flat_ledger(const char *problem)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("credit ledger is not valid"),
					errdetail_internal("%s", problem)));
}

/* The same with an error: of what another process of ours has written. */
CreditLedger *
ledger_from_flat(const char *flat, Size size)
{
	const char *problem;
	CreditLedger *ledger = read_flat_ledger(flat, size, &problem);

	if (ledger == NULL)
		refuse_flat_ledger(problem);
	return ledger;
}

/*
 * What is wrong with a ledger as it was read from a value, but for its rows,
 * or NULL.
 */
const char *
flat_ledger_problem(const CreditLedger *ledger)
{
	if (ledger->deal_type > ID_UUID || ledger->partner_type > ID_UUID)
		return "The types of its ids are wrong.";
	if (ledger->compared < 0 || ledger->compared > (int64) ledger->models.n)
		return "Its models to compare are wrong.";
	for (uint32 i = 0; i < ledger->partners.n; i++)
	{
		check_for_interrupts_at(i);
		if (ledger->partner_type == ID_UUID &&
			ledger->partners.names[i].length != UUID_LEN)
			return "A partner is wrong.";
	}
	for (uint32 i = 0; i < ledger->models.n; i++)
	{
		const CreditName *model = &ledger->models.names[i];

		CHECK_FOR_INTERRUPTS();
		if (!credit_model_is_valid((const CreditModel *) model->bytes,
								   model->length))
			return "A model is wrong.";
	}
	for (uint32 i = 0; i < ledger->labels.n; i++)
	{
		uint64 label = unmix_integer(ledger->labels.hashes[i]);

		check_for_interrupts_at(i);
		if (LABEL_ROLE(label) > ledger->roles.n ||
			LABEL_MODEL(label) > ledger->models.n)
			return "A role is wrong.";
	}
	return NULL;
}

/*
 * A state in one piece, as credit_ledger_deserialize() reads it; with room for
 * something of the caller's before it, which begins with the value's header.
 */
struct varlena *
flat_ledger_state(const CreditLedger *ledger, Size before)
{
	LedgerPacking packing;
	Size size = plan_flat_value(ledger, &packing, MaxAllocSize - before);
	char *state = palloc_extended(before + size, MCXT_ALLOC_HUGE);

	advise_huge_pages(state, before + size);
	write_flat(ledger, &packing, state + before, size);
	SET_VARSIZE(state + before, size);
	return (struct varlena *) state;
}
