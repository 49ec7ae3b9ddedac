/*
 * credit_ledger_private.h
 *		The deals and touches of a whole table, in little memory.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_private.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_PRIVATE_H
#define ECOSYSTEM_CREDIT_LEDGER_PRIVATE_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "port/atomics.h"
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

/*
 * Things with numbers in the order of their first use: names, or integers in
 * their place, found through a table of hashes.  An integer's hash is another
 * form of it, so it is not kept.
 *
 * Not an IdTable, whose ids are bytes: with those of bigints in it, finding
 * one of 200 partners takes 1.8 times as long, of 20,000 3.6 times; and the
 * flat form of a ledger has the hashes.
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
#define FIRST_IDS     512
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
	uint32 id_room; /* of the last block, 0: it is not ours to fill */
	uint32 nblocks;
	uint32 block_capacity;
	uint64 *recent_ids; /* keys by hash */

	Size bytes; /* of rows and ids */
	struct LedgerAccount *account;
	struct LedgerPool *pool; /* filled with other processes; NULL: alone */

	/* of a ledger read from its flat form, where its rows are; or NULL */
	const struct LedgerPacking *packing;

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

/* ---- memory: credit_ledger_memory.c ---- */

typedef struct LedgerAccount LedgerAccount;

/* What processes hold that fill a ledger together, in memory they share. */
typedef struct LedgerPool
{
	pg_atomic_uint64 held;
	uint64 most;
	uint64 before; /* held by other ledgers */
} LedgerPool;

extern Size ledger_memory_left(void);
extern LedgerAccount *ledger_account(MemoryContext context);
extern void take_ledger_memory(CreditLedger *ledger, Size bytes);
extern void start_ledger_pool(LedgerPool *pool);
extern void return_to_ledger_pool(LedgerPool *pool, Size bytes);

/* ---- rows ---- */

/* Of the transition functions, with the state. */
#define MAX_LEDGER_ARGUMENTS    9
#define LEDGER_DEAL_ARGUMENT    1
#define LEDGER_MODEL_ARGUMENT   3
#define LEDGER_PARTNER_ARGUMENT 5

/* credit_ledger_id.c */
extern bool find_ledger_id_type(Oid type, IdType *kept, Oid *cast);
extern IdType ledger_id_type(Oid type, const char *argument, Oid *cast);
extern Expr *cast_ledger_id(Expr *argument);

/* credit_ledger_fill.c */
extern CreditLedger *make_ledger(MemoryContext context, IdType deal_type,
								 IdType partner_type);
extern uint32 ledger_model(CreditLedger *ledger, const NullableDatum *args);
extern void add_ledger_row(CreditLedger *ledger, const NullableDatum *args,
						   int nargs, uint32 model);
extern void compare_ledger_models(CreditLedger *ledger,
								  const NullableDatum *args);
extern void add_compared_ledger_row(CreditLedger *ledger,
									const NullableDatum *args, int nargs);
extern void check_same_ledger_models(const struct varlena *a,
									 const struct varlena *b);
extern void append_ledger_touch(CreditLedger *ledger, int part,
								const CreditTouch *touch);
extern void append_ledger_deal(CreditLedger *ledger, int part,
							   const LedgerDeal *deal);
extern uint32 number_in_ledger(CreditLedger *ledger, LedgerNames *names,
							   uint64 hash, const char *bytes, Size length);
extern uint64 ledger_key_of_id(CreditLedger *ledger, const char *bytes,
							   Size length);
extern void add_ledger_id_block(CreditLedger *ledger, char *block,
								uint32 used);
extern int64 add_large_amount(CreditLedger *ledger, Numeric amount);
extern int64 store_large_amount(CreditLedger *ledger, Numeric amount);

/* credit_ledger_merge.c */
extern CreditLedger *make_ledger_like(MemoryContext context,
									  const CreditLedger *model);
extern void absorb_ledger(CreditLedger *to, const CreditLedger *from);
extern void adopt_ledger(CreditLedger *to, LedgerArea *area,
						 SharedPiece shared, bool owned);
extern const CreditLedger *settle_ledger(CreditLedger *ledger);
extern CreditLedger *join_shared_ledgers(LedgerArea *area,
										 const SharedPiece *shared, int n);

/* credit_ledger_io.c */
extern const CreditLedger *ledger_from_datum(Datum value);

/* credit_ledger_agg.c */
extern Datum credit_ledger_accum(PG_FUNCTION_ARGS);
extern Datum credit_comparison_accum(PG_FUNCTION_ARGS);
extern Datum ledger_datum(CreditLedger *ledger);

#endif /* ECOSYSTEM_CREDIT_LEDGER_PRIVATE_H */
