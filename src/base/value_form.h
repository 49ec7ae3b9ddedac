/*
 * value_form.h
 *		Steps through the text and the binary form of a value.
 *
 * A type says once what its forms are, as steps in their order.  A step writes
 * what it is given or reads it, whichever the form is for.  When something
 * cannot be read, the steps that follow do nothing, and a loop over what is
 * there ends; value.c then says what is wrong, and where.
 *
 * IDENTIFICATION
 *		src/base/value_form.h
 */
#ifndef ECOSYSTEM_VALUE_FORM_H
#define ECOSYSTEM_VALUE_FORM_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "nodes/nodes.h"

#include "base/compat.h"
#include "base/decimal.h"
#include "base/exact_squares.h"
#include "base/value_type.h"

/* ---- text ---- */

typedef struct TextForm
{
	const ValueType *type;
	StringInfo out;    /* to be written to; NULL: to be read */
	const char *input; /* what is read */
	const char *at;    /* what comes next, or cannot be read */
	bool failed;
	const char *problem; /* why it is no value, though it can be read */
	Node *escontext;     /* as of input functions */
	bool reported;       /* the caller knows already what is wrong */
} TextForm;

/* What is written may be a page of a table, and is not changed. */
static inline bool
text_reads(const TextForm *form)
{
	return form->out == NULL;
}

extern void text_fail(TextForm *form);
extern void text_problem(TextForm *form, const char *problem);
extern void text_reported(TextForm *form);
extern bool text_more(const TextForm *form);
extern bool text_word(TextForm *form, const char *word);
extern bool text_option(TextForm *form, bool present, const char *word);
extern bool text_field(TextForm *form, bool present, const char *name);
extern bool text_number(TextForm *form, int64 *number, int64 most);
extern bool text_count(TextForm *form, int64 *count);
extern bool text_tally(TextForm *form, int64 *number, int64 most,
					   uint32 *count);
extern bool text_choice(TextForm *form, int *choice, const char *const *names,
						int n);
extern bool text_quoted(TextForm *form, const char **name, int *length,
						int most, char escape);
extern bool text_decimal(TextForm *form, Decimal *number);
extern bool text_amount(TextForm *form, int128 *amount, int scale);
extern bool text_level(TextForm *form, int128 *amounts, const Decimal *read,
					   int n, uint8 *scale);
extern bool text_squares(TextForm *form, SquareSum *squares, int *scale);
extern bool text_scale(TextForm *form, uint8 *scale);
extern bool text_version(TextForm *form);

/* A word of one character that is always there */
static inline bool
text_sign(TextForm *form, char sign)
{
	if (form->out)
		appendStringInfoCharMacro(form->out, sign);
	else if (form->failed || *form->at != sign)
		form->failed = true;
	else
		form->at++;
	return !form->failed;
}

/* The same between the members of a list, of which there may be no more */
static inline bool
text_next(TextForm *form, bool present, char sign)
{
	if (form->out == NULL)
	{
		if (form->failed || *form->at != sign)
			return false;
		form->at++;
	}
	else if (present)
		appendStringInfoCharMacro(form->out, sign);
	return form->out == NULL || present;
}

/* A field that is written where it is not zero */
typedef struct TextField
{
	const char *name;
	size_t offset; /* of an int64 */
} TextField;

extern void text_counts(TextForm *form, void *base, const TextField *fields,
						int n);

/* Steps over word if it comes next; else *at stays. */
static inline bool
skip_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

extern void append_quoted(StringInfo out, const char *name, int length,
						  char escape);
extern bool read_number(const char **at, int digits, int64 *number);

/* ---- binary ---- */

typedef struct BinaryForm
{
	const ValueType *type;
	StringInfo bytes; /* to be written to, or read from */
	bool reads;
	bool for_client; /* texts are in its encoding; else in the database's */
	const char *problem; /* why it is no value */
	Node *escontext;     /* as of input functions */
	bool reported;       /* the caller knows already what is wrong */
} BinaryForm;

/* An integer of 1, 2, 4, 8 or 16 bytes */
typedef struct BinaryField
{
	uint16 offset;
	uint16 size;
} BinaryField;

#define BINARY_FIELD(type, member)                           \
	{                                                        \
		offsetof(type, member), sizeof(((type *) 0)->member) \
	}

extern void binary_problem(BinaryForm *form, const char *problem);
extern bool binary_has(BinaryForm *form, uint64 n, Size size);
extern bool binary_fields(BinaryForm *form, void *base,
						  const BinaryField *fields, int nfields);
extern bool binary_rows(BinaryForm *form, void *rows, Size size, uint64 n,
						const BinaryField *fields, int nfields);
extern bool binary_numbers(BinaryForm *form, void *numbers, int size,
						   uint64 n);
extern void *binary_header(BinaryForm *form, void *value, Size size,
						   const BinaryField *fields, int nfields);
extern bool binary_bytes(BinaryForm *form, void *bytes, Size length);
extern bool binary_text_step(BinaryForm *form, const char **bytes,
							 int *length);

/* A text behind its length; what is read is terminated, too. */
static inline bool
binary_text(BinaryForm *form, const char **bytes, int *length)
{
	if (form->reads || !form->for_client || form->problem)
		return binary_text_step(form, bytes, length);
	send_counted_text(form->bytes, *bytes, *length);
	return true;
}

static inline bool
binary_uint8(BinaryForm *form, uint8 *number)
{
	return binary_numbers(form, number, sizeof(*number), 1);
}

static inline bool
binary_int32(BinaryForm *form, int32 *number)
{
	return binary_numbers(form, number, sizeof(*number), 1);
}

static inline bool
binary_int64(BinaryForm *form, int64 *number)
{
	return binary_numbers(form, number, sizeof(*number), 1);
}

/* How much of what is read has not been read yet */
static inline Size
binary_left(const BinaryForm *form)
{
	return form->bytes->len - form->bytes->cursor;
}

#endif /* ECOSYSTEM_VALUE_FORM_H */
