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
#include "credit/credit_ledger.h"
#include "base/decimal.h"
#include "base/hex_text.h"

PG_FUNCTION_INFO_V1(credit_ledger_in);
PG_FUNCTION_INFO_V1(credit_ledger_out);
PG_FUNCTION_INFO_V1(credit_ledger_recv);
PG_FUNCTION_INFO_V1(credit_ledger_send);

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

/* The value of so many bytes behind the length, or NULL with the problem. */
static struct varlena *
ledger_of_bytes(const char *bytes, Size length, const char **problem)
{
	struct varlena *value;
	CreditLedger *ledger;

	if (length > MAX_HEX_VALUE - VARHDRSZ)
	{
		*problem = "It is too long.";
		return NULL;
	}
	value = palloc(VARHDRSZ + length);
	SET_VARSIZE(value, VARHDRSZ + length);
	memcpy(VARDATA(value), bytes, length);
	ledger = read_flat_ledger((const char *) value, VARSIZE(value), problem);
	if (ledger == NULL)
		return NULL;
	*problem = flat_ledger_problem(ledger);
	if (*problem == NULL)
		*problem = rows_problem(ledger);
	return *problem == NULL ? value : NULL;
}

/* ---- the forms ---- */

static const struct varlena *
flat_argument(FunctionCallInfo fcinfo)
{
	return value_argument(fcinfo, 0, &credit_ledger_type);
}

/*
 * credit_ledger_in(cstring) -> credit_ledger
 */
Datum
credit_ledger_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	Size ndigits = strlen(input);
	const char *problem = "It is not an even number of hexadecimal digits.";
	struct varlena *value = NULL;
	StringInfoData bytes;

	if (ndigits % 2 == 0 && read_hex(input, ndigits, &bytes))
		value = ledger_of_bytes(bytes.data, bytes.len, &problem);
	if (value == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "credit_ledger"),
				 errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(value);
}

/*
 * credit_ledger_out(credit_ledger) -> cstring
 */
Datum
credit_ledger_out(PG_FUNCTION_ARGS)
{
	const struct varlena *value = flat_argument(fcinfo);

	PG_RETURN_CSTRING(
		write_hex(VARDATA(value), VARSIZE(value) - VARHDRSZ, "credit_ledger"));
}

/*
 * credit_ledger_recv(internal) -> credit_ledger
 */
Datum
credit_ledger_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int length = message->len - message->cursor;
	const char *problem;
	struct varlena *value = ledger_of_bytes(pq_getmsgbytes(message, length),
											length, &problem);

	if (value == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value of credit_ledger"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(value);
}

/*
 * credit_ledger_send(credit_ledger) -> bytea
 */
Datum
credit_ledger_send(PG_FUNCTION_ARGS)
{
	const struct varlena *value = flat_argument(fcinfo);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA(value), VARSIZE(value) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
