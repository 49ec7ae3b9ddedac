/*
 * value_form.c
 *		Steps through the text and the binary form of a value.
 *
 * IDENTIFICATION
 *		src/base/value_form.c
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"

#include "base/exact_sum.h"
#include "base/value_form.h"

/* ---- pieces of text ---- */

static pg_attribute_always_inline bool
read_digits(const char **at, int digits, int64 *number)
{
	const char *start = *at;
	const char *next = start;
	int64 result = 0;
	bool fits = true;

	for (; *next >= '0' && *next <= '9' && fits; next++)
	{
		/* Eighteen digits fit whatever they are. */
		if (likely(next - start < 18))
			result = result * 10 + (*next - '0');
		else
			fits = !pg_mul_s64_overflow(result, 10, &result) &&
				   !pg_add_s64_overflow(result, *next - '0', &result);
	}
	*number = result;
	*at = next;
	return fits && next - start >= digits;
}

/* A number of at least so many digits, without a sign. */
bool
read_number(const char **at, int digits, int64 *number)
{
	return read_digits(at, digits, number);
}

/* In double quotes, before which the escape stands in it, as before itself */
void
append_quoted(StringInfo out, const char *name, int length, char escape)
{
	appendStringInfoChar(out, '"');
	for (int i = 0; i < length; i++)
	{
		if (name[i] == '"' || name[i] == escape)
			appendStringInfoChar(out, escape);
		appendStringInfoChar(out, name[i]);
	}
	appendStringInfoChar(out, '"');
}

/* ---- steps of a text form ---- */

/* It cannot be read from here on. */
void
text_fail(TextForm *form)
{
	form->failed = true;
}

/* It can be read, and is no value. */
void
text_problem(TextForm *form, const char *problem)
{
	form->failed = true;
	form->problem = problem;
}

/* The caller was told already. */
void
text_reported(TextForm *form)
{
	form->failed = true;
	form->reported = true;
}

/* Is there more to be read? */
bool
text_more(const TextForm *form)
{
	CHECK_FOR_INTERRUPTS();
	return form->out == NULL && !form->failed && *form->at != '\0';
}

/* Whether a step that reads may go on; it failed if that was none of it. */
static bool
read_if(TextForm *form, bool ok)
{
	if (!ok)
		form->failed = true;
	return ok;
}

bool
text_word(TextForm *form, const char *word)
{
	if (form->out)
	{
		appendStringInfoString(form->out, word);
		return true;
	}
	return !form->failed && read_if(form, skip_word(&form->at, word));
}

/* A word that what is optional begins with; whether it is there. */
bool
text_option(TextForm *form, bool present, const char *word)
{
	if (form->out == NULL)
		return !form->failed && skip_word(&form->at, word);
	if (present)
		appendStringInfoString(form->out, word);
	return present;
}

/* The same of " name=" */
bool
text_field(TextForm *form, bool present, const char *name)
{
	const char *at = form->at;

	if (form->out)
	{
		if (present)
		{
			appendStringInfoChar(form->out, ' ');
			appendStringInfoString(form->out, name);
			appendStringInfoChar(form->out, '=');
		}
		return present;
	}
	if (form->failed || *at++ != ' ' || !skip_word(&at, name) || *at++ != '=')
		return false;
	form->at = at;
	return true;
}

static pg_attribute_always_inline bool
number_step(TextForm *form, int64 *number, int64 most)
{
	const char *at = form->at;

	if (form->out)
	{
		char digits[MAXINT8LEN + 1];

		appendBinaryStringInfo(form->out, digits, pg_lltoa(*number, digits));
		return true;
	}
	if (form->failed ||
		!read_if(form, read_digits(&at, 1, number) && *number <= most))
		return false;
	form->at = at;
	return true;
}

/* A number from 0 to most */
bool
text_number(TextForm *form, int64 *number, int64 most)
{
	return number_step(form, number, most);
}

bool
text_count(TextForm *form, int64 *count)
{
	return text_number(form, count, PG_INT64_MAX);
}

/* How often a number from 0 to most is there: number:count */
bool
text_tally(TextForm *form, int64 *number, int64 most, uint32 *count)
{
	int64 times = *count;

	if (!number_step(form, number, most) || !text_sign(form, ':') ||
		!number_step(form, &times, PG_UINT32_MAX))
		return false;
	if (text_reads(form))
		*count = (uint32) times;
	return true;
}

/* One of the names, which are made of small letters */
bool
text_choice(TextForm *form, int *choice, const char *const *names, int n)
{
	size_t length;

	if (form->out)
		return text_word(form, names[*choice]);
	if (form->failed)
		return false;
	length = strspn(form->at, "abcdefghijklmnopqrstuvwxyz_");
	for (int i = 0; i < n; i++)
	{
		if (strlen(names[i]) != length ||
			memcmp(names[i], form->at, length) != 0)
			continue;
		*choice = i;
		form->at += length;
		return true;
	}
	text_fail(form);
	return false;
}

/*
 * A name of at most so many bytes as append_quoted() writes it; what is read
 * may be a part of the text.
 */
bool
text_quoted(TextForm *form, const char **name, int *length, int most,
			char escape)
{
	const char *at;
	const char *end;
	char *buffer;
	int n = 0;

	if (form->out)
	{
		append_quoted(form->out, *name, *length, escape);
		return true;
	}
	if (form->failed || !text_sign(form, '"'))
		return false;
	at = form->at;
	for (end = at; *end != '"' || (escape == '"' && end[1] == '"'); end++)
	{
		if (*end == escape)
			end++;
		if (*end == '\0' || n++ == most)
		{
			text_fail(form);
			return false;
		}
	}
	*name = at;
	*length = n;
	if (end - at > n)
	{
		*name = buffer = palloc(n);
		for (; at < end; at++)
		{
			if (*at == escape)
				at++;
			*buffer++ = *at;
		}
	}
	form->at = end + 1;
	return true;
}

/* [-]digits[.digits], of the scale that it is written with */
bool
text_decimal(TextForm *form, Decimal *number)
{
	if (form->out)
	{
		append_decimal(form->out, number->value, number->scale);
		return true;
	}
	return !form->failed && read_if(form, parse_decimal(&form->at, number));
}

/* The same of the scale that all amounts have */
bool
text_amount(TextForm *form, int128 *amount, int scale)
{
	const char *at = form->at;
	Decimal number = {*amount, scale};

	if (form->out)
		return text_decimal(form, &number);
	if (!text_decimal(form, &number))
		return false;
	if (number.scale != scale)
	{
		form->at = at;
		text_fail(form);
		return false;
	}
	*amount = number.value;
	return true;
}

/*
 * Brings amounts that were read with scales of their own to the largest of
 * these, which becomes that of all.
 */
bool
text_level(TextForm *form, int128 *amounts, const Decimal *read, int n,
		   uint8 *scale)
{
	if (form->out || form->failed)
		return !form->failed;
	for (int i = 0; i < n; i++)
		*scale = Max(*scale, read[i].scale);
	for (int i = 0; i < n; i++)
	{
		Decimal amount = read[i];

		if (!decimal_rescale(&amount, *scale))
		{
			text_problem(form, "A sum of amounts is out of range.");
			return false;
		}
		amounts[i] = amount.value;
	}
	return true;
}

/* A sum of squares; the scale is -1 for an unknown one. */
bool
text_squares(TextForm *form, SquareSum *squares, int *scale)
{
	if (form->out)
	{
		append_squares(form->out, squares, *scale);
		return true;
	}
	return !form->failed &&
		   read_if(form, parse_squares(&form->at, squares, scale));
}

/* The scale of all amounts, where they have decimals */
bool
text_scale(TextForm *form, uint8 *scale)
{
	int64 number = *scale;

	if (!text_field(form, number != 0, "scale") ||
		!text_number(form, &number, DECIMAL_MAX_SCALE))
		return false;
	if (text_reads(form))
		*scale = (uint8) number;
	return true;
}

/* The type's version, which some forms begin with */
bool
text_version(TextForm *form)
{
	char word[16];

	snprintf(word, sizeof(word), "v%d", form->type->version);
	return text_word(form, word);
}

/* Counts that are written where they are not 0 */
void
text_counts(TextForm *form, void *base, const TextField *fields, int n)
{
	for (int i = 0; i < n; i++)
	{
		int64 *count = (int64 *) ((char *) base + fields[i].offset);

		if (text_field(form, *count != 0, fields[i].name))
			text_count(form, count);
	}
}

/* ---- steps of a binary form ---- */

void
binary_problem(BinaryForm *form, const char *problem)
{
	if (form->problem == NULL)
		form->problem = problem;
}

static pg_attribute_always_inline bool
has_bytes(BinaryForm *form, uint64 n, Size size)
{
	if (form->problem)
		return false;
	if (form->reads)
	{
		if (n <= MaxAllocSize && n * size <= binary_left(form))
			return true;
		binary_problem(form, "Its length is not that of its contents.");
		return false;
	}
	if (n > MaxAllocSize || n * size > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("%s is too large for its binary form",
							   form->type->name)));
	enlargeStringInfo(form->bytes, (int) (n * size));
	return true;
}

/* Are so many bytes, times n, there to be read?  Room to write them is made. */
bool
binary_has(BinaryForm *form, uint64 n, Size size)
{
	return has_bytes(form, n, size);
}

/* One field of n rows; the order of its bytes turns, either way. */
#define TURN_FIELD(type, turn)                 \
	for (uint64 i = 0; i < n; i++)             \
	{                                          \
		type number;                           \
                                               \
		memcpy(&number, from, sizeof(number)); \
		number = turn(number);                 \
		memcpy(to, &number, sizeof(number));   \
		from += from_step;                     \
		to += to_step;                         \
	}

static inline uint128
turn_uint128(uint128 number)
{
#ifdef WORDS_BIGENDIAN
	return number;
#else
	return (uint128) pg_bswap64((uint64) number) << 64 |
		   pg_bswap64((uint64) (number >> 64));
#endif
}

#define KEEP(number) (number)

static pg_attribute_always_inline void
turn_field(const char *from, Size from_step, char *to, Size to_step, uint64 n,
		   int size)
{
	switch (size)
	{
		case 1:
			TURN_FIELD(uint8, KEEP);
			break;
		case 2:
			TURN_FIELD(uint16, pg_hton16);
			break;
		case 4:
			TURN_FIELD(uint32, pg_hton32);
			break;
		case 8:
			TURN_FIELD(uint64, pg_hton64);
			break;
		default:
			TURN_FIELD(uint128, turn_uint128);
			break;
	}
}

/* What the fields take in the form */
static inline Size
fields_size(const BinaryField *fields, int nfields)
{
	Size size = 0;

	for (int i = 0; i < nfields; i++)
		size += fields[i].size;
	return size;
}

/* Rows of so many bytes in memory, each with these fields */
bool
binary_rows(BinaryForm *form, void *rows, Size size, uint64 n,
			const BinaryField *fields, int nfields)
{
	const uint64 at_once = 4096;
	char *row = rows;
	Size form_size = fields_size(fields, nfields);
	char *at;

	if (!binary_has(form, n, form_size))
		return false;
	at = form->bytes->data +
		 (form->reads ? form->bytes->cursor : form->bytes->len);
	for (uint64 left = n; left > 0;)
	{
		uint64 some = Min(left, at_once);
		char *field = at;

		for (int f = 0; f < nfields; f++)
		{
			if (form->reads)
				turn_field(field, form_size, row + fields[f].offset, size,
						   some, fields[f].size);
			else
				turn_field(row + fields[f].offset, size, field, form_size,
						   some, fields[f].size);
			field += fields[f].size;
		}
		row += some * size;
		at += some * form_size;
		left -= some;
		if (left > 0)
			CHECK_FOR_INTERRUPTS();
	}
	if (form->reads)
		form->bytes->cursor = at - form->bytes->data;
	else
		form->bytes->len = at - form->bytes->data;
	return true;
}

/*
 * What is always there; where it is not, a message of a client ends as one of
 * any type does.
 */
bool
binary_fields(BinaryForm *form, void *base, const BinaryField *fields,
			  int nfields)
{
	Size size;
	char *at;

	if (!form->reads)
	{
		if (!has_bytes(form, nfields, sizeof(uint128))) /* at most */
			return false;
		at = form->bytes->data + form->bytes->len;
		for (int i = 0; i < nfields; at += fields[i++].size)
			turn_field((char *) base + fields[i].offset, 0, at, 0, 1,
					   fields[i].size);
		form->bytes->len = at - form->bytes->data;
		return true;
	}
	size = fields_size(fields, nfields);
	if (form->for_client && form->problem == NULL && binary_left(form) < size)
		(void) pq_getmsgbytes(form->bytes, (int) size);
	if (!has_bytes(form, 1, size))
		return false;
	at = form->bytes->data + form->bytes->cursor;
	for (int i = 0; i < nfields; at += fields[i++].size)
		turn_field(at, 0, (char *) base + fields[i].offset, 0, 1,
				   fields[i].size);
	form->bytes->cursor += (int) size;
	return true;
}

/* Numbers of so many bytes each */
bool
binary_numbers(BinaryForm *form, void *numbers, int size, uint64 n)
{
	BinaryField field = {0, size};

	if (n == 1)
		return binary_fields(form, numbers, &field, 1);
	return binary_rows(form, numbers, size, n, &field, 1);
}

/*
 * A value that is a header of that size in memory, with these fields, and then
 * bytes that are the same in every form
 */
void *
binary_header(BinaryForm *form, void *value, Size size,
			  const BinaryField *fields, int nfields)
{
	if (form->reads)
	{
		Size length = size + binary_left(form);
		Size form_size = fields_size(fields, nfields);

		if (!binary_has(form, 1, form_size))
			return NULL;
		length -= form_size;
		if (length > MaxAllocSize)
		{
			binary_problem(form, "It is too long.");
			return NULL;
		}
		value = palloc0(length);
		SET_VARSIZE(value, length);
		*(uint8 *) VARDATA(value) = form->type->version;
	}
	binary_fields(form, value, fields, nfields);
	binary_bytes(form, (char *) value + size, VARSIZE(value) - size);
	return value;
}

/* Bytes as they are */
bool
binary_bytes(BinaryForm *form, void *bytes, Size length)
{
	if (!binary_has(form, length, 1))
		return false;
	if (form->reads)
		memcpy(bytes, pq_getmsgbytes(form->bytes, (int) length), length);
	else
		appendBinaryStringInfo(form->bytes, bytes, (int) length);
	return true;
}

/* binary_text(), but for writing to a client */
bool
binary_text_step(BinaryForm *form, const char **bytes, int *length)
{
	if (form->problem)
		return false;
	if (!form->reads)
	{
		binary_int32(form, length);
		appendBinaryStringInfo(form->bytes, *bytes, *length);
		return true;
	}
	if (!binary_int32(form, length))
		return false;
	if (form->for_client)
	{
		*bytes = pq_getmsgtext(form->bytes, *length, length);
		return true;
	}
	if (*length < 0)
	{
		binary_problem(form, "A text is of impossible length.");
		return false;
	}
	if (!binary_has(form, *length, 1))
		return false;
	*bytes = pnstrdup(pq_getmsgbytes(form->bytes, *length), *length);
	if (pg_verify_mbstr(GetDatabaseEncoding(), *bytes, *length, true))
		return true;
	binary_problem(form, "A text is none in this database.");
	return false;
}
