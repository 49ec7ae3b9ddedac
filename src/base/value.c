/*
 * value.c
 *		Input, output, equality and hashing of the values of all types.
 *
 * What is read may come from anybody, by either form.  A type goes through
 * each form once, for both directions, so that what is written is what is
 * read; and what was read by either is looked at by the same check.
 *
 * Every state of ours has one byte string for one meaning: counts, minima and
 * sorted lists, spare bytes zero.  So two values are equal if their bytes
 * are, and one set of functions serves GROUP BY, DISTINCT and UNION for all
 * those types.  Another version may have other bytes for the same meaning, so
 * that it is not compared.
 *
 * IDENTIFICATION
 *		src/base/value.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "base/hex_text.h"
#include "base/value.h"
#include "base/value_form.h"

#define SHOWN_LENGTH 60 /* of what cannot be read, in bytes */

/* ---- binary ---- */

/* Of a type whose values are in memory what they are in a message */
static void *
receive_bytes(BinaryForm *form)
{
	Size length = binary_left(form);
	struct varlena *value = palloc(VARHDRSZ + length);

	SET_VARSIZE(value, VARHDRSZ + length);
	binary_bytes(form, VARDATA(value), length);
	if (length == 0 || *(uint8 *) VARDATA(value) != form->type->version)
		binary_problem(form, "It is of an unknown version.");
	return value;
}

/* The value that comes next, to the end of the message; NULL if it is none. */
static void *
receive_value(BinaryForm *form)
{
	const ValueType *type = form->type;
	uint8 version = 0;
	void *value = NULL;

	if (type->binary == NULL)
		value = receive_bytes(form);
	else if (binary_uint8(form, &version) && version != type->version)
		binary_problem(form, "It is of an unknown version.");
	else if (form->problem == NULL)
		value = type->binary(form, NULL);
	if (form->problem == NULL && !form->reported)
	{
		if (form->bytes->cursor != form->bytes->len)
			binary_problem(form, "Its length is not that of its contents.");
		else if (type->problem)
			form->problem = type->problem(value);
	}
	return form->problem || form->reported ? NULL : value;
}

static void
send_value(StringInfo out, bool for_client, void *value, const ValueType *type)
{
	BinaryForm form = {.type = type, .bytes = out, .for_client = for_client};
	uint8 version = type->version;

	binary_uint8(&form, &version);
	type->binary(&form, value);
}

Datum
value_recv(FunctionCallInfo fcinfo, const ValueType *type)
{
	BinaryForm form = {.type = type,
					   .bytes = (StringInfo) PG_GETARG_POINTER(0),
					   .reads = true,
					   .for_client = true};
	void *value = receive_value(&form);

	if (value == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type %s", type->name),
						errdetail_internal("%s", form.problem)));
	PG_RETURN_POINTER(value);
}

Datum
value_send(FunctionCallInfo fcinfo, const ValueType *type)
{
	void *value = value_argument(fcinfo, 0, type);
	StringInfoData out;

	if (type->binary == NULL)
		PG_RETURN_BYTEA_P(value);
	pq_begintypsend(&out);
	send_value(&out, true, value, type);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* ---- text ---- */

static void *
read_hexadecimal(TextForm *form)
{
	StringInfoData bytes;
	BinaryForm binary = {.type = form->type,
						 .bytes = &bytes,
						 .reads = true,
						 .escontext = form->escontext};
	void *value = NULL;

	if (!read_hex(form->input, strlen(form->input), &bytes))
		form->problem = "It is not made of pairs of hexadecimal digits.";
	else
	{
		value = receive_value(&binary);
		form->problem = binary.problem;
		form->reported = binary.reported;
	}
	pfree(bytes.data);
	return value;
}

static void *
read_steps(TextForm *form)
{
	const ValueType *type = form->type;
	void *value = type->text(form, NULL);

	if (!form->failed && *form->at != '\0')
		text_fail(form);
	if (!form->failed && form->problem == NULL && type->problem)
		form->problem = type->problem(value);
	return form->failed || form->problem ? NULL : value;
}

/* The value that a text says; NULL after a soft error. */
static void *
read_value(const char *input, const ValueType *type, Node *escontext)
{
	TextForm form = {.type = type,
					 .input = input,
					 .at = input,
					 .escontext = escontext};
	void *value = type->text ? read_steps(&form) : read_hexadecimal(&form);

	if (value || form.reported)
		return value;
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s\"", type->name,
					pg_mbcliplen(input, strlen(input), SHOWN_LENGTH), input),
			 form.problem
				 ? errdetail_internal("%s", form.problem)
				 : errdetail("It cannot be read from character %d on.",
							 pg_mbstrlen_with_len(input, form.at - input) +
								 1)));
}

static char *
write_value(void *value, const ValueType *type)
{
	StringInfoData out;
	TextForm form = {.type = type, .out = &out};

	initStringInfo(&out);
	type->text(&form, value);
	return out.data;
}

Datum
value_in(FunctionCallInfo fcinfo, const ValueType *type)
{
	void *value = read_value(PG_GETARG_CSTRING(0), type, fcinfo->context);

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value);
}

Datum
value_out(FunctionCallInfo fcinfo, const ValueType *type)
{
	void *value = value_argument(fcinfo, 0, type);
	StringInfoData out;

	if (type->text)
		PG_RETURN_CSTRING(write_value(value, type));
	if (type->binary == NULL)
		PG_RETURN_CSTRING(
			write_hex(VARDATA(value), VARSIZE(value) - VARHDRSZ, type->name));
	initStringInfo(&out);
	send_value(&out, false, value, type);
	PG_RETURN_CSTRING(write_hex(out.data, out.len, type->name));
}

/* The binary form of types that have the text form in it, to be read anew */
void *
text_as_binary(BinaryForm *form, void *value)
{
	char *text;
	int length;

	if (form->reads)
		return read_value(pq_getmsgtext(form->bytes, (int) binary_left(form),
										&length),
						  form->type, NULL);
	text = write_value(value, form->type);
	pq_sendtext(form->bytes, text, strlen(text));
	return value;
}

/* ---- equality and hashing ---- */

/* The bytes after the length word, which is short or long by storage. */
static const unsigned char *
canonical_bytes(FunctionCallInfo fcinfo, int argno, const ValueType *type,
				int *length)
{
	struct varlena *value = packed_value_of_datum(PG_GETARG_DATUM(argno),
												  type);

	*length = VARSIZE_ANY_EXHDR(value);
	return (const unsigned char *) VARDATA_ANY(value);
}

static bool
are_equal(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	int other_length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);
	const unsigned char *other = canonical_bytes(fcinfo, 1, type,
												 &other_length);

	return length == other_length && memcmp(bytes, other, length) == 0;
}

/* value = value */
Datum
value_eq(FunctionCallInfo fcinfo, const ValueType *type)
{
	PG_RETURN_BOOL(are_equal(fcinfo, type));
}

/* value <> value */
Datum
value_ne(FunctionCallInfo fcinfo, const ValueType *type)
{
	PG_RETURN_BOOL(!are_equal(fcinfo, type));
}

/* hash(value) */
Datum
value_hash(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);

	PG_RETURN_UINT32(hash_bytes(bytes, length));
}

/* hash(value, bigint) */
Datum
value_hash_extended(FunctionCallInfo fcinfo, const ValueType *type)
{
	int length;
	const unsigned char *bytes = canonical_bytes(fcinfo, 0, type, &length);

	PG_RETURN_UINT64(
		hash_bytes_extended(bytes, length, (uint64) PG_GETARG_INT64(1)));
}
