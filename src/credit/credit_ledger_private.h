/*
 * credit_ledger.h
 *		The deals and touches of a whole table, in little memory.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_H
#define ECOSYSTEM_CREDIT_LEDGER_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "port/atomics.h"
#include "port/pg_bswap.h"
#include "storage/dsm.h"
#include "utils/dsa.h"
#include "utils/expandeddatum.h"
#include "utils/uuid.h"

#include "credit/credit.h"
#include "base/value.h"

#define CREDIT_LEDGER_VERSION 4

extern const ValueType credit_ledger_type;

/*
 * A deal as one row states it.  Its size is that of a touch, so that one kind
 * of list holds both.
 */
typedef struct LedgerDeal
{
	uint64 deal;
	Moment closed_at; /* DT_NOEND: open */
	int64 amount;     /* times 10^-scale, or a place in large_amounts */
	uint32 model;     /* number + 1, 0: none */
	uint8 scale;
	uint8 amount_kind; /* AmountKind */
	uint16 spare;      /* zero */
} LedgerDeal;

typedef enum AmountKind
{
	AMOUNT_NONE,
	AMOUNT_WORD,
	AMOUNT_LARGE
} AmountKind;

typedef union LedgerRow
{
	CreditTouch touch; /* its partner and role are numbers of first use */
	LedgerDeal deal;
} LedgerRow;

StaticAssertDecl(sizeof(CreditTouch) == 32 && sizeof(LedgerDeal) == 32,
				 "a row is half a cache line");

/* A list of rows in pieces, so that it grows without being copied. */
typedef struct LedgerChunk
{
	struct LedgerChunk *next;
	int64 n;
	int64 capacity;
	char *rows; /* of sizeof(LedgerRow); in a flat value not aligned */
} LedgerChunk;

typedef struct LedgerList
{
	LedgerChunk *first;
	LedgerChunk *last;
	int64 n;
} LedgerList;

/* ---- packed rows ---- */

/* What is to be known of numbers before they can be packed. */
typedef struct SeenDates
{
	TimestampTz first;
	TimestampTz last;
	bool fractions; /* of a second */
} SeenDates;

typedef struct SeenNumbers
{
	SeenDates occurred;
	SeenDates closed;
	uint64 weights; /* whatever bits any of their codes has */
	uint64 amounts;
} SeenNumbers;

/* Small numbers of either sign get small codes. */
static inline uint64
signed_code(int64 number)
{
	return ((uint64) number << 1) ^ (uint64) (number >> 63);
}

/* Dates are counted from 1 on, 0 is none. */
typedef struct PackedDates
{
	TimestampTz first;
	int64 unit; /* microseconds */
	int32 width;
} PackedDates;

/*
 * How the rows of a flat ledger are packed: how many bytes each number has.
 * A touch is its key, partner, label, date and weight; a deal its key, close,
 * amount, model and kind.
 */
typedef struct LedgerPacking
{
	PackedDates occurred;
	PackedDates closed;
	int32 partner_width;
	int32 label_width;
	int32 weight_width;
	int32 amount_width;
	int32 model_width;
	int32 touch_size;
	int32 deal_size;
} LedgerPacking;

/* A key without the bits of its list. */
#define PACKED_KEY_WIDTH 7
#define PACKED_TOUCH_SIZE(packing)                                          \
	(PACKED_KEY_WIDTH + (packing)->partner_width + (packing)->label_width + \
	 (packing)->occurred.width + (packing)->weight_width)
#define PACKED_DEAL_SIZE(packing)                                           \
	(PACKED_KEY_WIDTH + (packing)->closed.width + (packing)->amount_width + \
	 (packing)->model_width + 1)

/* An amount's kind and scale in a byte. */
#define PACKED_KIND(kind, scale) ((kind) << 5 | (scale))
#define KIND_OF_PACKED(code)     ((uint8) ((code) >> 5))
#define SCALE_OF_PACKED(code)    ((uint8) ((code) &0x1F))

StaticAssertDecl(MAX_MINOR_DIGITS <= 0x1F, "a scale has five bits");

/*
 * Things with numbers in the order of their first use: names, or integers in
 * their place, found through a table of hashes.  An integer's hash is another
 * form of it, so it is not kept.
 */
typedef struct LedgerSlot
{
	uint64 hash;
	uint32 number; /* + 1, 0: free */
} LedgerSlot;

typedef struct LedgerNames
{
	bool integers;
	uint32 n;
	uint32 capacity; /* of hashes and names; the table has twice as many */
	uint64 *hashes;
	CreditName *names; /* NULL for integers */
	LedgerSlot *slots;
} LedgerNames;

/* Rows are kept apart by the first bits of their deal. */
#define LEDGER_PART_BITS 8
#define LEDGER_PARTS     (1 << LEDGER_PART_BITS)
#define LEDGER_PART(key) ((key) >> (64 - LEDGER_PART_BITS))

/* Ids of deals that are no integers, in blocks. */
#define ID_BLOCK_BITS 20
#define ID_BLOCK_SIZE (1 << ID_BLOCK_BITS)
#define MAX_ID_BYTES  65535

/*
 * A deal's key: for a bigint another form of it; for others some bits of
 * their hash, and behind these where the id itself is.
 */
#define ID_OFFSET_BITS 40
#define ID_OFFSET(key) ((key) & ((UINT64CONST(1) << ID_OFFSET_BITS) - 1))

/*
 * A ledger in memory that processes share, whose rows stay where they are when
 * another one takes it over.
 */
typedef struct LedgerSource
{
	const struct CreditLedger *ledger;
	uint32 *partners; /* the numbers of its names in the other one */
	uint32 *labels;
	uint32 *models;
	uint64 ids;   /* to add to its keys where deals are no integers */
	uint32 large; /* to add to the places of its large amounts */
} LedgerSource;

typedef struct LedgerArea LedgerArea;

/* Something in shared memory. */
typedef struct SharedPiece
{
	dsa_pointer at;
	Size size;
} SharedPiece;

typedef struct CreditLedger
{
	ExpandedObjectHeader header;
	MemoryContext context;
	IdType deal_type;
	IdType partner_type;
	FmgrInfo *deal_cast; /* what makes them of an argument, or NULL */
	FmgrInfo *partner_cast;
	int compared; /* the first so many models are compared, 0: none */
	struct varlena *models_argument;

	LedgerNames partners;
	LedgerNames roles;
	LedgerNames models; /* the bytes of a CreditModel */
	LedgerNames labels; /* a role's number + 1 and a model's: LABEL() */
	uint32 last_model;  /* + 1 */
	uint64 last_label;
	uint32 last_label_number; /* + 1 */

	LedgerList touches[LEDGER_PARTS];
	LedgerList deals[LEDGER_PARTS];
	SeenNumbers seen; /* in them, while they are not packed */
	LedgerRow last_deal;
	char *arena; /* what is left of the memory that chunks are cut from */
	Size arena_left;
	Size arena_size; /* all of it */

	Numeric *large_amounts;
	uint32 nlarge;
	uint32 large_capacity;

	char **id_blocks;
	uint32 *id_block_used;
	uint32 nblocks;
	uint32 block_capacity;
	uint64 *recent_ids; /* keys by hash */

	Size bytes; /* of rows and ids */
	struct LedgerAccount *account;
	struct LedgerPool *pool; /* filled with other processes; NULL: alone */

	bool packed; /* read from its flat form, where its rows are */
	LedgerPacking packing;

	LedgerArea *area; /* of a ledger in shared memory, and where there */
	SharedPiece shared;
	const SharedPiece *pieces; /* all of its pieces, on its way to us */
	int npieces;
	struct CreditLedger *rest; /* of a ledger that has them, in no piece */

	LedgerSource *sources; /* their rows are ours, beside our own */
	uint32 nsources;
	uint32 source_capacity;
	struct CreditLedger *settled; /* the same with all rows its own */
} CreditLedger;

#define LABEL(role, model) ((uint64) (role) << 32 | (model))
#define LABEL_ROLE(label)  ((uint32) ((label) >> 32))
#define LABEL_MODEL(label) ((uint32) (label))

/* A packed number's bytes are the lowest of a word, the least first. */
static inline uint64
packed_code(uint64 code)
{
#ifdef WORDS_BIGENDIAN
	return pg_bswap64(code);
#else
	return code;
#endif
}

static inline uint64
take_code(const char **at, int width)
{
	static const uint64 masks[] = {
		UINT64CONST(0),
		UINT64CONST(0xFF),
		UINT64CONST(0xFFFF),
		UINT64CONST(0xFFFFFF),
		UINT64CONST(0xFFFFFFFF),
		UINT64CONST(0xFFFFFFFFFF),
		UINT64CONST(0xFFFFFFFFFFFF),
		UINT64CONST(0xFFFFFFFFFFFFFF),
		UINT64CONST(0xFFFFFFFFFFFFFFFF),
	};
	uint64 code;

	memcpy(&code, *at, sizeof(code));
	*at += width;
	return packed_code(code) & masks[width];
}

static inline uint64
take_packed_key(const char **at, int part)
{
	return (uint64) part << (64 - LEDGER_PART_BITS) |
		   take_code(at, PACKED_KEY_WIDTH);
}

static inline TimestampTz
take_packed_date(const char **at, const PackedDates *dates)
{
	uint64 code = take_code(at, dates->width);

	if (code == 0)
		return DT_NOEND;
	return (TimestampTz) ((uint64) dates->first + (code - 1) * dates->unit);
}

/* ---- rows, wherever they are ---- */

extern void ledger_number_is_wrong(void);

/* The row's key alone. */
static inline uint64
ledger_key(const CreditLedger *ledger, int part, const LedgerChunk *chunk,
		   int64 i, Size row_size)
{
	const char *at = chunk->rows + i * row_size;
	uint64 key;

	if (ledger->packed)
		return take_packed_key(&at, part);
	/* Touches and deals alike begin with their key. */
	memcpy(&key, at, sizeof(key));
	return key;
}

/* Is there what a row of a flat ledger refers to? */
static inline bool
ledger_has_touch(const CreditLedger *ledger, const CreditTouch *touch)
{
	return touch->partner < ledger->partners.n &&
		   touch->role < ledger->labels.n;
}

static inline bool
ledger_has_statement(const CreditLedger *ledger, const LedgerDeal *deal)
{
	return deal->model <= ledger->models.n &&
		   deal->scale <= MAX_MINOR_DIGITS &&
		   deal->amount_kind <= AMOUNT_LARGE &&
		   (deal->amount_kind != AMOUNT_LARGE ||
			(uint64) deal->amount < ledger->nlarge);
}

static inline CreditTouch
ledger_touch_unchecked(const CreditLedger *ledger, int part,
					   const LedgerChunk *chunk, int64 i)
{
	const LedgerPacking *packing = &ledger->packing;
	CreditTouch touch;
	const char *at;

	if (!ledger->packed)
	{
		memcpy(&touch, chunk->rows + i * sizeof(LedgerRow), sizeof(touch));
		return touch;
	}
	at = chunk->rows + i * packing->touch_size;
	touch.deal = take_packed_key(&at, part);
	touch.partner = (uint32) take_code(&at, packing->partner_width);
	touch.role = (uint32) take_code(&at, packing->label_width);
	touch.occurred_at = take_packed_date(&at, &packing->occurred);
	touch.weight = (int64) take_code(&at, packing->weight_width) +
				   CREDIT_UNWEIGHTED;
	return touch;
}

static inline CreditTouch
ledger_touch(const CreditLedger *ledger, int part, const LedgerChunk *chunk,
			 int64 i)
{
	CreditTouch touch = ledger_touch_unchecked(ledger, part, chunk, i);

	if (ledger->packed && unlikely(!ledger_has_touch(ledger, &touch)))
		ledger_number_is_wrong();
	return touch;
}

static inline LedgerDeal
ledger_statement_unchecked(const CreditLedger *ledger, int part,
						   const LedgerChunk *chunk, int64 i)
{
	const LedgerPacking *packing = &ledger->packing;
	LedgerDeal deal;
	const char *at;
	uint64 code;

	if (!ledger->packed)
	{
		memcpy(&deal, chunk->rows + i * sizeof(LedgerRow), sizeof(deal));
		return deal;
	}
	at = chunk->rows + i * packing->deal_size;
	deal.deal = take_packed_key(&at, part);
	deal.closed_at = take_packed_date(&at, &packing->closed);
	code = take_code(&at, packing->amount_width);
	deal.amount = (int64) (code >> 1) ^ -(int64) (code & 1);
	deal.model = (uint32) take_code(&at, packing->model_width);
	code = take_code(&at, 1);
	deal.amount_kind = KIND_OF_PACKED(code);
	deal.scale = SCALE_OF_PACKED(code);
	deal.spare = 0;
	return deal;
}

static inline LedgerDeal
ledger_statement(const CreditLedger *ledger, int part,
				 const LedgerChunk *chunk, int64 i)
{
	LedgerDeal deal = ledger_statement_unchecked(ledger, part, chunk, i);

	if (ledger->packed && unlikely(!ledger_has_statement(ledger, &deal)))
		ledger_number_is_wrong();
	return deal;
}

/* A deal's id where it is no integer. */
static inline CreditName
ledger_id(const CreditLedger *ledger, uint64 key)
{
	uint64 offset = ID_OFFSET(key);
	const char *at = ledger->id_blocks[offset >> ID_BLOCK_BITS] +
					 (offset & (ID_BLOCK_SIZE - 1));
	uint16 length;
	CreditName id;

	memcpy(&length, at, sizeof(length));
	id.bytes = at + sizeof(length);
	id.length = length;
	return id;
}

/* Of a flat ledger, whose keys may be wrong. */
static inline bool
ledger_has_id(const CreditLedger *ledger, uint64 key)
{
	uint64 offset = ID_OFFSET(key);
	uint64 block = offset >> ID_BLOCK_BITS;
	uint64 at = offset & (ID_BLOCK_SIZE - 1);
	uint16 length;

	if (block >= ledger->nblocks ||
		at + sizeof(length) > ledger->id_block_used[block])
		return false;
	memcpy(&length, ledger->id_blocks[block] + at, sizeof(length));
	return at + sizeof(length) + length <= ledger->id_block_used[block] &&
		   (ledger->deal_type != ID_UUID || length == UUID_LEN);
}

static inline void
check_ledger_id(const CreditLedger *ledger, uint64 key)
{
	if (!ledger_has_id(ledger, key))
		ledger_number_is_wrong();
}

extern const CreditLedger *ledger_from_datum(Datum value);

/* ---- rows ---- */

/* Of the transition functions, with the state. */
#define MAX_LEDGER_ARGUMENTS    9
#define LEDGER_MODEL_ARGUMENT   3
#define LEDGER_PARTNER_ARGUMENT 5

extern bool find_ledger_id_type(Oid type, IdType *kept, Oid *cast);
extern IdType ledger_id_type(Oid type, const char *argument, Oid *cast);
extern Expr *cast_ledger_id(Expr *argument);
extern CreditLedger *make_ledger(MemoryContext context, IdType deal_type,
								 IdType partner_type);
extern uint32 ledger_model(CreditLedger *ledger, const NullableDatum *args);
extern void add_ledger_row(CreditLedger *ledger, const NullableDatum *args,
						   int nargs, uint32 model);
extern void compare_ledger_models(CreditLedger *ledger,
								  const NullableDatum *args);
extern void add_compared_ledger_row(CreditLedger *ledger,
									const NullableDatum *args, int nargs);
extern Datum credit_ledger_accum(PG_FUNCTION_ARGS);
extern Datum credit_comparison_accum(PG_FUNCTION_ARGS);

/* ---- ledgers as a whole ---- */


extern const CreditLedger *settle_ledger(CreditLedger *ledger);
extern CreditLedger *join_shared_ledgers(LedgerArea *area,
										 const SharedPiece *shared, int n);
extern void count_ledger_rows(const CreditLedger *ledger, int64 *touches,
							  int64 *deals);

/* credit_ledger_flat.c */
extern const ExpandedObjectMethods ledger_methods;
extern CreditLedger *read_flat_ledger(const char *flat, Size size,
									  const char **problem);
extern CreditLedger *ledger_from_flat(const char *flat, Size size);
extern const char *flat_ledger_problem(const CreditLedger *ledger);
extern const CreditLedger *ledger_of_value(const struct varlena *value);
extern struct varlena *flat_ledger_state(const CreditLedger *ledger,
										 Size before);
extern Size plan_flat(const CreditLedger *ledger, LedgerPacking *packing);
extern void write_flat(const CreditLedger *ledger,
					   const LedgerPacking *packing, void *result, Size size);

/* credit_ledger_share.c */
extern Size room_to_share(Size bytes);
extern LedgerArea *create_ledger_area(Size size, MemoryContext context);
extern LedgerArea *attach_ledger_area(dsm_handle handle,
									  MemoryContext context);
extern void keep_ledger_area(LedgerArea *area, MemoryContext context,
							 dsa_pointer piece);
extern dsm_handle ledger_area_handle(const LedgerArea *area);
extern bool share_ledger(LedgerArea *area, const CreditLedger *ledger,
						 SharedPiece *piece);
extern struct varlena *shared_ledger_state(const LedgerArea *area,
										   const SharedPiece *pieces, int n,
										   const CreditLedger *rest);
extern bool ledger_is_shared(const struct varlena *state);
extern CreditLedger *find_shared_ledger(const struct varlena *state);
extern CreditLedger *read_shared_ledger(LedgerArea *area, SharedPiece shared);

/* credit_ledger_memory.c */
typedef struct LedgerAccount LedgerAccount;

/* What processes hold that fill a ledger together, in memory they share. */
typedef struct LedgerPool
{
	pg_atomic_uint64 held;
	uint64 most;
	uint64 before; /* held by other ledgers */
} LedgerPool;

extern void credit_ledger_define_settings(void);
extern Size ledger_memory_left(void);
extern LedgerAccount *ledger_account(MemoryContext context);
extern void take_ledger_memory(CreditLedger *ledger, Size bytes);
extern void start_ledger_pool(LedgerPool *pool);
extern void return_to_ledger_pool(LedgerPool *pool, Size bytes);

extern void install_ledger_scan(void);    /* credit_ledger_scan.c */
extern void install_ledger_collect(void); /* credit_ledger_collect.c */

#endif /* ECOSYSTEM_CREDIT_LEDGER_H */
