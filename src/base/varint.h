/*
 * varint.h
 *		Numbers of variable length: seven bits a byte, from the lowest up.
 *
 * There is one way to write a number, so that equal values are equal bytes.  A
 * decimal is a byte, 0 for none and else 1 + its scale, and its digits as a
 * number whose lowest bit is the sign.
 *
 * IDENTIFICATION
 *		src/base/varint.h
 */
#ifndef ECOSYSTEM_VARINT_H
#define ECOSYSTEM_VARINT_H

#include "postgres.h"

#include "utils/memutils.h"

#include "base/exact_sum.h"

/* Bytes that grow; may be larger than 1 GB while they do. */
typedef struct ByteBuffer
{
	char *data;
	Size length;
	Size space;
} ByteBuffer;

#define VARINT_SIZE  10 /* of an int64 at most */
#define DECIMAL_SIZE 20 /* of a value at most */

/*
 * Reading, of bytes that somebody has checked
 */

static inline uint64
read_varint(const char **at)
{
	const unsigned char *byte = (const unsigned char *) *at;
	uint64 result = *byte & 0x7F;

	for (int shift = 7; *byte++ & 0x80; shift += 7)
		result |= (uint64) (*byte & 0x7F) << shift;
	*at = (const char *) byte;
	return result;
}

/* Its smallest scale comes along; false if there is no value. */
static inline bool
read_value(const char **at, Decimal *value)
{
	int scale = (unsigned char) *(*at)++;
	uint128 digits = 0;
	unsigned char byte;

	value->value = 0;
	value->scale = 0;
	if (scale == 0)
		return false;
	for (int shift = 0;; shift += 7)
	{
		byte = (unsigned char) *(*at)++;
		digits |= (uint128) (byte & 0x7F) << shift;
		if (!(byte & 0x80))
			break;
	}
	value->scale = scale - 1;
	value->value = digits & 1 ? -(int128) (digits >> 1) - 1
							  : (int128) (digits >> 1);
	return true;
}

/*
 * Reading of bytes that nobody has seen yet
 */

/* A number as write_varint() writes it, and at most most */
static inline bool
check_varint(const char **at, const char *end, uint64 most, uint64 *number)
{
	*number = 0;
	for (int shift = 0; *at < end && shift < 63; shift += 7)
	{
		unsigned char byte = (unsigned char) *(*at)++;

		*number |= (uint64) (byte & 0x7F) << shift;
		if (!(byte & 0x80))
			return *number <= most && (byte != 0 || shift == 0);
	}
	return false;
}

/* A value as write_value() writes it, of no larger scale, or none */
static inline bool
check_value(const char **at, const char *end, int scale, bool *has_value)
{
	const char *start = *at;
	const char *byte;
	Decimal value;

	if (*at == end || (unsigned char) **at > scale + 1)
		return false;
	*has_value = **at != 0;
	if (!*has_value)
	{
		(*at)++;
		return true;
	}
	for (byte = *at + 1; byte < end && (*byte & 0x80); byte++)
		;
	/* 18 bytes of digits have 126 bits, more than the limit needs. */
	if (byte == end || byte - *at > 18 || (*byte == 0 && byte > start + 1))
		return false;
	read_value(at, &value);
	return exact_in_range(value.value) &&
		   (value.scale == 0 || value.value % 10 != 0);
}

/*
 * Writing, to a buffer where space was reserved
 */

static inline void
write_varint(ByteBuffer *out, uint64 number)
{
	char *at = out->data + out->length;

	while (number >= 0x80)
	{
		*at++ = (char) (number | 0x80);
		number >>= 7;
	}
	*at++ = (char) number;
	out->length = at - out->data;
}

static inline void
write_bytes(ByteBuffer *out, const char *bytes, Size length)
{
	memcpy(out->data + out->length, bytes, length);
	out->length += length;
}

static inline void
write_value(ByteBuffer *out, Decimal value)
{
	uint128 digits = value.value < 0 ? ~((uint128) value.value << 1)
									 : (uint128) value.value << 1;

	out->data[out->length++] = (char) (value.scale + 1);
	while (digits >= 0x80)
	{
		out->data[out->length++] = (char) (digits | 0x80);
		digits >>= 7;
	}
	out->data[out->length++] = (char) digits;
}

/* Makes room for size more bytes.  May take the buffer beyond 1 GB. */
static inline void
reserve_bytes(ByteBuffer *buffer, Size size)
{
	Size space = buffer->space;

	if (likely(space - buffer->length >= size))
		return;
	space = Max(space + space / 2, buffer->length + size);
	buffer->data = buffer->data
					   ? repalloc_huge(buffer->data, space)
					   : MemoryContextAllocHuge(CurrentMemoryContext, space);
	buffer->space = space;
}

/* The same number at its smallest scale */
static inline Decimal
shortest_decimal(Decimal number)
{
	while (number.scale > 0)
	{
		if (number.value >= PG_INT64_MIN && number.value <= PG_INT64_MAX)
		{
			if ((int64) number.value % 10 != 0)
				break;
			number.value = (int64) number.value / 10;
		}
		else
		{
			if (number.value % 10 != 0)
				break;
			number.value /= 10;
		}
		number.scale--;
	}
	return number;
}

#endif /* ECOSYSTEM_VARINT_H */
