/*
 * credit_ledger.h
 *		The deals and touches of a whole table, in little memory.
 *
 * IDENTIFICATION
 *		src/credit_ledger.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_H
#define ECOSYSTEM_CREDIT_LEDGER_H

#include "postgres.h"

#include "utils/expandeddatum.h"

#include "credit.h"

/* How an id is written. */
typedef enum IdType
{
	ID_TEXT,
	ID_BIGINT,
	ID_UUID
} IdType;

/*
 * A deal as one row states it.  Its size is that of a touch, so that one kind
 * of list holds both.
 */
typedef struct LedgerDeal
{
	uint64 deal;
	TimestampTz closed_at; /* DT_NOEND: open */
	int64 amount;          /* times 10^-scale, or a place in large_amounts */
	uint32 model;          /* number + 1, 0: none */
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

typedef struct CreditLedger
{
	ExpandedObjectHeader header;
	MemoryContext context;
	IdType deal_type;
	IdType partner_type;
	int compared; /* the first so many models are compared, 0: none */
	struct varlena *models_argument;

	LedgerNames partners;
	LedgerNames roles;
	LedgerNames models; /* the bytes of a CreditModel */
	LedgerNames labels; /* a role's number + 1 and a model's: LABEL() */
	uint32 last_model;  /* + 1 */

	LedgerList touches[LEDGER_PARTS];
	LedgerList deals[LEDGER_PARTS];
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
} CreditLedger;

#define LABEL(role, model) ((uint64) (role) << 32 | (model))
#define LABEL_ROLE(label)  ((uint32) ((label) >> 32))
#define LABEL_MODEL(label) ((uint32) (label))

/* Invertible; spreads every bit over all. */
static inline uint64
mix_integer(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64CONST(0xFF51AFD7ED558CCD);
	x ^= x >> 33;
	x *= UINT64CONST(0xC4CEB9FE1A85EC53);
	x ^= x >> 33;
	return x;
}

static inline uint64
unmix_integer(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64CONST(0x9CB4B2F8129337DB);
	x ^= x >> 33;
	x *= UINT64CONST(0x4F74430C22A54005);
	x ^= x >> 33;
	return x;
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

extern const CreditLedger *ledger_from_datum(Datum value);
extern int ledger_memory_limit;
extern void credit_ledger_define_settings(void);
extern void install_ledger_scan(void); /* credit_ledger_scan.c */

#endif /* ECOSYSTEM_CREDIT_LEDGER_H */
