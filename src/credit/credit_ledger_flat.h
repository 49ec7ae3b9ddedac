/*
 * credit_ledger_flat.h
 *		A credit_ledger in one piece, and its rows wherever they are.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_flat.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_FLAT_H
#define ECOSYSTEM_CREDIT_LEDGER_FLAT_H

#include "postgres.h"

#include "port/pg_bswap.h"

#include "credit/credit_ledger_private.h"

/* ---- packed rows ---- */

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

	if (ledger->packing != NULL)
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
	const LedgerPacking *packing = ledger->packing;
	CreditTouch touch;
	const char *at;

	if (packing == NULL)
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

	if (ledger->packing != NULL && unlikely(!ledger_has_touch(ledger, &touch)))
		ledger_number_is_wrong();
	return touch;
}

static inline LedgerDeal
ledger_statement_unchecked(const CreditLedger *ledger, int part,
						   const LedgerChunk *chunk, int64 i)
{
	const LedgerPacking *packing = ledger->packing;
	LedgerDeal deal;
	const char *at;
	uint64 code;

	if (packing == NULL)
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

	if (ledger->packing != NULL &&
		unlikely(!ledger_has_statement(ledger, &deal)))
		ledger_number_is_wrong();
	return deal;
}

static inline void
check_ledger_id(const CreditLedger *ledger, uint64 key)
{
	if (!ledger_has_id(ledger, key))
		ledger_number_is_wrong();
}


/* ---- a ledger in one piece ---- */

extern CreditLedger *read_flat_ledger(const char *flat, Size size,
									  const char **problem);
extern CreditLedger *ledger_from_flat(const char *flat, Size size);
pg_noreturn extern void refuse_flat_ledger(const char *problem);
extern const char *flat_ledger_problem(const CreditLedger *ledger);
extern struct varlena *flat_ledger_state(const CreditLedger *ledger,
										 Size before);
extern Size plan_flat(const CreditLedger *ledger, LedgerPacking *packing);
extern Size plan_flat_value(const CreditLedger *ledger, LedgerPacking *packing,
							Size limit);
extern void write_flat(const CreditLedger *ledger,
					   const LedgerPacking *packing, void *result, Size size);

#endif /* ECOSYSTEM_CREDIT_LEDGER_FLAT_H */
