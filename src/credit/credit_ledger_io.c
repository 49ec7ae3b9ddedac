/*
 * credit_ledger_io.c
 *		The text and binary form of a credit_ledger.
 *
 * Both are its flat form, the text in hexadecimal: for dumps, not for people.
 * What comes in is checked to the last row, so that what is stored can be
 * read.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_io.c
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/memory.h"
#include "credit/credit_ledger_flat.h"
#include "base/decimal.h"
#include "base/hex_text.h"

/* ---- what is wrong ---- */

static bool
has_key(const CreditLedger *ledger, uint64 key)
{
	return ledger->deal_type == ID_BIGINT || ledger_has_id(ledger, key);
}

static const char *
touches_problem(const CreditLedger *ledger, int part)
{
	const int64 too_heavy = power_of_ten(CREDIT_WEIGHT_DIGITS +
										 CREDIT_WEIGHT_SCALE);
	const LedgerChunk *chunk = ledger->touches[part].first;

	for (int64 i = 0; chunk != NULL && i < chunk->n; i++)
	{
		CreditTouch touch = ledger_touch_unchecked(ledger, part, chunk, i);

		check_for_interrupts_at(i);
		if (!ledger_has_touch(ledger, &touch) ||
			!has_key(ledger, touch.deal) ||
			!credit_moment_is_valid(touch.occurred_at) ||
			touch.weight < CREDIT_UNWEIGHTED || touch.weight >= too_heavy)
			return "A touch is wrong.";
	}
	return NULL;
}

static const char *
deals_problem(const CreditLedger *ledger, int part)
{
	const LedgerChunk *chunk = ledger->deals[part].first;

	for (int64 i = 0; chunk != NULL && i < chunk->n; i++)
	{
		LedgerDeal deal = ledger_statement_unchecked(ledger, part, chunk, i);

		check_for_interrupts_at(i);
		if (!ledger_has_statement(ledger, &deal) ||
			!has_key(ledger, deal.deal) ||
			!credit_moment_is_valid(deal.closed_at) ||
			deal.amount == PG_INT64_MIN)
			return "A deal is wrong.";
	}
	return NULL;
}

/* Names are text of this database. */
static bool
are_texts(const LedgerNames *names)
{
	for (uint32 i = 0; i < names->n; i++)
	{
		check_for_interrupts_at(i);
		if (!pg_verifymbstr(names->names[i].bytes, names->names[i].length,
							true))
			return false;
	}
	return true;
}

static bool
are_text_ids(const CreditLedger *ledger)
{
	for (uint32 i = 0; i < ledger->nblocks; i++)
	{
		const char *at = ledger->id_blocks[i];
		const char *end = at + ledger->id_block_used[i];

		CHECK_FOR_INTERRUPTS();
		while (at < end)
		{
			uint16 length;

			if (end - at < (int) sizeof(length))
				return false;
			memcpy(&length, at, sizeof(length));
			at += sizeof(length);
			if (length > end - at || !pg_verifymbstr(at, length, true))
				return false;
			at += length;
		}
	}
	return true;
}

/*
 * Numeric's own binary form is read from any bytes and has any digits, so these
 * are looked at before it is read back; a number has one form.
 */
static bool
is_numeric(Numeric number)
{
	bytea *sent = DatumGetByteaPP(
		DirectFunctionCall1(numeric_send, NumericGetDatum(number)));
	StringInfoData message;
	Numeric back;
	int ndigits;
	int sign;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, VARDATA_ANY(sent),
						   VARSIZE_ANY_EXHDR(sent));
	ndigits = pq_getmsgint(&message, 2);
	(void) pq_getmsgint(&message, 2);
	sign = pq_getmsgint(&message, 2);
	if (sign != 0 && sign != 0x4000 && sign != 0xC000 && sign != 0xD000 &&
		sign != 0xF000)
		return false;
	/* a scale has 14 bits */
	if (pq_getmsgint(&message, 2) > 0x3FFF)
		return false;
	for (int i = 0; i < ndigits; i++)
		if (pq_getmsgint(&message, 2) > 9999)
			return false;
	message.cursor = 0;
	back = DatumGetNumeric(
		DirectFunctionCall3(numeric_recv, PointerGetDatum(&message),
							ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	return VARSIZE(back) == VARSIZE(number) &&
		   memcmp(back, number, VARSIZE(back)) == 0;
}

static const char *
rows_problem(const CreditLedger *ledger)
{
	if (!are_texts(&ledger->roles) ||
		(ledger->partner_type == ID_TEXT && !are_texts(&ledger->partners)) ||
		(ledger->deal_type == ID_TEXT && !are_text_ids(ledger)))
		return "A name is not text in this database.";
	for (uint32 i = 0; i < ledger->nlarge; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_numeric(ledger->large_amounts[i]))
			return "An amount is wrong.";
	}
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		const char *problem = touches_problem(ledger, part);

		if (problem == NULL)
			problem = deals_problem(ledger, part);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

static const char *
ledger_problem(const void *value)
{
	const char *problem;
	CreditLedger *ledger;

	if (VARSIZE(value) > MAX_HEX_VALUE)
		return "It is too long.";
	ledger = read_flat_ledger(value, VARSIZE(value), &problem);
	if (ledger == NULL)
		return problem;
	problem = flat_ledger_problem(ledger);
	return problem != NULL ? problem : rows_problem(ledger);
}

const ValueType credit_ledger_type = {.name = "credit_ledger",
									  .version = CREDIT_LEDGER_VERSION,
									  .problem = ledger_problem};

VALUE_FORMS(credit_ledger, &credit_ledger_type);

/*
 * The ledger in a value, which may come from anywhere, unlike what another
 * process hands us.  What each row refers to is checked when it is read.
 */
static const CreditLedger *
ledger_of_value(const struct varlena *value)
{
	CreditLedger *ledger = ledger_from_flat((const char *) value,
											VARSIZE(value));
	const char *problem = flat_ledger_problem(ledger);

	if (problem != NULL)
		refuse_flat_ledger(problem);
	return ledger;
}

/* The ledger in a value, in either form. */
const CreditLedger *
ledger_from_datum(Datum value)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return (const CreditLedger *) DatumGetEOHP(value);
	return ledger_of_value(value_of_datum(value, &credit_ledger_type));
}
